"""One entry: a document of the register, its identity and its parts.

An entry is an activity, a company with its record, a shared organisation or a source.
Its IRI is the name of its graph; its parts are fragments of that IRI, so which graph a
triple belongs to is read off its subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import syntax
from ropa.errors import FormatError
from ropa.terms import ROPA, TIME, XSD

PROJECT = "https://w3id.org/ropa-kg/"
SHAPES_BASE = PROJECT + "shapes"
_ASIDE_SUFFIXES = ("/inferred", "/suggested", "/findings", "/answers")
_DERIVED_SUFFIXES = ("/inferred", "/findings")
_ASIDE_PARTS = ("/changes/",)

# ISO 8601 period as interface.md writes it, and how many days a unit counts for
# comparison (a year 365, a month 30): an agreed yardstick, not a calendar.
_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_UNITS = (
    (365, "unitYear"),
    (30, "unitMonth"),
    (7, "unitWeek"),
    (1, "unitDay"),
)


def document(iri: Node) -> URIRef:
    """Give the entry that an IRI belongs to: the IRI without its fragment."""
    if type(iri) is URIRef and "#" not in iri:
        return iri
    return URIRef(str(iri).split("#", 1)[0])


def is_stated(graph: Node) -> bool:
    """Tell whether a graph holds stated triples, vocabulary or law.

    Inferred and suggested statements, findings, answers to them, changes and shapes
    stand aside: they are reached by ``GRAPH`` and are no part of the default graph
    (interface.md, graph patterns).
    """
    name = str(graph)
    return not (
        name.endswith(_ASIDE_SUFFIXES)
        or any(part in name for part in _ASIDE_PARTS)
        or name.startswith(SHAPES_BASE)
    )


def is_reserved(name: Node) -> bool:
    """Tell whether a name is kept for what is no entry.

    Vocabulary, law and shapes have the project's own names, and findings, answers,
    inferred statements and changes have names made from those of entries.
    """
    return is_shipped(name) or not is_stated(name)


def is_shipped(name: Node) -> bool:
    """Tell whether a name is the project's own: vocabulary, law or shapes."""
    text = str(name)
    return text.startswith(PROJECT) and not text.startswith(PROJECT + "data/")


def is_derived(graph: Node) -> bool:
    """Tell whether a graph holds what can be made again: findings, what follows."""
    return str(graph).endswith(_DERIVED_SUFFIXES)


def of_derived(graph: Node) -> URIRef:
    """Give the entry that a graph of findings, or of what follows, stands beside."""
    return URIRef(str(graph).rpartition("/")[0])


def inferred_graph(entry: Node) -> URIRef:
    """Give the graph of what follows from an entry."""
    return URIRef(f"{document(entry)}/inferred")


def suggested_graph(entry: Node) -> URIRef:
    """Give the graph of what someone suggests for an entry, never its own claim."""
    return URIRef(f"{document(entry)}/suggested")


def findings_graph(entry: Node) -> URIRef:
    """Give the graph of the findings about an entry."""
    return URIRef(f"{document(entry)}/findings")


def answers_graph(entry: Node) -> URIRef:
    """Give the graph of what people say to the findings about an entry."""
    return URIRef(f"{document(entry)}/answers")


def is_of_answers(graph: Node) -> bool:
    """Tell whether a graph holds what people say to findings."""
    return str(graph).endswith("/answers")


def slug(iri: Node) -> str:
    """Give the short name of an entry: the last segment of its IRI."""
    return str(document(iri)).rstrip("/").rsplit("/", 1)[-1]


def split(triples: Iterable[Any]) -> dict[URIRef, Graph]:
    """Sort triples into entries by their subjects.

    Raises:
        FormatError: a subject is a blank node (they are named when text is read).
    """
    entries: dict[URIRef, Graph] = {}
    # Many statements have the same subject, and cutting an IRI is not free.
    of_subject: dict[Node, Graph] = {}
    for s, p, o in triples:
        if isinstance(s, BNode) or isinstance(o, BNode):
            raise FormatError(
                "A statement is about a node without a name.",
                hint="Give the part an IRI: a fragment of its entry.",
            )
        if s not in of_subject:
            of_subject[s] = entries.setdefault(document(s), Graph())
        of_subject[s].add((s, p, o))
    return entries


def digest(graph: Graph) -> str:
    """Give the revision of an entry: the digest of its normalised statements."""
    return syntax.digest(graph)


def etag(revision: str) -> str:
    """Give the revision as an entity tag (RFC 9110 section 8.8.3)."""
    return f'"{revision}"'


def days(period: str) -> int | None:
    """Count the days of an ISO 8601 period for comparison; None if it is none.

    >>> days("P3Y"), days("P13M"), days("P1Y6M"), days("3 years")
    (1095, 390, 545, None)
    """
    found = _PERIOD.fullmatch(period)
    if not found or not any(found.groups()):
        return None
    return sum(
        int(amount or 0) * size
        for amount, (size, _) in zip(found.groups(), _UNITS, strict=True)
    )


def complete(graph: Graph) -> Graph:
    """Give a graph in which each period has its days and its OWL-Time duration.

    A person writes ``ropa:period "P3Y"``; what is only another form of it is added
    here, and never changed where it is already given. The graph handed in stays as
    it is; it is given back where there is nothing to add.

    Source: OWL-Time section 4.3.3; interface.md, retention.
    """
    if (None, ROPA.period, None) not in graph:
        return graph
    whole = Graph()
    whole += graph
    for triple in other_forms(graph):
        whole.add(triple)
    return whole


def other_forms(graph: Graph) -> Iterator[tuple[Node, Node, Node]]:
    """Give the days and the OWL-Time duration of each period that lacks them.

    Args:
        graph: holds at least all that is said of nodes with a period.
    """
    for part, period in graph.subject_objects(ROPA.period):
        number = days(str(period))
        if number is None:
            continue
        if graph.value(part, ROPA.days) is None:
            yield part, ROPA.days, Literal(number)
        amounts = [
            (amount, unit)
            for amount, (_, unit) in zip(
                _PERIOD.fullmatch(str(period)).groups(),  # type: ignore[union-attr]
                _UNITS,
                strict=True,
            )
            if amount
        ]
        # OWL-Time's simple duration has one unit; a mixed period keeps days only.
        if len(amounts) == 1 and graph.value(part, TIME.numericDuration) is None:
            amount, unit = amounts[0]
            value = Literal(amount, datatype=XSD.decimal, normalize=False)
            yield part, TIME.numericDuration, value
            yield part, TIME.unitType, TIME[unit]


def mint(base: str, *segments: str) -> URIRef:
    """Make the IRI of a new entry under a register's base."""
    return URIRef(base + "/".join(quote(segment, safe="") for segment in segments))
