"""Whether lines of a register hang together: changes chained, entries as recorded.

The same is asked of a store by `ropa verify`; here it is asked of text, graph by graph
as it goes by, before any of it is in a store.

Pure: ``ropa.history`` has the form of a change.

Source: GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import history, syntax
from ropa.terms import PROV, RDF, ROPA


class Digest:
    """The digest of a graph whose statements come in their order, in portions."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._last = ""
        self.is_ordered = True

    def update(self, lines: Iterable[str]) -> None:
        """Take more statements, each a line as `ropa.syntax` writes it."""
        for line in lines:
            one = syntax.line_normalised(line)
            if one <= self._last:
                # Two ways to write the same number count once.
                self.is_ordered = self.is_ordered and one == self._last
                continue
            self._last = one
            self._whole.update(f"{one}\n".encode())

    def text(self) -> str:
        """Give it as `ropa.syntax.digest` does."""
        return f"sha256:{self._whole.hexdigest()}"


@dataclass
class _Change:
    """What a change says of itself, as far as it hangs together with others."""

    digest: str
    is_true: bool
    follows: tuple[Node, ...]
    preceding: str
    is_baseline: bool
    earlier: str
    moved: dict[str, str]
    revisions: dict[str, str | None]


@dataclass
class Chain:
    """Gathers what the graphs of a register say, and finds what does not fit.

    Attributes:
        base: base IRI of the register.
    """

    base: str
    _digests: dict[str, str] = field(default_factory=dict)
    _changes: dict[int, _Change] = field(default_factory=dict)
    _newest: set[Node] = field(default_factory=set)
    _open: tuple[str, Digest, list[str]] | None = None
    _unchained: list[str] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list)

    def take(self, name: URIRef, lines: list[str]) -> None:
        """Take statements of a graph; those of one graph come together.

        Args:
            name: the graph.
            lines: its statements, or the next of them.
        """
        # Names of two classes are never equal, whatever they say.
        if self._open is None or self._open[0] != str(name):
            self._close()
            self._open = (str(name), Digest(), [])
        _, digest, held = self._open
        digest.update(lines)
        if self._is_of_change(name):
            held += lines

    def faults(self, *, head: history.Head | None = None) -> Iterator[str]:
        """Say what does not fit, once all is taken; nothing where all does.

        Args:
            head: the newest change and its digest, as something else knows them.
        """
        self._close()
        yield from self._faults
        yield from self._of_changes()
        yield from self._of_entries()
        last = max(self._changes, default=0)
        if head is not None:
            mine = self._changes[last].digest if last else ""
            if (head.number, head.digest) != (last, mine):
                yield f"the newest change is {last}, and not {head.number} as is said"

    @property
    def line(self) -> list[tuple[int, str]]:
        """Number and digest of each change that bears one, in their order."""
        known = sorted(self._changes.items())
        return [(number, change.digest) for number, change in known if change.digest]

    def _is_of_change(self, name: str) -> bool:
        room = self.base + history.CHANGES
        return name.startswith(room) and "/" not in name[len(room) :]

    def _close(self) -> None:
        if self._open is None:
            return
        name, digest, lines = self._open
        self._open = None
        if not digest.is_ordered:
            self._faults.append(f"the statements of {name} are not in their order")
        self._digests[name] = digest.text()
        if self._is_of_change(name):
            graph = syntax.graph(lines)
            if name == str(history.newest_graph(self.base)):
                register = URIRef(f"{self.base}changes")
                self._newest = set(graph.objects(register, ROPA.newestChange))
                if len(graph) != len(self._newest):
                    self._faults.append(f"{name} says more than it may")
            else:
                self._read(name, graph, lines)

    def _read(self, name: str, graph: Graph, lines: list[str]) -> None:
        me = URIRef(name)
        number = history.number_in(me)
        if number is None or me != history.change_iri(self.base, number):
            self._faults.append(f"{name} is no name of a change")
            return
        said = str(graph.value(me, ROPA.changeDigest) or "")
        if not said:
            self._unchained += lines
        moved = {}
        for way, mark, where in (
            (ROPA.added, ROPA.addedDigest, history.added_graph(me)),
            (ROPA.removed, ROPA.removedDigest, history.removed_graph(me)),
        ):
            if (me, way, None) in graph:
                if graph.value(me, way) != where:
                    self._faults.append(f"{name} names a graph that is not its own")
                moved[str(where)] = str(graph.value(me, mark))
        self._changes[number] = _Change(
            digest=said,
            is_true=not said or said == history.change_digest(me, graph),
            follows=tuple(graph.objects(me, PROV.wasInformedBy)),
            preceding=str(graph.value(me, ROPA.precedingDigest) or ""),
            is_baseline=(me, RDF.type, ROPA.Baseline) in graph,
            earlier=str(graph.value(me, ROPA.earlierDigest) or ""),
            moved=moved,
            revisions={
                str(whose): str(digest) if digest is not None else None
                for part, whose in graph.subject_objects(PROV.specializationOf)
                for digest in [graph.value(part, ROPA.digest)]
            },
        )

    def _of_changes(self) -> Iterator[str]:
        """Look along the chain."""
        numbers = sorted(self._changes)
        if numbers != list(range(1, len(numbers) + 1)):
            yield "changes are missing"
            return
        last = len(numbers)
        if last and self._changes[last].digest:
            # A crash may leave the one before it there as well.
            stale = {history.change_iri(self.base, last - 1)}
            if self._newest - stale != {history.change_iri(self.base, last)}:
                yield "the newest change is not the one that is named as such"
        before = _Change("", True, (), "", False, "", {}, {})
        for number in numbers:
            change = self._changes[number]
            yield from self._of_change(number, change, before)
            for graph, digest in change.moved.items():
                if self._digests.get(graph) != digest:
                    yield f"{graph} is not what was recorded"
            before = change

    def _of_change(
        self, number: int, change: _Change, before: _Change
    ) -> Iterator[str]:
        """Compare a change with its digest, and with the change before it."""
        name = history.change_iri(self.base, number)
        if not change.is_true:
            yield f"{name} is not what its digest says"
        if not change.digest:
            if before.digest:
                yield f"{name} bears no digest"
            return
        if number > 1 and change.follows != (
            history.change_iri(self.base, number - 1),
        ):
            yield f"{name} does not follow the change before it"
        if change.preceding != before.digest:
            yield f"{name} follows another change than the one before it"
        if number > 1 and not before.digest:
            if not change.is_baseline:
                yield f"the change before {name} bears no digest"
            elif change.earlier != syntax.digest_of(self._unchained):
                yield f"the changes before {name} are not what they were"

    def _of_entries(self) -> Iterator[str]:
        """Compare entries with what the newest change about each says of them."""
        latest: dict[str, str | None] = {}
        accounted = {str(history.newest_graph(self.base))}
        for number, change in sorted(self._changes.items()):
            latest.update(change.revisions)
            accounted.add(str(history.change_iri(self.base, number)))
            accounted.update(change.moved)
        for name, digest in latest.items():
            if self._digests.get(name) != digest:
                yield f"{name} is not what was recorded of it"
        for name in self._digests.keys() - latest.keys() - accounted:
            if not name.endswith("/suggested"):
                yield f"{name} stands in no change"
