"""The language of a page: which one, its chrome words, and its links.

The words of the frame (buttons, headings of lists) are gettext messages read from
``translations/<language>.po``; words about data protection are labels of terms and
come from the ontology and the shapes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask, Response, g, has_request_context, request

from ropa.wording import citation

LANGUAGES = ("en", "fr")
NAMES = {"en": "English", "fr": "Français"}
FOLDER = Path(__file__).parent / "translations"


@cache
def messages(lang: str) -> dict[str, str]:
    """Read the translated chrome words of a language; English needs none."""
    path = FOLDER / f"{lang}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=lang)
    return {
        str(message.id): str(message.string)
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }


def language() -> str:
    """Give the language of the current page: the address, else the browser's."""
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language_in_address = asked in LANGUAGES
        best = request.accept_languages.best_match(LANGUAGES, "en")
        g.language = asked if g.language_in_address else best
    chosen: str = g.language
    return chosen


def locale() -> str:
    """Give the manner of writing days and numbers on the current page.

    English is that of the Union's institutions: the day comes before the month.
    """
    return {"en": "en_GB"}.get(language(), language())


def gettext(message: str, **values: object) -> str:
    """Say a chrome word or sentence in the language of the page.

    Args:
        message: the English text; ``%(name)s`` marks a value.
        values: what is put in the marked places.
    """
    text = messages(language()).get(message, message)
    return text % values if values else text


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Carry a chosen language on in every link made by ``url_for``."""
    if endpoint == "static" or not has_request_context():
        return
    language()
    if g.language_in_address:
        values.setdefault("lang", g.language)


def _state_language(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
    return response


def other_languages() -> list[tuple[str, str, str]]:
    """List code, own name and address of this page in each other language."""
    from urllib.parse import urlencode

    shown = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != "lang"
    ]
    return [
        (code, NAMES[code], f"{request.path}?{urlencode([*shown, ('lang', code)])}")
        for code in LANGUAGES
        if code != language()
    ]


def install(app: Flask) -> None:
    """Give an application its languages."""
    app.url_default_functions.setdefault(None, []).append(_keep_language)
    app.after_request(_state_language)
    app.jinja_env.filters["cited"] = lambda text: citation(text, language())
    app.jinja_env.globals.update(
        _=gettext, language=language, other_languages=other_languages
    )
