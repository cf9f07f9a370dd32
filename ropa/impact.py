"""Impact: what becomes of transfers when a piece of law is thought away.

Names are found (`ropa.grounds`), the transfers concerned gathered (`ropa.concerned`)
and judged twice (`ropa.counterfactual`); here the steps are put in order and the answer
is summed up. Nothing in the register changes.

Source: GDPR Art. 44 to 49.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from rdflib.term import Literal, Node, URIRef

from ropa import entry, evidence, footing, grounds, vocabulary
from ropa.concerned import Concerned, batches, listed
from ropa.counterfactual import Judging
from ropa.errors import InputError
from ropa.footing import Affected, Impact, Tally
from ropa.grounds import Law, Selects
from ropa.terms import ROPA, curie


def weigh(
    reads: Selects,
    without: str,
    *,
    as_of: date | None = None,
    instead: str | None = None,
    lang: str = "en",
) -> Impact:
    """Say what becomes of transfers when something does not hold from a day on.

    Args:
        reads: the register; it is only asked.
        without: what is thought away; see ``ropa.grounds.what_falls``.
        as_of: the day; today (UTC) if not said. A day past the last review of the law
            is judged as on the day of that review.
        instead: what is put in place of it; see ``ropa.grounds.what_mends``.
        lang: language of names.

    Raises:
        UnknownName: something is named that does not exist.
        InputError: a name fits several things, or what no transfer can rest on; or
            what is put in place is what is thought away.
    """
    asked = as_of or datetime.now(UTC).date()
    reviewed = grounds.reviewed_on(reads)
    day = min(asked, reviewed) if reviewed is not None else asked
    law = Law(reads, day)
    fallen = grounds.what_falls(law, without)
    put = grounds.what_mends(law, instead) if instead else None
    concerned = Concerned(reads, fallen)
    if fallen.kind == ROPA.Coverage and not fallen.rows:
        named = concerned.limited_decisions()
        fallen = law.ground(fallen.iri, fallen.kind, named)
        remarks = [ROPA.CoverNotRecorded]
    else:
        remarks = []
    if put is not None and put.iri in (fallen.iri, *fallen.rows):
        raise InputError(
            f"{curie(put.iri)} is put in its own place.",
            hint="Name another tool as what would mend it.",
            instead=curie(put.iri),
        )
    transfers = concerned.transfers(fallen)
    found = Judging(reads, law, fallen, put, transfers).affected()
    if asked > day:
        remarks.append(ROPA.JudgedAtReview)
    is_idle = bool(fallen.rows) and not any(map(law.holds, fallen.rows))
    if is_idle:
        remarks.append(ROPA.HoldsInNoCase)
    impact = Impact(
        without=fallen,
        instead=put,
        asked=asked,
        judged=day,
        affected=tuple(sorted(found, key=_order)),
        # What nobody stated cannot have rested on what does not hold.
        likely=() if is_idle else tuple(concerned.likely(fallen, asked)),
        established=tuple(concerned.established()),
        remarks=tuple(remarks),
    )
    return _named(reads, _summed(reads, impact), lang)


def _order(one: Affected) -> tuple[int, str, str, str, str]:
    activity, country = str(one.activity or ""), str(one.country or "")
    kind = footing.kinds().index(one.kind)
    return (kind, str(one.company), activity, str(one.transfer), country)


# -- sums and names ------------------------------------------------------------------


def _summed(reads: Selects, impact: Impact) -> Impact:
    """Count transfers by company, activity, data category and vendor."""
    companies: dict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    data: dict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    vendors: dict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    own: dict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    whole: dict[URIRef, Counter[URIRef]] = defaultdict(Counter)
    for one in impact.affected:
        companies[one.company][one.kind] += 1
        for category in one.data:
            data[category][one.kind] += 1
        for vendor in one.vendors:
            vendors[vendor][one.kind] += 1
        if one.activity is not None:
            own[one.activity][one.kind] += 1
        else:
            whole[one.company][one.kind] += 1
    by_record: dict[URIRef, Counter[URIRef]] = {}
    for company, activity in _activities(reads, whole):
        by_record[activity] = whole[company]
        own.setdefault(activity, Counter())
    return replace(
        impact,
        companies=_tallied(companies),
        data=_tallied(data),
        vendors=_tallied(vendors),
        activities=tuple(
            Tally(iri, dict(counts), dict(by_record.get(iri, {})))
            for iri, counts in sorted(own.items())
        ),
    )


def _tallied(counted: Mapping[URIRef, Counter[URIRef]]) -> tuple[Tally, ...]:
    return tuple(Tally(iri, dict(counts)) for iri, counts in sorted(counted.items()))


def _activities(
    reads: Selects, companies: Iterable[URIRef]
) -> Iterator[tuple[URIRef, URIRef]]:
    """Give the activities of companies whose record states a transfer concerned."""
    for part in batches(sorted(companies)):
        table = reads.select(
            "SELECT DISTINCT ?company ?activity WHERE { "
            f"VALUES ?company {{ {listed(part)} }} ?record dct:publisher ?company ; "
            "a dpcat:ROPA . ?activity dct:isPartOf ?record } ORDER BY ?activity"
        )
        for company, activity in table.rows:
            yield URIRef(str(company)), URIRef(str(activity))


def _named(reads: Selects, impact: Impact, lang: str) -> Impact:
    """Find what everything in an impact is called, in a language."""
    things: set[URIRef] = {
        impact.without.iri,
        impact.without.kind,
        *impact.without.rows,
    }
    if impact.instead is not None:
        things |= {impact.instead.iri, *impact.instead.rows}
    for tallies in (impact.companies, impact.activities, impact.data, impact.vendors):
        things |= {one.iri for one in tallies}
    for one in impact.affected:
        things |= {one.transfer, *one.importers, *one.tools, *one.decisions}
        things |= {*one.supposed, *one.carried_by, *one.remarks, *one.lacking}
        things |= {one.country} if one.country is not None else set()
    for guess in impact.likely:
        things |= {guess.part, guess.company, guess.country}
        things |= {node for node in (guess.activity, guess.vendor) if node is not None}
    things |= {*impact.remarks, *impact.established, *footing.kinds()}
    things.add(ROPA.PerhapsConcerned)
    words = vocabulary.load()
    found: dict[Node, str] = {}
    missing = []
    for thing in sorted(things):
        if words.labels(thing):
            found[thing] = words.label(thing, lang)
        else:
            missing.append(thing)
    texts: dict[URIRef, list[Literal]] = defaultdict(list)
    for part in batches(missing):
        table = reads.select(
            "SELECT ?thing ?label WHERE { "
            f"VALUES ?thing {{ {listed(part)} }} "
            "?thing skos:prefLabel|dct:title|dpv:hasName ?label }"
        )
        for named, label in table.rows:
            if isinstance(label, Literal) and isinstance(named, URIRef):
                texts[named].append(label)
    for thing in missing:
        chosen = evidence.best(sorted(texts[thing]), lang)
        found[thing] = str(chosen) if chosen is not None else entry.slug(thing)
    return replace(impact, names=found)
