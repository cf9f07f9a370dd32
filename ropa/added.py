"""Put into words what the shapes find that a user adds.

Where a shape has a message, its places are filled; where it has none, the sentence
for its kind of demand is taken, which stands in ``shapes/added.ttl``.

Source: SHACL sections 2.1.5 and 4 (components and their parameters), 5.3.2 (places).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import entry, rules, wording
from ropa.engine import Guest
from ropa.guests import Guests, one_line
from ropa.structure import Found
from ropa.terms import RDF, RDFS, SH, XSD

MAX_LISTED = 12
"""Values that a sentence names."""

_WORDS = URIRef(f"{entry.SHAPES_BASE}#added")
_PLACE = re.compile(r"\{(\w+)\}")
# The places that SHACL leaves open in a message.
_OPEN = re.compile(r"\{[$?](\w+)\}")
# Demands whose values are properties.
_OTHER_PROPERTIES = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
_TEXTS = (None, XSD.string, RDF.langString)


def message(guests: Guests, shape: Node, one: Guest, whole: Graph) -> dict[str, str]:
    """Say in every language what a shape found.

    Args:
        guests: all added shapes.
        shape: the shape that chose the thing.
        one: what was found; its shape may be a part of the other.
        whole: the entries with their surroundings.
    """
    words = _Telling(guests, one, whole)
    own = guests.message(one.shape) or guests.message(shape)
    if own:
        return {lang: one_line(words.filled(text, lang)) for lang, text in own.items()}
    return {lang: one_line(words.sentence(lang)) for lang in wording.LANGUAGES}


class _Telling:
    """One finding, and how the things in it are called."""

    def __init__(self, guests: Guests, one: Guest, whole: Graph) -> None:
        self._guests = guests
        self._one = one
        self._whole = whole

    def filled(self, text: str, lang: str) -> str:
        """Fill the places of a user's own message; unknown ones stay."""

        def fill(place: re.Match[str]) -> str:
            if place[1] == "this":
                return self._label(self._one.focus, lang)
            if place[1] == "path":
                return self._field(lang) or place[0]
            if place[1] == "value" and self._one.value is not None:
                return self._label(self._one.value, lang)
            return self._demand(place[1], lang) or place[0]

        return _OPEN.sub(fill, text)

    def sentence(self, lang: str) -> str:
        """Say what is asked for, in the words for this kind of demand."""
        kind = str(self._one.component).removeprefix(str(SH))
        parameter = kind.removesuffix("ConstraintComponent")
        known = {
            "focus": self._label(self._one.focus, lang),
            "name": self._name(lang),
            "field": self._field(lang),
            "demand": self._demand(parameter[:1].lower() + parameter[1:], lang),
        }
        judged = "field" if known["field"] else "thing"
        if self._one.value is not None:
            known["value"] = self._label(self._one.value, lang)
            judged = "value" if known["field"] else judged
        known["place"] = _fill(_text(URIRef(f"{_WORDS}-{judged}"), lang), known)
        wish = _text(self._one.component, lang)
        if not wish or ("{demand}" in wish and not known["demand"]):
            wish = _text(URIRef(f"{_WORDS}-wish"), lang)
        known["wish"] = _fill(wish, known)
        return _fill(_text(_WORDS, lang), known)

    def _name(self, lang: str) -> str:
        owner = self._guests.owner(self._one.shape)
        if (owner, RDFS.label, None) in self._guests.graph:
            return wording.label(self._guests.graph, owner)[lang]
        return self._guests.code(owner)

    def _field(self, lang: str) -> str:
        """Name the property: as the shape calls it, as forms do, or by its path."""
        shape, path = self._one.shape, self._one.path
        graph = self._guests.graph
        given = rules.texts(graph, shape, SH.name)
        if given:
            return given.get(lang, given.get("en", next(iter(given.values()))))
        if path is not None:
            return self._property(path, lang)
        steps = [s for way in graph.objects(shape, SH.path) for s in _steps(graph, way)]
        return " / ".join(self._property(step, lang) for step in steps)

    def _property(self, path: URIRef, lang: str) -> str:
        told = Found(self._guests.code(self._one.shape), self._one.focus, path)
        known = wording.field_label(self._whole, told)[lang]
        is_bare = known == wording.label(Graph(), path)[lang]
        return self._label(path, lang) if is_bare else known

    def _demand(self, parameter: str, lang: str) -> str:
        """Say what a shape asks for; nothing where that is no plain value."""
        graph = self._guests.graph
        values = sorted(graph.objects(self._one.shape, SH[parameter]), key=str)
        if parameter in {"in", "languageIn"}:
            values = [one for head in values for one in graph.items(head)]
        if any(isinstance(value, BNode) for value in values):
            return ""
        told = [
            self._property(one, lang)
            if parameter in _OTHER_PROPERTIES and isinstance(one, URIRef)
            else self._label(one, lang)
            for one in values[:MAX_LISTED]
        ]
        return ", ".join([*told, "…"] if len(values) > MAX_LISTED else told)

    def _label(self, node: Node, lang: str) -> str:
        """Name a thing as entries, the shapes' files or our own words call it."""
        if isinstance(node, Literal) and node.datatype not in _TEXTS:
            return str(node)
        bare = wording.label(Graph(), node)[lang]
        for graph in (self._whole, self._guests.graph, rules.shapes()):
            said = wording.label(graph, node)[lang]
            if said != bare:
                return said
        return bare


def _steps(graph: Graph, path: Node) -> Iterator[URIRef]:
    """Give the properties of a path, in its order; admission bounds its length."""
    if isinstance(path, URIRef):
        yield path
    elif (path, RDF.first, None) in graph:
        for one in graph.items(path):
            yield from _steps(graph, one)
    else:
        for _, inner in sorted(graph.predicate_objects(path)):
            yield from _steps(graph, inner)


def _text(what: URIRef, lang: str) -> str:
    return rules.texts(rules.shapes(), what, SH.message).get(lang, "")


def _fill(text: str, known: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: known.get(place[1], place[0]), text)
