"""What the activities of a record rest on, where the record itself is judged.

A notice speaks for all activities of a company: which rights it has to tell of hangs on
the legal bases of them all. They are entries of their own; of each, no more is looked
up than its purposes with their bases.

Source: GDPR Art. 13(2)(b) to (d), 14(2)(c) to (e).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import entry, syntax
from ropa.store.base import Table
from ropa.terms import DCT, DPCAT, DPV, PREFIXES, RDF, ROPA, SKOS

Select = Callable[[str], Table]

MOST_STATEMENTS = 5000
"""Statements that are looked at for one record; a company of any size has fewer."""

OF_ACTIVITY = (
    DCT.isPartOf,
    DPV.hasPurpose,
    DPV.hasDataProcessor,
    DPV.hasInvolvement,
)
OF_PURPOSE = (DPV.hasLegalBasis, SKOS.broader, ROPA.withdrawal)

_BASES = """
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ ?s dct:isPartOf {record} . VALUES ?p {{ {of_activity} }} ?s ?p ?o }}
  UNION
  {{ ?a dct:isPartOf {record} ; dpv:hasPurpose ?s . VALUES ?p {{ {of_purpose} }}
     ?s ?p ?o }}
}} LIMIT {most}
"""


def gather(
    data: Graph, select: Select, beside: Mapping[URIRef, Graph] | None = None
) -> Graph:
    """Collect on what the activities of the records among entries rest.

    Args:
        data: the entries that are checked; they stand in for what the register has.
        select: answers a query about the register.
        beside: entries that stand in for what the register has, but are not checked
            here; those that are may be among them.

    Returns:
        A new graph: statements of activities that are not among the entries.
    """
    found = Graph(store="SimpleMemory", bind_namespaces="none")
    own = {entry.document(s) for s in data.subjects(unique=True)}
    others = {n: g for n, g in (beside or {}).items() if n not in own}
    for record in sorted(data.subjects(RDF.type, DPCAT.ROPA), key=str):
        query = _PROLOGUE + _BASES.format(
            record=syntax.n3(URIRef(str(record))),
            of_activity=" ".join(f"<{way}>" for way in OF_ACTIVITY),
            of_purpose=" ".join(f"<{way}>" for way in OF_PURPOSE),
            most=MOST_STATEMENTS,
        )
        for s, p, o in select(query).rows:
            if s is None or p is None or o is None:
                continue
            name = entry.document(URIRef(str(s)))
            if name not in own and name not in others:
                found.add((s, URIRef(str(p)), o))
        for name, graph in others.items():
            if (name, DCT.isPartOf, record) in graph:
                for triple in stated(graph):
                    found.add(triple)
    return found


def stated(graph: Graph) -> set[tuple[Node, Node, Node]]:
    """List what an entry says of this, to see whether a change touches its record."""
    return {
        (s, p, o)
        for s, p, o in graph
        if p in OF_ACTIVITY or (p in OF_PURPOSE and (None, DPV.hasPurpose, s) in graph)
    }


_PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
