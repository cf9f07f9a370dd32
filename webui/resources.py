"""Every other thing: organisations, sources, terms, rules, law, questions, changes."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template
from rdflib import Graph, Literal, URIRef

from ropa import queries
from ropa.errors import NotFound
from ropa.terms import DCT, PREFIXES, SH, SKOS
from webui import negotiation, tables
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, names, thing_at
from webui.neighbours import narrower, used_by
from webui.records import document
from webui.things import Shower, Value

pages = Blueprint("resources", __name__)


def described(thing: URIRef, *, graph: str = "") -> Graph:
    """Give what is said of a thing outside the entries: terms, law, rules, changes.

    Args:
        thing: the thing.
        graph: name of the graph to read; the union of what is stated if empty.

    Raises:
        NotFound: nothing is said of it.
    """
    start, end = (f"GRAPH {URIRef(graph).n3()} {{", "}") if graph else ("", "")
    table = the_register().select(
        f"SELECT ?way ?value WHERE {{ {start} {thing.n3()} ?way ?value {end} }}"
    )
    found = Graph()
    for way, value in table.rows:
        if way is not None and value is not None:
            found.add((thing, way, value))
    if not len(found):
        raise NotFound(
            _("The register says nothing of %(iri)s.", iri=thing),
            hint=_("Look for its name with the search."),
        )
    return found


def _page(thing: URIRef, graph: Graph, trail: str, **more: object) -> Response:
    """Show a thing: name, definition, properties, and what points at it."""
    shower = Shower(graph)
    definition = names().best(
        {
            (text.language or "en"): str(text)
            for way in (SKOS.scopeNote, SKOS.definition)
            for text in graph.objects(thing, way)
            if isinstance(text, Literal)
        }
    )
    more = {
        "title": names().name(thing),
        "definition": definition,
        "shown": shower.properties(thing, without=(SKOS.definition,), asked=False),
        "kinds": [shower.value(kind, depth=9) for kind in shower.kinds(thing)],
        "used_by": [*used_by(thing), *narrower(thing)],
        "thing": thing,
        "trail": trail,
    } | more
    return make_response(render_template("thing.html", **more))


def _entry(path: str, trail: str) -> Response:
    register = the_register()
    iri = thing_at(path)
    graph = register.read(iri)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return document(iri, suffix)
    return _page(iri, graph, trail)


def _term(iri: URIRef, trail: str, **more: object) -> Response:
    graph = described(iri)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(graph, suffix)
    return _page(iri, graph, trail, **more)


@pages.get("/organisations/<slug>")
def organisation(slug: str) -> Response:
    """Show an organisation that several entries may share."""
    return _entry(f"organisations/{slug}", _("Organisation"))


@pages.get("/sources/<slug>")
def source(slug: str) -> Response:
    """Show a document that was read."""
    return _entry(f"sources/{slug}", _("Source"))


@pages.get("/law/<path:name>")
def law(name: str) -> Response:
    """Show a decision or a judgment."""
    start = PREFIXES.get("law", "https://w3id.org/ropa-kg/law/")
    return _term(thing_at(name, base=start), _("Law"))


@pages.get("/terms/<prefix>/<name>")
def term(prefix: str, name: str) -> Response:
    """Show a term of the vocabulary."""
    if prefix not in PREFIXES:
        raise NotFound(
            _("There is no vocabulary with the prefix %(prefix)s.", prefix=prefix),
            hint=", ".join(sorted(PREFIXES)),
        )
    return _term(thing_at(name, base=PREFIXES[prefix]), f"{prefix}:{name}")


@pages.get("/terms")
def terms() -> Response:
    """List the vocabularies and their terms in use."""
    negotiation.choose({negotiation.HTML: "text/html"})
    table = the_register().select(
        "SELECT DISTINCT ?term WHERE { ?term skos:prefLabel ?label "
        f'FILTER(!STRSTARTS(STR(?term), "{the_register().base}")) }} ORDER BY ?term'
    )
    names().prefetch(iri for (iri,) in table.rows)
    shelves: dict[str, list[Value]] = {}
    for (iri,) in table.rows:
        address = href(iri)
        if isinstance(iri, URIRef) and address and address.startswith("/terms/"):
            value = Value(names().name(iri), iri, href=address)
            shelves.setdefault(address.split("/")[2], []).append(value)
    for values in shelves.values():
        values.sort(key=lambda value: value.name.text.casefold())
    return make_response(
        render_template("terms.html", shelves=shelves, prefixes=PREFIXES)
    )


@pages.get("/rules/<code>")
def rule(code: str) -> Response:
    """Show a rule: what it demands, where that stands, how to mend it."""
    table = the_register().select(
        "SELECT ?shape ?graph WHERE { GRAPH ?graph { ?shape dct:identifier "
        f"{Literal(code).n3()} ; sh:severity ?severity }} }} ORDER BY ?shape LIMIT 1"
    )
    if not table.rows:
        raise NotFound(
            _("There is no rule with the code %(code)s.", code=code),
            hint=_("The list of findings names the rules."),
        )
    shape, graph_name = table.rows[0]
    shape_iri = URIRef(str(shape))
    graph = described(shape_iri, graph=str(graph_name))
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(graph, suffix)
    message = names().best(
        {
            (text.language or "en"): str(text)
            for text in graph.objects(shape_iri, SH.message)
            if isinstance(text, Literal)
        }
    )
    # What stands in such places is filled in when something is found.
    message = replace(message, text=re.sub(r"\{\w+\}", "…", message.text))
    hidden = Graph()
    for triple in graph:
        if triple[1] not in (SH.message, DCT.identifier):
            hidden.add(triple)
    return _page(
        shape_iri,
        hidden,
        _("Rule"),
        title=Name(code),
        definition=message,
        findings_link=True,
        code=code,
    )


@pages.get("/questions")
def questions() -> Response:
    """List the named questions."""
    negotiation.choose({negotiation.HTML: "text/html"})
    return make_response(
        render_template(
            "questions.html", questions=queries.all_questions(), lang=language()
        )
    )


@pages.get("/questions/<name>")
def question(name: str) -> Response:
    """Answer one named question."""
    asked = queries.load(name)
    columns = [c for c in ("company", "country", "role", "state") if c in asked.columns]
    return tables.answer(name, template="list.html", facets=columns)


@pages.get("/changes/<name>")
def change(name: str) -> Response:
    """Show one change: what was written, when, by whom and why."""
    iri = thing_at(f"changes/{name}")
    graph = the_register().graph(iri)
    if not len(graph):
        raise NotFound(
            _("There is no change %(name)s.", name=name),
            hint=_("Changes are numbered from 000000001."),
        )
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(graph, suffix)
    return _page(iri, graph, _("Change"), title=Name(name), parts=_parts(graph, iri))


def _parts(graph: Graph, whole: URIRef) -> list[Value]:
    """Show the parts of a document that its main thing does not point at."""
    shower = Shower(graph)
    return [
        shower.value(part)
        for part in sorted({s for s in graph.subjects() if s != whole}, key=str)
        if isinstance(part, URIRef)
    ][:MAX_PARTS]


MAX_PARTS = 100
