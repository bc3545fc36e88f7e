"""One effect out of a path: its mean over some periods, with the error of a mean."""

import numpy as np

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import build_att_estimate, estimate_interval
from evaluation.results import AttEstimate, AttPath, ClusterVariance, IntVector


def find_window_terms(last_term: int, *, term_days: int, after_days: int) -> IntVector:
    """Find the periods that lie whole in the window after the index date.

    Args:
        last_term: Of the path; period 0 begins at the index date.
        term_days: Length of a period, days.
        after_days: Length of the window, days.

    Raises:
        NotIdentifiedError: None does, or the path ends before the window: what it has would
            stand for days that it never saw.

    Checked against sums by hand: tests/unit/test_path_means.py.
    """
    n_whole = after_days // term_days
    if not n_whole:
        raise NotIdentifiedError("no period lies whole in the window after")
    if last_term + 1 < n_whole:
        raise NotIdentifiedError(
            f"the path ends {(last_term + 1) * term_days} days after the index date, and the"
            f" window {after_days}; periods must be observed, and windows.last_event_time reach"
            " the window's end"
        )
    return np.arange(n_whole)


def estimate_path_mean(path: AttPath, terms: IntVector, *, confidence_level: float) -> AttEstimate:
    """Estimate the plain mean of the effects of some terms.

    A mean per period times the number of periods is the effect over the window, in the unit
    of a window.

    Args:
        path: Effects with their covariance.
        terms: Which to take, each once; all must be in the path.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Returns:
        The mean, in the unit of a period; t with n_clusters - 1 degrees of freedom. Persons
        are those of the term that has most.

    Raises:
        NotIdentifiedError: A term is withheld, or the mean has no error.
        EstimationError: A term is named twice, or none.

    Source: Rambachan & Roth (2023), doi:10.1093/restud/rdad018 (averages of event studies).
    Checked against pyfixest: tests/unit/test_path_means.py.
    """
    if not terms.size or np.unique(terms).size != terms.size:
        raise EstimationError(f"terms are {terms.tolist()}; each must be named once, and at least"
                              " one")  # fmt: skip
    absent = sorted(set(terms.tolist()) - set(path.term.tolist()))
    if absent:
        raise NotIdentifiedError(
            f"{path.dimension} {absent} has no estimate, so the mean over it has none"
        )
    share = np.isin(path.term, terms) / terms.size
    variance = float(np.sum(path.covariance * np.outer(share, share)))
    if variance <= 0:
        raise NotIdentifiedError(
            "the mean has no error: only the reference is in it, or the two-way formula fails;"
            " cluster on one dimension"
        )
    att = float(np.sum(share * path.att))
    interval = estimate_interval(
        att, ClusterVariance(variance, path.n_clusters), confidence_level=confidence_level
    )
    taken = share > 0
    return build_att_estimate(
        path.estimator,
        att,
        interval,
        n_treated=int(path.n_treated[taken].max()),
        n_control=int(path.n_control[taken].max()),
        n_clusters=path.n_clusters,
    )
