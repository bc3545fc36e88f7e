"""Tables about the study and its data: balance, files, linkage, quality, settings."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from evaluation.report.absent import tell_empty
from evaluation.report.cells import count_cell, hidden_note, name_level, value_cell
from evaluation.report.content import Cell, Column, Context, Figure, Row, Section, Table
from evaluation.report.figures import draw_balance
from evaluation.report.overlap import draw_overlap

WORST_LEVELS = 12


def build_balance(context: Context) -> Section:
    """Show how alike the groups are: a love plot, and the worst levels.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    blocks: list[Figure | Table] = []
    figure, frame = draw_balance(context), context.table("balance")
    blocks += [figure for figure in (figure, draw_overlap(context)) if figure is not None]
    if frame is not None and frame["smd_after"].notna().any():
        blocks.append(_worst_levels(context, frame))
    if not blocks:
        line = tell_empty(context, "balance")
        return Section("balance", texts("balance.title"), (line,))
    return Section(
        "balance",
        texts("balance.title"),
        (
            texts("balance.text", limit=texts.setting(context.data.study.gate.max_smd)),
            texts("overlap.text"),
        ),
        blocks=tuple(blocks),
    )


def _worst_levels(context: Context, frame: pd.DataFrame) -> Table:
    texts = context.texts
    shown = frame[frame["smd_after"].notna()]
    worst = shown.assign(size=shown["smd_after"].astype(float).abs()).sort_values(
        ["size", "sector", "covariate", "level"], ascending=[False, True, True, True]
    )
    rows = tuple(_level_row(context, row) for _, row in worst.head(WORST_LEVELS).iterrows())
    labels = ("headline.sector", "balance.covariate", "balance.level")
    columns = [Column(texts(label), is_text=True) for label in labels]
    for label in ("treated_mean", "control_mean_after", "smd_before", "smd_after"):
        columns.append(Column(texts(f"balance.{label}")))
    note = texts("balance.hidden", min=context.data.study.disclosure.min_cell_count)
    caption = texts("balance.caption", n=len(rows))
    return Table("worst", caption, tuple(columns), rows, (note,))


def _level_row(context: Context, row: Row) -> tuple[Cell, ...]:
    texts = context.texts
    level = _text(row["level"])
    show: Callable[[Any], str] = texts.percent if level else texts.number
    return (
        Cell(texts.name("sector", row["sector"])),
        Cell(texts.name("covariate", row["covariate"])),
        Cell(name_level(context, str(row["covariate"]), level)),
        value_cell(context, row, "treated_mean", show),
        value_cell(context, row, "control_mean_after", show),
        Cell(texts.number(row["smd_before"], decimals=3, sign=True)),
        Cell(texts.number(row["smd_after"], decimals=3, sign=True)),
    )


def build_data(context: Context) -> Section:
    """Account for what was delivered: rows of files, linkage, quality.

    Args:
        context: Disclosed tables and the manifest.
    """
    texts = context.texts
    passed, quality = _build_quality(context)
    blocks = (*_build_files(context), *_build_linkage(context), *quality)
    return Section("data", texts("data.title"), (texts("data.text"), *passed), blocks=blocks)


def _build_files(context: Context) -> tuple[Table, ...]:
    texts, files = context.texts, pd.DataFrame(context.data.manifest.get("files", ()))
    if files.empty:
        return ()
    names = ("delivered", "loaded", "quarantined")
    columns = [Column(texts("data.table"), is_text=True), Column(texts("data.files"))]
    columns += [Column(texts(f"data.{name}")) for name in names]
    columns.append(Column(texts("data.adds_up"), is_text=True))
    rows = []
    for table, group in files.groupby("table", sort=False):
        counts = [int(group[f"rows_{name}"].sum()) for name in names]
        adds_up = bool(
            group["rows_delivered"].eq(group["rows_loaded"] + group["rows_quarantined"]).all()
        )
        verdict = Cell(texts.setting(adds_up), mark="good" if adds_up else "bad")
        cells = [Cell(texts.count(count)) for count in (len(group), *counts)]
        rows.append((Cell(str(table)), *cells, verdict))
    notes = (texts("data.files_note"),)
    return (Table("files", texts("data.files_caption"), tuple(columns), tuple(rows), notes),)


