"""What follows: one entry, whole registers, and rivals over the same entries.

HermiT and owlrl get the ontology with the entries, as they need it, and draw other
conclusions beside ours; what ours are worth is proven by tests, not here.

    python -m tests.benchmarks.inference 100 10000

The numbers are the activities of the registers in which one entry is inferred; of the
last one all are.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial

from owlrl import DeductiveClosure, OWLRL_Semantics
from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, inferring, packaged, syntax, vocabulary
from ropa.inference import reasoner
from ropa.store import MEMORY, open_store
from ropa.store.base import Store
from tests.benchmarks import synthetic
from tests.benchmarks.checks import AS_OF
from tests.benchmarks.store import say, seconds

ONE = URIRef(f"{synthetic.BASE}activities/firm-0/activity-0")
# Calls after which the nursery has nothing left to prepare.
PREPARED = 12
# Seconds between two calls, as between two entries that a person saves.
CALM = 0.15
# Entries that a rival can be asked about in reasonable time.
FEW = 50


def filled(activities: int) -> Store:
    """Give a store with what the package brings and a made-up register."""
    store = open_store(MEMORY, in_union=entry.is_stated)
    store.load_lines(packaged.reference_lines())
    text = "".join(synthetic.register(activities)).encode()
    quads = syntax.parse(text, syntax.Syntax.NQUADS)
    store.load((s, p, o, name) for s, p, o, name in quads)
    return store


def entries(store: Store) -> dict[URIRef, Graph]:
    """Give the entries of a register."""
    own = [n for n in store.graphs() if str(n).startswith(synthetic.BASE)]
    return {name: store.graph(name) for name in own}


def one_entry(store: Store, activities: int) -> None:
    """Infer for one entry, with all that a register does for it."""
    given = {ONE: store.graph(ONE)}
    words = vocabulary.load()
    once = partial(inferring.infer, store, words, given, as_of=AS_OF)

    def apart() -> float:
        time.sleep(CALM)
        return seconds(once, 1)

    for _ in range(PREPARED):
        apart()
    in_a_row = {"in a row": seconds(once, 21)}
    calm = statistics.median(apart() for _ in range(21))
    say(f"one entry beside {activities}", calm, in_a_row)


def rivals(store: Store) -> None:
    """Infer for some entries, and have HermiT and owlrl do it."""
    given = dict(list(entries(store).items())[:FEW])
    words = vocabulary.load()
    whole = Graph()
    for graph in (words.graph, *given.values()):
        whole += graph
    ours = partial(inferring.infer, store, words, given, as_of=AS_OF)
    ours()

    def close() -> None:
        copy = Graph()
        copy += whole
        DeductiveClosure(OWLRL_Semantics).expand(copy)

    others = {
        "HermiT": seconds(partial(reasoner.classify, whole), 1),
        "owlrl": seconds(close, 1),
    }
    say(f"{len(given)} entries", seconds(ours, 3), others)


def whole_register(store: Store, activities: int) -> None:
    """Infer for all entries of a register and keep it, then look for stale ones."""
    given = entries(store)
    started = time.perf_counter()
    found = inferring.infer(store, vocabulary.load(), given, as_of=AS_OF)
    inferred = time.perf_counter() - started
    store.write(inferring.graphs(found))
    kept = time.perf_counter() - started
    statements = sum(len(graph) for graph in found.values())
    stated = sum(len(graph) for graph in given.values())
    sys.stdout.write(
        f"{activities} activities, {stated} statements: {statements} inferred, claims "
        f"included, in {inferred:.1f} s; kept after {kept:.1f} s\n"
    )
    again = partial(inferring.stale, store, list(given), AS_OF)
    say("nothing is stale", seconds(again, 3), {"inferring all": inferred})


def main(sizes: list[int]) -> None:
    """Measure in registers of some sizes; the last is inferred as a whole."""
    for size in sizes:
        store = filled(size)
        one_entry(store, size)
        if size == sizes[0]:
            rivals(store)
        if size == sizes[-1]:
            whole_register(store, size)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [100, 10_000])
