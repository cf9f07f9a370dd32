"""Run the shapes on entries with pySHACL: everything that knows this engine.

Its verdicts are taken as they are. What it would do again for every node and nobody
reads is done once or not at all:

- the query of a rule is read and translated once per process, not for each node;
- its copy of the shapes has no words for people, and it abbreviates no names;
- the property shapes of a shape look at all its nodes at once;
- where shapes only combine others (``sh:or``, ``sh:and``, ``sh:not``, values that are
  counted), a part is judged once for a node, and no more parts than decide.

Source: SHACL sections 2, 3.4, 4.6, 4.7.3 and 5.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from rdflib import Graph
from rdflib.namespace import NamespaceManager
from rdflib.query import Result
from rdflib.term import Literal, Node, URIRef

from ropa import entry
from ropa import rules as rulebook
from ropa.errors import InternalError, LimitReached, RopaError, ShapeRefused
from ropa.guests import Guests, one_line
from ropa.structure import DAYS_DISAGREE, Found
from ropa.terms import RDF, SH

if TYPE_CHECKING:
    from pyshacl.shape import Shape
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib.plugins.sparql.sparql import Query

log = logging.getLogger(__name__)

# What shapes say to people and to forms; the rulebook has it.
_FOR_PEOPLE = ("name", "description", "message", "severity", "group", "order")
# What a shape says without asking anything of its nodes.
_ASKS_NOTHING = (
    "path",
    "message",
    "targetClass",
    "targetNode",
    "targetObjectsOf",
    "targetSubjectsOf",
)
# Where a shape has no message, the engine writes one for every result.
_ANY_MESSAGE = Literal("-")


@dataclass(frozen=True)
class _Combination:
    """A shape that asks nothing of a node by itself; it combines other shapes.

    Attributes:
        lists: in each list, one shape must hold (``sh:or``); a single shape is a
            list of one (``sh:and``).
        excluded: shapes that must not hold (``sh:not``).
        counted: a shape that ``minimum`` values must keep (``sh:qualifiedMinCount``).
        minimum: how many.
    """

    lists: tuple[tuple[Shape, ...], ...] = ()
    excluded: tuple[Shape, ...] = ()
    counted: Shape | None = None
    minimum: int = 0


@dataclass(frozen=True)
class _Engine:
    """What was compiled.

    Attributes:
        shapes: each shape with the property shapes that look at the same nodes.
        combinations: how shapes combine others, by their names.
        options: how the engine is run.
    """

    shapes: tuple[tuple[Shape, tuple[Shape, ...]], ...]
    combinations: Mapping[Node, _Combination]
    options: Any


def find(
    whole: Graph, documents: set[URIRef], applied: frozenset[str]
) -> Iterator[Found]:
    """Run every shape on the nodes of the entries, and give what it finds.

    A shape that carries one rule, and that rule is not applied, is not run at all.

    The engine's own choice of focus nodes is not used: it would also skip the values
    that a shape looks at, and let a faulty value pass.

    Args:
        whole: the entries with their surroundings; it stays as it is.
        documents: the entries whose nodes are checked.
        applied: codes of the rules.

    Returns:
        What was found; the same thing may be found more than once.

    Raises:
        LimitReached: the data are nested too deeply for the engine.
        InternalError: the shapes cannot be used, or the engine failed.
    """
    rule_of = rulebook.by_shape()
    run = _Run(load(), _Data(whole))

    def is_applied(shape: Shape) -> bool:
        rule = rule_of.get(URIRef(str(shape.node)))
        return rule is None or rule.code in applied

    for shape, properties in run.engine.shapes:
        if is_applied(shape):
            yield from _results(
                run, shape, [p for p in properties if is_applied(p)], documents
            )


def find_added(
    whole: Graph, documents: set[URIRef], guests: Guests
) -> Iterator[tuple[Node, Iterator[Guest]]]:
    """Run the shapes that a user adds; ours play no part.

    Args:
        whole: the entries with their surroundings; it stays as it is.
        documents: the entries whose nodes are checked.
        guests: the shapes.

    Returns:
        Each shape that chooses nodes, with what it finds; work is done as it is
        asked for.

    Raises:
        ShapeRefused: a shape cannot be used.
    """
    from pyshacl.pytypes import SHACLExecutor
    from pyshacl.shapes_graph import ShapesGraph

    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in guests.graph:
        # Words and severities are read where they stand; some cannot be compiled.
        if triple[1] not in {SH.message, SH.severity}:
            graph.add(triple)
    options = SHACLExecutor(advanced_mode=False)
    data = _Data(whole)

    def run(shape: Node) -> Iterator[Guest]:
        compiled = shapes.lookup_shape_from_node(shape)
        focus = sorted(
            node
            for node in compiled.focus_nodes(data)  # type: ignore[no-untyped-call]
            if isinstance(node, URIRef) and entry.document(node) in documents
        )
        if focus and not compiled.deactivated:
            _, results = compiled.validate(options, data, focus)
            for _, node, triples in results:
                yield _guest(node, triples)

    def guarded(shape: Node) -> Iterator[Guest]:
        with _judged(guests, shape):
            yield from run(shape)

    targeted = guests.with_targets()
    with _judged(guests, targeted[0]):
        shapes = ShapesGraph(graph, logger=log)
        # Only now are they taken out of the graph.
        assert shapes.shapes
    for shape in targeted:
        yield shape, guarded(shape)


@contextmanager
def _judged(guests: Guests, shape: Node) -> Iterator[None]:
    """Tell what the engine says of a user's shape as a fault of that shape."""
    try:
        yield
    except (MemoryError, RopaError):
        raise
    except Exception as error:
        log.info("the engine failed", exc_info=error)
        said = one_line(str(error) or type(error).__name__)
        raise ShapeRefused(
            f"The shape {guests.name(shape) or guests.code(shape)} cannot be used: "
            f"{said[:300].rstrip('.')}.",
            hint="Compare it with the constraints of SHACL's core.",
            shape=str(guests.name(shape)),
        ) from error


