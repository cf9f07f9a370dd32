"""Why an inferred statement holds, as a value that terminal, pages and programs share.

A reason is a tree: a conclusion rests on premises, each stated somewhere or a
conclusion itself, down to the passages in which what is stated was read.

Source: PROV-O (wasDerivedFrom); OWL 2 and SPARQL 1.1, by which conclusions are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from rdflib.term import Literal, Node, URIRef

FORMAT = "ropa-why/1"
ORIGINS = (
    "entry",
    "record",
    "company",
    "organisation",
    "law",
    "vendors",
    "vocabulary",
    "inferred",
)
"""Where a premise can stand: in the entry, in the record of its company, in what is
stated of the company or of another organisation, in the law, in the list of vendors'
seats, in the vocabulary; or nowhere, since it follows itself."""


@dataclass(frozen=True)
class Valued:
    """What can be given as plain values for JSON; see ``schemas/why.schema.json``."""

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values; terms as SPARQL 1.1 Query Results JSON writes them.

        What is called ``value`` is such a term, since it may be a literal; all other
        addresses are plain strings.
        """
        found = {}
        for one in fields(self):
            held = getattr(self, one.name)
            found[one.name] = _term(held) if one.name == "value" else _plain(held)
        return found


@dataclass(frozen=True)
class Place(Valued):
    """A passage in which a premise was read.

    Attributes:
        iri: the passage.
        source: the document.
        title: its title.
        section: the heading that the passage stands under; empty where none is known.
        words: what it says, in our own short words; may be empty.
        where: section, lines and characters in words, as `ropa evidence` prints them.
        first_line: counted from 1; None where it is not known, as for the following.
        last_line: counted from 1.
        start: position of the first character, from 0.
        end: position after the last character.
    """

    iri: URIRef
    source: URIRef
    title: str
    section: str
    words: str
    where: str
    first_line: int | None = None
    last_line: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Premise(Valued):
    """A statement that a conclusion rests on.

    Attributes:
        subject: the thing.
        property: what is said of it.
        value: the value.
        words: the statement in labels.
        origin: where it stands, one of `ORIGINS`.
        within: the entry or file in which it stands; None for what is inferred.
        passages: where it was read; none for law, vocabulary and what is inferred.
        why: of what is inferred, its own reasons; None where it is stated or its
            reasons are told apart.
        is_told_apart: whether it is inferred and its reasons are left out here, since
            they stand higher up or lie too deep; they can be asked for by themselves.
    """

    subject: URIRef
    property: URIRef
    value: Node
    words: str
    origin: str
    within: URIRef | None = None
    passages: tuple[Place, ...] = ()
    why: Why | None = None
    is_told_apart: bool = False


@dataclass(frozen=True)
class Why(Valued):
    """An inferred statement with its reasons.

    Attributes:
        claim: the claim that says that it is inferred; None for a mere step on the
            way, which is kept nowhere.
        about: the thing.
        field: the property.
        value: the value.
        words: the statement in labels.
        by: the class whose axioms gave it, or the entailment.
        by_label: what that is called.
        article: the provision behind it, in English, as the register keeps it; may be
            empty.
        sources: addresses of the provisions.
        explanation: how it follows, in a sentence.
        because: the premises of the first way in which it follows.
        left_out: how many further premises that way has.
        others: in how many further ways it follows as well, at the least.
        asked: key of the finding that asks the owner of the entry about it; empty
            where none does.
        rule: code of the rule of that finding.
        answered: what the owner said to it, where somebody did.
    """

    claim: URIRef | None
    about: URIRef
    field: URIRef
    value: Node
    words: str
    by: URIRef
    by_label: str
    article: str
    sources: tuple[URIRef, ...]
    explanation: str
    because: tuple[Premise, ...]
    left_out: int = 0
    others: int = 0
    asked: str = ""
    rule: str = ""
    answered: str = ""


@dataclass(frozen=True)
class Reasons(Valued):
    """What follows from an entry, or from a part of it, each with its reasons.

    Attributes:
        entry: the entry.
        title: what it is called.
        lang: language of the words.
        as_of: the day whose law was applied.
        whys: the inferred statements, sorted by thing, property and value.
        total: how many there are; more than are given here where that are too many to
            be explained at once.
    """

    entry: URIRef
    title: str
    lang: str
    as_of: date
    whys: tuple[Why, ...]
    total: int

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, with the name of their format."""
        return {"format": FORMAT, **super().as_values()}


def _plain(held: Any) -> Any:
    if isinstance(held, Valued):
        return held.as_values()
    if isinstance(held, tuple):
        return [_plain(one) for one in held]
    if isinstance(held, URIRef):
        return str(held)
    return held.isoformat() if isinstance(held, date) else held


def _term(held: Node) -> dict[str, str]:
    if not isinstance(held, Literal):
        return {"type": "uri", "value": str(held)}
    said = {"type": "literal", "value": str(held)}
    if held.language:
        return {**said, "xml:lang": held.language}
    return {**said, "datatype": str(held.datatype)} if held.datatype else said
