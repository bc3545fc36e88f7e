import json

import pytest

STAGED = {
    "stg_npr__contacts": "raw_npr__contacts",
    "stg_nav__benefit_spells": "raw_nav__benefit_spells",
    "stg_ssb__persons": "raw_ssb__persons",
    "stg_ssb__education": "raw_ssb__education",
    "stg_ssb__residence": "raw_ssb__residence",
    "stg_link__persons": "raw_link__persons",
    "stg_npr__institutions": "raw_npr__institutions",
    "stg_nav__employment": "raw_nav__employment",
    "stg_nav__measures": "raw_nav__measures",
}
FILES = """
    file_index | table_name | file
    1          | some_table | some/file.csv
    2          | other      | other.csv
"""
BROKEN = """
    file_index | row_number | broken_rule | broken_column
    1          | 1          | null        | null
    1          | 2          | missing_key | npr_id
"""
PLACES = """
    file_index | row_number
    1          | 1
    1          | 2
    2          | 2
"""
SHOW = "file_index, row_number, table_name, file, rule_name, column_name"


@pytest.mark.parametrize("staged", STAGED)
def test_broken_row_of_each_table_is_in_quarantine_once_with_rule_and_place(run_model, staged):
    given = {"raw_files": FILES, staged: BROKEN, STAGED[staged]: PLACES}
    assert run_model("stg_quarantine", given=given, show=SHOW) == [
        "1 | 2 | some_table | some/file.csv | missing_key | npr_id"
    ]


def test_row_is_kept_as_delivered(run_model):
    delivered = """
        row_number | npr_id | start_date | debitor_code
        2          | null   | 30.02.2010 | 020
    """
    given = {
        "raw_files": FILES,
        "stg_npr__contacts": BROKEN,
        "raw_npr__contacts": delivered,
    }
    [raw] = run_model("stg_quarantine", given=given, show="raw_text")
    row = json.loads(raw)
    assert (row["npr_id"], row["start_date"], row["debitor_code"]) == (None, "30.02.2010", "020")


def test_two_broken_rows_of_one_file_keep_their_own_text(run_model):
    given = {
        "raw_files": FILES,
        "stg_npr__contacts": "row_number | broken_rule\n 1 | missing_key\n 2 | invalid_date",
        "raw_npr__contacts": "npr_id | start_date\n null | 2010-01-01\n n2 | 30.02.2010",
    }
    show = "row_number, rule_name, raw_text ->> 'npr_id', raw_text ->> 'start_date'"
    assert run_model("stg_quarantine", given=given, show=show) == [
        "1 | missing_key | null | 2010-01-01",
        "2 | invalid_date | n2 | 30.02.2010",
    ]


def test_line_that_was_no_row_is_in_quarantine_too(run_model):
    rejects = """
        file_index | table_name | row_number | rule             | raw
        2          | other      | 7          | too_many_columns | a;b;c
    """
    assert run_model(
        "stg_quarantine",
        given={"raw_files": FILES, "raw_rejects": rejects},
        show=f"{SHOW}, raw_text",
    ) == ["2 | 7 | other | other.csv | too_many_columns | null | a;b;c"]
