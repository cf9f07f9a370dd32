"""What follows by the entailments: what needs dates, absence or counting.

They are asked of a small store that holds what the package knows (vocabulary, law,
seats of vendors, the kinds of terms) and the entries with their surroundings. The
former is put there once, in the process that children are forked from.

Source: SPARQL 1.1 Query section 16.2 (CONSTRUCT); ``ropa/entailments/*.rq``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from rdflib.term import Node, URIRef

from ropa import assets, entailments, entry, packaged
from ropa.store import MEMORY, open_store
from ropa.syntax import line

if TYPE_CHECKING:
    from ropa.store.base import Store

Triple = tuple[Node, Node, Node]

KNOWN = URIRef("urn:x-ropa:known")
GIVEN = URIRef("urn:x-ropa:given")


class Workbench:
    """What the package knows, with room for entries.

    Args:
        store: holds what the package knows.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_clear = True

    def clear(self) -> None:
        """Take away what was put there; in a child just forked that is nothing."""
        if not self._is_clear:
            self._store.write({GIVEN: None})
        self._is_clear = True

    def put(self, lines: Iterable[str]) -> None:
        """Add statements that the entailments shall see, as lines of N-Triples."""
        self._is_clear = False
        self._store.load_lines({GIVEN: lines})

    def follow(self, as_of: date) -> Iterator[tuple[URIRef, Triple]]:
        """Draw the conclusions, each entailment after those that it reads.

        Yields:
            The entailment and a statement that follows by it, stated or not.
        """
        for one in entailments.all_entailments():
            found = sorted(self._store.construct(one.render(as_of)))
            yield from ((one.iri, triple) for triple in found)
            self.put([line(*triple) for triple in found])


@cache
def reference() -> Workbench:
    """Give the workbench of this process, with what the package knows on it."""
    store = open_store(MEMORY, in_union=lambda _: True)
    known = assets.text("ontology", "classification.nt").splitlines()
    for graph, lines in packaged.reference_lines().items():
        if not graph.startswith(entry.SHAPES_BASE):
            known += lines
    store.load_lines({KNOWN: known})
    return Workbench(store)
