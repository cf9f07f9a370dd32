"""A report as a table in Markdown, short enough for a comment on a pull request.

Source: GitHub Flavored Markdown, section 4.10 (tables); CommonMark, section 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ropa.findings import Finding, Report
from ropa.formats.reports.words import summary, told, word
from ropa.rules import SEVERITIES

# GitHub takes comments of up to 65,536 characters.
MAX_CHARACTERS = 60_000

_COLUMNS = ("severity", "place", "rule", "message", "hint", "article")
_MARKUP = re.compile(r"([\\`*_{}\[\]()+!|~>$-])")
# What would become a tag, a person who is told, or a link to an issue.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", "@": "&#64;", "#": "&#35;"})
_LINK = re.compile(r"(?<=[a-z])://|(?<=\bwww)\.", re.IGNORECASE)


def write(report: Report, lang: str = "en") -> str:
    """Write a summary, and a table with one row for each finding, the heaviest first.

    Where the table would outgrow a comment, a last line counts what is left out.
    """
    parts = [f"**{escaped(summary(report, lang))}**", ""]
    if report.findings:
        parts += [
            _row([word(name, lang) for name in _COLUMNS]),
            _row(["---"] * len(_COLUMNS)),
        ]
    size = sum(map(len, parts))
    ordered = sorted(report.findings, key=_weight)
    for number, finding in enumerate(ordered):
        row = _row(_cells(finding, lang))
        size += len(row) + 1
        if size > MAX_CHARACTERS:
            left = len(ordered) - number
            parts += ["", escaped(word("left out", lang).format(left))]
            break
        parts.append(row)
    return "\n".join(parts).rstrip("\n") + "\n"


def _weight(finding: Finding) -> tuple[bool, int, bool]:
    rank = SEVERITIES.index(finding.severity)
    return (not finding.blocks, rank, finding.is_question)


def _cells(finding: Finding, lang: str) -> list[str]:
    one = told(finding, lang)
    field = f"{one.field} - " if one.field else ""
    # A code of our own holds neither a backtick nor a bar.
    return [
        escaped(one.weight),
        escaped(one.place),
        f"`{one.rule}`" if re.fullmatch(r"[\w.-]+", one.rule) else escaped(one.rule),
        escaped(field + one.message),
        "<br>".join(map(escaped, filter(None, (one.hint, *one.notes)))),
        escaped(one.article),
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    r"""Write a text so that Markdown shows it letter by letter.

    >>> print(escaped("a|b <c> @d"))
    a\|b &lt;c\> &#64;d
    """
    plain = _MARKUP.sub(r"\\\1", text.translate(_ENTITIES))
    return _LINK.sub(lambda m: m[0].replace(":", "&#58;").replace(".", "&#46;"), plain)
