# Purposes and their bases: what makes one doubtful, and what must stand beside it.

#+ fault: purpose-called-business
#+ fires: purpose-label-generic
DELETE { ?place skos:prefLabel ?label }
INSERT { ?place skos:prefLabel "Business purposes"@en }
WHERE { ?place a dpv:Purpose ; skos:prefLabel ?label }

#+ fault: compatibility-taken-out
#+ fires: further-purpose-unassessed
DELETE { ?place dpv:hasAssessment ?assessment }
WHERE {
    ?place ropa:isFurtherPurpose true ; dpv:hasAssessment ?assessment .
    ?assessment skos:broader eu-gdpr:PurposeCompatibilityAssessment .
}

#+ fault: contract-beside-consent
#+ fires: bases-compete
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A6-1-b }
WHERE { ?place a dpv:Purpose ; dpv:hasLegalBasis eu-gdpr:A6-1-a }

#+ fault: contract-for-analytics
#+ fires: contract-basis-doubtful
DELETE { ?place skos:broader ?kind }
INSERT { ?place skos:broader dpv:ServiceUsageAnalytics }
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis ; skos:broader ?kind .
    FILTER(STRSTARTS(STR(?basis), "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b"))
    FILTER(?kind NOT IN (dpv:PersonnelPayment, dpv:PersonnelManagement))
}

#+ fault: law-of-public-task-taken-out
#+ fires: public-task-law-unnamed
DELETE { ?place ropa:namedLaw ?law }
WHERE { ?place dpv:hasLegalBasis eu-gdpr:A6-1-e-official-authority ; ropa:namedLaw ?law }

#+ fault: public-task-of-a-company
#+ fires: public-task-private-company
#+ profile: Register
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A6-1-e }
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis .
    FILTER(STRSTARTS(STR(?basis), "https://w3id.org/dpv/legal/eu/gdpr#A6-1-b"))
    FILTER NOT EXISTS { ?place ropa:namedLaw ?law }
    FILTER NOT EXISTS { ?place dpv:hasLegalBasis ?other . FILTER(?other != ?basis) }
    ?activity dpv:hasPurpose ?place ; dct:isPartOf/dct:publisher/ropa:organisationKind dpv:ForProfitOrganisation .
}

#+ fault: interest-of-an-authority
#+ fires: authority-legitimate-interest
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT {
    ?place dpv:hasLegalBasis eu-gdpr:A6-1-f-controller ;
        ropa:namedInterest "Fewer cars"@en ;
        ropa:interestOf "The town"@en ;
        dpv:hasAssessment ?balancing .
    ?balancing a ropa:Assessment ; skos:broader dpv:LegitimateInterestAssessment .
}
WHERE {
    ?place dpv:hasLegalBasis eu-gdpr:A6-1-e-official-authority , ?basis .
    BIND(IRI(CONCAT(STR(?place), "-balancing")) AS ?balancing)
}

#+ fault: owner-of-interest-taken-out
#+ fires: interest-owner-unnamed
DELETE { ?place ropa:interestOf ?who }
WHERE { ?place dpv:hasLegalBasis eu-gdpr:A6-1-f ; ropa:interestOf ?who }

#+ fault: balancing-taken-out
#+ fires: balancing-missing
DELETE { ?place dpv:hasAssessment ?assessment }
WHERE {
    ?place a dpv:Purpose ; dpv:hasAssessment ?assessment .
    ?assessment skos:broader dpv:LegitimateInterestAssessment .
}

#+ fault: record-of-consent-taken-out
#+ fires: consent-record-missing
DELETE { ?place ropa:consentRecord ?record }
WHERE { ?place ropa:consentRecord ?record }

#+ fault: staff-asked-for-consent
#+ fires: consent-of-staff
#+ profile: Register
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT {
    ?place dpv:hasLegalBasis eu-gdpr:A6-1-a ;
        ropa:consentRecord "Form in the file"@en ;
        ropa:withdrawal "Word to the office"@en .
}
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis eu-gdpr:A6-1-b-contract-performance , ?basis .
    ?activity dpv:hasPurpose ?place ; dpv:hasDataSubject/skos:broader dpv:Employee .
}

#+ fault: authority-asks-for-consent
#+ fires: consent-asked-by-authority
#+ profile: Register
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT {
    ?place dpv:hasLegalBasis eu-gdpr:A6-1-a ;
        ropa:consentRecord "Form in the file"@en ;
        ropa:withdrawal "Word to the office"@en .
}
WHERE { ?place dpv:hasLegalBasis eu-gdpr:A6-1-e-official-authority , ?basis }

