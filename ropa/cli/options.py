"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click

from ropa.errors import InputError

LANGUAGES = ("en", "fr")
SEVERITIES = ("violation", "warning", "info")
REPORTS = ("text", "json", "sarif", "junit", "github", "markdown", "turtle")
SYNTAXES = ("turtle", "trig", "jsonld", "rdfxml", "ntriples", "nquads")


def _day(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> date | None:
    from ropa.queries import as_day

    days: list[date] = []
    for value in values:
        try:
            days.append(as_day(value))
        except InputError:
            raise click.BadParameter(
                f"{value[:40]!r} is no day of the calendar; write it as 2026-11-22."
            ) from None
    if len({*days}) > 1:
        raise click.UsageError(f"Two days are given: {days[0]} and {days[-1]}.")
    return days[0] if days else None


def as_of_option(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the day whose law is applied."""
    return click.option(
        "--as-of",
        multiple=True,
        callback=_day,
        metavar="DATE",
        help="Apply the law of this day, today if not given.",
    )(command)


def _remember_at(
    ctx: click.Context, _: click.Parameter, given: tuple[str, ...]
) -> None:
    if len({*given}) > 1:
        raise click.UsageError(f"Two points are given: {given[0]} and {given[-1]}.")
    ctx.obj["at"] = given[0] if given else None


def at_option(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command read what was recorded at a point in history.

    The register that is opened for the command is the one of that point.
    """
    return click.option(
        "--at",
        multiple=True,
        metavar="WHEN",
        expose_value=False,
        callback=_remember_at,
        help="Read what was recorded then: a day, which counts whole, a moment, or the "
        "number of a change. The law stays that of today, or of --as-of.",
    )(command)


def _keep_strict(ctx: click.Context, _: click.Parameter, strict: bool) -> None:
    ctx.obj["strict"] = strict


def fail_on_option(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the severity from which it fails, and whether by all."""
    command = click.option(
        "--strict",
        is_flag=True,
        expose_value=False,
        callback=_keep_strict,
        help="Fail by answered findings too; they are listed in any case.",
    )(command)
    return click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        default="violation",
        show_default=True,
        help="Exit with 1 from this severity on.",
    )(command)


def _speak(ctx: click.Context, _: click.Parameter, lang: str | None) -> None:
    if lang is not None:
        ctx.obj["lang"] = lang


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take what it judges by, and the form of its report."""
    command = click.option(
        "--rule",
        "rules",
        multiple=True,
        metavar="CODE",
        help="Apply only this rule; may be given several times.",
    )(command)
    command = click.option(
        "--profile",
        type=click.Choice(["register", "notice"]),
        help="Judge as a register's or a public notice's; otherwise as records say.",
    )(command)
    command = click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        callback=_speak,
        help="Language of the report, as before the command.",
    )(command)
    return click.option(
        "--format",
        "kind",
        type=click.Choice(REPORTS),
        default="text",
        show_default=True,
        help="Form of the report.",
    )(command)


def shapes_option(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take files of shapes that are added to ours."""
    return click.option(
        "--shapes",
        "shapes",
        multiple=True,
        metavar="FILE",
        help="Add the SHACL shapes of this file to ours, core constraints only; may be "
        "given several times.",
    )(command)


def syntax_option(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the syntax of what is named by itself."""
    return click.option(
        "--syntax",
        type=click.Choice(SYNTAXES),
        help="How standard input and named files are written; otherwise their suffix "
        "or their first signs tell. In folders the suffix does.",
    )(command)


def revision_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command say which revisions it replaces; see `replaced`."""
    command = click.option(
        "--replace",
        "anything",
        is_flag=True,
        help="Replace whatever is there, seen or not.",
    )(command)
    return click.option(
        "--revision",
        "read",
        multiple=True,
        metavar="REVISION",
        help="A revision that was read and is replaced: its digest, as `ropa show` "
        "tells it, or the number of a change, for the register as it was after it; "
        "may be given several times.",
    )(command)


def replaced(*, read: tuple[str, ...], anything: bool) -> frozenset[str] | None:
    """Give the revisions that a command replaces, as the register takes them."""
    from ropa import revisions

    return revisions.ANY if anything else frozenset(read) or None
