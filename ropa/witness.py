"""A witness of history outside the engine: a line for each change, number and digest.

The notes of a store (`ropa.store.notes`) are written after the change is on the disk.
So they may be behind by a crash, and are caught up; ahead they cannot be, unless the
newest changes were lost or taken away; and far behind only where somebody cut them.

Lines are written one by one, each before the next change, so a register that nobody
touched has one for each of its changes, but for the last few at most. What is missing
beyond that is never caught up silently: `compare` tells it until `ropa verify
--rebuild` writes the log anew from a history that is intact.

Source: GDPR Art. 5(2) (accountability).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ropa import history, past, syntax
from ropa.errors import StoreDamaged
from ropa.integrity import Fault
from ropa.terms import PREFIXES, ROPA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ropa.store.base import Store

LINE = re.compile(r"(\d{1,15}) (sha256:[0-9a-f]{64})")
RESTORE = (
    "Run `ropa verify` to see what is wrong, and put a backup back with `ropa restore`."
)

VERIFY = (
    "Run `ropa verify`: it tells whether history is intact by itself, and the way back."
)
MOST_BEHIND = 3
"""Lines that a crash may leave out at the end: one for the change that was being
written, and those that a full disk had held back before it."""

_PROLOGUE = "".join(f"PREFIX {p}: <{ns}>\n" for p, ns in PREFIXES.items())
_DIGESTS = """
SELECT ?change ?digest WHERE {{
  VALUES ?change {{ {changes} }}
  GRAPH ?change {{ ?change ropa:changeDigest ?digest }}
}}
ORDER BY ?change
"""
# Changes that are looked up in one query.
_TOGETHER = 500


class Seen(NamedTuple):
    """A change as the witness knows it.

    Attributes:
        number: its running number.
        digest: its digest.
    """

    number: int
    digest: str


def line(number: int, digest: str) -> str:
    """Write the line of a change."""
    return f"{number} {digest}"


def read(written: str) -> Seen | None:
    """Read a line; None where it is none."""
    found = LINE.fullmatch(written)
    return Seen(int(found[1]), found[2]) if found else None


def agree(store: Store, base: str) -> None:
    """Compare the newest change with the last line, and write what is missing there.

    Where there is no line yet, or far too few, it goes on with the newest change, and
    what is missing before that is told by `compare`.

    Raises:
        StoreDamaged: the witness knows later changes than the store, or another one.
    """
    if store.notes is None:
        return
    head = past.head(store, base)
    last = store.notes.last()
    seen = read(last)
    if not last:
        missing = [line(head.number, head.digest)] if head.number else []
    elif seen is None:
        raise StoreDamaged(
            f"The last line of {store.notes.path} cannot be read.", hint=VERIFY
        )
    elif head.number < seen.number:
        raise StoreDamaged(
            f"The newest changes are lost: history ends with change {head.number}, but "
            f"change {seen.number} had been written.",
            hint=f"{RESTORE} Should the older state stand, move {store.notes.path} "
            "away, and run `ropa verify --rebuild`.",
            number=head.number,
            expected=seen.number,
        )
    else:
        start = seen.number + 1
        if head.number - seen.number > MOST_BEHIND:
            start = head.number
        known = list(_digests(store, base, range(seen.number, seen.number + 1)))
        if known != [seen]:
            raise StoreDamaged(
                f"History and the log beside it differ: change {seen.number} is not "
                f"the one that was written into {store.notes.path}.",
                hint=VERIFY,
                number=seen.number,
            )
        behind = _digests(store, base, range(start, head.number + 1))
        missing = [line(*one) for one in behind]
    if missing:
        try:
            store.notes.append(missing)
        except OSError:
            # On a full disk the witness stays behind, until the next write.
            store.notes.owe(missing)


def compare(
    lines: Sequence[str],
    known: Mapping[int, str],
    *,
    is_intact: bool,
    noted: int | None = None,
) -> tuple[tuple[int, int] | None, list[Fault]]:
    """Compare history with all that was written down of it beside the store.

    Each change bears the digest of the one before it. So where history is intact by
    its own digests and a later line agrees with it, or a later digest that somebody
    noted elsewhere, a line before that does not agree was altered itself.

    Args:
        lines: what was written down.
        known: the digest of each change that bears one.
        is_intact: whether history is intact by its own digests.
        noted: the change whose digest somebody had noted elsewhere.

    Returns:
        The first and the last change that are written down, and what is wrong.
    """
    seen, faults = _readable(lines, known)
    first, last = min(known, default=0), max(known, default=0)
    if seen:
        starts, ends = seen[0][1].number - seen[0][0], seen[-1][1].number
        # Lines that cannot be read stand for a change each.
        behind = last - ends - (len(lines) - 1 - seen[-1][0])
        if starts > first:
            faults.append(_missing(first, starts - 1))
        if behind > MOST_BEHIND:
            faults.append(_missing(last - behind + 1, last))
    elif not lines and len(known) > 1:
        # The line of the first change is written before the second is.
        faults.append(_missing(first, last))
    agreeing = [one.number for _, one in seen if known.get(one.number) == one.digest]
    proved = max([noted or 0, *agreeing]) if is_intact else 0
    for _, one in seen:
        found = known.get(one.number, one.digest)
        if found != one.digest:
            kind = ROPA.WitnessAltered if one.number <= proved else ROPA.WitnessDiffers
            faults.append(
                Fault(kind, change=one.number, expected=one.digest, found=found)
            )
    if seen and seen[-1][1].number > last:
        faults.append(
            Fault(
                ROPA.WitnessAhead,
                change=seen[-1][1].number,
                expected=seen[-1][1].digest,
                found=known.get(last, ""),
            )
        )
    return ((seen[0][1].number, seen[-1][1].number) if seen else None), faults


def _readable(
    lines: Sequence[str], known: Mapping[int, str]
) -> tuple[list[tuple[int, Seen]], list[Fault]]:
    """Give the lines that stand in their order, by place, and tell the others.

    A line belongs where it is as history has it, or has a neighbour of the next number:
    so one line that was altered does not put the others in doubt.
    """
    read_ = [read(one) for one in lines]
    numbers = [one.number if one else -1 for one in read_]
    seen: list[tuple[int, Seen]] = []
    faults = []
    for place, one in enumerate(read_):
        before, after = seen[-1] if seen else None, numbers[place + 1 : place + 2]
        belongs = one is not None and (
            known.get(one.number) == one.digest
            or (before is None and not after)
            or (before is not None and one.number == before[1].number + 1)
            or after == [one.number + 1]
        )
        if one is None or not belongs or (before and one.number <= before[1].number):
            expected = before[1].number + place - before[0] if before else ""
            faults.append(_damaged(expected, lines[place]))
            continue
        if before is not None:
            start = before[1].number + place - before[0]
            if one.number - start > MOST_BEHIND:
                faults.append(_missing(start, one.number - 1))
            elif one.number > start:
                faults.append(_damaged(start, lines[place]))
        seen.append((place, one))
    return seen, faults


def _damaged(expected: int | str, found: str) -> Fault:
    return Fault(ROPA.WitnessDamaged, expected=str(expected), found=found[:100])


def _missing(first: int, last: int) -> Fault:
    return Fault(
        ROPA.WitnessMissing,
        change=first,
        expected=f"{first}" if first == last else f"{first}-{last}",
    )


def _digests(store: Store, base: str, numbers: range) -> Iterable[Seen]:
    """Give the digests that changes bear, in their order."""
    for start in range(numbers.start, numbers.stop, _TOGETHER):
        some = range(start, min(start + _TOGETHER, numbers.stop))
        names = " ".join(syntax.n3(history.change_iri(base, n)) for n in some)
        query = _PROLOGUE + _DIGESTS.format(changes=names)
        for change, digest in store.select(query).rows:
            if change is not None:
                yield Seen(history.number_of(change), str(digest))
