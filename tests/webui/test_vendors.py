"""Pages of vendors: where each is established, by whom said, and who is meant by it."""

from __future__ import annotations

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import vocabulary
from ropa.terms import DPV, LOC, ROPA, SKOS, VENDOR
from tests.webui.conftest import Asker

HUBSPOT = VENDOR["hubspot"]


def text_of(ask: Asker, path: str) -> str:
    """Give a page that is there."""
    answer = ask.page(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_vendor_has_a_page(ask: Asker, lang: str) -> None:
    """It says where the company is, its own name, and the source to look at."""
    words = vocabulary.load()
    text = text_of(ask, f"/vendors/hubspot?lang={lang}")
    assert "HubSpot, Inc." in text
    assert words.label(LOC.US, lang) in text
    assert words.label(ROPA.VendorSeat, lang) in text
    (source,) = [str(o) for p, o in words.said(HUBSPOT) if p == _source()]
    assert source in text
    assert f'href="/vendors?lang={lang}"' in text


def _source() -> URIRef:
    return URIRef("http://purl.org/dc/terms/source")


def test_a_vendor_is_a_graph_to_programs(ask: Asker) -> None:
    """The same address gives the statements of the row."""
    answer = ask.get("/vendors/hubspot", "text/turtle")
    graph = Graph().parse(data=answer.get_data(), format="turtle")
    assert (HUBSPOT, DPV.hasCountry, LOC.US) in graph
    assert {str(o) for o in graph.objects(HUBSPOT, SKOS.prefLabel)} == {"HubSpot"}


def test_the_list_has_every_vendor_and_narrows_by_country(ask: Asker) -> None:
    """One row for each, and those of one country where the address asks for it."""
    rows = ask.get("/vendors.json").json
    known = {i for i in vocabulary.load().terms() if i in VENDOR and i != VENDOR[""]}
    assert {row["vendor"] for row in rows} == {str(iri) for iri in known}
    some = ask.get("/vendors.json?country=https://w3id.org/dpv/loc%23FR").json
    assert {row["country"] for row in some} == {str(LOC.FR)}
    assert 0 < len(some) < len(rows)
    text = text_of(ask, "/vendors")
    assert 'href="/vendors/hubspot"' in text


def test_a_vendor_that_nobody_looked_up_is_unknown(ask: Asker) -> None:
    """The refusal names those that are spelt alike."""
    answer = ask.page("/vendors/hubspott")
    assert answer.status_code == 404
    assert "/vendors/hubspot" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("organisation", "vendor"),
    [("hubspot", "hubspot"), ("google-analytics", "google"), ("windows", "microsoft")],
)
def test_an_organisation_leads_to_the_vendor_of_its_name(
    ask: Asker, organisation: str, vendor: str
) -> None:
    """And says that it was the name alone that led there."""
    text = text_of(ask, f"/organisations/{organisation}")
    assert f'href="/vendors/{vendor}"' in text
    assert "another company may bear" in text


def test_an_organisation_of_another_name_leads_to_none(ask: Asker) -> None:
    """An authority is no vendor."""
    assert "/vendors/" not in text_of(ask, "/organisations/cnil")


def test_a_vendor_is_found_by_any_of_its_names(ask: Asker) -> None:
    """The search knows trade names, products and companies."""
    for name in ("HubSpot", "Google Analytics", "Meta Platforms, Inc."):
        found = text_of(ask, f"/search?q={name.replace(' ', '+')}")
        assert 'href="/vendors/' in found, name
