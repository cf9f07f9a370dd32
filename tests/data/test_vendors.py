"""Seats of vendors: each row with its source, and a row for each vendor we read of."""

import re
from collections import Counter
from datetime import date

import pytest
from rdflib.term import Literal, Node, URIRef

from ropa import assets, shipped, vocabulary
from ropa.terms import DCT, DPV, LOC, RDF, ROPA, SKOS, VENDOR, XSD, curie
from ropa.vocabulary import folded

NAME = "vendors.ttl"
TRIPLES = shipped.triples("data", NAME)
ROWS = sorted({s for s, p, o in TRIPLES if (p, o) == (RDF.type, ROPA.VendorSeat)})
ENTRY_BASE = "https://w3id.org/ropa-kg/data/"

# Organisations that a company of the five names as a vendor or recipient and that have
# no row, each with the reason; today all of them could be looked up.
LEFT_OUT: dict[str, str] = {}


def said(row: Node, way: URIRef) -> list[Node]:
    """Give the values of a property of a row."""
    return [o for s, p, o in TRIPLES if (s, p) == (row, way)]


def names(row: Node) -> set[str]:
    """Give all names that a row is looked up by, as they are compared."""
    ways = (SKOS.prefLabel, SKOS.altLabel, DPV.hasName)
    return {folded(str(name)) for way in ways for name in said(row, way)}


def test_every_thing_of_the_file_is_a_row() -> None:
    """Beside the file itself nothing else stands in it, and no row elsewhere."""
    assert {s for s, _, _ in TRIPLES} == {*ROWS, VENDOR[""]}
    assert all(row in VENDOR for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=curie)
def test_a_row_says_where_and_who_says_so(row: URIRef) -> None:
    """One country that is a known term, one source, one day, and a company's name."""
    (country,) = said(row, DPV.hasCountry)
    assert country in LOC
    (source,) = said(row, DCT.source)
    assert isinstance(source, URIRef)
    assert source.startswith("https://")
    (name,) = said(row, DPV.hasName)
    assert isinstance(name, Literal)
    assert name.language is None
    (day,) = said(row, ROPA.reviewedOn)
    assert isinstance(day, Literal)
    assert day.datatype == XSD.date
    assert date(2026, 11, 22) <= date.fromisoformat(str(day))
    assert said(row, ROPA.isVerified) == [Literal(True)]


@pytest.mark.parametrize("row", ROWS, ids=curie)
def test_a_vendor_is_called_the_same_in_both_languages(row: URIRef) -> None:
    """A name is not translated; a note is."""
    labels = [o for o in said(row, SKOS.prefLabel) if isinstance(o, Literal)]
    assert {o.language for o in labels} == {"en", "fr"}
    assert len({str(o) for o in labels}) == 1
    notes = [o for o in said(row, SKOS.note) if isinstance(o, Literal)]
    assert sorted(str(o.language) for o in notes) in ([], ["en", "fr"])
    assert all(o.language is None for o in said(row, SKOS.altLabel))  # type: ignore[union-attr]


def test_no_two_rows_share_a_name() -> None:
    """An organisation that is looked up by its name finds one row."""
    found = Counter(name for row in ROWS for name in names(row))
    assert [name for name, times in found.items() if times > 1] == []


def test_no_name_is_said_twice_in_a_row() -> None:
    """What a row is called is listed once, other names in order."""
    for row in ROWS:
        others = [str(o) for o in said(row, SKOS.altLabel)]
        own = {str(o) for way in (SKOS.prefLabel, DPV.hasName) for o in said(row, way)}
        assert not own & set(others), row
        assert len(others) == len({folded(o) for o in others}), row
    text = assets.text("data", NAME)
    for block in re.findall(r"skos:altLabel ([^;]*) ;\n", text):
        listed = re.findall(r'"([^"]*)"', block)
        assert listed == sorted(listed, key=str.casefold)


def named_by_the_five() -> set[str]:
    """Collect the names of organisations that the five name as vendor or recipient."""
    shared = shipped.triples("data", "organisations.ttl", base=ENTRY_BASE)
    called = {s: str(o) for s, p, o in shared if p == DPV.hasName}
    # An authority is told things by law and is no vendor.
    for s, _, o in shared:
        if o == DPV.DataProtectionAuthority:
            called.pop(s, None)
    found = set()
    for name in assets.names("data", ".ttl"):
        if name.startswith("companies/"):
            for _, p, o in shipped.triples("data", name, base=ENTRY_BASE):
                # A company of the five may be a part of its own record.
                if p == ROPA.organisation and o in called:
                    found.add(called[o])
    return found


def test_the_vendors_of_the_five_have_a_row_or_a_reason() -> None:
    """Each organisation that a record names as one was looked up."""
    known = {name for row in ROWS for name in names(row)}
    named = named_by_the_five()
    assert {"HubSpot", "Google Analytics", "Windows", "WhatsApp"} <= named
    missing = {name for name in named if folded(name) not in known}
    assert missing == LEFT_OUT.keys()


def test_a_row_is_found_by_any_of_its_names() -> None:
    """By what a record would say: trade name, product, company, in any case."""
    words = vocabulary.load()
    for name in ("HubSpot", "hubspot, inc.", "Google Analytics", "FACEBOOK"):
        found = [iri for iri in words.called(name) if iri in VENDOR]
        assert len(found) == 1, name
    for row in ROWS:
        for name in names(row):
            assert row in words.called(name), name
