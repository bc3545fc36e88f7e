"""The page in a browser: it opens from a file, asks for nothing, and fits the screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from chromium import open_browser
from playwright.sync_api import Browser, Request

from evaluation.report.texts import Language

pytestmark = pytest.mark.browser
Medium = Literal["screen", "print"]
HEADINGS: dict[Language, str] = {
    "nb": "Effekt av Raskere tilbake",
    "en": "Effect of Raskere tilbake",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pages: dict[Language, str]) -> Path:
    made = tmp_path_factory.mktemp("report")
    for language, page in pages.items():
        (made / f"report.{language}.html").write_text(page, encoding="utf-8")
    return made


@pytest.mark.parametrize("width", [380, 1440])
@pytest.mark.parametrize("language", list(HEADINGS))
def test_the_page_opens_alone_and_fits(
    browser: Browser, folder: Path, language: Language, width: int
) -> None:
    address = (folder / f"report.{language}.html").as_uri()
    problems: list[str] = []
    requests: list[str] = []

    def note_request(request: Request) -> None:
        requests.append(request.url)

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", note_request)
    page.goto(address)
    heading = page.locator("h1")
    assert heading.count() == 1
    assert heading.inner_text().startswith(HEADINGS[language])
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert problems == []
    assert requests == [address]


def test_the_main_table_needs_no_sideways_scrolling_on_a_wide_screen(
    browser: Browser, folder: Path
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto((folder / "report.nb.html").as_uri())
    hidden = page.evaluate(
        "(() => { const box = document.querySelector('.stacked');"
        " return box.scrollWidth - box.clientWidth; })()"
    )
    page.close()
    assert hidden <= 0


def test_labels_stay_inside_their_drawings(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto((folder / "report.en.html").as_uri())
    outside = page.evaluate(
        """() => [...document.querySelectorAll('main section > figure svg text')]
        .filter(text => {
            const label = text.getBoundingClientRect();
            const frame = text.ownerSVGElement.getBoundingClientRect();
            return label.width > 0 && (label.left < frame.left - 1 || label.right > frame.right + 1
                || label.top < frame.top - 1 || label.bottom > frame.bottom + 1);
        }).map(text => text.textContent)"""
    )
    page.close()
    assert outside == []


@pytest.mark.parametrize("language", list(HEADINGS))
@pytest.mark.parametrize(("width", "medium"), [(1200, "screen"), (695, "print")])
def test_no_table_is_wider_than_its_room(
    browser: Browser,
    folder: Path,
    language: Language,
    width: int,
    medium: Literal["screen", "print"],
) -> None:
    """A4 less its margins, 210 - 26 mm, is 695 px: there nothing can be scrolled to."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.emulate_media(media=medium)
    page.goto((folder / f"report.{language}.html").as_uri())
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')].filter(box =>
            box.querySelector('table').getBoundingClientRect().width > box.clientWidth + 1)
        .map(box => box.querySelector('table').id)"""
    )
    page.close()
    assert cut == []
