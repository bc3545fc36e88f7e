"""How pictures of a test are drawn: not at all, once, or all of a report at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import vl_convert

from evaluation.report import charts
from evaluation.report.render import render_report
from evaluation.report.texts import Language

from .made_tables import make_data


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is drawn as it is asked for, so that equal pictures hold equal numbers."""
    monkeypatch.setattr(
        vl_convert, "vegalite_to_svg", lambda text, format_locale: f"<svg>{text}</svg>"
    )
    monkeypatch.setattr(charts, "_shorten", lambda number: number[0])


@pytest.fixture(scope="session")
def drawings() -> dict[tuple[str, str], str]:
    """Every drawing made so far, by its specification and decimal sign."""
    return {}


@contextmanager
def _draw_each_once(drawings: dict[tuple[str, str], str]) -> Iterator[None]:
    draw = vl_convert.vegalite_to_svg

    def draw_once(text: str, *, format_locale: dict[str, Any]) -> str:
        key = (text, format_locale["decimal"])
        if key not in drawings:
            drawings[key] = draw(text, format_locale=format_locale)
        return drawings[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_convert, "vegalite_to_svg", draw_once)
        yield


@pytest.fixture
def draw_once(drawings: dict[tuple[str, str], str]) -> Iterator[None]:
    """Draw no chart twice: for tests of what is drawn, not of the drawing being repeatable."""
    with _draw_each_once(drawings):
        yield


@pytest.fixture(scope="session")
def pages(drawings: dict[tuple[str, str], str]) -> dict[Language, str]:
    """The report of the unchanged tables, made once for all tests that only read it."""
    languages: tuple[Language, ...] = ("nb", "en")
    with _draw_each_once(drawings):
        return {name: render_report(make_data(), language=name) for name in languages}
