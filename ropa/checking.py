"""Check entries against the shapes, saving nothing.

The text of an entry may come from a stranger, so the engine runs in a bounded child
process; only plain triples go in and a report comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    answers,
    bounded,
    entry,
    fields,
    guests,
    inferring,
    mentions,
    portions,
    reliance,
    staleness,
    syntax,
    validation,
)
from ropa.bounded import Limits
from ropa.errors import InputError
from ropa.formats.rdf import Reading
from ropa.terms import DCT, RDF, ROPA, SKOS

if TYPE_CHECKING:
    from ropa.store.base import Store
    from ropa.vocabulary import Vocabulary

Triple = tuple[Node, Node, Node]

# What was checked, by which rules and for which day: stale findings are made again.
CHECKED = """
SELECT ?entry ?day ?rules WHERE {
  GRAPH ?g { ?report a sh:ValidationReport ; ropa:checkedEntry ?entry ;
                     ropa:asOf ?day ; ropa:rulesDigest ?rules . }
}
"""

# For one portion; a single entry takes a fraction.
CHECK_LIMITS = Limits(seconds=60)
# Some ten activities with their claims, or a hundred without.
PORTION_STATEMENTS = 5_000


def together(readings: Iterable[Reading]) -> dict[URIRef, Graph]:
    """Join what was read from several files into entries, completed.

    Raises:
        InputError: two files describe one entry differently; see `joined`.
    """
    return entry.split(entry.complete(joined(readings)))


def joined(readings: Iterable[Reading]) -> Graph:
    """Join what was read from several files.

    Parts of an entry may come from several, such as its claims, and the same company
    may stand in each. Two versions of an entry would hide each other's faults.

    Raises:
        InputError: two files describe one entry differently.
    """
    sources = list(readings)
    everything = _joined(reading.graph for reading in sources)
    versions: dict[URIRef, dict[str, frozenset[object]]] = {}
    for reading in sources if len(sources) > 1 else ():
        parts = entry.split(reading.graph)
        for name in {n for n in parts if (n, RDF.type, None) in parts[n]}:
            line = reading.lines.line(name, RDF.type)
            place = reading.name if line is None else f"{reading.name}:{line}"
            versions.setdefault(name, {})[place] = frozenset(parts[name])
    twice = [name for name, where in versions.items() if len({*where.values()}) > 1]
    if twice:
        told = [f"{n} in {' and '.join(sorted(versions[n]))}" for n in sorted(twice)]
        raise InputError(
            f"The same entry is described differently in two files: {'; '.join(told)}.",
            hint="Hand in one of them, or check the files one by one.",
        )
    return everything


def review(  # noqa: PLR0913 - each says what is judged, or how
    store: Store,
    vocabulary: Vocabulary,
    entries: Mapping[URIRef, Graph],
    *,
    as_of: date,
    profile: URIRef | None = None,
    rules: frozenset[str] | None = None,
    shapes: Sequence[Reading] = (),
    inferred: Mapping[URIRef, Graph] | None = None,
    most: int = PORTION_STATEMENTS,
    at_once: int | None = None,
    told: portions.Told | None = None,
) -> validation.Report:
    """Check entries as they would stand in the register.

    Many entries are checked in portions, on all cores; what is found is the same.

    Args:
        store: gives the context: the company, the record, named organisations.
        vocabulary: terms and law.
        entries: one graph for each entry; they stand in for what the store has.
        as_of: the day whose law is applied.
        profile: forces the profile; otherwise the record's own.
        rules: codes of the rules to apply; all if None.
        shapes: files of shapes that a user adds, read with their blank nodes.
        inferred: what follows from the entries on that day, by entry; inferred here
            where it is not given.
        most: statements that are checked together; an entry is never parted.
        at_once: portions that are checked at once; see `ropa.portions.through`.
        told: is told, portion by portion, how many entries were seen to; of each twice
            where what follows is inferred here.

    Returns:
        All findings, none hidden; ``is_blocking`` tells whether saving is refused.

    Raises:
        LimitReached: the check of one entry took too long or too much memory.
        ShapeRefused: an added shape is not let in.
    """
    header = {
        "profile": str(profile) if profile else None,
        "as_of": as_of.isoformat(),
        "rules": sorted(rules) if rules is not None else None,
    }
    guest = _labelled(admitted(shapes).graph, vocabulary) if shapes else None
    elsewhere = mentions.gather(_joined(entries.values()), store.select)
    if inferred is None:
        inferred = inferring.infer(
            store, vocabulary, entries, as_of=as_of, at_once=at_once, told=told
        )
    follows = {name: asked_about(name, graph) for name, graph in inferred.items()}

    def judge(portion: Mapping[URIRef, Graph]) -> validation.Report:
        """Check one portion, with the others as they would stand in the register."""
        data = _joined(portion.values())

        def fetch(iri: URIRef) -> Graph:
            """Give an entry of the surroundings; the portion's own are there."""
            name = entry.document(iri)
            if name in portion:
                return Graph()
            return entries[name] if name in entries else store.graph(name)

        around = mentions.concerning(elsewhere, data)
        around += reliance.gather(data, store.select, entries)
        for name in portion:
            data += follows.get(name, ())
        context = validation.context(data, vocabulary, fetch, around)
        graphs = [data, context] if guest is None else [data, context, guest]
        body = b"\x00".join(
            syntax.serialize(graph, syntax.Syntax.NTRIPLES) for graph in graphs
        )
        asked = header | {"entries": sorted(map(str, portion))}
        _, answer = bounded.call(
            "ropa.validation:check",
            asked,
            body,
            limits=CHECK_LIMITS,
            is_plain=guest is None,
        )
        return validation.Report.from_json(answer)

    shared = _portions(entries, most)
    report = validation.merged(
        portions.through(judge, shared, at_once=at_once, told=told)
    )
    return answered(report, store, as_of)


