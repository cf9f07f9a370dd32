"""The Graph Store Protocol, with revisions that must be stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

BASE = "https://w3id.org/ropa-kg/data/"
WPO = f"/rdf-graphs?graph={BASE}companies/wpo"
NEW = f"/rdf-graphs?graph={BASE}activities/wpo/test-entry&author=Test&reason=Trial"
ENTRY = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@base <https://w3id.org/ropa-kg/data/> .
<activities/wpo/test-entry> a dpv:PersonalDataProcess ;
    dct:title "A test"@en ;
    dct:isPartOf <companies/wpo#record> ;
    dpv:hasDataController <companies/wpo> ;
    dpv:hasPurpose <activities/wpo/test-entry#purpose> .
<activities/wpo/test-entry#purpose> a dpv:Purpose ;
    skos:prefLabel "To try"@en ;
    skos:broader dpv:Marketing .
"""
TURTLE = "text/turtle"


def test_stated_graph_is_read(ask: Asker) -> None:
    """A graph is answered by its IRI, as the page of the thing answers it."""
    answer = ask.get(WPO, TURTLE)
    assert answer.status_code == 200
    assert answer.data == ask.get("/companies/wpo.ttl").data


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/rdf-graphs", 400),
        ("/rdf-graphs?default", 501),
        (f"/rdf-graphs?graph={BASE}companies/none", 404),
        (f"/rdf-graphs?graph={BASE}companies/wpo/findings", 404),
        ("/rdf-graphs?graph=a%3Eb", 400),
    ],
)
def test_other_graphs_are_not(ask: Asker, path: str, status: int) -> None:
    """No name, the default graph, an unknown graph, findings: each told apart."""
    assert ask.get(path, TURTLE).status_code == status


def test_entry_is_made_changed_and_removed(writable: Asker) -> None:
    """A new entry is 201, its next revision 204, its removal 204, then 404."""
    made = writable.send("PUT", NEW, ENTRY, TURTLE, If_None_Match="*")
    assert made.status_code == 201, made.get_data(as_text=True)
    etag = made.headers["ETag"]
    assert writable.get(NEW, TURTLE).headers["ETag"] == etag
    assert writable.page("/activities/wpo/test-entry").status_code == 200
    other = ENTRY.replace("A test", "A better test")
    changed = writable.send("PUT", NEW, other, TURTLE, If_Match=etag)
    assert changed.status_code == 204
    assert "A better test" in writable.page("/companies/wpo").get_data(as_text=True)
    stale = writable.send("DELETE", NEW, "", TURTLE, If_Match=etag)
    assert stale.status_code == 412
    gone = writable.send("DELETE", NEW, "", TURTLE, If_Match=changed.headers["ETag"])
    assert gone.status_code == 204
    assert writable.get(NEW, TURTLE).status_code == 404


def test_revision_must_be_stated(writable: Asker) -> None:
    """A new entry needs no word, as for `ropa add`; what is there is not replaced."""
    assert writable.send("PUT", NEW, ENTRY, TURTLE).status_code == 201
    other = ENTRY.replace("A test", "A better test")
    for method, body in (("PUT", other), ("POST", other), ("DELETE", "")):
        answer = writable.send(method, NEW, body, TURTLE)
        assert answer.status_code == 428, method
        assert answer.json["code"] == "revision-missing"
    assert "A better" not in writable.get(NEW, TURTLE).get_data(as_text=True)


def test_stale_revision_is_refused(writable: Asker) -> None:
    """A revision that is no longer the newest is 412."""
    assert (
        writable.send("PUT", NEW, ENTRY, TURTLE, If_None_Match="*").status_code == 201
    )
    for headers in ({"If_None_Match": "*"}, {"If_Match": '"sha256:00.ttl"'}):
        answer = writable.send("PUT", NEW, ENTRY, TURTLE, **headers)
        assert answer.status_code == 412
        # Whole entries are told once.
        assert answer.json["clashes"][0]["entry"].endswith("activities/wpo/test-entry")
        assert "clashes" not in answer.json["details"]


def test_a_revision_of_what_never_was_is_refused(writable: Asker) -> None:
    """Nobody read it, so the name is wrong: nothing is made of a slip of the pen."""
    tag = f'"sha256:{"0" * 64}.ttl"'
    answer = writable.send("PUT", NEW, ENTRY, TURTLE, If_Match=tag)
    assert answer.status_code == 412
    assert "never had a revision" in answer.json["detail"]
    assert writable.get(NEW, TURTLE).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        f"{BASE}changes/000000001",
        f"{BASE}companies/wpo/findings",
        f"{BASE}companies/wpo/inferred",
        "https://w3id.org/ropa-kg/law/adequacy",
        "https://w3id.org/ropa-kg/ontology/countries",
    ],
)
def test_what_is_no_entry_is_not_removed(writable: Asker, name: str) -> None:
    """History is only added to; law, words and what is derived are nobody's entries."""
    at = f"/rdf-graphs?graph={name}&author=Test"
    assert writable.send("DELETE", at, "", TURTLE, If_Match="*").status_code == 404
    text = f"ASK {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    found = writable.send("POST", "/sparql", text, "application/sparql-query")
    assert found.json["boolean"] is True


def test_unsound_entry_is_refused_with_its_report(writable: Asker) -> None:
    """What is structurally unsound is 422, and the report says why."""
    entry = ENTRY.replace('    dct:title "A test"@en ;\n', "")
    answer = writable.send("PUT", NEW, entry, TURTLE, If_None_Match="*")
    assert answer.status_code == 422
    assert any(f["blocks"] for f in answer.json["report"]["findings"])
    assert writable.get(NEW, TURTLE).status_code == 404


def test_body_must_speak_of_the_named_graph(writable: Asker) -> None:
    """An entry cannot be slipped in under another name."""
    other = NEW.replace("test-entry", "other-entry")
    answer = writable.send("PUT", other, ENTRY, TURTLE, If_None_Match="*")
    assert answer.status_code == 400


def test_author_is_required(writable: Asker) -> None:
    """A change without an author is refused."""
    path = NEW.replace("&author=Test", "")
    assert (
        writable.send("PUT", path, ENTRY, TURTLE, If_None_Match="*").status_code == 400
    )


def test_entries_are_saved_like_ropa_add(writable: Asker) -> None:
    """Without a graph, all entries of a body are saved and listed."""
    answer = writable.send(
        "POST", "/rdf-graphs?author=Test", ENTRY, TURTLE, Accept="application/json"
    )
    assert answer.status_code == 201
    saved = answer.json["saved"]
    assert [one["iri"] for one in saved] == [f"{BASE}activities/wpo/test-entry"]
    assert saved[0]["revision"].startswith("sha256:")


def test_a_weak_tag_is_told_as_weak(writable: Asker) -> None:
    """It says of no revision that it was read: which, and what to send, is told."""
    made = writable.send("PUT", NEW, ENTRY, TURTLE, If_None_Match="*")
    etag = made.headers["ETag"]
    answer = writable.send("PUT", NEW, ENTRY, TURTLE, If_Match=f"W/{etag}")
    assert answer.status_code == 428
    assert "is weak" in answer.json["detail"]
    assert f"If-Match: {etag}" in answer.json["hint"]
    assert writable.send("PUT", NEW, ENTRY, TURTLE, If_Match=etag).status_code == 204
