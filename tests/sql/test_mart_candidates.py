import pytest

PARAMS = {
    "min_age_years": 18,
    "max_age_years": 67,
    "before_days": 365,
    "after_days": 365,
    "contacts_first_date": "2008-01-01",
    "benefits_first_date": "2008-01-01",
    "benefits_last_date": "2019-12-31",
    "washout_days": 365,
    "drops_left_truncated": False,
    "age_bands": [age // 5 * 5 for age in range(121)],
    "match_on": ["diagnosis", "sex", "age_band", "education_group"],
    "within_index_year": True,
}
LEVELS = "diagnosis | diagnosis_level\n M54 | back\n F32 | depression"
FAILED = "failed_step_code, failed_step"
ELIGIBLE = ["null | null"]


@pytest.fixture
def candidates(run_model):
    def run(show, *, person="", index="", education="ssb", arm="treated", **params):
        given = {
            "mart_diagnosis_levels": LEVELS,
            f"mart_{arm}_index": _draw({"person_id": "1", "index_date": "2011-03-01"}, index),
            "core_persons": _draw({"person_id": "1", "random_order": "5"}, person),
        }
        if education != "ssb":
            given["core_education"] = education
        return run_model("mart_candidates", given=given, params=PARAMS | params, show=show)

    return run


def _draw(ordinary, changes):
    cells = ordinary | dict(change.split("=") for change in changes.split())
    return f"{' | '.join(cells)}\n {' | '.join(cells.values())}"


def test_ordinary_person_is_eligible_in_both_arms(candidates):
    assert candidates(f"is_treated, {FAILED}") == ["true | null | null"]
    assert candidates(f"is_treated, {FAILED}", arm="control") == ["false | null | null"]


def test_age_is_index_year_less_birth_year_and_falls_in_a_band(candidates):
    show = "age_years, age_band, index_year"
    assert candidates(show, person="birth_year=1967") == ["44 | 40 | 2011"]
    assert candidates(show, person="birth_year=1966") == ["45 | 45 | 2011"]
    uneven = [0] * 18 + [18] * 27 + [45] * 76
    assert candidates(show, person="birth_year=1967", age_bands=uneven) == ["44 | 18 | 2011"]
    assert candidates(show, person="birth_year=1966", age_bands=uneven) == ["45 | 45 | 2011"]


def test_an_age_that_nobody_has_is_of_no_band(candidates):
    show = "age_years, age_band, failed_step_code"
    assert candidates(show, person="birth_year=2012") == ["-1 | null | age_and_sex"]
    assert candidates(show, person="birth_year=1890") == ["121 | null | age_and_sex"]


def test_education_is_the_latest_status_before_the_index_year(candidates):
    drawn = """
        person_id | status_year | education_group
        1         | 2008        | compulsory
        1         | 2010        | upper_secondary
        1         | 2011        | tertiary
        2         | 2009        | tertiary
    """
    assert candidates("education_group", education=drawn) == ["upper_secondary"]


def test_person_without_education_has_the_level_missing_and_is_eligible(candidates):
    drawn = "person_id | status_year | education_group\n 1 | 2011 | tertiary"
    assert candidates(f"education_group, {FAILED}", education=drawn) == ["missing | null | null"]


@pytest.mark.parametrize(
    ("person", "failed"),
    [
        ("is_linked=false sex_code=null birth_year=null", "linked | 3"),
        ("sex_code=null", "age_and_sex | 6"),
        ("birth_year=1994", "age_and_sex | 6"),
        ("birth_year=1993", "null | null"),
        ("birth_year=1944", "null | null"),
        ("birth_year=1943", "age_and_sex | 6"),
        ("death_date=2012-02-28", "alive_and_resident | 8"),
        ("death_date=2012-02-29", "null | null"),
        ("emigration_date=2012-02-28", "alive_and_resident | 8"),
        ("emigration_date=2012-02-29", "null | null"),
        ("immigration_date=2010-03-02", "alive_and_resident | 8"),
        ("immigration_date=2010-03-01", "null | null"),
    ],
)
def test_person_fails_the_step_it_should(candidates, person, failed):
    # The windows are [2010-03-01, 2011-03-01) and [2011-03-01, 2012-02-29).
    assert candidates(FAILED, person=person) == [failed]


def test_missing_diagnosis_fails_its_step(candidates):
    assert candidates(FAILED, index="diagnosis=null") == ["diagnosis_known | 7"]


def test_comparator_with_treatment_nearby_fails_before_age(candidates):
    index, person = "has_treatment_nearby=true", "birth_year=1900"
    assert candidates(FAILED, arm="control", index=index, person=person) == [
        "no_treatment_nearby | 5"
    ]


@pytest.mark.parametrize(
    ("index", "first", "last", "failed"),
    [
        ("index_date=2011-03-01", "2010-03-01", "2012-02-28", "null | null"),
        ("index_date=2011-03-01", "2010-03-02", "2012-02-28", "registers_cover_windows | 9"),
        ("index_date=2011-03-01", "2010-03-01", "2012-02-27", "registers_cover_windows | 9"),
    ],
)
def test_register_must_cover_both_windows_to_the_day(candidates, index, first, last, failed):
    dates = {"benefits_first_date": first, "benefits_last_date": last}
    assert candidates(FAILED, index=index, **dates) == [failed]


@pytest.mark.parametrize(
    ("first", "drops", "expected"),
    [
        ("2010-03-01", True, "false | null | null"),
        ("2010-03-02", False, "true | null | null"),
        ("2010-03-02", True, "true | washout_visible | 10"),
    ],
)
def test_cut_washout_is_flagged_and_kept_or_dropped_as_the_study_says(
    candidates, first, drops, expected
):
    params = {"contacts_first_date": first, "drops_left_truncated": drops}
    assert candidates(f"is_left_truncated, {FAILED}", **params) == [expected]


def test_first_step_failed_is_the_one_told(candidates):
    person = "sex_code=null death_date=2010-01-01"
    assert candidates(FAILED, person=person, index="diagnosis=null") == ["age_and_sex | 6"]
    assert candidates(FAILED, person="death_date=2010-01-01", index="diagnosis=null") == [
        "diagnosis_known | 7"
    ]
    assert candidates(FAILED, person="death_date=2010-01-01", benefits_first_date="2011-01-01") == [
        "alive_and_resident | 8"
    ]


@pytest.mark.parametrize(
    ("match_on", "within_year", "stratum"),
    [
        (["diagnosis", "sex", "age_band", "education_group"], True, "back|1|40|missing|2011"),
        (["diagnosis"], False, "back"),
        (["sex"], False, "1"),
        (["age_band"], False, "40"),
        (["education_group"], False, "missing"),
        (["diagnosis"], True, "back|2011"),
    ],
)
def test_stratum_holds_the_matching_variables_of_the_study(
    candidates, match_on, within_year, stratum
):
    params = {"match_on": match_on, "within_index_year": within_year}
    assert candidates("stratum", **params) == [stratum]


def test_windows_may_differ_in_length(candidates):
    params = {"before_days": 10, "after_days": 20}
    assert candidates(FAILED, person="immigration_date=2011-02-19", **params) == ELIGIBLE
    assert candidates(FAILED, person="immigration_date=2011-02-20", **params) != ELIGIBLE
    assert candidates(FAILED, person="death_date=2011-03-21", **params) == ELIGIBLE
    assert candidates(FAILED, person="death_date=2011-03-20", **params) != ELIGIBLE


def test_several_courses_of_a_person_are_judged_one_by_one(run_model):
    courses = "person_id | index_date\n 1 | 2008-06-01\n 1 | 2012-06-01"
    given = {
        "mart_diagnosis_levels": LEVELS,
        "mart_control_index": courses,
        "core_persons": "person_id\n 1",
    }
    assert run_model(
        "mart_candidates", given=given, params=PARAMS, show="index_date, failed_step_code"
    ) == ["2008-06-01 | registers_cover_windows", "2012-06-01 | null"]


def test_person_away_and_back_is_resident_outside_the_years_away(run_model):
    given = {
        "mart_diagnosis_levels": LEVELS,
        "mart_treated_index": """
            person_id | sector | index_date | diagnosis
            1         | SOM    | 2011-03-01 | M54
            2         | SOM    | 2011-03-01 | M54
            3         | SOM    | 2011-03-01 | M54
        """,
        "core_persons": """
            person_id | emigration_date | immigration_date
            1         | 2005-01-01      | 2007-01-01
            2         | 2014-01-01      | 2016-01-01
            3         | 2010-06-01      | 2010-07-01
        """,
    }
    rows = run_model("mart_candidates", given=given, show="person_id, failed_step_code")
    assert rows == ["1 | null", "2 | null", "3 | alive_and_resident"]
