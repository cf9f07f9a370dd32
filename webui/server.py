"""Starts the application on a port of this machine."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server

from ropa.errors import InputError
from webui import vendor
from webui.application import MAX_BODY_BYTES, create_app

if TYPE_CHECKING:
    from ropa.register import Register

THREADS = 8
WAKES_AFTER = 1.0  # seconds
NEEDED = ("pico.classless.min.css", "yasqe.min.js", "yasqe.min.css")


@dataclass(frozen=True)
class Server:
    """A server that is bound to its port and waits to be run.

    Attributes:
        url: where a browser finds it.
        remark: what a person should know at the start; empty if all is well.
    """

    url: str
    remark: str
    _waitress: Any
    _at_work: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Answer requests until interrupted, or until its port is given back."""
        with self._at_work, suppress(KeyboardInterrupt, SystemExit):
            sockets = self._waitress._map
            while sockets and not self._ended.is_set():
                # One round of waiting; `select` knows no file beyond the 1,024th.
                wasyncore.loop(WAKES_AFTER, use_poll=True, map=sockets, count=1)

    def close(self) -> None:
        """Let requests under way end, then close each connection and the port.

        Nothing is closed beneath a thread that waits for it, nor before it was woken:
        the number of a closed file may by then be that of another.
        """
        self._waitress.task_dispatcher.shutdown()
        if not self._ended.is_set():
            self._ended.set()
            self._waitress.pull_trigger()
        with self._at_work:
            # A request that goes on for longer has nobody to wake any more.
            self._waitress.pull_trigger = _nobody
            wasyncore.close_all(self._waitress._map)


def _nobody() -> None:
    """Wake nobody."""


@contextmanager
def bind(register: Register, host: str, port: int) -> Iterator[Server]:
    """Take a port, so that the address is known before the first request.

    Args:
        register: the register that is shown.
        host: a loopback name or address.
        port: the port; 0 takes any free one.

    Raises:
        InputError: the port is taken or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        taken = problem.errno == errno.EADDRINUSE
        reason = "is in use by another program" if taken else "cannot be used"
        raise InputError(
            f"The port {port} {reason}.",
            hint="Choose another with --port, or --port 0 for any free one.",
            port=port,
        ) from problem
    server = create_server(
        create_app(register),
        sockets=[listener],
        threads=THREADS,
        ident="ropa",
        # One byte more than the application reads: it answers the 413 itself.
        max_request_body_size=MAX_BODY_BYTES + 1024 * 1024,
        clear_untrusted_proxy_headers=True,
    )
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{listener.getsockname()[1]}/"
    bound = Server(url, vendor.remark(NEEDED), server)
    try:
        yield bound
    finally:
        bound.close()
