"""A register as it was: a store aside that holds what stood after a change.

It holds what was stated then and answered to findings, the history up to that change,
and vocabulary, law and shapes as they are, since the law has a clock of its own. What
is derived (findings, what follows) is taken over where nothing changed since that it
hangs on; the rest is made when it is asked for, in that store.

What somebody suggested has no history, so of the past nothing is known of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, history, past, saving, syntax
from ropa.errors import NotSupported
from ropa.store.embedded import EmbeddedStore
from ropa.terms import ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store

# Where more changed since, all that is derived is made anew.
MOST_MOVED = 50
MOST_KEPT = 4
# Some 0.4 kB each: the newest state is kept in any case, others within this.
MOST_STATEMENTS = 1_000_000

Past = TypeVar("Past")


class PastStore(EmbeddedStore):
    """A store in memory that holds the past: only what is derived can be written.

    Attributes:
        size: how many statements it was made with.
    """

    def __init__(self, graphs: Mapping[URIRef, list[str]]) -> None:
        super().__init__(None, in_union=entry.is_stated)
        self.load_lines(graphs)
        self.size = sum(map(len, graphs.values()))

    def write(self, graphs: Mapping[URIRef, Graph | None], *, note: str = "") -> None:
        """Replace graphs of what is derived, as `Store.write` does.

        Raises:
            NotSupported: another graph is among them.
        """
        if not all(map(entry.is_derived, graphs)):
            raise unchangeable()
        super().write(graphs, note=note)


class Kept(Generic[Past]):
    """The states that were asked for last: a few, and not more than memory bears.

    What stood after a change stays the same, whatever is written later.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[past.Point, tuple[Past, int]] = OrderedDict()

    def get(self, point: past.Point) -> Past | None:
        """Give what is kept of a point, if anything is."""
        if point not in self._kept:
            return None
        self._kept.move_to_end(point)
        return self._kept[point][0]

    def put(self, point: past.Point, state: Past, size: int) -> None:
        """Keep a state; those asked for longest ago are forgotten.

        Args:
            point: its point in history.
            state: what is kept.
            size: how many statements it holds.
        """
        self._kept[point] = state, size
        while len(self._kept) > 1 and (
            len(self._kept) > MOST_KEPT
            or sum(size for _, size in self._kept.values()) > MOST_STATEMENTS
        ):
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Keep nothing; whoever still reads a state keeps it for themselves."""
        self._kept.clear()


def unchangeable() -> NotSupported:
    """Say that the past stays as it is."""
    return NotSupported(
        "What was recorded in the past cannot be changed.",
        hint="Change what stands now; history keeps what was there before.",
    )


def store_at(store: Store, base: str, number: int) -> PastStore:
    """Make a store with a register as it was after a change.

    Args:
        store: the register as it stands; nothing may be written meanwhile.
        base: its base IRI.
        number: the change; 0 for the time before the first.

    Raises:
        StoreError: the history does not lead to what was written down then.
    """
    state = past.register_at(store, base, number)
    graphs = dict(state.graphs)
    unsettled = _unsettled(store, state)
    for name in store.graphs():
        of = history.number_in(name)
        if of is not None:
            is_there = of <= number
        elif name in graphs or name in state.moved:
            continue
        elif entry.is_derived(name):
            about = entry.of_derived(name)
            is_there = about in graphs and unsettled is not None
            is_there = is_there and about not in (unsettled or ())
        else:
            is_there = entry.is_shipped(name)
        if is_there:
            graphs[name] = store.lines(name)
    if number:
        newest = URIRef(f"{base}changes"), ROPA.newestChange
        line = syntax.line(*newest, history.change_iri(base, number))
        graphs[history.newest_graph(base)] = [line]
    return PastStore(graphs)


def _unsettled(store: Store, state: past.State) -> set[URIRef] | None:
    """Find the entries of which something else was derived then, or None for all."""
    entries = {name for name in state.moved if not entry.is_of_answers(name)}
    if len(entries) > MOST_MOVED:
        return None
    now = {name: store.graph(name) for name in entries}
    then = {name: syntax.graph(state.graphs.get(name, ())) for name in entries}
    return entries | saving.affected(store, now, then)
