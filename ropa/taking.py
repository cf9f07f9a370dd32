"""What a field takes: the advice for a value of another kind than its shape asks for.

The sentences stand in the shapes, at the datatype, kind or constraint that they tell
of, or at the field itself; this finds the one that fits and fills in the values.

Source: SHACL sections 4.1 (value types), 4.3 (ranges) and 4.8 (lists).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import Graph
from rdflib.collection import Collection
from rdflib.term import Node, URIRef

from ropa import rules, spelling, terms
from ropa.terms import ROPA, SH

MOST_VALUES = 8

_PLACE = re.compile(r"\{(values|least|most)\}")


def hint(shape: URIRef | None, value: Node | None) -> dict[str, str]:
    """Say what to write in a field instead of a value that it does not take.

    Args:
        shape: the property shape of the field.
        value: the value; None where there are too many.

    Returns:
        By language; empty where the shapes have no advice for it.
    """
    if shape is None:
        return {}
    graph = rules.shapes()
    for about, values in _takes(graph, shape, value):
        said = rules.texts(graph, about, ROPA.hint)
        if said:
            return {
                lang: _filled(graph, shape, text, lang, values)
                for lang, text in said.items()
            }
    return {}


def _takes(
    graph: Graph, shape: URIRef, value: Node | None
) -> Iterator[tuple[Node, list[Node]]]:
    """Give what advice may stand at, the most exact first, with values to name."""
    if value is None:
        if (shape, SH.maxCount, None) in graph:
            yield SH.maxCount, []
        return
    yield shape, []
    listed = graph.value(shape, SH["in"])
    values = list(Collection(graph, listed)) if listed is not None else []
    if 0 < len(values) <= MOST_VALUES:
        yield SH["in"], values
    classes = list(_classes(graph, shape))
    if 0 < len(classes) <= MOST_VALUES:
        yield SH["class"], classes
    for bound in (SH.maxInclusive, SH.minInclusive):
        if (shape, bound, None) in graph:
            yield bound, []
    for datatype in graph.objects(shape, SH.datatype):
        yield datatype, []
    for below in graph.objects(shape, ROPA.valuesBelow):
        yield ROPA.valuesBelow, [below]
    for kind in graph.objects(shape, SH.nodeKind):
        yield kind, []


def _classes(graph: Graph, shape: URIRef) -> Iterator[Node]:
    yield from graph.objects(shape, SH["class"])
    for either in graph.objects(shape, SH["or"]):
        for member in Collection(graph, either):
            yield from graph.objects(member, SH["class"])


def _filled(
    graph: Graph, shape: URIRef, text: str, lang: str, values: list[Node]
) -> str:
    said = {
        "values": ", ".join(_called(value, lang) for value in values),
        "least": str(graph.value(shape, SH.minInclusive)),
        "most": str(graph.value(shape, SH.maxInclusive)),
    }
    return _PLACE.sub(lambda match: said[match[1]], text)


def _called(value: Node, lang: str) -> str:
    """Name a value by its label, and by the short form that a file takes."""
    short = terms.curie(str(value))
    named = spelling.named().get(short)
    label = named.labels.get(lang) if named is not None else None
    return f"{label} ({short})" if label else short
