"""The command on evidence: claims, and the passages they were read in."""

from __future__ import annotations

import click

from ropa.cli.door import main
from ropa.cli.opening import entry_named, opened
from ropa.cli.options import at_option
from ropa.cli.streams import bytes_of, write
from ropa.errors import NotFound


@main.command()
@click.argument("name", required=False, metavar="[IRI|SLUG]")
@click.option(
    "--source",
    "file",
    metavar="FILE",
    help="Show the passages in place, in the text of a document (- for input).",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "table", "csv", "json", "turtle"]),
    default="text",
    show_default=True,
)
@at_option
@click.pass_context
def evidence(ctx: click.Context, name: str | None, file: str | None, kind: str) -> None:
    """Show claims and where they were read: of all entries, or of one.

    wpo is a company with its record and activities, wpo/marketing one activity,
    sources/NAME what was read in one document. With --source, the text of a document
    is compared by its SHA-256 with those that were read; nothing of it is kept.
    """
    from ropa import citing, passages
    from ropa.formats import cited, results

    lang = ctx.obj["lang"]
    # A file that cannot be read needs no register.
    data = bytes_of(file, passages.MAX_BYTES + 1) if file is not None else None
    text = passages.decode(data, _called(file)) if data is not None else None
    with opened(ctx) as register:
        document = None
        if data is not None:
            known = register.documents()
            titles = {digest: title for digest, (_, title) in known.items()}
            digest = passages.recognise(data, titles, _called(file))
            document = register.document(known[digest][0])
        iri = entry_named(register.base, name) if name else None
        if iri is None and document is not None:
            iri = document.iri
        try:
            found = register.evidence(iri, lang=lang)
        except NotFound as error:
            raise citing.unknown(register, register.base, name or "") from error
    if document is not None:
        whole, found = found, found.within(document)
        if name and iri != document.iri and not found.claims:
            raise citing.unread(whole, document, name, _called(file), lang=lang)
    if kind != "text":
        write(results.write(cited.as_table(found, lang=lang, text=text), kind))
    elif document is not None and text is not None:
        write(cited.in_place(found, document, text, lang=lang))
    else:
        write(cited.as_text(found, lang=lang))


def _called(file: str | None) -> str:
    return "The text from standard input" if file == "-" else f"The file {file}"
