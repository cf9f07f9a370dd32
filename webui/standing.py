"""What the tool of each transfer is worth on the day of the page.

The answer is that of the named question; here its rows only find their transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from flask import g
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa.terms import DPV, RDF, ROPA
from webui.claims import Badge, law_marks
from webui.current import the_register
from webui.day import judged_day
from webui.naming import path_of

if TYPE_CHECKING:
    from ropa.store.base import Table

QUESTION = "transfer-tools"
SAID = ("state", "remark")
"""The columns of the question that say what a tool is worth."""

JOINED = "; "
"""What stands between values that share a cell."""

_KEYS = ("company", "activity", "recipient", "country", "tool", "decision")


def _answer() -> list[Mapping[str, str]]:
    """Ask once for each page; a missing value is an empty text."""
    if "standing" not in g:
        table = the_register().ask(QUESTION, as_of=judged_day())
        g.standing = [
            {
                key: "" if node is None else str(node)
                for key, node in zip(table.columns, row, strict=True)
            }
            for row in table.rows
        ]
    found: list[Mapping[str, str]] = g.standing
    return found


def parts(text: str) -> list[str]:
    """Take apart the values that share a cell."""
    return text.split(JOINED) if text else []


def _joined(texts: Iterable[str]) -> Literal | None:
    together = JOINED.join(dict.fromkeys(texts))
    return Literal(together) if together else None


def beside(table: Table) -> Table:
    """Add to an answer on transfers what their tools are worth.

    Args:
        table: rows that name company, tool and decision, in one cell or in several.

    Returns:
        The same rows with the columns ``SAID`` after that of validity.
    """
    keys = [key for key in _KEYS if key in table.columns]
    at = table.columns.index("valid") + 1 if "valid" in table.columns else len(keys)
    rows = []
    for row in table.rows:
        texts = {key: _text(row, table.columns, key) for key in keys}
        fitting = [
            one
            for one in _answer()
            if all(one[key] in (parts(texts[key]) or [""]) for key in keys)
        ]
        said = [
            _joined(part for one in fitting for part in parts(one[name]))
            for name in SAID
        ]
        rows.append((*row[:at], *said, *row[at:]))
    columns = [*table.columns[:at], *SAID, *table.columns[at:]]
    return type(table)(columns, rows)


def _text(row: Sequence[Node | None], columns: Sequence[str], key: str) -> str:
    node = row[columns.index(key)]
    return "" if node is None else str(node)


def is_transfer(node: Node, graph: Graph) -> bool:
    """Tell whether a part of a document is a transfer."""
    return (node, RDF.type, DPV.CrossBorderTransfer) in graph


def marks_of(transfer: URIRef, graph: Graph) -> list[tuple[URIRef | None, list[Badge]]]:
    """Mark what the tools of a transfer are worth.

    Args:
        transfer: a part of the document.
        graph: the document.

    Returns:
        For each decision that the transfer names, or for None, its state and remarks.
    """
    path = (path_of(str(transfer).partition("#")[0]) or "").partition("?")[0]
    company, _slash, activity = path.strip("/").partition("/")[2].partition("/")
    wanted = {
        "company": [company],
        "activity": [activity],
        "recipient": _values(graph, transfer, DPV.hasDataImporter),
        "country": _values(graph, transfer, DPV.hasThirdCountry),
        "tool": _values(graph, transfer, DPV.hasLegalBasis),
        "decision": _values(graph, transfer, ROPA.decision),
    }
    words = law_marks()
    found: dict[URIRef | None, list[Badge]] = {}
    for one in _answer():
        if all(one[key] in values for key, values in wanted.items()):
            decision = URIRef(one["decision"]) if one["decision"] else None
            known = found.setdefault(decision, [])
            known += [
                words[name][word]
                for name in SAID
                for word in parts(one[name])
                if word in words[name] and words[name][word] not in known
            ]
    return [(decision, marks) for decision, marks in found.items() if marks]


def _values(graph: Graph, subject: URIRef, way: URIRef) -> list[str]:
    return sorted(map(str, graph.objects(subject, way))) or [""]
