"""Shapes that a user adds to ours: what they may ask, and what is refused.

Whoever wrote them may be a stranger, so only the constraints of SHACL's core are let
in. What would run a text (queries, scripts, rules), fetch one, or take for ever is
refused here, before an engine sees it, with the name of the shape and its line. What
passes still runs in a bounded child process.

An added shape finds by its own name; it blocks nothing, and can neither have the name
of one of our rules nor change what they find.

Source: SHACL sections 2 to 4 (core), 3.1 (shapes graph), 3.3 (recursion).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import entry, rules
from ropa.errors import ShapeRefused
from ropa.terms import DCT, OWL, RDF, RDFS, SH, XSD, curie

MAX_TRIPLES = 20_000
MAX_SHAPES = 500
MAX_DEPTH = 12
"""Shapes within shapes."""
MAX_PARTS = 5_000
"""Shapes that one shape has a node judged by, each as often as it is named."""
MAX_ITEMS = 1_000
"""Members of a list."""
MAX_STEPS = 40
"""Steps of a path, those within others included."""
MAX_PATTERN_CHARACTERS = 500
MAX_REPEATS = 8
"""Places of a pattern at which something may be repeated without end."""
MAX_COUNT = 1_000_000

# A shape is named in these ways by another one.
_ONE_SHAPE = ("property", "node", "not", "qualifiedValueShape")
_SHAPE_LISTS = ("and", "or", "xone")
_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_COUNTS = (
    "minCount",
    "maxCount",
    "minLength",
    "maxLength",
    "qualifiedMinCount",
    "qualifiedMaxCount",
)
_FLAGS = ("deactivated", "uniqueLang", "closed", "qualifiedValueShapesDisjoint")
_LISTS = ("in", "languageIn", "ignoredProperties", *_SHAPE_LISTS)
_PATHS = (
    "inversePath",
    "alternativePath",
    "zeroOrMorePath",
    "oneOrMorePath",
    "zeroOrOnePath",
)
_ENDLESS = (SH.zeroOrMorePath, SH.oneOrMorePath)
_NAMES = (
    *("class", "datatype", "targetClass", "targetObjectsOf", "targetSubjectsOf"),
    *("equals", "disjoint", "lessThan", "lessThanOrEquals", "group"),
)
_KINDS = frozenset(
    SH[kind]
    for kind in (
        *("IRI", "BlankNode", "Literal", "IRIOrLiteral"),
        *("BlankNodeOrIRI", "BlankNodeOrLiteral"),
    )
)
_WORDS = ("name", "description", "message")
# What asks about the values of a property, and may not be asked of a node itself.
_OF_PATHS = (
    *("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"),
    *("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"),
)
_BOUNDS = ("minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
_ONCE = (
    *(*_COUNTS, *_BOUNDS, "datatype", "nodeKind", "in", "languageIn", "flags"),
    *("uniqueLang", "closed", "ignoredProperties", "deactivated", "severity"),
)
_CORE = frozenset(
    (
        *_ONE_SHAPE,
        *_SHAPE_LISTS,
        *_TARGETS,
        *_COUNTS,
        *_FLAGS,
        *_LISTS,
        *_PATHS,
        *_WORDS,
        *("path", "class", "datatype", "nodeKind", "hasValue", "pattern", "flags"),
        *_BOUNDS,
        *("equals", "disjoint", "lessThan", "lessThanOrEquals"),
        *("severity", "order", "group", "defaultValue"),
        # Prefixes are for queries; by themselves they do nothing.
        *("declare", "prefix", "namespace"),
    )
)
_CLASSES = frozenset(
    ("Shape", "NodeShape", "PropertyShape", "PropertyGroup", "PrefixDeclaration")
)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_SEVERITIES = {SH[word.capitalize()]: word for word in rules.SEVERITIES}

Place = Callable[[Node, Node | None], str]
"""Gives file and line of a node, or of one of its properties, as text; or nothing."""


@dataclass(frozen=True)
class Guests:
    """Shapes that were let in.

    Attributes:
        graph: the shapes, and what else stood in their files.
    """

    graph: Graph = field(default_factory=Graph)

    @cached_property
    def _owners(self) -> Mapping[Node, Node]:
        """Name, for each shape, the nearest one around it that has a name."""
        found: dict[Node, Node] = {}
        pending = [(one, one) for one in _shapes(self.graph) if self.is_named(one)]
        while pending:
            shape, owner = pending.pop()
            if shape in found:
                continue
            found[shape] = owner
            pending += [
                (part, part if self.is_named(part) else owner)
                for part in _parts(self.graph, shape)
            ]
        return found

    def is_named(self, shape: Node) -> bool:
        """Tell whether a shape has a name or a code of its own."""
        has_code = (shape, DCT.identifier, None) in self.graph
        return isinstance(shape, URIRef) or has_code

    def owner(self, node: Node) -> Node:
        """Give the nearest named shape around a shape; otherwise itself."""
        return self._owners.get(node, node)

    def code(self, shape: Node) -> str:
        """Give the code under which findings of a shape are told."""
        said = self.graph.value(shape, DCT.identifier)
        if said is not None:
            return str(said)
        owner = self.owner(shape)
        if owner != shape:
            return self.code(owner)
        local = re.split(r"[#/:]", str(shape))[-1]
        return re.sub(r"[^A-Za-z0-9._-]+", "-", local).strip("-._")[:80] or "shape"

    def name(self, shape: Node) -> URIRef | None:
        """Give the IRI of a shape, or of the nearest one around it."""
        owner = self.owner(shape)
        return owner if isinstance(owner, URIRef) else None

    def severity(self, shape: Node) -> str:
        """Give the severity of a shape: a violation, where it says nothing."""
        for value in self.graph.objects(shape, SH.severity):
            return _SEVERITIES[URIRef(str(value))]
        return rules.SEVERITIES[0]

    def message(self, shape: Node) -> dict[str, str]:
        """Give the message of a shape by language; without one it serves for all."""
        said = {
            (text.language or "").partition("-")[0].lower(): one_line(str(text))
            for text in sorted(self.graph.objects(shape, SH.message), key=_by_tag)
            if isinstance(text, Literal)
        }
        if not said:
            return {}
        other = said.get("", said.get("en", next(iter(said.values()))))
        return {"en": other, "fr": other, **{k: v for k, v in said.items() if k}}

    def is_of_property(self, shape: Node) -> bool:
        """Tell whether a shape is used as one that judges values along a path."""
        graph = self.graph
        return (
            (shape, SH.path, None) in graph
            or (shape, RDF.type, SH.PropertyShape) in graph
            or (None, SH.property, shape) in graph
        )

    def with_targets(self) -> list[Node]:
        """List the shapes that choose nodes to judge, sorted."""
        implicit = {
            one
            for one in self.graph.subjects(RDF.type, RDFS.Class)
            if (one, RDF.type, SH.NodeShape) in self.graph
        }
        explicit = {s for way in _TARGETS for s in self.graph.subjects(SH[way])}
        return sorted(implicit | explicit, key=str)

    def codes(self) -> set[str]:
        """List the codes that findings may have."""
        return {self.code(shape) for shape in _shapes(self.graph)}


def _by_tag(text: Node) -> tuple[str, str]:
    return (getattr(text, "language", None) or "", str(text))


def one_line(text: str) -> str:
    """Give a text without line breaks and signs that steer a screen, cut at 1000."""
    return _CONTROL.sub(" ", text)[:1000]


def admit(graph: Graph, place: Place) -> Guests:
    """Let shapes in, or say which one cannot be, and why.

    Args:
        graph: what the files of a user say, with blank nodes.
        place: gives file and line of a node.

    Raises:
        ShapeRefused: something in it is not let in.
    """
    guests = Guests(graph)
    if len(graph) > MAX_TRIPLES:
        _refuse(f"The shapes have more than {MAX_TRIPLES} statements.")
    check = _Admission(guests, place)
    check.ours()
    check.words()
    shapes = _shapes(graph)
    if len(shapes) > MAX_SHAPES:
        _refuse(f"There are {len(shapes)} shapes, more than {MAX_SHAPES}.")
    for shape in sorted(shapes, key=str):
        check.shape(shape)
    check.nesting(shapes)
    check.names(shapes)
    if not guests.with_targets():
        _refuse(
            "No shape says which nodes it judges, so nothing would be checked.",
            hint="Give a shape sh:targetClass, sh:targetNode, sh:targetSubjectsOf or "
            "sh:targetObjectsOf.",
        )
    return guests


def _refuse(message: str, hint: str = "") -> NoReturn:
    raise ShapeRefused(
        message, hint=hint or "Added shapes are for a few dozen demands of your own."
    )


def _shapes(graph: Graph) -> set[Node]:
    """Find everything that is used as a shape."""
    found = {
        one
        for kind in ("NodeShape", "PropertyShape")
        for one in graph.subjects(RDF.type, SH[kind])
    }
    found.update(s for way in (*_TARGETS, "path") for s in graph.subjects(SH[way]))
    found.update(o for way in _ONE_SHAPE for o in graph.objects(None, SH[way]))
    for way in _SHAPE_LISTS:
        for head in graph.objects(None, SH[way]):
            found.update(_members(graph, head))
    return found


def _parts(graph: Graph, shape: Node) -> Iterator[Node]:
    """Give the shapes that a shape names, each as often as it does."""
    for way in _ONE_SHAPE:
        yield from graph.objects(shape, SH[way])
    for way in _SHAPE_LISTS:
        for head in graph.objects(shape, SH[way]):
            yield from _members(graph, head)


def _members(graph: Graph, head: Node) -> list[Node]:
    """Give the members of a list, as far as it is one."""
    found: list[Node] = []
    seen: set[Node] = set()
    while head != RDF.nil and head not in seen and len(found) <= MAX_ITEMS:
        seen.add(head)
        found += graph.objects(head, RDF.first)
        rest = graph.value(head, RDF.rest)
        if rest is None:
            break
        head = rest
    return found


def _is_text(value: Node) -> bool:
    kinds = (None, XSD.string, RDF.langString)
    return isinstance(value, Literal) and value.datatype in kinds


def _is_number(value: Node) -> bool:
    number = str(value) if isinstance(value, Literal) else ""
    return number.isdecimal() and len(number) <= 7 and int(number) <= MAX_COUNT


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


# For some parameters: what a value must be, and what to say where it is not.
_VALUES: tuple[tuple[tuple[str, ...], Callable[[Node], bool], str, str], ...] = (
    (
        ("severity",),
        lambda value: value in _SEVERITIES,
        "that is not known",
        "Take sh:Violation, sh:Warning or sh:Info.",
    ),
    (
        ("nodeKind",),
        lambda value: value in _KINDS,
        "that is not known",
        "Take sh:IRI, sh:Literal or another one of SHACL's six.",
    ),
    (
        _NAMES,
        lambda value: isinstance(value, URIRef),
        "that is no IRI",
        "Name the class, property or datatype in full or by a prefix.",
    ),
    (
        _WORDS,
        _is_text,
        "that is no text",
        "Write it in quotes, with or without a language.",
    ),
    (
        _COUNTS,
        _is_number,
        f"that is no number from 0 to {MAX_COUNT}",
        "Write a whole number.",
    ),
    (
        _FLAGS,
        lambda value: str(value) in {"true", "false", "0", "1"},
        "that is neither true nor false",
        "Write true or false.",
    ),
    (
        ("flags",),
        lambda value: not set(str(value)) - set("ims"),
        "that is not known",
        "Take i, m or s.",
    ),
    (
        ("pattern",),
        lambda value: isinstance(value, Literal) and _is_pattern(str(value)),
        "that cannot be read as a pattern",
        "Close every ( and [, and write \\\\( for the sign itself.",
    ),
    (
        _BOUNDS,
        lambda value: isinstance(value, Literal),
        "that is no number or day",
        'Write a number, or a day as "2026-01-31"^^xsd:date.',
    ),
)


class _Admission:
    """One look at a user's shapes; ends with the first that cannot be let in."""

    def __init__(self, guests: Guests, place: Place) -> None:
        self._guests = guests
        self._graph = guests.graph
        self._place = place

    def refuse(
        self, node: Node, problem: str, hint: str, way: Node | None = None
    ) -> NoReturn:
        """Say what is wrong with a shape, and where."""
        name = self._guests.name(node)
        shown = curie(str(name)) if name is not None else "without a name"
        where = self._place(name if name is not None else node, way)
        raise ShapeRefused(
            f"{where}The shape {shown} {problem}.",
            hint=hint,
            shape=str(name) if name is not None else None,
        )

    def ours(self) -> None:
        """Refuse whatever is said of our shapes; it would be without effect."""
        ours = set(rules.shapes().subjects(unique=True))
        for subject in sorted(self._graph.subjects(unique=True), key=str):
            if not isinstance(subject, URIRef):
                continue
            if subject in ours or str(subject).startswith(entry.SHAPES_BASE):
                self.refuse(
                    subject,
                    "has the name of one of our shapes",
                    "Give it a name of your own; ours can be neither changed nor "
                    "replaced. A finding can be answered, with a reason.",
                )

    def words(self) -> None:
        """Refuse what is not SHACL's core, wherever in the files it stands."""
        core_only = "Added shapes may use the constraints of SHACL's core only."
        for s, p, o in self._graph:
            word = str(p).removeprefix(str(SH))
            if p in SH and word not in _CORE:
                self.refuse(self._around(s), f"uses sh:{word[:40]}", core_only, p)
            if p == OWL.imports:
                self.refuse(
                    self._around(s),
                    "imports other shapes",
                    "Hand in every file with a --shapes of its own.",
                    p,
                )
            kind = str(o).removeprefix(str(SH))
            if p == RDF.type and o in SH and kind not in _CLASSES:
                self.refuse(self._around(s), f"is a sh:{kind[:40]}", core_only, p)

    def _around(self, node: Node) -> Node:
        """Find the shape that a node is part of."""
        seen: set[Node] = set()
        while self._guests.owner(node) == node and isinstance(node, BNode):
            seen.add(node)
            above = [s for s in self._graph.subjects(None, node) if s not in seen]
            if not above:
                break
            node = above[0]
        return node

    def shape(self, shape: Node) -> None:
        """Look at what one shape says."""
        graph = self._graph
        if (shape, None, None) not in graph:
            self.refuse(
                shape,
                "is named, but none of the files has it",
                "Hand in the file that has it, or correct its name.",
            )
        for way in _LISTS:
            for head in graph.objects(shape, SH[way]):
                self._list(shape, head, SH[way])
        for path in graph.objects(shape, SH.path):
            self._path(shape, path)
        self._place_of(shape)
        if len(set(graph.objects(shape, SH.path))) > 1:
            self.refuse(shape, "has several paths", "Give it one sh:path.", SH.path)
        for pattern in graph.objects(shape, SH.pattern):
            problem = exploding(str(pattern))
            if problem:
                self.refuse(
                    shape,
                    f"has a pattern that may take for ever: {problem}",
                    "Write the sh:pattern without repeating what repeats; [ab]+ does "
                    "for (a|b)+.",
                    SH.pattern,
                )
        self._values(shape)

    def _place_of(self, shape: Node) -> None:
        """Refuse what judges values without saying whose, or a node as if it did."""
        graph = self._graph
        if self._guests.is_of_property(shape):
            if (shape, SH.path, None) not in graph:
                self.refuse(
                    shape,
                    "judges values without saying of which property",
                    "Give its sh:property part, or itself, a sh:path.",
                )
            return
        for way in _OF_PATHS:
            if (shape, SH[way], None) in graph:
                self.refuse(
                    shape,
                    f"asks sh:{way} of a thing, and not of a property",
                    "Write it within sh:property, beside a sh:path.",
                    SH[way],
                )

    def _values(self, shape: Node) -> None:
        """Look at the values that the engine would take as they are."""
        for ways, is_good, problem, hint in _VALUES:
            for way in ways:
                for value in self._graph.objects(shape, SH[way]):
                    if not is_good(value):
                        self.refuse(shape, f"has a sh:{way} {problem}", hint, SH[way])
        for way in _ONCE:
            if len(set(self._graph.objects(shape, SH[way]))) > 1:
                self.refuse(
                    shape,
                    f"has more than one sh:{way}",
                    "Keep one of them, or make a shape of each.",
                    SH[way],
                )
        for head in self._graph.objects(shape, SH.languageIn):
            if not all(_is_text(one) for one in _members(self._graph, head)):
                self.refuse(
                    shape,
                    "has a sh:languageIn with something else than languages",
                    "Write their codes in quotes.",
                    SH.languageIn,
                )

    def _list(self, shape: Node, head: Node, way: URIRef) -> list[Node]:
        """Give the members of a list that ends, and is one."""
        graph = self._graph
        members: list[Node] = []
        seen: set[Node] = set()
        while head != RDF.nil:
            first, rest = (
                set(graph.objects(head, RDF.first)),
                graph.value(head, RDF.rest),
            )
            problem = ""
            if head in seen:
                problem = "has a list that comes back to its beginning"
            elif len(first) != 1 or rest is None:
                problem = f"has a {curie(str(way))} that is no list"
            elif len(members) >= MAX_ITEMS:
                problem = f"has a list of more than {MAX_ITEMS} members"
            if problem or rest is None:
                self.refuse(shape, problem, "Write the members in ( and ).", way)
            seen.add(head)
            members += first
            head = rest
        return members

    def _path(self, shape: Node, path: Node) -> None:
        """Refuse paths that go round in circles, or for ever."""
        steps = 0
        endless = 0
        # With each part: the nodes around it, and whether it is repeated already.
        pending: list[tuple[Node, frozenset[Node], bool]] = [(path, frozenset(), False)]
        while pending:
            part, around, repeated = pending.pop()
            steps += 1
            if part in around or steps > MAX_STEPS:
                self.refuse(
                    shape,
                    f"has a path that is no path, or of more than {MAX_STEPS} steps",
                    "Write a shorter sh:path.",
                    SH.path,
                )
            if isinstance(part, URIRef):
                continue
            inner = around | {part}
            if (part, RDF.first, None) in self._graph:
                members = self._list(shape, part, SH.path)
                pending += [(one, inner, repeated) for one in members]
                continue
            ways = [
                (way, value)
                for way, value in self._graph.predicate_objects(part)
                if way in SH and str(way).removeprefix(str(SH)) in _PATHS
            ]
            if len(ways) != 1:
                self.refuse(shape, "has a path that is none", "Mend sh:path.", SH.path)
            way, value = URIRef(str(ways[0][0])), ways[0][1]
            endless += way in _ENDLESS
            if (way in _ENDLESS and repeated) or endless > 2:
                self.refuse(
                    shape,
                    "has a path that repeats what repeats, or more than two such steps",
                    "Follow one hierarchy at a time.",
                    SH.path,
                )
            if way == SH.alternativePath:
                members = self._list(shape, value, way)
                pending += [(one, inner, repeated) for one in members]
            else:
                pending.append((value, inner, repeated or way in _ENDLESS))

    def nesting(self, shapes: Iterable[Node]) -> None:
        """Refuse shapes that lead back to themselves, or too deep, or to too many."""
        depth: dict[Node, int] = {}
        size: dict[Node, int] = {}
        for start in sorted(shapes, key=str):
            # A stack of our own: the shapes may be nested deeper than Python's.
            stack: list[tuple[Node, list[Node]]] = []
            open_: set[Node] = set()
            pending: Node | None = start
            while pending is not None or stack:
                if pending is not None:
                    if pending in open_:
                        self.refuse(
                            pending,
                            "leads back to itself",
                            "A shape may not have nodes judged by itself.",
                        )
                    if pending not in depth:
                        open_.add(pending)
                        stack.append((pending, list(_parts(self._graph, pending))))
                    pending = None
                    continue
                shape, left = stack[-1]
                if left:
                    pending = left.pop()
                    continue
                stack.pop()
                open_.discard(shape)
                parts = list(_parts(self._graph, shape))
                depth[shape] = 1 + max((depth[part] for part in parts), default=0)
                size[shape] = 1 + sum(size[part] for part in parts)
                if depth[shape] > MAX_DEPTH or size[shape] > MAX_PARTS:
                    self.refuse(
                        shape,
                        f"is nested deeper than {MAX_DEPTH} shapes, or has a node "
                        f"judged by more than {MAX_PARTS}",
                        "Make it flatter.",
                    )

    def names(self, shapes: Iterable[Node]) -> None:
        """Refuse names that are ours, that are none, or that two shapes share."""
        known = set(rules.rules())
        taken: dict[str, Node] = {}
        targeted = set(self._guests.with_targets())
        for shape in sorted(shapes, key=str):
            if str(shape).startswith(entry.PROJECT):
                self.refuse(
                    shape,
                    "has a name that is ours to give",
                    "Give it a name of your own.",
                )
            code = self._guests.code(shape)
            said = self._graph.value(shape, DCT.identifier)
            if said is not None and not _CODE.fullmatch(str(said)):
                self.refuse(
                    shape,
                    "has a dct:identifier that is no code",
                    "Take letters, digits and hyphens, at most 80.",
                    DCT.identifier,
                )
            if shape in targeted and not self._guests.is_named(shape):
                self.refuse(
                    shape,
                    "judges nodes, but has no name that a finding could bear",
                    "Give it an IRI or a dct:identifier.",
                )
            if code in known:
                self.refuse(
                    shape,
                    f"has the code of one of our rules, {code}",
                    "Give it a dct:identifier of your own.",
                )
            if self._guests.is_named(shape):
                other = taken.setdefault(code, shape)
                if other != shape and {shape, other} & targeted:
                    self.refuse(
                        shape,
                        f"has the same code as another one, {code}",
                        "Give one of them a dct:identifier of its own.",
                    )


