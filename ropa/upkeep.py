"""Keep up what is derived of entries: what follows from them, and their findings.

After a load of thousands of entries, or once rules or law have moved, to make all of
it takes minutes. So it is made in portions, each kept when it is done, and who asks is
told how far it is. A command waits for what it asks for. A server does not: it makes
what few entries need at once, and the rest in a thread of its own, first what somebody
asked for. An entry of which nothing can be made is named, and not the end of the rest.

Writers go on meanwhile: nothing is locked but to keep a portion, and of that nothing is
kept of an entry that was written, or unsettled by a write, since the portion was begun.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import NamedTuple

from rdflib import Graph
from rdflib.term import URIRef

from ropa import checking, entry, inference, inferring, recording, saving, validation
from ropa.errors import (
    InternalError,
    LimitReached,
    RopaError,
    StoreDamaged,
    StoreError,
)
from ropa.store.base import Store
from ropa.vocabulary import Vocabulary

_LOG = logging.getLogger(__name__)

FINDINGS, INFERRED = "findings", "inferred"
"""What is derived; findings rest on what follows as well."""

# Entries that are made and kept together: what is done is not lost, and a writer does
# not wait long.
_PORTION = 100
_PORTION_ASIDE = 25
# So many are made while a page waits, since a change unsettles a few others.
_AT_ONCE = 12
# After a full disk kept nothing, how long nothing is made again: that takes seconds,
# which every page would wait for.
_PAUSE_SECONDS = 30.0
# How long the past is made on after somebody asked for it.
_PATIENCE_SECONDS = 120.0
# A portion that is under way when a register is closed is waited for, and not kept.
_END_SECONDS = 15.0
# When the files of the store are looked through, and how often from then on.
_FIRST_WATCH_SECONDS = 1.0
_WATCH_SECONDS = 24 * 60 * 60.0


class Progress(NamedTuple):
    """How far it is.

    Attributes:
        total: how many entries there are.
        judged: of how many all is derived that can be.
        failed: the others of which nothing could be made, each with the reason.
    """

    total: int
    judged: int
    failed: dict[URIRef, str]

    @property
    def done(self) -> int:
        """Count the entries that nothing more will be made of."""
        return self.judged + len(self.failed)

    @property
    def left(self) -> int:
        """Count the entries of which something is still to be made."""
        return max(0, self.total - self.done)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will be made."""
        return not self.left


Told = Callable[[Progress], None]


