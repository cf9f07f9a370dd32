"""What a register was: compared with a copy that was put aside after each change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import entry, history, past, recording, syntax
from ropa.errors import InputError, NotFound, StoreError
from ropa.store import open_store
from ropa.store.base import Store
from ropa.terms import XSD

BASE = "https://example.org/data/"
NAMES = [
    URIRef(BASE + name)
    for name in (
        *("companies/one", "companies/two", "organisations/host", "sources/notice"),
        *(f"activities/one/task-{number}" for number in range(4)),
    )
]
Triple = tuple[Node, Node, Node]
Shadow = dict[URIRef, frozenset[Triple]]

# As they are given, and as an engine keeps them that rewrites what it can count.
TEXTS: list[tuple[Literal, Literal]] = [
    *(
        (Literal(given), Literal(given))
        for given in (
            *("", " ", 'a "quoted" word', "back\\slash \\u0041", "tab\tand\r\nlines\n"),
            *("beyond the first plane \U0001f600", "é or e\u0301", "\x7f", "<a> ."),
        )
    ),
    (Literal("couleur", lang="fr"), Literal("couleur", lang="fr")),
    *(
        (
            Literal(given, datatype=XSD[kind], normalize=False),
            Literal(kept, datatype=XSD[kept_kind], normalize=False),
        )
        for given, kind, kept, kept_kind in (
            ("1.50", "decimal", "1.5", "decimal"),
            ("1.5", "decimal", "1.5", "decimal"),
            ("+1", "integer", "1", "integer"),
            ("0001", "integer", "1", "integer"),
            ("1", "boolean", "true", "boolean"),
            ("P13M", "duration", "P1Y1M", "duration"),
            (
                "2026-03-01T12:00:00.500Z",
                "dateTime",
                "2026-03-01T12:00:00.5Z",
                "dateTime",
            ),
            ("2026-03-01", "date", "2026-03-01", "date"),
            ("no number", "integer", "no number", "integer"),
        )
    ),
]


class Writer:
    """Makes random changes, and puts a copy of all that is kept aside after each."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.given: dict[URIRef, set[tuple[Triple, Triple]]] = {}
        self.shadows: list[Shadow] = [{}]

    def statement(self, name: URIRef) -> tuple[Triple, Triple]:
        """Make one statement of a graph, as it is given and as it is kept."""
        subject = self.chance.choice([name, URIRef(f"{name}#part")])
        way = URIRef(f"{BASE}way-{self.chance.randrange(3)}")
        if self.chance.random() < 0.3:
            other = self.chance.choice(NAMES)
            return (subject, way, other), (subject, way, other)
        given, kept = self.chance.choice(TEXTS)
        return (subject, way, given), (subject, way, kept)

    def change(self) -> None:
        """Add, alter, take out or bring back one graph, or several at once."""
        several = self.chance.choice([1, 1, 1, 2, 3])
        after: dict[URIRef, Graph | None] = {}
        for name in self.chance.sample(NAMES, several):
            graph = entry.answers_graph(name) if self.chance.random() < 0.2 else name
            held = set(self.given.get(graph, ()))
            if held and self.chance.random() < 0.15:
                held = set()
            else:
                lost = [one for one in sorted(held) if self.chance.random() < 0.3]
                held -= set(lost)
                new = self.chance.randrange(4)
                held |= {self.statement(graph) for _ in range(new)}
            self.given[graph] = held
            made = Graph()
            for given, _ in held:
                made.add(given)
            after[graph] = made if held else None
        account = history.Account(history.Author.person("Ada"), "why not")
        recording.record(self.store, BASE, after, account)
        # As plain sets: nothing of what is tested made them.
        kept = {
            graph: frozenset(kept for _, kept in held)
            for graph, held in self.given.items()
            if held
        }
        self.shadows.append(kept)


def states_are_as_they_were(edits: int, points: int, seed: int) -> None:
    """Compare states at random points with the copies put aside."""
    store = open_store("memory:", in_union=entry.is_stated)
    writer = Writer(store, seed)
    chance = random.Random(seed + 1)
    for number in range(1, edits + 1):
        writer.change()
        if chance.random() < points / edits or number == edits:
            first = {0, 1} if number == edits else set()
            for then in {number - 1, number, chance.randrange(number), *first}:
                compare(store, writer.shadows[then], then, chance)
    assert len(writer.shadows) == edits + 1
    store.close()


def compare(store: Store, shadow: Shadow, then: int, chance: random.Random) -> None:
    """Compare the state after a change with the copy put aside then."""
    state = past.register_at(store, BASE, then)
    found = {
        name: frozenset(syntax.graph(lines)) for name, lines in state.graphs.items()
    }
    assert found == shadow
    for name in chance.sample(NAMES, 2):
        one = frozenset(past.state(store, name, then))
        assert one == shadow.get(name, frozenset())


