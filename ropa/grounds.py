"""What a transfer can rest on, found by the names that people use for it.

A decision, clauses or binding rules; a country that is inside by its membership, or
covered by a decision; an organisation by its certification. Words are looked up as
everywhere (`ropa.lookup`), organisations in the register.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Protocol

from rdflib.term import Literal, Node, URIRef

from ropa import entry, lookup, queries, terms, vocabulary
from ropa.errors import InputError, NotFound, UnknownName
from ropa.footing import Ground
from ropa.store import MEMORY, open_store
from ropa.store.base import Table
from ropa.terms import DCT, DPV, GDPR, LAW, RDF, RDFS, ROPA, SKOS, curie

MOST_LETTERS = 200
_NEAR = 5
# RFC 3987: none of these may stand in an IRI.
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')


class Selects(Protocol):
    """Whatever answers our own SELECT queries and has a base for its entries."""

    base: str

    def select(self, text: str) -> Table:
        """Answer a SELECT query; the project's prefixes are known."""


STATED = (
    "SELECT ?thing ?way ?value "
    "WHERE {{ VALUES ?thing {{ {things} }} ?thing ?way ?value }}"
)
"""All that is stated of some things."""

_OF_LAW = URIRef("urn:ropa:aside:law")


class Law:
    """What rows of law are worth on one day, as the question ``law`` answers.

    The question is asked over the rows in question alone: over all law it takes longer
    than everything else that an impact needs.

    Args:
        reads: the register.
        day: the day that is judged.
    """

    def __init__(self, reads: Selects, day: date) -> None:
        self.reads = reads
        self.day = day
        self._states: dict[URIRef, str | None] = {}

    def states(self, rows: Iterable[URIRef]) -> dict[URIRef, str]:
        """Give what rows are worth; what is no row of law is left out."""
        wanted = list(dict.fromkeys(rows))
        new = [row for row in wanted if row not in self._states]
        if new:
            self._states |= dict.fromkeys(new)
            self._states |= self._ask(new)
        found = ((row, self._states[row]) for row in wanted)
        return {row: state for row, state in found if state is not None}

    def _ask(self, rows: list[URIRef]) -> dict[URIRef, str]:
        named = " ".join(row.n3() for row in (*rows, LAW[""]))
        stated = self.reads.select(STATED.format(things=named)).rows
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.load((s, p, o, _OF_LAW) for s, p, o in (*_words_of_law(), *stated))
        table = aside.select(queries.load("law").render(as_of=self.day))
        at = [table.columns.index(name) for name in ("provision", "state")]
        return {URIRef(str(row[at[0]])): str(row[at[1]]) for row in table.rows}

    def holds(self, row: URIRef) -> bool:
        """Tell whether a row holds on the day."""
        return self.states([row]).get(row) == _notation(ROPA.InForce)

    def ground(self, iri: URIRef, kind: URIRef, rows: Iterable[URIRef]) -> Ground:
        """Make a ground, with what its rows are worth on the day."""
        named = tuple(dict.fromkeys(rows))
        return Ground(iri, kind, named, self.states(named))


@cache
def _words_of_law() -> tuple[tuple[URIRef, URIRef, Node], ...]:
    """List what the question reads of the ontology: kinds of law, and states."""
    words = vocabulary.load()
    kinds = {ROPA.Provision}
    pending = [ROPA.Provision]
    while pending:
        below = {*words.below(pending.pop())} - kinds
        kinds |= below
        pending += below
    states = {term for term, way in words.naming(ROPA.LawState) if way == RDF.type}
    ways = {RDF.type, RDFS.subClassOf, SKOS.notation}
    return tuple(
        (term, p, o)
        for term in sorted(kinds | states)
        for p, o in words.said(term)
        if p in ways
    )


def reviewed_on(reads: Selects) -> date | None:
    """Give the last day for which the law of a register was reviewed."""
    table = reads.select(
        "SELECT (MAX(?day) AS ?last) WHERE { law: ropa:reviewedOn ?day }"
    )
    last = table.rows[0][0] if table.rows else None
    return queries.as_day(str(last)) if last is not None else None


