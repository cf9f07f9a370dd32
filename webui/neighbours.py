"""What points at a thing: counted by property, so that nothing ends in a dead end."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import URIRef

from webui.current import the_register
from webui.naming import Name, href, names
from webui.things import Value

MAX_SHOWN = 50


@dataclass(frozen=True)
class Inverse:
    """Things that point at one thing by one property."""

    name: Name
    total: int
    values: list[Value]


def used_by(thing: URIRef) -> list[Inverse]:
    """List what points at a thing, by property, with true counts.

    Parts of the thing itself are left out.
    """
    own = f"{thing}#"
    table = the_register().select(
        "SELECT ?way ?user WHERE { "
        f"?user ?way {thing.n3()} "
        "FILTER(?way NOT IN (rdf:type, skos:broader, ropa:about, ropa:value)) "
        "} ORDER BY ?way ?user"
    )
    return _by_way(
        [
            (way, user)
            for way, user in table.rows
            if isinstance(way, URIRef)
            and isinstance(user, URIRef)
            and not user.startswith(own)
        ]
    )


def narrower(thing: URIRef) -> list[Inverse]:
    """List what is a case of a term, by property, with true counts."""
    table = the_register().select(
        "SELECT ?way ?user WHERE { VALUES ?way { rdf:type skos:broader } "
        f"?user ?way {thing.n3()} }} ORDER BY ?way ?user"
    )
    return _by_way(
        [
            (way, user)
            for way, user in table.rows
            if isinstance(way, URIRef) and isinstance(user, URIRef)
        ]
    )


def _by_way(pairs: list[tuple[URIRef, URIRef]]) -> list[Inverse]:
    names().prefetch(node for pair in pairs for node in pair)
    users: dict[URIRef, list[URIRef]] = {}
    for way, user in pairs:
        users.setdefault(way, []).append(user)
    return [
        Inverse(
            names().name(way),
            len(all_of_them),
            [
                Value(names().name(user), user, href=href(user))
                for user in all_of_them[:MAX_SHOWN]
            ],
        )
        for way, all_of_them in users.items()
    ]
