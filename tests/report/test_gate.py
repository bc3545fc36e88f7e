"""The section of the gate: words beside colours, reasons everywhere, and no count of persons."""

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.answer import write_answer
from evaluation.report.content import Cell, Context, Table
from evaluation.report.effects import build_details, build_headline
from evaluation.report.gate import build_gate, name_reasons
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_tables

BOTH = pytest.mark.parametrize("language", ["nb", "en"])


def tables(**statuses: str) -> dict[str, pd.DataFrame]:
    """Tables in which the estimates of some sectors have another verdict."""
    made = make_tables()
    for sector, status in statuses.items():
        made["estimates"].loc[made["estimates"]["sector"].eq(sector), "gate"] = status
    return made


def context_of(made: dict[str, pd.DataFrame], language: str = "en") -> Context:
    shown = disclose_tables(made, min_cell_count=5, period_days=30)
    return Context(make_data(tables=shown), read_texts(language))  # type: ignore[arg-type]


def find_row(table: Table, heading: str) -> tuple[Cell, ...]:
    return next(row for row in table.rows if row[0].text == heading)


def test_a_withheld_estimate_has_its_reason_in_words_wherever_it_would_stand() -> None:
    context = context_of(tables(PHV="fail", SOM="pass"))
    verdicts, _ = build_gate(context).blocks
    assert isinstance(verdicts, Table)
    assert find_row(verdicts, "Mental health care")[1] == Cell(
        "✗ Withheld", below="placebo in time", mark="bad"
    )
    assert find_row(verdicts, "Somatic care")[1] == Cell("✓ Passed", mark="good")
    headline = build_headline(context).blocks[0]
    assert isinstance(headline, Table)
    assert headline.notes[0] == (
        "What the reasons in the table mean: placebo in time (is an “effect” found already one"
        " window earlier, when nobody had been treated?)."
    )
    withheld = find_row(headline, "Mental health care")[1]
    assert (withheld.text, withheld.below) == ("withheld", "placebo in time")
    details = build_details(context).blocks[0]
    assert isinstance(details, Table)
    assert find_row(details, "Mental health care")[-1].below == "placebo in time"


@BOTH
def test_every_diagnostic_has_a_word_its_number_and_its_limit(language: str) -> None:
    _, table = build_gate(context_of(make_tables(), language)).blocks
    assert isinstance(table, Table)
    texts = read_texts(language)  # type: ignore[arg-type]
    cells = {row[0].text: row for row in table.rows if len(row) > 1}
    assert cells[texts("diagnostic.placebo")][2].text == texts("diagnostic_status.fail")
    assert cells[texts("diagnostic.placebo")][2].mark == "bad"
    assert cells[texts("diagnostic.power")][1].text == texts("diagnostic_status.pass")
    point = "," if language == "nb" else "."
    assert f"1{point}2; " in cells[texts("diagnostic.power")][1].below
    assert f"2{point}5" in cells[texts("diagnostic.power")][1].below
    assert "p 0" in cells[texts("diagnostic.pre_trend")][1].below


def test_no_count_of_persons_and_nothing_of_a_tiny_sector_is_shown() -> None:
    context = context_of(make_tables())
    section = str(build_gate(context))
    assert "12345" not in section
    assert "91" not in section, "the matched share has its own table, rounded there"
    _, table = build_gate(context).blocks
    assert isinstance(table, Table)
    power = find_row(table, "Power")
    assert power[3].below == "hidden; limit 2.5"  # three treated in TSB
    assert power[5].below == "hidden; limit 2.5"  # ALL less the others would give them back
    shown = context.data.tables["diagnostics"]
    assert shown["detail"].isna().all()
    assert shown.loc[shown["diagnostic"].eq("follow_up"), "value"].isna().all()
    assert shown["status"].notna().all()


