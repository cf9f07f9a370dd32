"""Which form an answer takes, and how often it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from webui.negotiation import digest_of, tag

if TYPE_CHECKING:
    from tests.webui.conftest import Asker

WPO = "/companies/wpo"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle", "text/turtle"),
        ("text/html;q=0.2, text/turtle;q=0.9", "text/turtle"),
        ("application/ld+json;q=0.5, application/rdf+xml;q=0.6", "application/rdf+xml"),
        ("application/pdf, application/n-triples;q=0.1", "application/n-triples"),
        ("text/turtle;q=0, application/ld+json;q=0.1", "application/ld+json"),
    ],
)
def test_accept_decides(ask: Asker, accept: str, media: str) -> None:
    """The best of what is wanted is answered; a page where nothing is preferred."""
    assert ask.get(WPO, accept).mimetype == media


def test_suffix_is_stronger_than_accept(ask: Asker) -> None:
    """A suffix names the form, whatever the browser says it prefers."""
    assert ask.page(f"{WPO}.ttl").mimetype == "text/turtle"


@pytest.mark.parametrize("accept", ["application/pdf", "image/png", "text/csv"])
def test_unknown_form_is_refused(ask: Asker, accept: str) -> None:
    """What the thing has no form for is answered by 406 and the forms it has."""
    answer = ask.get(WPO, accept)
    assert answer.status_code == 406
    assert "text/turtle" in answer.json["hint"]


def test_suffix_without_such_a_form_is_refused(ask: Asker) -> None:
    """A thing is no table, and a table is no graph."""
    assert ask.get(f"{WPO}.csv").status_code == 406
    assert ask.get("/transfers.rdf").status_code == 406


def test_other_forms_are_announced(ask: Asker) -> None:
    """Header and page name the other forms, and each of them answers."""
    answer = ask.page(WPO)
    for suffix, media in (("ttl", "text/turtle"), ("jsonld", "application/ld+json")):
        link = f'<{WPO}.{suffix}>; rel="alternate"; type="{media}"'
        assert link in answer.headers.getlist("Link")
        assert f'<link rel="alternate" type="{media}" href="{WPO}.{suffix}">' in (
            answer.get_data(as_text=True)
        )
        assert ask.get(f"{WPO}.{suffix}").status_code == 200


@pytest.mark.parametrize("path", ["/", WPO, f"{WPO}.ttl", "/transfers.csv"])
def test_what_is_known_is_not_sent_again(ask: Asker, path: str) -> None:
    """An answer has an entity tag; whoever states it gets 304 without a body."""
    etag = ask.page(path).headers["ETag"]
    again = ask.page(path, If_None_Match=etag)
    assert again.status_code == 304
    assert not again.data


def test_forms_of_one_revision_have_their_own_tags(ask: Asker) -> None:
    """Entity tags differ by form and share the digest of what is stated."""
    tags = [
        ask.get(f"{WPO}.{suffix}").headers["ETag"].strip('"')
        for suffix in ("ttl", "nt", "jsonld", "rdf")
    ]
    assert len(set(tags)) == len(tags)
    assert len({digest_of(one) for one in tags}) == 1
    assert tags[0].startswith("sha256:")


def test_tag_and_digest_are_inverse() -> None:
    """The digest is found again in a tag; a foreign tag stays as it is."""
    assert digest_of(tag("sha256:ab", "ttl")) == "sha256:ab"
    assert digest_of("other") == "other"
    assert digest_of("v1.2") == "v1.2"


def test_head_is_answered_without_a_body(ask: Asker) -> None:
    """HEAD gives the headers of GET."""
    answer = ask.client.head(f"{WPO}.ttl", headers={"Host": ask.host})
    assert answer.status_code == 200
    assert answer.mimetype == "text/turtle"
    assert not answer.data


@pytest.mark.parametrize("name", ["transfers", "findings", "companies", "activities"])
def test_list_answers_csv_and_json(ask: Asker, name: str) -> None:
    """Each list is also a CSV with the question's columns and a JSON of objects."""
    csv, values = ask.get(f"/{name}.csv"), ask.get(f"/{name}.json")
    assert csv.mimetype == "text/csv"
    assert values.mimetype == "application/json"
    rows = values.json
    header = csv.get_data(as_text=True).splitlines()[0]
    assert rows
    assert header.split(",") == list(rows[0])


def test_list_answers_other_ropa_programs(ask: Asker) -> None:
    """A program that speaks SPARQL results gets them from a named question."""
    answer = ask.get("/questions/activities", "application/sparql-results+json")
    assert answer.mimetype == "application/sparql-results+json"
    assert answer.get_json(force=True)["head"]["vars"] == [
        "company",
        "activity",
        "title",
        "role",
    ]


LISTS = ["/companies", "/transfers", "/findings", "/law", "/rules", "/terms"]
LISTS += ["/vendors", "/questions", "/questions/rights", "/activities", "/search?q=wpo"]


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_also_csv_and_json(ask: Asker, path: str) -> None:
    """As the README says of lists; a list is no graph."""
    assert ask.get(path, "text/csv").mimetype == "text/csv"
    assert isinstance(ask.get(path, "application/json").json, list)
    assert ask.get(path, "text/turtle").status_code == 406


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf", "nt"])
@pytest.mark.parametrize(
    "path",
    [
        "/companies/wpo",
        "/activities/wpo/marketing",
        "/terms/dpv/Purpose",
        "/law/eu-us-dpf",
        "/vendors/hubspot",
        "/rules/purpose-missing",
    ],
)
def test_every_thing_is_also_a_graph(ask: Asker, path: str, suffix: str) -> None:
    """As the README says of things."""
    assert ask.get(f"{path}.{suffix}").status_code == 200
