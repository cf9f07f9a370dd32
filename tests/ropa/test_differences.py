"""What changed between two states of an entry, as people are told."""

from __future__ import annotations

import doctest
import json

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import assets, differences, entry
from ropa.terms import DCT, DPV, RDF, ROPA

BASE = "https://example.org/data/"
LETTER = URIRef(BASE + "activities/mill/letter")
TEXT = f"""
@base <{BASE}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix pd: <https://w3id.org/dpv/pd#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<activities/mill/letter> a dpv:PersonalDataProcess ;
    dct:title "Letter"@en , "Lettre"@fr ;
    dpv:hasPersonalData pd:EmailAddress , pd:Name ;
    dpv:hasRecipient <activities/mill/letter#post> ;
    dpv:hasStorageCondition <activities/mill/letter#kept> .
<activities/mill/letter#post> a dpv:DataProcessor ;
    skos:prefLabel "Post"@en , "Poste"@fr ;
    dpv:hasCountry loc:US ; ropa:service "Carries it"@en .
<activities/mill/letter#kept> a dpv:StorageCondition ;
    skos:prefLabel "Addresses"@en ; ropa:period "P3Y" ; ropa:isMaximum true .
<activities/mill/letter#claim> a ropa:Claim ;
    ropa:about <activities/mill/letter#post> ; ropa:field dpv:hasCountry ;
    ropa:value loc:US ; ropa:state ropa:Stated ; ropa:origin ropa:Document ;
    ropa:passage <sources/policy#char=1,9> .
"""


def read(text: str) -> Graph:
    """Read an entry as it is kept, with the other forms of its periods."""
    return entry.complete(Graph().parse(data=text, format="turtle"))


def told(old: str, new: str, lang: str = "en") -> list[str]:
    """Say what becomes of the letter where a piece of its text is another."""
    assert old in TEXT
    after = read(TEXT.replace(old, new))
    changes = differences.between(read(TEXT), after, lang=lang)
    return differences.said(changes, lang)


def test_nothing_is_told_of_what_stays() -> None:
    """Two equal states differ in nothing."""
    assert differences.between(read(TEXT), read(TEXT)) == []


def test_another_value_of_a_field_is_told_with_both() -> None:
    """Terms are called by their labels, parts by kind and name; the claim follows."""
    assert told("loc:US", "loc:IE") == [
        "Recipient “Post” · Country: was United States, now Ireland"
    ]
    assert told("loc:US", "loc:IE", "fr") == [
        "Destinataire «\u00a0Poste\u00a0» · Pays\u00a0: "
        "avant États-Unis, maintenant Irlande"
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("pd:EmailAddress , ", "", "Personal data: removed Email address"),
        (
            "pd:Name ;",
            "pd:Name , pd:Age ;",
            "Personal data: added Age",
        ),
        (
            ' ; ropa:service "Carries it"@en',
            "",
            "Recipient “Post” · Service: was “Carries it”, no longer said",
        ),
        (
            '"Carries it"@en .',
            '"Carries it"@en ; ropa:contract "Of May"@en .',
            "Recipient “Post” · Contract: now “Of May”, not said before",
        ),
        ("true", "false", "Storage condition “Addresses” · At most: was yes, now no"),
    ],
)
def test_values_are_told_as_given_taken_or_replaced(
    old: str, new: str, sentence: str
) -> None:
    """Of a field with several values only those that moved are told."""
    assert told(old, new) == [sentence]


def test_a_period_is_told_once_and_in_words() -> None:
    """Its days and its duration are the same thing in other words."""
    assert told("P3Y", "P18M") == [
        "Storage condition “Addresses” · Period: was 3 years, now 18 months"
    ]
    assert told("P3Y", "P1Y", "fr") == [
        "Condition de conservation «\u00a0Addresses\u00a0» · Durée\u00a0: "
        "avant 3 ans, maintenant 1 an"
    ]


def test_days_that_disagree_with_their_period_are_told() -> None:
    """What is no other form of the period is a statement of its own."""
    assert told('"P3Y" ;', '"P3Y" ; ropa:days 12 ;') == [
        "Storage condition “Addresses” · Days: now 12, not said before"
    ]


def test_texts_are_compared_by_language() -> None:
    """A text in another language than the reader's is marked with it."""
    assert told('"Lettre"', '"Courrier"') == [
        "Title (fr): was “Lettre”, now “Courrier”"
    ]
    assert told('"Lettre"', '"Courrier"', "fr") == [
        "Intitulé\u00a0: avant «\u00a0Lettre\u00a0», maintenant «\u00a0Courrier\u00a0»"
    ]


