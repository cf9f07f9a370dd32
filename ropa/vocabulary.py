"""Words: labels, definitions and hierarchy of every term and row that we ship.

Source: ``ontology/*.ttl``, ``data/law/*.ttl`` and ``data/vendors.ttl``; SKOS reference,
sections 5, 7 and 8.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import assets, law, shipped, terms
from ropa.terms import DCT, DPV, OWL, RDF, RDFS, SKOS

FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True)
class Match:
    """A term found by its words."""

    iri: URIRef
    label: str
    score: float


class Vocabulary:
    """The words of a set of terms.

    Args:
        graph: statements about the terms, as a graph or as plain triples.
    """

    def __init__(self, graph: Iterable[tuple[Any, Any, Any]]) -> None:
        triples: Any = graph if isinstance(graph, Graph) else list(graph)
        self._triples = triples
        self._labels: dict[URIRef, dict[str, str]] = {}
        self._definitions: dict[URIRef, dict[str, str]] = {}
        self._broader: dict[URIRef, set[URIRef]] = {}
        # Earlier properties win: a preferred label before a title before a label.
        labels = [SKOS.prefLabel, DCT.title, RDFS.label]
        self._other_names: dict[URIRef, list[str]] = {}
        texts: dict[URIRef, list[tuple[Any, Literal]]] = {p: [] for p in labels}
        definition, broader = SKOS.definition, SKOS.broader
        # The company behind a trade name is looked for by its own name too.
        others = {SKOS.altLabel, DPV.hasName}
        for s, p, o in triples:
            if p in texts:
                texts[p].append((s, o))
            elif p == definition:
                self._definitions.setdefault(s, {})[o.language or ""] = str(o)
            elif p == broader:
                self._broader.setdefault(s, set()).add(o)
            elif p in others:
                self._other_names.setdefault(s, []).append(str(o))
        for property_ in labels:
            for s, text in texts[property_]:
                known = self._labels.setdefault(s, {})
                known.setdefault(text.language or "", str(text))
        self._subjects = frozenset(s for s, _, _ in triples)

    @cached_property
    def graph(self) -> Graph:
        """All statements; built at first use, not to be written to."""
        if isinstance(self._triples, Graph):
            return self._triples
        graph = Graph()
        graph.addN((s, p, o, graph) for s, p, o in self._triples)
        return graph

    def label(self, iri: URIRef, lang: str = FALLBACK_LANGUAGE) -> str:
        """Name a term in a language.

        Returns:
            The label in that language, else in English, else in any language; the
            short IRI of a term that has none.
        """
        return _pick(self._labels.get(iri), lang) or terms.curie(iri)

    def labels(self, iri: URIRef) -> dict[str, str]:
        """Give all labels of a term by language."""
        return dict(self._labels.get(iri, {}))

    def other_names(self, iri: URIRef) -> list[str]:
        """List what else a term is called in any language, as by abbreviations."""
        return self._other_names.get(iri, [])

    def definitions(self, iri: URIRef) -> dict[str, str]:
        """Give all definitions of a term by language."""
        return dict(self._definitions.get(iri, {}))

    def terms(self) -> Iterable[URIRef]:
        """Give every term that has a label."""
        return self._labels.keys()

    def said(self, iri: URIRef) -> list[tuple[URIRef, Node]]:
        """Give all that is said of a term, as property and value."""
        return self._by_subject.get(iri, [])

    @cached_property
    def _by_subject(self) -> dict[URIRef, list[tuple[URIRef, Node]]]:
        found: dict[URIRef, list[tuple[URIRef, Node]]] = {}
        for s, p, o in self._triples:
            found.setdefault(s, []).append((p, o))
        return found

    def naming(self, iri: URIRef) -> list[tuple[URIRef, URIRef]]:
        """Give the terms that name a term, each with the property that does."""
        return [
            (s, p) for s, p, o in self._triples if o == iri and isinstance(s, URIRef)
        ]

    def law_about(self, place: URIRef) -> list[URIRef]:
        """List what is law for a country: memberships, decisions, ages; sorted."""
        return self._law_about.get(place, [])

    @cached_property
    def _law_about(self) -> dict[URIRef, list[URIRef]]:
        found: dict[URIRef, list[URIRef]] = {}
        ways = (terms.ROPA.member, terms.ROPA.covers)
        aged = {s for s, p, _ in self._triples if p == terms.ROPA.age}
        rows = {(s, o) for s, p, o in self._triples if p in ways}
        for row in aged:
            rows |= {
                (row, o) for p, o in self.said(row) if p == terms.ROPA.jurisdiction
            }
        for row, place in sorted(rows):
            found.setdefault(place, []).append(row)
        return found

    def signalled(self, term: URIRef) -> list[URIRef]:
        """List the criteria and kinds that a term points to, sorted."""
        return self._signalled.get(term, [])

    @cached_property
    def _signalled(self) -> dict[URIRef, list[URIRef]]:
        found: dict[URIRef, list[URIRef]] = {}
        way = terms.ROPA.indicatedBy
        for one, sign in sorted((s, o) for s, p, o in self._triples if p == way):
            found.setdefault(sign, []).append(one)
        return found

    def above(self, iri: URIRef) -> list[URIRef]:
        """List what stands directly above a term, class or property, sorted."""
        return self._above.get(iri, [])

    def below(self, iri: URIRef) -> list[URIRef]:
        """List what stands directly below a term, class or property, sorted."""
        return self._below.get(iri, [])

    @cached_property
    def _above(self) -> dict[URIRef, list[URIRef]]:
        ways = {SKOS.broader, RDFS.subClassOf, RDFS.subPropertyOf}
        found: dict[URIRef, set[URIRef]] = {}
        for s, p, o in self._triples:
            # Expressions of the logic have no name that a person could read.
            named = isinstance(s, URIRef) and isinstance(o, URIRef)
            if p in ways and named and o != s:
                found.setdefault(s, set()).add(o)
        return {term: sorted(above) for term, above in found.items()}

    @cached_property
    def _below(self) -> dict[URIRef, list[URIRef]]:
        found: dict[URIRef, list[URIRef]] = {}
        for term, above in sorted(self._above.items()):
            for parent in above:
                found.setdefault(parent, []).append(term)
        return found

    def called(self, name: str) -> list[URIRef]:
        """List the terms that have exactly this name in some language.

        Returns:
            First those that bear it as their label, then those that are also called
            so, each sorted. The label of one term alone outdoes the other names of
            terms of other vocabularies, but that of a mere field does not.
        """
        wanted = folded(name)
        labelled = self._called.get(wanted, [])
        also = [one for one in self.also_called(wanted) if one not in labelled]
        if len(labelled) == 1 and labelled[0] not in self._properties:
            space = terms.namespace_of(labelled[0])
            also = [one for one in also if terms.namespace_of(one) == space]
        return labelled + also

    def also_called(self, name: str) -> list[URIRef]:
        """List the terms of which exactly this is another name, sorted."""
        return self._also_called.get(folded(name), [])

    @cached_property
    def _called(self) -> dict[str, list[URIRef]]:
        return _by_name(
            (iri, labels.values()) for iri, labels in sorted(self._labels.items())
        )

    @cached_property
    def _also_called(self) -> dict[str, list[URIRef]]:
        return _by_name(sorted(self._other_names.items()))

    @cached_property
    def _properties(self) -> frozenset[URIRef]:
        kinds = {OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
        return frozenset(s for s, p, o in self._triples if p == RDF.type and o in kinds)

    def definition(self, iri: URIRef, lang: str = FALLBACK_LANGUAGE) -> str | None:
        """Explain a term in a language, or the next best; None if nobody did."""
        return _pick(self._definitions.get(iri), lang)

    def broader(self, iri: URIRef) -> set[URIRef]:
        """Collect the term and everything above it (``skos:broader*``)."""
        found: set[URIRef] = set()
        pending = [iri]
        while pending:
            term = pending.pop()
            if term not in found:
                found.add(term)
                pending.extend(self._broader.get(term, ()))
        return found

    def narrower(self, iri: URIRef) -> set[URIRef]:
        """Collect the term and everything below it."""
        return {iri} | {term for term in self._broader if iri in self.broader(term)}

    def parents(self, iri: URIRef) -> list[URIRef]:
        """List what stands directly above a term, sorted."""
        return sorted(self._broader.get(iri, ()))

    def is_known(self, iri: URIRef) -> bool:
        """Tell whether a term of a governed namespace, or a row, exists.

        An IRI outside of our namespaces is not ours to know: it counts as unknown
        only where `is_governed` is true.
        """
        return iri in self._subjects

    def is_governed(self, iri: URIRef) -> bool:
        """Tell whether we decide if an IRI exists."""
        return terms.namespace_of(iri) is not None or terms.rows_of(iri) is not None

    def nearest(self, iri: URIRef, n: int = 3) -> list[URIRef]:
        """Find known terms that a misspelt one may have meant, best first.

        Terms of the same namespace are compared by their local names.
        """
        space = terms.namespace_of(iri) or terms.rows_of(iri) or terms.LAW
        start = str(space)
        names = [str(s)[len(start) :] for s in self._subjects if s.startswith(start)]
        wanted = str(iri)[len(start) :] if iri.startswith(start) else str(iri)
        close = difflib.get_close_matches(wanted, sorted(names), n=n, cutoff=0.5)
        return [URIRef(start + name) for name in close]

    @cached_property
    def _folded(self) -> list[tuple[URIRef, list[str], str]]:
        """Names of each term, and these with its definitions, as they are compared."""
        found = []
        for iri, labels in self._labels.items():
            said = [*labels.values(), *self.other_names(iri), terms.curie(iri)]
            names = [folded(name) for name in said]
            texts = self._definitions.get(iri, {}).values()
            found.append((iri, names, folded(" ".join([*names, *texts]))))
        return found

    def search(
        self, text: str, lang: str = FALLBACK_LANGUAGE, *, n: int = 20
    ) -> list[Match]:
        """Find terms of which a name or the definition holds all words of a text.

        Args:
            text: words in any case, with or without accents.
            lang: language of the labels given back; labels of all are searched.
            n: most terms to give.

        Returns:
            Best first: labels equal to the text, then other names that are, then
            names starting with it, then holding it, then definitions that do.
        """
        wanted = folded(text).split()
        if not wanted:
            return []
        phrase = " ".join(wanted)
        found = []
        for iri, names, whole in self._folded:
            score = max(_score(name, phrase, wanted) for name in names)
            if not score and all(word in whole for word in wanted):
                score = 0.2
            if score:
                found.append(Match(iri, self.label(iri, lang), score))
        also = {*self.also_called(phrase)} - {*self._called.get(phrase, ())}
        found.sort(key=lambda m: (-m.score, m.iri in also, len(m.label), m.iri))
        return found[:n]


def folded(text: str) -> str:
    """Give a text as it is compared: without case, accents and kinds of apostrophe.

    >>> folded("Intérêt  légitime de l'État")
    "interet legitime de l'etat"
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _by_name(
    named: Iterable[tuple[URIRef, Iterable[str]]],
) -> dict[str, list[URIRef]]:
    found: dict[str, list[URIRef]] = {}
    for iri, names in named:
        for name in {folded(one) for one in names}:
            found.setdefault(name, []).append(iri)
    return found


def _score(name: str, phrase: str, words: list[str]) -> float:
    if name == phrase:
        return 1.0
    if name.startswith(phrase):
        return 0.8
    if phrase in name:
        return 0.6
    return 0.4 if all(word in name for word in words) else 0.0


def _pick(texts: dict[str, str] | None, lang: str) -> str | None:
    if not texts:
        return None
    for wanted in (lang, lang.split("-", maxsplit=1)[0], FALLBACK_LANGUAGE, ""):
        if wanted in texts:
            return texts[wanted]
    return texts[min(texts)]


@cache
def load() -> Vocabulary:
    """Read all packaged files of ontology, law and vendors, once per process.

    Raises:
        InternalError: a file cannot be used; with file and line.
    """
    triples: list[tuple[Any, Any, Any]] = []
    for name in assets.names("ontology", ".ttl"):
        triples += shipped.triples("ontology", name)
    for name in law.files():
        triples += shipped.triples("data", name)
    return Vocabulary(triples)
