"""What the register says elsewhere of the organisations that an entry names.

A rule may ask whether other entries put the same vendor in another country, or another
company under the same registration number. No entry is read for that: each name is
looked up by itself, and of each only so many mentions are looked at, so that the cost
does not grow with the register.

What is found stands in the context of a check, as plain statements about nodes of the
context's own (``ropa:Mention``), which no entry can state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, syntax
from ropa.store.base import Table
from ropa.surroundings import CONTEXT
from ropa.terms import DPV, PREFIXES, RDF, ROPA

Select = Callable[[str], Table]

MOST_MENTIONS = 100
"""Recipients, and likewise transfers, that are looked at for one organisation."""

MOST_ORGANISATIONS = 5000
"""Organisations that are looked up for one check; those of the entries come along."""

MOST_NAMESAKES = 5
"""Organisations that are looked at for one name or registration number."""

# How many look-ups are sent in one query.
_TOGETHER = 20

# What two organisations may have in common, and how a mention says so.
_IDENTIFIERS = {
    ROPA.registrationNumber: ROPA.mentionedNumber,
    DPV.hasName: ROPA.mentionedName,
}

# Two of the entries that say the same are kept: one of them is always another's.
_MENTIONS = """
SELECT ?who ?as ?country ?tool (MIN(?entry) AS ?first) (MAX(?entry) AS ?last) WHERE {{
{lookups}
  OPTIONAL {{ ?part dpv:hasCountry|dpv:hasThirdCountry ?country }}
  OPTIONAL {{ ?part dpv:hasLegalBasis ?tool }}
  BIND(STRBEFORE(STR(?part), "#") AS ?entry)
}} GROUP BY ?who ?as ?country ?tool
"""
_RECIPIENTS = """  {{
    SELECT ({who} AS ?who) (dpv:Recipient AS ?as) ?part WHERE {{
    ?part ropa:organisation {who} .
    FILTER EXISTS {{ ?thing dpv:hasRecipient ?part }}
  }} LIMIT {most} }}"""
_TRANSFERS = """  {{
    SELECT ({who} AS ?who) (dpv:CrossBorderTransfer AS ?as) ?part WHERE {{
    {{ ?part dpv:hasDataImporter {who} }} UNION
    {{ ?importer ropa:organisation {who} . ?part dpv:hasDataImporter ?importer }}
  }} LIMIT {most} }}"""
_NAMESAKES = """  {{ SELECT ?other ({way} AS ?way) ({value} AS ?value) WHERE {{
    ?other {way} {value} .
    FILTER(!CONTAINS(STR(?other), "#"))
  }} LIMIT {most} }}"""
_NAMING = """  {{
{lookup}
    BIND(?part AS ?other)
  }}"""
_NAMES = """
SELECT ?entry ?way ?name WHERE {{
  VALUES ?entry {{ {entries} }}
  VALUES ?way {{ dct:title dpv:hasName }}
  ?entry ?way ?name .
}}
"""


class Mention(NamedTuple):
    """One way in which an organisation is mentioned.

    Attributes:
        who: the organisation.
        role: ``dpv:Recipient`` or ``dpv:CrossBorderTransfer``.
        country: where that recipient is, or where the data go.
        tool: what the transfer rests on.
    """

    who: URIRef
    role: URIRef
    country: Node | None
    tool: Node | None


def gather(data: Graph, select: Select) -> Graph:
    """Collect what other entries say of the organisations that entries name.

    Args:
        data: the entries that are checked; they stand in for what the register has
            of them.
        select: answers a query about the register; the project's prefixes are known.

    Returns:
        A new graph: one ``ropa:Mention`` for each way in which an organisation is
        mentioned, one for each organisation of the same name or number, and the
        names of the entries that these are from.
    """
    entries = {entry.document(s) for s in data.subjects(unique=True)}
    said = {
        mention: where - entries
        for mention, where in _elsewhere(_named(data, entries), select).items()
    }
    if len(entries) > 1:
        for mention, where in stated(data).items():
            said.setdefault(mention, set()).update(where)
    found = Graph(store="SimpleMemory", bind_namespaces="none")
    nodes = _nodes()
    for mention, where in sorted(said.items(), key=lambda one: _order(one[0])):
        if where:
            node = next(nodes)
            _add_mention(found, node, mention)
            # As with what was looked up: two are enough.
            for iri in {min(where), max(where)}:
                found.add((node, ROPA.mentionedIn, iri))
    for way, value, other in sorted(_namesakes(data, entries, select)):
        node = next(nodes)
        found.add((node, RDF.type, ROPA.Mention))
        found.add((node, ROPA.mentionOf, other))
        found.add((node, _IDENTIFIERS[way], value))
    _name(found, entries, select)
    return found


def concerning(found: Graph, data: Graph) -> Graph:
    """Give the part of what was gathered that concerns some of the entries.

    Args:
        found: what was gathered for all of them.
        data: those entries.
    """
    named = _named(data, {entry.document(s) for s in data.subjects(unique=True)})
    shared = {(_IDENTIFIERS[way], value) for way, value in _identifiers(data)}
    part = Graph(store="SimpleMemory", bind_namespaces="none")
    for node, who in found.subject_objects(ROPA.mentionOf):
        said = list(found.predicate_objects(node))
        if who in named or not shared.isdisjoint(said):
            for way, value in said:
                part.add((node, way, value))
                if way in (ROPA.mentionedIn, ROPA.mentionOf):
                    for triple in found.triples((value, None, None)):
                        part.add(triple)
    return part


def affected(before: Graph, after: Graph, select: Select) -> set[URIRef]:
    """Find the entries that are told something else once an entry has changed.

    Args:
        before: entries as the register has them.
        after: the same entries as they will be.
        select: answers a query about the register; the project's prefixes are known.

    Returns:
        Other entries that mention an organisation of which these now say something
        else, or that have an identifier in common with them; as many of each
        organisation as are looked at in a check.
    """
    moved = set(stated(before)) ^ set(stated(after))
    lookups = [
        _NAMING.format(lookup=text.format(who=syntax.n3(who), most=MOST_MENTIONS))
        for who in sorted({mention.who for mention in moved})
        for text in (_RECIPIENTS, _TRANSFERS)
    ]
    lookups += [
        _NAMESAKES.format(way=f"<{way}>", value=syntax.n3(value), most=MOST_NAMESAKES)
        for way, value in sorted(_identifiers(before) ^ _identifiers(after))
    ]
    found: set[URIRef] = set()
    for some in _pieces(lookups[:MOST_ORGANISATIONS]):
        query = f"SELECT DISTINCT ?other WHERE {{\n{' UNION '.join(some)}\n}}"
        found.update(
            entry.document(row[0]) for row in select(_PROLOGUE + query).rows if row[0]
        )
    own = {entry.document(s) for graph in (before, after) for s in graph.subjects()}
    return found - own


def _identifiers(data: Graph) -> set[tuple[URIRef, Literal]]:
    return {
        (way, value)
        for way in _IDENTIFIERS
        for subject, value in data.subject_objects(way)
        if isinstance(value, Literal) and "#" not in str(subject)
    }


def stated(data: Graph) -> dict[Mention, set[URIRef]]:
    """List the ways in which entries mention organisations, each with its entries."""
    parts: set[tuple[URIRef, URIRef, Node, URIRef]] = set()
    for part, who in data.subject_objects(ROPA.organisation):
        if isinstance(who, URIRef) and (None, DPV.hasRecipient, part) in data:
            parts.add((who, DPV.Recipient, part, DPV.hasCountry))
    for part, importer in data.subject_objects(DPV.hasDataImporter):
        for who in (importer, *data.objects(importer, ROPA.organisation)):
            if isinstance(who, URIRef):
                parts.add((who, DPV.CrossBorderTransfer, part, DPV.hasThirdCountry))
    found: dict[Mention, set[URIRef]] = {}
    for who, role, part, way in parts:
        for country in _each(data, part, way):
            for tool in _each(data, part, DPV.hasLegalBasis):
                mention = Mention(who, role, country, tool)
                found.setdefault(mention, set()).add(entry.document(part))
    return found


def _each(data: Graph, part: Node, way: URIRef) -> list[Node | None]:
    """Give the values of a property, or one None where there are none."""
    return [*data.objects(part, way)] or [None]


def _elsewhere(
    organisations: Collection[URIRef], select: Select
) -> dict[Mention, set[URIRef]]:
    """Look up how the register mentions organisations, with two entries at most."""
    lookups = [
        text.format(who=syntax.n3(who), most=MOST_MENTIONS)
        for who in sorted(organisations)[:MOST_ORGANISATIONS]
        for text in (_RECIPIENTS, _TRANSFERS)
    ]
    found: dict[Mention, set[URIRef]] = {}
    for some in _pieces(lookups):
        query = _MENTIONS.format(lookups="\n  UNION\n".join(some))
        for who, role, country, tool, *entries in select(_PROLOGUE + query).rows:
            mention = Mention(URIRef(str(who)), URIRef(str(role)), country, tool)
            said = {URIRef(str(name)) for name in entries if name}
            found.setdefault(mention, set()).update(said)
    return found


def _named(data: Graph, entries: Collection[URIRef]) -> set[URIRef]:
    """List the organisations that entries name; parts of their own are none."""
    named = {
        who
        for way in (ROPA.organisation, DPV.hasDataImporter)
        for who in data.objects(None, way)
        if isinstance(who, URIRef)
    }
    return {w for w in named if "#" not in w or entry.document(w) not in entries}


def _namesakes(
    data: Graph, entries: Collection[URIRef], select: Select
) -> set[tuple[URIRef, Literal, URIRef]]:
    """Find companies and organisations that have a name or number in common."""
    bearers: dict[tuple[URIRef, Literal], set[URIRef]] = {}
    for way in _IDENTIFIERS:
        for iri, value in data.subject_objects(way):
            if (
                iri in entries
                and isinstance(iri, URIRef)
                and isinstance(value, Literal)
            ):
                bearers.setdefault((way, value), set()).add(iri)
    lookups = [
        _NAMESAKES.format(way=f"<{way}>", value=syntax.n3(value), most=MOST_NAMESAKES)
        for way, value in sorted(bearers)[:MOST_ORGANISATIONS]
    ]
    for some in _pieces(lookups):
        query = f"SELECT ?other ?way ?value WHERE {{\n{'  UNION'.join(some)}\n}}"
        for other, by, what in select(_PROLOGUE + query).rows:
            if other not in entries and isinstance(what, Literal):
                key = (URIRef(str(by)), what)
                bearers.setdefault(key, set()).add(URIRef(str(other)))
    return {
        (way, value, other)
        for (way, value), several in bearers.items()
        if len(several) > 1
        for other in sorted(several)[: MOST_NAMESAKES + 1]
    }


def _add_mention(graph: Graph, node: URIRef, mention: Mention) -> None:
    graph.add((node, RDF.type, ROPA.Mention))
    graph.add((node, ROPA.mentionOf, mention.who))
    graph.add((node, ROPA.mentionedAs, mention.role))
    if mention.country is not None:
        graph.add((node, ROPA.mentionedCountry, mention.country))
    if mention.tool is not None:
        graph.add((node, ROPA.mentionedTool, mention.tool))


def _name(found: Graph, entries: Collection[URIRef], select: Select) -> None:
    """Add what the entries are called that are named; those checked say it."""
    named = {
        iri
        for way in (ROPA.mentionedIn, ROPA.mentionOf)
        for iri in found.objects(None, way)
        if isinstance(iri, URIRef) and "#" not in iri and iri not in entries
    }
    for some in _pieces([syntax.n3(iri) for iri in sorted(named)]):
        query = _NAMES.format(entries=" ".join(some))
        for iri, *said in select(_PROLOGUE + query).rows:
            way, name = (term for term in said if term is not None)
            found.add((URIRef(str(iri)), URIRef(str(way)), name))


def _nodes() -> Iterator[URIRef]:
    number = 0
    while True:
        number += 1
        yield URIRef(f"{CONTEXT}#mention-{number}")


def _order(mention: Mention) -> tuple[str, ...]:
    return tuple(str(part) for part in mention)


def _pieces(lookups: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(lookups), _TOGETHER):
        yield lookups[start : start + _TOGETHER]


_PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
