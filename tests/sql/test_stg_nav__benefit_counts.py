import pytest


@pytest.fixture
def counts(run_model):
    def run(spells, links="", persons="", show="*"):
        given = {"stg_nav__benefit_spells": spells}
        given |= {"stg_link__persons": links} if links else {}
        given |= {"stg_ssb__persons": persons} if persons else {}
        return run_model("stg_nav__benefit_counts", given=given, show=show)

    return run


def test_usable_spells_are_counted_by_file_benefit_month_of_start_and_link(counts):
    spells = """
        file_index | nav_id | benefit_code | start_date | until_date | is_ongoing | broken_rule
        1          | v1     | SP           | 2010-01-01 | 2010-01-02 | false      | null
        1          | v1     | SP           | 2010-01-31 | 2010-03-01 | false      | null
        1          | v1     | SP           | 2010-01-31 | 2010-02-03 | true       | null
        1          | v2     | SP           | 2010-01-05 | 2010-01-06 | false      | null
        1          | v3     | SP           | 2010-01-05 | 2010-01-06 | false      | null
        1          | v1     | SP           | 2010-02-05 | 2010-02-07 | false      | null
        1          | v1     | AAP          | 2010-01-05 | 2010-01-07 | false      | null
        2          | v1     | SP           | 2010-01-05 | 2010-01-07 | false      | null
        2          | v1     | SP           | 2010-01-05 | 2010-01-07 | false      | invalid_date
    """
    links = "nav_id | ssb_id\n v1 | s1\n v1 | s1\n v2 | s2"
    persons = "ssb_id | birth_year\n s1 | 1970"
    keys = "file_index, benefit_code, start_month, link_state"
    show = f"{keys}, n_spells, n_days, n_ongoing, n_one_day, n_first_day_starts, n_last_day_ends"
    assert counts(spells, links, persons, show) == [
        "1 | AAP | 2010-01-01 | linked | 1 | 2 | 0 | 0 | 0 | 0",
        "1 | SP | 2010-01-01 | linked | 3 | 33 | 1 | 1 | 1 | 1",
        "1 | SP | 2010-01-01 | no_ssb_person | 1 | 1 | 0 | 1 | 0 | 0",
        "1 | SP | 2010-01-01 | not_in_link | 1 | 1 | 0 | 1 | 0 | 0",
        "1 | SP | 2010-02-01 | linked | 1 | 2 | 0 | 0 | 0 | 0",
        "2 | SP | 2010-01-01 | linked | 1 | 2 | 0 | 0 | 0 | 0",
    ]


@pytest.mark.parametrize(
    ("start", "until", "after", "past"),
    [
        ("2010-05-01", "2010-05-02", 0, 0),
        ("2010-05-02", "2010-05-03", 1, 0),
        ("2010-04-01", "2010-06-02", 0, 0),
        ("2010-04-01", "2010-06-03", 0, 1),
    ],
)
def test_spells_after_a_death_and_far_past_it_are_counted(counts, start, until, after, past):
    spells = f"start_date | until_date | benefit_code | nav_id\n {start} | {until} | SP | v1"
    persons = "ssb_id | birth_year | death_date\n s1 | 1970 | 2010-05-01"
    shown = counts(spells, "nav_id | ssb_id\n v1 | s1", persons, "n_after_death, n_past_death")
    assert shown == [f"{after} | {past}"]


@pytest.mark.parametrize(
    ("benefit", "year", "young", "old"),
    [
        ("SP", 1982, 1, 0),
        ("SP", 1983, 0, 0),
        ("SP", 2040, 0, 0),
        ("SP", 2041, 0, 1),
        ("AAP", 1987, 1, 0),
        ("AAP", 1988, 0, 0),
        ("AAP", 2037, 0, 0),
        ("AAP", 2038, 0, 1),
    ],
)
def test_starts_outside_the_ages_of_the_benefit_are_counted(counts, benefit, year, young, old):
    spells = "benefit_code | start_date | until_date | nav_id\n"
    spells += f"{benefit} | {year}-06-01 | {year}-06-02 | v1"
    persons = "ssb_id | birth_year\n s1 | 1970"
    shown = counts(spells, "nav_id | ssb_id\n v1 | s1", persons, "n_too_young, n_too_old")
    assert shown == [f"{young} | {old}"]
