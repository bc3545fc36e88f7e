"""Composition over time: shares by sector and year beside the published ones."""

from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import charts
from evaluation.report.cells import count_cell, hidden_note, value_cell
from evaluation.report.content import Cell, Column, Context, Figure, Panel, Section, Table
from evaluation.report.published import PUBLISHED_SHARES, UNCERTAIN_YEAR

_SIZE = {"width": 360, "height": 220}


def build_composition(context: Context) -> Section:
    """Draw and tabulate the composition of the treated over the years.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    lines = (texts("composition.text"), texts("composition.uncertain"), texts("composition.gap"))
    frame = context.table("composition")
    if frame is None:
        return Section("composition", texts("composition.title"), lines)
    shown = _sector_rows(context, frame)
    sectors = [sector for sector in context.sectors_of(frame) if sector != "ALL"]
    panels = [
        Panel(
            texts("composition.stacked"),
            texts("composition.desc_stacked"),
            _draw_stacked(context, shown),
        ),
        *(_draw_share(context, shown, sector) for sector in sectors),
        Panel(
            texts("composition.multi"), texts("composition.desc_multi"), _draw_multi(context, shown)
        ),
        Panel(
            texts("composition.episodes"),
            texts("composition.desc_episodes"),
            _draw_episodes(context, shown),
        ),
    ]
    legend = [(f"sector-{sector}", texts.name("sector_short", sector)) for sector in sectors]
    legend.append(("ring", texts("composition.legend_published")))
    figure = Figure("composition", tuple(panels), tuple(legend), columns=3)
    table = _tabulate(context, frame)
    return Section("composition", texts("composition.title"), lines, blocks=(figure, table))


def _sector_rows(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame[frame["sector"].ne("ALL")]
    numbers = ["year", "share", "share_multi_sector", "n_episodes"]
    result = rows[numbers].astype(float)
    result["sector"] = rows["sector"].astype(str)
    result["order"] = [list(charts.SECTOR_COLOURS).index(sector) for sector in result["sector"]]
    result["strength"] = [0.45 if year == UNCERTAIN_YEAR else 1.0 for year in result["year"]]
    return result


def _year_axis(context: Context, rows: pd.DataFrame) -> alt.X:
    years = sorted({int(year) for year in rows["year"]})
    every = years[:: 2 if len(years) > 6 else 1]
    return alt.X(
        "year:O",
        title=None,
        scale=alt.Scale(domain=years),
        axis=alt.Axis(values=every, labelAngle=0, format="d", grid=False),
    )


def _colour() -> alt.Color:
    names = list(charts.SECTOR_COLOURS)
    return alt.Color(
        "sector:N", scale=alt.Scale(domain=names, range=list(charts.SECTOR_COLOURS.values()))
    )


def _percent_axis(context: Context) -> alt.Axis:
    nb = context.texts.language == "nb"
    label = (
        "format(100 * datum.value, '.0f') + '\u00a0%'"
        if nb
        else "format(100 * datum.value, '.0f') + '%'"
    )
    return alt.Axis(labelExpr=label, tickCount=5)


def _published(sector: str | None = None) -> pd.DataFrame:
    rows = [
        {"year": point.year, "share": point.share}
        for point in PUBLISHED_SHARES
        if point.sector == (sector or "SOM")
    ]
    return pd.DataFrame(rows, columns=["year", "share"])


def _draw_points(points: pd.DataFrame, x: alt.X, y: alt.Y) -> Any:
    mark = alt.Chart(points).mark_point(
        size=70, fill="white", color=charts.INK, strokeWidth=2, opacity=1
    )
    return mark.encode(x=x, y=y)


def _draw_stacked(context: Context, rows: pd.DataFrame) -> str:
    x = _year_axis(context, rows)
    scale = alt.Scale(domain=[0, 1])
    axis = _percent_axis(context)
    bars = (
        alt.Chart(rows[rows["share"].notna()])
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=x,
            y=alt.Y("share:Q", title=None, scale=scale, axis=axis, stack="zero"),
            color=_colour(),
            order=alt.Order("order:Q"),
            opacity=alt.Opacity("strength:Q", scale=None),
        )
    )
    years = set(rows["year"])
    points = _published()
    points = points[points["year"].isin(years)]
    y = alt.Y("share:Q", title=None, scale=scale, axis=axis)
    chart = alt.layer(bars, _draw_points(points, x, y))
    return charts.draw_svg(chart, language=context.texts.language, **_SIZE)


def _draw_share(context: Context, rows: pd.DataFrame, sector: str) -> Panel:
    texts = context.texts
    mine = rows[rows["sector"].eq(sector) & rows["share"].notna()]
    points = _published(sector)
    points = points[points["year"].isin(set(rows["year"]))]
    top = max(0.05, *mine["share"], *points["share"]) if len(mine) or len(points) else 0.05
    y = alt.Y(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, top], nice=True),
        axis=_percent_axis(context),
    )
    chart = alt.layer(
        *_draw_line(mine, _year_axis(context, rows), y),
        _draw_points(points, _year_axis(context, rows), y),
    )
    title = texts("composition.lines", sector=texts.name("sector_in_sentence", sector))
    svg = charts.draw_svg(chart, language=texts.language, **_SIZE)
    return Panel(title, texts("composition.desc_lines"), svg)


def _draw_line(rows: pd.DataFrame, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    base = alt.Chart(rows).encode(x=x, y=y, color=_colour())
    dots = base.mark_point(filled=True, size=34).encode(
        opacity=alt.Opacity("strength:Q", scale=None)
    )
    return [base.mark_line(strokeWidth=2), dots]


def _draw_multi(context: Context, rows: pd.DataFrame) -> str:
    shown = rows[rows["share_multi_sector"].notna()]
    y = alt.Y("share_multi_sector:Q", title=None, axis=_percent_axis(context))
    chart = alt.layer(*_draw_line(shown, _year_axis(context, rows), y))
    return charts.draw_svg(chart, language=context.texts.language, **_SIZE)


def _draw_episodes(context: Context, rows: pd.DataFrame) -> str:
    shown = rows[rows["n_episodes"].notna()]
    years = shown.groupby(["year", "strength"], as_index=False)["n_episodes"].sum()
    chart = (
        alt.Chart(years)
        .mark_bar(color=charts.TREATED)
        .encode(
            x=_year_axis(context, rows),
            y=alt.Y("n_episodes:Q", title=None, axis=alt.Axis(format=",d", tickCount=5)),
            opacity=alt.Opacity("strength:Q", scale=None),
        )
    )
    return charts.draw_svg(chart, language=context.texts.language, **_SIZE)


def _tabulate(context: Context, frame: pd.DataFrame) -> Table:
    texts, sectors = context.texts, context.sectors_of(frame)
    columns = [Column(texts("composition.year"), is_text=True)]
    columns += [Column(texts.name("sector_short", sector)) for sector in sectors]
    rows = []
    for year in sorted(set(frame["year"])):
        here = frame[frame["year"].eq(year)]
        mark = "*" if year == UNCERTAIN_YEAR else ""
        rows.append((Cell(f"{year}{mark}"), *(_year_cell(context, here, name) for name in sectors)))
    notes = (hidden_note(context), f"* {texts('composition.uncertain')}")
    return Table("years", texts("composition.caption"), tuple(columns), tuple(rows), notes)


def _year_cell(context: Context, rows: pd.DataFrame, sector: str) -> Cell:
    mine = rows[rows["sector"].eq(sector)]
    if mine.empty:
        return Cell(context.texts("cell.missing"))
    row = mine.iloc[0]
    persons = count_cell(context, row, "n_persons")
    share = value_cell(context, row, "share", context.texts.percent)
    below = "" if share.mark or pd.isna(row["share"]) else f"({share.text})"
    return Cell(persons.text, below=below, mark=persons.mark)
