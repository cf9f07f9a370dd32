"""One written form for equal terms and graphs, and the digest over it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rdflib.term import BNode, Literal, URIRef

from ropa.errors import FormatError

_XSD = "http://www.w3.org/2001/XMLSchema#"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_INTEGERS = {
    URIRef(_XSD + name)
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
    text, datatype = str(literal), literal.datatype
    if datatype in _INTEGERS and re.fullmatch(r"[+-]?\d+", text):
        digits = text.lstrip("+-").lstrip("0") or "0"
        sign = "-" if text[0] == "-" and digits != "0" else ""
        return _typed(sign + digits, _XSD + "integer")
    if datatype == URIRef(_XSD + "decimal"):
        found = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*))?", text)
        if found and (found[2] or found[3]):
            whole = found[2].lstrip("0") or "0"
            rest = (found[3] or "").rstrip("0")
            value = f"{whole}.{rest}" if rest else whole
            sign = "-" if found[1] == "-" and value != "0" else ""
            return _typed(sign + value, _XSD + "decimal")
    if datatype == URIRef(_XSD + "boolean") and text in {"0", "1"}:
        return _typed("true" if text == "1" else "false", _XSD + "boolean")
    if datatype == URIRef(_XSD + "dateTime"):
        moment = _DATE_TIME.fullmatch(text)
        if moment:
            fraction = (moment[2] or "").rstrip("0").rstrip(".")
            zone = moment[3] or ""
            zone = "Z" if zone in {"+00:00", "-00:00"} else zone
            return _typed(moment[1] + fraction + zone, _XSD + "dateTime")
    return literal


def _typed(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=URIRef(datatype), normalize=False)


def digest(graph: Iterable[Sequence[Any]]) -> str:
    """Give the digest of a graph without blank nodes: ``sha256:`` and 64 digits.

    Two graphs that say the same have the same digest, whatever their order and
    however their numbers were written.
    """
    lines = set()
    for s, p, o in graph:
        value = normalised(o) if isinstance(o, Literal) else o
        lines.add(f"{n3(s)} {n3(p)} {n3(value)} .\n")
    return "sha256:" + hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def n3(term: Any) -> str:
    """Write one term in N-Triples.

    Raises:
        FormatError: the IRI holds a character that no syntax can carry.
    """
    if isinstance(term, Literal):
        text = "".join(_ESCAPES.get(c, c) for c in str(term))
        if term.language:
            return f'"{text}"@{term.language}'
        if term.datatype is None or str(term.datatype) == _XSD + "string":
            return f'"{text}"'
        return f'"{text}"^^<{term.datatype}>'
    if isinstance(term, BNode):
        return f"_:{term}"
    if _BAD_IRI.search(str(term)):
        raise FormatError(f"The IRI {str(term)!r} holds a character it may not.")
    return f"<{term}>"
