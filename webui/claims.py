"""How a statement is held: given, partly given, denied, looked for and not found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa.terms import RDF, ROPA, SKOS
from webui.languages import gettext as _
from webui.naming import Name, names


@dataclass(frozen=True)
class Badge:
    """A short mark with its meaning; ``kind`` chooses symbol and colour."""

    kind: str
    name: Name


@dataclass(frozen=True)
class Claim:
    """What a claim node says about one property, or one value of it."""

    state: Node | None
    level: Node | None
    is_explicit: bool
    notes: tuple[Literal, ...]


Claims = dict[tuple[Node, Node, Node | None], list[Claim]]


def symbols() -> dict[Node, str]:
    """Map each state to the kind of mark that shows it."""
    return {
        ROPA.Stated: "stated",
        ROPA.Partial: "partial",
        ROPA.Denied: "denied",
        ROPA.NotStated: "silent",
        ROPA.NotApplicable: "inapplicable",
        ROPA.Granted: "stated",
        ROPA.PartlyGranted: "partial",
        ROPA.Refused: "denied",
    }


def read(graph: Graph) -> Claims:
    """Index the claims of a document by what they are about."""
    found: Claims = defaultdict(list)
    for node in graph.subjects(RDF.type, ROPA.Claim):
        about = graph.value(node, ROPA.about)
        field = graph.value(node, ROPA.field)
        if about is None or field is None:
            continue
        explicit = graph.value(node, ROPA.explicit)
        notes = [n for n in graph.objects(node, SKOS.note) if isinstance(n, Literal)]
        claim = Claim(
            state=graph.value(node, ROPA.state),
            level=graph.value(node, ROPA.level),
            is_explicit=str(explicit).lower() not in {"false", "0"},
            notes=tuple(sorted(notes)),
        )
        values: list[Node | None] = list(graph.objects(node, ROPA.value)) or [None]
        for value in values:
            found[about, field, value].append(claim)
    return dict(found)


def badges(claims: list[Claim]) -> list[Badge]:
    """Mark what a plain statement would hide; an ordinary claim gets no mark."""
    marks: list[Badge] = []
    for claim in claims:
        if claim.state is not None and claim.state != ROPA.Stated:
            kind = symbols().get(claim.state, "partial")
            marks.append(Badge(kind, names().name(claim.state)))
        if claim.level is not None and claim.level != ROPA.OwnLevel:
            marks.append(Badge("level", names().name(claim.level)))
        if not claim.is_explicit:
            marks.append(Badge("implied", Name(_("implied"))))
    return list(dict.fromkeys(marks))


def notes(claims: list[Claim]) -> list[Name]:
    """Give the remarks of claims, each in its language."""
    return [names().name(note) for claim in claims for note in claim.notes]


def absence(claims: list[Claim]) -> Badge:
    """Mark a property without a value: said to be none, or simply not said."""
    for claim in claims:
        if claim.state is not None and claim.state != ROPA.Stated:
            kind = symbols().get(claim.state, "silent")
            return Badge(kind, names().name(claim.state))
    return Badge("silent", names().name(ROPA.NotStated))


def position_badge(value: URIRef) -> Badge | None:
    """Mark a value that is itself a state or a position; None for other values."""
    kind = symbols().get(value)
    return Badge(kind, names().name(value)) if kind else None
