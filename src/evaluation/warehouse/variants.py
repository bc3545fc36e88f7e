"""Build a few models again with other parameters, beside the warehouse's own tables.

What a change of parameters does not touch is read from the tables that stand; what it touches
is built as temporary tables, which stand before them and are gone afterwards. The warehouse's
file and its record of what is built are never written to.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evaluation.errors import SqlModelError
from evaluation.warehouse.build import describe_query_error
from evaluation.warehouse.connection import Connection, QueryError
from evaluation.warehouse.models import SqlModel


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


def list_shared_columns(connection: Connection, table: str, *, reader: str) -> tuple[str, ...]:
    """List the columns of a table that a table made of it has too: the others it does not read.

    Args:
        connection: The warehouse, with both.
        table: Table that is read.
        reader: Table that takes its columns under their own names.
    """
    # No row: what the columns are called is asked.
    theirs = connection.sql(f"select * from {reader} limit 0").columns
    return tuple(
        name for name in connection.sql(f"select * from {table} limit 0").columns if name in theirs
    )


@contextmanager
def build_variant(
    connection: Connection,
    touched: Sequence[SqlModel],
    params: Mapping[str, Any],
    *,
    narrowings: Sequence[Narrowing] = (),
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[None]:
    """Build models as temporary tables, which are read before the warehouse's of the same name.

    Args:
        connection: The warehouse.
        touched: Models in an order in which they can be built.
        params: At least their parameters.
        narrowings: Which models may be given fewer rows; only for models whose rows do not
            depend on each other, and whose other rows the last one drops.
        columns: Of which models only some columns are made, for the others are not read.

    Raises:
        SqlModelError: A query fails, or the last table has a key twice. The message carries no
            value from the data.
    """
    narrowed = {each.before: each for each in narrowings}
    built: list[str] = []
    try:
        for model in touched:
            if model.name in narrowed:
                built.append(narrowed[model.name].table)
                _narrow(connection, narrowed[model.name])
            built.append(model.name)
            _build(connection, model, params, (columns or {}).get(model.name, ("*",)))
        if touched:
            _check_grain(connection, touched[-1])
        yield
    finally:
        for name in built:
            connection.execute(f"drop table if exists temp.main.{name}")


def _narrow(connection: Connection, narrowing: Narrowing) -> None:
    name, keys = narrowing.table, ", ".join(narrowing.on)
    connection.execute(
        f"create or replace temp table {name} as"
        f" select * from {name} semi join {narrowing.by} using ({keys})"
    )


def _build(
    connection: Connection, model: SqlModel, params: Mapping[str, Any], columns: Sequence[str]
) -> None:
    bound = {name: params[name] for name in sorted(model.params)}
    try:
        connection.execute(
            f"create temp table {model.name} as select {', '.join(columns)} from ({model.sql})",
            bound or None,
        )
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
