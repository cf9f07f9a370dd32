"""Countries: codes, names, and the hierarchy they share with DPV."""

import pytest
from rdflib import Graph

from ropa import vocabulary
from ropa.terms import DCT, DPV, LOC, RDF, SKOS


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


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


def test_dates_of_membership_stand_in_the_law_alone(graph: Graph) -> None:
    """A country has codes, names and a place; when it was a member is not said here."""
    said = {
        p for c in graph.subjects(RDF.type, DPV.Country) for p in graph.predicates(c)
    }
    assert said == {
        RDF.type,
        SKOS.prefLabel,
        SKOS.altLabel,
        SKOS.note,
        SKOS.broader,
        DCT.source,
        LOC.iso_alpha2,
        LOC.iso_alpha3,
        LOC.iso_numeric,
    }
