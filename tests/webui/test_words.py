"""Pages of words: terms, law, rules, and the search for them."""

from __future__ import annotations

import csv
import html
import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Literal, URIRef

from ropa import revisions, rules, vocabulary
from ropa.terms import DCT, DPV, LAW, ROPA, SKOS, curie

if TYPE_CHECKING:
    from ropa.register import Register
    from tests.webui.conftest import Asker

SHIELD = "/law/eu-us-privacy-shield"
NASTY = "Quotes \" ' and <script>alert(1)</script> {braces}"
PAGES = [
    "/terms",
    "/terms?list=dpv:purposes-classes",
    "/terms?q=profiling",
    "/terms/dpv/Marketing",
    "/terms/dpv/hasPurpose",
    "/terms/dpv/PersonalDataProcess",
    "/terms/dpv/purposes-classes",
    "/terms/sh/targetClass",
    "/law",
    SHIELD,
    "/law/c-311-18",
    "/rules",
    "/rules/legal-basis-missing",
    "/search?q=marketing",
]


def text_of(ask: Asker, path: str) -> str:
    """Give a page as text, its entities resolved."""
    answer = ask.page(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_page_of_words_is_sound(ask: Asker, path: str, lang: str) -> None:
    """Headings go down one step at a time, no id twice, no style, small enough."""
    answer = ask.page(path + ("&" if "?" in path else "?") + f"lang={lang}")
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    steps = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
    assert steps[0] == 1 and steps.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(steps))
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "<style" not in text and " style=" not in text and "<script" not in text
    assert len(answer.data) < 250_000
    # Below the heading no short name of a standard stands for a label.
    bare = re.findall(r"<(?:dt|th|h2|h3)[^>]*>\s*(?:<a[^>]*>)?([a-z]+:\w+)<", text)
    assert not bare


def test_a_term_shows_place_fields_and_uses(ask: Asker) -> None:
    """The way up, what is narrower, the field, both kinds of use with their entries."""
    text = text_of(ask, "/terms/dpv/Marketing")
    assert vocabulary.load().definition(DPV.Marketing) in text
    assert 'href="/terms/dpv/Purpose"' in text
    assert 'href="/terms/dpv/DirectMarketing"' in text
    assert "Kind of purpose" in text
    assert re.search(r"Used itself \([1-9]", text)
    assert re.search(r"Used through narrower words \([1-9]", text)
    assert 'href="/activities/wpo/marketing"' in text


def test_a_french_page_is_french(ask: Asker) -> None:
    """Labels, headings and rules speak the language of the page."""
    text = text_of(ask, "/terms/dpv/hasPurpose?lang=fr")
    assert "<h1>Finalité" in text
    for words in ("permet de dire", "Activité de traitement", "plusieurs"):
        assert words in text
    for english in ("Used itself", "What may", "Rules that", "Processing activity"):
        assert english not in text
    rule = text_of(ask, "/rules/legal-basis-missing?lang=fr")
    assert rules.rule("legal-basis-missing").hint["fr"] in rule
    assert "applique à" in rule
    assert "sh:" not in re.sub(r"<footer.*", "", rule, flags=re.DOTALL)


def test_uses_beyond_the_page_have_a_link(ask: Asker, register: Register) -> None:
    """Fifty are named; the others are a query away, and there are as many."""
    text = text_of(ask, "/terms/dpv/hasPurpose")
    total = int(re.search(r"Used itself \((\d+)\)", text)[1])  # type: ignore[index]
    assert total > 50
    link = re.search(r'href="(/sparql\?query=[^"]+)"', text)
    assert link is not None
    rows = ask.get(link[1] + "&format=csv").get_data(as_text=True).splitlines()
    assert len(rows) == total + 1


def test_an_unused_term_says_so(ask: Asker) -> None:
    """Silence is said."""
    assert "No entry of this register uses it." in text_of(ask, "/terms/loc/PW")


