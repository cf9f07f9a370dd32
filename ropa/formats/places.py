"""Where entries stand in files that are too large to be read at once.

A file of lines (N-Triples, N-Quads) is passed over once: of each entry it is noted
where its lines stand, so that it can be read by itself, wherever they are. Turtle and
TriG are cut between statements; each piece is read in a bounded child, and written
down as lines. What is held in memory are the names of entries and places, no
statement.

Source: RDF 1.1 N-Triples and N-Quads, one statement a line; RDF 1.1 Turtle section 6.5.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rdflib.term import BNode, Node

from ropa import bounded, syntax
from ropa.errors import FormatError, InputError, RopaError, TooLarge
from ropa.formats import rdf
from ropa.formats.lookahead import look_ahead, refuse_odd
from ropa.formats.recognition import BOM
from ropa.formats.skolem import skolemised
from ropa.syntax import Quad, Syntax

__all__ = ["Entry", "Places", "find"]

# A piece of Turtle: small enough that its lines can be told as well.
PIECE_BYTES = 1024 * 1024
_READ_BYTES = 4 * 1024 * 1024
MOST_FAULTS = 50
"""Lines that cannot be read, after which reading ends."""

_BY_LINES = (Syntax.NTRIPLES, Syntax.NQUADS)
_CUT = (Syntax.TURTLE, Syntax.TRIG)
_PART_OF = b"<http://purl.org/dc/terms/isPartOf>"

Progress = Callable[[str, int, int], None]


class Piece(NamedTuple):
    """A piece of a Turtle file.

    Attributes:
        start: where it begins, in bytes.
        size: how many bytes it has.
        line: its first line, from 1.
        head: the prefixes that were declared before it.
    """

    start: int
    size: int
    line: int
    head: bytes


@dataclass
class File:
    """A file of lines that entries are read from.

    Attributes:
        name: the file as the person named it.
        path: where the lines are: the file itself, or what was written of it.
        original: the file itself.
        form: how the file itself is written.
        base: IRI against which its relative IRIs are resolved.
        pieces: of a file that was cut, the pieces; by the first line of each in
            ``path``.
    """

    name: str
    path: Path
    original: Path
    form: Syntax
    base: str
    pieces: list[tuple[int, Piece]] = field(default_factory=list)


class Segment(NamedTuple):
    """Lines of an entry that stand together: in which file, where, from which line."""

    file: int
    start: int
    size: int
    line: int


@dataclass(slots=True)
class Entry:
    """An entry in files.

    Attributes:
        home: the record it is part of, if it says so.
        segments: where its lines stand.
    """

    home: bytes = b""
    segments: list[Segment] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many bytes its lines have."""
        return sum(one.size for one in self.segments)


class Places:
    """Where each entry stands in some files; used as a context, which tidies up."""

    def __init__(self) -> None:
        self.files: list[File] = []
        self.entries: dict[str, Entry] = {}
        self.faults: list[RopaError] = []
        self._aside: tempfile.TemporaryDirectory[str] | None = None
        self._open: dict[int, BinaryIO] = {}

    def __enter__(self) -> Places:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in self._open.values():
            stream.close()
        if self._aside is not None:
            self._aside.cleanup()

    def add(self, file: File) -> int:
        """Take a file in; give its number."""
        self._open[len(self.files)] = file.path.open("rb")
        self.files.append(file)
        return len(self.files) - 1

    def aside(self) -> Path:
        """Give a place for a file that is needed as long as this."""
        if self._aside is None:
            self._aside = tempfile.TemporaryDirectory(prefix="ropa-")
        return Path(self._aside.name) / f"{len(self.files)}.nt"

    def lines(self, name: str) -> list[tuple[bytes, int, int]]:
        """Give the lines of an entry, each with its file and its number there."""
        found: list[tuple[bytes, int, int]] = []
        for part in self.entries[name].segments:
            # Several read at the same time: the place is part of the call.
            text = os.pread(self._open[part.file].fileno(), part.size, part.start)
            for number, line in enumerate(text.split(b"\n"), start=part.line):
                if line.strip() and not line.lstrip().startswith(b"#"):
                    found.append((line.strip(), part.file, number))
        return found

    def place(
        self,
        name: str,
        focus: Node,
        path: Node | None = None,
        value: Node | None = None,
    ) -> tuple[str | None, int | None]:
        """Tell the file and the line that a finding about an entry speaks of."""
        if name not in self.entries:
            return None, None
        wanted = [
            f"<{focus}> <{path}> {syntax.n3(value)}" if path and value else "",
            f"<{focus}> <{path}> " if path else "",
            f"<{focus}> ",
        ]
        lines = self.lines(name)
        for start in filter(None, wanted):
            for line, file, number in lines:
                if line.startswith(start.encode()):
                    return self._told(file, number, focus, path, value)
        return self._told(*lines[0][1:], focus, path, value)

    def _told(
        self,
        number: int,
        line: int,
        focus: Node,
        path: Node | None,
        value: Node | None,
    ) -> tuple[str, int | None]:
        """Lead from a line that was written aside back to the person's own."""
        file = self.files[number]
        piece = next((p for at, p in reversed(file.pieces) if at <= line), None)
        if piece is None:
            return file.name, None if file.form not in _BY_LINES else line
        with file.original.open("rb") as stream:
            stream.seek(piece.start)
            text = piece.head + stream.read(piece.size)
        reading = rdf.read_untrusted(
            text, name=file.name, syntax=file.form, base=file.base
        )
        found = reading.lines.line(focus, path, value) or 1
        return file.name, found + piece.line - 1


