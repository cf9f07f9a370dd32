"""A report for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ropa.findings import Report
from ropa.formats.reports.words import summary, told


def write(report: Report, lang: str = "en") -> str:
    """Write a report for a terminal: two lines for each finding, then a summary.

    The first line reads ``file:line: severity [rule] field - message (article)``, the
    second says what to do; what else is to be said follows. A ``!`` after the severity
    marks what blocks saving.
    """
    return "\n".join([*_lines(report, lang), summary(report, lang)]) + "\n"


def _lines(report: Report, lang: str) -> Iterator[str]:
    for finding in report.findings:
        one = told(finding, lang)
        yield f"{one.place}: {one.weight} [{one.rule}] {one.sentence}"
        yield from (f"    {said}" for said in (one.hint, *one.notes) if said)
