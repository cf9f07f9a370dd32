"""`ropa verify` as a person runs it: intact, altered, rebuilt, lost, damaged."""

from __future__ import annotations

import errno
import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import folder, packaged
from ropa.cli import main
from ropa.register import Register
from ropa.store.notes import Notes
from ropa.terms import DCT
from tests.ropa.recorded_register import BASE, make
from webui.server import bind

CHANGES = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of a register with a short history, that nobody has open."""
    place = tmp_path_factory.mktemp("made") / "register"
    folder.create(place, folder.Settings(BASE, package=packaged.digest()))
    make(place, changes=CHANGES).close()
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """Give a copy that the test may damage."""
    return Path(shutil.copytree(made, tmp_path / "register"))


def run(place: Path | str, *words: str, lang: str = "en") -> Result:
    """Run `ropa verify` on a folder."""
    whole = ["--store", str(place), "--lang", lang, "verify", *words]
    return CliRunner().invoke(main, whole, prog_name="ropa")


def values(answer: Result) -> dict[str, Any]:
    """Read an answer as JSON, once it is seen that it follows the schema."""
    found = json.loads(answer.stdout)
    schema = resources.files("ropa").joinpath("schemas/verification.schema.json")
    Draft202012Validator(json.loads(schema.read_text("utf-8"))).validate(found)
    assert isinstance(found, dict)
    return found


def entry_in(place: Path) -> URIRef:
    """Name an entry that stands."""
    with Register.open(str(place)) as register:
        return next(n for n in register.graphs() if n.startswith(f"{BASE}activities/"))


def write_past_history(place: Path, name: URIRef, title: str = "Mine") -> None:
    """Write into a graph without recording it."""
    with Register.open(str(place)) as register:
        graph = register.graph(name)
        graph.set((name, DCT.title, Literal(title)))
        register._store.write({name: graph})


def test_an_intact_register_says_what_to_note_down(place: Path) -> None:
    """Number of changes and entries, digest and moment of the newest; nothing else."""
    answer = run(place)
    assert answer.exit_code == 0
    assert answer.stdout.startswith("History is intact")
    last = (place / "history.log").read_text("utf-8").splitlines()[-1]
    number, digest = last.split()
    assert digest in answer.stdout
    assert f"{number}\n" in answer.stdout
    found = values(run(place, "--format", "json"))
    assert (found["is_intact"], found["changes"]) == (True, CHANGES)
    assert found["witness"] == {"first": 1, "last": CHANGES}
    assert run(place, "--head", digest).exit_code == 0
    assert "is that of change 12" in run(place, "--head", digest[7:20]).stdout


def test_an_altered_entry_is_told_and_led_back(place: Path) -> None:
    """First what is wrong, then what was put right; the history is as it was."""
    name = entry_in(place)
    write_past_history(place, name)
    answer = run(place)
    assert answer.exit_code == 1
    assert "Entry altered\n  The entry does not state what history" in answer.stdout
    assert f"entry         {name}" in answer.stdout
    assert '"Mine"' in answer.stdout
    assert "ropa verify --rebuild" in answer.stdout
    french = run(place, lang="fr").stdout
    assert french.startswith("Fiche altérée\n  La fiche n\u2019indique pas")
    assert "attendu" in french
    rebuilt = run(place, "--rebuild")
    assert rebuilt.exit_code == 0
    told, right, after = (
        rebuilt.stdout.index(words)
        for words in ("Entry altered", "Put right: 1 graphs.", "History is intact, and")
    )
    assert told < right < after
    assert values(run(place, "--format", "json"))["changes"] == CHANGES


def test_rebuilding_speaks_json_as_well(place: Path) -> None:
    """The last state on standard output, what was wrong before on the other."""
    name = entry_in(place)
    write_past_history(place, name)
    answer = run(place, "--rebuild", "--format", "json")
    assert values(answer)["mended"] == [str(name)]
    assert "Entry altered" in answer.stderr


def test_an_older_copy_of_the_store_is_found(place: Path, tmp_path: Path) -> None:
    """Opening says so, and so does `ropa verify`, from where the way back is told."""
    older = shutil.copytree(place / "oxigraph", tmp_path / "older")
    name = entry_in(place)
    with Register.open(str(place)) as register:
        register.remove(name, author="Ada", replaces=["*"])
    shutil.rmtree(place / "oxigraph")
    shutil.copytree(older, place / "oxigraph")
    opening = CliRunner().invoke(main, ["--store", str(place), "show", str(name)])
    assert opening.exit_code == 3
    assert "The newest changes are lost" in opening.stderr
    assert "ropa restore" in opening.stderr
    assert "change 13" in opening.stderr
    answer = run(place)
    assert answer.exit_code == 1
    assert answer.stdout.startswith("Newest changes lost")
    assert run(place, "--rebuild").exit_code == 3
    # Where somebody wants the older state, the witness begins anew.
    (place / "history.log").unlink()
    assert entry_in(place) == name
    assert "The log beside the store begins with change 12" in run(place).stdout


def test_a_witness_that_is_behind_is_caught_up(place: Path) -> None:
    """So it is after a crash between the two writes; a torn line is written anew."""
    log = place / "history.log"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:-3]) + lines[-3][:20], "utf-8")
    assert run(place).exit_code == 0
    with Register.open(str(place)):
        pass
    assert log.read_text("utf-8").splitlines(keepends=True) == lines


def test_what_a_full_disk_held_back_is_written_later(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened behind and without room for its lines, the log is whole after all."""
    log = place / "history.log"
    lines = log.read_text("utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:-2]), "utf-8")
    name = entry_in(place)
    log.write_text("".join(lines[:-2]), "utf-8")
    append, told = Notes.append, []

    def full_at_first(notes: Notes, new: list[str]) -> None:
        if not told:
            told.append(new)
            raise OSError(errno.ENOSPC, "No space left on device")
        append(notes, new)

    monkeypatch.setattr(Notes, "append", full_at_first)
    with Register.open(str(place)) as register:
        assert len(told) == 1
        register.remove(name, author="Ada", replaces=["*"])
        assert register.verify().is_intact
    assert log.read_text("utf-8").splitlines(keepends=True)[:-1] == lines


def test_a_new_log_begins_with_the_newest_change(place: Path) -> None:
    """It vouches for no more than it saw."""
    (place / "history.log").unlink()
    name = entry_in(place)
    with Register.open(str(place)) as register:
        register.remove(name, author="Ada", replaces=["*"])
    numbers = (place / "history.log").read_text("utf-8").splitlines()
    assert [line.split()[0] for line in numbers] == ["12", "13"]


@pytest.mark.parametrize("way", ["taken away", "emptied", "opened since", "cut"])
def test_a_log_that_is_gone_is_told_and_written_anew(place: Path, way: str) -> None:
    """In both languages, with what to do; opening the register does not hide it."""
    log = place / "history.log"
    whole = log.read_text("utf-8")
    kept = "".join(whole.splitlines(keepends=True)[:5]) if way == "cut" else ""
    log.write_text(kept, "utf-8")
    if way in {"taken away", "opened since"}:
        log.unlink()
    if way in {"opened since", "cut"}:
        with Register.open(str(place)):
            pass
    answer = run(place)
    assert answer.exit_code == 1
    assert answer.stdout.startswith("Log missing\n  The log beside the store has no")
    lacking = "6-11" if way == "cut" else "1-11" if "since" in way else "1-12"
    assert f"expected      {lacking}\n" in answer.stdout
    assert "History is intact by its own digests" in answer.stdout
    assert "ropa verify --rebuild" in answer.stdout
    french = run(place, lang="fr").stdout
    assert french.startswith("Journal manquant\n  Le journal")
    assert "L\u2019historique est intact selon ses propres empreintes" in french
    (fault,) = values(run(place, "--format", "json"))["faults"]
    assert (fault["kind"], fault["can_be_rebuilt"]) == ("log missing", True)
    rebuilt = run(place, "--rebuild")
    assert rebuilt.exit_code == 0
    assert "written anew from history; the former one is kept" in rebuilt.stdout
    assert log.read_text("utf-8") == whole
    assert (place / "history.log.former").exists() is (way not in {"taken away"})
    assert run(place).exit_code == 0


def test_one_altered_line_does_not_put_history_in_doubt(place: Path) -> None:
    """It is told at which change the log differs; the former log is kept."""
    log = place / "history.log"
    whole = log.read_text("utf-8")
    lines = whole.splitlines(keepends=True)
    lines[4] = f"5 sha256:{'0' * 64}\n"
    log.write_text("".join(lines), "utf-8")
    answer = run(place)
    assert answer.exit_code == 1
    assert answer.stdout.startswith("Log altered\n")
    assert "change        5\n" in answer.stdout
    assert "History is intact by its own digests" in answer.stdout
    assert "History itself is damaged" not in answer.stdout
    found = values(run(place, "--rebuild", "--format", "json"))
    assert (found["is_intact"], found["log_renewed"]) == (True, True)
    assert log.read_text("utf-8") == whole
    assert (place / "history.log.former").read_text("utf-8") == "".join(lines)


def test_where_the_last_line_differs_a_noted_digest_decides(place: Path) -> None:
    """Nothing is opened for writing until somebody says which of the two is right."""
    log = place / "history.log"
    whole = log.read_text("utf-8")
    log.write_text(f"{whole[:-5]}0000\n", "utf-8")
    opening = CliRunner().invoke(main, ["--store", str(place), "ask", "companies"])
    assert opening.exit_code == 3
    assert "History and the log beside it differ: change 12" in opening.stderr
    answer = run(place)
    assert answer.stdout.startswith("Log and history differ\n")
    assert "`ropa verify --rebuild --head DIGEST`" in answer.stdout
    assert run(place, "--rebuild").exit_code == 3
    digest = whole.split()[-1]
    assert run(place, "--rebuild", "--head", digest).exit_code == 0
    assert log.read_text("utf-8") == whole


def test_through_a_server(place: Path) -> None:
    """The same is told, and the head is looked for; rebuilding waits for its end."""
    name = entry_in(place)
    with Register.open(str(place)) as register, bind(register, "127.0.0.1", 0) as one:
        import threading

        thread = threading.Thread(target=one.run, daemon=True)
        thread.start()
        intact = values(run(one.url, "--format", "json"))
        assert (intact["is_intact"], intact["changes"]) == (True, CHANGES)
        assert run(one.url, "--head", "a" * 64).exit_code == 1
        assert run(one.url, "--head", "none").exit_code == 2
        register._store.write({name: Graph().add((name, DCT.title, Literal("Mine")))})
        assert "Entry altered" in run(one.url).stdout
        refused = run(one.url, "--rebuild")
        assert refused.exit_code == 1
        assert "while it is being served" in refused.stderr


# -- damaged folders -------------------------------------------------------------------


def without_store(place: Path) -> None:
    """Take all files of the engine away."""
    shutil.rmtree(place / "oxigraph")


def without_current(place: Path) -> None:
    """Take away the file without which the engine begins anew."""
    (place / "oxigraph" / "CURRENT").unlink()


def without_manifest(place: Path) -> None:
    """Take away the list of the engine's files."""
    for path in (place / "oxigraph").glob("MANIFEST-*"):
        path.unlink()


def without_tables(place: Path) -> None:
    """Take away the files in which the statements are."""
    for path in (place / "oxigraph").glob("*.sst"):
        path.unlink()


def cut_tables(place: Path) -> None:
    """Cut the files in which the statements are."""
    for path in (place / "oxigraph").glob("*.sst"):
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)


