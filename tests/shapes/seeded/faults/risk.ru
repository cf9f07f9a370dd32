# Retention, measures, impact assessments, and what only a person can answer.

#################### Retention

#+ fault: kept-for-ever
#+ fires: retention-endless
DELETE { ?place ?way ?value }
INSERT { ?place ropa:criterion "Without limit of time"@en }
WHERE {
    ?activity dpv:hasStorageCondition ?place .
    ?place ?way ?value .
    FILTER(?way IN (ropa:period, ropa:days, ropa:criterion, ropa:namedLaw, time:numericDuration, time:unitType))
    FILTER NOT EXISTS { ?place ropa:endAction ropa:Anonymisation }
    FILTER NOT EXISTS { ?activity dpv:hasPurpose/skos:broader dpv:ScientificResearch }
}

#+ fault: data-that-no-retention-names
#+ fires: retention-incomplete
DELETE { ?place ropa:appliesTo pd:Name }
WHERE {
    ?activity dpv:hasStorageCondition ?place ; dpv:hasPersonalData pd:Name .
    ?place ropa:appliesTo pd:Name , ?other .
    FILTER(?other != pd:Name)
    FILTER NOT EXISTS { ?activity dpv:hasDataProcessor ?company }
}

#+ fault: kept-as-a-law-asks
#+ fires: retention-law-unnamed
INSERT { ?place ropa:criterion "As long as required by law"@en }
WHERE { ?place ropa:period ?period . FILTER NOT EXISTS { ?place ropa:namedLaw ?law } }

#+ fault: hashed-called-anonymous
#+ fires: anonymisation-doubtful
DELETE { ?place skos:prefLabel ?label ; ropa:endAction ?action }
INSERT { ?place skos:prefLabel "Hashed data"@en ; ropa:endAction ropa:Anonymisation }
WHERE { ?place a dpv:StorageCondition ; skos:prefLabel ?label ; ropa:endAction ?action }

#################### Measures

#+ fault: measures-in-empty-words
#+ fires: measure-empty-words
DELETE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure }
INSERT {
    ?place dpv:hasTechnicalOrganisationalMeasure ?one , ?two .
    ?one a dpv:TechnicalMeasure ; skos:prefLabel "Appropriate technical measures"@en .
    ?two a dpv:OrganisationalMeasure ; skos:prefLabel "Appropriate organisational measures"@en .
}
WHERE {
    ?place a dpv:PersonalDataProcess ; dpv:hasTechnicalOrganisationalMeasure ?measure .
    FILTER NOT EXISTS { ?place dpv:hasAssessment ?dpia }
    BIND(IRI(CONCAT(STR(?place), "#empty-one")) AS ?one)
    BIND(IRI(CONCAT(STR(?place), "#empty-two")) AS ?two)
}

#+ fault: sensitive-data-without-access-control
#+ fires: measure-for-sensitive-data-missing
#+ records: app bank clinic whistle-blowing
DELETE { ?place dpv:hasTechnicalOrganisationalMeasure ?measure . ?measure ?p ?o }
WHERE {
    ?place dpv:hasTechnicalOrganisationalMeasure ?measure . ?measure skos:broader ?kind ; ?p ?o .
    FILTER(?kind IN (dpv:Encryption, dpv:AccessControlMethod, dpv:AuthorisationProcedure))
}

#################### Impact assessments

#+ fault: assessment-that-the-law-asks-for-taken-out
#+ fires: dpia-missing
#+ records: bank clinic
#+ profile: Register
DELETE { ?place dpv:hasAssessment ?dpia . ?dpia ?p ?o }
WHERE { ?place dpv:hasAssessment ?dpia . ?dpia skos:broader dpv:DPIA ; ?p ?o }

#+ fault: assessment-on-the-french-list-taken-out
#+ fires: dpia-french-list
#+ records: whistle-blowing
DELETE { ?place dpv:hasAssessment ?dpia . ?dpia ?p ?o }
WHERE { ?place dpv:hasAssessment ?dpia . ?dpia skos:broader dpv:DPIA ; ?p ?o }

#+ fault: assessment-of-places-taken-out
#+ fires: dpia-status-missing
#+ records: app
DELETE { ?place dpv:hasAssessment ?dpia . ?dpia ?p ?o }
WHERE { ?place dpv:hasAssessment ?dpia . ?dpia skos:broader dpv:DPIA ; ?p ?o }

