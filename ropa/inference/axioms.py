"""Draw the conclusions of the ontology's logic for an entry: what kind of thing is it?

No reasoner is needed: the axioms are read from the ontology, each leads one way from
what is stated to a named class, and they are followed forwards until nothing new comes
of them. HermiT proves that nothing is missed and nothing invented (`ropa.proving`).

Source: OWL 2 Profiles, section 4 (OWL 2 RL); the axioms stand in ``ontology/*.ttl``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from rdflib.term import BNode, Literal, URIRef

from ropa import assets, shipped
from ropa.errors import InternalError
from ropa.terms import OWL, RDF, RDFS, XSD

Triple = tuple[Any, Any, Any]


class Conclusion(NamedTuple):
    """A thing belongs to a class although nobody says so.

    Args:
        thing: the activity, part or term.
        kind: the class.
        because: the statements it was directly drawn from, in the order of the axiom;
            a class of a thing among them may be a conclusion itself, or be known from
            the shipped classification. Empty where the axiom names the thing.
    """

    thing: URIRef
    kind: URIRef
    because: tuple[Triple, ...]


def conclude(
    triples: Iterable[Triple], kinds_of: Callable[[URIRef], Iterable[URIRef]]
) -> dict[tuple[URIRef, URIRef], Conclusion]:
    """Draw all conclusions about the classes of things from some statements.

    A conclusion is drawn from what was known before it, so reasons never go round in
    a circle, even where a hierarchy does. The work grows with the number of
    statements, and the answer does not depend on their order.

    Args:
        triples: an entry, or several.
        kinds_of: gives the classes known of a term that others than these statements
            speak about, as `ropa.kinds.kinds_of` does.

    Returns:
        By thing and class; classes that are stated or known are left out.
    """
    return _Work(_logic(), kinds_of).done(triples)


def kinds() -> frozenset[URIRef]:
    """Give the classes worth telling a person.

    These are the classes that an expression leads to, such as one for all activities
    with a certain kind of data, not those that follow from a property's domain or
    range or stand above another class.
    """
    return _logic().kinds


# The words of these are no things that the logic speaks about.
_RESERVED: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2002/07/owl#",
)


class _Rule:
    """Conditions that make a thing that meets all of them a member of a class."""

    def __init__(self, kind: URIRef) -> None:
        self.kind = kind
        self.needs: list[_Condition] = []


class _Condition:
    """One thing that a rule looks for; rules that look for the same share it."""

    def __init__(self) -> None:
        self.rules: list[_Rule] = []


class _Way:
    """What a property, with all properties above it, can lead to."""

    def __init__(self) -> None:
        self.is_datatype = False
        # Classes of the subject and of the value.
        self.domains: list[URIRef] = []
        self.ranges: list[URIRef] = []
        # Conditions met by any value, by one value, by a value of a class.
        self.any: list[_Condition] = []
        self.values: dict[Any, list[_Condition]] = {}
        self.fillers: dict[URIRef, list[_Condition]] = {}


class _Logic:
    """The axioms of some statements, in the form in which they are followed."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.ways: dict[URIRef, _Way] = {}
        self.above: dict[URIRef, list[URIRef]] = {}
        self.members: dict[URIRef, list[_Condition]] = {}
        self.listed: dict[URIRef, list[_Condition]] = {}
        found: set[URIRef] = set()
        read = _Read(triples)
        above = read.properties_above()
        for property_ in above:
            way = self.ways[property_] = _Way()
            way.is_datatype = property_ in read.datatype
            for one in sorted(above[property_]):
                way.domains += read.named(RDFS.domain, one)
                way.ranges += read.named(RDFS.range, one)
        self._below: dict[URIRef, list[_Way]] = {}
        for property_, ones in above.items():
            for one in ones:
                self._below.setdefault(one, []).append(self.ways[property_])
        conditions: dict[Any, _Condition] = {}
        for lower, upper in sorted(read.pairs(RDFS.subClassOf)):
            if not isinstance(upper, URIRef):
                continue
            if isinstance(lower, URIRef):
                self.above.setdefault(lower, []).append(upper)
                continue
            rule = _Rule(upper)
            found.add(upper)
            for key in read.conditions(lower):
                if key not in conditions:
                    conditions[key] = self._add(key)
                conditions[key].rules.append(rule)
                rule.needs.append(conditions[key])
        self.kinds = frozenset(found)

    def _add(self, key: tuple[Any, ...]) -> _Condition:
        """Put a new condition where it will be met."""
        made = _Condition()
        how, *rest = key
        if how == "member":
            self.members.setdefault(rest[0], []).append(made)
        elif how == "listed":
            for one in rest[0]:
                self.listed.setdefault(one, []).append(made)
        else:
            for way in self._below.get(rest[0], ()):
                if how == "any":
                    way.any.append(made)
                elif how == "value":
                    way.values.setdefault(rest[1], []).append(made)
                else:
                    way.fillers.setdefault(rest[1], []).append(made)
        return made


