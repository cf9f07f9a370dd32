"""Guidelines: each with its number, its day and what follows from it for a record."""

from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import law, shipped
from ropa.terms import DCT, LAW, LOC, RDF, ROPA, SKOS

# Number and day of adoption of each.
GUIDANCE = {
    "cnil-2018-327": ("2018-327", date(2018, 10, 11)),
    "cnil-2019-118": ("2019-118", date(2019, 9, 12)),
    "cnil-2020-091": ("2020-091", date(2020, 9, 17)),
    "edpb-dpia-template": ("DPIA template", date(2026, 4, 14)),
    "edpb-erasure-report": ("CEF 2025", date(2026, 2, 10)),
    "edpb-guidelines-01-2024": ("1/2024", date(2024, 10, 8)),
    "edpb-guidelines-02-2018": ("2/2018", date(2018, 5, 25)),
    "edpb-guidelines-02-2019": ("2/2019", date(2019, 10, 8)),
    "edpb-guidelines-05-2020": ("05/2020", date(2020, 5, 4)),
    "edpb-guidelines-05-2021": ("05/2021", date(2023, 2, 14)),
    "edpb-guidelines-07-2020": ("07/2020", date(2021, 7, 7)),
    "edpb-opinion-22-2024": ("22/2024", date(2024, 10, 7)),
    "edpb-recommendations-01-2020": ("01/2020", date(2021, 6, 18)),
    "wp-203": ("03/2013", date(2013, 4, 2)),
    "wp-216": ("05/2014", date(2014, 4, 10)),
    "wp-248": ("WP248 rev.01", date(2017, 10, 4)),
    "wp-249": ("2/2017", date(2017, 6, 8)),
    "wp29-article-30-5": ("Art. 30(5)", date(2018, 4, 19)),
}


def test_the_list_is_complete(graph: Graph) -> None:
    """Each guideline has its row, and there is no other."""
    rows = set(graph.subjects(RDF.type, ROPA.Guidance))
    assert rows == {LAW[name] for name in GUIDANCE}


@pytest.mark.parametrize("name", GUIDANCE)
def test_a_guideline_has_its_number_and_its_day(graph: Graph, name: str) -> None:
    """It is read from the day on which it was adopted."""
    number, day = GUIDANCE[name]
    row = LAW[name]
    assert str(graph.value(row, DCT.identifier)) == number
    assert str(graph.value(row, ROPA.decidedOn)) == day.isoformat()
    assert str(graph.value(row, ROPA.validFrom)) == day.isoformat()


def test_a_guideline_says_whose_it_is(graph: Graph) -> None:
    """One of a state counts there; its source is an address."""
    for name in GUIDANCE:
        place = LOC.FR if name.startswith("cnil-") else LOC.EU
        assert graph.value(LAW[name], ROPA.jurisdiction) == place, name
        assert isinstance(graph.value(LAW[name], DCT.source), URIRef), name


def test_a_guideline_says_what_follows_for_a_record(graph: Graph) -> None:
    """Label and note come in both languages, as notes without a stop."""
    for name in GUIDANCE:
        for word in (SKOS.prefLabel, SKOS.note):
            texts = {o.language: str(o) for o in graph.objects(LAW[name], word)}
            assert set(texts) == {"en", "fr"}, name
            assert not any(text.endswith(".") for text in texts.values()), name


def test_guidance_stands_in_its_own_file() -> None:
    """No row of another file is guidance."""
    for name in law.files():
        stated = shipped.triples("data", name)
        holds = any((p, o) == (RDF.type, ROPA.Guidance) for _, p, o in stated)
        assert holds is (name == "law/guidance.ttl"), name
