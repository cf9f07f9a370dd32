"""What must not set off a rule, each beside the one change that does.

The records are those of the seeded faults, each judged as a register and as a notice.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa.terms import DPV, GDPR, LOC, RDF, ROPA, SKOS
from tests.shapes.seeded import planting


class Case(NamedTuple):
    """A record that is right, and the change that makes it wrong."""

    name: str
    record: str
    rule: str
    change: str
    as_of: date = planting.DAY


CASES = [
    Case(
        "a recipient on Réunion is inside, one in New Caledonia is not",
        "web-shop",
        "recipient-abroad-without-transfer",
        """DELETE { ?place dpv:hasCountry loc:RE }
        INSERT { ?place dpv:hasCountry loc:NC }
        WHERE { ?place dpv:hasCountry loc:RE ; ropa:organisation ?who }""",
    ),
    Case(
        "a recipient on Åland is inside, one on the Faroe Islands is not",
        "web-shop",
        "recipient-abroad-without-transfer",
        """DELETE { ?place dpv:hasCountry loc:AX }
        INSERT { ?place dpv:hasCountry loc:FO }
        WHERE { ?place dpv:hasCountry loc:AX ; ropa:organisation ?who }""",
    ),
    Case(
        "data given by people themselves are not transferred, those given on are",
        "direct-collection",
        "recipient-abroad-without-transfer",
        """DELETE { ?place ropa:recipientKind ropa:OwnStaff }
        INSERT { ?place a dpv:ThirdParty ; ropa:recipientKind ropa:BusinessPartner }
        WHERE { ?place ropa:recipientKind ropa:OwnStaff }""",
    ),
    Case(
        "the European Patent Organisation is adequate, from the day of its decision",
        "patents",
        "adequacy-decision-not-in-force",
        "INSERT { } WHERE { ?place a dpv:CrossBorderTransfer }",
        as_of=date(2025, 7, 14),
    ),
    Case(
        "its decision carries nothing to another international organisation",
        "patents",
        "adequacy-decision-other-country",
        """DELETE { ?place ropa:organisation law:european-patent-organisation }
        INSERT {
            ?place ropa:organisation ?other .
            ?other a dpv:Organisation , dpv:InternationalOrganisation ;
                dpv:hasName "Other Office" .
        }
        WHERE {
            ?place ropa:organisation law:european-patent-organisation .
            BIND(<https://w3id.org/ropa-kg/data/organisations/other> AS ?other)
        }""",
    ),
    Case(
        "payroll may use the national number where the rule is named",
        "payroll",
        "french-number-rule-unnamed",
        """DELETE { ?part ropa:namedLaw ?law }
        WHERE {
            ?activity dpv:hasPurpose|dpv:hasPersonalData ?part .
            ?part ropa:namedLaw ?law . BIND(?activity AS ?place)
        }""",
    ),
    Case(
        "staff files of a small company need no impact assessment",
        "small-hr",
        "dpia-status-missing",
        """DELETE { ?place ropa:numberOfStaff 12 }
        INSERT { ?place ropa:numberOfStaff 250 }
        WHERE { ?place ropa:numberOfStaff 12 }""",
    ),
    Case(
        "a host may be a processor here and a third party there, not both in one place",
        "two-roles",
        "controller-and-processor",
        """INSERT { ?activity dpv:hasRecipient ?seller }
        WHERE {
            ?activity dpv:hasRecipient ?place . ?place a dpv:DataProcessor .
            ?other dpv:hasRecipient ?seller . ?seller a dpv:ThirdParty .
        }""",
    ),
    Case(
        "a law firm may be the officer, if it can be reached",
        "members",
        "officer-contact-missing",
        """DELETE { ?place dpv:hasAddress ?address ; ropa:email ?email }
        WHERE { ?officer a dpv:DataProtectionOfficer ; ropa:organisation ?place .
            ?place dpv:hasAddress ?address ; ropa:email ?email }""",
    ),
    Case(
        "consent may be withdrawn by unsubscribing, if people are told so",
        "newsletter",
        "withdrawal-missing",
        """DELETE { ?place ropa:withdrawal ?way }
        WHERE { ?place ropa:withdrawal ?way }""",
    ),
    Case(
        "a criterion stands for a period, if it decides anything",
        "members",
        "retention-only-as-needed",
        """DELETE { ?place ropa:criterion ?rule }
        INSERT { ?place ropa:criterion "As long as necessary"@en }
        WHERE { ?place ropa:criterion ?rule }""",
    ),
    Case(
        "a criterion stands for a period, and one of them must be there",
        "members",
        "retention-undefined",
        "DELETE { ?place ropa:criterion ?rule } WHERE { ?place ropa:criterion ?rule }",
    ),
]

# What makes each case the case that it is named after.
TRIGGERS = [
    ("web-shop", (None, DPV.hasCountry, LOC.RE)),
    ("web-shop", (None, DPV.hasCountry, LOC.AX)),
    ("direct-collection", (None, DPV.hasCountry, LOC.US)),
    ("direct-collection", (None, DPV.hasDataSource, ROPA.GivenByPerson)),
    ("payroll", (None, SKOS.broader, ROPA.NationalNumber)),
    ("small-hr", (None, SKOS.broader, DPV.Employee)),
    ("members", (None, ROPA.isExternal, None)),
    ("members", (None, ROPA.criterion, None)),
    ("newsletter", (None, DPV.hasLegalBasis, GDPR["A6-1-a"])),
    ("patents", (None, DPV.hasLegalBasis, GDPR["A45-3"])),
]


def codes(data: Graph, as_of: date) -> set[str]:
    """Give the rules that fire on a record, as a register and as a notice."""
    return {
        rule
        for profile in planting.PROFILES
        for rule, *_ in planting.findings(
            planting.relabelled(data, profile), as_of=as_of
        )
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_right_is_left_alone(case: Case) -> None:
    """Nothing at all is found in the record as it is."""
    assert codes(planting.read(case.record).data, planting.DAY) == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_change_sets_off_the_rule(case: Case) -> None:
    """With one fact changed the rule fires, so that the test above can fail."""
    head = f"#+ fault: twin\n#+ fires: {case.rule}\n"
    fault = planting.fault(head + case.change)
    record = planting.read(case.record)
    place = planting.places(fault, record)[0]
    changed = planting.planted(fault, record, place)
    assert case.rule in codes(changed, case.as_of)


@pytest.mark.parametrize(("record", "pattern"), TRIGGERS)
def test_the_records_are_what_they_are_named_after(
    record: str, pattern: tuple[URIRef | None, ...]
) -> None:
    """The fact that could set off a rule wrongly is there."""
    assert pattern in planting.read(record).data


def test_the_small_company_has_no_assessment() -> None:
    """Neither small employer has an impact assessment, or says why not."""
    for name in ("small-hr", "payroll"):
        assert (None, DPV.hasAssessment, None) not in planting.read(name).data


def test_unsubscribing_is_the_only_way_out() -> None:
    """The record of the letter does not list withdrawal among the rights."""
    assert (None, SKOS.broader, GDPR["A7-3"]) not in planting.read("newsletter").data


def test_one_host_has_two_roles() -> None:
    """The same organisation is a processor in one place, a third party in another."""
    data = planting.read("two-roles").data
    roles = {
        role
        for part in data.subjects(ROPA.organisation)
        for role in data.objects(part, RDF.type)
    }
    assert {DPV.DataProcessor, DPV.ThirdParty} <= roles
