"""The terminal door: arguments in, text out, exit codes.

Exit codes: 0 fine; 1 findings at or above ``--fail-on``, or refused; 2 usage or
unreadable input; 3 store or internal error. Data goes to stdout, messages to stderr.
Whatever is heavy is imported by the command that needs it.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ropa import __version__
from ropa.errors import InputError, RopaError

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import URIRef

    from ropa.explanation import Explanation, Hit
    from ropa.formats.rdf import Reading
    from ropa.register import Register
    from ropa.served import Served

SEVERITIES = ("info", "warning", "violation")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
                from ropa.formats import report as reports

                click.echo(reports.as_text(report, ctx.params["lang"]), err=True)
            click.echo(f"error: {error.message}", err=True)
            if error.hint:
                click.echo(f"hint: {error.hint}", err=True)
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
    type=click.Choice(["en", "fr"]),
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


@contextmanager
def _register(ctx: click.Context) -> Iterator[Register | Served]:
    """Open the register that was asked for; the default one is made at first use."""
    from ropa import served

    address = _address(ctx)
    with served.connect(address) as register:
        yield register


def _address(ctx: click.Context) -> str:
    store: str | None = ctx.obj["store"]
    if store is not None:
        return store
    path = _default()
    if not _has_default():
        from ropa.register import Register

        click.echo(f"Making a register with five examples in {path}", err=True)
        Register.create(str(path), has_examples=True).close()
    return str(path)


def _default() -> Path:
    from platformdirs import user_data_path

    return user_data_path("ropa") / "register"


def _has_default() -> bool:
    from ropa import folder

    return (_default() / folder.SETTINGS).exists()


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


def _as_of(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--as-of",
        multiple=True,
        callback=_day,
        metavar="DATE",
        help="Apply the law of this day.",
    )(command)


def _fail_on(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES),
        default="violation",
        show_default=True,
        help="Exit with 1 from this severity on.",
    )(command)


def _report_format(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option(
        "--rule", "rules", multiple=True, metavar="CODE", help="Apply only this rule."
    )(command)
    return click.option(
        "--format",
        "kind",
        type=click.Choice(["text", "json", "turtle"]),
        default="text",
        show_default=True,
    )(command)


# -- a register ------------------------------------------------------------------


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--open/--no-open", "browse", default=True, help="Open a browser.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, browse: bool) -> None:
    """Browse the register in a browser; SPARQL endpoint and API beside it."""
    if host not in LOOPBACK:
        raise InputError(
            f"This server has no users yet, so it does not listen on {host}.",
            hint="Leave --host away: 127.0.0.1 is reached from this machine only.",
        )
    from ropa import folder
    from ropa.register import MEMORY, Register

    address = _address(ctx)
    if address.startswith(("http://", "https://")):
        raise InputError(
            "A register is served from its folder, not from another server.",
            hint="Give a folder with --store.",
        )
    from webui.server import bind

    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as stack:
        register = stack.enter_context(Register.open(address))
        counts = register.summary()
        server = stack.enter_context(bind(register, host, port))
        if address != MEMORY:
            place = Path(address).expanduser()
            stack.enter_context(folder.served_at(place, server.url))
        click.echo(_ready(counts, server.url))
        if server.remark:
            click.echo(server.remark, err=True)
        if browse and _has_screen():
            import webbrowser

            webbrowser.open(server.url)
        server.run()


def _end(*_: object) -> NoReturn:
    """End in order when told to: the address in the folder goes, the store closes."""
    raise SystemExit(0)


def _ready(counts: dict[str, int], url: str) -> str:
    return (
        f"{counts['companies']} companies, {counts['activities']} activities, "
        f"{counts['transfers']} transfers ({counts['us_transfers']} to the US), "
        f"{counts['findings']} findings. Open {url}"
    )


def _has_screen() -> bool:
    """Tell whether a browser can show anything; a text browser would take over."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@main.command()
@click.argument("folder_", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--base-iri", default="", help="IRI that names of own entries begin with."
)
def init(folder_: Path, base_iri: str) -> None:
    """Make an own, empty register in FOLDER."""
    from ropa.register import Register

    with Register.create(str(folder_), base=base_iri) as register:
        click.echo(f"Made an empty register in {folder_}, base {register.base}")
    place = shlex.quote(str(folder_))
    click.echo(f"Next: ropa --store {place} add FILE, or: … serve", err=True)


