"""Statistics Norway's files and the link: names and types that change between years.

Names: register facts 3.1 to 3.4.
"""

import numpy as np

from synthetic_data.raw_forms.files import Column, RawFile, Style, build_file
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.source import FIRST_YEAR, LAST_YEAR, Registers
from synthetic_data.raw_forms.spelling import Row, Speller, code, cut_to_month, day, plain

KEYS = {"day": "w20_0450_lopenr_person", "month": "w24_0511_lopenr_person"}


def write_ssb(registers: Registers, options: RawOptions) -> list[RawFile]:
    """Write persons, education, residence and link in the way of the form.

    Args:
        registers: Canonical rows; dates of death are months in the form "month".
        options: What is switched on.
    """
    rng = np.random.default_rng([options.seed, 4])
    is_day = options.form == "day"
    education = _split_education(registers.education, options)
    residence = _write_long_homes if is_day else _write_wide_homes
    persons = _write_persons if is_day else _write_persons_by_month
    return [
        persons(registers.persons, options, rng),
        *education,
        residence(registers.residence, options),
        _write_links(registers.links, options),
    ]


def _key(options: RawOptions) -> Column:
    return Column(KEYS[options.form], "ssb_id", plain("ssb_id"))


def _birth_month(row: Row) -> str:
    return f"{row['birth_year']}{int(str(row['birth_month'])):02}"


def _write_persons(rows: list[Row], options: RawOptions, rng: np.random.Generator) -> RawFile:
    style = Style(kind="dta").settle(options)
    kind = "number" if options.mixed_types else "text"
    columns = [
        _key(options),
        Column("kjoenn", "sex_code", plain("sex_code"), kind),
        Column("foedselsaar", "birth_year", plain("birth_year"), kind),
        Column("foedsels_aar_mnd", "birth_month", _birth_month),
        Column("doddato", "death_date", day("death_date", style.dates), "date"),
        Column("emigrertdato", "emigration_date", day("emigration_date", style.dates), "date"),
    ]
    return build_file("ssb/faste_oppl", "person", columns, style, rows)


def _write_persons_by_month(
    rows: list[Row], options: RawOptions, rng: np.random.Generator
) -> RawFile:
    """Write birth and death as months only, as SSB usually does."""
    style = Style(case="upper").settle(options)
    columns = [
        _key(options),
        Column("kjoenn", "sex_code", code("sex_code", rng, is_mixed=options.mixed_types)),
        Column("foedsels_aar_mnd", "birth_year", _birth_month),
        Column("doeds_aar_mnd", "death_date", day("death_date", style.dates)),
        Column("emigrertdato", "emigration_date", day("emigration_date", style.dates)),
    ]
    return build_file("ssb/faste_oppl", "person", columns, style, rows)


def _split_education(rows: list[Row], options: RawOptions) -> list[RawFile]:
    """Write two parts: Parquet with numbers that lost their zeros, and a csv with budato."""
    early = [row for row in rows if int(str(row["year"])) < 2012]
    late = [row for row in rows if int(str(row["year"])) >= 2012]
    style = Style(kind="parquet").settle(options)
    is_number = style.kind == "parquet" and options.mixed_types
    columns = [
        _key(options),
        Column("aargang", "year", plain("year"), "number" if is_number else "text"),
        Column("bu", "nus2000_code", plain("nus2000_code"), "number" if is_number else "text"),
    ]
    first = build_file("ssb/f_utd_demografi_2006_2011", "education", columns, style, early)
    style = Style(case="upper").settle(options)
    columns = [
        Column("lopenr_person", "ssb_id", plain("ssb_id")),
        Column("budato", "year", _change_date(options)),
        Column("bu", "nus2000_code", plain("nus2000_code")),
    ]
    second = build_file("ssb/f_utd_demografi_2012_2018", "education", columns, style, late)
    return [first, second]


def _change_date(options: RawOptions) -> Speller:
    """Write a change after which the first 1 October is that of the status."""

    def spell(row: Row) -> str:
        number = int(str(row["ssb_id"])[-4:])
        month, day_of_month = 1 + number % 12, 1 + number % 28
        is_after = month > 10 or (options.form == "day" and month == 10 and day_of_month > 1)
        text = f"{int(str(row['year'])) - is_after}{month:02}"
        return text if options.form == "month" else f"{text}{day_of_month:02}"

    return spell


def _write_long_homes(rows: list[Row], options: RawOptions) -> RawFile:
    style = Style(is_gzipped=True, delimiter=",").settle(options)
    columns = [
        _key(options),
        Column("aargang", "year", plain("year")),
        Column("kommnr", "municipality_code", _without_zero(options)),
    ]
    return build_file("ssb/bosted", "residence", columns, style, rows)


def _write_wide_homes(rows: list[Row], options: RawOptions) -> RawFile:
    """Write one row a person and one column a year."""
    homes: dict[str, Row] = {}
    for row in rows:
        person = homes.setdefault(str(row["ssb_id"]), {"ssb_id": row["ssb_id"]})
        person[str(row["year"])] = row["municipality_code"]
    style = Style(case="upper").settle(options)
    columns = [
        _key(options),
        *(
            Column(f"bostedskommune_01_01_{year}", None, plain(str(year)))
            for year in range(FIRST_YEAR, LAST_YEAR + 1)
        ),
    ]
    return build_file("ssb/kommnr", "residence", columns, style, list(homes.values()))


def _without_zero(options: RawOptions) -> Speller:
    def spell(row: Row) -> str | None:
        text = row["municipality_code"]
        return text.lstrip("0") if text is not None and options.mixed_types else text

    return spell


def _write_links(rows: list[Row], options: RawOptions) -> RawFile:
    style = Style(has_bom=True).settle(options)
    nav = [Column("nav_lopenr", "nav_id", plain("nav_id"))] if options.form == "day" else []
    columns = [
        Column("npr_lopenr", "npr_id", plain("npr_id")),
        *nav,
        Column("ssb_lopenr", "ssb_id", plain("ssb_id")),
    ]
    return build_file("kobling", "link", columns, style, rows)


def with_months_of_death(rows: list[Row]) -> list[Row]:
    """Return persons whose deaths are known by month only."""
    return [{**row, "death_date": cut_to_month(row["death_date"])} for row in rows]
