"""Every page, in both languages, and every link on it."""

from __future__ import annotations

import re
from collections import deque
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from rdflib import Graph
from rdflib.compare import isomorphic
from rdflib.term import URIRef

from ropa import syntax
from webui.reports import from_graph

if TYPE_CHECKING:
    from ropa.register import Register
    from tests.webui.conftest import Asker

PAGES = [
    "/",
    "/companies",
    "/companies/wpo",
    "/companies/wepos",
    "/activities",
    "/activities/wpo/marketing",
    "/activities/wpo/marketing/inferred",
    "/companies/wepos/inferred",
    "/entailments",
    "/entailments/likely-transfer-by-seat",
    "/organisations/hubspot",
    "/sources/wpo-privacy-policy",
    "/terms",
    "/terms/dpv/Purpose",
    "/terms/ropa/NotStated",
    "/law/eu-us-privacy-shield",
    "/vendors",
    "/vendors/hubspot",
    "/rules/purpose-missing",
    "/changes",
    "/changes/000000001",
    "/activities/wpo/marketing/history",
    "/activities/wpo/marketing/diff",
    "/questions",
    "/questions/purposes",
    "/questions/us-transfers",
    "/transfers",
    "/coverage",
    "/coverage?company=wpo",
    "/findings",
    "/search?q=marketing",
    "/sparql",
    "/sparql?question=us-transfers&run=1",
    "/validate",
]

THINGS = [
    "/companies/wpo",
    "/activities/wpo/marketing",
    "/organisations/hubspot",
    "/sources/wpo-privacy-policy",
    "/activities/wpo/marketing/inferred",
    "/entailments/likely-transfer-by-seat",
    "/terms/dpv/Purpose",
    "/law/eu-us-privacy-shield",
    "/vendors/hubspot",
    "/rules/purpose-missing",
    "/changes/000000001",
]

FORMS = {
    ".ttl": "text/turtle",
    ".jsonld": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".nt": "application/n-triples",
}