def what_falls(law: Law, name: str) -> Ground:
    """Find what is thought away.

    Args:
        law: the law of the day.
        name: a decision, clauses, a membership or a country by IRI, short name, label,
            other name or number; an organisation by IRI, slug or name; a cover by IRI.

    Raises:
        UnknownName: nothing is named so; the hint gives what comes near.
        InputError: it names several, or what no transfer can rest on.
    """
    wanted = _clean(name)
    # A country's code, which nobody minds to type in capitals.
    wanted = wanted.upper() if len(wanted) == len("FR") else wanted
    hits = _hits(wanted)
    found = list(dict.fromkeys(g for iri in hits for g in _grounds_of(law, iri)))
    made = [_made(law, one) for one in found]
    # Several rows of one country are one membership.
    if made and all(
        (one.kind, one.rows) == (made[0].kind, made[0].rows) for one in made
    ):
        return made[0]
    if not found:
        own = _in_register(law, wanted)
        if own is not None:
            return own
        raise _none_of_them(law, name, hits)
    raise _several(name, [iri for iri, _ in found])


def is_row(iri: URIRef) -> bool:
    """Tell whether a transfer can rest on a row of law, or be spared by it."""
    return _is_instrument(iri) or _is_below(iri, ROPA.Membership)


@cache
def offered() -> tuple[URIRef, ...]:
    """List the decisions, clauses and rules that transfers can rest on by our law."""
    words = vocabulary.load()
    rows = {iri for iri in words.terms() if _is_instrument(iri) and _tool_of(iri)}
    return tuple(sorted(rows))


def what_mends(law: Law, name: str) -> Ground:
    """Find what is put in place: a row of law, or a kind of tool.

    Raises:
        UnknownName: nothing is named so.
        InputError: it names several, or what is no tool for transfers.
    """
    wanted = _clean(name)
    hits = _hits(wanted)
    tools = [iri for iri in hits if _is_instrument(iri) or _is_tool(iri)]
    own = _own_instrument(law.reads, wanted) if not hits else None
    if own is not None:
        return law.ground(own, ROPA.TransferInstrument, [own])
    if len(tools) == 1:
        return _tool(law, tools[0])
    if tools:
        raise _several(name, tools)
    if not hits:
        near = _near_terms(wanted, lambda iri: _is_instrument(iri) or _is_tool(iri))
        raise _unknown(name, near)
    raise InputError(
        f"{curie(hits[0])} is no tool for transfers.",
        hint="Name a decision, clauses, or a kind of tool such as eu-gdpr:A46-2-c.",
        name=name[:MOST_LETTERS],
    )


def _clean(name: str) -> str:
    wanted = " ".join(name.split())[:MOST_LETTERS]
    if not wanted:
        raise InputError(
            "Nothing is named.", hint="Name a decision, clauses, a country or a vendor."
        )
    return wanted


def _hits(wanted: str) -> list[URIRef]:
    """List what a name means for sure; what only resembles it is for the hint."""
    # People write "privacy-shield" as they see it in addresses.
    for text in dict.fromkeys((wanted, wanted.replace("-", " "))):
        try:
            hits = lookup.look_up(text, "en")
        except NotFound:
            continue
        sure = [hit.iri for hit in hits if hit.score == 1.0 and hit.iri is not None]
        if sure:
            return list(dict.fromkeys(sure))
    return []


# -- what is thought away ------------------------------------------------------------


Found = tuple[URIRef, URIRef]


def _grounds_of(law: Law, iri: URIRef) -> list[Found]:
    """List what a term stands for: itself, or for a country what makes it count."""
    if _is_instrument(iri):
        return [(iri, _kind_of(iri))]
    if _is_below(iri, ROPA.Membership):
        return [(iri, ROPA.Membership)]
    about = vocabulary.load().law_about(iri)
    stays = [row for row in about if _is_below(row, ROPA.Membership)]
    if any(map(law.holds, stays)):
        return [(iri, ROPA.Membership)]
    covering = [row for row in about if _is_instrument(row) and _tool_of(row)]
    holding = [row for row in covering if law.holds(row)]
    if holding or covering:
        return [(row, _kind_of(row)) for row in holding or covering]
    return [(iri, ROPA.Membership)] if stays else []


