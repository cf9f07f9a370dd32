"""Structural rules that SHACL cannot decide: what an entry is, which words exist.

SHACL sees one graph. It sees neither which document a statement was handed in with
nor the words that a vocabulary does not have, so these rules are judged here;
their words stand with the other rules in ``shapes/structure.ttl``.

Another, on the days of a period, is published as a query. It is judged here as well
because reading that query for each part took a third of a check; a test holds the two
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import entry
from ropa.terms import (
    DCT,
    DPCAT,
    DPV,
    RDF,
    ROPA,
    SKOS,
    namespace_of,
    nearest,
    rows_of,
)

NOT_AN_ENTRY = "not-an-entry"
UNKNOWN_TERM = "unknown-term"
FOREIGN_PART = "foreign-part"
RESERVED_ADDRESS = "reserved-address"
FOREIGN_ADDRESS = "foreign-address"
COMPANY_WITHOUT_RECORD = "company-without-record"
DAYS_DISAGREE = "days-disagree"

_Triple = tuple[Node, Node, Node]
# To list a graph as such would count it first.
_ANY = (None, None, None)

# Other spellings of a number are ill-typed, which a field shape says.
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True)
class Found:
    """A result before it has words: which rule, where, and what to fill in."""

    rule: str
    focus: URIRef
    path: URIRef | None = None
    value: Node | None = None
    shape: URIRef | None = None
    nearest: tuple[str, ...] = field(default=())


def structural(
    data: Graph, whole: Graph, documents: Iterable[URIRef], as_of: date
) -> Iterator[Found]:
    """Judge the rules that need to know which statements were handed in.

    Args:
        data: what was handed in.
        whole: the same with its surroundings.
        documents: the entries that are handed in.
        as_of: day whose law comes first where a term is put forward.
    """
    names, triples = sorted(documents, key=str), list(data.triples(_ANY))
    yield from _no_entries(data, whole, names)
    yield from _unknown_terms(triples, whole, as_of)
    yield from _foreign_parts(triples, whole)
    yield from _misplaced(data, whole, names)
    yield from _disagreeing_days(data)


def _misplaced(data: Graph, whole: Graph, names: Iterable[URIRef]) -> Iterator[Found]:
    """Find entries at addresses that are not theirs, and companies cut short.

    What is handed in replaces what is there, so a company without its record would
    take the record away from all its activities.
    """
    for name in names:
        if entry.is_reserved(name) or namespace_of(f"{name}#") is not None:
            yield Found(RESERVED_ADDRESS, name)
        _, room, path = str(name).rpartition("/activities/")
        company = _company(whole, name)
        if room and company and path.split("/")[0] != entry.slug(company):
            yield Found(FOREIGN_ADDRESS, name, DCT.isPartOf, company)
        is_company = (name, RDF.type, DPV.LegalEntity) in data
        if is_company and not any(_records(data, name)):
            yield Found(COMPANY_WITHOUT_RECORD, name, DCT.publisher)


def _records(graph: Graph, company: URIRef) -> Iterator[Node]:
    """Give the records that stand in the entry of a company."""
    for record in graph.subjects(DCT.publisher, company):
        is_record = (record, RDF.type, DPCAT.ROPA) in graph
        if is_record and entry.document(record) == company:
            yield record


def is_entry(graph: Graph, name: URIRef) -> bool:
    """Tell whether a document is an activity, company, organisation or source."""
    kinds = set(graph.objects(name, RDF.type))
    if kinds & {DPV.PersonalDataProcess, ROPA.SourceDocument, DPV.LegalEntity}:
        return True
    return any(
        DPV.LegalEntity in graph.transitive_objects(kind, SKOS.broader)
        for kind in kinds
    )


def _no_entries(data: Graph, whole: Graph, names: Iterable[URIRef]) -> Iterator[Found]:
    for name in names:
        if not is_entry(whole, name) or (name, RDF.type, None) not in data:
            yield Found(NOT_AN_ENTRY, name, RDF.type)


def _unknown_terms(
    triples: Sequence[_Triple], whole: Graph, as_of: date
) -> Iterator[Found]:
    named = {term for _, p, o in triples for term in (p, o)}
    judged = ((term, nearest_if_unknown(whole, as_of, term)) for term in named)
    unknown = {term: near for term, near in judged if near is not None}
    for s, p, o in triples if unknown else ():
        for term in {p, o} & unknown.keys():
            yield Found(
                UNKNOWN_TERM,
                URIRef(str(s)),
                URIRef(str(p)),
                term,
                nearest=tuple(unknown[term]),
            )


def nearest_if_unknown(whole: Graph, as_of: date, term: Node) -> list[str] | None:
    """Give the nearest known terms of an unknown one; None for all others."""
    if not isinstance(term, URIRef):
        return None
    rows = rows_of(term)
    if rows is not None:
        if (term, None, None) in whole:
            return None
        return nearest(rows.prefix, term.removeprefix(str(rows)), as_of)
    space = namespace_of(term)
    if space is None or term in space:
        return None
    return nearest(space.prefix, term.removeprefix(str(space)), as_of)


def _foreign_parts(triples: Sequence[_Triple], whole: Graph) -> Iterator[Found]:
    company_of = cache(partial(_company, whole))
    parts: set[Node] = {o for _, _, o in triples if isinstance(o, URIRef) and "#" in o}
    owned = {part: company_of(entry.document(part)) for part in parts}
    for s, p, o in triples:
        theirs = owned.get(o)
        if theirs is None or p == DCT.isPartOf:
            continue
        if theirs != company_of(entry.document(s)):
            yield Found(FOREIGN_PART, URIRef(str(s)), URIRef(str(p)), o)


def _disagreeing_days(data: Graph) -> Iterator[Found]:
    for part, number in data.subject_objects(ROPA.days):
        if not _WHOLE.fullmatch(str(number)):
            continue
        for period in data.objects(part, ROPA.period):
            days = entry.days(str(period))
            if days is not None and days != int(str(number)):
                yield Found(DAYS_DISAGREE, URIRef(str(part)), ROPA.days, number)


def _company(graph: Graph, name: URIRef) -> URIRef | None:
    """Give the company that an entry belongs to; None for what is shared."""
    record = graph.value(name, DCT.isPartOf)
    if record is not None:
        return entry.document(graph.value(record, DCT.publisher) or record)
    is_company = (name, RDF.type, DPV.LegalEntity) in graph
    return name if is_company else None
