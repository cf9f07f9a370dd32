"""Which register a command speaks of, and which entry of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ropa.cli.streams import progress
from ropa.errors import InputError

if TYPE_CHECKING:
    from rdflib.term import URIRef

    from ropa.register import Register
    from ropa.served import Served
    from ropa.upkeep import Progress, Told


@contextmanager
def opened(ctx: click.Context) -> Iterator[Register | Served]:
    """Open the register that was asked for; the default one is made at first use.

    Where a command was given a point in history, it is the register of that point.
    """
    from ropa import served

    lang = ctx.obj["lang"]
    with served.connect(address(ctx)) as register, progress(_JUDGING[lang]) as told:
        if told is not None:
            register.tell_progress(lambda it: told(it.done, it.total))
        register.tell_partly(_tell_unjudged(lang))
        at = ctx.obj.get("at")
        yield register if at is None else _as_it_was(register, at)


_JUDGING = {"en": "Judging entries", "fr": "Examen des fiches"}
_UNJUDGED = {
    "en": "Cannot be judged, so that no finding of it is known: {name} ({why})",
    "fr": "Ne peut être examinée, aucun constat n\u2019en est connu\u00a0: "
    "{name} ({why})",
}


def _tell_unjudged(lang: str) -> Told:
    """Name on standard error, once, each entry that an answer lacks."""
    known: set[str] = set()

    def told(progress: Progress) -> None:
        for name, why in sorted(progress.failed.items()):
            if name not in known:
                click.echo(_UNJUDGED[lang].format(name=name, why=why), err=True)
        known.update(progress.failed)

    return told


def _as_it_was(register: Register | Served, at: str) -> Register | Served:
    """Go back to a point in history, and say which it is."""
    point = register.point_at(at)
    said = f"change {point.number}, {point.moment}, {point.author}"
    if not point.number:
        said = "before the first change"
    click.echo(f"As recorded: {said}.", err=True)
    return register.at(point.number)


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
        get_ready(ctx)
        from ropa.register import Register

        click.echo(f"Making a register with five examples in {path}", err=True)
        Register.create(str(path), has_examples=True).close()
    return str(path)


def get_ready(ctx: click.Context, *modules: str) -> None:
    """Let the engines of the checks prepare while other things are done.

    Args:
        ctx: says which register is meant; one that is served has engines of its own.
        modules: others that will be needed.
    """
    if not str(ctx.obj["store"] or "").startswith(("http:", "https:")):
        from ropa import bounded

        for module in (*modules, "ropa.inference", "ropa.validation"):
            bounded.ready(module)


def place(ctx: click.Context) -> Path:
    """Give the folder of the register that was asked for, whether it is there or not.

    Raises:
        InputError: what was asked for is no folder.
    """
    store: str | None = ctx.obj["store"]
    if store is None:
        return _default()
    if store.startswith(("memory:", "http://", "https://")):
        raise InputError(
            f"This takes the folder of a register, not {store}.",
            hint="Give a folder with --store.",
        )
    return Path(store).expanduser()


def _default() -> Path:
    from platformdirs import user_data_path

    return user_data_path("ropa") / "register"


def _has_default() -> bool:
    from ropa import folder

    return folder.is_register(_default())


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
