"""The contract's checks: what cannot be used, keys, linkage, coverage."""

import pytest

from evaluation.quality.forms import name_form, read_row_rule
from evaluation.quality.scan import build_scan, inline_code_lists

FAMILIES = {"conformance", "completeness", "plausibility"}
USABLE = {
    "check_benefit_spells_are_usable": ("stg_nav__benefit_spells", "nav_benefit"),
    "check_contacts_are_usable": ("stg_npr__contacts", "npr_contact"),
    "check_education_are_usable": ("stg_ssb__education", "education"),
    "check_employment_are_usable": ("stg_nav__employment", "employment"),
    "check_institutions_are_usable": ("stg_npr__institutions", "institution"),
    "check_links_are_usable": ("stg_link__persons", "link"),
    "check_measures_are_usable": ("stg_nav__measures", "nav_measure"),
    "check_npr_persons_are_usable": ("stg_npr__persons", "npr_person"),
    "check_persons_are_usable": ("stg_ssb__persons", "person"),
    "check_residence_are_usable": ("stg_ssb__residence", "residence"),
}


@pytest.mark.parametrize("name", USABLE)
def test_quarantined_rows_and_rejected_lines_of_the_table_are_found(run_check, models, name):
    table, canonical = USABLE[name]
    staged = """
        file_index | row_number | broken_rule | broken_column
        1          | 1          | null        | null
        1          | 2          | missing_key | some_column
    """
    rejects = f"""
        file_index | row_number | table_name  | rule
        1          | 3          | {canonical} | too_many_columns
        2          | 4          | other       | too_many_columns
    """
    assert run_check(name, given={table: staged, "raw_rejects": rejects}) == (["2", "3"], 3)
    models.build(name)
    assert models.show(name, "row_number, rule_name, column_name") == [
        "1 | null | null",
        "2 | missing_key | some_column",
        "3 | too_many_columns | null",
    ]


def test_every_check_has_a_header_that_can_be_judged(models):
    checks = [model for name, model in models.models.items() if name.startswith("check_")]
    assert len(checks) >= 60
    for model in checks:
        fields, columns = model.fields, set(models.columns[model.name])
        assert fields["severity"] in {"contract", "error", "warning"}, model.name
        assert fields["family"] in FAMILIES, model.name
        assert 0 <= float(fields["threshold"]) < 1, model.name
        assert fields["table"] in model.reads, model.name
        for text in ("column", "means", "what_to_do", "source"):
            assert fields[text], f"{model.name}: {text}"
            assert not fields[text].endswith("."), f"{model.name}: {text} ends with a full stop"
        wanted = {
            "row rule": {"is_broken"},
            "rows": {"file_index", "row_number", "is_broken"},
            "cells": {"place", "is_broken"},
        }[name_form(model)]
        assert wanted <= columns, model.name
        rule = read_row_rule(model)
        assert rule is None or rule.table == fields["table"], model.name


def test_benefit_before_or_after_its_validity_is_found_and_one_on_the_edge_is_not(run_check):
    drawn = """
        row_number | benefit_code | start_date | until_date | broken_rule
        1          | AAP          | 2010-02-28 | 2010-04-01 | null
        2          | AAP          | 2010-03-01 | 2010-04-01 | null
        3          | RP           | 2010-01-01 | 2010-03-01 | null
        4          | RP           | 2010-01-01 | 2010-03-02 | null
        5          | SP           | 1950-01-01 | 1950-02-01 | null
        6          | UT           | 2014-12-31 | 2016-01-01 | missing_key
    """
    name = "check_benefits_within_validity"
    assert run_check(name, given={"stg_nav__benefit_spells": drawn}) == (["1", "4"], 5)


def test_contact_outside_the_days_covered_is_found_and_one_on_the_edge_is_not(run_check):
    drawn = """
        row_number | start_date | broken_rule
        1          | 2009-12-31 | null
        2          | 2010-01-01 | null
        3          | 2010-12-31 | null
        4          | 2011-01-01 | null
        5          | 2011-01-01 | missing_key
    """
    dates = {"contacts_first_date": "2010-01-01", "contacts_last_date": "2010-12-31"}
    name = "check_contacts_within_coverage"
    assert run_check(name, given={"stg_npr__contacts": drawn}, params=dates) == (["1", "4"], 4)


