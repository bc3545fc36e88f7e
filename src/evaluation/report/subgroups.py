"""Subgroups fixed in the protocol: a forest of intervals, and what is left when judged together."""

from collections.abc import Sequence

import pandas as pd

from evaluation.report.absent import tell_missing
from evaluation.report.content import Context, Figure, Fold, Panel, Section
from evaluation.report.effects import HEADLINE, is_shown
from evaluation.report.estimators import (
    IntervalRows,
    describe_interval,
    draw_intervals,
    list_shown,
    title_panel,
)
from evaluation.study_outcomes import Outcome

_LEVELS = ("compulsory", "upper_secondary", "tertiary", "missing")


def draw_subgroups(context: Context) -> Section:
    """Draw the effect in each subgroup, and say which differ from 0 when all are judged together.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    title = texts("subgroups.title")
    frame, tests = context.table("estimates"), context.table("multiplicity")
    missing = tell_missing(context)
    if frame is None or tests is None or not list_shown(context):
        lines = missing if tests is not None else [texts("absent.no_rows")]
        return Section("subgroups", title, tuple(lines))
    parts = frame[frame["subgroup"].ne("all") & frame["estimator"].eq(HEADLINE)]
    blocks: list[Figure | Fold] = []
    for sector in dict.fromkeys(sector for sector, _ in list_shown(context)):
        panels = tuple(
            Panel(
                title_panel(context, sector, outcome),
                texts("subgroups.desc"),
                draw_intervals(context, outcome, rows),
            )
            for shown, outcome in list_shown(context)
            if shown == sector and (rows := _subgroup_rows(context, parts, sector, outcome))
        )
        if not panels:
            continue
        figure = Figure(f"subgroups-{sector}", panels)
        name = texts.name("sector_in_sentence", sector)
        is_first = not blocks
        blocks.append(figure if is_first else Fold(texts("subgroups.sectors", sector=name), figure))
    if not blocks:
        return Section("subgroups", title, (texts("subgroups.none"), *missing))
    study = context.data.study
    text = texts("subgroups.text", level=context.level, min=study.subgroups.min_treated)
    paragraphs = (text, _write_findings(context, tests), *missing)
    return Section("subgroups", title, paragraphs, blocks=tuple(blocks))


def _subgroup_rows(
    context: Context, parts: pd.DataFrame, sector: str, outcome: Outcome
) -> IntervalRows:
    mine = parts[parts["sector"].eq(sector) & parts["outcome"].eq(outcome)]
    rows = [row for _, row in mine.iterrows() if is_shown(row)]
    variables = list(context.data.study.subgroups.variables)
    rows.sort(key=lambda row: _place(str(row["subgroup"]), variables))
    return [
        describe_interval(row, name_subgroup(context, str(row["subgroup"])), is_main=True)
        for row in rows
    ]


def _place(subgroup: str, variables: Sequence[str]) -> tuple[int, int, str]:
    """Order by variable, then as a reader would: young before old, short education before long."""
    variable, _, level = subgroup.partition("=")
    place = variables.index(variable) if variable in variables else len(variables)
    known = level in _LEVELS
    if level.startswith("under_"):
        return place, -1, level
    return place, _LEVELS.index(level) if known else len(_LEVELS), level


def name_subgroup(context: Context, subgroup: str) -> str:
    """Name a subgroup in words.

    Args:
        context: Words.
        subgroup: `<variable>=<level>`.
    """
    texts = context.texts
    variable, _, level = subgroup.partition("=")
    if variable == "age_group":
        if level.startswith("under_"):
            return texts("subgroups.under", age=level.removeprefix("under_"))
        if level.endswith("_and_over"):
            return texts("subgroups.over", age=level.removesuffix("_and_over"))
        return texts("subgroups.between", ages=level.replace("_", "–"))
    if variable == "diagnosis_chapter":
        return texts.name("chapter", level)
    name = texts.name("level", f"{variable}_{level}" if level != "missing" else level)
    return name[:1].upper() + name[1:]


def _write_findings(context: Context, tests: pd.DataFrame) -> str:
    """Say how many subgroups differ from 0 alone, and how many when judged together."""
    keys = set(list_shown(context))
    mine = tests[tests["family"].eq("subgroups") & tests["p_value"].notna()]
    mine = mine[[key in keys for key in zip(mine["sector"], mine["outcome"], strict=True)]]
    level = 1 - context.data.study.inference.confidence_level
    return context.texts(
        "subgroups.judged",
        n=context.texts.count(len(mine)),
        level=context.texts.percent(level, decimals=0),
        alone=context.texts.count(int(mine["p_value"].lt(level).sum())),
        together=context.texts.count(int(mine["p_romano_wolf"].lt(level).sum())),
    )
