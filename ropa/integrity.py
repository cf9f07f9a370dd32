"""Whether a register is as its history was written: what was proved, and each fault.

Values only; `ropa.verifying` makes them. As JSON they follow
``schemas/verification.schema.json``.

Source: GDPR Art. 5(2) (accountability); the words are ``ontology/integrity.ttl``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from rdflib.term import URIRef

from ropa import vocabulary
from ropa.errors import InternalError
from ropa.terms import ROPA, SKOS

FORMAT = "ropa-verification/1"
MOST_TOLD = 5
"""Most statements that a fault tells; it counts all."""


@cache
def _words() -> Mapping[URIRef, str]:
    """Map each kind of fault to the word that programs read."""
    found = {}
    known = vocabulary.load()
    for space in (ROPA.historyFaults, ROPA.logFaults, ROPA.standingFaults):
        for term, way in known.naming(space):
            if way == SKOS.inScheme:
                said = [o for p, o in known.said(term) if p == SKOS.notation]
                found[term] = str(said[0])
    return found


@cache
def _members(scheme: URIRef) -> frozenset[URIRef]:
    naming = vocabulary.load().naming(scheme)
    return frozenset(term for term, way in naming if way == SKOS.inScheme)


class Statements(NamedTuple):
    """Statements that are missing, or too many.

    Attributes:
        number: how many.
        told: the first of them, as lines of N-Triples, sorted.
    """

    number: int = 0
    told: tuple[str, ...] = ()


NONE = Statements()


@dataclass(frozen=True)
class Fault:
    """One way in which the register is not as it was written.

    Attributes:
        kind: a ``ropa:IntegrityFault``.
        graph: the graph that it was found in, if in one.
        change: number of the change it is about, if about one.
        entry: the entry it is about, if about one.
        expected: what should be there: a digest, a name, a moment.
        found: what is there instead; empty where nothing is.
        missing: statements that should stand and do not.
        surplus: statements that stand and should not.
    """

    kind: URIRef
    graph: URIRef | None = None
    change: int | None = None
    entry: URIRef | None = None
    expected: str = ""
    found: str = ""
    missing: Statements = NONE
    surplus: Statements = NONE

    @property
    def is_of_standing(self) -> bool:
        """Whether what stands is wrong, not history, which leads back to it."""
        return self.kind in _members(ROPA.standingFaults)

    @property
    def is_of_log(self) -> bool:
        """Whether the log beside the store and history do not agree."""
        return self.kind in _members(ROPA.logFaults)

    @property
    def can_be_rebuilt(self) -> bool:
        """Whether history, where it is intact, leads back to what should be there.

        Where only the log says that history is another, one of the two is wrong, and
        something else has to tell which.
        """
        unclear = (ROPA.WitnessAhead, ROPA.WitnessDiffers)
        return self.is_of_standing or (self.is_of_log and self.kind not in unclear)

    def as_values(self) -> dict[str, Any]:
        """Give the fault as plain values, as the published schema describes."""
        words = vocabulary.load()
        return {
            "kind": _words()[self.kind],
            "label": words.labels(self.kind),
            "meaning": words.definitions(self.kind),
            "can_be_rebuilt": self.can_be_rebuilt,
            "graph": self.graph,
            "change": self.change,
            "entry": self.entry,
            "expected": self.expected,
            "found": self.found,
            "missing": {"count": self.missing.number, "told": [*self.missing.told]},
            "surplus": {"count": self.surplus.number, "told": [*self.surplus.told]},
        }


@dataclass(frozen=True)
class Verification:
    """What was proved of a register, or found wrong with it.

    Attributes:
        changes: how many changes its history has.
        entries: how many entries stand, answers kept beside them not counted.
        digest: digest of the newest change, which vouches for all before it.
        moment: when that was made, as ISO 8601 in UTC.
        faults: all that was found, in the order of history.
        noted: a digest that somebody had noted down, where one was asked about.
        noted_change: the change that bears it.
        witnessed: first and last change that the log beside the store knows.
        mended: graphs that were led back to what history says.
        log_renewed: whether the log beside the store was written anew from history.
    """

    changes: int
    entries: int
    digest: str
    moment: str
    faults: tuple[Fault, ...] = ()
    noted: str = ""
    noted_change: int | None = None
    witnessed: tuple[int, int] | None = None
    mended: tuple[URIRef, ...] = ()
    log_renewed: bool = False

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def as_json(self) -> bytes:
        """Write it as the published schema describes."""
        first, last = self.witnessed or (None, None)
        values = {
            "format": FORMAT,
            "is_intact": self.is_intact,
            "changes": self.changes,
            "entries": self.entries,
            "digest": self.digest,
            "moment": self.moment,
            "noted": {"digest": self.noted, "change": self.noted_change}
            if self.noted
            else None,
            "witness": {"first": first, "last": last} if self.witnessed else None,
            "mended": list(self.mended),
            "log_renewed": self.log_renewed,
            "faults": [fault.as_values() for fault in self.faults],
        }
        return f"{json.dumps(values, ensure_ascii=False, indent=2)}\n".encode()

    @classmethod
    def from_json(cls, text: bytes | str) -> Verification:
        """Read what ``as_json`` wrote.

        Raises:
            InternalError: it is no such text.
        """
        try:
            values = json.loads(text)
            noted, witness = values["noted"] or {}, values["witness"]
            return cls(
                changes=values["changes"],
                entries=values["entries"],
                digest=values["digest"],
                moment=values["moment"],
                faults=tuple(_fault(one) for one in values["faults"]),
                noted=noted.get("digest", ""),
                noted_change=noted.get("change"),
                witnessed=(witness["first"], witness["last"]) if witness else None,
                mended=tuple(URIRef(name) for name in values["mended"]),
                log_renewed=values["log_renewed"],
            )
        except (ValueError, KeyError, TypeError, StopIteration) as error:
            raise InternalError(
                "The verification that came back cannot be read."
            ) from error


def _fault(values: Mapping[str, Any]) -> Fault:
    def statements(name: str) -> Statements:
        return Statements(values[name]["count"], tuple(values[name]["told"]))

    def iri(name: str) -> URIRef | None:
        return URIRef(values[name]) if values[name] is not None else None

    return Fault(
        kind=next(kind for kind, word in _words().items() if word == values["kind"]),
        graph=iri("graph"),
        change=values["change"],
        entry=iri("entry"),
        expected=values["expected"],
        found=values["found"],
        missing=statements("missing"),
        surplus=statements("surplus"),
    )
