"""Between text and rdflib terms: the one door for every RDF syntax.

The parser is Oxigraph's, which refuses bad IRIs and surrogates that rdflib lets in;
literals keep the text they were written with. Whoever reads text of strangers calls
this inside a bounded child process: some inputs end the process, not the call.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import pyoxigraph as ox
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import writing
from ropa.canonical import digest, digest_of, line, line_normalised, n3, normalised
from ropa.errors import FormatError, MediaTypeUnknown

__all__ = [
    "MAX_IRI_BYTES",
    "MAX_LITERAL_BYTES",
    "MEDIA_TYPES",
    "SUFFIXES",
    "Quad",
    "Syntax",
    "by_suffix",
    "collected",
    "digest",
    "digest_of",
    "graph",
    "line",
    "line_normalised",
    "lines",
    "n3",
    "normalised",
    "parse",
    "serialize",
]

MAX_LITERAL_BYTES = 64 * 1024
MAX_IRI_BYTES = 2 * 1024

Quad = tuple[Node, URIRef, Node, URIRef | BNode | None]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_BOOLEAN = _XSD + "boolean"
_STRING = _XSD + "string"
_MARKUP = frozenset((_RDF + "XMLLiteral", _RDF + "HTML"))
_BOM = b"\xef\xbb\xbf"


class Syntax(Enum):
    """A written form of RDF; the value is its short name."""

    TURTLE = "turtle"
    TRIG = "trig"
    NTRIPLES = "ntriples"
    NQUADS = "nquads"
    JSONLD = "jsonld"
    RDFXML = "rdfxml"


MEDIA_TYPES: Mapping[str, Syntax] = {
    "text/turtle": Syntax.TURTLE,
    "application/trig": Syntax.TRIG,
    "application/n-triples": Syntax.NTRIPLES,
    "application/n-quads": Syntax.NQUADS,
    "application/ld+json": Syntax.JSONLD,
    "application/rdf+xml": Syntax.RDFXML,
}
SUFFIXES: Mapping[str, Syntax] = {
    ".ttl": Syntax.TURTLE,
    ".trig": Syntax.TRIG,
    ".nt": Syntax.NTRIPLES,
    ".nq": Syntax.NQUADS,
    ".jsonld": Syntax.JSONLD,
    ".rdf": Syntax.RDFXML,
}


def by_suffix(name: str) -> Syntax:
    """Tell the syntax from a file name.

    Raises:
        MediaTypeUnknown: the suffix is none of ours.
    """
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    try:
        return SUFFIXES[suffix]
    except KeyError:
        raise MediaTypeUnknown(
            f"The file name {name!r} does not tell the syntax.",
            hint=f"Use one of the suffixes {', '.join(SUFFIXES)}.",
            file=name,
        ) from None


_ENGINE_FORMATS = {
    Syntax.TURTLE: ox.RdfFormat.TURTLE,
    Syntax.TRIG: ox.RdfFormat.TRIG,
    Syntax.NTRIPLES: ox.RdfFormat.N_TRIPLES,
    Syntax.NQUADS: ox.RdfFormat.N_QUADS,
    Syntax.JSONLD: ox.RdfFormat.JSON_LD,
    Syntax.RDFXML: ox.RdfFormat.RDF_XML,
}


def parse(
    text: bytes | str, format: Syntax, *, base: str | None = None
) -> Iterator[Quad]:
    """Read a document, statement by statement.

    Args:
        text: the document; bytes are UTF-8, one byte order mark is skipped.
        format: its syntax.
        base: IRI against which relative IRIs are resolved.

    Yields:
        Subject, predicate, object and graph name (``None``: the default graph).

    Raises:
        FormatError: with line and column (from 1) where the parser knows them.

    Source: RDF 1.1 Concepts; the guards are measured, see CONTRIBUTING.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    data = data.removeprefix(_BOM)
    if format is Syntax.RDFXML:
        _refuse_entities(data)
    logging.getLogger("rdflib.term").addFilter(_is_worth_telling)
    iris = _Iris(data)
    try:
        for quad in ox.parse(data, format=_ENGINE_FORMATS[format], base_iri=base):
            yield (
                _term(quad.subject, iris),
                iris[quad.predicate.value],
                _term(quad.object, iris),
                _graph_name(quad.graph_name, iris),
            )
    except (SyntaxError, ValueError, OSError) as error:
        raise _translated(error) from error


