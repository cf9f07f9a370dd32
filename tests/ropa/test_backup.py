"""A backup is the whole register in one state; what is not that is refused."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef

from ropa import backup, entry, folder, history, recording, restoring, syntax
from ropa.chain import Chain
from ropa.errors import (
    BackupRejected,
    FormTooNew,
    InputError,
    StoreFull,
    StoreLocked,
)
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import DCT, XSD

BASE = "https://example.org/mill/"
SETTINGS = folder.Settings(BASE, package="a" * 64)
PERSON = history.Account(history.Author.person("Zoé « Z »"), 'weil \n \\ "so"')


def entry_of(number: int, *words: str) -> tuple[URIRef, Graph]:
    """Give an invented entry with texts that are hard to write."""
    name = URIRef(f"{BASE}activities/mill/a-{number}")
    graph = Graph()
    for word in words or ("x",):
        graph.add((name, DCT.title, Literal(word, lang="en")))
    part = URIRef(f"{name}#part")
    graph.add(
        (part, DCT.description, Literal('tab\t "quote" \\ \r\n é \U0001f600 \x7f'))
    )
    graph.add((part, DCT.issued, Literal(f"{number}.50", datatype=XSD.decimal)))
    return name, graph


def filled(store: Store) -> Store:
    """Give a store a history: added, changed, answered, removed; and what is beside."""
    first, second = entry_of(1, "one"), entry_of(2, "two")
    answers = entry.answers_graph(first[0])
    said = Graph().add((URIRef(f"{answers}#1"), DCT.title, Literal("said")))
    recording.record(store, BASE, dict([first, second]), PERSON)
    recording.record(
        store,
        BASE,
        {answers: said},
        PERSON,
        beside={
            entry.inferred_graph(first[0]): first[1],
            entry.findings_graph(first[0]): said,
            entry.suggested_graph(first[0]): said,
        },
    )
    recording.record(store, BASE, dict([entry_of(1, "one", "more")]), PERSON)
    recording.record(store, BASE, {second[0]: None}, PERSON)
    return store


@pytest.fixture
def store() -> Iterator[Store]:
    """Open a small register in memory."""
    opened = open_store("memory:", in_union=entry.is_stated)
    yield filled(opened)
    opened.close()


@pytest.fixture(scope="module")
def whole() -> bytes:
    """Give the bytes of a backup; tests alter copies."""
    opened = open_store("memory:", in_union=entry.is_stated)
    made = b"".join(backup.pieces(filled(opened), SETTINGS))
    opened.close()
    return made


def state_of(store: Store) -> dict[URIRef, list[str]]:
    """Give all statements, by graph."""
    return {name: sorted(store.lines(name)) for name in store.graphs()}


def put(place: Path, content: bytes) -> Path:
    """Write a file."""
    place.write_bytes(content)
    return place


def restored(file: Path, place: Path) -> dict[URIRef, list[str]]:
    """Restore a file and give what is then in the folder."""
    restoring.restore(file, place)
    store = open_store(place, in_union=entry.is_stated)
    try:
        assert list(store.astray()) == []
        return state_of(store)
    finally:
        store.close()


def members_of(content: bytes) -> dict[str, bytes]:
    """Unpack a backup."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(
    members: dict[str, bytes], *, said: Callable[[Any], None] | None = None
) -> bytes:
    """Pack members as a backup that agrees with itself, as who alters one might."""
    manifest = json.loads(members[backup.MANIFEST])
    for name in (backup.REGISTER, backup.DERIVED):
        lines = members.get(name, b"").splitlines()
        names = {line.rsplit(b" ", 2)[-2] for line in lines if line.count(b" ") > 2}
        manifest["members"][name] = {
            "sha256": hashlib.sha256(members.get(name, b"")).hexdigest(),
            "bytes": len(members.get(name, b"")),
            "graphs": len(names),
            "statements": len(lines),
        }
    if said is not None:
        said(manifest)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            told = json.dumps(manifest).encode()
            archive.writestr(name, told if name == backup.MANIFEST else content)
        archive.comment = bytes(71)
    return seal(out.getvalue())


def seal(content: bytes) -> bytes:
    """Put the digest of an archive into its comment."""
    body = content[:-71]
    return body + b"sha256:" + hashlib.sha256(body).hexdigest().encode()


