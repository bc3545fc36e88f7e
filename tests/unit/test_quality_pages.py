from pathlib import Path

import pytest

from evaluation.quality.pages import build_pages, describe_rule, write_pages
from evaluation.warehouse.models import read_sql_checks
from pipelines.resources import ROOT, SQL_FOLDER

PAGES = ROOT / "docs" / "checks"
CHECKS = read_sql_checks(SQL_FOLDER)


def test_the_pages_are_those_that_make_docs_writes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert written == build_pages(CHECKS), "run `make docs` and commit what changed"


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_page_says_what_the_header_says(name: str) -> None:
    page, check = build_pages(CHECKS)[f"{name}.md"], CHECKS[name]
    assert describe_rule(check) in page
    for field in ("family", "severity", "column", "means", "what_to_do", "source"):
        assert check.fields[field] in page


def test_the_text_of_a_header_ends_where_its_fields_begin() -> None:
    text = describe_rule(CHECKS["check_contacts_have_person_key"])
    assert text.startswith("Contacts that NPR itself")
    assert text.endswith("count of persons.")


def test_the_page_of_a_check_that_is_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "check_gone.md").write_text("old", encoding="utf-8")
    write_pages(SQL_FOLDER, tmp_path)
    assert {path.stem for path in tmp_path.glob("check_*.md")} == set(CHECKS)
