import pytest

STAGED = (
    "stg_npr__contacts",
    "stg_nav__benefit_spells",
    "stg_ssb__persons",
    "stg_ssb__education",
    "stg_ssb__residence",
    "stg_link__persons",
    "stg_npr__institutions",
    "stg_nav__employment",
    "stg_nav__measures",
)
SHOW = "file_index, rows_delivered, rows_loaded, rows_quarantined"


@pytest.mark.parametrize("staged", STAGED)
def test_delivered_is_loaded_plus_quarantined_in_each_table(run_model, staged):
    given = {
        "raw_files": "file_index | row_count | rejected_count\n 1 | 3 | 1\n 2 | 1 | 0",
        staged: """
            file_index | broken_rule
            1          | null
            1          | null
            1          | missing_key
            2          | null
        """,
        "stg_quarantine": "row_number | rule_name\n 3 | missing_key\n 4 | too_many_columns",
    }
    assert run_model("stg_files", given=given, show=SHOW) == ["1 | 4 | 2 | 2", "2 | 1 | 1 | 0"]


def test_file_without_rows_has_a_row_of_noughts(run_model):
    given = {"raw_files": "file_index | row_count | rejected_count\n 1 | 0 | 0"}
    assert run_model("stg_files", given=given, show=SHOW) == ["1 | 0 | 0 | 0"]


def test_raw_rows_of_two_files_add_up_through_staging_and_quarantine(models):
    models.give(
        "raw_files",
        """
        file_index | table_name  | file    | row_count | rejected_count
        1          | npr_contact | npr.csv | 2         | 1
        2          | link        | l.csv   | 2         | 0
        """,
    )
    models.give("raw_npr__contacts", "npr_id\n n1\n null")
    models.give("raw_rejects", "file_index | row_number | rule\n 1 | 3 | too_few_columns")
    models.give(
        "raw_link__persons",
        """
        file_index | row_number | npr_id | ssb_id
        2          | 1          | n1     | s1
        2          | 2          | n2     | null
        """,
    )
    for name in ("stg_npr__contacts", "stg_link__persons", "stg_quarantine", "stg_files"):
        models.build(name)
    assert models.show("stg_files", SHOW) == ["1 | 3 | 1 | 2", "2 | 2 | 1 | 1"]
