"""Commands on entries: check them, save them, take them out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ropa.cli.door import main
from ropa.cli.opening import entry_named, opened
from ropa.cli.options import (
    as_of_option,
    fail_on_option,
    report_options,
    shapes_option,
    syntax_option,
)
from ropa.cli.streams import tell, write
from ropa.errors import InputError, RopaError

if TYPE_CHECKING:
    from rdflib.term import URIRef

    from ropa.findings import Report
    from ropa.formats.rdf import Reading


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@syntax_option
@shapes_option
@as_of_option
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

    _get_ready(ctx)
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
    _get_ready(ctx)
    with opened(ctx) as register:
        report = register.check(company, **_judging(register.base, **judged_by))
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@syntax_option
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.pass_context
def add(
    ctx: click.Context,
    paths: tuple[str, ...],
    syntax: str | None,
    author: str | None,
    reason: str,
) -> None:
    """Save entries; refused only where they are structurally unsound."""
    from ropa import checking

    with opened(ctx) as register:
        everything = checking.joined(_read(paths, register.base, syntax))
        saved = register.add(everything, author=author or user(), reason=reason)
    for one in saved:
        state = "new" if one.created else "replaced"
        click.echo(f"{one.iri} ({state}, findings: {one.findings})")


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.pass_context
def remove(ctx: click.Context, name: str, author: str | None, reason: str) -> None:
    """Take an entry out of the register; what changed stays on record."""
    with opened(ctx) as register:
        iri = entry_named(register.base, name)
        register.remove(iri, author=author or user(), reason=reason)
    click.echo(f"Removed {iri}")


def user() -> str:
    """Give the name of this machine's user, who answers where no author is named."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _get_ready(ctx: click.Context) -> None:
    """Let the engine prepare while the register is opened and files are read."""
    if not str(ctx.obj["store"] or "").startswith(("http:", "https:")):
        from ropa import bounded

        bounded.ready("ropa.validation")


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
