"""Reports as a table for a comment, read back by a Markdown parser."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from ropa.findings import Report
from ropa.formats import reports
from ropa.formats.reports.words import one_line
from tests.ropa.formats.reports.conftest import HOSTILE


class Table(HTMLParser):
    """Collects the cells of a page, and the tags that were used."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, _: object) -> None:
        """Open a row, a cell or a line."""
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag == "br":
            self.rows[-1][-1] += "\n"

    def handle_data(self, data: str) -> None:
        """Add to the cell."""
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def table(report: Report, **options: str) -> Table:
    """Render a report as a forge does."""
    text = reports.write(report, "markdown", **options)
    # Line breaks within a cell are the one tag that is let through.
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    read = Table()
    read.feed(page)
    return read


def test_one_row_for_each_finding(report: Report) -> None:
    """The heaviest first, with a heading for each column."""
    read = table(report)
    assert read.rows[0] == [
        "Severity", "Where", "Rule", "What was found", "What to do", "Article",
    ]  # fmt: skip
    assert [row[0] for row in read.rows[1:]] == [
        "violation",
        "warning",
        "info (question)",
    ]
    assert read.rows[1][1:] == [
        "data/my entry: 100%,é.ttl:12",
        "legal-basis-missing",
        "Legal basis - It has no basis.",
        "Add one.",
        "GDPR Art. 6(1)",
    ]
    assert read.rows[3][4].startswith("Add one.\na program can mend this")


def test_the_summary_counts_questions_apart(report: Report) -> None:
    """In the language asked for."""
    assert reports.write(report, "markdown").startswith(
        "**2 findings \\(violation 1, warning 1\\), 1 question; entries checked: 3**"
    )
    french = reports.write(report, "markdown", lang="fr")
    assert "Que faire" in french
    assert "1 question" in french


def test_hostile_texts_are_shown_letter_by_letter(hostile: Report) -> None:
    """No tag, link, mention or further cell comes of a label."""
    read = table(hostile)
    assert {len(row) for row in read.rows} == {6}
    cells = {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert read.tags == {"p", "strong", *cells}
    shown = read.rows[1][3]
    # The renderer shows runs of spaces and the replacement sign as they are.
    assert re.sub(r"\s+", " ", shown) == re.sub(
        r"\s+", " ", f"{one_line(HOSTILE)} - {one_line(HOSTILE)}"
    )
    text = reports.write(hostile, "markdown")
    assert "@team" not in text
    assert "#12" not in text
    assert "http://" not in text


def test_an_answer_stands_beside_its_finding(answered: Report) -> None:
    """Marked, with its words; still one row of six cells for each finding."""
    read = table(answered)
    assert {len(row) for row in read.rows} == {6}
    assert len(read.rows) == 4
    assert "answered" in read.rows[1][0]
    assert "It is known." in read.rows[1][4]
    assert "Ada" in read.rows[1][4]
    assert "answered" not in read.rows[3][0]


def test_a_long_table_fits_into_a_comment(many: Report) -> None:
    """What is left out is counted, and the rest is whole rows."""
    text = reports.write(many, "markdown")
    assert len(text) < 65_536
    rows = text.count("`legal-basis-missing`")
    assert f"{5000 - rows} more are left out" in text
    assert rows > 100


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "No findings"), ("fr", "Aucun constat")]
)
def test_nothing_found(report: Report, lang: str, said: str) -> None:
    """A clean report is one line without a table."""
    text = reports.write(replace(report, findings=[]), "markdown", lang=lang)
    assert said in text
    assert "|" not in text
