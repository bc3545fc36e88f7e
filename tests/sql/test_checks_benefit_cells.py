"""The checks of benefits that look at months, years and files."""

from datetime import date

import pytest
from judged_checks import join, judge, repeat

SPELLS, COUNTS = "stg_nav__benefit_spells", "stg_nav__benefit_counts"
FIRST, LAST = date(2008, 1, 1), date(2012, 12, 31)
FILES = "file_index | file\n 1 | a.csv\n 2 | b.csv"


def months(first_year, last_year, **columns):
    """One drawn count a month."""
    return [
        {"start_month": f"{year}-{month:02}-01", **columns}
        for year in range(first_year, last_year + 1)
        for month in range(1, 13)
    ]


@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [
        ("check_benefits_last_longer_than_a_day", "n_one_day", 10),
        ("check_benefit_starts_spread_over_the_month", "n_first_day_starts", 50),
        ("check_benefit_ends_spread_over_the_month", "n_last_day_ends", 50),
        ("check_benefits_start_in_life", "n_after_death", 1),
        ("check_benefits_stop_at_death", "n_past_death", 5),
        ("check_recipients_are_old_enough", "n_too_young", 1),
        ("check_recipients_are_young_enough", "n_too_old", 1),
    ],
)
def test_year_of_a_benefit_with_too_large_a_share_is_found(models, name, column, limit):
    # Two months of 2010 and one of each other year; 2012 has too few to be examined.
    drawn = f"""
        benefit_code | start_month | link_state | n_spells | n_ongoing | {column}
        SP           | 2010-01-01  | linked     | 60       | 0         | {limit}
        SP           | 2010-05-01  | linked     | 40       | 0         | 1
        SP           | 2011-01-01  | linked     | 100      | 0         | {limit}
        SP           | 2012-01-01  | linked     | 49       | 0         | 49
        RP           | 2009-01-01  | linked     | 50       | 0         | 0
    """
    judged = judge(models, name, {COUNTS: drawn})
    assert judged == {"SP 2010": True, "SP 2011": False, "RP 2009": False}


@pytest.mark.parametrize(
    "name",
    ["check_benefit_starts_spread_over_the_month", "check_benefit_ends_spread_over_the_month"],
)
def test_benefits_paid_by_the_month_may_start_and_end_with_it(models, name):
    drawn = """
        benefit_code | start_month | n_spells | n_ongoing | n_first_day_starts | n_last_day_ends
        UT           | 2016-01-01  | 100      | 0         | 100                | 100
    """
    assert judge(models, name, {COUNTS: drawn}) == {}


@pytest.mark.parametrize("part", ["starts", "ends"])
def test_a_delivery_by_month_is_not_asked_for_days(models, part):
    drawn = """
        benefit_code | start_month | n_spells | n_ongoing | n_first_day_starts | n_last_day_ends
        SP           | 2016-01-01  | 100      | 0         | 100                | 100
    """
    name = f"check_benefit_{part}_spread_over_the_month"
    assert judge(models, name, {COUNTS: drawn}) == {"SP 2016": True}
    assert judge(models, name, {COUNTS: drawn}, benefits_by_month=True) == {}


def test_ongoing_spells_have_no_end_to_spread(models):
    drawn = """
        benefit_code | start_month | n_spells | n_ongoing | n_last_day_ends
        SP           | 2011-01-01  | 100      | 40        | 31
        SP           | 2012-01-01  | 100      | 40        | 30
        SP           | 2013-01-01  | 100      | 51        | 49
    """
    judged = judge(models, "check_benefit_ends_spread_over_the_month", {COUNTS: drawn})
    assert judged == {"SP 2011": True, "SP 2012": False}


def test_persons_outside_the_link_are_in_no_check_of_age_or_death(models):
    drawn = """
        benefit_code | start_month | link_state  | n_spells | n_after_death
        SP           | 2010-01-01  | not_in_link | 100      | 100
    """
    assert judge(models, "check_benefits_start_in_life", {COUNTS: drawn}) == {}


def test_early_years_of_mostly_open_spells_are_found(models):
    drawn = """
        benefit_code | start_month | n_spells | n_ongoing
        SP           | 2008-01-01  | 100      | 51
        SP           | 2009-01-01  | 100      | 50
        SP           | 2010-01-01  | 100      | 100
        UFP          | 2008-01-01  | 100      | 100
        RP           | 2008-01-01  | 49       | 49
    """
    name = "check_open_spells_are_few_in_early_years"
    judged = judge(models, name, {COUNTS: drawn}, benefits_last_date=LAST)
    assert judged == {"SP 2008": True, "SP 2009": False}


