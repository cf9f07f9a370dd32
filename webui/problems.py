"""What is answered when something fails: a problem document, or a page.

Source: RFC 9457 (problem details); codes and statuses are those of ``ropa.errors``.
"""

from __future__ import annotations

import difflib
import logging
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from rdflib import URIRef
from werkzeug.exceptions import HTTPException

from ropa import past
from ropa.errors import (
    AnswerRejected,
    ApprovalRefused,
    EntryRejected,
    InputError,
    InternalError,
    LimitReached,
    MediaTypeUnknown,
    NotFound,
    NotJudgedYet,
    NotSupported,
    RopaError,
    SourceUnknown,
    TooLarge,
)
from ropa.formats import clashing
from ropa.terms import DPV, LAW, ROPA, VENDOR
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language
from webui.negotiation import is_page_wanted, json_answer

_LOG = logging.getLogger(__name__)
_KIND = "https://w3id.org/ropa-kg/problems/"
_ENTRIES = frozenset({"activities", "companies", "organisations", "sources"})


class MethodNotAllowed(RopaError):
    """An address does not know the method."""

    code = "method"
    exit_code = 2
    http_status = 405


_BY_STATUS: dict[int | None, type[RopaError]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    415: MediaTypeUnknown,
    501: NotSupported,
}


def title_of(status: int, code: str = "") -> str:
    """Name the kind of failure in the language of the page.

    Args:
        status: the HTTP status.
        code: the code of the error, where several share a status.
    """
    if code == SourceUnknown.code:
        return _("This is another text")
    if code == AnswerRejected.code:
        return _("The answer cannot be taken")
    if code == ApprovalRefused.code:
        return _("This step of approval cannot be taken")
    if code == NotJudgedYet.code:
        return _("Not all entries are judged yet")
    titles = {
        400: _("This could not be read"),
        403: _("This is not allowed"),
        404: _("Nothing is here"),
        405: _("This address does not know that method"),
        406: _("There is no such format"),
        412: _("It changed since you read it"),
        413: _("That is too large"),
        415: _("That kind of content is not known"),
        422: _("The entry is structurally unsound"),
        428: _("The revision is missing"),
        501: _("This store cannot do that"),
        503: _("A limit was reached, or the store is not available"),
        507: _("The disk is full"),
    }
    return titles.get(status, _("Something went wrong here"))


def document(error: RopaError) -> dict[str, Any]:
    """Put an error into the form of RFC 9457, with our code, hint and details."""
    problem: dict[str, Any] = {
        "type": _KIND + error.code,
        "title": title_of(error.http_status, error.code),
        "status": error.http_status,
        "detail": error.message,
        "instance": request.path,
        "code": error.code,
    }
    if error.hint:
        problem["hint"] = error.hint
    details: dict[str, Any] = {
        name: value if isinstance(value, (str, int, float, bool, list)) else str(value)
        for name, value in error.details.items()
    }
    if "clashes" in details:
        # Whole entries: told once, beside what is told of every problem.
        lang = language()
        problem["clashes"] = [
            clashing.as_values(one, lang) for one in details.pop("clashes")
        ]
    if details:
        problem = {**details, **problem, "details": details}
    if isinstance(error, EntryRejected) and error.report is not None:
        problem["report"] = error.report.as_values()
    return problem


def nearest(path: str) -> list[str]:
    """List addresses of this register that resemble one which is not there."""
    register = the_register()
    kinds = [DPV.LegalEntity, DPV.PersonalDataProcess, DPV.Organisation]
    kinds += [DPV.DataProtectionAuthority, ROPA.SourceDocument, ROPA.AdequacyDecision]
    kinds.append(ROPA.VendorSeat)
    table = register.select(
        "SELECT DISTINCT ?thing WHERE { "
        f"VALUES ?kind {{ {' '.join(k.n3() for k in kinds)} }} ?thing a ?kind }}"
    )
    known = ["/companies", "/transfers", "/findings", "/sparql", "/validate", "/search"]
    for (thing,) in table.rows:
        for start, folder in (
            (register.base, "/"),
            (str(LAW), "/law/"),
            (str(VENDOR), "/vendors/"),
        ):
            if str(thing).startswith(start):
                known.append(folder + str(thing)[len(start) :])
    gone = past.versions(register, URIRef(register.base + path.strip("/")))
    # What was removed is not there, but its history is.
    there = [f"{path.rstrip('/')}/history"] if gone else []
    return there + difflib.get_close_matches(path, known, n=5, cutoff=0.55)


def answer(error: RopaError) -> Response:
    """Answer an error: a page to a browser, a problem document to a program."""
    status = error.http_status
    if is_page_wanted():
        matches: list[str] = []
        if status == 404:
            try:
                # Whoever refused may know better what was meant.
                known = error.details.get("addresses")
                matches = known or nearest(request.path)
            except RopaError:  # the store is what failed: the page must still come
                _LOG.warning("no nearest matches: the store does not answer")
        page = render_template(
            "problem.html",
            problem=document(error),
            title=title_of(status, error.code),
            nearest=matches,
        )
        response = make_response(page, status)
    else:
        response = json_answer(document(error), media_type="application/problem+json")
        response.status_code = status
    if isinstance(error, LimitReached):
        response.headers["Retry-After"] = "5"
    return response


def _foreign(error: HTTPException) -> Response:
    """Translate what Flask and Werkzeug refuse into one of our errors."""
    status = error.code or 500
    if status < 400 and error.response is not None:
        return make_response(error.get_response())
    if 300 <= status < 400:
        return make_response(error.get_response())
    kind = _BY_STATUS.get(status, InternalError)
    if status == 400:
        kind = InputError
    message = (
        _("There is nothing at %(path)s.", path=request.path)
        if status == 404
        else f"{error.description or error.name}"
    )
    translated = kind(message, hint=_where_to_write(error))
    response = answer(translated)
    if status == 405:
        allowed = getattr(error, "valid_methods", None) or []
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _where_to_write(error: HTTPException) -> str:
    """Say where an entry is written, to whoever tried at the address of its page."""
    plain = _("Follow a link of the menu, or search.")
    tried = request.method in {"PUT", "POST", "PATCH", "DELETE"}
    if error.code != 405 or not tried:
        return plain
    path = request.path.strip("/")
    if path.partition("/")[0] not in _ENTRIES:
        return plain
    return _(
        "Entries are written and removed at %(address)s, by PUT, POST and DELETE.",
        address=f"/rdf-graphs?graph={the_register().base}{path}",
    )


def _unexpected(error: Exception) -> Response:
    """Answer a fault of this program without showing its inside."""
    _LOG.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer(
        InternalError(
            _("The program met a fault of its own while answering."),
            hint=_("Please report it with the address and the time."),
        )
    )


def install(app: Flask) -> None:
    """Answer every failure of an application in one shape."""
    app.register_error_handler(RopaError, answer)
    app.register_error_handler(HTTPException, _foreign)
    app.register_error_handler(Exception, _unexpected)
