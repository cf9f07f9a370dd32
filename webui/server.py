"""The web server: binds an address and serves one open register until stopped."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import waitress

from ropa.errors import InputError, StoreError
from webui import vendor
from webui.application import MAX_BODY_BYTES, create_app

if TYPE_CHECKING:
    from ropa.register import Register

THREADS = 8


class Server:
    """A bound server.

    Attributes:
        url: address to open in a browser.
        remark: one line about what is missing, or nothing.
    """

    def __init__(self, engine: waitress.server.BaseWSGIServer, url: str) -> None:
        self._engine = engine
        self.url = url
        self.remark = (
            ""
            if vendor.is_complete()
            else "Front-end parts are missing (no npm registry at build time): "
            "pages work without them, plainer."
        )

    def run(self) -> None:
        """Answer requests until interrupted or told to end."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _end)
        self._engine.run()

    def stop(self) -> None:
        """Stop listening and let the threads go."""
        self._engine.close()


def _end(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(0)


@contextmanager
def bind(register: Register, host: str, port: int) -> Iterator[Server]:
    """Take an address and make ready to serve a register there.

    Args:
        register: an open register.
        host: a loopback name or address.
        port: 0 takes any free one.

    Raises:
        InputError: the port is taken.
        StoreError: the address cannot be had for another reason.
    """
    try:
        engine = waitress.create_server(
            create_app(register),
            host=host,
            port=port,
            threads=THREADS,
            ident="",
            max_request_body_size=MAX_BODY_BYTES + 1024 * 1024,
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Port {port} on {host} is taken by another program.",
                hint=f"Choose another one: ropa serve --port {port + 1}",
            ) from error
        raise StoreError(
            f"The address {host}:{port} cannot be used: {error.strerror}.",
            hint="Leave --host and --port away, or choose others.",
        ) from error
    shown = f"[{host}]" if ":" in host else host
    server = Server(engine, f"http://{shown}:{_port(engine, port)}/")
    try:
        yield server
    finally:
        server.stop()


def _port(engine: waitress.server.BaseWSGIServer, port: int) -> int:
    found = getattr(engine, "effective_port", None) or port
    return int(found)
