"""What is said while findings are still being made: how far it is, and never "none".

A page shows what is known, and says of how many entries that is. A program is told to
come again, since a list that lacks rows looks like any other.

Source: RFC 9110 sections 10.2.3 (Retry-After) and 15.6.4 (503).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, g, has_request_context, request

from ropa.errors import NotJudgedYet
from ropa.upkeep import Progress
from webui import problems
from webui.languages import gettext as _
from webui.naming import href, names
from webui.things import Value
from webui.values import number

if TYPE_CHECKING:
    from ropa.register import Register

HEADER = "Ropa-Judged"
"""Of how many entries all is known: ``1200/3000``."""

MOST_NAMED = 5
_RETRY_SECONDS = "5"
# These say themselves of how many entries they tell, or give what is kept as it is.
_SAY_IT = frozenset(
    (
        "descriptions.dataset",
        "descriptions.health",
        "entailments.every",
        "rules.every",
        "sparql.endpoint",
    )
)


@dataclass(frozen=True)
class Note:
    """What a page says about entries whose findings are not known.

    Attributes:
        words: how far it is; empty where nothing more will be made.
        failed: entries of which nothing can be made, as many as are named.
        failed_words: the sentence before these.
    """

    words: str
    failed: list[Value]
    failed_words: str


def is_partly() -> bool:
    """Tell whether this answer rests on findings that are not all known."""
    return "unjudged" in g


def note() -> Note | None:
    """Give what the present page has to say; None where all is known."""
    progress: Progress | None = g.get("unjudged")
    if progress is None:
        return None
    words = ""
    if not progress.is_over:
        words = _(
            "%(judged)s of %(total)s entries are judged; this page shows what is "
            "known so far.",
            judged=number(progress.judged),
            total=number(progress.total),
        )
    failed = sorted(progress.failed)
    return Note(
        words,
        [Value(names().name(n), n, href=href(n)) for n in failed[:MOST_NAMED]],
        _(
            "Entries that cannot be judged, so that nothing is known of them: "
            "%(number)s.",
            number=number(len(failed)),
        )
        if failed
        else "",
    )


def _notice(progress: Progress) -> None:
    """Remember for the answer under way that it is given before all is known."""
    if has_request_context():
        g.unjudged = progress


def _finish(response: Response) -> Response:
    """Say how far it is; a program gets no list that lacks rows."""
    progress: Progress | None = g.get("unjudged")
    if progress is None:
        return response
    is_list = request.method in {"GET", "HEAD"} and response.status_code == 200
    is_list = is_list and response.mimetype != "text/html"
    if is_list and not progress.is_over and request.endpoint not in _SAY_IT:
        response = problems.answer(
            NotJudgedYet(
                _(
                    "%(judged)s of %(total)s entries are judged so far.",
                    judged=number(progress.judged),
                    total=number(progress.total),
                ),
                hint=_("Ask again in a few seconds; the pages show what is known."),
                judged=progress.judged,
                entries=progress.total,
            )
        )
        response.headers["Retry-After"] = _RETRY_SECONDS
    response.headers[HEADER] = f"{progress.judged}/{progress.total}"
    return response


def install(app: Flask) -> None:
    """Have an application say so where it answers before all is known."""
    register: Register = app.extensions["register"]
    register.tell_partly(_notice)
    app.after_request(_finish)
    app.jinja_env.globals.update(unjudged_note=note, is_partly=is_partly)
