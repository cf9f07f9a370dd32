"""A question is answered with the keyboard alone, and is back when that expires."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from ropa.register import Register
from tests.browser.conftest import SCHEME, Visit, visiting
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, QUESTION

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "/activities/mill/orders"


@pytest.fixture
def mill(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    """A visitor of a register of its own."""
    with Register.create(str(tmp_path / "register"), base=MILL) as register:
        register.add(Graph().parse(data=ENTRIES, format="turtle"), author="a tester")
        with visiting(browser, register) as visitor:
            yield visitor


def test_a_question_is_answered_by_keyboard_and_expires(mill: Visit) -> None:
    """Open, write, choose; Enter in a field chooses nothing; later it is back."""
    page = mill.open(PAGE)
    box = page.locator(".finding", has_text=QUESTION).first
    assert "answered" not in box.inner_text()
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("It binds our parent only")
    page.keyboard.press("Tab")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    assert page.url.endswith(PAGE)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "No"
    page.keyboard.press("Enter")
    page.wait_for_url("**#finding-*")
    box = page.locator(".finding:target")
    for said in ("answered", "No", "Ann", "It binds our parent only"):
        assert said in box.inner_text()
    # With a last day it is back the day after.
    box.get_by_role("link", name="Answer it").click()
    page.get_by_label("Until").fill("2027-01-31")
    page.get_by_label("Reason").first.fill("Asked our lawyer until then")
    page.get_by_label("Author").first.fill("Ann")
    page.get_by_role("button", name="Yes").click()
    page.wait_for_load_state()
    own = page.url.partition("?")[0].removeprefix(mill.server)
    assert "until 31 January 2027" in page.locator("main").inner_text()
    text = mill.open(f"{own}?as_of=2027-02-01").locator("main").inner_text()
    assert "answer expired" in text and "It binds our parent only" in text
    text = mill.open(f"{PAGE}?as_of=2027-02-01").locator("#findings").inner_text()
    assert text
    assert page.locator(".answer-expired").count() == 1
    mill.check()


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [1200, 320])
def test_the_form_fits_and_is_accessible(
    mill: Visit, axe: str, lang: str, width: int
) -> None:
    """Empty, refused and answered: no axe finding, nothing beyond the edge."""
    page = mill.page
    page.set_viewport_size({"width": width, "height": 800})
    page = mill.open(f"/findings?lang={lang}")
    row = page.locator("tr", has_text=FINDING)
    row.locator("a[href^='/findings/']").click()
    page.wait_for_load_state()

    def judged() -> None:
        assert mill.barriers(axe, SCHEME[width]) == []
        beyond = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(beyond) <= 0

    judged()
    send = page.locator("form.reply button[type=submit]").first
    page.locator("#reason").fill("x" * 300)
    send.click()
    page.wait_for_load_state()
    assert page.locator(".problem li").count() == 2
    assert page.locator("#reason").input_value() == "x" * 300
    judged()
    page.locator("#kind-1").check()
    page.locator("#author").fill("Ann")
    send.click()
    page.wait_for_load_state()
    assert page.locator(".answer-answered").count() == 1
    judged()
    assert not mill.foreign
