"""Why by command: what follows from an entry, and how an entailment is explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

from ropa import entailments
from ropa.cli import main
from ropa.register import Register
from ropa.why import FORMAT

BASE = "https://example.org/r/"
ENTRIES = f"""
    @base <{BASE}> .
    @prefix dct: <http://purl.org/dc/terms/> .
    @prefix dpcat: <https://w3id.org/dpcat#> .
    @prefix dpv: <https://w3id.org/dpv#> .
    @prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
    @prefix loc: <https://w3id.org/dpv/loc#> .
    @prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <companies/mill> a dpv:LegalEntity ; dpv:hasName "Mill" ; dpv:hasCountry loc:FR .
    <companies/mill#record> a dpcat:ROPA ; dct:title "Record"@en ;
        dct:publisher <companies/mill> ; ropa:profile ropa:Register .
    <activities/mill/letters> a dpv:PersonalDataProcess ; dct:title "Letters"@en ;
        dct:isPartOf <companies/mill#record> ; dpv:hasDataController <companies/mill> ;
        dpv:hasPurpose <activities/mill/letters#offers> .
    <activities/mill/letters#offers> a dpv:Purpose ; skos:prefLabel "Offers"@en ;
        skos:broader dpv:DirectMarketing ; dpv:hasLegalBasis eu-gdpr:A6-1-f .
    <activities/mill/archive> a dpv:PersonalDataProcess ; dct:title "Archive"@en ;
        dct:isPartOf <companies/mill#record> ; dpv:hasDataController <companies/mill> .
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a register with an activity of which something follows."""
    folder: Path = tmp_path_factory.mktemp("why") / "register"
    with Register.create(str(folder), base=BASE) as register:
        graph = Graph().parse(data=ENTRIES, format="turtle")
        register.add(graph, author="a tester")
    return str(folder)


def run(*words: str) -> Result:
    """Run one command."""
    result = CliRunner().invoke(main, [*words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            (
                "# Letters",
                "What follows by the law of 2026-11-22",
                "Letters · Kind · Activity of direct marketing  [GDPR Art. 21(2)]",
                "“Letters” is of the kind “Activity of direct marketing”: ",
                "  - Offers · Kind of purpose · Direct marketing  [stated here]",
                "[inferred in turn]",
                "[vocabulary]",
            ),
        ),
        (
            "fr",
            (
                "Ce qui découle selon le droit du 2026-11-22",
                "Letters · Nature · Activité de prospection  [RGPD art. 21(2)]",
                "«\u00a0Letters\u00a0» est de type "
                "«\u00a0Activité de prospection\u00a0»",
                "[indiqué ici]",
                "[déduit à son tour]",
            ),
        ),
    ],
)
def test_what_follows_is_told(place: str, lang: str, words: tuple[str, ...]) -> None:
    """Each statement with its article, its sentence and what it rests on."""
    result = run(
        *("--store", place, "--lang", lang, "show", "mill/letters", "--why"),
        *("--as-of", "2026-11-22"),
    )
    assert result.exit_code == 0
    for one in words:
        assert one in result.stdout


def test_values_are_printed(place: str) -> None:
    """The same for programs."""
    words = ("show", "mill/letters", "--why", "--format", "json")
    values = json.loads(run("--store", place, *words).stdout)
    assert values["format"] == FORMAT
    assert values["title"] == "Letters"
    assert values["total"] == len(values["whys"]) > 0


def test_nothing_follows(place: str) -> None:
    """That is said, and is no fault."""
    result = run("--store", place, "show", "mill/archive", "--why")
    assert result.exit_code == 0
    assert "Nothing follows from what is stated." in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["mill/lettres", "--why"], 1, "no entry"),
        (["mill/letters", "--why", "--format", "turtle"], 2, "text, json"),
        (["mill/letters", "--format", "json"], 2, "turtle, jsonld"),
        (["mill/letters", "--as-of", "2026-01-01"], 2, "--why"),
    ],
)
def test_slips_are_told(place: str, words: list[str], code: int, said: str) -> None:
    """An unknown entry as without --why; forms and days where they belong."""
    result = run("--store", place, "show", *words)
    assert result.exit_code == code
    assert said in result.stderr
    assert not result.stdout


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("one", entailments.all_entailments(), ids=lambda one: one.name)
def test_each_entailment_is_explained(
    place: str, one: entailments.Entailment, lang: str
) -> None:
    """Summary, sentence and what follows; by its name and by its address."""
    said = run("--store", place, "--lang", lang, "explain", one.name).stdout
    assert said.startswith(f"{one.summary_in(lang)} ({one.name})")
    assert "ropa ask inferred" in said
    assert "{" not in said
    assert run("--store", place, "--lang", lang, "explain", str(one.iri)).stdout == said


def test_an_entailment_for_programs(place: str) -> None:
    """With what it concludes."""
    words = ("explain", "legal-bases-of-purposes", "--format", "json")
    values = json.loads(run("--store", place, *words).stdout)
    assert values["kind"] == "entailment"
    assert [one["short"] for one in values["concludes"]] == ["dpv:hasLegalBasis"]
    assert "inferred" in values["questions"]


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (
            "ropa:DirectMarketingActivity",
            "is of the kind “Processing activity”; "
            "Purpose: of the kind “Purpose of direct marketing”",
        ),
        ("ropa:DirectMarketingPurpose", "is Direct marketing"),
        ("ropa:VulnerablePeople", "Vulnerable: yes"),
        ("ropa:ProcessorActivity", ": said"),
        ("ropa:ProcessorActivity", "Answer: ropa ask inferred"),
    ],
)
def test_a_kind_says_from_what_it_follows(place: str, term: str, said: str) -> None:
    """The axioms of the logic in words."""
    assert said in run("--store", place, "explain", term).stdout
