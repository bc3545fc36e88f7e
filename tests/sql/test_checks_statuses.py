"""The checks of education and residence."""

from datetime import date

import pytest
from judged_checks import join, judge, repeat

EDUCATION, RESIDENCE, PERSONS = "stg_ssb__education", "stg_ssb__residence", "stg_ssb__persons"
LAST = date(2019, 12, 31)
COVERED = {"contacts_last_date": date(2018, 12, 31), "benefits_last_date": LAST}


def test_unspecified_none_and_empty_education_is_not_given(models):
    drawn = """
        education_level_code | broken_rule
        0                    | null
        9                    | null
        null                 | null
        1                    | null
        8                    | null
        9                    | missing_key
    """
    judged = judge(models, "check_education_levels_are_given", {EDUCATION: drawn})
    assert judged == {1: True, 2: True, 3: True, 4: False, 5: False}


def test_education_below_that_of_an_earlier_year_is_found(models):
    drawn = """
        ssb_id | status_year | education_level_code
        s1     | 2010        | 4
        s1     | 2011        | 6
        s1     | 2012        | 9
        s1     | 2013        | 6
        s1     | 2014        | 4
        s2     | 2014        | 2
        s3     | 2010        | 6
        s3     | 2010        | 4
    """
    judged = judge(models, "check_education_does_not_fall", {EDUCATION: drawn})
    assert judged == {1: False, 2: False, 4: False, 5: True, 6: False, 7: False, 8: False}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("check_education_has_one_row_a_year", EDUCATION),
        ("check_residence_has_one_row_a_year", RESIDENCE),
    ],
)
def test_two_rows_of_a_person_and_year_are_found(models, name, table):
    drawn = """
        ssb_id | status_year | broken_rule
        s1     | 2010        | null
        s1     | 2010        | null
        s1     | 2011        | null
        s2     | 2010        | null
        s2     | 2010        | missing_key
    """
    assert judge(models, name, {table: drawn}) == {1: True, 3: False, 4: False}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("check_education_years_are_within_coverage", EDUCATION),
        ("check_residence_years_are_within_coverage", RESIDENCE),
    ],
)
def test_status_of_a_year_long_after_the_last_is_found(models, name, table):
    drawn = "status_year\n 2019\n 2020\n 2021"
    assert judge(models, name, {table: drawn}, **COVERED) == {1: False, 2: False, 3: True}


@pytest.mark.parametrize(
    ("name", "table", "word"),
    [
        ("check_education_years_are_all_there", EDUCATION, "education"),
        ("check_residence_years_are_all_there", RESIDENCE, "residence"),
    ],
)
def test_year_between_the_others_with_hardly_any_row_is_found(models, name, table, word):
    statuses = join(
        repeat(100, status_year=2010),
        repeat(10, status_year=2011),
        repeat(9, status_year=2012),
        repeat(100, status_year=2014),
        repeat(100, status_year=2015),
    )
    assert judge(models, name, {table: statuses}) == {
        f"{word} 2010": False,
        f"{word} 2011": False,
        f"{word} 2012": True,
        f"{word} 2013": True,
        f"{word} 2014": False,
        f"{word} 2015": False,
    }
    assert judge(models, name, {table: repeat(49, status_year=2010)}) == {}


def test_tertiary_education_before_19_is_found(models):
    education = """
        ssb_id | status_year | education_level_code
        s1     | 2008        | 6
        s1     | 2009        | 6
        s1     | 2008        | 5
        s2     | 2008        | 6
    """
    given = {EDUCATION: education, PERSONS: "ssb_id | birth_year\n s1 | 1990"}
    assert judge(models, "check_education_fits_age", given) == {1: True, 2: False}


def person_rows(count, first, **columns):
    return repeat(count, first=first, ssb_id="s{}", **columns)


