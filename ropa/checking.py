"""Check entries against the shapes, saving nothing.

The text of an entry may come from a stranger, so the engine runs in a bounded child
process; only plain triples go in and a report comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import URIRef

from ropa import bounded, entry, syntax, validation
from ropa.bounded import Limits
from ropa.formats.rdf import Reading

if TYPE_CHECKING:
    from ropa.store.base import Store
    from ropa.vocabulary import Vocabulary

# The whole register may be checked in one run; a single entry takes a fraction.
CHECK_LIMITS = Limits(seconds=60)


def together(readings: Iterable[Reading]) -> dict[URIRef, Graph]:
    """Join what was read from several files into entries, completed."""
    everything = Graph()
    for reading in readings:
        everything += reading.graph
    return entry.split(entry.complete(everything))


def review(
    store: Store,
    vocabulary: Vocabulary,
    entries: Mapping[URIRef, Graph],
    *,
    as_of: date,
    profile: URIRef | None = None,
    rules: frozenset[str] | None = None,
) -> validation.Report:
    """Check entries as they would stand in the register.

    Args:
        store: gives the context: the company, the record, named organisations.
        vocabulary: terms and law.
        entries: one graph for each entry; they stand in for what the store has.
        as_of: the day whose law is applied.
        profile: forces the profile; otherwise the record's own.
        rules: codes of the rules to apply; all if None.

    Returns:
        All findings, none hidden; ``is_blocking`` tells whether saving is refused.

    Raises:
        LimitReached: the check took too long or too much memory.
    """
    data = Graph()
    for graph in entries.values():
        data += graph

    def fetch(iri: URIRef) -> Graph:
        """Give an entry of the register, unless it is among those checked."""
        name = entry.document(iri)
        return Graph() if name in entries else store.graph(name)

    context = validation.context(data, vocabulary, fetch)
    header = {
        "profile": str(profile) if profile else None,
        "as_of": as_of.isoformat(),
        "rules": sorted(rules) if rules is not None else None,
        "entries": sorted(map(str, entries)),
    }
    body = b"\x00".join(
        syntax.serialize(graph, syntax.Syntax.NTRIPLES) for graph in (data, context)
    )
    _, answer = bounded.call("ropa.validation:check", header, body, limits=CHECK_LIMITS)
    return validation.Report.from_json(answer)


def located(
    report: validation.Report, readings: Iterable[Reading]
) -> validation.Report:
    """Add to each finding the file and the line it is about."""
    sources = list(readings)

    def place(finding: validation.Finding) -> validation.Finding:
        for reading in sources:
            line = reading.lines.line(finding.focus, finding.path, finding.value)
            if line is not None:
                return replace(finding, file=reading.name, line=line)
        return replace(finding, file=sources[0].name) if len(sources) == 1 else finding

    return replace(report, findings=[place(f) for f in report.findings])
