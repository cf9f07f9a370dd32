"""The axioms of an ontology, read into the form in which they are followed.

Understood are hierarchies of classes and properties, domains and ranges, and classes
to which an intersection, a list of things or a restriction leads; what excludes what
is kept for `ropa.inference.contradictions`. Nothing here names a class: what is meant
stands in ``ontology/*.ttl``.

Source: OWL 2 Mapping to RDF, section 3; OWL 2 Profiles, section 4 (OWL 2 RL).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from rdflib.term import BNode, Literal, URIRef

from ropa import assets, shipped
from ropa.errors import InternalError
from ropa.terms import OWL, RDF, RDFS, XSD

Triple = tuple[Any, Any, Any]


class Rule:
    """Conditions that make a thing that meets all of them a member of a class.

    Args:
        kinds: the class; if several, one of them, and nobody says which.
    """

    def __init__(self, kinds: tuple[URIRef, ...]) -> None:
        self.kinds = kinds
        self.needs: list[Condition] = []


class Condition:
    """One thing that a rule looks for; rules that look for the same share it."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []


class Way:
    """What a property, with all properties above it, can lead to.

    Attributes:
        is_datatype: its values are plain.
        domains: classes of the subject.
        ranges: classes of the value.
        datatypes: what a plain value has to be.
        once: it, or properties above it, that a thing has one value of at most.
        any: conditions that are met by any value.
        values: conditions that are met by one value.
        fillers: conditions that are met by a value of a class.
    """

    def __init__(self) -> None:
        self.is_datatype = False
        self.domains: list[URIRef] = []
        self.ranges: list[URIRef] = []
        self.datatypes: list[URIRef] = []
        self.once: list[URIRef] = []
        self.any: list[Condition] = []
        self.values: dict[Any, list[Condition]] = {}
        self.fillers: dict[URIRef, list[Condition]] = {}


