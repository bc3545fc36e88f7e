"""Each diagnostic on hand-made numbers: where it fires, where it is quiet, where it cannot run."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from gate_settings import SETTINGS, settings
from scipy.stats import chi2, f, hypergeom, norm, t
from statsmodels.stats.proportion import proportion_confint

from evaluation.estimators.power import estimate_minimal_detectable_effect
from evaluation.gate.balance import judge_balance
from evaluation.gate.coding import inherit_coding, judge_coding
from evaluation.gate.diagnostic import show_limit
from evaluation.gate.negative_controls import (
    ControlEffects,
    estimate_control_effects,
    judge_negative_controls,
)
from evaluation.gate.persons import judge_follow_up, judge_matched_share
from evaluation.gate.placebo import judge_placebo
from evaluation.gate.power import judge_power
from evaluation.gate.pre_trends import judge_equivalence, judge_pre_trend
from evaluation.gate.regression_to_mean import judge_regression_to_mean
from evaluation.gate.sample import Sample
from evaluation.results import AttEstimate, AttPath

OUTCOMES = ("sick_leave_days",)
OUTCOME = "sick_leave_days"


def balance(*smd: float | None, covariates: tuple[str, ...] = ("sex", "age_years")) -> pd.DataFrame:
    names = [*covariates, "sick_leave_days_before"][: len(smd)]
    levels = ["1" if name == "sex" else "" for name in names]
    frame = {"covariate": names, "level": levels, "smd_after": smd, "n_treated": [40] * len(smd)}
    return pd.DataFrame(frame).astype({"smd_after": "Float64", "n_treated": "Int64"})


def path(att: list[float], se: float = 0.1, *, n_clusters: int = 1000) -> AttPath:
    """An event study of pre-periods alone, the first of them the reference."""
    number = len(att)
    effects = np.array([0.0, *att[1:]]) if number else np.array([])
    errors = np.array([0.0, *[se] * (number - 1)]) if number else np.array([])
    return AttPath(
        estimator="event_study",
        dimension="event_time",
        term=np.arange(-number, 0),
        att=effects,
        se=errors,
        ci_low=effects,
        ci_high=effects,
        n_treated=np.full(number, 500),
        n_control=np.full(number, 900),
        n_clusters=n_clusters,
        covariance=np.diag(errors**2),
        scores=np.zeros((number, 1)),
        notes=(),
        treated_mean=effects,
        control_mean=effects,
    )


def estimate(att: float = 0.0, se: float = 1.0, n_clusters: int = 1000) -> AttEstimate:
    return AttEstimate(
        estimator="did_2x2", att=att, se=se, ci_low=att - 2 * se, ci_high=att + 2 * se,
        p_value=0.5, n_treated=n_clusters, n_control=n_clusters, n_clusters=n_clusters,
    )  # fmt: skip


def pairs(n_sets: int, *, first: int = 0) -> Sample:
    """Sets of one treated and one control, everybody once."""
    number = np.arange(first, first + n_sets)
    return Sample(
        is_treated=np.repeat([True, False], n_sets),
        weight=np.ones(2 * n_sets),
        matched_set=np.concatenate([number, number]),
        person=np.arange(2 * n_sets),
        confidence_level=0.95,
        cluster_on=("matched_set", "person"),
    )


# Balance


def test_balance_names_the_worst_of_all_covariates() -> None:
    found = judge_balance(balance(0.02, -0.05, 0.04), outcomes=OUTCOMES, settings=SETTINGS)
    assert (found.status, found.value, found.outcome) == ("pass", 0.05, "all")
    assert "age_years" in found.detail
    assert found.n_treated == 40


def test_balance_fails_at_the_threshold_on_the_level_before() -> None:
    found = judge_balance(balance(0.0, 0.0, -0.1), outcomes=OUTCOMES, settings=SETTINGS)
    assert found.status == "fail"
    assert "sick_leave_days_before" in found.detail
    assert "1 of 3 levels" in found.detail


def test_balance_fails_where_a_covariate_cannot_be_compared_and_tells_what_it_lacks() -> None:
    assert judge_balance(balance(0.0, None), outcomes=OUTCOMES, settings=SETTINGS).status == "fail"
    found = judge_balance(balance(0.0, 0.0), outcomes=OUTCOMES, settings=SETTINGS)
    assert "no level before the index date for sick_leave_days" in found.detail
    empty = judge_balance(balance(), outcomes=OUTCOMES, settings=SETTINGS)
    assert (empty.status, empty.value) == ("not_run", None)


# Trends before


def test_the_joint_test_is_the_mean_of_squared_z_where_periods_are_independent() -> None:
    found = judge_pre_trend(path([0.0, 0.1, -0.2, 0.1]), outcome=OUTCOME, settings=SETTINGS)
    statistic = (1 + 4 + 1) / 3
    assert found.value == pytest.approx(statistic)
    assert found.p_value == pytest.approx(f.sf(statistic, 3, 999))
    assert found.status == "pass"


def test_the_joint_test_fires_on_a_peak_in_one_period() -> None:
    found = judge_pre_trend(path([0, 0, 0, 0.6]), outcome=OUTCOME, settings=SETTINGS)
    assert found.status == "fail"
    assert "0.60 days in period -1" in found.detail


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (path([0.0, 0.1, 0.1, 0.1], n_clusters=59), "at least 60"),
        (path([0.0]), "no pre-period"),
        (path([]), "no pre-period"),
    ],
)
def test_the_joint_test_is_not_run_on_few_clusters_or_nothing(case: AttPath, reason: str) -> None:
    found = judge_pre_trend(case, outcome=OUTCOME, settings=SETTINGS)
    assert found.status == "not_run"
    assert reason in found.detail


def equivalence(case: AttPath, sector: str = "SOM"):
    return judge_equivalence(
        case, sector=sector, outcome=OUTCOME, period_days=73, settings=SETTINGS,
        confidence_level=0.95,
    )  # fmt: skip


def test_the_drift_is_the_slope_times_half_the_periods_times_those_of_a_year() -> None:
    found = equivalence(path([0.0, 0.03, 0.03, 0.1]))
    # Slope through the reference, equal errors: (1 x 0.03 + 2 x 0.03 + 3 x 0.1) / (1 + 4 + 9).
    slope, scale = 0.39 / 14, 4 / 2 * 5
    assert found.value == pytest.approx(slope * scale)
    se = 0.1 / np.sqrt(14) * scale
    assert found.ci_high == pytest.approx(slope * scale + t.ppf(0.95, 999) * se)
    assert found.p_value == pytest.approx(t.cdf((slope * scale - 2.5) / se, 999))
    assert found.status == "pass"


def test_the_line_is_that_of_generalised_least_squares() -> None:
    rng = np.random.default_rng(5)
    root = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    covariance, effects = root @ root.T / 1000, np.array([0.1, 0.3, 0.2])
    case = path([0.0, *effects])
    full = np.zeros((4, 4))
    full[1:, 1:] = covariance
    case = replace(case, covariance=full, se=np.sqrt(np.diag(full)))
    fit = sm.GLS(effects, np.array([1.0, 2.0, 3.0]), sigma=covariance).fit()
    found = equivalence(case)
    assert found.value == pytest.approx(fit.params[0] * 10)


def test_a_drift_that_is_not_shown_to_be_small_fails_for_noise_as_for_size() -> None:
    drifting, noisy = path([0.0, 0.1, 0.2, 0.3]), path([0.0, 0.0, 0.0, 0.0], se=0.7)
    assert equivalence(drifting).value == pytest.approx(1.0)
    assert equivalence(drifting).status == "pass"
    assert equivalence(path([0.0, 0.25, 0.5, 0.75])).status == "fail"
    assert equivalence(noisy).status == "fail"
    assert equivalence(noisy, "PHV").status == "pass"


def test_the_drift_needs_a_period_beside_the_reference_and_enough_clusters() -> None:
    for case in (path([]), path([0.0]), path([0.0, 0.0], se=0.0), path([0, 0.1], n_clusters=19)):
        found = equivalence(case)
        assert (found.status, found.value) == ("not_run", None)


def test_a_covariance_that_is_none_has_no_line() -> None:
    case = path([0.0, 0.1, 0.1])
    found = equivalence(replace(case, covariance=np.full((3, 3), 0.01)))
    assert found.status == "not_run"
    assert "positive definite" in found.detail


# Placebo, regression to the mean


def wave(n_sets: int, *, shift: float) -> np.ndarray:
    """Days that go up and down among sets alike in both arms; the treated's lie higher."""
    days = np.tile(np.arange(n_sets) % 5 - 2.0, 2)
    days[:n_sets] += shift + np.resize([0.1, -0.1], n_sets)
    return days


