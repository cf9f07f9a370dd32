"""What a register was: its changes, the versions of an entry, its state at any of them.

The state of an entry at a change is what stands now with all later changes undone, and
is compared with the digest that was written down then.

Source: PROV-O; ``ropa.history`` has the form of a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import entry, history, syntax
from ropa.errors import InputError, NotFound, StoreError
from ropa.terms import PREFIXES

if TYPE_CHECKING:
    from ropa.store.base import Table

_PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())

_HEAD = """
SELECT ?change ?digest ?moment WHERE {{
  GRAPH {newest} {{ ?register ropa:newestChange ?change }}
  GRAPH ?change {{ ?change ropa:changeDigest ?digest ; prov:endedAtTime ?moment }}
}}
ORDER BY DESC(?change)
LIMIT 1
"""

_MADE = """
SELECT ?moment WHERE {{ GRAPH {change} {{ {change} prov:endedAtTime ?moment }} }}
"""

_VERSIONS = """
SELECT ?change ?part ?moment ?agent ?author ?reason ?digest WHERE {{
  GRAPH ?change {{
    ?part prov:specializationOf {entry} ;
          prov:wasGeneratedBy ?change .
    ?change prov:endedAtTime ?moment ;
            prov:wasAssociatedWith ?agent .
    OPTIONAL {{ ?change ropa:author ?author }}
    OPTIONAL {{ ?change ropa:reason ?reason }}
    OPTIONAL {{ ?part ropa:digest ?digest }}
  }}
}}
ORDER BY ?change
"""

_NEWEST = """
SELECT ?part ?digest WHERE {{
  GRAPH ?change {{
    ?part prov:specializationOf {entry} .
    OPTIONAL {{ ?part ropa:digest ?digest }}
  }}
}}
ORDER BY DESC(?change)
LIMIT 1
"""

_BEFORE = """
SELECT (MAX(?change) AS ?last) WHERE {{
  # The changes of before the baseline have no class of ours.
  GRAPH ?change {{ ?change a prov:Activity ; prov:endedAtTime ?moment }}
  FILTER(?moment <= {moment} && CONTAINS(STR(?change), "/changes/"))
}}
"""

_BASELINE = """
SELECT (MAX(?change) AS ?last) WHERE { GRAPH ?change { ?change a ropa:Baseline } }
"""

_POINT = """
SELECT ?moment ?author WHERE {{
  GRAPH {change} {{
    {change} prov:endedAtTime ?moment .
    OPTIONAL {{ {change} ropa:author ?author }}
  }}
}}
"""

# What each of some changes was about, and the revision that stood before it.
_TOUCHED = """
SELECT ?change ?entry ?before WHERE {{
  VALUES ?change {{ {changes} }}
  GRAPH ?change {{
    ?part prov:specializationOf ?entry .
    OPTIONAL {{ ?part prov:wasRevisionOf ?before }}
  }}
}}
ORDER BY ?change
"""

_DIGESTS = """
SELECT ?part ?digest WHERE {{
  VALUES (?change ?part) {{ {parts} }}
  GRAPH ?change {{ ?part ropa:digest ?digest }}
}}
"""

# Names that are looked up in one query.
_TOGETHER = 500

_NUMBER = re.compile(r"\d{1,9}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Selects(Protocol):
    """Whatever answers our queries: a store, an open register, a server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""


class Reads(Selects, Protocol):
    """Whatever gives graphs as well."""

    def graph(self, iri: URIRef) -> Graph:
        """Give one named graph, empty where there is none."""


class Holds(Reads, Protocol):
    """A store, as far as states are made of it."""

    def graphs(self) -> list[URIRef]:
        """List the named graphs that hold something."""

    def lines(self, iri: URIRef) -> list[str]:
        """Give the statements of a named graph, as `ropa.syntax` writes them."""


class Point(NamedTuple):
    """A point in the history of a register: the newest change at that time.

    Attributes:
        number: its running number; 0 before the first.
        moment: when it was made, as ISO 8601 in UTC; empty before the first.
        author: who made it.
    """

    number: int
    moment: str = ""
    author: str = ""


class State(NamedTuple):
    """What was stated in a register after a change.

    Attributes:
        number: the change.
        graphs: the statements of each entry, and of the answers kept beside one, that
            were there; each a line as `ropa.syntax` writes it.
        moved: those that are otherwise now, or were not there then.
    """

    number: int
    graphs: dict[URIRef, list[str]]
    moved: frozenset[URIRef]


class Version(NamedTuple):
    """One revision of an entry, with the change that made it.

    Attributes:
        entry: the entry.
        part: the revision, a part of the change.
        change: the change.
        moment: when it was made, as ISO 8601 in UTC.
        agent: a person, or the package.
        author: the name.
        reason: why; may be empty.
        digest: of the entry's statements from then on; None where it was removed.
    """

    entry: URIRef
    part: URIRef
    change: URIRef
    moment: str
    agent: URIRef
    author: str
    reason: str
    digest: str | None

    @property
    def number(self) -> int:
        """The running number of the change."""
        return history.number_of(self.change)


