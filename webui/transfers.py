"""All transfers as one table, with its filters in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from rdflib import Literal
from rdflib.term import Node, URIRef

from ropa import answers, entry
from ropa.terms import ROPA
from webui import judging, standing, tables
from webui.current import the_register
from webui.day import judged_day
from webui.naming import thing_at

if TYPE_CHECKING:
    from ropa.store.base import Table

pages = Blueprint("transfers", __name__)

FACETS = ("company", "country", "tool", "valid", "state", "claim")
ASKED = ("question", "answer")
"""Columns beside what nobody stated: the question to the owner, and the answer."""

# The questions to the owners of entries about what was inferred, as they are kept.
_QUESTIONS = """
SELECT ?findings ?key ?value ?who WHERE {{
  GRAPH ?findings {{
    ?finding ropa:findingKey ?key ;
      sh:resultPath {path} ;
      sh:focusNode ?focus ;
      sh:value ?value .
  }}
  OPTIONAL {{ ?focus ropa:organisation ?organisation . }}
  BIND(COALESCE(?organisation, ?focus) AS ?who)
}} ORDER BY ?findings ?key
"""


@pages.get("/transfers")
def every() -> Response:
    """List the transfers as of a day, narrowed as the address says."""
    return tables.answer(
        "transfers",
        template="transfers.html",
        facets=FACETS,
        widen=_widened,
    )


def _widened(table: Table) -> Table:
    """Add what tools are worth and, with what was inferred, the questions about it."""
    table = standing.beside(table)
    if request.args.get("claims") != "all" or judging.is_another_day():
        # Of another day's law no questions are kept.
        return table
    asked = _asked()
    columns = ("company", "activity", "recipient", "country")
    places = [table.columns.index(column) for column in columns]
    rows = []
    for row in table.rows:
        company, activity, who, country = (str(row[at] or "") for at in places)
        own = f"activities/{company}/{activity}"
        iri = thing_at(own if activity else f"companies/{company}")
        rows.append((*row, *_cells(iri, asked.get((iri, who, country), ""))))
    return type(table)([*table.columns, *ASKED], rows)


def _asked() -> dict[tuple[URIRef, str, str], str]:
    """Map entry, recipient and country to the key of the question that is kept."""
    the_register().refresh_findings()
    query = _QUESTIONS.format(path=ROPA.likelyTransferTo.n3())
    return {
        (URIRef(str(graph).removesuffix("/findings")), str(who), str(value)): str(key)
        for graph, key, value, who in the_register().select(query).rows
    }


def _cells(iri: URIRef, key: str) -> tuple[Node | None, Node | None]:
    if not key:
        return None, None
    beside = the_register().graph(entry.answers_graph(iri))
    answer = answers.standing(beside, judged_day()).get(key)
    return Literal(key), Literal(answer.kind) if answer is not None else None
