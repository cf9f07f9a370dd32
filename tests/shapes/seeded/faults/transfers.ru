# Transfers to third countries and international organisations, Article 30(1)(e), 30(2)(c).

#+ fault: transfer-taken-out
#+ fires: recipient-abroad-without-transfer
DELETE { ?activity dpv:hasProcessing ?place . ?place ?p ?o }
WHERE { ?activity dpv:hasProcessing ?place . ?place a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?country ; ?p ?o }

#+ fault: country-taken-out
#+ fires: transfer-destination-missing
DELETE { ?place dpv:hasThirdCountry ?country }
WHERE { ?place dpv:hasThirdCountry ?country }

#+ fault: importer-taken-out
#+ fires: transfer-importer-missing
DELETE { ?place dpv:hasDataImporter ?importer }
WHERE { ?place dpv:hasDataImporter ?importer ; ropa:module ?module }

#+ fault: tool-taken-out
#+ fires: transfer-tool-missing
DELETE { ?place ?way ?value }
WHERE {
    ?place a dpv:CrossBorderTransfer ; ?way ?value .
    FILTER(?way IN (dpv:hasLegalBasis, ropa:decision, ropa:module, ropa:concludedOn))
}

#+ fault: basis-of-article-6-as-tool
#+ fires: transfer-tool-unfit
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A6-1-b }
WHERE { ?place a dpv:CrossBorderTransfer }

#+ fault: transfer-also-to-france
#+ fires: transfer-within-area
INSERT { ?place dpv:hasThirdCountry loc:FR }
WHERE { ?place dpv:hasThirdCountry ?country }

#+ fault: adequacy-for-india
#+ fires: adequacy-without-decision adequacy-decision-unnamed
DELETE { ?place dpv:hasThirdCountry ?country ; ropa:decision ?decision }
INSERT { ?place dpv:hasThirdCountry loc:IN }
WHERE { ?place dpv:hasThirdCountry ?country ; dpv:hasLegalBasis eu-gdpr:A45-3 ; ropa:decision ?decision }

#+ fault: decision-of-another-country
#+ fires: adequacy-decision-other-country
DELETE { ?place ropa:decision ?decision }
INSERT { ?place ropa:decision law:ch-2000-518 }
WHERE { ?place dpv:hasThirdCountry ?country ; dpv:hasLegalBasis eu-gdpr:A45-3 ; ropa:decision ?decision }

#+ fault: decision-taken-out
#+ fires: adequacy-decision-unnamed
DELETE { ?place ropa:decision ?decision }
WHERE {
    ?place dpv:hasLegalBasis eu-gdpr:A45-3 ; ropa:decision ?decision .
    FILTER(?decision != law:eu-us-dpf)
}

#+ fault: privacy-shield-named
#+ fires: adequacy-decision-not-in-force
DELETE { ?place ropa:decision ?decision }
INSERT { ?place ropa:decision law:eu-us-privacy-shield }
WHERE { ?place a dpv:CrossBorderTransfer ; ropa:decision law:eu-us-dpf , ?decision }

#+ fault: privacy-shield-named-in-2019
#+ fires: decision-later-invalid
#+ as-of: 2019-06-01
DELETE { ?place ropa:decision ?decision }
INSERT { ?place ropa:decision law:eu-us-privacy-shield }
WHERE { ?place a dpv:CrossBorderTransfer ; ropa:decision law:eu-us-dpf , ?decision }

#+ fault: tool-changed-after-the-last-review-of-the-law
#+ fires: judgement-after-review
#+ as-of: 2027-03-01
#+ records: crm
DELETE { ?place ropa:decision ?decision ; dpv:hasLegalBasis ?tool }
INSERT {
    ?place dpv:hasLegalBasis eu-gdpr:A46-2-c ;
        ropa:decision law:scc-2021-914 ;
        ropa:module law:scc-2021-914-module-2 ;
        ropa:concludedOn "2024-01-15"^^xsd:date ;
        dpv:hasTechnicalOrganisationalMeasure ?measure ;
        dpv:hasAssessment ?assessment .
    ?assessment a ropa:Assessment ;
        skos:broader dpv:DataTransferImpactAssessment ;
        ropa:carriedOutOn "2024-01-10"^^xsd:date .
}
WHERE {
    ?place a dpv:CrossBorderTransfer ; ropa:decision law:eu-us-dpf , ?decision ; dpv:hasLegalBasis ?tool .
    ?activity dpv:hasProcessing ?place ; dpv:hasTechnicalOrganisationalMeasure ?measure .
    ?measure skos:broader dpv:Encryption .
    BIND(IRI(CONCAT(STR(?place), "-tia")) AS ?assessment)
}

