"""The table of findings: every finding in both languages, and nothing hidden told by it."""

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context, make_context
from evaluation.report.findings import tabulate_findings
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_findings, make_tables


def table_of(language="en", **changes):
    tables = make_tables()
    tables["findings"] = tables["findings"].assign(**changes)
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    context = Context(make_data(tables=disclosed), read_texts(language))
    (section,) = tabulate_findings(context)
    return section.blocks[0]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_finding_stands_there_with_a_verdict_and_a_way(language):
    study, table = make_data().study, table_of(language)
    assert len(table.rows) == len(study.published) + len(study.finding)
    assert {row[0].text for row in table.rows} == {f"F{number}" for number in range(1, 28)}
    for row in table.rows:
        assert row[1].text
        assert row[3].text


def test_a_check_is_told_by_its_places():
    (row,) = [row for row in table_of().rows if row[0].text == "F19"]
    assert [row[2].text, row[3].text] == ["places: 1", "Yes"]


def test_no_section_without_findings():
    tables = {name: table for name, table in make_tables().items() if name != "findings"}
    assert tabulate_findings(Context(make_data(tables=tables), read_texts("en"))) == ()


def test_a_finding_about_few_persons_is_hidden_with_its_verdict():
    table = table_of(n_persons=3, estimate=0.123456)
    shown = [cell for row in table.rows for cell in row[2:4]]
    assert all("12.3" not in cell.text for cell in shown)
    assert any(cell.mark == "hidden" for cell in shown)


def test_a_share_whose_complement_is_few_persons_is_hidden():
    frame = make_tables()["findings"]
    inpatient = frame["finding_id"].eq("F27")
    frame.loc[inpatient, ["n_persons", "n_cases"]] = [100, 98]
    shown = disclose_tables({"findings": frame}, min_cell_count=5, period_days=30)["findings"]
    assert shown.loc[inpatient, "estimate"].isna().all()


def test_shares_are_rounded_where_the_table_behind_them_hides_a_number():
    shown = disclose_tables(make_tables(), min_cell_count=5, period_days=30)
    assert shown["matched_share"]["is_hidden"].any(), "the fixture has three persons in TSB"
    row = shown["findings"].set_index("finding_id").loc["F8"]
    assert row["estimate"] == round(row["estimate"], 2)
    assert pd.isna(row["ci_low"])


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("not_run", "Not assessed: the gate could not judge the estimate"),
        (None, "Not assessed: there is no estimate"),
    ],
)
def test_why_an_effect_is_not_assessed(gate, words):
    tables = make_tables()
    estimates = tables["estimates"]
    estimates = estimates.iloc[:0] if gate is None else estimates.assign(gate=gate)
    tables |= {"estimates": estimates, "findings": make_findings(estimates)}
    (section,) = tabulate_findings(Context(make_data(tables=tables), read_texts("en")))
    verdicts = {row[0].text: row[3].text for row in section.blocks[0].rows}
    effects = {finding.id for finding in make_data().study.published}
    pooled = {f.id for f in make_data().study.finding if f.measure == "pooled_effect"}
    assert {verdicts[name] for name in effects | pooled} == {words}


@pytest.mark.parametrize(("language", "words"), [("en", "(95%)"), ("nb", "(95\u00a0%)")])
def test_one_level_is_told_once(language, words):
    assert words in table_of(language).notes[0]


def test_another_level_of_effects_is_told_beside_that_of_shares():
    study = make_data().study
    inference = study.inference.model_copy(update={"confidence_level": 0.9})
    study = study.model_copy(update={"inference": inference})
    (section,) = tabulate_findings(Context(make_data(study=study), read_texts("en")))
    assert "(90% for effects, 95% otherwise)" in section.blocks[0].notes[0]


def section_of_two_sectors(language):
    """PHV and ARR, though the made tables still hold all: none of the others is told."""
    study = make_data().study.model_copy(update={"sectors": ("PHV", "ARR")})
    tables = make_tables()
    tables["findings"] = make_findings(tables["estimates"], sectors=study.sectors)
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    (section,) = tabulate_findings(make_context(make_data(tables=disclosed, study=study), language))
    return section


@pytest.mark.parametrize(
    ("language", "sector", "every", "judged"),
    [
        (
            "en",
            "does not hold the sector",
            "does not hold all sectors",
            "5 of 5 that can be judged",
        ),
        ("nb", "ikke med sektoren", "ikke med alle sektorer", "5 av 5 som kan vurderes"),
    ],
)
def test_a_study_of_two_sectors_judges_only_what_is_of_them(language, sector, every, judged):
    section = section_of_two_sectors(language)
    verdicts = {}
    for row in section.blocks[0].rows:
        verdicts.setdefault(row[0].text, set()).add(row[3].text)
    # Judged are two effects of each sector and the coding check; the made profile lacks 2008.
    # F1 and F2 are effects of somatic care, F12 and F14 shares of sectors that are not held.
    for name in ("F1", "F2", "F12", "F14", "F16"):
        assert [sector in word for word in verdicts[name]] == [True], name
    for name in ("F8", "F10", "F13", "F15", "F18", "F21", "F22", "F23", "F26", "F27"):
        assert [every in word for word in verdicts[name]] == [True], name
    assert judged in section.paragraphs[0]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "None of them can be judged"), ("nb", "Ingen av dem kan")]
)
def test_where_nothing_can_be_judged_no_noughts_are_counted(language, words):
    tables = make_tables()
    tables["findings"]["status"] = "not_all_sectors"
    (section,) = tabulate_findings(Context(make_data(tables=tables), read_texts(language)))
    assert words in section.paragraphs[0]
    assert "0" not in section.paragraphs[0]
