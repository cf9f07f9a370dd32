"""Answers: what a person says to a finding, kept beside the entry it is about.

An answer never stops or removes a finding. It is shown with it until its last day,
and is kept when it is replaced or withdrawn, or when the finding is gone.

Pure: graphs in, values or graphs out.

Source: GDPR Art. 5(2) (accountability) and Art. 24(1) (review).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, queries, syntax, vocabulary
from ropa.errors import AnswerRejected, InputError
from ropa.terms import DCT, PROV, RDF, ROPA, SH, SKOS, XSD

ANSWERED = "answered"
EXPIRED = "expired"
WITHDRAWN = "withdrawn"
REPLACED = "replaced"

MOST_LETTERS = {"reason": 4000, "evidence": 1000, "author": 200}
"""Most characters of what a person writes, by field."""

_KEY_LETTERS = 20
_ADDRESS = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\]+")
# Neither XML nor a terminal can show these (XML 1.0 section 2.2).
_NO_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Kind:
    """One kind of answer, as the ontology describes it.

    Attributes:
        iri: its term.
        word: how programs write it.
        label: its name, by language.
        definition: what it means, by language.
        is_for_questions: whether it replies to a question, not to a finding.
        period: how long such an answer counts where no day is given, as ISO 8601;
            empty: until it is withdrawn.
        longest: how long it can count at most; empty: as long as one likes.
    """

    iri: URIRef
    word: str
    label: Mapping[str, str]
    definition: Mapping[str, str]
    is_for_questions: bool
    period: str
    longest: str

    @property
    def typed(self) -> str:
        """How people type its word, as one word.

        >>> kinds()["accepted risk"].typed
        'accepted-risk'
        """
        return self.word.replace(" ", "-")

    @property
    def days(self) -> int | None:
        """How many days such an answer counts where none is given."""
        return entry.days(self.period)

    @property
    def most_days(self) -> int | None:
        """How many days it can count at most."""
        return entry.days(self.longest)


@cache
def kinds() -> Mapping[str, Kind]:
    """Give the kinds of answers by their words, in order.

    >>> [kind.word for kind in kinds().values() if kind.is_for_questions]
    ['yes', 'no', 'not applicable']
    """
    words = vocabulary.load()
    terms = [
        iri
        for iri in words.terms()
        if (SKOS.inScheme, ROPA.answerKinds) in words.said(iri)
    ]
    found = [(_said(iri, SH.order), _kind(iri)) for iri in terms]
    return {kind.word: kind for _, kind in sorted(found, key=lambda o: int(o[0]))}


def words_of_kinds() -> Graph:
    """Say which word programs write for each kind, as the ontology does."""
    graph = Graph()
    for kind in kinds().values():
        graph.add((kind.iri, SKOS.notation, Literal(kind.word)))
    return graph


def _said(iri: URIRef, way: URIRef) -> str:
    return next((str(o) for p, o in vocabulary.load().said(iri) if p == way), "")


def _kind(iri: URIRef) -> Kind:
    words = vocabulary.load()
    return Kind(
        iri=iri,
        word=_said(iri, SKOS.notation),
        label=words.labels(iri),
        definition=words.definitions(iri),
        is_for_questions=_said(iri, ROPA.isQuestion) == "true",
        period=_said(iri, ROPA.answerPeriod),
        longest=_said(iri, ROPA.longestAnswerPeriod),
    )


def kinds_for(*, question: bool) -> list[Kind]:
    """List the kinds that a question, or another finding, can be answered with."""
    return [kind for kind in kinds().values() if kind.is_for_questions == question]


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
        state: ``answered``, or ``expired`` once its last day is over; of those that
            are kept only, ``withdrawn`` or ``replaced``.
        ended_by: the change that withdrew or replaced it; never told in reports.
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
    ended_by: URIRef | None = None

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


@dataclass(frozen=True)
class Asked:
    """A finding as it is kept with its entry: what an answer is given to.

    Attributes:
        key: what it is called from check to check.
        rule: code of the rule.
        focus: the thing it is about.
        path: the property meant, if there is one.
        value: the value that is wrong, if there is one.
        is_question: whether it asks what a machine cannot decide.
        message: what is wrong, by language.
    """

    key: str
    rule: str
    focus: URIRef
    path: URIRef | None
    value: Node | None
    is_question: bool
    message: Mapping[str, str]

    @property
    def entry(self) -> URIRef:
        """The entry that the finding belongs to."""
        return entry.document(self.focus)


def asked(graph: Graph) -> Iterator[Asked]:
    """Read what findings, or answers to them, are about.

    Args:
        graph: the findings kept with an entry, or the answers to them.
    """
    for node, code in graph.subject_objects(ROPA.rule):
        focus, path = graph.value(node, SH.focusNode), graph.value(node, SH.resultPath)
        yield Asked(
            key=str(graph.value(node, ROPA.findingKey)),
            rule=str(code),
            focus=URIRef(str(focus)),
            path=path if isinstance(path, URIRef) else None,
            value=graph.value(node, SH.value),
            is_question=str(graph.value(node, ROPA.isQuestion)) == "true",
            message={
                text.language or "en": str(text)
                for text in graph.objects(node, SH.resultMessage)
                if isinstance(text, Literal)
            },
        )


@dataclass(frozen=True)
class Words:
    """What a person says to a finding, as it was written.

    Attributes:
        kind: word of the kind of answer; blanks may be written as hyphens.
        reason: why.
        author: who answers for it.
        evidence: what shows it, an address or a text.
        until: the last day it counts; that of its kind if empty.
    """

    kind: str = ""
    reason: str = ""
    author: str = ""
    evidence: str = ""
    until: date | str | None = None


@dataclass(frozen=True)
class Given:
    """What a person says to a finding, looked through."""

    kind: Kind
    reason: str
    evidence: str
    author: str
    until: date | None


def look_through(question: bool, today: date, words: Words) -> Given:
    """Look through what a person says, and tell all faults at once.

    Args:
        question: whether it is said to a question.
        today: the day it is given.
        words: what is said.

    Raises:
        AnswerRejected: with the faults by field.
    """
    faults: list[dict[str, str]] = []
    said = {
        field: _text(getattr(words, field), field, faults) for field in MOST_LETTERS
    }
    known = kinds().get(" ".join(words.kind.lower().replace("-", " ").split()))
    choice = ", ".join(one.typed for one in kinds_for(question=question))
    if known is None:
        code = "unknown" if words.kind.strip() else "missing"
        faults.append(_fault("kind", code, f"Choose a kind of answer: {choice}."))
    elif known.is_for_questions != question:
        what = "A question" if question else "A finding"
        faults.append(_fault("kind", "unfit", f"{what} is answered with: {choice}."))
        known = None
    day = _day(words.until, known, today, faults)
    if faults or known is None:
        order = ("kind", "reason", "evidence", "until", "author")
        faults.sort(key=lambda fault: order.index(fault["field"]))
        raise AnswerRejected(
            "The answer cannot be taken: "
            + " ".join(f"{fault['field']}: {fault['message']}" for fault in faults),
            hint="Nothing was saved; mend what is named and send it again.",
            faults=faults,
        )
    return Given(known, said["reason"], said["evidence"], said["author"], day)


def look_through_withdrawal(words: Words) -> tuple[str, str]:
    """Look through the reason and the author of a withdrawal.

    Raises:
        AnswerRejected: with the faults by field.
    """
    faults: list[dict[str, str]] = []
    said = [_text(getattr(words, f), f, faults) for f in ("reason", "author")]
    if faults:
        raise AnswerRejected(
            "The answer cannot be withdrawn: "
            + " ".join(f"{fault['field']}: {fault['message']}" for fault in faults),
            hint="Nothing was changed; mend what is named and send it again.",
            faults=faults,
        )
    return said[0], said[1]


def _fault(field: str, code: str, message: str, **more: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message, **more}


def _text(text: str, field: str, faults: list[dict[str, str]]) -> str:
    """Read a text that a person wrote; all of it is kept, or it is refused."""
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    most = MOST_LETTERS[field]
    if len(whole) > most:
        message = f"{len(whole):,} characters; at most {most:,} are kept."
        faults.append(_fault(field, "long", message, most=f"{most}"))
    elif _NO_CHARACTERS.search(whole) or (field == "author" and "\n" in whole):
        message = "There are control characters in it."
        faults.append(_fault(field, "signs", message))
    elif not any(letter.isalnum() for letter in whole) and (
        whole or field != "evidence"
    ):
        message = {
            "reason": "Say why, in words.",
            "author": "Say who answers for it.",
            "evidence": "Name an address or say what it is, in words.",
        }[field]
        faults.append(_fault(field, "missing", message))
    return whole


def _day(
    until: date | str | None,
    kind: Kind | None,
    today: date,
    faults: list[dict[str, str]],
) -> date | None:
    """Read the last day of an answer, or take that of its kind."""
    try:
        day = queries.as_day(until) if until else None
    except InputError:
        message = "Write year, month and day, as in 2026-11-22."
        faults.append(_fault("until", "unreadable", message))
        return None
    if day is None:
        if kind is None or kind.days is None:
            return None
        return today + timedelta(days=kind.days)
    if day < today:
        message = f"The day is over: today is {today.isoformat()}."
        faults.append(_fault("until", "past", message))
    elif kind is not None and kind.most_days is not None:
        last = today + timedelta(days=kind.most_days)
        if day > last:
            message = f"Such an answer counts until {last.isoformat()} at the latest."
            faults.append(_fault("until", "late", message, last=last.isoformat()))
    return day


def standing(graph: Graph, day: date) -> dict[str, Answer]:
    """Give the answers that were neither withdrawn nor replaced, by finding.

    Args:
        graph: the answers kept beside an entry.
        day: the day by which it is judged whether they expired.
    """
    return {
        key: answer.on(day) for key, answer in _kept(graph) if answer.state == ANSWERED
    }


def past(graph: Graph, finding: str) -> list[Answer]:
    """List the answers to a finding that were withdrawn or replaced, newest first."""
    found = [a for key, a in _kept(graph) if key == finding and a.state != ANSWERED]
    return sorted(found, key=lambda a: _number(a.iri), reverse=True)


def _number(iri: URIRef) -> int:
    return int(iri.rpartition("-")[2])


def _kept(graph: Graph) -> Iterator[tuple[str, Answer]]:
    by_iri = {kind.iri: kind for kind in kinds().values()}
    for iri in sorted(graph.subjects(RDF.type, ROPA.Answer), key=str):
        kind = by_iri.get(URIRef(str(graph.value(iri, ROPA.answerKind))))
        until = graph.value(iri, ROPA.answeredUntil)
        change = graph.value(iri, PROV.wasGeneratedBy)
        end = graph.value(iri, PROV.wasInvalidatedBy)
        if end is None:
            state = ANSWERED
        else:
            is_replaced = (None, PROV.wasRevisionOf, iri) in graph
            state = REPLACED if is_replaced else WITHDRAWN
        yield (
            str(graph.value(iri, ROPA.findingKey)),
            Answer(
                iri=URIRef(str(iri)),
                kind=kind.word if kind else "",
                kind_label=kind.label if kind else {},
                reason=str(graph.value(iri, ROPA.reason) or ""),
                evidence=str(graph.value(iri, ROPA.answerEvidence) or ""),
                author=str(graph.value(iri, ROPA.author) or ""),
                given=date.fromisoformat(str(graph.value(iri, DCT.date))),
                until=date.fromisoformat(str(until)) if until is not None else None,
                change=URIRef(str(change)) if change is not None else None,
                state=state,
                ended_by=URIRef(str(end)) if end is not None else None,
            ),
        )


def with_answer(
    graph: Graph, to: Asked, given: Given, *, today: date, change: URIRef
) -> tuple[Graph, Answer]:
    """Put an answer beside those of an entry; the one it replaces is kept.

    Args:
        graph: the answers kept beside the entry; stays as it is.
        to: the finding.
        given: what is said to it.
        today: the day it is given.
        change: the change that records it.

    Returns:
        The answers from now on, and the new one.
    """
    new = Graph()
    new += graph
    numbers = [
        _number(URIRef(str(iri)))
        for iri in graph.subjects(ROPA.findingKey, Literal(to.key))
    ]
    old = standing(graph, today).get(to.key)
    beside = entry.answers_graph(to.entry)
    iri = URIRef(f"{beside}#{to.key}-{max(numbers, default=0) + 1}")
    answer = Answer(
        iri=iri,
        kind=given.kind.word,
        kind_label=given.kind.label,
        reason=given.reason,
        evidence=given.evidence,
        author=given.author,
        given=today,
        until=given.until,
        change=change,
    )
    for triple in statements(answer, to):
        new.add(triple)
    if old is not None:
        new.add((iri, PROV.wasRevisionOf, old.iri))
        new.add((old.iri, PROV.wasInvalidatedBy, change))
    return new, answer


def without_answers(graph: Graph, change: URIRef, finding: str = "") -> Graph:
    """Withdraw the answer to a finding, or all of them; they are kept.

    Args:
        graph: the answers kept beside an entry; stays as it is.
        change: the change that records it.
        finding: key of the finding; all findings if empty.
    """
    new = Graph()
    new += graph
    for key, answer in _kept(graph):
        if answer.state == ANSWERED and finding in ("", key):
            new.add((answer.iri, PROV.wasInvalidatedBy, change))
    return new


def statements(
    answer: Answer, to: Asked | None = None
) -> Iterator[tuple[URIRef, URIRef, Node]]:
    """Say an answer as triples, with the finding that it was given to."""
    iri, kind = answer.iri, kinds().get(answer.kind)
    yield iri, RDF.type, ROPA.Answer
    if kind is not None:
        yield iri, ROPA.answerKind, kind.iri
    yield iri, ROPA.reason, Literal(answer.reason)
    yield iri, ROPA.author, Literal(answer.author)
    yield iri, DCT.date, _date(answer.given)
    if answer.until is not None:
        yield iri, ROPA.answeredUntil, _date(answer.until)
    if answer.evidence:
        link = is_address(answer.evidence)
        shown = URIRef(answer.evidence) if link else Literal(answer.evidence)
        yield iri, ROPA.answerEvidence, shown
    if answer.change is not None:
        yield iri, PROV.wasGeneratedBy, answer.change
    if to is not None:
        yield iri, ROPA.findingKey, Literal(to.key)
        yield iri, ROPA.rule, Literal(to.rule)
        yield iri, SH.focusNode, to.focus
        if to.is_question:
            yield iri, ROPA.isQuestion, Literal(True)
        if to.path is not None:
            yield iri, SH.resultPath, to.path
        if to.value is not None:
            yield iri, SH.value, to.value
        for language, text in to.message.items():
            yield iri, SH.resultMessage, Literal(text, lang=language)


def is_address(evidence: str) -> bool:
    """Tell whether evidence is an address that a page can lead to."""
    return _ADDRESS.fullmatch(evidence) is not None


def _date(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=XSD.date, normalize=False)
