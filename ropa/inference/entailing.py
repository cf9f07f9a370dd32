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
from typing import TYPE_CHECKING, Any

from rdflib.term import Node, URIRef

from ropa import assets, entailments, packaged
from ropa.store import MEMORY, open_store
from ropa.syntax import line, n3

if TYPE_CHECKING:
    from ropa.store.base import Store, Table

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
        self._filled: set[URIRef] = set()

    def clear(self) -> None:
        """Take away what was put there; in a child just forked that is nothing."""
        if self._filled:
            self._store.write(dict.fromkeys(self._filled))
        self._filled.clear()

    def put(self, lines: Iterable[str], by: URIRef = GIVEN) -> None:
        """Add statements that the entailments shall see, as lines of N-Triples.

        Args:
            lines: the statements.
            by: the entailment that gave them, if one did.
        """
        self._filled.add(by)
        self._store.load_lines({by: lines})

    def forget(self, by: URIRef) -> None:
        """Take away what an entailment gave and nobody else."""
        if by in self._filled:
            self._store.write({by: None})
        self._filled.discard(by)

    def select(self, text: str) -> Table:
        """Answer a query on all that lies there."""
        return self._store.select(text)

    def said(self, thing: Node) -> list[tuple[Any, ...]]:
        """Give all that is said of a thing, as property and value; sorted."""
        text = f"SELECT ?p ?o WHERE {{ {n3(thing)} ?p ?o }}"
        return sorted(self._store.select(text).rows)

    def sayers(self, way: URIRef, value: Node) -> list[Any]:
        """Give all things of which something is said; sorted."""
        text = f"SELECT ?s WHERE {{ ?s {n3(way)} {n3(value)} }}"
        return sorted(thing for (thing,) in self._store.select(text).rows)

    def follow(self, as_of: date) -> Iterator[tuple[URIRef, Triple]]:
        """Draw the conclusions, each entailment after those that it reads.

        Yields:
            The entailment and a statement that follows by it, stated or not.
        """
        for one in entailments.all_entailments():
            found = sorted(self._store.construct(one.render(as_of)))
            yield from ((one.iri, triple) for triple in found)
            if found:
                self.put([line(*triple) for triple in found], one.iri)


@cache
def reference() -> Workbench:
    """Give the workbench of this process, with what the package knows on it."""
    store = open_store(MEMORY, in_union=lambda _: True)
    known = assets.text("ontology", "classification.nt").splitlines()
    for lines in packaged.knowledge_lines().values():
        known += lines
    store.load_lines({KNOWN: known})
    bench = Workbench(store)
    # Asked once of no entry, since engines import parts of themselves when first used.
    list(bench.follow(date.min))
    return bench
