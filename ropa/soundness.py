"""Whether entries are sound enough to be saved: many at once, in one bounded child.

For a register that is filled with many entries. Lines go in as they stand in a file;
what comes back is plain: which entries can be saved, with their digests and statements,
and what is wrong with the others. Only what blocks saving is looked for; what the law
says of them is found when it is first asked for.

Source: interface.md section 4 (saving); ``shapes/*.ttl``, ``ropa:blocksSaving``.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import bounded, entry, syntax, validation, vocabulary
from ropa import rules as rulebook
from ropa.errors import FormatError
from ropa.findings import Report
from ropa.formats.lookahead import refuse_odd
from ropa.store import MEMORY, open_store
from ropa.syntax import Syntax
from ropa.terms import ROPA

if TYPE_CHECKING:
    from ropa.store.base import Store

Triple = tuple[Node, Node, Node]

LIMITS = bounded.Limits(
    seconds=300, memory_bytes=2 * 1024**3, output_bytes=256 * 1024**2
)


class Sound(NamedTuple):
    """An entry that can be saved.

    Attributes:
        name: the entry.
        digest: of its statements.
        lines: the statements, each a line as `ropa.syntax` writes it.
        mentions: of the names that were asked about, those that it names.
    """

    name: str
    digest: str
    lines: list[str]
    mentions: list[str]


class Fault(NamedTuple):
    """A line that is no statement of its entry: its index, and what is wrong."""

    line: int
    name: str
    message: str
    hint: str


@dataclass(frozen=True)
class Verdict:
    """What was seen of some entries.

    Attributes:
        sound: those that can be saved, in the order in which they came.
        unchanged: how many stand already with the same digest.
        faults: lines that cannot be read; their entries are not sound.
        report: what blocks other entries from being saved.
    """

    sound: list[Sound]
    unchanged: int
    faults: list[Fault]
    report: Report


def judge(
    lines: Iterable[bytes],
    around: bytes,
    *,
    known: dict[str, str],
    named: Iterable[str],
    as_of: date,
) -> Verdict:
    """Read, complete, digest and check entries in a bounded child process.

    Args:
        lines: N-Triples or N-Quads, one statement each, of whole entries.
        around: likewise, of other entries that these name.
        known: digests of the entries that stand already.
        named: names of which it is told which entries name them.
        as_of: the day of the check.

    Raises:
        LimitReached: it took too long or too much memory.
    """
    text = b"\n".join(lines)
    header, content = bounded.call(
        "ropa.soundness:check",
        {
            "size": len(text),
            "known": known,
            "named": sorted(named),
            "as_of": as_of.isoformat(),
        },
        text + around,
        limits=LIMITS,
    )
    written = content.decode().split("\n")
    sound, at = [], 0
    for name, digest, size, mentions in header["sound"]:
        sound.append(Sound(name, digest, written[at : at + size], mentions))
        at += size
    return Verdict(
        sound=sound,
        unchanged=header["unchanged"],
        faults=[Fault(*one) for one in header["faults"]],
        report=Report.from_json(header["report"].encode()),
    )


# From here on: what the child runs.


def prepare() -> Any:
    """Load what every check needs, before any text is seen."""
    _codes()
    vocabulary.load()
    _engine().as_kept(Graph())
    return validation.prepare()


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for code, rule in rulebook.rules().items() if rule.blocks)


@cache
def _engine() -> Store:
    """Give an engine that shows how values are kept."""
    return open_store(MEMORY, in_union=entry.is_stated)


def check(
    header: dict[str, Any], body: bytes, seal: Callable[[], None]
) -> tuple[dict[str, Any], bytes]:
    """Judge some entries; a bounded task. See `judge`."""
    prepare()
    seal()
    # What is made here is needed to the end, and there is no time to look through it.
    gc.disable()
    text, around = body[: header["size"]], body[header["size"] :]
    entries, faults = _read(text)
    bad = {fault.name for fault in faults}
    ready: dict[str, tuple[str, list[str], dict[Triple, None]]] = {}
    unchanged = 0
    _complete(entries)
    for name, triples in entries.items():
        if name in bad:
            continue
        lines = [syntax.line(*triple) for triple in _as_kept(triples)]
        digest = syntax.digest_of(lines)
        if header["known"].get(name) == digest:
            unchanged += 1
        else:
            ready[name] = (digest, lines, triples)
    report = _checked(
        [triples for _, _, triples in ready.values()],
        around,
        entries,
        date.fromisoformat(header["as_of"]),
    )
    bad |= {str(finding.entry) for finding in report.findings}
    asked = set(header["named"])
    sound: list[tuple[str, str, int, list[str]]] = []
    written: list[str] = []
    for name, (digest, lines, triples) in ready.items():
        if name not in bad:
            objects = {str(o).partition("#")[0] for _, _, o in triples}
            mentions = sorted((asked & objects) - {name})
            sound.append((name, digest, len(lines), mentions))
            written += lines
    answer = {
        "sound": sound,
        "unchanged": unchanged,
        "faults": faults,
        "report": report.to_json().decode(),
    }
    return answer, "\n".join(written).encode()


def _read(text: bytes) -> tuple[dict[str, dict[Triple, None]], list[Fault]]:
    """Read statements, by entry; where some cannot be read, each line by itself."""
    entries: dict[str, dict[Triple, None]] = {}
    try:
        for quad in syntax.parse(text, Syntax.NQUADS):
            _put(entries, quad)
    except FormatError:
        return _read_each(text)
    return entries, []


def _read_each(text: bytes) -> tuple[dict[str, dict[Triple, None]], list[Fault]]:
    entries: dict[str, dict[Triple, None]] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.split(b"\n")):
        try:
            for quad in syntax.parse(line, Syntax.NQUADS):
                _put(entries, quad)
        except FormatError as error:
            subject = line.lstrip().removeprefix(b"<").partition(b">")[0]
            name = subject.partition(b"#")[0].decode(errors="replace")
            faults.append(Fault(number, name, error.message, error.hint))
    return entries, faults


def _put(entries: dict[str, dict[Triple, None]], quad: syntax.Quad) -> None:
    s, p, o, graph = quad
    if isinstance(o, Literal):
        refuse_odd(quad, "")
    elif isinstance(o, BNode):
        raise FormatError(
            "The statement names a node without a name.",
            hint="Give the part an IRI: a fragment of its entry.",
        )
    name = str(s).partition("#")[0]
    if graph is not None and str(graph) != name:
        raise FormatError(
            f"The graph {graph} holds a statement about {s}.",
            hint="A statement stands in the graph of its own entry, or in none.",
        )
    entries.setdefault(name, {})[s, p, o] = None


def _complete(entries: dict[str, dict[Triple, None]]) -> None:
    """Add what is only another form of what is stated; see `ropa.entry.complete`."""
    some: list[Triple] = []
    for triples in entries.values():
        parts = {s for s, p, _ in triples if p == ROPA.period}
        if parts:
            some += (triple for triple in triples if triple[0] in parts)
    for triple in entry.other_forms(syntax.collected(some)):
        entries[str(triple[0]).partition("#")[0]].setdefault(triple)


def _as_kept(triples: dict[Triple, None]) -> Iterable[Triple]:
    """Give statements as the store will keep them; their digest is made of that."""
    typed = syntax.collected(
        triple
        for triple in triples
        if isinstance(triple[2], Literal) and triple[2].datatype is not None
    )
    kept = _engine().as_kept(typed)
    if kept is typed:
        return triples
    return [*(triple for triple in triples if triple not in typed), *kept]


def _checked(
    some: list[dict[Triple, None]],
    around: bytes,
    entries: dict[str, dict[Triple, None]],
    as_of: date,
) -> Report:
    """Look for what blocks saving, in entries as they will stand with the others."""
    if not some:
        return Report([], [], as_of, rulebook.digest())
    data = syntax.collected(triple for triples in some for triple in triples)
    others: dict[str, list[Triple]] = {}
    for s, p, o, _ in syntax.parse(around, Syntax.NQUADS):
        others.setdefault(str(s).partition("#")[0], []).append((s, p, o))

    def fetch(iri: URIRef) -> Graph:
        """Give another entry: one that stands already, or that was handed along."""
        name = str(iri).partition("#")[0]
        return syntax.collected(others.get(name) or entries.get(name) or ())

    context = validation.context(data, vocabulary.load(), fetch)
    return validation.validate(data, context, as_of=as_of, rules=_codes())
