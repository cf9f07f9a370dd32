"""Reports as workflow commands, read back by the runner's rules."""

from __future__ import annotations

import re
from dataclasses import replace

from ropa.findings import Report
from ropa.formats import reports

COMMAND = re.compile(r"::(?P<command>\w+) (?P<properties>[^:]*)::(?P<message>.*)")


def annotations(report: Report, **options: str) -> list[dict[str, str]]:
    """Read the commands as the runner does, after the summary is taken off."""
    *lines, summary = reports.write(report, "github", **options).splitlines()
    assert not summary.startswith("::")
    return [annotation(line) for line in lines]


def annotation(line: str) -> dict[str, str]:
    """Read one command; the runner unescapes properties and message."""
    match = COMMAND.fullmatch(line)
    assert match is not None, line
    found = {"command": match["command"], "message": plain(match["message"])}
    for pair in match["properties"].split(","):
        name, _, value = pair.partition("=")
        found[name] = plain(value.replace("%3A", ":").replace("%2C", ","))
    return found


def plain(text: str) -> str:
    """Undo what a message is escaped with; percent signs last."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_each_finding_is_a_command(report: Report) -> None:
    """Severity, file, line, rule, and what to do on the next line."""
    first, second, third = annotations(report)
    assert first == {
        "command": "error",
        "file": "data/my entry: 100%,é.ttl",
        "line": "12",
        "title": "legal-basis-missing",
        "message": "Legal basis - It has no basis. (GDPR Art. 6(1))\nAdd one.",
    }
    assert (second["command"], second["line"]) == ("warning", "14")
    assert third["command"] == "notice"
    assert third["title"] == "purpose-vague (question)"
    assert third["message"].startswith("x/b: Legal basis - Is it so?")
    assert "file" not in third


def test_a_file_is_relative_to_the_workspace(report: Report) -> None:
    """As the annotations of a pull request want it."""
    one = replace(report.findings[0], file="/srv/tree/a/b.ttl")
    (found,) = annotations(replace(report, findings=[one]), root="/srv/tree")
    assert found["file"] == "a/b.ttl"


def test_hostile_texts_make_no_command(hostile: Report) -> None:
    """Neither a message nor a file name begins a line of its own."""
    (found,) = annotations(hostile)
    assert found["command"] == "error"
    assert "%0A %25, a: colon" in found["message"]
    assert found["file"].startswith("a\n::error::x/%|,:")
    assert found["title"] == "somebodys-own"


def test_thousands(many: Report) -> None:
    """Every finding is told."""
    assert len(annotations(many)) == 5000
