"""Pages of the register as it was recorded, and the day of the law beside that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ropa import entry
from tests.ropa import dated_entries
from tests.ropa.dated_entries import LAST, LETTERS, ORDERS, PREFIXES, activity
from tests.webui.conftest import Asker
from webui import create_app

if TYPE_CHECKING:
    from ropa.register import Register

PAGE = "/activities/mill/orders"
GONE = "/activities/mill/letters"


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Open a register with changes on known days."""
    opened = dated_entries.create(str(tmp_path_factory.mktemp("dated") / "register"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def asked(dated: Register) -> Asker:
    """Give a client of its application."""
    return Asker(create_app(dated).test_client())


def text_of(asked: Asker, path: str) -> str:
    """Read a page."""
    answer = asked.page(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def notice(text: str) -> str:
    """Give the words of the notice of a past state; empty where there is none."""
    found = re.search(r'<aside class="day record".*?</aside>', text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


@pytest.mark.parametrize(
    ("at", "title"),
    [
        ("2026-02-15", "Orders"),
        ("2026-03-01", "Orders and returns"),
        ("2026-03-01T09:59:59Z", "Orders"),
        ("2026-03-01T11:00:00+01:00", "Orders"),
        ("2026-03-01T12:00:00+01:00", "Orders and returns"),
        ("2", "Orders"),
        ("2027-01-01", "Orders and returns"),
    ],
)
def test_a_page_says_what_was_recorded(asked: Asker, at: str, title: str) -> None:
    """The address names a day, a moment with its zone, or the number of a change."""
    text = text_of(asked, f"{PAGE}?at={at}")
    assert f">{title}</h1>" in re.sub(r"<span[^>]*>|</span>", "", text)
    assert notice(text).startswith("As recorded ")
    assert '<meta name="robots" content="noindex">' in text


def test_a_page_without_a_point_says_what_stands(asked: Asker) -> None:
    """It has no notice, and offers a day of the record."""
    text = text_of(asked, PAGE)
    assert not notice(text)
    assert "noindex" not in text
    assert 'id="another-record"' in text
    assert asked.page(GONE).status_code == 404
    assert "Letters" in text_of(asked, f"{GONE}?at=4")


def test_the_notice_names_the_change_and_leads_back(asked: Asker) -> None:
    """Who made the newest change then and when; the law is that of today."""
    text = text_of(asked, f"{PAGE}?at=2026-02-15")
    said = notice(text)
    assert "As recorded on 15 February 2026" in said
    assert "2, 1 February 2026, 09:00:00 UTC, Ada" in said
    assert "The law is that of today." in said
    assert f'<a href="{PAGE}">back to now</a>' in text
    assert f'href="{PAGE}?at=2026-02-15&amp;as_of=2026-02-15"' in text
    assert "Nothing was recorded yet." in notice(text_of(asked, "/?at=0"))


def test_both_clocks_are_told_apart(asked: Asker) -> None:
    """What was known on a day, by the law of that day, or of another."""
    both = text_of(asked, f"{PAGE}?at=2026-03-01&as_of=2026-03-01")
    assert "As recorded on 1 March 2026" in notice(both)
    assert "The law is that of today." not in notice(both)
    assert "Judged by the law of 1 March 2026" in both
    assert f'<a href="{PAGE}?as_of=2026-03-01">back to now</a>' in both
    assert f'<a href="{PAGE}?at=2026-03-01">back to today</a>' in both

    def valid(at: str, day: str) -> list[str]:
        rows = asked.get(f"/transfers.json?at={at}&as_of={day}").json
        return [row["valid"] for row in rows or []]

    assert valid("2026-02-15", "2019-01-01") == ["true"]
    assert valid("2026-02-15", "2026-03-01") == ["false"]
    assert valid("2026-03-01", "2019-01-01") == []


def test_the_notice_speaks_french(asked: Asker) -> None:
    """As the rest of the page does."""
    text = text_of(asked, f"{PAGE}?at=2026-03-01&lang=fr")
    assert "enregistré au 1er mars 2026" in notice(text)
    assert "revenir à maintenant" in notice(text)


@pytest.mark.parametrize(
    "path", ["/", "/companies/mill", PAGE, "/transfers", "/findings", "/search?q=mill"]
)
def test_each_link_stays_in_the_past(asked: Asker, path: str) -> None:
    """But those that lead back to now."""
    text = text_of(asked, f"{path}{'&' if '?' in path else '?'}at=2026-02-15")
    links = re.findall(r'<a [^>]*href="(/[^"]*)"[^>]*>([^<]*)<', text)
    away = [
        at
        for at, words in links
        if "at=2026-02-15" not in at and words != "back to now"
    ]
    assert len(links) > 10
    assert not away
    forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
    assert forms
    assert all('name="at"' in form for form in forms)


@pytest.mark.parametrize(
    ("path", "then", "now"),
    [
        ("/questions/activities.csv", "Letters", "Orders"),
        ("/companies/mill", "Letters", "Orders"),
        ("/search?q=letters", "/activities/mill/letters", "search"),
        ("/findings.csv", "letters", "orders"),
    ],
)
def test_lists_and_questions_are_of_that_state(
    asked: Asker, path: str, then: str, now: str
) -> None:
    """What came and went since is there, or is not."""
    joined = f"{path}{'&' if '?' in path else '?'}at=4"
    assert then in asked.page(joined).get_data(as_text=True)
    text = asked.page(path).get_data(as_text=True)
    assert then not in text
    assert now in text


def test_queries_read_that_state(asked: Asker) -> None:
    """By every way of the protocol."""
    query = "SELECT ?t WHERE { ?a a dpv:PersonalDataProcess ; dct:title ?t }"
    given = {"query": query}
    json = "application/sparql-results+json"
    host = {"Host": asked.host, "Accept": json}
    for at, number in (("2", 1), ("4", 2), ("1", 0), ("", 1)):
        answers = [
            asked.client.get("/sparql", query_string={**given, "at": at}, headers=host),
            asked.client.post("/sparql", data={**given, "at": at}, headers=host),
            asked.client.post(
                f"/sparql?at={at}",
                data=query,
                headers={**host, "Content-Type": "application/sparql-query"},
            ),
        ]
        for answer in answers:
            assert answer.status_code == 200
            assert len(answer.get_json(force=True)["results"]["bindings"]) == number


def test_documents_and_reports_are_of_that_state(asked: Asker, dated: Register) -> None:
    """Turtle of an entry, a graph of the store protocol, a report."""
    turtle = asked.get(f"{GONE}.ttl?at=4")
    assert "Letters" in turtle.get_data(as_text=True)
    graph = asked.get(f"/rdf-graphs?graph={LETTERS}&at=4", "text/turtle")
    assert graph.headers["ETag"] == f'"{dated.at(4).etag(LETTERS)}.ttl"'
    assert asked.get(f"/rdf-graphs?graph={LETTERS}", "text/turtle").status_code == 404
    then, now = (
        len((asked.get(f"/api/report{at}").json or {})["findings"])
        for at in ("?at=4", "")
    )
    assert then > now


def test_headers_name_the_state(asked: Asker) -> None:
    """When it was recorded, and where what stands now is (RFC 7089)."""
    answer = asked.page(f"{PAGE}?at=2026-02-15&lang=en")
    assert answer.headers["Memento-Datetime"] == "Sun, 01 Feb 2026 09:00:00 GMT"
    assert f'<{PAGE}?lang=en>; rel="original"' in answer.headers.getlist("Link")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Memento-Datetime" not in asked.page(PAGE).headers
    assert "Memento-Datetime" not in asked.page("/?at=0").headers


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.ttl", "/findings", "/transfers.csv"])
def test_what_is_known_of_one_state_is_sent_for_another(
    asked: Asker, path: str
) -> None:
    """The entity tag of one state does not stand for another."""
    then, later = (asked.page(f"{path}?at={number}") for number in (2, 3))
    assert then.headers["ETag"] != later.headers["ETag"]
    again = asked.page(f"{path}?at=3", If_None_Match=then.headers["ETag"])
    assert again.status_code == 200
    same = asked.page(f"{path}?at=2", If_None_Match=then.headers["ETag"])
    assert same.status_code == 304


@pytest.mark.parametrize(
    ("at", "status", "words"),
    [
        ("yesterday", 400, "names no point in the history"),
        ("2026-02-30", 400, "names no point in the history"),
        ("99", 404, "There is no change 99 yet."),
        ("2&at=3", 400, "given more than once"),
        ("%3Cscript%3E", 400, "&lt;script&gt;"),
    ],
)
def test_what_names_no_state_is_refused(
    asked: Asker, at: str, status: int, words: str
) -> None:
    """On each address, and in words."""
    for path in ("/", PAGE, "/transfers", "/nowhere"):
        answer = asked.page(f"{path}?at={at}")
        assert answer.status_code == status
        assert words in answer.get_data(as_text=True)
    assert asked.get(f"/?at={at}").json["status"] == status  # type: ignore[index]


def test_nothing_is_written_into_the_past(asked: Asker, dated: Register) -> None:
    """Not by any method of any address, even where the state named is what stands."""
    body = PREFIXES + activity("new", "New").serialize(format="turtle")
    before = dated.revision
    for at in ("2", "2026-02-15", str(LAST)):
        for method in ("PUT", "POST", "DELETE"):
            answer = asked.send(
                method,
                f"/rdf-graphs?graph={ORDERS}&author=Ada&at={at}",
                body,
                "text/turtle",
                If_Match="*",
            )
            assert answer.status_code == 501
            assert "cannot be changed" in (answer.json or {})["detail"]
        for path in ("/answers", "/answers/withdrawals"):
            assert asked.form(f"{path}?at={at}", {}).status_code == 501
    assert dated.revision == before


def test_pages_of_the_past_offer_no_form_that_writes(asked: Asker) -> None:
    """The finding is there; it is answered where it stands now."""
    key = re.search(r'href="/findings/(\w{20})"', text_of(asked, PAGE))
    assert key is not None
    for path in (f"/findings/{key[1]}?at=3", f"{PAGE}?at=3"):
        assert 'method="post"' not in text_of(asked, path)
    assert 'method="post"' in text_of(asked, f"/findings/{key[1]}")


def test_an_entry_is_checked_with_that_state_as_context(asked: Asker) -> None:
    """Validating saves nothing, so it is there in the past as well."""
    body = activity("new", "New").serialize(format="turtle")

    def codes(at: str) -> set[str]:
        answer = asked.send("POST", f"/validate{at}", body, "text/turtle")
        assert answer.status_code == 200
        return {one["rule"] for one in answer.json["findings"]}  # type: ignore[index]

    assert codes("?at=1") != codes("?at=2")
    assert codes("?at=2") == codes("")


def test_a_page_is_as_it_was_before_it_was_changed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A stored address shows what the register said, whatever is written later."""
    place = str(tmp_path_factory.mktemp("stored") / "register")
    with dated_entries.create(place) as register:
        asked = Asker(create_app(register).test_client())
        first = text_of(asked, f"{PAGE}?at=3")
        revision = register.etag(ORDERS)
        register.add(activity("orders", "Anew"), author="Ada", replaces={revision})
        assert text_of(asked, f"{PAGE}?at=3") == first
        assert "Anew" in text_of(asked, PAGE)
        assert entry.etag(revision) == entry.etag(register.at(3).etag(ORDERS))


@pytest.mark.parametrize("path", ["/changes", "/changes/000000003", f"{PAGE}/history"])
def test_history_is_as_it_was_then(asked: Asker, path: str) -> None:
    """Later changes are not there, nothing is undone, and links have one query."""
    text = text_of(asked, f"{path}?at=3&lang=fr")
    assert "/changes/000000003" in text
    assert "/changes/000000006" not in text
    assert 'method="post"' not in text
    links = re.findall(r'(?:href|action)="([^"]*)"', text)
    assert not [link for link in links if link.count("?") > 1]
    assert asked.page("/changes/000000006?at=3").status_code == 404