def _build_linkage(context: Context) -> tuple[Table, ...]:
    frame, texts = context.table("linkage"), context.texts
    if frame is None:
        return ()
    counts = ("n_persons", "n_linked", "n_unlinked", "n_link_rows_without_register")
    columns = [Column(texts("data.register"), is_text=True)]
    columns += [Column(texts(f"data.{name}")) for name in counts]
    rows = tuple(
        (Cell(str(row["register"]).upper()), *(count_cell(context, row, name) for name in counts))
        for _, row in frame.iterrows()
    )
    note = (hidden_note(context),)
    return (Table("linkage", texts("data.linkage_caption"), tuple(columns), rows, note),)


def _build_quality(context: Context) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    """Return a sentence when every check passed, counts, and a table of those that did not."""
    frame, texts = context.table("quality"), context.texts
    if frame is None:
        return (), ()
    broken = frame[frame["status"].isin(["fail", "error"])]
    counts = _count_families(context, frame)
    if broken.empty:
        passed = int(frame["status"].eq("pass").sum())
        return (texts("data.quality_ok", n=texts.count(passed)),), counts
    columns = [Column(texts("data.check"), is_text=True)]
    columns += [
        Column(texts(f"data.{name}"), is_text=True) for name in ("table", "column", "severity")
    ]
    columns += [Column(texts("data.violations")), Column(texts("data.threshold"))]
    columns.append(Column(texts("data.advice"), is_text=True))
    rows = tuple(_quality_row(context, row) for _, row in broken.iterrows())
    table = Table("quality", texts("data.quality_caption"), tuple(columns), rows)
    return (), (*counts, table)


_STATUSES = ("pass", "fail", "error", "not_applicable")


def _count_families(context: Context, quality: pd.DataFrame) -> tuple[Table, ...]:
    """Count the checks of each family: most passed, and are not listed one by one."""
    texts = context.texts
    if "family" not in quality.columns:
        return ()
    columns = [Column(texts("data.family"), is_text=True)]
    columns += [Column(texts(f"data.checks_{status}")) for status in _STATUSES]
    rows = tuple(
        (
            Cell(texts.name("family", str(family))),
            *(Cell(texts.count(int(group["status"].eq(status).sum()))) for status in _STATUSES),
        )
        for family, group in quality.groupby("family")
    )
    caption = texts("data.families_caption", n=texts.count(len(quality)))
    return (Table("quality_families", caption, tuple(columns), rows),)


def _quality_row(context: Context, row: Row) -> tuple[Cell, ...]:
    texts = context.texts
    words = [Cell(_text(row[name])) for name in ("check_id", "table", "column")]
    return (
        *words,
        Cell(texts.name("severity", row["severity"])),
        Cell(texts.percent(row["share"], decimals=2)),
        Cell(texts.percent(row["threshold"], decimals=2)),
        Cell(_text(row["what_to_do"])),
    )


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def build_settings(context: Context) -> Section:
    """List every setting with its value and where it comes from.

    Args:
        context: The study.
    """
    texts, study = context.texts, context.data.study
    labels = ("settings.name", "settings.value", "settings.origin", "settings.key")
    columns = tuple(Column(texts(label), is_text=True) for label in labels)
    stated = set(study.provenance.from_source)
    rows = tuple(
        (
            Cell(texts.name("setting", name.replace(".", "__"))),
            Cell(texts.setting(value)),
            Cell(texts("settings.from_source" if name in stated else "settings.our_choice")),
            Cell(name),
        )
        for name, value in study.settings()
    )
    text = texts("settings.text", source=study.provenance.source)
    table = Table("settings", texts("settings.caption"), columns, rows)
    return Section("settings", texts("settings.title"), (text,), blocks=(table,))
