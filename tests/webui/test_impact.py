"""The page of what falls with a decision."""

from __future__ import annotations

import csv
import html
import io
import re
from itertools import pairwise
from urllib.parse import quote

import pytest

from ropa.footing import Impact
from ropa.formats import weighed
from tests.webui.conftest import Asker

THEN = "/impact?without=privacy-shield&as_of=2019-06-01"
ASKED = f"{THEN}&instead=scc+2010"
HOSTILE = [
    '"><script>alert(1)</script>',
    "http://e.org/> } INSERT DATA { <a> <b> <c> } #",
    "{{ 7 * 7 }}",
    "x" * 5000,
    "\u202e",
    "law:",
    "://",
]


def text_of(ask: Asker, path: str, status: int = 200) -> str:
    """Open a page and give its text."""
    answer = ask.page(path)
    assert answer.status_code == status, path
    return html.unescape(answer.get_data(as_text=True))


def test_without_a_question_there_is_the_form(ask: Asker) -> None:
    """With the decisions that can be chosen; a program is told what is missing."""
    text = text_of(ask, "/impact")
    assert '<option value="law:eu-us-dpf">EU-US Data Privacy Framework' in text
    assert 'id="loses"' not in text
    answer = ask.get("/impact", "application/json")
    assert answer.status_code == 400
    assert answer.json["code"] == "input"


def test_the_loss_stands_with_its_links(ask: Asker) -> None:
    """On the day the Shield held, one notice had a transfer that rested on it."""
    text = text_of(ask, THEN)
    lost = text[text.index('<h2 id="loses"') :]
    lost = lost[: lost.index("</section>")]
    for part in ("/companies/wpo", "/organisations/hubspot", "/terms/loc/US"):
        assert part in lost
    assert "/law/eu-us-privacy-shield" in lost
    assert "Loses its footing" in lost
    assert text.index('id="loses"') < text.index('id="not-known"')


def test_the_day_and_the_language_are_carried_on(ask: Asker) -> None:
    """Links of the page keep both."""
    text = text_of(ask, f"{THEN}&lang=fr")
    assert "1er juin 2019" in text
    links = re.findall(r'href="(/(?:companies|law|terms)/[^"#]*)', text)
    assert links
    assert all("lang=fr" in at and "as_of=2019-06-01" in at for at in links)


def test_what_would_mend_it_has_a_column(ask: Asker) -> None:
    """Only in the group of losses, and only where it was asked for."""
    text = text_of(ask, ASKED)
    assert text.count("With what takes its place") == 1
    assert "1 of 1 would be mended" in text
    assert "With what takes its place" not in text_of(ask, THEN)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize(
    "path", ["/impact?", f"{ASKED}&", "/impact?without=nothing-such&"]
)
def test_page_is_sound(ask: Asker, path: str, lang: str) -> None:
    """Headings go down one step at a time, no id twice, every field has its label."""
    answer = ask.page(f"{path}lang={lang}")
    text = answer.get_data(as_text=True)
    steps = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
    assert steps[0] == 1 and steps.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(steps))
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    fields = re.findall(r'<input id="([^"]+)"', text)
    assert {"without", "instead", "impact-day"} <= {*fields}
    assert all(f'for="{field}"' in text for field in fields)
    assert "<style" not in text and " style=" not in text
    assert f'<html lang="{lang}">' in text


def test_words_of_groups_come_from_the_ontology(ask: Asker) -> None:
    """In French as well."""
    text = text_of(ask, f"{THEN}&lang=fr")
    assert "Perd son fondement" in text
    assert "Loses its footing" not in text


def test_json_is_the_whole_answer(ask: Asker) -> None:
    """By Accept and by suffix alike; it can be read back."""
    by_accept = ask.get(ASKED, "application/json")
    by_suffix = ask.get(ASKED.replace("/impact?", "/impact.json?"))
    assert by_accept.mimetype == by_suffix.mimetype == "application/json"
    assert by_accept.data == by_suffix.data
    found = Impact.from_json(by_accept.data)
    assert [one.is_mended for one in found.affected] == [True, None, None]


