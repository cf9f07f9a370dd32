"""One application over the examples for all page tests, and a client that browses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ropa.register import Register
from webui import create_app

HOST = "127.0.0.1:8000"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Asker:
    """Asks addresses as a browser or as a program would."""

    host = HOST

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def page(self, path: str, **headers: str) -> TestResponse:
        """Open an address in a browser."""
        given = {"Host": HOST, "Accept": BROWSER, **_dashed(headers)}
        return self.client.get(path, headers=given, buffered=True)

    def get(self, path: str, accept: str = "", **headers: str) -> TestResponse:
        """Ask an address as a program."""
        given = {"Host": HOST, **({"Accept": accept} if accept else {})}
        return self.client.get(
            path, headers={**given, **_dashed(headers)}, buffered=True
        )

    def send(
        self, method: str, path: str, body: bytes | str, kind: str, **headers: str
    ) -> TestResponse:
        """Send a body as a program."""
        given: dict[str, Any] = {"Host": HOST, "Content-Type": kind}
        return self.client.open(
            path, method=method, data=body, headers={**given, **_dashed(headers)}
        )

    def form(self, path: str, values: dict[str, Any], **headers: str) -> TestResponse:
        """Submit a form as a browser on our own page does."""
        given = {
            "Host": HOST,
            "Accept": BROWSER,
            "Origin": f"http://{HOST}",
            "Sec-Fetch-Site": "same-origin",
            **_dashed(headers),
        }
        return self.client.post(path, data=values, headers=given)


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture(scope="session")
def app(register: Register) -> Flask:
    """The application that only reads."""
    register.refresh_findings()
    return create_app(register)


@pytest.fixture
def mill(template: Path, tmp_path: Path) -> Iterator[Register]:
    """A copy of the folder that a module has as its template, for each test its own."""
    place = shutil.copytree(template, tmp_path / "register")
    with Register.open(str(place)) as opened:
        yield opened


@pytest.fixture
def ask(app: Flask) -> Asker:
    """A client of the application that only reads."""
    return Asker(app.test_client())


@pytest.fixture
def writable(fresh_register: Register) -> Asker:
    """A client of an application over a register of its own, for tests that write."""
    return Asker(create_app(fresh_register).test_client())
