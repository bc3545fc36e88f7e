"""The table of diagnostics from drawn frames, and what it means for estimates."""

import numpy as np
import pandas as pd
import pytest
from gate_settings import SETTINGS, settings

from evaluation.errors import EstimationError
from evaluation.estimators.power import estimate_minimal_detectable_effect
from evaluation.gate.judge import GateInputs, judge
from evaluation.gate.verdict import all_withheld, apply_gate, combine, mark_gate

OUTCOMES = ("sick_leave_days", "health_benefit_days")
SECTORS = ("SOM", "PHV", "TSB", "ARR")
PER_OUTCOME = ["pre_trend", "pre_trend_equivalence", "placebo", "negative_controls", "power"]
EVENT_TIME = np.arange(-6, 0)


def draw(n_sets: int = 900, *, seed: int = 1, dip: float = 0.0, shared: float = 0.0) -> GateInputs:
    """Draw sets of one treated and two controls in SOM, PHV and a TSB of one set.

    `dip` days are added to the treated's last pre-period, `shared` to all their contacts after.
    """
    rng = np.random.default_rng(seed)
    n_units = 3 * n_sets
    treated = np.tile([True, False, False], n_sets)
    sector = np.repeat(["SOM"] * (n_sets * 2 // 3) + ["PHV"] * (n_sets - n_sets * 2 // 3 - 1)
                       + ["TSB"], 3)  # fmt: skip
    frame = {
        "sector": sector,
        "matched_set_id": np.repeat(np.arange(n_sets), 3),
        "person_id": np.arange(n_units),
        "is_treated": treated,
        "weight": np.where(treated, 1.0, 0.5),
    }
    placebo, controls, pre_periods = {}, {}, {}
    for outcome in OUTCOMES:
        level = rng.normal(5, 2, n_units)
        days = level[:, None] + rng.normal(0, 1, (n_units, EVENT_TIME.size))
        days[:, -1] += dip * treated
        pre_periods[outcome] = days
        frame[f"{outcome}_before"] = days.sum(axis=1)
        frame[f"{outcome}_after"] = 6 * level + rng.normal(0, 3, n_units)
        placebo[f"{outcome}_before"] = 6 * level + rng.normal(0, 3, n_units)
        placebo[f"{outcome}_after"] = frame[f"{outcome}_before"]
    for chapter in SETTINGS.negative_control_chapters:
        controls[f"{chapter}_before"] = rng.poisson(0.5, n_units).astype(float)
        controls[f"{chapter}_after"] = rng.poisson(0.5 + shared * treated).astype(float)
    sectors = [*SECTORS, "ALL"]
    steps = [("alive_and_resident", 8), ("registers_cover_windows", 9)]
    return GateInputs(
        units=pd.DataFrame(frame),
        pre_periods=pre_periods,
        event_time=EVENT_TIME,
        reference_event_time=-6,
        period_days=30,
        placebo=pd.DataFrame(placebo),
        controls=pd.DataFrame(controls),
        marks=pd.DataFrame(
            {
                "has_mark": rng.random(n_units) < np.where(treated, 0.5, 0.01),
                "index_year": np.full(n_units, 2012),
            }
        ),
        balance=pd.DataFrame(
            {"sector": sectors, "covariate": "sex", "level": "1", "smd_after": 0.0, "n_treated": 9}
        ),
        matched_share=pd.DataFrame({"sector": sectors, "n_persons": 100, "n_matched": 95}),
        attrition=pd.DataFrame(
            [
                (name, arm, step, words, 1000, 5)
                for name in sectors
                for arm in ("treated", "control")
                for words, step in steps
            ],
            columns=["sector", "arm", "step", "step_name", "n_persons", "n_excluded"],
        ),
    )


def run(inputs: GateInputs, **changed: object) -> pd.DataFrame:
    return judge(
        inputs,
        settings=settings(**changed),
        units_of_outcomes=dict.fromkeys(OUTCOMES, "days"),
        after_days=365,
        sectors=SECTORS,
        confidence_level=0.95,
        cluster_on=("matched_set", "person"),
        study_id="drawn",
        fingerprint="f",
    )


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return run(draw())


def statuses(table: pd.DataFrame, sector: str) -> dict[tuple[str, str], str]:
    mine = table[table["sector"].eq(sector)]
    return dict(zip(zip(mine["diagnostic"], mine["outcome"], strict=True), mine["status"],
                    strict=True))  # fmt: skip


def test_every_sector_with_sets_has_every_diagnostic_in_one_order(quiet: pd.DataFrame) -> None:
    assert list(dict.fromkeys(quiet["sector"])) == ["SOM", "PHV", "TSB", "ALL"]
    sector_wide = [("balance", "all"), ("matched_share", "all"), ("follow_up", "all")]
    expected = [*sector_wide, ("coding", "all")]
    expected += [(name, outcome) for outcome in OUTCOMES for name in PER_OUTCOME]
    for sector in ("SOM", "TSB", "ALL"):
        assert list(statuses(quiet, sector)) == expected
    assert not quiet.duplicated(["sector", "outcome", "diagnostic"]).any()


def test_nothing_fires_where_nothing_is_wrong(quiet: pd.DataFrame) -> None:
    found = quiet[quiet["sector"].isin(["SOM", "ALL"])]
    assert set(found["status"]) == {"pass"}
    assert set(quiet["study_id"]) == {"drawn"}


def test_one_set_has_reasons_and_no_number_that_is_none(quiet: pd.DataFrame) -> None:
    tsb = quiet[quiet["sector"].eq("TSB") & quiet["diagnostic"].isin(PER_OUTCOME)]
    assert set(tsb["status"]) == {"not_run"}
    assert tsb["detail"].str.len().gt(10).all()
    numbers = quiet[["value", "ci_low", "ci_high", "p_value"]].astype("Float64")
    assert not np.isnan(numbers.to_numpy(dtype=float, na_value=0.0)).any()


def test_a_sector_without_marks_is_not_judged_by_them(quiet: pd.DataFrame) -> None:
    assert statuses(quiet, "PHV")["coding", "all"] == "not_run"
    assert statuses(quiet, "ALL")["coding", "all"] == "pass"


def test_a_dip_of_the_treated_fires_where_it_should() -> None:
    table = run(draw(dip=2.0))
    found = statuses(table, "ALL")
    for outcome in OUTCOMES:
        assert found["pre_trend", outcome] == "fail"
        assert found["pre_trend_equivalence", outcome] == "fail"
        assert found["placebo", outcome] == "fail"
        assert found["negative_controls", outcome] == "pass"


def test_an_error_in_all_contacts_fires_in_the_negative_controls_alone() -> None:
    table = run(draw(shared=0.5))
    fired = {name for (name, _), status in statuses(table, "ALL").items() if status == "fail"}
    assert fired == {"negative_controls"}


def test_power_is_that_of_the_estimate_itself(quiet: pd.DataFrame) -> None:
    inputs = draw()
    row = quiet[quiet["diagnostic"].eq("power") & quiet["sector"].eq("ALL")].iloc[0]
    change = inputs.units["sick_leave_days_after"] - inputs.units["sick_leave_days_before"]
    treated = inputs.units["is_treated"]
    # Sets are independent: the error of the mean over sets of treated less mean of controls.
    by_set = change[treated].to_numpy() - change[~treated].to_numpy().reshape(-1, 2).mean(axis=1)
    se = by_set.std(ddof=1) / np.sqrt(by_set.size)
    expected = estimate_minimal_detectable_effect(
        se, n_clusters=by_set.size, power=0.8, confidence_level=0.95
    )
    assert row["value"] == pytest.approx(expected, rel=1e-3)


def test_what_is_not_given_is_not_run() -> None:
    full = draw()
    bare = GateInputs(full.units, {}, EVENT_TIME, -6, 30)
    found = statuses(run(bare), "SOM")
    assert found.pop(("power", "sick_leave_days")) == "pass"
    assert found.pop(("power", "health_benefit_days")) == "pass"
    assert set(found.values()) == {"not_run"}


def test_matching_on_the_outcome_brings_its_own_diagnostic() -> None:
    full = draw()
    matched = GateInputs(full.units, full.pre_periods, EVENT_TIME, -6, 30, placebo=full.placebo,
                         matches_on_outcome=True)  # fmt: skip
    found = statuses(run(matched), "ALL")
    assert found["regression_to_mean", "sick_leave_days"] == "pass"


def test_no_matched_sets_give_no_rows() -> None:
    full = draw()
    empty = GateInputs(full.units.iloc[:0], {}, EVENT_TIME, -6, 30)
    assert len(run(empty)) == 0


def test_frames_of_other_units_and_periods_after_are_refused() -> None:
    full = draw(30)
    assert full.marks is not None
    with pytest.raises(EstimationError, match="same units"):
        run(GateInputs(full.units, {}, EVENT_TIME, -6, 30, marks=full.marks.iloc[1:]))
    with pytest.raises(EstimationError, match="periods before 0"):
        run(GateInputs(full.units, {}, np.arange(-2, 1), -2, 30))
    with pytest.raises(EstimationError, match="sectors"):
        run(GateInputs(full.units.assign(sector="XXX"), {}, EVENT_TIME, -6, 30))


# What it means


def diagnostics(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    columns = ["sector", "outcome", "diagnostic", "status"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(value=3.0, unit="days", threshold=2.0, p_value=None)


def verdicts(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = combine(diagnostics(*rows), outcomes=OUTCOMES, required=("balance", "power"))
    return table.set_index(["sector", "outcome"])


def test_one_failure_of_the_sector_withholds_every_outcome_one_of_an_outcome_that_alone() -> None:
    found = verdicts(
        ("SOM", "all", "balance", "pass"),
        ("SOM", OUTCOMES[0], "power", "pass"),
        ("SOM", OUTCOMES[1], "power", "fail"),
        ("PHV", "all", "balance", "fail"),
        ("PHV", OUTCOMES[0], "power", "pass"),
        ("PHV", OUTCOMES[1], "power", "fail"),
    )
    assert found["gate"].tolist() == ["pass", "fail", "fail", "fail"]
    assert found.loc[("SOM", OUTCOMES[0]), "gate_reasons"] == ""
    assert found.loc[("PHV", OUTCOMES[1]), "gate_reasons"] == (
        "balance 3 days (threshold 2); power 3 days (threshold 2)"
    )


def test_reasons_hold_no_share_of_persons() -> None:
    found = verdicts(("SOM", "all", "matched_share", "fail"), ("SOM", "all", "balance", "fail"))
    assert found.loc[("SOM", OUTCOMES[0]), "gate_reasons"] == (
        "matched_share; balance 3 days (threshold 2)"
    )


def test_a_required_diagnostic_that_is_not_run_leaves_the_estimate_unassessed() -> None:
    found = verdicts(
        ("SOM", "all", "balance", "not_run"),
        ("SOM", "all", "coding", "not_run"),
        ("SOM", OUTCOMES[0], "power", "pass"),
        ("SOM", OUTCOMES[1], "power", "pass"),
        ("PHV", "all", "balance", "pass"),
        ("PHV", "all", "coding", "not_run"),
        ("PHV", OUTCOMES[0], "power", "pass"),
    )
    assert found["gate"].tolist() == ["not_run", "not_run", "pass", "not_run"]
    assert found.loc[("SOM", OUTCOMES[0]), "gate_reasons"] == "balance was not run"
    assert found.loc[("PHV", OUTCOMES[1]), "gate_reasons"] == "power is missing"


def test_every_row_of_estimates_gets_the_verdict_of_its_sector_and_outcome() -> None:
    table = verdicts(
        ("SOM", "all", "balance", "pass"),
        ("SOM", OUTCOMES[0], "power", "pass"),
        ("SOM", OUTCOMES[1], "power", "fail"),
        ("PHV", "all", "balance", "pass"),
        ("PHV", OUTCOMES[0], "power", "pass"),
        ("PHV", OUTCOMES[1], "power", "pass"),
    ).reset_index()
    rows = [("SOM", OUTCOMES[0], "did_2x2"), ("SOM", OUTCOMES[1], "did_2x2"),
            ("SOM", OUTCOMES[0], "poisson"), ("SOM", "dagsverk", "did_2x2"),
            ("PHV", "dagsverk", "did_2x2"), ("ARR", OUTCOMES[0], "did_2x2"),
            ("SOM", OUTCOMES[1], "poisson")]  # fmt: skip
    estimates = pd.DataFrame(rows, columns=["sector", "outcome", "estimator"])
    part = estimates.iloc[[0]].assign(subgroup="sex=1")
    estimates = pd.concat([estimates.assign(subgroup="all"), part], ignore_index=True)
    estimates = estimates.assign(gate="not_run", gate_reasons="", fingerprint="f")
    found = apply_gate(estimates, table)
    assert list(found.columns) == list(estimates.columns)
    # What stands beside the headline is withheld with it, and never passes.
    assert found["gate"].tolist() == [
        *("pass", "fail", "not_run", "fail", "not_run", "not_run", "fail", "not_run")
    ]
    assert "health_benefit_days" in found["gate_reasons"][3]
    assert "beside the headline" in found["gate_reasons"][2]
    assert "beside the headline" in found["gate_reasons"][7]
    assert not all_withheld(found, OUTCOMES)
    assert all_withheld(found.assign(gate="fail"), OUTCOMES)
    headline = found["estimator"].eq("did_2x2") & found["subgroup"].eq("all")
    assert all_withheld(found.assign(gate=np.where(headline, "fail", "not_run")), OUTCOMES)
    assert len(apply_gate(estimates.iloc[:0], table)) == 0
    assert not all_withheld(estimates.iloc[:0], OUTCOMES)


def test_a_table_beside_the_estimates_is_marked_by_its_headline() -> None:
    judged = diagnostics(
        ("SOM", "all", "balance", "pass"),
        ("SOM", OUTCOMES[0], "power", "pass"),
        ("SOM", OUTCOMES[1], "power", "fail"),
    )
    rows = [("SOM", OUTCOMES[0]), ("SOM", OUTCOMES[1]), ("ARR", OUTCOMES[0])]
    table = pd.DataFrame(rows, columns=["sector", "outcome"]).assign(gate="not_run")
    table = table.astype({"gate": "string"})
    settings = {"outcomes": OUTCOMES, "required": ("balance", "power")}
    found = mark_gate(table, judged, **settings)
    assert found["gate"].tolist() == ["pass", "fail", "not_run"]
    assert found["gate"].dtype == "string"
    assert mark_gate(table, None, **settings) is table


@pytest.mark.parametrize(("unit", "factor"), [("days", 2.0), ("months", 2.0 * 12 / 365)])
def test_limits_of_a_window_are_scaled_and_the_drift_s_is_of_a_year(
    unit: str, factor: float
) -> None:
    table = judge(
        draw(),
        settings=SETTINGS,
        units_of_outcomes=dict.fromkeys(OUTCOMES, unit),
        after_days=730,
        sectors=SECTORS,
        confidence_level=0.95,
        cluster_on=("matched_set", "person"),
    )
    mine = table[table["sector"].eq("SOM") & table["outcome"].eq(OUTCOMES[0])]
    mine = mine.set_index("diagnostic")
    days = SETTINGS.relevant_days["SOM"]
    assert mine.loc["power", "threshold"] == pytest.approx(days * factor)
    assert mine.loc["pre_trend_equivalence", "threshold"] == pytest.approx(days * factor / 2)
    for name in ("placebo", "negative_controls"):
        assert mine.loc[name, "threshold"] == pytest.approx(SETTINGS.tolerated_days * factor)
        assert mine.loc[name, "unit"] == unit
