"""The engine: what it finds is what pySHACL finds by itself, no more and no less."""

from __future__ import annotations

import random
from functools import cache

import pytest
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import engine, entry, packaged, rules, syntax, validation, vocabulary
from ropa.structure import DAYS_DISAGREE
from ropa.terms import DPV, OA, RDF, RDFS, ROPA, SH, SKOS, XSD
from tests.benchmarks import synthetic

pytestmark = pytest.mark.usefixtures("queries_read_once")

COMPANIES = ("wepos", "weprode", "wimi", "workpex", "wpo")
EVERY_RULE = frozenset(rules.rules())

Result = tuple[Node | None, ...]


@cache
def examples() -> dict[URIRef, Graph]:
    """Read the example companies, once."""
    return packaged.examples()


def surrounded(data: Graph, others: dict[URIRef, Graph]) -> Graph:
    """Join entries with their surroundings, as a check does."""

    def fetch(iri: URIRef) -> Graph:
        return others.get(entry.document(iri), Graph())

    whole = Graph()
    whole += data
    whole += validation.context(data, vocabulary.load(), fetch)
    day = Literal("2026-11-22", datatype=XSD.date)
    whole.add((validation.CONTEXT, ROPA.asOf, day))
    return whole


def documents(data: Graph) -> set[URIRef]:
    """Name the entries of a graph."""
    return {entry.document(s) for s in data.subjects(unique=True)}


def ours(whole: Graph, names: set[URIRef]) -> set[Result]:
    """Give what the engine finds: node, shape, path and value."""
    found = engine.find(whole, names, EVERY_RULE)
    return {(f.focus, f.shape, f.path, f.value) for f in found}


def theirs(whole: Graph, names: set[URIRef]) -> set[Result]:
    """Give what pySHACL reports with its defaults about the same entries."""
    from pyshacl import validate

    _, graph, _ = validate(whole, shacl_graph=rules.shapes())
    assert isinstance(graph, Graph)
    found: set[Result] = set()
    for node in graph.objects(None, SH.result):
        focus, path = graph.value(node, SH.focusNode), graph.value(node, SH.resultPath)
        value, shape = graph.value(node, SH.value), graph.value(node, SH.sourceShape)
        if not isinstance(focus, URIRef) or entry.document(focus) not in names:
            continue
        # Judged in Python, see ropa.structure.
        if shape == rules.rule(DAYS_DISAGREE).shape:
            continue
        if path is None and value == focus:
            value = None
        found.add((focus, shape, None if isinstance(path, BNode) else path, value))
    return found


def record(company: str, *, every: int) -> Graph:
    """Give all entries of an example company, with one claim or remark in so many."""
    data = Graph()
    for name, graph in examples().items():
        if company in str(name).split("/"):
            data += graph
    kinds = (ROPA.Claim, ROPA.Remark, OA.SpecificResource, OA.TextPositionSelector)
    for kind in kinds:
        parts = sorted(data.subjects(RDF.type, kind))
        for part in set(parts) - set(parts[::every]):
            data.remove((part, None, None))
    return data


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.deep)])
def test_the_records_give_what_pyshacl_gives(company: str, every: int) -> None:
    """Result by result, on the record and the activities of an example company."""
    data = record(company, every=every)
    assert len(data) > 100
    whole = surrounded(data, examples())
    found = ours(whole, documents(data))
    assert found == theirs(whole, documents(data))


@cache
def register() -> Graph:
    """Give a made-up register with planted faults, as one graph."""
    lines = "".join(synthetic.register(20)).encode()
    graph = Graph()
    for s, p, o, _ in syntax.parse(lines, syntax.Syntax.NQUADS):
        graph.add((s, p, o))
    return graph


def claims(data: Graph, chance: random.Random) -> Graph:
    """Make claims about things of a register, some of them cut short or wrong."""
    fields = (
        DPV.hasPurpose,
        DPV.hasPersonalData,
        DPV.hasRecipient,
        DPV.hasStorageCondition,
        DPV.hasDataSubject,
    )
    made = Graph()
    things = sorted(s for s in data.subjects(RDF.type, unique=True))
    states = (ROPA.Stated, ROPA.Denied, ROPA.NotApplicable, ROPA.NotStated, ROPA.Claim)
    for number in range(60):
        about = chance.choice(things)
        claim = URIRef(f"{entry.document(URIRef(str(about)))}#claim-{number}")
        said: list[tuple[URIRef, Node]] = [
            (RDF.type, ROPA.Claim),
            (ROPA.about, about),
            (ROPA.field, chance.choice(fields)),
            (ROPA.state, chance.choice(states)),
            (ROPA.state, chance.choice(states[:2])),
            (ROPA.origin, ROPA.Document),
            (ROPA.explicit, chance.choice((Literal(True), Literal("so")))),
            (SKOS.note, Literal("Because.", lang="en")),
        ]
        for way, value in said:
            if chance.random() < 0.8:
                made.add((claim, way, value))
    return made