@pytest.mark.parametrize(("shift", "status"), [(0.5, "pass"), (1.5, "fail")])
def test_the_placebo_fires_on_an_effect_beyond_the_margin(shift: float, status: str) -> None:
    sample, after = pairs(100), wave(100, shift=shift)
    found = judge_placebo(np.zeros(200), after, sample, outcome=OUTCOME, settings=SETTINGS)
    assert found.value == pytest.approx(shift)
    assert found.status == status
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_the_placebo_is_quiet_on_a_large_effect_that_chance_explains() -> None:
    sample = pairs(4)
    after = np.array([30.0, -20.0, 15.0, 3.0, 0.0, 1.0, -2.0, 4.0])
    found = judge_placebo(np.zeros(8), after, sample, outcome=OUTCOME, settings=SETTINGS)
    # 28 / 4 - 3 / 4
    assert (found.value, found.status) == (pytest.approx(6.25), "pass")


def test_the_placebo_leaves_out_who_is_not_observed_and_is_not_run_on_too_few() -> None:
    sample, after = pairs(10), wave(10, shift=0.0)
    before = np.zeros(20)
    before[:4] = np.nan  # four treated
    before[14] = np.nan  # the only control of a fifth
    found = judge_placebo(before, after, sample, outcome=OUTCOME, settings=SETTINGS)
    assert found.n_treated == 5
    assert found.status == "pass"
    before[5] = np.nan
    found = judge_placebo(before, after, sample, outcome=OUTCOME, settings=SETTINGS)
    assert (found.status, found.n_treated) == ("not_run", 4)
    assert "4 of 10" in found.detail


