"""The `$parameters` of sql/, from the study and from what the delivery covers."""

from typing import Any

from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.study import StudyDefinition


def build_sql_params(study: StudyDefinition, delivery: DeliverySpec) -> dict[str, Any]:
    """Name every parameter that a model may use; there are no others and no defaults in SQL.

    Args:
        study: The protocol.
        delivery: Gives the first and last day of each register.
    """
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
        "icd10_characters": study.matching.icd10_characters,
        "replaces_z_codes": study.matching.replace_z_codes,
        "age_band_years": study.matching.age_band_years,
        "controls_per_treated": study.matching.controls_per_treated,
        "sick_leave_benefit_codes": list(study.outcomes.sick_leave_benefit_codes),
        "health_benefit_codes": list(study.outcomes.health_benefit_codes),
        "counts_person_sectors": study.composition.denominator == "person_sectors",
        "contacts_first_date": contacts.first_date,
        "contacts_last_date": contacts.last_date,
        "benefits_first_date": benefits.first_date,
        "benefits_last_date": benefits.last_date,
        "benefits_by_month": delivery.benefit_resolution == "month",
    }


def refuse_months(delivery: DeliverySpec) -> None:
    """Stop a run, not a check, on benefits by month.

    Args:
        delivery: Says what its benefit spells are made of.

    Raises:
        DeliveryError: Benefits are delivered by month, and every outcome is in days.
    """
    if delivery.benefit_resolution == "month":
        raise DeliveryError(
            'delivery.toml says benefit_resolution = "month", but this study counts days: from'
            " months, days cannot be counted. Ask NAV for benefit spells with dates."
        )
