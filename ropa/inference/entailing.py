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
from ropa.inference import logic
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
        # Of what entailments need, that which is said here of something: by what the
        # package knows, and by all that lies here or did since it was last cleared.
        self._known: frozenset[str] = frozenset()
        self._said: set[str] = set()

    def know(self, lines: Iterable[str]) -> None:
        """Put there for good what the package knows, as lines of N-Triples."""
        known = list(lines)
        self._note(known)
        self._known |= self._said
        self._store.load_lines({KNOWN: known})

    def clear(self) -> None:
        """Take away what was put there; in a child just forked that is nothing."""
        if self._filled:
            self._store.write(dict.fromkeys(self._filled))
        self._filled.clear()
        self._said = {*self._known}

    def put(self, lines: Iterable[str], by: URIRef = GIVEN) -> None:
        """Add statements that the entailments shall see, as lines of N-Triples.

        Args:
            lines: the statements.
            by: the entailment that gave them, if one did.
        """
        given = list(lines)
        self._note(given)
        self._filled.add(by)
        self._store.load_lines({by: given})

    def _note(self, lines: Iterable[str]) -> None:
        needed = _needed()
        for one in lines:
            _, way, value = one.split(" ", 2)
            self._said |= needed & {way, f"{way} {value[:-2]}"}

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

        To read and plan a query takes longer than to answer it, so none is asked that
        needs what is said of nothing here.

        Yields:
            The entailment and a statement that follows by it, stated or not.
        """
        for one in entailments.all_entailments():
            if not one.needs() <= self._said:
                continue
            # The terms are texts, and quicker to compare as such.
            made: Iterable[Any] = self._store.triples(one.render(as_of))
            found = sorted(made, key=" ".join)
            yield from ((one.iri, triple) for triple in found)
            if found:
                self.put([line(*triple) for triple in found], one.iri)


@cache
def reference() -> Workbench:
    """Give the workbench of this process, with what the package knows on it."""
    bench = Workbench(open_store(MEMORY, in_union=lambda _: True))
    heard = _heard()
    bench.know(one for one in _knowledge() if one.split(" ", 2)[1] in heard)
    # Asked once of no entry, since engines import parts of themselves when first used.
    list(bench.follow(date.min))
    return bench


def _knowledge() -> Iterator[str]:
    yield from assets.text("ontology", "classification.nt").splitlines()
    for lines in packaged.knowledge_lines().values():
        yield from lines


@cache
def _needed() -> frozenset[str]:
    """Give all that some entailment needs."""
    every = entailments.all_entailments()
    return frozenset(need for one in every for need in one.needs())


def _heard() -> frozenset[str]:
    """Give the properties that entailments or the logic ask for, among other IRIs."""
    every = entailments.all_entailments()
    ways = (n3(way) for way in logic.shipped_logic().ways)
    return frozenset((*(word for one in every for word in one.words()), *ways))
