"""A register is built anew from what can be read of a damaged folder, or left alone."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ropa import bounded, entry, folder, history, packaged, salvaging
from ropa.cli import main
from ropa.errors import LimitReached, StoreDamaged, StoreLocked
from ropa.store import open_store
from tests.ropa.recorded_register import BASE, make

IN_CI, IN_DEPTH = 12, 150


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of a register with a history, that nobody has open."""
    place = tmp_path_factory.mktemp("made") / "register"
    folder.create(place, folder.Settings(BASE, package=packaged.digest()))
    make(place, changes=40).close()
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """Give a copy that the test may damage."""
    return Path(shutil.copytree(made, tmp_path / "register"))


def held(place: Path) -> list[bytes]:
    """Give all that is stated and all of history, in order."""
    store = open_store(place, in_union=entry.is_stated)
    try:
        return sorted(
            line
            for line in b"".join(store.dump()).split(b"\n")
            if not line.endswith((b"/findings> .", b"/inferred> ."))
        )
    finally:
        store.close()


def bytes_of(place: Path) -> dict[str, str]:
    """Give the digest of each file of a folder, but the engine's log of its doings."""
    return {
        str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and not path.name.startswith(("LOG", "LOCK"))
    }


def spoil(place: Path, chance: random.Random) -> str:
    """Flip one bit of one table; give the table's name."""
    path = chance.choice(sorted((place / "oxigraph").glob("*.sst")))
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return path.name


def declare_damaged(place: Path) -> None:
    """Have a folder count as damaged in which all can be read."""
    path = place / "oxigraph.sha256"
    rest = "0" * 64 + path.read_text().partition("\n")[2][64:]
    path.write_text(f"# {hashlib.sha256(rest.encode()).hexdigest()}\n{rest}")


def run(place: Path, *words: str, lang: str = "en") -> Result:
    """Run `ropa verify` on a folder."""
    whole = ["--store", str(place), "--lang", lang, "verify", *words]
    return CliRunner().invoke(main, whole, prog_name="ropa")


def outcome(place: Path, before: list[bytes]) -> str:
    """Salvage a damaged folder, and see that it is whole or as it was."""
    files = bytes_of(place)
    try:
        done = salvaging.salvage(place)
    except StoreDamaged as error:
        assert error.hint
        assert bytes_of(place) == files
        assert not folder.staging(place).exists()
        return "left alone"
    assert done.verification.is_intact
    assert done.aside is not None
    assert bytes_of(done.aside) == files
    assert held(place) == before
    return "built anew"


def spoil_often(numbers: range, made: Path, scratch: Path) -> Counter[str]:
    """Flip bits, one at a time, and count what came of it."""
    before = held(made)
    counted: Counter[str] = Counter()
    for number in numbers:
        place = Path(shutil.copytree(made, scratch / "register"))
        spoil(place, random.Random(number))
        counted[outcome(place, before)] += 1
        for left in scratch.iterdir():
            shutil.rmtree(left)
    return counted


def test_a_flipped_bit_loses_nothing(made: Path, tmp_path: Path) -> None:
    """Each statement is in several places, so most damage is made good."""
    counted = spoil_often(range(IN_CI), made, tmp_path)
    assert counted["built anew"] > counted["left alone"], counted


@pytest.mark.deep
def test_many_flipped_bits_lose_nothing(made: Path, tmp_path: Path) -> None:
    """The same with other bits."""
    counted = spoil_often(range(1000, 1000 + IN_DEPTH), made, tmp_path)
    assert counted["built anew"] > counted["left alone"], counted


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_person_is_led_back(place: Path, lang: str) -> None:
    """Opening tells of the way; verifying takes it; then all is as before."""
    before = held(place)
    name = spoil(place, random.Random(1))
    refused = run(place)
    assert refused.exit_code == 3
    assert name in refused.stderr
    assert "ropa verify --rebuild" in refused.stderr
    done = run(place, "--rebuild", lang=lang)
    assert done.exit_code == 0, done.output
    assert name in done.stderr
    assert str(folder.beside(place, "before").parent) in done.stdout
    assert {"en": "Built anew", "fr": "Reconstruit"}[lang] in done.stdout
    assert run(place).exit_code == 0
    assert held(place) == before


def test_what_no_child_can_read_comes_from_history(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that does not come back costs the graph that it hung over, no more."""
    before = held(place)
    store = open_store(place, in_union=entry.is_stated)
    lost = next(name for name in store.graphs() if history.is_kept_whole(name))
    store.close()
    call = bounded.call

    def hanging(function: str, header: dict[str, object], **given: object) -> object:
        if str(lost) in header.get("names", ()):  # type: ignore[operator]
            raise LimitReached("It took too long.", limit="seconds")
        return call(function, header, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(bounded, "call", hanging)
    done = salvaging.salvage(place)
    assert done.partly == (lost,)
    assert not done.found.is_intact
    assert done.verification.is_intact
    assert held(place) == before


def test_without_its_history_nothing_is_built(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be proved does not take the place of what is damaged."""
    declare_damaged(place)
    files = bytes_of(place)
    lost = str(history.change_iri(BASE, 7))
    call = bounded.call

    def hanging(function: str, header: dict[str, object], **given: object) -> object:
        if lost in header.get("names", ()):  # type: ignore[operator]
            raise LimitReached("It took too long.", limit="seconds")
        return call(function, header, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(bounded, "call", hanging)
    with pytest.raises(StoreDamaged) as caught:
        salvaging.salvage(place)
    assert lost in str(caught.value)
    assert caught.value.details["graphs"] == [lost]
    assert bytes_of(place) == files
    assert [path.name for path in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("name", ["CURRENT", "MANIFEST"])
def test_where_nothing_can_be_read_all_is_left_alone(place: Path, name: str) -> None:
    """The engine does not even open such a folder."""
    for path in (place / "oxigraph").glob(f"{name}*"):
        path.write_bytes(b"")
    files = bytes_of(place)
    done = run(place, "--rebuild")
    assert done.exit_code == 3
    assert "Nothing can be read" in done.stderr
    assert "ropa restore" in done.stderr
    assert bytes_of(place) == files


def test_a_folder_that_is_open_is_not_touched(place: Path) -> None:
    """Two must not build the same."""
    store = open_store(place, in_union=entry.is_stated)
    try:
        with pytest.raises(StoreLocked):
            salvaging.salvage(place)
    finally:
        store.close()
