"""Run the shapes on entries with pySHACL: everything that knows this engine.

Its verdicts are taken as they are. What it would do again for every node and nobody
reads is done once or not at all:

- the query of a rule is read and translated once per process, not for each node;
- its copy of the shapes has no words for people, and it abbreviates no names;
- the property shapes of a shape look at all its nodes at once;
- shapes are run only where their targets occur, which is looked up once for all;
- whether a node conforms is seen here where that takes no more than looking at its
  values (how many there are, which, of what class, whether they conform to other
  shapes); the engine is asked for the rest, and for every result.

Source: SHACL sections 2, 3.4, 4.6, 4.7.3 and 5.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from rdflib import Graph
from rdflib.namespace import NamespaceManager
from rdflib.query import Result
from rdflib.term import Literal, Node, URIRef

from ropa import entry
from ropa import rules as rulebook
from ropa.errors import InternalError, LimitReached, RopaError, ShapeRefused
from ropa.guests import Guests
from ropa.structure import DAYS_DISAGREE, Found
from ropa.terms import RDF, RDFS, SH

if TYPE_CHECKING:
    from pyshacl.shape import Shape
    from pyshacl.shapes_graph import ShapesGraph
    from rdflib.plugins.sparql.sparql import Query

log = logging.getLogger(__name__)

_Way = Callable[[Graph, Node], set[Node]]

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
# Demands on each value by itself: where there is none, they are met.
_OF_VALUES = frozenset(
    SH[name]
    for name in (
        *("datatype", "nodeKind", "in", "pattern", "flags", "languageIn", "uniqueLang"),
        *("minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive"),
        *("maxExclusive", "lessThan", "lessThanOrEquals"),
    )
)
# Where a shape has no message, the engine writes one for every result.
_ANY_MESSAGE = Literal("-")


@dataclass(frozen=True)
class _Demand:
    """What a shape asks of the values it looks at, for a quick verdict on a node.

    Attributes:
        shape: the shape.
        way: leads from a node to the values; None: only the shape knows how.
        step: the property that leads there, where the way is no longer than that.
        spares: whether a node without values conforms.
        minimum: how many values there must be at least.
        maximum: how many there may be; None: any number.
        needed: values that must be there (``sh:hasValue``).
        classes: what each value must be an instance of.
        lists: in each list, one shape must hold for each value (``sh:or``); a single
            shape is a list of one (``sh:and``, ``sh:node``, ``sh:property``).
        excluded: shapes that must hold for no value (``sh:not``).
        disjoint: properties that must not lead to any of the values.
        counted: a shape that ``enough`` values must keep (``sh:qualifiedMinCount``).
        enough: how many.
        others: constraints of the engine's own that are asked about the values.
        only_combines: whether there is nothing but ``lists`` of ``sh:or`` and
            ``sh:and`` and ``excluded`` shapes, of the node itself.
    """

    shape: Shape
    way: _Way | None = None
    step: URIRef | None = None
    spares: bool = False
    minimum: int = 0
    maximum: int | None = None
    needed: tuple[Node, ...] = ()
    classes: tuple[Node, ...] = ()
    lists: tuple[tuple[Shape, ...], ...] = ()
    excluded: tuple[Shape, ...] = ()
    disjoint: tuple[Node, ...] = ()
    counted: Shape | None = None
    enough: int = 0
    others: tuple[Any, ...] = ()
    only_combines: bool = False


@dataclass(frozen=True)
class _Targets:
    """Which nodes a shape judges."""

    nodes: tuple[Node, ...]
    classes: tuple[Node, ...]
    subjects_of: tuple[Node, ...]
    objects_of: tuple[Node, ...]


@dataclass(frozen=True)
class _Engine:
    """What was compiled.

    Attributes:
        shapes: each shape that judges nodes, with the property shapes that look at the
            same nodes.
        targets: what they judge, by their names.
        demands: what shapes ask, by their names; without those that only the engine
            can judge.
        asking: all shapes that have a query.
        options: how the engine is run.
    """

    shapes: tuple[tuple[Shape, tuple[Shape, ...]], ...]
    targets: Mapping[Node, _Targets]
    demands: Mapping[Node, _Demand]
    asking: tuple[Shape, ...]
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
    run = _Run(load(), _Data(whole), documents)

    def is_applied(shape: Shape) -> bool:
        rule = rule_of.get(URIRef(str(shape.node)))
        return rule is None or rule.code in applied

    for shape, properties in run.engine.shapes:
        if is_applied(shape):
            yield from _results(run, shape, [p for p in properties if is_applied(p)])


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
        # Its words are for programmers, and name what nobody can see.
        log.info("the engine failed", exc_info=error)
        raise ShapeRefused(
            f"The shape {guests.name(shape) or guests.code(shape)} cannot be used: "
            "the engine of the checks does not understand it.",
            hint="Compare it with the constraints of SHACL's core; the log has more, "
            "from level INFO on.",
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
        component: the kind of demand, as SHACL names it.
    """

    shape: Node
    focus: URIRef
    path: URIRef | None
    value: Node | None
    component: URIRef


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
        component=URIRef(str(said[SH.sourceConstraintComponent])),
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
    targets = {shape.node: _targets(shape) for shape in compiled}
    judged = tuple(
        (shape, _properties(shapes, shape))
        for shape in compiled
        if shape.node != judged_here
        and targets[shape.node] != _Targets((), (), (), ())
        and not shape.deactivated
    )
    asked = ((shape.node, _demand(shapes, shape)) for shape in compiled)
    demands = {node: found for node, found in asked if found is not None}
    asking = tuple(
        shape
        for shape in compiled
        if shape.node != judged_here and (shape.node, SH.sparql, None) in graph
    )
    # Each shape has kept its own; here they would be gone through at every check.
    graph.remove((None, SH.message, None))
    graph.remove((None, SH.path, None))
    graph.fix()
    options = SHACLExecutor(advanced_mode=False)
    return _Engine(judged, targets, demands, asking, options)


