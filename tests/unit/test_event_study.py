"""The matched event study: equal to 2x2s, who is compared, and refusals."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.matched_sets import draw_matched_sets

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import UNITS_AT_A_TIME, estimate_event_study

# Sums of some hundred numbers, added in another order.
RTOL = 1e-12
EVENT_TIME = np.arange(-3, 3)
SETTINGS = {"confidence_level": 0.95, "cluster_on": ("matched_set", "person")}
ARRAYS = ("term", "att", "se", "ci_low", "ci_high", "n_treated", "n_control",
          "treated_mean", "control_mean")  # fmt: skip


def estimate(drawn, *, event_time=EVENT_TIME, reference=-3, cluster_on=SETTINGS["cluster_on"]):
    return estimate_event_study(
        drawn.outcome,
        event_time,
        drawn.is_treated,
        **drawn.labels(),
        **SETTINGS | {"cluster_on": cluster_on},
        reference_event_time=reference,
    )


def draw(seed=41, **settings):
    return draw_matched_sets(seed, n_periods=EVENT_TIME.size, **settings)


def with_missing(drawn, cells):
    outcome = drawn.outcome.copy()
    for unit, column in cells:
        outcome[unit, column] = np.nan
    return dataclasses.replace(drawn, outcome=outcome)


def assert_same(first, second):
    for name in ARRAYS:
        assert_allclose(getattr(first, name), getattr(second, name), rtol=RTOL)
    assert first.notes == second.notes


def test_one_period_before_and_one_after_equal_the_2x2():
    drawn = draw_matched_sets(42)
    path = estimate(drawn, event_time=np.array([-1, 0]), reference=-1)
    did = estimate_did_2x2(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated, **drawn.labels(), **SETTINGS
    )
    for name in ("att", "se", "ci_low", "ci_high", "n_treated", "n_control"):
        assert getattr(path, name)[1] == getattr(did, name)
    assert_allclose(path.treated_mean, [did.treated_before, did.treated_after], rtol=RTOL)
    assert_allclose(path.control_mean, [did.control_before, did.control_after], rtol=RTOL)


def test_the_covariance_is_that_of_the_scores_and_holds_the_errors():
    path = estimate(draw(), cluster_on=("matched_set",))
    assert_allclose(np.diag(path.covariance), path.se**2, rtol=RTOL, atol=0)
    assert_allclose(path.scores @ path.scores.T, path.covariance, rtol=1e-9, atol=1e-12)


def test_the_reference_period_is_zero_by_construction():
    path = estimate(draw(), reference=-1)
    at = path.term == -1
    assert [getattr(path, name)[at].item() for name in ("att", "se", "ci_low", "ci_high")] == [
        0,
        0,
        0,
        0,
    ]
    assert (path.se[~at] > 0).all()


def test_moving_the_reference_moves_every_effect_by_the_same_number():
    drawn = draw()
    early, late = estimate(drawn, reference=-3), estimate(drawn, reference=-1)
    assert_allclose(early.att - late.att, early.att[EVENT_TIME == -1].item(), rtol=1e-9)


def test_a_set_with_an_unobserved_member_leaves_that_period_whole():
    drawn = draw()
    unit = int(np.flatnonzero(~drawn.is_treated)[0])
    path = estimate(with_missing(drawn, [(unit, 4)]))
    kept = drawn.matched_set != drawn.matched_set[unit]
    expected = estimate(drawn.reordered(np.flatnonzero(kept)))
    complete = estimate(drawn)
    assert path.n_treated[4] == complete.n_treated[4] - 1
    for name in ARRAYS:
        assert_allclose(getattr(path, name)[4], getattr(expected, name)[4], rtol=RTOL)
        others = [0, 1, 2, 3, 5]
        assert_array_equal(getattr(path, name)[others], getattr(complete, name)[others])


# More units than are turned at a time, and persons who leave, come back or are never seen.
@pytest.mark.parametrize("cluster_on", [(), ("matched_set",), ("matched_set", "person")])
def test_each_period_is_the_2x2_of_the_sets_observed_whole_in_it(cluster_on):
    drawn = draw(43, n_sets=300, n_people=400)
    rng = np.random.default_rng(44)
    drawn.outcome[rng.random(drawn.outcome.shape) < [0.003, 0, 0.002, 0, 0.002, 0.01]] = np.nan
    assert drawn.person.size > UNITS_AT_A_TIME
    path = estimate(drawn, cluster_on=cluster_on)
    for column in range(1, EVENT_TIME.size):
        is_missing = ~np.isfinite(drawn.outcome[:, [0, column]]).all(axis=1)
        is_whole = ~np.isin(drawn.matched_set, drawn.matched_set[is_missing])
        did = estimate_did_2x2(
            drawn.outcome[is_whole, 0],
            drawn.outcome[is_whole, column],
            drawn.is_treated[is_whole],
            **{name: labels[is_whole] for name, labels in drawn.labels().items()},
            **SETTINGS | {"cluster_on": cluster_on},
        )
        for name in ("att", "se", "ci_low", "ci_high", "n_treated", "n_control"):
            assert_allclose(getattr(path, name)[column], getattr(did, name), rtol=RTOL)
        assert_allclose(path.treated_mean[column], did.treated_after, rtol=RTOL)


def test_a_matrix_stored_by_period_gives_the_same_bytes():
    drawn = with_missing(draw(), [(3, 2), (10, 5)])
    turned = dataclasses.replace(drawn, outcome=np.asfortranarray(drawn.outcome))
    for name in ARRAYS:
        assert_array_equal(getattr(estimate(drawn), name), getattr(estimate(turned), name))


def test_a_weight_that_is_not_above_zero_is_refused():
    drawn = draw()
    for weight in (0.0, np.nan):
        weights = drawn.weight.copy()
        weights[2] = weight
        with pytest.raises(EstimationError, match="weight"):
            estimate(dataclasses.replace(drawn, weight=weights))


def test_a_set_unobserved_at_the_reference_leaves_every_period():
    drawn = draw()
    treated = int(np.flatnonzero(drawn.is_treated)[3])
    kept = drawn.matched_set != drawn.matched_set[treated]
    assert_same(
        estimate(with_missing(drawn, [(treated, 0)])),
        estimate(drawn.reordered(np.flatnonzero(kept))),
    )


def test_row_order_changes_nothing():
    drawn = with_missing(draw(), [(3, 2), (10, 5)])
    order = np.random.default_rng(6).permutation(drawn.person.size)
    assert_same(estimate(drawn), estimate(drawn.reordered(order)))


def test_other_labels_for_sets_and_persons_change_nothing():
    drawn = with_missing(draw(), [(3, 2), (10, 5)])
    relabelled = dataclasses.replace(
        drawn, matched_set=10**12 - drawn.matched_set, person=7 * drawn.person - 3
    )
    assert_same(estimate(drawn), estimate(relabelled))


def test_the_unit_of_the_outcome_scales_and_a_constant_leaves_the_effect():
    drawn = draw()
    plain = estimate(drawn)
    changed = estimate(dataclasses.replace(drawn, outcome=drawn.outcome / 30 + 2))
    assert_allclose(changed.att, plain.att / 30, rtol=1e-9)
    assert_allclose(changed.se, plain.se / 30, rtol=1e-9)
    assert_allclose(changed.treated_mean, plain.treated_mean / 30 + 2, rtol=1e-9)


def test_the_order_of_the_periods_changes_nothing():
    drawn = draw()
    order = [4, 0, 3, 5, 1, 2]
    path = estimate(drawn)
    mixed = estimate(
        dataclasses.replace(drawn, outcome=drawn.outcome[:, order]), event_time=EVENT_TIME[order]
    )
    for name in ARRAYS:
        assert_array_equal(getattr(mixed, name), getattr(path, name)[order])


def test_a_period_that_nobody_lives_through_has_a_note_and_no_entry():
    drawn = draw()
    path = estimate(with_missing(drawn, [(unit, 5) for unit in range(drawn.person.size)]))
    assert path.term.tolist() == [-3, -2, -1, 0, 1]
    assert len(path.notes) == 1
    assert path.notes[0].startswith("event time 2: no matched set is observed whole")


def test_a_reference_that_nobody_lives_through_is_refused():
    drawn = draw()
    unseen = with_missing(drawn, [(unit, 0) for unit in range(drawn.person.size)])
    with pytest.raises(NotIdentifiedError, match="no period can be compared"):
        estimate(unseen)


def test_no_controls_is_refused():
    drawn = draw()
    with pytest.raises(NoControlsError):
        estimate(dataclasses.replace(drawn, is_treated=np.full(drawn.person.size, True)))


@pytest.mark.parametrize("event_time", [np.arange(6), np.array([-3, -3, -1, 0, 1, 2])])
def test_a_reference_that_is_not_there_once_is_refused(event_time):
    with pytest.raises(EstimationError, match="reference_event_time"):
        estimate(draw(), event_time=event_time)


def test_a_matrix_of_another_shape_is_refused():
    with pytest.raises(EstimationError, match="n_periods"):
        estimate(draw(), event_time=np.arange(-3, 2))
