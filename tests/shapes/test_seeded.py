"""Seeded faults: complete records are left alone, and each fault sets off its rules.

``python -m tests.shapes.seeded`` prints precision and recall of each rule.
"""

from __future__ import annotations

from collections import Counter

import pytest
from rdflib.term import URIRef

from ropa import rules
from ropa.terms import ROPA
from tests.shapes.seeded import planting
from tests.shapes.seeded.planting import Fault, Planting, Score

# Questions whose trigger is part of what a record is about, by record.
ASKED_OF: dict[str, set[str]] = {}

# Rules that no change of a record can set off alone, with the reason.
WITHOUT_FAULT: dict[str, str] = {}


@pytest.mark.parametrize("profile", [ROPA.Register, ROPA.Notice])
@pytest.mark.parametrize("name", planting.names())
def test_a_complete_record_is_left_alone(name: str, profile: URIRef) -> None:
    """Nothing is found in it, as a register and as a notice, not even to look at."""
    data = planting.relabelled(planting.read(name).data, profile)
    found = planting.findings(data)
    told = {f.message["en"] for f in found.values() if not f.is_question}
    asked = {f.rule for f in found.values() if f.is_question}
    assert told == set()
    assert asked == ASKED_OF.get(name, set())


@pytest.mark.parametrize("fault", planting.faults(), ids=str)
def test_a_fault_sets_off_its_rules(fault: Fault) -> None:
    """Planted in one activity, it gives new findings of the rules meant for it only."""
    made = planting.somewhere(fault)
    assert made.expected
    assert made.found == made.expected, str(made)


@pytest.mark.deep
@pytest.mark.parametrize("fault", planting.faults(), ids=str)
def test_a_fault_sets_off_its_rules_everywhere(fault: Fault) -> None:
    """In every activity and profile it is found, and nothing else: 1.0 and 1.0."""
    score, wrong = Score(), []
    for made in planting.everywhere(fault):
        score.add(made)
        if made.found != made.expected:
            wrong.append(f"{made}: {sorted(made.found ^ made.expected)}")
    assert wrong == []
    assert score.plantings
    for code in score.plantings:
        assert (score.precision(code), score.recall(code)) == (1.0, 1.0)


def test_every_rule_has_a_fault() -> None:
    """No rule is unproved; the exceptions are rules, and have no fault."""
    every = planting.faults()
    assert {code for fault in every for code in fault.fires} <= set(rules.rules())
    # Planted once, a fault is planted in the first profile that has one of its rules.
    planted_in = (
        [
            {c for c in fault.fires if rules.rule(c).only_in in (None, profile)}
            for profile in fault.profiles
        ]
        for fault in every
    )
    meant = {code for codes in planted_in for code in next(filter(None, codes))}
    assert set(rules.rules()) - meant == set(WITHOUT_FAULT)


def test_faults_have_names_of_their_own() -> None:
    """A fault can be told by its name."""
    names = Counter(fault.name for fault in planting.faults())
    assert [name for name, number in names.items() if number > 1] == []


def test_a_score_counts_what_was_found_and_what_was_missed() -> None:
    """Precision falls with what fired besides, recall with what did not fire."""
    fault, record = planting.faults()[0], planting.read(planting.names()[0])
    score = Score()
    outcomes = [("a", "a"), ("a", "ab"), ("ab", "b"), ("c", "")]
    for expected, found in outcomes:
        score.add(
            Planting(
                fault,
                record,
                ROPA.Register,
                URIRef("urn:x"),
                expected=frozenset(expected),
                found=frozenset(found),
            )
        )
    assert (score.precision("a"), score.recall("a")) == (1.0, 2 / 3)
    assert (score.precision("b"), score.recall("b")) == (0.5, 1.0)
    assert (score.precision("c"), score.recall("c")) == (None, 0.0)
    assert score.plantings == {"a": 3, "b": 1, "c": 1}
