"""Changes of a register as they are listed, compared, taken back and undone."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import changes, entry, past
from ropa.changes import Comparison, Listed, Wanted
from ropa.errors import (
    Conflict,
    InputError,
    NotFound,
    NotSupported,
    RevisionMissing,
    UnknownName,
)
from ropa.register import Register
from ropa.reversal import Reverted
from ropa.terms import DCT, DPV, PROV, RDF, ROPA
from tests.ropa.answering_entries import ENTRIES, MILL, ORDERS

ENTRY = URIRef(ORDERS)
COMPANY = URIRef(f"{MILL}companies/mill")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a register with one company and its activity, added by change 2."""
    place = tmp_path_factory.mktemp("changes") / "register"
    with Register.create(str(place)) as register:
        given = Graph().parse(data=ENTRIES, format="turtle")
        register.add(given, author="Ada", reason="first")
        register.refresh_findings()
    return place


@pytest.fixture
def register(made: Path, tmp_path: Path) -> Iterator[Register]:
    """Give a copy of it that a test may change."""
    place = tmp_path / "register"
    shutil.copytree(made, place)
    with Register.open(str(place)) as copy:
        yield copy


def rename(register: Register, title: str, author: str = "Bob") -> None:
    """Give the activity another title, which is one change."""
    graph = register.read(ENTRY)
    graph.remove((ENTRY, DCT.title, None))
    graph.add((ENTRY, DCT.title, Literal(title, lang="en")))
    read = {register.etag(ENTRY)}
    register.add(graph, author=author, reason=f"now {title}", replaces=read)


def validate(name: str, values: object) -> None:
    """Hold what is published against its schema, as programs read it."""
    text = files("ropa").joinpath(f"schemas/{name}.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(text)).validate(json.loads(json.dumps(values)))


# -- lists -----------------------------------------------------------------------------


def test_changes_are_listed_the_newest_first(register: Register) -> None:
    """Who, when, why, and what became of which entry."""
    rename(register, "Bread")
    found = register.changes()
    assert [one.number for one in found.changes] == [3, 2, 1]
    assert found.total == 3
    newest, first, package = found.changes
    assert (newest.author, newest.reason) == ("Bob", "now Bread")
    assert [(one.entry, one.state) for one in newest.entries] == [(ENTRY, "changed")]
    assert {one.state for one in first.entries} == {"created"}
    assert newest.is_of_person and not package.is_of_person
    assert package.total > len(package.entries) == changes.MOST_ENTRIES


def test_a_page_of_changes_begins_where_it_is_asked_to(register: Register) -> None:
    """The total stays that of all."""
    rename(register, "Bread")
    found = register.changes(Wanted(limit=1, start=1))
    assert ([one.number for one in found.changes], found.total) == ([2], 3)
    assert register.changes(Wanted(start=9)).changes == ()


def test_an_entry_has_its_own_history(register: Register) -> None:
    """Only its changes, each with what became of it."""
    rename(register, "Bread")
    register.remove(ENTRY, author="Cy", replaces={register.etag(ENTRY)})
    found = register.changes(Wanted(entry=ENTRY))
    states = [
        (one.number, [part.state for part in one.entries]) for one in found.changes
    ]
    assert states == [(4, ["removed"]), (3, ["changed"]), (2, ["created"])]
    with pytest.raises(NotFound, match="never had"):
        register.changes(Wanted(entry=URIRef(f"{MILL}activities/mill/none")))


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(author="Bob"), [3]),
        (Wanted(author="Nobody"), []),
        (Wanted(company=COMPANY), [3, 2]),
        (Wanted(since="2020-01-01"), [3, 2, 1]),
        (Wanted(until="2020-01-01"), []),
        (Wanted(company=COMPANY, author="Ada"), [2]),
        (Wanted(entry=COMPANY, author="Ada"), [2]),
        (Wanted(entry=COMPANY, author="Bob"), []),
    ],
)
def test_filters_narrow_the_list(
    register: Register, wanted: Wanted, numbers: list[int]
) -> None:
    """By author, company, days and entry, alone and together."""
    rename(register, "Bread")
    assert [one.number for one in register.changes(wanted).changes] == numbers


