"""What a record is told of the bases of its activities."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph
from rdflib.term import URIRef

from ropa import reliance, store
from ropa.register import Register
from ropa.store.base import Store
from ropa.terms import DPV, GDPR

COMPANY = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix ex: <http://example.org/companies/one#> .
ex:record a dpcat:ROPA ; dct:publisher <http://example.org/companies/one> .
"""
ACTIVITY = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix ex: <http://example.org/activities/one/letters#> .
<http://example.org/activities/one/letters> a dpv:PersonalDataProcess ;
    dct:title "Letters"@en ; dct:isPartOf <http://example.org/companies/one#record> ;
    dpv:hasDataController <http://example.org/companies/one> ;
    dpv:hasPurpose ex:p ; dpv:hasPersonalData dpv:PersonalData .
ex:p a dpv:Purpose ; dpv:hasLegalBasis eu-gdpr:A6-1-f .
"""
LETTERS = URIRef("http://example.org/activities/one/letters")
PURPOSE = URIRef(f"{LETTERS}#p")


def read(text: str) -> Graph:
    """Read an entry."""
    return Graph().parse(data=text, format="turtle")


def filled() -> Store:
    """Give a store that holds the activity."""
    given = store.open_store("memory:", in_union=lambda _: True)
    given.write({LETTERS: read(ACTIVITY)})
    return given


def test_a_record_is_told_of_the_bases_of_its_activities() -> None:
    """The purposes and their bases, and nothing else of the activity."""
    found = reliance.gather(read(COMPANY), filled().select)
    assert (LETTERS, DPV.hasPurpose, PURPOSE) in found
    assert (PURPOSE, DPV.hasLegalBasis, GDPR["A6-1-f"]) in found
    assert set(found.predicates()) <= {*reliance.OF_ACTIVITY, *reliance.OF_PURPOSE}


def test_what_is_checked_stands_in_for_the_register() -> None:
    """An activity among the entries is not looked up."""
    found = reliance.gather(read(COMPANY) + read(ACTIVITY), filled().select)
    assert not len(found)


def test_an_activity_by_itself_asks_for_nothing() -> None:
    """Only records are told."""
    assert not len(reliance.gather(read(ACTIVITY), filled().select))


def test_a_change_of_a_basis_is_seen() -> None:
    """A title changes nothing for the record; a basis does."""
    before = reliance.stated(read(ACTIVITY))
    assert reliance.stated(read(ACTIVITY.replace("Letters", "Mail"))) == before
    assert reliance.stated(read(ACTIVITY.replace("A6-1-f", "A6-1-a"))) != before


def test_the_findings_of_a_record_follow_its_activities(tmp_path: Path) -> None:
    """A basis saved with an activity is seen where the notice is judged."""
    notice = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://example.org/companies/one#> .
<http://example.org/companies/one> a dpv:LegalEntity ; dpv:hasName "One" .
ex:record a dpcat:ROPA ; dct:title "Notice"@en ; ropa:profile ropa:Notice ;
    dct:publisher <http://example.org/companies/one> ; dpv:hasRight ex:access .
ex:access a dpv:DataSubjectRight ; skos:broader eu-gdpr:A15 .
"""
    with Register.create(str(tmp_path / "r"), base="http://example.org/") as register:
        register.add(read(notice), author="Ada")
        company = register.check().findings
        register.add(read(ACTIVITY), author="Ada")
        after = register.check("one").findings
        assert "objection-missing" not in {f.rule for f in company}
        assert "objection-missing" in {f.rule for f in after}
        kept = register.ask("findings", company="one").rows
        assert any("objection-missing" in map(str, row) for row in kept)
