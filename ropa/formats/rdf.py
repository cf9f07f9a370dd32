"""Entries from RDF texts that nobody has checked.

The parent looks at the bytes only: how many, and what they seem to be. The text is
parsed in a bounded child, by an engine that refuses what others let in, and comes
back as plain statements without blank nodes.

Source: RDF 1.1 Concepts, section 3.5 (skolemisation); limits: interface.md, section 3.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import bounded, entry
from ropa import syntax as rdf_syntax
from ropa.errors import FormatError, InputError, RopaError, TooLarge, by_code
from ropa.formats import turtle_lines
from ropa.formats.turtle_lines import LineMap
from ropa.syntax import Quad, Syntax

__all__ = ["Reading", "read", "read_file", "read_untrusted", "recognise"]

MAX_BYTES = 10 * 1024 * 1024
MAX_TRIPLES = 200_000
MAX_NESTING = 200
# Larger texts are read without noting lines, which takes longer than parsing.
MAX_MAPPED_TRIPLES = 50_000
LIMITS = bounded.Limits(seconds=30.0)
STANDARD_INPUT = "-"

_BOM = b"\xef\xbb\xbf"
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


def read_file(path: str, *, base: str) -> Reading:
    """Read a file, or standard input for ``-``.

    Args:
        path: the file; its suffix tells the syntax, otherwise its first signs do.
        base: IRI against which relative IRIs are resolved.

    Raises:
        InputError: there is no such file, or it cannot be opened.
        TooLarge: seen from its size, without reading it.
        FormatError: as `read_untrusted`.
    """
    if path == STANDARD_INPUT:
        return read_untrusted(
            _at_most(sys.stdin.buffer), name="standard input", base=base
        )
    file = Path(path)
    try:
        if file.is_dir():
            raise InputError(f"{path} is a folder, not a file.", file=path)
        if file.stat().st_size > MAX_BYTES:
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
    return read_untrusted(body, name=path, base=base)


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
    body: bytes, *, name: str, syntax: Syntax | None = None, base: str
) -> Reading:
    """Read a text that nobody has checked, in a bounded child process.

    Args:
        body: the text, in UTF-8.
        name: file name or what stands for it; named in messages.
        syntax: how it is written; ``None``: told from the name or its first signs.
        base: IRI against which relative IRIs are resolved.

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
            {"syntax": form.value, "base": base, "max_triples": MAX_TRIPLES},
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


def recognise(body: bytes, *, name: str, syntax: Syntax | None = None) -> Syntax:
    """Tell how a text is written, from its bytes and its name.

    Raises:
        FormatError: it is empty, no text, or not in UTF-8.
    """
    text = body.removeprefix(_BOM)
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
    return known.get(suffix) or _sniffed(text)


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


def _sniffed(text: bytes) -> Syntax:
    head = text[:1024].lstrip()
    if head.startswith((b"<?xml", b"<rdf:", b"<!DOCTYPE", b"<!--")):
        return Syntax.RDFXML
    if re.match(rb'\{\s*("|\})|\[\s*\{', head):
        return Syntax.JSONLD
    return Syntax.TURTLE


# From here on: what the child runs.


def read(
    header: dict[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Parse one text; a bounded task.

    Args:
        header: ``syntax``, ``base``, and ``max_triples``, the most that are read.
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
    text = body.removeprefix(_BOM).decode("utf-8")
    try:
        _look_ahead(text, form)
        parsed = rdf_syntax.parse(text, form, base=base)
        quads = list(_capped(parsed, header["max_triples"]))
    except FormatError as error:
        raise _with_guess(error, text, form) from error
    if not quads:
        raise FormatError(
            "The text holds no statement.", hint="Write at least one entry into it."
        )
    for quad in quads:
        _refuse_odd(quad, text)
    rows: dict[str, None] = {}
    for s, p, o in _skolemised(quads, base):
        rows[f"{rdf_syntax.n3(s)} {rdf_syntax.n3(p)} {rdf_syntax.n3(o)} .\n"] = None
    is_small = len(quads) <= MAX_MAPPED_TRIPLES
    lines = turtle_lines.scan(text, form, base) if is_small else LineMap()
    return {"lines": lines.to_json()}, "".join(rows).encode()


def _with_guess(error: FormatError, text: str, form: Syntax) -> FormatError:
    """Add what the text looks like, where its name or sender said otherwise."""
    seems = _sniffed(text.encode())
    if seems is form or Syntax.TURTLE in {seems} - {form}:
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


_TURTLE_SIGNS = re.compile(
    r"""
    \#[^\r\n]* | <[^<>"{}|^`\\\s]*> | \\.
  | \"\"\"(?:(?:\"|\"\")?(?:[^\"\\]|\\.))*\"\"\" | '''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
  | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
  | (?P<open>[\[({]) | (?P<close>[\])}])
    """,
    re.VERBOSE | re.DOTALL,
)
_JSON_SIGNS = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL
)
_XML_SIGNS = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^<>]*/>"
    r"|(?P<close></[^<>]*>)|(?P<open><[^!?/<>][^<>]*>)",
    re.DOTALL,
)


def _look_ahead(text: str, form: Syntax) -> None:
    """Refuse what is known to end a parser, or to send it elsewhere."""
    if form is Syntax.JSONLD:
        _check_depth(text, _JSON_SIGNS)
        _check_json(text)
    elif form is Syntax.RDFXML:
        _check_depth(text, _XML_SIGNS)
        _check_encoding(text)
    else:
        _check_depth(text, _TURTLE_SIGNS)


