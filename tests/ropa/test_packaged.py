"""What the package brings: whole graphs, every node with a name, periods completed."""

from __future__ import annotations

from rdflib import Graph
from rdflib.term import BNode, URIRef

from ropa import entry, packaged, shipped, syntax
from ropa.terms import RDF, ROPA, SH


def test_nodes_without_a_name_get_one_in_reading_order() -> None:
    """Lists and nested shapes are stored under names that each reading repeats."""
    name = URIRef(packaged.ROOT + "shapes/activity")
    lines = packaged.reference_lines()[name]
    assert lines == packaged.reference_lines()[name]
    graph = syntax.graph(lines)
    assert not any(isinstance(term, BNode) for triple in graph for term in triple)
    lists = {*graph.objects(None, SH["or"]), *graph.objects(None, SH["in"])}
    assert lists
    assert all(str(node).startswith(f"{name}#b-") for node in lists)
    assert all((node, RDF.first, None) in graph for node in lists)
    read = shipped.triples("shapes", "activity.ttl", base=packaged.EXAMPLES_BASE)
    assert len(graph) == len({*read})


def test_examples_are_what_their_files_say_sorted_into_entries() -> None:
    """Reading lines gives the same entries and digests as reading terms."""
    files = ["organisations.ttl"]
    for room in ("companies", "claims", "sources"):
        files += [f"{room}/{name}.ttl" for name in ("wepos", "weprode", "wimi")]
        files += [f"{room}/{name}.ttl" for name in ("workpex", "wpo")]
    entries = entry.split(
        triple
        for name in files
        for triple in shipped.triples("data", name, base=packaged.EXAMPLES_BASE)
    )
    expected = {
        iri: entry.digest(entry.complete(said)) for iri, said in entries.items()
    }
    found = packaged.example_lines()
    assert {iri: syntax.digest_of(said) for iri, said in found.items()} == expected


def test_periods_of_examples_have_their_days() -> None:
    """What is only another form of a period is added."""
    whole = Graph()
    for graph in packaged.examples().values():
        whole += graph
    periods = {part for part, _ in whole.subject_objects(ROPA.period)}
    assert periods
    assert periods <= {part for part, _ in whole.subject_objects(ROPA.days)}