@dataclass(frozen=True)
class Guest:
    """What a user's shape found.

    Attributes:
        shape: the shape of the result, which may be without a name.
        focus: the node.
        path: the property, where the path is one.
        value: the value, if there is one.
        message: what the engine says, in English.
    """

    shape: Node
    focus: URIRef
    path: URIRef | None
    value: Node | None
    message: str


def _guest(node: Node, triples: Iterable[Any]) -> Guest:
    said = _said(node, triples)
    focus, value = URIRef(str(said[SH.focusNode])), said.get(SH.value)
    path = said.get(SH.resultPath)
    return Guest(
        shape=said[SH.sourceShape],
        focus=focus,
        path=path if isinstance(path, URIRef) else None,
        # A node shape repeats its focus as the value; it says nothing more.
        value=None if value == focus and path is None else value,
        message=one_line(str(said.get(SH.resultMessage, ""))),
    )


@cache
def load() -> _Engine:
    """Load pySHACL and compile the shapes, once per process.

    No inference, no imports, no rules, functions or scripts of shapes: none of it is
    used here, and each of them runs what a text says.

    Raises:
        InternalError: the shapes cannot be compiled.
    """
    from pyshacl.errors import ReportableRuntimeError
    from pyshacl.pytypes import SHACLExecutor
    from pyshacl.shapes_graph import ShapesGraph

    graph = _Shapes()
    for_people = {SH[name] for name in _FOR_PEOPLE}
    for s, p, o in rulebook.shapes():
        if p not in for_people and (p in SH or p in RDF):
            graph.add((s, p, o))
            graph.add((s, SH.message, _ANY_MESSAGE))
    judged_here = rulebook.rule(DAYS_DISAGREE).shape
    try:
        shapes = ShapesGraph(graph, logger=log)
        compiled = sorted(shapes.shapes, key=lambda shape: str(shape.node))
    except ReportableRuntimeError as error:
        raise InternalError("The shapes cannot be compiled.") from error
    judged = tuple(
        (shape, _properties(shapes, shape))
        for shape in compiled
        if shape.node != judged_here and not shape.deactivated
    )
    combined = ((shape.node, _combination(shapes, shape)) for shape in compiled)
    combinations = {node: found for node, found in combined if found is not None}
    # Each shape has kept its own; here they would be gone through at every check.
    graph.remove((None, SH.message, None))
    graph.remove((None, SH.path, None))
    graph.fix()
    return _Engine(judged, combinations, SHACLExecutor(advanced_mode=False))


