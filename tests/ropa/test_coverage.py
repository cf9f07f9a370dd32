"""The states of items on small registers made by hand, with and without claims."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import Graph
from rdflib.term import URIRef

from ropa import assets, entry
from ropa.asking import ask
from ropa.store import open_store
from ropa.store.base import Store
from ropa.syntax import Syntax, parse

BASE = "https://example.org/register/"
WORDS = ("items", "ropa", "dpv", "gdpr", "pd", "countries")
PREFIXES = """
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix pd: <https://w3id.org/dpv/pd#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@base <https://example.org/register/> .
"""
RECORD = """
<companies/firm> a dpv:LegalEntity ; dpv:hasName "Firm" ; dpv:hasCountry loc:FR ;
    ropa:email "office@firm.example" ;
    dpv:hasDataProtectionOfficer <companies/firm#dpo> .
<companies/firm#dpo> a ropa:Contact ; ropa:email "dpo@firm.example" .
<companies/firm#record> a dpcat:ROPA ; dct:title "Record"@en ;
    dct:publisher <companies/firm> ; ropa:profile ropa:Register .
"""
ACTIVITY = """
<activities/firm/{0}> a dpv:PersonalDataProcess ; dct:title "{0}"@en ;
    dct:isPartOf <companies/firm#record> ; {1} <companies/firm> .
"""
FULL = """
<activities/firm/{0}> dpv:hasPurpose <activities/firm/{0}#why> ;
    dpv:hasDataSubject dpv:Customer ; dpv:hasPersonalData pd:Name ;
    dpv:hasRecipient <activities/firm/{0}#to> ;
    dpv:hasStorageCondition <activities/firm/{0}#keep> ;
    dpv:hasTechnicalOrganisationalMeasure dpv:Encryption .
<activities/firm/{0}#why> a dpv:Purpose ; skos:prefLabel "Why"@en ;
    dpv:hasLegalBasis eu-gdpr:A6-1-b .
<activities/firm/{0}#to> a dpv:Recipient ; skos:prefLabel "To"@en .
<activities/firm/{0}#keep> a dpv:StorageCondition ; ropa:period "P1Y" .
"""
CONTROLLER, PROCESSOR = "dpv:hasDataController", "dpv:hasDataProcessor"


def graph_of(text: str, *, base: str = BASE) -> Graph:
    """Read Turtle with the prefixes and base of these tests."""
    graph = Graph()
    prefixes = PREFIXES.replace(BASE, base)
    for subject, predicate, object_, _ in parse(
        prefixes + text, Syntax.TURTLE, base=base
    ):
        graph.add((subject, predicate, object_))
    return graph


def claim(about: str, field: str, state: str, value: str = "") -> str:
    """Write a claim of the company."""
    name = f"<claims/{abs(hash((about, field, state, value)))}>"
    said = f"ropa:value {value} ; " if value else ""
    return (
        f"{name} a ropa:Claim ; ropa:about {about} ; ropa:field {field} ; {said}"
        f"ropa:state ropa:{state} ; ropa:origin ropa:Recorded .\n"
    )


def activity(name: str, more: str = "", *, role: str = CONTROLLER) -> str:
    """Write an activity in which the firm has a role."""
    return ACTIVITY.format(name, role) + more.replace("{0}", name)


class Firm:
    """A register with one firm, whose coverage is asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def says(self, *texts: str, aside: str = "") -> Firm:
        """Store what the firm states, or what stands in a graph beside it."""
        graphs: dict[URIRef, Graph] = {}
        for one in graph_of("".join(texts)):
            at = entry.document(one[0])
            if not str(at).startswith(BASE + "activities/"):
                at = URIRef(BASE + "companies/firm")
            at = URIRef(str(at) + aside)
            graphs.setdefault(at, Graph()).add(one)
        self.store.write(dict(graphs))
        return self

    def states(self) -> dict[str, str]:
        """Give the state of each item, by its name without the first part."""
        rows = ask(self.store, "article-30-coverage").rows
        return {str(item).partition("#item-")[2]: str(s) for _c, item, s in rows}

    def by_activity(self, item: str) -> dict[str, str]:
        """Give the state of an item for each activity."""
        rows = ask(self.store, "coverage").rows
        return {
            str(a): str(s)
            for _c, a, i, _x, s in rows
            if str(i).endswith(f"#item-{item}")
        }


@pytest.fixture(scope="module")
def words() -> dict[URIRef, Graph]:
    """Read the terms that the questions go through."""
    found = {}
    for name in WORDS:
        graph = Graph()
        for s, p, o, _ in parse(assets.text("ontology", f"{name}.ttl"), Syntax.TURTLE):
            graph.add((s, p, o))
        found[URIRef(f"https://w3id.org/ropa-kg/ontology/{name}")] = graph
    return found


