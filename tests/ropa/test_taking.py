"""What a field takes is said exactly, by the shape of the field, in both languages."""

from __future__ import annotations

import pytest
from rdflib.term import Literal, Node, URIRef

from ropa import rules, taking, wording
from ropa.structure import Found
from ropa.terms import ROPA, SH

SHAPE = "https://w3id.org/ropa-kg/shapes#"
TEXT = Literal("some words")


@pytest.mark.parametrize(
    ("shape", "value", "said", "dit"),
    [
        ("Storage-period", TEXT, "Write a period as P6M or P3Y", "P6M ou P3Y"),
        ("Source-digest", TEXT, "SHA-256", "SHA-256"),
        ("Record-note", TEXT, "add its language, as in “Payroll”@en", "« Paie »@fr"),
        ("Assessment-carried-out", TEXT, "“2026-01-31”", "année, mois et jour"),
        ("Assessment-officer", TEXT, "true for yes", "true pour oui"),
        ("Storage-days", TEXT, "number without quotes, 0 or more", "0 ou plus"),
        ("AgeRequirement-age", TEXT, "to 150", "à 150"),
        ("Company-name", SH.IRI, "a text in quotes, not", "entre guillemets, non"),
        ("Record-company", TEXT, "an address, not a text", "adresse, non un texte"),
        ("Transfer-country", TEXT, "below Country (dpv:Country)", "Pays (dpv:Country)"),
        ("Transfer-module", TEXT, "(ropa:ClauseModule)", "(ropa:ClauseModule)"),
        ("Claim-state", TEXT, "Stated (ropa:Stated), ", "Indiqué (ropa:Stated), "),
        ("Transfer-concluded", None, "Keep one value", "Gardez une seule valeur"),
    ],
)
def test_the_advice_tells_what_the_field_takes(
    shape: str, value: Node | None, said: str, dit: str
) -> None:
    """Datatype, kind, list, class, pattern and range have a sentence each."""
    told = taking.hint(URIRef(SHAPE + shape), value)
    assert said in told["en"]
    assert dit in told["fr"]


def typed() -> list[URIRef]:
    """List the field shapes that ask for some kind of value."""
    graph = rules.shapes()
    ways = {SH.datatype, SH.nodeKind, SH["in"], SH["class"], SH.pattern}
    return sorted(
        shape
        for shape in graph.subjects(ROPA.rule, Literal("ill-typed-value"))
        if isinstance(shape, URIRef) and ways & set(graph.predicates(shape))
    )


def test_every_field_has_advice_of_its_own() -> None:
    """No typed field falls back to the advice for all; no place stays open."""
    general = rules.rule("ill-typed-value").hint
    for shape in typed():
        found = Found("ill-typed-value", SH.this, value=TEXT, shape=shape)
        told = wording.hint(rules.rule("ill-typed-value"), found)
        assert set(told) == {"en", "fr"}, shape
        for lang, text in told.items():
            assert text != general[lang], shape
            assert "{" not in text, shape
            assert text.endswith("."), shape
    assert typed()


def test_other_rules_keep_their_advice() -> None:
    """What is said of a single value is not that of its datatype."""
    rule = rules.rule("single-value")
    shape = URIRef(SHAPE + "Storage-period-once")
    found = Found(rule.code, SH.this, shape=shape)
    assert wording.hint(rule, found) == rule.hint


def test_without_a_shape_there_is_no_advice() -> None:
    """A result that names no field is left with the words of its rule."""
    assert taking.hint(None, TEXT) == {}
    assert taking.hint(URIRef(SHAPE + "Claim-value"), TEXT) == {}
