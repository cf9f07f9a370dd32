"""The reading verbs of a register: what it says, and what is made of that.

They are the same for a register as it stands and as it was; what differs is the store
that they read. What is derived from entries (findings, what follows) is kept in that
store, beside them.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import count
from typing import Any

from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    answering,
    answers,
    approval,
    asking,
    checking,
    citing,
    entry,
    explaining,
    impact,
    inference,
    inferring,
    lookup,
    past,
    portions,
    queries,
    reasons,
    saving,
    upkeep,
    validation,
    vocabulary,
)
from ropa.errors import NotFound
from ropa.evidence import Document, Evidence
from ropa.explanation import Explanation, Hit
from ropa.footing import Impact
from ropa.formats.rdf import Reading
from ropa.remembering import Remembering
from ropa.store import MEMORY, open_store
from ropa.store.base import Store, Table
from ropa.terms import ROPA
from ropa.why import Reasons

# Questions that read findings, which are kept beside the entries and may have to be
# made again.
JUDGED = ("answers", "findings", "findings-and-answers", "questions-open")
# Questions that read what was inferred, which is kept beside the entries likewise; so
# do others where they are asked for all claims.
INFERRED = ("inferred",)
# Reports for other days that are held; a report of many entries is large.
_MOST_JUDGED = 4
COUNTS = """
SELECT (COUNT(DISTINCT ?c) AS ?companies) (COUNT(DISTINCT ?a) AS ?activities)
       (COUNT(DISTINCT ?t) AS ?transfers) (COUNT(DISTINCT ?us) AS ?us_transfers)