# -- asking ----------------------------------------------------------------------


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
@_as_of
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
        _write(results.write(queries.catalogue(lang), kind, lang=lang))
        return
    given = _given(parameters)
    given.setdefault("lang", lang)
    if as_of is not None and given.setdefault("as_of", str(as_of)) != str(as_of):
        raise click.UsageError(
            f"Two days are given: --as-of {as_of} and --param as_of={given['as_of']}."
        )
    with _register(ctx) as register:
        if sparql:
            click.echo(register.sparql(name, **given))
            return
        _write(results.write(register.ask(name, **given), kind, lang=lang))


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
@click.pass_context
def query(ctx: click.Context, file: str, kind: str) -> None:
    """Run the SPARQL query in FILE (- for standard input)."""
    from ropa.formats import results

    text = _text(file)
    with _register(ctx) as register:
        answer = register.query(text)
    _write(results.write_answer(answer, kind, lang=ctx.obj["lang"]))
    if answer.truncated:
        click.echo("The answer was cut at its row limit.", err=True)


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The file {file} cannot be read: {error.strerror}.",
            hint="Check the name.",
            file=file,
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file {file} is no UTF-8 text.", hint="Save it as UTF-8.", file=file
        ) from error


@main.command()
@click.argument("name", metavar="IRI|SLUG")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["turtle", "jsonld", "ntriples", "rdfxml"]),
    default="turtle",
    show_default=True,
)
@click.pass_context
def show(ctx: click.Context, name: str, kind: str) -> None:
    """Show what is stated in one entry: an IRI, wpo, or wpo/marketing."""
    from ropa import syntax
    from ropa.terms import PREFIXES

    with _register(ctx) as register:
        graph = register.read(_entry(register.base, name))
    _write(syntax.serialize(graph, syntax.Syntax(kind), PREFIXES))


def _entry(base: str, name: str) -> URIRef:
    from ropa.entry import mint

    if "://" in name:
        from rdflib.term import URIRef

        return URIRef(name)
    parts = name.strip("/").split("/")
    rooms = ("companies", "activities", "organisations", "sources")
    if parts[0] not in rooms:
        parts = ["companies" if len(parts) == 1 else "activities", *parts]
    return mint(base, *parts)


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="RULE|TERM|QUESTION|WORDS")
@_as_of
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
    """Explain a rule, a term (dpv:Marketing), a decision or a question.

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
        with _register_if_any(ctx) as register:
            said = (
                explaining.explain(name, lang, as_of=as_of)
                if register is None
                else register.explain(name, lang=lang, as_of=as_of)
            )
    if kind == "json":
        import json

        values = explained.as_values(said)
        _write(json.dumps(values, ensure_ascii=False, indent=2))
        return
    _write(explained.as_text(said, lang))


@contextmanager
def _register_if_any(ctx: click.Context) -> Iterator[Register | Served | None]:
    """Open the register that was asked for; none is made where there is none yet."""
    if ctx.obj["store"] is None and not _has_default():
        click.echo("There is no register yet, so no uses are told.", err=True)
        yield None
        return
    with _register(ctx) as register:
        yield register


# -- checking and saving -----------------------------------------------------------


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
@click.option("--profile", type=click.Choice(["register", "notice"]))
@_as_of
@_fail_on
@_report_format
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
    with _register(ctx) as register:
        report = register.validate(
            _read(paths, register.base),
            as_of=as_of,
            profile=forced,
            rules=frozenset(rules) or None,
        )
    _tell(ctx, report, kind, fail_on)


@main.command()
@click.option("--company", help="Only the record of this company.")
@_as_of
@_fail_on
@_report_format
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
    with _register(ctx) as register:
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
    with _register(ctx) as register:
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
    with _register(ctx) as register:
        iri = _entry(register.base, name)
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
    from ropa.formats import report as reports

    _write(reports.write(report, kind, lang=ctx.obj["lang"]))
    worst = SEVERITIES.index(fail_on)
    if any(SEVERITIES.index(f.severity) >= worst for f in report.findings):
        ctx.exit(1)


def _write(text: str | bytes) -> None:
    click.echo(text, nl=not (text.endswith(b"\n" if isinstance(text, bytes) else "\n")))  # type: ignore[arg-type]
