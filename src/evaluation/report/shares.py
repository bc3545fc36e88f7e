"""What the sections of rounded shares have in common: the arms, who is shown, the decimals."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from evaluation.report.absent import find_withheld_sectors, tell_undrawn, tell_withheld
from evaluation.report.content import Context, Figure, Fold, Section, Table

ARMS = ("treated", "control")


@dataclass(frozen=True, slots=True)
class ShareSection:
    """A section of rounded shares: the first sector in full, a fold for each of the others.

    Attributes:
        key: Anchor, and group of the text files; `sectors` there is the line of a fold, `withheld`
            the sentence about what the gate withholds.
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
    few = _name_few(context, parts.table)
    if shown.empty:
        lines = tell_undrawn(context, parts.table, f"{key}.withheld")
        return Section(key, title, tuple(lines))
    first, *rest = order_sectors(context, shown)
    blocks: list[Figure | Fold | Table] = [
        parts.draw(context, shown, first),
        parts.tabulate(context, shown, first),
    ]
    for sector in rest:
        summary = texts(f"{key}.sectors", sector=texts.name("sector_in_sentence", sector))
        blocks.append(Fold(summary, parts.draw(context, shown, sector)))
    is_whole = first not in find_withheld_sectors(context)
    lines = [parts.summarise(context, shown, first)] if is_whole else []
    lines += [parts.text, *few, *tell_pooled(context, shown, context.data.tables[parts.table])]
    lines += tell_withheld(context, f"{key}.withheld")
    return Section(key, title, tuple(lines), blocks=tuple(blocks))


def _name_few(context: Context, table: str) -> list[str]:
    """Name the sectors of which every row rests on too few persons."""
    frame = context.table(table)
    if frame is None:
        return []
    enough = set(frame.loc[frame["rounded_to"].notna(), "sector"])
    few = [
        context.texts.name("sector_in_sentence", sector)
        for sector in context.sectors_of(frame)
        if sector not in enough
    ]
    return [context.texts("event.hidden", list=context.texts.join(few))] if few else []


def order_sectors(context: Context, shown: pd.DataFrame) -> list[str]:
    """Order sectors ALL first, but those that are not shown in full last.

    Args:
        context: Disclosed tables.
        shown: Rows that are shown.
    """
    withheld = find_withheld_sectors(context)
    sectors = context.sectors_of(shown, pooled_first=True)
    return sorted(sectors, key=lambda sector: sector in withheld)


def find_shown(context: Context, table: str) -> pd.DataFrame:
    """Find the rows of a table of rounded shares that may be shown.

    Args:
        context: Disclosed tables.
        table: Name in `schemas.TABLES`.
    """
    frame = context.table(table)
    if frame is None:
        return pd.DataFrame()
    return leave_out_after(context, frame[frame["rounded_to"].notna()])


def leave_out_after(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out what came after the index date in sectors where the gate withholds an estimate.

    Both arms before and after would give the difference in change that is withheld.

    Args:
        context: Disclosed tables.
        frame: Rows by period (event_time), by phase, or all of them from the index date on.
    """
    if "event_time" in frame:
        is_before = frame["event_time"].lt(0)
    elif "phase" in frame:
        is_before = frame["phase"].eq("before")
    else:
        is_before = pd.Series(False, index=frame.index)
    is_withheld = frame["sector"].isin(list(find_withheld_sectors(context)))
    return frame[~is_withheld | is_before.fillna(False).astype(bool)]


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
