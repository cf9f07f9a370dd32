"""What a request brings: the form of a page, or the JSON object of a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urljoin

from flask import request
from rdflib.term import URIRef

from ropa import entry
from ropa.errors import InputError, MediaTypeUnknown
from webui import negotiation
from webui.current import the_register

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_JSON = "application/json"


def is_form() -> bool:
    """Tell whether it is a form."""
    return request.mimetype in _FORMS


def is_from_page() -> bool:
    """Tell whether a browser sent a form, and is to be led to a page."""
    return is_form() and negotiation.is_page_wanted()


def texts(thing: str, names: Sequence[str], also: Iterable[str] = ()) -> dict[str, str]:
    """Read texts by name, from a form or from an object.

    Args:
        thing: what is sent, as messages call it: "An answer".
        names: what it has.
        also: names that are of use to pages only, which nobody is told of.

    Returns:
        What was given. Other fields of a form are passed over, as buttons are such.

    Raises:
        InputError: the object is none, has another name, or a value that is no text.
        MediaTypeUnknown: it is neither form nor object.
    """
    known = {*names, *also}
    if is_form():
        return {name: text for name, text in request.form.items() if name in known}
    return as_texts(an_object(thing, names, also))


def an_object(
    thing: str, names: Sequence[str], also: Iterable[str] = ()
) -> dict[str, object]:
    """Read a JSON object, without what is null; arguments and errors as for `texts`."""
    if request.mimetype != _JSON:
        raise MediaTypeUnknown(
            f"{thing} cannot be read from {request.mimetype or 'an unnamed type'}.",
            hint=f"Send {_JSON}, or a form.",
        )
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise InputError(
            "The body is no JSON object.",
            hint=f"Send an object with {', '.join(names)}.",
        )
    strange = sorted(given.keys() - {*names, *also})
    if strange:
        raise InputError(
            f"{thing} has no {strange[0][:40]!r}.", hint=f"It has {', '.join(names)}."
        )
    return {name: value for name, value in given.items() if value is not None}


def as_texts(given: Mapping[str, object]) -> dict[str, str]:
    """Take values that are texts, all of them.

    Raises:
        InputError: one is none.
    """
    found = {name: value for name, value in given.items() if isinstance(value, str)}
    for name in given:
        if name not in found:
            raise InputError(
                f"The value of {name[:200]} is no text.", hint="Write it in quotes."
            )
    return found


def entry_named(name: str) -> URIRef:
    """Give the entry that is named by its address, in full or from the base on.

    Raises:
        InputError: it is no address.
    """
    iri = urljoin(the_register().base, name)
    if any(letter in '<>"{}|^`\\ ' or ord(letter) < 32 for letter in iri):
        raise InputError(
            "The name of the entry is no IRI.",
            hint="Write the address of an entry, in full or from the base on.",
        )
    return entry.document(URIRef(iri))
