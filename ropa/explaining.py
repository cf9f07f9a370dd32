"""Explain a word: what it means, where it stands, who uses it, what it may say.

An explanation is read once, from ontology, law, shapes and, where one is open, the
register; the terminal and the pages render the same value. Which entries use a word
is counted by the store; what law is worth on a day is the answer of a question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from rdflib.term import Literal, Node, URIRef

from ropa import entry, queries, rules, terms, vocabulary
from ropa import fields as form
from ropa.errors import NotFound, UnknownTerm
from ropa.store.base import Table
from ropa.terms import DCT, LAW, OWL, RDF, RDFS, ROPA, SH, SKOS
from ropa.vocabulary import folded

if TYPE_CHECKING:
    from ropa.findings import Report

MOST_PATHS = 8
MOST_HITS = 20
MOST_LETTERS = 200

# What a finding fills in: the thing, the value, the day.
_PLACE = re.compile(r"\{\w+\}")
# A graph that is an entry: neither ours (words, law, rules) nor aside of an entry.
_IS_ENTRY = (
    "FILTER(!CONTAINS(STR(?entry), '/changes/') "
    "&& !STRENDS(STR(?entry), '/findings') && !STRENDS(STR(?entry), '/inferred') "
    f"&& (STRSTARTS(STR(?entry), '{entry.PROJECT}data/') "
    f"|| !STRSTARTS(STR(?entry), '{entry.PROJECT}')))"
)
_NO_USE = "FILTER(?way NOT IN (ropa:value, ropa:about))"


# What an explanation shows in a place of its own.
_TOLD_APART = (
    SKOS.prefLabel,
    SKOS.altLabel,
    SKOS.hiddenLabel,
    RDFS.label,
    DCT.title,
    SKOS.definition,
    SKOS.scopeNote,
    SKOS.note,
    SKOS.example,
    ROPA.article,
)


class Reads(Protocol):
    """Whatever answers questions: a register, or a server."""

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question."""

    def select(self, text: str) -> Table:
        """Answer a SELECT query of our own."""

    def check(
        self,
        company: str | None = None,
        *,
        as_of: date | None = None,
        rules: frozenset[str] | None = None,
    ) -> Report:
        """Check what is in the register by some rules, as of a day."""


@dataclass(frozen=True)
class Text:
    """Words with their language; ``""`` where none is said."""

    text: str
    lang: str = ""


@dataclass(frozen=True)
class Named:
    """A thing by its address, its short name and its label."""

    iri: URIRef
    short: str
    label: Text


@dataclass(frozen=True)
class Fact:
    """One property of a thing with its values."""

    way: Named
    values: tuple[Named | Literal, ...]


@dataclass(frozen=True)
class Use:
    """One entry that uses a word, and the parts of it that do."""

    iri: URIRef
    title: Text
    company: Text | None
    parts: tuple[Named, ...]


@dataclass(frozen=True)
class Uses:
    """Entries that use a word.

    Attributes:
        total: how many entries.
        shown: the first of them.
        query: the query that lists them all.
    """

    total: int = 0
    shown: tuple[Use, ...] = ()
    query: str = ""


@dataclass(frozen=True)
class Saying:
    """A field in which a word may be said, or that a property or class has.

    Attributes:
        field: name of the field.
        way: its property.
        things: the kinds of things that have it.
        article: the provision that it answers; may be empty.
        repeated: whether it may have several values.
        form: ``text``, ``date``, ``reference`` …, as for `ropa.fields.Field`.
        values: what may stand there: the terms to choose from, or the one above them.
        below: whether the values are what stands below that one.
    """

    field: Text
    way: Named
    things: tuple[Named, ...]
    article: str
    repeated: bool
    form: str
    values: tuple[Named, ...]
    below: bool


@dataclass(frozen=True)
class RuleSaid:
    """A rule in one line."""

    code: str
    severity: Text
    message: Text


