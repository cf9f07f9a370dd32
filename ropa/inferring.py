"""Infer what follows from entries, and find what has to be inferred again.

The text of an entry may come from a stranger, so conclusions are drawn in a bounded
child process; plain triples go in and come out. An entry is seen with its surroundings
only (its company with the record, the organisations named), so that the cost does not
grow with the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import bounded, entry, inference, portions, staleness, syntax
from ropa.bounded import Limits
from ropa.inference import tracing
from ropa.inference.tracing import Step
from ropa.terms import DCT, DPCAT, DPV, OA, PREFIXES, RDF, ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store, Table
    from ropa.vocabulary import Vocabulary

Triple = tuple[Any, Any, Any]

# For one portion; a single entry takes a fraction of a second.
INFER_LIMITS = Limits(seconds=60)
# Some hundred entries: few enough to be shared out and to end in time on a busy
# machine, many enough to be quick.
PORTION_STATEMENTS = 5_000
# Documents that are looked up in one query.
_TOGETHER = 200

# Of a claim, what a conclusion may hang on; the passage is no part of that.
_OF_CLAIM = frozenset(
    (RDF.type, *(ROPA[name] for name in ("about", "field", "value", "state")))
)
_PASSAGES = frozenset((OA.SpecificResource, OA.TextPositionSelector))

# A document, its parts, and the record that it publishes with the parts of that; what
# a claim says is not there. Subjects come first, so that each look-up is by index.
_AROUND = """
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ VALUES ?s {{ {documents} }} ?s ?p ?o }}
  UNION
  {{
    VALUES ?d {{ {documents} }} ?d ?own ?s .
    FILTER(STRSTARTS(STR(?s), CONCAT(STR(?d), "#")))
    ?s ?p ?o .
  }}
  UNION
  {{ VALUES ?d {{ {documents} }} ?s dct:publisher ?d ; a dpcat:ROPA ; ?p ?o }}
  UNION
  {{
    VALUES ?d {{ {documents} }} ?record dct:publisher ?d ; a dpcat:ROPA ; ?field ?s .
    FILTER(STRSTARTS(STR(?s), CONCAT(STR(?d), "#")))
    ?s ?p ?o .
  }}
  UNION
  {{
    VALUES ?d {{ {documents} }} ?record dct:publisher ?d ; a dpcat:ROPA .
    ?s ropa:about ?record ; ropa:state ?none .
    FILTER(?none IN (ropa:Denied, ropa:NotApplicable))
    ?s ?p ?o .
  }}
}}
"""

# The transfers that the activities of a record state: what the record names in passing
# need not be asked about where one of them says it.
_TRANSFERS = """
SELECT ?record ?activity ?transfer ?way ?value WHERE {{
  VALUES ?record {{ {records} }}
  ?activity dct:isPartOf ?record ; dpv:hasProcessing ?transfer .
  ?transfer a dpv:CrossBorderTransfer .
  VALUES ?way {{ rdf:type dpv:hasThirdCountry dpv:hasDataImporter dpv:hasRecipient }}
  ?transfer ?way ?value .
}}
"""

MADE = """
SELECT ?entry ?day ?digest WHERE {
  GRAPH ?g { ?inference a ropa:Inference ; ropa:inferredFrom ?entry ;
                        ropa:asOf ?day ; ropa:inferenceDigest ?digest . }
}
"""

# Who names an organisation, or anything else that is no entry of a company.
NAMING = """
SELECT DISTINCT ?s WHERE {{ VALUES ?o {{ {documents} }} ?s ?p ?o . }}
"""


class Reads(Protocol):
    """Whatever answers our queries: a store, an open register, a running server."""

    def select(self, text: str) -> Table:
        """Run a query of our own."""


def infer(
    store: Store,
    vocabulary: Vocabulary,
    entries: Mapping[URIRef, Graph],
    *,
    as_of: date,
    most: int = PORTION_STATEMENTS,
    at_once: int | None = None,
    told: portions.Told | None = None,
) -> dict[URIRef, Graph]:
    """Give what follows from entries as they would stand in the register.

    Args:
        store: gives the surroundings.
        vocabulary: terms and law, of which nothing has to be looked up.
        entries: one graph for each entry; they stand in for what the store has.
        as_of: the day whose law is applied.
        most: statements that are looked at together; an entry is never parted.
        at_once: portions that are looked at at once; see `ropa.portions.through`.
        told: is told, portion by portion, how many entries were seen to.

    Returns:
        By entry the graph to be kept beside it (`entry.inferred_graph`); it has a head
        even where nothing follows.

    Raises:
        LimitReached: one entry took too long or too much memory.
    """

    def follow(portion: Mapping[URIRef, list[Triple]]) -> dict[URIRef, Graph]:
        data = [triple for triples in portion.values() for triple in triples]
        around = _around(store, vocabulary, data, entries, portion)
        body = _body(data, around)
        header = {
            "as_of": as_of.isoformat(),
            "entries": [*portion],
            "digest": inference.digest(),
        }
        _, answer = bounded.call(
            "ropa.inference:run", header, body, limits=INFER_LIMITS, is_plain=True
        )
        found = {name: Graph(store="SimpleMemory") for name in portion}
        for s, p, o, graph in syntax.parse(answer, syntax.Syntax.NQUADS):
            found[URIRef(str(graph).removesuffix("/inferred"))].add((s, p, o))
        return found

    shared = list(_portions(entries, most))
    return {
        name: graph
        for found in portions.through(follow, shared, at_once=at_once, told=told)
        for name, graph in found.items()
    }


class Traced(NamedTuple):
    """How what follows from an entry does.

    Attributes:
        wanted: the inferred statements that were asked for, as many as were traced.
        total: how many were asked for.
        steps: by statement how it follows; of reasons that follow themselves as well.
        stated: what is stated in the entry, and a conclusion may hang on.
        around: the same of its surroundings.
    """

    wanted: list[Triple]
    total: int
    steps: Mapping[Triple, Step]
    stated: frozenset[Triple]
    around: frozenset[Triple]


def trace(
    store: Reads,
    vocabulary: Vocabulary,
    name: URIRef,
    graph: Graph,
    *,
    as_of: date,
    most: int,
    about: URIRef | None = None,
) -> Traced:
    """Trace what follows from an entry back to what it follows from.

    Args:
        store: gives the surroundings.
        vocabulary: terms and law, of which nothing has to be looked up.
        name: the entry.
        graph: what is stated in it.
        as_of: the day whose law is applied.
        most: most statements to trace back.
        about: a part of the entry, or the claim of one inferred statement.

    Raises:
        LimitReached: it took too long or too much memory.
    """
    data = list(_telling(graph))
    around = _around(store, vocabulary, data, {name: graph}, {name: data})
    header = {
        "as_of": as_of.isoformat(),
        "entry": name,
        "about": about,
        "most": most,
    }
    answer, _ = bounded.call(
        "ropa.inference:reasons", header, _body(data, around), limits=INFER_LIMITS
    )
    steps = map(tracing.read_step, answer["steps"])
    return Traced(
        wanted=[tracing.read(one) for one in answer["wanted"]],
        total=answer["total"],
        steps={step.triple: step for step in steps},
        stated=frozenset(data),
        around=frozenset(around),
    )


def _body(data: Iterable[Triple], around: Iterable[Triple]) -> bytes:
    return "\x00".join(
        "\n".join(syntax.line(*triple) for triple in triples)
        for triples in (data, around)
    ).encode()


def graphs(inferred: Mapping[URIRef, Graph]) -> dict[URIRef, Graph | None]:
    """Give what was inferred by the names of the graphs that keep it."""
    return {entry.inferred_graph(name): graph for name, graph in inferred.items()}


def stale(store: Store, entries: Iterable[URIRef], today: date) -> list[URIRef]:
    """Find the entries from which something else may follow by now, or ever.

    What an entry rests on changed where its inferred graph was taken away.
    """
    names = list(entries)
    rows = store.select(staleness.about(MADE, names)).rows
    made = {str(name): (str(day), str(by)) for name, day, by in rows}
    return staleness.stale(
        names, made, select=store.select, digest=inference.digest(), today=today
    )


def unsettled(
    store: Store, before: Mapping[URIRef, Graph], after: Mapping[URIRef, Graph]
) -> set[URIRef]:
    """Find entries from which something else may follow once others have changed.

    These are those that name a changed entry, and the company of an activity that now
    states other transfers.

    Args:
        store: the register as it was.
        before: the changed entries as they were.
        after: the same as they will be; without those that are taken out.
    """
    changed = " ".join(sorted(syntax.n3(name) for name in before))
    rows = store.select(NAMING.format(documents=changed)).rows if changed else []
    found = {entry.document(URIRef(str(s))) for (s,) in rows}
    for name, old in before.items():
        new = after.get(name, Graph())
        if transfers(old) != transfers(new):
            for graph in (old, new):
                records = graph.objects(name, DCT.isPartOf)
                found |= {entry.document(record) for record in records}
    return found


def _portions(
    entries: Mapping[URIRef, Graph], most: int
) -> Iterator[dict[URIRef, list[Triple]]]:
    """Share entries out; those of one company stay side by side."""

    def home(name: URIRef) -> tuple[str, str]:
        record = entries[name].value(name, DCT.isPartOf)
        return str(entry.document(record) if record else name), str(name)

    portion: dict[URIRef, list[Triple]] = {}
    size = 0
    for name in sorted(entries, key=home):
        triples = list(_telling(entries[name]))
        if portion and size + len(triples) > most:
            yield portion
            portion, size = {}, 0
        portion[name] = triples
        size += len(triples)
    if portion:
        yield portion


def _telling(graph: Graph) -> Iterator[Triple]:
    """Leave out what no conclusion hangs on: passages, and most of a claim."""
    claims = set(graph.subjects(RDF.type, ROPA.Claim))
    left_out = {s for kind in _PASSAGES for s in graph.subjects(RDF.type, kind)}
    for s, p, o in graph:
        if s not in left_out and (p in _OF_CLAIM or s not in claims):
            yield s, p, o


def _around(
    store: Reads,
    vocabulary: Vocabulary,
    data: Iterable[Triple],
    entries: Mapping[URIRef, Graph],
    portion: Mapping[URIRef, object],
) -> list[Triple]:
    """Collect what entries refer to: companies, their records, organisations."""
    named = {
        entry.document(o)
        for _, p, o in data
        if isinstance(o, URIRef) and p != RDF.type and not vocabulary.is_governed(o)
    }
    found: list[Triple] = []
    missing = []
    for name in sorted(named):
        if name in portion or not _is_entry(name):
            continue
        if name in entries:
            found += _telling(entries[name])
        else:
            missing.append(name)
    for start in range(0, len(missing), _TOGETHER):
        documents = " ".join(syntax.n3(n) for n in missing[start : start + _TOGETHER])
        query = _PROLOGUE + _AROUND.format(documents=documents)
        found += [(s, p, o) for s, p, o in store.select(query).rows if _is_telling(p)]
    return found + _stated_transfers(store, data, entries, portion)


def _stated_transfers(
    store: Reads,
    data: Iterable[Triple],
    entries: Mapping[URIRef, Graph],
    portion: Mapping[URIRef, object],
) -> list[Triple]:
    """Collect the transfers that the activities of the records among entries state."""
    records = {s for s, p, o in data if p == RDF.type and o == DPCAT.ROPA}
    found: list[Triple] = []
    for name, graph in entries.items():
        if name not in portion and records & set(graph.objects(name, DCT.isPartOf)):
            found += transfers(graph)
    if not records:
        return found
    named = " ".join(sorted(syntax.n3(record) for record in records))
    query = _PROLOGUE + _TRANSFERS.format(records=named)
    for record, activity, transfer, way, value in store.select(query).rows:
        # Entries at hand stand in for what the store has.
        if entry.document(URIRef(str(activity))) not in entries:
            found += [
                (activity, DCT.isPartOf, record),
                (activity, DPV.hasProcessing, transfer),
                (transfer, way, value),
            ]
    return found


def transfers(graph: Graph) -> set[Triple]:
    """Give of an activity the transfers it states, and whose it is."""
    parts = set(graph.subjects(RDF.type, DPV.CrossBorderTransfer))
    stated: set[Triple] = {
        (s, DPV.hasProcessing, o)
        for s, o in graph.subject_objects(DPV.hasProcessing)
        if o in parts
    }
    holders = {s for s, _, _ in stated}
    for s, p, o in graph:
        if (s in parts and p in _OF_TRANSFER) or (s in holders and p == DCT.isPartOf):
            stated.add((s, p, o))
    return stated


def _is_entry(name: Node) -> bool:
    return str(name).startswith(("http:", "https:", "urn:"))


def _is_telling(way: object) -> bool:
    return way not in _NOT_TELLING


_OF_TRANSFER = frozenset(
    (
        RDF.type,
        *(DPV[n] for n in ("hasThirdCountry", "hasDataImporter", "hasRecipient")),
    )
)
_NOT_TELLING = frozenset(ROPA[name] for name in ("passage", "explicit", "level"))
_PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
