"""Commands on entries: check them, save them, take them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ropa.cli.door import main
from ropa.cli.opening import entry_named, get_ready, opened
from ropa.cli.options import (
    as_of_option,
    at_option,
    fail_on_option,
    replaced,
    report_options,
    revision_options,
    shapes_option,
    syntax_option,
)
from ropa.cli.streams import tell, write
from ropa.errors import InputError, RopaError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import URIRef

    from ropa.findings import Report
    from ropa.formats.rdf import Reading


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@syntax_option
@shapes_option
@as_of_option
@at_option
@fail_on_option
@report_options
@click.pass_context
def validate(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    syntax: str | None,
    fail_on: str,
    kind: str,
    **judged_by: Any,
) -> None:
    """Check new entries with the register as context; nothing is saved.

    PATH is a file, a folder, whose RDF files are read as well as those of its folders
    (not of hidden ones), or - for standard input. What is handed in together is
    checked together. Exit codes: 0 no finding at or above --fail-on, 1 some, 2 a file
    cannot be read.
    """

    def unread(faults: list[RopaError]) -> None:
        from ropa.formats import reports

        said = reports.faults.write(faults, kind, root=str(Path.cwd()))
        if said:
            write(said)

    get_ready(ctx, "ropa.formats.rdf")
    with opened(ctx) as register:
        report = register.validate(
            _read(paths, register.base, syntax, unread),
            **_judging(register.base, **judged_by),
        )
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.option("--company", help="Only the record of this company.")
@shapes_option
@as_of_option
@at_option
@fail_on_option
@report_options
@click.pass_context
def check(
    ctx: click.Context,
    /,
    company: str | None,
    fail_on: str,
    kind: str,
    **judged_by: Any,
) -> None:
    """Check what is in the register."""
    get_ready(ctx)
    with opened(ctx) as register:
        report = register.check(company, **_judging(register.base, **judged_by))
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@syntax_option
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    metavar="N",
    help="Save N entries at a time, each batch one change. More than 10 MiB is saved "
    "so without being asked, 1000 at a time.",
)
@revision_options
@click.pass_context
def add(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    syntax: str | None,
    author: str | None,
    reason: str,
    batch: int | None,
    **read: Any,
) -> None:
    """Save entries; refused only where they are structurally unsound.

    An entry that the register has already is replaced only by who says which
    revision they read: --revision, as `ropa show` tells it, or --replace for whatever
    is there. An entry that stands as it is given stays as it is.

    All is saved or nothing. In batches each entry is: what is unsound is left out and
    told with file and line, the rest is saved. Whoever stops it, or mends something,
    gives the same command again: what stands already is passed over.
    """
    from ropa import checking
    from ropa.cli import loading

    files = [*_files(paths, [])]
    if batch is not None or loading.is_much(files):
        _add_many(ctx, paths, syntax, batch, named_or_user(author), reason, **read)
        return
    with opened(ctx) as register:
        everything = checking.joined(_read(paths, register.base, syntax))
        saved = register.add(
            everything,
            author=named_or_user(author),
            reason=reason,
            replaces=replaced(**read),
        )
    for one in saved:
        state = "new" if one.created else "replaced" if one.changed else "unchanged"
        click.echo(f"{one.iri} ({state}, findings: {one.findings})")


def _add_many(
    ctx: click.Context,
    paths: tuple[str, ...],
    syntax: str | None,
    size: int | None,
    author: str,
    reason: str,
    *,
    read: tuple[str, ...],
    anything: bool,
) -> None:
    """Save the entries of files in batches."""
    from ropa import bounded
    from ropa.cli import loading
    from ropa.syntax import Syntax

    if read:
        raise InputError(
            "Entries that are saved in batches are not replaced by --revision.",
            hint="Give --replace, or hand in fewer entries.",
        )
    if "-" in paths:
        raise InputError(
            "Standard input is not taken in batches, since it is read more than once.",
            hint="Save it to a file first.",
        )
    unread: list[RopaError] = []
    form = Syntax(syntax) if syntax is not None else None
    named = _files(paths, unread)
    files = [(path, form if is_named else None) for path, is_named in named.items()]
    bounded.ready("ropa.soundness")
    with opened(ctx) as register:
        loading.load(
            ctx,
            register,
            files,
            unread,
            author=author,
            reason=reason,
            size=size,
            replaces=anything,
        )


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.option(
    "--revision",
    multiple=True,
    help="The revision that was read, as `ropa show` tells it; else the newest.",
)
@click.pass_context
def remove(
    ctx: click.Context,
    name: str,
    author: str | None,
    reason: str,
    revision: tuple[str, ...],
) -> None:
    """Take an entry out of the register; what changed stays on record."""
    with opened(ctx) as register:
        iri = entry_named(register.base, name)
        read = revision or (_digest(register.read(iri)),)
        register.remove(iri, author=named_or_user(author), reason=reason, replaces=read)
    click.echo(f"Removed {iri}")


def _digest(graph: Graph) -> str:
    from ropa import entry

    return entry.digest(graph)


def named_or_user(author: str | None) -> str:
    """Give the author that was named, or else this machine's user.

    Raises:
        InputError: an author was named, and the name is blank.
    """
    if author is None:
        return user()
    if not author.strip():
        raise InputError(
            "The name of the author is blank.",
            hint="Give a name with --author; without the option, the user of this "
            "machine answers for it.",
        )
    return author


def user() -> str:
    """Give the name of this machine's user, who answers where no author is named."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _judging(
    base: str,
    *,
    as_of: date | None,
    profile: str | None,
    rules: tuple[str, ...],
    shapes: tuple[str, ...],
) -> dict[str, Any]:
    """Give what entries are judged by, as the register takes it.

    Blank nodes of shapes stay blank nodes, since lists are made of them.
    """
    from ropa.formats import rdf

    return {
        "as_of": as_of,
        "profile": _profile(profile),
        "rules": frozenset(rules) or None,
        "shapes": [rdf.read_file(path, base=base, blank=True) for path in shapes],
    }


