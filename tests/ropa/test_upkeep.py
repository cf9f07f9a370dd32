"""What is derived of many entries: in portions, aside, kept as it goes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.term import URIRef

from ropa import bounded, history, past, upkeep
from ropa.approval import Kind
from ropa.cli import main
from ropa.errors import LimitReached, StoreDamaged
from ropa.register import Register
from ropa.terms import DPV
from ropa.upkeep import Progress
from tests.benchmarks import synthetic
from tests.ropa.test_refreshing import ACTIVITY, kept, many
from webui import create_app

OTHER = URIRef(f"{synthetic.BASE}activities/firm-2/activity-2")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with entries of which nothing is derived yet."""
    place = tmp_path_factory.mktemp("upkeep") / "register"
    with Register.create(str(place), base=synthetic.BASE) as register:
        register.add(many(), author="Ada")
        register._store.write(dict.fromkeys(kept(register)))
    return place


@pytest.fixture(scope="module")
def wanted(
    loaded: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[URIRef, set[str]]:
    """Give all that is derived where it is made at once."""
    place = tmp_path_factory.mktemp("at-once") / "register"
    shutil.copytree(loaded, place)
    with Register.open(str(place)) as register:
        register.refresh_findings()
        found = kept(register)
    assert found
    return found


@pytest.fixture
def place(loaded: Path, tmp_path: Path) -> Path:
    """Give such a folder that one test has for itself."""
    return Path(shutil.copytree(loaded, tmp_path / "register"))


@pytest.fixture
def register(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """Open it; little is made while somebody waits."""
    monkeypatch.setattr(upkeep, "_AT_ONCE", 1)
    monkeypatch.setattr(upkeep, "_PORTION_ASIDE", 2)
    with Register.open(str(place)) as opened:
        yield opened


def history_of(register: Register) -> history.Head:
    """Give the newest change."""
    return past.head(register._store, register.base)


def ended(register: Register) -> list[Progress]:
    """Have all made aside, and give what was told meanwhile."""
    told: list[Progress] = []
    is_over = threading.Event()

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress.is_over:
            is_over.set()

    register.tell_progress(tell)
    register.work_aside()
    assert is_over.wait(120)
    return told


def test_what_is_made_aside_is_what_is_made_at_once(
    register: Register, wanted: dict[URIRef, set[str]]
) -> None:
    """Portion by portion; history has no part in it."""
    before = register.verify()
    told = ended(register)
    assert kept(register) == wanted
    judged = [progress.judged for progress in told]
    assert judged == sorted(judged)
    assert len({*judged}) > 2
    assert told[-1] == register.progress() == (told[-1].total, told[-1].total, {})
    after = register.verify()
    assert before.is_intact
    assert after.is_intact
    assert after.digest == before.digest


def test_who_asks_meanwhile_is_told_how_far_it_is(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for all; nothing unjudged passes for being without findings."""
    monkeypatch.setattr(register._upkeep, "_wake", lambda: None)
    partly: list[Progress] = []
    register.tell_partly(partly.append)
    register.work_aside()
    assert register.ask("findings").rows == []
    assert register.summary()["findings"] == 0
    assert [progress.judged for progress in partly] == [0, 0]
    assert partly[0].total == len(register._checkable())


def test_what_is_asked_for_is_made_first(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One entry while it is waited for; several before all others."""
    monkeypatch.setattr(register._upkeep, "_wake", lambda: None)
    partly: list[Progress] = []
    register.tell_partly(partly.append)
    register.work_aside()
    assert len(register.findings(ACTIVITY))
    assert len(register.inferred(ACTIVITY))
    assert not partly
    assert register.progress().judged == 1
    last = register._checkable()[-2:]
    register.refresh_findings(last)
    assert partly
    assert register._upkeep._next() == last


def test_a_killed_one_goes_on_where_it_was(
    place: Path, wanted: dict[URIRef, set[str]]
) -> None:
    """What was told to be done is there, and is not made again."""
    code = (
        "import sys, time; from ropa import upkeep; upkeep._PORTION_ASIDE = 2\n"
        "from ropa.register import Register\n"
        f"register = Register.open({str(place)!r})\n"
        "register.tell_progress(lambda it: print(it.judged, flush=True))\n"
        "register.work_aside(); time.sleep(100)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        judged = [int(process.stdout.readline()) for _ in range(2)][-1]
        process.kill()
    with Register.open(str(place)) as register:
        assert judged > 0
        assert register.progress().judged >= judged
        assert register.verify().is_intact
        before = kept(register)
        assert before.items() <= wanted.items()
        missing = register.progress().total - register.progress().judged
        assert register.refresh_findings() == missing
        assert kept(register) == wanted


def test_the_past_is_made_aside_as_well(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for it is told likewise how far it is."""
    before = history_of(register).number
    register.remove(OTHER, author="Ada", replaces="*")
    monkeypatch.setattr(upkeep.Upkeep, "_wake", lambda _: None)
    partly: list[Progress] = []
    register.tell_partly(partly.append)
    register.work_aside()
    then = register.at(before)
    assert then.ask("findings").rows == []
    assert partly[-1] == then.progress()
    assert then.progress().total == register.progress().total + 1
    assert len(then.findings(OTHER))


def test_damage_that_comes_later_is_found_and_nobody_meets_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server looks through its files; pages then tell the way back."""
    monkeypatch.setattr(upkeep, "_FIRST_WATCH_SECONDS", 0.0)
    with Register.open(str(place)) as register:
        pages = create_app(register).test_client()
        headers = {"Host": "127.0.0.1:8000", "Accept": "text/html"}
        assert pages.get("/", headers=headers).status_code == 200
        (table, *_) = sorted((place / "oxigraph").glob("*.sst"))
        data = bytearray(table.read_bytes())
        data[len(data) // 2] ^= 1
        table.write_bytes(data)
        register.work_aside()
        until = time.monotonic() + 60
        while time.monotonic() < until and not register._store._damage:  # type: ignore[attr-defined]
            time.sleep(0.01)
        with pytest.raises(StoreDamaged, match=table.name):
            register.ask("companies")
        page = pages.get("/", headers=headers)
        assert page.status_code == 503
        assert "ropa restore" in page.get_data(as_text=True)


@pytest.fixture
def hopeless(monkeypatch: pytest.MonkeyPatch) -> URIRef:
    """Name an entry whose check never ends, whatever else is in its portion."""
    call = bounded.call

    def called(function: str, header: dict[str, Any], *given: Any, **how: Any) -> Any:
        if function.endswith(":check") and str(OTHER) in header["entries"]:
            raise LimitReached("It took more than 60 seconds.", limit="seconds")
        return call(function, header, *given, **how)

    monkeypatch.setattr(bounded, "call", called)
    return OTHER


@pytest.mark.parametrize("is_aside", [True, False])
def test_one_that_cannot_be_judged_is_not_the_end(
    register: Register,
    hopeless: URIRef,
    wanted: dict[URIRef, set[str]],
    is_aside: bool,
) -> None:
    """It is named, with why; of the others all is known."""
    partly: list[Progress] = []
    register.tell_partly(partly.append)
    if is_aside:
        ended(register)
    rows = register.ask("findings").rows
    assert rows
    progress = partly[-1]
    assert progress.failed == {hopeless: "It took more than 60 seconds."}
    assert (progress.judged, progress.is_over) == (progress.total - 1, True)
    others = {n: g for n, g in wanted.items() if not n.startswith(f"{hopeless}/")}
    assert others.items() <= kept(register).items()
    assert register.unjudged([hopeless, ACTIVITY]) == {hopeless}
    with pytest.raises(LimitReached, match="cannot be judged"):
        register.take_step(Kind.APPROVAL, {hopeless: "*"}, author="Bob")


def test_a_command_names_it_and_answers(place: Path, hopeless: URIRef) -> None:
    """Once, on standard error, in both languages; the answer is that of the others."""
    for lang, words in (("en", "Cannot be judged"), ("fr", "Ne peut être examinée")):
        given = ["--store", str(place), "--lang", lang, "ask", "findings"]
        result = CliRunner().invoke(main, [*given, "--format", "csv"])
        assert result.exit_code == 0
        assert result.stderr.count(str(hopeless)) == 1
        assert result.stderr.startswith(words)
        assert len(result.stdout.splitlines()) > 1


def test_an_entry_that_was_changed_is_tried_again(
    register: Register, hopeless: URIRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before: that would take its minute each time."""
    register.refresh_findings()
    assert register.refresh_findings() == 0
    changed = Graph()
    changed += register.read(hopeless)
    monkeypatch.undo()
    changed.remove((hopeless, DPV.hasPurpose, None))
    register.add(changed, author="Ada", replaces="*")
    assert register.progress().is_over
    register.refresh_findings()
    assert register.progress().failed == {}
    assert "purpose-missing" in str(kept(register)[URIRef(f"{hopeless}/findings")])


def test_what_is_written_meanwhile_gets_its_own_findings(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made of the entry as it was before is not kept."""
    made, written = register._upkeep._made, threading.Event()

    def slow(what: str, names: list[URIRef]) -> Any:
        found = made(what, names)
        if ACTIVITY in names and not written.is_set():
            written.set()
            changed = Graph()
            changed += register.read(ACTIVITY)
            changed.remove((ACTIVITY, DPV.hasPurpose, None))
            # Another thread writes: nothing is locked while a portion is made.
            writer = threading.Thread(
                target=register.add,
                args=[changed],
                kwargs={"author": "Ada", "replaces": "*"},
            )
            writer.start()
            writer.join(60)
            assert not writer.is_alive()
        return found

    monkeypatch.setattr(register._upkeep, "_made", slow)
    ended(register)
    assert written.is_set()
    quick = kept(register)
    assert "purpose-missing" in str(quick[URIRef(f"{ACTIVITY}/findings")])
    register._store.write(dict.fromkeys(quick))
    register.refresh_findings(is_needed=True)
    assert kept(register) == quick
    assert register.verify().is_intact


def test_one_that_was_taken_out_meanwhile_leaves_nothing(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No findings stand beside an entry that is gone."""
    made = register._upkeep._made

    def slow(what: str, names: list[URIRef]) -> Any:
        found = made(what, names)
        if OTHER in names and len(register.graph(OTHER)):
            register.remove(OTHER, author="Ada", replaces="*")
        return found

    monkeypatch.setattr(register._upkeep, "_made", slow)
    ended(register)
    assert not [name for name in kept(register) if name.startswith(OTHER)]


def test_a_fault_of_ours_is_no_reason_to_leave_the_others(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries of its portion are named; the thread goes on."""
    made = register._upkeep._made

    def faulty(what: str, names: list[URIRef]) -> Any:
        if OTHER in names:
            raise ValueError
        return made(what, names)

    monkeypatch.setattr(register._upkeep, "_made", faulty)
    last = ended(register)[-1]
    assert OTHER in last.failed
    assert 0 < len(last.failed) <= 2
    assert last.judged == last.total - len(last.failed)
