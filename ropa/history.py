"""Who changed what, when and why: each write leaves a change in PROV.

A change is a named graph that says who, when, why and which revision each entry had
afterwards. Beside it stand two more: the statements that it added and those that it
removed. Each change bears a digest of all that is said of it, which includes the digest
of the change before it; so no change can be altered, left out or put in without that
all later ones would have to be written anew.

Pure: graphs in, graphs out. Whoever writes, writes a change in the same update as the
entries it is about (`ropa.recording`).

Source: PROV-O; GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, syntax
from ropa.terms import PROV, RDF, ROPA, XSD

CHANGES = "changes/"
_OF_CHANGE = re.compile(r"/changes/(\d+)(?=[/#]|$)")

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


def latest_revisions(names: Iterable[URIRef]) -> str:
    """Write ``LATEST_REVISIONS`` for some entries, whatever the register holds."""
    spelled = " ".join(map(syntax.n3, names))
    return LATEST_REVISIONS.replace("{", f"{{ VALUES ?entry {{ {spelled} }}", 1)


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


@dataclass(frozen=True)
class Account:
    """Who answers for a change, and why it was made.

    Attributes:
        author: who.
        reason: why, in the author's words; may be empty.
        kind: class of the change, where it is more than a change.
        said: what else is said of it, as property and value.
    """

    author: Author
    reason: str = ""
    kind: URIRef | None = None
    said: tuple[tuple[URIRef, Node], ...] = ()


class Head(NamedTuple):
    """The newest change of a register, which the next one follows.

    Attributes:
        number: its running number; 0 where there is none yet.
        digest: its digest.
        moment: when it was made, as ISO 8601 in UTC.
    """

    number: int = 0
    digest: str = ""
    moment: str = ""


class Revision(NamedTuple):
    """What a change made of one entry.

    Attributes:
        digest: of the entry's statements from then on; None where it was removed.
        follows: the revision before it; None for a new entry.
    """

    digest: str | None
    follows: URIRef | None = None


@dataclass(frozen=True)
class Change:
    """A change, ready to be written.

    Attributes:
        iri: its name.
        head: what the next change follows.
        graphs: the graphs to be written, by name.
    """

    iri: URIRef
    head: Head
    graphs: Mapping[URIRef, Graph]


def number_of(change: Node) -> int:
    """Give the running number of a change, or of a revision, from its IRI."""
    return int(str(change).partition("#")[0].rsplit("/", 1)[-1])


def change_iri(base: str, number: int) -> URIRef:
    """Give the IRI of a change by its running number."""
    return URIRef(f"{base}{CHANGES}{number:09d}")


def added_graph(change: Node) -> URIRef:
    """Name the graph of what a change added."""
    return URIRef(f"{change}/added")


def removed_graph(change: Node) -> URIRef:
    """Name the graph of what a change removed."""
    return URIRef(f"{change}/removed")


def newest_graph(base: str) -> URIRef:
    """Name the graph that says which change is the newest."""
    return URIRef(f"{base}{CHANGES}newest")


def is_kept_whole(name: Node) -> bool:
    """Tell whether history keeps the statements of a graph, not only its digest.

    Vocabulary, law and shapes can be had again from the package that brought them.
    """
    return entry.is_of_answers(name) or not entry.is_reserved(name)


def number_in(graph: Node) -> int | None:
    """Give the change that a graph belongs to, by the graph's name; None if to none."""
    found = _OF_CHANGE.search(str(graph))
    return int(found[1]) if found else None


def moment_of(when: datetime) -> str:
    """Write a moment as changes do: UTC, to the thousandth of a second.

    Args:
        when: an aware moment.
    """
    text = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    # As it is normalised, so that what is written is what comes back.
    return text.rstrip("0").rstrip(".") + "Z" if "." in text else f"{text}Z"


