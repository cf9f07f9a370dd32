"""Claims with their passages: as rows, as text, and in place in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from rdflib.term import Literal, Node, URIRef

from ropa import evidence, passages
from ropa.evidence import Cited, Document, Evidence, Stretch
from ropa.store.base import Table

COLUMNS = (
    "company",
    "activity",
    "field",
    "value",
    "claim",
    "source",
    "section",
    "passage",
    "about",
    "origin",
    "level",
    "explicit",
    "words",
    "first_line",
    "last_line",
    "start",
    "end",
)
"""Those of the question ``evidence``, and what a program needs to find the place."""

AROUND = 60
"""Characters shown before and after a passage on its line."""
# What would steer a terminal instead of being read on it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_FRAME = {
    "characters": {
        "en": "characters {start} to {end}",
        "fr": "caractères {start} à {end}",
    },
    "implied": {"en": "implied", "fr": "implicite"},
    "line": {"en": "line {first}", "fr": "ligne {first}"},
    "lines": {"en": "lines {first} to {last}", "fr": "lignes {first} à {last}"},
    "none": {"en": "No claims.", "fr": "Aucune déclaration."},
    "nowhere": {"en": "position not known", "fr": "position inconnue"},
    "outside": {
        "en": "its position lies outside the text",
        "fr": "sa position est hors du texte",
    },
    "whole": {"en": "whole field", "fr": "tout le champ"},
}


def _say(key: str, lang: str, **values: object) -> str:
    words = _FRAME[key]
    return words.get(lang, words["en"]).format(**values)


# -- rows ----------------------------------------------------------------------------


def as_table(found: Evidence, *, lang: str = "en", text: str | None = None) -> Table:
    """Put claims into rows, one for each value and passage of each.

    Args:
        found: the claims.
        lang: language of sections and of our words.
        text: the document, where a reader gave it: a column says what stands there.
    """
    columns = [*COLUMNS, *(["text"] if text is not None else [])]
    rows = [row for one in found.claims for row in _rows(found, one, lang, text)]
    return Table(columns, list(dict.fromkeys(rows)))


def _rows(
    found: Evidence, one: Cited, lang: str, text: str | None
) -> Iterator[tuple[Node | None, ...]]:
    claim = one.claim
    for value in claim.values or (None,):
        for iri in claim.passages or (None,):
            passage, document = found.passage(iri) if iri else (Stretch(_NOWHERE), None)
            section = document.section_of(passage) if document else None
            start, end = passage.span or (None, None)
            row: tuple[Node | None, ...] = (
                Literal(one.company) if one.company else None,
                Literal(one.activity) if one.activity else None,
                claim.field,
                value,
                Literal(one.word) if one.word else None,
                passage.source,
                _plain(section.names, lang) if section else None,
                iri,
                claim.about,
                claim.origin,
                claim.level,
                Literal(claim.is_explicit),
                _plain(passage.words, lang),
                *map(_count, (passage.first_line, passage.last_line, start, end)),
            )
            said = (
                Literal(text[start:end])
                if text is not None and start is not None
                else None
            )
            yield (*row, said) if text is not None else row


_NOWHERE = URIRef("about:blank")


def _plain(texts: tuple[Literal, ...], lang: str) -> Literal | None:
    chosen = evidence.best(texts, lang)
    return Literal(str(chosen)) if chosen is not None else None


def _count(number: int | None) -> Literal | None:
    return Literal(number) if number is not None else None


# -- text ----------------------------------------------------------------------------


def as_text(found: Evidence, *, lang: str = "en") -> str:
    """Tell claims to a person: field, value, state, and where each was read."""
    if not found.claims:
        return _say("none", lang)
    lines: list[str] = []
    for entry_, claims in groupby(found.claims, key=lambda one: one.entry):
        lines += [f"# {found.name(entry_)}", ""]
        for about, own in groupby(claims, key=lambda one: one.claim.about):
            if about != entry_:
                lines += [f"## {found.name(about)}", ""]
            for one in own:
                lines += [_headline(found, one, lang)]
                lines += [f"    {place}" for place in _places(found, one, lang)]
                lines += [f"    ({note})" for note in _notes(one, lang)]
            lines.append("")
    return "\n".join(map(_harmless, lines)).rstrip("\n") + "\n"


def _headline(found: Evidence, one: Cited, lang: str) -> str:
    claim = one.claim
    values = ", ".join(map(found.name, claim.values)) or _say("whole", lang)
    return f"{found.label(claim)}: {values}  [{_held(found, one, lang)}]"


def _held(found: Evidence, one: Cited, lang: str) -> str:
    """Say how a claim is held: its state, and what is not usual about it."""
    claim = one.claim
    said = [found.name(claim.state)] if claim.state is not None else []
    if not claim.is_own:
        said.insert(0, one.word)
    if claim.level is not None:
        said.append(found.name(claim.level))
    if not claim.is_explicit:
        said.append(_say("implied", lang))
    return "; ".join(said)


def _places(found: Evidence, one: Cited, lang: str) -> Iterator[str]:
    for iri in one.claim.passages:
        passage, document = found.passage(iri)
        words = evidence.best(passage.words, lang)
        place = where(passage, document, lang)
        yield f"{place}: {words}" if words is not None else place


def _notes(one: Cited, lang: str) -> list[str]:
    chosen = evidence.best(one.claim.notes, lang)
    if chosen is None:
        return []
    return [str(n) for n in one.claim.notes if n.language == chosen.language]


def where(passage: Stretch, document: Document | None, lang: str) -> str:
    """Say where a passage stands: section, lines and characters."""
    section = document.section_of(passage) if document is not None else None
    said = [str(evidence.best(section.names, lang))] if section is not None else []
    if passage.first_line is not None:
        last = passage.last_line or passage.first_line
        key = "line" if last == passage.first_line else "lines"
        said.append(_say(key, lang, first=passage.first_line, last=last))
    if passage.span is not None:
        start, end = passage.span
        said.append(_say("characters", lang, start=start, end=end))
    return ", ".join(said) or _say("nowhere", lang)


def _harmless(text: str) -> str:
    return _CONTROL.sub(" ", text)


# -- in place ------------------------------------------------------------------------


def in_place(
    found: Evidence, document: Document, text: str, *, lang: str = "en"
) -> str:
    """Show each passage in the text it was read in, with the claims that rest on it.

    Args:
        found: the claims.
        document: the document.
        text: what it says; its digest is that of the document.
        lang: language of names.
    """
    resting: dict[URIRef, list[Cited]] = {}
    for one in found.claims:
        for iri in one.claim.passages:
            resting.setdefault(iri, []).append(one)
    shown = [one for iri, one in document.passages.items() if iri in resting]
    excerpts = _excerpts(text, shown)
    title = evidence.best(document.titles, lang)
    lines = [f"# {title or document.iri}", f"SHA-256 {document.digest}", ""]
    for passage in shown:
        lines.append(f"## {where(passage, document, lang)}")
        lines += excerpts.get(passage.iri, [f"  ({_say('outside', lang)})"])
        words = evidence.best(passage.words, lang)
        lines += [f"  {words}"] if words is not None else []
        for one in resting[passage.iri]:
            thing = one.claim.about
            lines.append(f"  - {found.name(thing)}: {_headline(found, one, lang)}")
        lines.append("")
    if not shown:
        lines.append(_say("none", lang))
    return "\n".join(map(_harmless, lines)).rstrip("\n") + "\n"


def _excerpts(text: str, shown: list[Stretch]) -> dict[URIRef, list[str]]:
    """Give the lines of each passage, marked, with a little before and after."""
    placed = [one for one in shown if one.span is not None and one.span[1] <= len(text)]
    found: dict[URIRef, list[str]] = {}
    spans = [one.span for one in placed if one.span is not None]
    for line in passages.in_place(text, spans):
        for index in sorted({index for piece in line.pieces for index in piece.covers}):
            row = f"{line.number:>6} | {_marked(line, index)}"
            found.setdefault(placed[index].iri, []).append(row)
    return found


def _marked(line: passages.Line, index: int) -> str:
    """Mark one passage on its line; what lies far from it is left out."""
    at = [n for n, piece in enumerate(line.pieces) if index in piece.covers]
    before, inside, after = (
        "".join(piece.text for piece in pieces)
        for pieces in (
            line.pieces[: at[0]],
            line.pieces[at[0] : at[-1] + 1],
            line.pieces[at[-1] + 1 :],
        )
    )
    if len(before) > AROUND:
        before = "…" + before[-AROUND:]
    if len(after) > AROUND:
        after = after[:AROUND] + "…"
    return f"{before}⟦{inside}⟧{after}"
