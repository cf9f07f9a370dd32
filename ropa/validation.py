"""Check entries against the shapes, and say in words what is found.

Pure: graphs in, a report out; the caller's graphs stay untouched. The shapes are read
and compiled once per process, and are always our own: shapes that stand in the data
are data. A check runs on a small graph, the entries and their surroundings, so its
cost does not grow with the register.

Source: SHACL sections 2 to 5; ``shapes/*.ttl``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import added, child, engine, entry, repair, spelling, syntax, wording
from ropa import rules as rulebook
from ropa.errors import InputError
from ropa.findings import Finding, Report, report_graph
from ropa.guests import Guests
from ropa.rules import SEVERITIES, Rule
from ropa.structure import Found, structural
from ropa.surroundings import CONTEXT, context, countries, profiles
from ropa.terms import DPV, RDF, ROPA, XSD, rows_of

__all__ = [
    "CONTEXT",
    "GUEST_SECONDS",
    "Finding",
    "Report",
    "check",
    "context",
    "merged",
    "nothing",
    "report_graph",
    "rule_days",
    "rules_digest",
    "validate",
]


GUEST_SECONDS = 5.0
"""Processor time for one shape that a user adds."""


def rules_digest() -> str:
    """Give the digest of the shapes; findings made under another one are stale."""
    return rulebook.digest()


def rule_days() -> frozenset[date]:
    """Give the days on which the rules that apply change."""
    return rulebook.days()


def validate(
    data: Graph,
    context: Graph,
    *,
    profile: URIRef | None = None,
    as_of: date,
    rules: Iterable[str] | None = None,
    guests: Guests | None = None,
) -> Report:
    """Check entries in their surroundings.

    Args:
        data: the entries, without blank nodes; both graphs stay as they are.
        context: their surroundings, from `context`.
        profile: judges them as ``ropa:Register`` or ``ropa:Notice``; otherwise each
            entry is judged by the profile of its record, and as a register's where
            it has none.
        as_of: calendar day whose law is applied.
        rules: codes of the rules to apply; all if None.
        guests: shapes that a user adds; only in a bounded process.

    Returns:
        All findings, sorted by entry, weight, rule and place.

    Raises:
        InputError: there is no statement to check.
        UnknownName: a code that is no rule.
        LimitReached: the data are nested too deeply for the engine, or an added shape
            takes too long.
        ShapeRefused: an added shape cannot be used.
        InternalError: the shapes themselves cannot be used.
    """
    if (None, None, None) not in data:
        raise InputError(
            "There is no statement to check.",
            hint="An entry is at least one statement about an activity or company.",
        )
    others = guests.codes() if guests is not None else set()
    wanted = None if rules is None else _known(rules, others)
    whole = _joined(data, context, as_of)
    documents = {entry.document(s) for s in {s for s, _, _ in data}}
    stated = profiles(whole, documents)
    seats = countries(whole, documents)
    findings: dict[tuple[object, ...], Finding] = {}
    applied = frozenset(
        code
        for code, rule in rulebook.rules().items()
        if rule.applies_on(as_of) and (wanted is None or code in wanted)
    )
    found_here = structural(data, whole, documents, as_of)
    for found in (*found_here, *engine.find(whole, documents, applied)):
        rule = rulebook.rules()[found.rule]
        record = profile or stated.get(entry.document(found.focus), ROPA.Register)
        if rule.code not in applied or rule.only_in not in (None, record):
            continue
        seat = seats.get(entry.document(found.focus), set())
        if rule.jurisdiction is not None and rule.jurisdiction not in seat:
            continue
        finding = _finding(found, rule, record, whole, as_of)
        key = (rule.code, found.focus, finding.path, found.value)
        findings.setdefault(key, finding)
    if guests is not None:
        for finding in _added(guests, whole, documents):
            if wanted is None or finding.rule in wanted:
                key = (finding.rule, finding.focus, finding.path, finding.value)
                findings.setdefault((*key, finding.message.get("en")), finding)
    return Report(
        findings=sorted(findings.values(), key=_order),
        checked=sorted(documents),
        as_of=as_of,
        rules=rulebook.digest(),
    )


def _known(codes: Iterable[str], others: set[str]) -> set[str]:
    return {code if code in others else rulebook.rule(code).code for code in codes}


def _added(guests: Guests, whole: Graph, documents: set[URIRef]) -> Iterator[Finding]:
    """Give what the shapes of a user find, each shape in a time of its own."""
    for shape, results in engine.find_added(whole, documents, guests):
        name = guests.name(shape) or guests.code(shape)
        with child.at_most(
            GUEST_SECONDS,
            f"The shape {name} was stopped after {GUEST_SECONDS:g} seconds.",
            "Look at its sh:pattern and sh:path, or hand in fewer entries at once.",
        ):
            found = list(results)
        for one in found:
            told = Found(guests.code(one.shape), one.focus, one.path, one.value)
            yield Finding(
                focus=one.focus,
                path=one.path,
                value=one.value,
                rule=told.rule,
                shape=guests.name(one.shape),
                severity=guests.severity(one.shape),
                blocks=False,
                article="",
                source=None,
                message=added.message(guests, shape, one, whole),
                hint={},
                label=wording.label(whole, one.focus),
                field=wording.field_label(whole, told),
            )


def merged(reports: Sequence[Report]) -> Report:
    """Join reports on different entries, made on one day under the same rules."""
    return replace(
        reports[0],
        findings=sorted((f for one in reports for f in one.findings), key=_order),
        checked=sorted(name for one in reports for name in one.checked),
    )


def nothing(*, as_of: date, rules: Iterable[str] | None = None) -> Report:
    """Report on no entry at all, as of an empty register.

    Raises:
        UnknownName: a code that is no rule.
    """
    for code in rules or ():
        rulebook.rule(code)
    return Report([], [], as_of, rulebook.digest())


def check(
    header: dict[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Check entries in a bounded child process (see `ropa.bounded`).

    Args:
        header: ``as_of`` (ISO date), ``profile`` and ``rules``, or None.
        body: the entries, their surroundings and the shapes that a user adds, if any,
            as N-Triples, with a zero byte between.
        seal: shuts the process in, once all that is needed is loaded.

    Returns:
        An empty header and the report as JSON.
    """
    prepare()
    seal()
    data, surroundings, *guests = body.split(b"\x00")
    profile = header.get("profile")
    report = validate(
        _read(data),
        _read(surroundings),
        profile=URIRef(profile) if profile else None,
        as_of=date.fromisoformat(header["as_of"]),
        rules=header.get("rules"),
        guests=Guests(_read(guests[0])) if guests else None,
    )
    return {}, report.to_json()


