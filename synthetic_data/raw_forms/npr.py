"""The files of NPR: department stays, newer somatic files, PHV_RUS, specialists, REHAB, PERSON.

File and column names: register facts 1.2 and 1.3.
"""

from collections.abc import Callable

import numpy as np

from synthetic_data.raw_forms.files import Column, RawFile, Style, build_file
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.source import Registers
from synthetic_data.raw_forms.spelling import (
    Row,
    code,
    constant,
    day,
    icd10,
    part,
    plain,
)

_LATIN, _WINDOWS = "latin-1", "cp1252"
_SOM_STYLES = {
    2008: Style(encoding=_LATIN, dates="norwegian"),
    2009: Style(encoding="utf-8", has_bom=True, dates="iso", delimiter=","),
    2010: Style(encoding="utf-8", dates="compact", case="upper"),
    2011: Style(encoding=_WINDOWS, dates="sas", delimiter="\t"),
    2012: Style(encoding=_LATIN, dates="with_time", case="lower"),
    2013: Style(encoding=_LATIN, is_gzipped=True, dates="norwegian"),
    2014: Style(encoding=_LATIN, case="lower"),
    2015: Style(encoding="utf-8", is_gzipped=True, dates="compact", delimiter="\t"),
    2016: Style(kind="parquet"),
    2017: Style(encoding=_WINDOWS, case="upper", dates="norwegian", delimiter=","),
    2018: Style(encoding="utf-8", has_bom=True, case="lower"),
}
_LAST_YEAR_OF_DEPARTMENTS = 2013
_DUPLI_YEAR, _LAST_YEAR = "2014", "2018"
# sektor changed its meaning: 2 and 3, later 2 and 1; register facts 1.4.
_PHV_RUS = {
    "0813": (
        Style(encoding=_LATIN, dates="norwegian", case="lower"),
        {"2": "PHV", "3": "TSB"},
    ),
    "1418": (Style(encoding="utf-8", dates="compact"), {"1": "TSB", "2": "PHV"}),
}
_LABELS = {"1": "Døgnopphold", "2": "Dagbehandling", "3": "Poliklinisk"}


def write_npr(registers: Registers, options: RawOptions) -> list[RawFile]:
    """Write every file of NPR.

    Args:
        registers: Canonical rows.
        options: What is switched on.
    """
    rng = np.random.default_rng([options.seed, 1])
    files = []
    for name, rows in sorted(_sort_into_files(registers.contacts, rng).items()):
        files.append(_WRITERS[name.split("_")[0]](name.split("_")[1], rows, options, rng))
    if options.npr_persons:
        files.append(_write_persons(registers.npr_persons, options, rng))
    files.append(_write_institutions(registers.institutions, options))
    return files


def _sort_into_files(contacts: list[Row], rng: np.random.Generator) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in contacts:
        found.setdefault(_file_of(row, rng), []).append(row)
    return found


def _file_of(row: Row, rng: np.random.Generator) -> str:
    year = str(row["start_date"])[:4]
    could_be_specialist = (
        rng.random() < 0.3
        and row["care_level_code"] == "3"
        and row["start_date"] == row["end_date"]
        and row["procedure_codes"] is None
        and row["sector"] in ("SOM", "PHV")
    )
    if could_be_specialist and year == _DUPLI_YEAR and row["sector"] == "SOM":
        return f"avtspessom_{year}"
    if could_be_specialist and year == _LAST_YEAR:
        return f"aspes_{year}"
    if row["sector"] == "ARR":
        return "rehab_0813" if int(year) <= _LAST_YEAR_OF_DEPARTMENTS else "rehab_1418"
    if row["sector"] == "SOM":
        return f"avd_{year}" if int(year) <= _LAST_YEAR_OF_DEPARTMENTS else f"som_{year}"
    return "phvrus_0813" if int(year) <= _LAST_YEAR_OF_DEPARTMENTS else "phvrus_1418"


