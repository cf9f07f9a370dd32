"""What is answered when something fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ropa.errors import LimitReached
from webui import create_app

if TYPE_CHECKING:
    from ropa.register import Register
    from tests.webui.conftest import Asker

UNKNOWN = [
    "/nothing",
    "/companies/wpoo",
    "/activities/wpo/nothing",
    "/organisations/nobody",
    "/sources/none",
    "/terms/dpv/Purpse",
    "/terms/nobody/Purpose",
    "/rules/none",
    "/law/none",
    "/questions/none",
    "/changes/999999",
    "/changes/none",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_thing(ask: Asker, path: str) -> None:
    """An unknown thing is 404: a problem document for programs, a page for people."""
    answer = ask.get(path, "application/json")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem["status"] == 404
    is_name = path.startswith("/questions/")
    assert problem["code"] == ("unknown-name" if is_name else "not-found")
    assert problem["type"].endswith(f"/{problem['code']}")
    assert problem["instance"] == path
    assert problem["title"] and problem["detail"]
    page = ask.page(path)
    assert page.status_code == 404
    assert page.mimetype == "text/html"
    assert 'role="alert"' in page.get_data(as_text=True)


def test_nearest_matches_are_offered(ask: Asker) -> None:
    """A slip of the pen in an address is answered with what was perhaps meant."""
    assert 'href="/companies/wpo"' in ask.page("/companies/wpoo").get_data(as_text=True)
    text = ask.page("/activities/wpo/marketingg").get_data(as_text=True)
    assert 'href="/activities/wpo/marketing"' in text


def test_problem_page_speaks_the_language(ask: Asker) -> None:
    """The page of a failure is in the language of the other pages."""
    text = ask.page("/nothing?lang=fr").get_data(as_text=True)
    assert '<html lang="fr">' in text
    assert "a rien ici" in text


def test_method_is_named(ask: Asker) -> None:
    """A method that an address does not know is 405 with those that it does."""
    answer = ask.send("PUT", "/companies/wpo", "", "text/turtle")
    assert answer.status_code == 405
    assert answer.json["code"] == "method"
    assert "GET" in answer.headers["Allow"]
    place = "/rdf-graphs?graph=https://w3id.org/ropa-kg/data/companies/wpo"
    assert f"at {place}, by PUT" in answer.json["hint"]
    # It is the right one.
    assert ask.get(place, "text/turtle").status_code == 200
    other = ask.send("PUT", "/search", "", "text/turtle")
    assert "rdf-graphs" not in other.json["hint"]


def test_limit_is_named(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that was reached is 503 with its name and when to come again."""

    def fail(*_: object, **__: object) -> None:
        raise LimitReached("The query took more than 10 seconds.", limit="seconds")

    app = create_app(register)
    monkeypatch.setattr(register, "query", fail)
    answer = app.test_client().get(
        "/sparql?query=ASK%7B%7D",
        headers={"Host": "127.0.0.1", "Accept": "application/sparql-results+json"},
    )
    assert answer.status_code == 503
    assert answer.json["limit"] == "seconds"
    assert answer.headers["Retry-After"]


def test_own_fault_shows_no_inside(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program is 500 with one sentence: no traceback, no path."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret inside")

    app = create_app(register)
    monkeypatch.setattr(register, "summary", fail)
    answer = app.test_client().get("/healthz", headers={"Host": "127.0.0.1"})
    assert answer.status_code == 500
    assert answer.json["code"] == "internal"
    text = answer.get_data(as_text=True)
    assert "secret" not in text
    assert "Traceback" not in text
