"""Read the history of a register: its changes, one of them, two states of an entry.

Changes are found by their running numbers, and those of an entry by the entry; nothing
here walks through all that ever happened, unless a filter asks it to.

Source: PROV-O; GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import differences, entry, evidence, history, past, syntax
from ropa.differences import FieldChange
from ropa.errors import InputError, NotFound, UnknownName
from ropa.past import Reads, Version
from ropa.terms import DCT, DPV, PREFIXES, PROV, RDF, RDFS, ROPA, SKOS

MOST_ENTRIES = 20
"""Entries of a change that a list tells one by one; the others are counted."""

MOST_CHANGES = 50
"""Changes of one page of a list, if nobody says how many."""

_PERSON, _PACKAGE = "person", "package"
CREATED = "created"
CHANGED = "changed"
REMOVED = "removed"

_PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
_TOGETHER = 100

# Each change by its own name: engines look through all graphs for a list of names.
_HEAD = """
  {{ GRAPH {change} {{ {change} ?way ?value }} BIND({change} AS ?change) }}
"""
# Parts are numbered, so the first of them are found without the others.
_PARTS = """
  {{ GRAPH {change} {{
    {which}
    ?part prov:specializationOf ?entry .
    OPTIONAL {{ ?part ropa:digest ?digest }}
  }}
  # The baseline says it of the revisions before it.
  OPTIONAL {{ GRAPH ?told {{ ?part prov:wasRevisionOf ?follows }} }} }}
"""
_COUNT = """
  {{ SELECT ({change} AS ?change) (COUNT(?part) AS ?number) WHERE {{
    GRAPH {change} {{ ?part prov:specializationOf ?entry }}
  }} }}
"""
_OF_ENTRY = """
SELECT ?change WHERE {{
  VALUES ?entry {{ {entries} }}
  {{ GRAPH ?change {{ ?part prov:specializationOf ?entry }} }}
  UNION {{
    GRAPH ?made {{ ?part prov:specializationOf ?entry }}
    GRAPH ?change {{ ?change ropa:revision ?part }}
  }}
}}
"""
_BY_AUTHOR = """
SELECT DISTINCT ?change WHERE {{ GRAPH ?change {{ ?change ropa:author {author} }} }}
"""
_OF_COMPANY = """
SELECT DISTINCT ?change WHERE {{
  GRAPH ?change {{ ?part prov:specializationOf ?entry }}
  FILTER({same} || STRSTARTS(STR(?entry), {room}))
}}
"""
_COMPANIES = f"""{_PROLOGUE}
SELECT DISTINCT ?company WHERE {{ ?record a dpcat:ROPA ; dct:publisher ?company }}
ORDER BY ?company
"""
_NAMES = """
SELECT ?thing ?way ?label WHERE {{
  VALUES ?thing {{ {things} }}
  VALUES ?way {{ {ways} }}
  ?thing ?way ?label .
}}
"""


class Touched(NamedTuple):
    """What a change made of one entry.

    Attributes:
        entry: the entry; answers to its findings have a name of their own.
        part: the revision.
        digest: of its statements from then on; None where it was removed.
        follows: the revision before it; None where it was not there.
    """

    entry: URIRef
    part: URIRef
    digest: str | None
    follows: URIRef | None

    @property
    def state(self) -> str:
        """``created``, ``changed`` or ``removed``."""
        if self.digest is None:
            return REMOVED
        return CHANGED if self.follows is not None else CREATED

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return {
            "entry": str(self.entry),
            "state": self.state,
            "revision": self.digest,
            "follows": str(self.follows) if self.follows is not None else None,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any], part: URIRef) -> Touched:
        """Read what `as_values` wrote."""
        follows = values["follows"]
        return cls(
            URIRef(values["entry"]),
            part,
            values["revision"],
            URIRef(follows) if follows else None,
        )


@dataclass(frozen=True)
class Change:
    """One change, as lists tell it.

    Attributes:
        iri: its name.
        moment: when it was made, as ISO 8601 in UTC.
        author: the name of who made it.
        agent: ``person``, or ``package`` for what came with it.
        reason: why; may be empty.
        kinds: its classes beyond that of all changes.
        goes_back_to: the change whose state it brought back, or that it undid.
        entries: the first entries that it touched, or those from ``start`` on.
        total: how many entries it touched.
        start: how many entries are passed over.
    """

    iri: URIRef
    moment: str
    author: str
    agent: str
    reason: str = ""
    kinds: tuple[URIRef, ...] = ()
    goes_back_to: URIRef | None = None
    entries: tuple[Touched, ...] = ()
    total: int = 0
    start: int = 0

    @property
    def number(self) -> int:
        """Its running number."""
        return history.number_of(self.iri)

    @property
    def is_of_person(self) -> bool:
        """Whether a person made it, and not the package."""
        return self.agent == _PERSON

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        back = self.goes_back_to
        return {
            "change": str(self.iri),
            "number": self.number,
            "when": self.moment,
            "author": self.author,
            "agent": self.agent,
            "reason": self.reason,
            "kinds": [str(kind) for kind in self.kinds],
            "goes_back_to": str(back) if back is not None else None,
            "entries": [one.as_values() for one in self.entries],
            "entries_start": self.start,
            "entries_total": self.total,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Change:
        """Read what `as_values` wrote."""
        iri = URIRef(values["change"])
        back = values["goes_back_to"]
        start = values.get("entries_start", 0)
        return cls(
            iri=iri,
            moment=values["when"],
            author=values["author"],
            agent=values["agent"],
            reason=values["reason"],
            kinds=tuple(map(URIRef, values["kinds"])),
            goes_back_to=URIRef(back) if back else None,
            entries=tuple(
                Touched.from_values(one, URIRef(f"{iri}#{number}"))
                for number, one in enumerate(values["entries"], start=start + 1)
            ),
            total=values["entries_total"],
            start=start,
        )


@dataclass(frozen=True)
class Listed:
    """Some changes, the newest first.

    Attributes:
        changes: those of this page.
        total: how many there are in all that were asked for.
        entry: the entry whose changes they are, if of one.
    """

    changes: tuple[Change, ...]
    total: int
    entry: URIRef | None = None

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON; see ``schemas/changes.schema.json``."""
        return {
            "format": "ropa-changes/1",
            "entry": str(self.entry) if self.entry is not None else None,
            "total": self.total,
            "changes": [one.as_values() for one in self.changes],
        }

    @classmethod
    def from_json(cls, text: bytes) -> Listed:
        """Read what a server answers."""
        values = json.loads(text)
        about = values["entry"]
        return cls(
            tuple(map(Change.from_values, values["changes"])),
            values["total"],
            URIRef(about) if about else None,
        )


