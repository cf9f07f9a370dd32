"""The backup of the register as an address."""

from __future__ import annotations

import io
import re

from ropa import backup
from tests.webui.conftest import Asker


def test_a_backup_is_a_file_to_be_kept(ask: Asker) -> None:
    """It is whole, has a name for a folder of backups, and no cache keeps it."""
    answer = ask.get("/api/backup")
    assert (answer.status_code, answer.mimetype) == (200, backup.MEDIA_TYPE)
    named = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="ropa-\d{4}-\d\d-\d\d\.zip"', named)
    assert answer.headers["Cache-Control"] == "no-store"
    backup.check(io.BytesIO(answer.data))


def test_a_backup_is_only_read(ask: Asker) -> None:
    """Nothing is put back through a server."""
    assert ask.send("POST", "/api/backup", b"", "application/zip").status_code == 405
