"""The matched 2x2: a sum done by hand, properties, and refusals."""

import dataclasses
from math import atan, pi, sqrt

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.matched_sets import DrawnSets, draw_matched_sets

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2

# Sums of some hundred numbers, added in another order.
RTOL = 1e-12
BOTH = ("matched_set", "person")

#  set  person  arm      weight  before  after  change
#   1     A     treated   1        10      4      -6
#   1     B     control   1/2       8      7      -1
#   1     C     control   1/2       6      6       0
#   2     D     treated   1        20     12      -8
#   2     B     control   1        10      9      -1
BY_HAND = DrawnSets(
    outcome=np.array([[10.0, 4.0], [8.0, 7.0], [6.0, 6.0], [20.0, 12.0], [10.0, 9.0]]),
    is_treated=np.array([True, False, False, True, False]),
    weight=np.array([1.0, 0.5, 0.5, 1.0, 1.0]),
    matched_set=np.array([1, 1, 1, 2, 2]),
    person=np.array([101, 102, 103, 104, 102]),
)


def estimate(drawn, *, cluster_on=BOTH, confidence_level=0.95, **changed):
    given = {"before": drawn.outcome[:, 0], "after": drawn.outcome[:, 1], **drawn.labels()}
    given |= {"is_treated": drawn.is_treated} | changed
    return estimate_did_2x2(
        given.pop("before"),
        given.pop("after"),
        given.pop("is_treated"),
        **given,
        cluster_on=cluster_on,
        confidence_level=confidence_level,
    )


def test_means_and_att_equal_the_sum_done_by_hand():
    did = estimate(BY_HAND, cluster_on=("matched_set",))
    assert did.treated_before == (10 + 20) / 2
    assert did.treated_after == (4 + 12) / 2
    assert did.treated_change == -7
    assert did.control_before == (7 + 10) / 2  # set 1: (8 + 6) / 2
    assert did.control_after == (6.5 + 9) / 2  # set 1: (7 + 6) / 2
    assert did.control_change == -0.75  # mean of -1/2 in set 1 and -1 in set 2
    assert did.att == -6.25


def test_the_att_is_the_mean_over_sets_of_own_change_less_the_controls_mean_change():
    set_1 = -6 - (-1 + 0) / 2
    set_2 = -8 - (-1)
    assert estimate(BY_HAND).att == (set_1 + set_2) / 2


def test_se_limits_and_p_value_equal_the_sum_done_by_hand():
    # Influence = +-weight / 2 * (change - mean change of the arm):
    #   set 1:  (-6 + 7) / 2 - (-1 + 0.75) / 4 - (0 + 0.75) / 4 =  0.375
    #   set 2:  (-8 + 7) / 2 - (-1 + 0.75) / 2                  = -0.375
    # N = 10 rows, k = 4, G = 2: V = (0.375^2 + 0.375^2) * 2/1 * 9/6
    did = estimate(BY_HAND, cluster_on=("matched_set",))
    se = sqrt(2 * 0.375**2 * 2 * 9 / 6)
    assert_allclose(did.se, se, rtol=RTOL)
    # With one degree of freedom t is Cauchy: 97.5 % lies below tan(0.475 pi) = 12.7062.
    assert_allclose(
        [did.ci_low, did.ci_high],
        [-6.25 - 12.70620473617471 * se, -6.25 + 12.70620473617471 * se],
        rtol=RTOL,
    )
    assert_allclose(did.p_value, 1 - 2 / pi * atan(6.25 / se), rtol=RTOL)


def test_two_way_se_equals_the_sum_done_by_hand():
    # By set as above; by person A 0.5, B 0.0625 + 0.125, C -0.1875, D -0.5; by unit the five.
    by_set = 2 * 0.375**2
    by_person = 0.5**2 + 0.1875**2 + 0.1875**2 + 0.5**2
    by_unit = 0.5**2 + 0.0625**2 + 0.1875**2 + 0.5**2 + 0.125**2
    did = estimate(BY_HAND)
    assert_allclose(did.se, sqrt((by_set + by_person - by_unit) * 2 * 9 / 6), rtol=RTOL)


def test_a_control_of_two_sets_counts_as_one_person():
    did = estimate(BY_HAND)
    assert (did.n_treated, did.n_control) == (2, 2)


def test_n_clusters_is_that_of_the_smallest_dimension():
    assert estimate(BY_HAND, cluster_on=("person",)).n_clusters == 4
    assert estimate(BY_HAND, cluster_on=BOTH).n_clusters == 2
    assert estimate(BY_HAND, cluster_on=()).n_clusters == 5


@pytest.mark.parametrize("cluster_on", [(), ("matched_set",), ("person",), BOTH])
def test_row_order_changes_nothing(cluster_on):
    drawn = draw_matched_sets(21)
    order = np.random.default_rng(5).permutation(drawn.person.size)
    first = estimate(drawn, cluster_on=cluster_on)
    second = estimate(drawn.reordered(order), cluster_on=cluster_on)
    assert_allclose(dataclasses.astuple(first)[1:], dataclasses.astuple(second)[1:], rtol=RTOL)


