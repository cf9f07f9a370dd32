"""A report as annotations of a GitHub workflow.

Source: GitHub Actions, workflow commands (``::error file=…,line=…,title=…::message``).
"""

from __future__ import annotations

from ropa.findings import Finding, Report
from ropa.formats.reports.places import relative
from ropa.formats.reports.words import summary, told

_COMMANDS = {"violation": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
)


def write(report: Report, lang: str = "en", root: str | None = None) -> str:
    """Write one annotation for each finding, then a plain line with the summary."""
    lines = [_command(finding, lang, root) for finding in report.findings]
    return "\n".join([*lines, summary(report, lang)]) + "\n"


def _command(finding: Finding, lang: str, root: str | None) -> str:
    one = told(finding, lang)
    marks = f" ({', '.join(one.marks)})" if one.marks else ""
    said = one.sentence if finding.file else f"{one.place}: {one.sentence}"
    return command(
        _COMMANDS[finding.severity],
        f"{one.rule}{marks}",
        "\n".join(filter(None, (said, one.hint, *one.notes))),
        place_of(finding.file, finding.line, root),
    )


def place_of(file: str | None, line: int | None, root: str | None) -> dict[str, str]:
    """Give the properties that place an annotation; none where there is no file."""
    if file is None:
        return {}
    place = {"file": relative(file, root)}
    return place if line is None else {**place, "line": str(line)}


def command(name: str, title: str, message: str, place: dict[str, str]) -> str:
    """Write one command on one line."""
    given = ",".join(
        f"{key}={value.translate(_PROPERTY)}"
        for key, value in {**place, "title": title}.items()
    )
    return f"::{name} {given}::{message.translate(_DATA)}"
