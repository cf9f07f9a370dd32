"""All findings: what is to be done, by whom, under which article."""

from __future__ import annotations

from flask import Blueprint, Response

from webui import tables

pages = Blueprint("findings", __name__)

FACETS = ("company", "severity", "rule", "article")


@pages.get("/findings")
def every() -> Response:
    """List the findings, narrowed as the address says."""
    return tables.answer("findings", template="list.html", facets=FACETS)
