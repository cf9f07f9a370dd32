# What Article 30(1) asks of an activity, its purposes and their bases.

#+ fault: controller-is-somebody-else
#+ fires: company-without-role
DELETE { ?place dpv:hasDataController ?company }
INSERT {
    ?place dpv:hasDataController <https://w3id.org/ropa-kg/data/organisations/stranger> .
    <https://w3id.org/ropa-kg/data/organisations/stranger> a dpv:Organisation ;
        dpv:hasName "Stranger" ;
        dpv:hasCountry loc:FR ;
        ropa:email "privacy@stranger.example" .
}
WHERE {
    ?place dpv:hasDataController ?company .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
    FILTER NOT EXISTS { ?place ropa:arrangement ?arrangement }
}

#+ fault: purposes-taken-out
#+ fires: purpose-missing
DELETE { ?place dpv:hasPurpose ?purpose . ?purpose ?p ?o }
WHERE {
    ?place dpv:hasPurpose ?purpose . ?purpose ?p ?o .
    FILTER NOT EXISTS { ?place dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}

# Without them nothing shows that the exemption for small employers is meant.
#+ fault: purposes-of-staff-files-taken-out
#+ fires: purpose-missing dpia-status-missing
#+ records: payroll small-hr
DELETE { ?place dpv:hasPurpose ?purpose . ?purpose ?p ?o }
WHERE {
    ?place dpv:hasPurpose ?purpose . ?purpose ?p ?o .
}

#+ fault: wording-of-purpose-taken-out
#+ fires: purpose-unnamed
DELETE { ?place skos:prefLabel ?label }
WHERE { ?place a dpv:Purpose ; skos:prefLabel ?label }

#+ fault: purpose-from-the-vocabulary
#+ fires: purpose-is-a-term legal-basis-unsaid
INSERT { ?place dpv:hasPurpose dpv:RecordManagement }
WHERE {
    ?place a dpv:PersonalDataProcess .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?company }
    FILTER NOT EXISTS { ?place dpv:hasPurpose/skos:broader/skos:broader* dpv:HumanResourceManagement }
}

#+ fault: kind-of-purpose-made-general
#+ fires: purpose-generic
DELETE { ?place skos:broader ?kind }
INSERT { ?place skos:broader dpv:CommercialPurpose }
WHERE { ?place a dpv:Purpose ; skos:broader ?kind }

#+ fault: data-subjects-taken-out
#+ fires: data-subject-missing
DELETE { ?place dpv:hasDataSubject ?subject . ?subject ?p ?o }
WHERE {
    ?place dpv:hasDataSubject ?subject . ?subject ?p ?o .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
}

#+ fault: data-taken-out
#+ fires: personal-data-missing
DELETE { ?place dpv:hasPersonalData ?data }
WHERE {
    ?place a dpv:PersonalDataProcess ; dpv:hasPersonalData ?data .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
}

#+ fault: recipients-taken-out
#+ fires: recipient-missing
DELETE { ?place dpv:hasRecipient ?recipient }
WHERE {
    ?place a dpv:PersonalDataProcess ; dpv:hasRecipient ?recipient .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
    FILTER NOT EXISTS { ?place dpv:hasProcessing/rdf:type dpv:CrossBorderTransfer }
}

#+ fault: recipient-without-name-and-kind
#+ fires: recipient-unnamed recipient-by-category
DELETE { ?place skos:prefLabel ?label ; ropa:recipientKind ?kind }
WHERE {
    ?place a dpv:Recipient ; skos:prefLabel ?label ; ropa:recipientKind ropa:OwnStaff , ?kind .
    FILTER NOT EXISTS { ?place dpv:hasCountry ?country }
}

#+ fault: contract-with-processor-taken-out
#+ fires: processor-contract-missing
DELETE { ?place ropa:contract ?contract ; ropa:concludedOn ?day }
WHERE { ?place ropa:contract ?contract ; ropa:concludedOn ?day }

#+ fault: retention-taken-out
#+ fires: retention-missing
DELETE { ?place dpv:hasStorageCondition ?storage . ?storage ?p ?o }
WHERE {
    ?place dpv:hasStorageCondition ?storage . ?storage ?p ?o .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
}

#+ fault: period-taken-out
#+ fires: retention-undefined
DELETE { ?place ?way ?value }
WHERE {
    ?activity dpv:hasStorageCondition ?place .
    ?place ?way ?value .
    FILTER(?way IN (ropa:period, ropa:days, ropa:criterion, time:numericDuration, time:unitType))
}

#+ fault: start-of-period-taken-out
#+ fires: retention-without-start
DELETE { ?place ropa:startEvent ?event }
WHERE { ?place ropa:period ?period ; ropa:startEvent ?event }

