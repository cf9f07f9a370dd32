"""A small register with a varied history, made without rules, so within milliseconds.

Sixty changes: entries come, are edited, go and come again, several at once; answers
stand beside some; a piece of law is brought by the package; findings and what follows
stand beside entries. The same seed gives the same statements.
"""

from __future__ import annotations

import random
from pathlib import Path

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, history, recording
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import DCT, DPV, RDF, ROPA, SH, SKOS, XSD

BASE = "http://127.0.0.1:8000/"
LAW = URIRef("https://w3id.org/ropa-kg/law/invented")
CHANGES = 60
ADA = history.Account(history.Author.person("Ada"), "yearly review")
PACKAGE = history.Account(history.Author.package("0"))


def make(place: Path | None = None, seed: int = 1, changes: int = CHANGES) -> Store:
    """Make it in memory, or in a folder."""
    chance = random.Random(seed)
    store = open_store(place or "memory:", in_union=entry.is_stated)
    names = [URIRef(f"{BASE}activities/mill/{number}") for number in range(9)]
    law = Graph().add((LAW, DCT.title, Literal("Invented act", lang="en")))
    recording.record(store, BASE, {LAW: law, names[0]: _entry(names[0], chance)}, ADA)
    for number in range(2, changes):
        some = chance.sample(names, chance.choice((1, 1, 1, 2, 3)))
        after: dict[URIRef, Graph | None] = {}
        for name in some:
            held = store.graph(name)
            if held and chance.random() < 0.2:
                after[name] = None
            else:
                after[name] = _edited(name, held, chance)
        beside: dict[URIRef, Graph | None] = {}
        for name, graph in after.items():
            beside[entry.findings_graph(name)] = _found(name) if graph else None
            beside[entry.inferred_graph(name)] = _inferred(name) if graph else None
            answers = entry.answers_graph(name)
            if graph and chance.random() < 0.4:
                said = Graph() + store.graph(answers)
                part = URIRef(f"{answers}#{number}")
                said.add((part, ROPA.reason, Literal(f"Seen in {number}")))
                beside[answers] = said
        answered = {n: g for n, g in beside.items() if entry.is_of_answers(n)}
        others = {n: g for n, g in beside.items() if n not in answered}
        recording.record(store, BASE, {**after, **answered}, ADA, beside=others)
    law = Graph().add((LAW, DCT.title, Literal("Invented act, amended", lang="en")))
    recording.record(store, BASE, {LAW: law}, PACKAGE)
    return store


def _entry(name: URIRef, chance: random.Random) -> Graph:
    graph = Graph()
    graph.add((name, RDF.type, DPV.PersonalDataProcess))
    graph.add((name, DCT.title, Literal(f"Work {chance.randrange(9)}", lang="en")))
    part = URIRef(f"{name}#{chance.randrange(5)}")
    graph.add((name, DPV.hasPurpose, part))
    graph.add((part, ROPA.days, Literal(str(chance.randrange(900)), datatype=XSD.int)))
    return graph


def _edited(name: URIRef, held: Graph, chance: random.Random) -> Graph:
    graph = Graph()
    graph += held if chance.random() < 0.6 else _entry(name, chance)
    graph.add((name, SKOS.note, Literal(f"“Note” \\ \n {chance.randrange(10**6)}")))
    return graph


def _found(name: URIRef) -> Graph:
    graph, report = Graph(), entry.findings_graph(name)
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.resultMessage, Literal("Nothing is stated.", lang="en")))
    return graph


def _inferred(name: URIRef) -> Graph:
    graph, inference = Graph(), entry.inferred_graph(name)
    graph.add((inference, RDF.type, ROPA.Inference))
    # A text that the engine writes in its own way when it keeps it.
    graph.add((name, ROPA.period, Literal("PT72H", datatype=XSD.duration)))
    return graph