def test_debitor_code_outside_the_code_list_is_found_and_a_missing_one_is_not(run_check):
    drawn = """
        row_number | debitor_code | broken_rule
        1          | 20           | null
        2          | 21           | null
        3          | null         | null
        4          | GR           | null
        5          | 21           | missing_key
    """
    found = run_check("check_debitor_codes_are_known", given={"stg_npr__contacts": drawn})
    assert found == (["2"], 4)


@pytest.mark.parametrize("column", ["npr_id", "nav_id", "ssb_id"])
def test_key_in_two_link_rows_is_found_in_both(run_check, models, column):
    rows = [
        {"npr_id": "n1", "nav_id": "v1", "ssb_id": "s1"},
        {"npr_id": "n2", "nav_id": "v2", "ssb_id": "s2"},
        {"npr_id": "n3", "nav_id": "v3", "ssb_id": "s3"},
    ]
    rows[2] = rows[2] | {column: rows[0][column]}
    name = "check_link_is_one_to_one"
    assert run_check(name, given={"stg_link__persons": rows}) == (["1", "3"], 3)
    models.build(name)
    shown = models.show(name, "row_number, column_name")
    assert [shown[0], shown[2]] == [f"1 | {column}", f"3 | {column}"]


def test_links_without_nav_key_and_broken_links_are_no_duplicates(run_check):
    drawn = """
        npr_id | nav_id | ssb_id | broken_rule
        n1     | null   | s1     | null
        n2     | null   | s2     | null
        n2     | null   | null   | missing_key
        null   | null   | s2     | missing_key
    """
    assert run_check("check_link_is_one_to_one", given={"stg_link__persons": drawn}) == ([], 2)


def test_person_in_two_rows_is_found_in_both(run_check):
    drawn = """
        ssb_id | broken_rule
        s1     | null
        s2     | null
        s1     | null
        s2     | invalid_date
    """
    found = run_check("check_persons_are_unique", given={"stg_ssb__persons": drawn})
    assert found == (["1", "3"], 3)


def test_contact_that_npr_could_not_tie_to_a_person_is_found(run_check):
    drawn = """
        row_number | npr_link_status_code
        1          | 4
        2          | 1
        3          | 5
        4          | null
    """
    found = run_check("check_contacts_have_person_key", given={"stg_npr__contacts": drawn})
    assert found == (["1"], 4)


def test_a_spell_whose_person_is_not_linked_is_found(run_check):
    given = {
        "stg_nav__benefit_spells": "row_number | nav_id\n 1 | K1\n 2 | k1\n 3 | K2\n 4 | K3",
        "stg_link__persons": "nav_id | ssb_id\n K1 | S1\n K2 | S2",
        "stg_ssb__persons": "ssb_id\n S1",
    }
    assert run_check("check_benefits_are_linked", given=given) == (["2", "3", "4"], 4)


COUNTS = """
    first_row | link_state
    1         | linked
    2         | near_link
    3         | no_ssb_person
    4         | not_in_link
"""


def test_contacts_whose_person_is_not_linked_are_found(run_check):
    given = {
        "stg_npr__contact_counts": COUNTS,
        "stg_link__persons": "npr_id | ssb_id\n K1 | S1",
        "stg_ssb__persons": "ssb_id\n S1",
    }
    assert run_check("check_contacts_are_linked", given=given) == (["2", "3", "4"], 4)


@pytest.mark.parametrize("missing", ["stg_link__persons", "stg_ssb__persons"])
def test_without_links_or_persons_no_contact_is_looked_for(run_check, missing):
    given = {
        "stg_npr__contact_counts": COUNTS,
        "stg_link__persons": "npr_id | ssb_id\n K1 | S1",
        "stg_ssb__persons": "ssb_id\n S1",
    }
    del given[missing]
    assert run_check("check_contacts_are_linked", given=given) == ([], 0)


def test_the_row_rules_of_each_table_run_in_one_scan(models):
    # A scan that fails is told rule by rule, at many times the cost: that must not go unseen.
    tables = {}
    for model in models.models.values():
        rule = read_row_rule(model) if model.layer == "check" else None
        if rule is not None:
            tables.setdefault(rule.table, []).append((model, rule))
    assert len(tables) >= 6
    for rules in tables.values():
        sql = inline_code_lists(models.connection, build_scan([rule for _, rule in rules]))
        names = sorted({name for check, _ in rules for name in check.params})
        models.connection.execute(sql, {name: models.params[name] for name in names} or None)