def _contact_columns(
    style: Style, options: RawOptions, rng: np.random.Generator, *, key: str, diagnoses: list[str]
) -> list[Column]:
    """Build the columns that most contact files share, diagnoses in three columns."""
    is_csv = style.kind == "csv"
    mixed = options.mixed_types and is_csv
    number = "number" if options.mixed_types else "text"
    # Letters in early years keep debitor a text where a file has types.
    debitor_type = "text" if style.kind == "sav" else number
    coded = [
        ("omsorgsniva", "care_level_code", number),
        ("kontaktType", "contact_type_code", number),
        ("debitor", "debitor_code", debitor_type),
        ("NPRId_reg", "npr_link_status_code", number),
    ]
    care, contact_type, debitor, status = (
        Column(name, canonical, code(canonical, rng, is_mixed=mixed), kind)
        for name, canonical, kind in coded
    )
    dotted = options.dotted_icd
    main, second, third = diagnoses
    return [
        Column(key, "npr_id", plain("npr_id")),
        status,
        Column("aar", None, lambda row: str(row["start_date"])[:4]),
        Column("innDato", "start_date", day("start_date", style.dates), "date"),
        Column("utDato", "end_date", day("end_date", style.dates), "date"),
        Column("institusjonID", "institution_id", plain("institution_id")),
        care,
        Column("omsorgsniva_Navn", None, _label(style, options)),
        contact_type,
        Column(
            main,
            "main_icd10_code",
            icd10("main_icd10_code", rng, is_dotted=dotted),
        ),
        Column(second, None, icd10("secondary_icd10_codes", rng, is_dotted=dotted, place=0)),
        Column(third, None, icd10("secondary_icd10_codes", rng, is_dotted=dotted, place=1)),
        debitor,
    ]


def _label(style: Style, options: RawOptions) -> Callable[[Row], str | None]:
    dash = " – NPR" if options.windows_signs and style.encoding == _WINDOWS else ""

    def spell(row: Row) -> str | None:
        label = _LABELS.get(row["care_level_code"] or "")
        return None if label is None else label + dash

    return spell


