"""Claims gathered with their passages: of everything, of one thing, of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib.term import URIRef

from ropa import passages
from ropa.errors import NotFound
from ropa.formats import cited
from ropa.terms import DPV

if TYPE_CHECKING:
    from ropa.evidence import Evidence
    from ropa.register import Register

BASE = "http://127.0.0.1:8000/"


def claims(found: Evidence) -> set[str]:
    """Name the claims by their fragments."""
    return {str(one.claim.iri).partition("#")[2] for one in found.claims}


def test_everything_is_gathered(own_register: Register) -> None:
    """Stated claims and suggestions, each with its company, activity and word."""
    found = own_register.evidence()
    assert {
        (str(o.claim.iri).partition("#")[2], o.company, o.activity, o.word)
        for o in found.claims
    } == {
        ("claim-name", "mill", None, "stated"),
        ("claim-phone", "mill", None, "not stated"),
        ("claim-purpose", "mill", "orders", "partial"),
        ("claim-selling", "mill", "orders", "denied"),
        ("claim-period", "mill", "orders", "stated"),
        ("suggestion", "mill", "orders", "suggested"),
    }


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            "activities/mill/orders",
            {"claim-purpose", "claim-selling", "claim-period", "suggestion"},
        ),
        ("activities/mill/orders#ten-years", {"claim-period"}),
        ("companies/mill#record", set()),
        ("sources/mill", {"claim-name", "claim-purpose", "claim-period"}),
    ],
)
def test_one_thing_is_narrowed_to(
    own_register: Register, path: str, names: set[str]
) -> None:
    """An activity, a part of it, a document: only claims that concern it."""
    assert claims(own_register.evidence(URIRef(BASE + path))) == names


def test_a_company_comes_with_its_activities(own_register: Register) -> None:
    """As a person means who asks for a company."""
    whole = own_register.evidence(URIRef(BASE + "companies/mill"))
    assert claims(whole) == claims(own_register.evidence())


def test_an_unknown_name_is_told(own_register: Register) -> None:
    """No empty answer for a misspelt entry."""
    with pytest.raises(NotFound):
        own_register.evidence(URIRef(BASE + "companies/mil"))


def test_a_field_is_called_as_the_thing_has_it(register: Register) -> None:
    """One property has one name on a company and another on its record."""
    found = register.evidence(URIRef(f"{register.base}companies/wpo"))
    called = {
        (str(one.claim.about).partition("#")[2], found.label(one.claim))
        for one in found.claims
        if one.claim.field == DPV.hasContact
    }
    assert called == {("", "Contacts"), ("record", "Contacts of authorities")}


def test_what_stands_beside_an_entry_leaves_its_kinds(own_register: Register) -> None:
    """A suggestion, which says nothing of what a thing is, does not rename fields."""
    found = own_register.evidence(lang="fr")
    assert all(found.labels[one.claim.about, one.claim.field] for one in found.claims)


def test_rows_agree_with_the_question(own_register: Register) -> None:
    """The first columns of the rows are the answer of the question `evidence`."""
    for lang in ("en", "fr"):
        asked = own_register.ask("evidence", lang=lang)
        gathered = cited.as_table(own_register.evidence(lang=lang), lang=lang)
        kept = len(asked.columns)
        assert gathered.columns[:kept] == asked.columns
        mine = {tuple(map(str, row[:kept])) for row in gathered.rows}
        assert mine == {tuple(map(str, row)) for row in asked.rows}


def test_rows_agree_with_the_question_on_the_examples(register: Register) -> None:
    """Also where a shared organisation's claim belongs to whoever published."""
    asked = register.ask("evidence")
    gathered = cited.as_table(register.evidence())
    mine = {tuple(map(str, row[: len(asked.columns)])) for row in gathered.rows}
    assert mine == {tuple(map(str, row)) for row in asked.rows}


def test_the_question_on_silence_tells_what_nobody_looked_for(
    own_register: Register,
) -> None:
    """A claim of silence counts; so does what Article 30 asks and nobody says."""
    rows = own_register.ask("not-stated").rows
    fields = {(str(r[1] or ""), str(r[2]).rpartition("#")[2]) for r in rows}
    assert fields == {
        ("", "phone"),
        ("", "hasContact"),
        ("orders", "hasDataSubject"),
        ("orders", "hasPersonalData"),
        ("orders", "hasRecipient"),
        ("orders", "hasTechnicalOrganisationalMeasure"),
    }


def test_the_question_on_remarks_gives_words_and_passage(
    own_register: Register,
) -> None:
    """One row for each passage of a remark."""
    (row,) = own_register.ask("remarks").rows
    assert [str(cell) for cell in row] == [
        "mill",
        "orders",
        "The last what?",
        "GDPR Art. 5(1)(e)",
        BASE + "sources/mill#char=36,53",
    ]


def test_text_says_field_state_and_place(own_register: Register) -> None:
    """In the language asked; what would steer a terminal is left out."""
    english = cited.as_text(own_register.evidence())
    assert "Selling flour  [Partly stated; For a whole section; implied]" in english
    assert "What it is about, line 3, characters 29 to 42: Sells flour" in english
    assert "(Only selling is named)" in english
    assert "lines 4 to 5" in english
    assert "[suggested; Stated]" in english
    french = cited.as_text(own_register.evidence(lang="fr"), lang="fr")
    assert "Ce dont il s'agit, ligne 3, caractères 29 à 42" in french


def test_passages_are_shown_in_place(own_register: Register, own_text: bytes) -> None:
    """With the line, the words around, and the claims; what is outside is told."""
    text = passages.decode(own_text, "x")
    found = own_register.evidence(URIRef(BASE + "sources/mill"))
    document = own_register.document(URIRef(BASE + "sources/mill"))
    shown = cited.in_place(found.within(document), document, text)
    assert "     1 | Notice <b>of</b> ⟦Mill & Co⟧" in shown
    assert "     3 | ⟦We sell flour⟧ " in shown
    assert "     4 | ⟦Orders are kept for ten years⟧" in shown
    assert "     5 | ⟦after the last one.⟧" in shown
    assert "its position lies outside the text" in shown
    assert shown.index("⟦We sell") < shown.index("⟦Orders")


def test_rows_in_place_have_the_words(own_register: Register, own_text: bytes) -> None:
    """A program gets what stands there from the text that it supplied itself."""
    text = passages.decode(own_text, "x")
    found = own_register.evidence(URIRef(BASE + "companies/mill"))
    document = own_register.document(URIRef(BASE + "sources/mill"))
    table = cited.as_table(found.within(document), text=text)
    at = table.columns.index("text")
    words = {str(row[at]) for row in table.rows}
    assert {"Mill & Co", "We sell flour"} <= words


def test_documents_are_known_by_their_digests(
    own_register: Register, own_text: bytes
) -> None:
    """Title and IRI by SHA-256."""
    known = own_register.documents()
    iri = URIRef(BASE + "sources/mill")
    assert known == {passages.digest(own_text): (iri, "Notice of the mill")}