def test_a_new_part_is_one_thing_with_what_it_says() -> None:
    """That it is hung up in its entry is not told beside it."""
    hung = "hasRecipient <activities/mill/letter#"
    text = TEXT.replace(f"{hung}post>", f"{hung}b> , <activities/mill/letter#post>")
    text += """<activities/mill/letter#b> a dpv:DataProcessor ;
        skos:prefLabel "Bakers"@en ; dpv:hasCountry loc:IE ; ropa:service "Eats"@en ."""
    changes = differences.between(read(TEXT), read(text))
    assert differences.said(changes) == [
        "Recipient “Bakers”: new (Service: “Eats”; Country: Ireland)"
    ]
    back = differences.between(read(text), read(TEXT), lang="fr")
    assert differences.said(back, "fr") == [
        "Destinataire «\u00a0Bakers\u00a0»\u00a0: retrait "
        "(Service\u00a0: «\u00a0Eats\u00a0»\u00a0; Pays\u00a0: Irlande)"
    ]


def test_a_whole_entry_comes_and_goes_part_by_part() -> None:
    """The entry is told first; claims on what is new are counted there."""
    changes = differences.between(Graph(), read(TEXT))
    kinds = [(change.part_label, change.kind) for change in changes]
    assert kinds == [
        ("Letter", differences.ADDED),
        ("Recipient “Post”", differences.ADDED),
        ("Storage condition “Addresses”", differences.ADDED),
    ]
    assert changes[1].now[-1] == "Claim: 1"
    gone = differences.between(read(TEXT), Graph())
    assert [change.kind for change in gone] == [differences.REMOVED] * 3


def test_a_claim_is_told_under_its_field() -> None:
    """How it was known before, and how it is known now."""
    (sentence,) = told("ropa:Stated", "ropa:Denied")
    assert sentence.startswith("Recipient “Post” · Country · Claim: was ")
    assert "Stated" in sentence and "Denied" in sentence
    assert "policy#char=1,9" in sentence


def test_a_remark_is_told_under_what_it_is_about() -> None:
    """Its words, not its statements."""
    before = read(TEXT)
    text = """<activities/mill/letter#odd> a ropa:Remark ;
        ropa:about <activities/mill/letter#post> ; skos:note "Who is it?"@en ."""
    (change,) = differences.between(before, read(TEXT + text))
    assert (change.kind, change.field) == (differences.REMARK, ROPA.Remark)
    assert (change.was, change.now) == ((), ("“Who is it?”",))


def test_things_of_other_entries_are_named_by_who_asks() -> None:
    """Two graphs do not say what an organisation elsewhere is called."""
    who = URIRef(BASE + "organisations/post")
    before, after = read(TEXT), read(TEXT)
    after.add((URIRef(LETTER + "#post"), ROPA.organisation, who))
    (bare,) = differences.between(before, after)
    assert bare.now == ("post",)
    (named,) = differences.between(before, after, named={who: "The Post"}.get)
    assert named.now == ("The Post",)


def test_long_texts_are_cut_where_they_part() -> None:
    """A reader sees what is another, not the same beginning twice."""
    long = "flour " * 200
    before, after = Graph(), Graph()
    for graph, end in ((before, "mill"), (after, "bread")):
        graph.add((LETTER, RDF.type, DPV.PersonalDataProcess))
        graph.add((LETTER, DCT.description, Literal(long + end, lang="en")))
    changes = differences.between(before, after)
    (sentence,) = differences.said(changes)
    assert "mill”" in sentence and "bread”" in sentence
    assert len(sentence) < 700
    assert changes[0].now[0].endswith("bread”")


def test_every_statement_that_goes_is_told() -> None:
    """No statement of the example can be taken away unseen, but what is derived."""
    text = assets.text("data", "examples/good-entry.ttl")
    whole = entry.split(read(f"@base <{BASE}> .\n{text}"))
    derived = set()
    for name, graph in whole.items():
        for triple in graph:
            less = Graph()
            less += graph
            less.remove(triple)
            if not differences.between(graph, less):
                derived.add((name, triple))
    assert {triple[1] for _, triple in derived} <= set(differences._DERIVED)


def test_as_values_is_plain() -> None:
    """It can be written as JSON, and holds all that is told."""
    (change,) = differences.between(read(TEXT), read(TEXT.replace("loc:US", "loc:IE")))
    values = json.loads(json.dumps(change.as_values()))
    assert values["field"] == str(DPV.hasCountry)
    assert values["was"] == ["United States"]
    assert values["language"] is None


def test_examples_in_the_documentation_hold() -> None:
    """What the docstrings show is what comes out."""
    assert doctest.testmod(differences).failed == 0
