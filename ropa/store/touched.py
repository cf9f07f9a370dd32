"""Which graphs were written since when, so that nobody has to look through all."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rdflib.term import URIRef

MOST = 10_000
"""Names that are remembered; of what was written before, nothing is known."""


class Touched:
    """The names of graphs that were written last, by the revision they led to."""

    def __init__(self) -> None:
        self._writes: deque[tuple[int, frozenset[URIRef]]] = deque()
        self._size = 0

    def add(self, revision: int, names: Iterable[URIRef]) -> None:
        """Remember a write."""
        written = frozenset(names)
        self._writes.append((revision, written))
        self._size += len(written)
        while self._size > MOST:
            self._size -= len(self._writes.popleft()[1])

    def since(self, revision: int, now: int) -> frozenset[URIRef] | None:
        """Give the graphs that were written after a revision; None if not known.

        Args:
            revision: what was seen.
            now: the present revision.
        """
        later = [one for one in self._writes if one[0] > revision]
        # A revision that is not among them came about in another way.
        if len(later) != now - revision:
            return None
        return frozenset[URIRef]().union(*(names for _, names in later))
