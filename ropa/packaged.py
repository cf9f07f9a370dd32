"""What the package brings to every register: vocabulary, law, shapes, examples.

Graphs by name, read from the installed files as lines of N-Triples, which is what a
store takes; which of them a register follows is decided by ``ropa.register``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache

from rdflib import Graph
from rdflib.term import URIRef

from ropa import __version__, assets, entry, law, rules, shipped, syntax
from ropa.terms import ROPA

ROOT = "https://w3id.org/ropa-kg/"
EXAMPLES_BASE = ROOT + "data/"
# The statements of a graph in N-Triples, a line each, as `ropa.syntax` writes them.
Lines = list[str]
# A node without a name, as subject or as object; a text ends in a quote or a language.
_NAMELESS = re.compile(r"^_:[^ ]+|_:[^ \"]+(?= \.$)")
_EXAMPLES = ("companies/", "claims/", "organisations.ttl", "sources/")


def reference_lines() -> dict[URIRef, Lines]:
    """Read vocabulary, law, seats of vendors and shapes: one graph for each file.

    Raises:
        InternalError: a file cannot be used; with file and line.
    """
    law.require_sound()
    shapes = _files("shapes", rules.files(), ROOT + "shapes/")
    return knowledge_lines() | shapes


def knowledge_lines() -> dict[URIRef, Lines]:
    """Read the same without the shapes; that the law is sound was seen before.

    Raises:
        InternalError: a file cannot be used; with file and line.
    """
    ontology = assets.names("ontology", ".ttl")
    return _files("ontology", ontology, ROOT + "ontology/") | _files(
        "data", law.files(), ROOT
    )


def _files(room: assets.Room, names: Iterable[str], root: str) -> dict[URIRef, Lines]:
    graphs: dict[URIRef, Lines] = {}
    for name in names:
        iri = URIRef(root + name.removesuffix(".ttl"))
        read = shipped.lines(room, name, base=EXAMPLES_BASE)
        graphs[iri] = _named(read, iri)
    return graphs


def examples() -> dict[URIRef, Graph]:
    """Read the example companies: records, claims, organisations and sources."""
    return {iri: syntax.graph(lines) for iri, lines in example_lines().items()}


def example_lines() -> dict[URIRef, Lines]:
    """Read the same as lines of N-Triples, many times faster than into graphs."""
    entries: dict[str, Lines] = {}
    # Many statements have the same subject, and cutting an IRI is not free.
    of_subject: dict[str, Lines] = {}
    for start in _EXAMPLES:
        for name in _under(start):
            for line in shipped.lines("data", name, base=EXAMPLES_BASE):
                subject = line.partition(" ")[0]
                if subject not in of_subject:
                    iri = entry.document(URIRef(subject.strip("<>")))
                    of_subject[subject] = entries.setdefault(iri, [])
                of_subject[subject].append(line)
    return {URIRef(iri): _completed(lines) for iri, lines in entries.items()}


def _named(lines: Lines, iri: str) -> Lines:
    """Give nodes without a name one under ``iri``, in reading order."""
    names: dict[str, str] = {}

    def name_of(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"<{iri}#b-{len(names) + 1}>")

    return [_NAMELESS.sub(name_of, one) if "_:" in one else one for one in lines]


def _completed(lines: Lines) -> Lines:
    """Add to each period its days and its OWL-Time duration, where they are missing."""
    way = f" <{ROPA.period}> "
    periods = {one.partition(" ")[0] for one in lines if way in one}
    if not periods:
        return lines
    stated = [one for one in lines if one.partition(" ")[0] in periods]
    whole = entry.complete(syntax.graph(stated))
    return lines + sorted({syntax.line(*triple) for triple in whole} - {*stated})


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
