"""Tests of the sums of an engine's tables: damage is told before it is met."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph, Literal, URIRef

from ropa.errors import StoreDamaged
from ropa.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from ropa.store.base import Store

G = URIRef("https://ropa.example/g")


def opened(folder: Path) -> Store:
    """Open a folder whose graphs are all stated."""
    return open_store(folder, in_union=lambda _: True)


def write(store: Store, count: int) -> None:
    """Let the graph hold so many statements."""
    graph = Graph()
    for number in range(count):
        graph.add((URIRef(f"{G}#{number}"), URIRef(f"{G}#p"), Literal(number)))
    store.write({G: graph})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that was written to and closed."""
    store = opened(tmp_path / "store")
    write(store, 500)
    store.close()
    return tmp_path / "store"


def tables(folder: Path) -> list[Path]:
    """Give the engine's tables."""
    return sorted((folder / "oxigraph").glob("*.sst"))


def spoil(path: Path, place: int = 10) -> None:
    """Alter one byte of a file, and leave its length."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_every_table_of_a_closed_folder_has_its_sum(folder: Path) -> None:
    """The file can be checked with the tool whose form it has."""
    assert tables(folder)
    listed = (folder / "oxigraph.sha256").read_text().splitlines()[1:]
    assert {line.partition("  ")[2] for line in listed} == {
        f"oxigraph/{path.name}" for path in tables(folder)
    }
    if shutil.which("sha256sum"):
        subprocess.run(
            ["sha256sum", "--check", "--strict", "oxigraph.sha256"],
            cwd=folder,
            check=True,
            capture_output=True,
        )


def test_all_altered_tables_are_named_at_opening(folder: Path) -> None:
    """The message tells what is damaged, where, and the way back."""
    damaged = tables(folder)[:2]
    for path in damaged:
        spoil(path)
    with pytest.raises(StoreDamaged) as caught:
        opened(folder)
    assert caught.value.details["files"] == [path.name for path in damaged]
    assert str(folder) in str(caught.value)
    assert "ropa restore" in caught.value.hint


def test_damage_is_found_in_an_open_folder(folder: Path) -> None:
    """A disk may fail while a server runs."""
    store = opened(folder)
    try:
        store.check_files()
        spoil(tables(folder)[0])
        with pytest.raises(StoreDamaged, match=tables(folder)[0].name):
            store.check_files()
    finally:
        store.close()


def test_once_damage_is_found_nobody_meets_it(folder: Path) -> None:
    """Reading, writing and snapshots are refused alike, and end without delay."""
    store = opened(folder)
    try:
        whole = (folder / "oxigraph.sha256").read_bytes()
        spoil(tables(folder)[0])
        with pytest.raises(StoreDamaged) as caught:
            store.check_files()
        calls = (
            lambda: store.select("SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?o"),
            lambda: store.graph(G),
            lambda: write(store, 3),
            lambda: store.snapshot().__enter__(),
            lambda: [*store.dump()],
        )
        for call in calls:
            with pytest.raises(StoreDamaged) as again:
                call()
            assert str(again.value) == str(caught.value)
            assert again.value.details == caught.value.details
    finally:
        store.close()
    # It is not noted as if it had been written like that.
    assert (folder / "oxigraph.sha256").read_bytes() == whole


def test_new_tables_are_noted_and_old_ones_forgotten(folder: Path) -> None:
    """After a crash nothing is noted; whoever opens next does it."""
    (folder / "oxigraph.sha256").unlink()
    opened(folder).close()
    first = (folder / "oxigraph.sha256").read_text()
    assert all(path.name in first for path in tables(folder))
    store = opened(folder)
    for count in range(501, 520):
        write(store, count)
    store.close()
    later = (folder / "oxigraph.sha256").read_text()
    assert later != first
    assert all(path.name in later for path in tables(folder))


@pytest.mark.parametrize("text", ["", "nonsense\n", "# 0\nff  oxigraph/000009.sst\n"])
def test_sums_that_are_damaged_themselves_do_not_count(folder: Path, text: str) -> None:
    """They are no ground to refuse a store; they are made again."""
    (folder / "oxigraph.sha256").write_text(text)
    store = opened(folder)
    assert len(store.graph(G)) == 500
    store.close()
    assert all(
        path.name in (folder / "oxigraph.sha256").read_text() for path in tables(folder)
    )


def test_one_altered_sum_does_not_count(folder: Path) -> None:
    """Then it is the file of sums that is not as it was written."""
    path = folder / "oxigraph.sha256"
    spoil(path, path.read_text().index("\n") + 3)
    opened(folder).close()


def test_a_large_folder_is_checked_in_parts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening reads a bounded part, verifying all."""
    from ropa.store import embedded

    monkeypatch.setattr(embedded, "_SUMMED_BYTES", 0)
    store = opened(folder)
    spoil(tables(folder)[0])
    with pytest.raises(StoreDamaged):
        store.check_files()
    store.close()


def test_reports_of_the_engine_do_not_pile_up(folder: Path) -> None:
    """It leaves one each time it is opened."""
    for _ in range(8):
        opened(folder).close()
    assert 1 <= len(list((folder / "oxigraph").glob("LOG.old.*"))) <= 4
