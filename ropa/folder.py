"""The folder of a register: what it is, where its store lies, which server serves it.

``register.json`` names the base IRI; ``server.json`` is there while a server runs, so
that a second process finds it; all else in the folder is the store's own.

A whole register is put in the place of another by two renames. Whoever is killed in
between leaves the new one beside the place, complete, and the next to read settles it.

A new register bears a mark until it is complete. What is left of one that was cut off
holds nothing of anybody, and is made anew by whoever opens it or makes it again.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ropa.durable import sync_names
from ropa.errors import (
    InputError,
    NotFound,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
)

try:
    import fcntl
except ImportError:
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

SETTINGS = "register.json"
SERVER = "server.json"
FORM = 2
"""The form that this version gives to registers; `ropa.migrations` leads here."""

# Names what was moved aside for a folder that is about to take its place.
_REPLACING = "replacing.json"
# Stands in a folder as long as its register is being made.
_MAKING = "making"
# What a store keeps in a folder; that of a register that was never complete can go.
_STORE = ("oxigraph", "checkpoints", "oxigraph.sha256", "history.log")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Settings:
    """What is fixed for a register.

    Attributes:
        base: IRI under which its own entries are named; ends with ``/``.
        has_examples: whether it holds the package's example companies.
        package: digest of the package's files that it last followed.
        format: the form of what is stored; where nothing is said, it is the first.
    """

    base: str
    has_examples: bool = False
    package: str = ""
    format: int = FORM

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Settings:
        """Make them of plain values, which may come from anywhere.

        Raises:
            ValueError: a value is none that can be meant.
            TypeError: there are values of other names.
        """
        made = cls(**{"format": 1, **values})
        kinds = {"base": str, "has_examples": bool, "package": str, "format": int}
        if any(type(getattr(made, name)) is not kind for name, kind in kinds.items()):
            raise ValueError("a value of another kind")
        if made.format < 1:
            raise ValueError("a form that is none")
        return made


def read(folder: Path) -> Settings:
    """Read the settings of a register.

    Raises:
        NotFound: the folder holds no register.
        StoreDamaged: it holds a store, and no settings.
        StoreError: the settings are damaged.
    """
    path = folder / SETTINGS
    _settle(folder)
    try:
        return Settings.from_values(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        _check_no_store(folder)
        raise NotFound(
            f"There is no register in {folder}.",
            hint=f"Make one with: ropa init {folder}",
        ) from None
    except (ValueError, TypeError, OSError) as error:
        raise StoreError(
            f"The settings of the register in {folder} cannot be read.",
            hint=f"Repair or restore {path}.",
        ) from error


def write(folder: Path, settings: Settings) -> None:
    """Write the settings whole or not at all."""
    _replace(folder / SETTINGS, json.dumps(asdict(settings), indent=2) + "\n")


def _check_no_store(folder: Path) -> None:
    """See that no store is left without its settings.

    Raises:
        StoreDamaged: there is one.
    """
    if is_unfinished(folder) or not (folder / "oxigraph").is_dir():
        return
    path = folder / SETTINGS
    raise StoreDamaged(
        f"There is a store in {folder}, but {path}, the settings of its register, is "
        "missing.",
        hint=f"Put {SETTINGS} back from a copy of the folder, or the whole register "
        f"with: ropa --store {folder} restore BACKUP --force. Without either, write "
        f'{SETTINGS} by hand: {{"base": "BASE", "format": {FORM}}}, where BASE is what '
        "the names of its entries begin with, up to the slash before companies or "
        "activities.",
    )


def create(folder: Path, settings: Settings) -> None:
    """Make the folder of a new register, readable by its owner only.

    Raises:
        InputError: the folder is in use, or the base is no IRI to build on.
        StoreDamaged: it holds a store without settings.
        StoreFull: there is no room for it.
        StoreError: it cannot be made.
    """
    check_base(settings.base)
    check_free(folder)
    _make(folder)
    write(folder, settings)


def check_free(folder: Path) -> None:
    """See whether a register can be made in a folder.

    Raises:
        InputError: it is in use.
        StoreDamaged: it holds a store without settings.
    """
    if is_register(folder):
        raise InputError(
            f"There is a register in {folder} already.",
            hint="Choose another folder.",
        )
    _check_no_store(folder)
    check_empty(folder)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _not_made(folder, error) from error


def _not_made(folder: Path, error: OSError) -> StoreError:
    if error.errno in _FULL:
        return StoreFull(
            f"There is no room left on the disk for {folder}.",
            hint="Free some space and try again.",
        )
    return StoreError(
        f"The folder {folder} cannot be made: {error.strerror}.",
        hint="Choose a folder that you may write to.",
    )


@contextmanager
def making(folder: Path) -> Iterator[None]:
    """Make a register in a new or empty folder, whole or not at all.

    What somebody else left who was cut off is taken away first; after a failure all is
    as it was.

    Raises:
        StoreLocked: somebody else is at it.
    """
    is_new = not folder.exists()
    if not is_unfinished(folder):
        check_free(folder)
    _make(folder)
    with _marked(folder):
        start_over(folder)
        try:
            yield
        except StoreLocked:
            raise
        except BaseException:
            with suppress(OSError, StoreLocked):
                start_over(folder)
                finished(folder)
                if is_new:
                    folder.rmdir()
            raise
        finished(folder)


@contextmanager
def _marked(folder: Path) -> Iterator[None]:
    """Mark a folder as one whose register is being made; by one process at a time.

    Raises:
        StoreLocked: somebody else is at it.
    """
    try:
        file = (folder / _MAKING).open("ab")
    except OSError as error:
        raise _not_made(folder, error) from error
    with file:
        try:
            if HAS_LOCKS:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreLocked(
                f"Another process is making a register in {folder}.",
                hint="Wait for it to end.",
            ) from error
        yield


def is_unfinished(folder: Path) -> bool:
    """Tell whether a register was begun in a folder and never complete."""
    return (folder / _MAKING).exists()


def start_over(folder: Path, *, keeps_settings: bool = False) -> None:
    """Take away what was left of a register that was never complete.

    Raises:
        StoreLocked: somebody is at it.
    """
    with kept_closed(folder):
        for name in _STORE:
            for path in (folder / name, folder / f"{name}.new"):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        if keeps_settings:
            return
        for name in (SETTINGS, f"{SETTINGS}.new"):
            (folder / name).unlink(missing_ok=True)


def finished(folder: Path) -> None:
    """Say that a register is complete."""
    with suppress(OSError):
        (folder / _MAKING).unlink(missing_ok=True)


def check_base(base: str) -> None:
    """See whether names of entries can begin with an IRI.

    Raises:
        InputError: they cannot.
    """
    if not base.startswith(("http://", "https://")) or not base.endswith("/"):
        raise InputError(
            f"The base IRI {base!r} does not fit.",
            hint="Give an http or https IRI that ends with a slash.",
        )
    if any(c in base for c in ' <>"{}|\\^`#?'):
        raise InputError(
            f"The base IRI {base!r} holds a character that it may not.",
            hint="Use letters, digits, dots, hyphens and slashes.",
        )


def is_register(folder: Path) -> bool:
    """Tell whether a folder holds a register, be it damaged."""
    _settle(folder)
    return (folder / SETTINGS).exists()


def check_empty(folder: Path) -> None:
    """See whether a folder is new or empty.

    Raises:
        InputError: it is not.
    """
    if folder.exists() and (
        not folder.is_dir() or {path.name for path in folder.iterdir()} - {_MAKING}
    ):
        raise InputError(
            f"The folder {folder} is not empty.", hint="Choose a new or empty folder."
        )


def staging(folder: Path) -> Path:
    """Name the folder in which a register is made that shall take another's place."""
    place = folder.resolve()
    return place.with_name(f"{place.name}.restoring")