def _made(law: Law, found: Found) -> Ground:
    iri, kind = found
    if kind != ROPA.Membership:
        return law.ground(iri, kind, [iri])
    # A country leaves as a whole: rows for the same days must not keep it inside.
    words = vocabulary.load()
    places = [o for p, o in words.said(iri) if p == ROPA.member] or [iri]
    rows = [
        row
        for place in places
        for row in words.law_about(URIRef(str(place)))
        if _is_below(row, ROPA.Membership)
    ]
    return law.ground(iri, kind, [row for row in rows if law.holds(row)] or rows)


def _in_register(law: Law, wanted: str) -> Ground | None:
    """Find an organisation, a cover or rules of its own that the register states."""
    own = _own_instrument(law.reads, wanted)
    if own is not None:
        return law.ground(own, ROPA.TransferInstrument, [own])
    places = _possible(law.reads.base, wanted)
    for iri in places:
        table = law.reads.select(
            "SELECT DISTINCT ?decision WHERE { "
            f"?organisation ropa:coverage {iri.n3()} . "
            f"OPTIONAL {{ {iri.n3()} ropa:decision ?decision . }} }}"
        )
        if table.rows:
            return law.ground(iri, ROPA.Coverage, _iris(table))
    organisation = _organisation(law.reads, wanted, places)
    if organisation is None:
        return None
    table = law.reads.select(
        "SELECT DISTINCT ?decision WHERE { "
        f"{organisation.n3()} ropa:coverage/ropa:decision ?decision }} "
        "ORDER BY ?decision"
    )
    return law.ground(organisation, ROPA.Coverage, _iris(table))


def _iris(table: Table) -> list[URIRef]:
    return [URIRef(str(one)) for (one,) in table.rows if one is not None]


def _possible(base: str, wanted: str) -> list[URIRef]:
    """List the IRIs that a name may stand for."""
    if "://" in wanted:
        return [] if _NOT_IN_IRI.search(wanted) else [URIRef(wanted)]
    parts = wanted.strip("/").split("/")
    rooms = ("organisations", "companies")
    if parts[0] in rooms and len(parts) > 1:
        return [entry.mint(base, *parts)]
    return [entry.mint(base, room, wanted.lower()) for room in rooms]


def _organisation(
    reads: Selects, wanted: str, places: Iterable[URIRef]
) -> URIRef | None:
    """Find an organisation by its place, else by its name in any letters."""
    for iri in places:
        if reads.select(f"SELECT ?p WHERE {{ {iri.n3()} a ?p }} LIMIT 1").rows:
            return iri
    text = Literal(wanted.lower()).n3()
    table = reads.select(
        "SELECT DISTINCT ?thing WHERE { ?thing dpv:hasName|ropa:tradeName ?name . "
        f"FILTER(LCASE(STR(?name)) = {text}) }} ORDER BY ?thing LIMIT 20"
    )
    named = {entry.document(node) for (node,) in table.rows if node is not None}
    return min(named) if len(named) == 1 else None


def _own_instrument(reads: Selects, wanted: str) -> URIRef | None:
    """Find rules that an entry of the register describes, by their IRI."""
    if "://" not in wanted or _NOT_IN_IRI.search(wanted):
        return None
    table = reads.select(f"SELECT DISTINCT ?kind WHERE {{ <{wanted}> a ?kind }}")
    kinds = [URIRef(str(kind)) for (kind,) in table.rows]
    return URIRef(wanted) if any(map(_leads_to_instrument, kinds)) else None


# -- what is put in place ------------------------------------------------------------


def _tool(law: Law, iri: URIRef) -> Ground:
    if not _is_tool(iri):
        return law.ground(iri, _kind_of(iri), [iri])
    words = vocabulary.load()
    below = words.narrower(iri)
    rows = {
        row
        for tool in below
        for row, way in words.naming(tool)
        if way == ROPA.transferTool
    }
    return law.ground(iri, DPV.DataTransferLegalBasis, sorted(rows))


