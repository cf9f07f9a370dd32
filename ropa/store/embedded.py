"""The embedded store: Oxigraph, in memory or in a folder.

A folder holds ``oxigraph/``, the engine's files, their sums (`ropa.store.sums`), and
``checkpoints/``, states that child processes read. One process has it open at a time.

One call of the engine's ``update`` is one transaction, however many operations it
holds; that is what makes a write whole. The engine acknowledges before anything is
on the disk, so a write ends with a sync of its log (`ropa.store.disk`).

After a write that failed, on a full disk for one, the engine takes no other, whatever
room there is. So it is opened anew, at the next write that finds room; until then all
reading goes on.

Queries that nobody has checked are answered elsewhere: `ropa.store.answering`.
"""

from __future__ import annotations

import errno
import gc
import os
import re
import shutil
import sys
import threading
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from ropa.errors import (
    FormatError,
    QueryError,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
)
from ropa.store import disk
from ropa.store.base import Snapshot, Store, Table
from ropa.store.guard import unreadable
from ropa.store.notes import Notes
from ropa.store.sums import WAY_BACK, Sums
from ropa.store.touched import Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import URIRef

__all__ = ["EmbeddedStore"]

# From here on a load goes past the transaction log, straight into the engine's files.
_BULK_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
NOTES = "history.log"
SUMS = "oxigraph.sha256"
# How much of the tables is compared with their sums when a folder is opened.
_SUMMED_BYTES = 32 * 1024 * 1024
# Text of updates after which the engine turns its log into tables; the log is some
# three times as long, and read again, about 10 MB a second, by whoever opens after a
# crash.
_LOG_BYTES = 1024 * 1024
# Those of the store's attribute and of the call that counts them.
_OWN_REFERENCES = 2
# How long a write waits for readers, before the engine can be opened anew.
_PATIENCE_SECONDS = 2.0
_ESCAPED = (b"\\u", b"\\b", b"\\f")


