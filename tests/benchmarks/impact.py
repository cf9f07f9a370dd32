"""What an impact costs, by the size of the register and by the transfers concerned.

The same fifty transfers to one country lie in made-up registers of some sizes: the time
should hardly grow with the register. Then a decision on which more and more rests.

    python -m tests.benchmarks.impact 1000 10000
"""

from __future__ import annotations

import sys
from datetime import date
from functools import partial

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, impact, packaged, syntax
from ropa.store import MEMORY, open_store
from ropa.store.base import Store, Table
from ropa.terms import DCT, DPV, GDPR, LAW, LOC, RDF, ROPA
from tests.benchmarks import synthetic
from tests.benchmarks.store import say, seconds

AS_OF = date(2026, 11, 22)
SAME = 50
RECORD = URIRef(f"{synthetic.BASE}companies/firm-0#record")


class Made:
    """A made-up register that answers queries.

    Args:
        activities: how many.
    """

    base = synthetic.BASE

    def __init__(self, activities: int) -> None:
        self.store: Store = open_store(MEMORY, in_union=entry.is_stated)
        self.store.load_lines(packaged.reference_lines())
        text = "".join(synthetic.register(activities)).encode()
        quads = syntax.parse(text, syntax.Syntax.NQUADS)
        self.store.load((s, p, o, name) for s, p, o, name in quads)
        self.store.write(entry.split(_same()))

    def select(self, text: str) -> Table:
        """Answer a query."""
        return self.store.select(text)


def _same() -> Graph:
    """Make activities with a transfer to one country, under the decision for it."""
    made = Graph()
    for number in range(SAME):
        one = URIRef(f"{synthetic.BASE}activities/firm-0/same-{number}")
        part = URIRef(f"{one}#transfer")
        for triple in (
            (one, RDF.type, DPV.PersonalDataProcess),
            (one, DCT.isPartOf, RECORD),
            (one, DCT.title, Literal(f"Same {number}", lang="en")),
            (one, DPV.hasProcessing, part),
            (part, RDF.type, DPV.CrossBorderTransfer),
            (part, DPV.hasThirdCountry, LOC.GB),
            (part, DPV.hasLegalBasis, GDPR["A45-3"]),
            (part, ROPA.decision, LAW["gb-2021-1772"]),
        ):
            made.add(triple)
    return made


def main(*sizes: int) -> None:
    """Measure both for each size; the first size is the yardstick of the others."""
    first = 0.0
    for size in sizes:
        made = Made(size)
        same = partial(impact.weigh, made, "gb-2021-1772", as_of=AS_OF)
        found = same()
        assert len(found.of_kind(ROPA.LosesFooting)) == SAME
        took = seconds(same, 7)
        first = first or took
        say(f"{SAME} transfers in {size}", took, {"the first size": first})
        for name in ("dpf", "scc-2021-914"):
            more = partial(impact.weigh, made, name, as_of=AS_OF)
            count = len(more().affected)
            say(f"{name}: {count} transfers in {size}", seconds(more, 3), {})


if __name__ == "__main__":
    main(*([int(text) for text in sys.argv[1:]] or [1000, 10_000]))
