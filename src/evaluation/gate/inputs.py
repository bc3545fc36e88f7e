"""From the tables of the warehouse to what the gate judges: rows become columns, nothing more."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError
from evaluation.gate.judge import GateInputs
from evaluation.results import IntVector

_KEYS = ["matched_set_id", "person_id"]


def build_gate_inputs(
    units: pd.DataFrame,
    *,
    pre_periods: pd.DataFrame,
    placebo: pd.DataFrame,
    controls: pd.DataFrame,
    marks: pd.DataFrame,
    balance: pd.DataFrame | None,
    matched_share: pd.DataFrame | None,
    attrition: pd.DataFrame | None,
    period_outcomes: Sequence[str],
    reference_event_time: int,
    period_days: int,
) -> GateInputs:
    """Build the inputs of the gate; all frames of units are in the order of `units`.

    Args:
        units: mart_matched_units.
        pre_periods: mart_event_time before 0; the periods of a unit stand together, in order.
        placebo: mart_placebo_outcomes.
        controls: mart_negative_controls; the chapters of a unit stand together, in one order.
        marks: mart_coding_marks.
        balance: Result of that name.
        matched_share: Result of that name.
        attrition: Result of that name.
        period_outcomes: Outcomes that have periods.
        reference_event_time: Of the study.
        period_days: Of the study.

    Raises:
        EstimationError: A frame has other units, or another order.
    """
    time = _read_grid(units, pre_periods, "event_time").to_numpy(dtype=np.int64)
    chapters = [str(name) for name in _read_grid(units, controls, "chapter")]
    for frame in (placebo, marks):
        _read_grid(units, frame, None)
    return GateInputs(
        units=units,
        pre_periods={name: _reshape(pre_periods[name], time.size) for name in period_outcomes},
        event_time=time,
        reference_event_time=reference_event_time,
        period_days=period_days,
        placebo=placebo,
        controls=_spread(controls, chapters),
        marks=marks,
        balance=balance,
        matched_share=matched_share,
        attrition=attrition,
    )


def _read_grid(units: pd.DataFrame, frame: pd.DataFrame, name: str | None) -> pd.Series:
    """Give the labels of a unit's rows, when all units have the same, in one order."""
    size = len(frame) // len(units) if len(units) else 0
    first = frame[name].iloc[:size] if name else pd.Series(dtype=object)
    expected = units[_KEYS].to_numpy(dtype=np.int64).repeat(size, axis=0)
    is_grid = (
        len(frame) == size * len(units)
        and np.array_equal(frame[_KEYS].to_numpy(dtype=np.int64), expected)
        and (name is None or _repeats(frame[name], size))
    )
    if not is_grid or (name is None and size > 1):
        raise EstimationError(
            f"a frame of the gate ({name or 'one row per unit'}) does not hold the matched units in"
            " their order, each with the same rows"
        )
    return first


def _repeats(labels: pd.Series, size: int) -> bool:
    codes: IntVector = np.asarray(pd.factorize(labels)[0], dtype=np.int64)
    return not size or bool((codes.reshape(-1, size) == codes[:size]).all())


def _reshape(column: pd.Series, size: int) -> NDArray[np.float64]:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return values.reshape(-1, size) if size else values.reshape(0, 0)


def _spread(controls: pd.DataFrame, chapters: Sequence[str]) -> pd.DataFrame:
    columns: dict[str, NDArray[np.float64]] = {}
    for name in ("before", "after"):
        values = _reshape(controls[f"days_{name}"], len(chapters))
        columns |= {f"{chapter}_{name}": values[:, at] for at, chapter in enumerate(chapters)}
    return pd.DataFrame(columns)
