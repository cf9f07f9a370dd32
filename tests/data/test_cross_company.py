"""What one asks across companies: each is one query on the graph alone.

The answers were read in the five policies, not in the graph.
"""

from __future__ import annotations

import pytest

from ropa.register import Register

HOLDER = """
    { ?record a dpcat:ROPA ; dct:publisher ?company . BIND(?record AS ?holder) }
    UNION
    { ?holder dct:isPartOf ?record . ?record dct:publisher ?company . }
"""
QUESTIONS: dict[str, tuple[str, set[str]]] = {
    "keeps logs for a year": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:hasStorageCondition ?rule .
            ?rule ropa:period "P1Y" ; ropa:appliesTo/skos:broader* ropa:LogData . }""",
        {"weprode", "wimi"},
    ),
    "buys data": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:hasPersonalData?/dpv:hasDataSource/skos:broader*
                ropa:PurchasedSource . }""",
        {"wimi"},
    ),
    "profiles": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:hasProcessing/skos:broader* dpv:Profiling . }""",
        {"wimi"},
    ),
    "has outside counsel as its officer": (
        """SELECT DISTINCT ?company {
            ?company dpv:hasDataProtectionOfficer/ropa:isExternal true . }""",
        {"wimi"},
    ),
    "names an officer": (
        "SELECT DISTINCT ?company { ?company dpv:hasDataProtectionOfficer ?who }",
        {"wimi", "wpo"},
    ),
    "keeps something longest": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:hasStorageCondition/ropa:days ?days .
            { SELECT (MAX(?any) AS ?days) { ?rule ropa:days ?any } } }""",
        {"weprode"},
    ),
    "grants portability, at least in part": (
        """SELECT DISTINCT ?company {
            ?record dct:publisher ?company ; dpv:hasRight ?right .
            ?right skos:broader eu-gdpr:A20 ; ropa:position ?position .
            FILTER(?position IN (ropa:Granted, ropa:PartlyGranted)) }""",
        {"weprode", "wimi", "workpex"},
    ),
    "refuses a right outright": (
        """SELECT DISTINCT ?company {
            ?record dct:publisher ?company ; dpv:hasRight ?right .
            ?right ropa:position ropa:Refused . }""",
        {"wimi"},
    ),
    "names Google, by itself or by a product": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:isImplementedUsingTechnology|ropa:namesVendor ?part .
            ?part ropa:organisation/dpv:hasName ?name .
            FILTER(STRSTARTS(?name, "Google")) }""",
        {"wepos", "workpex"},
    ),
    "denies selling data": (
        """SELECT DISTINCT ?company {
            ?claim ropa:about ?record ; ropa:state ropa:Denied ;
                ropa:value dpv:SellDataToThirdParties .
            ?record dct:publisher ?company . }""",
        {"wepos", "workpex", "wpo"},
    ),
    "tells the authority of a breach": (
        """SELECT DISTINCT ?company {
            %s
            ?holder dpv:hasTechnicalOrganisationalMeasure/ropa:notifies ?authority .
            ?authority a dpv:DataProtectionAuthority . }""",
        {"weprode", "wimi"},
    ),
    "keeps children under 16 out": (
        """SELECT DISTINCT ?company {
            ?record dct:publisher ?company ; ropa:ageRequirement ?rule .
            ?rule ropa:minimumAge 16 . }""",
        {"wepos", "workpex"},
    ),
    "acts as a processor as well": (
        """SELECT DISTINCT ?company {
            ?activity dpv:hasDataProcessor ?company .
            ?record dct:publisher ?company . }""",
        {"wepos", "weprode", "workpex"},
    ),
    "gives notice before it changes its policy": (
        """SELECT DISTINCT ?company {
            ?record dct:publisher ?company .
            ?record ropa:policyChange/ropa:noticePeriod ?period . }""",
        {"workpex"},
    ),
    "grants directions for after death": (
        """SELECT DISTINCT ?company {
            ?record dct:publisher ?company ; dpv:hasRight ?right .
            ?right skos:broader ropa:PostMortemDirections ;
                ropa:position ropa:Granted . }""",
        {"wimi"},
    ),
}


@pytest.mark.parametrize("who", sorted(QUESTIONS))
def test_one_query_across_companies(register: Register, who: str) -> None:
    """Each company that does it is found, and no other."""
    query, expected = QUESTIONS[who]
    table = register.select(query.replace("%s", HOLDER))
    assert {str(row[0]).rpartition("/")[2] for row in table.rows} == expected
