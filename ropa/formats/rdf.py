"""Entries from RDF texts that nobody has checked.

The parent looks at the bytes only: how many, and what they seem to be. The text is
parsed in a bounded child, by an engine that refuses what others let in, and comes
back as plain statements without blank nodes.

Source: RDF 1.1 Concepts, section 3.5 (skolemisation); limits: interface.md, section 3.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import bounded
from ropa import syntax as rdf_syntax
from ropa.errors import FormatError, InputError, RopaError, TooLarge, by_code
from ropa.formats import name_lines, turtle_lines
from ropa.formats.lookahead import look_ahead, refuse_odd
from ropa.formats.recognition import BOM, recognise, sniffed
from ropa.formats.skolem import skolemised
from ropa.formats.turtle_lines import LineMap
from ropa.syntax import Quad, Syntax

__all__ = ["Reading", "read", "read_file", "read_untrusted", "recognise"]

MAX_BYTES = 10 * 1024 * 1024
MAX_TRIPLES = 200_000
# Larger texts are read without noting lines, which takes longer than parsing.
MAX_MAPPED_TRIPLES = 50_000
LIMITS = bounded.Limits(seconds=30.0)
STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Reading:
    """What one text says.

    Attributes:
        name: file name or what stands for it.
        graph: its statements; no blank nodes, literals as they were written.
        lines: where each statement stands; nothing for a very large text.
        syntax: how it was written.
    """

    name: str
    graph: Graph
    lines: LineMap
    syntax: Syntax


def read_file(
    path: str, *, base: str, syntax: Syntax | None = None, blank: bool = False
) -> Reading:
    """Read a file, or standard input for ``-``.

    Args:
        path: the file; its suffix tells the syntax, otherwise its first signs do.
        base: IRI against which relative IRIs are resolved.
        syntax: how it is written, where that is known.
        blank: keeps blank nodes as they are.

    Raises:
        InputError: there is no such file, or it cannot be opened.
        TooLarge: seen from its size, without reading it.
        FormatError: as `read_untrusted`.
    """
    if path == STANDARD_INPUT:
        body = _at_most(sys.stdin.buffer)
        return read_untrusted(
            body, name="standard input", syntax=syntax, base=base, blank=blank
        )
    file = Path(path)
    try:
        if file.is_dir():
            raise InputError(f"{path} is a folder, not a file.", file=path)
        seen = file.stat()
        if stat.S_ISFIFO(seen.st_mode):
            raise InputError(
                f"{path} is a pipe, which may never end.",
                hint="Hand its text to standard input: ropa validate - < FILE",
                file=path,
            )
        if seen.st_size > MAX_BYTES:
            raise _too_large(path)
        with file.open("rb") as stream:
            body = _at_most(stream)
    except FileNotFoundError:
        raise InputError(
            f"There is no file {path}.", hint="Check the path.", file=path
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"The file {path} cannot be read: {reason}.",
            hint="Check its name and rights.",
            file=path,
        ) from error
    # A name that is no UTF-8 could not be written into a report.
    name = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return read_untrusted(body, name=name, syntax=syntax, base=base, blank=blank)


def _at_most(stream: BinaryIO) -> bytes:
    """Read a stream up to one byte past the limit, which shows that it is larger."""
    return stream.read(MAX_BYTES + 1)


def _too_large(name: str) -> TooLarge:
    return TooLarge(
        f"{name} is larger than {MAX_BYTES // 2**20} MiB.",
        hint="Split it into several files, one entry each.",
        file=name,
        limit=MAX_BYTES,
    )


def read_untrusted(
    body: bytes,
    *,
    name: str,
    syntax: Syntax | None = None,
    base: str,
    blank: bool = False,
) -> Reading:
    """Read a text that nobody has checked, in a bounded child process.

    Args:
        body: the text, in UTF-8.
        name: file name or what stands for it; named in messages.
        syntax: how it is written; ``None``: told from the name or its first signs.
        base: IRI against which relative IRIs are resolved.
        blank: keeps blank nodes as they are; otherwise they become named parts.

    Returns:
        What it says; that may still be no processing activity.

    Raises:
        FormatError: it cannot be read; line and column where they are known.
        TooLarge: more than ``MAX_BYTES``, or more than ``MAX_TRIPLES`` statements.
        LimitReached: reading took too long or too much memory.
    """
    try:
        if len(body) > MAX_BYTES:
            raise _too_large(name)
        form = recognise(body, name=name, syntax=syntax)
        header, content = bounded.call(
            "ropa.formats.rdf:read",
            {
                "syntax": form.value,
                "base": base,
                "max_triples": MAX_TRIPLES,
                "blank": blank,
            },
            body,
            limits=LIMITS,
        )
    except RopaError as error:
        raise _named(error, name) from error
    graph = Graph(bind_namespaces="none")
    for s, p, o, _ in rdf_syntax.parse(content, Syntax.NTRIPLES):
        graph.add((s, p, o))
    return Reading(name, graph, LineMap.from_json(header["lines"]), form)


def _named(error: RopaError, name: str) -> RopaError:
    """Say in which text something was found."""
    message = error.message
    if not message.startswith(name):
        message = f"{name}: {message}"
    details = {**error.details, "file": name}
    return by_code(error.code)(message, hint=error.hint, **details)


# From here on: what the child runs.


def read(
    header: dict[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Parse one text; a bounded task.

    Args:
        header: ``syntax``, ``base``, ``max_triples``, the most that are read, and
            ``blank``, whether blank nodes are kept.
        body: the text, in UTF-8.
        seal: shuts this process in; called before the text is looked at.

    Returns:
        ``lines``, the line map as plain values, and the statements as N-Triples.

    Raises:
        FormatError, TooLarge: as `read_untrusted`.
    """
    form, base = Syntax(header["syntax"]), header["base"]
    # What Python would otherwise import at first use, when no file can be opened.
    Literal("1", datatype=URIRef("http://www.w3.org/2001/XMLSchema#decimal"))
    seal()
    text = body.removeprefix(BOM).decode("utf-8")
    try:
        look_ahead(text, form)
        parsed = rdf_syntax.parse(text, form, base=base)
        quads = list(_capped(parsed, header["max_triples"]))
    except FormatError as error:
        raise _with_guess(error, text, form) from error
    if not quads:
        raise FormatError(
            "The text holds no statement.", hint="Write at least one entry into it."
        )
    for quad in quads:
        refuse_odd(quad, text)
    rows: dict[str, None] = {}
    subjects: dict[str, None] = {}
    keeps_blank = header.get("blank", False)
    plain = [quad[:3] for quad in quads] if keeps_blank else skolemised(quads, base)
    for s, p, o in plain:
        subjects[str(s)] = None
        rows[f"{rdf_syntax.n3(s)} {rdf_syntax.n3(p)} {rdf_syntax.n3(o)} .\n"] = None
    is_small = len(quads) <= MAX_MAPPED_TRIPLES
    lines = LineMap()
    if is_small and form in {Syntax.JSONLD, Syntax.RDFXML}:
        lines = name_lines.scan(text, subjects, base)
    elif is_small:
        lines = turtle_lines.scan(text, form, base)
    return {"lines": lines.to_json()}, "".join(rows).encode()


def _with_guess(error: FormatError, text: str, form: Syntax) -> FormatError:
    """Add what the text looks like, where its name or sender said otherwise."""
    seems = sniffed(text.encode())
    if seems in {form, Syntax.TURTLE}:
        return error
    suffix = next(s for s, known in rdf_syntax.SUFFIXES.items() if known is seems)
    hint = f"It looks like {seems.value}: give it the suffix {suffix}. {error.hint}"
    return FormatError(error.message, hint=hint.strip(), **error.details)


def _capped(quads: Iterable[Quad], most: int) -> Iterator[Quad]:
    for number, quad in enumerate(quads, start=1):
        if number > most:
            raise TooLarge(
                f"The text holds more than {most} statements.",
                hint="Split it into several files.",
                limit=most,
            )
        yield quad
