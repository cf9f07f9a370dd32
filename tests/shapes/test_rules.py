"""What every rule owes to its readers, whatever it judges."""

from __future__ import annotations

import re
from datetime import date

import pytest
from rdflib import Namespace
from rdflib.term import Literal, URIRef

from ropa import assets, rules, vocabulary
from ropa.rules import Rule
from ropa.terms import DCT, LAW, ROPA

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
    """Messages and hints begin with a capital or a name, and end with a full stop."""
    for text in (*rule.message.values(), *rule.hint.values()):
        assert re.match(r"[A-ZÀ-Ý{“«]", text)
        assert text.endswith((".", "fr.", "en."))


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


def test_a_rule_begins_with_the_law_it_cites(rule: Rule) -> None:
    """A rule applies from the GDPR's day, or from the directive's where it says so."""
    acts = vocabulary.load().graph
    begins = {
        name: date.fromisoformat(str(acts.value(LAW[name], ROPA.validFrom)))
        for name in ("gdpr", "directive-95-46")
    }
    if rule.blocks:
        assert rule.valid_from is None
    else:
        assert rule.valid_from in begins.values()
    for day in rules.days():
        assert day in begins.values()


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
