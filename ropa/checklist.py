"""The checks that an expert makes, and what decides each of them here.

A check is decided by rules, asked by a named question or by a rule that asks a
person, or left out with its reason. Which is which stands in the data; this module
only reads it.

Source: ``ontology/checks.ttl``; GDPR Art. 5(2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rdflib.term import Literal, Node, URIRef

from ropa import rules, vocabulary
from ropa.terms import DCT, RDF, ROPA, SKOS

STATES = ("decided", "asked", "left-out")


@dataclass(frozen=True)
class Check:
    """One check of the list.

    Attributes:
        iri: its address.
        number: its place in the list.
        label: what is checked, by language.
        article: the provisions behind it, for people.
        sources: the same as ELI addresses, sorted.
        rules: codes of the rules that decide it, sorted.
        questions: names of the questions that list what it looks at, sorted.
        reason: why it is left out, by language; empty where it is not.
    """

    iri: URIRef
    number: int
    label: Mapping[str, str]
    article: str
    sources: tuple[URIRef, ...]
    rules: tuple[str, ...]
    questions: tuple[str, ...]
    reason: Mapping[str, str]

    @property
    def code(self) -> str:
        """Give its short name, under which its page stands beside those of rules."""
        return self.iri.rpartition("#")[2]

    @property
    def state(self) -> str:
        """Say whether it is ``decided``, ``asked`` of a person, or ``left-out``."""
        known = rules.rules()
        if any(not known[one].is_question for one in self.rules if one in known):
            return "decided"
        return "asked" if self.rules or self.questions else "left-out"


@cache
def checks() -> Mapping[int, Check]:
    """Give every check by its number, in their order."""
    words = vocabulary.load()
    found = [
        _check(iri, words.said(iri))
        for iri in words.terms()
        if (RDF.type, ROPA.ExpertCheck) in words.said(iri)
    ]
    return {one.number: one for one in sorted(found, key=lambda one: one.number)}


@cache
def by_code() -> Mapping[str, Check]:
    """Give every check by its short name."""
    return {one.code: one for one in checks().values()}


def answered_by(code: str) -> list[Check]:
    """List the checks that a rule decides, by number."""
    return [one for one in checks().values() if code in one.rules]


def _check(iri: URIRef, said: list[tuple[URIRef, Node]]) -> Check:
    def values(way: URIRef) -> list[Node]:
        return [value for property_, value in said if property_ == way]

    def texts(way: URIRef) -> dict[str, str]:
        return {
            text.language or "en": str(text)
            for text in values(way)
            if isinstance(text, Literal)
        }

    return Check(
        iri=iri,
        number=int(str(values(SKOS.notation)[0])),
        label=texts(SKOS.prefLabel),
        article=str(next(iter(values(ROPA.article)), "")),
        sources=tuple(sorted(URIRef(str(one)) for one in values(DCT.source))),
        rules=tuple(
            sorted(str(one).rpartition("#")[2] for one in values(ROPA.decidedBy))
        ),
        questions=tuple(sorted(map(str, values(ROPA.askedBy)))),
        reason=texts(ROPA.leftOut),
    )
