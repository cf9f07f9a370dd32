"""Go back: give an entry the state it had, or undo what one change did.

Nothing in history is altered: going back is a change of its own, checked like every
other, that says which change it goes back to, or which one it undoes.

Source: PROV-O; GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import changes, entry, history, past, saving
from ropa.errors import Conflict, InputError, NotFound, NotSupported
from ropa.terms import ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store
    from ropa.vocabulary import Vocabulary

MOST_ENTRIES = 1000
"""Entries that a change may have touched for it to be undone at once."""

_MOST_NAMED = 5

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Reverted:
    """What going back did.

    Attributes:
        change: the change that records it; None where all stood so already.
        entries: what became of each entry: ``created``, ``changed`` or ``removed``.
        revisions: the digest of each entry that stands from now on.
    """

    change: URIRef | None
    entries: Mapping[URIRef, str]
    revisions: Mapping[URIRef, str]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return self.change is not None

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON; see ``schemas/reverted.schema.json``."""
        return {
            "format": "ropa-reverted/1",
            "change": str(self.change) if self.change is not None else None,
            "entries": [
                {
                    "entry": str(name),
                    "state": state,
                    "revision": self.revisions.get(name),
                }
                for name, state in sorted(self.entries.items())
            ],
        }

    @classmethod
    def from_json(cls, text: bytes) -> Reverted:
        """Read what a server answers."""
        values = json.loads(text)
        made = values["change"]
        return cls(
            URIRef(made) if made else None,
            {URIRef(one["entry"]): one["state"] for one in values["entries"]},
            {
                URIRef(one["entry"]): one["revision"]
                for one in values["entries"]
                if one["revision"]
            },
        )


@dataclass(frozen=True)
class Wish:
    """Who wants to go back, and on top of what.

    Attributes:
        author: who answers for it.
        as_of: the day whose law the findings speak of.
        reason: why, in the author's words.
        replaces: the revisions that were read; see `saving.put`.
        removes: whether an entry that was not there at that point is taken out.
    """

    author: str
    as_of: date
    reason: str = ""
    replaces: Collection[str] | None = None
    removes: bool = False

    def account(self, said: tuple[tuple[URIRef, Node], ...]) -> history.Account:
        """Say of the change who answers for it, and what it goes back to.

        Raises:
            InputError: the author is missing.
        """
        if not self.author.strip():
            raise InputError(
                "It is not said who makes this change.",
                hint="Give --author or ROPA_AUTHOR; over HTTP, author.",
            )
        author = history.Author.person(self.author.strip())
        return history.Account(author, self.reason.strip(), ROPA.Reversion, said)


def revert(
    store: Store,
    vocabulary: Vocabulary,
    iri: URIRef,
    to: str | int | date,
    *,
    base: str,
    wish: Wish,
) -> Reverted:
    """Give an entry the state that it had after a change, in a change of its own.

    Answers to findings are not brought back with it: they are withdrawn when an entry
    is removed, and a person gives them again.

    Args:
        store: where entry and history are.
        vocabulary: terms and law that the entry is checked against.
        iri: the entry, or a part of it.
        to: a point of the history, as `past.change_at` takes it; one at which the
            entry was not there takes it out, where the wish says that this is meant.
        base: base IRI of the register.
        wish: who wants it, and which revision they read.

    Raises:
        NotFound: the register never had the entry, or there is no such change.
        NotSupported: history does not keep what was said there.
        InputError: the entry was not there then, and it is not said that it shall go.
        EntryRejected: what stood then is structurally unsound by today's rules.
        Conflict: the entry is not at a revision that was read.
    """
    name = entry.document(iri)
    known = past.versions(store, name)
    if not known:
        raise NotFound(
            f"The register has never had an entry {name}.",
            hint="See the list of companies and activities for its name.",
        )
    _is_kept(name)
    number = past.change_at(store, base, to)
    shall = past.state(store, name, number)
    if not len(shall) and known[-1].digest is not None and not wish.removes:
        raise _would_remove(name, number, known)
    made = [one.change for one in known if one.number <= number]
    said = ((ROPA.goesBackTo, made[-1]),) if made else ()
    return _write(
        store,
        vocabulary,
        {name: shall if len(shall) else None},
        base=base,
        account=wish.account(said),
        wish=wish,
    )


