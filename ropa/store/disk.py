"""The disk under a store: what is on it for good, whether there is room, who uses it.

The engine writes each transaction to a log before it acknowledges it, and leaves it to
the operating system when that reaches the disk. Syncing the log is all that is missing
for a write to survive a power cut. It costs one call, where the engine's own ``flush``
writes and syncs a dozen files; and it needs no room, so that on a full disk a write
fails as a whole and before anybody can see it.

Source: POSIX, fdatasync; measured in ``tests/benchmarks/writing.py``.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ropa.durable import sync_names

# Opening anew writes a few small files and turns the logs into tables.
_ROOM_BYTES = 4 * 1024 * 1024
_REPORTS_KEPT = 3


class Logs:
    """The transaction logs in an engine's folder.

    Args:
        folder: the folder, which exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: frozenset[str] = frozenset()
        self._identity = self._look()

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._folder.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def check(self) -> None:
        """Make sure that the folder is the one that was opened.

        Files that are open go on being written after they were deleted.

        Raises:
            OSError: it was deleted, moved or replaced.
        """
        if self._identity is None or self._look() != self._identity:
            raise OSError(
                errno.ESTALE, "it was deleted, moved or replaced while it was open"
            )

    def sync(self) -> bool:
        """Put on the disk what was written to the logs.

        Returns:
            Whether that could be done; if not, the engine has to flush.
        """
        # Where the system has no such call, its nearest may stop at the disk's cache.
        if not hasattr(os, "fdatasync"):
            return False
        names = frozenset(path.name for path in self._folder.glob("*.log"))
        for name in names:
            try:
                file = os.open(self._folder / name, os.O_RDONLY)
            except FileNotFoundError:
                # Taken away since: what it held is in tables, synced by the engine.
                continue
            try:
                os.fdatasync(file)
            finally:
                os.close(file)
        if names != self._names:
            sync_names(self._folder)
            self._names = names
        return bool(names)

    def forget_reports(self) -> None:
        """Delete what the engine told of its own working, but for the last times.

        It begins a new report each time it is opened, and keeps a thousand.
        """
        with suppress(OSError):
            for path in sorted(self._folder.glob("LOG.old.*"))[:-_REPORTS_KEPT]:
                path.unlink()

    def make_sure_of_room(self) -> None:
        """Make sure that the engine can be opened anew before it is closed.

        Raises:
            OSError: there is not room enough, or no right to write.
        """
        held = sum(path.stat().st_size for path in self._folder.glob("*.log"))
        trial = self._folder.parent / "room.new"
        file = os.open(trial, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, _ROOM_BYTES + 2 * held)
        finally:
            os.close(file)
            trial.unlink()


class Gate:
    """Many may be inside at once, or one alone."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._inside = 0
        self._is_shut = False

    @contextmanager
    def among_others(self) -> Iterator[None]:
        """Be inside, once nobody is there alone."""
        with self._moved:
            self._moved.wait_for(lambda: not self._is_shut)
            self._inside += 1
        try:
            yield
        finally:
            with self._moved:
                self._inside -= 1
                self._moved.notify_all()

    @contextmanager
    def alone(self, patience_seconds: float) -> Iterator[bool]:
        """Be inside alone; for one at a time.

        Yields:
            Whether the others left in time; if not, they are still inside.
        """
        with self._moved:
            self._is_shut = True
            is_alone = self._moved.wait_for(
                lambda: self._inside == 0, timeout=patience_seconds
            )
        try:
            yield is_alone
        finally:
            with self._moved:
                self._is_shut = False
                self._moved.notify_all()
