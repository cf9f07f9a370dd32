"""Explain a word: what it means, where it stands, who uses it, what it may say.

An explanation is read once, from ontology, law, shapes and, where one is open, the
register; the terminal and the pages render the same value. Which entries use a word
is counted by the store; what law is worth on a day is the answer of a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rdflib.term import Literal, Node, URIRef

from ropa import entailments, queries, rules, terms, vocabulary
from ropa import fields as form
from ropa.errors import NotFound
from ropa.explaining_rules import explain_rule
from ropa.explanation import (
    Case,
    Condition,
    Explanation,
    Fact,
    Hit,
    Named,
    RuleSaid,
    Saying,
    Standing,
    Text,
    Uses,
    best,
    in_general,
    in_one_language,
    in_order,
    kind_of,
    label_of,
    message_of,
    named,
    severity_of,
)
from ropa.inference import logic
from ropa.kinds import kinds_of
from ropa.lookup import look_up, nearest
from ropa.store.base import Table
from ropa.terms import DCT, RDF, RDFS, ROPA, SKOS
from ropa.uses import Reads, silent_about, uses_of
from ropa.vocabulary import folded

__all__ = [
    "explain",
    "explain_entailment",
    "explain_question",
    "explain_rule",
    "explain_term",
]

MOST_PATHS = 8

# What an explanation shows in a place of its own.
_TOLD_APART = (
    SKOS.prefLabel,
    SKOS.altLabel,
    SKOS.hiddenLabel,
    RDFS.label,
    DCT.title,
    SKOS.definition,
    SKOS.scopeNote,
    SKOS.note,
    SKOS.example,
    ROPA.article,
)


def explain(
    name: str,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation | list[Hit]:
    """Explain what a name means, or list what it may mean.

    Args:
        name: as for `look_up`.
        lang: language of the words.
        reads: where uses are counted and law is judged; None says the words alone.
        as_of: calendar day whose law is applied; today if not said.
        most: most entries to name.

    Raises:
        NotFound: with what comes near.
    """
    hits = look_up(name, lang)
    if len(hits) > 1:
        return hits
    (hit,) = hits
    if hit.kind == "rule":
        return explain_rule(hit.short, lang, reads, as_of=as_of, most=most)
    if hit.iri is None:
        return explain_question(hit.short, lang)
    if hit.kind == "entailment":
        return explain_entailment(hit.short, lang)
    return explain_term(hit.iri, lang, reads, as_of=as_of, most=most)


def explain_term(
    iri: URIRef,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation:
    """Explain a term, a class, a property or a piece of law; as for `explain`.

    Raises:
        NotFound: nothing is said of it; with what comes near.
    """
    words = vocabulary.load()
    short = terms.curie(iri)
    if not words.is_known(iri):
        near = nearest(short)
        raise NotFound(
            f"The term {short[:80]} is not in the vocabulary.",
            hint=f"Did you mean {', '.join(near)}?" if near else "",
            nearest=near,
        )
    kind, label = kind_of(iri), label_of(iri, lang)
    said = words.said(iri)
    texts: dict[Node, list[Literal]] = {way: [] for way in _TOLD_APART}
    for way, value in said:
        if isinstance(value, Literal) and way in texts:
            texts[way].append(value)
    alike = [other for other in words.called(label.text) if other != iri]
    standing, cases = (
        _law(reads, iri, lang, as_of)
        if kind == "law" and reads is not None
        else (None, ())
    )
    uses = below_uses = None
    silent: tuple[tuple[Named, int], ...] = ()
    if reads is not None:
        is_way = kind == "property"
        uses = uses_of(
            reads, [iri], lang, is_way=is_way, most=most, apart=words.below(iri)
        )
        under = _all_below(words, iri)
        below_uses = (
            uses_of(reads, under, lang, is_way=is_way, most=most) if under else Uses()
        )
        silent = silent_about(reads, iri, lang)
    return Explanation(
        kind=kind,
        iri=iri,
        short=short,
        label=label,
        other_names=_other_names(texts, label),
        definition=best(words.definitions(iri), lang),
        notes=tuple(
            Text(str(text), text.language or "")
            for way in (SKOS.scopeNote, SKOS.note, SKOS.example)
            for text in in_one_language(texts[way], lang)
        ),
        kinds=tuple(
            named(o, lang)
            for o in sorted(
                {o for p, o in said if p == RDF.type and isinstance(o, URIRef)}
                | kinds_of(iri)
            )
        ),
        article=_article(texts[ROPA.article]),
        sources=tuple(
            sorted(o for p, o in said if p == DCT.source and isinstance(o, URIRef))
        ),
        paths=tuple(
            tuple(named(step, lang) for step in path) for path in _paths(words, iri)
        ),
        below=in_order(named(term, lang) for term in words.below(iri)),
        alike=tuple(named(other, lang) for other in alike),
        facts=_facts(said, lang),
        named_by=tuple(
            fact
            for fact in _named_by(words, iri, lang)
            if not cases or fact.way.iri != ROPA.concerns
        ),
        said_with=_said_with(words, iri, kind, lang),
        rules=_rules_of(iri, lang) if kind == "property" else (),
        standing=standing,
        cases=cases,
        uses=uses,
        uses_below=below_uses,
        silent=silent,
        ways=tuple(_ways_to(iri, lang)),
    )


def explain_question(name: str, lang: str) -> Explanation:
    """Explain a question: what it asks, what it takes and what it gives.

    Raises:
        NotFound: with the nearest names.
    """
    question = queries.load(name)
    return Explanation(
        kind="question",
        iri=None,
        short=question.name,
        label=best(question.question, lang) or Text(question.name),
        definition=best(question.summary, lang),
        article=question.article,
        parameters=question.parameters,
        columns=question.columns,
    )


def explain_entailment(name: str, lang: str) -> Explanation:
    """Explain an entailment: how something follows, from what, and where it is shown.

    Raises:
        UnknownName: with the nearest names.
    """
    one = entailments.load(name)
    concluded = {
        pattern.object if pattern.property == RDF.type else pattern.property
        for pattern in one.conclusions()
    }
    told = sorted(node for node in concluded if isinstance(node, URIRef))
    own = [re.compile(rf"\b{terms.curie(node)}\b") for node in told if node in ROPA]
    return Explanation(
        kind="entailment",
        iri=one.iri,
        short=one.name,
        label=best(one.summary, lang) or Text(one.name),
        definition=in_general(one.explanation, lang),
        article=one.article,
        sources=one.sources,
        concludes=in_order(named(node, lang) for node in told),
        after=one.after,
        questions=tuple(
            question.name
            for question in queries.all_questions()
            if "entailed_by" in question.columns
            or any(short.search(question.text) for short in own)
        ),
    )


def _ways_to(kind: URIRef, lang: str) -> Iterator[tuple[Condition, ...]]:
    """Say under which conditions a thing belongs to a kind."""
    for way in logic.leading_to(kind):
        yield tuple(_condition(how, rest, lang) for how, *rest in way)


def _condition(how: str, rest: Sequence[Any], lang: str) -> Condition:
    if how in ("member", "listed"):
        things = rest[0] if how == "listed" else rest
        return Condition(how, None, tuple(named(one, lang) for one in things))
    way, *values = rest
    told = (
        named(value, lang)
        if isinstance(value, URIRef)
        # As it is compared: its type and its value, or text, datatype and language.
        else Literal(value[1] if isinstance(value[0], type) else value[0])
        for value in values
    )
    return Condition(how, named(way, lang), tuple(told))


def _other_names(texts: Mapping[Node, list[Literal]], label: Text) -> tuple[Text, ...]:
    ways = (SKOS.prefLabel, DCT.title, RDFS.label, SKOS.altLabel)
    found = dict.fromkeys(
        Text(str(text), text.language or "")
        for way in ways
        for text in sorted(texts[way], key=lambda one: (one.language or "", one))
    )
    return tuple(one for one in found if one.text != label.text)


def _article(texts: Iterable[Literal]) -> str:
    return "; ".join(sorted(dict.fromkeys(map(str, texts))))


def _paths(words: vocabulary.Vocabulary, iri: URIRef) -> list[tuple[URIRef, ...]]:
    """List the ways from the top down to what stands above a term; at most a few."""
    found: list[tuple[URIRef, ...]] = []
    pending: list[tuple[URIRef, ...]] = [(iri,)]
    while pending and len(found) < MOST_PATHS:
        path = pending.pop()
        above = [term for term in words.above(path[0]) if term not in path]
        if not above and len(path) > 1:
            found.append(path[:-1])
        pending += [(term, *path) for term in reversed(above)]
    return found


def _all_below(words: vocabulary.Vocabulary, iri: URIRef) -> list[URIRef]:
    found: dict[URIRef, None] = {}
    pending = [*words.below(iri)]
    while pending:
        term = pending.pop()
        if term not in found and term != iri:
            found[term] = None
            pending += words.below(term)
    return sorted(found)


def _facts(said: Iterable[tuple[URIRef, Node]], lang: str) -> tuple[Fact, ...]:
    hidden = {
        *_TOLD_APART,
        RDF.type,
        DCT.source,
        RDFS.isDefinedBy,
        SKOS.broader,
        RDFS.subClassOf,
        RDFS.subPropertyOf,
    }
    values: dict[URIRef, list[Node]] = {}
    for way, value in said:
        if way not in hidden and isinstance(value, (URIRef, Literal)):
            values.setdefault(way, []).append(value)
    facts = [
        Fact(
            named(way, lang),
            tuple(
                named(one, lang) if isinstance(one, URIRef) else one
                for one in _chosen(found, lang)
            ),
        )
        for way, found in values.items()
    ]
    return tuple(sorted(facts, key=lambda fact: folded(fact.way.label.text)))


def _named_by(words: vocabulary.Vocabulary, iri: URIRef, lang: str) -> tuple[Fact, ...]:
    hidden = (SKOS.broader, RDFS.subClassOf, RDFS.subPropertyOf)
    users: dict[URIRef, set[URIRef]] = {}
    for user, way in words.naming(iri):
        if way not in hidden and words.labels(user):
            users.setdefault(way, set()).add(user)
    facts = [
        Fact(named(way, lang), in_order(named(user, lang) for user in some))
        for way, some in users.items()
    ]
    return tuple(sorted(facts, key=lambda fact: folded(fact.way.label.text)))


def _chosen(values: list[Node], lang: str) -> Iterator[URIRef | Literal]:
    yield from sorted(v for v in values if isinstance(v, URIRef))
    texts = [v for v in values if isinstance(v, Literal)]
    yield from in_one_language(texts, lang)


def _said_with(
    words: vocabulary.Vocabulary, iri: URIRef, kind: str, lang: str
) -> tuple[Saying, ...]:
    """List the fields that take a value, or that a property or a class has."""
    above = {iri, *(step for path in _paths(words, iri) for step in path)}
    for way, value in words.said(iri):
        if way == RDF.type and isinstance(value, URIRef):
            above |= {value, *(s for path in _paths(words, value) for s in path)}
    return tuple(
        _saying(one, lang)
        for one in form.all_fields()
        if (kind == "property" and one.path == iri)
        or (kind in ("class", "term") and iri in one.classes)
        or (kind != "property" and (iri in one.values or one.below in above - {iri}))
    )


def _saying(one: form.Field, lang: str) -> Saying:
    return Saying(
        field=best(one.label, lang) or label_of(one.path, lang),
        way=named(one.path, lang),
        things=tuple(named(kind, lang) for kind in one.classes),
        article=one.article,
        repeated=one.repeated,
        form=one.kind,
        values=tuple(
            named(value, lang)
            for value in (one.values or ((one.below,) if one.below else ()))
        ),
        below=one.below is not None and not one.values,
    )


def _rules_of(way: URIRef, lang: str) -> tuple[RuleSaid, ...]:
    return tuple(
        RuleSaid(rule.code, severity_of(rule.severity, lang), message_of(rule, lang))
        for rule in rules.rules().values()
        if rule.field_path == way
    )


def _law(
    reads: Reads, iri: URIRef, lang: str, as_of: date | None
) -> tuple[Standing | None, tuple[Case, ...]]:
    asked = {"lang": lang, "as_of": as_of}
    given = {key: value for key, value in asked.items() if value is not None}
    standing, cases = None, []
    table = reads.ask("law", **given)
    for row in _rows(table):
        if row["provision"] == iri:
            standing = _standing(as_of, row.get("state"), row.get("remark"), lang)
    table = reads.ask("judgments", **given)
    for row in _rows(table):
        if row["judgment"] == iri:
            standing = _standing(as_of, row.get("state"), None, lang)
        if str(iri) in str(row.get("concerns") or "").split("; "):
            word = str(row.get("state") or "")
            state = _noted(word, ROPA.LawState, lang)
            number = str(row.get("number") or "")
            judgment = named(str(row["judgment"]), lang)
            cases.append(Case(judgment, number, state, word))
    return standing, tuple(cases)


def _rows(table: Table) -> Iterator[dict[str, Node | None]]:
    return (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def _standing(
    as_of: date | None, state: Node | None, remarks: Node | None, lang: str
) -> Standing:
    said = [one for one in str(remarks or "").split("; ") if one]
    return Standing(
        day=as_of,
        state=_noted(str(state or ""), ROPA.LawState, lang),
        remarks=tuple(_noted(one, ROPA.LawRemark, lang) for one in said),
        notations=(str(state or ""), *said),
    )


def _noted(word: str, kind: URIRef, lang: str) -> Text:
    """Say a state in the words of its term; questions answer with its notation."""
    words = vocabulary.load()
    for iri in words.terms():
        said = words.said(iri)
        if (RDF.type, kind) in said and (SKOS.notation, Literal(word)) in said:
            return label_of(iri, lang)
    return Text(word, "en")
