"""The validate page and its door for programs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from ropa import assets

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

BROKEN = "<a> a <b> ;\n  <c> ."


def example(word: str) -> str:
    """Give the packaged example entry whose name holds a word."""
    names = [n for n in assets.names("data", ".ttl") if "examples/" in n and word in n]
    return assets.text("data", names[0])


def test_faulty_entry_is_reported(ask: Asker) -> None:
    """A pasted entry with planted faults gives each finding with line and article."""
    answer = ask.form("/validate", {"text": example("fault"), "syntax": "ttl"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.count('class="finding ') >= 3
    assert "GDPR Art." in text
    assert 'href="#line-' in text
    assert 'href="/rules/' in text


def test_good_entry_is_told_so(ask: Asker) -> None:
    """An entry without violations can be saved, and the page says so."""
    text = ask.form("/validate", {"text": example("good")}).get_data(as_text=True)
    assert "verdict-violation" not in text
    assert "verdict" in text


def test_upload_is_checked(ask: Asker) -> None:
    """A file is checked as pasted text is, and shown for correction."""
    file = (io.BytesIO(example("fault").encode()), "entry.ttl")
    text = ask.form("/validate", {"file": file}).get_data(as_text=True)
    assert "entry.ttl" in text
    assert text.count('class="finding ') >= 3


def test_unreadable_text_is_placed_and_kept(ask: Asker) -> None:
    """Text that cannot be read is told with its line, and stays in the form."""
    answer = ask.form("/validate", {"text": BROKEN, "syntax": "ttl"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "line 2" in text.lower()
    assert "&lt;a&gt; a &lt;b&gt; ;" in text
    assert 'class="here"' in text


@pytest.mark.parametrize(
    "values",
    [
        {"text": "", "syntax": "ttl"},
        {"text": "<a:a> <a:b> <a:c> .", "as_of": "tomorrow"},
        {"text": "<a:a> <a:b> <a:c> .", "profile": "nonsense"},
        {"file": (io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0"), "picture.ttl")},
    ],
)
def test_useless_input_is_named(ask: Asker, values: dict[str, object]) -> None:
    """Nothing, a wrong day, an unknown profile, a picture: each a clear 400."""
    answer = ask.form("/validate", values)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("application/json", "application/json"),
        ("text/turtle", "text/turtle"),
        ("text/html", "text/html"),
    ],
)
def test_program_gets_a_report(ask: Asker, accept: str, media: str) -> None:
    """A program that sends RDF gets the report in the form it wants."""
    headers = {"Accept": accept} if accept else {}
    answer = ask.send("POST", "/validate", example("fault"), "text/turtle", **headers)
    assert answer.status_code == 200
    assert answer.mimetype == media


def test_report_names_rule_line_and_article(ask: Asker) -> None:
    """Each finding of the JSON report can be acted upon."""
    answer = ask.send("POST", "/validate", example("fault"), "text/turtle")
    findings = answer.json["findings"]
    assert len(findings) >= 3
    for finding in findings:
        assert finding["rule"]
        assert finding["severity"] in {"violation", "warning", "info"}
        assert "Art." in finding["article"]
        assert finding["message"]
    assert any(finding["line"] for finding in findings)


def test_unreadable_body_is_placed(ask: Asker) -> None:
    """A body that cannot be read is 400 with line and column."""
    answer = ask.send("POST", "/validate", BROKEN, "text/turtle")
    assert answer.status_code == 400
    assert answer.json["line"] == 2
    assert answer.json["column"] > 0


def test_unknown_media_type_is_refused(ask: Asker) -> None:
    """Only RDF is checked; the answer lists what is."""
    answer = ask.send("POST", "/validate", "a,b", "text/csv")
    assert answer.status_code == 415
    assert "text/turtle" in answer.json["hint"]


def test_nothing_is_saved(ask: Asker) -> None:
    """A check leaves the register as it was."""
    before = ask.get("/healthz").json
    ask.send("POST", "/validate", example("good"), "text/turtle")
    assert ask.get("/healthz").json == before


def test_a_browser_reads_the_report_of_everything_as_json(ask: Asker) -> None:
    """What it asks for by habit, any XML, is no form of a report."""
    answer = ask.page("/api/report?company=wpo")
    assert answer.mimetype == "application/json"


def test_whole_register_is_checked(ask: Asker) -> None:
    """The report of all that is kept can be asked for, for one company."""
    answer = ask.get("/api/report?company=wpo", "application/json")
    assert answer.status_code == 200
    assert answer.json["findings"]
