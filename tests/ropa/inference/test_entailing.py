"""What is left out when entailments are asked changes nothing that follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import pytest
from rdflib.term import Node, URIRef

from ropa import entailments, inference, kinds, syntax
from ropa.inference import axioms, entailing
from ropa.store import MEMORY, open_store
from ropa.store.base import Store
from ropa.terms import RDF
from tests.ropa import random_entries
from tests.ropa.test_entailments import NAMES, cases, known_lines

Triple = tuple[Node, Node, Node]
KNOWN, GIVEN = URIRef("urn:x-test:known"), URIRef("urn:x-test:given")
DAY = date(2026, 1, 31)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Open a store that holds all that the package knows, words included."""
    opened = open_store(MEMORY, in_union=lambda _: True)
    opened.load_lines({KNOWN: known_lines()})
    yield opened
    opened.close()


def asking_all(
    store: Store, lines: Iterable[str], day: date
) -> set[tuple[URIRef, Triple]]:
    """Draw conclusions by asking every entailment of all that is known."""
    store.write({GIVEN: None})
    store.load_lines({GIVEN: lines})
    found = set()
    for one in entailments.all_entailments():
        made = set(store.construct(one.render(day)))
        found |= {(one.iri, triple) for triple in made}
        store.load_lines({GIVEN: [syntax.line(*triple) for triple in made]})
    return found


def ours(lines: Iterable[str], day: date) -> set[tuple[URIRef, Triple]]:
    """Draw conclusions as the program does."""
    bench = entailing.reference()
    bench.clear()
    bench.put(lines)
    return set(bench.follow(day))


@pytest.mark.parametrize("name", NAMES)
def test_cases_follow_as_if_all_were_asked(store: Store, name: str) -> None:
    """Of each case of an entailment all of them conclude the same."""
    of_one = [case for case in cases() if case.of.name == name]
    assert of_one
    for case in of_one:
        lines = [syntax.line(*triple) for triple in case.given]
        day = date.fromisoformat(case.as_of)
        assert ours(lines, day) == asking_all(store, lines, day), str(case)


@pytest.mark.parametrize("seed", range(4))
def test_random_entries_follow_as_if_all_were_asked(store: Store, seed: int) -> None:
    """Of records made at random, with the kinds of things, they do as well."""
    records = random_entries.records(3, seed=seed)
    given = {triple for graph in records.values() for triple in graph}
    drawn = axioms.conclude(given, kinds.kinds_of)
    lines = [syntax.line(*triple) for triple in given]
    lines += [syntax.line(thing, RDF.type, kind) for thing, kind in drawn]
    found = ours(lines, DAY)
    assert found
    assert found == asking_all(store, lines, DAY)


def test_what_needs_what_nobody_says_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of nothing, hardly any entailment is asked; what is put there calls for more."""
    bench = entailing.reference()
    bench.clear()
    asked: list[str] = []
    triples = bench._store.triples

    def counted(text: str) -> object:
        asked.append(text)
        return triples(text)

    monkeypatch.setattr(bench._store, "triples", counted)
    list(bench.follow(DAY))
    of_nothing = len(asked)
    asked.clear()
    bench.put(inference._example())
    list(bench.follow(DAY))
    assert of_nothing < len(asked) < len(NAMES)


def test_a_rehearsal_leaves_nothing_behind() -> None:
    """However far it came, the next entry is seen without the example."""
    bench = entailing.reference()
    bench.clear()
    before = bench.select("SELECT ?s ?p ?o WHERE { ?s ?p ?o }").rows
    for steps in (1, 3, 1000):
        rehearsal = inference.rehearse()
        taken = sum(1 for _ in zip(range(steps), rehearsal, strict=False))
        assert 0 < taken <= steps
        rehearsal.close()
        after = bench.select("SELECT ?s ?p ?o WHERE { ?s ?p ?o }").rows
        assert set(after) == set(before)
        assert not bench._filled
