"""Commands on approval: submit, approve, and take either back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ropa.cli.door import main
from ropa.cli.entries import named_or_user
from ropa.cli.opening import entry_named, opened
from ropa.cli.streams import write

if TYPE_CHECKING:
    from rdflib.term import URIRef

    from ropa.approval import Course, Kind
    from ropa.register import Register
    from ropa.served import Served

    Command = Callable[..., None]


def _step_options(command: Command) -> Command:
    """Give a command what every step of approval takes."""
    for option in reversed(
        (
            click.argument("names", nargs=-1, required=True, metavar="IRI|SLUG…"),
            click.option(
                "--revision",
                default="",
                metavar="REVISION",
                help="The revision that was read, as `ropa show` tells it; refused if "
                "the entry was edited since. Without it: whatever stands.",
            ),
            click.option(
                "--all",
                "is_whole",
                is_flag=True,
                help="Of a company: its record and all its activities, in one step.",
            ),
            click.option("--author", envvar="ROPA_AUTHOR", help="Who takes the step."),
            click.option("--reason", default="", help="Why, in words."),
            click.option(
                "--format",
                "form",
                type=click.Choice(["text", "json"]),
                default="text",
                show_default=True,
            ),
            click.pass_context,
        )
    ):
        command = option(command)
    return command


@main.command()
@click.option("--withdraw", is_flag=True, help="Take the submission back.")
@_step_options
def submit(ctx: click.Context, /, *, withdraw: bool, **given: Any) -> None:
    """Ask for entries to be approved as they stand: an IRI, wpo, or wpo/marketing.

    An edit afterwards makes a draft of them again. What waits is listed by
    `ropa ask approvals`. With --withdraw, which needs a reason, the submission is
    taken back, or sent back to its author.
    """
    from ropa.approval import Kind

    _take(ctx, Kind.WITHDRAWAL if withdraw else Kind.SUBMISSION, **given)


@main.command()
@click.option("--end", is_flag=True, help="End the approval that counts.")
@_step_options
def approve(ctx: click.Context, /, *, end: bool, **given: Any) -> None:
    """Approve entries as they stand: an IRI, wpo, or wpo/marketing.

    Against findings of the severity violation that nobody has answered, --reason is
    needed. What was approved stays readable as such whatever is written later
    (`ropa show --approved`). With --end, which needs a reason, the
    approval is taken back.
    """
    from ropa.approval import Kind

    _take(ctx, Kind.ENDING if end else Kind.APPROVAL, **given)


def _take(
    ctx: click.Context,
    kind: Kind,
    *,
    names: tuple[str, ...],
    revision: str,
    is_whole: bool,
    author: str | None,
    reason: str,
    form: str,
) -> None:
    from ropa.approving import ANY

    if revision and (is_whole or len(names) > 1):
        raise click.UsageError("--revision goes with one entry.")
    with opened(ctx) as register:
        seen: dict[URIRef, str] = {}
        for name in names:
            iri = entry_named(register.base, name)
            seen |= _whole(register, iri, kind) if is_whole else {iri: revision or ANY}
        done = register.take_step(
            kind, seen, author=named_or_user(author), reason=reason
        )
    if form == "json":
        import json

        write(json.dumps(done.as_values(), ensure_ascii=False, indent=2))
        return
    from ropa.formats import approved

    write(approved.as_text(done, ctx.obj["lang"]))


def _whole(
    register: Register | Served, company: URIRef, kind: Kind
) -> dict[URIRef, str]:
    """Name the entries of a record that a step can be taken for, as they stand.

    Raises:
        NotFound: there is no record of that company.
        InputError: nothing is left to be done.
    """
    from ropa import approval
    from ropa.errors import InputError, NotFound

    listed = approval.of_record(register, company)
    if not listed:
        raise NotFound(
            f"There is no record of {company} in the register.",
            hint="With --all, name a company that keeps a record.",
        )
    fitting = approval.fitting(kind)
    seen = {one.entry: str(one.revision) for one in listed if one.state in fitting}
    if not seen:
        raise InputError(
            f"None of the {len(listed)} entries of the record can take this step.",
            hint="`ropa ask approvals` tells where each of them stands.",
        )
    return seen


def tell_standing(course: Course, lang: str) -> None:
    """Say how far an entry has come, beside what is shown of it."""
    from ropa.formats import approved

    for line in approved.standing(course, lang):
        click.echo(line, err=True)


def approved_at(course: Course) -> int:
    """Give the change at which the version that counts as approved was approved.

    Raises:
        NotFound: none counts as approved.
    """
    from ropa.errors import NotFound

    if course.approved is None:
        raise NotFound(
            f"No version of {course.entry} counts as approved.",
            hint="`ropa ask approvals` tells where each entry stands.",
        )
    return course.approved.approved_at
