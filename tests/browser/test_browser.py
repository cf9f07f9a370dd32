"""The pages in a real browser: policy, accessibility, keyboard, paper and phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ropa import assets, passages

if TYPE_CHECKING:
    from pathlib import Path

    from ropa.register import Register
    from tests.browser.conftest import Visit

PAGES = {
    "overview": "/",
    "companies": "/companies",
    "company": "/companies/wpo",
    "two-roles": "/companies/wepos",
    "activity": "/activities/wpo/marketing",
    "organisation": "/organisations/hubspot",
    "document": "/sources/wpo-privacy-policy",
    "term": "/terms/dpv/Purpose",
    "terms": "/terms",
    "law": "/law/eu-us-privacy-shield",
    "rule": "/rules/purpose-missing",
    "rules": "/rules",
    "checks": "/rules?view=checks",
    "questions": "/questions",
    "transfers": "/transfers",
    "us-transfers": "/questions/us-transfers",
    "coverage": "/coverage",
    "coverage-of-one": "/coverage?company=weprode",
    "findings": "/findings",
    "search": "/search?q=marketing",
    "sparql": "/sparql?question=us-transfers&run=1",
    "sparql-error": "/sparql?query=SELECT+%3Fa%0AWHERE+%7B",
    "validate": "/validate",
    "not-found": "/companies/wpoo",
}


@pytest.fixture(params=PAGES, ids=list(PAGES))
def path(request: pytest.FixtureRequest) -> str:
    """Each kind of page."""
    return PAGES[request.param]


def test_page_stays_at_home(visit: Visit, path: str) -> None:
    """With scripts on, a page asks no other host and breaks no policy."""
    page = visit.open(path)
    assert page.locator("h1").count() == 1
    assert not visit.violations()
    visit.check()


def test_page_works_without_scripts(plain: Visit, path: str) -> None:
    """With scripts off, heading, menu and content are there."""
    page = plain.open(path)
    assert page.locator("h1").is_visible()
    assert page.locator("main").inner_text().strip()
    assert page.locator("header nav a").first.is_visible()
    plain.check()


def test_page_is_accessible(visit: Visit, axe: str, path: str) -> None:
    """No serious or critical fault of accessibility, in light and in dark."""
    visit.open(path)
    assert visit.barriers(axe) == []


def test_page_fits_a_phone(narrow: Visit, path: str) -> None:
    """At 320 pixels the page itself never scrolls sideways."""
    page = narrow.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", ["/companies/weprode", "/activities/wpo/marketing"])
def test_a_word_without_end_fits_a_phone(narrow: Visit, path: str) -> None:
    """A name of one very long word is broken, in trail, heading and lists alike."""
    page = narrow.open(path)
    places = ".trail li > *, h1, h2, .lead, main li .name"
    put = "(all) => all.forEach((one) => { one.textContent = 'm'.repeat(79) })"
    page.locator(places).evaluate_all(put)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [700, 1000, 1200])
def test_parts_within_parts_have_room(visit: Visit, width: int) -> None:
    """However deep a value stands, it is as wide as a usual word."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    page = visit.open("/companies/weprode")
    deepest = page.locator(".properties .properties .properties dd")
    widths = deepest.evaluate_all("(all) => all.map((one) => one.clientWidth)")
    assert widths
    assert min(widths) >= 120


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_menu_fits_one_row(visit: Visit, lang: str) -> None:
    """At 1200 pixels menu, search and languages stand side by side."""
    visit.page.set_viewport_size({"width": 1200, "height": 900})
    page = visit.open(f"/law?lang={lang}")
    tops = page.locator(".bar nav li, .bar form, .languages").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert max(tops) - min(tops) < 20


