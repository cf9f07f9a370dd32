"""The verbs of a register through a running server.

Whoever has the folder open serves it; everyone else comes here. The address decides
once which of the two a person gets.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    approval,
    asking,
    checking,
    citing,
    entry,
    errors,
    explaining,
    folder,
    history,
    loading,
    lookup,
    past,
    reasons,
    revisions,
    syntax,
    upkeep,
    validation,
    verifying,
)
from ropa.answering import Said, Which
from ropa.answers import Words
from ropa.approval import Done, Kind
from ropa.asking import Answer
from ropa.backup import MEDIA_TYPE, Told
from ropa.changes import Comparison, Listed, Wanted
from ropa.errors import (
    InternalError,
    LimitReached,
    NotFound,
    NotJudgedYet,
    NotSupported,
    RopaError,
    ShapeRefused,
    StoreLocked,
    StoreUnreachable,
)
from ropa.evidence import Document, Evidence
from ropa.explanation import Explanation, Hit
from ropa.footing import Impact
from ropa.formats import results
from ropa.formats.places import Places
from ropa.formats.rdf import Reading
from ropa.integrity import Verification
from ropa.register import MEMORY, Register
from ropa.reversal import Reverted
from ropa.saving import Saved
from ropa.soundness import Sound
from ropa.store.base import Table
from ropa.why import Reasons

RESULTS_JSON = "application/sparql-results+json"
NTRIPLES = "application/n-triples"
# A server looks at the law as well before it saves; more would keep others waiting.
LOADED_AT_ONCE = 200
# How long between two questions to a server that judges entries first, and after which
# time without any getting on nobody waits for it.
WAIT_SECONDS = 1.0
MOST_WAITED = 600.0
TIMEOUT = urllib3.Timeout(connect=2.0, read=120.0)
# To check thousands of entries anew takes minutes, in which a server says nothing.
CHECK_TIMEOUT = urllib3.Timeout(connect=2.0, read=3600.0)
_CHECKING = frozenset(("/api/report", "/validate"))


class Served:
    """A register behind the address of a running ropa server."""

    languages = Register.languages
    point: past.Point | None = None
    """The point in its history that is read; None for what stands now."""

    def __init__(self, address: str) -> None:
        """Greet the server.

        Raises:
            StoreUnreachable: nothing answers there, or no ropa server does.
        """
        self.address = address.rstrip("/")
        self._told: upkeep.Told | None = None
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

    def at(self, when: str | int | date | datetime) -> Served:
        """Give the register as it was recorded at a point of its history, to be read.

        Arguments and errors as for ``ropa.register.Register.at``.
        """
        found = copy.copy(self)
        found.point = self.point_at(when)
        return found

    def point_at(self, when: str | int | date | datetime) -> past.Point:
        """Find a point in the history of the register: which change, when, by whom."""
        return past.point_at(self, self.base, when)

    def tell_progress(self, told: upkeep.Told | None) -> None:
        """Have somebody told how far the server is, while its answer is waited for."""
        self._told = told

    def tell_partly(self, told: upkeep.Told | None) -> None:
        """Tell nobody: a server gives programs no answer before all is known."""

    def health(self) -> dict[str, Any]:
        """Give what the server says of itself, and of the register in numbers."""
        found: dict[str, Any] = json.loads(self._call("GET", "/healthz"))
        return found

    def progress(self) -> upkeep.Progress:
        """Tell of how many entries findings are known; of others the number alone."""
        health = self.health()
        others = (URIRef(f"urn:x-ropa:{n}") for n in range(health["not_judgeable"]))
        return upkeep.Progress(
            health["entries"], health["judged"], dict.fromkeys(others, "")
        )

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question, once the server has judged what it is about."""
        asking.check_names(name, parameters)
        answer = self._call(
            "GET", f"/questions/{name}", parameters, accept=RESULTS_JSON
        )
        return results.read_sparql_json(answer)

    def explain(
        self, name: str, *, lang: str = "en", as_of: date | None = None, most: int = 5
    ) -> Explanation | list[Hit]:
        """Explain what a name means, with uses and law as the server knows them."""
        if as_of is None and lookup.is_rule(name):
            self._wait_until_judged()
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
        replaces: Collection[str] | None = None,
    ) -> list[Saved]:
        """Save the entries of a graph on the server, all or none."""
        answer = self._call(
            "POST",
            "/rdf-graphs",
            {"author": author, "reason": reason or None},
            headers=_precondition(replaces),
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
                changed=one["changed"],
            )
            for one in json.loads(answer)["saved"]
        ]

    def load(self, places: Places, *, author: str, **how: Any) -> loading.Loaded:
        """Save many entries of files on the server, in batches."""
        how["size"] = min(how.get("size") or LOADED_AT_ONCE, loading.BATCH)
        return loading.load(
            _Filled(self, replaces=how.get("replaces", False)),
            places,
            author=history.Author.person(author),
            as_of=datetime.now(UTC).date(),
            **how,
        )

    def remove(
        self,
        iri: URIRef,
        *,
        author: str,
        reason: str = "",
        replaces: Collection[str] | None = None,
    ) -> None:
        """Take an entry out of the served register."""
        self._call(
            "DELETE",
            "/rdf-graphs",
            {"graph": entry.document(iri), "author": author, "reason": reason or None},
            headers=_precondition(replaces),
        )

    def changes(self, wanted: Wanted | None = None) -> Listed:
        """List changes, the newest first; see ``ropa.changes.listed``."""
        answer = self._call("GET", "/changes.json", _asked(wanted or Wanted()))
        return Listed.from_json(answer)

    def diff(
        self, iri: URIRef, *, since: str = "", until: str = "", lang: str = "en"
    ) -> Comparison:
        """Say what changed in an entry, as the server knows it."""
        given = {
            "entry": entry.document(iri),
            "from": since or None,
            "to": until or None,
            "lang": lang,
        }
        return Comparison.from_json(self._call("GET", "/diff.json", given))

    def revert(
        self,
        iri: URIRef,
        to: str | int,
        *,
        author: str,
        reason: str = "",
        replaces: Collection[str] | None = None,
        removes: bool = False,
    ) -> Reverted:
        """Give an entry of the server the state it had."""
        given = {"entry": str(iri), "to": str(to), "author": author, "reason": reason}
        if removes:
            given["remove"] = "yes"
        return self._revert(given, _precondition(replaces))

    def undo(self, number: int, *, author: str, reason: str = "") -> Reverted:
        """Undo on the server what one change did."""
        return self._revert({"change": str(number), "author": author, "reason": reason})

    def _revert(
        self, given: dict[str, str], headers: Mapping[str, str] | None = None
    ) -> Reverted:
        answer = self._call(
            "POST",
            "/reversals",
            body=json.dumps(given).encode(),
            content_type="application/json",
            headers=headers,
        )
        return Reverted.from_json(answer)

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

    def course(self, iri: URIRef) -> approval.Course:
        """Tell what was submitted and approved of an entry, as the server knows it."""
        return approval.course(_Whole(self), iri)

    def take_step(
        self, kind: Kind, seen: Mapping[URIRef, str], *, author: str, reason: str = ""
    ) -> Done:
        """Submit, approve, or take that back on the server; see `ropa.approving`."""
        given = {
            "kind": kind.value,
            "revisions": {str(name): revision for name, revision in seen.items()},
            "author": author,
            "reason": reason,
        }
        answer = self._call(
            "POST",
            "/approvals",
            body=json.dumps(given).encode(),
            content_type="application/json",
        )
        return Done.from_values(json.loads(answer))

    def backup(self, *, told: Told | None = None) -> Generator[bytes]:
        """Give the file of a backup as the server makes it; see `ropa.backup.pieces`.

        Args:
            told: is told how many bytes came; how many there will be is not known: 0.
        """
        answer = self._request("GET", "/api/backup", accept=MEDIA_TYPE, whole=False)
        size = 0
        try:
            for piece in answer.stream(1 << 16):
                size += len(piece)
                yield piece
                if told is not None:
                    told(size, 0)
        except urllib3.exceptions.HTTPError as error:
            raise StoreUnreachable(
                f"The server at {self.address} ended before the backup was whole.",
                hint="Look at what the server says, and try again.",
            ) from error
        finally:
            answer.release_conn()

    def verify(
        self, *, noted: str = "", progress: verifying.Progress | None = None
    ) -> Verification:
        """Have the server prove that its history is intact; it tells no progress."""
        del progress
        return Verification.from_json(
            self._call("GET", "/api/verification", {"head": noted or None})
        )

    def rebuild(self, *, noted: str = "") -> Verification:
        """Refuse: whoever leads a register back has to have it for themselves.

        Raises:
            NotSupported: always.
        """
        del noted
        raise NotSupported(
            "A register is not rebuilt while it is being served.",
            hint="Stop the server, then run `ropa verify --rebuild` on the folder.",
        )

    def _wait_until_judged(self) -> None:
        """Wait until the server knows the findings of all entries."""
        waiting = _Waiting(self._told)
        while not (progress := self.progress()).is_over:
            waiting.go_on(progress)

    def _call(self, method: str, path: str, *given: Any, **options: Any) -> bytes:
        """Give the body of an answer; arguments as for `_request`.

        Where the server judges entries first that are asked about, that is waited for.
        """
        waiting = _Waiting(self._told)
        while True:
            try:
                return self._request(method, path, *given, **options).data
            except NotJudgedYet as error:
                total, judged = error.details["entries"], error.details["judged"]
                waiting.go_on(upkeep.Progress(total, judged, {}), error)

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
        whole: bool = True,
    ) -> urllib3.BaseHTTPResponse:
        given = {k: v for k, v in (parameters or {}).items() if v is not None}
        if self.point is not None:
            given["at"] = self.point.number
        url = self.address + path
        if given:
            url += "?" + urlencode(given, doseq=True)
        sent = {"Accept": accept, **(headers or {})}
        if content_type:
            sent["Content-Type"] = content_type
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers=sent,
                preload_content=whole,
                timeout=CHECK_TIMEOUT if path in _CHECKING else TIMEOUT,
            )
        except urllib3.exceptions.HTTPError as error:
            raise StoreUnreachable(
                f"The server at {self.address} does not answer.",
                hint="Start it with `ropa serve`, or name the folder of the register.",
            ) from error
        if answer.status >= 400:
            raise _problem(answer.status, answer.data)
        return answer


