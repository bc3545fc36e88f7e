"""The specification curve: how the effects move when one choice is made otherwise."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_missing
from evaluation.report.cells import count_cell, value_cell
from evaluation.report.content import (
    Cell,
    Column,
    Context,
    Figure,
    Fold,
    Panel,
    Row,
    Section,
    Table,
)
from evaluation.report.effects import is_withheld, read_effects
from evaluation.report.figures import name_panel
from evaluation.report.texts import NO_BREAK
from evaluation.specifications import MAIN
from evaluation.study_outcomes import Outcome

DAYS_A_YEAR = 365
WIDTH = 470
LABELS = 200  # the same room in both drawings, so that the dots stand below their effects
ROW_HEIGHT = 14
_PER_YEAR = ("att_per_year", "ci_low_per_year", "ci_high_per_year")
_PER_WINDOW = ("att", "ci_low", "ci_high")


def draw_specifications(context: Context) -> Section:
    """Draw and tabulate the effects under every specification of the study.

    Args:
        context: Disclosed tables.
    """
    texts, frame = context.texts, context.table("specifications")
    title = texts("specifications.title")
    if frame is None or frame["specification_id"].eq(MAIN).all():
        return Section("specifications", title, (texts("specifications.none"),))
    shown = frame[frame["att"].notna() & ~_find_withheld(context, frame)]
    if shown.empty:
        lines = tell_missing(context) or [texts("specifications.nothing")]
        return Section("specifications", title, tuple(lines))
    text = texts("specifications.text", level=context.level)
    lines = [text, texts("specifications.units", units=context.join_units())]
    lines += [*_tell_unmoved(context, shown), *_tell_left_out(context, frame)]
    sectors = context.sectors_of(shown)
    items = [
        _tell_range(context, sector, outcome, _rows_of(shown, sector, outcome))
        for sector in sectors
        for outcome in context.outcomes
        if len(_rows_of(shown, sector, outcome)) > 1
    ]
    folds = [_fold(context, shown, sector) for sector in sectors]
    blocks: list[Fold | Table] = [fold for fold in folds if fold is not None]
    if items:
        blocks.append(_tabulate(context, frame, sectors))
    return Section("specifications", title, tuple(lines), tuple(items), tuple(blocks))


def _find_withheld(context: Context, frame: pd.DataFrame) -> "pd.Series[bool]":
    """Tell which rows are of an effect that the gate has refused."""
    refused = {key for key, row in read_effects(context).items() if is_withheld(row)}
    keys = zip(frame["sector"], frame["outcome"], strict=True)
    return pd.Series([key in refused for key in keys], index=frame.index)


def _tell_unmoved(context: Context, shown: pd.DataFrame) -> list[str]:
    """Name the variants that move no effect: what they change does not occur in these data."""
    columns = ["att", "ci_low", "ci_high", "n_treated", "n_control"]
    cells = shown.set_index(["specification_id", "sector", "outcome"])[columns].astype(float)
    if MAIN not in cells.index:
        return []
    main: Any = cells.loc[MAIN]
    unmoved = []
    for each, _ in context.data.study.variants:
        if each.id in cells.index and cells.loc[each.id].equals(main):
            unmoved.append(_name_level(context, each.choice, each.level))
    return [context.texts("specifications.unmoved", list="; ".join(unmoved))] if unmoved else []


def _tell_left_out(context: Context, frame: pd.DataFrame) -> list[str]:
    texts, lines = context.texts, []
    refused = frame[_find_withheld(context, frame)]
    pairs = list(dict.fromkeys(zip(refused["sector"], refused["outcome"], strict=True)))
    if pairs:
        names = [name_panel(context, sector, outcome) for sector, outcome in pairs]
        lines.append(texts("specifications.withheld", list="; ".join(names)))
    hidden = frame[frame["att"].isna() & frame["specification_id"].eq(MAIN)]["sector"]
    if len(hidden):
        names = [texts.name("sector_in_sentence", sector) for sector in dict.fromkeys(hidden)]
        lines.append(texts("event.hidden", list=texts.join(names)))
    return lines


def _rows_of(frame: pd.DataFrame, sector: str, outcome: str) -> pd.DataFrame:
    rows = frame[frame["sector"].eq(sector) & frame["outcome"].eq(outcome)]
    return rows.sort_values(["att_per_year", "specification_id"]).reset_index(drop=True)


def _tell_range(context: Context, sector: str, outcome: Outcome, rows: pd.DataFrame) -> str:
    """Say in a sentence between what the effects lie, and how many point the same way."""
    texts = context.texts
    others = rows[rows["specification_id"].ne(MAIN)]
    main = rows[rows["specification_id"].eq(MAIN)]
    key = "range" if len(main) else "range_without_main"
    below = int((others["ci_high_per_year"] < 0).sum())
    above = int((others["ci_low_per_year"] > 0).sum())
    return texts(
        f"specifications.{key}",
        where=name_panel(context, sector, outcome),
        n=len(others),
        unit=context.name_unit(outcome),
        low=texts.number(others["att_per_year"].min(), sign=True),
        high=texts.number(others["att_per_year"].max(), sign=True),
        main=texts.number(main["att_per_year"].iloc[0], sign=True) if len(main) else "",
        below=below,
        above=above,
    )


def _fold(context: Context, frame: pd.DataFrame, sector: str) -> Fold | None:
    parts = [(outcome, _rows_of(frame, sector, outcome)) for outcome in context.outcomes]
    panels = tuple(_draw(context, sector, name, rows) for name, rows in parts if len(rows) > 1)
    if not panels:
        return None
    texts = context.texts
    legend = (("diamond", texts("specifications.main")), ("dot", texts("specifications.other")))
    summary = texts("specifications.sector", sector=texts.name("sector_in_sentence", sector))
    return Fold(summary, Figure(f"specifications-{sector}", panels, legend))


def _draw(context: Context, sector: str, outcome: Outcome, rows: pd.DataFrame) -> Panel:
    texts = context.texts
    effects = rows.assign(rank=range(1, len(rows) + 1))
    x = charts.build_channel(
        "rank",
        title=None,
        scale={"domain": [0, len(rows) + 1], "nice": False},
        axis={"labels": False, "ticks": False, "grid": False, "domain": False},
    )
    below = Panel(
        texts("specifications.matrix"),
        texts("specifications.desc_matrix"),
        _draw_matrix(context, effects, x),
    )
    return Panel(
        name_panel(context, sector, outcome),
        texts("specifications.desc"),
        _draw_effects(context, outcome, effects, x),
        below,
    )


def _draw_effects(
    context: Context, outcome: Outcome, effects: pd.DataFrame, x: charts.Channel
) -> str:
    columns = ["rank", "specification_id", *_PER_YEAR]
    rows = effects[columns].astype(dict.fromkeys(_PER_YEAR, float))
    title = context.texts("specifications.axis", unit=context.name_unit(outcome))
    axis = {"minExtent": LABELS, "maxExtent": LABELS, "tickCount": 5}
    low = charts.build_channel("ci_low_per_year", title=title, axis=axis)
    interval = {"x": x, "y": low, "y2": {"field": "ci_high_per_year"}}
    point = {"x": x, "y": charts.build_channel("att_per_year")}
    others, own = f"datum.specification_id != '{MAIN}'", f"datum.specification_id == '{MAIN}'"
    layers = [
        charts.build_rule("y", 0, color=charts.MUTED, strokeDash=[3, 3]),
        charts.build_layer(
            rows, "rule", interval, only=others, color=charts.TREATED, strokeWidth=1.5
        ),
        charts.build_layer(rows, "rule", interval, only=own, color=charts.TRUTH, strokeWidth=2.5),
        charts.build_layer(
            rows, "point", point, only=others, color=charts.TREATED, filled=True, size=30, opacity=1
        ),
        charts.build_layer(
            rows,
            "point",
            point,
            only=own,
            color=charts.TRUTH,
            filled=True,
            shape="diamond",
            size=90,
            opacity=1,
        ),
    ]
    return charts.draw_svg(layers, language=context.texts.language, width=WIDTH, height=190)


def _draw_matrix(context: Context, effects: pd.DataFrame, x: charts.Channel) -> str:
    """Draw a row for each level of each choice, a dot where a specification has it."""
    own = _find_own_levels(context)
    labels = [
        (choice, level, _name_level(context, choice, level))
        for choice, level in _list_levels(context)
    ]
    dots = [
        {"rank": row["rank"], "level": name, "is_changed": choice == row["choice"]}
        for _, row in effects.iterrows()
        for choice, level, name in labels
        if level == (row["level"] if choice == row["choice"] else own.get(choice))
    ]
    rows = pd.DataFrame(dots)
    y = charts.build_channel(
        "level",
        "nominal",
        title=None,
        sort=[name for _, _, name in labels],
        scale={"domain": [name for _, _, name in labels]},
        axis={
            "minExtent": LABELS,
            "maxExtent": LABELS,
            "grid": True,
            "ticks": False,
            "domain": False,
            "labelFontSize": 10.5,
        },
    )
    channels = {"x": x, "y": y}
    layers = [
        charts.build_layer(
            rows,
            "point",
            channels,
            only="!datum.is_changed",
            color=charts.PUBLISHED,
            filled=True,
            size=18,
            opacity=1,
        ),
        charts.build_layer(
            rows,
            "point",
            channels,
            only="datum.is_changed",
            color=charts.TREATED,
            filled=True,
            size=46,
            opacity=1,
        ),
    ]
    height = 20 + ROW_HEIGHT * len(labels)
    return charts.draw_svg(layers, language=context.texts.language, width=WIDTH, height=height)


def _list_levels(context: Context) -> list[tuple[str, str]]:
    """List the levels of each choice in the study's order; of what is combined, none is own."""
    return [(each.choice, each.level) for each in context.data.study.specification]


