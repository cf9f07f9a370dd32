"""Names for nodes that a text leaves without one.

Source: RDF 1.1 Concepts, section 3.5 (replacing blank nodes with IRIs).
"""

from __future__ import annotations

from collections.abc import Iterator

from rdflib.term import BNode, Node, URIRef

from ropa import entry
from ropa.errors import FormatError
from ropa.syntax import Quad


def skolemised(quads: list[Quad], base: str) -> Iterator[tuple[Node, Node, Node]]:
    """Give the triples, with an IRI in its entry for each blank node.

    A blank node belongs to the entry that leads to it. Numbers follow the text, so
    that the same text gives the same names.

    Args:
        quads: what a parser read.
        base: names the entry where nothing in the text has a name.

    Raises:
        FormatError: a named graph holds a statement about another entry.
    """
    owners = _owners(quads, base)
    taken = {str(term) for s, p, o, _ in quads for term in (s, p, o)} if owners else ()
    numbers: dict[URIRef, int] = {}
    names: dict[BNode, URIRef] = {}

    def named(term: Node) -> Node:
        if not isinstance(term, BNode):
            return term
        while term not in names:
            document = owners[term]
            numbers[document] = number = numbers.get(document, 0) + 1
            name = URIRef(f"{document}#b-{number}")
            if str(name) not in taken:
                names[term] = name
        return names[term]

    for s, p, o, graph in quads:
        subject, value = named(s), named(o)
        if graph is not None and graph != entry.document(subject):
            raise FormatError(
                f"The graph {graph} holds a statement about {subject}.",
                hint="A statement stands in the graph of its own entry, or in none.",
            )
        yield subject, p, value


def _owners(quads: list[Quad], base: str) -> dict[BNode, URIRef]:
    """Find the entry of each blank node: that of the named node leading to it."""
    parents: dict[BNode, Node] = {}
    first: URIRef | None = None
    for s, _, o, graph in quads:
        if isinstance(s, URIRef) and first is None:
            first = entry.document(s)
        if isinstance(o, BNode) and o != s:
            parents.setdefault(o, s)
        if isinstance(s, BNode) and isinstance(graph, URIRef):
            parents[s] = graph
    fallback = first or URIRef(f"{base.split('#', 1)[0]}unnamed")
    owners: dict[BNode, URIRef] = {}
    for node in (term for quad in quads for term in (quad[0], quad[2])):
        if not isinstance(node, BNode):
            continue
        path: dict[Node, None] = {}
        at: Node | None = node
        # Up to a node that is owned or named; a circle leads nowhere.
        while isinstance(at, BNode) and at not in owners and at not in path:
            path[at] = None
            at = parents.get(at)
        owner = fallback
        if isinstance(at, BNode):
            owner = owners.get(at, fallback)
        elif at is not None:
            owner = entry.document(at)
        owners.update((one, owner) for one in path if isinstance(one, BNode))
    return owners
