"""Examples of what keeps a rule and of what breaks it, from the cases that prove it.

The cases are published beside the shapes, with manifests that say what each is about
and what is found in it. For a rule, the one with the fewest other findings fails, the
first that bears its code. Of those that pass, are looked at by the rule or are written
as its counterpart, it is the one that says most of the same things.

Source: ``shapes/cases/*/manifest.ttl`` and, for what no SHACL engine can see,
``shapes/examples/manifest.ttl``; the W3C's SHACL test suite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import assets, rules, syntax
from ropa.errors import NotFound
from ropa.shipped import Triple
from ropa.terms import RDF, RDFS, ROPA, SH

_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_SHT = "http://www.w3.org/ns/shacl-test#"
_BASE = "https://w3id.org/ropa-kg/shapes/"
_MANIFEST = re.compile(r"(cases/[^/]+|examples)/manifest\.ttl")

_PREFIX = re.compile(r"^@?prefix\s.*\n?", re.IGNORECASE | re.MULTILINE)
_FIRST_REMARK = re.compile(r"\A(?:#.*\n|\s*\n)+")
# A statement begins where a line does; what follows is indented.
_STATEMENT = re.compile(r"^(?=[^\s#])", re.MULTILINE)
# What every register knows by itself: words, law, and the day of the check.
_KNOWN = re.compile(r"(?:dpv|eu-gdpr|legal-eu|law|loc|pd|ropa):|<urn:x-ropa:context>")
# What only a register knows that has other entries too; nobody can hand it in.
_ELSEWHERE = "<urn:x-ropa:context#"
# What stands between two properties, but not within a text or an address.
_NEXT = re.compile(r"""("(?:[^"\\]|\\.)*"|<[^>]*>|\[[^\]]*\])|\s*;\s+(?=\S)""")
MOST_LETTERS = 64
"""Letters of a line of an example that fit a column."""
_NAMED = re.compile(r"^@?prefix\s+([\w-]*):", re.IGNORECASE)


@dataclass(frozen=True)
class Example:
    """One case, as people read it.

    Attributes:
        name: where it lies, without its ending: ``transfer/invalid-001-no-tool``.
        title: what it is about, by language.
        text: its statements in Turtle, without prefixes, first remark, and what a
            register knows by itself.
        prefixes: the lines that declare the prefixes of these statements.
        day: the day by whose law it is judged; None where any will do.
        passes: whether nothing is found in it.
        focus: what is found wrong, where it fails.
        value: the value that is wrong, where there is one.
    """

    name: str
    title: Mapping[str, str]
    text: str
    prefixes: str
    day: date | None
    passes: bool
    focus: URIRef | None = None
    value: Node | None = None

    @property
    def is_alone(self) -> bool:
        """Tell whether it can be tried as it stands, without other entries."""
        return _ELSEWHERE not in self.text

    @property
    def whole(self) -> str:
        """Give a document that can be checked."""
        return f"{self.prefixes}\n{self.text}\n"


@dataclass(frozen=True)
class _Case:
    """One entry of a manifest; ``found`` has what is found, by shape."""

    name: str
    title: Mapping[str, str]
    files: tuple[str, ...]
    found: tuple[tuple[URIRef, Node | None, Node | None], ...]

    @property
    def file(self) -> str:
        return self.files[0]

    @property
    def room(self) -> str:
        return self.file.rpartition("/")[0]

    @property
    def number(self) -> str:
        return "".join(filter(str.isdigit, self.name.rpartition("/")[2][:12]))


def of_rule(code: str) -> tuple[Example | None, Example | None]:
    """Give an example that keeps a rule, and one that breaks it.

    Args:
        code: of a rule.

    Returns:
        Either is None where no case is there.

    Raises:
        NotFound: there is no such rule.
    """
    return _of_rule(rules.rule(code).code)


def named(name: str) -> Example:
    """Give an example by its name.

    Raises:
        NotFound: there is none of that name.
    """
    for case in _cases():
        if case.name == name:
            return _example(case)
    raise NotFound(
        f"There is no example {name[:80]!r}.", hint="The pages of rules name them."
    )


@cache
def _of_rule(code: str) -> tuple[Example | None, Example | None]:
    failing = sorted(
        (case for case in _cases() if _breaks(case, code)),
        key=lambda case: _clearness(case, code),
    )
    if not failing:
        return None, None
    worst = failing[0]
    passing = [
        case
        for case in _cases()
        if not case.found
        and case.room == worst.room
        and (_is_looked_at(case, code) or _is_pair(case, worst))
    ]
    passing.sort(key=lambda case: _likeness(case, worst, code))
    best = _example(passing[0]) if passing else None
    return best, _example(worst, code)


def _breaks(case: _Case, code: str) -> bool:
    return any(_code_of(shape) == code for shape, _, _ in case.found)


def _code_of(shape: URIRef) -> str | None:
    known = rules.by_shape().get(shape)
    return known.code if known is not None else None


def _clearness(case: _Case, code: str) -> tuple[object, ...]:
    """Say how far a case is from a clear one: what was written for pages is nearest."""
    others = {_code_of(shape) for shape, _, _ in case.found} - {code}
    is_case = case.room != "examples"
    is_named = code in case.name
    size = (len(case.files), len(others), len(case.found))
    return (is_case, *size, not is_named, case.name)


