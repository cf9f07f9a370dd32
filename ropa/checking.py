"""Check entries against the shapes, saving nothing.

The text of an entry may come from a stranger, so the engine runs in a bounded child
process; only plain triples go in and a report comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import answers, bounded, entry, guests, mentions, reliance, syntax, validation
from ropa.bounded import Limits
from ropa.formats.rdf import Reading

if TYPE_CHECKING:
    from ropa.store.base import Store
    from ropa.vocabulary import Vocabulary

# What was checked, by which rules and for which day: stale findings are made again.
CHECKED = """
SELECT ?entry ?day ?rules WHERE {
  GRAPH ?g { ?report a sh:ValidationReport ; ropa:checkedEntry ?entry ;
                     ropa:asOf ?day ; ropa:rulesDigest ?rules . }
}
"""

LAW_DAYS = """
SELECT DISTINCT ?day WHERE {
  { ?d ropa:validFrom ?day } UNION { ?d ropa:invalidatedOn ?day }
  UNION { ?d ropa:endsOn ?day } UNION { ?d ropa:reviewedOn ?day }
  UNION { ?d ropa:noNewFrom ?day }
}
"""

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
    shapes: Sequence[Reading] = (),
) -> validation.Report:
    """Check entries as they would stand in the register.

    Args:
        store: gives the context: the company, the record, named organisations.
        vocabulary: terms and law.
        entries: one graph for each entry; they stand in for what the store has.
        as_of: the day whose law is applied.
        profile: forces the profile; otherwise the record's own.
        rules: codes of the rules to apply; all if None.
        shapes: files of shapes that a user adds, read with their blank nodes.

    Returns:
        All findings, none hidden; ``is_blocking`` tells whether saving is refused.

    Raises:
        LimitReached: the check took too long or too much memory.
        ShapeRefused: an added shape is not let in.
    """
    data = Graph(store="SimpleMemory", bind_namespaces="none")
    for graph in entries.values():
        data += graph

    def fetch(iri: URIRef) -> Graph:
        """Give an entry of the register, unless it is among those checked."""
        name = entry.document(iri)
        return Graph() if name in entries else store.graph(name)

    elsewhere = mentions.gather(data, store.select)
    elsewhere += reliance.gather(data, store.select)
    context = validation.context(data, vocabulary, fetch, elsewhere)
    header = {
        "profile": str(profile) if profile else None,
        "as_of": as_of.isoformat(),
        "rules": sorted(rules) if rules is not None else None,
        "entries": sorted(map(str, entries)),
    }
    graphs = [data, context]
    if shapes:
        graphs.append(admitted(shapes).graph)
    body = b"\x00".join(
        syntax.serialize(graph, syntax.Syntax.NTRIPLES) for graph in graphs
    )
    _, answer = bounded.call("ropa.validation:check", header, body, limits=CHECK_LIMITS)
    return answered(validation.Report.from_json(answer), store, as_of)


def answered(report: validation.Report, store: Store, as_of: date) -> validation.Report:
    """Add to each finding what a person said to it; no finding goes away by that.

    Args:
        report: what was found.
        store: where the answers are kept beside the entries.
        as_of: the day by which it is judged whether they expired.
    """
    said: dict[str, answers.Answer] = {}
    for name in {finding.entry for finding in report.findings}:
        said |= answers.standing(store.graph(entry.answers_graph(name)), as_of)
    if not said:
        return report
    findings = [replace(f, answer=said.get(f.key)) for f in report.findings]
    return replace(report, findings=findings)


def admitted(readings: Sequence[Reading]) -> guests.Guests:
    """Let the shapes of a user in; see ``ropa.guests.admit``.

    Raises:
        ShapeRefused: with the name of the shape, file and line.
    """
    everything = Graph(store="SimpleMemory", bind_namespaces="none")
    for reading in readings:
        everything += reading.graph

    def place(node: Node, way: Node | None) -> str:
        for reading in readings:
            line = reading.lines.line(node, way)
            if line is not None:
                return f"{reading.name}:{line}: "
        return f"{readings[0].name}: " if len(readings) == 1 else ""

    return guests.admit(everything, place)


def located(
    report: validation.Report, readings: Iterable[Reading]
) -> validation.Report:
    """Add to each finding the file and the line it is about."""
    sources = list(readings)

    def place(finding: validation.Finding) -> validation.Finding:
        # Lines of what was sent on to a server are not lines of the person's file.
        only = sources[0].name if len(sources) == 1 else None
        for reading in sources:
            line = reading.lines.line(finding.focus, finding.path, finding.value)
            if line is not None:
                return replace(finding, file=reading.name, line=line)
        return replace(finding, file=only, line=None)

    return replace(report, findings=[place(f) for f in report.findings])


def stale(store: Store, entries: Iterable[URIRef], today: date) -> list[URIRef]:
    """Find the entries whose kept findings no longer hold, or were never made.

    Findings go stale when the rules change, and when the law changed on a day between
    the one they were made for and today.
    """
    days = {str(day) for (day,) in store.select(LAW_DAYS).rows}
    days |= {day.isoformat() for day in validation.rule_days()}
    checked = {
        str(name): (str(day), str(rules))
        for name, day, rules in store.select(CHECKED).rows
    }

    def is_fresh(iri: URIRef) -> bool:
        day, rules = checked.get(str(iri), ("", ""))
        low, high = sorted((day, today.isoformat()))
        # A law day changes judgements from itself on, or from the day after it.
        moved = low != high and any(low <= d <= high for d in days)
        return rules == validation.rules_digest() and not moved

    return [iri for iri in entries if not is_fresh(iri)]
