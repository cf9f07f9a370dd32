"""Many entries at once: batches, how far it is, and what is left out."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ropa.cli.streams import tell

if TYPE_CHECKING:
    from ropa.errors import RopaError
    from ropa.loading import Loaded, Progress
    from ropa.register import Register
    from ropa.served import Served
    from ropa.syntax import Syntax

_WIDTH = 72
_SIGINT_EXIT = 130


def is_much(paths: Iterable[str]) -> bool:
    """Tell whether files are too large together to be saved as one change."""
    from ropa.formats.rdf import MAX_BYTES

    files = [Path(path) for path in paths if path != "-"]
    return sum(file.stat().st_size for file in files if file.is_file()) > MAX_BYTES


def load(
    ctx: click.Context,
    register: Register | Served,
    files: Iterable[tuple[str, Syntax | None]],
    unread: list[RopaError],
    **how: Any,
) -> None:
    """Save the entries of files in batches, and say what became of them.

    Args:
        ctx: the command.
        register: where they go.
        files: the files, each with its syntax where that is said.
        unread: what was seen already that cannot be read.
        how: who answers for it, and how; see `ropa.loading.load`.
    """
    from ropa.formats import places

    bar = _Bar()
    with places.find(files, base=register.base, progress=bar.read) as found:
        faults = [*unread, *found.faults]
        if faults:
            bar.clear()
            for fault in faults[:-1]:
                tell(fault)
            raise faults[-1]
        with _stoppable() as is_stopped:
            try:
                done = register.load(
                    found, progress=bar.saved, is_stopped=is_stopped, **how
                )
            except BaseException:
                bar.clear()
                click.echo(_saved(bar.last), err=True)
                raise
    bar.clear()
    _tell(ctx, done)


def _tell(ctx: click.Context, done: Loaded) -> None:
    from ropa.formats import reports

    if done.report is not None:
        click.echo(
            reports.write(
                done.report, "text", lang=ctx.obj["lang"], root=str(Path.cwd())
            ),
            err=True,
        )
    for fault in done.faults:
        tell(fault)
    for name, other in sorted(done.held.items()):
        click.echo(f"Not saved: {name}, since it names {other}.", err=True)
    from ropa.wording import counted

    changes = counted(done.changes, "change", "changes")
    click.echo(
        f"{counted(done.total, 'entry', 'entries')}: {done.saved} saved in {changes}, "
        f"{done.unchanged} stood already as they are, {done.left_out} not saved."
    )
    if done.stopped:
        click.echo(
            "Stopped. What is saved is saved; the same command goes on from there.",
            err=True,
        )
        ctx.exit(_SIGINT_EXIT)
    if done.left_out:
        click.echo(
            "hint: Mend what is told above, and give the same command again: what "
            "stands is passed over.",
            err=True,
        )
        ctx.exit(1)


def _saved(last: Progress | None) -> str:
    number = last.saved if last else 0
    from ropa.wording import counted

    are = counted(number, "entry is", "entries are")
    return f"{are} saved; the same command goes on from there."


@contextmanager
def _stoppable() -> Iterator[Any]:
    """Let Ctrl-C end it after the batch under way; a second one ends it at once."""
    asked: list[int] = []

    def stop(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        click.echo("\nStopping after what is under way …", err=True)

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # not in the main thread, where no signal comes
        yield lambda: False
        return
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


class _Bar:
    """Shows on a terminal how far it is: count, rate, time left."""

    def __init__(self) -> None:
        self.last: Progress | None = None
        self._begun = time.monotonic()
        self._first: Progress | None = None
        self._is_shown = sys.stderr.isatty()

    def read(self, name: str, done: int, total: int) -> None:
        """Show how much of a file was passed over."""
        self._show(f"Reading {name}: {100 * done // max(total, 1)} %")

    def saved(self, progress: Progress) -> None:
        """Show how many entries were seen to."""
        now = time.monotonic()
        if self._first is None:
            self._first, self._begun = progress, now
        self.last = progress
        from ropa.wording import counted

        told = f"{progress.done} of {counted(progress.total, 'entry', 'entries')}"
        passed, seen = now - self._begun, progress.done - self._first.done
        if seen and passed:
            left = (progress.total - progress.done) * passed / seen
            told += f", {seen / passed:.0f} a second, "
            told += f"{left / 60:.0f} min left" if left >= 90 else f"{left:.0f} s left"
        self._show(told)

    def clear(self) -> None:
        """Take it away."""
        if self._is_shown:
            click.echo("\r" + " " * _WIDTH + "\r", nl=False, err=True)

    def _show(self, text: str) -> None:
        if self._is_shown:
            click.echo("\r" + text[:_WIDTH].ljust(_WIDTH), nl=False, err=True)
