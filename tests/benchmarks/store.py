"""The store against rdflib and against the bare engine, as ratios in one run.

python -m tests.benchmarks.store 1000
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph
import rdflib
from rdflib.term import Literal, URIRef

from ropa import bounded, entry, syntax
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import PREFIXES
from tests.benchmarks import synthetic

REPEATS = 5
ACTIVITY = f"{synthetic.BASE}activities/firm-0/activity-0"
NQUADS = pyoxigraph.RdfFormat.N_QUADS
QUERIES = {
    "transfers to the US": (
        "SELECT ?a ?t WHERE { ?a dpv:hasProcessing ?t ."
        " ?t dpv:hasThirdCountry loc:US } ORDER BY ?a ?t"
    ),
    "recipients by count": (
        "SELECT ?org (COUNT(DISTINCT ?a) AS ?n) WHERE { ?a dpv:hasRecipient ?r ."
        " ?r ropa:organisation ?org } GROUP BY ?org ORDER BY DESC(?n) ?org"
    ),
    "text in titles": (
        "SELECT ?a ?t WHERE { ?a dct:title ?t"
        ' FILTER(CONTAINS(LCASE(STR(?t)), "7")) } ORDER BY ?a'
    ),
    "one activity": f"SELECT ?p ?o WHERE {{ <{ACTIVITY}> ?p ?o }} ORDER BY ?p ?o",
}


def seconds(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Give the median time of some runs, in seconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def say(what: str, ours: float, rivals: dict[str, float]) -> None:
    """Print one line: our time, and how many times longer each rival takes."""
    ratios = "  ".join(f"{name} x{time / ours:.2f}" for name, time in rivals.items())
    sys.stdout.write(f"{what:32} {ours * 1000:10.2f} ms   {ratios}\n")


def loading(text: bytes, folder: Path) -> None:
    """Fill an empty store from N-Quads text."""
    turn = iter(range(1000))

    def ours(address: str) -> None:
        if address != "memory:":
            address += f"/ours-{next(turn)}"
        store = open_store(address, in_union=entry.is_stated)
        store.load(syntax.parse(text, syntax.Syntax.NQUADS))  # type: ignore[arg-type]
        store.close()

    def bare(path: str | None) -> None:
        engine = pyoxigraph.Store(f"{path}/bare-{next(turn)}" if path else None)
        engine.bulk_load(text, NQUADS)
        engine.flush()

    def with_rdflib() -> None:
        rdflib.Dataset().parse(data=text, format="nquads")

    rival = seconds(with_rdflib, 1)
    for name, address in (("memory", "memory:"), ("folder", str(folder))):
        path = None if address == "memory:" else address
        say(
            f"load, {name}",
            seconds(lambda a=address: ours(a), 3),  # type: ignore[misc]
            {"rdflib": rival, "engine": seconds(lambda p=path: bare(p), 3)},  # type: ignore[misc]
        )


def asking(store: Store, text: bytes) -> None:
    """Ask the same in rdflib, in the bare engine, in the store and in a child."""
    union = rdflib.Graph()
    for s, p, o, _ in syntax.parse(text, syntax.Syntax.NQUADS):
        union.add((s, p, o))
    prefixes = dict(PREFIXES)
    engine = pyoxigraph.Store()
    with store.snapshot() as snapshot:
        if snapshot.path:
            engine = pyoxigraph.Store.read_only(str(snapshot.path))
        for name, query in QUERIES.items():
            say(
                f"ask, {name}",
                seconds(lambda q=query: store.select(q)),  # type: ignore[misc]
                {
                    "rdflib": seconds(
                        lambda q=query: list(union.query(q, initNs=prefixes)),  # type: ignore[misc]
                        1,
                    ),
                    "engine": seconds(
                        lambda q=query: list(engine.query(q, prefixes=prefixes))  # type: ignore[misc]
                    ),
                    "child": seconds(
                        lambda q=query: bounded.call(  # type: ignore[misc]
                            "ropa.store.answering:answer",
                            {
                                "query": q,
                                "path": str(snapshot.path),
                                "prefixes": prefixes,
                            },
                        )
                    ),
                },
            )


def writing(store: Store) -> None:
    """Replace one entry, synced, as every save does."""
    name = URIRef(ACTIVITY)
    graph = store.graph(name)
    turn = iter(range(1000))

    def write() -> None:
        graph.set((name, URIRef(f"{name}#turn"), Literal(next(turn))))
        store.write({name: graph})

    say("write one entry, flushed", seconds(write, 30), {})
    say("read one entry", seconds(lambda: store.graph(name), 30), {})


def main(activities: int) -> None:
    """Measure all of it on one made-up register."""
    text = "".join(synthetic.register(activities)).encode()
    quads = text.count(b"\n")
    sys.stdout.write(f"{activities} activities, {quads} quads\n")
    with tempfile.TemporaryDirectory() as folder:
        loading(text, Path(folder))
        store = open_store(f"{folder}/register", in_union=entry.is_stated)
        store.load(syntax.parse(text, syntax.Syntax.NQUADS))  # type: ignore[arg-type]
        asking(store, text)
        writing(store)
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
