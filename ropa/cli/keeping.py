"""Commands that keep a whole register: back it up, put it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ropa.cli.door import main
from ropa.cli.opening import opened, place
from ropa.cli.streams import progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ropa.backup import Manifest

FORCE = "Let a file of that name give way."


@main.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=FORCE)
@click.pass_context
def backup(ctx: click.Context, file: Path, force: bool) -> None:
    """Keep the whole register in FILE, history included; - is standard output.

    Writing may go on meanwhile: what is kept is one state. FILE is a ZIP archive of
    N-Quads, which other tools read as well; `ropa restore` puts it back.
    """
    from ropa import backup as keeping

    with opened(ctx) as register, progress("backup") as told:
        parts = register.backup(told=told)
        if str(file) == "-":
            _pour(parts)
            return
        size = keeping.save(parts, file, replace=force)
    with keeping.opened(file) as kept:
        said = kept.manifest
    click.echo(
        f"{file}: {_sizes(said)}, {size} bytes"
        + (f", newest change {said.newest}" if said.newest else "")
    )


def _sizes(said: Manifest) -> str:
    """Say how many entries and changes a backup has."""
    from ropa.wording import counted

    entries = counted(said.entries, "entry", "entries")
    return f"{entries}, {counted(said.changes, 'change', 'changes')}"


def _pour(parts: Iterable[bytes]) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


@main.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--store", metavar="FOLDER", help="As before the command.")
@click.option(
    "--force",
    is_flag=True,
    help="Take the place of the register that is there, which is kept beside it.",
)
@click.pass_context
def restore(ctx: click.Context, file: Path, store: str | None, force: bool) -> None:
    """Put a register back from FILE, which `ropa backup` made.

    It goes into a new or empty folder; with --force also in the place of a register,
    which is moved aside and never deleted. All of the file is verified first: its
    digests, the chain of changes, each entry. Nothing changes where it does not hold.
    """
    from ropa import restoring

    if store is not None:
        ctx.obj["store"] = store
    with progress("restore") as told:
        done = restoring.restore(file, place(ctx), replace=force, told=told)
    said = done.manifest
    click.echo(f"{done.place}: {_sizes(said)}, as of {said.made}")
    if done.aside is not None:
        click.echo(f"The register that was there is kept in {done.aside}", err=True)


@main.command()
@click.option("--check", is_flag=True, help="Only say whether it is needed.")
@click.pass_context
def migrate(ctx: click.Context, check: bool) -> None:
    """Lead a register to the form of this version; its backup is made first.

    With --check the exit code is 1 where it has to be migrated, and 0 otherwise.
    """
    from ropa import migrating

    where = place(ctx)
    if check:
        was, form = migrating.needed(where)
        if was == form:
            click.echo(f"{where}: form {was}, nothing to do")
            return
        click.echo(f"{where}: form {was}, to be migrated to form {form}")
        ctx.exit(1)
    with progress("migrate") as told:
        done = migrating.migrate(where, told=told)
    if done.kept is None:
        click.echo(f"{done.place}: form {done.form}, nothing to do")
        return
    click.echo(f"{done.place}: migrated from form {done.was} to form {done.form}")
    for remark in done.remarks:
        click.echo(f"warning: {remark}; what stands was taken", err=True)
    click.echo(f"Backup of before: {done.kept}", err=True)
    click.echo(f"The register as it was is kept in {done.aside}", err=True)
