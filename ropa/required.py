"""What the law asks a record or a notice to say: duties, items, facts.

Source: ``ontology/items.ttl``; GDPR Art. 30(1), 30(2), 13 and 14.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rdflib.term import Literal, Node, URIRef

from ropa import vocabulary
from ropa.terms import DPV, ROPA, SH, SKOS


@dataclass(frozen=True)
class Fact:
    """One thing that an item asks for.

    Attributes:
        iri: its term.
        fields: the properties that can answer it, sorted.
        kinds: what a value must be of, where not every value of a field answers.
        any_value: the properties of which every value answers.
        way: the property that leads to the parts that carry the fact, if parts do.
        is_alone: whether only the thing itself answers, not what is around it.
        holder: the class of the thing that it is said of.
        only_where: terms of which one must be named for it to be asked for.
        only_outside: areas in which a company is not asked for it.
        only_where_stated: whether nothing is missing where it is not mentioned.
    """

    iri: URIRef
    fields: tuple[URIRef, ...]
    kinds: tuple[URIRef, ...]
    any_value: tuple[URIRef, ...]
    way: URIRef | None
    is_alone: bool
    holder: URIRef
    only_where: tuple[URIRef, ...]
    only_outside: tuple[URIRef, ...]
    only_where_stated: bool


@dataclass(frozen=True)
class Item:
    """One point of the law.

    Attributes:
        iri: its term.
        notation: the point as people write it, such as ``30(1)(b)``.
        article: the same with the name of the law.
        duty: the list of the law that it stands in.
        order: its place among all items, from 1.
        is_by_activity: whether each activity has to answer it.
        facts: what it asks for, in order.
    """

    iri: URIRef
    notation: str
    article: str
    duty: URIRef
    order: int
    is_by_activity: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Duty:
    """One list of the law.

    Attributes:
        iri: its term.
        article: the provision as people cite it.
        items: its points, in the order of the law.
    """

    iri: URIRef
    article: str
    items: tuple[Item, ...]


@cache
def duties() -> tuple[Duty, ...]:
    """List the duties with their items, in order.

    >>> [duty.article for duty in duties()]
    ['GDPR Art. 30(1)', 'GDPR Art. 30(2)', 'GDPR Art. 13', 'GDPR Art. 14']
    """
    found = sorted(_members(ROPA.duties), key=_order)
    items = [_item(iri) for iri in _members(ROPA.requiredItems)]
    items.sort(key=lambda item: item.order)
    return tuple(
        Duty(
            iri,
            _text(iri, ROPA.article),
            tuple(item for item in items if item.duty == iri),
        )
        for iri in found
    )


@cache
def items() -> dict[URIRef, Item]:
    """Give all items by their terms, in order."""
    return {item.iri: item for duty in duties() for item in duty.items}


def _members(scheme: URIRef) -> list[URIRef]:
    return sorted(
        term
        for term in vocabulary.load().terms()
        if _all(term, SKOS.inScheme) == [scheme]
    )


def _all(iri: URIRef, way: URIRef) -> list[Node]:
    return sorted((o for p, o in vocabulary.load().said(iri) if p == way), key=str)


def _terms(iri: URIRef, way: URIRef) -> tuple[URIRef, ...]:
    return tuple(node for node in _all(iri, way) if isinstance(node, URIRef))


def _text(iri: URIRef, way: URIRef) -> str:
    return next((str(o) for o in _all(iri, way) if isinstance(o, Literal)), "")


def _order(iri: URIRef) -> int:
    return int(_text(iri, SH.order))


def _item(iri: URIRef) -> Item:
    return Item(
        iri=iri,
        notation=_text(iri, SKOS.notation),
        article=_text(iri, ROPA.article),
        duty=_terms(iri, ROPA.duty)[0],
        order=_order(iri),
        is_by_activity=DPV.PersonalDataProcess in _terms(iri, ROPA.judgedFor),
        facts=tuple(map(_fact, sorted(_terms(iri, ROPA.requires), key=_order))),
    )


def _fact(iri: URIRef) -> Fact:
    direct = _terms(iri, ROPA.answeredBy)
    through = _terms(iri, ROPA.answeredThrough)
    ways = _terms(iri, ROPA.reachedBy) + _terms(iri, ROPA.anyOf)
    return Fact(
        iri=iri,
        fields=tuple(sorted({*direct, *through})),
        kinds=_terms(iri, ROPA.answeredByKind),
        any_value=direct,
        way=ways[0] if ways else None,
        is_alone=bool(_all(iri, ROPA.isJudgedAlone)),
        holder=_terms(iri, ROPA.heldBy)[0],
        only_where=_terms(iri, ROPA.onlyWhere),
        only_outside=_terms(iri, ROPA.onlyOutside),
        only_where_stated=bool(_all(iri, ROPA.onlyWhereStated)),
    )
