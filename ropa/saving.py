"""Save and remove entries: checked, recorded, one atomic write or none.

Order: complete, infer, check, record the change; entry, what follows, findings and
change are written together.
Structurally unsound entries are refused; legal findings are kept with the entry and
never stop a truthful record from being saved (interface.md, saving).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    answers,
    checking,
    entry,
    history,
    inferring,
    mentions,
    past,
    recording,
    reliance,
    revisions,
    syntax,
    validation,
)
from ropa.errors import (
    Conflict,
    EntryRejected,
    InputError,
    InternalError,
    NotFound,
)
from ropa.terms import DCT, PREFIXES, RDF, SH

if TYPE_CHECKING:
    from ropa.store.base import Store
    from ropa.vocabulary import Vocabulary

Review = Callable[[Mapping[URIRef, Graph]], validation.Report]

# The entries that a company's record reaches: its own and those of its activities.
DEPENDENTS = """
SELECT DISTINCT ?entry WHERE {{
  VALUES ?company {{ {company} }}
  ?record dct:publisher ?company .
  ?entry dct:isPartOf ?record .
}}
"""


@dataclass(frozen=True)
class Saved:
    """One entry that was written.

    Attributes:
        iri: the entry.
        revision: its digest from now on.
        created: whether it is new in the register.
        change: the change that records it.
        findings: how many findings are kept with it.
        changed: whether anything was written: an entry that stands as it was given
            stays as it is, and ``change`` is the one that made it so.
    """

    iri: URIRef
    revision: str
    created: bool
    change: URIRef
    findings: int
    changed: bool = True


def add(
    store: Store,
    vocabulary: Vocabulary,
    entries: Mapping[URIRef, Graph],
    *,
    base: str,
    author: history.Author,
    reason: str,
    as_of: date,
    replaces: Collection[str] | None = None,
) -> list[Saved]:
    """Write entries, all or none.

    Args:
        store: where they go.
        vocabulary: terms and law they are checked against.
        entries: completed graphs by entry.
        base: base IRI of the register.
        author: who answers for the change.
        reason: why, in the author's words.
        as_of: the day whose law the findings speak of.
        replaces: the revisions that were read and are replaced, as `revisions` has
            them; none need be named where all entries are new.

    Returns:
        What was written, in the order of the IRIs.

    Raises:
        EntryRejected: structurally unsound; nothing is written.
        RevisionMissing: an entry that is there would be replaced, and it is not said
            which revision was read; nothing is written.
        Conflict: an entry is not at a revision that was read; nothing is written.
        InputError: nothing was given, or the author is missing.
    """
    if not entries:
        raise InputError(
            "There is no entry in what was given.",
            hint="An entry is at least one statement about an activity or company.",
        )
    if not author.name.strip():
        raise InputError(
            "It is not said who makes this change.",
            hint="Give --author or ROPA_AUTHOR; over HTTP, author= or Ropa-Author.",
        )
    written = put(
        store,
        vocabulary,
        entries,
        base=base,
        account=history.Account(author, reason),
        as_of=as_of,
        replaces=replaces,
    )
    return [
        Saved(
            iri=iri,
            revision=entry.digest(written.moved[iri]),
            created=not len(written.before[iri]),
            change=written.change,
            findings=len(written.report.about([iri]).findings),
        )
        if written is not None and iri in written.moved
        else _unchanged(store, iri)
        for iri in sorted(entries)
    ]


class Written(NamedTuple):
    """What a write did.

    Attributes:
        change: the change that records it.
        before: what stood in each entry that was given.
        moved: what stands in those that changed; empty in those that were taken out.
        report: what the rules say of them.
    """

    change: URIRef
    before: Mapping[URIRef, Graph]
    moved: Mapping[URIRef, Graph]
    report: validation.Report


def put(
    store: Store,
    vocabulary: Vocabulary,
    after: Mapping[URIRef, Graph | None],
    *,
    base: str,
    account: history.Account,
    as_of: date,
    replaces: Collection[str] | None = None,
) -> Written | None:
    """Write entries and take others out, all or none, in one change.

    Args:
        store: where they go.
        vocabulary: terms and law they are checked against.
        after: what shall be stated in each entry; None or empty takes it out.
        base: base IRI of the register.
        account: who answers for the change, why, and what else is said of it.
        as_of: the day whose law the findings speak of.
        replaces: the revisions that were read; see `add`.

    Returns:
        What was done; None where everything stood so already.

    Raises:
        EntryRejected, RevisionMissing: as for `add`.
        Conflict: an entry is not at a revision that was read, or others that stay
            are part of one that would go.
    """
    given = {iri: store.as_kept(graph or Graph()) for iri, graph in after.items()}
    # What stands under a name that no entry may have is not in the way: it is told.
    before = {iri: _stated(store, iri) for iri in given}
    moved = {
        iri: graph for iri, graph in given.items() if set(before[iri]) != set(graph)
    }
    entries = {iri: graph for iri, graph in moved.items() if len(graph)}
    gone = {iri: before[iri] for iri in moved if iri not in entries}
    shall = {iri: entries.get(iri) for iri in moved}
    if replaces is not None or not entries:
        revisions.require(store, before, shall, replaces)
    _same_kind(before, entries)
    if not moved:
        return None
    _holds_nothing(store, gone)
    touched = {**_dependents(store, entries), **_holders(store, before, entries)}
    touched = {iri: graph for iri, graph in touched.items() if iri not in gone}
    touched.update(entries)
    inferred: dict[URIRef, Graph] = {}
    report = validation.nothing(as_of=as_of)
    if touched:
        inferred = inferring.infer(store, vocabulary, touched, as_of=as_of)
        report = checking.review(
            store, vocabulary, touched, as_of=as_of, inferred=inferred
        )
    own = report.about(entries)
    if own.is_blocking:
        raise EntryRejected(
            "The entry is structurally unsound and was not saved.",
            report=own,
            hint="Mend what the report marks as blocking; legal findings do not block.",
        )
    # Whoever did not say what they read is first told what is wrong with the rest.
    revisions.require(store, before, shall, replaces)
    beside = _unsettled(store, {iri: before[iri] for iri in moved}, entries)
    beside.update(findings_of(report, touched))
    beside.update(inferring.graphs(inferred))
    for iri in gone:
        beside |= _nothing_beside(iri)
        shall |= _answers_of_what_goes(store, iri, base)
    change = recording.record(store, base, shall, account, before=before, beside=beside)
    return Written(change, before, moved, report)


def _stated(store: Store, iri: URIRef) -> Graph:
    """Give what an entry states; history, law and what is derived are no entries."""
    return Graph() if entry.is_reserved(iri) else store.graph(iri)


def _holds_nothing(store: Store, gone: Mapping[URIRef, Graph]) -> None:
    """Refuse to take out a company whose activities stay."""
    for iri, graph in gone.items():
        held = _dependents(store, {iri: graph}).keys() - gone.keys()
        if held:
            raise Conflict(
                f"The entry {iri} still holds "
                f"{'one activity' if len(held) == 1 else f'{len(held)} activities'}.",
                hint="Remove the activities of the record first.",
            )


def _answers_of_what_goes(
    store: Store, iri: URIRef, base: str
) -> dict[URIRef, Graph | None]:
    """Withdraw the answers to findings on an entry that is taken out.

    They are kept; an entry of the same name begins without answers.
    """
    said = store.graph(entry.answers_graph(iri))
    if not len(said):
        return {}
    change = recording.next_change(store, base)
    return {entry.answers_graph(iri): answers.without_answers(said, change)}


def _nothing_beside(iri: URIRef) -> dict[URIRef, Graph | None]:
    """Take away what is kept beside an entry that is taken out."""
    return {
        entry.findings_graph(iri): None,
        entry.inferred_graph(iri): None,
        entry.suggested_graph(iri): None,
    }


def _unchanged(store: Store, iri: URIRef) -> Saved:
    """Tell of an entry that stands as it was given."""
    stands = past.standing(store, iri)
    if stands is None:
        raise InternalError(f"No change made {iri} what it is.")
    part, digest = stands
    kept = store.graph(entry.findings_graph(iri))
    return Saved(
        iri=iri,
        revision=digest,
        created=False,
        change=entry.document(part),
        findings=len(set(kept.subjects(RDF.type, SH.ValidationResult))),
        changed=False,
    )


def remove(
    store: Store,
    iri: URIRef,
    *,
    base: str,
    author: history.Author,
    reason: str,
    replaces: Collection[str] | None = None,
) -> URIRef:
    """Take an entry out of the register; its history stays.

    Returns:
        The change that records it.

    Raises:
        NotFound: there is no such entry.
        RevisionMissing: it is not said which revision was read.
        Conflict: the entry is not at a revision that was read, or others are part
            of it.
    """
    before = _stated(store, iri)
    if not len(before):
        raise NotFound(f"There is no entry {iri} in the register.")
    revisions.require(store, {iri: before}, {iri: None}, replaces)
    _holds_nothing(store, {iri: before})
    return recording.record(
        store,
        base,
        {iri: None, **_answers_of_what_goes(store, iri, base)},
        history.Account(author, reason),
        beside={**_unsettled(store, {iri: before}, {}), **_nothing_beside(iri)},
    )


def _unsettled(
    store: Store, before: Mapping[URIRef, Graph], after: Mapping[URIRef, Graph]
) -> dict[URIRef, Graph | None]:
    """Take away what is kept beside other entries and has to be made again.

    What an entry says of an organisation is told to those that name it as well, and
    from theirs something else may follow.
    """
    old, new = (
        sum(graphs.values(), Graph(store="SimpleMemory")) for graphs in (before, after)
    )
    others = mentions.affected(old, new, store.select)
    named = inferring.unsettled(store, before, after)
    gone = [entry.findings_graph(iri) for iri in others | named]
    return dict.fromkeys([*gone, *map(entry.inferred_graph, named)])


def affected(
    store: Store, before: Mapping[URIRef, Graph], after: Mapping[URIRef, Graph]
) -> set[URIRef]:
    """Find the other entries of which something else may be derived by a change.

    Args:
        store: the register as it was.
        before: the changed entries as they were; empty where they were not there.
        after: the same as they will be; empty where they will not be there.
    """
    old, new = Graph(store="SimpleMemory"), Graph(store="SimpleMemory")
    for graphs, whole in ((before, old), (after, new)):
        for graph in graphs.values():
            for triple in graph:
                whole.add(triple)
    return {
        *mentions.affected(old, new, store.select),
        *inferring.unsettled(store, before, after),
        *_dependents(store, before),
        *_holders(store, before, after),
    } - {*before}


def unjudged(
    store: Store, before: Mapping[URIRef, Graph], after: Mapping[URIRef, Graph]
) -> dict[URIRef, Graph | None]:
    """Take away all that has to be made again once entries are written unjudged.

    Args:
        store: the register as it was.
        before: the entries as they were.
        after: the same as they will be.
    """
    replaced = {iri: graph for iri, graph in after.items() if len(before[iri])}
    judged = {**_dependents(store, replaced), **_holders(store, before, after)}
    made = [entry.findings_graph(iri) for iri in judged | replaced]
    made += [entry.inferred_graph(iri) for iri in judged | replaced]
    return {**_unsettled(store, before, after), **dict.fromkeys(made)}


def findings_of(
    report: validation.Report, entries: Mapping[URIRef, Graph]
) -> dict[URIRef, Graph | None]:
    """Give the findings graph of each entry, to be written beside it."""
    return {
        entry.findings_graph(iri): validation.report_graph(
            report.about([iri]), iri, with_answers=False
        )
        for iri in entries
    }


def prologue() -> str:
    """Give the project's prefixes as the head of a query."""
    return "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())


