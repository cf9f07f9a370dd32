"""Which transfers a ground may carry, and what stands around each of them.

Queries on the register find them from the ground: those that name it, those that go
where it reaches, and those that say too little to tell. So the cost grows with what is
found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property

from rdflib.term import Node, URIRef

from ropa import entry, vocabulary
from ropa.footing import Ground, Likely
from ropa.grounds import STATED, Selects
from ropa.terms import DPV, RDF, ROPA

_BATCH = 500


@dataclass
class Transfer:
    """A transfer as it is stated, with what stands around it.

    Attributes:
        iri: the transfer, or the recipient that becomes one.
        holder: the activity or the record that states it.
        record: the record.
        company: whose record.
        said: its own statements.
        vendors: the organisations behind those who receive the data.
        data: categories of data.
        arises: whether it is none yet.
    """

    iri: URIRef
    holder: URIRef
    record: URIRef
    company: URIRef
    said: list[tuple[URIRef, Node]] = field(default_factory=list)
    vendors: list[URIRef] = field(default_factory=list)
    data: list[URIRef] = field(default_factory=list)
    arises: bool = False

    def values(self, *ways: URIRef) -> tuple[URIRef, ...]:
        """List what is stated by some properties, sorted."""
        return tuple(
            sorted({o for p, o in self.said if p in ways and isinstance(o, URIRef)})
        )

    @cached_property
    def countries(self) -> tuple[URIRef, ...]:
        """The countries that are stated."""
        return self.values(DPV.hasThirdCountry)

    @cached_property
    def tools(self) -> tuple[URIRef, ...]:
        """The kinds of tool that are stated."""
        return self.values(DPV.hasLegalBasis)

    @cached_property
    def decisions(self) -> tuple[URIRef, ...]:
        """The decisions, clauses or rules that are stated."""
        return self.values(ROPA.decision)

    @cached_property
    def places(self) -> frozenset[URIRef]:
        """Countries and importers: what a decision may cover."""
        return frozenset((*self.countries, *self.values(DPV.hasDataImporter)))

    @cached_property
    def importers(self) -> tuple[URIRef, ...]:
        """Who receives the data, as the transfer or else its recipients say."""
        return self.values(DPV.hasDataImporter) or self.values(DPV.hasRecipient)


_NAMING = """
SELECT DISTINCT ?transfer WHERE {{
  VALUES ?row {{ {rows} }}
  ?transfer ropa:decision|ropa:alsoNames ?row ;
    a dpv:CrossBorderTransfer .
}}
"""
_PLACED = """
SELECT DISTINCT ?transfer WHERE {{
  VALUES ?row {{ {rows} }}
  ?row ropa:transferTool ?kind ;
    ropa:covers ?place .
  ?transfer dpv:hasThirdCountry|dpv:hasDataImporter ?place ;
    a dpv:CrossBorderTransfer .
}}
"""
# What says neither its decision nor another kind of tool may rest on the rows, unless
# they cover one country and it goes to another.
_SILENT = """
SELECT DISTINCT ?transfer WHERE {{
  ?transfer a dpv:CrossBorderTransfer .
  FILTER NOT EXISTS {{ ?transfer ropa:decision ?decision }}
  {placed}
  FILTER(
    NOT EXISTS {{ ?transfer dpv:hasLegalBasis ?any }}
    || EXISTS {{ ?transfer dpv:hasLegalBasis ?tool . FILTER(?tool IN ({tools})) }}
  )
}}
"""
_WITHOUT_PLACE = "FILTER NOT EXISTS { ?transfer dpv:hasThirdCountry ?place }"
_RECEIVED = """
SELECT DISTINCT ?transfer WHERE {{
  {{ ?transfer dpv:hasDataImporter|dpv:hasRecipient {organisation} . }}
  UNION
  {{
    ?part ropa:organisation {organisation} .
    ?transfer dpv:hasDataImporter|dpv:hasRecipient ?part .
  }}
  ?transfer a dpv:CrossBorderTransfer .
}}
"""
_SENT_TO = """
SELECT DISTINCT ?transfer WHERE {{
  VALUES ?place {{ {places} }}
  ?transfer dpv:hasThirdCountry ?place ;
    a dpv:CrossBorderTransfer .
}}
"""
# A company that leaves with the country sends nothing across a border there, and what
# a transfer says already need not be said again.
_RECIPIENTS = """
SELECT DISTINCT ?holder ?record ?company ?recipient ?organisation ?place WHERE {{
  VALUES ?place {{ {places} }}
  {{ ?recipient dpv:hasCountry ?place . }}
  UNION
  {{
    ?organisation dpv:hasCountry ?place .
    ?recipient ropa:organisation ?organisation .
    FILTER NOT EXISTS {{ ?recipient dpv:hasCountry ?own . FILTER(?own != ?place) }}
  }}
  ?holder dpv:hasRecipient ?recipient .
  {{ ?holder dct:isPartOf ?record . ?record a dpcat:ROPA . }}
  UNION
  {{ ?holder a dpcat:ROPA . BIND(?holder AS ?record) }}
  ?record dct:publisher ?company .
  FILTER NOT EXISTS {{ ?company dpv:hasCountry ?place }}
  FILTER NOT EXISTS {{
    ?holder dpv:hasProcessing ?stated .
    ?stated dpv:hasThirdCountry ?place ;
      dpv:hasDataImporter|dpv:hasRecipient ?receiver .
    FILTER(
      ?receiver = ?recipient
      || EXISTS {{ ?recipient ropa:organisation ?receiver }}
    )
  }}
}}
"""
_ESTABLISHED = """
SELECT DISTINCT ?company WHERE {{
  VALUES ?place {{ {places} }}
  ?company dpv:hasCountry ?place .
  ?record dct:publisher ?company ;
    a dpcat:ROPA .
}} ORDER BY ?company
"""
_HOLDERS = """
SELECT DISTINCT ?transfer ?holder ?whole WHERE {{
  VALUES ?transfer {{ {transfers} }}
  ?holder dpv:hasProcessing ?transfer .
  OPTIONAL {{ ?holder dct:isPartOf ?whole . }}
}} ORDER BY ?transfer ?holder ?whole
"""
_RECORDS = """
SELECT DISTINCT ?record ?company WHERE {{
  VALUES ?record {{ {records} }}
  ?record a dpcat:ROPA ;
    dct:publisher ?company .
}} ORDER BY ?record ?company
"""
_PICKED = (
    "SELECT ?thing ?value WHERE {{ VALUES ?thing {{ {things} }} ?thing {way} ?value }}"
)
_MEMBERS = (
    "SELECT DISTINCT ?place "
    "WHERE {{ VALUES ?row {{ {rows} }} ?row ropa:member ?place }}"
)
_LIKELY = """
SELECT DISTINCT ?part ?place ?organisation WHERE {{
  {places}
  GRAPH ?beside {{ ?part ropa:likelyTransferTo ?place . }}
  FILTER(STRENDS(STR(?beside), "/inferred"))
  OPTIONAL {{ ?part ropa:organisation ?organisation . }}
  {narrowed}
  # Where somebody answered that there is none, none is likely any more.
  FILTER NOT EXISTS {{
    GRAPH ?answers {{
      ?answer sh:focusNode ?part ;
        ropa:rule "transfer-likely" ;
        ropa:answerKind ?none .
      OPTIONAL {{ ?answer ropa:answeredUntil ?until . }}
      OPTIONAL {{ ?answer prov:wasInvalidatedBy ?ended . }}
    }}
    FILTER(STRENDS(STR(?answers), "/answers"))
    FILTER(?none IN (ropa:AnswerNo, ropa:AnswerNotApplicable) && !BOUND(?ended))
    FILTER(!BOUND(?until) || ?until >= "{day}"^^xsd:date)
  }}
}} ORDER BY ?part ?place
"""
_OWNERS = """
SELECT DISTINCT ?thing ?company WHERE {{
  VALUES ?thing {{ {things} }}
  {{ ?thing dct:isPartOf/dct:publisher ?company . }}
  UNION
  {{ ?record dct:publisher ?thing ; a dpcat:ROPA . BIND(?thing AS ?company) }}
}}
"""


class Concerned:
    """Finds the transfers that a ground may carry, by queries on the register.

    Args:
        reads: the register.
        fallen: what is thought away.
    """

    def __init__(self, reads: Selects, fallen: Ground) -> None:
        self._reads = reads
        self._fallen = fallen
        self._places: list[URIRef] | None = None

    def _rows(self, text: str) -> list[tuple[Node | None, ...]]:
        return self._reads.select(text).rows

    @property
    def _is_membership(self) -> bool:
        return self._fallen.kind == ROPA.Membership

    def places(self) -> list[URIRef]:
        """List the countries that leave."""
        if self._places is None:
            text = _MEMBERS.format(rows=listed(self._fallen.rows))
            self._places = column(self._rows(text)) if self._is_membership else []
        return self._places

    def transfers(self, fallen: Ground) -> list[Transfer]:
        """Read the transfers concerned, each with what stands around it."""
        rows = listed(fallen.rows)
        arising: list[Transfer] = []
        if fallen.kind == ROPA.Coverage:
            wanted = self._received()
        elif self._is_membership:
            places = listed(self.places())
            wanted = column(self._rows(_SENT_TO.format(places=places)))
            arising = self._arising(places)
        else:
            wanted = [
                transfer
                for text in (_NAMING, _PLACED)
                for transfer in column(self._rows(text.format(rows=rows)))
            ]
            wanted += self._silent(fallen.rows)
        found = self._read(sorted({*wanted})) + arising
        self._surround(found)
        return found

    def _received(self) -> list[URIRef]:
        iri = self._fallen.iri
        table = self._rows(f"SELECT ?of WHERE {{ ?of ropa:coverage {iri.n3()} }}")
        return [
            transfer
            for organisation in column(table) or [iri]
            for transfer in column(
                self._rows(_RECEIVED.format(organisation=organisation.n3()))
            )
        ]

    def _silent(self, rows: Sequence[URIRef]) -> list[URIRef]:
        said = self._reads.select(
            "SELECT ?kind ?place WHERE { "
            f"VALUES ?row {{ {listed(rows)} }} ?row ropa:transferTool ?kind . "
            "OPTIONAL { ?row ropa:covers ?place } }"
        ).rows
        if not said:
            return []
        words = vocabulary.load()
        kinds = {URIRef(str(kind)) for kind, _ in said}
        tools = sorted(tool for kind in kinds for tool in words.narrower(kind))
        covers = any(place is not None for _, place in said)
        text = _SILENT.format(
            placed=_WITHOUT_PLACE if covers else "",
            tools=", ".join(tool.n3() for tool in tools),
        )
        return column(self._rows(text))

    def limited_decisions(self) -> list[URIRef]:
        """List the decisions for certified importers that its transfers rest on."""
        stated = self._read(sorted({*self._received()}))
        covering = Covering(self._reads)
        named = {
            row for one in stated for row in (*one.decisions, *covering.supposed(one))
        }
        if not named:
            return []
        return column(
            self._rows(
                f"SELECT DISTINCT ?row WHERE {{ VALUES ?row {{ {listed(named)} }} "
                "?row ropa:hasLimitedScope true } ORDER BY ?row"
            )
        )

    def _read(self, transfers: Sequence[URIRef]) -> list[Transfer]:
        held = []
        for part in batches(transfers):
            for iri, holder, whole in self._rows(
                _HOLDERS.format(transfers=listed(part))
            ):
                record = holder if whole is None else whole
                held.append([URIRef(str(node)) for node in (iri, holder, record)])
        companies: dict[URIRef, list[URIRef]] = defaultdict(list)
        for part in batches(sorted({record for _, _, record in held})):
            for record, company in self._rows(_RECORDS.format(records=listed(part))):
                companies[URIRef(str(record))].append(URIRef(str(company)))
        found: list[Transfer] = []
        # Several activities may name one transfer: it is said once, and is theirs all.
        said: dict[URIRef, list[tuple[URIRef, Node]]] = {}
        for iri, holder, record in held:
            for company in companies[record]:
                stated = said.setdefault(iri, [])
                found.append(Transfer(iri, holder, record, company, stated))
        for part in batches([*said]):
            for thing, way, value in self._rows(STATED.format(things=listed(part))):
                if thing is not None and way is not None and value is not None:
                    said[URIRef(str(thing))].append((URIRef(str(way)), value))
        return found

    def _arising(self, places: str) -> list[Transfer]:
        """Make, of recipients in a country that leaves, the transfers they become."""
        found = []
        for row in self._rows(_RECIPIENTS.format(places=places)):
            holder, record, company, recipient, organisation, place = (
                URIRef(str(node)) if node is not None else None for node in row
            )
            if holder and record and company and recipient and place:
                one = Transfer(recipient, holder, record, company, arises=True)
                one.said = [
                    (RDF.type, DPV.CrossBorderTransfer),
                    (DPV.hasThirdCountry, place),
                    (DPV.hasDataImporter, organisation or recipient),
                ]
                found.append(one)
        unique = {(one.iri, one.holder, one.countries): one for one in found}
        return [unique[key] for key in sorted(unique)]

    def _surround(self, transfers: list[Transfer]) -> None:
        """Add the organisations that receive, and the categories of data."""
        receivers = {node for one in transfers for node in one.importers}
        behind = self._picked(receivers, "ropa:organisation")
        own = self._picked({one.iri for one in transfers}, "dpv:hasPersonalData")
        holders = {one.holder for one in transfers if not own.get(one.iri)}
        around = self._picked(holders, "dpv:hasPersonalData")
        for one in transfers:
            for receiver in one.importers:
                one.vendors += behind.get(receiver) or [receiver]
            one.data = own.get(one.iri) or around.get(one.holder) or []

    def _picked(self, things: Iterable[URIRef], way: str) -> dict[URIRef, list[URIRef]]:
        found: dict[URIRef, list[URIRef]] = defaultdict(list)
        for part in batches(sorted(things)):
            text = _PICKED.format(things=listed(part), way=way)
            for thing, value in self._rows(text):
                if isinstance(value, URIRef) and isinstance(thing, URIRef):
                    found[thing].append(value)
        return {thing: sorted({*values}) for thing, values in found.items()}

    def established(self) -> list[URIRef]:
        """List the companies of the register in a country that leaves."""
        places = listed(self.places())
        return column(self._rows(_ESTABLISHED.format(places=places))) if places else []

    def likely(self, fallen: Ground, day: date) -> list[Likely]:
        """List likely transfers that nobody stated, nor denied in an answer by then."""
        if self._is_membership:
            return []
        where, narrowed = "", ""
        if fallen.kind == ROPA.Coverage:
            narrowed = f"FILTER(?organisation = {fallen.iri.n3()})"
        else:
            places = column(
                self._rows(
                    f"SELECT ?place WHERE {{ VALUES ?row {{ {listed(fallen.rows)} }} "
                    "?row ropa:transferTool ?kind ; ropa:covers ?place }"
                )
            )
            where = f"VALUES ?place {{ {listed(places)} }}" if places else ""
            if not places and ROPA.StandardClauses != fallen.kind:
                return []
        rows = self._rows(_LIKELY.format(places=where, narrowed=narrowed, day=day))
        owners: dict[URIRef, URIRef] = {}
        entries = {entry.document(part) for part, _, _ in rows if part is not None}
        for some in batches(sorted(entries)):
            for thing, company in self._rows(_OWNERS.format(things=listed(some))):
                owners[URIRef(str(thing))] = URIRef(str(company))
        found = []
        for part, place, organisation in rows:
            iri = URIRef(str(part))
            document = entry.document(iri)
            if document in owners:
                company = owners[document]
                found.append(
                    Likely(
                        part=iri,
                        company=company,
                        activity=document if document != company else None,
                        vendor=URIRef(str(organisation)) if organisation else None,
                        country=URIRef(str(place)),
                    )
                )
        return found


class Covering:
    """Which decisions of the register's law cover what, by kind of tool.

    Args:
        reads: the register.
    """

    def __init__(self, reads: Selects) -> None:
        table = reads.select(
            "SELECT ?row ?kind ?place WHERE { "
            "?row ropa:transferTool ?kind ; ropa:covers ?place } ORDER BY ?row ?place"
        )
        self._rows = [tuple(URIRef(str(n)) for n in row) for row in table.rows]

    def supposed(self, one: Transfer) -> list[URIRef]:
        """List the decisions that a transfer of their kind may mean by its country."""
        if one.decisions or not one.tools:
            return []
        kinds = {above for tool in one.tools for above in _tools_above(tool)}
        found = (
            row
            for row, kind, place in self._rows
            if place in one.places and kind in kinds
        )
        return list(dict.fromkeys(found))

    def reach(self, row: URIRef) -> frozenset[URIRef]:
        """Give what a decision covers; empty where it is not bound to a place."""
        return frozenset(place for own, _, place in self._rows if own == row)


@cache
def _tools_above(tool: URIRef) -> frozenset[URIRef]:
    return frozenset(vocabulary.load().broader(tool))


def listed(iris: Iterable[URIRef]) -> str:
    """Write IRIs as a block of values takes them."""
    return " ".join(iri.n3() for iri in iris)


def column(rows: Iterable[Sequence[Node | None]]) -> list[URIRef]:
    """Give the first cell of each row that has one."""
    return [URIRef(str(row[0])) for row in rows if row[0] is not None]


def batches(things: Sequence[URIRef]) -> Iterator[Sequence[URIRef]]:
    """Cut a list into pieces that one query can name."""
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]