def head(store: Selects, base: str) -> history.Head:
    """Give the newest change of a register."""
    newest = syntax.n3(history.newest_graph(base))
    rows = store.select(_PROLOGUE + _HEAD.format(newest=newest)).rows
    if not rows:
        return history.Head()
    change, digest, moment = rows[0]
    return history.Head(history.number_of(_iri(change)), str(digest), str(moment))


def is_seen(store: Selects, part: URIRef, number: int) -> bool:
    """Tell whether a revision was there after a change: who read then has seen it.

    Args:
        store: where the history is.
        part: the revision, a part of the change that made it.
        number: of a change; one that is not there yet was seen by nobody.
    """
    if number < history.number_of(part):
        return False
    change = URIRef(f"{str(entry.document(part)).rpartition('/')[0]}/{number:09d}")
    rows = store.select(_PROLOGUE + _MADE.format(change=syntax.n3(change))).rows
    return bool(rows)


def versions(store: Selects, iri: URIRef) -> list[Version]:
    """List the revisions of an entry, the oldest first; empty where it never was."""
    name = entry.document(iri)
    query = _VERSIONS.format(entry=syntax.n3(name))
    return [
        Version(
            entry=name,
            part=_iri(part),
            change=_iri(change),
            moment=str(moment),
            agent=_iri(agent),
            author=str(author or ""),
            reason=str(reason or ""),
            digest=str(digest) if digest is not None else None,
        )
        for change, part, moment, agent, author, reason, digest in store.select(
            _PROLOGUE + query
        ).rows
    ]


def standing(store: Selects, iri: URIRef) -> tuple[URIRef, str] | None:
    """Give the revision of an entry that stands, with its digest; None if none does."""
    name = syntax.n3(entry.document(iri))
    for part, digest in store.select(_PROLOGUE + _NEWEST.format(entry=name)).rows:
        return (_iri(part), str(digest)) if digest is not None else None
    return None


def change_at(store: Selects, base: str, when: str | int | date | datetime) -> int:
    """Find the change that was the newest at a point of the register's history.

    Args:
        store: where the history is.
        base: base IRI of the register.
        when: the number of a change, or its IRI; a day, which counts whole; or a
            moment, in UTC where it names no zone. Texts as ISO 8601 writes them.

    Returns:
        The number of a change; 0 where there was none yet.

    Raises:
        InputError: it is none of these.
        NotFound: there is no such change yet.
    """
    last = head(store, base).number
    if isinstance(when, str):
        when = _read(when.strip())
    if isinstance(when, int):
        if not 0 <= when <= last:
            raise NotFound(
                f"There is no change {when}.",
                hint=f"The newest change has the number {last}.",
            )
        return when
    if not isinstance(when, datetime):
        try:
            start = datetime.combine(when, time(), tzinfo=UTC)
            when = start + timedelta(days=1) - timedelta(milliseconds=1)
        except OverflowError:
            return last
    elif when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    try:
        moment = f'"{history.moment_of(when)}"^^xsd:dateTime'
    except OverflowError:
        # A zone took it beyond the first or the last year.
        return last if when.year > 1 else 0
    rows = store.select(_PROLOGUE + _BEFORE.format(moment=moment)).rows
    found = rows[0][0] if rows else None
    return history.number_of(found) if found is not None else 0


def point_at(store: Selects, base: str, when: str | int | date | datetime) -> Point:
    """Find the change that was the newest at a point of the register's history.

    Arguments and errors as for `change_at`.
    """
    number = change_at(store, base, when)
    name = syntax.n3(history.change_iri(base, number))
    for moment, author in store.select(_PROLOGUE + _POINT.format(change=name)).rows:
        return Point(number, str(moment), str(author or ""))
    return Point(number)


def _read(text: str) -> int | date | datetime:
    name = text.rpartition("/changes/")[2].partition("#")[0]
    try:
        if _NUMBER.fullmatch(name):
            return int(name)
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text[:40]!r} names no point in the history of the register.",
            hint="Write a day (2026-03-01), a moment (2026-03-01T12:00:00Z) or the "
            "number of a change.",
        ) from None


