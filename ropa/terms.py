"""Names: the closed namespaces of our vocabularies and the open ones of standards.

The terms of a closed namespace are the subjects of the ontology files, so that a
misspelt term fails at once and no list is kept twice. Files are read at first use.

Source: ``ontology/*.ttl``; prefixes stand in the header of ``ontology/ropa.ttl``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache

from rdflib.term import URIRef

from ropa import assets, spelling
from ropa.errors import UnknownTerm

_PREFIX = re.compile(r"^@prefix\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE)
# One subject a block, at the start of its line: the house style of ontology/.
_SUBJECT = re.compile(r"^([A-Za-z][\w-]*):([\w-]+)\s", re.MULTILINE)
_MOST_SHORTENED = 16 * 1024
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")


@cache
def _read_prefixes() -> dict[str, str]:
    return dict(_PREFIX.findall(assets.text("ontology", "ropa.ttl")))


@cache
def _governed() -> dict[str, frozenset[str]]:
    """Collect the local names per prefix from the text of ontology and law files."""
    found: dict[str, set[str]] = {}
    for text in spelling.texts():
        for prefix, local in _SUBJECT.findall(text):
            found.setdefault(prefix, set()).add(local)
    return {prefix: frozenset(locals_) for prefix, locals_ in found.items()}


class _Prefixes(Mapping[str, str]):
    """The project's prefixes, read at first use."""

    def __getitem__(self, prefix: str) -> str:
        return _read_prefixes()[prefix]

    def __iter__(self) -> Iterator[str]:
        return iter(_read_prefixes())

    def __len__(self) -> int:
        return len(_read_prefixes())


PREFIXES: Mapping[str, str] = _Prefixes()


class OpenNamespace:
    """A standard's namespace: any name is accepted."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __getattr__(self, name: str) -> URIRef:
        # Python's own protocols ask for such names; they are never terms.
        if name.startswith("__"):
            raise AttributeError(name)
        # Kept as an attribute, which Python finds without asking here again.
        term = self[name]
        setattr(self, name, term)
        return term

    def __getitem__(self, name: str) -> URIRef:
        return URIRef(PREFIXES[self.prefix] + name)

    def __contains__(self, iri: object) -> bool:
        return str(iri).startswith(PREFIXES[self.prefix])

    def __str__(self) -> str:
        return PREFIXES[self.prefix]


class ClosedNamespace(OpenNamespace):
    """A governed namespace: a name that the ontology does not have is refused."""

    def __getitem__(self, name: str) -> URIRef:
        """Give the IRI of a term.

        Raises:
            UnknownTerm: with the nearest terms of the same namespace.
        """
        known = self.names()
        if name not in known:
            raise unknown(f"{self.prefix}:{name}", nearest(self.prefix, name))
        return URIRef(PREFIXES[self.prefix] + name)

    def __contains__(self, iri: object) -> bool:
        space = PREFIXES[self.prefix]
        text = str(iri)
        return text.startswith(space) and text[len(space) :] in self.names()

    def __iter__(self) -> Iterator[URIRef]:
        return (URIRef(PREFIXES[self.prefix] + n) for n in sorted(self.names()))

    def __len__(self) -> int:
        return len(self.names())

    def names(self) -> frozenset[str]:
        """Give the local names of all terms."""
        return _governed().get(self.prefix, frozenset())


def nearest(prefix: str, name: str, as_of: date | None = None) -> list[str]:
    """Find the terms or law rows that an unknown name may have meant, best first.

    Args:
        prefix: prefix of the namespace that it was looked for in.
        name: the name there.
        as_of: day whose law comes first; if not said, what has an end comes last.
    """
    return spelling.nearest(prefix, name, OURS, as_of)


def unknown(term: str, nearest: list[str]) -> UnknownTerm:
    """Make the error for a term that is in no vocabulary.

    Args:
        term: the term as it was given, short or full.
        nearest: known terms that it may have meant, best first.
    """
    hint = (
        f"Did you mean {', '.join(nearest)}?" if nearest else "Check how it is spelt."
    )
    return UnknownTerm(
        f"The term {term} is not in the vocabulary.",
        hint=hint,
        term=term,
        nearest=nearest,
    )


DPV = ClosedNamespace("dpv")
GDPR = ClosedNamespace("eu-gdpr")
PD = ClosedNamespace("pd")
LOC = ClosedNamespace("loc")
LEGAL = ClosedNamespace("legal-eu")
ROPA = ClosedNamespace("ropa")

DCAT = OpenNamespace("dcat")
DCT = OpenNamespace("dct")
DPCAT = OpenNamespace("dpcat")
LAW = OpenNamespace("law")
OA = OpenNamespace("oa")
OWL = OpenNamespace("owl")
PROV = OpenNamespace("prov")
RDF = OpenNamespace("rdf")
RDFS = OpenNamespace("rdfs")
SH = OpenNamespace("sh")
SKOS = OpenNamespace("skos")
TIME = OpenNamespace("time")
VENDOR = OpenNamespace("vendor")
XSD = OpenNamespace("xsd")

CLOSED = (DPV, GDPR, PD, LOC, LEGAL, ROPA)
# What the package states row by row: law with dates, seats of vendors.
ROWS = (LAW, VENDOR)
# Prefixes of the terms and rows that we decide upon.
OURS = frozenset(space.prefix for space in (*ROWS, *CLOSED))


def namespace_of(iri: str) -> ClosedNamespace | None:
    """Find the closed namespace an IRI belongs to, whether or not the term exists."""
    best: ClosedNamespace | None = None
    for space in CLOSED:
        start = PREFIXES[space.prefix]
        if iri.startswith(start) and (best is None or len(start) > len(str(best))):
            best = space
    return best


def rows_of(iri: str) -> OpenNamespace | None:
    """Find the namespace of rows an IRI belongs to, whether or not the row exists.

    >>> rows_of("https://w3id.org/ropa-kg/law/eu-us-dpf").prefix
    'law'
    """
    return next((space for space in ROWS if iri in space), None)


@lru_cache(maxsize=_MOST_SHORTENED)
def curie(iri: str) -> str:
    """Shorten an IRI by the project's prefixes; unchanged where none fits.

    >>> curie("https://w3id.org/dpv#Purpose")
    'dpv:Purpose'
    """
    fitting = [(len(ns), p, ns) for p, ns in PREFIXES.items() if iri.startswith(ns)]
    if fitting:
        length, prefix, _ = max(fitting)
        if _LOCAL.fullmatch(iri, length):
            return f"{prefix}:{iri[length:]}"
    return str(iri)


def expand(short: str) -> URIRef:
    """Give the IRI that ``prefix:name`` or a full IRI stands for.

    Raises:
        UnknownTerm: the prefix is not ours, or a closed namespace has no such name.

    >>> str(expand("eu-gdpr:A6-1-f"))
    'https://w3id.org/dpv/legal/eu/gdpr#A6-1-f'
    """
    prefix, colon, local = short.partition(":")
    if not colon or prefix not in PREFIXES:
        if colon and local.startswith("//"):
            return URIRef(short)
        near = difflib.get_close_matches(prefix, list(PREFIXES), n=3)
        raise unknown(short, [f"{p}:{local}" for p in near])
    for space in CLOSED:
        if space.prefix == prefix:
            return space[local]
    return URIRef(PREFIXES[prefix] + local)
