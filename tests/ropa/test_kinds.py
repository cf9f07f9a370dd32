"""The kinds of terms, read without a reasoner."""

from rdflib.term import URIRef

from ropa.kinds import kinds_of
from ropa.terms import GDPR, LAW, PD, ROPA


def test_a_term_has_the_kinds_that_follow() -> None:
    """Health data is sensitive, a facial expression is not, a name is of no kind."""
    assert kinds_of(PD.Health) == {ROPA.SpecialCategoryData}
    assert ROPA.SpecialCategoryData not in kinds_of(PD.FacialExpression)
    assert kinds_of(GDPR["A49-1-a"]) == {ROPA.ChapterVTool}
    assert kinds_of(PD.Name) == frozenset()


def test_law_and_strangers() -> None:
    """A decision is an instrument; of what nobody knows nothing follows."""
    assert ROPA.TransferInstrument in kinds_of(LAW["eu-us-dpf"])
    assert kinds_of(URIRef("urn:x-test:unknown")) == frozenset()
