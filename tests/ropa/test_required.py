"""What the law asks for: every point of the articles once, answered by real fields."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from rdflib.term import URIRef

from ropa import fields, required, vocabulary
from ropa.terms import DCT, DPCAT, DPV, ROPA, SKOS

# The points as the GDPR letters them.
POINTS = {
    "30(1)": "abcdefg",
    "30(2)": "abcd",
    "13(1)": "abcdef",
    "13(2)": "abcdef",
    "14(1)": "abcdef",
    "14(2)": "abcdefg",
}
EXPECTED = [
    f"{part}({letter})" for part, letters in POINTS.items() for letter in letters
]
EXPECTED += ["13(3)", "14(4)"]
FACTS = {fact.iri: fact for one in required.items().values() for fact in one.facts}


def test_every_point_is_an_item_exactly_once() -> None:
    """Article 30(1) and (2), 13 and 14: no point is missing, none stands twice."""
    found = Counter(item.notation for item in required.items().values())
    assert found == Counter(EXPECTED)


def test_items_stand_in_the_order_of_the_law() -> None:
    """Their order is one run of numbers, the paragraphs and letters rising."""
    items = list(required.items().values())
    assert [item.order for item in items] == list(range(1, len(items) + 1))
    for duty in required.duties():
        notations = [item.notation for item in duty.items]
        assert notations == sorted(notations)


@pytest.mark.parametrize("item", required.items().values(), ids=lambda i: i.notation)
def test_an_item_cites_its_point_and_opens_it(item: required.Item) -> None:
    """Name, label, citation and address say the same point of the law."""
    numbers = re.findall(r"\w+", item.notation)
    assert str(item.iri) == str(ROPA) + "item-" + "-".join(numbers)
    assert item.article == f"GDPR Art. {item.notation}"
    words = vocabulary.load()
    for lang in ("en", "fr"):
        assert words.label(item.iri, lang).startswith(f"Art. {item.notation} ")
    parts = zip(("art", "par", "pnt"), numbers, strict=False)
    address = "/".join(f"{key}_{number}" for key, number in parts)
    eli = f"http://data.europa.eu/eli/reg/2016/679/{address}/oj"
    assert (DCT.source, URIRef(eli)) in words.said(item.iri)
    assert item.facts


def test_an_item_stands_in_the_duty_of_its_article() -> None:
    """What Article 30(2) asks of processors is not asked of controllers."""
    for duty in required.duties():
        start = duty.article.removeprefix("GDPR Art. ")
        assert all(item.notation.startswith(start) for item in duty.items)
        assert all(item.duty == duty.iri for item in duty.items)


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda f: f.iri.rpartition("-")[2])
def test_the_fields_of_a_fact_are_fields_of_the_form(fact: required.Fact) -> None:
    """Each field that answers a fact can be filled in for the thing that holds it."""
    known = {one.path: set(one.classes) for one in fields.all_fields()}
    every = [one for one in fields.all_fields() if one.path in fact.fields]
    assert fact.fields
    for field in fact.fields:
        assert field in known, field
    holders = {kind for one in every for kind in one.classes}
    carrier = fact.holder
    if fact.way is not None:
        assert fact.way in known
    if fact.way is None or fact.is_alone:
        assert carrier in holders or carrier in {DPV.LegalEntity, DPCAT.ROPA}
    # A company or record has the field too, whatever its class is called there.
    if carrier == DPCAT.ROPA:
        assert DPCAT.ROPA in holders


def test_every_fact_is_asked_for() -> None:
    """No fact was left behind by an item that was changed."""
    facts = {
        term
        for term in vocabulary.load().terms()
        if (SKOS.inScheme, ROPA.requiredFacts) in vocabulary.load().said(term)
    }
    assert facts == set(FACTS)


def test_conditions_are_those_of_the_law() -> None:
    """What is asked for only in some cases says in which."""
    conditional = {
        fact.iri.rpartition("fact-")[2]
        for fact in FACTS.values()
        if fact.only_where or fact.only_outside or fact.only_where_stated
    }
    assert conditional == {
        "documented-safeguards",
        "interests",
        "joint-controllers",
        "representative",
        "right-withdrawal",
    }
