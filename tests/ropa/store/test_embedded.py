"""What only the embedded store does: files, locks, failures, checkpoints."""

from __future__ import annotations

import errno
import random
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

from ropa.errors import StoreError, StoreFull, StoreLocked
from ropa.store.embedded import EmbeddedStore

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

    def test_flushed_before_return(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every write and load asks the engine to put it on the disk."""
        store = EmbeddedStore(None, in_union=everything)
        engine = Recorded(store._engine)
        monkeypatch.setattr(store, "_engine", engine)
        store.write({A: one("x")})
        store.load([(A, P, Literal("y"), A)])
        assert engine.calls == ["update", "flush", "load", "flush"]

    @pytest.mark.parametrize("step", ["update", "flush", "load"])
    def test_disk_full(self, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        """A full disk is told as such; the next write may go through."""
        store = EmbeddedStore(None, in_union=everything)
        store.write({A: one("x")})
        full = OSError(errno.ENOSPC, "No space left on device")
        with monkeypatch.context() as patch:
            patch.setattr(store, "_engine", Recorded(store._engine, {step: full}))
            with pytest.raises(StoreFull) as caught:
                if step == "load":
                    store.load([(A, P, Literal("y"), A)])
                else:
                    store.write({A: one("y")})
            assert caught.value.hint
            assert caught.value.http_status == 507
            assert ("may not last" in caught.value.message) == (step == "flush")
        store.write({A: one("z")})
        assert [str(o) for o in store.graph(A).objects()] == ["z"]

    def test_retried_after_full_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A write that reached no disk is put there by its repetition."""
        store = EmbeddedStore(None, in_union=everything)
        full = OSError(errno.ENOSPC, "No space left on device")
        with monkeypatch.context() as patch:
            patch.setattr(store, "_engine", Recorded(store._engine, {"flush": full}))
            with pytest.raises(StoreFull):
                store.write({A: one("x")})
        engine = Recorded(store._engine)
        monkeypatch.setattr(store, "_engine", engine)
        store.write({A: one("x")})
        assert engine.calls == ["flush"]


class Recorded:
    """The engine, with a note of what was called and some calls failing."""

    def __init__(self, engine: Any, failing: dict[str, Exception] | None = None):
        self.engine, self.failing, self.calls = engine, failing or {}, []

    def __getattr__(self, name: str) -> Any:
        if name in {"update", "load", "bulk_load", "flush"}:
            self.calls.append(name)
        if name in self.failing:
            raise self.failing[name]
        return getattr(self.engine, name)


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

    def test_file_in_the_way(self, tmp_path: Path) -> None:
        """A file where the folder should be is told."""
        (tmp_path / "file").write_text("x")
        with pytest.raises(StoreError, match="file"):
            opened(tmp_path / "file")


class TestSnapshot:
    """A state for another process, which later writes do not change."""

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