@pytest.mark.parametrize(
    "seed",
    [0, 1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(2, 12))],
)
def test_faulty_entries_give_what_pyshacl_gives(seed: int) -> None:
    """Result by result, where statements are missing, doubled, swapped or ill-typed."""
    chance = random.Random(seed)
    sound = sorted(register())
    data = Graph()
    for s, p, o in sound:
        fate = chance.random()
        if fate < 0.9:
            data.add((s, p, o))
        if fate > 0.95:
            data.add((s, p, chance.choice(sound)[2]))
        elif fate > 0.93:
            data.add((s, chance.choice(sound)[1], o))
        elif fate > 0.9:
            data.add((s, p, Literal(chance.choice(("", "x", "2020-13-01", "-1")))))
    data += claims(data, chance)
    whole = surrounded(data, {})
    found = ours(whole, documents(data))
    assert len({shape for _, shape, *_ in found}) > 25
    assert found == theirs(whole, documents(data))


def test_a_second_run_gives_the_same() -> None:
    """What is kept between runs, such as queries, does not tint the next one."""
    data = Graph()
    for company in COMPANIES:
        data += record(company, every=40)
    whole = surrounded(data, {})
    names = documents(data)
    first = ours(whole, names)
    single = min(name for name in names if "/activities/" in name)
    assert {r for r in first if entry.document(URIRef(str(r[0]))) == single} == ours(
        whole, {single}
    )
    assert ours(whole, names) == first


def test_a_kept_query_is_as_good_as_new() -> None:
    """Every query of the rules, asked again, answers as one that was just read."""
    from rdflib.plugins.sparql import prepareQuery

    graph = rules.shapes()
    whole = surrounded(register(), {})
    head = "".join(
        f"PREFIX {graph.value(node, SH['prefix'])}: <{graph.value(node, SH.namespace)}>"
        for node in graph.objects(None, SH.declare)
    )
    texts = [f"{head}{text}" for text in sorted(graph.objects(None, SH.select))]
    things = sorted(whole.subjects(RDF.type, unique=True))[::90]
    assert texts
    assert things
    for text in texts:
        if "$PATH" in text:
            continue
        kept = prepareQuery(text)
        fresh = {
            thing: set(whole.query(prepareQuery(text), initBindings={"this": thing}))
            for thing in things
        }
        for thing in (*things, *reversed(things)):
            again = set(whole.query(kept, initBindings={"this": thing}))
            assert again == fresh[thing]


def test_rules_that_are_not_applied_are_not_run() -> None:
    """Only the rules asked for give results, those of property shapes too."""
    data = Graph()
    data += register()
    data += claims(register(), random.Random(1))
    whole = surrounded(data, {})
    for code in ("single-value", "claim-incomplete", "purpose-missing"):
        found = engine.find(whole, documents(data), frozenset((code,)))
        assert {f.rule for f in found} == {code}


def test_the_shapes_of_the_rulebook_stay_as_they_are() -> None:
    """The engine takes its own copy apart, not the one that others read."""
    before = set(rules.shapes())
    engine.load.cache_clear()
    engine.load()
    assert set(rules.shapes()) == before


def test_subclasses_that_an_entry_states_count_as_with_pyshacl() -> None:
    """An entry that makes classes of its own is judged by the classes above them."""
    base = "http://example.org/activities/x/a"
    name, house = URIRef(base), URIRef(f"{base}#Kind")
    data = Graph()
    for kind, number in ((DPV.PersonalDataProcess, 1), (DPV.CrossBorderTransfer, 2)):
        own, part = URIRef(f"{house}{number}"), URIRef(f"{base}#{number}")
        data.add((own, RDFS.subClassOf, URIRef(f"{own}-above")))
        data.add((URIRef(f"{own}-above"), RDFS.subClassOf, kind))
        data.add((part, RDF.type, own))
    data.add((name, DPV.hasPurpose, URIRef(f"{base}#1")))
    whole = surrounded(data, {})
    found = ours(whole, {name})
    assert len({focus for focus, *_ in found}) > 1
    assert found == theirs(whole, {name})


def test_queries_read_ahead_are_those_that_a_check_asks() -> None:
    """After all steps no rule has a query that must still be read."""
    engine.load.cache_clear()
    engine._prepared.cache_clear()
    steps = list(engine.steps())
    read = engine._prepared.cache_info().currsize
    assert read >= len(steps) > 0
    list(engine.find(surrounded(register(), {}), documents(register()), EVERY_RULE))
    assert engine._prepared.cache_info().currsize == read


def test_paths_lead_where_pyshacl_goes() -> None:
    """Each path of a shape that is compiled here gives the same values for nodes."""
    whole = surrounded(register(), {})
    nodes = sorted(set(whole.all_nodes()), key=str)[::40]
    compiled = [d for d in engine.load().demands.values() if d.way is not None]
    complex_ways = 0
    for demand in compiled:
        complex_ways += not isinstance(demand.shape.path(), URIRef)
        assert demand.way is not None
        for node in nodes:
            theirs = demand.shape.value_nodes(whole, node)[node]
            assert demand.way(whole, node) == theirs
    assert complex_ways > 20
