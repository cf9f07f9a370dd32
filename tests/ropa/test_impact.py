"""What becomes of transfers when a piece of law is thought away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import asking, entry, footing, impact, packaged, vocabulary
from ropa.errors import InputError, InternalError, UnknownName
from ropa.footing import Affected, Impact
from ropa.store import MEMORY, open_store
from ropa.store.base import Store, Table
from ropa.terms import (
    DCT,
    DPCAT,
    DPV,
    GDPR,
    LAW,
    LOC,
    RDF,
    ROPA,
    SH,
    SKOS,
    XSD,
    curie,
)

if TYPE_CHECKING:
    from ropa.register import Register

BASE = "http://example.org/"
TODAY = date(2026, 11, 22)
COMPANY = URIRef(f"{BASE}companies/x")
RECORD = URIRef(f"{COMPANY}#record")
VENDOR = URIRef(f"{BASE}organisations/vendor")
DPF, SHIELD, UK = LAW["eu-us-dpf"], LAW["eu-us-privacy-shield"], LAW["gb-2021-1772"]
CLAUSES, OLD_CLAUSES = LAW["scc-2021-914"], LAW["scc-2010-87"]
LOSES, STANDS = ROPA.LosesFooting, ROPA.StandsByOther
NONE, OPEN = ROPA.HadNoFooting, ROPA.FootingNotKnown

Statement = tuple[URIRef, URIRef, Node]


class Shelf:
    """A store with the law as shipped, and a few entries that each test puts in."""

    base = BASE

    def __init__(self) -> None:
        self.store: Store = open_store(MEMORY, in_union=entry.is_stated)
        self.store.load_lines(packaged.reference_lines())
        self._own: set[URIRef] = set()

    def select(self, text: str) -> Table:
        """Answer a query; prefixes are known."""
        return self.store.select(text)

    def put(self, *statements: Statement) -> None:
        """Let the entries be exactly these statements, and the company's record."""
        graphs = entry.split([*statements, *WHOLE])
        gone = dict.fromkeys(self._own - graphs.keys())
        self.store.write({**gone, **graphs})
        self._own = set(graphs)

    def put_aside(self, name: URIRef, *statements: Statement) -> None:
        """Put statements into a graph of that name."""
        graph = Graph()
        for statement in statements:
            graph.add(statement)
        self.store.write({name: graph})
        self._own.add(name)

    def digest(self) -> str:
        """Give the digest of everything in the store."""
        lines = b"".join(self.store.dump()).splitlines()
        return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


WHOLE: list[Statement] = [
    (COMPANY, RDF.type, DPV.LegalEntity),
    (COMPANY, DPV.hasName, Literal("X")),
    (COMPANY, DPV.hasCountry, LOC.FR),
    (RECORD, RDF.type, DPCAT.ROPA),
    (RECORD, DCT.publisher, COMPANY),
    (RECORD, ROPA.profile, ROPA.Register),
]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    """Give a store with the law; tests put entries in."""
    return Shelf()


def activity(name: str) -> URIRef:
    """Name an activity."""
    return URIRef(f"{BASE}activities/x/{name}")


def transfer(
    name: str,
    *countries: Node,
    tools: tuple[Node, ...] = (),
    decisions: tuple[Node, ...] = (),
    to: Node = VENDOR,
    by_record: bool = False,
) -> list[Statement]:
    """State a transfer of an activity, or of the record."""
    holder = RECORD if by_record else activity(name)
    part = URIRef(f"{entry.document(holder)}#transfer-{name}")
    said: list[Statement] = [
        (holder, DPV.hasProcessing, part),
        (part, RDF.type, DPV.CrossBorderTransfer),
        (part, DPV.hasDataImporter, to),
    ]
    if not by_record:
        said += [
            (holder, RDF.type, DPV.PersonalDataProcess),
            (holder, DCT.isPartOf, RECORD),
            (holder, DCT.title, Literal(f"Activity {name}", lang="en")),
        ]
    said += [(part, DPV.hasThirdCountry, country) for country in countries]
    said += [(part, DPV.hasLegalBasis, tool) for tool in tools]
    said += [(part, ROPA.decision, decision) for decision in decisions]
    return said


def weigh(
    shelf: Shelf, without: str, day: date = TODAY, instead: str | None = None
) -> Impact:
    """Ask for an impact on a day."""
    return impact.weigh(shelf, without, as_of=day, instead=instead)


def only(found: Impact) -> Affected:
    """Give the only transfer concerned."""
    assert len(found.affected) == 1
    return found.affected[0]


# -- decisions -----------------------------------------------------------------------


