"""Work on many entries in portions: side by side, and smaller where one is too much."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rdflib.term import URIRef

from ropa.errors import InternalError, LimitReached

Value = TypeVar("Value")
Made = TypeVar("Made")
Told = Callable[[int], None]


def through(
    work: Callable[[Mapping[URIRef, Value]], Made],
    portions: Sequence[Mapping[URIRef, Value]],
    *,
    at_once: int | None = None,
    told: Told | None = None,
) -> list[Made]:
    """Have all portions worked on, in order; one that is too much is halved.

    Args:
        work: does one portion, by entry.
        portions: the portions; an entry is never parted.
        at_once: how many are worked on at once; as many as there are cores if None.
        told: is told, when a portion is done, how many entries it had.

    Returns:
        What was made of each portion, or of its parts.

    Raises:
        LimitReached: one entry alone is too much, which the detail ``entry`` names; or
            the machine is busy.
        InternalError: the work on one entry alone failed; it is named likewise.
    """

    def done(portion: Mapping[URIRef, Value]) -> list[Made]:
        made = list(_halved(work, portion))
        if told is not None:
            told(len(portion))
        return made

    if len(portions) <= 1 or at_once == 1:
        return [made for portion in portions for made in done(portion)]
    with ThreadPoolExecutor(max_workers=at_once or os.cpu_count()) as several:
        return [made for found in several.map(done, portions) for made in found]


def _halved(
    work: Callable[[Mapping[URIRef, Value]], Made], portion: Mapping[URIRef, Value]
) -> Iterator[Made]:
    try:
        yield work(portion)
        return
    except (LimitReached, InternalError) as error:
        if error.details.get("limit") == "busy":
            raise
        if len(portion) <= 1:
            error.details.setdefault("entry", str(next(iter(portion), "")))
            raise
    names = list(portion)
    middle = len(names) // 2
    for half in (names[:middle], names[middle:]):
        yield from _halved(work, {name: portion[name] for name in half})
