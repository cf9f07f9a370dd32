"""What is known of a word, as a value that terminal and pages render alike.

The words come from ontology, law, shapes and questions; this module only says in which
shape they are handed on.

Source: SKOS reference, sections 5 to 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rdflib.term import Literal, Node, URIRef

from ropa import fields as form
from ropa import rules, terms, vocabulary
from ropa.terms import OWL, RDF, RDFS, SH, SKOS, rows_of
from ropa.vocabulary import folded


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
class Reference:
    """A judgment, guideline or decision behind a rule, with what follows from it."""

    law: Named
    says: Text


@dataclass(frozen=True)
class CheckSaid:
    """A check of the list that a rule decides."""

    number: int
    code: str
    label: Text


@dataclass(frozen=True)
class Shown:
    """An example of what keeps a rule, or of what breaks it.

    Attributes:
        name: where it lies among the cases, without its ending.
        title: what it is about.
        text: its statements in Turtle, without prefixes.
        whole: the same with prefixes, fit to be checked.
        day: the day by whose law it is judged; None where any will do.
        said: what the rule says of it; None where it passes.
        is_alone: whether it can be tried as it stands, without other entries.
    """

    name: str
    title: Text
    text: str
    whole: str
    is_alone: bool
    day: date | None
    said: Text | None


@dataclass(frozen=True)
class Affected:
    """A company whose entries fall short of a rule; None for what several share."""

    company: URIRef | None
    name: Text
    slug: str
    entries: int
    findings: int


@dataclass(frozen=True)
class Condition:
    """A condition under which a thing belongs to a kind.

    Attributes:
        how: ``member`` (it belongs to a class), ``listed`` (it is one of some things),
            ``any`` (a property has a value), ``value`` (it has a certain one) or
            ``filler`` (it has one that belongs to a class).
        way: the property; None where none matters.
        values: the class, the things or the value; none where any value will do.
    """

    how: str
    way: Named | None
    values: tuple[Named | Literal, ...]


@dataclass(frozen=True)
class Explanation:
    """All that is known of a word.

    Attributes:
        kind: ``term``, ``property``, ``class``, ``law``, ``rule``, ``question`` or
            ``entailment``.
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
        is_question: of rules: whether it asks a person what a machine cannot decide.
        days: of rules: the first and the last day to which it applies, where it has.
        references: of rules: the judgments and guidelines behind it.
        checks: of rules: the checks of the list that it decides.
        companies: of rules: who falls short of it, and how often.
        passing: of rules: an example that keeps it.
        failing: of rules: an example that breaks it.
        addition: of rules: the query that constructs what may be added to mend it.
        removal: of rules: the query that constructs what may be taken out for that.
        parameters: of questions.
        columns: of questions.
        ways: of kinds: in which ways a thing comes to belong to it, each with its
            conditions, all of which have to be met.
        concludes: of entailments: the properties and kinds of what follows.
        after: of entailments: those whose conclusions it reads.
        questions: of entailments: the questions that show what follows.
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
    is_question: bool = False
    days: tuple[date | None, ...] = ()
    references: tuple[Reference, ...] = ()
    checks: tuple[CheckSaid, ...] = ()
    companies: tuple[Affected, ...] = ()
    passing: Shown | None = None
    failing: Shown | None = None
    addition: str = ""
    removal: str = ""
    parameters: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    ways: tuple[tuple[Condition, ...], ...] = ()
    concludes: tuple[Named, ...] = ()
    after: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


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


# What a finding fills in: the thing, the value, the day.
_PLACE = re.compile(r"\{\w+\}")


def classes_of(iri: URIRef) -> list[URIRef]:
    """List the classes of a term, sorted; those of a standard's own are plain terms."""
    said = vocabulary.load().said(iri)
    found = sorted(o for p, o in said if p == RDF.type and isinstance(o, URIRef))
    return found or [SKOS.Concept]


def kind_of(iri: URIRef) -> str:
    """Tell a row, property, class or term apart, as `Explanation.kind` says it."""
    types = set(classes_of(iri))
    rows = rows_of(iri)
    if rows is not None:
        return rows.prefix
    properties = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    if types & {*properties, RDF.Property} or iri in form.labels():
        return "property"
    return "class" if types & {OWL.Class, RDFS.Class} else "term"


def label_of(iri: URIRef, lang: str) -> Text:
    """Name a thing in a language, or the next best; its short name if it has none."""
    return best(vocabulary.load().labels(iri), lang) or Text(terms.curie(iri))


def named(node: Node | str, lang: str) -> Named:
    """Give a thing with its short name and its label."""
    iri = URIRef(str(node))
    return Named(iri, terms.curie(iri), label_of(iri, lang))


def in_order(things: Iterable[Named]) -> tuple[Named, ...]:
    """Sort things by their labels, whatever case and accents."""
    return tuple(sorted(things, key=lambda one: (folded(one.label.text), one.short)))


def best(texts: Mapping[str, str], lang: str) -> Text | None:
    """Choose the text of a language, else of the next best; None if there is none."""
    for code in (lang, vocabulary.FALLBACK_LANGUAGE, "", *sorted(texts)):
        if texts.get(code):
            return Text(texts[code], code)
    return None


def in_one_language(texts: Sequence[Literal], lang: str) -> list[Literal]:
    """Keep, of texts in several languages, those of one, and those of none."""
    codes = [text.language or "" for text in texts]
    wanted = next((code for code in (lang, "en", *codes) if code in codes), "")
    return sorted(text for text in texts if (text.language or "") in (wanted, ""))


def message_of(rule: rules.Rule, lang: str) -> Text:
    """Give what a rule says, with an ellipsis where a finding fills something in."""
    return in_general(rule.message, lang)


def in_general(texts: Mapping[str, str], lang: str) -> Text:
    """Give a sentence in a language, with an ellipsis for each of its places."""
    said = best(texts, lang) or Text("")
    return Text(_PLACE.sub("…", said.text), said.lang)


def severity_of(severity: str, lang: str) -> Text:
    """Name a severity as the standard's words do."""
    words = rules.texts(rules.shapes(), SH[severity.capitalize()], RDFS.label)
    return best(words, lang) or Text(severity)
