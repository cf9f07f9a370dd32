"""A register that was cut off while it was made is made again, or completed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ropa import folder
from ropa.cli import main
from ropa.errors import StoreDamaged, StoreLocked
from ropa.register import Register

OTHER = "https://other.example/"
# What a kill comes just before.
STAGES = ("folder.create", "_open_patiently", "recording.record_new", "folder.write")
PROGRAM = """
import os, signal, sys
from ropa import folder, recording, register

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

place, stage = sys.argv[1:]
if stage == "folder.write":
    write = folder.write
    folder.write = lambda where, given: (die if given.package else write)(where, given)
else:
    room, _, name = stage.rpartition(".")
    setattr({"": register, "folder": folder, "recording": recording}[room], name, die)
register.Register.create(place)
"""


def killed(place: Path, stage: str) -> Path:
    """Leave what a kill leaves."""
    program = [sys.executable, "-c", PROGRAM, str(place), stage]
    done = subprocess.run(program, capture_output=True, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert folder.is_unfinished(place)
    return place


def init(place: Path) -> tuple[int, str]:
    """Run `ropa init`."""
    answer = CliRunner().invoke(main, ["init", str(place), "--base-iri", OTHER])
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    return answer.exit_code, answer.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_it_is_made_again_by_the_same_command(tmp_path: Path, stage: str) -> None:
    """As if nothing had been there; and a third time it is refused."""
    place = killed(tmp_path / "register", stage)
    assert init(place) == (0, init_hint(place))
    assert not folder.is_unfinished(place)
    with Register.open(str(place)) as register:
        assert register.base == OTHER
        assert register.verify().is_intact
    code, said = init(place)
    assert code == 2
    assert "There is a register" in said


def init_hint(place: Path) -> str:
    """Give what is said after it was made."""
    return f"Next: ropa --store {place} add FILE, or: \u2026 serve\n"


@pytest.mark.parametrize("stage", STAGES[1:])
def test_it_is_completed_by_whoever_opens_it(tmp_path: Path, stage: str) -> None:
    """Once its settings are there."""
    place = killed(tmp_path / "register", stage)
    with Register.open(str(place)) as register:
        assert register.summary()["companies"] == 0
        assert register.verify().is_intact
    assert not folder.is_unfinished(place)


def test_files_that_were_cut_off_are_made_anew(tmp_path: Path) -> None:
    """The engine had begun its files; of a complete register that is damage."""
    place = killed(tmp_path / "register", "folder.write")
    for path in (place / "oxigraph").glob("MANIFEST-*"):
        path.write_bytes(b"")
    whole = Path(shutil.copytree(place, tmp_path / "whole"))
    folder.finished(whole)
    with pytest.raises(StoreDamaged):
        Register.open(str(whole))
    with Register.open(str(place)) as register:
        assert register.verify().is_intact


def test_two_do_not_make_the_same(tmp_path: Path) -> None:
    """The second is told to wait, and what the first makes is left to it."""
    if not folder.HAS_LOCKS:
        pytest.skip("this system has no locks on files")
    place = tmp_path / "register"
    holding = (
        "import sys; from pathlib import Path; from ropa import folder\n"
        "with folder.making(Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked):
            Register.create(str(place))
        assert folder.is_unfinished(place)
        other.communicate(timeout=60)
    assert other.returncode == 0


def test_settings_that_are_gone_can_be_written_by_hand(tmp_path: Path) -> None:
    """As the hint has it; a wrong base is found out, and nothing is made anew."""
    place = tmp_path / "register"
    with Register.create(str(place), base=OTHER) as register:
        before = register.verify().digest
    (place / folder.SETTINGS).unlink()
    refused = CliRunner().invoke(main, ["--store", str(place), "ask", "companies"])
    assert refused.exit_code == 3
    code, said = init(place)
    assert (code, said) == (3, refused.stderr)
    hint = said.partition('write register.json by hand: {"base": "')[2]
    rest = hint.partition("BASE")[2].partition("}")[0] + "}"
    for base in ("https://wrong.example/", OTHER):
        text = f'{{"base": "{base}{rest}'
        (place / folder.SETTINGS).write_text(text, encoding="utf-8")
        if base != OTHER:
            with pytest.raises(StoreDamaged):
                Register.open(str(place))
    with Register.open(str(place)) as register:
        assert register.verify().digest == before
