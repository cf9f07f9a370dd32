"""Work on the text of strangers, in a child process that can be stopped.

Both engines can be ended by a few kilobytes of text, by a signal that no ``except``
sees, and neither can be interrupted. So such work is done by a short-lived child:
killed at its deadline, limited in memory, and, once it called ``seal``, unable to
open a file or a socket. What it answers comes back over a pipe; the errors of
`ropa.errors` cross it by their code.

To start an interpreter and import an engine takes longer than most of the work. So
the first call starts a process that does this once (`_Nursery`), sees no text, and
forks a child for each call; where a system does not fork well, each call starts an
interpreter of its own.

The limits are those of POSIX. Where a system has none (Windows), or does not enforce
them (macOS, memory), the deadline still holds and a warning is logged once.

What the child does is in `ropa.child`. Both are imported first by it, so they import
little.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ropa import errors

if TYPE_CHECKING:
    import logging


MAX_AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
MAX_WAIT_SECONDS = 5.0

FRAME = struct.Struct(">II")
_MAX_HEADER_BYTES = 64 * 1024 * 1024
MAX_STDERR_BYTES = 8 * 1024
_SEE_LOG = "The log has more, from level INFO on."
# What a child may know of its surroundings: where programs are, the language, and
# what Windows needs to start a process. No keys, tokens or addresses of the parent.
_ENVIRONMENT = ("PATH", "JAVA_HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP")
# Only Linux forks without any "but"; elsewhere a library may not survive it.
_FORKS = sys.platform.startswith("linux")
READY = struct.Struct(">q")
# Run in isolated mode (-I): the folder the user happens to be in and PYTHONPATH play
# no part. The places this process found the packages in come last, so that nothing
# there stands in for an installed package.
_START = (
    "import sys;sys.path.extend(p for p in sys.argv[2:] if p not in sys.path);"
    "from ropa.child import serve;serve()"
)


class Limits(NamedTuple):
    """What one piece of work may use.

    Args:
        seconds: wall clock from the start of the child, its start-up included.
        memory_bytes: address space on top of what is mapped when ``seal`` is called.
        output_bytes: size of the answer's body.
    """

    seconds: float = 10.0
    memory_bytes: int = 1024 * 1024 * 1024
    output_bytes: int = 64 * 1024 * 1024


DEFAULTS = Limits()


def call(
    function: str,
    header: dict[str, Any],
    body: bytes = b"",
    *,
    limits: Limits = DEFAULTS,
) -> tuple[dict[str, Any], bytes]:
    """Have one function run in a child process of its own.

    Args:
        function: ``module:name`` within ropa; takes header, body and ``seal``, gives
            header and body. It calls ``seal()`` once everything it needs is open and
            imported, before it looks at the text.
        header: plain values (JSON).
        body: bytes, handed over as they are.
        limits: what the child may use.

    Returns:
        Header and body of the answer.

    Raises:
        LimitReached: a limit ended the work; ``limit`` is ``seconds``, ``memory``,
            ``stack``, ``bytes`` or ``busy`` (too much such work at once). A module
            may have a function ``prepare``, which is run before any text is seen; it
            may give an iterator of further steps, taken while there is nothing to do.
        RopaError: whatever the function raised of that kind.
        InternalError: anything else; the log has more.
    """
    require_own(function)
    _warn_once()
    wait_seconds = min(MAX_WAIT_SECONDS, limits.seconds)
    places = _places()
    if not places.acquire(timeout=wait_seconds):
        raise errors.LimitReached(
            f"The service is busy: {MAX_AT_ONCE} pieces of work are under way.",
            hint="Try again in a few seconds.",
            limit="busy",
        )
    try:
        return _run(function, header, body, limits)
    finally:
        places.release()


def ready(module: str) -> None:
    """Begin to prepare for calls of a module's functions, without waiting for it."""
    if _FORKS:
        try:
            _nursery(module).start()
        except OSError as error:
            _log().info("nothing could be prepared: %s", error)


def require_own(function: str) -> None:
    """Refuse what is no function of this package."""
    module, _, name = function.partition(":")
    parts = [*module.split("."), name]
    if parts[0] != "ropa" or not all(part.isidentifier() for part in parts):
        raise errors.InternalError(f"{function!r} is no function of this program.")


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)


@cache
def _warn_once() -> None:
    """Say where this system cannot hold a child to its memory."""
    if not sys.platform.startswith("linux"):
        _log().warning("on this system only the deadline of bounded work is enforced")


def _places() -> Any:
    """Give the semaphore that caps the children of this process."""
    import threading

    return _shared.setdefault("places", threading.BoundedSemaphore(MAX_AT_ONCE))


