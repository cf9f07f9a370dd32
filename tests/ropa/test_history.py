"""Changes: who, when, why, and which revision each entry had afterwards."""

from datetime import UTC, datetime

from rdflib.term import Literal, URIRef

from ropa import history
from ropa.terms import PROV, RDF, ROPA

BASE = "https://example.org/data/"
ONE, TWO = URIRef(BASE + "companies/one"), URIRef(BASE + "companies/two")
MOMENT = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


ADA = history.Account(history.Author.person("Ada"), "yearly review")


def test_a_change_says_who_when_why_and_what() -> None:
    """Each entry of a change has its revision, and the change its author."""
    made = history.change(
        BASE,
        history.Head(6, "sha256:66", "2026-02-01T00:00:00Z"),
        ADA,
        revisions={ONE: history.Revision("sha256:aa"), TWO: history.Revision(None)},
        when=MOMENT,
    )
    iri, graph = made.iri, made.graphs[made.iri]
    assert str(iri) == BASE + "changes/000000007"
    assert history.number_of(iri) == 7
    assert graph.value(iri, ROPA.author) == Literal("Ada")
    assert graph.value(iri, ROPA.reason) == Literal("yearly review")
    assert str(graph.value(iri, PROV.endedAtTime)) == "2026-03-01T12:30:05Z"
    kept = graph.value(None, PROV.specializationOf, ONE)
    gone = graph.value(None, PROV.specializationOf, TWO)
    assert graph.value(kept, ROPA.digest) == Literal("sha256:aa")
    assert graph.value(gone, ROPA.digest) is None
    assert graph.value(gone, PROV.invalidatedAtTime) is not None
    assert len(set(graph.subjects(RDF.type, PROV.Entity))) == 2


def test_a_change_is_chained_to_the_one_before_it() -> None:
    """It names the change before and its digest, and bears one of all it says."""
    before = history.Head(6, "sha256:66", "2026-02-01T00:00:00Z")
    made = history.change(
        BASE, before, ADA, revisions={}, added="sha256:ad", when=MOMENT
    )
    graph = made.graphs[made.iri]
    assert graph.value(made.iri, PROV.wasInformedBy) == history.change_iri(BASE, 6)
    assert graph.value(made.iri, ROPA.precedingDigest) == Literal("sha256:66")
    assert graph.value(made.iri, ROPA.added) == history.added_graph(made.iri)
    assert graph.value(made.iri, ROPA.removed) is None
    digest = str(graph.value(made.iri, ROPA.changeDigest))
    assert digest == made.head.digest == history.change_digest(made.iri, graph)
    for triple in list(graph):
        if triple[1] == ROPA.changeDigest:
            continue
        graph.remove(triple)
        assert history.change_digest(made.iri, graph) != digest
        graph.add(triple)


def test_a_clock_that_was_put_back_does_not_reorder_history() -> None:
    """A change never bears an earlier moment than the one it follows."""
    late = history.Head(6, "sha256:66", "2026-03-01T12:30:05.5Z")
    made = history.change(BASE, late, ADA, revisions={}, when=MOMENT)
    assert made.head.moment == late.moment


def test_changes_sort_by_their_number() -> None:
    """The order of names is the order of time."""
    names = [str(history.change_iri(BASE, n)) for n in (2, 10, 999, 1000)]
    assert names == sorted(names)


def test_the_newest_change_of_an_entry_decides_who_left_it() -> None:
    """Rows come in the order of changes; the last one counts."""
    rows = [
        (ONE, URIRef(BASE + "changes/1"), ROPA.Package, Literal("sha256:aa")),
        (ONE, URIRef(BASE + "changes/2"), ROPA.Person, Literal("sha256:bb")),
        (TWO, URIRef(BASE + "changes/1"), ROPA.Package, None),
    ]
    assert history.last_author(rows) == {
        ONE: (ROPA.Person, "sha256:bb"),
        TWO: (ROPA.Package, ""),
    }
