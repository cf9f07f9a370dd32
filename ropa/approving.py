"""Submit, approve, and take that back: looked through, recorded, one atomic write.

A step of approval is a change that alters nothing in an entry: it names the revision
that was seen, who took the step, when, and why. What falls short of the law does not
stop an entry from being saved; it stops its approval, which can be given against it
with a written reason.

Source: interface.md section 4 (saving); GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rdflib.term import Node, URIRef

from ropa import (
    answers,
    approval,
    entry,
    history,
    past,
    recording,
    revisions,
    wording,
)
from ropa.approval import Course, Despite, Done, Kind, Obstacle, State, Taken
from ropa.errors import ApprovalRefused, Conflict, InputError, NotFound
from ropa.terms import ROPA, SH

if TYPE_CHECKING:
    from ropa.store.base import Store

ANY = "*"
"""In the place of a revision: whatever stands, seen or not."""

MOST_NAMED = 10
"""Most findings or entries that a refusal names."""

MOST_LETTERS = {"reason": 4000, "author": 200}
"""How long a text may be; all of it is kept, or it is refused."""

_NUMBER = re.compile(r"\d{1,9}")

# The steps that need a reason whatever is found.
_TAKEN_BACK = frozenset({Kind.WITHDRAWAL, Kind.ENDING})


def take(
    store: Store,
    kind: Kind,
    seen: Mapping[URIRef, str],
    *,
    base: str,
    author: str,
    reason: str = "",
    today: date,
) -> Done:
    """Take a step of approval for one entry or several, all or none.

    Who submitted nothing may approve all the same, and who wrote a revision may
    approve it: one person may keep a register alone, and history tells who did what.

    Args:
        store: where entries, findings and history are.
        kind: the step.
        seen: by entry the revision that was seen: its digest, its name, or the number
            of a change, for "as it was after that change"; `ANY` is whatever stands.
        base: base IRI of the register.
        author: who takes it.
        reason: why; an approval against open findings needs one, and so does taking
            a submission or an approval back.
        today: the day by which it is judged whether an answer to a finding counts.

    Raises:
        NotFound: there is no such entry.
        InputError: no entry is named, or what is named cannot be approved.
        Conflict: an entry was edited since it was seen; ``clashes`` tells what changed.
            Nothing is written.
        ApprovalRefused: the step cannot be taken; ``faults`` says why, by field, and
            ``obstacles`` which findings are open. Nothing is written.
    """
    if not seen:
        raise InputError(
            "It is not said which entry is meant.",
            hint="Name a company or an activity by its address.",
        )
    who, why = _look_through(kind, author, reason)
    courses = [_course(store, name, read, kind) for name, read in sorted(seen.items())]
    obstacles: dict[URIRef, tuple[Obstacle, ...]] = {}
    if kind == Kind.APPROVAL:
        obstacles = {
            one.entry: tuple(open_findings(store, one.entry, today)) for one in courses
        }
        found = [one for every in obstacles.values() for one in every]
        if found and not why:
            raise _against(found)
    said: list[tuple[URIRef, Node]] = []
    taken = []
    for one in courses:
        meant = _meant(one, kind)
        said.append((ROPA.revision, meant.version.part))
        here = obstacles.get(one.entry, ())
        said += [
            (
                ROPA.despite,
                approval.despite_iri(one.entry, Despite(found.rule, found.finding)),
            )
            for found in here
        ]
        before = one.approved
        taken.append(
            Taken(
                entry=one.entry,
                revision=meant.version.part,
                number=meant.number,
                state=approval.state_after(kind),
                is_own=_same(who, meant.version.author),
                obstacles=here,
                superseded=before.version.part
                if kind == Kind.APPROVAL and before is not None
                else None,
            )
        )
    account = history.Account(
        history.Author.person(who),
        why,
        kind=approval.step_classes()[kind],
        said=tuple(said),
    )
    change = recording.record(store, base, {}, account)
    return Done(kind, change, who, why, tuple(taken))


def open_findings(store: past.Reads, name: URIRef, today: date) -> list[Obstacle]:
    """List what stands in the way of approving an entry: its open Violations.

    A finding that somebody answered does not, as long as the answer counts; so it is
    for a check that is not strict.

    Args:
        store: where findings and answers are; findings must be those of today.
        name: the entry.
        today: the day by which it is judged whether an answer counts.
    """
    graph = store.graph(entry.findings_graph(name))
    grave = {
        str(graph.value(node, ROPA.findingKey))
        for node in graph.subjects(SH.resultSeverity, SH.Violation)
    }
    if not grave:
        return []
    said = answers.standing(store.graph(entry.answers_graph(name)), today)
    found = [
        Obstacle(one.key, name, one.rule, one.message)
        for one in answers.asked(graph)
        if one.key in grave and not (one.key in said and said[one.key].stands)
    ]
    return sorted(found, key=lambda one: (one.rule, one.finding))


def _look_through(kind: Kind, author: str, reason: str) -> tuple[str, str]:
    """Look through what a person wrote, and tell all faults at once."""
    faults: list[dict[str, str]] = []
    said = {}
    for field, text in (("reason", reason), ("author", author)):
        whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
        said[field] = whole
        most = MOST_LETTERS[field]
        if len(whole) > most:
            words = f"{len(whole):,} characters; at most {most:,} are kept."
            faults.append(_fault(field, "long", words, most=f"{most}"))
        elif any(_is_control(letter, field) for letter in whole):
            words = "There are control characters in it."
            faults.append(_fault(field, "signs", words))
        elif any(letter.isalnum() for letter in whole):
            continue
        elif field == "author":
            faults.append(_fault(field, "missing", "Say who answers for it."))
        elif kind in _TAKEN_BACK or whole:
            faults.append(_fault(field, "missing", "Say why, in words."))
    if faults:
        raise _refused(faults)
    return said["author"], said["reason"]


def _is_control(letter: str, field: str) -> bool:
    if letter in "\n\t":
        return field == "author"
    return unicodedata.category(letter) in {"Cc", "Cs"}


def _course(store: Store, name: URIRef, read: str, kind: Kind) -> Course:
    """Read the course of an entry, and refuse what cannot be done with it now."""
    name = entry.document(name)
    if entry.is_reserved(name):
        raise InputError(
            f"{name} is no entry, so nobody approves it.",
            hint="Companies with their records, activities and organisations are.",
        )
    found = approval.course(store, name)
    if found.stands is None:
        raise NotFound(
            f"There is no entry {name} in the register.",
            hint="See the list of companies and activities for its name.",
        )
    _meets(store, found, read, kind)
    _fits(found, kind)
    return found


def _meets(store: past.Reads, found: Course, read: str, kind: Kind) -> None:
    """Refuse a step on what somebody has not seen."""
    meant = found.approved if kind == Kind.ENDING else found.stands
    if read == ANY or meant is None:
        return
    version = meant.version
    bare = read.strip().strip('"')
    if bare in {
        version.digest,
        str(version.part),
        str(version.change),
    }:
        return
    # The number of a change means the entry as it was after it, as for who saves.
    if _NUMBER.fullmatch(bare) and past.is_seen(store, version.part, int(bare)):
        return
    clash = _clash(store, found.entry, version, bare)
    if kind == Kind.ENDING:
        message = f"Another revision of {wording.name_of(found.entry)} is approved."
    else:
        message = (
            f"{version.author} edited {wording.name_of(found.entry)} meanwhile, on "
            f"{version.moment[:10]} (change {version.number})."
        )
    if bare and not clash.is_of_known(_named_in(bare)):
        message = f"{revisions.unknown(found.entry, [bare])} {message}"
    raise Conflict(
        message,
        hint="Read it again, and say which revision you have seen.",
        current=version.digest,
        entry=str(found.entry),
        revision=str(version.part),
        change=str(version.change),
        number=version.number,
        author=version.author,
        when=version.moment,
        reason=version.reason,
        clashes=[clash.as_values()],
    )


def _clash(
    store: past.Reads, name: URIRef, version: past.Version, said: str
) -> revisions.Clash:
    """Tell how what was seen differs from what would be approved; nothing is given."""
    now = past.state(store, name, version.number)
    clash = revisions.clash(store, name, now, now, _named_in(said))
    given = clash.read if len(clash.read) else now
    return replace(clash, stands=version, given=given)


def _named_in(said: str) -> set[str]:
    """Give a revision as `revisions` names them; its change stands in its IRI."""
    number = said.rpartition("/changes/")[2].partition("#")[0]
    return {said, number} if number.isdecimal() else {said}


def _fits(found: Course, kind: Kind) -> None:
    """Refuse a step that makes no sense in the state that an entry is in."""
    name, stands = wording.name_of(found.entry), found.stands
    state = stands.state if stands is not None else None
    step = stands.step if stands is not None else None
    who = f"{step.author} on {step.moment[:10]}" if step is not None else ""
    if kind in (Kind.SUBMISSION, Kind.APPROVAL) and state == State.APPROVED:
        raise _refused(
            [_fault("entry", "approved", f"{name} was approved by {who} already.")],
            hint="It counts as approved until it is edited or the approval ends.",
            entry=found.entry,
        )
    if kind == Kind.SUBMISSION and state == State.SUBMITTED:
        raise _refused(
            [_fault("entry", "submitted", f"{name} was submitted by {who} already.")],
            hint="It waits for approval.",
            entry=found.entry,
        )
    if kind == Kind.WITHDRAWAL and state != State.SUBMITTED:
        raise _refused(
            [_fault("entry", "not-submitted", f"{name} is not submitted.")],
            hint="Only what waits for approval can be withdrawn.",
            entry=found.entry,
        )
    if kind == Kind.ENDING and found.approved is None:
        raise _refused(
            [_fault("entry", "not-approved", f"No revision of {name} is approved.")],
            hint="Only an approval that counts can end.",
            entry=found.entry,
        )


def _meant(found: Course, kind: Kind) -> approval.Revision:
    meant = found.approved if kind == Kind.ENDING else found.stands
    if meant is None:
        raise NotFound(f"There is no revision of {found.entry} to speak of.")
    return meant


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _against(found: list[Obstacle]) -> ApprovalRefused:
    """Refuse an approval against open findings without a reason."""
    rules = [f"{one.rule} ({wording.name_of(one.entry)})" for one in found[:MOST_NAMED]]
    more = ", …" if len(found) > MOST_NAMED else ""
    number = "One finding is" if len(found) == 1 else f"{len(found)} findings are"
    return _refused(
        [
            _fault(
                "reason",
                "against",
                f"{number} open that nobody has answered: {', '.join(rules)}{more}.",
            )
        ],
        hint="Mend or answer what was found, or write the reason for approving all "
        "the same.",
        obstacles=[one.as_values() for one in found],
    )


def _fault(field: str, code: str, message: str, **more: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message, **more}


def _refused(
    faults: list[dict[str, str]],
    *,
    hint: str = "Nothing was saved; mend what is named and send it again.",
    entry: URIRef | None = None,
    obstacles: list[dict[str, Any]] | None = None,
) -> ApprovalRefused:
    return ApprovalRefused(
        " ".join(fault["message"] for fault in faults),
        hint=hint,
        faults=faults,
        entry=str(entry) if entry is not None else None,
        obstacles=obstacles,
    )
