"""One contract, run on every kind of store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rdflib import XSD, Graph
from rdflib.term import BNode, Literal, URIRef

from ropa.errors import FormatError, NotSupported, QueryError
from ropa.store import open_store
from ropa.store.base import Store

A, B = URIRef("http://example.org/a"), URIRef("http://example.org/b")
ASIDE = URIRef("http://example.org/a/inferred")
P = URIRef("http://example.org/p")


def in_union(graph: URIRef) -> bool:
    """Count all but inferred graphs as stated."""
    return not graph.endswith("/inferred")


def graph_of(*values: object, subject: URIRef = A) -> Graph:
    """Make a graph of one subject and property."""
    graph = Graph()
    for value in values:
        term = value if isinstance(value, Literal | URIRef) else Literal(value)
        graph.add((subject, P, term))
    return graph


@pytest.fixture(params=["memory", "folder"])
def reopened(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], Store]]:
    """Open the store; called again, a folder is closed and opened anew."""
    opened: list[Store] = []

    def get() -> Store:
        if request.param == "memory":
            if not opened:
                opened.append(open_store("memory:", in_union=in_union))
            return opened[0]
        if opened:
            opened.pop().close()
        opened.append(open_store(tmp_path / "register", in_union=in_union))
        return opened[0]

    yield get
    for store in opened:
        store.close()


@pytest.fixture
def store(reopened: Callable[[], Store]) -> Store:
    """Give one store of each kind."""
    return reopened()


def values(store: Store, where: str = "?s ?p ?o") -> list[str]:
    """List what ?o stands for in the default graph or another pattern."""
    rows = store.select(f"SELECT ?o WHERE {{ {where} }} ORDER BY ?o").rows
    return [str(value) for (value,) in rows]


class TestWriting:
    """Whole graphs in, the union of the stated ones in the default graph."""

    def test_graph_comes_back(self, reopened: Callable[[], Store]) -> None:
        """What was written is read again, also by the next process."""
        written = graph_of("x", Literal("é\n\"'\\", lang="fr"), B, Literal("P13M"))
        reopened().write({A: written})
        assert set(reopened().graph(A)) == set(written)

    def test_replaces_whole(self, store: Store) -> None:
        """A second write leaves nothing of the first."""
        store.write({A: graph_of("old", "same")})
        store.write({A: graph_of("same", "new")})
        assert values(store) == ["new", "same"]
        assert set(store.graph(A)) == set(graph_of("same", "new"))

    @pytest.mark.parametrize("nothing", [None, Graph()])
    def test_removes(self, store: Store, nothing: Graph | None) -> None:
        """None and an empty graph remove a graph and its name."""
        store.write({A: graph_of("x"), B: graph_of("y", subject=B)})
        store.write({A: nothing})
        assert store.graphs() == [B]
        assert values(store) == ["y"]

    def test_shared_triple_stays(self, store: Store) -> None:
        """A triple leaves the default graph only when no stated graph holds it."""
        store.write({A: graph_of("both"), B: graph_of("both")})
        store.write({A: None})
        assert values(store) == ["both"]
        store.write({B: None})
        assert values(store) == []

    def test_triple_moves(self, store: Store) -> None:
        """A triple that changes its graph within one write stays in the union."""
        store.write({A: graph_of("x")})
        store.write({A: None, B: graph_of("x")})
        assert values(store) == ["x"]
        store.write({B: None, A: graph_of("x")})
        assert values(store) == ["x"]
        assert store.graphs() == [A]

    def test_aside_is_not_stated(self, store: Store) -> None:
        """A graph that does not count as stated is reached by GRAPH only."""
        store.write({A: graph_of("stated"), ASIDE: graph_of("stated", "follows")})
        assert values(store) == ["stated"]
        assert values(store, f"GRAPH <{ASIDE}> {{ ?s ?p ?o }}") == ["follows", "stated"]
        store.write({A: None})
        assert values(store) == []

    def test_rewritten_literal(self, store: Store) -> None:
        """A number that the engine writes in its own way is not lost or doubled."""
        for text in ("1.50", "1.5", "01.500"):
            number = Literal(text, datatype=XSD.decimal, normalize=False)
            store.write({A: graph_of(number), B: graph_of(number)})
            assert values(store) == ["1.5"]
        store.write({A: None, B: None})
        assert values(store) == []

    def test_text_is_kept(self, store: Store) -> None:
        """Texts that look like escapes, comments or SPARQL stay what they are."""
        texts = [r"\u0041", '"} ; DROP ALL', "# no comment", "\t\r\n", "{ ?s ?p ?o }"]
        store.write({A: graph_of(*texts)})
        assert set(store.graph(A).objects()) == {Literal(text) for text in texts}

    @pytest.mark.parametrize(
        "term",
        [
            URIRef("http://x> . } ; DROP ALL #"),
            URIRef("http://x/a b"),
            URIRef(""),
            URIRef("http://x/\ud800"),
            Literal("x", datatype=URIRef("http://x> } ; DROP ALL #")),
            Literal("\ud800"),
            pytest.param(BNode(), id="nameless"),
        ],
    )
    def test_refuses_odd_terms(self, store: Store, term: URIRef) -> None:
        """Nothing of a write is done where one term cannot be kept."""
        store.write({B: graph_of("there")})
        odd = Graph()
        odd.add((A, P, term))
        with pytest.raises(FormatError):
            store.write({B: None, A: odd})
        with pytest.raises(FormatError):
            store.load([(A, P, term, A)])
        assert values(store) == ["there"]

    def test_revision(self, store: Store) -> None:
        """A write that changes something raises the revision; another does not."""
        store.write({A: graph_of("x")})
        revision = store.revision
        store.write({A: graph_of("x")})
        assert store.revision == revision
        store.write({A: graph_of("y")})
        assert store.revision > revision

    def test_writers_at_once(self, store: Store) -> None:
        """Writers in several threads leave one of their states, union included."""

        def work(number: int) -> None:
            for turn in range(20):
                value = f"{number}-{turn}"
                store.write({A: graph_of(value), B: graph_of(value)})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(store.graph(A)) == set(store.graph(B))
        assert values(store) == [str(value) for value in store.graph(A).objects()]


class TestLoading:
    """Many quads at once, and all of them out again."""

    def test_load_fills_union(self, reopened: Callable[[], Store]) -> None:
        """Loaded graphs are in the default graph as written ones are."""
        reopened().load([(A, P, Literal("x"), A), (A, P, Literal("y"), ASIDE)])
        store = reopened()
        assert values(store) == ["x"]
        assert store.graphs() == [A, ASIDE]

    def test_load_large(self, reopened: Callable[[], Store]) -> None:
        """A load past the transaction log gives the same."""
        subjects = [URIRef(f"http://example.org/{n}") for n in range(60_000)]
        reopened().load((s, P, Literal("some text"), A) for s in subjects)
        count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
        assert str(reopened().select(count).rows[0][0]) == "60000"

    def test_load_lines(self, reopened: Callable[[], Store]) -> None:
        """Lines of N-Triples are loaded as the triples they stand for."""
        lines = [f'<{A}> <{P}> "_:x \\" > _:y"@en .', f"<{A}> <{P}> <{B}> ."]
        reopened().load_lines({A: lines, ASIDE: [f'<{A}> <{P}> "y" .']})
        store = reopened()
        assert {*store.graph(A)} == {*graph_of(Literal('_:x " > _:y', lang="en"), B)}
        assert len(values(store)) == 2
        assert store.graphs() == [A, ASIDE]

    @pytest.mark.parametrize(
        "odd",
        [
            f"<{A}> <{P}> _:x .",
            f"_:x <{P}> <{A}> .",
            f"<{A}> <{P}> <http://x/a b> .",
            f"<{A}> <{P}> <> .",
            f"<{A}> <{P}> <{A}> <{B}> .",
            f'<{A}> <{P}> "\ud800" .',
            f"<{A}> <{P}> .",
        ],
    )
    def test_load_refuses_odd_lines(self, store: Store, odd: str) -> None:
        """Nothing is loaded where a line is no statement or about a nameless node."""
        with pytest.raises(FormatError):
            store.load_lines({A: [f"<{A}> <{P}> <{B}> .", odd]})
        assert values(store) == []

    def test_dump(self, store: Store) -> None:
        """The dump holds each quad once, without the default graph."""
        written = graph_of("x", 'a "quote"\n', Literal("y", lang="en"))
        store.write({A: written, ASIDE: graph_of("z")})
        lines = b"".join(store.dump()).decode().splitlines()
        assert len(lines) == len(set(lines)) == 4
        assert sum(line.endswith(f" <{A}> .") for line in lines) == 3
        assert f'<{A}> <{P}> "z" <{ASIDE}> .' in lines


class TestAsking:
    """SPARQL answers as rdflib terms."""

    def test_select(self, store: Store) -> None:
        """Columns keep their order; what is unbound is None; literals their text."""
        number = Literal("007", datatype=XSD.string)
        store.write({A: graph_of(number, Literal("x", lang="fr"))})
        table = store.select(
            "SELECT ?o ?none ?s WHERE { ?s ?p ?o FILTER(LANG(?o) = 'fr') }"
        )
        assert table.columns == ["o", "none", "s"]
        assert table.rows == [(Literal("x", lang="fr"), None, A)]

    def test_ask_and_construct(self, store: Store) -> None:
        """The two other kinds of query."""
        store.write({A: graph_of("x")})
        assert store.ask("ASK { ?s ?p 'x' }")
        assert not store.ask("ASK { ?s ?p 'y' }")
        assert set(store.construct("CONSTRUCT WHERE { ?s ?p ?o }")) == set(
            graph_of("x")
        )

    def test_project_prefixes(self, store: Store) -> None:
        """The project's prefixes need no declaration."""
        assert (
            store.select("SELECT * WHERE { ?s a dpv:PersonalDataProcess }").rows == []
        )

    def test_bad_query(self, store: Store) -> None:
        """A query that cannot be read names its place, an unknown prefix its name."""
        with pytest.raises(QueryError) as caught:
            store.select("SELECT *\nWHERE { ?s ?p }")
        assert caught.value.details["line"] == 2
        with pytest.raises(QueryError, match="prefix nope: is not known") as caught:
            store.select("SELECT * { ?s nope:x ?o }")
        assert caught.value.details["column"] == 15

    def test_wrong_kind(self, store: Store) -> None:
        """Each door takes its own kind of query."""
        with pytest.raises(QueryError):
            store.select("ASK {}")
        with pytest.raises(QueryError):
            store.ask("SELECT * {}")
        with pytest.raises(QueryError):
            store.construct("ASK {}")


def test_remote_address() -> None:
    """An address on the web is refused with a hint, not taken for a folder."""
    with pytest.raises(NotSupported) as caught:
        open_store("http://127.0.0.1:1/sparql", in_union=in_union)
    assert caught.value.hint
