"""Proof that history is intact, for programs: `ropa verify` asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request

from webui import negotiation

if TYPE_CHECKING:
    from ropa.register import Register

pages = Blueprint("verification", __name__)


@pages.get("/api/verification")
def verify() -> Response:
    """Go through the history of the register; writes go on meanwhile."""
    # The live one: history is proved whole, not as of a point in it.
    register: Register = current_app.extensions["register"]
    found = register.verify(noted=request.args.get("head", ""))
    return Response(found.as_json(), content_type=negotiation.LIST["json"])
