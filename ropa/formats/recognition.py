"""What a text seems to be, told from its bytes and its name before it is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

from ropa import syntax as rdf_syntax
from ropa.errors import FormatError
from ropa.syntax import Syntax

BOM = b"\xef\xbb\xbf"
# Other people's suffixes for what we read.
_MORE_SUFFIXES = {
    ".json": Syntax.JSONLD,
    ".xml": Syntax.RDFXML,
    ".owl": Syntax.RDFXML,
}
_MAGIC = [
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
]
_OFFICE = [
    (b"xl/", "an Excel workbook"),
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint document"),
    (b"opendocument", "an OpenDocument file"),
]

_NAME = rb"(?:<[^>\s]*+>|_:[^\s<\"]++)"
_TEXT = rb'"(?:[^"\\\r\n]|\\.)*+"(?:\^\^<[^>\s]*+>|@[A-Za-z0-9-]++)?'
_TRIPLE = rb"[ \t]*+".join((_NAME, _NAME, rb"(?:%b|%b)" % (_NAME, _TEXT)))
# A statement of four terms, before it at most comments and statements of three.
_QUAD = re.compile(
    rb"(?:\s++|#[^\r\n]*+|%b[ \t]*+\.)*+%b[ \t]*+%b[ \t]*+\."
    % (_TRIPLE, _TRIPLE, _NAME)
)
# Outside of texts, comments and IRIs, only TriG has braces.
_TO_BRACE = re.compile(
    rb"""(?:[^"'#<{]++|\#[^\r\n]*+|<[^>\r\n]*+>?
    |\"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\")?|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?
    |"(?:[^"\\\r\n]|\\.)*+"?|'(?:[^'\\\r\n]|\\.)*+'?)*+\{""",
    re.VERBOSE | re.DOTALL,
)


def recognise(body: bytes, *, name: str, syntax: Syntax | None = None) -> Syntax:
    """Tell how a text is written, from its bytes and its name.

    Raises:
        FormatError: it is empty, no text, or not in UTF-8.
    """
    text = body.removeprefix(BOM)
    if not text.strip():
        raise FormatError(f"{name} is empty.", hint="Write at least one entry into it.")
    for magic, kind in _MAGIC:
        if text.startswith(magic):
            _refuse_binary(name, _office(text) if magic[:2] == b"PK" else kind)
    at = text.find(b"\0")
    if at >= 0:
        raise FormatError(
            f"{name} is no text: it holds a NUL byte.",
            hint="Save it as text in UTF-8.",
            line=text.count(b"\n", 0, at) + 1,
        )
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{name} is not in UTF-8: line {line}, byte {error.start} cannot be read.",
            hint="Save it as UTF-8.",
            line=line,
        ) from error
    if syntax is not None:
        return syntax
    suffix = Path(name).suffix.lower()
    known = {**rdf_syntax.SUFFIXES, **_MORE_SUFFIXES}
    return known.get(suffix) or sniffed(text)


def _office(body: bytes) -> str:
    """Tell the documents of office programs from other archives."""
    head = body[:8192] + body[-8192:]
    return next((kind for sign, kind in _OFFICE if sign in head), "a ZIP archive")


def _refuse_binary(name: str, kind: str) -> NoReturn:
    raise FormatError(
        f"{name} is {kind}, not an RDF text.",
        hint="Give a text in Turtle, JSON-LD, RDF/XML, N-Triples, TriG or N-Quads.",
        found=kind,
    )


def sniffed(text: bytes) -> Syntax:
    """Guess the syntax from the first signs of a text; Turtle where nothing speaks."""
    head = text[:1024].lstrip()
    if head.startswith((b"<?xml", b"<rdf:", b"<!DOCTYPE", b"<!--")):
        return Syntax.RDFXML
    if re.match(rb'\{\s*("|\})|\[\s*\{', head):
        return Syntax.JSONLD
    if _QUAD.match(text):
        return Syntax.NQUADS
    return Syntax.TRIG if _TO_BRACE.match(text) else Syntax.TURTLE
