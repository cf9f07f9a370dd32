"""The law as one graph, and what its rows are worth on a day."""

from collections.abc import Callable
from datetime import date

import pytest
from rdflib import Graph
from rdflib.term import Literal

from ropa import vocabulary
from ropa.terms import LAW, PREFIXES, XSD

PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
HOLDS = (
    PROLOGUE
    + """ASK {
  ?row ropa:validFrom ?from .
  OPTIONAL { ?row ropa:endsOn ?last }
  OPTIONAL { ?row ropa:invalidatedOn ?fell }
  FILTER(?from <= ?day && (!BOUND(?last) || ?day <= ?last)
    && (!BOUND(?fell) || ?day < ?fell))
}"""
)


@pytest.fixture(scope="session")
def graph() -> Graph:
    """Give ontology and law as one graph."""
    return vocabulary.load().graph


@pytest.fixture(scope="session")
def holds(graph: Graph) -> Callable[[str, date], bool]:
    """Ask, as a question does, whether a row holds on a day."""

    def answer(name: str, day: date) -> bool:
        values = {
            "row": LAW[name],
            "day": Literal(day.isoformat(), datatype=XSD.date),
        }
        return bool(graph.query(HOLDS, initBindings=values).askAnswer)

    return answer
