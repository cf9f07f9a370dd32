"""One query that nobody has checked, answered over a snapshot: a bounded task.

Runs in a child process (`ropa.bounded`) and must be quick to start, so nothing here
needs rdflib. Once the process is sealed, neither the engine nor the query can open a
file or a socket; what the engine will read of the snapshot must be open by then.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from typing import TYPE_CHECKING, Any, Protocol

import pyoxigraph as ox

from ropa.errors import QueryError
from ropa.store.embedded import line_of, shortened
from ropa.store.guard import guard, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["answer", "guard"]

OPENED_AT_START = 16
"""How many files the engine opens by itself."""
MAX_ROUNDS = 64
SAMPLE_QUADS = 500


class Seal(Protocol):
    """Shuts the process in; see `ropa.child.seal`."""

    def __call__(self, spare_files: int = 0) -> None:
        """Shut in, leaving room for some more files."""


def answer(
    header: dict[str, Any], body: bytes, seal: Seal
) -> tuple[dict[str, Any], bytes]:
    """Answer a query that nobody has checked, over a snapshot; a bounded task.

    Args:
        header: ``query``, the text; ``path``, the folder of the snapshot, or ``None``
            where the body is N-Quads; ``prefixes``, known without being declared;
            ``max_rows``, rows or triples after which the answer is cut.
        body: the snapshot as N-Quads.
        seal: shuts this process in; called before the engine sees the query.

    Returns:
        ``kind`` (``select``, ``ask``, ``graph``), ``columns``, ``truncated`` and
        ``seconds``, with the answer as SPARQL JSON or, for a graph, N-Triples.

    Raises:
        QueryError: with line and column in the text given.

    Source: SPARQL 1.1 Query Results JSON Format.
    """
    text, prefixes = header["query"], header.get("prefixes") or {}
    guard(text)
    path = header.get("path")
    if path:
        store = ox.Store.read_only(path)
        seal(_open_files(store, path))
    else:
        store = ox.Store()
        store.load(body, ox.RdfFormat.N_QUADS)
        seal()
    started = time.perf_counter()
    try:
        found = store.query(text, prefixes=prefixes)
        kind, columns, truncated, content = _written(
            found, int(header.get("max_rows") or 10_000)
        )
    except SyntaxError as error:
        raise unreadable(text, str(error), prefixes) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(
            f"The query cannot be answered: {shortened(str(error))}.",
            hint="Leave out what reaches beyond this register.",
        ) from error
    return {
        "kind": kind,
        "columns": columns,
        "truncated": truncated,
        "seconds": round(time.perf_counter() - started, 6),
    }, content


def _written(found: Any, max_rows: int) -> tuple[str, list[str], bool, bytes]:
    if isinstance(found, ox.QueryBoolean):
        return (
            "ask",
            [],
            False,
            json.dumps({"head": {}, "boolean": bool(found)}).encode(),
        )
    if isinstance(found, ox.QueryTriples):
        lines: dict[str, None] = {}
        for triple in found:
            line = f"{line_of(triple)}\n"
            if line not in lines and len(lines) >= max_rows:
                return "graph", [], True, "".join(lines).encode()
            lines[line] = None
        return "graph", [], False, "".join(lines).encode()
    columns = [variable.value for variable in found.variables]
    rows: list[dict[str, Any]] = []
    truncated = False
    for solution in found:
        if len(rows) >= max_rows:
            truncated = True
            break
        rows.append(
            {
                name: _json(value)
                for name, value in zip(columns, solution, strict=True)
                if value is not None
            }
        )
    table = {"head": {"vars": columns}, "results": {"bindings": rows}}
    return "select", columns, truncated, json.dumps(table).encode()


def _json(value: Any) -> dict[str, str]:
    if isinstance(value, ox.NamedNode):
        return {"type": "uri", "value": value.value}
    if isinstance(value, ox.BlankNode):
        return {"type": "bnode", "value": value.value}
    if not isinstance(value, ox.Literal):
        return {"type": "literal", "value": str(value)}
    written = {"type": "literal", "value": value.value}
    if value.language:
        written["xml:lang"] = value.language
    elif not value.datatype.value.endswith("XMLSchema#string"):
        written["datatype"] = value.datatype.value
    return written


# Files of the snapshot: sixteen are opened with it, each other when it is first read.


def _open_files(store: ox.Store, path: str) -> int:
    """Have the engine open the files of a snapshot, and count those it has not.

    Keys are hashes, so looking for a few dozen terms that do not exist lands in every
    file of every index, whatever its size; terms of its own lead into the dictionary.

    Returns:
        How many more files the engine may still have to open.
    """
    next(store.named_graphs(), None)
    for quad in itertools.islice(
        store.quads_for_pattern(None, None, None, None), SAMPLE_QUADS
    ):
        str(quad)
    for number in range(MAX_ROUNDS):
        closed = _closed_files(path)
        if not closed:
            return 0
        for pattern in _patterns(number):
            next(store.quads_for_pattern(*pattern), None)
    return _closed_files(path)


def _closed_files(path: str) -> int:
    """Count the table files of a snapshot that this process has not opened."""
    tables = {name for name in os.listdir(path) if name.endswith(".sst")}  # noqa: PTH208
    try:
        held = os.listdir("/proc/self/fd")  # noqa: PTH208
    except OSError:
        # No such list on this system: each of them may still have to be opened.
        return len(tables)
    for number in held:
        try:
            tables.discard(os.path.basename(os.readlink(f"/proc/self/fd/{number}")))  # noqa: PTH115, PTH119
        except OSError:
            continue
    return len(tables)


def _patterns(number: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Give look-ups in all indexes, with and without graph names."""
    name = ox.NamedNode(f"urn:x-ropa:{number}")
    texts = (ox.Literal(str(number)), ox.Literal(f"no text is like this {number}"))
    for graph in (ox.DefaultGraph(), None, name):
        yield name, None, None, graph
        yield None, name, None, graph
        for value in (name, *texts):
            yield None, None, value, graph
    yield None, None, None, name
