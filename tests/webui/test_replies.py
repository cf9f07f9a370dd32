"""Answers in the browser and over HTTP: given, refused, withdrawn, never lost."""

from __future__ import annotations

import html
import json
import re
import shlex
import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rdflib import Graph, URIRef

from ropa import revisions
from ropa.answering import Which
from ropa.answers import Words
from ropa.cli import main
from ropa.errors import AnswerRejected, Conflict, NotFound
from ropa.register import Register
from ropa.served import Served
from ropa.terms import RDF, ROPA
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS, QUESTION
from tests.webui.conftest import Asker
from webui import create_app
from webui.server import bind

JSON = "application/json"
AFTER = "as_of=2099-01-01"
GOOD = {"kind": "accepted risk", "reason": "The hall is locked.", "author": "Ann"}
NASTY = "<script>alert(1)</script> \" ' & {{ 7*7 }} %(x)s\n<b>second</b>"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, its findings made."""
    place = tmp_path_factory.mktemp("replies") / "register"
    with Register.create(str(place), base=MILL) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="a tester")
        made.refresh_findings()
    return place


@pytest.fixture
def ask(mill: Register) -> Asker:
    """A client of an application over it."""
    return Asker(create_app(mill).test_client())


def key_of(mill: Register, rule: str = FINDING, value: str = "") -> str:
    """Find a finding of a rule."""
    found = mill.check("mill").findings
    return next(f.key for f in found if f.rule == rule and value in str(f.value))


def page(ask: Asker, path: str) -> str:
    """Give a page as a person reads it."""
    answer = ask.page(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def send(ask: Asker, path: str, values: object, **headers: str) -> Any:
    """Send JSON as a program."""
    return ask.send("POST", path, json.dumps(values), JSON, **headers)


# -- pages -------------------------------------------------------------------------


def test_an_answer_is_shown_wherever_its_finding_is(mill: Register, ask: Asker) -> None:
    """List, entry, rule and its own page say who, when, why and until when."""
    key = key_of(mill)
    now = datetime.now(UTC)
    today = f"{now.day} {now:%B %Y}"
    done = ask.form("/answers", {**GOOD, "finding": key, "until": "2027-01-31"})
    assert (done.status_code, done.location) == (303, f"/findings/{key}")
    for path in (
        *("/findings?company=mill", "/activities/mill/orders", f"/findings/{key}"),
        "/answers",
    ):
        text = page(ask, path)
        for said in ("answered", "Accepted risk", "Ann", "The hall is locked."):
            assert said in text, (path, said)
        assert "31 January 2027" in text and today in text, path
    text = page(ask, f"/rules/{FINDING}")
    assert f"/findings/{key}" in text and "Accepted risk" in text
    assert "Risque accepté" in page(ask, f"/findings/{key}?lang=fr")
    assert "répondu" in page(ask, "/findings?lang=fr")


def test_an_answer_expires_on_the_page_too(mill: Register, ask: Asker) -> None:
    """By the day of the page the finding is back; nothing can be said for that day."""
    key = key_of(mill)
    ask.form("/answers", {**GOOD, "finding": key})
    text = page(ask, f"/findings/{key}?{AFTER}")
    assert "answer expired" in text and "counts again" in text
    assert 'method="post"' not in text
    assert "answer expired" in page(ask, f"/activities/mill/orders?{AFTER}")
    assert "answer expired" in page(ask, f"/findings?{AFTER}")


def test_findings_are_narrowed_by_what_was_said(mill: Register, ask: Asker) -> None:
    """Open, answered, expired and questions stand in the address, for documents too."""
    key, question = key_of(mill), key_of(mill, QUESTION, "US")
    ask.form("/answers", {**GOOD, "finding": key})
    ask.form("/answers", {**GOOD, "finding": question, "kind": "no"})

    def rules(query: str) -> list[str]:
        return [row["rule"] for row in ask.get(f"/findings.json?{query}").json]

    everything = rules("")
    assert sorted(rules("state=answered")) == sorted([FINDING, QUESTION])
    assert sorted(rules("state=answered") + rules("state=open")) == sorted(everything)
    assert rules("kind=question") == [QUESTION, QUESTION]
    assert rules("kind=question&state=open") == [QUESTION]
    assert rules(f"state=expired&{AFTER}") == [FINDING]
    first = ask.get("/findings.json").json[0]
    columns = ["company", "activity", "rule", "severity", "article", "message"]
    assert list(first) == columns
    text = page(ask, "/findings?state=open")
    assert f"/findings/{key}" not in text


def test_the_list_asks_once(
    mill: Register, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page and documents are made from one answer, however they are narrowed."""
    asked: list[str] = []
    usual = Register.ask

    def counted(self: Register, name: str, **parameters: Any) -> Any:
        asked.append(name)
        return usual(self, name, **parameters)

    monkeypatch.setattr(Register, "ask", counted)
    page(ask, "/findings?state=open")
    assert ask.get("/findings.csv").status_code == 200
    assert asked == ["findings-and-answers", "findings-and-answers"]


