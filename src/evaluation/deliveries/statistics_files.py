"""Files of SAS, SPSS and Stata, in chunks of text columns.

Numbers without a fraction lose their `.0`, so that codes and keys look as they did in the
source program; dates become ISO text by the format that the file gives its column.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evaluation.errors import DeliveryError

STATISTICS_KINDS = ("sas7bdat", "sav", "dta")
_CHUNK_ROWS = 200_000
_SAS_EPOCH = np.datetime64("1960-01-01", "s")
_SPSS_EPOCH = np.datetime64("1582-10-14", "s")
_DAY_SECONDS = 86_400
_SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS")
_SAS_DAYS = ("DATE", "DDMMYY", "MMDDYY", "YYMMDD", "E8601DA", "B8601DA", "NLDATE", "DAY", "JULIAN")
_SAS_TIMES = ("DATETIME", "E8601DT", "B8601DT", "NLDATM", "DATEAMPM")


def read_text_chunks(path: Path, kind: str) -> Iterator[pa.Table]:
    """Read a file in chunks; every column is text, in the order of the file.

    Args:
        path: The file.
        kind: One of STATISTICS_KINDS.

    Raises:
        DeliveryError: It cannot be read. The message holds no value.
    """
    import pyreadstat

    reader: Any = {
        "sas7bdat": pyreadstat.read_sas7bdat,
        "sav": pyreadstat.read_sav,
        "dta": pyreadstat.read_dta,
    }[kind]
    rows_before, is_last = 0, False
    # The library's own reading in chunks never ends where the file holds or tells no rows.
    while not is_last:
        try:
            columns, meta = reader(
                str(path),
                row_offset=rows_before,
                row_limit=_CHUNK_ROWS,
                output_format="dict",
                disable_datetime_conversion=True,
            )
            chunk = _turn_columns(columns, meta, kind)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, ValueError):
            raise DeliveryError(
                f"{path.name}: cannot be read as {kind}; the file may be cut off. Deliver it again,"
                " or as CSV."
            ) from None
        rows_before += chunk.num_rows
        is_last = chunk.num_rows < _CHUNK_ROWS
        yield chunk


def _turn_columns(columns: dict[str, Any], meta: Any, kind: str) -> pa.Table:
    formats, types = meta.original_variable_types, meta.readstat_variable_types
    return pa.table(
        {
            name: _texts(values)
            if types[name] == "string"
            else turn_numbers(values, kind, str(formats.get(name) or ""))
            for name, values in columns.items()
        }
    )


def _texts(values: Sequence[str | None]) -> pa.Array:
    texts = pa.array(values, type=pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def turn_numbers(values: Sequence[float | None], kind: str, form: str) -> pa.Array:
    """Turn the numbers of a column into text: dates into ISO, whole numbers without decimals.

    Args:
        values: The numbers, None where missing, shape (n,).
        kind: One of STATISTICS_KINDS.
        form: Format that the file gives the column, such as YYMMDD10 or %td; empty if none.

    Returns:
        Text, shape (n,).
    """
    numbers = np.array(values, dtype=np.float64)
    is_missing = np.isnan(numbers)
    seconds = _seconds_since_1970(numbers, kind, form.upper().lstrip("%"))
    if seconds is None:
        return _number_text(numbers)
    # Months have no day of their own.
    unit = "M" if kind == "dta" and form.lower().startswith("%tm") else "D"
    whole = np.where(is_missing, 0, seconds).astype("datetime64[s]")
    return pa.array(np.datetime_as_string(whole.astype(f"datetime64[{unit}]")), mask=is_missing)


def _seconds_since_1970(
    values: npt.NDArray[np.float64], kind: str, form: str
) -> npt.NDArray[np.float64] | None:
    sas_epoch = _SAS_EPOCH.astype(np.int64)
    if kind == "sav":
        is_date = form.rstrip("0123456789.") in _SPSS_DATES
        return values + _SPSS_EPOCH.astype(np.int64) if is_date else None
    if kind == "dta":
        if form.startswith("TM"):
            months = np.where(np.isnan(values), 0, values).astype("timedelta64[M]")
            dates = (np.datetime64("1960-01", "M") + months).astype("datetime64[s]")
            return np.where(np.isnan(values), np.nan, dates.astype(np.float64))
        if form.startswith("TC"):
            return values / 1000 + sas_epoch
        return values * _DAY_SECONDS + sas_epoch if form.startswith(("TD", "D")) else None
    if form.startswith(_SAS_TIMES):
        return values + sas_epoch
    return values * _DAY_SECONDS + sas_epoch if form.startswith(_SAS_DAYS) else None


def _number_text(numbers: npt.NDArray[np.float64]) -> pa.Array:
    is_missing = np.isnan(numbers)
    is_whole = ~is_missing & (np.floor(numbers) == numbers) & (np.abs(numbers) < 2**53)
    whole = pa.array(np.where(is_whole, numbers, 0).astype(np.int64)).cast(pa.string())
    text = pc.if_else(pa.array(is_whole), whole, pa.array(numbers).cast(pa.string()))
    return pc.if_else(pa.array(is_missing), pa.scalar(None, pa.string()), text)