def steps() -> Iterator[None]:
    """Read the queries of the rules, one for each step; each is kept."""
    engine = load()
    thing = URIRef("urn:x-ropa:nothing")
    run = _Run(engine, _Data(Graph(store="SimpleMemory")), set())
    for shape in engine.asking:
        run.results(shape, [thing])
        yield


def _targets(shape: Shape) -> _Targets:
    nodes, classes, implicit, objects_of, subjects_of = shape.target()  # type: ignore[no-untyped-call]
    return _Targets(
        tuple(nodes), (*classes, *implicit), tuple(subjects_of), tuple(objects_of)
    )


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


def _demand(shapes: ShapesGraph, shape: Shape) -> _Demand | None:
    """See what a shape asks; None where only the engine can judge it."""
    from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP

    graph, node = shapes.graph, shape.node
    asked = set(graph.predicates(node)) - {SH[name] for name in _ASKS_NOTHING}
    asked.discard(RDF.type)

    def values(parameter: str) -> tuple[Node, ...]:
        asked.discard(SH[parameter])
        return tuple(graph.objects(node, SH[parameter]))

    def number(parameter: str) -> int | None:
        given = values(parameter)
        return int(str(given[0])) if given else None

    def named(parameter: str) -> tuple[Shape, ...]:
        return tuple(shapes.lookup_shape_from_node(o) for o in values(parameter))

    def listed(parameter: str) -> Iterator[tuple[Shape, ...]]:
        for head in values(parameter):
            items = graph.items(head)
            yield tuple(shapes.lookup_shape_from_node(one) for one in items)

    only_combines = bool(asked) and asked <= {SH["or"], SH["and"], SH["not"]}
    each = (*named("node"), *named("property"))
    singles = ((one,) for one in (*each, *(s for m in listed("and") for s in m)))
    path = shape.path() if shape.is_property_shape else None  # type: ignore[no-untyped-call]
    demand = _Demand(
        shape,
        way=_way(graph, path) if path is not None else None,
        step=path if isinstance(path, URIRef) else None,
        minimum=number("minCount") or 0,
        maximum=number("maxCount"),
        needed=values("hasValue"),
        classes=values("class"),
        lists=(*listed("or"), *singles),
        excluded=named("not"),
        disjoint=values("disjoint"),
        counted=next(iter(named("qualifiedValueShape")), None),
        enough=number("qualifiedMinCount") or 0,
        only_combines=only_combines and not shape.is_property_shape,
    )
    kinds = {CONSTRAINT_PARAMETERS_MAP.get(parameter) for parameter in asked}
    counts = len(set(graph.objects(node, SH.qualifiedValueShape)))
    # A query for its own sake is best left to where its results are made.
    if None in kinds or SH.sparql in asked or counts > 1 or _takes_shapes(kinds):
        return None
    spares = not (demand.minimum or demand.needed or demand.enough)
    return replace(
        demand,
        others=tuple(kind(shape) for kind in kinds if kind),
        spares=spares and asked <= _OF_VALUES,
    )


