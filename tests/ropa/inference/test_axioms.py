"""The conclusions of the logic, drawn without a reasoner."""

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import assets, kinds, law, shipped, vocabulary
from ropa.errors import InternalError
from ropa.inference import axioms, logic
from ropa.terms import DPV, GDPR, OWL, PD, RDF, RDFS, ROPA, SKOS, XSD

Triple = tuple[Any, Any, Any]
NAMES = ("A", "B", "C", "D", "p", "q", "r", "v", "x", "y", "z")
A, B, C, D, P, Q, R, V, X, Y, Z = (URIRef(f"urn:x-test:{name}") for name in NAMES)


def unknown(_: URIRef) -> Iterable[URIRef]:
    """Know nothing of any term."""
    return ()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a few axioms in the place of the ontology's."""

    def put(*triples: Triple) -> None:
        declared = [(one, RDF.type, OWL.ObjectProperty) for one in (P, Q, R)]
        declared += [(one, RDF.type, OWL.Class) for one in (A, B, C, D)]
        declared.append((V, RDF.type, OWL.DatatypeProperty))
        made = logic.Logic([*declared, *triples])
        monkeypatch.setattr(logic, "shipped_logic", lambda: made)

    return put


def restriction(property_: Node, how: Node, value: Node) -> tuple[BNode, list[Triple]]:
    """Make a class of all things with certain values of a property."""
    node = BNode()
    return node, [
        (node, RDF.type, OWL.Restriction),
        (node, OWL.onProperty, property_),
        (node, how, value),
    ]


def listed(*members: Node) -> tuple[Node, list[Triple]]:
    """Make a list."""
    head: Node = RDF.nil
    triples: list[Triple] = []
    for member in reversed(members):
        cell = BNode()
        triples += [(cell, RDF.first, member), (cell, RDF.rest, head)]
        head = cell
    return head, triples


def expression(how: Node, *members: Node) -> tuple[BNode, list[Triple]]:
    """Make an intersection, a union or a class of certain things."""
    node, (head, triples) = BNode(), listed(*members)
    return node, [(node, RDF.type, OWL.Class), (node, how, head), *triples]


def drawn(*triples: Triple) -> dict[tuple[Any, Any], tuple[Triple, ...]]:
    """Draw conclusions, with the statements each was directly drawn from."""
    found = axioms.conclude(triples, unknown)
    return {key: one.because for key, one in found.items()}


def test_a_class_above(given: Callable[..., None]) -> None:
    """Members belong to the classes above, step by step, even where these circle."""
    given((A, RDFS.subClassOf, B), (B, RDFS.subClassOf, C), (C, RDFS.subClassOf, A))
    assert drawn((X, RDF.type, A)) == {
        (X, B): ((X, RDF.type, A),),
        (X, C): ((X, RDF.type, B),),
    }


def test_domain_and_range(given: Callable[..., None]) -> None:
    """A property, or one above it, tells what its subject and its value are."""
    given(
        (P, RDFS.subPropertyOf, Q),
        (Q, RDFS.domain, A),
        (Q, RDFS.range, B),
        (V, RDFS.domain, C),
        (V, RDFS.range, XSD.string),
    )
    link, text = (X, P, Y), (X, V, Literal("text", lang="en"))
    assert drawn(link, text) == {(X, A): (link,), (Y, B): (link,), (X, C): (text,)}


@pytest.mark.parametrize(
    "triple",
    [
        (X, P, Literal("text")),
        (X, V, Y),
        (X, P, SKOS.broader),
        (X, P, RDF.type),
        (X, URIRef("urn:x-test:undeclared"), Y),
    ],
    ids=["text-for-a-thing", "thing-for-a-text", "a-thing", "reserved", "undeclared"],
)
def test_what_is_no_statement_of_the_logic(
    given: Callable[..., None], triple: Triple
) -> None:
    """A value of the wrong sort, a reserved word, an unknown property: nothing."""
    given(
        (P, RDFS.domain, A),
        (V, RDFS.domain, B),
    )
    found = drawn(triple)
    assert found == ({(X, A): (triple,)} if triple[2] == SKOS.broader else {})