class _Waiting:
    """Waits for a server that judges entries, as long as it gets on.

    Args:
        told: is told how far it is.
    """

    def __init__(self, told: upkeep.Told | None) -> None:
        self._told = told
        self._last = -1
        self._since = time.monotonic()

    def go_on(self, progress: upkeep.Progress, error: RopaError | None = None) -> None:
        """Wait a little.

        Raises:
            RopaError: the server did not get on; the error given, if one is.
        """
        now = time.monotonic()
        if progress.done != self._last:
            self._last, self._since = progress.done, now
        if now - self._since > MOST_WAITED:
            raise error or LimitReached(
                "The server does not get on with judging its entries.",
                hint="Look at what it says where it was started.",
                limit="seconds",
            )
        if self._told is not None:
            self._told(progress)
        time.sleep(WAIT_SECONDS)


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


class _Filled:
    """A server that is filled with many entries.

    Args:
        served: the register behind it.
        replaces: whether what is there is replaced.
    """

    def __init__(self, served: Served, *, replaces: bool) -> None:
        self._served = served
        self._replaces = revisions.ANY if replaces else None
        self.select = _Whole(served).select

    def around(self, name: URIRef) -> bytes:
        """Give what is stated in an entry as N-Triples; nothing where there is none."""
        if entry.is_reserved(name):
            return b""
        try:
            return _joined([self._served.read(name)])
        except NotFound:
            return b""

    def save_batch(
        self,
        entries: Sequence[Sound],
        standing: Mapping[URIRef, loading.Stands],
        account: history.Account,
    ) -> None:
        """Save entries, all or none, as one change."""
        self._served.add(
            syntax.graph(line for one in entries for line in one.lines),
            author=account.author.name,
            reason=account.reason,
            replaces=self._replaces,
        )


