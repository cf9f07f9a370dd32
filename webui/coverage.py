"""What each record says of Articles 30, 13 and 14: the matrix, and one company."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, render_template, request, url_for
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import required
from ropa.required import Duty, Fact, Item
from ropa.store.base import Table
from ropa.terms import DCT, DPCAT, DPV, LAW, RDF, ROPA, SKOS
from webui import claims, negotiation, tables
from webui.cells import Cells
from webui.claims import Badge
from webui.current import the_register
from webui.naming import Name, href, names, path_of, thing_at
from webui.records import part_of, profile_of
from webui.things import MAX_DEPTH, Shower, Value, in_one_language

pages = Blueprint("coverage", __name__)

QUESTION = "article-30-coverage"
BY_ACTIVITY = "coverage"
FACETS = ("company", "article", "state")
MOST = 8
"""Most of those who say something of a fact that are shown one by one."""


@dataclass(frozen=True)
class Cell:
    """The state of an item for a company.

    Attributes:
        mark: the state in words.
        stated: number of activities that state it.
        asked: number of activities that it is asked of; 0 where it is asked once.
        href: where the detail stands.
    """

    mark: Badge
    stated: int
    asked: int
    href: str


@dataclass(frozen=True)
class Row:
    """One item with its cells, one for each company."""

    item: Item
    name: Name
    definition: Name
    cells: list[Cell | None]


@dataclass(frozen=True)
class Section:
    """The items of one list of the law."""

    duty: Duty
    name: Name
    rows: list[Row]


@dataclass(frozen=True)
class Said:
    """What one thing says of a fact: the activity, the record or the company."""

    holder: Value | None
    values: list[Value]


@dataclass
class Answer:
    """A fact of an item with what is said of it.

    Attributes:
        name: of the fact.
        said: by whom, and what; the first of them.
        more: how many others say something.
        state: its state where nothing is said.
        earlier: the item where it has been shown already.
    """

    name: Name
    said: list[Said] = field(default_factory=list)
    more: int = 0
    state: Badge | None = None
    earlier: Row | None = None


@dataclass(frozen=True)
class Detail:
    """One item of one company: its answers, and the activities by state."""

    row: Row
    answers: list[Answer]
    activities: list[tuple[Badge, list[Value]]]


@pages.get("/coverage")
def every() -> Response:
    """Show items by company; with a company in the address, what it says of each."""
    suffix = negotiation.choose(negotiation.LIST)
    chosen = request.args.get("company", "")
    table = _with_article(tables.rows_of(QUESTION, company=chosen))
    rows = [tuple(row) for row in tables.facets_of(table, FACETS)[1]]
    if suffix != negotiation.HTML:
        kept = [row[:-1] for row in rows]
        return tables.results_answer(Table(table.columns[:-1], kept), suffix)
    by_activity = tables.rows_of(BY_ACTIVITY, company=chosen)
    narrowed = Table(table.columns, rows)
    slugs = list(dict.fromkeys(str(row[0]) for row in rows))
    cells = Cells(["company"])
    companies = [value for slug in slugs for value in cells.row([Literal(slug)])]
    sections = _sections(narrowed, by_activity, slugs)
    judgment = LAW["c-60-22"]
    return make_response(
        render_template(
            "coverage.html",
            listing=tables.listing(QUESTION, table, facets=FACETS),
            companies=companies,
            sections=sections,
            details=_details(chosen, sections, by_activity) if chosen else [],
            profile=_profile(chosen) if chosen else None,
            judgment=Value(names().name(judgment), judgment, href=href(judgment)),
            by_activity=url_for(
                "resources.question", name=BY_ACTIVITY, company=chosen or None
            ),
        )
    )


def _with_article(table: Table) -> Table:
    """Add the list of the law that each item stands in, by which a page narrows."""
    article = {
        item.iri: Literal(duty.article)
        for duty in required.duties()
        for item in duty.items
    }
    at = table.columns.index("item")
    return Table(
        [*table.columns, "article"],
        [(*row, article.get(URIRef(str(row[at])))) for row in table.rows],
    )


def _sections(table: Table, by_activity: Table, slugs: list[str]) -> list[Section]:
    """Arrange the states by list of the law, item and company."""
    company, item_at, state = map(table.columns.index, ("company", "item", "state"))
    marks = _marks(row[state] for row in table.rows)
    stated, asked = _counts(by_activity)
    cells = {}
    for row in table.rows:
        slug, item = str(row[company]), URIRef(str(row[item_at]))
        cells[slug, item] = Cell(
            mark=marks[str(row[state])],
            stated=stated[slug, item],
            asked=asked[slug, item],
            href=f"{url_for('coverage.every', company=slug)}#{anchor(item)}",
        )
    names().prefetch(required.items())
    sections = []
    for duty in required.duties():
        rows = [
            Row(
                item,
                names().name(item.iri),
                _definition(item.iri),
                [cells.get((slug, item.iri)) for slug in slugs],
            )
            for item in duty.items
        ]
        rows = [row for row in rows if any(row.cells)]
        if rows:
            sections.append(Section(duty, names().name(duty.iri), rows))
    return sections


def anchor(item: URIRef) -> str:
    """Name the place of an item on the page of a company."""
    return str(item).rpartition("#")[2]


def _marks(states: Iterable[Node | None]) -> dict[str, Badge]:
    cells = Cells(["state"])
    found = {}
    for state in states:
        if state is not None and str(state) not in found:
            shown = cells.row([state])[0]
            if shown is not None and shown.mark is not None:
                found[str(state)] = shown.mark
    return found


def _counts(
    table: Table,
) -> tuple[Counter[tuple[str, URIRef]], Counter[tuple[str, URIRef]]]:
    """Count, by company and item, the activities that state it and that are asked."""
    applies = names_of_states()
    stated: Counter[tuple[str, URIRef]] = Counter()
    asked: Counter[tuple[str, URIRef]] = Counter()
    at = [table.columns.index(key) for key in ("company", "item", "state")]
    for row in table.rows:
        slug, item, state = (str(row[i]) for i in at)
        key = (slug, URIRef(item))
        asked[key] += state != applies[ROPA.NotApplicable]
        stated[key] += state in (applies[ROPA.Stated], applies[ROPA.Denied])
    return stated, asked


def names_of_states() -> Mapping[Node, str]:
    """Map the states of claims to the words that answers use for them."""
    words = the_register().vocabulary
    return {
        state: next(str(o) for p, o in words.said(state) if p == SKOS.notation)
        for state in (
            ROPA.Stated,
            ROPA.Partial,
            ROPA.Denied,
            ROPA.NotStated,
            ROPA.NotApplicable,
        )
    }


def _definition(term: URIRef) -> Name:
    return names().best(
        {
            text.language or "en": str(text)
            for way, text in the_register().vocabulary.said(term)
            if way == SKOS.definition and isinstance(text, Literal)
        }
    )


# -- one company ---------------------------------------------------------------------


def _profile(slug: str) -> tuple[Badge, Name] | None:
    graph = the_register().read(thing_at(f"companies/{slug}"))
    record = next(iter(sorted(graph.subjects(ROPA.profile, None), key=str)), None)
    return profile_of(graph, record)


def _details(
    slug: str, sections: list[Section], by_activity: Table
) -> list[tuple[Section, list[Detail]]]:
    """Show, for each item of a company, what is said, where, and what is missing."""
    company = thing_at(f"companies/{slug}")
    graph = Graph()
    graph += the_register().read(company)
    record = next(iter(sorted(graph.subjects(DCT.publisher, company), key=str)), None)
    holders = [company, *([record] if isinstance(record, URIRef) else [])]
    for activity in part_of(company):
        graph += the_register().read(activity)
        holders.append(activity)
    reader = _Reader(graph, company, record, holders)
    states = _states(by_activity)
    shown: dict[URIRef, Row] = {}
    found = []
    for section in sections:
        details = []
        for row in section.rows:
            given = states.get(row.item.iri, {})
            asked = set(given) or set(holders)
            answers = []
            for fact in row.item.facts:
                answer = reader.answer(fact, asked)
                if answer.state is not None and len(row.item.facts) == 1:
                    answer.state = next(c.mark for c in row.cells if c is not None)
                elif fact.iri in shown:
                    answer.said, answer.earlier = [], shown[fact.iri]
                elif answer.said:
                    shown[fact.iri] = row
                answers.append(answer)
            by_state = _by_state(given) if row.item.is_by_activity else []
            details.append(Detail(row, answers, by_state))
        found.append((section, details))
    return found


def _states(by_activity: Table) -> dict[URIRef, dict[Node, str]]:
    """Give the state of each item by activity."""
    keys = ("company", "activity", "item", "state")
    at = [by_activity.columns.index(key) for key in keys]
    found: dict[URIRef, dict[Node, str]] = defaultdict(dict)
    for row in by_activity.rows:
        slug, activity, item, state = (str(row[i]) for i in at)
        found[URIRef(item)][thing_at(f"activities/{slug}/{activity}")] = state
    return found


def _by_state(given: Mapping[Node, str]) -> list[tuple[Badge, list[Value]]]:
    """Group activities by what they say, those that say least first."""
    words = names_of_states()
    marks = _marks(map(Literal, words.values()))
    order = [ROPA.NotStated, ROPA.Partial, ROPA.Denied, ROPA.Stated, ROPA.NotApplicable]
    found = []
    for state in order:
        own = [a for a in given if given[a] == words[state]]
        values = [Value(names().name(a), a, href=href(a)) for a in own]
        if values:
            found.append((marks[words[state]], values))
    return found


class _Reader:
    """Finds what a company, its record and its activities say of a fact.

    Args:
        graph: what the company states, all of it.
        company: the company.
        record: its record.
        holders: the company, its record and its activities.
    """

    def __init__(
        self,
        graph: Graph,
        company: URIRef,
        record: Node | None,
        holders: list[URIRef],
    ) -> None:
        self._graph = graph
        self._company = company
        self._record = record
        self._holders = holders
        self._shower = Shower(graph)
        self._known: dict[tuple[URIRef, URIRef], list[Value]] = {}

    def answer(self, fact: Fact, asked: set[Node]) -> Answer:
        """Collect what is said of a fact, by who says it.

        Args:
            fact: the fact.
            asked: the activities that have to answer it.
        """
        wanted = self._wanted(fact, asked)
        said = [
            Said(Value(names().name(holder), holder, href=path_of(holder)), values)
            for holder in wanted
            if (values := self._values(fact, holder))
        ]
        answer = Answer(names().name(fact.iri), said[:MOST], len(said[MOST:]))
        if not said:
            answer.state = self._absence(fact, wanted)
        return answer

    def _wanted(self, fact: Fact, asked: set[Node]) -> list[URIRef]:
        if fact.holder == DPV.LegalEntity:
            return [self._company]
        if fact.holder == DPCAT.ROPA:
            return [one for one in self._holders if one == self._record]
        around = {self._record} | ({self._company} if fact.way else set())
        return [one for one in self._holders if one in asked | around]

    def _bearers(self, fact: Fact, holder: URIRef) -> list[URIRef]:
        """List what may carry a fact: the parts that it is said of, and their whole."""
        if fact.way is None:
            return [holder]
        parts = sorted(self._graph.objects(holder, fact.way), key=str)
        whole = [] if fact.is_alone or holder == self._company else [holder]
        return [*whole, *(part for part in parts if isinstance(part, URIRef))]

    def _values(self, fact: Fact, holder: URIRef) -> list[Value]:
        key = (fact.iri, holder)
        if key not in self._known:
            self._known[key] = [
                self._value(bearer, way, node)
                for bearer in self._bearers(fact, holder)
                for way in fact.fields
                for node in in_one_language(
                    sorted(self._graph.objects(bearer, way), key=str)
                )
                if self._answers(fact, way, node)
            ]
        return self._known[key]

    def _value(self, bearer: URIRef, way: URIRef, node: Node) -> Value:
        said_of = self._shower.claims.get((bearer, way, node), [])
        shown = self._shower.value(node, depth=MAX_DEPTH)
        return Value(
            shown.name,
            node,
            href=shown.href,
            mark=shown.mark,
            badges=claims.badges(said_of),
            reads=claims.reads(said_of),
        )

    def _answers(self, fact: Fact, way: URIRef, node: Node) -> bool:
        if way in fact.any_value:
            return True
        above = set(self._graph.objects(node, RDF.type))
        for start in (node, *self._graph.objects(node, SKOS.broader)):
            if isinstance(start, URIRef):
                above |= the_register().vocabulary.broader(start)
        return not above.isdisjoint(fact.kinds)

    def _absence(self, fact: Fact, wanted: list[URIRef]) -> Badge:
        """Mark a fact without an answer: denied, not applicable, or not stated."""
        if not self._is_asked(fact, wanted):
            return Badge("inapplicable", names().name(ROPA.NotApplicable))
        whole = set(fact.any_value or fact.fields)
        found = [
            claim
            for (about, way, value), said in self._shower.claims.items()
            if about in wanted and isinstance(way, URIRef) and way in fact.fields
            if (way in whole if value is None else self._answers(fact, way, value))
            for claim in said
        ]
        return claims.absence(found)

    def _is_asked(self, fact: Fact, wanted: list[URIRef]) -> bool:
        """Tell whether what a fact depends on is there."""
        above = the_register().vocabulary.broader
        if fact.only_outside:
            countries = self._graph.objects(self._company, DPV.hasCountry)
            return any(
                above(country).isdisjoint(fact.only_outside)
                for country in countries
                if isinstance(country, URIRef)
            )
        parts = [part for one in wanted for part in self._bearers(fact, one)]
        if fact.only_where:
            return any(
                not above(basis).isdisjoint(fact.only_where)
                for part in parts
                for basis in self._graph.objects(part, DPV.hasLegalBasis)
                if isinstance(basis, URIRef)
            )
        return not fact.only_where_stated and bool(parts)
