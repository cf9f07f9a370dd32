"""Agreement with the published DPV files, where they are at hand."""

from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import terms, vocabulary
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, DPV, GDPR, LOC, OWL, PD, RDF, RDFS, SKOS

MODULES = {
    DPV: ["dpv.ttl", "risk.ttl"],
    GDPR: ["eu-gdpr.ttl"],
    PD: ["pd.ttl"],
    LOC: ["loc-countries.ttl"],
}


@pytest.fixture(scope="module")
def published(dpv_files: Path) -> set[tuple[object, ...]]:
    """Read the published files."""
    found: set[tuple[object, ...]] = set()
    for names in MODULES.values():
        for name in names:
            data = (dpv_files / name).read_bytes()
            found |= {quad[:3] for quad in parse(data, Syntax.TURTLE)}
    return found


@pytest.mark.parametrize("space", MODULES, ids=lambda s: s.prefix)
def test_every_term_is_a_term_of_dpv(
    published: set[tuple[object, ...]], space: terms.ClosedNamespace
) -> None:
    """No IRI of DPV's namespaces was made up or misspelt."""
    known = {s for s, _, _ in published}
    schemes = {o for _, p, o in published if p == SKOS.inScheme}
    used = {p for _, p, _ in published}
    made_up = set(space) - known - schemes - used
    assert made_up == set()


def test_every_category_of_personal_data_is_there(
    published: set[tuple[object, ...]],
) -> None:
    """All 231 categories of the personal data extension were taken over."""
    start = str(PD)
    found = {
        s
        for s, p, o in published
        if p == RDF.type and o == SKOS.Concept and str(s).startswith(start)
    }
    assert len(found) == 231
    assert all(term in PD for term in found)


@pytest.mark.parametrize(
    "scheme",
    [
        "legal-basis-classes",
        "legal-basis-special-classes",
        "legal-basis-data-transfer-classes",
        "data-transfers-classes",
        "rights-classes",
    ],
)
def test_the_lists_of_the_gdpr_extension_are_complete(
    published: set[tuple[object, ...]], scheme: str
) -> None:
    """No legal basis, tool or right of DPV is missing."""
    members = {
        s
        for s, p, o in published
        if p == SKOS.inScheme and o == URIRef(str(GDPR) + scheme)
    }
    missing = {s for s in members if str(s).startswith(str(GDPR)) and s not in GDPR}
    assert members
    assert missing == set()


def test_the_purposes_are_complete(published: set[tuple[object, ...]]) -> None:
    """All purposes and processing operations of DPV can be chosen."""
    for scheme in (DPV["purposes-classes"], DPV["processing-classes"]):
        members = {s for s, p, o in published if p == SKOS.inScheme and o == scheme}
        assert members
        assert {s for s in members if s not in DPV} == set()


def test_the_hierarchy_is_that_of_dpv(published: set[tuple[object, ...]]) -> None:
    """What we put above a term, DPV puts above it, and nothing is left out."""
    graph = vocabulary.load().graph
    for property_ in (SKOS.broader, RDFS.subClassOf, RDFS.subPropertyOf):
        for s, o in graph.subject_objects(property_):
            if terms.namespace_of(str(s)) in MODULES:
                relation = SKOS.broader if property_ == RDFS.subClassOf else property_
                assert (s, relation, o) in published, (s, o)
    # DPV's counted unions (EU27, EEA31 …) are left out; memberships carry dates.
    for s, p, o in published:
        if p == SKOS.broader and s in {*DPV, *GDPR, *PD, *LOC}:
            if str(o).startswith(str(LOC)) and o not in LOC:
                continue
            # Properties have their place by rdfs:subPropertyOf, checked above.
            if (s, RDF.type, OWL.ObjectProperty) not in graph:
                assert (s, p, o) in graph, (s, o)


def test_the_version_followed_is_named() -> None:
    """The catalogue names source, version and licence of DPV."""
    graph = vocabulary.load().graph
    source = URIRef("https://w3id.org/dpv/2.3/dpv")
    assert (
        str(graph.value(source, URIRef("http://www.w3.org/ns/dcat#version"))) == "2.3"
    )
    assert list(graph.objects(source, DCT.license))