class Upkeep:
    """What is derived of the entries of a store, and what of that is missing.

    Args:
        store: where entries are, and where it is kept.
        vocabulary: gives terms and law.
        lock: is held by whoever writes.
        today: gives the day whose law is applied.

    Attributes:
        told: is told after each portion how far it is.
        partly: is told where somebody is answered before all is known that was asked.
    """

    def __init__(
        self,
        store: Store,
        vocabulary: Callable[[], Vocabulary],
        lock: AbstractContextManager[object],
        today: Callable[[], date],
    ) -> None:
        self.told: Told | None = None
        self.partly: Told | None = None
        self._store = store
        self._vocabulary = vocabulary
        self._lock = lock
        self._today = today
        # Guards what is known of what is missing.
        self._guard = threading.RLock()
        self._seen: tuple[object, ...] | None = None
        self._names: set[URIRef] = set()
        self._missing: dict[str, set[URIRef]] = {FINDINGS: set(), INFERRED: set()}
        self._failed: dict[URIRef, str] = {}
        self._first: set[URIRef] = set()
        self._put_off_until = 0.0
        self._is_aside = self._is_past = False
        self._asked = 0.0
        self._thread: threading.Thread | None = None
        self._is_closed = threading.Event()
        # One portion is made aside at a time, be it of what stands or of the past.
        self._turn = threading.Lock()

    # -- how it is worked ----------------------------------------------------------

    def work_aside(self) -> None:
        """Make what many entries need in a thread of its own from now on, and begin.

        In another, the files of the store are looked through, now and once a day: when
        they were opened they were read in part, and a disk may fail later.
        """
        self._is_aside = True
        threading.Thread(target=self._watch, name="ropa-watch", daemon=True).start()
        if self._wanted(FINDINGS, None):
            self._wake()

    def follow(self, other: Upkeep) -> None:
        """Work as the upkeep of the register does of which this is the past."""
        self.partly = other.partly
        self._is_aside, self._is_past = other._is_aside, True
        self._is_closed, self._turn = other._is_closed, other._turn

    def close(self) -> None:
        """Begin nothing more; what is not kept by now will be made another time."""
        self._is_closed.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_END_SECONDS)

    # -- what is missing -------------------------------------------------------------

    def progress(self) -> Progress:
        """Tell how far it is."""
        with self._guard:
            self._look()
            missing = self._missing[FINDINGS]
            failed = {n: why for n, why in self._failed.items() if n in missing}
            total = len(self._names)
            return Progress(total, total - len(missing), failed)

    def unknown(self, names: Iterable[URIRef]) -> set[URIRef]:
        """Give those of some entries whose findings are not known, or not as of now."""
        with self._guard:
            self._look()
            return self._missing[FINDINGS].intersection(names)

    def checkable(self) -> list[URIRef]:
        """List all entries."""
        return sorted(n for n in self._store.graphs() if not entry.is_reserved(n))

    def _state(self) -> tuple[object, ...]:
        """Give all that findings and conclusions depend on."""
        made_by = validation.rules_digest(), inference.digest()
        return (self._store.revision, self._today(), *made_by)

    def _look(self) -> None:
        """Look through the entries written since that was done last, or through all.

        All of them, where those are not known, or more than entries changed: the day,
        the rules, the law. To look through all takes longer the larger the register is.
        """
        with self._guard:
            now = self._state()
            if self._seen == now:
                return
            written = self._written_since_look(now)
            if written is None:
                there = self.checkable()
                self._names, self._failed = set(there), {}
                for missing in self._missing.values():
                    missing.clear()
            else:
                there = sorted(n for n in written if len(self._store.graph(n)))
                self._names = (self._names - written) | set(there)
                for missing in self._missing.values():
                    missing.difference_update(written)
            if there:
                day = self._today()
                moved = set(inferring.stale(self._store, there, day))
                self._missing[INFERRED] |= moved
                judged = checking.stale(self._store, there, day)
                self._missing[FINDINGS] |= moved.union(judged)
            self._seen = now

    def _written_since_look(self, now: tuple[object, ...]) -> set[URIRef] | None:
        if self._seen is None or self._seen[1:] != now[1:]:
            return None
        return self._written_since(int(str(self._seen[0])))

    def _written_since(self, revision: int) -> set[URIRef] | None:
        """List the entries written, or unsettled, since then; None if it may be any."""
        written = self._store.written_since(revision)
        if written is None:
            return None
        names = {
            entry.of_derived(name) if entry.is_derived(name) else name
            for name in written
            if entry.is_derived(name) or entry.is_stated(name)
        }
        return None if any(map(entry.is_reserved, names)) else names

    def _wanted(self, what: str, names: Collection[URIRef] | None) -> set[URIRef]:
        with self._guard:
            self._look()
            missing = self._missing[what] - self._failed.keys()
            return missing if names is None else missing.intersection(names)

    # -- making it -------------------------------------------------------------------

    def bring(
        self,
        what: str,
        names: Collection[URIRef] | None = None,
        *,
        is_needed: bool = False,
    ) -> int:
        """Bring what is derived up to date, or begin to.

        Args:
            what: findings, or only what follows.
            names: the entries that matter; all if None.
            is_needed: whether it is waited for, however many these are.

        Returns:
            Of how many entries something was missing.

        Raises:
            LimitReached: something is needed of an entry of which it cannot be made.
        """
        self._asked = time.monotonic()
        wanted = self._wanted(what, names)
        if wanted and not self._is_put_off():
            if self._is_aside and not is_needed and len(wanted) > _AT_ONCE:
                if names is not None:
                    self._first |= wanted
                self._wake()
            else:
                self._make_now(what, names)
        self._tell_partly(what, names, is_needed=is_needed)
        return len(wanted)

    def _make_now(self, what: str, names: Collection[URIRef] | None) -> None:
        """Make it while somebody waits; at last with writers shut out."""
        for is_alone in (not self._is_aside, True):
            with self._lock if is_alone else nullcontext():
                for some in _shared(self._wanted(what, names), _PORTION):
                    if self._is_put_off():
                        return
                    self._make(what, some)
                    self._tell()
            if not self._wanted(what, names):
                return

    def _is_put_off(self) -> bool:
        return time.monotonic() < self._put_off_until

    def _tell(self) -> None:
        if self.told is not None:
            self.told(self.progress())

    def _tell_partly(
        self, what: str, names: Collection[URIRef] | None, *, is_needed: bool
    ) -> None:
        with self._guard:
            left = self._missing[what]
            left = left if names is None else left.intersection(names)
            failed = sorted(left & self._failed.keys())
        if failed and is_needed:
            raise LimitReached(
                f"The entry {failed[0]} cannot be judged: {self._failed[failed[0]]}",
                hint="Make it smaller, or look at what is unusual in it.",
                entry=str(failed[0]),
            )
        if left and self.partly is not None:
            self.partly(self.progress())

    def _make(self, what: str, names: Iterable[URIRef]) -> None:
        """Make and keep one portion; what cannot be made is noted down."""
        some = set(names)
        while some:
            begun = self._store.revision
            try:
                writes = self._made(what, sorted(some))
            except (LimitReached, InternalError) as error:
                name = URIRef(str(error.details.get("entry", "")))
                if name not in some:
                    raise
                _LOG.warning("%s cannot be judged: %s", name, error)
                some.discard(name)
                with self._guard:
                    self._failed[name] = error.message
                continue
            self._keep(begun, writes)
            return

    def _made(self, what: str, names: list[URIRef]) -> dict[URIRef, Graph | None]:
        """Make what follows from entries and, where wanted, the findings it moves."""
        day, words = self._today(), self._vocabulary()
        at_once = 1 if self._is_aside else None
        entries = {name: self._store.graph(name) for name in names}
        inferred = inferring.infer(
            self._store, words, entries, as_of=day, at_once=at_once
        )
        writes = inferring.graphs(inferred)
        asking = {name for name in names if self._asks_otherwise(name, inferred[name])}
        if what == INFERRED:
            return writes | {entry.findings_graph(name): None for name in asking}
        asking.update(checking.stale(self._store, names, day))
        judged = {name: entries[name] for name in names if name in asking}
        if judged:
            report = checking.review(
                self._store,
                words,
                judged,
                as_of=day,
                inferred=inferred,
                at_once=at_once,
            )
            writes |= saving.findings_of(report, judged)
        return writes

    def _asks_otherwise(self, name: URIRef, inferred: Graph) -> bool:
        """Tell whether rules see something else follow from an entry than before."""
        old = self._store.graph(entry.inferred_graph(name))
        before = checking.asked_about(name, old)
        return set(before) != set(checking.asked_about(name, inferred))

    def _keep(self, begun: int, graphs: dict[URIRef, Graph | None]) -> None:
        """Keep what was made; where the store takes nothing, reading goes on.

        Then what was kept before is shown, which names the day that it is of.
        """
        with self._lock:
            moved = self._written_since(begun)
            if moved is None or self._is_closed.is_set():
                return
            kept = {n: g for n, g in graphs.items() if entry.of_derived(n) not in moved}
            try:
                if kept:
                    recording.keep(self._store, kept)
            except StoreError as error:
                _LOG.warning("findings and what follows stay as they were: %s", error)
                self._put_off_until = time.monotonic() + _PAUSE_SECONDS

    # -- aside -----------------------------------------------------------------------

    def _watch(self) -> None:
        pause = _FIRST_WATCH_SECONDS
        while not self._is_closed.wait(pause):
            pause = _WATCH_SECONDS
            try:
                self._store.check_files()
            except StoreDamaged as error:
                _LOG.error("%s %s", error.message, error.hint)
                return
            except StoreError as error:
                _LOG.warning("the files of the store were not looked at: %s", error)

    def _wake(self) -> None:
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="ropa-upkeep", daemon=True
                )
                self._thread.start()

    def _work(self) -> None:
        """Make what is missing, portion by portion, until nothing is."""
        while not self._is_closed.is_set():
            waited = time.monotonic() - self._asked
            if self._is_past and waited > _PATIENCE_SECONDS:
                return
            self._is_closed.wait(max(0.0, self._put_off_until - time.monotonic()))
            try:
                with self._turn:
                    some = self._next()
                    if not some or self._is_closed.is_set():
                        return
                    self._make_aside(some)
                self._tell()
            except (StoreError, LimitReached) as error:
                # The store is damaged or away, or the machine is busy: not for ever.
                _LOG.warning("what is derived is not made just now: %s", error)
                self._is_closed.wait(1.0)

    def _next(self) -> list[URIRef]:
        """Give the next portion, first what somebody waits for."""
        wanted = self._wanted(FINDINGS, None)
        with self._guard:
            self._first &= wanted
            ordered = sorted(self._first) + sorted(wanted - self._first)
        return ordered[:_PORTION_ASIDE]

    def _make_aside(self, some: list[URIRef]) -> None:
        try:
            self._make(FINDINGS, some)
        except (StoreError, LimitReached):
            raise
        except Exception as error:  # noqa: BLE001 - it is logged, and told
            # A fault of ours on some entries is no reason to leave the others.
            if self._is_closed.is_set():
                return
            _LOG.exception("some entries cannot be judged")
            told = error.message if isinstance(error, RopaError) else "a fault of ropa."
            with self._guard:
                self._failed.update(dict.fromkeys(some, told))


def _shared(names: Iterable[URIRef], most: int) -> Iterator[list[URIRef]]:
    """Share entries out, those of a company side by side."""
    ordered = sorted(names)
    for start in range(0, len(ordered), most):
        yield ordered[start : start + most]
