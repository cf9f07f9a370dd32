"""The command that proves that history is intact."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ropa.cli.door import main
from ropa.cli.opening import address
from ropa.cli.streams import tell, write

if TYPE_CHECKING:
    from ropa import verifying
    from ropa.integrity import Verification

# Whoever waits longer is told what for.
_PATIENCE_SECONDS = 2.0


@main.command()
@click.option(
    "--head",
    "noted",
    default="",
    metavar="DIGEST",
    help="Prove that this digest, noted down earlier, is in the chain; its first 12 "
    "digits are enough.",
)
@click.option(
    "--rebuild",
    "is_rebuilding",
    is_flag=True,
    help="Where history is intact and what stands is not, lead that back to history, "
    "and write the log beside the store anew where it is wrong; what is wrong is told "
    "first. Where files are damaged, build the register anew from what can be read; "
    "the damaged folder is kept aside.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def verify(ctx: click.Context, noted: str, is_rebuilding: bool, kind: str) -> None:
    """Prove that history is intact, and that what stands is what it leads to.

    Each change is held against its digest and the change before it, and what it added
    and removed is applied from nothing on. A log beside the store tells whether the
    newest changes are there. The exit code is 1 where something is wrong.
    """
    from ropa import served
    from ropa.errors import StoreDamaged
    from ropa.formats import verified

    lang, where = ctx.obj["lang"], address(ctx)
    aside, found = kind == "json", None
    try:
        with served.connect(where, to_verify=True) as register:
            with _progress(lang) as progress:
                found = register.verify(noted=noted, progress=progress)
            if is_rebuilding and not found.is_intact:
                # What is about to go is told before it goes.
                click.echo(verified.as_text(found, lang), err=aside)
                found = register.rebuild(noted=noted)
                click.echo(verified.mended(found, lang), err=aside, nl=False)
    except StoreDamaged as error:
        # Only files that cannot be read are read by other means.
        if found is not None or not is_rebuilding or "://" in where:
            raise
        tell(error)
        found = _built_anew(where, noted, lang, aside=aside)
    write(found.as_json() if kind == "json" else verified.as_text(found, lang))
    ctx.exit(0 if found.is_intact else 1)


def _built_anew(where: str, noted: str, lang: str, *, aside: bool) -> Verification:
    """Build a register anew from what can be read of its damaged folder, and tell."""
    from ropa import salvaging
    from ropa.formats import verified

    with _progress(lang) as progress:
        done = salvaging.salvage(Path(where), noted=noted, told=progress)
    click.echo(verified.salvaged(done, lang), err=aside, nl=False)
    return done.verification


_WAIT = {"en": "Going through history …", "fr": "Parcours de l\u2019historique …"}


@contextmanager
def _progress(lang: str) -> Iterator[verifying.Progress | None]:
    """Tell on a terminal how far it is, once that takes long; a server does not say."""
    if not sys.stderr.isatty():
        yield None
        return
    began, told = time.monotonic(), threading.Event()

    def tell(text: str) -> None:
        told.set()
        click.echo(f"\r{text}", nl=False, err=True)

    def progress(done: int, total: int) -> None:
        late = time.monotonic() - began > _PATIENCE_SECONDS
        if late and (done % 100 == 0 or done == total):
            tell(f"{_WAIT[lang]} {100 * done // total} %")

    waiting = threading.Timer(_PATIENCE_SECONDS, tell, [_WAIT[lang]])
    waiting.start()
    try:
        yield progress
    finally:
        waiting.cancel()
        if told.is_set():
            click.echo(err=True)
