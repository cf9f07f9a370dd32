"""From rdflib terms to text: equal graphs give equal bytes in every syntax."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from rdflib.term import BNode, Identifier, Literal, URIRef

from ropa.canonical import n3
from ropa.errors import FormatError

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCT = "http://purl.org/dc/terms/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE = URIRef(_RDF + "type")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_FIRST = [
    _RDF + "type",
    _SKOS + "prefLabel",
    _SKOS + "altLabel",
    _RDFS + "label",
    _DCT + "title",
    _SKOS + "notation",
    _SKOS + "definition",
    _RDFS + "subClassOf",
    _RDFS + "subPropertyOf",
    _SKOS + "broader",
    _SKOS + "inScheme",
]
_ORDER = {iri: rank for rank, iri in enumerate(_FIRST)}


Rows = Iterable[Sequence[Any]]


def nquads(rows: Rows, prefixes: Mapping[str, str]) -> str:
    """Write sorted N-Quads, which are N-Triples where no graph is named."""
    lines = (" ".join(n3(t) for t in row if t is not None) + " .\n" for row in rows)
    return "".join(sorted(lines))


class _Shortener:
    """Shortens IRIs and remembers which prefixes were needed."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._spaces = sorted(
            ((ns, p) for p, ns in prefixes.items()), key=lambda x: (-len(x[0]), x)
        )
        self.used: dict[str, str] = {}

    def curie(self, iri: str) -> str | None:
        for space, prefix in self._spaces:
            if iri.startswith(space) and _LOCAL.fullmatch(iri, len(space)):
                self.used[prefix] = space
                return f"{prefix}:{iri[len(space) :]}"
        return None

    def turtle(self, term: Any) -> str:
        if isinstance(term, Literal):
            kind = str(term.datatype or "")
            text = str(term)
            if (kind == _XSD + "boolean" and text in {"true", "false"}) or (
                kind == _XSD + "integer" and re.fullmatch(r"-?\d+", text)
            ):
                return text
            if kind and kind != _XSD + "string":
                return n3(Literal(text)) + "^^" + self.turtle(URIRef(kind))
        elif isinstance(term, URIRef):
            return self.curie(str(term)) or n3(term)
        return n3(term)


def _subjects(
    rows: Iterable[Sequence[Any]],
) -> Iterator[tuple[Any, dict[Any, list[Any]]]]:
    """Group triples by subject and predicate, each level in its fixed order."""
    grouped: dict[Any, dict[Any, list[Any]]] = {}
    for row in rows:
        grouped.setdefault(row[0], {}).setdefault(row[1], []).append(row[2])
    for subject in sorted(grouped, key=lambda s: (isinstance(s, BNode), str(s))):
        properties = grouped[subject]
        order = sorted(properties, key=lambda p: (_ORDER.get(str(p), 99), str(p)))
        yield subject, {p: sorted(properties[p], key=n3) for p in order}


def turtle(rows: Rows, prefixes: Mapping[str, str]) -> str:
    """Write Turtle, or TriG where graphs are named: one subject a block."""
    short = _Shortener(prefixes)
    graphs: dict[Any, list[Sequence[Any]]] = {}
    for row in rows:
        graphs.setdefault(row[3], []).append(row)
    blocks = []
    for name in sorted(graphs, key=lambda g: "" if g is None else n3(g)):
        body = "\n".join(_block(s, ps, short) for s, ps in _subjects(graphs[name]))
        if name is not None:
            body = f"{short.turtle(name)} {{\n{body}}}\n"
        blocks.append(body)
    head = "".join(f"@prefix {p}: <{ns}> .\n" for p, ns in sorted(short.used.items()))
    return "\n".join(part for part in [head, *blocks] if part)


def _block(subject: Any, properties: Mapping[Any, list[Any]], short: _Shortener) -> str:
    parts = []
    for predicate, values in properties.items():
        verb = "a" if predicate == _TYPE else short.turtle(predicate)
        written = ",\n        ".join(short.turtle(v) for v in values)
        parts.append(f"{verb} {written}")
    return f"{short.turtle(subject)} " + " ;\n    ".join(parts) + " .\n"


def jsonld(rows: Rows, prefixes: Mapping[str, str]) -> str:
    """Write JSON-LD 1.1 with a context of prefixes only."""
    short = _Shortener(prefixes)

    def name(term: Any) -> str:
        return f"_:{term}" if isinstance(term, BNode) else short.curie(term) or term

    def value(term: Identifier) -> dict[str, str]:
        if not isinstance(term, Literal):
            return {"@id": name(term)}
        if term.language:
            return {"@value": str(term), "@language": term.language}
        if term.datatype and str(term.datatype) != _XSD + "string":
            return {"@value": str(term), "@type": name(term.datatype)}
        return {"@value": str(term)}

    nodes = []
    for subject, properties in _subjects(rows):
        node: dict[str, Any] = {"@id": name(subject)}
        for predicate, values in properties.items():
            if predicate == _TYPE:
                node["@type"] = [name(v) for v in values]
            else:
                node[name(predicate)] = [value(v) for v in values]
        nodes.append(node)
    document = {"@context": dict(sorted(short.used.items())), "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")


def rdfxml(rows: Rows, prefixes: Mapping[str, str]) -> str:
    """Write RDF/XML.

    Raises:
        FormatError: a property's IRI does not end in an XML name.
    """
    spaces = {"rdf": _RDF}
    short = {namespace: prefix for prefix, namespace in prefixes.items()}

    def element(iri: str) -> str:
        found = _XML_NAME.search(iri)
        if not found:
            raise FormatError(
                f"The property {iri} cannot be written in RDF/XML.",
                hint="Ask for Turtle or JSON-LD.",
            )
        space = iri[: found.start()]
        prefix = short.get(space)
        if prefix is None:
            prefix = next((p for p, s in spaces.items() if s == space), None)
        prefix = prefix or f"ns{len(spaces)}"
        spaces[prefix] = space
        return f"{prefix}:{found[0]}"

    body = []
    for subject, properties in _subjects(rows):
        kind = "nodeID" if isinstance(subject, BNode) else "about"
        body.append(f"  <rdf:Description rdf:{kind}={quoteattr(str(subject))}>\n")
        for predicate, values in properties.items():
            tag = element(str(predicate))
            body += [f"    {_xml_value(tag, value)}\n" for value in values]
        body.append("  </rdf:Description>\n")
    head = "".join(f"\n    xmlns:{p}={quoteattr(s)}" for p, s in sorted(spaces.items()))
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{start}<rdf:RDF{head}>\n{''.join(body)}</rdf:RDF>\n"


def _xml_value(tag: str, term: Any) -> str:
    if isinstance(term, Literal):
        mark = ""
        if term.language:
            mark = f" xml:lang={quoteattr(term.language)}"
        elif term.datatype:
            mark = f" rdf:datatype={quoteattr(str(term.datatype))}"
        return f"<{tag}{mark}>{escape(str(term), {chr(13): '&#13;'})}</{tag}>"
    kind = "nodeID" if isinstance(term, BNode) else "resource"
    return f"<{tag} rdf:{kind}={quoteattr(str(term))}/>"
