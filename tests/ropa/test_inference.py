"""The logic of the ontology, judged by HermiT."""

import sys
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import inference, packaged, vocabulary
from ropa.errors import InternalError, NotSupported
from ropa.terms import OWL, RDF, RDFS, ROPA, SKOS, XSD

X, Y = URIRef("urn:x-test:x"), URIRef("urn:x-test:y")


def ontology() -> Graph:
    """Give a copy of the shipped ontology and law that may be broken."""
    graph = Graph()
    graph += vocabulary.load().graph
    return graph


def test_the_ontology_is_consistent(java: str) -> None:
    """HermiT finds no contradiction and no class without possible members."""
    verdict = inference.check_consistency(ontology())
    assert verdict.consistent
    assert verdict.unsatisfiable == ()
    assert verdict.axioms > 1000


def test_the_five_companies_agree_with_the_ontology(java: str) -> None:
    """What the examples state contradicts no axiom."""
    graph = ontology()
    for example in packaged.examples().values():
        graph += example
    assert inference.check_consistency(graph).consistent


@pytest.mark.parametrize(
    "added",
    [
        [(X, RDF.type, ROPA.Claim), (X, RDF.type, ROPA.Contact)],
        [(X, ROPA.state, ROPA.Stated), (X, ROPA.state, ROPA.Denied)],
        [(X, ROPA.profile, ROPA.Notice), (X, ROPA.profile, ROPA.Register)],
        [(X, ROPA.profile, ROPA.Stated)],
    ],
    ids=["two-disjoint-classes", "two-states", "two-profiles", "state-as-profile"],
)
def test_a_broken_copy_is_found_inconsistent(
    java: str, added: list[tuple[URIRef, URIRef, URIRef]]
) -> None:
    """A contradiction that was put in is found, so the verdict means something."""
    graph = ontology()
    for triple in added:
        graph.add(triple)
    assert not inference.check_consistency(graph).consistent


def test_a_class_without_possible_members_is_named(java: str) -> None:
    """A class below two disjoint ones is reported by its IRI."""
    graph = ontology()
    graph.add((X, RDF.type, OWL.Class))
    graph.add((X, RDFS.subClassOf, ROPA.Claim))
    graph.add((X, RDFS.subClassOf, ROPA.Contact))
    verdict = inference.check_consistency(graph)
    assert verdict.consistent
    assert verdict.unsatisfiable == (str(X),)


def test_only_logic_reaches_the_reasoner() -> None:
    """Imports, module names, annotations and dates are left out."""
    graph = Graph()
    module = URIRef(
        "http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module"
    )
    kept = (X, RDF.type, OWL.Class)
    for triple in (
        kept,
        (X, OWL.imports, URIRef("http://example.org/evil")),
        (X, module, Literal("antigravity")),
        (X, SKOS.prefLabel, Literal("x", lang="en")),
        (ROPA.validFrom, RDF.type, OWL.DatatypeProperty),
        (ROPA.validFrom, RDFS.range, XSD.date),
        (X, ROPA.validFrom, Literal("2020-01-01", datatype=XSD.date)),
    ):
        graph.add(triple)
    assert inference.axioms(graph) == sorted(
        [kept, (ROPA.validFrom, RDF.type, OWL.DatatypeProperty)]
    )


def test_without_java_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine without Java is told, not left with a traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotSupported, match="Java") as caught:
        inference.check_consistency(ontology())
    assert "apt-get install" in caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_java_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A broken runtime is reported with its message."""
    fake = tmp_path / "java"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InternalError, match="reasoner failed"):
        inference.check_consistency(ontology())
