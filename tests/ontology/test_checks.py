"""The eighty checks of an expert: all there, and each decided, asked or left out."""

from __future__ import annotations

import re

import pytest
from rdflib.term import URIRef

from ropa import checklist, queries, rules, vocabulary
from ropa.checklist import Check
from ropa.terms import DCT, RDF, ROPA

ALL = list(checklist.checks().values())


@pytest.fixture(params=ALL, ids=[one.code for one in ALL])
def check(request: pytest.FixtureRequest) -> Check:
    """Give each check in turn."""
    given: Check = request.param
    return given


def test_all_eighty_are_there_once() -> None:
    """The numbers are 1 to 80, and the address of each ends with its own."""
    graph = vocabulary.load().graph
    listed = set(graph.subjects(RDF.type, ROPA.ExpertCheck))
    assert len(listed) == len(ALL)
    assert [one.number for one in ALL] == list(range(1, 81))
    for one in ALL:
        assert str(one.iri) == f"https://w3id.org/ropa-kg/shapes#check-{one.number:02}"


def test_a_check_is_decided_asked_or_left_out(check: Check) -> None:
    """By a rule or a question that exists; or there is a reason, in both languages."""
    assert set(check.rules) <= set(rules.rules())
    assert set(check.questions) <= {one.name for one in queries.all_questions()}
    is_answered = bool(check.rules or check.questions)
    assert is_answered != bool(check.reason)
    assert check.state in checklist.STATES
    assert (check.state == "left-out") is not is_answered
    if check.reason:
        assert set(check.reason) == {"en", "fr"}
        assert all(text.endswith(".") for text in check.reason.values())


def test_a_check_speaks_both_languages(check: Check) -> None:
    """It has one label in each, without a final stop."""
    assert set(check.label) == {"en", "fr"}
    assert check.label["en"] != check.label["fr"]
    for text in check.label.values():
        assert re.match(r"[A-ZÀ-Ý]", text) and not text.endswith(".")


def test_a_check_cites_its_provisions(check: Check) -> None:
    """As many for people as there are addresses, in the same order of articles."""
    cited = check.article.removeprefix("GDPR Art. ").split(", ")
    assert len(cited) == len(check.sources)
    start = "http://data.europa.eu/eli/reg/2016/679/art_"
    named = {source.removeprefix(start).partition("/")[0] for source in check.sources}
    assert named == {one.partition("(")[0] for one in cited}


def test_no_rule_is_an_orphan() -> None:
    """Each rule that judges more than structure decides one of the checks."""
    deciding = {code for one in ALL for code in one.rules}
    judging = {code for code, rule in rules.rules().items() if not rule.blocks}
    assert judging - deciding == set()


def test_what_only_asks_is_not_called_decided() -> None:
    """A check whose rules all ask a person is asked; one other rule decides it."""
    for one in ALL:
        known = [rules.rule(code) for code in one.rules]
        if one.state == "asked" and known:
            assert all(rule.is_question for rule in known)
        if one.state == "decided":
            assert not all(rule.is_question for rule in known)


def test_checks_are_no_rules() -> None:
    """No engine reads them: no shape, no code of a rule, nothing in the shapes."""
    for one in ALL:
        assert one.code not in rules.rules()
        assert (one.iri, None, None) not in rules.shapes()
        assert one.iri not in set(rules.shapes().subjects(DCT.identifier))
        assert (URIRef(one.iri), RDF.type, ROPA.Rule) not in vocabulary.load().graph
