"""Neighbours of an unknown name: by its spelling, and by the words it is made of.

A name that does not exist may be misspelt, may stand under another prefix, or may be
what a thing is called rather than what it is named. So the words of a name are looked
for in names, labels and other labels, in every language, of all our terms, rows of law
and seats of vendors.

The files are read once, as text; what is made of them waits for the first unknown
name, and needs no file by then: a process that was shut in can still answer.

Source: ``ontology/*.ttl``, ``data/law/*.ttl``, ``data/vendors.ttl``; SKOS reference,
section 5.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from ropa import assets

MOST = 3

# How alike two names must be; as difflib measures it, and for words likewise.
_ALIKE = 0.5
_SAME = 1 - 1e-9
_MOST_LETTERS = 100

# One subject a block, at the start of its line: the house style of our files.
_BLOCK = re.compile(
    r"^([A-Za-z][\w-]*):([\w-]+)\s(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL
)
_TEXT = r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+))?'
_NAMES = re.compile(
    r"(skos:prefLabel|skos:altLabel|skos:hiddenLabel|rdfs:label|dct:title|dpv:hasName)\s+"
    rf"({_TEXT}(?:\s*,\s*{_TEXT})*)"
)
_ONE_TEXT = re.compile(_TEXT)
_DAY = re.compile(r'ropa:(validFrom|endsOn|invalidatedOn)\s+"(\d{4}-\d{2}-\d{2})"')
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")


@cache
def texts() -> tuple[str, ...]:
    """Give the text of every file of ontology and rows; they are read at first use."""
    return (
        *(assets.text("ontology", name) for name in assets.names("ontology", ".ttl")),
        *(assets.text("data", name) for name in row_files()),
    )


def row_files() -> list[str]:
    """List the files of law and of vendors' seats, as names of the room ``data``."""
    return [
        name
        for name in assets.names("data", ".ttl")
        if name.startswith("law/") or name == "vendors.ttl"
    ]


def steps() -> Iterator[None]:
    """Make what the first unknown name would wait for; no step has to be taken."""
    named()
    yield
    _index()
    yield


@dataclass(frozen=True)
class Named:
    """A term or row of law, with all that it is called.

    Attributes:
        prefix: prefix of its namespace.
        local: its name there.
        labels: its label by language; empty where it has none.
        names: every label and other label.
        begins: first day on which it is in force, ISO; empty where none is said.
        ends: first day on which it no longer is, or the last one, ISO; likewise.
        fell: whether it was in force on the last of these days no more.
    """

    prefix: str
    local: str
    labels: Mapping[str, str]
    names: tuple[str, ...]
    begins: str
    ends: str
    fell: bool

    @property
    def short(self) -> str:
        """Short form of its address."""
        return f"{self.prefix}:{self.local}"

    def is_in_force(self, day: date | None) -> bool:
        """Tell whether it is in force on a day; of no day, whether it has no end."""
        if day is None:
            return not self.ends
        on = day.isoformat()
        if self.ends and (on >= self.ends if self.fell else on > self.ends):
            return False
        return self.begins <= on


@cache
def named() -> Mapping[str, Named]:
    """Give every term and row of law by its short name."""
    found: dict[str, Named] = {}
    for text in texts():
        for prefix, local, block in _BLOCK.findall(text):
            one = _named(prefix, local, block)
            # A file may say more of a term of another: the first names it.
            if one.short not in found or not found[one.short].names:
                found[one.short] = one
    return found


def _named(prefix: str, local: str, block: str) -> Named:
    labels: dict[str, str] = {}
    names: list[str] = []
    for way, said, *_ in _NAMES.findall(block):
        for name, language in _ONE_TEXT.findall(said):
            names.append(name.replace('\\"', '"'))
            if way not in ("skos:altLabel", "dpv:hasName"):
                labels.setdefault(language, names[-1])
    days: dict[str, str] = {}
    for way, day in _DAY.findall(block):
        days[way] = day
    fell = days.get("invalidatedOn", "")
    return Named(
        prefix=prefix,
        local=local,
        labels=labels,
        names=tuple(names),
        begins=days.get("validFrom", ""),
        ends=fell or days.get("endsOn", ""),
        fell=bool(fell),
    )


