"""What the diagnostics mean for an estimate: pass, fail or not run, and why."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluation.estimators.estimate_rows import EVERYBODY
from evaluation.gate.diagnostic import SECTOR_WIDE, show_limit
from evaluation.study_inference import HEADLINE

_JOIN = "; "
COUNTED = ("matched_share", "follow_up")
"""Diagnostics whose value gives back a count of persons."""
_LABELS = ["gate", "gate_reasons"]
_NOT_ASSESSED = ("not_run", "stands beside the headline, which alone the diagnostics judge")


def combine(
    diagnostics: pd.DataFrame, *, outcomes: Sequence[str], required: Sequence[str]
) -> pd.DataFrame:
    """Combine the diagnostics of each sector and primary outcome.

    Fails when one of them does. Passes when none does and all required ones were run; else the
    estimate is not assessed. Diagnostics that judge the sector count for each outcome.

    Args:
        diagnostics: schemas.TABLES["diagnostics"].
        outcomes: Primary outcomes, in order.
        required: Diagnostics that must have been run.

    Returns:
        sector, outcome, gate and gate_reasons, one row per sector and primary outcome.
    """
    rows = []
    for sector, of_sector in diagnostics.groupby("sector", sort=False):
        for outcome in outcomes:
            mine = of_sector[of_sector["outcome"].isin([SECTOR_WIDE, outcome])]
            gate, reasons = _decide(mine, required)
            rows.append((str(sector), outcome, gate, reasons))
    return pd.DataFrame(rows, columns=["sector", "outcome", *_LABELS])


def _decide(mine: pd.DataFrame, required: Sequence[str]) -> tuple[str, str]:
    failed = mine[mine["status"].eq("fail")]
    if len(failed):
        return "fail", _tell(failed)
    absent = [name for name in required if name not in set(mine["diagnostic"])]
    idle = mine[mine["diagnostic"].isin(required) & mine["status"].eq("not_run")]
    if absent or len(idle):
        told = [*(f"{name} is missing" for name in absent), *([_tell(idle)] if len(idle) else [])]
        return "not_run", _JOIN.join(told)
    return "pass", ""


def _tell(rows: pd.DataFrame) -> str:
    return _JOIN.join(_tell_one(row) for row in rows.to_dict("records"))


def _tell_one(row: Mapping[Hashable, Any]) -> str:
    """Name a diagnostic with its number; never a count of persons, for a report may show it."""
    name, value, threshold = str(row["diagnostic"]), row["value"], row["threshold"]
    if row["status"] == "not_run":
        return f"{name} was not run"
    if pd.isna(value) or name in COUNTED:
        return name
    unit = str(row["unit"])
    is_test = pd.isna(threshold)
    limit = f"p {row['p_value']:.2g}" if is_test else f"threshold {show_limit(threshold, unit)}"
    return f"{name} {value:.3g} {unit} ({limit})"


def apply_gate(estimates: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Write the verdicts into a table of estimates.

    A failure withholds every estimator and subgroup of the sector and outcome. The diagnostics
    judge the headline, so only that can pass: what stands beside it is not assessed. An outcome
    that no diagnostic judges is withheld when a primary outcome of its sector is, and is not
    assessed else.

    Args:
        estimates: With sector, subgroup, outcome, estimator, gate and gate_reasons.
        verdicts: As `combine` gives them.

    Returns:
        The same rows with gate and gate_reasons.
    """
    found = [
        (_NOT_ASSESSED if verdict[0] == "pass" and not is_headline else verdict)
        for verdict, is_headline in zip(
            _look_up(estimates, verdicts), _is_headline(estimates), strict=True
        )
    ]
    gate, reasons = [first for first, _ in found], [second for _, second in found]
    return estimates.assign(gate=gate, gate_reasons=reasons).astype(
        {name: estimates[name].dtype for name in _LABELS}
    )


def _look_up(rows: pd.DataFrame, verdicts: pd.DataFrame) -> list[tuple[str, str]]:
    known = {
        (str(row.sector), str(row.outcome)): (str(row.gate), str(row.gate_reasons))
        for row in verdicts.itertuples()
    }
    by_sector = {str(sector): _judge_secondary(mine) for sector, mine in verdicts.groupby("sector")}
    unjudged = ("not_run", "no diagnostic was run in the sector")

    def look_up(sector: str, outcome: str) -> tuple[str, str]:
        return known.get((sector, outcome), by_sector.get(sector, unjudged))

    return [
        look_up(str(sector), str(outcome))
        for sector, outcome in zip(rows["sector"], rows["outcome"], strict=True)
    ]


def withhold_estimates(
    estimates: pd.DataFrame,
    diagnostics: pd.DataFrame | None,
    *,
    outcomes: Sequence[str],
    required: Sequence[str],
) -> pd.DataFrame:
    """Write what the diagnostics mean into a table of estimates.

    Args:
        estimates: With sector, outcome, gate and gate_reasons.
        diagnostics: schemas.TABLES["diagnostics"]; None when there are none.
        outcomes: Primary outcomes.
        required: Diagnostics that must have been run.
    """
    if diagnostics is None:
        return estimates
    return apply_gate(estimates, combine(diagnostics, outcomes=outcomes, required=required))


def _is_headline(estimates: pd.DataFrame) -> "pd.Series[bool]":
    return estimates["estimator"].eq(HEADLINE) & estimates["subgroup"].eq(EVERYBODY)


def mark_gate(
    table: pd.DataFrame,
    diagnostics: pd.DataFrame | None,
    *,
    outcomes: Sequence[str],
    required: Sequence[str],
) -> pd.DataFrame:
    """Write into a table beside `estimates` whether its headline may be a finding.

    Args:
        table: With sector, outcome and gate.
        diagnostics: schemas.TABLES["diagnostics"]; None when there are none.
        outcomes: Primary outcomes.
        required: Diagnostics that must have been run.
    """
    if diagnostics is None:
        return table
    verdicts = combine(diagnostics, outcomes=outcomes, required=required)
    gate = [found for found, _ in _look_up(table, verdicts)]
    return table.assign(gate=gate).astype({"gate": table["gate"].dtype})


def _judge_secondary(verdicts: pd.DataFrame) -> tuple[str, str]:
    withheld = verdicts.loc[verdicts["gate"].eq("fail"), "outcome"]
    if len(withheld):
        return "fail", f"withheld as the sector's primary outcomes are: {', '.join(withheld)}"
    return "not_run", "a secondary outcome has no diagnostics of its own"


def all_withheld(estimates: pd.DataFrame, outcomes: Sequence[str]) -> bool:
    """Whether there are headlines of the primary outcomes, and the gate withheld every one.

    Args:
        estimates: schemas.TABLES["estimates"].
        outcomes: Primary outcomes.
    """
    main = estimates[_is_headline(estimates) & estimates["outcome"].isin(outcomes)]
    return bool(len(main)) and bool(main["gate"].eq("fail").all())
