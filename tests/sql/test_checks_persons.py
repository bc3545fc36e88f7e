"""The checks of persons."""

from datetime import date

import pytest
from judged_checks import join, judge, repeat

PERSONS = "stg_ssb__persons"
LAST = date(2019, 12, 31)

# Check, parameters, drawn persons, and what is judged of the rows examined.
ROW_RULES = [
    (
        "check_sexes_are_known",
        {},
        """
        sex_code | broken_rule
        null     | null
        1        | null
        null     | missing_key
        """,
        {1: True, 2: False},
    ),
    (
        "check_birth_years_are_plausible",
        {"benefits_last_date": LAST},
        "birth_year\n 1899\n 1900\n 2019\n 2020",
        {1: True, 2: False, 3: False, 4: True},
    ),
    (
        "check_birth_months_are_months",
        {},
        "birth_month\n 0\n 1\n 12\n 13\n null",
        {1: True, 2: False, 3: False, 4: True},
    ),
    (
        "check_deaths_follow_births",
        {},
        """
        birth_year | death_date
        1990       | 1989-12-31
        1990       | 1990-01-01
        1990       | null
        """,
        {1: True, 2: False},
    ),
    (
        "check_deaths_are_within_coverage",
        {"contacts_last_date": date(2018, 12, 31), "benefits_last_date": LAST},
        "death_date\n 2020-12-31\n 2020-12-30\n 2099-12-31\n null",
        {1: True, 2: False, 3: True},
    ),
    (
        "check_immigration_precedes_emigration",
        {},
        """
        immigration_date | emigration_date
        2010-01-02       | 2010-01-01
        2010-01-01       | 2010-01-01
        2010-01-02       | null
        null             | 2010-01-01
        """,
        {1: True, 2: False},
    ),
    (
        "check_nobody_moves_after_death",
        {},
        """
        death_date | immigration_date | emigration_date
        2010-01-01 | null             | 2010-01-02
        2010-01-01 | 2010-01-02       | null
        2010-01-01 | 2009-01-01       | 2010-01-01
        2010-01-01 | null             | null
        null       | 2010-01-01       | null
        """,
        {1: True, 2: True, 3: False},
    ),
    (
        "check_nobody_alive_is_over_110",
        {"benefits_last_date": LAST},
        """
        birth_year | death_date | emigration_date
        1908       | null       | null
        1909       | null       | null
        1908       | 2000-01-01 | null
        1908       | null       | 2000-01-01
        """,
        {1: True, 2: False},
    ),
    (
        "check_immigration_categories_are_known",
        {},
        "immigration_category\n A\n G\n D\n null",
        {1: False, 2: False, 3: True},
    ),
    (
        "check_birth_countries_have_three_characters",
        {},
        "birth_country\n 000\n NOR\n 0\n NORGE\n 1A2\n null",
        {1: False, 2: False, 3: True, 4: True, 5: True},
    ),
]
NAMES = [rule[0] for rule in ROW_RULES]


@pytest.mark.parametrize(("name", "params", "drawn", "judged"), ROW_RULES, ids=NAMES)
def test_row_rule_of_persons_is_broken_by_these_rows_alone(models, name, params, drawn, judged):
    assert judge(models, name, {PERSONS: drawn}, **params) == judged


def born(year, count):
    return repeat(count, birth_year=year, ssb_id="s{}")


@pytest.mark.parametrize(("count", "is_broken"), [(1000, False), (1001, True)])
def test_birth_year_of_over_five_times_its_neighbours_is_found(models, count, is_broken):
    # 1968 to 1972 without 1970: 200 in the mean.
    persons = join(*(born(year, 200) for year in (1968, 1969, 1971, 1972)), born(1970, count))
    judged = judge(models, "check_birth_years_are_even", {PERSONS: persons})
    assert judged.pop("born 1970") is is_broken
    assert len(judged) == 4
    assert not any(judged.values())


def test_lonely_birth_year_is_found_when_it_holds_many(models):
    years = [born(year, 500) for year in (1970, 1971)]
    judged = judge(models, "check_birth_years_are_even", {PERSONS: join(*years, born(1900, 11))})
    assert judged == {"born 1900": True, "born 1970": False, "born 1971": False}
    judged = judge(models, "check_birth_years_are_even", {PERSONS: join(*years, born(1900, 10))})
    assert judged["born 1900"] is False
    assert judge(models, "check_birth_years_are_even", {PERSONS: born(1900, 999)}) == {}


def test_deaths_on_the_first_of_the_month_are_months_in_disguise(models):
    persons = join(
        repeat(11, death_date="2010-05-01"),
        repeat(9, death_date="2010-05-17"),
        repeat(10, death_date="2011-05-01"),
        repeat(10, death_date="2011-05-17"),
        repeat(19, death_date="2012-05-01"),
    )
    judged = judge(models, "check_deaths_spread_over_the_month", {PERSONS: persons})
    assert judged == {"deaths 2010": True, "deaths 2011": False}


@pytest.mark.parametrize(
    ("name", "column", "word"),
    [
        ("check_deaths_are_delivered_for_every_year", "death_date", "deaths"),
        ("check_emigrations_are_delivered_for_every_year", "emigration_date", "emigrations"),
    ],
)
def test_year_covered_by_both_registers_with_hardly_any_event_is_found(models, name, column, word):
    covered = {
        "contacts_first_date": date(2010, 1, 1),
        "benefits_first_date": date(2006, 1, 1),
        "contacts_last_date": date(2013, 12, 31),
        "benefits_last_date": date(2020, 12, 31),
    }
    persons = join(
        repeat(100, **{column: "2010-05-05"}),
        repeat(6, **{column: "2011-05-05"}),
        repeat(100, **{column: "2012-05-05"}),
        repeat(5, **{column: "2015-05-05"}),
    )
    judged = judge(models, name, {PERSONS: persons}, **covered)
    # 206 in four years are 51.5 a year; a twentieth of it is 2.6.
    assert judged == {
        f"{word} 2010": False,
        f"{word} 2011": False,
        f"{word} 2012": False,
        f"{word} 2013": True,
    }
    few = judge(models, name, {PERSONS: repeat(79, **{column: "2010-05-05"})}, **covered)
    assert few == {}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("check_persons_have_education", "stg_ssb__education"),
        ("check_persons_have_residence", "stg_ssb__residence"),
    ],
)
def test_grown_person_without_a_row_in_the_other_file_is_found(models, name, table):
    persons = """
        ssb_id | birth_year | broken_rule
        s1     | 1970       | null
        s2     | 2003       | null
        s3     | 2004       | null
        s4     | 1970       | null
        s5     | 1970       | missing_key
    """
    statuses = """
        ssb_id | broken_rule
        s1     | null
        s1     | null
        s4     | missing_key
    """
    given = {PERSONS: persons, table: statuses}
    judged = judge(models, name, given, benefits_last_date=LAST)
    assert judged == {1: False, 2: True, 4: True}
