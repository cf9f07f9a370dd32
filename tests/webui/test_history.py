"""Pages of history: changes, versions, two states compared, and the way back."""

from __future__ import annotations

import csv
import html
import io
import json
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import past, syntax
from ropa.changes import Change, Wanted
from ropa.errors import Conflict, NotFound
from ropa.register import Register
from ropa.served import Served
from ropa.syntax import Syntax
from ropa.terms import DCT, DPV, RDF
from tests.ropa.answering_entries import ENTRIES, MILL, ORDERS
from tests.webui.conftest import Asker
from webui import create_app
from webui.server import bind

JSON = "application/json"
ENTRY = URIRef(ORDERS)
PATH = "/activities/mill/orders"
NASTY = "<script>alert(1)</script> \" ' & {{ 7*7 }} %(x)s"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company; its activity was renamed by change 3."""
    place = tmp_path_factory.mktemp("history") / "register"
    with Register.create(str(place), base=MILL) as made:
        given = Graph().parse(data=ENTRIES, format="turtle")
        made.add(given, author="Ada", reason="first")
        rename(made, "Bread", "Bob", "a better name")
        made.refresh_findings()
    return place


@pytest.fixture
def ask(mill: Register) -> Asker:
    """A client of an application over it."""
    return Asker(create_app(mill).test_client())


def rename(register: Register, title: str, author: str, reason: str = "") -> None:
    """Give the activity another title, which is one change."""
    graph = register.read(ENTRY)
    graph.remove((ENTRY, DCT.title, None))
    graph.add((ENTRY, DCT.title, Literal(title, lang="en")))
    read = {register.etag(ENTRY)}
    register.add(graph, author=author, reason=reason, replaces=read)


def page(ask: Asker, path: str, status: int = 200) -> str:
    """Give a page as a person reads it."""
    answer = ask.page(path)
    assert answer.status_code == status, path
    return html.unescape(answer.get_data(as_text=True))


def validate(name: str, text: str) -> None:
    """Hold an answer against its published schema."""
    schema = files("ropa").joinpath(f"schemas/{name}.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(schema)).validate(json.loads(text))


# -- lists -----------------------------------------------------------------------------


def test_changes_are_listed_with_who_when_and_why(ask: Asker) -> None:
    """The newest first, each with its address and the entries it touched."""
    text = page(ask, "/changes")
    assert text.index("/changes/000000003") < text.index("/changes/000000002")
    for said in ("Bob", "a better name", "Ada", "changed: ", "created: ", PATH):
        assert said in text
    french = page(ask, "/changes?lang=fr")
    for said in ("Modifications", "modifié", "créé"):
        assert said in french


def test_changes_are_narrowed_in_the_address(ask: Asker) -> None:
    """By company, author and days; what fits none is said."""
    assert "000000002" not in page(ask, "/changes?author=Bob")
    assert "000000001" not in page(ask, "/changes?company=mill")
    assert "000000003" in page(ask, "/changes?company=mill&since=2020-01-01")
    assert "No change fits." in page(ask, "/changes?until=2020-01-01")
    assert ask.page("/changes?since=soon").status_code == 400
    assert ask.page("/changes?page=x").status_code == 400
    assert ask.page("/changes?entry=nobody").status_code == 404


def test_changes_are_data_too(ask: Asker) -> None:
    """JSON by its schema, CSV by its columns, a feed for readers."""
    answer = ask.get("/changes.json?limit=2").get_data(as_text=True)
    validate("changes", answer)
    assert [one["number"] for one in json.loads(answer)["changes"]] == [3, 2]
    text = ask.get("/changes.csv?company=mill").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["state"] for row in rows] == ["changed", "created", "created"]
    answer = ask.get("/changes.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.get_data())
    space = "{http://www.w3.org/2005/Atom}"
    assert [one.findtext(f"{space}title") for one in feed.iter(f"{space}entry")] == [
        "a better name",
        "first",
        "Change 1",
    ]


# -- one change ------------------------------------------------------------------------


def test_a_change_is_told_in_words(ask: Asker) -> None:
    """Field by field, with the entry before and after, and its neighbours."""
    text = page(ask, "/changes/000000003")
    for said in ("Change 3", "Bob", "a better name", "Title", "“Orders”", "“Bread”"):
        assert said in text
    for link in (
        f'href="{PATH}?at=2"',
        f'href="{PATH}?at=3"',
        f'href="{PATH}/diff?from=2&to=3"',
        'href="/changes/000000002"',
    ):
        assert link in text, link
    assert "Next change" not in text
    assert "sha256:" in text
    french = page(ask, "/changes/000000003?lang=fr")
    assert "Intitulé (en)" in french and "Avant" in french


def test_a_change_has_its_statements_and_its_json(ask: Asker) -> None:
    """The header as RDF as before; a number that is none is not found."""
    turtle = ask.get("/changes/000000003", "text/turtle").get_data(as_text=True)
    assert "a better name" in turtle
    values = json.loads(ask.get("/changes/000000003.json").get_data())
    assert (values["number"], values["author"]) == (3, "Bob")
    for odd in ("77", "none", "9" * 12):
        assert ask.page(f"/changes/{odd}").status_code == 404


def test_the_change_of_the_package_is_not_compared(ask: Asker) -> None:
    """Its graphs have only digests; they are named, and cannot be undone."""
    text = page(ask, "/changes/000000001")
    assert "came with the package" in text and "Page 1 of " in text
    assert "Undo this change" not in text


# -- entries ---------------------------------------------------------------------------


def test_entries_say_who_changed_them_last(ask: Asker) -> None:
    """With a link to all versions; French says so in French."""
    for path in (PATH, "/companies/mill"):
        text = page(ask, path)
        assert f'href="{path}/history"' in text
        assert "changed " in text and " ago by " in text
    assert "modifié il y a" in page(ask, f"{PATH}?lang=fr")


def test_the_versions_of_an_entry_can_be_compared(ask: Asker) -> None:
    """The two newest are chosen; the form needs no script."""
    text = page(ask, f"{PATH}/history")
    assert 'name="from" value="2"' in text and 'name="to" value="3"' in text
    assert f'action="{PATH}/diff"' in text
    found = page(ask, f"{PATH}/diff?from=2&to=3")
    for said in ("Title", "“Orders”", "“Bread”", "Ada", "Bob"):
        assert said in found
    assert page(ask, f"{PATH}/diff?from=3&to=2").count("“Bread”") == 1
    assert "Nothing changed" in page(ask, f"{PATH}/diff?from=3&to=3")
    assert "not in the register" in page(ask, f"{PATH}/diff?from=1&to=3")


def test_versions_and_differences_are_data_too(ask: Asker) -> None:
    """By the published schemas."""
    text = ask.get(f"{PATH}/history.json").get_data(as_text=True)
    validate("changes", text)
    assert [one["number"] for one in json.loads(text)["changes"]] == [3, 2]
    text = ask.get(f"{PATH}/diff.json").get_data(as_text=True)
    validate("diff", text)
    assert json.loads(text)["changes"][0]["was"] == ["“Orders”"]
    assert ask.get("/activities/mill/none/history").status_code == 404
    assert ask.get("/activities/mill/none/diff").status_code == 404
    assert ask.get(f"{PATH}/diff?from=9").status_code == 404


def test_a_long_difference_is_cut_with_a_count(
    mill: Register, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page stays readable; the rest is counted."""
    monkeypatch.setattr("webui.history.MOST_SAID", 2)
    text = page(ask, "/changes/000000002")
    assert text.count('<tr><th scope="row">') == 4
    assert "and 1 more" in text


