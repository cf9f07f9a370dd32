"""A made-up register of any size, for measuring: companies, activities, parts, faults.

Every company, organisation and activity is invented and says so in its name. The
same size and seed give the same bytes. About 48 quads an activity; every twelfth
activity has one planted fault (some 8 %), in turn out of ``FAULTS``.

    python -m tests.benchmarks.synthetic 1000 > register.nq
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

BASE = "https://example.org/synthetic/"
FAULT_EVERY = 12
FAULTS = (
    "no purpose",
    "no legal basis",
    "no retention",
    "no data subject",
    "transfer without tool",
    "transfer under a fallen decision",
    "recipient without role",
    "no measure",
)

_PREFIXES = {
    "dct": "http://purl.org/dc/terms/",
    "dpcat": "https://w3id.org/dpcat#",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "law": "https://w3id.org/ropa-kg/law/",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "ropa": "https://w3id.org/ropa-kg/ontology#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TYPE = "rdf:type"

_TOPICS = (
    ("Newsletter", "dpv:DirectMarketing", "eu-gdpr:A6-1-a"),
    ("Customer care", "dpv:CustomerCare", "eu-gdpr:A6-1-b"),
    ("User accounts", "dpv:AccountManagement", "eu-gdpr:A6-1-b"),
    ("Hiring", "dpv:PersonnelHiring", "eu-gdpr:A6-1-b"),
    ("Security monitoring", "dpv:EnforceSecurity", "eu-gdpr:A6-1-f"),
    ("Bookkeeping", "dpv:LegalCompliance", "eu-gdpr:A6-1-c"),
    ("Disputes", "dpv:DisputeManagement", "eu-gdpr:A6-1-f"),
    ("Audience measurement", "dpv:ServiceUsageAnalytics", "eu-gdpr:A6-1-a"),
    ("Abuse prevention", "dpv:MisusePreventionAndDetection", "eu-gdpr:A6-1-f"),
    ("Public relations", "dpv:PublicRelations", "eu-gdpr:A6-1-a"),
)
_DATA = (
    "pd:Name",
    "pd:EmailAddress",
    "pd:TelephoneNumber",
    "pd:PhysicalAddress",
    "pd:IPAddress",
    "pd:UserAgent",
    "pd:BrowserHistory",
    "pd:Nationality",
    "pd:EmploymentHistory",
    "pd:Opinion",
)
_SPECIAL = "pd:MedicalHealth"
_PEOPLE = ("dpv:Customer", "dpv:User", "dpv:Visitor", "dpv:JobApplicant")
_COUNTRIES = ("loc:US", "loc:IN", "loc:JP", "loc:CH", "loc:BR")
_PERIODS = (
    ("P1Y", 1, "Year", 365),
    ("P3Y", 3, "Year", 1095),
    ("P13M", 13, "Month", 390),
)
_MEASURES = (
    ("dpv:TechnicalMeasure", "dpv:PasswordAuthentication", "Passwords"),
    ("dpv:TechnicalMeasure", "dpv:EncryptionInTransfer", "Encrypted connections"),
    ("dpv:OrganisationalMeasure", "dpv:AuthorisationProcedure", "Access by need"),
)


def _full(term: str) -> str:
    """Write a short name, a full IRI or an already written literal as N-Quads."""
    if term.startswith(('"', "<")):
        return term
    prefix, _, local = term.partition(":")
    return f"<{_PREFIXES[prefix]}{local}>" if prefix in _PREFIXES else f"<{term}>"


class _Document:
    """Writes the triples of one entry as lines of N-Quads in its graph."""

    def __init__(self, iri: str) -> None:
        self.iri = iri
        self.lines: list[str] = []

    def part(self, name: str) -> str:
        return f"{self.iri}#{name}"

    def say(self, subject: str, *pairs: tuple[str, str]) -> None:
        for predicate, value in pairs:
            self.lines.append(
                f"{_full(subject)} {_full(predicate)} {_full(value)} <{self.iri}> .\n"
            )


def _text(words: str) -> str:
    return f'"{words}"@en'


def _typed(value: object, datatype: str) -> str:
    return f'"{value}"^^{_full("xsd:" + datatype)}'


def register(
    activities: int, *, companies: int | None = None, seed: int = 1
) -> Iterator[str]:
    """Give a register as lines of N-Quads.

    Args:
        activities: how many processing activities.
        companies: how many companies share them; one for every 50 if not said.
        seed: another seed gives another register of the same shape.
    """
    chance = random.Random(seed)
    firms = companies or max(3, activities // 50)
    shared = max(5, firms // 2)
    for number in range(shared):
        yield from _organisation(number)
    for firm in range(firms):
        yield from _company(firm)
    for number in range(activities):
        yield from _activity(number, number % firms, shared, chance)


def _organisation(number: int) -> list[str]:
    document = _Document(f"{BASE}organisations/supplier-{number}")
    document.say(
        document.iri,
        (_TYPE, "dpv:Organisation"),
        ("dpv:hasName", f'"Invented Supplier {number}"'),
        ("dpv:hasCountry", _COUNTRIES[number % len(_COUNTRIES)]),
    )
    return document.lines


def _company(number: int) -> list[str]:
    document = _Document(f"{BASE}companies/firm-{number}")
    record = document.part("record")
    document.say(
        document.iri,
        (_TYPE, "dpv:LegalEntity"),
        ("dpv:hasName", f'"Invented Firm {number} SARL"'),
        ("dpv:hasAddress", f'"{number} Imaginary Street, Nowhere"'),
        ("dpv:hasCountry", "loc:FR"),
        ("ropa:email", f'"office@firm-{number}.example"'),
        ("dpv:hasContact", document.part("contact")),
        ("dpv:hasDataProtectionOfficer", document.part("dpo")),
    )
    document.say(
        document.part("contact"),
        (_TYPE, "ropa:Contact"),
        ("ropa:contactKind", "ropa:PrivacyContact"),
        ("ropa:email", f'"privacy@firm-{number}.example"'),
    )
    document.say(
        document.part("dpo"),
        (_TYPE, "ropa:Contact"),
        ("ropa:contactKind", "ropa:DataProtectionOfficerContact"),
        ("dpv:hasName", f'"Person {number}"'),
        ("ropa:isExternal", _typed("false", "boolean")),
    )
    document.say(
        record,
        (_TYPE, "dpcat:ROPA"),
        ("dct:title", _text(f"Register of Invented Firm {number}")),
        ("dct:publisher", document.iri),
        ("ropa:profile", "ropa:Register"),
        ("dpv:hasRecipient", document.part("recipient-staff")),
        ("dpv:hasRight", document.part("right-access")),
        ("dpv:hasTechnicalOrganisationalMeasure", document.part("measure-hosting")),
    )
    document.say(
        document.part("recipient-staff"),
        (_TYPE, "dpv:Recipient"),
        ("skos:prefLabel", _text("Own staff")),
        ("ropa:recipientKind", "ropa:OwnStaff"),
    )
    document.say(
        document.part("right-access"),
        (_TYPE, "dpv:DataSubjectRight"),
        ("skos:broader", "eu-gdpr:A15"),
        ("ropa:position", "ropa:Granted"),
    )
    document.say(
        document.part("measure-hosting"),
        (_TYPE, "dpv:PhysicalMeasure"),
        ("skos:prefLabel", _text("Locked server room")),
        ("skos:broader", "dpv:PhysicalMeasure"),
    )
    return document.lines


def _activity(number: int, firm: int, shared: int, chance: random.Random) -> list[str]:
    company = f"{BASE}companies/firm-{firm}"
    document = _Document(f"{BASE}activities/firm-{firm}/activity-{number}")
    fault = ""
    if number % FAULT_EVERY == FAULT_EVERY - 1:
        fault = FAULTS[number // FAULT_EVERY % len(FAULTS)]
    title, purpose, basis = _TOPICS[number % len(_TOPICS)]
    me = document.iri
    document.say(
        me,
        (_TYPE, "dpv:PersonalDataProcess"),
        ("dct:title", _text(f"{title} {number}")),
        ("dct:isPartOf", f"{company}#record"),
        ("dpv:hasDataController", company),
        ("ropa:status", "ropa:Active"),
    )
    if fault != "no purpose":
        part = document.part("purpose")
        document.say(me, ("dpv:hasPurpose", part))
        document.say(
            part,
            (_TYPE, "dpv:Purpose"),
            ("skos:prefLabel", _text(f"{title} for the people of firm {firm}")),
            ("skos:broader", purpose),
        )
        if fault != "no legal basis":
            document.say(part, ("dpv:hasLegalBasis", basis))
            if basis.endswith("f"):
                document.say(part, ("ropa:namedInterest", _text("A safe service")))
    if fault != "no data subject":
        document.say(me, ("dpv:hasDataSubject", chance.choice(_PEOPLE)))
    _data(document, number, chance)
    _recipients(document, number, shared, fault, company)
    if fault != "no retention":
        _retention(document, number)
    if fault != "no measure":
        for place, (kind, broader, label) in enumerate(_MEASURES[: 1 + number % 3]):
            part = document.part(f"measure-{place}")
            document.say(me, ("dpv:hasTechnicalOrganisationalMeasure", part))
            document.say(
                part,
                (_TYPE, kind),
                ("skos:prefLabel", _text(label)),
                ("skos:broader", broader),
            )
    return document.lines


def _data(document: _Document, number: int, chance: random.Random) -> None:
    for category in chance.sample(_DATA, 4):
        document.say(document.iri, ("dpv:hasPersonalData", category))
    part = document.part("data-file")
    document.say(document.iri, ("dpv:hasPersonalData", part))
    document.say(
        part,
        (_TYPE, "dpv:PersonalData"),
        ("skos:prefLabel", _text("File of the person")),
        ("skos:broader", "pd:Professional"),
        ("dpv:hasDataSource", "dpv:DataSubjectDataSource"),
    )
    if number % 25 == 0:
        document.say(document.iri, ("dpv:hasPersonalData", _SPECIAL))
        if number % 50 == 0:
            document.say(
                document.part("purpose"), ("dpv:hasLegalBasis", "eu-gdpr:A9-2-a")
            )


def _recipients(
    document: _Document, number: int, shared: int, fault: str, company: str
) -> None:
    me = document.iri
    supplier = f"{BASE}organisations/supplier-{number % shared}"
    part = document.part("recipient-supplier")
    document.say(me, ("dpv:hasRecipient", part))
    role = "dpv:Recipient" if fault == "recipient without role" else "dpv:DataProcessor"
    document.say(
        part,
        (_TYPE, role),
        ("skos:prefLabel", _text(f"Supplier {number % shared}")),
        ("ropa:organisation", supplier),
        ("ropa:recipientKind", "ropa:ContractedProvider"),
        ("ropa:contract", _text(f"Contract {number}")),
        ("dpv:hasCountry", _COUNTRIES[number % shared % len(_COUNTRIES)]),
    )
    if number % 4 and not fault.startswith("transfer"):
        return
    part = document.part("transfer")
    fallen = fault == "transfer under a fallen decision"
    country = "loc:US" if fallen else _COUNTRIES[number % shared % len(_COUNTRIES)]
    document.say(me, ("dpv:hasProcessing", part))
    document.say(
        part,
        (_TYPE, "dpv:CrossBorderTransfer"),
        ("skos:prefLabel", _text(f"To supplier {number % shared}")),
        ("dpv:hasDataExporter", company),
        ("dpv:hasDataImporter", supplier),
        ("dpv:hasThirdCountry", country),
    )
    if fallen:
        document.say(
            part,
            ("dpv:hasLegalBasis", "eu-gdpr:A45-3"),
            ("ropa:decision", "law:eu-us-privacy-shield"),
        )
    elif fault != "transfer without tool":
        document.say(part, ("dpv:hasLegalBasis", "eu-gdpr:A46-2-c"))


def _retention(document: _Document, number: int) -> None:
    period, count, unit, days = _PERIODS[number % len(_PERIODS)]
    part = document.part("retention")
    document.say(document.iri, ("dpv:hasStorageCondition", part))
    document.say(
        part,
        (_TYPE, "dpv:StorageCondition"),
        ("skos:prefLabel", _text("The whole file")),
        ("ropa:period", f'"{period}"'),
        ("ropa:days", _typed(days, "integer")),
        ("time:numericDuration", _typed(count, "decimal")),
        ("time:unitType", f"time:unit{unit}"),
        ("ropa:startEvent", _text("End of the contract")),
        ("ropa:isMaximum", _typed("true", "boolean")),
        ("ropa:endAction", "ropa:Deletion"),
    )


if __name__ == "__main__":
    sys.stdout.writelines(register(int(sys.argv[1]) if sys.argv[1:] else 1000))
