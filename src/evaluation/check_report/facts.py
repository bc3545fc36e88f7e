"""What a check found, as plain values: the content of check.json, the page and the summary.

check.json, schema version 1 (counts, names and row numbers only; never a value of a row):

    schema_version   1
    made_by          "evaluation check"
    delivery         id, kind, first_date, last_date, benefit_resolution; null when unreadable
    fingerprint      of the study whose debitor codes and thresholds were used
    verdict          word (usable, usable_with_warnings, incomplete, fails_quality,
                     breaks_contract), exit_code, sentence
    lost             what is missing and what is lost for it: subject, stops_run, text
    problems         contract, error: messages that stop a run
    files            table, file, rows_delivered, rows_loaded, rows_quarantined
    quality          rows of schemas.TABLES["quality"], the gravest first
    quality_places   where checks are broken: check_id, place, rule, column, n_rows,
                     n_violations, first_row; an unknown code is a place of its own with the
                     rule unknown_code and no first row
    linkage          is_judged, reason, and rows of the result tables: registers (linkage),
                     shares (linkage_shares), difference (linkage_difference),
                     violations (link_violations)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pandas as pd

from evaluation.check_report.words import is_unknown_code
from evaluation.deliveries.spec import DeliverySpec
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.published import Sector

SCHEMA_VERSION = 1
MADE_BY = "evaluation check"
Facts = dict[str, Any]

_SEVERITIES = ("contract", "error", "warning")
_FAMILIES = ("completeness", "conformance", "plausibility")
_BROKEN = ("fail", "error")
_ROWS = ("rows_delivered", "rows_loaded", "rows_quarantined")
_SECTORS = (*get_args(Sector), "ALL")
_MONTHS = (
    "benefits are delivered by month: days cannot be counted, and every outcome is in days. Ask"
    " NAV for benefit spells with dates"
)


@dataclass(frozen=True, slots=True)
class CheckData:
    """All that a check found.

    Attributes:
        spec: delivery.toml; None when it cannot be read.
        fingerprint: Of the study.
        tables: Result tables by name; those that were not made are absent.
        files: Rows of stg_files; empty when nothing was loaded.
        contract_problems: Messages that break the contract.
        error_problems: Messages that stop a run.
    """

    spec: DeliverySpec | None
    fingerprint: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    files: pd.DataFrame = field(default_factory=pd.DataFrame)
    contract_problems: tuple[str, ...] = ()
    error_problems: tuple[str, ...] = ()


def build_facts(data: CheckData) -> Facts:
    """Put together what a check found.

    Args:
        data: Result tables and messages.

    Returns:
        The content of check.json; what it holds is told at the top of this module.
    """
    facts: Facts = {
        "schema_version": SCHEMA_VERSION,
        "made_by": MADE_BY,
        "delivery": None if data.spec is None else _describe_delivery(data.spec),
        "fingerprint": data.fingerprint,
        "lost": [] if data.spec is None else _list_lost(data.spec),
        "problems": {"contract": [*data.contract_problems], "error": [*data.error_problems]},
        "files": _rows(data.files),
        "quality": _rank(_rows(data.tables.get("quality"))),
        "quality_places": _rows(data.tables.get("quality_places")),
        "linkage": _build_linkage(data),
    }
    return {**facts, "verdict": _judge(facts)}


def render_json(facts: Facts) -> str:
    """Write check.json.

    Args:
        facts: From build_facts.
    """
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"


def find_broken(facts: Facts, *severities: str) -> list[dict[str, Any]]:
    """Find the checks that failed or could not be run.

    Args:
        facts: From build_facts.
        severities: Of the checks wanted: contract, error, warning; all when none is given.
    """
    wanted = severities or _SEVERITIES
    return [
        row for row in facts["quality"] if row["status"] in _BROKEN and row["severity"] in wanted
    ]


def list_places(facts: Facts, check_id: str) -> list[dict[str, Any]]:
    """List where a check is broken: unknown codes, then files or cells, the most broken first.

    Args:
        facts: From build_facts.
        check_id: The check.
    """
    return [place for place in facts["quality_places"] if place["check_id"] == check_id]


def list_unknown_codes(facts: Facts) -> list[dict[str, Any]]:
    """List the codes that no code list knows, also where a check allows them.

    Args:
        facts: From build_facts.
    """
    return [place for place in facts["quality_places"] if is_unknown_code(place)]


def list_attention(facts: Facts) -> list[dict[str, Any]]:
    """List the sectors in which the unlinked differ between the arms more than is allowed."""
    return [row for row in facts["linkage"]["difference"] if row["verdict"] == "attention"]


def sum_files(facts: Facts) -> list[dict[str, Any]]:
    """Add up the rows of the files of each table.

    Args:
        facts: From build_facts.
    """
    totals: dict[str, dict[str, Any]] = {}
    for file in facts["files"]:
        start = {"table": file["table"], "n_files": 0, **dict.fromkeys(_ROWS, 0)}
        total = totals.setdefault(file["table"], start)
        total["n_files"] += 1
        for name in _ROWS:
            total[name] += file[name]
    return list(totals.values())


def _rows(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    if frame is None or frame.empty:
        return []
    kept = frame.drop(columns="fingerprint", errors="ignore")
    rows: list[dict[str, Any]] = json.loads(kept.to_json(orient="records", double_precision=15))
    return rows


def _rank(quality: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what is broken first, the gravest before the others.

    What is missing comes before what looks odd, of which it often is the cause.
    """

    def place(row: dict[str, Any]) -> tuple[bool, bool, int, int, float, str]:
        is_whole, could_run = row["status"] not in _BROKEN, row["status"] != "error"
        severity, family = _SEVERITIES.index(row["severity"]), row.get("family")
        order = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
        share = -(row["share"] or 0.0)
        return is_whole, not could_run, severity, order, share, row["check_id"]

    return sorted(quality, key=place)


