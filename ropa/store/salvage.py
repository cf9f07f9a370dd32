"""What can still be read of a damaged folder: a bounded task.

An engine may fail over a damaged file, end its process, or go on without end. So it
reads graph by graph, in a child process (`ropa.bounded`), and nothing is written. Each
statement is in several indexes; a graph that the first does not give whole is looked
for in another, one property at a time.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from ropa.errors import StoreDamaged
from ropa.store.embedded import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ropa.store.answering import Seal

# What the engine opens beside its tables.
_OTHER_FILES = 64


def names(header: dict[str, Any], _: bytes, seal: Seal) -> tuple[dict[str, Any], bytes]:
    """List the named graphs of a folder; a bounded task.

    Args:
        header: ``path``, the engine's folder.
        seal: shuts this process in.

    Returns:
        A JSON list of IRIs.

    Raises:
        StoreDamaged: they cannot be listed.
    """
    store = _opened(header["path"], seal)
    try:
        found = [
            name.value
            for name in store.named_graphs()
            if isinstance(name, ox.NamedNode)
        ]
    except (OSError, RuntimeError) as error:
        raise _unreadable(header["path"]) from error
    return {}, json.dumps(found).encode()


def graphs(
    header: dict[str, Any], _: bytes, seal: Seal
) -> tuple[dict[str, Any], bytes]:
    """Read some graphs as far as they can be read; a bounded task.

    Args:
        header: ``path``, the engine's folder; ``names``, the graphs; ``properties``,
            those that may be used in them. Without these only one index is tried.
        seal: shuts this process in.

    Returns:
        ``partly``, the graphs of which something may be missing; and a JSON object of
        the statements by graph, each a line of N-Triples.

    Raises:
        StoreDamaged: the folder cannot be opened.
    """
    store = _opened(header["path"], seal)
    found: dict[str, list[str]] = {}
    partly = []
    for name in header["names"]:
        graph = ox.NamedNode(name)
        try:
            lines = [line_of(quad) for quad in _about(store, None, graph)]
        except (OSError, RuntimeError):
            lines, is_whole = _by_property(store, graph, header["properties"])
            if not is_whole:
                partly.append(name)
        found[name] = lines
    return {"partly": partly}, json.dumps(found).encode()


def _opened(path: str, seal: Seal) -> Any:
    tables = sum(name.endswith(".sst") for name in os.listdir(path))  # noqa: PTH208
    try:
        store = ox.Store.read_only(path)
    except (OSError, RuntimeError) as error:
        raise _unreadable(path) from error
    seal(tables + _OTHER_FILES)
    return store


def _unreadable(path: str) -> StoreDamaged:
    return StoreDamaged(
        f"Nothing can be read of the engine's files in {path}.",
        hint="Put a backup back with `ropa restore`.",
    )


def _about(store: Any, prop: Any, graph: Any) -> Iterable[Any]:
    quads: Iterable[Any] = store.quads_for_pattern(None, prop, None, graph)
    return quads


def _by_property(
    store: Any, graph: Any, properties: list[str]
) -> tuple[list[str], bool]:
    """Read a graph by another index; whether nothing was in the way is told as well.

    A property that stands in this graph alone is not looked for, so whether the graph
    is whole only its digest tells.
    """
    lines: list[str] = []
    is_whole = bool(properties)
    for prop in properties:
        try:
            lines += [line_of(q) for q in _about(store, ox.NamedNode(prop), graph)]
        except (OSError, RuntimeError):
            is_whole = False
    return lines, is_whole
