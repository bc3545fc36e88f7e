"""Power: how small an effect could the estimate have shown?

Chosen: a threshold in days for each sector, the smallest difference that the study wants to be
able to tell, because "no difference" from an estimate that could not have seen a
difference of that size is no finding.
"""

from evaluation.errors import EstimationError
from evaluation.estimators.power import estimate_minimal_detectable_effect
from evaluation.gate.diagnostic import (
    Diagnostic,
    GateSettings,
    describe_problem,
    not_run,
    pass_or_fail,
    show_in,
    show_limit,
)
from evaluation.results import AttEstimate


def judge_power(
    estimate: AttEstimate,
    *,
    sector: str,
    outcome: str,
    settings: GateSettings,
    confidence_level: float,
) -> Diagnostic:
    """Judge the minimal detectable effect of an estimate; its size plays no part.

    Args:
        estimate: The 2x2 that is to be shown; se and n_clusters are taken.
        sector: Sector, or ALL.
        outcome: Which.
        settings: Of the protocol.
        confidence_level: Of the test.

    Source: Bloom (1995), doi:10.1177/0193841X9501900504.
    """
    limit, unit = settings.relevant_days[sector], settings.unit
    try:
        smallest = estimate_minimal_detectable_effect(
            estimate.se,
            n_clusters=estimate.n_clusters,
            power=settings.power,
            confidence_level=confidence_level,
        )
    except EstimationError as error:
        return not_run(
            "power", describe_problem(error), outcome=outcome, threshold=limit, unit=unit
        )
    return Diagnostic(
        "power",
        pass_or_fail(smallest > limit),
        f"an effect of {show_in(smallest, unit, 1)} {unit} is found in {settings.power:.0%} of"
        f" samples; at most {show_limit(limit, unit)} is allowed",
        outcome=outcome,
        value=smallest,
        unit=unit,
        threshold=limit,
        n_treated=estimate.n_treated,
    )
