"""Claims, remarks and passages read from graphs, whole or with gaps."""

from __future__ import annotations

from rdflib import Graph, Literal, URIRef

from ropa import evidence
from ropa.terms import DPV, ROPA

BASE = "https://example.org/r/"
PREFIXES = """
@base <https://example.org/r/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""


def graph(turtle: str) -> Graph:
    """Read a few statements."""
    return Graph().parse(data=PREFIXES + turtle, format="turtle")


def test_a_claim_is_read_with_all_it_says() -> None:
    """State, origin, level, passages and notes come along."""
    (claim,) = evidence.claims_of(
        graph("""
<a/b#claim-1> a ropa:Claim ; ropa:about <a/b> ; ropa:field dpv:hasPurpose ;
    ropa:value <a/b#p> ; ropa:state ropa:Partial ; ropa:origin ropa:Document ;
    ropa:level ropa:HeadingLevel ; ropa:explicit false ;
    ropa:passage <s#char=2,4> , <s#char=1,2> ; skos:note "why"@en .
""")
    )
    assert (claim.about, claim.field) == (URIRef(BASE + "a/b"), DPV.hasPurpose)
    assert claim.values == (URIRef(BASE + "a/b#p"),)
    assert (claim.state, claim.level) == (ROPA.Partial, ROPA.HeadingLevel)
    assert not claim.is_explicit
    assert claim.is_own
    assert [str(p)[-4:] for p in claim.passages] == ["=1,2", "=2,4"]
    assert claim.notes == (Literal("why", lang="en"),)


def test_a_bare_claim_is_explicit_and_half_a_claim_is_none() -> None:
    """A register need not say more than state; without a field nothing is claimed."""
    (claim,) = evidence.claims_of(
        graph("""
<a#1> a ropa:Claim ; ropa:about <a> ; ropa:field dpv:hasPurpose ;
    ropa:state ropa:NotStated .
<a#2> a ropa:Claim ; ropa:about <a> ; ropa:state ropa:Stated .
""")
    )
    assert claim.is_explicit
    assert (claim.values, claim.passages, claim.level) == ((), (), None)


def test_what_is_suggested_is_nobodys_own_claim() -> None:
    """Inferred and suggested claims are told apart from the company's."""
    found = evidence.claims_of(
        graph("""
<a#1> a ropa:Claim ; ropa:about <a> ; ropa:field dpv:hasPurpose ;
    ropa:state ropa:Stated ; ropa:origin ropa:Suggested .
<a#2> a ropa:Claim ; ropa:about <a> ; ropa:field dpv:hasPurpose ;
    ropa:state ropa:Stated ; ropa:origin ropa:Inferred .
<a#3> a ropa:Claim ; ropa:about <a> ; ropa:field dpv:hasPurpose ;
    ropa:state ropa:Stated ; ropa:origin ropa:Recorded .
""")
    )
    assert [one.is_own for one in found] == [False, False, True]


def test_a_document_is_read_in_the_order_of_its_text() -> None:
    """Sections and passages stand as they do in the text; unplaced ones come last."""
    found = evidence.document_of(
        graph("""
<s> a ropa:SourceDocument ; dct:title "Policy"@en ; ropa:sha256 "AB" .
<s#section-b> a ropa:Section ; skos:prefLabel "Start"@en ; oa:hasSource <s> ;
    oa:hasSelector <s#position=0,9> .
<s#position=0,9> oa:start 0 ; oa:end 9 .
<s#char=5,7> a oa:SpecificResource ; oa:hasSource <s> ; ropa:section <s#section-b> ;
    oa:hasSelector <s#position=5,7> ; ropa:firstLine 1 ; ropa:lastLine 2 .
<s#position=5,7> oa:start 5 ; oa:end 7 .
<s#char=1,2> a oa:SpecificResource ; oa:hasSource <s> ;
    oa:hasSelector <s#position=1,2> .
<s#position=1,2> oa:start 1 ; oa:end 2 .
<s#odd> a oa:SpecificResource ; oa:hasSource <s> ; oa:hasSelector <s#nowhere> .
<s#wrong> a oa:SpecificResource ; oa:hasSource <s> ; oa:hasSelector <s#position=w> .
<s#position=w> oa:start 9 ; oa:end 3 .
"""),
        URIRef(BASE + "s"),
    )
    assert found.digest == "ab"
    assert [str(i).rpartition("#")[2] for i in found.passages] == [
        "char=1,2",
        "char=5,7",
        "wrong",
        "odd",
    ]
    one, two, wrong, odd = found.passages.values()
    assert (one.span, two.span, wrong.span, odd.span) == ((1, 2), (5, 7), None, None)
    section = found.section_of(two)
    assert section is not None
    assert section.names == (Literal("Start", lang="en"),)
    assert found.section_of(one) is None


def test_a_remark_is_read() -> None:
    """With its kind, article, words and passages."""
    (remark,) = evidence.remarks_of(
        graph("""
<a#remark-x> a ropa:Remark ; ropa:about <a#p> ; ropa:remarkKind ropa:WrongCitation ;
    ropa:article "GDPR Art. 15" ; skos:note "Odd"@en ; ropa:passage <s#char=1,2> .
""")
    )
    assert remark.kind == ROPA.WrongCitation
    assert remark.article == "GDPR Art. 15"
    assert len(remark.passages) == 1


def test_texts_are_chosen_by_language() -> None:
    """The wanted language, else without one, else English, else any."""
    found = [Literal("a", lang="de"), Literal("b", lang="en"), Literal("c", lang="fr")]
    assert evidence.best(found, "fr") == found[2]
    assert evidence.best(found[:2], "fr") == found[1]
    assert evidence.best(found[:1], "fr") == found[0]
    assert evidence.best([], "fr") is None
