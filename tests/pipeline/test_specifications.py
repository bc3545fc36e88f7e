"""Variants beside a full run: the same tables, and the same estimate from a plain calculation."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.deliveries.spec import DeliverySpec
from evaluation.estimators.specification_tables import VariantLabels, build_variant_rows
from evaluation.outputs import OutputLayout
from evaluation.specifications import Specification
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import build_model, read_table
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse
from evaluation.warehouse.variants import build_variant, find_touched, list_shared_columns
from pipelines.resources import DEFAULT_STUDY
from pipelines.sensitivity_assets import MATCHED_ONLY, OUTCOMES, UNIT_ORDER, UNITS
from pipelines.sql_assets import SQL_MODELS

STUDY = StudyDefinition.from_toml(DEFAULT_STUDY)
VARIANTS = {specification.id: variant for specification, variant in STUDY.variants}
NUMBERS = ["att", "se", "ci_low", "ci_high", "p_value"]


@pytest.fixture
def spec(synthetic_delivery: Path) -> DeliverySpec:
    return DeliverySpec.from_folder(synthetic_delivery)


@pytest.fixture
def warehouse(copied_run: Path, synthetic_delivery: Path) -> Iterator[Connection]:
    file = OutputLayout(copied_run).warehouse_file
    settings = RunSettings(threads=1)
    with open_warehouse(file, readable=[synthetic_delivery], settings=settings) as connection:
        yield connection


def upstream(table: str) -> list[str]:
    """Core and mart models that a table rests on, in order, by the plainest way."""
    needed = {table}
    for name, model in reversed(SQL_MODELS.items()):
        needed |= model.reads if name in needed else set()
    return [name for name in SQL_MODELS if name in needed and not name.startswith("stg")]


def units_of(connection: Connection, variant: StudyDefinition, spec: DeliverySpec) -> pd.DataFrame:
    base, changed = build_sql_params(STUDY, spec), build_sql_params(variant, spec)
    touched = find_touched(SQL_MODELS, target=UNITS, base=base, changed=changed)
    columns = {OUTCOMES: list_shared_columns(connection, OUTCOMES, reader=UNITS)}
    with build_variant(connection, touched, changed, narrowings=[MATCHED_ONLY], columns=columns):
        return read_table(connection, UNITS, order_by=UNIT_ORDER).to_pandas()


def test_a_variant_gives_the_units_of_a_full_build_of_the_changed_study(
    warehouse: Connection, spec: DeliverySpec
) -> None:
    found = {name: units_of(warehouse, variant, spec) for name, variant in VARIANTS.items()}
    main = read_table(warehouse, UNITS, order_by=UNIT_ORDER).to_pandas()
    differing = set()
    for name, variant in VARIANTS.items():
        params = build_sql_params(variant, spec)
        for name_of_model in upstream(UNITS):
            build_model(warehouse, SQL_MODELS[name_of_model], params)
        wanted = read_table(warehouse, UNITS, order_by=UNIT_ORDER).to_pandas()
        pd.testing.assert_frame_equal(found[name], wanted, check_exact=True, obj=name)
        if not wanted.equals(main):
            differing.add(name)
    # The synthetic persons have one course of treatment, more than a year from all other courses,
    # so that no washout is broken and no comparator is left out.
    unmoved = {*VARIANTS} - differing - {"day_count=dagsverk"}
    assert {name.split("=")[0] for name in unmoved} <= {"washout", "comparator"}


def test_a_window_beyond_the_register_leaves_nobody_and_a_note(
    warehouse: Connection, spec: DeliverySpec
) -> None:
    days = {"windows.before_days": 4000, "windows.after_days": 4000}
    beyond = Specification(choice="windows", level="4000", overrides=days, origin="our_choice")
    units = units_of(warehouse, STUDY.change(beyond), spec)
    assert units.empty
    measures = {"sick_leave_days": ("sick_leave_days", "days")}
    result = build_variant_rows(
        units,
        VariantLabels(beyond.id, beyond.choice, beyond.level, 4000, measures),
        sectors=STUDY.sectors,
        n_persons={},
        confidence_level=0.95,
        cluster_on=["matched_set"],
    )
    assert result.table.empty
    assert "windows=4000, ALL, sick_leave_days: nobody is matched" in result.notes


def rows_of(out: Path, specification: str) -> pd.DataFrame:
    table = pd.read_parquet(out / "results" / "specifications.parquet")
    rows = table[table["specification_id"].eq(specification)]
    return rows.set_index(["sector", "outcome"]).sort_index()


def test_the_main_specification_is_the_headline(finished_run: Path) -> None:
    estimates = pd.read_parquet(finished_run / "results" / "estimates.parquet")
    shares = pd.read_parquet(finished_run / "results" / "matched_share.parquet")
    headline = estimates[
        estimates["outcome"].isin(STUDY.outcomes.primary)
        & estimates["estimator"].eq("did_2x2")
        & estimates["subgroup"].eq("all")
    ].set_index(["sector", "outcome"])
    main = rows_of(finished_run, "main")
    assert len(main) == len(headline)
    for name in [*NUMBERS, "n_treated", "n_control", "window_days", "unit"]:
        assert (main[name] == headline[name].sort_index()).all(), name
    share = shares.set_index("sector")["matched_share"]
    for (sector, _), row in main.iterrows():
        if sector != "ALL":
            assert row["matched_share"] == pytest.approx(share[sector], abs=1e-12)


def test_another_window_is_told_per_window_and_per_year(finished_run: Path) -> None:
    main, longer = rows_of(finished_run, "main"), rows_of(finished_run, "windows=730")
    assert (main["att"] == main["att_per_year"]).all()
    for name in ("att", "ci_low", "ci_high"):
        assert (longer[name] / 2 - longer[f"{name}_per_year"]).abs().max() < 1e-12
    # Whom the register does not cover for so long is left out.
    assert (longer["n_treated"] < main["n_treated"].reindex(longer.index)).any()


def test_dagsverk_stand_in_the_place_of_sick_leave_days(finished_run: Path) -> None:
    rows = rows_of(finished_run, "day_count=dagsverk")
    estimates = pd.read_parquet(finished_run / "results" / "estimates.parquet")
    wanted = estimates[
        estimates["outcome"].eq("sick_leave_dagsverk") & estimates["estimator"].eq("did_2x2")
    ].set_index("sector")
    found = rows.xs("sick_leave_days", level="outcome")
    assert set(found["measured_as"]) == {"sick_leave_dagsverk"}
    assert set(found["unit"]) == {"dagsverk"}
    assert (found["att"] == wanted["att"].reindex(found.index)).all()


# Slow and plain: ages in bands of ten years, from the candidates to the difference of means.


def course_order(row: pd.Series) -> int:
    text = f"{STUDY.seed}|{row['random_order']}|{row['index_date'].date()}"
    return int.from_bytes(md5(text.encode()).digest()[:8], "little")  # noqa: S324


def match(candidates: pd.DataFrame) -> list[tuple[str, pd.Series, list[pd.Series]]]:
    strata: dict[tuple, dict[bool, list[pd.Series]]] = defaultdict(lambda: {True: [], False: []})
    courses: dict[tuple, list[pd.Series]] = defaultdict(list)
    treated_in = set()
    for _, row in candidates.iterrows():
        band = row["age_years"] // 10
        cell = tuple(row[["sector", "diagnosis", "sex_code", "education_group", "index_year"]])
        row["cell"] = (*cell, band)
        if row["is_treated"]:
            strata[row["cell"]][True].append(row)
            treated_in.add((row["person_id"], row["cell"]))
        else:
            courses[row["sector"], row["person_id"]].append(row)
    for rows in courses.values():
        able = [
            row
            for row in rows
            if strata[row["cell"]][True] and (row["person_id"], row["cell"]) not in treated_in
        ]
        if able:
            chosen = min(able, key=lambda row: (course_order(row), row["index_date"]))
            strata[chosen["cell"]][False].append(chosen)
    sets = []
    for cell, arms in strata.items():
        order = {
            arm: sorted(rows, key=lambda row: (row["random_order"], row["person_id"]))
            for arm, rows in arms.items()
        }
        n = len(order[True])
        for place, treated in enumerate(order[True]):
            controls = order[False][place::n][: STUDY.matching.controls_per_treated]
            if controls:
                sets.append((cell[0], treated, controls))
    return sets


def change_in_sick_leave(row: pd.Series, intervals: dict[int, list[tuple]]) -> int:
    zero, year = row["index_date"], pd.Timedelta(days=365)
    before, after = 0, 0
    for start, until in intervals.get(row["person_id"], []):
        before += max((min(until, zero) - max(start, zero - year)).days, 0)
        after += max((min(until, zero + year) - max(start, zero)).days, 0)
    return after - before


def test_ten_year_bands_give_what_a_plain_calculation_gives(
    finished_run: Path, warehouse: Connection
) -> None:
    candidates = read_table(
        warehouse, "mart_candidates where failed_step_code is null", order_by="all"
    ).to_pandas()
    candidates = candidates[candidates["sector"].isin(["ARR", "TSB"])]
    spells = read_table(
        warehouse,
        "core_benefit_intervals where sick_leave_grade is not null",
        columns="person_id, start_date, until_date",
    ).to_pandas()
    intervals = defaultdict(list)
    for person, start, until in spells.itertuples(index=False):
        intervals[person].append((pd.Timestamp(start), pd.Timestamp(until)))
    candidates["index_date"] = pd.to_datetime(candidates["index_date"])
    effects = defaultdict(list)
    n_control = defaultdict(set)
    for sector, treated, controls in match(candidates):
        others = [change_in_sick_leave(control, intervals) for control in controls]
        effects[sector].append(change_in_sick_leave(treated, intervals) - np.mean(others))
        n_control[sector] |= {control["person_id"] for control in controls}
    rows = rows_of(finished_run, "age_bands=10")
    assert len(effects["ARR"]) > 50
    row = rows.loc[("ARR", "sick_leave_days")]
    assert row["att"] == pytest.approx(np.mean(effects["ARR"]), abs=1e-9)
    assert row["n_treated"] == len(effects["ARR"])
    assert row["n_control"] == len(n_control["ARR"])
