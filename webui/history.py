"""History as pages: who changed what, when and why; two states compared; the way back.

What was recorded is read from the register as it stands, also where the page shows an
earlier state of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from babel.dates import format_timedelta
from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from rdflib import Graph, URIRef

from ropa import changes, differences, entry, history
from ropa.changes import Change, Comparison, Listed, Touched, Wanted
from ropa.differences import FieldChange
from ropa.errors import (
    Conflict,
    EntryRejected,
    InputError,
    NotFound,
    NotSupported,
    RevisionMissing,
    RopaError,
)
from ropa.formats import recounted
from ropa.reversal import Reverted
from webui import negotiation, sent, tables
from webui.current import the_register
from webui.languages import gettext as _
from webui.languages import language, locale
from webui.naming import Name, href, names, path_of, thing_at
from webui.things import Value
from webui.values import moment

pages = Blueprint("history", __name__)

LIST: Mapping[str, str] = {
    negotiation.HTML: "text/html",
    "csv": "text/csv",
    "json": "application/json",
}
CHANGE: Mapping[str, str] = {
    **negotiation.THING,
    **negotiation.DATASET,
    "json": "application/json",
}
DIFF: Mapping[str, str] = {
    negotiation.HTML: "text/html",
    "json": "application/json",
}

# XML 1.0 section 2.2: an author or a reason may hold what it cannot carry.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

PAGE_CHANGES = 50
MOST_CHANGES = 1000
"""Most changes that are given at once, to programs too."""

MOST_SAID = 60
"""Differences of one entry that a page tells one by one."""

MOST_COMPARED = 20
"""Entries of a change whose differences its page tells."""

FEED_CHANGES = 30
MOST_TYPED = 4000


# -- what pages show -------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One difference as a page shows it."""

    change: FieldChange
    place: str
    was: list[str]
    now: list[str]


@dataclass(frozen=True)
class Told:
    """What a change did to one entry.

    Attributes:
        touched: the revision.
        thing: the entry, linked.
        history: address of its versions.
        before: address of the entry as it was before; empty where it was not there.
        after: address of the entry as it was from then on, likewise.
        diff: address of the two compared.
        lines: what changed, the first of it.
        more: how much more changed.
        is_compared: whether that was looked at.
    """

    touched: Touched
    thing: Value
    history: str
    before: str
    after: str
    diff: str
    lines: list[Line]
    more: int = 0
    is_compared: bool = True


@dataclass
class Typed:
    """What a person or a program sent; it is shown again whatever happens."""

    entry: str = ""
    to: str = ""
    change: str = ""
    author: str = ""
    reason: str = ""
    revision: str = ""
    remove: str = ""


def lines(found: list[FieldChange] | tuple[FieldChange, ...]) -> list[Line]:
    """Show differences, long texts cut where they part."""
    shown = []
    for one in found:
        place = [one.part_label] if "#" in one.part else []
        was, now = differences.shortened(one.was, one.now)
        place += [one.field_label] if one.field_label else []
        shown.append(
            Line(one, " · ".join(place or [one.part_label]), list(was), list(now))
        )
    return shown


def address(iri: URIRef, view: str = "", **parameters: str | int) -> str:
    """Give the address of an entry, or of a view of it; empty where it has none."""
    path = path_of(str(entry.document(iri)))
    if path is None:
        return ""
    stem, _mark, kept = path.partition("?")
    # A view of history is that of the point that is looked at, unless another is named.
    given = [
        part
        for part in kept.split("&")
        if part and (view == "history" or not part.startswith("at="))
    ]
    query = "&".join([*given, *([urlencode(parameters)] if parameters else [])])
    return stem + (f"/{view}" if view else "") + (f"?{query}" if query else "")


def ago(text: str) -> str:
    """Say how long ago a moment was."""
    passed = datetime.fromisoformat(text) - datetime.now(UTC)
    return str(format_timedelta(passed, add_direction=True, locale=locale()))


def newest(iri: URIRef) -> Change | None:
    """Give the change that an entry was last touched by; None where there is none."""
    try:
        return the_register().changes(Wanted(entry=iri, limit=1)).changes[0]
    except (NotFound, IndexError):
        return None


def state_name(state: str) -> str:
    """Say what became of an entry."""
    words = {
        changes.CREATED: _("created"),
        changes.CHANGED: _("changed"),
        changes.REMOVED: _("removed"),
    }
    return words[state]


def about(name: URIRef) -> URIRef:
    """Give the entry that a graph of history is about; answers stand beside one."""
    return URIRef(name.removesuffix("/answers"))


def _thing(name: URIRef) -> Value:
    return Value(names().name(about(name)), name, href=href(about(name)))


