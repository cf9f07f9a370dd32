"""A register of an earlier form is led to this one, and nothing of it is lost."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import Literal, URIRef

from ropa import (
    backup,
    changes,
    entry,
    folder,
    history,
    migrating,
    packaged,
    past,
    restoring,
    verifying,
)
from ropa.chain import Chain
from ropa.cli import main
from ropa.errors import FormTooNew, FormTooOld, NotFound, StoreLocked
from ropa.register import Register
from ropa.store import open_store
from ropa.terms import DCT, RDF, ROPA

GOLDEN = Path(__file__).parents[1] / "golden" / "registers"
BASE = "http://127.0.0.1:8000/"
ORDERS = URIRef(f"{BASE}activities/mill/orders")
GONE = URIRef(f"{BASE}activities/baker/gone")
MILL = URIRef(f"{BASE}companies/mill")


def put(place: Path) -> Path:
    """Put the register of the first form into a folder, as that version left it."""
    place.mkdir()
    shutil.copy(GOLDEN / "form-1.json", place / folder.SETTINGS)
    graphs: dict[URIRef, list[str]] = {}
    for line in (GOLDEN / "form-1.nq").read_text(encoding="utf-8").splitlines():
        triple, name, _ = line.rsplit(" ", 2)
        graphs.setdefault(URIRef(name[1:-1]), []).append(f"{triple} .")
    store = open_store(place, in_union=entry.is_stated)
    store.load_lines(graphs)
    store.close()
    return place


def graphs_of(place: Path) -> dict[URIRef, list[str]]:
    """Give all statements in a folder, by graph."""
    store = open_store(place, in_union=entry.is_stated)
    try:
        return {name: sorted(store.lines(name)) for name in store.graphs()}
    finally:
        store.close()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Give the folder of a register of the first form."""
    return put(tmp_path / "register")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the same register, migrated; tests only read it."""
    place = put(tmp_path_factory.mktemp("migrated") / "register")
    migrating.migrate(place)
    return place


def test_an_earlier_form_is_not_opened(old: Path) -> None:
    """It is said what to run, and nothing is changed."""
    before = graphs_of(old)
    with pytest.raises(FormTooOld) as caught:
        Register.open(str(old))
    assert f"ropa --store {old} migrate" in caught.value.hint
    assert graphs_of(old) == before
    assert "format" not in json.loads((old / folder.SETTINGS).read_text())


def test_a_later_form_is_not_opened(old: Path) -> None:
    """A version that does not know the form says so, and touches nothing."""
    settings = json.loads((old / folder.SETTINGS).read_text())
    (old / folder.SETTINGS).write_text(json.dumps({**settings, "format": 99}))
    for refused in (Register.open, lambda place: migrating.migrate(Path(place))):
        with pytest.raises(FormTooNew, match="99"):
            refused(str(old))


def test_all_that_was_there_is_there(old: Path) -> None:
    """Entries, answers and earlier changes are as they were, to the letter."""
    before = graphs_of(old)
    done = migrating.migrate(old)
    after = graphs_of(old)
    assert (done.was, done.form, done.remarks) == (1, folder.FORM, ())
    assert {name: after[name] for name in before} == before
    baseline = history.change_iri(BASE, 7)
    assert after.keys() - before.keys() == {
        baseline,
        history.added_graph(baseline),
        history.newest_graph(BASE),
    }
    assert done.aside is not None
    assert graphs_of(done.aside) == before
    assert json.loads((old / folder.SETTINGS).read_text())["format"] == folder.FORM


def test_the_backup_of_before_can_be_put_back(old: Path, tmp_path: Path) -> None:
    """What was kept of the earlier form is whole; it is of that form still."""
    before = graphs_of(old)
    done = migrating.migrate(old)
    assert done.kept is not None
    place = tmp_path / "back"
    restoring.restore(done.kept, place)
    assert graphs_of(place) == before
    assert folder.read(place).format == 1


def test_history_is_whole_from_the_baseline_on(old: Path) -> None:
    """The chain holds, and a change after the baseline is chained to it."""
    migrating.migrate(old)
    with Register.open(str(old)) as register:
        graph = register.read(ORDERS)
        graph.set((ORDERS, DCT.title, Literal("Orders of bread", lang="en")))
        register.add(graph, author="Zoé", replaces={"*"})
        chain = Chain(BASE)
        for name in register.graphs():
            if not backup.is_derived(name):
                lines = register._store.lines(name)
                chain.take(name, backup.in_order(lines))
        assert list(chain.faults()) == []
        assert chain.line[0][0] == 7


def test_the_baseline_says_what_it_is(migrated: Path) -> None:
    """It is a change of the package, a migration to this form, after all others."""
    store = open_store(migrated, in_union=entry.is_stated)
    me = history.change_iri(BASE, 7)
    graph = store.graph(me)
    store.close()
    assert (me, RDF.type, ROPA.Baseline) in graph
    assert (me, ROPA.registerForm, None) in graph
    assert (me, ROPA.earlierDigest, None) in graph
    assert (me, ROPA.precedingDigest, None) not in graph


@pytest.mark.parametrize("line", ["author", "reason", "digest", "endedAtTime"])
def test_earlier_changes_cannot_be_altered_unseen(migrated: Path, line: str) -> None:
    """The baseline bears a digest of all changes before it."""
    graphs = graphs_of(migrated)
    chain = Chain(BASE)
    altered = 0
    for name, lines in sorted(graphs.items()):
        told = [*lines]
        if name == history.change_iri(BASE, 5):
            told = [
                one.replace('"', '"0', 1) if f"{line}>" in one else one for one in lines
            ]
            altered += told != lines
        chain.take(name, backup.in_order(told))
    assert altered == 1
    assert any("changes before" in fault for fault in chain.faults())


def test_a_state_that_was_not_kept_is_not_made_up(migrated: Path) -> None:
    """Before the baseline a state is given only where the digest vouches for it."""
    store = open_store(migrated, in_union=entry.is_stated)
    try:
        now = set(store.graph(ORDERS))
        assert set(past.state(store, ORDERS, 7)) == now
        assert set(past.state(store, ORDERS, 5)) == now
        assert set(past.state(store, MILL, 2)) == set(store.graph(MILL))
        assert set(past.state(store, ORDERS, 1)) == set()
        assert set(past.state(store, GONE, 6)) == set()
        for iri, number in ((ORDERS, 2), (ORDERS, 4), (GONE, 3)):
            with pytest.raises(NotFound, match="was not kept"):
                past.state(store, iri, number)
    finally:
        store.close()


def test_versions_of_before_are_still_listed(migrated: Path) -> None:
    """Who, when and why are known of all versions, and of the baseline."""
    store = open_store(migrated, in_union=entry.is_stated)
    try:
        told = [(v.number, v.author, v.reason) for v in past.versions(store, ORDERS)]
        gone = [v.digest for v in past.versions(store, GONE)]
    finally:
        store.close()
    assert told[:2] == [
        (2, "Marie Dupont", "premier inventaire"),
        (5, "Paul Petit", "le titre était trop court"),
    ]
    assert [number for number, _, _ in told] == [2, 5, 7]
    assert gone[-1] is None


def test_the_whole_register_before_the_baseline_is_not_made_up(migrated: Path) -> None:
    """Not even that it was empty is said of a time whose statements were not kept."""
    store = open_store(migrated, in_union=entry.is_stated)
    try:
        assert ORDERS in past.register_at(store, BASE, 7).graphs
        with pytest.raises(NotFound, match="not kept"):
            past.register_at(store, BASE, 3)
        assert past.change_at(store, BASE, "2026-11-22T23:14:12Z") == 4
    finally:
        store.close()


def test_nothing_is_done_twice(old: Path) -> None:
    """A register of this form stays as it is."""
    migrating.migrate(old)
    after = graphs_of(old)
    done = migrating.migrate(old)
    assert (done.was, done.form, done.kept, done.aside) == (2, 2, None, None)
    assert graphs_of(old) == after
    assert len(list(old.parent.glob("register.*"))) == 2


def test_a_register_of_this_form_without_a_number_is_known(tmp_path: Path) -> None:
    """The second form had no number at first; its store tells."""
    place = tmp_path / "register"
    Register.create(str(place), base=BASE).close()
    settings = json.loads((place / folder.SETTINGS).read_text())
    assert settings.pop("format") == folder.FORM
    (place / folder.SETTINGS).write_text(json.dumps(settings))
    Register.open(str(place)).close()
    assert json.loads((place / folder.SETTINGS).read_text())["format"] == folder.FORM


def test_an_open_register_is_not_migrated(old: Path) -> None:
    """Whoever has it open could write to the one that is left behind."""
    store = open_store(old, in_union=entry.is_stated)
    try:
        with pytest.raises(StoreLocked):
            migrating.migrate(old)
    finally:
        store.close()
    assert [path.name for path in old.parent.iterdir()] == ["register"]


def test_the_command(old: Path) -> None:
    """It says whether there is something to do, does it, and then there is not."""
    run = CliRunner().invoke
    given = ["--store", str(old), "migrate"]
    assert run(main, [*given, "--check"]).exit_code == 1
    assert run(main, ["--store", str(old), "ask", "companies"]).exit_code == 3
    done = run(main, given)
    assert done.exit_code == 0
    assert "from form 1 to form 2" in done.stdout
    again = run(main, [*given, "--check"])
    assert (again.exit_code, "nothing to do" in again.stdout) == (0, True)
    asked = run(main, ["--store", str(old), "ask", "companies", "--format", "csv"])
    assert asked.exit_code == 0
    assert "Boulangerie Fictive" in asked.stdout
    nowhere = run(main, ["--store", str(old.parent / "no"), "migrate"])
    assert nowhere.exit_code == 1


KILLED = """
import sys
from pathlib import Path
from ropa import migrating
print("ready", flush=True)
migrating.migrate(Path(sys.argv[1]))
"""


@pytest.mark.deep
@pytest.mark.parametrize("part", range(12))
def test_a_kill_leaves_the_old_or_the_new(tmp_path: Path, part: int) -> None:
    """Whenever it is killed, the register is there: of one form, or of the other."""
    place = put(tmp_path / "register")
    before = graphs_of(place)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(place)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(part * 0.04)
        process.send_signal(signal.SIGKILL)
    was, _ = migrating.needed(place)
    assert was in {1, 2}
    if was == 1:
        assert graphs_of(place) == before
        migrating.migrate(place)
    after = graphs_of(place)
    assert {name: after[name] for name in before} == before
    assert history.change_iri(BASE, 7) in after


def test_a_migrated_register_is_proved(migrated: Path) -> None:
    """History is intact, and an earlier change that is altered is found."""
    store = open_store(migrated, in_union=entry.is_stated)
    try:
        assert verifying.verify(store, BASE).verification.faults == ()
        fifth = history.change_iri(BASE, 5)
        was = store.graph(fifth)
        graph = store.graph(fifth)
        graph.set((fifth, ROPA.author, Literal("somebody else")))
        store.write({fifth: graph})
        faults = verifying.verify(store, BASE).verification.faults
        store.write({fifth: was})
    finally:
        store.close()
    assert [(fault.kind, fault.change) for fault in faults] == [(ROPA.ChangeAltered, 7)]


def test_an_edit_of_before_is_no_creation(migrated: Path, tmp_path: Path) -> None:
    """Changes of the first form did not say what they follow; the baseline does."""
    place = Path(shutil.copytree(migrated, tmp_path / "register"))
    with Register.open(str(place)) as register:
        graph = register.read(ORDERS)
        graph.set((ORDERS, DCT.title, Literal("Orders of bread", lang="en")))
        register.add(graph, author="Zoé", replaces={"*"})
        wanted = changes.Wanted(entry=ORDERS)
        told = {
            change.number: (one.state, one.follows)
            for change in register.changes(wanted).changes
            for one in change.entries
            if one.entry == ORDERS
        }
        numbers = sorted(told)
        assert numbers == [2, 5, 7, numbers[-1]]
        assert [told[n][0] for n in numbers] == ["created", *["changed"] * 3]
        followed = [told[n][1] for n in numbers[1:]]
        assert [one and history.number_of(one) for one in followed] == [2, 5, 7]
        wanted = changes.Wanted(entry=GONE)
        listed = register.changes(wanted).changes
        assert [one.entries[0].state for one in listed] == ["removed", "created"]
        rows = register.ask("approvals").rows
        assert len(rows) == len(set(rows))
        assert sum("orders" in map(str, row) for row in rows) == 1
        assert register.verify().is_intact


def test_a_migrated_register_has_all_of_the_package(old: Path) -> None:
    """Also where its settings say that it has today's: they are looked through."""
    settings = json.loads((old / folder.SETTINGS).read_text())
    settings["package"] = packaged.digest()
    (old / folder.SETTINGS).write_text(json.dumps(settings))
    migrating.migrate(old)
    with Register.open(str(old)) as register:
        assert packaged.reference_lines().keys() <= {*register.graphs()}
        assert register.verify().is_intact
    assert folder.read(old).package == packaged.digest()


def test_the_log_of_a_migrated_register_is_whole(old: Path) -> None:
    """Before anybody opened it, and after."""
    migrating.migrate(old)
    for _ in range(2):
        with Register.open(str(old), to_verify=True) as register:
            assert register.verify().is_intact
        with Register.open(str(old)) as register:
            found = register.verify()
        assert found.is_intact
        assert found.witnessed == (7, found.changes)
