"""Labels in messages, in two languages."""

from __future__ import annotations

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import wording
from ropa.terms import DCT, DPV, SKOS

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


def test_a_label_cannot_fill_places() -> None:
    """Braces in a label stay braces, and a long label is cut."""
    assert named(Literal("{value}", lang="en"))["en"] == "{value}"
    assert len(named(Literal("x" * 5000, lang="en"))["en"]) <= 120


def test_titles_and_names_are_labels_too() -> None:
    """An activity is called by its title, a company by its name."""
    for property_ in (DCT.title, DPV.hasName):
        graph = Graph().add((THING, property_, Literal("Name")))
        assert wording.label(graph, THING)["fr"] == "Name"
