"""A company whose one activity has findings, and a question, to be answered."""

MILL = "http://127.0.0.1:8000/"
ORDERS = f"{MILL}activities/mill/orders"
FINDING = "measure-missing"
QUESTION = "law-of-the-union"
ENTRIES = """
@base <http://127.0.0.1:8000/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<companies/mill> a dpv:LegalEntity ; dpv:hasName "Mill & Co" ; dpv:hasCountry loc:FR .
<companies/mill#record> a dpcat:ROPA ; dct:title "Record of Mill"@en ;
    dct:publisher <companies/mill> ; ropa:profile ropa:Register .
<activities/mill/orders> a dpv:PersonalDataProcess ; dct:title "Orders"@en ;
    dct:isPartOf <companies/mill#record> ; dpv:hasDataController <companies/mill> ;
    dpv:hasPurpose <activities/mill/orders#selling> , <activities/mill/orders#billing> .
<activities/mill/orders#selling> a dpv:Purpose ; skos:prefLabel "Selling flour"@en ;
    skos:broader dpv:Marketing ; dpv:hasLegalBasis eu-gdpr:A6-1-c ;
    ropa:namedLaw "US Patriot Act"@en .
<activities/mill/orders#billing> a dpv:Purpose ; skos:prefLabel "Billing"@en ;
    skos:broader dpv:Marketing ; dpv:hasLegalBasis eu-gdpr:A6-1-c ;
    ropa:namedLaw "UK Companies Act"@en .
"""
