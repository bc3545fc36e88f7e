"""What a delivery holds by mistake in a text column is shown by no check and no linkage table."""

from datetime import date

import pytest

from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.quality.forms import name_form
from evaluation.quality.scan import scan_checks

# A name beside a treatment code, a number of eleven digits that nobody bears, and one of nine
# whose last digit is no control digit.
CANARIES = ["20 Canary Ola", "20010107501", "203456780"]
YEARS = range(2008, 2020)
DATES = {"start_date", "end_date", "death_date", "emigration_date", "immigration_date"}
USUAL = {
    "npr_id": "n{}",
    "nav_id": "v{}",
    "ssb_id": "s{}",
    "sector": "SOM",
    "care_level_code": "3",
    "debitor_code": "20",
    "institution_id": "993467049",
    "benefit_code": "SP",
    "grade_percent": "100",
    "sex_code": "1",
    "birth_year": "1970",
    "nus2000_code": "401101",
    "municipality_code": "0301",
}


def draw(table):
    """Ordinary rows over all years, and rows with a canary in one column after the other."""
    rows = []
    for column in ("", *table.columns):
        for canary in CANARIES[: len(CANARIES) if column else 1]:
            for number in range(240):
                start = date(2008 + number // 20, 1 + number % 12, 5)
                row = {name: USUAL.get(name) for name in table.columns}
                row |= {name: str(start) for name in DATES & {"start_date", "end_date"} & set(row)}
                row |= {"year": str(start.year)} if "year" in row else {}
                row = {k: v and v.format(number) for k, v in row.items()}
                # Institutions of contacts are not those of the table.
                text = f"{canary} here" if table.name == "institution" else canary
                rows.append(row | ({column: text} if column else {}))
    return rows


@pytest.fixture
def delivered(models):
    models.clean()
    for number, table in enumerate(CANONICAL_TABLES.values()):
        models.give(table.raw_table, draw(table), {"file_index": str(number)})
        models.give("raw_files", [{"file_index": number, "file": f"{table.name}.csv"}])
    staged = [name for name in models.models if name.startswith("stg_")]
    for name in sorted(staged, key=lambda name: (name.endswith("_counts"), name)):
        models.build(name)
    return models


def is_canary(text):
    return any(part in str(text) for part in ("anary", "CANARY", "0107501", "3456780"))


def test_no_check_shows_a_text_that_is_no_code(delivered):
    checks = [check for name, check in delivered.models.items() if name.startswith("check_")]
    found = scan_checks(delivered.connection, checks, delivered.params)
    assert {name: each.error for name, each in found.items() if each.error} == {}
    shown = {
        (name, text)
        for name, each in found.items()
        for place in (*each.places, *each.codes)
        for text in (place.place, place.rule, place.column)
    }
    assert {pair for pair in shown if is_canary(pair[1])} == set()
    # The canaries came as far as the checks that look at them.
    told = {name for name, text in shown if "another text" in str(text)}
    assert told >= {
        "check_debitor_codes_are_known",
        "check_debitor_codes_hide_no_treatment",
        "check_institutions_are_in_the_table",
        "check_sectors_are_known",
    }
    cells = [check.name for check in checks if name_form(check) == "cells"]
    assert sum(found[name].examined > 0 for name in cells) > len(cells) / 2


def test_every_cell_of_a_check_is_shown_without_the_text_also_where_it_holds(delivered):
    for name, check in delivered.models.items():
        if not name.startswith("check_") or name_form(check) != "cells":
            continue
        bound = {key: delivered.params[key] for key in sorted(check.params)} or None
        rows = delivered.connection.execute(f"select place from ({check.sql})", bound).fetchall()
        assert not [place for (place,) in rows if is_canary(place)], name


def test_no_linkage_table_holds_a_text_that_is_no_code(delivered):
    for name in ("levels", "patients", "rows", "shares", "arms"):
        delivered.build(f"mart_linkage_{name}")
    for name in ("mart_linkage_levels", "mart_linkage_rows", "mart_linkage_shares"):
        assert not [line for line in delivered.show(name) if is_canary(line)], name
    assert not [line for line in delivered.show("mart_linkage_arms") if is_canary(line)]
    assert delivered.show("mart_linkage_rows")
