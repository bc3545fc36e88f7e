"""Count what the checks examine and what breaks them, without writing anything.

All row rules of a table share one scan. Each row gets one bit a rule, and rows are grouped by
their bits: a delivery has few kinds of broken rows, so the groups stay few however many the
rules, and one count and one minimum do for all of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.quality.forms import RowRule, name_form, read_row_rule
from evaluation.warehouse.build import describe_query_error
from evaluation.warehouse.connection import Connection, QueryError
from evaluation.warehouse.models import SqlModel

_BITS = 60  # of a bigint, with some to spare
_SHORT_LIST = 10  # codes; DuckDB turns longer lists into a join anyway
_LISTS = "lists"  # header field of a check: the form that a code must have to be shown
_ANOTHER_TEXT = "(another text)"
_MOST_CODES = 19
UNKNOWN_CODE = "unknown_code"
_CODE_LIST = re.compile(r"\(\s*select \w+\s+from codelist_\w+(?:\s+where \w+ = '\w*')?\s*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """What one check found in one place.

    Attributes:
        place: A delivered file, or the text of a cell.
        rule: The rule that is broken; the check's own name when it has no finer ones.
        column: Column that breaks it.
        n_rows: Rows, or cells, examined there.
        n_violations: Of these, broken.
        first_row: Row number of the first broken row; None for a cell.
    """

    place: str
    rule: str
    column: str | None
    n_rows: int
    n_violations: int
    first_row: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found.

    Attributes:
        examined: Rows, or cells, examined.
        broken: Of these, broken.
        places: Where, the most broken first.
        error: Why the check could not be computed, without values; empty when it could.
        codes: Codes that no list knows, each with its rows; for checks that list them.
    """

    examined: int
    broken: int
    places: tuple[Place, ...] = ()
    error: str = ""
    codes: tuple[Place, ...] = ()


def scan_checks(
    connection: Connection, checks: Sequence[SqlModel], params: Mapping[str, Any]
) -> dict[str, Found]:
    """Compute every check; one that fails does not stop the others.

    Args:
        connection: The warehouse, staging built.
        checks: Files of sql/checks.
        params: Parameters of sql/.
    """
    files: dict[int, str] = dict(
        connection.execute("select file_index, file from raw_files").fetchall()
    )
    found: dict[str, Found] = {}
    tables: dict[str, list[tuple[SqlModel, RowRule]]] = {}
    for check in checks:
        rule = read_row_rule(check)
        if rule is None:
            found[check.name] = _scan_alone(connection, check, params, files)
        else:
            tables.setdefault(rule.table, []).append((check, rule))
    for rules in tables.values():
        found |= scan_rules(connection, rules, params, files)
    return {check.name: found[check.name] for check in checks}


def scan_rules(
    connection: Connection,
    rules: Sequence[tuple[SqlModel, RowRule]],
    params: Mapping[str, Any],
    files: Mapping[int, str],
) -> dict[str, Found]:
    """Compute row rules of one table in one scan; when that fails, each alone.

    Args:
        connection: The warehouse.
        rules: Checks with their row rules, all of one table.
        params: Parameters of sql/.
        files: Names of the delivered files by file_index.
    """
    try:
        sql = inline_code_lists(connection, build_scan([rule for _, rule in rules]))
        bound = _bind([check for check, _ in rules], params)
        groups = connection.execute(sql, bound).fetchall()
    except (QueryError, KeyError) as error:
        if len(rules) == 1:
            return {rules[0][0].name: Found(0, 0, error=_tell(error))}
        alone = [scan_rules(connection, [rule], params, files) for rule in rules]
        return {name: found for each in alone for name, found in each.items()}
    wheres = _wheres(rule for _, rule in rules)
    found = {
        check.name: _total(_place_rows(groups, number, wheres.index(rule.examined), check, files))
        for number, (check, rule) in enumerate(rules)
    }
    for check, rule in rules:
        if found[check.name].broken and _LISTS in check.fields:
            codes = _list_codes(connection, check, rule, params)
            found[check.name] = replace(found[check.name], codes=codes)
    return found


