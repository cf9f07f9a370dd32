"""Portions of entries: what is too much is halved, and who is to blame is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from rdflib.term import URIRef

from ropa import portions
from ropa.errors import InternalError, LimitReached, RopaError

ENTRIES = {URIRef(f"urn:x:{n}"): n for n in range(9)}


def shared(size: int) -> list[dict[URIRef, int]]:
    """Share the entries out."""
    names = list(ENTRIES)
    starts = range(0, len(names), size)
    return [{n: ENTRIES[n] for n in names[at : at + size]} for at in starts]


@pytest.mark.parametrize("size", [1, 2, 4, 9])
@pytest.mark.parametrize("most", [1, 3, 9])
def test_what_is_too_much_together_is_done_apart(size: int, most: int) -> None:
    """In order, each once, and all of it is told."""
    told: list[int] = []

    def work(portion: Mapping[URIRef, int]) -> list[int]:
        if len(portion) > most:
            raise LimitReached("Too much.", limit="seconds")
        return [*portion.values()]

    found = portions.through(work, shared(size), told=told.append)
    assert [one for some in found for one in some] == [*range(9)]
    assert all(len(some) <= most for some in found)
    assert sum(told) == 9


@pytest.mark.parametrize("error", [LimitReached, InternalError])
def test_the_one_that_fails_alone_is_named(error: type[RopaError]) -> None:
    """Whoever asked can go on without it."""

    def work(portion: Mapping[URIRef, int]) -> None:
        if 5 in portion.values():
            raise error("No.")

    with pytest.raises(error) as caught:
        portions.through(work, shared(9))
    assert caught.value.details["entry"] == "urn:x:5"


def test_a_busy_machine_is_nobodys_fault() -> None:
    """Halves would find no place either."""
    calls: list[int] = []

    def work(portion: Mapping[URIRef, int]) -> None:
        calls.append(len(portion))
        raise LimitReached("Busy.", limit="busy")

    with pytest.raises(LimitReached) as caught:
        portions.through(work, shared(9))
    assert calls == [9]
    assert "entry" not in caught.value.details
