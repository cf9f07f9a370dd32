"""The page of a document that was read: sections, passages, what rests on them.

A reader may supply its text: the passages are then shown in place. The text is
compared by its digest, sliced and escaped, shown, and forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa import entry, passages
from ropa import fields as form
from ropa.errors import InputError, MediaTypeUnknown, RopaError, SourceUnknown
from ropa.evidence import Claim, Document, in_order
from ropa.passages import Line
from ropa.terms import DCT, ROPA
from webui import claims, negotiation, sent
from webui.claims import Badge
from webui.current import the_register
from webui.documents import document_at, lines_of, words_of
from webui.languages import gettext as _
from webui.naming import Name, href, names, thing_at
from webui.neighbours import used_by
from webui.records import document as as_document
from webui.things import Property, Shower, Value, anchor_of
from webui.values import said

pages = Blueprint("sources", __name__)

PLAIN = "text/plain"

_RESTING = """
SELECT ?passage ?claim ?about ?field ?value ?state ?origin ?level ?explicit WHERE {{
  ?passage oa:hasSource {source} .
  ?claim ropa:passage ?passage ;
    a ropa:Claim ;
    ropa:about ?about ;
    ropa:field ?field .
  OPTIONAL {{ ?claim ropa:value ?value }}
  OPTIONAL {{ ?claim ropa:state ?state }}
  OPTIONAL {{ ?claim ropa:origin ?origin }}
  OPTIONAL {{ ?claim ropa:level ?level }}
  OPTIONAL {{ ?claim ropa:explicit ?explicit }}
}} ORDER BY ?passage ?about ?field ?claim ?value
"""
_KINDS = """
SELECT DISTINCT ?about ?kind WHERE {{
  ?passage oa:hasSource {source} .
  ?claim ropa:passage ?passage ;
    a ropa:Claim ;
    ropa:about ?about .
  ?about a ?kind .
}} ORDER BY ?about ?kind
"""
_REMARKED = """
SELECT ?passage ?remark ?about ?kind WHERE {{
  ?passage oa:hasSource {source} .
  ?remark ropa:passage ?passage ;
    a ropa:Remark ;
    ropa:about ?about .
  OPTIONAL {{ ?remark ropa:remarkKind ?kind }}
}} ORDER BY ?passage ?remark
"""


@dataclass(frozen=True)
class Resting:
    """Claims on one field of a thing, or a remark, that rest on a passage."""

    about: Value
    field: Name
    values: list[Value]
    badges: list[Badge]


@dataclass
class Shown:
    """A passage on the page: its number, place and words, and what rests on it."""

    number: int
    anchor: str
    words: str
    lines: str
    start: int | None
    end: int | None
    is_outside: bool = False
    resting: list[Resting] = field(default_factory=list)


@dataclass
class Part:
    """A section on the page with the passages that stand under it."""

    anchor: str
    name: str
    is_printed: bool
    lines: str
    depth: int
    passages: list[Shown] = field(default_factory=list)


@dataclass
class Supplied:
    """What a reader handed in; it is shown again whatever happens, and not kept."""

    text: str = ""
    lines: list[Line] | None = None
    error: RopaError | None = None


@pages.get("/sources/<slug>")
def show(slug: str) -> Response:
    """Show a document that was read."""
    iri = thing_at(f"sources/{slug}")
    kinds = the_register().select(
        f"SELECT ?kind WHERE {{ {iri.n3()} a ?kind }} LIMIT 1"
    )
    if not kinds.rows:
        # What is not there is missing in every form; reading it says so.
        the_register().read(iri)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return as_document(iri, suffix)
    return _page(iri, Supplied())


@pages.post("/sources/<slug>")
def show_in_place(slug: str) -> Response:
    """Show the passages in the text that a reader supplies; nothing is kept."""
    negotiation.choose({negotiation.HTML: "text/html"})
    iri = thing_at(f"sources/{slug}")
    document = document_at(iri)
    if request.mimetype == PLAIN:
        text = _recognised(request.get_data(), document)
        return _page(iri, Supplied(lines=_in_place(text, document)))
    if not sent.is_form():
        raise MediaTypeUnknown(
            f"A text cannot be read from {request.mimetype or 'an unnamed type'}.",
            hint=f"Send {PLAIN}, or the form of the page.",
        )
    supplied = Supplied(request.form.get("text", ""))
    upload = request.files.get("file")
    try:
        if upload is not None and upload.filename:
            text = _recognised(upload.read(), document)
        elif supplied.text.strip():
            text = _recognised(_pasted(supplied.text, document), document)
        else:
            raise InputError(
                _("Nothing was pasted and no file was chosen."),
                hint=_("Paste the text of the document, or choose its file."),
            )
        supplied.lines = _in_place(text, document)
    except RopaError as error:
        supplied.error = error
    return _page(iri, supplied)


def _pasted(text: str, document: Document) -> bytes:
    """Undo what a form does to line breaks, where that gives the document."""
    data = text.encode()
    forms = passages.respelt(data)
    fitting = (one for one in forms if passages.digest(one) == document.digest)
    return next(fitting, data)


def _recognised(data: bytes, document: Document) -> str:
    """Read a text that must be the document.

    Raises:
        SourceUnknown: it is another one, or no digest of the document is known.
        InputError: it is no text.
    """
    text = passages.decode(data, _("The text"))
    found = passages.digest(data)
    if not document.digest:
        raise SourceUnknown(
            _("No digest of this document is recorded: no text can be compared."),
            digest=found,
        )
    if found == document.digest:
        return text
    other = the_register().documents().get(found)
    if other is not None:
        hint = _("It is the text of another document: %(name)s.", name=other[1])
    elif (near := passages.nearest(data, {document.digest})) is not None:
        hint = _differing(near)
    else:
        hint = _(
            "Another version of the document, or other line breaks, may be the cause."
        )
    raise SourceUnknown(
        _(
            "This is not the text that was read: its SHA-256 is %(found)s, "
            "that of the document is %(known)s.",
            found=found,
            known=document.digest,
        ),
        hint=hint,
        digest=found,
        known=[document.digest],
    )


def _differing(near: passages.Near) -> str:
    """Say in what alone a text differs from the document."""
    if not near.is_marked:
        return _("Only its line breaks differ: give the file as it was read.")
    if not near.is_broken:
        return _(
            "Only a byte order mark at its start differs: give the file as it was read."
        )
    return _(
        "Only a byte order mark at its start and its line breaks differ: "
        "give the file as it was read."
    )


def _in_place(text: str, document: Document) -> list[Line]:
    spans = [one.span or (0, 0) for one in document.passages.values()]
    return passages.in_place(text, spans)


# -- the page ------------------------------------------------------------------------


def _page(iri: URIRef, supplied: Supplied) -> Response:
    document = document_at(iri)
    numbered = _numbered(document, supplied)
    parts = _parts(document, numbered)
    remarks = _remarks(iri)
    for passage, resting in _resting(iri).items():
        if passage in numbered:
            numbered[passage].resting += resting
    for passage, resting in remarks.items():
        if passage in numbered:
            numbered[passage].resting += resting
    page = render_template(
        "source.html",
        title=names().name(iri),
        facts=_facts(iri),
        document=document,
        parts=parts,
        elsewhere=_elsewhere(document, numbered),
        passages=list(numbered.values()),
        supplied=supplied,
        used_by=used_by(iri),
        thing=iri,
    )
    response = make_response(page)
    if supplied.error is not None:
        response.status_code = supplied.error.http_status
    return response


def _facts(iri: URIRef) -> list[Property]:
    """Show what is known of a document, and that its day or address is not."""
    graph = Graph()
    table = the_register().select(
        f"SELECT ?way ?value WHERE {{ {iri.n3()} ?way ?value }}"
    )
    for way, value in table.rows:
        if way is not None and value is not None:
            graph.add((iri, way, value))
    shown = Shower(graph).properties(iri, asked=False)
    known = {one.iri for one in shown}
    for way in (DCT.issued, ROPA.retrievedFrom):
        if way not in known:
            silent = Badge("silent", Name(_("not known")))
            shown.append(Property(way, names().name(way), state=silent))
    return shown


def _numbered(document: Document, supplied: Supplied) -> dict[URIRef, Shown]:
    """Number the passages in the order of the text."""
    seen = {
        index
        for line in supplied.lines or ()
        for piece in line.pieces
        for index in piece.covers
    }
    return {
        one.iri: Shown(
            number=number,
            anchor=anchor_of(one.iri),
            words=words_of(one.words),
            lines=lines_of(one),
            start=one.start,
            end=one.end,
            is_outside=supplied.lines is not None and number - 1 not in seen,
        )
        for number, one in enumerate(document.passages.values(), start=1)
    }


def _parts(document: Document, numbered: Mapping[URIRef, Shown]) -> list[Part]:
    """Show the sections in order, each with the passages that name it."""
    parts: dict[Node, Part] = {}
    open_ends: list[int] = []
    for section in sorted(document.sections.values(), key=in_order):
        start = section.start or 0
        open_ends = [end for end in open_ends if end > start]
        parts[section.iri] = Part(
            anchor=anchor_of(section.iri),
            name=words_of(section.names) or anchor_of(section.iri),
            is_printed=bool(section.heading),
            lines=lines_of(section),
            depth=min(len(open_ends), 2),
        )
        open_ends.append(section.end or start)
    for one in document.passages.values():
        if one.section in parts:
            parts[one.section].passages.append(numbered[one.iri])
    return list(parts.values())


def _elsewhere(document: Document, numbered: Mapping[URIRef, Shown]) -> list[Shown]:
    """Give the passages of which no section is known."""
    return [
        numbered[one.iri]
        for one in document.passages.values()
        if one.section not in document.sections
    ]


def _resting(source: URIRef) -> dict[URIRef, list[Resting]]:
    """Give the claims that rest on each passage, in one query."""
    table = the_register().select(_RESTING.format(source=source.n3()))
    names().prefetch(node for row in table.rows for node in row)
    names().prefetch(entry.document(row[2]) for row in table.rows if row[2] is not None)
    kinds: dict[Node, list[URIRef]] = defaultdict(list)
    for thing, kind in the_register().select(_KINDS.format(source=source.n3())).rows:
        if thing is not None and isinstance(kind, URIRef):
            kinds[thing].append(kind)
    found: dict[URIRef, list[Resting]] = defaultdict(list)
    together: dict[URIRef, dict[object, Resting]] = defaultdict(dict)
    for passage, node, about, way, value, state, origin, level, explicit in table.rows:
        if not isinstance(passage, URIRef) or about is None or way is None:
            continue
        claim = Claim(
            iri=URIRef(str(node)),
            about=about,
            field=way,
            values=(),
            state=state,
            origin=origin,
            level=level,
            is_explicit=str(explicit).lower() not in {"false", "0"},
            notes=(),
            passages=(),
        )
        badges = claims.badges([claim])
        key = (about, way, tuple(badge.kind + badge.name.text for badge in badges))
        if key not in together[passage]:
            called = _field(way, kinds.get(about, ()))
            rests = Resting(_thing(about), called, [], badges)
            together[passage][key] = rests
            found[passage].append(rests)
        if value is not None:
            together[passage][key].values.append(_value(value))
    return found


def _remarks(source: URIRef) -> dict[URIRef, list[Resting]]:
    """Give the remarks on each passage, in one query."""
    table = the_register().select(_REMARKED.format(source=source.n3()))
    names().prefetch(node for row in table.rows for node in row)
    found: dict[URIRef, list[Resting]] = defaultdict(list)
    for passage, remark, about, kind in table.rows:
        if not isinstance(passage, URIRef) or about is None or remark is None:
            continue
        at = href(remark)
        name = names().name(kind) if kind is not None else Name(_("Remark"))
        badge = Badge("remark", Name(_("Remark")))
        value = Value(name, remark, href=at)
        found[passage].append(Resting(_thing(about), Name(""), [value], [badge]))
    return found


def _thing(about: Node) -> Value:
    """Link what is spoken of, named after its entry and itself."""
    part = names().name(about)
    whole = entry.document(about)
    if whole != about:
        if anchor_of(URIRef(str(about))) == "record":
            part = Name(_("whole record"))
        entry_name = names().name(whole)
        # A part is often named after the company: it is said once.
        if part.text != entry_name.text:
            part = Name(f"{entry_name.text} › {part.text}", part.lang)  # noqa: RUF001
    return Value(part, about, href=href(about))


def _field(way: Node, kinds: Iterable[URIRef]) -> Name:
    """Name a property as the form of the thing it is said of does."""
    known = form.label_of(URIRef(str(way)), kinds)
    return names().best(dict(known)) if known else names().name(way)


def _value(node: Node) -> Value:
    if isinstance(node, URIRef):
        return Value(names().name(node), node, href=href(node))
    return Value(said(node), node)
