"""What a company says of each fact that the law asks for, and where it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa.evidence import Claim
from ropa.required import Fact, Item
from ropa.terms import DPCAT, DPV, RDF, ROPA, SKOS
from webui import claims
from webui.claims import Badge
from webui.current import the_register
from webui.naming import Name, names, path_of
from webui.things import MAX_DEPTH, Shower, Value, in_one_language

MOST = 8
"""Most of those who say something of a fact that are shown one by one."""

_SILENT = (None, ROPA.Stated, ROPA.NotStated)


@dataclass(frozen=True)
class Said:
    """What one thing says of a fact: the activity, the record or the company."""

    holder: Value | None
    values: list[Value]


@dataclass
class Answer:
    """A fact of an item with what is said of it.

    Attributes:
        name: of the fact.
        said: by whom, and what; the first of them.
        more: how many others say something.
        state: its state where nothing is said; None too where it is not known
            whether the fact is asked for.
        earlier: the item where it has been shown already.
    """

    name: Name
    said: list[Said] = field(default_factory=list)
    more: int = 0
    state: Badge | None = None
    earlier: Item | None = None


class Reader:
    """Finds what a company, its record and its activities say of a fact.

    Args:
        graph: what the company states, all of it.
        company: the company.
        record: its record.
        holders: the company, its record and its activities.
    """

    def __init__(
        self,
        graph: Graph,
        company: URIRef,
        record: Node | None,
        holders: list[URIRef],
    ) -> None:
        self._graph = graph
        self._company = company
        self._record = record
        self._holders = holders
        self._shower = Shower(graph)
        self._known: dict[tuple[URIRef, URIRef], list[Value]] = {}

    def answer(self, fact: Fact, asked: set[Node]) -> Answer:
        """Collect what is said of a fact, by who says it.

        Args:
            fact: the fact.
            asked: the activities that have to answer it.
        """
        wanted = self._wanted(fact, asked)
        said = [
            Said(Value(names().name(holder), holder, href=path_of(holder)), values)
            for holder in wanted
            if (values := self._values(fact, holder))
        ]
        answer = Answer(names().name(fact.iri), said[:MOST], len(said[MOST:]))
        if not said:
            answer.state = self._absence(fact, wanted)
        return answer

    def _wanted(self, fact: Fact, asked: set[Node]) -> list[URIRef]:
        if fact.holder == DPV.LegalEntity:
            return [self._company]
        if fact.holder == DPCAT.ROPA:
            return [one for one in self._holders if one == self._record]
        around = {self._record} | ({self._company} if fact.way else set())
        return [one for one in self._holders if one in asked | around]

    def _bearers(self, fact: Fact, holder: URIRef) -> list[URIRef]:
        """List what may carry a fact: the parts that it is said of, and their whole."""
        if fact.way is None:
            return [holder]
        parts = sorted(self._graph.objects(holder, fact.way), key=str)
        whole = [] if fact.is_alone or holder == self._company else [holder]
        return [*whole, *(part for part in parts if isinstance(part, URIRef))]

    def _values(self, fact: Fact, holder: URIRef) -> list[Value]:
        key = (fact.iri, holder)
        if key not in self._known:
            self._known[key] = [
                self._value(bearer, way, node)
                for bearer in self._bearers(fact, holder)
                for way in fact.fields
                for node in in_one_language(
                    sorted(self._graph.objects(bearer, way), key=str)
                )
                if self._answers(fact, way, node)
            ]
        return self._known[key]

    def _value(self, bearer: URIRef, way: URIRef, node: Node) -> Value:
        said_of = self._shower.claims.get((bearer, way, node), [])
        shown = self._shower.value(node, depth=MAX_DEPTH)
        positions = sorted(self._graph.objects(node, ROPA.position), key=str)
        marks = [
            mark
            for position in positions
            if isinstance(position, URIRef) and position != ROPA.Granted
            if (mark := claims.position_badge(position)) is not None
        ]
        return Value(
            shown.name,
            node,
            href=shown.href,
            mark=shown.mark,
            badges=list(dict.fromkeys([*marks, *claims.badges(said_of)])),
            reads=claims.reads(said_of),
        )

    def _answers(self, fact: Fact, way: URIRef, node: Node) -> bool:
        return way in fact.any_value or self._is_one_of(node, fact.kinds)

    def _is_one_of(self, node: Node, kinds: tuple[URIRef, ...]) -> bool:
        above = set(self._graph.objects(node, RDF.type))
        for start in (node, *self._graph.objects(node, SKOS.broader)):
            if isinstance(start, URIRef):
                above |= the_register().vocabulary.broader(start)
        return not above.isdisjoint(kinds)

    def _absence(self, fact: Fact, wanted: list[URIRef]) -> Badge | None:
        """Mark a fact without an answer: as claimed, not applicable, or not stated.

        Silence makes nothing inapplicable; where it leaves open whether a fact is asked
        for, there is no mark.
        """
        whole = set(fact.any_value or fact.fields)
        found = self._claimed(
            wanted,
            fact.fields,
            lambda way, value: (
                way in whole if value is None else self._answers(fact, way, value)
            ),
        )
        if found:
            return claims.absence(found)
        asked = self._is_asked(fact, wanted)
        if asked is None:
            return None
        if not asked:
            return Badge("inapplicable", names().name(ROPA.NotApplicable))
        return claims.absence([])

    def _claimed(
        self,
        wanted: list[URIRef],
        fields: tuple[URIRef, ...],
        fits: Callable[[URIRef, Node | None], bool],
    ) -> list[Claim]:
        """List what is claimed of fields that have no value, mere silence left out."""
        return [
            claim
            for (about, way, value), said in self._shower.claims.items()
            if about in wanted and isinstance(way, URIRef) and way in fields
            if fits(way, value)
            for claim in said
            if claim.is_own and claim.state not in _SILENT
        ]

    def _is_asked(self, fact: Fact, wanted: list[URIRef]) -> bool | None:
        """Tell whether what a fact depends on is there; None where that is not said."""
        above = the_register().vocabulary.broader
        if fact.only_outside:
            countries = self._graph.objects(self._company, DPV.hasCountry)
            return all(
                above(country).isdisjoint(fact.only_outside)
                for country in countries
                if isinstance(country, URIRef)
            )
        if fact.only_where_stated:
            return None
        if fact.way is None:
            return None if fact.only_where else True
        way, kinds = fact.way, (fact.holder,)
        parts = [
            part
            for one in wanted
            for part in self._graph.objects(one, way)
            if (part, RDF.type, fact.holder) in self._graph
        ]
        if not parts:
            # Without parts nothing is asked of them; but silence is no word on that.
            none = self._claimed(
                wanted,
                (way,),
                lambda _way, value: value is None or self._is_one_of(value, kinds),
            )
            if any(claim.state != ROPA.Partial for claim in none):
                return False
            return None if fact.only_where else True
        if not fact.only_where:
            return True
        bases = [set(self._graph.objects(part, DPV.hasLegalBasis)) for part in parts]
        if any(
            not above(basis).isdisjoint(fact.only_where)
            for own in bases
            for basis in own
            if isinstance(basis, URIRef)
        ):
            return True
        return False if all(bases) else None
