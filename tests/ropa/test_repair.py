"""Suggestions: what a program may do mends the finding, and breaks nothing."""

from __future__ import annotations

from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, surroundings, validation, vocabulary
from ropa.findings import Finding, Report
from ropa.terms import DPV, GDPR, LAW, LOC, PREFIXES, RDF, ROPA, SKOS

DAY = date(2026, 11, 22)
BASE = "https://example.org/"
ACTIVITY = URIRef(f"{BASE}activities/x/a")
HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in PREFIXES.items())
COMPANY = """
    <companies/x> a dpv:LegalEntity ; dpv:hasName "Invented" .
    <companies/x#record> a dpcat:ROPA ; dct:title "Record"@en ;
        dct:publisher <companies/x> ; ropa:profile ropa:Register .
    <activities/x/a> a dpv:PersonalDataProcess ; dct:title "Letters"@en ;
        dct:isPartOf <companies/x#record> ; dpv:hasDataController <companies/x> .
"""
# For each rule, what it objects to.
FAULTY = {
    "legal-basis-is-transfer-tool": """
        <activities/x/a> dpv:hasPurpose <activities/x/a#p> .
        <activities/x/a#p> a dpv:Purpose ; skos:prefLabel "Send letters"@en ;
            dpv:hasLegalBasis eu-gdpr:A6-1-b , eu-gdpr:A46-2-c .
    """,
    "purpose-is-a-term": """
        <activities/x/a> dpv:hasPurpose dpv:DirectMarketing .
    """,
    "recipient-abroad-without-transfer": """
        <activities/x/a> dpv:hasRecipient <activities/x/a#recipient-host> .
        <activities/x/a#recipient-host> a dpv:DataProcessor ;
            skos:prefLabel "Host"@en ; dpv:hasCountry loc:US .
    """,
    "adequacy-decision-unnamed": """
        <activities/x/a> dpv:hasProcessing <activities/x/a#t> .
        <activities/x/a#t> a dpv:CrossBorderTransfer ;
            skos:prefLabel "To the group"@en ; dpv:hasThirdCountry loc:CH ;
            dpv:hasLegalBasis eu-gdpr:A45-3 .
    """,
    "days-disagree": """
        <activities/x/a> dpv:hasStorageCondition <activities/x/a#s> .
        <activities/x/a#s> a dpv:StorageCondition ; skos:prefLabel "Letters"@en ;
            ropa:period "P2M" ; ropa:days 61 .
    """,
}


def read(text: str) -> Graph:
    """Read an entry of the invented company."""
    return Graph().parse(data=f"{HEAD}{COMPANY}{text}", format="turtle", publicID=BASE)


def judged(data: Graph, as_of: date = DAY) -> Report:
    """Check entries by all rules."""
    whole = Graph()
    for graph in entry.split(entry.complete(data)).values():
        whole += graph
    around = surroundings.context(whole, vocabulary.load(), lambda _: Graph())
    return validation.validate(whole, around, as_of=as_of)


def found(data: Graph, code: str, as_of: date = DAY) -> list[Finding]:
    """Give what a rule finds."""
    return [f for f in judged(data, as_of).findings if f.rule == code]


def applied(data: Graph, finding: Finding) -> Graph:
    """Do what a finding suggests, to a copy."""
    mended = Graph()
    mended += data
    lines = finding.suggestion
    mended -= Graph().parse(data="\n".join(lines.remove), format="nt")
    mended += Graph().parse(data="\n".join(lines.add), format="nt")
    return mended


@pytest.mark.parametrize("code", FAULTY)
def test_a_suggestion_mends_what_was_found(code: str) -> None:
    """Once it is followed, the finding is gone and nothing else stops saving."""
    data = read(FAULTY[code])
    (finding,) = found(data, code)
    assert finding.suggestion
    mended = applied(data, finding)
    assert found(mended, code) == []
    assert [f.rule for f in judged(mended).findings if f.blocks] == []


def test_a_transfer_tool_leaves_the_purpose_and_nothing_else_does() -> None:
    """The other basis stays, and nothing is put in its place."""
    data = read(FAULTY["legal-basis-is-transfer-tool"])
    (finding,) = found(data, "legal-basis-is-transfer-tool")
    purpose = URIRef(f"{ACTIVITY}#p")
    assert finding.suggestion.add == ()
    left = set(applied(data, finding).objects(purpose, DPV.hasLegalBasis))
    assert left == {GDPR["A6-1-b"]}


def part_of(data: Graph, finding: Finding) -> tuple[Graph, Node]:
    """Follow a suggestion, and give the purpose that is there then."""
    mended = applied(data, finding)
    (purpose,) = mended.objects(ACTIVITY, DPV.hasPurpose)
    return mended, purpose


