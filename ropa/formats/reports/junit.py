"""A report as test results in JUnit's XML, which every build server reads.

Source: the schema ``junit-10.xsd`` of the Jenkins xUnit plugin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from ropa import wording
from ropa.findings import Finding, Report
from ropa.formats.reports.words import told
from ropa.rules import SEVERITIES

# The name of the one case of an entry without findings.
PASSED = "conforms"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    report: Report,
    lang: str = "en",
    fail_on: str = "violation",
    *,
    strict: bool = False,
) -> bytes:
    """Write one suite for each entry, in it one case for each rule with findings.

    A rule whose findings all weigh less than ``fail_on``, or were answered, passes and
    tells them as its output; an entry without findings is one case that passes.
    """

    def failing(finding: Finding) -> bool:
        return finding.fails(fail_on, strict=strict)

    root = ET.Element("testsuites", name="ropa")
    entries = sorted({*report.checked, *(f.entry for f in report.findings)})
    by_entry: dict[str, list[Finding]] = {str(iri): [] for iri in entries}
    for finding in report.findings:
        by_entry[str(finding.entry)].append(finding)
    tests = failures = 0
    for iri in entries:
        name = clean(wording.name_of(iri))
        suite = ET.SubElement(root, "testsuite", name=name)
        failed = _cases(suite, name, by_entry[str(iri)], lang, failing)
        count(suite, len(suite), failed)
        tests, failures = tests + len(suite), failures + failed
    count(root, tests, failures)
    return as_bytes(root)


def as_bytes(root: ET.Element) -> bytes:
    """Write a document in UTF-8."""
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def count(element: ET.Element, tests: int, failures: int, *, errors: int = 0) -> None:
    """Note how many cases an element holds, and how many did not pass."""
    counts = {"tests": tests, "failures": failures, "errors": errors}
    element.attrib.update({name: str(number) for name, number in counts.items()})


def _cases(
    suite: ET.Element,
    name: str,
    findings: Sequence[Finding],
    lang: str,
    failing: Callable[[Finding], bool],
) -> int:
    """Add the cases of one entry; gives how many failed."""
    if not findings:
        ET.SubElement(suite, "testcase", classname=name, name=PASSED)
    failed = 0
    ordered = sorted(findings, key=lambda finding: finding.rule)
    for code, group in groupby(ordered, key=lambda finding: finding.rule):
        found = list(group)
        case = ET.SubElement(suite, "testcase", classname=name, name=clean(code))
        heavy = [finding for finding in found if failing(finding)]
        light = [finding for finding in found if not failing(finding)]
        if heavy:
            failed += 1
            worst = min(heavy, key=lambda finding: SEVERITIES.index(finding.severity))
            failure = ET.SubElement(
                case,
                "failure",
                message=clean(told(worst, lang).message),
                type=worst.severity,
            )
            failure.text = _text(heavy, lang)
        if light:
            ET.SubElement(case, "system-out").text = _text(light, lang)
    return failed


def _text(findings: Iterable[Finding], lang: str) -> str:
    lines: list[str] = []
    for finding in findings:
        one = told(finding, lang)
        lines.append(f"{one.place}: {one.weight} [{one.rule}] {one.sentence}")
        lines += [f"    {said}" for said in (one.hint, *one.notes) if said]
    return clean("\n".join(lines))


def clean(text: str) -> str:
    """Replace what XML 1.0 cannot carry (section 2.2)."""
    return _NOT_XML.sub("\ufffd", text)