def asked_about(name: URIRef, inferred: Graph) -> list[Triple]:
    """Give what follows about an entry and is no value of a field: rules may read it.

    An inferred value of a field, such as a recipient, is nobody's statement, and is not
    judged as if it were.
    """
    about = inferred.subject_objects(ROPA.field)
    ways = {way for _, way in about} - {RDF.type} - set(fields.labels())
    return [
        (s, p, o) for s, p, o in inferred if p in ways and entry.document(s) == name
    ]


def _joined(graphs: Iterable[Graph]) -> Graph:
    return syntax.collected(chain.from_iterable(graphs))


def _portions(entries: Mapping[URIRef, Graph], most: int) -> list[dict[URIRef, Graph]]:
    """Share entries out, so that the time of a check grows with their number only.

    An engine that looks at all of them at once takes longer for each. A company comes
    right before its activities, so that most portions need few others around them.
    """

    def home(name: URIRef) -> tuple[str, bool, str]:
        record = entries[name].value(name, DCT.isPartOf)
        owner = entry.document(record) if isinstance(record, URIRef) else name
        return str(owner), owner != name, str(name)

    portions: list[dict[URIRef, Graph]] = [{}]
    size = 0
    for name in sorted(entries, key=home):
        if portions[-1] and size + len(entries[name]) > most:
            portions.append({})
            size = 0
        portions[-1][name] = entries[name]
        size += len(entries[name])
    return portions


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


def _labelled(shapes: Graph, vocabulary: Vocabulary) -> Graph:
    """Add what the terms are called that shapes of a user name."""
    for term in {o for o in shapes.objects(unique=True) if isinstance(o, URIRef)}:
        for language, text in vocabulary.labels(term).items():
            shapes.add((term, SKOS.prefLabel, Literal(text, lang=language or None)))
    return shapes


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
    names = list(entries)
    rows = store.select(staleness.about(CHECKED, names)).rows
    checked = {str(name): (str(day), str(rules)) for name, day, rules in rows}
    return staleness.stale(
        names,
        checked,
        select=store.select,
        digest=validation.rules_digest(),
        today=today,
        days=validation.rule_days(),
    )
