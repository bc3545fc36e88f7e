"""Which truth may be held against which run."""

import tomllib
from pathlib import Path

import pytest

from evaluation.errors import StudyError
from evaluation.study import StudyDefinition
from evaluation.truth import list_differences, refuse_other_question, refuse_other_registers
from pipelines.resources import DEFAULT_STUDY
from synthetic_data.truth import COUNTED, write_parameters

CONTENT = tomllib.loads(DEFAULT_STUDY.read_text(encoding="utf-8")) | {"specification": []}


def change(section: str, **settings: object) -> StudyDefinition:
    return StudyDefinition.model_validate(CONTENT | {section: CONTENT[section] | settings})


def write_truth(folder: Path, **about: object) -> Path:
    write_parameters({"scenario": "sintef", "persons": 900, "seed": 1} | about, folder)
    return folder


def test_the_truth_is_counted_as_the_default_study_counts() -> None:
    assert list_differences(COUNTED, change("index")) == []


@pytest.mark.parametrize(
    ("section", "settings", "told"),
    [
        ("windows", {"before_days": 180, "after_days": 180}, "windows.after_days is 180 in the"),
        ("windows", {"period_days": 15}, "windows.period_days is 15 in the study, 30 in the"),
        ("windows", {"last_event_time": 13}, "windows.last_event_time is 13"),
        ("windows", {"first_event_time": -14}, "windows.first_event_time is -14"),
        ("index", {"anchor": "end"}, "index.anchor is end in the study, start in the truth"),
        ("outcomes", {"health_benefit_codes": ["SP", "UT"]}, "outcomes.health_benefit_codes is"),
        ("outcomes", {"public_holidays": "working_days"}, "outcomes.public_holidays is working"),
    ],
)
def test_what_the_truth_counts_otherwise_is_told(
    section: str, settings: dict[str, object], told: str
) -> None:
    found = list_differences(COUNTED, change(section, **settings))
    assert any(told in problem for problem in found), found


def test_holidays_matter_to_dagsverk_alone() -> None:
    study = change("outcomes", public_holidays="working_days", secondary=[])
    assert list_differences(COUNTED, study) == []


def test_all_differences_are_told_at_once_and_what_to_do(tmp_path: Path) -> None:
    study = change("windows", before_days=180, after_days=180, period_days=20)
    with pytest.raises(StudyError) as caught:
        refuse_other_question(write_truth(tmp_path, counted=COUNTED), study)
    assert len(caught.value.problems) == 4
    assert "Run a study with the settings of the truth" in caught.value.problems[-1]


def test_a_truth_that_does_not_say_how_it_was_counted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not say how the truth was counted"):
        refuse_other_question(write_truth(tmp_path), change("index"))


@pytest.mark.parametrize(
    ("about", "is_refused"),
    [({"scenario": "trend"}, True), ({"persons": 901}, True), ({"seed": 2}, True), ({}, False)],
)
def test_a_truth_has_the_registers_of_the_run(
    about: dict[str, object], is_refused: bool, tmp_path: Path
) -> None:
    truth = write_truth(tmp_path, **about)
    (tmp_path / "manifest.json").write_text('{"delivery": {"id": "synthetic-sintef-900-1"}}')
    if is_refused:
        with pytest.raises(StudyError, match="but the run in"):
            refuse_other_registers(truth, tmp_path)
    else:
        refuse_other_registers(truth, tmp_path)


def test_a_run_on_other_files_has_no_name_to_compare(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"delivery": {"id": "mine"}}')
    refuse_other_registers(write_truth(tmp_path), tmp_path)
