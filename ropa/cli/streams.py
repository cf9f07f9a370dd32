"""Text from files and standard input, and to standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ropa.errors import InputError, RopaError


def bytes_of(file: str, most: int = -1) -> bytes:
    """Read a file as it is; the file - is standard input.

    Args:
        file: its name.
        most: bytes after which reading ends; all of them if negative.

    Raises:
        InputError: there is no such file, or it cannot be read.
    """
    try:
        if file == "-":
            return sys.stdin.buffer.read(most)
        with Path(file).open("rb") as stream:
            return stream.read(most)
    except (OSError, ValueError) as error:
        # ValueError: a name that holds a NUL.
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"The file {file} cannot be read: {reason}.",
            hint="Check the name.",
            file=file,
        ) from error


def text_of(file: str) -> str:
    """Read a UTF-8 text; the file - is standard input."""
    try:
        return bytes_of(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file {file} is no UTF-8 text.", hint="Save it as UTF-8.", file=file
        ) from error


def tell(error: RopaError) -> None:
    """Say on standard error what went wrong, and what to do."""
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"hint: {error.hint}", err=True)


def write(text: str | bytes) -> None:
    """Write to standard output, with one line break at the end."""
    click.echo(text, nl=not (text.endswith(b"\n" if isinstance(text, bytes) else "\n")))  # type: ignore[arg-type]


# After this a person wants to know how far it is, and no more often than that.
_WAIT_SECONDS = 2.0
_STEP_SECONDS = 0.2


@contextmanager
def progress(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show on standard error how far something is, where that is a terminal.

    Args:
        name: what is done, in a word.

    Yields:
        Takes how much is done and of how much, 0 where that is not known; None where
        nobody is looking.
    """
    if not sys.stderr.isatty():
        yield None
        return
    shown = time.monotonic() + _WAIT_SECONDS - _STEP_SECONDS
    is_shown = False

    def clear() -> None:
        nonlocal is_shown
        if is_shown:
            click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
        is_shown = False

    def told(done: int, total: int) -> None:
        nonlocal shown, is_shown
        now = time.monotonic()
        if total and done >= total:
            # What comes next may be the answer.
            clear()
        elif now - shown >= _STEP_SECONDS:
            shown, is_shown = now, True
            part = f"{100 * done // total} %" if total else f"{done:,}"
            click.echo(f"\r{name}: {part.replace(',', ' ')} ", nl=False, err=True)

    try:
        yield told
    finally:
        clear()