def test_a_company_that_never_was_has_no_history(register: Register) -> None:
    """It is told as not found; one that was removed has its history still."""
    with pytest.raises(UnknownName, match="never had a company 'mil'") as caught:
        register.changes(Wanted(company=URIRef(f"{MILL}companies/mil")))
    assert caught.value.hint == "Did you mean mill?"
    for name in (ENTRY, COMPANY):
        register.remove(name, author="Di", replaces={register.etag(name)})
    removed = register.changes(Wanted(company=COMPANY)).changes
    assert [one.number for one in removed] == [4, 3, 2]


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "2026-01-01T99:00"])
def test_a_day_that_is_none_is_refused(register: Register, text: str) -> None:
    """The message says how it is written."""
    with pytest.raises(InputError, match="no day"):
        register.changes(Wanted(since=text))


def test_a_name_cannot_leave_its_place_in_a_query(register: Register) -> None:
    """An author's name is a text, whatever is in it."""
    odd = 'Bob" } } # \\'
    rename(register, "Bread", author=odd)
    assert [one.author for one in register.changes(Wanted(author=odd)).changes] == [odd]


def test_a_list_follows_its_schema_and_can_be_read_back(register: Register) -> None:
    """What a server sends is what the register knows."""
    rename(register, "Bread")
    register.revert(ENTRY, 2, author="Cy", replaces={register.etag(ENTRY)})
    found = register.changes()
    validate("changes", found.as_values())
    again = Listed.from_json(json.dumps(found.as_values()).encode())
    assert again.as_values() == found.as_values()


# -- two states ------------------------------------------------------------------------


def test_an_entry_is_compared_with_what_it_was_before(register: Register) -> None:
    """Without points, what the newest change did."""
    rename(register, "Bread")
    found = register.diff(ENTRY)
    assert found.said == ["Title: was “Orders”, now “Bread”"]
    assert (found.before.number, found.after.number) == (2, 3)
    assert register.diff(ENTRY, since="3").said == []
    french = register.diff(ENTRY, lang="fr")
    assert french.said == [
        "Intitulé (en)\u00a0: avant «\u00a0Orders\u00a0», "
        "maintenant «\u00a0Bread\u00a0»"
    ]


def test_what_was_not_there_yet_is_told_as_new(register: Register) -> None:
    """Things of other entries bear their names."""
    first = register.diff(ENTRY, since="1").said[0]
    assert first.startswith("Orders: new (")
    assert "Controller: Mill & Co" in first


def test_points_in_the_wrong_order_are_refused(register: Register) -> None:
    """So is a change that is not there, and an entry that never was."""
    rename(register, "Bread")
    with pytest.raises(InputError, match="later than"):
        register.diff(ENTRY, since="3", until="2")
    with pytest.raises(NotFound, match="no change 9"):
        register.diff(ENTRY, until="9")
    with pytest.raises(NotFound, match="never had"):
        register.diff(URIRef(f"{MILL}activities/mill/none"))


def test_a_comparison_follows_its_schema_and_can_be_read_back(
    register: Register,
) -> None:
    """Also where the entry was not there at one of the points."""
    rename(register, "Bread")
    for since in ("1", ""):
        found = register.diff(ENTRY, since=since)
        validate("diff", found.as_values())
        again = Comparison.from_json(json.dumps(found.as_values()).encode())
        assert again.as_values() == found.as_values()


# -- going back ------------------------------------------------------------------------