@dataclass(frozen=True)
class Standing:
    """What a piece of law is worth on a day, as the question answers.

    Attributes:
        day: the day; None for today.
        state: the state in words.
        remarks: what should be known beside it.
        notations: the same as the question says them: the state, then the remarks.
    """

    day: date | None
    state: Text
    remarks: tuple[Text, ...]
    notations: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A judgment about a piece of law."""

    judgment: Named
    number: str
    state: Text
    notation: str


@dataclass(frozen=True)
class Explanation:
    """All that is known of a word.

    Attributes:
        kind: ``term``, ``property``, ``class``, ``law``, ``rule`` or ``question``.
        iri: its address; None for a question.
        short: its short name: ``dpv:Marketing``, a code, a question's name.
        label: its name in the language asked for, or the next best.
        other_names: its other names, other languages included.
        definition: what it means.
        hint: what to do about it; of rules.
        notes: remarks.
        kinds: what it is a case of.
        article: the provision it rests on, for people; may be empty.
        sources: the same as addresses.
        paths: ways from the top of the hierarchy down to what stands right above it.
        below: what stands right below it.
        alike: other words with the same name.
        facts: all else that is said of it.
        named_by: other words that name it, by property: cases, members …
        said_with: fields that it may fill, or that it has.
        rules: rules that speak of it.
        standing: of law: its state on a day.
        cases: of law: the judgments about it.
        uses: entries that use it themselves; None where no register was read.
        uses_below: entries that use what stands below it.
        silent: in how many entries it is said to be absent, by state.
        findings: of rules: the entries with findings; None where none was read.
        finding_total: how many findings.
        severity: of rules: severity in a register, and in a notice.
        blocks: of rules: whether it stops an entry from being saved.
        parameters: of questions.
        columns: of questions.
    """

    kind: str
    iri: URIRef | None
    short: str
    label: Text
    other_names: tuple[Text, ...] = ()
    definition: Text | None = None
    hint: Text | None = None
    notes: tuple[Text, ...] = ()
    kinds: tuple[Named, ...] = ()
    article: str = ""
    sources: tuple[URIRef, ...] = ()
    paths: tuple[tuple[Named, ...], ...] = ()
    below: tuple[Named, ...] = ()
    alike: tuple[Named, ...] = ()
    facts: tuple[Fact, ...] = ()
    named_by: tuple[Fact, ...] = ()
    said_with: tuple[Saying, ...] = ()
    rules: tuple[RuleSaid, ...] = ()
    standing: Standing | None = None
    cases: tuple[Case, ...] = ()
    uses: Uses | None = None
    uses_below: Uses | None = None
    silent: tuple[tuple[Named, int], ...] = ()
    findings: Uses | None = None
    finding_total: int = 0
    severity: tuple[Text, ...] = ()
    blocks: bool = False
    parameters: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A word found by its name or by what it means.

    Attributes:
        kind: as of `Explanation`.
        iri: its address; None for a question.
        short: its short name.
        label: its name.
        says: the first words of its definition.
        score: 1 for an exact name, less for a part of it, least for the definition.
    """

    kind: str
    iri: URIRef | None
    short: str
    label: Text
    says: Text
    score: float


# -- finding ----------------------------------------------------------------------


def is_rule(name: str) -> bool:
    """Tell whether a name is the code of a rule."""
    return " ".join(name.split()) in rules.rules()


def look_up(name: str, lang: str) -> list[Hit]:
    """Find what a name may mean: one hit where it is clear, else all that fit.

    Args:
        name: the code of a rule, the name of a question, a term (``dpv:Marketing``,
            ``Marketing``, a full IRI), a piece of law (``law:eu-us-dpf`` or its last
            part), a label in any language, the number of a decision, or words.
        lang: language of the words given back.

    Raises:
        NotFound: with what comes near, among all kinds.
    """
    wanted = " ".join(name.split())[:MOST_LETTERS]
    if is_rule(wanted):
        return [_rule_hit(rules.rule(wanted), lang, 1.0)]
    if any(wanted == question.name for question in queries.all_questions()):
        return [_question_hit(queries.load(wanted), lang, 1.0)]
    named = _by_name(wanted)
    if len(named) == 1:
        return [hit_of(named[0], lang, 1.0)]
    exact = vocabulary.load().called(wanted)
    if exact:
        return [hit_of(iri, lang, 1.0) for iri in exact]
    if named:
        return [hit_of(iri, lang, 1.0) for iri in named]
    found = search(wanted, lang, most=MOST_HITS)
    numbered = [hit for hit in found if hit.score == 1.0]
    if len(numbered) == 1:
        return numbered
    if found and ":" not in wanted.replace(": ", ""):
        return found
    near = nearest(wanted)
    raise NotFound(
        f"There is no rule, question or term named {name[:80]!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else "See: ropa ask",
        name=name[:MOST_LETTERS],
        nearest=near,
    )


def search(text: str, lang: str, *, most: int = 200) -> list[Hit]:
    """Find words by their names in all languages, numbers, codes and definitions.

    Returns:
        Best first; empty for a text without words.
    """
    wanted = folded(text[:MOST_LETTERS])
    if not wanted:
        return []
    words = vocabulary.load()
    found = {
        match.iri: hit_of(match.iri, lang, match.score)
        for match in words.search(text[:MOST_LETTERS], lang, n=most)
        if terms.curie(match.iri) != str(match.iri)
    }
    for iri, number in _numbers().items():
        score = 1.0 if wanted in (number, _bare(number)) else 0.7
        known = found.get(iri)
        if wanted in number and (known is None or known.score < score):
            found[iri] = hit_of(iri, lang, score)
    hits = [*found.values()]
    parts = wanted.split()
    for rule in rules.rules().values():
        names = [folded(rule.code), *map(folded, rule.message.values())]
        if all(any(part in name for name in names) for part in parts):
            score = {True: 1.0, False: 0.5}[wanted == names[0]]
            hits.append(_rule_hit(rule, lang, score if wanted in names[0] else 0.2))
    for question in queries.all_questions():
        names = [folded(question.name), *map(folded, question.summary.values())]
        if all(any(part in name for name in names) for part in parts):
            score = 1.0 if wanted == names[0] else 0.5
            hits.append(_question_hit(question, lang, score))
    hits.sort(key=lambda hit: (-hit.score, len(hit.label.text), hit.short))
    return hits[:most]


def nearest(name: str, *, most: int = 3) -> list[str]:
    """List short names that resemble one which is not there, best first."""
    words = vocabulary.load()
    local = folded(name.rpartition("/")[2].rpartition("#")[2])
    prefix, colon, rest = local.rpartition(":")
    local = rest if colon else local
    known: dict[str, list[str]] = {}
    if prefix not in terms.PREFIXES:
        for code in (*rules.rules(), *(q.name for q in queries.all_questions())):
            known.setdefault(folded(code), []).append(code)
    for iri in words.terms():
        short = terms.curie(iri)
        own, colon, last = short.partition(":")
        if colon and not last.startswith("//"):
            # One prefix given: only its terms; "dpv:Marketng" means no loc: term.
            if prefix in terms.PREFIXES and own != prefix:
                continue
            for said in (last, *words.labels(iri).values()):
                known.setdefault(folded(said), []).append(short)
    close = difflib.get_close_matches(local, list(known), n=most, cutoff=0.6)
    found = dict.fromkeys(short for text in close for short in known[text])
    return list(found)[:most]