def test_controls_are_weighed_anew_when_one_of_a_set_is_not_seen() -> None:
    sample = Sample(
        is_treated=np.array([True, False, False, True, False]),
        weight=np.array([1.0, 0.5, 0.5, 1.0, 1.0]),
        matched_set=np.array([7, 7, 7, 8, 8]),
        person=np.arange(5),
        confidence_level=0.95,
        cluster_on=("matched_set",),
    )
    rows, left = sample.keep_seen(np.array([True, False, True, True, False]))
    assert rows.tolist() == [0, 2]
    assert left.weight.tolist() == [1.0, 1.0]
    rows, left = sample.keep_seen(np.ones(5, dtype=bool))
    assert left.weight.tolist() == sample.weight.tolist()


def test_weights_of_a_stratum_keep_their_ratio_and_the_treated_s_share() -> None:
    sample = Sample(
        is_treated=np.array([True, True, False, False, False]),
        weight=np.array([1.0, 1.0, 0.2, 0.6, 1.2]),
        matched_set=np.full(5, 3),
        person=np.arange(5),
        confidence_level=0.95,
        cluster_on=("person",),
    )
    # One of two treated is left, and controls of weight 0.8 of 2: they now weigh 1 together.
    _, left = sample.keep_seen(np.array([True, False, True, True, False]))
    assert left.weight.tolist() == pytest.approx([1.0, 0.25, 0.75])


def test_an_outcome_that_does_not_vary_has_no_placebo() -> None:
    found = judge_placebo(np.zeros(20), np.zeros(20), pairs(10), outcome=OUTCOME, settings=SETTINGS)
    assert found.status == "not_run"
    assert "standard error" in found.detail


@pytest.mark.parametrize(("shift", "status"), [(0.5, "pass"), (-9.0, "fail")])
def test_arms_that_part_on_the_way_back_show_regression_to_the_mean(
    shift: float, status: str
) -> None:
    earlier = wave(100, shift=shift)
    found = judge_regression_to_mean(
        earlier, np.zeros(200), pairs(100), outcome=OUTCOME, settings=SETTINGS
    )
    assert (found.value, found.status) == (pytest.approx(shift), status)


# Power