@pytest.mark.parametrize(
    ("columns", "group"),
    [
        ({"birth_country": "000"}, "born in Norway"),
        ({"birth_country": "NOR"}, "born in Norway"),
        ({"birth_country": "106"}, "born abroad"),
        ({"birth_country": "106", "immigration_category": "A"}, "born abroad"),
        ({"immigration_category": "C"}, "born in Norway"),
        ({"immigration_category": "B"}, "born abroad"),
        ({"immigration_category": "?"}, "country of birth unknown"),
        ({}, "country of birth unknown"),
    ],
)
def test_education_missing_in_more_than_one_of_four_is_found_by_birth_and_age(
    models, columns, group
):
    name = "check_education_is_known_in_every_group"
    persons = person_rows(100, 1, birth_year=1980, **columns)
    known = repeat(74, first=1, ssb_id="s{}", education_level_code="4")
    unknown = repeat(26, first=75, ssb_id="s{}", education_level_code="9")
    given = {PERSONS: persons, EDUCATION: known + unknown}
    place = f"{group}, age 30 to 39"
    assert judge(models, name, given, benefits_last_date=LAST) == {place: True}
    unknown[0]["education_level_code"] = "2"
    assert judge(models, name, given, benefits_last_date=LAST) == {place: False}


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [(2004, None), (2003, "10 to 19"), (1989, "30 to 39"), (1945, "70 to 79"), (1944, None)],
)
def test_education_is_asked_for_from_16_to_74_years_in_groups_of_some_size(
    models, birth_year, band
):
    name = "check_education_is_known_in_every_group"
    given = {EDUCATION: "ssb_id | education_level_code\n other | 4"}
    groups = {f"country of birth unknown, age {band}": True} if band else {}
    many = given | {PERSONS: person_rows(50, 1, birth_year=birth_year)}
    assert judge(models, name, many, benefits_last_date=LAST) == groups
    few = given | {PERSONS: person_rows(49, 1, birth_year=birth_year)}
    assert judge(models, name, few, benefits_last_date=LAST) == {}


def test_municipality_of_no_county_is_found(models):
    drawn = """
        municipality_code
        0301
        5001
        5601
        9999
        1301
        null
    """
    judged = judge(models, "check_counties_are_known", {RESIDENCE: drawn})
    assert judged == {1: False, 2: False, 3: False, 4: True, 5: True}


def test_residence_without_a_municipality_is_found(models):
    drawn = """
        municipality_code | broken_rule
        null              | null
        0301              | null
        null              | missing_key
    """
    judged = judge(models, "check_residence_is_given", {RESIDENCE: drawn})
    assert judged == {1: True, 2: False}


def test_county_before_or_after_its_time_is_found(models):
    drawn = """
        municipality_code | status_year
        1601              | 2017
        1601              | 2018
        5001              | 2017
        5001              | 2018
        0101              | 2019
        0101              | 2020
        3001              | 2023
        3001              | 2024
        3101              | 2023
        0301              | 1990
        0301              | 2024
        9999              | 2010
    """
    judged = judge(models, "check_counties_existed_in_their_year", {RESIDENCE: drawn})
    assert [row for row, is_broken in judged.items() if is_broken] == [2, 3, 6, 8, 9]
    assert 12 not in judged
    assert len(judged) == 11


@pytest.mark.parametrize(("moved", "is_broken"), [(15, False), (16, True)])
@pytest.mark.parametrize("year_before", [2010, 2015])
def test_year_in_which_many_change_municipality_is_found(models, moved, is_broken, year_before):
    # Yearly rows, or rows of changes only.
    stayed = repeat(
        100 - moved, first=moved + 1, ssb_id="s{}", status_year=2016, municipality_code="0301"
    )
    residence = join(
        repeat(100, ssb_id="s{}", status_year=year_before, municipality_code="0301"),
        repeat(moved, ssb_id="s{}", status_year=2016, municipality_code="4601"),
        stayed if year_before == 2015 else [],
    )
    judged = judge(models, "check_moves_are_few", {RESIDENCE: residence})
    assert judged == {"residence 2016": is_broken}


def test_moves_are_not_judged_among_few_persons(models):
    residence = join(
        repeat(99, ssb_id="s{}", status_year=2010, municipality_code="0301"),
        repeat(99, ssb_id="s{}", status_year=2011, municipality_code="4601"),
    )
    assert judge(models, "check_moves_are_few", {RESIDENCE: residence}) == {}
