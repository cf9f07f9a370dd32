"""A register as it was recorded: every verb that reads, on an earlier state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef

from ropa import entry, history, revisions
from ropa.answering import Which
from ropa.answers import Words
from ropa.errors import InputError, NotFound, NotSupported, StoreError
from ropa.formats.rdf import Reading
from ropa.formats.turtle_lines import LineMap
from ropa.register import Register
from ropa.syntax import Syntax
from ropa.terms import DCT
from tests.ropa import dated_entries
from tests.ropa.dated_entries import BASE, LAST, LETTERS, ORDERS, activity


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a register with six changes on known days; nobody has it open."""
    folder = tmp_path_factory.mktemp("dated") / "register"
    dated_entries.create(str(folder)).close()
    return folder


@pytest.fixture(scope="module")
def register(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Register]:
    """Open a copy that tests only read."""
    folder = tmp_path_factory.mktemp("read") / "register"
    opened = Register.open(str(shutil.copytree(place, folder)))
    yield opened
    opened.close()


@pytest.fixture
def own(place: Path, tmp_path: Path) -> Iterator[Register]:
    """Open a copy for a test that writes."""
    opened = Register.open(str(shutil.copytree(place, tmp_path / "register")))
    yield opened
    opened.close()


def titles(register: Register) -> list[str]:
    """List the activities by title."""
    return [str(row[2]) for row in register.ask("activities").rows]


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ("2026-01-09", []),
        ("2026-01-10", []),
        ("2026-02-01", ["Orders"]),
        ("2026-02-28", ["Orders"]),
        ("2026-03-01T10:00:00Z", ["Orders"]),
        ("2026-03-01T10:00:00.500Z", ["Orders and returns"]),
        ("2026-03-01", ["Letters", "Orders and returns"]),
        (4, ["Letters", "Orders and returns"]),
        (date(2026, 4, 1), ["Orders and returns"]),
        ("2030-01-01", ["Orders and returns"]),
    ],
)
def test_a_question_is_answered_as_it_would_have_been(
    register: Register, when: str | int | date, wanted: list[str]
) -> None:
    """Activities come, are renamed and go; each state shows its own."""
    assert titles(register.at(when)) == wanted


def test_nothing_was_there_before_the_first_change(register: Register) -> None:
    """Vocabulary and law are; they have a clock of their own."""
    past = register.at(0)
    assert set(past.summary().values()) == {0}
    assert [name for name in past.graphs() if not entry.is_shipped(name)] == []
    assert past.select("SELECT ?l WHERE { dpv:Purpose skos:prefLabel ?l }").rows


def test_the_present_is_the_register_itself(register: Register) -> None:
    """Nothing is copied where nothing was recorded since."""
    for when in (LAST, "2026-05-01", "2999-01-01"):
        assert register.at(when) is register
    assert register.point is None
    assert register.at(2).point == register.point_at("2026-02-02")


def test_entries_are_read_as_they_were(register: Register) -> None:
    """With their revision; one that is gone by now is there, and others are not yet."""
    then = register.at(4)
    assert str(then.read(LETTERS).value(LETTERS, DCT.title)) == "Letters"
    assert then.etag(LETTERS) == entry.digest(then.read(LETTERS))
    with pytest.raises(NotFound):
        register.read(LETTERS)
    with pytest.raises(NotFound):
        register.at(3).read(LETTERS)
    assert len(register.at(2).read(ORDERS)) > len(register.read(ORDERS))


def test_the_law_of_any_day_is_applied_to_any_state(register: Register) -> None:
    """The two days are independent of each other."""

    def valid(when: int, day: str) -> list[str]:
        rows = register.at(when).ask("us-transfers", as_of=day).rows
        return [str(row[5]) for row in rows]

    assert valid(2, "2019-01-01") == ["true"]
    assert valid(2, "2026-03-01") == ["false"]
    assert valid(3, "2019-01-01") == valid(LAST, "2026-03-01") == []


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_findings_are_those_of_a_check(register: Register, number: int) -> None:
    """What is taken over from what stands is what a check of that state finds."""
    past = register.at(number)
    names = [n for n in past.graphs() if not entry.is_reserved(n)]
    found = {
        (str(row[0]), str(row[1]), str(row[2])) for row in past.ask("findings").rows
    }
    aside = past.ask_report(past.check(), "findings").rows
    assert found == {(str(r[0]), str(r[1]), str(r[2])) for r in aside}
    assert bool(found) == bool(names)
    assert past.summary()["findings"] == len(past.ask("findings").rows)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_what_follows_is_what_would_have(register: Register, number: int) -> None:
    """Taken over or made anew, and with reasons."""
    past = register.at(number)
    kept = past.inferred(ORDERS)
    aside = register.at(number)
    assert {str(o) for o in kept.objects()} == {
        str(o) for o in aside.inferred(ORDERS).objects()
    }
    assert past.why(ORDERS).as_values()
    rows = past.ask("inferred").rows
    assert rows
    assert past.ask("inferred", as_of="2019-01-01").rows


def test_history_ends_where_the_state_does(register: Register) -> None:
    """Changes up to that one are there, and it is the newest; later ones are not."""
    past = register.at(3)
    assert {history.number_in(name) for name in past.graphs()} == {None, 1, 2, 3}
    changes = {str(row[0]) for row in past.ask("changes").rows}
    assert str(history.change_iri(BASE, 3)) in changes
    assert str(history.change_iri(BASE, 4)) not in changes
    assert past.point_at("2999-01-01").number == 3
    assert past.at(2) is not register.at(2)
    assert titles(past.at(2)) == ["Orders"]
    with pytest.raises(NotFound, match="no change 4"):
        past.at(4)