@pytest.mark.parametrize(
    ("day", "state"),
    [("2015-06-01", ROPA.Upcoming), ("2019-06-01", ROPA.InForce),
     ("2021-06-01", ROPA.DeclaredInvalid)],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_decision_on_three_days(
    ask: Asker, day: str, state: URIRef, lang: str
) -> None:
    """The page tells what the decision was worth on the day of its address."""
    text = text_of(ask, f"{SHIELD}?as_of={day}&lang={lang}")
    section = text.partition('id="standing"')[2].partition("</section>")[0]
    assert vocabulary.load().label(state, lang) in section
    assert vocabulary.load().label(LAW["c-311-18"], lang) in text


def test_a_judgment_leads_to_what_it_concerns(ask: Asker) -> None:
    """And says its own state."""
    text = text_of(ask, "/law/c-311-18?as_of=2021-06-01")
    assert 'href="/law/eu-us-privacy-shield?' in text
    section = text.partition('id="standing"')[2].partition("</section>")[0]
    assert "Decided" in section


def test_law_is_listed_and_narrowed(ask: Asker) -> None:
    """The list on law, its facets and its forms are those of the question."""
    assert "Privacy Shield" in text_of(ask, "/law?place=https://w3id.org/dpv/loc%23US")
    rows = ask.get("/law.json?as_of=2019-06-01").json
    assert rows == ask.get("/questions/law.json?as_of=2019-06-01").json
    kind = "https://w3id.org/ropa-kg/ontology%23AdequacyDecision"
    some = ask.get(f"/law.json?kind={kind}&state=in%20force&as_of=2019-06-01").json
    assert 0 < len(some) < len(rows)
    assert {row["state"] for row in some} == {"in force"}
    assert ask.get("/law.csv").mimetype == "text/csv"


def test_terms_are_listed_by_list_and_found_by_words(ask: Asker) -> None:
    """Page, CSV and JSON narrow alike; words of a definition find as well."""
    words = vocabulary.load()
    purposes = URIRef(str(DPV) + "purposes-classes")
    listed = {s for s, p in words.naming(purposes) if p == SKOS.inScheme}
    rows = ask.get("/terms.json?list=dpv:purposes-classes").json
    assert {row["term"] for row in rows} <= {str(iri) for iri in listed}
    assert str(DPV.Marketing) in {row["term"] for row in rows}
    text = text_of(ask, "/terms?list=dpv:purposes-classes")
    assert all(f"<code>{row['name']}</code>" in text for row in rows)
    found = ask.get("/terms.csv?q=known+and+wanted").get_data(as_text=True)
    assert "dpv:Marketing" in [r["name"] for r in csv.DictReader(io.StringIO(found))]
    every = ask.get("/terms.json").json
    own = {str(i) for i in words.terms() if curie(i).startswith(("dpv:", "ropa:"))}
    assert own <= {row["term"] for row in every}
    assert ask.get("/terms?list=nothing", "application/json").status_code == 404


def test_rules_are_listed_with_their_findings(ask: Asker, register: Register) -> None:
    """Every rule once, with severity and the number of its findings."""
    rows = ask.get("/rules.json").json
    assert {row["rule"] for row in rows} == set(rules.rules())
    findings = [str(row[2]) for row in register.ask("findings").rows]
    for row in rows:
        assert int(row["findings"]) == findings.count(row["rule"]), row["rule"]
    text = text_of(ask, "/rules")
    assert all(f'href="/rules/{code}"' in text for code in rules.rules())
    assert "<th" in text and ask.get("/rules.csv").mimetype == "text/csv"


@pytest.mark.parametrize(
    ("words", "link", "kind"),
    [
        ("2016/1250", SHIELD, "Adequacy decision"),
        ("C-311/18", "/law/c-311-18", "Judgment"),
        ("purpose-missing", "/rules/purpose-missing", "Rule"),
        ("intérêt légitime", "/terms/dpv/LegitimateInterest", "Term"),
        ("known and wanted", "/terms/dpv/Marketing", "Term"),
        ("us-transfers", "/questions/us-transfers", "Question"),
        ("hubspot", "/organisations/hubspot", "Organisation"),
    ],
)
def test_search_finds_words_and_says_their_kind(
    ask: Asker, words: str, link: str, kind: str
) -> None:
    """Numbers, codes, labels of either language, definitions, entries."""
    text = text_of(ask, f"/search?q={words.replace(' ', '+')}")
    hit = next(
        part
        for part in text.split("<li>")
        if f'href="{link}"' in part and "kind" in part
    )
    assert kind in hit


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/terms/dpv/Marketng", "/terms/dpv/Marketing"),
        ("/law/eu-us-privacy-sheild", SHIELD),
        ("/rules/purpose-mising", "/rules/purpose-missing"),
    ],
)
def test_a_slip_in_an_address_names_the_nearest(
    ask: Asker, path: str, near: str
) -> None:
    """A page with links for people, a problem document for programs."""
    page = ask.page(path)
    assert page.status_code == 404
    assert f'href="{near}"' in page.get_data(as_text=True)
    problem = ask.get(path, "application/json")
    assert problem.status_code == 404
    assert problem.mimetype == "application/problem+json"
    assert near.rpartition("/")[2] in problem.json["hint"]
    french = ask.page(f"{path}?lang=fr").get_data(as_text=True)
    assert "Vouliez-vous dire" in french


@pytest.mark.parametrize("start", ["/terms/dpv/", "/law/", "/rules/", "/terms?q=",
                                   "/terms?list=", "/search?q="])  # fmt: skip
@pytest.mark.parametrize("name", ["%22%27%3Cscript%3Ex", "%7Bx%7D%3E", "y" * 3000])
def test_nasty_names_break_nothing(ask: Asker, start: str, name: str) -> None:
    """Quotes, markup, braces and very long names are refused or found nowhere."""
    answer = ask.page(start + name)
    assert answer.status_code in {200, 404}
    text = answer.get_data(as_text=True)
    assert "<script>x" not in text
    assert len(text) < 40_000


def test_names_of_entries_are_escaped(
    writable: Asker, fresh_register: Register
) -> None:
    """Markup in a title stays text on the page of a word."""
    entry = URIRef(fresh_register.base + "activities/wpo/marketing")
    graph = Graph()
    graph += fresh_register.read(entry)
    graph.set((entry, DCT.title, Literal(NASTY, lang="en")))
    fresh_register.add(graph, author="Ada", replaces=revisions.ANY)
    text = writable.page("/terms/dpv/Marketing").get_data(as_text=True)
    assert "<script>alert" not in text
    assert NASTY in html.unescape(text)


def test_the_menu_leads_to_law_and_rules(ask: Asker) -> None:
    """Both lists are reached from every page."""
    text = text_of(ask, "/companies").partition("</nav>")[0]
    assert 'href="/law"' in text and 'href="/rules"' in text


@pytest.mark.parametrize("path", ["/search", "/terms"])
def test_a_misspelt_word_is_guessed(ask: Asker, path: str) -> None:
    """A search in vain offers links to the words that come near; only then."""
    text = ask.page(f"{path}?q=legitmate&lang=fr").get_data(as_text=True)
    assert "Vouliez-vous dire" in text
    assert 'href="/terms/dpv/LegitimateInterest?lang=fr"' in text
    assert "Did you mean" not in ask.page(f"{path}?q=purpose").get_data(as_text=True)
    assert "Did you mean" not in ask.page(f"{path}?q=zzzz").get_data(as_text=True)
    assert "Did you mean" not in ask.page(path).get_data(as_text=True)
