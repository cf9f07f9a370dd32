"""Terms between rdflib, the currency of this program, and the embedded engine.

Towards the engine terms travel as text; back as its objects, told apart by the name
of their class so that the engine itself is imported in one place only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import syntax
from ropa.errors import FormatError

_XSD = "http://www.w3.org/2001/XMLSchema#"
_XSD_STRING = _XSD + "string"
# What every engine leaves as it is; all else of that namespace is tried.
_PLAIN = {
    _XSD + "date": re.compile(r"\d{4}-\d\d-\d\d"),
    _XSD + "integer": re.compile(r"0|-?[1-9]\d{0,17}"),
    _XSD + "boolean": re.compile(r"true|false"),
    _XSD + "anyURI": re.compile(r".*"),
}
# Text between signs that could end an IRI would be read as part of the update.
_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\\ud800-\udfff]')
_NAMELESS = re.compile(r"_:|<[^>]*> <[^>]*> _:")
_SURROGATE = re.compile("[\ud800-\udfff]")
# IRIs come again and again, and are short; texts do neither.
_CACHED_IRIS = 1 << 16


def spelled(node: Any) -> str:
    """Write a term as N-Triples and SPARQL do.

    Raises:
        FormatError: the term cannot be stored.
    """
    if type(node) is URIRef:
        return _spelled_iri(node)
    if isinstance(node, Literal):
        text = syntax.n3(node)
        if node.datatype is not None:
            _spelled_iri(node.datatype)
        if not text.isascii() and _SURROGATE.search(text):
            raise _not_storable(text)
        return text
    if isinstance(node, BNode):
        raise _nameless()
    return _spelled_iri(node)


def _nameless() -> FormatError:
    return FormatError(
        "A graph to be stored holds a node without a name.",
        hint="Give the part an IRI: a fragment of its entry.",
    )


@lru_cache(maxsize=_CACHED_IRIS)
def _spelled_iri(name: Any) -> str:
    if not isinstance(name, URIRef) or not name or _BAD_IRI.search(name):
        raise _not_storable(str(name))
    return f"<{name}>"


def _not_storable(what: str) -> FormatError:
    return FormatError(
        f"The store cannot keep {what[:200]!a}.",
        hint="Use an absolute IRI without blanks, quotes or angle brackets.",
    )


def triple_text(triple: Iterable[Any]) -> str:
    """Write one triple, with its full stop."""
    s, p, o = triple
    return f"{spelled(s)} {spelled(p)} {spelled(o)} ."


def nameable(lines: Iterable[str]) -> list[str]:
    """Give lines of N-Triples, once it is seen that none is about a blank node.

    Raises:
        FormatError: one is.
    """
    given = list(lines)
    for line in given:
        if "_:" in line and _NAMELESS.match(line):
            raise _nameless()
    return given


def term(found: Any) -> Node:
    """Make an rdflib term of one of the engine's; the text of a literal is kept."""
    kind = type(found).__name__
    if kind == "NamedNode":
        return iri(found.value)
    if kind == "Literal":
        if found.language:
            return Literal(found.value, lang=found.language)
        datatype = found.datatype.value
        if datatype == _XSD_STRING:
            return Literal(found.value)
        return Literal(found.value, datatype=iri(datatype), normalize=False)
    if kind == "BlankNode":
        return BNode(found.value)
    # A triple term, which only a query can make: data has none.
    return Literal(str(found))


def as_kept(node: Any, round_trip: Callable[[str, str], str]) -> Any:
    """Give a term as an engine keeps it; the same object where that is no other.

    Args:
        node: a term.
        round_trip: gives datatype and text of a typed text as the engine keeps it,
            with a zero between.
    """
    if isinstance(node, Literal) and node.language and not node.language.islower():
        return Literal(str(node), lang=node.language.lower())
    if not isinstance(node, Literal) or node.datatype is None:
        return node
    datatype, text = str(node.datatype), str(node)
    if not datatype.startswith(_XSD) or datatype == _XSD_STRING:
        return node
    plain = _PLAIN.get(datatype)
    if plain is not None and plain.fullmatch(text):
        return node
    kept = round_trip(text, datatype).split("\x00", 1)
    if kept == [datatype, text]:
        return node
    return Literal(kept[1], datatype=iri(kept[0]), normalize=False)


@lru_cache(maxsize=_CACHED_IRIS)
def iri(value: str) -> URIRef:
    """Make an IRI of one that the engine holds, past the checks it has made."""
    return str.__new__(URIRef, value)


def triples(statements: Iterable[Any]) -> list[tuple[Node, ...]]:
    """Make rdflib terms of the engine's triples, each once."""
    # As the engine's own they are told apart more quickly than as terms.
    return [
        (term(one.subject), term(one.predicate), term(one.object))
        for one in dict.fromkeys(statements)
    ]


def graph(statements: Iterable[Any]) -> Graph:
    """Make an rdflib graph of the engine's triples or quads."""
    return syntax.collected(
        (term(found.subject), term(found.predicate), term(found.object))
        for found in statements
    )
