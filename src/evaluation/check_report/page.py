"""The page of a check: one HTML file, complete in itself, in the look of the report."""

from itertools import groupby
from typing import Any

import jinja2
from markupsafe import Markup

from evaluation.check_report import words
from evaluation.check_report.facts import (
    Facts,
    find_broken,
    list_attention,
    list_places,
    list_unknown_codes,
    sum_files,
)
from evaluation.check_report.figures import draw_difference, draw_shares
from evaluation.linkage import ATTENTION_POINTS
from evaluation.quality.judge import MOST_PLACES
from evaluation.report.render import embed_drawing
from evaluation.report.texts import TEMPLATES as REPORT_TEMPLATES

_LOADER = jinja2.PackageLoader("evaluation.check_report")
_MOST_FILES = 5
_FAMILIES = ("conformance", "completeness", "plausibility", "")
_GRAVITY = {
    "usable": "good",
    "usable_with_warnings": "fair",
    "incomplete": "fair",
    "fails_quality": "bad",
    "breaks_contract": "bad",
}


def render_page(facts: Facts) -> str:
    """Render check.html.

    Args:
        facts: From build_facts.

    Returns:
        A whole HTML document; the same bytes for the same facts.
    """
    environment = jinja2.Environment(
        loader=_LOADER,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        name: getattr(words, name)
        for name in vars(words)
        if name.startswith(("show_", "name_", "describe_", "write_"))
    }
    environment.globals["embed"] = embed_drawing
    environment.filters["describe"] = words.describe_place
    stopping, problems = _make_cards(facts, "contract", "error"), facts["problems"]
    # Messages say again what cards with their places say already.
    is_placed = bool(stopping) and all(card["cells"] or card["files"] for card in stopping)
    return environment.get_template("check.html.j2").render(
        facts=facts,
        style=_style(),
        gravity=_GRAVITY[facts["verdict"]["word"]],
        numbers=_list_numbers(facts),
        stopping=stopping,
        problems=[] if is_placed else [*problems["contract"], *problems["error"]],
        warnings=_make_cards(facts, "warning"),
        attention=list_attention(facts),
        families=[(name, rows, _count_checks(rows)) for name, rows in _group_checks(facts)],
        codes=list_unknown_codes(facts),
        totals=sum_files(facts),
        figures=[figure for figure in (draw_shares(facts), draw_difference(facts)) if figure],
        dimensions=_group_shares(facts),
        sectors=words.SECTORS,
        verdicts=words.VERDICTS,
        unlike=words.UNLIKE,
        quarantine_note=words.QUARANTINE_NOTE if _has_quarantine(facts) else None,
        points=f"{ATTENTION_POINTS:g}",
    )


def _has_quarantine(facts: Facts) -> bool:
    return any(file["rows_quarantined"] for file in facts["files"])


def _style() -> Markup:
    texts = [(REPORT_TEMPLATES / "style.css").read_text(encoding="utf-8")]
    texts.append(_LOADER.get_source(jinja2.Environment(autoescape=True), "check.css")[0])
    return Markup("\n".join(texts))  # noqa: S704


def _list_numbers(facts: Facts) -> list[tuple[str, str, str]]:
    """Choose the three numbers on top: what is usable, what failed, what is linked."""
    files = facts["files"]
    delivered = sum(file["rows_delivered"] for file in files)
    loaded = sum(file["rows_loaded"] for file in files)
    examined = [row for row in facts["quality"] if row["status"] != "not_applicable"]
    npr = [row for row in facts["linkage"]["registers"] if row["register"] == "npr"]
    linked = ("not judged", facts["linkage"]["reason"])
    if facts["linkage"]["is_judged"] and npr and npr[0]["n_persons"]:
        share = npr[0]["n_linked"] / npr[0]["n_persons"]
        linked = (
            words.show_percent(share),
            f"{words.show_count(npr[0]['n_linked'])} of"
            f" {words.show_count(npr[0]['n_persons'])} persons in NPR's files",
        )
    return [
        (
            "Rows that can be used",
            words.show_percent(loaded / delivered) if delivered else "none loaded",
            f"{words.show_count(loaded)} of {words.show_count(delivered)} delivered",
        ),
        (
            "Checks that failed",
            words.show_count(len(find_broken(facts))) if examined else "none was run",
            f"of {len(examined)} that had something to examine",
        ),
        ("Patients linked", *linked),
    ]


def _make_cards(facts: Facts, *severities: str) -> list[dict[str, Any]]:
    cards = []
    for row in find_broken(facts, *severities):
        places = list_places(facts, row["check_id"])
        files = [place for place in places if place["first_row"] is not None]
        cards.append(
            {
                "row": row,
                "share": words.describe_share(row, places),
                "codes": [place for place in places if words.is_unknown_code(place)],
                "cells": [place for place in places if words.is_cell(place)],
                "files": files[:_MOST_FILES],
                "n_more": len(files) - _MOST_FILES,
                "is_cut": len(files) >= MOST_PLACES,
            }
        )
    return cards


def _count_checks(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Count the checks of a family by what became of them."""
    counts = dict.fromkeys(("pass", "fail", "error", "not_applicable"), 0)
    for row in rows:
        counts[row["status"]] += 1
    return counts


def _group_checks(facts: Facts) -> list[tuple[str, list[dict[str, Any]]]]:
    """Group the checks by family; a check without one comes last."""

    def place(row: dict[str, Any]) -> int:
        family = row.get("family") or ""
        return _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES) - 1

    ordered = sorted(facts["quality"], key=place)
    return [(_FAMILIES[number], list(rows)) for number, rows in groupby(ordered, key=place)]


def _group_shares(facts: Facts) -> list[tuple[str, list[dict[str, Any]]]]:
    shares = facts["linkage"]["shares"]
    groups = [
        (name, [row for row in shares if row["dimension"] == dimension])
        for dimension, name in words.DIMENSIONS.items()
    ]
    return [(name, rows) for name, rows in groups if rows]
