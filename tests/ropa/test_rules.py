"""Rules as Python reads them from the shapes."""

from __future__ import annotations

import pytest

from ropa import rules
from ropa.errors import NotFound
from ropa.terms import DPV, ROPA, SH


def test_a_rule_is_read_as_published() -> None:
    """Code, weight, profile, provisions and words come from the shape."""
    rule = rules.rule("legal-basis-missing")
    assert (rule.severity, rule.blocks) == ("violation", False)
    assert rule.field_path == DPV.hasLegalBasis
    assert rule.only_in == ROPA.Register
    assert len(rule.sources) == 2
    rule = rules.rule("purpose-missing")
    assert (rule.in_notice, rule.only_in) == ("info", None)
    assert rules.rule("title-missing").blocks


def test_a_wrong_code_gets_its_neighbours() -> None:
    """A misspelt code is answered with the nearest ones."""
    with pytest.raises(NotFound) as caught:
        rules.rule("purpose-mising")
    assert "purpose-missing" in caught.value.hint


def test_results_of_field_shapes_stand_for_a_shared_rule() -> None:
    """Every field shape names a rule that exists."""
    graph = rules.shapes()
    for shape in graph.subjects(SH.group):
        assert shape in rules.by_shape(), shape


def test_the_digest_is_that_of_the_files() -> None:
    """The digest is stable within a version of the shapes, and no constant."""
    assert rules.digest() == rules.digest()
    assert rules.digest().startswith("sha256:")
    assert len(rules.digest()) == len("sha256:") + 64
