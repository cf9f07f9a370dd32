"""What points at a thing: counted by property, so that nothing ends in a dead end."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import Literal, URIRef

from webui.current import the_register
from webui.naming import Name, href, names
from webui.things import Value

MAX_SHOWN = 50
# What is said about a thing, or where it stands, is no use of it.
_NO_USE = "rdf:type skos:broader ropa:about ropa:value"


@dataclass(frozen=True)
class Inverse:
    """Things that point at one thing by one property."""

    name: Name
    total: int
    values: list[Value]


def used_by(thing: URIRef) -> list[Inverse]:
    """List what points at a thing, by property, with true counts.

    Parts of the thing itself are left out; of many users the first are named.
    """
    hidden = ", ".join(_NO_USE.split())
    return _by_way(
        f"?user ?way {thing.n3()} FILTER(?way NOT IN ({hidden})) "
        f"FILTER(!STRSTARTS(STR(?user), {Literal(f'{thing}#').n3()}))"
    )


def narrower(thing: URIRef) -> list[Inverse]:
    """List what is a case of a thing, by property, with true counts."""
    return _by_way(f"VALUES ?way {{ rdf:type skos:broader }} ?user ?way {thing.n3()}")


def _by_way(pattern: str) -> list[Inverse]:
    counted = the_register().select(
        "SELECT ?way (COUNT(DISTINCT ?user) AS ?total) "
        f"WHERE {{ {pattern} }} GROUP BY ?way ORDER BY ?way"
    )
    found = []
    for way, total in counted.rows:
        if not isinstance(way, URIRef):
            continue
        users = [
            user
            for (user,) in the_register()
            .select(
                f"SELECT DISTINCT ?user WHERE {{ {pattern} FILTER(?way = {way.n3()}) }}"
                f" ORDER BY ?user LIMIT {MAX_SHOWN}"
            )
            .rows
            if isinstance(user, URIRef)
        ]
        names().prefetch([way, *users])
        values = [Value(names().name(user), user, href=href(user)) for user in users]
        found.append(Inverse(names().name(way), int(str(total)), values))
    return found
