"""Trace conclusions back to the statements that they were drawn from.

Of the logic, the reasons are kept while it is followed (`axioms`). An entailment is
asked once more, for all variables: under each solution the patterns of its WHERE clause
become statements, and those that hold are the reasons. It is asked of exactly what it
saw when it drew its conclusions, so that reasons never go round in a circle.

Source: SPARQL 1.1 Query, sections 9 (property paths) and 16.2 (CONSTRUCT).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib.paths import (
    AlternativePath,
    InvPath,
    MulPath,
    NegatedPath,
    Path,
    SequencePath,
)
from rdflib.term import BNode, Literal, Node, URIRef, Variable

from ropa import entailments, kinds, syntax
from ropa.entailments import Entailment, Pattern
from ropa.inference import axioms
from ropa.terms import RDF, SKOS

if TYPE_CHECKING:
    from ropa.inference.entailing import Workbench

Triple = tuple[Any, Any, Any]
Reasons = tuple[Triple, ...]

# Of so many ways in which one statement follows by one entailment the best is taken.
_COMPARED_WAYS = 12
# Nodes that are looked at for the way from one end of a property path to the other.
_MOST_NODES = 20_000
# Matches of patterns of which no solution says what was meant, as of counted ones.
_MOST_MATCHES = 40


class Step(NamedTuple):
    """How one statement follows.

    Attributes:
        triple: the statement.
        by: the class whose axioms gave it, or the entailment.
        because: the statements it was directly drawn from.
        bindings: what the variables of the entailment stand for; of the logic none.
        others: in how many further ways it follows.
    """

    triple: Triple
    by: URIRef
    because: Reasons
    bindings: Mapping[str, Node]
    others: int


class Known(NamedTuple):
    """What was known and concluded before reasons are asked for.

    Attributes:
        given: what is stated in the entries and their surroundings.
        kinds: the conclusions of the logic.
        made: for each conclusion of the entailments those that gave it, in order.
    """

    given: frozenset[Triple]
    kinds: Mapping[tuple[Any, Any], axioms.Conclusion]
    made: Mapping[Triple, Sequence[URIRef]]


def prepare() -> None:
    """Load the grammar by which the texts of entailments are read."""
    next(steps())


def steps() -> Iterator[object]:
    """Read the patterns of the entailments one by one, which takes a while for all."""
    return (one.conditions() for one in _all())


def trace(
    known: Known, bench: Workbench, wanted: Iterable[Triple], as_of: date
) -> dict[Triple, Step]:
    """Trace statements back, and the inferred ones that they rest on, and so on.

    Args:
        known: what was stated and concluded.
        bench: as it stood when all conclusions were drawn; they are taken from it.
        wanted: inferred statements.
        as_of: the day whose law was applied.

    Returns:
        By statement how it follows. What a step rests on is stated, known to the
        package, or has a step of its own that comes earlier.
    """
    return _Tracing(known, bench, as_of).traced(wanted)


def written(triple: Triple) -> list[Any]:
    """Write a statement as plain values: addresses as strings, literals as lists."""
    return [_plain(node) for node in triple]


def read(values: Iterable[Any]) -> Triple:
    """Read what `written` wrote."""
    s, p, o = map(_node, values)
    return s, p, o


def step_values(step: Step) -> dict[str, Any]:
    """Write a step as plain values."""
    return {
        "triple": written(step.triple),
        "by": str(step.by),
        "because": [written(reason) for reason in step.because],
        "bindings": {name: _plain(node) for name, node in step.bindings.items()},
        "others": step.others,
    }


def read_step(values: Mapping[str, Any]) -> Step:
    """Read what `step_values` wrote."""
    return Step(
        read(values["triple"]),
        URIRef(values["by"]),
        tuple(read(reason) for reason in values["because"]),
        {name: _node(node) for name, node in values["bindings"].items()},
        values["others"],
    )


def _plain(node: Any) -> Any:
    if isinstance(node, Literal):
        datatype = None if node.datatype is None else str(node.datatype)
        return [str(node), node.language, datatype]
    return str(node)


def _node(value: Any) -> Node:
    if isinstance(value, str):
        return URIRef(value)
    text, language, datatype = value
    datatype = None if datatype is None else URIRef(datatype)
    return Literal(text, lang=language, datatype=datatype, normalize=False)


class _Tracing:
    """The tracing of one set of statements."""

    def __init__(self, known: Known, bench: Workbench, as_of: date) -> None:
        self._known = known
        self._bench = bench
        self._as_of = as_of
        self._steps: dict[Triple, Step] = {}
        self._ranks = {one.iri: at for at, one in enumerate(_all())}
        # Statements whose reasons are to be found, by the rank of their entailment.
        self._pending: dict[int, dict[Triple, None]] = {}
        self._of_kinds: dict[Triple, None] = {}
        # In how many ways what several entailments give follows by the later ones.
        self._others: dict[Triple, int] = {}

    def traced(self, wanted: Iterable[Triple]) -> dict[Triple, Step]:
        """Trace statements back; what was drawn last is looked at first."""
        for triple in wanted:
            self._ask_for(triple)
        for one in reversed(_all()):
            rank = self._ranks[one.iri]
            self._bench.forget(one.iri)
            pending = self._pending.get(rank)
            if pending:
                self._trace_by(one, rank, pending)
        self._trace_kinds()
        return self._steps

    def _ask_for(self, triple: Triple) -> None:
        if triple in self._steps:
            return
        if self._is_kind(triple):
            self._of_kinds[triple] = None
            return
        for by in self._known.made.get(triple, ()):
            self._pending.setdefault(self._ranks[by], {})[triple] = None

    def _is_kind(self, triple: Triple) -> bool:
        s, p, o = triple
        return p == RDF.type and ((s, o) in self._known.kinds or o in kinds.kinds_of(s))

    def _follows_before(self, triple: Triple, rank: int) -> bool:
        """Tell whether a statement was concluded before an entailment was asked."""
        by = self._known.made.get(triple)
        return self._is_kind(triple) or (by is not None and self._ranks[by[0]] < rank)

    # -- entailments -------------------------------------------------------------

    def _trace_by(
        self, one: Entailment, rank: int, pending: Mapping[Triple, None]
    ) -> None:
        """Find the reasons of what an entailment concluded."""
        visible, found = self._solutions(one, pending)
        for triple in pending:
            ways = self._ways(one, rank, found.get(triple, []), visible)
            # Those that gave it as well were looked at before, or not at all.
            passed = [by for by in self._known.made[triple] if self._ranks[by] > rank]
            others = self._others.pop(triple, len(passed))
            if one.iri != self._known.made[triple][0]:
                self._others[triple] = others + len(ways)
                continue
            because, bindings = ways[0] if ways else ((), {})
            others += max(0, len(ways) - 1)
            self._steps[triple] = Step(triple, one.iri, because, bindings, others)
            for reason in because:
                if reason not in self._known.given:
                    self._ask_for(reason)

    def _solutions(
        self, one: Entailment, pending: Mapping[Triple, None]
    ) -> tuple[set[str], dict[Triple, list[dict[str, Node]]]]:
        """Find the solutions under which an entailment constructs statements.

        Returns:
            The names of the variables that solutions speak of, and by statement what
            those that have a value stand for.
        """
        visible: set[str] = set()
        found: dict[Triple, list[dict[str, Node]]] = {}
        for pattern in one.conclusions():
            fitting = {
                triple: bound
                for triple in pending
                if (bound := _match(pattern, triple)) is not None
            }
            if not fitting:
                continue
            names = sorted({str(name) for name in pattern if _is_open(name)})
            text = one.as_select(self._as_of) + _values(names, fitting.values())
            columns, rows = self._bench.select(text)
            visible.update(columns)
            for row in rows:
                bindings = {
                    name: value
                    for name, value in zip(columns, row, strict=True)
                    if value is not None
                }
                made = tuple(_bound(term, bindings) for term in pattern)
                if made in fitting:
                    found.setdefault(made, []).append(bindings)
        return visible, found

    def _ways(
        self,
        one: Entailment,
        rank: int,
        solutions: Sequence[dict[str, Node]],
        visible: set[str],
    ) -> list[tuple[Reasons, dict[str, Node]]]:
        """Give the different ways in which solutions lead to a statement, best first.

        Of very many ways only some are compared; the others are still counted.
        """
        asked = {str(t) for pattern in one.conditions() for t in pattern if _is_open(t)}
        different: dict[tuple[tuple[str, str], ...], dict[str, Node]] = {}
        for bindings in sorted(solutions, key=_in_order):
            key = tuple(i for i in _in_order(bindings) if i[0] in asked)
            different.setdefault(key, bindings)
        found: dict[frozenset[Triple], tuple[Reasons, dict[str, Node]]] = {}
        for bindings in islice(different.values(), _COMPARED_WAYS):
            because = self._reasons(one, bindings, visible)
            if all(
                self._is_stated(reason) or self._follows_before(reason, rank)
                for reason in because
            ):
                found.setdefault(frozenset(because), (because, bindings))
        best = sorted(found.values(), key=self._weight)
        rest = list(islice(different.values(), _COMPARED_WAYS, None))
        return best + [((), bindings) for bindings in rest]

    def _is_stated(self, triple: Triple) -> bool:
        return triple in self._known.given or not (
            self._is_kind(triple) or triple in self._known.made
        )

    def _weight(self, way: tuple[Reasons, Any]) -> tuple[int, int, str]:
        because, _ = way
        inferred = sum(not self._is_stated(reason) for reason in because)
        return inferred, len(because), " ".join(map(_text, because))

    def _reasons(
        self, one: Entailment, bindings: Mapping[str, Node], visible: set[str]
    ) -> Reasons:
        """Give the conditions of an entailment under a solution, those that hold."""
        found: list[Triple] = []
        hidden = []
        for pattern in one.conditions():
            unbound = {str(t) for t in pattern if _is_open(t)} - bindings.keys()
            if not unbound:
                found += self._holding(Pattern(*(_bound(t, bindings) for t in pattern)))
            elif not unbound & visible:
                hidden.append(pattern)
        for group in _connected(hidden, bindings):
            for more in self._matches(group, bindings):
                for pattern in group:
                    ground = (_bound(t, more) for t in pattern)
                    found += self._holding(Pattern(*ground))
        return tuple(dict.fromkeys(found))

    def _matches(
        self, group: Sequence[Pattern], bindings: Mapping[str, Node]
    ) -> Iterator[dict[str, Node]]:
        """Find what patterns may stand for of which no solution says it."""
        names: dict[str, str] = {}
        lines = []
        for pattern in group:
            written = []
            for term in pattern:
                if _is_open(term) and str(term) not in bindings:
                    name = names.setdefault(str(term), f"?hidden{len(names)}")
                    written.append(name)
                else:
                    written.append(_written(_bound(term, bindings)))
            lines.append(" ".join(written))
        asked = f"SELECT DISTINCT {' '.join(names.values())} WHERE {{ "
        text = f"{asked}{' . '.join(lines)} }} LIMIT {_MOST_MATCHES}"
        _, rows = self._bench.select(text)
        for row in sorted(rows, key=lambda row: [_text((one,)) for one in row]):
            found = zip(names, row, strict=True)
            yield {**bindings, **{name: one for name, one in found if one is not None}}

    def _holding(self, pattern: Pattern) -> Reasons:
        """Give the statements that make a pattern without variables hold, if it does.

        Of a property path these are the statements along the shortest way.
        """
        s, p, o = pattern
        if not isinstance(p, Path):
            return ((s, p, o),) if self._holds((s, p, o)) else ()
        ends = Ends(self._bench)
        return next((way for end, way in ends.of(s, p) if end == o), ())

    def _holds(self, triple: Triple) -> bool:
        if triple in self._known.given:
            return True
        text = f"SELECT * WHERE {{ {' '.join(map(_written, triple))} }} LIMIT 1"
        return bool(self._bench.select(text).rows)

    # -- the logic ---------------------------------------------------------------

    def _trace_kinds(self) -> None:
        """Find the reasons of conclusions of the logic, down to what is stated."""
        pending = deque(self._of_kinds)
        while pending:
            triple = pending.popleft()
            if triple in self._steps:
                continue
            s, _, kind = triple
            drawn = self._known.kinds.get((s, kind))
            because = drawn.because if drawn else self._of_term(s, kind)
            others = drawn.others if drawn else 0
            self._steps[triple] = Step(triple, kind, because, {}, others)
            if drawn:
                pending.extend(r for r in because if not self._is_stated(r))

    def _of_term(self, term: URIRef, kind: URIRef) -> Reasons:
        """Say why a term is of a kind: by what is stated of it and of what is above."""
        triples: dict[Triple, None] = {}
        pending: deque[Any] = deque([term])
        seen: set[Any] = {term}
        while pending and len(seen) < _MOST_NODES:
            one = pending.popleft()
            for p, o in self._bench.said(one):
                # What it is by inference is to be found out.
                if p != RDF.type or o not in kinds.kinds_of(one):
                    triples[one, p, o] = None
                if p == SKOS.broader and o not in seen:
                    seen.add(o)
                    pending.append(o)
        drawn = axioms.conclude(triples, lambda _: ())
        stated: dict[Triple, None] = {}
        steps, done = deque([(term, RDF.type, kind)]), set()
        while steps:
            step = steps.popleft()
            conclusion = drawn.get((step[0], step[2])) if step[1] == RDF.type else None
            if conclusion is None:
                if step in triples:
                    stated[step] = None
            elif step not in done:
                done.add(step)
                steps.extend(conclusion.because)
        return tuple(stated)


class Ends:
    """Where property paths lead, by the shortest ways.

    Args:
        bench: what is known.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._looked_at = 0

    def of(self, start: Any, path: Any) -> Iterator[tuple[Any, Reasons]]:
        """Give each node that a path leads to, with the statements along the way."""
        seen = set()
        for end, way in self._follow(start, path):
            if end not in seen:
                seen.add(end)
                yield end, way

    def _follow(self, start: Any, path: Any) -> Iterator[tuple[Any, Reasons]]:
        self._looked_at += 1
        if self._looked_at > _MOST_NODES:
            return
        if isinstance(path, InvPath):
            yield from self._back(start, path.arg)
        elif isinstance(path, SequencePath):
            yield from self._along(start, path.args)
        elif isinstance(path, AlternativePath):
            for one in path.args:
                yield from self.of(start, one)
        elif isinstance(path, MulPath):
            yield from self._again(start, path)
        elif not isinstance(start, Literal):
            # One property, or any but some.
            but = path.args if isinstance(path, NegatedPath) else None
            for p, o in self._bench.said(start):
                if (p not in but) if but is not None else (p == path):
                    yield o, ((start, p, o),)

    def _back(self, start: Any, path: Any) -> Iterator[tuple[Any, Reasons]]:
        """Follow a path from its end to its start."""
        if isinstance(path, URIRef):
            for s in self._bench.sayers(path, start):
                yield s, ((s, path, start),)
        else:
            yield from self.of(start, _turned(path))

    def _along(self, start: Any, paths: Sequence[Any]) -> Iterator[tuple[Any, Reasons]]:
        first, *rest = paths
        for middle, way in self.of(start, first):
            if not rest:
                yield middle, way
                continue
            for end, more in self._along(middle, rest):
                yield end, way + more

    def _again(self, start: Any, path: MulPath) -> Iterator[tuple[Any, Reasons]]:
        """Follow a path no time, once or as often as there is something new."""
        if path.zero:
            yield start, ()
        seen = {start}
        pending: deque[tuple[Any, Reasons]] = deque([(start, ())])
        while pending:
            node, way = pending.popleft()
            for end, more in self.of(node, path.path):
                if end == start and not path.zero:
                    yield end, way + more
                if end not in seen:
                    seen.add(end)
                    yield end, way + more
                    if path.more:
                        pending.append((end, way + more))


