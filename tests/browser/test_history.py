"""The versions of an entry are compared, and an earlier one is brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.register import Register
from ropa.terms import DCT
from tests.browser.conftest import SCHEME, Visit, visiting
from tests.ropa.answering_entries import ENTRIES, MILL, ORDERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "/activities/mill/orders"
ENTRY = URIRef(ORDERS)


@pytest.fixture
def mill(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    """A visitor of a register whose activity was renamed once."""
    with Register.create(str(tmp_path / "register"), base=MILL) as register:
        register.add(Graph().parse(data=ENTRIES, format="turtle"), author="Ada")
        graph = register.read(ENTRY)
        graph.remove((ENTRY, DCT.title, None))
        graph.add((ENTRY, DCT.title, Literal("Bread", lang="en")))
        register.add(graph, author="Bob", replaces={register.etag(ENTRY)})
        with visiting(browser, register) as visitor:
            yield visitor


def test_versions_are_compared_and_one_is_brought_back(mill: Visit) -> None:
    """From the entry to its history, to the difference, and back to what it was."""
    page = mill.open(PAGE)
    assert page.locator("h1").inner_text() == "Bread"
    page.locator(".changed a").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Compare the two").click()
    page.wait_for_load_state()
    row = page.locator("table.differences tbody tr")
    assert row.count() == 1
    assert [text.strip() for text in row.locator("td").all_inner_texts()] == [
        "“Orders”",
        "“Bread”",
    ]
    page.locator("main").get_by_role("link", name="History").last.click()
    page.wait_for_load_state()
    page.get_by_label("As it was after").select_option("2")
    page.get_by_label("Reason").fill("A slip")
    page.get_by_label("Author").fill("Cy")
    page.get_by_role("button", name="Go back to this state").click()
    page.wait_for_url("**/changes/000000004")
    told = page.locator("main").inner_text()
    for said in ("Reversion", "about change 2", "A slip", "Cy"):
        assert said in told
    assert mill.open(PAGE).locator("h1").inner_text() == "Orders"
    mill.check()


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("width", [1200, 320])
def test_the_pages_fit_and_are_accessible(
    mill: Visit, axe: str, lang: str, width: int
) -> None:
    """No axe finding, nothing beyond the edge, on any page of history."""
    mill.page.set_viewport_size({"width": width, "height": 800})
    views = ("/history", "/diff?from=1")
    for path in ("/changes", "/changes/000000003", *(PAGE + view for view in views)):
        mark = "&" if "?" in path else "?"
        page = mill.open(f"{path}{mark}lang={lang}")
        assert mill.barriers(axe, SCHEME[width]) == [], path
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, path
    assert not mill.foreign
