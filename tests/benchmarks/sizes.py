"""What a register costs as it grows: opening, a write, a page, a check, a backup.

    python -m tests.benchmarks.sizes 100 1000 10000

Each number is a register of as many activities, loaded as `ropa add` loads; one that is
there already is named by its folder. Findings are made for one entry only, as after an
edit; to make those of all is measured by ``tests.benchmarks.checks`` and
``tests.benchmarks.inference``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, loading, past
from ropa.formats import places
from ropa.reader import today
from ropa.register import Register
from ropa.terms import DCT
from tests.benchmarks import synthetic
from tests.benchmarks.growth import line, on_disk

ACTIVITY = URIRef(f"{synthetic.BASE}activities/firm-1/activity-1")


def timed(
    what: str,
    call: Callable[[], object],
    times: int = 3,
    *,
    first: Callable[[], object] = lambda: None,
) -> None:
    """Print the median of some calls, in milliseconds; ``first`` comes before each."""
    taken = []
    for _ in range(times):
        first()
        begun = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - begun))
    line(f"  {what:34} {median(taken):10.1f} ms")


def filled(activities: int, folder: Path) -> Path:
    """Make a register of some size."""
    file, place = folder / f"{activities}.nq", folder / f"{activities}"
    with file.open("w") as sink:
        sink.writelines(synthetic.register(activities))
    Register.create(str(place), base=synthetic.BASE).close()
    begun = time.perf_counter()
    with (
        Register.open(str(place)) as register,
        places.find([(str(file), None)], base=synthetic.BASE) as found,
    ):
        done: loading.Loaded = register.load(found, author="Benchmark", reason="Load")
    line(f"  load: {time.perf_counter() - begun:.1f} s, {done.saved} entries")
    return place


def measure(place: Path, activities: int) -> None:
    """Print what one register costs."""
    line(f"  on disk {on_disk(place) / activities / 1e3:.1f} kB an activity")
    timed("open", lambda: Register.open(str(place)).close())
    with Register.open(str(place)) as register:
        store = register._store
        # As after the first look: what is written from now on is known.
        register.progress()
        for missing in register._upkeep._missing.values():
            missing.clear()
        number = 0

        def edit() -> None:
            nonlocal number
            number += 1
            changed = Graph()
            changed += register.read(ACTIVITY)
            changed.set((ACTIVITY, DCT.title, Literal(f"Title {number}", lang="en")))
            register.add(changed, author="Ada", replaces={register.etag(ACTIVITY)})

        edit()
        timed("save an activity, checked", edit, 5)
        timed("look for what is stale after it", register.refresh_findings, first=edit)
        timed("check one entry", lambda: _check(register))
        timed("read an entry", lambda: register.read(ACTIVITY))
        timed("its versions", lambda: past.versions(store, ACTIVITY))
        timed("its state before", lambda: past.state(store, ACTIVITY, 2))
        timed("question: one company", lambda: _ask(register, "firm-1"))
        timed("question: all activities", lambda: _ask(register, None), 1)
        timed("names of all entries", register._checkable, 1)


def _check(register: Register) -> None:
    from ropa import checking

    entries = {ACTIVITY: register.read(ACTIVITY)}
    checking.review(register._store, register.vocabulary, entries, as_of=today())


def _ask(register: Register, company: str | None) -> None:
    from ropa import asking

    asking.ask(
        register._store, "activities", **({"company": company} if company else {})
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for one in sys.argv[1:] or ["100", "1000"]:
            line(one)
            if one.isdigit():
                measure(filled(int(one), Path(made)), int(one))
            else:
                with Register.open(one) as there:
                    names = [n for n in there.graphs() if not entry.is_reserved(n)]
                measure(Path(one), sum("/activities/" in name for name in names))
