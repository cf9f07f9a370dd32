"""The written forms of RDF: their media types and file suffixes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from ropa.errors import MediaTypeUnknown


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
