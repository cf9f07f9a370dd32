"""Front-end parts of others, where the build has put them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from flask import url_for

FOLDER = Path(__file__).parent / "static" / "vendor"


@cache
def found(name: str) -> str | None:
    """Find a file of that name below the vendor folder; its path inside static."""
    hits = sorted(FOLDER.rglob(name)) if FOLDER.is_dir() else []
    return hits[0].relative_to(FOLDER.parent).as_posix() if hits else None


def address(name: str) -> str | None:
    """Give the address of a vendor file, or None where it was not fetched.

    Pages must work without: a missing part is left out, never asked elsewhere.
    """
    path = found(name)
    return url_for("static", filename=path) if path else None


def remark(needed: Iterable[str]) -> str:
    """Say in one line which parts are missing; nothing if all are there."""
    missing = [name for name in needed if found(name) is None]
    if not missing:
        return ""
    return (
        "Some front-end parts were not fetched when this was installed "
        f"({', '.join(missing)}): pages work, plainer and without the query editor."
    )
