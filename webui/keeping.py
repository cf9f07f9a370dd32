"""The whole register as one file, for who keeps a backup of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain

from flask import Blueprint, Response

from ropa.backup import MEDIA_TYPE
from webui.current import the_register

pages = Blueprint("keeping", __name__)


@pages.get("/api/backup")
def backup() -> Response:
    """Give a backup while writing goes on: one state, history included."""
    parts = the_register().backup()
    # What fails at once is told as a problem, and not in the middle of a file.
    answer = Response(chain([next(parts)], parts), mimetype=MEDIA_TYPE)
    answer.call_on_close(parts.close)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    answer.headers["Content-Disposition"] = f'attachment; filename="ropa-{day}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