def test_a_value_of_a_class(given: Callable[..., None]) -> None:
    """The statement and the class of its value are the reasons, in this order."""
    some, triples = restriction(P, OWL.someValuesFrom, A)
    given(*triples, (some, RDFS.subClassOf, B))
    link, member = (X, P, Y), (Y, RDF.type, A)
    assert drawn(link, member) == {(X, B): (link, member)}
    assert drawn(link) == drawn(member) == {}
    assert drawn((Y, P, X), member) == {}


def test_any_value(given: Callable[..., None]) -> None:
    """Where the filler is anything, the statement alone is the reason."""
    some, triples = restriction(Q, OWL.someValuesFrom, OWL.Thing)
    given(*triples, (some, RDFS.subClassOf, B), (P, RDFS.subPropertyOf, Q))
    assert drawn((X, P, Y)) == {(X, B): ((X, P, Y),)}


def test_one_value(given: Callable[..., None]) -> None:
    """A thing, or a plain value in any spelling, makes a member; another does not."""
    thing, triples = restriction(P, OWL.hasValue, Z)
    plain, others = restriction(V, OWL.hasValue, Literal(True))
    given(
        *triples,
        *others,
        (thing, RDFS.subClassOf, A),
        (plain, RDFS.subClassOf, B),
    )
    true = Literal("1", datatype=XSD.boolean, normalize=False)
    assert drawn((X, P, Z)) == {(X, A): ((X, P, Z),)}
    assert drawn((X, V, true)) == {(X, B): ((X, V, true),)}
    assert drawn((X, P, Y), (X, V, Literal(1)), (X, V, Literal("true"))) == {}


def test_certain_things(given: Callable[..., None]) -> None:
    """Things that an axiom lists are members for no other reason."""
    some, triples = expression(OWL.oneOf, X, Y)
    given(*triples, (some, RDFS.subClassOf, A))
    assert drawn((Y, P, Z)) == {(Y, A): ()}


def test_all_of_several_conditions(given: Callable[..., None]) -> None:
    """The reasons of all conditions are told, in the order of the axiom."""
    inner, triples = restriction(P, OWL.someValuesFrom, B)
    one, others = restriction(Q, OWL.hasValue, Z)
    nested, deeper = expression(OWL.intersectionOf, inner, one)
    both, more = expression(OWL.intersectionOf, A, nested)
    given(*triples, *others, *deeper, *more, (both, RDFS.subClassOf, C))
    facts = [(X, RDF.type, A), (X, P, Y), (Y, RDF.type, B), (X, Q, Z)]
    assert drawn(*facts) == {(X, C): tuple(facts)}
    for missing in facts:
        assert drawn(*(fact for fact in facts if fact != missing)) == {}


def test_one_of_several_classes(given: Callable[..., None]) -> None:
    """Where one of two classes follows and nobody says which, none is concluded."""
    some, triples = restriction(P, OWL.someValuesFrom, OWL.Thing)
    either, others = expression(OWL.unionOf, A, B)
    given(*triples, *others, (some, RDFS.subClassOf, either))
    assert drawn((X, P, Y)) == {}
    assert axioms.kinds() == frozenset()
    told = axioms.draw([(X, P, Y)], unknown).united
    assert told == [((A, B), {X: ((X, P, Y),)})]


def test_reasons_are_a_tree_down_to_what_is_stated(given: Callable[..., None]) -> None:
    """Conclusions rest on conclusions; in the end all rests on statements."""
    up, triples = restriction(P, OWL.someValuesFrom, A)
    sort, others = restriction(Q, OWL.someValuesFrom, A)
    given(*triples, *others, (up, RDFS.subClassOf, A), (sort, RDFS.subClassOf, B))
    facts = [(X, Q, Y), (Y, P, Z), (Z, RDF.type, A)]
    found = axioms.conclude(facts, unknown)
    assert found[X, B].because == ((X, Q, Y), (Y, RDF.type, A))
    assert found[Y, A].because == ((Y, P, Z), (Z, RDF.type, A))
    assert axioms.grounds(found, (X, RDF.type, B)) == tuple(facts)
    assert axioms.grounds(found, facts[0]) == (facts[0],)


