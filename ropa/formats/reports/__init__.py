"""A report in the form that a reader wants: one module for each form.

All forms hold the same findings in the same words; what differs is the grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.errors import InputError
from ropa.findings import Report, report_graph
from ropa.formats.reports import faults, github, junit, markdown, sarif, text
from ropa.formats.reports.words import severity_label
from ropa.syntax import Syntax, serialize
from ropa.terms import PREFIXES, RDF, SH

__all__ = ["FORMATS", "MEDIA_TYPES", "as_graph", "faults", "severity_label", "write"]

MEDIA_TYPES: Mapping[str, str] = {
    "text": "text/plain",
    "json": "application/json",
    "sarif": "application/sarif+json",
    "junit": "application/xml",
    "github": "text/plain",
    "markdown": "text/markdown",
    "turtle": "text/turtle",
}
"""The media type of each form."""

FORMATS = tuple(MEDIA_TYPES)

_NOTHING = URIRef("urn:x-ropa:report")


def write(
    report: Report,
    kind: str,
    *,
    lang: str = "en",
    fail_on: str = "violation",
    strict: bool = False,
    root: str | None = None,
) -> str | bytes:
    """Write a report.

    Args:
        report: what was found.
        kind: one of ``FORMATS``.
        lang: language of what people read; JSON and Turtle carry every language.
        fail_on: severity from which a finding is a failure, for JUnit.
        strict: whether answered findings are failures too.
        root: folder that file names are told relative to, where a program reads them.

    Raises:
        InputError: there is no such format.
    """
    ways: Mapping[str, Callable[[], str | bytes]] = {
        "text": lambda: text.write(report, lang),
        "json": report.to_json,
        "sarif": lambda: sarif.write(report, lang, root),
        "junit": lambda: junit.write(report, lang, fail_on, strict=strict),
        "github": lambda: github.write(report, lang, root),
        "markdown": lambda: markdown.write(report, lang),
        "turtle": lambda: serialize(as_graph(report), Syntax.TURTLE, PREFIXES),
    }
    if kind not in ways:
        raise InputError(
            f"There is no report format {kind[:40]!r}.",
            hint=f"Take one of {', '.join(FORMATS)}.",
        )
    return ways[kind]()


def as_graph(report: Report) -> Graph:
    """Give a report as the standard's ``sh:ValidationReport``, one for each entry."""
    graph = Graph()
    for iri in sorted({*report.checked, *(f.entry for f in report.findings)}):
        graph += report_graph(report.about([iri]), iri)
    if not len(graph):
        # Nothing was checked; a reader still finds a report.
        graph.add((_NOTHING, RDF.type, SH.ValidationReport))
        graph.add((_NOTHING, SH.conforms, Literal(report.conforms)))
    return graph
