"""The loader writes dates as yyyy-mm-dd; a text of any other shape is never guessed at."""

import pytest

PERSON = {"ssb_id": "S1", "birth_year": "1970"}
CONTACT = {"npr_id": "N1", "sector": "SOM", "start_date": "2010-01-01"}
SPELL = {"nav_id": "V1", "benefit_code": "SP", "start_date": "2010-01-01"}
MEASURE = {"nav_id": "V1", "measure_code": "M", "start_date": "2010-01-01"}
JOB = {"ssb_id": "S1", "employer_id": "E1", "start_date": "2010-01-01"}
NPR_PERSON = {"npr_id": "N1"}
DATES = [
    *(("stg_npr__persons", NPR_PERSON, c) for c in ("death_date", "emigration_date")),
    *(("stg_ssb__persons", PERSON, c) for c in ("death_date", "emigration_date")),
    ("stg_ssb__persons", PERSON, "immigration_date"),
    *(("stg_npr__contacts", CONTACT, c) for c in ("start_date", "end_date")),
    *(("stg_nav__benefit_spells", SPELL, c) for c in ("start_date", "end_date")),
    *(("stg_nav__measures", MEASURE, c) for c in ("start_date", "end_date")),
    *(("stg_nav__employment", JOB, c) for c in ("start_date", "end_date")),
]


@pytest.mark.parametrize(("model", "row", "column"), DATES)
@pytest.mark.parametrize(
    ("date", "is_broken"),
    [("2011113", True), ("2011-11-03", False), ("2011-02-29", True), ("20111103", True)],
)
def test_only_a_whole_date_is_read(run_model, models, model, row, column, date, is_broken):
    (raw,) = (table for table in models.models[model].reads if table.startswith("raw_"))
    cells = row | {column: date}
    drawn = " | ".join(cells) + "\n" + " | ".join(cells.values())
    rows = run_model(model, given={raw: drawn}, show="broken_rule, broken_column")
    assert rows == [f"invalid_date | {column}" if is_broken else "null | null"]


MONTHS = [entry for entry in DATES if "persons" in entry[0]]


@pytest.mark.parametrize(("model", "row", "column"), MONTHS)
def test_of_a_month_a_person_s_date_is_the_first_day(run_model, models, model, row, column):
    (raw,) = (table for table in models.models[model].reads if table.startswith("raw_"))
    cells = row | {column: "2011-11"}
    drawn = " | ".join(cells) + "\n" + " | ".join(cells.values())
    shown = run_model(model, given={raw: drawn}, show=f"{column}, broken_rule")
    assert shown == ["2011-11-01 | null"]
