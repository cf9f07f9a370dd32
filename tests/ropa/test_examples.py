"""Examples of rules: there for each rule, clear, and true when they are tried."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from ropa import (
    assets,
    entry,
    examples,
    inferring,
    rules,
    surroundings,
    syntax,
    validation,
    vocabulary,
)
from ropa.errors import NotFound
from ropa.store import MEMORY, open_store
from ropa.surroundings import CONTEXT
from ropa.terms import ROPA

if TYPE_CHECKING:
    from ropa.examples import Example

CODES = list(rules.rules())


BASE = "https://example.org/register/"
DAY = date(2026, 6, 1)


def codes_of(example: Example, code: str) -> set[str]:
    """Check an example by one rule, as the page does when it is tried."""
    data = syntax.graph(syntax.lines(example.whole, base=BASE))
    elsewhere = [t for t in data if str(t[0]).startswith(f"{CONTEXT}#")]
    assert bool(elsewhere) is not example.is_alone
    for triple in elsewhere:
        data.remove(triple)
    words = vocabulary.load()
    day = example.day or DAY
    entries = entry.split(data)
    with closing(open_store(MEMORY, in_union=entry.is_stated)) as store:
        inferred = inferring.infer(store, words, entries, as_of=day)
    for name, graph in inferred.items():
        # As `checking.review` does: what is no value of a field may be asked about.
        for s, p, o in graph.triples((None, ROPA.likelyTransferTo, None)):
            assert entry.document(s) == name
            data.add((s, p, o))
    report = validation.validate(
        data,
        surroundings.context(data, words, lambda _name: Graph(), elsewhere),
        profile=rules.rule(code).only_in,
        as_of=day,
        rules={code},
    )
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_shown_by_two_examples(code: str) -> None:
    """Checked with the words and law of a register, one keeps it, one breaks it."""
    passing, failing = examples.of_rule(code)
    assert passing is not None and failing is not None
    assert passing.passes and not failing.passes
    assert codes_of(failing, code) == {code}
    assert codes_of(passing, code) == set()


@pytest.mark.parametrize("code", CODES)
def test_examples_are_short_and_bare(code: str) -> None:
    """They fit a page, without prefixes and what each register knows by itself."""
    for one in examples.of_rule(code):
        assert one is not None
        assert one.text and len(one.text.splitlines()) <= 40, one.name
        assert not re.search(
            r"^@?prefix|^law:|^<urn:x-ropa:context>", one.text, re.MULTILINE
        )
        assert one.title


def test_each_file_of_examples_is_in_their_manifest() -> None:
    """Nothing lies beside the manifest without being named there."""
    files = {
        name.removesuffix(".ttl")
        for name in assets.names("shapes", ".ttl")
        if name.startswith("examples/") and not name.endswith("/manifest.ttl")
    }
    known = {code: examples.of_rule(code) for code in CODES}
    shown = {one.name for pair in known.values() for one in pair if one is not None}
    assert files
    assert {name for name in shown if name.startswith("examples/")} == files


def test_titles_of_what_a_program_judges_speak_both_languages() -> None:
    """They were written for the page of the rule."""
    for code in ("not-an-entry", "unknown-term", "foreign-part", "foreign-address"):
        for one in examples.of_rule(code):
            assert one is not None
            assert set(one.title) == {"en", "fr"}


def test_an_example_is_found_by_its_name() -> None:
    """Others are refused, paths included."""
    failing = examples.of_rule("purpose-missing")[1]
    assert failing is not None
    assert examples.named(failing.name).whole == failing.whole
    for name in ("", "nothing", "../ground", "activity/manifest", "x" * 3000):
        with pytest.raises(NotFound):
            examples.named(name)