#+ fault: two-criteria-and-no-assessment
#+ fires: dpia-status-missing
INSERT { ?place dpv:hasScale dpv:LargeScaleProcessing ; dpv:hasProcessing dpv:InnovativeUseOfTechnology }
WHERE {
    ?place a dpv:PersonalDataProcess .
    FILTER NOT EXISTS { ?place dpv:hasAssessment ?dpia }
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?company }
    FILTER NOT EXISTS { ?place dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}

#+ fault: officer-not-asked
#+ fires: officer-not-consulted
DELETE { ?place ropa:officerConsulted true }
INSERT { ?place ropa:officerConsulted false }
WHERE { ?place ropa:officerConsulted true ; ropa:outcome eu-gdpr:DPIAOutcomeRisksMitigated }

#+ fault: high-risk-remains
#+ fires: prior-consultation-missing
DELETE { ?place ropa:outcome ?outcome }
INSERT { ?place ropa:outcome eu-gdpr:DPIAOutcomeHighResidualRisk }
WHERE { ?place skos:broader dpv:DPIA ; ropa:outcome ?outcome ; ropa:officerConsulted true }

#################### Questions

#+ fault: gender-asked-of-customers
#+ fires: data-beyond-purpose
INSERT { ?place dpv:hasPersonalData pd:Gender . ?storage ropa:appliesTo pd:Gender }
WHERE {
    ?place dpv:hasPurpose/skos:broader ?kind ; dpv:hasStorageCondition ?storage .
    FILTER(?kind IN (dpv:CustomerOrderManagement, dpv:CustomerRelationshipManagement, dpv:DirectMarketing, dpv:ServiceProvision))
}

#+ fault: diet-noted
#+ fires: data-reveal-special
INSERT {
    ?place dpv:hasPersonalData ?diet .
    ?storage ropa:appliesTo ?diet .
    ?diet a dpv:PersonalData ; skos:prefLabel "Dietary requirements"@en ; skos:broader pd:Preference .
}
WHERE {
    ?place dpv:hasStorageCondition ?storage ; dpv:hasPurpose ?purpose .
    BIND(IRI(CONCAT(STR(?place), "#diet")) AS ?diet)
    FILTER NOT EXISTS { ?place dpv:hasPersonalData/dpv:hasLegalBasis ?condition }
}

#+ fault: shop-is-a-pharmacy
#+ fires: shop-orders-health
DELETE { ?place dct:title ?title }
INSERT { ?place dct:title "Orders of the online pharmacy"@en }
WHERE { ?place dct:title ?title ; dpv:hasPurpose/skos:broader dpv:CustomerOrderManagement }

#+ fault: onward-transfer-not-told
#+ fires: onward-transfer-unsaid
DELETE { ?place ropa:onwardTransfer ?text }
WHERE { ?place ropa:onwardTransfer ?text ; ropa:module ?module }

#+ fault: score-handed-on
#+ fires: score-relied-on
#+ records: clinic cctv
INSERT { ?place dpv:hasProcessing dpv:ScoringOfIndividuals }
WHERE { ?place dpv:hasRecipient ?recipient . ?recipient a ?role . FILTER(?role IN (dpv:ThirdParty, dpv:DataController)) }

#+ fault: effect-of-decision-taken-out
#+ fires: automated-decision-effect
DELETE { ?place ropa:effect ?effect }
WHERE { ?place ropa:effect ?effect }

#+ fault: staff-monitored-in-france
#+ fires: dpia-french-list
#+ records: payroll small-hr
INSERT { ?place dpv:hasProcessing dpv:SystematicMonitoring }
WHERE { ?place dpv:hasDataSubject/skos:broader dpv:Employee }

#+ fault: vendor-established-outside
#+ fires: transfer-likely
INSERT {
    ?place ropa:namesVendor ?vendor .
    ?vendor a ropa:NamedVendor ; skos:prefLabel "Elsewhere"@en ; ropa:likelyTransferTo loc:US .
}
WHERE {
    ?place a dpv:PersonalDataProcess .
    BIND(IRI(CONCAT(STR(?place), "#vendor-elsewhere")) AS ?vendor)
}