def undo(
    store: Store,
    vocabulary: Vocabulary,
    number: int,
    *,
    base: str,
    wish: Wish,
) -> Reverted:
    """Take back what a change added and restore what it removed.

    What other changes did to the same entries stays, as long as none of them touched
    the same statements.

    Args:
        store: where entries and history are.
        vocabulary: terms and law that the entries are checked against.
        number: of the change.
        base: base IRI of the register.
        wish: who wants it. The revisions read need not be said, since what stands in
            the way is looked for in any case.

    Raises:
        NotFound: there is no such change.
        NotSupported: it is no change that can be undone: of the package, of too many
            entries, or of none.
        Conflict: a later change touched the same statements; ``obstacles`` names them.
        EntryRejected: what would stand then is structurally unsound.
    """
    change = changes.one(store, base, number, most=MOST_ENTRIES)
    _can_be_undone(change)
    added = _by_entry(store.graph(history.added_graph(change.iri)))
    removed = _by_entry(store.graph(history.removed_graph(change.iri)))
    if not added and not removed:
        raise NotSupported(
            f"History kept no statements of change {number}.",
            hint="Go back with single entries: ropa revert IRI --to WHEN.",
        )
    after: dict[URIRef, Graph | None] = {}
    obstacles: list[past.Version] = []
    for touched in change.entries:
        name = touched.entry
        if entry.is_of_answers(name):
            continue
        came, went = added.get(name, set()), removed.get(name, set())
        obstacles += _obstacles(store, name, touched, came | went)
        graph = Graph()
        for triple in (set(store.graph(name)) - came) | went:
            graph.add(triple)
        after[name] = graph if len(graph) else None
    if obstacles:
        raise _stands_in_the_way(change, obstacles)
    before = {name: store.graph(name) for name in after}
    read = {entry.digest(graph) for graph in before.values() if len(graph)}
    return _write(
        store,
        vocabulary,
        after,
        base=base,
        account=wish.account(((ROPA.undoes, change.iri),)),
        wish=wish if wish.replaces is not None else replace(wish, replaces=read),
    )


def _write(
    store: Store,
    vocabulary: Vocabulary,
    after: Mapping[URIRef, Graph | None],
    *,
    base: str,
    account: history.Account,
    wish: Wish,
) -> Reverted:
    written = saving.put(
        store,
        vocabulary,
        after,
        base=base,
        account=account,
        as_of=wish.as_of,
        replaces=wish.replaces,
    )
    if written is None:
        return Reverted(None, {}, {})
    return Reverted(
        written.change,
        {
            name: changes.REMOVED
            if not len(graph)
            else changes.CHANGED
            if len(written.before[name])
            else changes.CREATED
            for name, graph in written.moved.items()
        },
        {
            name: entry.digest(graph)
            for name, graph in written.moved.items()
            if len(graph)
        },
    )


def _would_remove(
    name: URIRef, number: int, known: Sequence[past.Version]
) -> InputError:
    """Refuse to take out an entry for whoever may only have mistaken a number."""
    there = [one.number for one in known if one.digest is not None]
    return InputError(
        f"After change {number} there was no entry {name}: to go back there removes "
        "it.",
        hint="If that is meant, say so: --remove; over HTTP, remove with the value "
        f"yes. Else name a later point: it was made by change {there[0]}."
        if number < there[0]
        else "If that is meant, say so: --remove; over HTTP, remove with the value "
        "yes. Else name another point: ropa history lists its versions.",
    )


def _is_kept(name: URIRef) -> None:
    if entry.is_of_answers(name):
        raise NotSupported(
            "Answers to findings are not taken back so.",
            hint="Withdraw the answer: ropa answer --withdraw.",
        )
    if entry.is_reserved(name):
        raise NotSupported(
            f"{name} comes with the package; history keeps only its digest.",
            hint="Install the version of the package that had it.",
        )


def _can_be_undone(change: changes.Change) -> None:
    if not change.is_of_person:
        raise NotSupported(
            f"Change {change.number} brought what comes with the package.",
            hint="Go back with single entries: ropa revert IRI --to WHEN.",
        )
    if change.total > len(change.entries):
        raise NotSupported(
            f"Change {change.number} touched {change.total} entries, too many to be "
            "undone at once.",
            hint=f"At most {MOST_ENTRIES} are; go back with single entries.",
        )
    proper = [one for one in change.entries if not entry.is_of_answers(one.entry)]
    for one in proper:
        _is_kept(one.entry)
    if not proper:
        raise NotSupported(
            f"Change {change.number} altered no entry.",
            hint="An answer is withdrawn with ropa answer --withdraw.",
        )


def _obstacles(
    store: Store, name: URIRef, touched: changes.Touched, moved: set[Triple]
) -> list[past.Version]:
    """List the later versions of an entry that touched the same statements."""
    number = history.number_of(touched.part)
    later = [one for one in past.versions(store, name) if one.number > number]
    if touched.state in (changes.CREATED, changes.REMOVED):
        # It came or went as a whole, so whatever came after rests on that.
        return later
    found = []
    for one in later:
        for graph in (
            history.added_graph(one.change),
            history.removed_graph(one.change),
        ):
            if not moved.isdisjoint(store.graph(graph)):
                found.append(one)
                break
    return found


def _stands_in_the_way(
    change: changes.Change, obstacles: list[past.Version]
) -> Conflict:
    told = [
        f"change {one.number} of {one.author} on {one.moment[:10]} ({one.entry})"
        for one in sorted(obstacles, key=lambda one: (one.number, one.entry))
    ]
    more = len(told) - _MOST_NAMED
    words = "; ".join(told[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return Conflict(
        f"Change {change.number} cannot be undone: later changes touched the same "
        f"statements: {words}.",
        hint="Undo these first, or go back with the entry: ropa revert IRI --to WHEN.",
        obstacles=[str(one.change) for one in obstacles],
    )


def _by_entry(graph: Graph) -> dict[URIRef, set[Triple]]:
    found: dict[URIRef, set[Triple]] = {}
    for triple in graph:
        found.setdefault(entry.document(triple[0]), set()).add(triple)
    return found
