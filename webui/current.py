"""The register behind the current request: as it stands, or as it was recorded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import current_app, g, has_request_context, request

from ropa.errors import InputError, NotFound, RopaError
from webui.languages import gettext as _

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from ropa.past import Point
    from ropa.register import Register

PARAMETER = "at"
# In an address a plus stands for a blank, and a zone may begin with one.
_ZONE = re.compile(r"(T\S+) (\d\d:?\d\d)$")


def the_register() -> Register:
    """Give the register that the current request reads.

    It is the one of the application, or what that was at the point in its history
    which the address names.
    """
    live: Register = current_app.extensions["register"]
    point = asked_point()
    if point is None:
        return live
    if "register" not in g:
        try:
            g.register = live.at(point.number)
        except RopaError:
            # What cannot be given counts as not asked while the refusal is written.
            g.asked_point = None
            raise
    found: Register = g.register
    return found


def asked_at() -> str:
    """Give the point in history that is read, as the address writes it; or nothing."""
    return str(g.asked_at) if asked_point() is not None else ""


def _written() -> str:
    given = {text.strip() for text in _asked().getlist(PARAMETER) if text.strip()}
    if len(given) > 1:
        raise InputError(_("%(name)s is given more than once.", name=PARAMETER))
    return _ZONE.sub(r"\1+\2", next(iter(given), ""))


def _asked() -> MultiDict[str, str]:
    """Give the parameters: the protocol of queries sends them in a form as well."""
    is_form = request.endpoint == "sparql.endpoint"
    return request.values if is_form else request.args


def asked_point() -> Point | None:
    """Give the point in history that is read; None for what stands now.

    Raises:
        InputError: the address names none that can be read.
        NotFound: there is no such change yet.
    """
    if not has_request_context() or request.endpoint == "static":
        return None
    if "asked_point" not in g:
        # What cannot be read counts as not asked while the refusal is written.
        g.asked_point = None
        text = _written()
        if text:
            g.asked_point, g.asked_at = _point(text), text
    asked: Point | None = g.asked_point
    return asked


def _point(text: str) -> Point:
    live: Register = current_app.extensions["register"]
    try:
        return live.point_at(text)
    except InputError as problem:
        raise InputError(
            _(
                "%(text)s names no point in the history of the register.",
                text=text[:40],
            ),
            hint=_(
                "Write a day (2026-03-01), a moment (2026-03-01T12:00:00Z) or the "
                "number of a change."
            ),
            parameter=PARAMETER,
        ) from problem
    except NotFound as problem:
        raise NotFound(
            _("There is no change %(number)s yet.", number=text[:40]),
            hint=_("The newest change is at /changes."),
        ) from problem
