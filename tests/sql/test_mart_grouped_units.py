from collections import defaultdict
from fractions import Fraction

import pytest

GROUPS = """
    matched_set_id | sector | person_id | sex | age_group | service
    1              | SOM    | 1         | 1   | under_30  | 7
    2              | SOM    | 2         | 2   | under_30  | null
"""
UNITS = """
    matched_set_id | sector | person_id | is_treated | weight
    1              | SOM    | 1         | true       | 1
    1              | SOM    | 8         | false      | 0.5
    1              | SOM    | 2         | false      | 0.5
    2              | SOM    | 2         | true       | 1
    2              | SOM    | 9         | false      | 1
"""
SHOW = "matched_set_id, person_id, is_treated, weight, group_number, sex, service"


@pytest.fixture
def grouped(run_model):
    def run(show=SHOW, units=UNITS, groups=GROUPS):
        given = {"mart_matched_units": units, "mart_treated_groups": groups}
        return run_model("mart_grouped_units", given=given, show=show)

    return run


def test_controls_stand_with_their_treated_even_if_treated_in_another_set(grouped):
    assert grouped() == [
        "1 | 1 | true | 1.0 | 1 | 1 | 7",
        "1 | 2 | false | 0.5 | 1 | 1 | 7",
        "1 | 8 | false | 0.5 | 1 | 1 | 7",
        "2 | 2 | true | 1.0 | 1 | 2 | null",
        "2 | 9 | false | 1.0 | 1 | 2 | null",
    ]


def test_outcomes_come_along(grouped):
    units = """
        matched_set_id | sector | person_id | is_treated | sick_leave_days_after
        1              | SOM    | 1         | true       | 12
        1              | SOM    | 8         | false      | 34
    """
    assert grouped("person_id, sick_leave_days_after", units) == ["1 | 12", "8 | 34"]


def test_a_set_of_one_person_without_treated_has_no_row(grouped):
    units = """
        matched_set_id | sector | person_id | is_treated
        1              | SOM    | 1         | true
        8              | SOM    | 8         | false
    """
    assert grouped("person_id", units) == ["1"]


def test_controls_of_a_stratum_are_shared_out_as_its_treated_are(grouped):
    services = [7, 7, 7, None, None, 5]
    treated = range(1, 7)
    groups = [
        {"matched_set_id": 3, "sector": "SOM", "person_id": person, "sex": "1", "service": service}
        for person, service in zip(treated, services, strict=True)
    ]
    units = [
        {"matched_set_id": 3, "sector": "SOM", "person_id": person, "is_treated": person < 7,
         "weight": 1.0 if person < 7 else 1.5}
        for person in range(1, 11)
    ]  # fmt: skip
    weights = defaultdict(Fraction)
    rows = 0
    for row in grouped("is_treated, service, person_id, weight", units, groups):
        is_treated, service, _, weight = row.split(" | ")
        weights[is_treated, service] += Fraction(weight).limit_denominator(100)
        rows += 1
    assert rows == 6 + 4 * 3
    expected = {"7": 3, "null": 2, "5": 1}
    assert weights == {
        (arm, service): number for arm in ("true", "false") for service, number in expected.items()
    }
