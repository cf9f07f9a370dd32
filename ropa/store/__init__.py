"""Stores of named graphs, opened by their address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ropa.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib.term import URIRef

    from ropa.store.base import Store

MEMORY = "memory:"


def has_files(folder: Path) -> bool:
    """Tell whether a folder holds a store; where it does not, opening makes one."""
    return (folder / "oxigraph" / "CURRENT").exists()


def open_store(address: str | Path, *, in_union: Callable[[URIRef], bool]) -> Store:
    """Open the store that an address names; the kind is decided here, once.

    Args:
        address: ``memory:``, or a folder, which is made where it does not exist.
        in_union: tells which graphs the default graph is made of.

    Raises:
        StoreLocked: another process has the folder open.
        StoreError: the folder cannot be opened.
        NotSupported: the address is of a kind that cannot be opened here.
    """
    from ropa.store.embedded import EmbeddedStore

    if isinstance(address, str):
        if address == MEMORY:
            return EmbeddedStore(None, in_union=in_union)
        if "://" in address:
            raise NotSupported(
                f"The address {address} cannot be opened as a store.",
                hint="Give a folder, or the address of a running ropa server.",
                address=address,
            )
    return EmbeddedStore(Path(address).expanduser(), in_union=in_union)
