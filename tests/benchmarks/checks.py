"""Checks of entries against pySHACL by itself, as ratios in one run.

The rival gets the same data and the same shapes; that both find the same is a test,
not part of this.

    python -m tests.benchmarks.checks 100 1500

The first number is the activities of the register in which one entry is checked, and of
which all are; pySHACL by itself takes minutes for a thousand.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

from pyshacl import validate
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    bounded,
    checking,
    engine,
    entry,
    rules,
    syntax,
    validation,
    vocabulary,
)
from ropa.store import MEMORY, open_store
from ropa.terms import DPV, RDF, ROPA, SKOS
from tests.benchmarks import synthetic
from tests.benchmarks.store import say, seconds

AS_OF = date(2026, 11, 22)
# Calls after which the child's process has read the queries of all rules.
PREPARED = 12
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


def new_entry(*sizes: int) -> None:
    """Check one new entry in registers of some sizes, and again after a change.

    With everything that a register does for it: look up what is around, hand it to
    the sealed child, read what comes back.
    """
    words = vocabulary.load()
    for size in sizes:
        store = open_store(MEMORY, in_union=entry.is_stated)
        text = "".join(synthetic.register(size)).encode()
        quads = syntax.parse(text, syntax.Syntax.NQUADS)
        store.load((s, p, o, name) for s, p, o, name in quads)
        fresh = URIRef(f"{synthetic.BASE}activities/firm-0/activity-0")
        given = {fresh: store.graph(fresh)}
        once = partial(checking.review, store, words, given, as_of=AS_OF)
        for _ in range(PREPARED):
            once()
            time.sleep(0.5)
        say(f"a new entry beside {size}", seconds(once, 9), {})


def command() -> None:
    """Check a file with the command, and the same statements with pySHACL's."""
    data = register(20)
    one = URIRef(f"{synthetic.BASE}activities/firm-0/activity-0")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("one.nt", "whole.nt", "shapes.nt")]
        parts = entry.split(data)
        around = validation.context(
            parts[one], vocabulary.load(), lambda i: parts.get(i, Graph())
        )
        texts = (parts[one], parts[one] + around, rules.shapes())
        for path, graph in zip(paths, texts, strict=True):
            path.write_bytes(syntax.serialize(graph, syntax.Syntax.NTRIPLES))
        file, whole, shapes = map(str, paths)
        folder_of_programs = Path(sys.executable).parent

        def run(*arguments: str) -> None:
            program = str(folder_of_programs / arguments[0])
            subprocess.run([program, *arguments[1:]], capture_output=True, check=False)

        ours = partial(run, "ropa", "validate", file)
        theirs = partial(run, "pyshacl", "-s", shapes, whole)
        say("ropa validate one.nt", seconds(ours, 3), {"pyshacl": seconds(theirs, 3)})


def main(activities: int, number: int) -> None:
    """Check an entry and a register, without claims and with them."""
    new_entry(100, activities * 10)
    command()
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
