"""Matched sets drawn at random, for tests that compare estimators with one another."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSets:
    """Unit-level arrays of shape (n_units,); `outcome` has shape (n_units, n_periods)."""

    outcome: np.ndarray
    is_treated: np.ndarray
    weight: np.ndarray
    matched_set: np.ndarray
    person: np.ndarray

    def labels(self):
        return {
            "weight": self.weight,
            "matched_set": self.matched_set,
            "person": self.person,
        }

    def reordered(self, order):
        return DrawnSets(
            outcome=self.outcome[order],
            is_treated=self.is_treated[order],
            weight=self.weight[order],
            matched_set=self.matched_set[order],
            person=self.person[order],
        )


def draw_matched_sets(seed, *, n_sets=40, n_periods=2, n_people=60):
    """Draw sets of one treated and one to five controls; controls recur in other sets.

    Outcomes hold an effect of the set, one of the person and one of the arm after, so that
    clustering on the set, on the person and on both give different standard errors.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for matched_set in range(n_sets):
        n_controls = int(rng.integers(1, 6))
        people = rng.choice(n_people, size=n_controls, replace=False)
        rows.append((matched_set, True, 1.0, 1000 + matched_set))
        rows += [(matched_set, False, 1 / n_controls, int(person)) for person in people]
    matched_set, is_treated, weight, person = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    shape = (n_sets, n_periods)
    outcome = (
        20
        + rng.normal(0, 4, shape)[matched_set]
        + rng.normal(0, 6, (1000 + n_sets, n_periods))[person]
        + rng.normal(0, 3, (matched_set.size, n_periods))
    )
    outcome[is_treated, n_periods // 2 :] -= 2.5
    return DrawnSets(outcome, is_treated, weight, matched_set, person)


def stack(drawn, event_time):
    """One row per unit and period, for regression packages."""
    n_units, n_periods = drawn.outcome.shape
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n_units), n_periods),
            "event_time": np.tile(event_time, n_units),
            "y": drawn.outcome.ravel(),
            "treated": np.repeat(drawn.is_treated.astype(float), n_periods),
            "weight": np.repeat(drawn.weight, n_periods),
            "matched_set": np.repeat(drawn.matched_set, n_periods),
            "person": np.repeat(drawn.person, n_periods),
        }
    )
