"""What follows from what is stated in an entry, each with what made it.

``axioms`` draws the conclusions of the ontology's logic, ``entailing`` those that need
dates, absence or counting, ``tracing`` leads conclusions back to their reasons, and
``reasoner`` asks HermiT, which proves the former.

Pure: statements in, graphs out. What follows stands in a graph of its own beside the
entry; of each statement in it a claim says that it is inferred, and by what.

Source: interface.md section 4 (graphs, claims); OWL 2; SPARQL 1.1 (CONSTRUCT).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from rdflib.term import Literal, Node, URIRef

from ropa import assets, entry, kinds, packaged, shipped, syntax
from ropa.inference import axioms, entailing, tracing
from ropa.terms import RDF, ROPA, XSD

Triple = tuple[Node, Node, Node]


class Inferred(NamedTuple):
    """One statement that follows.

    Attributes:
        triple: the statement.
        by: the class whose axioms gave it, or the entailment.
    """

    triple: Triple
    by: URIRef


@cache
def digest() -> str:
    """Give a digest of all that conclusions are drawn by; older ones are stale."""
    whole = hashlib.sha256()
    rooms: tuple[tuple[assets.Room, str], ...] = (
        ("entailments", ".rq"),
        ("ontology", ".ttl"),
        ("ontology", ".nt"),
        ("data", ".ttl"),
    )
    for room, suffix in rooms:
        for name in assets.names(room, suffix):
            if room != "data" or name.startswith(("law/", "vendors")):
                whole.update(f"{name}\n{assets.text(room, name)}\n".encode())
    return f"sha256:{whole.hexdigest()}"


def infer(data: Sequence[str], around: Sequence[str], *, as_of: date) -> list[Inferred]:
    """Draw all conclusions for entries.

    Args:
        data: what is stated in the entries, as lines of N-Triples.
        around: their surroundings: companies with records, organisations named.
        as_of: calendar day whose law is applied.

    Returns:
        What follows about the entries and is not stated there, sorted. A statement
        that follows in several ways is given once, by the first of them.
    """
    stated = _read(data)
    return _told(stated, _draw(stated, data, around, as_of))


def _draw(
    stated: set[Triple], data: Sequence[str], around: Sequence[str], as_of: date
) -> tracing.Known:
    """Draw all conclusions, and leave them on the workbench."""
    given = stated | _read(around)
    drawn = axioms.conclude(given, kinds.kinds_of)
    members = [syntax.line(thing, RDF.type, kind) for thing, kind in drawn]
    bench = entailing.reference()
    bench.clear()
    bench.put([*data, *around, *members])
    made: dict[Triple, list[URIRef]] = {}
    for by, triple in bench.follow(as_of):
        made.setdefault(triple, []).append(by)
    return tracing.Known(frozenset(given), drawn, made)


def _told(stated: set[Triple], known: tracing.Known) -> list[Inferred]:
    """Choose, of all conclusions, those about the entries that nobody stated."""
    owners = {entry.document(s) for s in {s for s, _, _ in stated}}
    worth_telling = axioms.kinds()
    found: dict[Triple, URIRef] = {
        (thing, RDF.type, kind): kind
        for thing, kind in known.kinds
        if kind in worth_telling
    }
    for triple, by in known.made.items():
        found.setdefault(triple, by[0])
    return sorted(
        Inferred(triple, by)
        for triple, by in found.items()
        if triple not in stated and owner(triple[0]) in owners
    )


def owner(thing: Node) -> URIRef:
    """Give the entry that a thing belongs to, stated in it or inferred for it."""
    name = entry.document(thing)
    return URIRef(name.removesuffix("/inferred"))


def statements(
    name: URIRef, follows: Iterable[Inferred], *, as_of: date, made_by: str
) -> Iterator[Triple]:
    """Give the graph of what follows from one entry.

    Args:
        name: the entry.
        follows: what follows from it.
        as_of: the day whose law was applied.
        made_by: the digest of what it was made by.
    """
    graph = entry.inferred_graph(name)
    day = Literal(as_of.isoformat(), datatype=XSD.date, normalize=False)
    yield graph, RDF.type, ROPA.Inference
    yield graph, ROPA.inferredFrom, name
    yield graph, ROPA.asOf, day
    yield graph, ROPA.inferenceDigest, Literal(made_by)
    # Looked up once: there are many claims, and a name of ours is checked each time.
    about, field, value, of = ROPA.about, ROPA.field, ROPA.value, ROPA.entailedBy
    always = ((RDF.type, ROPA.Claim), (ROPA.origin, ROPA.Inferred))
    for (s, p, o), by in follows:
        yield s, p, o
        claim = claim_of(graph, (s, p, o))
        for way, what in (*always, (about, s), (field, p), (value, o), (of, by)):
            yield claim, way, what


def claim_of(graph: URIRef, triple: Triple) -> URIRef:
    """Name the claim of an inferred statement; the name never changes."""
    text = syntax.line(*triple)
    return URIRef(f"{graph}#claim-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def run(
    header: Mapping[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Infer for entries in a bounded child process (see `ropa.bounded`).

    Args:
        header: ``as_of`` (ISO date), ``entries`` (their names) and ``digest``, by which
            the asking process will know what is stale.
        body: the entries and their surroundings as N-Triples, a zero byte between.
        seal: shuts the process in, once all that is needed is loaded.

    Returns:
        An empty header, and a graph for each entry as N-Quads.
    """
    prepare()
    seal()
    data, around = _parts(body)
    as_of = date.fromisoformat(header["as_of"])
    follows: dict[URIRef, list[Inferred]] = {URIRef(n): [] for n in header["entries"]}
    for one in infer(data, around, as_of=as_of):
        if owner(one.triple[0]) in follows:
            follows[owner(one.triple[0])].append(one)
    lines = []
    for name, found in follows.items():
        end = f"{syntax.n3(entry.inferred_graph(name))} .\n"
        for triple in statements(name, found, as_of=as_of, made_by=header["digest"]):
            lines.append(f"{syntax.line(*triple)[:-1]}{end}")
    return {}, "".join(lines).encode()


