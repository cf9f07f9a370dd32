"""The surroundings of an entry: the little of the register that a check must see.

The company and its record, the organisations named, the terms used with what stands
above them, and the law relied on. An activity is judged by these and no more, so a
check costs the same in a large register as in a small one.

Source: SHACL section 1.5 (data graph); measured in the benchmark of the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rdflib import Graph
from rdflib.term import Node, URIRef

from ropa import entry, syntax
from ropa.terms import DCT, DPV, LAW, OWL, RDF, RDFS, ROPA, SKOS

if TYPE_CHECKING:
    from ropa.vocabulary import Vocabulary

# The day of the check stands in the data under this name, where rules can read it.
CONTEXT = URIRef("urn:x-ropa:context")

_ADDRESSES = ("http:", "https:", "urn:")

Fetch = Callable[[URIRef], Graph]

# Of a term, a rule needs neither its definition nor the logic around it. Subclass
# statements would make every person and officer an instance of a legal entity.
_LEFT_OUT = frozenset(
    (
        *(SKOS[name] for name in ("definition", "scopeNote", "inScheme", "altLabel")),
        *(RDFS[name] for name in ("subClassOf", "subPropertyOf", "isDefinedBy")),
        *(OWL[name] for name in ("disjointWith", "differentFrom", "inverseOf")),
        DCT.source,
    )
)

# Of a criterion or kind of processing that terms point to: what else decides it.
_SAID_OF_SIGNALLED = frozenset(
    (
        RDF.type,
        *(ROPA[name] for name in ("notIndicatedBy", "jurisdiction", "staffBelow")),
        *(ROPA[name] for name in ("withCriterion", "withoutCriterion")),
    )
)


def context(
    data: Graph, vocabulary: Vocabulary, fetch: Fetch, elsewhere: Iterable[Any] = ()
) -> Graph:
    """Collect what must be known to judge entries.

    Args:
        data: the entries.
        vocabulary: terms and law.
        fetch: gives the stated graph of a document, empty where there is none.
        elsewhere: triples on what other entries say (see `ropa.mentions`).

    Returns:
        A new graph: the documents that the entries refer to, and the terms that both
        use, each with what is broader and, for a decision, what it covers, for a
        country its memberships, its ages and the decisions about it, for any term the
        criteria that it points to.
    """
    stated = list(data.triples((None, None, None)))
    own = {entry.document(s) for s in {s for s, _, _ in stated}}
    others = [
        triple
        for name in sorted(_documents(stated) - own)
        if not vocabulary.is_known(name) and not _is_term(name, vocabulary)
        for triple in fetch(name)
    ]
    found = syntax.collected(others)
    pending = _terms(stated) | _terms(others)
    named = frozenset(pending)
    for triple in elsewhere:
        found.add(triple)
        pending.update(term for term in triple[1:] if isinstance(term, URIRef))
    # Up to which day the law can be judged stands beside the day of the check.
    for way, value in vocabulary.said(LAW[""]):
        if way == ROPA.reviewedOn:
            found.add((CONTEXT, way, value))
    seen: set[URIRef] = set()
    while pending:
        term = pending.pop()
        if term in seen:
            continue
        seen.add(term)
        for property_, value in vocabulary.said(term):
            if property_ in _LEFT_OUT:
                continue
            found.add((term, property_, value))
            if isinstance(value, URIRef) and property_ != RDF.type:
                pending.add(value)
        _add_signalled(found, term, vocabulary)
        # Whether a country is inside or covered by a decision, and from what age people
        # consent there, is said by rows of law that name it; of countries that only
        # those rows name nothing must be known.
        if term in named:
            pending.update(vocabulary.law_about(term))
    return found


def _add_signalled(found: Graph, term: URIRef, vocabulary: Vocabulary) -> None:
    """Add the criteria and kinds of processing that a term points to."""
    for one in vocabulary.signalled(term):
        found.add((one, ROPA.indicatedBy, term))
        for property_, value in vocabulary.said(one):
            if property_ in _SAID_OF_SIGNALLED:
                found.add((one, property_, value))


def _terms(triples: Iterable[Any]) -> set[URIRef]:
    values = {term for _, p, o in triples for term in (p, o)}
    return {term for term in values if isinstance(term, URIRef)}


def _documents(triples: Iterable[Any]) -> set[URIRef]:
    named = {o for _, _, o in triples if isinstance(o, URIRef)}
    return {entry.document(o) for o in named if str(o).startswith(_ADDRESSES)}


def _is_term(name: URIRef, vocabulary: Vocabulary) -> bool:
    """Tell whether a document is a namespace of the vocabulary and no entry."""
    return vocabulary.is_known(URIRef(f"{name}#")) or name in _namespaces()


def _namespaces() -> frozenset[URIRef]:
    from ropa.terms import CLOSED

    return frozenset(URIRef(str(space).rstrip("#/")) for space in CLOSED)


def profiles(graph: Graph, documents: Iterable[URIRef]) -> dict[URIRef, URIRef]:
    """Find the profile of the record that each entry belongs to.

    Returns:
        Profile by entry; without those that belong to no known record, such as
        shared organisations.
    """
    found = {}
    for name in documents:
        records = _records(graph, name)
        stated = {p for record in records for p in graph.objects(record, ROPA.profile)}
        # Two profiles at once are a structural fault; the stricter one is applied.
        if ROPA.Register in stated:
            found[name] = ROPA.Register
        elif ROPA.Notice in stated:
            found[name] = ROPA.Notice
    return found


def countries(graph: Graph, documents: Iterable[URIRef]) -> dict[URIRef, set[Node]]:
    """Find where the company is established whose record each entry belongs to."""
    return {
        name: {
            country
            for record in _records(graph, name)
            for company in graph.objects(record, DCT.publisher)
            for country in graph.objects(company, DPV.hasCountry)
        }
        for name in documents
    }


def _records(graph: Graph, name: URIRef) -> set[Node]:
    """List the records that an activity, a company or a source document belongs to."""
    companies = {name, *graph.objects(name, DCT.publisher)}
    return set(graph.objects(name, DCT.isPartOf)).union(
        *(graph.subjects(DCT.publisher, company) for company in companies)
    )
