import pandas as pd
import pytest

from evaluation.errors import EvaluationError
from evaluation.schemas import TABLES, check_table

# Contract, section 3: fixed columns, in this order.
CONTRACT = {
    "estimates": "study_id, specification_id, sector, subgroup, outcome, unit, estimand, estimator,"
    " window_days, att, se, ci_low, ci_high, p_value, n_treated, n_control, n_clusters,"
    " treated_before, treated_after, treated_change, control_before, control_after,"
    " control_change, gate, gate_reasons",
    "event_study": "study_id, sector, subgroup, outcome, estimator, event_time, att, se, ci_low,"
    " ci_high, n_treated, n_control",
    "balance": "study_id, sector, covariate, level, treated_mean, control_mean_before,"
    " control_mean_after, smd_before, smd_after, variance_ratio_after",
    "attrition": "study_id, sector, arm, step, step_name, n_persons, n_excluded",
    "composition": "year, sector, n_persons, share, n_multi_sector, share_multi_sector, n_episodes",
    "quality": "check_id, table, column, severity, status, n_rows, n_violations, share, threshold,"
    " what_to_do",
    "verify": "sector, outcome, true_att, att, se, z, covered",
}


@pytest.mark.parametrize("table", CONTRACT)
def test_the_columns_of_the_contract_come_first_and_in_its_order(table: str) -> None:
    fixed = CONTRACT[table].split(", ")
    assert [column.name for column in TABLES[table]][: len(fixed)] == fixed


@pytest.mark.parametrize("table", TABLES)
def test_every_table_ends_with_the_fingerprint_and_names_a_column_once(table: str) -> None:
    names = [column.name for column in TABLES[table]]
    assert names[-1] == "fingerprint"
    assert len(names) == len(set(names))
    assert all(column.text for column in TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_numbers_of_persons_are_marked_for_disclosure_control(table: str) -> None:
    # Rows examined by a quality check are no persons, nor are tests and draws.
    exempt = {"n_rows", "n_violations", "n_tests", "n_draws"}
    for column in TABLES[table]:
        is_count = column.name.startswith("n_") and column.name not in exempt
        assert column.counts_persons == is_count, f"{table}.{column.name}"


def test_a_table_gets_its_order_and_types() -> None:
    frame = pd.DataFrame(
        {
            "fingerprint": ["f"],
            "n_link_rows_without_register": [0],
            "n_unlinked": [None],
            "n_linked": [1.0],
            "n_persons": [1],
            "register": ["npr"],
        }
    )
    checked = check_table("linkage", frame)
    assert list(checked.columns) == [column.name for column in TABLES["linkage"]]
    assert [str(kind) for kind in checked.dtypes] == ["string", *["Int64"] * 4, "string"]
    assert checked["n_unlinked"].isna().all()


def test_missing_and_unknown_columns_are_told() -> None:
    frame = pd.DataFrame({"register": ["npr"], "surprise": [1]})
    with pytest.raises(EvaluationError, match=r"missing columns \['n_persons'.*\['surprise'\]"):
        check_table("linkage", frame)
