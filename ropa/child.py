"""What a child process of `ropa.bounded` does: wait or answer, and shut itself in.

A nursery (`serve` with the name of a module) prepares, sees no text, and forks a child
for each order. A child answers one question, sealed before it looks at the text, and
ends without tidying up; of plain statements it may answer several.

Source: POSIX setrlimit; Linux counts the whole address space in RLIMIT_AS.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from ropa import errors
from ropa.bounded import (
    FRAME,
    MAX_STDERR_BYTES,
    Limits,
    no_memory,
    require_own,
    too_much,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Task = Callable[[dict[str, Any], bytes, Callable[..., None]], Any]

_STACK_BYTES = 64 * 1024 * 1024


def serve() -> None:
    """Do what this process was started for: fork children, or answer one question."""
    if sys.argv[1]:
        from ropa.brood import Brood

        Brood(sys.argv[1], _answer).attend()
    else:
        _answer()


def _answer() -> None:
    """Answer from standard input on standard output, and end.

    One question; or one after another, as long as each says that there may be more.
    """
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What an engine prints must not fall into the answer.
    os.dup2(2, 1)
    is_first = True
    while True:
        frame = source.read(FRAME.size)
        if len(frame) < FRAME.size:
            os._exit(2 if is_first else 0)
        question_size, body_size = FRAME.unpack(frame)
        question = json.loads(source.read(question_size))
        body = source.read(body_size)
        limits = Limits(*question["limits"])
        _expire(limits)
        answer, content = _done(question, body, limits)
        _reply(sink, answer, content, limits)
        if not question["again"]:
            # No tidying up: the engine's threads and memory go with the process.
            os._exit(0)
        _tidy(question["function"])
        # Whoever waits does so as long as the one that asks is there.
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        is_first = False


def _tidy(function: str) -> None:
    """Let a module put away what a call left, once that has its answer."""
    module = importlib.import_module(function.partition(":")[0])
    getattr(module, "tidy", lambda: None)()


def _expire(limits: Limits) -> None:
    """See to it that the child ends even where its parent has died."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(limits.seconds) + 2)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_STACK", _STACK_BYTES)


def _done(
    question: dict[str, Any], body: bytes, limits: Limits
) -> tuple[dict[str, Any], bytes]:
    try:
        require_own(question["function"])
        module, _, name = question["function"].partition(":")
        task: Task = getattr(importlib.import_module(module), name)
        closer = partial(seal, limits)
        header, content = task(question["header"], body, closer)
    except errors.RopaError as error:
        return {"error": error.as_json()}, b""
    except MemoryError:
        return {"error": no_memory(limits).as_json()}, b""
    except RecursionError:
        deep = errors.LimitReached(
            "The text is nested too deeply.", hint="Make it flatter.", limit="stack"
        )
        return {"error": deep.as_json()}, b""
    except Exception as error:  # noqa: BLE001 - told to the parent, who logs it
        return {"fault": _traceback(error)}, b""
    return {"header": header}, content


def _traceback(error: Exception) -> str:
    """Write a fault down; sealed, Python can neither import nor read for it."""
    lines = [repr(error)[:4000]]
    at = error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{at.tb_lineno} in {code.co_name}")
        at = at.tb_next
    return "\n".join(lines)


def _reply(
    sink: BinaryIO, answer: dict[str, Any], content: bytes, limits: Limits
) -> None:
    if len(content) > limits.output_bytes:
        answer, content = {"error": too_much(limits).as_json()}, b""
    text = json.dumps(answer, default=str).encode()
    sink.write(FRAME.pack(len(text), len(content)))
    sink.write(text)
    sink.write(content)
    sink.flush()


def seal(limits: Limits, spare_files: int = 0) -> None:
    """Shut this process in: no new file or socket, bounded memory and time.

    Args:
        limits: what it may use from now on.
        spare_files: descriptors that may still be opened, for an engine that cannot
            be made to open all its files before.

    Source: POSIX setrlimit; Linux counts the whole address space in RLIMIT_AS, so the
    allowance comes on top of what is mapped by now.
    """
    _limit("RLIMIT_CPU", int(limits.seconds) + 1)
    mapped_bytes = _mapped_bytes()
    if mapped_bytes is not None:
        _limit("RLIMIT_AS", mapped_bytes + limits.memory_bytes)
    _limit("RLIMIT_FSIZE", MAX_STDERR_BYTES)
    # Descriptors that are open stay usable; a new one is refused by the system, which
    # looks at its number: the limit is one past the highest that may be given out.
    last = _nth_free_descriptor(spare_files) if spare_files > 0 else -1
    _limit("RLIMIT_NOFILE", last + 1)


class _Late(BaseException):
    """Ends what runs; no ``except Exception`` of an engine may stop it."""


@contextmanager
def at_most(seconds: float, message: str, hint: str) -> Iterator[None]:
    """Give a part of the work in a child a limit of its own, so that it has a name.

    Counts the processor's time, not that of the clock. Python's regular expressions,
    which cannot be stopped otherwise, look for signals from time to time.

    Args:
        seconds: how long it may run.
        message: what to say where that was not enough.
        hint: what to do then.

    Raises:
        LimitReached: it was not enough.
    """

    def late(*_: object) -> None:
        raise _Late

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except _Late:
        raise errors.LimitReached(
            message, hint=hint, limit="seconds", seconds=seconds
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _nth_free_descriptor(count: int) -> int:
    """Give the number that the next ``count`` descriptors will reach."""
    number = -1
    while count > 0:
        number += 1
        try:
            os.fstat(number)
        except OSError:
            count -= 1
    return number


def _limit(name: str, value: int) -> None:
    """Set a limit for good; where the system allows less already, that stays."""
    try:
        import resource
    except ImportError:
        return
    kind = getattr(resource, name)
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> int | None:
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib is slow to import
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