def test_a_transfer_under_the_decision_alone_loses_its_footing(shelf: Shelf) -> None:
    """It holds with the law as it is, and nothing else is named."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR["A45-3"],), decisions=(DPF,)))
    one = only(weigh(shelf, "dpf"))
    assert (one.kind, one.before, one.after) == (LOSES, "true", "false")
    assert one.activity == activity("a")
    assert one.company == COMPANY
    assert one.vendors == (VENDOR,)


def test_clauses_beside_the_decision_carry_the_transfer(shelf: Shelf) -> None:
    """And the answer says that it is they who do."""
    tools = (GDPR["A45-3"], GDPR["A46-2-c"])
    shelf.put(*transfer("a", LOC.US, tools=tools, decisions=(DPF, CLAUSES)))
    one = only(weigh(shelf, "dpf"))
    assert one.kind == STANDS
    assert one.carried_by == (CLAUSES,)


def test_without_the_clauses_the_decision_carries_the_same_transfer(
    shelf: Shelf,
) -> None:
    """The other way round."""
    tools = (GDPR["A45-3"], GDPR["A46-2-c"])
    shelf.put(*transfer("a", LOC.US, tools=tools, decisions=(DPF, CLAUSES)))
    one = only(weigh(shelf, "SCC 2021"))
    assert one.kind == STANDS
    assert one.carried_by == (DPF,)


def test_two_decisions_of_which_the_other_has_fallen(shelf: Shelf) -> None:
    """The fallen one carries nothing once the standing one is thought away."""
    shelf.put(*transfer("a", LOC.US, decisions=(DPF, SHIELD)))
    assert only(weigh(shelf, "dpf")).kind == LOSES
    one = only(weigh(shelf, "privacy-shield"))
    assert (one.kind, one.carried_by) == (STANDS, (DPF,))


def test_clauses_without_their_generation_leave_it_open(shelf: Shelf) -> None:
    """Nobody can tell whether undated clauses hold."""
    tools = (GDPR["A45-3"], GDPR["A46-2-c"])
    shelf.put(*transfer("a", LOC.US, tools=tools, decisions=(DPF,)))
    one = only(weigh(shelf, "dpf"))
    assert (one.kind, one.before, one.after) == (OPEN, "true", "unknown")
    assert ROPA.ToolNotDated in one.remarks


def test_adequacy_without_its_decision_is_taken_from_the_country(shelf: Shelf) -> None:
    """The tool says adequacy and the country is covered: it rests on that decision."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR["A45-3"],)))
    one = only(weigh(shelf, "dpf"))
    assert (one.kind, one.before, one.after) == (LOSES, "true", "false")
    assert DPF in one.supposed
    assert ROPA.DecisionSupposed in one.remarks


def test_the_narrower_term_for_adequacy_counts_as_well(shelf: Shelf) -> None:
    """DPV has two terms for it, one below the other."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR.AdequacyDecision,)))
    assert only(weigh(shelf, "dpf")).kind == LOSES


@pytest.mark.parametrize("said", ["no tool", "no country", "neither"])
def test_what_says_too_little_is_not_known(shelf: Shelf, said: str) -> None:
    """With the reason: no tool, no country, or both."""
    countries = (LOC.US,) if said == "no tool" else ()
    tools = (GDPR["A45-3"],) if said == "no country" else ()
    shelf.put(*transfer("a", *countries, tools=tools))
    one = only(weigh(shelf, "dpf"))
    assert one.kind == OPEN
    reasons = {
        "no tool": {ROPA.NoToolNamed},
        "no country": {ROPA.CountryNotNamed, ROPA.ToolNotDated},
        "neither": {ROPA.CountryNotNamed, ROPA.NoToolNamed},
    }
    assert {*one.remarks} == reasons[said]


def test_what_had_fallen_already_is_told_apart_with_its_fault(shelf: Shelf) -> None:
    """Nothing is lost that was not there."""
    shelf.put(*transfer("a", LOC.US, decisions=(SHIELD,)))
    for name in ("dpf", "privacy-shield"):
        one = only(weigh(shelf, name))
        assert (one.kind, one.before, one.after) == (NONE, "false", "false")
        assert one.remarks == (ROPA.ToolDeclaredInvalid,)
    found = weigh(shelf, "privacy-shield")
    assert found.remarks == (ROPA.HoldsInNoCase,)
    assert weigh(shelf, "dpf").remarks == ()


def test_transfers_elsewhere_are_not_concerned(shelf: Shelf) -> None:
    """Neither one under another decision, nor one to another country without a tool."""
    shelf.put(
        *transfer("a", LOC.JP, tools=(GDPR["A45-3"],), decisions=(LAW["jp-2019-419"],)),
        *transfer("b", LOC.IN),
        *transfer("c", LOC.IN, tools=(GDPR["A46-2-c"],), decisions=(CLAUSES,)),
    )
    assert weigh(shelf, "dpf").affected == ()


def test_of_several_countries_only_the_one_that_is_covered_is_concerned(
    shelf: Shelf,
) -> None:
    """A transfer to two countries is a row for each; Japan is no matter of the DPF."""
    shelf.put(
        *transfer("a", LOC.US, LOC.JP, tools=(GDPR["A45-3"],), decisions=(DPF,)),
    )
    assert only(weigh(shelf, "dpf")).country == LOC.US


def test_another_country_named_with_the_decision_never_had_a_footing(
    shelf: Shelf,
) -> None:
    """The decision does not cover India, whatever the transfer says."""
    shelf.put(*transfer("a", LOC.IN, tools=(GDPR["A45-3"],), decisions=(DPF,)))
    one = only(weigh(shelf, "dpf"))
    assert (one.kind, one.remarks) == (NONE, (ROPA.DoesNotCover,))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2016, 7, 11), NONE),
        (date(2016, 7, 12), LOSES),
        (date(2020, 7, 15), LOSES),
        (date(2020, 7, 16), NONE),
    ],
)
def test_the_day_decides(shelf: Shelf, day: date, kind: URIRef) -> None:
    """Before its first day and from the judgment on, the Shield carries nothing."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR["A45-3"],), decisions=(SHIELD,)))
    found = weigh(shelf, "privacy-shield", day)
    assert only(found).kind == kind
    assert (ROPA.HoldsInNoCase in found.remarks) == (kind == NONE)