def state(store: Reads, iri: URIRef, number: int) -> Graph:
    """Give what was stated in an entry after a change; empty where it was not there.

    Args:
        store: where entry and history are.
        iri: the entry, or a part of it.
        number: the change.

    Raises:
        NotFound: what was stated then was not kept yet.
        StoreError: the history does not lead to what was written down then.
    """
    name = entry.document(iri)
    known = versions(store, name)
    earlier = [one for one in known if one.number <= number]
    if not earlier or earlier[-1].digest is None:
        return Graph()
    statements = set(store.graph(name))
    for one in reversed(known[len(earlier) :]):
        statements -= _of(name, store.graph(history.added_graph(one.change)))
        statements |= _of(name, store.graph(history.removed_graph(one.change)))
    graph = Graph()
    for triple in statements:
        graph.add(triple)
    if entry.digest(graph) != earlier[-1].digest:
        start = baseline(store)
        if number >= start:
            raise _altered(name, earlier[-1].number)
        if (start, earlier[-1].digest) not in {(v.number, v.digest) for v in known}:
            raise _not_kept(f"What was stated in {name} after change {number}", start)
        return state(store, name, start)
    return graph


def register_at(store: Holds, base: str, number: int) -> State:
    """Give what was stated in all entries after a change, and answered to findings.

    What changed later is undone; all else is as it stands, and is not looked at.

    Args:
        store: where entries and history are.
        base: base IRI of the register.
        number: the change; 0 for the time before the first.

    Raises:
        NotFound: what was stated then was not kept yet.
        StoreError: the history does not lead to what was written down then.
    """
    start = baseline(store)
    if 0 < number < start:
        raise _not_kept(f"What was stated in the register after change {number}", start)
    last = head(store, base).number
    later = [history.change_iri(base, n) for n in range(number + 1, last + 1)]
    before = _touched(store, later)
    lines = {name: set(store.lines(name)) for name in before}
    for change in reversed(later):
        for name, moved in _by_entry(store.lines(history.added_graph(change))):
            lines.setdefault(name, set()).difference_update(moved)
        for name, moved in _by_entry(store.lines(history.removed_graph(change))):
            lines.setdefault(name, set()).update(moved)
    digests = _digests(store, filter(None, before.values()))
    for name, held in lines.items():
        part = before.get(name)
        known = digests.get(part) if part is not None else None
        if (syntax.digest_of(held) if held else None) != known:
            raise _altered(name, number)
    graphs = {name: sorted(held) for name, held in lines.items() if held}
    for name in store.graphs():
        if name not in lines and history.is_kept_whole(name):
            graphs[name] = store.lines(name)
    return State(number, graphs, frozenset(lines))


def _touched(store: Selects, changes: list[URIRef]) -> dict[URIRef, URIRef | None]:
    """Give the graphs that changes were about, each with the revision before them."""
    found: dict[URIRef, URIRef | None] = {}
    for some in _portions(changes):
        names = " ".join(map(syntax.n3, some))
        rows = store.select(_PROLOGUE + _TOUCHED.format(changes=names)).rows
        for _, name, part in rows:
            if history.is_kept_whole(_iri(name)):
                found.setdefault(_iri(name), _iri(part) if part is not None else None)
    return found


def _digests(store: Selects, parts: Iterable[URIRef]) -> dict[URIRef, str]:
    """Give the digests that were written down in revisions."""
    found: dict[URIRef, str] = {}
    for some in _portions(sorted(parts)):
        pairs = (f"({syntax.n3(entry.document(p))} {syntax.n3(p)})" for p in some)
        query = _PROLOGUE + _DIGESTS.format(parts=" ".join(pairs))
        for part, digest in store.select(query).rows:
            found[_iri(part)] = str(digest)
    return found


def _portions(names: list[URIRef]) -> Iterator[list[URIRef]]:
    for start in range(0, len(names), _TOGETHER):
        yield names[start : start + _TOGETHER]


def _by_entry(lines: Iterable[str]) -> Iterable[tuple[URIRef, set[str]]]:
    """Sort statements by the graph that they belong to, which the subject tells."""
    found: dict[str, set[str]] = {}
    for line in lines:
        subject = line[1 : line.index(">")]
        found.setdefault(subject.partition("#")[0], set()).add(line)
    return [(URIRef(name), held) for name, held in found.items()]


def baseline(store: Selects) -> int:
    """Give the change from which on history keeps what was stated; 0 for all changes.

    It was written when the register was migrated from its first form.
    """
    for (change,) in store.select(_PROLOGUE + _BASELINE).rows:
        return history.number_of(change) if change is not None else 0
    return 0


def _not_kept(what: str, start: int) -> NotFound:
    return NotFound(
        f"{what} was not kept: at that time history noted digests only.",
        hint=f"The register was migrated with change {start}; ask for it, or a later.",
        change=start,
    )


def _altered(name: URIRef, number: int) -> StoreError:
    return StoreError(
        f"The history of {name} does not lead back to change {number}: something was "
        "altered outside of it.",
        hint="Run `ropa verify`; a backup can be restored with `ropa restore`.",
    )


def _of(name: URIRef, graph: Graph) -> set[tuple[Node, Node, Node]]:
    """Choose the statements of one entry; a change may be about several."""
    return {triple for triple in graph if entry.document(triple[0]) == name}


def _iri(node: Node | None) -> URIRef:
    return URIRef(str(node))