@pytest.mark.parametrize("name", ["overview", "company", "sparql", "validate"])
def test_page_stands_without_foreign_styles(visit: Visit, name: str) -> None:
    """Without the fetched parts a page is still laid out by its own style sheet."""
    visit.context.route("**/vendor/**", lambda route: route.abort())
    page = visit.open(PAGES[name])
    assert page.locator("h1").is_visible()
    columns = page.evaluate("getComputedStyle(document.querySelector('.bar')).display")
    assert columns == "flex"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_skip_link_comes_first(visit: Visit) -> None:
    """The first stop of the keyboard leads past the menu to the content."""
    page = visit.open("/companies/wpo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_focus_is_seen(visit: Visit) -> None:
    """What has the focus of the keyboard is outlined."""
    page = visit.open("/")
    for _ in range(4):
        page.keyboard.press("Tab")
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(width.removesuffix("px")) >= 2


def test_record_prints(visit: Visit, tmp_path: Path) -> None:
    """The record of a company becomes a PDF; the menu stays off the paper."""
    page = visit.open("/companies/wpo")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    file = tmp_path / "record.pdf"
    page.pdf(path=str(file), prefer_css_page_size=True)
    body = file.read_bytes()
    assert body.startswith(b"%PDF")
    assert 1 <= body.count(b"/Type /Page\n") <= 40


def test_question_runs_with_the_editor(visit: Visit) -> None:
    """A question of the gallery is opened, run and answered, by its links."""
    page = visit.open("/sparql")
    page.locator(".gallery a[href*='question=us-transfers']").click()
    page.get_by_role("button", name="Run the question").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#result tbody tr").count() == 1
    assert "HubSpot" in page.locator("#result").inner_text()
    visit.check()


def test_query_is_typed_and_run_by_keyboard(visit: Visit) -> None:
    """A query typed into the editor runs with Control and Enter; Tab leaves it."""
    page = visit.open("/sparql")
    if page.locator(".CodeMirror").count() == 0:
        pytest.skip("needs the front-end parts: pip install . (with a network)")
    page.locator(".CodeMirror textarea").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT (1 AS ?one) {}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('.CodeMirror') !== null"
    assert page.evaluate(inside) is False
    page.locator(".CodeMirror textarea").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state("networkidle")
    assert page.locator("#result tbody td").inner_text() == "1"
    visit.check()


def test_query_runs_without_scripts(plain: Visit) -> None:
    """The plain text area sends the query as well."""
    page = plain.open("/sparql")
    page.locator("#query").fill("SELECT (2 AS ?two) {}")
    page.get_by_role("button", name="Run", exact=True).click()
    assert page.locator("#result tbody td").inner_text() == "2"


@pytest.mark.parametrize("scripts", [True, False])
def test_planted_faults_are_reported(visit: Visit, plain: Visit, scripts: bool) -> None:
    """A pasted entry with planted faults comes back with each of them and its line."""
    visitor = visit if scripts else plain
    faulty = assets.text("data", "examples/faulty-entry.ttl")
    page = visitor.open("/validate")
    page.locator("#text").fill(faulty)
    page.get_by_role("button", name="Check").click()
    page.wait_for_load_state("networkidle")
    text = page.locator(".report").inner_text()
    assert page.locator(".finding").count() >= 3
    assert "GDPR Art." in text
    assert page.locator(".finding a[href^='#line-']").count() >= 3
    assert page.locator("#text").input_value().strip() == faulty.strip()
    visitor.check()


def test_file_is_uploaded(visit: Visit) -> None:
    """A file is checked as pasted text is."""
    page = visit.open("/validate")
    page.locator("#file").set_input_files(
        str(assets.path("data", "examples/faulty-entry.ttl"))
    )
    page.get_by_role("button", name="Check").click()
    page.wait_for_load_state("networkidle")
    assert "faulty-entry.ttl" in page.locator(".report").inner_text()
    visit.check()


def test_language_is_kept_while_browsing(visit: Visit) -> None:
    """Français, once chosen, stays through links, forms and filters."""
    page = visit.open("/")
    page.get_by_role("link", name="Français").click()
    page.locator(".card h3 a").first.click()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.locator("#search").fill("marketing")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "fr"
    page.locator("header nav a").nth(2).click()
    page.locator(".filters button").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_filter_is_set_and_removed(visit: Visit) -> None:
    """A filter narrows the list, stands in the address, and is removed by its chip."""
    page = visit.open("/findings")
    every = page.locator("tbody tr").count()
    page.locator("#filter-company").select_option("wpo")
    page.locator(".filters button").click()
    page.wait_for_load_state("networkidle")
    assert "company=wpo" in page.url
    assert 0 < page.locator("tbody tr").count() < every
    page.locator(".chip").first.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("tbody tr").count() == every


@pytest.mark.deep
def test_pages_are_pictured(visit: Visit, tmp_path: Path) -> None:
    """Each kind of page is drawn; the pictures lie in the test's folder."""
    for name, address in PAGES.items():
        file = tmp_path / f"{name}.png"
        visit.open(address).screenshot(path=str(file), full_page=True)
        assert file.stat().st_size > 5_000


def _a_policy(seeds: Path, digest: str) -> Path:
    """Find the text that has a digest."""
    return next(
        path
        for path in seeds.iterdir()
        if path.is_file() and passages.digest(path.read_bytes()) == digest
    )


@pytest.mark.parametrize("way", ["file", "paste"])
def test_passages_are_shown_in_place(
    plain: Visit, narrow: Visit, register: Register, seeds: Path, way: str
) -> None:
    """A reader hands in the text, without scripts or on a phone, and follows links."""
    known = {title: (key, iri) for key, (iri, title) in register.documents().items()}
    digest, iri = known["Wepos privacy policy"]
    file = _a_policy(seeds, digest)
    for visitor in (plain, narrow):
        page = visitor.open(f"/sources/{iri.rpartition('/')[2]}")
        if way == "file":
            page.set_input_files("#file", str(file))
        else:
            page.locator("form.entry summary").click()
            page.fill("#text", file.read_text(encoding="utf-8"))
        page.locator("form.entry button[type=submit]").click()
        page.wait_for_load_state()
        assert page.locator("ol.original mark").count() > 20
        page.locator("ol.original a.ref").first.click()
        assert page.locator("ol.passages li:target").count() == 1
        page.locator("ol.passages li:target a[href^='#text-']").click()
        assert page.locator("ol.original .at:target").count() == 1
        visitor.check()
    assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_value_leads_to_its_passage(visit: Visit) -> None:
    """By keyboard: the link beside a value has a name and leads to the place."""
    page = visit.open("/companies/wpo")
    link = page.locator("dl a.read").first
    name = link.get_attribute("aria-label")
    assert name is not None
    assert name.startswith("Read in: ")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources/**", wait_until="load")
    assert page.locator("ol.passages li:target").is_visible()
    visit.check()
