"""Sustained return to work and what competes with it: cumulative incidence by arm."""

from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.cells import count_cell
from evaluation.report.content import Cell, Column, Context, Figure, Panel, Section, Table
from evaluation.report.shares import ShareSection, build_share_section, count_decimals

_ARMS = {"treated": (charts.TREATED, [1, 0]), "control": (charts.CONTROL, [5, 3])}
_EVENTS = ("return_to_work", "aap", "disability", "death")
_COMPETING = ("aap", "disability")
_STEP: dict[str, Any] = {"interpolate": "step-after"}
# Room for the names of the arms, in every drawing, so that days stand below each other.
_ROOM = {"minExtent": 104, "maxExtent": 104}


def draw_returns(context: Context) -> Section:
    """Draw sustained returns by arm with persons at risk below, and the events that compete.

    Args:
        context: Disclosed tables.
    """
    if not context.data.study.outcomes.by_period:
        title = context.texts("returns.title")
        return Section("returns", title, (context.texts("returns.by_month"),))
    text = context.texts("returns.text", level=context.level)
    parts = ShareSection("returns", "return_to_work", text, _summarise, _draw_sector, _tabulate)
    return build_share_section(context, parts)


def _find(frame: pd.DataFrame, **keys: str | int) -> pd.DataFrame:
    kept = pd.Series(True, index=frame.index)
    for column, value in keys.items():
        kept &= frame[column].eq(value).fillna(False).astype(bool)
    return frame[kept]


def _told_day(context: Context, frame: pd.DataFrame) -> int:
    """Pick the day the table tells of: the end of the window, or the last day there is."""
    return min(context.data.study.windows.after_days, int(frame["day"].max()))


def _summarise(context: Context, frame: pd.DataFrame, sector: str) -> str:
    day, length = _told_day(context, frame), int(frame["sustained_days"].min())
    at = _find(frame, sector=sector, day=day, sustained_days=length, event="return_to_work")
    decimals = count_decimals(at)
    shares = {
        arm: context.texts.percent(_find(at, arm=arm)["incidence"].max(), decimals=decimals)
        for arm in _ARMS
    }
    name = context.texts.name("sector_in_sentence", sector)
    return context.texts("returns.summary", sector=name, day=day, length=length, **shares)


def _draw_sector(context: Context, frame: pd.DataFrame, sector: str) -> Figure:
    texts = context.texts
    rows = _find(frame, sector=sector)
    lengths = sorted({int(length) for length in rows["sustained_days"]})
    # One scale for the returns, and one for what competes, which would be flat on the other.
    top = _top_of(_find(rows, event="return_to_work"), least=0.2)
    is_competing = rows["event"].isin(_COMPETING) & rows["sustained_days"].eq(lengths[0])
    # Per cents are whole on the axis, so less than five of them would repeat.
    own_top = _top_of(rows[is_competing], least=0.05)
    panels = []
    for length in lengths:
        part = _find(rows, sustained_days=length, event="return_to_work")
        panels.append(
            Panel(
                texts("returns.panel", length=length),
                texts("returns.desc"),
                _draw_curves(context, part, top),
                Panel("", texts("returns.desc_risk"), _draw_at_risk(context, part)),
            )
        )
    for event in _COMPETING:
        part = _find(rows, sustained_days=lengths[0], event=event)
        name = texts("returns.competing", event=texts.name("first_event", event), length=lengths[0])
        panels.append(Panel(name, texts("returns.desc"), _draw_curves(context, part, own_top)))
    legend = (
        ("line-treated", texts("event.legend_treated")),
        ("line-control", texts("event.legend_control")),
        ("shade", texts("returns.legend_band", level=context.level)),
    )
    return Figure(f"returns-{sector}", tuple(panels), legend)


def _top_of(rows: pd.DataFrame, *, least: float) -> float:
    """Return the top of a scale that holds the confidence intervals, at most 1."""
    return min(1.0, max(least, float(rows["ci_high"].astype(float).fillna(0).max())))


def _day_axis(context: Context, rows: pd.DataFrame, **axis: object) -> charts.Channel:
    last = int(rows["day"].max())
    # Ticks at quarters of the window; the room at the end keeps the last label inside.
    return charts.build_channel(
        "day",
        title=context.texts("returns.axis"),
        scale={"domain": [0, last * 1.04], "nice": False},
        axis={"grid": False, "values": _ticks(last), "format": "d", "labelFlush": False, **axis},
    )


def _ticks(last: int) -> list[int]:
    apart = 30 * max(1, round(last / 30 / 5))
    return list(range(0, last + 1, apart))