#+ fault: point-of-article-6-that-does-not-exist
#+ fires: citation-impossible
DELETE { ?place ropa:namedLaw ?law }
INSERT { ?place ropa:namedLaw "Art. 6(1)(g) GDPR"@en }
WHERE { ?place a dpv:Purpose ; ropa:namedLaw ?law }

#+ fault: law-of-the-united-states
#+ fires: law-of-the-union
DELETE { ?place ropa:namedLaw ?law }
INSERT { ?place ropa:namedLaw "US Internal Revenue Code, section 6001"@en }
WHERE { ?place a dpv:Purpose ; ropa:namedLaw ?law }

#################### Children

#+ fault: age-taken-out
#+ fires: child-consent-age-missing
DELETE { ?place ropa:ageRequirement ?age . ?age ?p ?o }
WHERE { ?place ropa:ageRequirement ?age . ?age ?p ?o }

#+ fault: authorisation-of-parents-taken-out
#+ fires: parental-authorisation-missing
DELETE { ?age ropa:minimumAge ?years ; ropa:parentalAuthorisation ?how }
WHERE { ?place ropa:ageRequirement ?age . ?age ropa:minimumAge ?years ; ropa:parentalAuthorisation ?how }

#+ fault: age-of-thirteen-in-france
#+ fires: age-limit-too-low
DELETE { ?place ropa:minimumAge ?years ; ropa:parentalAuthorisation ?how }
INSERT { ?place ropa:minimumAge 13 }
WHERE { ?place ropa:minimumAge ?years ; ropa:parentalAuthorisation ?how }

#################### Trackers and data with rules of their own

#+ fault: counter-on-interest
#+ fires: tracker-without-consent
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A6-1-f-controller }
WHERE { ?place a dpv:Technology ; dpv:hasLegalBasis ?basis }

#+ fault: consent-that-is-not-explicit
#+ fires: special-consent-not-explicit
#+ records: app
DELETE { ?place dpv:hasLegalBasis ?basis }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A6-1-a-non-explicit-consent , eu-gdpr:A9-2-a }
WHERE { ?place a dpv:Purpose ; dpv:hasLegalBasis eu-gdpr:A6-1-a , ?basis }

#+ fault: public-health-without-law
#+ fires: special-condition-law-unnamed law-unnamed
#+ records: clinic
DELETE { ?purpose ropa:namedLaw ?law ; dpv:hasLegalBasis ?condition . ?data ropa:namedLaw ?text ; dpv:hasLegalBasis ?condition }
INSERT { ?data dpv:hasLegalBasis eu-gdpr:A9-2-i }
WHERE {
    ?place dpv:hasPurpose ?purpose ; dpv:hasPersonalData ?data .
    ?purpose ropa:namedLaw ?law .
    ?data dpv:hasLegalBasis ?condition ; ropa:namedLaw ?text .
}

#+ fault: care-by-nobody-bound-to-secrecy
#+ fires: special-condition-professional law-unnamed
#+ records: clinic
DELETE { ?purpose ropa:namedLaw ?law . ?data ropa:namedLaw ?text }
WHERE {
    ?place dpv:hasPurpose ?purpose ; dpv:hasPersonalData ?data .
    ?purpose ropa:namedLaw ?law .
    ?data dpv:hasLegalBasis ?condition ; ropa:namedLaw ?text .
}

#+ fault: ground-for-offences-taken-out
#+ fires: criminal-data-ground-missing law-unnamed
DELETE { ?purpose dpv:hasLegalBasis ropa:A10-law ; ropa:namedLaw ?law . ?data dpv:hasLegalBasis ropa:A10-law ; ropa:namedLaw ?law }
WHERE {
    ?place dpv:hasPurpose ?purpose ; dpv:hasPersonalData ?data .
    ?data dpv:hasLegalBasis ropa:A10-law ; ropa:namedLaw ?law .
}

#+ fault: national-number-without-rule
#+ fires: national-number-rule-unnamed
#+ records: bank
INSERT { ?place skos:broader ropa:NationalNumber }
WHERE { ?place a dpv:PersonalData }

#+ fault: french-number-without-rule
#+ fires: french-number-rule-unnamed law-unnamed
#+ records: payroll
DELETE { ?part ropa:namedLaw ?law }
WHERE { ?place dpv:hasPurpose|dpv:hasPersonalData ?part . ?part ropa:namedLaw ?law }
