"""What a store writes down beside its engine: a line for each write, never taken back.

The file is no part of the engine's own. So whoever puts older files of the engine back,
or whose engine drops a damaged end of its log, is found out: the notes know more.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ropa.durable import sync_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Enough for the last line.
_TAIL_BYTES = 4096


class Notes:
    """A file of lines that only grows; a line that was not written whole counts not.

    Args:
        path: the file, which is made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owed: list[str] = []

    def lines(self) -> list[str]:
        """Give all lines, the oldest first; signs that are no text are replaced."""
        try:
            whole, _, _ = self.path.read_bytes().rpartition(b"\n")
        except FileNotFoundError:
            return []
        return whole.decode("utf-8", "replace").split("\n") if whole else []

    def last(self) -> str:
        """Give the last line, without reading the others; empty where there is none."""
        try:
            with self.path.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - _TAIL_BYTES))
                whole, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return ""
        return whole.rpartition(b"\n")[2].decode("utf-8", "replace")

    def append(self, lines: Sequence[str]) -> None:
        """Write lines at the end; when this returns they survive a power cut.

        Raises:
            OSError: they may not be there, or not all.
        """
        is_new = not self.path.exists()
        text = _as_bytes([*self._owed, *lines])
        number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.lseek(number, self._whole_bytes(number), os.SEEK_SET)
            while text:
                text = text[os.write(number, text) :]
            os.fsync(number)
        finally:
            os.close(number)
        self._owed.clear()
        if is_new:
            sync_names(self.path.parent)

    def owe(self, lines: Sequence[str]) -> None:
        """Write lines before those that are appended next, as there is no room now."""
        self._owed += lines

    def renew(self, lines: Sequence[str]) -> Path | None:
        """Write the file anew; the former one is kept beside it, and never lost.

        Returns:
            Where the former one is; None where there was none.

        Raises:
            OSError: it could not be written; what is there stays.
        """
        draft = self.path.with_name(f"{self.path.name}.new")
        draft.unlink(missing_ok=True)
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(_as_bytes(lines))
            file.flush()
            os.fsync(file.fileno())
        former = None
        if self.path.exists():
            former, number = self.path.with_name(f"{self.path.name}.former"), 1
            while former.exists():
                number += 1
                former = self.path.with_name(f"{self.path.name}.former-{number}")
            self.path.rename(former)
        draft.replace(self.path)
        sync_names(self.path.parent)
        self._owed.clear()
        return former

    def _whole_bytes(self, number: int) -> int:
        """Tell where the last whole line ends, and cut off what is after it."""
        end = os.lseek(number, 0, os.SEEK_END)
        start = max(0, end - _TAIL_BYTES)
        os.lseek(number, start, os.SEEK_SET)
        tail = os.read(number, _TAIL_BYTES)
        whole = start + tail.rfind(b"\n") + 1
        if whole < end:
            os.ftruncate(number, whole)
        return whole


def _as_bytes(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