# A class of characters, an escape, what opens a group, or any other sign.
_SIGN = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]|\\.|\(\?:|.", re.DOTALL)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*(?:,\d*)?\})[?+]?")


def exploding(pattern: str) -> str:
    """Say why a regular expression may take for ever; nothing where it cannot.

    Python's engine tries one way after the other, and where something that repeats is
    itself repeated there are more ways than could ever be tried. This looks at the
    text only, and rather refuses one too many.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return f"it is longer than {MAX_PATTERN_CHARACTERS} characters"
    if re.search(r"\\[1-9]", pattern):
        return "it refers back to a group"
    if re.search(r"\((?=\?[^:])", pattern):
        return "it has a group with a question mark"
    # For each open group: whether it may match in more ways than one.
    groups = [False]
    repeats = 0
    at = 0
    while at < len(pattern):
        sign = _SIGN.match(pattern, at)
        at = sign.end() if sign else at + 1
        text = sign[0] if sign else ""
        if text in {"(", "(?:"}:
            groups.append(False)
            continue
        has_ways = len(groups) > 1 and text == ")" and groups.pop()
        groups[-1] = groups[-1] or has_ways or text == "|"
        quantifier = _QUANTIFIER.match(pattern, at)
        if quantifier:
            at = quantifier.end()
            problem = _repeating(quantifier[0], has_ways)
            if problem:
                return problem
            repeats += quantifier[0][0] in "*+" or ",}" in quantifier[0]
            groups[-1] = True
    if repeats > MAX_REPEATS:
        return f"it repeats in more than {MAX_REPEATS} places"
    return ""


def _repeating(quantifier: str, has_ways: bool) -> str:
    if has_ways and not quantifier.startswith("?"):
        return "it repeats what repeats or has alternatives"
    if any(len(number) > 3 for number in re.findall(r"\d+", quantifier)):
        return "it repeats more than 999 times"
    return ""