def test_a_term_becomes_the_kind_of_a_purpose_of_its_own() -> None:
    """The part takes its words from the term, in each language."""
    data = read(FAULTY["purpose-is-a-term"])
    (finding,) = found(data, "purpose-is-a-term")
    mended, purpose = part_of(data, finding)
    assert str(purpose) == f"{ACTIVITY}#purpose-directmarketing"
    assert (purpose, RDF.type, DPV.Purpose) in mended
    assert set(mended.objects(purpose, SKOS.broader)) == {DPV.DirectMarketing}
    words = {o.language for o in mended.objects(purpose, SKOS.prefLabel)}
    assert words == {"en", "fr"}


@pytest.mark.parametrize(
    "text",
    [
        "<activities/x/a> dpv:hasPurpose dpv:Customer .",
        """<activities/x/a> dpv:hasPurpose dpv:DirectMarketing .
        <activities/x/a#purpose-directmarketing> a dpv:Purpose ;
            skos:prefLabel "Another"@en .""",
    ],
    ids=["no-purpose", "taken"],
)
def test_nothing_is_guessed(text: str) -> None:
    """A term that is no purpose, or a name already taken, is left to a person."""
    (finding,) = found(read(text), "purpose-is-a-term")
    assert not finding.suggestion


def test_what_only_a_person_can_mend_has_no_suggestion() -> None:
    """A missing basis is not made up."""
    data = read(
        """<activities/x/a> dpv:hasPurpose <activities/x/a#p> .
        <activities/x/a#p> a dpv:Purpose ; skos:prefLabel "Send letters"@en ."""
    )
    (finding,) = found(data, "legal-basis-missing")
    assert not finding.suggestion
    assert finding.severity == "violation"


def test_a_transfer_is_laid_out_without_its_tool() -> None:
    """Exporter, importer and country follow from the entry; the tool does not."""
    data = read(FAULTY["recipient-abroad-without-transfer"])
    (finding,) = found(data, "recipient-abroad-without-transfer")
    mended = applied(data, finding)
    (transfer,) = mended.objects(ACTIVITY, DPV.hasProcessing)
    assert str(transfer) == f"{ACTIVITY}#transfer-recipient-host"
    assert dict(mended.predicate_objects(transfer)) == {
        RDF.type: DPV.CrossBorderTransfer,
        SKOS.prefLabel: Literal("Host", lang="en"),
        DPV.hasDataExporter: URIRef(f"{BASE}companies/x"),
        DPV.hasDataImporter: URIRef(f"{ACTIVITY}#recipient-host"),
        DPV.hasThirdCountry: LOC.US,
    }
    assert [f.severity for f in found(mended, "transfer-tool-missing")] == ["violation"]


def test_a_recipient_of_the_record_gets_a_transfer_of_the_record() -> None:
    """What the record states once for all is laid out there."""
    data = read(
        """<companies/x#record> dpv:hasRecipient <companies/x#host> .
        <companies/x#host> a dpv:DataProcessor ; skos:prefLabel "Host"@en ;
            dpv:hasCountry loc:US ."""
    )
    (finding,) = found(data, "recipient-abroad-without-transfer")
    mended = applied(data, finding)
    record = URIRef(f"{BASE}companies/x#record")
    (transfer,) = mended.objects(record, DPV.hasProcessing)
    assert str(transfer) == f"{BASE}companies/x#transfer-host"
    assert found(mended, "recipient-abroad-without-transfer") == []


@pytest.mark.parametrize(
    ("country", "as_of", "decision"),
    [
        ("CH", DAY, "ch-2000-518"),
        ("BR", date(2026, 1, 25), None),
        ("BR", date(2026, 1, 26), "br-2026-179"),
        ("GB", date(2031, 12, 27), "gb-2021-1772"),
        ("GB", date(2031, 12, 28), None),
        # These cover some importers only, and whether this one is a person must say.
        ("CA", DAY, None),
        ("JP", DAY, None),
        ("KR", DAY, None),
        ("US", DAY, None),
        ("US", date(2019, 6, 1), None),
        # No decision, and two countries of which it covers one.
        ("IN", DAY, None),
        ("CH , loc:IN", DAY, None),
    ],
)
def test_a_decision_is_named_where_there_is_only_one(
    country: str, as_of: date, decision: str | None
) -> None:
    """It is in force on the day, and covers every importer of the country."""
    text = FAULTY["adequacy-decision-unnamed"].replace("CH", country)
    (finding,) = found(read(text), "adequacy-decision-unnamed", as_of)
    part = URIRef(f"{ACTIVITY}#t")
    lines = Graph().parse(data="\n".join(finding.suggestion.add), format="nt")
    named = set(lines.objects(part, ROPA.decision))
    assert named == ({LAW[decision]} if decision else set())


def test_days_are_taken_out_and_the_period_stays() -> None:
    """The days are worked out from the period, which says the same with more sense."""
    (finding,) = found(read(FAULTY["days-disagree"]), "days-disagree")
    assert finding.suggestion.add == ()
    (line,) = finding.suggestion.remove
    assert f"<{ROPA.days}>" in line
