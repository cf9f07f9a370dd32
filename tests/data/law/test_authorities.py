"""Supervisory authorities: who is competent where, and from which day to which."""

from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa.terms import DCT, DPV, LAW, LOC, PREFIXES, RDF, ROPA, SKOS, XSD

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
COMPETENT = (
    PROLOGUE
    + """SELECT DISTINCT ?authority WHERE {
  ?row a ropa:Competence ; ropa:jurisdiction ?state ; ropa:authority ?authority ;
    ropa:validFrom ?from .
  OPTIONAL { ?row ropa:endsOn ?last }
  FILTER(?from <= ?day && (!BOUND(?last) || ?day <= ?last))
}"""
)
DAY = timedelta(days=1)
GDPR = date(2018, 5, 25)
EEA = date(2018, 7, 20)
TODAY = date(2026, 11, 22)
LAENDER = ["bb", "be", "bw", "by", "hb", "he", "hh", "mv"]
LAENDER += ["ni", "nw", "rp", "sh", "sl", "sn", "st", "th"]


def competent(graph: Graph, state: str, day: date) -> set[str]:
    """Give the authorities that are competent in a state on a day, by short name."""
    values = {
        "state": LOC[state],
        "day": Literal(day.isoformat(), datatype=XSD.date),
    }
    start = str(LAW["authority-"])
    found = graph.query(COMPETENT, initBindings=values)
    return {str(row[0]).removeprefix(start) for row in found}  # type: ignore[index]


@pytest.fixture(scope="module")
def authorities(graph: Graph) -> set[Node]:
    """Give all authorities."""
    return set(graph.subjects(RDF.type, DPV.DataProtectionAuthority))


@pytest.fixture(scope="module")
def rows(graph: Graph) -> set[Node]:
    """Give all competences."""
    return set(graph.subjects(RDF.type, ROPA.Competence))


def test_each_member_state_has_an_authority_since_the_first_day(graph: Graph) -> None:
    """In 27 states somebody is competent, on 25 May 2018 and today."""
    states = {str(s) for s in graph.subjects(SKOS.broader, LOC.EU)}
    codes = {s.removeprefix(str(LOC)) for s in states}
    codes = {code for code in codes if len(code) == 2}
    assert len(codes) == 27
    for code in codes:
        assert competent(graph, code, GDPR), code
        assert competent(graph, code, TODAY), code
        assert not competent(graph, code, GDPR - DAY), code


@pytest.mark.parametrize("state", ["IS", "LI", "NO"])
def test_the_other_states_of_the_area_came_on_their_day(
    graph: Graph, state: str
) -> None:
    """The Regulation applies there since 20 July 2018."""
    assert not competent(graph, state, EEA - DAY)
    assert len(competent(graph, state, EEA)) == 1
    assert len(competent(graph, state, TODAY)) == 1


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2020, 12, 30), "se-datainspektionen"),
        (date(2020, 12, 31), "se-datainspektionen"),
        (date(2021, 1, 1), "se-imy"),
        (date(2021, 1, 2), "se-imy"),
    ],
)
def test_sweden_has_one_authority_under_each_name(
    graph: Graph, day: date, name: str
) -> None:
    """Datainspektionen until the end of 2020, IMY from the next day on."""
    assert competent(graph, "SE", day) == {name}
    old = LAW["authority-se-datainspektionen"]
    assert graph.value(old, DCT.isReplacedBy) == LAW["authority-se-imy"]


@pytest.mark.parametrize(
    ("day", "row"),
    [
        (date(2020, 12, 30), "competence-gb-ico-union"),
        (date(2020, 12, 31), "competence-gb-ico-union"),
        (date(2021, 1, 1), "competence-gb-ico"),
        (date(2021, 1, 2), "competence-gb-ico"),
    ],
)
def test_the_ico_is_an_authority_of_the_union_until_the_end_of_2020(
    graph: Graph, day: date, row: str
) -> None:
    """It goes on without a gap, but under the law of the United Kingdom."""
    assert competent(graph, "GB", day) == {"gb-ico"}
    ends = {"competence-gb-ico-union": ("2018-05-25", "2020-12-31")}
    first, last = ends.get(row, ("2021-01-01", "9999-12-31"))
    assert str(graph.value(LAW[row], ROPA.validFrom)) == first
    assert str(graph.value(LAW[row], ROPA.endsOn) or "9999-12-31") == last
    assert first <= day.isoformat() <= last


def test_germany_has_a_federal_authority_and_one_in_each_land(graph: Graph) -> None:
    """Sixteen Länder, Bavaria with one for private and one for public bodies."""
    found = competent(graph, "DE", TODAY)
    assert "de-bfdi" in found
    assert {name.split("-")[1] for name in found - {"de-bfdi"}} == set(LAENDER)
    assert {"de-by-baylda", "de-by-baylfd"} <= found
    assert len(found) == 18


def test_andalusia_supervises_since_october_2019(graph: Graph) -> None:
    """The Spanish agency alone before, the council beside it from then on."""
    first = date(2019, 10, 1)
    assert "es-ctpda" not in competent(graph, "ES", first - DAY)
    for day in (first, first + DAY):
        assert {"es-aepd", "es-ctpda"} <= competent(graph, "ES", day)


def test_the_institutions_have_a_supervisor_of_their_own(graph: Graph) -> None:
    """The EDPS supervises the Union's bodies, under the regulation of 2018."""
    first = date(2018, 12, 11)
    assert competent(graph, "EU", first - DAY) == set()
    assert competent(graph, "EU", first) == {"eu-edps"}
    assert competent(graph, "EU", TODAY) == {"eu-edps"}


def test_every_authority_is_named_and_has_a_competence(
    graph: Graph, authorities: set[Node]
) -> None:
    """An authority has a label, a source and a state, and supervises something."""
    assert len(authorities) == 53
    for authority in authorities:
        labels = sorted(o.language for o in graph.objects(authority, SKOS.prefLabel))
        assert labels == ["en", "fr"], authority
        assert isinstance(graph.value(authority, DCT.source), URIRef), authority
        assert str(graph.value(authority, ROPA.isVerified)) in {"true", "false"}
        assert (None, ROPA.authority, authority) in graph, authority
        countries = list(graph.objects(authority, DPV.hasCountry))
        assert len(countries) == (authority != LAW["authority-eu-edps"]), authority
        assert str(graph.value(authority, ROPA.website) or "https://").startswith(
            "https://"
        ), authority


def test_every_competence_is_whole(
    graph: Graph, rows: set[Node], authorities: set[Node]
) -> None:
    """A row names an authority, a state, a scope, a first day and a source."""
    assert len(rows) == 54
    for row in rows:
        assert graph.value(row, ROPA.authority) in authorities, row
        assert len(list(graph.objects(row, ROPA.jurisdiction))) == 1, row
        assert graph.value(row, ROPA.validFrom), row
        assert isinstance(graph.value(row, DCT.source), URIRef), row
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, row
        for property_ in (SKOS.prefLabel, ROPA.scope):
            texts = sorted(o.language for o in graph.objects(row, property_))
            assert texts == ["en", "fr"], row


def test_an_authority_is_competent_in_its_own_country(
    graph: Graph, rows: set[Node]
) -> None:
    """No competence was given to the authority of another state."""
    for row in rows:
        state = graph.value(row, ROPA.jurisdiction)
        country = graph.value(graph.value(row, ROPA.authority), DPV.hasCountry)
        assert state == (country or LOC.EU), row