def find(
    paths: Iterable[tuple[str, Syntax | None]],
    *,
    base: str,
    progress: Progress | None = None,
) -> Places:
    """Find where each entry stands in files.

    Args:
        paths: files, each with its syntax where that is said.
        base: IRI against which relative IRIs are resolved.
        progress: is told the file, how many bytes were passed over, and of how many.

    Returns:
        The entries; ``faults`` holds all that cannot be read.
    """
    places = Places()
    for path, form in paths:
        try:
            _add(places, path, form, base, progress or (lambda *_: None))
        except RopaError as error:
            places.faults.append(_named(error, path))
        except OSError as error:
            places.faults.append(
                InputError(
                    f"The file {path} cannot be read: {error.strerror or error}.",
                    hint="Check its name and rights.",
                    file=path,
                )
            )
    return places


def _add(
    places: Places, path: str, form: Syntax | None, base: str, progress: Progress
) -> None:
    file = Path(path)
    if not stat.S_ISREG(file.stat().st_mode):
        raise InputError(
            f"{path} is no plain file.",
            hint="Save it to a file first; it is read more than once.",
            file=path,
        )
    with file.open("rb") as stream:
        form = rdf.recognise(stream.read(64 * 1024), name=path, syntax=form)
    made = File(path, file, file, form, base)
    if form not in _BY_LINES:
        made.path = places.aside()
        cut = _cut(file, form) if form in _CUT else _whole(file, path)
        _write_lines(made, cut, progress)
    _scan(places, places.add(made), progress)


def _named(error: RopaError, name: str) -> RopaError:
    """Say in which file something was found."""
    message = error.message
    if name not in message:
        message = f"{name}: {message}"
    details = {**error.details, "file": name}
    return type(error)(message, hint=error.hint, **details)


def _scan(places: Places, number: int, progress: Progress) -> None:
    """Pass over a file of lines, and note where each entry stands."""
    file = places.files[number]
    entries = places.entries
    total = file.path.stat().st_size
    told = at = 0
    before: bytes | None = None
    name = ""
    start = first = line_number = 0
    found: Entry | None = None

    def close(end: int) -> None:
        if found is not None and end > start:
            found.segments.append(Segment(number, start, end - start, first))

    with file.path.open("rb") as stream:
        for line_number, line in enumerate(stream, start=1):
            subject, sign, rest = line.partition(b">")
            if subject != before:
                bare = subject.strip() if sign else line.strip()
                if line_number == 1:
                    bare = bare.removeprefix(BOM)
                if not bare or bare.startswith(b"#"):
                    at += len(line)
                    continue
                before = subject
                try:
                    document = _document(bare, sign, line_number)
                except FormatError as error:
                    places.faults.append(_named(error, file.name))
                    before = None
                    close(at)
                    found, name = None, ""
                    at += len(line)
                    if len(places.faults) >= MOST_FAULTS:
                        return
                    continue
                if document != name or found is None:
                    close(at)
                    start, first, name = at, line_number, document
                    found = entries.setdefault(document, Entry())
            at += len(line)
            if _PART_OF in rest and not found.home:  # type: ignore[union-attr]
                found.home = rest.partition(_PART_OF)[2]  # type: ignore[union-attr]
            if at - told > _READ_BYTES:
                told = at
                progress(file.name, at, total)
    close(at)


