"""One replicate: a population in memory, the models of sql/, and what the estimators need.

The models are the pipeline's own, built in an in-memory database with one thread. Left out is
what changes no number: files, quality checks, grain counts, and tables nobody here reads.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from evaluation.deliveries.load import create_raw_tables, read_code_list
from evaluation.deliveries.spec import DeliverySpec
from evaluation.deliveries.tables import CANONICAL_TABLES, match_columns
from evaluation.errors import EvaluationError
from evaluation.matching.build import create_empty_match_computed
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import create_model, read_table
from evaluation.warehouse.connection import Connection, RunSettings, open_scanner
from evaluation.warehouse.models import SqlModel, list_upstream, read_sql_models
from synthetic_data import columns
from synthetic_data.block import Lives, build_lives, count_blocks
from synthetic_data.days import take
from synthetic_data.manifest import write_manifest
from synthetic_data.recovery.rows import build_benefit_rows, build_contact_rows, find_persons
from synthetic_data.scenario import read_scenario
from synthetic_data.ssb_files import build_ssb_tables
from synthetic_data.streams import open_stream
from synthetic_data.truth import build_effects, build_event_time

ROOT = Path(__file__).resolve().parent.parent.parent
SQL_FOLDER = ROOT / "sql"
STUDY = ROOT / "pipelines" / "studies" / "raskere_tilbake.toml"

MARTS = ("mart_matched_units", "mart_event_time", "mart_cohort_panel")
"""What every estimator reads; other marts can be asked for besides."""
_NOT_BUILT_AGAIN = (
    "stg_npr__contacts",
    "stg_nav__benefit_spells",
    "core_calendar",
    # Empty, for the study does not match on it; benefits come after the pool.
    "mart_prior_levels",
    # Only mart_window_outcomes.spells_started comes of it, which no estimate reads.
    "core_sick_leave_spells",
)
_BEFORE_BENEFITS = "mart_match_pool"
_POOL = {
    True: "mart_match_pool",
    False: "(select * from mart_match_pool where is_comparable) as comparable",
}
_UNIT_ORDER = "sector, matched_set_id, is_treated desc, person_id"
_RAW_OF_FILES = {
    "ssb/faste_oppl": "person",
    "ssb/f_utd_demografi": "education",
    "kobling": "link",
}
_MISSING = {
    "stg_npr__contacts": ("institution_id", "procedure_codes"),
    "stg_nav__benefit_spells": ("diagnosis_code",),
}


@dataclass(frozen=True, slots=True)
class Replicate:
    """What the estimators read of one population, and its truth.

    Attributes:
        units: mart_matched_units with npr_id, in the pipeline's order.
        panel: Event-time panel of the units, in the pipeline's order.
        quarters: Panel of quarters of the units, in the pipeline's order.
        pool: Everybody who may be matched: arm, sector, stratum, npr_id and window outcomes.
        effects: truth/effects: npr_id, sector, index_date, outcome, effect.
        event_time: truth/event_time: the same by event time, where not 0.
    """

    units: pd.DataFrame
    panel: pd.DataFrame
    quarters: pd.DataFrame
    pool: pd.DataFrame
    effects: pd.DataFrame
    event_time: pd.DataFrame


class Engine:
    """An open database with the code lists in it; makes one replicate after the other."""

    def __init__(
        self, connection: Connection, study: StudyDefinition, extra_marts: tuple[str, ...] = ()
    ) -> None:
        """Load what is the same for every replicate.

        Args:
            connection: An empty database in memory, which may read sql/codelists.
            study: The protocol.
            extra_marts: Marts to build besides `MARTS`; they stay in the database.
        """
        self.connection, self.study = connection, study
        models = read_sql_models(SQL_FOLDER)
        targets = (*MARTS, *extra_marts)
        age, period = study.eligibility, study.period
        self._birth_years = range(
            period.first_index_date.year - age.max_age_years,
            period.last_index_date.year - age.min_age_years + 1,
        )
        self._params = build_sql_params(study, _read_spec())
        create_raw_tables(connection)
        lists = {table for model in models.values() for table in model.reads}
        for path in sorted((SQL_FOLDER / "codelists").glob("*.csv")):
            if f"codelist_{path.stem}" in lists:
                read_code_list(connection, path, f"codelist_{path.stem}")
        if not study.matching.is_in_sql or study.matching.uses_prior_outcomes:
            raise EvaluationError(
                "replicates are matched before benefits are drawn, and in SQL; replicate a study"
                ' with matching.method = "exact" or "stratification" that matches on no level of an'
                " outcome"
            )
        create_empty_match_computed(connection)
        # On empty registers: what is not built again below stands there, and empty.
        for name in list_upstream(models, targets):
            self._create(models[name])
        read = {name: model for name, model in models.items() if name not in _NOT_BUILT_AGAIN}
        first = list_upstream(read, [_BEFORE_BENEFITS])
        self._first = [models[name] for name in first]
        self._second = [models[name] for name in list_upstream(read, targets) if name not in first]

    def run(
        self,
        scenario: str,
        *,
        seed: int,
        persons: int,
        whole_pool: bool = True,
        has_all_contacts: bool = False,
    ) -> Replicate:
        """Make one replicate, and read what the estimators need.

        Args:
            scenario: Name of the scenario.
            seed: Of the delivery that would be written.
            persons: Size of the population.
            whole_pool: Whether those are counted, too, whose stratum has no treated person; only
                a contrast without matching needs them, and they are most.
            has_all_contacts: Whether contacts that move no index date are there too; the gate
                counts them.
        """
        blocks = self.build(
            scenario,
            seed=seed,
            persons=persons,
            whole_pool=whole_pool,
            has_all_contacts=has_all_contacts,
        )
        return Replicate(
            units=self._read(
                "mart_matched_units join core_person_keys using (person_id)",
                "mart_matched_units.*, npr_id",
                _UNIT_ORDER,
            ),
            panel=self._read(
                "mart_event_time join mart_matched_sets using (matched_set_id, person_id)",
                "mart_event_time.*",
                f"{_UNIT_ORDER}, event_time",
            ),
            quarters=self._read(
                "mart_cohort_panel",
                "*",
                f"{_UNIT_ORDER}, quarter",
            ),
            pool=self._read(
                "mart_window_outcomes"
                f" join {_POOL[whole_pool]} using (is_treated, sector, person_id)"
                " join core_person_keys using (person_id)",
                "mart_window_outcomes.*, index_date, stratum, is_comparable, npr_id",
                "sector, is_treated desc, person_id",
            ),
            **_read_truth(blocks),
        )

    def build(
        self,
        scenario: str,
        *,
        seed: int,
        persons: int,
        whole_pool: bool = True,
        has_all_contacts: bool = False,
    ) -> list[Lives]:
        """Build the marts of one replicate in the database, and give the lives behind them.

        Args:
            scenario: Name of the scenario.
            seed: Of the delivery that would be written.
            persons: Size of the population.
            whole_pool: As in `run`.
            has_all_contacts: As in `run`.
        """
        parameters = _read_scenario(scenario)
        blocks = [
            build_lives(parameters, seed=seed, block=block, persons=persons)
            for block in range(count_blocks(persons))
        ]
        self._put_contacts(blocks, parameters, seed, has_all=has_all_contacts)
        for model in self._first:
            self._create(model)
        self._put_benefits(blocks, parameters, seed, whole_pool=whole_pool)
        for model in self._second:
            self._create(model)
        return blocks

    def _put_contacts(
        self, blocks: list[Lives], scenario: dict[str, Any], seed: int, *, has_all: bool
    ) -> None:
        contacts = [
            build_contact_rows(
                lives,
                scenario,
                open_stream(seed, block, "npr_files"),
                birth_years=self._birth_years,
                procedure_rng=open_stream(seed, block, "procedures") if has_all else None,
            )
            for block, lives in enumerate(blocks)
        ]
        self._put_staged("stg_npr__contacts", contacts)
        files: dict[str, list[pa.Table]] = {}
        for block, lives in enumerate(blocks):
            stream = open_stream(seed, block, "ssb_files")
            tables = build_ssb_tables(lives.persons, scenario, stream)
            for path in _RAW_OF_FILES:
                files.setdefault(path, []).append(tables[path])
        for path, parts in files.items():
            self._put_raw(_RAW_OF_FILES[path], parts)

    def _put_benefits(
        self, blocks: list[Lives], scenario: dict[str, Any], seed: int, *, whole_pool: bool
    ) -> None:
        wanted = self.connection.sql(
            "select distinct nav_id from core_person_keys"
            f" semi join {_POOL[whole_pool]} using (person_id)"
        ).to_arrow_table()["nav_id"]
        parts = [
            build_benefit_rows(
                lives,
                scenario,
                open_stream(seed, block, "nav_files"),
                is_wanted=find_persons(lives.persons, wanted),
            )
            for block, lives in enumerate(blocks)
        ]
        self._put_staged("stg_nav__benefit_spells", parts)

    def _put_staged(self, table: str, parts: list[pa.Table]) -> None:
        """Put rows in the place of a staging model's table."""
        rows = pa.concat_tables(parts)
        self._register(table, rows)
        missing = [name for name in _MISSING[table] if name not in rows.column_names]
        nulls = "".join(f" null::varchar as {name}," for name in missing)
        self.connection.execute(
            f"create or replace table {table} as select *,{nulls}"
            " null::varchar as broken_rule, 0 as file_index, row_number() over () as row_number"
            f" from {table}_rows"
        )

    def _put_raw(self, name: str, parts: list[pa.Table]) -> None:
        """Put rows as delivered in the place of a raw table."""
        table, rows = CANONICAL_TABLES[name], pa.concat_tables(parts)
        delivered = match_columns(table, rows.column_names, {})
        texts = [
            f'"{delivered[column][0]}"::varchar as {column}'
            if column in delivered
            else f"null::varchar as {column}"
            for column in table.columns
        ]
        self._register(table.raw_table, rows)
        self.connection.execute(
            f"create or replace table {table.raw_table} as select 0 as file_index,"
            f" row_number() over () as row_number, {', '.join(texts)} from {table.raw_table}_rows"
        )

    def _register(self, table: str, rows: pa.Table) -> None:
        self.connection.register(f"{table}_rows", rows.unify_dictionaries())

    def _create(self, model: SqlModel) -> None:
        create_model(self.connection, model, self._params)

    def _read(self, source: str, select: str, order_by: str) -> pd.DataFrame:
        return read_table(self.connection, source, columns=select, order_by=order_by).to_pandas()


