"""Plant faults in complete records, one at a time, and see which rules fire.

A record is a Turtle file in ``records/``: a company, its activities and the
organisations it names. A fault is an update in ``faults/*.ru``, with the rules that it
must set off in its header. The variable ``?place`` of an update says where one fault
is; of several places in an activity the first is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node, URIRef, Variable

from ropa import entry, mentions, rules, surroundings, syntax, validation, vocabulary
from ropa.findings import Finding
from ropa.store.base import Table
from ropa.terms import DCT, DPV, PREFIXES, ROPA

BASE = "https://w3id.org/ropa-kg/data/"
DAY = date(2026, 11, 22)
PROFILES = (ROPA.Register, ROPA.Notice)
ROOM = Path(__file__).parent
_HEAD = "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in PREFIXES.items())
_BLOCK = re.compile(r"\b(DELETE|INSERT|WHERE)\s*\{")

# What a finding is about, so that two can be told apart.
Key = tuple[str, URIRef, URIRef | None, Node | None]


@dataclass(frozen=True)
class Record:
    """A record with its surroundings, read and collected once."""

    name: str
    data: Graph
    context: Graph
    whole: Graph

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Fault:
    """One way in which a record goes wrong.

    Attributes:
        name: what is done.
        fires: the rules that must fire, all of them and no other.
        profiles: the profiles in which it is planted.
        records: the records it is kept to; empty: to none.
        as_of: the day of the check.
        parts: the text of the templates and of the pattern.
    """

    name: str
    fires: frozenset[str]
    profiles: tuple[URIRef, ...]
    records: frozenset[str]
    as_of: date
    parts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.name

    @property
    def pattern(self) -> str:
        """Give the pattern that finds the places."""
        return dict(self.parts)["WHERE"]


@dataclass(frozen=True)
class Planting:
    """A fault at one place of a record, and what came of it."""

    fault: Fault
    record: Record
    profile: URIRef
    place: Node
    expected: frozenset[str]
    found: frozenset[str]

    def __str__(self) -> str:
        short = str(self.place).removeprefix(BASE)
        kind = str(self.profile).rpartition("#")[2].lower()
        return f"{self.fault} in {self.record} ({kind}) at {short}"


@dataclass
class Score:
    """How often a rule fired where it had to, where not, and where it did not."""

    plantings: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, planting: Planting) -> None:
        """Count one planting."""
        self.plantings.update(planting.expected)
        self.right.update(planting.expected & planting.found)
        self.wrong.update(planting.found - planting.expected)
        self.missed.update(planting.expected - planting.found)

    def precision(self, code: str) -> float | None:
        """Tell which part of the times a rule fired it had to."""
        fired = self.right[code] + self.wrong[code]
        return self.right[code] / fired if fired else None

    def recall(self, code: str) -> float | None:
        """Tell which part of the times a rule had to fire it did."""
        meant = self.right[code] + self.missed[code]
        return self.right[code] / meant if meant else None

    def table(self) -> Iterator[str]:
        """Give the lines of the table, a rule each."""
        yield f"{'rule':40} {'planted':>7} {'fired':>6} {'precision':>9} {'recall':>6}"
        for code in rules.rules():
            fired = self.right[code] + self.wrong[code]
            precision, recall = (
                "-" if share is None else f"{share:.2f}"
                for share in (self.precision(code), self.recall(code))
            )
            planted = self.plantings[code]
            yield f"{code:40} {planted:7} {fired:6} {precision:>9} {recall:>6}"


def graph(text: str) -> Graph:
    """Read Turtle, completed as at the door."""
    found = Graph()
    for s, p, o, _ in syntax.parse(text, syntax.Syntax.TURTLE, base=BASE):
        found.add((s, p, o))
    return entry.complete(found)


def surrounded(data: Graph) -> Graph:
    """Collect what stands around entries in a register that holds only them."""
    elsewhere = mentions.gather(data, lambda _: Table([], []))
    return surroundings.context(data, vocabulary.load(), lambda _: Graph(), elsewhere)


@cache
def names() -> tuple[str, ...]:
    """List the records, without reading them."""
    return tuple(sorted(file.stem for file in (ROOM / "records").glob("*.ttl")))


@cache
def read(name: str) -> Record:
    """Read a record, once."""
    data = graph((ROOM / "records" / f"{name}.ttl").read_text("utf-8"))
    context = surrounded(data)
    return Record(name, data, context, data + context)


def records() -> tuple[Record, ...]:
    """Read all records."""
    return tuple(read(name) for name in names())


@cache
def faults() -> tuple[Fault, ...]:
    """Read the faults."""
    found = []
    for file in sorted((ROOM / "faults").glob("*.ru")):
        blocks = re.split(r"^(?=#\+ fault:)", file.read_text("utf-8"), flags=re.M)
        found += [fault(block) for block in blocks if block.startswith("#+ fault:")]
    return tuple(found)


def fault(block: str) -> Fault:
    """Read a fault: its header and its update."""
    head = dict(re.findall(r"^#\+ ([a-z-]+): (.+)$", block, flags=re.M))
    unknown = set(head) - {"fault", "fires", "profile", "records", "as-of"}
    if unknown:
        raise ValueError(f"{head['fault']}: a fault has no {min(unknown)}")
    body = re.sub(r"^#.*$", "", block, flags=re.M)
    starts = list(_BLOCK.finditer(body))
    ends = [*(start.start() for start in starts[1:]), len(body)]
    parts = tuple(
        (start[1], body[start.end() : end].rstrip().removesuffix("}"))
        for start, end in zip(starts, ends, strict=True)
    )
    named = head.get("profile")
    return Fault(
        name=head["fault"],
        fires=frozenset(head["fires"].split()),
        profiles=(ROPA[named],) if named else PROFILES,
        records=frozenset(head.get("records", "").split()),
        as_of=date.fromisoformat(head.get("as-of", DAY.isoformat())),
        parts=parts,
    )


@cache
def _query(form: str, pattern: str) -> Query:
    return prepareQuery(f"{_HEAD}{form} WHERE {{ {pattern} }}")


def places(fault: Fault, record: Record) -> list[Node]:
    """List where a fault can be planted: the first place of each activity."""
    if fault.records and record.name not in fault.records:
        return []
    query = _query("SELECT DISTINCT ?place", fault.pattern)
    first: dict[URIRef, Node] = {}
    for (place,) in sorted(record.whole.query(query)):  # type: ignore[misc]
        first.setdefault(entry.document(place), place)
    return list(first.values())


def planted(fault: Fault, record: Record, place: Node) -> Graph:
    """Give the data of a record with a fault in it."""
    data = Graph()
    data += record.data
    for kind, template in fault.parts:
        if kind == "WHERE":
            continue
        query = _query(f"CONSTRUCT {{ {template} }}", fault.pattern)
        made = record.whole.query(query, initBindings={Variable("place"): place}).graph
        assert made is not None
        for triple in made:
            if kind == "DELETE":
                data.remove(triple)
            else:
                data.add(triple)
    return entry.complete(data)


def relabelled(data: Graph, profile: URIRef) -> Graph:
    """Give a record under another profile, with the document that it was read from."""
    changed = Graph()
    changed += data
    document = URIRef(f"{BASE}sources/notice")
    for record, stated in list(data.subject_objects(ROPA.profile)):
        if stated == profile:
            continue
        changed.set((record, ROPA.profile, profile))
        if profile == ROPA.Notice and (record, ROPA.sourceDocument, None) not in data:
            changed.add((record, ROPA.sourceDocument, document))
            changed += _notice()
    return changed


@cache
def _notice() -> Graph:
    return graph(
        "<sources/notice> a <https://w3id.org/ropa-kg/ontology#SourceDocument> ;"
        ' <http://purl.org/dc/terms/title> "Notice"@en .'
    )


def findings(
    data: Graph, context: Graph | None = None, *, as_of: date = DAY
) -> dict[Key, Finding]:
    """Check a record."""
    around = surrounded(data) if context is None else context
    report = validation.validate(data, around, as_of=as_of)
    return {(f.rule, f.focus, f.path, f.value): f for f in report.findings}


@cache
def _before(name: str, profile: URIRef, as_of: date) -> frozenset[Key]:
    data = relabelled(read(name).data, profile)
    return frozenset(findings(data, as_of=as_of))


def plant(fault: Fault, record: Record, profile: URIRef, place: Node) -> Planting:
    """Plant a fault, and tell which rules fire that did not before."""
    data = relabelled(planted(fault, record, place), profile)
    after = findings(data, as_of=fault.as_of)
    new = set(after) - _before(record.name, profile, fault.as_of)
    return Planting(
        fault,
        record,
        profile,
        place,
        expected=_expected(fault, record, profile),
        found=frozenset(rule for rule, *_ in new),
    )


def _expected(fault: Fault, record: Record, profile: URIRef) -> frozenset[str]:
    """Tell which rules of a fault apply to a record."""
    every = (rules.rule(code) for code in fault.fires)
    seats = {
        seat
        for company in record.data.objects(None, DCT.publisher)
        for seat in record.data.objects(company, DPV.hasCountry)
    }
    return frozenset(
        rule.code
        for rule in every
        if rule.only_in in (None, profile) and rule.jurisdiction in (None, *seats)
    )


def spots(
    fault: Fault, order: Iterable[Record] | None = None
) -> Iterator[tuple[Record, URIRef, Node]]:
    """Give the records, profiles and places in which a fault breaks a rule."""
    for record in records() if order is None else order:
        for place in places(fault, record):
            for profile in fault.profiles:
                if _expected(fault, record, profile):
                    yield record, profile, place


def somewhere(fault: Fault) -> Planting:
    """Plant a fault once; the faults take turns with the records."""
    turn = faults().index(fault) % len(names())
    order = (read(name) for name in (*names()[turn:], *names()[:turn]))
    return plant(fault, *next(spots(fault, order)))


def everywhere(fault: Fault) -> Iterator[Planting]:
    """Plant a fault in every activity in which it can be.

    Where it is not about notices alone, it is planted in the notice of one of them.
    """
    are_only_notices = fault.profiles == (ROPA.Notice,)
    notices = 0
    for record, profile, place in spots(fault):
        if profile == ROPA.Notice and not are_only_notices:
            notices += 1
            if notices > 1:
                continue
        yield plant(fault, record, profile, place)
