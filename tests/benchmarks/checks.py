"""Checks of entries against pySHACL by itself, as ratios in one run.

The rival gets the same data and the same shapes; that both find the same is a test,
not part of this.

    python -m tests.benchmarks.checks 100 1500
"""

from __future__ import annotations

import sys
from datetime import date
from functools import partial

from pyshacl import validate
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import bounded, engine, entry, rules, syntax, validation, vocabulary
from ropa.terms import DPV, RDF, ROPA, SKOS
from tests.benchmarks import synthetic
from tests.benchmarks.store import say, seconds

AS_OF = date(2026, 11, 22)
FIELDS = (
    DPV.hasPurpose,
    DPV.hasPersonalData,
    DPV.hasRecipient,
    DPV.hasStorageCondition,
    DPV.hasTechnicalOrganisationalMeasure,
)
STATES = (ROPA.Stated, ROPA.Stated, ROPA.Stated, ROPA.Partial, ROPA.NotStated)


def register(activities: int) -> Graph:
    """Give a made-up register as one graph."""
    text = "".join(synthetic.register(activities)).encode()
    graph = Graph()
    for s, p, o, _ in syntax.parse(text, syntax.Syntax.NQUADS):
        graph.add((s, p, o))
    return graph


def claims(data: Graph, number: int) -> Graph:
    """Make claims about the records, activities and parts of a register, in turn."""
    made = Graph()
    things = sorted(data.subjects(RDF.type, unique=True))
    for turn in range(number):
        about = URIRef(str(things[turn % len(things)]))
        claim = URIRef(f"{entry.document(about)}#claim-{turn}")
        said: dict[URIRef, Node] = {
            RDF.type: ROPA.Claim,
            ROPA.about: about,
            ROPA.field: FIELDS[turn % len(FIELDS)],
            ROPA.state: STATES[turn // 7 % len(STATES)],
            ROPA.origin: ROPA.Document,
            ROPA.level: ROPA.OwnLevel,
            ROPA.explicit: Literal(True),
            SKOS.note: Literal("As the notice says it.", lang="en"),
        }
        for way, value in said.items():
            made.add((claim, way, value))
    return made


def compare(what: str, data: Graph) -> None:
    """Measure one check, warm and in a process of its own, against the rival's."""
    around = validation.context(data, vocabulary.load(), lambda _: Graph())
    whole = data + around
    header = {"as_of": AS_OF.isoformat(), "profile": None, "rules": None}
    body = b"\x00".join(
        syntax.serialize(graph, syntax.Syntax.NTRIPLES) for graph in (data, around)
    )
    limits = bounded.Limits(seconds=300)
    ours = partial(validation.validate, data, around, as_of=AS_OF)
    child = partial(bounded.call, "ropa.validation:check", header, body, limits=limits)
    alone = partial(validate, whole, shacl_graph=rules.shapes())
    rivals = {"in a process": seconds(child, 3), "pySHACL": seconds(alone, 1)}
    ours()
    say(f"{what}, {len(data)} triples", seconds(ours, 3), rivals)


def main(activities: int, number: int) -> None:
    """Check an entry and a register, without claims and with them."""
    engine.load()
    whole = register(activities)
    single = URIRef(f"{synthetic.BASE}activities/firm-0/activity-0")
    one = Graph()
    for s, p, o in whole:
        if isinstance(s, URIRef) and entry.document(s) == single:
            one.add((s, p, o))
    compare("one activity", one)
    compare(f"{activities} activities", whole)
    compare(f"and {number} claims", whole + claims(whole, number))


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:]]
    main(given[0] if given else 100, given[1] if given[1:] else 1500)
