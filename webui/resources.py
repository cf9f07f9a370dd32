"""Every other thing: organisations, terms, law, questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request, url_for
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import explaining, explanation, lookup, queries, vocabulary
from ropa.errors import NotFound
from ropa.explanation import Explanation, Hit, Named, Text, Uses
from ropa.reader import INFERRED
from ropa.store.base import Table
from ropa.terms import (
    CLOSED,
    DPV,
    LAW,
    OWL,
    PREFIXES,
    ROPA,
    SKOS,
    VENDOR,
    curie,
    rows_of,
)
from ropa.vocabulary import folded
from webui import entailments, following, judging, negotiation, tables
from webui.claims import Badge, law_marks
from webui.current import the_register
from webui.day import asked_day, judged_day
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, names, path_of, thing_at
from webui.neighbours import narrower, used_by
from webui.records import document
from webui.things import Shower, Value
from webui.values import day
from webui.values import said as said_literal

pages = Blueprint("resources", __name__)

FACETS = ("company", "country", "role", "state")
"""Columns by which answers to questions are narrowed."""

OF_INFERRED = ("field", "value", "entailed_by")
"""The same, of questions on what follows."""

MOST_USES = 50
MAX_SHOWN = 60


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
        raise unknown(
            _("The register says nothing of %(iri)s.", iri=curie(thing)[:200]),
            curie(thing),
        )
    return found


def unknown(message: str, name: str) -> NotFound:
    """Make the refusal of a name, with the nearest ones and their addresses."""
    near = lookup.nearest(name)
    found = [hit for one in near for hit in lookup.look_up(one, language())]
    return NotFound(
        message,
        hint=_("Did you mean %(names)s?", names=", ".join(near))
        if near
        else _("Look for its name with the search."),
        nearest=near,
        addresses=[
            at.partition("?")[0] for at in map(address_of, found) if at is not None
        ],
    )


def near(words: str) -> list[Value]:
    """Link the words whose names resemble what was searched for in vain."""
    hits = [
        hit
        for name in (lookup.nearest(words) if words else [])
        for hit in lookup.look_up(name, language())
    ]
    return [
        Value(say_text(hit.label), Literal(hit.short), href=address_of(hit))
        for hit in {hit.short: hit for hit in hits}.values()
    ]


# -- words as a page shows them ------------------------------------------------------


def say_text(text: Text) -> Name:
    """Say words; they carry their language where it is not the page's."""
    return Name(text.text, text.lang if text.lang not in ("", language()) else None)


def shown(thing: Named | Literal) -> Value:
    """Show a thing with the link to its page, or a literal as people write it."""
    if isinstance(thing, Literal):
        return Value(said_literal(thing), thing)
    return Value(say_text(thing.label), thing.iri, href=href(thing.iri))


def address_of(hit: Hit) -> str | None:
    """Give the address of the page of a hit."""
    if hit.kind == "rule":
        return url_for("rules.one", code=hit.short)
    if hit.kind == "question":
        return url_for("resources.question", name=hit.short)
    return path_of(str(hit.iri))


def kind_of(hit: Hit) -> URIRef | None:
    """Give the kind of thing that a hit is; None for a question."""
    known: dict[str, URIRef] = {
        "entailment": ROPA.Entailment,
        "rule": ROPA.Rule,
        "class": OWL.Class,
        "property": OWL.ObjectProperty,
    }
    if hit.iri is not None and rows_of(hit.iri) is not None:
        return explanation.classes_of(hit.iri)[0]
    return None if hit.kind == "question" else known.get(hit.kind, SKOS.Concept)


def kind_name(hit: Hit) -> Name:
    """Name the kind of thing that a hit is, in the words of the ontology."""
    kind = kind_of(hit)
    return names().name(kind) if kind is not None else Name(_("Question"))


def form_name(form: str) -> str:
    """Say what a field takes where it has no list of values."""
    words = {
        "text": _("text"),
        "plain": _("plain text"),
        "date": _("date"),
        "boolean": _("yes or no"),
        "number": _("number"),
        "reference": _("another thing"),
    }
    return words.get(form, _("anything"))


def _rest(uses: Uses) -> str:
    """Give the address where the query page lists all entries of some uses."""
    return url_for("sparql.endpoint", query=uses.query, run="1")


def _marks(said: Explanation) -> list[Badge]:
    """Mark what a piece of law is worth: its state, then the remarks."""
    if said.standing is None:
        return []
    state, *remarks = said.standing.notations
    words = [say_text(said.standing.state), *map(say_text, said.standing.remarks)]
    keys = [("state", state), *(("remark", one) for one in remarks)]
    known = law_marks()
    return [
        known.get(column, {}).get(word, Badge("partial", name))
        for (column, word), name in zip(keys, words, strict=True)
    ]


