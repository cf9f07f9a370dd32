"""Statements that cannot be true together, found without a reasoner."""

from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import packaged, vocabulary
from ropa.inference import contradictions, reasoner
from ropa.terms import DPV, GDPR, RDF, ROPA, SKOS, XSD

X, Y, Z = (URIRef(f"urn:x-test:{name}") for name in "xyz")
DAY = Literal("2026-11-22", datatype=XSD.date)
OTHER_DAY = Literal("2026-11-23", datatype=XSD.date)

Statement = tuple[Any, Any, Any]

# How it is called, and the statements: all of them are needed.
CASES: dict[str, tuple[str, list[Statement]]] = {
    "stated-classes": (
        "classes",
        [(X, RDF.type, ROPA.Claim), (X, RDF.type, ROPA.Contact)],
    ),
    "by-domain": (
        "classes",
        [(X, RDF.type, DPV.Purpose), (X, ROPA.contactKind, ROPA.GeneralContact)],
    ),
    "by-range": (
        "classes",
        [(X, RDF.type, ROPA.Claim), (Y, ROPA.sourceDocument, X)],
    ),
    "by-hierarchy": (
        "classes",
        [
            (X, RDF.type, DPV.LegalBasis),
            (X, SKOS.broader, GDPR["A6-1-b"]),
            (X, SKOS.broader, GDPR["A9-2-b"]),
        ],
    ),
    "neither-of-two": (
        "neither",
        [(X, RDF.type, DPV.LegalEntity), (X, ROPA.about, Y)],
    ),
    "two-names": (
        "values",
        [(X, ROPA.state, ROPA.Stated), (X, ROPA.state, ROPA.Denied)],
    ),
    "two-numbers": (
        "values",
        [(X, ROPA.days, Literal(30)), (X, ROPA.days, Literal(31))],
    ),
    "not-a-number": ("datatype", [(X, ROPA.days, Literal("many"))]),
    "not-a-truth": ("datatype", [(X, ROPA.explicit, Literal(30))]),
    "text-in-a-language": ("datatype", [(X, ROPA.period, Literal("P3Y", lang="en"))]),
}


@pytest.mark.parametrize(("how", "stated"), CASES.values(), ids=CASES)
def test_a_contradiction_is_told_by_its_statements(
    how: str, stated: list[Statement]
) -> None:
    """The statements are named, none of them too many; without one all is well."""
    innocent = (Y, RDF.type, ROPA.Contact)
    (found,) = contradictions.find([*stated, innocent])
    assert found.how == how
    assert found.thing == X
    assert {t for t in found.statements if t[0] in (X, Y)} == set(stated)
    for one in stated:
        rest = [t for t in stated if t != one]
        assert contradictions.find([*rest, innocent]) == []


def test_values_that_are_the_same_or_fit_are_none() -> None:
    """A number in another spelling is the same; whole numbers fit where numbers do."""
    small = Literal("030", datatype=XSD.nonNegativeInteger, normalize=False)
    assert (
        contradictions.find([(X, ROPA.days, Literal(30)), (X, ROPA.days, small)]) == []
    )
    assert contradictions.find([(X, ROPA.period, Literal("P3Y"))]) == []
    assert contradictions.find([(X, ROPA.startedOn, DAY)]) == []
    assert contradictions.fits(Literal("a"), XSD.string)
    assert not contradictions.fits(Literal(True), XSD.integer)


def test_one_contradiction_is_told_once() -> None:
    """A thing with three values, or seen twice, is named once."""
    triples = [(X, ROPA.days, Literal(n)) for n in range(3)]
    assert len(contradictions.find([*triples, *triples])) == 1


def test_the_five_companies_contradict_nothing() -> None:
    """Nothing in the examples, claims and passages included, is found fault with."""
    triples = [t for graph in packaged.examples().values() for t in graph]
    assert len(triples) > 10_000
    assert contradictions.find(triples) == []


@pytest.mark.deep
@pytest.mark.parametrize(("how", "stated"), CASES.values(), ids=CASES)
def test_the_reasoner_agrees(java: str, how: str, stated: list[Statement]) -> None:
    """What is found here is a contradiction by HermiT as well, where it can read it."""
    graph = Graph()
    graph += vocabulary.load().graph
    for s, p, o in stated:
        plain = isinstance(o, Literal) and o.datatype is None and not o.language
        graph.add((s, p, Literal(str(o), datatype=XSD.string) if plain else o))
    unreadable = stated[0][2] == Literal("P3Y", lang="en")
    assert reasoner.check_consistency(graph).consistent == unreadable