def _check_depth(text: str, signs: re.Pattern[str]) -> None:
    depth = 0
    for sign in signs.finditer(text):
        if sign.lastgroup == "open":
            depth += 1
            if depth > MAX_NESTING:
                line, column = _place(text, sign.start())
                raise FormatError(
                    f"The text is nested more than {MAX_NESTING} levels deep"
                    f" (line {line}, column {column}).",
                    hint="Give the parts names and write them one after the other.",
                    line=line,
                    column=column,
                )
        elif sign.lastgroup == "close":
            depth -= 1


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _check_encoding(text: str) -> None:
    found = re.match(r"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""", text)
    if found and found[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise FormatError(
            f"The text says it is encoded in {found[1][:40]!r}.",
            hint="Save it as UTF-8 and say so in its first line.",
            line=1,
        )


def _check_json(text: str) -> None:
    """Refuse JSON that is none, and contexts that lie elsewhere: nothing is fetched."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"The text cannot be read in line {error.lineno}: {error.msg}.",
            hint="Correct the JSON at that place.",
            line=error.lineno,
            column=error.colno,
        ) from error
    except ValueError as error:
        raise FormatError(
            "The JSON holds a number that cannot be read.",
            hint="Write plain numbers of a usual length, or put them in quotes.",
        ) from error
    if not isinstance(value, dict | list):
        raise FormatError(
            "The JSON holds neither an object nor a list of objects.",
            hint="Write an entry as a JSON-LD object.",
            line=1,
        )
    remote = next(_remote_contexts(value), None)
    if remote is not None:
        at = max(text.find(json.dumps(remote, ensure_ascii=False)), 0)
        line, column = _place(text, at)
        raise FormatError(
            f"The context in line {line} lies elsewhere and is not fetched.",
            hint='Write the content of "@context" into the text itself.',
            line=line,
            column=column,
        )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _remote_contexts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo.extend(one)
            continue
        if not isinstance(one, dict):
            continue
        context = one.get("@context")
        contexts = context if isinstance(context, list) else [context]
        yield from (c for c in contexts if isinstance(c, str))
        if isinstance(one.get("@import"), str):
            yield one["@import"]
        todo.extend(one.values())


_XSD_DECIMAL = URIRef("http://www.w3.org/2001/XMLSchema#decimal")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MARKUP = {URIRef(_RDF + "XMLLiteral"), URIRef(_RDF + "HTML")}


def _refuse_odd(quad: Quad, text: str) -> None:
    """Refuse values that a later reader would unfold beyond measure."""
    value = quad[2]
    if not isinstance(value, Literal) or value.datatype is None:
        return
    what = ""
    if value.datatype == _XSD_DECIMAL and "e" in value.lower():
        what = "is no decimal number: it has an exponent"
    elif value.datatype in _MARKUP:
        what = "is markup, which no field takes"
    if what:
        line, column = _place(text, max(text.find(str(value)), 0))
        raise FormatError(
            f"The value {str(value)[:40]!r} in line {line} {what}.",
            hint="Write a plain number or a plain text.",
            line=line,
            column=column,
        )


def _skolemised(quads: list[Quad], base: str) -> Iterator[tuple[Node, Node, Node]]:
    """Give the triples, with an IRI in its entry for each blank node.

    A blank node belongs to the entry that leads to it. Numbers follow the text, so
    that the same text gives the same names.
    """
    owners = _owners(quads, base)
    taken = {str(term) for s, p, o, _ in quads for term in (s, p, o)} if owners else ()
    numbers: dict[URIRef, int] = {}
    names: dict[BNode, URIRef] = {}

    def named(term: Node) -> Node:
        if not isinstance(term, BNode):
            return term
        while term not in names:
            document = owners[term]
            numbers[document] = number = numbers.get(document, 0) + 1
            name = URIRef(f"{document}#b-{number}")
            if str(name) not in taken:
                names[term] = name
        return names[term]

    for s, p, o, graph in quads:
        subject, value = named(s), named(o)
        if graph is not None and graph != entry.document(subject):
            raise FormatError(
                f"The graph {graph} holds a statement about {subject}.",
                hint="A statement stands in the graph of its own entry, or in none.",
            )
        yield subject, p, value


def _owners(quads: list[Quad], base: str) -> dict[BNode, URIRef]:
    """Find the entry of each blank node: that of the named node leading to it."""
    parents: dict[BNode, Node] = {}
    first: URIRef | None = None
    for s, _, o, graph in quads:
        if isinstance(s, URIRef) and first is None:
            first = entry.document(s)
        if isinstance(o, BNode) and o != s:
            parents.setdefault(o, s)
        if isinstance(s, BNode) and isinstance(graph, URIRef):
            parents[s] = graph
    fallback = first or URIRef(f"{base.split('#', 1)[0]}unnamed")
    owners: dict[BNode, URIRef] = {}
    for node in (term for quad in quads for term in (quad[0], quad[2])):
        if not isinstance(node, BNode):
            continue
        path: dict[Node, None] = {}
        at: Node | None = node
        # Up to a node that is owned or named; a circle leads nowhere.
        while isinstance(at, BNode) and at not in owners and at not in path:
            path[at] = None
            at = parents.get(at)
        owner = fallback
        if isinstance(at, BNode):
            owner = owners.get(at, fallback)
        elif at is not None:
            owner = entry.document(at)
        owners.update((one, owner) for one in path if isinstance(one, BNode))
    return owners