def zeroed_tables(place: Path) -> None:
    """Write zeros into the middle of each file of statements."""
    for path in (place / "oxigraph").glob("*.sst"):
        data = bytearray(path.read_bytes())
        data[: len(data) // 2] = bytes(len(data) // 2)
        path.write_bytes(data)


def cut_settings(place: Path) -> None:
    """Leave half of the settings."""
    text = (place / "register.json").read_text("utf-8")
    (place / "register.json").write_text(text[: len(text) // 2], "utf-8")


def odd_settings(place: Path) -> None:
    """Put values of another kind into the settings."""
    (place / "register.json").write_text('{"base": 7}', "utf-8")


def other_base(place: Path) -> None:
    """Alter one letter of the base, so that no history is found."""
    text = (place / "register.json").read_text("utf-8")
    (place / "register.json").write_text(text.replace("127.0.0.1", "127.0.0.2"))


def file_for_store(place: Path) -> None:
    """Put a file where the store's folder should be."""
    shutil.rmtree(place / "oxigraph")
    (place / "oxigraph").write_text("no folder")


def odd_log(place: Path) -> None:
    """Write something else at the end of the log."""
    with (place / "history.log").open("a") as file:
        file.write("hello\n")


DAMAGES = [
    without_store,
    without_current,
    without_manifest,
    without_tables,
    cut_tables,
    zeroed_tables,
    cut_settings,
    odd_settings,
    other_base,
    file_for_store,
    odd_log,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: str(one.__name__))
def test_a_damaged_folder_is_one_clear_error(place: Path, damage: Any) -> None:
    """Never a traceback, never a register that is silently empty."""
    damage(place)
    for command in (["ask", "companies"], ["verify"]):
        answer = CliRunner().invoke(main, ["--store", str(place), *command])
        assert not isinstance(answer.exception, Exception), answer.exception
        told = answer.stdout + answer.stderr
        assert "Traceback" not in told
        if command == ["verify"] and answer.exit_code == 1:
            # What can be opened is proved wrong.
            assert "ropa restore" in answer.stdout
            continue
        assert answer.exit_code == 3, told
        assert answer.stderr.startswith("error: ")
        assert answer.stderr.count("\nerror: ") == 0
        assert "hint: " in answer.stderr
        assert "in memory" not in answer.stderr
        if command == ["verify"]:
            # It does not send to itself, but for building anew.
            rest = answer.stderr.replace("ropa verify --rebuild", "")
            assert "ropa verify" not in rest


def test_a_folder_that_may_not_be_read(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings are refused by the system; whoever is root is not."""

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    answer = run(place)
    assert answer.exit_code == 3
    assert "cannot be read" in answer.stderr
