"""What changed between two states of an entry, in words: field by field, part by part.

Fields are called as the shapes call them, values as the ontology does. A part that is
new or gone is told as one thing, with what it says; claims and remarks are told under
what they are about. Forms of a period that are only derived from it are not told.

Pure: two graphs in, words out.

Source: SHACL section 2.3.2 (names of fields); GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, evidence, fields, vocabulary, wording
from ropa.evidence import Claim
from ropa.terms import (
    DCT,
    DPV,
    OA,
    RDF,
    RDFS,
    ROPA,
    SKOS,
    TIME,
    XSD,
    curie,
)

FIELD = "field"
ADDED = "added"
REMOVED = "removed"
CLAIM = "claim"
REMARK = "remark"

MOST_LETTERS = 240
"""Letters of one value in a sentence; more are cut, the first difference stays."""

MOST_PASSAGES = 3

_LAST = 1e9

_WORDS = {
    "en": {
        "quoted": "“{}”",
        "colon": "{}: {}",
        "and": "; ",
        "both": "was {was}, now {now}",
        "given": "now {now}, not said before",
        "taken": "was {was}, no longer said",
        "more": "added {now}",
        "less": "removed {was}",
        "mixed": "removed {was}, added {now}",
        "added": "new",
        "removed": "removed",
        "holds": "{what} ({said})",
        "others": "and {} more",
    },
    "fr": {
        "quoted": "«\u00a0{}\u00a0»",
        "colon": "{}\u00a0: {}",
        "and": "\u00a0; ",
        "both": "avant {was}, maintenant {now}",
        "given": "maintenant {now}, rien avant",
        "taken": "avant {was}, plus rien",
        "more": "ajouté {now}",
        "less": "retiré {was}",
        "mixed": "retiré {was}, ajouté {now}",
        "added": "ajout",
        "removed": "retrait",
        "holds": "{what} ({said})",
        "others": "et {} de plus",
    },
}

# ISO 8601 writes periods so; one, and several, of each unit.
_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_UNITS = {
    "en": (("year", "years"), ("month", "months"), ("week", "weeks"), ("day", "days")),
    "fr": (("an", "ans"), ("mois", "mois"), ("semaine", "semaines"), ("jour", "jours")),
}

Named = Callable[[URIRef], str | None]


@dataclass(frozen=True)
class FieldChange:
    """One thing that changed.

    Attributes:
        part: the entry, or the part of it, that it is said of.
        part_label: what that is called, with its kind for a part.
        field: the property; None where the part as a whole is new or gone.
        field_label: what the field is called there; empty where there is none.
        was: the values that are no longer there, in words.
        now: the values that were not there before, in words. Of a new part, and in
            `was` of one that is gone, what it says, field by field.
        kind: ``field``, ``added`` or ``removed`` (a part), ``claim`` or ``remark``
            (what is said of a field, or of the part).
        language: of the texts; empty where values have none.
        others: how many other values the field had before and has still.
    """

    part: URIRef
    part_label: str
    field: URIRef | None
    field_label: str
    was: tuple[str, ...]
    now: tuple[str, ...]
    kind: str = FIELD
    language: str = ""
    others: int = 0

    def as_values(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return {
            "part": str(self.part),
            "part_label": self.part_label,
            "field": str(self.field) if self.field is not None else None,
            "field_label": self.field_label,
            "kind": self.kind,
            "language": self.language or None,
            "was": list(self.was),
            "now": list(self.now),
            "others": self.others,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> FieldChange:
        """Read what `as_values` wrote."""
        field = values["field"]
        return cls(
            part=URIRef(values["part"]),
            part_label=values["part_label"],
            field=URIRef(field) if field else None,
            field_label=values["field_label"],
            was=tuple(values["was"]),
            now=tuple(values["now"]),
            kind=values["kind"],
            language=values["language"] or "",
            others=values["others"],
        )


def between(
    before: Graph, after: Graph, *, lang: str = "en", named: Named | None = None
) -> list[FieldChange]:
    """Say what changed between two states of an entry.

    Args:
        before: the earlier state; empty where the entry was not there.
        after: the later state; empty where it is no longer there.
        lang: language of the words.
        named: names things of other entries; what it does not know is called by the
            short form of its address.

    Returns:
        The entry itself first, then its parts in the order of their fields. Empty
        where nothing changed that a reader would be told.
    """
    return list(_Telling(before, after, lang, named).changes())


def said(changes: Iterable[FieldChange], lang: str = "en") -> list[str]:
    """Put changes into sentences, one for each.

    >>> said([FieldChange(URIRef("a#b"), "Recipient “Post”", DPV.hasCountry,
    ...                   "Country", ("France",), ("Ireland",))])
    ['Recipient “Post” · Country: was France, now Ireland']
    """
    words = _words(lang)
    return [_sentence(change, words) for change in changes]


def _words(lang: str) -> dict[str, str]:
    return _WORDS.get(lang, _WORDS["en"])


def _sentence(change: FieldChange, words: dict[str, str]) -> str:
    if change.kind in (ADDED, REMOVED):
        what = words[change.kind]
        details = change.now if change.kind == ADDED else change.was
        if details:
            cut = [_cut(one) for one in details]
            what = words["holds"].format(what=what, said=words["and"].join(cut))
        return words["colon"].format(change.part_label, what)
    place = [change.part_label] if "#" in change.part else []
    place.append(change.field_label)
    if change.was and change.now:
        key = "mixed" if change.others else "both"
    elif change.now:
        key = "more" if change.others else "given"
    else:
        key = "less" if change.others else "taken"
    was, now = shortened(change.was, change.now)
    told = words[key].format(was=", ".join(was), now=", ".join(now))
    return words["colon"].format(" · ".join(place), told)


def shortened(
    was: Sequence[str], now: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cut long values so that the place where two texts part can be seen."""
    start = 0
    if len(was) == len(now) == 1:
        pairs = zip(was[0], now[0], strict=False)
        same = next((n for n, (a, b) in enumerate(pairs) if a != b), 0)
        start = max(0, same - MOST_LETTERS // 3)
    return (
        tuple(_cut(one, start) for one in was),
        tuple(_cut(one, start) for one in now),
    )


def _cut(text: str, start: int = 0) -> str:
    if len(text) <= MOST_LETTERS:
        return text
    begins = "…" if start else ""
    ends = "…" if len(text) > start + MOST_LETTERS else ""
    return f"{begins}{text[start : start + MOST_LETTERS]}{ends}"


class _Place(NamedTuple):
    """Where a part hangs: what it is part of, and the order of the field."""

    owner: Node
    field: URIRef
    order: tuple[float, float]


class _Claimed(NamedTuple):
    """A claim in words: its values, and how they are known.

    Attributes:
        values: what it speaks of.
        brief: with its notes in the reader's language.
        whole: with its notes in every language.
    """

    values: str
    brief: str
    whole: str


class _Telling:
    """Compares two states."""

    def __init__(
        self, before: Graph, after: Graph, lang: str, named: Named | None
    ) -> None:
        self.before, self.after = _lean(before), _lean(after)
        self.lang, self.words = lang, _words(lang)
        self.named = named
        self.known = vocabulary.load()
        self._labels: dict[tuple[tuple[URIRef, ...], URIRef], str] = {}
        self._orders: dict[tuple[tuple[URIRef, ...], URIRef], tuple[float, float]] = {}
        self._kinds: dict[URIRef, URIRef] = {}
        self.places = {**_places(self.before, self), **_places(self.after, self)}

    # -- what is told --------------------------------------------------------------

    def changes(self) -> Iterator[FieldChange]:
        """Tell what changed, in order."""
        was, now = set(self.before), set(self.after)
        touched = {_subject(s) for s, _, _ in was ^ now}
        old = {_subject(s) for s, _, _ in was}
        new = {_subject(s) for s, _, _ in now}
        self.appeared, self.vanished = new - old, old - new
        claims, claim_nodes = self._claims(touched)
        remarks, remark_nodes = self._remarks(touched)
        found: list[FieldChange] = [*claims, *remarks]
        plain = touched - claim_nodes - remark_nodes
        counts = self._claim_counts
        for part in plain:
            if part in self.appeared or part in self.vanished:
                if not self._is_position_of_another(part):
                    found.append(self._whole(part, counts.get(part, 0)))
            else:
                found += self._fields(part)
        yield from sorted(found, key=self._order)

    def _whole(self, part: URIRef, claims: int) -> FieldChange:
        is_new = part in self.appeared
        graph = self.after if is_new else self.before
        told = tuple(self._says(graph, part))
        if claims:
            told += (self.words["colon"].format(self._name(ROPA.Claim), claims),)
        return FieldChange(
            part=part,
            part_label=self._part_label(part),
            field=None,
            field_label="",
            was=() if is_new else told,
            now=told if is_new else (),
            kind=ADDED if is_new else REMOVED,
        )

    def _says(self, graph: Graph, part: URIRef) -> Iterator[str]:
        """Say what a part says, field by field; what its name says is left out."""
        by_field: dict[URIRef, list[Node]] = defaultdict(list)
        for way, value in graph.predicate_objects(part):
            by_field[URIRef(str(way))].append(value)
        name = self._own_name(graph, part)
        named = {way for way in _NAMES if name and str(name[1]) == str(way)}
        classes = _classes(graph, part)
        for way in sorted(by_field, key=lambda w: (self._field_order(classes, w), w)):
            if way in named or (way == RDF.type and "#" in part):
                continue
            values = _one_language(by_field[way], self.lang)
            told = sorted(self._value(value) for value in values if value != part)
            if told:
                label = self._field_label(classes, way)
                yield self.words["colon"].format(label, ", ".join(told))

    def _fields(self, part: URIRef) -> Iterator[FieldChange]:
        """Tell of one part that stays which of its fields have other values."""
        old, new = (
            {(p, o) for _, p, o in graph.triples((part, None, None))}
            for graph in (self.before, self.after)
        )
        moved: dict[tuple[URIRef, str], tuple[list[Node], list[Node]]] = {}
        for side, statements in ((0, old - new), (1, new - old)):
            for way, value in statements:
                if self._is_told_as_whole(part, value):
                    continue
                key = (URIRef(str(way)), _language(value))
                moved.setdefault(key, ([], []))[side].append(value)
        kept = Counter((URIRef(str(p)), _language(o)) for p, o in old & new)
        classes = tuple(
            dict.fromkeys((*_classes(self.after, part), *_classes(self.before, part)))
        )
        for (way, language), (was, now) in moved.items():
            told_was, told_now = self._in_words(was), self._in_words(now)
            if told_was == told_now:
                # The same words for two values: told as they are written.
                told_was, told_now = _raw(was), _raw(now)
            label = self._field_label(classes, way)
            if language and language.partition("-")[0] != self.lang:
                label = f"{label} ({language})"
            yield FieldChange(
                part=part,
                part_label=self._part_label(part),
                field=way,
                field_label=label,
                was=told_was,
                now=told_now,
                language=language,
                others=kept[way, language],
            )

    def _is_told_as_whole(self, part: URIRef, value: Node) -> bool:
        """Tell whether a statement only hangs a part up that is itself new or gone."""
        if not isinstance(value, URIRef):
            return False
        place = self.places.get(value)
        is_moved = value in self.appeared or value in self.vanished
        return is_moved and place is not None and place.owner == part

    def _is_position_of_another(self, part: URIRef) -> bool:
        graph = self.after if part in self.appeared else self.before
        place = self.places.get(part)
        is_position = (part, OA.start, None) in graph or (part, OA.end, None) in graph
        return (
            is_position
            and place is not None
            and (place.owner in self.appeared or place.owner in self.vanished)
        )

    # -- claims and remarks --------------------------------------------------------

    def _claims(self, touched: set[URIRef]) -> tuple[list[FieldChange], set[URIRef]]:
        """Tell claims under the field that they are about."""
        sides: list[dict[tuple[URIRef, URIRef], Counter[_Claimed]]] = []
        nodes: set[URIRef] = set()
        self._claim_counts: dict[URIRef, int] = {}
        for graph in (self.before, self.after):
            side: dict[tuple[URIRef, URIRef], Counter[_Claimed]] = {}
            for claim in evidence.claims_of(graph):
                about, way = URIRef(str(claim.about)), URIRef(str(claim.field))
                if claim.iri in touched:
                    nodes.add(claim.iri)
                    values = ", ".join(self._value(one) for one in claim.values)
                    notes = _one_language(claim.notes, self.lang)
                    told = _Claimed(
                        values,
                        self._claim_in_words(claim, notes),
                        self._claim_in_words(claim, claim.notes),
                    )
                    side.setdefault((about, way), Counter())[told] += 1
            sides.append(side)
        found = []
        for about, way in sorted(sides[0].keys() | sides[1].keys()):
            old = sides[0].get((about, way), Counter())
            new = sides[1].get((about, way), Counter())
            was, now = old - new, new - old
            if about in self.appeared or about in self.vanished:
                total = (new if about in self.appeared else old).total()
                self._claim_counts[about] = self._claim_counts.get(about, 0) + total
                continue
            held = [one.whole for one in was.elements()]
            holds = [one.whole for one in now.elements()]
            # A claim that only followed its value is told with the value.
            if sorted(held) == sorted(holds) and self._values_moved(about, way):
                continue
            if was or now:
                found.append(self._claim_change(about, way, was, now))
        return found, nodes

    def _values_moved(self, about: URIRef, way: URIRef) -> bool:
        before = set(self.before.objects(about, way))
        return before != set(self.after.objects(about, way))

    def _claim_change(
        self,
        about: URIRef,
        way: URIRef,
        was: Counter[_Claimed],
        now: Counter[_Claimed],
    ) -> FieldChange:
        classes = _classes(self.after, about) or _classes(self.before, about)
        label = self._field_label(classes, way)
        told_was, told_now = (
            self._told_claims(side, whole=False) for side in (was, now)
        )
        if told_was == told_now:
            told_was, told_now = (
                self._told_claims(side, whole=True) for side in (was, now)
            )
        return FieldChange(
            part=about,
            part_label=self._part_label(about),
            field=way,
            field_label=f"{label} · {self._name(ROPA.Claim)}",
            was=told_was,
            now=told_now,
            kind=CLAIM,
        )

    def _told_claims(
        self, claims: Counter[_Claimed], *, whole: bool
    ) -> tuple[str, ...]:
        told = []
        for one in sorted(claims.elements()):
            words = one.whole if whole else one.brief
            both = self.words["colon"].format(one.values, words)
            told.append(both if one.values and words else words or one.values)
        return tuple(told)

    def _claim_in_words(self, claim: Claim, notes: Iterable[Node]) -> str:
        told = [
            self._name(term)
            for term in (claim.state, claim.origin, claim.level)
            if isinstance(term, URIRef)
        ]
        if not claim.is_explicit:
            told.append(
                self.words["colon"].format(
                    self._field_label((ROPA.Claim,), ROPA.explicit),
                    wording.truth("false", self.lang),
                )
            )
        told += [self._value(note) for note in notes]
        if claim.passages:
            names = [self._name(one) for one in claim.passages[:MOST_PASSAGES]]
            more = len(claim.passages) - len(names)
            if more:
                names.append(self.words["others"].format(more))
            label = self._field_label((ROPA.Claim,), ROPA.passage)
            told.append(self.words["colon"].format(label, ", ".join(names)))
        return ", ".join(told)

    def _remarks(self, touched: set[URIRef]) -> tuple[list[FieldChange], set[URIRef]]:
        """Tell remarks under what they are about."""
        found: dict[URIRef, tuple[list[str], list[str]]] = {}
        nodes: set[URIRef] = set()
        for side, graph in enumerate((self.before, self.after)):
            for remark in evidence.remarks_of(graph):
                if remark.iri in touched:
                    nodes.add(remark.iri)
                    about = URIRef(str(remark.about))
                    told = [self._value(n) for n in remark.notes]
                    if isinstance(remark.kind, URIRef):
                        told.insert(0, self._name(remark.kind))
                    if remark.article:
                        told.append(wording.citation(remark.article, self.lang))
                    told += [self._name(one) for one in remark.passages]
                    lists = found.setdefault(about, ([], []))
                    lists[side].append(", ".join(told))
        changes = [
            FieldChange(
                part=about,
                part_label=self._part_label(about),
                field=ROPA.Remark,
                field_label=self._name(ROPA.Remark),
                was=tuple(sorted(set(was) - set(now))),
                now=tuple(sorted(set(now) - set(was))),
                kind=REMARK,
            )
            for about, (was, now) in found.items()
            if set(was) != set(now)
        ]
        return changes, nodes

    # -- names ---------------------------------------------------------------------

    def _in_words(self, values: Iterable[Node]) -> tuple[str, ...]:
        return tuple(sorted((self._value(v) for v in values), key=str.casefold))

    def _value(self, node: Node) -> str:
        if not isinstance(node, Literal):
            return self._name(node)
        if node.datatype == XSD.boolean:
            return wording.truth(str(node), self.lang)
        if node.datatype in (None, XSD.string, RDF.langString):
            period = None if node.language else _period(str(node), self.lang)
            return period or self.words["quoted"].format(node)
        return str(node)

    def _name(self, node: Node) -> str:
        iri = URIRef(str(node))
        for graph in (self.after, self.before):
            start, end = graph.value(iri, OA.start), graph.value(iri, OA.end)
            if start is not None and end is not None:
                return f"{start}-{end}"
            own = self._own_name(graph, iri)
            if own:
                return own[0]
        short = self.known.label(iri, self.lang)
        if short != curie(str(iri)):
            return short
        elsewhere = self.named(iri) if self.named is not None else None
        return elsewhere or wording.name_of(iri)

    def _own_name(self, graph: Graph, iri: URIRef) -> tuple[str, URIRef] | None:
        """Give what a graph calls a thing, and the property that says so."""
        for way in _NAMES:
            texts = [o for o in graph.objects(iri, way) if isinstance(o, Literal)]
            found = evidence.best(sorted(texts), self.lang)
            if found is not None:
                return str(found), way
        # A part without a name is called as what it is a case of.
        for way in _STAND_INS:
            stands = [o for o in graph.objects(iri, way) if isinstance(o, URIRef)]
            if stands and min(stands) != iri and "#" in iri:
                return self._name(min(stands)), way
        return None

    def _part_label(self, part: URIRef) -> str:
        """Give the kind of a part with its name; of an entry the name alone."""
        name = self._name(part)
        if "#" not in part:
            return name
        kind = self._kind(part)
        if kind is None:
            return name
        label = self._name(kind)
        is_same = label.casefold() == name.casefold()
        return label if is_same else f"{label} {self.words['quoted'].format(name)}"

    def _kind(self, part: URIRef) -> URIRef | None:
        """Give the class that a part's form is for: the broadest of those above it."""
        classes = _classes(self.after, part) or _classes(self.before, part)
        for class_ in classes:
            if class_ not in self._kinds:
                forms = {c for f in fields.fields(class_) for c in f.classes}
                above = (self.known.broader(class_) & forms) or {class_}
                self._kinds[class_] = min(
                    above, key=lambda c: (len(self.known.broader(c)), c)
                )
            return self._kinds[class_]
        return None

    def _field_label(self, classes: tuple[URIRef, ...], way: URIRef) -> str:
        key = (classes, way)
        if key not in self._labels:
            texts = fields.label_of(way, classes)
            self._labels[key] = (
                texts.get(self.lang) or texts.get("en") or self._name(way)
            )
        return self._labels[key]

    def _field_order(
        self, classes: tuple[URIRef, ...], way: URIRef
    ) -> tuple[float, float]:
        key = (classes, way)
        if key not in self._orders:
            places = [
                (field.group.order, field.order)
                for class_ in classes
                for field in fields.fields(class_)
                if field.path == way
            ]
            self._orders[key] = min(places, default=(_LAST, _LAST))
        return self._orders[key]

    def _order(self, change: FieldChange) -> tuple[Any, ...]:
        part = change.part
        classes = _classes(self.after, part) or _classes(self.before, part)
        place = self.places.get(part)
        within = (
            self._field_order(classes, change.field)
            if change.field is not None
            else (-1.0, -1.0)
        )
        return (
            str(entry.document(part)),
            "#" in part,
            place.order if place is not None else (_LAST, _LAST),
            change.part_label.casefold(),
            str(part),
            within,
            change.kind != FIELD,
            change.field_label,
            change.language,
        )


_NAMES: tuple[URIRef, ...] = (SKOS.prefLabel, DCT.title, DPV.hasName, RDFS.label)
_STAND_INS: tuple[URIRef, ...] = (ROPA.contactKind, ROPA.organisation, SKOS.broader)
_DERIVED: tuple[URIRef, ...] = (ROPA.days, TIME.numericDuration, TIME.unitType)


def _lean(graph: Graph) -> Graph:
    """Leave out what is only another form of a period."""
    bare = Graph(store="SimpleMemory")
    for triple in graph:
        if triple[1] not in _DERIVED:
            bare.add(triple)
    again = set(entry.complete(bare))
    for triple in graph:
        if triple[1] in _DERIVED and triple not in again:
            bare.add(triple)
    return bare


def _places(graph: Graph, telling: _Telling) -> dict[URIRef, _Place]:
    """Find what each part hangs on, beginning with the entries."""
    children: dict[URIRef, list[tuple[URIRef, URIRef]]] = defaultdict(list)
    for s, p, o in graph:
        is_part = isinstance(o, URIRef) and "#" in o
        if is_part and (o, None, None) in graph:
            children[_subject(s)].append((URIRef(str(p)), URIRef(str(o))))
    aside = set(graph.subjects(RDF.type, ROPA.Claim))
    aside |= set(graph.subjects(RDF.type, ROPA.Remark))
    found: dict[URIRef, _Place] = {}
    starts = sorted(s for s in children if "#" not in s)
    others = sorted(s for s in children if "#" in s and s not in aside)
    for start in (*starts, *others):
        pending = [start]
        while pending:
            owner = pending.pop(0)
            classes = _classes(graph, owner)
            for way, part in sorted(children[owner]):
                if part not in found and part != owner and owner not in aside:
                    order = telling._field_order(classes, way)
                    found[part] = _Place(owner, way, order)
                    pending.append(part)
    return found


def _period(text: str, lang: str) -> str | None:
    """Say an ISO 8601 period in words; None where the text is none.

    >>> _period("P1Y6M", "en"), _period("P3Y", "fr"), _period("Post", "en")
    ('1 year 6 months', '3 ans', None)
    """
    found = _PERIOD.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    units = _UNITS.get(lang, _UNITS["en"])
    return " ".join(
        f"{number} {unit[int(number) > 1]}"
        for number, unit in zip(found.groups(), units, strict=True)
        if number
    )


def _subject(node: Node) -> URIRef:
    return URIRef(str(node))


def _classes(graph: Graph, part: URIRef) -> tuple[URIRef, ...]:
    kinds = graph.objects(part, RDF.type)
    return tuple(sorted(kind for kind in kinds if isinstance(kind, URIRef)))


def _language(node: Node) -> str:
    return (node.language or "") if isinstance(node, Literal) else ""


def _raw(values: Iterable[Node]) -> tuple[str, ...]:
    return tuple(sorted(value.n3() for value in values))


def _one_language(nodes: Iterable[Node], lang: str) -> list[Node]:
    """Keep, of texts in several languages, those of the reader's."""
    found = list(nodes)
    codes = {_language(node) for node in found} - {""}
    if len(codes) < 2:
        return found
    first = sorted(c for c in codes if c.partition("-")[0] == lang)
    english = sorted(c for c in codes if c.partition("-")[0] == "en")
    wanted = (first or english or sorted(codes))[0]
    return [node for node in found if _language(node) in ("", wanted)]