def _way(shapes: Graph, path: Node) -> _Way | None:
    """Compile a path of the usual kinds; None for others.

    Source: SHACL section 2.3.1.
    """
    if isinstance(path, URIRef):
        return lambda data, node: set(data.objects(node, path))
    if (path, RDF.first, None) in shapes:
        steps = _ways(shapes, path)
        return partial(_along, steps) if steps else None
    said = shapes.predicate_objects(path)
    ((kind, inner),) = [(p, o) for p, o in said if p != SH.message]
    if kind == SH.inversePath and isinstance(inner, URIRef):
        return lambda data, node: set(data.subjects(inner, node))
    if kind == SH.alternativePath:
        ways = _ways(shapes, inner)
        return partial(_either, ways) if ways else None
    step = _way(shapes, inner)
    if kind == SH.zeroOrMorePath and step is not None:
        return partial(_again, step)
    return None


def _ways(shapes: Graph, head: Node) -> list[_Way]:
    """Compile the members of a list of paths; none where one of them cannot be."""
    ways = [_way(shapes, one) for one in shapes.items(head)]
    known = [way for way in ways if way is not None]
    return known if len(known) == len(ways) else []


def _along(steps: Sequence[_Way], data: Graph, node: Node) -> set[Node]:
    reached = {node}
    for step in steps:
        reached = {value for one in reached for value in step(data, one)}
    return reached


def _either(ways: Sequence[_Way], data: Graph, node: Node) -> set[Node]:
    return {value for way in ways for value in way(data, node)}


def _again(step: _Way, data: Graph, node: Node) -> set[Node]:
    reached: set[Node] = set()
    pending = {node}
    while pending:
        one = pending.pop()
        if one not in reached:
            reached.add(one)
            pending |= step(data, one)
    return reached


def _takes_shapes(kinds: Iterable[Any]) -> bool:
    return any(kind is not None and kind.shape_expecting for kind in kinds)


