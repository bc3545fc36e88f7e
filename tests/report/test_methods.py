"""Methods and limits in plain words: they follow the study, and say nothing that it does not do."""

import re
from typing import Any

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context
from evaluation.report.methods import write_limits, write_methods
from evaluation.report.texts import Language, read_texts

from .made_tables import make_data, make_tables

LANGUAGES: tuple[Language, ...] = ("nb", "en")
BOTH = pytest.mark.parametrize("language", LANGUAGES)


def context_of(
    language: Language = "en", *, gate: str = "pass", study: Any = None, **changes: Any
) -> Context:
    tables = make_tables()
    tables["estimates"]["gate"] = gate
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    own = make_data().study
    own = own if study is None else study(own)
    return Context(make_data(tables=shown, study=own, **changes), read_texts(language))


def change(part: str, **values: Any) -> Any:
    """Change settings of one part, and drop specifications that could not go with them."""
    return lambda study: study.model_copy(
        update={part: getattr(study, part).model_copy(update=values), "specification": ()}
    )


@BOTH
def test_the_methods_hold_the_settings_of_the_study(language: Language) -> None:
    words = " ".join(write_methods(context_of(language)).items)
    study = make_data().study
    for number in (study.windows.before_days, study.windows.after_days, len(study.variants)):
        assert re.search(rf"\b{number}\b", words), number
    assert read_texts(language)("methods.index_year") in words
    assert read_texts(language)("question.controls_exact", k=5) in words
    assert "{" not in words


def test_the_methods_follow_another_study() -> None:
    def say(study: Any, **changes: Any) -> str:
        return " ".join(write_methods(context_of(study=study, **changes)).items)

    assert "first treatment contact" in say(None)
    assert "last treatment contact" in say(change("index", anchor="end"))
    assert "nearest controls" in say(change("matching", method="nearest", controls_per_treated=3))
    assert "index year" not in say(change("matching", within_index_year=False))
    assert "Other methods" not in say(change("inference", estimators=("did_2x2",)))
    assert "Other choices" not in say(lambda study: study.model_copy(update={"specification": ()}))
    assert "Subgroups and services" not in say(change("subgroups", variables=()))
    assert "counts below 9" in say(change("disclosure", min_cell_count=9))
    assert "planted" in say(None)
    assert "planted" not in say(None, delivery_kind="approved")


@pytest.mark.parametrize(
    ("gate", "said", "unsaid"),
    [
        ("pass", "", "withheld|could not be assessed"),
        ("not_run", "could not be assessed", "withheld"),
        ("fail", "says neither that the treatment works", "could not be assessed"),
    ],
)
def test_the_limits_say_what_the_verdicts_mean(gate: str, said: str, unsaid: str) -> None:
    words = " ".join(write_limits(context_of(gate=gate)).items)
    assert said in words
    assert not re.search(unsaid, words)


def test_a_secondary_outcome_that_no_diagnostic_judges_leaves_no_limit() -> None:
    context = context_of()
    frame = context.data.tables["estimates"]
    row = frame.iloc[[0]].assign(outcome="sick_leave_dagsverk", gate="not_run")
    tables = {**context.data.tables, "estimates": pd.concat([frame, row], ignore_index=True)}
    context = Context(make_data(tables=tables), read_texts("en"))
    assert "could not be assessed" not in " ".join(write_limits(context).items)


@BOTH
def test_the_sentences_are_short_enough_to_be_read(language: Language) -> None:
    context = context_of(language, gate="fail")
    for item in (*write_methods(context).items, *write_limits(context).items):
        for sentence in re.split(r"(?<=[.:]) ", item):
            assert len(sentence.split()) <= 34, sentence
        assert "—" not in item
