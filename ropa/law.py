"""Law with dates and seats of vendors: refuses rows that cannot be judged.

They stand in ``data/law/*.ttl`` and ``data/vendors.ttl``. What a row of law is worth on
a day is answered by the questions ``law`` and ``transfer-tools``; this module only
makes sure that every row can be asked about.

Source: ``ontology/law.ttl``, whose header says when a piece of law holds;
``ropa:VendorSeat`` in ``ontology/inference.ttl``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rdflib.term import Literal, Node, URIRef

from ropa import assets, shipped, spelling, syntax
from ropa.shipped import Triple
from ropa.terms import (
    LAW,
    RDF,
    RDFS,
    ROPA,
    SKOS,
    XSD,
    curie,
    namespace_of,
    rows_of,
)

WHOLE = LAW[""]
"""The body of law as a whole; it carries the day of the last review."""

LANGUAGES = ("en", "fr")

# The properties that a row is judged by; `ropa.shipped` has seen that what they give
# are days of the calendar.
_DAYS = (
    "validFrom",
    "endsOn",
    "invalidatedOn",
    "noNewFrom",
    "decidedOn",
    "lodgedOn",
    "proposedOn",
)

Rows = Mapping[Node, Sequence[tuple[URIRef, Node]]]


def files() -> list[str]:
    """List the files of law and of vendors' seats, as names of the room ``data``."""
    return spelling.row_files()


def require_sound() -> None:
    """Read all rows as shipped, and refuse them where one cannot be judged.

    A register asks this when it takes over what a package brings, not each time the
    law is read.

    Raises:
        InternalError: a file or a row cannot be used; all faulty rows of the first
            faulty file are named with their lines.
    """
    read = {name: shipped.triples("data", name) for name in files()}
    check(read, _words())


def _words() -> Iterator[Triple]:
    """Give of the ontology what `check` reads: all subjects, and what rows must state.

    Most of its statements are other ones, and need not become terms for that.
    """
    read = {f"<{RDFS.subClassOf}>", f"<{ROPA.needs}>"}
    seen = set()
    asked = []
    for name in assets.names("ontology", ".ttl"):
        for line in shipped.lines("ontology", name):
            subject, property_, _ = line.split(" ", 2)
            if property_ in read or subject not in seen:
                seen.add(subject)
                asked.append(line)
    for s, p, o, _ in syntax.parse("\n".join(asked), syntax.Syntax.NTRIPLES):
        yield s, p, o


def check(law: Mapping[str, Sequence[Triple]], words: Iterable[Triple]) -> None:
    """Refuse law with rows that cannot be judged.

    Args:
        law: what each file states, by its name in the room ``data``.
        words: the ontology, whose classes and terms the rows use.

    Raises:
        InternalError: with file, line and fault of each faulty row of a file.
    """
    known: set[Node] = set()
    parents: dict[Node, set[Node]] = {}
    needs: dict[Node, set[Node]] = {}
    below, asks = RDFS.subClassOf, ROPA.needs
    for s, p, o in words:
        known.add(s)
        if p == below:
            parents.setdefault(s, set()).add(o)
        elif p == asks:
            needs.setdefault(s, set()).add(o)
    known.update(s for stated in law.values() for s, _, _ in stated)
    for name, stated in law.items():
        text = assets.text("data", name)
        faults = []
        for row, said in _by_row(stated).items():
            if isinstance(row, URIRef):
                faults += [
                    (_line(text, row), f"{curie(row)} {fault}")
                    for fault in _faults(said, known, _needed(said, parents, needs))
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


def _needed(
    said: Sequence[tuple[URIRef, Node]],
    parents: Mapping[Node, set[Node]],
    needs: Mapping[Node, set[Node]],
) -> set[Node]:
    """Collect what a row must state: what its classes and those above them ask."""
    found: set[Node] = set()
    pending = [o for p, o in said if p == RDF.type]
    while pending:
        kind = pending.pop()
        found |= needs.get(kind, set())
        pending += parents.get(kind, ())
    # What is only proposed has no days yet.
    is_pending = (ROPA.isPending, Literal(True)) in said
    return found - {ROPA.validFrom} if is_pending else found


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
    said: Sequence[tuple[URIRef, Node]], known: set[Node], needed: set[Node]
) -> Iterator[str]:
    """Say what is wrong with one row."""
    stated = {p for p, _ in said}
    for way in sorted(needed - stated, key=str):
        yield f"does not state {curie(str(way))}"
    if SKOS.prefLabel in needed & stated:
        languages = {
            o.language
            for p, o in said
            if p == SKOS.prefLabel and isinstance(o, Literal)
        }
        for language in LANGUAGES:
            if language not in languages:
                yield f"has no label in {language}"
    yield from _faulty_days(said)
    for way, value in said:
        if _is_unknown(way, known):
            yield f"uses {_near(str(way), known)}"
        if _is_unknown(value, known):
            yield f"names as {curie(str(way))} {_near(str(value), known)}"


def _faulty_days(said: Sequence[tuple[URIRef, Node]]) -> Iterator[str]:
    """Say which days of a row cannot be judged by."""
    for way in (ROPA[name] for name in _DAYS):
        given = [o for p, o in said if p == way]
        if len(given) > 1:
            yield f"states {curie(way)} {len(given)} times"
        for day in given:
            if not isinstance(day, Literal) or day.datatype != XSD.date:
                yield f"states {curie(way)} as {str(day)!r}, which is no xsd:date"
    days = {p: str(o) for p, o in said}
    first = days.get(ROPA.validFrom)
    for way in (ROPA.endsOn, ROPA.invalidatedOn, ROPA.noNewFrom):
        last = days.get(way)
        if first is not None and last is not None and last < first:
            yield f"ends on {last}, before it begins on {first}"


def _is_unknown(term: Node, known: set[Node]) -> bool:
    if not isinstance(term, URIRef) or term in known:
        return False
    return rows_of(term) is not None or namespace_of(term) is not None


def _near(iri: str, known: Iterable[Node]) -> str:
    close = difflib.get_close_matches(iri, sorted(map(str, known)), n=1, cutoff=0.8)
    meant = f" (meant {curie(close[0])}?)" if close else ""
    return f"{curie(iri)}{meant}, which nothing describes"