def _document(subject: bytes, sign: bytes, line: int) -> str:
    """Give the entry that a line is about, from what stands before its first ``>``."""
    if not sign or not subject.startswith(b"<") or b"\\" in subject:
        nameless = subject.startswith(b"_:")
        what = "is about a node without a name" if nameless else "is no statement"
        if b"\\" in subject:
            what = "writes an address with escapes"
        raise FormatError(
            f"Line {line} {what}.",
            hint="In a file of many entries each part has a name of its own, such as "
            "<entry#part>, and each line is one statement.",
            line=line,
        )
    try:
        return subject[1:].partition(b"#")[0].decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            f"Line {line} is no UTF-8 text.", hint="Save the file as UTF-8.", line=line
        ) from error


# -- Turtle and others ----------------------------------------------------------------

_SIGNS = re.compile(
    rb"""
    (?P<note>\#[^\r\n]*) | <[^<>"{}|^`\\\s]*> | \\.
  | \"\"\"(?:(?:\"|\"\")?(?:[^\"\\]|\\.))*\"\"\" | '''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
  | (?P<long>\"\"\"|''')
  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
  | (?P<cut>["'<])
  | (?P<open>[\[({]) | (?P<close>[\])}])
  | (?P<end>\.(?![\w\-%\\:.\x80-\xff]))
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(
    rb"(?:\s|\#[^\r\n]*)*@?((?:prefix\s+[^\s:]*:|base))\s*<[^>]*>\s*\.?", re.IGNORECASE
)


def _cut(file: Path, form: Syntax) -> Iterator[tuple[Piece, bytes]]:
    """Cut a Turtle file between its statements, into pieces to be read alone."""
    declared: dict[bytes, bytes] = {}
    rest, start, line = b"", 0, 1
    with file.open("rb") as stream:
        is_last = False
        while not is_last:
            block = stream.read(PIECE_BYTES)
            is_last = len(block) < PIECE_BYTES
            if start == 0 and not rest:
                start = len(block) - len(block.removeprefix(BOM))
                block = block.removeprefix(BOM)
            rest += block
            head = b" ".join(declared.values()) + (b" " if declared else b"")
            size = len(rest) if is_last else _end(rest, form, declared)
            if len(rest) > rdf.MAX_BYTES and not size:
                raise TooLarge(
                    f"One statement from line {line} on is larger than "
                    f"{rdf.MAX_BYTES // 2**20} MiB.",
                    hint="Part it, or hand the file in as N-Quads.",
                    line=line,
                )
            text, rest = rest[:size], rest[size:]
            if text.strip():
                yield Piece(start, size, line, head), text
            start += size
            line += text.count(b"\n")


def _end(text: bytes, form: Syntax, declared: dict[bytes, bytes]) -> int:
    """Find where the last whole statement of a text ends; note what is declared."""
    depth = end = 0
    for sign in _SIGNS.finditer(text):
        kind = sign.lastgroup
        if kind in {"cut", "long"}:
            break
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        is_end = kind == "end" or (
            kind == "close" and form is Syntax.TRIG and text[sign.start()] == 0x7D
        )
        if is_end and depth == 0 and sign.end() < len(text):
            at = end
            while directive := _DIRECTIVE.match(text, at, sign.end()):
                word = directive[1].lower() if directive[1] in b"baseBASE" else b""
                whole = directive[0].strip().split(b"\n")[-1].strip()
                declared[word or directive[1].split()[-1]] = whole
                at = directive.end()
            end = sign.end()
    return end


def _whole(file: Path, name: str) -> Iterator[tuple[Piece, bytes]]:
    """Give a text that cannot be cut as one piece."""
    size = file.stat().st_size
    if size > rdf.MAX_BYTES:
        raise TooLarge(
            f"{name} is larger than {rdf.MAX_BYTES // 2**20} MiB.",
            hint="Hand it in as Turtle or N-Quads, which can be read in pieces.",
            limit=rdf.MAX_BYTES,
        )
    yield Piece(0, size, 1, b""), file.read_bytes()


def _write_lines(
    file: File, pieces: Iterable[tuple[Piece, bytes]], progress: Progress
) -> None:
    """Have the pieces of a file read, and write down their statements as lines."""
    total = file.original.stat().st_size
    line = 1
    named: dict[str, int] = {}
    with (
        file.path.open("wb") as sink,
        ThreadPoolExecutor(max_workers=os.cpu_count()) as several,
    ):
        for piece, made in _ahead(several, pieces, file):
            try:
                header, content = made.result()
            except RopaError as error:
                raise _moved(error, piece.line - 1) from error
            for entry in header["made"]:
                if entry in named:
                    raise _apart(entry, named[entry], piece.line)
            named.update(dict.fromkeys(header["made"], piece.line))
            for entry in header["entries"]:
                if entry in named and named[entry] != piece.line:
                    raise _apart(entry, named[entry], piece.line)
            file.pieces.append((line, piece))
            sink.write(content)
            line += content.count(b"\n")
            progress(file.name, piece.start + piece.size, total)


def _ahead(
    several: ThreadPoolExecutor, pieces: Iterable[tuple[Piece, bytes]], file: File
) -> Iterator[tuple[Piece, Future[tuple[dict[str, Any], bytes]]]]:
    """Have some pieces read ahead, as many as there are processors and one more."""
    most = (os.cpu_count() or 1) + 1
    waiting: deque[tuple[Piece, Future[tuple[dict[str, Any], bytes]]]] = deque()
    for piece, text in pieces:
        header = {"syntax": file.form.value, "base": file.base}
        order = several.submit(
            bounded.call,
            "ropa.formats.places:read",
            header,
            piece.head + text,
            limits=rdf.LIMITS,
        )
        waiting.append((piece, order))
        if len(waiting) > most:
            yield waiting.popleft()
    yield from waiting


def _moved(error: RopaError, lines: int) -> RopaError:
    """Count the lines of an error from the beginning of the file."""
    line = error.details.get("line")
    if line is None or not lines:
        return error
    message = error.message.replace(f"line {line}", f"line {line + lines}")
    details = {**error.details, "line": line + lines}
    return type(error)(message, hint=error.hint, **details)


def _apart(entry: str, first: int, second: int) -> FormatError:
    return FormatError(
        f"The entry {entry} has parts without a name, and its statements lie apart: "
        f"after line {first} and after line {second}.",
        hint="Give the parts names, such as <entry#part>, or put its statements "
        "together.",
        line=second,
    )


# From here on: what the child runs.


def prepare() -> None:
    """Import what reading needs, before any text is seen."""
    next(iter(syntax.parse(b"<urn:a> <urn:b> 1.0 .", Syntax.TURTLE)))


def read(
    header: dict[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Read one piece of a file; a bounded task.

    Args:
        header: ``syntax`` and ``base``.
        body: the text, in UTF-8.
        seal: shuts this process in; called before the text is looked at.

    Returns:
        ``entries``, the names of those it speaks of, and ``made``, of those in which
        parts were given names; the statements as N-Triples, those of an entry together.
    """
    prepare()
    form, base = Syntax(header["syntax"]), header["base"]
    seal()
    try:
        text = body.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise FormatError(
            "The text is no UTF-8.", hint="Save the file as UTF-8."
        ) from error
    look_ahead(text, form)
    quads = list(syntax.parse(text, form, base=base))
    for quad in quads:
        refuse_odd(quad, text)
    _refuse_severed(quads)
    named = {str(term) for s, _, o, _ in quads for term in (s, o)}
    lines: dict[str, dict[str, None]] = {}
    made: set[str] = set()
    for s, p, o in skolemised(quads, base):
        name = str(s).partition("#")[0]
        if "#b-" in str(s) and str(s) not in named:
            made.add(name)
        lines.setdefault(name, {})[f"{syntax.line(s, p, o)}\n"] = None
    content = "".join(line for some in lines.values() for line in some)
    return {"entries": list(lines), "made": sorted(made)}, content.encode()


def _refuse_severed(quads: Iterable[Quad]) -> None:
    """Refuse nodes without a name that another piece of the file may speak of."""
    described = {s for s, _, _, _ in quads if isinstance(s, BNode)}
    led_to = {o for _, _, o, _ in quads if isinstance(o, BNode)}
    if described != led_to:
        raise FormatError(
            "A node without a name stands by itself.",
            hint="In a file of many entries write it within its entry, between "
            "brackets, or give it a name of its own, such as <entry#part>.",
        )