def test_a_state_is_brought_back_by_a_change_of_its_own(register: Register) -> None:
    """The change is a reversion, and says what it goes back to."""
    before = register.etag(ENTRY)
    rename(register, "Bread")
    read = {register.etag(ENTRY)}
    done = register.revert(ENTRY, 2, author="Cy", reason="slip", replaces=read)
    assert register.etag(ENTRY) == before == done.revisions[ENTRY]
    assert done.change is not None
    validate("reverted", done.as_values())
    assert Reverted.from_json(json.dumps(done.as_values()).encode()) == done
    told = register.graph(done.change)
    assert (done.change, RDF.type, ROPA.Reversion) in told
    assert told.value(done.change, ROPA.goesBackTo) == URIRef(
        f"{MILL}changes/000000002"
    )
    assert register.change(4).goes_back_to == URIRef(f"{MILL}changes/000000002")


def test_an_entry_goes_and_comes_back(register: Register) -> None:
    """Before its creation it was not there; a removal is undone like all else."""
    stood = register.etag(ENTRY)
    with pytest.raises(InputError, match="removes it") as caught:
        register.revert(ENTRY, 1, author="Cy", replaces={stood})
    assert "--remove" in caught.value.hint and "change 2" in caught.value.hint
    assert register.etag(ENTRY) == stood
    done = register.revert(ENTRY, 1, author="Cy", replaces={stood}, removes=True)
    assert done.entries == {ENTRY: "removed"}
    with pytest.raises(NotFound):
        register.read(ENTRY)
    done = register.revert(ENTRY, 2, author="Cy")
    assert done.entries == {ENTRY: "created"}
    assert register.etag(ENTRY) == stood
    assert len(register.findings(ENTRY)) > 0


def test_what_stands_so_already_is_not_written_again(register: Register) -> None:
    """No change is made for nothing."""
    done = register.revert(ENTRY, 2, author="Cy", replaces={register.etag(ENTRY)})
    assert (done.change, done.changed) == (None, False)
    assert register.changes().total == 2


def test_going_back_needs_the_revision_that_was_read(register: Register) -> None:
    """Nobody overwrites what they have not seen, backwards either."""
    stale = register.etag(ENTRY)
    rename(register, "Bread")
    with pytest.raises(RevisionMissing):
        register.revert(ENTRY, 2, author="Cy")
    with pytest.raises(Conflict):
        register.revert(ENTRY, 1, author="Cy", replaces={stale}, removes=True)
    assert register.changes().total == 3


def test_going_back_needs_an_author(register: Register) -> None:
    """A change without one says nothing to an auditor."""
    rename(register, "Bread")
    with pytest.raises(InputError, match="who makes"):
        register.revert(ENTRY, 2, author=" ", replaces={register.etag(ENTRY)})


def test_a_company_with_activities_is_not_taken_out(register: Register) -> None:
    """Going back is checked as every other change is."""
    with pytest.raises(Conflict, match="still holds one activity"):
        read = {register.etag(COMPANY)}
        register.revert(COMPANY, 1, author="Cy", replaces=read, removes=True)


def test_a_change_is_undone_as_a_whole(register: Register) -> None:
    """All entries of it, in one change; and undone again."""
    stood = {name: register.etag(name) for name in (ENTRY, COMPANY)}
    done = register.undo(2, author="Cy", reason="never meant")
    assert done.entries == {ENTRY: "removed", COMPANY: "removed"}
    assert register.graph(URIRef(str(done.change))).value(done.change, ROPA.undoes)
    again = register.undo(3, author="Cy")
    assert again.entries == {ENTRY: "created", COMPANY: "created"}
    assert {name: register.etag(name) for name in stood} == stood