#+ fault: clauses-of-2010
#+ fires: clauses-not-in-force
DELETE { ?place ropa:decision ?decision ; ropa:module ?module ; ropa:concludedOn ?day }
INSERT { ?place ropa:decision law:scc-2010-87 ; ropa:concludedOn "2020-01-15"^^xsd:date }
WHERE { ?place ropa:decision law:scc-2021-914 , ?decision ; ropa:module ?module ; ropa:concludedOn ?day }

#+ fault: clauses-of-2010-concluded-too-late
#+ fires: clauses-closed
#+ as-of: 2022-06-01
DELETE { ?place ropa:decision ?decision ; ropa:module ?module ; ropa:concludedOn ?day }
INSERT { ?place ropa:decision law:scc-2010-87 ; ropa:concludedOn "2021-10-15"^^xsd:date }
WHERE { ?place ropa:decision law:scc-2021-914 , ?decision ; ropa:module ?module ; ropa:concludedOn ?day }

#+ fault: clauses-concluded-before-they-were-there
#+ fires: clauses-concluded-early
DELETE { ?place ropa:concludedOn ?day }
INSERT { ?place ropa:concludedOn "2021-01-15"^^xsd:date }
WHERE { ?place ropa:decision law:scc-2021-914 ; ropa:concludedOn ?day }

#+ fault: module-beside-clauses-of-2010
#+ fires: module-of-another-set
#+ as-of: 2021-12-01
DELETE { ?place ropa:decision ?decision ; ropa:concludedOn ?day }
INSERT { ?place ropa:decision law:scc-2010-87 ; ropa:concludedOn "2020-01-15"^^xsd:date }
WHERE { ?place ropa:decision law:scc-2021-914 , ?decision ; ropa:concludedOn ?day }

#+ fault: tool-of-another-kind-than-the-decision
#+ fires: tool-and-decision-differ
DELETE { ?place dpv:hasLegalBasis ?tool }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A46-2-a }
WHERE { ?place ropa:decision law:scc-2021-914 ; dpv:hasLegalBasis ?tool }

#+ fault: framework-of-swiss-law
#+ fires: tool-of-another-law
DELETE { ?place ropa:decision ?decision }
INSERT { ?place ropa:decision law:swiss-us-dpf }
WHERE { ?place a dpv:CrossBorderTransfer ; ropa:decision law:eu-us-dpf , ?decision }

#+ fault: derogation-instead-of-clauses
#+ fires: transfer-by-derogation
DELETE { ?place ?way ?value }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A49-1-b ; ropa:isRepeated false }
WHERE {
    ?place a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?country ; ?way ?value .
    FILTER(?way IN (dpv:hasLegalBasis, ropa:decision, ropa:module, ropa:concludedOn, ropa:isRepeated))
}

#+ fault: compelling-interests-without-safeguards
#+ fires: transfer-by-derogation transfer-safeguards-undocumented
DELETE { ?place ?way ?value }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A49-2 ; ropa:isRepeated false }
WHERE {
    ?place a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?country ; ?way ?value .
    FILTER(?way IN (dpv:hasLegalBasis, ropa:decision, ropa:module, ropa:concludedOn, ropa:isRepeated, dpv:hasTechnicalOrganisationalMeasure))
}

#################### Cover, modules, assessments, derogations

#+ fault: cover-taken-out
#+ fires: us-cover-missing
DELETE { ?place ropa:coverage ?cover . ?cover ?p ?o }
WHERE { ?place ropa:coverage ?cover . ?cover ropa:decision law:eu-us-dpf ; ?p ?o }

#+ fault: cover-in-canada-taken-out
#+ fires: limited-scope-cover-missing
DELETE { ?place ropa:coverage ?cover . ?cover ?p ?o }
WHERE { ?place ropa:coverage ?cover . ?cover ropa:decision law:ca-2002-2 ; ?p ?o }

#+ fault: cover-not-active
#+ fires: us-cover-inactive
DELETE { ?place ropa:isActive true }
INSERT { ?place ropa:isActive false }
WHERE { ?place ropa:decision law:eu-us-dpf ; ropa:isActive true }

