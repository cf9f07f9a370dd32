"""The command on impact: what breaks when a decision falls."""

from __future__ import annotations

from datetime import date

import click

from ropa.cli.door import main
from ropa.cli.opening import opened
from ropa.cli.options import as_of_option, at_option
from ropa.cli.streams import write


def _single(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str:
    """Refuse a second one, which would silently take the place of the first."""
    if len(given) > 1:
        raise click.BadParameter("One thing can fall at a time.")
    return given[0]


@main.command()
@click.option(
    "--without",
    required=True,
    multiple=True,
    callback=_single,
    metavar="DECISION",
    help="What no longer holds: a decision, clauses, a country inside the European "
    "Economic Area, or a vendor with its certification; by name, number or IRI.",
)
@as_of_option
@at_option
@click.option(
    "--instead",
    metavar="TOOL",
    help="Say what of the losses this would mend: a decision, clauses, or a kind of "
    "tool such as eu-gdpr:A46-2-c.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "table", "csv", "json", "markdown"]),
    default="text",
    show_default=True,
)
@click.option(
    "--fail-on-loss",
    is_flag=True,
    help="Exit with 1 where a transfer loses its footing.",
)
@click.pass_context
def impact(
    ctx: click.Context,
    without: str,
    as_of: date | None,
    instead: str | None,
    kind: str,
    fail_on_loss: bool,
) -> None:
    """Say which transfers lose their footing when a decision falls.

    Compared are the law as it is and the same law without the decision, both on one
    day; nothing in the register changes.
    """
    from ropa.formats import results, weighed
    from ropa.terms import ROPA

    lang = ctx.obj["lang"]
    with opened(ctx) as register:
        found = register.impact(without, as_of=as_of, instead=instead, lang=lang)
    if kind == "json":
        write(found.as_json())
    elif kind == "text":
        write(weighed.as_text(found, lang))
    elif kind == "markdown":
        write(weighed.as_markdown(found, lang))
    else:
        write(results.write(weighed.as_table(found), kind, lang=lang))
    if fail_on_loss and found.of_kind(ROPA.LosesFooting):
        ctx.exit(1)
