"""The page as text: both languages, no small cells, nothing from outside, same bytes."""

import re
import string
from typing import Any

import pandas as pd
import pytest

from evaluation.report.render import render_report
from evaluation.report.texts import Language, read_texts
from evaluation.study import StudyDefinition

from .made_tables import STUDY_FILE, make_data, make_findings, make_tables

ROOT = STUDY_FILE.parents[2]
LANGUAGES: tuple[Language, ...] = ("nb", "en")


def _without(name: str) -> dict[str, pd.DataFrame]:
    return {key: frame for key, frame in make_tables().items() if key != name}


def _text_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " "))


@pytest.fixture(params=LANGUAGES)
def page(request: pytest.FixtureRequest, pages: dict[Language, str]) -> str:
    return pages[request.param]


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_sentences_with_the_same_fields() -> None:
    nb, en = (read_texts(language).sentences for language in LANGUAGES)
    assert nb.keys() == en.keys()
    assert {key: _fields(nb[key]) for key in nb} == {key: _fields(en[key]) for key in en}


def test_every_step_of_the_attrition_has_a_name() -> None:
    lines = (ROOT / "sql/codelists/attrition_steps.csv").read_text(encoding="utf-8").splitlines()
    codes = {line.split(",")[1] for line in lines[1:]}
    assert {f"step.{code}" for code in codes} <= read_texts("nb").sentences.keys()


def test_every_setting_of_the_study_has_a_name() -> None:
    settings = {name for name, _ in StudyDefinition.from_toml(STUDY_FILE).settings()}
    named = {
        key.removeprefix("setting.") for key in read_texts("nb").sentences if "setting." in key
    }
    assert {name.replace(".", "__") for name in settings} == named


def test_the_same_results_give_the_same_bytes(page: str) -> None:
    language: Any = re.findall(r'<html lang="(..)">', page)[0]
    assert render_report(make_data(), language=language) == page


def test_the_page_is_complete_in_itself(page: str) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    assert "url(" not in page.replace("url(#", "")
    assert not re.findall(r"\s(?:src|on\w+)=", page)


def test_identifiers_are_unique_and_every_drawing_is_named(page: str) -> None:
    names = re.findall(r'\sid="([^"]+)"', page)
    assert len(names) == len(set(names))
    for labels in re.findall(r'<svg role="img" aria-labelledby="([^"]+)"', page):
        assert set(labels.split()) <= set(names)
    assert page.count("<svg") == page.count("<desc")
    assert page.count("<h1>") == 1


def test_hidden_numbers_stand_nowhere_in_the_text(page: str) -> None:
    text = _text_of(page)
    # Effects and standard errors of TSB (three persons), and counts only a subtraction would give.
    for number in ("37.8", "37,8", "41.2", "41,2", "43.0", "43,0", "11 490", "11,490", "58,209"):
        assert number not in text
    assert "&lt;5" in text


def _with_other_secrets() -> dict[str, pd.DataFrame]:
    """Tables that differ only in what must be hidden: four in TSB instead of three."""
    tables = make_tables()
    for name, frame in tables.items():
        if name not in ("estimates", "event_study", "verify", "balance"):
            continue
        tsb, pooled = frame["sector"].eq("TSB"), frame["sector"].eq("ALL")
        numbers = [column for column, kind in frame.dtypes.items() if str(kind) == "Float64"]
        frame.loc[tsb, numbers] = frame.loc[tsb, numbers] * 1.7 + 0.31
        if name != "balance":
            frame.loc[tsb, "n_treated"] = 4
            frame.loc[pooled, "n_treated"] += 1
    last = tables["attrition"]["step"].eq(4) & tables["attrition"]["arm"].eq("treated")
    controls = tables["attrition"]["step"].eq(4) & tables["attrition"]["arm"].eq("control")
    for sector in ("TSB", "ALL"):
        rows = controls & tables["attrition"]["sector"].eq(sector)
        tables["attrition"].loc[rows, "n_persons"] += 2
        tables["attrition"].loc[rows, "n_excluded"] -= 2
        for name in ("estimates", "event_study"):
            tables[name].loc[tables[name]["sector"].eq(sector), "n_control"] += 2
        rows = last & tables["attrition"]["sector"].eq(sector)
        tables["attrition"].loc[rows, "n_persons"] += 1
        tables["attrition"].loc[rows, "n_excluded"] -= 1
        tables["matched_share"].loc[tables["matched_share"]["sector"].eq(sector), "n_matched"] += 1
    return tables


@pytest.mark.usefixtures("draw_once")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_the_same_whatever_the_hidden_numbers_are(
    language: Language, pages: dict[Language, str]
) -> None:
    page = render_report(make_data(tables=_with_other_secrets()), language=language)
    assert page == pages[language]


