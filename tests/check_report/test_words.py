"""Checks, their places and unknown codes as people read them."""

from io import StringIO

import pytest
from rich.console import Console

from evaluation.check_report.facts import CheckData, Facts, build_facts, list_unknown_codes
from evaluation.check_report.page import render_page
from evaluation.check_report.summary import print_summary
from evaluation.check_report.words import describe_place, show_allowed, show_share, write_sentence

NAMES = ["check_id", "place", "rule", "column", "n_rows", "n_violations", "first_row"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (
            ("check_dates_hold", "a.csv", "dates_hold", "start_date", 90, 5, 17),
            "a.csv: 5 of 90 rows, first in row 17",
        ),
        (
            ("check_dates_hold", "a.csv", "invalid_date", "start_date", 90, 5, 17),
            "a.csv: invalid date (start_date) in 5 of 90 rows, first in row 17",
        ),
        (
            ("check_codes", "a.csv", "unknown_code", "sector", 90, 5, 17),
            "a.csv: unknown code (sector) in 5 of 90 rows, first in row 17",
        ),
        (("check_x", "SOM 2018-03", "x", "start_date", 1, 1, None), "SOM 2018-03"),
        (
            ("check_x", "another text", "x", "institution_id", 3, 2, None),
            "another text: 2 of 3 cells",
        ),
        (
            ("check_x", "debitor_code 21", "unknown_code", "debitor_code", 314, 314, None),
            "debitor_code 21: 314 rows",
        ),
        (
            ("check_x", "debitor_code 7", "unknown_code", "debitor_code", 1, 1, None),
            "debitor_code 7: 1 row",
        ),
    ],
)
def test_a_place_never_says_the_rule_that_must_hold_as_if_it_were_the_fault(place, text):
    assert describe_place(dict(zip(NAMES, place, strict=True))) == text


def test_small_shares_and_limits_are_written_as_short_as_they_can_be():
    assert [show_share(share) for share in (0.0, 0.00001, 0.0136, 0.2864)] == [
        "0.00 %",
        "<0.01 %",
        "1.36 %",
        "28.6 %",
    ]
    assert [show_allowed(share) for share in (0.0, 0.001, 0.2)] == ["none", "0.1 %", "20 %"]
    assert write_sentence("a file is missing.") == "A file is missing."


def with_code(data: CheckData) -> Facts:
    # A code may be listed though its check passes.
    tables = dict(data.tables)
    places = tables["quality_places"]
    code = ("check_contacts_within_coverage", "debitor_code 21", "unknown_code", "debitor_code")
    places.loc[len(places)] = [*code, 314, 314, None, "f"]
    return build_facts(CheckData(**{**vars_of(data), "tables": tables}))


def vars_of(data: CheckData) -> dict[str, object]:
    return {name: getattr(data, name) for name in CheckData.__dataclass_fields__}


def test_unknown_codes_are_told_on_the_page_and_in_the_terminal_also_of_checks_that_pass(data):
    facts = with_code(data)
    assert [code["place"] for code in list_unknown_codes(facts)] == ["debitor_code 21"]
    page = render_page(facts)
    assert '<td class="text">21</td><td class="number">314</td>' in page.replace("\n", "")
    console = Console(width=160, record=True, file=StringIO())
    print_summary(facts, console)
    assert "debitor_code 21: 314 rows" in console.export_text()


def test_passed_checks_are_folded_away_and_counted(facts: Facts):
    page = render_page(facts)
    checks = page[page.index('id="checks"') : page.index('id="linkage"')]
    outside = checks[: checks.index("<details>")]
    assert "Contacts within coverage" not in outside
    assert "Contacts within coverage" in checks
    assert checks.count("<details>") == 3
    row = outside[outside.index("Completeness") :]
    assert '<td class="number">1</td>' in row
