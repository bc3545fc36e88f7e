"""A date of seven digits could be two dates: it is never guessed, in any table or column."""

import pytest

PERSON = {"ssb_id": "S1", "birth_year": "1970"}
CONTACT = {"npr_id": "N1", "sector": "SOM", "start_date": "2010-01-01"}
SPELL = {"nav_id": "V1", "benefit_code": "SP", "start_date": "2010-01-01"}
MEASURE = {"nav_id": "V1", "measure_code": "M", "start_date": "2010-01-01"}
JOB = {"ssb_id": "S1", "employer_id": "E1", "start_date": "2010-01-01"}
DATES = [
    *(("stg_ssb__persons", PERSON, c) for c in ("death_date", "emigration_date")),
    ("stg_ssb__persons", PERSON, "immigration_date"),
    *(("stg_npr__contacts", CONTACT, c) for c in ("start_date", "end_date")),
    *(("stg_nav__benefit_spells", SPELL, c) for c in ("start_date", "end_date")),
    *(("stg_nav__measures", MEASURE, c) for c in ("start_date", "end_date")),
    *(("stg_nav__employment", JOB, c) for c in ("start_date", "end_date")),
]


@pytest.mark.parametrize(("model", "row", "column"), DATES)
@pytest.mark.parametrize(
    ("date", "is_broken"), [("2011113", True), ("20111103", False), ("01.02.10", True)]
)
def test_only_a_whole_date_is_read(run_model, models, model, row, column, date, is_broken):
    (raw,) = (table for table in models.models[model].reads if table.startswith("raw_"))
    cells = row | {column: date}
    drawn = " | ".join(cells) + "\n" + " | ".join(cells.values())
    rows = run_model(model, given={raw: drawn}, show="broken_rule, broken_column")
    assert rows == [f"invalid_date | {column}" if is_broken else "null | null"]
