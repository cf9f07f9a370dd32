"""What follows from one entry, with reasons, at an address of its own.

Source: interface.md, named graphs (`<entry>/inferred`).
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request, url_for
from rdflib import URIRef

from ropa import entry
from ropa.errors import NotFound
from webui import following, judging, negotiation
from webui.current import the_register
from webui.day import asked_day, judged_day
from webui.following import Group
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import href, names, thing_at
from webui.tables import address
from webui.things import Value
from webui.values import day

pages = Blueprint("inferred", __name__)

FORMS = {**negotiation.THING, "json": "application/json"}
"""Forms of what follows; the last has the reasons, the others what is kept."""


@pages.get("/activities/<slug>/<name>/inferred")
def of_activity(slug: str, name: str) -> Response:
    """Show what follows from an activity."""
    return _answer(f"activities/{slug}/{name}", thing_at(f"companies/{slug}"))


@pages.get("/companies/<slug>/inferred")
def of_company(slug: str) -> Response:
    """Show what follows from a company and its record."""
    return _answer(f"companies/{slug}")


@pages.get("/organisations/<slug>/inferred")
def of_organisation(slug: str) -> Response:
    """Show what follows from an organisation that several entries may share."""
    return _answer(f"organisations/{slug}")


def _answer(path: str, company: URIRef | None = None) -> Response:
    register = the_register()
    iri = thing_at(path)
    register.read(iri)
    suffix = negotiation.choose(FORMS)
    claim = request.args.get("claim", "")
    wanted = URIRef(f"{entry.inferred_graph(iri)}#{claim}") if claim else iri
    if suffix in negotiation.DOCUMENTS:
        return negotiation.graph_answer(following.graph_of(iri), suffix)
    graph = following.graph_of(iri)
    if claim and (wanted, None, None) not in graph:
        raise NotFound(
            _("Nothing that follows here is named %(name)s.", name=claim[:80]),
            hint=_("It may no longer follow, or follow on another day."),
        )
    reasons = register.why(wanted, lang=language(), as_of=asked_day())
    if suffix != negotiation.HTML:
        return negotiation.json_answer(reasons.as_values())
    findings = judging.findings_of(iri, company or iri)
    groups, number = following.groups(iri, graph, findings, in_full=True)
    whys = {
        str(one.claim).partition("#")[2]: one
        for one in reasons.whys
        if one.claim is not None
    }
    anchors = {one.anchor for group in groups for one in group.statements}
    whole = Value(names().name(iri), iri, href=href(iri))
    return make_response(
        render_template(
            "inferred.html",
            whole=whole,
            steps=_steps(whole, company),
            groups=_only(groups, claim) if claim else groups,
            number=number,
            whys=whys,
            anchors=anchors,
            alone=bool(claim),
            everything=address(claim=None),
            alone_at=lambda anchor: address(claim=anchor),
            graph_name=entry.inferred_graph(iri),
            when=day(judged_day().isoformat()),
        )
    )


def _only(groups: list[Group], anchor: str) -> list[Group]:
    """Keep one statement."""
    return [
        replace(group, statements=[one])
        for group in groups
        for one in group.statements
        if one.anchor == anchor
    ]


def _steps(whole: Value, company: URIRef | None) -> list[tuple[str, str]]:
    """Lead back to what is stated."""
    own = (whole.href or "", whole.name.text)
    every = (url_for("records.every"), _("Companies"))
    if company is None:
        return [own]
    return [every, (href(company) or "", names().name(company).text), own]