def test_a_day_past_the_review_is_judged_as_on_it(shelf: Shelf) -> None:
    """And that is said."""
    shelf.put(*transfer("a", LOC.US, decisions=(DPF,)))
    found = weigh(shelf, "dpf", date(2031, 1, 1))
    assert only(found).kind == LOSES
    assert found.remarks == (ROPA.JudgedAtReview,)
    assert (found.asked, found.judged) == (date(2031, 1, 1), TODAY)


def test_an_international_organisation_is_covered_as_importer(shelf: Shelf) -> None:
    """A decision may speak for an organisation instead of a country."""
    organisation = LAW["european-patent-organisation"]
    decision = LAW["epo-2025-1382"]
    shelf.put(
        *transfer("a", tools=(GDPR["A45-3"],), decisions=(decision,), to=organisation),
        *transfer("b", tools=(GDPR["A45-3"],), to=organisation),
    )
    found = weigh(shelf, "epo-2025-1382")
    assert {one.kind for one in found.affected} == {LOSES}
    assert len(found.affected) == 2


def test_a_tool_of_another_law_carries_nothing(shelf: Shelf) -> None:
    """A record that names the Swiss framework beside another is told of it."""
    swiss = LAW["swiss-us-dpf"]
    shelf.put(*transfer("a", LOC.US, decisions=(DPF, swiss)))
    one = only(weigh(shelf, "swiss-us-dpf"))
    assert (one.kind, one.carried_by) == (STANDS, (DPF,))
    assert only(weigh(shelf, "dpf")).kind == LOSES


# -- clauses -------------------------------------------------------------------------


def test_a_generation_of_clauses_falls(shelf: Shelf) -> None:
    """What names it loses; what names clauses without saying which is not known."""
    tool = (GDPR["A46-2-c"],)
    shelf.put(
        *transfer("a", LOC.IN, tools=tool, decisions=(CLAUSES,)),
        *transfer("b", LOC.IN, tools=tool),
        *transfer("c", LOC.US, tools=(GDPR["A45-3"],), decisions=(DPF,)),
    )
    found = weigh(shelf, "scc-2021-914")
    kinds = {one.activity: one.kind for one in found.affected}
    assert kinds == {activity("a"): LOSES, activity("b"): OPEN}


def test_an_older_generation_carries_old_contracts_only_for_a_while(
    shelf: Shelf,
) -> None:
    """In 2022 the sets of 2010 still carried what was agreed before."""
    tool = (GDPR["A46-2-c"],)
    shelf.put(*transfer("a", LOC.IN, tools=tool, decisions=(CLAUSES, OLD_CLAUSES)))
    one = only(weigh(shelf, "scc-2021-914", date(2022, 6, 1)))
    assert (one.kind, one.carried_by) == (STANDS, (OLD_CLAUSES,))
    assert only(weigh(shelf, "scc-2021-914", date(2023, 6, 1))).kind == LOSES


def test_rules_that_an_entry_describes_itself(shelf: Shelf) -> None:
    """A group's own approval has an IRI of the register, and can fall as well."""
    rules = URIRef(f"{BASE}companies/x#rules")
    shelf.put(
        *transfer("a", LOC.IN, tools=(GDPR["A46-2-b"],), decisions=(rules,)),
        (rules, RDF.type, ROPA.BindingRules),
        (rules, SKOS.prefLabel, Literal("Rules of X", lang="en")),
        (rules, ROPA.transferTool, GDPR["A46-2-b"]),
        (rules, ROPA.validFrom, Literal("2020-01-01", datatype=XSD.date)),
    )
    found = weigh(shelf, str(rules))
    assert only(found).kind == LOSES
    assert found.name(rules) == "Rules of X"


# -- membership ----------------------------------------------------------------------


