"""A disk without room: told, nothing by half, reading goes on, and it mends itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[3]
SIZE_MEGABYTES = 64
SCENES = ("writing", "asking", "opening", "reading", "settings", "register", "making")


def mounting(folder: Path) -> list[str]:
    """Give the beginning of a command that sees a small disk in a folder."""
    mount = f'mount -t tmpfs -o size={SIZE_MEGABYTES}m none "$0" && exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", mount, str(folder)]


def ways() -> list[str]:
    """List the ways in which a disk can be full here.

    A limit on the length of files is a way everywhere; a file system of its own needs a
    namespace, which not every machine lets be made.
    """
    if shutil.which("unshare") is None:
        return ["limit"]
    tried = subprocess.run(
        [*mounting(Path("/mnt")), "true"], capture_output=True, check=False
    )
    return ["limit", "mount"] if tried.returncode == 0 else ["limit"]


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("scene", SCENES)
def test_full_disk(tmp_path: Path, way: str, scene: str) -> None:
    """Each scene of `filling`, with a file system of its own where there can be one."""
    play(way, scene, tmp_path, mounting(tmp_path) if way == "mount" else [])


def test_no_right_to_write(tmp_path: Path) -> None:
    """A folder that may not be written to: told, read on, and written to later."""
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    # The administrator may write anywhere, but for this.
    play("none", "rights", tmp_path, without if os.geteuid() == 0 else [])


def play(way: str, scene: str, folder: Path, within: list[str]) -> None:
    """Run a scene as a program of its own."""
    program = [sys.executable, "-m", "tests.ropa.store.filling", way, scene]
    done = subprocess.run(
        [*within, *program, str(folder)],
        cwd=TREE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
