"""What the report says of honest limits, and of services and years left out."""

import re

import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context
from evaluation.report.sensitivity import tabulate_sensitivity
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_tables

BOTH = pytest.mark.parametrize("language", ["nb", "en"])


def section_of(tables, language="en"):
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    return tabulate_sensitivity(Context(make_data(tables=disclosed), read_texts(language)))


def rows_of(section, key):
    [table] = [block for block in section.blocks if getattr(block, "key", "") == key]
    return {row[0].text: [(cell.text, cell.below) for cell in row[1:]] for row in table.rows}


def test_each_finding_is_told_by_what_it_takes_to_break_it():
    items = section_of(make_tables()).items
    [breaks] = [item for item in items if item.startswith("Work-oriented rehabilitation: sick")]
    assert "unless the groups would have parted after treatment by more than 0.62 times" in breaks
    [holds] = [item for item in items if item.startswith("Mental health care: health")]
    assert "holds even if the groups would have parted by 0.62 times" in holds


def test_effects_whose_interval_holds_nought_are_named_together():
    items = section_of(make_tables()).items
    [none] = [item for item in items if item.startswith("No finding to break")]
    assert "Somatic care: sick leave; Somatic care: health-related benefits" in none


def test_a_headline_that_fails_the_test_is_told_with_its_limits():
    tables = make_tables()
    frame = tables["sensitivity"]
    frame.loc[frame["sector"].eq("ARR") & frame["level"].eq("breakdown"), "verdict"] = "no_finding"
    items = section_of(tables).items
    [told] = [item for item in items if item.startswith("Work-oriented rehabilitation: sick")]
    assert "does not stand this test" in told
    assert "−8.4 days (−11.4 to −5.5)" in told.replace("\u00a0", " ")


def test_every_bound_has_its_limits_and_a_small_sector_none():
    section = section_of(make_tables())
    rows = rows_of(section, "honest")
    chosen = make_data().study.sensitivity
    n_bounds = len(chosen.relative_magnitudes) + len(chosen.smoothness_days)
    for cells in rows.values():
        assert len(cells) == 1 + n_bounds
        assert all(text != "–" for text, _ in cells)
    assert not [name for name in rows if name.startswith(("Substance", "All"))]
    assert "37.8" not in str(section)


def test_parts_left_out_have_their_range_and_the_year_of_doubt_its_own_column():
    rows = rows_of(section_of(make_tables()), "left_out")
    own, service, year, doubtful, placebo = rows["Work-oriented rehabilitation: sick leave"]
    assert own[0] == "−8.4"
    assert service[0] == "−9.4 to −7.9"
    assert year[0] == "−8.5 to −8.4"
    assert doubtful[0] == "−8.4"
    assert placebo[0] == "+0.4"


def test_no_service_is_named_or_numbered():
    section = section_of(make_tables())
    [line] = [text for text in section.paragraphs if "one service at a time" in text]
    assert "from −" in line or "from +" in line
    assert not re.search(r"[Ss]ervice \d", str(section))


@BOTH
def test_a_refused_effect_is_not_told(language):
    tables = make_tables()
    tables["estimates"]["gate"] = "fail"
    section = section_of(tables, language)
    assert section.paragraphs == (read_texts(language)("absent.all_withheld"),)
    assert section.blocks == ()


@BOTH
def test_without_the_table_the_section_says_so(language):
    tables = make_tables()
    del tables["sensitivity"]
    assert section_of(tables, language).paragraphs == (read_texts(language)("sensitivity.none"),)