def test_before_a_country_was_inside_nothing_changes(shelf: Shelf) -> None:
    """Norway in 1990: nobody named a footing for what went there."""
    shelf.put(*transfer("a", LOC.NO))
    found = weigh(shelf, "NO", date(1990, 1, 1))
    assert found.remarks == (ROPA.HoldsInNoCase,)
    assert only(found).kind == OPEN


@pytest.mark.parametrize(
    "name", ["NO", "loc:NO", "Norway", "Norvège", "membership-eea-no"]
)
def test_a_country_leaves(shelf: Shelf, name: str) -> None:
    """By any of its names: what goes there needs a tool from then on."""
    shelf.put(
        *transfer("a", LOC.NO),
        *transfer("b", LOC.NO, tools=(GDPR["A46-2-c"],), decisions=(CLAUSES,)),
        *transfer("c", LOC.IS),
    )
    found = weigh(shelf, name)
    kinds = {one.activity: one.kind for one in found.affected}
    assert kinds == {activity("a"): LOSES, activity("b"): STANDS}
    assert found.without.kind == ROPA.Membership


def recipient(
    name: str, *said: tuple[URIRef, Node], by_record: bool = False
) -> list[Statement]:
    """State a recipient of an activity, or of the record."""
    holder = RECORD if by_record else activity(name)
    part = URIRef(f"{entry.document(holder)}#recipient-{name}")
    own: list[Statement] = (
        []
        if by_record
        else [
            (holder, RDF.type, DPV.PersonalDataProcess),
            (holder, DCT.isPartOf, RECORD),
        ]
    )
    return [
        *own,
        (holder, DPV.hasRecipient, part),
        (part, RDF.type, DPV.DataProcessor),
        *((part, way, value) for way, value in said),
    ]


def test_all_rows_of_one_country_are_one_membership(shelf: Shelf) -> None:
    """Four rows are called Brexit, and all of them are about one country."""
    shelf.put(*transfer("a", LOC.GB))
    found = weigh(shelf, "Brexit", date(2019, 6, 1))
    assert {*found.without.rows} == {
        LAW["membership-eea-gb"],
        LAW["membership-eu-gb"],
    }
    assert only(found).kind == LOSES


def test_recipients_in_a_country_that_leaves_become_transfers(shelf: Shelf) -> None:
    """By their own country or by that of their organisation; each once."""
    shelf.put(
        (VENDOR, RDF.type, DPV.Organisation),
        (VENDOR, DPV.hasName, Literal("Vendor")),
        (VENDOR, DPV.hasCountry, LOC.NO),
        *recipient("a", (DPV.hasCountry, LOC.NO)),
        *recipient("b", (ROPA.organisation, VENDOR)),
        *recipient("c", (ROPA.organisation, VENDOR), (DPV.hasCountry, LOC.NO)),
        *recipient("d", (ROPA.organisation, VENDOR), (DPV.hasCountry, LOC.SE)),
        *recipient("e", (DPV.hasCountry, LOC.NO), by_record=True),
    )
    found = weigh(shelf, "Norway")
    named = {curie(one.transfer).rpartition("-")[2] for one in found.affected}
    assert named == {"a", "b", "c", "e"}
    assert len(found.affected) == 4
    for one in found.affected:
        assert (one.kind, one.before) == (LOSES, "true")
        assert one.remarks == (ROPA.ArisingTransfer, ROPA.NoToolNamed)
    vendors = {one.iri: one.counts.get(LOSES) for one in found.vendors}
    assert vendors[VENDOR] == 2


def test_a_recipient_whose_transfer_is_stated_is_counted_once(shelf: Shelf) -> None:
    """The stated transfer says more, so the recipient does not arise beside it."""
    shelf.put(
        *recipient("a", (ROPA.organisation, VENDOR), (DPV.hasCountry, LOC.NO)),
        *transfer("a", LOC.NO, tools=(GDPR["A46-2-c"],), decisions=(CLAUSES,)),
    )
    assert only(weigh(shelf, "NO")).kind == STANDS


def test_companies_in_a_country_that_leaves_are_listed(shelf: Shelf) -> None:
    """They leave with it, so that their recipients there stay at home."""
    shelf.put(*recipient("a", (DPV.hasCountry, LOC.FR)))
    found = weigh(shelf, "France")
    assert found.established == (COMPANY,)
    assert found.affected == ()


def test_a_country_outside_stands_for_the_decision_that_covers_it(
    shelf: Shelf,
) -> None:
    """The United Kingdom: a decision today, a bridge in 2021, a member before."""
    shelf.put()
    assert weigh(shelf, "UK").without.rows == (UK,)
    assert weigh(shelf, "UK", date(2021, 3, 1)).without.rows == (LAW["bridge-gb"],)
    then = weigh(shelf, "UK", date(2019, 3, 1)).without
    assert then.kind == ROPA.Membership
    assert LAW["bridge-gb"] not in then.rows


# -- certification -------------------------------------------------------------------


