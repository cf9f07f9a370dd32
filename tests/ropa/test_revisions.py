"""Nobody overwrites what they have not read: revisions, clashes, races."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from click.testing import CliRunner
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import cli, history, past, revisions, syntax
from ropa.errors import (
    Conflict,
    InputError,
    NotFound,
    RevisionMissing,
    RopaError,
)
from ropa.formats import clashing
from ropa.register import Register
from ropa.revisions import Clash
from ropa.saving import Saved
from ropa.served import Served, connect
from ropa.terms import DCT, PROV
from tests.ropa.answering_entries import ENTRIES, ORDERS
from tests.ropa.test_served import serving
from webui import create_app

ENTRY = URIRef(ORDERS)
COMPANY = URIRef(ORDERS.replace("activities/mill/orders", "companies/mill"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with one company and one activity."""
    path = tmp_path / "register"
    with Register.create(str(path)) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="Ann")
    return path


@pytest.fixture
def mill(place: Path) -> Iterator[Register]:
    """The same, open."""
    with Register.open(str(place)) as register:
        yield register


def titled(graph: Graph, title: str) -> Graph:
    """Give the activity with another title."""
    other = Graph()
    other += graph
    other.set((ENTRY, DCT.title, Literal(title, lang="en")))
    return other


def test_an_entry_that_is_there_is_not_replaced_unread(mill: Register) -> None:
    """Without a revision nothing is written; the error names the one that stands."""
    changed = titled(mill.read(ENTRY), "Parcels")
    with pytest.raises(RevisionMissing) as caught:
        mill.add(changed, author="Bob")
    assert caught.value.http_status == 428
    assert caught.value.details["revisions"] == [mill.etag(ENTRY)]
    assert past.head(mill, mill.base).number == 2
    with pytest.raises(RevisionMissing):
        mill.remove(ENTRY, author="Bob")
    assert len(mill.read(ENTRY))


def test_what_stands_as_it_was_given_is_not_written_again(mill: Register) -> None:
    """No change is made, whoever saves it; and only what differs is written."""
    before = mill.read(ENTRY)
    (same,) = mill.add(before, author="Bob")
    assert not same.changed
    assert not same.created
    assert same.revision == mill.etag(ENTRY)
    assert history.number_of(same.change) == 2
    assert same.findings == len(set(mill.findings(ENTRY).subjects())) - 1 > 0
    both = titled(before, "Parcels") + mill.read(COMPANY)
    saved = mill.add(both, author="Bob", replaces=[mill.etag(ENTRY)])
    assert {one.iri: one.changed for one in saved} == {ENTRY: True, COMPANY: False}
    written = mill.graph(history.change_iri(mill.base, 3))
    assert set(written.objects(None, PROV.specializationOf)) == {ENTRY}


@pytest.mark.parametrize("written", ["1.50", "01.5", "+1.5"])
def test_another_spelling_of_a_number_is_no_change(
    mill: Register, written: str
) -> None:
    """The store writes numbers its own way; that is not the author's change."""
    decimal = URIRef("http://www.w3.org/2001/XMLSchema#decimal")
    way = URIRef("https://e.example/share")
    graph = mill.read(ENTRY)
    graph.add((ENTRY, way, Literal("1.5", datatype=decimal, normalize=False)))
    mill.add(graph, author="Bob", replaces=[mill.etag(ENTRY)])
    again = mill.read(ENTRY)
    again.set((ENTRY, way, Literal(written, datatype=decimal, normalize=False)))
    assert not mill.add(again, author="Bob")[0].changed


def test_a_stale_revision_is_told_with_both_versions(mill: Register) -> None:
    """The clash holds what was read, what stands and what would have been written."""
    read, seen = mill.read(ENTRY), mill.etag(ENTRY)
    theirs, yours = titled(read, "Parcels"), titled(read, "Sacks")
    mill.add(theirs, author="Bea", reason="renamed", replaces=[seen])
    with pytest.raises(Conflict) as caught:
        mill.add(yours, author="Bob", replaces=[seen])
    (values,) = caught.value.details["clashes"]
    clash = Clash.from_values(values)
    assert set(clash.read) == set(read)
    assert set(clash.now) == set(theirs)
    assert set(clash.given) == set(yours)
    assert clash.stands is not None
    assert (clash.stands.author, clash.stands.number) == ("Bea", 3)
    lines = "\n".join(clashing.as_lines(values, "en"))
    assert "Bea" in lines
    assert "renamed" in lines
    assert lines.index("Parcels") < lines.index("Sacks")
    (renamed,) = clashing.as_values(values, "fr")["since_read"]
    assert "Parcels" in renamed["now"][0]
    assert set(mill.read(ENTRY)) == set(theirs)


