"""Fields of an entry, read from the property shapes: the shapes are the form.

A field exists because a property shape with a group and an order says so. Pages,
forms and prompts render this list; none of them keeps one of its own.

Source: SHACL section 2.3.2 (sh:name, sh:order, sh:group); order of GDPR Art. 30(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from rdflib.collection import Collection
from rdflib.term import Node, URIRef

from ropa import rules
from ropa.terms import DCT, RDF, RDFS, ROPA, SH, XSD


@dataclass(frozen=True)
class Group:
    """Fields that belong together, under one heading.

    Attributes:
        iri: the ``sh:PropertyGroup``.
        label: heading by language.
        article: the item of Article 30 that it answers; may be empty.
        order: place among the groups.
    """

    iri: URIRef
    label: Mapping[str, str]
    article: str
    order: float


@dataclass(frozen=True)
class Field:
    """One field of a kind of entry or part.

    Attributes:
        path: the property.
        label: its name by language.
        help: what to write there, by language; may be empty.
        group: the group it stands in.
        order: place within the group.
        article: the provision it answers; may be empty.
        shape: IRI of the property shape.
        repeated: whether it may have several values.
        kind: ``text`` (with a language), ``plain``, ``date``, ``boolean``,
            ``number``, ``reference`` (an IRI) or ``any``.
        values: the values to choose from; empty where any is possible.
        below: the term under which the values are found, if there is one.
        classes: the classes of things that have the field.
    """

    path: URIRef
    label: Mapping[str, str]
    help: Mapping[str, str]
    group: Group
    order: float
    article: str
    shape: URIRef
    repeated: bool
    kind: str
    values: tuple[URIRef, ...]
    below: URIRef | None
    classes: tuple[URIRef, ...]


def fields(class_: URIRef) -> list[Field]:
    """List the fields of a class, in the order of Article 30.

    Args:
        class_: for example ``dpv:PersonalDataProcess`` or ``dpv:StorageCondition``.

    Returns:
        Sorted by group and order; empty for a class without a form.
    """
    return [field for field in all_fields() if class_ in field.classes]


@cache
def all_fields() -> tuple[Field, ...]:
    """List the fields of every class, sorted by group and order."""
    graph = rules.shapes()
    single = {
        (form, graph.value(shape, SH.path))
        for form, shape in graph.subject_objects(SH.property)
        if graph.value(shape, SH.maxCount) is not None
    }
    found = [
        _field(shape, _classes(form), (form, graph.value(shape, SH.path)) not in single)
        for form, shape in graph.subject_objects(SH.property)
        if isinstance(shape, URIRef) and graph.value(shape, SH.group) is not None
    ]
    return tuple(sorted(found, key=lambda f: (f.group.order, f.order, str(f.shape))))


@cache
def labels() -> Mapping[URIRef, Mapping[str, str]]:
    """Give the names of properties that are fields; the first field decides."""
    found: dict[URIRef, Mapping[str, str]] = {}
    for field in all_fields():
        found.setdefault(field.path, field.label)
    return found


def label_of(
    path: URIRef, classes: Iterable[URIRef], shape: URIRef | None = None
) -> Mapping[str, str]:
    """Give the name of a field as the things of some classes have it.

    A property may be a field of several classes, and be called otherwise in each.

    Args:
        path: the property.
        classes: classes of the thing; the first that has the field decides.
        shape: the property shape of the field, if it is known.

    Returns:
        By language; empty where the classes do not have the field and those that do
        call it by different names.
    """
    if shape is not None:
        graph = rules.shapes()
        if graph.value(shape, SH.path) == path and (shape, SH.name, None) in graph:
            return rules.texts(graph, shape, SH.name)
    named = {(c, f.path): f.label for f in reversed(all_fields()) for c in f.classes}
    for class_ in classes:
        if (class_, path) in named:
            return named[class_, path]
    every = [field.label for field in all_fields() if field.path == path]
    return every[0] if every and all(one == every[0] for one in every) else {}


def _classes(form: Node) -> tuple[URIRef, ...]:
    graph = rules.shapes()
    named = (*graph.objects(form, SH.targetClass), *graph.objects(form, DCT.subject))
    return tuple(sorted(c for c in named if isinstance(c, URIRef)))


def _field(shape: URIRef, classes: tuple[URIRef, ...], repeated: bool) -> Field:
    graph = rules.shapes()
    choice = graph.value(shape, SH["in"])
    below = graph.value(shape, ROPA.valuesBelow)
    return Field(
        path=URIRef(str(graph.value(shape, SH.path))),
        label=rules.texts(graph, shape, SH.name),
        help=rules.texts(graph, shape, SH.description),
        group=_group(URIRef(str(graph.value(shape, SH.group)))),
        order=_number(graph.value(shape, SH.order)),
        article=str(graph.value(shape, ROPA.article) or ""),
        shape=shape,
        repeated=repeated,
        kind=_kind(shape),
        values=tuple(URIRef(str(v)) for v in Collection(graph, choice))
        if choice is not None
        else (),
        below=below if isinstance(below, URIRef) else None,
        classes=classes,
    )


def _kind(shape: URIRef) -> str:
    graph = rules.shapes()
    datatype = graph.value(shape, SH.datatype)
    if datatype is not None:
        known = {
            RDF.langString: "text",
            XSD.string: "plain",
            XSD.date: "date",
            XSD.boolean: "boolean",
            XSD.integer: "number",
        }
        return known.get(URIRef(str(datatype)), "plain")
    if graph.value(shape, SH["in"]) is not None:
        return "reference"
    node_kind = graph.value(shape, SH.nodeKind)
    return {SH.IRI: "reference", SH.Literal: "plain"}.get(URIRef(str(node_kind)), "any")


@cache
def _group(iri: URIRef) -> Group:
    graph = rules.shapes()
    return Group(
        iri=iri,
        label=rules.texts(graph, iri, RDFS.label),
        article=str(graph.value(iri, ROPA.article) or ""),
        order=_number(graph.value(iri, SH.order)),
    )


def _number(value: Node | None) -> float:
    return float(str(value)) if value is not None else 0.0