def change(
    base: str,
    head: Head,
    account: Account,
    *,
    revisions: Mapping[URIRef, Revision],
    added: str | None = None,
    removed: str | None = None,
    beside: Iterable[tuple[Node, Node, Node]] = (),
    when: datetime | None = None,
) -> Change:
    """Describe one change.

    Args:
        base: base IRI of the register.
        head: the change that it follows.
        account: who answers for it, and why.
        revisions: what became of each entry.
        added: digest of the statements that were not there before, if there are any;
            they are to be written to `added_graph`.
        removed: digest of those that were there and are no more, likewise.
        beside: what its graph says of other things, which its digest vouches for.
        when: moment in UTC; now if not given. Never before the change it follows:
            a clock that was put back does not reorder history.
    """
    iri = change_iri(base, head.number + 1)
    moment = _later(moment_of(when or datetime.now(UTC)), head.moment)
    ended = Literal(moment, datatype=XSD.dateTime, normalize=False)
    graph = Graph(store="SimpleMemory")
    graph.add((iri, RDF.type, PROV.Activity))
    graph.add((iri, RDF.type, ROPA.Change))
    if account.kind is not None:
        graph.add((iri, RDF.type, account.kind))
    graph.add((iri, PROV.endedAtTime, ended))
    graph.add((iri, PROV.wasAssociatedWith, account.author.agent))
    graph.add((iri, ROPA.author, Literal(account.author.name)))
    if account.reason.strip():
        graph.add((iri, ROPA.reason, Literal(account.reason)))
    if head.number:
        graph.add((iri, PROV.wasInformedBy, change_iri(base, head.number)))
        # Changes before a baseline bear no digest of their own.
        if head.digest:
            graph.add((iri, ROPA.precedingDigest, Literal(head.digest)))
    for way, value in account.said:
        graph.add((iri, way, value))
    for index, (name, revision) in enumerate(sorted(revisions.items()), start=1):
        part = URIRef(f"{iri}#{index}")
        graph.add((part, RDF.type, PROV.Entity))
        graph.add((part, PROV.specializationOf, name))
        graph.add((part, PROV.wasGeneratedBy, iri))
        if revision.follows is not None:
            graph.add((part, PROV.wasRevisionOf, revision.follows))
        if revision.digest is None:
            graph.add((part, PROV.invalidatedAtTime, ended))
        else:
            graph.add((part, ROPA.digest, Literal(revision.digest)))
    for way, mark, name, moved in (
        (ROPA.added, ROPA.addedDigest, added_graph(iri), added),
        (ROPA.removed, ROPA.removedDigest, removed_graph(iri), removed),
    ):
        if moved is not None:
            graph.add((iri, way, name))
            graph.add((iri, mark, Literal(moved)))
    for triple in beside:
        graph.add(triple)
    digest = change_digest(iri, graph)
    graph.add((iri, ROPA.changeDigest, Literal(digest)))
    newest = Graph(store="SimpleMemory")
    newest.add((URIRef(f"{base}changes"), ROPA.newestChange, iri))
    graphs = {iri: graph, newest_graph(base): newest}
    return Change(iri, Head(head.number + 1, digest, moment), graphs)


def change_digest(iri: URIRef, graph: Iterable[Sequence[Node]]) -> str:
    """Give the digest of a change: of all that its graph says, the digest aside."""
    return syntax.digest(
        triple for triple in graph if tuple(triple[:2]) != (iri, ROPA.changeDigest)
    )


def _later(moment: str, other: str) -> str:
    """Give the later of two moments; of equal seconds one may have no fraction."""
    if not other:
        return moment
    both = (moment, other)
    return max(both, key=datetime.fromisoformat)


def last_author(
    rows: Iterable[Sequence[Node | None]],
) -> dict[URIRef, tuple[URIRef, str]]:
    """Fold the rows of ``LATEST_REVISIONS`` to the newest agent and digest of each."""
    latest: dict[URIRef, tuple[URIRef, str]] = {}
    for name, _, agent, digest in rows:
        latest[URIRef(str(name))] = (URIRef(str(agent)), str(digest or ""))
    return latest
