"""An entry is submitted and approved by keyboard; what was approved can be printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, URIRef

from ropa.approval import Kind
from ropa.approving import ANY
from ropa.register import Register
from tests.browser.conftest import SCHEME, Visit, visiting
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "/activities/mill/orders"


@pytest.fixture
def mill(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    """A visitor of a register of its own, in which an activity waits."""
    with Register.create(str(tmp_path / "register"), base=MILL) as register:
        register.add(Graph().parse(data=ENTRIES, format="turtle"), author="Eve")
        register.take_step(Kind.SUBMISSION, {URIRef(ORDERS): ANY}, author="Eve")
        with visiting(browser, register) as visitor:
            yield visitor


def test_an_activity_is_approved_by_keyboard(mill: Visit) -> None:
    """Enter in a field chooses nothing; a reason is asked for; then it is printed."""
    page = mill.open("/approvals?state=submitted")
    page.get_by_role("link", name="Orders").first.click()
    page.locator("#approval summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    assert page.url.endswith(PAGE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Approve"
    page.keyboard.press("Enter")
    page.wait_for_url("**/approvals")
    assert FINDING in page.locator(".problem").inner_text()
    assert page.locator("#author").input_value() == "Ann"
    page.locator("#reason").fill("The hall is locked.")
    page.get_by_role("button", name="Approve", exact=True).first.click()
    page.wait_for_url("**#approval")
    page.emulate_media(media="print")
    text = page.locator("#approval").inner_text()
    assert "Approved by Ann on " in text and "revision" in text
    assert "The hall is locked." in text and "Take a step" not in text
    mill.check()


@pytest.mark.parametrize("width", [1200, 320])
def test_the_pages_fit_and_are_accessible(mill: Visit, axe: str, width: int) -> None:
    """List, entry and its revisions: no axe finding, nothing beyond the edge."""
    mill.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/approvals", PAGE, f"{PAGE}/approval?lang=fr"):
        page = mill.open(path)
        for summary in page.locator("#approval summary").all():
            summary.click()
        assert mill.barriers(axe, SCHEME[width]) == [], path
        beyond = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(beyond) <= 0, path


CONTRAST = """
() => {
    const canvas = document.createElement("canvas").getContext("2d");
    const light = (colour, factor) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => {
            const one = Math.min(1, part / 255 * factor);
            return one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) =>
        (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return [...document.querySelectorAll("#approval button[name=kind]")].map((one) => {
        const style = getComputedStyle(one);
        const lit = /brightness\\(([0-9.]+)\\)/.exec(style.filter);
        const factor = lit ? Number(lit[1]) : 1;
        return ratio(
            light(style.color, factor), light(style.backgroundColor, factor));
    });
}
"""
# Looked at before anything can have moved on.
UNFOLD = """
() => {
    const details = document.querySelector("#approval details");
    details.open = true;
    const paints = /color|^all$/;
    return [...details.querySelectorAll("*")].filter((one) => {
        const style = getComputedStyle(one);
        const lasting = style.transitionDuration.split(", ").map(parseFloat);
        return style.transitionProperty.split(", ").some((name, at) =>
            paints.test(name) && lasting[at % lasting.length] > 0);
    }).map((one) => one.outerHTML);
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_unfolded_can_be_read_at_once(mill: Visit, scheme: str) -> None:
    """Nothing fades in; plain, hovered, focused, the words of a button stand out.

    Source: WCAG 2.2, success criterion 1.4.3 (4.5 to 1).
    """
    mill.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = mill.open(PAGE)
    assert page.evaluate(UNFOLD) == []
    plain = page.evaluate(CONTRAST)
    assert len(plain) == 2 and min(plain) >= 4.5, plain
    for button in page.locator("#approval button[name=kind]").all():
        button.hover()
        assert min(page.evaluate(CONTRAST)) >= 4.5
        button.focus()
        assert min(page.evaluate(CONTRAST)) >= 4.5