class _Run:
    """One check: the data, and which node was seen to conform to which shape."""

    def __init__(self, engine: _Engine, graph: _Data, documents: set[URIRef]) -> None:
        self.engine = engine
        self.graph = graph
        self._documents = documents
        self._seen: dict[tuple[Node, Node], bool] = {}
        self._has_subclasses = (None, RDFS.subClassOf, None) in graph
        self._found: dict[tuple[str, Node], frozenset[URIRef]] = {}

    def focus(self, shape: Shape) -> list[URIRef]:
        """Give the nodes of the entries that a shape judges, sorted."""
        if self._has_subclasses:
            # Entries have no business with subclasses; the engine knows what to do.
            return sorted(self._own(shape.focus_nodes(self.graph)))  # type: ignore[no-untyped-call]
        targets, graph = self.engine.targets[shape.node], self.graph
        found: set[URIRef] = set(self._own(targets.nodes))
        for kind in targets.classes:
            found |= self._once("class", kind, lambda c: graph.subjects(RDF.type, c))
        for way in targets.subjects_of:
            found |= self._once("subjects", way, graph.subjects)
        for way in targets.objects_of:
            found |= self._once("objects", way, lambda w: graph.objects(None, w))
        return sorted(found, key=str)

    def _once(
        self, how: str, what: Node, look_up: Callable[[Any], Iterable[Node]]
    ) -> frozenset[URIRef]:
        key = (how, what)
        if key not in self._found:
            self._found[key] = frozenset(self._own(set(look_up(what))))
        return self._found[key]

    def _own(self, nodes: Iterable[Node]) -> Iterator[URIRef]:
        for node in nodes:
            if isinstance(node, URIRef) and entry.document(node) in self._documents:
                yield node

    def failing(self, shape: Shape, focus: Sequence[URIRef]) -> Sequence[URIRef]:
        """Leave out the nodes that are seen to conform; the engine may know better."""
        demand = self.engine.demands.get(shape.node)
        if demand is None:
            return focus
        if demand.spares and demand.step is not None:
            # Of most fields, most entries say nothing.
            told = self.graph.of(demand.step)
            focus = [node for node in focus if node in told]
        return [node for node in focus if not self.conforms(shape, node)]

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
        demand = self.engine.demands.get(shape.node)
        if shape.deactivated:
            return True
        if demand is None:
            verdict, _ = shape.validate(self.engine.options, self.graph, node)
            return bool(verdict)
        values = self._values(demand, node)
        most = len(values) if demand.maximum is None else demand.maximum
        if not demand.minimum <= len(values) <= most:
            return False
        if any(one not in values for one in demand.needed):
            return False
        return (
            all(self._is_good(demand, value) for value in values)
            and values.isdisjoint(self._reached(demand, node))
            and self._has_enough(demand, values)
            and self._pass_others(demand, node, values)
        )

    def _values(self, demand: _Demand, node: Node) -> set[Node]:
        if demand.way is not None:
            return demand.way(self.graph, node)
        found: set[Node] = demand.shape.value_nodes(self.graph, node)[node]
        return found

    def _is_good(self, demand: _Demand, value: Node) -> bool:
        return (
            all(self._is_instance(value, kind) for kind in demand.classes)
            and all(
                any(self.conforms(one, value) for one in members)
                for members in demand.lists
            )
            and not any(self.conforms(one, value) for one in demand.excluded)
        )

    def _is_instance(self, value: Node, kind: Node) -> bool:
        if isinstance(value, Literal):
            return False
        if (value, RDF.type, kind) in self.graph:
            return True
        return self._has_subclasses and any(
            kind in self.graph.transitive_objects(one, RDFS.subClassOf)
            for one in self.graph.objects(value, RDF.type)
        )

    def _reached(self, demand: _Demand, node: Node) -> set[Node]:
        ways = demand.disjoint
        return {value for way in ways for value in self.graph.objects(node, way)}

    def _has_enough(self, demand: _Demand, values: set[Node]) -> bool:
        if demand.counted is None:
            return True
        counted = demand.counted
        good = (1 for value in values if self.conforms(counted, value))
        return sum(islice(good, demand.enough)) == demand.enough

    def _pass_others(self, demand: _Demand, node: Node, values: set[Node]) -> bool:
        about = {node: values}
        return all(
            one.evaluate(self.engine.options, self.graph, about, [demand.shape, one])[0]
            for one in demand.others
        )


def _results(run: _Run, shape: Shape, properties: Sequence[Shape]) -> list[Found]:
    """Run one shape; whatever the engine raises becomes an error of ours."""
    try:
        focus = run.focus(shape)
        if not focus:
            return []
        demand = run.engine.demands.get(shape.node)
        failing = run.failing(shape, focus)
        if demand is not None and demand.only_combines:
            found = [_failed(shape, node) for node in failing]
        else:
            found = [_found(*result) for result in run.results(shape, failing)]
        for one in properties:
            failing = run.failing(one, focus)
            found += [_found(*result) for result in run.results(one, failing)]
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
    """A view of data that stay as they are, quick at what is asked again and again.

    Values are looked up without a generator for each layer of rdflib, and the text of
    a query is read only once. For one thread at a time, since a query keeps its state
    while it runs.
    """

    def __init__(self, data: Graph) -> None:
        super().__init__(store=data.store, identifier=data.identifier)
        self.namespace_manager = _FullNames(self)
        self._values: dict[Node, dict[Node, list[Node]]] = {}
        for s, p, o in data:
            self._values.setdefault(p, {}).setdefault(s, []).append(o)

    def of(self, predicate: Node) -> Mapping[Node, list[Node]]:
        """Give the values of a property, by the nodes that have any."""
        return self._values.get(predicate, {})

    def objects(
        self, subject: Any = None, predicate: Any = None, unique: bool = False
    ) -> Any:
        """Give the values of a property, in the order in which the data have them."""
        if subject is None or not isinstance(predicate, URIRef):
            return super().objects(subject, predicate, unique)
        return iter(self._values.get(predicate, {}).get(subject, ()))

    def __contains__(self, triple: Any) -> bool:
        """Tell whether a statement, or one of its kind, is there."""
        subject, predicate, value = triple
        if subject is None or value is None or not isinstance(predicate, URIRef):
            return super().__contains__(triple)
        return value in self._values.get(predicate, {}).get(subject, ())

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
