"""The command on inference: what follows, and the proof that it does."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from ropa.cli.door import main
from ropa.cli.opening import opened
from ropa.cli.options import as_of_option, at_option
from ropa.cli.streams import write

if TYPE_CHECKING:
    from rdflib.term import Node

    from ropa.proving import Proof
    from ropa.store.base import Table


@main.command()
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Prove with the reasoner HermiT (needs Java) that what follows by the "
    "shipped classification is right and complete.",
)
@click.option("--company", metavar="SLUG", help="Only the entries of this company.")
@as_of_option
@at_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json", "turtle"]),
    default="table",
    show_default=True,
)
@click.pass_context
def infer(
    ctx: click.Context,
    is_check: bool,
    company: str | None,
    as_of: date | None,
    kind: str,
) -> None:
    """Say how much follows from what is stated, and by what.

    What follows is kept beside the entries and inferred again only where something
    changed; the statements themselves are the answer of `ropa ask inferred`. With
    --check the exit code is 1 where a proof fails.
    """
    if is_check:
        _check(ctx, company)
        return
    from ropa.formats import results

    lang = ctx.obj["lang"]
    day = as_of.isoformat() if as_of else None
    with opened(ctx) as register:
        rows = register.ask("inferred", company=company, as_of=day).rows
    write(results.write(_counted(rows, lang), kind, lang=lang))


def _counted(rows: Sequence[tuple[Node | None, ...]], lang: str) -> Table:
    """Count what follows by each kind and entailment, and from how many entries."""
    from rdflib.term import Literal, URIRef

    from ropa import entailments, inference, vocabulary
    from ropa.store.base import Table

    statements: Counter[Node] = Counter()
    entries: dict[Node, set[URIRef]] = {}
    for *_, about, _field, _value, by in rows:
        if by is not None and about is not None:
            statements[by] += 1
            entries.setdefault(by, set()).add(inference.owner(about))
    names = {one.iri: one.summary_in(lang) for one in entailments.all_entailments()}
    found: list[tuple[Node | None, ...]] = []
    for by in sorted(statements, key=str):
        iri = URIRef(str(by))
        label = names.get(iri) or vocabulary.load().label(iri, lang)
        counts = Literal(statements[by]), Literal(len(entries[by]))
        found.append((by, Literal(label), *counts))
    return Table(["entailed_by", "summary", "statements", "entries"], found)


def _check(ctx: click.Context, company: str | None) -> None:
    """Compare the reasoner's conclusions with ours, and tell every difference."""
    from ropa import asking, proving

    lang = ctx.obj["lang"]
    with opened(ctx) as register:
        only = asking.known_company(register, company) if company else None
        done = 0

        def progress(entries: int, of: int) -> None:
            nonlocal done
            done += entries
            if sys.stderr.isatty():
                click.echo(f"\r{done}/{of}", nl=done == of, err=True)

        proof = proving.prove(register, only, lang=lang, progress=progress)
    for line in _told(proof, lang):
        click.echo(line)
    ctx.exit(0 if proof.agrees else 1)


_WORDS = {
    "en": {
        "agree": "{found}: the reasoner and the shipped classification agree.",
        "differ": "{found} that both sides find; {differences}",
        "found": "{activities}, {members} of {kinds}",
        "one": "one difference.",
        "many": "{count} differences.",
        "clash": "contradiction in {entries}: {text}",
        "unasked": "(The reasoner was not asked about this one.)",
        "aside": "Set aside, since anything would follow from them: {count}.",
        "unproven": "The proof failed, contradictions: {count}.",
    },
    "fr": {
        "agree": "{found}\u00a0: raisonneur et classification fournie concordent.",
        "differ": "{found} des deux côtés\u00a0; {differences}",
        "found": "{activities}, {members} à {kinds}",
        "one": "une différence.",
        "many": "{count} différences.",
        "clash": "contradiction dans {entries}\u00a0: {text}",
        "unasked": "(Le raisonneur n'a pas été interrogé sur ce point.)",
        "aside": "Écartées, car tout en découlerait\u00a0: {count}.",
        "unproven": "La preuve a échoué, contradictions\u00a0: {count}.",
    },
}


_FORMS = {
    "en": {
        "activities": ("activity", "activities"),
        "members": ("membership", "memberships"),
        "kinds": ("class", "classes"),
    },
    "fr": {
        "activities": ("activité", "activités"),
        "members": ("appartenance", "appartenances"),
        "kinds": ("classe", "classes"),
    },
}


def _told(proof: Proof, lang: str) -> list[str]:
    """Put a proof into lines: contradictions, differences, and the sum of it."""
    from ropa.wording import counted, name_of

    words = _WORDS[lang]
    lines = []
    for clash in proof.clashes:
        entries = ", ".join(map(name_of, clash.entries))
        lines.append(words["clash"].format(entries=entries, text=clash.text))
        lines += [f"  {statement}" for statement in clash.statements]
        if clash.is_confirmed is None:
            lines.append(f"  {words['unasked']}")
    for difference in proof.differences:
        lines.append(difference.text)
        lines += [f"  {statement}" for statement in difference.because]
    numbers = {
        "activities": proof.activities,
        "members": proof.memberships,
        "kinds": len(proof.kinds),
    }
    found = words["found"].format(
        **{name: counted(n, *_FORMS[lang][name], lang) for name, n in numbers.items()}
    )
    count = len(proof.differences)
    if count:
        said = words["one" if count == 1 else "many"].format(count=count)
        lines.append(words["differ"].format(found=found, differences=said))
    else:
        lines.append(words["agree"].format(found=found))
    if proof.clashes:
        aside = {entry for clash in proof.clashes for entry in clash.entries}
        lines.append(words["aside"].format(count=len(aside)))
        lines.append(words["unproven"].format(count=len(proof.clashes)))
    return lines
