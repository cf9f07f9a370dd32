"""What every store can do: named graphs in, SPARQL answers out.

A store knows nothing of entries, rules or changes. It holds named graphs, and keeps
as its default graph the union of those that the caller counts as stated, so that a
plain SPARQL query sees exactly these and ``GRAPH`` reaches the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node, URIRef

    from ropa.store.notes import Notes

# Tuples, not dataclasses: these would make every child process start later.


class Table(NamedTuple):
    """The answer of a SELECT query.

    Args:
        columns: names of the variables, without question mark, in order.
        rows: one term, or ``None`` where unbound, for each column.
    """

    columns: list[str]
    rows: list[tuple[Node | None, ...]]


class Snapshot(NamedTuple):
    """A state of a store that no later write changes, for a process of its own.

    Exactly one of the two is given.

    Args:
        path: folder that the embedded engine opens for reading.
        nquads: the same as text, default graph included.
    """

    path: Path | None = None
    nquads: bytes | None = None


class Store(ABC):
    """A set of named graphs behind SPARQL."""

    revision: int
    """Goes up with every write; counts within this process only."""

    notes: Notes | None
    """What is written down beside the engine of each write; None in memory."""

    @abstractmethod
    def select(self, text: str) -> Table:
        """Answer a SELECT query of our own; the project's prefixes are known.

        Raises:
            QueryError: the text cannot be read, or is no SELECT.
        """

    @abstractmethod
    def ask(self, text: str) -> bool:
        """Answer an ASK query of our own.

        Raises:
            QueryError: the text cannot be read, or is no ASK.
        """

    @abstractmethod
    def construct(self, text: str) -> Graph:
        """Answer a CONSTRUCT or DESCRIBE query of our own.

        Raises:
            QueryError: the text cannot be read, or is neither.
        """

    @abstractmethod
    def triples(self, text: str) -> list[tuple[Node, ...]]:
        """Answer a CONSTRUCT query of our own as it comes, without making a graph.

        Raises:
            QueryError: as for `construct`.
        """

    @abstractmethod
    def graphs(self) -> list[URIRef]:
        """List the named graphs that hold something, sorted."""

    @abstractmethod
    def graph(self, iri: URIRef) -> Graph:
        """Give a copy of one named graph; empty where there is none."""

    @abstractmethod
    def lines(self, iri: URIRef) -> list[str]:
        """Give the statements of a named graph, each a line as `ropa.syntax` writes it.

        The same as `graph`, without a Python object for every term; in no order.
        """

    @abstractmethod
    def write(self, graphs: Mapping[URIRef, Graph | None], *, note: str = "") -> None:
        """Replace whole graphs: all of them, or, if anything fails, none.

        When this returns, the new state survives a power cut. The default graph
        changes with it: a triple leaves it only when no stated graph holds it.

        Args:
            graphs: the new content by graph name; ``None`` or empty removes a graph.
            note: a line for the notes, which is written once all else is on the disk.

        Raises:
            FormatError: a graph holds a blank node or an IRI that cannot be written.
            StoreFull: no room left; the message says whether anything was written.
            StoreError: the store failed.
        """

    def written_since(self, revision: int) -> frozenset[URIRef] | None:
        """Give the graphs that were written after a revision; None if not known."""
        return frozenset() if revision == self.revision else None

    @abstractmethod
    def as_kept(self, graph: Graph) -> Graph:
        """Give a graph as it will come back: a store may rewrite what it can count.

        What is digested and compared must be what is kept. The graph given is given
        back where nothing changes.
        """

    @abstractmethod
    def load(self, quads: Iterable[tuple[Any, Any, Any, Any]]) -> None:
        """Add many quads quickly, for the first fill; each names its graph.

        Raises:
            FormatError: as for `write`.
            StoreFull: no room left.
            StoreError: the store failed.
        """

    @abstractmethod
    def load_lines(
        self, graphs: Mapping[URIRef, Iterable[str]], *, note: str = ""
    ) -> None:
        """Add whole graphs as quickly as can be, as `load` does.

        Args:
            graphs: by graph name the statements, each a line of N-Triples as
                `ropa.syntax` writes it.
            note: as for `write`.

        Raises:
            FormatError: a line is no statement, or is about a blank node.
            StoreFull: no room left.
            StoreError: the store failed.
        """

    @abstractmethod
    def dump(self) -> Iterator[bytes]:
        """Give all named graphs as N-Quads, one consistent state, in pieces."""

    @abstractmethod
    def astray(self) -> Iterator[tuple[str, bool]]:
        """Find where the default graph is not the union of the stated graphs.

        Yields:
            A statement as a line, and whether it is too many in the default graph;
            otherwise it is missing there.
        """

    @abstractmethod
    def mend(self) -> None:
        """Make the default graph the union of the stated graphs again."""

    def check_files(self) -> None:  # noqa: B027 - most stores have none to check
        """Read all files that the store wrote, and make sure that they are as written.

        Where some are not, nothing more is read or written: each later call is refused
        with the same error.

        Raises:
            StoreDamaged: some are not.
        """

    @abstractmethod
    def held(self) -> AbstractContextManager[Store]:
        """Hold the present state for reading in this process, while writes go on.

        Where it cannot be held apart, writes wait.
        """

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold the present state ready for another process."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store; it cannot be used afterwards."""
