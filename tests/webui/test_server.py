"""The server on its port."""

from __future__ import annotations

import socket
import threading
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
import urllib3

from ropa.errors import InputError
from webui.server import bind

if TYPE_CHECKING:
    from ropa.register import Register


def test_server_answers_on_its_address(register: Register) -> None:
    """The address is known before the first request, and answers."""
    register.refresh_findings()
    with bind(register, "127.0.0.1", 0) as server:
        threading.Thread(target=server.run, daemon=True).start()
        answer = urllib3.request("GET", f"{server.url}healthz", retries=3)
        assert answer.status == 200
        assert answer.json()["base"] == register.base


@pytest.mark.parametrize("attempt", range(20))
def test_it_ends_where_its_port_is_given_back(register: Register, attempt: int) -> None:
    """Also with a connection that stays open, and straight after an answer.

    A socket that is closed beneath the thread that waits for it would be an error
    there, which pytest tells, or leave that thread waiting for ever.
    """
    with bind(register, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        visitor = HTTPConnection(server.url.split("/")[2])
        for _ in range(attempt + 1):
            visitor.request("GET", "/static/ropa.css")
            with visitor.getresponse() as answer:
                assert answer.status == 200 and answer.read()
        server.close()
        thread.join(timeout=5)
        assert not thread.is_alive()
        assert visitor.sock.recv(1) == b""
        visitor.close()
        with pytest.raises(ConnectionRefusedError):
            visitor.connect()


def test_taken_port_is_told(register: Register) -> None:
    """A port in use is a clear error with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(InputError, match=str(port)) as caught,
            bind(register, "127.0.0.1", port),
        ):
            pass
    assert "--port" in caught.value.hint
