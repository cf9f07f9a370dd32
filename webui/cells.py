"""Cells and headings of answers: links, labels and marks instead of bare values."""

from __future__ import annotations

from collections.abc import Sequence

from rdflib import Literal, URIRef
from rdflib.term import Node

from ropa import fields as form
from ropa.terms import DPV, ROPA
from ropa.wording import citation
from webui import answer_words, approval_words
from webui.claims import Badge, law_marks, symbols
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, names, path_of, thing_at
from webui.standing import parts
from webui.things import Value
from webui.values import period, said

Row = Sequence[Node | None]


def column_name(key: str) -> Name:
    """Give the heading of an answer's column.

    A property or class spelt alike names it (``legal_basis``: ``hasLegalBasis``,
    ``LegalBasis``); other columns carry their own name, translated as chrome.
    """
    stem = key.removesuffix("_label")
    camel = "".join(word.capitalize() for word in stem.split("_"))
    for space in (ROPA, DPV):
        for local in (camel[:1].lower() + camel[1:], f"has{camel}", camel):
            if local in space.names():
                term = space[local]
                return (
                    names().best(dict(form.labels().get(term, {})))
                    if (term in form.labels())
                    else names().name(term)
                )
    return Name(_(stem.replace("_", " ").capitalize()))


def _marks(*, positions: bool) -> dict[str, Badge]:
    """Map the plain words of states, or of positions, to their marks."""
    of_positions = {ROPA.Granted, ROPA.PartlyGranted, ROPA.Refused}
    kinds = {
        node: kind
        for node, kind in symbols().items()
        if node == ROPA.NotStated or (node in of_positions) == positions
    }
    table = the_register().select(
        "SELECT ?term ?word WHERE { "
        f"VALUES ?term {{ {' '.join(URIRef(str(k)).n3() for k in kinds)} }} "
        "?term skos:notation ?word }"
    )
    marks = {
        str(word): Badge(kinds[term], names().name(term))
        for term, word in table.rows
        if term is not None
    }
    marks["true"] = Badge("stated", Name(_("yes")))
    marks["false"] = Badge("denied", Name(_("no")))
    marks["unknown"] = Badge("partial", Name(_("unknown")))
    return marks


def _has_text(node: Node | None) -> bool:
    """Tell a value from an empty cell, which engines leave out or give as no text."""
    return node is not None and str(node) != ""


def _together(values: list[Value], node: Node) -> Value:
    """Show several values that share a cell, as a question joins them."""
    name = Name(", ".join(value.name.text for value in values))
    return Value(name, node, several=values)


def _answer_word(key: str, text: str, node: Node) -> Value | None:
    """Show what is said of findings; None for the words of other questions."""
    if key in {"state", "approval"}:
        mark = answer_words.state_badge(text) or approval_words.badge(text)
        return Value(mark.name, node, mark=mark) if mark is not None else None
    if key == "answer":
        name = answer_words.kind_name(text)
        return Value(name, node) if name is not None else None
    words = {"finding": _("finding"), "question": _("question")}
    return Value(Name(words[text]), node) if text in words else None


class Cells:
    """Turns the cells of an answer into links, labels and marks.

    Args:
        columns: names of the columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._marks = _marks(positions=False)
        self._positions = _marks(positions=True)

    def row(self, row: Row) -> list[Value | None]:
        """Show one row."""
        company = self._text(row, "company")
        return [
            None
            if not _has_text(node) and (key != "activity" or not company)
            else self._cell(key, Literal("") if node is None else node, company)
            for key, node in zip(self.columns, row, strict=True)
        ]

    def _text(self, row: Row, key: str) -> str:
        node = row[self.columns.index(key)] if key in self.columns else None
        return "" if node is None else str(node)

    def _cell(self, key: str, node: Node, company: str) -> Value:
        if isinstance(node, URIRef):
            return Value(names().name(node), node, href=href(node))
        text = str(node)
        if text.startswith("http") and "; http" in text:
            return _together([self._cell("", URIRef(t), "") for t in parts(text)], node)
        iri = {"company": f"companies/{text}"}.get(key, f"activities/{company}/{text}")
        if key == "activity" and not text and company:
            whole = path_of(f"{thing_at(f'companies/{company}')}#record")
            return Value(Name(_("whole record")), node, href=whole)
        if key in {"company", "activity"} and text and company:
            thing = thing_at(iri)
            shown = names().name(thing)
            name = shown if shown.is_label else Name(text)
            return Value(name, node, href=path_of(str(thing)))
        if key == "article":
            return Value(Name(citation(text, language())), node)
        if key in {"state", "answer", "kind", "approval"}:
            shown_answer = _answer_word(key, text, node)
            if shown_answer is not None:
                return shown_answer
        law = law_marks().get(key, {})
        words = parts(text)
        if words and all(word in law for word in words):
            said_ = [Value(law[w].name, Literal(w), mark=law[w]) for w in words]
            return said_[0] if len(said_) == 1 else _together(said_, node)
        marks = self._positions if key == "position" else self._marks
        if text in marks and isinstance(node, Literal):
            mark = marks[text]
            return Value(mark.name, node, mark=mark)
        in_words = period(text) if text.startswith("P") else None
        return Value(Name(in_words), node) if in_words else Value(said(node), node)
