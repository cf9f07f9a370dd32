"""Lead a register to the form of this version: backed up, on a copy, in one step.

The form is a number in the settings of a folder. A register of an earlier one is not
opened, and never changed unasked. `migrate` backs it up, makes the migrated one beside
it out of the backup, and puts it in its place as `ropa.restoring` does: a kill at any
moment leaves the old one, or the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ropa import __version__, backup, entry, folder, history, restoring
from ropa.chain import Chain
from ropa.errors import FormTooNew, FormTooOld, InternalError
from ropa.migrations import STEPS
from ropa.store import open_store

if TYPE_CHECKING:
    from ropa.store.base import Store


@dataclass(frozen=True)
class Migrated:
    """What became of a register.

    Attributes:
        place: its folder.
        was: its form before.
        form: its form now.
        kept: the backup of it as it was; None where nothing was to be done.
        aside: the folder as it was; None likewise.
        remarks: what was found not to be as history had recorded it.
    """

    place: Path
    was: int
    form: int
    kept: Path | None = None
    aside: Path | None = None
    remarks: tuple[str, ...] = ()


def form_of(store: Store, settings: folder.Settings) -> int:
    """Give the form of an open register.

    Settings that name none are of the first form, or of the time when the second was
    new and had no number yet; then the store tells.
    """
    if settings.format == 1:
        graphs = store.graphs()
        newest = history.newest_graph(settings.base)
        if newest in graphs or not any(map(history.number_in, graphs)):
            return 2
    return settings.format


def check_known(place: Path, settings: folder.Settings) -> None:
    """See that a form is not of a later version.

    Raises:
        FormTooNew: it is.
    """
    if settings.format > folder.FORM:
        raise FormTooNew(
            f"The register in {place} has the form {settings.format}; this version of "
            f"ropa knows forms up to {folder.FORM}.",
            hint="Upgrade ropa; this version cannot open it.",
        )


def settled(store: Store, place: Path, settings: folder.Settings) -> folder.Settings:
    """Give the settings of a register that can be opened.

    Raises:
        FormTooOld: it has to be migrated first.
    """
    if settings.format == folder.FORM:
        return settings
    form = form_of(store, settings)
    if form < folder.FORM:
        raise FormTooOld(
            f"The register in {place} has the form {form} of an earlier version; this "
            f"one needs form {folder.FORM}.",
            hint=f"Run: ropa --store {place} migrate (it makes a backup first)",
        )
    found = replace(settings, format=form)
    folder.write(place, found)
    return found


def needed(place: Path) -> tuple[int, int]:
    """Tell which form a register has, and which it should have.

    Raises:
        NotFound: there is no register.
        FormTooNew: its form is of a later version.
        StoreLocked: another process has it open.
    """
    place = place.expanduser()
    settings = folder.read(place)
    check_known(place, settings)
    store = open_store(place, in_union=entry.is_stated)
    try:
        return form_of(store, settings), folder.FORM
    finally:
        store.close()


def migrate(place: Path, *, told: backup.Told | None = None) -> Migrated:
    """Migrate the register in a folder, which nobody may have open.

    Args:
        place: the folder.
        told: is told how far the copying is, in bytes.

    Raises:
        NotFound: there is no register.
        FormTooNew: its form is of a later version.
        StoreLocked: another process has it open.
        StoreFull: no room left; all is as it was.
    """
    place = place.expanduser().resolve()
    settings = folder.read(place)
    check_known(place, settings)
    store = open_store(place, in_union=entry.is_stated)
    try:
        was = form_of(store, settings)
        if was == folder.FORM:
            settled(store, place, settings)
            return Migrated(place, was, was)
        kept = folder.beside(place, f"form-{was}", ".zip")
        backup.save(backup.pieces(store, replace(settings, format=was)), kept)
    finally:
        store.close()
    author = history.Author.package(__version__)
    with (
        backup.opened(kept) as source,
        folder.kept_closed(place),
        restoring.staged(place) as copy,
    ):
        remarks = restoring.fill(copy, source, told=told, is_lenient=True)
        for form in range(was, folder.FORM):
            STEPS[form](copy, settings.base, author)
        _check(copy, settings.base)
        # Whoever opens it first sees whether all of the package is there.
        found = replace(settings, format=folder.FORM, package="")
        restoring.finish(copy, place, found)
        aside = folder.replace(place)
    return Migrated(place, was, folder.FORM, kept, aside, tuple(remarks))


def _check(store: Store, base: str) -> None:
    """See that a migrated register hangs together.

    Raises:
        InternalError: it does not.
    """
    chain = Chain(base)
    for name in store.graphs():
        if not backup.is_derived(name):
            chain.take(name, backup.in_order(store.lines(name)))
    for fault in chain.faults():
        raise InternalError(
            f"The migrated register does not hang together: {fault}.",
            hint="Nothing was changed. Please report this.",
        )
