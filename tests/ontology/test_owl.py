"""The ontology is OWL 2 DL: every reasoner can take it, and takes it alike.

Source: OWL 2 Structural Specification, sections 3 (restrictions on the use of words),
4 (datatypes), 5.8 (declarations) and 11 (global restrictions).
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from rdflib import Graph
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import assets, terms, vocabulary
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, DPV, OWL, RDF, RDFS, ROPA, SKOS, XSD

KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
META = {
    OWL[name]
    for name in (
        "AllDifferent",
        "AllDisjointClasses",
        "AnnotationProperty",
        "Class",
        "DatatypeProperty",
        "FunctionalProperty",
        "NamedIndividual",
        "ObjectProperty",
        "Ontology",
        "Restriction",
        "TransitiveProperty",
    )
}
# The part of the datatype map of OWL 2 that the words here need; HermiT knows all.
DATATYPES = {XSD[name] for name in ("string", "boolean", "integer", "decimal")}
RESERVED = (str(OWL), str(RDF), str(RDFS), str(XSD))
FILES = assets.names("ontology", ".ttl")

Check = Callable[[Graph], Iterator[str]]


def short(*nodes: Node) -> str:
    """Name terms as people write them."""
    return " ".join(terms.curie(str(node)) for node in nodes)


def of_type(graph: Graph, kind: URIRef) -> set[Node]:
    """Collect what is declared as a kind."""
    return set(graph.subjects(RDF.type, kind))


def is_reserved(node: Node) -> bool:
    """Tell whether a word belongs to OWL, RDF, RDFS or XSD."""
    return isinstance(node, URIRef) and str(node).startswith(RESERVED)


def properties_of_no_or_two_kinds(graph: Graph) -> Iterator[str]:
    """Each property in use is declared as object, datatype or annotation property."""
    declared = Counter(s for kind in KINDS for s in of_type(graph, kind))
    for property_ in {*graph.predicates(), *declared}:
        if not is_reserved(property_) and declared[property_] != 1:
            yield f"{short(property_)} is of {declared[property_]} kinds"


def values_of_the_wrong_sort(graph: Graph) -> Iterator[str]:
    """Object properties have things as values, datatype properties literals."""
    things, plain = of_type(graph, KINDS[0]), of_type(graph, KINDS[1])
    for s, p, o in graph:
        if (p in things) if isinstance(o, Literal) else (p in plain):
            yield short(s, p, o)


def classes_that_are_datatypes(graph: Graph) -> Iterator[str]:
    """No IRI names a class and a datatype."""
    datatypes = of_type(graph, RDFS.Datatype) | DATATYPES
    yield from (short(term) for term in of_type(graph, OWL.Class) & datatypes)


def classes_that_nobody_declared(graph: Graph) -> Iterator[str]:
    """Each class in use is declared, or is an expression."""
    known = of_type(graph, OWL.Class) | of_type(graph, OWL.Restriction) | {OWL.Thing}
    plain = of_type(graph, OWL.DatatypeProperty) | of_type(graph, KINDS[2])
    used: set[Node] = set(graph.objects(None, RDF.type)) - META
    used |= {node for pair in graph.subject_objects(RDFS.subClassOf) for node in pair}
    used |= set(graph.objects(None, OWL.someValuesFrom))
    used |= set(graph.objects(None, RDFS.domain))
    used |= {o for s, o in graph.subject_objects(RDFS.range) if s not in plain}
    for way in (OWL.members, OWL.unionOf, OWL.intersectionOf):
        for head in graph.objects(None, way):
            used |= set(Collection(graph, head))
    yield from (short(term) for term in used - known)


def datatypes_outside_the_map(graph: Graph) -> Iterator[str]:
    """No logical statement needs a datatype that OWL 2 does not have."""
    plain = of_type(graph, OWL.DatatypeProperty)
    for s, p, o in graph:
        logical = p in plain or p == OWL.hasValue
        if logical and isinstance(o, Literal):
            if o.datatype and o.datatype not in DATATYPES:
                yield short(s, p, o.datatype)
        elif p == RDFS.range and s in plain and o not in DATATYPES:
            yield short(s, p, o)


def complex_roles_where_simple_ones_are_due(graph: Graph) -> Iterator[str]:
    """Transitive and chained properties, and those above, are not counted on."""
    complex_ = of_type(graph, OWL.TransitiveProperty)
    complex_ |= set(graph.subjects(OWL.propertyChainAxiom))
    above = {
        p for c in complex_ for p in graph.transitive_objects(c, RDFS.subPropertyOf)
    }
    counted: set[Node] = set()
    for kind in ("Functional", "InverseFunctional", "Irreflexive", "Asymmetric"):
        counted |= of_type(graph, OWL[f"{kind}Property"])
    counted |= set(graph.subjects(OWL.propertyDisjointWith))
    counted |= set(graph.objects(None, OWL.propertyDisjointWith))
    for node, _, _ in graph.triples((None, OWL.onProperty, None)):
        if any("ardinality" in str(p) for p in graph.predicates(node)):
            counted |= set(graph.objects(node, OWL.onProperty))
    yield from (short(p) for p in above & counted)


def reserved_words_redefined(graph: Graph) -> Iterator[str]:
    """Words of OWL, RDF, RDFS and XSD carry labels here and nothing more."""
    things, notes = of_type(graph, KINDS[0]), of_type(graph, KINDS[2])
    for s, p, o in graph:
        if (is_reserved(s) and p not in notes) or (p in things and is_reserved(o)):
            yield short(s, p, o)


def expressions_that_are_not_whole(graph: Graph) -> Iterator[str]:
    """Each restriction has one property and a filler that fits; lists are whole."""
    things, plain = of_type(graph, KINDS[0]), of_type(graph, KINDS[1])
    for node in of_type(graph, OWL.Restriction):
        on = list(graph.objects(node, OWL.onProperty))
        some = list(graph.objects(node, OWL.someValuesFrom))
        value = list(graph.objects(node, OWL.hasValue))
        literal = any(isinstance(v, Literal) for v in value)
        if len(on) != 1 or len(some) + len(value) != 1:
            yield f"restriction on {short(*on)} with {short(*some, *value)}"
        elif on[0] not in (plain if literal else things):
            yield f"restriction on {short(*on)}"
    for way in (OWL.members, OWL.distinctMembers, OWL.unionOf, OWL.intersectionOf):
        for _, head in graph.subject_objects(way):
            members = list(Collection(graph, head))
            if len(members) < 2 or len(set(members)) < len(members):
                yield f"{short(way)} of {short(*members)}"


def nameless_nodes_not_in_trees(graph: Graph) -> Iterator[str]:
    """A node without a name has one place and does not lead back to itself."""
    users: dict[Node, list[Node]] = {}
    for s, _, o in graph:
        if isinstance(o, BNode):
            users.setdefault(o, []).append(s)
    for node, using in users.items():
        seen: set[Node] = set()
        up: Node | None = node
        while up is not None and up not in seen:
            seen.add(up)
            up = users[up][0] if up in users else None
        if len(using) > 1 or up is not None:
            yield f"node below {short(*using)}"


CHECKS: list[Check] = [
    properties_of_no_or_two_kinds,
    values_of_the_wrong_sort,
    classes_that_are_datatypes,
    classes_that_nobody_declared,
    datatypes_outside_the_map,
    complex_roles_where_simple_ones_are_due,
    reserved_words_redefined,
    expressions_that_are_not_whole,
    nameless_nodes_not_in_trees,
]


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_ontology_is_owl_2_dl(graph: Graph, check: Check) -> None:
    """Ontology and law keep to what OWL 2 DL allows."""
    assert sorted(check(graph)) == []


X, Y = URIRef("urn:x-test:x"), URIRef("urn:x-test:y")
A, B, C = BNode("a"), BNode("b"), BNode("c")
DATE = Literal("2020-01-01", datatype=XSD.date)

BROKEN: list[tuple[str, Check, list[tuple[Node, Node, Node]]]] = [
    ("undeclared-property", properties_of_no_or_two_kinds, [(X, URIRef("urn:p"), Y)]),
    (
        "property-of-two-kinds",
        properties_of_no_or_two_kinds,
        [(ROPA.asOf, RDF.type, OWL.DatatypeProperty)],
    ),
    ("thing-as-literal", values_of_the_wrong_sort, [(X, ROPA.state, Literal("x"))]),
    ("literal-as-thing", values_of_the_wrong_sort, [(X, ROPA.period, ROPA.Stated)]),
    (
        "class-is-datatype",
        classes_that_are_datatypes,
        [(X, RDF.type, OWL.Class), (X, RDF.type, RDFS.Datatype)],
    ),
    ("type-undeclared", classes_that_nobody_declared, [(X, RDF.type, DPV.Marketing)]),
    ("domain-undeclared", classes_that_nobody_declared, [(ROPA.state, RDFS.domain, X)]),
    (
        "above-undeclared",
        classes_that_nobody_declared,
        [(ROPA.Act, RDFS.subClassOf, X)],
    ),
    (
        "filler-undeclared",
        classes_that_nobody_declared,
        [
            (A, RDF.type, OWL.Restriction),
            (A, OWL.onProperty, SKOS.broader),
            (A, OWL.someValuesFrom, DPV.Marketing),
        ],
    ),
    ("date-as-range", datatypes_outside_the_map, [(ROPA.period, RDFS.range, XSD.date)]),
    ("date-as-value", datatypes_outside_the_map, [(X, ROPA.period, DATE)]),
    (
        "transitive-and-functional",
        complex_roles_where_simple_ones_are_due,
        [(ROPA.state, RDF.type, OWL.TransitiveProperty)],
    ),
    (
        "transitive-below-functional",
        complex_roles_where_simple_ones_are_due,
        [
            (SKOS.broader, RDF.type, OWL.TransitiveProperty),
            (SKOS.broader, RDFS.subPropertyOf, ROPA.state),
        ],
    ),
    (
        "transitive-and-counted",
        complex_roles_where_simple_ones_are_due,
        [
            (SKOS.broader, RDF.type, OWL.TransitiveProperty),
            (A, OWL.onProperty, SKOS.broader),
            (A, OWL.maxCardinality, Literal(1)),
        ],
    ),
    ("owl-word-below", reserved_words_redefined, [(OWL.Thing, RDFS.subClassOf, X)]),
    ("owl-word-as-value", reserved_words_redefined, [(X, ROPA.organisation, RDF.type)]),
    (
        "restriction-without-filler",
        expressions_that_are_not_whole,
        [(A, RDF.type, OWL.Restriction), (A, OWL.onProperty, SKOS.broader)],
    ),
    (
        "restriction-on-annotation",
        expressions_that_are_not_whole,
        [
            (A, RDF.type, OWL.Restriction),
            (A, OWL.onProperty, DCT.source),
            (A, OWL.hasValue, X),
        ],
    ),
    (
        "list-of-one",
        expressions_that_are_not_whole,
        [(A, OWL.members, B), (B, RDF.first, X), (B, RDF.rest, RDF.nil)],
    ),
    (
        "shared-node",
        nameless_nodes_not_in_trees,
        [(X, RDFS.subClassOf, A), (Y, RDFS.subClassOf, A)],
    ),
    (
        "circle",
        nameless_nodes_not_in_trees,
        [(A, RDFS.subClassOf, B), (B, RDFS.subClassOf, C), (C, RDFS.subClassOf, A)],
    ),
]


@pytest.fixture(scope="module")
def copy(graph: Graph) -> Graph:
    """Give a copy that each test breaks and repairs."""
    broken = Graph()
    broken += graph
    return broken


@pytest.mark.parametrize(
    ("check", "added"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_copy_is_found(
    copy: Graph, check: Check, added: list[tuple[Node, Node, Node]]
) -> None:
    """Each check finds what was put in, so that finding nothing means something."""
    before = set(check(copy))
    for triple in added:
        copy.add(triple)
    try:
        assert set(check(copy)) - before
    finally:
        for triple in added:
            copy.remove(triple)


def test_nodes_without_a_name_stand_in_the_logic_only() -> None:
    """Only logic.ttl has nodes that nothing can cite."""
    with_nodes = {
        name
        for name in FILES
        for quad in parse(assets.text("ontology", name), Syntax.TURTLE)
        if any(isinstance(term, BNode) for term in quad[:3])
    }
    assert with_nodes == {"logic.ttl"}


def test_the_members_of_each_own_list_are_told_apart(graph: Graph) -> None:
    """Whoever adds a member to a list of ours says that it is none of the others."""
    lists: dict[Node, set[Node]] = {}
    for term in of_type(graph, OWL.NamedIndividual):
        for scheme in graph.objects(term, SKOS.inScheme):
            lists.setdefault(scheme, set()).add(term)
    apart = [
        set(Collection(graph, head))
        for head in graph.objects(None, OWL.distinctMembers)
    ]
    missing = {
        short(scheme): sorted(short(term) for term in members)
        for scheme, members in lists.items()
        if len(members) > 1 and members not in apart
    }
    assert missing == {}, "add them to owl:AllDifferent in ontology/logic.ttl"


def test_every_own_class_excludes_others_or_is_a_kind(graph: Graph) -> None:
    """No class of ours was forgotten: each, or one above it, excludes others."""
    listed = {
        member
        for head in graph.objects(None, OWL.members)
        for member in Collection(graph, head)
    }
    forgotten = set()
    for term in of_type(graph, OWL.Class):
        above = set(graph.transitive_objects(term, RDFS.subClassOf))
        follows = any(
            isinstance(node, BNode) for node in graph.subjects(RDFS.subClassOf, term)
        )
        if term in ROPA and not above & listed and not follows:
            forgotten.add(short(term))
    assert forgotten == set(), "add them to owl:AllDisjointClasses in logic.ttl"