def _properties(shapes: ShapesGraph, shape: Shape) -> tuple[Shape, ...]:
    """Take the property shapes out of a node shape.

    They look at the same nodes, and what they find is theirs. Where another shape
    refers to this one, they stay.
    """
    graph, node = shapes.graph, shape.node
    if shape.is_property_shape or (None, None, node) in graph:
        return ()
    inner = sorted(graph.objects(node, SH.property), key=str)
    graph.remove((node, SH.property, None))
    return tuple(shapes.lookup_shape_from_node(one) for one in inner)


def _combination(shapes: ShapesGraph, shape: Shape) -> _Combination | None:
    """See whether a shape only combines others; None where it asks for more."""
    graph, node = shapes.graph, shape.node
    asked = set(graph.predicates(node)) - {SH[name] for name in _ASKS_NOTHING}
    asked.discard(RDF.type)

    def named(parameter: str) -> Iterator[Shape]:
        for one in graph.objects(node, SH[parameter]):
            yield shapes.lookup_shape_from_node(one)

    def listed(parameter: str) -> Iterator[tuple[Shape, ...]]:
        for members in graph.objects(node, SH[parameter]):
            items = graph.items(members)
            yield tuple(shapes.lookup_shape_from_node(one) for one in items)

    if shape.is_property_shape:
        least = graph.value(node, SH.qualifiedMinCount)
        if asked != {SH.qualifiedValueShape, SH.qualifiedMinCount}:
            return None
        (counted,) = named("qualifiedValueShape")
        return _Combination(counted=counted, minimum=int(str(least)))
    if asked and asked <= {SH["or"], SH["and"], SH["not"]}:
        singles = ((one,) for members in listed("and") for one in members)
        return _Combination((*listed("or"), *singles), tuple(named("not")))
    return None


class _Run:
    """One check: the data, and which node was seen to conform to which shape."""

    def __init__(self, engine: _Engine, graph: Graph) -> None:
        self.engine = engine
        self.graph = graph
        self._seen: dict[tuple[Node, Node], bool] = {}

    def results(self, shape: Shape, focus: Sequence[Any]) -> list[tuple[Node, Any]]:
        """Have the engine check nodes, and give its results: name and triples."""
        if not focus:
            return []
        _, results = shape.validate(self.engine.options, self.graph, focus)
        return [(node, triples) for _, node, triples in results]

    def conforms(self, shape: Shape, node: Node) -> bool:
        """Tell whether a node conforms to a shape.

        The engine would evaluate every part of a combination, again for every node
        that leads to it, and write a result for each part that fails.
        """
        key = (shape.node, node)
        known = self._seen.get(key)
        if known is None:
            known = self._seen[key] = self._judge(shape, node)
        return known

    def _judge(self, shape: Shape, node: Any) -> bool:
        made_of = self.engine.combinations.get(shape.node)
        if made_of is None or shape.deactivated:
            verdict, _ = shape.validate(self.engine.options, self.graph, node)
            return bool(verdict)
        if made_of.counted is not None:
            values = shape.value_nodes(self.graph, node)[node]
            good = (1 for value in values if self.conforms(made_of.counted, value))
            return sum(islice(good, made_of.minimum)) == made_of.minimum
        return all(
            any(self.conforms(one, node) for one in members)
            for members in made_of.lists
        ) and not any(self.conforms(one, node) for one in made_of.excluded)