def test_what_was_kept_comes_back(store: Store, tmp_path: Path) -> None:
    """Entries, answers, changes, suggestions, findings: all are as they were."""
    file = tmp_path / "kept.zip"
    backup.save(backup.pieces(store, SETTINGS), file)
    assert restored(file, tmp_path / "new") == state_of(store)
    assert folder.read(tmp_path / "new") == SETTINGS
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_large_graphs_come_in_portions(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many statements are handed on together, what comes back is the same."""
    monkeypatch.setattr(backup, "_TOGETHER", 2)
    monkeypatch.setattr(restoring, "_LOAD_CHARACTERS", 500)
    file = tmp_path / "kept.zip"
    backup.save(backup.pieces(store, SETTINGS), file)
    assert restored(file, tmp_path / "new") == state_of(store)


def test_a_backup_of_what_came_back_is_the_same(store: Store, tmp_path: Path) -> None:
    """The members are equal byte by byte, the moment aside."""
    first = b"".join(backup.pieces(store, SETTINGS))
    restoring.restore(put(tmp_path / "a.zip", first), tmp_path / "new")
    other = open_store(tmp_path / "new", in_union=entry.is_stated)
    second = b"".join(backup.pieces(other, SETTINGS))
    other.close()
    one, two = members_of(first), members_of(second)
    assert one[backup.REGISTER] == two[backup.REGISTER]
    assert one[backup.DERIVED] == two[backup.DERIVED]


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")
def test_other_tools_read_it(whole: bytes) -> None:
    """A ZIP archive of N-Quads, whose comment is the SHA-256 of all before it."""
    from rdflib import Dataset

    members = members_of(whole)
    assert list(members) == ["register.nq", "derived.nq", "manifest.json"]
    data = Dataset()
    data.parse(data=members["register.nq"].decode(), format="nquads")
    manifest = json.loads(members["manifest.json"])
    said = manifest["members"]["register.nq"]["statements"]
    assert sum(1 for _ in data.quads()) == said
    assert whole[-64:].decode() == hashlib.sha256(whole[:-71]).hexdigest()
    assert (manifest["entries"], manifest["changes"]) == (1, 4)


def test_history_goes_on(store: Store, tmp_path: Path) -> None:
    """A change after a restore follows the last one before the backup."""
    content = b"".join(backup.pieces(store, SETTINGS))
    restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")
    other = open_store(tmp_path / "new", in_union=entry.is_stated)
    made = recording.record(other, BASE, dict([entry_of(1, "later")]), PERSON)
    chain = Chain(BASE)
    for name in other.graphs():
        if not backup.is_derived(name):
            chain.take(name, backup.in_order(other.lines(name)))
    other.close()
    assert history.number_of(made) == 5
    assert list(chain.faults()) == []


def test_it_is_one_state_while_writing_goes_on(tmp_path: Path) -> None:
    """Backups made while others write are whole, each of one change or another."""
    store = open_store(tmp_path / "store", in_union=entry.is_stated)
    filled(store)
    is_over = threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        number = 0
        try:
            while not is_over.is_set():
                number += 1
                entries = dict([entry_of(number % 7, str(number)), entry_of(8, "b")])
                recording.record(store, BASE, entries, PERSON)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    numbers = []
    try:
        for turn in range(5):
            file = tmp_path / f"{turn}.zip"
            backup.save(backup.pieces(store, SETTINGS), file)
            done = restoring.restore(file, tmp_path / f"new-{turn}")
            numbers.append(done.manifest.changes)
    finally:
        is_over.set()
        writer.join()
        store.close()
    assert failed == []
    assert numbers == sorted(set(numbers))
    assert not list((tmp_path / "store" / "checkpoints").glob("*"))


def test_a_backup_that_is_not_taken_to_its_end_is_let_go(tmp_path: Path) -> None:
    """Who stops reading leaves nothing behind."""
    store = open_store(tmp_path / "store", in_union=entry.is_stated)
    filled(store)
    parts = backup.pieces(store, SETTINGS)
    next(parts)
    parts.close()
    recording.record(store, BASE, dict([entry_of(9)]), PERSON)
    with store.snapshot():
        pass
    kept = len(list((tmp_path / "store" / "checkpoints").iterdir()))
    store.close()
    assert kept == 1


def test_what_a_crash_leaves_is_kept_too(store: Store, tmp_path: Path) -> None:
    """Two changes may be named as the newest; the later one counts, here as well."""
    newest = history.newest_graph(BASE)
    graph = store.graph(newest)
    graph.add((*next(iter(graph))[:2], history.change_iri(BASE, 3)))
    store.write({newest: graph})
    file = tmp_path / "kept.zip"
    backup.save(backup.pieces(store, SETTINGS), file)
    assert restored(file, tmp_path / "new") == state_of(store)


def test_no_file_is_overwritten_unasked(whole: bytes, tmp_path: Path) -> None:
    """A file that is there stays, also where it came while the backup was made."""
    file = put(tmp_path / "kept.zip", b"mine")
    with pytest.raises(InputError, match="already"):
        backup.save([whole], file)
    assert file.read_bytes() == b"mine"

    def late() -> Iterator[bytes]:
        (tmp_path / "late.zip").write_bytes(b"theirs")
        yield whole

    with pytest.raises(InputError, match="already"):
        backup.save(late(), tmp_path / "late.zip")
    assert (tmp_path / "late.zip").read_bytes() == b"theirs"
    backup.save([whole], file, replace=True)
    assert file.read_bytes() == whole
    assert {path.name for path in tmp_path.iterdir()} == {"kept.zip", "late.zip"}


def test_a_full_disk_leaves_nothing(
    whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half stays, and the file that was there is untouched."""
    file = put(tmp_path / "kept.zip", b"mine")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="no room left"):
        backup.save([whole], file, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.zip"]
    assert file.read_bytes() == b"mine"


SMALL = """
import resource, sys
from pathlib import Path
from ropa import backup, restoring
from ropa.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
file, place, copy = map(Path, sys.argv[1:])
for work in (
    lambda: restoring.restore(file, place, replace=True),
    lambda: backup.save([file.read_bytes()], copy),
):
    try:
        work()
    except StoreError as error:
        print(type(error).__name__)
"""


def test_where_files_cannot_grow_all_is_as_it_was(whole: bytes, tmp_path: Path) -> None:
    """As on a disk that fills up: the engine fails, and nothing gives way."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    restored(file, place)
    store = open_store(place, in_union=entry.is_stated)
    recording.record(store, BASE, dict([entry_of(5, "newer")]), PERSON)
    newer = state_of(store)
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", SMALL, str(file), str(place), str(tmp_path / "b.zip")],
        capture_output=True,
        text=True,
        check=True,
    )
    told = done.stdout.split()
    assert len(told) == 2
    assert told[1] == "StoreFull"
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "register"}
    store = open_store(place, in_union=entry.is_stated)
    assert state_of(store) == newer
    store.close()


def test_what_a_server_did_not_send_whole_is_no_backup(
    whole: bytes, tmp_path: Path
) -> None:
    """A file is given its name only where its digest is right."""
    with pytest.raises(BackupRejected):
        backup.save([whole[:1000]], tmp_path / "kept.zip")
    assert list(tmp_path.iterdir()) == []


def test_each_byte_counts(whole: bytes) -> None:
    """Whichever byte is another one, it is found: all of them, not a sample."""
    for at in range(len(whole)):
        altered = bytearray(whole)
        altered[at] ^= 1 << (at % 8)
        with pytest.raises(BackupRejected):
            backup.check(io.BytesIO(bytes(altered)))
    backup.check(io.BytesIO(whole))


@pytest.mark.parametrize("part", range(20))
def test_a_file_that_is_cut_short_is_refused(
    whole: bytes, tmp_path: Path, part: int
) -> None:
    """Wherever it ends, and also where something stands after its end."""
    cut = whole[: len(whole) * part // 20]
    for content in (cut, whole + cut + b"!"):
        with pytest.raises(BackupRejected):
            restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x05\x06" + bytes(18), b"%PDF-1.7", b"\x00" * 5000, b"\x1f\x8b" * 400],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    """Files of other kinds are told apart before anything is read of them."""
    with pytest.raises(BackupRejected, match="no whole backup"):
        restoring.restore(put(tmp_path / "a", content), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_statement_that_is_altered_is_found(whole: bytes, tmp_path: Path) -> None:
    """Where somebody alters lines and makes all digests of the file anew.

    The chain of changes finds each line of what history vouches for; what stands
    beside it (suggestions) is not vouched for.
    """
    members = members_of(whole)
    lines = members[backup.REGISTER].decode().splitlines()
    vouched = [i for i, one in enumerate(lines) if "/suggested> ." not in one]
    chance = random.Random(7)
    for turn in range(300):
        at = chance.choice(vouched)
        altered = [*lines]
        way = turn % 3
        if way == 0:
            del altered[at]
        elif way == 1:
            s, _, rest = lines[at].partition(" ")
            altered.insert(at, f"{s[:-1]}x> {rest}")
        else:
            start, quote, rest = lines[at].rpartition('"')
            if not quote:
                continue
            altered[at] = f"{start}!{quote}{rest}"
        text = "".join(f"{one}\n" for one in altered).encode()
        content = sealed({**members, backup.REGISTER: text})
        with pytest.raises(BackupRejected):
            _read(put(tmp_path / "a.zip", content))
    _read(put(tmp_path / "a.zip", sealed(members)))


def _read(file: Path) -> None:
    """Read a backup as a restore does, without a folder."""
    with backup.opened(file) as source:
        manifest = source.manifest
        chain = Chain(manifest.settings.base)
        for name, lines in source.lines(backup.REGISTER):
            chain.take(name, lines)
        for fault in chain.faults(head=history.Head(manifest.changes, manifest.newest)):
            raise BackupRejected(fault)


NAME = f"{BASE}activities/mill/a-1"
HOSTILE = {
    "blank node": f"_:x <{DCT.title}> <{NAME}> <{NAME}> .",
    "blank graph": f"<{NAME}> <{DCT.title}> <{NAME}> _:x .",
    "default graph": f"<{NAME}> <{DCT.title}> <{NAME}> .",
    "triple term": f"<{NAME}> <{DCT.title}> <<( <{NAME}> <{NAME}> <{NAME}> )>> "
    f"<{NAME}> .",
    "direction": f'<{NAME}> <{DCT.title}> "x"@en--ltr <{NAME}> .',
    "markup": f'<{NAME}> <{DCT.title}> "x"^^<http://www.w3.org/1999/02/22-rdf-syntax-'
    f"ns#XMLLiteral> <{NAME}> .",
    "relative": f"<a> <{DCT.title}> <{NAME}> <{NAME}> .",
    "bad name": f"<{NAME}{{}}> <{DCT.title}> <{NAME}> <{NAME}> .",
    "escaped name": f"<{NAME}\\u0020> <{DCT.title}> <{NAME}> <{NAME}> .",
    "surrogate": f'<{NAME}> <{DCT.title}> "\\uD800" <{NAME}> .',
    "control": f'<{NAME}> <{DCT.title}> "\x01" <{NAME}> .',
    "not closed": f'<{NAME}> <{DCT.title}> "x <{NAME}> .',
    "comment": "# nothing",
    "empty": "",
    "long": f'<{NAME}> <{DCT.title}> "{"x" * 300_000}" <{NAME}> .',
    "update": f'<{NAME}> <{DCT.title}> "x" <{NAME}> . }} ; DROP ALL ; {{',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_lines_that_are_no_statements_are_refused(
    whole: bytes, tmp_path: Path, kind: str
) -> None:
    """Each line is looked at before an engine sees it."""
    members = members_of(whole)
    text = members[backup.REGISTER] + HOSTILE[kind].encode() + b"\n"
    content = sealed({**members, backup.REGISTER: text})
    with pytest.raises(BackupRejected, match="damaged"):
        restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\n", b"no end", b"\xed\xa0\x80\n", b"x" * 3_000_000]
)
def test_text_that_is_none_is_refused(
    whole: bytes, tmp_path: Path, text: bytes
) -> None:
    """Bytes that are no UTF-8, a last line that does not end, one that never ends."""
    members = members_of(whole)
    content = sealed({**members, backup.REGISTER: members[backup.REGISTER] + text})
    with pytest.raises(BackupRejected, match="damaged"):
        restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")


def test_other_members_are_refused(whole: bytes, tmp_path: Path) -> None:
    """Nothing is unpacked, whatever its name; a member more or less is no backup."""
    members = members_of(whole)
    for more in ("../evil", "/etc/evil", "C:\\evil", "register.nq/..", "x" * 60_000):
        content = sealed({**members, more: b"evil"})
        with pytest.raises(BackupRejected):
            restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")
    for less in (backup.REGISTER, backup.DERIVED):
        fewer = {k: v for k, v in members.items() if k != less}
        for one in (fewer, {**fewer, "../evil": b"evil"}):
            with pytest.raises(BackupRejected):
                restoring.restore(
                    put(tmp_path / "a.zip", sealed(one)), tmp_path / "new"
                )
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_bomb_is_refused(whole: bytes, tmp_path: Path) -> None:
    """What would grow to many times its size is refused before it is unpacked."""
    members = members_of(whole)
    line = f'<{NAME}> <{DCT.title}> "{"x" * 60_000}" <{NAME}> .\n'.encode()
    content = sealed({**members, backup.DERIVED: line * 2_000})
    assert len(content) < 1_000_000
    with pytest.raises(BackupRejected, match="grow"):
        restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")


def _say(**values: Any) -> Callable[[Any], None]:
    def said(manifest: Any) -> None:
        manifest.update(values)

    return said


@pytest.mark.parametrize(
    "said",
    [
        _say(form="ropa-backup/2"),
        _say(changes=3),
        _say(changes="4"),
        _say(newest="sha256:" + "0" * 64),
        _say(members={}),
        _say(settings={"base": BASE, "has_examples": 1}),
        _say(settings={"base": "file:///etc/", "format": 2}),
        _say(settings={"base": "https://example.org/other/", "format": 2}),
        _say(settings={"base": BASE, "more": 1}),
        _say(settings=[]),
        _say(more=1),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    whole: bytes, tmp_path: Path, said: Callable[[Any], None]
) -> None:
    """What it says of itself is compared with what it is."""
    content = sealed(members_of(whole), said=said)
    with pytest.raises(BackupRejected):
        restoring.restore(put(tmp_path / "a.zip", content), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_later_form_is_refused(whole: bytes, tmp_path: Path) -> None:
    """A register of a form that is not known yet stays outside."""
    said = _say(settings={"base": BASE, "format": 99})
    file = put(tmp_path / "a.zip", sealed(members_of(whole), said=said))
    with pytest.raises(FormTooNew, match="99"):
        restoring.restore(file, tmp_path / "new")


def test_a_register_gives_way_only_where_it_is_asked_to(
    whole: bytes, tmp_path: Path
) -> None:
    """With replace it is moved aside, whole; without it nothing happens."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    before = restored(file, place)
    store = open_store(place, in_union=entry.is_stated)
    recording.record(store, BASE, dict([entry_of(5, "newer")]), PERSON)
    newer = state_of(store)
    store.close()
    with pytest.raises(InputError, match="already"):
        restoring.restore(file, place)
    done = restoring.restore(file, place, replace=True)
    assert done.aside is not None
    for where, expected in ((place, before), (done.aside, newer)):
        store = open_store(where, in_union=entry.is_stated)
        assert state_of(store) == expected
        store.close()


def test_a_damaged_register_gives_way_too(whole: bytes, tmp_path: Path) -> None:
    """That is what a backup is for."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    before = restored(file, place)
    for path in (place / "oxigraph").iterdir():
        path.write_bytes(b"\x00" * 100)
    (place / folder.SETTINGS).write_text("{")
    restoring.restore(file, place, replace=True)
    store = open_store(place, in_union=entry.is_stated)
    assert state_of(store) == before
    store.close()


def test_a_folder_of_something_else_is_never_taken(
    whole: bytes, tmp_path: Path
) -> None:
    """Not even when asked to: only registers give way."""
    place = tmp_path / "photos"
    place.mkdir()
    (place / "one.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="not empty"):
        restoring.restore(put(tmp_path / "a.zip", whole), place, replace=True)
    assert [path.name for path in place.iterdir()] == ["one.jpg"]


def test_an_open_register_does_not_give_way(whole: bytes, tmp_path: Path) -> None:
    """Whoever has it open, in this process or in another, goes on undisturbed."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    restored(file, place)
    store = open_store(place, in_union=entry.is_stated)
    try:
        with pytest.raises(StoreLocked):
            restoring.restore(file, place, replace=True)
    finally:
        store.close()
    holding = (
        "import sys; from pathlib import Path; from ropa import entry\n"
        "from ropa.store import open_store\n"
        "open_ = open_store(Path(sys.argv[1]), in_union=entry.is_stated)\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(StoreLocked):
            restoring.restore(file, place, replace=True)
        process.communicate()
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "register"}


@pytest.mark.parametrize("at", ["staged", "aside", "placed"])
def test_a_replacement_that_was_cut_off_is_settled(
    whole: bytes, tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each step between the two renames; what is read next is whole."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    before = restored(file, place)
    renames = {"staged": 0, "aside": 1, "placed": 2}[at]
    real, done = Path.rename, []

    class Killed(BaseException):
        pass

    def rename(self: Path, target: Path) -> Path:
        if len(done) == renames:
            raise Killed
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        # Whoever is killed does not clean up.
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        if at == "placed":
            patch.setattr(folder, "sync_names", lambda _: None)
        try:
            restoring.restore(file, place, replace=True)
        except Killed:
            assert at != "placed"
    assert folder.read(place) == SETTINGS
    store = open_store(place, in_union=entry.is_stated)
    assert state_of(store) == before
    store.close()
    assert folder.is_register(place)


def test_a_leftover_is_not_taken_for_a_register(whole: bytes, tmp_path: Path) -> None:
    """A draft beside a place that nothing was moved away from is only a draft."""
    file = put(tmp_path / "a.zip", whole)
    draft = folder.staging(tmp_path / "register")
    restored(file, draft)
    assert not folder.is_register(tmp_path / "register")
    restoring.restore(file, tmp_path / "register")
    assert not draft.exists()


RESTORES = """
import sys
from pathlib import Path
from ropa import restoring
print("ready", flush=True)
restoring.restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)
"""


@pytest.mark.deep
@pytest.mark.parametrize("part", range(16))
def test_a_kill_leaves_the_old_or_the_new(
    whole: bytes, tmp_path: Path, part: int
) -> None:
    """Whenever a restore is killed, one of the two registers is there, whole."""
    file = put(tmp_path / "a.zip", whole)
    place = tmp_path / "register"
    new = restored(file, place)
    store = open_store(place, in_union=entry.is_stated)
    recording.record(store, BASE, dict([entry_of(5, "newer")]), PERSON)
    old = state_of(store)
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", RESTORES, str(file), str(place)],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(part * 0.009)
        process.send_signal(signal.SIGKILL)
    assert folder.read(place) == SETTINGS
    store = open_store(place, in_union=entry.is_stated)
    assert state_of(store) in (old, new)
    store.close()
    restoring.restore(file, place, replace=True)
    assert not folder.staging(place).exists()


SAVES = """
import sys
from pathlib import Path
from ropa import backup, entry, folder
from ropa.store import open_store
store = open_store(Path(sys.argv[1]), in_union=entry.is_stated)
print("ready", flush=True)
while True:
    parts = backup.pieces(store, folder.Settings("https://example.org/mill/"))
    backup.save(parts, Path(sys.argv[2]), replace=True)
"""


@pytest.mark.deep
@pytest.mark.parametrize("part", range(8))
def test_a_kill_leaves_no_half_backup(whole: bytes, tmp_path: Path, part: int) -> None:
    """Whenever it is killed, the file is a whole backup, the last one or the next."""
    restored(put(tmp_path / "a.zip", whole), tmp_path / "register")
    file = put(tmp_path / "b.zip", whole)
    with subprocess.Popen(
        [sys.executable, "-c", SAVES, str(tmp_path / "register"), str(file)],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 + part * 0.03)
        process.send_signal(signal.SIGKILL)
    with file.open("rb") as stream:
        backup.check(stream)


def test_the_digest_of_portions_is_that_of_the_whole() -> None:
    """Statements that come in their order have one digest, however they are cut."""
    from ropa.chain import Digest

    _, graph = entry_of(3, *(f"word {n}" for n in range(50)))
    lines = backup.in_order([syntax.line(*triple) for triple in graph])
    made = Digest()
    for start in range(0, len(lines), 7):
        made.update(lines[start : start + 7])
    assert (made.text(), made.is_ordered) == (syntax.digest(graph), True)
    made.update(lines[:1])
    assert not made.is_ordered
