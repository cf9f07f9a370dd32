"""The named questions: reads ``queries/*.rq`` into Python values and fills them in.

A question is one text of standard SPARQL 1.1 that any engine can run as it stands.
Header lines ``#+ key: value`` say what it asks, for people and for programs. What
may be narrowed stands in blocks such as ``VALUES ?as_of { UNDEF }``: a value enters
there as a typed, escaped term and nowhere else, so that no text of a caller can
become part of the query.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from rdflib.term import Literal, Node, URIRef

from ropa import assets
from ropa.errors import InputError, UnknownName

_HEADER = re.compile(r"^#\+ ([a-z]+)(?:\.([a-z]{2}))?: (.*)$", re.MULTILINE)
_BLOCK = re.compile(r"VALUES \?(\w+) \{[^{}]*\}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
# RFC 3987 and the IRIREF rule of SPARQL: none of these may stand in an IRI.
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
_XSD_DATE = URIRef("http://www.w3.org/2001/XMLSchema#date")

VARIABLES: Mapping[str, str] = {
    "company": "only_company",
    "as_of": "as_of",
    "lang": "lang",
    "claims": "claims",
}
"""The parameters, and the variable of the query that each one binds."""

CLAIMS = ("stated", "all")
"""What the parameter ``claims`` accepts."""


@dataclass(frozen=True)
class Question:
    """One named question.

    Attributes:
        name: the name of its file without the suffix.
        summary: what it lists, in a few words, by language.
        question: the same as a question, by language.
        article: where the law asks for it; empty where it does not.
        parameters: names of the parameters that it accepts.
        columns: names of the answer's columns, in order.
        text: the SPARQL text as shipped, with its header.

    Source: the header of the question's file.
    """

    name: str
    summary: Mapping[str, str]
    question: Mapping[str, str]
    article: str
    parameters: tuple[str, ...]
    columns: tuple[str, ...]
    text: str

    def summary_in(self, lang: str) -> str:
        """Give the summary in a language, in English where there is none."""
        return self.summary.get(lang) or self.summary["en"]

    def question_in(self, lang: str) -> str:
        """Give the question in a language, in English where there is none."""
        return self.question.get(lang) or self.question["en"]

    def render(self, **params: object) -> str:
        """Give the SPARQL text with parameters filled in.

        Args:
            params: ``company`` (an absolute IRI), ``as_of`` (a date or its ISO
                text), ``lang`` (a language tag), ``claims`` (``stated`` or
                ``all``). What is None keeps the default that the text has.

        Raises:
            InputError: a parameter is not known here, or its value is not of the
                kind that it takes.

        >>> text = load("companies").render(company="https://example.org/c/one")
        >>> "VALUES ?only_company { <https://example.org/c/one> }" in text
        True
        """
        terms: dict[str, str] = {}
        for name, value in params.items():
            if name not in self.parameters:
                raise _unknown_parameter(name, self)
            if value is not None:
                terms[VARIABLES[name]] = _serialize(_READERS[name](value))

        def fill(block: re.Match[str]) -> str:
            variable = block.group(1)
            if variable not in terms:
                return block.group(0)
            return f"VALUES ?{variable} {{ {terms[variable]} }}"

        return _BLOCK.sub(fill, self.text)


def load(name: str) -> Question:
    """Read one question.

    Raises:
        UnknownName: no question has this name; the hint gives the nearest ones.
    """
    known = _names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        raise UnknownName(
            f"There is no question named {name!r}.",
            hint=f"Known questions: {', '.join(near or known)}.",
            name=name,
            nearest=near,
        )
    return _load(name)


def all_questions() -> list[Question]:
    """Read all questions, sorted by name."""
    return [_load(name) for name in _names()]


@cache
def _names() -> tuple[str, ...]:
    # By name, not by file: "retention.rq" comes before "retention-details.rq".
    files = assets.names("queries", ".rq")
    return tuple(sorted(name.removesuffix(".rq") for name in files))


@cache
def _load(name: str) -> Question:
    return parse(name, assets.text("queries", f"{name}.rq"))


def parse(name: str, text: str) -> Question:
    """Read the header of a question's text.

    Raises:
        InputError: a header line that every question has is missing, or a
            parameter is not one of ours.
    """
    plain: dict[str, str] = {}
    spoken: dict[str, dict[str, str]] = {"summary": {}, "question": {}}
    for key, lang, value in _HEADER.findall(text):
        if key in spoken:
            spoken[key][lang or "en"] = value.strip()
        else:
            plain[key] = value.strip()
    missing = [key for key, said in spoken.items() if "en" not in said]
    missing += [key for key in ("columns", "parameters") if key not in plain]
    if missing:
        raise InputError(
            f"The header of the question {name} lacks {', '.join(missing)}.",
            hint="Write one line '#+ key: value' for each of them.",
        )
    question = Question(
        name=name,
        summary=spoken["summary"],
        question=spoken["question"],
        article=plain.get("article", ""),
        parameters=_list(plain["parameters"]),
        columns=_list(plain["columns"]),
        text=text,
    )
    for parameter in question.parameters:
        if parameter not in VARIABLES:
            raise _unknown_parameter(parameter, question)
    return question


def _list(value: str) -> tuple[str, ...]:
    items = (item.strip() for item in value.strip("[]").split(","))
    return tuple(item for item in items if item)


def _unknown_parameter(name: str, question: Question) -> InputError:
    return InputError(
        f"The question {question.name} has no parameter {name!r}.",
        hint=f"It takes {', '.join(question.parameters)}.",
        parameter=name,
        known=list(question.parameters),
    )


def _company(value: object) -> URIRef:
    text = str(value)
    if not _ABSOLUTE.match(text) or _NOT_IN_IRI.search(text):
        raise InputError(
            "The parameter company is not an absolute IRI.",
            hint="Give the IRI of a company of the register.",
            parameter="company",
        )
    return URIRef(text)


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


def _as_of(value: object) -> Literal:
    day = as_day(value).isoformat()
    return Literal(day, datatype=_XSD_DATE, normalize=False)


def _lang(value: object) -> Literal:
    text = str(value)
    if not _LANGUAGE.fullmatch(text):
        raise InputError(
            f"The parameter lang is not a language tag: {text[:40]!r}.",
            hint="Write a tag such as en or fr.",
            parameter="lang",
        )
    return Literal(text.lower())


def _claims(value: object) -> Literal:
    if value not in CLAIMS:
        raise InputError(
            f"The parameter claims is neither stated nor all: {str(value)[:40]!r}.",
            hint=f"Write one of {', '.join(CLAIMS)}.",
            parameter="claims",
        )
    return Literal(value)


_READERS: Mapping[str, Callable[[object], URIRef | Literal]] = {
    "company": _company,
    "as_of": _as_of,
    "lang": _lang,
    "claims": _claims,
}


def _serialize(term: URIRef | Literal) -> str:
    """Write a term as SPARQL; its characters cannot leave their quotes."""
    if isinstance(term, URIRef):
        return f"<{term}>"
    quoted = f'"{str(term).translate(_ESCAPES)}"'
    return f"{quoted}^^<{term.datatype}>" if term.datatype else quoted


class Catalogue(NamedTuple):
    """The questions as rows, in the form of an answer."""

    columns: list[str]
    rows: list[tuple[Node | None, ...]]


def catalogue(lang: str = "en") -> Catalogue:
    """List the questions: name, what it lists, its parameters."""
    return Catalogue(
        ["name", "summary", "parameters"],
        [
            (
                Literal(question.name),
                Literal(question.summary_in(lang)),
                Literal(", ".join(question.parameters)),
            )
            for question in all_questions()
        ],
    )
