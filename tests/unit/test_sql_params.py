from datetime import date

import pytest

from evaluation.deliveries.spec import Coverage, DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.sql_params import build_sql_params, refuse_days_from_months
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


def test_how_absence_is_counted_comes_from_the_study_and_the_delivery(
    study: StudyDefinition,
) -> None:
    params = build_sql_params(study, SPEC)
    assert params["sick_leave_gap_days"] == 16
    assert (params["short_return_days"], params["long_return_days"]) == (28, 90)
    assert params["counts_public_holidays_off"] is False
    assert params["sick_pay_counts_employer_period"] is True
    outcomes = study.outcomes.model_copy(update={"public_holidays": "working_days"})
    other = study.model_copy(update={"outcomes": outcomes})
    without = SPEC.model_copy(update={"sick_pay_counts_employer_period": False})
    params = build_sql_params(other, without)
    assert params["counts_public_holidays_off"] is True
    assert params["sick_pay_counts_employer_period"] is False


def test_days_of_benefits_by_month_are_refused_with_the_reason(study: StudyDefinition) -> None:
    monthly = SPEC.model_copy(update={"benefit_resolution": "month"})
    by_day = build_sql_params(study, SPEC)
    assert build_sql_params(study, monthly) == by_day | {"benefits_by_month": True}
    refuse_days_from_months(SPEC, study.outcomes.every)
    with pytest.raises(DeliveryError, match="days cannot be counted") as caught:
        refuse_days_from_months(monthly, study.outcomes.every)
    assert "sick_leave_days, health_benefit_days, sick_leave_dagsverk" in str(caught.value)


def test_months_alone_are_given_and_dagsverk_beside_them_are_not() -> None:
    monthly = SPEC.model_copy(update={"benefit_resolution": "month"})
    refuse_days_from_months(monthly, ["sick_leave_months", "health_benefit_months"])
    with pytest.raises(DeliveryError, match=r"counts days: sick_leave_dagsverk\."):
        refuse_days_from_months(monthly, ["sick_leave_months", "sick_leave_dagsverk"])