def _results(
    run: _Run, shape: Shape, properties: Sequence[Shape], documents: set[URIRef]
) -> list[Found]:
    """Run one shape; whatever the engine raises becomes an error of ours."""
    try:
        targets = shape.focus_nodes(run.graph)  # type: ignore[no-untyped-call]
        focus = sorted(
            node
            for node in targets
            if isinstance(node, URIRef) and entry.document(node) in documents
        )
        if shape.node in run.engine.combinations and not shape.is_property_shape:
            found = [_failed(shape, n) for n in focus if not run.conforms(shape, n)]
        else:
            found = [_found(*result) for result in run.results(shape, focus)]
        for one in properties:
            found += [_found(*result) for result in run.results(one, focus)]
    except (MemoryError, InternalError):
        raise
    except RecursionError as error:
        raise LimitReached(
            "The data are nested too deeply to be checked.",
            hint="Make the hierarchy flatter.",
            limit="stack",
        ) from error
    except Exception as error:  # it raises errors of its own, Python's, and bare ones
        log.info("the engine failed", exc_info=error)
        raise InternalError(
            "The entry could not be checked: the engine failed on it.",
            hint="The log has more, from level INFO on.",
        ) from error
    return found


def _failed(shape: Shape, node: URIRef) -> Found:
    """Say that a node does not conform to a combination, as the engine would."""
    name = URIRef(str(shape.node))
    return Found(rule=_rule_of(name), focus=node, shape=name)


def _found(node: Node, triples: Iterable[Any]) -> Found:
    """Read one result of the engine."""
    said = _said(node, triples)
    shape = URIRef(str(said[SH.sourceShape]))
    focus = URIRef(str(said[SH.focusNode]))
    value = said.get(SH.value)
    path = said.get(SH.resultPath)
    if value == focus and path is None:
        # A node shape repeats its focus as the value; it says nothing more.
        value = None
    return Found(
        rule=_rule_of(shape),
        focus=focus,
        path=path if isinstance(path, URIRef) else None,
        value=value,
        shape=shape,
    )


def _said(node: Node, triples: Iterable[Any]) -> dict[Node, Node]:
    """Give what a result says; nodes of the engine's graphs come as pairs."""
    return {p: o[1] if isinstance(o, tuple) else o for s, p, o in triples if s == node}


def _rule_of(shape: URIRef) -> str:
    rule = rulebook.by_shape().get(shape)
    if rule is None:
        raise InternalError(f"The shape {shape} found something, but is no rule.")
    return rule.code


class _FullNames(NamespaceManager):
    """Abbreviates nothing: the engine's texts are read by nobody."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, bind_namespaces="none")

    def bind(self, *_: object, **__: object) -> None:
        """Forget the prefix."""

    def normalizeUri(self, rdfTerm: str) -> str:  # noqa: N802, N803 - rdflib's names
        """Write an IRI in full."""
        return f"<{rdfTerm}>"


class _Data(Graph):
    """A view of the data that reads the text of a query only once.

    For one thread at a time, since a query keeps its state while it runs.
    """

    def __init__(self, data: Graph) -> None:
        super().__init__(store=data.store, identifier=data.identifier)
        self.namespace_manager = _FullNames(self)

    def __bool__(self) -> bool:
        """Say that there are data; counting them for every result would take long."""
        return True

    def query(self, query_object: str | Query, *args: Any, **given: Any) -> Result:
        """Answer a query, whose prefixes are its own."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object)
        return super().query(query_object, *args, **given)


@cache
def _prepared(text: str) -> Query:
    """Read a query; the shapes have a few dozen."""
    from rdflib.plugins.sparql import prepareQuery

    return prepareQuery(text)


class _Shapes(Graph):
    """The engine's copy of the shapes; once it is fixed, it remembers its answers."""

    def __init__(self) -> None:
        super().__init__(store="SimpleMemory")
        self.namespace_manager = _FullNames(self)
        self._answers: dict[Any, tuple[Any, ...]] | None = None

    def fix(self) -> None:
        """Promise that the graph stays as it is."""
        self._answers = {}

    def __bool__(self) -> bool:
        """Say that there are shapes, without counting."""
        return True

    def triples(self, triple: Any) -> Any:
        """Give the triples of a pattern; only the shapes ask, so patterns are few."""
        if self._answers is None:
            return super().triples(triple)
        if triple not in self._answers:
            self._answers[triple] = tuple(super().triples(triple))
        return iter(self._answers[triple])
