"""Acts: applied on the right days, proposals apart."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa.terms import DCT, LAW, LOC, RDF, ROPA, SKOS

DAY = timedelta(days=1)
# The first day on which each act applies and, where it has one, the last.
ACTS: dict[str, tuple[date, date | None]] = {
    "decision-2021-915": (date(2021, 6, 27), None),
    "decree-2019-341": (date(2019, 4, 22), None),
    "directive-2002-58": (date(2003, 10, 31), None),
    "directive-95-46": (date(1998, 10, 24), date(2018, 5, 24)),
    "eea-decision-154-2018": (date(2018, 7, 20), None),
    "gdpr": (date(2018, 5, 25), None),
    "regulation-2018-1725": (date(2018, 12, 11), None),
}
PROPOSED = {"digital-omnibus": date(2025, 11, 19)}
# Acts of one state, which publishes them itself.
NATIONAL = {"decree-2019-341": (LOC.FR, "https://www.legifrance.gouv.fr/")}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_applies_between_its_days(
    holds: Callable[[str, date], bool], name: str
) -> None:
    """It does on its first and last day and next to them inside, and not outside."""
    first, last = ACTS[name]
    assert not holds(name, first - DAY)
    assert holds(name, first)
    assert holds(name, first + DAY)
    if last is None:
        assert holds(name, date(2026, 11, 22))
    else:
        assert holds(name, last - DAY)
        assert holds(name, last)
        assert not holds(name, last + DAY)


def test_the_list_is_complete(graph: Graph) -> None:
    """The acts that records rest on are listed, and no other."""
    rows = set(graph.subjects(RDF.type, ROPA.Act))
    assert rows == {LAW[name] for name in (*ACTS, *PROPOSED)}


def test_the_directive_gave_way_to_the_regulation() -> None:
    """The GDPR applies from the day after the last of the directive."""
    assert ACTS["directive-95-46"][1] == ACTS["gdpr"][0] - DAY


def test_what_is_pending_has_no_first_day(graph: Graph) -> None:
    """Nothing in the law can rest on a proposal, on whatever day."""
    pending = {s for s, o in graph.subject_objects(ROPA.isPending) if str(o) == "true"}
    assert {LAW[name] for name in PROPOSED} <= pending
    for row in pending:
        assert graph.value(row, ROPA.validFrom) is None, row
        assert graph.value(row, ROPA.decidedOn) is None, row
    for name, day in PROPOSED.items():
        assert str(graph.value(LAW[name], ROPA.proposedOn)) == day.isoformat()


def test_every_act_has_words_a_number_a_source_and_its_reliability(
    graph: Graph,
) -> None:
    """Labels come in both languages, the source from the Union or the state."""
    for name in (*ACTS, *PROPOSED):
        row = LAW[name]
        source = graph.value(row, DCT.source)
        assert isinstance(source, URIRef), name
        assert graph.value(row, DCT.identifier), name
        state, publisher = NATIONAL.get(name, (None, ""))
        if state is None:
            assert ".europa.eu/" in source, name
            assert graph.value(row, ROPA.jurisdiction) in {LOC.EU, LOC.EEA}, name
        else:
            assert source.startswith(publisher), name
            assert graph.value(row, ROPA.jurisdiction) == state, name
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, name
        languages = {o.language for o in graph.objects(row, SKOS.prefLabel)}
        assert languages == {"en", "fr"}, name
