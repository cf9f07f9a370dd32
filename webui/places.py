"""Addresses of entries whose IRIs lie outside the register's own base.

An entry under the base is served at the path of its IRI. One that came from elsewhere
is served where its company and its name would have put it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import current_app
from rdflib import Literal

from ropa import entry
from webui.current import the_register

if TYPE_CHECKING:
    from ropa.register import Register

INFERRED = "inferred"
"""The last step of the address of what follows from an entry."""

_ELSEWHERE = """
SELECT DISTINCT ?entry ?company WHERE {{
  ?record a dpcat:ROPA ; dct:publisher ?company .
  {{ ?entry dct:isPartOf ?record . }} UNION {{ ?record dct:publisher ?entry . }}
  FILTER(!STRSTARTS(STR(?entry), {base}))
}} ORDER BY ?entry
"""


def paths() -> Mapping[str, str]:
    """Give the path, without its first slash, of each entry from elsewhere."""
    register = the_register()
    kept: dict[str, tuple[tuple[int, int], Mapping[str, str]]] = current_app.extensions[
        "places"
    ]
    state, found = kept.get("paths", ((-1, -1), {}))
    if state != register.state:
        state, found = register.state, _paths(register)
        kept["paths"] = (state, found)
    return found


def path_at(thing: str) -> str | None:
    """Give the path of an entry from elsewhere, or of what follows from it."""
    whole, slash, aside = thing.rpartition("/")
    if slash and aside == INFERRED and whole in paths():
        return f"{paths()[whole]}/{INFERRED}"
    return paths().get(thing)


def _paths(register: Register) -> dict[str, str]:
    rows = register.select(_ELSEWHERE.format(base=Literal(register.base).n3())).rows
    found: dict[str, str] = {}
    for node, company in rows:
        if node is None or company is None:
            continue
        path = f"companies/{entry.slug(company)}"
        if node != company:
            path = f"activities/{entry.slug(company)}/{entry.slug(node)}"
        # Of two with the same name only the first has a page.
        if path not in found.values():
            found[str(node)] = path
    return found


def iri_at(path: str) -> str | None:
    """Give the IRI of the entry from elsewhere that is served at a path."""
    return next((iri for iri, place in paths().items() if place == path), None)
