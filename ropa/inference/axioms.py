"""Draw the conclusions of the ontology's logic for an entry: what kind of thing is it?

No reasoner is needed: the axioms are read from the ontology, each leads one way from
what is stated to a named class, and they are followed forwards until nothing new comes
of them. HermiT proves that nothing is missed and nothing invented (`ropa.proving`).

Source: OWL 2 Profiles, section 4 (OWL 2 RL); the axioms stand in ``ontology/*.ttl``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

from rdflib.term import Literal, URIRef

from ropa import kinds as classified
from ropa import law, shipped
from ropa.inference import logic
from ropa.inference.logic import Condition, Logic, Triple, Way
from ropa.terms import RDF

KindsOf = Callable[[URIRef], Iterable[URIRef]]


class Conclusion(NamedTuple):
    """A thing belongs to a class although nobody says so.

    Args:
        thing: the activity, part or term.
        kind: the class.
        because: the statements it was directly drawn from, in the order of the axiom;
            a class of a thing among them may be a conclusion itself, or be known from
            the shipped classification. Empty where the axiom names the thing.
        others: how many other reasons of the same kind there are beside them.
    """

    thing: URIRef
    kind: URIRef
    because: tuple[Triple, ...]
    others: int = 0


Conclusions = dict[tuple[URIRef, URIRef], Conclusion]


class Drawn(NamedTuple):
    """What is known of the things of some statements, once all is drawn.

    Args:
        conclusions: by thing and class.
        classes: all classes of each thing: stated, known or concluded.
        united: for each union of classes, the things that belong to one of them, with
            the statements by which they do.
    """

    conclusions: Conclusions
    classes: Mapping[Any, set[URIRef]]
    united: list[tuple[tuple[URIRef, ...], Mapping[Any, tuple[Triple, ...]]]]


def conclude(triples: Iterable[Triple], kinds_of: KindsOf) -> Conclusions:
    """Draw all conclusions about the classes of things from some statements.

    A conclusion is drawn from what was known before it, so reasons never go round in
    a circle, even where a hierarchy does. The work grows with the number of
    statements, and the answer does not depend on their order.

    Args:
        triples: an entry, or several.
        kinds_of: gives the classes known of a term that others than these statements
            speak about, as `known_of` does for terms and law.

    Returns:
        By thing and class; classes that are stated or known are left out.
    """
    return draw(triples, kinds_of).conclusions


def draw(triples: Iterable[Triple], kinds_of: KindsOf) -> Drawn:
    """Draw all conclusions, as `conclude` does, and give all classes of all things."""
    return _Work(logic.shipped_logic(), kinds_of).done(triples)


def grounds(conclusions: Conclusions, *triples: Triple) -> tuple[Triple, ...]:
    """Give what statements rest on in the end: what is stated, or known of terms.

    Args:
        conclusions: as `conclude` gives them.
        triples: statements, of which some may be conclusions.

    Returns:
        Each statement once, in the order in which the axioms name them.
    """
    found: dict[Triple, None] = {}
    pending, seen = list(reversed(triples)), set()
    while pending:
        triple = pending.pop()
        if triple in seen:
            continue
        seen.add(triple)
        made = (
            conclusions.get((triple[0], triple[2])) if triple[1] == RDF.type else None
        )
        if made is None:
            found[triple] = None
        else:
            pending += reversed(made.because)
    return tuple(found)


def known_of(term: URIRef) -> frozenset[URIRef]:
    """Give the classes of a term or a thing of the law, as far as they tell anything.

    They are stated in the packaged files or follow from these as a reasoner found.
    """
    return classified.kinds_of(term) | _stated().get(term, frozenset())


@cache
def _stated() -> dict[Any, frozenset[URIRef]]:
    """Collect the stated classes of terms and law from which more can follow."""
    found: dict[Any, set[URIRef]] = {}
    telling, type_ = logic.shipped_logic().telling, RDF.type
    of_law = (shipped.triples("data", name) for name in law.files())
    for s, p, o in chain(logic.statements(), *of_law):
        if p == type_ and o in telling:
            found.setdefault(s, set()).add(o)
    return {term: frozenset(kinds) for term, kinds in found.items()}


def kinds() -> frozenset[URIRef]:
    """Give the classes worth telling a person.

    These are the classes that an expression leads to, such as one for all activities
    with a certain kind of data, not those that follow from a property's domain or
    range or stand above another class.
    """
    return logic.shipped_logic().kinds


# The words of these are no things that the logic speaks about.
_RESERVED: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2002/07/owl#",
)


def _is_reserved(node: Any) -> bool:
    # rdflib's own startswith takes no tuple.
    return str.startswith(node, _RESERVED)


class _Work:
    """The drawing of conclusions from one set of statements."""

    def __init__(self, followed: Logic, kinds_of: KindsOf) -> None:
        self._logic = followed
        self._kinds_of = kinds_of
        self._found: Conclusions = {}
        self._classes: dict[Any, set[URIRef]] = {}
        self._new: deque[tuple[URIRef, URIRef]] = deque()
        # For each condition and thing that meets it, the statements by which it does.
        self._met: dict[Condition, dict[Any, tuple[Triple, ...]]] = {}
        # For each thing, the statements of which it is the value.
        self._naming: dict[Any, list[tuple[Way, Triple]]] = {}
        self._united: dict[tuple[URIRef, ...], dict[Any, tuple[Triple, ...]]] = {}
        # Other statements by which a condition was met, and by which things followed.
        self._again: dict[tuple[Condition, Any], list[tuple[Triple, ...]]] = {}
        self._others: dict[tuple[URIRef, URIRef], list[tuple[Triple, ...]]] = {}

    def done(self, triples: Iterable[Triple]) -> Drawn:
        """Draw the conclusions from the statements."""
        followed: list[tuple[Way, Triple]] = []
        ways, type_ = self._logic.ways, RDF.type
        # In a fixed order, so that of several reasons the same one is kept each time.
        for triple in sorted(triples, key=" ".join):
            s, p, o = triple
            if p == type_:
                self._know(s, o)
            elif p in ways:
                followed.append((ways[p], triple))
                self._meet(s)
                if isinstance(o, URIRef):
                    self._meet(o)
        for way, triple in followed:
            self._follow(way, triple)
        self._go_on()
        self._count_others()
        return Drawn(self._found, self._classes, [*self._united.items()])

    def _count_others(self) -> None:
        """Note of conclusions in how many other ways they could have been drawn."""
        for (condition, thing), ways in self._again.items():
            for rule in condition.rules:
                if all(thing in self._met.get(need, ()) for need in rule.needs):
                    self._others.setdefault((thing, rule.kinds[0]), []).extend(ways)
        drawn = {key: at for at, key in enumerate(self._found)}
        for key, ways in self._others.items():
            if key in drawn:
                others = self._independent(ways, key, drawn)
                self._found[key] = self._found[key]._replace(others=others)

    def _independent(
        self,
        ways: list[tuple[Triple, ...]],
        key: tuple[URIRef, URIRef],
        drawn: Mapping[tuple[URIRef, URIRef], int],
    ) -> int:
        """Count the ways to a conclusion in which it is no reason of itself.

        What the ways rest on is looked at once for all of them, since a hierarchy of
        thousands of terms gives as many ways that share most of it.
        """
        type_, since = RDF.type, drawn[key]

        def later(way: tuple[Triple, ...]) -> list[tuple[URIRef, URIRef]]:
            # What was drawn before it cannot rest on it.
            return [
                (s, o)
                for s, p, o in way
                if p == type_ and drawn.get((s, o), -1) >= since
            ]

        reached: set[tuple[URIRef, URIRef]] = set()
        pending = [one for way in ways for one in later(way)]
        while pending:
            one = pending.pop()
            if one not in reached:
                reached.add(one)
                pending += later(self._found[one].because)
        resting = {key}
        for one in sorted(reached, key=drawn.__getitem__):
            if not resting.isdisjoint(later(self._found[one].because)):
                resting.add(one)
        return sum(resting.isdisjoint(later(way)) for way in ways)

    def _meet(self, thing: Any) -> set[URIRef]:
        """Take note of a thing, with what is known of it."""
        classes = self._classes.get(thing)
        if classes is None:
            classes = self._classes[thing] = set()
            for kind in sorted(self._kinds_of(thing)):
                classes.add(kind)
                self._new.append((thing, kind))
            for condition in self._logic.listed.get(thing, ()):
                self._satisfy(condition, thing, ())
        return classes

    def _know(self, thing: Any, kind: Any) -> None:
        classes = self._meet(thing)
        if kind not in classes:
            classes.add(kind)
            self._new.append((thing, kind))

    def _follow(self, way: Way, triple: Triple) -> None:
        """Take from a statement what follows of it whatever the value's classes are."""
        s, _, o = triple
        if isinstance(o, Literal) != way.is_datatype or _is_reserved(o):
            return
        for kind in way.domains:
            self._conclude(s, kind, (triple,))
        for condition in way.any:
            self._satisfy(condition, s, (triple,))
        if way.values:
            for condition in way.values.get(logic.comparable(o), ()):
                self._satisfy(condition, s, (triple,))
        if not way.is_datatype:
            for kind in way.ranges:
                self._conclude(o, kind, (triple,))
            if way.fillers:
                self._naming.setdefault(o, []).append((way, triple))

    def _go_on(self) -> None:
        """Take from each new class of a thing what follows of it, to the end."""
        above, members, type_ = self._logic.above, self._logic.members, RDF.type
        while self._new:
            thing, kind = self._new.popleft()
            known = (thing, type_, kind)
            for upper in above.get(kind, ()):
                self._conclude(thing, upper, (known,))
            for condition in members.get(kind, ()):
                self._satisfy(condition, thing, (known,))
            for way, triple in self._naming.get(thing, ()):
                for condition in way.fillers.get(kind, ()):
                    self._satisfy(condition, triple[0], (triple, known))

    def _satisfy(
        self, condition: Condition, thing: Any, because: tuple[Triple, ...]
    ) -> None:
        """Note that a thing meets a condition, and follow the rules now met."""
        met = self._met.setdefault(condition, {})
        if thing in met:
            if because != met[thing]:
                self._again.setdefault((condition, thing), []).append(because)
            return
        met[thing] = because
        for rule in condition.rules:
            reasons = [self._met.get(need, {}).get(thing) for need in rule.needs]
            if None in reasons:
                continue
            told = tuple(dict.fromkeys(t for reason in reasons for t in reason or ()))
            if len(rule.kinds) == 1:
                self._conclude(thing, rule.kinds[0], told)
            else:
                self._united.setdefault(rule.kinds, {})[thing] = told

    def _conclude(
        self, thing: URIRef, kind: URIRef, because: tuple[Triple, ...]
    ) -> None:
        classes = self._meet(thing)
        if kind not in classes:
            classes.add(kind)
            self._new.append((thing, kind))
            self._found[thing, kind] = Conclusion(thing, kind, because)
            return
        made = self._found.get((thing, kind))
        if made is not None and made.because != because:
            self._others.setdefault((thing, kind), []).append(because)
