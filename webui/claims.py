"""How a statement is held: given, partly given, denied, looked for and not found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from flask import g
from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa import evidence
from ropa.evidence import Claim
from ropa.terms import ROPA
from webui.current import the_register
from webui.documents import Place, places
from webui.languages import gettext as _
from webui.naming import Name, names


@dataclass(frozen=True)
class Badge:
    """A short mark with its meaning; ``kind`` chooses symbol and colour."""

    kind: str
    name: Name


Claims = dict[tuple[Node, Node, Node | None], list[Claim]]


def symbols() -> dict[Node, str]:
    """Map each state to the kind of mark that shows it."""
    return {
        ROPA.Stated: "stated",
        ROPA.Partial: "partial",
        ROPA.Denied: "denied",
        ROPA.NotStated: "silent",
        ROPA.NotApplicable: "inapplicable",
        ROPA.Inferred: "implied",
        ROPA.Suggested: "implied",
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
    for claim in evidence.claims_of(graph):
        for value in claim.values or (None,):
            found[claim.about, claim.field, value].append(claim)
    return dict(found)


def unheld(claims: Claims, graph: Graph) -> dict[tuple[Node, Node], list[Node]]:
    """List values that claims speak of and that are not stated: denied, looked for.

    Returns:
        The values by thing and property, in the order of their claims.
    """
    held = {ROPA.Stated, ROPA.Partial}
    found: dict[tuple[Node, Node], list[Node]] = defaultdict(list)
    for (about, field, value), said in claims.items():
        if value is None or (about, field, value) in graph:
            continue
        if any(one.is_own and one.state not in held for one in said):
            found[about, field].append(value)
    return dict(found)


def reads(claims: list[Claim]) -> list[Place]:
    """Link the passages that claims rest on."""
    return places(passage for claim in claims for passage in claim.passages)


def badges(claims: list[Claim]) -> list[Badge]:
    """Mark what a plain statement would hide; an ordinary claim gets no mark."""
    marks: list[Badge] = []
    for claim in claims:
        if not claim.is_own and claim.origin is not None:
            marks.append(Badge("implied", names().name(claim.origin)))
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
