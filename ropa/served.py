"""The verbs of a register through a running server.

Whoever has the folder open serves it; everyone else comes here. The address decides
once which of the two a person gets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    asking,
    checking,
    citing,
    entry,
    errors,
    explaining,
    folder,
    reasons,
    syntax,
    validation,
)
from ropa.answering import Said, Which
from ropa.answers import Words
from ropa.asking import Answer
from ropa.errors import (
    InternalError,
    LimitReached,
    RopaError,
    ShapeRefused,
    StoreLocked,
    StoreUnreachable,
)
from ropa.evidence import Document, Evidence
from ropa.explanation import Explanation, Hit
from ropa.footing import Impact
from ropa.formats import results
from ropa.formats.rdf import Reading
from ropa.register import MEMORY, Register
from ropa.saving import Saved
from ropa.store.base import Table
from ropa.why import Reasons

RESULTS_JSON = "application/sparql-results+json"
NTRIPLES = "application/n-triples"
TIMEOUT = urllib3.Timeout(connect=2.0, read=120.0)


class Served:
    """A register behind the address of a running ropa server."""

    languages = Register.languages

    def __init__(self, address: str) -> None:
        """Greet the server.

        Raises:
            StoreUnreachable: nothing answers there, or no ropa server does.
        """
        self.address = address.rstrip("/")
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
        try:
            health = json.loads(self._call("GET", "/healthz"))
            self.base: str = health["base"]
        except (ValueError, KeyError, TypeError, RopaError) as error:
            raise StoreUnreachable(
                f"No ropa server answers at {self.address}.",
                hint="Start one with `ropa serve`, or name the folder of the register.",
            ) from error

    def close(self) -> None:
        """Let the connections go."""
        self._pool.clear()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question."""
        asking.check_names(name, parameters)
        answer = self._call(
            "GET", f"/questions/{name}", parameters, accept=RESULTS_JSON
        )
        return results.read_sparql_json(answer)

    def explain(
        self, name: str, *, lang: str = "en", as_of: date | None = None, most: int = 5
    ) -> Explanation | list[Hit]:
        """Explain what a name means, with uses and law as the server knows them."""
        # The server brought its findings up to date when it was greeted.
        return explaining.explain(name, lang, self, as_of=as_of, most=most)

    def evidence(self, iri: URIRef | None = None, *, lang: str = "en") -> Evidence:
        """Give claims with the passages they rest on, gathered from the server."""
        return citing.cite(self, iri, lang=lang)

    def why(
        self,
        iri: URIRef,
        *,
        lang: str = "en",
        as_of: date | None = None,
        most: int = reasons.MOST,
    ) -> Reasons:
        """Say of what follows from an entry why it does; see ``ropa.reasons.why``."""
        whole = _Whole(self)
        return reasons.why(whole, iri, lang=lang, as_of=as_of, most=most)

    def documents(self) -> dict[str, tuple[URIRef, str]]:
        """List the documents that the server knows: IRI and title, by SHA-256."""
        return citing.documents(self)

    def document(self, iri: URIRef) -> Document:
        """Give a document that was read, with its sections and passages."""
        return citing.read_document(self, iri)

    def impact(
        self,
        without: str,
        *,
        as_of: date | None = None,
        instead: str | None = None,
        lang: str = "en",
    ) -> Impact:
        """Say what becomes of transfers without a decision, as the server knows it."""
        answer = self._call(
            "GET",
            "/impact",
            {"without": without, "as_of": as_of, "instead": instead, "lang": lang},
        )
        return Impact.from_json(answer)

    def sparql(self, name: str, **parameters: Any) -> str:
        """Give the SPARQL text of a named question, filled in."""
        return asking.sparql(self, name, **parameters)

    def select(self, text: str) -> Table:
        """Run a query of our own through the endpoint."""
        return self.query(text).table or Table([], [])

    def query(self, text: str, **_: Any) -> Answer:
        """Run any SPARQL query; the server's limits hold."""
        response = self._request(
            "POST",
            "/sparql",
            accept=f"{RESULTS_JSON}, {NTRIPLES}",
            body=text.encode(),
            content_type="application/sparql-query",
        )
        body = response.data
        if body.lstrip()[:1] == b"{":
            answer = results.read_answer(body)
        else:
            answer = Answer(kind="graph", graph=_graph(body))
        return replace(answer, truncated="Ropa-Truncated" in response.headers)

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry."""
        return _graph(
            self._call(
                "GET", "/rdf-graphs", {"graph": entry.document(iri)}, accept=NTRIPLES
            )
        )

    def validate(
        self,
        readings: Iterable[Reading],
        *,
        as_of: date | None = None,
        profile: URIRef | None = None,
        rules: frozenset[str] | None = None,
        shapes: Sequence[Reading] = (),
    ) -> validation.Report:
        """Check what was read with the served register as context."""
        _without(shapes)
        sources = list(readings)
        answer = self._call(
            "POST",
            "/validate",
            {
                "as_of": as_of,
                "profile": profile,
                "rule": sorted(rules) if rules is not None else None,
            },
            accept="application/json",
            body=_joined([checking.joined(sources)]),
            content_type=NTRIPLES,
        )
        return checking.located(validation.Report.from_json(answer), sources)

    def check(
        self,
        company: str | None = None,
        *,
        as_of: date | None = None,
        profile: URIRef | None = None,
        rules: frozenset[str] | None = None,
        shapes: Sequence[Reading] = (),
    ) -> validation.Report:
        """Check what is in the served register."""
        _without(shapes)
        answer = self._call(
            "GET",
            "/api/report",
            {
                "company": company,
                "as_of": as_of,
                "profile": profile,
                "rule": sorted(rules) if rules is not None else None,
            },
            accept="application/json",
        )
        return validation.Report.from_json(answer)

    def add(
        self,
        graph: Graph,
        *,
        author: str,
        reason: str = "",
        expected: str | None = None,
    ) -> list[Saved]:
        """Save the entries of a graph on the server, all or none."""
        answer = self._call(
            "POST",
            "/rdf-graphs",
            {"author": author, "reason": reason or None, "expected": expected},
            accept="application/json",
            body=_joined([graph]),
            content_type=NTRIPLES,
        )
        return [
            Saved(
                iri=URIRef(one["iri"]),
                revision=one["revision"],
                created=one["created"],
                change=URIRef(one["change"]),
                findings=one["findings"],
            )
            for one in json.loads(answer)["saved"]
        ]

    def remove(
        self, iri: URIRef, *, author: str, reason: str = "", expected: str | None = None
    ) -> None:
        """Take an entry out of the served register."""
        self._call(
            "DELETE",
            "/rdf-graphs",
            {"graph": entry.document(iri), "author": author, "reason": reason or None},
            headers={"If-Match": entry.etag(expected) if expected else "*"},
        )

    def answer(
        self, which: Which, words: Words, *, replaces: str | None = None
    ) -> Said:
        """Answer a finding on the server; see ``ropa.answering.give``."""
        return self._said("/answers", which, words, replaces)

    def withdraw_answer(
        self, which: Which, words: Words, *, replaces: str | None = None
    ) -> Said:
        """Withdraw an answer on the server; see ``ropa.answering.withdraw``."""
        return self._said("/answers/withdrawals", which, words, replaces)

    def _said(
        self, path: str, which: Which, words: Words, replaces: str | None
    ) -> Said:
        given = {**asdict(which), **asdict(words), "replaces": replaces}
        body = {k: str(v) for k, v in given.items() if v is not None and v != ""}
        if replaces is not None:
            body["replaces"] = replaces
        answer = self._call(
            "POST",
            path,
            body=json.dumps(body).encode(),
            content_type="application/json",
        )
        return Said.from_values(json.loads(answer))

    def _call(self, method: str, path: str, *given: Any, **options: Any) -> bytes:
        """Give the body of an answer; arguments as for `_request`."""
        return self._request(method, path, *given, **options).data

    def _request(
        self,
        method: str,
        path: str,
        parameters: dict[str, Any] | None = None,
        *,
        accept: str = "application/json",
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> urllib3.BaseHTTPResponse:
        given = {k: v for k, v in (parameters or {}).items() if v is not None}
        url = self.address + path
        if given:
            url += "?" + urlencode(given, doseq=True)
        sent = {"Accept": accept, **(headers or {})}
        if content_type:
            sent["Content-Type"] = content_type
        try:
            answer = self._pool.request(method, url, body=body, headers=sent)
        except urllib3.exceptions.HTTPError as error:
            raise StoreUnreachable(
                f"The server at {self.address} does not answer.",
                hint="Start it with `ropa serve`, or name the folder of the register.",
            ) from error
        if answer.status >= 400:
            raise _problem(answer.status, answer.data)
        return answer


class _Whole:
    """A server whose answers must not be cut, since conclusions are drawn from them.

    Args:
        served: the register behind it.
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        self.read = served.read

    def select(self, text: str) -> Table:
        """Run a query of our own.

        Raises:
            LimitReached: the answer has more rows than the server gives.
        """
        answer = self._served.query(text)
        if answer.truncated:
            raise LimitReached(
                "The server cuts what is stated around this entry at its row limit.",
                hint="Ask where the register lies, or have the server give more rows.",
                limit="rows",
            )
        return answer.table or Table([], [])


