"""Commands on answers: say what a finding is worth, reply to a question."""

from __future__ import annotations

import click

from ropa.cli.door import main
from ropa.cli.entries import named_or_user
from ropa.cli.opening import entry_named, opened


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.argument("rule", metavar="RULE")
@click.option(
    "--kind",
    default="",
    metavar="KIND",
    help="Of a finding: accepted-risk, being-mended, mistaken-alarm, does-not-apply; "
    "of a question: yes, no, not-applicable.",
)
@click.option("--reason", default="", help="Why, in words.")
@click.option("--evidence", default="", help="What shows it: an address or a text.")
@click.option(
    "--until",
    metavar="DATE",
    help="Last day it counts. Without it: a year (being-mended: three months); a "
    "question stays answered.",
)
@click.option("--author", envvar="ROPA_AUTHOR", help="Who answers for it.")
@click.option("--focus", default="", help="The part meant, if several are.")
@click.option("--path", default="", help="The property meant, if several are.")
@click.option("--value", default="", help="The value meant, if several are.")
@click.option("--withdraw", is_flag=True, help="Take the answer back.")
@click.pass_context
def answer(
    ctx: click.Context,
    /,
    name: str,
    rule: str,
    *,
    withdraw: bool,
    **said: str | None,
) -> None:
    """Answer what RULE found on an entry, or take the answer back.

    The finding stays: it is listed as answered, no longer fails a check, and is back
    when the answer expires. Who, when and why is recorded, of a withdrawal too.
    """
    from ropa.answering import Which
    from ropa.answers import Words

    given = {key: text or "" for key, text in said.items()}
    if withdraw and any(given[key] for key in ("kind", "evidence", "until")):
        raise click.UsageError("With --withdraw only --reason and --author are said.")
    author = named_or_user(said["author"])
    words = Words(
        given["kind"], given["reason"], author, given["evidence"], given["until"]
    )
    narrowing = (given["focus"], given["path"], given["value"])
    with opened(ctx) as register:
        which = Which("", entry_named(register.base, name), rule, *narrowing)
        if withdraw:
            gone = register.withdraw_answer(which, words)
            click.echo(f"Withdrawn: {gone.answer.iri}")
            return
        done = register.answer(which, words)
    last = f", until {done.answer.until}" if done.answer.until else ""
    click.echo(f"{done.answer.iri} ({done.answer.kind}{last})")
    if done.replaced is not None:
        old = done.replaced
        click.echo(
            f"It replaces the answer of {old.author}, {old.given}: {old.kind}.",
            err=True,
        )
