"""A report in the format that code scanning reads.

Source: OASIS SARIF 2.1.0 with errata 01; sections are cited where a rule of it is
followed that the schema does not show.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ropa import __version__, rules, wording
from ropa.findings import Finding, Report
from ropa.formats.reports.places import address
from ropa.formats.reports.words import answer_in_words, one_line, pick, told
from ropa.rules import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)
PROJECT = "https://w3id.org/ropa-kg"
_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
# GitHub sorts by these words, and takes no more tags than this.
_PROBLEMS = {"violation": "error", "warning": "warning", "info": "recommendation"}
_MOST_TAGS = 20

_PLACE = re.compile(r"\{\w+\}")
_LINK = re.compile(r"\[(?=[^\]]*\]\()")


def write(report: Report, lang: str = "en", root: str | None = None) -> bytes:
    """Write a report as one run.

    Args:
        report: what was found.
        lang: language of messages, hints and the rules' descriptions.
        root: folder that file names are told relative to.
    """
    text = json.dumps(as_values(report, lang, root), ensure_ascii=False, indent=2)
    return f"{text}\n".encode("utf-8", "replace")


def as_values(report: Report, lang: str, root: str | None) -> dict[str, Any]:
    """Give the log as plain values."""
    codes = sorted({finding.rule for finding in report.findings})
    first = {finding.rule: finding for finding in reversed(report.findings)}
    index = {code: number for number, code in enumerate(codes)}
    results = [
        _result(finding, index[finding.rule], lang, root) for finding in report.findings
    ]
    properties = {
        "asOf": report.as_of.isoformat() if report.as_of else None,
        "rulesDigest": report.rules,
        "checked": [str(iri) for iri in report.checked],
    }
    described = [_rule(first[code], lang) for code in codes]
    done = {"executionSuccessful": True}
    return log(described, results, [done], properties, lang=lang)


def log(
    described: list[dict[str, Any]],
    results: list[dict[str, Any]],
    invocations: list[dict[str, Any]],
    properties: dict[str, Any],
    *,
    lang: str = "en",
) -> dict[str, Any]:
    """Give a log with one run of this program."""
    driver = {
        "name": "ropa",
        "semanticVersion": __version__,
        "version": __version__,
        "informationUri": PROJECT,
        "language": lang,
        "rules": described,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": invocations,
        "results": results,
        "properties": properties,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(finding: Finding, lang: str) -> dict[str, Any]:
    """Describe the rule behind a finding; one that is not ours, by the finding."""
    rule = rules.rules().get(finding.rule)
    severity = rule.severity if rule else finding.severity
    article = wording.citation(finding.article, lang)
    sources = _sources(rule, finding)
    hint = escaped(pick(finding.hint, lang))
    said = pick(rule.message, lang) if rule else pick(finding.message, lang)
    # The places that a message leaves open have no words here.
    general = escaped(one_line(_PLACE.sub("…", said)))
    about: dict[str, Any] = {
        "id": finding.rule,
        "name": "".join(part.capitalize() for part in finding.rule.split("-")),
        "shortDescription": {"text": general},
        "fullDescription": {"text": f"{general} ({article})" if article else general},
        "help": {"text": hint or general},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "article": finding.article,
            "sources": sources,
            "isQuestion": finding.is_question,
            "problem.severity": _PROBLEMS[severity],
            "tags": _tags(finding, sources),
        },
    }
    page = rule.shape if rule else finding.shape
    if str(page).startswith(("http://", "https://")):
        about["helpUri"] = str(page)
    return about


def _sources(rule: Rule | None, finding: Finding) -> list[str]:
    sources = rule.sources if rule else filter(None, [finding.source])
    return [str(source) for source in sources]


def _tags(finding: Finding, sources: list[str]) -> list[str]:
    kinds = ["question"] if finding.is_question else []
    articles = [finding.article] if finding.article else []
    return list(dict.fromkeys([*kinds, *articles, *sources]))[:_MOST_TAGS]


def _result(
    finding: Finding, index: int, lang: str, root: str | None
) -> dict[str, Any]:
    values = finding.as_values()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": escaped(told(finding, lang).message)},
        "locations": [_location(finding, lang, root)],
        "partialFingerprints": {
            "ropaFinding/v1": finding.key,
            # The one that GitHub follows an alert by; lines may move under it.
            "primaryLocationLineHash": f"{finding.key[:16]}:1",
        },
        # Empty, not absent, where nobody answered (section 3.27.23).
        "suppressions": _suppressions(finding, lang),
        "properties": {
            name: values[name]
            for name in (
                *("focus", "path", "value", "blocks", "article", "source"),
                *("label", "field", "hint", "is_question", "suggestion"),
                *("key", "answer"),
            )
        },
    }


def _suppressions(finding: Finding, lang: str) -> list[dict[str, Any]]:
    """Tell an answer that counts as the format does; one that expired does not."""
    if finding.answer is None or not finding.answer.stands:
        return []
    said = escaped(answer_in_words(finding.answer, lang))
    return [{"kind": "external", "status": "accepted", "justification": said}]


def _location(finding: Finding, lang: str, root: str | None) -> dict[str, Any]:
    if finding.file is not None:
        place = physical(finding.file, finding.line, root)
    else:
        # What is in the register has its address; it is no file.
        place = {"artifactLocation": {"uri": str(finding.entry)}}
    logical = {
        "name": one_line(wording.name_of(finding.entry)),
        "fullyQualifiedName": str(finding.focus),
        "kind": "resource",
    }
    return {"physicalLocation": place, "logicalLocations": [logical]}


def physical(file: str, line: int | None, root: str | None) -> dict[str, Any]:
    """Give a place in a file."""
    place: dict[str, Any] = {"artifactLocation": {"uri": address(file, root)}}
    if line is not None:
        place["region"] = {"startLine": line}
    return place


def escaped(text: str) -> str:
    """Write a text so that no part of it is read as a placeholder or a link.

    Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
    """
    return _LINK.sub(r"\\[", text.replace("{", "{{").replace("}", "}}"))
