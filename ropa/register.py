"""A register: opens a store by its address and hands out the verbs.

The same verbs are offered through a running server by ``ropa.served``; which of the
two a person gets is decided once, by the address.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    __version__,
    answering,
    answers,
    approving,
    backup,
    changes,
    entry,
    folder,
    history,
    loading,
    migrating,
    packaged,
    past,
    recording,
    retrospect,
    reversal,
    saving,
    syntax,
    verifying,
    witness,
)
from ropa.approval import Done, Kind
from ropa.changes import MOST_ENTRIES, Change, Comparison, Listed, Wanted
from ropa.errors import InputError, StoreDamaged, StoreLocked
from ropa.formats.places import Places
from ropa.integrity import Verification
from ropa.reader import Reader, today
from ropa.store import has_files, open_store
from ropa.store.base import Store
from ropa.terms import ROPA

MEMORY = "memory:"
# Where `ropa serve` answers by default, so that IRIs lead to pages at once.
LOCAL_BASE = "http://127.0.0.1:8000/"
# Commands hold the store only for moments, so a second one waits a little.
PATIENCE_SECONDS = 15.0


class Register(Reader):
    """An open register.

    Attributes:
        base: IRI under which its own entries are named.
        has_examples: whether it holds the package's example companies.
        address: the address it was opened by.
        point: the point in its history that is read; None for what stands now.
    """

    def __init__(
        self,
        store: Store,
        settings: folder.Settings,
        address: str = MEMORY,
        point: past.Point | None = None,
    ) -> None:
        super().__init__(
            store,
            base=settings.base,
            has_examples=settings.has_examples,
            address=address,
            point=point,
        )
        self._settings = settings
        self._bygone: retrospect.Kept[Register] = retrospect.Kept()

    # -- opening -----------------------------------------------------------------

    @classmethod
    def open(cls, address: str = MEMORY, *, to_verify: bool = False) -> Register:
        """Open a register in memory (with the five examples) or in a folder.

        Args:
            address: ``memory:``, or the folder.
            to_verify: whether it is opened as it is, be it damaged, and nothing is
                brought up to date.

        Raises:
            NotFound: the folder holds no register.
            StoreLocked: another process has it open.
            StoreDamaged: files are missing or damaged, or the newest changes are lost.
        """
        if address == MEMORY:
            settings = folder.Settings(base=packaged.EXAMPLES_BASE, has_examples=True)
            register = cls(open_store(MEMORY, in_union=entry.is_stated), settings)
            register._follow_package()
            return register
        path = Path(address).expanduser()
        settings = folder.read(path)
        migrating.check_known(path, settings)
        if settings.package and not has_files(path):
            # The engine would begin anew, and there would silently be nothing.
            raise StoreDamaged(
                f"The files of the store in {path} are missing.",
                hint="Put a backup back with `ropa restore`.",
            )
        try:
            store = _open_patiently(path)
        except StoreDamaged:
            if not folder.is_unfinished(path):
                raise
            # Whoever was making it was cut off; it holds nothing yet.
            folder.start_over(path, keeps_settings=True)
            store = _open_patiently(path)
        register = cls(store, settings, str(path))
        try:
            settings = migrating.settled(register._store, path, settings)
            register._settings = settings
            if to_verify:
                return register
            witness.agree(register._store, settings.base)
            if settings.package != packaged.digest():
                register._follow_package()
                folder.write(path, replace(settings, package=packaged.digest()))
            folder.finished(path)
        except BaseException:
            register.close()
            raise
        return register

    @classmethod
    def create(
        cls, address: str, *, base: str = "", has_examples: bool = False
    ) -> Register:
        """Make a register in a new or empty folder and open it, whole or not at all.

        Args:
            address: the folder.
            base: IRI under which its entries are named; where none is given, the
                examples' own, or this machine's.
            has_examples: whether the five example companies are put in.

        Raises:
            InputError: the folder is in use, or the base is no IRI to build on.
            StoreFull: no room left; all is as it was.
        """
        path = Path(address).expanduser()
        fallback = packaged.EXAMPLES_BASE if has_examples else LOCAL_BASE
        settings = folder.Settings(base or fallback, has_examples)
        folder.check_base(settings.base)
        with folder.making(path):
            folder.create(path, settings)
            return cls.open(str(path))

    def close(self) -> None:
        """Close the store; a folder is then free for others.

        A register as it was is shared by all who read it, and lets go by itself.
        """
        if self.point is None:
            self._upkeep.close()
            self._bygone.forget()
            self._store.close()

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the past ----------------------------------------------------------------

    def at(self, when: str | int | date | datetime) -> Register:
        """Give the register as it was recorded at a point of its history, to be read.

        The law is that of the day that is asked for, as ever: the two days are
        independent of each other. Verbs that write are refused.

        Args:
            when: the number of a change or its IRI; a day, which counts whole; or a
                moment; see ``ropa.past.change_at``.

        Returns:
            This register itself where nothing was recorded since.

        Raises:
            InputError: it names no point in history.
            NotFound: there is no such change yet.
            StoreError: the history does not lead to what was written down then.
        """
        with self._lock:
            point = self.point_at(when)
            last = past.head(self._store, self.base)
            if point.number == last.number:
                return self
            found = self._bygone.get(point)
            if found is None:
                store = retrospect.store_at(self._store, self.base, point.number)
                found = Register(store, self._settings, self.address, point)
                found._upkeep.follow(self._upkeep)
                self._bygone.put(point, found, store.size)
            return found

    def point_at(self, when: str | int | date | datetime) -> past.Point:
        """Find a point in the history of the register: which change, when, by whom."""
        return past.point_at(self._store, self.base, when)

    # -- keeping -----------------------------------------------------------------

    def backup(self, *, told: backup.Told | None = None) -> Generator[bytes]:
        """Give the file of a backup, history included; see ``ropa.backup.pieces``.

        Raises:
            InputError: this is the register as it was, which has no history of its own.
        """
        if self.point is not None:
            raise InputError(
                "A backup is of the register as it stands, with all of its history.",
                hint="Leave the day away; the state of any day can be had from it.",
            )
        return backup.pieces(self._store, self._settings, told=told)

    # -- proof of history --------------------------------------------------------

    def verify(
        self, *, noted: str = "", progress: verifying.Progress | None = None
    ) -> Verification:
        """Prove that history is intact; see ``ropa.verifying.verify``.

        Writes go on meanwhile; what is proved is the state at the beginning.
        """
        return self._verified(noted=noted, progress=progress).verification

    def rebuild(self, *, noted: str = "") -> Verification:
        """Lead what stands back to what history says; see ``ropa.verifying.rebuild``.

        Args:
            noted: digest of a change that somebody noted down elsewhere; it proves
                history against a log that says otherwise.

        Returns:
            What was put right, and what is still wrong.
        """
        with self._lock:
            found = self._verified(noted=noted)
            mended = verifying.rebuild(self._store, found)
            faults = found.verification.faults
            return replace(
                self.verify(noted=noted),
                mended=mended,
                log_renewed=any(fault.is_of_log for fault in faults),
            )

    def _verified(
        self, *, noted: str = "", progress: verifying.Progress | None = None
    ) -> verifying.Found:
        # Read first: the witness may be behind of what is held, never ahead.
        notes = self._store.notes.lines() if self._store.notes is not None else None
        self._store.check_files()
        with self._store.held() as held:
            return verifying.verify(
                held, self.base, notes=notes, noted=noted, progress=progress
            )

    # -- history -----------------------------------------------------------------

    def changes(self, wanted: Wanted | None = None) -> Listed:
        """List changes, the newest first; see ``ropa.changes.listed``."""
        return changes.listed(self, self.base, wanted)

    def change(
        self, number: int, *, most: int = MOST_ENTRIES, start: int = 0
    ) -> Change:
        """Give one change; see ``ropa.changes.one``."""
        return changes.one(self, self.base, number, most=most, start=start)

    def diff(
        self, iri: URIRef, *, since: str = "", until: str = "", lang: str = "en"
    ) -> Comparison:
        """Say what changed in an entry; see ``ropa.changes.compare``."""
        return changes.compare(
            self, self.base, iri, since=since, until=until, lang=lang
        )

    # -- writing -----------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Let one writer in at a time, and none into the past."""
        if self.point is not None:
            raise retrospect.unchangeable()
        with self._lock:
            yield

    def add(
        self,
        graph: Graph,
        *,
        author: str,
        reason: str = "",
        replaces: Collection[str] | None = None,
    ) -> list[saving.Saved]:
        """Save the entries of a graph, all or none; see ``ropa.saving.add``."""
        with self._writing():
            return saving.add(
                self._store,
                self.vocabulary,
                entry.split(entry.complete(graph)),
                base=self.base,
                author=history.Author.person(author),
                reason=reason,
                as_of=today(),
                replaces=replaces,
            )

    def load(self, places: Places, *, author: str, **how: Any) -> loading.Loaded:
        """Save many entries of files, in batches; see ``ropa.loading.load``."""
        with self._lock:
            return loading.load(
                loading.Kept(self._store, self.base),
                places,
                author=history.Author.person(author),
                as_of=today(),
                **how,
            )

    def remove(
        self,
        iri: URIRef,
        *,
        author: str,
        reason: str = "",
        replaces: Collection[str] | None = None,
    ) -> URIRef:
        """Take an entry out; its history stays."""
        with self._writing():
            return saving.remove(
                self._store,
                entry.document(iri),
                base=self.base,
                author=history.Author.person(author),
                reason=reason,
                replaces=replaces,
            )

    def revert(
        self,
        iri: URIRef,
        to: str | int,
        *,
        author: str,
        reason: str = "",
        replaces: Collection[str] | None = None,
        removes: bool = False,
    ) -> reversal.Reverted:
        """Give an entry the state it had; see ``ropa.reversal.revert``."""
        wish = reversal.Wish(author, today(), reason, replaces, removes)
        with self._writing():
            return reversal.revert(
                self._store, self.vocabulary, iri, to, base=self.base, wish=wish
            )

    def undo(self, number: int, *, author: str, reason: str = "") -> reversal.Reverted:
        """Undo what one change did; see ``ropa.reversal.undo``."""
        wish = reversal.Wish(author, today(), reason)
        with self._writing():
            return reversal.undo(
                self._store, self.vocabulary, number, base=self.base, wish=wish
            )

    def answer(
        self,
        which: answering.Which,
        words: answers.Words,
        *,
        replaces: str | None = None,
    ) -> answering.Said:
        """Answer a finding; see ``ropa.answering.give``."""
        with self._writing():
            self.refresh_findings(answering.concerned(self._store, which))
            return answering.give(
                self._store,
                which,
                base=self.base,
                today=today(),
                words=words,
                replaces=replaces,
            )

    def withdraw_answer(
        self,
        which: answering.Which,
        words: answers.Words,
        *,
        replaces: str | None = None,
    ) -> answering.Said:
        """Withdraw the answer to a finding; see ``ropa.answering.withdraw``."""
        with self._writing():
            return answering.withdraw(
                self._store,
                which,
                base=self.base,
                today=today(),
                words=words,
                replaces=replaces,
            )

    def take_step(
        self, kind: Kind, seen: Mapping[URIRef, str], *, author: str, reason: str = ""
    ) -> Done:
        """Submit, approve, or take that back; see ``ropa.approving.take``."""
        with self._writing():
            if kind == Kind.APPROVAL:
                names = [entry.document(name) for name in seen]
                self.refresh_findings(names, is_needed=True)
            return approving.take(
                self._store,
                kind,
                seen,
                base=self.base,
                author=author,
                reason=reason,
                today=today(),
            )

    def _follow_package(self) -> None:
        """Bring vocabulary, law, shapes and untouched examples up to the package.

        Entries that a person edited are never touched: their newest change is not
        the package's, or they no longer have the digest that the package left.
        """
        wanted = packaged.reference_lines()
        if self.has_examples:
            wanted |= packaged.example_lines()
        rows = self.select(history.latest_revisions(wanted)).rows
        last = history.last_author(rows)
        moved: dict[URIRef, packaged.Lines] = {}
        for iri, lines in wanted.items():
            agent, left = last.get(iri, (None, ""))
            if agent is not None and agent != ROPA.Package:
                continue
            if syntax.digest_of(lines) == left:
                continue
            if left and entry.digest(self._store.graph(iri)) != left:
                continue
            moved[iri] = lines
        if not moved:
            return
        account = history.Account(history.Author.package(__version__))
        if last:
            new = {iri: syntax.graph(lines) for iri, lines in moved.items()}
            recording.record(self._store, self.base, new, account)
        else:
            recording.record_new(self._store, self.base, moved, account)


@contextmanager
def open_register(address: str) -> Iterator[Register]:
    """Open a register for the time of a ``with`` block."""
    register = Register.open(address)
    try:
        yield register
    finally:
        register.close()


def _open_patiently(path: Path) -> Store:
    """Open the store of a folder; wait a little while another command has it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return open_store(str(path), in_union=entry.is_stated)
        except StoreLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