def test_what_people_write_cannot_become_markup(mill: Register, ask: Asker) -> None:
    """Not an author, not a reason, not a value of a field."""
    rename(mill, NASTY, NASTY, NASTY)
    paths = ("/changes", "/changes/000000004", f"{PATH}/history", f"{PATH}/diff")
    for path in paths:
        raw = ask.page(path).get_data(as_text=True)
        assert "<script>alert" not in raw and "&lt;script&gt;" in raw, path
    rename(mill, "Cake", "Di", "\x0b")
    feed = ElementTree.fromstring(ask.get("/changes.atom").get_data())
    assert NASTY in "".join(feed.itertext())


# -- the way back ----------------------------------------------------------------------


def test_a_form_goes_back_to_a_version(mill: Register, ask: Asker) -> None:
    """It leads to the change that records it."""
    form = {"entry": str(ENTRY), "to": "2", "author": "Cy", "reason": "a slip"}
    done = ask.form("/reversals", {**form, "revision": mill.etag(ENTRY)})
    assert (done.status_code, done.location) == (303, "/changes/000000004")
    assert set(mill.read(ENTRY).objects(ENTRY, DCT.title)) == {Literal("Orders", "en")}
    text = page(ask, "/changes/000000004")
    for said in ("Reversion", "about change 2", "Cy", "a slip"):
        assert said in text


