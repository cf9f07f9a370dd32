"""What follows is kept beside entries, made again when it must be, and never stated."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    answering,
    bounded,
    checking,
    entry,
    inference,
    inferring,
    revisions,
    saving,
    staleness,
    syntax,
)
from ropa.answers import Words
from ropa.errors import EntryRejected, LimitReached
from ropa.reader import today
from ropa.register import Register
from ropa.terms import DCT, DPV, GDPR, LAW, LOC, PD, RDF, ROPA, SKOS

BASE = "http://127.0.0.1:8000/"
FIRM = URIRef(f"{BASE}companies/firm")
RECORD = URIRef(f"{FIRM}#record")
CARE = URIRef(f"{BASE}activities/firm/care")
MAIL = URIRef(f"{BASE}activities/firm/mail")
HOST = URIRef(f"{BASE}organisations/host")
ENTRIES = """
@base <http://127.0.0.1:8000/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix pd: <https://w3id.org/dpv/pd#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<companies/firm> a dpv:LegalEntity ; dpv:hasName "Firm" ; dpv:hasCountry loc:FR .
<companies/firm#record> a dpcat:ROPA ; dct:title "Record of Firm"@en ;
    dct:publisher <companies/firm> ; ropa:profile ropa:Register .
<organisations/host> a dpv:Organisation ; dpv:hasName "Host" ; dpv:hasCountry loc:US .
<activities/firm/care> a dpv:PersonalDataProcess ; dct:title "Care"@en ;
    dct:isPartOf <companies/firm#record> ; dpv:hasDataController <companies/firm> ;
    dpv:hasPersonalData <activities/firm/care#blood> ;
    dpv:hasPurpose <activities/firm/care#treating> .
<activities/firm/care#blood> a dpv:PersonalData ; skos:prefLabel "Blood"@en ;
    skos:broader pd:Health .
<activities/firm/care#treating> a dpv:Purpose ; skos:prefLabel "Treating"@en ;
    skos:broader dpv:ServiceProvision ; dpv:hasLegalBasis eu-gdpr:A6-1-b .
<activities/firm/mail> a dpv:PersonalDataProcess ; dct:title "Mail"@en ;
    dct:isPartOf <companies/firm#record> ; dpv:hasDataController <companies/firm> ;
    dpv:hasProcessing <activities/firm/mail#transfer> ;
    dpv:hasRecipient <activities/firm/mail#host> .
<activities/firm/mail#host> a dpv:DataProcessor ;
    ropa:organisation <organisations/host> .
<activities/firm/mail#transfer> a dpv:CrossBorderTransfer ;
    dpv:hasThirdCountry loc:GB ; dpv:hasDataImporter <organisations/host> .
"""
SPECIAL = (CARE, RDF.type, ROPA.SpecialCategoryActivity)
BASIS = (CARE, DPV.hasLegalBasis, GDPR["A6-1-b"])
# The decision on the United Kingdom holds from the first of these days, not before.
DECIDED = date(2021, 6, 28)
BRIDGED = date(2021, 6, 27)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, two activities and an organisation."""
    place = tmp_path_factory.mktemp("inferring") / "register"
    with Register.create(str(place), base=BASE) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="a tester")
    return place


@pytest.fixture
def firm(template: Path, tmp_path: Path) -> Iterator[Register]:
    """A register of its own for each test."""
    place = tmp_path / "register"
    shutil.copytree(template, place)
    with Register.open(str(place)) as opened:
        yield opened


def beside(firm: Register, name: URIRef) -> Graph:
    """Give what is kept beside an entry, as it is."""
    return firm.graph(entry.inferred_graph(name))


def change(
    firm: Register, name: URIRef, *, add: object = (), drop: object = ()
) -> None:
    """Save an entry with some statements more or less."""
    graph = firm.read(name)
    for triple in drop:  # type: ignore[attr-defined]
        graph.remove(triple)
    for triple in add:  # type: ignore[attr-defined]
        graph.add(triple)
    firm.add(graph, author="a tester", replaces=revisions.ANY)


