"""The surroundings that an entry is judged in."""

from __future__ import annotations

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import surroundings, vocabulary
from ropa.terms import DCT, DPV, LAW, LOC, PD, RDF, RDFS, ROPA, SKOS

BASE = "http://example.org/"
ACTIVITY = URIRef(f"{BASE}activities/x/a")
COMPANY = URIRef(f"{BASE}companies/x")
RECORD = URIRef(f"{COMPANY}#record")


def collected(*triples: tuple[URIRef, URIRef, URIRef]) -> tuple[Graph, list[URIRef]]:
    """Collect the surroundings of statements, and what was fetched for them."""
    data = Graph()
    for triple in triples:
        data.add(triple)
    asked: list[URIRef] = []

    def fetch(iri: URIRef) -> Graph:
        asked.append(iri)
        found = Graph()
        if iri == COMPANY:
            found.add((RECORD, DCT.publisher, COMPANY))
            found.add((RECORD, ROPA.profile, ROPA.Notice))
        return found

    return surroundings.context(data, vocabulary.load(), fetch), asked


def test_the_company_is_fetched_once_and_the_entry_never() -> None:
    """Other documents are fetched by name; terms and the entry itself are not."""
    found, asked = collected(
        (ACTIVITY, RDF.type, DPV.PersonalDataProcess),
        (ACTIVITY, DCT.isPartOf, RECORD),
        (ACTIVITY, DPV.hasDataController, COMPANY),
        (ACTIVITY, DPV.hasPurpose, URIRef(f"{ACTIVITY}#p")),
    )
    assert asked == [COMPANY]
    assert (RECORD, DCT.publisher, COMPANY) in found
    assert (ACTIVITY, None, None) not in found


def test_terms_come_with_what_is_above_them() -> None:
    """Of a term, the labels and the way up; not the logic of the ontology."""
    found, _ = collected((ACTIVITY, DPV.hasPersonalData, PD.EmailAddress))
    assert (PD.EmailAddress, SKOS.broader, None) in found
    above = set(found.transitive_objects(PD.EmailAddress, SKOS.broader))
    assert len(above) > 1
    assert all((term, SKOS.prefLabel, None) in found for term in above)
    assert (None, RDFS.subClassOf, None) not in found


def test_a_decision_comes_with_its_dates_and_countries() -> None:
    """The law relied on is there, with what it covers."""
    decision = LAW["eu-us-privacy-shield"]
    found, _ = collected((URIRef(f"{ACTIVITY}#t"), ROPA.decision, decision))
    assert (decision, ROPA.invalidatedOn, None) in found
    assert (LOC.US, SKOS.prefLabel, None) in found


def test_a_country_comes_with_its_memberships() -> None:
    """The rows that name a country or territory are there, those of others are not."""
    found, _ = collected((ACTIVITY, DPV.hasThirdCountry, LOC.GB))
    rows = set(found.subjects(ROPA.union, LOC.EEA))
    names = ("membership-eea-gb", "transition-gb", "bridge-gb")
    assert rows == {LAW[name] for name in names}
    assert (LAW["bridge-gb"], ROPA.endsOn, None) in found
    outside, _ = collected((ACTIVITY, DPV.hasThirdCountry, LOC.US))
    assert (None, ROPA.member, None) not in outside


def test_a_country_comes_with_its_ages_of_consent() -> None:
    """The rows of the state are there with their days, and those of no other."""
    found, _ = collected((COMPANY, DPV.hasCountry, LOC.LV))
    rows = set(found.subjects(RDF.type, ROPA.AgeLimit))
    assert rows == {LAW["age-lv"], LAW["age-lv-before"]}
    assert all((row, ROPA.validFrom, None) in found for row in rows)


def test_profiles_are_those_of_the_record() -> None:
    """An activity and its company share the record's profile; others have none."""
    data = Graph()
    data.add((ACTIVITY, DCT.isPartOf, RECORD))
    data.add((RECORD, DCT.publisher, COMPANY))
    data.add((RECORD, ROPA.profile, ROPA.Notice))
    other = URIRef(f"{BASE}organisations/y")
    found = surroundings.profiles(data, [ACTIVITY, COMPANY, other])
    assert found == {ACTIVITY: ROPA.Notice, COMPANY: ROPA.Notice}


def test_of_two_profiles_the_stricter_counts() -> None:
    """Nobody softens a record by calling it a notice as well."""
    data = Graph()
    data.add((RECORD, DCT.publisher, COMPANY))
    data.add((RECORD, ROPA.profile, ROPA.Notice))
    data.add((RECORD, ROPA.profile, ROPA.Register))
    data.add((COMPANY, DPV.hasName, Literal("X")))
    assert surroundings.profiles(data, [COMPANY]) == {COMPANY: ROPA.Register}


def test_a_term_comes_with_the_criteria_that_it_points_to() -> None:
    """What asks for an impact assessment is known for it and for what is above it."""
    found, _ = collected((ACTIVITY, DPV.hasDataSubject, DPV.Child))
    criterion = ROPA.VulnerablePeopleCriterion
    assert (criterion, ROPA.indicatedBy, DPV.VulnerableHuman) in found
    assert (criterion, RDF.type, ROPA.DPIACriterion) in found
    assert set(found.subjects(ROPA.indicatedBy)) == {criterion}


def test_a_kind_comes_with_what_else_decides_it() -> None:
    """Its country, the number of staff below which it counts, and its criteria."""
    found, _ = collected((ACTIVITY, DPV.hasPurpose, DPV.PersonnelManagement))
    kind = ROPA.SmallStaffKind
    assert (kind, ROPA.jurisdiction, LOC.FR) in found
    assert (kind, ROPA.staffBelow, Literal(250)) in found
    assert (kind, ROPA.withoutCriterion, ROPA.EvaluationCriterion) in found
