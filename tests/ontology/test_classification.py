"""What follows for the terms themselves, kept beside the ontology as a golden file.

Write it anew after a change of ontology or law that is meant::

    ROPA_UPDATE_GOLDEN=1 pytest tests/ontology/test_classification.py
"""

import os
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import assets, vocabulary
from ropa.canonical import n3
from ropa.inference import reasoner
from ropa.syntax import Syntax, parse
from ropa.terms import DPV, GDPR, LAW, OWL, PD, RDF, RDFS, ROPA, SKOS

COMMAND = "ROPA_UPDATE_GOLDEN=1 pytest tests/ontology/test_classification.py"


def text_of(found: reasoner.Classification) -> str:
    """Write a classification as sorted N-Triples."""
    triples = [(low, RDFS.subClassOf, up) for low, up in found.subclasses]
    triples += [(term, RDF.type, kind) for term, kind in found.types]
    return "".join(sorted(f"{n3(s)} {n3(p)} {n3(o)} .\n" for s, p, o in triples))


@pytest.fixture(scope="module")
def kept() -> set[tuple[URIRef, URIRef, URIRef]]:
    """Give the statements of the golden file."""
    text = assets.text("ontology", "classification.nt")
    return {(s, p, o) for s, p, o, _ in parse(text, Syntax.NTRIPLES)}  # type: ignore[misc]


def members(kept: set[tuple[URIRef, URIRef, URIRef]], kind: URIRef) -> set[URIRef]:
    """Collect the terms of a kind."""
    return {s for s, p, o in kept if p == RDF.type and o == kind}


def test_the_golden_file_is_what_the_reasoner_finds(java: str, tree: Path) -> None:
    """A fresh run of HermiT on ontology and law gives the same conclusions."""
    graph = Graph()
    graph += vocabulary.load().graph
    fresh = text_of(reasoner.classify(graph))
    golden = tree / "ontology" / "classification.nt"
    if os.environ.get("ROPA_UPDATE_GOLDEN") == "1":
        golden.write_text(fresh, encoding="utf-8")
    old = set(golden.read_text(encoding="utf-8").splitlines())
    new = set(fresh.splitlines())
    assert (sorted(old - new), sorted(new - old)) == ([], []), f"if meant: {COMMAND}"
    assert golden.read_text(encoding="utf-8") == fresh


def test_nothing_trivial_is_kept(kept: set[tuple[URIRef, URIRef, URIRef]]) -> None:
    """The file has no owl:Thing, no class below itself, and nothing that is stated."""
    stated = vocabulary.load().graph
    assert kept
    for s, p, o in kept:
        assert p in (RDF.type, RDFS.subClassOf)
        assert OWL.Thing not in (s, o)
        assert s != o
        assert (s, p, o) not in stated
        assert not str(s).startswith("urn:x-ropa:")


def test_conclusions_are_not_read_back_as_axioms() -> None:
    """The vocabulary, from which the reasoner starts, does not hold the file."""
    graph = vocabulary.load().graph
    assert (None, RDF.type, ROPA.SpecialCategoryData) not in graph
    assert not any(name.endswith(".nt") for name in assets.names("ontology", ".ttl"))


def test_sensitive_data(kept: set[tuple[URIRef, URIRef, URIRef]]) -> None:
    """Membership goes down the hierarchy; biometric data is special by its purpose."""
    special = members(kept, ROPA.SpecialCategoryData)
    bodily = members(kept, ROPA.SpecialWhenIdentifyingData)
    assert {
        PD.Health,
        PD.DNACode,
        PD.Race,
        GDPR.HealthData,
        GDPR.GeneticData,
    } <= special
    assert {PD.Biometric, PD.Fingerprint, GDPR.BiometricData} <= bodily
    assert special & bodily == set()
    for term in (PD.FacialExpression, PD.Biometric, PD.Name, PD.Criminal):
        assert term not in special
    criminal = members(kept, ROPA.CriminalData)
    assert criminal == {PD[name] for name in PD.names() if name.startswith("Criminal")}


def test_every_flagged_category_has_its_kind(
    kept: set[tuple[URIRef, URIRef, URIRef]],
) -> None:
    """Our reviewed lists and the conclusions agree."""
    graph = vocabulary.load().graph
    for regime, kind in (
        (ROPA.SpecialCategoryRegime, ROPA.SpecialCategoryData),
        (ROPA.SpecialWhenIdentifyingRegime, ROPA.SpecialWhenIdentifyingData),
        (ROPA.CriminalDataRegime, ROPA.CriminalData),
    ):
        assert set(graph.subjects(ROPA.dataRegime, regime)) <= members(kept, kind)
    frail = set(graph.subjects(ROPA.isVulnerable, Literal(True)))
    assert frail <= members(kept, ROPA.VulnerablePeople)


