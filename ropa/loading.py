"""Fill a register with many entries from files: in batches, each one change.

The files are passed over first, to know where each entry stands; then a batch at a
time is read and checked in bounded children, on all cores, and written whole with its
change. So memory holds a few batches, and whoever stops it has whole batches saved;
the same command goes on from there, since what stands already is passed over.

Each entry is whole or not there: one that is unsound is left out and told at the end,
together with those that name it.

Source: interface.md section 4 (saving).
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, history, recording, saving, soundness, syntax, validation
from ropa.errors import FormatError, InputError, RopaError
from ropa.formats import rdf
from ropa.formats.places import Places
from ropa.terms import RDF

if TYPE_CHECKING:
    from ropa.store.base import Store, Table

BATCH = 1000
"""Entries that are saved together, where nothing else is said."""

# The text of a batch, which children and a server take at once.
BATCH_BYTES = 24 * 1024 * 1024
_ADDRESS = re.compile(rb"<([^<>#\s]+)")

_STANDING = """
SELECT ?entry ?part ?digest WHERE {{
  VALUES ?entry {{ {entries} }}
  GRAPH ?change {{
    ?part prov:specializationOf ?entry .
    OPTIONAL {{ ?part ropa:digest ?digest }}
  }}
}}
"""

_KINDS = """
SELECT ?entry ?kind WHERE {{ VALUES ?entry {{ {entries} }} ?entry a ?kind }}
"""
_ANY_FINDINGS = "ASK { GRAPH ?g { ?r a sh:ValidationReport } }"


class Stands(NamedTuple):
    """The newest revision of an entry, and its digest; None where it was removed."""

    part: URIRef
    digest: str | None


class Target(Protocol):
    """What is filled: an open register, or one behind a running server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""

    def around(self, name: URIRef) -> bytes:
        """Give what is stated in an entry as N-Triples; nothing where there is none."""

    def save_batch(
        self,
        entries: Sequence[soundness.Sound],
        standing: Mapping[URIRef, Stands],
        account: history.Account,
    ) -> None:
        """Save entries, all or none, as one change."""


@dataclass(frozen=True)
class Progress:
    """How far it is.

    Attributes:
        done: entries that were seen.
        total: entries in all.
        saved: those that were saved.
    """

    done: int
    total: int
    saved: int


@dataclass
class Loaded:
    """What became of the entries.

    Attributes:
        total: how many there are.
        saved: how many were saved now.
        changes: in how many changes.
        unchanged: how many stood already as they are.
        report: what is unsound, with file and line; those entries were left out.
        faults: other reasons why entries were left out, each with file and line.
        held: entries that were left out since they name one that was; with that one.
        stopped: whether it was told to stop before the end.
    """

    total: int = 0
    saved: int = 0
    changes: int = 0
    unchanged: int = 0
    report: validation.Report | None = None
    faults: list[RopaError] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    stopped: bool = False

    @property
    def left_out(self) -> int:
        """How many entries were not saved, of those that were looked at."""
        return self.total - self.saved - self.unchanged


@dataclass
class _Batch:
    """Some entries on their way.

    Attributes:
        number: its place in the order, from 1.
        names: the entries.
        lines: where their lines are from: entry, file and number.
        standing: what is known of those that the register had before.
    """

    number: int
    names: list[str]
    lines: list[tuple[str, int, int]] = field(default_factory=list)
    standing: dict[URIRef, Stands] = field(default_factory=dict)


