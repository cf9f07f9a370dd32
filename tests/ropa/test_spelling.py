"""Neighbours of unknown names: by spelling, by words in both languages, by day."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from datetime import date, timedelta

import pytest

from ropa import assets, spelling, terms, vocabulary

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("law:eu-us-data-privacy-framework", "law:eu-us-dpf"),
        ("law:CadreDeProtectionDesDonnees", "law:eu-us-dpf"),
        ("ropa:NotRequired", "dpv:NotRequired"),
        ("ropa:Marketing", "dpv:Marketing"),
        ("dpv:EmailAddress", "pd:EmailAddress"),
        ("dpv:InteretLegitime", "dpv:LegitimateInterest"),
        ("dpv:hasPurpos", "dpv:hasPurpose"),
        ("pd:Nam", "pd:Name"),
    ],
)
def test_the_first_neighbour_is_what_was_meant(unknown: str, meant: str) -> None:
    """A wrong letter, a wrong prefix and a name in words all lead to the term."""
    prefix, _, name = unknown.partition(":")
    assert terms.nearest(prefix, name, TODAY)[0] == meant


def test_a_longer_name_of_the_same_words_is_a_neighbour() -> None:
    """What says all the words and more comes before what is only spelt alike."""
    near = terms.nearest("ropa", "NotRequired", TODAY)
    assert near[1] == "eu-gdpr:DPIANotRequired"
    assert "ropa:NotReviewed" not in near


def test_what_means_nothing_has_no_neighbours() -> None:
    """Names that resemble none are not answered with what comes first."""
    assert terms.nearest("law", "no-such-decision", TODAY) == []
    assert terms.nearest("dpv", "", TODAY) == []


def test_what_is_in_force_comes_first() -> None:
    """A decision that fell is never put forward before one in force, by the day."""
    shield, framework = "law:eu-us-privacy-shield", "law:eu-us-dpf"
    for day in (TODAY, None, date(2023, 7, 10)):
        near = terms.nearest("law", "eu-us-privacy-shild", day)
        assert near.index(framework) < near.index(shield)
    for day in (date(2019, 1, 1), date(2020, 7, 15)):
        assert terms.nearest("law", "eu-us-privacy-shild", day)[0] == shield


def test_the_last_day_of_a_row_is_within_it() -> None:
    """What ends holds on its last day; what fell, not on the day of its fall."""
    ended = spelling.named()["law:age-be-before"]
    fell = spelling.named()["law:eu-us-privacy-shield"]
    for row, fallen in ((ended, False), (fell, True)):
        last = date.fromisoformat(row.ends)
        assert row.is_in_force(last) is not fallen
        assert not row.is_in_force(last.replace(year=last.year + 1))
        assert row.is_in_force(last - timedelta(days=1))


def test_only_our_names_are_put_forward() -> None:
    """Neighbours exist, and stand under prefixes that we decide upon."""
    for name in ("Title", "Label", "Record", "Register", "Catalogue"):
        for short in terms.nearest("dpv", name, TODAY):
            assert short.partition(":")[0] in terms.OURS
            assert vocabulary.load().is_known(terms.expand(short))


def test_the_quick_reading_finds_the_names_that_the_parser_finds() -> None:
    """Labels taken from the text are exactly those of the parsed files."""
    words = vocabulary.load()
    seen = 0
    for iri in words.terms():
        short = terms.curie(iri)
        if short.partition(":")[0] not in terms.OURS or short == "law:":
            continue
        one = spelling.named()[short]
        assert dict(one.labels) == words.labels(iri), short
        every = {*words.labels(iri).values(), *words.other_names(iri)}
        assert set(one.names) == every, short
        seen += 1
    every_named = [one for one in spelling.named().values() if one.names]
    assert seen == sum(1 for one in every_named if one.prefix in terms.OURS)


def test_no_file_is_read_once_the_texts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was shut in finds neighbours with what it has."""
    spelling.texts()
    spelling.named.cache_clear()
    spelling._index.cache_clear()

    def refuse(*_: str) -> str:
        raise AssertionError("a file is read")

    monkeypatch.setattr(assets, "text", refuse)
    monkeypatch.setattr(assets, "names", refuse)
    assert terms.nearest("dpv", "Marktng") != []


def test_neighbours_do_not_hang_on_the_run() -> None:
    """Two processes with other orders of their sets give the same neighbours."""
    code = (
        "from ropa import terms;"
        "print([terms.nearest('dpv', n) for n in ('A6-1', 'DataOf', 'NotLegal')])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_the_examples_in_the_documentation_run() -> None:
    """Doctests of the module hold."""
    assert doctest.testmod(spelling).failed == 0