@dataclass(frozen=True)
class Wanted:
    """Which changes are wanted.

    Attributes:
        entry: only those of this entry and of the answers beside it.
        company: only those of a company and its activities; its IRI.
        author: only those of this author, by the name that they gave.
        since: a day, or a moment, from which on they were made.
        until: a day, which counts whole, or a moment, up to which they were made.
        limit: most that are given.
        start: how many are passed over.
    """

    entry: URIRef | None = None
    company: URIRef | None = None
    author: str = ""
    since: str = ""
    until: str = ""
    limit: int = MOST_CHANGES
    start: int = 0

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows the list but its length."""
        return bool(self.company or self.author or self.since or self.until)


class Point(NamedTuple):
    """One of two states that are compared.

    Attributes:
        number: the newest change of the register then; 0 before the first.
        version: the revision of the entry that stood then; None where it was not
            there yet.
    """

    number: int
    version: Version | None = None

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        one = self.version
        return {
            "number": self.number,
            "change": str(one.change) if one is not None else None,
            "when": one.moment if one is not None else None,
            "author": one.author if one is not None else None,
            "reason": one.reason if one is not None else None,
            "revision": one.digest if one is not None else None,
        }


@dataclass(frozen=True)
class Comparison:
    """What changed in an entry between two points.

    Attributes:
        entry: the entry.
        before: the earlier state.
        after: the later state.
        changes: what changed, in words.
        lang: language of the words.
    """

    entry: URIRef
    before: Point
    after: Point
    changes: tuple[FieldChange, ...] = field(default=())
    lang: str = "en"

    @property
    def said(self) -> list[str]:
        """One sentence for each change."""
        return differences.said(self.changes, self.lang)

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON; see ``schemas/diff.schema.json``."""
        return {
            "format": "ropa-diff/1",
            "entry": str(self.entry),
            "lang": self.lang,
            "from": self.before.as_values(),
            "to": self.after.as_values(),
            "changes": [
                {**change.as_values(), "sentence": sentence}
                for change, sentence in zip(self.changes, self.said, strict=True)
            ],
        }

    @classmethod
    def from_json(cls, text: bytes) -> Comparison:
        """Read what a server answers."""
        values = json.loads(text)
        name = URIRef(values["entry"])
        return cls(
            entry=name,
            before=_point(name, values["from"]),
            after=_point(name, values["to"]),
            changes=tuple(map(FieldChange.from_values, values["changes"])),
            lang=values["lang"],
        )


