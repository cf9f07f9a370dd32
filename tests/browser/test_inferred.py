"""What follows, in a real browser: read apart, unfolded, asked why, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visit

ASKED = "/activities/workpex/push-notifications"
PAGES = [
    "/activities/wpo/marketing/inferred?lang=fr",
    f"{ASKED}?lang=fr",
    f"{ASKED}/inferred",
    "/companies/wepos/inferred",
    "/entailments?lang=fr",
    "/entailments/likely-transfer-by-seat",
    "/terms/ropa/DirectMarketingActivity",
    "/transfers?claims=all",
    "/questions/inferred?company=wepos",
]


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_statement_to_the_passage(
    visit: Visit, plain: Visit, scripts: bool
) -> None:
    """A long group is unfolded, a statement asked why, its passage seen in its text."""
    visitor = visit if scripts else plain
    page = visitor.open("/activities/wpo/marketing")
    folded = page.locator(".follows details.folded").first
    assert not folded.locator("li").first.is_visible()
    folded.locator("summary").click()
    first = folded.locator("li").first
    assert first.locator(".mark-implied").is_visible()
    first.get_by_role("link", name="Why?").click()
    page.wait_for_url("**/inferred?claim=claim-*")
    assert page.locator(".whys > li").count() == 1
    page.locator(".premises a[href^='/sources/']").first.click()
    page.wait_for_url("**/sources/wpo-privacy-policy*#char=*")
    visitor.check()


def test_a_question_is_reached_and_left_by_keyboard(visit: Visit) -> None:
    """From what follows to the question about it and back to its reasons."""
    page = visit.open(ASKED)
    page.locator(".follows .asked-of a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/*")
    page.get_by_role("link", name="Why?").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ASKED}/inferred?claim=*")
    assert page.locator(".premises li").first.is_visible()
    visit.check()


def test_a_claim_leads_to_its_place(visit: Visit) -> None:
    """The address of a claim ends at its statement, whose reasons unfold."""
    page = visit.open(f"{ASKED}/inferred")
    anchor = page.locator(".whys > li").last.get_attribute("id")
    page = visit.open(f"{ASKED}/inferred#{anchor}")
    target = page.locator("li:target")
    assert target.get_attribute("id") == anchor
    target.locator("summary").press("Enter")
    assert target.locator(".premises li").first.is_visible()
    visit.check()


def test_what_is_folded_is_printed(visit: Visit) -> None:
    """On paper nothing of what follows is hidden, and it stays marked."""
    page = visit.open("/activities/wpo/marketing")
    inside = page.locator(".follows details.folded li").first
    assert not inside.is_visible()
    page.emulate_media(media="print")
    assert inside.is_visible()
    assert inside.locator(".mark-implied").is_visible()


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
