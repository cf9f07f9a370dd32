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
    properties = {"title": f"{one.rule}{marks}"}
    said = one.sentence
    if finding.file is not None:
        place = {"file": relative(finding.file, root)}
        if finding.line is not None:
            place["line"] = str(finding.line)
        properties = {**place, **properties}
    else:
        said = f"{one.place}: {said}"
    message = "\n".join(filter(None, (said, one.hint, *one.notes)))
    given = ",".join(
        f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items()
    )
    # What somebody answered is told, and alarms nobody.
    command = _COMMANDS["info" if finding.is_answered else finding.severity]
    return f"::{command} {given}::{message.translate(_DATA)}"