def test_the_same_reason_whatever_the_order(given: Callable[..., None]) -> None:
    """Of several reasons the same one is kept each time, and the others are counted."""
    some, triples = restriction(P, OWL.someValuesFrom, A)
    given(*triples, (some, RDFS.subClassOf, B), (Q, RDFS.domain, B))
    values = [URIRef(f"urn:x-test:value-{n}") for n in range(20)]
    facts = [(X, P, value) for value in values] + [(v, RDF.type, A) for v in values]
    facts.append((X, Q, Z))
    chance = random.Random(4)
    told = set()
    for _ in range(10):
        chance.shuffle(facts)
        told.add(axioms.conclude(facts, unknown)[X, B])
    (only,) = told
    assert only == (X, B, ((X, Q, Z),), 20)


def test_what_is_known_is_no_conclusion(given: Callable[..., None]) -> None:
    """Classes of terms are premises; what is stated or known is not told again."""
    some, triples = restriction(P, OWL.someValuesFrom, A)
    given(*triples, (some, RDFS.subClassOf, B))

    def known(term: URIRef) -> Iterable[URIRef]:
        return [A] if term == Y else []

    found = axioms.conclude([(X, P, Y), (Z, P, Y), (Z, RDF.type, B)], known)
    assert found == {(X, B): (X, B, ((X, P, Y), (Y, RDF.type, A)), 0)}


# -- hierarchies of a company's own ------------------------------------------------


def chain(length: int, end: URIRef) -> Iterator[Triple]:
    """Give own terms one below the other."""
    for number in range(length):
        yield (
            URIRef(f"urn:x-test:{number}"),
            SKOS.broader,
            URIRef(f"urn:x-test:{number + 1}"),
        )
    yield URIRef(f"urn:x-test:{length}"), SKOS.broader, end


def test_a_hierarchy_that_circles_ends() -> None:
    """A term above itself has the kinds of what the circle leads to, well founded."""
    circle = [(X, SKOS.broader, Y), (Y, SKOS.broader, Z), (Z, SKOS.broader, X)]
    alone = (Z, SKOS.broader, Z)
    assert not _kinds_found([*circle, alone])
    leaving = [*circle, alone, (Y, SKOS.broader, PD.Health)]
    kind = ROPA.SpecialCategoryData
    found = axioms.conclude(leaving, axioms.known_of)
    assert _kinds_found(leaving) == {(one, kind) for one in (X, Y, Z)}
    # No reason goes round in the circle: each ends at what is stated or known.
    for thing in (X, Y, Z):
        reasons = axioms.grounds(found, (thing, RDF.type, kind))
        assert (PD.Health, RDF.type, kind) in reasons
        assert set(reasons) <= {*leaving, (PD.Health, RDF.type, kind)}


def _kinds_found(triples: Iterable[Triple]) -> set[tuple[Any, Any]]:
    found = axioms.conclude(triples, axioms.known_of)
    return {key for key in found if key[1] in axioms.kinds()}


def test_a_long_hierarchy_and_thousands_of_parts() -> None:
    """Neither a deep chain of own terms nor a broad entry is too much."""
    kind = ROPA.SpecialCategoryData
    deep = 5_000
    assert len(_kinds_found(chain(deep, PD.Health))) == deep + 1
    broad = [(X, RDF.type, DPV.PersonalDataProcess)]
    for number in range(10_000):
        part = URIRef(f"urn:x-test:part-{number}")
        broad += [(X, DPV.hasPersonalData, part), (part, SKOS.broader, PD.Health)]
    found = _kinds_found(broad)
    assert len(found) == 10_001
    assert (X, ROPA.SpecialCategoryActivity) in found
    assert all(k == kind for _, k in found - {(X, ROPA.SpecialCategoryActivity)})


