"""Commands on history: who changed what, what that was, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ropa.cli.door import main
from ropa.cli.entries import named_or_user
from ropa.cli.opening import entry_named, opened
from ropa.cli.streams import write
from ropa.errors import NotFound

if TYPE_CHECKING:
    from rdflib.term import URIRef

    from ropa.register import Register
    from ropa.served import Served


@main.command()
@click.argument("name", required=False, default="", metavar="[IRI|SLUG]")
@click.option("--company", default="", help="Only what changed of this company.")
@click.option("--author", "by", default="", help="Only what this author changed.")
@click.option("--since", default="", metavar="WHEN", help="From this day or moment on.")
@click.option("--until", default="", metavar="WHEN", help="Up to this day or moment.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="The most changes to list.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
)
@click.pass_context
def history(ctx: click.Context, /, name: str, kind: str, **narrowed: str | int) -> None:
    """Say who changed what, when and why, the newest first.

    With IRI or SLUG, only of that entry: its versions, one a change.
    """
    from ropa.changes import Wanted
    from ropa.formats import recounted, results

    with opened(ctx) as register:
        base = register.base
        company = str(narrowed["company"])
        wanted = Wanted(
            entry=entry_named(base, name) if name else None,
            company=entry_named(base, company) if company else None,
            author=str(narrowed["by"]),
            since=str(narrowed["since"]),
            until=str(narrowed["until"]),
            limit=int(narrowed["limit"]),
        )
        found = register.changes(wanted)
    if kind == "json":
        write(_as_json(found.as_values()))
    elif kind == "csv":
        write(results.write(recounted.as_table(found), kind, lang=ctx.obj["lang"]))
    else:
        write(recounted.as_text(found, ctx.obj["lang"], base))


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.option(
    "--from",
    "since",
    default="",
    metavar="WHEN",
    help="A day, a moment or the number of a change; else the version before the "
    "newest.",
)
@click.option("--to", "until", default="", metavar="WHEN", help="The same; else now.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.pass_context
def diff(ctx: click.Context, name: str, since: str, until: str, kind: str) -> None:
    """Say what changed in an entry between two points, field by field."""
    from ropa.formats import recounted

    with opened(ctx) as register:
        base = register.base
        found = register.diff(
            entry_named(base, name), since=since, until=until, lang=ctx.obj["lang"]
        )
    if kind == "json":
        write(_as_json(found.as_values()))
    elif kind == "markdown":
        write(recounted.comparison_as_markdown(found, base))
    else:
        write(recounted.comparison_as_text(found, base))


@main.command()
@click.argument("name", metavar="IRI|SLUG|CHANGE")
@click.option(
    "--to",
    "point",
    default="",
    metavar="WHEN",
    help="The state to go back to: a day, a moment or the number of a change.",
)
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for this change.")
@click.option("--reason", default="", help="Why.")
@click.option(
    "--revision",
    multiple=True,
    help="The revision that was read, as `ropa show` tells it; else the newest.",
)
@click.option(
    "--remove",
    "removes",
    is_flag=True,
    help="Take the entry out where it was not there at that point.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def revert(
    ctx: click.Context,
    /,
    name: str,
    point: str,
    author: str | None,
    reason: str,
    *,
    revision: tuple[str, ...],
    removes: bool,
    kind: str,
) -> None:
    """Go back: give an entry the state it had, or undo one change.

    With --to, the entry stands again as it did then; one that was removed comes back,
    and one that was not there is removed if --remove says that this is meant. With
    the number of a change alone, what that change added is taken away and what it
    removed is restored; refused where later changes touched the same statements.
    Either is a new change: nothing that was recorded is lost.
    """
    number = _number(name)
    if number is None and not point:
        raise click.UsageError("Say with --to which state to go back to.")
    if number is not None and (point or revision or removes):
        raise click.UsageError(
            "A change is undone as it is, without --to, --revision or --remove."
        )
    who = named_or_user(author)
    with opened(ctx) as register:
        if number is not None:
            done = register.undo(number, author=who, reason=reason)
        else:
            iri = entry_named(register.base, name)
            read = revision or _newest(register, iri)
            done = register.revert(
                iri, point, author=who, reason=reason, replaces=read, removes=removes
            )
    if kind == "json":
        write(_as_json(done.as_values()))
        return
    for one, state in sorted(done.entries.items()):
        click.echo(f"{one} ({state})")
    click.echo(
        f"Recorded as {done.change}" if done.changed else "It stands so already."
    )


def _newest(register: Register | Served, iri: URIRef) -> tuple[str, ...] | None:
    """Give the revision that stands; None where the entry is not there."""
    from ropa import entry

    try:
        return (entry.digest(register.read(iri)),)
    except NotFound:
        return None


def _number(name: str) -> int | None:
    """Read the number of a change, or its IRI; None where an entry is named."""
    last = name.rstrip("/").rpartition("/changes/")[2]
    return int(last) if last.isdecimal() else None


def _as_json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, indent=1)