def _write_departments(
    year: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    style = _SOM_STYLES[int(year)].settle(options)
    columns = [
        *_contact_columns(
            style,
            options,
            rng,
            key="LNr",
            diagnoses=["tilstand_1_1", "tilstand_1_2", "tilstand_2_1"],
        ),
        Column("NCMP_1", None, part("procedure_codes", 0)),
        Column("NCSP_1", None, constant(None)),
    ]
    return build_file(f"npr/M19_AVD{year}_UTLEVERINGSFIL", "npr_contact", columns, style, rows)


def _write_somatic(
    year: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    style = _SOM_STYLES[int(year)].settle(options)
    columns = [
        *_contact_columns(
            style,
            options,
            rng,
            key="lopenr",
            diagnoses=["tilstand_1_1", "tilstand_2_1", "tilstand_3_1"],
        ),
        Column("NCMP_1", None, part("procedure_codes", 0)),
    ]
    return build_file(
        f"npr/24_01903_som_{year}_til_utlevering", "npr_contact", columns, style, rows
    )


def _write_phv_rus(
    years: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    style, sectors = _PHV_RUS[years]
    style = style.settle(options)
    digit = {sector: digit for digit, sector in sectors.items()}
    columns = [
        *_contact_columns(
            style,
            options,
            rng,
            key="lopenr",
            diagnoses=["tilst1akse1", "tilst2akse1", "tilst3akse1"],
        ),
        Column("sektor", "sector", lambda row: digit[str(row["sector"])]),
    ]
    return build_file(
        f"npr/24_01903_phv_rus_{years}_til_utlevering",
        "npr_contact",
        columns,
        style,
        rows,
        {"codes": {"sector": sectors}},
    )


def _write_somatic_specialists(
    year: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    """Write the file in which dupli may stand for the diagnosis; it has no utDato of its own."""
    style = Style(dates="norwegian").settle(options)
    is_dupli = {id(row) for row in rows if options.dupli and rng.random() < 0.2}
    shared = _contact_columns(
        style,
        options,
        rng,
        key="LNr",
        diagnoses=["tilstand_1_1", "tilstand_2_1", "tilstand_3_1"],
    )
    diagnoses = [column for column in shared if column.name.startswith("tilstand_")]
    absent = ("utDato", "omsorgsniva", "omsorgsniva_Navn")
    columns = [
        *(
            Column(c.name, c.canonical, _unless_dupli(c, is_dupli), c.type)
            for c in shared
            if c.name not in absent
        ),
        *(
            Column(f"dup_tilstand_{place}", None, _if_dupli(column, is_dupli))
            for place, column in enumerate(diagnoses, start=1)
        ),
        Column("dup_tilstand_4", None, constant(None)),
        Column("dup_tilstand_5", None, constant(None)),
        Column("fag", None, constant("16")),
        Column("kontakt", None, constant("4")),
        Column("komplett", None, constant("1")),
    ]
    return build_file(f"npr/M19_AVTSPESSOM{year}_UTL_FIL", "npr_contact", columns, style, rows)


def _unless_dupli(column: Column, is_dupli: set[int]) -> Callable[[Row], str | None]:
    if not column.name.startswith("tilstand_"):
        return column.spell
    instead = "dupli" if column.canonical == "main_icd10_code" else None
    return lambda row: instead if id(row) in is_dupli else column.spell(row)


def _if_dupli(column: Column, is_dupli: set[int]) -> Callable[[Row], str | None]:
    return lambda row: column.spell(row) if id(row) in is_dupli else None


def _write_specialists(
    year: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    style = Style(encoding=_WINDOWS, delimiter="\t").settle(options)
    columns = [
        *_contact_columns(
            style,
            options,
            rng,
            key="lopenr",
            diagnoses=["tilstand_1_1", "tilstand_2_1", "tilstand_3_1"],
        ),
        Column("fag", None, constant("3")),
        Column("kontakt", None, constant("4")),
        Column("hjemmelstr", None, constant("100")),
        Column("sektor", "sector", plain("sector")),
    ]
    return build_file(
        f"npr/24_01903_aspes_{year}_til_utlevering",
        "npr_contact",
        columns,
        style,
        rows,
        {"codes": {"sector": {"SOM": "SOM", "PHV": "PHV"}}},
    )


def _write_rehab(
    years: str, rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    styles = {"0813": Style(kind="sav"), "1418": Style(encoding=_LATIN, case="upper", dates="sas")}
    style = styles[years].settle(options)
    columns = [
        *_contact_columns(
            style,
            options,
            rng,
            key="LNr",
            diagnoses=["tilstand_1_1", "tilstand_2_1", "tilstand_3_1"],
        ),
        Column("NCMP_1", None, part("procedure_codes", 0)),
    ]
    return build_file(f"npr/M19_REHAB{years}_UTL_FIL", "npr_contact", columns, style, rows)


def _write_persons(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    """Write one row a person; the names bear the day on which the file was made."""
    style = Style(dates="norwegian", case="lower").settle(options)
    columns = [
        Column("LNr", "npr_id", plain("npr_id")),
        Column("doddato_dsf_190619", "death_date", day("death_date", style.dates), "date"),
        Column(
            "emigrertdato_dsf_190619",
            "emigration_date",
            day("emigration_date", style.dates),
            "date",
        ),
        Column("fodtaar_dsf_190619", "birth_year", plain("birth_year"), "number"),
        Column("fodtmnd_dsf_190619", "birth_month", plain("birth_month"), "number"),
        Column("kjonn_dsf_190619", "sex_code", plain("sex_code"), "number"),
    ]
    return build_file("npr/M19_PERSON_190619_UTL_FIL", "npr_person", columns, style, rows)


def _write_institutions(rows: list[Row], options: RawOptions) -> RawFile:
    """Write the trusts; the rehabilitation units are in the file of SAS, where that is on."""
    style = Style(encoding=_WINDOWS).settle(options)
    trusts = [row for row in rows if row["institution_id"] == row["hf_code"]]
    columns = [
        Column("orgnr", "institution_id", plain("institution_id")),
        Column("hf", "hf_code", plain("hf_code")),
        Column("rhf", "rhf_code", plain("rhf_code")),
        Column("navn", "name", plain("name")),
    ]
    held = trusts if options.file_kinds else rows
    return build_file("npr/institusjon", "institution", columns, style, held)


_WRITERS: dict[str, Callable[[str, list[Row], RawOptions, np.random.Generator], RawFile]] = {
    "avd": _write_departments,
    "som": _write_somatic,
    "phvrus": _write_phv_rus,
    "avtspessom": _write_somatic_specialists,
    "aspes": _write_specialists,
    "rehab": _write_rehab,
}
