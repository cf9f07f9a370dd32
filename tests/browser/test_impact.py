"""What falls with a decision, in a real browser: asked, read, and asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visit

PAGES = [
    "/impact",
    "/impact?without=privacy-shield&as_of=2019-06-01&instead=scc-2010-87",
    "/impact?without=privcy-shild&lang=fr",
]


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_decision_to_what_falls_with_it(
    visit: Visit, plain: Visit, scripts: bool
) -> None:
    """By the link on its page, then by the form: another day, another tool."""
    visitor = visit if scripts else plain
    page = visitor.open("/law/eu-us-privacy-shield")
    page.locator("main a[href^='/impact']").click()
    page.wait_for_load_state()
    assert page.locator("#without").input_value() == "law:eu-us-privacy-shield"
    assert page.locator("h2#had-none").count() == 1
    page.locator("#impact-day").fill("2019-06-01")
    page.locator("#instead").fill("scc-2010-87")
    page.locator("main .filters button").click()
    page.wait_for_load_state()
    assert "as_of=2019-06-01" in page.url
    assert "1 of 1 would be mended" in page.locator("main").inner_text()
    page.locator("main table a[href='#loses']").click()
    assert page.url.endswith("#loses")
    visitor.check()


def test_the_form_is_sent_by_keyboard(visit: Visit) -> None:
    """Its fields have labels; the first is reached and sent without a mouse."""
    page = visit.open("/impact")
    page.get_by_label("What no longer holds").focus()
    page.keyboard.type("dpf")
    page.keyboard.press("Enter")
    page.wait_for_url("**/impact?without=dpf*")
    assert page.get_by_label("What no longer holds").input_value() == "dpf"
    visit.check()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible(visit: Visit, axe: str, path: str) -> None:
    """No serious or critical fault of accessibility, in light and in dark."""
    visit.open(path)
    assert not visit.violations()
    assert visit.barriers(axe) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_phone(narrow: Visit, path: str) -> None:
    """At 320 pixels the page itself never scrolls sideways."""
    page = narrow.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
