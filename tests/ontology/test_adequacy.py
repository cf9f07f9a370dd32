"""Adequacy decisions: in force on the right days, each with its source."""

from collections.abc import Callable
from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import vocabulary
from ropa.terms import DCT, LAW, LOC, PREFIXES, RDF, ROPA, SKOS, XSD

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
IN_FORCE = (
    PROLOGUE
    + """ASK {
  ?decision ropa:validFrom ?from .
  OPTIONAL { ?decision ropa:endsOn ?ends }
  OPTIONAL { ?decision ropa:invalidatedOn ?fell }
  FILTER(?from <= ?day && (!BOUND(?ends) || ?day <= ?ends)
    && (!BOUND(?fell) || ?day < ?fell))
}"""
)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


@pytest.fixture(scope="module")
def in_force(graph: Graph) -> Callable[[str, date], bool]:
    """Ask, as a question does, whether a decision held on a day."""

    def answer(name: str, day: date) -> bool:
        values = {
            "decision": LAW[name],
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(IN_FORCE, initBindings=values).askAnswer)

    return answer


@pytest.mark.parametrize(
    ("name", "day", "holds"),
    [
        ("safe-harbour", date(2015, 10, 5), True),
        ("safe-harbour", date(2015, 10, 6), False),
        ("eu-us-privacy-shield", date(2015, 6, 1), False),
        ("eu-us-privacy-shield", date(2019, 6, 1), True),
        ("eu-us-privacy-shield", date(2020, 7, 15), True),
        ("eu-us-privacy-shield", date(2020, 7, 16), False),
        ("eu-us-privacy-shield", date(2020, 7, 17), False),
        ("eu-us-dpf", date(2023, 7, 9), False),
        ("eu-us-dpf", date(2023, 7, 10), True),
        ("gb-2021-1772", date(2021, 6, 27), False),
        ("gb-2021-1772", date(2021, 6, 28), True),
        ("gb-2021-1772", date(2025, 6, 28), True),
        ("gb-2021-1772", date(2025, 12, 28), True),
        ("gb-2021-1772", date(2031, 12, 27), True),
        ("gb-2021-1772", date(2031, 12, 28), False),
        ("epo-2025-1382", date(2025, 7, 14), False),
        ("epo-2025-1382", date(2025, 7, 15), True),
        ("br-2026-179", date(2026, 1, 25), False),
        ("br-2026-179", date(2026, 1, 26), True),
        ("ch-2000-518", date(2026, 11, 22), True),
        ("swiss-us-privacy-shield", date(2019, 6, 1), False),
    ],
)
def test_a_decision_holds_between_its_days(
    in_force: Callable[[str, date], bool], name: str, day: date, holds: bool
) -> None:
    """Each boundary day falls on its side."""
    assert in_force(name, day) is holds


def test_the_list_is_complete(graph: Graph) -> None:
    """Every destination with a decision, past or present, is listed."""
    covered = {
        str(o)
        for d in graph.subjects(RDF.type, ROPA.AdequacyDecision)
        for o in graph.objects(d, ROPA.covers)
    }
    codes = ("AD", "AR", "BR", "CA", "CH", "FO", "GB", "GG", "IL", "IM", "JE")
    codes += ("JP", "KR", "NZ", "US", "UY")
    expected = {str(LOC[c]) for c in codes} | {str(LAW["european-patent-organisation"])}
    assert covered == expected


def test_every_row_has_its_source_and_says_whether_it_was_checked(graph: Graph) -> None:
    """Decisions name number, source, law they belong to and their reliability."""
    rows = set(graph.subjects(RDF.type, ROPA.AdequacyDecision))
    assert len(rows) == 20
    for row in rows:
        assert isinstance(graph.value(row, DCT.source), URIRef), row
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, row
        assert graph.value(row, ROPA.jurisdiction) in {LOC.EU, LOC.CH}, row
        if graph.value(row, ROPA.jurisdiction) == LOC.EU:
            assert graph.value(row, DCT.identifier), row
            assert graph.value(row, ROPA.validFrom), row
    for case in graph.subjects(RDF.type, ROPA.Judgment):
        assert graph.value(case, DCT.source), case
        assert graph.value(case, ROPA.concerns) in rows, case


def test_every_law_thing_is_named_in_both_languages(graph: Graph) -> None:
    """A page about a decision or judgment has a heading in English and French."""
    things = {s for s in graph.subjects() if s in LAW and s != LAW.adequacy}
    for thing in things:
        labels = {o.language for o in graph.objects(thing, SKOS.prefLabel)}
        assert labels == {"en", "fr"}, thing


def test_a_fallen_decision_names_the_judgment_of_that_day(graph: Graph) -> None:
    """The first day not usable is the day of the judgment that is named."""
    fallen = list(graph.subject_objects(ROPA.invalidatedOn))
    assert len(fallen) == 2
    for decision, day in fallen:
        judgment = graph.value(decision, ROPA.endedBy)
        assert graph.value(judgment, ROPA.decidedOn) == day


def test_the_renewals_leave_no_gap(graph: Graph) -> None:
    """The terms of the UK decision end as published, the last being the decision's."""
    decision = LAW["gb-2021-1772"]
    ends = sorted(
        str(graph.value(part, ROPA.endsOn))
        for part in graph.subjects(DCT.isPartOf, decision)
    )
    assert ends == ["2025-06-27", "2025-12-27", "2031-12-27"]
    assert str(graph.value(decision, ROPA.endsOn)) == ends[-1]


def test_the_body_of_law_says_when_it_was_reviewed(graph: Graph) -> None:
    """A later day cannot be judged, so the last day looked at is stated."""
    assert str(graph.value(LAW.adequacy, ROPA.reviewedOn)) == "2026-11-22"


def test_every_ontology_date_is_a_real_day(graph: Graph) -> None:
    """No impossible date stands in ontology or law."""
    for s, p, o in graph:
        if isinstance(o, Literal) and o.datatype == XSD.date:
            assert date.fromisoformat(str(o)), (s, p)