def load(  # noqa: PLR0913 - each says what is done, or how
    target: Target,
    places: Places,
    *,
    author: history.Author,
    reason: str,
    as_of: date,
    size: int | None = None,
    replaces: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Loaded:
    """Save the entries of files.

    Args:
        target: where they go.
        places: where they stand.
        author: who answers for the changes.
        reason: why, in the author's words; the number of the batch is added.
        as_of: the day of the check.
        size: entries that are saved together, at most; `BATCH` if not said.
        replaces: whether entries that stand otherwise are replaced; else they are
            left out and told.
        progress: is told after each batch how far it is.
        is_stopped: is asked before each batch whether to end there.

    Raises:
        InputError: there is no entry, or the author is missing.
    """
    if not places.entries:
        raise InputError(
            "There is no entry in what was given.",
            hint="An entry is at least one statement about an activity or company.",
        )
    if not author.name.strip():
        raise InputError(
            "It is not said who makes this change.",
            hint="Give --author or ROPA_AUTHOR.",
        )
    size = size or BATCH
    done = Loaded(total=len(places.entries))
    first, others = _in_order(places)
    batches = [*_batches(places, first, size)]
    barrier = len(batches)
    batches += _batches(places, others, size)
    for number, batch in enumerate(batches, start=1):
        batch.number = number
    loader = _Loader(target, places, as_of, replaces=replaces, done=done)
    seen = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as several:
        # What is named comes first: what is wrong with it is known then.
        for part in (batches[:barrier], batches[barrier:]):
            for batch, verdict in _ahead(several, loader, part):
                if is_stopped():
                    done.stopped = True
                    several.shutdown(cancel_futures=True)
                    break
                told = f"{reason} ({batch.number}/{len(batches)})".strip()
                loader.keep(batch, verdict, history.Account(author, told))
                seen += len(batch.names)
                progress(Progress(seen, done.total, done.saved))
            if done.stopped:
                break
    return done


def _in_order(places: Places) -> tuple[list[str], list[str]]:
    """Give the entries that are part of no other, and those that are, by these."""
    first = [name for name, found in places.entries.items() if not found.home]
    others = [name for name, found in places.entries.items() if found.home]
    others.sort(key=lambda name: places.entries[name].home)
    return first, others


def _batches(places: Places, names: Iterable[str], size: int) -> Iterator[_Batch]:
    some: list[str] = []
    total = 0
    for name in names:
        found = places.entries[name].size
        if some and (len(some) >= size or total + found > BATCH_BYTES):
            yield _Batch(0, some)
            some, total = [], 0
        some.append(name)
        total += found
    if some:
        yield _Batch(0, some)


def _ahead(
    several: ThreadPoolExecutor, loader: _Loader, batches: Iterable[_Batch]
) -> Iterator[tuple[_Batch, soundness.Verdict]]:
    """Have some batches judged ahead of the one that is written."""
    most = os.cpu_count() or 1
    waiting: deque[tuple[_Batch, Future[soundness.Verdict]]] = deque()
    for batch in batches:
        waiting.append((batch, several.submit(loader.judge, batch)))
        if len(waiting) > most:
            before, made = waiting.popleft()
            yield before, made.result()
    while waiting:
        before, made = waiting.popleft()
        yield before, made.result()


class _Loader:
    """Judges and keeps batches; remembers what was left out."""

    def __init__(
        self,
        target: Target,
        places: Places,
        as_of: date,
        *,
        replaces: bool,
        done: Loaded,
    ) -> None:
        self._target = target
        self._places = places
        self._as_of = as_of
        self._replaces = replaces
        self._done = done
        self._refused: set[str] = set()

    def judge(self, batch: _Batch) -> soundness.Verdict:
        """Have a batch read and checked; in a thread of its own."""
        batch.standing = self._standing(batch.names)
        lines: list[bytes] = []
        for name in batch.names:
            if self._places.entries[name].size > rdf.MAX_BYTES:
                continue
            for line, file, number in self._places.lines(name):
                lines.append(line)
                batch.lines.append((name, file, number))
        inside = set(batch.names)
        named = {
            name
            for address in set(_ADDRESS.findall(b"\n".join(lines)))
            if (name := address.decode(errors="replace")) not in inside
        }
        in_files = {name for name in named if name in self._places.entries}
        around = [b""]
        for name in sorted(in_files):
            around += (line for line, _, _ in self._places.lines(name))
        for name in sorted(named - in_files):
            around.append(self._target.around(URIRef(name)))
        known = {str(n): one.digest for n, one in batch.standing.items() if one.digest}
        return soundness.judge(
            lines,
            b"\n".join(around),
            known=known,
            named=in_files | inside,
            as_of=self._as_of,
        )

    def _standing(self, names: Sequence[str]) -> dict[URIRef, Stands]:
        """Look up the newest revision of each entry that the register had."""
        spelled = " ".join(syntax.n3(URIRef(name)) for name in names)
        query = _STANDING.format(entries=spelled)
        found: dict[URIRef, Stands] = {}
        for name, part, digest in self._target.select(query).rows:
            one = URIRef(str(name))
            made = Stands(URIRef(str(part)), str(digest) if digest else None)
            old, number = found.get(one), history.number_of(made.part)
            if old is None or history.number_of(old.part) < number:
                found[one] = made
        return found

    def keep(
        self, batch: _Batch, verdict: soundness.Verdict, account: history.Account
    ) -> None:
        """Save what is sound of a batch, and note why the rest is not."""
        self._done.unchanged += verdict.unchanged
        self._tell_faults(batch, verdict)
        self._tell_report(verdict.report)
        sound = {one.name: one for one in verdict.sound}
        if not self._replaces:
            for name in list(sound):
                stands = batch.standing.get(URIRef(name))
                if stands is not None and stands.digest is not None:
                    del sound[name]
                    self._tell_otherwise(name)
        self._keep_kinds(batch, sound)
        while True:
            held = {
                one.name: next(iter(self._refused.intersection(one.mentions)))
                for one in sound.values()
                if not self._refused.isdisjoint(one.mentions)
            }
            if not held:
                break
            self._done.held |= held
            self._refused |= held.keys()
            for name in held:
                del sound[name]
        if sound:
            self._target.save_batch([*sound.values()], batch.standing, account)
            self._done.saved += len(sound)
            self._done.changes += 1

    def _keep_kinds(self, batch: _Batch, sound: dict[str, soundness.Sound]) -> None:
        """Leave out what would put an entry of another kind in the place of one."""
        standing = [n for n in sound if URIRef(n) in batch.standing]
        if not standing:
            return
        spelled = " ".join(syntax.n3(URIRef(name)) for name in standing)
        old: dict[str, set[str]] = {}
        for iri, kind in self._target.select(_KINDS.format(entries=spelled)).rows:
            line = f"<{iri}> <{RDF.type}> <{kind}> ."
            old.setdefault(str(iri), set()).add(line)
        for name in standing:
            if name in old and old[name].isdisjoint(sound[name].lines):
                del sound[name]
                self._refuse(
                    name,
                    f"The entry {name} is of another kind in the register.",
                    hint="Choose another name, or remove the entry that is there.",
                )

    def _tell_faults(self, batch: _Batch, verdict: soundness.Verdict) -> None:
        for name in batch.names:
            if self._places.entries[name].size > rdf.MAX_BYTES:
                self._refuse(
                    name,
                    f"The entry {name} is larger than {rdf.MAX_BYTES // 2**20} MiB.",
                )
        for fault in verdict.faults:
            name, file, line = batch.lines[fault.line]
            said = re.sub(
                r" *\(?in line \d+\)?| at line \d+ column \d+", "", fault.message
            )
            self._refuse(
                name,
                said,
                hint=fault.hint,
                place=(self._places.files[file].name, line),
            )

    def _tell_otherwise(self, name: str) -> None:
        self._refuse(
            name,
            f"The entry {name} stands in the register already, and otherwise.",
            hint="Give --replace to put what is in the files in its place.",
        )

    def _refuse(
        self,
        name: str,
        message: str,
        *,
        hint: str = "",
        place: tuple[str | None, int | None] | None = None,
    ) -> None:
        self._refused.add(name)
        file, line = place or self._places.place(name, URIRef(name))
        where = f"{file}:{line}" if line else str(file)
        self._done.faults.append(
            FormatError(f"{where}: {message}", hint=hint, file=file, line=line)
        )

    def _tell_report(self, report: validation.Report) -> None:
        if not report.findings:
            return
        self._refused |= {str(finding.entry) for finding in report.findings}
        located = replace(report, findings=[self._located(f) for f in report.findings])
        before = self._done.report
        self._done.report = (
            validation.merged([before, located]) if before is not None else located
        )

    def _located(self, finding: validation.Finding) -> validation.Finding:
        file, line = self._places.place(
            str(finding.entry), finding.focus, finding.path, finding.value
        )
        return replace(finding, file=file, line=line)


class Kept:
    """A store that is filled; the register around it is locked meanwhile."""

    def __init__(self, store: Store, base: str) -> None:
        self._store = store
        self._base = base
        # Where nothing is kept of what the law says, nothing of it can become wrong.
        self._has_findings = store.ask(saving.prologue() + _ANY_FINDINGS)

    def select(self, text: str) -> Table:
        """Run a query of our own."""
        return self._store.select(saving.prologue() + text)

    def around(self, name: URIRef) -> bytes:
        """Give what is stated in an entry as N-Triples; nothing where there is none."""
        if entry.is_reserved(name):
            return b""
        return "\n".join(self._store.lines(name)).encode()

    def save_batch(
        self,
        entries: Sequence[soundness.Sound],
        standing: Mapping[URIRef, Stands],
        account: history.Account,
    ) -> None:
        """Save entries, all or none, as one change."""
        lines = {URIRef(one.name): one.lines for one in entries}
        before = {iri: self._store.graph(iri) for iri in lines if iri in standing}
        replaced = any(len(graph) for graph in before.values())
        beside: dict[URIRef, Graph | None] = {}
        if replaced or self._has_findings:
            graphs = {iri: syntax.graph(some) for iri, some in lines.items()}
            old = {iri: before.get(iri, Graph()) for iri in lines}
            beside = saving.unjudged(self._store, old, graphs)
            if replaced:
                recording.record(
                    self._store, self._base, graphs, account, before=old, beside=beside
                )
                return
        recording.record_new(
            self._store,
            self._base,
            lines,
            account,
            digests={URIRef(one.name): one.digest for one in entries},
            follows={iri: standing[iri].part for iri in before},
            beside=beside,
        )
