"""What was answered is known until something is written, and no longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib.term import Literal, URIRef

from ropa import queries, remembering
from ropa.remembering import Remembering
from ropa.store.base import Table

TREE = Path(__file__).parents[2]

if TYPE_CHECKING:
    from collections.abc import Callable

    from ropa.register import Register


class Counting:
    """A store that counts what it is asked, and may be written to meanwhile."""

    def __init__(self) -> None:
        self.revision = 0
        self.asked: list[str] = []
        self.rows = 1
        self.meanwhile: Callable[[], None] = lambda: None

    def select(self, text: str) -> Table:
        """Answer with as many rows as was said, each of the present revision."""
        self.asked.append(text)
        answer = Table(["revision"], [(Literal(self.revision),)] * self.rows)
        self.meanwhile()
        return answer


@pytest.fixture
def store() -> Counting:
    """A store that was asked nothing."""
    return Counting()


@pytest.fixture
def memory(store: Counting) -> Remembering:
    """What remembers its answers."""
    return Remembering(store)  # type: ignore[arg-type] - all that it uses


def told(memory: Remembering, text: str = "q") -> int:
    """Ask, and give the revision that the answer is of."""
    (value,) = memory.select(text).rows[0]
    return int(str(value))


def test_it_asks_once_until_something_is_written(
    store: Counting, memory: Remembering
) -> None:
    """Each query by itself; a write makes all of them be asked again."""
    assert [told(memory), told(memory), told(memory, "other")] == [0, 0, 0]
    assert store.asked == ["q", "other"]
    store.revision = 1
    assert [told(memory), told(memory)] == [1, 1]
    assert store.asked == ["q", "other", "q"]


def test_what_is_written_meanwhile_is_not_missed(
    store: Counting, memory: Remembering
) -> None:
    """An answer that was begun before a write is not given after it."""

    def write() -> None:
        store.revision += 1
        store.meanwhile = lambda: None

    store.meanwhile = write
    assert told(memory) == 0
    assert told(memory) == 1


def test_a_table_is_its_readers_own(memory: Remembering) -> None:
    """Whoever sorts or empties a table does so for nobody else."""
    first = memory.select("q")
    first.rows.clear()
    first.columns.append("more")
    assert memory.select("q") == Table(["revision"], [(Literal(0),)])


def test_it_keeps_no_more_than_so_much(
    store: Counting, memory: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest unused goes first; what is larger than all is never kept."""
    monkeypatch.setattr(remembering, "_MOST_CELLS", 1000)
    memory = Remembering(store)  # type: ignore[arg-type] - all that it uses
    store.rows = 400
    for text in ("a", "b", "a", "c", "a", "b"):
        memory.select(text)
    assert store.asked == ["a", "b", "c", "b"]
    store.asked.clear()
    store.rows = 1000
    memory.select("large")
    memory.select("large")
    memory.select("b")
    assert store.asked == ["large", "large"]


def test_a_register_answers_of_what_was_written_last(register: Register) -> None:
    """A question that was asked before is answered anew after an entry has gone."""
    before = register.ask("activities", company="wpo").rows
    assert register.ask("activities", company="wpo").rows == before
    register.remove(
        URIRef(f"{register.base}activities/wpo/marketing"),
        author="test",
        replaces=["*"],
    )
    after = register.ask("activities", company="wpo").rows
    gone = [row for row in before if str(row[1]) == "marketing"]
    assert gone
    assert [row for row in before if row not in gone] == after


def test_no_query_reads_the_clock_unless_it_is_told_a_day() -> None:
    """An answer that moved with the clock would stand still while it is remembered."""
    files = sorted(TREE.glob("ropa/queries/*.rq"))
    asking = [one.stem for one in files if "NOW()" in one.read_text()]
    assert asking
    assert all("as_of" in queries.load(name).parameters for name in asking)
    code = [one for room in ("ropa", "webui") for one in (TREE / room).rglob("*.py")]
    assert len(code) > 150
    assert not [one for one in code if "NOW()" in one.read_text()]