@pytest.mark.usefixtures("draw_once")
def test_a_small_effect_of_persons_is_not_drawn() -> None:
    tables = make_tables()
    only = {name: f[f["sector"].eq("TSB")] for name, f in tables.items() if "sector" in f}
    page = render_report(make_data(tables=only), language="en")
    assert 'id="figure-event"' not in page
    assert 'id="figure-forest"' not in page
    assert "There are no estimates that can be shown." in page


@pytest.mark.usefixtures("draw_once")
def test_synthetic_data_are_marked_and_approved_data_are_not(pages: dict[Language, str]) -> None:
    banner = '<div class="banner" role="note">SYNTETISKE DATA – ikke funn</div>'
    assert banner in pages["nb"]
    approved = render_report(make_data(delivery_kind="approved"), language="nb")
    assert "SYNTETISKE" not in approved
    assert "Lagt inn" not in approved


def test_numbers_are_written_as_the_language_does(pages: dict[Language, str]) -> None:
    nb, en = (pages[language] for language in LANGUAGES)
    assert "−8,4" in nb
    assert "−11,4\u00a0til\u00a0−5,5" in nb
    assert "8\u00a0127" in nb
    assert "−8.4" in en
    assert "8,127" in en


def test_the_answer_says_what_is_shown_with_the_numbers(pages: dict[Language, str]) -> None:
    text = _text_of(pages["nb"])
    assert "sykefravær −8,4 dager sammenliknet med kontrollene (−11,4 til −5,5)" in text
    # Two of the eight are ALL, hidden because a sector of three persons could be told from it.
    assert "i 6 av 6 sammenlikninger" in text
    assert "kunne ikke vurderes mot de faste kravene" not in text.split("Hovedresultat")[0]
    assert "ingen effekt." not in text.lower().split("hva rapporten")[0]


@pytest.mark.usefixtures("draw_once")
@pytest.mark.parametrize("name", sorted(make_tables()))
def test_any_table_may_be_absent(name: str) -> None:
    assert "<h1>" in render_report(make_data(tables=_without(name)), language="nb")


@pytest.mark.usefixtures("draw_once")
def test_sectors_may_be_absent() -> None:
    tables = {
        name: frame[~frame["sector"].isin(["ALL", "TSB", "ARR"])] if "sector" in frame else frame
        for name, frame in make_tables().items()
    }
    text = _text_of(render_report(make_data(tables=tables), language="en"))
    assert "Mental health care" in text
    assert "All sectors" not in text


def test_no_tables_at_all_still_gives_a_report() -> None:
    page = render_report(make_data(tables={}, manifest={}), language="nb")
    assert "Det finnes ingen anslag som kan vises." in page


@pytest.mark.usefixtures("draw_once")
def test_an_estimate_the_gate_refuses_is_withheld() -> None:
    tables = make_tables()
    del tables["diagnostics"]
    refused = tables["estimates"]["sector"].eq("ARR")
    tables["estimates"].loc[refused, "gate"] = "fail"
    tables["estimates"].loc[refused, "gate_reasons"] = "smd above 0.1"
    tables["findings"] = make_findings(tables["estimates"])
    text = _text_of(render_report(make_data(tables=tables), language="en"))
    assert "−8.4" not in text
    assert "smd above 0.1" in text
    assert "withheld" in text


def test_notes_are_escaped() -> None:
    page = render_report(make_data(tables={}, notes=("a <b> & c",)), language="en")
    assert "a &lt;b&gt; &amp; c" in page


def test_every_setting_is_listed_with_its_origin(pages: dict[Language, str]) -> None:
    study, text = make_data().study, _text_of(pages["en"])
    for name, _ in study.settings():
        assert name in text
    assert text.count("from the source") >= len(study.provenance.from_source)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", ["Kvalitetskontroller etter art", "Fullstendighet", "Ingenting å kontrollere"]),
        ("en", ["Quality checks by family", "Completeness", "Nothing to examine"]),
    ],
)
def test_checks_that_passed_are_counted_by_family_and_not_listed(
    language: Language, words: list[str], pages: dict[Language, str]
) -> None:
    text = _text_of(pages[language])
    for word in words:
        assert word in text
    assert "npr_debitor_filled" in text
    assert "npr_key_unique" not in text


def test_a_delivery_whose_checks_all_pass_still_has_its_counts() -> None:
    tables = make_tables()
    tables["quality"] = tables["quality"].query("status == 'pass'")
    text = _text_of(render_report(make_data(tables=tables), language="en"))
    assert "All quality checks that could be run passed" in text
    assert "Quality checks by family, 1 in all" in text
