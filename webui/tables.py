"""Answers of named questions as pages: sorted, narrowed and paged in the address."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Flask, Response, make_response, render_template, request
from rdflib import URIRef

from ropa import queries
from ropa.errors import InputError
from ropa.formats import results
from ropa.reader import JUDGED
from webui import judging, negotiation
from webui.cells import Cells, Row, column_name
from webui.current import the_register
from webui.day import PARAMETER, asked_day
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, names
from webui.reports import severity_name
from webui.things import Value

if TYPE_CHECKING:
    from ropa.queries import Question
    from ropa.store.base import Table

PAGE_ROWS = 200
MAX_FACETS = 40
ASIDE = ("inferred", "suggested")
"""The words for claims that stand apart from what is stated."""


@dataclass(frozen=True)
class Column:
    """A column with its heading and the addresses that sort by it."""

    key: str
    name: Name
    address: str
    sorted: str = ""


@dataclass(frozen=True)
class Facet:
    """A column that narrows the list: its values with counts and addresses."""

    key: str
    name: Name
    options: list[tuple[str, str, int]]
    chosen: str


@dataclass
class Listing:
    """What one page of a list shows."""

    question: Question
    columns: list[Column]
    rows: list[list[Value | None]]
    facets: list[Facet]
    chips: list[tuple[str, str, str]]
    total: int
    page: int
    pages: int
    parameters: dict[str, str]
    remark: str = ""
    unfiltered: str = ""


def address(**changes: str | int | None) -> str:
    """Give the current address with some of its parameters changed or dropped."""
    kept = {k: v for k, v in request.args.items() if v}
    for key, value in changes.items():
        kept.pop(key, None)
        if value not in (None, ""):
            kept[key] = str(value)
    return request.path + (f"?{urlencode(kept)}" if kept else "")


def asked(question: Question) -> dict[str, str]:
    """Give the parameters of a question as the address states them."""
    given = {
        name: request.args[name]
        for name in question.parameters
        if name not in ("lang", PARAMETER) and request.args.get(name)
    }
    return given | asked_on(question)


def asked_on(question: Question) -> dict[str, str]:
    """Give the day that the address asks for, to a question that takes one."""
    day = asked_day()
    if day is None or PARAMETER not in question.parameters:
        return {}
    return {PARAMETER: day.isoformat()}


def rows_of(name: str, **parameters: str) -> Table:
    """Ask a named question in the language of the page, for the day of the page."""
    question = queries.load(name)
    given = asked_on(question) | {k: v for k, v in parameters.items() if v}
    if name in JUDGED and judging.is_another_day():
        return judging.rows(given.get("company", ""), name)
    if "lang" in question.parameters:
        given["lang"] = language()
    return the_register().ask(name, **given)


def check_filter(name: str, values: Collection[str]) -> None:
    """Refuse a filter that no row can ever fit.

    Args:
        name: of the filter in the address.
        values: what it can be.

    Raises:
        InputError: its value is none of them, or it is given twice; the hint says
            which there are, of many those that are spelt alike.
    """
    given = [value for value in request.args.getlist(name) if value]
    if len(given) > 1:
        raise InputError(_("%(name)s is given more than once.", name=name))
    if not given or given[0] in values:
        return
    near: Collection[str] = []
    if len(values) > MAX_FACETS:
        near = difflib.get_close_matches(given[0][:60], values, n=5, cutoff=0.5)
    raise InputError(
        f"The parameter {name} is none of its values: {given[0][:60]!r}.",
        hint=" · ".join(near or values),
        parameter=name,
    )


def facets_of(table: Table, keys: Sequence[str]) -> tuple[list[Facet], list[Row]]:
    """Narrow rows by the columns that the address names, and offer the others."""
    rows: list[Row] = list(table.rows)
    for key in keys:
        chosen = request.args.get(key, "")
        if chosen and key in table.columns:
            at = table.columns.index(key)
            rows = [row for row in rows if str(row[at] or "") == chosen]
    cells = Cells(table.columns)
    facets = []
    for key in keys:
        if key not in table.columns:
            continue
        at = table.columns.index(key)
        counted: Counter[str] = Counter()
        words: dict[str, str] = {}
        for row in rows:
            if row[at] is None:
                continue
            value = str(row[at])
            counted[value] += 1
            if value not in words:
                shown = cells.row(row)[at]
                words[value] = shown.name.text if shown is not None else value
        options = [
            (value, words[value], count)
            for value, count in sorted(counted.items(), key=lambda o: words[o[0]])
        ]
        chosen = request.args.get(key, "")
        facets.append(Facet(key, column_name(key), options[:MAX_FACETS], chosen))
    return facets, rows


def _is_repeated(table: Table, at: int) -> bool:
    """Tell whether a column only names what another one links to by that name."""
    stem = table.columns[at].removesuffix("_label")
    if stem == table.columns[at] or stem not in table.columns:
        return False
    thing = table.columns.index(stem)
    return all(isinstance(row[thing], URIRef) or row[at] is None for row in table.rows)


def listing(
    name: str,
    table: Table,
    *,
    facets: Sequence[str] = (),
    hidden: Sequence[str] = (),
) -> Listing:
    """Arrange an answer for a page: narrowed, sorted, cut into pages."""
    question = queries.load(name)
    names().prefetch(node for row in table.rows for node in row)
    offered, rows = facets_of(table, facets)
    order = request.args.get("sort", "")
    key = order.removeprefix("-")
    if key in table.columns:
        at = table.columns.index(key)
        rows.sort(key=lambda r: str(r[at] or ""), reverse=order.startswith("-"))
    elif "claim" in table.columns:
        # What nobody stated comes after all that somebody did.
        at = table.columns.index("claim")
        rows.sort(key=lambda row: str(row[at]) in ASIDE)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    number = request.args.get("page", "1")
    page = min(max(int(number), 1), pages) if number.isdecimal() else 1
    cells = Cells(table.columns)
    seen = [
        at
        for at, column in enumerate(table.columns)
        if column not in hidden and not _is_repeated(table, at)
    ]
    shown = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    columns = [
        Column(
            one,
            column_name(one),
            address(sort=f"-{one}" if order == one else one, page=None),
            {one: "ascending", f"-{one}": "descending"}.get(order, ""),
        )
        for one in (table.columns[at] for at in seen)
    ]
    words = {f.key: {v: text for v, text, _n in f.options} for f in offered}
    narrowing = (*facets, "claims", "company")
    chips = [
        (column_name(k).text, words.get(k, {}).get(v, v), address(**{k: None}))
        for k, v in request.args.items()
        if v and k in narrowing
    ]
    parameters = asked(question)
    return Listing(
        question=question,
        columns=columns,
        rows=[[row[at] for at in seen] for row in map(cells.row, shown)],
        facets=offered,
        chips=chips,
        total=len(rows),
        page=page,
        pages=pages,
        parameters=parameters,
        remark=judging.remark_on_rows(name, parameters.get("company", "")),
        unfiltered=address(**dict.fromkeys((*narrowing, "page"))),
    )


def answer(
    name: str,
    *,
    template: str,
    facets: Sequence[str] = (),
    wider: str = "",
    widen: Callable[[Table], Table] | None = None,
    hidden: Sequence[str] = (),
    **more: object,
) -> Response:
    """Answer a named question as page, CSV or JSON.

    Args:
        name: the question.
        template: the page.
        facets: columns by which the page narrows.
        wider: a question with the same rows and more columns, asked in its place.
        widen: adds columns that the page shows; documents keep to the question's.
        hidden: columns that narrow the page and are not shown.
        more: what else the page needs.
    """
    suffix = negotiation.choose(negotiation.LIST)
    question = queries.load(name)
    table = rows_of(wider or name, **asked(question))
    if widen is not None:
        table = widen(table)
    if suffix != negotiation.HTML:
        rows = facets_of(table, facets)[1] if facets else list(table.rows)
        columns = list(question.columns)
        kept = [table.columns.index(column) for column in columns]
        table = type(table)(columns, [tuple(row[at] for at in kept) for row in rows])
        return results_answer(table, suffix)
    shown = listing(name, table, facets=facets, hidden=hidden)
    return make_response(render_template(template, listing=shown, **more))


def results_answer(table: Table, suffix: str) -> Response:
    """Answer rows as CSV (RFC 4180), as JSON objects by column, or for programs."""
    content_type = negotiation.LIST[suffix] + "; charset=utf-8" * (suffix == "csv")
    return Response(results.write(table, suffix), content_type=content_type)


def install(app: Flask) -> None:
    """Give the templates of an application what lists need."""
    app.jinja_env.globals.update(
        address=address, column_name=column_name, severity_name=severity_name
    )
