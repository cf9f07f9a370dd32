"""Explain a rule, a term or a question, in the words of shapes, ontology, queries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from rdflib.term import URIRef

from ropa import queries, rules, terms, vocabulary
from ropa.errors import NotFound, UnknownTerm

# What a finding fills in: the thing, the value, the day.
_PLACE = re.compile(r"\{\w+\}")


def explain(name: str, lang: str) -> str:
    """Say in a few lines what a name means.

    Args:
        name: the code of a rule, a question's name, or a term: ``dpv:Marketing``,
            ``Marketing`` or a full IRI.
        lang: language of the words.

    Raises:
        NotFound: with what comes near, among all three kinds.
    """
    if name in rules.rules():
        return _rule(rules.rule(name), lang)
    known = [question.name for question in queries.all_questions()]
    if name in known:
        return _question(queries.load(name), lang)
    words = vocabulary.load()
    term = _term(name)
    if term is not None:
        return _lines(
            f"{words.label(term, lang)} ({terms.curie(term)})",
            [words.definition(term, lang) or "", _above(words, term, lang)],
        )
    names = [*rules.rules(), *known, *(n for s in terms.CLOSED for n in s.names())]
    near = get_close_matches(name.rpartition(":")[2], names, n=3)
    raise NotFound(
        f"There is no rule, question or term named {name!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else "See: ropa ask",
        nearest=near,
    )


def _rule(rule: rules.Rule, lang: str) -> str:
    return _lines(
        f"{rule.code}: {_PLACE.sub('…', rule.message.get(lang, rule.message['en']))}",
        [
            rule.hint.get(lang, rule.hint.get("en", "")),
            rule.article,
            *rule.sources,
        ],
    )


def _question(question: queries.Question, lang: str) -> str:
    return _lines(
        f"{question.name}: {question.question_in(lang)}",
        [
            question.summary_in(lang),
            question.article,
            ", ".join(question.columns),
            f"ropa ask {question.name}",
        ],
    )


def _term(name: str) -> URIRef | None:
    """Find a term by its IRI, its short name, or its local name alone."""
    if ":" in name:
        try:
            found = terms.expand(name)
        except UnknownTerm:
            return None
        return found if vocabulary.load().is_known(found) else None
    for space in terms.CLOSED:
        if name in space.names():
            return space[name]
    return None


def _above(words: vocabulary.Vocabulary, term: URIRef, lang: str) -> str:
    above = sorted(words.label(iri, lang) for iri in words.broader(term) - {term})
    return f"< {', '.join(above)}" if above else ""


def _lines(first: str, others: Iterable[str]) -> str:
    return "\n".join([first, *(f"  {line}" for line in others if line)])
