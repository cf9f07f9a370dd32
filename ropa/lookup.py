"""Find a word: by its address, short name, label, number or what it means.

Terms, law, rules and questions are looked through alike, in all languages.
"""

from __future__ import annotations

import difflib
import re

from rdflib.term import URIRef

from ropa import entailments, queries, rules, terms, vocabulary
from ropa.errors import NotFound, UnknownTerm
from ropa.explanation import Hit, Text, best, kind_of, label_of, message_of
from ropa.terms import DCT, LAW
from ropa.vocabulary import folded

MOST_HITS = 20

MOST_LETTERS = 200


def is_rule(name: str) -> bool:
    """Tell whether a name is the code of a rule."""
    return " ".join(name.split()) in rules.rules()


def look_up(name: str, lang: str) -> list[Hit]:
    """Find what a name may mean: one hit where it is clear, else all that fit.

    Args:
        name: the code of a rule, the name of a question or an entailment, a term
            (``dpv:Marketing``, ``Marketing``, a full IRI), a piece of law
            (``law:eu-us-dpf`` or its last part), a label or other name in any
            language, the number of a decision, or words.
        lang: language of the words given back.

    Raises:
        NotFound: with what comes near, among all kinds.
    """
    wanted = " ".join(name.split())[:MOST_LETTERS]
    if is_rule(wanted):
        return [_rule_hit(rules.rule(wanted), lang, 1.0)]
    if any(wanted == question.name for question in queries.all_questions()):
        return [_question_hit(queries.load(wanted), lang, 1.0)]
    for one in entailments.all_entailments():
        if wanted in (one.name, str(one.iri)):
            return [_entailment_hit(one, lang, 1.0)]
    named = _by_name(wanted)
    exact = vocabulary.load().called(wanted)
    if len(named) == 1:
        # "contract" and "HR" are a word or abbreviation before they are an address.
        plain = ":" not in wanted and wanted in {wanted.lower(), wanted.upper()}
        found = [*exact, *named] if plain else named
        return [hit_of(iri, lang, 1.0) for iri in dict.fromkeys(found)]
    if exact:
        return [hit_of(iri, lang, 1.0) for iri in exact]
    if named:
        return [hit_of(iri, lang, 1.0) for iri in named]
    hits = search(wanted, lang, most=MOST_HITS)
    numbered = [hit for hit in hits if hit.score == 1.0]
    if len(numbered) == 1:
        return numbered
    if hits and ":" not in wanted.replace(": ", ""):
        return hits
    near = nearest(wanted)
    raise NotFound(
        f"There is no rule, question, entailment or term named {name[:80]!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else "See: ropa ask",
        name=name[:MOST_LETTERS],
        nearest=near,
    )


def search(text: str, lang: str, *, most: int = 200) -> list[Hit]:
    """Find words by their names in all languages, numbers, codes and definitions.

    Returns:
        Best first; empty for a text without words.
    """
    wanted = folded(text[:MOST_LETTERS])
    if not wanted:
        return []
    words = vocabulary.load()
    found = {
        match.iri: hit_of(match.iri, lang, match.score)
        for match in words.search(text[:MOST_LETTERS], lang, n=most)
        if terms.curie(match.iri) != str(match.iri)
    }
    for iri, number in _numbers().items():
        score = 1.0 if wanted in (number, _bare(number)) else 0.7
        known = found.get(iri)
        if wanted in number and (known is None or known.score < score):
            found[iri] = hit_of(iri, lang, score)
    hits = [*found.values()]
    parts = wanted.split()
    for rule in rules.rules().values():
        names = [folded(rule.code), *map(folded, rule.message.values())]
        if all(any(part in name for name in names) for part in parts):
            score = {True: 1.0, False: 0.5}[wanted == names[0]]
            hits.append(_rule_hit(rule, lang, score if wanted in names[0] else 0.2))
    for question in queries.all_questions():
        names = [folded(question.name), *map(folded, question.summary.values())]
        if all(any(part in name for name in names) for part in parts):
            score = 1.0 if wanted == names[0] else 0.5
            hits.append(_question_hit(question, lang, score))
    for one in entailments.all_entailments():
        names = [folded(one.name), *map(folded, one.summary.values())]
        if all(any(part in name for name in names) for part in parts):
            score = 1.0 if wanted == names[0] else 0.5
            hits.append(_entailment_hit(one, lang, score))
    # Whose label it is comes before who is also called so.
    also = {*words.also_called(wanted)}
    hits.sort(
        key=lambda hit: (-hit.score, hit.iri in also, len(hit.label.text), hit.short)
    )
    return hits[:most]