def test_the_list_follows_what_is_written(mill: Register, ask: Asker) -> None:
    """What an entry no longer lacks, and an entry that is gone, leave the list."""
    before = {row["rule"] for row in ask.get("/findings.json").json}
    assert FINDING in before
    entry = mill.read(URIRef(ORDERS))
    # One measure more: the finding about measures is mended.
    entry.parse(
        data=f"<{ORDERS}> <https://w3id.org/dpv#hasTechnicalOrganisationalMeasure> "
        "<https://w3id.org/dpv#Encryption> .",
        format="turtle",
    )
    mill.add(entry, author="Ann", replaces=revisions.ANY)
    after = {row["rule"] for row in ask.get("/findings.json").json}
    assert FINDING not in after and after
    mill.remove(URIRef(ORDERS), author="Ann", replaces=revisions.ANY)
    left = ask.get("/findings.json").json
    assert all(row["activity"] is None for row in left)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ("state=bogus", "expired"),
        ("kind=bogus", "question"),
        ("severity=bogus", "warning"),
        ("rule=measure-mising", FINDING),
        ("article=zzz", "GDPR Art. 30(1)(g)"),
        ("state=open&state=answered", "more than once"),
    ],
)
@pytest.mark.parametrize("form", ["", ".json"])
def test_a_filter_that_is_no_value_is_refused(
    ask: Asker, form: str, filters: str, told: str
) -> None:
    """A wrong value is an error that names the right ones, not an empty list."""
    answer = ask.page(f"/findings{form}?{filters}")
    assert answer.status_code == 400
    assert told in html.unescape(answer.get_data(as_text=True))


def test_a_filter_that_nothing_fits_is_an_empty_list(ask: Asker) -> None:
    """A rule that nobody falls short of is no mistake, nor is a filter left empty."""
    assert ask.get("/findings.json?rule=days-disagree").json == []
    assert ask.get("/findings.json?rule=&state=&severity=").json


