"""Build a few models again with other parameters, beside the warehouse's own tables.

What a change of parameters does not touch is read from the tables that stand; what it touches
is built in a schema of its own, which is gone afterwards. The warehouse's tables and its record
of what is built are never written to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evaluation.errors import SqlModelError
from evaluation.warehouse.build import describe_query_error
from evaluation.warehouse.connection import Connection, QueryError
from evaluation.warehouse.models import SqlModel

SCHEMA = "variant"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Rows that a model need not be given, because its reader drops what comes of them.

    Attributes:
        before: The model that is given fewer rows.
        table: The table that is narrowed for it.
        by: The table in which a row must have its like to stay; built by then.
        on: Columns that make two rows alike.
    """

    before: str
    table: str
    by: str
    on: tuple[str, ...]


def find_touched(
    models: Mapping[str, SqlModel],
    *,
    target: str,
    base: Mapping[str, Any],
    changed: Mapping[str, Any],
) -> tuple[SqlModel, ...]:
    """Find what must be built again for a table, because a parameter or an input differs.

    Args:
        models: Every model, each after what it reads.
        target: Name of the table that is asked for.
        base: Parameters that the warehouse's tables were built with.
        changed: Other parameters, of the same names.

    Returns:
        Models in the order in which they can be built, the target last; none when nothing that
        the target rests on differs.

    Raises:
        SqlModelError: There is no such model, or a parameter is missing.
    """
    if target not in models:
        raise SqlModelError(f"there is no model {target}")
    needed, waiting = set(), [target]
    while waiting:
        name = waiting.pop()
        if name in models and name not in needed:
            needed.add(name)
            waiting += models[name].reads
    touched: dict[str, SqlModel] = {}
    for name, model in models.items():
        if name not in needed:
            continue
        missing = sorted(model.params - base.keys() | model.params - changed.keys())
        if missing:
            raise SqlModelError(f"{name}.sql needs parameters that are not given: {missing}")
        differs = any(base[param] != changed[param] for param in model.params)
        if differs or not touched.keys().isdisjoint(model.reads):
            touched[name] = model
    return tuple(touched.values())


@contextmanager
def build_variant(
    connection: Connection,
    touched: Sequence[SqlModel],
    params: Mapping[str, Any],
    *,
    narrowings: Sequence[Narrowing] = (),
) -> Iterator[None]:
    """Build models in a schema of their own, and read every table from there first.

    Inside, a table's name means the variant's table where there is one, else the warehouse's.
    Afterwards the schema is dropped. One a crash has left is dropped first.

    Args:
        connection: The warehouse.
        touched: Models in an order in which they can be built.
        params: At least their parameters.
        narrowings: Which models may be given fewer rows; only for models whose rows do not
            depend on each other, and whose other rows the last one drops.

    Raises:
        SqlModelError: A query fails, or the last table has a key twice. The message carries no
            value from the data.
    """
    narrowed = {each.before: each for each in narrowings}
    _leave(connection)
    connection.execute(f"create schema {SCHEMA}")
    try:
        connection.execute(f"set search_path = '{SCHEMA},main'")
        for model in touched:
            if model.name in narrowed:
                _narrow(connection, narrowed[model.name])
            _build(connection, model, params)
        if touched:
            _check_grain(connection, touched[-1])
        yield
    finally:
        _leave(connection)


def _leave(connection: Connection) -> None:
    connection.execute("set search_path = 'main'")
    connection.execute(f"drop schema if exists {SCHEMA} cascade")


def _narrow(connection: Connection, narrowing: Narrowing) -> None:
    name, keys = narrowing.table, ", ".join(narrowing.on)
    connection.execute(
        f"create or replace table {SCHEMA}.{name} as"
        f" select * from {name} semi join {narrowing.by} using ({keys})"
    )


def _build(connection: Connection, model: SqlModel, params: Mapping[str, Any]) -> None:
    bound = {name: params[name] for name in sorted(model.params)}
    try:
        connection.execute(f"create table {SCHEMA}.{model.name} as {model.sql}", bound or None)
    except QueryError as error:
        raise SqlModelError(
            f"{model.name} could not be built with other settings: {describe_query_error(error)}"
        ) from None


def _check_grain(connection: Connection, model: SqlModel) -> None:
    grain = ", ".join(model.grain)
    # All rows are fetched: an open result would be in the way of the next query.
    [(rows, distinct)] = connection.execute(
        f"select count(*), (select count(*) from (select distinct {grain} from {model.name}))"
        f" from {model.name}"
    ).fetchall()
    if rows != distinct:
        raise SqlModelError(f"{model.name}, built with other settings, has a key twice")
