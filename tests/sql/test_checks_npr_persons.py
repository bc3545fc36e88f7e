"""The checks that hold NPR's own person file against SSB's persons."""

from datetime import date

import pytest

LINKS = "npr_id | ssb_id\n n1 | s1\n n2 | s2\n n3 | s3"
LAST = {"contacts_last_date": date(2018, 12, 31), "benefits_last_date": date(2020, 12, 31)}
CASES = [
    (
        "check_sex_agrees_in_npr_and_ssb",
        "npr_id | sex_code\n n1 | 1\n n2 | 2\n n3 | null\n n4 | 1",
        "ssb_id | sex_code\n s1 | 1\n s2 | 1\n s3 | 1",
        (["2"], 2),
    ),
    (
        "check_birth_agrees_in_npr_and_ssb",
        "npr_id | birth_year\n n1 | 1970\n n2 | 1971\n n3 | null",
        "ssb_id | birth_year\n s1 | 1970\n s2 | 1970\n s3 | 1970",
        (["2"], 2),
    ),
    (
        "check_deaths_agree_in_npr_and_ssb",
        "npr_id | death_date\n n1 | 2012-02-01\n n2 | 2012-02-01\n n3 | 2012-02-01",
        "ssb_id | death_date\n s1 | 2012-03-03\n s2 | 2012-03-04\n s3 | null",
        (["2", "3"], 3),
    ),
    (
        "check_deaths_agree_in_npr_and_ssb",
        "npr_id | death_date\n n1 | 2018-12-31\n n2 | 2019-01-01\n n3 | null",
        "ssb_id | death_date\n s1 | null\n s2 | null\n s3 | null",
        (["1"], 1),
    ),
]


@pytest.mark.parametrize(("name", "npr", "ssb", "found"), CASES)
def test_persons_who_differ_between_the_registers_are_found(run_check, name, npr, ssb, found):
    given = {"stg_npr__persons": npr, "stg_ssb__persons": ssb, "stg_link__persons": LINKS}
    assert run_check(name, given=given, params=LAST) == found


def test_lines_of_other_content_are_counted_apart_from_unusable_ones(run_check):
    drawn = """
        row_number | broken_rule
        1          | null
        2          | other_content
        3          | invalid_date
    """
    given = {"stg_nav__benefit_spells": drawn}
    assert run_check("check_benefit_files_hold_benefits", given=given) == (["2"], 2)
    assert run_check("check_benefit_spells_are_usable", given=given) == (["3"], 2)
