"""Entries from elsewhere have pages too, and keep their own IRIs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from ropa import assets, packaged
from ropa.formats import rdf
from ropa.register import Register
from tests.webui.conftest import Asker
from webui import create_app

if TYPE_CHECKING:
    from rdflib.term import URIRef

ELSEWHERE = "https://elsewhere.example/records/"


def example(base: str) -> Graph:
    """Read the good example as a register with this base would."""
    path = str(assets.path("data", "examples/good-entry.ttl"))
    return rdf.read_file(path, base=base).graph


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Browse an own register that holds a company from elsewhere."""
    place: Path = tmp_path_factory.mktemp("places") / "register"
    with Register.create(str(place), base="https://own.example/ropa/") as register:
        register.add(example(ELSEWHERE), author="Ada")
        yield Asker(create_app(register).test_client())


@pytest.mark.parametrize(
    "path", ["/companies/example-bakery", "/activities/example-bakery/newsletter"]
)
def test_an_entry_from_elsewhere_has_a_page(visitor: Asker, path: str) -> None:
    """At the place that its company and name give it, in every form."""
    page = visitor.page(path)
    assert page.status_code == 200
    assert "Example Bakery" in page.get_data(as_text=True)
    turtle = visitor.get(path, "text/turtle").get_data(as_text=True)
    assert f"<{ELSEWHERE}{path[1:]}" in turtle


def test_lists_lead_to_it(visitor: Asker) -> None:
    """Overview, companies and the table of activities link to the page."""
    for path in ("/", "/companies", "/activities"):
        text = visitor.page(path).get_data(as_text=True)
        assert 'href="/companies/example-bakery' in text


def test_relative_names_begin_with_the_base_of_the_register(tmp_path: Path) -> None:
    """The same file makes own entries of whichever register reads it."""
    subjects: set[URIRef] = set(example("https://own.example/ropa/").subjects())
    assert all(str(s).startswith("https://own.example/ropa/") for s in subjects)
    assert all(
        str(s).startswith(packaged.EXAMPLES_BASE)
        for s in example(packaged.EXAMPLES_BASE).subjects()
    )


def test_what_is_nowhere_is_still_not_found(visitor: Asker) -> None:
    """A company of no register has no page."""
    assert visitor.page("/companies/wpo").status_code == 404
