"""What the sections of rounded shares have in common: the arms, who is shown, the decimals."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from evaluation.report.absent import tell_empty, tell_withheld
from evaluation.report.content import Context, Figure, Fold, Section, Table

ARMS = ("treated", "control")


@dataclass(frozen=True, slots=True)
class ShareSection:
    """A section of rounded shares: the first sector in full, a fold for each of the others.

    Attributes:
        key: Anchor, and group of the text files; `sectors` there is the line of a fold.
        table: Result table that it draws.
        text: Paragraph that always stands.
        summarise: Sentence about a sector.
        draw: Figure of a sector.
        tabulate: Table of a sector.
    """

    key: str
    table: str
    text: str
    summarise: Callable[[Context, pd.DataFrame, str], str]
    draw: Callable[[Context, pd.DataFrame, str], Figure]
    tabulate: Callable[[Context, pd.DataFrame, str], Table]


def build_share_section(context: Context, parts: ShareSection) -> Section:
    """Build a section, and name the sectors that have too few persons for it.

    Args:
        context: Disclosed tables.
        parts: What the section is made of.
    """
    texts, key = context.texts, parts.key
    title = texts(f"{key}.title")
    shown = find_shown(context, parts.table)
    if shown.empty:
        return Section(key, title, (tell_empty(context, parts.table),))
    first, *rest = context.sectors_of(shown, pooled_first=True)
    blocks: list[Figure | Fold | Table] = [
        parts.draw(context, shown, first),
        parts.tabulate(context, shown, first),
    ]
    for sector in rest:
        summary = texts(f"{key}.sectors", sector=texts.name("sector_in_sentence", sector))
        blocks.append(Fold(summary, parts.draw(context, shown, sector)))
    lines = [parts.summarise(context, shown, first), parts.text]
    hidden = [
        texts.name("sector_in_sentence", sector)
        for sector in context.sectors_of(context.data.tables[parts.table])
        if sector not in (first, *rest)
    ]
    lines += [texts("event.hidden", list=texts.join(hidden))] if hidden else []
    lines += tell_pooled(context, shown, context.data.tables[parts.table])
    lines += tell_withheld(context, "states.withheld")
    return Section(key, title, tuple(lines), blocks=tuple(blocks))


def find_shown(context: Context, table: str) -> pd.DataFrame:
    """Find the rows of a table of rounded shares that may be shown.

    Args:
        context: Disclosed tables.
        table: Name in `schemas.TABLES`.
    """
    frame = context.table(table)
    return pd.DataFrame() if frame is None else frame[frame["rounded_to"].notna()]


def tell_pooled(context: Context, shown: pd.DataFrame, every: pd.DataFrame) -> list[str]:
    """Say that ALL holds sectors that are hidden, where it is shown and does.

    Args:
        context: Disclosed tables.
        shown: Rows that are shown.
        every: Rows of the same table, also those that are hidden.
    """
    is_shown, sectors = set(shown["sector"]), set(every["sector"])
    return [context.texts("event.pooled")] if "ALL" in is_shown and sectors - is_shown else []


def count_decimals(frame: pd.DataFrame) -> int:
    """Count the decimals of a per cent that rounded shares need: one where a step is 2.5 per cent.

    Args:
        frame: Rows that are shown.
    """
    return 0 if (frame["rounded_to"] * 100 % 1).round(6).isin([0, 1]).all() else 1