def test_what_follows_is_saved_with_the_entry(firm: Register) -> None:
    """One write brings the entry and what follows from it, each with what made it."""
    graph = beside(firm, CARE)
    assert SPECIAL in graph
    assert BASIS in graph
    made_by = {}
    for claim in graph.subjects(RDF.type, ROPA.Claim):
        ways = (ROPA.about, ROPA.field, ROPA.value)
        said = tuple(graph.value(claim, way) for way in ways)
        assert said in set(graph)
        assert graph.value(claim, ROPA.origin) == ROPA.Inferred
        made_by[said] = graph.value(claim, ROPA.entailedBy)
    assert made_by[SPECIAL] == ROPA.SpecialCategoryActivity
    assert str(made_by[BASIS]).endswith("/entailments/legal-bases-of-purposes")
    # Each statement but the head's and the claims' own has its claim.
    heads = {entry.inferred_graph(CARE), *graph.subjects(RDF.type, ROPA.Claim)}
    assert {t for t in graph if t[0] not in heads} == set(made_by)


def test_the_head_says_for_which_day_and_by_what(firm: Register) -> None:
    """A kept inference names its entry, the day and the digest of what made it."""
    graph, name = beside(firm, CARE), entry.inferred_graph(CARE)
    assert graph.value(name, RDF.type) == ROPA.Inference
    assert graph.value(name, ROPA.inferredFrom) == CARE
    assert str(graph.value(name, ROPA.asOf)) == today().isoformat()
    assert str(graph.value(name, ROPA.inferenceDigest)) == inference.digest()


def test_nothing_inferred_is_stated(firm: Register) -> None:
    """The entry stays as it was handed in, and a plain query does not see the rest."""
    assert SPECIAL not in firm.read(CARE)
    rows = firm.select("SELECT ?s { ?s a ropa:SpecialCategoryActivity }").rows
    assert rows == []
    inside = "SELECT ?s { GRAPH ?g { ?s a ropa:SpecialCategoryActivity } }"
    assert firm.select(inside).rows == [(CARE,)]


def test_what_is_stated_is_not_inferred_as_well(firm: Register) -> None:
    """A basis stated for the activity itself is the company's, and no conclusion."""
    change(firm, CARE, add=[BASIS])
    assert BASIS in firm.read(CARE)
    assert BASIS not in beside(firm, CARE)


def test_a_change_takes_its_conclusions_away(firm: Register) -> None:
    """What no longer follows is gone with the write that ended it."""
    blood = URIRef(f"{CARE}#blood")
    change(
        firm,
        CARE,
        drop=[(blood, SKOS.broader, PD.Health)],
        add=[(blood, SKOS.broader, PD.Name)],
    )
    assert SPECIAL not in beside(firm, CARE)
    assert BASIS in beside(firm, CARE)


def test_an_entry_that_is_taken_out_takes_all_with_it(firm: Register) -> None:
    """No inferred graph outlives its entry."""
    firm.remove(CARE, author="a tester", replaces=revisions.ANY)
    assert len(beside(firm, CARE)) == 0
    assert entry.inferred_graph(CARE) not in firm.graphs()


def test_a_refused_entry_leaves_nothing(firm: Register) -> None:
    """Neither the entry nor what would follow from it is written."""
    before = b"".join(firm.dump())
    bad = URIRef(f"{BASE}activities/firm/bad")
    graph = Graph()
    graph.add((bad, RDF.type, DPV.PersonalDataProcess))
    graph.add((bad, DPV.hasPersonalData, PD.Health))
    with pytest.raises(EntryRejected):
        firm.add(graph, author="a tester", replaces=revisions.ANY)
    assert b"".join(firm.dump()) == before


def test_activities_follow_their_company(firm: Register) -> None:
    """A recipient that the record names comes to concern the activities at once."""
    part = URIRef(f"{FIRM}#lawyers")
    change(
        firm,
        FIRM,
        add=[
            (RECORD, DPV.hasRecipient, part),
            (part, RDF.type, DPV.ThirdParty),
            (part, SKOS.prefLabel, Literal("Lawyers", lang="en")),
        ],
    )
    concerned = (CARE, DPV.hasRecipient, part)
    assert concerned in beside(firm, CARE)
    assert concerned not in firm.read(CARE)


def test_what_an_organisation_says_reaches_those_that_name_it(firm: Register) -> None:
    """Its country moved: from entries that name it something else may follow."""
    firm.refresh_inferred()
    change(
        firm,
        HOST,
        drop=[(HOST, DPV.hasCountry, LOC.US)],
        add=[(HOST, DPV.hasCountry, LOC.FR)],
    )
    assert inferring.stale(firm._store, [CARE, MAIL], today()) == [MAIL]
    assert firm.refresh_inferred() == 1
    assert firm.refresh_inferred() == 0