def _point(name: URIRef, values: Mapping[str, Any]) -> Point:
    if values["change"] is None:
        return Point(values["number"])
    change = URIRef(values["change"])
    version = Version(
        entry=name,
        part=change,
        change=change,
        moment=values["when"],
        agent=URIRef(""),
        author=values["author"],
        reason=values["reason"],
        digest=values["revision"],
    )
    return Point(values["number"], version)


# -- lists -----------------------------------------------------------------------------


def listed(store: Reads, base: str, wanted: Wanted | None = None) -> Listed:
    """List changes, the newest first.

    Args:
        store: where history is.
        base: base IRI of the register.
        wanted: which of them.

    Raises:
        InputError: a day cannot be read, or the end comes before the start.
        NotFound: the register never had the entry, or the company.
    """
    wanted = wanted or Wanted()
    if wanted.entry is None and not wanted.is_narrow:
        last = past.head(store, base).number
        first = last - wanted.start
        numbers: Iterable[int] = range(first, max(first - wanted.limit, 0), -1)
        return Listed(tuple(_told(store, base, numbers)), last)
    found = _numbers(store, base, wanted)
    numbers = found[wanted.start : wanted.start + wanted.limit]
    name = entry.document(wanted.entry) if wanted.entry is not None else None
    of = (name, entry.answers_graph(name)) if name is not None else ()
    return Listed(tuple(_told(store, base, numbers, of)), len(found), name)


def one(
    store: Reads,
    base: str,
    number: int,
    *,
    most: int = MOST_ENTRIES,
    start: int = 0,
) -> Change:
    """Give one change.

    Args:
        store: where history is.
        base: base IRI of the register.
        number: its running number.
        most: entries of it that are told one by one.
        start: how many of its entries are passed over.

    Raises:
        NotFound: there is none of this number.
    """
    found = _told(store, base, [number], most=most, start=start)
    if not found:
        last = past.head(store, base).number
        raise NotFound(
            f"There is no change {number}.",
            hint=f"The newest change has the number {last}.",
        )
    return found[0]


def _numbers(store: Reads, base: str, wanted: Wanted) -> list[int]:
    """Find the changes that filters let through, the newest first."""
    found: set[int] | None = None
    if wanted.since and wanted.until:
        start = _moment(wanted.since, is_end=False)
        if start > _moment(wanted.until, is_end=True):
            raise InputError(
                f"{wanted.since} is later than {wanted.until}.",
                hint="Give the earlier point as the start and the later as the end.",
            )
    if wanted.entry is not None:
        name = entry.document(wanted.entry)
        both = f"{syntax.n3(name)} {syntax.n3(entry.answers_graph(name))}"
        rows = store.select(_PROLOGUE + _OF_ENTRY.format(entries=both)).rows
        found = {history.number_of(change) for (change,) in rows if change is not None}
        if not found:
            raise NotFound(
                f"The register has never had an entry {name}.",
                hint="See the list of companies and activities for its name.",
            )
    queries = []
    if wanted.author:
        author = syntax.n3(Literal(wanted.author))
        queries.append(_BY_AUTHOR.format(author=author))
    if wanted.company is not None:
        queries.append(_of_company(wanted.company))
        if not store.select(_PROLOGUE + queries[-1] + " LIMIT 1").rows:
            raise _no_company(store, wanted.company)
    for query in queries:
        rows = store.select(_PROLOGUE + query).rows
        fitting = {history.number_of(change) for (change,) in rows if change}
        found = fitting if found is None else found & fitting
    first, last = 1, past.head(store, base).number
    if wanted.since:
        before = _moment(wanted.since, is_end=False) - timedelta(milliseconds=1)
        first = past.change_at(store, base, before) + 1
    if wanted.until:
        last = past.change_at(store, base, _moment(wanted.until, is_end=True))
    if found is None:
        return list(range(last, first - 1, -1))
    return sorted((n for n in found if first <= n <= last), reverse=True)


