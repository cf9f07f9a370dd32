"""The file of a backup: a whole register, history included, in a form of its own.

A ZIP archive with three members, which any tool can read:

- ``register.nq``: N-Quads of the entries, answers, suggestions and changes, and of the
  vocabulary, law and shapes that the register follows; graph by graph in the order of
  their names, the statements of each in the order of their text;
- ``derived.nq``: what follows from entries, and findings; it could be made again, which
  takes minutes where reading takes seconds;
- ``manifest.json``: whose register, when, how much, up to which change, and the SHA-256
  of the other two.

The comment at the end of the archive is the SHA-256 of all bytes before it, so that no
byte can change unseen.

A file is not trusted: nothing is unpacked, sizes are bounded, and each line must be one
statement in the one written form before an engine sees it.

Source: N-Quads; ZIP application note 6.3 section 4.3.16; `performance.md` (sizes).
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rdflib.term import URIRef

from ropa import __version__, entry, folder, history, past, syntax
from ropa.durable import sync_names
from ropa.errors import BackupRejected, InputError, RopaError, StoreFull

if TYPE_CHECKING:
    from ropa.store.base import Store

FORM = "ropa-backup/1"
REGISTER = "register.nq"
DERIVED = "derived.nq"
MANIFEST = "manifest.json"
MEMBERS = (REGISTER, DERIVED, MANIFEST)
MEDIA_TYPE = "application/zip"

_ABOUT = (
    "A register of processing activities, history included, in N-Quads. Put it back "
    "with `ropa restore`. The comment at the end of this archive is the SHA-256 of all "
    "bytes before it."
)
_MARK = b"sha256:"
_COMMENT_BYTES = len(_MARK) + 64
_END = struct.Struct("<4s4H2LH")
# The names of three members with what is said of them; more is no list of ours.
_MOST_INDEX_BYTES = 4096
_MOST_MANIFEST_BYTES = 64 * 1024
# N-Quads of registers shrink to between a tenth and a fortieth.
_MOST_GROWTH = 250
_ALWAYS_ALLOWED_BYTES = 16 * 1024 * 1024
# A text of the greatest length with all its signs escaped, and three IRIs.
_MOST_LINE_BYTES = 2 * syntax.MAX_LITERAL_BYTES + 5 * syntax.MAX_IRI_BYTES
_READ_BYTES = 1 << 18
# Statements of one graph that are handed on together.
_TOGETHER = 50_000
_LEVEL = 3

_IRI = r"<[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*>"
_TEXT = r'"(?:[^"\\\x00-\x1f\ufffe\uffff]++|\\["\\nrt])*+"'
_TAG = r"@[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*"
_LINE = re.compile(
    rf"(?P<triple>{_IRI} {_IRI} (?:{_IRI}|{_TEXT}(?:{_TAG}|\^\^{_IRI})?)) "
    rf"(?P<graph>{_IRI}) \."
)
# What an XML parser would be run over (`ropa.syntax`).
_MARKUP = re.compile(r'"\^\^<[^>]*#(?:XMLLiteral|HTML)>$')
_DERIVED_ENDS = ("/inferred", "/findings")

Told = Callable[[int, int], None]
"""Is told how much is done, and of how much; the unit is whoever tells's."""


