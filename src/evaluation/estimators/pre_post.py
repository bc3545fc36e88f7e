"""A path of effects split at treatment, on one base: what honest bounds start from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.results import FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class PrePost:
    """Effects before and after treatment against the last period before it.

    Attributes:
        pre: Effects of the periods before the last one, earliest first, shape (n_pre,).
        post: Effects from treatment on, shape (n_post,).
        covariance: Of pre, then post, shape (n_pre + n_post, same).
    """

    pre: FloatVector
    post: FloatVector
    covariance: NDArray[np.float64]


def build_pre_post(
    event_time: IntVector,
    att: FloatVector,
    covariance: NDArray[np.float64],
    *,
    last_before: int,
) -> PrePost:
    """Split a path at treatment and express it against the last period before.

    The reference of the path may be earlier, such as before a dip: differences of effects do
    not depend on it. The reference itself must be among the periods, with its zeros.

    Args:
        event_time: Consecutive, rising, shape (n_terms,).
        att: Effects, shape (n_terms,), any unit.
        covariance: Of att, shape (n_terms, n_terms); zeros at the reference.
        last_before: Last period that treatment cannot have touched; -1 without anticipation.

    Raises:
        NotIdentifiedError: No period before the last one, none after, or a gap.
        EstimationError: Shapes differ.
    """
    if att.shape != event_time.shape or covariance.shape != (att.size, att.size):
        raise EstimationError(
            f"event_time {event_time.shape}, att {att.shape} and covariance {covariance.shape}"
            " must be of the same periods"
        )
    if (np.diff(event_time) != 1).any() or last_before not in event_time:
        raise NotIdentifiedError(
            f"event times {event_time.tolist()} must be consecutive and hold {last_before}, the"
            " reference included; a period was withheld"
        )
    base = int(np.flatnonzero(event_time == last_before)[0])
    n_after = event_time.size - base - 1
    if not base or not n_after:
        raise NotIdentifiedError(
            "honest bounds need a period before the last one before treatment, and one after"
        )
    change = np.eye(att.size)
    change[:, base] -= 1
    change = np.delete(change, base, axis=0)
    moved = change @ att
    return PrePost(moved[:base], moved[base:], change @ covariance @ change.T)
