"""Write to a register: entries and the change that records them, whole or not at all.

Every write goes through here, so that there is none without a change: who, when, why,
what was added and what was removed, chained to the change before it.

Source: interface.md section 4 (graphs, saving); GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, past, syntax, witness
from ropa.errors import InputError
from ropa.terms import ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store


def record(
    store: Store,
    base: str,
    after: Mapping[URIRef, Graph | None],
    account: history.Account,
    *,
    before: Mapping[URIRef, Graph] | None = None,
    beside: Mapping[URIRef, Graph | None] | None = None,
) -> URIRef:
    """Write entries with their change, and what is kept beside them, in one write.

    Args:
        store: where they go.
        base: base IRI of the register.
        after: what shall be stated in each entry; None or empty takes it out.
        account: who answers for it, and why.
        before: what is stated in them now, where it was read already.
        beside: other graphs to be written with them, of which no history is kept,
            since they can be made again: findings, what follows.

    Returns:
        The change.

    Raises:
        InputError: the author has no name; nothing is written.
    """
    if not account.author.name.strip():
        raise InputError(
            "It is not said who makes this change.",
            hint="Give --author or ROPA_AUTHOR; over HTTP, author= or Ropa-Author.",
        )
    added, removed = Graph(store="SimpleMemory"), Graph(store="SimpleMemory")
    revisions: dict[URIRef, history.Revision] = {}
    kept: dict[URIRef, Graph | None] = {}
    for name, graph in after.items():
        old = before[name] if before and name in before else store.graph(name)
        new = kept[name] = store.as_kept(graph) if graph else None
        stands = past.standing(store, name)
        revisions[name] = history.Revision(
            entry.digest(new) if new else None, stands[0] if stands else None
        )
        if history.is_kept_whole(name):
            was, shall = set(old), set(new or ())
            for triple in shall - was:
                added.add(triple)
            for triple in was - shall:
                removed.add(triple)
    made = history.change(
        base,
        past.head(store, base),
        account,
        revisions=revisions,
        added=syntax.digest(added) if added else None,
        removed=syntax.digest(removed) if removed else None,
    )
    moved = {
        history.added_graph(made.iri): added,
        history.removed_graph(made.iri): removed,
    }
    store.write(
        {**sealed(store, beside or {}), **kept, **made.graphs, **moved},
        note=witness.line(made.head.number, made.head.digest),
    )
    return made.iri


def record_new(
    store: Store,
    base: str,
    entries: Mapping[URIRef, Sequence[str]],
    account: history.Account,
    *,
    digests: Mapping[URIRef, str] | None = None,
    follows: Mapping[URIRef, URIRef] | None = None,
    beside: Mapping[URIRef, Graph | None] | None = None,
) -> URIRef:
    """Write many entries of which nothing stands, as quickly as can be.

    All is written at once. Only that another change was the newest is taken away after
    that: until then two are said to be it, of which `ropa.past.head` takes the later,
    and the next write settles it.

    Args:
        store: where they go.
        base: base IRI of the register.
        entries: by entry its statements, each a line as `ropa.syntax` writes it.
        account: who answers for it, and why.
        digests: those of the entries, where they are known.
        follows: the last revisions of those that were there once.
        beside: other graphs that are written then, as for `record`.
    """
    added = [
        line
        for name, lines in entries.items()
        if history.is_kept_whole(name)
        for line in lines
    ]
    before = past.head(store, base)
    made = history.change(
        base,
        before,
        account,
        revisions={
            name: history.Revision(
                (digests or {}).get(name) or syntax.digest_of(lines),
                (follows or {}).get(name),
            )
            for name, lines in entries.items()
        },
        added=syntax.digest_of(added) if added else None,
    )
    graphs: dict[URIRef, Sequence[str]] = dict(entries)
    for name, graph in made.graphs.items():
        graphs[name] = [syntax.line(*triple) for triple in graph]
    if added:
        graphs[history.added_graph(made.iri)] = added
    note = witness.line(made.head.number, made.head.digest)
    store.load_lines(graphs, note=note)
    if before.number or beside:
        newest = history.newest_graph(base)
        store.write({**sealed(store, beside or {}), newest: made.graphs[newest]})
    return made.iri


def keep(store: Store, beside: Mapping[URIRef, Graph | None]) -> None:
    """Write what is kept beside entries and was made again, whole or not at all."""
    store.write(sealed(store, beside))


def sealed(
    store: Store, graphs: Mapping[URIRef, Graph | None]
) -> dict[URIRef, Graph | None]:
    """Have each graph that was made for an entry say its digest, as it will be kept.

    No history is kept of such graphs, so they vouch for themselves.
    """
    whole: dict[URIRef, Graph | None] = {}
    for name, graph in graphs.items():
        whole[name] = graph
        if graph and entry.is_derived(name):
            made = Graph(store="SimpleMemory", bind_namespaces="none")
            for triple in store.as_kept(graph):
                if triple[:2] != (name, ROPA.contentDigest):
                    made.add(triple)
            made.add((name, ROPA.contentDigest, Literal(syntax.digest(made))))
            whole[name] = made
    return whole


def next_change(store: Store, base: str) -> URIRef:
    """Give the name of the change that will be recorded next."""
    return history.change_iri(base, past.head(store, base).number + 1)
