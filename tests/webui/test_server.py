"""The server on its port."""

from __future__ import annotations

import os
import resource
import socket
import threading
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
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


@pytest.mark.parametrize("attempt", range(6))
def test_it_ends_where_its_port_is_given_back(register: Register, attempt: int) -> None:
    """Also with a connection that stays open, and straight after an answer.

    A socket that is closed beneath the thread that waits for it would be an error
    there, which pytest tells, or leave that thread waiting for ever.
    """
    with bind(register, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        with closing(HTTPConnection(server.url.split("/")[2])) as visitor:
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


def test_it_is_woken_before_anything_is_closed(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another wakes it first: an answer that ends just then does.

    Whoever writes to a file that is closed meets an error, or another file that has
    got its number since.
    """
    with bind(register, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        trigger = server._waitress.trigger
        pull = trigger._physical_pull

        def pull_late() -> None:
            pull()
            thread.join(timeout=0.5)
            pull()

        monkeypatch.setattr(trigger, "_physical_pull", pull_late)
        server.close()
        assert not thread.is_alive()
        # A request that is still under way finds nobody to wake, and no closed file.
        server._waitress.pull_trigger()


def test_it_serves_where_many_files_are_open(register: Register) -> None:
    """Sockets with numbers above 1,024, as beside a large store, are waited for."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most == resource.RLIM_INFINITY or most > 1200
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, 2000), most))
    with ExitStack() as files:
        files.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (allowed, most))
        for _ in range(1100):
            files.enter_context(Path(os.devnull).open("rb"))
        server = files.enter_context(bind(register, "127.0.0.1", 0))
        threading.Thread(target=server.run, daemon=True).start()
        with closing(HTTPConnection(server.url.split("/")[2], timeout=10)) as visitor:
            visitor.request("GET", "/static/ropa.css")
            with visitor.getresponse() as answer:
                assert answer.status == 200 and answer.read()


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
