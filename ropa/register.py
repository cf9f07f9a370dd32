"""A register: opens a store by its address and hands out the verbs.

The same verbs are offered through a running server by ``ropa.served``; which of the
two a person gets is decided once, by the address.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from rdflib import Graph
from rdflib.term import URIRef

from ropa import (
    __version__,
    answering,
    answers,
    asking,
    checking,
    citing,
    entry,
    explaining,
    folder,
    history,
    impact,
    inference,
    inferring,
    lookup,
    packaged,
    queries,
    reasons,
    saving,
    syntax,
    validation,
    vocabulary,
)
from ropa.errors import NotFound, StoreLocked
from ropa.evidence import Document, Evidence
from ropa.explanation import Explanation, Hit
from ropa.footing import Impact
from ropa.formats.rdf import Reading
from ropa.store import open_store
from ropa.store.base import Store, Table
from ropa.terms import ROPA
from ropa.why import Reasons

MEMORY = "memory:"
# Questions that read findings, which are kept beside the entries and may have to be
# made again.
JUDGED = ("answers", "findings", "findings-and-answers", "questions-open")
# Questions that read what was inferred, which is kept beside the entries likewise; so
# do others where they are asked for all claims.
INFERRED = ("inferred",)
# Where `ropa serve` answers by default, so that IRIs lead to pages at once.
LOCAL_BASE = "http://127.0.0.1:8000/"
# Commands hold the store only for moments, so a second one waits a little.
PATIENCE_SECONDS = 15.0

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

ENTRIES = """
SELECT DISTINCT ?entry ?company WHERE {
  ?record a dpcat:ROPA ; dct:publisher ?company .
  { ?entry dct:isPartOf ?record } UNION { ?record dct:publisher ?entry }
}
ORDER BY ?entry
"""


class Register:
    """An open register.

    Attributes:
        base: IRI under which its own entries are named.
        has_examples: whether it holds the package's example companies.
        address: the address it was opened by.
    """

    languages = ("en", "fr")

    def __init__(
        self, store: Store, settings: folder.Settings, address: str = MEMORY
    ) -> None:
        self._store = store
        self._settings = settings
        self._lock = threading.RLock()
        self._fresh: dict[str, tuple[object, ...]] = {}
        # The last other day that was asked about: to infer all takes seconds.
        self._aside: tuple[tuple[object, ...], Store] | None = None
        self.base = settings.base
        self.has_examples = settings.has_examples
        self.address = address

    # -- opening -----------------------------------------------------------------

    @classmethod
    def open(cls, address: str = MEMORY) -> Register:
        """Open a register in memory (with the five examples) or in a folder.

        Raises:
            NotFound: the folder holds no register.
            StoreLocked: another process has it open.
        """
        if address == MEMORY:
            settings = folder.Settings(base=packaged.EXAMPLES_BASE, has_examples=True)
            register = cls(open_store(MEMORY, in_union=entry.is_stated), settings)
            register._follow_package()
            return register
        path = Path(address).expanduser()
        settings = folder.read(path)
        register = cls(_open_patiently(path), settings, str(path))
        if settings.package != packaged.digest():
            register._follow_package()
            folder.write(path, replace(settings, package=packaged.digest()))
        return register

    @classmethod
    def create(
        cls, address: str, *, base: str = "", has_examples: bool = False
    ) -> Register:
        """Make a register in a new or empty folder and open it.

        Args:
            address: the folder.
            base: IRI under which its entries are named; where none is given, the
                examples' own, or this machine's.
            has_examples: whether the five example companies are put in.
        """
        path = Path(address).expanduser()
        fallback = packaged.EXAMPLES_BASE if has_examples else LOCAL_BASE
        folder.create(path, folder.Settings(base or fallback, has_examples))
        return cls.open(str(path))

    def close(self) -> None:
        """Close the store; a folder is then free for others."""
        self._store.close()

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- reading -----------------------------------------------------------------

    @property
    def revision(self) -> int:
        """A number that grows with every write."""
        return self._store.revision

    @cached_property
    def vocabulary(self) -> vocabulary.Vocabulary:
        """Terms and law, with their labels."""
        return vocabulary.load()

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question; parameters as in interface.md section 5."""
        if name in JUDGED:
            day = parameters.get("as_of")
            if day is not None and queries.as_day(day) != _today():
                company = parameters.get("company")
                report = self.check(company, as_of=queries.as_day(day))
                return self.ask_report(report, name, **parameters)
            self.refresh_findings()
        elif name in INFERRED or parameters.get("claims") == "all":
            day = parameters.get("as_of")
            if day is not None and queries.as_day(day) != _today():
                return self._ask_another_day(queries.as_day(day), name, **parameters)
            self.refresh_inferred()
        return asking.ask(self._store, name, **parameters)

    def _ask_another_day(self, day: date, name: str, **parameters: Any) -> Table:
        """Answer a question with what follows by the law of a day; nothing is kept."""
        with self._lock:
            key = (day, *self._state())
            if self._aside is None or self._aside[0] != key:
                self._aside = (key, self._store_of(day))
            aside = self._aside[1]
        return asking.ask(aside, name, **parameters)

    def _store_of(self, day: date) -> Store:
        """Give the register with what follows by the law of a day."""
        moved = inferring.stale(self._store, self._checkable(), day)
        if not moved:
            return self._store
        inferred = self._infer(moved, day)
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.write(
            {iri: self._store.graph(iri) for iri in self._store.graphs()}
            | inferring.graphs(inferred)
        )
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
        entries = {iri: self._store.graph(iri) for iri in report.checked}
        said = {
            beside: self._store.graph(beside)
            for beside in self._store.graphs()
            if entry.is_of_answers(beside)
        }
        words = {URIRef(str(ROPA.answerKinds)): answers.words_of_kinds()}
        aside = open_store(MEMORY, in_union=entry.is_stated)
        aside.write({**entries, **saving.findings_of(report, entries), **said, **words})
        return asking.ask(aside, name, **parameters)

    def explain(
        self, name: str, *, lang: str = "en", as_of: date | None = None, most: int = 5
    ) -> Explanation | list[Hit]:
        """Explain what a name means; see ``ropa.explaining.explain``."""
        if as_of is None and lookup.is_rule(name):
            if self.address == MEMORY:
                # No findings are kept from one command to the next: one rule is
                # checked for the day, not all of them.
                as_of = _today()
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
        return asking.sparql(self._store, name, **parameters)

    def query(self, text: str, **limits: Any) -> asking.Answer:
        """Run anyone's SPARQL in a bounded child process."""
        return asking.query(self._store, text, **limits)

    def select(self, text: str) -> Table:
        """Run a query of our own on the live store; our prefixes are known."""
        return self._store.select(saving.prologue() + text)

    def read(self, iri: URIRef) -> Graph:
        """Give what is stated in one entry.

        Raises:
            NotFound: there is no such entry.
        """
        graph = self._store.graph(entry.document(iri))
        if not len(graph):
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
        """Give the findings kept with an entry."""
        self.refresh_findings()
        return self._store.graph(entry.findings_graph(iri))

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
        counts["findings"] = len(asking.ask(self._store, "findings").rows)
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
        report = checking.review(
            self._store,
            self.vocabulary,
            checking.together(sources),
            as_of=as_of or _today(),
            profile=profile,
            rules=rules,
            shapes=shapes,
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
            return validation.nothing(as_of=as_of or _today(), rules=rules)
        return checking.review(
            self._store,
            self.vocabulary,
            entries,
            as_of=as_of or _today(),
            profile=profile,
            rules=rules,
            shapes=shapes,
        )

    def refresh_findings(self) -> None:
        """Make findings again where the entry's rules or the day's law have moved.

        So it is where something else follows from an entry that a rule asks about.
        """
        with self._lock:
            if self._is_fresh("findings"):
                return
            names, today = self._checkable(), _today()
            stale = set(checking.stale(self._store, names, today))
            moved = stale.union(inferring.stale(self._store, names, today))
            inferred = self._infer(moved, today)
            entries = {
                name: self._store.graph(name)
                for name in sorted(moved)
                if name in stale or self._asks_otherwise(name, inferred[name])
            }
            writes = inferring.graphs(inferred)
            if entries:
                report = checking.review(
                    self._store,
                    self.vocabulary,
                    entries,
                    as_of=today,
                    inferred=inferred,
                )
                writes |= saving.findings_of(report, entries)
            if writes:
                self._store.write(writes)
            self._note_fresh("findings", "inferred")

    def refresh_inferred(self) -> int:
        """Infer again where an entry, its surroundings or the day's law have moved.

        Returns:
            For how many entries that was needed.
        """
        with self._lock:
            if self._is_fresh("inferred"):
                return 0
            today = _today()
            moved = inferring.stale(self._store, self._checkable(), today)
            inferred = self._infer(moved, today)
            writes = inferring.graphs(inferred)
            for name, graph in inferred.items():
                if self._asks_otherwise(name, graph):
                    writes[entry.findings_graph(name)] = None
            if writes:
                self._store.write(writes)
            self._note_fresh("inferred")
            return len(inferred)

    def _infer(self, names: Iterable[URIRef], today: date) -> dict[URIRef, Graph]:
        entries = {name: self._store.graph(name) for name in sorted(names)}
        return inferring.infer(self._store, self.vocabulary, entries, as_of=today)

    def _asks_otherwise(self, name: URIRef, inferred: Graph) -> bool:
        """Tell whether rules see something else follow from an entry than before."""
        old = self._store.graph(entry.inferred_graph(name))
        before = checking.asked_about(name, old)
        return set(before) != set(checking.asked_about(name, inferred))

    def _state(self) -> tuple[object, ...]:
        """Give all that findings and conclusions depend on."""
        made_by = validation.rules_digest(), inference.digest()
        return (self._store.revision, _today(), *made_by)

    def _is_fresh(self, what: str) -> bool:
        return self._fresh.get(what) == self._state()

    def _note_fresh(self, *kinds: str) -> None:
        """Remember that nothing has to be looked through until something changes."""
        self._fresh.update(dict.fromkeys(kinds, self._state()))

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
        if as_of is None or as_of == _today():
            self.refresh_inferred()
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
        day, name = as_of or _today(), inference.owner(iri)

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
            names = self._store.graphs()
            return sorted(name for name in names if not entry.is_reserved(name))
        only = asking.known_company(self._store, company)
        return [
            URIRef(str(name))
            for name, owner in self.select(ENTRIES).rows
            if owner == only
        ]

    # -- writing -----------------------------------------------------------------

    def add(
        self,
        graph: Graph,
        *,
        author: str,
        reason: str = "",
        expected: str | None = None,
    ) -> list[saving.Saved]:
        """Save the entries of a graph, all or none; see ``ropa.saving.add``."""
        with self._lock:
            return saving.add(
                self._store,
                self.vocabulary,
                entry.split(entry.complete(graph)),
                base=self.base,
                author=history.Author.person(author),
                reason=reason,
                as_of=_today(),
                expected=expected,
            )

    def remove(
        self, iri: URIRef, *, author: str, reason: str = "", expected: str | None = None
    ) -> URIRef:
        """Take an entry out; its history stays."""
        with self._lock:
            return saving.remove(
                self._store,
                entry.document(iri),
                base=self.base,
                author=history.Author.person(author),
                reason=reason,
                expected=expected,
            )

    def answer(
        self,
        which: answering.Which,
        words: answers.Words,
        *,
        replaces: str | None = None,
    ) -> answering.Said:
        """Answer a finding; see ``ropa.answering.give``."""
        with self._lock:
            self.refresh_findings()
            return answering.give(
                self._store,
                which,
                base=self.base,
                today=_today(),
                words=words,
                replaces=replaces,
            )

    def withdraw_answer(
        self,
        which: answering.Which,
        words: answers.Words,
        *,
        replaces: str | None = None,
    ) -> answering.Said:
        """Withdraw the answer to a finding; see ``ropa.answering.withdraw``."""
        with self._lock:
            return answering.withdraw(
                self._store,
                which,
                base=self.base,
                today=_today(),
                words=words,
                replaces=replaces,
            )

    def answered_entry(self, finding: str) -> URIRef | None:
        """Give the entry of a finding that is kept, or was answered, by its key."""
        self.refresh_findings()
        return answering.entry_of(self._store, finding)

    def _follow_package(self) -> None:
        """Bring vocabulary, law, shapes and untouched examples up to the package.

        Entries that a person edited are never touched: their newest change is not
        the package's, or they no longer have the digest that the package left.
        """
        wanted = packaged.reference_lines()
        if self.has_examples:
            wanted |= packaged.example_lines()
        last = history.last_author(self.select(history.LATEST_REVISIONS).rows)
        graphs: dict[URIRef, packaged.Lines] = {}
        revisions: dict[URIRef, str | None] = {}
        for iri, lines in wanted.items():
            agent, left = last.get(iri, (None, ""))
            if agent is not None and agent != ROPA.Package:
                continue
            digest = syntax.digest_of(lines)
            if digest == left:
                continue
            if left and entry.digest(self._store.graph(iri)) != left:
                continue
            graphs[iri], revisions[iri] = lines, digest
        if not graphs:
            return
        change, record = history.change(
            self.base,
            saving.next_number(self._store),
            revisions=revisions,
            author=history.Author.package(__version__),
            reason="",
        )
        graphs[change] = [syntax.line(*triple) for triple in record]
        if last:
            self._store.write({iri: syntax.graph(new) for iri, new in graphs.items()})
        else:
            self._store.load_lines(graphs)


@contextmanager
def open_register(address: str) -> Iterator[Register]:
    """Open a register for the time of a ``with`` block."""
    register = Register.open(address)
    try:
        yield register
    finally:
        register.close()


def _open_patiently(path: Path) -> Store:
    """Open the store of a folder; wait a little while another command has it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return open_store(str(path), in_union=entry.is_stated)
        except StoreLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _today() -> date:
    return datetime.now(UTC).date()
