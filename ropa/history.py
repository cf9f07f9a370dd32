"""Who changed what, when and why: each write leaves a change in PROV.

Pure: graphs in, graphs out. A change is one named graph; it is written in the same
update as the entries it is about.

Source: PROV-O; GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa.terms import PROV, RDF, ROPA, XSD

CHANGES = "changes/"

LATEST_REVISIONS = """
SELECT ?entry ?change ?agent ?digest WHERE {
  GRAPH ?change {
    ?revision prov:specializationOf ?entry ;
              prov:wasGeneratedBy ?change .
    ?change prov:wasAssociatedWith ?agent .
    OPTIONAL { ?revision ropa:digest ?digest }
  }
}
ORDER BY ?entry ?change
"""

NEWEST_CHANGE = """
SELECT ?change WHERE {
  GRAPH ?change { ?change a prov:Activity }
}
ORDER BY DESC(?change)
LIMIT 1
"""


@dataclass(frozen=True)
class Author:
    """Who answers for a change: a person by name, or the package itself."""

    name: str
    agent: URIRef

    @classmethod
    def person(cls, name: str) -> Author:
        """A person; the name is what they gave."""
        return cls(name=name, agent=ROPA.Person)

    @classmethod
    def package(cls, version: str) -> Author:
        """The installed package, which brings examples, vocabulary and law."""
        return cls(name=f"ropa {version}", agent=ROPA.Package)


def number_of(change: URIRef) -> int:
    """Give the running number of a change from its IRI."""
    return int(str(change).rsplit("/", 1)[-1])


def change_iri(base: str, number: int) -> URIRef:
    """Give the IRI of a change by its running number."""
    return URIRef(f"{base}{CHANGES}{number:09d}")


def change(
    base: str,
    number: int,
    *,
    revisions: Mapping[URIRef, str | None],
    author: Author,
    reason: str,
    when: datetime | None = None,
) -> tuple[URIRef, Graph]:
    """Describe one change.

    Args:
        base: base IRI of the register.
        number: running number, from 1; fixes the order of changes.
        revisions: digest of each entry after the change; None where it was removed.
        author: who answers for it.
        reason: why, in the author's words; may be empty.
        when: moment in UTC; now if not given.

    Returns:
        The change's IRI, which is its graph's name too, and the graph.
    """
    iri = change_iri(base, number)
    moment = (when or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    graph = Graph()
    graph.add((iri, RDF.type, PROV.Activity))
    graph.add(
        (iri, PROV.endedAtTime, Literal(moment, datatype=XSD.dateTime, normalize=False))
    )
    graph.add((iri, PROV.wasAssociatedWith, author.agent))
    graph.add((iri, ROPA.author, Literal(author.name)))
    if reason:
        graph.add((iri, ROPA.reason, Literal(reason)))
    for index, (entry, digest) in enumerate(sorted(revisions.items()), start=1):
        part = URIRef(f"{iri}#{index}")
        graph.add((part, RDF.type, PROV.Entity))
        graph.add((part, PROV.specializationOf, entry))
        graph.add((part, PROV.wasGeneratedBy, iri))
        if digest is None:
            graph.add(
                (
                    part,
                    PROV.invalidatedAtTime,
                    Literal(moment, datatype=XSD.dateTime, normalize=False),
                )
            )
        else:
            graph.add((part, ROPA.digest, Literal(digest)))
    return iri, graph


def last_author(
    rows: Iterable[Sequence[Node | None]],
) -> dict[URIRef, tuple[URIRef, str]]:
    """Fold the rows of ``LATEST_REVISIONS`` to the newest agent and digest of each."""
    latest: dict[URIRef, tuple[URIRef, str]] = {}
    for entry, _, agent, digest in rows:
        latest[URIRef(str(entry))] = (URIRef(str(agent)), str(digest or ""))
    return latest
