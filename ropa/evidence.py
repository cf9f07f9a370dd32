"""Claims on an entry and the passages they rest on, read from their documents.

A claim says how a statement is known; a passage where in a document it was read; a
remark what a reader found odd. Only graphs come in and only values go out.

Source: interface.md, graph patterns (claims); Web Annotation Vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry
from ropa.terms import DCT, OA, RDF, ROPA, SKOS, curie

_MAX_DIGITS = 12


@dataclass(frozen=True)
class Claim:
    """What is claimed of one field of a thing, or of one value of it.

    Attributes:
        iri: the claim; a part of the entry it stands in.
        about: the thing.
        field: the property.
        values: the values it speaks of; none where it speaks of the whole field.
        state: stated, partial, denied, not stated or not applicable.
        origin: read, recorded, imported, inferred or suggested.
        level: said of the thing itself, of its heading or of the whole document.
        is_explicit: whether it is said in so many words.
        notes: explanations, each in its language.
        passages: where it was read.
    """

    iri: URIRef
    about: Node
    field: Node
    values: tuple[Node, ...]
    state: Node | None
    origin: Node | None
    level: Node | None
    is_explicit: bool
    notes: tuple[Literal, ...]
    passages: tuple[URIRef, ...]

    @property
    def is_own(self) -> bool:
        """Whether the company says so; what is inferred or suggested never counts."""
        return self.origin not in (ROPA.Inferred, ROPA.Suggested)


@dataclass(frozen=True)
class Remark:
    """What a reader found odd about a thing."""

    iri: URIRef
    about: Node
    kind: Node | None
    article: str
    notes: tuple[Literal, ...]
    passages: tuple[URIRef, ...]


@dataclass(frozen=True)
class Stretch:
    """A section or a passage of a document.

    Attributes:
        iri: the section or passage.
        source: the document.
        section: the section that a passage stands under.
        heading: the heading of a section as it is printed.
        words: our own short words, each in its language.
        start: position of the first character, from 0; None where it is not known.
        end: position after the last character.
        first_line: counted from 1.
        last_line: counted from 1.
    """

    iri: URIRef
    source: Node | None = None
    section: Node | None = None
    heading: tuple[Literal, ...] = ()
    words: tuple[Literal, ...] = ()
    start: int | None = None
    end: int | None = None
    first_line: int | None = None
    last_line: int | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        """Start and end, where both are known and in order."""
        if self.start is None or self.end is None or self.start >= self.end:
            return None
        return self.start, self.end

    @property
    def names(self) -> tuple[Literal, ...]:
        """What it is called: the printed heading, else our own words."""
        return self.heading or self.words


@dataclass(frozen=True)
class Document:
    """A document that was read, with its sections and passages by their IRIs."""

    iri: URIRef
    titles: tuple[Literal, ...] = ()
    digest: str = ""
    sections: Mapping[URIRef, Stretch] = field(default_factory=dict)
    passages: Mapping[URIRef, Stretch] = field(default_factory=dict)

    def section_of(self, passage: Stretch) -> Stretch | None:
        """Give the section that a passage stands under, if one is named."""
        named = passage.section
        return self.sections.get(named) if isinstance(named, URIRef) else None


@dataclass(frozen=True)
class Cited:
    """A claim in its place.

    Attributes:
        claim: what is claimed.
        entry: the entry it stands in.
        company: slug of the company whose claim it is; empty where none is known.
        activity: slug of the activity; None where it stands for the whole company.
        word: how it is held, as questions say it.
    """

    claim: Claim
    entry: URIRef
    company: str
    activity: str | None
    word: str


@dataclass(frozen=True)
class Evidence:
    """Claims, the documents they rest on, and what all of it is called.

    Attributes:
        claims: sorted by entry, thing, field and value.
        documents: those whose passages the claims cite, by IRI.
        names: what things, properties and terms are called, by IRI.
        labels: what a field is called on a thing, by thing and property.
    """

    claims: tuple[Cited, ...]
    documents: Mapping[Node, Document] = field(default_factory=dict)
    names: Mapping[Node, str] = field(default_factory=dict)
    labels: Mapping[tuple[Node, Node], str] = field(default_factory=dict)

    def within(self, document: Document) -> Evidence:
        """Narrow it to one document: claims read there, and their passages in it."""
        kept = []
        for one in self.claims:
            own = tuple(
                iri for iri in one.claim.passages if entry.document(iri) == document.iri
            )
            if own:
                kept.append(replace(one, claim=replace(one.claim, passages=own)))
        return replace(self, claims=tuple(kept), documents={document.iri: document})

    def passage(self, iri: URIRef) -> tuple[Stretch, Document | None]:
        """Give a passage and its document; bare where the register has neither."""
        document = self.documents.get(entry.document(iri))
        found = document.passages.get(iri) if document is not None else None
        return found or Stretch(iri), document

    def label(self, claim: Claim) -> str:
        """Say what the field of a claim is called on the thing it is about."""
        return self.labels.get((claim.about, claim.field)) or self.name(claim.field)

    def name(self, node: Node) -> str:
        """Say what a thing is called; a literal says itself."""
        if isinstance(node, Literal):
            return str(node)
        return self.names.get(node) or curie(str(node))


def claims_of(graph: Graph) -> list[Claim]:
    """Read the claims of an entry, sorted by their IRIs; halves of claims are left."""
    nodes = set(_named(graph.subjects(RDF.type, ROPA.Claim)))
    # One walk through the graph: an entry may hold more claims than statements.
    said: dict[Node, dict[Node, list[Node]]] = {node: {} for node in nodes}
    for s, p, o in graph:
        if s in nodes:
            said[s].setdefault(p, []).append(o)
    found = []
    for node in sorted(nodes):
        of = said[node]
        about, way = _one(of, ROPA.about), _one(of, ROPA.field)
        if about is None or way is None:
            continue
        found.append(
            Claim(
                iri=node,
                about=about,
                field=way,
                values=tuple(sorted(of.get(ROPA.value, ()), key=_by_text)),
                state=_one(of, ROPA.state),
                origin=_one(of, ROPA.origin),
                level=_one(of, ROPA.level),
                is_explicit=str(_one(of, ROPA.explicit)).lower() not in {"false", "0"},
                notes=_in_order(of.get(SKOS.note, ())),
                passages=tuple(sorted(_named(of.get(ROPA.passage, ())))),
            )
        )
    return found


def _one(said: Mapping[Node, list[Node]], way: URIRef) -> Node | None:
    """Give the value of a property; of several, which is an error, always the same."""
    values = said.get(way)
    return min(values, key=_by_text) if values else None


def remarks_of(graph: Graph) -> list[Remark]:
    """Read the remarks of an entry, sorted by their IRIs."""
    found = []
    for node in sorted(_named(graph.subjects(RDF.type, ROPA.Remark))):
        about = graph.value(node, ROPA.about)
        if about is not None:
            found.append(
                Remark(
                    iri=node,
                    about=about,
                    kind=graph.value(node, ROPA.remarkKind),
                    article=str(graph.value(node, ROPA.article) or ""),
                    notes=texts(graph, node, SKOS.note),
                    passages=tuple(sorted(_named(graph.objects(node, ROPA.passage)))),
                )
            )
    return found


def document_of(graph: Graph, iri: URIRef) -> Document:
    """Read a source document: its sections and passages in the order of the text."""
    sections = _stretches(graph, graph.subjects(RDF.type, ROPA.Section))
    passages = _stretches(graph, graph.subjects(RDF.type, OA.SpecificResource))
    return Document(
        iri=iri,
        titles=texts(graph, iri, DCT.title),
        digest=str(graph.value(iri, ROPA.sha256) or "").lower(),
        sections=sections,
        passages={key: one for key, one in passages.items() if key not in sections},
    )


def _stretches(graph: Graph, nodes: Iterable[Node]) -> dict[URIRef, Stretch]:
    found = [_stretch(graph, node) for node in _named(nodes)]
    return {one.iri: one for one in sorted(found, key=in_order)}


def in_order(one: Stretch) -> tuple[bool, int, int, str]:
    """Order stretches as they stand in the text, the longer first; unplaced last."""
    return (one.start is None, one.start or 0, -(one.end or 0), str(one.iri))


def _stretch(graph: Graph, node: URIRef) -> Stretch:
    position = graph.value(node, OA.hasSelector)
    return Stretch(
        iri=node,
        source=graph.value(node, OA.hasSource),
        section=graph.value(node, ROPA.section),
        heading=texts(graph, node, DCT.title),
        words=texts(graph, node, SKOS.prefLabel),
        start=_number(graph, position, OA.start),
        end=_number(graph, position, OA.end),
        first_line=_number(graph, node, ROPA.firstLine),
        last_line=_number(graph, node, ROPA.lastLine),
    )


def texts(graph: Graph, node: Node, way: URIRef) -> tuple[Literal, ...]:
    """Give the texts of a thing, sorted by language."""
    return _in_order(graph.objects(node, way))


def _in_order(nodes: Iterable[Node]) -> tuple[Literal, ...]:
    found = (text for text in nodes if isinstance(text, Literal))
    return tuple(sorted(found, key=lambda text: (text.language or "", str(text))))


def best(found: Iterable[Literal], lang: str) -> Literal | None:
    """Choose a text: in the language, else without one or in English, else any."""

    def rank(text: Literal) -> int:
        order = [lang, "", "en"]
        code = (text.language or "").partition("-")[0].lower()
        return order.index(code) if code in order else len(order)

    return min(found, key=rank, default=None)


def _number(graph: Graph, node: Node | None, way: URIRef) -> int | None:
    """Read a count; what is no count is as good as not said."""
    value = graph.value(node, way) if node is not None else None
    text = str(value) if value is not None else ""
    return int(text) if text.isdecimal() and len(text) < _MAX_DIGITS else None


def _named(nodes: Iterable[Node]) -> list[URIRef]:
    return list(dict.fromkeys(node for node in nodes if isinstance(node, URIRef)))


def _by_text(node: Node) -> tuple[str, str]:
    return (str(node), node.n3())
