"""A process that writes changes until it is killed, and what it must leave behind.

As a program it is a server that forks: it has imported everything, has no store open
and no threads, and starts a writer for each line that it reads. A writer tells of each
change on standard output once the change was acknowledged.

What a change does follows from the seed and its number alone. So whoever looks at the
folder afterwards knows what must be there after any number of changes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, past, recording, syntax
from ropa.store import embedded, open_store
from ropa.store.base import Store
from ropa.terms import DCT, RDF, ROPA

BASE = "https://register.example/"
NAMES = [URIRef(f"{BASE}activities/company/activity-{n}") for n in range(8)]
AUTHOR = history.Author.person("Ada")
LARGE = 300
LOADED = 25


class Plan(NamedTuple):
    """What one change does.

    Attributes:
        after: what shall be stated in the entries from then on; None takes one out.
        beside: what is kept with them, and can be made again.
    """

    after: dict[URIRef, Graph | None]
    beside: dict[URIRef, Graph | None]


def plan(seed: int, number: int) -> Plan:
    """Say what a change does: to one entry or several, small or large, or a removal.

    Args:
        seed: of this history.
        number: the number of the change. The first is a load, as is every twentieth.
    """
    if is_load(number):
        names = [f"{BASE}activities/company/loaded-{number}-{n}" for n in range(LOADED)]
        return Plan(
            {URIRef(n): _stated(URIRef(n), random.Random(n), 5) for n in names}, {}
        )
    luck = random.Random(f"{seed}-{number}")
    after: dict[URIRef, Graph | None] = {}
    beside: dict[URIRef, Graph | None] = {}
    for name in luck.sample(NAMES, luck.choice([1, 1, 1, 2, 4])):
        size = 0 if luck.random() < 0.2 else luck.randint(2, 30)
        if luck.random() < 0.03:
            size = LARGE
        after[name] = _stated(name, luck, size) if size else None
        for kept in (entry.findings_graph(name), entry.inferred_graph(name)):
            beside[kept] = _one(kept, Literal(number)) if size else None
    # Each change leaves something of its own.
    mark = URIRef(f"{BASE}activities/company/mark")
    after[mark] = _one(mark, Literal(number))
    return Plan(after, beside)


def _stated(name: URIRef, luck: random.Random, size: int) -> Graph:
    graph = Graph(store="SimpleMemory")
    graph.add((name, RDF.type, ROPA.Change))
    for part in range(size):
        subject = URIRef(f"{name}#{part}")
        graph.add((subject, DCT.title, Literal(f"{luck.random()} é", lang="fr")))
        # Shared by entries: it leaves the default graph with the last that states it.
        graph.add((name, DCT.subject, Literal(luck.randint(1, 40))))
    return graph


def _one(subject: URIRef, value: Literal) -> Graph:
    graph = Graph(store="SimpleMemory")
    graph.add((subject, DCT.description, value))
    return graph


def is_load(number: int) -> bool:
    """Tell whether a change adds many new entries at once, past the engine's log."""
    return number % 20 == 1


def write(folder: Path, seed: int, said: Callable[[str], None], how: str) -> None:
    """Open the store and write one change after the other, without an end.

    Args:
        folder: where it is.
        seed: of this history.
        said: told ``open``, and the number of each change that was acknowledged.
        how: ``plain``; ``tables``, where each change has the engine write tables;
            ``asked``, where each is followed by a snapshot for a query; a number,
            after which share of the time of a write the process ends inside of one.
    """
    embedded._BULK_BYTES = 64 * 1024
    if how == "tables":
        embedded._LOG_BYTES = 1
    store = open_store(folder, in_union=entry.is_stated)
    said("open")
    if how[0].isdigit():
        end_inside(store, float(how))
    number = past.head(store, BASE).number
    while True:
        number += 1
        after, beside = plan(seed, number)
        account = history.Account(AUTHOR, f"change {number}")
        if is_load(number):
            lines = {n: [syntax.line(*t) for t in g or ()] for n, g in after.items()}
            recording.record_new(store, BASE, lines, account)
        else:
            recording.record(store, BASE, after, account, beside=beside)
        said(str(number))
        if how == "asked":
            with store.snapshot():
                pass