@pytest.fixture
def firm(words: dict[URIRef, Graph]) -> Iterator[Firm]:
    """Give a register that holds the words and nothing else."""
    store = open_store("memory:", in_union=entry.is_stated)
    store.write(dict(words))
    yield Firm(store)
    store.close()


def test_a_register_without_claims(firm: Firm) -> None:
    """Statements alone answer; what is left out is not stated, and nothing fails."""
    states = firm.says(RECORD, activity("shop", FULL)).states()
    stated = ("30-1-a", "30-1-b", "30-1-c", "30-1-d", "30-1-f", "30-1-g", "13-1-c")
    assert {states[item] for item in stated} == {"stated"}
    assert states["30-1-e"] == states["13-2-b"] == states["13-2-f"] == "not stated"
    assert len(states) == 38


def test_an_empty_record_is_that_of_a_controller(firm: Firm) -> None:
    """Before the first activity, the company's own details count already."""
    states = firm.says(RECORD).states()
    assert states["30-1-a"] == "stated"
    assert states["30-1-b"] == "not stated"
    assert states["30-2-a"] == "not applicable"


def test_a_processor_has_no_record_of_a_controller(firm: Firm) -> None:
    """Each side of Article 30 is judged on its own activities."""
    states = firm.says(
        RECORD,
        activity(
            "hosting",
            "<activities/firm/{0}> dpv:hasProcessing dpv:Store .",
            role=PROCESSOR,
        ),
    ).states()
    assert states["30-1-b"] == states["13-1-a"] == "not applicable"
    assert states["30-2-b"] == "stated"
    # Whom it serves is not said.
    assert states["30-2-a"] == "partial"
    served = """<activities/firm/{0}> dpv:hasProcessing dpv:Store ;
        dpv:hasDataController <organisations/client> ."""
    firm.says(RECORD, activity("hosting", served, role=PROCESSOR))
    assert firm.states()["30-2-a"] == "stated"


def test_both_sides_are_kept_apart(firm: Firm) -> None:
    """What the controller's activities state says nothing of the processor's."""
    states = firm.says(
        RECORD, activity("shop", FULL), activity("hosting", role=PROCESSOR)
    ).states()
    assert states["30-1-g"] == "stated"
    assert states["30-2-d"] == "not stated"


def test_activities_that_differ_make_an_item_partial(firm: Firm) -> None:
    """Some stated and some not is partial, and the other question says which."""
    firm.says(RECORD, activity("shop", FULL), activity("mail"))
    assert firm.states()["30-1-f"] == "partial"
    assert firm.by_activity("30-1-f") == {"mail": "not stated", "shop": "stated"}


def test_what_the_record_states_counts_for_each_activity(firm: Firm) -> None:
    """A statement for the whole record answers for its activities."""
    general = "<companies/firm#record> dpv:hasRecipient <companies/firm#to> ."
    firm.says(RECORD, general, activity("shop"), activity("mail"))
    assert firm.states()["30-1-d"] == "stated"
    silent = claim("<activities/firm/mail>", "dpv:hasRecipient", "NotStated")
    # An activity of which silence is claimed is not answered for by the record.
    firm.says(RECORD, general, activity("shop"), activity("mail", silent))
    assert firm.by_activity("30-1-d") == {"mail": "not stated", "shop": "stated"}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("Denied", "denied"),
        ("NotApplicable", "not applicable"),
        ("NotStated", "not stated"),
    ],
)
def test_a_claim_answers_where_there_is_no_statement(
    firm: Firm, state: str, word: str
) -> None:
    """Said to be none, without object, or looked for and not found."""
    said = claim("<companies/firm#record>", "dpv:hasRecipient", state)
    assert firm.says(RECORD, activity("shop"), said).states()["30-1-d"] == word


def test_a_claim_on_another_value_is_no_answer(firm: Firm) -> None:
    """Who denies one purpose has not said which there are."""
    said = claim(
        "<companies/firm#record>",
        "dpv:hasPurpose",
        "Denied",
        "dpv:SellDataToThirdParties",
    )
    assert firm.says(RECORD, activity("shop"), said).states()["30-1-b"] == "not stated"


def test_a_partial_claim_makes_the_statement_partial(firm: Firm) -> None:
    """What is given with something missing is partial."""
    said = claim(
        "<activities/firm/shop>",
        "dpv:hasRecipient",
        "Partial",
        "<activities/firm/shop#to>",
    )
    assert (
        firm.says(RECORD, activity("shop", FULL), said).states()["30-1-d"] == "partial"
    )


