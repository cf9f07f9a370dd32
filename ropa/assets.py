"""The packaged files: ontology, shapes, data, questions and entailments.

The only module that opens them, so that a wheel, an unpacked sdist and an
editable install all behave alike.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from ropa.errors import InternalError

Room = Literal["ontology", "shapes", "data", "queries", "entailments"]
ROOMS: Final[tuple[Room, ...]] = get_args(Room)

_REINSTALL = "Install the package again; from a source tree: pip install -e ."


def names(package: Room, suffix: str) -> list[str]:
    """List the packaged files of a room.

    Args:
        package: the room.
        suffix: how the names end, with the dot: ``.ttl``.

    Returns:
        Paths relative to the room, with ``/`` between folders, sorted; the room
        ``data`` has folders: ``companies/wpo.ttl``.

    Raises:
        InternalError: the room is unknown or was not installed.
    """
    return [name for name in _listing(package) if name.endswith(suffix)]


def path(package: Room, name: str) -> Path:
    """Find one packaged file on the disk.

    Args:
        package: the room.
        name: a name as `names` gives it.

    Returns:
        The file's path; it exists. Packaged files are not for writing.

    Raises:
        InternalError: the room or the file is unknown or was not installed.
    """
    # Looking the name up, not joining it, keeps ".." and absolute paths out.
    if name not in _listing(package):
        raise InternalError(
            f"The packaged file {package}/{name} is missing.",
            hint=_REINSTALL,
            package=package,
            name=name,
        )
    return _folder(package) / name


def text(package: Room, name: str) -> str:
    """Read one packaged file.

    Args:
        package: the room.
        name: a name as `names` gives it.

    Returns:
        Its text, decoded as UTF-8.

    Raises:
        InternalError: the room or the file is unknown, was not installed or
            cannot be read.
    """
    file = path(package, name)
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise InternalError(
            f"The packaged file {package}/{name} cannot be read: {problem}.",
            hint=_REINSTALL,
            package=package,
            name=name,
        ) from problem


@cache
def _folder(package: str) -> Path:
    """Find the folder of a room, through the import system."""
    # Imported late: the module is slow to load, and ropa --help opens no file.
    from importlib import resources

    if package not in ROOMS:
        raise InternalError(f"There is no packaged room {package}.", package=package)
    try:
        # Questions and entailments lie inside ropa; the other rooms are packages of
        # data, mapped into ropa by setup.cfg.
        found = (
            resources.files("ropa") / package
            if package in ("queries", "entailments")
            else resources.files(f"ropa.{package}")
        )
    except ModuleNotFoundError as problem:
        raise InternalError(
            f"The packaged room {package} was not installed.",
            hint=_REINSTALL,
            package=package,
        ) from problem
    return Path(str(found))


@cache
def _listing(package: str) -> tuple[str, ...]:
    """List all files of a room, sorted; what Python keeps there is left out."""
    folder = _folder(package)
    return tuple(
        sorted(
            file.relative_to(folder).as_posix()
            for file in folder.rglob("*")
            if file.is_file() and file.suffix not in (".py", ".pyc")
        )
    )
