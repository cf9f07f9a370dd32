"""Literals as people of a language write them: periods, days, yes and no."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from babel.units import format_unit
from rdflib import Literal
from rdflib.term import Node

from ropa.terms import XSD
from webui.languages import gettext as _
from webui.languages import locale
from webui.naming import Name, names

_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_UNITS = ("year", "month", "week", "day")


def period(text: str) -> str | None:
    """Say an ISO 8601 period in words, None where the text is no whole-day period."""
    match = _PERIOD.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    return " ".join(
        format_unit(int(number), f"duration-{unit}", locale=locale())
        for number, unit in zip(match.groups(), _UNITS, strict=True)
        if number
    )


def day(text: str) -> str:
    """Say a calendar day; a text that is none is left as it is."""
    try:
        written = date.fromisoformat(text)
    except ValueError:
        return text
    words = str(format_date(written, "long", locale=locale()))
    # CLDR has no ordinal here; French writes the first day of a month with one.
    first = written.day == 1 and locale() == "fr"
    return words.replace("1 ", "1er ", 1) if first else words


def moment(text: str) -> str:
    """Say a moment, in UTC; a text that is none is left as it is."""
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        return text
    if written.tzinfo is not None:
        written = written.astimezone(UTC)
    time = format_time(written, "HH:mm:ss", locale=locale())
    return f"{day(written.date().isoformat())}, {time} UTC"


def number(value: int) -> str:
    """Write a whole number with the separators of the language."""
    return str(format_decimal(value, locale=locale()))


def seconds(value: float) -> str:
    """Say how long something took, to a tenth of a second."""
    rounded = round(value, 1)
    return format_unit(rounded, "duration-second", locale=locale())


def said(node: Node) -> Name:
    """Say a literal as a person would write it."""
    text = str(node)
    if not isinstance(node, Literal):
        return Name(text, None, is_label=False)
    if node.datatype is None and node.language is None:
        in_words = period(text) if text.startswith("P") else None
        return Name(in_words or text)
    if node.datatype == XSD.boolean:
        return Name(_("yes") if text in {"true", "1"} else _("no"))
    if node.datatype == XSD.date:
        return Name(day(text))
    return names().name(node)
