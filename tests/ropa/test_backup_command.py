"""`ropa backup` and `ropa restore`, here and through a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ropa import backup, entry, folder
from ropa.cli import main
from ropa.errors import InputError
from ropa.register import Register
from ropa.store import open_store

BASE = "http://127.0.0.1:8000/"
MILL = f"""
<{BASE}companies/mill> a <https://w3id.org/dpv#LegalEntity> ;
    <https://w3id.org/dpv#hasCountry> <https://w3id.org/dpv/loc#FR> ;
    <https://w3id.org/dpv#hasName> "Mill & Co" .
<{BASE}companies/mill#record> a <https://w3id.org/dpcat#ROPA> ;
    <http://purl.org/dc/terms/title> "Record"@en ;
    <https://w3id.org/ropa-kg/ontology#profile>
        <https://w3id.org/ropa-kg/ontology#Register> ;
    <http://purl.org/dc/terms/publisher> <{BASE}companies/mill> .
"""


def run(*words: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of an own register with one company."""
    made = tmp_path_factory.mktemp("own") / "register"
    Register.create(str(made), base=BASE).close()
    file = made.parent / "mill.ttl"
    file.write_text(MILL)
    added = run("--store", made, "add", file, "--author", "Zoé")
    assert added.exit_code == 0, added.stderr
    return made


@pytest.fixture(scope="module")
def kept(place: Path) -> Path:
    """Give a backup of it."""
    file = place.parent / "kept.zip"
    done = run("--store", place, "backup", file)
    assert done.exit_code == 0
    assert "1 entry, 2 changes" in done.stdout
    return file


def state_of(place: Path) -> dict[str, list[str]]:
    """Give all statements in a folder, by graph."""
    store = open_store(place, in_union=entry.is_stated)
    try:
        return {name: sorted(store.lines(name)) for name in store.graphs()}
    finally:
        store.close()


def test_a_register_comes_back(place: Path, kept: Path, tmp_path: Path) -> None:
    """All of it, vocabulary and findings included; it can be used at once."""
    new = tmp_path / "new"
    done = run("restore", kept, "--store", new)
    assert (done.exit_code, done.stderr) == (0, "")
    assert str(new) in done.stdout
    assert state_of(new) == state_of(place)
    asked = run("--store", new, "ask", "companies", "--format", "csv")
    assert "Mill & Co" in asked.stdout


def test_exit_codes(kept: Path, tmp_path: Path) -> None:
    """What cannot be taken ends with 2, a register that is not there with 1."""
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    new = tmp_path / "new"
    assert run("--store", tmp_path / "no", "backup", tmp_path / "b.zip").exit_code == 1
    assert run("restore", tmp_path / "no.zip", "--store", new).exit_code == 2
    assert run("restore", taken, "--store", new).exit_code == 2
    assert run("restore", kept, "--store", "memory:").exit_code == 2
    assert run("restore", kept, "--store", "http://127.0.0.1:1/").exit_code == 2
    assert run("restore").exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken.zip"]
    assert run("restore", kept, "--store", new).exit_code == 0
    refused = run("restore", kept, "--store", new)
    assert (refused.exit_code, "--force" in refused.stderr) == (2, True)
    forced = run("restore", kept, "--store", new, "--force")
    assert (forced.exit_code, "new.before-" in forced.stderr) == (0, True)


def test_a_file_that_is_there_stays(place: Path, kept: Path, tmp_path: Path) -> None:
    """It gives way only where that is asked for."""
    file = tmp_path / "b.zip"
    file.write_bytes(b"mine")
    refused = run("--store", place, "backup", file)
    assert (refused.exit_code, file.read_bytes()) == (2, b"mine")
    assert run("--store", place, "backup", file, "--force").exit_code == 0
    with backup.opened(file) as one, backup.opened(kept) as other:
        assert one.manifest.members == other.manifest.members


def test_only_what_stands_is_backed_up(place: Path) -> None:
    """The register as it was has no history: a backup of it would lack the rest."""
    with Register.open(str(place)) as register:
        bygone = register.at(1)
        with pytest.raises(InputError, match="as it stands"):
            bygone.backup()


def test_standard_output_takes_a_backup(place: Path, tmp_path: Path) -> None:
    """The same bytes as in a file, and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "ropa", "--store", str(place), "backup", "-"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    file = tmp_path / "b.zip"
    file.write_bytes(done.stdout)
    with backup.opened(file) as made:
        assert made.manifest.entries == 1
    assert done.stderr == b""


@pytest.mark.deep
def test_the_examples_come_back(tmp_path: Path) -> None:
    """The five companies, by whom the form has the most to keep."""
    file, new = tmp_path / "five.zip", tmp_path / "new"
    assert run("--store", "memory:", "backup", file).exit_code == 0
    assert run("restore", file, "--store", new).exit_code == 0
    assert folder.read(new).has_examples
    with Register.open("memory:") as five, Register.open(str(new)) as back:
        mine, theirs = (
            {
                name: sorted(one._store.lines(name))
                for name in one.graphs()
                if history_free(name)
            }
            for one in (five, back)
        )
    assert mine == theirs


def history_free(name: str) -> bool:
    """Tell whether a graph says nothing of when it was made."""
    return "/changes/" not in name and not backup.is_derived(entry.URIRef(name))


@pytest.fixture
def serving(place: Path) -> Iterator[str]:
    """Run `ropa serve` on the folder, and give its line."""
    words = ["--store", str(place), "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, "-m", "ropa", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=place.parent,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline()
        finally:
            process.terminate()
            process.wait()


def test_through_a_running_server(
    serving: str, place: Path, kept: Path, tmp_path: Path
) -> None:
    """The folder that is served is backed up; it is not restored over."""
    assert "1 company, " in serving
    file = tmp_path / "b.zip"
    done = run("--store", place, "backup", file)
    assert done.exit_code == 0
    with backup.opened(file) as one, backup.opened(kept) as other:
        mine, theirs = one.manifest.members, other.manifest.members
        assert mine[backup.REGISTER] == theirs[backup.REGISTER]
    refused = run("restore", kept, "--store", place, "--force")
    assert (refused.exit_code, "open" in refused.stderr) == (3, True)
    assert run("restore", file, "--store", tmp_path / "new").exit_code == 0