class EmbeddedStore(Store):
    """Named graphs in Oxigraph.

    Args:
        folder: where they are kept; ``None`` keeps them in memory.
        in_union: tells which graphs the default graph is made of.

    Raises:
        StoreLocked: another process has the folder open.
        StoreDamaged: a table of the engine is not as it was written.
        StoreError: the folder cannot be opened.
    """

    def __init__(
        self, folder: Path | None, *, in_union: Callable[[URIRef], bool]
    ) -> None:
        from ropa.store import exchange
        from ropa.terms import PREFIXES

        self.revision = 0
        self._touched = Touched()
        self._folder = folder
        # The folder that errors name; a checkpoint is told as the store it is of.
        self._where = folder
        self._in_union = in_union
        self._is_synced = True
        # Whether the engine refused a write, and takes none until it is opened anew.
        self._is_failing = False
        self._logged = 0
        self._logs: disk.Logs | None = None
        self._gate = disk.Gate()
        self.notes = Notes(folder / NOTES) if folder else None
        # Notes of writes that are on the disk, which could not be written down yet.
        self._unnoted: list[str] = []
        self._terms = exchange
        self._prefixes = dict(PREFIXES)
        # Oxigraph no longer reports every conflict between two writers.
        self._one_writer = threading.RLock()
        self._checkpoints: dict[int, _Checkpoint] = {}
        self._text: tuple[int, bytes] | None = None
        self._sums: Sums | None = None
        # Which tables were found damaged while the folder was open.
        self._damage: StoreDamaged | None = None
        if folder is None:
            self._engine: Any = ox.Store()
            return
        self._path = folder / "oxigraph"
        with _translated(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sums = Sums(self._path, folder / SUMS)
            self._sums.check(_SUMMED_BYTES)
            try:
                self._engine = ox.Store(str(self._path))
            except OSError as error:
                if not _is_full(error) or not (self._path / "CURRENT").exists():
                    raise
                # What is there can be read, and written to when there is room; unless
                # it was cut off when it was made.
                try:
                    self._engine = ox.Store.read_only(str(self._path))
                except (OSError, RuntimeError):
                    raise error from None
                self._is_failing = True
            # Whoever left these is gone: the folder was ours to open.
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        with suppress(OSError):
            self._sums.note()
        self._logs = disk.Logs(self._path)
        self._logs.forget_reports()

    def select(self, text: str) -> Table:  # noqa: D102 - said in base
        with self._reading():
            found = self._query(text)
            if not isinstance(found, ox.QuerySolutions):
                raise QueryError("The query is no SELECT.")
            columns = [variable.value for variable in found.variables]
            term = self._terms.term
            rows = [
                tuple(None if value is None else term(value) for value in row)
                for row in found
            ]
        return Table(columns, rows)

    def ask(self, text: str) -> bool:  # noqa: D102 - said in base
        with self._reading():
            found = self._query(text)
        if not isinstance(found, ox.QueryBoolean):
            raise QueryError("The query is no ASK.")
        return bool(found)

    def construct(self, text: str) -> Graph:  # noqa: D102 - said in base
        with self._reading():
            found = self._query(text)
            if not isinstance(found, ox.QueryTriples):
                raise QueryError("The query is neither CONSTRUCT nor DESCRIBE.")
            return self._terms.graph(found)

    def triples(self, text: str) -> list[tuple[Any, ...]]:  # noqa: D102
        with self._reading():
            found = self._query(text)
            if not isinstance(found, ox.QueryTriples):
                raise QueryError("The query is neither CONSTRUCT nor DESCRIBE.")
            return self._terms.triples(found)

    def _query(self, text: str) -> Any:
        try:
            return self._engine.query(text, prefixes=self._prefixes)
        except SyntaxError as error:
            raise unreadable(text, str(error), self._prefixes) from error

    def graphs(self) -> list[URIRef]:  # noqa: D102 - said in base
        with self._reading():
            names = list(self._engine.named_graphs())
        return sorted(self._terms.iri(name.value) for name in names)

    def graph(self, iri: URIRef) -> Graph:  # noqa: D102 - said in base
        with self._reading():
            return self._terms.graph(self._quads_of(iri))

    def lines(self, iri: URIRef) -> list[str]:  # noqa: D102 - said in base
        with self._reading():
            written = self._engine.dump(
                format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(str(iri))
            )
        # The engine escapes signs that are written as they are elsewhere.
        if any(sign in written for sign in _ESCAPED):
            return [self._terms.triple_text(triple) for triple in self.graph(iri)]
        lines: list[str] = written.decode().split("\n")[:-1]
        return lines

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Use the engine, which stays the same so long."""
        self._refuse_damaged()
        with self._gate.among_others(), _translated(self._where):
            yield

    def _quads_of(self, iri: URIRef) -> Iterator[Any]:
        quads: Iterator[Any] = self._engine.quads_for_pattern(
            None, None, None, ox.NamedNode(str(iri))
        )
        return quads

    def write(  # noqa: D102 - said in base
        self, graphs: Mapping[URIRef, Graph | None], *, note: str = ""
    ) -> None:
        with self._one_writer:
            self._make_ready()
            text = self._difference(graphs)
            if text:
                with self._writing():
                    self._engine.update(text)
                self._changed(len(text), note)
                self._touched.add(self.revision, graphs)
            self._sync()
            self._tidy()

    def written_since(self, revision: int) -> frozenset[URIRef] | None:  # noqa: D102
        return self._touched.since(revision, self.revision)

    def as_kept(self, graph: Graph) -> Graph:  # noqa: D102 - said in base
        from ropa.syntax import collected

        rewritten = {
            triple: (*triple[:2], kept)
            for triple in graph
            if (kept := self._terms.as_kept(triple[2], _round_trip)) is not triple[2]
        }
        if not rewritten:
            return graph
        return collected(rewritten.get(triple, triple) for triple in graph)

    def _changed(self, logged: int, note: str) -> None:
        self.revision += 1
        self._is_synced = False
        self._logged += logged
        if note:
            self._unnoted.append(note)

    @contextmanager
    def _writing(self, *, wrote: bool = False) -> Iterator[None]:
        """Have the engine write; after a failure it has to be opened anew."""
        with _translated(self._where, wrote=wrote):
            try:
                yield
            except OSError:
                self._is_failing = self._folder is not None
                raise

    def _make_ready(self) -> None:
        """Begin a write: the folder is there, the engine works, the last write lasts.

        So there is at most one write that was told to have failed and is seen: the
        last, where the disk itself failed under the sync.
        """
        if self._logs is None:
            return
        self._refuse_damaged()
        with _translated(self._where):
            self._logs.check()
        if self._is_failing:
            self._open_anew()
        self._sync()
        with _translated(self._where):
            self._take_notes()

    def _open_anew(self) -> None:
        """Open the engine anew, since after a failed write it takes no other.

        Raises:
            StoreFull: there is no room yet; the engine is left as it was.
            StoreError: it is being read, or cannot be opened; reading goes on.
        """
        assert self._logs is not None
        with _translated(self._where):
            self._logs.make_sure_of_room()
        with self._gate.alone(_PATIENCE_SECONDS) as is_alone:
            # What failed may still be held together with the error that told of it.
            gc.collect()
            if not is_alone or sys.getrefcount(self._engine) > _OWN_REFERENCES:
                raise StoreError(
                    f"The store in {self._folder} failed before, and cannot be opened "
                    "anew while it is being read; nothing was written.",
                    hint="Try again in a moment.",
                )
            # It unlocks its folder when the last reference goes.
            self._engine = _Closed()
            with _translated(self._where):
                try:
                    self._engine = ox.Store(str(self._path))
                except OSError:
                    with suppress(OSError):
                        self._engine = ox.Store.read_only(str(self._path))
                    raise
        self._is_failing = False
        self._logged = 0
        self.revision += 1

    def _sync(self, *, through_log: bool = True) -> None:
        """Put on the disk what is not there; after a failure the next write tries.

        Args:
            through_log: whether the log holds it; a bulk load goes past it.
        """
        if self._is_synced or self._logs is None:
            return
        with self._writing(wrote=True):
            self._logs.check()
            try:
                is_done = through_log and self._logs.sync()
            except OSError:
                # The system may have thrown away what it could not put on the disk,
                # and call it synced the next time; the engine has it in memory still.
                is_done = False
            if not is_done:
                self._engine.flush()
                self._logged = 0
        self._is_synced = True

    def _take_notes(self) -> None:
        if self._unnoted and self.notes is not None:
            self.notes.append(self._unnoted)
        self._unnoted.clear()

    def _tidy(self) -> None:
        """Do what comes after a write; where it fails, it is the next write's care.

        What was written is on the disk by now, so this must not say that it failed.
        Notes are written before the next write, or by whoever opens the folder.
        """
        with suppress(OSError):
            self._take_notes()
        if self._logs is None or self._logged < _LOG_BYTES:
            return
        try:
            self._engine.flush()
        except OSError:
            self._is_failing = True
        self._logged = 0

    def _difference(self, graphs: Mapping[URIRef, Graph | None]) -> str:
        """Write the one update that leads from what is stored to what shall be."""
        removed: list[str] = []
        added: list[str] = []
        dropped: list[str] = []
        gone: dict[str, Any] = {}
        kept: set[str] = set()
        for iri, new in graphs.items():
            name = self._terms.spelled(iri)
            union = self._in_union(iri)
            with _translated(self._where):
                old = {line_of(quad): quad for quad in self._quads_of(iri)}
            lines = {self._terms.triple_text(t) for t in new or ()}
            fewer, more = old.keys() - lines, lines - old.keys()
            if lines:
                removed += _within(name, fewer)
                added += _within(name, more)
            elif self._engine.contains_named_graph(ox.NamedNode(str(iri))):
                dropped.append(f"DROP SILENT GRAPH {name}")
            if union:
                gone.update((line, old[line]) for line in fewer)
                kept |= lines
                added += sorted(more)
        replaced = {str(iri) for iri in graphs}
        unheld = [
            line
            for line, quad in gone.items()
            if line not in kept and not self._held_elsewhere(quad, replaced)
        ]
        parts = []
        if removed or unheld:
            parts.append("DELETE DATA {\n" + "\n".join(removed + unheld) + "\n}")
        parts += dropped
        if added:
            parts.append("INSERT DATA {\n" + "\n".join(added) + "\n}")
        return ";\n".join(parts)

    def _held_elsewhere(self, quad: Any, replaced: set[str]) -> bool:
        """Tell whether a stated graph that stays as it is says the same."""
        with _translated(self._where):
            holders = self._engine.quads_for_pattern(
                quad.subject, quad.predicate, quad.object, None
            )
            return any(
                isinstance(holder.graph_name, ox.NamedNode)
                and holder.graph_name.value not in replaced
                and self._in_union(self._terms.iri(holder.graph_name.value))
                for holder in holders
            )

    def load(self, quads: Iterable[tuple[Any, Any, Any, Any]]) -> None:  # noqa: D102
        graphs: dict[Any, list[str]] = {}
        for s, p, o, name in quads:
            graphs.setdefault(name, []).append(self._terms.triple_text((s, p, o)))
        self.load_lines(graphs)

    def load_lines(  # noqa: D102 - said in base
        self, graphs: Mapping[URIRef, Iterable[str]], *, note: str = ""
    ) -> None:
        pieces: list[str] = []
        for iri, lines in graphs.items():
            held = self._terms.nameable(lines)
            end = f"{self._terms.spelled(iri)} ."
            pieces += [f"{line[:-1]}{end}" for line in held]
            if self._in_union(iri):
                pieces += held
        text = "\n".join(pieces).encode("utf-8", "surrogatepass")
        with self._one_writer:
            self._make_ready()
            is_bulk = self._folder is not None and len(text) >= _BULK_BYTES
            with self._writing():
                put = self._engine.bulk_load if is_bulk else self._engine.load
                try:
                    put(text, ox.RdfFormat.N_QUADS)
                except SyntaxError as error:
                    raise FormatError(
                        f"A line is no statement to be stored: {shortened(str(error))}."
                    ) from error
            self._changed(0 if is_bulk else len(text), note)
            self._touched.add(self.revision, graphs)
            self._sync(through_log=not is_bulk)
            self._tidy()

    def dump(self) -> Iterator[bytes]:  # noqa: D102 - said in base
        piece: list[str] = []
        size = 0
        with self._reading():
            for quad in self._engine.quads_for_pattern(None, None, None, None):
                if isinstance(quad.graph_name, ox.DefaultGraph):
                    continue
                line = f"{line_of(quad)[:-1]}{quad.graph_name} .\n"
                piece.append(line)
                size += len(line)
                if size >= _PIECE_BYTES:
                    yield "".join(piece).encode()
                    piece, size = [], 0
        if piece:
            yield "".join(piece).encode()

    def astray(self) -> Iterator[tuple[str, bool]]:  # noqa: D102 - said in base
        with self._reading():
            for quad, is_surplus in self._astray():
                yield line_of(quad), is_surplus

    def _astray(self) -> Iterator[tuple[Any, bool]]:
        """Look up each statement on the other side; no list of them is ever made."""
        engine = self._engine
        names = [
            name
            for name in engine.named_graphs()
            if isinstance(name, ox.NamedNode)
            and self._in_union(self._terms.iri(name.value))
        ]
        for name in names:
            for quad in engine.quads_for_pattern(None, None, None, name):
                if ox.Quad(quad.subject, quad.predicate, quad.object) not in engine:
                    yield quad, False
        stated = frozenset(names)
        for quad in engine.quads_for_pattern(None, None, None, ox.DefaultGraph()):
            holders = engine.quads_for_pattern(
                quad.subject, quad.predicate, quad.object, None
            )
            if not any(holder.graph_name in stated for holder in holders):
                yield quad, True

    def mend(self) -> None:  # noqa: D102 - said in base
        with self._one_writer:
            self._make_ready()
            with self._reading():
                found = [(line_of(quad), surplus) for quad, surplus in self._astray()]
            parts = [
                f"{verb} DATA {{\n" + "\n".join(lines) + "\n}"
                for verb, wanted in (("DELETE", True), ("INSERT", False))
                if (lines := [line for line, surplus in found if surplus is wanted])
            ]
            if parts:
                text = ";\n".join(parts)
                with self._writing():
                    self._engine.update(text)
                self._changed(len(text), "")
            self._sync()

    def check_files(self) -> None:  # noqa: D102 - said in base
        sums = self._sums
        if sums is None:
            return
        try:
            with _translated(self._where):
                sums.check()
        except StoreDamaged as error:
            self._damage = error
            # Whatever was remembered of it is asked for again, and refused.
            self.revision += 1
            raise

    def _refuse_damaged(self) -> None:
        """Let nobody meet a damaged table: the engine may go on over it for ever."""
        found = self._damage
        if found is not None:
            raise StoreDamaged(found.message, hint=found.hint, **found.details)

    @contextmanager
    def held(self) -> Iterator[Store]:  # noqa: D102 - said in base
        if self._folder is None:
            with self._one_writer:
                yield self
            return
        with self.snapshot() as taken:
            apart = EmbeddedStore(None, in_union=self._in_union)
            apart._where = self._where
            with _translated(self._where):
                apart._engine = ox.Store.read_only(str(taken.path))
            try:
                yield apart
            finally:
                apart.close()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:  # noqa: D102 - said in base
        if self._folder is None:
            yield Snapshot(nquads=self._as_text())
            return
        self._refuse_damaged()
        with self._one_writer:
            held = self._checkpoint()
            if held is not None:
                held.users += 1
        if held is None:
            # Where no checkpoint can be made nothing is written either, so the live
            # folder stays as it is, until it is opened anew, for which this waits.
            with self._gate.among_others():
                yield Snapshot(path=self._path)
            return
        try:
            yield Snapshot(path=held.path)
        finally:
            with self._one_writer:
                held.users -= 1
                self._forget_checkpoints()

    def _as_text(self) -> bytes:
        with self._one_writer:
            if self._text is None or self._text[0] != self.revision:
                text = self._engine.dump(format=ox.RdfFormat.N_QUADS)
                self._text = (self.revision, text or b"")
            return self._text[1]

    def _checkpoint(self) -> _Checkpoint | None:
        """Give the checkpoint of the present revision; hard links, made in ms.

        Returns:
            ``None`` where the disk does not take one.
        """
        assert self._folder is not None
        made = self._checkpoints.get(self.revision)
        if made is not None:
            return made
        path = self._folder / "checkpoints" / f"{self.revision}-{os.getpid()}"
        try:
            if self._is_failing:
                self._open_anew()
            with self._writing():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                shutil.rmtree(path, ignore_errors=True)
                self._engine.backup(str(path))
        except StoreError:
            shutil.rmtree(path, ignore_errors=True)
            shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
            return None
        # For this the engine turned its log into tables.
        self._logged = 0
        made = self._checkpoints[self.revision] = _Checkpoint(path)
        return made

    def _forget_checkpoints(self) -> None:
        for revision, checkpoint in list(self._checkpoints.items()):
            if checkpoint.users == 0 and revision != self.revision:
                del self._checkpoints[revision]
                shutil.rmtree(checkpoint.path, ignore_errors=True)

    def close(self) -> None:  # noqa: D102 - said in base
        with self._one_writer:
            if self._folder is not None and hasattr(self, "_engine"):
                shutil.rmtree(self._folder / "checkpoints", ignore_errors=True)
                self._rest()
                is_last = sys.getrefcount(self._engine) <= _OWN_REFERENCES
                # The engine unlocks its folder when the last reference goes.
                self._engine = ox.Store()
                if is_last and self._sums is not None:
                    with suppress(OSError):
                        self._sums.look()
                        self._sums.note()
            self._engine = ox.Store()
            self._folder = self._logs = self._sums = None

    def _rest(self) -> None:
        """Leave tables, not a log: damage to these is told, a log just ends there."""
        if self._is_failing or self._logs is None:
            return
        # A damaged file is a RuntimeError; whoever reads it is told.
        with suppress(OSError, RuntimeError):
            self._logs.check()
            self._engine.flush()


@lru_cache(maxsize=1 << 12)
def _round_trip(text: str, datatype: str) -> str:
    """Have the engine write a typed text as it does when it keeps it."""
    scratch = ox.Store()
    about = ox.NamedNode("urn:x-ropa:kept")
    kept = ox.Literal(text, datatype=ox.NamedNode(datatype))
    scratch.add(ox.Quad(about, about, kept))
    return "\x00".join(
        f"{quad.object.datatype.value}\x00{quad.object.value}" for quad in scratch
    )


class _Closed:
    """Stands where no engine is open."""

    def __getattr__(self, name: str) -> Any:
        raise OSError("it could not be opened again")


class _Checkpoint:
    """A checkpoint's folder and how many read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users = 0


def line_of(quad: Any) -> str:
    """Write the triple of a quad as N-Triples do, without the end of line."""
    return f"{quad.subject} {quad.predicate} {quad.object} ."


def _within(name: str, lines: Iterable[str]) -> list[str]:
    inner = sorted(lines)
    return [f"GRAPH {name} {{", *inner, "}"] if inner else []


@contextmanager
def _translated(folder: Path | None, *, wrote: bool = False) -> Iterator[None]:
    """Tell the engine's failures in our words.

    Args:
        folder: where the store is.
        wrote: whether a write was done and only its way to the disk failed.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        said = str(error)
        where = f"The store in {folder}" if folder else "The store in memory"
        number = getattr(error, "errno", None)
        done = "the last write may not last" if wrote else "nothing was written"
        if _is_full(error):
            raise StoreFull(
                f"{where} has no room left on its disk; {done}.",
                hint="Free some space and try again; nothing has to be started anew.",
            ) from error
        if number == errno.ESTALE:
            raise StoreError(
                f"{where} was deleted, moved or replaced while it was open; {done}.",
                hint="Put its folder back or restore a backup, then start again.",
            ) from error
        if re.search(r"\block(?:ed)?\b", said, re.IGNORECASE) and "LOCK" in said:
            raise StoreLocked(
                f"{where} is open in another process.",
                hint="Wait for the other command to end, or ask its running server.",
            ) from error
        if _is_refused(error):
            hint = "Give this user the right to read and write the folder."
        elif _DAMAGED.search(said):
            raise StoreDamaged(
                f"{where} is damaged: {shortened(said)}.",
                hint=WAY_BACK,
            ) from error
        else:
            hint = "Check that the folder exists, is whole and can be written."
        raise StoreError(f"{where} failed: {shortened(said)}.", hint=hint) from error


def _is_full(error: Exception) -> bool:
    """Tell whether a failure is about room: of the disk, of a quota, of a file."""
    return _says(error, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _is_refused(error: Exception) -> bool:
    """Tell whether a failure is about the right to write."""
    return _says(error, errno.EACCES, errno.EPERM, errno.EROFS)


def _says(error: Exception, *numbers: int) -> bool:
    """Tell whether a failure is one of these; the engine's bear only their words."""
    if getattr(error, "errno", None) in numbers:
        return True
    return any(os.strerror(number) in str(error) for number in numbers)


# What the engine says where its files are missing, cut, or not as it wrote them.
_DAMAGED = re.compile("orrupt|anifest|MANIFEST|checksum|No such file")


def shortened(said: str) -> str:
    """Put what an engine says into one short line."""
    return " ".join(said.split())[:300].rstrip(".")