def test_bases_conditions_and_tools_are_told_apart(
    kept: set[tuple[URIRef, URIRef, URIRef]],
) -> None:
    """What is called consent in Art. 9 and 49 is no basis of Art. 6 (domain.md, 7)."""
    bases = members(kept, ROPA.Article6Basis)
    conditions = members(kept, ROPA.Article9Condition)
    tools = members(kept, ROPA.ChapterVTool)
    assert GDPR["A6-1-a"] in bases
    assert GDPR["A9-2-a"] in conditions
    assert GDPR["A49-1-a"] in tools
    assert bases & conditions == bases & tools == conditions & tools == set()
    assert {str(t)[len(str(GDPR)) :][:2] for t in conditions} == {"A9"}
    assert len(conditions) == 10
    assert ROPA["A47-controllers"] in tools


def test_purposes_and_people(kept: set[tuple[URIRef, URIRef, URIRef]]) -> None:
    """Purposes and kinds of people have the kind of what they lie below."""
    work = members(kept, ROPA.EmploymentPurpose)
    assert {DPV.HumanResourceManagement, DPV.PersonnelPayment} <= work
    assert DPV.Marketing not in work
    assert DPV.DirectMarketing in members(kept, ROPA.DirectMarketingPurpose)
    frail = members(kept, ROPA.VulnerablePeople)
    assert {DPV.VulnerableHuman, DPV.Child, DPV.Employee} <= frail
    assert DPV.Customer not in frail
    assert DPV.Profiling in members(kept, ROPA.AutomatedEvaluation)


def test_no_person_is_an_organisation(
    kept: set[tuple[URIRef, URIRef, URIRef]],
) -> None:
    """The hierarchy of terms gives kinds; it makes nobody a legal entity."""
    for kind in (DPV.LegalEntity, DPV.Entity, DPV.HumanSubject, DPV.PersonalData):
        assert members(kept, kind) == set()


def test_law_belongs_to_the_classes_above_its_own(
    kept: set[tuple[URIRef, URIRef, URIRef]],
) -> None:
    """A decision is an instrument and a provision."""
    shield = LAW["eu-us-privacy-shield"]
    assert {(shield, RDF.type, ROPA.TransferInstrument)} <= kept
    assert {(shield, RDF.type, ROPA.Provision)} <= kept


def test_kinds_of_activities_follow_from_their_parts(java: str) -> None:
    """Each kind of activity, with the least that makes one, and one that has none."""
    base = "urn:x-test:"
    cases = {
        ROPA.ProcessorActivity: [(DPV.hasDataProcessor, URIRef(base + "p"))],
        ROPA.SpecialCategoryActivity: [(DPV.hasPersonalData, PD.Health)],
        ROPA.CriminalDataActivity: [(DPV.hasPersonalData, PD.CriminalCharge)],
        ROPA.VulnerablePeopleActivity: [(DPV.hasDataSubject, DPV.Child)],
        ROPA.DirectMarketingActivity: [(DPV.hasPurpose, DPV.DirectMarketing)],
        ROPA.EmploymentActivity: [(DPV.hasPurpose, DPV.PersonnelPayment)],
        ROPA.AutomatedEvaluationActivity: [(DPV.hasProcessing, DPV.Profiling)],
        ROPA.TransferringActivity: [(DPV.hasProcessing, URIRef(base + "transfer"))],
    }
    graph = Graph()
    graph += vocabulary.load().graph
    transfer, health = URIRef(base + "transfer"), URIRef(base + "health")
    graph.add((transfer, RDF.type, DPV.CrossBorderTransfer))
    graph.add((transfer, DPV.hasThirdCountry, URIRef(base + "country")))
    expected: dict[URIRef, set[URIRef]] = {transfer: {ROPA.RestrictedTransfer}}
    for number, (kind, stated) in enumerate(cases.items()):
        activity = URIRef(f"{base}activity-{number}")
        graph.add((activity, RDF.type, DPV.PersonalDataProcess))
        for property_, value in stated:
            graph.add((activity, property_, value))
        expected[activity] = {kind}
    # A company's own words have the kind of the term above them.
    own, plain = URIRef(base + "own"), URIRef(base + "plain")
    graph.add((health, RDF.type, DPV.PersonalData))
    graph.add((health, SKOS.broader, PD.Health))
    basis = URIRef(base + "basis")
    graph.add((basis, RDF.type, DPV.LegalBasis))
    graph.add((basis, SKOS.broader, GDPR["A6-1-b"]))
    for activity, data in ((own, health), (plain, PD.FacialExpression)):
        graph.add((activity, RDF.type, DPV.PersonalDataProcess))
        graph.add((activity, DPV.hasPersonalData, data))
    expected |= {own: {ROPA.SpecialCategoryActivity}, plain: set()}
    expected |= {health: {ROPA.SpecialCategoryData}, basis: {ROPA.Article6Basis}}
    found: dict[URIRef, set[URIRef]] = {term: set() for term in expected}
    for term, kind in reasoner.classify(graph).types:
        if term in found and kind in ROPA:
            found[term].add(kind)
    assert found == expected
