"""Specifications in a study file: what they make, and what is refused in one clear error."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.errors import StudyError
from evaluation.study import StudyDefinition
from pipelines.resources import DEFAULT_STUDY

TEXT = re.sub(r"\[\[specification\]\]\n(.+\n)+", "", DEFAULT_STUDY.read_text(encoding="utf-8"))
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_specifications(*entries: tuple[str, str, str]) -> Path:
        blocks = [
            f'\n[[specification]]\nchoice = "{choice}"\nlevel = "{level}"\n'
            f'overrides = {overrides}\norigin = "our_choice"\n'
            for choice, level, overrides in entries
        ]
        path = tmp_path / "study.toml"
        path.write_text(TEXT + "".join(blocks), encoding="utf-8")
        return path

    return write_specifications


def problems_of(path: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        StudyDefinition.from_toml(path)
    return caught.value.problems


def test_a_variant_is_the_study_with_the_settings_of_its_level(write: Write) -> None:
    both = '{ "windows.before_days" = 90, "windows.after_days" = 90 }'
    study = StudyDefinition.from_toml(write(("windows", "90", both)))
    [(specification, variant)] = study.variants
    assert specification.id == "windows=90"
    assert (variant.windows.before_days, variant.windows.after_days) == (90, 90)
    differing = {
        name for name, value in variant.settings() if value != dict(study.settings())[name]
    }
    assert differing == {"windows.before_days", "windows.after_days"}
    assert variant.specification == ()


def test_the_level_that_changes_nothing_is_no_variant(write: Write) -> None:
    entries = [
        ("washout", "180", '{ "index.washout_days" = 180 }'),
        ("washout", "365", '{ "index.washout_days" = 365 }'),
    ]
    study = StudyDefinition.from_toml(write(*entries))
    assert [specification.id for specification, _ in study.variants] == ["washout=180"]
    assert len(study.specification) == 2


def test_several_choices_may_be_changed_together(write: Write) -> None:
    overrides = '{ "index.anchor" = "end", "matching.icd10_characters" = "group" }'
    study = StudyDefinition.from_toml(write(("combined", "end_and_group", overrides)))
    [(_, variant)] = study.variants
    assert (variant.index.anchor, variant.matching.icd10_characters) == ("end", "group")


def test_a_study_without_specifications_has_no_variants(write: Write) -> None:
    assert StudyDefinition.from_toml(write()).variants == ()


def test_the_fingerprint_changes_with_a_specification(write: Write) -> None:
    plain = StudyDefinition.from_toml(write())
    other = StudyDefinition.from_toml(write(("washout", "180", '{ "index.washout_days" = 180 }')))
    assert plain.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ('{ "windows.befor_days" = 90 }', "windows.befor_days is not a setting"),
        ('{ "windows" = 90 }', "windows is not a setting"),
        ('{ "sectors" = ["SOM"] }', "sectors may not be changed by a specification"),
        ('{ "disclosure.min_cell_count" = 3 }', "disclosure.min_cell_count may not be changed"),
        ('{ "period.last_index_date" = 2017-12-31 }', "period.last_index_date may not be"),
        ('{ "windows.after_days" = 0 }', "windows.after_days: Input should be greater than 0"),
        ('{ "windows.after_days" = "long" }', "windows.after_days: Input should be a valid int"),
        ('{ "windows.after_days" = [90, 180] }', "windows.after_days: Input should be a valid"),
        ('{ "index.anchor" = "middle" }', "index.anchor: Input should be 'start' or 'end'"),
        ('{ "matching.icd10_characters" = 6 }', "matching.icd10_characters"),
        ('{ "windows.before_days" = 90 }', "before_days 90 and after_days 365 differ"),
        (
            '{ "windows.before_days" = 9000, "windows.after_days" = 9000 }',
            "the windows reach from 1983",
        ),
        ('{ "eligibility.max_age_years" = 10 }', "max_age_years 10 is below min_age_years 18"),
        ('{ "outcomes.primary" = ["sick_leave_days"] }', "outcomes.primary is shorter than"),
        (
            '{ "outcomes.primary" = ["health_benefit_days", "sick_leave_days"] }',
            "outcomes.primary has sick_leave_days in another place",
        ),
        ('{ "outcomes.sick_leave_benefit_codes" = ["SP", "RP"] }', "counts SP alone"),
    ],
)
def test_a_wrong_override_is_one_error_that_names_the_specification(
    overrides: str, told: str, write: Write
) -> None:
    [problem] = problems_of(write(("trial", "a", overrides)))
    assert "specification: trial=a: " in problem
    assert told in problem


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            [("a", "1", f'{{ "index.washout_days" = {days} }}') for days in (8, 9)],
            "a=1 stands there twice",
        ),
        (
            [("a", "1", '{ "index.washout_days" = 365 }'), ("a", "2", "{}")],
            "a=1 and a=2 are both the study's own settings",
        ),
        ([("main", "1", '{ "index.washout_days" = 9 }')], "main is the name of the study's own"),
        ([("combined", "1", "{}")], "combined=1: changes nothing"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(
    entries: list[tuple[str, str, str]], told: str, write: Write
) -> None:
    [problem] = problems_of(write(*entries))
    assert told in problem


def test_names_are_plain_words(write: Write) -> None:
    problems = problems_of(write(("A choice", "1", "{}")))
    assert "specification.0.choice" in problems[0]


def test_the_default_study_tries_every_choice_that_the_source_leaves_open(
    study: StudyDefinition,
) -> None:
    levels: dict[str, list[str]] = {}
    for each in study.specification:
        levels.setdefault(each.choice, []).append(each.level)
        assert each.origin == "our_choice"
    assert levels["windows"] == ["90", "180", "365", "730"]
    assert levels["anchor"] == ["start", "end"]
    assert levels["age_bands"] == ["1", "5", "10"]
    assert levels["icd10"] == ["3", "4", "group"]
    assert levels["controls"] == ["1", "3", "5", "all"]
    assert levels["washout"] == ["180", "365", "730"]
    assert {"day_count", "benefits", "comparator"} <= set(levels)
    # Of each choice one level is the study's own.
    assert len(study.variants) == len(study.specification) - len(levels)
