"""Work on the text of strangers, in a child process that can be stopped.

Both engines can be ended by a few kilobytes of text, by a signal that no ``except``
sees, and neither can be interrupted. So such work is done by a short-lived child:
killed at its deadline, limited in memory, and, once it called ``seal``, unable to
open a file or a socket. What it answers comes back over a pipe; the errors of
`ropa.errors` cross it by their code.

To start an interpreter and import an engine takes longer than most of the work. So
the first call starts a process that does this once (`ropa.nursery`), sees no text, and
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

from ropa import errors, nursery
from ropa.nursery import Forked, Nursery

if TYPE_CHECKING:
    import logging


MAX_AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
MAX_WAIT_SECONDS = 5.0
MAX_IDLE = 2
_SOON_SECONDS = 0.1
# What a pipe takes without somebody reading (pipe(7): 64 KiB).
_PIPE_BYTES = 60 * 1024
# Memory that an engine does not give back is given back by a new process.
_MOST_CALLS = 200

FRAME = struct.Struct(">II")
_MAX_HEADER_BYTES = 64 * 1024 * 1024
MAX_STDERR_BYTES = 8 * 1024
_SEE_LOG = "The log has more, from level INFO on."
# Only Linux forks without any "but"; elsewhere a library may not survive it.
_FORKS = sys.platform.startswith("linux")
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
    is_plain: bool = False,
) -> tuple[dict[str, Any], bytes]:
    """Have one function run in a child process of its own.

    Args:
        function: ``module:name`` within ropa; takes header, body and ``seal``, gives
            header and body. It calls ``seal()`` once everything it needs is open and
            imported, before it looks at the text.
        header: plain values (JSON).
        body: bytes, handed over as they are.
        limits: what the child may use.
        is_plain: whether the body is nothing but statements that a store takes, with
            no query, shape or syntax of a stranger in it. Then a child that answered
            well may answer the next such call, which saves most of its cost; it is
            sealed once and for all, and ended at its deadline like any other. The
            module's function ``tidy``, if it has one, is called after each answer.

    Returns:
        Header and body of the answer.

    Raises:
        LimitReached: a limit ended the work; ``limit`` is ``seconds``, ``memory``,
            ``stack``, ``bytes`` or ``busy`` (too much such work at once). A module
            may have a function ``prepare``, which is run before any text is seen; it
            may give an iterator of further steps, taken while there is nothing to do.
            Its function ``rehearse``, if it has one, gives an iterator of steps that a
            child takes until it has something to do; they leave nothing behind.
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
        return _run(function, header, body, limits, is_plain=is_plain)
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


_NOWHERE: list[Any] = []
# Workers of a process that this one was forked from are not ours: by its number.
_workers: dict[tuple[int, str, str, Limits], list[_Worker]] = {}
# Filled when first needed: threads are for parents only, and cost a child's start.
_shared: dict[str, Any] = {}


class _Deadline:
    """Kills a child that is late, once it was started.

    To start a thread costs as much as a short answer, so whoever waits does without
    one for a moment; the child ends by an alarm of its own as well.

    Args:
        child: whom.
        seconds: from now on.
    """

    def __init__(self, child: Any, seconds: float) -> None:
        import time

        self.is_over = False
        self._child = child
        self._at = time.monotonic() + seconds
        self._timer: Any = None

    def start(self) -> None:
        """Watch the time."""
        import threading
        import time

        if self._timer is None:
            left = max(0.0, self._at - time.monotonic())
            self._timer = threading.Timer(left, self._stop)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def _stop(self) -> None:
        self.is_over = True
        nursery.kill(self._child)


class _Worker:
    """A child at work, with the file for what it prints.

    Args:
        function: what it is started for.
        limits: what it may use.
    """

    def __init__(self, function: str, limits: Limits) -> None:
        import tempfile

        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        try:
            self.child = _begin(function, self.stderr, limits)
        except BaseException:
            self.stderr.close()
            raise
        self.calls = 0
        self.seconds = 0.0

    def said(self) -> str:
        """Give what it printed."""
        self.stderr.seek(0)
        return self.stderr.read(MAX_STDERR_BYTES).decode("utf-8", "replace").strip()

    def may_go_on(self, limits: Limits) -> bool:
        """Tell whether it can answer once more; time that it used is not given back."""
        return self.calls < _MOST_CALLS and self.seconds < limits.seconds / 4

    def end(self, *, has_answered: bool) -> None:
        """End it, while its group is surely still its own, and bury it."""
        nursery.kill(self.child)
        if has_answered and isinstance(self.child, Forked):
            self.child.dismiss()
        else:
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                _close(pipe)
        self.stderr.close()


