"""What a file needs beside its own sync to be found again after a power cut."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sync_names(folder: Path) -> None:
    """Put the names of the files in a folder on the disk, where the system can.

    Source: POSIX, fsync: a new file's content may last and its name not.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
