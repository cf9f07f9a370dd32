"""A durable write, as ratio to what the bare engine needs for the same, in one run.

python -m tests.benchmarks.writing 100 10000

The rival writes the same update to an engine of its own and calls its ``flush``, which
is the engine's only way to put a write on the disk.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph
from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, history, recording, syntax
from ropa.register import Register
from ropa.store import open_store
from ropa.terms import DCT
from tests.benchmarks import synthetic
from tests.ropa.answering_entries import ENTRIES, MILL, ORDERS

WRITES = 100
ACCOUNT = history.Account(history.Author.person("Ada"))


class Counted:
    """Counts the calls that put something on the disk."""

    def __init__(self) -> None:
        self.syncs = 0
        for name in ("fsync", "fdatasync"):
            setattr(os, name, self._counting(getattr(os, name)))

    def _counting(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def counted(file: int) -> None:
            self.syncs += 1
            call(file)

        return counted


def times(work: Callable[[int], Any], writes: int = WRITES) -> list[float]:
    """Give the time of each of some writes, sorted, in seconds."""
    taken = []
    for number in range(writes):
        started = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - started)
    return sorted(taken)


def say(what: str, taken: list[float], rival: list[float] | None = None) -> None:
    """Print median and 95th percentile, and the rival's as multiples of them."""
    middle, late = statistics.median(taken), taken[int(len(taken) * 0.95)]
    line = f"{what:34} p50 {middle * 1e3:8.2f} ms  p95 {late * 1e3:8.2f} ms"
    if rival:
        line += (
            f"   engine's update and flush x{statistics.median(rival) / middle:.1f}"
            f", x{rival[int(len(rival) * 0.95)] / late:.1f}"
        )
    sys.stdout.write(line + "\n")


def compare(entries: int, folder: Path) -> None:
    """Write to a register of some entries, and the same to the bare engine."""
    sys.stdout.write(f"{entries} activities\n")
    store = open_store(folder / "ours", in_union=entry.is_stated)
    engine = pyoxigraph.Store(str(folder / "engine"))
    quads = [line.strip() for line in synthetic.register(entries)]
    stated: dict[URIRef, list[str]] = {}
    for quad in quads:
        triple, name, _ = quad.rsplit(" ", 2)
        stated.setdefault(URIRef(name[1:-1]), []).append(f"{triple} .")
    recording.record_new(store, synthetic.BASE, stated, ACCOUNT)
    quads += [line for lines in stated.values() for line in lines]
    engine.bulk_load("\n".join(quads).encode(), pyoxigraph.RdfFormat.N_QUADS)
    names = sorted(name for name in stated if "/activities/" in name)[:WRITES]

    def edited(number: int) -> tuple[URIRef, Graph]:
        name = names[number % len(names)]
        graph = syntax.graph(stated[name])
        graph.add((name, DCT.description, URIRef(f"{name}#edit-{number}")))
        return name, graph

    def bare(number: int) -> None:
        name, graph = edited(number)
        new = "\n".join(syntax.line(*triple) for triple in graph)
        # The entry's part of the default graph aside: the engine has no union of some.
        engine.update(
            f"DROP SILENT GRAPH {name.n3()} ;"
            f"INSERT DATA {{ {new} GRAPH {name.n3()} {{ {new} }} }}"
        )
        engine.flush()

    rival = times(bare)
    counted = Counted()
    say("store.write", times(lambda n: store.write(dict([edited(n)]))), rival)
    sys.stdout.write(f"  syncs a write: {counted.syncs / WRITES:.2f}\n")
    say(
        "recording.record",
        times(
            lambda n: recording.record(
                store, synthetic.BASE, dict([edited(n + WRITES)]), ACCOUNT
            )
        ),
        rival,
    )
    store.close()


def whole(folder: Path) -> None:
    """Save an activity as a person does: judged, inferred, recorded, synced."""
    with Register.create(str(folder / "register"), base=MILL) as register:
        register.add(Graph().parse(data=ENTRIES, format="turtle"), author="Ada")
        about = URIRef(ORDERS)
        counted = Counted()

        def save(number: int) -> None:
            graph = register.read(about)
            graph.set((about, DCT.identifier, URIRef(f"{about}#{number}")))
            register.add(graph, author="Ada", replaces={"*"})

        taken = times(save, 20)
        say("Register.add, one activity", taken)
        sys.stdout.write(f"  syncs a write: {counted.syncs / 20:.2f}\n")


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or ("100", "10000")):
        with tempfile.TemporaryDirectory() as place:
            compare(size, Path(place))
    with tempfile.TemporaryDirectory() as place:
        whole(Path(place))
