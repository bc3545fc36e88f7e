"""The files of FD-Trygd: one benefit a file, months instead of days, SSB's key.

Names and codes: register facts 2.2. How NAV's spells are spread over the files is our own: the
generator knows no such files, and rehabilitation before 2008 stands in for the years that f_attf
is used for.
"""

from collections.abc import Callable

import numpy as np

from synthetic_data.raw_forms.files import Column, RawFile, Style, build_file
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.source import Registers
from synthetic_data.raw_forms.spelling import Row, constant, cut_to_month, day, number, plain

MonthRows = dict[str, list[Row]]

_LAST_YEAR_OF_ATTF = "2007"
_LAST_YEAR_OF_UFP = "2010"
_SPLIT_YEAR = "2012"
_HAS_GRADE = ("f_sp", "f_tu")


def to_months(registers: Registers, options: RawOptions) -> MonthRows:
    """Turn NAV's spells into months under SSB's key, sorted by the file that holds them.

    Args:
        registers: Canonical rows with dates and NAV's key.
        options: The seed of which file holds what.
    """
    rng = np.random.default_rng([options.seed, 2])
    ssb_of = {link["nav_id"]: link["ssb_id"] for link in registers.links}
    found: MonthRows = {}
    for row in registers.benefits:
        if row["nav_id"] in ssb_of:
            file = _file_of(row, rng)
            found.setdefault(file, []).append(
                {
                    "nav_id": ssb_of[row["nav_id"]],
                    "benefit_code": "UFP" if row["benefit_code"] == "UT" else row["benefit_code"],
                    "start_date": cut_to_month(row["start_date"]),
                    "end_date": cut_to_month(row["end_date"]),
                    "grade_percent": row["grade_percent"] if file in _HAS_GRADE else None,
                }
            )
    return found


def _file_of(row: Row, rng: np.random.Generator) -> str:
    code, year = row["benefit_code"], str(row["start_date"])[:4]
    if code in ("RP", "AF") and year <= _LAST_YEAR_OF_ATTF and rng.random() < 0.5:
        return "f_attf"
    if code in ("UFP", "UT"):
        return "f_ufp" if code == "UFP" and year <= _LAST_YEAR_OF_UFP else "f_pensj_ufp"
    return {"SP": "f_sp", "RP": "f_rehab", "AF": "f_arbsok", "TU": "f_tu", "AAP": "f_aap"}[
        str(code)
    ]


def write_fd_trygd(months: MonthRows, options: RawOptions) -> list[RawFile]:
    """Write the files f_*; f_sp in two parts whose keys have different names.

    Args:
        months: What `to_months` gave.
        options: What is switched on.
    """
    rng = np.random.default_rng([options.seed, 3])
    early = [row for row in months["f_sp"] if str(row["start_date"])[:4] < _SPLIT_YEAR]
    late = [row for row in months["f_sp"] if str(row["start_date"])[:4] >= _SPLIT_YEAR]
    files = [
        _write_sick_pay("w19_0634_lnr", "2006_2011", early, options, rng),
        _write_sick_pay("w20_0450_lopenr_person", "2012_2020", late, options, rng),
    ]
    for name, write in _WRITERS.items():
        files.append(write(months.get(name, []), options, rng))
    return files


def _one_of(codes: list[str], rng: np.random.Generator) -> Callable[[Row], str | None]:
    return lambda row: codes[int(rng.integers(0, len(codes)))]


def _dates(start: str, end: str, kind: str = "text") -> list[Column]:
    return [
        Column(start, "start_date", day("start_date", "iso"), kind),
        Column(end, "end_date", day("end_date", "iso"), kind),
    ]


