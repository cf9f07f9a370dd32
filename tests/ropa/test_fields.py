"""Fields: the shapes are the form."""

from __future__ import annotations

import pytest

from ropa import fields
from ropa.terms import DCT, DPCAT, DPV, ROPA

KINDS = {"text", "plain", "date", "boolean", "number", "reference", "any"}
FORMS = [
    DPV.PersonalDataProcess,
    DPV.LegalEntity,
    DPCAT.ROPA,
    DPV.Purpose,
    DPV.Recipient,
    DPV.CrossBorderTransfer,
    DPV.StorageCondition,
    DPV.DataSubjectRight,
    DPV.TechnicalMeasure,
    DPV.Organisation,
    ROPA.Contact,
    ROPA.SourceDocument,
    ROPA.Claim,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_fields(form: object) -> None:
    """Each kind of entry and part has fields, all of them named in both languages."""
    found = fields.fields(form)  # type: ignore[arg-type]
    assert found
    for field in found:
        assert set(field.label) == {"en", "fr"}
        assert set(field.group.label) == {"en", "fr"}
        assert field.kind in KINDS


def test_an_activity_follows_article_30() -> None:
    """The groups of an activity come in the order of Article 30(1)."""
    groups = [f.group.label["en"] for f in fields.fields(DPV.PersonalDataProcess)]
    assert list(dict.fromkeys(groups)) == [
        "Activity",
        "Who is responsible",
        "Purposes and legal bases",
        "People and data",
        "Recipients",
        "Processing and transfers",
        "Retention",
        "Security measures",
        "What people are told",
        "Record and sources",
    ]


def test_a_field_knows_its_values() -> None:
    """Closed lists, places in the vocabulary and kinds come from the shape."""
    activity = {f.path: f for f in fields.fields(DPV.PersonalDataProcess)}
    assert activity[ROPA.status].values == (
        ROPA.Draft,
        ROPA.Active,
        ROPA.Suspended,
        ROPA.Ended,
    )
    assert not activity[ROPA.status].repeated
    assert activity[DPV.hasPurpose].repeated
    assert activity[DCT.title].kind == "text"
    assert activity[DPV.hasPurpose].article == "GDPR Art. 30(1)(b)"
    purpose = {f.path: f for f in fields.fields(DPV.Purpose)}
    assert purpose[DPV.hasLegalBasis].below == DPV.LegalBasis
    storage = {f.path: f for f in fields.fields(DPV.StorageCondition)}
    assert storage[ROPA.days].kind == "number"
    assert storage[ROPA.isMaximum].kind == "boolean"
    assert storage[ROPA.period].kind == "plain"


def test_orders_within_a_group_are_distinct() -> None:
    """No two fields of a form claim the same place."""
    for form in FORMS:
        places = [(f.group.iri, f.order) for f in fields.fields(form)]
        assert len(places) == len(set(places)), form


def test_a_class_without_a_form_has_no_fields() -> None:
    """Asking for the fields of something else gives none."""
    assert fields.fields(DPV.Notice) == []
