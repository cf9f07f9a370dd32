"""What becomes of a revision: draft, submitted, approved, superseded, ended."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import (
    approval,
    approving,
    asking,
    entry,
    history,
    past,
    recording,
    verifying,
    vocabulary,
)
from ropa.approval import Done, Kind, State
from ropa.approving import ANY
from ropa.errors import ApprovalRefused, Conflict, InputError, NotFound, RopaError
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import DCT, DPCAT, RDF, ROPA, SH, SKOS

BASE = "http://127.0.0.1:8000/"
ORDERS = URIRef(f"{BASE}activities/mill/orders")
PAYROLL = URIRef(f"{BASE}activities/mill/payroll")
MILL = URIRef(f"{BASE}companies/mill")
RECORD = URIRef(f"{MILL}#record")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    opened = open_store("memory:", in_union=entry.is_stated)
    yield opened
    opened.close()


def write(store: Store, name: URIRef, title: str | None, author: str = "Ann") -> str:
    """Write an entry with a title, or take it out; give the digest."""
    graph = Graph()
    if title is not None:
        graph.add((name, DCT.title, Literal(title, lang="en")))
        graph.add((name, DCT.isPartOf, RECORD))
    account = history.Account(history.Author.person(author))
    recording.record(store, BASE, {name: graph}, account)
    return entry.digest(graph)


def take(
    store: Store,
    kind: Kind,
    name: URIRef = ORDERS,
    seen: str = ANY,
    *,
    author: str = "Bob",
    reason: str = "",
    today: date = TODAY,
) -> Done:
    """Take a step for one entry."""
    if not reason and kind in (Kind.WITHDRAWAL, Kind.ENDING):
        reason = "Thought better of it"
    return approving.take(
        store,
        kind,
        {name: seen},
        base=BASE,
        author=author,
        reason=reason,
        today=today,
    )


def states(store: Store, name: URIRef = ORDERS, until: int | None = None) -> list[str]:
    """Give the states of all revisions, the oldest first."""
    found = approval.course(store, name, until=until)
    return [one.state.value for one in found.revisions]


def finding(store: Store, name: URIRef, key: str, severity: URIRef) -> None:
    """Keep a finding with an entry, as a check does."""
    graph = store.graph(entry.findings_graph(name))
    node = URIRef(f"{entry.findings_graph(name)}#{key}")
    graph.add((node, RDF.type, SH.ValidationResult))
    graph.add((node, ROPA.rule, Literal("measure-missing")))
    graph.add((node, ROPA.findingKey, Literal(key)))
    graph.add((node, SH.focusNode, name))
    graph.add((node, SH.resultSeverity, severity))
    graph.add((node, SH.resultMessage, Literal("No measure is named.", lang="en")))
    store.write({entry.findings_graph(name): graph})


# -- the words ---------------------------------------------------------------------


def test_the_states_are_those_of_the_ontology() -> None:
    """One scheme, in order, each with the word that programs write."""
    graph = vocabulary.load().graph
    listed = sorted(
        graph.subjects(SKOS.inScheme, ROPA.approvalStates),
        key=lambda term: int(str(graph.value(term, SH.order))),
    )
    terms = approval.state_terms()
    assert listed == list(terms.values())
    words = [str(graph.value(term, SKOS.notation)) for term in listed]
    assert words == [state.value for state in terms] == [state.value for state in State]


def test_the_steps_are_those_of_the_ontology() -> None:
    """Each kind of step is a kind of change, and none of them a status."""
    graph = vocabulary.load().graph
    for kind, term in approval.step_classes().items():
        assert str(graph.value(term, SKOS.notation)) == kind.value
        above = set(graph.transitive_objects(term, URIRef(f"{RDFS}subClassOf")))
        assert {ROPA.ApprovalStep, ROPA.Change} <= above
    statuses = set(graph.subjects(RDF.type, ROPA.EntryStatus))
    assert not statuses & set(approval.state_terms().values())


RDFS = "http://www.w3.org/2000/01/rdf-schema#"


# -- the course of an entry ----------------------------------------------------------


def test_from_draft_to_approved_to_superseded(store: Store) -> None:
    """An edit leaves the approved revision approved until another one is."""
    write(store, ORDERS, "Orders")
    assert states(store) == ["draft"]
    take(store, Kind.SUBMISSION, author="Ann")
    assert states(store) == ["submitted"]
    done = take(store, Kind.APPROVAL)
    assert states(store) == ["approved"]
    assert [one.number for one in done.entries] == [1]
    write(store, ORDERS, "Orders of flour")
    assert states(store) == ["approved", "draft"]
    found = approval.course(store, ORDERS)
    assert found.state == State.DRAFT
    assert found.approved is not None and found.approved.number == 1
    assert found.approved.approval is not None
    assert found.approved.approval.author == "Bob"
    done = take(store, Kind.APPROVAL)
    assert states(store) == ["superseded", "approved"]
    assert done.entries[0].superseded == found.approved.version.part


def test_the_approved_version_stays_readable(store: Store) -> None:
    """What was approved is given back as it was, whatever was written since."""
    digest = write(store, ORDERS, "Orders")
    take(store, Kind.APPROVAL)
    for title in ("Orders of flour", "Orders of bread"):
        write(store, ORDERS, title)
    approved = approval.course(store, ORDERS).approved
    assert approved is not None and approved.version.digest == digest
    then = past.state(store, ORDERS, approved.number)
    assert entry.digest(then) == digest
    assert str(then.value(ORDERS, DCT.title)) == "Orders"


def test_an_edit_ends_a_submission(store: Store) -> None:
    """What waits is what stands: nobody approves unseen what came later."""
    write(store, ORDERS, "Orders")
    take(store, Kind.SUBMISSION)
    write(store, ORDERS, "Orders of flour")
    assert states(store) == ["draft", "draft"]
    with pytest.raises(ApprovalRefused, match="is not submitted"):
        take(store, Kind.WITHDRAWAL)


def test_what_is_taken_back(store: Store) -> None:
    """A submission goes back to draft; an approval ends, and may be given anew."""
    write(store, ORDERS, "Orders")
    take(store, Kind.SUBMISSION)
    take(store, Kind.WITHDRAWAL)
    assert states(store) == ["draft"]
    take(store, Kind.APPROVAL)
    take(store, Kind.ENDING)
    assert states(store) == ["ended"]
    assert approval.course(store, ORDERS).approved is None
    take(store, Kind.SUBMISSION)
    take(store, Kind.APPROVAL)
    assert states(store) == ["approved"]


def test_an_approval_can_end_after_an_edit(store: Store) -> None:
    """What counts as approved is meant, not what stands."""
    write(store, ORDERS, "Orders")
    take(store, Kind.APPROVAL)
    write(store, ORDERS, "Orders of flour")
    done = take(store, Kind.ENDING)
    assert done.entries[0].number == 1
    assert states(store) == ["ended", "draft"]


def test_what_was_never_approved_does_not_end(store: Store) -> None:
    """Neither while it is away nor when it is back; a submission is over with it."""
    write(store, ORDERS, "Orders")
    write(store, ORDERS, None)
    assert states(store) == ["draft"]
    assert approval.course(store, ORDERS).state == State.DRAFT
    write(store, ORDERS, "Orders")
    take(store, Kind.SUBMISSION)
    write(store, ORDERS, None)
    write(store, ORDERS, "Orders")
    assert states(store) == ["draft", "draft", "draft"]
    assert approval.course(store, ORDERS).state == State.DRAFT


def test_a_removal_ends_the_approval_of_an_earlier_version(store: Store) -> None:
    """What stood was a draft and stays one; what was approved has ended."""
    write(store, ORDERS, "Orders")
    take(store, Kind.APPROVAL)
    write(store, ORDERS, "Orders of flour")
    write(store, ORDERS, None)
    assert states(store) == ["ended", "draft"]
    assert approval.course(store, ORDERS).state == State.ENDED


def test_a_new_life_begins_without_approvals(store: Store) -> None:
    """After removal what was approved has ended; the same name begins as a draft."""
    write(store, ORDERS, "Orders")
    take(store, Kind.APPROVAL)
    write(store, ORDERS, None)
    found = approval.course(store, ORDERS)
    assert (found.state, found.stands, found.approved) == (State.ENDED, None, None)
    with pytest.raises(NotFound):
        take(store, Kind.APPROVAL)
    write(store, ORDERS, "Orders")
    found = approval.course(store, ORDERS)
    assert states(store) == ["ended", "draft"]
    assert found.approved is None
    with pytest.raises(ApprovalRefused, match="No revision"):
        take(store, Kind.ENDING)


def test_the_state_at_an_earlier_change(store: Store) -> None:
    """What was so then is read from the same history."""
    write(store, ORDERS, "Orders")
    take(store, Kind.SUBMISSION)
    take(store, Kind.APPROVAL)
    write(store, ORDERS, "Orders of flour")
    assert [states(store, until=number) for number in range(5)] == [
        [],
        ["draft"],
        ["submitted"],
        ["approved"],
        ["approved", "draft"],
    ]


# -- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.SUBMISSION, Kind.APPROVAL])
def test_a_revision_that_is_stale_is_refused(store: Store, kind: Kind) -> None:
    """By digest, number or name: what was edited since is told, with by whom."""
    old = write(store, ORDERS, "Orders")
    new = write(store, ORDERS, "Orders of flour", author="Eve")
    for seen in (old, "1", f"{history.change_iri(BASE, 1)}#1", "0" * 64, ""):
        with pytest.raises(Conflict) as raised:
            take(store, kind, seen=seen)
        assert raised.value.details["current"] == new
        assert "Eve" in raised.value.message and "change 2" in raised.value.message
    assert past.head(store, BASE).number == 2
    for seen in (new, f'"{new}"', "2", "000000002", str(history.change_iri(BASE, 2))):
        take(store, kind, seen=seen)
        back = Kind.WITHDRAWAL if kind == Kind.SUBMISSION else Kind.ENDING
        take(store, back)


def test_what_is_approved_is_not_approved_again(store: Store) -> None:
    """Who approved it, and when, is told."""
    write(store, ORDERS, "Orders")
    take(store, Kind.APPROVAL, author="Bob")
    for kind in (Kind.APPROVAL, Kind.SUBMISSION):
        with pytest.raises(ApprovalRefused, match="approved by Bob on 20"):
            take(store, kind, author="Eve")
    write(store, PAYROLL, "Payroll")
    take(store, Kind.SUBMISSION, PAYROLL, author="Ann")
    with pytest.raises(ApprovalRefused, match="submitted by Ann on 20"):
        take(store, Kind.SUBMISSION, PAYROLL)


@pytest.mark.parametrize(
    ("kind", "author", "reason", "fields"),
    [
        (Kind.APPROVAL, " ", "", ["author"]),
        (Kind.APPROVAL, "Bob\nEve", "", ["author"]),
        (Kind.APPROVAL, "Bob", "...", ["reason"]),
        (Kind.ENDING, "", "?", ["reason", "author"]),
        (Kind.WITHDRAWAL, "Bob", "\x00", ["reason"]),
        (Kind.APPROVAL, "B" * 201, "r" * 4001, ["reason", "author"]),
    ],
)
def test_what_is_written_is_looked_through(
    store: Store, kind: Kind, author: str, reason: str, fields: list[str]
) -> None:
    """All faults are told at once, by field, and nothing is written."""
    write(store, ORDERS, "Orders")
    with pytest.raises(ApprovalRefused) as raised:
        take(store, kind, author=author, reason=reason)
    assert [fault["field"] for fault in raised.value.details["faults"]] == fields
    assert past.head(store, BASE).number == 1


def test_only_entries_are_approved(store: Store) -> None:
    """Neither vocabulary nor what stands beside an entry, nor nothing at all."""
    for name in (URIRef(f"{ROPA}"), entry.answers_graph(ORDERS)):
        with pytest.raises(InputError, match="is no entry"):
            take(store, Kind.APPROVAL, name)
    with pytest.raises(InputError):
        approving.take(store, Kind.APPROVAL, {}, base=BASE, author="Bob", today=TODAY)
    with pytest.raises(NotFound):
        take(store, Kind.APPROVAL)


def test_an_own_edit_may_be_approved_and_is_told(store: Store) -> None:
    """One person may keep a register alone; blanks and capitals hide nobody."""
    write(store, ORDERS, "Orders", author="Ann Mill")
    done = take(store, Kind.APPROVAL, author=" ann  mill ")
    assert done.entries[0].is_own
    write(store, PAYROLL, "Payroll", author="Ann Mill")
    assert not take(store, Kind.APPROVAL, PAYROLL).entries[0].is_own


# -- against findings ----------------------------------------------------------------


def test_open_violations_stand_in_the_way(store: Store) -> None:
    """Without a reason nothing is approved; with one, what was open is kept."""
    write(store, ORDERS, "Orders")
    finding(store, ORDERS, "aaaa", SH.Violation)
    finding(store, ORDERS, "bbbb", SH.Warning)
    take(store, Kind.SUBMISSION)
    with pytest.raises(ApprovalRefused, match="measure-missing") as raised:
        take(store, Kind.APPROVAL)
    (told,) = raised.value.details["obstacles"]
    assert (told["finding"], told["message"]["en"]) == ("aaaa", "No measure is named.")
    done = take(store, Kind.APPROVAL, reason="The hall is locked.")
    assert [one.finding for one in done.entries[0].obstacles] == ["aaaa"]
    approved = approval.course(store, ORDERS).approved
    assert approved is not None and approved.approval is not None
    assert approved.approval.reason == "The hall is locked."
    assert approved.approval.despite == (approval.Despite("measure-missing", "aaaa"),)


def test_several_entries_are_approved_together_or_not_at_all(store: Store) -> None:
    """One change names all revisions; each entry is told of its own findings."""
    write(store, ORDERS, "Orders")
    write(store, PAYROLL, "Payroll")
    finding(store, ORDERS, "aaaa", SH.Violation)
    both = {ORDERS: ANY, PAYROLL: ANY}
    with pytest.raises(ApprovalRefused):
        approving.take(store, Kind.APPROVAL, both, base=BASE, author="Bob", today=TODAY)
    assert states(store, PAYROLL) == ["draft"]
    done = approving.take(
        store, Kind.APPROVAL, both, base=BASE, author="Bob", reason="So", today=TODAY
    )
    assert past.head(store, BASE).number == 3
    assert [len(one.obstacles) for one in done.entries] == [1, 0]
    for name, number in ((ORDERS, 1), (PAYROLL, 0)):
        approved = approval.course(store, name).approved
        assert approved is not None and approved.approval is not None
        assert len(approved.approval.despite) == number
        assert approved.approval.change == done.change
    assert Done.from_values(done.as_values()) == done


# -- nothing of it can be altered unnoticed ------------------------------------------


def test_history_with_approvals_is_intact(store: Store) -> None:
    """Steps are links of the chain as other changes are."""
    write(store, ORDERS, "Orders")
    finding(store, ORDERS, "aaaa", SH.Violation)
    take(store, Kind.SUBMISSION)
    take(store, Kind.APPROVAL, reason="So")
    write(store, ORDERS, "Orders of flour")
    take(store, Kind.ENDING)
    found = verifying.verify(store, BASE).verification
    # What this test put beside the entry as a finding no check has written.
    planted = entry.findings_graph(ORDERS)
    assert [one for one in found.faults if one.graph != planted] == []
    assert found.changes == 5


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (ROPA.author, Literal("Eve")),
        (ROPA.reason, Literal("Another reason")),
        (ROPA.revision, URIRef(f"{BASE}changes/000000002#1")),
        (ROPA.despite, None),
        (RDF.type, None),
    ],
)
def test_an_approval_that_is_altered_is_found(
    store: Store, way: URIRef, value: Node | None
) -> None:
    """Who, why, of what, against what: nothing of it can be written anew."""
    write(store, ORDERS, "Orders")
    write(store, ORDERS, "Orders of flour")
    finding(store, ORDERS, "aaaa", SH.Violation)
    change = take(store, Kind.APPROVAL, reason="So").change
    graph = store.graph(change)
    if way == ROPA.revision:
        assert set(graph[change:way]) == {value}
        value = URIRef(f"{history.change_iri(BASE, 1)}#1")
    graph.remove((change, way, None))
    if value is not None:
        graph.add((change, way, value))
    store.write({change: graph})
    faults = verifying.verify(store, BASE).verification.faults
    assert any(one.change == 3 for one in faults)


# -- any order of things -------------------------------------------------------------


class Model:
    """What the states ought to be, kept by hand."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.stands: int | None = None
        self.approved: int | None = None

    def edit(self) -> None:
        """A new revision stands."""
        if self.stands is not None and self.states[self.stands] == "submitted":
            self.states[self.stands] = "draft"
        self.states.append("draft")
        self.stands = len(self.states) - 1

    def remove(self) -> None:
        """The entry is taken out."""
        if self.stands is not None and self.states[self.stands] == "submitted":
            self.states[self.stands] = "draft"
        if self.approved is not None:
            self.states[self.approved] = "ended"
        self.stands = self.approved = None

    def step(self, kind: Kind) -> bool:
        """Take a step; tell whether it can be taken."""
        stands = self.stands
        if stands is None:
            return False
        if kind == Kind.SUBMISSION and self.states[stands] in ("draft", "ended"):
            self.states[stands] = "submitted"
        elif kind == Kind.WITHDRAWAL and self.states[stands] == "submitted":
            self.states[stands] = "draft"
        elif kind == Kind.APPROVAL and self.states[stands] != "approved":
            if self.approved is not None:
                self.states[self.approved] = "superseded"
            self.states[stands], self.approved = "approved", stands
        elif kind == Kind.ENDING and self.approved is not None:
            self.states[self.approved], self.approved = "ended", None
        else:
            return False
        return True


