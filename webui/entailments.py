"""Ways in which something follows: the list, a page for each, and where it applies."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, url_for
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import entailments
from ropa.entailments import Entailment
from ropa.errors import NotFound, UnknownName
from ropa.inference import axioms
from ropa.store.base import Table
from ropa.terms import DCT, RDF, ROPA, SH, SKOS, curie
from webui import following, judging, negotiation, tables, unjudged
from webui.cells import column_name
from webui.current import the_register
from webui.languages import gettext as _
from webui.naming import href, names
from webui.things import Value

pages = Blueprint("entailments", __name__)

MOST_SHOWN = 50
"""Most inferred statements that a page lists one by one."""

_BESIDE = """
SELECT {what} WHERE {{
  GRAPH ?graph {{
    ?inference ropa:inferredFrom ?entry .
    ?claim ropa:entailedBy ?by ;
      ropa:about ?about ;
      ropa:field ?field ;
      ropa:value ?value .
    {only}
  }}
}} {order}
"""
_HEADER = re.compile(r"^#\+.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Applied:
    """One inferred statement, with the entry that it follows from.

    Attributes:
        entry: the entry.
        about: the thing; None where it is the entry itself.
        field: the property; None where it says no more than the value does.
        value: the value.
        href: where its reasons are told.
        words: the statement for a person who hears it alone.
    """

    entry: Value
    about: Value | None
    field: Value | None
    value: Value
    href: str
    words: str


@dataclass(frozen=True)
class Application:
    """Where something follows in this register; the first statements of many."""

    shown: list[Applied]
    total: int
    entries: int
    rest: str


@dataclass(frozen=True)
class Line:
    """One way in which something follows, with the number of statements here.

    Attributes:
        iri: the entailment, or the kind that axioms lead to.
        by: the same with its words and its page.
        name: what it is called by programs.
        article: the provision behind it.
        statements: how many follow by it; None for a day other than today.
    """

    iri: URIRef
    by: Value
    name: str
    article: str
    statements: int | None


@pages.get("/entailments")
def every() -> Response:
    """List the ways in which something follows, with how often it does here."""
    suffix = negotiation.choose(negotiation.LIST)
    counted = _counts()
    by_text = [
        _line(one.iri, one.name, one.article, counted)
        for one in entailments.all_entailments()
    ]
    kinds = [
        _line(kind, curie(kind), following.article_of(kind), counted)
        for kind in axioms.kinds()
    ]
    by_text.sort(key=lambda one: one.by.name.text.casefold())
    kinds.sort(key=lambda one: one.by.name.text.casefold())
    if suffix != negotiation.HTML:
        return tables.results_answer(_table([*by_text, *kinds]), suffix)
    return make_response(
        render_template(
            "entailments.html",
            parts=[
                ("queries", _("By what holds on a day"), by_text),
                ("kinds", _("By the logic of the vocabulary"), kinds),
            ],
            heading=column_name,
            is_counted=counted is not None,
        )
    )


@pages.get("/entailments/<name>")
def one(name: str) -> Response:
    """Show one entailment: what follows, how, by which text, and where it does."""
    try:
        known = entailments.load(name)
    except UnknownName as error:
        near = error.details.get("nearest") or []
        raise NotFound(
            _("There is no entailment named %(name)s.", name=repr(name[:80])),
            hint=error.hint,
            addresses=[f"/entailments/{other}" for other in near],
        ) from error
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(described(known), suffix)
    names().prefetch(after.iri for after in map(entailments.load, known.after))
    return make_response(
        render_template(
            "entailment.html",
            entailment=known,
            title=names().name(known.iri),
            explanation=names().best(dict(known.explanation)),
            text=_HEADER.sub("", known.text).strip(),
            after=[
                following.value(other.iri)
                for other in map(entailments.load, known.after)
            ],
            concluded=[following.value(term) for term in dict.fromkeys(_terms(known))],
            found=applied(known.iri),
            is_today=not judging.is_another_day(),
        )
    )


def described(known: Entailment) -> Graph:
    """Give what is said of an entailment, as triples."""
    graph = Graph()
    said: list[tuple[URIRef, Node]] = [
        (RDF.type, ROPA.Entailment),
        (DCT.identifier, Literal(known.name)),
        (ROPA.article, Literal(known.article)),
        (SH.construct, Literal(known.text)),
        *((DCT.source, source) for source in known.sources),
        *((DCT.requires, entailments.load(name).iri) for name in known.after),
        *((SKOS.prefLabel, Literal(t, lang)) for lang, t in known.summary.items()),
        *(
            (ROPA.explanation, Literal(text, lang))
            for lang, text in known.explanation.items()
        ),
    ]
    for way, value in said:
        graph.add((known.iri, way, value))
    return graph


def applied(term: URIRef) -> Application | None:
    """Find the inferred statements that a term brings about or is named in.

    Args:
        term: an entailment or kind by which they follow, their property or their value.

    Returns:
        None where nothing follows, or for another day than today, whose conclusions
        are not kept.
    """
    if judging.is_another_day():
        return None
    register = the_register()
    register.refresh_inferred()
    only = f"FILTER({term.n3()} IN (?by, ?field, ?value))"
    number = "(COUNT(DISTINCT ?claim) AS ?n) (COUNT(DISTINCT ?entry) AS ?entries)"
    query = _BESIDE.format(what=number, only=only, order="")
    total, entries = (int(str(n)) for n in register.select(query).rows[0])
    if not total:
        return None
    what = "DISTINCT ?entry ?claim ?about ?field ?value"
    order = f"ORDER BY ?entry ?about ?field ?value LIMIT {MOST_SHOWN}"
    rows = register.select(_BESIDE.format(what=what, only=only, order=order)).rows
    names().prefetch(node for row in rows for node in row)
    return Application(
        [
            _applied(term, owner, claim, about, field, node)
            for owner, claim, about, field, node in rows
            if owner is not None
            and about is not None
            and field is not None
            and node is not None
        ],
        total,
        entries,
        _list_of(term),
    )


def _applied(
    term: URIRef, owner: Node, claim: Node | None, about: Node, field: Node, node: Node
) -> Applied:
    shown = [following.value(one) for one in (owner, about, field, node)]
    says_enough = field in (RDF.type, term)
    told = [shown[1], *([] if says_enough else [shown[2]]), shown[3]]
    return Applied(
        entry=Value(shown[0].name, owner, href=href(owner)),
        about=None if about == owner else shown[1],
        field=None if says_enough else shown[2],
        value=shown[3],
        href=following.reasons_at(claim) if claim is not None else "",
        words=" · ".join(one.name.text for one in told),
    )


def _list_of(term: URIRef) -> str:
    """Give the address of the list of all statements of a term."""
    if entailments.named(term) is not None:
        return url_for("resources.question", name="inferred", entailed_by=term)
    ways = the_register().select(
        f"SELECT ?way WHERE {{ GRAPH ?graph {{ ?claim ropa:entailedBy ?by ; ?way "
        f"{term.n3()} . FILTER(?way IN (ropa:field, ropa:value)) }} }} LIMIT 1"
    )
    is_field = any(way == ROPA.field for (way,) in ways.rows)
    if is_field:
        return url_for("resources.question", name="inferred", field=term)
    return url_for("resources.question", name="inferred", value=term)


def _counts() -> Counter[str] | None:
    """Count what follows by each way; None for another day, which is not kept."""
    if judging.is_another_day():
        return None
    the_register().refresh_inferred()
    if unjudged.is_partly():
        return None
    what = "?by (COUNT(DISTINCT ?claim) AS ?n)"
    query = _BESIDE.format(what=what, only="", order="GROUP BY ?by")
    rows = the_register().select(query).rows
    return Counter({str(by): int(str(number)) for by, number in rows})


def _line(iri: URIRef, name: str, article: str, counted: Counter[str] | None) -> Line:
    number = None if counted is None else counted[str(iri)]
    return Line(iri, following.value(iri), name, article, number)


def _terms(known: Entailment) -> list[URIRef]:
    """List the properties and kinds that an entailment concludes."""
    terms = (
        pattern.object if pattern.property == RDF.type else pattern.property
        for pattern in known.conclusions()
    )
    return [term for term in terms if isinstance(term, URIRef)]


def _table(lines: list[Line]) -> Table:
    """Put the list into rows for programs."""
    return Table(
        ["entailed_by", "name", "summary", "article", "statements"],
        [
            (
                line.iri,
                Literal(line.name),
                Literal(line.by.name.text),
                Literal(line.article) if line.article else None,
                None if line.statements is None else Literal(line.statements),
            )
            for line in lines
        ],
    )
