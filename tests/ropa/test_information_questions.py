"""Questions on what people are told, over a small register of every kind.

Each company below speaks of its matter fully, in part, denies it, or is silent; one
keeps its own register without any claim.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Dataset, Graph

from ropa import queries
from ropa.register import Register
from ropa.syntax import Syntax, parse

BASE = "https://example.org/register/"
PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://example.org/register/> .
"""
RECORD = """
<companies/{0}> a dpv:LegalEntity ; dpv:hasName "{0}" ; dpv:hasCountry loc:FR .
<companies/{0}#record> a dpcat:ROPA ; dct:title "Record of {0}"@en ;
    dct:publisher <companies/{0}> ; ropa:profile ropa:Register .
"""
TOLD = """
<organisations/watch> a dpv:DataProtectionAuthority ; dpv:hasName "Watch" .
<organisations/meter> a dpv:Organisation ; dpv:hasName "Meter" .
<companies/told#record>
    dpv:isImplementedUsingTechnology <companies/told#session> , <companies/told#meter> ,
        <companies/told#widget> ;
    dpv:hasStorageCondition <companies/told#keep> ;
    dpv:hasInvolvement <companies/told#leave> ;
    ropa:ageRequirement <companies/told#age> ;
    ropa:policyChange <companies/told#change> ;
    dpv:hasTechnicalOrganisationalMeasure <companies/told#tell-watch> ,
        <companies/told#tell-people> ;
    dpv:hasRight <companies/told#access> ;
    ropa:storedIn loc:FR ;
    dpv:hasApplicableLaw <https://w3id.org/ropa-kg/law/gdpr> ;
    ropa:disclaimer "Not liable for links"@en , "Sans garantie des liens"@fr ;
    ropa:statement "Built with care"@en .
<companies/told#session> a dpv:Technology ; skos:prefLabel "Session cookie"@en ;
    skos:broader ropa:SessionCookie ; ropa:function "Staying logged in"@en ,
        "Rester connecté"@fr .
<companies/told#meter> a dpv:Technology ; skos:prefLabel "Meter"@en ;
    skos:broader ropa:AudienceMeasurement ; ropa:organisation <organisations/meter> ;
    ropa:howToExercise "On its website"@en .
<companies/told#widget> a dpv:Technology ; skos:prefLabel "Button"@en ;
    skos:broader ropa:SocialWidget .
<companies/told#keep> a dpv:StorageCondition ; skos:prefLabel "Cookies"@en ;
    ropa:appliesTo <companies/told#meter> ; ropa:period "P13M" ;
    ropa:exception "Disputes"@en , "Litiges"@fr .
<companies/told> ropa:tradeName "Told" , "Tell" ; ropa:capital "1 euro" ;
    ropa:poweredBy <organisations/meter> .
<companies/told#leave> a dpv:OptingOutFromProcess ; skos:prefLabel "Newsletter"@en ;
    ropa:howToExercise "Link in each letter"@en ; ropa:consequence "No letters"@en .
<companies/told#age> a ropa:AgeRequirement ; ropa:minimumAge 16 ;
    ropa:consequence "Data removed"@en , "Account closed"@en .
<companies/told#change> a ropa:PolicyChange ; skos:prefLabel "Rights affected"@en ;
    ropa:occasion "Change of rights"@en ; ropa:noticePeriod "P30D" .
<companies/told#tell-watch> a dpv:OrganisationalMeasure ;
    skos:prefLabel "Watch told"@en ; skos:broader dpv:DataBreachNotification ;
    ropa:notifies <organisations/watch> ; ropa:deadline "PT72H" .
<companies/told#tell-people> a dpv:OrganisationalMeasure ;
    skos:prefLabel "People told"@en ; skos:broader dpv:DataBreachNotification ;
    ropa:notifies dpv:DataSubject ; ropa:condition "High risk"@en .
<companies/told#access> a dpv:DataSubjectRight ; skos:broader eu-gdpr:A15 ;
    ropa:position ropa:Granted ; ropa:howToExercise "By letter"@en ;
    ropa:identityProof "Signed copy"@en ; ropa:cost "Free"@en .
<activities/told/prospects> a dpv:PersonalDataProcess ; dct:title "Prospects"@en ;
    dct:isPartOf <companies/told#record> ; dpv:hasDataController <companies/told> ;
    dpv:hasProcessing dpv:Profiling ; dpv:hasAutomationLevel dpv:FullAutomation ;
    dpv:hasPurpose <activities/told/prospects#purpose> ;
    ropa:lastReviewedOn "2024-01-01"^^xsd:date ;
    ropa:reviewDueOn "2025-01-01"^^xsd:date .
<activities/told/prospects#purpose> a dpv:Purpose ; skos:prefLabel "Find"@en ;
    skos:broader dpv:Marketing ; dpv:hasLegalBasis eu-gdpr:A6-1-a ;
    ropa:namedLaw "Some code"@en .
<activities/told/over> a dpv:PersonalDataProcess ; dct:title "Over"@en ;
    dct:isPartOf <companies/told#record> ; dpv:hasDataController <companies/told> ;
    ropa:status ropa:Ended ; ropa:reviewDueOn "2020-01-01"^^xsd:date .
"""
DENYING = """
<companies/denying#cookies> a dpv:Technology ; skos:prefLabel "Cookies"@en ;
    skos:broader ropa:Cookie .
<companies/denying#no-cookies> a ropa:Claim ; ropa:about <companies/denying#record> ;
    ropa:field dpv:isImplementedUsingTechnology ;
    ropa:value <companies/denying#cookies> ;
    ropa:state ropa:Denied ; ropa:origin ropa:Recorded .
<companies/denying#no-profiling> a ropa:Claim ; ropa:about <companies/denying#record> ;
    ropa:field dpv:hasProcessing ; ropa:value dpv:Profiling ;
    ropa:state ropa:Denied ; ropa:origin ropa:Recorded .
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Give a register with a company that tells all, one that denies, a silent one."""
    folder: Path = tmp_path_factory.mktemp("told")
    with Register.create(str(folder / "register"), base=BASE) as register:
        for part in (
            RECORD.format("told") + TOLD,
            RECORD.format("denying") + DENYING,
            RECORD.format("silent"),
        ):
            entries = Graph().parse(data=PREFIXES + part, format="turtle")
            assert register.add(entries, author="Ada")
        yield register


