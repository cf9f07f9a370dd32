"""Two changes of one entry that clash, in words: theirs and the one that was not saved.

What changed since the entry was read, and what would have been changed by whoever was
refused, field by field; with what history knows of the newer version.

Source: RFC 9110 section 13.1.1 (412).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ropa import differences
from ropa.differences import FieldChange
from ropa.revisions import Clash

_WORDS = {
    "en": {
        "entry": "{entry} was changed by {author} on {when} (change {number}).",
        "reason": "Reason: {reason}",
        "gone": "{entry} was removed by {author} on {when} (change {number}).",
        "since": "Since it was read:",
        "yours": "Not saved:",
    },
    "fr": {
        "entry": "{entry} a été modifié par {author} le {when} "
        "(modification {number}).",
        "reason": "Motif\u00a0: {reason}",
        "gone": "{entry} a été retiré par {author} le {when} (modification {number}).",
        "since": "Depuis la lecture\u00a0:",
        "yours": "Non enregistré\u00a0:",
    },
}


def theirs(clash: Clash, lang: str) -> list[FieldChange]:
    """Say what changed since the entry was read; empty where that is not known."""
    if not len(clash.read):
        return []
    return differences.between(clash.read, clash.now, lang=lang)


def yours(clash: Clash, lang: str) -> list[FieldChange]:
    """Say what would have been changed: of what was read, or else of what stands."""
    start = clash.read if len(clash.read) else clash.now
    return differences.between(start, clash.given, lang=lang)


def as_values(values: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Give a clash as plain values, with the differences in words.

    Args:
        values: what `Clash.as_values` wrote.
        lang: language of the words.
    """
    clash = Clash.from_values(values)
    return {
        **values,
        "since_read": [one.as_values() for one in theirs(clash, lang)],
        "not_saved": [one.as_values() for one in yours(clash, lang)],
    }


def as_lines(values: Mapping[str, Any], lang: str) -> list[str]:
    """Tell of a clash in lines of text."""
    clash = Clash.from_values(values)
    words = _WORDS[lang]
    lines = []
    if clash.stands is not None:
        told = words["entry" if len(clash.now) else "gone"]
        lines.append(
            told.format(
                entry=clash.entry,
                author=clash.stands.author,
                when=clash.stands.moment,
                number=clash.stands.number,
            )
        )
        if clash.stands.reason:
            lines.append("  " + words["reason"].format(reason=clash.stands.reason))
    for name, found in (("since", theirs(clash, lang)), ("yours", yours(clash, lang))):
        if found:
            lines.append(words[name])
            lines += [f"  - {one}" for one in differences.said(found, lang)]
    return lines
