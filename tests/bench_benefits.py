"""The speed of the benefit engine: spells to disjoint intervals, beside naive pandas and Polars,
and from those to spells of sick leave.

Run by tests/bench.py, or alone: `python tests/bench_benefits.py`. The engine runs in a process
of its own, so that its memory can be told. Seconds of the processor are printed beside those of
the clock: they say how much other work ran on the machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from evaluation.deliveries.load import read_code_list
from evaluation.warehouse.connection import RunSettings, open_warehouse
from evaluation.warehouse.models import read_sql_models
from pipelines.resources import SQL_FOLDER

# The two steps of the engine, from core_benefit_spells.
ENGINE = ("core_benefit_stretches", "core_benefit_intervals")
SICK_LEAVE = (
    "core_sick_leave_pieces",
    "core_sick_leave_new_rights",
    "core_sick_leave_rights",
    "core_sick_leave_spells",
)
PARAMS = {"sick_leave_gap_days": 16, "sick_pay_counts_employer_period": True}
SMALL, LARGE = 2_000_000, 20_000_000
# Persons at a time in pandas: all at once would not fit in memory.
CHUNK = 25_000
BITS = {"SP": 1, "RP": 2, "AF": 4, "TU": 8, "AAP": 16, "UFP": 32, "UT": 64}
COLUMNS = ["person_id", "start_date", "until_date", "benefit_set"]
GRADES = ["sick_leave_grade", "sick_leave_fraction", "disability_grade"]

# Eight rows a person that look random and are the same every time: an absence with two
# prolongations (half of them with another grade), one of which each fifth person has from two
# jobs, and others; three of ten have AAP, and one of ten a disability benefit.
MAKE = """
create table core_benefit_spells as
with drawn as (
    select
        i // 8 as person_id, i % 8 as kind, (hash(i) >> 8) % 100 as own,
        (hash(i // 8, 1) >> 8) % 100 as one, (hash(i // 8, 2) >> 8) % 100 as two,
        cast(hash(i // 8, 3) % 5000 as integer) as first,
        cast(hash(i // 8, 4) % 5000 as integer) as second,
        cast(hash(i, 5) % 5000 as integer) as other,
        1 + cast(hash(i // 8, 6) % 60 as integer) as length,
        1 + cast(hash(i, 7) % 60 as integer) as own_length
    from range({rows}) as numbers(i)
)
select
    person_id,
    case
        when kind = 6 and one < 30 then 'AAP'
        when kind = 7 and two < 10 then if(two < 5, 'UT', 'UFP')
        when kind = 5 and own < 40 then ['RP', 'AF', 'TU'][1 + cast(own % 3 as integer)]
        else 'SP'
    end as benefit_code,
    date '2006-01-01' + case kind
        when 0 then first when 1 then first + length when 2 then first + 2 * length
        when 3 then second when 4 then if(two < 30, second, other) else other
    end as start_date,
    start_date + case
        when kind < 3 then length when kind = 6 and one < 30 then own_length * 20
        when kind = 7 and two < 10 then own_length * 60
        when kind = 3 or (kind = 4 and two < 20) then length else own_length
    end as until_date,
    cast(
        if(kind = 0 or own < 50, 100, [20, 40, 50, 60, 80][1 + cast(own % 5 as integer)]) as double
    ) as grade_percent,
    cast(if(one < 30, [50, 80, 100, null][1 + cast(one % 4 as integer)], 100) as double)
        as position_percent,
    case when kind = 4 and two < 20 then 'b' when own >= 5 then 'a' end as job_id,
    start_date as delivered_start_date,
    if(own < 80, ['L84', 'P76', 'L03', 'P02'][1 + cast(own % 4 as integer)], null)
        as diagnosis_code
from drawn
"""


def make_spells(file: Path, rows: int) -> None:
    """Write spells and code lists to a database."""
    with open_warehouse(
        file, readable=[SQL_FOLDER], settings=RunSettings(threads=2, memory="3GB")
    ) as connection:
        connection.execute(MAKE.format(rows=rows))
        read_code_list(connection, SQL_FOLDER / "codelists" / "benefits.csv", "codelist_benefits")


def run_engine(file: Path) -> None:
    """Build the tables of the engine, then those of sick leave; print seconds of each part."""
    models = read_sql_models(SQL_FOLDER)
    with open_warehouse(
        file, readable=[], settings=RunSettings(threads=2, memory="3GB")
    ) as connection:
        for tables in (ENGINE, SICK_LEAVE):
            started = time.perf_counter(), time.process_time()
            for name in tables:
                bound = {key: PARAMS[key] for key in models[name].params}
                connection.execute(
                    f"create or replace table {name} as {models[name].sql}", bound or None
                )
            print(time.perf_counter() - started[0], time.process_time() - started[1])


def measure_engine(file: Path) -> tuple[list[float], float]:
    """Seconds of the clock and of the processor of each part, and GB at most of their process."""
    command = [sys.executable, __file__, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return [float(part) for part in told.split()], used.ru_maxrss / 1e6


def find_intervals_in_pandas(spells: pd.DataFrame) -> pd.DataFrame:
    """Do the same the obvious way: every row beside every day of change of its person."""
    spells = spells.assign(
        bit=spells["benefit_code"].map(BITS),
        is_sick=spells["benefit_code"] == "SP",
        is_permanent=spells["benefit_code"].isin(["UFP", "UT"]),
        position=spells["position_percent"].replace(0, np.nan).fillna(100).clip(upper=100),
        job=spells["job_id"].fillna(""),
    )
    days = [
        spells[["person_id", day]].rename(columns={day: "start"})
        for day in ("start_date", "until_date")
    ]
    cuts = pd.concat(days).drop_duplicates().sort_values(["person_id", "start"])
    cuts["until"] = cuts.groupby("person_id")["start"].shift(-1)
    pairs = cuts.dropna().merge(spells, on="person_id")
    pairs = pairs[(pairs["start_date"] <= pairs["start"]) & (pairs["until_date"] > pairs["start"])]
    key = ["person_id", "start", "until"]
    sets = pairs.drop_duplicates([*key, "bit"]).groupby(key)["bit"].sum().rename("benefit_set")
    jobs = pairs[pairs["is_sick"]].groupby([*key, "job"])[["grade_percent", "position"]].max()
    jobs["lost"] = jobs["grade_percent"] * jobs["position"]
    sick = jobs.groupby(level=key)[["lost", "position"]].sum()
    permanent = pairs[pairs["is_permanent"]].groupby(key)["grade_percent"].max()
    found = sets.to_frame()
    found["sick_leave_grade"] = sick["lost"] / sick["position"]
    found["sick_leave_fraction"] = (sick["lost"] / 10_000).clip(upper=1)
    found["disability_grade"] = permanent
    found = found.fillna({"sick_leave_fraction": 0}).reset_index()
    content = ["benefit_set", *GRADES]
    before = found.shift(1)
    is_same = (found[content] == before[content]) | (found[content].isna() & before[content].isna())
    goes_on = (
        is_same.all(axis=1)
        & (found["person_id"] == before["person_id"])
        & (found["start"] == before["until"])
    )
    runs = found.groupby((~goes_on).cumsum())
    merged = runs[["person_id", "start", *content]].first()
    merged.insert(2, "until", runs["until"].last())
    # first() passes over what is missing, which is missing in the whole run.
    return merged.rename(columns={"start": "start_date", "until": "until_date"})


def in_pandas(spells: pd.DataFrame) -> pd.DataFrame:
    """Chunk by chunk."""
    chunks = spells.groupby(spells["person_id"] // CHUNK)
    return pd.concat([find_intervals_in_pandas(chunk) for _, chunk in chunks])


def in_polars(spells: pd.DataFrame) -> pd.DataFrame:
    """Do the same in Polars, lazily and chunk by chunk."""
    rows = pl.from_pandas(spells).with_columns(
        bit=pl.col("benefit_code").replace_strict(BITS),
        is_sick=pl.col("benefit_code") == "SP",
        is_permanent=pl.col("benefit_code").is_in(["UFP", "UT"]),
        position=pl.when(pl.col("position_percent") == 0)
        .then(None)
        .otherwise(pl.col("position_percent"))
        .fill_null(100)
        .clip(upper_bound=100),
        job=pl.col("job_id").fill_null(""),
    )
    chunks = rows.with_columns(chunk=pl.col("person_id") // CHUNK).partition_by("chunk")
    return pl.concat([find_intervals_in_polars(chunk.lazy()) for chunk in chunks]).to_pandas()


def find_intervals_in_polars(spells: pl.LazyFrame) -> pl.DataFrame:
    """Every row beside every day of change of its person."""
    key = ["person_id", "start", "until"]
    cuts = (
        pl.concat(
            [spells.select("person_id", start=pl.col(day)) for day in ("start_date", "until_date")]
        )
        .unique()
        .sort("person_id", "start")
        .with_columns(until=pl.col("start").shift(-1).over("person_id"))
        .drop_nulls()
    )
    pairs = cuts.join(spells, on="person_id").filter(
        pl.col("start_date") <= pl.col("start"), pl.col("until_date") > pl.col("start")
    )
    sets = pairs.unique([*key, "bit"]).group_by(key).agg(benefit_set=pl.col("bit").sum())
    jobs = (
        pairs.filter("is_sick")
        .group_by([*key, "job"])
        .agg(pl.col("grade_percent").max(), pl.col("position").max())
        .group_by(key)
        .agg(
            lost=(pl.col("grade_percent") * pl.col("position")).sum(),
            position=pl.col("position").sum(),
        )
    )
    permanent = (
        pairs.filter("is_permanent")
        .group_by(key)
        .agg(disability_grade=pl.col("grade_percent").max())
    )
    found = (
        sets.join(jobs, on=key, how="left")
        .join(permanent, on=key, how="left")
        .with_columns(
            sick_leave_grade=pl.col("lost") / pl.col("position"),
            sick_leave_fraction=(pl.col("lost") / 10_000).clip(upper_bound=1).fill_null(0),
        )
        .sort("person_id", "start")
    )
    content = ["benefit_set", *GRADES]
    goes_on = pl.all_horizontal(
        [pl.col(name).eq_missing(pl.col(name).shift()) for name in ["person_id", *content]]
    ) & (pl.col("start") == pl.col("until").shift()).fill_null(False)
    return (
        found.with_columns(run=(~goes_on).cum_sum())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("person_id").first(),
            start_date=pl.col("start").first(),
            until_date=pl.col("until").last(),
            **{name: pl.col(name).first() for name in content},
        )
        .drop("run")
        .collect()
    )


# The same task in other packages: name -> function of a pandas frame of spells, giving a frame
# like in_pandas; each is held to the same answer.
PEERS = {"naive pandas": in_pandas, "polars": in_polars}


def assert_equal(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Same stretches, sets and grades."""
    left, right = (
        frame.sort_values(["person_id", "start_date"]).reset_index(drop=True)
        for frame in (ours, theirs)
    )
    for column in COLUMNS:
        assert (left[column] == right[column]).all(), column
    for column in GRADES:
        np.testing.assert_allclose(left[column], right[column], rtol=1e-12)


def bench_benefits() -> None:
    """Print the time of the engine at two sizes, and of its peers at the smaller."""
    cost = {}
    costs_of_leave = {}
    for rows in (SMALL, LARGE):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "spells.duckdb"
            make_spells(file, rows)
            parts, gigabytes = measure_engine(file)
            seconds, processor_seconds, leave_seconds, leave_processor_seconds = parts
            cost[rows], costs_of_leave[rows] = seconds / rows, leave_seconds / rows
            print(
                f"{'spells to disjoint, graded intervals':<44}{rows:>12,} rows {seconds:>8.2f} s"
                f"   {processor_seconds:.1f} s of the processor, {gigabytes:.2f} GB at most",
                flush=True,
            )
            print(
                f"{'intervals to spells of sick leave':<44}{rows:>12,} rows {leave_seconds:>8.2f} s"
                f"   {leave_processor_seconds:.1f} s of the processor,"
                f" {leave_seconds / seconds:.2f} of the intervals' time",
                flush=True,
            )
            if rows == SMALL:
                hold_against_peers(file, seconds)
    for of in (cost, costs_of_leave):
        ratio = of[LARGE] / of[SMALL]
        print(f"{'':<44}a row costs {ratio:.2f} times as much at ten times the rows")


def hold_against_peers(file: Path, seconds: float) -> None:
    """Time every peer on the same spells and hold its answer against the engine's."""
    with duckdb.connect(str(file)) as connection:
        spells = connection.sql("from core_benefit_spells").df()
        ours = connection.sql("from core_benefit_intervals").df()
    for name, peer in PEERS.items():
        started = time.perf_counter()
        theirs = peer(spells)
        peer_seconds = time.perf_counter() - started
        assert_equal(ours, theirs)
        print(
            f"{'':<44}{len(ours):>12,} intervals, equal   {name:<22}{peer_seconds:>8.2f} s"
            f"   ratio {seconds / peer_seconds:>6.3f}",
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_engine(Path(sys.argv[1]))
    else:
        bench_benefits()
