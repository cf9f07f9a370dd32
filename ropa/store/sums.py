"""Sums of an engine's table files, by which damage is told before the engine meets it.

The engine checks what it reads by sums of its own, but not all of it copes with what
they tell: a query that groups or orders over a damaged block goes on without end and
takes all memory (seen with pyoxigraph 0.5.13). A table file never changes once it is
written, so one sum for each, noted while nobody has the folder open, tells beforehand.

The file is written as ``sha256sum`` writes it, and can be checked with it; its first
line is the sum of the others, and where it does not agree none of them counts. It
guards against accidents; against deceit there are the digests of history
(`ropa.integrity`).
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

from ropa.errors import StoreDamaged

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = "*.sst"

WAY_BACK = (
    "Put a backup back with `ropa restore`. Without one, `ropa verify --rebuild` "
    "builds the register anew from what can still be read."
)
"""What to do where the engine's files are damaged."""


class Sums:
    """The sums of the tables in a folder.

    Args:
        folder: the engine's folder, which need not exist.
        path: the file of sums, beside that folder.
    """

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder = folder
        self._path = path
        self._noted = self._read()
        self._seen: dict[str, tuple[int, int]] = {}

    def _read(self) -> dict[str, str]:
        try:
            text = self._path.read_text("ascii", "replace")
        except FileNotFoundError:
            return {}
        first, _, rest = text.partition("\n")
        if first != f"# {_digest(rest)}":
            return {}
        rows = (line.split("  ", 1) for line in rest.splitlines())
        return {
            row[1].rpartition("/")[2]: row[0]
            for row in rows
            if len(row) == len(("sum", "name"))
        }

    def _tables(self) -> dict[str, tuple[int, int]]:
        found = {}
        for path in self._folder.glob(_TABLES):
            try:
                known = path.stat()
            except FileNotFoundError:
                continue
            found[path.name] = (known.st_size, known.st_mtime_ns)
        return found

    def check(self, most_bytes: int | None = None) -> None:
        """Compare tables with their sums, before the folder is opened.

        Args:
            most_bytes: how much to read; each time another part. ``None``: all.

        Raises:
            StoreDamaged: some are not as they were written; all of them are named.
            OSError: one cannot be read.
        """
        self._seen = self._tables()
        names = sorted(self._noted.keys() & self._seen.keys())
        random.shuffle(names)
        damaged = []
        for name in names:
            if most_bytes is not None:
                most_bytes -= self._seen[name][0]
                if most_bytes < 0:
                    break
            if self._sum(name) not in (self._noted[name], ""):
                damaged.append(name)
        if damaged:
            raise StoreDamaged(
                f"The store in {self._folder.parent} is damaged: not as they were "
                f"written are {', '.join(sorted(damaged))}.",
                hint=WAY_BACK,
                files=sorted(damaged),
            )

    def note(self) -> None:
        """Note the sums of tables that have none; forget those that are gone.

        It is called when the engine is open, for what `check` saw before it was, or
        when it is closed: so never for a table that is being written.

        Raises:
            OSError: the sums cannot be written; the old ones stay.
        """
        present = self._tables()
        sums = {name: self._noted[name] for name in self._noted if name in present}
        for name, known in self._seen.items():
            if name not in sums and present.get(name) == known:
                sums[name] = self._sum(name)
        if sums == self._noted:
            return
        trial = self._path.with_name(f"{self._path.name}.new")
        text = "".join(
            f"{value}  {self._folder.name}/{name}\n"
            for name, value in sorted(sums.items())
            if value
        )
        trial.write_text(f"# {_digest(text)}\n{text}", "ascii")
        trial.replace(self._path)
        self._noted = sums

    def look(self) -> None:
        """See which tables there are, now that nobody writes any."""
        self._seen = self._tables()

    def _sum(self, name: str) -> str:
        """Give the sum of a table; empty where it went away meanwhile."""
        try:
            with (self._folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
