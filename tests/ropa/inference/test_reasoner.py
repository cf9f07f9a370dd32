"""The logic of the ontology, judged by HermiT."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import BNode, Literal, URIRef

from ropa import assets, packaged, vocabulary
from ropa.errors import InputError, InternalError, LimitReached, NotSupported
from ropa.inference import reasoner
from ropa.syntax import Syntax, parse
from ropa.terms import DPV, GDPR, OA, OWL, PD, RDF, RDFS, ROPA, SKOS, XSD

X, Y, Z = (URIRef(f"urn:x-test:{name}") for name in "xyz")
NODE, HEAD, TAIL = BNode(), BNode(), BNode()
DATE = Literal("2020-01-01", datatype=XSD.date)

Statement = tuple[Any, Any, Any]


def ontology() -> Graph:
    """Give a copy of the shipped ontology and law that may be broken."""
    graph = Graph()
    graph += vocabulary.load().graph
    return graph


def logic() -> Graph:
    """Give our own terms and their logic alone, which the reasoner reads fast."""
    graph = Graph()
    for name in ("law.ttl", "logic.ttl", "ropa.ttl", "standards.ttl"):
        text = assets.text("ontology", name)
        for s, p, o, _ in parse(text, Syntax.TURTLE):
            graph.add((s, p, o))
    for name in ("Process", "LegalEntity", "StorageCondition", "CrossBorderTransfer"):
        graph.add((DPV[name], RDF.type, OWL.Class))
    return graph


def of(*statements: Statement) -> Graph:
    """Make a graph of a few statements."""
    graph = Graph()
    for statement in statements:
        graph.add(statement)
    return graph


def test_the_ontology_is_consistent(java: str) -> None:
    """HermiT finds no contradiction and no class without possible members."""
    verdict = reasoner.check_consistency(ontology())
    assert verdict.consistent
    assert verdict.unsatisfiable == ()
    assert verdict.clash == ()
    assert verdict.axioms > 5000


def examples(*, evidence: bool) -> Graph:
    """Give what the examples state, with or without how it is known."""
    whole = Graph()
    for example in packaged.examples().values():
        whole += example
    if not evidence:
        kinds = (ROPA.Claim, ROPA.Remark, OA.SpecificResource, OA.TextPositionSelector)
        for kind in kinds:
            for node in list(whole.subjects(RDF.type, kind)):
                whole.remove((node, None, None))
    return whole


def test_the_five_companies_agree_with_the_ontology(java: str) -> None:
    """What the examples state contradicts no axiom, and has kinds that follow."""
    graph = ontology() + examples(evidence=False)
    found = reasoner.classify(graph)
    activities = {s for s, kind in found.types if kind == ROPA.EmploymentActivity}
    assert any("recruitment" in activity for activity in activities)


@pytest.mark.deep
def test_claims_and_passages_agree_with_the_ontology(java: str) -> None:
    """Nor does how it is known: thousands of claims, about a minute of reasoning."""
    verdict = reasoner.check_consistency(ontology() + examples(evidence=True))
    assert verdict.consistent


BROKEN: dict[str, list[Statement]] = {
    "two-disjoint-classes": [(X, RDF.type, ROPA.Claim), (X, RDF.type, ROPA.Contact)],
    "two-states": [(X, ROPA.state, ROPA.Stated), (X, ROPA.state, ROPA.Denied)],
    "two-profiles": [(X, ROPA.profile, ROPA.Notice), (X, ROPA.profile, ROPA.Register)],
    "state-as-profile": [(X, ROPA.profile, ROPA.Stated)],
    "two-numbers": [(X, ROPA.days, Literal(30)), (X, ROPA.days, Literal(31))],
    "number-as-truth": [(X, ROPA.explicit, Literal(30))],
    "state-that-is-another": [(ROPA.Stated, OWL.sameAs, ROPA.Denied)],
    "instrument-is-judgment": [
        (X, RDF.type, ROPA.AdequacyDecision),
        (X, RDF.type, ROPA.Judgment),
    ],
    "decision-is-clauses": [
        (X, RDF.type, ROPA.AdequacyDecision),
        (X, RDF.type, ROPA.StandardClauses),
    ],
    "judgment-relied-on": [(X, RDF.type, ROPA.Judgment), (Y, ROPA.decision, X)],
    "process-with-a-period": [(X, RDF.type, DPV.Process), (X, ROPA.days, Literal(30))],
    "organisation-says-about": [(X, RDF.type, DPV.LegalEntity), (X, ROPA.about, Y)],
}


@pytest.mark.parametrize("added", BROKEN.values(), ids=BROKEN)
def test_a_broken_copy_is_found_inconsistent(java: str, added: list[Statement]) -> None:
    """A contradiction that was put in is found, so the verdict means something."""
    graph = logic()
    for triple in added:
        graph.add(triple)
    assert not reasoner.check_consistency(graph).consistent


def test_a_basis_of_two_articles_is_found_inconsistent(java: str) -> None:
    """A basis of its own words cannot be one of Art. 6 and a condition of Art. 9."""
    graph = ontology()
    graph.add((X, RDF.type, DPV.LegalBasis))
    graph.add((X, SKOS.broader, GDPR["A6-1-a"]))
    graph.add((X, SKOS.broader, GDPR["A9-2-a"]))
    assert not reasoner.check_consistency(graph).consistent


def test_our_own_logic_alone_is_consistent(java: str) -> None:
    """What the broken copies are made of holds without what was put in."""
    assert reasoner.check_consistency(logic()).consistent


def test_a_remark_may_be_about_something(java: str) -> None:
    """What a reviewer notes is no claim of the company."""
    graph = logic()
    graph.add((X, RDF.type, ROPA.Remark))
    graph.add((X, ROPA.about, Y))
    assert reasoner.check_consistency(graph).consistent


def test_a_class_without_possible_members_is_named(java: str) -> None:
    """A class below two disjoint ones is reported by its IRI."""
    graph = logic()
    graph.add((X, RDF.type, OWL.Class))
    graph.add((X, RDFS.subClassOf, ROPA.Claim))
    graph.add((X, RDFS.subClassOf, ROPA.Contact))
    verdict = reasoner.check_consistency(graph)
    assert verdict.consistent
    assert verdict.unsatisfiable == (str(X),)


def test_the_clash_is_named(java: str) -> None:
    """Of what was added, the two statements that contradict each other are found."""
    guilty = [(X, RDF.type, ROPA.Claim), (X, ROPA.contactKind, ROPA.GeneralContact)]
    innocent = [(X, ROPA.state, ROPA.Stated), (Y, RDF.type, ROPA.Contact)]
    verdict = reasoner.check_consistency(logic(), [*guilty, *innocent])
    assert not verdict.consistent
    assert verdict.narrowed
    # The state makes X a claim as well, so either of the two may stand in.
    assert guilty[1] in verdict.clash
    assert set(verdict.clash) - {guilty[1]} in ({guilty[0]}, {innocent[0]})


def test_an_ontology_that_is_broken_itself_blames_no_suspect(java: str) -> None:
    """Where the graph contradicts itself no suspect is to blame."""
    graph = logic()
    graph.add((X, ROPA.profile, ROPA.Stated))
    verdict = reasoner.check_consistency(graph, [(Y, RDF.type, ROPA.Claim)])
    assert not verdict.consistent
    assert verdict.clash == ()


def test_a_search_that_runs_out_of_time_says_so(
    java: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without time to narrow it down, all suspects are given and called so."""
    monkeypatch.setattr(reasoner, "EXPLAIN_SECONDS", -1)
    added = [(X, RDF.type, ROPA.Claim), (X, RDF.type, ROPA.Contact)]
    verdict = reasoner.check_consistency(logic(), [*added, (Y, RDF.type, ROPA.Claim)])
    assert not verdict.narrowed
    assert set(added) <= set(verdict.clash)


