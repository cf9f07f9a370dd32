"""An explanation as text for a terminal, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from rdflib.term import Literal, URIRef

from ropa.explanation import (
    Condition,
    Explanation,
    Hit,
    Named,
    Saying,
    Text,
    Uses,
    label_of,
)
from ropa.terms import DCT, RDF, ROPA, SH, XSD
from ropa.wording import citation, counted, truth


def as_values(said: Explanation | Sequence[Hit]) -> Any:
    """Give an explanation, or a list of hits, as plain values for JSON."""
    if isinstance(said, Explanation):
        return _values(said)
    return {"hits": [_values(hit) for hit in said]}


def _values(value: Any) -> Any:
    if isinstance(value, Text):
        return {"text": value.text, **({"lang": value.lang} if value.lang else {})}
    if isinstance(value, Literal):
        return _values(Text(str(value), value.language or ""))
    if is_dataclass(value):
        return {one.name: _values(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_values(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, URIRef) else value


# The frame of the text; all else comes from ontology, shapes and questions.
_FRAME = {
    "and": {"en": "and {n} more", "fr": "et {n} de plus"},
    "after": {"en": "Reads what follows by", "fr": "Lit ce qui découle de"},
    "adds": {"en": "a program can add it", "fr": "un programme peut l'ajouter"},
    "answer": {"en": "Answer", "fr": "Réponse"},
    "asks": {
        "en": "a question to a person: no machine can decide it",
        "fr": "une question à une personne : aucune machine ne peut trancher",
    },
    "below": {"en": "Narrower", "fr": "Plus étroit"},
    "blocks": {"en": "blocks saving", "fr": "empêche l'enregistrement"},
    "cases": {"en": "Cases", "fr": "Affaires"},
    "checks": {"en": "Checks of experts", "fr": "Contrôles d'experts"},
    "concludes": {"en": "What follows", "fr": "Ce qui découle"},
    "columns": {"en": "Columns", "fr": "Colonnes"},
    "day": {"en": "On {day}", "fr": "Au {day}"},
    "either": {"en": "or", "fr": "ou"},
    "filler": {
        "en": "{way}: of the kind “{value}”",
        "fr": "{way}\u00a0: de type «\u00a0{value}\u00a0»",
    },
    "and also": {"en": "; ", "fr": "\u00a0; "},
    "any": {"en": "{way}: said", "fr": "{way}\u00a0: indiqué"},
    "value": {"en": "{way}: {value}", "fr": "{way}\u00a0: {value}"},
    "member": {
        "en": "is of the kind “{value}”",
        "fr": "est de type «\u00a0{value}\u00a0»",
    },
    "listed": {"en": "is {value}", "fr": "est {value}"},
    "ways": {"en": "Follows where", "fr": "Découle si"},
    "fails": {"en": "Fails", "fr": "Échoue"},
    "findings": {
        "en": "Findings: {n}, entries: {entries}",
        "fr": "Constats : {n}, entrées : {entries}",
    },
    "law": {"en": "Cases and guidelines", "fr": "Affaires et lignes directrices"},
    "like": {"en": "Of the same name", "fr": "Du même nom"},
    "names": {"en": "Also", "fr": "Aussi"},
    "notice": {"en": "in a notice", "fr": "dans une notice"},
    "one": {"en": "at most one", "fr": "un au plus"},
    "passes": {"en": "Passes", "fr": "Passe"},
    "parameters": {"en": "Parameters", "fr": "Paramètres"},
    "repair": {"en": "Repair", "fr": "Réparer"},
    "removes": {
        "en": "a program can take it out",
        "fr": "un programme peut le retirer",
    },
    "rules": {"en": "Rules", "fr": "Règles"},
    "said": {"en": "May be said", "fr": "Peut se dire"},
    "several": {"en": "several", "fr": "plusieurs"},
    "silent": {
        "en": "Said in {entries}: {state}",
        "fr": "Dit dans {entries}\u00a0: {state}",
    },
    "today": {"en": "Today", "fr": "Aujourd'hui"},
    "shared": {"en": "shared organisations", "fr": "organismes partagés"},
    "under": {"en": "below", "fr": "sous"},
    "unused": {"en": "Used in no entry", "fr": "Employé dans aucune entrée"},
    "used": {"en": "Used in entries: {n}", "fr": "Employé dans des entrées : {n}"},
    "used_below": {
        "en": "Used through narrower words in entries: {n}",
        "fr": "Employé par des mots plus étroits dans des entrées : {n}",
    },
}

_COLON = {"en": ": ", "fr": " : "}


def as_text(said: Explanation | Sequence[Hit], lang: str) -> str:
    """Write an explanation, or a list of hits, for a terminal."""
    if isinstance(said, Explanation):
        return "\n".join(_lines(said, lang))
    width = max((len(hit.short) for hit in said), default=0)
    return "\n".join(
        f"{hit.short:<{width}}  {hit.label.text}"
        + (f" - {_cut(hit.says.text)}" if hit.says.text else "")
        for hit in said
    )


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


_ENTRIES = {"en": ("entry", "entries"), "fr": ("fiche", "fiches")}


def _frame(key: str, lang: str, **values: object) -> str:
    return _FRAME[key].get(lang, _FRAME[key]["en"]).format(**values)


def _lines(said: Explanation, lang: str) -> Iterator[str]:
    same = said.label.text == said.short
    yield said.short if same else f"{said.label.text} ({said.short})"
    yield from (f"  {t.text}" for t in (said.definition, said.hint) if t is not None)
    yield from (f"  {note.text}" for note in said.notes)
    yield from _standing_lines(said, lang)
    names = (
        f"{one.text} ({one.lang})" if one.lang and one.lang != lang else one.text
        for one in said.other_names
    )
    yield from _line(_frame("names", lang), lang, *names)
    yield from _line(_frame("like", lang), lang, *(one.short for one in said.alike))
    kinds = (one.label.text for one in said.kinds)
    yield from _line(label_of(RDF.type, lang).text, lang, *kinds)
    article = citation(said.article, lang)
    yield from _line(label_of(ROPA.article, lang).text, lang, article)
    yield from _line(label_of(DCT.source, lang).text, lang, *said.sources)
    yield from (
        f"  < {' > '.join(step.label.text for step in path)}" for path in said.paths
    )
    below = _some([one.label.text for one in said.below], lang)
    yield from _line(_frame("below", lang), lang, below)
    for fact in said.facts:
        texts = (_value(one, lang) for one in fact.values)
        yield from _line(fact.way.label.text, lang, *texts)
    for fact in said.named_by:
        users = [one.label.text for one in fact.values if isinstance(one, Named)]
        yield from _line(f"← {fact.way.label.text}", lang, _some(users, lang))
    yield from _rule_lines(said, lang)
    yield from _way_lines(said, lang)
    yield from _case_lines(said, lang)
    yield from _field_lines(said, lang)
    yield from _use_lines(said, lang)
    yield from _example_lines(said, lang)
    yield from _line(_frame("parameters", lang), lang, ", ".join(said.parameters))
    yield from _line(_frame("columns", lang), lang, ", ".join(said.columns))
    if said.kind == "entailment":
        asked = [f"ropa ask {name}" for name in said.questions]
        yield from _line(_frame("answer", lang), lang, *asked, "ropa show --why")
    if said.kind == "question":
        where = f"ropa ask {said.short}", f"/questions/{said.short}"
        yield from _line(_frame("answer", lang), lang, *where)


def _line(heading: str, lang: str, *values: str) -> Iterator[str]:
    told = "; ".join(value for value in values if value)
    if told:
        yield f"  {heading}{_COLON.get(lang, ': ')}{told}"


def _value(value: Named | Literal, lang: str) -> str:
    if isinstance(value, Named):
        return value.label.text
    is_truth = value.datatype == XSD.boolean
    return truth(str(value), lang) if is_truth else str(value)


def _some(texts: Sequence[str], lang: str) -> str:
    told = [*texts[:MOST_BELOW]]
    if len(texts) > MOST_BELOW:
        told.append(_frame("and", lang, n=len(texts) - MOST_BELOW))
    return ", ".join(told)


def _standing_lines(said: Explanation, lang: str) -> Iterator[str]:
    """Say what law is worth on the day, and how grave a rule is."""
    if said.standing is not None:
        day = said.standing.day
        words = [said.standing.state.text, *(r.text for r in said.standing.remarks)]
        on = _frame("day", lang, day=day.isoformat()) if day else _frame("today", lang)
        yield from _line(on, lang, *words)
    if said.severity:
        first, *others = (one.text for one in said.severity)
        more = [f"{one} ({_frame('notice', lang)})" for one in others]
        blocks = _frame("blocks", lang) if said.blocks else ""
        heading = label_of(SH.resultSeverity, lang).text
        yield from _line(heading, lang, first, *more, blocks)


def _rule_lines(said: Explanation, lang: str) -> Iterator[str]:
    """Say when a rule applies, what is behind it, and which checks it decides."""
    if said.is_question:
        yield f"  {_frame('asks', lang)}"
    for way, day in zip((ROPA.validFrom, ROPA.endsOn), said.days, strict=False):
        yield from _line(label_of(way, lang).text, lang, day.isoformat() if day else "")
    ways = {"adds": said.addition, "removes": said.removal}
    can = [_frame(key, lang) for key, query in ways.items() if query]
    yield from _line(_frame("repair", lang), lang, *can)
    colon = _COLON.get(lang, ": ")
    if said.references:
        yield f"  {_frame('law', lang)}{colon.rstrip()}"
    for one in said.references:
        says = f"{colon}{one.says.text}" if one.says.text else ""
        yield f"    {one.law.short}  {one.law.label.text}{says}"
    if said.checks:
        yield f"  {_frame('checks', lang)}{colon.rstrip()}"
    yield from (f"    {one.number}  {one.label.text}" for one in said.checks)


def _example_lines(said: Explanation, lang: str) -> Iterator[str]:
    for key, one in (("passes", said.passing), ("fails", said.failing)):
        if one is None:
            continue
        day = f" ({_frame('day', lang, day=one.day.isoformat())})" if one.day else ""
        # Most cases have a title in one language only; their statements have none.
        title = one.title.text if one.title.lang in ("", lang) else one.name
        words = one.said.text if one.said is not None else title
        yield from _line(f"{_frame(key, lang)}{day}", lang, words)
        yield from (f"    {line}".rstrip() for line in one.text.splitlines())


def _field_lines(said: Explanation, lang: str) -> Iterator[str]:
    colon = _COLON.get(lang, ": ")
    if said.said_with:
        yield f"  {_frame('said', lang)}{colon.rstrip()}"
        yield from (f"    {_said(one, lang)}" for one in said.said_with)
    if said.rules:
        yield f"  {_frame('rules', lang)}{colon.rstrip()}"
    for rule in said.rules:
        yield f"    {rule.code} ({rule.severity.text}){colon}{rule.message.text}"


MOST_BELOW = 12
"""Narrower words that the text names; the page names all."""


def _way_lines(said: Explanation, lang: str) -> Iterator[str]:
    """Say what an entailment concludes, and from what a thing is of a kind."""
    concluded = (one.label.text for one in said.concludes)
    yield from _line(_frame("concludes", lang), lang, *concluded)
    yield from _line(_frame("after", lang), lang, *said.after)
    if said.ways:
        yield f"  {_frame('ways', lang)}{_COLON.get(lang, ': ').rstrip()}"
    for way in said.ways:
        told = (_condition(one, lang) for one in way)
        yield f"    - {_frame('and also', lang).join(told)}"


def _condition(one: Condition, lang: str) -> str:
    either = f" {_frame('either', lang)} "
    return _frame(
        one.how,
        lang,
        way=one.way.label.text if one.way is not None else "",
        value=either.join(_value(value, lang) for value in one.values),
    )


def _case_lines(said: Explanation, lang: str) -> Iterator[str]:
    if said.cases:
        yield f"  {_frame('cases', lang)}{_COLON.get(lang, ': ').rstrip()}"
    for case in said.cases:
        judgment = case.judgment
        yield f"    {judgment.short}  {judgment.label.text} ({case.state.text})"


def _said(one: Saying, lang: str) -> str:
    things = ", ".join(thing.label.text for thing in one.things)
    values = ", ".join(value.label.text for value in one.values)
    if one.below:
        values = f"{_frame('under', lang)} {values}"
    often = _frame("several" if one.repeated else "one", lang)
    text = f"{one.field.text} [{things}], {often}"
    if values:
        text += f"{_COLON.get(lang, ': ')}{values}"
    return f"{text} ({citation(one.article, lang)})" if one.article else text


def _use_lines(said: Explanation, lang: str) -> Iterator[str]:
    if said.findings is not None:
        total, entries = said.finding_total, said.findings.total
        yield f"  {_frame('findings', lang, n=total, entries=entries)}"
        yield from _entry_lines(said.findings, lang)
        for one in said.companies:
            name = one.name.text or _frame("shared", lang)
            counts = _frame("findings", lang, n=one.findings, entries=one.entries)
            yield from _line(f"  {name}", lang, counts)
    if said.uses is None:
        return
    if said.ways:
        # What nobody has to state for it to be so.
        yield from _line(_frame("answer", lang), lang, "ropa ask inferred")
    elif not said.uses.total and not (said.uses_below and said.uses_below.total):
        yield f"  {_frame('unused', lang)}"
    if said.uses.total:
        yield f"  {_frame('used', lang, n=said.uses.total)}"
        yield from _entry_lines(said.uses, lang)
    if said.uses_below is not None and said.uses_below.total:
        yield f"  {_frame('used_below', lang, n=said.uses_below.total)}"
        yield from _entry_lines(said.uses_below, lang)
    for state, number in said.silent:
        told = counted(number, *_ENTRIES[lang], lang)
        yield f"  {_frame('silent', lang, entries=told, state=state.label.text)}"


def _entry_lines(uses: Uses, lang: str) -> Iterator[str]:
    for use in uses.shown:
        text = use.title.text
        if use.company is not None:
            text += f", {use.company.text}"
        if use.parts:
            text += (
                f"{_COLON.get(lang, ': ')}{', '.join(p.label.text for p in use.parts)}"
            )
        yield f"    {text}"
    if uses.total > len(uses.shown):
        yield f"    {_frame('and', lang, n=uses.total - len(uses.shown))}"
