import pytest

HEAD = (
    "matched_set_id | person_id | was_on_benefit | days_to_sustained_return_short"
    " | days_to_sustained_return_long | days_to_aap | days_to_disability"
    " | censored_after_days | censored_by | censored_after_days_short"
    " | censored_after_days_long\n 1 | 1 | "
)


@pytest.fixture
def events(run_model):
    """One person; `drawn` begins with whether there is a benefit on the index date."""

    def run(drawn, *, ends=" | | ", show="sustained_days, days, event", by_month=False):
        sets = "matched_set_id | person_id | is_treated | weight\n 1 | 1 | true | 0.5"
        given = {"mart_matched_sets": sets, "mart_return_to_work": HEAD + drawn + ends}
        return run_model(
            "mart_competing_events",
            given=given,
            params={
                "short_return_days": 28,
                "long_return_days": 90,
                "benefits_by_month": by_month,
            },
            show=show,
        )

    return run


def test_who_has_no_benefit_on_the_index_date_is_not_at_risk(events):
    assert events("false | 40 | 40 | | | 500 | register_end") == []


def test_from_months_no_day_of_return_is_told(events):
    drawn = "true | 40 | 120 | | | 500 | register_end"
    assert len(events(drawn)) == 2
    assert events(drawn, by_month=True) == []


def test_each_length_of_a_return_has_its_own_row(events):
    assert events("true | 40 | 120 | | | 500 | register_end") == [
        "28 | 40 | return_to_work",
        "90 | 120 | return_to_work",
    ]


def test_the_first_event_counts_and_what_follows_does_not(events):
    assert events("true | 40 | 300 | 100 | 200 | 500 | death") == [
        "28 | 40 | return_to_work",
        "90 | 100 | aap",
    ]


def test_disability_after_aap_on_one_day_is_disability(events):
    assert events("true | | | 100 | 100 | 500 | register_end") == [
        "28 | 100 | disability",
        "90 | 100 | disability",
    ]


def test_death_is_an_event_and_other_ends_are_none(events):
    assert events("true | | | | | 77 | death")[0] == "28 | 77 | death"
    for reason in ("emigration", "age_67", "register_end"):
        assert events(f"true | | | | | 77 | {reason}")[0] == "28 | 77 | censored"


def test_a_run_that_is_cut_ends_on_its_first_day_for_each_length(events):
    rows = events("true | 40 | | | | 100 | register_end", ends=" | | 40")
    assert rows == ["28 | 40 | return_to_work", "90 | 40 | censored"]


def test_a_run_that_death_cuts_is_death_on_its_day(events):
    assert events("true | | | | | 50 | death", ends=" | 40 | 40") == [
        "28 | 50 | death",
        "90 | 50 | death",
    ]


def test_an_event_on_the_last_day_observed_counts(events):
    assert events("true | 77 | 77 | | | 77 | register_end")[0] == "28 | 77 | return_to_work"


@pytest.mark.parametrize("days", ["0 | ", " | 0"])
def test_who_is_on_aap_or_disability_benefit_already_is_not_at_risk(events, days):
    assert events(f"true | 40 | 40 | {days} | 500 | register_end") == []


def test_the_arm_and_the_weight_are_those_of_the_matched_set(events):
    rows = events("true | 40 | 40 | | | 500 | register_end", show="sector, is_treated, weight")
    assert rows == ["SOM | true | 0.5"] * 2


@pytest.mark.parametrize(("days", "event"), [("1 | ", "aap"), (" | 1", "disability")])
def test_aap_or_disability_on_the_day_after_the_index_date_is_an_event(events, days, event):
    assert events(f"true | 40 | 40 | {days} | 500 | register_end")[0] == f"28 | 1 | {event}"


def test_a_return_goes_before_disability_and_aap_on_one_day(events):
    assert events("true | 100 | 100 | 100 | 100 | 500 | register_end") == [
        "28 | 100 | return_to_work",
        "90 | 100 | return_to_work",
    ]


def test_every_person_of_every_set_has_its_own_return(run_model):
    rest = " | true | {0} | {0} | | | 500 | register_end | |"
    people = [("1 | 1", 10), ("1 | 2", 20), ("2 | 1", 30)]
    returns = "\n".join(key + rest.format(days) for key, days in people)
    given = {
        "mart_matched_sets": "matched_set_id | person_id\n 1 | 1\n 1 | 2\n 2 | 1",
        "mart_return_to_work": HEAD.rsplit("\n", 1)[0] + "\n" + returns,
    }
    rows = run_model(
        "mart_competing_events",
        given=given,
        params={"short_return_days": 28, "long_return_days": 90},
        show="sustained_days, matched_set_id, person_id, days",
    )
    assert rows[:3] == ["28 | 1 | 1 | 10", "28 | 1 | 2 | 20", "28 | 2 | 1 | 30"]
    assert len(rows) == 6
