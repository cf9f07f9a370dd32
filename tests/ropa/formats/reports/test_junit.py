"""Reports as JUnit: what the schemas of build servers allow, case by case."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from ropa.findings import Report
from ropa.formats import reports

# junit-10.xsd: names that an element may have, its children in their order.
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {
        "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp",
        "hostname", "id", "package", "file", "log", "url", "version",
    },
    "testcase": {
        "name", "time", "group", "assertions", "classname", "class", "status", "file",
        "line", "score", "id",
    },
    "failure": {"type", "message"},
    "system-out": set(),
}  # fmt: skip
CHILDREN = {
    "testsuites": ("testsuite",),
    "testsuite": ("testcase",),
    "testcase": ("failure", "system-out"),
    "failure": (),
    "system-out": (),
}


def suites(report: Report, **options: str) -> ET.Element:
    """Write a report, and hold it against the rules of the schema."""
    root = ET.fromstring(reports.write(report, "junit", **options))
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        tags = [child.tag for child in element]
        order = [CHILDREN[element.tag].index(tag) for tag in tags]
        assert order == sorted(order)
        if element.tag == "testcase":
            assert element.get("name")
            assert element.get("classname")
            assert len(tags) == len(set(tags))
        if element.tag in {"testsuites", "testsuite"}:
            assert int(element.get("tests", "")) == len(list(element.iter("testcase")))
            failures = len(list(element.iter("failure")))
            assert int(element.get("failures", "")) == failures
    return root


def outcomes(root: ET.Element) -> list[tuple[str | None, str | None, bool]]:
    """Give each case: class, name, and whether it failed."""
    return [
        (case.get("classname"), case.get("name"), case.find("failure") is not None)
        for case in root.iter("testcase")
    ]


@pytest.mark.parametrize("fail_on", ["violation", "warning", "info"])
def test_one_case_for_each_entry_and_rule(report: Report, fail_on: str) -> None:
    """What weighs enough fails; an entry without findings is one that passes."""
    assert outcomes(suites(report, fail_on=fail_on)) == [
        ("x/a", "legal-basis-missing", True),
        ("x/b", "purpose-vague", fail_on == "info"),
        ("x/c", "conforms", False),
    ]


def test_a_case_tells_place_words_and_what_to_do(report: Report) -> None:
    """Findings that do not fail are told as output of the same case."""
    case = next(suites(report, lang="fr").iter("testcase"))
    failure, output = case
    assert failure.get("message") == "Elle n'a pas de base."
    assert failure.get("type") == "violation"
    assert "é.ttl:12: violation [legal-basis-missing]" in (failure.text or "")
    assert "Ajoutez-en une." in (failure.text or "")
    assert "é.ttl:14: avertissement" in (output.text or "")


def test_what_was_answered_does_not_fail(answered: Report) -> None:
    """It is told as output of its case; the others are failures of it."""
    (case,) = suites(answered).iter("testcase")
    failure, output = case
    assert (failure.text or "").count("[legal-basis-missing]") == 2
    assert (output.text or "").count("[legal-basis-missing]") == 1
    assert "Ada" in (output.text or "")
    calm = replace(answered, findings=answered.findings[:1])
    assert outcomes(suites(calm)) == [("x/a", "legal-basis-missing", False)]


def test_hostile_texts_are_well_formed(hostile: Report) -> None:
    """What XML cannot carry is replaced, markup is text."""
    failure = next(suites(hostile).iter("failure"))
    assert "<b>tags</b> & &amp;" in (failure.text or "")
    assert "]]> <!-- c -->" in (failure.get("message") or "")
    assert "\ufffd" in (failure.get("message") or "")


def test_thousands_and_none(many: Report) -> None:
    """One case holds them all; without entries there is no suite."""
    (failure,) = suites(many).iter("failure")
    assert (failure.text or "").count("[legal-basis-missing]") == 5000
    assert len(suites(replace(many, findings=[], checked=[]))) == 0
