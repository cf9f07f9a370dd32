"""Queries that nobody has checked, in the child process that answers them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import bounded
from ropa.bounded import Limits
from ropa.errors import LimitReached, QueryError
from ropa.store import open_store
from ropa.store.base import Store

A = URIRef("http://example.org/a")
P = URIRef("http://example.org/p")
ROWS = 300
# Where another limit is meant, a busy machine must not reach the deadline first.
PATIENT = Limits(seconds=60)

Ask = Callable[..., tuple[dict[str, Any], bytes]]


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of either kind with a few hundred triples."""
    address = "memory:" if request.param == "memory" else str(tmp_path / "register")
    store = open_store(address, in_union=lambda graph: graph == A)
    graph = Graph()
    for number in range(ROWS):
        graph.add((URIRef(f"{A}#{number}"), P, Literal(number)))
    aside = Graph()
    aside.add((A, P, Literal("aside", lang="en")))
    store.write({A: graph, URIRef(f"{A}/inferred"): aside})
    yield store
    store.close()


@pytest.fixture
def ask(store: Store) -> Ask:
    """Put a query to the child, as the SPARQL page does."""

    def run(
        query: str, *, max_rows: int = 1000, limits: Limits = bounded.DEFAULTS
    ) -> tuple[dict[str, Any], bytes]:
        with store.snapshot() as snapshot:
            return bounded.call(
                "ropa.store.answering:answer",
                {
                    "query": query,
                    "path": str(snapshot.path) if snapshot.path else None,
                    "prefixes": {"ex": "http://example.org/"},
                    "max_rows": max_rows,
                },
                snapshot.nquads or b"",
                limits=limits,
            )

    return run


class TestAnswers:
    """Each kind of answer, over the state at the time of asking."""

    def test_select(self, ask: Ask) -> None:
        """Bindings come as SPARQL JSON, columns in order, what is unbound left out."""
        header, body = ask(
            "SELECT ?o ?none ?s { GRAPH <http://example.org/a/inferred>"
            " { ?s ex:p ?o } }"
        )
        assert header["kind"] == "select"
        assert header["columns"] == ["o", "none", "s"]
        assert header["truncated"] is False
        assert 0 < header["seconds"] < 5
        assert json.loads(body) == {
            "head": {"vars": ["o", "none", "s"]},
            "results": {
                "bindings": [
                    {
                        "o": {"type": "literal", "value": "aside", "xml:lang": "en"},
                        "s": {"type": "uri", "value": str(A)},
                    }
                ]
            },
        }

    def test_default_graph(self, ask: Ask) -> None:
        """A plain pattern sees the stated graphs, and only these."""
        _, body = ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        assert json.loads(body)["results"]["bindings"][0]["n"]["value"] == str(ROWS)

    def test_ask(self, ask: Ask) -> None:
        """A yes or no."""
        header, body = ask("ASK { ?s ex:p 7 }")
        assert header["kind"] == "ask"
        assert json.loads(body) == {"head": {}, "boolean": True}

    def test_graph(self, ask: Ask) -> None:
        """CONSTRUCT and DESCRIBE come as N-Triples, each triple once."""
        header, body = ask("CONSTRUCT { ?s a ex:T } { ?s ex:p 7 . ?t ex:p ?u }")
        assert header["kind"] == "graph"
        assert body.decode().splitlines() == [
            "<http://example.org/a#7> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
            " <http://example.org/T> ."
        ]

    def test_sees_writes(self, store: Store, ask: Ask) -> None:
        """A later question sees a later state."""
        store.write({A: None})
        _, body = ask("ASK { ?s ?p ?o }")
        assert json.loads(body)["boolean"] is False

    def test_bad_query(self, ask: Ask) -> None:
        """Line and column are those of the text given."""
        with pytest.raises(QueryError) as caught:
            ask("SELECT *\n{ ?s ?p }")
        assert caught.value.details["line"] == 2
        with pytest.raises(QueryError, match="prefix nope: is not known"):
            ask("SELECT * { ?s nope:p ?o }")