def _same_kind(before: Mapping[URIRef, Graph], entries: Mapping[URIRef, Graph]) -> None:
    """Refuse to put an entry of another kind in the place of one that is there."""
    for iri, graph in entries.items():
        old = set(before[iri].objects(iri, RDF.type))
        new = set(graph.objects(iri, RDF.type))
        if old and new and not old & new:
            raise Conflict(
                f"The entry {iri} is of another kind in the register.",
                hint="Choose another name, or remove the entry that is there first.",
            )


def _dependents(store: Store, entries: Mapping[URIRef, Graph]) -> dict[URIRef, Graph]:
    """Find the activities whose findings a changed company record may alter."""
    found: dict[URIRef, Graph] = {}
    for iri in entries:
        query = prologue() + DEPENDENTS.format(company=syntax.n3(iri))
        for (dependent,) in store.select(query).rows:
            name = entry.document(URIRef(str(dependent)))
            found[name] = store.graph(name)
    return found


def _holders(
    store: Store, before: Mapping[URIRef, Graph], entries: Mapping[URIRef, Graph]
) -> dict[URIRef, Graph]:
    """Find the companies whose record is judged by what activities now rest on."""
    found: dict[URIRef, Graph] = {}
    for iri, graph in entries.items():
        if reliance.stated(graph) == reliance.stated(before[iri]):
            continue
        for record in {*graph[iri : DCT.isPartOf], *before[iri][iri : DCT.isPartOf]}:
            name = entry.document(URIRef(str(record)))
            held = store.graph(name)
            if len(held):
                found[name] = held
    return found
