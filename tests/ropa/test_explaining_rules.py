"""A rule explained: reasons, days, checks, examples, in words and as values."""

from __future__ import annotations

import json

import pytest

from ropa import explaining, rules
from ropa.explaining_rules import things
from ropa.formats import explained
from ropa.terms import DPV, GDPR

ABROAD = "recipient-abroad-without-transfer"


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("code", list(rules.rules()))
def test_a_rule_says_what_it_says_of_its_example(code: str, lang: str) -> None:
    """The message of the failing example has no place left open."""
    said = explaining.explain_rule(code, lang)
    assert said.failing is not None and said.passing is not None
    assert said.failing.said is not None and said.passing.said is None
    assert said.failing.said.lang == lang
    assert "{" not in said.failing.said.text
    assert "…" not in said.failing.said.text or "…" in said.failing.text


def test_reasons_and_repair_are_told() -> None:
    """In the text of the terminal and in the JSON alike."""
    rule = rules.rule(ABROAD)
    said = explaining.explain_rule(ABROAD, "en")
    text = explained.as_text(said, "en")
    values = json.loads(json.dumps(explained.as_values(said)))
    assert [one["law"]["iri"] for one in values["references"]] == [
        *map(str, rule.references)
    ]
    assert [one["number"] for one in values["checks"]] == [40]
    assert values["days"] == ["2018-05-25", None]
    assert values["addition"] == rule.addition
    assert values["failing"]["text"] in values["failing"]["whole"]
    for words in (
        "Repair: a program can add it",
        "Checks of experts",
        "Passes",
        "Fails",
    ):
        assert words in text
    assert all(one.says.text in text for one in said.references)


def test_a_question_is_told_as_one() -> None:
    """A machine cannot decide it."""
    asking = next(r.code for r in rules.rules().values() if r.is_question)
    text = explained.as_text(explaining.explain_rule(asking, "fr"), "fr")
    assert "une question à une personne" in text


def test_a_rule_knows_the_things_it_looks_at() -> None:
    """By class, by property, or any."""
    assert DPV.CrossBorderTransfer in things("transfer-tool-missing")
    assert things(ABROAD) == (DPV.Recipient,)
    assert things("ill-typed-value") == ()
    assert GDPR["A6-1-f"] not in things("legal-basis-missing")