@cache
def _logic() -> _Logic:
    try:
        return _Logic(_shipped())
    except ValueError as error:
        raise InternalError(
            f"The ontology cannot be followed: a class expression {error}.",
            hint=shipped.MEND,
        ) from error


def _shipped() -> Iterable[Triple]:
    for name in assets.names("ontology", ".ttl"):
        yield from shipped.triples("ontology", name)


# The words that an axiom may consist of. What OWL has beyond them is not understood
# here, so the ontology must do without (see `not_understood`).
_DECLARATIONS: Final = (
    "AllDifferent",
    "AllDisjointClasses",
    "AnnotationProperty",
    "Class",
    "DatatypeProperty",
    "FunctionalProperty",
    "NamedIndividual",
    "ObjectProperty",
    "Ontology",
    "Restriction",
)
_WORDS: Final = (
    "differentFrom",
    "disjointWith",
    "distinctMembers",
    "hasValue",
    "intersectionOf",
    "members",
    "onProperty",
    "oneOf",
    "someValuesFrom",
    "unionOf",
    "versionInfo",
    "versionIRI",
)


def not_understood(triples: Iterable[Triple]) -> list[str]:
    """Describe the axioms that `conclude` would not follow, for want of knowing how.

    Args:
        triples: an ontology.

    Returns:
        A sentence each, sorted; none for what we ship, which a test proves.
    """
    statements = list(triples)
    declarations = {OWL[name] for name in _DECLARATIONS}
    words = {OWL[name] for name in _WORDS}
    found = set()
    for s, p, o in statements:
        if p in OWL and p not in words:
            found.add(f"{_shown(s)} uses {p}.")
        if p == RDF.type and (o in OWL or o in RDFS) and o not in declarations:
            found.add(f"{_shown(s)} is declared as {o}.")
        hierarchy = p in (RDFS.subPropertyOf, RDFS.domain, RDFS.range)
        if hierarchy and not (isinstance(s, URIRef) and isinstance(o, URIRef)):
            found.add(f"{_shown(s)} has an expression as its {p}.")
    read = _Read(statements)
    for lower, upper in read.pairs(RDFS.subClassOf):
        try:
            if isinstance(lower, BNode):
                read.conditions(lower)
            if isinstance(upper, BNode):
                read.require_union(upper)
        except ValueError as error:
            found.add(f"{_shown(lower)} below {_shown(upper)} {error}.")
    return sorted(found)


def _shown(node: Any) -> str:
    return str(node) if isinstance(node, URIRef) else "An expression"


