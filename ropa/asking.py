"""Asking: the named questions, and anyone's own query.

A named question is ours and runs on the live store. Text that nobody has checked runs
in a child process over a snapshot, with limits on time, memory and output.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol

from rdflib import Graph
from rdflib.term import URIRef

from ropa import bounded, entry, queries, terms
from ropa.errors import InputError, UnknownName
from ropa.formats.results import Answer, read_answer
from ropa.store.base import Store, Table
from ropa.syntax import Syntax, parse

__all__ = ["Answer", "ask", "companies", "known_company", "query", "sparql"]

MAX_ROWS = 10_000
"""Rows or triples after which the answer of a free query is cut."""

_COMPANIES = """
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dpcat: <https://w3id.org/dpcat#>
SELECT DISTINCT ?company WHERE { ?record a dpcat:ROPA ; dct:publisher ?company . }
ORDER BY ?company
"""


def companies(store: Selects) -> Mapping[str, URIRef]:
    """Give the companies that keep a record, by slug."""
    found = (URIRef(str(iri)) for (iri,) in store.select(_COMPANIES).rows)
    return {entry.slug(iri): iri for iri in found}


def known_company(store: Selects, company: str) -> URIRef:
    """Find a company by its slug or full IRI.

    Raises:
        UnknownName: no record is kept for it; the hint names near ones.
    """
    known = companies(store)
    for slug, iri in known.items():
        if company in (slug, str(iri)):
            return iri
    near = difflib.get_close_matches(company.lower(), list(known), n=3, cutoff=0.5)
    named = near or sorted(known)[:10]
    raise UnknownName(
        f"There is no company {company[:60]!r} in this register.",
        hint=(
            f"Did you mean {', '.join(near)}?"
            if near
            else f"Known companies: {', '.join(named)}."
            if named
            else "The register is empty: add a company first."
        ),
        company=company[:60],
        nearest=near,
    )


class Selects(Protocol):
    """Whatever answers our own SELECT queries: a store, or a server."""

    def select(self, text: str) -> Table:
        """Answer a SELECT query."""


def ask(store: Selects, name: str, **parameters: Any) -> Table:
    """Answer a named question; parameters and errors as for `sparql`.

    Returns:
        The columns of the question, in its order; rows sorted.
    """
    return store.select(sparql(store, name, **parameters))


def sparql(
    store: Selects,
    name: str,
    *,
    company: str | None = None,
    as_of: date | str | None = None,
    lang: str | None = None,
    claims: str | None = None,
    **unknown: Any,
) -> str:
    """Give the SPARQL text of a named question, filled in.

    Args:
        store: where companies are looked up.
        name: the question.
        company: slug or IRI of the one company that the answer is narrowed to.
        as_of: calendar day whose law is applied; today (UTC) if not said. Questions
            where no law moves take it and do not change.
        lang: language of labels, English if not said; questions without labels take
            it and do not change.
        claims: ``stated``, or ``all`` for inferred and suggested statements as well.
        unknown: refused; named here so that the error can say what is known.

    Returns:
        A text that any SPARQL 1.1 engine answers with the question's columns.

    Raises:
        UnknownName: no such question or company.
        InputError: a parameter is unknown, not of its kind, or not taken by this
            question (``claims``).
    """
    question = check_names(name, unknown)
    given: dict[str, object] = {"company": None, "as_of": None}
    if company is not None:
        given["company"] = known_company(store, company)
    # Read even where it is not used: a slip in a date is told, not swallowed.
    day = queries.as_day(as_of) if as_of is not None else datetime.now(UTC).date()
    if "as_of" in question.parameters:
        given["as_of"] = day
    if claims is not None and (claims != "stated" or "claims" in question.parameters):
        given["claims"] = claims
    if lang is not None and "lang" in question.parameters:
        given["lang"] = lang
    given = {key: value for key, value in given.items() if value is not None}
    return question.render(**given)


def check_names(name: str, parameters: Iterable[str]) -> queries.Question:
    """Find a question, and refuse names that are parameters of no question.

    Raises:
        UnknownName: no such question.
        InputError: a name is unknown; the hint gives those that this question takes.
    """
    question = queries.load(name)
    unknown = sorted(set(parameters) - set(queries.VARIABLES))
    if unknown:
        raise InputError(
            f"The question {name} has no parameter {', '.join(unknown)}.",
            hint=f"It takes {', '.join(question.parameters)}.",
            known=list(question.parameters),
        )
    return question


def query(
    store: Store,
    text: str,
    *,
    limits: bounded.Limits = bounded.DEFAULTS,
    max_rows: int = MAX_ROWS,
) -> Answer:
    """Run anyone's SPARQL query in a bounded child process.

    Args:
        store: what is asked; the child sees a snapshot.
        text: SELECT, ASK, CONSTRUCT or DESCRIBE; the project's prefixes are known.
        limits: what the child may use.
        max_rows: rows or triples after which the answer is cut.

    Raises:
        QueryError: it cannot be read, or asks for what is not allowed.
        LimitReached: it took more than the limits allow.
    """
    with store.snapshot() as snapshot:
        header, body = bounded.call(
            "ropa.store.answering:answer",
            {
                "query": text,
                "path": str(snapshot.path) if snapshot.path else None,
                "prefixes": dict(terms.PREFIXES),
                "max_rows": max_rows,
            },
            snapshot.nquads or b"",
            limits=limits,
        )
    seconds, truncated = float(header["seconds"]), bool(header["truncated"])
    if header["kind"] == "graph":
        graph = Graph()
        for subject, predicate, object_, _ in parse(body, Syntax.NTRIPLES):
            graph.add((subject, predicate, object_))
        return Answer("graph", graph=graph, seconds=seconds, truncated=truncated)
    found = read_answer(body)
    return Answer(
        found.kind,
        table=found.table,
        boolean=found.boolean,
        seconds=seconds,
        truncated=truncated,
    )