def _find_own_levels(context: Context) -> Mapping[str, str]:
    """Find the level of each choice that is the study's own."""
    study = context.data.study
    changed = {specification.id for specification, _ in study.variants}
    return {each.choice: each.level for each in study.specification if each.id not in changed}


def _name_level(context: Context, choice: str, level: str) -> str:
    texts = context.texts
    name = texts.sentences.get(f"choice_level.{choice}_{level}", level.replace("_", " "))
    return f"{texts.name('choice', choice)}: {name}"


def _tabulate(context: Context, frame: pd.DataFrame, sectors: list[str]) -> Table:
    texts = context.texts
    columns = [Column(texts("specifications.specification"), is_text=True)]
    columns += [
        Column(texts.name("outcome_short", outcome), texts.name("sector_short", sector))
        for sector in sectors
        for outcome in context.outcomes
    ]
    people = texts("headline.persons")
    columns += [Column(texts(f"headline.{key}"), people) for key in ("n_treated", "matched_share")]
    rows: list[tuple[Cell, ...]] = []
    names = [(MAIN, MAIN, ""), *((s.id, s.choice, s.level) for s, _ in context.data.study.variants)]
    withheld = _find_withheld(context, frame)
    for specification_id, choice, level in names:
        own = frame["specification_id"].eq(specification_id)
        is_main = specification_id == MAIN
        name = texts("specifications.main") if is_main else _name_level(context, choice, level)
        part = frame[own].assign(is_withheld=withheld[own])
        if part.empty:
            rows.append((Cell(name), *(Cell(texts("cell.missing")) for _ in columns[1:])))
            continue
        days = int(part["window_days"].iloc[0])
        rows.append(_table_row(context, part, sectors, name, _PER_YEAR))
        if days != DAYS_A_YEAR:
            per_window = texts("specifications.per_window", name=name, days=days)
            rows.append(_table_row(context, part, sectors, per_window, _PER_WINDOW))
    caption = texts("specifications.caption", level=context.level, units=context.join_units())
    notes = tuple(texts(f"specifications.note_{key}") for key in ("rounded", "all", "anchor"))
    return Table("specifications", caption, tuple(columns), tuple(rows), notes)