def lines(text: str, *, base: str | None = None) -> list[str]:
    """Read Turtle into statements as `line` writes them, in the order of the text.

    The same as `parse`, without a Python object for every term.

    Args:
        text: the document.
        base: IRI against which relative IRIs are resolved.

    Raises:
        FormatError: as for `parse`.
    """
    data = text.encode("utf-8", "surrogatepass").removeprefix(_BOM)
    try:
        quads = ox.parse(data, format=ox.RdfFormat.TURTLE, base_iri=base)
        triples = (quad.triple for quad in quads)
        written = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    except (SyntaxError, ValueError, OSError) as error:
        raise _translated(error) from error
    found = written.decode().split("\n")[:-1]
    if (
        len(data.translate(None, _CONTROL_BYTES)) < len(data)
        or any(sign in data for sign in _TO_BE_GUARDED)
        or any(kind in written for kind in _MARKUP_ENDS)
        or any(map(_is_long, found))
    ):
        return [line(*quad[:3]) for quad in parse(text, Syntax.TURTLE, base=base)]
    return found


# Signs of what `parse` refuses or writes in another way; they may also be harmless.
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - {*b"\t\n\r"})
_TO_BE_GUARDED = (
    *(b"\\b", b"\\f", b"\\u", b"\\U", b"\xef\xbf\xbe", b"\xef\xbf\xbf"),
    *(b"<<", b"--ltr", b"--rtl"),
)
_MARKUP_ENDS = tuple(f"^^<{kind}>".encode() for kind in _MARKUP)


def _is_long(written: str) -> bool:
    """Tell whether a line may hold a text or an IRI that is too long."""
    size = len(written) * 4
    return size > MAX_LITERAL_BYTES or (
        size > MAX_IRI_BYTES and _LONG_IRI.search(written) is not None
    )


_LONG_IRI = re.compile(rf"<[^>]{{{MAX_IRI_BYTES // 4}}}")


def graph(lines: Iterable[str]) -> Graph:
    """Make a graph of statements that `lines` gave."""
    made = Graph(bind_namespaces="none")
    for s, p, o, _ in parse("\n".join(lines), Syntax.NTRIPLES):
        made.add((s, p, o))
    return made


def collected(triples: Iterable[Any]) -> Graph:
    """Make a graph of triples that `parse`, or an engine, gave.

    The plainest of rdflib's stores, which tells nobody of each triple; that these are
    terms, which `Graph.add` asks three times for each, is known.
    """
    made = Graph(store="SimpleMemory", bind_namespaces="none")
    add = made.store.add
    for triple in triples:
        add(triple, made)
    return made


def _refuse_entities(data: bytes) -> None:
    """Refuse document type and entity declarations before any XML parser runs.

    A 529-byte declaration grows to hundreds of megabytes inside the parser.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(
            "The RDF/XML document is not in UTF-8.",
            hint="Save it as UTF-8; other encodings are not read.",
            line=data.count(b"\n", 0, error.start) + 1,
            column=1,
        ) from error
    for word in (b"<!DOCTYPE", b"<!ENTITY"):
        at = data.upper().find(word)
        if at >= 0:
            raise FormatError(
                f"The RDF/XML document holds {word.decode()}, which is not read.",
                hint="Remove the declaration and write full IRIs.",
                **_position(data, at),
            )


def _position(data: bytes, at: int) -> dict[str, int]:
    start = data.rfind(b"\n", 0, at) + 1
    column = len(data[start:at].decode("utf-8", "replace")) + 1
    return {"line": data.count(b"\n", 0, at) + 1, "column": column}


def _where(data: bytes, needle: str) -> dict[str, int]:
    """Find the first place of an over-long or odd value; nothing if escaped."""
    at = data.find(needle[:200].encode("utf-8"))
    return _position(data, at) if at >= 0 else {}


def _translated(error: Exception) -> FormatError:
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    message = getattr(error, "msg", None) or str(error)
    if line is None:
        found = re.search(r"line (\d+)(?:\D+(\d+))?", message)
        if found:
            line, column = int(found[1]), int(found[2]) if found[2] else None
    message = re.sub(r"^Parser error (?:at|between) line .*?: ", "", message)
    message = re.sub(r"\s*\(line \d+\)$", "", message)
    place = f" in line {line}" if line else ""
    return FormatError(
        f"The text cannot be read{place}: {message}.",
        hint="Correct the place named, or say which syntax the text is in.",
        line=line,
        column=column,
    )


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Drop rdflib's traceback on an ill-typed literal, which is a finding to us."""
    return not str(record.msg).startswith("Failed to convert Literal lexical form")


