"""Work in a child process: what comes back, and what it cannot do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
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

def whereabouts(header, body, seal):
    calls.append(1)
    seal()
    said = {"pid": os.getpid(), "parent": os.getppid()}
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
    ) -> tuple[dict[str, Any], bytes]:
        return bounded.call(f"ropa.trial:{task}", header or {}, body, limits=limits)

    yield run
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
