"""Pages of the register as it was: links that stay there, a notice, and headers.

The point in history is asked for in the address (``at``), and is independent of the day
whose law is applied (``as_of``). What was recorded is read only.

Source: RFC 7089 (Memento): the date of a state, and the address of what stands now.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Flask, Response, has_request_context, request
from werkzeug.http import http_date

from ropa import history
from ropa.errors import NotSupported
from webui.current import PARAMETER, asked_at, asked_point, the_register
from webui.languages import gettext as _
from webui.naming import href
from webui.security import READING
from webui.tables import address
from webui.values import day, moment

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# They take a body and write nothing.
_ASKING = frozenset(("sparql.endpoint", "checks.check", "sources.show_in_place"))


def _check() -> None:
    """Read the point once, before any page; nothing is written into the past.

    Raises:
        NotSupported: the request would write.
    """
    point = asked_point()
    if point is None or request.method in READING or request.endpoint in _ASKING:
        return
    raise NotSupported(
        _("What was recorded in the past cannot be changed."),
        hint=_("Leave the parameter %(name)s out of the address.", name=PARAMETER),
    )


def _keep(endpoint: str, values: dict[str, Any]) -> None:
    """Carry the point on in every link made by ``url_for``."""
    if endpoint == "static" or not has_request_context():
        return
    if asked_at():
        values.setdefault(PARAMETER, asked_at())


def banner() -> dict[str, str]:
    """Say at which point in history a page reads; empty where it reads what stands."""
    point = asked_point()
    if point is None:
        return {}
    asked = asked_at()
    is_day = _DAY.fullmatch(asked) is not None
    if is_day:
        words = _("As recorded on %(day)s", day=day(asked))
    elif _DAY.match(asked):
        words = _("As recorded on %(day)s", day=moment(asked))
    else:
        words = _("As recorded by change %(number)s", number=point.number)
    change = history.change_iri(the_register().base, point.number)
    made = _(
        "Newest change then: %(number)s, %(moment)s, %(author)s",
        number=point.number,
        moment=moment(point.moment),
        author=point.author,
    )
    return {
        "iso": asked if is_day else point.moment[:10],
        "words": words,
        "made": made if point.number else _("Nothing was recorded yet."),
        "href": href(change) or "" if point.number else "",
        "day": day(point.moment[:10]) if point.number else "",
        "then": address(as_of=asked if is_day else point.moment[:10]),
    }


def _tell(response: Response) -> Response:
    """Say in the headers which state was read."""
    if request.endpoint == "static" or response.status_code >= 400:
        return response
    point = asked_point()
    if point is None:
        return response
    response.headers["X-Robots-Tag"] = "noindex"
    if point.number:
        made = datetime.fromisoformat(point.moment)
        response.headers["Memento-Datetime"] = http_date(made)
    now = address(**{PARAMETER: None})
    response.headers.add("Link", f'<{now}>; rel="original"')
    return response


def install(app: Flask) -> None:
    """Let every page of an application know the point in history that it reads."""
    app.before_request(_check)
    app.after_request(_tell)
    app.url_default_functions.setdefault(None, []).append(_keep)
    app.jinja_env.globals.update(recorded_banner=banner, asked_at=asked_at)
