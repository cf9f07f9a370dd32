"""Check the ontology's logic with HermiT, in a process of its own.

owlready2 imports Python modules and follows addresses that data names, so it never
sees a file: only the axioms kept by `axioms`, as N-Triples over a pipe.

Source: OWL 2 Direct Semantics; house rule that owlready2 lives in this module only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.canonical import n3
from ropa.errors import InternalError, LimitReached, NotSupported
from ropa.terms import OWL, RDF, RDFS, XSD

TIMEOUT_SECONDS = 120
MEMORY_MEGABYTES = 1000


@dataclass(frozen=True)
class Verdict:
    """What the reasoner found.

    Args:
        consistent: the axioms do not contradict each other.
        unsatisfiable: IRIs of classes that can have no member, sorted.
        axioms: how many triples were judged.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    axioms: int


def axioms(graph: Graph) -> list[tuple[Any, Any, Any]]:
    """Keep the logic of a graph, sorted: no annotation, import or date.

    Imports and module names are left out since owlready2 would follow them; dates and
    durations, even as a range, since HermiT refuses them.
    """
    kinds = {OWL[name] for name in ("Class", "ObjectProperty", "DatatypeProperty")}
    markers = kinds | {OWL.FunctionalProperty, OWL.NamedIndividual}
    relations = {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range}
    relations |= {OWL.disjointWith, OWL.differentFrom, OWL.inverseOf}
    relations |= {OWL.equivalentClass}
    ranges = {XSD.string, XSD.boolean, XSD.integer, XSD.decimal}
    declared: dict[Any, set[Any]] = {k: set(graph.subjects(RDF.type, k)) for k in kinds}
    classes = declared[OWL.Class]
    things = declared[OWL.ObjectProperty]
    values = declared[OWL.DatatypeProperty]
    kept = []
    for s, p, o in graph:
        if p == RDF.type:
            keep = o in markers or o in classes
        elif p == RDFS.range and str(o).startswith(str(XSD)):
            keep = o in ranges
        elif p in relations:
            keep = True
        else:
            keep = (p in things and isinstance(o, URIRef)) or (
                p in values and isinstance(o, Literal) and o.datatype in ranges
            )
        if keep:
            kept.append((s, p, o))
    return sorted(kept)


def check_consistency(graph: Graph) -> Verdict:
    """Ask HermiT whether an ontology contradicts itself.

    Args:
        graph: ontology, with data to be judged by it if any; it stays as it is.

    Raises:
        NotSupported: there is no Java runtime, which the reasoner needs.
        LimitReached: no verdict within ``TIMEOUT_SECONDS``.
        InternalError: the reasoner failed.
    """
    if shutil.which("java") is None:
        raise NotSupported(
            "The logic check needs a Java runtime, which is not installed.",
            hint="Install one, as by: apt-get install default-jre-headless",
        )
    kept = axioms(graph)
    text = "".join(f"{n3(s)} {n3(p)} {n3(o)} .\n" for s, p, o in kept)
    with tempfile.TemporaryDirectory() as folder:
        try:
            # Our own interpreter and module; nothing of the data is an argument.
            done = subprocess.run(
                [sys.executable, "-m", "ropa.inference"],
                input=text.encode(),
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
                cwd=folder,
                env=_environment(folder),
            )
        except subprocess.TimeoutExpired as error:
            raise LimitReached(
                f"The reasoner gave no verdict within {TIMEOUT_SECONDS} seconds.",
                hint="Check the axioms added last.",
                limit="seconds",
            ) from error
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise InternalError(
            f"The reasoner failed: {''.join(last) or 'no message'}.",
            hint="Check that the Java runtime works, as by: java -version",
        )
    answer = json.loads(done.stdout)
    return Verdict(answer["consistent"], tuple(answer["unsatisfiable"]), len(kept))


def _environment(folder: str) -> dict[str, str]:
    """Give the child our module path and a place for the reasoner's files."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path),
        "TMPDIR": folder,
    }


def _reason(text: bytes) -> dict[str, Any]:
    """Run the reasoner on N-Triples; the child's whole work."""
    from io import BytesIO

    import owlready2
    from owlready2 import reasoning

    reasoning.JAVA_MEMORY = MEMORY_MEGABYTES
    world = owlready2.World()
    world.get_ontology("urn:x-ropa:axioms").load(fileobj=BytesIO(text))
    try:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return {"consistent": False, "unsatisfiable": []}
    nothing = owlready2.Nothing
    found = {c.iri for c in world.inconsistent_classes() if c is not nothing}
    return {"consistent": True, "unsatisfiable": sorted(found)}


def _main(text: Iterable[bytes]) -> None:
    # The reasoner's wrapper prints; only the answer may reach our own output.
    answer = sys.stdout
    sys.stdout = sys.stderr
    json.dump(_reason(b"".join(text)), answer)


if __name__ == "__main__":
    _main(sys.stdin.buffer)
