"""A look at an RDF text before and after its parser: what parsers do not refuse.

Deep nesting ends some parsers, contexts and entities send others elsewhere, and some
values unfold beyond measure when they are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from rdflib.term import Literal, URIRef

from ropa.errors import FormatError
from ropa.syntax import Quad, Syntax

MAX_NESTING = 200

_TURTLE_SIGNS = re.compile(
    r"""
    \#[^\r\n]* | <[^<>"{}|^`\\\s]*> | \\.
  | \"\"\"(?:(?:\"|\"\")?(?:[^\"\\]|\\.))*\"\"\" | '''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
  | (?P<open>[\[({]) | (?P<close>[\])}])
    """,
    re.VERBOSE | re.DOTALL,
)
_JSON_SIGNS = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL
)
_XML_SIGNS = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^<>]*/>"
    r"|(?P<close></[^<>]*>)|(?P<open><[^!?/<>][^<>]*>)",
    re.DOTALL,
)


def look_ahead(text: str, form: Syntax) -> None:
    """Refuse what is known to end a parser, or to send it elsewhere.

    Raises:
        FormatError: with line and column of what is refused.
    """
    if form is Syntax.JSONLD:
        _check_depth(text, _JSON_SIGNS)
        _check_json(text)
    elif form is Syntax.RDFXML:
        _check_depth(text, _XML_SIGNS)
        _check_encoding(text)
    else:
        _check_depth(text, _TURTLE_SIGNS)


def _check_depth(text: str, signs: re.Pattern[str]) -> None:
    depth = 0
    for sign in signs.finditer(text):
        if sign.lastgroup == "open":
            depth += 1
            if depth > MAX_NESTING:
                line, column = _place(text, sign.start())
                raise FormatError(
                    f"The text is nested more than {MAX_NESTING} levels deep"
                    f" (line {line}, column {column}).",
                    hint="Give the parts names and write them one after the other.",
                    line=line,
                    column=column,
                )
        elif sign.lastgroup == "close":
            depth -= 1


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _check_encoding(text: str) -> None:
    found = re.match(r"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""", text)
    if found and found[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise FormatError(
            f"The text says it is encoded in {found[1][:40]!r}.",
            hint="Save it as UTF-8 and say so in its first line.",
            line=1,
        )


def _check_json(text: str) -> None:
    """Refuse JSON that is none, and contexts that lie elsewhere: nothing is fetched."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"The text cannot be read in line {error.lineno}: {error.msg}.",
            hint="Correct the JSON at that place.",
            line=error.lineno,
            column=error.colno,
        ) from error
    except ValueError as error:
        raise FormatError(
            "The JSON holds a number that cannot be read.",
            hint="Write plain numbers of a usual length, or put them in quotes.",
        ) from error
    if not isinstance(value, dict | list):
        raise FormatError(
            "The JSON holds neither an object nor a list of objects.",
            hint="Write an entry as a JSON-LD object.",
            line=1,
        )
    remote = next(_remote_contexts(value), None)
    if remote is not None:
        at = max(text.find(json.dumps(remote, ensure_ascii=False)), 0)
        line, column = _place(text, at)
        raise FormatError(
            f"The context in line {line} lies elsewhere and is not fetched.",
            hint='Write the content of "@context" into the text itself.',
            line=line,
            column=column,
        )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _remote_contexts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo.extend(one)
            continue
        if not isinstance(one, dict):
            continue
        context = one.get("@context")
        contexts = context if isinstance(context, list) else [context]
        yield from (c for c in contexts if isinstance(c, str))
        if isinstance(one.get("@import"), str):
            yield one["@import"]
        todo.extend(one.values())


_XSD_DECIMAL = URIRef("http://www.w3.org/2001/XMLSchema#decimal")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MARKUP = {URIRef(_RDF + "XMLLiteral"), URIRef(_RDF + "HTML")}


def refuse_odd(quad: Quad, text: str) -> None:
    """Refuse values that a later reader would unfold beyond measure.

    Raises:
        FormatError: with line and column of the value, where it stands as it is.
    """
    value = quad[2]
    if not isinstance(value, Literal) or value.datatype is None:
        return
    what = ""
    if value.datatype == _XSD_DECIMAL and "e" in value.lower():
        what = "is no decimal number: it has an exponent"
    elif value.datatype in _MARKUP:
        what = "is markup, which no field takes"
    if what:
        line, column = _place(text, max(text.find(str(value)), 0))
        raise FormatError(
            f"The value {str(value)[:40]!r} in line {line} {what}.",
            hint="Write a plain number or a plain text.",
            line=line,
            column=column,
        )
