"""Put a register back from a backup: all of it verified, and then in one step.

The register is made in a folder beside its place. Only when everything was read, hangs
together (`ropa.chain`) and is on the disk does it take the place, by a rename.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib.term import URIRef

from ropa import backup, entry, folder, history, witness
from ropa.chain import Chain
from ropa.durable import sync_names
from ropa.errors import (
    BackupRejected,
    FormTooNew,
    InputError,
    StoreError,
    StoreFull,
    StoreLocked,
)
from ropa.store import open_store

if TYPE_CHECKING:
    from ropa.store.base import Store

# Text that is handed to the engine at once.
_LOAD_CHARACTERS = 32 * 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """A register that is in its place.

    Attributes:
        place: its folder.
        manifest: what the backup said of itself.
        aside: where the register is that was there before; None where there was none.
    """

    place: Path
    manifest: backup.Manifest
    aside: Path | None


def restore(
    file: Path,
    place: Path,
    *,
    replace: bool = False,
    told: backup.Told | None = None,
) -> Restored:
    """Put a register back.

    Args:
        file: the backup.
        place: folder of the register, new or empty.
        replace: whether a register that is there is moved aside; it is never deleted.
        told: is told how many bytes are read, and of how many.

    Raises:
        BackupRejected: the file is no backup, or not what was written.
        FormTooNew: a later version made it.
        InputError: the folder is in use.
        StoreLocked: another process has the register open.
        StoreFull: no room left; all is as it was.
    """
    place = place.expanduser().resolve()
    with backup.opened(file) as source:
        manifest = source.manifest
        if manifest.settings.format > folder.FORM:
            raise FormTooNew(
                f"The backup holds a register of form {manifest.settings.format}; this "
                f"version of ropa knows forms up to {folder.FORM}.",
                hint="Upgrade ropa, and restore it then.",
            )
        try:
            folder.check_base(manifest.settings.base)
        except InputError as error:
            raise BackupRejected(
                f"The backup is of no register: {error.message}", hint=error.hint
            ) from error
        with held(place, replace=replace), staged(place) as store:
            fill(store, source, told=told)
            finish(store, place, manifest.settings)
            return Restored(place, manifest, folder.replace(place))


@contextmanager
def held(place: Path, *, replace: bool) -> Iterator[None]:
    """See that a place is free, or may be taken, and keep others out of it.

    Raises:
        InputError: it is in use.
        StoreLocked: another process has the register open.
    """
    if not (folder.is_register(place) or (place / "oxigraph").is_dir()):
        folder.check_empty(place)
        yield
        return
    if not replace:
        raise InputError(
            f"There is a register in {place} already.",
            hint="Choose another folder with --store, or give --force to put the "
            "backup in its place; the register there is then kept aside.",
        )
    # What is damaged is what a backup is put in the place of.
    _check_closed(place)
    with folder.kept_closed(place):
        yield


def _check_closed(place: Path) -> None:
    """See that nobody has a store open, this process included.

    Raises:
        StoreLocked: somebody has.
    """
    try:
        open_store(place, in_union=entry.is_stated).close()
    except StoreLocked:
        raise
    except StoreError:
        return


@contextmanager
def staged(place: Path) -> Iterator[Store]:
    """Open an empty store beside a place; it is gone again unless it is put there.

    Raises:
        StoreLocked: somebody else is about to do the same.
    """
    draft = folder.staging(place)
    if draft.exists():
        # Whoever left it was cut off, unless they are still at it.
        _check_closed(draft)
        shutil.rmtree(draft)
    try:
        draft.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StoreError(
            f"The folder {draft} cannot be made: {error.strerror}.",
            hint="Choose a place that you may write to.",
        ) from error
    try:
        store = open_store(draft, in_union=entry.is_stated)
        try:
            yield store
        finally:
            store.close()
    finally:
        # Gone from here where it took its place.
        shutil.rmtree(draft, ignore_errors=True)


def finish(store: Store, place: Path, settings: folder.Settings) -> None:
    """Close a staged store and make its folder a whole register, on the disk."""
    draft = folder.staging(place)
    store.close()
    try:
        folder.write(draft, settings)
        sync_names(draft)
    except OSError as error:
        raise StoreFull(
            f"There is no room left for the register in {place}; all is as it was.",
            hint="Free some space, then restore it again.",
        ) from error


def fill(
    store: Store,
    source: backup.Backup,
    *,
    told: backup.Told | None = None,
    is_lenient: bool = False,
) -> list[str]:
    """Read a backup into a store, and see whether it hangs together.

    Args:
        store: where it goes; empty.
        source: the backup.
        told: is told how many bytes are read, and of how many.
        is_lenient: whether what does not fit is only told.

    Returns:
        What does not fit.

    Raises:
        BackupRejected: something does not fit, or cannot be read.
    """
    manifest = source.manifest
    sizes = [manifest.members[name].bytes for name in (backup.REGISTER, backup.DERIVED)]
    chain = Chain(manifest.settings.base)
    held: dict[URIRef, list[str]] = {}
    size = 0

    def reading(before: int) -> backup.Told | None:
        if told is None:
            return None
        return lambda done, _: told(before + done, sum(sizes))

    for before, member in ((0, backup.REGISTER), (sizes[0], backup.DERIVED)):
        for name, lines in source.lines(member, told=reading(before)):
            is_derived = backup.is_derived(name)
            if is_derived is not (member == backup.DERIVED):
                raise _inconsistent(f"{name} is in the wrong member")
            if not is_derived:
                chain.take(name, lines)
            held.setdefault(name, []).extend(lines)
            size += sum(map(len, lines))
            if size >= _LOAD_CHARACTERS:
                store.load_lines(held)
                held, size = {}, 0
    head = history.Head(manifest.changes, manifest.newest)
    faults = list(chain.faults(head=head))
    if faults and not is_lenient:
        raise _inconsistent(faults[0])
    if held:
        store.load_lines(held)
    if store.notes is not None and chain.line:
        store.notes.append([witness.line(*one) for one in chain.line])
    return faults


def _inconsistent(what: str) -> BackupRejected:
    return BackupRejected(
        f"The backup does not hang together: {what}.",
        hint="It was altered, or made of a register that was; `ropa verify` tells. Use "
        "an earlier backup.",
    )