def certified(decision: URIRef = DPF) -> list[Statement]:
    """State that the vendor falls under a decision."""
    cover = URIRef(f"{VENDOR}#cover")
    return [
        (VENDOR, RDF.type, DPV.Organisation),
        (VENDOR, DPV.hasName, Literal("Vendor Inc.")),
        (VENDOR, ROPA.coverage, cover),
        (cover, RDF.type, ROPA.Coverage),
        (cover, ROPA.decision, decision),
    ]


@pytest.mark.parametrize(
    "name",
    ["vendor", "organisations/vendor", "vendor inc.", f"{VENDOR}", f"{VENDOR}#cover"],
)
def test_the_certification_of_a_vendor_ends(shelf: Shelf, name: str) -> None:
    """Only transfers to it under that decision are touched; others keep theirs."""
    other = URIRef(f"{BASE}organisations/other")
    tool = (GDPR["A45-3"],)
    part = URIRef(f"{activity('b')}#importer")
    shelf.put(
        *certified(),
        *transfer("a", LOC.US, tools=tool, decisions=(DPF,)),
        *transfer("b", LOC.US, tools=tool, to=part),
        (part, ROPA.organisation, VENDOR),
        *transfer("c", LOC.US, tools=tool, decisions=(DPF,), to=other),
        *transfer("d", LOC.JP, tools=tool, decisions=(LAW["jp-2019-419"],)),
        *transfer("e", LOC.US, tools=(GDPR["A46-2-c"],), decisions=(CLAUSES,)),
    )
    found = weigh(shelf, name)
    kinds = {one.activity: one.kind for one in found.affected}
    assert kinds == {
        activity("a"): LOSES,
        activity("b"): LOSES,
        activity("e"): STANDS,
    }
    assert found.without.rows == (DPF,)
    assert found.remarks == ()


def test_a_certification_that_nobody_recorded_is_read_off_the_transfers(
    shelf: Shelf,
) -> None:
    """And the answer says so."""
    shelf.put(
        (VENDOR, RDF.type, DPV.Organisation),
        *transfer("a", LOC.US, tools=(GDPR["A45-3"],), decisions=(DPF,)),
        *transfer("b", LOC.US, tools=(GDPR["A46-2-c"],), decisions=(CLAUSES,)),
    )
    found = weigh(shelf, "vendor")
    assert found.without.rows == (DPF,)
    assert ROPA.CoverNotRecorded in found.remarks
    kinds = {one.activity: one.kind for one in found.affected}
    assert kinds == {activity("a"): LOSES, activity("b"): STANDS}


# -- what would mend it --------------------------------------------------------------


