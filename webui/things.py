"""A thing of the register as a page shows it: fields in order, parts inside.

Which fields there are, in which order and with which words, is read from the
shapes; nothing about data protection is written here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ropa import evidence, rules
from ropa import fields as form
from ropa.evidence import Remark
from ropa.terms import DCT, DPV, RDF, ROPA, SKOS, TIME
from webui import claims, standing
from webui.claims import Badge, Claims
from webui.day import judged_day
from webui.documents import Place, places
from webui.languages import gettext as _
from webui.languages import language
from webui.naming import Name, href, names
from webui.values import day, said

MAX_DEPTH = 4


@dataclass
class Value:
    """One value: its name, where it leads, and what is said inside it."""

    name: Name
    node: Node
    href: str | None = None
    anchor: str | None = None
    kinds: list[Value] = field(default_factory=list)
    badges: list[Badge] = field(default_factory=list)
    mark: Badge | None = None
    notes: list[Name] = field(default_factory=list)
    reads: list[Place] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    inside: list[Property] = field(default_factory=list)
    several: list[Value] = field(default_factory=list)

    @property
    def telling(self) -> list[Property]:
        """The properties inside that a table has room for."""
        return [p for p in self.inside if p.iri in told_in_tables()]


@dataclass
class Property:
    """One property of a thing; ``state`` only where it has no value."""

    iri: URIRef
    name: Name
    values: list[Value] = field(default_factory=list)
    state: Badge | None = None
    badges: list[Badge] = field(default_factory=list)
    notes: list[Name] = field(default_factory=list)
    reads: list[Place] = field(default_factory=list)
    article: str = ""
    group: str = ""
    group_article: str = ""


@dataclass(frozen=True)
class Remarked:
    """A remark of a reader: on what, of which kind, in which words."""

    anchor: str
    kind: Name | None
    about: Value
    article: str
    words: list[Name]
    reads: list[Place]


@cache
def unsaid() -> frozenset[URIRef]:
    """List the properties that a page shows by other means, or that repeat another."""
    return frozenset(
        {
            RDF.type,
            SKOS.prefLabel,
            SKOS.broader,
            DCT.title,
            ROPA.days,
            TIME.numericDuration,
            TIME.unitType,
        }
    )


@cache
def plain_kinds() -> frozenset[URIRef]:
    """List the classes that say no more of a part than its field does."""
    return frozenset(
        {
            DPV.Purpose,
            DPV.PersonalData,
            DPV.DataSubject,
            DPV.StorageCondition,
            DPV.CrossBorderTransfer,
            DPV.Recipient,
            DPV.DataSubjectRight,
            DPV.DataSource,
            ROPA.Contact,
            ROPA.NamedVendor,
        }
    )


@cache
def told_in_tables() -> frozenset[URIRef]:
    """List the properties of a part that stand beside its name in a table."""
    return expected() | {
        DPV.hasCountry,
        ROPA.LawState,
        ROPA.criterion,
        ROPA.decision,
        ROPA.organisation,
        ROPA.period,
    }


@cache
def expected() -> frozenset[URIRef]:
    """List the properties whose absence a rule speaks of: only there silence shows."""
    return frozenset(
        rule.field_path
        for code, rule in rules.rules().items()
        if code.endswith("-missing") and rule.field_path is not None
    )


@cache
def missed_only_of() -> dict[URIRef, URIRef]:
    """Map properties to the one class of things that a rule misses them of."""
    return {
        ROPA.contract: DPV.DataProcessor,
        ROPA.email: DPV.DataProtectionOfficer,
    }


def in_one_language(nodes: Iterable[Node]) -> list[Node]:
    """Keep, of texts in several languages, those in the language of the page."""
    found = list(nodes)
    codes = {n.language for n in found if isinstance(n, Literal) and n.language}
    if len(codes) < 2:
        return found
    wanted = next(c for c in (language(), "en", *sorted(codes)) if c in codes)
    return [
        node
        for node in found
        if not isinstance(node, Literal) or node.language in (None, wanted)
    ]


class Shower:
    """Turns one stated document into values for a page.

    Args:
        graph: the document.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.claims: Claims = claims.read(graph)
        self._claimed_ways: dict[Node, set[Node]] = {}
        for about, way, _value in self.claims:
            self._claimed_ways.setdefault(about, set()).add(way)
        self.unheld = claims.unheld(self.claims, graph)
        self.remarks = evidence.remarks_of(graph)
        self._remarked: dict[Node, list[Remark]] = {}
        for remark in self.remarks:
            self._remarked.setdefault(remark.about, []).append(remark)
        self._anchored: set[URIRef] = set()
        names().prefetch(
            node for triple in graph for node in triple if isinstance(node, URIRef)
        )

    def value(self, node: Node, *, depth: int = 0) -> Value:
        """Show a node: a term as a link, a part with its properties inside."""
        if not isinstance(node, URIRef):
            return Value(said(node), node)
        shown = Value(names().name(node), node, href=href(node))
        shown.mark = claims.position_badge(node)
        is_part = "#" in node and (node, None, None) in self.graph
        if is_part and depth < MAX_DEPTH:
            if node not in self._anchored:
                self._anchored.add(node)
                shown.anchor = str(node).partition("#")[2]
            shown.href = None
            shown.remarks = [anchor_of(r.iri) for r in self._remarked.get(node, [])]
            shown.kinds = [
                self.value(kind, depth=MAX_DEPTH) for kind in self.kinds(node)
            ]
            shown.inside = self.properties(node, depth=depth + 1)
        return shown

    def kinds(self, part: URIRef) -> list[URIRef]:
        """List what a part is a case of: its telling classes and broader terms."""
        wanted = [
            kind
            for way in (RDF.type, SKOS.broader)
            for kind in sorted(self.graph.objects(part, way), key=str)
            if isinstance(kind, URIRef) and kind not in plain_kinds()
        ]
        own = names().name(part).text
        return [kind for kind in wanted if names().name(kind).text != own]

    def fields(self, subject: Node) -> list[form.Field]:
        """List the fields of a thing by its classes, in the order of the shapes."""
        found: dict[Node, form.Field] = {}
        for kind in sorted(self.graph.objects(subject, RDF.type), key=str):
            if isinstance(kind, URIRef):
                for one in form.fields(kind):
                    found.setdefault(one.path, one)
        return sorted(found.values(), key=lambda one: (one.group.order, one.order))

    def is_missed(self, subject: Node, way: URIRef) -> bool:
        """Tell whether a property without a value is shown as not stated."""
        only = missed_only_of().get(way)
        of_kind = only is None or (subject, RDF.type, only) in self.graph
        return way in expected() and of_kind

    def properties(
        self,
        subject: URIRef,
        *,
        depth: int = 0,
        without: Iterable[URIRef] = (),
        asked: bool = True,
    ) -> list[Property]:
        """Show what is said of a thing.

        Args:
            subject: the thing.
            depth: how deep inside another thing it stands.
            without: properties that are left out.
            asked: whether fields without a value are shown as not stated.
        """
        hidden = unsaid() | set(without)
        shown: dict[Node, Property] = {}
        for one in self.fields(subject):
            if one.path in hidden:
                continue
            said_of = self.claims.get((subject, one.path, None), [])
            has_value = (subject, one.path, None) in self.graph
            is_asked = asked and one.article and self.is_missed(subject, one.path)
            is_unheld = (subject, one.path) in self.unheld
            if has_value or said_of or is_unheld or is_asked:
                name = names().best(dict(one.label))
                shown[one.path] = self._property(subject, one.path, name, depth)
                shown[one.path].article = one.article
                shown[one.path].group = names().best(dict(one.group.label)).text
                shown[one.path].group_article = one.group.article
        rest = {way for way in self.graph.predicates(subject) if way not in shown}
        rest |= self._claimed_ways.get(subject, set()) - shown.keys()
        others = [
            self._property(subject, way, names().name(way), depth)
            for way in rest
            if isinstance(way, URIRef) and way not in hidden
        ]
        found = [*shown.values(), *sorted(others, key=lambda p: p.name.text)]
        if standing.is_transfer(subject, self.graph):
            ways = [one.iri for one in found]
            after = ROPA.decision if ROPA.decision in ways else DPV.hasLegalBasis
            at = ways.index(after) + 1 if after in ways else len(found)
            found[at:at] = self._standing(subject)
        return found

    def _standing(self, subject: URIRef) -> list[Property]:
        """Show what the tools of a transfer are worth on the day of the page."""
        found = standing.marks_of(subject, self.graph)
        if not found:
            return []
        what = names().name(ROPA.LawState)
        when = day(judged_day().isoformat())
        name = replace(what, text=_("%(what)s on %(day)s", what=what.text, day=when))
        values = []
        for decision, (mark, *remarks) in found:
            if decision is None or len(found) == 1:
                values.append(Value(mark.name, subject, mark=mark, badges=remarks))
            else:
                shown = Value(names().name(decision), decision, href=href(decision))
                shown.badges = [mark, *remarks]
                values.append(shown)
        return [Property(ROPA.LawState, name, values)]

    def _property(
        self, subject: URIRef, way: URIRef, name: Name, depth: int
    ) -> Property:
        general = self.claims.get((subject, way, None), [])
        values = [
            self._claimed(subject, way, node, depth)
            for node in (
                *in_one_language(self.graph.objects(subject, way)),
                *self.unheld.get((subject, way), []),
            )
        ]
        values.sort(key=lambda value: (value.name.text.casefold(), str(value.node)))
        shown = Property(way, name, values, notes=claims.notes(general))
        shown.reads = claims.reads(general)
        if values:
            shown.badges = claims.badges(general)
        else:
            shown.state = claims.absence(general)
        return shown

    def _claimed(self, subject: URIRef, way: URIRef, node: Node, depth: int) -> Value:
        shown = self.value(node, depth=depth)
        said_of = self.claims.get((subject, way, node), [])
        shown.badges = claims.badges(said_of)
        shown.notes = claims.notes(said_of)
        shown.reads = claims.reads(said_of)
        return shown

    def remarked(self) -> list[Remarked]:
        """Show the remarks of the document, each with what it is about."""
        return [
            Remarked(
                anchor=anchor_of(one.iri),
                kind=names().name(one.kind) if one.kind is not None else None,
                about=Value(names().name(one.about), one.about, href=href(one.about)),
                article=one.article,
                words=[names().name(n) for n in in_one_language(one.notes)],
                reads=places(one.passages),
            )
            for one in self.remarks
        ]


def anchor_of(iri: URIRef) -> str:
    """Give the fragment under which a part stands on the page of its entry."""
    return str(iri).partition("#")[2]


def grouped(properties: list[Property]) -> list[tuple[str, list[Property]]]:
    """Put properties under the headings of their groups, order kept."""
    groups: dict[str, list[Property]] = {}
    for one in properties:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())
