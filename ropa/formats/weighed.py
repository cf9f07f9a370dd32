"""An impact as rows, as text and as Markdown.

The words for what becomes of a transfer are those of the ontology; here stand only the
words around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib.term import Literal, Node, URIRef

from ropa import entry, footing, vocabulary
from ropa.footing import Affected, Ground, Impact, Tally
from ropa.formats.reports.markdown import escaped
from ropa.formats.reports.words import one_line
from ropa.store.base import Table
from ropa.terms import RDF, ROPA, SKOS, curie

COLUMNS = (
    "company",
    "activity",
    "recipient",
    "country",
    "tool",
    "decision",
    "impact",
    "before",
    "after",
    "carried_by",
    "remark",
    "transfer",
)
"""The first six are those of the question ``transfers``."""
MENDING = ("mended", "lacking")
"""Columns that are there where something is put in place."""

MOST_LISTED = 12
"""Most things of a sum that the text names; the others are counted."""

_FRAME = {
    "activities": {"en": "activities", "fr": "activités"},
    "after": {"en": "After", "fr": "Après"},
    "and more": {"en": "and {n} more", "fr": "et {n} de plus"},
    "by_record": {
        "en": "more by their company\u2019s record",
        "fr": "de plus par le registre de leur entreprise",
    },
    "colon": {"en": ": ", "fr": "\u00a0: "},
    "companies": {"en": "companies", "fr": "entreprises"},
    "data": {"en": "data categories", "fr": "catégories de données"},
    "then": {"en": "; ", "fr": "\u00a0; "},
    "established": {
        "en": "Companies of this register established there",
        "fr": "Entreprises de ce registre qui y sont établies",
    },
    "instead": {"en": "Instead", "fr": "À la place"},
    "mended": {"en": "{n} of {all}", "fr": "{n} sur {all}"},
    "none": {
        "en": "No transfer of this register is concerned.",
        "fr": "Aucun transfert de ce registre n\u2019est concerné.",
    },
    "on": {"en": "on {day}", "fr": "au {day}"},
    "to": {"en": "to", "fr": "vers"},
    "touched": {
        "en": "Activities touched by their company\u2019s record",
        "fr": "Activités touchées par le registre de leur entreprise",
    },
    "transfers": {"en": "transfers", "fr": "transferts"},
    "unknown": {"en": "not stated", "fr": "non indiqué"},
    "vendors": {"en": "vendors", "fr": "prestataires"},
    "whole": {"en": "whole record", "fr": "tout le registre"},
    "without": {"en": "Without", "fr": "Sans"},
}


def say(key: str, lang: str, **values: object) -> str:
    """Give one of the words around an impact."""
    words = _FRAME[key]
    return words.get(lang, words["en"]).format(**values)


# -- rows ----------------------------------------------------------------------------


def as_table(found: Impact) -> Table:
    """Put an impact into rows, one for each transfer and country."""
    is_asked = found.instead is not None
    columns = [*COLUMNS, *(MENDING if is_asked else ())]
    return Table(columns, [_row(one, is_asked=is_asked) for one in found.affected])


def _row(one: Affected, *, is_asked: bool) -> tuple[Node | None, ...]:
    row: tuple[Node | None, ...] = (
        Literal(entry.slug(one.company)),
        Literal(entry.slug(one.activity)) if one.activity is not None else None,
        _joined(one.importers),
        one.country,
        _joined(one.tools),
        _joined(one.decisions or one.supposed),
        Literal(footing.word(one.kind)),
        Literal(one.before),
        Literal(one.after),
        _joined(one.carried_by),
        _words(one.remarks),
        one.transfer,
    )
    if not is_asked:
        return row
    mended = None if one.is_mended is None else Literal(one.is_mended)
    return (*row, mended, _words(one.lacking))


def _joined(iris: tuple[URIRef, ...]) -> Node | None:
    """Put values into one cell, as the named questions do."""
    if len(iris) == 1:
        return iris[0]
    return Literal("; ".join(iris)) if iris else None


def _words(terms: tuple[URIRef, ...]) -> Literal | None:
    return Literal("; ".join(map(footing.word, terms))) if terms else None


# -- text ----------------------------------------------------------------------------


def as_text(found: Impact, lang: str = "en") -> str:
    """Tell an impact to a person: what falls, who is touched, what carries the rest."""
    lines = [f"{headline(found, lang)}", *_said_first(found, lang), ""]
    for kind in footing.kinds():
        concerned = found.of_kind(kind)
        lines += [f"## {found.name(kind)} ({sums(found, kind, lang)})"]
        if concerned:
            lines += [f"   {definition(kind, lang)}", ""]
            lines += [f"   - {_told(found, one, lang)}" for one in concerned]
            lines += [f"   {line}" for line in _listed(found, kind, lang)]
        lines.append("")
    lines += _last(found, lang)
    return "\n".join(map(_plain, lines)).rstrip("\n") + "\n"


def _plain(line: str) -> str:
    """Keep what comes from a register from steering a terminal; indents stay."""
    text = one_line(line)
    return " " * (len(line) - len(line.lstrip(" "))) + text.lstrip(" ")


def as_markdown(found: Impact, lang: str = "en") -> str:
    """Tell the same in Markdown, for a page, a ticket or a comment."""
    lines = [f"# {escaped(headline(found, lang))}", ""]
    for line in _said_first(found, lang):
        lines += [escaped(line), ""]
    for kind in footing.kinds():
        heading = f"{found.name(kind)} ({sums(found, kind, lang)})"
        lines += [f"## {escaped(one_line(heading))}", ""]
        concerned = found.of_kind(kind)
        if concerned:
            lines += [escaped(definition(kind, lang)), ""]
            lines += [
                f"- {escaped(one_line(_told(found, o, lang)))}" for o in concerned
            ]
            told = [escaped(one_line(line)) for line in _listed(found, kind, lang)]
            lines += ["", *(f"{line}  " for line in told), ""]
    lines += [escaped(one_line(line)) for line in _last(found, lang)]
    return "\n".join(lines).rstrip("\n") + "\n"


def headline(found: Impact, lang: str) -> str:
    """Say what is thought away, and for which day."""
    day = say("on", lang, day=found.asked.isoformat())
    said = f"{say('without', lang)}{_colon(lang)}{_called(found, found.without, lang)}"
    return one_line(f"{said}, {day}")


def _said_first(found: Impact, lang: str) -> list[str]:
    lines = []
    for one in found.remarks:
        said = found.name(one)
        if one == ROPA.JudgedAtReview:
            said += f", {found.judged.isoformat()}"
        lines.append(f"{said}{_colon(lang)}{definition(one, lang)}.")
    if found.instead is not None:
        tried = found.put_to_the_test
        count = say(
            "mended", lang, n=sum(bool(o.is_mended) for o in tried), all=len(tried)
        )
        named = _called(found, found.instead, lang)
        lines.append(
            f"{say('instead', lang)}{_colon(lang)}{named}. "
            f"{label(ROPA.Mended, lang)}{_colon(lang)}{count}."
        )
    if not found.affected:
        lines.append(say("none", lang))
    return [one_line(line) for line in lines]


def _called(found: Impact, ground: Ground, lang: str) -> str:
    """Name a ground with its short name, and its rows with what they are worth."""
    rows = [
        f"{curie(row)}, {state_label(ground.states[row], lang)}"
        if row in ground.states
        else curie(row)
        for row in ground.rows[:MOST_LISTED]
    ]
    kind = label(ground.kind, lang)
    short = curie(ground.iri)
    named = found.name(ground.iri)
    own = [] if ground.rows == (ground.iri,) or short == ground.iri else [short]
    return f"{named} [{say('then', lang).join([kind, *own, *rows])}]"


def sums(found: Impact, kind: URIRef, lang: str) -> str:
    """Count what transfers of a kind concern."""
    counted = found.sums(kind)
    told = [
        f"{say(key, lang)}{_colon(lang)}{counted[key]}"
        for key in ("transfers", "companies", "activities", "data", "vendors")
    ]
    if counted["by_record"]:
        told[2] += f" (+ {counted['by_record']} {say('by_record', lang)})"
    return ", ".join(told if counted["transfers"] else told[:1])


def _told(found: Impact, one: Affected, lang: str) -> str:
    """Say in one line who sends what where, on what, and what becomes of it."""
    unknown, then = say("unknown", lang), say("then", lang)
    where = found.name(one.activity) if one.activity else say("whole", lang)
    receivers = ", ".join(map(found.name, one.vendors or one.importers)) or unknown
    country = found.name(one.country) if one.country else unknown
    named = [*one.tools, *(one.decisions or one.supposed)]
    tools = ", ".join(map(found.name, named)) or unknown
    said = (
        f"{found.name(one.company)}, {where}{_colon(lang)}{found.name(one.transfer)}"
        f"{then}{say('to', lang)} {receivers} ({country}){then}{tools}"
    )
    if one.carried_by:
        carried = ", ".join(map(found.name, one.carried_by))
        said += f"{then}{say('after', lang)}{_colon(lang)}{carried}"
    notes = [found.name(remark) for remark in one.remarks]
    if one.is_mended is not None:
        state = label(ROPA.Mended if one.is_mended else ROPA.NotMended, lang)
        why = ", ".join(map(found.name, one.lacking))
        notes.append(f"{state}{_colon(lang)}{why}" if why else state)
    return f"{said} [{then.join(notes)}]" if notes else said


def _listed(found: Impact, kind: URIRef, lang: str) -> Iterator[str]:
    """Name the companies, activities, categories and vendors of a kind."""
    for key, tallies in (
        ("companies", found.companies),
        ("activities", found.activities),
        ("data", found.data),
        ("vendors", found.vendors),
    ):
        own = [one for one in tallies if one.counts.get(kind)]
        if own:
            yield f"{say(key, lang).capitalize()}{_colon(lang)}{_few(found, own, lang)}"
    whole = [
        one
        for one in found.activities
        if one.by_record.get(kind) and not one.counts.get(kind)
    ]
    if whole:
        yield f"{say('touched', lang)}{_colon(lang)}{_few(found, whole, lang)}"


def _few(found: Impact, tallies: Iterable[Tally], lang: str) -> str:
    names = sorted({found.name(one.iri) for one in tallies}, key=str.casefold)
    shown = names[:MOST_LISTED]
    if len(names) > len(shown):
        shown.append(say("and more", lang, n=len(names) - len(shown)))
    return ", ".join(shown)


def _last(found: Impact, lang: str) -> list[str]:
    lines = []
    if found.likely:
        kind = ROPA.PerhapsConcerned
        lines += [f"## {found.name(kind)} ({len(found.likely)})"]
        lines += [f"   {definition(kind, lang)}", ""]
        for one in found.likely:
            where = found.name(one.activity) if one.activity else say("whole", lang)
            lines.append(
                f"   - {found.name(one.company)}, {where}{_colon(lang)}"
                f"{found.name(one.vendor or one.part)} ({found.name(one.country)})"
            )
        lines.append("")
    if found.established:
        names = ", ".join(map(found.name, found.established))
        lines.append(f"{say('established', lang)}{_colon(lang)}{names}")
    return lines


def _colon(lang: str) -> str:
    return say("colon", lang)


# -- words of the ontology -----------------------------------------------------------


def label(term: URIRef, lang: str) -> str:
    """Name a term of the ontology."""
    return vocabulary.load().label(term, lang)


def definition(term: URIRef, lang: str) -> str:
    """Say what a term of the ontology means."""
    return vocabulary.load().definition(term, lang) or ""


def state_label(notation: str, lang: str) -> str:
    """Say what a row is worth, of which questions answer the word for programs."""
    words = vocabulary.load()
    for term, way in words.naming(ROPA.LawState):
        if way == RDF.type and (SKOS.notation, Literal(notation)) in words.said(term):
            return words.label(term, lang)
    return notation