def test_an_answer_is_known_from_its_day_on(register: Register) -> None:
    """Before, the finding was open."""
    assert len(register.ask("answers").rows) == 1
    assert register.at(5).ask("answers").rows == []


def test_queries_evidence_and_impact_read_the_state(register: Register) -> None:
    """Free queries run in their child process on that state."""
    past = register.at(2)
    text = "SELECT ?t WHERE { ?a a dpv:CrossBorderTransfer ; dpv:hasThirdCountry ?t }"
    assert len(past.query(text).table.rows) == 1  # type: ignore[union-attr]
    assert register.query(text).table.rows == []  # type: ignore[union-attr]
    assert not past.evidence(ORDERS).claims
    assert past.impact("eu-us-privacy-shield", as_of=date(2019, 1, 1)).affected
    assert past.explain("dpv:Marketing")
    assert ORDERS in [*past.graphs()]
    assert not register.impact("eu-us-privacy-shield", as_of=date(2019, 1, 1)).affected


def test_an_entry_is_validated_with_the_state_as_context(register: Register) -> None:
    """An activity of a company that was not there yet is judged without it."""
    graph = activity("letters", "Letters")

    def codes(past: Register) -> set[str]:
        reading = Reading("new", graph, LineMap(), Syntax.TURTLE)
        return {one.rule for one in past.validate([reading]).findings}

    assert codes(register.at(1)) != codes(register.at(2))


@pytest.mark.parametrize("number", [0, 3])
def test_the_past_is_not_written(register: Register, number: int) -> None:
    """Every verb that writes is refused with a sentence, whatever is given to it."""
    past = register.at(number)
    words = Words("accepted-risk", "No.", "Ada")
    which = Which(entry=ORDERS, rule="measure-missing")
    for write in (
        lambda: past.add(Graph(), author=""),
        lambda: past.add(activity("new", "New"), author="Ada"),
        lambda: past.remove(ORDERS, author="Ada", replaces=revisions.ANY),
        lambda: past.answer(which, words),
        lambda: past.withdraw_answer(which, words),
        lambda: past._store.write({ORDERS: None}),
        lambda: past._store.write({URIRef(f"{BASE}changes/000000009"): Graph()}),
    ):
        with pytest.raises(NotSupported, match="cannot be changed"):
            write()


def test_reading_the_past_writes_nothing(own: Register) -> None:
    """Findings and what follows are made aside, never in the register."""
    before, revision = sorted(own.dump()), own.revision
    past = own.at(2)
    past.refresh_findings()
    past.summary()
    past.ask("inferred", as_of="2019-01-01")
    assert own.revision == revision
    assert sorted(own.dump()) == before


def test_a_state_stays_what_it_is_whatever_is_written(own: Register) -> None:
    """It is kept, shared by who asks again, and the present moves on."""
    then = own.at(3)
    own.add(activity("more", "More"), author="Ada")
    assert own.at(3) is then
    assert own.at("2026-03-01T12:00:00Z") is then
    assert titles(own.at(LAST)) == ["Orders and returns"]
    assert titles(own) == ["More", "Orders and returns"]
    assert titles(then) == ["Orders and returns"]


def test_a_few_states_are_kept(own: Register) -> None:
    """Those asked for longest ago are made again."""
    first = own.at(1)
    others = [own.at(number) for number in (2, 3, 4)]
    assert own.at(1) is first
    own.at(5)
    assert own.at(1) is first
    assert own.at(2) is not others[0]


def test_who_reads_a_state_may_finish_when_the_register_is_closed(
    own: Register,
) -> None:
    """It holds nothing of the folder; closing it lets others read on."""
    then = own.at(4)
    with own.at(4):
        pass
    assert titles(then) == ["Letters", "Orders and returns"]
    own.close()
    assert titles(then) == ["Letters", "Orders and returns"]


def test_each_state_is_dumped_as_it_was(own: Register) -> None:
    """What is stated and recorded, to the letter; what is derived is not compared."""

    def kept(register: Register) -> set[bytes]:
        derived = b"/findings> .", b"/inferred> ."
        lines = b"".join(register.dump()).splitlines()
        return {line for line in lines if not line.endswith(derived)}

    dumps = {LAST: kept(own)}
    for number in range(LAST + 1, LAST + 5):
        title = f'No. {number} "quoted"\\n\U0001f600'
        graph = activity(f"task-{number % 3}", title.replace('"', '\\"'))
        own.add(graph, author="Ada", replaces=revisions.ANY)
        dumps[number] = kept(own)
    own.remove(URIRef(f"{BASE}activities/mill/task-0"), author="Ada", replaces={"*"})
    for number, wanted in dumps.items():
        assert kept(own.at(number)) == wanted


@pytest.mark.parametrize("when", ["", "tomorrow", "2026-13-01", "-1"])
def test_what_names_no_point_is_refused(register: Register, when: str) -> None:
    """As in `ropa.past`."""
    with pytest.raises(InputError, match="no point"):
        register.at(when)


def test_what_was_slipped_in_is_told(own: Register) -> None:
    """A state is given as it was recorded, or not at all."""
    graph = own.graph(ORDERS)
    graph.add((ORDERS, DCT.title, Literal("slipped in")))
    own._store.write({ORDERS: graph})
    with pytest.raises(StoreError, match="does not lead back"):
        own.at(2)