SILENT = "not stated"
ANSWERS: dict[str, list[tuple[str | None, ...]]] = {
    "cookies": [
        ("denying", "false", None, None, None, "denied"),
        ("silent", None, None, None, None, SILENT),
        ("told", "true", None, f"{BASE}organisations/meter", "P13M", "stated"),
        ("told", "true", "Staying logged in", None, None, "stated"),
    ],
    "children": [
        ("denying", SILENT, SILENT),
        ("silent", SILENT, SILENT),
        ("told", "16", "Account closed; Data removed"),
    ],
    "breach-notification": [
        ("denying", SILENT, SILENT, SILENT),
        ("silent", SILENT, SILENT, SILENT),
        ("told", f"{BASE}organisations/watch", "High risk", "PT72H"),
    ],
    "automated-decisions": [
        ("denying", None, "false", SILENT, SILENT),
        ("silent", None, SILENT, SILENT, SILENT),
        (
            "told",
            "prospects",
            "true",
            "true",
            "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a",
        ),
    ],
    "overdue-reviews": [("told", "prospects", "2024-01-01", "2025-01-01")],
    "opt-outs": [
        ("told", None, "Newsletter", "Link in each letter", SILENT, "No letters"),
    ],
    "policy-changes": [
        ("denying", SILENT, SILENT, SILENT, SILENT, SILENT),
        ("silent", SILENT, SILENT, SILENT, SILENT, SILENT),
        ("told", "Change of rights", SILENT, "P30D", SILENT, SILENT),
    ],
    "exercising-rights": [
        (
            "told",
            "https://w3id.org/dpv/legal/eu/gdpr#A15",
            "By letter",
            "Signed copy",
            "Free",
        ),
    ],
    "further-statements": [
        (
            "told",
            None,
            "https://w3id.org/ropa-kg/ontology#disclaimer",
            "Not liable for links",
        ),
        (
            "told",
            None,
            "https://w3id.org/ropa-kg/ontology#statement",
            "Built with care",
        ),
    ],
    "retention-details": [
        ("told", None, "Cookies", "P13M", SILENT, "Disputes", SILENT),
    ],
    "company-details": [
        ("denying", SILENT, SILENT, SILENT, SILENT),
        ("silent", SILENT, SILENT, SILENT, SILENT),
        ("told", "Tell; Told", SILENT, "1 euro", f"{BASE}organisations/meter"),
    ],
    "laws-named": [
        ("told", "prospects", "Find", "Some code"),
        ("told", None, None, "https://w3id.org/ropa-kg/law/gdpr"),
    ],
    "storage-places": [("told", None, "https://w3id.org/dpv/loc#FR", "stated")],
}


