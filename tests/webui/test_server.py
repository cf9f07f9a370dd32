"""The server on its port."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
import urllib3

from ropa.errors import InputError
from webui.server import bind

if TYPE_CHECKING:
    from ropa.register import Register


def test_server_answers_on_its_address(register: Register) -> None:
    """The address is known before the first request, and answers."""
    with bind(register, "127.0.0.1", 0) as server:
        threading.Thread(target=server.run, daemon=True).start()
        answer = urllib3.request("GET", f"{server.url}healthz", retries=3)
        assert answer.status == 200
        assert answer.json()["base"] == register.base


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