def test_power_is_the_minimal_detectable_effect_against_the_sector_s_threshold() -> None:
    for sector, status in (("SOM", "fail"), ("PHV", "pass")):
        found = judge_power(
            estimate(se=1.0), sector=sector, outcome=OUTCOME, settings=SETTINGS,
            confidence_level=0.95,
        )  # fmt: skip
        assert found.status == status
        assert found.value == pytest.approx(norm.ppf(0.975) + norm.ppf(0.8), rel=0.01)


def test_power_of_an_estimate_on_one_cluster_is_not_run() -> None:
    found = judge_power(
        estimate(n_clusters=1), sector="SOM", outcome=OUTCOME, settings=SETTINGS,
        confidence_level=0.95,
    )  # fmt: skip
    assert found.status == "not_run"


def test_the_threshold_of_power_is_that_of_the_study_s_own_estimate() -> None:
    limit = estimate_minimal_detectable_effect(1.0, n_clusters=50, power=0.8, confidence_level=0.95)
    just = settings(relevant_days={"SOM": limit * 1.0001})
    below = settings(relevant_days={"SOM": limit * 0.9999})
    for protocol, status in ((just, "pass"), (below, "fail")):
        found = judge_power(
            estimate(n_clusters=50), sector="SOM", outcome=OUTCOME, settings=protocol,
            confidence_level=0.95,
        )  # fmt: skip
        assert found.status == status


# Persons


@pytest.mark.parametrize(
    ("sector", "matched", "status"),
    [("SOM", 59, "fail"), ("SOM", 60, "pass"), ("ALL", 89, "fail"), ("ALL", 90, "pass")],
)
def test_the_matched_share_has_a_threshold_for_a_sector_and_one_for_all(
    sector: str, matched: int, status: str
) -> None:
    table = pd.DataFrame({"sector": [sector], "n_persons": [100], "n_matched": [matched]})
    found = judge_matched_share(table, sector=sector, settings=SETTINGS)
    assert (found.status, found.value) == (status, matched / 100)


def test_a_sector_that_nobody_is_treated_in_has_no_matched_share() -> None:
    table = pd.DataFrame({"sector": ["SOM"], "n_persons": [0], "n_matched": [0]})
    for sector in ("SOM", "PHV"):
        found = judge_matched_share(table, sector=sector, settings=SETTINGS)
        assert found.status == "not_run"


def attrition(treated: tuple[int, int, int], control: tuple[int, int, int]) -> pd.DataFrame:
    rows = []
    for arm, (persons, lost, uncovered) in (("treated", treated), ("control", control)):
        known = persons - lost
        rows += [
            ("SOM", arm, 7, "diagnosis_known", persons, 0),
            ("SOM", arm, 8, "alive_and_resident", known, lost),
            ("SOM", arm, 9, "registers_cover_windows", known - uncovered, uncovered),
        ]
    names = ["sector", "arm", "step", "step_name", "n_persons", "n_excluded"]
    return pd.DataFrame(rows, columns=names)


def follow_up(treated: tuple[int, int, int], control: tuple[int, int, int]):
    return judge_follow_up(
        attrition(treated, control), sector="SOM", settings=SETTINGS, confidence_level=0.95
    )


@pytest.mark.parametrize(
    ("unit", "window_days", "factor"),
    [("days", 365, 1), ("days", 730, 2), ("months", 365, 12 / 365), ("dagsverk", 73, 1 / 7)],
)
def test_limits_in_days_a_year_are_told_in_the_unit_and_window(unit, window_days, factor) -> None:
    scaled = SETTINGS.scale_to(unit, window_days=window_days)
    assert scaled.unit == unit
    assert scaled.tolerated_days == pytest.approx(SETTINGS.tolerated_days * factor)
    for sector, days in SETTINGS.relevant_days.items():
        assert scaled.relevant_days[sector] == pytest.approx(days * factor)


def test_units_that_weights_make_alike_are_one_set_when_some_are_not_seen() -> None:
    sample = Sample(
        is_treated=np.array([True, True, True, False, False, False, False]),
        weight=np.array([1.0, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0]),
        matched_set=np.arange(7),
        person=np.arange(7),
        confidence_level=0.95,
        cluster_on=("person",),
    )
    rows, left = sample.keep_seen(np.array([True, True, False, True, True, False, True]))
    assert rows.tolist() == [0, 1, 3, 4, 6]
    # Two treated are left, so that controls weigh two, as they did to each other.
    assert left.weight == pytest.approx([1, 1, 2 * 0.5 / 2.5, 2 * 1 / 2.5, 2 * 1 / 2.5])


