"""Documents that were read, and where in them a statement stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app
from rdflib import Literal, URIRef

from ropa import entry, evidence
from ropa.errors import NotFound
from ropa.evidence import Document, Stretch
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import path_of

if TYPE_CHECKING:
    from flask import Flask

MOST = 2
"""Places that are linked one by one beside a value; the rest share a link."""


@dataclass(frozen=True)
class Place:
    """Where a statement was read: an address, and its name for a person.

    Attributes:
        href: the page of the document, at the passage.
        words: section and lines.
        more: how many further places the link stands for.
    """

    href: str
    words: str
    more: int = 0


def document_at(iri: URIRef) -> Document:
    """Give a document with its passages, kept until the register changes.

    Raises:
        NotFound: there is none of that name.
    """
    state = the_register().state
    kept: dict[tuple[tuple[int, int], URIRef], Document] = current_app.extensions[
        "documents"
    ]
    key = (state, iri)
    if key not in kept:
        found = evidence.document_of(the_register().read(iri), iri)
        for old in [one for one in kept if one[0] != state]:
            kept.pop(old, None)
        kept[key] = found
    return kept[key]


def stretch_at(passage: URIRef) -> tuple[Stretch, Document | None]:
    """Give a passage and its document; bare where the register has neither."""
    try:
        document = document_at(entry.document(passage))
    except NotFound:
        return Stretch(passage), None
    return document.passages.get(passage, Stretch(passage)), document


def words_of(texts: Iterable[Literal]) -> str:
    """Choose a text for the language of the page; empty where there is none."""
    chosen = evidence.best(texts, language())
    return str(chosen) if chosen is not None else ""


def lines_of(one: Stretch) -> str:
    """Say on which lines a stretch stands; empty where it is not known."""
    if one.first_line is None:
        return ""
    last = one.last_line or one.first_line
    if last == one.first_line:
        return _("line %(first)s", first=last)
    return _("lines %(first)s to %(last)s", first=one.first_line, last=last)


def where(passage: URIRef) -> str:
    """Say where a passage stands: section and lines."""
    one, document = stretch_at(passage)
    section = document.section_of(one) if document is not None else None
    said = [words_of(section.names) if section is not None else "", lines_of(one)]
    return ", ".join(filter(None, said)) or _("position not known")


def places(passages: Iterable[URIRef]) -> list[Place]:
    """Link the places where a statement was read, the first of them one by one."""
    found = list(dict.fromkeys(passages))
    kept = found[:MOST] if len(found) > MOST + 1 else found
    shown = [Place(path_of(str(one)) or str(one), where(one)) for one in kept]
    rest = found[len(kept) :]
    if rest:
        words = "; ".join(map(where, rest))
        shown.append(Place(path_of(str(rest[0])) or str(rest[0]), words, len(rest)))
    return shown


def together(all_places: Iterable[Place]) -> Place | None:
    """Put several places into one short link, for a table."""
    found = list(all_places)
    if not found:
        return None
    words = "; ".join(dict.fromkeys(one.words for one in found))
    return Place(found[0].href, words)


def install(app: Flask) -> None:
    """Let an application keep the documents it has read."""
    app.extensions["documents"] = {}
    app.jinja_env.globals.update(together=together)
