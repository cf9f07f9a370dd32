"""The embedded store: Oxigraph, in memory or in a folder.

A folder holds ``oxigraph/``, the engine's files, and ``checkpoints/``, states that
child processes read. One process has it open at a time.

One call of the engine's ``update`` is one transaction, however many operations it
holds; that is what makes a write whole. The engine acknowledges before anything is
on the disk, so a write ends with ``flush``.

Queries that nobody has checked are answered elsewhere: `ropa.store.answering`.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from ropa.errors import FormatError, QueryError, StoreError, StoreFull, StoreLocked
from ropa.store.base import Snapshot, Store, Table
from ropa.store.guard import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import URIRef

__all__ = ["EmbeddedStore"]

# From here on a load goes past the transaction log, straight into the engine's files.
_BULK_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


class EmbeddedStore(Store):
    """Named graphs in Oxigraph.

    Args:
        folder: where they are kept; ``None`` keeps them in memory.
        in_union: tells which graphs the default graph is made of.

    Raises:
        StoreLocked: another process has the folder open.
        StoreError: the folder cannot be opened.
    """

    def __init__(
        self, folder: Path | None, *, in_union: Callable[[URIRef], bool]
    ) -> None:
        from ropa.store import exchange
        from ropa.terms import PREFIXES

        self.revision = 0
        self._folder = folder
        self._in_union = in_union
        self._is_synced = True
        self._terms = exchange
        self._prefixes = dict(PREFIXES)
        # Oxigraph no longer reports every conflict between two writers.
        self._one_writer = threading.RLock()
        self._checkpoints: dict[int, _Checkpoint] = {}
        self._text: tuple[int, bytes] | None = None
        if folder is None:
            self._engine = ox.Store()
            return
        with _translated(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._engine = ox.Store(str(folder / "oxigraph"))
            # Whoever left these is gone: the folder was ours to open.
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)

    def select(self, text: str) -> Table:  # noqa: D102 - said in base
        found = self._query(text)
        if not isinstance(found, ox.QuerySolutions):
            raise QueryError("The query is no SELECT.")
        columns = [variable.value for variable in found.variables]
        term = self._terms.term
        with _translated(self._folder):
            rows = [
                tuple(None if value is None else term(value) for value in row)
                for row in found
            ]
        return Table(columns, rows)

    def ask(self, text: str) -> bool:  # noqa: D102 - said in base
        found = self._query(text)
        if not isinstance(found, ox.QueryBoolean):
            raise QueryError("The query is no ASK.")
        return bool(found)

    def construct(self, text: str) -> Graph:  # noqa: D102 - said in base
        found = self._query(text)
        if not isinstance(found, ox.QueryTriples):
            raise QueryError("The query is neither CONSTRUCT nor DESCRIBE.")
        with _translated(self._folder):
            return self._terms.graph(found)

    def _query(self, text: str) -> Any:
        try:
            with _translated(self._folder):
                return self._engine.query(text, prefixes=self._prefixes)
        except SyntaxError as error:
            raise unreadable(text, str(error), self._prefixes) from error

    def graphs(self) -> list[URIRef]:  # noqa: D102 - said in base
        with _translated(self._folder):
            names = list(self._engine.named_graphs())
        return sorted(self._terms.iri(name.value) for name in names)

    def graph(self, iri: URIRef) -> Graph:  # noqa: D102 - said in base
        with _translated(self._folder):
            return self._terms.graph(self._quads_of(iri))

    def _quads_of(self, iri: URIRef) -> Iterator[Any]:
        return self._engine.quads_for_pattern(None, None, None, ox.NamedNode(str(iri)))

    def write(self, graphs: Mapping[URIRef, Graph | None]) -> None:  # noqa: D102
        with self._one_writer:
            text = self._difference(graphs)
            if text:
                with _translated(self._folder):
                    self._engine.update(text)
                self._changed()
            self._sync()

    def _changed(self) -> None:
        self.revision += 1
        self._is_synced = False

    def _sync(self) -> None:
        """Put on the disk what is not there; after a failure the next write tries."""
        if not self._is_synced:
            with _translated(self._folder, wrote=True):
                self._engine.flush()
            self._is_synced = True

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
            with _translated(self._folder):
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
        with _translated(self._folder):
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

    def load_lines(self, graphs: Mapping[URIRef, Iterable[str]]) -> None:  # noqa: D102
        pieces: list[str] = []
        for iri, lines in graphs.items():
            held = self._terms.nameable(lines)
            end = f"{self._terms.spelled(iri)} ."
            pieces += [f"{line[:-1]}{end}" for line in held]
            if self._in_union(iri):
                pieces += held
        text = "\n".join(pieces).encode("utf-8", "surrogatepass")
        with self._one_writer:
            with _translated(self._folder):
                put = self._engine.load
                if self._folder is not None and len(text) >= _BULK_BYTES:
                    put = self._engine.bulk_load
                try:
                    put(text, ox.RdfFormat.N_QUADS)
                except SyntaxError as error:
                    raise FormatError(
                        f"A line is no statement to be stored: {shortened(str(error))}."
                    ) from error
            self._changed()
            self._sync()

    def dump(self) -> Iterator[bytes]:  # noqa: D102 - said in base
        piece: list[str] = []
        size = 0
        with _translated(self._folder):
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

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:  # noqa: D102 - said in base
        if self._folder is None:
            yield Snapshot(nquads=self._as_text())
            return
        with self._one_writer:
            held = self._checkpoint()
            held.users += 1
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

    def _checkpoint(self) -> _Checkpoint:
        """Give the checkpoint of the present revision; hard links, made in ms."""
        assert self._folder is not None
        made = self._checkpoints.get(self.revision)
        if made is None:
            path = self._folder / "checkpoints" / f"{self.revision}-{os.getpid()}"
            with _translated(self._folder):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                shutil.rmtree(path, ignore_errors=True)
                self._engine.backup(str(path))
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
            # The engine unlocks its folder when the last reference goes.
            self._engine = ox.Store()
            self._folder = None


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
        if number in {errno.ENOSPC, errno.EDQUOT} or "No space left" in said:
            done = "the last write may not last" if wrote else "nothing was written"
            raise StoreFull(
                f"{where} has no room left on its disk; {done}.",
                hint="Free some space, then start again.",
            ) from error
        if re.search(r"\block(?:ed)?\b", said, re.IGNORECASE) and "LOCK" in said:
            raise StoreLocked(
                f"{where} is open in another process.",
                hint="Wait for the other command to end, or ask its running server.",
            ) from error
        if isinstance(error, PermissionError) or number == errno.EACCES:
            hint = "Give this user the right to read and write the folder."
        elif "orruption" in said or "anifest" in said or "MANIFEST" in said:
            hint = "Its files are damaged; restore the folder from a backup."
        else:
            hint = "Check that the folder exists, is whole and can be written."
        raise StoreError(f"{where} failed: {shortened(said)}.", hint=hint) from error


def shortened(said: str) -> str:
    """Put what an engine says into one short line."""
    return " ".join(said.split())[:300].rstrip(".")