def nearest(name: str, *, most: int = 3) -> list[str]:
    """List short names that resemble one which is not there, best first."""
    own, _, last = name.partition(":")
    if own in terms.OURS:
        return terms.nearest(own, last)[:most]
    words = vocabulary.load()
    local = folded(name.rpartition("/")[2].rpartition("#")[2])
    prefix, colon, rest = local.rpartition(":")
    local = rest if colon else local
    known: dict[str, list[str]] = {}
    if prefix not in terms.PREFIXES:
        asked = (question.name for question in queries.all_questions())
        followed = (one.name for one in entailments.all_entailments())
        for code in (*rules.rules(), *asked, *followed):
            known.setdefault(folded(code), []).append(code)
    for iri in words.terms():
        short = terms.curie(iri)
        own, colon, last = short.partition(":")
        if colon and not last.startswith("//"):
            # One prefix given: only its terms; "dpv:Marketng" means no loc: term.
            if prefix in terms.PREFIXES and own != prefix:
                continue
            names = (*words.labels(iri).values(), *words.other_names(iri))
            for said in (last, *names):
                known.setdefault(folded(said), []).append(short)
    close = difflib.get_close_matches(local, list(known), n=most, cutoff=0.6)
    found = dict.fromkeys(short for text in close for short in known[text])
    return list(found)[:most]


def _by_name(name: str) -> list[URIRef]:
    """Find terms by IRI, short name, or local name alone."""
    words = vocabulary.load()
    if ":" in name:
        try:
            found = terms.expand(name)
        except UnknownTerm:
            return []
        return [found] if words.is_known(found) else []
    named = [space[name] for space in terms.CLOSED if name in space.names()]
    if re.fullmatch(r"[\w.-]+", name):
        named += [space[name] for space in terms.ROWS]
    return [iri for iri in named if words.is_known(iri)]


def _numbers() -> dict[URIRef, str]:
    words = vocabulary.load()
    found: dict[URIRef, str] = {}
    for iri in words.terms():
        if iri in LAW:
            for way, number in words.said(iri):
                if way == DCT.identifier:
                    found[iri] = folded(str(number))
    return found


def _bare(number: str) -> str:
    """Give a decision's number without its body: "2016/1250" of "(EU) 2016/1250"."""
    return re.sub(r"^\(\w+\) |/\w{2}$", "", number)


def hit_of(iri: URIRef, lang: str, score: float = 1.0) -> Hit:
    """Give a term as a search does: short name, label, meaning."""
    words = vocabulary.load()
    return Hit(
        kind=kind_of(iri),
        iri=iri,
        short=terms.curie(iri),
        label=label_of(iri, lang),
        says=best(words.definitions(iri), lang) or Text(""),
        score=score,
    )


def _rule_hit(rule: rules.Rule, lang: str, score: float) -> Hit:
    says = message_of(rule, lang)
    return Hit("rule", rule.shape, rule.code, Text(rule.code), says, score)


def _question_hit(question: queries.Question, lang: str, score: float) -> Hit:
    says = best(question.summary, lang) or Text("")
    return Hit("question", None, question.name, Text(question.name), says, score)


def _entailment_hit(one: entailments.Entailment, lang: str, score: float) -> Hit:
    says = best(one.summary, lang) or Text("")
    return Hit("entailment", one.iri, one.name, Text(one.name), says, score)
