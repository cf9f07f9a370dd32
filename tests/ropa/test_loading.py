"""Many entries from files: whole entries, whole batches, and the same again."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import (
    checking,
    entry,
    history,
    loading,
    past,
    saving,
    served,
    soundness,
    syntax,
    validation,
    vocabulary,
)
from ropa.cli import main
from ropa.errors import InputError
from ropa.formats import places, rdf
from ropa.register import Register
from ropa.store import MEMORY, open_store
from ropa.store.base import Store
from ropa.syntax import Syntax
from ropa.terms import DCT, DPV
from tests.benchmarks import synthetic
from tests.ropa.test_served import serving

BASE = synthetic.BASE
DAY = date(2026, 11, 22)
AUTHOR = history.Author.person("Ada")
LINES = list(synthetic.register(20, companies=4))
ENTRIES = {line.split("> ")[0][1:].split("#")[0] for line in LINES}
ACTIVITY = f"{BASE}activities/firm-1/activity-5"

Load = Callable[..., loading.Loaded]


@pytest.fixture
def store() -> Iterator[Store]:
    """Give an empty store in memory."""
    made = open_store(MEMORY, in_union=entry.is_stated)
    yield made
    made.close()


@pytest.fixture
def load(store: Store, tmp_path: Path) -> Load:
    """Give a function that loads texts, each from a file of its own."""

    def run(*texts: str, suffix: str = ".nq", **how: object) -> loading.Loaded:
        files = []
        for number, text in enumerate(texts):
            file = tmp_path / f"{number}{suffix}"
            file.write_text(text, encoding="utf-8")
            files.append((str(file), None))
        with places.find(files, base=BASE) as found:
            assert not found.faults
            return loading.load(
                loading.Kept(store, BASE),
                found,
                reason="Load",
                as_of=DAY,
                **{"size": 6, "author": AUTHOR, **how},  # type: ignore[arg-type]
            )

    return run


def without(*words: str) -> str:
    """Give the register without the lines that hold all of some words."""
    return "".join(line for line in LINES if not all(word in line for word in words))


def stated(store: Store) -> dict[str, set[str]]:
    """Give what stands, by entry."""
    return {
        str(name): set(store.lines(name))
        for name in store.graphs()
        if not entry.is_reserved(name)
    }


def given(lines: list[str]) -> dict[str, set[str]]:
    """Give what was handed in, by entry."""
    found: dict[str, set[str]] = {}
    for s, p, o, _ in syntax.parse("".join(lines), Syntax.NQUADS):
        name = str(entry.document(s))
        found.setdefault(name, set()).add(syntax.line(s, p, o))
    return found


def test_all_entries_stand_and_each_batch_is_one_change(
    load: Load, store: Store
) -> None:
    """What was handed in stands, no more; changes are chained and name their batch."""
    done = load("".join(LINES))
    assert (done.total, done.saved, done.left_out) == (len(ENTRIES),) * 2 + (0,)
    assert stated(store) == given(LINES)
    assert done.changes == past.head(store, BASE).number > 2
    for name in ENTRIES:
        (version,) = past.versions(store, URIRef(name))
        assert version.author == "Ada"
        assert version.digest == entry.digest(store.graph(URIRef(name)))
        assert version.reason == f"Load ({version.number}/{done.changes})"
        assert not past.state(store, URIRef(name), version.number - 1)
    query = "SELECT ?c { GRAPH ?g { ?r ropa:newestChange ?c } }"
    assert len(store.select(saving.prologue() + query).rows) == 1


def test_a_batch_ends_with_an_entry(load: Load, store: Store) -> None:
    """No change holds more entries than was said, and none a part of one."""
    load("".join(sorted(LINES)), size=3)
    changes: dict[URIRef, int] = {}
    query = "SELECT ?p { GRAPH ?c { ?p prov:specializationOf ?o } }"
    for (part,) in store.select(saving.prologue() + query).rows:
        change = entry.document(URIRef(str(part)))
        changes[change] = changes.get(change, 0) + 1
    assert max(changes.values()) == 3
    assert sum(changes.values()) == len(ENTRIES)


def test_the_same_again_changes_nothing(load: Load, store: Store) -> None:
    """Neither in the same order nor in another, nor in another syntax."""
    load("".join(LINES))
    before, head = stated(store), past.head(store, BASE)
    done = load("".join(reversed(LINES)))
    assert (done.unchanged, done.saved, done.changes) == (len(ENTRIES), 0, 0)
    text = syntax.serialize(
        (q[:3] for q in syntax.parse("".join(LINES), Syntax.NQUADS)), Syntax.TURTLE
    )
    assert load(text.decode(), suffix=".ttl").unchanged == len(ENTRIES)
    assert (stated(store), past.head(store, BASE)) == (before, head)


def test_numbers_that_the_store_writes_otherwise_are_the_same_again(
    load: Load,
) -> None:
    """`1.50` is kept as `1.5`; that is no other entry."""
    text = without("numericDuration") + "".join(
        f'<{ACTIVITY}#retention> <http://www.w3.org/2006/time#{way}> "1.50"'
        "^^<http://www.w3.org/2001/XMLSchema#decimal> .\n"
        for way in ("numericDuration",)
    )
    assert load(text).saved == len(ENTRIES)
    assert load(text).unchanged == len(ENTRIES)


def test_unsound_entries_are_left_out_and_all_are_told(load: Load) -> None:
    """With file and line, of every batch; the others are saved."""
    text = without(f"<{ACTIVITY}> ", "title")
    other = f"{BASE}activities/firm-2/activity-14"
    wrong = text.replace(
        f'<{other}> <{DCT.title}> "', f'<{other}> <https://w3id.org/dpv#hasTitel> "'
    )
    done = load(wrong)
    assert done.saved == len(ENTRIES) - 2
    assert done.report is not None
    told = {(str(f.entry), f.rule): f for f in done.report.findings}
    assert {name for name, _ in told} == {ACTIVITY, other}
    missing = told[ACTIVITY, "title-missing"]
    unknown = told[other, "unknown-term"]
    lines = wrong.splitlines()
    for finding, words in ((missing, ACTIVITY), (unknown, "hasTitel")):
        assert finding.file is not None
        assert finding.file.endswith("0.nq")
        assert finding.line is not None
        assert words in lines[finding.line - 1]


def test_after_mending_the_rest_follows(load: Load, store: Store) -> None:
    """The same command again saves what was left out, and nothing twice."""
    assert load(without(f"<{ACTIVITY}> ", "title")).left_out == 1
    done = load("".join(LINES))
    assert (done.saved, done.unchanged) == (1, len(ENTRIES) - 1)
    assert stated(store) == given(LINES)


def test_what_names_an_unsound_entry_waits_for_it(load: Load, store: Store) -> None:
    """An activity is not saved into the record of a company that is not."""
    done = load(without("companies/firm-1> ", "hasName"))
    company = f"{BASE}companies/firm-1"
    assert set(done.held.values()) == {company}
    assert set(done.held) == {n for n in ENTRIES if "activities/firm-1/" in n}
    assert not set(done.held) & set(stated(store))
    assert done.saved == len(ENTRIES) - len(done.held) - 1


def test_an_activity_may_come_before_its_company(load: Load) -> None:
    """Whatever the order of files and of entries in them."""
    firms = [line for line in LINES if "/activities/" not in line.split("> ")[0]]
    others = [line for line in LINES if line not in firms]
    assert load("".join(others), "".join(firms), size=1).saved == len(ENTRIES)


def test_a_line_that_is_broken_leaves_out_its_entry_only(load: Load) -> None:
    """Each such line is told, with its number."""
    lines = list(LINES)
    at = next(n for n, line in enumerate(lines) if f"<{ACTIVITY}> " in line)
    lines[at] = f'<{ACTIVITY}> <http://purl.org/dc/terms/title> "no end .\n'
    wrong = next(n for n, line in enumerate(lines) if "firm-3/activity-7> " in line)
    lines[wrong] = lines[wrong].rsplit("<", 1)[0] + "<urn:x:other> .\n"
    done = load("".join(lines))
    assert {fault.details["line"] for fault in done.faults} == {at + 1, wrong + 1}
    assert done.saved == len(ENTRIES) - 2


def test_what_stands_otherwise_is_replaced_only_on_demand(
    load: Load, store: Store
) -> None:
    """Nobody's newer version is overwritten by an old file."""
    load("".join(LINES))
    changed = "".join(LINES).replace('User accounts 2"', 'Accounts"')
    name = f"{BASE}activities/firm-2/activity-2"
    done = load(changed)
    assert (done.saved, done.left_out) == (0, 1)
    assert name in done.faults[0].message
    assert "--replace" in done.faults[0].hint
    done = load(changed, replaces=True)
    assert (done.saved, done.unchanged) == (1, len(ENTRIES) - 1)
    title = store.graph(URIRef(name)).value(URIRef(name), DCT.title)
    assert title == Literal("Accounts", lang="en")
    assert len(past.versions(store, URIRef(name))) == 2