def test_replaced_benefit_without_any_end_on_its_last_day_is_found(models):
    ordinary = {"start_date": "2009-01-01", "nav_id": "v{}"}
    spells = join(
        repeat(19, benefit_code="RP", until_date="2010-04-01", **ordinary),
        repeat(1, benefit_code="RP", until_date="2010-03-01", **ordinary),
        repeat(20, benefit_code="AF", until_date="2010-02-28", **ordinary),
        repeat(19, benefit_code="TU", until_date="2010-04-01", **ordinary),
        repeat(20, benefit_code="SP", until_date="2010-04-01", **ordinary),
        repeat(30, benefit_code="TU", until_date="2009-04-01", **ordinary),
    )
    name = "check_replaced_benefits_end_on_their_last_day"
    judged = judge(models, name, {SPELLS: spells}, benefits_last_date=LAST)
    assert judged == {"RP 2010-02-28": False, "AF 2010-02-28": True}
    early = judge(models, name, {SPELLS: spells}, benefits_last_date=date(2010, 2, 28))
    assert early == {}


@pytest.mark.parametrize(
    ("start", "until", "is_broken"),
    [
        ("2007-12-01", "2008-01-02", False),
        ("2008-01-01", "2008-01-02", False),
        ("2007-12-01", "2008-01-01", True),
    ],
)
def test_benefit_with_new_spells_only_is_found(models, start, until, is_broken):
    new = {"start_date": "2008-03-01", "until_date": "2008-04-01"}
    spells = join(
        repeat(50, benefit_code="SP", **new),
        repeat(1, benefit_code="SP", start_date=start, until_date=until),
        repeat(49, benefit_code="RP", **new),
        repeat(60, benefit_code="AAP", start_date="2010-03-01", until_date="2010-05-01"),
    )
    name = "check_running_spells_are_delivered_at_the_first_day"
    judged = judge(models, name, {SPELLS: spells}, benefits_first_date=FIRST)
    assert judged == {"SP 2008-01-01": is_broken}


def test_months_without_starts_are_found_within_coverage_and_validity_alone(models):
    given = months(2008, 2012, benefit_code="SP", n_spells=30)
    given = [row for row in given if row["start_month"] != "2010-05-01"]
    # AAP from its first day, RP up to its last; TU is too rare to be examined.
    given += [row | {"benefit_code": "AAP"} for row in given if row["start_month"] >= "2010-03-01"]
    given += months(2008, 2009, benefit_code="RP", n_spells=30)
    given += months(2008, 2008, benefit_code="TU", n_spells=29)
    judged = judge(
        models,
        "check_months_have_benefit_starts",
        {COUNTS: given},
        benefits_first_date=FIRST,
        benefits_last_date=LAST,
    )
    # The last month of a benefit is not asked for: of RP, February 2010.
    assert sorted(p for p, is_broken in judged.items() if is_broken) == [
        "AAP 2010-05",
        "RP 2010-01",
        "SP 2010-05",
    ]
    assert {place[:3] for place in judged} == {"SP ", "AAP", "RP "}
    assert "SP 2012-11" in judged
    assert "SP 2012-12" not in judged
    assert "AAP 2010-03" in judged
    assert "AAP 2010-02" not in judged


@pytest.mark.parametrize(
    ("count", "is_broken"), [(49, True), (50, False), (200, False), (201, True)]
)
def test_year_at_under_half_or_over_double_its_neighbours_is_a_jump(models, count, is_broken):
    given = months(2008, 2009, benefit_code="SP", n_spells=100)
    given += months(2010, 2010, benefit_code="SP", n_spells=count)
    given += months(2011, 2012, benefit_code="SP", n_spells=100)
    # What runs at the first day, and what is converted, is no level shift.
    given[0]["n_spells"] = 100000
    given += [{"start_month": "2010-03-01", "benefit_code": "AAP", "n_spells": 100000}]
    given += months(2011, 2012, benefit_code="AAP", n_spells=100)
    given += months(2008, 2009, benefit_code="TU", n_spells=1)
    judged = judge(
        models,
        "check_benefit_years_do_not_jump",
        {COUNTS: given},
        benefits_first_date=FIRST,
        benefits_last_date=LAST,
    )
    assert judged.pop("SP 2010") is is_broken
    assert {place for place, found in judged.items() if not found} >= {"SP 2008", "SP 2012"}
    assert "AAP 2010" not in judged
    assert "TU 2009" not in judged