# Filled when first needed: threads are for parents only, and cost a child's start.
_shared: dict[str, Any] = {}


def _run(
    function: str, header: dict[str, Any], body: bytes, limits: Limits
) -> tuple[dict[str, Any], bytes]:
    import tempfile
    import threading

    question = json.dumps(
        {"function": function, "limits": list(limits), "header": header}
    ).encode()
    with tempfile.TemporaryFile() as stderr:
        child = _begin(function, stderr, limits)
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill(child)

        timer = threading.Timer(limits.seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            answer = _converse(child, question, body, limits)
            if answer is None:
                # How it ended by itself is worth knowing; the timer still runs. It
                # stays unburied, so that its number is still its own below.
                _await_end(child)
        finally:
            timer.cancel()
            # Before the child is waited for, while its group is surely still its own.
            _kill(child)
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    _close(pipe)
        if answer is None:
            stderr.seek(0)
            said = stderr.read(MAX_STDERR_BYTES).decode("utf-8", "replace").strip()
            raise _death(function, child.returncode, said, limits, late.is_set())
    return _opened(function, *answer)


def _begin(function: str, stderr: Any, limits: Limits) -> Any:
    """Start a child: a fork of a prepared process, or an interpreter of its own."""
    import subprocess

    if _FORKS:
        child = _nursery(function.partition(":")[0]).fork(stderr, limits)
        if child is not None:
            return child
    return _interpreter("", subprocess.PIPE, stderr)


def _interpreter(nursery: str, stdin: int, stderr: Any) -> Any:
    import subprocess

    return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-I", "-c", _START, nursery, *_search_path()],
        stdin=stdin,
        stdout=subprocess.PIPE if stdin == subprocess.PIPE else subprocess.DEVNULL,
        stderr=stderr,
        env={k: os.environ[k] for k in _ENVIRONMENT if k in os.environ},
        start_new_session=True,
    )


def _await_end(child: Any) -> None:
    if isinstance(child, _Forked):
        child.await_end()
    elif hasattr(os, "waitid"):
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def _nursery(module: str) -> _Nursery:
    """Give the nursery of a module; one that was made before a fork is not ours."""
    import threading

    key = f"{os.getpid()} {module} {_START}"
    with _shared.setdefault("starting", threading.Lock()):
        if key not in _shared:
            _shared[key] = _Nursery(module)
        found: _Nursery = _shared[key]
        return found


class _Nursery:
    """A process that is ready to work, and forks a child for each call.

    It reads no text: its orders are to fork with the descriptors that come along, to
    look whether a child has ended, and to bury it. When this process ends, it ends.

    Args:
        module: what it imports and prepares.
    """

    def __init__(self, module: str) -> None:
        import threading

        self._owner = os.getpid()
        self._module = module
        self._lock = threading.Lock()
        self._process: Any = None
        self._line: Any = None

    def start(self) -> None:
        """Start the process where it does not run; it prepares by itself."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()

    def fork(self, stderr: Any, limits: Limits) -> _Forked | None:
        """Have a child forked; None where the nursery cannot, which is logged."""
        import socket

        there, in_ = os.pipe()
        out, back = os.pipe()
        try:
            self.start()
            with self._lock:
                self._line.settimeout(limits.seconds)
                given = [there, back, stderr.fileno()]
                socket.send_fds(self._line, [b"f"], given)
                pid = self._reply()
        except OSError as error:
            _log().info("no child could be forked: %s", error)
            os.close(in_)
            os.close(out)
            with self._lock:
                self.stop()
            return None
        finally:
            os.close(there)
            os.close(back)
        return _Forked(self, pid, os.fdopen(in_, "wb"), os.fdopen(out, "rb"))

    def ask(self, order: bytes, pid: int) -> int:
        """Give an order about a child, and the number that comes back."""
        with self._lock:
            self._line.settimeout(None)
            self._line.sendall(order + READY.pack(pid))
            return self._reply()

    def stop(self) -> None:
        """End the process; the next call starts another one."""
        if self._process is not None:
            self._line.close()
            _kill(self._process)
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        import atexit
        import socket
        import subprocess

        self.stop()
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = _interpreter(
                self._module, theirs.fileno(), subprocess.DEVNULL
            )
        atexit.register(self._leave)

    def _leave(self) -> None:
        """End the process when this one ends, not when a fork of this one does."""
        if os.getpid() == self._owner:
            self.stop()

    def _reply(self) -> int:
        answer = b""
        while len(answer) < READY.size:
            piece = self._line.recv(READY.size - len(answer))
            if not piece:
                raise ConnectionResetError("the nursery ended")
            answer += piece
        return int(READY.unpack(answer)[0])


class _Forked:
    """A child of a nursery, as far as it looks like one of our own."""

    def __init__(self, nursery: _Nursery, pid: int, stdin: Any, stdout: Any) -> None:
        self._nursery = nursery
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None

    def await_end(self) -> None:
        """Wait until it has ended, without burying it."""
        import time

        while not self._nursery.ask(b"e", self.pid):
            time.sleep(0.005)

    def wait(self) -> None:
        """Bury it, and note how it ended."""
        if self.returncode is None:
            try:
                self.returncode = self._nursery.ask(b"b", self.pid)
            except OSError:
                # With the nursery gone nobody knows; its children end by their alarm.
                self.returncode = -signal.SIGKILL


def _search_path() -> list[str]:
    """Name the folders ropa and its engines were imported from."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100
    return [root, *(p for p in sys.path if p.endswith("-packages"))]


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        _log().debug("a pipe to a stopped child could not be flushed")