def test_other_labels_for_sets_and_persons_change_nothing():
    drawn = draw_matched_sets(22)
    relabelled = estimate(
        drawn, matched_set=10**12 - 7 * drawn.matched_set, person=-3 * drawn.person + 5
    )
    assert_allclose(
        dataclasses.astuple(estimate(drawn))[1:], dataclasses.astuple(relabelled)[1:], rtol=RTOL
    )


def test_the_order_of_the_clustering_dimensions_changes_nothing():
    drawn = draw_matched_sets(23)
    assert_allclose(estimate(drawn).se, estimate(drawn, cluster_on=BOTH[::-1]).se, rtol=RTOL)


def test_weeks_instead_of_days_divide_the_estimate_and_its_se_by_seven():
    drawn = draw_matched_sets(24)
    days = estimate(drawn)
    weeks = estimate(dataclasses.replace(drawn, outcome=drawn.outcome / 7))
    for name in ("att", "se", "ci_low", "ci_high", "treated_before", "control_change"):
        assert_allclose(getattr(weeks, name), getattr(days, name) / 7, rtol=RTOL)
    assert_allclose(weeks.p_value, days.p_value, rtol=RTOL)


def test_a_constant_added_to_every_outcome_leaves_the_effect():
    drawn = draw_matched_sets(25)
    plain = estimate(drawn)
    raised = estimate(dataclasses.replace(drawn, outcome=drawn.outcome + 100))
    for name in ("att", "se", "ci_low", "ci_high", "p_value", "treated_change"):
        assert_allclose(getattr(raised, name), getattr(plain, name), rtol=1e-10)
    assert_allclose(raised.control_before, plain.control_before + 100, rtol=RTOL)


def test_the_same_trend_added_to_both_arms_leaves_the_effect():
    drawn = draw_matched_sets(26)
    plain = estimate(drawn)
    later = estimate(dataclasses.replace(drawn, outcome=drawn.outcome + np.array([0, 9])))
    assert_allclose([later.att, later.se], [plain.att, plain.se], rtol=1e-10)


def test_exchanging_before_and_after_changes_the_sign():
    drawn = draw_matched_sets(27)
    plain = estimate(drawn)
    reversed_time = estimate(dataclasses.replace(drawn, outcome=drawn.outcome[:, ::-1]))
    assert_allclose([reversed_time.att, reversed_time.se], [-plain.att, plain.se], rtol=RTOL)


def test_a_higher_confidence_level_gives_a_wider_interval_with_the_same_centre():
    drawn = draw_matched_sets(28)
    narrow, wide = (estimate(drawn, confidence_level=level) for level in (0.9, 0.99))
    assert wide.ci_low < narrow.ci_low < narrow.att < narrow.ci_high < wide.ci_high
    assert_allclose(wide.ci_low + wide.ci_high, 2 * narrow.att, rtol=1e-10)


def test_no_controls_is_refused():
    with pytest.raises(NoControlsError, match="no unit is a control"):
        estimate(BY_HAND, is_treated=np.full(5, True))


def test_no_treated_is_refused():
    with pytest.raises(NotIdentifiedError, match="no unit is treated"):
        estimate(BY_HAND, is_treated=np.full(5, False))


def test_one_matched_set_is_refused():
    with pytest.raises(NotIdentifiedError, match="at least 2 clusters"):
        estimate(BY_HAND.reordered([0, 1, 2]))


def test_an_outcome_that_never_varies_is_refused_and_not_reported_as_certain():
    outcome = np.full((5, 2), 365.0)
    with pytest.raises(NotIdentifiedError, match="same for all treated"):
        estimate(dataclasses.replace(BY_HAND, outcome=outcome))


def test_rounding_in_a_change_shared_by_all_is_not_taken_for_variation():
    before = np.array([0.1, 0.2, 0.3, 0.7, 1.1])
    with pytest.raises(NotIdentifiedError, match="same for all treated"):
        estimate(BY_HAND, before=before, after=before + 0.3)


def test_sets_with_one_and_the_same_effect_are_refused():
    after = np.array([4.0, 7.0, 6.0, 13.5, 9.0])  # effect -5.5 in both sets
    with pytest.raises(NotIdentifiedError, match="not above zero"):
        estimate(BY_HAND, after=after, cluster_on=("matched_set",))


def test_a_missing_outcome_is_refused_without_naming_the_person():
    before = BY_HAND.outcome[:, 0].copy()
    before[2] = np.nan
    with pytest.raises(EstimationError, match=r"before has missing .* for 1 units") as raised:
        estimate(BY_HAND, before=before)
    assert "103" not in str(raised.value)


def test_all_bad_arrays_are_named_at_once():
    missing = np.full(5, np.nan)
    with pytest.raises(EstimationError) as raised:
        estimate(BY_HAND, before=missing, after=missing, weight=np.zeros(5))
    assert len(raised.value.problems) == 3


def test_arrays_of_different_length_are_refused():
    with pytest.raises(EstimationError, match="shape"):
        estimate(BY_HAND, weight=np.ones(4))


@pytest.mark.parametrize("cluster_on", [("service",), ("person", "person")])
def test_an_unknown_or_repeated_clustering_is_refused(cluster_on):
    with pytest.raises(EstimationError, match="cluster_on"):
        estimate(BY_HAND, cluster_on=cluster_on)
