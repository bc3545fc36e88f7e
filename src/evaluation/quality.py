"""Run the checks of sql/checks and judge them.

A check selects the rows that break its rule. Its status follows from their share of the
rows examined and the threshold in its header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluation.errors import DeliveryError, QualityError
from evaluation.warehouse.connection import Connection, scalar
from evaluation.warehouse.models import SqlModel


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What the checks found.

    Attributes:
        table: Rows of schemas.TABLES["quality"].
        contract_problems: Messages that break the contract.
        error_problems: Messages that stop the run.
        warnings: Messages to know before a number is trusted.
    """

    table: pd.DataFrame
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


def check_quality(
    connection: Connection,
    checks: Mapping[str, SqlModel],
    params: Mapping[str, Any],
    *,
    fingerprint: str,
) -> QualityReport:
    """Run every check.

    Args:
        connection: The warehouse, staging built.
        checks: The files of sql/checks.
        params: Parameters of sql/.
        fingerprint: Of the study.
    """
    rows: list[dict[str, Any]] = []
    messages: dict[str, list[str]] = {"contract": [], "error": [], "warning": []}
    for check in checks.values():
        table, severity = check.fields["table"], check.fields["severity"]
        bound = {name: params[name] for name in sorted(check.params)} or None
        places = connection.execute(_PLACES.format(check=check.sql), bound).fetchall()
        examined = int(scalar(connection, f"select count(*) from {table}"))
        # A check over tables that were not delivered has nothing to say.
        others = sorted(name for name in check.reads - {table} if name.startswith("stg_"))
        if not all(scalar(connection, f"select exists(from {name})") for name in others):
            places, examined = [], 0
        broken = sum(place[4] for place in places)
        threshold = float(check.fields["threshold"])
        total = max(examined, broken)
        share = broken / total if total else 0.0
        status = "not_applicable" if total == 0 else "fail" if share > threshold else "pass"
        rows.append(
            {
                "check_id": check.name,
                "table": table,
                "column": check.fields["column"],
                "severity": severity,
                "status": status,
                "n_rows": examined,
                "n_violations": broken,
                "share": share,
                "threshold": threshold,
                "what_to_do": check.fields["what_to_do"],
                "fingerprint": fingerprint,
            }
        )
        level = severity if status == "fail" else "warning"
        messages[level] += _describe(places, check=check, examined=examined, level=level)
    return QualityReport(
        table=pd.DataFrame(rows),
        contract_problems=tuple(messages["contract"]),
        error_problems=tuple(messages["error"]),
        warnings=tuple(messages["warning"]),
    )


_Place = tuple[str, str, str | None, int, int]
_PLACES = """
    select files.file, broken.rule_name, broken.column_name, min(broken.row_number), count(*)
    from ({check}) as broken inner join raw_files as files using (file_index)
    group by all order by all
"""


def _describe(places: Sequence[_Place], *, check: SqlModel, examined: int, level: str) -> list[str]:
    """Write one line for each rule and column, with its first place, however many files."""
    kinds: dict[tuple[str, str | None], list[_Place]] = {}
    for place in places:
        kinds.setdefault((place[1], place[2]), []).append(place)
    lines = []
    for (rule, column), found in kinds.items():
        file, first_row = found[0][0], found[0][3]
        where = file if len(found) == 1 else f"{len(found)} files"
        text = f"{where}: " + (f"column {column}, " if column else "")
        text += f"{rule.replace('_', ' ')} in {sum(place[4] for place in found)} rows"
        text += f", first in row {first_row}" + ("." if len(found) == 1 else f" of {file}.")
        if level != "warning":
            allowed = float(check.fields["threshold"])
            text += f" Allowed: {allowed:.1%} of {examined} rows."
            text += f" To do: {check.fields['what_to_do']}."
        lines.append(text)
    return lines
