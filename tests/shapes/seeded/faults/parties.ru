# Controllers, processors and those that they engage; the record and its dates.

#+ fault: authorisation-of-sub-processor-taken-out
#+ fires: sub-processor-unauthorised
DELETE { ?place ropa:authorisation ?how }
WHERE { ?place ropa:authorisation ?how }

#+ fault: chain-of-processors-in-a-circle
#+ fires: sub-processor-chain-open
DELETE { ?place ropa:engagedBy ?who }
INSERT { ?place ropa:engagedBy ?place }
WHERE { ?place ropa:engagedBy ?who }

#+ fault: processor-also-third-party
#+ fires: controller-and-processor
INSERT {
    ?activity dpv:hasRecipient ?again .
    ?again a dpv:ThirdParty ;
        skos:prefLabel "The same, for itself"@en ;
        ropa:recipientKind ropa:BusinessPartner ;
        ropa:organisation ?who .
}
WHERE {
    ?activity dpv:hasRecipient ?place .
    ?place a dpv:DataProcessor ; ropa:organisation ?who .
    FILTER NOT EXISTS { ?transfer dpv:hasDataImporter ?place }
    BIND(IRI(CONCAT(STR(?place), "-again")) AS ?again)
}

#+ fault: contract-younger-than-activity
#+ fires: contract-after-start
DELETE { ?place ropa:concludedOn ?day }
INSERT { ?place ropa:concludedOn "2025-09-01"^^xsd:date }
WHERE { ?place a ?role ; ropa:contract ?contract ; ropa:concludedOn ?day }

#+ fault: recipient-by-its-kind-only
#+ fires: recipient-by-category
DELETE { ?place ropa:organisation ?who }
WHERE {
    ?activity dpv:hasRecipient ?place .
    ?place ropa:organisation ?who ; ropa:recipientKind ?kind .
    FILTER(?kind IN (ropa:ContractedProvider, ropa:BusinessPartner))
    FILTER NOT EXISTS { ?transfer dpv:hasDataImporter ?place }
}

#+ fault: arrangement-taken-out
#+ fires: joint-arrangement-missing
DELETE { ?place ropa:arrangement ?text }
WHERE { ?place ropa:arrangement ?text }

#+ fault: one-joint-controller-only
#+ fires: joint-controllers-single
DELETE { ?place dpv:hasJointDataControllers ?other ; dpv:hasDataController ?other }
WHERE {
    ?place dpv:hasJointDataControllers ?other .
    FILTER NOT EXISTS { ?place dct:isPartOf/dct:publisher ?other }
}

#+ fault: exemption-for-what-is-not-occasional
#+ fires: exemption-unfounded
INSERT { ?place ropa:claimsExemption law:art-30-5 . ?activity ropa:isOccasional false }
WHERE { ?activity dct:isPartOf ?place . ?place a dpcat:ROPA . FILTER NOT EXISTS { ?place ropa:claimsExemption ?any } }

#+ fault: exemption-of-a-large-company
#+ fires: exemption-unfounded
INSERT { ?place ropa:claimsExemption law:art-30-5 }
WHERE { ?place a dpcat:ROPA ; dct:publisher/ropa:numberOfStaff ?number . FILTER(?number >= 250) }

#+ fault: exemption-for-health-data
#+ fires: exemption-unfounded
#+ records: clinic
DELETE { ?company ropa:numberOfStaff ?number }
INSERT { ?place ropa:claimsExemption law:art-30-5 . ?company ropa:numberOfStaff 12 }
WHERE { ?place a dpcat:ROPA ; dct:publisher ?company . ?company ropa:numberOfStaff ?number }

#+ fault: no-longer-occasional
#+ fires: exemption-unfounded
DELETE { ?place ropa:isOccasional true }
INSERT { ?place ropa:isOccasional false }
WHERE { ?place ropa:isOccasional true }

#+ fault: stopped-before-it-started
#+ fires: dates-out-of-order
INSERT { ?place ropa:stoppedOn "2020-01-01"^^xsd:date }
WHERE { ?place ropa:startedOn ?day }

#+ fault: review-long-due
#+ fires: review-overdue
DELETE { ?place ropa:reviewDueOn ?day }
INSERT { ?place ropa:reviewDueOn "2026-09-01"^^xsd:date }
WHERE { ?place a dpcat:ROPA ; ropa:reviewDueOn ?day }

#+ fault: days-of-review-taken-out
#+ fires: review-date-missing
DELETE { ?place ?way ?day . ?record ?way ?day }
WHERE {
    ?place dct:isPartOf ?record ; ?way ?day .
    FILTER(?way IN (ropa:reviewDueOn, ropa:lastReviewedOn))
}

#################### The same organisation elsewhere

#+ fault: seller-in-another-country-than-the-host
#+ fires: vendor-in-two-countries
DELETE { ?place dpv:hasCountry loc:FR }
INSERT { ?place dpv:hasCountry loc:BE }
WHERE {
    ?place a dpv:ThirdParty ; ropa:organisation ?who ; dpv:hasCountry loc:FR .
    ?other ropa:organisation ?who ; a dpv:DataProcessor .
}

#+ fault: two-organisations-with-one-number
#+ fires: registration-number-twice
INSERT { ?place ropa:registrationNumber "123 456 789" . ?other ropa:registrationNumber "123 456 789" }
WHERE {
    ?place a dpv:Organisation ; ropa:email ?email .
    ?other a dpv:Organisation ; ropa:email ?another .
    FILTER(STR(?place) < STR(?other))
}
