"""Which benefit persons live on before and after the index date: stacked shares by arm."""

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import find_withheld_sectors
from evaluation.report.content import Cell, Column, Context, Figure, Panel, Section, Table
from evaluation.report.event_study import build_cover
from evaluation.report.figures import build_index_rule, build_time_axis
from evaluation.report.shares import ARMS, ShareSection, build_share_section, count_decimals


def draw_states(context: Context) -> Section:
    """Draw the shares in each state by period for each arm, with a table of some periods.

    Args:
        context: Disclosed tables.
    """
    text = context.texts("states.text", days=context.data.study.windows.period_days)
    if not context.data.study.outcomes.by_period:
        text = f"{text} {context.texts('states.by_month')}"
    parts = ShareSection("states", "states", text, _summarise, _draw_sector, _tabulate)
    return build_share_section(context, parts)


def _summarise(context: Context, frame: pd.DataFrame, sector: str) -> str:
    """Say how many are without benefit in the last period, and were in the one before."""
    rows = frame[frame["sector"].eq(sector) & frame["state"].eq("none")]
    shares = rows.set_index(["arm", "event_time"])["share"]
    last, decimals = int(rows["event_time"].max()), count_decimals(rows)
    values = {
        f"{arm}_{name}": context.texts.percent(shares.get((arm, time)), decimals=decimals)
        for arm in ARMS
        for name, time in (("before", -1), ("after", last))
    }
    sector_name = context.texts.name("sector_in_sentence", sector)
    return context.texts("states.summary", sector=sector_name, last=last, **values)


def _states_of(frame: pd.DataFrame) -> list[str]:
    """List the states that anyone is in, from the bottom of a bar to its top."""
    present = set(frame.loc[frame["share"].gt(0), "state"])
    return [state for state in charts.STATE_COLOURS if state in present]


def _draw_sector(context: Context, frame: pd.DataFrame, sector: str) -> Figure:
    texts = context.texts
    rows = frame[frame["sector"].eq(sector)]
    reasons = find_withheld_sectors(context).get(sector)
    cover = [] if reasons is None else build_cover(context, build_time_axis(context), reasons)
    panels = [
        Panel(
            f"{texts.name('sector', sector)}: {texts(f'event.legend_{arm}').lower()}",
            texts("states.desc"),
            _draw_bars(context, rows[rows["arm"].eq(arm)], cover),
        )
        for arm in ARMS
    ]
    # As they stand above each other.
    legend = [(f"state-{s}", texts.name("state", s)) for s in reversed(_states_of(rows))]
    return Figure(f"states-{sector}", tuple(panels), tuple(legend))


def _draw_bars(context: Context, rows: pd.DataFrame, cover: list[charts.Layer]) -> str:
    order = list(charts.STATE_COLOURS)
    bars = rows[["event_time", "state"]].astype({"event_time": float, "state": str})
    bars["share"] = rows["share"].astype(float)
    bars["place"] = [order.index(state) for state in bars["state"]]
    bars = bars.sort_values(["event_time", "place"])
    bars["top"] = bars.groupby("event_time")["share"].cumsum().round(6)
    bars["bottom"] = (bars["top"] - bars["share"]).round(6)
    bars["left"], bars["right"] = bars["event_time"] - 0.46, bars["event_time"] + 0.46
    x = build_time_axis(context)
    y = charts.build_percent(
        "bottom",
        context.texts.language,
        scale={"domain": [0, 1]},
        axis={"grid": False, "values": [0, 0.25, 0.5, 0.75, 1]},
    )
    colour = charts.build_channel(
        "state",
        "nominal",
        scale={"domain": order, "range": list(charts.STATE_COLOURS.values())},
    )
    channels = {
        "x": x | {"field": "left"},
        "x2": {"field": "right"},
        "y": y,
        "y2": {"field": "top"},
        "color": colour,
    }
    seen = bars.loc[bars["share"] > 0, ["left", "right", "bottom", "top", "state"]]
    layers = [*cover, charts.build_layer(seen, "rect", channels), build_index_rule()]
    return charts.draw_svg(layers, language=context.texts.language, width=420, height=260)


def _tabulate(context: Context, frame: pd.DataFrame, sector: str) -> Table:
    texts = context.texts
    rows = frame[frame["sector"].eq(sector)]
    times = _pick_times(sorted({int(time) for time in rows["event_time"]}))
    shares = rows.set_index(["arm", "event_time", "state"])["share"]
    decimals = count_decimals(rows)
    columns = [Column(texts("states.state"), is_text=True)]
    columns += [
        Column(
            texts("states.period", time=texts.number(time, decimals=0)),
            texts(f"event.legend_{arm}"),
        )
        for arm in ARMS
        for time in times
    ]
    body = tuple(
        (
            Cell(texts.name("state", state)),
            *(
                Cell(texts.percent(shares.get((arm, time, state)), decimals=decimals))
                for arm in ARMS
                for time in times
            ),
        )
        for state in reversed(_states_of(rows))
    )
    caption = texts("states.caption", sector=texts.name("sector_in_sentence", sector))
    step = texts.percent(rows["rounded_to"].max(), decimals=decimals)
    notes = (texts("states.rounded", step=step), texts("states.definition"))
    return Table("states", caption, tuple(columns), body, notes)


def _pick_times(times: list[int]) -> list[int]:
    """Pick the first period, those on either side of the index date, a middle one, the last."""
    wanted = [times[0], -1, 0, times[-1] // 2, times[-1]]
    return sorted({time for time in wanted if time in times})
