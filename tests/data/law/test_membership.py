"""Memberships: who was inside, on each side of every boundary day."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa.terms import DCT, DPV, LAW, LOC, PREFIXES, RDF, ROPA, SKOS, XSD

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
HOLDS = (
    PROLOGUE
    + """ASK {
  ?row ropa:member ?country ; ropa:union ?union ; ropa:validFrom ?from .
  OPTIONAL { ?row ropa:endsOn ?last }
  FILTER(?from <= ?day && (!BOUND(?last) || ?day <= ?last))
}"""
)
DAY = timedelta(days=1)
Inside = Callable[..., bool]


@pytest.fixture(scope="module")
def rows(graph: Graph) -> set[Node]:
    """Give all memberships, transitions and bridges."""
    return set(graph.subjects(ROPA.member))


@pytest.fixture(scope="module")
def inside(graph: Graph) -> Inside:
    """Ask, as a question does, whether a country was inside on a day."""

    def answer(code: str, day: date, union: URIRef = LOC.EEA) -> bool:
        values = {
            "country": LOC[code],
            "union": union,
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(HOLDS, initBindings=values).askAnswer)

    return answer


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("AT", date(1994, 1, 1)),
        ("AX", date(1994, 1, 1)),
        ("BG", date(2007, 1, 1)),
        ("CY", date(2004, 5, 1)),
        ("HR", date(2013, 7, 1)),
        ("IS", date(1994, 1, 1)),
        ("LI", date(1995, 5, 1)),
        ("NO", date(1994, 1, 1)),
        ("PL", date(2004, 5, 1)),
        ("RO", date(2007, 1, 1)),
        ("YT", date(2014, 1, 1)),
    ],
)
def test_a_country_is_inside_from_its_first_day(
    inside: Inside, code: str, first: date
) -> None:
    """The day before is outside, the day itself and the day after are inside."""
    assert not inside(code, first - DAY)
    assert inside(code, first)
    assert inside(code, first + DAY)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("AT", date(1995, 1, 1)),
        ("BE", date(1958, 1, 1)),
        ("BG", date(2007, 1, 1)),
        ("CZ", date(2004, 5, 1)),
        ("DK", date(1973, 1, 1)),
        ("ES", date(1986, 1, 1)),
        ("GR", date(1981, 1, 1)),
        ("HR", date(2013, 7, 1)),
        ("IE", date(1973, 1, 1)),
        ("PT", date(1986, 1, 1)),
        ("YT", date(2014, 1, 1)),
    ],
)
def test_a_state_is_in_the_union_from_its_accession(
    inside: Inside, code: str, first: date
) -> None:
    """The Union and the area are two memberships with days of their own."""
    assert not inside(code, first - DAY, LOC.EU)
    assert inside(code, first, LOC.EU)


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("BL", date(2011, 12, 31)),
        ("GB", date(2021, 6, 27)),
        ("GI", date(2020, 12, 31)),
    ],
)
def test_a_country_is_outside_after_its_last_day(
    inside: Inside, code: str, last: date
) -> None:
    """The last day, transition and bridge included, is inside and the next is not."""
    assert inside(code, last - DAY)
    assert inside(code, last)
    assert not inside(code, last + DAY)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("BG", date(2007, 8, 1)),
        ("RO", date(2007, 8, 1)),
        ("HR", date(2014, 4, 12)),
        ("GB", date(2020, 2, 1)),
        ("GB", date(2021, 1, 1)),
        ("GI", date(2020, 2, 1)),
    ],
)
def test_there_is_no_gap_where_one_row_follows_another(
    inside: Inside, code: str, change: date
) -> None:
    """Inside on the day before the change and on the day itself."""
    assert inside(code, change - DAY)
    assert inside(code, change)


def test_the_united_kingdom_has_three_periods_one_after_another(graph: Graph) -> None:
    """Member, transition, bridge: each begins on the day after the one before."""
    names = ("membership-eea-gb", "transition-gb", "bridge-gb")
    kinds = (ROPA.Membership, ROPA.Transition, ROPA.Bridge)
    spans = []
    for name, kind in zip(names, kinds, strict=True):
        assert (LAW[name], RDF.type, kind) in graph
        spans.append(
            [
                date.fromisoformat(str(graph.value(LAW[name], property_)))
                for property_ in (ROPA.validFrom, ROPA.endsOn)
            ]
        )
    assert spans[0][1] + DAY == spans[1][0] == date(2020, 2, 1)
    assert spans[1][1] + DAY == spans[2][0] == date(2021, 1, 1)
    decision = graph.value(LAW["gb-2021-1772"], ROPA.validFrom)
    assert (spans[2][1] + DAY).isoformat() == str(decision)


def test_the_united_kingdom_left_the_union_before_it_was_outside(
    inside: Inside,
) -> None:
    """The transition and the bridge are no membership of the Union."""
    assert inside("GB", date(2020, 1, 31), LOC.EU)
    assert not inside("GB", date(2020, 2, 1), LOC.EU)


@pytest.mark.parametrize("code", ["AX", "GF", "GP", "MF", "MQ", "RE", "YT"])
def test_outermost_regions_are_inside(inside: Inside, code: str) -> None:
    """Réunion and its like are part of the Union and of the area."""
    assert inside(code, date(2024, 6, 1))
    assert inside(code, date(2024, 6, 1), LOC.EU)


@pytest.mark.parametrize(
    "code",
    [
        *("NC", "PF", "PM", "WF", "TF", "BL"),
        *("AW", "BQ", "CW", "SX", "GL", "FO", "SJ"),
        *("GB", "GG", "JE", "IM", "GI"),
        *("AD", "CH", "MC", "SM", "US", "VA"),
    ],
)
def test_territories_and_neighbours_outside_are_outside(
    inside: Inside, code: str
) -> None:
    """A tie to a member state does not make a territory part of the Union."""
    assert not inside(code, date(2024, 6, 1))
    assert not inside(code, date(2024, 6, 1), LOC.EU)


def test_the_members_of_today_are_those_of_the_hierarchy(
    graph: Graph, inside: Inside
) -> None:
    """What stands under the Union or the area in the hierarchy is a member today."""
    today = date(2026, 11, 22)
    territories = {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    # Who is named by no row was never inside.
    countries = set(graph.objects(None, ROPA.member))
    codes = [str(graph.value(country, LOC.iso_alpha2)) for country in countries]
    for union in (LOC.EU, LOC.EEA):
        members = {code for code in codes if inside(code, today, union)}
        placed = {
            str(graph.value(state, LOC.iso_alpha2))
            for state in graph.subjects(SKOS.broader, union)
            if (state, RDF.type, DPV.Country) in graph
        }
        assert members == placed | territories


def test_whoever_is_in_the_union_is_inside(graph: Graph, rows: set[Node]) -> None:
    """No membership of the Union stands alone: it counts for the area too."""
    areas = {
        graph.value(row, ROPA.member) for row in graph.subjects(ROPA.union, LOC.EEA)
    }
    unions = {
        graph.value(row, ROPA.member) for row in graph.subjects(ROPA.union, LOC.EU)
    }
    assert unions == areas - {LOC.IS, LOC.LI, LOC.NO}
    assert len(rows) == 83


def test_no_two_rows_of_a_country_overlap(graph: Graph, rows: set[Node]) -> None:
    """On each day at most one row says that a country belongs to a union."""
    spans: dict[tuple[Node | None, Node | None], list[tuple[str, str]]] = {}
    for row in rows:
        key = (graph.value(row, ROPA.member), graph.value(row, ROPA.union))
        last = graph.value(row, ROPA.endsOn)
        span = (str(graph.value(row, ROPA.validFrom)), str(last or "9999-12-31"))
        spans.setdefault(key, []).append(span)
    for key, found in spans.items():
        found.sort()
        for earlier, later in pairwise(found):
            assert earlier[1] < later[0], key


def test_every_row_is_whole(graph: Graph, rows: set[Node]) -> None:
    """A row names a country, a union, a first day and a source, in both languages."""
    kinds = {ROPA.Membership, ROPA.Transition, ROPA.Bridge}
    assert rows == {s for kind in kinds for s in graph.subjects(RDF.type, kind)}
    for row in rows:
        country = graph.value(row, ROPA.member)
        assert (country, RDF.type, DPV.Country) in graph, row
        assert graph.value(row, ROPA.union) in {LOC.EU, LOC.EEA}, row
        assert graph.value(row, ROPA.validFrom), row
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, row
        assert list(graph.objects(row, DCT.source)), row
        for property_ in (SKOS.prefLabel, SKOS.note):
            texts = sorted(o.language for o in graph.objects(row, property_))
            assert texts in ([], ["en", "fr"]), row
        assert (row, SKOS.prefLabel, None) in graph, row
