"""What the rules find and what the entailments conclude are of one mind.

The complete records and the faults planted in them are looked at from both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import assets, entailments, entry, packaged, syntax
from ropa.inference import contradictions
from ropa.store import MEMORY, open_store
from ropa.terms import DCT, DPV, GDPR, LAW, LOC, RDF, ROPA, curie
from tests.shapes.seeded import planting
from tests.shapes.seeded.planting import DAY, Fault

if TYPE_CHECKING:
    from ropa.store.base import Store

KNOWN, GIVEN = URIRef("urn:x-test:known"), URIRef("urn:x-test:given")
ASKS_FOR_ASSESSMENT = {"dpia-french-list", "dpia-missing", "dpia-status-missing"}
# Objection, withdrawal and complaint have rules of their own.
APART = {GDPR["A21"], GDPR["A7-3"], GDPR["A77"]}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Open a store that holds what the package knows."""
    lines = assets.text("ontology", "classification.nt").splitlines()
    for graph, more in packaged.reference_lines().items():
        if not graph.startswith(entry.SHAPES_BASE):
            lines += more
    opened = open_store(MEMORY, in_union=lambda _: True)
    opened.load_lines({KNOWN: lines})
    yield opened
    opened.close()


def concluded(store: Store, data: Graph, as_of: date = DAY) -> Graph:
    """Draw all conclusions from some entries."""
    store.write({GIVEN: None})
    store.load_lines({GIVEN: [syntax.line(*triple) for triple in data]})
    found = Graph()
    for one in entailments.all_entailments():
        made = list(store.construct(one.render(as_of)))
        store.load_lines({GIVEN: [syntax.line(*triple) for triple in made]})
        for triple in made:
            found.add(triple)
    return found


@cache
def unassessed(name: str) -> Graph:
    """Give a record as a register that says nothing of impact assessments."""
    data = planting.relabelled(planting.read(name).data, ROPA.Register)
    data.remove((None, DPV.hasAssessment, None))
    for claim in list(data.subjects(ROPA.field, DPV.hasAssessment)):
        data.remove((claim, None, None))
    return data


@pytest.mark.parametrize("name", planting.names())
def test_no_complete_record_contradicts_the_ontology(name: str) -> None:
    """What the shapes ask for can be stated: no domain or range excludes it."""
    assert contradictions.find(planting.read(name).data) == []


@pytest.mark.parametrize("name", planting.names())
def test_candidates_are_whom_the_rules_ask_for_an_assessment(
    store: Store, name: str
) -> None:
    """Where none is recorded, exactly the candidates are asked for one."""
    data = unassessed(name)
    asked = {
        finding.focus
        for finding in planting.findings(data).values()
        if finding.rule in ASKS_FOR_ASSESSMENT
    }
    follows = concluded(store, data)
    assert set(follows.subjects(RDF.type, ROPA.DPIACandidate)) == asked


@pytest.mark.parametrize(
    ("data", "is_asked"), [("pd:PhysicalAddress", False), ("pd:GPSCoordinate", True)]
)
def test_an_ordinary_address_ends_no_exemption(
    store: Store, data: str, is_asked: bool
) -> None:
    """Access of many employees to premises is exempt, with their addresses as well."""
    change = planting.fault(
        f"""#+ fault: access
        #+ fires: dpia-status-missing
        DELETE {{ ?place dpv:hasPersonalData ?some . ?purpose skos:broader ?kind }}
        INSERT {{ ?place dpv:hasPersonalData {data} ;
            dpv:hasScale dpv:LargeScaleOfDataSubjects .
            ?purpose skos:broader dpv:EnforceAccessControl }}
        WHERE {{ ?place dpv:hasPersonalData ?some ; dpv:hasPurpose ?purpose .
            ?purpose skos:broader ?kind }}""".replace("\n        ", "\n")
    )
    record = planting.read("small-hr")
    changed = planting.planted(change, record, planting.places(change, record)[0])
    asked = {
        finding.focus
        for finding in planting.findings(changed).values()
        if finding.rule in ASKS_FOR_ASSESSMENT
    }
    follows = concluded(store, changed)
    assert set(follows.subjects(RDF.type, ROPA.DPIACandidate)) == asked
    assert bool(asked) is is_asked


