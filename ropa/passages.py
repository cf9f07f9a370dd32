"""A plain text with passages marked in it: lines, pieces, digests.

Positions count code points from 0 and end before the character they name; line breaks
count as the characters they are, and nothing is translated on the way.

Source: RFC 5147 (fragments of text/plain); oa:TextPositionSelector of the Web
Annotation Vocabulary.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ropa.errors import InputError, MediaTypeUnknown, SourceUnknown, TooLarge

MAX_BYTES = 10 * 1024 * 1024
"""Largest text that is read: 10 MiB, as for entries."""

MARK = "\ufeff".encode()
"""The byte order mark that some editors put before a text."""

_BREAK = re.compile(r"\r\n|\n|\r")
# What no text for people holds; tabs, line and page breaks are in some.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

Span = tuple[int, int]


@dataclass(frozen=True)
class Near:
    """A known document that a text would be, had a program not spelt it anew.

    Attributes:
        digest: the SHA-256 under which the document is known.
        is_marked: whether a byte order mark was added or dropped.
        is_broken: whether line breaks were changed.
    """

    digest: str
    is_marked: bool
    is_broken: bool


@dataclass(frozen=True)
class Piece:
    """A stretch of one line that the same passages cover.

    Attributes:
        start: position of its first character in the whole text.
        text: its characters.
        covers: indexes of the passages that cover it, ascending.
        opens: those of them whose first piece it is.
        closes: those of them whose last piece it is.
    """

    start: int
    text: str
    covers: tuple[int, ...] = ()
    opens: tuple[int, ...] = ()
    closes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of a text.

    Attributes:
        number: counted from 1.
        pieces: what stands on it, in order; none where it is empty.
        ending: its line break; empty at the end of a text without one.
    """

    number: int
    pieces: tuple[Piece, ...]
    ending: str

    @property
    def is_marked(self) -> bool:
        """Whether a passage stands on it."""
        return any(piece.covers for piece in self.pieces)


