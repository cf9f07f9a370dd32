"""Explain a rule: what it asks, why, when, of what, by example, and how to mend it.

All words come from the shapes, the law, the list of checks and the cases; the pages
and the terminal render the same value.

Source: ``shapes/*.ttl``, ``shapes/cases``, ``ontology/checks.ttl``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import checklist, examples, rules, syntax, vocabulary, wording
from ropa import fields as form
from ropa.explanation import (
    CheckSaid,
    Explanation,
    Fact,
    Reference,
    Shown,
    Text,
    best,
    in_order,
    message_of,
    named,
    severity_of,
)
from ropa.rules import Rule
from ropa.structure import Found, nearest_if_unknown
from ropa.terms import DCT, DPV, RDFS, ROPA, SH, SKOS
from ropa.uses import Reads, affected_by, findings_of

MOST_SHAPES = 6
"""Shapes that may stand for a rule which still speaks of certain kinds of things."""

_BASE = "https://w3id.org/ropa-kg/shapes/"
_PREFIX = re.compile(r"prefix\s+([\w-]*):\s*<([^>]*)>", re.IGNORECASE)


def explain_rule(
    code: str,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation:
    """Explain a rule: what it demands, where that stands, who falls short of it.

    Args:
        code: of the rule.
        lang: language of the words.
        reads: where findings are counted; None says the words alone.
        as_of: calendar day whose law is applied; today if not said.
        most: most entries to name.

    Raises:
        NotFound: with the nearest codes.
    """
    rule = rules.rule(code)
    found, total = None, 0
    if reads is not None:
        found, total = findings_of(reads, code, lang, as_of, most)
    severities = [rule.severity]
    if rule.in_notice != rule.severity:
        severities.append(rule.in_notice)
    passing, failing = examples.of_rule(code)
    return Explanation(
        kind="rule",
        iri=rule.shape,
        short=rule.code,
        label=Text(rule.code),
        definition=message_of(rule, lang),
        hint=best(rule.hint, lang),
        article=rule.article,
        sources=rule.sources,
        facts=_facts(rule, lang),
        severity=tuple(severity_of(one, lang) for one in severities),
        blocks=rule.blocks,
        findings=found,
        finding_total=total,
        companies=affected_by(reads, code, lang, as_of) if reads is not None else (),
        is_question=rule.is_question,
        days=(rule.valid_from, rule.ends_on),
        references=tuple(_reference(one, lang) for one in rule.references),
        checks=tuple(
            CheckSaid(one.number, one.code, best(one.label, lang) or Text(one.code))
            for one in checklist.answered_by(code)
        ),
        passing=_shown(rule, passing, lang) if passing is not None else None,
        failing=_shown(rule, failing, lang) if failing is not None else None,
        addition=rule.addition,
        removal=rule.removal,
    )


@cache
def things(code: str) -> tuple[URIRef, ...]:
    """List the kinds of things that a rule looks at, sorted; empty if at any.

    A shape that looks at whatever has a property, or is a value of one, may say of
    which kind that is; else it is what the form gives the property to, or the class
    that the vocabulary names the property by.
    """
    shapes = {one for one, rule in rules.by_shape().items() if rule.code == code}
    # A rule that the shapes of many fields share looks at them all.
    if len(shapes) > MOST_SHAPES:
        return ()
    found = {kind for shape in _targeting(shapes) for kind in _kinds(shape)}
    return tuple(sorted(found))


def _targeting(shapes: Iterable[Node]) -> set[Node]:
    """Collect shapes with those that contain them, which have the targets."""
    found: set[Node] = set()
    pending = [*shapes]
    while pending:
        shape = pending.pop()
        if shape not in found:
            found.add(shape)
            pending += rules.shapes().subjects(SH.property, shape)
    return found


def _kinds(shape: Node) -> set[URIRef]:
    graph = rules.shapes()
    named_ = {*graph.objects(shape, SH.targetClass), *graph.objects(shape, DCT.subject)}
    found = {one for one in named_ if isinstance(one, URIRef)}
    if not found:
        for way in graph.objects(shape, SH.targetSubjectsOf):
            found |= {
                one
                for field in form.all_fields()
                if field.path == way
                for one in field.classes
            }
        found |= set(map(_led_to, graph.objects(shape, SH.targetObjectsOf)))
    return found


def _led_to(way: Node) -> URIRef:
    """Give the class that a property leads to; the property where none is named."""
    start, has, name = str(way).partition("#has")
    return (
        URIRef(f"{start}#{name}") if has and name in DPV.names() else URIRef(str(way))
    )


def _facts(rule: Rule, lang: str) -> tuple[Fact, ...]:
    """Say of what and for whom a rule asks, each under the name of its property."""
    kinds = in_order(named(one, lang) for one in things(rule.code))
    facts = [Fact(named(SH.targetClass, lang), kinds)] if kinds else []
    for way, value in (
        (ROPA.fieldPath, rule.field_path),
        (ROPA.profile, rule.only_in),
        (ROPA.jurisdiction, rule.jurisdiction),
    ):
        if value is not None:
            facts.append(Fact(named(way, lang), (named(value, lang),)))
    return tuple(facts)


def _reference(iri: URIRef, lang: str) -> Reference:
    """Give a judgment or guideline with its meaning in one line."""
    words = vocabulary.load()
    texts = {
        getattr(text, "language", None) or "en": str(text)
        for way in (SKOS.note, SKOS.definition, ROPA.scope)
        for p, text in reversed(words.said(iri))
        if p == way
    }
    says = best(texts, lang) or best(words.definitions(iri), lang)
    return Reference(named(iri, lang), says or Text(""))


def _shown(rule: Rule, one: examples.Example, lang: str) -> Shown:
    """Show an example, with what would be said of it where it fails."""
    return Shown(
        name=one.name,
        title=best(one.title, lang) or Text(""),
        text=one.text,
        whole=one.whole,
        is_alone=one.is_alone,
        day=one.day,
        said=_verdict(rule, one, lang),
    )


def _verdict(rule: Rule, one: examples.Example, lang: str) -> Text | None:
    """Say what the rule says of an example, in the words of a report."""
    if one.focus is None:
        return None
    base = f"{_BASE}{one.name}"
    read = syntax.parse(one.whole, syntax.Syntax.TURTLE, base=base)
    graph = Graph()
    for s, p, o, _ in read:
        graph.add((s, p, o))
    path = rule.field_path
    value = one.value if isinstance(one.value, URIRef | Literal) else None
    for term in (value, path):
        if isinstance(term, URIRef):
            for p, o in vocabulary.load().said(term):
                if p in (SKOS.prefLabel, DCT.title):
                    graph.add((term, p, o))
    for iri in (one.focus, value):
        if isinstance(iri, URIRef):  # where it has no other name
            graph.add((iri, RDFS.label, Literal(_abbreviated(iri, one.prefixes))))
    day = one.day or datetime.now(UTC).date()
    near = nearest_if_unknown(graph, day, value) if value is not None else None
    found = Found(rule.code, one.focus, path, value, nearest=tuple(near or ()))
    return best(wording.message(rule, found, graph, day), lang)


def _abbreviated(iri: URIRef, prefixes: str) -> str:
    """Write an address as the example does."""
    for prefix, start in _PREFIX.findall(prefixes):
        if iri.startswith(start):
            return f"{prefix}:{iri.removeprefix(start)}"
    return wording.name_of(iri)
