from datetime import date

import pytest

from evaluation.deliveries.spec import Coverage, DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.sql_params import build_sql_params, refuse_months
from evaluation.study import StudyDefinition

SPEC = DeliverySpec.model_construct(
    id="d",
    kind="synthetic",
    first_date=date(2008, 1, 1),
    last_date=date(2019, 12, 31),
    nav_key="nav_id",
    benefit_resolution="day",
    sick_pay_counts_employer_period=True,
    coverage={"nav_benefit": Coverage(first_date=date(2006, 1, 1), last_date=date(2020, 12, 31))},
    files=(),
)


def test_parameters_are_the_values_of_the_study(study: StudyDefinition) -> None:
    params = build_sql_params(study, SPEC)
    assert params["washout_days"] == 365
    assert params["sectors"] == ["SOM", "PHV", "TSB", "ARR"]
    assert params["debitor_codes"] == ["20"]
    assert params["first_event_time"] == -12
    assert params["health_benefit_codes"] == ["SP", "RP", "AF", "TU", "AAP", "UFP", "UT"]
    assert params["drops_left_truncated"] is False
    assert params["counts_person_sectors"] is True


def test_coverage_is_told_by_register(study: StudyDefinition) -> None:
    params = build_sql_params(study, SPEC)
    assert params["contacts_first_date"] == date(2008, 1, 1)
    assert params["contacts_last_date"] == date(2019, 12, 31)
    assert params["benefits_first_date"] == date(2006, 1, 1)
    assert params["benefits_last_date"] == date(2020, 12, 31)


def test_choices_by_name_become_true_or_false(study: StudyDefinition) -> None:
    other = study.model_copy(
        update={
            "index": study.index.model_copy(update={"left_truncation": "drop"}),
            "composition": study.composition.model_copy(update={"denominator": "persons"}),
        }
    )
    params = build_sql_params(other, SPEC)
    assert params["drops_left_truncated"] is True
    assert params["counts_person_sectors"] is False


def test_benefits_by_month_are_refused_for_estimates_but_not_for_a_check(
    study: StudyDefinition,
) -> None:
    monthly = SPEC.model_copy(update={"benefit_resolution": "month"})
    by_day = build_sql_params(study, SPEC)
    assert build_sql_params(study, monthly) == by_day | {"benefits_by_month": True}
    refuse_months(SPEC)
    with pytest.raises(DeliveryError, match="days cannot be counted"):
        refuse_months(monthly)