def test_csv_has_the_same_rows(ask: Asker) -> None:
    """With the columns of the command."""
    answer = ask.get(ASKED.replace("/impact?", "/impact.csv?"))
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [*rows[0]] == [*weighed.COLUMNS, *weighed.MENDING]
    found = Impact.from_json(ask.get(ASKED, "application/json").data)
    assert [row["transfer"] for row in rows] == [
        str(one.transfer) for one in found.affected
    ]


def test_other_forms_are_announced_and_unknown_ones_refused(ask: Asker) -> None:
    """Links to CSV and JSON; no Turtle of it."""
    links = ask.page(THEN).headers.getlist("Link")
    assert {re.search(r'type="([^"]+)"', link)[1] for link in links} == {  # type: ignore[index]
        "text/csv",
        "application/json",
    }
    assert ask.get("/impact.ttl?without=dpf").status_code == 406


@pytest.mark.parametrize("form", ["page", "json"])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["without", "instead"])
def test_hostile_text_is_refused_with_a_sentence(
    ask: Asker, name: str, text: str, form: str
) -> None:
    """It comes back as text only, and runs as no part of a query."""
    other = "" if name == "without" else "without=dpf&"
    path = f"/impact?{other}{name}={quote(text)}"
    answer = ask.page(path) if form == "page" else ask.get(path, "application/json")
    assert answer.status_code in {400, 404}
    body = answer.get_data(as_text=True)
    if form == "page":
        assert 'role="alert"' in body
        assert "<script>alert" not in body
        assert 'value="49"' not in body
    else:
        assert answer.json["detail"].endswith(".")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("without=dpf&without=uk", 400),
        ("without=dpf&instead=dpf", 400),
        ("without=dpf&as_of=yesterday", 400),
        ("without=standard+clauses", 404),
        ("without=c-311-18", 400),
        ("without=dpf&instead=dpv:Marketing", 400),
    ],
)
def test_what_cannot_be_asked_is_told(ask: Asker, query: str, status: int) -> None:
    """Alike to people and to programs."""
    assert ask.page(f"/impact?{query}").status_code == status
    assert ask.get(f"/impact?{query}", "application/json").status_code == status


def test_near_names_are_links_that_answer(ask: Asker) -> None:
    """A slip is mended by one click, and the day stays."""
    text = text_of(ask, "/impact?without=privcy-shild&as_of=2019-06-01", 404)
    at = re.search(r'<a href="([^"]+)">law:eu-us-privacy-shield</a>', text)
    assert at is not None
    assert 'id="loses"' in text_of(ask, at[1])


def test_a_day_past_the_review_is_said(ask: Asker) -> None:
    """Judged as on the last review."""
    assert "Judged as on the last review" in text_of(ask, f"{THEN[:-10]}2031-01-01")


@pytest.mark.parametrize(
    "path",
    [
        "/transfers",
        "/law",
        "/law/eu-us-dpf",
        "/law/scc-2021-914",
        "/law/membership-eea-no",
    ],
)
def test_pages_of_what_can_fall_lead_here(ask: Asker, path: str) -> None:
    """Each decision, set of clauses and membership, and both lists."""
    text = text_of(ask, path)
    at = re.search(r'href="(/impact[^"]*)"', text)
    assert at is not None
    assert ask.page(at[1]).status_code == 200


@pytest.mark.parametrize("path", ["/law/c-311-18", "/terms/dpv/Marketing"])
def test_pages_of_other_things_do_not(ask: Asker, path: str) -> None:
    """Nothing rests on a judgment or a purpose."""
    assert "/impact" not in text_of(ask, path)


def test_a_register_without_transfers_says_so(ask: Asker) -> None:
    """No transfer of the five goes to Norway."""
    assert "No transfer of this register is concerned." in text_of(
        ask, "/impact?without=NO"
    )


def test_companies_established_in_a_country_that_leaves(ask: Asker) -> None:
    """They are listed with links."""
    text = text_of(ask, "/impact?without=France")
    part = text[text.index('id="established"') :]
    assert "/companies/wpo" in part[: part.index("</section>")]


def test_an_empty_form_offers_no_other_form(ask: Asker) -> None:
    """A page that weighs nothing does not lead to data that would be refused."""
    assert "impact.csv" not in text_of(ask, "/impact")
    assert "impact.csv" in text_of(ask, "/impact?without=dpf")
