"""Which register a command speaks of, and which entry of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rdflib.term import URIRef

    from ropa.register import Register
    from ropa.served import Served


@contextmanager
def opened(ctx: click.Context) -> Iterator[Register | Served]:
    """Open the register that was asked for; the default one is made at first use."""
    from ropa import served

    with served.connect(address(ctx)) as register:
        yield register


@contextmanager
def opened_if_any(ctx: click.Context) -> Iterator[Register | Served | None]:
    """Open the register that was asked for; none is made where there is none yet."""
    if ctx.obj["store"] is None and not _has_default():
        click.echo("There is no register yet, so no uses are told.", err=True)
        yield None
        return
    with opened(ctx) as register:
        yield register


def address(ctx: click.Context) -> str:
    """Give the address of the register that was asked for."""
    store: str | None = ctx.obj["store"]
    if store is not None:
        return store
    path = _default()
    if not _has_default():
        from ropa.register import Register

        click.echo(f"Making a register with five examples in {path}", err=True)
        Register.create(str(path), has_examples=True).close()
    return str(path)


def _default() -> Path:
    from platformdirs import user_data_path

    return user_data_path("ropa") / "register"


def _has_default() -> bool:
    from ropa import folder

    return (_default() / folder.SETTINGS).exists()


def entry_named(base: str, name: str) -> URIRef:
    """Give the entry that a person names: an IRI, wpo, or wpo/marketing."""
    from ropa.entry import mint

    if "://" in name:
        from rdflib.term import URIRef

        return URIRef(name)
    parts = name.strip("/").split("/")
    rooms = ("companies", "activities", "organisations", "sources")
    if parts[0] not in rooms:
        parts = ["companies" if len(parts) == 1 else "activities", *parts]
    return mint(base, *parts)
