"""Estimates beside the planted truth."""

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evaluation.errors import EvaluationError
from evaluation.schemas import TABLES
from evaluation.verify import build_verify

ESTIMATE = {
    "estimator": "did_2x2",
    "specification_id": "main",
    "subgroup": "all",
    "outcome": "sick_leave_days",
    "se": 2.0,
}
ESTIMATES = pd.DataFrame(
    [
        ESTIMATE | {"sector": "SOM", "att": -5.0, "ci_low": -9.0, "ci_high": -1.0, "n_treated": 2},
        ESTIMATE | {"sector": "ARR", "att": 1.0, "ci_low": -3.0, "ci_high": 5.0, "n_treated": 1},
        ESTIMATE | {"sector": "ALL", "att": -2.0, "ci_low": -6.0, "ci_high": 2.0, "n_treated": 3},
    ]
)
EFFECTS = pd.DataFrame(
    {
        "sector": ["SOM", "SOM", "ARR"],
        "person_id": [11, 12, 13],
        "outcome": "sick_leave_days",
        "effect": [-4.0, -8.0, 9.0],
    }
)


def build(estimates=ESTIMATES, effects=EFFECTS):
    return build_verify(estimates, effects, fingerprint="f").set_index("sector")


def test_the_truth_is_the_mean_over_the_matched_treated():
    table = build()
    assert table["true_att"].to_dict() == {"SOM": -6, "ARR": 9, "ALL": -1}


def test_z_and_coverage_equal_those_done_by_hand():
    table = build()
    assert_allclose(table["z"].to_numpy(dtype=float), [0.5, -4, -0.5])
    assert table["covered"].tolist() == [True, False, True]


def test_a_truth_on_the_limit_is_covered():
    effects = EFFECTS.assign(effect=[-9.0, -9.0, 5.0])
    assert build(effects=effects)["covered"].tolist()[:2] == [True, True]


def test_the_order_is_that_of_the_estimates_and_the_columns_of_the_contract():
    table = build_verify(ESTIMATES, EFFECTS.iloc[::-1], fingerprint="f")
    assert table["sector"].tolist() == ["SOM", "ARR", "ALL"]
    assert list(table.columns) == [column.name for column in TABLES["verify"]]


def test_other_estimators_are_left_out():
    other = ESTIMATES.assign(estimator="poisson")
    assert len(build(pd.concat([ESTIMATES, other]))) == 3


def test_a_person_treated_in_two_sectors_is_one_person_and_two_effects_in_all():
    effects = EFFECTS.assign(person_id=[11, 12, 11])
    estimates = ESTIMATES.assign(n_treated=[2, 1, 2])
    assert build(estimates, effects).loc["ALL", "true_att"] == -1


@pytest.mark.parametrize(
    "effects",
    [
        EFFECTS.iloc[1:],
        EFFECTS.assign(effect=[None, -8.0, 9.0]),
    ],
)
def test_a_matched_treated_without_a_truth_is_counted_and_not_named(effects):
    with pytest.raises(EvaluationError) as raised:
        build(effects=effects)
    assert [problem.split(";")[0] for problem in raised.value.problems] == [
        "SOM, sick_leave_days: 2 matched treated persons but 1 with a planted effect",
        "ALL, sick_leave_days: 3 matched treated persons but 2 with a planted effect",
    ]
    assert "11" not in str(raised.value)


def test_a_truth_that_lacks_an_outcome_is_refused():
    estimates = ESTIMATES.assign(outcome="health_benefit_days")
    with pytest.raises(EvaluationError, match="but 0 with"):
        build(estimates)
