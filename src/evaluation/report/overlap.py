"""Overlap drawn: where treated and comparators of a sector lie on the preference score."""

import pandas as pd

from evaluation.report import charts
from evaluation.report.content import Context, Figure, Panel

# Between these somebody is as likely to be treated as not, given how many are (Walker 2013).
MIDDLE = (0.3, 0.7)
COLOURS = {"treated": charts.TREATED, "control": charts.CONTROL}


def draw_overlap(context: Context) -> Figure | None:
    """Draw the shares of both arms by preference score, a panel a sector.

    Args:
        context: Disclosed tables.
    """
    frame, texts = context.table("overlap"), context.texts
    if frame is None or frame.empty:
        return None
    panels = []
    for sector in context.sectors_of(frame):
        rows = frame[frame["sector"].eq(sector) & frame["share"].notna()]
        if rows.empty:
            continue
        inside = _share_inside(rows)
        title = texts.name("sector", sector)
        if inside is not None:
            title = texts("overlap.panel", sector=title, share=texts.percent(inside, decimals=0))
        panels.append(Panel(title, texts("overlap.desc"), _draw(context, rows)))
    legend = (("line-treated", texts("flow.treated")), ("line-control", texts("flow.control")))
    return Figure("overlap", tuple(panels), legend, columns=3) if panels else None


def _share_inside(rows: pd.DataFrame) -> float | None:
    """Share of the treated in the middle, where no bin of theirs is hidden."""
    treated = rows[rows["arm"].eq("treated")]
    shares = treated["share"].astype(float)
    if abs(float(shares.sum()) - 1) > 1e-6:
        return None
    low, high = treated["preference_low"].astype(float), treated["preference_high"].astype(float)
    return float(shares[low.ge(MIDDLE[0] - 1e-9) & high.le(MIDDLE[1] + 1e-9)].sum())


def _draw(context: Context, rows: pd.DataFrame) -> str:
    rows = rows.assign(middle=(rows["preference_low"] + rows["preference_high"]).astype(float) / 2)
    x = charts.build_channel(
        "middle",
        title=context.texts("overlap.axis"),
        scale={"domain": [0, 1]},
        axis={"grid": False, "values": [0, 0.25, 0.5, 0.75, 1], "format": ".2f"},
    )
    y = charts.build_percent("share", context.texts.language)
    layers = [
        charts.build_rule("x", edge, color=charts.MUTED, strokeDash=[4, 3]) for edge in MIDDLE
    ]
    for arm, colour in COLOURS.items():
        mine = rows[rows["arm"].eq(arm)][["middle", "share"]].astype(float)
        layers.append(
            charts.build_layer(
                mine, "area", {"x": x, "y": y}, color=colour, opacity=0.25, interpolate="step"
            )
        )
        layers.append(
            charts.build_layer(
                mine, "line", {"x": x, "y": y}, color=colour, strokeWidth=2, interpolate="step"
            )
        )
    return charts.draw_svg(layers, language=context.texts.language, width=360, height=190)