def reasons(
    header: Mapping[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Say in a bounded child process how what follows from an entry does.

    Args:
        header: ``as_of`` (ISO date), ``entry`` (its name), ``about`` (a part of it, or
            the claim of one statement; null for all that follows) and ``most``
            (statements to be traced back).
        body: as for `run`.
        seal: as for `run`.

    Returns:
        ``total`` (statements asked for), ``wanted`` (those that were traced back) and
        ``steps``, terms and steps as `tracing` writes them; no body.
    """
    prepare()
    tracing.prepare()
    seal()
    data, around = _parts(body)
    as_of = date.fromisoformat(header["as_of"])
    name, about = URIRef(header["entry"]), header["about"]
    stated = _read(data)
    known = _draw(stated, data, around, as_of)
    graph = entry.inferred_graph(name)
    wanted = [
        one.triple
        for one in _told(stated, known)
        if owner(one.triple[0]) == name
        and about in (None, str(one.triple[0]), str(claim_of(graph, one.triple)))
    ]
    traced = wanted[: header["most"]]
    steps = tracing.trace(known, entailing.reference(), traced, as_of)
    return {
        "total": len(wanted),
        "wanted": [tracing.written(triple) for triple in traced],
        "steps": [tracing.step_values(step) for step in steps.values()],
    }, b""


def prepare() -> Iterator[object]:
    """Load what every inference needs, before any text is seen.

    Returns:
        Steps that make reasons come quicker, to be taken while there is time.
    """
    digest()
    axioms.known_of(ROPA.Inference)
    kinds.kinds_of(ROPA.Claim)
    entailing.reference()
    _example()
    return tracing.steps()


def rehearse() -> Generator[object, None, None]:
    """Draw conclusions from an example, step by step, and forget them.

    A child that waits for work does so, since it takes long to write to memory for the
    first time.
    """
    lines = _example()
    bench = entailing.reference()
    try:
        axioms.conclude(_read(lines), kinds.kinds_of)
        bench.put(lines)
        yield lines
        for _, triple in bench.follow(datetime.now(UTC).date()):
            yield syntax.line(*triple)
    finally:
        bench.clear()


@cache
def _example() -> list[str]:
    """Give an entry of the examples, with what is said of all that it names."""
    names = assets.names("data", ".ttl")
    file = next(name for name in names if name.startswith("companies/"))
    said: dict[str, list[str]] = {}
    for one in shipped.lines("data", file, base=packaged.EXAMPLES_BASE):
        said.setdefault(one.split(" ", 1)[0], []).append(one)
    first = min(said, key=lambda name: name.strip("<>"))
    own = [name for name in said if name.startswith((first, f"{first[:-1]}#"))]
    values = {one.split(" ", 2)[2][:-2] for name in own for one in said[name]}
    return [one for name in {*own, *values} & said.keys() for one in said[name]]


def tidy() -> None:
    """Put away the entries that were looked at last."""
    entailing.reference().clear()


def _parts(body: bytes) -> tuple[list[str], list[str]]:
    """Take the lines of the entries and of their surroundings apart."""
    # Not splitlines, which parts a text at other signs as well.
    data, around = (
        part.split("\n") if part else [] for part in body.decode().split("\x00")
    )
    return data, around


def _read(lines: Sequence[str]) -> set[Triple]:
    text = "\n".join(lines)
    return {(s, p, o) for s, p, o, _ in syntax.parse(text, syntax.Syntax.NTRIPLES)}
