"""What is wrong with a field of a form, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from webui.languages import gettext as _


def in_words(fault: Mapping[str, str], own: Mapping[tuple[str, str], str]) -> str:
    """Say what is wrong with a field.

    Args:
        fault: its ``field``, the ``code`` of what is wrong, and ``message``, which is
            said where no form has words for it.
        own: the words of a form for what only it asks, by field and code.
    """
    known = {
        ("author", "missing"): _("Say who answers for it."),
        ("reason", "missing"): _("Say why, in words."),
        **own,
    }
    code = (fault["field"], fault["code"])
    if code in known:
        return known[code]
    if fault["code"] == "long":
        return _("Too long: at most %(most)s characters are kept.", most=fault["most"])
    if fault["code"] == "signs":
        return _("There are characters in it that cannot be shown.")
    return fault["message"]