@pytest.mark.parametrize("rule", [FINDING, QUESTION])
def test_the_command_of_a_page_answers_its_finding(
    mill: Register, ask: Asker, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    """As it stands but for the two words in capitals, it names one finding alone."""
    key = key_of(mill, rule)
    shown = re.search(
        r"<code class=\"long\">(ropa [^<]+)", page(ask, f"/findings/{key}")
    )
    assert shown is not None
    ropa, *words = shlex.split(shown[1])
    assert ropa == "ropa" and words[:2] == ["--store", f"http://{ask.host}/"]
    monkeypatch.setattr("ropa.served.connect", lambda _address: nullcontext(mill))
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 1, refused.output
    kind = "no" if rule == QUESTION else "accepted-risk"
    assert kind in refused.output
    words[words.index("KIND")] = kind
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    standing = [f.key for f in mill.check("mill").findings if f.answer]
    assert standing == [key]


def test_french_colons_stand_off(mill: Register, ask: Asker) -> None:
    """A space that does not break goes before them; English has none."""
    key = key_of(mill)
    ask.form("/answers", {**GOOD, "finding": key, "evidence": "Minutes"})
    assert "Preuve\u00a0: Minutes" in page(ask, f"/findings/{key}?lang=fr")
    assert "Evidence: Minutes" in page(ask, f"/findings/{key}?lang=en")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_pages_are_sound(mill: Register, ask: Asker, lang: str) -> None:
    """Headings in steps, no id twice, every field with a label, small enough."""
    key, question = key_of(mill), key_of(mill, QUESTION)
    ask.form("/answers", {**GOOD, "finding": key})
    ask.form("/answers", {**GOOD, "finding": key, "kind": "being mended"})
    ask.form("/answers", {**GOOD, "finding": question, "kind": "no"})
    for path in (
        f"/findings/{key}",
        f"/findings/{question}",
        "/activities/mill/orders",
    ):
        text = ask.page(f"{path}?lang={lang}").get_data(as_text=True)
        steps = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
        assert steps[0] == 1 and steps.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(steps))
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        for target in re.findall(r'\b(?:for|aria-describedby)="([^"]+)"', text):
            assert set(target.split()) <= set(ids)
        assert " style=" not in text and "<script" not in text
        assert len(text) < 100_000
    if lang == "fr":
        assert "Withdraw" not in text and "Accepted" not in text


# -- giving and refusing -----------------------------------------------------------


def test_errors_come_all_at_once_with_what_was_typed(
    mill: Register, ask: Asker
) -> None:
    """422, each field named and linked, nothing typed is lost, nothing is saved."""
    key = key_of(mill)
    typed = {"finding": key, "reason": NASTY, "until": "2020-01-01", "evidence": "x<y"}
    answer = ask.form("/answers", typed)
    assert answer.status_code == 422
    raw = answer.get_data(as_text=True)
    assert "<script>" not in raw and "<b>" not in raw
    text = html.unescape(raw)
    assert NASTY in text and 'value="2020-01-01"' in text and 'value="x<y"' in text
    for field in ("kind", "until", "author"):
        assert f'href="#{field}"' in text
    assert text.count('aria-invalid="true"') == 3
    assert mill.ask("answers").rows == []
    french = ask.form("/answers?lang=fr", typed).get_data(as_text=True)
    assert "Choisissez une réponse." in french


def test_hostile_text_is_only_text(mill: Register, ask: Asker) -> None:
    """Kept to the letter and shown escaped on every page."""
    key = key_of(mill)
    sent = {**GOOD, "finding": key, "reason": NASTY, "evidence": "javascript:alert(1)"}
    assert ask.form("/answers", sent).status_code == 303
    for path in (
        "/findings",
        f"/findings/{key}",
        "/activities/mill/orders",
        "/answers",
    ):
        raw = ask.page(path).get_data(as_text=True)
        assert "<script>alert" not in raw and "<b>second" not in raw
        assert 'href="javascript' not in raw
        assert "<b>second</b>" in html.unescape(raw), path
    (row,) = ask.get("/answers.json").json
    assert row["reason"] == NASTY


@pytest.mark.parametrize(
    "reason", ["x" * 65_536, "bell\x07", "\x00", "\u200b", "escape\x1b[2J"]
)
def test_what_cannot_be_kept_is_refused(
    mill: Register, ask: Asker, reason: str
) -> None:
    """By the form and by programs, with the same fault."""
    sent = {**GOOD, "finding": key_of(mill), "reason": reason}
    assert ask.form("/answers", sent).status_code == 422
    answer = send(ask, "/answers", sent)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [f["field"] for f in answer.json["details"]["faults"]] == ["reason"]
    assert mill.ask("answers").rows == []


