"""The lean engine gives what `evaluation run` and `verify` give on the same delivery."""

from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from evaluation.outputs import OutputLayout
from pipelines.resources import DEFAULT_STUDY
from pipelines.run import RunRequest, run_until
from synthetic_data.generate import write_delivery
from synthetic_data.recovery.engine import open_engine
from synthetic_data.recovery.estimates import NO_EVENT_TIME, estimate_replicate
from synthetic_data.recovery.gate import GATE_MARTS, judge_replicate

# Two blocks, so that joining them is seen too.
PERSONS, SEED = 24_000, 5
RESULTS = ("verify", "verify_event_time", "diagnostics")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder: Path = tmp_path_factory.mktemp("engine")
    write_delivery(
        scenario="sintef",
        persons=PERSONS,
        seed=SEED,
        out=folder / "d",
        file_format="parquet",
        workers=1,
    )
    request = RunRequest(DEFAULT_STUDY, folder / "d", folder / "o", truth=folder / "d" / "truth")
    run_until(request, Console(quiet=True), assets=[*RESULTS])
    layout = OutputLayout(folder / "o")
    results = {}
    for name in RESULTS:
        table = layout.read_result(name)
        assert table is not None
        results[name] = table
    return results


@pytest.fixture(scope="module", params=[True, pytest.param(False, marks=pytest.mark.slow)])
def lean(request: pytest.FixtureRequest) -> pd.DataFrame:
    with open_engine() as engine:
        # A replicate leaves nothing behind for the next.
        engine.run("null", seed=1, persons=1000)
        replicate = engine.run("sintef", seed=SEED, persons=PERSONS, whole_pool=request.param)
        return estimate_replicate(replicate, engine.study, with_naive=request.param)


def test_the_engine_equals_a_run_with_verify(
    published: dict[str, pd.DataFrame], lean: pd.DataFrame
) -> None:
    ours = lean[lean["estimator"] == "did_2x2"]
    both = published["verify"].merge(ours, on=["sector", "outcome"], suffixes=("", "_ours"))
    assert len(both) == len(ours) == len(published["verify"])
    for name in ("true_att", "att", "se", "ci_low", "ci_high", "n_treated"):
        expected = both[name].to_numpy(dtype=float)
        assert both[f"{name}_ours"].to_numpy(dtype=float) == pytest.approx(expected, abs=1e-9)


def test_the_engine_gives_the_event_study_of_a_run(
    published: dict[str, pd.DataFrame], lean: pd.DataFrame
) -> None:
    ours = lean[(lean["estimator"] == "event_study") & (lean["event_time"] != NO_EVENT_TIME)]
    keys = ["sector", "outcome", "event_time"]
    both = published["verify_event_time"].merge(ours, on=keys, suffixes=("", "_ours"))
    assert len(both) == len(ours) == len(published["verify_event_time"])
    assert (both["true_att"] != 0).any()
    # The truth is computed in two ways: from the panel here, from the sets left out there.
    for name in ("true_att", "att", "se", "ci_low", "ci_high", "n_treated"):
        expected = both[name].to_numpy(dtype=float)
        assert both[f"{name}_ours"].to_numpy(dtype=float) == pytest.approx(expected, abs=1e-9)


def test_the_engine_gives_the_diagnostics_of_a_run(published: dict[str, pd.DataFrame]) -> None:
    with open_engine(GATE_MARTS) as engine:
        engine.build("null", seed=1, persons=1000, has_all_contacts=True)
        engine.build("sintef", seed=SEED, persons=PERSONS, has_all_contacts=True)
        ours = judge_replicate(engine)
    theirs = published["diagnostics"]
    assert {"pass", "fail", "not_run"} == set(theirs["status"])
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=0, atol=1e-9)
