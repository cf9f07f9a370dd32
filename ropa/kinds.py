"""The kinds that follow for a term, as a reasoner concluded them; no Java is needed.

Source: ``ontology/classification.nt``, which a test keeps equal to what HermiT finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from rdflib.term import URIRef

from ropa import assets
from ropa.syntax import Syntax, parse
from ropa.terms import RDF


def kinds_of(term: URIRef) -> frozenset[URIRef]:
    """Collect the classes that a term or a thing of the law belongs to by inference.

    What is stated of it is not repeated, and of a term that nothing follows for the
    answer is empty.

    >>> from ropa.terms import PD, curie
    >>> [curie(kind) for kind in kinds_of(PD.Health)]
    ['ropa:SpecialCategoryData']
    """
    return _kinds().get(term, frozenset())


def memberships() -> Iterator[tuple[URIRef, URIRef]]:
    """Give every term or thing of the law with each class that follows for it."""
    for term, kinds in _kinds().items():
        yield from ((term, kind) for kind in sorted(kinds))


@cache
def _kinds() -> dict[Any, frozenset[URIRef]]:
    found: dict[Any, set[Any]] = {}
    text = assets.text("ontology", "classification.nt")
    for s, p, o, _ in parse(text, Syntax.NTRIPLES):
        if p == RDF.type:
            found.setdefault(s, set()).add(o)
    return {term: frozenset(kinds) for term, kinds in found.items()}
