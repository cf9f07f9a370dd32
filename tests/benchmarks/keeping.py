"""How long a backup and a restore take: a made-up register in a folder, with history.

python -m tests.benchmarks.keeping 10000
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rdflib import URIRef

from ropa import backup, entry, folder, history, recording, restoring
from ropa.store import open_store
from ropa.store.base import Store
from tests.benchmarks import synthetic

AUTHOR = history.Account(history.Author.person("benchmark"))


def fill(store: Store, activities: int) -> dict[URIRef, list[str]]:
    """Put a made-up register into a store, with one change."""
    entries: dict[URIRef, list[str]] = {}
    for line in synthetic.register(activities):
        triple, name, _ = line.rsplit(" ", 2)
        entries.setdefault(URIRef(name[1:-1]), []).append(f"{triple} .")
    recording.record_new(store, synthetic.BASE, entries, AUTHOR)
    return entries


def writing(store: Store, name: URIRef, until: threading.Event) -> list[float]:
    """Change an entry again and again; give how many ms each write took."""
    taken = []
    graph = store.graph(name)
    for number in range(10_000):
        if until.is_set():
            break
        started = time.perf_counter()
        graph.set((name, URIRef("urn:x-ropa:turn"), URIRef(f"urn:x-ropa:{number}")))
        recording.record(store, synthetic.BASE, {name: graph}, AUTHOR)
        taken.append(1000 * (time.perf_counter() - started))
        time.sleep(0.05)
    return sorted(taken)


def main(activities: int) -> None:
    """Measure, and print what was found."""
    with tempfile.TemporaryDirectory() as room:
        place, file = Path(room) / "register", Path(room) / "kept.zip"
        store = open_store(place, in_union=entry.is_stated)
        name = next(iter(fill(store, activities)))
        settings = folder.Settings(synthetic.BASE)

        def keep() -> None:
            backup.save(backup.pieces(store, settings), file, replace=True)

        timed("backup", keep)
        over, taken = threading.Event(), list[float]()
        writer = threading.Thread(
            target=lambda: taken.extend(writing(store, name, over))
        )
        writer.start()
        timed("backup while writing", keep)
        over.set()
        writer.join()
        middle = taken[len(taken) // 2]
        say(f"writes: {len(taken)}, median {middle:.0f} ms, most {taken[-1]:.0f} ms")
        store.close()
        timed("restore", lambda: restoring.restore(file, Path(room) / "new"))
        with backup.opened(file) as kept:
            statements = kept.manifest.members[backup.REGISTER].statements
        say(f"{statements} statements, {file.stat().st_size} bytes")


def timed(name: str, work: Callable[[], object]) -> None:
    """Do something and print how long it took."""
    started, used = time.perf_counter(), time.process_time()
    work()
    say(
        f"{name}: {time.perf_counter() - started:.1f} s, "
        f"{time.process_time() - used:.1f} s of the processor"
    )


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1000)
