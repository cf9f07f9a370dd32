"""The group of all commands: options for each, errors into words and exit codes."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from ropa import __version__
from ropa.cli.options import LANGUAGES
from ropa.cli.streams import tell
from ropa.errors import RopaError


class Door(click.Group):
    """Turns our errors into words and exit codes; a traceback only with --debug."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and answer for what it raises."""
        try:
            return super().invoke(ctx)
        except RopaError as error:
            if ctx.params.get("debug"):
                raise
            report = getattr(error, "report", None)
            if report is not None:
                from ropa.formats import reports

                click.echo(
                    reports.write(report, "text", lang=ctx.params["lang"]), err=True
                )
            for clash in error.details.get("clashes", ()):
                from ropa.formats import clashing

                for line in clashing.as_lines(clash, ctx.params["lang"]):
                    click.echo(line, err=True)
            tell(error)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # The reader of our output (head, less) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"error: {error.strerror or error}.", err=True)
            ctx.exit(3)


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--store",
    envvar="ROPA_STORE",
    metavar="ADDRESS",
    help="A folder, memory: (the five examples), or the address of a running server. "
    "Without it: the register of this user, made at first use with the examples.",
)
@click.option(
    "--lang",
    envvar="ROPA_LANG",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of labels and messages.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, prog_name="ropa")
@click.pass_context
def main(ctx: click.Context, store: str | None, lang: str, debug: bool) -> None:
    """Records of processing activities (GDPR Article 30) as a knowledge graph."""
    ctx.obj = {"store": store, "lang": lang, "debug": debug}
