"""Findings and reports: what a check says, as values, JSON and triples.

A report is a value: it is returned, never raised, and holds all findings. Whether an
entry may be saved is a question of its own (``is_blocking``); ``conforms`` keeps the
meaning of the standard.

Source: SHACL section 3.6, validation report; ``schemas/report.schema.json``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import answers, entry, rules
from ropa.answers import Answer
from ropa.errors import InternalError
from ropa.terms import DCT, RDF, ROPA, SH, XSD

FORMAT = "ropa-report/1"


@dataclass(frozen=True)
class Suggestion:
    """What a program may do to mend a finding, if a person wants it.

    Attributes:
        add: statements to add, as lines of N-Triples, sorted.
        remove: statements to take out, likewise.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.add or self.remove)


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found.

    Attributes:
        focus: the thing the finding is about.
        path: the property meant, if there is one.
        value: the value that is wrong, if there is one.
        rule: code of the rule.
        shape: the shape that gave the result.
        severity: ``violation``, ``warning`` or ``info``, for the record's profile.
        blocks: whether it stops the entry from being saved.
        article: the provisions behind the rule, for people.
        source: the first of them as an ELI address.
        message: what is wrong, by language.
        hint: what to do, by language.
        label: name of the focus, by language.
        field: name of the field, by language.
        line: line in the file, from 1, where the text is known.
        file: name of the file it came from.
        is_question: whether it asks what a machine cannot decide.
        suggestion: what a program may do about it; empty where only a person can.
        answer: what a person said to it, as it counts on the day of the check; it
            never takes the finding away.
    """

    focus: URIRef
    path: URIRef | None
    value: Node | None
    rule: str
    shape: URIRef | None
    severity: str
    blocks: bool
    article: str
    source: URIRef | None
    message: Mapping[str, str]
    hint: Mapping[str, str]
    label: Mapping[str, str] = dataclasses.field(default_factory=dict)
    field: Mapping[str, str] = dataclasses.field(default_factory=dict)
    line: int | None = None
    file: str | None = None
    is_question: bool = False
    suggestion: Suggestion = Suggestion()
    answer: Answer | None = None

    @property
    def key(self) -> str:
        """What the finding is called from check to check (see `ropa.answers.key`)."""
        return answers.key(self.rule, self.focus, self.path, self.value)

    @property
    def is_answered(self) -> bool:
        """Whether an answer to it counts on the day of the check."""
        return self.answer is not None and self.answer.stands

    @property
    def entry(self) -> URIRef:
        """The entry that the finding belongs to."""
        return entry.document(self.focus)

    def reaches(self, severity: str) -> bool:
        """Tell whether it weighs as much as a severity, or more."""
        ranks = rules.SEVERITIES
        return ranks.index(self.severity) <= ranks.index(severity)

    def fails(self, severity: str, *, strict: bool = False) -> bool:
        """Tell whether a check fails by it.

        Args:
            severity: the severity from which findings count.
            strict: whether those count too that somebody answered.
        """
        return self.reaches(severity) and (strict or not self.is_answered)

    def as_values(self) -> dict[str, Any]:
        """Give the finding as plain values, as the published schema describes."""
        return _finding_values(self)


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        findings: all of them, sorted by entry, weight, rule and place.
        checked: the entries that were checked, sorted.
        as_of: the day whose law was applied.
        rules: digest of the shapes that were applied.
    """

    findings: Sequence[Finding]
    checked: Sequence[URIRef] = ()
    as_of: date | None = None
    rules: str = ""

    @property
    def conforms(self) -> bool:
        """Whether there is no finding at all (``sh:conforms``)."""
        return not self.findings

    @property
    def is_blocking(self) -> bool:
        """Whether a structural finding stops the saving."""
        return any(finding.blocks for finding in self.findings)

    def about(self, entries: Iterable[URIRef]) -> Report:
        """Give the part of the report that concerns some entries."""
        wanted = {entry.document(iri) for iri in entries}
        return replace(
            self,
            findings=[f for f in self.findings if f.entry in wanted],
            checked=[iri for iri in self.checked if iri in wanted],
        )

    def as_values(self) -> dict[str, Any]:
        """Give the report as plain values, as the published schema describes."""
        return {
            "format": FORMAT,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "rules": self.rules,
            "conforms": self.conforms,
            "is_blocking": self.is_blocking,
            "checked": [str(iri) for iri in self.checked],
            "findings": [finding.as_values() for finding in self.findings],
        }

    def to_json(self) -> bytes:
        """Write the report as JSON."""
        text = json.dumps(self.as_values(), ensure_ascii=False, indent=2)
        return f"{text}\n".encode()

    @classmethod
    def from_json(cls, text: bytes | str) -> Report:
        """Read a report that ``to_json`` wrote.

        Raises:
            InternalError: it is no such report.
        """
        try:
            values = json.loads(text)
            return cls(
                findings=[_finding(one) for one in values["findings"]],
                checked=[URIRef(iri) for iri in values["checked"]],
                as_of=date.fromisoformat(values["as_of"]) if values["as_of"] else None,
                rules=values["rules"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InternalError("The report that came back cannot be read.") from error


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _finding_values(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "blocks": finding.blocks,
        "message": dict(finding.message),
        "hint": dict(finding.hint),
        "article": finding.article,
        "source": _optional(finding.source),
        "focus": str(finding.focus),
        "label": dict(finding.label),
        "path": _optional(finding.path),
        "field": dict(finding.field),
        "value": _value(finding.value),
        "shape": _optional(finding.shape),
        "file": finding.file,
        "line": finding.line,
        "is_question": finding.is_question,
        "suggestion": {
            "add": list(finding.suggestion.add),
            "remove": list(finding.suggestion.remove),
        },
        "key": finding.key,
        "answer": finding.answer.as_values() if finding.answer else None,
    }


def _value(node: Node | None) -> dict[str, str] | None:
    """Write a term as SPARQL results in JSON do."""
    if node is None:
        return None
    if isinstance(node, Literal):
        written = {"type": "literal", "value": str(node)}
        if node.language:
            written["xml:lang"] = node.language
        elif node.datatype:
            written["datatype"] = str(node.datatype)
        return written
    return {"type": "uri", "value": str(node)}


def _node(written: Mapping[str, str] | None) -> Node | None:
    if written is None:
        return None
    if written["type"] == "uri":
        return URIRef(written["value"])
    if "xml:lang" in written:
        return Literal(written["value"], lang=written["xml:lang"])
    if "datatype" not in written:
        return Literal(written["value"])
    datatype = URIRef(written["datatype"])
    return Literal(written["value"], datatype=datatype, normalize=False)


def _finding(values: Mapping[str, Any]) -> Finding:
    def iri(name: str) -> URIRef | None:
        return URIRef(values[name]) if values[name] is not None else None

    return Finding(
        focus=URIRef(values["focus"]),
        path=iri("path"),
        value=_node(values["value"]),
        rule=values["rule"],
        shape=iri("shape"),
        severity=values["severity"],
        blocks=values["blocks"],
        article=values["article"],
        source=iri("source"),
        message=values["message"],
        hint=values["hint"],
        label=values["label"],
        field=values["field"],
        line=values["line"],
        file=values["file"],
        is_question=values["is_question"],
        suggestion=Suggestion(
            tuple(values["suggestion"]["add"]), tuple(values["suggestion"]["remove"])
        ),
        answer=Answer.from_values(values["answer"]) if values["answer"] else None,
    )


def report_graph(report: Report, iri: URIRef, *, with_answers: bool = True) -> Graph:
    """Write the findings about one entry as the standard's report.

    Args:
        report: what was found, about this entry only.
        iri: the entry; its findings graph names the report and the results.
        with_answers: whether answers are told too; where findings are kept, answers
            are kept beside them.

    Returns:
        One ``sh:ValidationReport`` with a ``sh:ValidationResult`` for each finding,
        all with IRIs, so that they can be stored and referred to.
    """
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    name = entry.findings_graph(iri)
    graph.add((name, RDF.type, SH.ValidationReport))
    graph.add((name, SH.conforms, Literal(report.conforms)))
    graph.add((name, ROPA.checkedEntry, entry.document(iri)))
    graph.add((name, ROPA.rulesDigest, Literal(report.rules)))
    if report.as_of:
        day = Literal(report.as_of.isoformat(), datatype=XSD.date)
        graph.add((name, ROPA.asOf, day))
    for number, finding in enumerate(report.findings, start=1):
        node = URIRef(f"{name}#{number}")
        graph.add((name, SH.result, node))
        _add_result(graph, node, finding)
        if with_answers and finding.answer is not None:
            _add_answer(graph, node, finding.answer)
    return graph


def _add_answer(graph: Graph, node: URIRef, answer: Answer) -> None:
    graph.add((node, ROPA.answer, answer.iri))
    graph.add((answer.iri, ROPA.answerState, Literal(answer.state)))
    for triple in answers.statements(answer):
        graph.add(triple)


def _add_result(graph: Graph, node: URIRef, finding: Finding) -> None:
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, SH.focusNode, finding.focus))
    graph.add((node, SH.resultSeverity, SH[finding.severity.capitalize()]))
    graph.add((node, ROPA.rule, Literal(finding.rule)))
    graph.add((node, ROPA.findingKey, Literal(finding.key)))
    graph.add((node, ROPA.article, Literal(finding.article)))
    if finding.is_question:
        graph.add((node, ROPA.isQuestion, Literal(True)))
    for property_, lines in (
        (ROPA.suggestedAddition, finding.suggestion.add),
        (ROPA.suggestedRemoval, finding.suggestion.remove),
    ):
        if lines:
            graph.add((node, property_, Literal("\n".join(lines))))
    optional = (
        (SH.resultPath, finding.path),
        (SH.value, finding.value),
        (SH.sourceShape, finding.shape),
    )
    for property_, value in optional:
        if value is not None:
            graph.add((node, property_, value))
    rule = rules.rules().get(finding.rule)
    for source in rule.sources if rule else filter(None, [finding.source]):
        graph.add((node, DCT.source, source))
    for property_, texts in (
        (SH.resultMessage, finding.message),
        (ROPA.hint, finding.hint),
    ):
        for language, text in texts.items():
            graph.add((node, property_, Literal(text, lang=language)))
