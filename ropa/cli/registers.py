"""Commands on a whole register: serve it, make one."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ropa.cli.door import main
from ropa.cli.opening import address
from ropa.errors import InputError

if TYPE_CHECKING:
    from ropa.upkeep import Progress

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open/--no-open", "browse", default=True, help="Open a browser.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, browse: bool) -> None:
    """Browse the register in a browser; SPARQL endpoint and API beside it."""
    if host not in LOOPBACK:
        raise InputError(
            f"This server has no users yet, so it does not listen on {host}.",
            hint="Leave --host away: 127.0.0.1 is reached from this machine only.",
        )
    from ropa import folder
    from ropa.register import MEMORY, Register

    place = address(ctx)
    if place.startswith(("http://", "https://")):
        raise InputError(
            "A register is served from its folder, not from another server.",
            hint="Give a folder with --store.",
        )
    from webui.server import bind

    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as stack:
        register = stack.enter_context(Register.open(place))
        judging = _Judging(ctx.obj["lang"])
        if register.progress().left <= _AWAITED:
            register.refresh_findings()
        register.tell_progress(judging.told)
        register.work_aside()
        counts, progress = register.summary(), register.progress()
        server = stack.enter_context(bind(register, host, port))
        if place != MEMORY:
            where = Path(place).expanduser()
            stack.enter_context(folder.served_at(where, server.url))
        click.echo(_ready(counts, progress, server.url))
        judging.told(progress)
        if server.remark:
            click.echo(server.remark, err=True)
        if browse and _has_screen():
            import webbrowser

            webbrowser.open(server.url)
        server.run()


def _end(*_: object) -> NoReturn:
    """End in order when told to: the address in the folder goes, the store closes."""
    raise SystemExit(0)


def _ready(counts: dict[str, int], progress: Progress, url: str) -> str:
    from ropa.wording import counted

    entries = counted(progress.total, "entry", "entries")
    far = f" so far ({progress.judged:,} of {entries} judged)"
    companies = counted(counts["companies"], "company", "companies")
    activities = counted(counts["activities"], "activity", "activities")
    transfers = counted(counts["transfers"], "transfer", "transfers")
    findings = counted(counts["findings"], "finding", "findings")
    return (
        f"{companies}, {activities}, {transfers} "
        f"({counts['us_transfers']} to the US), "
        f"{findings}{'' if progress.is_over else far}. Open {url}"
    )


# Entries that are judged before the server starts; these take a few seconds.
_AWAITED = 100
# Somebody who watches is told so often, and once when it is over.
_STEP_SECONDS = 5.0
_JUDGED = {
    "en": "{judged} of {total} entries are judged.",
    "fr": "Fiches examinées\u00a0: {judged} sur {total}.",
}


class _Judging:
    """Says on standard error how far the judging of entries is; nothing of a few.

    Args:
        lang: language of the words.
    """

    def __init__(self, lang: str) -> None:
        self._words = _JUDGED[lang]
        self._next = 0.0
        self._is_told = False
        self._one = threading.Lock()

    def told(self, progress: Progress) -> None:
        """Say how far it is, now and then, and when it is over."""
        with self._one:
            now = time.monotonic()
            if now < self._next and not progress.is_over:
                return
            if progress.is_over and not self._is_told:
                return
            self._next, self._is_told = now + _STEP_SECONDS, not progress.is_over
            words = self._words.format(judged=progress.judged, total=progress.total)
            click.echo(words, err=True)


def _has_screen() -> bool:
    """Tell whether a browser can show anything; a text browser would take over."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@main.command()
@click.argument("folder_", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--base-iri", default="", help="IRI that names of own entries begin with."
)
def init(folder_: Path, base_iri: str) -> None:
    """Make an own, empty register in FOLDER."""
    from ropa.register import Register

    with Register.create(str(folder_), base=base_iri) as register:
        click.echo(f"Made an empty register in {folder_}, base {register.base}")
    place = shlex.quote(str(folder_))
    click.echo(f"Next: ropa --store {place} add FILE, or: … serve", err=True)
