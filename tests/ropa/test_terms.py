"""Closed namespaces: a misspelt term fails at once."""

import doctest
import re
import subprocess
import sys

import pytest
from rdflib.term import URIRef

from ropa import assets, syntax, terms
from ropa.errors import UnknownTerm
from ropa.terms import DCT, DPV, GDPR, LOC, PD, ROPA


def test_known_terms_are_given() -> None:
    """A term is its namespace and its name, by attribute or by key."""
    assert URIRef("https://w3id.org/dpv#Purpose") == DPV.Purpose
    assert GDPR["A6-1-f"] == URIRef("https://w3id.org/dpv/legal/eu/gdpr#A6-1-f")
    assert DCT.title == URIRef("http://purl.org/dc/terms/title")


@pytest.mark.parametrize(
    ("space", "name", "nearest"),
    [
        (DPV, "Purpos", "dpv:Purpose"),
        (GDPR, "A6-1-g", "eu-gdpr:A6-1-f"),
        (PD, "EmailAdress", "pd:EmailAddress"),
        (ROPA, "Claims", "ropa:Claim"),
        (LOC, "XX", None),
    ],
)
def test_a_misspelt_term_fails_and_names_the_nearest(
    space: terms.ClosedNamespace, name: str, nearest: str | None
) -> None:
    """The error says what was meant, where anything is near."""
    with pytest.raises(
        UnknownTerm, match=re.escape(f"{space.prefix}:{name}")
    ) as caught:
        space[name]
    with pytest.raises(UnknownTerm):
        getattr(space, name)
    if nearest:
        assert nearest in caught.value.details["nearest"]
        assert nearest in caught.value.hint
    assert caught.value.exit_code == 2


def test_old_spellings_of_dpv_are_unknown() -> None:
    """The record class of early DPV and sunset terms do not slip in."""
    for name in ("PersonalDataHandling", "PersonalDataCategory", "SRL"):
        assert name not in DPV.names()


def test_python_protocols_do_not_ask_the_ontology() -> None:
    """Copying and inspecting a namespace behaves as for any object."""
    assert not hasattr(DPV, "__wrapped__")
    assert not hasattr(DCT, "__deepcopy__")


@pytest.mark.parametrize("space", terms.CLOSED, ids=lambda s: s.prefix)
def test_the_quick_reading_finds_what_the_parser_finds(
    space: terms.ClosedNamespace,
) -> None:
    """Names taken from the text are exactly the subjects of the parsed files."""
    found = set()
    for name in assets.names("ontology", ".ttl"):
        text = assets.text("ontology", name)
        for s, _, _, _ in syntax.parse(text, syntax.Syntax.TURTLE):
            if terms.namespace_of(str(s)) is space:
                found.add(s)
    assert found == set(space)
    assert all(iri in space for iri in found)


def test_prefixes_are_those_of_the_ontology_header() -> None:
    """The header of ontology/ropa.ttl is the one list, and names the project's own."""
    header = assets.text("ontology", "ropa.ttl")
    assert len(terms.PREFIXES) == header.count("@prefix ")
    expected = {
        "dpv", "eu-gdpr", "pd", "loc", "legal-eu", "dpcat", "dct", "dcat", "prov",
        "skos", "oa", "time", "sh", "owl", "rdf", "rdfs", "xsd", "ropa", "law", "vann",
        "vendor",
    }  # fmt: skip
    assert set(terms.PREFIXES) == expected


def test_every_file_uses_prefixes_as_the_header_has_them() -> None:
    """No file gives a prefix of ours another meaning."""
    declared = re.compile(r"^@prefix\s+([\w-]+):\s*<([^>]*)>", re.MULTILINE)
    for room in ("ontology", "shapes", "data"):
        for name in assets.names(room, ".ttl"):
            for prefix, space in declared.findall(assets.text(room, name)):
                assert terms.PREFIXES.get(prefix, space) == space, (name, prefix)


@pytest.mark.parametrize(
    ("iri", "short"),
    [
        ("https://w3id.org/dpv#Purpose", "dpv:Purpose"),
        ("https://w3id.org/dpv/legal/eu/gdpr#A6-1-f", "eu-gdpr:A6-1-f"),
        ("https://w3id.org/ropa-kg/law/eu-us-dpf", "law:eu-us-dpf"),
        ("https://w3id.org/dpv#a b", "https://w3id.org/dpv#a b"),
        ("https://example.org/x", "https://example.org/x"),
    ],
)
def test_curies_use_the_longest_prefix(iri: str, short: str) -> None:
    """Short names are given where they can be written, and read back."""
    assert terms.curie(iri) == short
    if short != iri:
        assert str(terms.expand(short)) == iri


@pytest.mark.parametrize("short", ["dvp:Purpose", "dpv:Purpos", "Purpose"])
def test_unknown_short_names_fail(short: str) -> None:
    """Neither an unknown prefix nor an unknown name is guessed."""
    with pytest.raises(UnknownTerm):
        terms.expand(short)


def test_importing_terms_reads_no_ontology() -> None:
    """The import costs nothing but rdflib: files wait for the first term."""
    code = (
        "import sys; from ropa import terms, assets;"
        "assert not terms._read_prefixes.cache_info().currsize;"
        "assert not terms._governed.cache_info().currsize;"
        "assert 'pyoxigraph' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_examples_in_the_documentation_run() -> None:
    """Doctests of the module hold."""
    assert doctest.testmod(terms).failed == 0
