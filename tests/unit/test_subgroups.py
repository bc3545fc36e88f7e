"""Subgroups are 2x2s of their sets, and move together where persons are shared."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.subgroups import estimate_subgroups

SETTINGS = {"confidence_level": 0.95, "cluster_on": ("person",)}


def draw(seed=1, n_subgroups=3):
    drawn = draw_matched_sets(seed, n_sets=60)
    return drawn, drawn.matched_set % n_subgroups


def estimate(drawn, subgroup, **settings):
    return estimate_subgroups(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated, **drawn.labels(),
        subgroup=subgroup, **SETTINGS | settings,
    )  # fmt: skip


@pytest.mark.parametrize("leaves_out", [False, True])
@pytest.mark.parametrize("cluster_on", [("person",), ("matched_set", "person")])
def test_each_subgroup_is_the_2x2_of_its_sets(leaves_out, cluster_on):
    drawn, subgroup = draw()
    path = estimate(drawn, subgroup, leaves_out=leaves_out, cluster_on=cluster_on)
    assert path.term.tolist() == [0, 1, 2]
    for place, label in enumerate(path.term):
        part = drawn.reordered(np.flatnonzero((subgroup == label) != leaves_out))
        expected = estimate_did_2x2(
            part.outcome[:, 0], part.outcome[:, 1], part.is_treated, **part.labels(),
            confidence_level=0.95, cluster_on=cluster_on,
        )  # fmt: skip
        for name in ("att", "se", "ci_low", "ci_high", "n_treated", "n_control"):
            assert_allclose(getattr(path, name)[place], getattr(expected, name), rtol=1e-12)
        assert_allclose(path.covariance[place, place], expected.se**2, rtol=1e-12)


def test_shared_persons_make_subgroups_move_together_and_sets_do_not():
    drawn, subgroup = draw()
    by_person = estimate(drawn, subgroup)
    by_set = estimate(drawn, subgroup, cluster_on=("matched_set",))
    assert np.abs(by_person.covariance[0, 1]) > 0
    assert_allclose(by_set.covariance, np.diag(by_set.se**2), atol=1e-14)


def test_a_subgroup_that_is_not_determined_has_a_note_and_no_entry():
    drawn, subgroup = draw()
    lone = np.where(drawn.matched_set == 0, 7, subgroup)
    path = estimate(drawn, lone, cluster_on=("matched_set",))
    assert 7 not in path.term
    assert [note.split(":")[0] for note in path.notes] == ["subgroup 7"]


@pytest.mark.parametrize("cluster_on", [(), ("person",)])
def test_rows_of_a_control_are_one_person_to_the_error(cluster_on):
    drawn, subgroup = draw()
    whole = estimate(drawn, subgroup, cluster_on=cluster_on)
    twice = np.concatenate([np.arange(subgroup.size), np.flatnonzero(~drawn.is_treated)])
    split = drawn.reordered(twice)
    split.weight[~split.is_treated] /= 2
    found = estimate(split, subgroup[twice], cluster_on=cluster_on)
    assert_allclose(found.att, whole.att, rtol=1e-12)
    # The small-sample factor counts rows, which are now more.
    assert_allclose(found.se, whole.se, rtol=0.005)


def test_a_control_shared_by_the_subgroups_of_its_set_counts_in_each():
    # One stratum: treated 0 and 1 of subgroup 0, treated 2 of subgroup 1; controls 3 and 4.
    change = np.array([6.0, 8.0, 1.0, 2.0, 5.0, 2.0, 5.0])
    path = estimate_subgroups(
        np.zeros(7), change, np.arange(7) < 3,
        weight=np.array([1, 1, 1, 1.0, 1.0, 0.5, 0.5]),
        matched_set=np.zeros(7, dtype=np.int64), person=np.array([0, 1, 2, 3, 4, 3, 4]),
        subgroup=np.array([0, 0, 1, 0, 0, 1, 1]), **SETTINGS,
    )  # fmt: skip
    assert_allclose(path.att, [7 - 3.5, 1 - 3.5])
    assert path.n_control.tolist() == [2, 2]


def test_controls_in_a_subgroup_of_their_own_and_nothing_to_estimate_are_refused():
    drawn, subgroup = draw()
    with pytest.raises(EstimationError, match="take the subgroup of the treated"):
        estimate(drawn, np.arange(subgroup.size) % 2)
    with pytest.raises(EstimationError, match="zero or more"):
        estimate(drawn, subgroup - 1)
    with pytest.raises(NotIdentifiedError, match="no subgroup can be"):
        estimate(drawn, drawn.matched_set, cluster_on=("matched_set",))
