"""What the package brings to every register: vocabulary, law, shapes, examples.

Graphs by name, read from the installed files; which of them a register follows is
decided by ``ropa.register``.
"""

from __future__ import annotations

import hashlib
from functools import cache

from rdflib import Graph
from rdflib.term import URIRef

from ropa import __version__, assets, entry, syntax

ROOT = "https://w3id.org/ropa-kg/"
EXAMPLES_BASE = ROOT + "data/"
_EXAMPLES = ("companies/", "organisations.ttl", "sources.ttl")


def _parse(package: str, name: str) -> Graph:
    graph = Graph()
    for s, p, o, _ in syntax.parse(
        assets.text(package, name), syntax.Syntax.TURTLE, base=EXAMPLES_BASE
    ):
        graph.add((s, p, o))
    return graph


def reference() -> dict[URIRef, Graph]:
    """Read vocabulary, law and shapes: one graph for each file."""
    graphs: dict[URIRef, Graph] = {}
    for package, names, root in (
        ("ontology", assets.names("ontology", ".ttl"), ROOT + "ontology/"),
        ("data", _under("law/"), ROOT),
        ("shapes", assets.names("shapes", ".ttl"), ROOT + "shapes/"),
    ):
        for name in names:
            graphs[URIRef(root + name.removesuffix(".ttl"))] = _parse(package, name)
    return graphs


def examples() -> dict[URIRef, Graph]:
    """Read the example companies, with the organisations and sources they name."""
    everything = Graph()
    for start in _EXAMPLES:
        for name in _under(start):
            everything += _parse("data", name)
    return entry.split(entry.complete(everything))


@cache
def digest() -> str:
    """Give one digest for all that the package brings, to see that it changed."""
    whole = hashlib.sha256(__version__.encode())
    for package in ("ontology", "shapes", "data"):
        for name in assets.names(package, ".ttl"):
            whole.update(name.encode())
            whole.update(assets.text(package, name).encode())
    return whole.hexdigest()


def _under(start: str) -> list[str]:
    return [name for name in assets.names("data", ".ttl") if name.startswith(start)]
