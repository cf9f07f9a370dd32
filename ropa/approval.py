"""Approval as history tells it: what became of each revision of an entry.

Somebody submits a revision, somebody approves it, and it is superseded when another
one is approved, or ends. All of these are changes that alter nothing in the entry; the
states are derived from them and kept nowhere. Whether the processing itself is active
or has stopped is another matter (``ropa:status``).

Source: GDPR Art. 5(2) (accountability); the terms stand in ``ontology/history.ttl``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from rdflib.term import Node, URIRef

from ropa import entry, history, past, syntax
from ropa.terms import PREFIXES, ROPA

_PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())

_STEPS = """
SELECT ?change ?part ?kind ?moment ?author ?reason ?despite WHERE {{
  GRAPH ?made {{ ?part prov:specializationOf {entry} }}
  GRAPH ?change {{
    ?change ropa:revision ?part ;
            a ?kind ;
            prov:endedAtTime ?moment ;
            ropa:author ?author .
    VALUES ?kind {{ {kinds} }}
    OPTIONAL {{ ?change ropa:reason ?reason }}
    OPTIONAL {{ ?change ropa:despite ?despite }}
  }}
}}
ORDER BY ?change ?despite
"""

_OF_RECORD = """
SELECT ?entry ?part ?kind WHERE {{
  ?record dct:publisher {company} .
  {{ ?record dct:publisher ?entry }} UNION {{ ?entry dct:isPartOf ?record }}
  GRAPH ?change {{
    ?part prov:specializationOf ?entry ;
          ropa:digest ?digest .
  }}
  FILTER NOT EXISTS {{ GRAPH ?later_change {{ ?later prov:wasRevisionOf ?part }} }}
  OPTIONAL {{
    GRAPH ?step {{
      ?step ropa:revision ?part ;
            a ?kind .
      VALUES ?kind {{ {kinds} }}
    }}
  }}
}}
ORDER BY ?entry ?step
"""


FORMAT = "ropa-approval/1"


class State(StrEnum):
    """How far a revision has come; the words are those of the ontology."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    ENDED = "ended"


class Kind(StrEnum):
    """A step of approval; the words are those of the ontology."""

    SUBMISSION = "submission"
    WITHDRAWAL = "withdrawal"
    APPROVAL = "approval"
    ENDING = "ending"


def step_classes() -> Mapping[Kind, URIRef]:
    """Give the class of changes for each kind of step."""
    return {
        Kind.SUBMISSION: ROPA.Submission,
        Kind.WITHDRAWAL: ROPA.SubmissionWithdrawal,
        Kind.APPROVAL: ROPA.Approval,
        Kind.ENDING: ROPA.ApprovalEnding,
    }


def state_terms() -> Mapping[State, URIRef]:
    """Give the term of each state, in the order of the ontology."""
    return {
        State.DRAFT: ROPA.DraftRevision,
        State.SUBMITTED: ROPA.SubmittedRevision,
        State.APPROVED: ROPA.ApprovedRevision,
        State.SUPERSEDED: ROPA.SupersededRevision,
        State.ENDED: ROPA.EndedRevision,
    }


class Despite(NamedTuple):
    """A finding that was open when somebody approved all the same.

    Attributes:
        rule: code of the rule.
        finding: key of the finding.
    """

    rule: str
    finding: str


def despite_iri(name: URIRef, one: Despite) -> URIRef:
    """Name a finding of an entry so that rule and key are told when it is gone."""
    return URIRef(f"{entry.findings_graph(name)}#{one.rule}-{one.finding}")


@dataclass(frozen=True)
class Step:
    """One step: somebody submitted a revision, approved it, or took that back.

    Attributes:
        kind: what was done.
        change: the change that records it.
        revision: the revision meant, a part of the change that made it.
        author: who.
        moment: when, as ISO 8601 in UTC.
        reason: why; may be empty.
        despite: the findings of the entry that were open at an approval.
    """

    kind: Kind
    change: URIRef
    revision: URIRef
    author: str
    moment: str
    reason: str = ""
    despite: tuple[Despite, ...] = ()

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, as the schema of approvals describes."""
        return {
            "kind": self.kind.value,
            "change": str(self.change),
            "revision": str(self.revision),
            "author": self.author,
            "when": self.moment,
            "reason": self.reason,
            "despite": [one._asdict() for one in self.despite],
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Step:
        """Read what ``as_values`` wrote."""
        return cls(
            kind=Kind(values["kind"]),
            change=URIRef(values["change"]),
            revision=URIRef(values["revision"]),
            author=values["author"],
            moment=values["when"],
            reason=values["reason"],
            despite=tuple(Despite(**one) for one in values["despite"]),
        )


@dataclass(frozen=True)
class Revision:
    """A revision of an entry with its state.

    Attributes:
        version: the revision and the change that made it.
        state: how far it has come.
        step: the last step that was about it, if there was one.
        approval: the step that approved it, if one ever did.
    """

    version: past.Version
    state: State
    step: Step | None = None
    approval: Step | None = None

    @property
    def number(self) -> int:
        """The change that made it, by which it can be read for ever."""
        return self.version.number

    @property
    def approved_at(self) -> int:
        """The change that approved it last; 0 where none did.

        The register as it was then has the revision as the one that stands.
        """
        return history.number_of(self.approval.change) if self.approval else 0

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, as the schema of approvals describes."""
        return {
            "revision": str(self.version.part),
            "number": self.number,
            "digest": self.version.digest,
            "author": self.version.author,
            "when": self.version.moment,
            "state": self.state.value,
            "step": self.step.as_values() if self.step else None,
            "approval": self.approval.as_values() if self.approval else None,
        }


