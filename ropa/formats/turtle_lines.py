"""Where each statement stands in a Turtle, TriG, N-Triples or N-Quads text.

Parsers give statements without their places. This reads the same text a second time,
only far enough to know which line names which subject, property and value. It reads
what a parser has accepted already, so it checks nothing and never fails: what it does
not understand it passes over, and a finding then has no line.

Source: RDF 1.1 Turtle, section 6.5 (grammar).
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin

from rdflib.term import Literal, Node

from ropa.syntax import Syntax

_SCANNED = frozenset({Syntax.TURTLE, Syntax.TRIG, Syntax.NTRIPLES, Syntax.NQUADS})

_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

# Character ranges of the grammar's PN_CHARS_BASE, PN_CHARS_U and PN_CHARS.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff"
    "\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
    "\U00010000-\U000effff"
)
_CHARS = _BASE + "_0-9\u00b7\u0300-\u036f\u203f-\u2040-"
_PREFIX = rf"(?:[{_BASE}](?:[{_CHARS}.]*[{_CHARS}])?)?"
_LOCAL_CHAR = rf"[{_CHARS}:]|%[0-9A-Fa-f]{{2}}|\\[^\n]"
_LOCAL = rf"(?:{_LOCAL_CHAR})(?:(?:{_LOCAL_CHAR}|\.)*(?:{_LOCAL_CHAR}))?"

_TOKEN = re.compile(
    "|".join(
        (
            r"(?P<space>(?>[ \t\r\n]+|#[^\r\n]*)+)",
            r"<(?P<iri>[^\x00-\x20<>\"{}|^`]*)>",
            r'"""(?P<long2>(?>"{0,2}(?:[^"\\]|\\.))*+)"""',
            r"'''(?P<long1>(?>'{0,2}(?:[^'\\]|\\.))*+)'''",
            r'"(?P<short2>(?>[^"\\\n\r]|\\.)*+)"',
            r"'(?P<short1>(?>[^'\\\n\r]|\\.)*+)'",
            r"@(?P<at>[A-Za-z]+(?:-[A-Za-z0-9]+)*)",
            r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+"
            r"|[+-]?[0-9]*\.[0-9]+|[+-]?[0-9]+)",
            rf"_:(?P<blank>[{_CHARS}](?:[{_CHARS}.]*[{_CHARS}])?)",
            rf"(?P<prefix>{_PREFIX}):(?P<local>{_LOCAL})?",
            r"(?P<word>[A-Za-z]+)",
            r"(?P<sign>\^\^|[\[\](){};,.])",
        )
    ),
    re.DOTALL,
)

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class _Place(NamedTuple):
    """A line, and the lines of what stands below."""

    line: int
    below: dict[str, Any]


class LineMap:
    """Lines of subjects, of their properties and of the values of these."""

    def __init__(self, subjects: dict[str, _Place] | None = None) -> None:
        self._subjects = subjects if subjects is not None else {}

    @classmethod
    def of_subjects(cls, lines: Mapping[str, int]) -> LineMap:
        """Make a map that knows subjects only."""
        return cls({subject: _Place(line, {}) for subject, line in lines.items()})

    def line(
        self,
        subject: Node,
        predicate: Node | None = None,
        object: Node | None = None,
    ) -> int | None:
        """Find the line of a statement.

        Args:
            subject: what it is about.
            predicate: its property, if known.
            object: its value, if known.

        Returns:
            The line, from 1: of the value; where that is not found, of the property;
            then of the subject; then of its entry. None where the text does not
            mention any of them.
        """
        place = self._subjects.get(str(subject)) or self._near(str(subject))
        if place is None:
            return None
        way = place.below.get(str(predicate)) if predicate is not None else None
        if way is None:
            return place.line
        if object is None:
            return int(way.line)
        return int(way.below.get(_key(object), way.line))

    def _near(self, subject: str) -> _Place | None:
        """Find the entry of a part, or the first part of an entry."""
        document, fragment, _ = subject.partition("#")
        if fragment:
            return self._subjects.get(document)
        parts = (
            place
            for name, place in self._subjects.items()
            if name.startswith(f"{subject}#")
        )
        return next(parts, None)

    def to_json(self) -> dict[str, Any]:
        """Give the map as plain values, to be sent over a pipe."""
        names: dict[str, int] = {}
        subjects = {
            subject: [
                place.line,
                {
                    str(names.setdefault(name, len(names))): [way.line, way.below]
                    for name, way in place.below.items()
                },
            ]
            for subject, place in self._subjects.items()
        }
        return {"properties": list(names), "subjects": subjects}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LineMap:
        """Read what ``to_json`` gave."""
        names = values.get("properties", [])
        subjects = {
            subject: _Place(
                line,
                {names[int(n)]: _Place(*way) for n, way in ways.items()},
            )
            for subject, (line, ways) in values.get("subjects", {}).items()
        }
        return cls(subjects)


def _key(node: Node | str) -> str:
    """Shorten a value to what tells it from the others of its property."""
    text = f'"{node}' if isinstance(node, Literal) else str(node)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def scan(text: bytes | str, syntax: Syntax, base: str | None = None) -> LineMap:
    """Find the lines of all statements.

    Args:
        text: a text that a parser has accepted.
        syntax: how it is written; other syntaxes than Turtle's family give an empty
            map.
        base: IRI against which relative IRIs are resolved.

    Returns:
        The lines; statements about nodes without a name are left out.
    """
    if syntax not in _SCANNED:
        return LineMap()
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return _Scanner(text.removeprefix("\ufeff"), base or "").run()


class _Term(NamedTuple):
    """A term in the text: its name or value; blank ones have no name."""

    name: str | None
    is_literal: bool = False


class _Scanner:
    """One reading of one text; nesting is kept on a list, never on the stack."""

    def __init__(self, text: str, base: str) -> None:
        self.text = text
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.lines = [match.end() for match in re.finditer(r"\n", text)]
        self.subjects: dict[str, _Place] = {}
        self.subject: _Term | None = None
        self.way: _Term | None = None
        self.expected = "subject"
        self.outer: list[tuple[_Term | None, _Term | None, str]] = []
        self.directive = ""
        self.declared = ""

    def run(self) -> LineMap:
        held: tuple[int, str] | None = None
        typed = False
        for at, kind, value in self._tokens():
            if held is not None:
                if kind == "at" or (typed and kind in {"iri", "name"}):
                    self._term(held[0], _Term(held[1], is_literal=True))
                    held, typed = None, False
                    continue
                if value == "^^" and kind == "sign":
                    typed = True
                    continue
                self._term(held[0], _Term(held[1], is_literal=True))
                held, typed = None, False
            if kind == "text":
                held = (at, value)
            else:
                self._token(at, kind, value)
        if held is not None:
            self._term(held[0], _Term(held[1], is_literal=True))
        return LineMap(self.subjects)

    def _tokens(self) -> Iterator[tuple[int, str, str]]:
        """Cut the text; prefixed names and texts come out as what they stand for."""
        at, end = 0, len(self.text)
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None or match.end() == at:
                if self.text[at] in "\"'":
                    # A text without an end: no parser accepts it, nothing follows.
                    return
                at += 1
                continue
            kind = str(match.lastgroup)
            if kind in {"long1", "long2", "short1", "short2"}:
                yield at, "text", _unescaped(match[kind])
            elif kind in {"prefix", "local"}:
                prefix, local = match["prefix"], match["local"] or ""
                # A dot ends a statement unless the name goes on after it.
                if self.directive:
                    yield at, "declared", prefix
                else:
                    yield at, "name", self._expanded(prefix, local)
            elif kind != "space":
                yield at, kind, match[kind]
            at = match.end()

    def _expanded(self, prefix: str, local: str) -> str:
        return self.prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)

    def _token(self, at: int, kind: str, value: str) -> None:
        if kind == "sign":
            self._sign(at, value)
        elif kind == "at":
            self.directive = value if value in {"prefix", "base"} else ""
        elif kind == "declared":
            self.declared = value
        elif kind == "iri":
            self._iri(at, _resolved(_unescaped(value), self.base))
        elif kind == "word":
            self._word(at, value)
        elif kind == "blank":
            self._term(at, _Term(None))
        else:
            self._term(at, _Term(value, is_literal=kind == "number"))

    def _iri(self, at: int, iri: str) -> None:
        if self.directive == "prefix":
            self.prefixes[self.declared] = iri
        elif self.directive == "base":
            self.base = iri
        else:
            self._term(at, _Term(iri))
        self.directive = ""

    def _word(self, at: int, word: str) -> None:
        if self.expected == "predicate" and word == "a":
            self._term(at, _Term(_RDF_TYPE))
        elif word in {"true", "false"}:
            self._term(at, _Term(word, is_literal=True))
        elif self.expected == "subject" and word.lower() in {"prefix", "base"}:
            self.directive = word.lower()

    def _sign(self, at: int, sign: str) -> None:
        if sign == ".":
            self.subject, self.way, self.expected = None, None, "subject"
        elif sign == ";":
            self.expected = "predicate"
        elif sign in "[(":
            self._term(at, _Term(None))
            self.outer.append((self.subject, self.way, self.expected))
            self.subject = _Term(None)
            self.way = None
            self.expected = "predicate" if sign == "[" else "object"
        elif sign in "])" and self.outer:
            self.subject, self.way, self.expected = self.outer.pop()
        elif sign in "{}":
            self.subject, self.way, self.expected = None, None, "subject"
            self.outer.clear()

    def _term(self, at: int, term: _Term) -> None:
        """Take a term in the place that is expected, and note its line."""
        if self.expected == "subject":
            self.subject, self.expected = term, "predicate"
            self._subject_place(at)
        elif self.expected == "predicate":
            self.way, self.expected = term, "object"
            self._way_place(at)
        else:
            way = self._way_place(at)
            if way is not None and term.name is not None:
                key = _key(Literal(term.name) if term.is_literal else term.name)
                line = self._line(at)
                if line != way.line:
                    way.below.setdefault(key, line)

    def _subject_place(self, at: int) -> _Place | None:
        if self.subject is None or self.subject.name is None:
            return None
        place = self.subjects.get(self.subject.name)
        if place is None:
            place = self.subjects[self.subject.name] = _Place(self._line(at), {})
        return place

    def _way_place(self, at: int) -> _Place | None:
        place = self._subject_place(at)
        if place is None or self.way is None or self.way.name is None:
            return None
        way = place.below.get(self.way.name)
        if way is None:
            way = place.below[self.way.name] = _Place(self._line(at), {})
        return way if isinstance(way, _Place) else None

    def _line(self, at: int) -> int:
        return bisect_right(self.lines, at) + 1


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code is None:
            return _ESCAPED.get(match[3], match[3])
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"

    return _ESCAPE.sub(character, text)


def _resolved(iri: str, base: str) -> str:
    """Make an IRI absolute (RFC 3986 section 5.2)."""
    if _SCHEME.match(iri) or not base:
        return iri
    document = base.partition("#")[0]
    if not iri or iri.startswith("#"):
        return document + iri
    try:
        joined = urljoin(document, iri)
    except ValueError:
        return iri
    if joined == iri:
        # A scheme that urljoin does not know as hierarchical.
        joined = document[: document.rfind("/") + 1] + iri
    return f"{joined}#" if iri.endswith("#") and not joined.endswith("#") else joined
