"""What a hostile page, host name or text cannot do."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Literal, URIRef

from ropa import revisions
from ropa.terms import DCT

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; worker-src 'self'"
)


@pytest.mark.parametrize(
    "path", ["/", "/companies/wpo.ttl", "/healthz", "/nothing", "/static/ropa.css"]
)
def test_every_answer_is_guarded(ask: Asker, path: str) -> None:
    """Pages, documents, errors and files all carry the protecting headers."""
    headers = ask.page(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_pages_stay_out_of_caches(ask: Asker) -> None:
    """A page with a company's records is not kept by a browser."""
    assert ask.page("/companies/wpo").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.0.0.1"]
)
def test_loopback_names_are_served(ask: Asker, host: str) -> None:
    """The server is reached by the names of this machine, at any port."""
    assert ask.get("/healthz", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.",
        "a b",
    ],
)
def test_rebound_names_are_refused(ask: Asker, host: str) -> None:
    """A foreign name that resolves to this machine is refused."""
    assert ask.get("/healthz", Host=host).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_cannot_send(ask: Asker, headers: dict[str, str]) -> None:
    """A form or script of another site is refused, whatever it sends."""
    for path in ("/validate", "/sparql", "/rdf-graphs"):
        answer = ask.send(
            "POST",
            path,
            "query=ASK{}",
            "application/x-www-form-urlencoded",
            **{name.replace("-", "_"): value for name, value in headers.items()},
        )
        assert answer.status_code == 403
        assert answer.json["code"] == "not-allowed"


def test_large_bodies_are_refused(ask: Asker) -> None:
    """More than ten mebibytes are refused as too large, as a problem document."""
    answer = ask.send("POST", "/validate", b" " * (10 * 2**20 + 1), "text/turtle")
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_compressed_bodies_are_refused(ask: Asker) -> None:
    """A compressed body could unfold without bound; it is refused unread."""
    answer = ask.send(
        "POST",
        "/validate",
        gzip.compress(b"<a> <b> <c> ."),
        "text/turtle",
        Content_Encoding="gzip",
    )
    assert answer.status_code == 415


def test_markup_in_a_title_is_inert(writable: Asker) -> None:
    """A title that holds a script is shown as text on every page that names it."""
    register = writable.client.application.extensions["register"]
    company = URIRef(register.base + "activities/wpo/marketing")
    graph: Graph = register.read(company)
    title = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    graph.set((company, DCT.title, Literal(title, lang="en")))
    register.add(graph, author="Test", replaces=revisions.ANY)
    for path in (
        "/activities/wpo/marketing",
        "/companies/wpo",
        "/questions/activities",
        "/search?q=script",
    ):
        text = writable.page(path).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E",
        "/transfers?company=%3Cscript%3Ealert(1)%3C/script%3E",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/companies/%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_markup_in_an_address_is_inert(ask: Asker, path: str) -> None:
    """What is written into an address comes back as text only."""
    assert "<script>alert" not in ask.page(path).get_data(as_text=True)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..%2f..%2fsetup.cfg", "%00"])
def test_paths_do_not_leave_their_room(ask: Asker, name: str) -> None:
    """No address reaches a file outside the static folder."""
    for start in ("/static/", "/companies/", "/questions/"):
        assert ask.page(start + name).status_code in {308, 400, 404}


def test_search_text_cannot_become_a_query(ask: Asker) -> None:
    """Quotes, braces and backslashes in the search stay inside their literal."""
    for words in ('" ) } #', "\\", "'''", '")} UNION {?thing ?way ?label', "a\nb"):
        answer = ask.client.get(
            "/search", query_string={"q": words}, headers={"Host": ask.host}
        )
        assert answer.status_code == 200
