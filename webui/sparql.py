"""Queries by anyone: the SPARQL 1.1 Protocol for programs, a page for people.

The text of a query is never parsed in this process: it goes to a child process with
limits on time, memory and rows.

Source: SPARQL 1.1 Protocol, sections 2.1 and 2.2; Service Description.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
)

from ropa import queries
from ropa.errors import InputError, MediaTypeUnknown, NotSupported, RopaError
from ropa.formats import results
from webui import negotiation
from webui.cells import Cells, column_name
from webui.current import the_register
from webui.descriptions import service_description
from webui.languages import language
from webui.naming import names
from webui.tables import asked

if TYPE_CHECKING:
    from ropa.asking import Answer
    from ropa.queries import Question

pages = Blueprint("sparql", __name__)

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"

ROWS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
}
TRUTH = {name: ROWS[name] for name in ("json", "xml")}
TRIPLES = {
    "turtle": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
BY_KIND = {"select": ROWS, "ask": TRUTH, "graph": TRIPLES}
ALIKE = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}

# What is kept beside entries is reached by this word alone.
_NAMED_GRAPH = re.compile(r"\bGRAPH\b", re.IGNORECASE)
_HEADER = re.compile(r"^#\+.*\n?", re.MULTILINE)

EXAMPLE = """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX dpv: <https://w3id.org/dpv#>

SELECT ?activity ?title WHERE {
  ?activity a dpv:PersonalDataProcess ;
            dct:title ?title .
}
ORDER BY ?title
LIMIT 100
"""


def _text() -> str | None:
    """Take the query out of the request, as the protocol sends it.

    Raises:
        MediaTypeUnknown: the body is of no kind that carries a query.
        NotSupported: an update, or a dataset chosen in the address.
    """
    values = request.values
    if request.method == "POST":
        if request.mimetype == QUERY:
            if request.args.get("query"):
                raise InputError("The query is given twice, in address and body.")
            try:
                body = request.get_data().decode("utf-8")
            except UnicodeDecodeError as problem:
                raise InputError("The query is not UTF-8 text.") from problem
            return _checked(body)
        if request.mimetype == UPDATE:
            raise _no_update()
        if request.mimetype not in (FORM, "multipart/form-data"):
            raise MediaTypeUnknown(
                f"A query cannot be read from {request.mimetype or 'an unnamed type'}.",
                hint=f"Send it as {QUERY} or {FORM}.",
            )
    if "update" in values:
        raise _no_update()
    if len(values.getlist("query")) > 1:
        raise InputError("The query is given more than once.")
    return _checked(values["query"]) if "query" in values else None


def _checked(text: str) -> str:
    if any(name in request.values for name in ("default-graph-uri", "named-graph-uri")):
        raise NotSupported(
            "The dataset of a query cannot be chosen in the address.",
            hint="Use GRAPH in the query; the default graph is what is stated.",
        )
    return text


def _no_update() -> NotSupported:
    return NotSupported(
        "This endpoint reads; it does not take updates.",
        hint="Save entries with `ropa add` or at /rdf-graphs: they are checked there.",
    )


def _form(kind: str) -> str:
    """Choose the form of an answer of a kind: by ``format``, else by ``Accept``.

    Raises:
        NotAcceptable: this kind of answer has no such form.
    """
    offered = BY_KIND[kind]
    wanted = request.values.get("format")
    if wanted in offered:
        return str(wanted)
    if not request.accept_mimetypes:
        return next(iter(offered))
    by_media = {media: name for name, media in offered.items()}
    by_media |= {media: name for media, name in ALIKE.items() if name in offered}
    best = request.accept_mimetypes.best_match(list(by_media))
    if best is not None:
        return by_media[best]
    return negotiation.choose(offered)


def _document(answer: Answer) -> Response:
    """Answer a program."""
    form = _form(answer.kind)
    if answer.kind == "graph" and answer.graph is not None:
        suffix = {"turtle": "ttl"}.get(form, form)
        response = negotiation.graph_answer(answer.graph, suffix)
    else:
        body = results.write_answer(answer, form)
        response = Response(body, content_type=BY_KIND[answer.kind][form])
    if answer.truncated:
        response.headers["Ropa-Truncated"] = "true"
    if request.values.get("download"):
        response.headers["Content-Disposition"] = (
            f'attachment; filename="answer.{form}"'
        )
    return response


def _is_page() -> bool:
    """Tell whether a person asks: a browser prefers HTML and names no form."""
    if request.values.get("format"):
        return False
    accepted = request.accept_mimetypes
    offered = ["application/sparql-results+json", "text/turtle", "text/html"]
    named = "text/html" in list(accepted.values())
    return named and accepted.best_match(offered) == "text/html"


def _chosen() -> tuple[Question | None, str, str]:
    """Give the question that the address names, filled in, and what failed."""
    name = request.args.get("question", "")
    if not name:
        return None, "", ""
    question = queries.load(name)
    given = asked(question)
    try:
        text = the_register().sparql(name, lang=language(), **given)
    except InputError as failure:
        problem = failure.message
        text = the_register().sparql(name, lang=language())
    else:
        problem = ""
    return question, _HEADER.sub("", text).lstrip("\n"), problem


@pages.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answer a query, show the query page, or describe the service."""
    is_page = _is_page()
    try:
        text = _text()
        if not is_page:
            if text is None:
                return service_description()
            return _document(_run(text))
    except RopaError:
        if not is_page:
            raise
        text = request.values.get("query", "")
    return _page(text)


def _run(text: str) -> Answer:
    """Answer a query; what follows is made first where it may be asked for."""
    if _NAMED_GRAPH.search(text):
        the_register().refresh_inferred()
    limit = current_app.config["ROPA_MAX_ROWS"]
    return the_register().query(text, max_rows=limit)


def _page(text: str | None) -> Response:
    question, prepared, problem = _chosen()
    if text is None and question is not None:
        text = prepared
    run = text is not None and ("query" in request.values or "run" in request.values)
    answer: Answer | None = None
    error: RopaError | None = None
    if run and not problem:
        try:
            answer = _run(text or "")
        except RopaError as failure:
            error = failure
    companies = the_register().ask("companies")
    slugs = list(dict.fromkeys(str(row[0]) for row in companies.rows))
    page = render_template(
        "sparql.html",
        text=EXAMPLE if text is None else text,
        answer=answer,
        error=error,
        problem=problem,
        table=_shown(answer),
        turtle=_turtle(answer),
        forms=BY_KIND[answer.kind] if answer else {},
        question=question,
        questions=queries.all_questions(),
        slugs=slugs,
    )
    response = make_response(page)
    response.status_code = error.http_status if error else 400 if problem else 200
    return response


def _shown(answer: Answer | None) -> dict[str, object] | None:
    if answer is None or answer.table is None:
        return None
    table = answer.table
    names().prefetch(node for row in table.rows for node in row)
    cells = Cells(table.columns)
    return {
        "columns": [(key, column_name(key)) for key in table.columns],
        "rows": [cells.row(row) for row in table.rows],
    }


def _turtle(answer: Answer | None) -> str:
    if answer is None or answer.graph is None:
        return ""
    return negotiation.graph_answer(answer.graph, "ttl").get_data(as_text=True)
