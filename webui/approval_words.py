"""Approval in the words and marks of a page, as the ontology names states and steps."""

from __future__ import annotations

from ropa import approval
from ropa.approval import Kind, State
from ropa.terms import ROPA
from webui import faults
from webui.claims import Badge
from webui.languages import gettext as _
from webui.naming import Name, names

_SYMBOLS = {
    State.DRAFT: "silent",
    State.SUBMITTED: "partial",
    State.APPROVED: "stated",
    State.SUPERSEDED: "inapplicable",
    State.ENDED: "denied",
}


def badge(word: str) -> Badge | None:
    """Give the mark of a state; None for the words of other columns."""
    if word not in set(State):
        return None
    state = State(word)
    return Badge(_SYMBOLS[state], names().name(approval.state_terms()[state]))


def step_name(word: str) -> Name:
    """Name a kind of step."""
    return names().name(approval.step_classes()[Kind(word)])


def heading(term: str) -> Name:
    """Name a term of approval: ``state``, ``author`` or ``reason``."""
    known = {
        "state": ROPA.ApprovalState,
        "author": ROPA.author,
        "reason": ROPA.reason,
        "approval": ROPA.Approval,
    }
    return names().name(known[term])


def fault_in_words(fault: dict[str, str]) -> str:
    """Say in the language of the page what is wrong with a field."""
    own = {
        ("reason", "against"): _(
            "There are open findings: write the reason for approving all the same."
        ),
        ("entry", "approved"): _("It was approved meanwhile."),
        ("entry", "submitted"): _("It was submitted meanwhile."),
        ("entry", "not-submitted"): _("It is not submitted, so nothing is withdrawn."),
        ("entry", "not-approved"): _("It is not approved, so nothing ends."),
    }
    return faults.in_words(fault, own)
