"""The first page: what the register holds, and what needs attention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template

from ropa import queries
from ropa.terms import ROPA
from webui import judging, negotiation, standing
from webui.cells import Cells, column_name
from webui.current import the_register
from webui.languages import language
from webui.naming import Name, href, names
from webui.reports import SEVERITIES, severity_name
from webui.tables import rows_of
from webui.things import Value

if TYPE_CHECKING:
    from ropa.store.base import Table

pages = Blueprint("overview", __name__)

COUNTED = ("activities", "special-category-data", "recipients", "transfers")
"""The questions whose rows are counted for each company."""


@dataclass(frozen=True)
class Count:
    """A number, the words of what it counts, and the question behind it."""

    question: str
    words: str
    number: int


@dataclass(frozen=True)
class Card:
    """One company with its numbers."""

    slug: str
    company: Value
    facts: list[Value]
    counts: list[Count]
    severities: list[tuple[str, str, int]]
    profile: Name | None = None


def known(names_: tuple[str, ...]) -> list[str]:
    """Keep the questions that this package ships."""
    shipped = {question.name for question in queries.all_questions()}
    return [name for name in names_ if name in shipped]


def by_company(table: Table) -> Counter[str]:
    """Count the rows of an answer for each company."""
    at = table.columns.index("company")
    return Counter(str(row[at]) for row in table.rows)


def severities_by_company(table: Table) -> dict[str, Counter[str]]:
    """Count findings by company and severity."""
    company, severity = map(table.columns.index, ("company", "severity"))
    found: dict[str, Counter[str]] = {}
    for row in table.rows:
        found.setdefault(str(row[company]), Counter())[str(row[severity])] += 1
    return found


def _is_known(value: Value) -> bool:
    """Tell a term, or several, from the words for what is not stated."""
    return bool(value.href) or str(value.node).startswith("http")


@pages.get("/")
def show() -> Response:
    """Show totals, companies, transfers to the US and findings."""
    negotiation.choose({negotiation.HTML: "text/html"})
    companies = rows_of("companies")
    counted = {name: rows_of(name) for name in known(COUNTED)}
    per_company = {name: by_company(table) for name, table in counted.items()}
    # For another day this takes seconds: the first page shows only what is there.
    kept = judging.known_rows() if judging.is_another_day() else rows_of("findings")
    found = severities_by_company(kept) if kept is not None else {}
    cells = Cells(companies.columns)
    trade_names = _trade_names()
    notices = _notices()
    cards: dict[str, Card] = {}
    for row in companies.rows:
        shown = dict(zip(companies.columns, cells.row(row), strict=True))
        slug = str(row[companies.columns.index("company")])
        company = shown["company"]
        if slug in cards or company is None:
            continue
        facts = [
            *trade_names.get(slug, []),
            *(v for k in ("country", "role") if (v := shown.get(k)) and _is_known(v)),
        ]
        cards[slug] = Card(
            slug,
            company,
            facts,
            [Count(n, _words(n), per_company[n][slug]) for n in per_company],
            [(s, severity_name(s), found.get(slug, Counter())[s]) for s in SEVERITIES],
            names().name(ROPA.Notice) if slug in notices else None,
        )
    totals = [Count("companies", _words("companies"), len(cards))]
    totals += [Count(n, _words(n), len(t.rows)) for n, t in counted.items()]
    us = standing.beside(rows_of("us-transfers"))
    shown_us = [Cells(us.columns).row(row) for row in us.rows]
    return make_response(
        render_template(
            "overview.html",
            cards=list(cards.values()),
            totals=totals,
            us_words=_words("us-transfers"),
            us_columns=[column_name(key) for key in us.columns],
            us_rows=shown_us,
            has_findings=kept is not None,
            rules=_rules(kept) if kept is not None else [],
            severities=[
                (s, severity_name(s), sum(c[s] for c in found.values()))
                for s in SEVERITIES
            ],
            sources=_sources(),
            has_notices=bool(notices),
        )
    )


def _notices() -> set[str]:
    """List the companies whose record was read from a public notice, by slug."""
    table = the_register().select(
        "SELECT DISTINCT ?company WHERE { ?record dct:publisher ?company ; "
        f"<{ROPA.profile}> <{ROPA.Notice}> }}"
    )
    return {str(company).rpartition("/")[2] for (company,) in table.rows}


def _trade_names() -> dict[str, list[Value]]:
    """Give the names that companies go by, where they differ from the legal ones."""
    table = the_register().select(
        f"SELECT ?company ?name WHERE {{ ?company <{ROPA.tradeName}> ?name "
        "FILTER NOT EXISTS { ?company dpv:hasName ?name } } ORDER BY ?name"
    )
    found: dict[str, list[Value]] = {}
    for company, name in table.rows:
        if company is not None and name is not None:
            slug = str(company).rpartition("/")[2]
            found.setdefault(slug, []).append(Value(names().name(name), name))
    return found


def _words(name: str) -> str:
    return queries.load(name).summary_in(language())


def _rules(table: Table) -> list[tuple[str, str, str, int]]:
    """Count findings by rule: severity, rule, article, number; heaviest first."""
    keys = ("severity", "rule", "article")
    places = [table.columns.index(key) for key in keys]
    counted = Counter(tuple(str(row[at] or "") for at in places) for row in table.rows)
    order = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    ranked = sorted(counted.items(), key=lambda o: (order.get(o[0][0], 9), -o[1], o[0]))
    return [(s, rule, article, number) for (s, rule, article), number in ranked]


def _sources() -> list[Value]:
    table = the_register().select(
        f"SELECT ?source WHERE {{ ?source a <{ROPA.SourceDocument}> }} ORDER BY ?source"
    )
    names().prefetch(source for (source,) in table.rows)
    return [
        Value(names().name(source), source, href=href(source))
        for (source,) in table.rows
        if source is not None
    ]
