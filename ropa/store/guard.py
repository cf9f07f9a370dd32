"""Look at a query before any engine does.

The engine's own parser can be ended by a few kilobytes of text, so what is refused is
refused on the signs of the text. The scan reads them as the engine does; where a sign
could be read in two ways the text is refused, so that nothing hides between the two
readings. A process limit stands behind this: what slips through costs one child.

Source: SPARQL 1.1 Query Language, section 19.8 (grammar); the numbers are measured
against pyoxigraph 0.5.13, see ``tests/ropa/store/test_guard.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from ropa.errors import QueryError

MAX_BYTES = 64 * 1024
MAX_NESTING = 200
MAX_TRIPLE_PATTERNS = 200
# Each of these becomes a level of the engine's plan, whatever the brackets say.
MAX_OPERATORS = 500
MAX_PATH_STEPS = 200
MAX_CLAUSES = 300
MAX_LIST_ITEMS = 2000

_TOKENS = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+|\#[^\r\n]*)
  | (?P<long>\"\"\"(?:(?:\"|\"\")?(?:[^\"\\]|\\.))*\"\"\"
            |'''(?:(?:'|'')?(?:[^'\\]|\\.))*''')
  | (?P<open>\"\"\"|''')
  | (?P<text>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
  | (?P<iri><[A-Za-z][A-Za-z0-9+.-]*://[^<>"{}|^`\\\x00-\x20]*>
            |<[A-Za-z0-9:._~%/@-]*>)
  | (?P<unclear><[^<>"{}|^`\\\x00-\x20=][^<>"{}|^`\\\x00-\x20]*>
            |<=[^<>"{}|^`\\\x00-\x20]+>)
  | (?P<quoted><<)
  | (?P<variable>[?$]\w+)
  | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<name>(?:[^\W\d](?:[\w.-]{0,100}[\w-])?)?:
            (?:[\w:]|%[0-9A-Fa-f]{2}|-|\.+(?=[\w:%\\-])|\\[-_~.!$&'()*+,;=/?\#@%])*)
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<operator>\|\||&&|!=|<=|>=|\^\^|[-+*/|^!=<>])
  | (?P<sign>[][(){}.;,?])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPERANDS = {"iri", "text", "long", "variable", "name", "number"}
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE"}
_CLAUSES = {
    "OPTIONAL",
    "UNION",
    "MINUS",
    "FILTER",
    "BIND",
    "AS",
    "GRAPH",
    "VALUES",
    "SELECT",
    "EXISTS",
    "HAVING",
    "LATERAL",
}
_SIMPLER = "Split the question into several queries, or ask for less at once."


class _Bracket(NamedTuple):
    sign: str
    at: int
    is_data: bool


def guard(text: str) -> None:
    """Refuse a query that is too large, too deep, or reaches beyond the register.

    Args:
        text: the query as its author wrote it.

    Raises:
        QueryError: what is refused, with line and column.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise QueryError(
            f"The query is longer than {MAX_BYTES // 1024} KiB.", hint=_SIMPLER
        )
    _Scan(text).run()