def replace(folder: Path) -> Path | None:
    """Put the complete register of the staging folder into its place.

    What is there is moved aside, and never deleted. A kill at any moment leaves the one
    or the other in the place, or beside it where `read` finds it.

    Returns:
        Where the one that was there is now; None where there was none.
    """
    folder, staged, aside = folder.resolve(), staging(folder), None
    if folder.exists() and any(folder.iterdir()):
        aside = beside(folder, "before")
        _replace(staged / _REPLACING, json.dumps({"aside": aside.name}) + "\n")
        sync_names(staged)
        folder.rename(aside)
        sync_names(folder.parent)
    elif folder.exists():
        folder.rmdir()
    try:
        staged.rename(folder)
    except FileNotFoundError:
        # Somebody who wanted to read it has just settled it.
        if not (folder / SETTINGS).exists():
            raise
    (folder / _REPLACING).unlink(missing_ok=True)
    sync_names(folder.parent)
    return aside


def _settle(folder: Path) -> None:
    """Finish a replacement that was cut off between its two renames."""
    if folder.exists():
        return
    folder, staged = folder.resolve(), staging(folder)
    try:
        said = json.loads((staged / _REPLACING).read_text(encoding="utf-8"))["aside"]
        if (staged / SETTINGS).exists() and folder.with_name(str(said)).is_dir():
            staged.rename(folder)
            (folder / _REPLACING).unlink()
            sync_names(folder.parent)
    except (OSError, ValueError, KeyError, TypeError):
        return


def beside(folder: Path, mark: str, ending: str = "") -> Path:
    """Give a free name beside a folder for what is kept of it.

    Args:
        folder: the folder.
        mark: says what is kept.
        ending: that of a file.
    """
    place = folder.resolve()
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    start = f"{place.name}.{mark}-{moment}"
    found, number = place.with_name(start + ending), 1
    while found.exists():
        number += 1
        found = place.with_name(f"{start}-{number}{ending}")
    return found


@contextmanager
def kept_closed(folder: Path) -> Iterator[None]:
    """Keep the engine of other processes out of a folder, without opening it here.

    An engine knows its files by their full names, so it must not be open where another
    folder takes the place of its own. Where the system has no such locks, whoever opens
    it meanwhile is not kept out.

    Raises:
        StoreLocked: another process has it open.
    """
    lock = folder / "oxigraph" / "LOCK"
    if not HAS_LOCKS or not lock.exists():
        yield
        return
    with lock.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreLocked(
                f"The store in {folder} is open in another process.",
                hint="Stop its server, or wait for the other command to end.",
            ) from error
        yield


def server(folder: Path) -> str | None:
    """Give the address that a running server left, or None."""
    try:
        address = json.loads((folder / SERVER).read_text(encoding="utf-8"))["address"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if isinstance(address, str) else None


@contextmanager
def served_at(folder: Path, address: str) -> Iterator[None]:
    """Leave a server's address in the folder while it runs."""
    path = folder / SERVER
    _replace(path, json.dumps({"address": address, "process": os.getpid()}) + "\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises:
        StoreFull: there is no room for it.
        StoreError: it cannot be written.
    """
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_names(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise StoreFull(
                f"There is no room left on the disk for {path}.",
                hint="Free some space and try again.",
            ) from error
        raise StoreError(
            f"The file {path} cannot be written: {error.strerror}.",
            hint="Give this user the right to write in its folder.",
        ) from error