@dataclass(frozen=True)
class Member:
    """What the manifest says of a member.

    Attributes:
        sha256: of its bytes, 64 digits.
        bytes: how many.
        graphs: how many graphs it holds.
        statements: how many statements.
    """

    sha256: str
    bytes: int
    graphs: int
    statements: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        made: when, as ISO 8601 in UTC.
        ropa: version of the package that made it.
        settings: those of the register.
        entries: how many entries it holds.
        changes: number of the newest change; 0 where there is none.
        newest: digest of that change.
        members: by name.
    """

    made: str
    ropa: str
    settings: folder.Settings
    entries: int
    changes: int
    newest: str
    members: dict[str, Member] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """Give it as the text of the member ``manifest.json``."""
        values = {"form": FORM, "about": _ABOUT, **asdict(self)}
        return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Read it.

        Raises:
            BackupRejected: it is none of ours, or of a form that is not known yet.
        """
        try:
            values = json.loads(text)
            form = values.pop("form")
            values.pop("about")
            if form != FORM:
                raise BackupRejected(
                    f"The backup has the form {str(form)[:40]!r}, which this version "
                    "does not know.",
                    hint="Restore it with the version of ropa that made it, or later.",
                )
            settings = folder.Settings.from_values(values.pop("settings"))
            members = {k: Member(**v) for k, v in values.pop("members").items()}
            made = cls(settings=settings, members=members, **values)
            made._check()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged("its manifest cannot be understood") from error
        return made

    def _check(self) -> None:
        counts = [self.entries, self.changes]
        texts = [self.made, self.ropa, self.newest]
        for one in self.members.values():
            counts += [one.bytes, one.graphs, one.statements]
            texts.append(one.sha256)
        if set(self.members) != {REGISTER, DERIVED}:
            raise ValueError("members")
        if not all(type(n) is int and n >= 0 for n in counts):
            raise ValueError("counts")
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("texts")


# -- writing ---------------------------------------------------------------------------


def pieces(
    store: Store, settings: folder.Settings, *, told: Told | None = None
) -> Generator[bytes]:
    """Give the file of a backup, piece by piece, while writing goes on.

    All of it is one state: the one that stood when the first piece was asked for.

    Args:
        store: where the register is.
        settings: those of the register.
        told: is told how many graphs are done, and of how many.
    """
    store.check_files()
    with store.held() as held:
        yield from _pieces(held, settings, told)


def _pieces(
    held: Store, settings: folder.Settings, told: Told | None
) -> Iterator[bytes]:
    sink = _Sink()
    now = datetime.now(UTC)
    head = past.head(held, settings.base)
    names = held.graphs()
    # Before changes were chained, none was named as the newest.
    last = head.number or max(filter(None, map(history.number_in, names)), default=0)
    kept = [name for name in names if not is_derived(name)]
    entries = sum(not entry.is_reserved(name) for name in kept)
    members: dict[str, Member] = {}
    done = 0
    with zipfile.ZipFile(
        sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
    ) as archive:
        for member, which in (
            (REGISTER, kept),
            (DERIVED, [name for name in names if is_derived(name)]),
        ):
            whole, size, statements = hashlib.sha256(), 0, 0
            with archive.open(_info(member, now), "w", force_zip64=True) as out:
                for name in which:
                    lines = in_order(held.lines(name))
                    statements += len(lines)
                    end = f" <{name}> .\n"
                    for start in range(0, len(lines), _TOGETHER):
                        some = lines[start : start + _TOGETHER]
                        text = "".join(f"{line[:-2]}{end}" for line in some).encode()
                        whole.update(text)
                        size += len(text)
                        out.write(text)
                        yield from sink.taken()
                    done += 1
                    if told is not None:
                        told(done, len(names))
            members[member] = Member(whole.hexdigest(), size, len(which), statements)
        manifest = Manifest(
            made=history.moment_of(now),
            ropa=__version__,
            settings=settings,
            entries=entries,
            changes=last,
            newest=head.digest,
            members=members,
        )
        archive.writestr(_info(MANIFEST, now), manifest.as_json())
        archive.comment = bytes(_COMMENT_BYTES)
    yield from sink.ended()


def in_order(lines: list[str]) -> list[str]:
    """Put statements in the order that digests have, whatever the engine's is."""
    return sorted(lines, key=syntax.line_normalised)


def is_derived(name: URIRef) -> bool:
    """Tell whether a graph is made from others, and has no history."""
    return str(name).endswith(_DERIVED_ENDS)


def _info(name: str, when: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (max(when.year, 1980), *when.timetuple()[1:6]))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


