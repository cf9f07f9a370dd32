"""What every rule owes to its readers, whatever it judges."""

from __future__ import annotations

import re
from datetime import date

import pytest
from rdflib import Namespace
from rdflib.term import Literal, URIRef

from ropa import assets, rules, shipped, vocabulary
from ropa.rules import Rule
from ropa.terms import DCT, LAW, LOC, RDF, ROPA

SH = Namespace("http://www.w3.org/ns/shacl#")
ELI = "http://data.europa.eu/eli/reg/2016/679/art_30/"
ITEMS = [
    *(f"par_1/pnt_{point}" for point in "abcdefg"),
    *(f"par_2/pnt_{point}" for point in "abcd"),
]
ALL = list(rules.rules().values())


@pytest.fixture(params=ALL, ids=[rule.code for rule in ALL])
def rule(request: pytest.FixtureRequest) -> Rule:
    """Give each rule in turn."""
    given: Rule = request.param
    return given


def test_a_rule_speaks_both_languages(rule: Rule) -> None:
    """Message and hint exist in English and in French, and differ."""
    for texts in (rule.message, rule.hint):
        assert set(texts) == {"en", "fr"}
        assert texts["en"] != texts["fr"]


def test_a_message_names_the_thing(rule: Rule) -> None:
    """The message has a place for the thing or the field, alike in both languages."""
    places = [sorted(re.findall(r"\{(\w+)\}", text)) for text in rule.message.values()]
    assert places[0] == places[1]
    assert "focus" in places[0]
    assert set(places[0]) <= {"focus", "value", "field", "nearest", "as_of"}


def test_texts_are_sentences(rule: Rule) -> None:
    """They begin with a capital or a name; only what asks ends with a question mark."""
    for text in (*rule.message.values(), *rule.hint.values()):
        assert re.match(r"[A-ZÀ-Ý{“«]", text)
    end = "?" if rule.is_question else "."
    assert all(text.endswith(end) for text in rule.message.values())
    assert all(text.endswith(".") for text in rule.hint.values())


def test_a_rule_cites_its_provision(rule: Rule) -> None:
    """Each rule names its articles for people and as ELI addresses, in step."""
    assert rule.article.startswith("GDPR Art. ")
    cited = rule.article.removeprefix("GDPR Art. ").split(", ")
    assert rule.sources
    assert len(cited) >= len(rule.sources)
    for source in rule.sources:
        assert source.startswith("http://data.europa.eu/eli/reg/2016/679/art_")
        article = source.split("/art_")[1].split("/")[0]
        assert any(re.match(rf"{article}\b", name) for name in cited)


def test_the_code_is_the_name_of_the_shape(rule: Rule) -> None:
    """The code is short, readable, and ends the shape's address."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.code)
    assert str(rule.shape) == f"https://w3id.org/ropa-kg/shapes#{rule.code}"


def test_structural_rules_do_not_soften(rule: Rule) -> None:
    """What blocks saving is a violation in every profile."""
    if rule.blocks:
        assert (rule.severity, rule.in_notice) == ("violation", "violation")


def begins(*names: URIRef) -> set[date]:
    """Give the first days of pieces of law."""
    known = vocabulary.load().graph
    days = {known.value(name, ROPA.validFrom) for name in names}
    return {date.fromisoformat(str(day)) for day in days if day is not None}


def test_a_rule_begins_with_the_law_it_cites(rule: Rule) -> None:
    """A rule applies from the day of the GDPR, of the directive or of what it cites."""
    acts = begins(LAW["gdpr"], LAW["directive-95-46"])
    if rule.blocks:
        assert rule.valid_from is None
    else:
        assert rule.valid_from in acts | begins(*rule.references)


def test_the_days_of_the_rules_are_days_of_law() -> None:
    """Findings are made again on no day but one on which some law begins."""
    cited = {name for rule in ALL for name in rule.references}
    known = begins(LAW["gdpr"], LAW["directive-95-46"], *cited)
    assert set(rules.days()) - {rule.ends_on for rule in ALL} <= known


def test_what_a_rule_refers_to_is_there(rule: Rule) -> None:
    """Judgments, guidelines and decisions behind a rule are rows of law."""
    known = vocabulary.load().graph
    for name in rule.references:
        assert name in LAW, name
        assert known.value(name, RDF.type) is not None, name


def test_a_jurisdiction_is_a_country(rule: Rule) -> None:
    """What is kept to a state names one that the register knows."""
    if rule.jurisdiction is not None:
        known = vocabulary.load().graph
        assert rule.jurisdiction in LOC
        assert known.value(rule.jurisdiction, LOC.iso_alpha2) is not None


def test_questions_stand_together(rule: Rule) -> None:
    """What asks a person is an Info in questions.ttl, and nothing else is there."""
    file = f"<{rule.shape}>" in {
        line.split(" ", 1)[0] for line in shipped.lines("shapes", "questions.ttl")
    }
    assert rule.is_question is file
    if rule.is_question:
        assert (rule.severity, rule.in_notice, rule.blocks) == ("info", "info", False)


def test_no_code_repeats() -> None:
    """Two rules never share a code."""
    codes = [str(code) for code in rules.shapes().objects(None, DCT.identifier)]
    assert sorted(codes) == sorted(set(codes)) == sorted(rules.rules())


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_of_article_30_is_covered(item: str) -> None:
    """Each item of Article 30(1) and (2) has a rule that cites it as a violation."""
    source = URIRef(f"{ELI}{item}/oj")
    assert any(source in r.sources and r.severity == "violation" for r in ALL)


def test_no_text_concludes_that_processing_is_unlawful() -> None:
    """A gap in a record does not make processing unlawful (C-60/22)."""
    forbidden = re.compile(r"unlawful|illegal|illicite|illégal", re.IGNORECASE)
    for name in rules.files():
        assert not forbidden.search(assets.text("shapes", name)), name


def test_silence_in_a_notice_is_at_most_info() -> None:
    """A rule about a missing item speaks softly of a notice, or not at all."""
    for rule in ALL:
        if rule.code.endswith(("-missing", "-unnamed")) and not rule.blocks:
            quiet = rule.in_notice == "info" or rule.only_in == ROPA.Register
            assert quiet, rule.code


def test_advice_holds_no_violation() -> None:
    """Must lives by topic, should and could in files of advice (DCAT-AP)."""
    for name in rules.files():
        given = set(re.findall(r"sh:severity sh:(\w+)", assets.text("shapes", name)))
        is_advice = name.startswith(("advice", "questions"))
        allowed = {"Warning", "Info"} if is_advice else {"Violation"}
        assert given <= allowed, name


def test_shapes_use_known_terms_only() -> None:
    """Every term of ours or of DPV that a shape names exists."""
    from ropa.terms import namespace_of

    for triple in rules.shapes():
        for term in triple:
            if isinstance(term, URIRef) and (space := namespace_of(term)) is not None:
                assert term in space, term


def test_texts_of_shapes_carry_a_language() -> None:
    """What people read in a shape says in which language it is."""
    people = {SH.message, SH.name, ROPA.hint}
    for _, property_, value in rules.shapes():
        if property_ in people:
            assert isinstance(value, Literal)
            assert value.language in {"en", "fr"}
