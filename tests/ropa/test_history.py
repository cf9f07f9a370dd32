"""Changes: who, when, why, and which revision each entry had afterwards."""

from datetime import UTC, datetime

from rdflib.term import Literal, URIRef

from ropa import history
from ropa.terms import PROV, RDF, ROPA

BASE = "https://example.org/data/"
ONE, TWO = URIRef(BASE + "companies/one"), URIRef(BASE + "companies/two")
MOMENT = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)


def test_a_change_says_who_when_why_and_what() -> None:
    """Each entry of a change has its revision, and the change its author."""
    iri, graph = history.change(
        BASE,
        7,
        revisions={ONE: "sha256:aa", TWO: None},
        author=history.Author.person("Ada"),
        reason="yearly review",
        when=MOMENT,
    )
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


def test_changes_sort_by_their_number() -> None:
    """The order of names is the order of time."""
    names = [
        str(
            history.change(
                BASE, n, revisions={}, author=history.Author.person("x"), reason=""
            )[0]
        )
        for n in (2, 10, 999, 1000)
    ]
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
