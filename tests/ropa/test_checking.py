"""Checks of many entries: shared out in portions, with the same findings."""

from __future__ import annotations

from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import checking, packaged, store, syntax, vocabulary
from ropa.errors import InputError
from ropa.findings import Report
from ropa.formats import rdf
from ropa.formats.rdf import Reading
from ropa.store.base import Store
from ropa.terms import DPV, LOC, RDF, ROPA
from tests.benchmarks import synthetic

DAY = date(2026, 11, 22)


def register() -> dict[URIRef, Graph]:
    """Give an invented register with planted faults, entry by entry."""
    entries: dict[URIRef, Graph] = {}
    lines = "".join(synthetic.register(24)).encode()
    for s, p, o, name in syntax.parse(lines, syntax.Syntax.NQUADS):
        entries.setdefault(URIRef(str(name)), Graph()).add((s, p, o))
    return entries


def filled(entries: dict[URIRef, Graph]) -> Store:
    """Give a store that holds entries."""
    given = store.open_store("memory:", in_union=lambda _: True)
    given.write(entries)
    return given


def told(report: Report) -> list[tuple[object, ...]]:
    """List all that a report says, in its order."""
    return [
        (f.rule, f.focus, f.path, f.value, f.severity, dict(f.message), f.key)
        for f in report.findings
    ]


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("most", [1, 400])
def test_portions_change_no_finding(most: int, is_stored: bool) -> None:
    """One entry at a time, or a few: what is found is what all at once give."""
    entries = register()
    # One vendor in a second country: only an entry of another portion tells.
    activity = min(n for n in entries if "/activities/" in n)
    part = URIRef(f"{activity}#recipient-supplier")
    entries[activity].set((part, DPV.hasCountry, LOC.NZ))
    kept = filled(entries if is_stored else {})
    words = vocabulary.load()
    whole = checking.review(kept, words, entries, as_of=DAY, most=10**9)
    shared = checking.review(kept, words, entries, as_of=DAY, most=most)
    assert told(shared) == told(whole)
    assert shared.checked == whole.checked == sorted(entries)
    found = {f.rule for f in whole.findings}
    assert {"legal-basis-missing", "vendor-in-two-countries"} <= found


def test_portions_of_a_notice_know_what_its_activities_rest_on() -> None:
    """A record judged apart from its activities is told of their bases."""
    examples = packaged.examples()
    entries = {
        name: graph
        for name, graph in examples.items()
        if "/wpo" in name and "/sources/" not in name
    }
    for graph in entries.values():
        for kind in (ROPA.Claim, ROPA.Remark):
            for node in list(graph.subjects(RDF.type, kind)):
                graph.remove((node, None, None))
    kept = filled({n: g for n, g in examples.items() if n not in entries})
    words = vocabulary.load()
    whole = checking.review(kept, words, entries, as_of=DAY, most=10**9)
    shared = checking.review(kept, words, entries, as_of=DAY, most=200)
    assert told(shared) == told(whole)
    assert "objection-missing" in {finding.rule for finding in shared.findings}


def test_no_entry_is_parted_or_lost_and_a_company_leads_its_activities() -> None:
    """Each entry is in one portion; they come company by company."""
    entries = register()
    portions = checking._portions(entries, 500)
    assert len(portions) > 2
    assert all(sum(map(len, one.values())) <= 500 for one in portions)
    order = [str(name) for one in portions for name in one]
    assert sorted(order) == sorted(map(str, entries))
    firms = [n.split("/")[5] for n in order if "/organisations/" not in n]
    assert [f for i, f in enumerate(firms) if firms[:i][-1:] != [f]] == sorted({*firms})
    for firm in {*firms}:
        first = next(n for n in order if firm in n.split("/"))
        assert "/companies/" in first


def reading(name: str, text: str) -> Reading:
    """Read a text as a file."""
    return rdf.read_untrusted(text.encode(), name=name, base="https://example.org/")


LETTERS = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
<activities/one/letters> a dpv:PersonalDataProcess ; dct:title "Letters"@en .
"""
CLAIM = """
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
<activities/one/letters#claim> a ropa:Claim ; ropa:about <activities/one/letters> .
"""


def test_two_versions_of_an_entry_are_not_mixed() -> None:
    """Each would hide the faults of the other; both places are told."""
    other = LETTERS.replace("Letters", "Other letters")
    with pytest.raises(InputError) as caught:
        checking.joined([reading("a.ttl", LETTERS), reading("b.ttl", other)])
    for words in ("activities/one/letters", "a.ttl:5", "b.ttl:5"):
        assert words in caught.value.message


def test_one_entry_may_come_from_several_files() -> None:
    """The same words twice, or claims in a file of their own, are one entry."""
    files = [("a.ttl", LETTERS), ("b.ttl", LETTERS), ("claims.ttl", CLAIM)]
    found = checking.together(reading(name, text) for name, text in files)
    (graph,) = found.values()
    assert len(graph) >= 4
