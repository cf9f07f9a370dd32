"""Whether what was made for one day still holds on another: findings, conclusions.

The law moves on the days that its rows name. What was made on a day stays true until
the next of them, so nothing is made again before it must.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from rdflib.term import URIRef

from ropa import syntax
from ropa.store.base import Table

Select = Callable[[str], Table]

LAW_DAYS = """
SELECT DISTINCT ?day WHERE {
  { ?d ropa:validFrom ?day } UNION { ?d ropa:invalidatedOn ?day }
  UNION { ?d ropa:endsOn ?day } UNION { ?d ropa:reviewedOn ?day }
  UNION { ?d ropa:noNewFrom ?day }
}
"""


# Where fewer are asked about, only these are looked up.
_FEW = 1000


def about(query: str, entries: Collection[URIRef]) -> str:
    """Write a query on ``?entry`` for some entries, if these are few."""
    if len(entries) > _FEW:
        return query
    spelled = " ".join(map(syntax.n3, entries))
    return query.replace("{", f"{{ VALUES ?entry {{ {spelled} }}", 1)


def stale(
    entries: Iterable[URIRef],
    made: Mapping[str, tuple[str, str]],
    *,
    select: Select,
    digest: str,
    today: date,
    days: Iterable[date] = (),
) -> list[URIRef]:
    """Find the entries for which something has to be made again.

    Args:
        entries: those that matter.
        made: by entry the day it was made for, and the digest of what it was made by.
        select: answers a query about the register.
        digest: what it would be made by now.
        today: the day it is needed for.
        days: further days on which judgements change.
    """
    moving = {str(day) for (day,) in select(LAW_DAYS).rows}
    moving |= {day.isoformat() for day in days}

    def is_fresh(iri: URIRef) -> bool:
        day, by = made.get(str(iri), ("", ""))
        low, high = sorted((day, today.isoformat()))
        # A law day changes judgements from itself on, or from the day after it.
        moved = low != high and any(low <= d <= high for d in moving)
        return by == digest and not moved

    return [iri for iri in entries if not is_fresh(iri)]
