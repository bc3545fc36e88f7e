"""The page of a check in a browser: it opens from a file, asks for nothing, fits the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import open_browser
from playwright.sync_api import Browser, Page

from evaluation.check_report.facts import Facts
from evaluation.check_report.page import render_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, facts: Facts) -> str:
    file: Path = tmp_path_factory.mktemp("check") / "check.html"
    file.write_text(render_page(facts), encoding="utf-8")
    return file.as_uri()


def open_page(browser: Browser, address: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [380, 1440])
def test_the_page_opens_alone_and_fits(browser: Browser, address: str, width: int) -> None:
    problems: list[str] = []
    requests: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    assert page.locator("h1").inner_text() == "Check of delivery made-up"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
    assert problems == []
    assert requests == [address]


def test_the_verdict_and_its_numbers_are_seen_without_scrolling(
    browser: Browser, address: str
) -> None:
    page = open_page(browser, address, 1440)
    box = page.locator(".numbers").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    assert page.locator(".verdict").is_visible()
    page.close()


def test_cards_stand_before_the_table_and_each_fold_opens(browser: Browser, address: str) -> None:
    page = open_page(browser, address, 1440)
    order = page.evaluate("[...document.querySelectorAll('main > section')].map(e => e.id)")
    assert order == ["verdict", "lost", "stops", "warnings", "checks", "linkage", "files"]
    assert page.locator("#stops .card").count() == 1
    fold = page.locator("#linkage details").first
    fold.locator("summary").click()
    assert fold.locator("table").is_visible()
    page.close()


def test_labels_stay_inside_their_drawings(browser: Browser, address: str) -> None:
    page = open_page(browser, address, 1440)
    assert page.locator("figure svg").count() == 3
    outside = page.evaluate(
        """() => [...document.querySelectorAll('figure svg text')].filter(text => {
            const label = text.getBoundingClientRect();
            const frame = text.ownerSVGElement.getBoundingClientRect();
            return label.width > 0 && (label.left < frame.left - 1 || label.right > frame.right + 1
                || label.top < frame.top - 1 || label.bottom > frame.bottom + 1);
        }).map(text => text.textContent)"""
    )
    page.close()
    assert outside == []
