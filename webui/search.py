"""Finds things by their names."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import Literal, URIRef

from ropa.store.base import Table
from webui import negotiation
from webui.current import the_register
from webui.naming import Name, href, label_properties, names
from webui.tables import results_answer
from webui.things import Value

pages = Blueprint("search", __name__)

MAX_HITS = 200
MAX_LETTERS = 200


def found(words: str) -> list[tuple[URIRef, Literal, URIRef | None]]:
    """Find things of which a name holds all the words, whatever their case.

    Returns:
        Thing, name and class of each hit; names that begin with the words first.
    """
    parts = words.casefold().split()
    if not parts:
        return []
    # Text enters the query as escaped literals only.
    tests = " && ".join(
        f"CONTAINS(LCASE(STR(?label)), {Literal(part).n3()})" for part in parts
    )
    ways = " ".join(way.n3() for way in label_properties())
    table = the_register().select(
        "SELECT ?thing ?label (MIN(?type) AS ?kind) WHERE { "
        f"VALUES ?way {{ {ways} }} ?thing ?way ?label "
        f"FILTER({tests}) OPTIONAL {{ ?thing a ?type }} }} "
        f"GROUP BY ?thing ?label ORDER BY ?thing LIMIT {MAX_HITS * 3}"
    )
    hits: dict[URIRef, tuple[URIRef, Literal, URIRef | None]] = {}
    for thing, label, kind in table.rows:
        if isinstance(thing, URIRef) and isinstance(label, Literal):
            known = kind if isinstance(kind, URIRef) else None
            hits.setdefault(thing, (thing, label, known))

    def order(hit: tuple[URIRef, Literal, URIRef | None]) -> tuple[bool, bool, str]:
        text = str(hit[1]).casefold()
        own = str(hit[0]).startswith(the_register().base)
        starts = re.match(re.escape(parts[0]), text) is not None
        return (not own, not starts, text)

    return sorted(hits.values(), key=order)[:MAX_HITS]


@pages.get("/search")
def show() -> Response:
    """List what bears the words asked for."""
    words = request.args.get("q", "")[:MAX_LETTERS].strip()
    suffix = negotiation.choose(negotiation.LIST)
    hits = found(words)
    if suffix != negotiation.HTML:
        rows = [(thing, label, kind) for thing, label, kind in hits]
        return results_answer(Table(["thing", "label", "type"], list(rows)), suffix)
    names().prefetch(node for hit in hits for node in (hit[0], hit[2]))
    shown = [
        (Value(_name(thing, label), thing, href=href(thing)), kind)
        for thing, label, kind in hits
        if href(thing)
    ]
    return make_response(render_template("search.html", words=words, hits=shown))


def _name(thing: URIRef, label: Literal) -> Name:
    name = names().name(thing)
    return name if name.is_label else Name(str(label))
