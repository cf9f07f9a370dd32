"""Build a register anew from what can be read of a damaged folder, and its history.

For those who have no backup. What can be read goes into a folder beside the damaged
one; what cannot be read, or is not as history says, is led back to history
(`ropa.verifying`). Only when all of it agrees does that folder take the place; the
damaged one is kept aside, as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from rdflib.term import URIRef

from ropa import bounded, folder, portions, restoring, verifying
from ropa.errors import InternalError, LimitReached, StoreDamaged
from ropa.integrity import Verification
from ropa.store.base import Store
from ropa.store.notes import Notes

# Graphs that one child reads, in the time and room that it has.
_AT_ONCE = 200
_LIMITS = bounded.Limits(seconds=60.0, output_bytes=512 * 1024 * 1024)

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Salvaged:
    """A register that was built anew and is in its place.

    Attributes:
        place: its folder.
        aside: where the damaged one is.
        graphs: how many graphs were read.
        partly: those that could not be read, or not whole.
        found: what was wrong once all that can be read was together; all of it was led
            back to history.
        verification: what is proved of the register as it is now.
    """

    place: Path
    aside: Path | None
    graphs: int
    partly: tuple[URIRef, ...]
    found: Verification
    verification: Verification


def salvage(place: Path, *, noted: str = "", told: Told | None = None) -> Salvaged:
    """Build a register anew from its damaged folder, and put it in its place.

    Args:
        place: the folder, which nobody has open.
        noted: digest of a change that somebody noted down, see `verifying.verify`.
        told: is told how many graphs are read, and of how many.

    Raises:
        NotFound: there is no register.
        StoreLocked: another process has it open.
        StoreDamaged: nothing can be read, or history is not among what can; all is as
            it was, and what could not be read is named.
        StoreFull: no room left; all is as it was.
    """
    place = place.expanduser().resolve()
    settings = folder.read(place)
    engine = str(place / "oxigraph")
    with restoring.held(place, replace=True), restoring.staged(place) as store:
        names = _names(engine)
        partly = _fill(store, engine, names, told)
        if store.notes is not None:
            store.notes.append(Notes(place / store.notes.path.name).lines())
        found = _verified(store, settings, noted)
        mended = found.verification
        if not mended.is_intact:
            try:
                verifying.rebuild(store, found)
            except StoreDamaged as error:
                raise _beyond(place, partly, error) from error
            mended = _verified(store, settings, noted).verification
        # The package is looked through again at the next opening.
        restoring.finish(store, place, replace(settings, package=""))
        return Salvaged(
            place=place,
            aside=folder.replace(place),
            graphs=len(names),
            partly=tuple(sorted(partly)),
            found=found.verification,
            verification=mended,
        )


def _verified(store: Store, settings: folder.Settings, noted: str) -> verifying.Found:
    notes = store.notes.lines() if store.notes is not None else None
    return verifying.verify(store, settings.base, notes=notes, noted=noted)


def _beyond(place: Path, partly: Iterable[URIRef], error: StoreDamaged) -> StoreDamaged:
    names = sorted(map(str, partly))
    lost = f" Not to be read: {', '.join(names)}." if names else ""
    return StoreDamaged(
        f"The register in {place} cannot be built anew from what can be read. "
        f"{error.message}{lost}",
        hint="Put a backup back with `ropa restore`.",
        graphs=names,
    )


def _fill(
    store: Store, engine: str, names: list[URIRef], told: Told | None
) -> set[URIRef]:
    """Put all that can be read into a store; give what could not be, or not whole."""
    properties: set[str] = set()
    hard: list[URIRef] = []
    left: set[URIRef] = set()
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for lines, partly in _read(engine, some, properties=()):
            hard += partly
            for name in partly:
                lines.pop(name, None)
            properties.update(map(_property, chain.from_iterable(lines.values())))
            store.load_lines(lines)
        if told is not None:
            told(start + len(some) - len(hard), len(names))
    # By now it is known which properties there are.
    for name in hard:
        for lines, partly in _read(engine, [name], properties=sorted(properties)):
            left.update(partly)
            store.load_lines(lines)
    return left


def _property(line: str) -> str:
    return line.split(" ", 2)[1][1:-1]


def _read(
    engine: str, names: list[URIRef], *, properties: Collection[str]
) -> list[tuple[dict[URIRef, list[str]], list[URIRef]]]:
    """Read some graphs; where a child does not come back, these are parted."""

    def work(
        portion: Mapping[URIRef, None],
    ) -> tuple[dict[URIRef, list[str]], list[URIRef]]:
        header = {
            "path": engine,
            "names": [str(name) for name in portion],
            "properties": list(properties),
        }
        try:
            answer, body = bounded.call(
                "ropa.store.salvage:graphs", header, limits=_LIMITS
            )
        except (LimitReached, InternalError) as error:
            if len(portion) > 1 or error.details.get("limit") == "busy":
                raise
            return {}, list(portion)
        found = json.loads(body)
        return (
            {URIRef(name): lines for name, lines in found.items()},
            [URIRef(name) for name in answer["partly"]],
        )

    return portions.through(work, [dict.fromkeys(names)], at_once=1)


def _names(engine: str) -> list[URIRef]:
    """List the graphs of a folder.

    Raises:
        StoreDamaged: they cannot be listed.
    """
    try:
        _, body = bounded.call(
            "ropa.store.salvage:names", {"path": engine}, limits=_LIMITS
        )
    except (LimitReached, InternalError) as error:
        raise StoreDamaged(
            f"Nothing can be read of the engine's files in {engine}.",
            hint="Put a backup back with `ropa restore`.",
        ) from error
    return [URIRef(name) for name in sorted(json.loads(body))]
