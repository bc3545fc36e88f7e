"""Dates as delivered, in SQL: every known shape becomes `yyyy-mm-dd`, a month `yyyy-mm`.

Known: ISO with or without time of day, dd.mm.yyyy, yyyymmdd, ddMONyyyy (SAS), yyyymm, and
days since 1960-01-01 (SAS, Stata). A text of another shape stays as it is, and staging puts
its row in quarantine. Whether an ISO text is a real day is for staging to say too.

Source: register-facts 7 (dates seen in deliveries).
"""

_NUMBER = "regexp_replace({value}, '[.,]0+$', '')"


def build_date_sql(value: str, date_format: str | None = None) -> str:
    """Return the SQL that turns a date text into ISO.

    Args:
        value: SQL of type varchar, trimmed.
        date_format: strptime format of delivery.toml, or "sas_days"; it then goes first. One
            without a day gives a month.
    """
    if date_format == "sas_days":
        return f"coalesce({_sas_day(value)}, {_any_shape(value)})"
    if date_format is not None:
        form = date_format.replace("'", "''")
        iso = "%Y-%m-%d" if "%d" in form or "%j" in form else "%Y-%m"
        return f"coalesce(strftime(try_strptime({value}, '{form}'), '{iso}'), {_any_shape(value)})"
    return _any_shape(value)


def _sas_day(value: str) -> str:
    days = f"try_cast({_NUMBER.format(value=value)} as integer)"
    return f"strftime(date '1960-01-01' + {days}, '%Y-%m-%d')"


def _any_shape(value: str) -> str:
    # The usual shapes come first and cost no regular expression.
    number = _NUMBER.format(value=value)
    day_first = f"{value}[7:10] || '-' || {value}[4:5] || '-' || {value}[1:2]"
    return (
        f"case when {value} like '____-__-__' then {value}"
        f" when {value} like '__.__.____' then {day_first}"
        f" when regexp_full_match({number}, '[0-9]{{8}}')"
        f" then {value}[1:4] || '-' || {value}[5:6] || '-' || {value}[7:8]"
        f" when regexp_full_match({number}, '[0-9]{{6}}')"
        f" then {value}[1:4] || '-' || {value}[5:6]"
        f" when regexp_full_match({number}, '[0-9]{{5}}') then {_sas_day(value)}"
        f" when regexp_full_match({value}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9:.]+Z?')"
        f" then {value}[1:10]"
        f" when regexp_full_match({value}, '[0-9]{{2}}[A-Za-z]{{3}}[0-9]{{4}}(:[0-9:.]+)?')"
        f" then coalesce(strftime(try_strptime({value}[1:9], '%d%b%Y'), '%Y-%m-%d'), {value})"
        f" else {value} end"
    )
