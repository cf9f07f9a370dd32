"""Prove that the shipped classification and a reasoner come to the same conclusions.

HermiT judges ontology and entries in portions, each with what it refers to. Whatever
class it finds for any thing must be one that `ropa.inference.axioms` finds as well, and
the other way round. An entry that contradicts the ontology is named with the statements
that do and set aside, since anything would follow from it; the rest is still compared.

A thing with two names where there can be one (``owl:FunctionalProperty``) is set aside
as well: a reasoner would take the two for one and the same, which nobody means.

Source: OWL 2 Direct Semantics; OWL 2 Profiles, theorem PR1.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, kinds, wording
from ropa import vocabulary as words
from ropa.errors import InputError, LimitReached, NotFound
from ropa.inference import axioms, contradictions, logic, reasoner
from ropa.inference.contradictions import Contradiction
from ropa.store.base import Table
from ropa.terms import DCT, DPV, OA, RDF, ROPA, XSD

Triple = tuple[Any, Any, Any]
Pair = tuple[URIRef, URIRef]

# Some sixty activities with their claims, or six hundred without: what HermiT judges
# in a few seconds more than it needs for the ontology alone.
PORTION_STATEMENTS = 30_000
# HermiT takes up to a gigabyte of memory.
MOST_AT_ONCE = 2
# Each contradiction that the program finds is shown to the reasoner, for so long.
CONFIRM_SECONDS = 120

GRAPHS = "SELECT DISTINCT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }"
BELONGING = """
SELECT DISTINCT ?entry ?company WHERE {
  ?record a dpcat:ROPA ; dct:publisher ?company .
  { ?entry dct:isPartOf ?record } UNION { ?record dct:publisher ?entry }
}
"""


class Reads(Protocol):
    """Whatever answers our queries and gives entries: a register, or a server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry."""


class Difference(NamedTuple):
    """A class that one side finds for a thing, and the other does not.

    Args:
        thing: a thing of an entry, or a term.
        kind: the class.
        by_reasoner: the reasoner finds it, and the program does not.
        text: the same in words.
        because: the statements that the program rests on, in words.
    """

    thing: URIRef
    kind: URIRef
    by_reasoner: bool
    text: str
    because: tuple[str, ...] = ()


class Clash(NamedTuple):
    """Statements of entries that contradict the ontology.

    Args:
        entries: where they stand.
        text: why they cannot be true together, in words.
        statements: each in words.
        is_confirmed: the reasoner finds it as well; None if it was not asked.
    """

    entries: tuple[URIRef, ...]
    text: str
    statements: tuple[str, ...]
    is_confirmed: bool | None = None


@dataclass(frozen=True)
class Proof:
    """What the comparison came to.

    Args:
        activities: how many activities were compared.
        entries: how many entries.
        memberships: how many classes follow for the things of the entries, added up.
        kinds: how many things of the entries each of these classes has.
        differences: where the two sides disagree.
        clashes: what contradicts the ontology.
    """

    activities: int
    entries: int
    memberships: int
    kinds: Mapping[URIRef, int]
    differences: tuple[Difference, ...]
    clashes: tuple[Clash, ...]

    @property
    def agrees(self) -> bool:
        """Nothing differs and nothing contradicts the ontology."""
        return not self.differences and not self.clashes


def prove(
    reads: Reads,
    company: URIRef | None = None,
    *,
    lang: str = "en",
    has_evidence: bool = True,
    most: int = PORTION_STATEMENTS,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Proof:
    """Compare what the reasoner and the program conclude for entries.

    Args:
        reads: an open register, or a running server.
        company: only its entries; those of all, and what they share, if None.
        lang: language of the words.
        has_evidence: judge claims and passages, too, which are most of a notice.
        most: statements that are judged together; an entry is never parted.
        progress: told after each portion how many entries of how many are done.

    Raises:
        NotSupported: there is no Java runtime, which the reasoner needs.
        LimitReached: the reasoner gave no verdict in time even on a single entry,
            which is named.
        InternalError: the reasoner failed.
    """
    reasoner.require_java()
    entries = {name: reads.read(name) for name in _names(reads, company)}
    if not has_evidence:
        entries = {name: _bare(graph) for name, graph in entries.items()}
    work = _Comparing(reads, entries, lang)
    found = _Found()
    portions = list(_portions(entries, most))
    tasks = [(portion, work.around(portion)) for portion in portions]
    with ThreadPoolExecutor(min(MOST_AT_ONCE, os.cpu_count() or 1)) as several:
        for portion, one in zip(
            portions, several.map(lambda task: work.compare(*task), tasks), strict=True
        ):
            found.add(one)
            progress(len(portion), len(entries))
    return work.proof(found)


def _names(reads: Reads, company: URIRef | None) -> list[URIRef]:
    if company is None:
        names = {URIRef(str(name)) for (name,) in reads.select(GRAPHS).rows}
        return sorted(name for name in names if not entry.is_reserved(name))
    rows = reads.select(BELONGING).rows
    return sorted({entry.document(URIRef(str(n))) for n, of in rows if of == company})


def _bare(graph: Graph) -> Graph:
    """Give what is stated, without how it is known."""
    kinds_ = (ROPA.Claim, ROPA.Remark, OA.SpecificResource, OA.TextPositionSelector)
    left_out = {s for kind in kinds_ for s in graph.subjects(RDF.type, kind)}
    bare = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in graph:
        if triple[0] not in left_out:
            bare.add(triple)
    return bare


def _portions(entries: Mapping[URIRef, Graph], most: int) -> Iterator[list[URIRef]]:
    """Share entries out; those of one company stay side by side."""

    def home(name: URIRef) -> tuple[str, str]:
        record = entries[name].value(name, DCT.isPartOf)
        return str(entry.document(record) if record else name), str(name)

    portion: list[URIRef] = []
    size = 0
    for name in sorted(entries, key=home):
        if portion and size + len(entries[name]) > most:
            yield portion
            portion, size = [], 0
        portion.append(name)
        size += len(entries[name])
    if portion:
        yield portion


@dataclass
class _Found:
    """What was found in some portions."""

    compared: set[URIRef] = field(default_factory=set)
    members: set[Pair] = field(default_factory=set)
    # For each pair that differs, whether the reasoner found it, and what with.
    differing: dict[Pair, tuple[bool, tuple[Triple, ...]]] = field(default_factory=dict)
    clashing: dict[tuple[Any, ...], Contradiction] = field(default_factory=dict)

    def add(self, other: _Found) -> None:
        """Take in what was found elsewhere."""
        self.compared |= other.compared
        self.members |= other.members
        self.differing |= other.differing
        self.clashing |= other.clashing


class _Comparing:
    """The comparison of entries, portion by portion."""

    def __init__(
        self, reads: Reads, entries: Mapping[URIRef, Graph], lang: str
    ) -> None:
        self._reads = reads
        self._entries = entries
        self._lang = lang
        self._vocabulary = words.load()
        self._elsewhere: dict[URIRef, Graph] = {}

    def around(self, names: Iterable[URIRef]) -> set[URIRef]:
        """Find the entries that some entries refer to, and are none of them."""
        own = set(names)
        named = {
            entry.document(o)
            for name in own
            for _, p, o in self._entries[name]
            if isinstance(o, URIRef) and p != RDF.type
        }
        return {n for n in named - own if len(self._graph(n))}

    def _graph(self, name: URIRef) -> Graph:
        """Give an entry, or what else has a name; empty where it is none."""
        if name in self._entries:
            return self._entries[name]
        if name not in self._elsewhere:
            graph = Graph()
            is_ours = self._vocabulary.is_governed(name) or entry.is_reserved(name)
            if not is_ours and not self._vocabulary.is_known(name):
                try:
                    graph = self._reads.read(name)
                except NotFound:
                    graph = Graph()
            self._elsewhere[name] = graph
        return self._elsewhere[name]

    def compare(self, names: Iterable[URIRef], around: Iterable[URIRef]) -> _Found:
        """Compare both sides on some entries, and name those that contradict."""
        found = _Found()
        own, others = set(names), set(around)
        data = self._data(own | others)
        for clash in contradictions.find(data):
            found.clashing[clash[:4]] = clash
            guilty = {entry.document(s) for s, _, _ in clash.statements}
            own, others = own - guilty, others - guilty
        if found.clashing:
            data = self._data(own | others)
        if own:
            found.add(self._judged(sorted(own), others, data))
        return found

    def _judged(
        self, own: list[URIRef], around: set[URIRef], data: set[Triple]
    ) -> _Found:
        """Let the reasoner judge, on fewer entries where it cannot on all."""
        try:
            said = reasoner.classify(self._shown(data))
        except LimitReached as error:
            if len(own) == 1:
                raise LimitReached(
                    f"{wording.name_of(own[0])}: {error.message}",
                    hint="The entry has too many statements to be proven; "
                    "inference itself has no such limit.",
                    **{k: v for k, v in error.details.items() if k != "hint"},
                ) from error
        except InputError as error:
            if len(own) == 1:
                return self._clashing(own[0], around, error)
        else:
            return self._differing(own, data, said.types)
        found = _Found()
        half = len(own) // 2
        for part in (own[:half], own[half:]):
            rest = around | {*own} - {*part}
            near = self.around(part) & rest
            found.add(self._judged(part, near, self._data({*part} | near)))
        return found

    def _clashing(self, name: URIRef, around: set[URIRef], error: InputError) -> _Found:
        """Find the statements of an entry that the reasoner finds contradictory."""
        clash: tuple[Triple, ...] = ()
        how = "refused"
        if error.details.get("contradicts"):
            how = "reasoner"
            graph = self._shown(self._data(around))
            suspects = self._shown(self._data({name}), base=False)
            clash = reasoner.check_consistency(graph, suspects).clash
        statements = clash or ((name, RDF.type, OWL_NOTHING),)
        told = Contradiction(how, name, (), statements)
        return _Found(clashing={told[:4]: told})

    def _data(self, names: Iterable[URIRef]) -> set[Triple]:
        return {triple for name in names for triple in self._graph(name)}

    def _shown(self, data: Iterable[Triple], *, base: bool = True) -> Graph:
        """Give ontology and statements as HermiT can take them.

        It refuses dates and does not see texts in a language. Where such a value
        matters, as that the thing has one, a plain text stands in for it.
        """
        graph = Graph(store="SimpleMemory", bind_namespaces="none")
        if base:
            graph += self._vocabulary.graph
        ways = logic.shipped_logic().ways
        for s, p, o in data:
            plain = isinstance(o, Literal) and p in ways
            graph.add((s, p, _stand_in(o) if plain else o))
        return graph

    def _differing(
        self, own: Iterable[URIRef], data: set[Triple], said: Iterable[Pair]
    ) -> _Found:
        """Compare all classes of all things, those of terms included."""
        conclusions = axioms.conclude(data, axioms.known_of)
        stated = {(s, o) for s, p, o in data if p == RDF.type}
        ours = {*conclusions, *kinds.memberships()} - stated
        theirs = set(said)
        found = _Found(compared={*own})
        found.members = {
            p for p in ours & theirs if entry.document(p[0]) in found.compared
        }
        for pair in ours ^ theirs:
            because = axioms.grounds(conclusions, (pair[0], RDF.type, pair[1]))
            found.differing[pair] = (pair in theirs, () if pair in theirs else because)
        return found

    # -- in words ----------------------------------------------------------------

    def proof(self, found: _Found) -> Proof:
        """Put what was found into words."""
        counted: dict[URIRef, int] = {}
        for _, kind in found.members:
            counted[kind] = counted.get(kind, 0) + 1
        differences = [
            self._difference(pair, *found.differing[pair])
            for pair in sorted(found.differing)
        ]
        clashes = []
        end = time.monotonic() + CONFIRM_SECONDS
        for key in sorted(found.clashing, key=str):
            one = found.clashing[key]
            is_confirmed = self._confirmed(one, end)
            clashes.append(self._clash(one, is_confirmed))
            if is_confirmed is False and one.is_certain:
                text = _TEXTS[self._lang]["doubt"].format(thing=self._called(one.thing))
                differences.append(
                    Difference(
                        one.thing, OWL_NOTHING, False, text, clashes[-1].statements
                    )
                )
        activity = (RDF.type, DPV.PersonalDataProcess)
        return Proof(
            activities=sum((n, *activity) in self._graph(n) for n in found.compared),
            entries=len(found.compared),
            memberships=len(found.members),
            kinds=counted,
            differences=tuple(differences),
            clashes=tuple(clashes),
        )

    def _confirmed(self, one: Contradiction, end: float) -> bool | None:
        """Ask the reasoner about one contradiction, while there is time."""
        if one.how in ("reasoner", "refused"):
            return True
        # Of datatypes HermiT knows only some.
        if one.how == "datatype" or time.monotonic() > end:
            return None
        return not reasoner.check_consistency(self._shown(one.statements)).consistent

    def _difference(
        self, pair: Pair, by_reasoner: bool, because: tuple[Triple, ...]
    ) -> Difference:
        text = _TEXTS[self._lang]["theirs" if by_reasoner else "ours"].format(
            thing=self._called(pair[0]), kind=self._quoted(pair[1])
        )
        told = tuple(self._said(t) for t in because if t[::2] != pair)
        return Difference(*pair, by_reasoner, text, told)

    def _clash(self, one: Contradiction, is_confirmed: bool | None) -> Clash:
        entries = {entry.document(s) for s, _, _ in one.statements}
        text = _TEXTS[self._lang][one.how].format(
            thing=self._called(one.thing),
            **{f"term{n}": self._quoted(term) for n, term in enumerate(one.terms)},
        )
        return Clash(
            entries=tuple(sorted(e for e in entries if len(self._graph(e)))),
            text=text,
            statements=tuple(
                self._said(t) for t in one.statements if t[2] != OWL_NOTHING
            ),
            is_confirmed=is_confirmed,
        )

    def _said(self, triple: Triple) -> str:
        """Say a statement: thing, field and value, by their labels."""
        s, p, o = triple
        value = self._label(o) if p == RDF.type else self._called(o)
        return f"{self._called(s)} · {self._label(p)}: {value}"

    def _called(self, node: Any) -> str:
        """Name a thing by its label and address, a term by its label."""
        if isinstance(node, Literal):
            return wording.label(Graph(), node)[self._lang]
        if self._vocabulary.is_known(node):
            return self._label(node)
        graph = self._graph(entry.document(node))
        name, label = wording.name_of(node), wording.label(graph, node)[self._lang]
        return name if label == name else f"{label} ({name})"

    def _quoted(self, term: URIRef) -> str:
        return _QUOTED[self._lang].format(self._label(term))

    def _label(self, term: URIRef) -> str:
        return self._vocabulary.label(term, self._lang)


OWL_NOTHING = URIRef("http://www.w3.org/2002/07/owl#Nothing")

_QUOTED: Mapping[str, str] = {"en": "“{}”", "fr": "«\u00a0{}\u00a0»"}
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "theirs": "{thing} is {kind} by the reasoner alone.",
        "ours": "{thing} is {kind} by the shipped classification alone.",
        "doubt": "{thing}: only the program finds a contradiction.",
        "classes": "{thing} cannot be {term0} and {term1} at once.",
        "neither": "{thing} must be {term0} or {term1}, and can be neither.",
        "values": "{thing} has two values of {term0}, of which there can be one.",
        "datatype": "{thing} has a value of {term0} that is of another kind.",
        "reasoner": "{thing} contradicts the ontology.",
        "refused": "The reasoner cannot take what is stated of {thing}.",
    },
    "fr": {
        "theirs": "{thing} est {kind} pour le seul raisonneur.",
        "ours": "{thing} est {kind} pour la seule classification fournie.",
        "doubt": "{thing}\u00a0: seul le programme trouve une contradiction.",
        "classes": "{thing} ne peut être à la fois {term0} et {term1}.",
        "neither": "{thing} doit être {term0} ou {term1}, et ne peut être ni l'un ni "
        "l'autre.",
        "values": "{thing} a deux valeurs de {term0} au lieu d'une seule.",
        "datatype": "{thing} a une valeur de {term0} d'un autre type.",
        "reasoner": "{thing} contredit l'ontologie.",
        "refused": "Le raisonneur ne peut lire ce qui est indiqué de {thing}.",
    },
}


def _stand_in(value: Literal) -> Literal:
    """Give a value that HermiT can take, equal to no other value's."""
    if value.datatype in (XSD.boolean, XSD.integer, XSD.decimal):
        return value
    if isinstance(value.value, int) and not isinstance(value.value, bool):
        return Literal(int(value.value), datatype=XSD.integer)
    if value.language is None and value.datatype in (None, XSD.string):
        return Literal(str(value), datatype=XSD.string)
    kind = value.language or value.datatype
    return Literal(f"{value} {kind}", datatype=XSD.string)
