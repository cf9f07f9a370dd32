"""Work in a child process: what comes back, and what it cannot do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ropa import bounded
from ropa.bounded import Limits
from ropa.errors import EntryRejected, FormatError, InternalError, LimitReached

# Tasks that misbehave; put beside the modules of ropa, for the child only.
TASKS = """
import os, signal, socket, subprocess, sys, time
from ropa.errors import EntryRejected, FormatError

def echo(header, body, seal):
    print("this must not fall into the answer")
    seal()
    return header, body

taken = []
calls = []

def prepare():
    for number in range(3):
        taken.append(number)
        yield

rehearsed = []

def rehearse():
    try:
        while True:
            rehearsed.append(1)
            yield
            time.sleep(0.01)
    finally:
        rehearsed.append("forgotten")

def whereabouts(header, body, seal):
    calls.append(1)
    seal()
    said = {"pid": os.getpid(), "parent": os.getppid()}
    said["rehearsed"] = rehearsed[-1:]
    return {**said, "calls": len(calls), "steps": len(taken)}, b""

def refuse(header, body, seal):
    seal()
    raise FormatError("Line 3 is odd.", hint="Mend it.", line=3, column=7)

def reject(header, body, seal):
    raise EntryRejected("It is unsound.", report=None, hint="Mend it.")

def fail(header, body, seal):
    seal()
    raise KeyError("secret of the house")

def sleep(header, body, seal):
    seal()
    time.sleep(60)

def spin(header, body, seal):
    seal()
    while True:
        pass

def offspring(header, body, seal):
    child = subprocess.Popen(["sleep", "60"])
    with open(header["file"], "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    time.sleep(60)

def hog(header, body, seal):
    seal()
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))

def abort(header, body, seal):
    seal()
    os.abort()

def segfault(header, body, seal):
    seal()
    os.kill(os.getpid(), signal.SIGSEGV)

def leave(header, body, seal):
    sys.stderr.write("secret of the house")
    sys.stderr.flush()
    os._exit(9)

def recurse(header, body, seal):
    seal()
    return recurse(header, body, seal)

def big(header, body, seal):
    return {}, bytes(header["size"])

def number(header, body, seal):
    seal()
    if header.get("ends"):
        os._exit(3)
    if header.get("sleeps"):
        time.sleep(60)
    if header.get("fails"):
        raise KeyError("a fault")
    return {"process": os.getpid()}, body

def surroundings(header, body, seal):
    return {"environment": dict(os.environ), "folder": os.getcwd()}, b""

def escape(header, body, seal):
    seal()
    tried = {
        "read": lambda: open("/etc/hostname"),
        "write": lambda: open("/tmp/escaped", "w"),
        "connect": lambda: socket.create_connection(("127.0.0.1", header["port"]), 1),
        "run": lambda: subprocess.run(["true"]),
        "pipe": os.pipe,
    }
    outcome = {}
    for name, attempt in tried.items():
        try:
            attempt()
            outcome[name] = "done"
        except OSError as error:
            outcome[name] = "refused"
    return outcome, b""
