"""Reasons in words: each premise where it stands, down to the passages read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, reasons, rules
from ropa.errors import NotFound
from ropa.formats import reasoned
from ropa.register import Register
from ropa.terms import DPV, RDF, ROPA
from ropa.why import FORMAT, ORIGINS, Premise, Reasons, Why

BASE = "http://127.0.0.1:8000/"
ENTRIES = (
    "activities/wepos/billing",
    "activities/weprode/commercial",
    "activities/wimi/profiling",
    "activities/workpex/push-notifications",
    "activities/wpo/marketing",
    "companies/wpo",
)


@pytest.fixture(scope="module", params=ENTRIES)
def found(request: pytest.FixtureRequest, register: Register) -> Reasons:
    """Give the reasons of what follows from an entry of the five."""
    return register.why(URIRef(register.base + request.param))


def premises(one: Why) -> Iterator[Premise]:
    """Give all premises of a statement, those of its premises included."""
    for premise in one.because:
        yield premise
        if premise.why is not None:
            yield from premises(premise.why)


def stated(one: Premise) -> tuple[Any, Any, Any]:
    """Give a premise as a triple."""
    return one.subject, one.property, one.value


def test_each_kept_statement_is_explained(found: Reasons, register: Register) -> None:
    """The claims that are kept beside the entry, and no others."""
    kept = register.inferred(found.entry)
    assert {one.claim for one in found.whys} == set(kept.subjects(RDF.type, ROPA.Claim))
    assert found.total == len(found.whys)
    for one in found.whys:
        assert kept.value(one.claim, ROPA.entailedBy) == one.by
        assert (one.about, one.field, one.value) in kept


def test_each_premise_stands_where_it_is_said_to(
    found: Reasons, register: Register
) -> None:
    """In the graph that is named: the entry, its surroundings, law, vocabulary."""
    tried = 0
    for one in found.whys:
        assert one.because
        for premise in premises(one):
            assert premise.origin in ORIGINS
            if premise.origin == "inferred":
                assert premise.within is None
                assert (premise.why is None) == premise.is_told_apart
                continue
            assert premise.within is not None
            assert stated(premise) in register.graph(premise.within)
            assert (premise.within == found.entry) == (premise.origin == "entry")
            tried += 1
    assert tried


def test_passages_are_those_of_the_entries(found: Reasons, register: Register) -> None:
    """Every passage is known to its document, with a place in it."""
    places = {p for one in found.whys for pr in premises(one) for p in pr.passages}
    assert places
    for place in places:
        known = register.document(place.source).passages
        assert place.iri in known
        assert (place.start, place.end) == (
            known[place.iri].start,
            known[place.iri].end,
        )
        assert place.title
        assert place.where


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_sentences_are_whole(found: Reasons, register: Register, lang: str) -> None:
    """No placeholder and no bare address is left in what a person reads."""
    told = register.why(found.entry, lang=lang)
    for line in reasoned.as_text(told).splitlines():
        assert "{" not in line
        assert "…" not in line
        assert "://" not in line.partition("ropa answer")[0]


def test_values_keep_to_the_schema(found: Reasons) -> None:
    """What programs get is what the published schema describes."""
    text = files("ropa").joinpath("schemas/why.schema.json").read_text("utf-8")
    schema = json.loads(text)
    values = json.loads(json.dumps(found.as_values()))
    Draft202012Validator(schema).validate(values)
    assert values["format"] == FORMAT


def test_a_statement_in_words(register: Register) -> None:
    """An activity of direct marketing: the kind, the reason, the passage."""
    name = URIRef(f"{register.base}activities/wpo/marketing")
    (one,) = (
        one
        for one in register.why(name).whys
        if one.value == ROPA.DirectMarketingActivity
    )
    assert one.words == "Marketing and promotion · Kind · Activity of direct marketing"
    assert one.article == "GDPR Art. 21(2)"
    assert one.explanation.startswith(
        "“Marketing and promotion” is of the kind “Activity of direct marketing”: "
    )
    at = {premise.property: premise for premise in one.because}
    purpose = at[DPV.hasPurpose]
    assert purpose.origin == "entry"
    assert purpose.passages
    assert purpose.passages[0].first_line is not None
    kinds = [p for p in one.because if p.why is not None and p.property == RDF.type]
    assert [p.value for p in kinds] == [ROPA.DirectMarketingPurpose]


def test_one_claim_and_one_part(register: Register) -> None:
    """A claim alone, and what follows for a part alone."""
    name = URIRef(f"{register.base}activities/wpo/marketing")
    whole = register.why(name)
    one = whole.whys[0]
    assert one.claim is not None
    alone = register.why(one.claim)
    assert alone.whys == (one,)
    assert alone.entry == name
    part = next(w.about for w in whole.whys if w.about != name)
    own = register.why(part)
    assert own.whys == tuple(w for w in whole.whys if w.about == part)


def test_the_graph_of_what_follows_names_its_entry(register: Register) -> None:
    """Its address is as good as that of the entry."""
    name = URIRef(f"{register.base}activities/wepos/billing")
    assert register.why(entry.inferred_graph(name)) == register.why(name)


def test_too_many_are_said_to_be(register: Register) -> None:
    """Of many statements the first are explained, and the text says so."""
    name = URIRef(f"{register.base}activities/wpo/marketing")
    some = register.why(name, most=2)
    assert len(some.whys) == 2
    assert some.total > 2
    assert f"2 of {some.total} statements are explained" in reasoned.as_text(some)


def test_what_nobody_states_is_not_found(register: Register) -> None:
    """A misspelt entry is told; an entry from which nothing follows is not."""
    with pytest.raises(NotFound):
        register.why(URIRef(f"{register.base}activities/wpo/marketin"))


def test_nothing_follows(own_register: Register) -> None:
    """That is said, in both languages."""
    name = URIRef(f"{BASE}sources/mill")
    for lang, words in (("en", "Nothing follows"), ("fr", "Rien ne découle")):
        found = own_register.why(name, lang=lang)
        assert (found.whys, found.total) == ((), 0)
        assert words in reasoned.as_text(found)


def test_the_question_on_a_likely_transfer_is_named(register: Register) -> None:
    """What is asked of the owner leads to the finding that can be answered."""
    name = URIRef(f"{register.base}activities/workpex/push-notifications")
    asked = {one.asked: one for one in register.why(name).whys if one.asked}
    assert asked
    keys = {one.key for one in register.check("workpex").findings if one.is_question}
    assert asked.keys() <= keys
    for one in asked.values():
        assert rules.rule(one.rule).is_question
        assert f"ropa answer {name} {one.rule}" in reasoned.as_text(
            register.why(one.claim or name)
        )


def test_a_circle_ends(register: Register) -> None:
    """Of an own hierarchy that goes round; each reason is told once in a tree."""
    name = URIRef(f"{register.base}activities/wpo/circle")
    text = f"""
        @base <{name}> .
        @prefix dct: <http://purl.org/dc/terms/> .
        @prefix dpv: <https://w3id.org/dpv#> .
        @prefix pd: <https://w3id.org/dpv/pd#> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <> a dpv:PersonalDataProcess ; dct:title "Circle"@en ;
            dct:isPartOf <{register.base}companies/wpo#record> ;
            dpv:hasPersonalData <#a>, <#b> .
        <#a> a dpv:PersonalData ; skos:prefLabel "A"@en ; skos:broader <#b> .
        <#b> a dpv:PersonalData ; skos:prefLabel "B"@en ;
            skos:broader <#a>, pd:Health .
    """
    graph = Graph().parse(data=text, format="turtle")

    class Added:
        """The register with one more entry."""

        select = staticmethod(register.select)

        @staticmethod
        def read(iri: URIRef) -> Graph:
            """Give what is stated in an entry."""
            return graph if iri == name else register.read(iri)

    found = reasons.why(Added(), name)
    kinds = {one.about for one in found.whys if one.by == ROPA.SpecialCategoryData}
    assert kinds == {URIRef(f"{name}#a"), URIRef(f"{name}#b")}
    for one in found.whys:
        told = [p.why.words for p in premises(one) if p.why is not None]
        assert len(told) == len(set(told))
        assert one.words not in told