def test_the_work_grows_with_the_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the parts take ten times the steps, also where all share a term."""
    steps = 0
    satisfy = axioms._Work._satisfy

    def counted(*given: Any) -> None:
        nonlocal steps
        steps += 1
        satisfy(*given)

    monkeypatch.setattr(axioms._Work, "_satisfy", counted)
    taken = []
    for size in (100, 1_000):
        steps = 0
        triples = [(X, RDF.type, DPV.PersonalDataProcess)]
        for number in range(size):
            part = URIRef(f"urn:x-test:part-{number}")
            triples += [(X, DPV.hasPersonalData, part), (part, SKOS.broader, PD.Health)]
        axioms.conclude(triples, axioms.known_of)
        taken.append(steps)
    assert taken[0] > 100
    assert taken[1] <= 11 * taken[0]


# -- the shipped ontology ----------------------------------------------------------


def test_the_ontology_uses_only_what_is_understood() -> None:
    """No axiom is passed over: what this module does not follow is not there."""
    assert logic.not_understood(logic.statements()) == []


def test_there_are_no_axioms_beside_the_ontology() -> None:
    """The files of law say nothing of classes and properties."""
    words = {*(RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain"))}
    for name in law.files():
        for s, p, o in shipped.triples("data", name):
            assert p not in words | {RDFS.range}, (name, s)
            assert p not in OWL or p == OWL.sameAs, (name, s)
            assert o not in OWL or o == OWL.NamedIndividual, (name, s)


def inverse() -> list[Triple]:
    """State what OWL has and our ontology does without: a property the other way."""
    return [(P, OWL.inverseOf, Q)]


def nested() -> list[Triple]:
    """Restrict a property to values that are a restriction themselves."""
    inner, triples = restriction(P, OWL.someValuesFrom, A)
    outer, others = restriction(Q, OWL.someValuesFrom, inner)
    return [*triples, *others, (outer, RDFS.subClassOf, D)]


FOREIGN: dict[str, Callable[[], list[Triple]]] = {
    "inverse": inverse,
    "transitive": lambda: [(P, RDF.type, OWL.TransitiveProperty)],
    "same": lambda: [(X, OWL.sameAs, Y)],
    "equivalent": lambda: [(A, OWL.equivalentClass, B)],
    "chain": lambda: [(P, OWL.propertyChainAxiom, BNode())],
    "named-below-expression": lambda: _below(A, *restriction(P, OWL.hasValue, X)),
    "domain-expression": lambda: [(P, RDFS.domain, BNode())],
    "all-values": lambda: _leading(*restriction(P, OWL.allValuesFrom, A)),
    "at-most": lambda: _leading(*restriction(P, OWL.maxCardinality, Literal(1))),
    "complement": lambda: _leading(*_complement()),
    "union-on-the-left": lambda: _leading(*expression(OWL.unionOf, A, B)),
    "nested-filler": nested,
    "undeclared": lambda: _leading(*restriction(X, OWL.someValuesFrom, A)),
    "plain-values": lambda: _leading(*restriction(V, OWL.someValuesFrom, XSD.string)),
    "broken-list": lambda: _leading(
        BNode("b"), [(BNode("b"), OWL.oneOf, BNode("nowhere"))]
    ),
    "list-in-a-circle": lambda: _leading(
        BNode("b"),
        [
            (BNode("b"), OWL.oneOf, BNode("l")),
            (BNode("l"), RDF.first, X),
            (BNode("l"), RDF.rest, BNode("l")),
        ],
    ),
    "to-a-restriction": lambda: _both_ways(*restriction(Q, OWL.hasValue, X)),
    "to-a-union-of-expressions": lambda: _both_ways(
        *expression(OWL.unionOf, A, BNode())
    ),
    "union-with-a-class-above": lambda: [
        (A, RDFS.subClassOf, C),
        (B, RDFS.subClassOf, C),
        *_both_ways(*expression(OWL.unionOf, A, B)),
    ],
    "union-half-excluded": lambda: [
        (A, OWL.disjointWith, D),
        *_both_ways(*expression(OWL.unionOf, A, B)),
    ],
}


def _below(lower: Node, upper: Node, triples: list[Triple]) -> list[Triple]:
    return [*triples, (lower, RDFS.subClassOf, upper)]


def _leading(node: Node, triples: list[Triple]) -> list[Triple]:
    return [*triples, (node, RDFS.subClassOf, D)]


def _both_ways(upper: Node, triples: list[Triple]) -> list[Triple]:
    lower, others = restriction(P, OWL.someValuesFrom, OWL.Thing)
    return [*triples, *others, (lower, RDFS.subClassOf, upper)]


def _complement() -> tuple[BNode, list[Triple]]:
    node = BNode()
    return node, [(node, OWL.complementOf, A)]


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_understood_is_named(foreign: Callable[[], list[Triple]]) -> None:
    """Each thing that OWL can say and this module does not follow is refused."""
    declared = [(one, RDF.type, OWL.ObjectProperty) for one in (P, Q)]
    declared.append((V, RDF.type, OWL.DatatypeProperty))
    assert logic.not_understood(declared) == []
    assert logic.not_understood([*declared, *foreign()])


def test_an_ontology_that_cannot_be_followed_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever puts such an axiom in is told; nothing is inferred with half of it."""
    monkeypatch.setattr(logic, "statements", FOREIGN["all-values"])
    logic.shipped_logic.cache_clear()
    try:
        with pytest.raises(InternalError, match="cannot be followed"):
            axioms.conclude([(X, RDF.type, A)], unknown)
    finally:
        logic.shipped_logic.cache_clear()


