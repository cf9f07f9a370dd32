"""Law with dates: whole as shipped, and every kind of faulty row is named."""

from __future__ import annotations

import pytest
from rdflib.term import Literal, URIRef

from ropa import assets, law, shipped
from ropa.errors import InternalError
from ropa.shipped import Triple
from ropa.terms import DCT, DPV, GDPR, LAW, LOC, RDF, ROPA, SKOS, VENDOR, XSD

ROW = LAW["invented"]
SOUND: list[Triple] = [
    (ROW, RDF.type, ROPA.AdequacyDecision),
    (ROW, SKOS.prefLabel, Literal("Invented", lang="en")),
    (ROW, SKOS.prefLabel, Literal("Inventée", lang="fr")),
    (ROW, DCT.source, URIRef("https://example.org/decision")),
    (ROW, ROPA.covers, LOC.US),
    (ROW, ROPA.isVerified, Literal(True)),
    (ROW, ROPA.jurisdiction, LOC.EU),
    (ROW, ROPA.transferTool, GDPR["A45-3"]),
    (ROW, ROPA.validFrom, Literal("2020-01-02", datatype=XSD.date)),
]
REVIEW: Triple = (law.WHOLE, ROPA.reviewedOn, Literal("2026-11-22", datatype=XSD.date))
NAME = "law/adequacy.ttl"


def words() -> list[Triple]:
    """Give the shipped ontology."""
    return [
        triple
        for name in assets.names("ontology", ".ttl")
        for triple in shipped.triples("ontology", name)
    ]


def faults(rows: list[Triple]) -> str:
    """Give what is said against rows; empty where nothing is."""
    try:
        law.check({NAME: rows}, words())
    except InternalError as error:
        return error.message
    return ""


def test_the_shipped_law_is_sound() -> None:
    """No row is refused, and each file has some."""
    law.require_sound()
    assert len(law.files()) >= 8
    for name in law.files():
        assert shipped.triples("data", name)


def test_a_sound_row_is_accepted() -> None:
    """The row that the other cases break is itself in order."""
    assert faults([*SOUND, REVIEW]) == ""


@pytest.mark.parametrize(
    ("without", "added", "told"),
    [
        ({SKOS.prefLabel}, [], "law:invented does not state skos:prefLabel"),
        (
            {SKOS.prefLabel},
            [(ROW, SKOS.prefLabel, Literal("Invented", lang="en"))],
            "law:invented has no label in fr",
        ),
        ({DCT.source}, [], "law:invented does not state dct:source"),
        ({ROPA.covers}, [], "law:invented does not state ropa:covers"),
        ({ROPA.isVerified}, [], "law:invented does not state ropa:isVerified"),
        ({ROPA.validFrom}, [], "law:invented does not state ropa:validFrom"),
        (
            set(),
            [(ROW, ROPA.validFrom, Literal("2021-01-02", datatype=XSD.date))],
            "law:invented states ropa:validFrom 2 times",
        ),
        (
            {ROPA.validFrom},
            [(ROW, ROPA.validFrom, Literal("10 July 2023"))],
            "states ropa:validFrom as '10 July 2023', which is no xsd:date",
        ),
        (
            set(),
            [(ROW, ROPA.endsOn, Literal("2020-01-01", datatype=XSD.date))],
            "ends on 2020-01-01, before it begins on 2020-01-02",
        ),
        (
            set(),
            [(ROW, ROPA.invalidatedOn, Literal("2019-12-31", datatype=XSD.date))],
            "ends on 2019-12-31",
        ),
        (set(), [(ROW, ROPA.endedBy, LAW["c-0-0"])], "law:c-0-0"),
        (set(), [(ROW, ROPA.covers, URIRef(str(LOC) + "UX"))], "loc:UX"),
        (
            set(),
            [(ROW, URIRef(str(ROPA) + "validFrm"), Literal("2020"))],
            "ropa:validFrm",
        ),
        (
            {RDF.type},
            [(ROW, RDF.type, URIRef(str(ROPA) + "AdequacyDecison"))],
            "ropa:AdequacyDecison (meant ropa:AdequacyDecision?)",
        ),
    ],
    ids=[
        "label",
        "french-label",
        "source",
        "covers",
        "verified",
        "first-day",
        "two-days",
        "plain-text",
        "days",
        "judgment-days",
        "judgment",
        "country",
        "property",
        "class",
    ],
)
def test_a_faulty_row_is_named(
    without: set[URIRef], added: list[Triple], told: str
) -> None:
    """Each kind of fault is told with file and row."""
    rows = [triple for triple in SOUND if triple[1] not in without]
    message = faults([*rows, *added, REVIEW])
    assert f"data/{NAME}, line " in message
    assert told in message


