"""What becomes of transfers when a decision falls: asked and shown on one page.

The form asks by the address, so that an answer can be kept, sent and opened again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, g, make_response, render_template, request
from rdflib import URIRef
from rdflib.term import Node

from ropa import footing, grounds
from ropa.errors import InputError, RopaError, UnknownName
from ropa.footing import Affected, Ground, Impact, Likely, Tally
from ropa.formats import weighed
from ropa.terms import ROPA, curie
from webui import negotiation, tables
from webui.claims import Badge, law_marks
from webui.current import the_register
from webui.day import asked_day
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, names
from webui.things import Value
from webui.values import day

pages = Blueprint("impact", __name__)

FORMS = {
    suffix: negotiation.LIST[suffix] for suffix in (negotiation.HTML, "csv", "json")
}
PARAMETERS = ("without", "instead")
MOST_SHOWN = 500
"""Most transfers of one kind on a page; a document has all."""


def symbols() -> dict[Node, str]:
    """Map each kind of impact to the kind of mark that shows it."""
    return {
        ROPA.LosesFooting: "denied",
        ROPA.FootingNotKnown: "partial",
        ROPA.StandsByOther: "stated",
        ROPA.HadNoFooting: "silent",
        ROPA.PerhapsConcerned: "implied",
    }


@dataclass(frozen=True)
class Row:
    """One transfer as the page shows it."""

    company: Value
    activity: Value | None
    transfer: Value
    receivers: list[Value]
    country: Value | None
    named: list[Value]
    carried_by: list[Value]
    remarks: list[Value]
    mended: Badge | None
    lacking: list[Value]


@dataclass(frozen=True)
class Group:
    """The transfers of one kind, and what they concern."""

    mark: Badge
    meaning: Name
    anchor: str
    sums: dict[str, int]
    rows: list[Row]


@dataclass(frozen=True)
class Sum:
    """Companies, activities, data categories or vendors with their transfers."""

    heading: str
    anchor: str
    rows: list[tuple[Value, list[int], list[int]]]


@pages.app_template_global("can_fall")
def can_fall(iri: URIRef | None) -> bool:
    """Tell whether a page of a thing leads to what falls with it."""
    return iri is not None and grounds.is_row(iri)


@pages.get("/impact")
def show() -> Response:
    """Ask what falls; answer what becomes of transfers."""
    suffix = negotiation.choose(FORMS)
    typed = {name: _one(name) for name in PARAMETERS}
    is_page = suffix == negotiation.HTML
    if is_page and not typed["without"]:
        return _page(typed)
    try:
        found = the_register().impact(
            typed["without"],
            as_of=asked_day(),
            instead=typed["instead"] or None,
            lang=language(),
        )
    except (InputError, UnknownName) as error:
        if not is_page:
            raise
        return _page(typed, error=error)
    if suffix == "json":
        return Response(found.as_json(), content_type=FORMS["json"])
    if suffix == "csv":
        return tables.results_answer(weighed.as_table(found), suffix)
    return _page(typed, found=found)


def _one(name: str) -> str:
    """Read a parameter of the address.

    Raises:
        InputError: it is given twice.
    """
    given = [text for text in request.args.getlist(name) if text.strip()]
    if len(given) > 1:
        raise InputError(_("%(name)s is given more than once.", name=name))
    return given[0] if given else ""


def _page(
    typed: dict[str, str],
    *,
    found: Impact | None = None,
    error: RopaError | None = None,
) -> Response:
    if found is None:
        # Before anything was weighed there is only the form.
        g.offered = {negotiation.HTML: FORMS[negotiation.HTML]}
    details = error.details if error is not None else {}
    is_other = bool(typed["instead"]) and details.get("name") == typed["instead"]
    wrong = "instead" if is_other else "without"
    names().prefetch(grounds.offered())
    page = render_template(
        "impact.html",
        typed=typed,
        error=error,
        near=[
            (str(one), tables.address(**{wrong: str(one)}))
            for one in details.get("nearest", [])
        ],
        wrong=wrong,
        offered=[(curie(iri), names().name(iri)) for iri in grounds.offered()],
        shown=_shown(found) if found is not None else None,
        most=MOST_SHOWN,
    )
    response = make_response(page)
    if error is not None:
        response.status_code = error.http_status
    return response


# -- the answer ----------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """An impact as the page shows it."""

    without: Value
    without_rows: list[tuple[Value, Badge | None]]
    instead: Value | None
    instead_rows: list[tuple[Value, Badge | None]]
    day: str
    judged: str
    remarks: list[tuple[Name, Name]]
    groups: list[Group]
    sums: list[Sum]
    likely: list[tuple[Value, Value | None, Value, Value]]
    likely_mark: Badge
    likely_meaning: Name
    established: list[Value]
    mended: int
    tried: int


def _shown(found: Impact) -> Shown:
    names().prefetch(URIRef(str(iri)) for iri in found.names)
    tried = found.put_to_the_test
    return Shown(
        without=_value(found.without.iri),
        without_rows=_rows_of(found.without),
        instead=_value(found.instead.iri) if found.instead else None,
        instead_rows=_rows_of(found.instead) if found.instead else [],
        day=day(found.asked.isoformat()),
        judged=day(found.judged.isoformat()) if found.judged != found.asked else "",
        remarks=[(names().name(one), _meaning(one)) for one in found.remarks],
        groups=[_group(found, kind) for kind in footing.kinds()],
        sums=[
            _sum(_("Companies"), "companies", found.companies),
            _sum(_("Activities"), "activities", found.activities),
            _sum(_("Categories of data"), "data", found.data),
            _sum(_("Vendors"), "vendors", found.vendors),
        ],
        likely=[_guess(one) for one in found.likely],
        likely_mark=_mark(ROPA.PerhapsConcerned),
        likely_meaning=_meaning(ROPA.PerhapsConcerned),
        established=_values(found.established),
        mended=sum(bool(one.is_mended) for one in tried),
        tried=len(tried),
    )


def _value(iri: URIRef) -> Value:
    return Value(names().name(iri), iri, href=href(iri))


def _values(iris: Iterable[URIRef]) -> list[Value]:
    return [_value(iri) for iri in iris]


def _meaning(term: URIRef) -> Name:
    return names().best(the_register().vocabulary.definitions(term))


def _mark(kind: URIRef) -> Badge:
    return Badge(symbols()[kind], names().name(kind))


def _rows_of(ground: Ground) -> list[tuple[Value, Badge | None]]:
    known = law_marks()["state"]
    return [(_value(row), known.get(ground.states.get(row, ""))) for row in ground.rows]


def _group(found: Impact, kind: URIRef) -> Group:
    return Group(
        mark=_mark(kind),
        meaning=_meaning(kind),
        anchor=footing.word(kind).replace(" ", "-"),
        sums=found.sums(kind),
        rows=[_row(one) for one in found.of_kind(kind)[:MOST_SHOWN]],
    )


def _row(one: Affected) -> Row:
    mended = None
    if one.is_mended is not None:
        word = ROPA.Mended if one.is_mended else ROPA.NotMended
        mended = Badge("stated" if one.is_mended else "denied", names().name(word))
    whole = href(URIRef(f"{one.company}#record"))
    return Row(
        company=_value(one.company),
        activity=_value(one.activity)
        if one.activity is not None
        else Value(Name(_("whole record")), one.company, href=whole),
        transfer=_value(one.transfer),
        receivers=_values(one.vendors or one.importers),
        country=_value(one.country) if one.country is not None else None,
        named=_values((*one.tools, *(one.decisions or one.supposed))),
        carried_by=_values(one.carried_by),
        remarks=_values(one.remarks),
        mended=mended,
        lacking=_values(one.lacking),
    )


def _sum(heading: str, anchor: str, tallies: Iterable[Tally]) -> Sum:
    kinds = footing.kinds()
    rows = [
        (
            _value(one.iri),
            [one.counts.get(kind, 0) for kind in kinds],
            [one.by_record.get(kind, 0) for kind in kinds],
        )
        for one in tallies
    ]
    # What loses most comes first.
    rows.sort(key=lambda row: ([-n for n in row[1]], row[0].name.text.casefold()))
    return Sum(heading, anchor, rows)


def _guess(one: Likely) -> tuple[Value, Value | None, Value, Value]:
    return (
        _value(one.company),
        _value(one.activity) if one.activity is not None else None,
        _value(one.vendor or one.part),
        _value(one.country),
    )
