"""Claims of the five records: every statement has one, and none says too much."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, evidence, packaged, rules
from ropa.evidence import Claim
from ropa.terms import DCT, DPCAT, OA, RDF, ROPA, SH, SKOS, TIME, curie

COMPANIES = ["wepos", "weprode", "wimi", "workpex", "wpo"]
# What only repeats or arranges: the claim of the link to a part carries it.
FRAME = {
    RDF.type,
    DCT.title,
    DCT.isPartOf,
    SKOS.prefLabel,
    SKOS.broader,
    SKOS.note,
    SKOS.exactMatch,
    ROPA.days,
    TIME.numericDuration,
    TIME.unitType,
}
HELD = {ROPA.Stated, ROPA.Partial}
ABOUT_CLAIMS = (ROPA.Claim, ROPA.Remark, ROPA.Section, ROPA.SourceDocument)

Triple = tuple[Node, Node, Node]


@cache
def entries() -> dict[URIRef, Graph]:
    """Read the examples as the package brings them."""
    return packaged.examples()


@cache
def editorial() -> frozenset[Node]:
    """List the properties that are editorial in every form that has them."""
    graph = rules.shapes()
    said: dict[Node | None, set[bool]] = defaultdict(set)
    for shape in graph.subjects(SH.group):
        is_editorial = str(graph.value(shape, ROPA.isEditorial)).lower() == "true"
        said[graph.value(shape, SH.path)].add(is_editorial)
    return frozenset({p for p, every in said.items() if p and every == {True}} | FRAME)


def company_of(iri: URIRef) -> str:
    """Give the company that an entry of the package belongs to; empty for others."""
    room, _, rest = str(iri).removeprefix(packaged.EXAMPLES_BASE).partition("/")
    return rest.partition("/")[0] if room in ("companies", "activities") else ""


def record(company: str) -> Graph:
    """Give all that is stated in the entries of a company."""
    whole = Graph()
    for iri, graph in entries().items():
        if company_of(iri) == company:
            whole += graph
    return whole


def statements(graph: Graph) -> set[Triple]:
    """Give the statements that need a claim of their own."""
    aside = {
        node for kind in ABOUT_CLAIMS for node in graph.subjects(RDF.type, kind)
    } | set(graph.subjects(RDF.type, OA.SpecificResource))
    return {(s, p, o) for s, p, o in graph if s not in aside and p not in editorial()}


def claimed(claims: list[Claim]) -> dict[Triple, list[Claim]]:
    """Index claims on values by what they say."""
    found: dict[Triple, list[Claim]] = defaultdict(list)
    for claim in claims:
        for value in claim.values:
            found[claim.about, claim.field, value].append(claim)
    return found


def told(triple: Triple) -> str:
    """Write a statement short, for a message."""
    return " ".join(
        str(node)[:60] if isinstance(node, Literal) else short(node) for node in triple
    )


def short(node: Node) -> str:
    """Shorten an address."""
    return curie(str(node)).removeprefix(packaged.EXAMPLES_BASE)


@pytest.fixture(params=COMPANIES)
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each of the five records, with its activities."""
    return record(request.param)


def test_a_notice_is_what_these_records_are(graph: Graph) -> None:
    """The rule that every statement has its claim is one for notices."""
    (one,) = graph.subjects(RDF.type, DPCAT.ROPA)
    assert graph.value(one, ROPA.profile) == ROPA.Notice


def test_every_statement_has_its_claim(graph: Graph) -> None:
    """Nothing stands in a record without a claim that says how it is known."""
    known = claimed(evidence.claims_of(graph))
    missing = sorted(told(one) for one in statements(graph) if one not in known)
    assert missing == []


def test_what_was_read_has_a_passage(graph: Graph) -> None:
    """Whatever is stated, partly stated or denied points to where it was read."""
    missing = [
        short(one.iri)
        for one in evidence.claims_of(graph)
        if one.origin == ROPA.Document
        and one.state in {*HELD, ROPA.Denied}
        and not one.passages
    ]
    assert missing == []


