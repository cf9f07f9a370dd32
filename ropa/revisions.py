"""Who saves says which revision they read: nobody overwrites what they have not seen.

A revision is the digest of what is stated in an entry, as its entity tag bears it; or
the number of a change, for "as it was after that change".

Source: RFC 9110 section 13.1 (preconditions); RFC 6585 section 3 (428).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdflib import Graph
from rdflib.term import URIRef

from ropa import entry, past, syntax
from ropa.errors import Conflict, RevisionMissing

if TYPE_CHECKING:
    from ropa.store.base import Store

ANY = frozenset({"*"})
"""Whatever is there is replaced, seen or not."""

NEW = frozenset({""})
"""The entries must be new."""

_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Clash:
    """An entry that is not what it was when it was read.

    Attributes:
        entry: the entry.
        stands: the newest version; None where the register never had it.
        read: what was read, where history has it; else empty.
        now: what is stated in it now; empty where it is gone.
        given: what would have been written; empty where it would have been removed.
    """

    entry: URIRef
    stands: past.Version | None
    read: Graph
    now: Graph
    given: Graph

    def is_of_known(self, said: Collection[str]) -> bool:
        """Tell whether one of the revisions that were named is there in history."""
        last = self.stands.number if self.stands is not None else 0
        return bool(len(self.read)) or any(
            int(one) < last for one in said if _NUMBER.fullmatch(one)
        )

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, the graphs as N-Triples."""
        stands = self.stands
        values: dict[str, Any] = {"entry": str(self.entry)}
        if stands is not None:
            values |= {
                "change": str(stands.change),
                "author": stands.author,
                "when": stands.moment,
                "reason": stands.reason,
                "revision": stands.digest or "",
            }
        for name in ("read", "now", "given"):
            text = syntax.serialize(getattr(self, name), syntax.Syntax.NTRIPLES)
            values[name] = text.decode()
        return values

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Clash:
        """Read what ``as_values`` wrote."""
        name = URIRef(values["entry"])
        stands = None
        if "change" in values:
            change = URIRef(values["change"])
            stands = past.Version(
                entry=name,
                part=change,
                change=change,
                moment=values["when"],
                agent=URIRef(""),
                author=values["author"],
                reason=values["reason"],
                digest=values["revision"] or None,
            )
        graphs = {
            key: syntax.graph(values[key].splitlines())
            for key in ("read", "now", "given")
        }
        return cls(entry=name, stands=stands, **graphs)


def require(
    store: Store,
    before: Mapping[URIRef, Graph],
    after: Mapping[URIRef, Graph | None],
    replaces: Collection[str] | None,
) -> None:
    """Refuse a write on top of what its author has not read.

    Args:
        store: where history is.
        before: what stands in all entries that were given.
        after: what shall stand in those that would change; None takes one out.
        replaces: the revisions that were read; `ANY` and `NEW` have a meaning of
            their own. None: it was not said.

    Raises:
        RevisionMissing: an entry that is there would change, and nothing was said.
        Conflict: what was read is not what stands; ``clashes`` tells of each entry.
    """
    said = frozenset(replaces or ())
    if said >= ANY:
        return
    there = {name: entry.digest(graph) for name, graph in before.items() if len(graph)}
    # A stale word on what was read is told, though nothing would change.
    touched = before if replaces is not None and (said == NEW or not after) else after
    moving = [name for name in touched if name in there]
    if replaces is None:
        if moving:
            raise RevisionMissing(
                f"{_named(moving)} in the register already, and it is not said which "
                "revision was read.",
                hint="Say which: --revision, or --replace for whatever is there; over "
                "HTTP, If-Match with the ETag that was read.",
                entries=[str(name) for name in moving],
                revisions=[there[name] for name in moving],
            )
        return
    stale = [name for name in moving if not _is_read(store, name, there[name], said)]
    gone = [name for name in after if name not in there]
    stale += [name for name in gone if _was_read(store, name, said - {*there.values()})]
    if not there and any(not _NUMBER.fullmatch(one) for one in said - NEW):
        # A digest is of something: nobody read it of what was not there.
        stale = gone
    if stale:
        clashes = [
            clash(store, name, before[name], after.get(name, before[name]), said)
            for name in sorted(stale)
        ]
        # What nobody can have read was mistyped rather than overtaken.
        is_known = said == NEW or any(one.is_of_known(said) for one in clashes)
        message = f"{_named(stale)} no longer what it was when it was read."
        if said == NEW:
            message = f"{_named(stale)} in the register already."
        elif not is_known:
            message = unknown(stale[0], said)
        raise Conflict(
            message,
            hint="Read it again, and save your change on top of the newer version."
            if is_known
            else KNOWN_BY,
            current=there.get(stale[0], ""),
            clashes=[one.as_values() for one in clashes],
        )


def _is_read(store: Store, name: URIRef, digest: str, said: frozenset[str]) -> bool:
    """Tell whether the revision that stands is one of those that were read."""
    if digest in said:
        return True
    numbers = [int(one) for one in said if _NUMBER.fullmatch(one)]
    stands = past.standing(store, name) if numbers else None
    return stands is not None and any(
        past.is_seen(store, stands[0], number) for number in numbers
    )


def _was_read(store: Store, name: URIRef, said: frozenset[str]) -> bool:
    """Tell whether an entry that is gone is one of those that were read."""
    numbers = [int(one) for one in said if _NUMBER.fullmatch(one)]
    return any(
        one.digest in said or one.number in numbers
        for one in (past.versions(store, name) if said - NEW else ())
        if one.digest is not None
    )


KNOWN_BY = (
    "Name it by its digest, which is its ETag and what `ropa show` tells, or by the "
    "number of a change; look at what stands before you save on top of it."
)
"""How a revision is named, for whoever named none that there is."""


def unknown(name: URIRef, said: Collection[str]) -> str:
    """Say that an entry never was at any of the revisions that were named."""
    first = min(said, default="")
    return f"The entry {name} never had a revision {first[:80]!r}."


def clash(
    store: past.Reads,
    name: URIRef,
    now: Graph,
    given: Graph | None,
    said: Collection[str],
) -> Clash:
    """Tell what was read, what stands, and what would have been written.

    Args:
        store: where history is.
        name: the entry.
        now: what stands in it.
        given: what would have been written; None or empty takes it out.
        said: the revisions that were read, by digest or by the number of a change.
    """
    known = past.versions(store, name)
    numbers = [int(one) for one in said if _NUMBER.fullmatch(one)]
    last = max(numbers, default=-1)
    seen = [
        one
        for one in known
        if one.digest in said
        # The entry as it was after that change; a change that is not there yet was
        # seen by nobody.
        or (one.number <= last and past.is_seen(store, one.part, last))
    ]
    read = seen[-1] if seen and seen[-1].digest is not None else None
    return Clash(
        entry=name,
        stands=known[-1] if known else None,
        read=past.state(store, name, read.number) if read is not None else Graph(),
        now=now,
        given=given if given is not None else Graph(),
    )


def _named(names: Collection[URIRef]) -> str:
    first, more = sorted(names)[0], len(names) - 1
    if not more:
        return f"The entry {first} is"
    return f"The entry {first} and {more} more are"
