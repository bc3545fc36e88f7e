"""The specification curve: what is drawn, told and withheld."""

import re

import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context
from evaluation.report.specifications import draw_specifications
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_tables

pytestmark = pytest.mark.usefixtures("draw_once")
BOTH = pytest.mark.parametrize("language", ["nb", "en"])


def section_of(tables, language="en"):
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    return draw_specifications(Context(make_data(tables=disclosed), read_texts(language)))


def rows_of(section):
    [table] = [block for block in section.blocks if hasattr(block, "rows")]
    return {row[0].text: [(cell.text, cell.below) for cell in row[1:]] for row in table.rows}


@BOTH
def test_each_sector_has_a_curve_for_each_outcome_with_its_dots_below(language):
    section = section_of(make_tables(), language)
    folds = [block for block in section.blocks if hasattr(block, "summary")]
    # TSB has three treated, and is not shown, nor what would give it back.
    assert [fold.figure.key for fold in folds] == [
        f"specifications-{sector}" for sector in ("SOM", "PHV", "ARR")
    ]
    for fold in folds:
        assert len(fold.figure.panels) == 2
        for panel in fold.figure.panels:
            assert panel.below is not None
            assert panel.svg.count("<svg") == panel.below.svg.count("<svg") == 1


def test_the_curve_holds_every_estimate_and_the_dots_every_level():
    tables = make_tables()
    study = make_data().study
    section = section_of(tables)
    panel = section.blocks[0].figure.panels[0]
    n = len(study.variants) + 1
    # A rule and a mark for each, and the line at nought.
    assert len(re.findall(r"<line ", panel.svg)) >= n
    labels = re.findall(r"<text [^>]*>([^<]+)</text>", panel.below.svg)
    assert len([label for label in labels if ": " in label]) == len(study.specification)
    assert "Index date: end of course" in labels


def test_the_sentence_tells_the_range_and_how_many_intervals_leave_nought():
    section = section_of(make_tables())
    [line] = [
        item for item in section.items if item.startswith("Work-oriented rehabilitation: sick")
    ]
    n = len(make_data().study.variants)
    # 0.07 lower for each variant: from -8.42 - 0.07 to -8.42 - 0.07 n, all far below nought.
    assert f"{n} other choices give between −{8.42 + 0.07 * n:.1f} and −8.5" in line
    assert "gives −8.4" in line
    assert f"below 0 in {n} of them, above 0 in 0" in line


def test_another_window_stands_per_year_and_in_the_window():
    rows = rows_of(section_of(make_tables()))
    # SOM, sick leave: (0.14 - 0.07 x 3) days per year, twice as many in two years.
    assert rows["Windows, days: 730"][0][0] == "−0.1"
    assert rows["Windows, days: 730 (in the window of 730 days)"][0][0] == "−0.1"
    arr = 2 * 3 - 2
    assert rows["Windows, days: 730"][arr][0] == "−8.6"
    assert rows["Windows, days: 730 (in the window of 730 days)"][arr][0] == "−17.3"


def test_persons_are_rounded_and_a_small_sector_is_named_but_not_shown():
    section = section_of(make_tables())
    assert rows_of(section)["The study’s own choices"][-2][0] == "640"
    assert rows_of(section)["Index date: end of course"][-2][0] == "640"
    assert "substance use treatment" in " ".join(section.paragraphs)
    assert "37.8" not in str(section)


def test_an_effect_that_the_gate_refuses_is_neither_drawn_nor_told():
    tables = make_tables()
    refused = tables["estimates"]["sector"].eq("ARR") & tables["estimates"]["outcome"].eq(
        "sick_leave_days"
    )
    tables["estimates"].loc[refused, "gate"] = "fail"
    section = section_of(tables)
    assert "withheld: Work-oriented rehabilitation: sick leave." in " ".join(section.paragraphs)
    assert not [
        item for item in section.items if item.startswith("Work-oriented rehabilitation: s")
    ]
    [fold] = [block for block in section.blocks[:-1] if block.figure.key.endswith("ARR")]
    assert len(fold.figure.panels) == 1
    assert "−8.4" not in str(section)


def test_choices_that_move_nothing_are_named():
    tables = make_tables()
    frame = tables["specifications"]
    columns = ["att", "ci_low", "ci_high", "n_treated", "n_control"]
    main = frame[frame["specification_id"].eq("main")].set_index(["sector", "outcome"])[columns]
    same = frame["specification_id"].eq("washout=180")
    keys = list(zip(frame[same]["sector"], frame[same]["outcome"], strict=True))
    frame.loc[same, columns] = main.loc[keys].to_numpy()
    lines = " ".join(section_of(tables).paragraphs)
    assert "does not occur: Washout, days: 180." in lines


@BOTH
def test_without_variants_nothing_is_drawn(language):
    tables = make_tables()
    frame = tables["specifications"]
    tables["specifications"] = frame[frame["specification_id"].eq("main")]
    assert section_of(tables, language).blocks == ()
    del tables["specifications"]
    assert section_of(tables, language).paragraphs == (read_texts(language)("specifications.none"),)