def _list_codes(
    connection: Connection, check: SqlModel, rule: RowRule, params: Mapping[str, Any]
) -> tuple[Place, ...]:
    """Count the rows of each code that breaks a rule.

    Only what has the form of a code is shown: the column may hold any text by mistake.
    """
    column = check.fields["column"]
    shown = connection.execute(
        f"select if(regexp_full_match({column}, '{check.fields[_LISTS]}'), {column},"
        f" '{_ANOTHER_TEXT}'), count(*)\nfrom {rule.table}\nwhere ({rule.examined})"
        f" and ({rule.broken})\ngroup by 1 order by 2 desc, 1",
        _bind([check], params),
    ).fetchall()
    kept, rest = shown[:_MOST_CODES], shown[_MOST_CODES:]
    if rest:
        kept.append((f"and {len(rest)} other codes", sum(rows for _, rows in rest)))
    return tuple(
        Place(f"{column} {code}", UNKNOWN_CODE, column, rows, rows, None) for code, rows in kept
    )


def build_scan(rules: Sequence[RowRule]) -> str:
    """Write the one query that computes row rules of one table.

    Args:
        rules: Rules of one table.

    Returns:
        A select of file_index, the bits of the rows examined, the bits of the rules broken,
        the number of such rows and the first of them. Bits stand in lists of bigints.
    """
    wheres = _wheres(rules)
    flags = ", ".join(f"({where}) as e{i}" for i, where in enumerate(wheres))
    # A case takes null for no, and looks at the rule only where the row is examined.
    examined = _pack([f"case when e{i} then {{bit}} else 0 end" for i in range(len(wheres))])
    broken = _pack(
        [
            f"case when e{wheres.index(rule.examined)} and ({_braces(rule.broken)})"
            " then {bit} else 0 end"
            for rule in rules
        ]
    )
    words = [f"x{i}" for i in range(len(examined))], [f"y{i}" for i in range(len(broken))]
    named = ",\n".join(
        f"{bits} as {name}"
        for bits, name in zip([*examined, *broken], [*words[0], *words[1]], strict=True)
    )
    return (
        f"select file_index, [{', '.join(words[0])}], [{', '.join(words[1])}],"
        " count(*), min(row_number)\n"
        f"from (select file_index, row_number,\n{named}\n"
        # A rule with a subquery may name its table.
        f"from (select *, {flags}\nfrom {rules[0].table}) as {rules[0].table})\n"
        f"group by file_index, {', '.join([*words[0], *words[1]])}"
    )


def inline_code_lists(connection: Connection, sql: str) -> str:
    """Write short code lists out in the text: a scan compares faster than it joins.

    Args:
        connection: The warehouse.
        sql: A condition with subqueries such as `(select code from codelist_things)`.
    """

    def write_out(match: re.Match[str]) -> str:
        codes = [row[0] for row in connection.execute(match[0][1:-1]).fetchall()]
        if not 0 < len(codes) <= _SHORT_LIST or not all(map(str.isalnum, codes)):
            return match[0]
        return "(" + ", ".join(f"'{code}'" for code in codes) + ")"

    return _CODE_LIST.sub(write_out, sql)


def _wheres(rules: Iterable[RowRule]) -> list[str]:
    return list(dict.fromkeys(rule.examined for rule in rules))


def _pack(flags: Sequence[str]) -> list[str]:
    words = [flags[start : start + _BITS] for start in range(0, len(flags), _BITS)]
    return [
        " + ".join(flag.format(bit=f"{1 << place}::bigint") for place, flag in enumerate(word))
        for word in words
    ]


def _braces(expression: str) -> str:
    return expression.replace("{", "{{").replace("}", "}}")


