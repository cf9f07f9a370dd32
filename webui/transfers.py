"""All transfers as one table, with its filters in the address."""

from __future__ import annotations

from flask import Blueprint, Response

from webui import standing, tables

pages = Blueprint("transfers", __name__)

FACETS = ("company", "country", "tool", "valid", "state")


@pages.get("/transfers")
def every() -> Response:
    """List the transfers as of a day, narrowed as the address says."""
    return tables.answer(
        "transfers",
        template="transfers.html",
        facets=FACETS,
        widen=standing.beside,
    )
