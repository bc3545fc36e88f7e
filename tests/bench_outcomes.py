"""The speed of the outcomes: index dates with 84 periods of 30 days, beside pandas and Polars.

Run by tests/bench.py, or alone: `python tests/bench_outcomes.py`. Seconds of the processor are
printed beside those of the clock: they say how much other work ran on the machine.
"""

import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from evaluation.deliveries.load import read_code_list
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse
from evaluation.warehouse.models import read_sql_models
from pipelines.resources import SQL_FOLDER

MODELS = read_sql_models(SQL_FOLDER)
SMALL, LARGE = 200_000, 2_000_000
SETTINGS = RunSettings(threads=2, memory="4GB")
_PERIODS = {"period_days": 30, "first_event_time": -24, "last_event_time": 59}
_OUTCOMES = {
    "sick_leave_benefit_codes": ["SP"],
    "health_benefit_codes": ["SP", "AAP", "UT"],
    "counts_public_holidays_off": False,
}
_NAMES = ["sick_leave_days", "health_benefit_days", "sick_leave_dagsverk"]
# The peers take a twentieth of the persons, for pandas has a row a person, interval and period.
_PART = 20


def make_tables(connection: Connection, n_persons: int) -> None:
    """Make the tables that the model reads."""
    for name in ("benefits", "public_holidays"):
        read_code_list(connection, SQL_FOLDER / "codelists" / f"{name}.csv", f"codelist_{name}")
    connection.execute(f"create table core_calendar as {MODELS['core_calendar'].sql}")
    connection.execute(
        "create table mart_matched_sets as select i // 6 as matched_set_id,"
        " ['SOM', 'PHV', 'TSB', 'ARR'][1 + (i // 6) % 4] as sector, i as person_id,"
        " i % 6 = 0 as is_treated, if(i % 6 = 0, 1.0, 0.2)::double as weight,"
        f" date '2008-01-01' + (hash(i) % 4000)::integer as index_date from range({n_persons}) t(i)"
    )
    connection.execute(
        "create table core_person_time as select i as person_id, date '2006-01-01' as start_date,"
        " if(i % 20 = 0, date '2014-01-01' + (i % 2000)::integer, date '2021-01-01') as until_date"
        f" from range({n_persons}) t(i)"
    )
    # Eight intervals a person, one after another: SP, sometimes AAP, and UT at the end for a tenth.
    connection.execute(
        "create table core_benefit_intervals as"
        " with kinds as (select i // 8 as person_id, i % 8 as place, hash(i + 1) as h,"
        " if(place = 7 and person_id % 10 = 0, 64, if(h % 8 = 0, 16, 1)) as benefit_set,"
        " case benefit_set when 64 then 6000 when 16 then h // 64 % 700 + 30"
        " else h // 64 % 90 + 1 end as days, (h // 8) % 800 + 1 as gap"
        f" from range({n_persons} * 8) t(i)),"
        " placed as (select *, date '2006-01-01' + (sum(gap + days) over ("
        " partition by person_id order by place))::integer as ended from kinds)"
        " select person_id, (ended - days::integer) as start_date,"
        " least(ended, date '2021-01-01') as until_date, benefit_set,"
        " (h % 5 + 1) * 20.0::double as sick_leave_grade,"
        " if(benefit_set = 1, (h % 5 + 1) * 0.2, 0.0)::double as sick_leave_fraction"
        " from placed where start_date < date '2021-01-01'"
    )


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the clock and of the processor, once."""
    started, processor = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - started, time.process_time() - processor, answer


def bench_outcomes() -> None:
    """Print the time at two sizes, and that of the peers on a part of the persons."""
    cost = {}
    for n_persons in (SMALL, LARGE):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "outcomes.duckdb"
            with open_warehouse(file, readable=[SQL_FOLDER], settings=SETTINGS) as connection:
                make_tables(connection, n_persons)
                cost[n_persons] = hold_against_peers(connection, n_persons) / n_persons
    ratio = cost[LARGE] / cost[SMALL]
    print(f"{'':<44}an index date costs {ratio:.2f} times as much at ten times as many")


def hold_against_peers(connection: Connection, n_persons: int) -> float:
    """Time both, and see that their answers are equal on the part that pandas had."""
    sql = f"create table mart_event_time as {MODELS['mart_event_time'].sql}"
    seconds, processor, _ = timed(lambda: connection.execute(sql, _OUTCOMES | _PERIODS))
    print(
        f"{'outcomes in 84 periods of 30 days':<44}{n_persons:>12,} dates {seconds:>7.2f} s"
        f"   {processor:.1f} s of the processor",
        flush=True,
    )
    part = n_persons // _PART
    frames = [
        connection.execute(f"select * from {table} where person_id < {part}").df()
        for table in ("mart_matched_sets", "core_benefit_intervals", "core_person_time")
    ]
    found = connection.execute(
        f"select {', '.join(_NAMES)} from mart_event_time where person_id < {part}"
        " order by person_id, event_time"
    ).df()
    for peer, work in {"naive pandas": outcomes_in_pandas, "polars": outcomes_in_polars}.items():
        peer_seconds, _, expected = timed(functools.partial(work, *frames))
        for name, wanted in expected.items():
            given = found[name].to_numpy(float, na_value=np.nan)
            np.testing.assert_allclose(given, wanted, atol=1e-6)
        print(
            f"{'':<44}{part:>12,} of them, equal   {peer:<22}{peer_seconds:>8.2f} s"
            f"   ratio {seconds / _PART / peer_seconds:>6.3f}",
            flush=True,
        )
    return seconds


def outcomes_in_pandas(
    sets: pd.DataFrame, intervals: pd.DataFrame, time: pd.DataFrame
) -> dict[str, np.ndarray]:
    """One period after another, every interval of everybody."""
    sets = sets.merge(time, on="person_id").sort_values("person_id")
    index = sets["index_date"].to_numpy("datetime64[D]").astype(int)
    first, until = (
        sets[c].to_numpy("datetime64[D]").astype(int) for c in ("start_date", "until_date")
    )
    owner = np.searchsorted(sets["person_id"].to_numpy(), intervals["person_id"].to_numpy())
    start, end = (
        intervals[c].to_numpy("datetime64[D]").astype(int) for c in ("start_date", "until_date")
    )
    times = range(_PERIODS["first_event_time"], _PERIODS["last_event_time"] + 1)
    found = {name: np.full((len(sets), len(times)), np.nan) for name in _NAMES}
    for column, event_time in enumerate(times):
        opens = index + event_time * _PERIODS["period_days"]
        closes = opens + _PERIODS["period_days"]
        from_day = np.maximum(start, opens[owner])
        to_day = np.maximum(np.minimum(end, closes[owner]), from_day)
        days = to_day - from_day
        is_sick = (intervals["benefit_set"] & 1).to_numpy() > 0
        weekdays = np.busday_count(from_day.astype("datetime64[D]"), to_day.astype("datetime64[D]"))
        values = {
            "sick_leave_days": days * is_sick,
            "health_benefit_days": days,
            "sick_leave_dagsverk": weekdays * intervals["sick_leave_fraction"].to_numpy(),
        }
        is_observed = (opens >= first) & (closes <= until)
        for name, amount in values.items():
            sums = pd.Series(amount).groupby(owner).sum().reindex(range(len(sets)), fill_value=0)
            found[name][:, column] = np.where(is_observed, sums, np.nan)
    return {name: values.ravel() for name, values in found.items()}


def outcomes_in_polars(
    sets: pd.DataFrame, intervals: pd.DataFrame, time: pd.DataFrame
) -> dict[str, np.ndarray]:
    """An interval beside the periods it touches, summed and joined to the grid of all."""
    length = _PERIODS["period_days"]
    times = (_PERIODS["first_event_time"], _PERIODS["last_event_time"] + 1)

    def days(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.Date).cast(pl.Int32)

    units = pl.from_pandas(sets[["person_id", "index_date"]]).lazy()
    units = units.with_columns(days("index_date"))
    opens = pl.col("index_date") + pl.col("event_time") * length
    pieces = (
        pl.from_pandas(intervals)
        .lazy()
        .with_columns(days("start_date"), days("until_date"))
        .join(units, on="person_id")
        .with_columns(
            event_time=pl.int_ranges(
                ((pl.col("start_date") - pl.col("index_date")) // length).clip(*times),
                (-((pl.col("index_date") - pl.col("until_date")) // length)).clip(*times),
                dtype=pl.Int32,
            )
        )
        .explode("event_time", empty_as_null=False)
        .with_columns(
            start_date=pl.max_horizontal(pl.col("start_date"), opens),
            until_date=pl.min_horizontal(pl.col("until_date"), opens + length),
        )
    )
    weekdays = pl.business_day_count(
        pl.col("start_date").cast(pl.Date), pl.col("until_date").cast(pl.Date)
    )
    length_of = pl.col("until_date") - pl.col("start_date")
    sums = pieces.group_by("person_id", "event_time").agg(
        sick_leave_days=length_of.filter(pl.col("benefit_set") & 1 > 0).sum(),
        health_benefit_days=length_of.sum(),
        sick_leave_dagsverk=(weekdays * pl.col("sick_leave_fraction")).sum(),
    )
    observed = pl.from_pandas(time).lazy().with_columns(days("start_date"), days("until_date"))
    is_whole = (opens >= pl.col("start_date")) & (opens + length <= pl.col("until_date"))
    grid = units.join(
        pl.LazyFrame({"event_time": range(*times)}, schema={"event_time": pl.Int32}), how="cross"
    )
    panel = (
        grid.join(observed, on="person_id")
        .join(sums, on=["person_id", "event_time"], how="left")
        .sort("person_id", "event_time")
        .select(pl.when(is_whole).then(pl.col(name).fill_null(0)).alias(name) for name in _NAMES)
        .collect()
    )
    return {name: panel[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in _NAMES}


if __name__ == "__main__":
    bench_outcomes()
