"""What becomes of transfers by the law as it is, and without some rows of it.

The named question ``transfers`` judges whether a transfer holds on a day. It is asked
twice, over stores of their own in memory: with the law as it is, and with a copy in
which the rows in question end the day before. Judgement is not written a second time.

Each transfer stands there once for every decision that it names, so that the answer
tells which of them carries it.

Source: GDPR Art. 44 to 49.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from rdflib.term import Literal, Node, URIRef

from ropa import entry, queries
from ropa.concerned import Covering, Transfer, batches, column, listed
from ropa.footing import Affected, Ground
from ropa.grounds import STATED, Law, Selects
from ropa.store import MEMORY, open_store
from ropa.store.base import Store
from ropa.terms import DCT, DPCAT, DPV, LAW, RDF, ROPA, XSD

HOLDS, UNKNOWN, FALLS = "true", "unknown", "false"
"""What the question says of a transfer."""

_QUESTION, _FAULTS = "transfers", "invalid-transfers"
_DATA = URIRef("urn:ropa:aside:data")
_OF_LAW = URIRef("urn:ropa:aside:law")

Triple = tuple[Node, URIRef, Node]
Rows = dict[URIRef, list[tuple[URIRef, Node]]]
"""Rows of law with what each states."""

_Key = tuple[URIRef, URIRef | None]
"""A node of the store aside, and the country of one of its rows."""

_FIRST_SELECT = re.compile(r"^SELECT\b", re.MULTILINE)


@dataclass(frozen=True)
class _Variant:
    """A transfer as it stands aside: with one decision, or with none.

    Attributes:
        node: its name there.
        decision: the only decision it names there.
        is_bare: whether it names no tool either, so that only its place can carry it.
    """

    node: URIRef
    decision: URIRef | None = None
    is_bare: bool = False


class Judging:
    """Asks the question twice, and once more for what is put in place.

    Args:
        reads: the register.
        law: its law on the day.
        fallen: what is thought away.
        put: what is put in place, if anything.
        transfers: the transfers concerned.
    """

    def __init__(
        self,
        reads: Selects,
        law: Law,
        fallen: Ground,
        put: Ground | None,
        transfers: Sequence[Transfer],
    ) -> None:
        self._reads = reads
        self._day = law.day
        self._fallen = fallen
        self._put = put
        self._transfers = transfers
        self._covering = Covering(reads)
        self._variants: dict[int, list[_Variant]] = {}
        self._mending: dict[int, list[_Variant]] = {}
        self._triples: list[Triple] = []
        self._members: dict[URIRef, list[URIRef]] = defaultdict(list)
        for at, one in enumerate(transfers):
            self._variants[at] = self._stand_aside(at, one)
            if put is not None:
                self._mending[at] = self._put_in_place(at, one, put)

    # -- the store aside

    def _stand_aside(self, at: int, one: Transfer) -> list[_Variant]:
        supposed = self._covering.supposed(one)
        made = [
            _Variant(_node(at, number), decision)
            for number, decision in enumerate((*one.decisions, *supposed) or (None,))
        ]
        bare = _Variant(_node(at, "bare"), is_bare=True)
        for variant in (*made, bare):
            said = [(p, o) for p, o in one.said if p != ROPA.decision]
            if variant.is_bare:
                said = [(p, o) for p, o in said if p != DPV.hasLegalBasis]
            elif variant.decision is not None:
                said.append((ROPA.decision, variant.decision))
            self._add(one, variant.node, said)
        return [*made, bare]

    def _put_in_place(self, at: int, one: Transfer, put: Ground) -> list[_Variant]:
        """Let a transfer rest on the other tool alone, agreed upon on that day."""
        places = one.places
        rows = [
            row
            for row in put.rows
            if not self._covering.reach(row) or self._covering.reach(row) & places
        ] or [*put.rows[:1]]
        dropped = (ROPA.decision, DPV.hasLegalBasis, ROPA.concludedOn)
        said = [(p, o) for p, o in one.said if p not in dropped]
        said.append((ROPA.concludedOn, _literal(self._day)))
        made = []
        for number, row in enumerate(rows or [None]):
            variant = _Variant(_node(at, f"instead-{number}"), row)
            tools = [put.iri] if row is None else self._tools_of(row)
            named = [(ROPA.decision, row)] if row is not None else []
            named += [(DPV.hasLegalBasis, tool) for tool in tools]
            self._add(one, variant.node, [*said, *named])
            made.append(variant)
        return made

    def _tools_of(self, row: URIRef) -> list[URIRef]:
        table = self._reads.select(
            f"SELECT ?tool WHERE {{ {row.n3()} ropa:transferTool ?tool }}"
        )
        return column(table.rows)

    def _add(
        self, one: Transfer, node: URIRef, said: Iterable[tuple[URIRef, Node]]
    ) -> None:
        self._triples += [(node, way, value) for way, value in said]
        self._triples.append((one.holder, DPV.hasProcessing, node))
        if one.holder != one.record:
            self._triples.append((one.holder, DCT.isPartOf, one.record))
        self._triples.append((one.record, RDF.type, DPCAT.ROPA))
        self._triples.append((one.record, DCT.publisher, one.company))

    def _law(self) -> Rows:
        """Copy the rows that these transfers are judged by."""
        rows = {
            variant.decision
            for variants in (*self._variants.values(), *self._mending.values())
            for variant in variants
            if variant.decision is not None
        }
        rows |= {*self._fallen.rows, LAW[""]}
        places = {place for one in self._transfers for place in one.countries}
        for part in batches(sorted(places)):
            table = self._reads.select(
                "SELECT DISTINCT ?row WHERE { "
                f"VALUES ?place {{ {listed(part)} }} ?row ropa:member ?place }}"
            )
            rows |= {*column(table.rows)}
        found: Rows = {}
        for part in batches(sorted(rows)):
            table = self._reads.select(STATED.format(things=listed(part)))
            for row, way, value in table.rows:
                if row is not None and way is not None and value is not None:
                    found.setdefault(URIRef(str(row)), []).append(
                        (URIRef(str(way)), value)
                    )
        return found

    def _ended(self, law: Rows) -> Rows:
        """Let the rows in question end the day before; what ended earlier did."""
        changed = dict(law)
        for row in self._fallen.rows:
            said = law.get(row, [])
            # Before the first day of the calendar nothing held anyway.
            eve = max(self._day.toordinal() - 1, date.min.toordinal())
            last = str(_literal(date.fromordinal(eve)))
            known = [str(o) for p, o in said if p == ROPA.endsOn]
            end = Literal(min([last, *known]), datatype=XSD.date, normalize=False)
            changed[row] = [(p, o) for p, o in said if p != ROPA.endsOn]
            changed[row].append((ROPA.endsOn, end))
        return changed

    # -- the answers

    def affected(self) -> list[Affected]:
        """Tell how each transfer concerned fares, one value for each country."""
        if not self._transfers:
            return []
        law = self._law()
        for row, said in law.items():
            for way, place in said:
                if way == ROPA.member:
                    self._members[URIRef(str(place))].append(row)
        as_it_is, without = self._aside(law), self._aside(self._ended(law))
        before = self._ask(as_it_is, _QUESTION, "valid")
        faults = self._ask(as_it_is, _FAULTS, "reason_term")
        after = self._ask(without, _QUESTION, "valid")
        lacking = self._ask(without, _FAULTS, "reason_term") if self._put else {}
        found = []
        for at, one in enumerate(self._transfers):
            for country in self._rows_of(one):
                judged = self._judged(at, one, country, before, after, faults)
                if judged is not None:
                    found.append(self._mended(at, judged, after, lacking))
        return found

    def _aside(self, law: Rows) -> Store:
        """Put the transfers and some law into a store of their own."""
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.load(
            [(s, p, o, _DATA) for s, p, o in dict.fromkeys(self._triples)]
            + [(row, p, o, _OF_LAW) for row, said in law.items() for p, o in said]
        )
        return aside

    def _ask(self, aside: Store, name: str, column: str) -> dict[_Key, set[str]]:
        """Answer a question, with the node and country that each row is about."""
        text = queries.load(name).render(as_of=self._day)
        groups = ["?transfer", "?countries"]
        if column == "reason_term":
            groups.append("?reason_term")
        wanted = dict.fromkeys([*groups, f"?{column}"])
        start = f"SELECT {' '.join(wanted)} WHERE {{ SELECT {' '.join(groups)}"
        table = aside.select(_FIRST_SELECT.sub(start, text, count=1) + "}")
        at = [table.columns.index(key) for key in ("transfer", "countries", column)]
        found: dict[_Key, set[str]] = defaultdict(set)
        for row in table.rows:
            node, country, value = (row[place] for place in at)
            place = URIRef(str(country)) if country is not None else None
            found[URIRef(str(node)), place].add(str(value))
        return found

    def _rows_of(self, one: Transfer) -> list[URIRef | None]:
        """List the countries of a transfer that the ground reaches, or all of them."""
        reached = [country for country in one.countries if country in self._reached]
        return [*(reached or one.countries)] or [None]

    @cached_property
    def _reached(self) -> set[URIRef]:
        """Collect the places that what falls speaks of."""
        fallen = {*self._fallen.rows}
        if self._fallen.kind == ROPA.Membership:
            return {p for p, rows in self._members.items() if fallen & {*rows}}
        return {place for row in fallen for place in self._covering.reach(row)}

    def _judged(
        self,
        at: int,
        one: Transfer,
        country: URIRef | None,
        before: Mapping[_Key, set[str]],
        after: Mapping[_Key, set[str]],
        faults: Mapping[_Key, set[str]],
    ) -> Affected | None:
        """Compare the two answers; None where the transfer is not concerned."""
        real = [v for v in self._variants[at] if not v.is_bare]
        bare = next(v for v in self._variants[at] if v.is_bare)
        was = _best(before, real, country)
        is_now = _best(after, real, country)
        is_inside = HOLDS in after.get((bare.node, country), ())
        names_it = bool(
            {*one.decisions, *one.values(ROPA.alsoNames)} & {*self._fallen.rows}
        )
        if is_inside and not names_it and self._fallen.kind != ROPA.Membership:
            return None
        if self._is_elsewhere(one, country, names_it):
            return None
        kind = _kind(was, is_now, is_silent=not one.tools and not one.decisions)
        supposed = tuple(v.decision for v in real if v.decision is not None)
        supposed = supposed if not one.decisions else ()
        carried: list[URIRef] = []
        remarks: list[URIRef] = []
        if kind == ROPA.StandsByOther:
            carried = [
                v.decision
                for v in real
                if v.decision is not None and HOLDS in after.get((v.node, country), ())
            ]
            if is_inside and country is not None:
                carried = sorted({*self._members[country]} - {*self._fallen.rows})
        elif kind == ROPA.HadNoFooting:
            remarks = [
                URIRef(fault)
                for v in real
                for fault in sorted(faults.get((v.node, country), ()))
            ]
        else:
            remarks = _silences(one, kind)
        if one.arises:
            remarks.insert(0, ROPA.ArisingTransfer)
        if supposed:
            remarks.append(ROPA.DecisionSupposed)
        return Affected(
            transfer=one.iri,
            company=one.company,
            activity=one.holder if one.holder != one.record else None,
            importers=one.importers,
            vendors=tuple(dict.fromkeys(one.vendors)),
            country=country,
            tools=one.tools,
            decisions=one.decisions,
            supposed=supposed,
            kind=kind,
            before=was,
            after=is_now,
            carried_by=tuple(carried),
            remarks=tuple(dict.fromkeys(remarks)),
            data=tuple(one.data),
        )

    def _is_elsewhere(
        self, one: Transfer, country: URIRef | None, names_it: bool
    ) -> bool:
        """Tell whether data go where the cover of a vendor does not reach."""
        if self._fallen.kind != ROPA.Coverage or names_it or country is None:
            return False
        return bool(self._reached) and country not in self._reached

    def _mended(
        self,
        at: int,
        one: Affected,
        after: Mapping[_Key, set[str]],
        lacking: Mapping[_Key, set[str]],
    ) -> Affected:
        """Say of what has no footing whether the other tool would carry it."""
        if self._put is None or one.kind not in (ROPA.LosesFooting, ROPA.HadNoFooting):
            return one
        variants = self._mending[at]
        worth = _best(after, variants, one.country)
        if worth == HOLDS:
            return replace(one, is_mended=True)
        faults = {
            URIRef(fault)
            for v in variants
            for fault in lacking.get((v.node, one.country), ())
        }
        why = sorted(faults) if worth == FALLS else [ROPA.ToolNotDated]
        return replace(one, is_mended=False, lacking=tuple(why))


def _kind(before: str, after: str, *, is_silent: bool) -> URIRef:
    if before == FALLS:
        return ROPA.HadNoFooting
    if before == UNKNOWN:
        return ROPA.FootingNotKnown
    if after == HOLDS:
        return ROPA.StandsByOther
    # Inside no tool was needed; outside nothing is named that could carry it.
    if after == FALLS or is_silent:
        return ROPA.LosesFooting
    return ROPA.FootingNotKnown


def _silences(one: Transfer, kind: URIRef) -> list[URIRef]:
    """Say what a transfer leaves open, so that it falls or nobody can tell."""
    found = []
    if not one.countries and kind == ROPA.FootingNotKnown:
        found.append(ROPA.CountryNotNamed)
    if not one.tools and not one.decisions:
        found.append(ROPA.NoToolNamed)
    elif kind == ROPA.FootingNotKnown:
        found.append(ROPA.ToolNotDated)
    return found


def _best(
    answers: Mapping[_Key, set[str]],
    variants: Iterable[_Variant],
    country: URIRef | None,
) -> str:
    said = {word for v in variants for word in answers.get((v.node, country), ())}
    return next((word for word in (HOLDS, UNKNOWN, FALLS) if word in said), UNKNOWN)


def _node(at: int, which: int | str) -> URIRef:
    return URIRef(f"urn:ropa:aside:transfer-{at}-{which}")


def _literal(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=XSD.date, normalize=False)