def test_unassessed_estimates_name_what_could_not_be_run() -> None:
    made = tables(SOM="not_run", ARR="fail")
    rows = made["diagnostics"]
    idle = rows["sector"].eq("SOM") & rows["diagnostic"].isin(["power", "coding"])
    made["diagnostics"].loc[idle, "status"] = "not_run"
    context = context_of(made)
    estimates = context.data.tables["estimates"].set_index(["sector", "outcome"], drop=False)
    # Coding is not among those that must be run.
    assert name_reasons(context, estimates.loc[("SOM", "sick_leave_days")]) == "power"
    # Nothing of its own failed: a secondary outcome, say.
    assert name_reasons(context, estimates.loc[("ARR", "sick_leave_days")]) == (
        "other outcomes of the sector"
    )


@BOTH
def test_without_diagnostics_the_section_says_so(language: str) -> None:
    made = make_tables()
    del made["diagnostics"]
    section = build_gate(context_of(made, language))
    assert section.blocks == ()
    assert section.paragraphs == (read_texts(language)("gate.none"),)  # type: ignore[arg-type]


def test_an_estimate_that_is_not_assessed_is_marked_and_no_answer() -> None:
    made = tables(SOM="not_run")
    rows = made["diagnostics"]
    idle = rows["sector"].eq("SOM") & rows["diagnostic"].eq("power")
    made["diagnostics"].loc[idle, "status"] = "not_run"
    context = context_of(made)
    headline = build_headline(context).blocks[0]
    assert isinstance(headline, Table)
    cell, passed = (find_row(headline, name)[1] for name in ("Somatic care", "Mental health care"))
    assert (cell.text, cell.mark) == ("+0.1", "hidden")
    assert cell.below.endswith("; not assessed: power")
    assert passed.mark == "main"
    assert "power (are there enough persons" in headline.notes[0]
    lines = write_answer(context).paragraphs
    assert "Somatic care: sick leave and health-related benefits not assessed." in lines
    assert "so they are not findings: somatic care." in lines[-1]


@BOTH
def test_the_short_answer_is_a_plain_line_for_each_sector(language: str) -> None:
    lines = write_answer(context_of(tables(PHV="fail"), language)).paragraphs
    said = {
        "en": {
            "Somatic care: no difference shown in sick leave and health-related benefits.",
            "Mental health care: no answer on sick leave and health-related benefits.",
            "Substance use treatment: sick leave and health-related benefits hidden because of"
            " few persons.",
            "Work-oriented rehabilitation: sick leave −8.4 days compared with the controls"
            " (−11.4 to −5.5); no difference shown in health-related benefits.",
        },
        "nb": {
            "Somatikk: ingen påvist forskjell i sykefravær og helserelaterte ytelser.",
            "Psykisk helsevern: ikke noe svar om sykefravær og helserelaterte ytelser.",
            "TSB: sykefravær og helserelaterte ytelser er skjult på grunn av få personer.",
            "Arbeidsrettet rehabilitering: sykefravær −8,4 dager sammenliknet med kontrollene"
            " (−11,4 til −5,5); ingen påvist forskjell i helserelaterte ytelser.",
        },
    }
    plain = {line.replace("\u00a0", " ") for line in lines}
    assert said[language] <= plain


@BOTH
def test_when_everything_is_withheld_the_answer_is_one_plain_sentence(language: str) -> None:
    every = dict.fromkeys(("SOM", "PHV", "TSB", "ARR", "ALL"), "fail")
    context = context_of(tables(**every), language)
    *_, last = write_answer(context).paragraphs
    assert last == context.texts("answer.all_withheld")
    assert len(write_answer(context).paragraphs) == 4


@BOTH
def test_a_test_beyond_its_limit_that_passes_says_that_chance_explains_it(language: str) -> None:
    made = make_tables()
    rows = made["diagnostics"]
    is_placebo = rows["diagnostic"].eq("placebo")
    rows.loc[is_placebo & rows["sector"].eq("SOM"), ["value", "p_value"]] = [22.9, 0.4]
    rows.loc[is_placebo & rows["sector"].eq("ARR"), ["value", "status"]] = [22.9, "fail"]
    context = context_of(made, language)
    _, table = build_gate(context).blocks
    assert isinstance(table, Table)
    name = context.texts("diagnostic.placebo")
    row = find_row(table, name)
    words = context.texts("gate.by_chance", alpha=context.texts.number(0.001, decimals=3))
    assert row[1].below.endswith(words)
    assert {"en": "chance could explain it (p is not below 0.001)"}.get(language, "p er") in words
    # Within its limit, or failed.
    assert words not in row[2].below
    assert words not in row[4].below


