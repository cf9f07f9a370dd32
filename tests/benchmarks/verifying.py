"""How long `ropa verify` and the witness take on a made-up register in a folder.

python -m tests.benchmarks.verifying 1000
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, packaged, recording, verifying, witness
from ropa.store import open_store
from ropa.store.notes import Notes
from ropa.terms import SKOS
from tests.benchmarks import synthetic

BATCH = 500
"""Entries of one change while the register is filled."""
EDITS = 200
SOMEBODY = history.Account(history.Author.person("Somebody"), "a measurement")


def main(activities: int) -> None:
    """Fill a register in batches, edit some entries, and verify it."""
    entries: dict[URIRef, list[str]] = {}
    for line in synthetic.register(activities):
        statement, _, graph = line.rstrip(" .\n").rpartition(" ")
        entries.setdefault(URIRef(graph.strip("<>")), []).append(f"{statement} .")
    with tempfile.TemporaryDirectory() as place:
        store = open_store(place, in_union=entry.is_stated)
        base = synthetic.BASE
        recording.record_new(store, base, packaged.reference_lines(), SOMEBODY)
        names = sorted(entries)
        for start in range(0, len(names), BATCH):
            some = {name: entries[name] for name in names[start : start + BATCH]}
            recording.record_new(store, base, some, SOMEBODY)
        for number, name in enumerate(names[:EDITS]):
            graph: Graph = store.graph(name)
            graph.add((name, SKOS.note, Literal(f"edit {number}")))
            recording.record(store, base, {name: graph}, SOMEBODY)
        began, worked = time.perf_counter(), time.process_time()
        with store.held() as held:
            notes = store.notes.lines() if store.notes else None
            found = verifying.verify(held, base, notes=notes).verification
        took, worked = time.perf_counter() - began, time.process_time() - worked
        began = time.perf_counter()
        witness.agree(store, base)
        agreed = time.perf_counter() - began
        quads = len(store._engine)  # type: ignore[attr-defined]
        store.close()
        appended = []
        file = Notes(Path(place) / "measured.log")
        for number in range(200):
            began = time.perf_counter()
            file.append([witness.line(number, found.digest)])
            appended.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{activities} activities, {quads} quads, {found.changes} changes: verified in "
        f"{took:.2f} s ({worked:.2f} s of processor time), {len(found.faults)} "
        f"faults, at most {peak:.0f} MiB; opening "
        f"looks at the witness in {agreed * 1000:.1f} ms; a line is appended in "
        f"{statistics.median(appended) * 1000:.2f} ms\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