def _draw_curves(context: Context, rows: pd.DataFrame, top: float) -> str:
    x = _day_axis(context, rows)
    scale = {"domain": [0, top], "nice": True}

    def y(column: str) -> charts.Channel:
        return charts.build_percent(column, context.texts.language, scale=scale, axis=_ROOM)

    layers = []
    for arm, (colour, _) in _ARMS.items():
        mine = _numbers(_find(rows, arm=arm), ["day", "ci_low", "ci_high"])
        channels = {"x": x, "y": y("ci_low"), "y2": {"field": "ci_high"}}
        layers.append(
            charts.build_layer(mine, "area", channels, color=colour, opacity=0.18, **_STEP)
        )
    # The broken line last, so that both are seen where they fall together.
    for arm, (colour, dash) in _ARMS.items():
        mine = _numbers(_find(rows, arm=arm), ["day", "incidence"])
        look = {"color": colour, "strokeWidth": 2, "strokeDash": dash, **_STEP}
        layers.append(charts.build_layer(mine, "line", {"x": x, "y": y("incidence")}, **look))
    return charts.draw_svg(layers, language=context.texts.language, width=420, height=220)


def _numbers(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return rows[columns].astype(float).dropna().sort_values("day")


def _draw_at_risk(context: Context, rows: pd.DataFrame) -> str:
    texts = context.texts
    here = rows[rows["day"].isin(_ticks(int(rows["day"].max())))]
    places = here[["day"]].astype(float)
    places["arm"] = [texts(f"event.legend_{arm}") for arm in here["arm"]]
    places["n"] = [count_cell(context, row, "n_at_risk").text for _, row in here.iterrows()]
    y = charts.build_channel(
        "arm",
        "nominal",
        title=None,
        sort=[texts(f"event.legend_{arm}") for arm in _ARMS],
        axis={"ticks": False, "domain": False, "grid": False, "labelPadding": 28, **_ROOM},
    )
    x = _day_axis(context, rows, labels=False, ticks=False, domain=False)
    x["title"], x["axis"]["orient"] = texts("returns.at_risk"), "top"
    channels = {"x": x, "y": y, "text": charts.build_channel("n", "nominal")}
    layers = [charts.build_layer(places, "text", channels, fontSize=11, color=charts.INK)]
    return charts.draw_svg(layers, language=texts.language, width=420, height=72)


def _tabulate(context: Context, frame: pd.DataFrame, sector: str) -> Table:
    texts, rows = context.texts, _find(frame, sector=sector)
    day, last = _told_day(context, rows), int(rows["day"].max())
    decimals = count_decimals(rows)
    rows = _find(rows, day=day)
    lengths = sorted({int(length) for length in rows["sustained_days"]})
    cases = [(arm, length) for arm in _ARMS for length in lengths]
    columns = [Column(texts("returns.first"), is_text=True)]
    columns += [
        Column(texts("returns.length", length=length), texts(f"event.legend_{arm}"))
        for arm, length in cases
    ]
    body = []
    for event in _EVENTS:
        cells = [Cell(texts.name("first_event", event))]
        for arm, length in cases:
            row = _find(rows, arm=arm, sustained_days=length, event=event).iloc[0]
            limits = ""
            if pd.notna(row["ci_low"]) and event == "return_to_work":
                low, high = (100 * float(row[name]) for name in ("ci_low", "ci_high"))
                limits = f"{texts.number(low, decimals=decimals)} {texts('cell.to')} "
                limits += texts.number(high, decimals=decimals)
            cells.append(Cell(texts.percent(row["incidence"], decimals=decimals), below=limits))
        body.append(tuple(cells))
    left = [Cell(texts("returns.still"))]
    for arm, length in cases:
        share = 1 - _find(rows, arm=arm, sustained_days=length)["incidence"].astype(float).sum()
        left.append(Cell(texts.percent(max(share, 0.0), decimals=decimals)))
    name = texts.name("sector_in_sentence", sector)
    caption = texts("returns.caption", sector=name, day=day, level=context.level)
    step = texts.percent(rows["rounded_to"].max(), decimals=decimals)
    base = 2 * context.data.study.disclosure.min_cell_count
    notes = (texts("returns.rounded", step=step, base=base), _define(context, last))
    return Table("returns", caption, tuple(columns), (*body, tuple(left)), notes)


def _define(context: Context, last: int) -> str:
    """Say who is followed and until when.

    Every study includes only those who live in the country through the window
    (`alive_and_resident` in mart_candidates); what curves show after it may be death.
    """
    days = context.data.study.windows.after_days
    text = context.texts("returns.definition", days=days)
    return f"{text} {context.texts('returns.beyond', last=last)}" if last > days else text
