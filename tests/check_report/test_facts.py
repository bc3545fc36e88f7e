import dataclasses
import json
from io import StringIO

import pytest
from rich.console import Console

from evaluation.check_report.facts import CheckData, Facts, build_facts, list_attention, render_json
from evaluation.check_report.page import render_page
from evaluation.check_report.summary import print_summary

FACTS = {
    *("schema_version", "made_by", "delivery", "fingerprint", "verdict", "lost", "problems"),
    *("files", "quality", "quality_places", "linkage"),
}


def judge(data: CheckData, **changed: object) -> Facts:
    return build_facts(dataclasses.replace(data, **changed))  # type: ignore[arg-type]


def summarise(facts: Facts) -> str:
    stream = StringIO()
    print_summary(facts, Console(file=stream, width=160))
    return stream.getvalue()


def passed(data: CheckData) -> dict[str, object]:
    """What is left of the tables when nothing is wrong."""
    tables = dict(data.tables)
    tables["quality"] = tables["quality"].query("status == 'pass'")
    tables["linkage_difference"] = tables["linkage_difference"].query("verdict == 'pass'")
    return {"tables": tables, "error_problems": ()}


def test_the_facts_have_the_structure_that_is_documented(facts: Facts) -> None:
    assert set(facts) == FACTS
    assert facts["schema_version"] == 1
    assert json.loads(render_json(facts)) == facts
    linkage = {"is_judged", "reason", "registers", "shares", "difference", "violations"}
    assert set(facts["linkage"]) == linkage


def test_what_is_broken_comes_first_and_the_gravest_before_the_others(facts: Facts) -> None:
    found = [(row["severity"], row["status"]) for row in facts["quality"]]
    assert found[:3] == [("error", "fail"), ("warning", "fail"), ("warning", "error")]
    assert {status for _, status in found[3:]} == {"pass", "not_applicable"}


def test_a_broken_contract_goes_before_an_error(data: CheckData) -> None:
    verdict = judge(data, contract_problems=("a key occurs twice",))["verdict"]
    assert (verdict["word"], verdict["exit_code"]) == ("breaks_contract", 3)


def test_an_error_is_not_usable(facts: Facts) -> None:
    assert (facts["verdict"]["word"], facts["verdict"]["exit_code"]) == ("fails_quality", 4)


def test_warnings_and_unlike_arms_are_counted(data: CheckData) -> None:
    facts = judge(data, error_problems=())
    # Two checks of severity warning, and mental health care in the linkage.
    assert [row["sector"] for row in list_attention(facts)] == ["PHV"]
    assert facts["verdict"]["word"] == "usable_with_warnings"
    assert "3 warnings" in facts["verdict"]["sentence"]


def test_nothing_wrong_is_usable(data: CheckData) -> None:
    facts = judge(data, **passed(data))
    assert (facts["verdict"]["word"], facts["verdict"]["exit_code"]) == ("usable", 0)


@pytest.mark.parametrize("table", ["link", "person", "nav_benefit", "npr_contact"])
def test_a_required_table_that_is_absent_makes_it_incomplete(data: CheckData, table: str) -> None:
    assert data.spec is not None
    files = tuple(file for file in data.spec.files if file.table != table)
    spec = data.spec.model_copy(update={"files": files})
    facts = judge(data, spec=spec, **passed(data))
    assert (facts["verdict"]["word"], facts["verdict"]["exit_code"]) == ("incomplete", 0)
    assert table in facts["verdict"]["sentence"]
    assert facts["linkage"]["is_judged"] == (table == "nav_benefit")
    assert facts["lost"][0]["subject"] == table
    assert table in summarise(facts)
    assert facts["verdict"]["sentence"] in render_page(facts)


def test_months_are_lost_days(data: CheckData) -> None:
    assert data.spec is not None
    spec = data.spec.model_copy(update={"benefit_resolution": "month"})
    facts = judge(data, spec=spec, **passed(data))
    assert facts["verdict"]["word"] == "incomplete"
    assert "days cannot be counted" in facts["lost"][0]["text"]


def test_without_a_link_nobody_is_called_unlinked(data: CheckData) -> None:
    assert data.spec is not None
    files = tuple(file for file in data.spec.files if file.table != "link")
    facts = judge(data, spec=data.spec.model_copy(update={"files": files}))
    linkage = facts["linkage"]
    assert linkage["reason"] == "linkage cannot be judged without link"
    assert {row["n_unlinked"] for row in linkage["registers"]} == {None}
    assert {row["share_unlinked"] for row in linkage["shares"]} == {None}
    assert [row["n_persons"] for row in linkage["registers"]] == [49120, 65000, 91200]
    assert linkage["difference"] == []
    assert "figure-unlinked" not in render_page(facts)


def test_a_delivery_refused_at_once_still_has_a_page_and_a_summary() -> None:
    problem = "contacts.csv: required column debitor_code of npr_contact is missing."
    facts = build_facts(CheckData(None, "f", contract_problems=(problem,)))
    assert facts["verdict"]["word"] == "breaks_contract"
    assert problem in render_page(facts)
    assert "Not judged" in summarise(facts)


def test_the_summary_says_what_a_failure_means_and_what_to_do(facts: Facts) -> None:
    text = summarise(facts)
    assert (
        "Contacts are linked: does not hold in 20,700 of 120,000 rows (17.2 %; allowed: 10 %)"
        in text
    )
    assert "means: A person who is not linked is in no estimate." in text
    assert "to do: Compare the keys" in text
    assert "8 more files" in text
    order = [text.index(word) for word in ("Not delivered", "Stops a run", "Warnings", "Linkage")]
    assert order == sorted(order)


def test_the_page_is_the_same_twice_and_says_that_it_stays(facts: Facts) -> None:
    page = render_page(facts)
    assert page == render_page(facts)
    assert "stays in the secure zone" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_name_cannot_become_markup(data: CheckData) -> None:
    files = data.files.assign(file="<b>odd</b>.csv")
    page = render_page(judge(data, files=files))
    assert "<b>odd</b>" not in page
    assert "&lt;b&gt;odd" in page


def test_tables_of_earlier_runs_without_family_and_places_are_told_too(data: CheckData) -> None:
    quality = data.tables["quality"].drop(columns=["family", "means"])
    tables = {name: table for name, table in data.tables.items() if name != "quality_places"}
    facts = judge(data, tables=tables | {"quality": quality})
    assert "11 files: column npr_id" in render_page(facts)
    assert "Contacts are linked" in summarise(facts)
