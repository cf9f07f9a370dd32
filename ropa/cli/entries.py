"""Commands on entries: check them, save them, take them out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ropa.cli.door import main
from ropa.cli.opening import entry_named, opened
from ropa.cli.options import SEVERITIES, as_of_option, fail_on_option, report_options
from ropa.cli.streams import write
from ropa.errors import InputError, RopaError

if TYPE_CHECKING:
    from rdflib import Graph

    from ropa.formats.rdf import Reading


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@click.option("--profile", type=click.Choice(["register", "notice"]))
@as_of_option
@fail_on_option
@report_options
@click.pass_context
def validate(
    ctx: click.Context,
    paths: tuple[str, ...],
    profile: str | None,
    as_of: date | None,
    fail_on: str,
    kind: str,
    rules: tuple[str, ...],
) -> None:
    """Check new entries (files, folders) with the register as context."""
    from ropa.terms import ROPA

    forced = ROPA[profile.capitalize()] if profile else None
    with opened(ctx) as register:
        report = register.validate(
            _read(paths, register.base),
            as_of=as_of,
            profile=forced,
            rules=frozenset(rules) or None,
        )
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.option("--company", help="Only the record of this company.")
@as_of_option
@fail_on_option
@report_options
@click.pass_context
def check(
    ctx: click.Context,
    company: str | None,
    as_of: date | None,
    fail_on: str,
    kind: str,
    rules: tuple[str, ...],
) -> None:
    """Check what is in the register."""
    with opened(ctx) as register:
        report = register.check(company, as_of=as_of, rules=frozenset(rules) or None)
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.pass_context
def add(
    ctx: click.Context, paths: tuple[str, ...], author: str | None, reason: str
) -> None:
    """Save entries; refused only where they are structurally unsound."""
    with opened(ctx) as register:
        readings = _read(paths, register.base)
        saved = register.add(
            _together(readings), author=author or _user(), reason=reason
        )
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
        register.remove(iri, author=author or _user(), reason=reason)
    click.echo(f"Removed {iri}")


def _together(readings: list[Reading]) -> Graph:
    from rdflib import Graph

    everything = Graph()
    for reading in readings:
        everything += reading.graph
    return everything


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _read(paths: tuple[str, ...], base: str) -> list[Reading]:
    """Read files and the RDF files of folders; every fault of every file is told."""
    from ropa.formats import rdf

    readings, faults = [], []
    for path in _files(paths):
        try:
            readings.append(rdf.read_file(path, base=base))
        except RopaError as error:
            faults.append(error)
    for fault in faults[:-1]:
        click.echo(f"error: {fault.message}", err=True)
    if faults:
        raise faults[-1]
    return readings


def _files(paths: tuple[str, ...]) -> list[str]:
    from ropa.syntax import SUFFIXES

    files: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = [p for p in Path(path).rglob("*") if p.suffix in SUFFIXES]
            if not inside:
                raise InputError(
                    f"The folder {path} holds no RDF file.",
                    hint=f"Files end with one of {', '.join(SUFFIXES)}.",
                )
            files += sorted(map(str, inside))
        else:
            files.append(path)
    return files


def _tell(ctx: click.Context, report: Any, kind: str, fail_on: str) -> None:
    from ropa.formats import reports

    write(reports.write(report, kind, lang=ctx.obj["lang"]))
    worst = SEVERITIES.index(fail_on)
    if any(SEVERITIES.index(f.severity) >= worst for f in report.findings):
        ctx.exit(1)
