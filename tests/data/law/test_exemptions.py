"""Exemptions from records: the one in force, and the scenarios apart."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa.terms import DCT, LAW, RDF, ROPA, SKOS

DAY = timedelta(days=1)
IN_FORCE = {"art-30-5": (250, date(2018, 5, 25))}
# Staff below which a proposal would exempt, and the day of the proposal.
SCENARIOS = {
    "omnibus-iv": (750, date(2025, 5, 21)),
    "omnibus-iv-agreement": (1000, date(2026, 6, 9)),
}


@pytest.mark.parametrize("name", IN_FORCE)
def test_an_exemption_holds_from_its_first_day(
    holds: Callable[[str, date], bool], name: str
) -> None:
    """It does not the day before, and does on the day and after."""
    first = IN_FORCE[name][1]
    assert not holds(name, first - DAY)
    assert holds(name, first)
    assert holds(name, first + DAY)
    assert holds(name, date(2026, 11, 22))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_holds_on_no_day(
    graph: Graph, holds: Callable[[str, date], bool], name: str
) -> None:
    """It is pending, has the day of its proposal and no first day."""
    row = LAW[name]
    proposed = SCENARIOS[name][1]
    assert str(graph.value(row, ROPA.isPending)) == "true"
    assert str(graph.value(row, ROPA.proposedOn)) == proposed.isoformat()
    assert graph.value(row, ROPA.validFrom) is None
    assert not any(
        holds(name, day)
        for day in (proposed - DAY, proposed, proposed + DAY, date(2026, 11, 22))
    )


def test_the_list_is_complete(graph: Graph) -> None:
    """There is one exemption in force, with its scenarios, each with its threshold."""
    rows = set(graph.subjects(RDF.type, ROPA.RecordExemption))
    assert rows == {LAW[name] for name in (*IN_FORCE, *SCENARIOS)}
    for name, (staff, _) in (IN_FORCE | SCENARIOS).items():
        below = graph.value(LAW[name], ROPA.staffBelow)
        assert below is not None
        assert int(str(below)) == staff, name


def test_the_three_conditions_are_named(graph: Graph) -> None:
    """Risk, regularity and sensitive data each bring the duty back."""
    scope = {o.language: str(o) for o in graph.objects(LAW["art-30-5"], ROPA.scope)}
    for words in ("any one of three", "risk", "not occasional", "Art. 9 or 10"):
        assert words in scope["en"]
    for words in ("un de ces trois cas", "risque", "pas occasionnel", "art. 9 ou 10"):
        assert words in scope["fr"]


def test_every_row_has_words_a_source_and_its_reliability(graph: Graph) -> None:
    """Labels, scopes and notes come in both languages, the source as an address."""
    for name in (*IN_FORCE, *SCENARIOS):
        row = LAW[name]
        assert isinstance(graph.value(row, DCT.source), URIRef), name
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, name
        for word in (SKOS.prefLabel, SKOS.note, ROPA.scope):
            languages = {o.language for o in graph.objects(row, word)}
            assert languages == {"en", "fr"}, name
