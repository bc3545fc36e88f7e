"""Which truth may be held against which run: the same registers, and the same quantity.

Nothing of this exists for real data. The comparison is in verify.py and verify_event_time.py.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.errors import StudyError
from evaluation.study import StudyDefinition

TRUTH_FILES = ("effects.parquet", "event_time.parquet", "parameters.toml")
"""What is read of a folder truth/."""
_SAME_WINDOWS = ("before_days", "after_days", "period_days")


def refuse_other_registers(truth: Path, out: Path) -> None:
    """Stop where the truth is of other synthetic registers than the run was on.

    Args:
        truth: Folder of the truth.
        out: Folder of the run; its manifest.json names the delivery, if there is one.

    Raises:
        StudyError: The delivery has another name.
    """
    manifest = out / "manifest.json"
    if not manifest.is_file():
        return
    run_on = str(json.loads(manifest.read_text(encoding="utf-8"))["delivery"]["id"])
    given = "synthetic-{scenario}-{persons}-{seed}".format(**_read_parameters(truth))
    if run_on.startswith("synthetic-") and run_on != given:
        raise StudyError(
            f"{truth}: the truth of {given}, but the run in {out} was on {run_on}. Give the truth"
            " folder of the delivery that was run."
        )


def refuse_other_question(truth: Path, study: StudyDefinition) -> None:
    """Stop where the truth is counted otherwise than the study counts.

    Args:
        truth: Folder of the truth.
        study: The protocol of the run.

    Raises:
        StudyError: With all that differs.
    """
    problems = list_differences(_read_parameters(truth).get("counted", {}), study)
    if problems:
        raise StudyError(
            [f"{truth}: {problem}" for problem in problems]
            + [
                "The truth answers another question than the study. Run a study with the settings"
                " of the truth, and verify that."
            ]
        )


def list_differences(counted: Mapping[str, Any], study: StudyDefinition) -> list[str]:
    """List what the truth counts otherwise than the study, one line each.

    Args:
        counted: Section of that name of truth/parameters.toml: how its outcomes were counted.
        study: The protocol.
    """
    if not counted:
        return ["parameters.toml does not say how the truth was counted; make the delivery again"]
    windows, outcomes = study.windows, study.outcomes
    settings: dict[str, tuple[object, object]] = {
        f"windows.{name}": (getattr(windows, name), counted[name]) for name in _SAME_WINDOWS
    }
    settings["index.anchor"] = (study.index.anchor, counted["anchor"])
    held = set(counted["health_benefit_codes"])
    for name in ("sick_leave_benefit_codes", "health_benefit_codes"):
        # What the registers do not hold counts for nothing.
        mine = sorted(held.intersection(getattr(outcomes, name)))
        settings[f"outcomes.{name}"] = (mine, sorted(counted[name]))
    if "sick_leave_dagsverk" in outcomes.units:
        settings["outcomes.public_holidays"] = (
            outcomes.public_holidays,
            counted["public_holidays"],
        )
    told = [
        f"{name} is {mine} in the study, {planted} in the truth"
        for name, (mine, planted) in settings.items()
        if mine != planted
    ]
    if windows.last_event_time > counted["last_event_time"]:
        told.append(
            f"windows.last_event_time is {windows.last_event_time} in the study, and the truth"
            f" ends with {counted['last_event_time']}"
        )
    if windows.first_event_time < counted["first_event_time"]:
        told.append(
            f"windows.first_event_time is {windows.first_event_time} in the study, and the truth"
            f" begins with {counted['first_event_time']}"
        )
    return told


def _read_parameters(truth: Path) -> dict[str, Any]:
    return tomllib.loads((truth / "parameters.toml").read_text(encoding="utf-8"))