def test_terms_have_the_kinds_that_the_reasoner_found() -> None:
    """From ontology and law alone come all lines of the golden file, and no other."""
    graph = vocabulary.load().graph
    assert {*axioms.conclude(graph, unknown)} == {*kinds.memberships()}


def test_what_is_stated_of_terms_counts() -> None:
    """An importer of the law's files is an international organisation, as stated."""
    office = next(
        s
        for s in vocabulary.load().graph.subjects(
            RDF.type, DPV.InternationalOrganisation
        )
    )
    triples = [(X, RDF.type, DPV.CrossBorderTransfer), (X, DPV.hasDataImporter, office)]
    assert _kinds_found(triples) == {(X, ROPA.RestrictedTransfer)}
    assert DPV.InternationalOrganisation in axioms.known_of(office)
    assert axioms.known_of(X) == frozenset()


def test_kinds_are_what_expressions_lead_to() -> None:
    """A kind has a label and an article; domains and the like are no kinds."""
    graph = vocabulary.load().graph
    found = axioms.kinds()
    assert {ROPA.SpecialCategoryActivity, ROPA.RestrictedTransfer} <= found
    assert found & {DPV.PersonalDataProcess, ROPA.Claim, DPV.StorageCondition} == set()
    for kind in found:
        assert (kind, ROPA.article, None) in graph, kind
        assert {text.language for text in graph.objects(kind, SKOS.prefLabel)} == {
            "en",
            "fr",
        }


def test_reading_the_axioms_is_done_once_and_leaves_no_trace() -> None:
    """The logic is kept; the statements handed in are not changed."""
    assert logic.shipped_logic() is logic.shipped_logic()
    graph = Graph()
    graph.add((X, SKOS.broader, GDPR["A6-1-a"]))
    before = set(graph)
    axioms.conclude(graph, axioms.known_of)
    assert set(graph) == before
    assert assets.names("ontology", ".ttl")


def _work(purposes: int) -> int:
    """Count the calls that a chain of own purposes takes, one below the other."""
    names = [URIRef(f"{X}#purpose-{number}") for number in range(purposes)]
    triples: list[tuple[Any, Any, Any]] = [(X, RDF.type, DPV.PersonalDataProcess)]
    for name, upper in zip(names, [*names[1:], DPV.DirectMarketing], strict=True):
        triples += [(X, DPV.hasPurpose, name), (name, SKOS.broader, upper)]
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        drawn = axioms.conclude(triples, axioms.known_of)
    finally:
        sys.setprofile(before)
    kind = ROPA.DirectMarketingActivity
    assert drawn[X, kind].others == purposes - 1
    return calls


def test_the_work_grows_with_a_chain_and_not_with_its_square() -> None:
    """Twice the terms, each below the one before, take about twice the steps."""
    _work(10)
    assert _work(400) < 2.5 * _work(200)