@contextmanager
def open_engine(
    extra_marts: tuple[str, ...] = (), *, study: Path = STUDY, memory: str = "2GB"
) -> Iterator[Engine]:
    """Open an engine with the default study.

    Args:
        extra_marts: Marts to build besides `MARTS`.
        study: The protocol's file.
        memory: Limit of the database, which is in memory whole; some 20 kB a person.
    """
    settings = RunSettings(threads=1, memory=memory)
    with open_scanner(readable=[SQL_FOLDER / "codelists"], settings=settings) as connection:
        yield Engine(connection, StudyDefinition.from_toml(study), extra_marts)


@lru_cache(maxsize=2)
def _read_scenario(name: str) -> dict[str, Any]:
    return read_scenario(name)


def _read_spec() -> DeliverySpec:
    """Read what delivery.toml of synthetic registers says of what they cover."""
    with tempfile.TemporaryDirectory() as folder:
        about = {"scenario": "recovery", "persons": 0, "seed": 0}
        write_manifest(about, Path(folder), "parquet")
        return DeliverySpec.from_folder(Path(folder))


def _read_truth(blocks: list[Lives]) -> dict[str, pd.DataFrame]:
    effects, event_time = [], []
    for lives in blocks:
        coded = take(lives.courses, lives.treatment.is_coded.nonzero()[0])
        ids = columns.npr_ids(lives.persons.npr_number[coded.person])
        about = {"npr_id": ids}
        effects.append(build_effects(lives.untreated, lives.observed, coded, about=about))
        event_time.append(build_event_time(lives.untreated, lives.observed, coded, npr_ids=ids))
    return {
        "effects": pa.concat_tables(effects).to_pandas(),
        "event_time": pa.concat_tables(event_time).to_pandas(),
    }
