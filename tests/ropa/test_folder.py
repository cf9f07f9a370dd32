"""The folder of a register: settings, refusals, the address of a server."""

import json
from pathlib import Path

import pytest

from ropa import folder
from ropa.errors import InputError, NotFound, StoreDamaged, StoreError, StoreFull

SETTINGS = folder.Settings("https://example.org/data/", has_examples=True, package="x")


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    """What create writes, read gives."""
    folder.create(tmp_path / "new" / "deep", SETTINGS)
    assert folder.read(tmp_path / "new" / "deep") == SETTINGS


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    """A register may hold what others should not read."""
    folder.create(tmp_path / "new", SETTINGS)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "base",
    [
        "",
        "data/",
        "ftp://x/",
        "https://example.org/data",
        "https://x/ y/",
        "http://x/#/",
    ],
)
def test_a_base_that_names_cannot_build_on_is_refused(
    tmp_path: Path, base: str
) -> None:
    """The error comes before anything is made."""
    with pytest.raises(InputError, match="base IRI"):
        folder.create(tmp_path / "new", folder.Settings(base))
    assert not (tmp_path / "new").exists()


def test_a_register_is_not_made_over_another(tmp_path: Path) -> None:
    """An existing register stays as it is."""
    folder.create(tmp_path / "new", SETTINGS)
    with pytest.raises(InputError, match="already"):
        folder.create(tmp_path / "new", folder.Settings("https://other.example/"))
    assert folder.read(tmp_path / "new") == SETTINGS


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """Nobody's files get mixed with a register."""
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        folder.create(tmp_path, SETTINGS)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    """A file is no folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises((InputError, StoreError)):
        folder.create(tmp_path / "file", SETTINGS)


def test_a_folder_without_register_says_how_to_make_one(tmp_path: Path) -> None:
    """The hint is the command."""
    with pytest.raises(NotFound) as caught:
        folder.read(tmp_path)
    assert f"ropa init {tmp_path}" in caught.value.hint


def test_a_store_without_settings_says_what_is_missing(tmp_path: Path) -> None:
    """Making a register there would hide what is in it."""
    (tmp_path / "oxigraph").mkdir()
    for attempt in (
        lambda: folder.read(tmp_path),
        lambda: folder.create(tmp_path, SETTINGS),
    ):
        with pytest.raises(StoreDamaged, match=r"register\.json") as caught:
            attempt()
        assert "init" not in caught.value.hint
        assert f"ropa --store {tmp_path} restore BACKUP --force" in caught.value.hint


def test_a_register_that_fails_to_be_made_leaves_nothing(tmp_path: Path) -> None:
    """Neither a folder that was not there, nor anything in one that was."""
    for place in (tmp_path / "new", tmp_path / "empty"):
        was_there = place.name == "empty"
        if was_there:
            place.mkdir()
        with pytest.raises(StoreFull), folder.making(place):
            folder.create(place, SETTINGS)
            (place / "oxigraph").mkdir()
            (place / "oxigraph" / "CURRENT").write_text("")
            (place / "history.log").write_text("")
            raise StoreFull("full")
        assert place.exists() is was_there
        assert not was_there or not any(place.iterdir())


def test_what_was_there_is_not_taken_for_what_was_being_made(tmp_path: Path) -> None:
    """A register, and anybody's files, stay as they are."""
    folder.create(tmp_path / "one", SETTINGS)
    (tmp_path / "one" / "oxigraph").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "letter.txt").write_text("mine")
    for name in ("one", "two"):
        with pytest.raises(InputError), folder.making(tmp_path / name):
            pass
    assert folder.read(tmp_path / "one") == SETTINGS
    assert (tmp_path / "one" / "oxigraph").is_dir()
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"other": 1}', '"x"'])
def test_damaged_settings_are_an_error_not_a_guess(tmp_path: Path, text: str) -> None:
    """A register is never opened under a wrong base."""
    (tmp_path / folder.SETTINGS).write_text(text)
    with pytest.raises(StoreError, match="cannot be read"):
        folder.read(tmp_path)


def test_a_server_is_named_while_it_runs_and_not_after(tmp_path: Path) -> None:
    """The address goes with the server, also when it ends by an error."""
    assert folder.server(tmp_path) is None
    with pytest.raises(ZeroDivisionError), folder.served_at(tmp_path, "http://x:1/"):
        assert folder.server(tmp_path) == "http://x:1/"
        raise ZeroDivisionError
    assert folder.server(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", json.dumps({"address": 5})])
def test_a_damaged_server_file_names_no_server(tmp_path: Path, text: str) -> None:
    """Then the folder is opened as if no server ran."""
    (tmp_path / folder.SERVER).write_text(text)
    assert folder.server(tmp_path) is None