def test_states_are_as_they_were() -> None:
    """After 300 random changes, the register at any of them is what it was then."""
    states_are_as_they_were(edits=300, points=15, seed=20261122)


@pytest.mark.deep
def test_states_are_as_they_were_after_ten_thousand_changes() -> None:
    """The same after 10,000 changes, where histories of single entries are long."""
    states_are_as_they_were(edits=10_000, points=25, seed=7)


# -- points in time ------------------------------------------------------------------

LAST_OF_MARCH_1 = "2026-03-01T23:59:59.999Z"
FIRST_OF_MARCH_2 = "2026-03-02T00:00:00Z"


@pytest.fixture
def store() -> Iterator[Store]:
    """Give an empty store in memory."""
    opened = open_store("memory:", in_union=entry.is_stated)
    yield opened
    opened.close()


@pytest.fixture
def dated(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give a store with four changes; before the last, the clock was put back."""
    moments = iter(
        [
            datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC),
            datetime.fromisoformat(LAST_OF_MARCH_1),
            datetime.fromisoformat(FIRST_OF_MARCH_2),
            datetime(2026, 1, 1, tzinfo=UTC),
        ]
    )

    class Clock(datetime):
        """A clock that goes as the test says."""

        @classmethod
        def now(cls, _zone: object = None) -> datetime:  # type: ignore[override]
            return next(moments)

    monkeypatch.setattr(history, "datetime", Clock)
    for number in range(4):
        graph = Graph()
        graph.add((NAMES[0], URIRef(BASE + "way"), Literal(number)))
        account = history.Account(history.Author.person(f"Ada {number + 1}"))
        recording.record(store, BASE, {NAMES[0]: graph}, account)
    monkeypatch.undo()
    return store


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("2026-02-28", 0),
        (date(2026, 2, 28), 0),
        ("2026-03-01T11:59:59.999Z", 0),
        ("2026-03-01T12:00:00Z", 1),
        ("2026-03-01T12:00", 1),
        ("2026-03-01T13:00:00+01:00", 1),
        ("2026-03-01T23:59:59.998Z", 1),
        (LAST_OF_MARCH_1, 2),
        ("2026-03-01", 2),
        (date(2026, 3, 1), 2),
        (" 2026-03-01 ", 2),
        # The clock was put back before the last change: it bears the moment before it.
        (FIRST_OF_MARCH_2, 4),
        ("2026-03-02", 4),
        ("9999-12-31", 4),
        ("9999-12-31T23:59:59-14:00", 4),
        ("0001-01-01", 0),
        ("0001-01-01T00:00:00+14:00", 0),
        ("0", 0),
        (3, 3),
        ("000000003", 3),
        (f"{BASE}changes/000000003", 3),
        (f"{BASE}changes/000000003#1", 3),
    ],
)
def test_a_point_in_time_is_the_newest_change_before_it(
    dated: Store, when: str | int | date, number: int
) -> None:
    """A day counts whole, a moment to the thousandth of a second."""
    assert past.change_at(dated, BASE, when) == number


@pytest.mark.parametrize(
    "when",
    [
        "",
        "yesterday",
        "2026-02-30",
        "2026-03",
        "1.5",
        "-1",
        "2026-03-01T25:00",
        "x" * 99,
    ],
)
def test_what_is_no_point_in_time_is_refused(dated: Store, when: str) -> None:
    """The hint says how to write one."""
    with pytest.raises(InputError, match="no point in the history") as told:
        past.change_at(dated, BASE, when)
    assert "2026-03-01" in str(told.value.hint)


@pytest.mark.parametrize("when", [5, "5", f"{BASE}changes/000000005", -1])
def test_a_change_that_is_not_there_is_not_found(dated: Store, when: str | int) -> None:
    """The hint names the newest one."""
    with pytest.raises(NotFound, match="no change") as told:
        past.change_at(dated, BASE, when)
    assert "4" in str(told.value.hint)


def test_a_point_names_who_made_the_change_and_when(dated: Store) -> None:
    """Before the first change there is neither."""
    assert past.point_at(dated, BASE, "2026-03-01") == past.Point(
        2, LAST_OF_MARCH_1, "Ada 2"
    )
    assert past.point_at(dated, BASE, 0) == past.Point(0)


def test_what_was_altered_outside_of_history_is_told(dated: Store) -> None:
    """A state that does not have the digest recorded then is not given."""
    graph = dated.graph(NAMES[0])
    graph.add((NAMES[0], URIRef(BASE + "way"), Literal("slipped in")))
    dated.write({NAMES[0]: graph})
    with pytest.raises(StoreError, match="does not lead back to change 3"):
        past.register_at(dated, BASE, 3)
    with pytest.raises(StoreError, match="does not lead back to change 3"):
        past.state(dated, NAMES[0], 3)
