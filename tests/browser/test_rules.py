"""Rules in a real browser: filters, examples that are tried, keyboard and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Visit


@pytest.mark.parametrize("scripts", [True, False])
def test_rules_are_narrowed_and_widened(
    visit: Visit, plain: Visit, scripts: bool
) -> None:
    """A filter stands in the address, narrows the list, and its chip lifts it."""
    visitor = visit if scripts else plain
    page = visitor.open("/rules?lang=fr")
    every = page.locator("tbody tr").count()
    page.locator("#filter-severity").select_option("warning")
    page.locator("#filter-q").fill("transfert")
    page.locator(".filters button").click()
    page.wait_for_load_state("load")
    assert "severity=warning" in page.url and "lang=fr" in page.url
    assert 0 < page.locator("tbody tr").count() < every
    assert page.locator(".chip").count() == 2
    page.locator(".chip", has_text="avertissement").click()
    page.locator(".chip", has_text="transfert").click()
    page.wait_for_url("**/rules?lang=fr")
    assert page.locator("tbody tr").count() == every
    visitor.check()


def test_an_example_is_tried_and_mended(plain: Visit) -> None:
    """From the page of a rule to its finding, and without it once it is mended."""
    page = plain.open("/rules/unknown-term")
    page.get_by_role("link", name="Try it and mend it").click()
    page.get_by_role("button", name="Check").click()
    assert page.locator(".finding").count() == 1
    text = page.locator("#text").input_value()
    assert "dpv:PersonelPayment" in text
    page.locator("#text").fill(text.replace("Personel", "Personnel"))
    page.get_by_role("button", name="Check").click()
    assert page.locator(".finding").count() == 0
    plain.check()


def test_a_check_leads_to_its_rule_by_keyboard(visit: Visit) -> None:
    """The line of a check is marked, and its rule is reached with Tab and Enter."""
    page = visit.open("/rules/check-35")
    assert page.url.endswith("view=checks#check-35")
    page.locator("#check-35 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/processor-contract-missing")
    assert page.locator(".example pre").count() == 2
    visit.check()


def test_a_rule_prints_with_its_examples(visit: Visit) -> None:
    """On paper the menu and the filters are gone, the examples are not."""
    page = visit.open("/rules/purpose-missing")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    assert page.locator(".example pre").first.is_visible()
    page = visit.open("/rules")
    assert not page.locator(".filters").is_visible()
    assert page.locator("tbody tr").first.is_visible()
