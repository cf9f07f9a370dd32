"""Prove that history is intact, and that what stands is what history leads to.

History is gone through once, from nothing: each change is held against its digest and
against the change before it, and what it added and removed is applied to the entries.
An entry is held in memory from its first change to its last only, so a register that
was loaded in many batches and edited here and there needs little.

Nothing is believed of what stands in the store: a statement that is missing, too many
or of an unexpected form is a fault, never an error.

Source: PROV-O; GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import entry, history, packaged, past, syntax, witness
from ropa.errors import InputError, StoreDamaged, StoreError
from ropa.integrity import MOST_TOLD, NONE, Fault, Statements, Verification
from ropa.terms import PROV, ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store

Progress = Callable[[int, int], None]
"""Told from time to time how much is done, and of how much."""

_NOTED = re.compile(r"(?:sha256:)?([0-9a-f]{12,64})")
# Digits of a digest that are enough to find the change that somebody noted down.
_FEWEST_DIGITS = 12


@dataclass
class Found:
    """What was found, and what history leads to where something else stands.

    Attributes:
        verification: the result.
        right: by graph what should stand there, as lines; None where nothing should.
        log: the lines of the log beside the store, as history has them.
    """

    verification: Verification
    right: Mapping[URIRef, frozenset[str] | None]
    log: tuple[str, ...] = ()


@dataclass
class _Part:
    """What a change says became of one entry."""

    part: URIRef
    digest: str | None


@dataclass
class _Change:
    """A change as far as it is needed again."""

    number: int
    iri: URIRef
    digest: str
    moment: str
    parts: dict[URIRef, _Part] = field(default_factory=dict)
    added: str | None = None
    removed: str | None = None
    is_kept: bool = True


def verify(
    store: Store,
    base: str,
    *,
    notes: Sequence[str] | None = None,
    noted: str = "",
    progress: Progress | None = None,
) -> Found:
    """Go through the whole history and all that stands.

    Args:
        store: a store to which nothing is written meanwhile (`Store.held`).
        base: base IRI of the register.
        notes: the lines of the witness beside the store; None where there can be none.
        noted: digest of a change that somebody noted down, or its first 12 digits or
            more; it is looked for.
        progress: told how far it is.

    Raises:
        InputError: what was noted is no digest.
        StoreDamaged: the store's files cannot be read.
    """
    wanted = _digits(noted) if noted else ""
    walk = _Walk(store, base, progress or _silent)
    walk.go()
    changes = walk.changes
    last = changes[-1] if changes else None
    found = Verification(
        changes=len(changes),
        entries=sum(
            history.is_kept_whole(name) and not entry.is_of_answers(name)
            for name in walk.stands
        ),
        digest=last.digest if last else "",
        moment=last.moment if last else "",
    )
    is_whole = all(fault.is_of_standing for fault in walk.faults)
    if wanted:
        bearing = [one.number for one in changes if wanted in one.digest[:71]]
        found = replace(
            found, noted=noted, noted_change=bearing[0] if bearing else None
        )
        if not bearing:
            walk.faults.append(Fault(ROPA.HeadUnknown, expected=noted))
    known = {one.number: one.digest for one in changes if one.digest}
    if notes is not None:
        witnessed, faults = witness.compare(
            notes, known, is_intact=is_whole, noted=found.noted_change
        )
        walk.faults += faults
        found = replace(found, witnessed=witnessed)
    log = tuple(witness.line(*one) for one in known.items())
    return Found(replace(found, faults=tuple(walk.faults)), walk.right, log)


def rebuild(store: Store, found: Found) -> tuple[URIRef, ...]:
    """Lead what stands back to what history says, in one write.

    Entries and answers come from history, vocabulary, law and shapes from the package;
    findings and inferred statements are taken away, and made again when next needed.
    No change is recorded, since what history says stays as it is. The log beside the
    store is written anew where it alone is wrong; the former one is kept.

    Args:
        store: the live store.
        found: what `verify` found in it.

    Returns:
        The graphs that were put right.

    Raises:
        StoreDamaged: history itself is not intact, so nothing can be built from it; or
            the log says that it is another one.
        StoreError: the log cannot be written.
    """
    faults = found.verification.faults
    of_history = [
        fault for fault in faults if not (fault.is_of_standing or fault.is_of_log)
    ]
    if not of_history and not all(fault.can_be_rebuilt for fault in faults):
        raise StoreDamaged(
            "The log beside the store says that history is another one, and one of the "
            "two is wrong; nothing was written.",
            hint="Give a digest that was noted elsewhere with --head, by which history "
            "is proved; or put a backup back with `ropa restore`.",
        )
    if of_history:
        raise StoreDamaged(
            f"History itself has {len(of_history)} faults, so nothing can be rebuilt "
            "from it; nothing was written.",
            hint="Put a backup back with `ropa restore`.",
        )
    right = dict(found.right)
    shipped = packaged.reference_lines() if faults else {}
    for fault in faults:
        if fault.kind == ROPA.PackageAltered and fault.graph in shipped:
            lines = shipped[fault.graph]
            if syntax.digest_of(lines) == fault.expected:
                right[fault.graph] = frozenset(lines)
    store.write(
        {name: syntax.graph(lines) if lines else None for name, lines in right.items()}
    )
    store.mend()
    if store.notes is not None and any(fault.is_of_log for fault in faults):
        try:
            store.notes.renew(found.log)
        except OSError as error:
            raise StoreError(
                f"The log {store.notes.path} cannot be written: {error.strerror}.",
                hint="Make room, or give this user the right to write there; then run "
                "it again.",
            ) from error
    return tuple(sorted(right))


class _Walk:
    """One way through history, and a look at what stands.

    Attributes:
        faults: what was found.
        changes: the changes that are there, by number.
        stands: what stands, by the last revision of each: its digest.
        right: see `Found`.
    """

    def __init__(self, store: Store, base: str, progress: Progress) -> None:
        self.store = store
        self.base = base
        self.progress = progress
        self.faults: list[Fault] = []
        self.changes: list[_Change] = []
        self.stands: dict[URIRef, str] = {}
        self.right: dict[URIRef, frozenset[str] | None] = {}
        self._names = store.graphs()
        self._last: dict[URIRef, int] = {}
        self._states: dict[URIRef, set[str]] = {}
        # Changes before it bear no digests, and kept no statements.
        self._start = past.baseline(store)
        self._unchained: list[str] = []

    def go(self) -> None:
        """Look at everything."""
        headers = self._headers()
        before: _Change | None = None
        revisions: dict[URIRef, _Part] = {}
        for number in headers:
            before = self._read(number, before, revisions)
            self.changes.append(before)
        self._newest(headers[-1] if headers else 0)
        for change in self.changes:
            self._last.update(dict.fromkeys(change.parts, change.number))
        total = len(self.changes) + len(self._names)
        for done, change in enumerate(self.changes, start=1):
            self._replay(change)
            self.progress(done, total)
        for done, name in enumerate(self._names, start=len(self.changes) + 1):
            self._standing(name)
            self.progress(done, total)
        self._union()

    # -- the chain -------------------------------------------------------------------

    def _headers(self) -> list[int]:
        """List the numbers of the changes, and find what is among them and is none."""
        numbers: set[int] = set()
        beside: list[tuple[int, URIRef]] = []
        for name in self._names:
            if history.CHANGES not in name or entry.is_stated(name):
                continue
            number = history.number_in(name)
            change = history.change_iri(self.base, number or 0)
            if number and name == change:
                numbers.add(number)
            elif number and name in _beside(change):
                beside.append((number, name))
            elif entry.is_derived(name) and not name.startswith(self.base + "changes"):
                continue
            elif name != history.newest_graph(self.base):
                self._fault(ROPA.StrangeChange, name)
        for number, name in beside:
            if number not in numbers:
                self._fault(ROPA.StrangeChange, name, change=number)
        found = sorted(numbers)
        for number, before in zip(found, [0, *found], strict=False):
            if number != before + 1:
                missing = history.change_iri(self.base, before + 1)
                self._fault(
                    ROPA.ChangeMissing,
                    change=before + 1,
                    expected=missing,
                    found=history.change_iri(self.base, number),
                )
        return found

    def _newest(self, last: int) -> None:
        """See that one change is named as the newest: the last."""
        name = history.newest_graph(self.base)
        if not last and name not in self._names:
            return
        newest = history.change_iri(self.base, last)
        whole = (URIRef(f"{self.base}changes"), ROPA.newestChange, newest)
        lines = set(self.store.lines(name))
        if last > 1:
            # A crash may leave the one before it there as well; the next write takes
            # it away.
            before = history.change_iri(self.base, last - 1)
            lines.discard(syntax.line(*whole[:2], before))
        self._same(ROPA.NewestWrong, {syntax.line(*whole)}, lines, graph=name)

    def _read(
        self, number: int, before: _Change | None, revisions: dict[URIRef, _Part]
    ) -> _Change:
        """Read what is said of a change, and hold it against the one before it."""
        iri = history.change_iri(self.base, number)
        graph = self.store.graph(iri)
        said = _values(graph, iri, ROPA.changeDigest)
        change = _Change(number, iri, said[0] if said else "", "")
        if not said and number < self._start:
            return self._read_earlier(change, graph, revisions)
        if number == self._start:
            self._of_earlier(change, graph)
        of_all = history.change_digest(iri, graph)
        if said != [of_all]:
            self._fault(
                ROPA.ChangeAltered,
                iri,
                change=number,
                expected=" ".join(said),
                found=of_all,
            )
        self._follows(change, graph, before)
        self._is_later(change, graph, before)
        parts = {URIRef(str(part)) for part in graph.subjects(_OF_ENTRY)}
        for part in sorted(parts, key=_place):
            self._revision(change, graph, part, revisions)
        for way, mark, name in (
            (ROPA.added, ROPA.addedDigest, history.added_graph(iri)),
            (ROPA.removed, ROPA.removedDigest, history.removed_graph(iri)),
        ):
            marks = _values(graph, iri, mark)
            named = _values(graph, iri, way)
            if named != [str(name)] * len(marks) or len(marks) > 1:
                self._fault(
                    ROPA.ChangeAltered,
                    iri,
                    change=number,
                    expected=name,
                    found=" ".join(named),
                )
            if way == ROPA.added:
                change.added = marks[0] if marks else None
            else:
                change.removed = marks[0] if marks else None
        return change

    def _read_earlier(
        self, change: _Change, graph: Graph, revisions: dict[URIRef, _Part]
    ) -> _Change:
        """Read a change of before the baseline, which vouches for all of them."""
        self._unchained += self.store.lines(change.iri)
        change.is_kept = False
        change.moment = "".join(_values(graph, change.iri, PROV.endedAtTime)[:1])
        parts = {URIRef(str(part)) for part in graph.subjects(_OF_ENTRY)}
        for part in sorted(parts, key=_place):
            digests = _values(graph, part, ROPA.digest)
            told = _Part(part, digests[0] if digests else None)
            for name in _values(graph, part, _OF_ENTRY):
                change.parts[URIRef(name)] = revisions[URIRef(name)] = told
        return change

    def _of_earlier(self, baseline: _Change, graph: Graph) -> None:
        """Compare the changes before the baseline with the digest that it bears."""
        said = _values(graph, baseline.iri, ROPA.earlierDigest)
        found = [syntax.digest_of(self._unchained)] if self._unchained else []
        if said and said != found:
            self._fault(
                ROPA.ChangeAltered,
                baseline.iri,
                change=baseline.number,
                expected=" ".join(said),
                found=" ".join(found),
            )

    def _follows(self, change: _Change, graph: Graph, before: _Change | None) -> None:
        named = _values(graph, change.iri, PROV.wasInformedBy)
        digests = _values(graph, change.iri, ROPA.precedingDigest)
        is_first = change.number == 1
        expected = (
            [] if is_first else [str(history.change_iri(self.base, change.number - 1))]
        )
        # Where the one before it is missing, its digest is not known.
        is_known = before is not None and before.number == change.number - 1
        known = [before.digest] if before is not None and is_known else digests
        if before is not None and not before.is_kept:
            known = []
        if named != expected or digests != ([] if is_first else known):
            self._fault(
                ROPA.ChainBroken,
                change.iri,
                change=change.number,
                expected=" ".join([*expected, *([] if is_first else known)]),
                found=" ".join(named + digests),
            )

    def _is_later(self, change: _Change, graph: Graph, before: _Change | None) -> None:
        moments = _values(graph, change.iri, PROV.endedAtTime)
        change.moment = moments[0] if len(moments) == 1 else ""
        earliest = before.moment if before is not None else ""
        when, floor = _moment(change.moment), _moment(earliest)
        if when is None or (floor is not None and when < floor):
            self._fault(
                ROPA.MomentBack,
                change.iri,
                change=change.number,
                expected=earliest,
                found=" ".join(moments),
            )
        if when is None:
            change.moment = earliest

    def _revision(
        self,
        change: _Change,
        graph: Graph,
        part: URIRef,
        revisions: dict[URIRef, _Part],
    ) -> None:
        """Read what became of one entry, and hold it against its revision before."""
        names = _values(graph, part, _OF_ENTRY)
        digests = _values(graph, part, ROPA.digest)
        gone = _values(graph, part, PROV.invalidatedAtTime)
        name = URIRef(names[0])
        before = revisions.get(name)
        follows = [str(before.part)] if before else []
        found = _values(graph, part, PROV.wasRevisionOf)
        if before and before.digest is None and not found:
            # An entry that comes again may begin anew.
            follows = []
        if (
            len(names) != 1
            or len(digests) + len(gone) != 1
            or name in change.parts
            or _values(graph, part, PROV.wasGeneratedBy) != [str(change.iri)]
            or found != follows
            or entry.document(part) != change.iri
        ):
            self._fault(
                ROPA.RevisionWrong,
                change.iri,
                change=change.number,
                entry=name,
                expected=" ".join(follows),
                found=" ".join(found),
            )
        told = _Part(part, digests[0] if digests else None)
        change.parts[name] = revisions[name] = told

    # -- what it leads to ------------------------------------------------------------

    def _replay(self, change: _Change) -> None:
        """Apply a change, and compare each entry with the digest written down then."""
        if not change.is_kept:
            self._replay_earlier(change)
            return
        added = self._kept(change, history.added_graph(change.iri), change.added)
        removed = self._kept(change, history.removed_graph(change.iri), change.removed)
        for name in sorted({*added, *removed} - {*change.parts}):
            self._fault(
                ROPA.RevisionWrong,
                change.iri,
                change=change.number,
                entry=name,
            )
        for name, told in change.parts.items():
            is_last = self._last[name] == change.number
            if is_last and told.digest is not None:
                self.stands[name] = told.digest
            if not history.is_kept_whole(name):
                if is_last:
                    self._of_package(name, told.digest)
                continue
            state = self._states.setdefault(name, set())
            state -= removed.get(name, set())
            state |= added.get(name, set())
            reached = syntax.digest_of(state) if state else None
            if reached != told.digest:
                self._fault(
                    ROPA.ReplayDiffers,
                    change.iri,
                    change=change.number,
                    entry=name,
                    expected=told.digest or "",
                    found=reached or "",
                )
            if is_last:
                del self._states[name]
                self._of_entry(name, told, state, reached == told.digest)

    def _replay_earlier(self, change: _Change) -> None:
        """See to what ended before the baseline: it must not stand."""
        for name, told in change.parts.items():
            if self._last[name] != change.number:
                continue
            if history.is_kept_whole(name):
                self._of_entry(name, told, set(), told.digest is None)
            else:
                self._of_package(name, told.digest)

    def _kept(
        self, change: _Change, name: URIRef, expected: str | None
    ) -> dict[URIRef, set[str]]:
        """Give the statements that a change kept, by entry."""
        lines = self.store.lines(name)
        found = syntax.digest_of(lines) if lines else None
        if found is not None and expected is None:
            self._fault(ROPA.StrangeChange, name, change=change.number)
        elif found != expected:
            self._fault(
                ROPA.ContentAltered,
                name,
                change=change.number,
                expected=expected or "",
                found=found or "",
            )
        by_entry: dict[str, set[str]] = {}
        for line in lines:
            subject = line[1 : line.find(">")]
            by_entry.setdefault(subject.partition("#")[0], set()).add(line)
        return {URIRef(of): moved for of, moved in by_entry.items()}

    def _of_entry(
        self, name: URIRef, told: _Part, state: set[str], is_right: bool
    ) -> None:
        """Compare what stands in an entry with what its last revision was."""
        lines = self.store.lines(name)
        if is_right:
            if self._same(ROPA.EntryAltered, state, lines, graph=name, of=name):
                return
            self.right[name] = frozenset(state)
        elif (syntax.digest_of(lines) if lines else None) != told.digest:
            self._same(ROPA.EntryAltered, state, lines, graph=name, of=name)

    def _of_package(self, name: URIRef, expected: str | None) -> None:
        """Compare vocabulary, law or shapes with the digest of what was brought."""
        lines = self.store.lines(name)
        found = syntax.digest_of(lines) if lines else None
        if found != expected:
            self._fault(
                ROPA.PackageAltered, name, expected=expected or "", found=found or ""
            )

    # -- what stands -----------------------------------------------------------------

    def _standing(self, name: URIRef) -> None:
        """Look at a graph that stands: whether history knows it, or what made it."""
        if entry.is_derived(name):
            self._of_derived(name)
        elif history.CHANGES in name and not entry.is_stated(name):
            return
        elif name.endswith(_SUGGESTED):
            # Nobody vouches for suggestions, so history has nothing of them.
            return
        elif name not in self._last:
            self._fault(ROPA.GraphUnknown, name)
            self.right[name] = None

    def _of_derived(self, name: URIRef) -> None:
        """Hold what was found or inferred for an entry against its own digest."""
        of = URIRef(name.rpartition("/")[0])
        start = syntax.line(name, ROPA.contentDigest, name).rpartition("<")[0]
        lines = self.store.lines(name)
        said = [line for line in lines if line.startswith(start)]
        found = syntax.digest_of(line for line in lines if not line.startswith(start))
        is_whole = said == [f'{start}"{found}" .']
        if is_whole and of in self.stands and history.is_kept_whole(of):
            return
        self._fault(
            ROPA.DerivedAltered,
            name,
            entry=of,
            expected=" ".join(one[len(start) :].strip(' ".') for one in said),
            found=found,
        )
        self.right[name] = None

    def _union(self) -> None:
        """See that the default graph is the union of what is stated."""
        counts = {True: 0, False: 0}
        told: dict[bool, list[str]] = {True: [], False: []}
        for line, is_surplus in self.store.astray():
            counts[is_surplus] += 1
            if len(told[is_surplus]) < MOST_TOLD:
                told[is_surplus].append(line)
        if any(counts.values()):
            self._fault(
                ROPA.UnionDiffers,
                missing=Statements(counts[False], tuple(sorted(told[False]))),
                surplus=Statements(counts[True], tuple(sorted(told[True]))),
            )

    # -- telling ---------------------------------------------------------------------

    def _fault(
        self,
        kind: URIRef,
        graph: URIRef | None = None,
        *,
        change: int | None = None,
        entry: URIRef | None = None,
        expected: str = "",
        found: str = "",
        missing: Statements = NONE,
        surplus: Statements = NONE,
    ) -> None:
        self.faults.append(
            Fault(kind, graph, change, entry, expected, found, missing, surplus)
        )

    def _same(
        self,
        kind: URIRef,
        expected: set[str],
        lines: Iterable[str],
        *,
        graph: URIRef,
        of: URIRef | None = None,
    ) -> bool:
        """Compare statements, and tell those that differ."""
        stand = set(lines)
        if stand == expected:
            return True
        self._fault(
            kind,
            graph,
            entry=of,
            expected=syntax.digest_of(expected) if expected else "",
            found=syntax.digest_of(stand) if stand else "",
            missing=_told(expected - stand),
            surplus=_told(stand - expected),
        )
        return False


_OF_ENTRY = PROV.specializationOf
_SUGGESTED = "/suggested"


def _place(part: URIRef) -> tuple[int, str]:
    """Put revisions in the order of their numbers."""
    number = part.rpartition("#")[2]
    return (int(number) if number.isdecimal() else 0, str(part))


def _beside(change: URIRef) -> tuple[URIRef, URIRef]:
    return history.added_graph(change), history.removed_graph(change)


def _values(graph: Graph, about: Node, way: URIRef) -> list[str]:
    """Give what is said of a thing as text, sorted; literals by what they say."""
    return sorted(str(value) for value in graph.objects(about, way))


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else None


def _told(lines: set[str]) -> Statements:
    return Statements(len(lines), tuple(sorted(lines)[:MOST_TOLD]))


def _digits(noted: str) -> str:
    found = _NOTED.fullmatch(noted.strip().lower())
    if found is None:
        raise InputError(
            f"{noted[:80]!r} is no digest of a change.",
            hint="Give what `ropa verify` printed, sha256: and 64 digits, or the first "
            f"{_FEWEST_DIGITS} of the digits or more.",
        )
    return f"sha256:{found[1]}"


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
