"""Adequacy decisions: in force on the right days, each with its source."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.terms import DCT, GDPR, LAW, LOC, RDF, ROPA, SKOS, XSD

DAY = timedelta(days=1)
# The first day of each decision and, where it has one, the last.
DECISIONS: dict[str, tuple[date, date | None]] = {
    "ad-2010-625": (date(2010, 10, 21), None),
    "ar-2003-490": (date(2003, 7, 5), None),
    "br-2026-179": (date(2026, 1, 26), None),
    "ca-2002-2": (date(2002, 1, 4), None),
    "ch-2000-518": (date(2000, 8, 25), None),
    "epo-2025-1382": (date(2025, 7, 15), None),
    "eu-us-dpf": (date(2023, 7, 10), None),
    "eu-us-privacy-shield": (date(2016, 7, 12), date(2020, 7, 15)),
    "fo-2010-146": (date(2010, 3, 9), None),
    "gb-2021-1772": (date(2021, 6, 28), date(2031, 12, 27)),
    "gg-2003-821": (date(2003, 11, 21), None),
    "il-2011-61": (date(2011, 2, 1), None),
    "im-2004-411": (date(2004, 4, 30), None),
    "je-2008-393": (date(2008, 5, 26), None),
    "jp-2019-419": (date(2019, 1, 23), None),
    "kr-2022-254": (date(2021, 12, 17), None),
    "nz-2013-65": (date(2012, 12, 20), None),
    "safe-harbour": (date(2000, 7, 26), date(2015, 10, 5)),
    "uy-2012-484": (date(2012, 8, 22), None),
}
TERMS: dict[str, tuple[date, date | None]] = {
    "gb-2021-1772-first": (date(2021, 6, 28), date(2025, 6, 27)),
    "gb-2021-1772-extension": (date(2025, 6, 28), date(2025, 12, 27)),
    "gb-2021-1772-renewal": (date(2025, 12, 28), date(2031, 12, 27)),
}
ELSEWHERE: dict[str, tuple[date, date | None]] = {
    "swiss-us-privacy-shield": (date(2017, 1, 11), date(2020, 9, 7)),
    "swiss-us-dpf": (date(2024, 9, 15), None),
    "uk-us-data-bridge": (date(2023, 10, 12), None),
}
DATED = DECISIONS | TERMS | ELSEWHERE


@pytest.mark.parametrize("name", DATED)
def test_a_row_holds_between_its_days(
    holds: Callable[[str, date], bool], name: str
) -> None:
    """It does on its first and last day and next to them inside, and not outside."""
    first, last = DATED[name]
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
    """Every destination with a decision, past or present, is listed, and no other."""
    rows = set(graph.subjects(RDF.type, ROPA.AdequacyDecision))
    assert rows == {LAW[name] for name in DECISIONS}
    covered = {str(o) for d in rows for o in graph.objects(d, ROPA.covers)}
    codes = ("AD", "AR", "BR", "CA", "CH", "FO", "GB", "GG", "IL", "IM", "JE")
    codes += ("JP", "KR", "NZ", "US", "UY")
    expected = {str(LOC[c]) for c in codes} | {str(LAW["european-patent-organisation"])}
    assert covered == expected


def test_every_row_has_its_source_and_says_whether_it_was_checked(graph: Graph) -> None:
    """Decisions name number, source, law they belong to and their reliability."""
    for name in DATED:
        row = LAW[name]
        assert isinstance(graph.value(row, DCT.source), URIRef), name
        assert str(graph.value(row, ROPA.isVerified)) in {"true", "false"}, name
    for name in DECISIONS:
        row = LAW[name]
        assert graph.value(row, ROPA.jurisdiction) == LOC.EU, name
        assert graph.value(row, ROPA.transferTool) == GDPR["A45-3"], name
        assert graph.value(row, DCT.identifier), name
        assert graph.value(row, ROPA.decidedOn), name


def test_no_decision_holds_before_it_was_taken(graph: Graph) -> None:
    """The first day is that of adoption or one of the weeks after it."""
    for name in DECISIONS:
        decided = date.fromisoformat(str(graph.value(LAW[name], ROPA.decidedOn)))
        first = DECISIONS[name][0]
        assert decided <= first <= decided + 31 * DAY, name


def test_rows_of_other_laws_are_no_tool_of_the_gdpr(graph: Graph) -> None:
    """Swiss and British frameworks name their own law and carry no tool of Art. 45."""
    for name in ELSEWHERE:
        row = LAW[name]
        assert graph.value(row, ROPA.jurisdiction) in {LOC.CH, LOC.GB}, name
        assert graph.value(row, ROPA.transferTool) is None, name
        assert (row, RDF.type, ROPA.AdequacyDecision) not in graph, name


def test_a_narrow_decision_says_for_whom_it_speaks(graph: Graph) -> None:
    """Where a decision covers only some importers or data, its scope is told."""
    narrow = ("ca-2002-2", "eu-us-dpf", "eu-us-privacy-shield", "fo-2010-146")
    narrow += ("il-2011-61", "jp-2019-419", "kr-2022-254", "safe-harbour")
    narrow += ("uy-2012-484", *ELSEWHERE)
    for name in narrow:
        languages = {o.language for o in graph.objects(LAW[name], ROPA.scope)}
        assert languages == {"en", "fr"}, name


def test_a_fallen_decision_names_the_judgment_of_that_day(graph: Graph) -> None:
    """The first day not usable is the day of the judgment that is named."""
    fallen = dict(graph.subject_objects(ROPA.invalidatedOn))
    assert set(fallen) == {LAW["safe-harbour"], LAW["eu-us-privacy-shield"]}
    for decision, day in fallen.items():
        judgment = graph.value(decision, ROPA.endedBy)
        assert (judgment, RDF.type, ROPA.Judgment) in graph
        assert graph.value(judgment, ROPA.decidedOn) == day
        assert (judgment, ROPA.concerns, decision) in graph


def test_an_end_by_own_terms_is_no_invalidation(graph: Graph) -> None:
    """What ended by itself names no judgment, and what a judgment ended no last day."""
    for row in graph.subjects(ROPA.endsOn):
        assert graph.value(row, ROPA.invalidatedOn) is None, row
        assert graph.value(row, ROPA.endedBy) is None, row


def test_the_renewals_leave_no_gap(graph: Graph) -> None:
    """The terms of the UK decision follow one another and fill its days."""
    decision = LAW["gb-2021-1772"]
    parts = set(graph.subjects(DCT.isPartOf, decision))
    assert parts == {LAW[name] for name in TERMS}
    spans = sorted(TERMS.values())
    for (_, last), (following, _) in pairwise(spans):
        assert last is not None
        assert following == last + DAY
    assert (spans[0][0], spans[-1][1]) == DECISIONS["gb-2021-1772"]


def test_every_law_thing_is_named_in_both_languages(graph: Graph) -> None:
    """A page about a piece of law has a heading in English and French."""
    for thing in {s for s in graph.subjects() if s in LAW}:
        labels = {
            o.language
            for name in (SKOS.prefLabel, DCT.title)
            for o in graph.objects(thing, name)
        }
        assert labels == {"en", "fr"}, thing


def test_every_ontology_date_is_a_real_day(graph: Graph) -> None:
    """No impossible date stands in ontology or law."""
    for s, p, o in graph:
        if isinstance(o, Literal) and o.datatype == XSD.date:
            assert date.fromisoformat(str(o)), (s, p)
