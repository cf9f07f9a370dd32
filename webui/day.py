"""The day whose law a page applies: asked for in the address, otherwise today."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Flask, g, has_request_context, request

from ropa import queries
from ropa.errors import InputError
from webui.languages import gettext as _

PARAMETER = "as_of"


def read(text: str) -> date | None:
    """Read a day as a person or a program writes it.

    Args:
        text: year, month and day such as 2026-11-22; empty where none is asked for.

    Raises:
        InputError: it is not a day of the calendar.
    """
    if not text:
        return None
    try:
        return queries.as_day(text)
    except InputError as problem:
        raise _refusal(
            _(
                "%(name)s is not a day of the calendar: %(text)s.",
                name=PARAMETER,
                text=repr(text[:40]),
            )
        ) from problem


def _refusal(message: str) -> InputError:
    return InputError(
        message,
        hint=_("Write year, month and day, as in 2026-11-22."),
        parameter=PARAMETER,
    )


def asked_day() -> date | None:
    """Give the day that the address asks for; None where it asks for none."""
    if "asked_day" not in g:
        # What cannot be read counts as not asked while the refusal is written.
        g.asked_day = None
        given = {text for text in request.args.getlist(PARAMETER) if text}
        if len(given) > 1:
            raise _refusal(_("%(name)s is given more than once.", name=PARAMETER))
        g.asked_day = read(next(iter(given), ""))
    asked: date | None = g.asked_day
    return asked


def judged_day() -> date:
    """Give the day whose law is applied: the one asked for, otherwise today (UTC)."""
    return asked_day() or datetime.now(UTC).date()


def take(day: date | None) -> None:
    """Make a day that a form states the day of the page that answers it."""
    g.asked_day = day


def _check() -> None:
    """Read the day once, before any page: none can overlook a wrong one."""
    if request.endpoint != "static":
        asked_day()


def _keep(endpoint: str, values: dict[str, Any]) -> None:
    """Carry the day on in every link made by ``url_for``."""
    if endpoint == "static" or not has_request_context():
        return
    day = asked_day()
    if day is not None:
        values.setdefault(PARAMETER, day.isoformat())


def install(app: Flask) -> None:
    """Let every page of an application know its day."""
    app.before_request(_check)
    app.url_default_functions.setdefault(None, []).append(_keep)
    app.jinja_env.globals.update(asked_day=asked_day)