def prepare() -> Iterator[None]:
    """Load what every check needs, before any text is seen.

    Returns:
        Steps that make later checks quicker; none of them has to be taken.
    """
    engine.load()
    _warm()
    return chain(engine.steps(), spelling.steps())


def _read(text: bytes) -> Graph:
    return syntax.collected(
        (s, p, o) for s, p, o, _ in syntax.parse(text, syntax.Syntax.NTRIPLES)
    )


def _joined(data: Graph, context: Graph, as_of: date) -> Graph:
    """Join entries and surroundings; what a term or row is, no entry can change."""
    surroundings = list(context.triples((None, None, None)))
    fixed = {CONTEXT, *(s for s, _, _ in surroundings)}
    stated = list(data.triples((None, None, None)))
    own = {s for s, _, _ in stated} - fixed
    own = {s for s in own if rows_of(str(s)) is None}
    whole = syntax.collected(
        chain(surroundings, (triple for triple in stated if triple[0] in own))
    )
    whole.add((CONTEXT, ROPA.asOf, Literal(as_of.isoformat(), datatype=XSD.date)))
    return whole


def _finding(
    found: Found, rule: Rule, profile: URIRef, whole: Graph, as_of: date
) -> Finding:
    path = found.path or _path_to(whole, found) or rule.field_path
    found = Found(
        found.rule, found.focus, path, found.value, found.shape, found.nearest
    )
    return Finding(
        focus=found.focus,
        path=path,
        value=found.value,
        rule=rule.code,
        shape=found.shape or rule.shape,
        severity=rule.in_notice if profile == ROPA.Notice else rule.severity,
        blocks=rule.blocks,
        article=rule.article,
        source=rule.sources[0] if rule.sources else None,
        message=wording.message(rule, found, whole, as_of),
        hint=wording.hint(rule, found),
        label=wording.label(whole, found.focus),
        field=wording.field_label(whole, found),
        is_question=rule.is_question,
        suggestion=repair.suggestion(rule, found, whole),
    )


def _path_to(whole: Graph, found: Found) -> URIRef | None:
    """Find the property that leads to the value, where a shape follows several."""
    if found.value is None:
        return None
    ways = whole.predicates(found.focus, found.value, unique=True)
    return min((URIRef(str(way)) for way in ways), default=None)


def _order(finding: Finding) -> tuple[str, bool, int, str, str, str]:
    return (
        str(finding.entry),
        not finding.blocks,
        SEVERITIES.index(finding.severity),
        finding.rule,
        str(finding.focus),
        f"{finding.path} {finding.value}",
    )


@cache
def _warm() -> None:
    """Load what a first check would load, before the process is shut in.

    Constraints, the query engine and its functions are imported at first use. One
    query is enough for that; each one read here is time for every check.
    """
    thing = URIRef("urn:x-ropa:warm")
    graph = Graph()
    for property_, value in (
        (RDF.type, DPV.PersonalDataProcess),
        (RDF.type, DPV.StorageCondition),
        (ROPA.period, Literal("P1D")),
        (ROPA.days, Literal(2)),
        (ROPA.registrationNumber, Literal("1")),
        (ROPA.validFrom, Literal("2000-01-01", datatype=XSD.date)),
    ):
        graph.add((thing, property_, value))
    validate(graph, Graph(), as_of=date(2026, 1, 1))
