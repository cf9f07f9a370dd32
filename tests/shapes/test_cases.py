"""Run the manifests: every case gives exactly the results it says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import pytest
from pyshacl import validate
from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import rules

pytestmark = pytest.mark.usefixtures("queries_read_once")

ROOM = Path(__file__).parents[2] / "shapes" / "cases"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SH = Namespace("http://www.w3.org/ns/shacl#")

Result = tuple[Node | None, ...]


class Case(NamedTuple):
    """One entry of a manifest."""

    manifest: Path
    name: URIRef

    def __str__(self) -> str:
        return f"{self.manifest.parent.name}/{self.name.partition('#')[2]}"


@cache
def read(file: Path) -> Graph:
    """Read a Turtle file; relative addresses start at the file."""
    return Graph().parse(file, format="turtle", publicID=file.as_uri())


def manifests() -> list[Path]:
    """List the manifests."""
    return sorted(ROOM.glob("*/manifest.ttl"))


def cases() -> list[Case]:
    """List the cases of all manifests, in their order."""
    found = []
    for manifest in manifests():
        graph = read(manifest)
        entries = graph.value(URIRef(manifest.as_uri()), MF.entries)
        assert entries is not None
        for name in Collection(graph, entries):
            found.append(Case(manifest, URIRef(str(name))))
    return found


def union(case: Case, part: URIRef) -> Graph:
    """Join the graphs that a case names as its data or its shapes."""
    graph = read(case.manifest)
    action = graph.value(case.name, MF.action)
    joined = Graph()
    for address in graph.objects(action, part):
        joined += read(Path(urljoin(case.manifest.as_uri(), address)[len("file://") :]))
    return joined


def results(graph: Graph, report: Node | None) -> set[Result]:
    """Read the results of a report; paths that are no property are left out."""
    found = set()
    for node in graph.objects(report, SH.result):
        path = graph.value(node, SH.resultPath)
        found.add(
            (
                graph.value(node, SH.focusNode),
                graph.value(node, SH.sourceShape),
                graph.value(node, SH.resultSeverity),
                None if isinstance(path, BNode) else path,
                graph.value(node, SH.value),
            )
        )
    return found


def expected(case: Case) -> set[Result]:
    """Give the results that a case asks for."""
    graph = read(case.manifest)
    return results(graph, graph.value(case.name, MF.result))


def found(case: Case) -> tuple[bool, set[Result]]:
    """Give what pySHACL finds in a case."""
    conforms, graph, _ = validate(
        union(case, SHT.dataGraph), shacl_graph=union(case, SHT.shapesGraph)
    )
    assert isinstance(graph, Graph)
    return conforms, results(graph, graph.value(None, SH.conforms, Literal(conforms)))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    """A case gives the results of its manifest, all of them and no others."""
    conforms, given = found(case)
    assert given == expected(case)
    assert conforms is (not given)


def test_every_case_file_is_in_a_manifest() -> None:
    """No case lies beside its manifest without being run."""
    run = {f"{case}.ttl" for case in cases()}
    files = {
        f"{file.parent.name}/{file.name}"
        for file in ROOM.glob("*/*.ttl")
        if file.name != "manifest.ttl"
    }
    assert files == run


def judged() -> list[str]:
    """List the codes of the rules that SHACL decides."""
    graph = rules.shapes()
    return [
        rule.code
        for rule in rules.rules().values()
        if graph.value(rule.shape, SH.deactivated) is None
    ]


def shapes_of(code: str) -> set[URIRef]:
    """Give the shapes whose results stand for a rule."""
    return {s for s, rule in rules.by_shape().items() if rule.code == code}


@pytest.mark.parametrize("code", judged())
def test_every_rule_has_an_invalid_case(code: str) -> None:
    """Some case breaks the rule."""
    broken = {shape for case in cases() for _, shape, *_ in expected(case)}
    assert shapes_of(code) & broken


@cache
def passed() -> frozenset[Node]:
    """Collect the shapes that looked at a node of a case and found nothing."""
    from pyshacl.graph_abstraction import DataGraph
    from pyshacl.shapes_graph import ShapesGraph

    looked: set[Node] = set()
    for case in cases():
        graph = DataGraph.from_rdflib(union(case, SHT.dataGraph))
        broken = {shape for _, shape, *_ in expected(case)}
        for shape in ShapesGraph(union(case, SHT.shapesGraph)).shapes:
            if shape.focus_nodes(graph):
                inner = set(shape.sg.graph.objects(shape.node, SH.property))
                looked |= ({shape.node} | inner) - broken
    return frozenset(looked)


@pytest.mark.parametrize("code", judged())
def test_every_rule_has_a_valid_case(code: str) -> None:
    """Some case has what the rule looks at, and keeps the rule."""
    assert shapes_of(code) & passed()