class Page(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect tags, identifiers and links."""
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("href", "src", "action"):
            if name == "action" and (given.get("method") or "").lower() == "post":
                continue
            if given.get(name):
                self.links.append(str(given[name]))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole(ask: Asker, path: str, lang: str) -> None:
    """A page answers in its language, with one heading, landmarks and no scripts."""
    answer = ask.page(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    text = answer.get_data(as_text=True)
    page = Page(text)
    assert f'<html lang="{lang}">' in text
    assert page.tags.count("h1") == 1
    for landmark in ("header", "main", "footer", "nav"):
        assert landmark in page.tags
    assert 'class="skip" href="#content"' in text
    assert "<style" not in text
    assert not [a for _, given in page.attributes for a in given if a == "style"]
    assert not [a for _, given in page.attributes for a in given if a[:2] == "on"]
    assert all(given.get("src") for tag, given in page.attributes if tag == "script")
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert answer.headers["Content-Language"] == lang


@pytest.mark.parametrize("path", PAGES)
def test_page_is_small(ask: Asker, path: str) -> None:
    """A page stays below 280 kB; the first one below 100 kB.

    That of a document lists each of its passages, to which other pages link.
    """
    size = len(ask.page(path).data)
    most = 400_000 if path.startswith("/sources/") else 280_000
    assert size < (100_000 if path == "/" else most)


@pytest.mark.parametrize("path", PAGES)
def test_table_has_caption_and_scopes(ask: Asker, path: str) -> None:
    """Every table says what it is, and every header cell what it heads."""
    page = Page(ask.page(path).get_data(as_text=True))
    assert page.tags.count("table") == page.tags.count("caption")
    for tag, given in page.attributes:
        if tag == "th":
            assert given.get("scope") in {"col", "row"}


def test_language_follows_the_browser(ask: Asker) -> None:
    """Without a choice in the address, the browser's language is taken."""
    french = ask.page("/", Accept_Language="fr-FR,fr;q=0.9,en;q=0.5")
    assert '<html lang="fr">' in french.get_data(as_text=True)
    other = ask.page("/", Accept_Language="de")
    assert '<html lang="en">' in other.get_data(as_text=True)


def test_chosen_language_stays_in_every_link(ask: Asker) -> None:
    """Once chosen in the address, the language is in each link to a page."""
    for path in ("/?lang=fr", "/companies/wpo?lang=fr", "/transfers?lang=fr"):
        page = Page(ask.page(path).get_data(as_text=True))
        hrefs = [
            str(given["href"])
            for tag, given in page.attributes
            if tag == "a" and str(given.get("href", "")).startswith("/")
        ]
        assert hrefs
        lost = [h for h in hrefs if "lang=" not in h]
        assert not lost


def test_foreign_text_carries_its_language(ask: Asker) -> None:
    """On a French page, English texts of the record are marked as English."""
    text = ask.page("/activities/wpo/marketing?lang=fr").get_data(as_text=True)
    assert re.search(r'<h1><span lang="en">', text)


# Of pages that are made alike, as many as are followed.
MANY = {
    "claim=": 20,
    "/inferred": 20,
    "/history": 20,
    "/approval": 20,
    "?": 120,
    "/terms/": 80,
    "/findings/": 30,
    "/rules/": 40,
    "/sources/": 10,
    "/law/": 80,
    "/vendors": 20,
    "/activities/": 100,
    "/organisations/": 100,
}


@pytest.mark.parametrize("share", [5, pytest.param(1, marks=pytest.mark.deep)])
def test_every_internal_link_answers(ask: Asker, share: int) -> None:
    """From the overview on, no link of the site leads to an error."""
    todo = deque(["/"])
    seen = {"/"}
    broken: list[tuple[int, str]] = []
    while todo:
        path = todo.popleft()
        answer = ask.page(path)
        if answer.status_code != 200:
            broken.append((answer.status_code, path))
            continue
        if answer.mimetype != "text/html" or path.startswith(("/sparql", "/search")):
            continue
        for link in Page(answer.get_data(as_text=True)).links:
            target = link.partition("#")[0]
            if target.startswith("?"):
                target = path.partition("?")[0] + target
            if not target.startswith("/") or target in seen or "lang=" in target:
                continue
            kind = next((kind for kind in MANY if kind in target), "")
            if kind and sum(kind in s for s in seen) * share >= MANY[kind]:
                continue
            seen.add(target)
            todo.append(target)
    assert not broken
    assert len(seen) > 150


def test_fragment_links_have_their_place(ask: Asker) -> None:
    """A link to a part leads to an element of that name."""
    ids: dict[str, list[str]] = {}
    for path in ("/companies/wpo", "/activities/wpo/marketing", "/transfers"):
        for link in Page(ask.page(path).get_data(as_text=True)).links:
            target, hash_, part = link.partition("#")
            if not hash_ or target.startswith("http") or not part:
                continue
            at = target or path
            if at not in ids:
                ids[at] = Page(ask.page(at).get_data(as_text=True)).ids
            assert part in ids[at], link


@pytest.mark.parametrize("path", THINGS)
def test_thing_answers_in_every_form(ask: Asker, path: str) -> None:
    """A thing answers each RDF form by suffix and by Accept, with the same content."""
    graphs = []
    for suffix, media in FORMS.items():
        by_suffix, by_accept = ask.get(path + suffix), ask.get(path, media)
        for answer in (by_suffix, by_accept):
            assert answer.status_code == 200
            assert answer.mimetype == media
            assert "Accept" in answer.headers["Vary"]
            assert answer.headers["ETag"]
        assert by_suffix.data == by_accept.data
        graphs.append(parsed(by_suffix.data, syntax.MEDIA_TYPES[media]))
    assert len(graphs[0]) > 0
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


def parsed(body: bytes, form: syntax.Syntax) -> Graph:
    """Read a document back."""
    graph = Graph()
    for s, p, o, _ in syntax.parse(body, form):
        graph.add((s, p, o))
    return graph


@pytest.mark.parametrize("path", THINGS[:4])
def test_twin_is_the_stated_graph(ask: Asker, register: Register, path: str) -> None:
    """The Turtle of an entry is what is stated in it: nothing more, nothing less."""
    stated = register.read(URIRef(register.base + path[1:]))
    answered = parsed(ask.get(path + ".ttl").data, syntax.Syntax.TURTLE)
    assert set(answered) == set(stated)


def test_record_shows_every_activity_of_its_company(
    ask: Asker, register: Register
) -> None:
    """Each activity of a company is a row of its record, in one of its two roles."""
    rows = register.ask("activities").rows
    for slug in {str(row[0]) for row in rows}:
        text = ask.page(f"/companies/{slug}").get_data(as_text=True)
        for row in rows:
            if str(row[0]) == slug:
                assert f'href="/activities/{slug}/{row[1]}"' in text


def test_not_stated_differs_from_stated_none(ask: Asker) -> None:
    """Silence and a denial bear different marks, with words and not colour alone."""
    text = ask.page("/companies/wpo").get_data(as_text=True)
    assert "mark-silent" in text
    marks = re.findall(r'class="mark mark-(\w+)"><span aria-hidden="true">(.)', text)
    symbols = dict(marks)
    assert len(set(symbols.values())) == len(symbols)


def test_overview_counts_what_the_register_holds(
    ask: Asker, register: Register
) -> None:
    """The numbers of the overview are those of the questions that they link to."""
    text = ask.page("/").get_data(as_text=True)
    for name in ("activities", "transfers"):
        number = len(register.ask(name).rows)
        assert re.search(rf'href="/questions/{name}"><strong>{number}</strong>', text)


def test_examples_are_announced(ask: Asker) -> None:
    """The overview says that the companies are examples and how to start an own one."""
    assert "ropa init FOLDER --base-iri IRI" in ask.page("/").get_data(as_text=True)


def test_search_finds_by_any_part_of_the_name(ask: Asker) -> None:
    """Words in any order and case find a thing by its name."""
    text = ask.page("/search?q=PROMOTION+market").get_data(as_text=True)
    assert 'href="/activities/wpo/marketing"' in text
    assert ask.get("/search.json?q=hubspot").json


def test_list_is_narrowed_by_its_address(ask: Asker) -> None:
    """A filter in the address narrows page, CSV and JSON alike, and can be removed."""
    everything = ask.get("/questions/activities.json").json
    narrowed = ask.get("/questions/activities.json?company=wpo").json
    assert everything and narrowed
    assert 0 < len(narrowed) < len(everything)
    assert {row["company"] for row in narrowed} == {"wpo"}
    text = ask.page("/questions/activities?company=wpo").get_data(as_text=True)
    assert 'class="chip" href="/questions/activities"' in text


def test_list_is_sorted_by_its_address(ask: Asker) -> None:
    """A header's link sorts, and sorts the other way when followed again."""
    first = ask.page("/activities?sort=title").get_data(as_text=True)
    assert 'aria-sort="ascending"' in first
    assert "sort=-title" in first


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_finding_names_its_field_as_the_report_does(
    app: Flask, register: Register, lang: str
) -> None:
    """What is kept with an entry is headed as the terminal and the JSON head it."""
    said = {
        (f.rule, f.focus, f.path, f.value): f.field.get(lang, "")
        for f in register.check("wpo").findings
    }
    with app.test_request_context(f"/?lang={lang}"):
        about = {str(focus).partition("#")[0] for _, focus, _, _ in said}
        shown = {
            (one.rule, one.focus, one.path, one.value): one.field.text
            for iri in about
            for one in from_graph(register.findings(URIRef(iri)))
        }
    assert shown == said


@pytest.mark.parametrize(
    "path",
    ["/law?kind=none", "/law?state=bogus&page=2", "/findings?rule=days-disagree"],
)
def test_filters_that_fit_nothing_say_so(ask: Asker, path: str) -> None:
    """The page answers, says that nothing fits, and leads back to the whole list."""
    answer = ask.page(f"{path}&as_of=2024-01-01" if "law" in path else path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Nothing fits these filters." in text
    whole = re.search(r'href="([^"]+)">Lift all filters', text)
    assert whole is not None
    kept = "?as_of=2024-01-01" if "law" in path else ""
    assert whole[1] == path.partition("?")[0] + kept


@pytest.mark.parametrize("path", ["/law", "/transfers", "/law/eu-us-dpf", "/findings"])
def test_there_is_one_field_for_the_day(ask: Asker, path: str) -> None:
    """Once a day is chosen it is changed in the banner, and the filters keep it."""
    text = ask.page(f"{path}?as_of=2024-01-01").get_data(as_text=True)
    assert text.count('type="date" name="as_of"') == 1
    if 'class="filters"' in text:
        assert '<input type="hidden" name="as_of" value="2024-01-01">' in text


@pytest.mark.parametrize("name", ["eu-us-dpf", "c-311-18"])
def test_decisions_and_judgments_stand_under_one_heading(ask: Asker, name: str) -> None:
    """What they are worth is headed by the day, not by a word for one of them."""
    text = ask.page(f"/law/{name}?as_of=2024-01-01&lang=fr").get_data(as_text=True)
    assert '<h2 id="standing">Ce jour-là <small>1er janvier 2024' in text
    text = ask.page(f"/law/{name}").get_data(as_text=True)
    assert '<h2 id="standing">Today</h2>' in text
