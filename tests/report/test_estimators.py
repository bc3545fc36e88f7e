"""Comparisons beside the headline: shown as such, and only where the headline is shown."""

import re

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context
from evaluation.report.estimators import build_estimators, list_shown
from evaluation.report.event_study import draw_event_study
from evaluation.report.services import draw_services
from evaluation.report.subgroups import draw_subgroups, name_subgroup
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_tables

pytestmark = pytest.mark.usefixtures("draw_once")
BOTH = pytest.mark.parametrize("language", ["nb", "en"])


def make_more() -> dict[str, pd.DataFrame]:
    """The tables of every report, with what stands beside the headline."""
    tables = make_tables()
    main = tables["estimates"]
    others = [
        main.assign(estimator=name, att=main["att"] + place, ratio=1.1)
        for place, name in enumerate(("stratified", "event_study", "poisson"), start=1)
    ]
    halves = main["n_treated"] // 2
    sexes = [
        main.assign(subgroup="sex=1", n_treated=halves, n_control=main["n_control"] // 2),
        main.assign(
            subgroup="sex=2",
            n_treated=main["n_treated"] - halves,
            n_control=main["n_control"] - main["n_control"] // 2,
        ),
    ]
    tables["estimates"] = pd.concat([main, *others, *sexes], ignore_index=True)
    keys = ["study_id", "sector", "subgroup", "outcome", "att", "se", "p_value"]
    keys += ["n_treated", "n_control", "fingerprint"]
    tests = pd.concat(
        [main.assign(family="headline"), *(s.assign(family="subgroups") for s in sexes)]
    )
    adjusted = {"p_holm": 0.333, "p_romano_wolf": 0.222, "n_tests": 8, "n_draws": 999}
    tables["multiplicity"] = tests[["family", *keys]].assign(**adjusted)
    tables["services"] = pd.concat([_services(sector) for sector in ("SOM", "ALL")])
    checks = main[["study_id", "sector", "outcome", "ci_low", "ci_high", "fingerprint"]]
    methods = {"wild_bootstrap_by_service": 0.111, "randomisation_in_sets": 0.444}
    tables["inference_checks"] = pd.concat(
        [
            checks.assign(
                method=name, p_value=p, statistic=main["att"], seed=1, n_draws=999
            ).assign(n_clusters=main["n_treated"])
            for name, p in methods.items()
        ],
        ignore_index=True,
    )
    return tables


def _services(sector: str) -> pd.DataFrame:
    rows = [
        {
            "sector": sector,
            "outcome": outcome,
            "service": number,
            "n_treated": 20 * number if number > 1 else 3,
            "n_control": 100 * number,
            "att": float(number),
            "se": 10.0 / number,
            "pooled_att": 2.5,
            "mean": 2.5,
            "tau": 0.7,
            "p_alike": 0.234,
            **dict.fromkeys(("funnel_low", "funnel_outer_low"), -30.0),
            **dict.fromkeys(("funnel_high", "funnel_outer_high"), 30.0),
        }
        for outcome in ("sick_leave_days", "health_benefit_days")
        for number in range(1, 6)
    ]
    return pd.DataFrame(rows).astype({"n_treated": "Int64", "n_control": "Int64"})


def context_of(tables: dict[str, pd.DataFrame], language: str = "en") -> Context:
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    return Context(make_data(tables=shown), read_texts(language))  # type: ignore[arg-type]


@BOTH
def test_each_method_has_a_line_of_words_and_a_row_for_each_panel(language: str) -> None:
    context = context_of(make_more(), language)
    section = build_estimators(context)
    figure, table, _ = section.blocks
    # TSB has three persons: it is hidden, and ALL with it.
    assert len(figure.panels) == 3 * 2
    assert len(table.rows) == 3 * 2 * 4
    assert len(section.items) == len(context.data.study.inference.estimators)
    assert [row[2].mark for row in table.rows[:4]] == ["main", "", "", ""]


def test_the_checks_stand_beside_the_headline_and_agree_with_their_tables() -> None:
    table = build_estimators(context_of(make_more())).blocks[2]
    texts = [cell.text for cell in table.rows[0]]
    assert texts[3:5] == ["0.333", "0.222"]
    assert (texts[5], texts[7]) == ("0.111", "0.444")
    assert len(table.rows) == 6


def test_a_withheld_sector_has_nothing_beside_it() -> None:
    tables = make_more()
    headline = tables["estimates"]["estimator"].eq("did_2x2")
    is_arr = tables["estimates"]["sector"].eq("ARR")
    tables["estimates"].loc[
        headline & is_arr & tables["estimates"]["subgroup"].eq("all"), "gate"
    ] = "fail"
    context = context_of(tables)
    assert {sector for sector, _ in list_shown(context)} == {"SOM", "PHV"}
    for build in (build_estimators, draw_subgroups, draw_services):
        section = build(context)
        assert "ehabilitation" not in str((section.items, section.blocks))
        assert section.paragraphs[-2].startswith(
            "Withheld by the gate, and therefore not shown here: work-oriented rehabilitation."
        )


def test_a_comparison_that_the_gate_withheld_is_not_drawn_beside_a_headline_that_is_shown() -> None:
    tables = make_more()
    poisson = tables["estimates"]["estimator"].eq("poisson")
    tables["estimates"].loc[poisson, "gate"] = "fail"
    table = build_estimators(context_of(tables)).blocks[1]
    assert "Poisson" not in {row[2].text for row in table.rows}


@BOTH
def test_subgroups_are_counted_alone_and_judged_together(language: str) -> None:
    tables = make_more()
    som = tables["multiplicity"]["sector"].eq("SOM") & tables["multiplicity"]["subgroup"].ne("all")
    tables["multiplicity"].loc[som, "p_value"] = 0.01
    tables["multiplicity"].loc[~som, "p_value"] = 0.5
    section = draw_subgroups(context_of(tables, language))
    said = section.paragraphs[1]
    # Three sectors shown, two outcomes, two sexes; SOM's four are below 5 % alone.
    assert re.findall(r"\d+", said)[:2] == ["12", "4"]
    assert re.findall(r"\d+", said)[-1] == "0"
    assert len(section.blocks) == 3


@pytest.mark.parametrize(
    ("subgroup", "nb", "en"),
    [
        ("sex=1", "Mann", "Man"),
        ("age_group=under_30", "Under 30 år", "Under 30 years"),
        ("age_group=30_39", "30–39 år", "30–39 years"),
        ("age_group=60_and_over", "60 år og eldre", "60 years and over"),
        ("diagnosis_chapter=II", "Svulster", "Neoplasms"),
        ("education_group=missing", "Mangler", "Missing"),
    ],
)
def test_a_subgroup_is_named_in_words(subgroup: str, nb: str, en: str) -> None:
    for language, expected in (("nb", nb), ("en", en)):
        assert name_subgroup(context_of(make_tables(), language), subgroup) == expected


def test_every_level_and_method_has_a_name_in_both_languages() -> None:
    for language in ("nb", "en"):
        sentences = read_texts(language).sentences  # type: ignore[arg-type]
        for name in ("stratified", "event_study", "poisson", "callaway_santanna", "twfe"):
            assert f"estimators.{name}" in sentences
            assert f"estimator.{name}" in sentences


@BOTH
def test_the_funnel_shows_no_number_name_or_count_of_a_service(language: str) -> None:
    section = draw_services(context_of(make_more(), language))
    words = " ".join([*section.paragraphs, *section.items])
    assert "20" in section.paragraphs[0]
    assert not any(str(20 * number) in words for number in (2, 3, 4, 5))
    assert len(section.blocks) == 1, "no table: it would be a league table"
    # One service has three treated persons and is hidden; four dots and four rings are left.
    panel = section.blocks[0].panels[0]
    assert panel.svg.count("<path") < 60
    assert "<text" in panel.svg


def test_the_path_has_a_band_that_is_explained() -> None:
    section = draw_event_study(context_of(make_tables()))
    assert "holds the whole path at once" in section.paragraphs[0]
    assert 'fill-opacity="0.13"' in section.blocks[0].panels[0].svg or "0.13" in (
        section.blocks[0].panels[0].svg
    )


@BOTH
def test_the_main_result_comes_first_whatever_the_order_of_the_study(language: str) -> None:
    study = make_data().study
    names = tuple(reversed(study.inference.estimators))
    assert names[0] != "did_2x2"
    inference = study.inference.model_copy(update={"estimators": names})
    shown = disclose_tables(make_more(), min_cell_count=5, period_days=30)
    data = make_data(tables=shown, study=study.model_copy(update={"inference": inference}))
    texts = read_texts(language)  # type: ignore[arg-type]
    section = build_estimators(Context(data, texts))
    assert section.items[0] == texts("estimators.did_2x2")
    table = section.blocks[1]
    assert table.rows[0][2].text == texts("estimator.did_2x2")  # type: ignore[union-attr]
    assert table.rows[0][2].mark == "main"  # type: ignore[union-attr]


@BOTH
def test_other_methods_are_not_said_to_be_of_the_same_persons(language: str) -> None:
    """Stratified takes everybody of a stratum."""
    text = read_texts(language)("estimators.text", level="95%")  # type: ignore[arg-type]
    assert "same persons" not in text
    assert "samme personene" not in text