def _run(
    function: str,
    header: dict[str, Any],
    body: bytes,
    limits: Limits,
    *,
    is_plain: bool,
) -> tuple[dict[str, Any], bytes]:
    question = json.dumps(
        {
            "function": function,
            "limits": list(limits),
            "header": header,
            "again": is_plain,
        }
    ).encode()
    idle = _idle(function, limits)
    if is_plain:
        try:
            worker = idle.pop()
        except IndexError:
            worker = None
        if worker is not None:
            answer = _asked(worker, question, body, limits, function, idle)
            if answer is not None:
                return _opened(function, *answer)
            # Whether it had died before or by this text, a new one will tell.
    worker = _Worker(function, limits)
    answer = _asked(
        worker, question, body, limits, function, idle if is_plain else _NOWHERE
    )
    assert answer is not None
    return _opened(function, *answer)


def _asked(
    worker: _Worker,
    question: bytes,
    body: bytes,
    limits: Limits,
    function: str,
    idle: list[_Worker],
) -> tuple[dict[str, Any], bytes] | None:
    """Have a worker answer; it is ended, or put among the idle ones.

    Returns:
        The answer; None where one that had answered before gave none.
    """
    import time

    deadline = _Deadline(worker.child, limits.seconds)
    began = time.monotonic()
    answer = None
    try:
        if not _FORKS or len(question) + len(body) > _PIPE_BYTES:
            deadline.start()
        is_sent = _send(worker.child, question, body)
        if not (is_sent and _answers_soon(worker.child, limits.seconds)):
            deadline.start()
        answer = _received(worker.child, limits) if is_sent else None
        if answer is None:
            deadline.start()
            # How it ended by itself is worth knowing, before the deadline. It stays
            # unburied, so that its number is still its own below.
            _await_end(worker.child)
    finally:
        deadline.cancel()
        is_first = not worker.calls
        worker.calls += 1
        worker.seconds += time.monotonic() - began
        goes_on = (
            answer is not None
            and "header" in answer[0]
            and not deadline.is_over
            and _FORKS
            and len(idle) < MAX_IDLE
            and worker.may_go_on(limits)
        )
        said = "" if answer is not None else worker.said()
        if goes_on and idle is not _NOWHERE:
            idle.append(worker)
        else:
            worker.end(has_answered=answer is not None)
    if answer is None and (is_first or deadline.is_over):
        raise _death(function, worker.child.returncode, said, limits, deadline.is_over)
    return answer


def _idle(function: str, limits: Limits) -> list[_Worker]:
    """Give the workers that wait for another call of a function, within such limits."""
    if not _workers:
        import atexit

        atexit.register(_end_idle, os.getpid())
    return _workers.setdefault((os.getpid(), _START, function, limits), [])


def _end_idle(owner: int) -> None:
    """End the workers of this process when it ends, not when a fork of it does."""
    if os.getpid() == owner:
        for key in [key for key in _workers if key[0] == owner]:
            for worker in _workers.pop(key):
                worker.end(has_answered=True)


def _begin(function: str, stderr: Any, limits: Limits) -> Any:
    """Start a child: a fork of a prepared process, or an interpreter of its own."""
    import subprocess

    if _FORKS:
        child = _nursery(function.partition(":")[0]).fork(stderr, limits.seconds)
        if child is not None:
            return child
    return nursery.interpreter(_START, "", subprocess.PIPE, stderr)


def _await_end(child: Any) -> None:
    if isinstance(child, Forked):
        child.await_end()
    elif hasattr(os, "waitid"):
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def _nursery(module: str) -> Nursery:
    """Give the nursery of a module; one that was made before a fork is not ours."""
    import threading

    key = f"{os.getpid()} {module} {_START}"
    with _shared.setdefault("starting", threading.Lock()):
        if key not in _shared:
            _shared[key] = Nursery(module, _START)
        found: Nursery = _shared[key]
        return found


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:
        _log().debug("a pipe to a stopped child could not be flushed")


def _send(child: Any, question: bytes, body: bytes) -> bool:
    """Send the question; False where the child ended first."""
    try:
        child.stdin.write(FRAME.pack(len(question), len(body)))
        child.stdin.write(question)
        child.stdin.write(body)
        child.stdin.flush()
    except OSError:
        return False
    return True


def _answers_soon(child: Any, seconds: float) -> bool:
    """Tell whether an answer begins before it is worth while to watch the time."""
    import select

    if not hasattr(select, "poll"):
        return False
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN)
    return bool(waiting.poll(1000 * min(_SOON_SECONDS, seconds)))


def _received(child: Any, limits: Limits) -> tuple[dict[str, Any], bytes] | None:
    """Read the answer; ``None`` where the child ended first."""
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