class TestLimits:
    """What costs too much is cut or ended, and the next question is answered."""

    @pytest.fixture(autouse=True)
    def lives_on(self, ask: Ask) -> Iterator[None]:
        """After each of these the store answers as before."""
        yield
        assert json.loads(ask("ASK { ?s ?p ?o }")[1])["boolean"] is True

    def test_many_rows(self, ask: Ask) -> None:
        """A result that explodes is cut after the rows allowed, and says so."""
        header, body = ask("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", max_rows=50)
        assert header["truncated"] is True
        assert len(json.loads(body)["results"]["bindings"]) == 50
        header, body = ask("CONSTRUCT WHERE { ?s ?p ?o }", max_rows=50)
        assert header["truncated"] is True
        assert len(body.splitlines()) == 50
        header, _ = ask("SELECT * { ?s ?p ?o }", max_rows=ROWS)
        assert header["truncated"] is False

    def test_large_answer(self, ask: Ask) -> None:
        """An answer of too many bytes is refused."""
        with pytest.raises(LimitReached) as caught:
            ask("SELECT * { ?s ?p ?o }", limits=Limits(output_bytes=1000))
        assert caught.value.details["limit"] == "bytes"

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
            "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c + ?f + ?i < 0) }",
        ],
    )
    def test_endless(self, ask: Ask, query: str) -> None:
        """A product without end is stopped at the deadline."""
        started = time.monotonic()
        with pytest.raises(LimitReached) as caught:
            ask(query, limits=Limits(seconds=1))
        assert caught.value.details["limit"] == "seconds"
        assert time.monotonic() - started < 10

    def test_memory_bomb(self, ask: Ask) -> None:
        """A text that multiplies itself ends the child, not this process."""
        grown = " ".join(
            f"BIND(CONCAT({', '.join([f'?a{n}'] * 40)}) AS ?a{n + 1})" for n in range(6)
        )
        with pytest.raises(LimitReached) as caught:
            ask(f"SELECT ?a6 {{ BIND('{'x' * 40}' AS ?a0) {grown} }}", limits=PATIENT)
        assert caught.value.details["limit"] == "memory"

    @pytest.mark.parametrize(
        "query",
        [
            f"ASK {{ FILTER({'(' * 150}1{')' * 150}) }}",
            f"ASK {'{' * 150}{'}' * 150}",
            f"ASK {{ FILTER({'||'.join(['?x'] * 250)}) }}",
            f"ASK {{ FILTER(1{'+1' * 450} > 1) }}",
            f"ASK {{ FILTER({'!' * 450}true) }}",
            f"ASK {{ ?s {'/'.join(['ex:p'] * 150)} ?o }}",
            f"ASK {'{ ?s ?p ?o OPTIONAL ' * 100}{{}}{'}' * 100}",
            f"ASK {{ {' UNION '.join(['{ ?s ?p ?o }'] * 140)} }}",
            f"SELECT * {{ {' '.join(f'BIND(1 AS ?b{n})' for n in range(140))} }}",
            f"SELECT * {{ VALUES ?x {{ {'1 ' * 30000} }} }}",
            f"ASK {{ {'FILTER EXISTS { ' * 70}{'}' * 70} }}",
        ],
    )
    def test_just_below_the_caps(self, ask: Ask, query: str) -> None:
        """What the guard lets through does not end the engine."""
        assert ask(query, limits=PATIENT)[0]["kind"] in {"ask", "select"}


class TestReach:
    """A query sees the register and nothing else."""

    @pytest.fixture
    def listener(self) -> Iterator[socket.socket]:
        """A server that must not be spoken to."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.2)
            yield listener
            with pytest.raises(TimeoutError):
                listener.accept()

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
            "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
            "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
            "LOAD <URL>",
        ],
    )
    def test_other_servers(self, ask: Ask, listener: socket.socket, query: str) -> None:
        """No form of SERVICE or LOAD makes a connection."""
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(QueryError):
            ask(query.replace("URL", url))

    @pytest.mark.parametrize("keyword", ["SERVICE", "SERVICE SILENT"])
    def test_below_the_guard(
        self,
        store: Store,
        listener: socket.socket,
        monkeypatch: pytest.MonkeyPatch,
        keyword: str,
    ) -> None:
        """Were SERVICE let through, the sealed child could not connect."""
        monkeypatch.setattr(
            bounded,
            "_START",
            bounded._START.replace(
                "serve()",
                "import ropa.store.answering as e;e.guard=lambda text:None;serve()",
            ),
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        question = {"query": f"SELECT * {{ {keyword} <{url}> {{ ?s ?p ?o }} }}"}
        if "SILENT" in keyword:
            bounded.call("ropa.store.answering:answer", question)
        else:
            with pytest.raises(QueryError, match="cannot be answered"):
                bounded.call("ropa.store.answering:answer", question)

    def test_files(self, ask: Ask, tmp_path: Path) -> None:
        """FROM names graphs of the register, never files."""
        file = tmp_path / "secret.ttl"
        file.write_text("<a:a> <a:b> <a:c> .")
        _, body = ask(f"SELECT * FROM <{file.as_uri()}> {{ ?s ?p ?o }}")
        assert json.loads(body)["results"]["bindings"] == []


def test_a_folder_that_was_opened_again_still_answers(tmp_path: Path) -> None:
    """The engine then reads from more files than it opens by itself."""
    from ropa.store import answering

    quads = [
        (
            URIRef(f"https://e.example/{n}"),
            URIRef(f"https://e.example/p{n % 7}"),
            Literal(f"a text that is no short one {n}", lang="en"),
            URIRef(f"https://e.example/g{n % 50}"),
        )
        for n in range(20_000)
    ]
    for part in range(4):
        store = open_store(str(tmp_path), in_union=lambda name: name[-1] in "13579")
        store.load(quads[part::4])
        store.close()
    store = open_store(str(tmp_path), in_union=lambda _: True)
    try:
        with store.snapshot() as snapshot:
            files = list(snapshot.path.glob("*.sst"))
            header, _ = bounded.call(
                "ropa.store.answering:answer",
                {
                    "query": "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } }",
                    "path": str(snapshot.path),
                    "max_rows": 30_000,
                },
            )
    finally:
        store.close()
    assert len(files) > answering.OPENED_AT_START
    assert not header["truncated"]