def test_some_records_have_candidates(store: Store) -> None:
    """The records show each way of becoming one, so that agreeing means something."""
    found = [concluded(store, unassessed(name)) for name in planting.names()]
    assert any((None, RDF.type, ROPA.DPIACandidate) in graph for graph in found)
    assert any((None, RDF.type, ROPA.DPIACandidate) not in graph for graph in found)
    kinds = {o for graph in found for o in graph.objects(None, ROPA.ofListedKind)}
    assert {ROPA.WagesKind, ROPA.WhistleblowingKind} <= kinds


@pytest.mark.parametrize("name", planting.names())
def test_rights_owed_are_those_the_rule_misses(store: Store, name: str) -> None:
    """A notice that tells of one right only is asked for all others that it owes."""
    data = planting.relabelled(planting.read(name).data, ROPA.Notice)
    records = set(data.subjects(ROPA.profile, ROPA.Notice))
    for record in records:
        data.remove((record, DPV.hasRight, None))
        data.add((record, DPV.hasRight, GDPR["A77"]))
    missed = {
        (finding.focus, finding.value)
        for finding in planting.findings(data).values()
        if finding.rule == "rights-owed-missing"
    }
    follows = concluded(store, data)
    owed = {
        (data.value(activity, DCT.isPartOf), right)
        for activity, right in follows.subject_objects(ROPA.owesRight)
        if right not in APART | {GDPR["A22"]}
    }
    # What the record itself rests on is owed by the record, not by an activity.
    assert owed <= missed
    rests = [
        record
        for record in records
        if (record, DPV.hasPurpose, None) in data
        or (record, DPV.hasLegalBasis, None) in data
    ]
    if not rests:
        assert owed == missed


@pytest.mark.parametrize("name", planting.names())
def test_a_decision_that_carries_a_transfer_covers_it(store: Store, name: str) -> None:
    """In a complete record each transfer that rests on a decision is covered by it."""
    data = planting.read(name).data
    follows = concluded(store, data)
    named = {
        (transfer, decision)
        for transfer in data.subjects(DPV.hasLegalBasis, GDPR["A45-3"])
        for decision in data.objects(transfer, ROPA.decision)
    }
    assert named <= set(follows.subject_objects(ROPA.coveredBy))
    in_need = set(follows.subjects(RDF.type, ROPA.TransferNeedingTool))
    assert not in_need & {transfer for transfer, _ in named}
    # Whoever needs a tool has one, since nothing was found.
    assert all((transfer, DPV.hasLegalBasis, None) in data for transfer in in_need)
    assert not set(follows.subjects(ROPA.likelyTransferTo, None))


def test_some_records_transfer(store: Store) -> None:
    """There are transfers that decisions cover, and such as need a tool."""
    found = [concluded(store, planting.read(name).data) for name in planting.names()]
    decisions = {o for graph in found for o in graph.objects(None, ROPA.coveredBy)}
    assert {LAW["eu-us-dpf"], LAW["epo-2025-1382"]} <= decisions
    assert any((None, RDF.type, ROPA.TransferNeedingTool) in graph for graph in found)


def of_rules(*codes: str) -> list[Fault]:
    """List the faults that set off one of some rules."""
    return [fault for fault in planting.faults() if fault.fires & set(codes)]


def told(store: Store, fault: Fault, *codes: str) -> tuple[Graph, Graph, set[Node]]:
    """Plant a fault; give the entries, what follows, and whom the rules speak of."""
    made = planting.somewhere(fault)
    data = planting.planted(fault, made.record, made.place)
    data = planting.relabelled(data, made.profile)
    found = planting.findings(data, as_of=fault.as_of).values()
    about = {one.focus for one in found if one.rule in codes}
    assert about
    return data, concluded(store, data, fault.as_of), about


