"""What a nursery does: it prepares, sees no text, and has children answer questions.

Between two orders it forks a spare child, which then need not be waited for, and buries
those that have answered. Memory that a child writes to becomes its own page by page,
which takes longer than most of the work; so once it is calm, the spare rehearses, where
the module has something for it. It knows no more than the nursery, and answers one
question like any other child.

What orders there are is in `ropa.nursery`.

Source: POSIX fork; Linux copies memory when it is first written to.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import socket
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from ropa.nursery import BURY, DISMISS, FORK, LOOK, READY, REHEARSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Standard input, output and error.
_DESCRIPTORS = 3
# How often it is looked whether dismissed children have ended.
_LOOK_SECONDS = 0.005
# After the last child was dismissed; who works through a lot comes back sooner.
_CALM_SECONDS = 0.02


class _Spare:
    """A child that waits for its descriptors, which are sent on a line of its own."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line
        self.is_ready = False


class Brood:
    """The children of this process.

    Args:
        module: what is imported and prepared before any is forked.
        answer: what a child does once it has its descriptors.
    """

    def __init__(self, module: str, answer: Callable[[], None]) -> None:
        self._answer = answer
        self._line = socket.socket(fileno=os.dup(0))
        # No child shall hold the line, under whatever number.
        with open(os.devnull) as nothing:  # noqa: PTH123 - pathlib is slow to import
            os.dup2(nothing.fileno(), 0)
        self._module: Any = None
        self._steps: Iterator[object] | None = None
        self._spare: _Spare | None = None
        self._at_work: set[int] = set()
        self._dismissed: set[int] = set()
        self._handed_over = 0
        try:
            self._module = importlib.import_module(module)
            self._steps = getattr(self._module, "prepare", lambda: None)()
        except Exception as error:  # noqa: BLE001 - told by the child that meets it again
            sys.stderr.write(repr(error))
        # What is never collected is never written to, and stays shared with children.
        gc.collect()

    def attend(self) -> NoReturn:
        """Follow orders, until whoever gives them has gone."""
        while True:
            self._use_the_time()
            order, given, _, _ = socket.recv_fds(self._line, 1, _DESCRIPTORS)
            if order == FORK:
                self._send(self._hand_over(given))
                continue
            asked = self._line.recv(READY.size, socket.MSG_WAITALL) if order else b""
            if len(asked) < READY.size:
                os._exit(0)
            (pid,) = READY.unpack(asked)
            if order == LOOK:
                how = os.WEXITED | os.WNOWAIT | os.WNOHANG
                self._send(os.waitid(os.P_PID, pid, how) is not None)
            elif order == BURY:
                _, status = os.waitpid(pid, 0)
                self._at_work.discard(pid)
                self._send(os.waitstatus_to_exitcode(status))
            elif order == DISMISS:
                self._at_work.discard(pid)
                self._dismissed.add(pid)

    def _send(self, number: int) -> None:
        self._line.sendall(READY.pack(number))

    def _use_the_time(self) -> None:
        """Do what makes later calls quicker, until an order comes or all is done."""
        while not _has_come(self._line):
            # Whoever calls once would only wait for what makes the next call quicker.
            if self._spare is None and self._handed_over != 1:
                try:
                    self._spare = self._fork()
                except OSError:
                    # There is no room for it now; an order tries again.
                    return
            elif self._steps is not None and self._handed_over > 1:
                self._step()
            elif self._dismissed:
                self._bury()
            elif self._spare and not self._spare.is_ready and not self._at_work:
                self._make_ready(self._spare)
            else:
                return

    def _step(self) -> None:
        """Take one more step of the preparation; after the last, a new spare is due."""
        if self._steps is not None and next(self._steps, self) is self:
            self._steps = None
            if self._spare is not None:
                # It has nothing to do any more, and ends.
                self._spare.line.close()
                self._dismissed.add(self._spare.pid)
                self._spare = None

    def _make_ready(self, spare: _Spare) -> None:
        """Have a spare rehearse, unless there is an order."""
        if not _has_come(self._line, _CALM_SECONDS):
            spare.is_ready = True
            # Whether it has died is seen once it is needed.
            with suppress(OSError):
                spare.line.send(REHEARSE)

    def _bury(self) -> None:
        """Bury those of the dismissed children that have ended."""
        for pid in [*self._dismissed]:
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                self._dismissed.discard(pid)
        if self._dismissed:
            _has_come(self._line, _LOOK_SECONDS)

    def _hand_over(self, given: list[int]) -> int:
        """Give a child its descriptors, and say which it is."""
        spare, self._spare = self._spare or self._fork(given), None
        try:
            socket.send_fds(spare.line, [FORK], given)
        except OSError:
            # It died waiting.
            spare.line.close()
            os.waitpid(spare.pid, 0)
            spare = self._fork(given)
            socket.send_fds(spare.line, [FORK], given)
        finally:
            for descriptor in given:
                os.close(descriptor)
        spare.line.close()
        self._at_work.add(spare.pid)
        self._handed_over += 1
        return spare.pid

    def _fork(self, held: Iterable[int] = ()) -> _Spare:
        """Fork a child that waits.

        Args:
            held: open descriptors that this process has only to hand them over.
        """
        ours, theirs = socket.socketpair()
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._line.close()
            for descriptor in held:
                os.close(descriptor)
            try:
                self._be_child(theirs)
            finally:
                os._exit(1)
        theirs.close()
        with suppress(OSError):
            os.setpgid(pid, pid)
        return _Spare(pid, ours)

    def _be_child(self, line: socket.socket) -> None:
        """Wait for the descriptors, rehearsing if told to, take them, and answer."""
        with suppress(OSError):
            os.setpgid(0, 0)
        order, given, _, _ = socket.recv_fds(line, 1, _DESCRIPTORS)
        if order == REHEARSE:
            self._rehearse(line)
            order, given, _, _ = socket.recv_fds(line, 1, _DESCRIPTORS)
        if not order:
            # The nursery has gone, or has no work for this one.
            os._exit(0)
        line.close()
        for number, descriptor in enumerate(given):
            os.dup2(descriptor, number)
            os.close(descriptor)
        self._answer()

    def _rehearse(self, line: socket.socket) -> None:
        if hasattr(self._module, "rehearse"):
            with suppress(Exception), closing(self._module.rehearse()) as steps:
                while not _has_come(line) and next(steps, self) is not self:
                    continue


def _has_come(line: socket.socket, seconds: float = 0) -> bool:
    """Tell whether something lies on a line, or its other end was closed."""
    return bool(select.select([line], [], [], seconds)[0])
