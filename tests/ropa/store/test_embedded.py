"""What only the embedded store does: files, locks, failures, checkpoints."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.errors import StoreDamaged, StoreError, StoreFull, StoreLocked
from ropa.store import embedded
from ropa.store.embedded import NOTES, EmbeddedStore

A, B = URIRef("http://example.org/a"), URIRef("http://example.org/b")
P = URIRef("http://example.org/p")

# Writes the same number into two graphs, again and again, and says which were done.
WRITER = """
import sys
from pathlib import Path
from rdflib import Graph
from rdflib.term import Literal, URIRef
from ropa.store.embedded import EmbeddedStore

store = EmbeddedStore(Path(sys.argv[1]), in_union=lambda graph: True)
for number in range(int(sys.argv[2]), 1_000_000):
    graphs = {}
    for name in ("http://example.org/a", "http://example.org/b"):
        graphs[URIRef(name)] = graph = Graph()
        for part in range(20):
            subject = URIRef(f"{name}#{part}")
            graph.add((subject, URIRef("http://example.org/p"), Literal(str(number))))
    store.write(graphs)
    print(number, flush=True)
"""


def everything(graph: URIRef) -> bool:
    """Count every graph as stated."""
    return True


def opened(folder: Path) -> EmbeddedStore:
    """Open a folder."""
    return EmbeddedStore(folder, in_union=everything)


def one(value: str) -> Graph:
    """Make a graph of one triple."""
    graph = Graph()
    graph.add((A, P, Literal(value)))
    return graph


class TestWholeness:
    """A write is done whole or not at all, and what was acknowledged stays."""

    def test_killed_while_writing(self, tmp_path: Path) -> None:
        """After SIGKILL both graphs and the union hold the same, newest, state."""
        folder = tmp_path / "register"
        luck = random.Random(30)
        acknowledged = 0
        for _ in range(5):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(folder), str(acknowledged + 1)],
                stdout=subprocess.PIPE,
            )
            assert writer.stdout is not None
            for _ in range(luck.randint(1, 25)):
                acknowledged = int(writer.stdout.readline())
            time.sleep(luck.random() / 50)
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
            writer.stdout.close()
            writer.wait()
            acknowledged = int(rest[-1]) if rest else acknowledged
            store = opened(folder)
            states = {
                str(value) for graph in (A, B) for value in store.graph(graph).objects()
            }
            union = store.select("SELECT ?s ?o WHERE { ?s ?p ?o }").rows
            assert len(states) == 1
            assert int(states.pop()) in {acknowledged, acknowledged + 1}
            assert len(union) == len({s for s, _ in union}) == 40
            assert set(store.graph(A)) | set(store.graph(B)) == {
                (s, P, o) for s, o in union
            }
            store.close()

    def test_failed_step_undoes_all(self, tmp_path: Path) -> None:
        """The engine takes one update back whole when a later part of it fails."""
        store = opened(tmp_path)
        store.write({A: one("x")})
        with pytest.raises(OSError, match="invalid format"):
            store._engine.update(
                "DELETE WHERE { ?s ?p ?o }; DELETE WHERE { GRAPH ?g { ?s ?p ?o } };"
                "INSERT DATA { <a:a> <a:b> 1 }; LOAD <file:///nowhere>"
            )
        assert len(store.graph(A)) == 1
        assert len(store.select("SELECT * WHERE { ?s ?p ?o }").rows) == 1
        store.close()

    def test_synced_before_return(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of what was acknowledged nothing is lost in a power cut.

        Simulated: logs are cut to what was synced of them when the last write was
        acknowledged. Its tables the engine syncs by itself.
        """
        synced: dict[str, int] = {}

        def sync(file: int) -> None:
            name = Path(f"/proc/self/fd/{file}").readlink().name
            synced[name] = os.fstat(file).st_size
            os.fsync(file)

        monkeypatch.setattr(os, "fdatasync", sync)
        store = opened(tmp_path / "live")
        for number in range(20):
            store.write({A: one(f"{number}"), B: one(f"{number}")})
            if number == 10:
                store.load([(A, P, Literal("loaded"), A)])
            cut = tmp_path / f"cut-{number}"
            shutil.copytree(tmp_path / "live", cut)
            for log in (cut / "oxigraph").glob("*.log"):
                os.truncate(log, synced.get(log.name, 0))
            later = opened(cut)
            assert set(later.graph(A)) == set(store.graph(A))
            assert set(later.graph(B)) == set(one(f"{number}"))
            assert list(later.astray()) == []
            later.close()
        assert any(synced.values())
        store.close()

    def test_bulk_load_is_flushed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What goes past the log is put on the disk by the engine; its log is not."""
        monkeypatch.setattr(embedded, "_BULK_BYTES", 1)
        store = opened(tmp_path)
        monkeypatch.setattr(store, "_engine", engine := Recorded(store._engine))
        store.load([(A, P, Literal("y"), A)])
        assert engine.calls == ["bulk_load", "flush"]
        store.close()

    def test_where_the_system_cannot_sync_a_log(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The engine flushes, which does the same."""
        monkeypatch.delattr(os, "fdatasync")
        store = opened(tmp_path)
        monkeypatch.setattr(store, "_engine", engine := Recorded(store._engine))
        store.write({A: one("x")})
        assert engine.calls == ["update", "flush"]
        store.close()

    def test_long_log(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log that grew long becomes tables, so that opening stays quick."""
        store = opened(tmp_path)
        monkeypatch.setattr(embedded, "_LOG_BYTES", 400)
        monkeypatch.setattr(store, "_engine", engine := Recorded(store._engine))
        for number in range(4):
            store.write({A: one(f"{number}")})
        assert engine.calls.count("update") == 4
        assert 0 < engine.calls.count("flush") < 4
        store.close()

    @pytest.mark.parametrize("step", ["update", "load"])
    def test_disk_full(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        """A full disk is told as such; the next write opens the engine anew."""
        store = opened(tmp_path)
        store.write({A: one("x")})
        full = OSError("IO error: No space left on device: While appending to file")
        store._engine = Recorded(store._engine, {step: full})
        with pytest.raises(StoreFull) as caught:
            if step == "load":
                store.load([(A, P, Literal("y"), A)])
            else:
                store.write({A: one("y")})
        assert caught.value.hint
        assert caught.value.http_status == 507
        assert "nothing was written" in caught.value.message
        assert [str(o) for o in store.graph(A).objects()] == ["x"]
        store.write({A: one("z")})
        assert [str(o) for o in store.graph(A).objects()] == ["z"]
        store.close()

    def test_failing_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a sync fails the engine flushes; if that fails too, it is told.

        No other write is begun before that one lasts.
        """
        broken = OSError(errno.EIO, "Input/output error")

        def fail(_: int) -> None:
            raise broken

        store = opened(tmp_path)
        failing: dict[str, Exception] = {}
        store._engine = Recorded(store._engine, failing)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fdatasync", fail)
            store.write({A: one("x")})
            assert store._engine.calls == ["update", "flush"]
            failing["flush"] = OSError("IO error: Input/output error")
            with pytest.raises(StoreError, match="Input/output error"):
                store.write({A: one("y")})
            # Nor can the engine be opened anew.
            patch.setattr(os, "posix_fallocate", lambda *_: fail(0))
            with pytest.raises(StoreError, match="Input/output error"):
                store.write({A: one("z")})
            assert [str(o) for o in store.graph(A).objects()] == ["y"]
        store.write({A: one("z")})
        assert [str(o) for o in store.graph(A).objects()] == ["z"]
        store.close()

    def test_note_without_room(self, tmp_path: Path) -> None:
        """A write that is on the disk is no failure; its note follows with the next."""
        store = opened(tmp_path)
        store.write({A: one("x")}, note="1")
        assert store.notes is not None
        (tmp_path / NOTES).rename(tmp_path / "aside")
        (tmp_path / NOTES).mkdir()
        store.write({A: one("y")}, note="2")
        with pytest.raises(StoreError):
            store.write({A: one("z")}, note="3")
        assert [str(o) for o in store.graph(A).objects()] == ["y"]
        (tmp_path / NOTES).rmdir()
        (tmp_path / "aside").rename(tmp_path / NOTES)
        store.write({A: one("z")}, note="3")
        assert store.notes.lines() == ["1", "2", "3"]
        store.close()


class Recorded:
    """The engine, with a note of what was called and some calls failing."""

    def __init__(self, engine: Any, failing: dict[str, Exception] | None = None):
        self.engine, self.calls = engine, list[str]()
        self.failing = {} if failing is None else failing

    def __getattr__(self, name: str) -> Any:
        if name in {"update", "load", "bulk_load", "flush"}:
            self.calls.append(name)
        if name not in self.failing:
            return getattr(self.engine, name)
        error = self.failing[name]

        # The error that is told holds this call, which does not hold the engine.
        def fail(*_: Any) -> None:
            raise error

        return fail


class TestFolder:
    """A folder is opened by one process, and says clearly when it cannot be."""

    def test_second_opener(self, tmp_path: Path) -> None:
        """In this process and in another the second is refused, with a hint."""
        store = opened(tmp_path)
        with pytest.raises(StoreLocked) as caught:
            opened(tmp_path)
        assert "server" in caught.value.hint
        other = subprocess.run(
            [sys.executable, "-c", WRITER, str(tmp_path), "1"],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert "StoreLocked" in other.stderr
        assert other.stdout == ""
        store.close()
        opened(tmp_path).close()

    def test_only_owner_reads(self, tmp_path: Path) -> None:
        """The folder that is made is closed to other users."""
        opened(tmp_path / "deep" / "register").close()
        mode = (tmp_path / "deep" / "register").stat().st_mode
        assert stat.S_IMODE(mode) == 0o700

    @pytest.mark.parametrize("name", ["CURRENT", "MANIFEST-*", "*.sst"])
    @pytest.mark.parametrize("damage", [b"", b"garbage"])
    def test_damaged(self, tmp_path: Path, name: str, damage: bytes) -> None:
        """Damaged files are told in a sentence with a hint, never by a crash."""
        store = opened(tmp_path)
        store.write({A: one("x")})
        store.close()
        for file in (tmp_path / "oxigraph").glob(name):
            file.write_bytes(damage)
        with pytest.raises(StoreError) as caught:
            opened(tmp_path).select("SELECT * WHERE { ?s ?p ?o }")
        assert str(tmp_path) in caught.value.message
        assert "backup" in caught.value.hint

    @pytest.mark.parametrize("way", ["deleted", "moved", "replaced"])
    def test_folder_taken_away(self, tmp_path: Path, way: str) -> None:
        """While it is open: a write is refused, not done to files that nobody finds."""
        place = tmp_path / "register"
        store = opened(place)
        store.write({A: one("x")})
        if way == "deleted":
            shutil.rmtree(place)
        else:
            place.rename(tmp_path / "elsewhere")
        if way == "replaced":
            shutil.copytree(tmp_path / "elsewhere", place)
        for _ in range(2):
            with pytest.raises(StoreError, match="deleted, moved or replaced") as told:
                store.write({A: one("y")})
            assert "nothing was written" in told.value.message
            assert told.value.hint
        assert [str(o) for o in store.graph(A).objects()] == ["x"]
        store.close()
        if way == "replaced":
            again = opened(place)
            assert [str(o) for o in again.graph(A).objects()] == ["x"]
            again.close()

    def test_file_in_the_way(self, tmp_path: Path) -> None:
        """A file where the folder should be is told."""
        (tmp_path / "file").write_text("x")
        with pytest.raises(StoreError, match="file"):
            opened(tmp_path / "file")


class TestSnapshot:
    """A state for another process, which later writes do not change."""

    def test_damage_is_told_of_the_folder(self, tmp_path: Path) -> None:
        """What is read is a checkpoint of it, and no store in memory."""

        class Damaged:
            def named_graphs(self) -> None:
                raise RuntimeError("Corruption: block checksum mismatch")

        store = opened(tmp_path / "store")
        store.write({A: one("1")})
        with store.held() as held:
            held._engine = Damaged()  # type: ignore[attr-defined]
            with pytest.raises(StoreDamaged) as caught:
                held.graphs()
        assert str(caught.value).startswith(f"The store in {tmp_path / 'store'} is")
        store.close()

    def test_memory(self) -> None:
        """In memory it is text, default graph included."""
        store = EmbeddedStore(None, in_union=everything)
        store.write({A: one("x")})
        with store.snapshot() as snapshot:
            assert snapshot.path is None
            assert snapshot.nquads is not None
            assert len(snapshot.nquads.splitlines()) == 2
            store.write({A: one("y")})
            with store.snapshot() as later:
                assert later.nquads != snapshot.nquads

    def test_folder(self, tmp_path: Path) -> None:
        """In a folder it is a checkpoint, one a revision, gone when out of use."""
        store = opened(tmp_path)
        store.write({A: one("x")})
        with store.snapshot() as first, store.snapshot() as again:
            assert first.path == again.path
            assert first.path is not None
            assert first.path.parent == tmp_path / "checkpoints"
            store.write({A: one("y")})
            with store.snapshot() as later:
                assert later.path != first.path
            assert first.path.exists()
        assert not first.path.exists()
        assert list((tmp_path / "checkpoints").iterdir()) == [later.path]
        store.close()
        assert not (tmp_path / "checkpoints").exists()

    def test_left_overs(self, tmp_path: Path) -> None:
        """What a killed process left is removed at the next start."""
        (tmp_path / "checkpoints" / "7-1").mkdir(parents=True)
        store = opened(tmp_path)
        assert not (tmp_path / "checkpoints").exists()
        store.close()