@dataclass(frozen=True)
class Course:
    """What became of an entry: its revisions with their states, the oldest first.

    Attributes:
        entry: the entry.
        revisions: all of them, of lives that ended by removal too.
        stands: the revision that stands; None where there is none (any more).
        approved: the revision that counts as approved; None where none does.
    """

    entry: URIRef
    revisions: tuple[Revision, ...] = ()
    stands: Revision | None = None
    approved: Revision | None = None

    @property
    def state(self) -> State | None:
        """The state of what stands; of what was removed, that its approval ended.

        What was removed and never approved stays a draft: there was nothing to end.
        """
        if self.stands is not None:
            return self.stands.state
        if not self.revisions:
            return None
        was_approved = any(one.approval is not None for one in self.revisions)
        return State.ENDED if was_approved else State.DRAFT

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, as the schema of approvals describes."""
        return {
            "entry": str(self.entry),
            "state": self.state.value if self.state else None,
            "stands": self.stands.as_values() if self.stands else None,
            "approved": self.approved.as_values() if self.approved else None,
        }


@dataclass(frozen=True)
class Obstacle:
    """A finding that stands in the way of an approval.

    Attributes:
        finding: its key.
        entry: the entry.
        rule: code of the rule.
        message: what is wrong, by language.
    """

    finding: str
    entry: URIRef
    rule: str
    message: Mapping[str, str]

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, as the schema of approvals describes."""
        return {
            "finding": self.finding,
            "entry": str(self.entry),
            "rule": self.rule,
            "message": dict(self.message),
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Obstacle:
        """Read what ``as_values`` wrote."""
        return cls(
            finding=values["finding"],
            entry=URIRef(values["entry"]),
            rule=values["rule"],
            message=values["message"],
        )


@dataclass(frozen=True)
class Taken:
    """A step for one entry.

    Attributes:
        entry: the entry.
        revision: the revision meant.
        number: the change that made it, by which it can be read for ever.
        state: its state from now on.
        is_own: whether who took the step also made the revision; allowed, and told.
        obstacles: the findings that were open at an approval.
        superseded: the revision that counted as approved until now, if another did.
    """

    entry: URIRef
    revision: URIRef
    number: int
    state: State
    is_own: bool = False
    obstacles: tuple[Obstacle, ...] = ()
    superseded: URIRef | None = None

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, as the schema of approvals describes."""
        return {
            "entry": str(self.entry),
            "revision": str(self.revision),
            "number": self.number,
            "state": self.state.value,
            "is_own": self.is_own,
            "obstacles": [one.as_values() for one in self.obstacles],
            "superseded": str(self.superseded) if self.superseded else None,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Taken:
        """Read what ``as_values`` wrote."""
        old = values["superseded"]
        return cls(
            entry=URIRef(values["entry"]),
            revision=URIRef(values["revision"]),
            number=values["number"],
            state=State(values["state"]),
            is_own=values["is_own"],
            obstacles=tuple(map(Obstacle.from_values, values["obstacles"])),
            superseded=URIRef(old) if old else None,
        )


@dataclass(frozen=True)
class Done:
    """A step that was recorded.

    Attributes:
        kind: what was done.
        change: the change that records it.
        author: who.
        reason: why; may be empty.
        entries: what it means for each entry.
    """

    kind: Kind
    change: URIRef
    author: str
    reason: str
    entries: tuple[Taken, ...]

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values; see ``schemas/approval.schema.json``."""
        return {
            "format": FORMAT,
            "kind": self.kind.value,
            "change": str(self.change),
            "author": self.author,
            "reason": self.reason,
            "entries": [one.as_values() for one in self.entries],
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Done:
        """Read what ``as_values`` wrote."""
        return cls(
            kind=Kind(values["kind"]),
            change=URIRef(values["change"]),
            author=values["author"],
            reason=values["reason"],
            entries=tuple(map(Taken.from_values, values["entries"])),
        )


def course(store: past.Selects, iri: URIRef, *, until: int | None = None) -> Course:
    """Read what became of an entry.

    Args:
        store: where the history is.
        iri: the entry, or a part of it.
        until: number of the last change that counts; all of them if not given.
    """
    name = entry.document(iri)
    versions = past.versions(store, name)
    if until is not None:
        versions = [one for one in versions if one.number <= until]
    query = _PROLOGUE + _STEPS.format(entry=syntax.n3(name), kinds=_kinds())
    return fold(name, versions, _steps(name, store.select(query).rows, until))


_AFTER = {
    Kind.SUBMISSION: State.SUBMITTED,
    Kind.WITHDRAWAL: State.DRAFT,
    Kind.APPROVAL: State.APPROVED,
    Kind.ENDING: State.ENDED,
}


class Standing(NamedTuple):
    """An entry of a record, its revision that stands, and the state of that.

    Attributes:
        entry: the entry.
        revision: the revision, a part of the change that made it.
        state: how far it has come.
    """

    entry: URIRef
    revision: URIRef
    state: State


def of_record(store: past.Selects, company: URIRef) -> list[Standing]:
    """List the company with its record and its activities, sorted by address."""
    by_class = {term: kind for kind, term in step_classes().items()}
    query = _PROLOGUE + _OF_RECORD.format(company=syntax.n3(company), kinds=_kinds())
    found: dict[URIRef, Standing] = {}
    for name, part, kind in store.select(query).rows:
        # The rows of an entry are in the order of its steps: the last one counts.
        state = _AFTER[by_class[URIRef(str(kind))]] if kind else State.DRAFT
        about = URIRef(str(name))
        found[about] = Standing(about, URIRef(str(part)), state)
    return list(found.values())


def state_after(kind: Kind) -> State:
    """Give the state that a step leads to."""
    return _AFTER[kind]


def fitting(kind: Kind) -> frozenset[State]:
    """Give the states of what stands in which a step can be taken.

    An approval may end after an edit too, when a draft stands; of a whole record only
    those end that stand as they were approved.
    """
    return _FITTING[kind]


_FITTING = {
    Kind.SUBMISSION: frozenset({State.DRAFT, State.ENDED}),
    Kind.WITHDRAWAL: frozenset({State.SUBMITTED}),
    Kind.APPROVAL: frozenset({State.DRAFT, State.SUBMITTED, State.ENDED}),
    Kind.ENDING: frozenset({State.APPROVED}),
}


def _kinds() -> str:
    return " ".join(syntax.n3(term) for term in step_classes().values())


def _steps(
    name: URIRef, rows: Iterable[tuple[Node | None, ...]], until: int | None
) -> list[Step]:
    """Read the rows of the query; a step despite several findings has several."""
    by_class = {term: kind for kind, term in step_classes().items()}
    own = f"{entry.findings_graph(name)}#"
    found: dict[tuple[str, str], Step] = {}
    for change, part, kind, moment, author, reason, finding in rows:
        if until is not None and history.number_of(URIRef(str(change))) > until:
            continue
        at = (str(change), str(part))
        step = found.get(at) or Step(
            kind=by_class[URIRef(str(kind))],
            change=URIRef(at[0]),
            revision=URIRef(at[1]),
            author=str(author),
            moment=str(moment),
            reason=str(reason or ""),
        )
        # A change may approve several entries; each is told of its own findings.
        if finding is not None and str(finding).startswith(own):
            rule, _, key = str(finding).removeprefix(own).rpartition("-")
            step = replace(step, despite=(*step.despite, Despite(rule, key)))
        found[at] = step
    return list(found.values())


def fold(
    name: URIRef, versions: Iterable[past.Version], steps: Iterable[Step]
) -> Course:
    """Derive the state of each revision of an entry from what happened to it.

    An edit makes a draft of what was submitted and leaves what is approved as it is;
    a removal does that too, and ends what is approved. A new entry of the same name
    begins anew.

    Args:
        name: the entry.
        versions: its revisions, the oldest first, removals included.
        steps: the steps that are about them.
    """
    known: dict[URIRef, Revision] = {}
    stands: URIRef | None = None
    approved: URIRef | None = None

    def note(
        part: URIRef, state: State, step: Step | None = None, *, gives: bool = False
    ) -> None:
        old = known[part]
        known[part] = Revision(
            old.version,
            state,
            step or old.step,
            step if gives else old.approval,
        )

    events: list[tuple[int, past.Version | Step]] = [
        *((one.number, one) for one in versions),
        *((history.number_of(one.change), one) for one in steps),
    ]
    for _number, event in sorted(events, key=lambda one: one[0]):
        if isinstance(event, past.Version):
            if event.digest is None:
                if stands is not None and known[stands].state == State.SUBMITTED:
                    note(stands, State.DRAFT)
                if approved is not None:
                    note(approved, State.ENDED)
                stands = approved = None
                continue
            if stands is not None and known[stands].state == State.SUBMITTED:
                note(stands, State.DRAFT)
            stands = event.part
            known[stands] = Revision(event, State.DRAFT)
        elif event.revision not in known:
            continue
        elif event.kind == Kind.SUBMISSION:
            note(event.revision, State.SUBMITTED, event)
        elif event.kind == Kind.WITHDRAWAL:
            note(event.revision, State.DRAFT, event)
        elif event.kind == Kind.APPROVAL:
            if approved is not None and approved != event.revision:
                note(approved, State.SUPERSEDED)
            approved = event.revision
            note(approved, State.APPROVED, event, gives=True)
        else:
            note(event.revision, State.ENDED, event)
            approved = None if approved == event.revision else approved
    return Course(
        entry=name,
        revisions=tuple(known.values()),
        stands=known[stands] if stands is not None else None,
        approved=known[approved] if approved is not None else None,
    )
