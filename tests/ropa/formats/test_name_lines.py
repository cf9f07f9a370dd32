"""Lines in JSON-LD and RDF/XML: where a subject is first named."""

from __future__ import annotations

import pytest
from rdflib.term import URIRef

from ropa.formats import rdf

BASE = "https://example.org/r/"
PAY = BASE + "activities/one/pay"

JSONLD = """{
  "@id": "activities/one/pay",
  "@type": "https://w3id.org/dpv#PersonalDataProcess",
  "https://w3id.org/dpv#hasPurpose": {
    "@id": "https://example.org/r/activities/one/pay#purpose",
    "http://www.w3.org/2004/02/skos/core#prefLabel": {
      "@value": "Pay", "@language": "en"
    }
  }
}"""

RDFXML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dpv="https://w3id.org/dpv#">
  <dpv:PersonalDataProcess rdf:about="activities/one/pay">
    <dpv:hasPurpose>
      <dpv:Purpose rdf:about="https://example.org/r/activities/one/pay#purpose"/>
    </dpv:hasPurpose>
  </dpv:PersonalDataProcess>
</rdf:RDF>"""


@pytest.mark.parametrize(
    ("name", "text", "entry", "part"),
    [("a.jsonld", JSONLD, 2, 5), ("a.rdf", RDFXML, 4, 6)],
)
def test_subjects_have_the_line_that_names_them(
    name: str, text: str, entry: int, part: int
) -> None:
    """Relative or in full; what is not named has the line of its entry."""
    lines = rdf.read_untrusted(text.encode(), name=name, base=BASE).lines
    assert lines.line(URIRef(PAY)) == entry
    assert lines.line(URIRef(PAY + "#purpose")) == part
    assert lines.line(URIRef(PAY + "#elsewhere")) == entry
    assert lines.line(URIRef(BASE + "companies/other")) is None
