"""Answers to findings in the words and marks of a page."""

from __future__ import annotations

from dataclasses import dataclass

from ropa import answers
from ropa import fields as form
from ropa.answers import Answer, Kind
from ropa.terms import ROPA
from webui import faults
from webui.claims import Badge
from webui.languages import gettext as _
from webui.naming import Name, names

OPEN = "open"
"""The state of a finding that nobody has answered."""

GONE = "without finding"


@dataclass(frozen=True)
class Field:
    """One field of the form: how it is called and what to write there."""

    name: str
    label: Name
    help: Name
    most: int


def state_badge(state: str) -> Badge | None:
    """Give the mark of a state; None for the words of other columns."""
    known = {
        OPEN: ("silent", _("open")),
        answers.ANSWERED: ("stated", _("answered")),
        answers.EXPIRED: ("partial", _("answer expired")),
        answers.WITHDRAWN: ("inapplicable", _("withdrawn")),
        answers.REPLACED: ("inapplicable", _("replaced")),
        GONE: ("inapplicable", _("finding is gone")),
    }
    if state not in known:
        return None
    kind, words = known[state]
    return Badge(kind, Name(words))


def kind_name(word: str) -> Name | None:
    """Name a kind of answer by its word; None where it is none."""
    kind = answers.kinds().get(word)
    return names().best(dict(kind.label)) if kind is not None else None


def label_of(kind: Kind) -> Name:
    """Name a kind of answer."""
    return names().best(dict(kind.label))


def meaning_of(kind: Kind) -> Name:
    """Say what a kind of answer means."""
    return names().best(dict(kind.definition))


def fields() -> dict[str, Field]:
    """Give the fields of the form, in the order and the words of the shapes."""
    known = {
        ROPA.answerKind: "kind",
        ROPA.reason: "reason",
        ROPA.answerEvidence: "evidence",
        ROPA.answeredUntil: "until",
        ROPA.author: "author",
    }
    return {
        known[one.path]: Field(
            name=known[one.path],
            label=names().best(dict(one.label)),
            help=names().best(dict(one.help)),
            most=answers.MOST_LETTERS.get(known[one.path], 0),
        )
        for one in form.fields(ROPA.Answer)
        if one.path in known
    }


def said_in(answer: Answer) -> Name:
    """Name the kind of an answer that was given."""
    return names().best(dict(answer.kind_label))


def fault_in_words(fault: dict[str, str]) -> str:
    """Say in the language of the page what is wrong with a field."""
    own = {
        ("kind", "missing"): _("Choose an answer."),
        ("kind", "unknown"): _("Choose one of the answers offered."),
        ("kind", "unfit"): _("Choose one of the answers offered."),
        ("evidence", "missing"): _("Name an address or say what it is, in words."),
        ("until", "unreadable"): _("Write year, month and day, as in 2026-11-22."),
        ("until", "past"): _("This day is over: take today or a later one."),
    }
    if fault["code"] == "late":
        return _("Too late: such an answer counts until %(last)s at most.", **fault)
    return faults.in_words(fault, own)
