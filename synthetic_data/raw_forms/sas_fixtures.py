"""Two small files of SAS, which no Python library writes: they are kept ready made.

`python -m synthetic_data.raw_forms.sas_fixtures` makes them anew from the rows below. It calls
the C library ReadStat inside pyreadstat, which can write sas7bdat though pyreadstat does not
offer it. Rows and hour are fixed, and so are the bytes.
"""

import ctypes
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from synthetic_data.raw_forms.spelling import Row
from synthetic_data.scenario import read_scenario

FOLDER = Path(__file__).with_name("fixtures")
INSTITUTIONS = "institusjoner_rehab.sas7bdat"
SICK_LEAVE = "sykefravaer_2007_sas.sas7bdat"

SICK_LEAVE_ROWS: list[Row] = [
    {"nav_id": "V00000001", "start_date": "2007-01-08", "end_date": "2007-03-04"},
    {"nav_id": "V00000001", "start_date": "2007-11-12", "end_date": "2008-02-29"},
    {"nav_id": "V00000002", "start_date": "2007-05-17", "end_date": "2007-05-17"},
    {"nav_id": "V00000003", "start_date": "2007-12-31", "end_date": "2008-01-01"},
]
"""Spells of persons who are in no link, with the same grade and diagnosis."""
GRADE, DIAGNOSIS, SYSTEM = "50", "L84", "ICPC-2"

_TEXT, _DOUBLE = 0, 5
_STAMP = 1767225600
_DAY_ZERO = date(1960, 1, 1)
_Column = tuple[str, int, int, str | None]
_Cell = str | float


def read_sick_leave() -> list[Row]:
    """Return the canonical rows of the file of certified absence."""
    same = {
        "benefit_code": "SP",
        "grade_percent": GRADE,
        "job_id": None,
        "position_percent": None,
        "diagnosis_code": DIAGNOSIS,
        "diagnosis_system": SYSTEM,
    }
    return [{**row, **same} for row in SICK_LEAVE_ROWS]


def build_sick_leave() -> bytes:
    """Return the file of certified absence: dates as numbers of days with a format of SAS."""
    columns: list[_Column] = [
        ("nav_lopenr", _TEXT, 9, None),
        ("fom", _DOUBLE, 8, "DATE9"),
        ("tom", _DOUBLE, 8, "DATE9"),
        ("grad", _DOUBLE, 8, None),
        ("hoveddiagnose", _TEXT, 8, None),
        ("diagnosesystem", _TEXT, 8, None),
    ]
    rows: list[list[_Cell]] = [
        [
            str(row["nav_id"]),
            _sas_day(str(row["start_date"])),
            _sas_day(str(row["end_date"])),
            float(GRADE),
            DIAGNOSIS,
            SYSTEM,
        ]
        for row in SICK_LEAVE_ROWS
    ]
    return _sas_bytes(columns, rows)


def build_institutions() -> bytes:
    """Return the file of rehabilitation units, which are the same in every delivery."""
    scenario = read_scenario("sintef")
    columns: list[_Column] = [
        ("orgnr", _TEXT, 9, None),
        ("hf", _TEXT, 9, None),
        ("rhf", _TEXT, 9, None),
        ("navn", _TEXT, 60, None),
    ]
    rows = [
        [unit[name] for name in ("institution", "hf", "rhf", "name")]
        for unit in scenario["rehab_unit"]
    ]
    return _sas_bytes(columns, rows)


def _sas_day(text: str) -> float:
    return float((date.fromisoformat(text) - _DAY_ZERO).days)


def _sas_bytes(columns: Sequence[_Column], rows: Sequence[Sequence[_Cell]]) -> bytes:
    """Write a table through ReadStat's C functions."""
    library = _load_readstat()
    content = bytearray()

    def keep(data: int, size: int, _context: int | None) -> int:
        content.extend(ctypes.string_at(data, size))
        return size

    def check(code: int) -> None:
        if code:
            raise OSError(library.readstat_error_message(code).decode())

    callback = _CALLBACK(keep)
    writer = library.readstat_writer_init()
    check(library.readstat_set_data_writer(writer, callback))
    check(library.readstat_writer_set_file_timestamp(writer, _STAMP))
    variables = [_add_variable(library, writer, column) for column in columns]
    check(library.readstat_begin_writing_sas7bdat(writer, None, len(rows)))
    for row in rows:
        check(library.readstat_begin_row(writer))
        for variable, value in zip(variables, row, strict=True):
            check(_insert(library, writer, variable, value))
        check(library.readstat_end_row(writer))
    check(library.readstat_end_writing(writer))
    library.readstat_writer_free(writer)
    return bytes(content)


def _add_variable(library: ctypes.CDLL, writer: int, column: _Column) -> int:
    name, kind, width, form = column
    variable: int = library.readstat_add_variable(writer, name.encode(), kind, width)
    if form is not None:
        library.readstat_variable_set_format(variable, form.encode())
    return variable


def _insert(library: ctypes.CDLL, writer: int, variable: int, value: _Cell) -> int:
    if isinstance(value, str):
        code: int = library.readstat_insert_string_value(writer, variable, value.encode())
    else:
        code = library.readstat_insert_double_value(writer, variable, value)
    return code


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)


def _load_readstat() -> ctypes.CDLL:
    import pyreadstat._readstat_writer as compiled

    library = ctypes.CDLL(compiled.__file__)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long
    arguments = {
        "readstat_set_data_writer": [pointer, _CALLBACK],
        "readstat_writer_set_file_timestamp": [pointer, number],
        "readstat_add_variable": [pointer, text, ctypes.c_int, ctypes.c_size_t],
        "readstat_variable_set_format": [pointer, text],
        "readstat_begin_writing_sas7bdat": [pointer, pointer, number],
        "readstat_begin_row": [pointer],
        "readstat_insert_string_value": [pointer, pointer, text],
        "readstat_insert_double_value": [pointer, pointer, ctypes.c_double],
        "readstat_end_row": [pointer],
        "readstat_end_writing": [pointer],
        "readstat_writer_free": [pointer],
    }
    for name, types in arguments.items():
        getattr(library, name).argtypes = types
    library.readstat_writer_init.restype = pointer
    library.readstat_add_variable.restype = pointer
    library.readstat_error_message.restype = text
    return library


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / SICK_LEAVE).write_bytes(build_sick_leave())
    (FOLDER / INSTITUTIONS).write_bytes(build_institutions())