#+ fault: kept-as-long-as-needed
#+ fires: retention-only-as-needed
DELETE { ?place ?way ?value }
INSERT { ?place ropa:criterion "As long as necessary for the purpose"@en }
WHERE {
    ?activity dpv:hasStorageCondition ?place .
    ?place ?way ?value .
    FILTER(?way IN (ropa:period, ropa:days, ropa:criterion, time:numericDuration, time:unitType))
}

#+ fault: measures-taken-out
#+ fires: measure-missing
DELETE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure }
WHERE {
    ?place a dpv:PersonalDataProcess ; dpv:hasTechnicalOrganisationalMeasure ?measure .
    FILTER NOT EXISTS { ?place dpv:hasAssessment ?dpia }
}

#+ fault: organisational-measures-taken-out
#+ fires: measure-one-sided
DELETE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure . ?measure ?p ?o }
WHERE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure . ?measure a dpv:OrganisationalMeasure ; ?p ?o }

#################### Legal bases

#+ fault: basis-taken-out
#+ fires: legal-basis-missing legal-basis-unsaid
DELETE { ?place dpv:hasLegalBasis ?basis }
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis .
    # The exemption of staff files covers a purpose beside them for its legal obligation.
    FILTER NOT EXISTS { ?place skos:broader dpv:LegalCompliance . ?any dpv:hasPurpose ?place ; dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}

#+ fault: basis-of-article-9-only
#+ fires: legal-basis-not-article-6
#+ profile: Register
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A9-2-e }
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis .
    FILTER NOT EXISTS { ?any dpv:hasPurpose ?place ; dpv:hasPurpose/skos:broader/skos:broader* dpv:HumanResourceManagement }
}

#+ fault: basis-is-a-transfer-tool
#+ fires: legal-basis-is-transfer-tool
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A46-2-c }
WHERE { ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis }

#+ fault: interest-taken-out
#+ fires: interest-unnamed
DELETE { ?place ropa:namedInterest ?interest }
WHERE { ?place ropa:namedInterest ?interest }

#+ fault: law-taken-out
#+ fires: law-unnamed
DELETE { ?place ropa:namedLaw ?law }
WHERE { ?place a dpv:Purpose ; dpv:hasLegalBasis eu-gdpr:A6-1-c ; ropa:namedLaw ?law }

#+ fault: condition-for-health-data-taken-out
#+ fires: special-category-condition
DELETE { ?purpose dpv:hasLegalBasis ?condition . ?data dpv:hasLegalBasis ?condition }
WHERE {
    ?place dpv:hasPurpose ?purpose .
    ?place dpv:hasPersonalData ?data .
    ?data dpv:hasLegalBasis ?condition .
    FILTER(STRSTARTS(STR(?condition), "https://w3id.org/dpv/legal/eu/gdpr#A9-2-"))
}

#################### The company

#+ fault: officer-taken-out
#+ fires: officer-missing
DELETE { ?place dpv:hasDataProtectionOfficer ?officer . ?officer ?p ?o }
WHERE {
    ?place dpv:hasDataProtectionOfficer ?officer . ?officer ?p ?o .
}

#+ fault: claim-on-officer-taken-out
#+ fires: officer-missing
DELETE { ?claim ?p ?o }
WHERE { ?claim ropa:about ?place ; ropa:field dpv:hasDataProtectionOfficer ; ?p ?o }

#+ fault: contact-of-officer-taken-out
#+ fires: officer-contact-missing
DELETE { ?place ropa:email ?email ; ropa:organisation ?firm }
WHERE {
    ?company dpv:hasDataProtectionOfficer ?place .
    OPTIONAL { ?place ropa:email ?email }
    OPTIONAL { ?place ropa:organisation ?firm }
}

#+ fault: contact-of-company-taken-out
#+ fires: contact-missing
DELETE { ?place ?way ?value }
WHERE {
    ?place a dpv:LegalEntity ; ?way ?value .
    FILTER(?way IN (dpv:hasAddress, ropa:email))
}

#+ fault: representative-taken-out
#+ fires: representative-missing
DELETE { ?place dpv:hasRepresentative ?representative . ?representative ?p ?o }
WHERE { ?place dpv:hasRepresentative ?representative . ?representative ?p ?o }

#################### Processors, Article 30(2)

#+ fault: controllers-served-taken-out
#+ fires: controllers-served-missing
DELETE { ?place dpv:hasDataController ?controller }
WHERE { ?place dpv:hasDataProcessor ?company ; dpv:hasDataController ?controller }

#+ fault: operations-of-processor-taken-out
#+ fires: processing-category-missing
DELETE { ?place dpv:hasProcessing ?operation }
WHERE {
    ?place dpv:hasDataProcessor ?company ; dpv:hasProcessing ?operation .
    FILTER NOT EXISTS { ?operation a dpv:CrossBorderTransfer }
}

#+ fault: measures-of-processor-taken-out
#+ fires: measure-missing
DELETE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure }
WHERE { ?place dpv:hasDataProcessor ?company ; dpv:hasTechnicalOrganisationalMeasure ?measure }