@BOTH
def test_the_share_of_samples_is_told_as_a_share(language: str) -> None:
    _, table = build_gate(context_of(make_tables(), language)).blocks
    assert isinstance(table, Table)
    said = {"en": "in fewer than 0.1% of samples", "nb": "i færre enn 0,1\u00a0% av utvalgene"}
    assert said[language] in table.notes[0]


def context_of_windows(language: str, after_days: int) -> Context:
    study = make_data().study
    windows = study.windows.model_copy(update={"after_days": after_days})
    data = make_data(study=study.model_copy(update={"windows": windows}))
    return Context(data, read_texts(language))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "Limits in days are for the window of 180 days after the index date. Only that of"
            " “Drift before treatment” is for a year.",
        ),
        (
            "nb",
            "Grenser i dager gjelder vinduet på 180 dager etter indeksdatoen. Bare den for"
            " «Drift før behandling» gjelder et år.",
        ),
    ],
)
def test_limits_are_of_the_study_s_window_and_only_the_drift_s_of_a_year(
    language: str, words: str
) -> None:
    _, table = build_gate(context_of_windows(language, 180)).blocks
    assert isinstance(table, Table)
    assert words in table.notes[0]


def in_months() -> Context:
    """The made tables as of months: every number of an outcome a thirtieth of what it was."""
    names = {"sick_leave_days": "sick_leave_months", "health_benefit_days": "health_benefit_months"}
    made = make_tables()
    for name in ("estimates", "verify", "diagnostics"):
        made[name]["outcome"] = made[name]["outcome"].replace(names)
    found = made["diagnostics"]
    is_days = found["unit"].eq("days")
    found["unit"] = found["unit"].where(~is_days, "months")
    numbers = {"value": 0.0444, "ci_low": 0.0111, "ci_high": 0.0777, "threshold": 0.0162132}
    for column, number in numbers.items():
        found.loc[is_days & found[column].notna(), column] = number
    for name in ("estimates", "verify"):
        made[name]["att"], made[name]["ci_low"], made[name]["ci_high"] = 0.0123, -0.0456, 0.0702
    study = make_data().study
    outcomes = study.outcomes.model_copy(update={"primary": tuple(names.values()), "secondary": ()})
    shown = disclose_tables(made, min_cell_count=5, period_days=30)
    study = study.model_copy(update={"outcomes": outcomes})
    return Context(make_data(tables=shown, study=study), read_texts("en"))


def test_months_and_their_limits_are_told_with_three_decimals() -> None:
    context = in_months()
    section = build_gate(context)
    table = section.blocks[1]
    assert isinstance(table, Table)
    below = {row[0].text: row[1].below for row in table.rows if len(row) > 1}
    for name in ("Power", "Placebo in time", "Drift before treatment"):
        assert "0.044" in below[name], name
        assert "limit 0.016" in below[name], name
        assert "0.0;" not in below[name], name
    assert "0.011" in below["Drift before treatment"]
    # What is asked is told in the unit of the outcomes too.
    assert any("would usually be found, in months." in item for item in section.items)
    for build in (build_headline, build_details):
        assert "+0.012" in str(build(context))
        assert "−0.046\u00a0to\u00a00.070" in str(build(context)).replace("\\xa0", "\u00a0")


def test_a_limit_of_a_short_window_is_not_rounded_away() -> None:
    made = make_tables()
    is_power = made["diagnostics"]["diagnostic"].eq("power")
    made["diagnostics"].loc[is_power, "threshold"] = 30 / 365
    _, table = build_gate(context_of(made)).blocks
    assert isinstance(table, Table)
    assert "limit 0.082" in find_row(table, "Power")[1].below
