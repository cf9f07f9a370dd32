"""What can follow: reads ``entailments/*.rq`` into Python values.

An entailment is one text of standard SPARQL 1.1 that constructs what follows from an
entry and its surroundings, on a day. Its header says in words how it follows, with
variables of the text as placeholders; the conditions of its WHERE clause are the
reasons, which `Entailment.conditions` gives as patterns.

Source: SPARQL 1.1 Query Language, sections 10.2 and 16.2; the header of each file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib.term import Node, URIRef

from ropa import assets, headed
from ropa.errors import InternalError, UnknownName

if TYPE_CHECKING:
    from rdflib.paths import Path

NAMESPACE = "https://w3id.org/ropa-kg/entailments/"
"""Where the names of entailments live."""

_TEMPLATE = re.compile(r"^CONSTRUCT\s*\{[^{}]*\}", re.MULTILINE)
# An address, a text, a comment, a bracket, a word or any other sign.
_TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\s]*>|"(?:[^"\\\n]|\\.)*"|\#[^\n]*\n|[(){}]|[?$:\w]+|.""",
    re.DOTALL,
)
# What is asked of a thing without any path: a property and a value.
_ASKED = re.compile(
    r"(?<![^\s;])(a|[\w-]+:[\w-]+)\s+([?$]\w+|[\w-]+:[\w-]+)\s*(?=[;.])"
)
_PREFIXED = re.compile(r"(?<![\w<:-])([\w-]+):([A-Za-z][\w-]*)")
_PREFIX = re.compile(r"^PREFIX ([\w-]*): (<[^>]*)>", re.MULTILINE)
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_OPENING, _CLOSING = ("(", "{"), (")", "}")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Pattern(NamedTuple):
    """One triple pattern; a property may be a path, and any term a variable."""

    subject: Node
    property: Node | Path
    object: Node