def _no_company(store: Reads, company: URIRef) -> UnknownName:
    """Say that history knows nothing of a company, with near names."""
    known = [entry.slug(_iri(one)) for (one,) in store.select(_COMPANIES).rows if one]
    name = entry.slug(company)
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    return UnknownName(
        f"The register has never had a company {name[:60]!r}.",
        hint=f"Did you mean {', '.join(near)}?"
        if near
        else "See the list of companies for its name.",
        company=name[:60],
        nearest=near,
    )


def _of_company(company: URIRef) -> str:
    """Write the query for what changed of a company and its activities."""
    name = entry.document(company)
    slug = entry.slug(name)
    room = str(name).removesuffix(f"companies/{slug}") + f"activities/{slug}/"
    own = (name, entry.answers_graph(name))
    return _OF_COMPANY.format(
        same=" || ".join(f"?entry = {syntax.n3(one)}" for one in own),
        room=syntax.n3(Literal(room)),
    )


def _moment(text: str, *, is_end: bool) -> datetime:
    """Read a day or a moment as the first, or last, moment that it means."""
    try:
        if len(text) == len("2026-01-01"):
            start = datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
            last = start + timedelta(days=1) - timedelta(milliseconds=1)
            return last if is_end else start
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{text[:40]!r} is no day and no moment.",
            hint="Write a day (2026-03-01) or a moment (2026-03-01T12:00:00Z).",
        ) from None


def _told(
    store: Reads,
    base: str,
    numbers: Iterable[int],
    of: tuple[URIRef, ...] = (),
    *,
    most: int = MOST_ENTRIES,
    start: int = 0,
) -> list[Change]:
    """Read changes by their numbers, with the first entries of each, or with some.

    Args:
        store: where history is.
        base: base IRI of the register.
        numbers: of the changes, in the order wanted.
        of: the only entries that are told, where these are known.
        most: entries that are told of each.
        start: how many entries of each are passed over.
    """
    wanted = [history.change_iri(base, number) for number in numbers]
    found: list[Change] = []
    for at in range(0, len(wanted), _TOGETHER):
        some = wanted[at : at + _TOGETHER]
        heads: dict[URIRef, dict[URIRef, list[Node]]] = {}
        query = _together("?change ?way ?value", _HEAD, some)
        for change, way, value in store.select(query).rows:
            said = heads.setdefault(_iri(change), {})
            said.setdefault(_iri(way), []).append(_node(value))
        counted = {
            _iri(change): int(str(number))
            for change, number in store.select(
                _together("?change ?number", _COUNT, some)
            ).rows
        }
        shown = {
            iri: range(start + 1, min(number, start + most) + 1)
            for iri, number in counted.items()
        }
        parts = _touched(store, some, shown, of)
        found += [
            replace(
                _change(
                    iri, heads[iri], tuple(parts.get(iri, ())), counted.get(iri, 0)
                ),
                start=start,
            )
            for iri in some
            if iri in heads
        ]
    return found


def _together(names: str, branch: str, changes: Iterable[URIRef]) -> str:
    """Write one query for some changes."""
    branches = (branch.format(change=syntax.n3(change)) for change in changes)
    return f"{_PROLOGUE}SELECT {names} WHERE {{{'UNION'.join(branches)}}}"


def _touched(
    store: Reads,
    changes: list[URIRef],
    shown: Mapping[URIRef, range],
    of: tuple[URIRef, ...],
) -> dict[URIRef, list[Touched]]:
    query = _PROLOGUE + "SELECT ?part ?entry ?digest ?follows WHERE {"
    branches = []
    for change in changes:
        which = "VALUES ?part {{ {} }}".format(
            " ".join(
                syntax.n3(URIRef(f"{change}#{number}"))
                for number in shown.get(change, ())
            )
        )
        if of:
            which = "VALUES ?entry {{ {} }}".format(" ".join(map(syntax.n3, of)))
        branches.append(_PARTS.format(change=syntax.n3(change), which=which))
    query += "UNION".join(branches) + "}"
    found: dict[URIRef, list[Touched]] = {}
    for part, name, digest, follows in store.select(query).rows:
        one = Touched(
            _iri(name),
            _iri(part),
            str(digest) if digest is not None else None,
            _iri(follows) if follows is not None else None,
        )
        found.setdefault(entry.document(one.part), []).append(one)
    for parts in found.values():
        parts.sort(key=lambda one: _place_of(one.part))
    return found


def _place_of(part: URIRef) -> int:
    """Give the running number of a revision among those of its change."""
    number = part.rpartition("#")[2]
    return int(number) if number.isdecimal() else 0


