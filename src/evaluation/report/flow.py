"""Who is included: flow charts drawn box by box, and the table of all sectors."""

import textwrap
from html import escape

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_empty
from evaluation.report.cells import (
    count_cell,
    hidden_note,
    name_level,
    share_cell,
    value_cell,
)
from evaluation.report.content import Cell, Column, Context, Figure, Fold, Panel, Section, Table

WIDTH, BOX, SIDE, GAP, LINE = 420, 276, 124, 26, 16
ARMS = ("treated", "control")
POOLED = "ALL"
LOST_NUMBERS = ("age_years", "sick_leave_days_before", "health_benefit_days_before")
WORST_LEVELS = 12


def build_flow(context: Context) -> Section:
    """Draw the flow of persons and tabulate it by sector.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    blocks: list[Figure | Fold | Table] = []
    frame = context.table("attrition")
    if frame is not None:
        first, *rest = context.sectors_of(frame, pooled_first=True)
        blocks.append(_draw_sector(context, frame, first))
        blocks += [_sector_table(context, frame, arm) for arm in ARMS]
        blocks += _matched_table(context)
        blocks += _unmatched_tables(context)
        for sector in rest:
            summary = texts("flow.sectors", sector=texts.name("sector_in_sentence", sector))
            blocks.append(Fold(summary, _draw_sector(context, frame, sector)))
    else:
        blocks += _matched_table(context)
    line = texts("flow.text") if blocks else tell_empty(context, "attrition")
    return Section("flow", texts("flow.title"), (line,), blocks=tuple(blocks))


def _draw_sector(context: Context, frame: pd.DataFrame, sector: str) -> Figure:
    name = context.texts.name("sector", sector)
    panels = []
    for arm in ARMS:
        rows = _steps(frame, sector, arm)
        if not rows.empty:
            title = f"{name}: {context.texts(f'flow.{arm}').lower()}"
            panels.append(Panel(title, context.texts("flow.desc"), _draw_steps(context, rows)))
    return Figure(f"flow-{sector}", tuple(panels))


def _steps(frame: pd.DataFrame, sector: str, arm: str) -> pd.DataFrame:
    rows = frame[frame["sector"].eq(sector) & frame["arm"].eq(arm)]
    return rows.sort_values("step")


def _draw_steps(context: Context, rows: pd.DataFrame) -> str:
    parts, top = [], 4
    for place, (_, row) in enumerate(rows.iterrows()):
        count = count_cell(context, row, "n_persons").text
        lines = textwrap.wrap(context.texts.name("step", row["step_name"]), 34) or [""]
        height = 18 + LINE * (len(lines) + 1)
        if place:
            excluded = count_cell(context, row, "n_excluded").text
            out = context.texts("flow.excluded", n=excluded)
            parts += _draw_arrow(top, out)
            top += GAP
        parts += _draw_box(top, height, lines, count)
        top += height
    body = "".join(parts)
    return (
        f'<svg width="{WIDTH}" height="{top + 6}" viewBox="0 0 {WIDTH} {top + 6}"'
        f' font-family="DejaVu Sans, Verdana, Geneva, sans-serif" fill="{charts.INK}">{body}</svg>'
    )


def _draw_box(top: int, height: int, lines: list[str], count: str) -> list[str]:
    middle = 2 + BOX // 2
    parts = [
        f'<rect x="2" y="{top}" width="{BOX}" height="{height}" rx="4" fill="#f4f7f9"'
        f' stroke="{charts.TREATED}"/>'
    ]
    for place, line in enumerate(lines):
        y = top + 20 + LINE * place
        parts.append(
            f'<text x="{middle}" y="{y}" font-size="12" text-anchor="middle">{escape(line)}</text>'
        )
    y = top + 21 + LINE * len(lines)
    parts.append(
        f'<text x="{middle}" y="{y}" font-size="13" font-weight="bold"'
        f' text-anchor="middle">{escape(count)}</text>'
    )
    return parts


def _draw_arrow(top: int, out: str) -> list[str]:
    x, end, y = 2 + BOX // 2, top + GAP, top + GAP // 2
    side = WIDTH - SIDE - 2
    ink = charts.MUTED
    return [
        f'<line x1="{x}" y1="{top}" x2="{x}" y2="{end - 5}" stroke="{ink}"/>',
        f'<path d="M{x - 4},{end - 6}L{x + 4},{end - 6}L{x},{end}Z" fill="{ink}"/>',
        f'<line x1="{x}" y1="{y}" x2="{side + 6}" y2="{y}" stroke="{ink}" stroke-dasharray="3 3"/>',
        f'<text x="{side + 12}" y="{y + 4}" font-size="12">{escape(out)}</text>',
    ]


def _sector_table(context: Context, frame: pd.DataFrame, arm: str) -> Table:
    texts = context.texts
    sectors = context.sectors_of(frame)
    steps = frame[frame["arm"].eq(arm)].sort_values("step")
    names = list(dict.fromkeys(steps["step_name"]))
    columns = [Column(texts("flow.step"), is_text=True)]
    columns += [Column(texts.name("sector_short", sector)) for sector in sectors]
    rows = tuple(
        (
            Cell(texts.name("step", name)),
            *(_step_cell(context, steps, sector, name) for sector in sectors),
        )
        for name in names
    )
    caption = f"{texts(f'flow.{arm}')}. {texts('flow.caption')}"
    return Table(f"flow-{arm}", caption, tuple(columns), rows, (hidden_note(context),))


def _step_cell(context: Context, steps: pd.DataFrame, sector: str, name: str) -> Cell:
    rows = steps[steps["sector"].eq(sector) & steps["step_name"].eq(name)]
    if rows.empty:
        return Cell(context.texts("cell.missing"))
    row = rows.iloc[0]
    persons = count_cell(context, row, "n_persons")
    excluded = count_cell(context, row, "n_excluded")
    below = "" if row["step"] == steps["step"].min() else f"({excluded.text})"
    return Cell(persons.text, below=below, mark=persons.mark)


def _matched_table(context: Context) -> list[Table]:
    frame, texts = context.table("matched_share"), context.texts
    if frame is None:
        return []
    counts = ("n_persons", "n_eligible", "n_matched")
    columns = [Column(texts("headline.sector"), is_text=True)]
    columns += [Column(texts(f"flow.{name}")) for name in counts]
    columns.append(Column(texts("headline.matched_share")))
    rows = []
    for sector in context.sectors_of(frame):
        row = frame[frame["sector"].eq(sector)].iloc[0]
        cells = [count_cell(context, row, name) for name in counts]
        rows.append((Cell(texts.name("sector", sector)), *cells, share_cell(context, row)))
    return [Table("matched", texts("flow.matched_caption"), tuple(columns), tuple(rows))]


def _unmatched_tables(context: Context) -> list[Table]:
    """Tell who is lost: what they are like, and where most are lost."""
    frame = context.table("unmatched")
    if frame is None or frame.empty:
        return []
    is_number = frame["level"].fillna("").eq("")
    return [_lost_persons(context, frame[is_number]), _lost_levels(context, frame[~is_number])]


def _lost_persons(context: Context, numbers: pd.DataFrame) -> Table:
    texts = context.texts
    columns = [Column(texts("headline.sector"), is_text=True), Column(texts("flow.n_unmatched"))]
    for covariate in LOST_NUMBERS:
        group = texts.name("covariate", covariate)
        columns += [
            Column(texts(f"flow.{part}"), group=group)
            for part in ("mean_matched", "mean_unmatched")
        ]
    rows = []
    for sector in context.sectors_of(numbers):
        mine = {
            row["covariate"]: row for _, row in numbers[numbers["sector"].eq(sector)].iterrows()
        }
        cells = [count_cell(context, mine[LOST_NUMBERS[0]], "n_unmatched")]
        for covariate in LOST_NUMBERS:
            row = mine[covariate]
            cells += [
                value_cell(context, row, part, texts.number)
                for part in ("mean_matched", "mean_unmatched")
            ]
        rows.append((Cell(texts.name("sector", sector)), *cells))
    return Table(
        "lost", texts("flow.lost_caption"), tuple(columns), tuple(rows), (hidden_note(context),)
    )


def _lost_levels(context: Context, levels: pd.DataFrame) -> Table:
    texts = context.texts
    pooled = levels[levels["sector"].eq(POOLED) & levels["share_unmatched"].notna()]
    worst = pooled.sort_values(
        ["n_unmatched", "covariate", "level"], ascending=[False, True, True]
    ).head(WORST_LEVELS)
    labels = ("balance.covariate", "balance.level")
    columns = [Column(texts(label), is_text=True) for label in labels]
    columns += [Column(texts(f"flow.{name}")) for name in ("n_eligible", "n_unmatched", "lost")]
    rows = tuple(
        (
            Cell(texts.name("covariate", row["covariate"])),
            Cell(name_level(context, str(row["covariate"]), str(row["level"]))),
            count_cell(context, row, "n_eligible"),
            count_cell(context, row, "n_unmatched"),
            value_cell(context, row, "share_unmatched", texts.percent),
        )
        for _, row in worst.iterrows()
    )
    return Table("lost-levels", texts("flow.levels_caption", n=len(rows)), tuple(columns), rows)
