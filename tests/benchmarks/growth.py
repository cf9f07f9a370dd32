"""How much history a register keeps against what was written into it.

Entries are loaded, then edited at random: a field is changed, a part added, a part
removed. What was written is counted as the statements of the load and, of each edit,
those of the whole entry that was handed in; likewise in bytes of their lines. History
is all graphs of changes.

    python -m tests.benchmarks.growth 200 1000

The first number is the activities that are loaded, the second the edits.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, loading, recording, syntax
from ropa.formats import places
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import DCT, DPV, RDF, SKOS
from tests.benchmarks import synthetic

DAY = date(2026, 11, 22)
AUTHOR = history.Author.person("Benchmark")


def edited(iri: URIRef, before: Graph, chance: random.Random, number: int) -> Graph:
    """Change an entry in one place: a field, a part more, or a part less."""
    after = Graph()
    after += before
    measures = sorted(before.objects(iri, DPV.hasTechnicalOrganisationalMeasure))
    kind = chance.choice(("field", "more", "less" if measures else "field"))
    if kind == "field":
        after.set((iri, DCT.title, Literal(f"Title {number}", lang="en")))
    elif kind == "more":
        part = URIRef(f"{iri}#measure-made-{number}")
        after.add((iri, DPV.hasTechnicalOrganisationalMeasure, part))
        after.add((part, RDF.type, DPV.TechnicalMeasure))
        after.add((part, SKOS.prefLabel, Literal("Another measure", lang="en")))
        after.add((part, SKOS.broader, DPV.EncryptionAtRest))
    else:
        part = URIRef(str(chance.choice(measures)))
        after.remove((part, None, None))
        after.remove((None, None, part))
    return after


def line(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def size(lines: list[str]) -> tuple[int, int]:
    """Count statements and their bytes."""
    return len(lines), sum(len(one.encode()) + 1 for one in lines)


def kept(store: Store) -> tuple[int, int]:
    """Count what history holds, in statements and bytes."""
    found = [
        size(store.lines(name)) for name in store.graphs() if "/changes/" in str(name)
    ]
    return sum(n for n, _ in found), sum(b for _, b in found)


def on_disk(place: Path) -> int:
    """Count the bytes of the files of a folder."""
    return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())


def told(what: str, written: tuple[int, int], history_: tuple[int, int]) -> None:
    """Print one line: what was written, what is kept, and how they compare."""
    times = [f"{kept / made:.2f}" for made, kept in zip(written, history_, strict=True)]
    line(
        f"{what}: written {written[0]} statements, {written[1] / 1e6:.1f} MB; history "
        f"{history_[0]} statements, {history_[1] / 1e6:.1f} MB; "
        f"{times[0]} and {times[1]} times"
    )


def main(activities: int, edits: int) -> None:
    """Load, edit, and tell how history grew."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        file, place = Path(folder) / "register.nq", Path(folder) / "store"
        file.write_text("".join(synthetic.register(activities)))
        store = open_store(place, in_union=entry.is_stated)
        with places.find([(str(file), None)], base=synthetic.BASE) as found:
            loading.load(
                loading.Kept(store, synthetic.BASE),
                found,
                author=AUTHOR,
                reason="Load",
                as_of=DAY,
            )
        names = [
            n
            for n in store.graphs()
            if "/activities/" in n and not entry.is_reserved(n)
        ]
        stated = [n for n in store.graphs() if not entry.is_reserved(n)]
        sizes = [size(store.lines(name)) for name in stated]
        written = sum(n for n, _ in sizes), sum(b for _, b in sizes)
        before = kept(store)
        told(f"load of {activities} activities", written, before)
        line(f"  on disk {on_disk(place) / activities / 1e3:.1f} kB an activity")
        statements = given = 0
        begun = time.perf_counter()
        for number in range(edits):
            iri = chance.choice(names)
            old = store.graph(iri)
            new = edited(iri, old, chance, number)
            recording.record(
                store,
                synthetic.BASE,
                {iri: new},
                history.Account(AUTHOR, "Edit"),
                before={iri: old},
            )
            count, weight = size([syntax.line(*triple) for triple in new])
            statements, given = statements + count, given + weight
        took = time.perf_counter() - begun
        after = kept(store)
        grown = after[0] - before[0], after[1] - before[1]
        told(f"{edits} edits", (statements, given), grown)
        line(
            f"  {grown[0] / edits:.1f} statements and {grown[1] / edits:.0f} bytes each"
        )
        line(f"  on disk {on_disk(place) / activities / 1e3:.1f} kB an activity")
        line(f"  {1000 * took / edits:.1f} ms each, without checks")
        store.close()


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*(numbers or [200, 1000]))
