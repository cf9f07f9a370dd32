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

#+ fault: objection-to-marketing-taken-out
#+ fires: objection-to-marketing-missing
#+ profile: Notice
#+ records: newsletter
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE { ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A21 ; ?p ?o }

#+ fault: portability-offered
#+ fires: portability-not-owed
#+ profile: Notice
#+ records: crm whistle-blowing archive occasional cctv
INSERT {
    ?place dpv:hasRight ?right .
    ?right a dpv:DataSubjectRight ; skos:broader eu-gdpr:A20 ; ropa:position ropa:Granted .
}
WHERE { ?place a dpcat:ROPA . BIND(IRI(CONCAT(STR(?place), "-right-portability")) AS ?right) }

#+ fault: complaint-taken-out
#+ fires: complaint-right-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE { ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A77 ; ?p ?o }

#+ fault: right-of-access-taken-out
#+ fires: rights-owed-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE { ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right skos:broader eu-gdpr:A15 ; ?p ?o }

#+ fault: rights-taken-out
#+ fires: rights-missing
#+ profile: Notice
DELETE { ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE { ?place a dpcat:ROPA ; dpv:hasRight ?right . ?right ?p ?o }

#+ fault: way-of-withdrawal-taken-out
#+ fires: withdrawal-missing
#+ profile: Notice
DELETE { ?purpose ropa:withdrawal ?way . ?place dpv:hasRight ?right . ?right ?p ?o }
WHERE {
    ?activity dct:isPartOf ?place ; dpv:hasPurpose ?purpose .
    ?purpose ropa:withdrawal ?way .
    ?place dpv:hasRight ?right . ?right skos:broader eu-gdpr:A7-3 ; ?p ?o .
}

#+ fault: source-not-described
#+ fires: source-unnamed
DELETE { ?place ?way ?value }
WHERE {
    ?activity dpv:hasDataSource ?place .
    ?place a dpv:DataSource ; ?way ?value .
    FILTER(?way IN (skos:prefLabel, skos:note, ropa:organisation))
}

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