def test_whoever_is_late_sees_what_stands_and_keeps_their_words(
    mill: Register, ask: Asker
) -> None:
    """412, and the form holds the newer revision."""
    stale = mill.etag(ENTRY)
    rename(mill, "Cake", "Di")
    form = {"entry": str(ENTRY), "to": "2", "author": "Cy", "reason": "a slip"}
    answer = ask.form("/reversals", {**form, "revision": stale})
    text = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 412
    for said in ("It changed since you read it", "a slip", "Di", mill.etag(ENTRY)):
        assert said in text
    assert past.head(mill, mill.base).number == 4
    again = ask.form("/reversals", {**form, "revision": mill.etag(ENTRY)})
    assert again.status_code == 303


def test_a_form_without_an_author_is_shown_again(mill: Register, ask: Asker) -> None:
    """Nothing is written, and what was typed is kept."""
    form = {"entry": str(ENTRY), "to": "2", "author": " ", "reason": "a slip"}
    answer = ask.form("/reversals", {**form, "revision": mill.etag(ENTRY)})
    assert answer.status_code == 400
    assert "a slip" in answer.get_data(as_text=True)
    assert past.head(mill, mill.base).number == 3


def test_a_removed_entry_has_its_history_and_comes_back(
    mill: Register, ask: Asker
) -> None:
    """Its page is gone; that of its history says so and offers the way back."""
    mill.remove(ENTRY, author="Di", replaces={mill.etag(ENTRY)})
    assert ask.page(PATH).status_code == 404
    text = page(ask, f"{PATH}/history")
    assert "This entry was removed" in text and "removed" in text
    form = {"entry": str(ENTRY), "to": "3", "author": "Cy", "revision": ""}
    assert ask.form("/reversals", form).status_code == 303
    assert "Bread" in page(ask, PATH)


def test_another_site_cannot_go_back(mill: Register, ask: Asker) -> None:
    """The guard of all forms holds here as well."""
    form = {"entry": str(ENTRY), "to": "2", "author": "Cy"}
    foreign = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"}
    assert ask.form("/reversals", form, **foreign).status_code == 403


def test_a_change_is_undone_from_its_page(mill: Register, ask: Asker) -> None:
    """And what stands in the way is named."""
    done = ask.form("/reversals", {"change": "3", "author": "Cy"})
    assert (done.status_code, done.location) == (303, "/changes/000000004")
    again = ask.form("/reversals", {"change": "3", "author": "Cy"})
    assert again.status_code == 412
    assert "change 4 of Cy" in html.unescape(again.get_data(as_text=True))


def test_programs_go_back_over_http(mill: Register, ask: Asker) -> None:
    """The revision stands in the header; without it nothing is overwritten."""
    body = json.dumps({"entry": str(ENTRY), "to": "2", "author": "Cy"})
    assert ask.send("POST", "/reversals", body, JSON).status_code == 428
    stale = {"If_Match": '"sha256:00"'}
    assert ask.send("POST", "/reversals", body, JSON, **stale).status_code == 412
    read = {"If_Match": f'"{mill.etag(ENTRY)}"'}
    done = ask.send("POST", "/reversals", body, JSON, **read)
    assert done.status_code == 201
    validate("reverted", done.get_data(as_text=True))
    assert ask.send("POST", "/reversals", "[]", JSON).status_code == 400
    assert ask.send("POST", "/reversals", "x", "text/plain").status_code == 415


def test_the_verbs_are_the_same_through_a_server(mill: Register) -> None:
    """Listed, compared, taken back and undone as in a folder."""
    with bind(mill, "127.0.0.1", 0) as bound:
        threading.Thread(target=bound.run, daemon=True).start()
        with Served(bound.url) as served:
            wanted = Wanted(entry=ENTRY)
            assert served.changes(wanted) == mill.changes(wanted)
            assert (
                served.diff(ENTRY, lang="fr").said == mill.diff(ENTRY, lang="fr").said
            )
            read = {mill.etag(ENTRY)}
            done = served.revert(ENTRY, 2, author="Cy", replaces=read)
            assert done.entries == {ENTRY: "changed"}
            with pytest.raises(Conflict):
                served.revert(ENTRY, 3, author="Cy", replaces=read)
            with pytest.raises(Conflict, match="change 4 of Cy"):
                served.undo(3, author="Di")
            assert served.undo(4, author="Di").changed
            with pytest.raises(NotFound):
                served.diff(URIRef(f"{MILL}activities/mill/none"))


