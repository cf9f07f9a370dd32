"""The SPARQL 1.1 Graph Store Protocol: one stated graph is one entry.

Writes go the way of every entry: checked, recorded, and refused where the revision
that they replace is not the newest.

Source: SPARQL 1.1 Graph Store HTTP Protocol; RFC 9110 section 13 (preconditions);
RFC 6585 section 3 (428).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin

from flask import Blueprint, Response, request
from rdflib import Graph, URIRef

from ropa import entry, revisions
from ropa.errors import InputError, NotFound, NotSupported
from webui import negotiation
from webui.checks import media_syntax, read
from webui.current import the_register

pages = Blueprint("graphs", __name__)

ADDRESS = "/rdf-graphs"


def _name() -> URIRef:
    """Give the graph that the address names.

    Raises:
        InputError: no graph is named, or it is no absolute IRI.
        NotSupported: the default graph, which is made of the others.
    """
    if "default" in request.args:
        raise NotSupported(
            "The default graph is the union of what is stated; it has no one revision.",
            hint="Name one entry with ?graph=, or query /sparql.",
        )
    given = request.args.get("graph", "")
    if not given:
        raise InputError(
            "No graph is named.",
            hint=f"Write {ADDRESS}?graph= and the IRI of an entry.",
        )
    name = URIRef(urljoin(the_register().base, given))
    if any(letter in '<>"{}|^`\\ ' or ord(letter) < 32 for letter in name):
        raise InputError("The name of the graph is no IRI.", graph=given[:200])
    return name


def _stated(name: URIRef) -> Graph:
    graph = the_register().graph(name) if entry.is_stated(name) else Graph()
    if not len(graph):
        raise NotFound(
            f"There is no graph {name}.",
            hint="A graph is named by the IRI of an entry, without a fragment.",
        )
    return graph


@pages.get(ADDRESS)
def show() -> Response:
    """Answer a stated graph in the form that is wanted."""
    graph = _stated(_name())
    suffix = negotiation.choose(negotiation.DOCUMENTS)
    return negotiation.graph_answer(graph, suffix, digest=entry.digest(graph))


def _replaced() -> Collection[str] | None:
    """Read which revisions a write replaces; None where the request does not say."""
    if request.if_none_match.star_tag:
        return revisions.NEW
    return negotiation.revisions_read()


def _author() -> str:
    return request.args.get("author") or request.headers.get("Ropa-Author", "")


def _reason() -> str:
    return request.args.get("reason") or request.headers.get("Ropa-Reason", "")


def _body(name: URIRef | None) -> Graph:
    """Read the entry that was sent; it must be the one that the address names."""
    reading = read(request.get_data(), name="body", form=media_syntax(request.mimetype))
    if name is not None:
        foreign = sorted({entry.document(s) for s in reading.graph.subjects()} - {name})
        if foreign:
            raise InputError(
                f"The body speaks of {foreign[0]}, which is another entry.",
                hint=f"Send only what is said of {name} and its parts.",
            )
    return reading.graph


def _save(graph: Graph, replaces: Collection[str] | None) -> Response:
    saved = the_register().add(
        graph, author=_author(), reason=_reason(), replaces=replaces
    )
    values = [
        {
            "iri": str(one.iri),
            "revision": one.revision,
            "created": one.created,
            "change": str(one.change),
            "findings": one.findings,
            "changed": one.changed,
        }
        for one in saved
    ]
    created = all(one.created for one in saved)
    if len(saved) != 1 or request.accept_mimetypes.best == "application/json":
        response = negotiation.json_answer({"saved": values})
        response.status_code = 201 if created else 200
    else:
        response = Response(status=201 if created else 204)
    if len(saved) == 1:
        response.set_etag(negotiation.tag(saved[0].revision, "ttl"))
        response.headers["Location"] = f"{ADDRESS}?graph={saved[0].iri}"
    return response


@pages.put(ADDRESS)
def replace() -> Response:
    """Save an entry in place of the revision that the request names.

    As for `ropa add`, a new entry needs no word on what it replaces.
    """
    return _save(_body(_name()), _replaced())


@pages.post(ADDRESS)
def merge() -> Response:
    """Add to an entry, or save all entries of a body where no graph is named."""
    if "graph" not in request.args:
        return _save(_body(None), _replaced())
    name = _name()
    added, replaces = _body(name), _replaced()
    now = the_register().graph(name)
    if replaces == revisions.ANY:
        # What was added to is what is read here, and no longer anything else.
        replaces = {entry.digest(now)} if len(now) else revisions.NEW
    return _save(now + added, replaces)


@pages.delete(ADDRESS)
def remove() -> Response:
    """Take an entry out of the register; its history stays."""
    name = _name()
    _stated(name)
    the_register().remove(
        name, author=_author(), reason=_reason(), replaces=_replaced()
    )
    return Response(status=204)