# -- kinds of terms ------------------------------------------------------------------


def _kind_of(iri: URIRef) -> URIRef:
    return min(URIRef(str(o)) for p, o in vocabulary.load().said(iri) if p == RDF.type)


def _is_below(iri: URIRef, kind: URIRef) -> bool:
    kinds = (o for p, o in vocabulary.load().said(iri) if p == RDF.type)
    return any(kind in _above(URIRef(str(own))) for own in kinds)


def _above(kind: URIRef) -> set[URIRef]:
    words = vocabulary.load()
    found: set[URIRef] = set()
    pending = [kind]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += words.above(one)
    return found


def _leads_to_instrument(kind: URIRef) -> bool:
    return ROPA.TransferInstrument in _above(kind)


def _is_instrument(iri: URIRef) -> bool:
    return iri in terms.LAW and _is_below(iri, ROPA.TransferInstrument)


def _is_tool(iri: URIRef) -> bool:
    kinds = {DPV.DataTransferLegalBasis, GDPR.DataTransferTool}
    return iri not in kinds and bool(kinds & vocabulary.load().broader(iri))


def _tool_of(row: URIRef) -> bool:
    return any(p == ROPA.transferTool for p, _ in vocabulary.load().said(row))


def _notation(term: URIRef) -> str:
    said = vocabulary.load().said(term)
    return next(str(o) for p, o in said if p == SKOS.notation)


# -- what cannot be found ------------------------------------------------------------


def _several(name: str, found: Iterable[URIRef]) -> InputError:
    names = [curie(iri) for iri in found]
    return InputError(
        f"{name[:80]!r} names several things.",
        hint=f"Name one of {', '.join(names)}.",
        nearest=names,
    )


def _none_of_them(law: Law, name: str, hits: list[URIRef]) -> InputError | UnknownName:
    if not hits:
        return _unknown(name, _near(law, name))
    rows = sorted({curie(row) for iri in hits for row in _around(iri)})
    return InputError(
        f"No transfer rests on {curie(hits[0])}.",
        hint=f"Name one of {', '.join(rows[:_NEAR])}."
        if rows
        else "Name a decision, clauses, a country that is inside, or a vendor.",
        nearest=rows[:_NEAR],
    )


def _around(iri: URIRef) -> list[URIRef]:
    """List what transfers rest on among what a term names, or what names it."""
    words = vocabulary.load()
    ways = {DCT.isPartOf, ROPA.concerns}
    near: list[Node] = [o for p, o in words.said(iri) if p in ways]
    for term in sorted(words.broader(iri) | words.narrower(iri)):
        ways = {ROPA.transferTool, RDF.type}
        near += [s for s, p in words.naming(term) if p in ways]
    return [one for one in near if isinstance(one, URIRef) and _is_instrument(one)]


def _near(law: Law, name: str) -> list[str]:
    """List names that come near: of law, and of organisations by their slugs."""
    words = _near_terms(_clean(name), lambda iri: bool(_grounds_of(law, iri)))
    table = law.reads.select(
        "SELECT DISTINCT ?thing WHERE { ?thing a dpv:Organisation } LIMIT 2000"
    )
    slugs = {entry.slug(node) for (node,) in table.rows if node is not None}
    close = difflib.get_close_matches(name.lower(), sorted(slugs), n=3, cutoff=0.6)
    return [*words, *close][:_NEAR]


def _near_terms(name: str, fits: Callable[[URIRef], bool]) -> list[str]:
    """List short names of terms that come near and fit; rules and questions do not."""
    near = (one for one in lookup.nearest(name, most=4 * _NEAR) if ":" in one)
    return [one for one in near if fits(terms.expand(one))][:_NEAR]


def _unknown(name: str, near: list[str]) -> UnknownName:
    return UnknownName(
        f"Nothing that a transfer can rest on is named {name[:80]!r}.",
        hint=f"Did you mean {', '.join(near)}?"
        if near
        else "See `ropa ask law` for decisions, clauses and memberships.",
        name=name[:MOST_LETTERS],
        nearest=near,
    )
