"""Commands that ask: named questions, free queries, one entry, what a name means."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from ropa.cli.approvals import approved_at, tell_standing
from ropa.cli.door import main
from ropa.cli.opening import entry_named, opened, opened_if_any
from ropa.cli.options import as_of_option, at_option
from ropa.cli.streams import text_of, write

if TYPE_CHECKING:
    from rdflib import Graph

    from ropa.explanation import Explanation, Hit


# Forms of what is stated, and of what follows.
_WRITTEN = ("turtle", "jsonld", "ntriples", "rdfxml")
_TOLD = ("text", "json")


@main.command()
@click.argument("name", required=False)
@click.option("--param", "parameters", multiple=True, metavar="K=V")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json", "turtle"]),
    default="table",
    show_default=True,
)
@click.option("--sparql", is_flag=True, help="Print the query instead of its answer.")
@as_of_option
@at_option
@click.pass_context
def ask(
    ctx: click.Context,
    name: str | None,
    parameters: tuple[str, ...],
    as_of: date | None,
    kind: str,
    sparql: bool,
) -> None:
    """Answer a named question; without NAME, list the questions."""
    from ropa import queries
    from ropa.formats import results

    lang = ctx.obj["lang"]
    if name is None:
        write(results.write(queries.catalogue(lang), kind, lang=lang))
        return
    given = _given(parameters)
    given.setdefault("lang", lang)
    if as_of is not None and given.setdefault("as_of", str(as_of)) != str(as_of):
        raise click.UsageError(
            f"Two days are given: --as-of {as_of} and --param as_of={given['as_of']}."
        )
    with opened(ctx) as register:
        if sparql:
            click.echo(register.sparql(name, **given))
            return
        write(results.write(register.ask(name, **given), kind, lang=lang))


def _given(parameters: tuple[str, ...]) -> dict[str, str]:
    """Read the parameters of a question; none may be given two values."""
    given: dict[str, str] = {}
    for key, value in map(_pair, parameters):
        if given.setdefault(key, value) != value:
            what = "days" if key == "as_of" else f"values of {key}"
            raise click.UsageError(f"Two {what} are given: {given[key]} and {value}.")
    return given


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not of the form name=value.")
    return key.replace("-", "_"), value


@main.command()
@click.argument("file", metavar="FILE|-")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", "turtle", "jsonld"]),
    default="table",
    show_default=True,
)
@at_option
@click.pass_context
def query(ctx: click.Context, file: str, kind: str) -> None:
    """Run the SPARQL query in FILE (- for standard input)."""
    from ropa.formats import results

    text = text_of(file)
    with opened(ctx) as register:
        answer = register.query(text)
    write(results.write_answer(answer, kind, lang=ctx.obj["lang"]))
    if answer.truncated:
        click.echo("The answer was cut at its row limit.", err=True)


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.option("--why", is_flag=True, help="Show what follows from it instead, and why.")
@click.option(
    "--approved",
    "is_approved",
    is_flag=True,
    help="Show the version that counts as approved, whatever was written since.",
)
@as_of_option
@at_option
@click.option(
    "--format",
    "kind",
    type=click.Choice([*_WRITTEN, *_TOLD]),
    help="Of what is stated: turtle (as it is shown), jsonld, ntriples or rdfxml; with "
    "--why: text (as it is shown) or json.",
)
@click.pass_context
def show(
    ctx: click.Context,
    /,
    name: str,
    *,
    why: bool,
    is_approved: bool,
    as_of: date | None,
    kind: str | None,
) -> None:
    """Show what is stated in one entry: an IRI, wpo, or wpo/marketing.

    With --why, what follows from it by the law of a day: each statement with the
    entailment or kind behind it, what it rests on, and where that was read. A part of
    an entry is named by its IRI.
    """
    if kind not in (_TOLD if why else _WRITTEN) and kind is not None:
        known = ", ".join(_TOLD if why else _WRITTEN)
        raise click.UsageError(
            f"{'With' if why else 'Without'} --why, --format is one of {known}."
        )
    if as_of is not None and not why:
        raise click.UsageError(
            "The law does not change what is stated: --as-of goes with --why. "
            "What was stated on a day is shown with --at."
        )
    with opened(ctx) as asked:
        iri = entry_named(asked.base, name)
        register = asked.at(approved_at(asked.course(iri))) if is_approved else asked
        if not why:
            from ropa import syntax
            from ropa.terms import PREFIXES

            graph = register.read(iri)
            _tell_revision(graph)
            tell_standing(register.course(iri), ctx.obj["lang"])
            write(syntax.serialize(graph, syntax.Syntax(kind or "turtle"), PREFIXES))
            return
        found = register.why(iri, lang=ctx.obj["lang"], as_of=as_of)
    if kind == "json":
        import json

        write(json.dumps(found.as_values(), ensure_ascii=False, indent=2))
        return
    from ropa.formats import reasoned

    write(reasoned.as_text(found))


def _tell_revision(graph: Graph) -> None:
    """Say which revision is shown, for whoever will replace it."""
    from ropa import entry

    click.echo(f"revision: {entry.digest(graph)}", err=True)


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="NAME|WORDS")
@as_of_option
@at_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
@click.pass_context
def explain(
    ctx: click.Context, words: tuple[str, ...], as_of: date | None, kind: str
) -> None:
    """Explain a rule, a term (dpv:Marketing), a decision, a question or an entailment.

    Words such as "legitimate interest" find a term by its label in any language;
    where several fit, they are listed.
    """
    from ropa import explaining, lookup
    from ropa.formats import explained

    name, lang = " ".join(words), ctx.obj["lang"]
    # A name that is unknown, or of several, needs no register.
    hits = lookup.look_up(name, lang)
    said: Explanation | list[Hit] = hits
    if len(hits) == 1:
        with opened_if_any(ctx) as register:
            said = (
                explaining.explain(name, lang, as_of=as_of)
                if register is None
                else register.explain(name, lang=lang, as_of=as_of)
            )
    if kind == "json":
        import json

        values = explained.as_values(said)
        write(json.dumps(values, ensure_ascii=False, indent=2))
        return
    write(explained.as_text(said, lang))
