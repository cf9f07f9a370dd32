"""One activity: what is said of it, in the order of the law."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from ropa import queries
from ropa.approval import State
from ropa.store.base import Table
from ropa.terms import DCT, ROPA
from webui import following, judging, negotiation, standing
from webui.cells import Cells, column_name
from webui.current import the_register
from webui.day import judged_day
from webui.languages import language
from webui.naming import href, names, thing_at
from webui.neighbours import used_by
from webui.records import document, profile_of, sources_of
from webui.tables import rows_of
from webui.things import Shower, Value, grouped
from webui.values import day

pages = Blueprint("activities", __name__)

BESIDE = ("transfers",)
"""Questions whose answers on this activity stand on its page."""

APPROVAL = "approval"
"""The column of a list that tells how far an activity has come; not its status."""


@pages.get("/activities")
def every() -> Response:
    """List all activities, with how far each has come towards being approved."""
    from webui import tables

    tables.check_filter(APPROVAL, [state.value for state in State])
    return tables.answer(
        "activities",
        template="list.html",
        facets=("company", "role", APPROVAL),
        widen=_with_approval,
    )


def _with_approval(table: Table) -> Table:
    """Add to a list of activities the state of what stands of each."""
    listed = rows_of("approvals")
    states = {tuple(map(str, row[:2])): row[2] for row in listed.rows}
    rows = [(*row, states.get(tuple(map(str, row[:2])))) for row in table.rows]
    return Table([*table.columns, APPROVAL], rows)


@pages.get("/activities/<slug>/<name>")
def show(slug: str, name: str) -> Response:
    """Show one activity."""
    register = the_register()
    activity = thing_at(f"activities/{slug}/{name}")
    graph = register.read(activity)
    suffix = negotiation.choose(negotiation.THING)
    if suffix != negotiation.HTML:
        return document(activity, suffix)
    shower = Shower(graph)
    record = graph.value(activity, DCT.isPartOf)
    company = thing_at(f"companies/{slug}")
    read_in = register.graph(company)
    status = graph.value(activity, ROPA.status)
    findings = judging.findings_of(activity, company)
    follows, number = following.groups(activity, following.graph_of(activity), findings)
    return make_response(
        render_template(
            "activity.html",
            activity=Value(names().name(activity), activity),
            company=Value(names().name(company), company, href=href(company)),
            record=record,
            status=names().name(status) if status is not None else None,
            groups=grouped(
                shower.properties(activity, without=(DCT.isPartOf, ROPA.status))
            ),
            beside=[_beside(one, slug, name) for one in BESIDE],
            findings=findings,
            follows=follows,
            follows_number=number,
            when=day(judged_day().isoformat()),
            remark=judging.remark_on(company),
            remarks=shower.remarked(),
            profile=profile_of(read_in, record),
            sources=sources_of(read_in, record),
            used_by=used_by(activity),
            turtle=negotiation.graph_answer(graph, "ttl").get_data(as_text=True),
        )
    )


def _beside(question: str, slug: str, activity: str) -> dict[str, object]:
    """Answer a named question for one activity; an empty answer is left out."""
    table = standing.beside(rows_of(question, company=slug))
    at = table.columns.index("activity")
    cells = Cells(table.columns)
    hidden = {"company", "activity"}
    kept = [i for i, key in enumerate(table.columns) if key not in hidden]
    rows = [cells.row(row) for row in table.rows if str(row[at]) == activity]
    return {
        "name": question,
        "words": queries.load(question).summary_in(language()),
        "columns": [column_name(table.columns[i]) for i in kept],
        "rows": [[row[i] for i in kept] for row in rows],
    }