@pytest.mark.parametrize(
    ("instead", "day", "lacking"),
    [
        ("scc-2021-914", TODAY, None),
        ("eu-gdpr:A46-2-c", TODAY, None),
        ("SCC", TODAY, None),
        ("scc-2010-87", TODAY, {ROPA.NoLongerInForce}),
        ("scc-2010-87", date(2024, 1, 1), {ROPA.NoLongerInForce}),
        ("gb-2021-1772", TODAY, {ROPA.DoesNotCover}),
        ("privacy-shield", TODAY, {ROPA.ToolDeclaredInvalid}),
        ("uk-idta", TODAY, {ROPA.OtherLaw}),
        ("eu-gdpr:A49-1-a", TODAY, {ROPA.ToolNotDated}),
    ],
)
def test_another_tool_is_tried_in_its_place(
    shelf: Shelf, instead: str, day: date, lacking: set[URIRef] | None
) -> None:
    """Judged by the same question, with the reason where it does not carry."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR["A45-3"],), decisions=(DPF,)))
    one = only(weigh(shelf, "dpf", day, instead))
    assert one.kind == LOSES
    assert one.is_mended is (lacking is None)
    assert {*one.lacking} == (lacking or set())


def test_closed_clauses_mend_nothing_since_the_contract_would_be_new(
    shelf: Shelf,
) -> None:
    """In early 2022 the old sets still held, but not for new contracts."""
    shelf.put(*transfer("a", LOC.GB, tools=(GDPR["A45-3"],), decisions=(UK,)))
    one = only(weigh(shelf, "gb-2021-1772", date(2022, 2, 1), "scc-2010-87"))
    assert (one.is_mended, one.lacking) == (False, (ROPA.TooLateForClauses,))


def test_what_has_no_footing_is_mended_what_stands_is_not(shelf: Shelf) -> None:
    """What rested on a fallen decision can be mended as well as what is lost."""
    shelf.put(*transfer("a", LOC.US, decisions=(SHIELD,)))
    assert only(weigh(shelf, "dpf", instead="scc-2021-914")).is_mended is True
    tools = (GDPR["A45-3"], GDPR["A46-2-c"])
    shelf.put(*transfer("a", LOC.US, tools=tools, decisions=(DPF, CLAUSES)))
    stands = only(weigh(shelf, "dpf", instead="scc-2021-914"))
    assert (stands.kind, stands.is_mended) == (ROPA.StandsByOther, None)


def test_a_vendors_certification_is_not_mended_by_its_decision(shelf: Shelf) -> None:
    """Without the certification the same decision is no way out."""
    shelf.put(*certified(), *transfer("a", LOC.US, decisions=(DPF,)))
    with pytest.raises(InputError, match="in its own place"):
        weigh(shelf, "vendor", instead="dpf")


# -- sums ----------------------------------------------------------------------------


def test_sums_tell_what_is_stated_from_what_the_record_brings(shelf: Shelf) -> None:
    """A transfer of the whole record concerns each activity, but is not its own."""
    shelf.put(
        *transfer("a", LOC.US, decisions=(DPF,)),
        *transfer("all", LOC.US, decisions=(DPF,), by_record=True),
        *recipient("b"),
        (activity("a"), DPV.hasPersonalData, DPV.PersonalData),
        (RECORD, DPV.hasPersonalData, DPV.SensitivePersonalData),
    )
    found = weigh(shelf, "dpf")
    assert found.sums(LOSES) == {
        "transfers": 2,
        "companies": 1,
        "activities": 1,
        "by_record": 1,
        "data": 2,
        "vendors": 1,
    }
    tallies = {one.iri: (one.counts, one.by_record) for one in found.activities}
    assert tallies == {
        activity("a"): ({LOSES: 1}, {LOSES: 1}),
        activity("b"): ({}, {LOSES: 1}),
    }


def test_a_transfer_of_two_activities_concerns_both(shelf: Shelf) -> None:
    """It is said once, and each of them names it."""
    other = activity("b")
    shelf.put(
        *transfer("a", LOC.US, decisions=(DPF,)),
        (other, RDF.type, DPV.PersonalDataProcess),
        (other, DCT.isPartOf, RECORD),
        (other, DPV.hasProcessing, URIRef(f"{activity('a')}#transfer-a")),
    )
    found = weigh(shelf, "dpf")
    assert [one.activity for one in found.affected] == [activity("a"), other]
    assert found.sums(LOSES)["activities"] == 2


def test_data_of_the_transfer_outdo_those_of_its_activity(shelf: Shelf) -> None:
    """What is said more closely counts."""
    part = URIRef(f"{activity('a')}#transfer-a")
    shelf.put(
        *transfer("a", LOC.US, decisions=(DPF,)),
        (activity("a"), DPV.hasPersonalData, DPV.PersonalData),
        (part, DPV.hasPersonalData, DPV.SensitivePersonalData),
    )
    assert only(weigh(shelf, "dpf")).data == (DPV.SensitivePersonalData,)


def test_likely_transfers_stand_apart(shelf: Shelf) -> None:
    """They are inferred: told, but in no group and no sum."""
    part = URIRef(f"{activity('a')}#recipient-a")
    shelf.put(*recipient("a", (ROPA.organisation, VENDOR)))
    shelf.put_aside(
        entry.inferred_graph(activity("a")), (part, ROPA.likelyTransferTo, LOC.US)
    )
    found = weigh(shelf, "dpf")
    assert [(one.part, one.vendor, one.country) for one in found.likely] == [
        (part, VENDOR, LOC.US)
    ]
    assert found.affected == ()
    assert [one.part for one in weigh(shelf, "scc 2021").likely] == [part]
    assert weigh(shelf, "UK").likely == ()
    assert weigh(shelf, "privacy-shield").likely == ()


@pytest.mark.parametrize(
    ("kind", "until", "day", "is_listed"),
    [
        (ROPA.AnswerNo, None, TODAY, False),
        (ROPA.AnswerNotApplicable, "2026-12-31", TODAY, False),
        (ROPA.AnswerNo, "2026-11-21", TODAY, True),
        (ROPA.AnswerYes, None, TODAY, True),
    ],
)
def test_a_likely_transfer_that_somebody_denied_is_not_listed(
    shelf: Shelf, kind: URIRef, until: str | None, day: date, is_listed: bool
) -> None:
    """As long as the answer counts."""
    part = URIRef(f"{activity('a')}#recipient-a")
    said = entry.answers_graph(activity("a"))
    answer = URIRef(f"{said}#1")
    last = Literal(until, datatype=XSD.date)
    shelf.put(*recipient("a"))
    shelf.put_aside(
        entry.inferred_graph(activity("a")), (part, ROPA.likelyTransferTo, LOC.US)
    )
    shelf.put_aside(
        said,
        (answer, SH.focusNode, part),
        (answer, ROPA.rule, Literal("transfer-likely")),
        (answer, ROPA.answerKind, kind),
        *([(answer, ROPA.answeredUntil, last)] if until else []),
    )
    assert bool(weigh(shelf, "dpf", day).likely) is is_listed


# -- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        ("dpf", DPF),
        ("law:eu-us-dpf", DPF),
        ("eu-us-dpf", DPF),
        (str(DPF), DPF),
        ("(EU) 2023/1795", DPF),
        ("2023/1795", DPF),
        ("  data   privacy framework ", DPF),
        ("EU-US Data Privacy Framework", DPF),
        ("Privacy Shield", SHIELD),
        ("privacy-shield", SHIELD),
        ("US", DPF),
        ("UK adequacy", UK),
        ("(EU) 2021/914", CLAUSES),
    ],
)
def test_names_that_people_use(shelf: Shelf, name: str, iri: URIRef) -> None:
    """IRI, short name, last part, number, label, other name, in any spacing."""
    shelf.put()
    assert weigh(shelf, name).without.iri == iri


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("privcy-shild", "law:eu-us-privacy-shield"),
        ("law:eu-us-dpff", "law:eu-us-dpf"),
        ("http://example.org/nothing", "ropa ask law"),
        ('"> <script>', "ropa ask law"),
        ("http://e.org/> } INSERT DATA {", "ropa ask law"),
        ("standard clauses", "law:scc-2021-914"),
        ("transfer-tool-mising", "ropa ask law"),
    ],
)
def test_unknown_names_are_told_with_what_comes_near(
    shelf: Shelf, name: str, hint: str
) -> None:
    """And nothing of them becomes part of a query."""
    shelf.put()
    with pytest.raises(UnknownName) as error:
        weigh(shelf, name)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("c-311-18", "law:eu-us-privacy-shield"),
        ("law:gb-2021-1772-renewal", "law:gb-2021-1772"),
        ("law:scc-2021-914-module-1", "law:scc-2021-914"),
        ("eu-gdpr:A46-2-c", "law:scc-2021-914"),
        ("SCC", "law:scc-2021-914"),
        ("adequacy", "law:"),
        ("dpv:Marketing", "decision"),
        ("India", "decision"),
        ("", "decision"),
    ],
)
def test_what_no_transfer_rests_on_is_refused_with_what_was_meant(
    shelf: Shelf, name: str, hint: str
) -> None:
    """A judgment, an extension, a module, a kind of tool, a purpose, nothing."""
    shelf.put()
    with pytest.raises(InputError) as error:
        weigh(shelf, name)
    assert hint in error.value.hint
    assert error.value.exit_code == 2


@pytest.mark.parametrize("instead", ["dpv:Marketing", "loc:NO", "c-311-18"])
def test_what_is_no_tool_mends_nothing(shelf: Shelf, instead: str) -> None:
    """It is refused, not judged."""
    shelf.put()
    with pytest.raises(InputError, match="is no tool"):
        weigh(shelf, "dpf", instead=instead)


def test_a_tool_cannot_take_its_own_place(shelf: Shelf) -> None:
    """By whatever name it is called."""
    shelf.put()
    with pytest.raises(InputError, match="in its own place"):
        weigh(shelf, "dpf", instead="(EU) 2023/1795")


# -- the whole -----------------------------------------------------------------------


def test_an_empty_register_has_nothing_to_lose(shelf: Shelf) -> None:
    """No entries, no transfers, no error."""
    shelf.put()
    for name in ("dpf", "scc 2021", "NO"):
        found = weigh(shelf, name)
        assert found.affected == found.companies == found.vendors == ()


PLACES = some.sampled_from([(), (LOC.US,), (LOC.NO,), (LOC.US, LOC.JP), (LOC.GB,)])
TOOLS = some.sets(
    some.sampled_from([GDPR["A45-3"], GDPR["A46-2-c"], GDPR["A49-1-a"]]), max_size=2
)
DECISIONS = some.sets(
    some.sampled_from([DPF, SHIELD, UK, CLAUSES, OLD_CLAUSES]), max_size=2
)
TRANSFERS = some.lists(
    some.tuples(PLACES, TOOLS, DECISIONS, some.booleans()), max_size=6
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    made=TRANSFERS,
    name=some.sampled_from(["dpf", "privacy-shield", "scc 2021", "NO", "UK"]),
    day=some.sampled_from([TODAY, date(2019, 6, 1), date(2022, 6, 1)]),
)
def test_the_groups_share_out_the_transfers_and_agree_with_the_question(
    shelf: Shelf,
    made: list[tuple[tuple[Node, ...], set[Node], set[Node], bool]],
    name: str,
    day: date,
) -> None:
    """Each row is in one group, none is lost in the sums, and nothing is written.

    Where no decision had to be supposed, what was before is what the question itself
    answers; a group never contradicts its two answers.
    """
    statements = [
        statement
        for number, (places, tools, decisions, by_record) in enumerate(made)
        for statement in transfer(
            str(number),
            *places,
            tools=(*tools,),
            decisions=(*decisions,),
            by_record=by_record,
        )
    ]
    shelf.put(*statements)
    before = shelf.digest()
    found = weigh(shelf, name, day)
    assert shelf.digest() == before
    rows = [(one.transfer, one.country) for one in found.affected]
    assert len(rows) == len(set(rows))
    assert sum(len(found.of_kind(kind)) for kind in footing.kinds()) == len(rows)
    assert sum(sum(one.counts.values()) for one in found.companies) == len(rows)
    text = asking.sparql(shelf, "transfers", as_of=found.judged)
    table = shelf.select(text.replace("SELECT\n", "SELECT ?transfer ?countries\n", 1))
    at = [table.columns.index(key) for key in ("transfer", "countries", "valid")]
    stated = {(str(row[at[0]]), row[at[1]]): str(row[at[2]]) for row in table.rows}
    order = ["false", "unknown", "true"]
    for one in found.affected:
        assert order.index(one.after) <= order.index(one.before)
        if not one.supposed:
            assert stated[str(one.transfer), one.country] == one.before
        allowed = {
            LOSES: {("true", "false"), ("true", "unknown")},
            STANDS: {("true", "true")},
            NONE: {("false", "false")},
            OPEN: {("true", "unknown"), ("unknown", "unknown"), ("unknown", "false")},
        }
        assert (one.before, one.after) in allowed[one.kind]
        assert bool(one.carried_by) == (one.kind == STANDS)
    assert Impact.from_json(found.as_json()) == found


def test_json_follows_its_schema_and_is_read_back(shelf: Shelf) -> None:
    """With every part filled: losses, mending, likely ones, remarks."""
    part = URIRef(f"{activity('a')}#recipient-a")
    shelf.put(
        *transfer("a", LOC.US, decisions=(DPF,)),
        *transfer("b", LOC.US),
        *transfer("c", LOC.US, decisions=(DPF, CLAUSES), by_record=True),
        *recipient("a", (ROPA.organisation, VENDOR)),
        (activity("a"), DPV.hasPersonalData, DPV.PersonalData),
    )
    shelf.put_aside(
        entry.inferred_graph(activity("a")), (part, ROPA.likelyTransferTo, LOC.US)
    )
    found = weigh(shelf, "dpf", date(2030, 1, 1), "scc-2010-87")
    text = resources.files("ropa").joinpath("schemas/impact.schema.json").read_text()
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    values = json.loads(found.as_json())
    Draft202012Validator(schema).validate(values)
    assert values["sums"]["loses"]["transfers"] == 1
    assert values["likely"]
    assert Impact.from_json(found.as_json()) == found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "ropa-impact/2"}'])
def test_what_is_no_impact_is_not_read(text: str) -> None:
    """A server that answers something else is told apart."""
    with pytest.raises(InternalError):
        Impact.from_json(text)


def test_every_kind_and_remark_has_a_word(shelf: Shelf) -> None:
    """The words of programs are those of the ontology, each once."""
    words = vocabulary.load()
    terms = [
        term
        for scheme in (ROPA.impactKinds, ROPA.impactRemarks)
        for term, way in words.naming(scheme)
        if way == SKOS.inScheme
    ]
    assert len({footing.word(term) for term in terms}) == len(terms) == 14
    assert {*footing.kinds()} < {*terms}


# -- the five ------------------------------------------------------------------------


def test_the_shield_in_2019_on_the_five(register: Register) -> None:
    """The one named transfer to the United States, and two of which nobody knows."""
    found = register.impact("privacy-shield", as_of=date(2019, 6, 1))
    assert [
        (curie(one.transfer).partition("#")[2], one.kind) for one in found.affected
    ] == [
        ("transfer-hubspot", LOSES),
        ("transfer-providers", OPEN),
        ("transfer-providers-abroad", OPEN),
    ]
    assert found.sums(LOSES)["by_record"] == 14


def test_the_framework_today_on_the_five(register: Register) -> None:
    """Nobody names it; the Shield that one notice names had fallen already."""
    found = register.impact("dpf", lang="fr")
    assert found.of_kind(LOSES) == []
    assert found.of_kind(NONE)[0].remarks == (ROPA.ToolDeclaredInvalid,)
    assert found.name(LOC.US) == "États-Unis"


def test_nothing_stated_in_the_register_changes(register: Register) -> None:
    """Not a statement: everything is compared, what is kept beside entries too."""
    register.refresh_inferred()

    def lines() -> Iterator[bytes]:
        yield from sorted(b"".join(register.dump()).splitlines())

    before = list(lines())
    revision = register.revision
    register.impact("FR", instead="scc-2021-914")
    assert list(lines()) == before
    assert register.revision == revision


def test_the_first_day_of_the_calendar_has_no_eve(shelf: Shelf) -> None:
    """Nothing held then, and that can be said."""
    shelf.put(*transfer("a", LOC.US, tools=(GDPR["A45-3"],), decisions=(DPF,)))
    one = only(weigh(shelf, "dpf", date.min))
    assert one.kind == ROPA.HadNoFooting


def test_a_country_is_named_by_its_code_in_any_letters(shelf: Shelf) -> None:
    """Whoever types gb means GB."""
    shelf.put(*transfer("a", LOC.GB, tools=(GDPR["A45-3"],), decisions=(UK,)))
    assert weigh(shelf, "gb").without == weigh(shelf, "GB").without