def test_what_follows_is_told_and_what_is_stated_is_not(java: str) -> None:
    """Classes above, types by restriction, list and hierarchy; nothing trivial."""
    graph = of(
        *((term, RDF.type, OWL.Class) for term in (X, Y, Z)),
        (X, RDFS.subClassOf, Y),
        (Y, RDFS.subClassOf, Z),
        (SKOS.broader, RDF.type, OWL.ObjectProperty),
        (NODE, RDF.type, OWL.Restriction),
        (NODE, OWL.onProperty, SKOS.broader),
        (NODE, OWL.someValuesFrom, X),
        (NODE, RDFS.subClassOf, X),
        (HEAD, RDF.type, OWL.Class),
        (HEAD, OWL.oneOf, TAIL),
        (TAIL, RDF.first, PD.Health),
        (TAIL, RDF.rest, RDF.nil),
        (HEAD, RDFS.subClassOf, X),
        (PD.MentalHealth, SKOS.broader, PD.Health),
    )
    found = reasoner.classify(graph)
    assert found.subclasses == {(X, Z)}
    assert found.types == {
        (term, kind) for term in (PD.Health, PD.MentalHealth) for kind in (X, Y, Z)
    }


def test_classes_that_mean_the_same_stand_above_each_other(java: str) -> None:
    """Equivalent classes are told as two steps, and by name."""
    graph = of(
        *((term, RDF.type, OWL.Class) for term in (X, Y, Z)),
        (X, OWL.equivalentClass, Y),
        (Y, OWL.equivalentClass, Z),
    )
    found = reasoner.classify(graph)
    assert found.subclasses == {(a, b) for a in (X, Y, Z) for b in (X, Y, Z) if a != b}