class _Iris(dict[str, URIRef]):
    """The IRIs of one document, each checked and made once."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data

    def __missing__(self, value: str) -> URIRef:
        if len(value.encode("utf-8")) > MAX_IRI_BYTES:
            raise FormatError(
                f"An IRI is longer than {MAX_IRI_BYTES} bytes.",
                hint="Use a shorter IRI.",
                **_where(self.data, value),
            )
        made = self[value] = URIRef(value)
        return made


def _term(term: Any, iris: _Iris) -> Node:
    if isinstance(term, ox.NamedNode):
        return iris[term.value]
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal) and term.direction is None:
        return _literal(term, iris)
    raise FormatError(
        "Triple terms and text directions are not supported.",
        hint="State it in plain RDF 1.1.",
    )


def _literal(term: ox.Literal, iris: _Iris) -> Literal:
    value = term.value
    if len(value) * 4 > MAX_LITERAL_BYTES:
        size = len(value.encode("utf-8"))
        if size > MAX_LITERAL_BYTES:
            raise FormatError(
                f"A text of {size} bytes is longer than {MAX_LITERAL_BYTES} bytes.",
                hint="Shorten the text or link to a document.",
                **_where(iris.data, value),
            )
    if _CONTROL.search(value):
        raise FormatError(
            "A text holds a control character, which XML cannot carry.",
            hint="Remove the character.",
            **_where(iris.data, value),
        )
    if term.language:
        return Literal(value, lang=term.language)
    kind = term.datatype.value
    if kind == _STRING:
        return Literal(value)
    if kind in _MARKUP:
        # rdflib would run an XML parser over the text.
        raise FormatError(
            "Texts that hold markup (rdf:XMLLiteral, rdf:HTML) are not read.",
            hint="Write plain text with a language.",
            **_where(iris.data, value),
        )
    if kind == _BOOLEAN and value not in {"true", "false", "1", "0"}:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Literal(value, datatype=iris[kind], normalize=False)
    return Literal(value, datatype=iris[kind], normalize=False)


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _graph_name(term: Any, iris: _Iris) -> URIRef | BNode | None:
    if isinstance(term, ox.DefaultGraph):
        return None
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    return iris[term.value]


def serialize(
    graph: Iterable[Sequence[Any]],
    format: Syntax,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Write a graph or dataset; equal graphs give equal bytes.

    Args:
        graph: triples, or quads whose fourth member is the graph name or ``None``.
        format: the syntax; graph names are lost except in TriG and N-Quads.
        prefixes: short names that may be used; only those needed are written.

    Returns:
        UTF-8 text; subjects, predicates and objects in a fixed order.

    Raises:
        FormatError: an IRI that the syntax cannot carry.
    """
    rows = {(*row[:3], row[3] if len(row) == 4 else None) for row in graph}
    if format not in {Syntax.TRIG, Syntax.NQUADS}:
        rows = {(*row[:3], None) for row in rows}
    write = {
        Syntax.TURTLE: writing.turtle,
        Syntax.TRIG: writing.turtle,
        Syntax.JSONLD: writing.jsonld,
        Syntax.RDFXML: writing.rdfxml,
    }.get(format, writing.nquads)
    return write(rows, prefixes or {}).encode()
