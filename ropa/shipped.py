"""Read the Turtle files that the package ships; a broken one is named with its lines.

These files are ours, so they are read in this process; a person who mends one in a
source tree is told what is wrong where, and everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from rdflib.term import Literal, Node, URIRef

from ropa import assets, syntax
from ropa.errors import FormatError, InternalError

Triple = tuple[Node, URIRef, Node]

MEND = "Mend the file, or install the package again."
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE = URIRef("http://www.w3.org/2001/XMLSchema#date")
_DATE_END = f'"^^<{_DATE}> .'


@cache
def triples(
    room: assets.Room, name: str, *, base: str | None = None
) -> tuple[Triple, ...]:
    """Read one file, once per process.

    Args:
        room: the room that it lies in.
        name: its name as `assets.names` gives it.
        base: IRI against which relative IRIs are resolved.

    Raises:
        InternalError: it is missing or no Turtle, or a day in it is not one of the
            calendar; the message names file and line.
    """
    text = assets.text(room, name)
    try:
        quads = syntax.parse(text, syntax.Syntax.TURTLE, base=base)
        read = tuple((s, p, o) for s, p, o, _ in quads)
    except FormatError as error:
        raise _unreadable(room, name, error) from error
    days = {
        str(o) for _, _, o in read if isinstance(o, Literal) and o.datatype == _DATE
    }
    _require_days(room, name, text, days)
    return read


def lines(room: assets.Room, name: str, *, base: str | None = None) -> list[str]:
    """Read one file as N-Triples, a statement a line (see `ropa.syntax.lines`).

    Args:
        room: the room that it lies in.
        name: its name as `assets.names` gives it.
        base: IRI against which relative IRIs are resolved.

    Raises:
        InternalError: as for `triples`.
    """
    text = assets.text(room, name)
    try:
        read = syntax.lines(text, base=base)
    except FormatError as error:
        raise _unreadable(room, name, error) from error
    days = {
        one.removesuffix(_DATE_END).rpartition(' "')[2]
        for one in read
        if one.endswith(_DATE_END)
    }
    _require_days(room, name, text, days)
    return read


def _unreadable(room: str, name: str, error: FormatError) -> InternalError:
    return broken(room, name, [(int(error.details.get("line") or 1), error.message)])


def _require_days(room: str, name: str, text: str, days: Iterable[str]) -> None:
    """Refuse a file with a day that is not one of the calendar."""
    impossible = sorted({day for day in days if not _is_day(day)})
    if impossible:
        raise broken(
            room,
            name,
            [
                (number, f"{day} is not a day of the calendar")
                for day in impossible
                for number in lines_with(text, f'"{day}"')
            ],
        )


def lines_with(text: str, part: str) -> list[int]:
    """List the lines (from 1) that hold a part; the first line if none does."""
    found = [n for n, line in enumerate(text.splitlines(), 1) if part in line]
    return found or [1]


def broken(room: str, name: str, faults: list[tuple[int, str]]) -> InternalError:
    """Make the error for a shipped file that cannot be used.

    Args:
        room: the room that it lies in.
        name: its name.
        faults: line (from 1) and what is wrong there.
    """
    told = "; ".join(
        f"{room}/{name}, line {line}: {fault.rstrip('.')}"
        for line, fault in sorted(faults)
    )
    return InternalError(
        f"A file of the package cannot be used. {told}.",
        hint=MEND,
        file=f"{room}/{name}",
        faults=[{"line": line, "fault": fault} for line, fault in sorted(faults)],
    )


def _is_day(text: str) -> bool:
    # fromisoformat also reads 20180525 and week dates, which xsd:date does not.
    if not _WRITTEN.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
