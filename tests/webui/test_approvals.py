"""Approval in the browser and over HTTP: taken, refused, shown, never in the past."""

from __future__ import annotations

import html
import json
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef

from ropa.approval import Kind, State
from ropa.approving import ANY
from ropa.errors import ApprovalRefused, Conflict
from ropa.register import Register
from ropa.served import Served
from ropa.terms import DCT, DPV, RDF
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS
from tests.webui.conftest import Asker
from webui import create_app
from webui.server import bind

ABOUT = URIRef(ORDERS)
PAGE = "/activities/mill/orders"
WHY = "The hall is locked."
NASTY = "<script>alert(1)</script> \" ' & {{ 7*7 }} %(x)s"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, its findings made."""
    place = tmp_path_factory.mktemp("approvals") / "register"
    with Register.create(str(place), base=MILL) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="Eve")
        made.refresh_findings()
    return place


@pytest.fixture
def ask(mill: Register) -> Asker:
    """A client of an application over it."""
    return Asker(create_app(mill).test_client())


def page(ask: Asker, path: str, status: int = 200) -> str:
    """Give a page as a person reads it."""
    answer = ask.page(path)
    assert answer.status_code == status, path
    return html.unescape(answer.get_data(as_text=True))


def edit(mill: Register, title: str = "Orders of flour") -> None:
    """Give the activity another title."""
    graph = mill.read(ABOUT)
    graph.set((ABOUT, DCT.title, Literal(title, lang="en")))
    mill.add(graph, author="Eve", replaces={"*"})


def form_of(text: str, step: str = "approval") -> dict[str, Any]:
    """Fill the form of a page in as a browser does, up to its texts."""
    forms = re.findall(r'<form class="reply".*?</form>', text, re.DOTALL)
    (form,) = (one for one in forms if f'value="{step}"' in one and "whole" not in one)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {**dict(hidden), "kind": step}


def send(ask: Asker, values: object) -> Any:
    """Send JSON as a program."""
    return ask.send("POST", "/approvals", json.dumps(values), "application/json")


# -- pages -------------------------------------------------------------------------


def test_from_draft_to_approved_on_the_page(mill: Register, ask: Asker) -> None:
    """Each step leads back to the entry, which says who and when."""
    text = page(ask, PAGE)
    assert "Draft, not submitted" in text and "Open findings stand in the way" in text
    done = ask.form("/approvals", {**form_of(text, "submission"), "author": "Eve"})
    assert (done.status_code, done.location) == (303, f"{PAGE}#approval")
    text = page(ask, PAGE)
    assert "Submission: Eve, " in text
    given = {**form_of(text), "author": "Ann", "reason": WHY}
    assert ask.form("/approvals", given).status_code == 303
    text = page(ask, PAGE)
    assert "Approved by Ann on " in text and WHY in text
    assert "Approved despite open findings:" in text and FINDING in text
    assert "Open findings stand in the way" not in text
    french = page(ask, f"{PAGE}?lang=fr")
    assert "Approuvé" in french and "Approuvé par Ann le " in french


def test_the_approved_version_is_led_to_after_an_edit(
    mill: Register, ask: Asker
) -> None:
    """It is shown as it was, as approved, and without a form."""
    mill.take_step(Kind.APPROVAL, {ABOUT: ANY}, author="Ann", reason=WHY)
    edit(mill)
    text = page(ask, PAGE)
    assert "Draft, not submitted" in text
    assert "An earlier version counts as approved:" in text
    link = re.search(rf'href="({PAGE}\?at=\d+)"', text)
    assert link is not None
    then = page(ask, link[1])
    assert "Approved by Ann on " in then and "Orders of flour" not in then
    assert "An earlier version" not in then and 'method="post"' not in then
    assert "Orders of flour" in text


def test_a_refusal_keeps_what_was_typed(mill: Register, ask: Asker) -> None:
    """Open findings are told beside the form, with the text still in it."""
    given = {**form_of(page(ask, PAGE)), "author": NASTY, "reason": ""}
    answer = ask.form("/approvals", given)
    assert answer.status_code == 422
    raw = answer.get_data(as_text=True)
    text = html.unescape(raw)
    assert "write the reason for approving all the same" in text and FINDING in text
    assert NASTY in text and "<script>alert" not in raw
    assert mill.course(ABOUT).state == State.DRAFT
    given["author"] = ""
    text = html.unescape(ask.form("/approvals", given).get_data(as_text=True))
    assert "Say who answers for it." in text


def test_an_edit_meanwhile_is_told(mill: Register, ask: Asker) -> None:
    """What was on the page is no longer what would be approved: nothing is."""
    given = {**form_of(page(ask, PAGE)), "author": "Ann", "reason": WHY}
    edit(mill)
    answer = ask.form("/approvals", given)
    assert answer.status_code == 412
    text = html.unescape(answer.get_data(as_text=True))
    assert "Eve edited it on " in text and WHY in text
    told = text.partition("What changed since you read it")[2].partition("</table>")[0]
    assert "Orders of flour" in told and "Title" in told
    assert mill.course(ABOUT).state == State.DRAFT
    again = {**form_of(text), "author": "Ann", "reason": WHY}
    assert ask.form("/approvals", again).status_code == 303


def test_a_whole_record_from_the_page_of_its_company(
    mill: Register, ask: Asker
) -> None:
    """All that is left is named with the revision that was seen."""
    text = page(ask, "/companies/mill/approval")
    assert "not approved as they stand: 2 of 2" in text
    form = re.findall(r'<form class="reply".*?</form>', text, re.DOTALL)[-1]
    entries = re.findall(r'name="entry" value="([^"]*)"', form)
    revisions = re.findall(r'name="revision" value="([^"]*)"', form)
    given = {
        "entry": entries,
        "revision": revisions,
        "whole": "1",
        "kind": "approval",
        "author": "Ann",
    }
    refused = ask.form("/approvals", given)
    assert refused.status_code == 422
    assert FINDING in refused.get_data(as_text=True)
    done = ask.form("/approvals", {**given, "reason": WHY})
    assert (done.status_code, done.location) == (303, "/companies/mill#approval")
    for path in (PAGE, "/companies/mill"):
        assert "Approved by Ann on " in page(ask, path)
    assert "The whole record" not in page(ask, "/companies/mill/approval")


def test_what_waits_is_listed_first(mill: Register, ask: Asker) -> None:
    """By state in the address; a state that is none is refused."""
    mill.take_step(Kind.SUBMISSION, {ABOUT: ANY}, author="Eve")
    rows = ask.get("/approvals.json").json
    assert [(row["activity"], row["state"]) for row in rows] == [
        ("orders", "submitted"),
        (None, "draft"),
    ]
    assert [row["author"] for row in rows] == ["Eve", None]
    text = page(ask, "/approvals?state=submitted")
    assert "Submitted" in text and PAGE in text and "Draft" not in text
    assert "Soumis" in page(ask, "/approvals?lang=fr")
    assert ask.page("/approvals?state=active").status_code == 400


def test_activities_are_narrowed_by_approval(mill: Register, ask: Asker) -> None:
    """On the page and in documents, which keep their columns."""
    mill.take_step(Kind.SUBMISSION, {ABOUT: ANY}, author="Eve")
    text = page(ask, "/activities?approval=submitted")
    assert "Submitted" in text and PAGE in text
    assert PAGE not in page(ask, "/activities?approval=approved")
    (row,) = ask.get("/activities.json?approval=submitted").json
    assert list(row) == ["company", "activity", "title", "role"]
    assert ask.get("/activities.json?approval=draft").json == []
    assert ask.page("/activities?approval=active").status_code == 400


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_pages_are_sound(mill: Register, ask: Asker, lang: str) -> None:
    """Headings in steps, no id twice, every field with a label, in each state."""
    for step in ("", Kind.SUBMISSION, Kind.APPROVAL, "edit", Kind.ENDING):
        if step == "edit":
            edit(mill)
        elif step:
            mill.take_step(Kind(step), {ABOUT: ANY}, author="Ann", reason=WHY)
        for path in (PAGE, f"{PAGE}/approval", "/companies/mill/approval"):
            text = ask.page(f"{path}?lang={lang}").get_data(as_text=True)
            steps = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
            assert steps[0] == 1 and steps.count(1) == 1, path
            assert all(b - a <= 1 for a, b in pairwise(steps)), path
            ids = Counter(re.findall(r'\bid="([^"]+)"', text))
            assert max(ids.values()) == 1, path
            for control in re.findall(r"<(?:textarea|input id)[^>]*>", text):
                name = re.search(r'id="([^"]+)"', control)
                assert name is not None and f'for="{name[1]}"' in text, control


def test_an_organisation_is_approved_from_its_page(mill: Register, ask: Asker) -> None:
    """What can be submitted and approved says where it stands, and takes the step."""
    firm = URIRef(f"{MILL}organisations/carter")
    graph = Graph()
    graph.add((firm, RDF.type, DPV.Organisation))
    graph.add((firm, DPV.hasName, Literal("Carter")))
    mill.add(graph, author="Eve")
    text = page(ask, "/organisations/carter")
    assert "Draft, not submitted" in text
    given = {**form_of(text), "author": "Ann", "reason": WHY}
    done = ask.form("/approvals", given)
    assert (done.status_code, done.location) == (303, "/organisations/carter#approval")
    assert "Approved by Ann on " in page(ask, "/organisations/carter")


# -- over HTTP ---------------------------------------------------------------------


def test_a_program_says_what_it_has_seen(mill: Register, ask: Asker) -> None:
    """428 without a revision, 412 with a stale one, 201 with the right one."""
    old = mill.etag(ABOUT)
    edit(mill)
    step = {"kind": "approval", "author": "Ann", "reason": WHY}
    for revision, status in ((None, 428), ("", 428), (old, 412)):
        answer = send(ask, {**step, "revisions": {ORDERS: revision}})
        assert answer.status_code == status, revision
    assert answer.json["current"] == mill.etag(ABOUT)
    (clash,) = answer.json["clashes"]
    (renamed,) = clash["since_read"]
    told = (renamed["was"], renamed["now"])
    assert told == (["“Orders”"], ["“Orders of flour”"])
    assert clash["not_saved"] == []
    unknown = send(ask, {**step, "revisions": {ORDERS: "nix"}})
    assert "never had a revision 'nix'" in unknown.json["detail"]
    done = send(ask, {**step, "revisions": {"activities/mill/orders": "*"}})
    assert done.status_code == 201
    assert done.json["entries"][0]["state"] == "approved"
    assert send(ask, {**step, "revisions": {ORDERS: "*"}}).status_code == 422


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"kind": "approval"}, 400),
        ({"kind": "blessing", "revisions": {ORDERS: "*"}}, 400),
        ({"kind": "approval", "revisions": [ORDERS]}, 400),
        ({"kind": "approval", "revisions": {ORDERS: 7}}, 400),
        ({"kind": "approval", "revisions": {"a b": "*"}}, 400),
        ({"kind": "approval", "revisions": {ORDERS: "*"}, "more": "x"}, 400),
        ({"kind": "approval", "revisions": {ORDERS: "*"}, "author": 7}, 400),
        ({"kind": "approval", "revisions": {ORDERS: "*"}}, 422),
        ({"kind": "approval", "revisions": {f"{ORDERS}x": "*"}, "author": "Ann"}, 404),
    ],
)
def test_what_cannot_be_meant_is_refused(
    ask: Asker, values: object, status: int
) -> None:
    """With the status of the interface and a problem document."""
    answer = send(ask, values)
    assert answer.status_code == status
    assert answer.json["code"]


def test_no_step_is_taken_in_the_past(mill: Register, ask: Asker) -> None:
    """Nor by another site, nor in a form that nobody can read."""
    edit(mill)
    given = {"kind": "approval", "author": "Ann", "reason": WHY}
    body = json.dumps({**given, "revisions": {ORDERS: "*"}})
    answer = ask.send("POST", "/approvals?at=1", body, "application/json")
    assert answer.status_code == 501
    assert ask.send("POST", "/approvals", body, "text/plain").status_code == 415
    form = {**given, "entry": ORDERS, "revision": "*"}
    foreign = ask.form("/approvals", form, Origin="http://elsewhere.example")
    assert foreign.status_code == 403
    assert mill.course(ABOUT).state == State.DRAFT


def test_two_at_once_through_a_server(mill: Register) -> None:
    """Of many who approve the same revision exactly one does; all others are told."""
    told: list[str] = []

    def approve(address: str, name: str) -> None:
        with Served(address) as served:
            try:
                done = served.take_step(
                    Kind.APPROVAL, {ABOUT: ANY}, author=name, reason=WHY
                )
                told.append(done.entries[0].state.value)
            except (ApprovalRefused, Conflict) as error:
                told.append(error.code)

    with bind(mill, "127.0.0.1", 0) as bound:
        threading.Thread(target=bound.run, daemon=True).start()
        for turn in range(3):
            told.clear()
            edit(mill, f"Round {turn}")
            with ThreadPoolExecutor(5) as pool:
                names = [f"Person {number}" for number in range(5)]
                list(pool.map(approve, [bound.url] * 5, names))
            assert sorted(told) == ["approval-refused"] * 4 + ["approved"]
        with Served(bound.url) as served:
            assert served.course(ABOUT) == mill.course(ABOUT)
    states = [one.state for one in mill.course(ABOUT).revisions]
    superseded = [State.SUPERSEDED, State.SUPERSEDED]
    assert states == [State.DRAFT, *superseded, State.APPROVED]
