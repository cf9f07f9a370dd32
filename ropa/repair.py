"""What a program may do about a finding, where the rule says how.

A rule may carry two queries that construct statements: those to add and those to take
out. Nothing is done here; a suggestion is handed on with the finding, and a person
decides.

Source: SPARQL 1.1 Query, section 16.2 (CONSTRUCT); ``shapes/*.ttl``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Identifier

from ropa import rules, syntax
from ropa.findings import Suggestion
from ropa.rules import Rule
from ropa.structure import Found
from ropa.terms import SH

if TYPE_CHECKING:
    from rdflib.plugins.sparql.sparql import Query


def suggestion(rule: Rule, found: Found, whole: Graph) -> Suggestion:
    """Work out what may be added and taken out to mend what a rule found.

    Args:
        rule: the rule; its queries know the finding as ``$this`` and ``$value``.
        found: what it found.
        whole: the entries with their surroundings; it stays as it is.

    Returns:
        Lines of N-Triples, sorted. Empty where the rule suggests nothing, or where
        the data leave more than one way open.
    """
    if not (rule.addition or rule.removal):
        return Suggestion()
    known: dict[str, Identifier] = {"this": found.focus}
    if isinstance(found.value, Identifier):
        known["value"] = found.value
    return Suggestion(
        add=_lines(rule.addition, whole, known),
        remove=_lines(rule.removal, whole, known),
    )


def _lines(text: str, whole: Graph, known: dict[str, Identifier]) -> tuple[str, ...]:
    if not text:
        return ()
    made = Graph(store="SimpleMemory")
    made += whole.query(_prepared(text), initBindings=known).graph or Graph()
    written = syntax.serialize(made, syntax.Syntax.NTRIPLES).decode()
    return tuple(sorted(line for line in written.splitlines() if line))


@cache
def _prepared(text: str) -> Query:
    """Read a query once; the shapes declare its prefixes."""
    from rdflib.plugins.sparql import prepareQuery

    graph = rules.shapes()
    prefixes = {
        str(prefix): str(graph.value(one, SH.namespace))
        for one, prefix in graph.subject_objects(SH["prefix"])
    }
    return prepareQuery(text, initNs=prefixes)