def test_an_entry_keeps_its_kind(load: Load) -> None:
    """A supplier is not replaced by a company of the same name."""
    load("".join(LINES))
    kind = "https://w3id.org/dpv#Organisation"
    changed = "".join(LINES).replace(
        f"supplier-0> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{kind}>",
        "supplier-0> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://w3id.org/dpv#DataProtectionAuthority>",
    )
    done = load(changed, replaces=True)
    assert [f for f in done.faults if "another kind" in f.message]
    assert done.saved == 0


def test_the_findings_of_others_are_made_again(load: Load, store: Store) -> None:
    """Where findings are kept, those that a new entry may alter are taken away."""
    late = f"{BASE}activities/firm-1/activity-17"
    assert load("".join(line for line in LINES if late not in line)).left_out == 0
    others = {
        URIRef(name): store.graph(URIRef(name)) for name in ENTRIES if name != late
    }
    report = checking.review(store, vocabulary.load(), others, as_of=DAY)
    store.write(saving.findings_of(report, others))
    load("".join(LINES))
    # Both name the same supplier, so each is told of the other.
    gone = {name for name in others if not len(store.graph(entry.findings_graph(name)))}
    with_it = saving.unjudged(
        store, {URIRef(late): Graph()}, {URIRef(late): store.graph(URIRef(late))}
    )
    assert {entry.findings_graph(name) for name in gone} == {
        name for name in with_it if str(name).endswith("/findings")
    }