def test_transfers_are_judged_where_they_occur(firm: Firm) -> None:
    """One activity that transfers is enough; each transfer names where it goes."""
    country = "dpv:hasThirdCountry loc:US ;"
    sent = """<activities/firm/{0}> dpv:hasProcessing <activities/firm/{0}#sent> .
    <activities/firm/{0}#sent> a dpv:CrossBorderTransfer ; %s
        skos:prefLabel "Sent"@en ."""
    firm.says(RECORD, activity("shop", sent % country), activity("mail"))
    states = firm.states()
    assert states["30-1-e"] == "stated"
    assert states["13-1-f"] == "partial"  # Nothing is said of the safeguards.
    firm.says(RECORD, activity("shop", sent % ""), activity("mail"))
    assert firm.states()["30-1-e"] == "partial"


def test_no_transfers(firm: Firm) -> None:
    """That there are none is said, not implied by silence."""
    firm.says(RECORD, activity("shop"))
    assert firm.states()["30-1-e"] == "not stated"
    none = claim("<companies/firm#record>", "dpv:hasProcessing", "Denied")
    firm.says(RECORD, activity("shop"), none)
    assert firm.states()["30-1-e"] == "denied"
    # Nor does it deny that people are profiled.
    assert firm.states()["13-2-f"] == "not stated"


def test_profiling_that_is_denied(firm: Firm) -> None:
    """A denial of a kind of processing answers the item on automated decisions."""
    none = claim(
        "<companies/firm#record>", "dpv:hasProcessing", "Denied", "dpv:Profiling"
    )
    states = firm.says(RECORD, activity("shop"), none).states()
    assert states["13-2-f"] == "denied"
    assert states["30-1-e"] == "not stated"


def test_an_interest_is_asked_for_only_where_one_is_the_basis(firm: Firm) -> None:
    """Article 13(1)(d) concerns purposes that rest on Article 6(1)(f)."""
    firm.says(RECORD, activity("shop", FULL))
    assert firm.states()["13-1-d"] == "not applicable"
    resting = FULL.replace("A6-1-b", "A6-1-f-controller")
    firm.says(RECORD, activity("shop", resting))
    assert firm.states()["13-1-d"] == "not stated"
    named = '<activities/firm/{0}#why> ropa:namedInterest "Fraud"@en .'
    firm.says(RECORD, activity("shop", resting + named))
    assert firm.states()["13-1-d"] == "stated"


def test_withdrawal_is_asked_for_only_where_consent_is_a_basis(firm: Firm) -> None:
    """Article 13(2)(c) concerns what rests on consent."""
    firm.says(RECORD, activity("shop", FULL))
    assert firm.states()["13-2-c"] == "not applicable"
    firm.says(RECORD, activity("shop", FULL.replace("A6-1-b", "A6-1-a")))
    assert firm.states()["13-2-c"] == "not stated"


@pytest.mark.parametrize(
    ("country", "word"), [("loc:FR", "stated"), ("loc:US", "partial")]
)
def test_a_representative_is_asked_of_companies_from_elsewhere(
    firm: Firm, country: str, word: str
) -> None:
    """Within the European Economic Area nobody needs one, whatever a claim says."""
    silent = claim("<companies/firm>", "dpv:hasRepresentative", "NotStated")
    firm.says(RECORD.replace("loc:FR", country), silent, activity("shop"))
    assert firm.states()["13-1-a"] == word


def test_an_unknown_country_makes_no_representative_needless(firm: Firm) -> None:
    """Only a stated country inside the area does; an own claim decides before."""
    nowhere = RECORD.replace("dpv:hasCountry loc:FR ;", "")
    firm.says(nowhere, activity("shop"))
    states = firm.states()
    assert states["30-1-a"] == states["13-1-a"] == states["14-1-a"] == "partial"
    none = claim("<companies/firm>", "dpv:hasRepresentative", "NotApplicable")
    firm.says(nowhere, none, activity("shop"))
    assert firm.states()["13-1-a"] == "stated"


def test_silence_on_joint_controllers_takes_nothing_away(firm: Firm) -> None:
    """They are named where there are any, and looked for in vain without harm."""
    silent = claim(
        "<companies/firm#record>", "dpv:hasJointDataControllers", "NotStated"
    )
    firm.says(RECORD, activity("shop"), silent)
    assert firm.states()["30-1-a"] == "stated"


@pytest.mark.parametrize("item", ["13-1-d", "14-2-b", "13-2-c", "14-2-d"])
def test_an_unknown_basis_makes_nothing_needless(firm: Firm, item: str) -> None:
    """What no basis is stated of may rest on interests or on consent."""
    bare = FULL.replace("dpv:hasLegalBasis eu-gdpr:A6-1-b", "dct:description 'x'@en")
    for one in (bare, ""):
        firm.says(RECORD, activity("shop", FULL), activity("mail", one))
        assert firm.states()[item] == "not stated"
        # A processor rests on the bases of those whom it serves.
        firm.says(RECORD, activity("shop", FULL), activity("mail", one, role=PROCESSOR))
        assert firm.states()[item] == "not applicable"
    firm.says(RECORD, activity("shop", FULL), activity("mail", FULL))
    assert firm.states()[item] == "not applicable"


