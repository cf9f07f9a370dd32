"""Answers as values: kinds, keys, what is refused, and the last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from rdflib import Graph, Literal, URIRef

from ropa import answers, entry, vocabulary
from ropa.answers import Asked, Given, Words
from ropa.errors import AnswerRejected
from ropa.terms import PROV, ROPA, SKOS

TODAY = date(2026, 11, 22)
FOCUS = URIRef("http://example.org/activities/mill/orders#selling")
CHANGE = URIRef("http://example.org/changes/000000007")
FINDING = Asked(
    key=answers.key("measure-missing", FOCUS, ROPA.contract, Literal("x", lang="en")),
    rule="measure-missing",
    focus=FOCUS,
    path=URIRef(str(ROPA.contract)),
    value=Literal("x", lang="en"),
    is_question=False,
    message={"en": "Something is missing.", "fr": "Il manque quelque chose."},
)
WORDS = Words("accepted risk", "The hall is locked at night.", "Ann")


def faults_of(words: Words, *, question: bool = False) -> list[tuple[str, str]]:
    """Give field and code of all that is wrong."""
    with pytest.raises(AnswerRejected) as refused:
        answers.look_through(question, TODAY, words)
    return [(f["field"], f["code"]) for f in refused.value.details["faults"]]


def test_kinds_are_those_of_the_ontology() -> None:
    """Each term of the list is a kind, in its order, with both languages."""
    terms = set(vocabulary.load().graph.subjects(SKOS.inScheme, ROPA.answerKinds))
    assert {kind.iri for kind in answers.kinds().values()} == terms
    assert [k.word for k in answers.kinds_for(question=False)] == [
        *("accepted risk", "being mended", "mistaken alarm", "does not apply")
    ]
    assert [k.word for k in answers.kinds_for(question=True)] == [
        *("yes", "no", "not applicable")
    ]
    for kind in answers.kinds().values():
        assert set(kind.label) == set(kind.definition) == {"en", "fr"}
        # What is said to a finding is looked at again; a reply may stay.
        assert bool(kind.days) != kind.is_for_questions
        assert (kind.days or 0) <= (kind.most_days or 0)


def test_a_key_tells_findings_apart_by_what_they_are() -> None:
    """Rule, focus, path and value make it; a text and an address are not alike."""
    other = URIRef("http://example.org/b")
    places = [
        ("a", FOCUS, None, None),
        ("b", FOCUS, None, None),
        ("a", other, None, None),
        ("a", FOCUS, other, None),
        ("a", FOCUS, None, other),
        ("a", FOCUS, None, Literal(str(other))),
        ("a", FOCUS, None, Literal(str(other), lang="en")),
    ]
    keys = [answers.key(*place) for place in places]
    assert len(set(keys)) == len(keys)
    assert keys == [answers.key(*place) for place in places]


def test_everything_wrong_is_told_at_once() -> None:
    """A person mends all of it in one go."""
    assert faults_of(Words(until="2020-01-01")) == [
        ("kind", "missing"),
        ("reason", "missing"),
        ("until", "past"),
        ("author", "missing"),
    ]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (replace(WORDS, kind="ignored"), ("kind", "unknown")),
        (replace(WORDS, kind="yes"), ("kind", "unfit")),
        (replace(WORDS, reason=" \n\t "), ("reason", "missing")),
        (replace(WORDS, reason="\u200b\u200b..."), ("reason", "missing")),
        (replace(WORDS, reason="a" * 65_536), ("reason", "long")),
        (replace(WORDS, reason="bell \x07"), ("reason", "signs")),
        (replace(WORDS, reason="half a pair \ud800"), ("reason", "signs")),
        (replace(WORDS, reason="escape \x1b[31m"), ("reason", "signs")),
        (replace(WORDS, author="Ann\nBob"), ("author", "signs")),
        (replace(WORDS, author="A" * 201), ("author", "long")),
        (replace(WORDS, evidence="e" * 1001), ("evidence", "long")),
        (replace(WORDS, evidence="\x00"), ("evidence", "signs")),
        (replace(WORDS, until="soon"), ("until", "unreadable")),
        (replace(WORDS, until="2026-02-30"), ("until", "unreadable")),
        (replace(WORDS, until=TODAY - timedelta(1)), ("until", "past")),
        (replace(WORDS, until=TODAY + timedelta(3 * 365 + 1)), ("until", "late")),
        (replace(WORDS, until="9999-12-31"), ("until", "late")),
    ],
)
def test_what_cannot_be_taken(words: Words, fault: tuple[str, str]) -> None:
    """Exactly the field that is wrong is named."""
    assert faults_of(words) == [fault]


def test_a_question_takes_no_excuse_of_a_finding() -> None:
    """It is replied to; a finding is not."""
    assert faults_of(WORDS, question=True) == [("kind", "unfit")]
    given = answers.look_through(True, TODAY, replace(WORDS, kind="Not-Applicable"))
    assert given.kind.word == "not applicable"
    assert given.until is None


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("accepted-risk", TODAY + timedelta(365)),
        ("being-mended", TODAY + timedelta(90)),
        ("mistaken alarm", TODAY + timedelta(365)),
        ("Does not apply", TODAY + timedelta(365)),
    ],
)
def test_an_answer_to_a_finding_always_ends(kind: str, last: date) -> None:
    """Where no day is given its kind says when; today itself may be the last."""
    assert answers.look_through(False, TODAY, replace(WORDS, kind=kind)).until == last
    short = answers.look_through(False, TODAY, replace(WORDS, kind=kind, until=TODAY))
    assert short.until == TODAY


def test_a_text_is_kept_to_the_letter() -> None:
    """Markup is text; only line ends and the blanks around are made alike."""
    text = "  <b>No</b> & \"so\" 'on'\r\n{braces} \\ %(x)s 😀 \u202eabc "
    given = answers.look_through(False, TODAY, replace(WORDS, reason=text))
    assert given.reason == text.strip().replace("\r\n", "\n")


def given(kind: str = "accepted risk", until: date | None = None) -> Given:
    """Give what is said, looked through."""
    words = replace(WORDS, kind=kind, until=until)
    return answers.look_through(False, TODAY, words)


def test_the_last_day_still_counts() -> None:
    """An answer counts up to its last day; the day after, the finding is back."""
    last = date(2026, 12, 31)
    graph, answer = answers.with_answer(
        Graph(), FINDING, given(until=last), today=TODAY, change=CHANGE
    )
    assert answers.standing(graph, last)[FINDING.key] == answer
    after = answers.standing(graph, date(2027, 1, 1))[FINDING.key]
    assert (after.state, after.stands) == ("expired", False)
    assert replace(after, state=answer.state) == answer


def test_what_is_written_is_read_again() -> None:
    """The graph says the finding and the answer, and holds no nameless node."""
    words = replace(WORDS, evidence="https://example.org/minutes?n=7")
    said = answers.look_through(False, TODAY, words)
    graph, answer = answers.with_answer(
        Graph(), FINDING, said, today=TODAY, change=CHANGE
    )
    assert list(answers.asked(graph)) == [FINDING]
    assert answers.standing(graph, TODAY) == {FINDING.key: answer}
    assert answers.Answer.from_values(answer.as_values()) == answer
    evidence = graph.value(answer.iri, ROPA.answerEvidence)
    assert evidence == URIRef("https://example.org/minutes?n=7")
    name = entry.answers_graph(FOCUS)
    assert all(str(s).startswith(f"{name}#") for s in graph.subjects())


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "file:///etc/passwd", "see http://x.y", "http://"]
)
def test_only_an_address_of_the_web_is_one(text: str) -> None:
    """No other evidence becomes an IRI, or a link."""
    assert not answers.is_address(text)
    said = answers.look_through(False, TODAY, replace(WORDS, evidence=text))
    graph, answer = answers.with_answer(
        Graph(), FINDING, said, today=TODAY, change=CHANGE
    )
    assert graph.value(answer.iri, ROPA.answerEvidence) == Literal(text)


def test_nothing_that_was_said_is_lost() -> None:
    """A newer answer replaces, a withdrawal ends: both leave what was there."""
    first, one = answers.with_answer(
        Graph(), FINDING, given(), today=TODAY, change=CHANGE
    )
    second, two = answers.with_answer(
        first, FINDING, given("mistaken alarm"), today=TODAY, change=CHANGE
    )
    assert one.iri != two.iri
    assert answers.standing(second, TODAY)[FINDING.key] == two
    third = answers.without_answers(second, CHANGE, FINDING.key)
    assert answers.standing(third, TODAY) == {}
    found = answers.past(third, FINDING.key)
    assert [(a.iri, a.state, a.ended_by) for a in found] == [
        (two.iri, "withdrawn", CHANGE),
        (one.iri, "replaced", CHANGE),
    ]
    assert set(first) <= set(second) <= set(third)
    # What came after a withdrawal replaces nothing.
    fourth, three = answers.with_answer(
        third, FINDING, given(), today=TODAY, change=CHANGE
    )
    assert (three.iri, PROV.wasRevisionOf, None) not in fourth
    assert [a.state for a in answers.past(fourth, FINDING.key)] == [
        *("withdrawn", "replaced")
    ]
