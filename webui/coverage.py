"""What each record says of Articles 30, 13 and 14: the matrix, and one company."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request, url_for
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import required
from ropa.required import Duty, Item
from ropa.store.base import Table
from ropa.terms import DCT, LAW, ROPA, SKOS
from webui import answers, negotiation, tables
from webui.answers import Answer, Said
from webui.cells import Cells
from webui.claims import Badge, symbols
from webui.current import the_register
from webui.naming import Name, href, names, thing_at
from webui.records import part_of, profile_of
from webui.things import Value

pages = Blueprint("coverage", __name__)

QUESTION = "article-30-coverage"
BY_ACTIVITY = "coverage"
FACETS = ("company", "article", "item", "state")


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
class Detail:
    """One item of one company: its answers, and the activities by state."""

    row: Row
    answers: list[Answer]
    activities: list[tuple[Badge, list[Value]]]


@pages.get("/coverage")
def every() -> Response:
    """Show items by company; with a company in the address, what it says of each."""
    suffix = negotiation.choose(negotiation.LIST)
    _check_filters()
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


def _check_filters() -> None:
    """Refuse a filter that no row can ever fit.

    Raises:
        InputError: a value is none of the known ones, or a filter is given twice.
    """
    known = {
        "article": [duty.article for duty in required.duties()],
        "item": [str(item) for item in required.items()],
        "state": list(names_of_states().values()),
    }
    for name, values in known.items():
        tables.check_filter(name, values)


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
    reader = answers.Reader(graph, company, record, holders)
    states = _states(by_activity)
    under: dict[URIRef, set[Node]] = defaultdict(set)
    for one, activities in states.items():
        under[required.items()[one].duty] |= set(activities)
    shown: dict[URIRef, tuple[Item, set[Node], list[Said]]] = {}
    found = []
    for section in sections:
        details = []
        for row in section.rows:
            given = states.get(row.item.iri, {})
            # Only the activities that are under this list of the law.
            asked = under[row.item.duty]
            mark = next(cell.mark for cell in row.cells if cell is not None)
            told = []
            for fact in row.item.facts:
                answer = reader.answer(fact, asked)
                if answer.said:
                    earlier, before, words = shown.setdefault(
                        fact.iri, (row.item, asked, answer.said)
                    )
                    is_told = asked <= before or answer.said == words
                    if earlier != row.item and is_told:
                        answer.said, answer.earlier = [], earlier
                elif len(row.item.facts) == 1 or _is_without_object(mark):
                    answer.state = mark
                elif answer.state is None:
                    continue
                told.append(answer)
            by_state = _by_state(given) if row.item.is_by_activity else []
            details.append(Detail(row, told, by_state))
        found.append((section, details))
    return found


def _is_without_object(mark: Badge) -> bool:
    return mark.kind == symbols()[ROPA.NotApplicable]


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