def test_beyond_the_last_page_is_the_last(ask: Asker) -> None:
    """As in every other list; a company that never was is not found."""
    for path in ("/changes", f"{PATH}/history"):
        assert "a better name" in page(ask, f"{path}?page=99")
    page(ask, "/changes?company=nix", 404)
    assert ask.get("/changes?company=nix", JSON).json["code"] == "unknown-name"
    page(ask, "/changes?since=2026-02-01&until=2026-01-01", 400)


def test_an_entry_is_taken_out_only_where_that_is_said(
    mill: Register, ask: Asker
) -> None:
    """Going back before its creation asks for a word of its own."""
    given = {"entry": ORDERS, "to": "1", "author": "Cy", "revision": mill.etag(ENTRY)}
    answer = ask.send("POST", "/reversals", json.dumps(given), JSON)
    assert answer.status_code == 400 and "removes it" in answer.json["detail"]
    given["remove"] = "yes"
    answer = ask.send("POST", "/reversals", json.dumps(given), JSON)
    assert answer.json["entries"][0]["state"] == "removed"


def test_what_a_change_moved_is_given_as_statements(mill: Register, ask: Asker) -> None:
    """Each of the two graphs at its own address; all three in one document."""
    added, removed = (
        Graph().parse(data=ask.get(f"/changes/3/{way}", "text/turtle").data)
        for way in ("added", "removed")
    )
    assert [str(o) for _, p, o in added if p == DCT.title] == ["Bread"]
    assert [str(o) for _, p, o in removed if p == DCT.title] == ["Orders"]
    for path, accept in (("3", "application/n-quads"), ("3.nq", ""), ("3.trig", "")):
        answer = ask.get(f"/changes/{path}", accept)
        form = Syntax.TRIG if "trig" in path else Syntax.NQUADS
        iri = f"{MILL}changes/000000003"
        kept: dict[str, set[Any]] = {}
        for *triple, name in syntax.parse(answer.data, form):
            kept.setdefault(str(name), set()).add(tuple(triple))
        assert set(kept) == {iri, f"{iri}/added", f"{iri}/removed"}
        assert kept[f"{iri}/added"] == set(added)
        assert kept[iri] == set(mill.graph(URIRef(iri)))
    for path in ("/changes/77/added", "/changes/77.nq", "/changes/3/other"):
        assert ask.get(path).status_code == 404, path
    assert 'href="/changes/000000003/added"' in page(ask, "/changes/000000003")


def test_all_entries_of_a_change_are_given(mill: Register, ask: Asker) -> None:
    """A program asks from where on; a page leads to the next one."""
    graph = Graph()
    for number in range(23):
        firm = URIRef(f"{MILL}organisations/firm-{number:02d}")
        graph.add((firm, RDF.type, DPV.Organisation))
        graph.add((firm, DPV.hasName, Literal(f"Firm {number:02d}")))
    mill.add(graph, author="Ada")
    whole = ask.get("/changes/4", JSON).json
    assert (len(whole["entries"]), whole["entries_total"]) == (23, 23)
    some = ask.get("/changes/4?start=20&limit=2", JSON).json
    assert some["entries"] == whole["entries"][20:22]
    assert some["entries_start"] == 20
    assert ask.get("/changes/4?start=x", JSON).status_code == 400
    assert Change.from_values(some).entries == mill.change(4, start=20).entries[:2]
    listed = json.dumps({**ask.get("/changes?limit=1", JSON).json, "changes": [some]})
    schema = files("ropa").joinpath("schemas/changes.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(schema)).validate(json.loads(listed))
    first, last = page(ask, "/changes/4"), page(ask, "/changes/4?page=9")
    assert "Firm 19" in first and "Firm 20" not in first and "Page 1 of 2" in first
    assert "Firm 22" in last and "Firm 19" not in last and "Page 2 of 2" in last
