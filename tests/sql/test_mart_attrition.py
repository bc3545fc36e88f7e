from itertools import pairwise

import pytest

TREATED_STEPS = (1, 2, 3, 4, 6, 7, 8, 9, 10, 12)
CONTROL_STEPS = tuple(range(1, 13))


@pytest.fixture
def attrition(run_model):
    def run(drawn, show="sector, arm, step, n_persons, n_excluded", sectors=("SOM", "PHV")):
        return run_model(
            "mart_attrition",
            given={"mart_person_steps": drawn},
            params={"sectors": list(sectors)},
            undrawn={"sector": "SOM", "is_treated": "true"},
            show=show,
        )

    return run


def test_each_sector_and_arm_has_all_its_steps_also_when_empty(attrition):
    lines = attrition("person_id | last_step", "sector, arm, step, n_persons, n_excluded")
    steps = {"treated": TREATED_STEPS, "control": CONTROL_STEPS}
    assert lines == sorted(
        (
            f"{sector} | {arm} | {step} | 0 | 0"
            for sector in ("ALL", "PHV", "SOM")
            for arm in steps
            for step in steps[arm]
        ),
        key=lambda line: (line.split(" | ")[:2], int(line.split(" | ")[2])),
    )


def test_steps_are_named_and_leave_out_those_of_the_other_arm(attrition):
    names = attrition("person_id | last_step", "distinct arm, step_name")
    assert "control | no_treatment_nearby" in names
    assert "treated | no_treatment_nearby" not in names
    assert "control | comparable" in names
    assert "treated | comparable" not in names


def test_persons_who_leave_are_counted_at_the_first_step_they_do_not_reach(attrition):
    drawn = """
        person_id | last_step
        1         | 1
        2         | 3
        3         | 4
        4         | 5
        5         | 12
    """
    lines = attrition(drawn, "sector, arm, step, n_persons, n_excluded")
    treated = [line.removeprefix("SOM | treated | ") for line in lines if "SOM | tr" in line]
    assert treated == [
        "1 | 5 | 0",
        "2 | 4 | 1",
        "3 | 4 | 0",
        "4 | 3 | 1",
        "6 | 1 | 2",
        "7 | 1 | 0",
        "8 | 1 | 0",
        "9 | 1 | 0",
        "10 | 1 | 0",
        "12 | 1 | 0",
    ]


def test_arms_and_sectors_are_counted_apart(attrition):
    drawn = """
        person_id | sector | is_treated | last_step
        1         | SOM    | true       | 12
        2         | SOM    | false      | 12
        3         | SOM    | false      | 1
        4         | PHV    | true       | 1
    """
    lines = attrition(drawn, "sector, arm, step, n_persons")
    assert [line for line in lines if " | 1 | " in line] == [
        "ALL | control | 1 | 2",
        "ALL | treated | 1 | 2",
        "PHV | control | 1 | 0",
        "PHV | treated | 1 | 1",
        "SOM | control | 1 | 2",
        "SOM | treated | 1 | 1",
    ]


def test_all_counts_a_person_once_in_an_arm_with_the_sector_that_comes_furthest(attrition):
    drawn = """
        person_id | sector | is_treated | last_step
        1         | SOM    | true       | 2
        1         | PHV    | true       | 12
        1         | PHV    | false      | 4
    """
    lines = attrition(drawn, "sector, arm, step, n_persons")
    total = [line for line in lines if line.startswith("ALL") and line.endswith(" 1")]
    assert total == [f"ALL | control | {step} | 1" for step in (1, 2, 3, 4)] + [
        f"ALL | treated | {step} | 1" for step in TREATED_STEPS
    ]


def test_persons_left_are_those_before_less_those_excluded(attrition, models):
    rows = [
        {
            "person_id": number % 70,
            "sector": ("SOM", "PHV")[number // 70 % 2],
            "is_treated": number < 140,
            "last_step": 1 + (number * 7 + number // 9) % 12,
        }
        for number in range(280)
    ]
    attrition(rows)
    arms = {}
    for sector, arm, _, n_persons, n_excluded in models.fetch(
        "mart_attrition", "sector, arm, step, n_persons, n_excluded"
    ):
        arms.setdefault((sector, arm), []).append((n_persons, n_excluded))
    assert len(arms) == 6
    for counts in arms.values():
        assert counts[0] == (70, 0)
        for (before, _), (n_persons, n_excluded) in pairwise(counts):
            assert before - n_excluded == n_persons
            assert n_excluded >= 0
        assert sum(n_excluded for _, n_excluded in counts) + counts[-1][0] == 70
