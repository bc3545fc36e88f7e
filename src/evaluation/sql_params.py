"""The `$parameters` of sql/, from the study and from what the delivery covers."""

from collections.abc import Sequence
from typing import Any

from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.study import StudyDefinition
from evaluation.study_outcomes import OUTCOME_UNITS, Outcome

# More than a stratum can hold, and no overflow when multiplied with treated persons.
_ALL_CONTROLS = 1_000_000_000
# A diagnosis that no group holds is matched by so many characters.
UNGROUPED_CHARACTERS = 3


def build_sql_params(study: StudyDefinition, delivery: DeliverySpec) -> dict[str, Any]:
    """Name every parameter that a model may use; there are no others and no defaults in SQL.

    Args:
        study: The protocol.
        delivery: Gives the first and last day of each register.
    """
    by_group = study.matching.icd10_characters == "group"
    contacts, benefits = delivery.covers("npr_contact"), delivery.covers("nav_benefit")
    return {
        "seed": study.seed,
        "sectors": list(study.sectors),
        "first_index_date": study.period.first_index_date,
        "last_index_date": study.period.last_index_date,
        "debitor_codes": list(study.intervention.debitor_codes),
        "outpatient_only_sectors": list(study.comparator.outpatient_only_sectors),
        "exclusion_before_days": study.comparator.exclusion_before_days,
        "exclusion_after_days": study.comparator.exclusion_after_days,
        "anchors_at_end": study.index.anchor == "end",
        "washout_days": study.index.washout_days,
        "course_gap_days": study.index.course_gap_days,
        "drops_left_truncated": study.index.left_truncation == "drop",
        "before_days": study.windows.before_days,
        "after_days": study.windows.after_days,
        "period_days": study.windows.period_days,
        "first_event_time": study.windows.first_event_time,
        "last_event_time": study.windows.last_event_time,
        "min_age_years": study.eligibility.min_age_years,
        "max_age_years": study.eligibility.max_age_years,
        "match_on": list(study.matching.exact_on),
        "within_index_year": study.matching.within_index_year,
        "matches_diagnosis_groups": by_group,
        "icd10_characters": UNGROUPED_CHARACTERS if by_group else study.matching.icd10_characters,
        "replaces_z_codes": study.matching.replace_z_codes,
        "age_bands": study.matching.age_bands,
        "match_method": study.matching.method,
        "prior_level_edges_days": list(study.matching.prior_level_edges_days),
        "controls_per_treated": _count_controls(study.matching.controls_per_treated),
        "with_replacement": study.matching.with_replacement,
        "age_limits": list(study.subgroups.age_limits),
        "sick_leave_benefit_codes": list(study.outcomes.sick_leave_benefit_codes),
        "health_benefit_codes": list(study.outcomes.health_benefit_codes),
        "sick_leave_gap_days": study.outcomes.sick_leave_gap_days,
        "short_return_days": study.outcomes.sustained_return_days[0],
        "long_return_days": study.outcomes.sustained_return_days[1],
        "counts_public_holidays_off": study.outcomes.public_holidays == "working_days",
        "counts_person_sectors": study.composition.denominator == "person_sectors",
        "negative_control_chapters": list(study.gate.negative_control_chapters),
        "contacts_first_date": contacts.first_date,
        "contacts_last_date": contacts.last_date,
        "benefits_first_date": benefits.first_date,
        "benefits_last_date": benefits.last_date,
        "benefits_by_month": delivery.benefit_resolution == "month",
        "sick_pay_counts_employer_period": delivery.sick_pay_counts_employer_period,
    }


def _count_controls(controls_per_treated: int | str) -> int:
    return _ALL_CONTROLS if isinstance(controls_per_treated, str) else controls_per_treated


def refuse_days_from_months(delivery: DeliverySpec, outcomes: Sequence[Outcome]) -> None:
    """Stop a run, not a check, that asks for days of benefits delivered by month.

    Args:
        delivery: Says what its benefit spells are made of.
        outcomes: Every outcome that the study asks for.

    Raises:
        DeliveryError: Benefits are delivered by month, and an outcome is not in months.
    """
    in_days = [name for name in outcomes if OUTCOME_UNITS[name] != "months"]
    if delivery.benefit_resolution == "month" and in_days:
        raise DeliveryError(
            'delivery.toml says benefit_resolution = "month", but this study counts days:'
            f" {', '.join(in_days)}. From months, days cannot be counted. Ask NAV for benefit"
            " spells with dates, or let outcomes.primary and outcomes.secondary hold months alone"
            " (sick_leave_months, health_benefit_months)."
        )
