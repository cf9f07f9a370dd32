"""Reports with findings of every kind, and with everything that may go wrong in one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from rdflib.term import Literal, URIRef

from ropa.answers import EXPIRED, Answer
from ropa.findings import Finding, Report, Suggestion
from ropa.terms import DPV

BASE = "http://example.org/activities/x/"
HOSTILE = (
    "two\nlines\r\nand %0A %25, a: colon, | pipes || `ticks` *stars* _under_ "
    "[l](http://e/) <b>tags</b> & &amp; \"double\" 'single' @team #12 ::error::x "
    "{0} {{1}} $1 ~~x~~ ![i](x) "
    "\\ \x1b[31mred\x07 \x00 \ufffe \u202eback\u202c \u2028 é 漢 😀 "
    "]]> <!-- c -->"
)


@pytest.fixture
def finding() -> Finding:
    """Give one finding in a file, on a line."""
    return Finding(
        focus=URIRef(f"{BASE}a#p"),
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
        file="data/my entry: 100%,é.ttl",
    )


@pytest.fixture
def report(finding: Finding) -> Report:
    """Give a report on three entries: several findings, a question, none at all."""
    findings = [
        finding,
        replace(finding, severity="warning", value=Literal("x", lang="en"), line=14),
        replace(
            finding,
            rule="purpose-vague",
            severity="info",
            is_question=True,
            message={"en": "Is it so?", "fr": "Est-ce ainsi ?"},
            suggestion=Suggestion(add=("<a:a> <a:b> <a:c> .",)),
            file=None,
            line=None,
            focus=URIRef(f"{BASE}b"),
        ),
    ]
    checked = [URIRef(f"{BASE}{name}") for name in "abc"]
    return Report(findings, checked, date(2026, 11, 22), "sha256:0")


@pytest.fixture
def hostile(finding: Finding) -> Report:
    """Give a report whose every text is hostile, with a rule that is not ours."""
    texts = {"en": HOSTILE, "fr": HOSTILE}
    odd = replace(
        finding,
        rule="somebodys-own",
        shape=URIRef("urn:x:shape"),
        message=texts,
        hint=texts,
        label=texts,
        field=texts,
        article=HOSTILE,
        source=None,
        value=Literal(HOSTILE),
        file=f"a\n::error::x/%|,:{HOSTILE[60:90]}.ttl",
    )
    return Report([odd], [odd.entry], date(2026, 11, 22), "sha256:0")


@pytest.fixture
def answered(finding: Finding) -> Report:
    """Give a report on three findings: answered, answered once, not answered."""
    answer = Answer(
        iri=URIRef(f"{BASE}a/answers#1"),
        kind="accepted",
        kind_label={"en": "Accepted", "fr": "Acceptée"},
        reason=f"It is known. {HOSTILE}",
        evidence="https://example.org/minutes",
        author="Ada",
        given=date(2026, 11, 1),
        until=date(2026, 12, 1),
    )
    findings = [
        replace(finding, answer=answer),
        replace(
            finding, line=13, value=Literal(1), answer=replace(answer, state=EXPIRED)
        ),
        replace(finding, line=14, value=Literal(2)),
    ]
    return Report(findings, [finding.entry], date(2026, 11, 22), "sha256:0")


@pytest.fixture
def many(finding: Finding) -> Report:
    """Give a report with five thousand findings."""
    findings = [
        replace(finding, focus=URIRef(f"{BASE}a#p{n}"), line=n + 1) for n in range(5000)
    ]
    return Report(findings, [URIRef(f"{BASE}a")], date(2026, 11, 22), "sha256:0")