def test_loss_to_follow_up_is_compared_in_percentage_points() -> None:
    found = follow_up((1000, 30, 20), (5000, 60, 40))
    # 5 per cent less 2 per cent
    assert found.value == pytest.approx(3.0)
    # Fisher: tables with the same margins that are no likelier than this one.
    chance = hypergeom.pmf(np.arange(151), 6000, 150, 1000)
    assert found.p_value == pytest.approx(chance[chance <= chance[50] * (1 + 1e-7)].sum())
    # Newcombe: distances to the Wilson limits of each share.
    (low, high), (other_low, other_high) = (
        proportion_confint(50, 1000, method="wilson"),
        proportion_confint(100, 5000, method="wilson"),
    )
    assert found.ci_low == pytest.approx(3 - 100 * np.hypot(0.05 - low, other_high - 0.02))
    assert found.ci_high == pytest.approx(3 + 100 * np.hypot(high - 0.05, 0.02 - other_low))
    assert found.status == "fail"


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        ((6, 0, 0), (1000, 20, 10)),
        ((1, 1, 0), (5, 0, 0)),
        ((88, 0, 0), (9000, 112, 0)),
        ((9, 1, 0), (1000, 7, 0)),
    ],
)
def test_nobody_or_one_lost_of_few_is_no_proof(treated, control) -> None:
    found = follow_up(treated, control)
    assert found.p_value is not None
    assert found.p_value > 0.05
    assert found.status == "pass"


def test_loss_to_follow_up_is_quiet_when_small_or_explained_by_chance() -> None:
    assert follow_up((1000, 25, 10), (5000, 60, 40)).status == "pass"
    assert follow_up((20, 2, 0), (5000, 60, 40)).status == "pass"
    assert follow_up((20, 0, 0), (50, 0, 0)).status == "pass"
    assert follow_up((0, 0, 0), (50, 0, 0)).status == "not_run"


# Coding


def marks(n_sets: int, treated: int, control: int) -> np.ndarray:
    """The first so many of each arm have the mark."""
    place = np.arange(n_sets)
    return np.concatenate([place < treated, place < control])


@pytest.mark.parametrize(("control", "status"), [(20, "pass"), (100, "fail")])
def test_hidden_treatment_is_the_ratio_of_the_marks(control: int, status: str) -> None:
    has_mark = marks(1000, 400, control)
    years = np.full(2000, 2015)
    found = judge_coding(has_mark, years, pairs(1000), settings=SETTINGS)
    assert found.value == pytest.approx(control / 400)
    assert found.status == status
    assert f"worst year 2015: {control / 4:.1f}%" in found.detail


def test_the_interval_of_hidden_treatment_is_that_of_a_ratio() -> None:
    # No mark in both of a set's members, so the delta method has two variances and a covariance.
    has_mark = marks(1000, 400, 100)
    found = judge_coding(has_mark, np.full(2000, 2015), pairs(1000), settings=SETTINGS)
    treated, control, ratio = 0.4, 0.1, 0.25
    covariance = 0.1 - treated * control  # the first hundred sets have both
    variance = (
        control * (1 - control) + ratio**2 * treated * (1 - treated) - 2 * ratio * covariance
    ) / (1000 * treated**2)
    assert found.ci_high is not None
    assert found.ci_high - 0.25 == pytest.approx(norm.ppf(0.975) * np.sqrt(variance), rel=2e-3)


def test_coding_cannot_be_seen_where_few_treated_have_the_mark() -> None:
    found = judge_coding(marks(10, 1, 5), np.full(20, 2015), pairs(10), settings=SETTINGS)
    assert (found.status, found.value) == ("not_run", None)


def test_marks_that_all_have_tell_nothing_and_raise_nothing() -> None:
    found = judge_coding(marks(10, 10, 10), np.full(20, 2015), pairs(10), settings=SETTINGS)
    assert found.status == "not_run"


