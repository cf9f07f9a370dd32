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
        help="Apply the law of this day.",
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
