"""Tables of the warehouse become arrays in the order of the units, or are refused."""

import numpy as np
import pandas as pd
import pytest

from evaluation.errors import EstimationError
from evaluation.gate.inputs import build_gate_inputs
from evaluation.gate.judge import GateInputs

UNITS = pd.DataFrame({"matched_set_id": [1, 1, 2], "person_id": [7, 8, 7]})


def build(**changed: pd.DataFrame) -> GateInputs:
    keys = UNITS.loc[[0, 0, 1, 1, 2, 2]].reset_index(drop=True)
    frames = {
        "pre_periods": keys.assign(event_time=[-2, -1] * 3, days=[1, 2, 3, None, 5, 6]),
        "controls": keys.assign(
            chapter=pd.Categorical(["II", "IX"] * 3),
            days_before=[0, 1, 2, 3, None, 5],
            days_after=[9, 8, 7, 6, None, 4],
        ),
        "placebo": UNITS.assign(days_before=0, days_after=0),
        "marks": UNITS.assign(has_mark=True, index_year=2010),
    } | changed
    return build_gate_inputs(
        changed.get("units", UNITS),
        **{name: frame for name, frame in frames.items() if name != "units"},
        balance=None,
        matched_share=None,
        attrition=None,
        period_outcomes=["days"],
        reference_event_time=-2,
        period_days=30,
        matches_on_outcome=False,
    )


def test_periods_and_chapters_become_columns() -> None:
    made = build()
    assert made.event_time.tolist() == [-2, -1]
    np.testing.assert_array_equal(made.pre_periods["days"], [[1, 2], [3, np.nan], [5, 6]])
    assert made.controls is not None
    np.testing.assert_array_equal(made.controls["II_before"], [0, 2, np.nan])
    np.testing.assert_array_equal(made.controls["IX_after"], [8, 6, 4])


@pytest.mark.parametrize("name", ["pre_periods", "controls", "placebo", "marks"])
def test_another_order_or_other_units_are_refused(name: str) -> None:
    whole = getattr(_Frames, name)()
    for spoilt in (whole.iloc[::-1], whole.iloc[1:], pd.concat([whole, whole])):
        with pytest.raises(EstimationError, match="matched units"):
            build(**{name: spoilt.reset_index(drop=True)})


class _Frames:
    """The frames of `build`, one by one."""

    @staticmethod
    def pre_periods() -> pd.DataFrame:
        keys = UNITS.loc[[0, 0, 1, 1, 2, 2]].reset_index(drop=True)
        return keys.assign(event_time=[-2, -1] * 3, days=0.0)

    @staticmethod
    def controls() -> pd.DataFrame:
        keys = UNITS.loc[[0, 0, 1, 1, 2, 2]].reset_index(drop=True)
        return keys.assign(chapter=["II", "IX"] * 3, days_before=0, days_after=0)

    @staticmethod
    def placebo() -> pd.DataFrame:
        return UNITS.assign(days_before=0, days_after=0)

    @staticmethod
    def marks() -> pd.DataFrame:
        return UNITS.assign(has_mark=True, index_year=2010)


def test_nobody_matched_is_no_rows() -> None:
    none = {name: getattr(_Frames, name)().iloc[:0] for name in
            ("pre_periods", "controls", "placebo", "marks")}  # fmt: skip
    made = build(units=UNITS.iloc[:0], **none)
    assert made.pre_periods["days"].shape[0] == 0