def _case_mark(word: str, state: Text) -> Badge:
    return law_marks()["state"].get(word, Badge("partial", say_text(state)))


def _word_page(said: Explanation, trail: list[tuple[str, str]]) -> Response:
    """Show a word: what it means, where it stands, who uses it, what it may say."""
    return make_response(
        render_template(
            "word.html",
            word=said,
            trail=trail,
            shown=shown,
            say_text=say_text,
            rest=_rest,
            marks=_marks(said),
            case_mark=_case_mark,
            most=MAX_SHOWN,
            thing=said.iri,
            form_name=form_name,
            day=day,
            schemes=_lists_of(said),
            applied=entailments.applied(said.iri) if said.iri is not None else None,
        )
    )


def _lists_of(said: Explanation) -> dict[str, str]:
    """Map lists of terms among the facts to the page that shows all their terms."""
    return {
        str(one.iri): url_for("resources.terms", list=one.short)
        for fact in said.facts
        if fact.way.iri == SKOS.inScheme
        for one in fact.values
        if isinstance(one, Named)
    }


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
        "remarks": shower.remarked(),
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
    kind = names().name(ROPA.VendorSeat)
    findings = judging.findings_of(iri, iri)
    follows, number = following.groups(iri, following.graph_of(iri), findings)
    return _page(
        iri,
        graph,
        trail,
        seats=_seats(iri, graph),
        seat=kind,
        follows=follows,
        follows_number=number,
        when=day(judged_day().isoformat()),
    )


def _term(iri: URIRef, trail: list[tuple[str, str]]) -> Response:
    graph = described(iri)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return negotiation.graph_answer(graph, suffix)
    if not vocabulary.load().is_known(iri):
        return _page(iri, graph, curie(iri))
    said = explaining.explain_term(
        iri, language(), the_register(), as_of=asked_day(), most=MOST_USES
    )
    return _word_page(said, trail)


@pages.get("/organisations/<slug>")
def organisation(slug: str) -> Response:
    """Show an organisation that several entries may share."""
    return _entry(f"organisations/{slug}", _("Organisation"))


# -- law ---------------------------------------------------------------------------


@pages.get("/law")
def every_law() -> Response:
    """List law with dates, as of a day, narrowed as the address says."""
    return tables.answer("law", template="law.html", facets=("kind", "place", "state"))


@pages.get("/law/<path:name>")
def law(name: str) -> Response:
    """Show a decision or a judgment."""
    iri = thing_at(name, base=str(LAW))
    return _term(iri, [(url_for("resources.every_law"), _("Law")), ("", curie(iri))])


# -- vendors -----------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """A row on a vendor: its link, where that is, and whether the match is stated."""

    vendor: Value
    countries: list[Value]
    is_stated: bool


@pages.get("/vendors")
def every_vendor() -> Response:
    """List where vendors are established, narrowed as the address says."""
    return tables.answer("vendor-seats", template="list.html", facets=("country",))


@pages.get("/vendors/<path:name>")
def vendor(name: str) -> Response:
    """Show where a vendor is established."""
    iri = thing_at(name, base=str(VENDOR))
    every = queries.load("vendor-seats").summary_in(language())
    return _term(iri, [(url_for("resources.every_vendor"), every), ("", curie(iri))])


def _seats(organisation: URIRef, graph: Graph) -> list[Seat]:
    """Give the rows on vendors that an organisation means, with their countries."""
    words = vocabulary.load()
    stated = set(graph.objects(organisation, SKOS.exactMatch))
    named = {
        iri
        for name in graph.objects(organisation, DPV.hasName)
        for iri in words.called(str(name))
    }
    rows = {URIRef(str(row)) for row in stated | named if str(row) in VENDOR}
    return [
        Seat(
            shown(explanation.named(row, language())),
            [
                shown(explanation.named(country, language()))
                for way, country in words.said(row)
                if way == DPV.hasCountry
            ],
            is_stated=row in stated,
        )
        for row in sorted(rows)
    ]


# -- terms -------------------------------------------------------------------------


@dataclass(frozen=True)
class Shelf:
    """Terms that belong together: those of a list, or of one kind.

    Attributes:
        key: how the address names it.
        prefix: of the vocabulary it belongs to.
        name: of the list or the kind.
        total: how many terms.
    """

    key: str
    prefix: str
    name: Name
    total: int


def _shelf_of(iri: URIRef) -> URIRef:
    """Give the list that a term stands in, or the kind of thing that it is."""
    said = vocabulary.load().said(iri)
    lists = sorted(o for p, o in said if p == SKOS.inScheme and isinstance(o, URIRef))
    if lists:
        return lists[0]
    hit = lookup.hit_of(iri, language())
    if SKOS.ConceptScheme in explanation.classes_of(iri):
        return SKOS.ConceptScheme
    return kind_of(hit) or SKOS.Concept


