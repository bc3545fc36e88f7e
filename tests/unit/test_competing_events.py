"""Cumulative incidence against a hand sum, statsmodels, a bootstrap and what must not matter."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.competing_events import estimate_cumulative_incidence

# statsmodels divides by n where clusters divide by n - 1, and treats ties otherwise.
SE_TOLERANCE = 0.02


def estimate(day, cause, *, weight=None, person=None, clusters=None, **more):
    day, cause = np.asarray(day, dtype=np.int64), np.asarray(cause, dtype=np.int64)
    person = np.arange(day.size) if person is None else np.asarray(person)
    settings = {"n_causes": 2, "at_days": range(0, 11), "confidence_level": 0.95} | more
    return estimate_cumulative_incidence(
        day,
        cause,
        weight=np.ones(day.size) if weight is None else np.asarray(weight, dtype=float),
        person=person,
        clusters=[person] if clusters is None else clusters,
        **settings,
    )


def draw(n=600, seed=4):
    rng = np.random.default_rng(seed)
    times = np.column_stack(
        [rng.exponential(30, n), rng.exponential(60, n), rng.uniform(5, 80, n)]
    ).astype(np.int64)
    cause = np.array([1, 2, 0])[times.argmin(axis=1)]
    return times.min(axis=1), cause, rng


def test_a_hand_sum():
    # Five persons: event 1 on day 2, censored on day 2, event 2 on day 3, event 1 on day 5,
    # observed to the end.
    found = estimate([2, 2, 3, 5, 9], [1, 0, 2, 1, 0], at_days=[1, 2, 3, 5, 9])
    # Day 2: 1/5. Day 3: 4/5 x 1/3 for event 2. Day 5: 4/5 x 2/3 x 1/2 for event 1.
    first, second = 1 / 5, 4 / 15
    assert found.incidence[0] == pytest.approx([0, first, first, first + 4 / 15, first + 4 / 15])
    assert found.incidence[1] == pytest.approx([0, 0, second, second, second])
    assert found.n_at_risk.tolist() == [5, 5, 3, 2, 1]
    assert found.n_events.tolist() == [[0, 1, 1, 2, 2], [0, 0, 1, 1, 1]]
    assert found.n_persons == 5


def test_without_censoring_the_share_is_a_share_and_its_error_the_binomial_one():
    day, cause = [1, 2, 3, 3, 20, 20, 20, 20], [1, 2, 1, 1, 0, 0, 0, 0]
    found = estimate(day, cause, at_days=[10])
    assert found.incidence[:, 0] == pytest.approx([3 / 8, 1 / 8])
    # n/(n-1) p(1-p)/n
    assert found.se[:, 0] ** 2 == pytest.approx([3 / 8 * 5 / 8 / 7, 1 / 8 * 7 / 8 / 7])


def test_shares_are_those_of_statsmodels():
    day, cause, _ = draw()
    other = CumIncidenceRight(day, cause)
    found = estimate(day, cause, at_days=[int(t) for t in other.times])
    for number in range(2):
        np.testing.assert_allclose(found.incidence[number], other.cinc[number], rtol=1e-10)


def test_errors_are_those_of_statsmodels_but_for_the_ties():
    day, cause, _ = draw(4000)
    other = CumIncidenceRight(day, cause)
    wanted = [10, 20, 30, 50]
    found = estimate(day, cause, at_days=wanted)
    places = np.searchsorted(other.times, wanted)
    for number in range(2):
        np.testing.assert_allclose(
            found.se[number], other.cinc_se[number][places], rtol=SE_TOLERANCE
        )


def test_weighted_shares_are_those_of_statsmodels():
    day, cause, rng = draw()
    weight = 1 / rng.integers(1, 6, day.size)
    other = CumIncidenceRight(day, cause, freq_weights=weight)
    found = estimate(day, cause, weight=weight, at_days=[int(t) for t in other.times])
    for number in range(2):
        np.testing.assert_allclose(found.incidence[number], other.cinc[number], rtol=1e-9)


def test_clustered_and_weighted_errors_are_those_of_a_bootstrap_of_sets():
    rng = np.random.default_rng(8)
    n_sets, size = 300, 4
    together = np.repeat(rng.gamma(2, 0.5, n_sets), size)  # members of a set fare alike
    returned = rng.exponential(30 / together).astype(np.int64)
    other, end = rng.exponential(90, n_sets * size), rng.uniform(20, 120, n_sets * size)
    times = np.column_stack([returned, other, end]).astype(np.int64)
    day, cause = times.min(axis=1), np.array([1, 2, 0])[times.argmin(axis=1)]
    sets = np.repeat(np.arange(n_sets), size)
    weight = np.repeat(1 / rng.integers(1, 6, n_sets), size)
    at_days = [15, 40, 80]
    found = estimate(day, cause, weight=weight, clusters=[sets], at_days=at_days)
    draws = []
    for _ in range(400):
        times_drawn = np.bincount(rng.integers(0, n_sets, n_sets), minlength=n_sets)[sets]
        kept = times_drawn > 0
        again = CumIncidenceRight(day[kept], cause[kept], freq_weights=(weight * times_drawn)[kept])
        places = np.searchsorted(again.times, at_days, side="right") - 1
        draws.append([again.cinc[k][places] for k in range(2)])
    # 400 draws tell a standard deviation to 1 / sqrt(800), 3.5 per cent: four times that.
    np.testing.assert_allclose(found.se, np.std(draws, axis=0, ddof=1), rtol=0.14)


def test_causes_and_those_left_add_up_to_everybody():
    day, cause, _ = draw()
    found = estimate(day, cause, at_days=[30])
    any_event = estimate(day, np.minimum(cause, 1), at_days=[30], n_causes=1)
    assert found.incidence.sum() == pytest.approx(any_event.incidence[0, 0])


def test_row_order_labels_and_the_unit_of_weights_change_nothing():
    day, cause, rng = draw(200)
    weight, person = rng.uniform(0.2, 1, 200), np.arange(200)
    order = rng.permutation(200)
    one = estimate(day, cause, weight=weight, person=person, at_days=[10, 40])
    two = estimate(
        day[order], cause[order], weight=7 * weight[order], person=person[order], at_days=[10, 40]
    )
    np.testing.assert_allclose(one.incidence, two.incidence)
    np.testing.assert_allclose(one.se, two.se)


def test_limits_stay_within_nought_and_one_and_hold_the_share():
    day, cause, _ = draw(30)
    found = estimate(day, cause, at_days=[5, 40, 70])
    inside = np.isfinite(found.ci_low)
    assert inside.any()
    assert (found.ci_low[inside] > 0).all()
    assert (found.ci_high[inside] < 1).all()
    assert (found.ci_low[inside] < found.incidence[inside]).all()
    assert (found.ci_high[inside] > found.incidence[inside]).all()


def test_limits_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    truth, held, runs = 1 - np.exp(-1), 0, 400
    for _ in range(runs):
        times = np.column_stack([rng.exponential(1, 200), rng.uniform(0.5, 3, 200)]) * 1000
        cause = np.array([1, 0])[times.argmin(axis=1)]
        found = estimate(times.min(axis=1).astype(np.int64), cause, at_days=[1000], n_causes=1)
        held += found.ci_low[0, 0] < truth < found.ci_high[0, 0]
    # Three standard errors of a share of 0.95 in 400 runs.
    assert abs(held / runs - 0.95) < 3 * np.sqrt(0.95 * 0.05 / runs)


def test_the_share_is_unknown_after_the_last_person_at_risk():
    found = estimate([2, 4], [1, 0], at_days=[4, 5])
    assert found.incidence[0].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_the_share_stays_known_when_it_has_happened_to_everybody():
    found = estimate([2, 4], [1, 2], at_days=[4, 9])
    assert found.incidence.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_what_happens_after_the_last_day_wanted_does_not_matter():
    one = estimate([2, 4, 50], [1, 0, 1], at_days=[5])
    two = estimate([2, 4, 6], [1, 0, 2], at_days=[5])
    assert one.incidence.tolist() == two.incidence.tolist()
    assert one.n_events.tolist() == [[1], [0]]


def test_a_person_in_two_sets_is_counted_once():
    found = estimate([2, 4, 9], [1, 1, 0], person=[7, 7, 8], at_days=[1, 5])
    assert found.n_at_risk.tolist() == [2, 1]
    assert found.n_events[0].tolist() == [0, 1]


def test_nobody_at_risk_is_told():
    with pytest.raises(NotIdentifiedError, match="nobody"):
        estimate([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": [-1, 2]},
        {"cause": [3, 0]},
        {"weight": [0, 1]},
        {"at_days": [5, 5]},
        {"at_days": []},
        {"person": [1]},
    ],
)
def test_values_that_make_no_sense_are_refused(wrong):
    with pytest.raises(EstimationError):
        estimate(**({"day": [1, 2], "cause": [1, 0]} | wrong))