def end_inside(store: Store, share: float) -> None:
    """Have the process end inside of the fourth write from now on.

    The timer's signal is not handled, so the system ends the process as SIGKILL would,
    to the microsecond, whatever Python or the engine are doing.

    Args:
        store: that is written to.
        share: after how much of the time that the write before took.
    """
    write = store.write
    calls, seconds = 0, 0.0

    def timed(*graphs: Any, **more: Any) -> None:
        nonlocal calls, seconds
        calls += 1
        if calls == 4:
            signal.setitimer(signal.ITIMER_REAL, max(seconds * share, 1e-6))
        began = time.perf_counter()
        write(*graphs, **more)
        seconds = time.perf_counter() - began

    store.write = timed  # type: ignore[method-assign]


class Expected:
    """What stands after some changes of a seed; goes forward only."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.number = 0
        self.graphs: dict[URIRef, frozenset[str]] = {}

    def advance(self, number: int) -> None:
        """Go on to the state after a change."""
        for done in range(self.number + 1, number + 1):
            for graphs in plan(self.seed, done):
                for name, graph in graphs.items():
                    self.graphs.pop(name, None)
                    if graph:
                        self.graphs[name] = frozenset(syntax.line(*t) for t in graph)
        self.number = number


def look(store: Store, expected: Expected, acknowledged: int) -> int:
    """Make sure that a store holds what was acknowledged, and nothing by half.

    Args:
        store: opened after the writer was killed.
        expected: the state that was there at the last look.
        acknowledged: the last change that was acknowledged.

    Returns:
        The newest change.
    """
    head = past.head(store, BASE)
    assert acknowledged <= head.number <= acknowledged + 1
    since = expected.number
    expected.advance(head.number)
    lines: dict[URIRef, set[str]] = {}
    for iri in store.graphs():
        if "/changes/" not in iri:
            # What is kept beside an entry bears the digest of its content.
            held = (ln for ln in store.lines(iri) if str(ROPA.contentDigest) not in ln)
            lines[iri] = set(held)
    assert {iri for iri in lines if lines[iri] != expected.graphs.get(iri)} == set()
    assert lines.keys() == expected.graphs.keys()
    assert list(store.astray()) == []
    _look_at_changes(store, max(since, 1), head)
    return head.number


def _look_at_changes(store: Store, since: int, head: history.Head) -> None:
    """Make sure that the chain holds, and that nothing of a later change is there."""
    before = ""
    for number in range(since, head.number + 1):
        iri = history.change_iri(BASE, number)
        graph = store.graph(iri)
        assert str(graph.value(iri, ROPA.changeDigest)) == history.change_digest(
            iri, graph
        )
        if number > since:
            assert str(graph.value(iri, ROPA.precedingDigest)) == before
        for way, mark in (
            (history.added_graph(iri), ROPA.addedDigest),
            (history.removed_graph(iri), ROPA.removedDigest),
        ):
            digest, moved = graph.value(iri, mark), store.lines(way)
            assert (digest is None) == (not moved)
            assert digest is None or str(digest) == syntax.digest_of(moved)
        before = str(graph.value(iri, ROPA.changeDigest))
    assert before == head.digest if head.number else not before
    later = history.change_iri(BASE, head.number + 1)
    assert not any(str(name).startswith(later) for name in store.graphs())


def serve() -> None:
    """Start a writer for each line of standard input, one after the other."""
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            try:
                write(
                    Path(request["folder"]),
                    request["seed"],
                    lambda word: (os.write(1, f"{word}\n".encode()), None)[1],
                    request["how"],
                )
            except BaseException as error:  # noqa: BLE001 - a fork must not go on
                os.write(1, f"failed {error!r}\n".encode())
                os._exit(1)
        os.write(1, f"started {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    serve()
