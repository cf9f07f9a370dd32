"""Ages of consent online: one for each state and day, and on each side of a change."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node

from ropa.terms import DCT, LAW, LOC, PREFIXES, RDF, ROPA, SKOS, XSD

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
IN_FORCE = (
    PROLOGUE
    + """SELECT ?age WHERE {
  ?row a ropa:AgeLimit ; ropa:jurisdiction ?state ; ropa:age ?age ;
    ropa:validFrom ?from .
  OPTIONAL { ?row ropa:endsOn ?last }
  FILTER(?from <= ?day && (!BOUND(?last) || ?day <= ?last))
}"""
)
DAY = timedelta(days=1)
GDPR = date(2018, 5, 25)
TODAY = date(2026, 11, 22)
# In the states outside of the Union the Regulation, or the act on it, came later.
OUTSIDE = {
    "GB": GDPR,
    "IS": date(2018, 7, 15),
    "LI": date(2018, 7, 20),
    "NO": date(2018, 7, 20),
}


def ages(graph: Graph, state: str, day: date) -> list[int]:
    """Give the ages in force in a state on a day."""
    values = {
        "state": LOC[state],
        "day": Literal(day.isoformat(), datatype=XSD.date),
    }
    found = graph.query(IN_FORCE, initBindings=values)
    return [int(row[0]) for row in found]  # type: ignore[arg-type, index]


def members(graph: Graph) -> list[str]:
    """Give the codes of the member states of the Union."""
    states = graph.subjects(SKOS.broader, LOC.EU)
    codes = [str(graph.value(state, LOC.iso_alpha2)) for state in states]
    return sorted(code for code in codes if len(code) == 2)


@pytest.fixture(scope="module")
def rows(graph: Graph) -> set[Node]:
    """Give all limits and proposals."""
    return set(graph.subjects(RDF.type, ROPA.AgeLimit))


def test_each_member_state_has_one_age_on_the_first_day_and_today(graph: Graph) -> None:
    """In 27 states somebody can be told the age, on 25 May 2018 and today."""
    states = members(graph)
    assert len(states) == 27
    for state in states:
        for day in (GDPR, TODAY):
            found = ages(graph, state, day)
            assert len(found) == 1, (state, day)
            assert 13 <= found[0] <= 16, state
        assert ages(graph, state, GDPR - DAY) == [], state


@pytest.mark.parametrize(("state", "first"), OUTSIDE.items())
def test_each_state_outside_the_union_has_one_age_from_its_day(
    graph: Graph, state: str, first: date
) -> None:
    """Nothing is said of the day before, and one age of the day itself and today."""
    assert ages(graph, state, first - DAY) == []
    assert len(ages(graph, state, first)) == 1
    assert len(ages(graph, state, TODAY)) == 1


def test_no_two_limits_of_a_state_overlap_or_leave_a_gap(
    graph: Graph, rows: set[Node]
) -> None:
    """Each limit begins on the day after the one before it ended; the last is open."""
    spans: dict[Node | None, list[tuple[str, str]]] = {}
    for row in rows:
        first = graph.value(row, ROPA.validFrom)
        if first is not None:
            last = graph.value(row, ROPA.endsOn)
            state = graph.value(row, ROPA.jurisdiction)
            spans.setdefault(state, []).append((str(first), str(last or "")))
    for state, found in spans.items():
        found.sort()
        for earlier, later in pairwise(found):
            following = date.fromisoformat(earlier[1]) + DAY
            assert following.isoformat() == later[0], state
        assert found[-1][1] == "", state


@pytest.mark.parametrize(
    ("state", "change", "before", "after"),
    [
        ("BE", date(2018, 9, 5), 16, 13),
        ("BG", date(2019, 3, 2), 16, 14),
        ("CY", date(2018, 7, 31), 16, 14),
        ("CZ", date(2019, 4, 24), 16, 15),
        ("DK", date(2024, 1, 1), 13, 15),
        ("EE", date(2019, 1, 15), 16, 13),
        ("ES", date(2018, 12, 7), 16, 14),
        ("FI", date(2019, 1, 1), 16, 13),
        ("IT", date(2018, 9, 19), 16, 14),
        ("LT", date(2018, 7, 16), 16, 14),
        ("LV", date(2018, 7, 5), 16, 13),
        ("MT", date(2018, 6, 1), 16, 13),
        ("PT", date(2019, 8, 9), 16, 13),
        ("SI", date(2023, 1, 26), 16, 15),
    ],
)
def test_an_age_changes_on_its_day(
    graph: Graph, state: str, change: date, before: int, after: int
) -> None:
    """The day before has the old age, the day itself and the day after the new one."""
    assert ages(graph, state, change - DAY) == [before]
    assert ages(graph, state, change) == [after]
    assert ages(graph, state, change + DAY) == [after]


def test_france_is_fifteen(graph: Graph) -> None:
    """A limit of 16 in a French notice is house policy, not the law."""
    for day in (GDPR, date(2021, 6, 1), TODAY):
        assert ages(graph, "FR", day) == [15]


@pytest.mark.parametrize(
    ("age", "states"),
    [
        (13, "BE EE FI LV MT PT SE"),
        (14, "AT BG CY ES IT LT"),
        (15, "CZ DK FR GR SI"),
        (16, "DE HR HU IE LU NL PL RO SK"),
    ],
)
def test_the_ages_of_today(graph: Graph, age: int, states: str) -> None:
    """The list of the Commission, with the later changes in Denmark and Slovenia."""
    found = [s for s in members(graph) if ages(graph, s, TODAY) == [age]]
    assert found == states.split()


def test_the_united_kingdom_has_a_law_of_its_own_since_2021(graph: Graph) -> None:
    """The age is the same on both sides of the day; the law it belongs to is not."""
    for day in (date(2020, 12, 31), date(2021, 1, 1), date(2021, 1, 2)):
        assert ages(graph, "GB", day) == [13]
    assert str(graph.value(LAW["age-gb-union"], ROPA.endsOn)) == "2020-12-31"
    assert str(graph.value(LAW["age-gb"], ROPA.validFrom)) == "2021-01-01"


def test_a_proposal_holds_on_no_day(graph: Graph, rows: set[Node]) -> None:
    """What is pending has no first day, and what has none is pending."""
    pending = set(graph.subjects(ROPA.isPending, Literal(True)))
    assert {row for row in rows if (row, ROPA.validFrom, None) not in graph} == (
        rows & pending
    )
    assert ages(graph, "NO", TODAY) == [13]
    assert ages(graph, "ES", TODAY) == [14]


def test_every_limit_is_whole(graph: Graph, rows: set[Node]) -> None:
    """A row names a state, an age, a source, and says whether it was checked."""
    assert len(rows) == 49
    for row in rows:
        assert len(list(graph.objects(row, ROPA.jurisdiction))) == 1, row
        assert len(list(graph.objects(row, ROPA.age))) == 1, row
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, row
        assert list(graph.objects(row, DCT.source)), row
        labels = sorted(o.language for o in graph.objects(row, SKOS.prefLabel))
        assert labels == ["en", "fr"], row


def test_house_policy_is_told_from_the_law(graph: Graph) -> None:
    """The dataset says that a company's own limit is not the law, in both languages."""
    notes = {o.language: str(o) for o in graph.objects(LAW.ages, SKOS.note)}
    assert "house policy" in notes["en"]
    assert "politique interne" in notes["fr"]
