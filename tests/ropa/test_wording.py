"""Labels in messages, in two languages."""

from __future__ import annotations

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import wording
from ropa.structure import Found
from ropa.terms import DCT, DPCAT, DPV, RDF, ROPA, SKOS

THING = URIRef("http://example.org/activities/x/a#part")


def named(*labels: Literal) -> dict[str, str]:
    """Name a thing that has these labels."""
    graph = Graph()
    for label in labels:
        graph.add((THING, SKOS.prefLabel, label))
    return wording.label(graph, THING)


def test_each_language_has_its_own_label() -> None:
    """Where a label exists in a language, it is used there."""
    assert named(Literal("Bread", lang="en"), Literal("Pain", lang="fr")) == {
        "en": "Bread",
        "fr": "Pain",
    }


def test_another_language_is_better_than_none() -> None:
    """A thing that is named in one language keeps that name in the other."""
    assert named(Literal("Brot", lang="de")) == {"en": "Brot", "fr": "Brot"}
    assert named(Literal("Pain", lang="fr-BE"))["fr"] == "Pain"


def test_a_thing_without_a_label_shows_its_address() -> None:
    """The short form of the address is better than nothing."""
    assert named()["en"] == "x/a#part"
    assert wording.label(Graph(), DPV.Purpose)["en"] == "dpv:Purpose"


@pytest.mark.parametrize(
    ("number", "lang", "said"),
    [
        (0, "en", "0 entries"),
        (1, "en", "1 entry"),
        (1234, "en", "1,234 entries"),
        (0, "fr", "0 fiche"),
        (1, "fr", "1 fiche"),
        (1234, "fr", "1\u202f234 fiches"),
    ],
)
def test_one_is_said_as_one(number: int, lang: str, said: str) -> None:
    """French has the singular for none too, and parts thousands by a space."""
    words = {"en": ("entry", "entries"), "fr": ("fiche", "fiches")}[lang]
    assert wording.counted(number, *words, lang) == said


def test_a_part_without_a_label_is_called_as_its_organisation() -> None:
    """A recipient is the organisation behind it, unless it has a label of its own."""
    graph = Graph().add((THING, ROPA.organisation, DPV.Purpose))
    assert wording.label(graph, THING)["en"] == "x/a#part"
    graph.add((DPV.Purpose, DPV.hasName, Literal("Mill & Co")))
    assert wording.label(graph, THING)["en"] == "Mill & Co"
    graph.add((THING, SKOS.prefLabel, Literal("Our host", lang="en")))
    assert wording.label(graph, THING)["en"] == "Our host"


def test_a_label_cannot_fill_places() -> None:
    """Braces in a label stay braces, and a long label is cut."""
    assert named(Literal("{value}", lang="en"))["en"] == "{value}"
    assert len(named(Literal("x" * 5000, lang="en"))["en"]) <= 120


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GDPR Art. 8, 30(5), 44 to 49, 55", "RGPD art. 8, 30(5), 44 à 49, 55"),
        ("GDPR Art. 12-22", "RGPD art. 12-22"),
        ("GDPR Art. 9(1); GDPR Recital 75", "RGPD art. 9(1); RGPD considérant 75"),
        ("not stated", "not stated"),
        ("", ""),
    ],
)
def test_provisions_are_cited_as_the_language_does(text: str, said: str) -> None:
    """In French the law has its French name; in English a citation stays as it is."""
    assert wording.citation(text, "fr") == said
    assert wording.citation(text, "en") == text


def test_truth_is_said_in_words() -> None:
    """Yes and no, in every spelling that XML Schema has for them."""
    said = [wording.truth(text, "fr") for text in ("true", "1", "false", "0")]
    assert said == ["oui", "oui", "non", "non"]
    assert wording.truth("true", "en") == "yes"


def test_titles_and_names_are_labels_too() -> None:
    """An activity is called by its title, a company by its name."""
    for property_ in (DCT.title, DPV.hasName):
        graph = Graph().add((THING, property_, Literal("Name")))
        assert wording.label(graph, THING)["fr"] == "Name"


@pytest.mark.parametrize(
    ("class_", "way", "rule", "words"),
    [
        (
            DPV.PersonalDataProcess,
            DPV.hasTechnicalOrganisationalMeasure,
            "measure-one-sided",
            "Security measures",
        ),
        (
            DPCAT.ROPA,
            DPV.hasTechnicalOrganisationalMeasure,
            "measure-one-sided",
            "Security measures",
        ),
        (
            DPV.CrossBorderTransfer,
            DPV.hasTechnicalOrganisationalMeasure,
            "transfer-safeguards-undocumented",
            "Documented safeguards",
        ),
        (
            DPV.CrossBorderTransfer,
            DPV.hasLegalBasis,
            "transfer-tool-missing",
            "Transfer tool",
        ),
        (DPV.Purpose, DPV.hasLegalBasis, "legal-basis-missing", "Legal basis"),
        (None, DPV.hasLegalBasis, "transfer-tool-missing", "Transfer tool"),
        (
            DPV.PersonalDataProcess,
            ROPA.namedLaw,
            "special-condition-professional",
            "Law relied on",
        ),
        (None, DPV.hasLegalBasis, "unknown-term", "Legal bases named in general"),
        (None, DPV.isBefore, "unknown-term", "dpv:isBefore"),
    ],
)
def test_a_field_is_called_as_in_the_form_of_its_thing(
    class_: URIRef | None, way: URIRef, rule: str, words: str
) -> None:
    """A property bears the name it has for the thing, else for what the rule judges."""
    graph = Graph()
    if class_ is not None:
        graph.add((THING, RDF.type, class_))
    assert wording.field_label(graph, Found(rule, THING, way))["en"] == words


def test_the_ontology_names_a_field_that_no_form_settles() -> None:
    """Where neither thing nor rule has the field, the property has its own name."""
    graph = Graph()
    graph.add((DPV.hasLegalBasis, SKOS.prefLabel, Literal("Own name", lang="en")))
    found = Found("unknown-term", THING, DPV.hasLegalBasis)
    assert wording.field_label(graph, found)["en"] == "Own name"
