"""How a statement is held: given, partly given, denied, looked for and not found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from flask import g
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa.terms import RDF, ROPA, SKOS
from webui.current import the_register
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


def law_symbols() -> dict[Node, str]:
    """Map what law is worth on a day to the kind of mark that shows it."""
    return {
        ROPA.InForce: "stated",
        ROPA.Upcoming: "denied",
        ROPA.Expired: "denied",
        ROPA.DeclaredInvalid: "denied",
        ROPA.NotApplicableHere: "denied",
        ROPA.NotReviewed: "partial",
        ROPA.Proposed: "silent",
        ROPA.Decided: "stated",
        ROPA.CasePending: "partial",
        ROPA.NotYetLodged: "silent",
    }


def law_marks() -> Mapping[str, Mapping[str, Badge]]:
    """Map the plain words on law to their marks, by the column that holds them."""
    if "law_marks" not in g:
        kinds: dict[Node, tuple[str, str]] = {
            ROPA.LawState: ("state", "partial"),
            ROPA.LawRemark: ("remark", "remark"),
            ROPA.TransferFault: ("reason", "denied"),
        }
        table = the_register().select(
            "SELECT ?kind ?term ?word WHERE { "
            f"VALUES ?kind {{ {' '.join(URIRef(str(k)).n3() for k in kinds)} }} "
            "?term a ?kind ; skos:notation ?word }"
        )
        names().prefetch([ROPA.NotStated, *(term for _kind, term, _w in table.rows)])
        silent = Badge("silent", names().name(ROPA.NotStated))
        marks: dict[str, dict[str, Badge]] = {
            column: {"not stated": silent} for column, _kind in kinds.values()
        }
        for kind, term, word in table.rows:
            if kind is not None and term is not None:
                column, usual = kinds[kind]
                symbol = law_symbols().get(term, usual)
                marks[column][str(word)] = Badge(symbol, names().name(term))
        g.law_marks = marks
    found: Mapping[str, Mapping[str, Badge]] = g.law_marks
    return found


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
