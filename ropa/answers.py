"""Answers: what a person says to a finding, kept beside the entry it is about.

An answer never stops or removes a finding. It is shown with it until its last day,
and is kept when it is replaced or withdrawn, or when the finding is gone.

Pure: graphs in, values or graphs out.

Source: GDPR Art. 5(2) (accountability) and Art. 24(1) (review).
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rdflib.term import Node, URIRef

from ropa import syntax

ANSWERED = "answered"
EXPIRED = "expired"

_KEY_LETTERS = 20


@dataclass(frozen=True)
class Answer:
    """What a person said to a finding.

    Attributes:
        iri: the answer.
        kind: what kind of answer it is, as a word of the ontology.
        kind_label: the same for people, by language.
        reason: why, in the author's words.
        evidence: what shows it: an address or a text; empty where nothing does.
        author: who answers for it.
        given: the day it was given.
        until: the last day it counts; None: until it is withdrawn.
        change: the change that records it.
        state: ``answered``, or ``expired`` once its last day is over.
    """

    iri: URIRef
    kind: str
    kind_label: Mapping[str, str]
    reason: str
    evidence: str
    author: str
    given: date
    until: date | None
    change: URIRef | None = None
    state: str = ANSWERED

    @property
    def stands(self) -> bool:
        """Whether it counts on the day it was judged for."""
        return self.state == ANSWERED

    def on(self, day: date) -> Answer:
        """Give the answer as it counts on a day."""
        is_over = self.until is not None and day > self.until
        return dataclasses.replace(self, state=EXPIRED if is_over else ANSWERED)

    def as_values(self) -> dict[str, Any]:
        """Give the answer as plain values, as the schema of reports describes."""
        return {
            "iri": str(self.iri),
            "kind": self.kind,
            "label": dict(self.kind_label),
            "reason": self.reason,
            "evidence": self.evidence,
            "author": self.author,
            "given": self.given.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "change": str(self.change) if self.change else None,
            "state": self.state,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Answer:
        """Read what ``as_values`` wrote."""
        until, change = values["until"], values["change"]
        return cls(
            iri=URIRef(values["iri"]),
            kind=values["kind"],
            kind_label=values["label"],
            reason=values["reason"],
            evidence=values["evidence"],
            author=values["author"],
            given=date.fromisoformat(values["given"]),
            until=date.fromisoformat(until) if until else None,
            change=URIRef(change) if change else None,
            state=values["state"],
        )


def key(rule: str, focus: Node, path: Node | None, value: Node | None) -> str:
    """Name a finding by what it is: the same rule on the same place.

    Checked again, a finding keeps its key as long as rule, thing, property and value
    stay; its number in a report does not.

    >>> one = URIRef("http://example.org/a")
    >>> key("purpose-missing", one, None, None) == key("x", one, None, None)
    False
    """
    parts = (
        f"{rule}",
        *(syntax.n3(n) if n is not None else "" for n in (focus, path, value)),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_KEY_LETTERS]