def test_another_answer_meanwhile_is_shown_first(mill: Register, ask: Asker) -> None:
    """412 with the other answer and what was typed; then it can be replaced."""
    key = key_of(mill)
    ask.form("/answers", {**GOOD, "finding": key, "replaces": ""})
    late = {**GOOD, "finding": key, "replaces": "", "author": "Bob", "reason": "Mine"}
    answer = ask.form("/answers", late)
    assert answer.status_code == 412
    text = html.unescape(answer.get_data(as_text=True))
    assert "Ann" in text and "Mine" in text and "Somebody was quicker" in text
    (seen,) = set(re.findall(r'name="replaces" value="([^"]+)"', text))
    assert ask.form("/answers", {**late, "replaces": seen}).status_code == 303
    text = page(ask, f"/findings/{key}")
    assert "Mine" in text and "replaced" in text and "Ended on" in text


def test_an_answer_is_withdrawn_with_a_reason(mill: Register, ask: Asker) -> None:
    """It stays to be read, with who took it back and why."""
    key = key_of(mill)
    ask.form("/answers", {**GOOD, "finding": key})
    refused = ask.form("/answers/withdrawals", {"finding": key, "author": "Bob"})
    assert refused.status_code == 422
    assert 'href="#withdraw-reason"' in refused.get_data(as_text=True)
    done = ask.form(
        "/answers/withdrawals",
        {"finding": key, "author": "Bob", "reason": "Locks came"},
    )
    assert done.status_code == 303
    text = page(ask, f"/findings/{key}")
    assert "withdrawn" in text and "The hall is locked." in text
    assert "Locks came" in text and "Bob" in text
    assert "open" in text


def test_a_gone_finding_keeps_its_page(mill: Register, ask: Asker) -> None:
    """The auditor finds what was said to it, and that it is no longer there."""
    key = key_of(mill)
    ask.form("/answers", {**GOOD, "finding": key})
    mill.remove(URIRef(ORDERS), author="Ann", replaces=revisions.ANY)
    text = page(ask, f"/findings/{key}")
    assert "finding is gone" in text and "The hall is locked." in text
    assert "describes no security measures" in text
    assert "withdrawn" in page(ask, "/answers")


def test_a_form_leads_back_to_the_entry(mill: Register, ask: Asker) -> None:
    """And nowhere else: only two places are known."""
    key = key_of(mill, QUESTION)
    sent = {**GOOD, "finding": key, "kind": "yes"}
    done = ask.form("/answers?lang=fr", {**sent, "back": "entry"})
    assert done.location == f"/activities/mill/orders?lang=fr#finding-{key}"
    other = ask.form("/answers", {**sent, "back": "https://evil.example/"})
    assert other.location == f"/findings/{key}"


# -- programs ----------------------------------------------------------------------


