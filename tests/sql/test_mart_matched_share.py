import pytest


@pytest.fixture
def share(run_model):
    def run(drawn):
        return run_model("mart_matched_share", given={"mart_attrition": drawn})

    return run


def test_share_has_all_with_a_treatment_contact_as_denominator(share):
    assert share("""
        sector | arm     | step_name       | n_persons
        SOM    | treated | contact         | 100
        SOM    | treated | linked          | 97
        SOM    | treated | washout_visible | 96
        SOM    | treated | matched         | 93
        SOM    | control | contact         | 900
        SOM    | control | washout_visible | 800
        SOM    | control | matched         | 400
    """) == ["SOM | 100 | 96 | 93 | 0.93"]


def test_each_sector_and_all_have_a_share_and_an_empty_one_has_none(share):
    assert share("""
        sector | arm     | step_name       | n_persons
        ALL    | treated | contact         | 4
        ALL    | treated | washout_visible | 2
        ALL    | treated | matched         | 1
        TSB    | treated | contact         | 0
        TSB    | treated | washout_visible | 0
        TSB    | treated | matched         | 0
    """) == ["ALL | 4 | 2 | 1 | 0.25", "TSB | 0 | 0 | 0 | null"]