def test_undoing_leaves_what_others_did_elsewhere(register: Register) -> None:
    """Only the same statements stand in the way, and these are named."""
    rename(register, "Bread")
    graph = register.read(ENTRY)
    graph.add((ENTRY, DCT.description, Literal("Daily", lang="en")))
    register.add(graph, author="Cy", replaces={register.etag(ENTRY)})
    register.undo(3, author="Di")
    now = register.read(ENTRY)
    assert set(now.objects(ENTRY, DCT.title)) == {Literal("Orders", lang="en")}
    assert set(now.objects(ENTRY, DCT.description)) == {Literal("Daily", lang="en")}
    with pytest.raises(Conflict, match="change 5 of Di") as refused:
        register.undo(3, author="Di")
    assert refused.value.details["obstacles"] == [f"{MILL}changes/000000005"]
    with pytest.raises(Conflict, match="change 3 of Bob"):
        register.undo(2, author="Di")


def test_what_comes_with_the_package_is_not_undone(register: Register) -> None:
    """Neither its change nor a graph of words or law."""
    with pytest.raises(NotSupported, match="package"):
        register.undo(1, author="Cy")
    touched = register.change(1).entries[0].entry
    with pytest.raises(NotSupported, match="digest"):
        register.revert(touched, 0, author="Cy")
    with pytest.raises(NotFound, match="no change 77"):
        register.undo(77, author="Cy")


def test_a_change_without_kept_statements_is_not_undone(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes of before kept histories say that something changed, not what."""
    rename(register, "Bread")
    monkeypatch.setattr(register._store, "graph", lambda _: Graph())
    with pytest.raises(NotSupported, match="kept no statements of change 3"):
        register.undo(3, author="Cy")


# -- history as data -------------------------------------------------------------------


def test_sparql_tells_who_removed_which_statement_when(register: Register) -> None:
    """The example of the documentation, through the door that everybody has."""
    rename(register, "Bread")
    answer = register.query(
        f"""
        PREFIX dct: <{DCT.title.removesuffix("title")}>
        PREFIX prov: <{PROV.used.removesuffix("used")}>
        PREFIX ropa: <{ROPA.author.removesuffix("author")}>
        SELECT ?who ?when ?value WHERE {{
          GRAPH ?change {{
            ?change ropa:removed ?removed ;
                    ropa:author ?who ;
                    prov:endedAtTime ?when .
          }}
          GRAPH ?removed {{ <{ENTRY}> dct:title ?value }}
        }}
        """
    )
    assert answer.table is not None
    ((who, when, value),) = answer.table.rows
    assert (str(who), value) == ("Bob", Literal("Orders", lang="en"))
    assert str(when) == register.change(3).moment


@pytest.mark.parametrize("edits", [16, pytest.param(100, marks=pytest.mark.deep)])
def test_every_state_of_random_edits_comes_back(register: Register, edits: int) -> None:
    """Edits, removals and returns of several entries; each state is found again."""
    chance = random.Random(7)
    names = [ENTRY, URIRef(f"{MILL}activities/mill/other")]
    kept: list[tuple[int, URIRef, frozenset[object]]] = []

    def stands(name: URIRef) -> Graph:
        return register.graph(name)

    def read(name: URIRef) -> set[str] | None:
        now = stands(name)
        return {entry.digest(now)} if len(now) else None

    for step in range(edits):
        name = chance.choice(names)
        if len(stands(name)) and chance.random() < 0.25:
            register.remove(name, author="Ada", replaces=read(name))
        else:
            graph = Graph()
            graph.add((name, RDF.type, DPV.PersonalDataProcess))
            graph.add((name, DCT.isPartOf, URIRef(f"{COMPANY}#record")))
            graph.add((name, DCT.title, Literal("Work", "en")))
            graph.add((name, DPV.hasDataController, COMPANY))
            for word in chance.sample("abcdefgh", 3):
                graph.add((name, DCT.description, Literal(f"{word}{step % 3}", "en")))
            register.add(graph, author="Ada", replaces=read(name))
        number = past.head(register, register.base).number
        kept.append((number, name, frozenset(stands(name))))
    assert any(not state for _, _, state in kept)
    for number, name, state in chance.sample(kept, edits // 2):
        register.revert(name, number, author="Cy", replaces=read(name), removes=True)
        assert frozenset(stands(name)) == state
