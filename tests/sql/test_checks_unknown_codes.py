"""Codes that no list knows are told with their numbers of rows, and nothing else of them."""

import pytest

from evaluation.quality.judge import check_quality
from evaluation.quality.scan import UNKNOWN_CODE

CONTACTS, SPELLS = "stg_npr__contacts", "stg_nav__benefit_spells"
CODES = [
    ("check_debitor_codes_are_known", CONTACTS, "debitor_code", ["20", None], "21"),
    ("check_care_levels_are_known", CONTACTS, "care_level_code", ["3", None], "7"),
    ("check_contact_types_are_known", CONTACTS, "contact_type_code", ["2", None], "4"),
    ("check_link_statuses_are_known", CONTACTS, "npr_link_status_code", ["1", None], "9"),
    ("check_sectors_are_known", CONTACTS, "sector", ["SOM", None], "XYZ"),
    ("check_benefits_are_known", SPELLS, "benefit_code", ["SP", "-", None], "OS"),
    (
        "check_municipalities_are_known",
        "stg_ssb__residence",
        "municipality_code",
        ["0301", "5001", "1601", "9999", None],
        "9998",
    ),
]


def tell(models, name, table, rows):
    models.clean()
    models.give(table, rows)
    models.give("raw_files", "file_index | file\n 1 | a.csv")
    report = check_quality(
        models.connection, {name: models.models[name]}, models.params, fingerprint="f"
    )
    places = report.places[report.places["rule"].eq(UNKNOWN_CODE)]
    rows = places[["place", "n_rows", "n_violations"]].itertuples(index=False, name=None)
    return list(rows), report


@pytest.mark.parametrize(("name", "table", "column", "known", "odd"), CODES)
def test_unknown_codes_are_listed_with_their_rows(models, name, table, column, known, odd):
    rows = [{column: value} for value in [*known, odd, odd, "a name or a number"]]
    told, report = tell(models, name, table, rows)
    assert told == [(f"{column} {odd}", 2, 2), (f"{column} (another text)", 1, 1)]
    assert report.table["n_violations"].to_list() == [3]
    assert f"Unknown: {column} {odd} (2 rows)" in report.warnings[0]
    assert "a name" not in str(report)


@pytest.mark.parametrize(("name", "table", "column", "known", "odd"), CODES)
def test_known_codes_and_empty_ones_are_not_listed(models, name, table, column, known, odd):
    told, report = tell(models, name, table, [{column: value} for value in known])
    assert told == []
    assert report.table["n_violations"].to_list() == [0]


def test_education_codes_of_another_length_are_told_without_their_text(models):
    rows = [{"nus2000_code": code} for code in ("401101", None, "4011011", "Master", "Master")]
    told, _ = tell(models, "check_education_codes_are_known", "stg_ssb__education", rows)
    assert told == [("nus2000_code (another text)", 3, 3)]


def test_more_codes_than_can_be_listed_are_counted_together(models):
    odd = [f"X{number:02}" for number in range(25)]
    rows = [{"debitor_code": code} for number, code in enumerate(odd) for _ in range(30 - number)]
    told, _ = tell(models, "check_debitor_codes_are_known", CONTACTS, rows)
    assert told[0] == ("debitor_code X00", 30, 30)
    assert told[-1] == ("debitor_code and 6 other codes", 51, 51)
    assert sum(row[1] for row in told) == len(rows)


def test_a_code_that_only_a_quarantined_row_holds_is_listed_for_sectors(models):
    rows = [{"sector": "XYZ", "broken_rule": "unknown_code"}]
    told, _ = tell(models, "check_sectors_are_known", CONTACTS, rows)
    assert told == [("sector XYZ", 1, 1)]