def test_all_faults_of_a_file_are_told_at_once() -> None:
    """Who mends a file sees every faulty row of it."""
    other = LAW["other"]
    message = faults([(other, RDF.type, ROPA.Judgment), *SOUND[:1], REVIEW])
    assert message.count("does not state skos:prefLabel") == 2
    assert message.count("does not state dct:source") == 2


def test_a_proposal_needs_no_first_day() -> None:
    """What is pending has no day of force, and is accepted without one."""
    rows = [triple for triple in SOUND if triple[1] != ROPA.validFrom]
    assert faults([*rows, (ROW, ROPA.isPending, Literal(True)), REVIEW]) == ""


@pytest.mark.parametrize("count", [0, 2])
def test_the_review_is_stated_once(count: int) -> None:
    """Law without a day of review, or with two, cannot be judged."""
    later: Triple = (
        law.WHOLE,
        ROPA.reviewedOn,
        Literal("2027-01-01", datatype=XSD.date),
    )
    assert "day of the last review" in faults([*SOUND, *[REVIEW, later][:count]])


SEAT = VENDOR["hubspot"]
SEATS: list[Triple] = [
    triple for triple in shipped.triples("data", "vendors.ttl") if triple[0] == SEAT
]


@pytest.mark.parametrize(
    ("without", "added", "told"),
    [
        (DPV.hasCountry, [], "vendor:hubspot does not state dpv:hasCountry"),
        (DCT.source, [], "vendor:hubspot does not state dct:source"),
        (DPV.hasName, [], "vendor:hubspot does not state dpv:hasName"),
        (ROPA.isVerified, [], "vendor:hubspot does not state ropa:isVerified"),
        (ROPA.reviewedOn, [], "vendor:hubspot does not state ropa:reviewedOn"),
        (SKOS.prefLabel, [], "vendor:hubspot does not state skos:prefLabel"),
        (
            DPV.hasCountry,
            [(SEAT, DPV.hasCountry, URIRef(str(LOC) + "UX"))],
            "loc:UX",
        ),
        (
            SKOS.note,
            [(SEAT, SKOS.related, VENDOR["hubspott"])],
            "vendor:hubspott (meant vendor:hubspot?)",
        ),
    ],
    ids=[
        "country",
        "source",
        "name",
        "verified",
        "day",
        "label",
        "unknown-country",
        "unknown-vendor",
    ],
)
def test_a_faulty_seat_of_a_vendor_is_named(
    without: URIRef, added: list[Triple], told: str
) -> None:
    """Rows on vendors are refused as those of law are, with file and line."""
    rows = [triple for triple in SEATS if triple[1] != without]
    line = (
        assets.text("data", "vendors.ttl")
        .splitlines()
        .index("vendor:hubspot a ropa:VendorSeat ;")
    )
    with pytest.raises(InternalError) as caught:
        law.check({"vendors.ttl": [*rows, *added], NAME: [*SOUND, REVIEW]}, words())
    assert f"data/vendors.ttl, line {line + 1}: " in caught.value.message
    assert told in caught.value.message


def test_a_sound_seat_is_accepted() -> None:
    """The row that the other cases break is itself in order."""
    law.check({"vendors.ttl": SEATS, NAME: [*SOUND, REVIEW]}, words())