def _shelves() -> dict[tuple[str, URIRef], list[URIRef]]:
    found: dict[tuple[str, URIRef], list[URIRef]] = {}
    for iri in vocabulary.load().terms():
        prefix, colon, local = curie(iri).partition(":")
        if colon and prefix in PREFIXES and local and rows_of(iri) is None:
            found.setdefault((prefix, _shelf_of(iri)), []).append(iri)
    return found


def _key(prefix: str, shelf: URIRef) -> str:
    """Name a shelf: a list by itself, a kind with the vocabulary it is found in."""
    short = curie(shelf)
    is_own = short.startswith(f"{prefix}:")
    return short if is_own and shelf != SKOS.Concept else f"{prefix}/{short}"


@pages.get("/terms/<prefix>/<name>")
def term(prefix: str, name: str) -> Response:
    """Show a term of the vocabulary."""
    if prefix not in PREFIXES:
        raise NotFound(
            _("There is no vocabulary with the prefix %(prefix)s.", prefix=prefix),
            hint=", ".join(sorted(PREFIXES)),
        )
    steps = [(url_for("resources.terms"), _("Vocabulary")), ("", f"{prefix}:{name}")]
    return _term(thing_at(name, base=PREFIXES[prefix]), steps)


@pages.get("/terms")
def terms() -> Response:
    """List the vocabularies by their lists of terms; one list; or what is found."""
    suffix = negotiation.choose(negotiation.LIST)
    words = request.args.get("q", "")[: lookup.MOST_LETTERS].strip()
    chosen = request.args.get("list", "")
    shelves = _shelves()
    keys = {_key(*shelf): shelf for shelf in shelves}
    if chosen and chosen not in keys:
        raise NotFound(
            _("There is no list of terms named %(name)s.", name=chosen[:80]),
            hint=_("Look for its name with the search."),
        )
    iris = shelves[keys[chosen]] if chosen else [t for s in shelves.values() for t in s]
    if words:
        allowed = set(iris)
        found = lookup.search(words, language(), most=MAX_FOUND)
        iris = [hit.iri for hit in found if hit.iri is not None and hit.iri in allowed]
    hits = [lookup.hit_of(iri, language()) for iri in iris]
    if not words:
        hits.sort(key=lambda hit: folded(hit.label.text))
    if suffix != negotiation.HTML:
        return tables.results_answer(_as_table(hits), suffix)
    names().prefetch(shelf for _prefix, shelf in shelves)
    every = [
        Shelf(_key(prefix, shelf), prefix, names().name(shelf), len(shelves[shelf_key]))
        for shelf_key in shelves
        for prefix, shelf in [shelf_key]
    ]
    # The vocabularies that entries are written in come before those of standards.
    by_prefix: dict[str, list[Shelf]] = {space.prefix: [] for space in CLOSED}
    for one in sorted(every, key=lambda s: folded(s.name.text)):
        by_prefix.setdefault(one.prefix, []).append(one)
    return make_response(
        render_template(
            "terms.html",
            shelves=by_prefix,
            prefixes=PREFIXES,
            words=words,
            chosen=chosen,
            chosen_name=names().name(keys[chosen][1]) if chosen else None,
            hits=hits if words or chosen else None,
            total=len(hits),
            near=[] if hits else near(words),
            address_of=address_of,
            kind_name=kind_name,
            say_text=say_text,
        )
    )


MAX_FOUND = 200
"""Most terms that a search in the vocabulary lists."""


def _as_table(hits: Iterable[Hit]) -> Table:
    """Put terms into rows for programs: address, short name, words, list."""
    rows: list[tuple[Node | None, ...]] = [
        (
            hit.iri,
            Literal(hit.short),
            Literal(hit.label.text),
            Literal(hit.says.text) if hit.says.text else None,
            _shelf_of(hit.iri),
        )
        for hit in hits
        if hit.iri is not None
    ]
    return Table(["term", "name", "term_label", "definition", "list"], rows)


# -- questions ---------------------------------------------------------------------


@pages.get("/questions")
def questions() -> Response:
    """List the named questions."""
    suffix = negotiation.choose(negotiation.LIST)
    if suffix != negotiation.HTML:
        known = queries.catalogue(language())
        return tables.results_answer(Table(known.columns, known.rows), suffix)
    return make_response(
        render_template(
            "questions.html", questions=queries.all_questions(), lang=language()
        )
    )


@pages.get("/questions/<name>")
def question(name: str) -> Response:
    """Answer one named question."""
    asked = queries.load(name)
    facets = [c for c in FACETS if c in asked.columns]
    if name in INFERRED:
        facets += [c for c in OF_INFERRED if c in asked.columns]
    return tables.answer(name, template="list.html", facets=facets)