def _change(
    iri: URIRef,
    said: Mapping[URIRef, list[Node]],
    entries: tuple[Touched, ...],
    total: int,
) -> Change:
    def one(way: URIRef) -> str:
        return str(min(said.get(way, [""]), key=str))

    plain = {PROV.Activity, ROPA.Change}
    kinds = {_iri(kind) for kind in said.get(RDF.type, ())} - plain
    back = said.get(ROPA.goesBackTo) or said.get(ROPA.undoes)
    return Change(
        iri=iri,
        moment=one(PROV.endedAtTime),
        author=one(ROPA.author),
        agent=_PERSON if one(PROV.wasAssociatedWith) == str(ROPA.Person) else _PACKAGE,
        reason=one(ROPA.reason),
        kinds=tuple(sorted(kinds)),
        goes_back_to=_iri(min(back, key=str)) if back else None,
        entries=entries,
        total=total,
    )


# -- two states ------------------------------------------------------------------------


def compare(
    store: Reads,
    base: str,
    iri: URIRef,
    *,
    since: str | int | None = None,
    until: str | int | None = None,
    lang: str = "en",
) -> Comparison:
    """Say what changed in an entry between two points of its history.

    Args:
        store: where entry and history are.
        base: base IRI of the register.
        iri: the entry, or a part of it.
        since: the earlier point, as `past.change_at` takes it; the version before
            the newest where none is given.
        until: the later point; now where none is given.
        lang: language of the words.

    Raises:
        NotFound: the register never had the entry, or there is no such change.
        InputError: a point cannot be read, or the later one is not later.
    """
    name = entry.document(iri)
    known = past.versions(store, name)
    if not known:
        raise NotFound(
            f"The register has never had an entry {name}.",
            hint="See the list of companies and activities for its name.",
        )
    last = (
        past.change_at(store, base, until)
        if until not in (None, "")
        else past.head(store, base).number
    )
    if since not in (None, ""):
        first = past.change_at(store, base, since)
    else:
        there = [one.number for one in known if one.number <= last]
        first = there[-1] - 1 if there else last
    if first > last:
        raise InputError(
            f"Change {first} is later than change {last}.",
            hint="Give the earlier point first.",
        )
    before, after = past.state(store, name, first), past.state(store, name, last)
    return Comparison(
        entry=name,
        before=Point(first, _at(known, first)),
        after=Point(last, _at(known, last)),
        changes=tuple(told(store, before, after, lang)),
        lang=lang,
    )


def moved(store: Reads, change: Change, name: URIRef, lang: str) -> list[FieldChange]:
    """Say what a change did to one entry, in words."""
    before = past.state(store, name, change.number - 1)
    return told(store, before, past.state(store, name, change.number), lang)


def told(store: Reads, before: Graph, after: Graph, lang: str) -> list[FieldChange]:
    """Say what differs between two states, things of other entries by their names."""
    own = set(before.subjects()) | set(after.subjects())
    others = {
        node
        for triple in set(before) ^ set(after)
        for node in triple
        if isinstance(node, URIRef) and node not in own
    }
    known = _names(store, others, lang)
    return differences.between(before, after, lang=lang, named=known.get)


def _names(store: Reads, things: Iterable[URIRef], lang: str) -> dict[URIRef, str]:
    ways = (SKOS.prefLabel, DCT.title, DPV.hasName, RDFS.label)
    said: dict[URIRef, dict[URIRef, list[Literal]]] = {}
    listed_ = sorted(things)
    for start in range(0, len(listed_), _TOGETHER):
        query = _NAMES.format(
            things=" ".join(map(syntax.n3, listed_[start : start + _TOGETHER])),
            ways=" ".join(map(syntax.n3, ways)),
        )
        for thing, way, label in store.select(_PROLOGUE + query).rows:
            if isinstance(label, Literal):
                by_way = said.setdefault(_iri(thing), {})
                by_way.setdefault(_iri(way), []).append(label)
    return {
        thing: str(evidence.best(sorted(by_way[way]), lang))
        for thing, by_way in said.items()
        for way in [next(way for way in ways if way in by_way)]
    }


def _at(known: Iterable[Version], number: int) -> Version | None:
    """Give the version that stood after a change; None where none did yet."""
    earlier = [one for one in known if one.number <= number]
    return earlier[-1] if earlier else None


def _iri(node: Node | None) -> URIRef:
    return URIRef(str(node))


def _node(node: Node | None) -> Node:
    return node if node is not None else Literal("")
