# What is no entry, or not at its place. See planting.py for the header lines.

#+ fault: stray-thing-added
#+ fires: not-an-entry
INSERT { <https://w3id.org/ropa-kg/data/things/stray> skos:prefLabel "A thing"@en }
WHERE { ?place a dpcat:ROPA }

#+ fault: property-misspelt
#+ fires: unknown-term
INSERT { ?place <https://w3id.org/dpv#hasPurpos> dpv:RecordManagement }
WHERE { ?place a dpv:PersonalDataProcess }

#+ fault: law-that-does-not-exist
#+ fires: unknown-term
INSERT { ?place ropa:alsoNames law:no-such-decision }
WHERE { ?place a dpv:CrossBorderTransfer }

#+ fault: part-of-another-company
#+ fires: foreign-part
#+ profile: Register
INSERT {
    <https://w3id.org/ropa-kg/data/companies/other> a dpv:LegalEntity ;
        dpv:hasName "Other" ;
        dpv:hasCountry loc:FI ;
        ropa:email "privacy@other.example" ;
        dpv:hasDataProtectionOfficer <https://w3id.org/ropa-kg/data/companies/other#officer> .
    <https://w3id.org/ropa-kg/data/companies/other#officer> a dpv:DataProtectionOfficer , ropa:Contact ;
        ropa:email "dpo@other.example" .
    <https://w3id.org/ropa-kg/data/companies/other#record> a dpcat:ROPA ;
        dct:title "Record"@en ;
        dct:publisher <https://w3id.org/ropa-kg/data/companies/other> ;
        ropa:profile ropa:Register ;
        ropa:lastReviewedOn "2026-06-01"^^xsd:date ;
        ropa:reviewDueOn "2027-06-01"^^xsd:date .
    <https://w3id.org/ropa-kg/data/companies/other#staff> a dpv:Recipient ;
        skos:prefLabel "Staff"@en ;
        ropa:recipientKind ropa:OwnStaff .
    ?place dpv:hasRecipient <https://w3id.org/ropa-kg/data/companies/other#staff> .
}
WHERE { ?place a dpv:PersonalDataProcess }

#+ fault: entry-at-an-address-of-changes
#+ fires: reserved-address
INSERT {
    <https://w3id.org/ropa-kg/data/changes/mine> a dpv:Organisation ;
        dpv:hasName "Mine" ;
        ropa:email "mine@mine.example" .
}
WHERE { ?place a dpcat:ROPA }

#+ fault: activity-under-the-name-of-another-company
#+ fires: foreign-address
INSERT { ?new ?p ?o }
WHERE {
    ?place a dpv:PersonalDataProcess ; ?p ?o .
    BIND(<https://w3id.org/ropa-kg/data/activities/somebody-else/copy> AS ?new)
}

#+ fault: company-handed-in-without-record
#+ fires: company-without-record
INSERT {
    <https://w3id.org/ropa-kg/data/companies/lonely> a dpv:LegalEntity ;
        dpv:hasName "Lonely" ;
        dpv:hasCountry loc:FI ;
        ropa:email "privacy@lonely.example" .
}
WHERE { ?place a dpcat:ROPA }

#+ fault: title-of-activity-taken-out
#+ fires: title-missing
DELETE { ?place dct:title ?title }
WHERE { ?place a dpv:PersonalDataProcess ; dct:title ?title }

#+ fault: title-of-record-taken-out
#+ fires: title-missing
DELETE { ?place dct:title ?title }
WHERE { ?place a dpcat:ROPA ; dct:title ?title }

#+ fault: record-of-activity-taken-out
#+ fires: record-missing
#+ profile: Register
DELETE { ?place dct:isPartOf ?record }
WHERE {
    ?place a dpv:PersonalDataProcess ; dct:isPartOf ?record .
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
    # Without it the size of the employer is not known.
    FILTER NOT EXISTS { ?place dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}

#+ fault: roles-taken-out
#+ fires: role-missing
DELETE { ?place ?role ?who }
WHERE {
    ?place a dpv:PersonalDataProcess ; ?role ?who .
    FILTER(?role IN (dpv:hasDataController, dpv:hasJointDataControllers))
    FILTER NOT EXISTS { ?place dpv:hasDataProcessor ?processor }
    FILTER NOT EXISTS { ?place ropa:arrangement ?arrangement }
}

#+ fault: name-of-company-taken-out
#+ fires: name-missing
DELETE { ?place dpv:hasName ?name }
WHERE { ?place a dpv:LegalEntity ; dpv:hasName ?name }

#+ fault: name-of-organisation-taken-out
#+ fires: name-missing
DELETE { ?place dpv:hasName ?name }
WHERE { ?place a dpv:Organisation ; dpv:hasName ?name }

#+ fault: publisher-of-record-taken-out
#+ fires: record-publisher company-without-record
#+ profile: Register
DELETE { ?place dct:publisher ?company }
WHERE {
    ?place a dpcat:ROPA ; dct:publisher ?company .
    FILTER NOT EXISTS { ?activity dct:isPartOf ?place ; dpv:hasDataProcessor ?company }
    FILTER NOT EXISTS { ?any dct:isPartOf ?place ; dpv:hasPurpose/skos:broader ?kind . FILTER(?kind IN (dpv:PersonnelPayment, dpv:PersonnelManagement)) }
}

#+ fault: profile-taken-out
#+ fires: record-profile
#+ profile: Register
DELETE { ?place ropa:profile ?profile }
WHERE { ?place ropa:profile ?profile }

#+ fault: kind-of-measure-part-taken-out
#+ fires: part-undescribed
DELETE { ?place a ?type }
WHERE { ?activity dpv:hasTechnicalOrganisationalMeasure ?place . ?place a ?type , dpv:OrganisationalMeasure }

#+ fault: days-of-another-period
#+ fires: days-disagree
DELETE { ?place ropa:days ?days }
INSERT { ?place ropa:days 7 }
WHERE { ?place ropa:period ?period ; ropa:days ?days }

#+ fault: status-as-text
#+ fires: ill-typed-value
DELETE { ?place ropa:status ?status }
INSERT { ?place ropa:status "active" }
WHERE { ?place ropa:status ?status }

#+ fault: title-without-language
#+ fires: ill-typed-value
DELETE { ?place dct:title ?title }
INSERT { ?place dct:title "Title" }
WHERE { ?place a dpv:PersonalDataProcess ; dct:title ?title }

#+ fault: period-in-words
#+ fires: ill-typed-value
DELETE { ?place ropa:period ?period }
INSERT { ?place ropa:period "three years" }
WHERE { ?place ropa:period ?period }

#+ fault: two-states-of-an-activity
#+ fires: single-value
INSERT { ?place ropa:status ropa:Suspended }
WHERE { ?place ropa:status ropa:Active }

#+ fault: state-of-claim-taken-out
#+ fires: claim-incomplete
DELETE { ?place ropa:state ?state }
WHERE { ?place a ropa:Claim ; ropa:state ?state ; ropa:value ?value }

#+ fault: note-of-claim-taken-out
#+ fires: claim-without-reason
DELETE { ?place skos:note ?note }
WHERE { ?place a ropa:Claim ; ropa:state ropa:NotApplicable ; skos:note ?note }

#+ fault: document-of-passage-taken-out
#+ fires: passage-incomplete
DELETE { ?place oa:hasSource ?document }
WHERE { ?place a oa:SpecificResource ; oa:hasSource ?document }

#+ fault: position-that-ends-before-it-begins
#+ fires: position-impossible
DELETE { ?place oa:start ?start }
INSERT { ?place oa:start 9999 }
WHERE { ?place a oa:TextPositionSelector ; oa:start ?start }

#+ fault: note-of-remark-taken-out
#+ fires: remark-incomplete
DELETE { ?place skos:note ?note }
WHERE { ?place a ropa:Remark ; skos:note ?note }

#+ fault: document-of-notice-taken-out
#+ fires: notice-without-source
#+ records: app
#+ profile: Notice
DELETE { ?place ropa:sourceDocument ?document }
WHERE { ?place ropa:sourceDocument ?document }

#+ fault: organisation-that-nobody-knows
#+ fires: reference-unknown
DELETE { ?place ropa:organisation ?organisation }
INSERT { ?place ropa:organisation <https://w3id.org/ropa-kg/data/organisations/nobody> }
WHERE { ?activity dpv:hasRecipient ?place . ?place a dpv:ThirdParty ; ropa:organisation ?organisation }

#+ fault: authority-that-nobody-knows
#+ fires: reference-unknown
INSERT { ?place dpv:hasAuthority <https://w3id.org/ropa-kg/data/organisations/nobody> }
WHERE { ?place a dpcat:ROPA }
