"""NAV's dated spells: benefits in long form, and certified absence in files of its own.

Names: register facts 2.1, 2.4 and 8.4.
"""

from synthetic_data.raw_forms.files import Column, RawFile, Style, build_file
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.spelling import Row, day, number, plain

_SICK_LEAVE = {
    (2006, 2009): Style(dates="norwegian", decimal=","),
    (2010, 2012): Style(kind="dta"),
    (2013, 2015): Style(delimiter="\t", has_bom=True, dates="compact", case="upper"),
    (2016, 2020): Style(kind="parquet"),
}
_BENEFITS = {
    (2006, 2011): Style(delimiter=",", dates="iso", case="upper"),
    (2012, 2020): Style(encoding="latin-1", is_gzipped=True, dates="norwegian", decimal=","),
}

_LABELS = {
    "RP": "Rehabiliteringspenger",
    "AF": "Attføringspenger",
    "TU": "Tidsbegrenset uførestønad",
    "AAP": "Arbeidsavklaringspenger",
    "UFP": "Uførepensjon",
    "UT": "Uføretrygd",
}


def write_nav(benefits: list[Row], options: RawOptions) -> list[RawFile]:
    """Write the dated files of NAV.

    Args:
        benefits: Canonical rows.
        options: What is switched on.
    """
    files = []
    for years, style in _SICK_LEAVE.items():
        rows = [row for row in _of_years(benefits, years) if row["benefit_code"] == "SP"]
        files.append(_write(rows, years, style.settle(options), options))
    for years, style in _BENEFITS.items():
        rows = [row for row in _of_years(benefits, years) if row["benefit_code"] != "SP"]
        files.append(_write(rows, years, style.settle(options), options, is_long=True))
    return files


def _of_years(rows: list[Row], years: tuple[int, int]) -> list[Row]:
    return [row for row in rows if years[0] <= int(str(row["start_date"])[:4]) <= years[1]]


def _write(
    rows: list[Row],
    years: tuple[int, int],
    style: Style,
    options: RawOptions,
    *,
    is_long: bool = False,
) -> RawFile:
    mixed = style.decimal == "," or (options.mixed_types and style.kind == "csv")
    kind = "number" if options.mixed_types else "text"
    columns = [
        Column("nav_lopenr", "nav_id", plain("nav_id")),
        *(_code_and_label() if is_long else []),
        Column("fom", "start_date", day("start_date", style.dates), "date"),
        Column("tom", "end_date", day("end_date", style.dates), "date"),
        Column(
            "grad", "grade_percent", number("grade_percent", style.decimal, is_mixed=mixed), kind
        ),
        Column(
            "stillingsprosent",
            "position_percent",
            number("position_percent", style.decimal, is_mixed=mixed),
            kind,
        ),
        Column("jobb_id" if is_long else "orgnummer", "job_id", plain("job_id")),
        Column("hoveddiagnose", "diagnosis_code", plain("diagnosis_code")),
        Column("diagnosesystem", "diagnosis_system", plain("diagnosis_system")),
    ]
    name = "ytelser" if is_long else "sykefravaer"
    return build_file(f"nav/{name}_{years[0]}_{years[1]}", "nav_benefit", columns, style, rows)


def _code_and_label() -> list[Column]:
    return [
        Column("ytelse", "benefit_code", plain("benefit_code")),
        Column("ytelse_navn", None, lambda row: _LABELS[str(row["benefit_code"])]),
    ]
