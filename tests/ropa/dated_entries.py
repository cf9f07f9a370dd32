"""A register whose changes were recorded on known days of 2026."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, URIRef

from ropa import history, revisions
from ropa.answering import Which
from ropa.answers import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ropa.register import Register

BASE = "http://127.0.0.1:8000/"
MILL = URIRef(f"{BASE}companies/mill")
ORDERS = URIRef(f"{BASE}activities/mill/orders")
LETTERS = URIRef(f"{BASE}activities/mill/letters")
PREFIXES = """
@base <http://127.0.0.1:8000/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix law: <https://w3id.org/ropa-kg/law/> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
COMPANY = """
<companies/mill> a dpv:LegalEntity ; dpv:hasName "Mill" ; dpv:hasCountry loc:FR .
<companies/mill#record> a dpcat:ROPA ; dct:title "Record of the mill"@en ;
    dct:publisher <companies/mill> ; ropa:profile ropa:Register .
"""
ACTIVITY = """
<activities/mill/{name}> a dpv:PersonalDataProcess ; dct:title "{title}"@en ;
    dct:isPartOf <companies/mill#record> ; dpv:hasDataController <companies/mill> ;
    dpv:hasPurpose <activities/mill/{name}#selling> .
<activities/mill/{name}#selling> a dpv:Purpose ; skos:prefLabel "Selling"@en ;
    skos:broader dpv:Marketing ; dpv:hasLegalBasis eu-gdpr:A6-1-f .
"""
TRANSFER = """
<activities/mill/orders> dpv:hasProcessing <activities/mill/orders#us> .
<activities/mill/orders#us> a dpv:CrossBorderTransfer ;
    dpv:hasDataExporter <companies/mill> ; dpv:hasThirdCountry loc:US ;
    dpv:hasLegalBasis eu-gdpr:A45-3 ; ropa:decision law:eu-us-privacy-shield .
"""
# Number of the change, and what was newest on which day.
MOMENTS = (
    "2026-01-10T12:00:00Z",
    "2026-02-01T09:00:00Z",
    "2026-03-01T10:00:00.5Z",
    "2026-03-01T23:59:59.999Z",
    "2026-04-01T00:00:00Z",
    "2026-05-01T08:00:00Z",
)
LAST = len(MOMENTS)


def activity(name: str, title: str, more: str = "") -> Graph:
    """Give an activity of the mill."""
    text = PREFIXES + ACTIVITY.format(name=name, title=title) + more
    return Graph().parse(data=text, format="turtle")


@contextmanager
def clock() -> Iterator[list[str]]:
    """Have changes bear the moments of a list, the last of them from then on."""
    moments = ["2026-01-01T00:00:00Z"]

    class Clock(datetime):
        """A clock that stands."""

        @classmethod
        def now(cls, _zone: object = None) -> datetime:  # type: ignore[override]
            return datetime.fromisoformat(moments[-1]).astimezone(UTC)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "datetime", Clock)
        yield moments


def create(place: str) -> Register:
    """Make the register in a folder: six changes, on days that are known."""
    from ropa.register import Register

    with clock() as moments:
        moments.append(MOMENTS[0])
        register = Register.create(place, base=BASE)
        moments.append(MOMENTS[1])
        first = Graph().parse(data=PREFIXES + COMPANY, format="turtle")
        first += activity("orders", "Orders", TRANSFER)
        register.add(first, author="Ada", reason="the first")
        moments.append(MOMENTS[2])
        again = activity("orders", "Orders and returns")
        register.add(again, author="Bob", replaces=revisions.ANY)
        moments.append(MOMENTS[3])
        register.add(activity("letters", "Letters"), author="Bob")
        moments.append(MOMENTS[4])
        register.remove(LETTERS, author="Ada", replaces=revisions.ANY)
        moments.append(MOMENTS[5])
        register.answer(
            Which(entry=ORDERS, rule="measure-missing"),
            Words("accepted-risk", "A mill needs none.", "Ada"),
        )
    return register
