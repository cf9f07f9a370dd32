"""Texts of SPARQL that begin with a header, and blocks into which values enter.

Header lines ``#+ key: value`` say what a text is for, to people and to programs. What
may be narrowed stands in blocks such as ``VALUES ?as_of { UNDEF }``: a value enters
there as a typed, escaped term and nowhere else, so that no text of a caller can
become part of the query.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from rdflib.term import Literal, URIRef

from ropa.errors import InputError

_HEADER = re.compile(r"^#\+ ([a-z]+)(?:\.([a-z]{2}))?: (.*)$", re.MULTILINE)
_BLOCK = re.compile(r"VALUES \?(\w+) \{[^{}]*\}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_XSD_DATE = URIRef("http://www.w3.org/2001/XMLSchema#date")


class Header(NamedTuple):
    """What a header says.

    Attributes:
        plain: the values of each key that has no language, in order.
        spoken: the texts of each key for people, by language.
    """

    plain: Mapping[str, tuple[str, ...]]
    spoken: Mapping[str, Mapping[str, str]]

    def one(self, key: str) -> str:
        """Give the last value of a key, empty where there is none."""
        return self.plain.get(key, ("",))[-1]

    def listed(self, key: str) -> tuple[str, ...]:
        """Give the items of a key whose value is a list such as ``[one, two]``."""
        items = (item.strip() for item in self.one(key).strip("[]").split(","))
        return tuple(item for item in items if item)

    def lacks(self, keys: Collection[str]) -> list[str]:
        """Tell which of the keys are not there, those for people without English."""
        return [
            key
            for key in keys
            if key not in self.plain and "en" not in self.spoken.get(key, ())
        ]


def header(text: str, spoken: Collection[str]) -> Header:
    """Read the header of a text.

    Args:
        text: the whole text.
        spoken: the keys whose values are for people; without a language they are
            in English.
    """
    plain: dict[str, list[str]] = {}
    said: dict[str, dict[str, str]] = {key: {} for key in spoken}
    for key, lang, value in _HEADER.findall(text):
        if key in said:
            said[key][lang or "en"] = value.strip()
        else:
            plain.setdefault(key, []).append(value.strip())
    return Header({key: tuple(values) for key, values in plain.items()}, said)


def fill(text: str, values: Mapping[str, URIRef | Literal]) -> str:
    """Let values enter the blocks of a text.

    Args:
        text: the text as shipped.
        values: by the variable of the block; other blocks keep what they have.

    >>> fill("VALUES ?lang { UNDEF }", {"lang": Literal("fr")})
    'VALUES ?lang { "fr" }'
    """

    def filled(block: re.Match[str]) -> str:
        variable = block.group(1)
        if variable not in values:
            return block.group(0)
        return f"VALUES ?{variable} {{ {serialize(values[variable])} }}"

    return _BLOCK.sub(filled, text)


def serialize(term: URIRef | Literal) -> str:
    """Write a term as SPARQL; its characters cannot leave their quotes."""
    if isinstance(term, URIRef):
        return f"<{term}>"
    quoted = f'"{str(term).translate(_ESCAPES)}"'
    return f"{quoted}^^<{term.datatype}>" if term.datatype else quoted


def as_day(value: object) -> date:
    """Read a calendar day.

    Args:
        value: a date, a moment (its day is taken), or text such as 2026-11-22.

    Raises:
        InputError: it is not a day of the calendar.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        # fromisoformat also reads 20261122 and week dates: a typing slip here.
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"The parameter as_of is not a date: {text[:40]!r}.",
            hint="Write the day as year-month-day, for example 2026-11-22.",
            parameter="as_of",
        ) from None


def day(value: object) -> Literal:
    """Read a calendar day as a term, as `as_day` does.

    >>> day("2026-11-22").n3()
    '"2026-11-22"^^<http://www.w3.org/2001/XMLSchema#date>'
    """
    return Literal(as_day(value).isoformat(), datatype=_XSD_DATE, normalize=False)
