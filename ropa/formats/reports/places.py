"""Names of files as other programs want them: relative, or as an address."""

from __future__ import annotations

import os
import posixpath
from pathlib import PurePath
from urllib.parse import quote

# What may stand in a path of a relative reference; a colon would make it a scheme.
_SAFE = "/~!$&'()*+,;=@"


def relative(file: str, root: str | None) -> str:
    """Give a file name relative to a folder, with forward slashes.

    Args:
        file: as a person wrote it, or as the folder's listing gave it.
        root: the absolute folder; None: a relative name stays as it is.

    Returns:
        An absolute name where the file lies outside the folder.

    >>> relative("/w/a/./b.ttl", "/w")
    'a/b.ttl'
    >>> relative("../b.ttl", "/w/a")
    '/w/b.ttl'
    """
    path = PurePath(file)
    if root is not None:
        # A last part of a path that is absolute stands alone.
        path = PurePath(os.path.normpath(PurePath(root) / path))
        if path.is_relative_to(root):
            path = path.relative_to(root)
    return posixpath.normpath(path.as_posix())


def address(file: str, root: str | None) -> str:
    """Give a file name as a reference of RFC 3986; outside the folder, as an address.

    >>> address("my entry: 100%.ttl", None)
    'my%20entry%3A%20100%25.ttl'
    """
    path = relative(file, root)
    if PurePath(path).is_absolute():
        return PurePath(path).as_uri()
    return quote(path.encode("utf-8", "surrogateescape"), safe=_SAFE)