def texts(rows: Any) -> list[tuple[str | None, ...]]:
    """Reduce rows to texts, sorted."""
    found = [tuple(None if c is None else str(c) for c in row) for row in rows]
    return sorted(found, key=lambda row: [cell or "" for cell in row])


def given(name: str, **more: str) -> dict[str, str]:
    """Give the pinned day where law or dates move, and what else is asked for."""
    day = {"as_of": "2026-11-22"} if "as_of" in queries.load(name).parameters else {}
    return day | more


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_told_denied_and_silent_are_told_apart(kept: Register, name: str) -> None:
    """What is told is given, what is denied is no silence, silence is said."""
    expected = sorted(ANSWERS[name], key=lambda row: [cell or "" for cell in row])
    assert texts(kept.ask(name, **given(name)).rows) == expected


@pytest.fixture(scope="module")
def second_engine(kept: Register) -> Dataset:
    """Give the same register in rdflib."""
    dataset = Dataset()
    for s, p, o, _ in parse(b"".join(kept._store.dump()), Syntax.NQUADS):
        dataset.default_graph.add((s, p, o))
    return dataset


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_rdflib_finds_the_same(
    kept: Register, second_engine: Dataset, name: str
) -> None:
    """A question is plain SPARQL 1.1."""
    theirs = second_engine.query(queries.load(name).render(**given(name)))
    assert texts(theirs) == texts(kept.ask(name, **given(name)).rows)


def test_every_technology_is_listed_with_its_kind(kept: Register) -> None:
    """Widgets stand beside cookies; a denied one is marked."""
    rows = texts(kept.ask("technologies").rows)
    found = [(row[0], row[2], row[-1]) for row in rows]
    assert sorted(found, key=str) == [
        ("denying", "Cookies", "denied"),
        ("told", "Button", "stated"),
        ("told", "Meter", "stated"),
        ("told", "Session cookie", "stated"),
    ]


def test_words_come_in_the_language_asked_for(kept: Register) -> None:
    """French where the record has it, else what it has."""
    rows = texts(kept.ask("cookies", lang="fr").rows)
    assert {row[2] for row in rows} == {None, "Rester connecté"}
    rows = texts(kept.ask("further-statements", lang="fr").rows)
    assert [row[-1] for row in rows] == ["Sans garantie des liens", "Built with care"]


def test_a_review_is_overdue_only_after_its_day(kept: Register) -> None:
    """On the day itself there is still time."""
    assert kept.ask("overdue-reviews", as_of="2025-01-01").rows == []
    assert len(kept.ask("overdue-reviews", as_of="2025-01-02").rows) == 1