UNCOVERED = (
    "limited-scope-cover-missing",
    "us-cover-inactive",
    "us-cover-missing",
    "us-cover-staff-data",
)


@pytest.mark.parametrize("fault", of_rules(*UNCOVERED), ids=str)
def test_where_cover_is_doubted_no_decision_covers(store: Store, fault: Fault) -> None:
    """Where a rule misses the cover of an importer, none is concluded."""
    _, follows, about = told(store, fault, *UNCOVERED)
    for transfer in about:
        assert (transfer, ROPA.coveredBy, None) not in follows
        assert (transfer, RDF.type, ROPA.CoveredTransfer) not in follows


MISNAMED = (
    "adequacy-decision-not-in-force",
    "adequacy-decision-other-country",
    "tool-of-another-law",
)


@pytest.mark.parametrize("fault", of_rules(*MISNAMED), ids=str)
def test_what_is_named_wrongly_does_not_cover(store: Store, fault: Fault) -> None:
    """A decision that a rule refuses covers nothing, whatever else may."""
    data, follows, about = told(store, fault, *MISNAMED)
    for transfer in about:
        named = set(data.objects(transfer, ROPA.decision))
        assert named
        assert not named & set(follows.objects(transfer, ROPA.coveredBy))


IN_NEED = ("adequacy-without-decision", "us-cover-inactive")


@pytest.mark.parametrize("fault", of_rules(*IN_NEED), ids=str)
def test_what_no_decision_covers_needs_a_tool(store: Store, fault: Fault) -> None:
    """Where no decision can carry it, a transfer is in need of a tool."""
    _, follows, about = told(store, fault, *IN_NEED)
    for transfer in about:
        assert (transfer, RDF.type, ROPA.TransferNeedingTool) in follows


@pytest.mark.parametrize("fault", of_rules("transfer-within-area"), ids=str)
def test_what_stays_inside_needs_no_tool(store: Store, fault: Fault) -> None:
    """A country that the rule takes for inside makes no need and asks for no cover."""
    data, _, about = told(store, fault, "transfer-within-area")
    for transfer in about:
        for country in list(data.objects(transfer, DPV.hasThirdCountry)):
            if country != LOC.FR:
                data.remove((transfer, DPV.hasThirdCountry, country))
        follows = concluded(store, data, fault.as_of)
        assert (transfer, RDF.type, ROPA.TransferNeedingTool) not in follows
        assert (transfer, ROPA.coveredBy, None) not in follows


@pytest.mark.parametrize(
    "fault", of_rules("recipient-abroad-without-transfer"), ids=str
)
def test_a_recipient_abroad_makes_a_likely_transfer(store: Store, fault: Fault) -> None:
    """Where the rule misses a transfer, one follows as likely, for that recipient."""
    _, follows, about = told(store, fault, "recipient-abroad-without-transfer")
    for recipient in about:
        assert (recipient, ROPA.likelyTransferTo, None) in follows


def test_the_rules_name_the_decisions_of_limited_scope() -> None:
    """Where a rule lists them itself, it lists those that the law marks so."""
    text = assets.text("data", "law/adequacy.ttl")
    marked = {
        curie(str(s))
        for s, p, o, _ in syntax.parse(text, syntax.Syntax.TURTLE)
        if p == ROPA.hasLimitedScope and o.toPython() is True
    }
    assert "law:eu-us-dpf" in marked
    text = assets.text("shapes", "advice-transfers.ttl")
    for start in ("FILTER(?decision NOT IN (", "&& ?stay NOT IN ("):
        listed = text.split(start)[1].split(")")[0]
        assert {name.strip() for name in listed.split(",")} == marked
