"""One written form for equal terms and graphs, and the digest over it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rdflib.term import BNode, Literal, URIRef

from ropa.errors import FormatError

_XSD = "http://www.w3.org/2001/XMLSchema#"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
# IRIs come again and again, and are short; texts do neither.
_CACHED_IRIS = 1 << 16
_INTEGER = _XSD + "integer"
_DECIMAL = _XSD + "decimal"
_BOOLEAN = _XSD + "boolean"
_MOMENT = _XSD + "dateTime"
_INTEGERS = {
    _XSD + name
    for name in [
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "nonPositiveInteger",
        "negativeInteger",
        "unsignedInt",
        "unsignedLong",
        "unsignedShort",
        "unsignedByte",
    ]
}
_DATE_TIME = re.compile(
    r"(-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?"
)


def normalised(literal: Literal) -> Literal:
    """Give the one written form of a number, truth value or moment.

    The embedded engine rewrites such literals (``1.50`` to ``1.5``, ``xsd:int`` to
    ``xsd:integer``); what is digested must not depend on who wrote it last. Text is
    compared, never the value: ``1E+200000000`` is no decimal and stays as it is.
    """
    found = _rewritten(str(literal), str(literal.datatype))
    if found is None:
        return literal
    return Literal(found[0], datatype=URIRef(found[1]), normalize=False)


def _rewritten(text: str, datatype: str) -> tuple[str, str] | None:
    """Give the one written form of a typed text and its datatype; None for others."""
    if datatype in _INTEGERS and re.fullmatch(r"[+-]?\d+", text):
        digits = text.lstrip("+-").lstrip("0") or "0"
        sign = "-" if text[0] == "-" and digits != "0" else ""
        return sign + digits, _INTEGER
    if datatype == _DECIMAL:
        found = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*))?", text)
        if found and (found[2] or found[3]):
            whole = found[2].lstrip("0") or "0"
            rest = (found[3] or "").rstrip("0")
            value = f"{whole}.{rest}" if rest else whole
            sign = "-" if found[1] == "-" and value != "0" else ""
            return sign + value, _DECIMAL
    if datatype == _BOOLEAN and text in {"0", "1"}:
        return "true" if text == "1" else "false", _BOOLEAN
    if datatype == _MOMENT:
        moment = _DATE_TIME.fullmatch(text)
        if moment:
            fraction = (moment[2] or "").rstrip("0").rstrip(".")
            zone = moment[3] or ""
            zone = "Z" if zone in {"+00:00", "-00:00"} else zone
            return moment[1] + fraction + zone, _MOMENT
    return None


# How the lines of literals end that may have another written form.
_REWRITABLE = {f"{kind}> .": kind for kind in (*_INTEGERS, _DECIMAL, _BOOLEAN, _MOMENT)}


def digest(graph: Iterable[Sequence[Any]]) -> str:
    """Give the digest of a graph without blank nodes: ``sha256:`` and 64 digits.

    Two graphs that say the same have the same digest, whatever their order and
    however their numbers were written.
    """
    return digest_of(line(*triple) for triple in graph)


def digest_of(lines: Iterable[str]) -> str:
    """Give the digest of a graph from its statements, each as `line` writes it."""
    whole = sorted({line_normalised(one) for one in lines})
    text = "".join(f"{one}\n" for one in whole)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def line_normalised(written: str) -> str:
    """Give a statement, as `line` writes it, in the form that digests are made of."""
    start, mark, kind = written.rpartition('"^^<')
    if not mark or kind not in _REWRITABLE:
        return written
    # A quote within a text has a backslash before it, never a blank.
    start, _, text = start.rpartition(' "')
    found = _rewritten(text, _REWRITABLE[kind])
    return f'{start} "{found[0]}"^^<{found[1]}> .' if found else written


def line(s: Any, p: Any, o: Any) -> str:
    """Write one triple in N-Triples, without the end of the line."""
    return f"{n3(s)} {n3(p)} {n3(o)} ."


def n3(term: Any) -> str:
    """Write one term in N-Triples.

    Raises:
        FormatError: the IRI holds a character that no syntax can carry.
    """
    if type(term) is URIRef:
        return _iri(term)
    if isinstance(term, Literal):
        text = str(term).translate(_ESCAPES)
        if term.language:
            return f'"{text}"@{term.language}'
        if term.datatype is None or str(term.datatype) == _XSD + "string":
            return f'"{text}"'
        return f'"{text}"^^<{term.datatype}>'
    if isinstance(term, BNode):
        return f"_:{term}"
    return _iri(term)


@lru_cache(maxsize=_CACHED_IRIS)
def _iri(term: Any) -> str:
    if _BAD_IRI.search(str(term)):
        raise FormatError(f"The IRI {str(term)!r} holds a character it may not.")
    return f"<{term}>"
