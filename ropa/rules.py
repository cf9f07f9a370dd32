"""Rules: what the shapes say about themselves, read once per process.

A rule is a shape with a code, or one of the shared rules that field shapes name by
their code. Its words are data; Python only moves them.

Source: SHACL sections 2.1.4 to 2.1.6; ``shapes/*.ttl``.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import assets, shipped
from ropa.errors import InternalError, UnknownName
from ropa.terms import DCT, ROPA, SH

SEVERITIES = ("violation", "warning", "info")

# What is said of all shapes at once.
_ALL = URIRef("https://w3id.org/ropa-kg/shapes")


@dataclass(frozen=True)
class Rule:
    """One rule, as the shapes publish it.

    Attributes:
        code: short name, stable over versions.
        shape: IRI of the shape or shared rule that carries it.
        severity: ``violation``, ``warning`` or ``info`` in a company's own register.
        in_notice: severity where the record was read from a public notice.
        only_in: the profile of record that it applies to; None: to both.
        blocks: whether it stops an entry from being saved.
        article: the provisions it rests on, for people.
        sources: the same as ELI addresses, sorted.
        references: judgments, guidelines and decisions behind it, as law names them.
        message: what is wrong, by language, with placeholders in braces.
        hint: what to do, by language.
        field_path: the property meant, where the shape's path does not say it.
        valid_from: first day to which it applies; None: to any, as what blocks does.
        ends_on: last day to which it applies; None: it has none.
        jurisdiction: the country whose companies it applies to; None: to all.
        is_question: whether it asks a person what a machine cannot decide.
        addition: query that constructs what may be added to mend a finding; or empty.
        removal: query that constructs what may be taken out for that; or empty.
    """

    code: str
    shape: URIRef
    severity: str
    in_notice: str
    only_in: URIRef | None
    blocks: bool
    article: str
    sources: tuple[URIRef, ...]
    references: tuple[URIRef, ...]
    message: Mapping[str, str]
    hint: Mapping[str, str]
    field_path: URIRef | None
    valid_from: date | None
    ends_on: date | None
    jurisdiction: URIRef | None
    is_question: bool
    addition: str
    removal: str

    def applies_on(self, day: date) -> bool:
        """Tell whether the rule belongs to the law of a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.ends_on is None or day <= self.ends_on)


@cache
def files() -> tuple[str, ...]:
    """List the files of the shapes; their cases lie in a folder beside them."""
    return tuple(n for n in assets.names("shapes", ".ttl") if "/" not in n)


@cache
def shapes() -> Graph:
    """Give all packaged shapes as one graph; callers leave it as it is."""
    graph = Graph(store="SimpleMemory")
    for name in files():
        base = f"https://w3id.org/ropa-kg/shapes/{name.removesuffix('.ttl')}"
        for triple in shipped.triples("shapes", name, base=base):
            graph.add(triple)
    return graph


@cache
def digest() -> str:
    """Give a digest of all shapes; findings made under another one are stale."""
    whole = hashlib.sha256()
    for name in files():
        whole.update(f"{name}\n{assets.text('shapes', name)}\n".encode())
    return f"sha256:{whole.hexdigest()}"


@cache
def rules() -> Mapping[str, Rule]:
    """Give every rule by its code, sorted."""
    graph = shapes()
    found = [
        _rule(graph, shape)
        for shape in graph.subjects(DCT.identifier)
        if isinstance(shape, URIRef)
    ]
    return {rule.code: rule for rule in sorted(found, key=lambda r: r.code)}


def rule(code: str) -> Rule:
    """Find a rule by its code.

    Raises:
        UnknownName: with the nearest codes.
    """
    known = rules()
    if code not in known:
        near = difflib.get_close_matches(code, list(known), n=3)
        raise UnknownName(
            f"There is no rule {code[:60]}.",
            hint=f"Did you mean {', '.join(near)}?" if near else "",
        )
    return known[code]


@cache
def by_shape() -> Mapping[URIRef, Rule]:
    """Give the rule that a result of a shape stands for, by the shape's IRI."""
    graph = shapes()
    found = {rule.shape: rule for rule in rules().values()}
    for shape, code in graph.subject_objects(ROPA.rule):
        if isinstance(shape, URIRef):
            found[shape] = rule(str(code))
    return found


@cache
def days() -> frozenset[date]:
    """Give the days on which a rule begins to apply, or applies for the last time."""
    every = rules().values()
    found = (day for rule in every for day in (rule.valid_from, rule.ends_on))
    return frozenset(day for day in found if day is not None)


def texts(graph: Graph, subject: Node, property_: URIRef) -> dict[str, str]:
    """Give the texts of a property by language."""
    return {
        text.language or "en": str(text)
        for text in graph.objects(subject, property_)
        if isinstance(text, Literal)
    }


def _rule(graph: Graph, shape: URIRef) -> Rule:
    severity = _severity(graph.objects(shape, SH.severity))
    if severity is None:
        raise InternalError(f"The shape {shape} names no severity.")
    in_notice = _severity(graph.objects(shape, ROPA.inNotice)) or severity
    profile = graph.value(shape, ROPA.profile)
    blocks = graph.value(shape, ROPA.blocksSaving)
    path = graph.value(shape, ROPA.fieldPath) or graph.value(shape, SH.path)
    is_blocking = str(blocks) == "true"
    jurisdiction = graph.value(shape, ROPA.jurisdiction)
    return Rule(
        code=str(graph.value(shape, DCT.identifier)),
        shape=shape,
        # What judges notices alone weighs the same wherever it is told.
        severity=in_notice if profile == ROPA.Notice else severity,
        in_notice=in_notice,
        only_in=profile if isinstance(profile, URIRef) else None,
        blocks=is_blocking,
        article=str(graph.value(shape, ROPA.article) or ""),
        sources=_named(graph.objects(shape, DCT.source)),
        references=_named(graph.objects(shape, DCT.references)),
        message=texts(graph, shape, SH.message),
        hint=texts(graph, shape, ROPA.hint),
        field_path=path if isinstance(path, URIRef) else None,
        # What can be understood does not hang on the law of a day.
        valid_from=None if is_blocking else _day(graph, shape, ROPA.validFrom),
        ends_on=_day(graph, shape, ROPA.endsOn),
        jurisdiction=jurisdiction if isinstance(jurisdiction, URIRef) else None,
        is_question=str(graph.value(shape, ROPA.isQuestion)) == "true",
        addition=str(graph.value(shape, ROPA.suggestedAddition) or ""),
        removal=str(graph.value(shape, ROPA.suggestedRemoval) or ""),
    )


def _named(nodes: Iterable[Node]) -> tuple[URIRef, ...]:
    return tuple(sorted(node for node in nodes if isinstance(node, URIRef)))


def _day(graph: Graph, shape: URIRef, property_: URIRef) -> date | None:
    """Read a day of a rule, or else the one that holds for all of them."""
    for subject in (shape, _ALL):
        value = graph.value(subject, property_)
        if value is not None:
            try:
                return date.fromisoformat(str(value))
            except ValueError as problem:
                raise InternalError(
                    f"The shape {shape} names an impossible day: {value}.",
                    hint="Write a day of the calendar, such as 2018-05-25.",
                ) from problem
    return None


def _severity(values: Iterable[Node]) -> str | None:
    for value in values:
        word = str(value).removeprefix(str(SH)).lower()
        if word in SEVERITIES:
            return word
    return None