def _describe_delivery(spec: DeliverySpec) -> dict[str, str]:
    return {
        "id": spec.id,
        "kind": spec.kind,
        "first_date": str(spec.first_date),
        "last_date": str(spec.last_date),
        "benefit_resolution": spec.benefit_resolution,
    }


def _list_lost(spec: DeliverySpec) -> list[dict[str, Any]]:
    tables = sorted(
        (CANONICAL_TABLES[name] for name in spec.missing_tables),
        key=lambda table: not table.is_required,
    )
    lost = [
        {"subject": table.name, "stops_run": table.is_required, "text": table.lost_without}
        for table in tables
    ]
    if spec.benefit_resolution == "month" and "nav_benefit" not in spec.missing_tables:
        lost.insert(0, {"subject": "days of benefits", "stops_run": True, "text": _MONTHS})
    return lost


def _build_linkage(data: CheckData) -> Facts:
    missing = () if data.spec is None else data.spec.missing_tables
    lacking = [name for name in ("npr_contact", "link", "person") if name in missing]
    if "linkage" not in data.tables:
        reason = "linkage was not counted, because the delivery was refused before"
    elif lacking:
        reason = f"linkage cannot be judged without {' and '.join(lacking)}"
    else:
        reason = ""
    names = {
        "registers": "linkage",
        "shares": "linkage_shares",
        "difference": "linkage_difference",
        "violations": "link_violations",
    }
    tables = {part: _rows(data.tables.get(name)) for part, name in names.items()}
    tables["difference"].sort(key=lambda row: _place_of(row["sector"]))
    tables["shares"].sort(
        key=lambda row: (row["dimension"], row["dimension"] == "sector" and _place_of(row["level"]))
    )
    if reason:
        tables |= {"difference": [], "violations": []}
        tables["registers"] = _blank(tables["registers"], ("n_linked", "n_unlinked"))
        unlinked = ("n_rows_unlinked", "n_persons_unlinked", "share_unlinked")
        tables["shares"] = _blank(tables["shares"], unlinked)
    return {"is_judged": not reason, "reason": reason, **tables}


def _place_of(sector: str) -> int:
    return _SECTORS.index(sector) if sector in _SECTORS else len(_SECTORS)


def _blank(rows: list[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Take away what a missing table makes meaningless: all would seem unlinked."""
    return [{**row, **dict.fromkeys(columns)} for row in rows]


def _judge(facts: Facts) -> Facts:
    problems = facts["problems"]
    stopping = [entry["subject"] for entry in facts["lost"] if entry["stops_run"]]
    n_warnings = len(find_broken(facts, "warning")) + len(list_attention(facts))
    if problems["contract"]:
        word, code = "breaks_contract", 3
        sentence = "Not usable: the delivery breaks the contract. A run would refuse it."
    elif problems["error"]:
        word, code = "fails_quality", 4
        n_errors = len(find_broken(facts, "contract", "error"))
        subject = f"{n_errors} quality checks" if n_errors > 1 else "a quality check"
        sentence = f"Not usable yet: {subject} would stop a run."
    elif stopping:
        word, code = "incomplete", 0
        sentence = f"Incomplete: no estimate can be made for lack of {', '.join(stopping)}."
        sentence += " What was delivered passed the checks that stop a run"
        sentence += f", with {_count_warnings(n_warnings)}." if n_warnings else "."
    elif n_warnings:
        word, code = "usable_with_warnings", 0
        number = _count_warnings(n_warnings)
        sentence = f"Usable, with {number} to know before a number is trusted."
    else:
        word, code = "usable", 0
        sentence = "Usable: nothing was found that stops a run or weakens its numbers."
    return {"word": word, "exit_code": code, "sentence": sentence}


def _count_warnings(number: int) -> str:
    return "one warning" if number == 1 else f"{number} warnings"