class _Read:
    """Statements of an ontology, by property and subject."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by: dict[Any, dict[Any, list[Any]]] = {}
        self.object: set[Any] = set()
        self.datatype: set[Any] = set()
        kept = {
            RDF.first,
            RDF.rest,
            *(RDFS[n] for n in ("subClassOf", "subPropertyOf", "domain", "range")),
            *(OWL[name] for name in _WORDS),
        }
        declared = {
            OWL.ObjectProperty: self.object,
            OWL.DatatypeProperty: self.datatype,
        }
        type_ = RDF.type
        for s, p, o in triples:
            if p in kept:
                self._by.setdefault(p, {}).setdefault(s, []).append(o)
            elif p == type_ and o in declared:
                declared[o].add(s)

    def pairs(self, property_: URIRef) -> list[tuple[Any, Any]]:
        return [
            (s, o) for s, values in self._by.get(property_, {}).items() for o in values
        ]

    def named(self, property_: URIRef, subject: Any) -> list[URIRef]:
        """Give the classes a property has as its domain or range, sorted."""
        values = self._by.get(property_, {}).get(subject, ())
        plain = str(XSD)
        return sorted(
            v for v in values if isinstance(v, URIRef) and not v.startswith(plain)
        )

    def properties_above(self) -> dict[URIRef, set[URIRef]]:
        """Give each property of the logic with itself and all properties above it."""
        direct = self._by.get(RDFS.subPropertyOf, {})
        found = {}
        for property_ in sorted(self.object | self.datatype):
            above: set[URIRef] = set()
            pending = [property_]
            while pending:
                one = pending.pop()
                if one not in above:
                    above.add(one)
                    pending += direct.get(one, ())
            found[property_] = above
        return found

    def conditions(self, expression: Any) -> list[tuple[Any, ...]]:
        """Take a class expression apart into the conditions that it consists of.

        Raises:
            ValueError: it is none of those that are understood; says why not.
        """
        if isinstance(expression, URIRef):
            return [("member", expression)]
        both = self._one(OWL.intersectionOf, expression)
        if both is not None:
            return [key for one in self._list(both) for key in self.conditions(one)]
        listed = self._one(OWL.oneOf, expression)
        if listed is not None:
            return [("listed", tuple(self._list(listed)))]
        property_ = self._one(OWL.onProperty, expression)
        if property_ not in self.object and property_ not in self.datatype:
            raise ValueError("is no intersection, list or restriction")
        value = self._one(OWL.hasValue, expression)
        if value is not None:
            return [("value", property_, _comparable(value))]
        filler = self._one(OWL.someValuesFrom, expression)
        if filler == OWL.Thing:
            return [("any", property_)]
        if not isinstance(filler, URIRef) or property_ in self.datatype:
            raise ValueError(f"restricts {property_} in a way that is not understood")
        return [("filler", property_, filler)]

    def require_union(self, expression: Any) -> None:
        """Refuse an expression on the right that is no union of named classes.

        Raises:
            ValueError: it is another one; says what.
        """
        united = self._one(OWL.unionOf, expression)
        if united is None:
            raise ValueError("leads to what is no class and no union")
        if not all(isinstance(one, URIRef) for one in self._list(united)):
            raise ValueError("leads to a union of classes without a name")

    def _one(self, property_: URIRef, subject: Any) -> Any:
        values = self._by.get(property_, {}).get(subject, ())
        if len(values) > 1:
            raise ValueError(f"has {property_} twice")
        return values[0] if values else None

    def _list(self, head: Any) -> Sequence[Any]:
        found = []
        while head != RDF.nil:
            found.append(self._one(RDF.first, head))
            head = self._one(RDF.rest, head)
            if head is None or None in found or head in found:
                raise ValueError("holds a broken list")
        return found


def _comparable(value: Any) -> Any:
    """Give a value such that equal values are the same: ``"1"`` and ``true``."""
    if not isinstance(value, Literal):
        return value
    if value.datatype is None or value.value is None:
        return value, value.datatype, value.language
    return type(value.value), value.value


class _Work:
    """The drawing of conclusions from one set of statements."""

    def __init__(
        self, logic: _Logic, kinds_of: Callable[[URIRef], Iterable[URIRef]]
    ) -> None:
        self._logic = logic
        self._kinds_of = kinds_of
        self._found: dict[tuple[URIRef, URIRef], Conclusion] = {}
        self._classes: dict[Any, set[URIRef]] = {}
        self._new: deque[tuple[URIRef, URIRef]] = deque()
        # For each condition and thing that meets it, the statements by which it does.
        self._met: dict[_Condition, dict[Any, tuple[Triple, ...]]] = {}
        # For each thing, the statements of which it is the value.
        self._naming: dict[Any, list[tuple[_Way, Triple]]] = {}

    def done(
        self, triples: Iterable[Triple]
    ) -> dict[tuple[URIRef, URIRef], Conclusion]:
        """Draw the conclusions from the statements."""
        followed: list[tuple[_Way, Triple]] = []
        ways, type_ = self._logic.ways, RDF.type
        # In a fixed order, so that of several reasons the same one is kept each time.
        for triple in sorted(triples, key=" ".join):
            s, p, o = triple
            if p == type_:
                self._know(s, o)
            elif p in ways:
                followed.append((ways[p], triple))
                if s not in self._classes:
                    self._meet(s)
                if o not in self._classes and isinstance(o, URIRef):
                    self._meet(o)
        for way, triple in followed:
            self._follow(way, triple)
        self._go_on()
        return self._found

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

    def _follow(self, way: _Way, triple: Triple) -> None:
        """Take from a statement what follows of it and of no class."""
        s, _, o = triple
        if isinstance(o, Literal) != way.is_datatype or o.startswith(_RESERVED):
            return
        for kind in way.domains:
            self._conclude(s, kind, (triple,))
        for condition in way.any:
            self._satisfy(condition, s, (triple,))
        if way.values:
            for condition in way.values.get(_comparable(o), ()):
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
        self, condition: _Condition, thing: Any, because: tuple[Triple, ...]
    ) -> None:
        """Note that a thing meets a condition, and follow the rules now met."""
        met = self._met.setdefault(condition, {})
        if thing in met:
            return
        met[thing] = because
        for rule in condition.rules:
            reasons = [self._met.get(need, {}).get(thing) for need in rule.needs]
            if None not in reasons:
                told = [one for reason in reasons for one in reason or ()]
                self._conclude(thing, rule.kind, tuple(dict.fromkeys(told)))

    def _conclude(
        self, thing: URIRef, kind: URIRef, because: tuple[Triple, ...]
    ) -> None:
        classes = self._meet(thing)
        if kind not in classes:
            classes.add(kind)
            self._new.append((thing, kind))
            self._found[thing, kind] = Conclusion(thing, kind, because)