def test_a_revision_is_also_named_by_the_number_of_a_change(mill: Register) -> None:
    """As it was after that change: earlier ones are stale, later ones are not."""
    mill.add(titled(mill.read(ENTRY), "A"), author="Bea", replaces=["2"])
    with pytest.raises(Conflict):
        mill.add(titled(mill.read(ENTRY), "B"), author="Bob", replaces=["2"])
    mill.add(mill.read(COMPANY), author="Bea", replaces=["2"])
    for never in ("4", "99", "000000099"):
        # Nobody has seen what is not there yet.
        with pytest.raises(Conflict):
            mill.add(titled(mill.read(ENTRY), "B"), author="Bob", replaces=[never])
        with pytest.raises(Conflict):
            mill.remove(ENTRY, author="Bob", replaces=[never])
    assert mill.add(titled(mill.read(ENTRY), "C"), author="Bob", replaces=["3"])


def test_an_entry_that_was_removed_meanwhile_is_not_brought_back(
    mill: Register,
) -> None:
    """Who read it is told that it is gone, and by whom."""
    read, seen = mill.read(ENTRY), mill.etag(ENTRY)
    mill.remove(ENTRY, author="Bea", replaces=[seen])
    for replaces in ([seen], ["2"]):
        with pytest.raises(Conflict) as caught:
            mill.add(titled(read, "Sacks"), author="Bob", replaces=replaces)
        (values,) = caught.value.details["clashes"]
        assert not Clash.from_values(values).now
        assert any("removed" in line for line in clashing.as_lines(values, "en"))
    assert mill.add(read, author="Bob")[0].created


def test_nothing_is_removed_by_nobody(mill: Register) -> None:
    """Without an author there is no write, whatever it is."""
    with pytest.raises(InputError):
        mill.remove(ENTRY, author=" ", replaces=revisions.ANY)
    assert len(mill.read(ENTRY))


def test_what_was_removed_is_told_as_such(mill: Register) -> None:
    """Who looks for it learns who took it out, and how it comes back."""
    mill.remove(ENTRY, author="Bea", replaces=revisions.ANY)
    with pytest.raises(NotFound, match="removed by Bea"):
        mill.read(ENTRY)
    path = f"/{ORDERS.partition('8000/')[2]}"
    headers = {"Host": "127.0.0.1:8000", "Accept": "text/html"}
    page = create_app(mill).test_client().get(path, headers=headers)
    assert page.status_code == 404
    assert f'href="{path}/history"' in page.get_data(as_text=True)
    with pytest.raises(NotFound, match="There is no entry"):
        mill.read(URIRef(f"{ORDERS}-never"))


def test_a_new_entry_can_be_demanded(mill: Register) -> None:
    """Not even the same entry is then put in the place of one that is there."""
    with pytest.raises(Conflict):
        mill.add(mill.read(ENTRY), author="Bob", replaces=revisions.NEW)


def test_a_digest_of_an_entry_that_never_was_is_refused(mill: Register) -> None:
    """Beside one that was read, new entries are fine; by themselves nobody read any."""
    text = syntax.serialize(mill.read(ENTRY), syntax.Syntax.NTRIPLES).decode()
    new = syntax.graph(text.replace("orders", "parcels").splitlines())
    seen = mill.etag(ENTRY)
    with pytest.raises(Conflict, match="never had a revision"):
        mill.add(new, author="Bob", replaces=[seen])
    both = new + titled(mill.read(ENTRY), "Sacks")
    assert all(one.changed for one in mill.add(both, author="Bob", replaces=[seen]))


def test_on_the_command_line(place: Path, tmp_path: Path) -> None:
    """Refused without a revision, told with a stale one, saved with the right one."""
    runner = CliRunner()

    def run(*words: str) -> tuple[int, str, str]:
        found = runner.invoke(cli.main, ["--store", str(place), *words])
        return found.exit_code, found.stdout, found.stderr

    code, turtle, said = run("show", "mill/orders")
    assert code == 0
    revision = said.rpartition("revision: ")[2].split()[0]
    assert revision.startswith("sha256:")
    file = tmp_path / "orders.ttl"
    file.write_text(turtle)
    assert "unchanged" in run("add", str(file), "--author", "Bob")[1]
    file.write_text(turtle.replace('"Orders"', '"Parcels"'))
    code, out, said = run("add", str(file), "--author", "Bob")
    assert (code, out) == (1, "")
    assert "--revision" in said
    told = run("add", str(file), "--author", "Bob", "--revision", revision)
    assert told[0] == 0, told
    assert "replaced" in told[1]
    file.write_text(turtle.replace('"Orders"', '"Sacks"'))
    code, _, said = run("add", str(file), "--author", "Eve", "--revision", revision)
    assert code == 1
    assert "Bob" in said
    assert "Parcels" in said
    assert run("add", str(file), "--author", "Eve", "--replace")[0] == 0
    code, _, said = run("remove", "mill/orders", "--revision", revision)
    assert code == 1
    assert "Eve" in said
    assert run("remove", "mill/orders", "--author", "Eve")[0] == 0


