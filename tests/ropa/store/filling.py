"""What happens where there is no room, on a disk that is really full.

Runs as a program: ``filling.py WAY SCENE FOLDER``. The ways to have a small disk:

- ``mount``: a file system of its own, in a mount namespace of this process alone, which
  the caller has mounted on the folder; it is filled with a file.
- ``limit``: the operating system lets this process write no longer files, which is what
  a quota does; needs no rights.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import bounded, entry, folder
from ropa.errors import StoreError, StoreFull
from ropa.store.embedded import EmbeddedStore

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

A = URIRef("https://register.example/a")
P = URIRef("http://example.org/p")
PIECE = 4096
# What is left free, so that some writes succeed before the first that fails.
REST_BYTES = 200_000


class Disk:
    """A disk that can be filled, and have room again."""

    def __init__(self, way: str, folder: Path) -> None:
        self.way = way
        self.folder = folder

    def fill(self, rest_bytes: int = 0) -> None:
        """Leave room for no more than some bytes."""
        if self.way == "limit":
            import resource

            held = [f.stat().st_size for f in self.folder.rglob("*") if f.is_file()]
            most = max(held) + rest_bytes if rest_bytes else 0
            _, highest = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, highest))
            return
        with (self.folder / "filler").open("ab", buffering=0) as file:
            found = os.statvfs(self.folder)
            left = found.f_bavail * found.f_frsize - rest_bytes
            with contextlib.suppress(OSError):
                while left > 0:
                    left -= file.write(b"x" * PIECE)

    def free(self) -> None:
        """Make room."""
        if self.way == "limit":
            import resource

            _, highest = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (highest, highest))
            return
        (self.folder / "filler").unlink()


def opened(place: Path) -> EmbeddedStore:
    """Open the store; everything is stated."""
    return EmbeddedStore(place, in_union=entry.is_stated)


def numbered(number: int) -> Graph:
    """Make a graph of some kilobytes that says one number."""
    graph = Graph(store="SimpleMemory")
    for part in range(20):
        graph.add((URIRef(f"{A}#{part}"), P, Literal(f"{number} {'x' * 200}")))
    return graph


def held(store: EmbeddedStore) -> int:
    """Give the number that the graph says, and make sure that it says only that."""
    said = {str(value).split()[0] for value in store.graph(A).objects()}
    union = store.select("SELECT ?o WHERE { ?s <http://example.org/p> ?o }").rows
    assert {str(value).split()[0] for (value,) in union} == said
    assert len(union) == 20
    assert list(store.astray()) == []
    (number,) = said
    return int(number)


def asked(store: EmbeddedStore) -> int:
    """Have a child answer, as it does for queries of strangers."""
    with store.snapshot() as snapshot:
        _, body = bounded.call(
            "ropa.store.answering:answer",
            {
                "query": "SELECT ?o { ?s <http://example.org/p> ?o } LIMIT 1",
                "path": str(snapshot.path),
            },
            b"",
            limits=bounded.Limits(seconds=60),
        )
    return int(body.decode().partition('"value": "')[2].split()[0])


def write_until_full(store: EmbeddedStore, number: int) -> int:
    """Write ever higher numbers, and give the last that was acknowledged."""
    for one in range(number + 1, number + 10_000):
        try:
            store.write({A: numbered(one)})
        except StoreFull as error:
            assert error.http_status == 507
            assert error.exit_code == 3
            assert "nothing was written" in error.message
            assert "Free some space" in error.hint
            return one - 1
    raise AssertionError("the disk was never full")


def scene_writing(disk: Disk, place: Path) -> None:
    """A write fails whole, reading goes on, and there is room again."""
    store = opened(place)
    store.write({A: numbered(1)})
    number = 1
    for _ in range(3):
        disk.fill(REST_BYTES)
        number = write_until_full(store, number)
        disk.fill()
        revision = store.revision
        for _ in range(3):
            assert held(store) == number
            assert asked(store) == number
            try:
                store.write({A: numbered(0)})
            except StoreFull:
                continue
            raise AssertionError("something was written to a full disk")
        assert store.revision == revision
        disk.free()
        # Nothing is told that there is room again: the next write finds out.
        number += 1
        store.write({A: numbered(number)})
        assert held(store) == asked(store) == number
    store.close()
    store = opened(place)
    assert held(store) == number
    assert not list((place / "checkpoints").glob("*"))
    store.close()


def scene_asking(disk: Disk, place: Path) -> None:
    """The first to notice is a query: it is answered, and writing goes on later."""
    store = opened(place)
    store.write({A: numbered(1)})
    disk.fill()
    assert asked(store) == 1
    assert held(store) == 1
    disk.free()
    assert asked(store) == 1
    store.write({A: numbered(2)})
    assert held(store) == asked(store) == 2
    store.close()


def scene_opening(disk: Disk, place: Path) -> None:
    """On a full disk a store is opened for reading, and written to when it can be."""
    store = opened(place)
    store.write({A: numbered(1)})
    store.close()
    disk.fill()
    store = opened(place)
    assert held(store) == asked(store) == 1
    try:
        store.write({A: numbered(2)})
    except StoreFull:
        pass
    else:
        raise AssertionError("something was written to a full disk")
    disk.free()
    store.write({A: numbered(3)})
    assert held(store) == 3
    store.close()
    # One that is not there yet cannot be made.
    disk.fill()
    try:
        opened(place.with_name("another"))
    except StoreError as error:
        assert error.hint
    else:
        raise AssertionError("a store was made on a full disk")


def scene_reading(disk: Disk, place: Path) -> None:
    """Whoever is in the middle of reading holds a write up for a moment only."""
    store = opened(place)
    aside = URIRef(f"{A}/inferred")
    more = (numbered(n) for n in range(30))
    store.write({A: numbered(1), aside: sum(more, Graph(store="SimpleMemory"))})
    disk.fill()
    number = write_until_full(store, 1)
    disk.free()
    with contextlib.closing(store.dump()) as reading:
        assert next(reading)
        try:
            store.write({A: numbered(0)})
        except StoreError as error:
            assert "being read" in error.message
        else:
            raise AssertionError("the engine was closed while it was read")
        assert held(store) == number
    store.write({A: numbered(0)})
    assert held(store) == 0
    store.close()


def scene_settings(disk: Disk, place: Path) -> None:
    """Files beside the store are written whole, or stay as they were."""
    folder.create(place, folder.Settings("https://register.example/"))
    disk.fill()
    for write in (
        lambda: folder.write(place, folder.Settings("https://another.example/")),
        lambda: folder.served_at(place, "http://127.0.0.1:1/").__enter__(),
        lambda: folder.create(place / "inner", folder.Settings("https://r.example/")),
    ):
        try:
            write()
        except StoreFull as error:
            assert error.hint
        else:
            raise AssertionError("something was written to a full disk")
    assert folder.read(place).base == "https://register.example/"
    assert not list(place.glob("*.new"))
    disk.free()
    folder.write(place, folder.Settings("https://another.example/"))
    assert folder.read(place).base == "https://another.example/"


def scene_making(disk: Disk, place: Path) -> None:
    """A register is made whole or not at all, wherever the disk was full."""
    from ropa.register import Register

    (disk.folder / "other").write_bytes(b"x")
    # With a limit on single files that is enough.
    more = (1_500_000,) if disk.way == "mount" else ()
    for rest_bytes in (0, 4_000, 20_000, 100_000, 400_000, *more):
        disk.fill(rest_bytes)
        try:
            Register.create(str(place)).close()
        except StoreFull as error:
            assert error.exit_code == 3
            assert error.http_status == 507
            assert "Free some space" in error.hint
            assert not place.exists(), list(place.iterdir())
        else:
            raise AssertionError(f"a register was made in {rest_bytes} bytes")
        disk.free()
    with Register.create(str(place)) as register:
        assert register.verify().is_intact


def scene_rights(disk: Disk, place: Path) -> None:
    """Without the right to write a folder is not opened, or goes on being read."""
    store = opened(place)
    store.write({A: numbered(1)})
    folders = [place, *(path for path in place.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    # The log is open and can be written on; but no checkpoint can be made, of which
    # the engine learns.
    assert asked(store) == 1
    for _ in range(3):
        try:
            store.write({A: numbered(0)})
        except StoreError as error:
            assert error.exit_code == 3
            assert "the right to read and write" in error.hint
        else:
            raise AssertionError("something was written without a right to")
        assert held(store) == asked(store) == 1
    for path in folders:
        path.chmod(0o755)
    store.write({A: numbered(3)})
    assert held(store) == 3
    store.close()
    for path in folders:
        path.chmod(0o555)
    try:
        opened(place)
    except StoreError as error:
        assert str(place) in error.message
        assert "the right to read and write" in error.hint
    else:
        raise AssertionError("opened without a right to")
    for path in folders:
        path.chmod(0o755)


def scene_register(disk: Disk, place: Path) -> None:
    """A page and a program are told 507; pages and SPARQL go on; then it is saved."""
    from ropa.register import Register
    from webui import create_app

    register = Register.create(str(place), base=SITE)
    client = create_app(register).test_client()
    host = {"Host": "127.0.0.1:8000"}
    page = {**host, "Accept": "text/html,application/xhtml+xml"}

    def put(slug: str, lang: str = "", **headers: str) -> TestResponse:
        company = f"{SITE}companies/{slug}"
        body = (
            f'<{company}> a dpv:LegalEntity ; dpv:hasName "{slug}" ;'
            "    dpv:hasCountry loc:FR ."
            f'<{company}#record> a dpcat:ROPA ; dct:title "{slug}"@en ;'
            f"    dct:publisher <{company}> ; ropa:profile ropa:Register ."
        )
        given = {**host, "Content-Type": "text/turtle", "If-None-Match": "*"}
        return client.put(
            f"/rdf-graphs?graph={company}&author=Ada&lang={lang}",
            data=PREFIXES + body,
            headers={**given, **headers},
        )

    done = put("mill")
    assert done.status_code == 201, done.text
    disk.fill()
    done = put("bakery")
    assert done.status_code == 507, done.text
    assert done.content_type == "application/problem+json"
    assert done.json["code"] == "store-full"
    assert "nothing was written" in done.json["detail"]
    assert "Free some space" in done.json["hint"]
    for lang, title in (("en", "The disk is full"), ("fr", "Le disque est plein")):
        done = put("bakery", lang, Accept=page["Accept"])
        assert done.status_code == 507, done.text
        assert title in done.text, done.text
        assert f'lang="{lang}"' in done.text
    for path in ("/", "/companies/mill", "/findings", "/changes"):
        answer = client.get(path, headers=page)
        assert answer.status_code == 200, (path, answer.text)
    query = "ASK { ?s a dpv:LegalEntity }"
    answer = client.get("/sparql", query_string={"query": query}, headers=host)
    assert answer.status_code == 200, answer.text
    assert "true" in answer.text
    assert client.get("/companies/bakery", headers=page).status_code == 404
    disk.free()
    assert put("bakery").status_code == 201
    assert client.get("/companies/bakery", headers=page).status_code == 200
    register.close()
    with Register.open(str(place)) as again:
        assert again.verify().is_intact


SITE = "http://127.0.0.1:8000/"
PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
"""

if __name__ == "__main__":
    way, scene, where = sys.argv[1:]
    # A running server has long found out where it may put what is short-lived.
    tempfile.gettempdir()
    base = Path(where)
    globals()[f"scene_{scene}"](Disk(way, base), base / "register")