def _write_sick_pay(
    key: str, years: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    styles = {
        "2006_2011": Style(decimal=",", case="upper"),
        "2012_2020": Style(delimiter="\t", has_bom=True, case="lower"),
    }
    style = styles[years].settle(options)
    mixed = style.decimal == "," or options.mixed_types
    columns = [
        Column(key, "nav_id", plain("nav_id")),
        Column("spkode", "_kept", _one_of(["10", "20", "30", "40", "50", "60", "90"], rng)),
        Column("spgrad", "grade_percent", number("grade_percent", style.decimal, is_mixed=mixed)),
        Column("erdag", None, constant(None)),
        *_dates("tilgdato_mnd", "avgdato_mnd"),
        Column("regdato_mnd", None, day("start_date", "iso")),
    ]
    return build_file(f"fd_trygd/f_sp_{years}", "nav_benefit", columns, style, rows)


def _write_attf(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    codes = {"RP": ["10", "11", "12", "13"], "AF": ["20", "21", "22", "23", "24"]}

    def spell(row: Row) -> str | None:
        own = codes[str(row["benefit_code"])]
        return own[int(rng.integers(0, len(own)))]

    columns = [
        Column("w20_0450_lopenr_person", "nav_id", plain("nav_id")),
        Column("attfkode_mnd", "_kept", spell),
        *_dates("attftilg_mnd", "attftom_mnd"),
        Column("ufg", None, constant(None)),
    ]
    style = Style(case="upper").settle(options)
    return build_file("fd_trygd/f_attf", "nav_benefit", columns, style, rows)


def _write_arbsok(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    columns = [
        Column("w20_0450_lopenr_person", "nav_id", plain("nav_id")),
        Column("ytelse", "_kept", constant("AT")),
        *_dates("tilgdato_mnd", "asoktom_mnd"),
    ]
    style = Style(delimiter=",").settle(options)
    return build_file("fd_trygd/f_arbsok", "nav_benefit", columns, style, rows)


def _write_rehab(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    columns = [
        Column("lopenr_person", "nav_id", plain("nav_id")),
        *_dates("tilgdato", "avgdato"),
    ]
    style = Style(is_gzipped=True, delimiter=",").settle(options)
    return build_file("fd_trygd/f_rehab", "nav_benefit", columns, style, rows)


def _write_tu(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    style = Style(kind="dta").settle(options)
    kind = "number" if options.mixed_types else "text"
    columns = [
        Column("w20_0450_lopenr_person", "nav_id", plain("nav_id")),
        Column("kode", "_kept", constant("0")),
        *_dates("tilgdato", "avgdato"),
        Column("ufg", "grade_percent", plain("grade_percent"), kind),
        Column("uforetp", None, constant("1")),
    ]
    return build_file("fd_trygd/f_tu", "nav_benefit", columns, style, rows)


def _write_aap(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    style = Style(kind="parquet").settle(options)
    columns = [
        Column("w24_0511_lopenr_person", "nav_id", plain("nav_id")),
        *_dates("tilgdato", "tomdato", "number" if options.mixed_types else "text"),
    ]
    return build_file("fd_trygd/f_aap", "nav_benefit", columns, style, rows)


def _write_ufp(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    columns = [
        Column("w20_0450_lopenr_person", "nav_id", plain("nav_id")),
        Column("pnsjkode", "_kept", _one_of(["20", "21"], rng)),
        *_dates("pnsjtilg", "pnsjavg"),
    ]
    style = Style().settle(options)
    return build_file("fd_trygd/f_ufp", "nav_benefit", columns, style, rows)


def _write_pensj_ufp(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    """Write the end in pnsjavg, or in pnsjtom where that is empty."""
    is_tom = {id(row) for row in rows if rng.random() < 0.3}
    end = day("end_date", "iso")
    kind = "number" if options.mixed_types else "text"
    columns = [
        Column("w20_0450_lopenr_person", "nav_id", plain("nav_id")),
        Column("pnsjtilg", "start_date", day("start_date", "iso"), kind),
        Column("pnsjavg", "end_date", lambda row: None if id(row) in is_tom else end(row), kind),
        Column("pnsjtom", None, lambda row: end(row) if id(row) in is_tom else None, kind),
    ]
    style = Style(kind="sav").settle(options)
    return build_file("fd_trygd/f_pensj_ufp", "nav_benefit", columns, style, rows)


_WRITERS: dict[str, Callable[[list[Row], RawOptions, np.random.Generator], RawFile]] = {
    "f_attf": _write_attf,
    "f_arbsok": _write_arbsok,
    "f_rehab": _write_rehab,
    "f_tu": _write_tu,
    "f_aap": _write_aap,
    "f_ufp": _write_ufp,
    "f_pensj_ufp": _write_pensj_ufp,
}
