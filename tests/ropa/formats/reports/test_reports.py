"""Reports for a terminal, for programs and as triples."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import syntax
from ropa.errors import InputError
from ropa.findings import Finding, Report
from ropa.formats import reports
from ropa.syntax import Syntax
from ropa.terms import DPV, SH

ENTRY = URIRef("http://example.org/activities/x/a")
FINDING = Finding(
    focus=URIRef(f"{ENTRY}#p"),
    path=DPV.hasLegalBasis,
    value=None,
    rule="legal-basis-missing",
    shape=URIRef("https://w3id.org/ropa-kg/shapes#legal-basis-missing"),
    severity="violation",
    blocks=False,
    article="GDPR Art. 6(1)",
    source=URIRef("http://data.europa.eu/eli/reg/2016/679/art_6/par_1/oj"),
    message={"en": "It has no basis.", "fr": "Elle n'a pas de base."},
    hint={"en": "Add one.", "fr": "Ajoutez-en une."},
    label={"en": "Purpose", "fr": "Finalité"},
    field={"en": "Legal basis", "fr": "Base juridique"},
    line=12,
    file="entry.ttl",
)
REPORT = Report([FINDING], [ENTRY], date(2026, 11, 22), "sha256:0")


def test_text_names_file_line_field_rule_article_and_what_to_do() -> None:
    """One finding takes two lines, and the last line sums up."""
    first, second, last = reports.write(REPORT, "text").splitlines()
    assert first == (
        "entry.ttl:12: violation [legal-basis-missing] Legal basis - "
        "It has no basis. (GDPR Art. 6(1))"
    )
    assert second == "    Add one."
    assert last == "1 finding (violation 1); entries checked: 1"


def test_text_in_french() -> None:
    """The whole report is in the language asked for."""
    warning = replace(FINDING, severity="warning", file=None, line=None, blocks=True)
    text = reports.write(replace(REPORT, findings=[warning]), "text", lang="fr")
    assert text.startswith("x/a#p: avertissement! [legal-basis-missing] Base juridique")
    assert "Ajoutez-en une." in text
    assert "1 constat (avertissement 1)" in text
    assert "ne peut être enregistré" in text


def test_nothing_found() -> None:
    """A clean report says so in one line."""
    text = reports.write(replace(REPORT, findings=[]), "text")
    assert text == "No findings; entries checked: 1\n"


def test_json_is_the_report() -> None:
    """The JSON form carries every language and reads back."""
    text = reports.write(REPORT, "json")
    assert isinstance(text, bytes)
    assert Report.from_json(text) == REPORT
    assert json.loads(text)["findings"][0]["message"]["fr"] == "Elle n'a pas de base."


def test_turtle_is_the_standards_report() -> None:
    """The Turtle form holds one result for each finding."""
    text = reports.write(REPORT, "turtle")
    graph = Graph()
    for s, p, o, _ in syntax.parse(text, Syntax.TURTLE):
        graph.add((s, p, o))
    assert set(graph.objects(None, SH.focusNode)) == {FINDING.focus}


def test_an_unknown_format_is_refused() -> None:
    """The formats there are, are named."""
    with pytest.raises(InputError) as caught:
        reports.write(REPORT, "pdf")
    assert ", ".join(reports.FORMATS) in caught.value.hint
