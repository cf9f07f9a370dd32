"""The folder of a register: what it is, where its store lies, which server serves it.

``register.json`` names the base IRI; ``server.json`` is there while a server runs, so
that a second process finds it; all else in the folder is the store's own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ropa.errors import InputError, NotFound, StoreError

SETTINGS = "register.json"
SERVER = "server.json"


@dataclass(frozen=True)
class Settings:
    """What is fixed for a register.

    Attributes:
        base: IRI under which its own entries are named; ends with ``/``.
        has_examples: whether it holds the package's example companies.
        package: digest of the package's files that it last followed.
    """

    base: str
    has_examples: bool = False
    package: str = ""


def read(folder: Path) -> Settings:
    """Read the settings of a register.

    Raises:
        NotFound: the folder holds no register.
        StoreError: the settings are damaged.
    """
    path = folder / SETTINGS
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Settings(**values)
    except FileNotFoundError:
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


def create(folder: Path, settings: Settings) -> None:
    """Make the folder of a new register, readable by its owner only.

    Raises:
        InputError: the folder is in use, or the base is no IRI to build on.
    """
    base = settings.base
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
    if (folder / SETTINGS).exists():
        raise InputError(
            f"There is a register in {folder} already.",
            hint="Choose another folder.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"The folder {folder} is not empty.", hint="Choose a new or empty folder."
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(folder, settings)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            hint="Choose a folder that you may write to.",
        ) from error


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
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