def _by_name(name: str) -> list[URIRef]:
    """Find terms by IRI, short name, or local name alone."""
    words = vocabulary.load()
    if ":" in name:
        try:
            found = terms.expand(name)
        except UnknownTerm:
            return []
        return [found] if words.is_known(found) else []
    named = [space[name] for space in terms.CLOSED if name in space.names()]
    if re.fullmatch(r"[\w.-]+", name):
        named.append(LAW[name])
    return [iri for iri in named if words.is_known(iri)]


def _numbers() -> dict[URIRef, str]:
    words = vocabulary.load()
    found: dict[URIRef, str] = {}
    for iri in words.terms():
        if iri in LAW:
            for way, number in words.said(iri):
                if way == DCT.identifier:
                    found[iri] = folded(str(number))
    return found


def _bare(number: str) -> str:
    """Give a decision's number without its body: "2016/1250" of "(EU) 2016/1250"."""
    return re.sub(r"^\(\w+\) |/\w{2}$", "", number)


def hit_of(iri: URIRef, lang: str, score: float = 1.0) -> Hit:
    """Give a term as a search does: short name, label, meaning."""
    words = vocabulary.load()
    return Hit(
        kind=_kind(iri),
        iri=iri,
        short=terms.curie(iri),
        label=_label(iri, lang),
        says=_best(words.definitions(iri), lang) or Text(""),
        score=score,
    )


def _rule_hit(rule: rules.Rule, lang: str, score: float) -> Hit:
    says = message_of(rule, lang)
    return Hit("rule", rule.shape, rule.code, Text(rule.code), says, score)


def _question_hit(question: queries.Question, lang: str, score: float) -> Hit:
    says = _best(question.summary, lang) or Text("")
    return Hit("question", None, question.name, Text(question.name), says, score)


# -- explaining -------------------------------------------------------------------


