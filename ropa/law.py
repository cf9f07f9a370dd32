"""Law with dates: reads ``data/law/*.ttl`` and refuses rows that cannot be judged.

What a row is worth on a day is answered by the questions ``law`` and
``transfer-tools``; this module only makes sure that every row can be asked about.

Source: ``ontology/law.ttl``; its header says when a piece of law holds.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rdflib.term import Literal, Node, URIRef

from ropa import assets, shipped
from ropa.shipped import Triple
from ropa.terms import (
    DCT,
    DPV,
    LAW,
    RDF,
    RDFS,
    ROPA,
    SKOS,
    curie,
    namespace_of,
)

WHOLE = LAW[""]
"""The body of law as a whole; it carries the day of the last review."""

LANGUAGES = ("en", "fr")

Rows = Mapping[Node, Sequence[tuple[URIRef, Node]]]


def files() -> list[str]:
    """List the files of law, as names of the room ``data``."""
    return [name for name in assets.names("data", ".ttl") if name.startswith("law/")]


def require_sound() -> None:
    """Read all law as shipped, and refuse it where a row cannot be judged.

    A register asks this when it takes over what a package brings, not each time the
    law is read.

    Raises:
        InternalError: a file or a row cannot be used; all faulty rows of the first
            faulty file are named with their lines.
    """
    read = {name: shipped.triples("data", name) for name in files()}
    words = [
        triple
        for name in assets.names("ontology", ".ttl")
        for triple in shipped.triples("ontology", name)
    ]
    check(read, words)


def check(law: Mapping[str, Sequence[Triple]], words: Iterable[Triple]) -> None:
    """Refuse law with rows that cannot be judged.

    Args:
        law: what each file states, by its name in the room ``data``.
        words: the ontology, whose classes and terms the rows use.

    Raises:
        InternalError: with file, line and fault of each faulty row of a file.
    """
    parents: dict[Node, set[Node]] = {}
    known: set[Node] = set()
    for s, p, o in words:
        known.add(s)
        if p == RDFS.subClassOf:
            parents.setdefault(s, set()).add(o)
    known.update(s for stated in law.values() for s, _, _ in stated)
    judged = _below(ROPA.Provision, parents) | {ROPA.Judgment}
    judged.add(DPV.DataProtectionAuthority)
    for name, stated in law.items():
        text = assets.text("data", name)
        faults = []
        for row, said in _by_row(stated).items():
            if isinstance(row, URIRef):
                line = _line(text, row)
                faults += [
                    (line, f"{curie(row)} {fault}")
                    for fault in _faults(said, known, judged)
                ]
        if faults:
            raise shipped.broken("data", name, faults)
    reviews = [
        (name, o)
        for name, stated in law.items()
        for s, p, o in stated
        if (s, p) == (WHOLE, ROPA.reviewedOn)
    ]
    if len(reviews) != 1:
        where = reviews[0][0] if reviews else next(iter(law), "law")
        fault = "the day of the last review must be stated once, for all law"
        raise shipped.broken("data", where, [(1, fault)])


def _below(top: Node, parents: Mapping[Node, set[Node]]) -> set[Node]:
    found = {top}
    while more := {c for c, above in parents.items() if above & found} - found:
        found |= more
    return found


def _by_row(stated: Sequence[Triple]) -> Rows:
    rows: dict[Node, list[tuple[URIRef, Node]]] = {}
    for s, p, o in stated:
        rows.setdefault(s, []).append((p, o))
    return rows


def _line(text: str, row: URIRef) -> int:
    for part in (f"{curie(row)} a ", f"<{row}> a "):
        if part in text:
            return shipped.lines_with(text, part)[0]
    return 1


def _faults(
    said: Sequence[tuple[URIRef, Node]], known: set[Node], judged: set[Node]
) -> Iterator[str]:
    """Say what is wrong with one row."""
    if any(p == RDF.type and o in judged for p, o in said):
        languages = {
            o.language
            for p, o in said
            if p == SKOS.prefLabel and isinstance(o, Literal)
        }
        for language in LANGUAGES:
            if language not in languages:
                yield f"has no label in {language}"
        if not any(p == DCT.source for p, _ in said):
            yield "names no source"
    days = {p: str(o) for p, o in said}
    first = days.get(ROPA.validFrom)
    for way in (ROPA.endsOn, ROPA.invalidatedOn, ROPA.noNewFrom):
        last = days.get(way)
        if first is not None and last is not None and last < first:
            yield f"ends on {last}, before it begins on {first}"
    for way, value in said:
        if _is_unknown(way, known):
            yield f"uses {_near(str(way), known)}"
        if _is_unknown(value, known):
            yield f"names as {curie(str(way))} {_near(str(value), known)}"


def _is_unknown(term: Node, known: set[Node]) -> bool:
    ours = isinstance(term, URIRef) and (term in LAW or namespace_of(term) is not None)
    return ours and term not in known


def _near(iri: str, known: Iterable[Node]) -> str:
    close = difflib.get_close_matches(iri, sorted(map(str, known)), n=1, cutoff=0.8)
    meant = f" (meant {curie(close[0])}?)" if close else ""
    return f"{curie(iri)}{meant}, which nothing describes"
