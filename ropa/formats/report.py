"""A report for people at a terminal, for programs, and as triples.

Messages, hints and names of fields come from the shapes; only the words around them
stand here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rdflib import Graph

from ropa import rules, wording
from ropa.errors import InputError
from ropa.findings import Finding, Report, report_graph
from ropa.rules import SEVERITIES
from ropa.syntax import Syntax, serialize
from ropa.terms import PREFIXES, RDFS, SH

FORMATS = ("text", "json", "turtle")

# The words around the findings, by language: one and several of each.
_WORDS = {
    "en": {
        "none": "No findings",
        "one": "1 finding",
        "many": "{} findings",
        "checked": "entries checked: {}",
        "blocked": "cannot be saved before the findings marked ! are mended",
    },
    "fr": {
        "none": "Aucun constat",
        "one": "1 constat",
        "many": "{} constats",
        "checked": "entrées contrôlées : {}",
        "blocked": "ne peut être enregistré tant que les constats marqués ! subsistent",
    },
}


def write(report: Report, kind: str, *, lang: str = "en") -> str | bytes:
    """Write a report.

    Args:
        report: what was found.
        kind: ``text``, ``json`` or ``turtle``.
        lang: language of the text; the other formats carry every language.

    Raises:
        InputError: there is no such format.
    """
    if kind == "text":
        return as_text(report, lang)
    if kind == "json":
        return report.to_json()
    if kind == "turtle":
        return as_turtle(report)
    raise InputError(
        f"There is no report format {kind}.", hint=f"Take one of {', '.join(FORMATS)}."
    )


def as_text(report: Report, lang: str = "en") -> str:
    """Write a report for a terminal: two lines for each finding, then a summary.

    The first line reads ``file:line: severity [rule] field - message (article)``, the
    second says what to do. A ``!`` after the severity marks what blocks saving.
    """
    lines = [line for finding in report.findings for line in _lines(finding, lang)]
    return "\n".join([*lines, _summary(report, lang)]) + "\n"


def as_turtle(report: Report) -> bytes:
    """Write a report as the standard's ``sh:ValidationReport``, one for each entry."""
    graph = Graph()
    for iri in report.checked:
        graph += report_graph(report.about([iri]), iri)
    return serialize(graph, Syntax.TURTLE, PREFIXES)


def severity_label(severity: str, lang: str) -> str:
    """Give the word for a severity; it stands with the shapes."""
    texts = rules.texts(rules.shapes(), SH[severity.capitalize()], RDFS.label)
    return texts.get(lang, severity)


def _pick(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def _lines(finding: Finding, lang: str) -> list[str]:
    place = finding.file or wording.name_of(finding.focus)
    if finding.line is not None:
        place = f"{place}:{finding.line}"
    mark = "!" if finding.blocks else ""
    field = _pick(finding.field, lang)
    field = f"{field} - " if field else ""
    return [
        f"{place}: {severity_label(finding.severity, lang)}{mark} [{finding.rule}] "
        f"{field}{_pick(finding.message, lang)} "
        f"({wording.citation(finding.article, lang)})",
        f"    {_pick(finding.hint, lang)}",
    ]


def _summary(report: Report, lang: str) -> str:
    words = _WORDS.get(lang, _WORDS["en"])
    number = len(report.findings)
    counts = Counter(finding.severity for finding in report.findings)
    head = words["none" if not number else "one" if number == 1 else "many"]
    parts = [
        f"{severity_label(severity, lang)} {counts[severity]}"
        for severity in SEVERITIES
        if counts[severity]
    ]
    said = head.format(number) + (f" ({', '.join(parts)})" if parts else "")
    said += "; " + words["checked"].format(len(report.checked))
    return f"{said}; {words['blocked']}" if report.is_blocking else said