def connect(address: str, *, to_verify: bool = False) -> Register | Served:
    """Open a register by its address: in memory, a folder, or a running server.

    A folder that a server has open is reached through that server.

    Args:
        address: where it is.
        to_verify: whether a folder is opened as it is, be it damaged.
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
        return Register.open(address, to_verify=to_verify)
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


def _precondition(replaces: Collection[str] | None) -> dict[str, str]:
    """Say in a request which revisions were read (RFC 9110 section 13.1)."""
    if replaces is None:
        return {}
    if {*replaces} == revisions.NEW:
        return {"If-None-Match": "*"}
    tags = ("*" if one == "*" else entry.etag(one) for one in sorted(replaces))
    return {"If-Match": ", ".join(tags)}


def _asked(wanted: Wanted) -> dict[str, Any]:
    """Write what is wanted of history as the parameters of an address."""
    given = {
        "entry": wanted.entry,
        "company": wanted.company,
        "author": wanted.author,
        "since": wanted.since,
        "until": wanted.until,
        "limit": wanted.limit,
        "start": wanted.start,
    }
    return {key: value for key, value in given.items() if value}


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
    details = dict(problem.get("details", {}))
    if "clashes" in problem:
        details["clashes"] = problem["clashes"]
    return kind(message, hint=hint, **details)
