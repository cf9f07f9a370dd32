"""What follows for the terms themselves, kept beside the ontology as a golden file.

Write it anew after a change of ontology or law that is meant::

    ROPA_UPDATE_GOLDEN=1 pytest tests/ontology/test_classification.py
"""

import os
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import assets, vocabulary
from ropa.canonical import n3
from ropa.inference import axioms, reasoner
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


def test_what_consent_children_and_devices_are(
    kept: set[tuple[URIRef, URIRef, URIRef]],
) -> None:
    """Consent of Art. 9 and 49 is no basis of Art. 6; a widget is no cookie."""
    consent = members(kept, ROPA.ConsentBasis)
    assert GDPR["A6-1-a"] in consent
    assert consent < members(kept, ROPA.Article6Basis)
    assert members(kept, ROPA.InterestBasis) < members(kept, ROPA.Article6Basis)
    assert members(kept, ROPA.Children) == {DPV.Child}
    devices = members(kept, ROPA.TerminalTechnology)
    assert ROPA.SessionCookie in devices
    assert devices & {ROPA.SocialWidget, ROPA.MachineLearning} == set()


def test_kinds_of_activities_follow_from_their_parts(
    java: str, kept: set[tuple[URIRef, URIRef, URIRef]]
) -> None:
    """Each kind of activity or part, with the least that makes one, and no other kind.

    No kind that the logic leads to is left out, but those of terms, tested above.
    """
    me, part, other = (URIRef(f"urn:x-test:{name}") for name in ("me", "part", "other"))
    sends = (me, DPV.hasProcessing, part)
    transfer = [sends, (part, RDF.type, DPV.CrossBorderTransfer)]
    recipient = [(me, DPV.hasRecipient, part), (part, RDF.type, DPV.ThirdParty)]
    purpose = [(me, DPV.hasPurpose, part), (part, RDF.type, DPV.Purpose)]
    away = [*transfer, (part, DPV.hasThirdCountry, other)]
    sensitive = (part, DPV.hasPersonalData, PD.Health)
    cases: list[tuple[set[str], set[str], list[tuple[Any, Any, Any]]]] = [
        ({"ProcessorActivity"}, set(), [(me, DPV.hasDataProcessor, other)]),
        ({"JointControllerActivity"}, set(), [(me, DPV.hasJointDataControllers, part)]),
        (
            {"ProcessorUsingActivity"},
            set(),
            [recipient[0], (part, RDF.type, DPV.DataProcessor)],
        ),
        ({"SpecialCategoryActivity"}, set(), [(me, DPV.hasPersonalData, PD.Health)]),
        (
            {"SpecialCategoryActivity"},
            set(),
            [(me, DPV.hasPersonalData, DPV.SpecialCategoryPersonalData)],
        ),
        (
            {"SpecialCategoryActivity"},
            {"SpecialCategoryDisclosure"},
            [*recipient, sensitive],
        ),
        (
            {"SpecialCategoryActivity", "TransferringActivity"},
            {"SpecialCategoryDisclosure"},
            [*transfer, sensitive],
        ),
        (
            {"SpecialWhenIdentifyingActivity"},
            set(),
            [(me, DPV.hasPersonalData, PD.Fingerprint)],
        ),
        (
            {"SpecialCategoryActivity"},
            {"SpecialCategoryData"},
            [
                (me, DPV.hasPersonalData, part),
                (part, RDF.type, DPV.PersonalData),
                (part, SKOS.broader, other),
                (other, RDF.type, DPV.PersonalData),
                (other, SKOS.broader, PD.Health),
            ],
        ),
        (
            {"CriminalDataActivity"},
            set(),
            [(me, DPV.hasPersonalData, PD.CriminalCharge)],
        ),
        (
            {"CriminalDataActivity"},
            {"CriminalDataDisclosure"},
            [*recipient, (part, DPV.hasPersonalData, PD.CriminalCharge)],
        ),
        ({"VulnerablePeopleActivity"}, set(), [(me, DPV.hasDataSubject, DPV.Patient)]),
        (
            {"VulnerablePeopleActivity", "ChildrenActivity"},
            set(),
            [(me, DPV.hasDataSubject, DPV.Child)],
        ),
        (
            {"DirectMarketingActivity"},
            {"DirectMarketingPurpose"},
            [*purpose, (part, SKOS.broader, DPV.DirectMarketing)],
        ),
        ({"EmploymentActivity"}, set(), [(me, DPV.hasPurpose, DPV.PersonnelPayment)]),
        (
            {"AutomatedEvaluationActivity"},
            set(),
            [(me, DPV.hasProcessing, DPV.Profiling)],
        ),
        ({"AutomatedEvaluationActivity"}, set(), [(me, DPV.hasContext, DPV.Profiling)]),
        (
            {"AutomatedEvaluationActivity"},
            set(),
            [(me, ROPA.decisionGround, ROPA["A22-2-a"])],
        ),
        (
            {"ConsentActivity"},
            {"ConsentPurpose"},
            [*purpose, (part, DPV.hasLegalBasis, GDPR["A6-1-a"])],
        ),
        ({"ConsentActivity"}, set(), [(me, DPV.hasLegalBasis, GDPR["A6-1-a"])]),
        (
            {"InterestActivity"},
            {"InterestPurpose"},
            [*purpose, (part, DPV.hasLegalBasis, GDPR["A6-1-f-controller"])],
        ),
        ({"InterestActivity"}, set(), [(me, DPV.hasLegalBasis, GDPR["A6-1-f"])]),
        (
            {"TerminalAccessActivity"},
            {"TerminalTechnology"},
            [
                (me, DPV.isImplementedUsingTechnology, part),
                (part, SKOS.broader, ROPA.SessionCookie),
            ],
        ),
        ({"TransferringActivity"}, set(), transfer),
        (
            {"TransferringActivity", "RestrictedTransferActivity"},
            {"RestrictedTransfer"},
            away,
        ),
        (
            {"TransferringActivity", "RestrictedTransferActivity"},
            {"RestrictedTransfer"},
            [
                *transfer,
                (part, DPV.hasDataImporter, other),
                (other, RDF.type, DPV.InternationalOrganisation),
            ],
        ),
        # A name, marketing to the public and an unknown recipient have no kind.
        (set(), set(), [(me, DPV.hasPersonalData, PD.Name)]),
        (set(), set(), [(me, DPV.hasPurpose, DPV.Marketing)]),
        (set(), set(), [(me, DPV.hasRecipient, other), (part, SKOS.broader, PD.Name)]),
        (set(), {"Article6Basis"}, [(part, SKOS.broader, GDPR["A6-1-b"])]),
    ]
    graph = Graph()
    graph += vocabulary.load().graph
    expected: dict[URIRef, set[URIRef]] = {}
    for number, (of_me, of_part, stated) in enumerate(cases):
        own = {name: URIRef(f"{name}-{number}") for name in (me, part, other)}
        for triple in [(me, RDF.type, DPV.PersonalDataProcess), *stated]:
            graph.add(tuple(own.get(node, node) for node in triple))
        expected[own[me]] = {ROPA[name] for name in of_me}
        expected[own[part]] = {ROPA[name] for name in of_part}
    graph.add((URIRef(f"{part}-{len(cases) - 1}"), RDF.type, DPV.LegalBasis))
    found: dict[URIRef, set[URIRef]] = {term: set() for term in expected}
    for term, kind in reasoner.classify(graph).types:
        if term in found and kind in axioms.kinds():
            found[term].add(kind)
    assert found == expected
    met = {kind for kinds in expected.values() for kind in kinds}
    of_terms = {kind for kind in axioms.kinds() if members(kept, kind)}
    assert met | of_terms == axioms.kinds()
