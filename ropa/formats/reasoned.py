"""Reasons of inferred statements as text for a terminal.

The sentences are those of the entailments and of the ontology; here stand only the
words around them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ropa.formats.reports.words import one_line
from ropa.why import Place, Premise, Reasons, Why
from ropa.wording import citation

_FRAME = {
    "also": {
        "en": "It follows in {n} more ways.",
        "fr": "Cela découle de {n} autres façons.",
    },
    "also one": {
        "en": "It follows in one more way.",
        "fr": "Cela découle d'une autre façon.",
    },
    "answered": {"en": "Answered: {said}", "fr": "Réponse\u00a0: {said}"},
    "apart": {
        "en": "inferred in turn; for its reasons see above, or ask for it by itself",
        "fr": "déduit à son tour\u00a0; raisons plus haut, ou à demander à part",
    },
    "ask": {
        "en": "Is it so? Its owner is asked: ropa answer {entry} {rule}",
        "fr": "Est-ce le cas\u00a0? La question est posée\u00a0: "
        "ropa answer {entry} {rule}",
    },
    "colon": {"en": ": ", "fr": "\u00a0: "},
    "company": {"en": "stated of the company", "fr": "indiqué de l'entreprise"},
    "entry": {"en": "stated here", "fr": "indiqué ici"},
    "follows": {
        "en": "What follows by the law of {day}",
        "fr": "Ce qui découle selon le droit du {day}",
    },
    "inferred": {"en": "inferred in turn", "fr": "déduit à son tour"},
    "law": {"en": "law", "fr": "droit"},
    "left out": {
        "en": "{n} more premises are not listed.",
        "fr": "{n} autres prémisses ne sont pas citées.",
    },
    "nothing": {
        "en": "Nothing follows from what is stated.",
        "fr": "Rien ne découle de ce qui est indiqué.",
    },
    "organisation": {
        "en": "stated of the organisation",
        "fr": "indiqué de l'organisation",
    },
    "record": {"en": "stated in the record", "fr": "indiqué dans le registre"},
    "some": {
        "en": "{n} of {total} statements are explained; ask for a part of the entry "
        "to see the others.",
        "fr": "{n} indications sur {total} sont expliquées\u00a0; demandez une partie "
        "de la fiche pour voir les autres.",
    },
    "vendors": {"en": "seats of vendors", "fr": "sièges des prestataires"},
    "vocabulary": {"en": "vocabulary", "fr": "vocabulaire"},
}
_INDENT = "    "


def _say(key: str, lang: str, **values: object) -> str:
    return _FRAME[key].get(lang, _FRAME[key]["en"]).format(**values)


def as_text(found: Reasons) -> str:
    """Tell what follows, each statement with what it rests on, to a person."""
    lang = found.lang
    day = found.as_of.isoformat()
    lines = [f"# {found.title}", _say("follows", lang, day=day), ""]
    if not found.total:
        lines.append(_say("nothing", lang))
    for about, own in groupby(found.whys, key=lambda one: one.about):
        several = list(own)
        if about != found.entry:
            lines += [f"## {several[0].words.partition(' · ')[0]}", ""]
        for one in several:
            lines += [*_statement(one, found), ""]
    if len(found.whys) < found.total:
        lines.append(_say("some", lang, n=len(found.whys), total=found.total))
    return "\n".join(map(one_line_of, lines)).rstrip("\n") + "\n"


def one_line_of(line: str) -> str:
    """Keep what is indented as it is; nothing in it may steer a terminal."""
    text = line.lstrip(" ")
    return line[: len(line) - len(text)] + one_line(text)


def _statement(one: Why, found: Reasons) -> Iterator[str]:
    article = f"  [{citation(one.article, found.lang)}]" if one.article else ""
    yield f"{one.words}{article}"
    yield from _reasons(one, found.lang, "  ")
    if one.answered:
        yield f"  {_say('answered', found.lang, said=one.answered)}"
    elif one.rule:
        yield f"  {_say('ask', found.lang, entry=found.entry, rule=one.rule)}"


def _reasons(one: Why, lang: str, indent: str) -> Iterator[str]:
    yield f"{indent}{one.explanation}"
    for premise in one.because:
        yield from _premise(premise, lang, indent)
    if one.left_out:
        yield f"{indent}{_say('left out', lang, n=one.left_out)}"
    if one.others:
        key = "also one" if one.others == 1 else "also"
        yield f"{indent}{_say(key, lang, n=one.others)}"


def _premise(premise: Premise, lang: str, indent: str) -> Iterator[str]:
    origin = _say("apart" if premise.is_told_apart else premise.origin, lang)
    yield f"{indent}- {premise.words}  [{origin}]"
    for place in premise.passages:
        yield f"{indent}{_INDENT}{_place(place, lang)}"
    if premise.why is not None:
        yield from _reasons(premise.why, lang, indent + _INDENT)


def _place(place: Place, lang: str) -> str:
    words = f"{_say('colon', lang)}{place.words}" if place.words else ""
    return f"{place.title}, {place.where}{words}"