def _has_bit(words: Sequence[int], number: int) -> bool:
    return bool(words[number // _BITS] >> (number % _BITS) & 1)


def _place_rows(
    groups: Iterable[tuple[int, list[int], list[int], int, int]],
    rule_number: int,
    where_number: int,
    check: SqlModel,
    files: Mapping[int, str],
) -> list[Place]:
    counts: dict[int, tuple[int, int, int | None]] = {}
    for file_index, examined, broken, rows, first in groups:
        if not _has_bit(examined, where_number):
            continue
        n_rows, n_broken, first_row = counts.get(file_index, (0, 0, None))
        if _has_bit(broken, rule_number):
            n_broken += rows
            first_row = first if first_row is None else min(first, first_row)
        counts[file_index] = (n_rows + rows, n_broken, first_row)
    rule, column = _rule_name(check), check.fields["column"]
    return [Place(files[index], rule, column, *count) for index, count in counts.items()]


def _scan_alone(
    connection: Connection, check: SqlModel, params: Mapping[str, Any], files: Mapping[int, str]
) -> Found:
    scan = _scan_cells if name_form(check) == "cells" else _scan_rows
    try:
        return scan(connection, check, _bind([check], params), files)
    except (QueryError, KeyError) as error:
        return Found(0, 0, error=_tell(error))


def _scan_rows(
    connection: Connection, check: SqlModel, bound: Any, files: Mapping[int, str]
) -> Found:
    cursor = connection.execute(f"select * from ({check.sql}) limit 0", bound)
    names = {column[0] for column in cursor.description or ()}
    rule = "if(is_broken, rule_name, null)" if "rule_name" in names else "null"
    column = "if(is_broken, column_name, null)" if "column_name" in names else "null"
    weight = "n_rows" if "n_rows" in names else "1"
    groups = connection.execute(
        f"select file_index, {rule}, {column}, sum({weight})::bigint,"
        f" coalesce(sum({weight}) filter (where is_broken), 0)::bigint,"
        " min(row_number) filter (where is_broken)"
        f" from ({check.sql}) group by 1, 2, 3",
        bound,
    ).fetchall()
    n_rows: dict[int, int] = {}
    for index, _, _, rows, *_ in groups:
        n_rows[index] = n_rows.get(index, 0) + rows
    default = _rule_name(check), None if "column_name" in names else check.fields["column"]
    places = [
        Place(files[index], rule or default[0], column or default[1], n_rows[index], broken, first)
        for index, rule, column, _, broken, first in groups
        if broken
    ]
    return _total(places, examined=sum(n_rows.values()))


def _scan_cells(
    connection: Connection, check: SqlModel, bound: Any, _files: Mapping[int, str]
) -> Found:
    cells = connection.execute(
        "select place, count(*), count(*) filter (where is_broken)"
        f" from ({check.sql}) group by place",
        bound,
    ).fetchall()
    rule, column = _rule_name(check), check.fields["column"]
    return _total([Place(place, rule, column, rows, broken, None) for place, rows, broken in cells])


def _total(places: Sequence[Place], *, examined: int | None = None) -> Found:
    order = sorted(places, key=lambda p: (-p.n_violations, p.place, p.rule, p.column or ""))
    return Found(
        examined=sum(place.n_rows for place in places) if examined is None else examined,
        broken=sum(place.n_violations for place in places),
        places=tuple(place for place in order if place.n_violations),
    )


def _bind(checks: Sequence[SqlModel], params: Mapping[str, Any]) -> dict[str, Any] | None:
    names = sorted({name for check in checks for name in check.params})
    return {name: params[name] for name in names} or None


def _rule_name(check: SqlModel) -> str:
    return check.name.removeprefix("check_")


def _tell(error: QueryError | KeyError) -> str:
    if isinstance(error, KeyError):
        return f"the parameter {error} is not given"
    return describe_query_error(error).splitlines()[0].rstrip(".")
