"""Countries: codes, names, and membership on each side of every boundary day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import vocabulary
from ropa.terms import DPV, LAW, LOC, PREFIXES, RDF, ROPA, SKOS

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
INSIDE = (
    PROLOGUE
    + """ASK {
  ?country ropa:inEEAFrom ?from .
  OPTIONAL { ?country ropa:inEEAUntil ?until }
  FILTER(?from <= ?day && (!BOUND(?until) || ?day <= ?until))
}"""
)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


@pytest.fixture(scope="module")
def inside(graph: Graph) -> Callable[[str, date], bool]:
    """Ask, as a question does, whether a country was inside on a day."""
    from rdflib.term import Literal

    from ropa.terms import XSD

    def answer(code: str, day: date) -> bool:
        values = {
            "country": LOC[code],
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(INSIDE, initBindings=values).askAnswer)

    return answer


def test_every_country_has_its_codes(graph: Graph) -> None:
    """There are 249 countries and territories, each with three codes of its own."""
    countries = set(graph.subjects(RDF.type, DPV.Country))
    assert len(countries) == 249
    for name, length in (("iso_alpha2", 2), ("iso_alpha3", 3), ("iso_numeric", 3)):
        codes = [str(graph.value(c, LOC[name])) for c in countries]
        assert len(set(codes)) == 249
        assert {len(code) for code in codes} == {length}
    for country in countries:
        assert str(country) == str(LOC) + str(graph.value(country, LOC.iso_alpha2))


def test_the_union_and_the_area_have_their_members_of_today(graph: Graph) -> None:
    """Twenty-seven states are in the Union, thirty in the area."""
    states = set(graph.subjects(SKOS.broader, LOC.EU))
    area = set(graph.subjects(SKOS.broader, LOC.EEA))
    assert len({s for s in states if len(str(s)) == len(str(LOC)) + 2}) == 27
    members = {s for s in area if (s, RDF.type, DPV.Country) in graph}
    assert len(members) == 30
    assert members - states == {LOC.IS, LOC.LI, LOC.NO}


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("HR", date(2013, 7, 1)),
        ("BG", date(2007, 1, 1)),
        ("PL", date(2004, 5, 1)),
        ("LI", date(1995, 5, 1)),
        ("IS", date(1994, 1, 1)),
        ("AT", date(1994, 1, 1)),
        ("YT", date(2014, 1, 1)),
    ],
)
def test_membership_begins_on_its_day(
    inside: Callable[[str, date], bool], code: str, first: date
) -> None:
    """The day before is outside, the day itself and the day after are inside."""
    assert not inside(code, first - timedelta(days=1))
    assert inside(code, first)
    assert inside(code, first + timedelta(days=1))


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("GB", date(2020, 12, 31)),
        ("GI", date(2020, 12, 31)),
        ("BL", date(2011, 12, 31)),
    ],
)
def test_membership_ends_after_its_last_day(
    inside: Callable[[str, date], bool], code: str, last: date
) -> None:
    """The last day, a transition included, is inside and the next is not."""
    assert inside(code, last - timedelta(days=1))
    assert inside(code, last)
    assert not inside(code, last + timedelta(days=1))


@pytest.mark.parametrize("code", ["RE", "GP", "GF", "MQ", "MF", "YT", "AX"])
def test_outermost_regions_are_inside(
    inside: Callable[[str, date], bool], code: str
) -> None:
    """Réunion and its like are part of the Union."""
    assert inside(code, date(2024, 6, 1))


@pytest.mark.parametrize(
    "code",
    [
        "NC",
        "PF",
        "PM",
        "WF",
        "TF",
        "BL",
        "AW",
        "BQ",
        "CW",
        "SX",
        "GL",
        "FO",
        "SJ",
        "CH",
        "GB",
        "GG",
        "JE",
        "IM",
        "GI",
        "MC",
        "SM",
        "VA",
        "AD",
        "US",
    ],
)
def test_territories_and_neighbours_outside_are_outside(
    inside: Callable[[str, date], bool], code: str
) -> None:
    """A tie to a member state does not make a territory part of the Union."""
    assert not inside(code, date(2024, 6, 1))


def test_the_markers_agree_with_the_dated_memberships(graph: Graph) -> None:
    """The quick markers say what the memberships say, in both directions."""
    spans: dict[URIRef, list[tuple[str, str | None]]] = {}
    for part in graph.subjects(RDF.type, ROPA.Membership):
        ends = graph.value(part, ROPA.transitionEndsOn)
        ends = ends or graph.value(part, ROPA.endsOn)
        country = graph.value(part, ROPA.member)
        assert isinstance(country, URIRef)
        begins = str(graph.value(part, ROPA.validFrom))
        spans.setdefault(country, []).append((begins, str(ends) if ends else None))
    marked = set(graph.subjects(ROPA.inEEAFrom))
    assert marked == set(spans)
    for country, found in spans.items():
        first = max(min(begins for begins, _ in found), "1994-01-01")
        assert str(graph.value(country, ROPA.inEEAFrom)) == first, country
        last = {ends for _, ends in found}
        until = graph.value(country, ROPA.inEEAUntil)
        assert last == {str(until) if until else None}, country


def test_the_united_kingdom_left_with_a_transition(graph: Graph) -> None:
    """Membership ended on 31 January 2020, the transition on 31 December 2020."""
    part = LAW["membership-eu-gb"]
    assert str(graph.value(part, ROPA.endsOn)) == "2020-01-31"
    assert str(graph.value(part, ROPA.transitionEndsOn)) == "2020-12-31"
