"""Entries made at random, to compare the reasoner and the program on.

Two kinds: records as people write them, with terms of their own below the vocabulary's,
and statements of any property between any things, as nobody would write them. The same
seed gives the same entries.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import kinds
from ropa.inference import axioms, contradictions, logic
from ropa.terms import DCT, DPV, GDPR, LOC, PD, RDF, ROPA, SKOS, XSD

BASE = "https://example.org/random/"
Triple = tuple[Any, Any, Any]


def records(activities: int, seed: int = 1) -> dict[URIRef, Graph]:
    """Make a company with its activities, and two organisations.

    Each kind of term is used in turn, directly and below own terms, some of which
    stand in hierarchies that circle.
    """
    chance = random.Random(seed)
    company = URIRef(f"{BASE}companies/firm-{seed}")
    found = {
        company: Graph(),
        **{
            URIRef(f"{BASE}organisations/{name}"): Graph()
            for name in ("host", "office")
        },
    }
    host, office = list(found)[1:]
    for triple in (
        (company, RDF.type, DPV.LegalEntity),
        (host, RDF.type, DPV.Organisation),
        (office, RDF.type, DPV.InternationalOrganisation),
    ):
        found[triple[0]].add(triple)
    for number in range(activities):
        name = URIRef(f"{BASE}activities/firm-{seed}/activity-{number}")
        found[name] = Graph()
        writer = _Writer(name, found[name], chance, number)
        writer.write(company, host, office)
    return found


def _terms_by_kind() -> list[tuple[URIRef, list[URIRef]]]:
    """Give the kinds that terms have, each with its terms, in a fixed order."""
    found: dict[URIRef, list[URIRef]] = {}
    for term, kind in kinds.memberships():
        if kind in axioms.kinds():
            found.setdefault(kind, []).append(term)
    return sorted((kind, sorted(terms)) for kind, terms in found.items())


# How an activity says what it uses a term for: the property, and the class of a term
# of its own.
_PLACES: dict[str, tuple[URIRef, URIRef | None]] = {
    "AutomatedEvaluation": (DPV.hasProcessing, None),
    "Children": (DPV.hasDataSubject, DPV.DataSubject),
    "DirectMarketingPurpose": (DPV.hasPurpose, DPV.Purpose),
    "EmploymentPurpose": (DPV.hasPurpose, DPV.Purpose),
    "TerminalTechnology": (DPV.isImplementedUsingTechnology, DPV.Technology),
    "VulnerablePeople": (DPV.hasHumanSubject, DPV.DataSubject),
}
_BASES = ("Basis", "Condition", "Tool")


class _Writer:
    """Writes one activity."""

    def __init__(
        self, name: URIRef, graph: Graph, chance: random.Random, number: int
    ) -> None:
        self.name = name
        self._graph = graph
        self._chance = chance
        self._number = number
        self._parts = 0

    def write(self, company: URIRef, host: URIRef, office: URIRef) -> None:
        """State what an activity may state, by chance."""
        chance, me = self._chance, self.name
        self._say((me, RDF.type, DPV.PersonalDataProcess))
        self._say((me, DCT.title, Literal(f"Activity {self._number}", lang="en")))
        self._say((me, DPV.hasDataController, company))
        by_kind = _terms_by_kind()
        kind, terms = by_kind[self._number % len(by_kind)]
        self._use(str(kind).rpartition("#")[2], chance.choice(terms))
        for kind, terms in chance.sample(by_kind, 2):
            self._use(str(kind).rpartition("#")[2], chance.choice(terms))
        for plain in chance.sample([PD.Name, PD.EmailAddress, PD.Nationality], 2):
            self._say((me, DPV.hasPersonalData, plain))
        if chance.random() < 0.4:
            self._say((me, DPV.hasDataProcessor, company))
        if chance.random() < 0.3:
            self._say(
                (me, DPV.hasJointDataControllers, self._part(DPV.JointDataControllers))
            )
        if chance.random() < 0.2:
            self._say((me, ROPA.decisionGround, ROPA["A22-2-a"]))
        if chance.random() < 0.3:
            self._say(
                (me, DPV.hasContext, chance.choice([DPV.Profiling, DPV.Frequency]))
            )
        for _ in range(chance.randrange(3)):
            role = chance.choice(
                [DPV.DataProcessor, DPV.DataSubProcessor, DPV.ThirdParty, DPV.Recipient]
            )
            part = self._part(role)
            self._say((me, DPV.hasRecipient, part), (part, ROPA.organisation, host))
            if chance.random() < 0.5:
                self._say((part, DPV.hasPersonalData, self._data()))
        for _ in range(chance.randrange(2)):
            part = self._part(DPV.CrossBorderTransfer)
            self._say((me, DPV.hasProcessing, part))
            if chance.random() < 0.6:
                self._say((part, DPV.hasThirdCountry, LOC.US))
            if chance.random() < 0.6:
                self._say((part, DPV.hasDataImporter, chance.choice([host, office])))
            if chance.random() < 0.5:
                self._say((part, DPV.hasPersonalData, self._data()))
        kept = self._part(None)
        days = Literal(chance.randrange(1, 900))
        # What it is follows from the field alone.
        self._say((me, DPV.hasStorageCondition, kept), (kept, ROPA.days, days))
        claim = self._part(None)
        self._say((claim, ROPA.about, kept), (claim, ROPA.state, ROPA.Stated))

    def _use(self, kind: str, term: URIRef) -> None:
        """Use a term, or one of one's own below it, where such a term is used."""
        chance, me = self._chance, self.name
        is_own = chance.random() < 0.7
        if kind.endswith(_BASES):
            purpose = self._part(DPV.Purpose)
            basis = self._below(term, DPV.LegalBasis) if is_own else term
            self._say(
                (me, DPV.hasPurpose, purpose), (purpose, DPV.hasLegalBasis, basis)
            )
            if chance.random() < 0.3:
                self._say((me, DPV.hasLegalBasis, basis))
            return
        way, sort = _PLACES.get(kind, (DPV.hasPersonalData, DPV.PersonalData))
        self._say((me, way, self._below(term, sort) if is_own else term))

    def _data(self) -> URIRef:
        term = self._chance.choice(
            [PD.Health, PD.Name, PD.CriminalCharge, DPV.SpecialCategoryPersonalData]
        )
        return self._below(term, DPV.PersonalData)

    def _below(self, term: URIRef, sort: URIRef | None) -> URIRef:
        """Make terms of one's own, one below the other, the last one below a term."""
        first = lower = self._part(sort)
        for _ in range(self._chance.randrange(3)):
            upper = self._part(sort)
            self._say((lower, SKOS.broader, upper))
            lower = upper
        self._say((lower, SKOS.broader, term))
        if lower != first and self._chance.random() < 0.2:
            self._say((lower, SKOS.broader, first))
        return first

    def _part(self, sort: URIRef | None) -> URIRef:
        self._parts += 1
        part = URIRef(f"{self.name}#part-{self._parts}")
        if sort is not None:
            self._say((part, RDF.type, sort))
        return part

    def _say(self, *triples: Triple) -> None:
        for triple in triples:
            self._graph.add(triple)


