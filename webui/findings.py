"""All findings: what is to be done, by whom, under which article, and who answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response
from rdflib import Literal

from ropa import answers, rules
from webui import answer_words, tables
from webui.languages import gettext as _
from webui.values import day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdflib.term import Node

    from ropa.store.base import Table

pages = Blueprint("findings", __name__)

FACETS = ("company", "state", "kind", "severity", "rule", "article")
SAID = "answer"
SHOWN = (
    *("company", "activity", "rule", "severity", "article", "message"),
    *("kind", "state", SAID, "finding"),
)
"""Columns of the page; the kind only narrows, since a question looks like one."""
NOT_CITED = "not stated"
"""What stands in the answer where a rule cites no provision."""

_ANSWERED = "findings-and-answers"


@pages.get("/findings")
def every() -> Response:
    """List the findings with their answers, narrowed as the address says."""
    for name, values in _known().items():
        tables.check_filter(name, values)
    return tables.answer(
        "findings",
        template="list.html",
        facets=FACETS,
        wider=_ANSWERED,
        widen=_in_words,
        hidden=("kind",),
    )


def _known() -> dict[str, list[str]]:
    """Give what each filter can be, whether or not a finding is so today."""
    cited = {rule.article for rule in rules.rules().values() if rule.article}
    return {
        "state": [answer_words.OPEN, answers.ANSWERED, answers.EXPIRED],
        "kind": ["finding", "question"],
        "severity": list(rules.SEVERITIES),
        "rule": sorted(rules.rules()),
        "article": [*sorted(cited), NOT_CITED],
    }


def _in_words(table: Table) -> Table:
    """Say in one column what was said to each finding."""
    kept = [table.columns.index(column) for column in SHOWN if column != SAID]
    rows: list[tuple[Node | None, ...]] = []
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        words = Literal(_said(cells)) if cells["answer"] is not None else None
        shown = [row[at] for at in kept]
        shown.insert(SHOWN.index(SAID), words)
        rows.append(tuple(shown))
    return type(table)(list(SHOWN), rows)


def _said(cells: Mapping[str, Node | None]) -> str:
    """Say in one sentence who answered what, when, why and until when."""
    word, until = str(cells["answer"]), cells["until"]
    name = answer_words.kind_name(word)
    parts = [str(cells["author"]), day(str(cells["given"]))]
    if until is not None:
        parts.append(_("until %(day)s", day=day(str(until))))
    what = name.text if name is not None else word
    return f"{what} · {' · '.join(parts)} · {cells['reason']}"