def nearest(
    prefix: str, name: str, among: Collection[str], as_of: date | None = None
) -> list[str]:
    """Find what an unknown name may have meant.

    Args:
        prefix: prefix of the namespace that it was looked for in.
        name: the name there.
        among: prefixes whose names may be put forward.
        as_of: day on which what is put forward first is in force.

    Returns:
        Short names, best first; what is in force before what is not.
    """
    name = name[:_MOST_LETTERS]
    scores = dict(_by_words(name))
    for short, score in _by_spelling(prefix, name):
        scores[short] = max(score, scores.get(short, 0.0))
    known = named()
    ranked = sorted(
        (
            (round(score, 6), known[short].prefix == prefix, short)
            for short, score in scores.items()
            if score >= _ALIKE and known[short].prefix in among
        ),
        reverse=True,
    )
    best = [short for _, _, short in ranked[:MOST]]
    return sorted(best, key=lambda short: not known[short].is_in_force(as_of))


def _by_spelling(prefix: str, name: str) -> Iterator[tuple[str, float]]:
    """Compare the letters with those of every name of the namespace."""
    matcher = difflib.SequenceMatcher()
    matcher.set_seq2(name)
    for one in named().values():
        if one.prefix != prefix:
            continue
        matcher.set_seq1(one.local)
        # Each of these bounds the next from above, and takes less time.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < _ALIKE:
            continue
        yield one.short, matcher.ratio()


@dataclass(frozen=True)
class _Index:
    """Which names hold a word.

    Attributes:
        names: short name of the term, and total weight of the words, for each name.
        holding: places in that list, by word.
    """

    names: list[tuple[str, float]]
    holding: Mapping[str, list[int]]

    def weight(self, word: str) -> float:
        """Say how much a word tells: the rarer, the more."""
        return _weight(len(self.holding.get(word, ())), len(self.names))


def _weight(times: int, of: int) -> float:
    return math.log((1 + of) / (1 + times)) + 0.01


@cache
def _index() -> _Index:
    holding: dict[str, list[int]] = {}
    sets: list[tuple[str, frozenset[str]]] = []
    for short, one in named().items():
        for name in {_words(said) for said in (one.local, *one.names)}:
            sets.append((short, name))
            for word in name:
                holding.setdefault(word, []).append(len(sets) - 1)
    weights = {word: _weight(len(at), len(sets)) for word, at in holding.items()}
    return _Index(
        [(short, math.fsum(weights[word] for word in name)) for short, name in sets],
        holding,
    )


def _by_words(name: str) -> Iterator[tuple[str, float]]:
    """Compare the words with those of every name, label and other label."""
    index = _index()
    wanted = _words(name)
    shared: dict[int, list[float]] = {}
    for word in wanted:
        for place in index.holding.get(word, ()):
            shared.setdefault(place, []).append(index.weight(word))
    whole = math.fsum(index.weight(word) for word in wanted)
    best: dict[str, float] = {}
    for place, weights in shared.items():
        short, own = index.names[place]
        score = 2 * math.fsum(weights) / (whole + own)
        if len(weights) == len(wanted) and score < _SAME:  # a longer name for it
            score = 0.7 + 0.2 * score
        best[short] = max(score, best.get(short, 0.0))
    yield from best.items()


def _words(text: str) -> frozenset[str]:
    """Take a name or label apart, without case and accents.

    >>> sorted(_words("DPIANotRequired"))
    ['dpia', 'not', 'required']
    """
    text = _CAPITAL.sub(" ", text)
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in plain if not unicodedata.combining(c))
    return frozenset(_WORD.findall(text.casefold()))
