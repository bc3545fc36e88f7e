"""Honest limits as rows: periods joined by hand, and the bound at which a finding breaks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evaluation.errors import NotIdentifiedError
from evaluation.estimators.honest_magnitudes import estimate_relative_magnitude_interval
from evaluation.estimators.honest_smoothness import estimate_smoothness_interval
from evaluation.estimators.honest_tables import (
    HonestPath,
    build_honest_path,
    build_honest_rows,
)
from evaluation.estimators.pre_post import PrePost
from evaluation.results import AttPath

LEVEL = {"confidence_level": 0.95}


def path_of(term, att, covariance):
    term, att = np.asarray(term), np.asarray(att, dtype=float)
    se = np.sqrt(np.diag(covariance))
    counts = np.full(term.size, 100)
    return AttPath(
        "event_study", "event_time", term, att, se, att - 2 * se, att + 2 * se, counts, counts,
        100, covariance, np.zeros((term.size, 3)), (),
    )  # fmt: skip


def draw_path(seed, first=-6, last=5):
    rng = np.random.default_rng(seed)
    term = np.arange(first, last + 1)
    root = rng.normal(size=(term.size, term.size))
    covariance = root @ root.T
    att = rng.normal(size=term.size)
    # The reference is the first period: zeros.
    att[0] = covariance[0] = covariance[:, 0] = 0.0
    return path_of(term, att, covariance)


def join(path, length=2, after_days=120, period_days=30):
    return build_honest_path(
        path, joined_periods=length, period_days=period_days, after_days=after_days
    )


def test_joined_periods_are_sums_against_the_last_one_before():
    # Window of 120 days: periods 0 to 3, so two joined ones of 60 days; 4 and 5 are beyond it.
    path = draw_path(1)
    found = join(path)
    att = dict(zip(path.term.tolist(), path.att, strict=True))
    base = att[-2] + att[-1]
    assert_allclose(found.path.pre, [att[-6] + att[-5] - base, att[-4] + att[-3] - base])
    assert_allclose(found.path.post, [att[0] + att[1] - base, att[2] + att[3] - base])
    # Two periods of 60 days are the whole of 120: the sum is the effect in the window.
    assert_allclose(found.target, [1.0, 1.0])
    # In a window of 125 days the same periods stand for it.
    assert_allclose(join(path, after_days=125).target, np.array([1.0, 1.0]) * 125 / 120)


def test_the_error_of_joined_periods_is_that_of_draws():
    path = draw_path(2)
    draws = np.random.default_rng(3).multivariate_normal(path.att, path.covariance, 400_000)
    at = {term: draws[:, place] for place, term in enumerate(path.term.tolist())}
    base = at[-2] + at[-1]
    joined = np.stack([at[-6] + at[-5], at[-4] + at[-3], at[0] + at[1], at[2] + at[3]]) - base
    assert_allclose(join(path).path.covariance, np.cov(joined), rtol=0.05, atol=0.3)


def test_order_of_the_terms_does_not_matter_and_what_is_left_over_is_not_used():
    path = draw_path(4, first=-7)
    turned = np.arange(path.term.size)[::-1]
    other = path_of(path.term[turned], path.att[turned], path.covariance[np.ix_(turned, turned)])
    for found in (join(path), join(other)):
        assert found.path.pre.size == 2
        assert_allclose(found.path.post, join(path).path.post)


def test_a_withheld_period_leaves_no_path():
    path = draw_path(5)
    kept = path.term != -3
    gap = path_of(path.term[kept], path.att[kept], path.covariance[np.ix_(kept, kept)])
    with pytest.raises(NotIdentifiedError):
        join(gap)


def test_fewer_clusters_than_periods_are_refused():
    path = draw_path(6)
    scores = np.random.default_rng(7).normal(size=(path.term.size, 3))
    scores[0] = 0
    with pytest.raises(NotIdentifiedError, match="fewer clusters than periods"):
        join(path_of(path.term, path.att, scores @ scores.T))


def test_a_direction_without_error_is_a_note_and_no_fault():
    # What the limits weigh has no error at all: the second effect is minus the first.
    covariance = np.array([[1.0, 0, 0], [0, 1, -1], [0, -1, 1]])
    path = HonestPath(PrePost(np.array([0.5]), np.array([3.0, 3]), covariance), np.ones(2))
    _, notes = build_honest_rows(
        path, relative_magnitudes=[0.0], smoothness_days=[0.0, 1.0], seed=1, **LEVEL
    )
    assert all(":" in note for note in notes)


def honest(effect, *, step=0.5, n_post=2):
    """Effects alike after, independent of error 1, and one step before."""
    path = PrePost(np.array([step]), np.full(n_post, float(effect)), np.eye(1 + n_post))
    return HonestPath(path, np.full(n_post, 1 / n_post))


def rows_of(path, magnitudes=(0.0, 0.5, 1.0), smoothness=(0.0, 1.0)):
    rows, notes = build_honest_rows(
        path, relative_magnitudes=magnitudes, smoothness_days=smoothness, seed=1, **LEVEL
    )
    assert notes == []
    return {(row.analysis, row.level): row for row in rows}


def test_each_bound_has_the_limits_of_the_estimator():
    path = honest(3.0)
    rows = rows_of(path)
    wanted = estimate_relative_magnitude_interval(
        path.path, target=path.target, bound=0.5, seed=1, **LEVEL
    )
    found = rows["honest_relative_magnitude", "0.5"]
    assert (found.ci_low, found.ci_high) == (wanted.ci_low, wanted.ci_high)
    wanted = estimate_smoothness_interval(path.path, target=path.target, bound=1.0, **LEVEL)
    found = rows["honest_smoothness", "1"]
    assert (found.ci_low, found.ci_high) == (wanted.ci_low, wanted.ci_high)


@pytest.mark.parametrize(
    ("effect", "verdict"), [(0.2, "no_finding"), (-2.0, "breaks"), (400.0, "holds")]
)
def test_the_verdict_tells_whether_there_is_a_finding_and_whether_it_breaks(effect, verdict):
    rows = rows_of(honest(effect))
    row = rows["honest_relative_magnitude", "breakdown"]
    assert row.verdict == verdict
    assert (row.ci_low, row.ci_high) == (None, None)
    if verdict == "no_finding":
        assert row.bound == 0
    if verdict == "holds":
        assert row.bound == 1.0


@pytest.mark.parametrize("effect", [-4.0, 5.0])
def test_just_under_the_breakdown_the_limits_leave_nought_and_at_it_they_meet_it(effect):
    path = honest(effect)
    rows = rows_of(path, magnitudes=(0.0, 4.0), smoothness=(0.0, 8.0))
    for analysis in ("honest_relative_magnitude", "honest_smoothness"):
        row = rows[analysis, "breakdown"]
        if row.verdict == "no_finding":
            continue
        assert row.verdict == "breaks"
        for bound, holds_nought in ((row.bound, True), (row.bound - 0.2, False)):
            if analysis == "honest_smoothness":
                limits = estimate_smoothness_interval(
                    path.path, target=path.target, bound=max(bound, 0), **LEVEL
                )
            else:
                limits = estimate_relative_magnitude_interval(
                    path.path, target=path.target, bound=max(bound, 0), seed=1, **LEVEL
                )
            assert (limits.ci_low <= 0 <= limits.ci_high) == holds_nought


def test_what_cannot_be_estimated_is_a_note():
    path = PrePost(np.array([0.5]), np.array([3.0]), np.zeros((2, 2)))
    rows, notes = build_honest_rows(
        HonestPath(path, np.ones(1)), relative_magnitudes=[0.0], smoothness_days=[0.0], seed=1,
        **LEVEL,
    )  # fmt: skip
    assert rows == []
    assert [note.split(":")[0] for note in notes] == [
        "honest_relative_magnitude",
        "honest_smoothness",
    ]
