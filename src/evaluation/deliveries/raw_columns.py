"""The canonical columns of a planned file, as SQL over its delivered ones."""

from evaluation.deliveries.dates import build_date_sql
from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.sources import text_sql

_DATES = {"start_date", "end_date", "death_date", "emigration_date", "immigration_date"}
_NUMBERS = {"grade_percent", "position_percent"}
OTHER_CONTENT = "-"
"""Code of a row that its file's family holds for another purpose than this table's."""


def build_column_sql(file: PlannedFile, column: str) -> str:
    """Return the SQL of one canonical column, as text; null where it is not delivered.

    Args:
        file: The planned file.
        column: A column of its table.
    """
    sql = _value_sql(file, column)
    if file.kept is not None and column == _kept_column(file):
        delivered, codes = file.kept
        kept = ", ".join(_quoted(code) for code in codes)
        sql = f"case when {_code_sql(text_sql(delivered))} in ({kept}) then {sql}"
        sql += f" else '{OTHER_CONTENT}' end"
    return sql


def _kept_column(file: PlannedFile) -> str:
    return "benefit_code" if "benefit_code" in file.table.columns else file.table.required[0]


def _value_sql(file: PlannedFile, column: str) -> str:
    names = file.mapping.get(column, ())
    if not names:
        return _quoted(file.values[column]) if column in file.values else "null::varchar"
    texts = [_cell_sql(file, name) for name in names]
    if column in file.table.joined:
        return f"nullif(concat_ws('|', {', '.join(texts)}), '')"
    text = texts[0]
    if column in file.substitutes:
        told, other = file.substitutes[column]
        instead = _cell_sql(file, other)
        says_so = f"lower({text}) = {_quoted(told.lower())}" if told else f"{text} is null"
        text = f"case when {says_so} then {instead} else {text} end"
    if column in file.codes:
        cases = " ".join(
            f"when {_quoted(code)} then {_quoted(meant)}"
            for code, meant in file.codes[column].items()
        )
        text = f"case {_code_sql(text)} {cases} else {text} end"
    if column in _DATES:
        return build_date_sql(text, file.date_format)
    if column == "year":
        is_year = f"regexp_full_match({text}, '[0-9]{{4}}([.,]0+)?')"
        return f"case when {is_year} then {text} else {build_date_sql(text)} end"
    if column in _NUMBERS and file.decimal == ",":
        return f"replace(replace({text}, '.', ''), ',', '.')"
    return text


def _cell_sql(file: PlannedFile, name: str) -> str:
    text = text_sql(name)
    # DuckDB reads an empty cell of a csv as null, between quotes too.
    return f"nullif(trim({text}), '')" if file.may_have_edge_blanks else text


def _code_sql(value: str) -> str:
    # 1, '1' and 1.0 are one code.
    return f"regexp_replace(trim({value}), '[.,]0+$', '')"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