def _profile(name: str | None) -> URIRef | None:
    from ropa.terms import ROPA

    return ROPA[name.capitalize()] if name else None


def _read(
    paths: tuple[str, ...],
    base: str,
    syntax: str | None,
    unread: Callable[[list[RopaError]], None] | None = None,
) -> list[Reading]:
    """Read files and the RDF files of folders; every fault of every file is told.

    Args:
        paths: what was named.
        base: IRI against which relative IRIs are resolved.
        syntax: how what was named itself is written, where that is said.
        unread: tells the faults to programs before they are told to people.
    """
    from ropa.formats import rdf
    from ropa.syntax import Syntax

    given = Syntax(syntax) if syntax is not None else None
    readings: list[Reading] = []
    faults: list[RopaError] = []
    for path, is_named in _files(paths, faults).items():
        try:
            form = given if is_named else None
            readings.append(rdf.read_file(path, base=base, syntax=form))
        except RopaError as error:
            faults.append(error)
    if faults and unread is not None:
        unread(faults)
    for fault in faults[:-1]:
        tell(fault)
    if faults:
        raise faults[-1]
    return readings


def _files(paths: Iterable[str], faults: list[RopaError]) -> dict[str, bool]:
    """List the files to read, each once; True for those that were named themselves.

    Folders that cannot be read, or hold no RDF, are added to the faults.
    """
    files: dict[str, bool] = {}
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            files[path] = True
            continue
        before = len(faults)
        inside = _inside(path, faults)
        if not inside and len(faults) == before:
            faults.append(
                InputError(
                    f"The folder {path} holds no RDF file.",
                    hint=f"Files end with one of {', '.join(_suffixes())}.",
                    file=path,
                )
            )
        for name in inside:
            files.setdefault(name, False)
    return files


def _inside(folder: str, faults: list[RopaError]) -> list[str]:
    """List the RDF files of a folder and of its folders; hidden ones are left out."""

    def unreadable(error: OSError) -> None:
        faults.append(
            InputError(
                f"The folder {error.filename} cannot be read: {error.strerror}.",
                hint="Check its rights.",
                file=error.filename,
            )
        )

    found: list[str] = []
    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            str(Path(place) / name)
            for name in sorted(names)
            if not name.startswith(".") and Path(name).suffix.lower() in _suffixes()
        ]
    return found


def _suffixes() -> Iterable[str]:
    from ropa.syntax import SUFFIXES

    return SUFFIXES


def _tell(ctx: click.Context, report: Report, kind: str, fail_on: str) -> None:
    from ropa.formats import reports

    root, lang, strict = str(Path.cwd()), ctx.obj["lang"], ctx.obj["strict"]
    write(
        reports.write(
            report, kind, lang=lang, fail_on=fail_on, strict=strict, root=root
        )
    )
    if any(finding.fails(fail_on, strict=strict) for finding in report.findings):
        ctx.exit(1)
