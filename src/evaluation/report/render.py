"""From results to one HTML page a language. The only module that knows HTML.

The page is complete in itself: no script, no font, no picture from outside; drawings stand in
the text. Disclosure control comes first, so that nothing below can show a small cell.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jinja2
from markupsafe import Markup, escape

from evaluation.disclosure import disclose_tables, hide_notes
from evaluation.report.answer import write_answer
from evaluation.report.content import (
    Column,
    Context,
    Panel,
    ReportData,
    Section,
    make_context,
)
from evaluation.report.effects import build_details, build_headline
from evaluation.report.estimators import build_estimators
from evaluation.report.event_study import draw_event_study
from evaluation.report.figures import draw_forest
from evaluation.report.findings import tabulate_findings
from evaluation.report.flow import build_flow
from evaluation.report.gate import build_gate
from evaluation.report.methods import write_limits, write_methods
from evaluation.report.moves import tabulate_moves
from evaluation.report.paths import draw_paths
from evaluation.report.planted_paths import draw_planted_paths
from evaluation.report.pre_trends import draw_pre_trends
from evaluation.report.returns import draw_returns
from evaluation.report.sensitivity import tabulate_sensitivity
from evaluation.report.services import draw_services
from evaluation.report.specifications import draw_specifications
from evaluation.report.states import draw_states
from evaluation.report.subgroups import draw_subgroups
from evaluation.report.tables import build_balance, build_data, build_settings
from evaluation.report.texts import TEMPLATES, Language
from evaluation.report.trends import build_composition

__all__ = ["ReportData", "render_report", "render_reports"]


def render_report(data: ReportData, *, language: Language) -> str:
    """Render the report in one language, as `render_reports` does.

    Args:
        data: As there.
        language: "nb" (bokmål) or "en".
    """
    return render_reports(data, languages=(language,))[language]


def render_reports(data: ReportData, *, languages: Sequence[Language]) -> dict[Language, str]:
    """Render the report in each language, after disclosure control of its small cells.

    Args:
        data: Study, results and manifest; result tables may be absent or lack sectors.
        languages: "nb" (bokmål), "en".

    Returns:
        A whole HTML document by language; the same bytes for the same data.

    Raises:
        DisclosureError: A table lacks a column that disclosure control needs.
    """
    shown = disclose_tables(
        data.tables,
        min_cell_count=data.study.disclosure.min_cell_count,
        period_days=data.study.windows.period_days,
    )
    data = replace(data, tables=shown, notes=hide_notes(data.notes, shown))
    return {language: _render(data, language) for language in languages}


def _render(data: ReportData, language: Language) -> str:
    context = make_context(data, language)
    template = _environment().get_template("report.html.j2")
    return template.render(
        language=language,
        title=data.study.title_nb if language == "nb" else data.study.title_en,
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704
        sections=build_sections(context),
        context=context,
        text=context.texts,
        data=data,
        facts=_list_facts(context),
    )


def build_sections(context: Context) -> tuple[Section, ...]:
    """Build the sections of the report in reading order.

    Args:
        context: Disclosed tables and words.
    """
    return (
        write_answer(context),
        build_headline(context),
        build_gate(context),
        build_details(context),
        *tabulate_findings(context),
        draw_forest(context),
        draw_paths(context),
        draw_pre_trends(context),
        draw_event_study(context),
        *draw_planted_paths(context),
        draw_states(context),
        tabulate_moves(context),
        draw_returns(context),
        build_estimators(context),
        draw_subgroups(context),
        draw_services(context),
        draw_specifications(context),
        tabulate_sensitivity(context),
        build_flow(context),
        build_balance(context),
        build_composition(context),
        build_data(context),
        build_settings(context),
        write_methods(context),
        write_limits(context),
    )


def _list_facts(context: Context) -> list[tuple[str, str]]:
    texts, data = context.texts, context.data
    versions = data.manifest.get("versions", {})
    return [
        (texts("footer.delivery"), data.delivery_id),
        (texts("footer.fingerprint"), data.study.fingerprint),
        (texts("footer.seed"), str(data.study.seed)),
        (texts("footer.min_cell"), str(data.study.disclosure.min_cell_count)),
        (
            texts("footer.versions"),
            ", ".join(f"{name} {versions[name]}" for name in sorted(versions)),
        ),
    ]


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["heading_groups"] = _group_headings
    environment.globals["embed"] = embed_drawing
    return environment


def _group_headings(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """Join neighbouring columns under one heading; a column without a group stands alone."""
    groups: list[dict[str, Any]] = []
    for column in columns:
        if column.group and groups and groups[-1]["label"] == column.group:
            groups[-1]["columns"].append(column)
        else:
            groups.append({"label": column.group, "columns": [column]})
    return groups


def embed_drawing(panel: Panel, key: str) -> Markup:
    """Make a drawing part of the page: named for screen readers, ids its own."""
    svg = re.sub(r'id="(clip[^"]*)"', rf'id="{key}-\1"', panel.svg)
    svg = re.sub(r"url\(#(clip[^)]*)\)", rf"url(#{key}-\1)", svg)
    opening = f'<svg role="img" aria-labelledby="{key}-title {key}-desc"'
    names = (
        f'<title id="{key}-title">{escape(panel.title or panel.desc)}</title>'
        f'<desc id="{key}-desc">{escape(panel.desc)}</desc>'
    )
    body = svg.removeprefix("<svg")
    end = body.index(">") + 1
    return Markup(opening + body[:end] + names + body[end:])  # noqa: S704