def test_a_huge_entry_is_told_and_the_rest_goes_on(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no reading takes is no reason to stop."""
    monkeypatch.setattr(rdf, "MAX_BYTES", 20_000)
    note = "<http://www.w3.org/2004/02/skos/core#note>"
    huge = "".join(f'<{ACTIVITY}> {note} "{n} {"x" * 900}"@en .\n' for n in range(30))
    done = load("".join(LINES) + huge)
    assert done.saved == len(ENTRIES) - 1
    assert "larger" in done.faults[0].message


def test_nothing_and_nobody_are_refused(load: Load) -> None:
    """A file without a statement, and a change without an author."""
    with pytest.raises(InputError, match="no entry"):
        load("# nothing\n")
    with pytest.raises(InputError, match="who"):
        load("".join(LINES), author=history.Author.person(" "))


def test_it_stops_between_batches(load: Load, store: Store) -> None:
    """Whoever asks for it has whole batches, and goes on from there."""
    seen: list[loading.Progress] = []
    done = load("".join(LINES), progress=seen.append, is_stopped=lambda: len(seen) > 1)
    assert done.stopped
    assert 0 < done.saved == seen[-1].saved < len(ENTRIES)
    assert len(stated(store)) == done.saved
    assert load("".join(LINES)).saved == len(ENTRIES) - done.saved
    assert stated(store) == given(LINES)


# -- the command -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of an own register without entries."""
    place = tmp_path_factory.mktemp("loading") / "register"
    Register.create(str(place), base=BASE).close()
    return place


def test_the_command_says_what_became_of_them(empty: Path, tmp_path: Path) -> None:
    """One line at the end; what is unsound is told before, and the exit code is 1."""
    good, bad = tmp_path / "good.nq", tmp_path / "bad.nq"
    good.write_text("".join(LINES))
    bad.write_text(without(f"<{ACTIVITY}> ", "title"))
    words = ["--store", str(empty), "add", "--batch", "7", "--author", "Ada"]
    run = CliRunner().invoke(main, [*words, str(bad)])
    assert run.exit_code == 1
    assert f"{len(ENTRIES)} entries: {len(ENTRIES) - 1} saved in " in run.stdout
    assert "1 not saved." in run.stdout
    assert "bad.nq" in run.stderr
    assert "title-missing" in run.stderr
    run = CliRunner().invoke(main, [*words, str(good)])
    assert run.exit_code == 0
    assert " 1 saved in 1 change," in run.stdout
    for more in ([str(tmp_path / "absent")], ["-"], ["--revision", "1"]):
        run = CliRunner().invoke(main, [*words, str(good), *more])
        assert run.exit_code == 2
        assert "error: " in run.stderr


def test_large_files_are_taken_in_batches_without_being_asked(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was too large for one change is no longer refused."""
    monkeypatch.setattr(rdf, "MAX_BYTES", 20_000)
    file = tmp_path / "large.nq"
    file.write_text("".join(synthetic.register(12, companies=3)))
    run = CliRunner().invoke(
        main, ["--store", str(empty), "add", "--author", "Ada", str(file)]
    )
    assert "entries: " in run.stdout, run.output


@contextmanager
def adding(place: Path, file: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `ropa add` with a terminal for its messages; gives the terminal as well."""
    terminal, inner = pty.openpty()
    words = ["--store", str(place), "add", "--batch", "5", "--author", "Ada"]
    with subprocess.Popen(
        [sys.executable, "-m", "ropa", *words, str(file)],
        stdout=subprocess.PIPE,
        stderr=inner,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(inner)
        try:
            yield process, terminal
        finally:
            process.kill()
            os.close(terminal)


def told(terminal: int, words: str = "") -> str:
    """Read what is shown, until some words come or it ends."""
    text = ""
    while True:
        try:
            piece = os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # the other end is closed
            return text
        text += piece
        if not piece or (words and words in text):
            return text


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_whoever_is_stopped_goes_on_from_there(tmp_path: Path, how: int) -> None:
    """Killed or by Ctrl-C: whole batches stand, and the same again makes the rest."""
    place, file = tmp_path / "register", tmp_path / "many.nq"
    Register.create(str(place), base=BASE).close()
    lines = list(synthetic.register(120, companies=4))
    file.write_text("".join(lines))
    with adding(place, file) as (process, terminal):
        assert " entries" in told(terminal, " entries, ")
        process.send_signal(how)
        shown = told(terminal)
        out, _ = process.communicate(timeout=60)
    if how == signal.SIGINT:
        assert process.returncode == 130, shown
        assert "goes on from there" in shown
        assert "saved in" in out
    with Register.open(str(place)) as register:
        there = {n for n in register.graphs() if not entry.is_reserved(n)}
        assert 0 < len(there) < len(given(lines))
    with adding(place, file) as (process, terminal):
        shown = told(terminal)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, shown
    assert f" {len(there)} stood already" in out
    with Register.open(str(place)) as register:
        for name, some in given(lines).items():
            iri = URIRef(name)
            assert {syntax.line(*t) for t in register.graph(iri)} == some
            assert len(past.versions(register, iri)) == 1


# -- what is looked for ----------------------------------------------------------------


def test_nothing_that_blocks_saving_is_missed_or_invented(store: Store) -> None:
    """The same findings as where all rules are applied, as far as they block."""
    faults = [
        (f"<{ACTIVITY}> <{DCT.title}> ", ""),
        ('"P3Y"', '"three years"'),
        ("firm-2/activity-6#purpose> <https://w3id.org/dpv#hasLegalBasis> ", ""),
        (f"isPartOf> <{BASE}companies/firm-3#record>", f"isPartOf> <{BASE}none>"),
        ("eu-us-privacy-shield", "eu-us-privacy-field"),
        ('"false"^^', '"perhaps"^^'),
        ('> "1095"^^', '> "1096"^^'),
    ]
    lines = [
        "" if new == "" and old in line else line.replace(old, new or old)
        for line in LINES
        for old, new in [next((f for f in faults if f[0] in line), ("\0", ""))]
    ]
    lines += [
        f"<{ACTIVITY}> <{DPV.hasPurpose}> <{BASE}companies/firm-2#record> .",
        f"<{ACTIVITY}> <{DPV.hasPurpose}> <{ACTIVITY}#absent> .",
    ]
    text = [line.strip().encode() for line in lines if line.strip()]
    verdict = soundness.judge(text, b"", known={}, named=(), as_of=DAY)
    whole = Graph()
    for s, p, o, _ in syntax.parse(b"\n".join(text), Syntax.NQUADS):
        whole.add((s, p, o))
    entries = entry.split(entry.complete(whole))
    report = checking.review(store, vocabulary.load(), entries, as_of=DAY)

    def told(findings: list[validation.Finding]) -> set[tuple[object, ...]]:
        return {(f.rule, f.focus, f.path, f.value) for f in findings}

    blocking = [f for f in report.findings if f.blocks]
    assert told(verdict.report.findings) == told(blocking)
    assert len({f.rule for f in blocking}) > 5
    unsound = {str(f.entry) for f in blocking}
    assert {one.name for one in verdict.sound} == set(map(str, entries)) - unsound


def test_through_a_server_it_is_the_same(empty: Path, tmp_path: Path) -> None:
    """In batches, and what stands is passed over."""
    file = tmp_path / "some.nq"
    lines = list(synthetic.register(4, companies=2, seed=3))
    text = "".join(lines).replace(BASE, f"{BASE}other/")
    file.write_text(text)
    count = len(given([text]))
    with serving(empty) as (process, line), served.connect(str(empty)) as through:
        assert process.poll() is None, line
        assert isinstance(through, served.Served)
        for saved in (count, 0):
            with places.find([(str(file), None)], base=BASE) as found:
                done = through.load(found, author="Ada", reason="Load", size=3)
            assert (done.saved, done.unchanged) == (saved, count - saved)
    with Register.open(str(empty)) as register:
        name = URIRef(next(iter(given([text]))))
        (version,) = past.versions(register, name)
        assert version.author == "Ada"
        assert version.reason.startswith("Load (1/")
