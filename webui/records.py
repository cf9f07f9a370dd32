"""The companies, and the record of one of them: the page an authority asks for."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template
from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa.terms import DCT, DPV, ROPA
from webui import following, judging, negotiation, tables
from webui.claims import Badge
from webui.current import the_register
from webui.day import judged_day
from webui.naming import Name, href, names, thing_at
from webui.reports import Shown, counts, severity_name
from webui.things import Property, Shower, Value, grouped
from webui.values import day

pages = Blueprint("records", __name__)


@dataclass(frozen=True)
class Line:
    """One activity in the table of a record."""

    activity: Value
    cells: list[Property | None]
    findings: list[tuple[str, str, int]]
    is_judged: bool = True


@dataclass(frozen=True)
class Side:
    """The activities that a company carries out in one role."""

    role: Name
    columns: list[Property]
    lines: list[Line]


def document(iri: URIRef, suffix: str) -> Response:
    """Answer an entry as the document it is stated in."""
    register = the_register()
    graph = register.read(iri)
    return negotiation.graph_answer(graph, suffix, digest=register.etag(iri))


def part_of(company: URIRef) -> list[URIRef]:
    """List the activities of a company's record."""
    table = the_register().select(
        "SELECT DISTINCT ?activity WHERE { "
        f"?record dct:publisher {company.n3()} . "
        "?activity dct:isPartOf ?record ; a dpv:PersonalDataProcess } "
        "ORDER BY ?activity"
    )
    return [activity for (activity,) in table.rows if isinstance(activity, URIRef)]


def sides(company: URIRef, found: dict[URIRef, list[Shown] | None]) -> list[Side]:
    """Arrange the activities of a company by the role in which it carries them out.

    Source: GDPR Art. 30(1) and Art. 30(2), whose records differ.
    """
    register = the_register()
    graph = Graph()
    activities = part_of(company)
    for activity in activities:
        graph += register.read(activity)
    shower = Shower(graph)
    roles = (
        (DPV.hasDataController, DPV.DataController),
        (DPV.hasDataProcessor, DPV.DataProcessor),
    )
    arranged = []
    for way, role in roles:
        own = [a for a in activities if (a, way, company) in graph]
        if own:
            arranged.append(_side(shower, own, role, way, found))
    return arranged


def _side(
    shower: Shower,
    activities: list[URIRef],
    role: Node,
    way: URIRef,
    found: dict[URIRef, list[Shown] | None],
) -> Side:
    columns: dict[URIRef, Property] = {}
    said: dict[URIRef, dict[URIRef, Property]] = {}
    for activity in activities:
        said[activity] = {
            one.iri: one
            for one in shower.properties(activity, without=(DCT.isPartOf, way))
            if one.article
        }
        for iri, one in said[activity].items():
            columns.setdefault(iri, one)
    ordered = list(columns.values())
    lines = [
        Line(
            Value(names().name(activity), activity, href=href(activity)),
            [said[activity].get(column.iri) for column in ordered],
            [(s, severity_name(s), n) for s, n in counts(found[activity] or []) if n],
            is_judged=found[activity] is not None,
        )
        for activity in activities
    ]
    return Side(names().name(role), ordered, lines)


def profile_of(graph: Graph, record: Node | None) -> tuple[Badge, Name] | None:
    """Give the profile of a record with the sentence that explains it."""
    profile = graph.value(record, ROPA.profile) if record is not None else None
    if profile is None:
        return None
    texts = {}
    table = the_register().select(
        f"SELECT ?way ?text WHERE {{ VALUES ?way {{ skos:definition skos:scopeNote }} "
        f"{profile.n3()} ?way ?text }} ORDER BY ?way"
    )
    for way, text in table.rows:
        texts[getattr(text, "language", None) or "en"] = str(text)
        del way
    return Badge("profile", names().name(profile)), names().best(texts)


def sources_of(graph: Graph, record: Node | None) -> list[Value]:
    """Link the documents that a record was put together from."""
    if record is None:
        return []
    found = sorted(graph.objects(record, ROPA.sourceDocument), key=str)
    return [Value(names().name(one), one, href=href(one)) for one in found]


@pages.get("/companies")
def every() -> Response:
    """List the companies."""
    return tables.answer("companies", template="companies.html")


@pages.get("/companies/<slug>")
def show(slug: str) -> Response:
    """Show the record of one company."""
    register = the_register()
    company = thing_at(f"companies/{slug}")
    graph = register.read(company)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return document(company, suffix)
    shower = Shower(graph)
    record = next(iter(sorted(graph.subjects(DCT.publisher, company), key=str)), None)
    own = judging.findings_of(company, company)
    activities = part_of(company)
    found = judging.findings_of_all(activities, company)
    follows, number = following.groups(company, following.graph_of(company), own)
    hidden = (DCT.publisher, ROPA.profile)
    whole = (
        shower.properties(record, without=hidden) if isinstance(record, URIRef) else []
    )
    return make_response(
        render_template(
            "record.html",
            company=Value(names().name(company), company),
            title=_title(graph, record),
            identity=shower.properties(company, asked=False),
            profile=profile_of(graph, record),
            record=record,
            whole=grouped([one for one in whole if one.values or one.article]),
            sides=sides(company, found),
            findings=own,
            follows=follows,
            follows_number=number,
            counts=following.counts(activities),
            when=day(judged_day().isoformat()),
            remark=judging.remark_on(company),
            remarks=shower.remarked(),
            sources=sources_of(graph, record),
            number=len(own) + sum(len(some or ()) for some in found.values()),
        )
    )


def _title(graph: Graph, record: Node | None) -> Name | None:
    title = graph.value(record, DCT.title) if record is not None else None
    return names().name(title) if title is not None else None