WHERE {
  { ?r a dpcat:ROPA ; dct:publisher ?c . }
  UNION { ?a a dpv:PersonalDataProcess . }
  UNION { ?t a dpv:CrossBorderTransfer . }
  UNION { ?us a dpv:CrossBorderTransfer ; dpv:hasThirdCountry loc:US . }
}
"""

FOUND = """
SELECT (COUNT(DISTINCT ?finding) AS ?findings) WHERE {
  GRAPH ?graph { ?finding ropa:rule ?rule ; sh:resultSeverity ?weight }
  FILTER(STRENDS(STR(?graph), "/findings"))
}
"""

ENTRIES = """
SELECT DISTINCT ?entry ?company WHERE {
  ?record a dpcat:ROPA ; dct:publisher ?company .
  { ?entry dct:isPartOf ?record } UNION { ?record dct:publisher ?entry }
}
ORDER BY ?entry
"""


class Reader:
    """What can be asked of a register.

    Args:
        store: what is read; what is derived is kept there.
        base: IRI under which the register's own entries are named.
        has_examples: whether it holds the package's example companies.
        address: the address it was opened by.
        point: the point in its history that is read; None for what stands now.
    """

    languages = ("en", "fr")

    def __init__(
        self,
        store: Store,
        *,
        base: str,
        has_examples: bool,
        address: str,
        point: past.Point | None = None,
    ) -> None:
        self._store = store
        self._asked = Remembering(store)
        self._lock = threading.RLock()
        self._upkeep = upkeep.Upkeep(store, lambda: self.vocabulary, self._lock, today)
        # The last other day that was asked about: to infer all takes seconds.
        self._aside: tuple[tuple[object, ...], Remembering] | None = None
        self._judged: tuple[
            tuple[object, ...], dict[tuple[date, str | None], Remembering]
        ] = ((), {})
        self.base = base
        self.has_examples = has_examples
        self.address = address
        self.point = point

    @property
    def revision(self) -> int:
        """A number that grows with every write."""
        return self._store.revision

    @property
    def state(self) -> tuple[int, int]:
        """Name what is read, for what is computed of it and kept."""
        return (-1 if self.point is None else self.point.number, self.revision)

    @cached_property
    def vocabulary(self) -> vocabulary.Vocabulary:
        """Terms and law, with their labels."""
        return vocabulary.load()

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question; parameters as in interface.md section 5."""
        if name in JUDGED:
            day = parameters.get("as_of")
            if day is not None and queries.as_day(day) != today():
                judged = self._judged_on(queries.as_day(day), parameters.get("company"))
                return asking.ask(judged, name, **parameters)
            self.refresh_findings(self._entries_of(parameters.get("company")))
        elif name in INFERRED or parameters.get("claims") == "all":
            day = parameters.get("as_of")
            if day is not None and queries.as_day(day) != today():
                return self._ask_another_day(queries.as_day(day), name, **parameters)
            self.refresh_inferred(self._entries_of(parameters.get("company")))
        return asking.ask(self._asked, name, **parameters)

    def _judged_on(self, day: date, company: str | None) -> Remembering:
        """Judge by the law of a day; what was judged lately is not judged again."""
        state, judged = self._state(), self._judged
        if judged[0] != state or len(judged[1]) >= _MOST_JUDGED:
            judged = self._judged = (state, {})
        found = judged[1].get((day, company))
        if found is None:
            found = Remembering(self._beside(self.check(company, as_of=day)))
            judged[1][day, company] = found
        return found

    def _ask_another_day(self, day: date, name: str, **parameters: Any) -> Table:
        """Answer a question with what follows by the law of a day; nothing is kept."""
        with self._lock:
            key = (day, *self._state())
            if self._aside is None or self._aside[0] != key:
                self._aside = (key, Remembering(self._store_of(day)))
            aside = self._aside[1]
        return asking.ask(aside, name, **parameters)

    def _store_of(self, day: date) -> Store:
        """Give the register with what follows by the law of a day."""
        moved = inferring.stale(self._store, self._checkable(), day)
        if not moved:
            return self._store
        inferred = self._infer(moved, day)
        made = inferring.graphs(inferred)
        kept = [iri for iri in self._store.graphs() if iri not in made]
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.load_lines({iri: self._store.lines(iri) for iri in kept})
        aside.write(made)
        return aside

    def ask_report(
        self, report: validation.Report, name: str = "findings", **parameters: Any
    ) -> Table:
        """Answer a question that reads findings from a report; nothing is kept.

        Args:
            report: what ``check`` gave for some day.
            name: the question.
            parameters: those of the question.
        """
        return asking.ask(self._beside(report), name, **parameters)

    def _beside(self, report: validation.Report) -> Store:
        """Give the entries of a report with its findings, and what was answered."""
        entries = {iri: self._store.graph(iri) for iri in report.checked}
        said = {
            beside: self._store.graph(beside)
            for beside in self._store.graphs()
            if entry.is_of_answers(beside)
        }
        words = {URIRef(str(ROPA.answerKinds)): answers.words_of_kinds()}
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.write({**entries, **saving.findings_of(report, entries), **said, **words})
        return aside

    def explain(
        self, name: str, *, lang: str = "en", as_of: date | None = None, most: int = 5
    ) -> Explanation | list[Hit]:
        """Explain what a name means; see ``ropa.explaining.explain``."""
        if as_of is None and lookup.is_rule(name):
            if self.address == MEMORY:
                # No findings are kept from one command to the next: one rule is
                # checked for the day, not all of them.
                as_of = today()
            else:
                self.refresh_findings()
        return explaining.explain(name, lang, self, as_of=as_of, most=most)

    def evidence(self, iri: URIRef | None = None, *, lang: str = "en") -> Evidence:
        """Give claims with the passages they rest on; see ``ropa.citing.cite``."""
        return citing.cite(self, iri, lang=lang)

    def documents(self) -> dict[str, tuple[URIRef, str]]:
        """List the documents that were read: IRI and title, by SHA-256."""
        return citing.documents(self)

    def document(self, iri: URIRef) -> Document:
        """Give a document that was read, with its sections and passages."""
        return citing.read_document(self, iri)

    def impact(
        self,
        without: str,
        *,
        as_of: date | None = None,
        instead: str | None = None,
        lang: str = "en",
    ) -> Impact:
        """Say what becomes of transfers without a decision; see `ropa.impact.weigh`."""
        # Likely transfers are read from what is kept of today.
        self.refresh_inferred()
        return impact.weigh(self, without, as_of=as_of, instead=instead, lang=lang)

    def sparql(self, name: str, **parameters: Any) -> str:
        """Give the SPARQL text of a named question, filled in."""
        return asking.sparql(self._asked, name, **parameters)

    def query(self, text: str, **limits: Any) -> asking.Answer:
        """Run anyone's SPARQL in a bounded child process."""
        return asking.query(self._store, text, **limits)

    def select(self, text: str) -> Table:
        """Run a query of our own on the live store; our prefixes are known."""
        return self._asked.select(saving.prologue() + text)

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry.

        Raises:
            NotFound: there is no such entry.
        """
        graph = self._store.graph(entry.document(iri))
        if not len(graph):
            known = past.versions(self._store, iri)
            if known:
                last = known[-1]
                raise NotFound(
                    f"The entry {last.entry} was removed by {last.author} "
                    f"(change {last.number}).",
                    hint="Its history stays: `ropa history`, and `ropa revert` brings "
                    "it back.",
                )
            raise NotFound(
                f"There is no entry {iri} in the register.",
                hint="See the list of companies and activities for its name.",
            )
        return graph

    def graph(self, name: URIRef) -> Graph:
        """Give one named graph, empty where there is none."""
        return self._store.graph(name)

    def graphs(self) -> list[URIRef]:
        """Give the names of all graphs."""
        return self._store.graphs()

    def findings(self, iri: URIRef) -> Graph:
        """Give the findings kept with an entry; they are made first if need be."""
        self.refresh_findings([entry.document(iri)])
        return self._store.graph(entry.findings_graph(iri))

    def course(self, iri: URIRef) -> approval.Course:
        """Tell what was submitted and approved of an entry; see ``ropa.approval``."""
        return approval.course(self._store, iri)

    def etag(self, iri: URIRef) -> str:
        """Give the revision of an entry: the digest of what is stated in it."""
        return entry.digest(self.read(iri))

    def summary(self) -> dict[str, int]:
        """Count companies, activities, transfers, US transfers and findings."""
        self.refresh_findings()
        table = self.select(COUNTS)
        counts = {
            name: int(str(value))
            for name, value in zip(table.columns, table.rows[0], strict=True)
        }
        # As many as the question has rows; of thousands it would take seconds.
        (number,) = self.select(FOUND).rows[0]
        counts["findings"] = int(str(number))
        return counts

    def dump(self) -> Iterator[bytes]:
        """Give the whole dataset as N-Quads."""
        return self._store.dump()

    # -- checking ----------------------------------------------------------------

    def validate(
        self,
        readings: Iterable[Reading],
        *,
        as_of: date | None = None,
        profile: URIRef | None = None,
        rules: frozenset[str] | None = None,
        shapes: Sequence[Reading] = (),
    ) -> validation.Report:
        """Check what was read with the register as context, saving nothing."""
        sources = list(readings)
        entries = checking.together(sources)
        report = checking.review(
            self._store,
            self.vocabulary,
            entries,
            as_of=as_of or today(),
            profile=profile,
            rules=rules,
            shapes=shapes,
            told=self._counted(len(entries)),
        )
        return checking.located(report, sources)

    def check(
        self,
        company: str | None = None,
        *,
        as_of: date | None = None,
        profile: URIRef | None = None,
        rules: frozenset[str] | None = None,
        shapes: Sequence[Reading] = (),
    ) -> validation.Report:
        """Check what is in the register, as of a day; nothing is kept."""
        entries = {
            iri: self._store.graph(iri) for iri in self._checkable(company=company)
        }
        if not entries:
            return validation.nothing(as_of=as_of or today(), rules=rules)
        return checking.review(
            self._store,
            self.vocabulary,
            entries,
            as_of=as_of or today(),
            profile=profile,
            rules=rules,
            shapes=shapes,
            told=self._counted(len(entries)),
        )

    def _counted(self, total: int) -> portions.Told | None:
        """Count the entries of a check for whoever is told how far it is."""
        told, seen = self._upkeep.told, count()
        if told is None:
            return None

        def counted(number: int) -> None:
            # Each is seen twice: what follows from it, and what is found.
            done = max(next(seen) for _ in range(number)) + 1 if number else 0
            told(upkeep.Progress(total, min(total, done // 2), {}))

        return counted

    # -- what is derived -----------------------------------------------------------

    def refresh_findings(
        self, names: Collection[URIRef] | None = None, *, is_needed: bool = False
    ) -> int:
        """Make findings again where the entry's rules or the day's law have moved.

        So it is where something else follows from an entry that a rule asks about. A
        server makes many aside, and goes on meanwhile; see ``ropa.upkeep``.

        Args:
            names: the entries that matter; all if None.
            is_needed: whether they are waited for, however many they are.

        Returns:
            For how many entries that was needed.
        """
        return self._upkeep.bring(upkeep.FINDINGS, names, is_needed=is_needed)

    def refresh_inferred(self, names: Collection[URIRef] | None = None) -> int:
        """Infer again where an entry, its surroundings or the day's law have moved.

        Returns:
            For how many entries that was needed.
        """
        return self._upkeep.bring(upkeep.INFERRED, names)

    def work_aside(self) -> None:
        """Make in the background what many entries need, from now on; for a server."""
        self._upkeep.work_aside()

    def tell_progress(self, told: upkeep.Told | None) -> None:
        """Have somebody told how far it is, whenever some entries were judged."""
        self._upkeep.told = told

    def tell_partly(self, told: upkeep.Told | None) -> None:
        """Have somebody told when an answer is given before all entries are judged."""
        self._upkeep.partly = told

    def progress(self) -> upkeep.Progress:
        """Tell of how many entries findings, and what follows, are known as of now."""
        return self._upkeep.progress()

    def unjudged(self, names: Iterable[URIRef]) -> set[URIRef]:
        """Give those of some entries whose findings are not known, or not as of now."""
        return self._upkeep.unknown(names)

    def _infer(self, names: Iterable[URIRef], day: date) -> dict[URIRef, Graph]:
        entries = {name: self._store.graph(name) for name in sorted(names)}
        return inferring.infer(self._store, self.vocabulary, entries, as_of=day)

    def _state(self) -> tuple[object, ...]:
        """Give all that findings and conclusions depend on."""
        made_by = validation.rules_digest(), inference.digest()
        return (self._store.revision, today(), *made_by)

    def inferred(self, iri: URIRef, *, as_of: date | None = None) -> Graph:
        """Give what follows from an entry, with what made it; see `inferred_of`."""
        return self.inferred_of([iri], as_of=as_of)[entry.document(iri)]

    def inferred_of(
        self, iris: Iterable[URIRef], *, as_of: date | None = None
    ) -> dict[URIRef, Graph]:
        """Give what follows from entries, by entry, each with what made it.

        Args:
            iris: entries, or parts of them.
            as_of: day whose law is applied; only what follows today is kept.
        """
        names = {entry.document(iri) for iri in iris}
        made: dict[URIRef, Graph] = {}
        if as_of is None or as_of == today():
            self.refresh_inferred(names)
        else:
            moved = inferring.stale(self._store, names, as_of)
            entries = {name: self._store.graph(name) for name in moved}
            made = inferring.infer(self._store, self.vocabulary, entries, as_of=as_of)
        return {
            name: made[name]
            if name in made
            else self._store.graph(entry.inferred_graph(name))
            for name in names
        }

    def why(
        self,
        iri: URIRef,
        *,
        lang: str = "en",
        as_of: date | None = None,
        most: int = reasons.MOST,
    ) -> Reasons:
        """Say of what follows from an entry why it does; see ``ropa.reasons.why``."""
        day, name = as_of or today(), inference.owner(iri)

        def asked(codes: frozenset[str]) -> reasons.Keys:
            # Of a day whose findings are not kept, few rules on one entry are checked.
            entries = {name: self.read(name)}
            report = checking.review(
                self._store, self.vocabulary, entries, as_of=day, rules=codes
            )
            return reasons.keys_of(report.findings, codes)

        is_kept = not checking.stale(self._store, [name], day)
        return reasons.why(
            self,
            iri,
            lang=lang,
            as_of=day,
            most=most,
            asked=None if is_kept else asked,
        )

    def _checkable(self, company: str | None = None) -> list[URIRef]:
        """List the entries of a company, or all: organisations are shared by all."""
        if not company:
            return self._upkeep.checkable()
        only = asking.known_company(self._store, company)
        return [
            URIRef(str(name))
            for name, owner in self.select(ENTRIES).rows
            if owner == only
        ]

    def _entries_of(self, company: str | None) -> list[URIRef] | None:
        return self._checkable(company) if company else None

    def answered_entry(self, finding: str) -> URIRef | None:
        """Give the entry of a finding that is kept, or was answered, by its key."""
        known = answering.entry_of(self._store, finding)
        self.refresh_findings(None if known is None else [known])
        return answering.entry_of(self._store, finding)


def today() -> date:
    """Give the day whose law is applied where no other is asked for (UTC)."""
    return datetime.now(UTC).date()
