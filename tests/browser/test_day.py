"""Another day in a real browser: chosen, kept, seen, printed and left again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visit

PAGES = [
    "/transfers?as_of=2019-06-01",
    "/companies/wpo?as_of=2019-06-01",
    "/?as_of=2031-01-01",
    "/questions/judgments?as_of=2024-06-01&lang=fr",
    "/companies?as_of=tomorrow",
]


@pytest.mark.parametrize("scripts", [True, False])
def test_day_is_chosen_kept_and_left(visit: Visit, plain: Visit, scripts: bool) -> None:
    """A day, once chosen, stays through links and forms until one goes back."""
    visitor = visit if scripts else plain
    page = visitor.open("/transfers?lang=fr")
    assert page.locator("aside.day").count() == 0
    page.locator("footer #another-day").fill("2015-06-01")
    page.locator("footer .another:has(#another-day) button").click()
    page.wait_for_load_state()
    assert "as_of=2015-06-01" in page.url
    assert "1er juin 2015" in page.locator("aside.day").inner_text()
    page.locator("#filter-company").select_option("wpo")
    page.locator(".filters button").click()
    page.wait_for_load_state()
    page.locator("tbody a[href*='/law/eu-us-privacy-shield']").first.click()
    page.wait_for_load_state()
    page.locator("#search").fill("hubspot")
    page.locator("header .search button").click()
    page.wait_for_load_state()
    page.locator("#another-day").fill("2019-06-01")
    page.locator("aside .another button").click()
    page.wait_for_load_state()
    assert "q=hubspot" in page.url
    assert "1er juin 2019" in page.locator("aside.day").inner_text()
    page.locator("aside.day .back a").click()
    page.wait_for_load_state()
    assert "as_of" not in page.url
    assert "q=hubspot" in page.url
    assert page.locator("html").get_attribute("lang") == "fr"
    visitor.check()


def test_day_is_chosen_by_keyboard(visit: Visit) -> None:
    """The field of the banner has a label and is reached and sent without a mouse."""
    page = visit.open("/transfers?as_of=2019-06-01")
    field = page.locator("#another-day")
    field.focus()
    field.fill("2020-07-16")
    page.keyboard.press("Enter")
    page.wait_for_url("**/transfers?as_of=2020-07-16")
    visit.check()


@pytest.mark.parametrize("path", PAGES)
def test_banner_is_accessible(visit: Visit, axe: str, path: str) -> None:
    """No serious or critical fault of accessibility, in light and in dark."""
    visit.open(path)
    assert not visit.violations()
    assert visit.barriers(axe) == []


@pytest.mark.parametrize("path", PAGES)
def test_banner_fits_a_phone(narrow: Visit, path: str) -> None:
    """At 320 pixels the page itself never scrolls sideways."""
    page = narrow.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_day_is_printed(visit: Visit) -> None:
    """On paper the day stands at the head; its form and the way back do not."""
    page = visit.open("/companies/wpo?as_of=2019-06-01")
    page.emulate_media(media="print")
    assert page.get_by_text("Judged by the law of 1 June 2019").is_visible()
    assert not page.locator("aside.day form").is_visible()
    assert not page.locator("aside.day .back").is_visible()
