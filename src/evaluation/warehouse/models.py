"""Read the SQL files: one file, one select, one table. What it reads is parsed from it."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from evaluation.errors import SqlModelError

LAYERS = ("staging", "core", "marts")
_TABLE_PREFIXES = ("raw_", "codelist_", "stg_", "core_", "mart_", "check_")
_FIELD = re.compile(
    r"^-- (grain|family|severity|table|column|threshold|lists|means|what_to_do|source):"
    # A long value goes on in lines that are indented by three.
    r" (.+(?:\n--   .+)*)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class SqlModel:
    """One SQL file.

    Attributes:
        name: File, table and asset name.
        sql: The text of the file.
        fields: `-- key: value` lines of the header (grain, and for checks severity, ...).
        description: The header without its first line.
        reads: Tables it reads.
        params: `$parameters` it needs.
    """

    name: str
    sql: str
    fields: Mapping[str, str]
    description: str
    reads: frozenset[str]
    params: frozenset[str]

    @property
    def grain(self) -> tuple[str, ...]:
        """Columns that identify a row."""
        return tuple(column.strip() for column in self.fields["grain"].split(","))

    @property
    def layer(self) -> str:
        """First word of the name: stg, core, mart or check."""
        return self.name.split("_", 1)[0]

    @property
    def text_hash(self) -> str:
        """Changes when the file changes."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_sql_models(folder: Path) -> dict[str, SqlModel]:
    """Read the models of sql/, in an order in which they can be built.

    Args:
        folder: The sql/ folder.

    Raises:
        SqlModelError: A file is not a valid model, or the models form a cycle.
    """
    models = _read(path for layer in LAYERS for path in sorted((folder / layer).glob("*.sql")))
    for model in models.values():
        if "grain" not in model.fields:
            raise SqlModelError(f"{model.name}.sql has no '-- grain: <columns>' line")
    try:
        order = TopologicalSorter({m.name: sorted(m.reads) for m in models.values()}).static_order()
        return {name: models[name] for name in order if name in models}
    except CycleError as error:
        raise SqlModelError(
            f"the SQL models read each other in a circle: {error.args[1]}"
        ) from None


def list_upstream(models: Mapping[str, SqlModel], targets: Iterable[str]) -> list[str]:
    """Name the models that some models need, themselves among them, in building order.

    Args:
        models: From `read_sql_models`.
        targets: Names of models.
    """
    needed: set[str] = set()
    waiting = list(targets)
    while waiting:
        name = waiting.pop()
        if name in models and name not in needed:
            needed.add(name)
            waiting += models[name].reads
    return [name for name in models if name in needed]


def read_sql_checks(folder: Path) -> dict[str, SqlModel]:
    """Read sql/checks, the quality catalogue; evaluation.quality computes and judges it.

    Args:
        folder: The sql/ folder.
    """
    return _read(sorted((folder / "checks").glob("*.sql")))


def _read(paths: Iterator[Path] | Sequence[Path]) -> dict[str, SqlModel]:
    with duckdb.connect() as parser:
        return {
            path.stem: parse_sql_model(path.stem, path.read_text(encoding="utf-8"), parser)
            for path in paths
        }


def parse_sql_model(name: str, sql: str, parser: duckdb.DuckDBPyConnection) -> SqlModel:
    """Turn the text of one file into a model.

    Args:
        name: The file's name without ending.
        sql: The file's text.
        parser: Any connection; only its parser is used.

    Raises:
        SqlModelError: It is not exactly one select under a header that names it.
    """
    header = [line[3:] for line in sql.split("\n\n", 1)[0].splitlines() if line.startswith("-- ")]
    if not header or header[0] != name:
        raise SqlModelError(f"{name}.sql must open with the comment '-- {name}'")
    try:
        statements = parser.extract_statements(sql)
    except duckdb.Error as error:
        raise SqlModelError(f"{name}.sql does not parse: {error}") from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SqlModelError(f"{name}.sql must hold exactly one SELECT")
    row = parser.execute("select json_serialize_sql($1)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True, "error_message": "no tree"}
    if tree["error"]:
        raise SqlModelError(f"{name}.sql does not parse: {tree['error_message']}")
    hiding = sorted(cte for cte in _cte_names(tree) if cte.startswith(_TABLE_PREFIXES))
    if hiding:
        raise SqlModelError(
            f"{name}.sql names a step {hiding[0]}, like a table; what it reads from a table of that"
            " name could then not be seen. Give the step another name."
        )
    return SqlModel(
        name=name,
        sql=sql,
        fields={key: text.replace("\n--  ", "") for key, text in _FIELD.findall(sql)},
        description="\n".join(header[1:]),
        reads=frozenset(_base_tables(tree) - _cte_names(tree)),
        params=frozenset(statements[0].named_parameters),
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    # A tree is what json gave, and there are thousands of nodes a file: no abstract types here.
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _base_tables(tree: Any) -> set[str]:
    return {node["table_name"] for node in _nodes(tree) if node.get("type") == "BASE_TABLE"}


def _cte_names(tree: Any) -> set[str]:
    return {
        entry["key"] for node in _nodes(tree) for entry in node.get("cte_map", {}).get("map", [])
    }