# -- lists -----------------------------------------------------------------------------


@pages.get("/changes")
def every() -> Response:
    """List changes, the newest first, narrowed as the address says."""
    suffix = negotiation.choose(LIST)
    given = request.args
    wanted = Wanted(
        entry=sent.entry_named(given["entry"]) if given.get("entry") else None,
        company=_company(given["company"]) if given.get("company") else None,
        author=given.get("author", ""),
        since=given.get("since", ""),
        until=given.get("until", ""),
    )
    return _listed(wanted, suffix, None)


@pages.get("/<any(companies, organisations, sources):room>/<slug>/history")
def of_entry(room: str, slug: str) -> Response:
    """List the versions of an entry."""
    return _of(thing_at(f"{room}/{slug}"))


@pages.get("/activities/<slug>/<name>/history")
def of_activity(slug: str, name: str) -> Response:
    """List the versions of an activity."""
    return _of(thing_at(f"activities/{slug}/{name}"))


def _of(iri: URIRef) -> Response:
    return _listed(Wanted(entry=iri), negotiation.choose(LIST), iri)


def _listed(wanted: Wanted, suffix: str, iri: URIRef | None) -> Response:
    page = _count("page", 1, least=1)
    if suffix == negotiation.HTML:
        wanted = replace(wanted, limit=PAGE_CHANGES, start=(page - 1) * PAGE_CHANGES)
    else:
        wanted = replace(
            wanted,
            limit=min(_count("limit", MOST_CHANGES, least=1), MOST_CHANGES),
            start=_count("start", 0),
        )
    found = the_register().changes(wanted)
    if suffix == "json":
        return negotiation.json_answer(found.as_values())
    last = max(1, -(-found.total // PAGE_CHANGES))
    if suffix == negotiation.HTML and page > last:
        # As for every list: who asks for more pages than there are sees the last.
        page = last
        found = the_register().changes(replace(wanted, start=(page - 1) * PAGE_CHANGES))
    if suffix != negotiation.HTML:
        return tables.results_answer(recounted.as_table(found), suffix)
    if iri is not None:
        return _history_page(iri, found, page)
    return make_response(
        render_template(
            "changes.html",
            listed=found,
            page=page,
            pages=last,
            companies=_companies(),
            wanted=wanted,
        )
    )


def _history_page(
    iri: URIRef,
    found: Listed,
    page: int = 1,
    *,
    typed: Typed | None = None,
    error: RopaError | None = None,
) -> Response:
    stands = the_register().graph(entry.document(iri))
    revision = entry.digest(stands) if len(stands) else ""
    shown = render_template(
        "history.html",
        thing=Value(names().name(iri), iri, href=href(iri) if len(stands) else None),
        listed=found,
        page=page,
        pages=max(1, -(-found.total // PAGE_CHANGES)),
        # Only versions of the entry itself can be compared and gone back to.
        versions=[
            (one, part)
            for one in found.changes
            for part in one.entries
            if part.entry == iri
        ],
        revision=revision,
        typed=typed or Typed(revision=revision),
        error=error,
        command=f"ropa revert {iri} --to NUMBER",
    )
    response = make_response(shown)
    if error is not None:
        response.status_code = error.http_status
    return response


def _companies() -> list[tuple[str, str]]:
    table = the_register().ask("companies")
    at = table.columns.index("company")
    slugs = sorted({str(row[at]) for row in table.rows})
    named = [(slug, names().name(thing_at(f"companies/{slug}")).text) for slug in slugs]
    return sorted(named, key=lambda one: one[1].casefold())


def _count(name: str, otherwise: int, *, least: int = 0) -> int:
    text = request.args.get(name, "")
    if not text:
        return otherwise
    if not text.isdecimal() or len(text) > 9:
        raise InputError(
            f"The parameter {name} is no number: {text[:40]!r}.", parameter=name
        )
    return max(int(text), least)


def _company(text: str) -> URIRef:
    return sent.entry_named(text) if "/" in text else thing_at(f"companies/{text}")


# -- one change ------------------------------------------------------------------------


@pages.get("/changes/<name>")
def one(name: str) -> Response:
    """Show one change: who, when, why, and what it did to each entry.

    As one graph it is what is said of the change itself; as several, what it added and
    removed as well. To programs its entries come from ``start`` on, ``limit`` at most.
    """
    register = the_register()
    iri, graph = _change(name)
    suffix = negotiation.choose(CHANGE)
    if suffix in negotiation.DATASET:
        both = (history.added_graph(iri), history.removed_graph(iri))
        graphs = {iri: graph, **{moved: register.graph(moved) for moved in both}}
        return negotiation.dataset_answer(graphs, suffix)
    if suffix in negotiation.DOCUMENTS:
        return negotiation.graph_answer(graph, suffix)
    if suffix == "json":
        most = min(_count("limit", MOST_CHANGES, least=1), MOST_CHANGES)
        start = _count("start", 0)
        return negotiation.json_answer(
            register.change(int(name), most=most, start=start).as_values()
        )
    page = _count("page", 1, least=1)
    found = register.change(int(name), start=(page - 1) * changes.MOST_ENTRIES)
    pages = max(1, -(-found.total // changes.MOST_ENTRIES))
    if page > pages:
        page = pages
        found = register.change(int(name), start=(page - 1) * changes.MOST_ENTRIES)
    last = register.changes(Wanted(limit=1)).total
    return make_response(
        render_template(
            "change.html",
            change=found,
            told=[
                _told(found, touched, is_compared=number < MOST_COMPARED)
                for number, touched in enumerate(found.entries)
            ],
            page=page,
            pages=pages,
            moved=[
                (words, url_for("history.moved", name=name, way=way))
                for way, words in _moved_words().items()
            ],
            before=found.number - 1,
            after=found.number + 1 if found.number < last else 0,
            digests=_digests(iri),
            kinds=[names().name(kind) for kind in found.kinds],
        )
    )


@pages.get("/changes/<name>/<any(added, removed):way>")
def moved(name: str, way: str) -> Response:
    """Give the statements that a change added to entries, or removed from them."""
    iri, _graph = _change(name)
    named = history.added_graph if way == "added" else history.removed_graph
    suffix = negotiation.choose(negotiation.DOCUMENTS)
    return negotiation.graph_answer(the_register().graph(named(iri)), suffix)


def _moved_words() -> dict[str, str]:
    return {"added": _("Statements added"), "removed": _("Statements removed")}


def _change(name: str) -> tuple[URIRef, Graph]:
    """Give a change by its number, with what is said of it.

    Raises:
        NotFound: there is none.
    """
    if not name.isdecimal() or len(name) > 9:
        raise _unknown(name)
    iri = history.change_iri(the_register().base, int(name))
    graph = the_register().graph(iri)
    if not len(graph):
        raise _unknown(name)
    return iri, graph


def _unknown(name: str) -> NotFound:
    return NotFound(
        _("There is no change %(name)s.", name=name[:40]),
        hint=_("Changes are numbered from 000000001."),
        addresses=["/changes"],
    )


def _told(change: Change, touched: Touched, *, is_compared: bool) -> Told:
    name, number = about(touched.entry), change.number
    is_kept = history.is_kept_whole(touched.entry)
    found: list[FieldChange] = []
    if is_kept and is_compared:
        try:
            found = changes.moved(the_register(), change, touched.entry, language())
        except NotFound:
            # Registers of before kept histories say only that something changed.
            is_compared = False
    is_entry = is_kept and touched.entry == name
    was_there, is_there = touched.follows is not None, touched.digest is not None
    parameters = {"from": number - 1, "to": number}
    return Told(
        touched=touched,
        thing=_thing(touched.entry),
        history=address(name, "history") if is_kept else "",
        before=address(name, at=number - 1) if is_entry and was_there else "",
        after=address(name, at=number) if is_entry and is_there else "",
        diff=address(name, "diff", **parameters) if is_entry else "",
        lines=lines(found[:MOST_SAID]),
        more=len(found[MOST_SAID:]),
        is_compared=is_kept and is_compared,
    )


def _digests(iri: URIRef) -> list[tuple[Name, str]]:
    """List the digests that a change bears, by the names of their properties."""
    table = the_register().select(
        f"SELECT ?way ?digest WHERE {{ GRAPH {iri.n3()} {{ {iri.n3()} ?way ?digest }} "
        "VALUES ?way { ropa:precedingDigest ropa:addedDigest ropa:removedDigest "
        "ropa:changeDigest } }"
    )
    found = [
        (names().name(way), str(digest))
        for way, digest in table.rows
        if way is not None and digest is not None
    ]
    return sorted(found, key=lambda one: one[0].text)


# -- two states ------------------------------------------------------------------------


@pages.get("/diff")
def anywhere() -> Response:
    """Compare two states of the entry that the address names."""
    if not request.args.get("entry"):
        raise InputError("No entry is named.", hint="Write ?entry= and its address.")
    return _diff(sent.entry_named(request.args["entry"]))


@pages.get("/<any(companies, organisations, sources):room>/<slug>/diff")
def diff_of_entry(room: str, slug: str) -> Response:
    """Compare two states of an entry."""
    return _diff(thing_at(f"{room}/{slug}"))


@pages.get("/activities/<slug>/<name>/diff")
def diff_of_activity(slug: str, name: str) -> Response:
    """Compare two states of an activity."""
    return _diff(thing_at(f"activities/{slug}/{name}"))


def _diff(iri: URIRef) -> Response:
    suffix = negotiation.choose(DIFF)
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if suffix == negotiation.HTML and first.isdecimal() and last.isdecimal():
        # Whoever chooses two versions need not know which is the earlier one.
        first, last = sorted((first, last), key=int)
    found = the_register().diff(iri, since=first, until=last, lang=language())
    if suffix != negotiation.HTML:
        return negotiation.json_answer(found.as_values())
    return make_response(
        render_template(
            "diff.html",
            thing=Value(names().name(iri), iri, href=href(iri)),
            found=found,
            points=_points(found),
            lines=lines(found.changes[: MOST_SAID * 5]),
            more=len(found.changes[MOST_SAID * 5 :]),
            history=address(iri, "history"),
        )
    )


def _points(found: Comparison) -> list[tuple[str, str, changes.Point]]:
    """Name the two states, each with the address of the entry as it was."""
    return [
        (
            words,
            address(found.entry, at=point.number)
            if point.version is not None and point.version.digest is not None
            else "",
            point,
        )
        for words, point in ((_("Before"), found.before), (_("After"), found.after))
    ]


# -- the way back ----------------------------------------------------------------------


@pages.post("/reversals")
def go_back() -> Response:
    """Give an entry the state that it had, or undo one change."""
    typed = _read()
    try:
        done = _revert(typed)
    except (
        Conflict,
        EntryRejected,
        InputError,
        NotSupported,
        RevisionMissing,
    ) as error:
        if not negotiation.is_page_wanted() or not typed.entry:
            raise
        iri = sent.entry_named(typed.entry)
        found = the_register().changes(Wanted(entry=iri, limit=PAGE_CHANGES))
        return _history_page(iri, found, typed=typed, error=error)
    place = _place(done, typed)
    if sent.is_from_page():
        return make_response(redirect(place, 303))
    response = negotiation.json_answer(done.as_values())
    response.status_code = 201 if done.changed else 200
    response.headers["Location"] = place
    return response


def _revert(typed: Typed) -> Reverted:
    who, why = typed.author[:MOST_TYPED], typed.reason[:MOST_TYPED]
    if typed.change:
        number = typed.change.rstrip("/").rpartition("/")[2]
        if not number.isdecimal():
            raise InputError("No change is named.", hint="Write its number.")
        return the_register().undo(int(number), author=who, reason=why)
    if not typed.entry or not typed.to:
        raise InputError(
            "It is not said what to go back to.",
            hint="Name an entry and a point of its history, or a change.",
        )
    return the_register().revert(
        sent.entry_named(typed.entry),
        typed.to,
        author=who,
        reason=why,
        replaces=_replaced(typed),
        removes=typed.remove == "yes",
    )


def _replaced(typed: Typed) -> Collection[str] | None:
    """Read which revision was read, from the header or the form."""
    said = negotiation.revisions_read()
    if said is None and typed.revision:
        return {typed.revision}
    return said


def _place(done: Reverted, typed: Typed) -> str:
    if done.change is not None:
        number = history.number_of(done.change)
        return url_for("history.one", name=f"{number:09d}")
    if not typed.entry:
        return "/changes"
    return address(sent.entry_named(typed.entry), "history")


def _read() -> Typed:
    """Read a form or a JSON object; errors as for `sent.texts`."""
    names = [field.name for field in fields(Typed)]
    return Typed(**sent.texts("A way back", names))


# -- a feed ----------------------------------------------------------------------------


@pages.get("/changes.atom")
def feed() -> Response:
    """Tell the newest changes to readers of feeds (RFC 4287)."""
    found = the_register().changes(Wanted(limit=FEED_CHANGES))
    updated = found.changes[0].moment if found.changes else "1970-01-01T00:00:00Z"
    text = render_template("changes.atom.xml", listed=found, updated=updated)
    return Response(
        _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text),
        content_type="application/atom+xml; charset=utf-8",
    )


def install(app: Flask) -> None:
    """Give the templates of an application what history needs."""
    app.jinja_env.globals.update(
        ago=ago,
        history_of=lambda iri: address(iri, "history"),
        change_at=lambda number: url_for("history.one", name=f"{number:09d}"),
        newest_change=newest,
        state_name=state_name,
        touched_thing=_thing,
        said_moment=moment,
        is_answers=entry.is_of_answers,
    )
