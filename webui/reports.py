"""Findings as people and programs read them: what, where, which article, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import wording
from ropa.answers import Answer
from ropa.formats.reports import severity_label
from ropa.structure import Found
from ropa.terms import DCT, RDF, RDFS, ROPA, SH, SKOS
from webui.current import the_register
from webui.languages import language
from webui.naming import Name, names

if TYPE_CHECKING:
    from ropa.findings import Report

SEVERITIES = ("violation", "warning", "info")


@dataclass(frozen=True)
class Shown:
    """One finding, ready for a page."""

    severity: str
    message: Name
    hint: Name
    rule: str
    article: str
    source: str | None
    focus: Node | None
    path: Node | None
    value: Node | None
    line: int | None = None
    file: str | None = None
    blocks: bool = False
    field: Name = Name("")  # noqa: RUF009 - a value, never written to
    key: str = ""
    is_question: bool = False
    answer: Answer | None = None


def severity_name(severity: str) -> str:
    """Say how heavy a finding is."""
    return severity_label(severity, language())


def severity_of(node: Node | None) -> str:
    """Give the plain word of a SHACL severity."""
    return str(node).rpartition("#")[2].lower() if node is not None else "violation"


def _texts(graph: Graph, subject: Node, way: URIRef) -> dict[str, str]:
    return {
        (text.language or "en"): str(text)
        for text in graph.objects(subject, way)
        if isinstance(text, Literal)
    }


def from_graph(
    graph: Graph, said: Mapping[str, Answer] = MappingProxyType({})
) -> list[Shown]:
    """Read the findings that are kept with an entry, the heaviest first.

    Args:
        graph: nodes of ``sh:ValidationResult``, as the register keeps them.
        said: the answers to them, by their keys.
    """
    found = []
    about = _about(graph)
    for node in graph.subjects(RDF.type, SH.ValidationResult):
        source = graph.value(node, DCT.source)
        key = str(graph.value(node, ROPA.findingKey) or "")
        found.append(
            Shown(
                severity=severity_of(graph.value(node, SH.resultSeverity)),
                message=names().best(_texts(graph, node, SH.resultMessage)),
                hint=names().best(_texts(graph, node, ROPA.hint)),
                rule=str(graph.value(node, ROPA.rule) or ""),
                article=str(graph.value(node, ROPA.article) or ""),
                source=str(source) if source is not None else None,
                focus=graph.value(node, SH.focusNode),
                path=graph.value(node, SH.resultPath),
                value=graph.value(node, SH.value),
                field=names().best(wording.field_label(about, _result(graph, node))),
                key=key,
                is_question=(node, ROPA.isQuestion, None) in graph,
                answer=said.get(key),
            )
        )
    return ordered(found)


def _about(results: Graph) -> Graph:
    """Give what the fields of results are named by: classes and ontology."""
    subjects = set(results.objects(None, SH.focusNode))
    ways = set(results.objects(None, SH.resultPath))
    about = Graph()
    if not subjects:
        return about
    named = " ".join(sorted(node.n3() for node in subjects | ways))
    table = the_register().select(
        f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {named} }} "
        f"VALUES ?p {{ {RDF.type.n3()} {SKOS.prefLabel.n3()} {RDFS.label.n3()} }} "
        "?s ?p ?o }"
    )
    for s, p, o in table.rows:
        if s is not None and p is not None and o is not None:
            about.add((s, p, o))
    return about


def _result(results: Graph, node: Node) -> Found:
    """Read a result back as it was before it had words."""

    def iri(way: URIRef) -> URIRef | None:
        value = results.value(node, way)
        return value if isinstance(value, URIRef) else None

    return Found(
        rule=str(results.value(node, ROPA.rule) or ""),
        focus=URIRef(str(results.value(node, SH.focusNode))),
        path=iri(SH.resultPath),
        shape=iri(SH.sourceShape),
    )


def from_report(report: Report) -> list[Shown]:
    """Show the findings of a check, the heaviest first, then by line."""
    return ordered(
        [
            Shown(
                severity=finding.severity,
                message=names().best(dict(finding.message)),
                hint=names().best(dict(finding.hint)),
                rule=finding.rule,
                article=finding.article,
                source=str(finding.source) if finding.source else None,
                focus=finding.focus,
                path=finding.path,
                value=finding.value,
                line=finding.line,
                file=finding.file,
                blocks=finding.blocks,
                field=names().best(dict(finding.field)),
                key=finding.key,
                is_question=finding.is_question,
                answer=finding.answer,
            )
            for finding in report.findings
        ]
    )


def ordered(found: list[Shown]) -> list[Shown]:
    """Sort findings: structural ones, then by severity, line and rule."""

    def key(one: Shown) -> tuple[bool, int, int, str, str]:
        known = one.severity in SEVERITIES
        rank = SEVERITIES.index(one.severity) if known else len(SEVERITIES)
        return (not one.blocks, rank, one.line or 0, str(one.focus), one.rule)

    return sorted(found, key=key)


def counts(found: list[Shown]) -> list[tuple[str, int]]:
    """Count findings by severity, the heaviest first; zeros included."""
    return [(s, sum(one.severity == s for one in found)) for s in SEVERITIES]
