"""Composition over time: shares by sector and year beside the published ones."""

from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_empty
from evaluation.report.cells import count_cell, hidden_note, value_cell
from evaluation.report.content import Cell, Column, Context, Figure, Panel, Section, Table

UNCERTAIN_YEAR = 2018  # F17: "tallene for 2018 er usikre"
_SIZE = {"width": 360, "height": 220}
_COLOUR = charts.build_channel(
    "sector",
    "nominal",
    scale={
        "domain": list(charts.SECTOR_COLOURS),
        "range": list(charts.SECTOR_COLOURS.values()),
    },
)
_STRENGTH = charts.build_channel("strength", scale=None)


def build_composition(context: Context) -> Section:
    """Draw and tabulate the composition of the treated over the years.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    lines = (texts("composition.text"), texts("composition.uncertain"), texts("composition.gap"))
    frame = context.table("composition")
    if frame is None:
        line = tell_empty(context, "composition")
        return Section("composition", texts("composition.title"), (line,))
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
    if context.has_all_sectors:
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


def _year_axis(rows: pd.DataFrame) -> charts.Channel:
    years = sorted({int(year) for year in rows["year"]})
    every = years[:: 2 if len(years) > 6 else 1]
    return charts.build_channel(
        "year",
        "ordinal",
        title=None,
        scale={"domain": years},
        axis={"values": every, "labelAngle": 0, "format": "d", "grid": False},
    )


def _percent_axis(context: Context, field: str, **options: Any) -> charts.Channel:
    return charts.build_percent(field, context.texts.language, **options)


def _published(context: Context, sector: str = "SOM") -> pd.DataFrame:
    """Give the published shares of one sector, from the study's findings.

    They are shares of all sectors, and no points of a study that does not hold them all.
    """
    rows = [
        {"year": year, "share": finding.value}
        for finding in context.data.study.finding
        if context.has_all_sectors and finding.rule == "near" and finding.in_sectors == (sector,)
        for year in finding.years
    ]
    return pd.DataFrame(rows, columns=["year", "share"])


def _points(points: pd.DataFrame, x: charts.Channel, y: charts.Channel) -> charts.Layer:
    look: dict[str, Any] = {"size": 70, "fill": "white", "color": charts.INK}
    return charts.build_layer(points, "point", {"x": x, "y": y}, strokeWidth=2, opacity=1, **look)


def _draw_stacked(context: Context, rows: pd.DataFrame) -> str:
    x = _year_axis(rows)
    y = _percent_axis(context, "share", scale={"domain": [0, 1]})
    channels = {
        "x": x,
        "y": y | {"stack": "zero"},
        "color": _COLOUR,
        "order": charts.build_channel("order"),
        "opacity": _STRENGTH,
    }
    shown = rows[rows["share"].notna()]
    bars = charts.build_layer(shown, "bar", channels, stroke="white", strokeWidth=0.5)
    points = _published(context)
    points = points[points["year"].isin(set(rows["year"]))]
    layers = [bars, _points(points, x, y)]
    return charts.draw_svg(layers, language=context.texts.language, **_SIZE)


def _draw_share(context: Context, rows: pd.DataFrame, sector: str) -> Panel:
    texts, x = context.texts, _year_axis(rows)
    mine = rows[rows["sector"].eq(sector) & rows["share"].notna()]
    points = _published(context, sector)
    points = points[points["year"].isin(set(rows["year"]))]
    top = max(0.05, *mine["share"], *points["share"]) if len(mine) or len(points) else 0.05
    y = _percent_axis(context, "share", scale={"domain": [0, top], "nice": True})
    title = texts("composition.lines", sector=texts.name("sector_in_sentence", sector))
    layers = [*_lines(mine, x, y), _points(points, x, y)]
    svg = charts.draw_svg(layers, language=texts.language, **_SIZE)
    return Panel(title, texts("composition.desc_lines"), svg)


def _lines(rows: pd.DataFrame, x: charts.Channel, y: charts.Channel) -> list[charts.Layer]:
    channels = {"x": x, "y": y, "color": _COLOUR}
    dots = channels | {"opacity": _STRENGTH}
    return [
        charts.build_layer(rows, "line", channels, strokeWidth=2),
        charts.build_layer(rows, "point", dots, filled=True, size=34),
    ]


def _draw_multi(context: Context, rows: pd.DataFrame) -> str:
    shown = rows[rows["share_multi_sector"].notna()]
    layers = _lines(shown, _year_axis(rows), _percent_axis(context, "share_multi_sector"))
    return charts.draw_svg(layers, language=context.texts.language, **_SIZE)


def _draw_episodes(context: Context, rows: pd.DataFrame) -> str:
    shown = rows[rows["n_episodes"].notna()]
    years = shown.groupby(["year", "strength"], as_index=False)[["n_episodes"]].sum()
    y = charts.build_channel("n_episodes", title=None, axis={"format": ",d", "tickCount": 5})
    channels = {"x": _year_axis(rows), "y": y, "opacity": _STRENGTH}
    bars = charts.build_layer(years, "bar", channels, color=charts.TREATED)
    return charts.draw_svg([bars], language=context.texts.language, **_SIZE)


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