def _turned(path: Any) -> Any:
    """Give the path that leads back."""
    if isinstance(path, InvPath):
        return path.arg
    if isinstance(path, SequencePath):
        return SequencePath(*(_turned(one) for one in reversed(path.args)))
    if isinstance(path, AlternativePath):
        return AlternativePath(*(_turned(one) for one in path.args))
    if isinstance(path, MulPath):
        return MulPath(_turned(path.path), path.mod)
    return InvPath(path)


def _all() -> list[Entailment]:
    return entailments.all_entailments()


def _is_open(term: object) -> bool:
    return isinstance(term, (Variable, BNode))


def _bound(term: Any, bindings: Mapping[str, Node]) -> Any:
    return bindings.get(str(term), term) if _is_open(term) else term


def _match(pattern: Pattern, triple: Triple) -> dict[str, Node] | None:
    """Give what the variables of a pattern stand for; None where it does not fit."""
    found: dict[str, Node] = {}
    for term, value in zip(pattern, triple, strict=True):
        if _is_open(term):
            if found.setdefault(str(term), value) != value:
                return None
        elif term != value:
            return None
    return found


def _values(names: Sequence[str], rows: Iterable[Mapping[str, Node]]) -> str:
    """Write the solutions that alone are asked for, to stand after a query."""
    if not names:
        return ""
    lines = (" ".join(_written(row[name]) for name in names) for row in rows)
    variables = " ".join(f"?{name}" for name in names)
    return f"\nVALUES ({variables}) {{ {' '.join(f'({one})' for one in lines)} }}"


def _written(term: Any) -> str:
    return str(term.n3()) if isinstance(term, Path) else syntax.n3(term)


def _connected(
    patterns: Sequence[Pattern], bindings: Mapping[str, Node]
) -> list[list[Pattern]]:
    """Put patterns that share variables without a value together."""
    groups: list[tuple[set[str], list[Pattern]]] = []
    for pattern in patterns:
        names = {str(t) for t in pattern if _is_open(t)} - bindings.keys()
        apart = [group for group in groups if not group[0] & names]
        joined = [group for group in groups if group[0] & names]
        members = [one for _, group in joined for one in group]
        names = names.union(*(group[0] for group in joined))
        groups = [*apart, (names, [*members, pattern])]
    return [group for _, group in groups]


def _in_order(bindings: Mapping[str, Node]) -> list[tuple[str, str]]:
    return sorted((name, _written(value)) for name, value in bindings.items())


def _text(nodes: Iterable[Any]) -> str:
    return " ".join(map(_written, nodes))