def _likeness(case: _Case, failing: _Case, code: str) -> tuple[object, ...]:
    mine, theirs = _said(case), _said(failing)
    path = rules.rule(code).field_path
    has_field = path is not None and any(p == path for _, p, _ in _graph(case))
    shared = len(mine & theirs) / len(mine | theirs)
    pair = case.number != failing.number
    return (len(case.files), not has_field, -round(shared, 2), pair, case.name)


def _said(case: _Case) -> set[tuple[Node, ...]]:
    """Collect what a case says, whatever it says it of."""
    return {(p, o) if isinstance(o, URIRef) else (p,) for _, p, o in _graph(case)}


def _graph(case: _Case) -> list[Triple]:
    return [triple for file in case.files for triple in _read(file)]


@cache
def _read(file: str) -> tuple[Triple, ...]:
    """Read a file of cases; days that are none are what some of them are about."""
    text = assets.text("shapes", file)
    quads = syntax.parse(text, syntax.Syntax.TURTLE, base=_BASE + file)
    return tuple((s, p, o) for s, p, o, _ in quads)


def _is_pair(case: _Case, other: _Case) -> bool:
    """Tell whether two cases were written for each other, for the page of a rule."""
    return case.room == "examples" and case.number == other.number


def _is_looked_at(case: _Case, code: str) -> bool:
    """Tell whether some thing of a case is a target of a rule (SHACL section 2.1.3)."""
    graph = rules.shapes()
    shapes = {one for one, rule in rules.by_shape().items() if rule.code == code}
    targeting: set[Node] = set()
    pending: list[Node] = [*shapes]
    while pending:
        shape = pending.pop()
        if shape not in targeting:
            targeting.add(shape)
            pending += graph.subjects(SH.property, shape)
    triples = _graph(case)
    targets = [
        (p, o)
        for shape in targeting
        for p, o in graph.predicate_objects(shape)
        if p in (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
    ]
    # What is judged by a program has no target that could be read here.
    return not targets or any(
        (p == RDF.type and o == aim) if way == SH.targetClass else p == aim
        for way, aim in targets
        for _, p, o in triples
    )


def _example(case: _Case, code: str = "") -> Example:
    focus: Node | None = None
    value: Node | None = None
    for shape, thing, what in case.found:
        if code in ("", _code_of(shape)):
            focus, value = thing, what
            break
    text = assets.text("shapes", case.file)
    own = _statements(text)
    prefixes = [
        found[0].rstrip()
        for found in _PREFIX.finditer(text)
        if (name := _NAMED.match(found[0])) is not None
        and re.search(rf"(?<![\w-]){name[1]}:", own)
    ]
    return Example(
        name=case.name,
        title=case.title,
        text=own,
        prefixes="".join(f"{one}\n" for one in prefixes),
        day=_day(case),
        passes=not case.found,
        focus=focus if isinstance(focus, URIRef) else None,
        value=value,
    )


def _statements(text: str) -> str:
    bare = _FIRST_REMARK.sub("", _PREFIX.sub("", text))
    parts = _STATEMENT.split(bare)
    own = "".join(part for part in parts if not _KNOWN.match(part)).strip()
    return "\n".join(map(_folded, own.splitlines()))


def _folded(line: str) -> str:
    """Give each property of a long line a line of its own."""
    if len(line) <= MOST_LETTERS or line.lstrip().startswith("#"):
        return line
    return _NEXT.sub(lambda found: found[1] or " ;\n    ", line)


def _day(case: _Case) -> date | None:
    days = [str(o) for _, p, o in _graph(case) if p == ROPA.asOf]
    return date.fromisoformat(days[0]) if days else None


@cache
def _cases() -> tuple[_Case, ...]:
    """Read all manifests, once per process."""
    names = [n for n in assets.names("shapes", ".ttl") if _MANIFEST.fullmatch(n)]
    return tuple(case for name in names for case in _of_manifest(name))


def _of_manifest(name: str) -> Iterator[_Case]:
    graph = Graph(store="SimpleMemory")
    for triple in _read(name):
        graph.add(triple)
    head = graph.value(URIRef(_BASE + name), URIRef(f"{_MF}entries"))
    for one in graph.items(head) if head is not None else ():
        action = graph.value(one, URIRef(f"{_MF}action"))
        files = [
            str(file).removeprefix(_BASE)
            for file in graph.objects(action, URIRef(f"{_SHT}dataGraph"))
        ]
        own = str(one).rpartition("#")[2]
        # The file that bears the name of the case comes before those it shares.
        files.sort(key=lambda file: (own not in file, file))
        room = name.removeprefix("cases/").rpartition("/")[0]
        yield _Case(
            name=f"{room}/{own}",
            title={
                text.language or "en": str(text)
                for text in graph.objects(one, RDFS.label)
                if isinstance(text, Literal)
            },
            files=tuple(files),
            found=tuple(_results(graph, graph.value(one, URIRef(f"{_MF}result")))),
        )


def _results(
    graph: Graph, report: Node | None
) -> Iterable[tuple[URIRef, Node | None, Node | None]]:
    found = []
    for result in graph.objects(report, SH.result):
        shape = graph.value(result, SH.sourceShape)
        if isinstance(shape, URIRef):
            focus = graph.value(result, SH.focusNode)
            found.append((shape, focus, graph.value(result, SH.value)))
    return sorted(found, key=str)