def test_a_term_that_is_also_a_class_stays_a_term(java: str) -> None:
    """A name for a class and for a thing is not taken for a class below a class."""
    graph = of(
        (X, RDF.type, OWL.Class),
        (Y, RDF.type, OWL.Class),
        (SKOS.Concept, RDF.type, OWL.Class),
        (X, RDF.type, Y),
        (Y, RDFS.subClassOf, SKOS.Concept),
    )
    found = reasoner.classify(graph)
    assert found.types == {(X, SKOS.Concept)}
    assert found.subclasses == frozenset()


def test_names_in_any_script_come_back_whole(
    java: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a thing is called survives the way there and back, in any locale."""
    monkeypatch.setenv("LC_ALL", "C")
    name = URIRef("urn:x-test:activité/ληθη#部分")
    graph = of(
        *((term, RDF.type, OWL.Class) for term in (X, Y)),
        (X, RDFS.subClassOf, Y),
        (name, RDF.type, X),
    )
    assert reasoner.classify(graph).types == {(name, Y)}


def test_nothing_may_follow(java: str) -> None:
    """An ontology from which nothing follows is no failure of the reasoner."""
    found = reasoner.classify(of((X, RDF.type, OWL.Class)))
    assert (found.subclasses, found.types) == (frozenset(), frozenset())


def test_an_inconsistent_ontology_is_not_classified(java: str) -> None:
    """From a contradiction anything follows, so it is an error that says so."""
    graph = logic()
    graph.add((X, ROPA.profile, ROPA.Stated))
    with pytest.raises(InputError, match="contradict") as caught:
        reasoner.classify(graph)
    assert "check_consistency" in caught.value.hint


def test_only_logic_reaches_the_reasoner() -> None:
    """Imports, module names, annotations, dates and reserved words are left out."""
    module = URIRef(
        "http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module"
    )
    kept = [
        (X, RDF.type, OWL.Class),
        (Y, RDF.type, OWL.DatatypeProperty),
        (ROPA.field, RDF.type, OWL.ObjectProperty),
        (Z, ROPA.field, SKOS.broader),
    ]
    graph = of(
        *kept,
        (X, OWL.imports, URIRef("http://example.org/evil")),
        (X, module, Literal("antigravity")),
        (X, SKOS.prefLabel, Literal("x", lang="en")),
        (ROPA.value, RDF.type, OWL.AnnotationProperty),
        (ROPA.value, RDFS.domain, X),
        (Y, RDFS.range, XSD.date),
        (X, Y, DATE),
        (Z, ROPA.field, RDF.type),
        (Z, ROPA.value, X),
    )
    assert reasoner.axioms(graph) == sorted(kept)


def test_lists_restrictions_and_characteristics_are_kept() -> None:
    """Nothing of the logic is lost on the way to the reasoner."""
    kept: list[Statement] = [
        (X, RDF.type, OWL.Class),
        (Y, RDF.type, OWL.ObjectProperty),
        (Y, RDF.type, OWL.TransitiveProperty),
        (X, OWL.equivalentClass, NODE),
        (NODE, RDF.type, OWL.Restriction),
        (NODE, OWL.onProperty, Y),
        (NODE, OWL.hasValue, Z),
        (HEAD, RDF.type, OWL.AllDifferent),
        (HEAD, OWL.distinctMembers, TAIL),
        (TAIL, RDF.first, Z),
        (TAIL, RDF.rest, RDF.nil),
    ]
    assert set(reasoner.axioms(of(*kept))) == set(kept)


def test_all_of_the_logic_file_but_words_is_kept() -> None:
    """Each nameless node of logic.ttl reaches the reasoner with all it says."""
    graph = vocabulary.load().graph
    kept = set(reasoner.axioms(graph))
    assert [t for t in graph if isinstance(t[0], BNode) and t not in kept] == []


REFUSED: dict[str, list[Statement]] = {
    "date-range": [(NODE, OWL.someValuesFrom, XSD.date)],
    "date-value": [(NODE, OWL.hasValue, DATE)],
    "ill-typed": [(NODE, OWL.hasValue, Literal("two", datatype=XSD.integer))],
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("filler", REFUSED.values(), ids=REFUSED)
def test_what_the_reasoner_refuses_is_said(java: str, filler: list[Statement]) -> None:
    """A date in a restriction, or a number that is none, is an error with a way out."""
    graph = of(
        (X, RDF.type, OWL.Class),
        (Y, RDF.type, OWL.DatatypeProperty),
        (X, RDFS.subClassOf, NODE),
        (NODE, RDF.type, OWL.Restriction),
        (NODE, OWL.onProperty, Y),
        *filler,
    )
    with pytest.raises(InputError, match="refuses") as caught:
        reasoner.check_consistency(graph)
    assert "OWL 2 DL" in caught.value.hint


def test_a_role_that_cannot_be_counted_is_refused(java: str) -> None:
    """A transitive property with one value at most is outside of OWL 2 DL."""
    graph = of(
        *((X, RDF.type, OWL[f"{kind}Property"]) for kind in ("Object", "Transitive")),
        (X, RDF.type, OWL.FunctionalProperty),
    )
    with pytest.raises(InputError, match="Non-simple property"):
        reasoner.classify(graph)


def test_without_java_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine without Java is told, not left with a traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for verb in (reasoner.check_consistency, reasoner.classify):
        with pytest.raises(NotSupported, match="Java") as caught:
            verb(logic())
        assert "apt-get install" in caught.value.hint


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Put a shell script in the place of Java."""
    if sys.platform == "win32":
        pytest.skip("the stand-in is a shell script")

    def put(script: str) -> Path:
        fake = tmp_path / "java"
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
        return tmp_path

    return put


def test_a_java_that_fails_is_an_error(stand_in: Callable[[str], Path]) -> None:
    """A broken runtime is reported with its message."""
    stand_in("echo no memory left >&2; exit 3")
    with pytest.raises(
        InternalError, match=r"reasoner failed.*no memory left"
    ) as caught:
        reasoner.check_consistency(of((X, RDF.type, OWL.Class)))
    assert "java -version" in caught.value.hint


@pytest.mark.parametrize("script", ["echo hello", "true"], ids=["garbage", "silence"])
def test_a_java_that_says_nothing_useful_is_an_error(
    stand_in: Callable[[str], Path], script: str
) -> None:
    """Garbage, and no answer at all, are not taken for a clean bill of health."""
    stand_in(script)
    with pytest.raises(InternalError, match="no answer that can be read"):
        reasoner.check_consistency(of((X, RDF.type, OWL.Class)))


def test_a_java_that_hangs_is_ended_with_all_it_started(
    monkeypatch: pytest.MonkeyPatch, stand_in: Callable[[str], Path]
) -> None:
    """Time runs out with a clear error, and the runtime does not go on behind it."""
    folder = stand_in('echo $$ > "$(dirname "$0")/pid"; exec sleep 60')
    monkeypatch.setattr(reasoner, "TIMEOUT_SECONDS", 8)
    with pytest.raises(LimitReached, match="within 8 seconds"):
        reasoner.check_consistency(of((X, RDF.type, OWL.Class)))
    pid = int((folder / "pid").read_text())
    for _ in range(50):
        if _has_ended(pid):
            return
        time.sleep(0.1)
    pytest.fail("the runtime still runs")


def _has_ended(pid: int) -> bool:
    """Tell whether a process is gone, or dead and not yet buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(") ")[2].startswith("Z")