def _table_row(
    context: Context, part: pd.DataFrame, sectors: list[str], name: str, columns: tuple[str, ...]
) -> tuple[Cell, ...]:
    texts = context.texts
    found = {(row["sector"], row["outcome"]): row for _, row in part.iterrows()}
    cells = [Cell(name)]
    for sector in sectors:
        for outcome in context.outcomes:
            row = found.get((sector, outcome))
            cells.append(
                Cell(texts("cell.missing")) if row is None else _effect(context, row, columns)
            )
    last = found.get((sectors[-1], context.outcomes[0])) if sectors else None
    if last is None:
        return (*cells, Cell(texts("cell.missing")), Cell(texts("cell.missing")))
    share = value_cell(context, last, "matched_share", lambda v: texts.percent(v, decimals=0))
    return (*cells, count_cell(context, last, "n_treated"), share)


def _effect(context: Context, row: Row, columns: tuple[str, ...]) -> Cell:
    texts = context.texts
    att, low, high = columns
    if row["is_withheld"]:
        return Cell(texts("headline.withheld"), mark="hidden")
    if pd.isna(row[att]):
        return value_cell(context, row, att, texts.number)
    # Many intervals stand side by side: on a narrow page they may break.
    interval = texts.interval(row[low], row[high]).replace(NO_BREAK, " ")
    return Cell(texts.number(row[att], sign=True), below=interval)
