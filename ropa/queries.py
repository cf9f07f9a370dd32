"""The named questions: reads ``queries/*.rq`` into Python values and fills them in.

A question is one text of standard SPARQL 1.1 that any engine can run as it stands.
Its header says what it asks, and its blocks take what may be narrowed: `ropa.headed`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from rdflib.term import Literal, Node, URIRef

from ropa import assets, headed
from ropa.errors import InputError, UnknownName
from ropa.headed import as_day

__all__ = [
    "CLAIMS",
    "VARIABLES",
    "Catalogue",
    "Question",
    "all_questions",
    "as_day",
    "catalogue",
    "load",
    "parse",
]

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
# RFC 3987 and the IRIREF rule of SPARQL: none of these may stand in an IRI.
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")

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
        terms: dict[str, URIRef | Literal] = {}
        for name, value in params.items():
            if name not in self.parameters:
                raise _unknown_parameter(name, self)
            if value is not None:
                terms[VARIABLES[name]] = _READERS[name](value)

        return headed.fill(self.text, terms)


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
    header = headed.header(text, ("summary", "question"))
    missing = header.lacks(("summary", "question", "columns", "parameters"))
    if missing:
        raise InputError(
            f"The header of the question {name} lacks {', '.join(missing)}.",
            hint="Write one line '#+ key: value' for each of them.",
        )
    question = Question(
        name=name,
        summary=header.spoken["summary"],
        question=header.spoken["question"],
        article=header.one("article"),
        parameters=header.listed("parameters"),
        columns=header.listed("columns"),
        text=text,
    )
    for parameter in question.parameters:
        if parameter not in VARIABLES:
            raise _unknown_parameter(parameter, question)
    return question


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
    "as_of": headed.day,
    "lang": _lang,
    "claims": _claims,
}


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