@pytest.mark.parametrize(
    ("count", "is_broken"), [(24, True), (25, False), (400, False), (401, True)]
)
def test_month_far_from_the_usual_of_its_file_is_found(models, count, is_broken):
    given = months(2011, 2011, file_index=1, benefit_code="SP", n_spells=100)
    given[5]["n_spells"] = count
    given += months(2009, 2009, file_index=2, benefit_code="SP", n_spells=19)
    given += months(2010, 2010, file_index=2, benefit_code="SP", n_spells=100)
    given[-10]["n_spells"] = 100000  # 2010-03, the conversion
    judged = judge(
        models,
        "check_benefit_files_are_even_over_their_months",
        {COUNTS: given, "raw_files": FILES},
        benefits_first_date=FIRST,
        benefits_last_date=LAST,
    )
    assert judged.pop("a.csv 2011-06") is is_broken
    assert not any(judged.values())
    assert len(judged) == 11 + 11
    assert "b.csv 2010-03" not in judged


def test_year_with_fewer_linked_spells_than_the_others_is_found(models):
    drawn = """
        benefit_code | start_month | link_state    | n_spells
        SP           | 2010-01-01  | linked        | 90
        SP           | 2010-05-01  | not_in_link   | 10
        SP           | 2011-01-01  | linked        | 89
        SP           | 2011-01-01  | no_ssb_person | 11
        SP           | 2012-01-01  | not_in_link   | 49
        RP           | 2009-01-01  | linked        | 50
    """
    links = "nav_id\n v1"
    name = "check_benefits_are_linked_in_every_year"
    judged = judge(models, name, {COUNTS: drawn, "stg_link__persons": links})
    assert judged == {"SP 2010": False, "SP 2011": True, "RP 2009": False}


def test_nothing_is_said_of_linkage_where_no_key_of_nav_is_linked(models):
    drawn = """
        benefit_code | start_month | link_state  | n_spells
        SP           | 2010-01-01  | not_in_link | 100
    """
    links = "nav_id | npr_id\n null | n1"
    name = "check_benefits_are_linked_in_every_year"
    assert judge(models, name, {COUNTS: drawn, "stg_link__persons": links}) == {}


def test_file_and_year_with_few_diagnoses_is_found_unless_the_file_has_none(models):
    sick = {"benefit_code": "SP", "start_date": "2010-01-01", "file_index": 1}
    other = sick | {"file_index": 2}
    spells = join(
        repeat(90, diagnosis_code="L84", **sick),
        repeat(10, diagnosis_code=None, **sick),
        repeat(89, diagnosis_code="L84", **(sick | {"start_date": "2011-01-01"})),
        repeat(11, diagnosis_code=None, **(sick | {"start_date": "2011-01-01"})),
        repeat(49, diagnosis_code=None, **(sick | {"start_date": "2012-01-01"})),
        repeat(100, diagnosis_code=None, **other),
        repeat(100, diagnosis_code=None, **(sick | {"benefit_code": "AAP"})),
    )
    given = {SPELLS: spells, "raw_files": FILES}
    judged = judge(
        models, "check_sick_leave_has_a_diagnosis", given, sick_leave_benefit_codes=["SP"]
    )
    assert judged == {"a.csv 2010": False, "a.csv 2011": True}


def test_a_key_that_stands_in_more_rows_than_any_person_has_is_found(models):
    rows = [("nobody", "SP", None)] * 10_001 + [("V1", "SP", None)]
    rows += [("nobody", "AAP", None), ("V1", "AAP", None)] * 10_000
    rows += [("nobody", "UT", None)] * 10_000 + [("nobody", "UT", "invalid_date")]
    given = [
        {
            "file_index": 1,
            "row_number": place,
            "nav_id": nav_id,
            "benefit_code": code,
            "broken_rule": rule,
        }
        for place, (nav_id, code, rule) in enumerate(rows)
    ]
    name = "check_benefit_rows_of_a_person_can_be_counted"
    judged = judge(models, name, {"stg_nav__benefit_spells": given})
    assert judged == {"SP": True, "AAP": False, "UT": False}