def test_only_what_is_stale_is_inferred_again(
    firm: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same day and the same law: nothing; another logic: all."""
    firm.refresh_inferred()
    assert firm.refresh_inferred() == 0
    monkeypatch.setattr(inference, "digest", lambda: "sha256:another")
    names = firm._checkable()
    assert inferring.stale(firm._store, names, today()) == names


def test_a_day_on_which_the_law_moves_makes_it_stale(firm: Register) -> None:
    """Between two law days nothing has to be made again."""
    firm.refresh_inferred()
    assert inferring.stale(firm._store, [MAIL], BRIDGED) == [MAIL]
    made = {
        str(MAIL): (DECIDED.isoformat(), inference.digest()),
        str(CARE): (BRIDGED.isoformat(), inference.digest()),
    }
    assert staleness.stale(
        [MAIL, CARE],
        made,
        select=firm._store.select,
        digest=inference.digest(),
        today=DECIDED,
    ) == [CARE]


def inferred_on(firm: Register, day: date) -> set[tuple[Node, ...]]:
    """Give what follows about transfers by the law of a day, as the question tells."""
    rows = firm.ask("inferred", as_of=day).rows
    return {row[2:5] for row in rows if row[2] == URIRef(f"{MAIL}#transfer")}  # type: ignore[misc]


def test_the_law_of_another_day_is_applied_and_not_kept(firm: Register) -> None:
    """Covered from the day of the decision on; what is kept is today's."""
    covered = (URIRef(f"{MAIL}#transfer"), ROPA.coveredBy, LAW["gb-2021-1772"])
    before = b"".join(firm.dump())
    assert covered not in inferred_on(firm, BRIDGED)
    assert covered in inferred_on(firm, DECIDED)
    assert b"".join(firm.dump()) == before


def test_entries_inferred_together_or_apart_give_the_same(firm: Register) -> None:
    """Portions change nothing, however small."""
    names = firm._checkable()
    entries = {name: firm.graph(name) for name in names}
    day = today()
    whole = inferring.infer(firm._store, firm.vocabulary, entries, as_of=day)
    parts = inferring.infer(firm._store, firm.vocabulary, entries, as_of=day, most=1)
    assert {n: set(g) for n, g in whole.items()} == {
        n: set(g) for n, g in parts.items()
    }
    assert sorted(whole) == names


def test_a_new_entry_is_seen_with_what_the_register_has(firm: Register) -> None:
    """The same follows before it is saved, beside its company, as afterwards."""
    new = URIRef(f"{BASE}activities/firm/second")
    text = syntax.serialize(firm.read(CARE), syntax.Syntax.NTRIPLES).decode()
    graph = Graph().parse(data=text.replace(CARE, new), format="nt")
    early = inferring.infer(firm._store, firm.vocabulary, {new: graph}, as_of=today())
    firm.add(graph, author="a tester", replaces=revisions.ANY)
    # What is kept bears its digest as well.
    assert set(early[new]) < set(beside(firm, new))
    assert [p for _, p, _ in set(beside(firm, new)) - set(early[new])] == [
        ROPA.contentDigest
    ]
    assert (new, RDF.type, ROPA.SpecialCategoryActivity) in early[new]


def test_a_hierarchy_in_a_circle_comes_to_an_end(firm: Register) -> None:
    """Own terms may point at each other; what follows is found all the same."""
    blood, again = URIRef(f"{CARE}#blood"), URIRef(f"{CARE}#again")
    change(
        firm,
        CARE,
        add=[
            (blood, SKOS.broader, again),
            (again, SKOS.broader, blood),
            (again, RDF.type, DPV.PersonalData),
            (again, SKOS.prefLabel, Literal("Again", lang="en")),
        ],
    )
    graph = beside(firm, CARE)
    assert SPECIAL in graph
    assert (again, RDF.type, ROPA.SpecialCategoryData) in graph


def test_thousands_of_parts_come_to_an_end(firm: Register) -> None:
    """An entry of three thousand kinds of data is judged within the limits."""
    graph = firm.read(CARE)
    for number in range(3000):
        part = URIRef(f"{CARE}#data-{number}")
        graph.add((CARE, DPV.hasPersonalData, part))
        graph.add((part, RDF.type, DPV.PersonalData))
        graph.add((part, SKOS.broader, PD.Health if number % 2 else PD.Name))
    found = inferring.infer(firm._store, firm.vocabulary, {CARE: graph}, as_of=today())[
        CARE
    ]
    members = set(found.subjects(RDF.type, ROPA.SpecialCategoryData))
    assert len([m for m in members if str(m).startswith(f"{CARE}#data-")]) == 1500


def test_what_takes_too_long_is_told_and_nothing_is_written(
    firm: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is named; the register is as it was."""
    limits = bounded.Limits(seconds=0.001)
    monkeypatch.setattr(inferring, "INFER_LIMITS", limits)
    before = b"".join(firm.dump())
    with pytest.raises(LimitReached, match="time limit"):
        change(firm, CARE, add=[(CARE, DCT.title, Literal("Soins", lang="fr"))])
    assert b"".join(firm.dump()) == before


def test_an_entry_cannot_say_what_follows_from_another(firm: Register) -> None:
    """Nothing is concluded about things of other entries, whatever is said of them."""
    graph = firm.read(MAIL)
    graph.add((CARE, DPV.hasPersonalData, PD.Criminal))
    found = inferring.infer(firm._store, firm.vocabulary, {MAIL: graph}, as_of=today())[
        MAIL
    ]
    owners = {inference.owner(s) for s, _, _ in found if not isinstance(s, Literal)}
    assert owners <= {MAIL}


VENDOR = URIRef(f"{CARE}#vendor")
LIKELY = (VENDOR, ROPA.likelyTransferTo, LOC.US)


def naming_a_vendor(firm: Register) -> None:
    """Have an activity name a vendor that is known to be established outside."""
    house = URIRef(f"{BASE}organisations/hubspot")
    graph = firm.read(CARE)
    graph.add((CARE, ROPA.namesVendor, VENDOR))
    graph.add((VENDOR, RDF.type, ROPA.NamedVendor))
    graph.add((VENDOR, ROPA.organisation, house))
    graph.add((house, RDF.type, DPV.Organisation))
    graph.add((house, DPV.hasName, Literal("HubSpot")))
    firm.add(graph, author="a tester", replaces=revisions.ANY)


def asked(firm: Register) -> list[tuple[object, ...]]:
    """Give the likely transfers that the question on US transfers lists."""
    rows = firm.ask("us-transfers", claims="all").rows
    return [row for row in rows if str(row[-1]) == "inferred"]


def test_a_likely_transfer_is_a_question_that_stays_answered(firm: Register) -> None:
    """Asked by a finding; once answered no it is listed no more, and comes back."""
    naming_a_vendor(firm)
    assert LIKELY in beside(firm, CARE)
    assert [str(row[1]) for row in asked(firm)] == ["care"]
    assert firm.ask("us-transfers").rows == []
    (found,) = [f for f in firm.check().findings if f.rule == "transfer-likely"]
    assert (found.focus, found.value, found.is_question) == (VENDOR, LOC.US, True)
    assert found.message["en"].startswith("The company behind “HubSpot” is established")
    assert found.message["fr"].endswith(" ?")

    which = answering.Which(finding=found.key)
    firm.answer(which, Words("no", "Its Irish company keeps the data there.", "Ann"))
    assert asked(firm) == []
    (kept,) = [f for f in firm.check().findings if f.rule == "transfer-likely"]
    assert kept.answer is not None
    assert kept.answer.kind == "no"
    told = [one.answered for one in firm.why(CARE).whys if one.asked == found.key]
    assert told
    assert all("Irish company" in text and "Ann" in text for text in told)
    # Another change of the entry does not ask again.
    change(firm, CARE, add=[(CARE, DCT.title, Literal("Soins", lang="fr"))])
    assert asked(firm) == []
    assert LIKELY in beside(firm, CARE)

    firm.withdraw_answer(which, Words("", "The contract changed.", "Ann"))
    assert [str(row[1]) for row in asked(firm)] == ["care"]


def test_an_answer_that_ended_or_says_yes_hides_nothing(firm: Register) -> None:
    """Yes means that a transfer is missing; an answer for some time ends with it."""
    naming_a_vendor(firm)
    (found,) = [f for f in firm.check().findings if f.rule == "transfer-likely"]
    which = answering.Which(finding=found.key)
    firm.answer(which, Words("yes", "To their house in Boston.", "Ann"))
    assert len(asked(firm)) == 1
    until = (today() + timedelta(days=1)).isoformat()
    firm.answer(which, Words("no", "Not before the move.", "Ann", until=until))
    assert asked(firm) == []
    later = today() + timedelta(days=2)
    rows = firm.ask("us-transfers", claims="all", as_of=later).rows
    assert [str(row[-1]) for row in rows] == ["inferred"]


def test_a_stated_transfer_ends_the_question(firm: Register) -> None:
    """Whoever records the transfer is asked no longer."""
    naming_a_vendor(firm)
    part = URIRef(f"{CARE}#transfer")
    house = URIRef(f"{BASE}organisations/hubspot")
    change(
        firm,
        CARE,
        add=[
            (CARE, DPV.hasProcessing, part),
            (part, RDF.type, DPV.CrossBorderTransfer),
            (part, DPV.hasDataImporter, house),
            (part, DPV.hasThirdCountry, LOC.US),
        ],
    )
    assert LIKELY not in beside(firm, CARE)
    assert "transfer-likely" not in {f.rule for f in firm.check().findings}
    assert [str(row[-1]) for row in firm.ask("us-transfers", claims="all").rows] == [
        "stated"
    ]


def test_a_record_is_not_asked_what_an_activity_states(firm: Register) -> None:
    """The company's conclusions follow the transfers of its activities."""
    naming_a_vendor(firm)
    house = URIRef(f"{BASE}organisations/hubspot")
    part = URIRef(f"{FIRM}#vendor")
    likely = (part, ROPA.likelyTransferTo, LOC.US)
    change(
        firm,
        FIRM,
        add=[
            (RECORD, ROPA.namesVendor, part),
            (part, RDF.type, ROPA.NamedVendor),
            (part, ROPA.organisation, house),
        ],
    )
    assert likely in beside(firm, FIRM)
    transfer = URIRef(f"{MAIL}#transfer")
    change(
        firm,
        MAIL,
        drop=[(transfer, DPV.hasDataImporter, HOST)],
        add=[(transfer, DPV.hasDataImporter, house)],
    )
    assert len(beside(firm, FIRM)) == 0
    assert likely not in firm.inferred(FIRM)
    # An activity that says nothing else leaves its company alone.
    change(firm, MAIL, add=[(MAIL, DCT.title, Literal("Courrier", lang="fr"))])
    assert len(beside(firm, FIRM)) > 0
    firm.remove(MAIL, author="a tester", replaces=revisions.ANY)
    assert likely in firm.inferred(FIRM)


def found_by_question(firm: Register) -> list[str]:
    """Give the rules that the kept findings name for one activity."""
    rows = firm.ask("findings", company="firm").rows
    return [str(row[2]) for row in rows if str(row[1]) == "care"]


def test_findings_follow_what_newly_follows(firm: Register) -> None:
    """Kept by an older version, of entries that nothing was inferred from then."""
    naming_a_vendor(firm)
    day, entries = today(), {CARE: firm.graph(CARE)}
    old = checking.review(firm._store, firm.vocabulary, entries, as_of=day, inferred={})
    kept = saving.findings_of(old, entries)
    for refresh in (firm.refresh_inferred, firm.refresh_findings):
        firm._store.write(kept | {entry.inferred_graph(CARE): None})
        refresh()
        assert "transfer-likely" in found_by_question(firm)


def test_nothing_is_looked_through_twice(
    firm: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until something is written, or the day or the rules change."""
    firm.refresh_findings()

    def looked(*_: object, **__: object) -> list[URIRef]:
        raise AssertionError

    monkeypatch.setattr(inferring, "stale", looked)
    firm.refresh_findings()
    assert firm.refresh_inferred() == 0
    monkeypatch.setattr(inference, "digest", lambda: "sha256:another")
    for refresh in (firm.refresh_findings, firm.refresh_inferred):
        with pytest.raises(AssertionError):
            refresh()
    monkeypatch.undo()
    change(firm, CARE, add=[(CARE, DCT.title, Literal("Soins", lang="fr"))])
    monkeypatch.setattr(inferring, "stale", looked)
    with pytest.raises(AssertionError):
        firm.refresh_inferred()
