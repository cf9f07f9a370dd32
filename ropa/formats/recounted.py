"""History for a terminal, for tables and for documents: who changed what, and how.

The words for fields and values come from the ontology and the shapes
(`ropa.differences`); here is only the frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from rdflib.term import Literal, Node, URIRef

from ropa import entry, vocabulary
from ropa.changes import Change, Comparison, Listed, Point, Touched
from ropa.formats.reports.markdown import escaped
from ropa.formats.reports.words import one_line
from ropa.store.base import Table

COLUMNS = ("change", "entry", "state", "author", "when", "reason")

_WORDS = {
    "en": {
        "created": "created",
        "changed": "changed",
        "removed": "removed",
        "answers": "answers to findings",
        "back": "goes back to change {}",
        "more": "and {} more",
        "all": "Changes: {} of {}",
        "none": "No changes.",
        "from": "From: {}",
        "to": "To: {}",
        "point": "change {number}, {when}, {author}",
        "before": "change {number}: not in the register",
        "why": "{}: {}",
        "same": "Nothing changed that a reader would be told.",
    },
    "fr": {
        "created": "créé",
        "changed": "modifié",
        "removed": "retiré",
        "answers": "réponses aux constats",
        "back": "revient à la modification {}",
        "more": "et {} de plus",
        "all": "Modifications\u00a0: {} sur {}",
        "none": "Aucune modification.",
        "from": "De\u00a0: {}",
        "to": "À\u00a0: {}",
        "point": "modification {number}, {when}, {author}",
        "before": "modification {number}\u00a0: absent du registre",
        "why": "{}\u00a0: {}",
        "same": "Rien n'a changé qui soit à dire à un lecteur.",
    },
}


def as_text(listed: Listed, lang: str, base: str = "") -> str:
    """Write changes for a terminal, the newest first.

    Args:
        listed: the changes.
        lang: language of the words.
        base: base IRI of the register, which is left off names.
    """
    words = _words(lang)
    if not listed.changes:
        return words["none"]
    lines = [line for one in listed.changes for line in _lines(one, lang, base)]
    if listed.total > len(listed.changes):
        lines.append(words["all"].format(len(listed.changes), listed.total))
    return "\n".join(map(_plain, lines))


def as_table(listed: Listed) -> Table:
    """Give a row for each entry of each change; one for a change of no entry."""
    rows: list[tuple[Node | None, ...]] = []
    for one in listed.changes:
        said = (
            Literal(one.author),
            Literal(one.moment),
            Literal(one.reason) if one.reason else None,
        )
        touched: list[tuple[Node | None, ...]] = [
            (part.entry, Literal(part.state)) for part in one.entries
        ]
        rows += [(one.iri, *row, *said) for row in touched or [(None, None)]]
    return Table(list(COLUMNS), rows)


def comparison_as_text(found: Comparison, base: str = "") -> str:
    """Write for a terminal what changed in an entry."""
    words = _words(found.lang)
    lines = [
        _short(found.entry, base),
        words["from"].format(_point(found.before, found.lang)),
        words["to"].format(_point(found.after, found.lang)),
        *(f"- {one}" for one in found.said or [words["same"]]),
    ]
    return "\n".join(map(_plain, lines))


def comparison_as_markdown(found: Comparison, base: str = "") -> str:
    """Write as a document what changed; what stands in a record is no markup."""
    words = _words(found.lang)
    points = (
        words[way].format(_point(point, found.lang))
        for way, point in (("from", found.before), ("to", found.after))
    )
    said = [f"- {escaped(one_line(one))}" for one in found.said or [words["same"]]]
    return "\n".join(
        [
            f"# {escaped(_short(found.entry, base))}",
            "",
            *(f"{escaped(one_line(one))}  " for one in points),
            "",
            *said,
        ]
    )


def _words(lang: str) -> dict[str, str]:
    return _WORDS.get(lang, _WORDS["en"])


def _lines(one: Change, lang: str, base: str) -> Iterator[str]:
    words = _words(lang)
    head = [str(one.number), _when(one.moment), one.author, one.reason]
    yield "  ".join(text for text in head if text)
    for kind in one.kinds:
        told = vocabulary.load().label(kind, lang)
        if one.goes_back_to is not None:
            number = int(entry.slug(one.goes_back_to))
            told = words["why"].format(told, words["back"].format(number))
        yield f"    {told}"
    for touched in one.entries:
        yield f"    {words[touched.state]}  {_named(touched, lang, base)}"
    if one.total > len(one.entries) and one.entries:
        yield f"    {words['more'].format(one.total - len(one.entries))}"


def _named(touched: Touched, lang: str, base: str) -> str:
    if not entry.is_of_answers(touched.entry):
        return _short(touched.entry, base)
    about = URIRef(touched.entry.removesuffix("/answers"))
    return f"{_short(about, base)} ({_words(lang)['answers']})"


def _short(name: URIRef, base: str) -> str:
    return name.removeprefix(base) if base else str(name)


def _point(point: Point, lang: str) -> str:
    words, version = _words(lang), point.version
    if version is None or version.digest is None:
        return words["before"].format(number=point.number)
    told = words["point"].format(
        number=version.number, when=_when(version.moment), author=version.author
    )
    return words["why"].format(told, version.reason) if version.reason else told


def _plain(line: str) -> str:
    """Keep what comes from a register from steering a terminal; indents stay."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + one_line(text)


def _when(moment: str) -> str:
    """Write a moment to the second, as people read it."""
    day, _, clock = moment.rstrip("Z").partition("T")
    return f"{day} {clock.partition('.')[0]} UTC" if clock else day
