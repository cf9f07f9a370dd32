"""Text from files and standard input, and to standard output."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ropa.errors import InputError


def text_of(file: str) -> str:
    """Read a UTF-8 text; the file - is standard input."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The file {file} cannot be read: {error.strerror}.",
            hint="Check the name.",
            file=file,
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file {file} is no UTF-8 text.", hint="Save it as UTF-8.", file=file
        ) from error


def write(text: str | bytes) -> None:
    """Write to standard output, with one line break at the end."""
    click.echo(text, nl=not (text.endswith(b"\n" if isinstance(text, bytes) else "\n")))  # type: ignore[arg-type]