class _Sink(io.RawIOBase):
    """Takes an archive as it is written; at its end puts the digest for the comment."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._whole = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> Iterator[bytes]:
        """Give what was written since, once it is worth it."""
        if len(self._held) >= _READ_BYTES:
            yield self._cut()

    def _cut(self, all_but: int = 0) -> bytes:
        end = len(self._held) - all_but
        piece = bytes(self._held[:end])
        del self._held[:end]
        self._whole.update(piece)
        return piece

    def ended(self) -> Iterator[bytes]:
        """Give the rest, with the digest in the place of the comment."""
        yield self._cut(_COMMENT_BYTES)
        yield _MARK + self._whole.hexdigest().encode()


def save(parts: Iterable[bytes], file: Path, *, replace: bool = False) -> int:
    """Put the pieces of a backup into a file, whole and on the disk, or not at all.

    Args:
        parts: what `pieces` gave, here or on a server.
        file: where it goes.
        replace: whether a file that is there gives way.

    Returns:
        How many bytes it has.

    Raises:
        InputError: there is a file of that name, or it cannot be made.
        BackupRejected: what came is not whole: the server may have ended.
        StoreFull: no room left; nothing of it stays.
    """
    taken = InputError(
        f"There is a file {file} already.",
        hint="Choose another name, or give --force.",
        file=str(file),
    )
    if not replace and file.exists():
        raise taken
    draft = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with draft.open("w+b") as stream:
            draft.chmod(0o600)
            for part in parts:
                stream.write(part)
            stream.flush()
            os.fsync(stream.fileno())
            check(stream)
            size = stream.seek(0, io.SEEK_END)
        if replace:
            draft.replace(file)
        else:
            _name(draft, file)
        sync_names(file.parent)
    except FileExistsError:
        raise taken from None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StoreFull(
                f"There is no room left for the backup {file}; nothing was written.",
                hint="Free some space, or write it to another disk.",
            ) from error
        raise InputError(
            f"The file {file} cannot be written: {error.strerror}.",
            hint="Choose another place.",
            file=str(file),
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return size


def _name(draft: Path, file: Path) -> None:
    """Give a file its name, which nobody else may have taken meanwhile."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise
    except OSError:
        # There are disks without links.
        if file.exists():
            raise FileExistsError from None
        draft.replace(file)


# -- reading ---------------------------------------------------------------------------


