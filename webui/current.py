"""The register behind the current request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from ropa.register import Register


def the_register() -> Register:
    """Give the register of the application that answers the current request."""
    found: Register = current_app.extensions["register"]
    return found
