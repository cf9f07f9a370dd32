"""Save and remove entries: checked, recorded, one atomic write or none.

Order: complete, infer, check, record the change; entry, what follows, findings and
change are written together.
Structurally unsound entries are refused; legal findings are kept with the entry and
never stop a truthful record from being saved (interface.md, saving).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    answers,
    checking,
    entry,
    history,
    inferring,
    mentions,
    reliance,
    syntax,
    validation,
)
from ropa.errors import Conflict, EntryRejected, InputError, NotFound
from ropa.terms import DCT, PREFIXES, RDF

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
    """

    iri: URIRef
    revision: str
    created: bool
    change: URIRef
    findings: int


def add(
    store: Store,
    vocabulary: Vocabulary,
    entries: Mapping[URIRef, Graph],
    *,
    base: str,
    author: history.Author,
    reason: str,
    as_of: date,
    expected: str | None = None,
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
        expected: the revision that is replaced; ``""`` demands that the entry is new;
            None replaces whatever is there. Only for a single entry.

    Returns:
        What was written, in the order of the IRIs.

    Raises:
        EntryRejected: structurally unsound; nothing is written.
        Conflict: the entry is not at the expected revision; nothing is written.
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
    before = {iri: store.graph(iri) for iri in entries}
    _meets(before, expected)
    _same_kind(before, entries)
    touched = {**_dependents(store, entries), **_holders(store, before, entries)}
    touched.update(entries)
    inferred = inferring.infer(store, vocabulary, touched, as_of=as_of)
    report = checking.review(store, vocabulary, touched, as_of=as_of, inferred=inferred)
    own = report.about(entries)
    if own.is_blocking:
        raise EntryRejected(
            "The entry is structurally unsound and was not saved.",
            report=own,
            hint="Mend what the report marks as blocking; legal findings do not block.",
        )
    revisions = {iri: entry.digest(graph) for iri, graph in entries.items()}
    number = next_number(store)
    change, record = history.change(
        base, number, revisions=revisions, author=author, reason=reason
    )
    writes: dict[URIRef, Graph | None] = dict(entries)
    writes.update(_unsettled(store, before, entries))
    writes.update(findings_of(report, touched))
    writes.update(inferring.graphs(inferred))
    writes[change] = record
    store.write(writes)
    return [
        Saved(
            iri=iri,
            revision=revisions[iri],
            created=not len(before[iri]),
            change=change,
            findings=len(report.about([iri]).findings),
        )
        for iri in sorted(entries)
    ]


def remove(
    store: Store,
    iri: URIRef,
    *,
    base: str,
    author: history.Author,
    reason: str,
    expected: str | None = None,
) -> URIRef:
    """Take an entry out of the register; its history stays.

    Returns:
        The change that records it.

    Raises:
        NotFound: there is no such entry.
        Conflict: the entry is not at the expected revision, or others are part of it.
    """
    before = store.graph(iri)
    if not len(before):
        raise NotFound(f"There is no entry {iri} in the register.")
    _meets({iri: before}, expected)
    dependents = _dependents(store, {iri: before})
    if dependents:
        raise Conflict(
            f"The entry {iri} still holds {len(dependents)} activities.",
            hint="Remove the activities of the record first.",
        )
    revisions: dict[URIRef, str | None] = {iri: None}
    number, beside = next_number(store), entry.answers_graph(iri)
    said = store.graph(beside)
    if len(said):
        # Kept, but withdrawn: an entry of the same name begins without answers.
        said = answers.without_answers(said, history.change_iri(base, number))
        revisions[beside] = entry.digest(said)
    change, record = history.change(
        base, number, revisions=revisions, author=author, reason=reason
    )
    store.write(
        {
            **_unsettled(store, {iri: before}, {}),
            iri: None,
            entry.findings_graph(iri): None,
            entry.inferred_graph(iri): None,
            entry.suggested_graph(iri): None,
            beside: said,
            change: record,
        }
    )
    return change


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


def next_number(store: Store) -> int:
    """Give the running number of the next change."""
    rows = store.select(prologue() + history.NEWEST_CHANGE).rows
    return history.number_of(URIRef(str(rows[0][0]))) + 1 if rows else 1


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


def _meets(before: Mapping[URIRef, Graph], expected: str | None) -> None:
    if expected is None:
        return
    for iri, graph in before.items():
        current = entry.digest(graph) if len(graph) else ""
        if current != expected:
            raise Conflict(
                f"The entry {iri} changed since it was read."
                if expected
                else f"The entry {iri} is already in the register.",
                hint="Read it again, and save your change on top of the newer version.",
                current=current,
            )
