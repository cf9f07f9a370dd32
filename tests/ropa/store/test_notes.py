"""Notes beside a store: they only grow, and what was torn is written anew."""

from pathlib import Path

import pytest

from ropa.store.notes import Notes


def test_lines_come_back_in_their_order(tmp_path: Path) -> None:
    """All of them, and the last by itself."""
    notes = Notes(tmp_path / "notes.log")
    assert (notes.lines(), notes.last()) == ([], "")
    notes.append(["1 one"])
    notes.append(["2 two", "3 three"])
    assert notes.lines() == ["1 one", "2 two", "3 three"]
    assert notes.last() == "3 three"


@pytest.mark.parametrize("kept", ["", "1 one\n", "1 one\n2 two\n"])
def test_a_torn_line_counts_not(tmp_path: Path, kept: str) -> None:
    """A power cut in the midst of a line leaves the ones before it."""
    notes = Notes(tmp_path / "notes.log")
    notes.path.write_text(kept + "7 se")
    lines = kept.splitlines()
    assert notes.lines() == lines
    assert notes.last() == (lines[-1] if lines else "")
    notes.append(["8 eight"])
    assert notes.path.read_text() == kept + "8 eight\n"


def test_the_last_of_many_is_found(tmp_path: Path) -> None:
    """Without reading the others."""
    notes = Notes(tmp_path / "notes.log")
    notes.append([f"{number} sha256:{number:064}" for number in range(1, 500)])
    assert notes.last() == f"499 sha256:{499:064}"


def test_notes_are_for_their_owner_only(tmp_path: Path) -> None:
    """As all else in the folder."""
    notes = Notes(tmp_path / "notes.log")
    notes.append(["1 one"])
    assert notes.path.stat().st_mode & 0o077 == 0


def test_what_is_owed_comes_before_what_is_appended(tmp_path: Path) -> None:
    """So no line is missing between others after a disk was full."""
    notes = Notes(tmp_path / "notes.log")
    notes.owe(["1 one"])
    notes.append(["2 two"])
    notes.append(["3 three"])
    assert notes.lines() == ["1 one", "2 two", "3 three"]


def test_notes_written_anew_keep_the_former(tmp_path: Path) -> None:
    """Each of them, and all are for their owner only."""
    notes = Notes(tmp_path / "notes.log")
    assert notes.renew(["1 one"]) is None
    first = notes.renew(["1 uno", "2 due"])
    second = notes.renew(["1 one"])
    assert first is not None
    assert second is not None
    assert first.read_text() == "1 one\n"
    assert second.read_text() == "1 uno\n2 due\n"
    assert notes.lines() == ["1 one"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