class Backup:
    """An open backup, whose bytes are as they were written.

    Attributes:
        manifest: what it says of itself.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        self.manifest = Manifest.from_json(
            self._bytes(MANIFEST, min(sizes[MANIFEST], _MOST_MANIFEST_BYTES))
        )
        for name, said in self.manifest.members.items():
            if said.bytes != sizes[name]:
                raise _damaged(f"{name} has another size than its manifest says")

    def _bytes(self, name: str, most: int) -> bytes:
        with _readable(), self._archive.open(name) as stream:
            return stream.read(most)

    def lines(
        self, name: str, *, told: Told | None = None
    ) -> Iterator[tuple[URIRef, list[str]]]:
        """Read the statements of a member, graph by graph.

        Args:
            name: the member.
            told: is told how many bytes are read, and of how many.

        Yields:
            A graph and some of its statements, each a line of N-Triples as
            `ropa.syntax` writes it. The graphs come in the order of their names, each
            in one portion or in several that follow each other.

        Raises:
            BackupRejected: a line is no statement, or is not in its place; at the end
                also where digest or counts are others than the manifest says.
        """
        said = self.manifest.members[name]
        whole, size, number, graphs = hashlib.sha256(), 0, 0, 0
        current, lines = "", list[str]()
        with _readable(), self._archive.open(name) as stream:
            for text in _whole_lines(stream, said.bytes, name):
                whole.update(text)
                size += len(text)
                for line in _decoded(text, name):
                    number += 1
                    found = _LINE.fullmatch(line)
                    if found is None or _MARKUP.search(found["triple"]):
                        raise _damaged(f"line {number} of {name} is no statement")
                    graph = found["graph"][1:-1]
                    if graph != current:
                        if graph < current:
                            raise _damaged(f"line {number} of {name} is out of place")
                        if lines:
                            yield URIRef(current), lines
                        current, lines = graph, []
                        graphs += 1
                    elif len(lines) >= _TOGETHER:
                        yield URIRef(current), lines
                        lines = []
                    lines.append(f"{found['triple']} .")
                if told is not None:
                    told(size, said.bytes)
        if lines:
            yield URIRef(current), lines
        if Member(whole.hexdigest(), size, graphs, number) != said:
            raise _damaged(f"{name} is not what its manifest says")


def _whole_lines(stream: IO[bytes], most: int, name: str) -> Iterator[bytes]:
    """Read a stream in pieces that end with a line."""
    rest, size = b"", 0
    while piece := stream.read(_READ_BYTES):
        size += len(piece)
        if size > most:
            raise _damaged(f"{name} is longer than its manifest says")
        text, mark, end = piece.rpartition(b"\n")
        if mark:
            yield rest + text + mark
            rest = end
        else:
            rest += end
        if len(rest) > _MOST_LINE_BYTES + _READ_BYTES:
            raise _damaged(f"{name} has a line that is too long")
    if rest:
        raise _damaged(f"{name} ends within a line")


def _decoded(text: bytes, name: str) -> list[str]:
    try:
        lines = text.decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError:
        raise _damaged(f"{name} is no UTF-8") from None
    if any(len(line) > _MOST_LINE_BYTES for line in lines):
        raise _damaged(f"{name} has a line that is too long")
    return lines


@contextmanager
def opened(file: Path) -> Iterator[Backup]:
    """Open the file of a backup, once it is seen that no byte of it has changed.

    Raises:
        BackupRejected: it is no backup, or not as it was written.
    """
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BackupRejected(
            f"The file {file} cannot be read: {error.strerror}.",
            hint="Check the name.",
        ) from error
    with stream:
        check(stream)
        with _readable(), zipfile.ZipFile(stream) as archive:
            _check_members(archive, file.stat().st_size)
            yield Backup(archive)


def check(stream: IO[bytes]) -> None:
    """See whether a backup is as it was written, byte by byte.

    Args:
        stream: the file, which can be gone through several times.

    Raises:
        BackupRejected: it is no backup, or not as it was written.
    """
    size = stream.seek(0, io.SEEK_END)
    body = size - _COMMENT_BYTES
    if body < _END.size:
        raise _foreign()
    stream.seek(body - _END.size)
    end = stream.read()
    mark, *numbers, comment_bytes = _END.unpack(end[: _END.size])
    count, index_bytes = numbers[3], numbers[4]
    if (mark, comment_bytes) != (b"PK\x05\x06", _COMMENT_BYTES):
        raise _foreign()
    stream.seek(0)
    whole, left = hashlib.sha256(), body
    while left:
        piece = stream.read(min(left, 1 << 20))
        if not piece:
            break
        whole.update(piece)
        left -= len(piece)
    if end[_END.size :] != _MARK + whole.hexdigest().encode():
        raise _damaged("its digest is another one")
    if count != len(MEMBERS) or index_bytes > _MOST_INDEX_BYTES:
        raise _foreign()
    stream.seek(0)


def _check_members(archive: zipfile.ZipFile, file_bytes: int) -> None:
    infos = archive.infolist()
    if [info.filename for info in infos] != list(MEMBERS):
        raise _foreign()
    size = 0
    for info in infos:
        if info.flag_bits & 0x1 or info.compress_type != zipfile.ZIP_DEFLATED:
            raise _foreign()
        size += info.file_size
    if size > max(_ALWAYS_ALLOWED_BYTES, _MOST_GROWTH * file_bytes):
        raise BackupRejected(
            f"The backup would grow to {size} bytes, which no register does.",
            hint="Use a file that `ropa backup` made.",
        )


@contextmanager
def _readable() -> Iterator[None]:
    """Tell what the archive's reader says in our words."""
    try:
        yield
    except RopaError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
    ) as error:
        raise _damaged("the archive cannot be read") from error


def _damaged(what: str) -> BackupRejected:
    return BackupRejected(
        f"The backup is damaged or was altered: {what}.",
        hint="Use another copy of it, or an earlier backup.",
    )


def _foreign() -> BackupRejected:
    return BackupRejected(
        "The file is no whole backup of a register.",
        hint="Use a file that `ropa backup` made; it may have been cut short.",
    )
