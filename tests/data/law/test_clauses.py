"""Standard clauses and binding rules: for old and new contracts, day by day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa.terms import DCT, DPV, GDPR, LAW, LOC, PREFIXES, RDF, ROPA, SKOS, XSD

DAY = timedelta(days=1)
OPEN_TO_NEW = (
    "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
    + """ASK {
  ?row ropa:validFrom ?from .
  OPTIONAL { ?row ropa:noNewFrom ?closed }
  FILTER(?from <= ?day && (!BOUND(?closed) || ?day < ?closed))
}"""
)
# The first day, the first day closed to new contracts and the last day of old ones.
SETS: dict[str, tuple[date, date | None, date | None]] = {
    "scc-2001-497": (date(2001, 9, 3), date(2021, 9, 27), date(2022, 12, 27)),
    "scc-2002-16": (date(2002, 4, 3), date(2010, 5, 15), date(2022, 12, 27)),
    "scc-2004-915": (date(2005, 4, 1), date(2021, 9, 27), date(2022, 12, 27)),
    "scc-2010-87": (date(2010, 5, 15), date(2021, 9, 27), date(2022, 12, 27)),
    "scc-2021-914": (date(2021, 6, 27), None, None),
}
RULES = {name: date(2018, 5, 25) for name in ("bcr-controllers", "bcr-processors")}
BRITISH = {name: date(2022, 3, 21) for name in ("uk-addendum", "uk-idta")}
FIRST_DAYS = {name: days[0] for name, days in SETS.items()} | RULES | BRITISH


@pytest.fixture(scope="module")
def open_to_new(graph: Graph) -> Callable[[str, date], bool]:
    """Ask whether a contract could be concluded on a set on a day."""

    def answer(name: str, day: date) -> bool:
        values = {
            "row": LAW[name],
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(OPEN_TO_NEW, initBindings=values).askAnswer)

    return answer


@pytest.mark.parametrize("name", FIRST_DAYS)
def test_an_instrument_holds_from_its_first_day(
    holds: Callable[[str, date], bool], name: str
) -> None:
    """It does not the day before, and does on the day and after."""
    first = FIRST_DAYS[name]
    assert not holds(name, first - DAY)
    assert holds(name, first)
    assert holds(name, first + DAY)


@pytest.mark.parametrize("name", [n for n, days in SETS.items() if days[2]])
def test_old_clauses_carry_old_contracts_up_to_their_last_day(
    holds: Callable[[str, date], bool], name: str
) -> None:
    """Old contracts rest on them on 27 December 2022, and not on the next day."""
    assert holds(name, date(2022, 12, 26))
    assert holds(name, date(2022, 12, 27))
    assert not holds(name, date(2022, 12, 28))


@pytest.mark.parametrize("name", [n for n, days in SETS.items() if days[1]])
def test_old_clauses_are_closed_to_new_contracts(
    open_to_new: Callable[[str, date], bool], name: str
) -> None:
    """The day before is the last one for a new contract."""
    closed = SETS[name][1]
    assert closed is not None
    assert open_to_new(name, closed - DAY)
    assert not open_to_new(name, closed)
    assert not open_to_new(name, closed + DAY)


@pytest.mark.parametrize("day", [date(2021, 9, 27), date(2022, 12, 28)])
def test_the_clauses_of_2021_are_open(
    open_to_new: Callable[[str, date], bool],
    holds: Callable[[str, date], bool],
    day: date,
) -> None:
    """On the days on which the old ones fell away, the new ones were there."""
    assert open_to_new("scc-2021-914", day)
    assert holds("scc-2021-914", day)


def test_the_list_is_complete(graph: Graph) -> None:
    """Each generation and both kinds of binding rules are listed, and no other."""
    assert set(graph.subjects(RDF.type, ROPA.StandardClauses)) == {
        LAW[name] for name in SETS
    }
    assert set(graph.subjects(RDF.type, ROPA.BindingRules)) == {
        LAW[name] for name in RULES
    }


def test_the_generations_follow_one_another(graph: Graph) -> None:
    """From each old set one arrives at the clauses of 2021."""
    newest = LAW["scc-2021-914"]
    for name, (_, closed, _) in SETS.items():
        later: Node | None = graph.value(LAW[name], DCT.isReplacedBy)
        assert (later is None) is (closed is None), name
        while later is not None and later != newest:
            later = graph.value(later, DCT.isReplacedBy)
        assert later in {None, newest}, name


def test_the_modules_cover_the_four_pairs_of_roles_once_each(graph: Graph) -> None:
    """No pair of controller and processor is missing or there twice."""
    modules = sorted(graph.subjects(RDF.type, ROPA.ClauseModule))
    pairs = [
        (graph.value(m, ROPA.exporterRole), graph.value(m, ROPA.importerRole))
        for m in modules
    ]
    roles = (DPV.DataController, DPV.DataProcessor)
    assert sorted(pairs) == sorted((a, b) for a in roles for b in roles)
    assert {graph.value(m, DCT.isPartOf) for m in modules} == {LAW["scc-2021-914"]}


def test_each_instrument_names_its_tool_or_another_law(graph: Graph) -> None:
    """Clauses are Art. 46(2)(c), rules 46(2)(b), and British ones neither."""
    tools = dict.fromkeys(SETS, GDPR["A46-2-c"])
    tools |= dict.fromkeys(RULES, GDPR["A46-2-b"])
    for name, tool in tools.items():
        assert graph.value(LAW[name], ROPA.transferTool) == tool, name
        assert graph.value(LAW[name], ROPA.jurisdiction) == LOC.EU, name
    for name in BRITISH:
        assert graph.value(LAW[name], ROPA.transferTool) is None, name
        assert graph.value(LAW[name], ROPA.jurisdiction) == LOC.GB, name


def test_every_row_has_words_a_source_and_its_reliability(graph: Graph) -> None:
    """Labels and scopes come in both languages, the source as an address."""
    modules = set(graph.subjects(RDF.type, ROPA.ClauseModule))
    rows = {LAW[name] for name in FIRST_DAYS}
    for row in rows | modules:
        assert isinstance(graph.value(row, DCT.source), URIRef), row
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, row
        words = [SKOS.prefLabel] if row in modules else [SKOS.prefLabel, ROPA.scope]
        for word in words:
            languages = {o.language for o in graph.objects(row, word)}
            assert languages == {"en", "fr"}, row
