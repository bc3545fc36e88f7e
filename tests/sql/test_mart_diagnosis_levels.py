import pytest

NO_DATE = {"course_start_date": "2010-01-01"}


@pytest.fixture
def levels(run_model):
    def run(codes, *, characters=3, groups=False):
        return run_model(
            "mart_diagnosis_levels",
            given={"mart_control_index": "\n".join(["diagnosis", *(f" {code}" for code in codes)])},
            params={"icd10_characters": characters, "matches_diagnosis_groups": groups},
            undrawn=NO_DATE,
            show="diagnosis, diagnosis_level",
        )

    return run


def test_a_diagnosis_has_as_many_characters_as_the_study_says(levels):
    assert levels(["M545"], characters=1) == ["M545 | M"]
    assert levels(["M545"], characters=3) == ["M545 | M54"]
    assert levels(["M545"], characters=5) == ["M545 | M545"]


def test_each_code_is_there_once_and_a_missing_one_not(levels):
    assert levels(["M545", "M545", "null", "F321"]) == ["F321 | F32", "M545 | M54"]


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("M545", "back"),
        # The neck is a gap in the back.
        ("M542", "neck"),
        ("M530", "neck"),
        ("M53", "back"),
        ("F480", "somatoform"),
        ("M1901", "shoulder_arm"),
        ("M190", "M19"),
        ("Z999", "Z99"),
    ],
)
def test_a_code_has_its_group_and_without_one_its_first_characters(levels, code, group):
    assert levels([code], groups=True) == [f"{code} | {group}"]


def test_both_arms_and_every_sector_are_looked_at(run_model):
    found = run_model(
        "mart_diagnosis_levels",
        given={
            "mart_treated_index": "sector | diagnosis\n TSB | F102",
            "mart_control_index": "sector | diagnosis\n SOM | M545",
        },
        params={"icd10_characters": 3, "matches_diagnosis_groups": False},
        undrawn=NO_DATE,
        show="diagnosis_level",
    )
    assert found == ["F10", "M54"]