def explain(
    name: str,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation | list[Hit]:
    """Explain what a name means, or list what it may mean.

    Args:
        name: as for `look_up`.
        lang: language of the words.
        reads: where uses are counted and law is judged; None says the words alone.
        as_of: calendar day whose law is applied; today if not said.
        most: most entries to name.

    Raises:
        NotFound: with what comes near.
    """
    hits = look_up(name, lang)
    if len(hits) > 1:
        return hits
    (hit,) = hits
    if hit.kind == "rule":
        return explain_rule(hit.short, lang, reads, as_of=as_of, most=most)
    if hit.iri is None:
        return explain_question(hit.short, lang)
    return explain_term(hit.iri, lang, reads, as_of=as_of, most=most)


def explain_term(
    iri: URIRef,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation:
    """Explain a term, a class, a property or a piece of law; as for `explain`.

    Raises:
        NotFound: nothing is said of it; with what comes near.
    """
    words = vocabulary.load()
    short = terms.curie(iri)
    if not words.is_known(iri):
        near = nearest(short)
        raise NotFound(
            f"The term {short[:80]} is not in the vocabulary.",
            hint=f"Did you mean {', '.join(near)}?" if near else "",
            nearest=near,
        )
    kind, label = _kind(iri), _label(iri, lang)
    said = words.said(iri)
    texts: dict[Node, list[Literal]] = {way: [] for way in _TOLD_APART}
    for way, value in said:
        if isinstance(value, Literal) and way in texts:
            texts[way].append(value)
    alike = [other for other in words.called(label.text) if other != iri]
    standing, cases = (
        _law(reads, iri, lang, as_of)
        if kind == "law" and reads is not None
        else (None, ())
    )
    uses = below_uses = None
    silent: tuple[tuple[Named, int], ...] = ()
    if reads is not None:
        is_way = kind == "property"
        uses = _uses(
            reads, [iri], lang, is_way=is_way, most=most, apart=words.below(iri)
        )
        under = _all_below(words, iri)
        below_uses = (
            _uses(reads, under, lang, is_way=is_way, most=most) if under else Uses()
        )
        silent = _silent(reads, iri, lang)
    return Explanation(
        kind=kind,
        iri=iri,
        short=short,
        label=label,
        other_names=_other_names(texts, label),
        definition=_best(words.definitions(iri), lang),
        notes=tuple(
            Text(str(text), text.language or "")
            for way in (SKOS.scopeNote, SKOS.note, SKOS.example)
            for text in _in_one_language(texts[way], lang)
        ),
        kinds=tuple(
            _named(o, lang)
            for o in sorted(
                o for p, o in said if p == RDF.type and isinstance(o, URIRef)
            )
        ),
        article=_article(texts[ROPA.article]),
        sources=tuple(
            sorted(o for p, o in said if p == DCT.source and isinstance(o, URIRef))
        ),
        paths=tuple(
            tuple(_named(step, lang) for step in path) for path in _paths(words, iri)
        ),
        below=_sorted(_named(term, lang) for term in words.below(iri)),
        alike=tuple(_named(other, lang) for other in alike),
        facts=_facts(said, lang),
        named_by=tuple(
            fact
            for fact in _named_by(words, iri, lang)
            if not cases or fact.way.iri != ROPA.concerns
        ),
        said_with=_said_with(words, iri, kind, lang),
        rules=_rules_of(iri, lang) if kind == "property" else (),
        standing=standing,
        cases=cases,
        uses=uses,
        uses_below=below_uses,
        silent=silent,
    )


def explain_rule(
    code: str,
    lang: str,
    reads: Reads | None = None,
    *,
    as_of: date | None = None,
    most: int = 5,
) -> Explanation:
    """Explain a rule: what it demands, where that stands, who falls short of it.

    Raises:
        NotFound: with the nearest codes.
    """
    rule = rules.rule(code)
    found, total = None, 0
    if reads is not None:
        found, total = _findings(reads, code, lang, as_of, most)
    graph = rules.shapes()
    facts = []
    targets = [
        _named(o, lang)
        for o in sorted(map(str, graph.objects(rule.shape, SH.targetClass)))
    ]
    if targets:
        facts.append(Fact(_named(SH.targetClass, lang), tuple(targets)))
    if rule.field_path is not None:
        path = _named(rule.field_path, lang)
        facts.append(Fact(_named(ROPA.fieldPath, lang), (path,)))
    if rule.only_in is not None:
        profile = _named(rule.only_in, lang)
        facts.append(Fact(_named(ROPA.profile, lang), (profile,)))
    severities = [rule.severity]
    if rule.in_notice != rule.severity:
        severities.append(rule.in_notice)
    return Explanation(
        kind="rule",
        iri=rule.shape,
        short=rule.code,
        label=Text(rule.code),
        definition=message_of(rule, lang),
        hint=_best(rule.hint, lang),
        article=rule.article,
        sources=rule.sources,
        facts=tuple(facts),
        severity=tuple(_severity(one, lang) for one in severities),
        blocks=rule.blocks,
        findings=found,
        finding_total=total,
    )


def explain_question(name: str, lang: str) -> Explanation:
    """Explain a question: what it asks, what it takes and what it gives.

    Raises:
        NotFound: with the nearest names.
    """
    question = queries.load(name)
    return Explanation(
        kind="question",
        iri=None,
        short=question.name,
        label=_best(question.question, lang) or Text(question.name),
        definition=_best(question.summary, lang),
        article=question.article,
        parameters=question.parameters,
        columns=question.columns,
    )


# -- the parts of an explanation ---------------------------------------------------


def kinds_of(iri: URIRef) -> list[URIRef]:
    """List the classes of a term, sorted; those of a standard's own are plain terms."""
    said = vocabulary.load().said(iri)
    found = sorted(o for p, o in said if p == RDF.type and isinstance(o, URIRef))
    return found or [SKOS.Concept]


def _kind(iri: URIRef) -> str:
    types = set(kinds_of(iri))
    if iri in LAW:
        return "law"
    properties = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    if types & {*properties, RDF.Property} or iri in form.labels():
        return "property"
    return "class" if types & {OWL.Class, RDFS.Class} else "term"


def _label(iri: URIRef, lang: str) -> Text:
    return _best(vocabulary.load().labels(iri), lang) or Text(terms.curie(iri))


def _named(node: Node | str, lang: str) -> Named:
    iri = URIRef(str(node))
    return Named(iri, terms.curie(iri), _label(iri, lang))


def _best(texts: Mapping[str, str], lang: str) -> Text | None:
    for code in (lang, vocabulary.FALLBACK_LANGUAGE, "", *sorted(texts)):
        if texts.get(code):
            return Text(texts[code], code)
    return None


def _in_one_language(texts: Sequence[Literal], lang: str) -> list[Literal]:
    codes = [text.language or "" for text in texts]
    wanted = next((code for code in (lang, "en", *codes) if code in codes), "")
    return sorted(text for text in texts if (text.language or "") in (wanted, ""))


def message_of(rule: rules.Rule, lang: str) -> Text:
    """Give what a rule says, with an ellipsis where a finding fills something in."""
    said = _best(rule.message, lang) or Text("")
    return Text(_PLACE.sub("…", said.text), said.lang)


def _severity(severity: str, lang: str) -> Text:
    words = rules.texts(rules.shapes(), SH[severity.capitalize()], RDFS.label)
    return _best(words, lang) or Text(severity)


def _other_names(texts: Mapping[Node, list[Literal]], label: Text) -> tuple[Text, ...]:
    ways = (SKOS.prefLabel, DCT.title, RDFS.label, SKOS.altLabel)
    found = dict.fromkeys(
        Text(str(text), text.language or "")
        for way in ways
        for text in sorted(texts[way], key=lambda one: (one.language or "", one))
    )
    return tuple(one for one in found if one.text != label.text)


def _article(texts: Iterable[Literal]) -> str:
    return "; ".join(sorted(dict.fromkeys(map(str, texts))))


def _paths(words: vocabulary.Vocabulary, iri: URIRef) -> list[tuple[URIRef, ...]]:
    """List the ways from the top down to what stands above a term; at most a few."""
    found: list[tuple[URIRef, ...]] = []
    pending: list[tuple[URIRef, ...]] = [(iri,)]
    while pending and len(found) < MOST_PATHS:
        path = pending.pop()
        above = [term for term in words.above(path[0]) if term not in path]
        if not above and len(path) > 1:
            found.append(path[:-1])
        pending += [(term, *path) for term in reversed(above)]
    return found


def _all_below(words: vocabulary.Vocabulary, iri: URIRef) -> list[URIRef]:
    found: dict[URIRef, None] = {}
    pending = [*words.below(iri)]
    while pending:
        term = pending.pop()
        if term not in found and term != iri:
            found[term] = None
            pending += words.below(term)
    return sorted(found)


def _facts(said: Iterable[tuple[URIRef, Node]], lang: str) -> tuple[Fact, ...]:
    hidden = {
        *_TOLD_APART,
        RDF.type,
        DCT.source,
        RDFS.isDefinedBy,
        SKOS.broader,
        RDFS.subClassOf,
        RDFS.subPropertyOf,
    }
    values: dict[URIRef, list[Node]] = {}
    for way, value in said:
        if way not in hidden and isinstance(value, (URIRef, Literal)):
            values.setdefault(way, []).append(value)
    facts = [
        Fact(
            _named(way, lang),
            tuple(
                _named(one, lang) if isinstance(one, URIRef) else one
                for one in _chosen(found, lang)
            ),
        )
        for way, found in values.items()
    ]
    return tuple(sorted(facts, key=lambda fact: folded(fact.way.label.text)))


def _named_by(words: vocabulary.Vocabulary, iri: URIRef, lang: str) -> tuple[Fact, ...]:
    hidden = (SKOS.broader, RDFS.subClassOf, RDFS.subPropertyOf)
    users: dict[URIRef, set[URIRef]] = {}
    for user, way in words.naming(iri):
        if way not in hidden and words.labels(user):
            users.setdefault(way, set()).add(user)
    facts = [
        Fact(_named(way, lang), _sorted(_named(user, lang) for user in some))
        for way, some in users.items()
    ]
    return tuple(sorted(facts, key=lambda fact: folded(fact.way.label.text)))


def _sorted(things: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(things, key=lambda one: (folded(one.label.text), one.short)))


def _chosen(values: list[Node], lang: str) -> Iterator[URIRef | Literal]:
    yield from sorted(v for v in values if isinstance(v, URIRef))
    texts = [v for v in values if isinstance(v, Literal)]
    yield from _in_one_language(texts, lang)


def _said_with(
    words: vocabulary.Vocabulary, iri: URIRef, kind: str, lang: str
) -> tuple[Saying, ...]:
    """List the fields that take a value, or that a property or a class has."""
    above = {iri, *(step for path in _paths(words, iri) for step in path)}
    for way, value in words.said(iri):
        if way == RDF.type and isinstance(value, URIRef):
            above |= {value, *(s for path in _paths(words, value) for s in path)}
    return tuple(
        _saying(one, lang)
        for one in form.all_fields()
        if (kind == "property" and one.path == iri)
        or (kind in ("class", "term") and iri in one.classes)
        or (kind != "property" and (iri in one.values or one.below in above - {iri}))
    )


def _saying(one: form.Field, lang: str) -> Saying:
    return Saying(
        field=_best(one.label, lang) or _label(one.path, lang),
        way=_named(one.path, lang),
        things=tuple(_named(kind, lang) for kind in one.classes),
        article=one.article,
        repeated=one.repeated,
        form=one.kind,
        values=tuple(
            _named(value, lang)
            for value in (one.values or ((one.below,) if one.below else ()))
        ),
        below=one.below is not None and not one.values,
    )


def _rules_of(way: URIRef, lang: str) -> tuple[RuleSaid, ...]:
    return tuple(
        RuleSaid(rule.code, _severity(rule.severity, lang), message_of(rule, lang))
        for rule in rules.rules().values()
        if rule.field_path == way
    )


# -- the law on a day --------------------------------------------------------------


def _law(
    reads: Reads, iri: URIRef, lang: str, as_of: date | None
) -> tuple[Standing | None, tuple[Case, ...]]:
    asked = {"lang": lang, "as_of": as_of}
    given = {key: value for key, value in asked.items() if value is not None}
    standing, cases = None, []
    table = reads.ask("law", **given)
    for row in _rows(table):
        if row["provision"] == iri:
            standing = _standing(as_of, row.get("state"), row.get("remark"), lang)
    table = reads.ask("judgments", **given)
    for row in _rows(table):
        if row["judgment"] == iri:
            standing = _standing(as_of, row.get("state"), None, lang)
        if str(iri) in str(row.get("concerns") or "").split("; "):
            word = str(row.get("state") or "")
            state = _noted(word, ROPA.LawState, lang)
            number = str(row.get("number") or "")
            judgment = _named(str(row["judgment"]), lang)
            cases.append(Case(judgment, number, state, word))
    return standing, tuple(cases)


def _rows(table: Table) -> Iterator[dict[str, Node | None]]:
    return (dict(zip(table.columns, row, strict=True)) for row in table.rows)


def _standing(
    as_of: date | None, state: Node | None, remarks: Node | None, lang: str
) -> Standing:
    said = [one for one in str(remarks or "").split("; ") if one]
    return Standing(
        day=as_of,
        state=_noted(str(state or ""), ROPA.LawState, lang),
        remarks=tuple(_noted(one, ROPA.LawRemark, lang) for one in said),
        notations=(str(state or ""), *said),
    )


def _noted(word: str, kind: URIRef, lang: str) -> Text:
    """Say a state in the words of its term; questions answer with its notation."""
    words = vocabulary.load()
    for iri in words.terms():
        said = words.said(iri)
        if (RDF.type, kind) in said and (SKOS.notation, Literal(word)) in said:
            return _label(iri, lang)
    return Text(word, "en")


# -- uses in the register ----------------------------------------------------------


def _listed(iris: Iterable[URIRef]) -> str:
    return " ".join(iri.n3() for iri in iris)


def _use_pattern(
    iris: Sequence[URIRef], *, is_way: bool, apart: Sequence[URIRef] = ()
) -> str:
    """Write the pattern that binds ?entry to the entries that use some words.

    A company's own term counts as what it is a case of, where it stands and in the
    entries that name it; ``apart`` are the words right below that do not count.
    """
    words = f"VALUES ?word {{ {_listed(iris)} }}"
    if is_way:
        inner = f"{words} GRAPH ?entry {{ ?part ?word ?value }}"
    else:
        others = ", ".join(iri.n3() for iri in apart)
        inner = (
            f"{{ {words} GRAPH ?entry {{ ?part ?way ?word }} {_NO_USE} }} UNION "
            f"{{ {words} ?own skos:broader ?word FILTER(?own NOT IN ({others})) "
            f"GRAPH ?entry {{ ?part ?way ?own }} {_NO_USE} }}"
        )
    # Each entry is looked at once, however often it uses the word.
    return f"{{ SELECT DISTINCT ?entry WHERE {{ {inner} }} }} {_IS_ENTRY}"


def _uses(
    reads: Reads,
    iris: Sequence[URIRef],
    lang: str,
    *,
    is_way: bool,
    most: int,
    apart: Sequence[URIRef] = (),
) -> Uses:
    pattern = _use_pattern(iris, is_way=is_way, apart=apart)
    query = f"SELECT ?entry WHERE {{ {pattern} }}"
    ordered = f"{query} ORDER BY ?entry"
    # Without an order the store stops early: most words are in few entries or none.
    found = sorted(_column(reads.select(f"{query} LIMIT {most + 1}")))
    total = len(found)
    if total > most:
        found = _column(reads.select(f"{ordered} LIMIT {most}"))
        total = _number(
            reads.select(f"SELECT (COUNT(?entry) AS ?n) WHERE {{ {pattern} }}")
        )
    shown = found[:most]
    parts = _parts(reads, shown, iris, is_way=is_way)
    return Uses(total, _entries(reads, shown, parts, lang), ordered)


def _parts(
    reads: Reads, shown: Sequence[URIRef], iris: Sequence[URIRef], *, is_way: bool
) -> dict[URIRef, list[URIRef]]:
    """Find the parts of some entries that use some words."""
    if not shown:
        return {}
    within = "?part ?word ?value" if is_way else f"?part ?way ?word {_NO_USE}"
    words = ", ".join(iri.n3() for iri in iris)
    blocks = " UNION ".join(
        f"{{ GRAPH {place.n3()} {{ {within} FILTER(?word IN ({words})) }} "
        f"FILTER(?part != {place.n3()}) BIND({place.n3()} AS ?entry) }}"
        for place in shown
    )
    table = reads.select(
        f"SELECT DISTINCT ?entry ?part WHERE {{ {blocks} }} ORDER BY ?entry ?part"
    )
    found: dict[URIRef, list[URIRef]] = {}
    for place, part in table.rows:
        found.setdefault(URIRef(str(place)), []).append(URIRef(str(part)))
    return found


def _column(table: Table) -> list[URIRef]:
    return [URIRef(str(row[0])) for row in table.rows]


def _number(table: Table) -> int:
    return int(str(table.rows[0][0]))


def _entries(
    reads: Reads,
    shown: Sequence[URIRef],
    parts: Mapping[URIRef, Sequence[URIRef]],
    lang: str,
) -> tuple[Use, ...]:
    """Name entries, the companies that they belong to, and parts of them."""
    if not shown:
        return ()
    telling = {place: [*some][:MOST_PARTS] for place, some in parts.items()}
    things = [*shown, *(part for some in telling.values() for part in some)]
    table = reads.select(
        "SELECT ?thing ?label ?company ?name WHERE { "
        f"VALUES ?thing {{ {_listed(things)} }} "
        "OPTIONAL { VALUES ?way { skos:prefLabel dct:title dpv:hasName } "
        "?thing ?way ?label } "
        "OPTIONAL { ?thing dct:isPartOf/dct:publisher ?company . "
        "OPTIONAL { ?company dpv:hasName ?name } } }"
    )
    labels: dict[str, dict[str, str]] = {}
    companies: dict[str, Text] = {}
    for thing, said, company, name in table.rows:
        if isinstance(said, Literal):
            known = labels.setdefault(str(thing), {})
            known.setdefault(said.language or "", str(said))
        if company is not None:
            companies[str(thing)] = Text(str(name or entry.slug(company)))

    def label(iri: URIRef) -> Text:
        short = str(iri).rpartition("#")[2] if "#" in iri else entry.slug(iri)
        return _best(labels.get(str(iri), {}), lang) or Text(short)

    return tuple(
        Use(
            iri=place,
            title=label(place),
            company=companies.get(str(place)),
            parts=tuple(
                Named(part, str(part).rpartition("#")[2], label(part))
                for part in telling.get(place, ())
                if str(part) in labels
            ),
        )
        for place in shown
    )


MOST_PARTS = 3
"""Parts of one entry that are named beside it."""


def _silent(reads: Reads, iri: URIRef, lang: str) -> tuple[tuple[Named, int], ...]:
    """Count the entries that say a word is absent: denied, or not stated."""
    table = reads.select(
        "SELECT ?state (COUNT(DISTINCT ?entry) AS ?n) WHERE { GRAPH ?entry { "
        f"{{ ?claim ropa:field {iri.n3()} }} UNION {{ ?claim ropa:value {iri.n3()} }} "
        "?claim ropa:state ?state "
        "FILTER(?state NOT IN (ropa:Stated, ropa:Partial)) } "
        f"{_IS_ENTRY} }} GROUP BY ?state ORDER BY ?state"
    )
    return tuple(
        (_named(state, lang), int(str(number)))
        for state, number in table.rows
        if state is not None
    )


def _findings(
    reads: Reads, code: str, lang: str, as_of: date | None, most: int
) -> tuple[Uses, int]:
    """Give the entries with findings of a rule; those kept, or those of a day."""
    if as_of is not None:
        report = reads.check(as_of=as_of, rules=frozenset({code}))
        places = sorted({entry.document(one.focus) for one in report.findings})
        named = _entries(reads, places[:most], {}, lang)
        return Uses(len(places), named), len(report.findings)
    pattern = (
        f"GRAPH ?graph {{ ?finding ropa:rule {Literal(code).n3()} }} "
        "FILTER(STRENDS(STR(?graph), '/findings')) "
        "BIND(IRI(REPLACE(STR(?graph), '/findings$', '')) AS ?entry)"
    )
    query = f"SELECT DISTINCT ?entry WHERE {{ {pattern} }} ORDER BY ?entry"
    counted = reads.select(
        "SELECT (COUNT(DISTINCT ?entry) AS ?n) (COUNT(DISTINCT ?finding) AS ?all) "
        f"WHERE {{ {pattern} }}"
    )
    shown = _column(reads.select(f"{query} LIMIT {most}"))
    uses = Uses(_number(counted), _entries(reads, shown, {}, lang), query)
    return uses, int(str(counted.rows[0][1]))


# -- as values and as text ---------------------------------------------------------


def as_values(said: Explanation | Sequence[Hit]) -> Any:
    """Give an explanation, or a list of hits, as plain values for JSON."""
    if isinstance(said, Explanation):
        return _values(said)
    return {"hits": [_values(hit) for hit in said]}


def _values(value: Any) -> Any:
    if isinstance(value, Text):
        return {"text": value.text, **({"lang": value.lang} if value.lang else {})}
    if isinstance(value, Literal):
        return _values(Text(str(value), value.language or ""))
    if is_dataclass(value):
        return {one.name: _values(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_values(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, URIRef) else value


# The frame of the text; all else comes from ontology, shapes and questions.
_FRAME = {
    "and": {"en": "and {n} more", "fr": "et {n} de plus"},
    "answer": {"en": "Answer", "fr": "Réponse"},
    "below": {"en": "Narrower", "fr": "Plus étroit"},
    "blocks": {"en": "blocks saving", "fr": "empêche l'enregistrement"},
    "cases": {"en": "Cases", "fr": "Affaires"},
    "columns": {"en": "Columns", "fr": "Colonnes"},
    "day": {"en": "on {day}", "fr": "au {day}"},
    "findings": {
        "en": "Findings: {n}, entries: {entries}",
        "fr": "Constats : {n}, entrées : {entries}",
    },
    "like": {"en": "Of the same name", "fr": "Du même nom"},
    "names": {"en": "Also", "fr": "Aussi"},
    "notice": {"en": "in a notice", "fr": "dans une notice"},
    "one": {"en": "at most one", "fr": "un au plus"},
    "parameters": {"en": "Parameters", "fr": "Paramètres"},
    "rules": {"en": "Rules", "fr": "Règles"},
    "said": {"en": "May be said", "fr": "Peut se dire"},
    "several": {"en": "several", "fr": "plusieurs"},
    "silent": {
        "en": "Said in {n} entries: {state}",
        "fr": "Dit dans {n} entrées : {state}",
    },
    "under": {"en": "below", "fr": "sous"},
    "unused": {"en": "Used in no entry", "fr": "Employé dans aucune entrée"},
    "used": {"en": "Used in entries: {n}", "fr": "Employé dans des entrées : {n}"},
    "used_below": {
        "en": "Used through narrower words in entries: {n}",
        "fr": "Employé par des mots plus étroits dans des entrées : {n}",
    },
}
_COLON = {"en": ": ", "fr": " : "}


def as_text(said: Explanation | Sequence[Hit], lang: str) -> str:
    """Write an explanation, or a list of hits, for a terminal."""
    if isinstance(said, Explanation):
        return "\n".join(_lines(said, lang))
    width = max((len(hit.short) for hit in said), default=0)
    return "\n".join(
        f"{hit.short:<{width}}  {hit.label.text}"
        + (f" - {_cut(hit.says.text)}" if hit.says.text else "")
        for hit in said
    )


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _frame(key: str, lang: str, **values: object) -> str:
    return _FRAME[key].get(lang, _FRAME[key]["en"]).format(**values)


def _lines(said: Explanation, lang: str) -> Iterator[str]:
    same = said.label.text == said.short
    yield said.short if same else f"{said.label.text} ({said.short})"
    yield from (f"  {t.text}" for t in (said.definition, said.hint) if t is not None)
    yield from (f"  {note.text}" for note in said.notes)
    yield from _standing_lines(said, lang)
    names = (
        f"{one.text} ({one.lang})" if one.lang and one.lang != lang else one.text
        for one in said.other_names
    )
    yield from _line(_frame("names", lang), lang, *names)
    yield from _line(_frame("like", lang), lang, *(one.short for one in said.alike))
    kinds = (one.label.text for one in said.kinds)
    yield from _line(_label(RDF.type, lang).text, lang, *kinds)
    yield from _line(_label(ROPA.article, lang).text, lang, said.article)
    yield from _line(_label(DCT.source, lang).text, lang, *said.sources)
    yield from (
        f"  < {' > '.join(step.label.text for step in path)}" for path in said.paths
    )
    below = _some([one.label.text for one in said.below], lang)
    yield from _line(_frame("below", lang), lang, below)
    for fact in said.facts:
        texts = (o.label.text if isinstance(o, Named) else str(o) for o in fact.values)
        yield from _line(fact.way.label.text, lang, *texts)
    for fact in said.named_by:
        users = [one.label.text for one in fact.values if isinstance(one, Named)]
        yield from _line(f"← {fact.way.label.text}", lang, _some(users, lang))
    yield from _case_lines(said, lang)
    yield from _field_lines(said, lang)
    yield from _use_lines(said, lang)
    yield from _line(_frame("parameters", lang), lang, ", ".join(said.parameters))
    yield from _line(_frame("columns", lang), lang, ", ".join(said.columns))
    if said.kind == "question":
        where = f"ropa ask {said.short}", f"/questions/{said.short}"
        yield from _line(_frame("answer", lang), lang, *where)


def _line(heading: str, lang: str, *values: str) -> Iterator[str]:
    told = "; ".join(value for value in values if value)
    if told:
        yield f"  {heading}{_COLON.get(lang, ': ')}{told}"


def _some(texts: Sequence[str], lang: str) -> str:
    told = [*texts[:MOST_BELOW]]
    if len(texts) > MOST_BELOW:
        told.append(_frame("and", lang, n=len(texts) - MOST_BELOW))
    return ", ".join(told)


def _standing_lines(said: Explanation, lang: str) -> Iterator[str]:
    """Say what law is worth on the day, and how grave a rule is."""
    if said.standing is not None:
        day = said.standing.day
        words = [said.standing.state.text, *(r.text for r in said.standing.remarks)]
        on = f" {_frame('day', lang, day=day.isoformat())}" if day else ""
        yield from _line(_label(ROPA.LawState, lang).text + on, lang, *words)
    if said.severity:
        first, *others = (one.text for one in said.severity)
        more = [f"{one} ({_frame('notice', lang)})" for one in others]
        blocks = _frame("blocks", lang) if said.blocks else ""
        heading = _label(SH.resultSeverity, lang).text
        yield from _line(heading, lang, first, *more, blocks)


def _field_lines(said: Explanation, lang: str) -> Iterator[str]:
    colon = _COLON.get(lang, ": ")
    if said.said_with:
        yield f"  {_frame('said', lang)}{colon.rstrip()}"
        yield from (f"    {_said(one, lang)}" for one in said.said_with)
    if said.rules:
        yield f"  {_frame('rules', lang)}{colon.rstrip()}"
    for rule in said.rules:
        yield f"    {rule.code} ({rule.severity.text}){colon}{rule.message.text}"


MOST_BELOW = 12
"""Narrower words that the text names; the page names all."""


def _case_lines(said: Explanation, lang: str) -> Iterator[str]:
    if said.cases:
        yield f"  {_frame('cases', lang)}{_COLON.get(lang, ': ').rstrip()}"
    for case in said.cases:
        judgment = case.judgment
        yield f"    {judgment.short}  {judgment.label.text} ({case.state.text})"


def _said(one: Saying, lang: str) -> str:
    things = ", ".join(thing.label.text for thing in one.things)
    values = ", ".join(value.label.text for value in one.values)
    if one.below:
        values = f"{_frame('under', lang)} {values}"
    often = _frame("several" if one.repeated else "one", lang)
    text = f"{one.field.text} [{things}], {often}"
    if values:
        text += f"{_COLON.get(lang, ': ')}{values}"
    return f"{text} ({one.article})" if one.article else text


def _use_lines(said: Explanation, lang: str) -> Iterator[str]:
    if said.findings is not None:
        total, entries = said.finding_total, said.findings.total
        yield f"  {_frame('findings', lang, n=total, entries=entries)}"
        yield from _entry_lines(said.findings, lang)
    if said.uses is None:
        return
    if not said.uses.total and not (said.uses_below and said.uses_below.total):
        yield f"  {_frame('unused', lang)}"
    if said.uses.total:
        yield f"  {_frame('used', lang, n=said.uses.total)}"
        yield from _entry_lines(said.uses, lang)
    if said.uses_below is not None and said.uses_below.total:
        yield f"  {_frame('used_below', lang, n=said.uses_below.total)}"
        yield from _entry_lines(said.uses_below, lang)
    for state, number in said.silent:
        yield f"  {_frame('silent', lang, n=number, state=state.label.text)}"


def _entry_lines(uses: Uses, lang: str) -> Iterator[str]:
    for use in uses.shown:
        text = use.title.text
        if use.company is not None:
            text += f", {use.company.text}"
        if use.parts:
            text += (
                f"{_COLON.get(lang, ': ')}{', '.join(p.label.text for p in use.parts)}"
            )
        yield f"    {text}"
    if uses.total > len(uses.shown):
        yield f"    {_frame('and', lang, n=uses.total - len(uses.shown))}"
