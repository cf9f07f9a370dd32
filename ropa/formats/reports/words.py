"""The words around findings, and one finding in the words of one language.

Messages, hints and names of fields come from the shapes; only what stands around them
is written here, once for all formats that people read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ropa import rules, wording
from ropa.answers import Answer
from ropa.findings import Finding, Report
from ropa.rules import SEVERITIES
from ropa.terms import RDFS, SH

_WORDS = {
    "en": {
        "none": "No findings",
        "one": "1 finding",
        "many": "{} findings",
        "one question": "1 question",
        "many questions": "{} questions",
        "checked": "entries checked: {}",
        "blocked": "cannot be saved before the findings marked ! are mended",
        "question": "question",
        "mended": "a program can mend this (statements to add: {}, to remove: {}; "
        "they stand in --format json)",
        "answered": "answered",
        "expired": "answer expired",
        "said": "{answer}: {reason} ({author}, {given}{until})",
        "evidence": "Evidence: {}",
        "until": ", until {}",
        "some answered": "answered: {}",
        "severity": "Severity",
        "place": "Where",
        "rule": "Rule",
        "message": "What was found",
        "hint": "What to do",
        "article": "Article",
        "left out": "{} more are left out here; --format json has them all.",
    },
    "fr": {
        "none": "Aucun constat",
        "one": "1 constat",
        "many": "{} constats",
        "one question": "1 question",
        "many questions": "{} questions",
        "checked": "entrées contrôlées : {}",
        "blocked": "ne peut être enregistré tant que les constats marqués ! subsistent",
        "question": "question",
        "mended": "un programme peut y remédier (énoncés à ajouter : {}, à retirer : "
        "{} ; ils figurent dans --format json)",
        "answered": "répondu",
        "expired": "réponse expirée",
        "said": "{answer} : {reason} ({author}, {given}{until})",
        "evidence": "Preuve : {}",
        "until": ", jusqu'au {}",
        "some answered": "avec réponse : {}",
        "severity": "Gravité",
        "place": "Où",
        "rule": "Règle",
        "message": "Constat",
        "hint": "Que faire",
        "article": "Article",
        "left out": "{} autres sont omis ici ; --format json les donne tous.",
    },
}

# Line breaks, other control characters and marks that turn the direction of a text.
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_HIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True)
class Told:
    """One finding in the words of one language; every text is one line.

    Attributes:
        severity: how heavy it is.
        marks: what else is to be known at first sight, such as that it is a question.
        place: file and line, or the short name of what it is about.
        rule: code of the rule.
        field: name of the field; may be empty.
        message: what is wrong.
        hint: what to do; may be empty.
        article: the provisions behind the rule; may be empty.
        notes: further sentences.
    """

    severity: str
    marks: tuple[str, ...]
    place: str
    rule: str
    field: str
    message: str
    hint: str
    article: str
    notes: tuple[str, ...]

    @property
    def weight(self) -> str:
        """How heavy it is, with its marks."""
        marks = f" ({', '.join(self.marks)})" if self.marks else ""
        return f"{self.severity}{marks}"

    @property
    def sentence(self) -> str:
        """What is wrong, with field and article."""
        field = f"{self.field} - " if self.field else ""
        article = f" ({self.article})" if self.article else ""
        return f"{field}{self.message}{article}"


def told(finding: Finding, lang: str) -> Told:
    """Put a finding into the words of a language."""
    place = finding.file or wording.name_of(finding.focus)
    if finding.line is not None:
        place = f"{place}:{finding.line}"
    blocks = "!" if finding.blocks else ""
    return Told(
        severity=severity_label(finding.severity, lang) + blocks,
        marks=_marks(finding, lang),
        place=one_line(place),
        rule=finding.rule,
        field=one_line(pick(finding.field, lang)),
        message=one_line(pick(finding.message, lang)),
        hint=one_line(pick(finding.hint, lang)),
        article=one_line(wording.citation(finding.article, lang)),
        notes=_notes(finding, lang),
    )


def _marks(finding: Finding, lang: str) -> tuple[str, ...]:
    names = ["question"] if finding.is_question else []
    if finding.answer is not None:
        names.append(finding.answer.state)
    return tuple(word(name, lang) for name in names)


def _notes(finding: Finding, lang: str) -> tuple[str, ...]:
    notes = []
    if finding.suggestion:
        add, remove = finding.suggestion.add, finding.suggestion.remove
        notes.append(word("mended", lang).format(len(add), len(remove)))
    if finding.answer is not None:
        notes.append(answer_in_words(finding.answer, lang))
    return tuple(notes)


def answer_in_words(answer: Answer, lang: str) -> str:
    """Say what somebody answered, who, when and until when, on one line."""
    until = answer.until.isoformat() if answer.until else ""
    said = word("said", lang).format(
        answer=pick(answer.kind_label, lang),
        reason=answer.reason,
        author=answer.author,
        given=answer.given.isoformat(),
        until=word("until", lang).format(until) if until else "",
    )
    if answer.evidence:
        said += ". " + word("evidence", lang).format(answer.evidence)
    return one_line(said)


def word(name: str, lang: str) -> str:
    """Give one of the words around findings; English where a language is not ours."""
    return _WORDS.get(lang, _WORDS["en"])[name]


def severity_label(severity: str, lang: str) -> str:
    """Give the word for a severity; it stands with the shapes."""
    texts = rules.texts(rules.shapes(), SH[severity.capitalize()], RDFS.label)
    return texts.get(lang, severity)


def pick(texts: Mapping[str, str], lang: str) -> str:
    """Choose a text: the language asked for, else English, else any."""
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def one_line(text: str) -> str:
    """Keep a text on its line, without what a terminal would obey."""
    return _HIDDEN.sub("\ufffd", _BREAKS.sub(" ", text))


def summary(report: Report, lang: str) -> str:
    """Count findings by severity and questions apart, and say whether they block."""
    findings = [finding for finding in report.findings if not finding.is_question]
    counts = Counter(finding.severity for finding in findings)
    parts = [
        f"{severity_label(severity, lang)} {counts[severity]}"
        for severity in SEVERITIES
        if counts[severity]
    ]
    said = _counted("one", "many", len(findings), lang)
    if parts:
        said += f" ({', '.join(parts)})"
    questions = len(report.findings) - len(findings)
    if questions:
        said += f", {_counted('one question', 'many questions', questions, lang)}"
    answered = sum(finding.is_answered for finding in report.findings)
    if answered:
        said += "; " + word("some answered", lang).format(answered)
    said += "; " + word("checked", lang).format(len(report.checked))
    return f"{said}; {word('blocked', lang)}" if report.is_blocking else said


def _counted(one: str, many: str, number: int, lang: str) -> str:
    name = "none" if number == 0 else one if number == 1 else many
    return word(name, lang).format(number)
