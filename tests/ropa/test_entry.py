"""One entry: which document a triple belongs to, and what is completed."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.term import BNode, Literal, URIRef

from ropa import entry
from ropa.errors import FormatError
from ropa.terms import ROPA, TIME, XSD

BASE = "https://example.org/data/"
ACTIVITY = URIRef(BASE + "activities/one/pay")
PART = URIRef(BASE + "activities/one/pay#keep")


def test_document_drops_the_fragment() -> None:
    """A part belongs to the entry whose IRI it extends."""
    assert entry.document(PART) == ACTIVITY
    assert entry.document(ACTIVITY) == ACTIVITY


@pytest.mark.parametrize(
    ("graph", "stated"),
    [
        (ACTIVITY, True),
        (entry.findings_graph(ACTIVITY), False),
        (entry.answers_graph(ACTIVITY), False),
        (entry.inferred_graph(PART), False),
        (entry.suggested_graph(PART), False),
        (URIRef(BASE + "changes/000000001"), False),
        (URIRef("https://w3id.org/ropa-kg/shapes/activity"), False),
        (URIRef("https://w3id.org/ropa-kg/ontology/dpv"), True),
    ],
)
def test_only_statements_vocabulary_and_law_are_stated(
    graph: URIRef, stated: bool
) -> None:
    """The default graph is made of these and of nothing else."""
    assert entry.is_stated(graph) is stated


def test_split_sorts_by_document_and_loses_nothing() -> None:
    """Each triple lands in the graph of its subject's document."""
    triples = [
        (ACTIVITY, ROPA.status, ROPA.Active),
        (PART, ROPA.period, Literal("P1Y")),
        (URIRef(BASE + "companies/one#record"), ROPA.profile, ROPA.Register),
    ]
    found = entry.split(triples)
    assert set(found) == {ACTIVITY, URIRef(BASE + "companies/one")}
    assert sum(len(graph) for graph in found.values()) == len(triples)


@pytest.mark.parametrize("where", ["subject", "object"])
def test_split_refuses_nodes_without_names(where: str) -> None:
    """No blank node is stored, whichever side it stands on."""
    node = BNode()
    triple = (
        (node, ROPA.about, PART) if where == "subject" else (PART, ROPA.about, node)
    )
    with pytest.raises(FormatError, match="without a name"):
        entry.split([triple])


@given(st.integers(1, 99), st.integers(0, 99), st.integers(0, 99))
def test_days_count_years_months_and_days(y: int, m: int, d: int) -> None:
    """A year counts 365 days and a month 30, in any mixture."""
    period = f"P{y}Y" + (f"{m}M" if m else "") + (f"{d}D" if d else "")
    assert entry.days(period) == 365 * y + 30 * m + d


@pytest.mark.parametrize("text", ["", "P", "3Y", "PT72H", "P1Y ", "P-1Y", "P1.5Y"])
def test_what_is_no_period_has_no_days(text: str) -> None:
    """Only whole years, months, weeks and days are periods here."""
    assert entry.days(text) is None


def test_complete_adds_days_and_owl_time_and_leaves_the_given_graph() -> None:
    """A period gets its other two forms in a copy."""
    given_graph = Graph()
    given_graph.add((PART, ROPA.period, Literal("P13M")))
    whole = entry.complete(given_graph)
    assert len(given_graph) == 1
    assert whole.value(PART, ROPA.days) == Literal(390)
    assert whole.value(PART, TIME.unitType) == TIME.unitMonth
    number = whole.value(PART, TIME.numericDuration)
    assert isinstance(number, Literal)
    assert (str(number), number.datatype) == ("13", XSD.decimal)


def test_complete_never_overrides_what_is_given() -> None:
    """A wrong number of days stays, so that the check can point at it."""
    graph = Graph()
    graph.add((PART, ROPA.period, Literal("P1Y")))
    graph.add((PART, ROPA.days, Literal(1)))
    assert list(entry.complete(graph).objects(PART, ROPA.days)) == [Literal(1)]


def test_a_mixed_period_has_no_simple_duration() -> None:
    """OWL-Time's simple duration has one unit."""
    graph = Graph()
    graph.add((PART, ROPA.period, Literal("P1Y6M")))
    whole = entry.complete(graph)
    assert whole.value(PART, ROPA.days) == Literal(545)
    assert whole.value(PART, TIME.numericDuration) is None


def test_digest_ignores_order_and_sees_every_change() -> None:
    """Equal statements have equal revisions, others do not."""
    one, two = Graph(), Graph()
    triples = [
        (PART, ROPA.period, Literal("P1Y")),
        (PART, ROPA.isMaximum, Literal(True)),
    ]
    for triple in triples:
        one.add(triple)
    for triple in reversed(triples):
        two.add(triple)
    assert entry.digest(one) == entry.digest(two)
    two.remove(triples[0])
    assert entry.digest(one) != entry.digest(two)


def test_the_examples_in_the_docstrings_hold() -> None:
    """What the module shows is what it does."""
    assert doctest.testmod(entry).failed == 0
    assert doctest.testmod(entry).attempted > 0
