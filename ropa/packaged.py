"""What the package brings to every register: vocabulary, law, shapes, examples.

Graphs by name, read from the installed files; which of them a register follows is
decided by ``ropa.register``.
"""

from __future__ import annotations

import hashlib
from functools import cache

from rdflib import Graph
from rdflib.term import BNode, Node, URIRef

from ropa import __version__, assets, entry, law, shipped

ROOT = "https://w3id.org/ropa-kg/"
EXAMPLES_BASE = ROOT + "data/"
_EXAMPLES = ("companies/", "claims/", "organisations.ttl", "sources/")


def _parse(package: assets.Room, name: str, iri: str) -> Graph:
    """Read one file; nodes without a name get one under ``iri``, in reading order."""
    graph = Graph()
    named: dict[BNode, URIRef] = {}

    def name_of(term: Node) -> Node:
        if not isinstance(term, BNode):
            return term
        return named.setdefault(term, URIRef(f"{iri}#b-{len(named) + 1}"))

    for s, p, o in shipped.triples(package, name, base=EXAMPLES_BASE):
        graph.add((name_of(s), p, name_of(o)))
    return graph


def reference() -> dict[URIRef, Graph]:
    """Read vocabulary, law and shapes: one graph for each file.

    Raises:
        InternalError: a file cannot be used; with file and line.
    """
    law.require_sound()
    graphs: dict[URIRef, Graph] = {}
    rooms: tuple[tuple[assets.Room, list[str], str], ...] = (
        ("ontology", assets.names("ontology", ".ttl"), ROOT + "ontology/"),
        ("data", _under("law/"), ROOT),
        ("shapes", assets.names("shapes", ".ttl"), ROOT + "shapes/"),
    )
    for package, names, root in rooms:
        for name in names:
            iri = URIRef(root + name.removesuffix(".ttl"))
            graphs[iri] = _parse(package, name, iri)
    return graphs


def examples() -> dict[URIRef, Graph]:
    """Read the example companies: records, claims, organisations and sources."""
    statements = (
        triple
        for start in _EXAMPLES
        for name in _under(start)
        for triple in shipped.triples("data", name, base=EXAMPLES_BASE)
    )
    return {
        iri: entry.complete(graph) for iri, graph in entry.split(statements).items()
    }


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
