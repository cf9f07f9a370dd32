"""Reasons: why what was inferred for an entry follows, down to the passages read.

The conclusions are drawn again in a bounded child process, which tells on what each
rests (`ropa.inferring.trace`); here the reasons are put into words, and each is led to
where it stands: to an entry with its claims and passages, to the law, the vocabulary.

The same steps run on an open register and through a running server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Protocol

from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    answers,
    entailments,
    entry,
    evidence,
    fields,
    inference,
    inferring,
    rules,
)
from ropa import vocabulary as words_of
from ropa.answers import Asked
from ropa.evidence import Claim, Document
from ropa.findings import Finding
from ropa.formats import cited
from ropa.inferring import Traced
from ropa.store.base import Table
from ropa.terms import DCT, DPCAT, DPV, RDF, ROPA, SH, SKOS, XSD, rows_of
from ropa.why import Place, Premise, Reasons, Why
from ropa.wording import name_of, truth

Triple = tuple[Any, Any, Any]
# By statement the key of the finding that asks about it, and the code of its rule.
Keys = Mapping[Triple, tuple[str, str]]

MOST = 200
"""Statements that are explained at once."""
MOST_PREMISES = 60
"""Premises that are told of one statement."""
_DEEPEST = 8
"""Steps from a statement down; what lies below has reasons at its own address."""
_BATCH = 200

_NAMING = (SKOS.prefLabel, DCT.title, DPV.hasName)
# What stands for a part without a name: what it is a case of, or who it is.
_STANDING_IN = (SKOS.broader, ROPA.organisation, ROPA.contactKind, RDF.type)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

# The frame of the sentences; all else comes from ontology and entailments.
_FRAME = {
    "kind": {
        "en": "{about} is of the kind “{kind}”: {definition}.",
        "fr": "{about} est de type «\u00a0{kind}\u00a0»\u00a0: {definition}.",
    },
    "bare": {
        "en": "{about} is of the kind “{kind}”.",
        "fr": "{about} est de type «\u00a0{kind}\u00a0».",
    },
    "listed": {
        "en": "{about} is one of those listed as “{kind}”: {definition}.",
        "fr": "{about} figure dans la liste «\u00a0{kind}\u00a0»\u00a0: {definition}.",
    },
    "quoted": {"en": "“{}”", "fr": "«\u00a0{}\u00a0»"},
}


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
    asked: Callable[[frozenset[str]], Keys] | None = None,
) -> Reasons:
    """Say of what follows from an entry why it does.

    Args:
        reads: an open register, or a running server.
        iri: an entry; a part of one (what follows for that part alone); or the claim
            of one inferred statement (that one alone).
        lang: language of the words.
        as_of: day whose law is applied; today if not said.
        most: most statements to explain.
        asked: gives, for the rules with these codes, the keys of the findings that
            ask the owner of the entry about an inferred statement; those that are kept
            with the entry if not given.

    Raises:
        NotFound: there is no such entry.
        LimitReached: it took too long or too much memory.
    """
    name = inference.owner(iri)
    graph = reads.read(name)
    day = as_of or datetime.now(UTC).date()
    traced = inferring.trace(
        reads,
        words_of.load(),
        name,
        graph,
        as_of=day,
        most=most,
        about=iri if iri not in (name, entry.inferred_graph(name)) else None,
    )
    codes = _questions(p for _, p, _ in traced.wanted)
    keys: Keys = {}
    if codes:
        keys = asked(codes) if asked else _kept(reads, name, codes)
    return _Telling(reads, name, graph, traced, lang, day).told(keys)


def _questions(ways: Iterable[URIRef]) -> frozenset[str]:
    """Give the codes of the rules that ask about values of properties."""
    shapes, wanted = rules.shapes(), {*ways}
    speaking_of = (SH.path, SH.targetSubjectsOf, ROPA.fieldPath)
    return frozenset(
        rule.code
        for rule in rules.rules().values()
        if rule.is_question
        and any(shapes.value(rule.shape, way) in wanted for way in speaking_of)
    )


def keys_of(findings: Iterable[Asked | Finding], codes: frozenset[str]) -> Keys:
    """Give the keys of findings that ask about a statement, by that statement.

    Args:
        findings: findings, of which only some may ask.
        codes: codes of the rules that ask about what follows.
    """
    found: dict[Triple, tuple[str, str]] = {}
    for one in findings:
        if one.is_question and one.rule in codes:
            said = one.key, one.rule
            found[one.focus, one.path, one.value] = said
            # A rule may speak of the field that an answer changes.
            found.setdefault((one.focus, None, one.value), said)
    return found


def _kept(reads: Reads, name: URIRef, codes: frozenset[str]) -> Keys:
    """Read the keys of the questions that are kept with an entry."""
    graph = entry.findings_graph(name).n3()
    found = Graph()
    for s, p, o in reads.select(
        f"SELECT ?s ?p ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }} ORDER BY ?s ?p ?o"
    ).rows:
        if s is not None and p is not None and o is not None:
            found.add((s, p, o))
    return keys_of(answers.asked(found), codes)


class _Telling:
    """The telling of what was traced, in one language."""

    def __init__(
        self,
        reads: Reads,
        name: URIRef,
        graph: Graph,
        traced: Traced,
        lang: str,
        as_of: date,
    ) -> None:
        self._reads = reads
        self._entry = name
        self._traced = traced
        self._lang = lang
        self._as_of = as_of
        self._vocabulary = words_of.load()
        self._entailments = {one.iri: one for one in entailments.all_entailments()}
        self._reasons = [r for step in traced.steps.values() for r in step.because]
        # What is stated at hand, or was inferred, by subject.
        self._said: dict[Any, list[tuple[Any, Any]]] = {}
        for s, p, o in (*traced.stated, *traced.around, *traced.wanted):
            self._said.setdefault(s, []).append((p, o))
        self._records = {
            entry.document(s) for s, p, o in traced.around if o == DPCAT.ROPA
        }
        self._within = self._places_of_known()
        self._fields: dict[tuple[URIRef, tuple[URIRef, ...]], str] = {}
        self._names: dict[Any, tuple[str, bool]] = {}
        self._name_all()
        self._claims = _Claims([graph, self._claims_around()])
        self._documents = self._read_documents()

    def told(self, asked: Keys) -> Reasons:
        """Tell every statement that was asked for."""
        graph = entry.inferred_graph(self._entry)
        said = self._answers() if asked else {}
        found = []
        for triple in self._traced.wanted:
            claim = inference.claim_of(graph, triple)
            told = self._why(triple, (), set())
            s, _, o = triple
            key, rule = asked.get(triple) or asked.get((s, None, o), ("", ""))
            reply = said.get(key, "")
            found.append(
                replace(told, claim=claim, asked=key, rule=rule, answered=reply)
            )
        found.sort(key=self._in_order)
        title = self._names.get(self._entry, (name_of(self._entry), False))[0]
        total, day = self._traced.total, self._as_of
        return Reasons(self._entry, title, self._lang, day, tuple(found), total)

    def _answers(self) -> dict[str, str]:
        """Give what was answered and still counts, by the key of the finding."""
        beside = entry.answers_graph(self._entry)
        kept = Graph()
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH {beside.n3()} {{ ?s ?p ?o }} }}"
        for s, p, o in self._reads.select(query).rows:
            if s is not None and p is not None and o is not None:
                kept.add((s, p, o))
        return {
            key: f"{one.kind_label.get(self._lang, one.kind)}. {one.reason} "
            f"({one.author}, {one.given.isoformat()})"
            for key, one in answers.standing(kept, self._as_of).items()
            if one.state == answers.ANSWERED
        }

    def _in_order(self, one: Why) -> tuple[Any, ...]:
        return (
            one.about != self._entry,
            str(one.about),
            one.field != RDF.type,
            str(one.field),
            self._name(one.value),
        )

    # -- statements --------------------------------------------------------------

    def _why(
        self,
        triple: Triple,
        above: tuple[Triple, ...],
        told: set[Triple],
    ) -> Why:
        """Tell a statement; ``told`` are those whose reasons stand higher up."""
        told.add(triple)
        step = self._traced.steps[triple]
        s, p, o = triple
        below = (*above, triple)
        return Why(
            claim=None,
            about=s,
            field=p,
            value=o,
            words=self._words(triple),
            by=step.by,
            by_label=self._label_of_way(step.by),
            article=self._article(step.by),
            sources=self._sources(step.by),
            explanation=self._explanation(step.by, triple, step.bindings),
            because=tuple(
                self._premise(reason, below, told)
                for reason in step.because[:MOST_PREMISES]
            ),
            left_out=max(0, len(step.because) - MOST_PREMISES),
            others=step.others,
        )

    def _premise(
        self, triple: Triple, above: tuple[Triple, ...], told: set[Triple]
    ) -> Premise:
        s, p, o = triple
        origin, within = self._origin(triple)
        reasons = None
        if origin == "inferred" and triple not in told and len(above) < _DEEPEST:
            reasons = self._why(triple, above, told)
        is_stated = origin in _READ
        return Premise(
            subject=s,
            property=p,
            value=o,
            words=self._words(triple),
            origin=origin,
            within=within,
            passages=self._passages(triple) if is_stated else (),
            why=reasons,
            is_told_apart=origin == "inferred" and reasons is None,
        )

    def _origin(self, triple: Triple) -> tuple[str, URIRef | None]:
        subject = triple[0]
        name = entry.document(subject)
        if triple in self._traced.stated:
            return "entry", name
        if triple in self._traced.around:
            return self._role(subject, name), name
        if triple in self._traced.steps:
            return "inferred", None
        rows = rows_of(subject)
        kind = "vocabulary" if rows is None else _ROWS.get(rows.prefix, rows.prefix)
        return kind, self._within.get(triple)

    def _role(self, subject: URIRef, name: URIRef) -> str:
        """Say what a document around the entry is to it."""
        if name not in self._records:
            return "organisation"
        return "company" if subject == name else "record"

    def _places_of_known(self) -> dict[Triple, URIRef]:
        """Find the files in which what the package knows stands."""
        stated = self._traced.stated | self._traced.around
        known = dict.fromkeys(
            one
            for one in self._reasons
            if one not in stated and one not in self._traced.steps
        )
        found: dict[Triple, URIRef] = {}
        lines = [f"({' '.join(node.n3() for node in one)})" for one in known]
        for start in range(0, len(lines), _BATCH):
            rows = self._reads.select(
                "SELECT ?s ?p ?o ?g WHERE { VALUES (?s ?p ?o) { "
                f"{' '.join(lines[start : start + _BATCH])} }} "
                "GRAPH ?g { ?s ?p ?o } "
                "FILTER(!CONTAINS(STR(?g), '/changes/')) } ORDER BY ?g"
            ).rows
            for s, p, o, g in rows:
                found.setdefault((s, p, o), URIRef(str(g)))
        return found

    # -- words -------------------------------------------------------------------

    def _frame(self, key: str) -> str:
        return _FRAME[key].get(self._lang, _FRAME[key]["en"])

    def _words(self, triple: Triple) -> str:
        s, p, o = triple
        return " · ".join((self._name(s), self._label_of_field(s, p), self._name(o)))

    def _label_of_field(self, subject: URIRef, way: URIRef) -> str:
        said = self._said.get(subject, ())
        kinds = tuple(sorted(o for p, o in said if p == RDF.type))
        if (way, kinds) not in self._fields:
            known = fields.label_of(way, kinds)
            own = known.get(self._lang) or known.get("en")
            self._fields[way, kinds] = own or self._vocabulary.label(way, self._lang)
        return self._fields[way, kinds]

    def _label_of_way(self, by: URIRef) -> str:
        one = self._entailments.get(by)
        if one is not None:
            return one.summary_in(self._lang)
        return self._vocabulary.label(by, self._lang)

    def _article(self, by: URIRef) -> str:
        one = self._entailments.get(by)
        if one is not None:
            return one.article
        said = self._vocabulary.said(by)
        return "; ".join(sorted(str(o) for p, o in said if p == ROPA.article))

    def _sources(self, by: URIRef) -> tuple[URIRef, ...]:
        one = self._entailments.get(by)
        if one is not None:
            return one.sources
        said = self._vocabulary.said(by)
        return tuple(
            sorted(o for p, o in said if p == DCT.source and isinstance(o, URIRef))
        )

    def _explanation(
        self, by: URIRef, triple: Triple, bindings: Mapping[str, Node]
    ) -> str:
        one = self._entailments.get(by)
        if one is None:
            definition = self._vocabulary.definition(by, self._lang) or ""
            because = self._traced.steps[triple].because
            key = ("kind" if because else "listed") if definition else "bare"
            return self._frame(key).format(
                about=self._quoted(triple[0]),
                kind=self._name(triple[2]),
                definition=definition[:1].lower() + definition[1:],
            )
        given = {**bindings, "as_of": Literal(self._as_of.isoformat())}

        def fill(place: re.Match[str]) -> str:
            node = given.get(place[1])
            return "…" if node is None else self._quoted(node)

        return _PLACEHOLDER.sub(fill, one.explanation_in(self._lang))

    def _quoted(self, node: Node) -> str:
        """Name a thing within a sentence: what people wrote themselves is quoted."""
        text, is_own = self._names.get(node, (self._name(node), False))
        return self._frame("quoted").format(text) if is_own else text

    def _name(self, node: Node) -> str:
        if isinstance(node, Literal):
            is_truth = node.datatype == XSD.boolean
            return truth(str(node), self._lang) if is_truth else str(node)
        known = self._names.get(node)
        return known[0] if known else name_of(URIRef(str(node)))

    def _name_all(self) -> None:
        """Find names for all things that will be spoken of."""
        steps = self._traced.steps.values()
        spoken = {self._entry}
        for triple in (*self._traced.wanted, *self._reasons):
            spoken |= {node for node in triple if isinstance(node, URIRef)}
        for step in steps:
            spoken |= {o for o in step.bindings.values() if isinstance(o, URIRef)}
        # What stands for things without a name needs one itself.
        missing = self._name_some(sorted(spoken))
        stand_ins = {one: self._stand_in(one) for one in missing}
        self._name_some(sorted({one for one in stand_ins.values() if one is not None}))
        for one, other in stand_ins.items():
            if other is not None and other in self._names:
                self._names[one] = self._names[other]

    def _name_some(self, nodes: Iterable[URIRef]) -> list[URIRef]:
        """Name things, and give those that nobody named."""
        missing = []
        for node in nodes:
            if node in self._names:
                continue
            if self._vocabulary.labels(node):
                self._names[node] = self._vocabulary.label(node, self._lang), False
            elif not self._name_by(node, self._said_names(node)):
                missing.append(node)
        found: dict[URIRef, list[tuple[Node, Literal]]] = {}
        for start in range(0, len(missing), _BATCH):
            some = " ".join(one.n3() for one in missing[start : start + _BATCH])
            ways = " ".join(way.n3() for way in _NAMING)
            for thing, way, label in self._reads.select(
                "SELECT ?thing ?way ?label WHERE { "
                f"VALUES ?thing {{ {some} }} VALUES ?way {{ {ways} }} "
                "?thing ?way ?label } ORDER BY ?thing ?way ?label"
            ).rows:
                if way is not None and isinstance(label, Literal):
                    found.setdefault(URIRef(str(thing)), []).append((way, label))
        return [one for one in missing if not self._name_by(one, found.get(one, ()))]

    def _said_names(self, node: URIRef) -> list[tuple[Node, Literal]]:
        """Collect what the entries at hand, or what was inferred, call a thing."""
        said = self._said.get(node, ())
        return [(p, o) for p, o in said if p in _NAMING and isinstance(o, Literal)]

    def _name_by(self, node: URIRef, said: Iterable[tuple[Node, Literal]]) -> bool:
        labels: dict[Node, list[Literal]] = {}
        for way, label in said:
            labels.setdefault(way, []).append(label)
        for way in _NAMING:
            chosen = evidence.best(sorted(labels.get(way, ())), self._lang)
            if chosen is not None:
                # The name of an organisation is no text of somebody's own.
                self._names[node] = str(chosen), way != DPV.hasName
                return True
        return False

    def _stand_in(self, node: URIRef) -> URIRef | None:
        said = sorted(self._said.get(node, ()))
        for way in _STANDING_IN:
            found = [
                o for p, o in said if p == way and isinstance(o, URIRef) and o != node
            ]
            # Of several kinds that which says most: one that stands above no other.
            above = {up for one in found for up in self._vocabulary.above(one)}
            for one in found:
                if one not in above:
                    return one
        return None

    # -- passages ----------------------------------------------------------------

    def _claims_around(self) -> Graph:
        """Read the claims on what the premises of the surroundings are about."""
        around = sorted({r[0] for r in self._reasons if r in self._traced.around})
        return self._read(around, _CLAIMS)

    def _read_documents(self) -> dict[URIRef, Document]:
        """Read the cited parts of the documents that premises were read in."""
        stated = self._traced.stated | self._traced.around
        cited_here = sorted(
            {
                passage
                for reason in self._reasons
                if reason in stated
                for passage in self._claims.passages(reason)
            }
        )
        found = self._read(cited_here, _PASSAGES)
        sources = sorted({entry.document(passage) for passage in cited_here})
        found += self._read(sources, _TITLES)
        return {one: evidence.document_of(found, one) for one in sources}

    def _read(self, things: list[URIRef], query: str) -> Graph:
        """Collect what a query says of things, so many at a time."""
        found = Graph()
        for start in range(0, len(things), _BATCH):
            some = " ".join(one.n3() for one in things[start : start + _BATCH])
            for s, p, o in self._reads.select(query.format(things=some)).rows:
                if s is not None and p is not None and o is not None:
                    found.add((s, p, o))
        return found

    def _passages(self, triple: Triple) -> tuple[Place, ...]:
        """Find where a premise was read: by its claim, or that of the part it is of."""
        return tuple(map(self._place, self._claims.passages(triple)))

    def _place(self, iri: URIRef) -> Place:
        source = entry.document(iri)
        document = self._documents[source]
        passage = document.passages.get(iri) or evidence.Stretch(iri)
        section = document.section_of(passage)
        start, end = passage.span or (None, None)
        return Place(
            iri=iri,
            source=source,
            title=self._best(document.titles) or entry.slug(source),
            section=self._best(section.names) if section else "",
            words=self._best(passage.words),
            where=cited.where(passage, document, self._lang),
            first_line=passage.first_line,
            last_line=passage.last_line,
            start=start,
            end=end,
        )

    def _best(self, texts: Iterable[Literal]) -> str:
        chosen = evidence.best(texts, self._lang)
        return str(chosen) if chosen is not None else ""


# Origins of what somebody stated, and may have read somewhere.
_READ = frozenset(("entry", "record", "company", "organisation"))
# What rows of the package are called as origins.
_ROWS = {"law": "law", "vendor": "vendors"}


# Claims about things, or by which things came to be named; then what is cited of them.
_CLAIMS = """
SELECT ?s ?p ?o WHERE {{
  VALUES ?thing {{ {things} }} ?s ropa:about|ropa:value ?thing ; ropa:passage ?any .
  ?s ?p ?o .
}}
"""
_PASSAGES = """
SELECT ?s ?p ?o WHERE {{
  VALUES ?thing {{ {things} }}
  {{ ?thing ?p ?o . BIND(?thing AS ?s) }}
  UNION {{ ?thing oa:hasSelector|ropa:section ?s . ?s ?p ?o }}
}}
"""
_TITLES = """
SELECT ?s ?p ?o WHERE {{
  VALUES ?s {{ {things} }} VALUES ?p {{ dct:title ropa:sha256 }} ?s ?p ?o
}}
"""


class _Claims:
    """The claims of entries, by what they are about.

    Args:
        graphs: what is stated in the entries.
    """

    def __init__(self, graphs: Iterable[Graph]) -> None:
        self._about: dict[tuple[Node, Node], list[Claim]] = {}
        self._naming: dict[Node, list[Claim]] = {}
        claims = [claim for graph in graphs for claim in evidence.claims_of(graph)]
        for claim in claims:
            if not claim.is_own or not claim.passages:
                continue
            self._about.setdefault((claim.about, claim.field), []).append(claim)
            for value in claim.values:
                self._naming.setdefault(value, []).append(claim)

    def passages(self, triple: Triple) -> list[URIRef]:
        """Give the passages of a statement or, where it has none, of its subject."""
        s, p, o = triple
        about = self._about.get((s, p), ())
        found = [claim for claim in about if o in claim.values]
        found = found or [claim for claim in about if not claim.values]
        # Many a part is claimed as a whole, by the statement that leads to it.
        found = found or self._naming.get(s, [])
        return sorted({passage for claim in found for passage in claim.passages})