#+ fault: cover-without-staff
#+ fires: us-cover-staff-data
DELETE { ?place ropa:coversStaffData true . ?activity dpv:hasDataSubject ?subject . ?subject skos:broader dpv:Client }
INSERT { ?place ropa:coversStaffData false }
WHERE { ?place a ropa:Coverage ; ropa:coversStaffData true . ?activity dpv:hasDataSubject ?subject . ?subject skos:broader dpv:Client }

#+ fault: cover-checked-long-ago
#+ fires: us-cover-unchecked
DELETE { ?place ropa:checkedOn ?day }
INSERT { ?place ropa:checkedOn "2024-10-05"^^xsd:date }
WHERE { ?place ropa:decision law:eu-us-dpf ; ropa:checkedOn ?day }

#+ fault: japan-without-scope
#+ fires: limited-scope-cover-missing
DELETE { ?place ropa:decision ?decision ; dpv:hasThirdCountry ?country . ?importer dpv:hasCountry ?country }
INSERT { ?place ropa:decision law:jp-2019-419 ; dpv:hasThirdCountry loc:JP . ?importer dpv:hasCountry loc:JP }
WHERE {
    ?place ropa:decision law:gb-2021-1772 , ?decision ; dpv:hasThirdCountry ?country ; dpv:hasDataImporter ?importer .
    ?importer dpv:hasCountry ?country .
}

#+ fault: module-taken-out
#+ fires: module-missing
DELETE { ?place ropa:module ?module }
WHERE { ?place ropa:module ?module }

#+ fault: module-between-controllers
#+ fires: module-misfit
DELETE { ?place ropa:module ?module }
INSERT { ?place ropa:module law:scc-2021-914-module-1 }
WHERE { ?place ropa:module ?module }

#+ fault: importer-under-the-gdpr
#+ fires: clauses-importer-under-gdpr
DELETE { ?place ropa:importerUnderGDPR false }
INSERT { ?place ropa:importerUnderGDPR true }
WHERE { ?place ropa:importerUnderGDPR false }

#+ fault: assessment-of-transfer-taken-out
#+ fires: transfer-assessment-missing
DELETE { ?place dpv:hasAssessment ?assessment . ?assessment ?p ?o }
WHERE { ?place a dpv:CrossBorderTransfer ; dpv:hasAssessment ?assessment . ?assessment ?p ?o }

#+ fault: derogation-again-and-again
#+ fires: transfer-by-derogation derogation-repeated
DELETE { ?place ?way ?value }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A49-1-b ; ropa:isRepeated true }
WHERE {
    ?place a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?country ; ?way ?value .
    FILTER(?way IN (dpv:hasLegalBasis, ropa:decision, ropa:module, ropa:concludedOn, ropa:isRepeated))
}

#+ fault: consent-to-a-transfer-without-its-risks
#+ fires: transfer-by-derogation derogation-consent-uninformed
DELETE { ?place ?way ?value }
INSERT { ?place dpv:hasLegalBasis eu-gdpr:A49-1-a ; ropa:isRepeated false }
WHERE {
    ?place a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?country ; ?way ?value .
    FILTER(?way IN (dpv:hasLegalBasis, ropa:decision, ropa:module, ropa:concludedOn, ropa:isRepeated))
}

#+ fault: second-activity-under-another-tool
#+ fires: vendor-under-two-tools
#+ records: crm
INSERT {
    ?new ?p ?o ; dpv:hasProcessing ?again .
    ?again ?q ?value ;
        dpv:hasLegalBasis eu-gdpr:A46-2-c ;
        ropa:decision law:scc-2021-914 ;
        ropa:module law:scc-2021-914-module-2 ;
        ropa:concludedOn "2024-01-15"^^xsd:date ;
        dpv:hasAssessment ?assessment .
    ?assessment a ropa:Assessment ;
        skos:broader dpv:DataTransferImpactAssessment ;
        ropa:carriedOutOn "2024-01-10"^^xsd:date .
}
WHERE {
    ?activity dpv:hasProcessing ?place ; ?p ?o .
    ?place a dpv:CrossBorderTransfer ; ?q ?value .
    FILTER(?p != dpv:hasProcessing && ?q NOT IN (dpv:hasLegalBasis, ropa:decision))
    BIND(IRI(CONCAT(STR(?activity), "-again")) AS ?new)
    BIND(IRI(CONCAT(STR(?new), "#transfer")) AS ?again)
    BIND(IRI(CONCAT(STR(?new), "#assessment")) AS ?assessment)
}