class Logic:
    """The axioms of some statements.

    Args:
        triples: an ontology.

    Attributes:
        ways: the properties.
        above: for each class, the classes directly above it.
        members: conditions that are met by the members of a class.
        listed: conditions that are met by one thing.
        kinds: classes that an expression leads to.
        apart: for each class, those that have no member in common with it.
        unions: sets of classes to one of which an expression leads.

    Raises:
        ValueError: a class expression is not understood.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.ways: dict[URIRef, Way] = {}
        self.above: dict[URIRef, list[URIRef]] = {}
        self.members: dict[URIRef, list[Condition]] = {}
        self.listed: dict[URIRef, list[Condition]] = {}
        self.apart: dict[URIRef, set[URIRef]] = {}
        self.unions: list[tuple[URIRef, ...]] = []
        read = _Read(triples)
        self._below: dict[URIRef, list[Way]] = {}
        for property_, above in read.properties_above().items():
            self._add_way(property_, above, read)
        for apart in read.exclusions():
            for one in apart:
                self.apart.setdefault(one, set()).update(o for o in apart if o != one)
        conditions: dict[Any, Condition] = {}
        found: set[URIRef] = set()
        for lower, upper in sorted(read.pairs(RDFS.subClassOf)):
            if isinstance(lower, URIRef):
                self.above.setdefault(lower, []).append(upper)
                continue
            rule = Rule(read.united(upper))
            if len(rule.kinds) == 1:
                found.add(upper)
            else:
                self.unions.append(rule.kinds)
            for key in read.conditions(lower):
                if key not in conditions:
                    conditions[key] = self._add_condition(key)
                conditions[key].rules.append(rule)
                rule.needs.append(conditions[key])
        self.kinds = frozenset(found)

    @property
    def telling(self) -> set[URIRef]:
        """The classes of which something follows for their members."""
        fillers = (kind for way in self.ways.values() for kind in way.fillers)
        return {*self.above, *self.members, *self.apart, *fillers}

    def all_above(self, kind: URIRef) -> set[URIRef]:
        """Collect a class and all classes above it."""
        return _reached(kind, self.above)

    def _add_way(self, property_: URIRef, above: set[URIRef], read: _Read) -> None:
        way = self.ways[property_] = Way()
        way.is_datatype = property_ in read.datatype
        for one in sorted(above):
            way.domains += read.named(RDFS.domain, one)
            ranges = read.named(RDFS.range, one)
            plain = [kind for kind in ranges if kind.startswith(str(XSD))]
            way.datatypes += plain
            way.ranges += [kind for kind in ranges if kind not in plain]
            way.once += [one] if one in read.functional else []
            self._below.setdefault(one, []).append(way)

    def _add_condition(self, key: tuple[Any, ...]) -> Condition:
        """Put a new condition where it will be met."""
        made = Condition()
        how, what, *value = key
        if how == "member":
            self.members.setdefault(what, []).append(made)
        elif how == "listed":
            for one in what:
                self.listed.setdefault(one, []).append(made)
        else:
            for way in self._below.get(what, ()):
                if how == "any":
                    way.any.append(made)
                elif how == "value":
                    way.values.setdefault(value[0], []).append(made)
                else:
                    way.fillers.setdefault(value[0], []).append(made)
        return made


@cache
def shipped_logic() -> Logic:
    """Give the logic of the packaged ontology, read once per process.

    Raises:
        InternalError: a file cannot be used, or the logic in it is not understood.
    """
    try:
        return Logic(statements())
    except ValueError as error:
        raise InternalError(
            f"The ontology cannot be followed: a class expression {error}.",
            hint=shipped.MEND,
        ) from error


def leading_to(kind: URIRef) -> list[list[tuple[Any, ...]]]:
    """Give the ways in which a thing comes to belong to a class.

    Returns:
        For each way its conditions, all of which have to be met: ``member`` and a
        class; ``listed`` and things; ``any`` and a property; ``value``, a property
        and a value (a literal as `comparable` gives it); ``filler``, a property and
        the class of a value.
    """
    read = _Read(statements())
    found = [
        read.conditions(lower)
        for lower, upper in read.pairs(RDFS.subClassOf)
        if upper == kind and not isinstance(lower, URIRef)
    ]
    return sorted(found, key=str)


def statements() -> Iterable[Triple]:
    """Give what the packaged ontology states."""
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
    """Describe the axioms that would not be followed, for want of knowing how.

    Args:
        triples: an ontology.

    Returns:
        A sentence each, sorted; none for what we ship, which a test proves.
    """
    given = list(triples)
    declarations = {OWL[name] for name in _DECLARATIONS}
    words = {OWL[name] for name in _WORDS}
    found = set()
    for s, p, o in given:
        if p in OWL and p not in words:
            found.add(f"{_shown(s)} uses {p}.")
        if p == RDF.type and (o in OWL or o in RDFS) and o not in declarations:
            found.add(f"{_shown(s)} is declared as {o}.")
        hierarchy = p in (RDFS.subPropertyOf, RDFS.domain, RDFS.range)
        if hierarchy and not (isinstance(s, URIRef) and isinstance(o, URIRef)):
            found.add(f"{_shown(s)} has an expression as its {p}.")
    read = _Read(given)
    for lower, upper in read.pairs(RDFS.subClassOf):
        try:
            if isinstance(lower, BNode):
                read.conditions(lower)
                read.united(upper)
            elif not isinstance(upper, URIRef):
                found.add(f"{_shown(lower)} lies below an expression.")
        except ValueError as error:
            found.add(f"{_shown(lower)} below {_shown(upper)} {error}.")
    found.update(_undecided(given))
    return sorted(found)


def _undecided(triples: Iterable[Triple]) -> Iterable[str]:
    """Describe unions from which more would follow than that one of them holds.

    Where all but one of the classes are excluded for a thing the last would follow,
    and so would a class that stands above all of them. Neither is followed.
    """
    try:
        read = Logic(triples)
    except ValueError:
        return
    for united in read.unions:
        names = " and ".join(united)
        apart = [read.apart.get(one, set()) - {*united} for one in united]
        if any(one != apart[0] for one in apart):
            yield f"What excludes one of {names} does not exclude the others."
        above = set.intersection(*(read.all_above(one) for one in united))
        if above:
            yield f"{', '.join(sorted(above))} stands above all of {names}."


def _shown(node: Any) -> str:
    return str(node) if isinstance(node, URIRef) else "An expression"


class _Read:
    """Statements of an ontology, by property and subject."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by: dict[Any, dict[Any, list[Any]]] = {}
        self.object: set[Any] = set()
        self.datatype: set[Any] = set()
        self.functional: set[Any] = set()
        kept = {
            RDF.first,
            RDF.rest,
            *(RDFS[n] for n in ("subClassOf", "subPropertyOf", "domain", "range")),
            *(OWL[name] for name in _WORDS),
        }
        declared = {
            OWL.ObjectProperty: self.object,
            OWL.DatatypeProperty: self.datatype,
            OWL.FunctionalProperty: self.functional,
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
        return sorted(v for v in values if isinstance(v, URIRef))

    def properties_above(self) -> dict[URIRef, set[URIRef]]:
        """Give each property of the logic with itself and all properties above it."""
        direct = self._by.get(RDFS.subPropertyOf, {})
        return {p: _reached(p, direct) for p in sorted(self.object | self.datatype)}

    def exclusions(self) -> list[list[URIRef]]:
        """Give the sets of classes of which no two have a member in common."""
        of_two = [[*pair] for pair in self.pairs(OWL.disjointWith)]
        return of_two + [self._list(head) for _, head in self.pairs(OWL.members)]

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
            return [("value", property_, comparable(value))]
        filler = self._one(OWL.someValuesFrom, expression)
        if not isinstance(filler, URIRef) or property_ in self.datatype:
            raise ValueError(f"restricts {property_} in a way that is not understood")
        if filler == OWL.Thing:
            return [("any", property_)]
        return [("filler", property_, filler)]

    def united(self, expression: Any) -> tuple[URIRef, ...]:
        """Give the class, or the united classes, that an expression leads to.

        Raises:
            ValueError: it leads to something else; says what.
        """
        if isinstance(expression, URIRef):
            return (expression,)
        united = self._one(OWL.unionOf, expression)
        if united is None:
            raise ValueError("leads to what is no class and no union")
        found = self._list(united)
        if len(found) < 2 or not all(isinstance(one, URIRef) for one in found):
            raise ValueError("leads to a union of what are no named classes")
        return tuple(found)

    def _one(self, property_: URIRef, subject: Any) -> Any:
        values = self._by.get(property_, {}).get(subject, ())
        if len(values) > 1:
            raise ValueError(f"has {property_} twice")
        return values[0] if values else None

    def _list(self, head: Any) -> list[Any]:
        found: dict[Any, Any] = {}
        while head != RDF.nil:
            if head in found:
                raise ValueError("holds a list without an end")
            found[head] = self._one(RDF.first, head)
            head = self._one(RDF.rest, head)
            if head is None:
                raise ValueError("holds a broken list")
        return list(found.values())


def _reached(start: Any, direct: Mapping[Any, Iterable[Any]]) -> set[Any]:
    """Collect what is reached step by step, with the start."""
    found: set[Any] = set()
    pending = [start]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += direct.get(one, ())
    return found


def comparable(value: Any) -> Any:
    """Give a value such that equal values are the same.

    >>> truth = URIRef("http://www.w3.org/2001/XMLSchema#boolean")
    >>> comparable(Literal("1", datatype=truth)) == comparable(Literal(True))
    True
    """
    if not isinstance(value, Literal):
        return value
    if value.datatype is None or value.value is None:
        return value, value.datatype, value.language
    return type(value.value), value.value
