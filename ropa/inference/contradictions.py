"""Find the statements of an entry that cannot be true together.

The axioms on what excludes what are applied to all that is known of the things of an
entry, so a contradiction is told by the statements that it rests on, at once and
without a reasoner.

Source: OWL 2 RL, table 5 and 7 (cax-dw, cax-adc, prp-fp), OWL 2 datatype maps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from rdflib.term import Literal, URIRef

from ropa.inference import axioms, logic
from ropa.inference.logic import Triple
from ropa.terms import RDF, XSD


class Contradiction(NamedTuple):
    """Statements that cannot be true together.

    Args:
        how: ``classes`` that exclude each other; ``neither`` of some classes although
            it must be of one; two ``values`` where there can be one; a value of another
            ``datatype``.
        thing: what they are about.
        terms: the classes; or the property, with the datatype that it takes.
        statements: what is stated, or known of terms.
        is_certain: a reasoner sees a contradiction as well. Where a thing can have one
            value and two names are stated, it would take them for one and the same.
    """

    how: str
    thing: URIRef
    terms: tuple[URIRef, ...]
    statements: tuple[Triple, ...]
    is_certain: bool = True


def find(
    triples: Iterable[Triple], kinds_of: axioms.KindsOf = axioms.known_of
) -> list[Contradiction]:
    """Find the contradictions in some statements, one for a thing and its classes.

    Args:
        triples: an entry, or several.
        kinds_of: gives the classes known of a term, as for `axioms.conclude`.

    Returns:
        Sorted by thing.
    """
    given = sorted(set(triples), key=" ".join)
    drawn = axioms.draw(given, kinds_of)
    found = [*_of_values(given), *_of_classes(drawn), *_of_unions(drawn)]
    return sorted(found, key=lambda one: (str(one.thing), one.terms))


def _of_classes(drawn: axioms.Drawn) -> Iterator[Contradiction]:
    """Find things of classes that exclude each other, by the fewest statements."""
    apart = logic.shipped_logic().apart
    for thing, classes in drawn.classes.items():
        pairs = [
            (one, other)
            for one in sorted(classes & apart.keys())
            for other in sorted(classes & apart[one])
            if one < other
        ]
        if pairs:
            reasons = [(_grounds(drawn, thing, *pair), pair) for pair in pairs]
            statements, pair = min(reasons, key=lambda one: len(one[0]))
            yield Contradiction("classes", thing, pair, statements)


def _of_unions(drawn: axioms.Drawn) -> Iterator[Contradiction]:
    """Find things that must be of one of some classes, and can be of none."""
    apart = logic.shipped_logic().apart
    for united, things in drawn.united:
        for thing, because in things.items():
            classes = drawn.classes.get(thing, set())
            against = [sorted(classes & apart.get(one, set())) for one in united]
            if all(against) and not classes.intersection(united):
                kinds = tuple(dict.fromkeys(one[0] for one in against))
                stated = axioms.grounds(drawn.conclusions, *because)
                others = _grounds(drawn, thing, *kinds)
                statements = tuple(dict.fromkeys([*stated, *others]))
                yield Contradiction("neither", thing, (*united, *kinds), statements)


def _grounds(drawn: axioms.Drawn, thing: Any, *kinds: URIRef) -> tuple[Triple, ...]:
    members = ((thing, RDF.type, kind) for kind in kinds)
    return axioms.grounds(drawn.conclusions, *members)


def _of_values(triples: Iterable[Triple]) -> Iterator[Contradiction]:
    """Find values of the wrong kind, and two values where there can be one."""
    ways = logic.shipped_logic().ways
    first: dict[tuple[Any, URIRef], tuple[Any, Triple]] = {}
    told: set[tuple[Any, URIRef]] = set()
    for triple in triples:
        s, p, o = triple
        if p not in ways or isinstance(o, Literal) != ways[p].is_datatype:
            continue
        if isinstance(o, Literal):
            kinds = tuple(kind for kind in ways[p].datatypes if not fits(o, kind))
            if kinds or o.ill_typed:
                yield Contradiction("datatype", s, (p, *kinds), (triple,))
                continue
        for once in ways[p].once:
            value = logic.comparable(o)
            known, before = first.setdefault((s, once), (value, triple))
            if known != value and (s, once) not in told:
                told.add((s, once))
                is_certain = isinstance(o, Literal)
                yield Contradiction("values", s, (once,), (before, triple), is_certain)


def fits(value: Literal, kind: URIRef) -> bool:
    """Tell whether a plain value is of a datatype, or of one that lies within it."""
    if value.language is not None:
        return False
    datatype = value.datatype or XSD.string
    if datatype == kind:
        return True
    # All that XML Schema derives from a decimal is read into whole numbers.
    whole = isinstance(value.value, int) and not isinstance(value.value, bool)
    return kind in (XSD.integer, XSD.decimal) and whole