def decode(data: bytes, name: str) -> str:
    """Read a text that somebody hands in.

    Args:
        data: its bytes.
        name: what it is called in messages.

    Raises:
        TooLarge: it holds more than ``MAX_BYTES``.
        MediaTypeUnknown: it is no text.
        InputError: it is empty, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise too_large(name)
    if not data.strip():
        raise InputError(
            f"{name} is empty.", hint="Give the text of a document that was read."
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _BINARY.search(data[:4096].decode("latin-1")):
            raise _no_text(name) from error
        raise InputError(
            f"{name} is no UTF-8 text: byte {error.start + 1} does not belong there.",
            hint="Give the document as it was read; saved anew it has another digest.",
        ) from error
    if _BINARY.search(text):
        raise _no_text(name)
    return text


def too_large(name: str) -> TooLarge:
    """Make the refusal of a text that is larger than what is read."""
    return TooLarge(
        f"{name} is larger than {MAX_BYTES // 2**20} MiB.",
        hint="The texts that were read are far smaller; check which file this is.",
        limit=MAX_BYTES,
    )


def _no_text(name: str) -> MediaTypeUnknown:
    return MediaTypeUnknown(
        f"{name} is no plain text.",
        hint="Give the document as plain text, not as PDF, Word or an archive.",
    )


def digest(data: bytes) -> str:
    """Give the SHA-256 of bytes in hexadecimal, as documents are told apart by it."""
    return hashlib.sha256(data).hexdigest()


def recognise(data: bytes, known: Mapping[str, str], name: str) -> str:
    """Find which known document a text is.

    Args:
        data: its bytes.
        known: what each document is called, by its SHA-256.
        name: what the text is called in messages.

    Returns:
        The SHA-256 under which the document is known.

    Raises:
        SourceUnknown: it is none of them; with the digest found and those known, and
            whether only line breaks or a byte order mark differ.
    """
    found = digest(data)
    if found in known:
        return found
    near = nearest(data, known)
    titles = "; ".join(f"{title} ({key})" for key, title in known.items())
    if near is not None:
        mark, breaks = "a byte order mark at its start", "its line breaks"
        parts = [mark] * near.is_marked + [breaks] * near.is_broken
        verb = "differ" if near.is_broken else "differs"
        why = f"Only {' and '.join(parts)} {verb} from {known[near.digest]}."
    elif known:
        why = "Another version of the document, or other line breaks, may be the cause."
    else:
        why = "The register knows no document with a digest."
    raise SourceUnknown(
        f"{name} is none of the documents that were read: its SHA-256 is {found}.",
        hint=f"{why} Known: {titles}." if known else why,
        digest=found,
        known=list(known),
    )


def nearest(data: bytes, known: Container[str]) -> Near | None:
    """Find the known document that a text differs from only in how it is spelt.

    Args:
        data: its bytes; their own digest is none of those known.
        known: digests of documents.
    """
    for form in respelt(data):
        key = digest(form)
        if key in known:
            return Near(
                key,
                is_marked=data.startswith(MARK) != form.startswith(MARK),
                is_broken=data.removeprefix(MARK) != form.removeprefix(MARK),
            )
    return None


def respelt(data: bytes) -> list[bytes]:
    """Give the forms that a text takes when programs save or send it.

    A browser sends what is pasted with CRLF; editors add or drop the last break, and
    some put a byte order mark before the text.
    """
    bare = data.removeprefix(MARK)
    forms = [bare, *_rebroken(bare)]
    marked = [MARK + form for form in forms]
    both = [*marked, *forms] if data.startswith(MARK) else [*forms, *marked]
    return list(dict.fromkeys(both))


def _rebroken(data: bytes) -> list[bytes]:
    plain = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    trimmed = plain.rstrip(b"\n")
    unix = [plain, trimmed, trimmed + b"\n"]
    return [*unix, *(form.replace(b"\n", b"\r\n") for form in unix)]


def line_of(text: str, position: int) -> int:
    """Count the line on which a character stands, from 1.

    >>> line_of("one" + chr(10) + "two", 4)
    2
    """
    ends = [found.end() for found in _BREAK.finditer(text)]
    return bisect_right(ends, position) + 1


def in_place(text: str, spans: Sequence[Span]) -> list[Line]:
    """Cut a text into lines and pieces, so that passages can be shown in it.

    Args:
        text: the whole text.
        spans: start and end of each passage; they may overlap, lie inside each other,
            cross lines or, where they are wrong, reach beyond the text.

    Returns:
        All lines; pieces and line breaks put together are the text again.
    """
    clipped = [(max(start, 0), min(end, len(text))) for start, end in spans]
    edges = sorted({edge for span in clipped if span[0] < span[1] for edge in span})
    order = sorted(
        (index for index, (start, end) in enumerate(clipped) if start < end),
        key=lambda index: clipped[index][0],
    )
    rows: list[tuple[list[tuple[int, int, tuple[int, ...]]], str]] = []
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    active: list[int] = []
    next_one = 0
    for start, end, ending in _lines(text):
        cuts = [start, *edges[_after(edges, start) : _before(edges, end)], end]
        row = []
        for left, right in pairwise(cuts):
            if left == right:
                continue
            active = [index for index in active if clipped[index][1] > left]
            while next_one < len(order) and clipped[order[next_one]][0] <= left:
                if clipped[order[next_one]][1] > left:
                    active.append(order[next_one])
                next_one += 1
            for index in active:
                first.setdefault(index, left)
                last[index] = left
            row.append((left, right, tuple(sorted(active))))
        rows.append((row, ending))
    return [
        Line(
            number,
            tuple(
                Piece(
                    left,
                    text[left:right],
                    covers,
                    tuple(index for index in covers if first[index] == left),
                    tuple(index for index in covers if last[index] == left),
                )
                for left, right, covers in row
            ),
            ending,
        )
        for number, (row, ending) in enumerate(rows, start=1)
    ]


def _lines(text: str) -> list[tuple[int, int, str]]:
    """Give start, end and break of each line; what follows a last break is none."""
    found, start = [], 0
    for match in _BREAK.finditer(text):
        found.append((start, match.start(), match.group()))
        start = match.end()
    if start < len(text):
        found.append((start, len(text), ""))
    return found


def _after(edges: Sequence[int], position: int) -> int:
    return bisect_right(edges, position)


def _before(edges: Sequence[int], position: int) -> int:
    return bisect_right(edges, position - 1)