def connect(address: str) -> Register | Served:
    """Open a register by its address: in memory, a folder, or a running server.

    A folder that a server has open is reached through that server.
    """
    if address.startswith(("http://", "https://")):
        return Served(address)
    if address == MEMORY:
        return Register.open(address)
    place = Path(address).expanduser()
    found = _running(place)
    if found is not None:
        return found
    try:
        return Register.open(address)
    except StoreLocked:
        # A server that was just starting may have left its address by now.
        found = _running(place)
        if found is None:
            raise
        return found


def _running(place: Path) -> Served | None:
    """Find the server of a folder; one that was killed leaves its address behind."""
    address = folder.server(place)
    if address is None:
        return None
    try:
        return Served(address)
    except StoreUnreachable:
        return None


def _without(shapes: Sequence[Reading]) -> None:
    """Refuse shapes of a user: whoever serves for others does not run them.

    Raises:
        ShapeRefused: there are some.
    """
    if shapes:
        raise ShapeRefused(
            "A running server takes no shapes of yours.",
            hint="Name a folder that is not being served, or none at all.",
        )


def _joined(graphs: Iterable[Graph]) -> bytes:
    return b"".join(syntax.serialize(g, syntax.Syntax.NTRIPLES) for g in graphs)


def _graph(body: bytes) -> Graph:
    graph = Graph()
    for s, p, o, _ in syntax.parse(body, syntax.Syntax.NTRIPLES):
        graph.add((s, p, o))
    return graph


def _problem(status: int, body: bytes) -> RopaError:
    """Turn a problem document (RFC 9457) back into the error it came from."""
    try:
        problem = json.loads(body)
        kind = errors.by_code(problem["code"])
        message, hint = problem["detail"], problem.get("hint", "")
    except (ValueError, KeyError, TypeError):
        return InternalError(f"The server answered with status {status}.")
    if kind is errors.EntryRejected:
        report = validation.Report.from_json(json.dumps(problem["report"]).encode())
        return errors.EntryRejected(message, report=report, hint=hint)
    return kind(message, hint=hint, **problem.get("details", {}))
