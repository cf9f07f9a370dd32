"""Killed at any moment, a register keeps what was acknowledged, and nothing by half."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ropa import entry, verifying
from ropa.store import open_store
from tests.ropa import crashing

SEED = 20260107
KILLS = 40
DEEP_KILLS = 1000
# Kills in the same folder before a new one is begun, with its first load.
TOGETHER = 20
NEVER = 1_000_000
# Most within a write, since there lies what could be left half-done.
MOMENTS = ("opening", "loading", "writing", "tables", "asked", *["inside"] * 5)


class Round(NamedTuple):
    """What came of one writer.

    Attributes:
        words: what it said until it was killed.
        acknowledged: the last change that it said was done; 0 where it said none.
    """

    words: list[str]
    acknowledged: int


class Writers:
    """Starts writers that were forked from a process with everything imported."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.ropa.crashing"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill_one(
        self, folder: Path, seed: int, *, how: str, changes: int, seconds: float
    ) -> Round:
        """Start a writer, wait for some changes and some time, and kill it.

        Args:
            folder: where it writes.
            seed: of its history.
            how: see `crashing.write`.
            changes: how many changes are waited for; -1 not even for the opening;
                `NEVER` where the writer ends by itself.
            seconds: how long after that.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = {"folder": str(folder), "seed": seed, "how": how}
        print(json.dumps(request), file=self._server.stdin, flush=True)
        process, words = 0, list[str]()
        killer: threading.Timer | None = None
        for line in self._server.stdout:
            word = line.strip()
            if word.startswith("started "):
                process = int(word.split()[1])
            elif word == "ended":
                break
            else:
                words.append(word)
            if process and killer is None and len(words) > changes:
                killer = threading.Timer(seconds, os.kill, (process, signal.SIGKILL))
                killer.start()
        if killer is not None:
            killer.join()
        assert [word for word in words if word.startswith("failed")] == []
        return Round(words, int(words[-1]) if words[1:] else 0)

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()


@pytest.fixture
def writers() -> Iterator[Writers]:
    """Writers to be killed."""
    made = Writers()
    yield made
    made.close()


def when(luck: random.Random, moment: str) -> tuple[str, int, float]:
    """Choose how a writer writes, and when it is killed."""
    if moment == "start":
        return "plain", -1, 0
    if moment == "opening":
        return "plain", -1, luck.uniform(0, 0.08)
    if moment == "loading":
        return "plain", 0, luck.uniform(0, 0.25)
    if moment == "writing":
        return "plain", luck.randint(1, 7), luck.uniform(0, 0.03)
    if moment == "inside":
        return str(luck.uniform(0, 1.1)), NEVER, 0
    return moment, luck.randint(1, 3), luck.uniform(0, 0.06)


def killed_again_and_again(
    writers: Writers, tmp_path: Path, *, kills: int, seed: int
) -> dict[str, int]:
    """Kill writers, and look after each kill; give figures of what was seen."""
    luck = random.Random(seed)
    seen = dict.fromkeys(("kills", "acknowledged", "one more", "empty"), 0)
    for number in range(kills):
        if number % TOGETHER == 0:
            folder = tmp_path / str(number)
            expected = crashing.Expected(seed + number)
            newest = 0
        # A new folder begins with its load; this is a moment of its own.
        moment = luck.choice(MOMENTS if newest else ("loading", "writing"))
        if not number:
            moment = "start"
        how, changes, seconds = when(luck, moment)
        done = writers.kill_one(
            folder, expected.seed, how=how, changes=changes, seconds=seconds
        )
        acknowledged = max(done.acknowledged, newest)
        store = open_store(folder, in_union=entry.is_stated)
        newest = crashing.look(store, expected, acknowledged)
        store.close()
        seen["kills"] += 1
        seen["acknowledged"] += max(0, done.acknowledged and len(done.words) - 1)
        seen["one more"] += newest > acknowledged
        seen["empty"] += not newest
        if (number + 1) % TOGETHER == 0 or number == kills - 1:
            finished(writers, folder, expected, newest)
            shutil.rmtree(folder)
    return seen


def finished(
    writers: Writers, folder: Path, expected: crashing.Expected, newest: int
) -> None:
    """Make sure that writing goes on, and that the whole history holds at the end."""
    done = writers.kill_one(folder, expected.seed, how="plain", changes=3, seconds=0)
    assert done.acknowledged >= newest + 1
    store = open_store(folder, in_union=entry.is_stated)
    last = crashing.look(store, expected, done.acknowledged)
    found = verifying.verify(store, crashing.BASE).verification
    assert found.is_intact, found.faults[:3]
    assert found.changes == last
    store.close()


def test_killed(writers: Writers, tmp_path: Path) -> None:
    """Forty kills: what was acknowledged is there, at most one change more, all whole.

    While opening, loading, writing, writing tables and making checkpoints.
    """
    seen = killed_again_and_again(writers, tmp_path, kills=KILLS, seed=SEED)
    assert seen["kills"] == KILLS
    assert seen["acknowledged"] > KILLS


@pytest.mark.deep
@pytest.mark.parametrize("part", range(4))
def test_killed_a_thousand_times(
    writers: Writers,
    tmp_path: Path,
    part: int,
) -> None:
    """A thousand kills, as above."""
    kills = DEEP_KILLS // 4
    seen = killed_again_and_again(
        writers, tmp_path, kills=kills, seed=SEED + 1_000_000 * (part + 1)
    )
    assert seen["kills"] == kills
    assert seen["acknowledged"] > kills
    # The moments are spread so that some fall between the log and the answer; the first
    # is before anything was written.
    assert seen["one more"]
    assert seen["empty"]
