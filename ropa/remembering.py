"""What a store was asked since its last write, and answered: most of it is asked again.

A register is read far more often than it is written, and the pages of one entry ask
what those of another asked. What was answered is kept for as long as nothing is
written, at most so much of it, the longest unused going first.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from cachetools import LRUCache

from ropa.store.base import Table

if TYPE_CHECKING:
    from ropa.store.base import Store

# Cells of tables, some 200 bytes each; an answer counts as a few more for its query.
_MOST_CELLS = 200_000
_CELLS_OF_QUERY = 50


class Remembering:
    """A store that need not be asked twice.

    Only for queries of our own that name the day they are about: one that reads the
    clock would stand still.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._revision = store.revision
        self._answers: LRUCache[str, Table] = LRUCache(_MOST_CELLS, getsizeof=_size)
        self._lock = threading.Lock()

    def select(self, text: str) -> Table:
        """Answer a SELECT query; the table is the caller's own."""
        # Read first: what is written meanwhile may be in the answer, never missing.
        revision = self._store.revision
        with self._lock:
            if self._revision != revision:
                self._answers.clear()
                self._revision = revision
            found = self._answers.get(text)
        if found is None:
            found = self._store.select(text)
            with self._lock, suppress(ValueError):
                # It raises that for a table that is larger than all that is kept.
                if self._revision == revision:
                    self._answers[text] = found
        return Table([*found.columns], [*found.rows])


def _size(table: Table) -> int:
    return _CELLS_OF_QUERY + len(table.columns) * len(table.rows)