def test_a_program_answers_and_withdraws(mill: Register, ask: Asker) -> None:
    """By entry and rule; 201 with the answer, 200 with the withdrawal."""
    which = {"entry": "activities/mill/orders", "rule": FINDING}
    answer = send(ask, "/answers", {**GOOD, **which, "evidence": None})
    assert answer.status_code == 201
    said = answer.json
    assert answer.location == f"/findings/{said['finding']}"
    assert said["entry"] == ORDERS and said["answer"]["state"] == "answered"
    gone = send(ask, "/answers/withdrawals", {**which, "reason": "No", "author": "B b"})
    assert gone.status_code == 200
    assert gone.json["answer"]["state"] == "withdrawn"
    again = send(
        ask, "/answers/withdrawals", {**which, "reason": "No", "author": "B b"}
    )
    assert again.status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", JSON, 400),
        ("[]", JSON, 400),
        ('"x"', JSON, 400),
        ('{"finding": 7}', JSON, 400),
        ('{"finding": {"a": 1}}', JSON, 400),
        ('{"colour": "red"}', JSON, 400),
        ("{}", JSON, 400),
        ('{"entry": "a b", "rule": "measure-missing"}', JSON, 400),
        ('{"entry": "activities/mill/orders"}', JSON, 400),
        ('{"entry": "activities/mill/orders", "rule": "no-such-rule"}', JSON, 404),
        ('{"entry": "activities/mill/../x", "rule": "measure-missing"}', JSON, 404),
        ('{"entry": "//evil.example/x", "rule": "measure-missing"}', JSON, 404),
        ('{"entry": "activities/no/one", "rule": "measure-missing"}', JSON, 404),
        ('{"finding": "00000000000000000000"}', JSON, 404),
        ('{"entry": "activities/mill/orders", "rule": "measure-missing"}', JSON, 422),
        ("finding=x", "text/plain", 415),
        ("<a/>", "application/xml", 415),
    ],
)
def test_statuses(
    mill: Register, ask: Asker, body: str, kind: str, status: int
) -> None:
    """400 unreadable, 404 unknown, 415 media type, 422 unfit; nothing is written."""
    answer = ask.send("POST", "/answers", body, kind)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert mill.ask("answers").rows == []


def test_other_sites_cannot_answer(mill: Register, ask: Asker) -> None:
    """The guards of all forms hold for these."""
    sent = {**GOOD, "finding": key_of(mill)}
    for path in ("/answers", "/answers/withdrawals"):
        assert ask.form(path, sent, Origin="https://evil.example").status_code == 403
        assert ask.form(path, sent, Sec_Fetch_Site="cross-site").status_code == 403
    assert ask.page("/answers").status_code == 200
    assert mill.ask("answers").rows == []


def test_a_finding_answers_as_data(mill: Register, ask: Asker) -> None:
    """The result, its answers, and which of them stands."""
    key = key_of(mill)
    for kind in ("accepted risk", "being mended"):
        ask.form("/answers", {**GOOD, "finding": key, "kind": kind})
    answer = ask.get(f"/findings/{key}.ttl")
    assert answer.mimetype == "text/turtle"
    graph = Graph().parse(data=answer.data, format="turtle")
    assert len(set(graph.subjects(RDF.type, ROPA.Answer))) == 2
    (stands,) = graph.objects(None, ROPA.answer)
    assert graph.value(stands, ROPA.answerKind) == ROPA.BeingMended
    assert ask.get(f"/findings/{key}.csv").status_code == 406
    assert ask.get("/findings/ffffffffffffffffffff").status_code == 404


def test_the_same_verbs_through_a_running_server(mill: Register) -> None:
    """What `Register` does, `Served` does; errors come back as they were."""
    which = Which(entry=URIRef(ORDERS), rule=FINDING)
    words = Words("accepted-risk", "Locked <b>", "Ann", "https://example.org/7")
    with bind(mill, "127.0.0.1", 0) as bound:
        threading.Thread(target=bound.run, daemon=True).start()
        with Served(bound.url) as served:
            said = served.answer(which, words, replaces="")
            (one,) = (f for f in mill.check("mill").findings if f.answer)
            assert one.answer == said.answer
            (theirs,) = (f for f in served.check("mill").findings if f.answer)
            assert theirs.answer == said.answer
            with pytest.raises(Conflict):
                served.answer(which, words, replaces="")
            with pytest.raises(AnswerRejected) as refused:
                served.answer(which, Words())
            fields = [f["field"] for f in refused.value.details["faults"]]
            assert fields == ["kind", "reason", "author"]
            with pytest.raises(NotFound, match="no finding"):
                served.answer(replace(which, rule="transfer-tool-missing"), words)
            gone = served.withdraw_answer(which, Words(reason="No", author="Bob"))
            assert gone.answer.state == "withdrawn"
            rows = served.ask("answers").rows
            assert [str(row[8]) for row in rows] == ["withdrawn"]
