"""The SPARQL 1.1 Protocol for programs, and the query page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from rdflib import Graph

from ropa import syntax

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

COUNT = "SELECT (COUNT(?a) AS ?n) WHERE { ?a a dpv:PersonalDataProcess }"
TITLES = "SELECT ?title WHERE { ?a a dpv:PersonalDataProcess ; dct:title ?title }"
JSON = "application/sparql-results+json"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def number(answer: object) -> int:
    """Read the one number of a COUNT answer."""
    values = answer.get_json(force=True)  # type: ignore[attr-defined]
    return int(values["results"]["bindings"][0]["n"]["value"])


def test_query_arrives_by_all_three_ways(ask: Asker) -> None:
    """GET, a form and a body of the query's own media type give the same answer."""
    by_get = ask.get("/sparql?" + urlencode({"query": COUNT}), JSON)
    by_form = ask.send("POST", "/sparql", urlencode({"query": COUNT}), FORM)
    by_body = ask.send("POST", "/sparql", COUNT, QUERY)
    for answer in (by_get, by_form, by_body):
        assert answer.status_code == 200
        assert answer.mimetype == JSON
        assert number(answer) > 50


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("application/json", JSON),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        (f"{JSON}, application/n-triples", JSON),
    ],
)
def test_rows_in_each_form(ask: Asker, accept: str, media: str) -> None:
    """The rows of a SELECT are answered in the form that is wanted."""
    answer = ask.get("/sparql?" + urlencode({"query": COUNT}), accept)
    assert answer.status_code == 200
    assert answer.mimetype == media


def test_truth(ask: Asker) -> None:
    """An ASK is answered by true or false."""
    answer = ask.get("/sparql?query=" + quote("ASK { ?s ?p ?o }"), JSON)
    assert answer.get_json(force=True)["boolean"] is True


@pytest.mark.parametrize("suffix", ["turtle", "nt", "jsonld", "rdf"])
def test_graph_in_each_form(ask: Asker, suffix: str) -> None:
    """A CONSTRUCT is answered as a document."""
    text = "CONSTRUCT { ?a dct:title ?t } WHERE { ?a dct:title ?t } LIMIT 5"
    answer = ask.get("/sparql?" + urlencode({"query": text, "format": suffix}))
    assert answer.status_code == 200
    graph = Graph()
    for s, p, o, _ in syntax.parse(answer.data, syntax.MEDIA_TYPES[answer.mimetype]):
        graph.add((s, p, o))
    assert len(graph) == 5


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("SELECT * WHERE {", 400),
        ("SELECT ?s WHERE { ?s unknown:p ?o }", 400),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", 400),
        ("DROP ALL", 400),
        ("(" * 5000, 400),
    ],
)
def test_bad_query_is_refused(ask: Asker, text: str, status: int) -> None:
    """A query that cannot be read or asks for more than reading is 400, with words."""
    answer = ask.send("POST", "/sparql", text, QUERY)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "query"


def test_place_of_a_syntax_error(ask: Asker) -> None:
    """A query that cannot be read is told with line and column."""
    answer = ask.send("POST", "/sparql", "SELECT ?a\nWHERE { ?a ?b }", QUERY)
    assert answer.status_code == 400
    assert answer.json["line"] == 2
    assert answer.json["column"] > 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("update=DROP+ALL", FORM, 501),
        ("DROP ALL", "application/sparql-update", 501),
        (COUNT, "text/plain", 415),
        (urlencode([("query", COUNT), ("query", COUNT)]), FORM, 400),
        (urlencode({"query": COUNT, "default-graph-uri": "http://a/"}), FORM, 501),
        (b"\xff\xfe", QUERY, 400),
    ],
)
def test_protocol_errors(ask: Asker, body: bytes, kind: str, status: int) -> None:
    """What the protocol does not allow, or this server does not do, is told so."""
    assert ask.send("POST", "/sparql", body, kind).status_code == status


def test_form_without_such_an_answer(ask: Asker) -> None:
    """A table cannot be had as a picture."""
    answer = ask.get("/sparql?" + urlencode({"query": COUNT}), "image/png")
    assert answer.status_code == 406


def test_service_describes_itself(ask: Asker) -> None:
    """Without a query, a program gets the description of the service."""
    answer = ask.get("/sparql", "text/turtle")
    assert answer.mimetype == "text/turtle"
    assert "sparql-service-description#" in answer.get_data(as_text=True)


def test_page_lists_every_question(ask: Asker) -> None:
    """The gallery of the query page holds all named questions, in words."""
    from ropa import queries

    text = ask.page("/sparql").get_data(as_text=True)
    for question in queries.all_questions():
        assert f'href="/sparql?question={question.name}"' in text


def test_gallery_question_runs(ask: Asker) -> None:
    """A question of the gallery fills the editor and shows its rows with labels."""
    text = ask.page("/sparql?question=activities&run=1&company=wpo").get_data(
        as_text=True
    )
    assert "SELECT ?company ?activity" in text
    assert 'href="/activities/wpo/marketing"' in text
    assert "#+ summary" not in text
    assert "format=csv" in text


def test_page_keeps_the_text_of_a_bad_query(ask: Asker) -> None:
    """What was typed stays, with what is wrong and where."""
    typed = "SELECT ?a\nWHERE { ?a ?b <x> "
    answer = ask.page("/sparql?" + urlencode({"query": typed}))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "WHERE { ?a ?b &lt;x&gt; " in text
    assert 'data-line="2"' in text
    assert 'aria-invalid="true"' in text


def test_page_says_that_an_empty_answer_is_valid(ask: Asker) -> None:
    """No rows is no error."""
    answer = ask.page("/sparql?" + urlencode({"query": "SELECT ?a { ?a a dpv:X }"}))
    assert answer.status_code == 200
    assert "The query itself is valid" in answer.get_data(as_text=True)


def test_cut_answer_says_so(ask: Asker) -> None:
    """More rows than are sent are announced, to people and to programs."""
    ask.client.application.config["ROPA_MAX_ROWS"] = 5
    try:
        page = ask.page("/sparql?" + urlencode({"query": TITLES}))
        document = ask.get("/sparql?" + urlencode({"query": TITLES}), "text/csv")
    finally:
        ask.client.application.config["ROPA_MAX_ROWS"] = 10_000
    assert "The answer was cut" in page.get_data(as_text=True)
    assert document.headers["Ropa-Truncated"] == "true"
