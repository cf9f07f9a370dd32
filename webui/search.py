"""Finds things by their names: entries by any name, words also by their meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import Literal, URIRef

from ropa import lookup, vocabulary
from ropa.explanation import Hit
from ropa.store.base import Table
from webui import negotiation
from webui.current import the_register
from webui.languages import language
from webui.naming import Name, href, label_properties, names
from webui.resources import address_of, kind_name, kind_of, near, say_text
from webui.tables import results_answer
from webui.things import Value

pages = Blueprint("search", __name__)

MAX_HITS = 200
MAX_LETTERS = lookup.MOST_LETTERS


@dataclass(frozen=True)
class Shown:
    """One hit on the page: its link, the kind of thing it is, and what it means."""

    value: Value
    kind: Name | None
    short: str = ""
    says: Name = Name("")  # noqa: RUF009 - a value, never written to


def found(words: str) -> list[tuple[URIRef, Literal, URIRef | None]]:
    """Find entries and their parts of which a name holds all the words.

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
    words_known = vocabulary.load()
    for thing, label, kind in table.rows:
        if isinstance(thing, URIRef) and isinstance(label, Literal):
            if words_known.is_known(thing):
                continue
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
    """List what bears the words asked for: entries, then words, rules, questions."""
    words = request.args.get("q", "")[:MAX_LETTERS].strip()
    suffix = negotiation.choose(negotiation.LIST)
    hits = found(words)
    known = lookup.search(words, language(), most=MAX_HITS)
    if suffix != negotiation.HTML:
        rows = [(thing, label, kind) for thing, label, kind in hits]
        rows += [
            (hit.iri, Literal(hit.label.text), kind_of(hit))
            for hit in known
            if hit.iri is not None
        ]
        return results_answer(Table(["thing", "label", "type"], list(rows)), suffix)
    names().prefetch(node for hit in hits for node in (hit[0], hit[2]))
    names().prefetch(kind_of(hit) for hit in known)
    shown = [
        Shown(
            Value(_name(thing, label), thing, href=href(thing)),
            names().name(kind) if kind else None,
        )
        for thing, label, kind in hits
        if href(thing)
    ]
    exact = [_shown(hit) for hit in known if hit.score == 1.0]
    others = [_shown(hit) for hit in known if hit.score < 1.0]
    hits_ = [*exact, *shown, *others]
    return make_response(
        render_template(
            "search.html",
            words=words,
            hits=hits_,
            near=[] if hits_ else near(words),
        )
    )


def _shown(hit: Hit) -> Shown:
    named = say_text(hit.label)
    value = Value(named, hit.iri or Literal(hit.short), href=address_of(hit))
    short = "" if hit.short == hit.label.text else hit.short
    return Shown(value, kind_name(hit), short, say_text(hit.says))


def _name(thing: URIRef, label: Literal) -> Name:
    name = names().name(thing)
    return name if name.is_label else Name(str(label))
