"""Reasons: why what was inferred for an entry follows, down to the passages read.

The same steps run on an open register and through a running server.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from rdflib import Graph
from rdflib.term import URIRef

from ropa.errors import NotSupported
from ropa.store.base import Table
from ropa.why import Reasons

MOST = 200
"""Statements that are explained at once."""


class Reads(Protocol):
    """Whatever answers our queries and gives entries: a register, or a server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry."""


def why(
    reads: Reads,
    iri: URIRef,
    *,
    lang: str = "en",
    as_of: date | None = None,
    most: int = MOST,
) -> Reasons:
    """Say of what follows from an entry why it does.

    Args:
        reads: an open register, or a running server.
        iri: an entry; a part of one (what follows for that part alone); or the claim
            of one inferred statement (that one alone).
        lang: language of the words.
        as_of: day whose law is applied; today if not said.
        most: most statements to explain.

    Raises:
        NotFound: there is no such entry.
        LimitReached: it took too long or too much memory.
    """
    raise NotSupported("Reasons cannot be given yet.")
