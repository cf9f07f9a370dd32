"""What follows from an entry, as pages show it: apart from what is stated, and marked.

The list is read from what is kept beside the entry. Reasons take longer to give, so
they stand on the page of that graph alone, to which each statement leads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa import entailments, entry, evidence, inference
from ropa.terms import RDF, ROPA
from webui import judging
from webui.claims import Badge
from webui.current import the_register
from webui.day import judged_day
from webui.languages import gettext as _
from webui.naming import href, names, path_of
from webui.places import INFERRED
from webui.things import Value, anchor_of
from webui.values import said

if TYPE_CHECKING:
    from ropa.why import Premise
    from webui.reports import Shown

MOST_OPEN = 6
"""Statements of a group that are shown unfolded."""

MOST_LISTED = 30
"""Statements of a group that the page of an entry lists; all are on that of reasons."""


@dataclass(frozen=True)
class Statement:
    """One inferred statement.

    Attributes:
        anchor: the name of its claim on the page of reasons.
        href: where its reasons are told.
        about: the thing, or the property where the heading names the thing; None
            where it is the entry of the page.
        value: the value; None where the heading of its group says it.
        words: the statement for a person who hears it alone.
        question: the finding that asks the owner of the entry whether it is so.
        is_echo: whether the question is told in full elsewhere on the page.
    """

    anchor: str
    href: str
    about: Value | None
    value: Value | None
    words: str
    question: Shown | None = None
    is_echo: bool = False


@dataclass(frozen=True)
class Group:
    """Statements of one property, or on things of one kind."""

    heading: Value
    article: str
    statements: list[Statement]


@dataclass(frozen=True)
class Count:
    """How often something follows for the activities of a company."""

    heading: Value
    article: str
    activities: int
    statements: int
    field: URIRef
    value: Node | None


def badge() -> Badge:
    """Give the mark of what is inferred, in the word of the ontology."""
    return Badge("implied", names().name(ROPA.Inferred))


def address(iri: URIRef) -> str:
    """Give the address of what follows from an entry."""
    return path_of(f"{entry.document(iri)}/{INFERRED}") or ""


def reasons_at(claim: Node) -> str:
    """Give the address at which the reasons of one inferred statement stand alone."""
    graph, _hash, anchor = str(claim).partition("#")
    page = path_of(graph) or ""
    return f"{page}{'&' if '?' in page else '?'}claim={anchor}" if page else ""


def graph_of(iri: URIRef) -> Graph:
    """Give what follows from an entry on the day of the page."""
    return the_register().inferred(iri, as_of=judged_day())


def value(node: Node) -> Value:
    """Show a thing with the link to its page, or a literal as people write it."""
    if not isinstance(node, URIRef):
        return Value(said(node), node)
    return Value(names().name(node), node, href=href(node))


def groups(
    iri: URIRef, graph: Graph, findings: Sequence[Shown] = (), *, in_full: bool = False
) -> tuple[list[Group], int]:
    """Arrange what follows from an entry by kind and property.

    Args:
        iri: the entry.
        graph: what follows from it, as it is kept.
        findings: those on the entry; some of them ask about what follows.
        in_full: whether things are described that nobody stated; otherwise their
            names say enough.

    Returns:
        The groups, those with questions first, then those on the entry itself; and
        the number of all statements.
    """
    told = [
        (claim, node) for claim in evidence.claims_of(graph) for node in claim.values
    ]
    names().prefetch(
        part for one, node in told for part in (one.iri, one.about, one.field, node)
    )
    asked = _asked(graph, findings)
    found: dict[tuple[Node, Node | None], list[Statement]] = {}
    makers: dict[tuple[Node, Node | None], set[Node]] = {}
    for claim, node in told:
        if is_unstated(claim.about) and not in_full:
            continue
        key = _key(iri, claim.about, claim.field, node)
        question = asked.get((claim.about, claim.field, node))
        found.setdefault(key, []).append(_statement(iri, claim, node, question))
        makers.setdefault(key, set()).update(graph.objects(claim.iri, ROPA.entailedBy))
    made = [
        Group(_heading(*key), _article(key, makers[key]), _sorted(statements))
        for key, statements in found.items()
    ]

    def order(group: Group) -> tuple[bool, bool, str]:
        is_asked = any(s.question and not s.is_echo for s in group.statements)
        is_whole = any(one.about is None for one in group.statements)
        return (not is_asked, not is_whole, group.heading.name.text.casefold())

    return sorted(made, key=order), len(told)


def is_unstated(thing: Node) -> bool:
    """Tell whether a thing is one that follows itself, as a part of no entry."""
    return f"/{INFERRED}#" in str(thing)


def _asked(
    graph: Graph, findings: Iterable[Shown]
) -> dict[tuple[Node | None, Node | None, Node | None], Shown]:
    """Find the questions by the inferred statements that they ask about.

    One that asks about a part asks as well about a thing that follows, was named after
    that part and has the value in question.
    """
    found: dict[tuple[Node | None, Node | None, Node | None], Shown] = {}
    for one in findings:
        if not one.is_question or (one.focus, one.path, one.value) not in graph:
            continue
        found[one.focus, one.path, one.value] = one
        end = "-" + str(one.focus).partition("#")[2]
        for thing in graph.subjects(None, one.value):
            if is_unstated(thing) and str(thing).endswith(end):
                found.update(
                    {(s, p, thing): one for s, p in graph.subject_predicates(thing)}
                )
    return found


def counts(activities: Sequence[URIRef]) -> list[Count]:
    """Count what follows for activities, by kind and property.

    Args:
        activities: those of a company.
    """
    statements: Counter[tuple[Node, Node | None]] = Counter()
    having: dict[tuple[Node, Node | None], set[Node]] = {}
    makers: dict[tuple[Node, Node | None], set[Node]] = {}
    for iri, about, field, node, by in _rows(activities):
        if is_unstated(about):
            continue
        key = (field, node if field == RDF.type else None)
        statements[key] += 1
        having.setdefault(key, set()).add(iri)
        makers.setdefault(key, set()).add(by)
    names().prefetch(term for key in statements for term in key)
    counted = [
        Count(
            _heading(*key),
            _article(key, makers[key]),
            len(having[key]),
            number,
            URIRef(str(key[0])),
            key[1],
        )
        for key, number in statements.items()
    ]
    return sorted(counted, key=lambda one: one.heading.name.text.casefold())


def _rows(activities: Sequence[URIRef]) -> Iterator[tuple[Node, ...]]:
    """Give what follows: the entry, thing, property, value, and what made it."""
    register = the_register()
    ways = (ROPA.about, ROPA.field, ROPA.value, ROPA.entailedBy)
    if judging.is_another_day():
        for iri, graph in register.inferred_of(activities, as_of=judged_day()).items():
            for claim in graph.subjects(RDF.type, ROPA.Claim):
                told = [graph.value(claim, way) for way in ways]
                yield iri, *(node for node in told if node is not None)
        return
    if not activities:
        return
    # Today's is kept: one query is much faster than reading each graph.
    register.refresh_inferred(activities)
    beside = " ".join(entry.inferred_graph(iri).n3() for iri in activities)
    table = register.select(
        "SELECT ?entry ?about ?field ?value ?by WHERE { "
        f"VALUES ?graph {{ {beside} }} GRAPH ?graph {{ ?claim ropa:about ?about ; "
        "ropa:field ?field ; ropa:value ?value ; ropa:entailedBy ?by . "
        "?graph ropa:inferredFrom ?entry } }"
    )
    for row in table.rows:
        yield tuple(node for node in row if node is not None)


def claim_at(
    iri: URIRef, about: Node | None, field: Node | None, node: Node | None
) -> Statement | None:
    """Find the inferred statement that a finding asks about.

    Args:
        iri: the entry.
        about: the thing that the finding is on.
        field: the property.
        node: the value.
    """
    if about is None or field is None or node is None:
        return None
    graph = graph_of(iri)
    wanted = inference.claim_of(entry.inferred_graph(iri), (about, field, node))
    for claim in evidence.claims_of(graph):
        if claim.iri == wanted:
            return _statement(iri, claim, node, None)
    return None


def _key(iri: URIRef, about: Node, field: Node, node: Node) -> tuple[Node, Node | None]:
    """Tell by what a statement is grouped: things of one kind by that kind.

    What is said of a thing that nobody stated stands together.
    """
    if is_unstated(about):
        return (about, None)
    return (field, node if field == RDF.type and about != iri else None)


def _heading(field: Node, kind: Node | None) -> Value:
    return value(field if kind is None else kind)


def article_of(term: Node) -> str:
    """Cite the provision behind a term; empty where the vocabulary names none."""
    said_of = the_register().vocabulary.said(URIRef(str(term)))
    return next((str(o) for p, o in said_of if p == ROPA.article), "")


def _article(key: tuple[Node, Node | None], makers: Iterable[Node]) -> str:
    """Cite the provision behind a kind or a property, else that of what made it."""
    field, kind = key
    known = (entailments.named(by) for by in makers)
    cited = {one.article for one in known if one is not None}
    of_makers = cited.pop() if len(cited) == 1 else ""
    return article_of(field if kind is None else kind) or of_makers


def _statement(
    iri: URIRef,
    claim: evidence.Claim,
    node: Node,
    question: Shown | None,
) -> Statement:
    is_described = is_unstated(claim.about)
    is_whole = claim.about == iri
    is_headed = claim.field == RDF.type and not is_whole and not is_described
    about, field, shown = value(claim.about), value(claim.field), value(node)
    return Statement(
        anchor=anchor_of(claim.iri),
        href=reasons_at(claim.iri),
        # Below the name of a thing stands what is said of it.
        about=field if is_described else None if is_whole else about,
        value=None if is_headed else shown,
        words=" · ".join(one.name.text for one in (about, field, shown)),
        question=question,
        is_echo=question is not None
        and (claim.about, claim.field, node)
        != (question.focus, question.path, question.value),
    )


def _sorted(statements: list[Statement]) -> list[Statement]:
    def order(one: Statement) -> tuple[bool, str, str]:
        shown = (one.about, one.value)
        about, node = (v.name.text.casefold() if v else "" for v in shown)
        return (one.question is None, about, node)

    return sorted(statements, key=order)


def origin_name(origin: str) -> str:
    """Say where a statement stands that something rests on."""
    known = {
        "entry": _("stated in this entry"),
        "record": _("stated for the whole record"),
        "company": _("stated of the company"),
        "organisation": _("stated of an organisation"),
        "law": _("from the law"),
        "vendors": _("from the list of vendors"),
        "vocabulary": _("from the vocabulary"),
        INFERRED: badge().name.text,
    }
    return known.get(origin, origin)


def anchor_of_premise(premise: Premise) -> str:
    """Give the anchor under which a premise that follows itself is told."""
    graph = entry.inferred_graph(inference.owner(premise.subject))
    triple = (premise.subject, premise.property, premise.value)
    return anchor_of(inference.claim_of(graph, triple))


def install(app: Flask) -> None:
    """Give the templates of an application what inferred statements need."""
    app.jinja_env.globals.update(
        inferred_badge=badge,
        inferred_address=address,
        anchor_of_premise=anchor_of_premise,
        origin_name=origin_name,
        most_open=MOST_OPEN,
        most_listed=MOST_LISTED,
    )