"""

Call = Callable[..., tuple[dict[str, Any], bytes]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Run one of the tasks above, as the product runs its own."""
    (tmp_path / "trial.py").write_text(TASKS)
    monkeypatch.setattr(
        bounded,
        "_START",
        bounded._START.replace(
            "from ropa.child import serve",
            f"import ropa;ropa.__path__.append({str(tmp_path)!r});"
            "from ropa.child import serve",
        ),
    )

    def run(
        task: str,
        header: dict[str, Any] | None = None,
        body: bytes = b"",
        limits: Limits = bounded.DEFAULTS,
        **how: bool,
    ) -> tuple[dict[str, Any], bytes]:
        return bounded.call(
            f"ropa.trial:{task}", header or {}, body, limits=limits, **how
        )

    yield run
    for key in [key for key in bounded._workers if bounded._START in key]:
        for worker in bounded._workers.pop(key):
            worker.end(has_answered=True)
    for key in [key for key in bounded._shared if bounded._START in key]:
        bounded._shared.pop(key).stop()


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class TestAnswers:
    """What the function gives or raises arrives unchanged."""

    def test_round_trip(self, call: Call) -> None:
        """Values and megabytes of bytes come back; printing does no harm."""
        header = {"text": "é\n\ud800", "number": 1.5, "list": [None, True]}
        body = os.urandom(5 * 1024 * 1024)
        assert call("echo", header, body) == (header, body)

    def test_error_crosses(self, call: Call) -> None:
        """An error keeps its class, message, hint and details."""
        with pytest.raises(FormatError) as caught:
            call("refuse")
        assert caught.value.as_json() == {
            "code": "format",
            "message": "Line 3 is odd.",
            "hint": "Mend it.",
            "details": {"line": 3, "column": 7},
        }
        with pytest.raises(EntryRejected, match="unsound"):
            call("reject")

    @pytest.mark.parametrize("task", ["fail", "leave", "nowhere"])
    def test_fault_is_not_shown(
        self, call: Call, task: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A fault is told without what the child said about it; the log has that."""
        with (
            caplog.at_level("INFO", logger="ropa.bounded"),
            pytest.raises(InternalError) as caught,
        ):
            call(task)
        assert ("secret" in caplog.text) == (task != "nowhere")
        assert "secret" not in str(caught.value.as_json())
        assert "Traceback" not in str(caught.value.as_json())

    @pytest.mark.parametrize(
        "name", ["os:system", "ropa.errors", "ropa.x:y.z", "ropa;os:system", "ropax:y"]
    )
    def test_own_functions_only(self, name: str) -> None:
        """No name outside this program is looked up."""
        with pytest.raises(InternalError, match="no function of this program"):
            bounded.call(name, {})


def nursery_of(module: str = "ropa.trial") -> int:
    """Give the process that forks the children of a module."""
    found: int = bounded._nursery(module)._process.pid
    return found


def children(parent: int) -> set[int]:
    """Give the children of a process that run."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and is_alive(int(folder.name)):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(stat[1]) == parent:
                    found.add(int(folder.name))
    return found


def until(happens: Callable[[], Any]) -> Any:
    """Wait for something; give the last answer where it never happens."""
    deadline = time.monotonic() + 20
    while not (found := happens()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def spare(call: Call) -> int:
    """Have calls made, and give the child that then waits for the next one."""
    for _ in range(3):
        call("echo")
    nursery = nursery_of()
    assert until(lambda: len(children(nursery)) == 1)
    return children(nursery).pop()


class TestNursery:
    """One process prepares; each call has a child of its own."""

    def test_calls_share_nothing_but_the_preparation(self, call: Call) -> None:
        """Two calls are answered by two processes of one parent, which is not this."""
        first, second = (call("whereabouts")[0] for _ in range(2))
        assert first["pid"] != second["pid"]
        assert first["parent"] == second["parent"]
        assert first["parent"] != os.getpid()
        assert (first["calls"], second["calls"]) == (1, 1)

    def test_preparation_begins_ahead_of_the_first_call(self, call: Call) -> None:
        """Whoever knows that a call will come has the process started."""
        bounded.ready("ropa.trial")
        started = bounded._nursery("ropa.trial")._process.pid
        assert call("whereabouts")[0]["parent"] == started

    def test_a_nursery_that_died_is_replaced(self, call: Call) -> None:
        """The next call is answered all the same."""
        died = call("whereabouts")[0]["parent"]
        os.kill(died, signal.SIGKILL)
        bounded._nursery("ropa.trial")._process.wait()
        assert call("whereabouts")[0]["parent"] != died

    def test_steps_are_taken_between_calls(self, call: Call) -> None:
        """What makes later calls quicker is done once there were several."""
        assert call("whereabouts")[0]["steps"] == 0
        deadline = time.monotonic() + 20
        while call("whereabouts")[0]["steps"] < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert call("whereabouts")[0]["steps"] == 3

    def test_without_fork_each_call_starts_an_interpreter(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On other systems the work is done all the same, by a child of this one."""
        monkeypatch.setattr(bounded, "_FORKS", False)
        assert call("whereabouts")[0]["parent"] == os.getpid()
        with pytest.raises(LimitReached):
            call("abort")


class TestSpare:
    """A child waits for the next call, and is no other than the rest."""

    def test_it_answers_the_next_call_and_no_other(self, call: Call) -> None:
        """It is used once, and another one waits then."""
        waiting = spare(call)
        assert call("whereabouts")[0]["pid"] == waiting
        assert until(lambda: children(nursery_of()) - {waiting})
        second = call("whereabouts")[0]
        assert second["pid"] != waiting
        assert second["calls"] == 1

    def test_it_rehearses_while_nothing_is_to_do(self, call: Call) -> None:
        """What it did in the meantime is over, and cleared away, before the text."""

        def heard() -> Any:
            spare(call)
            time.sleep(0.2)
            return call("whereabouts")[0]["rehearsed"]

        assert until(heard) == ["forgotten"]

    def test_one_that_died_is_replaced(self, call: Call) -> None:
        """The call that it waited for is answered all the same."""
        waiting = spare(call)
        os.kill(waiting, signal.SIGKILL)
        assert until(lambda: not is_alive(waiting))
        answer = call("whereabouts")[0]
        assert answer["pid"] != waiting
        assert answer["parent"] == nursery_of()
        assert not Path(f"/proc/{waiting}").exists()

    def test_it_holds_nothing_of_a_call_that_is_under_way(self, call: Call) -> None:
        """Neither pipes nor files of another child, nor the line of the nursery."""
        waiting = spare(call)

        def work() -> None:
            with pytest.raises(LimitReached):
                call("sleep", limits=Limits(seconds=3))

        worker = threading.Thread(target=work)
        worker.start()
        found = until(lambda: children(nursery_of()) - {waiting})
        held = {
            int(link.name): str(link.readlink())
            for link in Path(f"/proc/{found.pop()}/fd").iterdir()
        }
        at_work = [str(f.readlink()) for f in Path(f"/proc/{waiting}/fd").iterdir()]
        worker.join()
        assert any(name.startswith("pipe:") for name in at_work)
        assert {held.pop(number) for number in (0, 1, 2)} == {"/dev/null"}
        # The line on which it waits.
        assert [name.partition(":")[0] for name in held.values()] == ["socket"]

    def test_calls_at_once_have_a_child_each(self, call: Call) -> None:
        """Threads that call together are answered by different processes."""
        spare(call)
        found: list[int] = []

        def work() -> None:
            found.extend(call("whereabouts")[0]["pid"] for _ in range(5))

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(found) == len(set(found)) == 20

    def test_it_is_killed_at_the_deadline(self, call: Call) -> None:
        """Having waited does not lengthen its time."""
        waiting = spare(call)
        with pytest.raises(LimitReached) as caught:
            call("sleep", limits=Limits(seconds=0.5))
        assert caught.value.details == {"limit": "seconds", "seconds": 0.5}
        assert not Path(f"/proc/{waiting}").exists()

    def test_what_answered_is_buried(self, call: Call) -> None:
        """Nobody waits for the end of a child that has answered, yet none stays."""
        answered = call("whereabouts")[0]["pid"]
        assert until(lambda: not Path(f"/proc/{answered}").exists())

    def test_it_ends_with_its_nursery(self, call: Call) -> None:
        """However the nursery ends, nothing of it stays."""
        waiting = spare(call)
        os.kill(nursery_of(), signal.SIGKILL)
        assert until(lambda: not is_alive(waiting))
        waiting = spare(call)
        bounded._nursery("ropa.trial").stop()
        assert until(lambda: not is_alive(waiting))

    @pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
    def test_it_ends_with_whoever_calls(
        self, call: Call, tmp_path: Path, end: int | None
    ) -> None:
        """A process that is killed, or ends by itself, leaves no process behind."""
        file = tmp_path / "pid"
        code = (
            "import sys, time, pathlib; from ropa import bounded;"
            "bounded._START = sys.argv[1];"
            "[bounded.call('ropa.trial:echo', {}) for _ in range(3)];"
            "pid = bounded._nursery('ropa.trial')._process.pid;"
            "pathlib.Path(sys.argv[2]).write_text(f'{pid} ');"
            "sys.stdin.read()"
        )
        caller = subprocess.Popen(
            [sys.executable, "-c", code, bounded._START, file], stdin=subprocess.PIPE
        )
        assert until(lambda: file.exists() and " " in file.read_text())
        nursery = int(file.read_text())
        left = until(lambda: children(nursery))
        assert left
        if end is not None:
            caller.send_signal(end)
        caller.communicate()
        assert until(lambda: not any(map(is_alive, {nursery, *left})))


class TestLimits:
    """Each limit ends the work and is named."""

    @pytest.mark.parametrize("task", ["sleep", "spin"])
    def test_deadline(self, call: Call, task: str) -> None:
        """A child is ended at its deadline, whatever it does."""
        started = time.monotonic()
        with pytest.raises(LimitReached) as caught:
            call(task, limits=Limits(seconds=0.5))
        assert time.monotonic() - started < 10
        assert caught.value.details == {"limit": "seconds", "seconds": 0.5}

    def test_offspring_ends(self, call: Call, tmp_path: Path) -> None:
        """What the child started ends with it, and no process is left behind."""
        file = tmp_path / "pids"
        with pytest.raises(LimitReached):
            call("offspring", {"file": str(file)}, limits=Limits(seconds=3))
        child, grandchild = map(int, file.read_text().split())
        time.sleep(0.1)
        assert not Path(f"/proc/{child}").exists()
        assert not is_alive(grandchild)

    @pytest.mark.parametrize(
        ("task", "limit"),
        [
            ("hog", "memory"),
            ("abort", "memory"),
            ("segfault", "stack"),
            ("recurse", "stack"),
        ],
    )
    def test_end_of_the_engine(self, call: Call, task: str, limit: str) -> None:
        """A child that dies is told as a limit; the caller lives on."""
        with pytest.raises(LimitReached) as caught:
            call(task, limits=Limits(seconds=60, memory_bytes=64 * 1024 * 1024))
        assert caught.value.details["limit"] == limit
        assert call("echo", {"after": task})[0] == {"after": task}

    def test_output(self, call: Call) -> None:
        """An answer that is too large is refused, one at the limit is not."""
        limits = Limits(output_bytes=1000)
        assert len(call("big", {"size": 1000}, limits=limits)[1]) == 1000
        with pytest.raises(LimitReached) as caught:
            call("big", {"size": 1001}, limits=limits)
        assert caught.value.details["limit"] == "bytes"

    def test_busy(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        """Over the cap a caller waits briefly, then is told to come again."""
        monkeypatch.setitem(bounded._shared, "places", threading.BoundedSemaphore(1))
        monkeypatch.setattr(bounded, "MAX_WAIT_SECONDS", 0.2)

        def occupy() -> None:
            with pytest.raises(LimitReached):
                call("sleep", limits=Limits(seconds=1.5))

        first = threading.Thread(target=occupy)
        first.start()
        time.sleep(0.3)
        with pytest.raises(LimitReached) as caught:
            call("echo")
        assert caught.value.details["limit"] == "busy"
        first.join()
        assert call("echo") == ({}, b"")

    def test_orphan_ends(self, call: Call, tmp_path: Path) -> None:
        """A child whose parent was killed ends by itself."""
        file = tmp_path / "pids"
        code = (
            "import sys; from ropa import bounded; bounded._START = sys.argv[1];"
            "bounded.call('ropa.trial:offspring', {'file': sys.argv[2]},"
            " limits=bounded.Limits(seconds=0.9))"
        )
        parent = subprocess.Popen([sys.executable, "-c", code, bounded._START, file])
        while not file.exists() or " " not in file.read_text():
            time.sleep(0.02)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        child, grandchild = map(int, file.read_text().split())
        os.kill(grandchild, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while is_alive(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_alive(child)


class TestSeal:
    """A sealed child reaches nothing."""

    def test_no_files_or_sockets(self, call: Call) -> None:
        """No file is opened, no connection made, no program run."""
        import socket

        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.2)
            outcome, _ = call("escape", {"port": listener.getsockname()[1]})
            with pytest.raises(TimeoutError):
                listener.accept()
        assert set(outcome.values()) == {"refused"}

    def test_no_secrets(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        """The parent's environment stays with the parent."""
        monkeypatch.setenv("ROPA_SECRET", "secret of the house")
        environment = call("surroundings")[0]["environment"]
        assert "secret of the house" not in environment.values()
        assert environment["PATH"] == os.environ["PATH"]

    def test_folder_does_not_shadow(
        self, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Modules in the user's folder and PYTHONPATH are not taken for ours."""
        for name in ("json", "struct", "pyoxigraph", "data", "ropa"):
            (tmp_path / "here" / name).mkdir(parents=True)
            (tmp_path / "here" / name / "__init__.py").write_text("raise SystemExit")
        monkeypatch.chdir(tmp_path / "here")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "here"))
        assert call("echo", {"a": 1}) == ({"a": 1}, b"")

    def test_nothing_stays_open(self, call: Call) -> None:
        """Calls that end well or badly leave no descriptor open."""
        call("echo")
        before = len(list(Path("/proc/self/fd").iterdir()))
        for task in ("echo", "refuse", "abort", "big") * 3:
            try:
                call(task, {"size": 2000}, limits=Limits(output_bytes=1000))
            except (FormatError, LimitReached):
                continue
        assert len(list(Path("/proc/self/fd").iterdir())) == before


class TestPlain:
    """Of plain statements a child may answer one call after another."""

    def process(self, call: Call, **header: Any) -> int:
        """Have a plain call answered; gives the process that did."""
        answer, body = call("number", header, b"statements", is_plain=True)
        assert body == b"statements"
        return int(answer["process"])

    def test_goes_on(self, call: Call) -> None:
        """The same child answers; a call that is not plain gets one of its own."""
        first = self.process(call)
        assert self.process(call) == first
        other, _ = call("number", {})
        assert other["process"] != first
        assert self.process(call) == first

    def test_not_for_other_limits(self, call: Call) -> None:
        """A child is sealed once, so calls with other limits have another."""
        first = self.process(call)
        answer, _ = call("number", {}, is_plain=True, limits=Limits(seconds=7))
        assert answer["process"] != first

    def test_not_after_a_fault(self, call: Call) -> None:
        """Whoever failed, or was killed at the deadline, answers no more."""
        first = self.process(call)
        with pytest.raises(InternalError):
            self.process(call, fails=True)
        second = self.process(call)
        assert second != first
        assert not is_alive(first)

    def test_deadline_of_a_later_call(self, call: Call) -> None:
        """It is told and kept, however long the child was there."""
        limits = Limits(seconds=1)
        answer, _ = call("number", {}, is_plain=True, limits=limits)
        with pytest.raises(LimitReached) as caught:
            call("number", {"sleeps": True}, is_plain=True, limits=limits)
        assert caught.value.details["limit"] == "seconds"
        again, _ = call("number", {}, is_plain=True, limits=limits)
        assert again["process"] != answer["process"]

    def test_one_that_died_waiting_is_replaced(self, call: Call) -> None:
        """Nobody notices; only a text that ends the second one as well is blamed."""
        first = self.process(call)
        os.kill(first, signal.SIGKILL)
        assert self.process(call) != first
        with pytest.raises(InternalError):
            self.process(call, ends=True)

    def test_some_calls_only(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a number of calls a new process takes its place."""
        monkeypatch.setattr(bounded, "_MOST_CALLS", 3)
        seen = [self.process(call) for _ in range(6)]
        assert len(set(seen[:3])) == len(set(seen[3:])) == 1
        assert seen[0] != seen[3]

    def test_two_at_once(self, call: Call) -> None:
        """Each call has a child for itself."""
        with ThreadPoolExecutor(4) as several:
            given = [str(n).encode() * 1000 for n in range(40)]
            answers = several.map(lambda b: call("number", {}, b, is_plain=True), given)
            assert [body for _, body in answers] == given

    def test_ends_with_its_parent(self, call: Call) -> None:
        """Whoever waits for a call that will not come ends."""
        first = self.process(call)
        for key in [key for key in bounded._workers if bounded._START in key]:
            for worker in bounded._workers.pop(key):
                worker.child.stdin.close()
                worker.child.wait()
                worker.child.stdout.close()
                worker.stderr.close()
        assert not is_alive(first)
