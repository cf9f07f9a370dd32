"""The command on inference: what follows, and the proof that it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ropa.cli.door import main
from ropa.cli.opening import opened

if TYPE_CHECKING:
    from ropa.proving import Proof


@main.command()
@click.option(
    "--check",
    "is_check",
    is_flag=True,
    help="Prove with the reasoner HermiT (needs Java) that what follows by the "
    "shipped classification is right and complete.",
)
@click.option("--company", metavar="SLUG", help="Only the entries of this company.")
@click.pass_context
def infer(ctx: click.Context, is_check: bool, company: str | None) -> None:
    """Say what follows from what is stated; exit code 1 where a proof fails."""
    if is_check:
        _check(ctx, company)
        return
    raise click.UsageError("Say --check to have what follows proven.")


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
        "found": "{activities} activities, {members} memberships of {kinds} classes",
        "one": "one difference.",
        "many": "{count} differences.",
        "clash": "contradiction in {entries}: {text}",
        "unasked": "(The reasoner was not asked about this one.)",
        "aside": "Set aside, since anything would follow from them: {count}.",
    },
    "fr": {
        "agree": "{found}\u00a0: raisonneur et classification fournie concordent.",
        "differ": "{found} des deux côtés\u00a0; {differences}",
        "found": "{activities} activités, {members} appartenances à {kinds} classes",
        "one": "une différence.",
        "many": "{count} différences.",
        "clash": "contradiction dans {entries}\u00a0: {text}",
        "unasked": "(Le raisonneur n'a pas été interrogé sur ce point.)",
        "aside": "Écartées, car tout en découlerait\u00a0: {count}.",
    },
}


def _told(proof: Proof, lang: str) -> list[str]:
    """Put a proof into lines: contradictions, differences, and the sum of it."""
    from ropa.wording import name_of

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
    counted = f"{proof.memberships:,}"
    found = words["found"].format(
        activities=proof.activities,
        members=counted if lang == "en" else counted.replace(",", "\u202f"),
        kinds=len(proof.kinds),
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
    return lines