def race(
    write: Callable[[int, int, str], list[Saved] | None],
    read: Callable[[], str],
    *,
    rounds: int,
    writers: int,
) -> list[int]:
    """Let many write on top of the same revision, round after round.

    Returns:
        Of each round, who won.

    Raises:
        AssertionError: not exactly one won, or another error came.
    """
    winners = []
    with ThreadPoolExecutor(writers) as pool:
        for turn in range(rounds):
            seen, gate = read(), threading.Barrier(writers)

            def attempt(
                who: int, turn: int = turn, seen: str = seen, gate: object = gate
            ) -> RopaError | None:
                assert isinstance(gate, threading.Barrier)
                gate.wait()
                try:
                    write(turn, who, seen)
                except RopaError as found:
                    return found
                return None

            told = list(pool.map(attempt, range(writers)))
            assert all(error is None or isinstance(error, Conflict) for error in told)
            won = [who for who, error in enumerate(told) if error is None]
            assert len(won) == 1
            winners += won
    return winners


def _race_in_a_folder(mill: Register, *, rounds: int, writers: int) -> None:
    start = mill.read(ENTRY)

    def write(turn: int, who: int, seen: str) -> list[Saved]:
        mine = titled(start, f"turn {turn} by {who}")
        return mill.add(mine, author=str(who), replaces=[seen])

    winners = race(write, lambda: mill.etag(ENTRY), rounds=rounds, writers=writers)
    known = past.versions(mill, ENTRY)[1:]
    assert [one.author for one in known] == [str(who) for who in winners]
    for turn, one in enumerate(known):
        stood = past.state(mill, ENTRY, one.number)
        title = f"turn {turn} by {winners[turn]}"
        assert str(stood.value(ENTRY, DCT.title)) == title


def test_of_many_writers_exactly_one_wins_each_round(mill: Register) -> None:
    """All others are told, and history has the winners in order."""
    _race_in_a_folder(mill, rounds=12, writers=8)


@pytest.mark.deep
def test_of_fifty_writers_exactly_one_wins_each_of_a_hundred_rounds(
    mill: Register,
) -> None:
    """The same with many more."""
    _race_in_a_folder(mill, rounds=100, writers=50)


def test_programs_commands_and_forms_race_through_a_server(
    place: Path, tmp_path: Path
) -> None:
    """However they come, one wins each round, and the others are told why."""
    with serving(place), ThreadPoolExecutor() as pool:
        served = connect(str(place))
        assert isinstance(served, Served)
        start = served.read(ENTRY)
        before = syntax.digest(start)

        def program(turn: int, who: int, seen: str) -> bool:
            with Served(served.address) as mine:
                try:
                    mine.add(
                        titled(start, f"{turn}-{who}"), author="P", replaces=[seen]
                    )
                except Conflict as error:
                    assert error.details["clashes"][0]["since_read"]
                    return False
                return True

        def command(turn: int, who: int, seen: str) -> bool:
            file = tmp_path / f"{turn}-{who}.nt"
            graph = titled(start, f"{turn}-{who}")
            file.write_bytes(syntax.serialize(graph, syntax.Syntax.NTRIPLES))
            words = ["add", str(file), "--author", "C", "--revision", seen]
            done = subprocess.run(
                [sys.executable, "-m", "ropa", "--store", str(place), *words],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0 or "Since it was read" in done.stderr
            return done.returncode == 0

        def form(turn: int, who: int, seen: str) -> bool:
            given = {"entry": str(ENTRY), "to": "2", "revision": seen, "author": "F"}
            address = served.address.rstrip("/")
            answer = urllib3.request(
                "POST",
                f"{address}/reversals",
                body=urlencode({**given, "reason": f"{turn}-{who}"}),
                headers={
                    "Accept": "text/html",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Origin": address,
                },
                redirect=False,
            )
            assert answer.status in (303, 412), answer.data[:500]
            return answer.status == 303

        doors = [program, program, program, command, form, form]
        for turn in range(3):
            # So that there is something to go back from.
            assert program(turn, 9, syntax.digest(served.read(ENTRY)))
            seen = syntax.digest(served.read(ENTRY))
            tries = [pool.submit(door, turn, n, seen) for n, door in enumerate(doors)]
            assert sum(one.result() for one in tries) == 1
    with Register.open(str(place)) as register:
        assert register.verify().is_intact
        assert len(past.versions(register, ENTRY)) == 7
        assert past.versions(register, ENTRY)[0].digest == before