class _Scan:
    """One pass over the signs of a query, counting what becomes depth in the engine."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[_Bracket] = []
        self.operators = 0
        self.steps = 0
        self.clauses = 0
        self.items = 0
        self.patterns = 0
        self.previous = ""
        self.is_values = False

    def run(self) -> None:
        for token in _TOKENS.finditer(self.text):
            kind, sign, at = token.lastgroup or "", token[0], token.start()
            if kind == "blank":
                continue
            if kind == "word":
                self._word(sign, at)
            elif kind == "sign":
                self._sign(sign, at)
            elif kind == "operator":
                self._operator(sign, at)
            elif kind == "name":
                if "service" in sign.partition(":")[0].lower():
                    raise self._service(at)
            elif kind not in _OPERANDS and kind != "tag":
                raise self._stray(kind, sign, at)
            if kind in _OPERANDS and self.previous in _OPERANDS:
                self._neighbours(at)
            self.previous = kind
        if self.open:
            raise self._refusal(
                f"The bracket {self.open[-1].sign} is not closed.", self.open[-1].at
            )

    def _word(self, word: str, at: int) -> None:
        # Within a word, since the grammar lets keywords touch: trueSERVICE<...>.
        if "service" in word.lower():
            raise self._service(at)
        keyword = word.upper()
        if keyword in _UPDATES:
            raise self._refusal(
                f"{keyword} would change the register; a query only reads it.",
                at,
                hint="Add and remove entries with the commands or pages made for it.",
            )
        if keyword in _CLAUSES:
            self.clauses += 1
            self._cap(self.clauses, MAX_CLAUSES, "clauses", at)
        self.is_values = keyword == "VALUES"

    def _service(self, at: int) -> QueryError:
        return self._refusal(
            "SERVICE would ask another server; queries stay within this register.",
            at,
            hint="Remove the SERVICE part.",
        )

    def _operator(self, sign: str, at: int) -> None:
        if sign == "^^":
            return
        self.operators += 1
        self._cap(self.operators, MAX_OPERATORS, "operators", at)
        if sign in "/|^":
            self.steps += 1
            self._cap(self.steps, MAX_PATH_STEPS, "path steps", at)

    def _sign(self, sign: str, at: int) -> None:
        if sign in _PAIRS:
            is_data = sign == "{" and self.is_values
            inside_data = bool(self.open) and self.open[-1].is_data
            self.open.append(_Bracket(sign, at, is_data or inside_data))
            if len(self.open) > MAX_NESTING:
                raise self._refusal(
                    f"The query is nested more than {MAX_NESTING} levels deep.",
                    at,
                    hint=_SIMPLER,
                )
            if sign == "{" and not inside_data:
                self.clauses += 1
                self._cap(self.clauses, MAX_CLAUSES, "clauses", at)
            if sign in {"[", "{"}:
                self._pattern(at)
        elif sign in ")]}":
            if not self.open or _PAIRS[self.open[-1].sign] != sign:
                raise self._refusal(f"The bracket {sign} closes nothing.", at)
            self.open.pop()
        elif sign == ",":
            self.items += 1
            self._cap(self.items, MAX_LIST_ITEMS, "list items", at)
            if self.open and self.open[-1].sign != "(":
                self._pattern(at)
        elif sign in ".;":
            self._pattern(at)

    def _neighbours(self, at: int) -> None:
        """Count the members of a collection: two triple patterns each."""
        if self.open and self.open[-1].sign == "(" and not self.open[-1].is_data:
            self._pattern(at)
            self._pattern(at)

    def _pattern(self, at: int) -> None:
        self.patterns += 1
        # A full stop or semicolon ends a pattern, a brace opens one: at most twice.
        self._cap(self.patterns, 2 * MAX_TRIPLE_PATTERNS, "triple patterns", at)

    def _cap(self, count: int, most: int, what: str, at: int) -> None:
        if count > most:
            raise self._refusal(f"The query has too many {what}.", at, hint=_SIMPLER)

    def _stray(self, kind: str, sign: str, at: int) -> QueryError:
        if kind == "unclear":
            return self._refusal(
                "It is not clear whether < opens an address or compares two values.",
                at,
                hint="Write blanks around the comparison, or the address in full.",
            )
        if kind == "quoted":
            return self._refusal("Triple terms are not supported.", at)
        if kind == "open" or sign in "\"'":
            return self._refusal("The text in quotes is not closed.", at)
        return self._refusal(f"The sign {sign!a} cannot stand here.", at)

    def _refusal(self, message: str, at: int, *, hint: str = "") -> QueryError:
        line, column = place(self.text, at)
        return QueryError(
            f"{message[:-1]} (line {line}, column {column}).",
            hint=hint or "Correct the query at that place.",
            line=line,
            column=column,
        )


def place(text: str, at: int) -> tuple[int, int]:
    """Give line and column, from 1, of a position in a text."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


_PLACE = re.compile(r"error at (\d+):(\d+):\s*(.*)", re.DOTALL)
# What the parser names in words, among the signs it would have taken.
_IN_WORDS = re.compile(r"\b[A-Z][A-Za-z]*(?: [A-Za-z]+){3,}")


def unreadable(text: str, said: str, known: Collection[str] = ()) -> QueryError:
    """Tell what the engine's parser said about a query, in a sentence.

    Args:
        text: the query as its author wrote it.
        said: the parser's message.
        known: prefixes that need no declaration.
    """
    stranger = _unknown_prefix(text, known)
    if stranger is not None:
        return stranger
    found = _PLACE.search(said)
    if not found:
        return QueryError(
            f"The query cannot be read: {' '.join(said.split())[:200].rstrip('.')}.",
            hint="Correct the query.",
        )
    line, column = int(found[1]), int(found[2])
    words = _IN_WORDS.search(found[3])
    reason = f": {words[0][0].lower()}{words[0][1:]}" if words else ""
    return QueryError(
        f"The query cannot be read near line {line}, column {column}{reason}.",
        hint="Look just before that place for a missing bracket, stop or quote.",
        line=line,
        column=column,
    )


def _unknown_prefix(text: str, known: Collection[str]) -> QueryError | None:
    declared = set(known)
    previous = ""
    for token in _TOKENS.finditer(text):
        if token.lastgroup == "blank":
            continue
        if token.lastgroup == "name":
            prefix = token[0].partition(":")[0]
            if previous == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                line, column = place(text, token.start())
                return QueryError(
                    f"The prefix {prefix}: is not known"
                    f" (line {line}, column {column}).",
                    hint="Declare it at the start with PREFIX.",
                    line=line,
                    column=column,
                )
        previous = token[0].upper()
    return None
