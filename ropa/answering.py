"""Answer findings and withdraw answers: looked through, recorded, one atomic write.

A finding is named by its key, or by its entry and rule and whatever sets it apart from
others there. What is answered must be found today; what is withdrawn need not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rdflib.term import Literal, Node, URIRef

from ropa import (
    answers,
    entry,
    history,
    recording,
    rules,
    saving,
    syntax,
    terms,
    wording,
)
from ropa.answers import Answer, Asked, Words
from ropa.errors import Conflict, InputError, NotFound

if TYPE_CHECKING:
    from rdflib import Graph

    from ropa.store.base import Store

# The graph, beside an entry, in which something bears the key of a finding.
KEYED = """
SELECT DISTINCT ?graph WHERE {{
  GRAPH ?graph {{ ?said ropa:findingKey {key} . }}
  FILTER(STRENDS(STR(?graph), {suffix}))
}}
ORDER BY ?graph
"""

MOST_NAMED = 10
"""Most findings or rules that a refusal names."""


@dataclass(frozen=True)
class Which:
    """Which finding is meant; more than enough may be said, if it agrees.

    Attributes:
        finding: its key.
        entry: the entry that it is about, or a part of it.
        rule: code of the rule.
        focus: the thing it is about: an address, or the name of a part.
        path: the property meant, in full or short.
        value: the value that is wrong: a text, or an address in full or short.
    """

    finding: str = ""
    entry: URIRef | None = None
    rule: str = ""
    focus: str = ""
    path: str = ""
    value: str = ""


@dataclass(frozen=True)
class Said:
    """An answer that was written, or withdrawn.

    Attributes:
        finding: key of the finding.
        entry: the entry that the finding is about.
        answer: the answer.
        change: the change that records it.
        replaced: the answer that it takes the place of, if there was one.
    """

    finding: str
    entry: URIRef
    answer: Answer
    change: URIRef
    replaced: Answer | None = None

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "finding": self.finding,
            "entry": str(self.entry),
            "answer": self.answer.as_values(),
            "change": str(self.change),
            "replaced": self.replaced.as_values() if self.replaced else None,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Said:
        """Read what ``as_values`` wrote."""
        old = values["replaced"]
        return cls(
            finding=values["finding"],
            entry=URIRef(values["entry"]),
            answer=Answer.from_values(values["answer"]),
            change=URIRef(values["change"]),
            replaced=Answer.from_values(old) if old else None,
        )


def give(
    store: Store,
    which: Which,
    *,
    base: str,
    today: date,
    words: Words,
    replaces: str | None = None,
) -> Said:
    """Answer a finding that is kept with its entry.

    Args:
        store: where findings and answers are.
        which: the finding.
        base: base IRI of the register.
        today: the day it is given.
        words: what is said.
        replaces: the answer that it takes the place of; ``""`` demands that there is
            none; None replaces whatever is there. What is replaced is kept.

    Raises:
        NotFound: there is no such finding; the hint says which there are.
        InputError: several findings are meant.
        AnswerRejected: what is said cannot be taken; nothing is written.
        Conflict: another answer was given or withdrawn meanwhile; nothing is written.
    """
    to = _one(_asked(store, which, entry.findings_graph), which)
    given = answers.look_through(to.is_question, today, words)
    beside = entry.answers_graph(to.entry)
    before = store.graph(beside)
    old = answers.standing(before, today).get(to.key)
    _meets(old, replaces)
    change = recording.next_change(store, base)
    after, answer = answers.with_answer(before, to, given, today=today, change=change)
    _write(store, base, {beside: after}, given.author, given.reason)
    return Said(to.key, to.entry, answer, change, old)


def withdraw(
    store: Store,
    which: Which,
    *,
    base: str,
    today: date,
    words: Words,
    replaces: str | None = None,
) -> Said:
    """Withdraw the answer to a finding, which may be gone; the answer is kept.

    Raises:
        NotFound: no such answer stands.
        InputError: several are meant.
        AnswerRejected: reason or author is missing; nothing is written.
        Conflict: another answer was given meanwhile; nothing is written.
    """
    standing = {}
    found = []
    for one in _asked(store, which, entry.answers_graph):
        graph = store.graph(entry.answers_graph(one.entry))
        answer = answers.standing(graph, today).get(one.key)
        if answer is not None and one.key not in standing:
            standing[one.key] = answer
            found.append(one)
    if not found:
        raise NotFound(
            "There is no answer to withdraw.",
            hint="See the question `answers` for those that were given.",
        )
    to = _one(found, which)
    why, who = answers.look_through_withdrawal(words)
    _meets(standing[to.key], replaces)
    beside = entry.answers_graph(to.entry)
    change = recording.next_change(store, base)
    after = answers.without_answers(store.graph(beside), change, to.key)
    _write(store, base, {beside: after}, who, why)
    gone = replace(standing[to.key], state=answers.WITHDRAWN)
    return Said(to.key, to.entry, gone, change)


def entry_of(store: Store, finding: str) -> URIRef | None:
    """Give the entry of a finding that is kept, or was answered, by its key."""
    for beside in ("/findings", "/answers"):
        query = KEYED.format(
            key=syntax.n3(Literal(finding)), suffix=syntax.n3(Literal(beside))
        )
        for (graph,) in store.select(saving.prologue() + query).rows:
            return URIRef(str(graph).removesuffix(beside))
    return None


def concerned(store: Store, which: Which) -> list[URIRef] | None:
    """Give the entries whose findings have to be known to find one; None for all."""
    if which.entry is not None:
        return [entry.document(which.entry)]
    home = entry_of(store, which.finding) if which.finding else None
    if home is not None:
        return [home]
    return None if which.finding else []


def _write(
    store: Store, base: str, after: Mapping[URIRef, Graph], author: str, reason: str
) -> None:
    account = history.Account(history.Author.person(author), reason)
    recording.record(store, base, after, account)


def _meets(old: Answer | None, replaces: str | None) -> None:
    if replaces is None or replaces == (str(old.iri) if old else ""):
        return
    if old is None:
        message = "The answer was withdrawn meanwhile."
    else:
        message = (
            f"{old.author} answered meanwhile, on {old.given.isoformat()}: "
            f"{old.kind}. {old.reason}"
        )
    raise Conflict(
        message,
        hint="Read what was said, and answer again if you still want to.",
        current=str(old.iri) if old else "",
    )


def _asked(
    store: Store, which: Which, graph_of: Callable[[Node], URIRef]
) -> list[Asked]:
    """List the findings that may be meant, from those kept beside an entry."""
    about = entry.document(which.entry) if which.entry is not None else None
    if which.finding:
        home = entry_of(store, which.finding)
        if home is None or about not in (None, home):
            raise NotFound(
                f"There is no finding {which.finding[:40]!r}.",
                hint="Its key stands in the report as JSON, and in its address.",
            )
        about = home
    if about is None:
        raise InputError(
            "It is not said which finding is meant.",
            hint="Name the finding by its key, or by entry and rule.",
        )
    if not which.finding:
        if not which.rule:
            raise InputError(
                "It is not said which rule found it.",
                hint="Give the code of the rule, as the report does.",
            )
        rules.rule(which.rule)
    here = {one.key: one for one in answers.asked(store.graph(graph_of(about)))}
    found = [one for one in here.values() if _is_meant(one, which)]
    if found or graph_of is not entry.findings_graph:
        return found
    if not here and not len(store.graph(about)):
        raise NotFound(
            f"There is no entry {about} in the register.",
            hint="See the list of companies and activities for its name.",
        )
    what = f"of {which.rule}" if which.rule else which.finding
    raise NotFound(
        f"There is no finding {what} on {wording.name_of(about)}"
        + (" with that focus, path or value." if _is_narrowed(which) else "."),
        hint=_there_are(here.values(), which),
    )


def _is_narrowed(which: Which) -> bool:
    return bool(which.focus or which.path or which.value)


def _there_are(here: Iterable[Asked], which: Which) -> str:
    """Say which findings there are instead."""
    found = sorted(here, key=lambda one: (one.rule, one.key))
    alike = [one for one in found if one.rule == which.rule]
    if alike:
        return f"There are: {'; '.join(map(_told, alike[:MOST_NAMED]))}."
    codes = sorted({one.rule for one in found})
    if not codes:
        return "Nothing is found there."
    more = ", …" if len(codes) > MOST_NAMED else ""
    return f"Found there: {', '.join(codes[:MOST_NAMED])}{more}."


def _told(one: Asked) -> str:
    parts = [f"focus {wording.name_of(one.focus)}"]
    if one.path is not None:
        parts.append(f"path {terms.curie(str(one.path))}")
    if one.value is not None:
        shown = str(one.value)
        parts.append(f"value {terms.curie(shown)[:80]}")
    return f"{', '.join(parts)} ({one.key})"


def _one(found: list[Asked], which: Which) -> Asked:
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"{len(found)} findings of {which.rule} are meant.",
        hint="Say which one by focus, path or value: "
        + "; ".join(map(_told, found[:MOST_NAMED]))
        + ".",
        findings=[one.key for one in found],
    )


def _is_meant(one: Asked, which: Which) -> bool:
    return (
        which.finding in ("", one.key)
        and which.rule in ("", one.rule)
        and (not which.focus or _is_called(one.focus, which.focus))
        and (not which.path or _is_called(one.path, which.path))
        and (not which.value or _is_called(one.value, which.value))
    )


def _is_called(node: Node | None, name: str) -> bool:
    """Tell whether a person who writes this means a thing."""
    if node is None:
        return False
    text = str(node)
    if not isinstance(node, URIRef):
        return text == name
    short = {text, terms.curie(text), wording.name_of(node)}
    if "#" in text:
        short |= {text.partition("#")[2], f"#{text.partition('#')[2]}"}
    return name in short
