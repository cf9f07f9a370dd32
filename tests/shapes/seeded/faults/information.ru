# What people must be told (notices), and where data come from.

#+ fault: right-to-object-taken-out
#+ fires: objection-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE {
    ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A21 ; ?p ?o .
    ?activity dct:isPartOf ?place ; dpv:hasPurpose/dpv:hasLegalBasis ?basis .
    FILTER(REGEX(STR(?basis), "#A6-1-[ef]"))
}

#+ fault: marketing-without-consent-or-objection
#+ fires: objection-to-marketing-missing objection-missing
#+ profile: Notice
#+ records: newsletter
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o . ?purpose dpv:hasLegalBasis ?basis ; ropa:withdrawal ?way }
INSERT {
    ?purpose dpv:hasLegalBasis eu-gdpr:A6-1-f ;
        ropa:namedInterest "More readers"@en ;
        ropa:interestOf "The publisher"@en .
}
WHERE {
    ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right ?p ?o .
    FILTER EXISTS { ?right skos:broader ?kind . FILTER(?kind IN (eu-gdpr:A20, eu-gdpr:A21)) }
    ?activity dpv:hasPurpose ?purpose .
    ?purpose dpv:hasLegalBasis ?basis ; ropa:withdrawal ?way .
}

#+ fault: portability-offered
#+ fires: portability-not-owed
#+ profile: Notice
#+ records: crm whistle-blowing archive occasional cctv
INSERT {
    ?place dpv:hasRight ?right .
    ?right a dpv:DataSubjectRight ; skos:broader eu-gdpr:A20 ; ropa:position ropa:Granted .
}
WHERE { ?place a dpcat:ROPA . BIND(IRI(CONCAT(STR(?place), "-right-portability")) AS ?right) }

#+ fault: complaint-and-authority-taken-out
#+ fires: complaint-right-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right ; dpv:hasAuthority ?authority . ?right ?p ?o }
WHERE {
    ?place a dpcat:ROPA ; dpv:hasAuthority ?authority ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A77 ; ?p ?o .
    ?activity dct:isPartOf ?place . FILTER NOT EXISTS { ?activity dpv:hasDataProcessor ?company }
}

#+ fault: right-of-access-taken-out
#+ fires: rights-owed-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE {
    ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A15 ; ?p ?o .
    ?activity dct:isPartOf ?place . FILTER NOT EXISTS { ?activity dpv:hasDataProcessor ?company }
}

#+ fault: rights-taken-out
#+ fires: rights-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE {
    ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right ?p ?o .
    ?activity dct:isPartOf ?place . FILTER NOT EXISTS { ?activity dpv:hasDataProcessor ?company }
}

#+ fault: way-of-withdrawal-taken-out
#+ fires: withdrawal-missing
#+ profile: Notice
DELETE { ?purpose ropa:withdrawal ?way . ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE {
    ?activity dct:isPartOf ?place ; dpv:hasPurpose ?purpose .
    ?purpose ropa:withdrawal ?way .
    OPTIONAL { ?place dpv:hasRight ?right . ?right skos:broader eu-gdpr:A7-3 ; ?p ?o }
}

#+ fault: source-is-somebody-else
#+ fires: source-unnamed
DELETE { ?place dpv:hasDataSource ?source . ?source ?p ?o }
INSERT { ?place dpv:hasDataSource dpv:ThirdPartyDataSource }
WHERE { ?place dpv:hasDataSource ?source . ?source a dpv:DataSource ; ?p ?o . FILTER(CONTAINS(STR(?source), "/activities/")) }

#+ fault: information-taken-out
#+ fires: information-missing
DELETE { ?place ropa:informedBy ?how }
WHERE { ?place ropa:informedBy ?how ; dpv:hasDataSource/skos:broader dpv:ThirdPartyDataSource }

#+ fault: passage-of-claim-taken-out
#+ fires: claim-without-passage
DELETE { ?place ropa:passage ?passage }
WHERE { ?place a ropa:Claim ; ropa:passage ?passage }

#################### Automated decisions

#+ fault: ground-of-decision-taken-out
#+ fires: automated-decision-ground-missing
DELETE { ?place ropa:decisionGround ?ground }
WHERE { ?place ropa:decisionGround ?ground }

#+ fault: safeguard-of-decision-taken-out
#+ fires: automated-decision-safeguard-missing
DELETE { ?place ropa:safeguard ?how }
WHERE { ?place ropa:safeguard ?how }

#+ fault: logic-of-decision-taken-out
#+ fires: automated-decision-logic-missing
DELETE { ?place ropa:logic ?how }
WHERE { ?place ropa:logic ?how }

#+ fault: decision-on-health-data
#+ fires: automated-decision-special-data
#+ records: bank
INSERT {
    ?place dpv:hasPersonalData pd:HealthRecord .
    ?storage ropa:appliesTo pd:HealthRecord .
    ?purpose dpv:hasLegalBasis eu-gdpr:A9-2-f .
}
WHERE { ?place ropa:decisionGround ?ground ; dpv:hasStorageCondition ?storage ; dpv:hasPurpose ?purpose }

#################### What a notice says of bases

#+ fault: basis-not-told-in-a-notice
#+ fires: legal-basis-unsaid
#+ profile: Notice
DELETE { ?place dpv:hasLegalBasis ?basis }
WHERE {
    ?place a dpv:Purpose ; dpv:hasLegalBasis ?basis .
    FILTER NOT EXISTS { ?place skos:broader dpv:LegalCompliance . ?any dpv:hasPurpose ?place ; dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}
