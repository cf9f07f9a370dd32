"""Agreement with the published DPV files, where they are at hand."""

from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import terms, vocabulary
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, DPV, GDPR, LOC, OWL, PD, RDF, RDFS, SKOS

STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
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


def test_the_gdpr_extension_is_complete(published: set[tuple[object, ...]]) -> None:
    """No legal basis, tool, right, assessment or breach of DPV is missing."""
    start = str(GDPR)
    concepts = {
        s
        for s, p, o in published
        if p == RDF.type and o == SKOS.Concept and str(s).startswith(start)
    }
    assert len(concepts) > 220
    assert {s for s in concepts if s not in GDPR} == set()


@pytest.mark.parametrize(
    ("scheme", "least"),
    [
        ("purposes-classes", 120),
        ("processing-classes", 50),
        ("processing-context-classes", 60),
        ("processing-scale-classes", 20),
        ("legal-basis-classes", 15),
        ("legal-basis-status-classes", 20),
        ("consent-types-classes", 5),
        ("consent-status-classes", 10),
        ("entities-legalrole-classes", 10),
        ("entities-datasubject-classes", 30),
        ("entities-authority-classes", 3),
        ("entities-organisation-classes", 10),
        ("personal-data-classes", 20),
        ("technical-measures-classes", 50),
        ("organisational-measures-classes", 80),
        ("physical-measures-classes", 5),
        ("legal-measures-classes", 5),
        ("rights-classes", 5),
        ("risk-classes", 20),
        ("status-classes", 60),
        ("notice-classes", 15),
    ],
)
def test_the_lists_of_dpv_that_a_record_needs_are_complete(
    published: set[tuple[object, ...]], scheme: str, least: int
) -> None:
    """No purpose, operation, basis, role, person, measure or status is missing."""
    sunset = {s for s, p, o in published if p == STATUS and str(o) == "sunset"}
    members = {
        s
        for s, p, o in published
        if p == SKOS.inScheme and o == URIRef(str(DPV) + scheme)
    }
    assert len(members) >= least
    own = {s for s in members - sunset if str(s).startswith(str(DPV))}
    assert {s for s in own if s not in DPV} == set()


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
            # Some justifications hang under an extension that a record does not need.
            if terms.namespace_of(str(o)) is None:
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