def test_a_sector_without_marks_fails_with_the_others_and_never_passes_by_them() -> None:
    years = np.full(2000, 2015)
    failed = judge_coding(marks(1000, 400, 100), years, pairs(1000), settings=SETTINGS)
    passed = judge_coding(marks(1000, 400, 4), years, pairs(1000), settings=SETTINGS)
    assert inherit_coding(failed, SETTINGS).status == "fail"
    assert inherit_coding(passed, SETTINGS).status == "not_run"


# Negative controls


def effects(att: list[float], se: float = 0.01) -> ControlEffects:
    names = ("II", "IV", "IX", "XIX")[: len(att)]
    return ControlEffects(names, np.array(att), np.full(len(att), se), 500, ())


def judge_effects(given: ControlEffects, spread_days: float = 100.0, att: float = -8.0):
    return judge_negative_controls(
        given, estimate(att, 2.0), spread_days=spread_days, outcome=OUTCOME, settings=SETTINGS,
        confidence_level=0.95,
    )  # fmt: skip


def test_an_error_shared_by_all_negative_controls_fires_and_moves_the_effect() -> None:
    found = judge_effects(effects([0.05, 0.05, 0.05]))
    # All alike: the error is 0.05 standard deviations, 5 days, without spread.
    assert found.value == pytest.approx(5.0)
    assert found.p_value == pytest.approx(chi2.sf(75, 3))
    assert found.status == "fail"
    assert "effect calibrated -13.00 days (-16.92 to -9.08)" in found.detail


def test_noise_and_trifles_are_no_systematic_error() -> None:
    assert judge_effects(effects([0.01, -0.012, 0.004])).status == "pass"
    # Detectable, but half a day.
    assert judge_effects(effects([0.05, 0.05, 0.05]), spread_days=10.0).status == "pass"


def test_two_negative_controls_are_too_few() -> None:
    found = judge_effects(effects([0.05, 0.05]))
    assert found.status == "not_run"
    assert "at least 3" in found.detail


def test_effects_on_contacts_are_in_standard_deviations_and_a_flat_chapter_is_told() -> None:
    sample = pairs(100)
    change = np.tile([2.0, 0.0], 100)
    change[:100] += np.tile([1.5, 0.5], 50)
    frame = pd.DataFrame({f"{name}_{when}": 0.0 for name in ("II", "IV", "IX") for when in
                          ("before", "after")}, index=range(200))  # fmt: skip
    frame["II_after"] = change
    frame["IV_after"] = np.nan
    found = estimate_control_effects(frame, sample, settings=SETTINGS)
    assert found.chapter == ("II",)
    assert found.att[0] == pytest.approx(1.0)  # one contact day more, and a spread of one day
    assert len(found.notes) == 2
    assert "IV: 0 of 100 treated observed" in found.notes


def test_months_are_told_with_more_decimals_and_a_scaled_limit_without_its_digits() -> None:
    found = estimate(att=0.012, se=0.0071)
    settings = SETTINGS.scale_to("months", window_days=74)
    told = judge_power(
        found, sector="SOM", outcome="months", settings=settings, confidence_level=0.95
    )
    # 0.0071 months times 1.96 + 0.84, and the limit in days times 74 / 365 / 30.42.
    limit = SETTINGS.relevant_days["SOM"] * 74 / 365 * 12 / 365
    assert told.detail.startswith("an effect of 0.020 months")
    assert told.detail.endswith(f"at most {round(limit, 3):g} is allowed")
    assert told.threshold == pytest.approx(limit)
    days = SETTINGS.scale_to("days", window_days=100)
    told = judge_power(found, sector="SOM", outcome="days", settings=days, confidence_level=0.95)
    assert told.detail.startswith("an effect of 0.0 days")


@pytest.mark.parametrize(
    ("limit", "unit", "words"),
    [
        (0.0162132, "months", "0.016"),
        (0.0003, "months", "0.0003"),
        (2.5, "days", "2.5"),
        (0.0821918, "days", "0.082"),
        (365.0, "days", "365"),
        (0.0, "days", "0"),
        (0.1235, "smd", "0.1235"),
    ],
)
def test_a_limit_is_told_as_it_was_set(limit: float, unit: str, words: str) -> None:
    assert show_limit(limit, unit) == words
