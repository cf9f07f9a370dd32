"""Approval in the browser and over HTTP: where an entry stands, and the next step.

What waits is listed at ``/approvals``; each entry has a page with what became of its
revisions. A step names the revision that was seen, so nobody approves what somebody
else wrote meanwhile. Steps are taken on what stands today, never in the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
)
from rdflib import URIRef

from ropa import approval, approving
from ropa.approval import Course, Done, Kind, Obstacle, Revision, State
from ropa.approving import ANY
from ropa.errors import (
    ApprovalRefused,
    Conflict,
    InputError,
    RevisionMissing,
    RopaError,
)
from ropa.formats import clashing
from ropa.revisions import Clash
from webui import approval_words, judging, negotiation, sent, tables
from webui.current import asked_at, the_register
from webui.history import MOST_SAID, Line, lines
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, kept_query, names, thing_at
from webui.things import Value

pages = Blueprint("approvals", __name__)

_TEXTS = ("author", "reason", "kind")


@dataclass
class Typed:
    """What a person or a program sent; it is shown again whatever happens.

    Attributes:
        kind: word of the step.
        seen: by entry the revision that was seen.
        author: who takes the step.
        reason: why.
        whole: whether all that is left of a record is meant.
    """

    kind: str = ""
    seen: dict[URIRef, str] = field(default_factory=dict)
    author: str = ""
    reason: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Standing:
    """Where an entry stands, for its page.

    Attributes:
        about: the entry.
        course: what became of its revisions.
        obstacles: what stands in the way of approving it today.
        page: address of the page on its approval.
        is_open: whether a step can be taken from here: today, and on what stands.
        approved_at: address of the version that counts as approved, as it was then.
    """

    about: Value
    course: Course
    obstacles: list[Obstacle]
    page: str
    is_open: bool
    approved_at: str

    @property
    def seen(self) -> str:
        """The revision that stands."""
        stands = self.course.stands
        return str(stands.version.part) if stands is not None else ""

    @property
    def approved(self) -> Revision | None:
        """The revision that counts as approved, if it is another than what stands."""
        found = self.course.approved
        return found if found is not None and found != self.course.stands else None

    def can(self, word: str) -> bool:
        """Tell whether a step makes sense now."""
        kind = Kind(word)
        if self.course.stands is None:
            return False
        if kind == Kind.ENDING:
            return self.course.approved is not None
        return self.course.state in approval.fitting(kind)


def standing_of(iri: URIRef) -> Standing | None:
    """Tell where an entry stands; None where history does not know it."""
    register = the_register()
    course = register.course(iri)
    if course.state is None:
        return None
    is_now = not asked_at() and not judging.is_another_day()
    is_open = is_now and course.stands is not None
    obstacles: list[Obstacle] = []
    if is_open and course.state != State.APPROVED:
        register.refresh_findings([course.entry])
        today = datetime.now(UTC).date()
        obstacles = approving.open_findings(register, course.entry, today)
    plain = request_path(course.entry)
    approved = course.approved
    return Standing(
        about=Value(names().name(course.entry), course.entry, href=href(course.entry)),
        course=course,
        obstacles=obstacles,
        page=f"{plain}/approval{kept_query()}",
        is_open=is_open,
        approved_at=f"{plain}?at={approved.approved_at}" if approved else "",
    )


def request_path(iri: URIRef) -> str:
    """Give the address of the page of an entry without parameters."""
    return (href(iri) or "").partition("?")[0]


@pages.get("/approvals")
def every() -> Response:
    """List activities and records with their states, what waits first."""
    tables.check_filter("state", [state.value for state in State])
    return tables.answer("approvals", template="list.html", facets=("company", "state"))


@pages.get("/activities/<slug>/<name>/approval")
def of_activity(slug: str, name: str) -> Response:
    """Show what became of the revisions of an activity."""
    return _show(thing_at(f"activities/{slug}/{name}"))


@pages.get("/companies/<slug>/approval")
def of_company(slug: str) -> Response:
    """Show what became of the revisions of a company with its record."""
    return _show(thing_at(f"companies/{slug}"))


@pages.get("/organisations/<slug>/approval")
def of_organisation(slug: str) -> Response:
    """Show what became of the revisions of an organisation."""
    return _show(thing_at(f"organisations/{slug}"))


def _show(iri: URIRef) -> Response:
    negotiation.choose({negotiation.HTML: "text/html"})
    return _page(iri, Typed())


@pages.post("/approvals")
def take() -> Response:
    """Submit, approve, or take that back."""
    typed = _read()
    try:
        kind = Kind(typed.kind)
    except ValueError:
        raise InputError(
            f"There is no step {typed.kind[:40]!r}.",
            hint=", ".join(Kind),
        ) from None
    _check_seen(typed)
    try:
        done = the_register().take_step(
            kind, typed.seen, author=typed.author, reason=typed.reason
        )
    except (ApprovalRefused, Conflict) as error:
        if not negotiation.is_page_wanted():
            raise
        return _page(_first(typed), typed, error=error)
    return _done(typed, done)


def _check_seen(typed: Typed) -> None:
    """Refuse a step on a revision that nobody named.

    Raises:
        RevisionMissing: of an entry it is not said what was seen.
    """
    unsaid = [str(name) for name, revision in typed.seen.items() if not revision]
    if unsaid:
        raise RevisionMissing(
            f"It is not said which revision of {unsaid[0]} was seen.",
            hint=f"Name it by its entity tag, or write {ANY!r} for whatever stands.",
            entries=unsaid,
        )


def _first(typed: Typed) -> URIRef:
    """Give the entry whose page is shown: of a whole record, the company."""
    companies = [name for name in typed.seen if "/companies/" in str(name)]
    return (companies or list(typed.seen))[0]


def _read() -> Typed:
    """Read a form or a JSON object.

    Raises:
        InputError: the object is none, or holds what cannot be meant.
        MediaTypeUnknown: it is neither.
    """
    if sent.is_form():
        form = request.form
        entries, revisions = form.getlist("entry"), form.getlist("revision")
        revisions += [""] * (len(entries) - len(revisions))
        seen = dict(zip(entries, revisions, strict=False))
        texts = {name: form.get(name, "") for name in _TEXTS}
    else:
        given = sent.an_object("A step", [*_TEXTS, "revisions"])
        named = given.pop("revisions", {})
        if not isinstance(named, dict):
            raise InputError(
                "The value of revisions is no object.",
                hint="Name each entry with the revision that was seen of it.",
            )
        texts = sent.as_texts(given)
        said = {name: "" if one is None else one for name, one in named.items()}
        seen = sent.as_texts(said)
    if not seen:
        raise InputError(
            "It is not said which entry is meant.",
            hint="Send revisions: an object of entries with what was seen of each.",
        )
    return Typed(
        seen={sent.entry_named(name): revision for name, revision in seen.items()},
        whole=sent.is_form() and "whole" in request.form,
        **texts,
    )


def _done(typed: Typed, done: Done) -> Response:
    """Lead a browser back to the entry; tell a program what was done."""
    if sent.is_from_page():
        place = href(_first(typed)) or "/approvals"
        return make_response(redirect(f"{place}#approval", 303))
    response = negotiation.json_answer(done.as_values())
    response.status_code = 201
    response.headers["Location"] = href(done.change) or ""
    return response


@dataclass(frozen=True)
class Left:
    """What is left of a record to be submitted or approved in one step."""

    seen: list[tuple[URIRef, str]]
    total: int


def _page(iri: URIRef, typed: Typed, *, error: RopaError | None = None) -> Response:
    the_register().read(iri)
    standing = standing_of(iri)
    details = error.details if error is not None else {}
    page = render_template(
        "approval_page.html",
        standing=standing,
        typed=typed,
        error=error,
        faults=[
            (fault["field"], approval_words.fault_in_words(fault))
            for fault in details.get("faults", [])
        ],
        against=[Obstacle.from_values(one) for one in details.get("obstacles", [])],
        moved=details if isinstance(error, Conflict) else None,
        lines=_moved(details) if isinstance(error, Conflict) else [],
        left=_left(iri) if standing is not None and standing.is_open else None,
    )
    response = make_response(page)
    if error is not None:
        response.status_code = error.http_status
    return response


def _moved(details: Mapping[str, Any]) -> list[Line]:
    """Say what changed since the revision that was seen."""
    (values,) = details["clashes"]
    clash = Clash.from_values(values)
    return lines(clashing.theirs(clash, language())[:MOST_SAID])


def _left(iri: URIRef) -> Left | None:
    """Name what of a record can be approved; None where this is no record."""
    listed = approval.of_record(the_register(), iri)
    if len(listed) < 2:
        return None
    fitting = approval.fitting(Kind.APPROVAL)
    seen = [(one.entry, str(one.revision)) for one in listed if one.state in fitting]
    return Left(seen, len(listed))


def message_of(found: Obstacle) -> Name:
    """Say what is wrong in the language of the page, if it can."""
    return names().best(dict(found.message)) if found.message else Name(_("finding"))


def install(app: Flask) -> None:
    """Give the templates of an application what approval needs."""
    app.jinja_env.globals.update(
        approval_of=standing_of,
        approval_badge=approval_words.badge,
        approval_step=approval_words.step_name,
        approval_words=approval_words.heading,
        obstacle_message=message_of,
    )
