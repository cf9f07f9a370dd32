"""Steps from one form of a register to the next, each in a module of its own.

A step is run on a copy that nobody else sees (`ropa.migrating`), so it need not be
whole in itself; it leaves a change of the kind `ropa:Migration` that says what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ropa.migrations import kept_statements

if TYPE_CHECKING:
    from ropa import history
    from ropa.store.base import Store

    Step = Callable[[Store, str, history.Author], None]

STEPS: Mapping[int, Step] = {1: kept_statements.migrate}
"""The step that leads on from a form; what it does to a store with a base IRI."""
