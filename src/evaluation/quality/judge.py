"""Run the checks of sql/checks and judge them.

A check's status follows from the share of what it examined that breaks it, and from the
threshold in its header or, when the study sets one, in the study.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluation.errors import DeliveryError, QualityError, StudyError
from evaluation.quality.scan import Found, Place, scan_checks
from evaluation.warehouse.connection import Connection, scalar
from evaluation.warehouse.models import SqlModel

MOST_PLACES = 20  # of a check, in the table of places; unknown codes come on top


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What the checks found.

    Attributes:
        table: Rows of schemas.TABLES["quality"].
        places: Rows of schemas.TABLES["quality_places"].
        contract_problems: Messages that break the contract.
        error_problems: Messages that stop the run.
        warnings: Messages to know before a number is trusted.
    """

    table: pd.DataFrame
    places: pd.DataFrame
    contract_problems: tuple[str, ...]
    error_problems: tuple[str, ...]
    warnings: tuple[str, ...]

    def validate(self) -> None:
        """Stop when the delivery breaks the contract, or is too bad to use.

        Raises:
            DeliveryError: A rule of the contract is broken.
            QualityError: More rows than allowed cannot be used.
        """
        if self.contract_problems:
            raise DeliveryError([*self.contract_problems, *self.error_problems])
        if self.error_problems:
            raise QualityError(list(self.error_problems))


def check_thresholds(thresholds: Collection[str], checks: Mapping[str, SqlModel]) -> None:
    """See that the thresholds of a study are for checks that exist.

    Args:
        thresholds: Names of checks.
        checks: The files of sql/checks.

    Raises:
        StudyError: A threshold is for an unknown check.
    """
    unknown = sorted(set(thresholds) - set(checks))
    if unknown:
        raise StudyError(
            f"quality.thresholds: no check is named {', '.join(unknown)}. The checks are"
            f" {', '.join(sorted(checks))}."
        )


def check_quality(
    connection: Connection,
    checks: Mapping[str, SqlModel],
    params: Mapping[str, Any],
    *,
    fingerprint: str,
    thresholds: Mapping[str, float] | None = None,
) -> QualityReport:
    """Run every check.

    Args:
        connection: The warehouse, staging built.
        checks: The files of sql/checks.
        params: Parameters of sql/.
        fingerprint: Of the study.
        thresholds: The study's own, by check; the others have those of their headers.

    Raises:
        StudyError: A threshold is for an unknown check.
    """
    own = thresholds or {}
    check_thresholds(own, checks)
    is_empty = {
        table: not scalar(connection, f"select exists(select 1 from {table})")
        for table in sorted({table for check in checks.values() for table in _needs(check)})
    }
    idle = {name for name, check in checks.items() if any(map(is_empty.get, _needs(check)))}
    found = scan_checks(connection, [c for n, c in checks.items() if n not in idle], params)
    rows: list[dict[str, Any]] = []
    places: list[dict[str, Any]] = []
    messages: dict[str, list[str]] = {"contract": [], "error": [], "warning": []}
    for name, check in checks.items():
        result = Found(0, 0) if name in idle else found[check.name]
        threshold = float(own.get(name, check.fields["threshold"]))
        status = _judge(result, threshold)
        rows.append(_row(check, result, status=status, threshold=threshold))
        told = [*result.codes, *result.places[:MOST_PLACES]]
        places += [_place_row(check, place) for place in told]
        severity = check.fields["severity"]
        level = severity if status in {"fail", "error"} else "warning"
        if level != "warning" or severity != "warning" or status in {"fail", "error"}:
            messages[level] += _describe(check, result, threshold=threshold, level=level)
    return QualityReport(
        table=pd.DataFrame(rows).assign(fingerprint=fingerprint),
        places=pd.DataFrame(places, columns=_PLACE_COLUMNS).assign(fingerprint=fingerprint),
        contract_problems=tuple(messages["contract"]),
        error_problems=tuple(messages["error"]),
        warnings=tuple(messages["warning"]),
    )


def _needs(check: SqlModel) -> set[str]:
    """Tables without which a check has nothing to say, beside the one it looks at."""
    others = check.reads - {check.fields["table"]}
    return {table for table in others if table.startswith("stg_")}


def _judge(found: Found, threshold: float) -> str:
    if found.error:
        return "error"
    if not found.examined:
        return "not_applicable"
    return "fail" if found.broken / found.examined > threshold else "pass"


def _row(check: SqlModel, found: Found, *, status: str, threshold: float) -> dict[str, Any]:
    header = ("table", "column", "severity", "what_to_do", "family", "means")
    return {
        "check_id": check.name,
        **{name: check.fields[name] for name in header},
        "status": status,
        "n_rows": found.examined,
        "n_violations": found.broken,
        "share": found.broken / found.examined if found.examined else 0.0,
        "threshold": threshold,
    }


_PLACE_COLUMNS = ["check_id", "place", "rule", "column", "n_rows", "n_violations", "first_row"]


def _place_row(check: SqlModel, place: Place) -> dict[str, Any]:
    return {
        "check_id": check.name,
        "place": place.place,
        "rule": place.rule,
        "column": place.column,
        "n_rows": place.n_rows,
        "n_violations": place.n_violations,
        "first_row": place.first_row,
    }


def _describe(check: SqlModel, found: Found, *, threshold: float, level: str) -> list[str]:
    """Write one line for each rule and column, with its first place, however many there are."""
    if found.error:
        return [f"{check.name} could not be computed: {found.error}."]
    kinds: dict[tuple[str, str | None], list[Place]] = {}
    for place in found.places:
        kinds.setdefault((place.rule, place.column), []).append(place)
    lines = [
        _line(check, same, found.examined, threshold=threshold, level=level)
        for same in kinds.values()
    ]
    if found.codes:
        codes = ", ".join(f"{code.place} ({code.n_rows} rows)" for code in found.codes)
        lines[-1] += f" Unknown: {codes}."
    return lines


def _line(
    check: SqlModel, places: Sequence[Place], examined: int, *, threshold: float, level: str
) -> str:
    is_cell = places[0].first_row is None
    what, unit = ("cells", "places") if is_cell else ("rows", "files")
    first = min(places, key=lambda place: place.place)
    where = first.place if len(places) == 1 else f"{len(places)} {unit}"
    # A row's own rule says what is wrong; the name of a check may say what must hold.
    rule = first.rule.replace("_", " ")
    if check.name == f"check_{first.rule}":
        rule = f"against '{rule}'"
    text = f"{where}: " + (f"column {first.column}, " if first.column else "")
    text += f"{rule} in {sum(place.n_violations for place in places)} {what}"
    if is_cell:
        text += "." if len(places) == 1 else f", such as {first.place}."
    else:
        text += f", first in row {first.first_row}"
        text += "." if len(places) == 1 else f" of {first.place}."
    if level != "warning":
        text += f" Allowed: {threshold:.1%} of {examined} {what}."
        text += f" To do: {check.fields['what_to_do']}."
    return text