@dataclass(frozen=True)
class Entailment:
    """One way in which something follows from what is stated.

    Attributes:
        name: the name of its file without the suffix.
        summary: what it concludes, in a few words, by language.
        explanation: one sentence on a conclusion, by language; its placeholders are
            variables of the WHERE clause, and ``{as_of}`` is the day.
        article: the provision behind it.
        sources: addresses of the provisions behind it.
        after: names of the entailments whose conclusions it reads.
        text: the SPARQL text as shipped, with its header.

    Source: the header of the entailment's file.
    """

    name: str
    summary: Mapping[str, str]
    explanation: Mapping[str, str]
    article: str
    sources: tuple[URIRef, ...]
    after: tuple[str, ...]
    text: str

    @property
    def iri(self) -> URIRef:
        """The name by which conclusions say that they follow by it."""
        return URIRef(NAMESPACE + self.name)

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the placeholders of its explanation, in any language."""
        said = self.explanation.values()
        return frozenset(name for text in said for name in _PLACEHOLDER.findall(text))

    def summary_in(self, lang: str) -> str:
        """Give the summary in a language, in English where there is none."""
        return self.summary.get(lang) or self.summary["en"]

    def explanation_in(self, lang: str) -> str:
        """Give the explanation in a language, in English where there is none."""
        return self.explanation.get(lang) or self.explanation["en"]

    def render(self, as_of: object = None) -> str:
        """Give the text that constructs the conclusions of a day.

        Args:
            as_of: a date or its ISO text; None keeps today.

        Raises:
            InputError: it is not a day of the calendar.

        >>> text = load("covered-by-adequacy").render("2020-07-15")
        >>> 'VALUES ?as_of { "2020-07-15"^^' in text
        True
        """
        if as_of is None:
            return self.text
        return headed.fill(self.text, {"as_of": headed.day(as_of)})

    def as_select(self, as_of: object = None) -> str:
        """Give the text that selects all variables under which something follows.

        Args:
            as_of: as `render` takes it.

        >>> "SELECT *" in load("covered-by-adequacy").as_select()
        True
        """
        return _TEMPLATE.sub("SELECT *", self.render(as_of), count=1)

    def conclusions(self) -> tuple[Pattern, ...]:
        """Give the patterns that are constructed, in the order of the text."""
        return _patterns(self.text)[0]

    def conditions(self) -> tuple[Pattern, ...]:
        """Give the patterns that the WHERE clause asks for, in the order of the text.

        Those that stand for absence, in FILTER (NOT) EXISTS or MINUS, are left out;
        of alternatives (UNION, OPTIONAL) all are given, so that under the bindings of
        a solution some need not hold.
        """
        return _patterns(self.text)[1]

    def needs(self) -> frozenset[str]:
        """Give what must be said of something, or nothing follows.

        Each is a property, or a property and its value, as N-Triples write them with a
        blank in between. Not all that must be there is found: no paths, and nothing
        of alternatives.

        >>> print(min(load("record-transfers").needs()))
        <http://purl.org/dc/terms/isPartOf>
        """
        return _needs(self.text)

    def words(self) -> frozenset[str]:
        """Give the IRIs that the text names, as N-Triples write them; no others."""
        return _words(self.text)


def load(name: str) -> Entailment:
    """Read one entailment.

    Raises:
        UnknownName: no entailment has this name; the hint gives the nearest ones.
    """
    known = _names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        raise UnknownName(
            f"There is no entailment named {name!r}.",
            hint=f"Known entailments: {', '.join(near or known)}.",
            name=name,
            nearest=near,
        )
    return _load(name)


def named(iri: Node | str) -> Entailment | None:
    """Give the entailment of an IRI; None where it is the name of none."""
    name = str(iri).removeprefix(NAMESPACE)
    is_known = name != str(iri) and name in _names()
    return _load(name) if is_known else None


def all_entailments() -> list[Entailment]:
    """Read all entailments, each after those whose conclusions it reads.

    Raises:
        InternalError: some read each other's conclusions in a circle.
    """
    return list(_in_order())


@cache
def _names() -> tuple[str, ...]:
    files = assets.names("entailments", ".rq")
    return tuple(sorted(name.removesuffix(".rq") for name in files))


@cache
def _load(name: str) -> Entailment:
    return parse(name, assets.text("entailments", f"{name}.rq"))


@cache
def _in_order() -> tuple[Entailment, ...]:
    return ordered([_load(name) for name in _names()])


def ordered(entailments: list[Entailment]) -> tuple[Entailment, ...]:
    """Put entailments into an order in which each follows those that it reads.

    Those that do not depend on each other keep the order in which they are given.

    Raises:
        InternalError: they form a circle, or one reads what is not there.
    """
    given = {one.name: one for one in entailments}
    placed: dict[str, Entailment] = {}

    def place(name: str, below: tuple[str, ...]) -> None:
        if name in below:
            circle = " → ".join((*below[below.index(name) :], name))
            raise InternalError(f"Entailments read each other in a circle: {circle}.")
        if name in placed:
            return
        for earlier in given[name].after:
            if earlier not in given:
                raise InternalError(
                    f"The entailment {name} reads {earlier}, which does not exist."
                )
            place(earlier, (*below, name))
        placed[name] = given[name]

    for name in given:
        place(name, ())
    return tuple(placed.values())


def parse(name: str, text: str) -> Entailment:
    """Read the header of an entailment's text.

    Raises:
        InternalError: a line of the header is missing.
    """
    header = headed.header(text, ("summary", "explanation"))
    missing = header.lacks(("summary", "explanation", "article", "source"))
    if missing:
        raise InternalError(
            f"The header of the entailment {name} lacks {', '.join(missing)}.",
            hint="Write one line '#+ key: value' for each of them.",
        )
    return Entailment(
        name=name,
        summary=header.spoken["summary"],
        explanation=header.spoken["explanation"],
        article=header.one("article"),
        sources=tuple(URIRef(source) for source in header.plain["source"]),
        after=header.listed("after"),
        text=text,
    )


def _bare(text: str) -> str:
    """Cut out comments and what says nothing of what must be there.

    Conditions on values and on absence make up most of a text and nearly all of the
    time that the grammar takes.
    """
    kept, depth, is_out = [], 0, False
    for token in _TOKEN.findall(text):
        if token.upper() in ("FILTER", "MINUS"):
            depth, is_out = depth if is_out else 0, True
        if not is_out:
            kept.append("\n" if token.startswith("#") else token)
            continue
        depth += (token in _OPENING) - (token in _CLOSING)
        # A condition is over with its bracket; of EXISTS { … } that is the brace.
        is_out = depth > 0 or token not in _CLOSING
    return "".join(kept)


def _outermost(text: str) -> str:
    """Cut out of a WHERE clause what stands in brackets of any kind, and comments."""
    kept, depth = [], 0
    for token in _TOKEN.findall(text[text.index("WHERE") :]):
        depth -= token in _CLOSING
        if depth == 1 and token not in _CLOSING:
            kept.append("\n" if token.startswith("#") else token)
        depth += token in _OPENING
    return "".join(kept)


@cache
def _needs(text: str) -> frozenset[str]:
    spelled = _speller(text)
    found = set()
    for way, value in _ASKED.findall(_outermost(text)):
        is_open = value[0] in "?$"
        found.add(spelled(way) if is_open else f"{spelled(way)} {spelled(value)}")
    return frozenset(found)


@cache
def _words(text: str) -> frozenset[str]:
    spelled = _speller(text)
    tokens = [token for token in _TOKEN.findall(text) if token[0] not in '#"']
    named = _PREFIXED.findall("".join(token for token in tokens if token[0] != "<"))
    written = (token for token in tokens if token[0] == "<")
    return frozenset((_TYPE, *written, *(spelled(":".join(name)) for name in named)))


def _speller(text: str) -> Callable[[str], str]:
    """Give what writes a name of a text as N-Triples do."""
    spaces = dict(_PREFIX.findall(text))

    def spelled(name: str) -> str:
        prefix, _, local = name.partition(":")
        return _TYPE if name == "a" else f"{spaces[prefix]}{local}>"

    return spelled


@cache
def _patterns(text: str) -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
    # Imported late: reading SPARQL takes a grammar that is slow to build.
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    algebra: Any = translateQuery(parseQuery(_bare(text))).algebra
    concluded = tuple(Pattern(*triple) for triple in algebra.template)
    return concluded, tuple(dict.fromkeys(_asked(algebra.p)))


def _asked(part: Any) -> Iterator[Pattern]:
    """Walk through what must be there; what is said of absence is in expressions."""
    reader = _READERS.get(part.name)
    if reader is None:
        raise InternalError(f"No entailment can be explained that uses {part.name}.")
    yield from reader(part)


def _of_both(part: Any) -> Iterator[Pattern]:
    yield from _asked(part.p1)
    yield from _asked(part.p2)


_READERS: Mapping[str, Callable[[Any], Iterator[Pattern]]] = {
    "BGP": lambda part: (Pattern(*triple) for triple in part.triples),
    "Join": _of_both,
    "LeftJoin": _of_both,
    "Union": _of_both,
    "Minus": lambda part: _asked(part.p1),
    "Filter": lambda part: _asked(part.p),
    "Extend": lambda part: _asked(part.p),
    "ToMultiSet": lambda part: _asked(part.p) if "p" in part else iter(()),
    "Project": lambda part: _asked(part.p),
    "Distinct": lambda part: _asked(part.p),
    "Group": lambda part: _asked(part.p),
    "AggregateJoin": lambda part: _asked(part.p),
    "values": lambda part: iter(()),
}
