"""Which form an answer takes: a page for people, a document for programs.

The form is chosen by a suffix of the address, else by the ``Accept`` header
(RFC 9110 section 12.5.1, quality values included).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from flask import Flask, Response, g, request
from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import revisions, syntax
from ropa.errors import NotAcceptable, RevisionMissing
from ropa.terms import PREFIXES

HTML = "html"

DOCUMENTS: Mapping[str, str] = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
"""Suffix and media type of each RDF form of a thing."""

THING: Mapping[str, str] = {HTML: "text/html", **DOCUMENTS}
LIST: Mapping[str, str] = {
    HTML: "text/html",
    "csv": "text/csv",
    "json": "application/json",
    "srj": "application/sparql-results+json",
}
"""Forms of a list; the last, for other ropa programs, is reached by Accept only."""

DATASET: Mapping[str, str] = {
    "nq": "application/n-quads",
    "trig": "application/trig",
}
"""Suffix and media type of what is in several graphs."""

_SUFFIXES = frozenset({*DOCUMENTS, *DATASET, "csv", "json"})
_WITHOUT_SUFFIXES = ("/static/", "/api/", "/.well-known/")
_KEY = "ropa.suffix"

Start = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]


def without_suffix(wsgi: Wsgi) -> Wsgi:
    """Take a known suffix off the path, so that every page has its twins."""

    def answer(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        stem, dot, suffix = path.rpartition(".")
        if (
            dot
            and suffix in _SUFFIXES
            and stem.rpartition("/")[2]
            and not path.startswith(_WITHOUT_SUFFIXES)
        ):
            environ[_KEY] = suffix
            environ["PATH_INFO"] = stem
        return wsgi(environ, start_response)

    return answer


def choose(offered: Mapping[str, str]) -> str:
    """Choose the form of the answer.

    Args:
        offered: suffix and media type of each form; the first is the default.

    Returns:
        The suffix of the chosen form.

    Raises:
        NotAcceptable: none of the offered forms is wanted.
    """
    g.offered = offered
    suffix = request.environ.get(_KEY)
    if suffix in offered:
        return str(suffix)
    by_media_type = {media: name for name, media in offered.items()}
    if suffix is None:
        if not request.accept_mimetypes:
            return next(iter(offered))
        best = request.accept_mimetypes.best_match(list(by_media_type))
        if best is not None:
            return by_media_type[best]
    wanted = f".{suffix}" if suffix else request.headers.get("Accept", "")
    raise NotAcceptable(
        f"{request.path} has no form {wanted!r}.",
        hint="It has: " + ", ".join(by_media_type) + ".",
    )


def is_page_wanted() -> bool:
    """Tell whether the asker reads pages; used where the form was not yet chosen."""
    if request.environ.get(_KEY):
        return False
    accepted = request.accept_mimetypes
    kinds = ["application/problem+json", "application/json", "text/html"]
    named = "text/html" in list(accepted.values())
    return named and accepted.best_match(kinds) == "text/html"


def tag(digest: str, suffix: str) -> str:
    """Name one form of one revision: the digest is shared, the form differs."""
    return f"{digest}.{suffix}"


def digest_of(etag: str) -> str:
    """Give the digest in an entity tag made by ``tag``; others stay as they are."""
    digest, dot, suffix = etag.rpartition(".")
    return digest if dot and suffix in THING else etag


def revisions_read() -> Collection[str] | None:
    """Read from ``If-Match`` which revisions were read; None where it is not said.

    Raises:
        RevisionMissing: only weak entity tags are named, which say of no revision
            that it was this one (RFC 9110 section 13.1.1).
    """
    if request.if_match.star_tag:
        return revisions.ANY
    tags = request.if_match.as_set()
    if tags:
        return {digest_of(tag) for tag in tags}
    weak = sorted(request.if_match.as_set(include_weak=True))
    if weak:
        raise RevisionMissing(
            f'The entity tag W/"{weak[0][:100]}" is weak: it does not say exactly '
            "which revision was read.",
            hint=f'Send it as a strong one, without W/: If-Match: "{weak[0][:100]}".',
        )
    return None


def graph_answer(graph: Graph, suffix: str, *, digest: str | None = None) -> Response:
    """Answer a graph as a document.

    Args:
        graph: what is answered.
        suffix: one of ``DOCUMENTS``.
        digest: digest of the graph where it is already known.
    """
    form = syntax.MEDIA_TYPES[DOCUMENTS[suffix]]
    body = syntax.serialize(graph, form, PREFIXES)
    content_type = DOCUMENTS[suffix] + ("; charset=utf-8" if suffix == "ttl" else "")
    response = Response(body, content_type=content_type)
    response.set_etag(tag(digest or syntax.digest(graph), suffix))
    return response


def dataset_answer(graphs: Mapping[URIRef, Graph], suffix: str) -> Response:
    """Answer several named graphs as one document.

    Args:
        graphs: by name.
        suffix: one of ``DATASET``.
    """
    form = syntax.MEDIA_TYPES[DATASET[suffix]]
    quads = [(*triple, name) for name, graph in graphs.items() for triple in graph]
    response = Response(
        syntax.serialize(quads, form, PREFIXES),
        content_type=f"{DATASET[suffix]}; charset=utf-8",
    )
    whole = "".join(f"{name} {syntax.digest(one)}\n" for name, one in graphs.items())
    response.set_etag(tag(hashlib.sha256(whole.encode()).hexdigest(), suffix))
    return response


def plain(node: Node | None) -> str | None:
    """Give the lexical text of a value, None for an empty cell."""
    return None if node is None else str(node)


def json_answer(values: object, *, media_type: str = "application/json") -> Response:
    """Answer plain values as JSON, with letters of all languages left readable."""
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return Response(text, content_type=media_type)


def alternates(offered: Mapping[str, str]) -> list[tuple[str, str]]:
    """List address and media type of the other forms of the current address."""
    query = request.query_string.decode("ascii", "replace")
    stem = request.path.rstrip("/") or "/index"
    tail = f"?{query}" if query else ""
    return [
        (f"{stem}.{suffix}{tail}", media)
        for suffix, media in offered.items()
        if suffix in _SUFFIXES
    ]


def _finish(response: Response) -> Response:
    """Say what else there is, and answer 304 to who has it already."""
    if request.endpoint == "static":
        return response
    response.vary.update(("Accept", "Accept-Language"))
    offered: Mapping[str, str] | None = g.get("offered")
    if offered and response.status_code == 200:
        for address, media in alternates(offered):
            response.headers.add(
                "Link", f'<{address}>; rel="alternate"; type="{media}"'
            )
    is_reading = request.method in {"GET", "HEAD"} and response.status_code == 200
    if is_reading and not response.is_streamed:
        if not response.get_etag()[0]:
            response.add_etag()
        response.make_conditional(request)
    return response


def install(app: Flask) -> None:
    """Give every address of an application its suffixes and its headers."""
    app.wsgi_app = without_suffix(app.wsgi_app)  # type: ignore[assignment, method-assign]
    app.after_request(_finish)
    app.jinja_env.globals.update(alternates=alternates)