@pytest.mark.parametrize(
    ("holder", "basis", "word"),
    [
        ("companies/firm#record", "A6-1-b", "not applicable"),
        ("companies/firm#record", "A6-1-f", "not stated"),
        ("activities/firm/shop", "A6-1-b", "not applicable"),
        ("activities/firm/shop", "A6-1-f-controller", "not stated"),
    ],
)
def test_a_basis_in_general_is_that_of_each_purpose_without_one(
    firm: Firm, holder: str, basis: str, word: str
) -> None:
    """What is said for all decides whether an interest is asked for."""
    bare = FULL.replace("dpv:hasLegalBasis eu-gdpr:A6-1-b", "dct:description 'x'@en")
    general = f"<{holder}> dpv:hasLegalBasis eu-gdpr:{basis} ."
    firm.says(RECORD, activity("shop", bare), general)
    assert firm.states()["13-1-d"] == word
    assert firm.by_activity("13-1-d") == {"shop": word}
    assert firm.states()["13-2-c"] == "not applicable"


def test_a_record_without_activities_makes_nothing_needless(firm: Firm) -> None:
    """An empty record has not said what its purposes rest on."""
    states = firm.says(RECORD).states()
    assert states["13-1-d"] == states["13-2-c"] == "not stated"


def test_where_the_data_come_from_decides_between_articles(firm: Firm) -> None:
    """Data that people give are no matter of Article 14, bought ones none of 13."""
    datum = """<activities/firm/{0}> dpv:hasPersonalData <activities/firm/{0}#datum> .
    <activities/firm/{0}#datum> a dpv:PersonalData ; dpv:hasDataSource ropa:%s ."""
    firm.says(RECORD, activity("shop", datum % "GivenByPerson"))
    states = firm.states()
    assert states["13-1-c"] == "not stated"
    assert states["14-1-c"] == states["14-2-f"] == "not applicable"
    firm.says(RECORD, activity("shop", datum % "PurchasedSource"))
    states = firm.states()
    assert states["13-1-c"] == "not applicable"
    assert states["14-1-d"] == states["14-2-f"] == "stated"


def test_rights_that_are_refused(firm: Firm) -> None:
    """A right that is refused is no right explained."""
    rights = "".join(
        f"<companies/firm#record> dpv:hasRight <companies/firm#{name}> ."
        f"<companies/firm#{name}> skos:broader eu-gdpr:{name} ."
        for name in ("A15", "A16", "A17", "A18", "A20", "A21")
    )
    firm.says(RECORD, activity("shop"), rights)
    assert firm.states()["13-2-b"] == "stated"
    firm.says(
        RECORD,
        activity("shop"),
        rights,
        "<companies/firm#A20> ropa:position ropa:Refused .",
    )
    assert firm.states()["13-2-b"] == "partial"


def test_no_officer_is_an_answer(firm: Firm) -> None:
    """A company that says it has no officer has said all of Article 30(1)(a)."""
    without = RECORD.replace("dpv:hasDataProtectionOfficer", "dct:relation")
    firm.says(without, activity("shop"))
    assert firm.states()["30-1-a"] == "partial"
    none = claim("<companies/firm>", "dpv:hasDataProtectionOfficer", "Denied")
    firm.says(without, activity("shop"), none)
    assert firm.states()["30-1-a"] == "stated"
    assert firm.states()["13-1-b"] == "denied"


def test_what_is_inferred_or_suggested_never_counts(firm: Firm) -> None:
    """Neither what follows, nor what somebody would add, is said by the company."""
    firm.says(RECORD, activity("shop"))
    before = firm.states()
    for aside in ("/inferred", "/suggested"):
        firm.says(RECORD, FULL.replace("{0}", "shop"), aside=aside)
    assert firm.states() == before
    guess = claim("<companies/firm#record>", "dpv:hasRecipient", "Denied")
    firm.says(RECORD, activity("shop"), guess.replace("Recorded", "Inferred"))
    assert firm.states()["30-1-d"] == "not stated"


def test_an_answer_is_narrowed_to_a_company(firm: Firm) -> None:
    """Only the rows of the company asked for are given, and all of them."""
    other = RECORD.replace("firm", "other").replace("Firm", "Other")
    firm.says(RECORD, activity("shop"))
    firm.store.write({URIRef(BASE + "companies/other"): graph_of(other)})
    rows = ask(firm.store, "article-30-coverage", company="other").rows
    assert {str(row[0]) for row in rows} == {"other"}
    assert len(rows) == 38
    assert len(ask(firm.store, "article-30-coverage").rows) == 76
    assert ask(firm.store, "coverage", company="other").rows == []
