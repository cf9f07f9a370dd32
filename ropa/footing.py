"""What becomes of transfers when a piece of law is thought away: the values of it.

An `Impact` says how each transfer concerned fares, and sums that up by company,
activity, data category and vendor. As JSON it follows ``schemas/impact.schema.json``.

Source: GDPR Art. 44 to 49; the words are ``ontology/impact.ttl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from rdflib.term import Node, URIRef

from ropa import vocabulary
from ropa.errors import InternalError
from ropa.terms import ROPA, SKOS, curie

FORMAT = "ropa-impact/1"

Counts = Mapping[URIRef, int]
"""Numbers of transfers, by kind of impact; a kind that is not there counts none."""


@cache
def kinds() -> tuple[URIRef, ...]:
    """List the kinds of impact on stated transfers, the gravest first."""
    return (
        ROPA.LosesFooting,
        ROPA.FootingNotKnown,
        ROPA.StandsByOther,
        ROPA.HadNoFooting,
    )


@cache
def _words() -> Mapping[URIRef, str]:
    """Map kinds, remarks and faults to the words that programs read."""
    found = {}
    known = vocabulary.load()
    for space in (ROPA.impactKinds, ROPA.impactRemarks, ROPA.transferFaults):
        for term, way in known.naming(space):
            if way == SKOS.inScheme:
                said = [o for p, o in known.said(term) if p == SKOS.notation]
                found[term] = str(said[0])
    return found


def word(term: URIRef) -> str:
    """Give the word of a kind, a remark or a fault as programs read it."""
    return _words()[term]


def _term(text: str) -> URIRef:
    for term, known in _words().items():
        if known == text:
            return term
    raise InternalError(f"An impact has no word {text[:40]!r}.")


@dataclass(frozen=True)
class Ground:
    """What is thought away, or put in its place.

    Attributes:
        iri: a row of law, a country, an organisation, a cover, or a kind of tool.
        kind: its class: of decisions, clauses, memberships, covers, or terms.
        rows: the rows of law that end, or that are put in place.
        states: what each row is worth on the day, as the question ``law`` says it.
    """

    iri: URIRef
    kind: URIRef
    rows: tuple[URIRef, ...] = ()
    states: Mapping[URIRef, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Affected:
    """How one transfer to one country fares.

    Attributes:
        transfer: the transfer; where a recipient becomes one, the recipient.
        company: who keeps the record.
        activity: where it is stated; None for the whole record.
        importers: who receives the data, as stated.
        vendors: the organisations behind the importers.
        country: where the data go; None where no country is said.
        tools: kinds of tool that are stated.
        decisions: decisions, clauses or rules that are stated.
        supposed: decisions taken from the country, where none is stated.
        kind: of impact.
        before: whether it holds with the law as it is, as the question says it.
        after: whether it would hold.
        carried_by: what carries it afterwards.
        remarks: what should be known beside the kind.
        is_mended: whether the other tool would carry it; None if not asked.
        lacking: why the other tool does not carry it.
        data: categories of data, of the transfer where stated, else around it.
    """

    transfer: URIRef
    company: URIRef
    activity: URIRef | None
    importers: tuple[URIRef, ...]
    vendors: tuple[URIRef, ...]
    country: URIRef | None
    tools: tuple[URIRef, ...]
    decisions: tuple[URIRef, ...]
    supposed: tuple[URIRef, ...]
    kind: URIRef
    before: str
    after: str
    carried_by: tuple[URIRef, ...] = ()
    remarks: tuple[URIRef, ...] = ()
    is_mended: bool | None = None
    lacking: tuple[URIRef, ...] = ()
    data: tuple[URIRef, ...] = ()


@dataclass(frozen=True)
class Likely:
    """A transfer that nobody stated but that is likely.

    Attributes:
        part: the recipient or vendor that makes it likely.
        company: who keeps the record.
        activity: where it stands; None for the whole record.
        vendor: the organisation, where one is named.
        country: where it is established.
    """

    part: URIRef
    company: URIRef
    activity: URIRef | None
    vendor: URIRef | None
    country: URIRef


@dataclass(frozen=True)
class Tally:
    """One company, activity, data category or vendor with its transfers.

    Attributes:
        iri: the thing.
        counts: transfers of its own, by kind.
        by_record: of an activity: those stated for the whole company, by kind.
    """

    iri: URIRef
    counts: Counts
    by_record: Counts = field(default_factory=dict)


@dataclass(frozen=True)
class Impact:
    """What follows where a piece of law does not hold from a day on.

    Attributes:
        without: what is thought away.
        asked: the day asked for.
        judged: the day whose law is applied: that of the last review if it is later.
        affected: the transfers concerned, the gravest kinds first.
        instead: what is put in place.
        likely: likely transfers that it may concern as well.
        established: companies of the register in a country that leaves.
        remarks: what should be known beside it all.
        companies: those with transfers concerned.
        activities: likewise; those of a company whose record states one too.
        data: categories of data that such transfers carry.
        vendors: organisations that receive them.
        names: what each thing is called, by IRI.
    """

    without: Ground
    asked: date
    judged: date
    affected: tuple[Affected, ...]
    instead: Ground | None = None
    likely: tuple[Likely, ...] = ()
    established: tuple[URIRef, ...] = ()
    remarks: tuple[URIRef, ...] = ()
    companies: tuple[Tally, ...] = ()
    activities: tuple[Tally, ...] = ()
    data: tuple[Tally, ...] = ()
    vendors: tuple[Tally, ...] = ()
    names: Mapping[Node, str] = field(default_factory=dict)

    @property
    def put_to_the_test(self) -> list[Affected]:
        """Those without a footing, of which it was asked what would mend them."""
        return [one for one in self.affected if one.is_mended is not None]

    def of_kind(self, kind: URIRef) -> list[Affected]:
        """List the transfers of one kind of impact."""
        return [one for one in self.affected if one.kind == kind]

    def name(self, node: Node | None) -> str:
        """Say what a thing is called; nothing for None."""
        if node is None:
            return ""
        return self.names.get(node) or curie(str(node))

    def sums(self, kind: URIRef) -> dict[str, int]:
        """Count the things that transfers of one kind concern.

        Returns:
            ``transfers``, ``companies``, ``activities`` (those that state one),
            ``by_record`` (others, of companies whose record states one), ``data`` and
            ``vendors``.
        """
        own = {one.iri for one in self.activities if one.counts.get(kind)}
        whole = {one.iri for one in self.activities if one.by_record.get(kind)}
        return {
            "transfers": len(self.of_kind(kind)),
            "companies": _having(self.companies, kind),
            "activities": len(own),
            "by_record": len(whole - own),
            "data": _having(self.data, kind),
            "vendors": _having(self.vendors, kind),
        }

    # -- JSON ------------------------------------------------------------------------

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return {
            "format": FORMAT,
            "without": _of_ground(self.without),
            "instead": _of_ground(self.instead) if self.instead else None,
            "as_of": self.asked.isoformat(),
            "judged_on": self.judged.isoformat(),
            "remarks": [*map(word, self.remarks)],
            "sums": {word(kind): self.sums(kind) for kind in kinds()},
            "transfers": [*map(_of_affected, self.affected)],
            "likely": [*map(_of_likely, self.likely)],
            "established": [*map(str, self.established)],
            "companies": [*map(_of_tally, self.companies)],
            "activities": [*map(_of_tally, self.activities)],
            "data": [*map(_of_tally, self.data)],
            "vendors": [*map(_of_tally, self.vendors)],
            "names": {str(iri): name for iri, name in sorted(self.names.items())},
        }

    def as_json(self) -> str:
        """Give it as JSON."""
        return json.dumps(self.as_values(), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: bytes | str) -> Impact:
        """Read it back.

        Raises:
            InternalError: it is no impact, or one of another version.
        """
        try:
            return cls._from_values(json.loads(text))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InternalError("What was answered is no impact.") from error

    @classmethod
    def _from_values(cls, given: Mapping[str, Any]) -> Impact:
        if given["format"] != FORMAT:
            raise ValueError(given["format"])
        return cls(
            without=_ground(given["without"]),
            instead=_ground(given["instead"]) if given["instead"] else None,
            asked=date.fromisoformat(given["as_of"]),
            judged=date.fromisoformat(given["judged_on"]),
            remarks=tuple(map(_term, given["remarks"])),
            affected=tuple(map(_affected, given["transfers"])),
            likely=tuple(map(_likely, given["likely"])),
            established=_iris(given["established"]),
            companies=tuple(map(_tally, given["companies"])),
            activities=tuple(map(_tally, given["activities"])),
            data=tuple(map(_tally, given["data"])),
            vendors=tuple(map(_tally, given["vendors"])),
            names={URIRef(iri): name for iri, name in given["names"].items()},
        )


def _having(tallies: Iterable[Tally], kind: URIRef) -> int:
    return sum(1 for one in tallies if one.counts.get(kind))


def _of_ground(one: Ground) -> dict[str, Any]:
    return {
        "iri": str(one.iri),
        "kind": str(one.kind),
        "rows": [{"iri": str(row), "state": one.states.get(row)} for row in one.rows],
    }


def _ground(given: Mapping[str, Any]) -> Ground:
    return Ground(
        URIRef(given["iri"]),
        URIRef(given["kind"]),
        tuple(URIRef(row["iri"]) for row in given["rows"]),
        {URIRef(row["iri"]): row["state"] for row in given["rows"] if row["state"]},
    )


def _of_affected(one: Affected) -> dict[str, Any]:
    return {
        "transfer": str(one.transfer),
        "company": str(one.company),
        "activity": _text(one.activity),
        "importers": [*map(str, one.importers)],
        "vendors": [*map(str, one.vendors)],
        "country": _text(one.country),
        "tools": [*map(str, one.tools)],
        "decisions": [*map(str, one.decisions)],
        "supposed": [*map(str, one.supposed)],
        "impact": word(one.kind),
        "before": one.before,
        "after": one.after,
        "carried_by": [*map(str, one.carried_by)],
        "remarks": [*map(word, one.remarks)],
        "mended": one.is_mended,
        "lacking": [*map(word, one.lacking)],
        "data": [*map(str, one.data)],
    }


def _affected(given: Mapping[str, Any]) -> Affected:
    return Affected(
        transfer=URIRef(given["transfer"]),
        company=URIRef(given["company"]),
        activity=_iri(given["activity"]),
        importers=_iris(given["importers"]),
        vendors=_iris(given["vendors"]),
        country=_iri(given["country"]),
        tools=_iris(given["tools"]),
        decisions=_iris(given["decisions"]),
        supposed=_iris(given["supposed"]),
        kind=_term(given["impact"]),
        before=given["before"],
        after=given["after"],
        carried_by=_iris(given["carried_by"]),
        remarks=tuple(map(_term, given["remarks"])),
        is_mended=given["mended"],
        lacking=tuple(map(_term, given["lacking"])),
        data=_iris(given["data"]),
    )


def _of_likely(one: Likely) -> dict[str, Any]:
    return {
        "part": str(one.part),
        "company": str(one.company),
        "activity": _text(one.activity),
        "vendor": _text(one.vendor),
        "country": str(one.country),
    }


def _likely(given: Mapping[str, Any]) -> Likely:
    return Likely(
        part=URIRef(given["part"]),
        company=URIRef(given["company"]),
        activity=_iri(given["activity"]),
        vendor=_iri(given["vendor"]),
        country=URIRef(given["country"]),
    )


def _of_tally(one: Tally) -> dict[str, Any]:
    return {
        "iri": str(one.iri),
        "transfers": {word(kind): n for kind, n in _in_order(one.counts)},
        "by_record": {word(kind): n for kind, n in _in_order(one.by_record)},
    }


def _tally(given: Mapping[str, Any]) -> Tally:
    return Tally(
        URIRef(given["iri"]),
        {_term(key): n for key, n in given["transfers"].items()},
        {_term(key): n for key, n in given["by_record"].items()},
    )


def _in_order(counts: Counts) -> Iterator[tuple[URIRef, int]]:
    return ((kind, counts[kind]) for kind in kinds() if kind in counts)


def _text(iri: URIRef | None) -> str | None:
    return None if iri is None else str(iri)


def _iri(text: str | None) -> URIRef | None:
    return None if text is None else URIRef(text)


def _iris(texts: Iterable[str]) -> tuple[URIRef, ...]:
    return tuple(map(URIRef, texts))
