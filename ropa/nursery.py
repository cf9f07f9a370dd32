"""Nurseries: processes that are ready to work, and fork a child for each piece of it.

This is the side of whoever has work to do; what a nursery does is in `ropa.brood`. A
nursery sees no text. Its orders are to give a child the descriptors that come along,
to look whether a child has ended, to bury it and tell how it ended, or to bury it when
there is time. When the process that started it ends, it ends, and so do the children
that wait for work.

Imported first by each child, so it imports little.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging

READY = struct.Struct(">q")
FORK, LOOK, BURY, DISMISS = b"f", b"e", b"b", b"d"
# From a nursery to a child that waits.
REHEARSE = b"r"
# What a child may know of its surroundings: where programs are, the language, and
# what Windows needs to start a process. No keys, tokens or addresses of the parent.
_ENVIRONMENT = ("PATH", "JAVA_HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP")


class Nursery:
    """A process that forks children, as seen by the one that starts it.

    Args:
        module: what it imports and prepares.
        start: the program that its interpreter runs.
    """

    def __init__(self, module: str, start: str) -> None:
        import threading

        self._owner = os.getpid()
        self._module = module
        self._program = start
        self._lock = threading.Lock()
        self._process: Any = None
        self._line: Any = None

    def start(self) -> None:
        """Start the process where it does not run; it prepares by itself."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()

    def fork(self, stderr: Any, seconds: float) -> Forked | None:
        """Have a child ready to work; None where there can be none, which is logged.

        Args:
            stderr: the file for what the child prints.
            seconds: how long to wait for it.
        """
        import socket

        there, in_ = os.pipe()
        out, back = os.pipe()
        try:
            self.start()
            with self._lock:
                self._line.settimeout(seconds)
                given = [there, back, stderr.fileno()]
                socket.send_fds(self._line, [FORK], given)
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
        return Forked(self, pid, os.fdopen(in_, "wb"), os.fdopen(out, "rb"))

    def ask(self, order: bytes, pid: int) -> int:
        """Give an order about a child, and the number that comes back."""
        with self._lock:
            self._line.settimeout(None)
            self._line.sendall(order + READY.pack(pid))
            return self._reply()

    def tell(self, order: bytes, pid: int) -> None:
        """Give an order about a child to which nothing comes back."""
        with self._lock:
            self._line.sendall(order + READY.pack(pid))

    def stop(self) -> None:
        """End the process; the next call starts another one."""
        if self._process is not None:
            self._line.close()
            kill(self._process)
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        import atexit
        import socket
        import subprocess

        self.stop()
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = interpreter(
                self._program, self._module, theirs.fileno(), subprocess.DEVNULL
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


class Forked:
    """A child of a nursery, as far as it looks like one of our own."""

    def __init__(self, nursery: Nursery, pid: int, stdin: Any, stdout: Any) -> None:
        self._nursery = nursery
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None

    def await_end(self) -> None:
        """Wait until it has ended, without burying it."""
        import time

        while not self._nursery.ask(LOOK, self.pid):
            time.sleep(0.005)

    def wait(self) -> None:
        """Bury it, and note how it ended."""
        if self.returncode is None:
            try:
                self.returncode = self._nursery.ask(BURY, self.pid)
            except OSError:
                # With the nursery gone nobody knows; its children end by their alarm.
                self.returncode = -signal.SIGKILL

    def dismiss(self) -> None:
        """Have it buried by and by, once nobody needs to know how it ended."""
        if self.returncode is None:
            self.returncode = 0
            try:
                self._nursery.tell(DISMISS, self.pid)
            except OSError:
                _log().debug("the nursery of child %s has ended", self.pid)


def interpreter(program: str, nursery: str, stdin: int, stderr: Any) -> Any:
    """Start an interpreter of its own.

    Args:
        program: what it runs.
        nursery: the module of which it is a nursery; empty for a child.
        stdin: a descriptor, or ``subprocess.PIPE``, which makes the answer one, too.
        stderr: where what it prints goes.
    """
    import subprocess

    return subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-I", "-c", program, nursery, *_search_path()],
        stdin=stdin,
        stdout=subprocess.PIPE if stdin == subprocess.PIPE else subprocess.DEVNULL,
        stderr=stderr,
        env={k: os.environ[k] for k in _ENVIRONMENT if k in os.environ},
        start_new_session=True,
    )


def kill(child: Any) -> None:
    """End a process that leads a group, and whatever it started."""
    if child.returncode is not None:
        return
    try:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    except (ProcessLookupError, PermissionError):
        _log().debug("child %s had ended", child.pid)


def _search_path() -> list[str]:
    """Name the folders ropa and its engines were imported from."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100
    return [root, *(p for p in sys.path if p.endswith("-packages"))]


def _log() -> logging.Logger:
    import logging

    return logging.getLogger(__name__)