def record(store: Store) -> None:
    """Write the company whose record the activities are part of."""
    graph = Graph()
    graph.add((RECORD, RDF.type, DPCAT.ROPA))
    graph.add((RECORD, DCT.publisher, MILL))
    account = history.Account(history.Author.person("Ann"))
    recording.record(store, BASE, {MILL: graph}, account)


def listed(store: Store) -> list[tuple[str | None, ...]]:
    """Give the rows of the question, without that of the company."""
    rows = asking.ask(store, "approvals").rows
    texts = [tuple(None if c is None else str(c) for c in row) for row in rows]
    assert [row[2] for row in texts if row[1] is None] == ["draft"]
    return sorted(row[1:] for row in texts if row[1] is not None)


def expected_rows(
    store: Store, models: dict[URIRef, Model]
) -> list[tuple[str | None, ...]]:
    """Give the same from what became of each entry."""
    rows: list[tuple[str | None, ...]] = []
    for name, model in models.items():
        found = approval.course(store, name)
        stands, approved = found.stands, found.approved
        if stands is None:
            assert model.stands is None
            continue
        step = stands.step
        said = (step.author, step.moment, step.reason or None) if step else (None,) * 3
        at = approved.approval.change if approved and approved.approval else None
        texts = (stands.version.change, at)
        rows.append(
            (
                entry.slug(name),
                stands.state.value,
                *said,
                *(None if one is None else str(one) for one in texts),
            )
        )
    return sorted(rows)


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_edits_and_steps(store: Store, seed: int) -> None:
    """States are those of a small model, now and at every change before."""
    chance = random.Random(seed)
    models = {ORDERS: Model(), PAYROLL: Model()}
    record(store)
    then: list[dict[URIRef, list[str]]] = [{name: [] for name in models}] * 2
    for turn in range(40):
        name = chance.choice(list(models))
        model = models[name]
        what = chance.choice(["edit", "edit", "remove", *Kind, *Kind])
        if what == "edit":
            write(store, name, f"Title {turn}")
            model.edit()
        elif what == "remove":
            if model.stands is None:
                continue
            write(store, name, None)
            model.remove()
        else:
            kind = Kind(what)
            if not model.step(kind):
                with pytest.raises(RopaError):
                    take(store, kind, name)
                continue
            take(store, kind, name)
        then.append({one: list(m.states) for one, m in models.items()})
        for one, m in models.items():
            found = approval.course(store, one)
            assert states(store, one) == m.states
            approved = found.approved
            assert (approved and found.revisions.index(approved)) == m.approved
        assert listed(store) == expected_rows(store, models)
    assert past.head(store, BASE).number == len(then) - 1
    for number, expected in enumerate(then):
        for name in models:
            assert states(store, name, until=number) == expected[name]
