"""Between text and rdflib terms: the one door for every RDF syntax."""

from ropa.syntax.canonical import digest, n3, normalised
from ropa.syntax.names import MEDIA_TYPES, SUFFIXES, Syntax, by_suffix
from ropa.syntax.reading import MAX_IRI_BYTES, MAX_LITERAL_BYTES, Quad, parse
from ropa.syntax.writing import serialize

__all__ = [
    "MAX_IRI_BYTES",
    "MAX_LITERAL_BYTES",
    "MEDIA_TYPES",
    "SUFFIXES",
    "Quad",
    "Syntax",
    "by_suffix",
    "digest",
    "n3",
    "normalised",
    "parse",
    "serialize",
]