def _kill(child: Any) -> None:
    """End the child and whatever it started."""
    if child.returncode is not None:
        return
    try:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    except (ProcessLookupError, PermissionError):
        _log().debug("child %s had ended", child.pid)


def _converse(
    child: Any, question: bytes, body: bytes, limits: Limits
) -> tuple[dict[str, Any], bytes] | None:
    """Send the question and read the answer; ``None`` where the child ended first."""
    try:
        child.stdin.write(FRAME.pack(len(question), len(body)))
        child.stdin.write(question)
        child.stdin.write(body)
        child.stdin.flush()
    except OSError:
        return None
    frame = child.stdout.read(FRAME.size)
    if len(frame) < FRAME.size:
        return None
    header_size, body_size = FRAME.unpack(frame)
    if header_size > _MAX_HEADER_BYTES or body_size > limits.output_bytes:
        raise too_much(limits)
    header = child.stdout.read(header_size)
    answer = child.stdout.read(body_size)
    if len(header) < header_size or len(answer) < body_size:
        return None
    return json.loads(header), answer


def too_much(limits: Limits) -> errors.LimitReached:
    """Say that an answer is too large."""
    return errors.LimitReached(
        f"The answer is larger than {limits.output_bytes} bytes.",
        hint="Ask for less, for example with LIMIT.",
        limit="bytes",
    )


def _death(
    function: str, code: int, said: str, limits: Limits, late: bool
) -> errors.RopaError:
    """Say in words why a child gave no answer."""
    timed = {-getattr(signal, n, 0) for n in ("SIGXCPU", "SIGALRM")} - {0}
    if late or code in timed:
        return errors.LimitReached(
            f"The work was stopped after {limits.seconds:g} seconds, its time limit.",
            hint="Make the text smaller or the question narrower.",
            limit="seconds",
            seconds=limits.seconds,
        )
    # What engines print is for whoever looks for it, never for the person who asked.
    _log().info("%s ended with code %s: %s", function, code, said)
    # Rust ends by SIGABRT where memory cannot be had, a deep recursion by SIGSEGV.
    if code < 0 and "stack" not in said and code == -signal.SIGABRT:
        return no_memory(limits)
    if code < 0:
        return errors.LimitReached(
            "The engine gave up on this text: it is nested too deeply or too long.",
            hint="Make the text simpler.",
            limit="stack",
        )
    return errors.InternalError(
        "The work could not be done: its process ended without an answer.",
        hint=_SEE_LOG,
        exit=code,
    )


def no_memory(limits: Limits) -> errors.LimitReached:
    """Say that the memory was not enough."""
    return errors.LimitReached(
        f"The work needed more than {limits.memory_bytes // 2**20} MiB of memory.",
        hint="Make the text smaller or the question narrower.",
        limit="memory",
    )


def _opened(
    function: str, answer: dict[str, Any], body: bytes
) -> tuple[dict[str, Any], bytes]:
    """Give what the function gave, or raise what it raised."""
    if "header" in answer:
        return answer["header"], body
    if "fault" in answer:
        _log().info("%s failed in its process:\n%s", function, answer["fault"])
        raise errors.InternalError(
            "The work could not be done: a fault of this program.", hint=_SEE_LOG
        )
    told = answer["error"]
    kind = errors.by_code(told["code"])
    details = {k: v for k, v in told["details"].items() if k not in {"hint", "report"}}
    if issubclass(kind, errors.EntryRejected):
        raise kind(told["message"], report=None, hint=told["hint"])
    raise kind(told["message"], hint=told["hint"], **details)


# From here on: what the child runs.
