"""Citing: the claims of entries, with the passages that they were read in.

The same steps run on an open register and through a running server.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, evidence, fields, vocabulary
from ropa.errors import InputError, NotFound
from ropa.evidence import Cited, Claim, Document, Evidence
from ropa.store.base import Table
from ropa.terms import DCT, DPV, RDF, ROPA, SKOS

_PAGE = 5_000
"""Rows asked for at once: a server cuts answers at its own limit."""
_BATCH = 200

_CLAIMING = """
SELECT DISTINCT ?entry WHERE {
  { ?claim a ropa:Claim . BIND(STRBEFORE(STR(?claim), "#") AS ?entry) }
  UNION
  {
    GRAPH ?beside { ?claim a ropa:Claim . }
    FILTER(STRENDS(STR(?beside), "/suggested"))
    BIND(REPLACE(STR(?beside), "/[a-z]*$", "") AS ?entry)
  }
} ORDER BY ?entry
"""
_ASIDES = """
SELECT DISTINCT ?beside WHERE {
  GRAPH ?beside { ?claim a ropa:Claim . }
  FILTER(STRENDS(STR(?beside), "/suggested"))
} ORDER BY ?beside
"""
_OWNERS = """
SELECT DISTINCT ?entry ?company WHERE {
  ?record a dpcat:ROPA ; dct:publisher ?company .
  { ?entry dct:isPartOf ?record } UNION { ?record dct:publisher ?entry }
} ORDER BY ?entry ?company
"""
_READ_IN = """
SELECT DISTINCT ?entry WHERE {{
  ?passage oa:hasSource {source} .
  ?claim ropa:passage ?passage ; a ropa:Claim .
  BIND(STRBEFORE(STR(?claim), "#") AS ?entry)
}} ORDER BY ?entry
"""
_DOCUMENTS = """
SELECT DISTINCT ?document ?digest ?title ?publisher WHERE {
  ?document a ropa:SourceDocument .
  OPTIONAL { ?document ropa:sha256 ?digest . }
  OPTIONAL { ?document dct:title ?title . }
  OPTIONAL { ?document dct:publisher ?publisher . }
} ORDER BY ?document ?title
"""
_ENTRIES = """
SELECT DISTINCT ?entry WHERE { GRAPH ?entry { ?entry a ?kind } } ORDER BY ?entry
"""


class Reads(Protocol):
    """Whatever answers our queries and gives entries: a register, or a server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry."""


def cite(reads: Reads, iri: URIRef | None = None, *, lang: str = "en") -> Evidence:
    """Give the claims of the register, or of one thing in it.

    Args:
        reads: an open register, or a running server.
        iri: a company (with its record and activities), an activity, an organisation,
            a part of one of them, or a document (what was read in it); all if None.
        lang: language of names.

    Raises:
        NotFound: there is no such entry.
    """
    owners: dict[str, str] = {}
    for node, company in _rows(reads, _OWNERS):
        owners.setdefault(str(node), str(company))
    own, source, entries = None, None, []
    if iri is None:
        entries = [URIRef(str(node)) for (node,) in _rows(reads, _CLAIMING)]
    else:
        document = entry.document(iri)
        stated = reads.read(document)
        own = iri if iri != document else None
        if (document, RDF.type, ROPA.SourceDocument) in stated:
            source = document
            text = _READ_IN.format(source=document.n3())
            entries = [URIRef(str(node)) for (node,) in _rows(reads, text)]
        else:
            belonging = (one for one, company in owners.items() if company == str(iri))
            entries = [document, *map(URIRef, sorted(belonging))]
    gathering = _Gathering(reads, owners, lang)
    for one in dict.fromkeys(entries):
        gathering.take(one)
    return gathering.evidence(own, source)


def documents(reads: Reads) -> dict[str, tuple[URIRef, str]]:
    """List the documents whose digests are known: IRI and title, by SHA-256."""
    found: dict[str, tuple[URIRef, str]] = {}
    for document, digest, title, publisher in _rows(reads, _DOCUMENTS):
        if digest is None or document is None:
            continue
        name = str(title) if title is not None else entry.slug(document)
        if title is None and publisher is not None:
            name = f"{name}, {entry.slug(publisher)}"
        found.setdefault(str(digest).lower(), (URIRef(str(document)), name))
    return found


def read_document(reads: Reads, iri: URIRef) -> Document:
    """Read a document with its sections and passages.

    Raises:
        NotFound: there is none of that name.
    """
    return evidence.document_of(reads.read(iri), iri)


def unknown(reads: Reads, base: str, name: str) -> InputError:
    """Tell that nothing has the name that a person gave; the hint gives near ones.

    Args:
        reads: an open register, or a running server.
        base: what the IRIs of its entries start with.
        name: an IRI or a short name that leads to no entry.
    """
    called: dict[str, str] = {}
    for (node,) in _rows(reads, _ENTRIES):
        short = _short(base, str(node))
        if short:
            called.setdefault(short, short)
            called.setdefault(short.rpartition("/")[2], short)
    short = _short(base, name) or _short(base, f"{base}{name.strip('/')}")
    asked = (short or name).strip("/").lower()
    close = difflib.get_close_matches(asked, list(called), n=3, cutoff=0.6)
    near = list(dict.fromkeys(called[one] for one in close))
    owners = {entry.slug(URIRef(str(company))) for _, company in _rows(reads, _OWNERS)}
    companies = sorted(owners)[:10]
    return InputError(
        f"There is no company, activity, organisation or source {name[:80]!r} "
        "in this register.",
        hint=(
            f"Did you mean {', '.join(near)}?"
            if near
            else f"Known companies: {', '.join(companies)}."
            if companies
            else "The register is empty: add a company first."
        ),
        name=name[:80],
        nearest=near,
    )


def unread(
    found: Evidence, document: Document, name: str, text: str, *, lang: str = "en"
) -> InputError:
    """Tell that a text is that of a document in which nothing about an entry was read.

    Args:
        found: the claims of the entry, with the documents that they rest on.
        document: whose text it is.
        name: the entry, as a person named it.
        text: what the text is called in messages.
        lang: language of titles.
    """
    others = [_title(one, lang) for one in found.documents.values()]
    which = "another document" if others else "a document"
    return InputError(
        f"{text} is the text of {which}, {_title(document, lang)}: "
        f"nothing about {name[:80]} was read in it.",
        hint=(
            f"What is known of {name[:80]} was read in {'; '.join(others)}."
            if others
            else "No passage of any document is recorded for it."
        ),
        source=str(document.iri),
    )


def _title(document: Document, lang: str) -> str:
    title = evidence.best(document.titles, lang)
    return str(title) if title is not None else entry.slug(document.iri)


def _short(base: str, iri: str) -> str:
    """Give the short name of an entry, as commands take it; empty for anything else."""
    room, _, rest = iri.removeprefix(base).partition("/")
    if not iri.startswith(base) or not rest:
        return ""
    if room in {"companies", "activities"}:
        return rest
    return f"{room}/{rest}" if room in {"organisations", "sources"} else ""


def _rows(reads: Reads, text: str) -> Iterator[tuple[Node | None, ...]]:
    """Give all rows of an ordered query, page by page."""
    offset = 0
    while True:
        rows = reads.select(f"{text} LIMIT {_PAGE} OFFSET {offset}").rows
        yield from rows
        if len(rows) < _PAGE:
            return
        offset += _PAGE


class _Gathering:
    """Collects claims entry by entry, with the documents and names they need."""

    def __init__(self, reads: Reads, owners: Mapping[str, str], lang: str) -> None:
        self._reads = reads
        self._owners = owners
        self._lang = lang
        self._asides = {str(beside) for (beside,) in _rows(reads, _ASIDES)}
        self._claims: list[Cited] = []
        self._documents: dict[Node, Document] = {}
        self._names: dict[Node, str] = {}
        self._labels: dict[tuple[Node, Node], str] = {}
        self._kinds: dict[Node, list[URIRef]] = {}
        self._publishers: dict[Node, str] = {}

    def take(self, one: URIRef) -> None:
        """Add the claims of an entry, and what stands beside it."""
        try:
            stated = self._reads.read(one)
        except NotFound:
            stated = Graph()
        for graph in (stated, self._beside(one)):
            self._learn(graph)
            for claim in evidence.claims_of(graph):
                self._add(one, claim)

    def _beside(self, one: URIRef) -> Graph:
        """Read what was suggested for an entry; what follows was said by nobody."""
        graph = Graph()
        aside = entry.suggested_graph(one)
        if str(aside) in self._asides:
            text = f"SELECT ?s ?p ?o WHERE {{ GRAPH {aside.n3()} {{ ?s ?p ?o }} }}"
            for s, p, o in _rows(self._reads, f"{text} ORDER BY ?s ?p ?o"):
                if s is not None and p is not None and o is not None:
                    graph.add((s, p, o))
        return graph

    def _learn(self, graph: Graph) -> None:
        """Keep what the parts of an entry are called, and what they are."""
        for node in set(graph.subjects()):
            for way in (SKOS.prefLabel, DCT.title, DPV.hasName):
                found = evidence.best(evidence.texts(graph, node, way), self._lang)
                if found is not None:
                    self._names[node] = str(found)
                    break
            # What stands beside an entry need not say again what its things are.
            kinds = {k for k in graph.objects(node, RDF.type) if isinstance(k, URIRef)}
            self._kinds[node] = sorted(kinds.union(self._kinds.get(node, ())))

    def _add(self, one: URIRef, claim: Claim) -> None:
        for passage in claim.passages:
            self._document(entry.document(passage))
        held = claim.state if claim.is_own else claim.origin
        company, activity = self._owners.get(str(one)), None
        if company is None:
            sources = map(entry.document, claim.passages)
            company = next(filter(None, map(self._publishers.get, sources)), "")
        elif company != str(one):
            activity = entry.slug(one)
        word = _notation(held)
        company = entry.slug(URIRef(company)) if company else ""
        self._claims.append(Cited(claim, one, company, activity, word))

    def _document(self, iri: URIRef) -> None:
        if iri in self._documents:
            return
        try:
            graph = self._reads.read(iri)
        except NotFound:
            self._documents[iri] = Document(iri)
            return
        self._documents[iri] = found = evidence.document_of(graph, iri)
        publisher = graph.value(iri, DCT.publisher)
        self._publishers[iri] = str(publisher or "")
        title = evidence.best(found.titles, self._lang)
        self._names[iri] = str(title) if title is not None else entry.slug(iri)

    def evidence(self, own: URIRef | None, source: URIRef | None) -> Evidence:
        """Put together what was gathered, narrowed to a part or to a document."""
        kept = [
            one
            for one in self._claims
            if (own is None or one.claim.about == own)
            and (source is None or _cites(one.claim, source))
        ]
        self._name(kept)
        order = {way: at for at, way in enumerate(fields.labels())}
        kept.sort(
            key=lambda one: (
                one.company,
                one.activity or "",
                str(one.entry),
                _depth(one.claim.about),
                order.get(URIRef(str(one.claim.field)), len(order)),
                str(one.claim.iri),
            )
        )
        cited = {entry.document(p) for one in kept for p in one.claim.passages}
        documents = {k: v for k, v in self._documents.items() if k in cited}
        return Evidence(tuple(kept), documents, self._names, self._labels)

    def _name(self, claims: Iterable[Cited]) -> None:
        """Find names for what the entries themselves do not name."""
        wanted: set[URIRef] = set()
        for one in claims:
            claim = one.claim
            if isinstance(claim.field, URIRef):
                known = fields.label_of(claim.field, self._kinds.get(claim.about, ()))
                said = known.get(self._lang) or known.get("en")
                self._labels[claim.about, claim.field] = said or ""
            spoken = (one.entry, claim.about, *claim.values, claim.state, claim.level)
            wanted |= {node for node in spoken if isinstance(node, URIRef)}
            wanted |= {claim.field} if isinstance(claim.field, URIRef) else set()
        words = vocabulary.load()
        missing = []
        for node in sorted(one for one in wanted if not self._names.get(one)):
            if words.labels(node):
                self._names[node] = words.label(node, self._lang)
            else:
                missing.append(node)
        for start in range(0, len(missing), _BATCH):
            self._look_up(missing[start : start + _BATCH])
        for node in missing:
            if not self._names.get(node) and self._kinds.get(node):
                # A part without a name is called after what it is.
                self._names[node] = words.label(self._kinds[node][0], self._lang)

    def _look_up(self, nodes: list[URIRef]) -> None:
        table = self._reads.select(
            "SELECT ?thing ?label WHERE { "
            f"VALUES ?thing {{ {' '.join(node.n3() for node in nodes)} }} "
            "?thing skos:prefLabel|dct:title|dpv:hasName ?label }"
        )
        found: dict[Node, list[Literal]] = {}
        for thing, label in table.rows:
            if thing is not None and isinstance(label, Literal):
                found.setdefault(thing, []).append(label)
        for thing, labels in found.items():
            chosen = evidence.best(sorted(labels), self._lang)
            if chosen is not None:
                self._names[thing] = str(chosen)


def _notation(held: Node | None) -> str:
    """Give the word for a state or an origin that answers of questions use."""
    if not isinstance(held, URIRef):
        return ""
    said = vocabulary.load().said(held)
    return next((str(value) for way, value in said if way == SKOS.notation), "")


def _cites(claim: Claim, source: URIRef) -> bool:
    return any(entry.document(passage) == source for passage in claim.passages)


def _depth(about: Node) -> tuple[int, str]:
    """Put an entry before its record, and the record before other parts."""
    part = str(about).partition("#")[2]
    return (0 if not part else 1 if part == "record" else 2, part)
