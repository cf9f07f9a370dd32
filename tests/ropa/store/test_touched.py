"""What was written since when: exactly that, or that it is not known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry
from ropa.store import MEMORY, open_store, touched
from ropa.store.base import Store

A, B, C = (URIRef(f"https://example.org/{name}") for name in "abc")


def said(name: URIRef, text: str) -> Graph:
    """Make a graph that says something."""
    made = Graph()
    made.add((name, URIRef("urn:said"), Literal(text)))
    return made


@pytest.fixture
def store() -> Iterator[Store]:
    """Give an empty store in memory."""
    made = open_store(MEMORY, in_union=entry.is_stated)
    yield made
    made.close()


def test_what_was_written_since_is_told(store: Store) -> None:
    """Each write once, those before it not, removals and loads as well."""
    assert store.written_since(store.revision) == frozenset()
    store.write({A: said(A, "1")})
    seen = store.revision
    store.write({B: said(B, "1"), A: said(A, "2")})
    store.load_lines({C: [f'<{C}> <urn:said> "1" .']})
    assert store.written_since(seen) == {A, B, C}
    seen = store.revision
    store.write({B: None})
    assert store.written_since(seen) == {B}


def test_too_much_is_not_known(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may take it for nothing."""
    monkeypatch.setattr(touched, "MOST", 2)
    seen = store.revision
    store.write({A: said(A, "1"), B: said(B, "1")})
    later = store.revision
    store.write({C: said(C, "1")})
    assert store.written_since(seen) is None
    assert store.written_since(later) == {C}


def test_a_revision_that_came_otherwise_is_not_known(store: Store) -> None:
    """As when the engine was opened anew."""
    store.write({A: said(A, "1")})
    seen = store.revision
    store.revision += 1
    store.write({B: said(B, "1")})
    assert store.written_since(seen) is None
