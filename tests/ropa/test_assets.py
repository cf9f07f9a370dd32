"""ropa.assets: the packaged files are found, and only they."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ropa import assets
from ropa.errors import InternalError

TREE = Path(__file__).parents[2]
IN_THE_TREE = {
    "ontology": (TREE / "ontology", ".ttl"),
    "shapes": (TREE / "shapes", ".ttl"),
    "data": (TREE / "data", ".ttl"),
    "queries": (TREE / "ropa" / "queries", ".rq"),
    "entailments": (TREE / "ropa" / "entailments", ".rq"),
}


@pytest.mark.parametrize("room", assets.ROOMS)
def test_names_lists_what_is_in_the_tree(room: assets.Room) -> None:
    """Each room lists exactly the files of its folder, sorted, folders included."""
    folder, suffix = IN_THE_TREE[room]
    expected = sorted(
        file.relative_to(folder).as_posix() for file in folder.rglob(f"*{suffix}")
    )
    assert expected, f"{folder} holds no {suffix}"
    assert assets.names(room, suffix) == expected


@pytest.mark.parametrize("room", assets.ROOMS)
def test_every_listed_file_is_read_as_utf8(room: assets.Room) -> None:
    """The text of each listed file is the text on the disk."""
    for name in assets.names(room, IN_THE_TREE[room][1]):
        file = assets.path(room, name)
        assert file.is_file()
        assert assets.text(room, name) == file.read_text(encoding="utf-8")


def test_no_python_file_is_listed() -> None:
    """The one-line module that makes a folder a package is no data file."""
    assert assets.names("ontology", ".py") == []


@pytest.mark.parametrize(
    "name",
    ["no-such-file.ttl", "../setup.cfg", "", ".", "__init__.py", "/etc/passwd"],
)
def test_a_name_that_is_not_listed_is_refused(name: str) -> None:
    """A missing file, a step upwards and an absolute path are clear errors."""
    with pytest.raises(InternalError) as caught:
        assets.text("shapes", name)
    assert f"shapes/{name}" in caught.value.message
    assert "pip install" in caught.value.hint


def test_an_unknown_room_is_refused() -> None:
    """A room that does not exist is named in the error."""
    with pytest.raises(InternalError, match="templates"):
        assets.names("templates", ".html")  # type: ignore[arg-type]


def test_a_room_that_was_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Running from a bare tree, without installing, ends in a sentence."""
    monkeypatch.setitem(sys.modules, "ropa.data", None)
    assets._folder.cache_clear()
    assets._listing.cache_clear()
    try:
        with pytest.raises(InternalError, match="was not installed") as caught:
            assets.names("data", ".ttl")
    finally:
        assets._folder.cache_clear()
        assets._listing.cache_clear()
    assert "pip install" in caught.value.hint


def test_a_file_that_is_not_text_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A damaged installation ends in a sentence with the file's name."""
    (tmp_path / "bad.ttl").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setattr(assets, "_folder", lambda package: tmp_path)
    monkeypatch.setattr(assets, "_listing", lambda package: ("bad.ttl",))
    with pytest.raises(InternalError, match=r"shapes/bad\.ttl cannot be read"):
        assets.text("shapes", "bad.ttl")


def test_files_are_found_from_any_folder(tmp_path: Path) -> None:
    """Another working directory, even one with a folder data, changes nothing."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "__init__.py").write_text("", encoding="utf-8")
    code = "from ropa import assets; print(*assets.names('data', '.ttl'), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == assets.names("data", ".ttl")