def statements(things: int, tries: int, seed: int = 1) -> dict[URIRef, Graph]:
    """State anything of anything, as long as the program finds no contradiction.

    Args:
        things: how many things there are, ten to an entry.
        tries: how many statements are tried; those that contradict are left out.
        seed: another seed gives others.
    """
    chance = random.Random(seed)
    names = [
        URIRef(f"{BASE}activities/wild-{seed}/entry-{n // 10}#thing-{n}")
        for n in range(things)
    ]
    kept: list[Triple] = []
    for triples in _batches(_wild(names, chance), tries, 8):
        kept += _admitted(kept, triples)
    found: dict[URIRef, Graph] = {}
    for triple in kept:
        name = URIRef(str(triple[0]).partition("#")[0])
        found.setdefault(name, Graph()).add(triple)
    return found


def _batches(source: Iterator[Triple], count: int, size: int) -> Iterator[list[Triple]]:
    for _ in range(count // size):
        yield [next(source) for _ in range(size)]


def _admitted(kept: list[Triple], more: list[Triple]) -> list[Triple]:
    """Give those of some statements that contradict neither others nor each other."""
    if not contradictions.find([*kept, *more]):
        return more
    if len(more) == 1:
        return []
    half = len(more) // 2
    first = _admitted(kept, more[:half])
    return first + _admitted([*kept, *first], more[half:])


def _wild(names: list[URIRef], chance: random.Random) -> Iterator[Triple]:
    read = logic.shipped_logic()
    classes = sorted({*read.telling, *axioms.kinds()})
    terms = [term for _, members in _terms_by_kind() for term in members]
    terms += [DPV.SpecialCategoryPersonalData, GDPR["A6-1-b"], LOC.US, ROPA.Cookie]
    # Properties from which something follows come as often as all others together.
    ways = sorted(read.ways)
    telling = [
        w
        for w in ways
        if read.ways[w].fillers or read.ways[w].any or read.ways[w].domains
    ]
    while True:
        thing = chance.choice(names)
        if chance.random() < 0.3:
            yield thing, RDF.type, chance.choice(classes)
            continue
        way = chance.choice(chance.choice([ways, telling]))
        if read.ways[way].is_datatype:
            yield (
                thing,
                way,
                chance.choice(
                    [
                        Literal(True),
                        Literal(chance.randrange(3)),
                        Literal("text"),
                        Literal("texte", lang="fr"),
                        Literal("2026-11-22", datatype=XSD.date),
                    ]
                ),
            )
        else:
            yield thing, way, chance.choice(chance.choice([names, terms]))
