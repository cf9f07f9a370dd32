"""A running server is killed while people write: what it answered for is there."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import entry
from ropa.errors import StoreLocked
from ropa.register import Register
from ropa.store import open_store
from ropa.terms import DPV

SEED = 20260108
SITE = "http://127.0.0.1:8000/"
WRITERS = 3
ENTRY = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
<{company}> a dpv:LegalEntity ; dpv:hasName "{number}" ; dpv:hasCountry loc:FR .
<{company}#record> a dpcat:ROPA ; dct:title "Record"@en ; dct:publisher <{company}> ;
    ropa:profile ropa:Register .
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register."""
    place = tmp_path_factory.mktemp("killed") / "register"
    Register.create(str(place), base=SITE).close()
    return place


class Writer:
    """Somebody who saves one company again and again, each time on what they read."""

    def __init__(self, address: str, slug: str, number: int) -> None:
        self.address = address
        self.company = f"{SITE}companies/{slug}"
        self.acknowledged = number
        self.tried = number
        self.revision = ""

    def write(self) -> bool:
        """Save once; false where the server is gone."""
        self.tried = self.acknowledged + 1
        body = ENTRY.format(company=self.company, number=self.tried)
        match = {"If-Match": self.revision} if self.revision else {"If-None-Match": "*"}
        request = urllib.request.Request(
            f"{self.address}rdf-graphs?graph={self.company}&author=Ada",
            data=body.encode(),
            method="PUT",
            headers={"Content-Type": "text/turtle", **match},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.revision = answer.headers["ETag"]
        except urllib.error.HTTPError:
            raise
        except OSError:
            return False
        self.acknowledged = self.tried
        return True

    def write_on(self) -> None:
        """Save until the server is gone."""
        while self.write():
            pass


@contextmanager
def serving(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `ropa serve`; gives the process and its address."""
    words = ["--store", str(place), "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, "-m", "ropa", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = ""
            while not address:
                assert server.stdout.readline(), "the server did not start"
                address = json.loads((place / "server.json").read_text())["address"]
            yield server, address if address.endswith("/") else f"{address}/"
        finally:
            server.kill()


def killed_while_serving(place: Path, *, kills: int, seed: int) -> int:
    """Kill a server under load and look, again and again; give what is there."""
    luck = random.Random(seed)
    done: dict[str, int] = {}
    for number in range(kills):
        with serving(place) as (server, address):
            slugs = [f"company-{number}-{one}" for one in range(WRITERS)]
            writers = [Writer(address, slug, 0) for slug in slugs]
            # The first of each is saved in any case, so that there is something.
            timer = threading.Timer(
                luck.uniform(0.3, 2.0), os.killpg, (server.pid, signal.SIGKILL)
            )
            assert writers[0].write()
            timer.start()
            with ThreadPoolExecutor(WRITERS) as pool:
                for result in [pool.submit(one.write_on) for one in writers]:
                    result.result()
            timer.join()
        store = open_store(place, in_union=entry.is_stated)
        for one in writers:
            about = URIRef(one.company)
            name = store.graph(about).value(about, DPV.hasName)
            there = int(str(name)) if name is not None else 0
            assert one.acknowledged <= there <= one.tried
            done[one.company] = there
        store.close()
    with Register.open(str(place)) as register:
        proof = register.verify()
    assert proof.is_intact, proof.faults[:3]
    assert proof.changes == sum(done.values()) + 1
    return sum(done.values())


def test_server_killed(template: Path, tmp_path: Path) -> None:
    """Five kills of `ropa serve` under three writers: nothing acknowledged is lost."""
    place = tmp_path / "register"
    shutil.copytree(template, place)
    assert killed_while_serving(place, kills=5, seed=SEED) >= 5


def test_many_doors_at_once(template: Path, tmp_path: Path) -> None:
    """Programs, commands and one process's threads through a server: nothing is lost.

    Meanwhile the folder is not opened beside the server.
    """
    place = tmp_path / "register"
    shutil.copytree(template, place)
    saved = 3

    def through_command(number: int) -> int:
        file = tmp_path / f"{number}.ttl"
        company = f"{SITE}companies/command-{number}"
        file.write_text(ENTRY.format(company=company, number=number))
        words = ["--store", str(place), "add", str(file), "--author", "Ada"]
        return subprocess.run(
            [sys.executable, "-m", "ropa", *words], capture_output=True, check=False
        ).returncode

    with serving(place) as (_, address), ThreadPoolExecutor() as pool:
        with pytest.raises(StoreLocked):
            open_store(place, in_union=entry.is_stated)
        slugs = [f"program-{number}" for number in range(WRITERS)]
        writers = [Writer(address, slug, 0) for slug in slugs]
        programs = [
            pool.submit(lambda one: [one.write() for _ in range(saved)], one)
            for one in writers
        ]
        commands = [pool.submit(through_command, number) for number in range(saved)]
        assert [one.result() for one in programs] == [[True] * saved] * WRITERS
        assert [one.result() for one in commands] == [0] * saved
    with Register.open(str(place)) as register:
        proof = register.verify()
        found = register.select(
            "SELECT ?c ?n WHERE { ?c a dpv:LegalEntity ; dpv:hasName ?n }"
        ).rows
    assert proof.is_intact, proof.faults[:3]
    assert proof.changes == 1 + WRITERS * saved + saved
    expected = {f"{SITE}companies/{slug}": str(saved) for slug in slugs}
    expected |= {f"{SITE}companies/command-{n}": str(n) for n in range(saved)}
    assert {str(company): str(name) for company, name in found} == expected


@pytest.mark.deep
def test_server_killed_often(template: Path, tmp_path: Path) -> None:
    """Twenty kills more, as above; each costs the start of a server."""
    place = tmp_path / "register"
    shutil.copytree(template, place)
    assert killed_while_serving(place, kills=20, seed=SEED + 1) >= 20
