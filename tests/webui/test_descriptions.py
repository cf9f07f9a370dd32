"""What the server says of itself to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ropa

if TYPE_CHECKING:
    from ropa.register import Register
    from tests.webui.conftest import Asker


def test_health(ask: Asker, register: Register) -> None:
    """A program learns that this is ropa, of which version, over which register."""
    answer = ask.get("/healthz")
    assert answer.mimetype == "application/json"
    health = answer.json
    assert health["ropa"] == ropa.__version__
    assert health["base"] == register.base
    assert health["revision"] == register.revision
    assert health["companies"] == 5


def test_dataset_is_described(ask: Asker, register: Register) -> None:
    """The description of the dataset names its endpoint, its space and its size."""
    text = ask.get("/.well-known/void", "text/turtle").get_data(as_text=True)
    assert "/sparql>" in text
    assert register.base in text
    assert "void:triples" in text or "void#triples" in text
