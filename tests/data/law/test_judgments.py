"""Judgments: given on the right days, about law that is there."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.terms import DCT, LAW, PREFIXES, RDF, ROPA, SKOS, XSD

DAY = timedelta(days=1)
DECIDED = (
    "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
    + "ASK { ?case ropa:decidedOn ?decided FILTER(?decided <= ?day) }"
)
CASES = {
    "C-40/17": date(2019, 7, 29),
    "C-60/22": date(2023, 5, 4),
    "C-154/21": date(2023, 1, 12),
    "C-184/20": date(2022, 8, 1),
    "C-203/22": date(2025, 2, 27),
    "C-21/23": date(2024, 10, 4),
    "C-252/21": date(2023, 7, 4),
    "C-311/18": date(2020, 7, 16),
    "C-362/14": date(2015, 10, 6),
    "C-394/23": date(2025, 1, 9),
    "C-413/23 P": date(2025, 9, 4),
    "C-621/22": date(2024, 10, 4),
    "C-634/21": date(2023, 12, 7),
    "C-673/17": date(2019, 10, 1),
    "T-354/22": date(2025, 1, 8),
    "T-553/23": date(2025, 9, 3),
}
PENDING = {"C-703/25 P": date(2025, 10, 31)}
LODGED = {
    "C-362/14": date(2014, 7, 25),
    "C-311/18": date(2018, 5, 9),
    "T-553/23": date(2023, 9, 6),
} | PENDING


def row_of(number: str) -> URIRef:
    """Give the row of a case by its number."""
    return LAW[number.lower().replace("/", "-").replace(" ", "-")]


@pytest.fixture(scope="module")
def decided(graph: Graph) -> Callable[[str, date], bool]:
    """Ask whether a case was decided by a day."""

    def answer(number: str, day: date) -> bool:
        values = {
            "case": row_of(number),
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(DECIDED, initBindings=values).askAnswer)

    return answer


@pytest.mark.parametrize("number", CASES)
def test_a_case_is_decided_from_its_day(
    decided: Callable[[str, date], bool], number: str
) -> None:
    """It is not the day before, and is on the day and after."""
    day = CASES[number]
    assert not decided(number, day - DAY)
    assert decided(number, day)
    assert decided(number, day + DAY)


def test_a_pending_case_was_lodged_and_is_not_decided(
    graph: Graph, decided: Callable[[str, date], bool]
) -> None:
    """It has the day on which it was brought and no other."""
    for number, day in PENDING.items():
        row = row_of(number)
        assert str(graph.value(row, ROPA.lodgedOn)) == day.isoformat()
        assert str(graph.value(row, ROPA.isPending)) == "true"
        assert not decided(number, date(2026, 11, 22))
    for number in CASES:
        assert graph.value(row_of(number), ROPA.isPending) is None, number


def test_a_case_was_lodged_before_it_was_decided(graph: Graph) -> None:
    """The days on which cases were brought are those known, and come first."""
    lodged = dict(graph.subject_objects(ROPA.lodgedOn))
    assert {row: str(day) for row, day in lodged.items()} == {
        row_of(number): day.isoformat() for number, day in LODGED.items()
    }
    for number in LODGED.keys() & CASES.keys():
        assert LODGED[number] < CASES[number], number


def test_the_list_is_complete(graph: Graph) -> None:
    """Each case has its row under its number, and there is no other."""
    rows = set(graph.subjects(RDF.type, ROPA.Judgment))
    assert rows == {row_of(number) for number in (*CASES, *PENDING)}
    for number in (*CASES, *PENDING):
        assert str(graph.value(row_of(number), DCT.identifier)) == number


def test_each_case_is_about_law_that_is_there(graph: Graph) -> None:
    """What a case concerns is a row with a type of its own, older than the judgment."""
    for case, law in graph.subject_objects(ROPA.concerns):
        assert (case, RDF.type, ROPA.Judgment) in graph, case
        assert graph.value(law, RDF.type) is not None, law
        brought = graph.value(case, ROPA.decidedOn) or graph.value(case, ROPA.lodgedOn)
        assert str(graph.value(law, ROPA.validFrom)) < str(brought), case
    for case in graph.subjects(RDF.type, ROPA.Judgment):
        assert graph.value(case, ROPA.concerns) is not None, case


def test_every_case_says_what_follows_for_a_record(graph: Graph) -> None:
    """Label and note come in both languages, with source and reliability."""
    for case in graph.subjects(RDF.type, ROPA.Judgment):
        assert isinstance(graph.value(case, DCT.source), URIRef), case
        assert str(graph.value(case, ROPA.isVerified)) in {"true", "false"}, case
        for word in (SKOS.prefLabel, SKOS.note):
            languages = {o.language for o in graph.objects(case, word)}
            assert languages == {"en", "fr"}, case


def test_a_gap_in_a_record_is_not_said_to_be_unlawful_processing(graph: Graph) -> None:
    """The judgment on incomplete records says what they mean and what not."""
    notes = {o.language: str(o) for o in graph.objects(LAW["c-60-22"], SKOS.note)}
    assert "does not by itself make the processing unlawful" in notes["en"]
    assert "Art. 30" in notes["en"]
    assert "ne rend pas à lui seul le traitement illicite" in notes["fr"]
