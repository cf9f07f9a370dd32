"""Where a word is used in a register: which entries, which parts of them, how many.

The store counts; nothing is walked through here, so that a large register answers as
a small one does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from rdflib.term import Literal, URIRef

from ropa import entry
from ropa.explanation import Affected, Named, Text, Use, Uses, best, named
from ropa.store.base import Table

if TYPE_CHECKING:
    from ropa.findings import Report


# A graph that is an entry: neither ours (words, law, rules) nor aside of an entry.
_IS_ENTRY = (
    "FILTER(!CONTAINS(STR(?entry), '/changes/') "
    "&& !STRENDS(STR(?entry), '/findings') && !STRENDS(STR(?entry), '/inferred') "
    "&& !STRENDS(STR(?entry), '/suggested') && !STRENDS(STR(?entry), '/answers') "
    f"&& (STRSTARTS(STR(?entry), '{entry.PROJECT}data/') "
    f"|| !STRSTARTS(STR(?entry), '{entry.PROJECT}')))"
)

_NO_USE = "FILTER(?way NOT IN (ropa:value, ropa:about))"

MOST_PARTS = 3
"""Parts of one entry that are named beside it."""


class Reads(Protocol):
    """Whatever answers questions: a register, or a server."""

    def ask(self, name: str, **parameters: Any) -> Table:
        """Answer a named question."""

    def select(self, text: str) -> Table:
        """Answer a SELECT query of our own."""

    def check(
        self,
        company: str | None = None,
        *,
        as_of: date | None = None,
        rules: frozenset[str] | None = None,
    ) -> Report:
        """Check what is in the register by some rules, as of a day."""


def uses_of(
    reads: Reads,
    iris: Sequence[URIRef],
    lang: str,
    *,
    is_way: bool,
    most: int,
    apart: Sequence[URIRef] = (),
) -> Uses:
    """Count the entries that use some words, and name the first of them.

    Args:
        reads: the register.
        iris: the words.
        lang: language of titles.
        is_way: whether the words are properties, used as such.
        most: most entries to name.
        apart: words right below that are counted on their own.
    """
    pattern = _use_pattern(iris, is_way=is_way, apart=apart)
    query = f"SELECT ?entry WHERE {{ {pattern} }}"
    ordered = f"{query} ORDER BY ?entry"
    # Without an order the store stops early: most words are in few entries or none.
    found = sorted(_column(reads.select(f"{query} LIMIT {most + 1}")))
    total = len(found)
    if total > most:
        found = _column(reads.select(f"{ordered} LIMIT {most}"))
        total = _number(
            reads.select(f"SELECT (COUNT(?entry) AS ?n) WHERE {{ {pattern} }}")
        )
    shown = found[:most]
    parts = _parts(reads, shown, iris, is_way=is_way)
    return Uses(total, _entries(reads, shown, parts, lang), ordered)


def silent_about(reads: Reads, iri: URIRef, lang: str) -> tuple[tuple[Named, int], ...]:
    """Count the entries that say a word is absent: denied, or not stated."""
    table = reads.select(
        "SELECT ?state (COUNT(DISTINCT ?entry) AS ?n) WHERE { GRAPH ?entry { "
        f"{{ ?claim ropa:field {iri.n3()} }} UNION {{ ?claim ropa:value {iri.n3()} }} "
        "?claim ropa:state ?state "
        "FILTER(?state NOT IN (ropa:Stated, ropa:Partial)) } "
        f"{_IS_ENTRY} }} GROUP BY ?state ORDER BY ?state"
    )
    return tuple(
        (named(state, lang), int(str(number)))
        for state, number in table.rows
        if state is not None
    )


def findings_of(
    reads: Reads, code: str, lang: str, as_of: date | None, most: int
) -> tuple[Uses, int]:
    """Give the entries with findings of a rule; those kept, or those of a day."""
    if as_of is not None:
        report = reads.check(as_of=as_of, rules=frozenset({code}))
        places = sorted({entry.document(one.focus) for one in report.findings})
        named = _entries(reads, places[:most], {}, lang)
        return Uses(len(places), named), len(report.findings)
    pattern = (
        f"GRAPH ?graph {{ ?finding ropa:rule {Literal(code).n3()} }} "
        "FILTER(STRENDS(STR(?graph), '/findings')) "
        "BIND(IRI(REPLACE(STR(?graph), '/findings$', '')) AS ?entry)"
    )
    query = f"SELECT DISTINCT ?entry WHERE {{ {pattern} }} ORDER BY ?entry"
    counted = reads.select(
        "SELECT (COUNT(DISTINCT ?entry) AS ?n) (COUNT(DISTINCT ?finding) AS ?all) "
        f"WHERE {{ {pattern} }}"
    )
    shown = _column(reads.select(f"{query} LIMIT {most}"))
    uses = Uses(_number(counted), _entries(reads, shown, {}, lang), query)
    return uses, int(str(counted.rows[0][1]))


def affected_by(
    reads: Reads, code: str, lang: str, as_of: date | None
) -> tuple[Affected, ...]:
    """Count the entries and findings of a rule by company, the most findings first.

    Organisations that several companies share belong to none: they come last.
    """
    if as_of is not None:
        report = reads.check(as_of=as_of, rules=frozenset({code}))
        counted = Counter(entry.document(one.focus) for one in report.findings)
        told = " ".join(f"({iri.n3()} {n})" for iri, n in sorted(counted.items()))
        inner = f"VALUES (?entry ?n) {{ {told} }}"
    else:
        inner = (
            "{ SELECT ?entry (COUNT(DISTINCT ?finding) AS ?n) WHERE { "
            f"GRAPH ?graph {{ ?finding ropa:rule {Literal(code).n3()} }} "
            "FILTER(STRENDS(STR(?graph), '/findings')) "
            "BIND(IRI(REPLACE(STR(?graph), '/findings$', '')) AS ?entry) "
            "} GROUP BY ?entry }"
        )
    table = reads.select(
        "SELECT ?company (COUNT(?entry) AS ?entries) (SUM(?n) AS ?all) WHERE { "
        f"{inner} OPTIONAL {{ ?entry dct:isPartOf/dct:publisher ?by }} "
        "OPTIONAL { ?entry a ?kind FILTER(?kind = dpv:LegalEntity) } "
        "BIND(COALESCE(?by, IF(BOUND(?kind), ?entry, ?none)) AS ?company) "
        "} GROUP BY ?company"
    )
    rows = [(c, int(str(n)), int(str(total))) for c, n, total in table.rows if total]
    companies = [URIRef(str(company)) for company, _, _ in rows if company is not None]
    known = {use.iri: use.title for use in _entries(reads, companies, {}, lang)}
    found = [
        Affected(
            company=None if company is None else URIRef(str(company)),
            name=known.get(URIRef(str(company)), Text("")),
            slug="" if company is None else entry.slug(company),
            entries=entries,
            findings=total,
        )
        for company, entries, total in rows
        if entries
    ]
    found.sort(key=lambda one: (one.company is None, -one.findings, one.slug))
    return tuple(found)


def _use_pattern(
    iris: Sequence[URIRef], *, is_way: bool, apart: Sequence[URIRef] = ()
) -> str:
    """Write the pattern that binds ?entry to the entries that use some words.

    A company's own term counts as what it is a case of, where it stands and in the
    entries that name it; ``apart`` are the words right below that do not count.
    """
    words = f"VALUES ?word {{ {_listed(iris)} }}"
    if is_way:
        inner = f"{words} GRAPH ?entry {{ ?part ?word ?value }}"
    else:
        others = ", ".join(iri.n3() for iri in apart)
        inner = (
            f"{{ {words} GRAPH ?entry {{ ?part ?way ?word }} {_NO_USE} }} UNION "
            f"{{ {words} ?own skos:broader ?word FILTER(?own NOT IN ({others})) "
            f"GRAPH ?entry {{ ?part ?way ?own }} {_NO_USE} }}"
        )
    # Each entry is looked at once, however often it uses the word.
    return f"{{ SELECT DISTINCT ?entry WHERE {{ {inner} }} }} {_IS_ENTRY}"


def _parts(
    reads: Reads, shown: Sequence[URIRef], iris: Sequence[URIRef], *, is_way: bool
) -> dict[URIRef, list[URIRef]]:
    """Find the parts of some entries that use some words."""
    if not shown:
        return {}
    within = "?part ?word ?value" if is_way else f"?part ?way ?word {_NO_USE}"
    words = ", ".join(iri.n3() for iri in iris)
    blocks = " UNION ".join(
        f"{{ GRAPH {place.n3()} {{ {within} FILTER(?word IN ({words})) }} "
        f"FILTER(?part != {place.n3()}) BIND({place.n3()} AS ?entry) }}"
        for place in shown
    )
    table = reads.select(
        f"SELECT DISTINCT ?entry ?part WHERE {{ {blocks} }} ORDER BY ?entry ?part"
    )
    found: dict[URIRef, list[URIRef]] = {}
    for place, part in table.rows:
        found.setdefault(URIRef(str(place)), []).append(URIRef(str(part)))
    return found


def _entries(
    reads: Reads,
    shown: Sequence[URIRef],
    parts: Mapping[URIRef, Sequence[URIRef]],
    lang: str,
) -> tuple[Use, ...]:
    """Name entries, the companies that they belong to, and parts of them."""
    if not shown:
        return ()
    telling = {place: [*some][:MOST_PARTS] for place, some in parts.items()}
    things = [*shown, *(part for some in telling.values() for part in some)]
    table = reads.select(
        "SELECT ?thing ?label ?company ?name WHERE { "
        f"VALUES ?thing {{ {_listed(things)} }} "
        "OPTIONAL { VALUES ?way { skos:prefLabel dct:title dpv:hasName } "
        "?thing ?way ?label } "
        "OPTIONAL { ?thing dct:isPartOf/dct:publisher ?company . "
        "OPTIONAL { ?company dpv:hasName ?name } } }"
    )
    labels: dict[str, dict[str, str]] = {}
    companies: dict[str, Text] = {}
    for thing, said, company, name in table.rows:
        if isinstance(said, Literal):
            known = labels.setdefault(str(thing), {})
            known.setdefault(said.language or "", str(said))
        if company is not None:
            companies[str(thing)] = Text(str(name or entry.slug(company)))

    def label(iri: URIRef) -> Text:
        short = str(iri).rpartition("#")[2] if "#" in iri else entry.slug(iri)
        return best(labels.get(str(iri), {}), lang) or Text(short)

    return tuple(
        Use(
            iri=place,
            title=label(place),
            company=companies.get(str(place)),
            parts=tuple(
                Named(part, str(part).rpartition("#")[2], label(part))
                for part in telling.get(place, ())
                if str(part) in labels
            ),
        )
        for place in shown
    )


def _listed(iris: Iterable[URIRef]) -> str:
    return " ".join(iri.n3() for iri in iris)


def _column(table: Table) -> list[URIRef]:
    return [URIRef(str(row[0])) for row in table.rows]


def _number(table: Table) -> int:
    return int(str(table.rows[0][0]))