def test_every_claim_says_state_and_origin(graph: Graph) -> None:
    """All are claims of the document, in one of the states."""
    odd = [
        f"{short(one.iri)}: {one.state} {one.origin}"
        for one in evidence.claims_of(graph)
        if one.state is None or one.origin != ROPA.Document
    ]
    assert odd == []


def test_what_is_claimed_as_stated_is_stated(graph: Graph) -> None:
    """A claim on a value that the record does not hold would be an invention."""
    odd = [
        told((one.about, one.field, value))
        for one in evidence.claims_of(graph)
        if one.state in HELD
        for value in one.values
        if (one.about, one.field, value) not in graph
    ]
    assert odd == []


def test_a_whole_field_that_is_claimed_has_a_value(graph: Graph) -> None:
    """A claim without a value that says "stated" speaks of a field that has some."""
    odd = [
        short(one.iri)
        for one in evidence.claims_of(graph)
        if one.state == ROPA.Stated
        and not one.values
        and (one.about, one.field, None) not in graph
    ]
    assert odd == []


def test_silence_contradicts_no_statement(graph: Graph) -> None:
    """What is claimed as not stated or denied does not stand in the record.

    Only a right that is refused stands there, as refused.
    """
    odd = []
    for one in evidence.claims_of(graph):
        if one.state not in {ROPA.NotStated, ROPA.Denied}:
            continue
        for value in one.values:
            is_refused = (value, ROPA.position, ROPA.Refused) in graph
            if is_refused and one.state == ROPA.Denied:
                continue
            if (one.about, one.field, value) in graph:
                odd.append(f"{short(one.iri)}: {told((one.about, one.field, value))}")
        if not one.values and (one.about, one.field, None) in graph:
            odd.append(f"{short(one.iri)}: {short(one.about)} {short(one.field)}")
    assert odd == []


def test_a_statement_is_claimed_once(graph: Graph) -> None:
    """No two claims say how the same value is known."""
    twice = [
        told(triple)
        for triple, claims in claimed(evidence.claims_of(graph)).items()
        if len(claims) > 1
    ]
    assert twice == []


def test_claims_and_remarks_are_about_what_is_there(graph: Graph) -> None:
    """Whatever a claim or remark speaks of is described in the same record."""
    everything = [*evidence.claims_of(graph), *evidence.remarks_of(graph)]
    lost = [
        f"{short(one.iri)}: {short(one.about)}"
        for one in everything
        if (one.about, None, None) not in graph
    ]
    assert lost == []


def test_claims_stand_in_the_entry_they_speak_of(graph: Graph) -> None:
    """A claim belongs to the document of its thing, so that it is kept with it."""
    strangers = [
        short(one.iri)
        for one in evidence.claims_of(graph)
        if entry.document(one.iri) != entry.document(one.about)
    ]
    assert strangers == []


def test_every_passage_that_is_cited_exists() -> None:
    """No claim or remark points to a passage that no document has."""
    known = {
        iri
        for source, graph in entries().items()
        if (source, RDF.type, ROPA.SourceDocument) in graph
        for iri in evidence.document_of(graph, source).passages
    }
    lost = {
        f"{short(one.iri)}: {short(passage)}"
        for graph in entries().values()
        for one in (*evidence.claims_of(graph), *evidence.remarks_of(graph))
        for passage in one.passages
        if passage not in known
    }
    assert lost == set()


def test_a_company_cites_its_own_document(graph: Graph) -> None:
    """The passages of a record lie in the documents that the record names."""
    named = set(graph.objects(None, ROPA.sourceDocument))
    cited = {
        entry.document(passage)
        for one in (*evidence.claims_of(graph), *evidence.remarks_of(graph))
        for passage in one.passages
    }
    assert cited <= named
