"""Files that could not be read, in the forms that build servers take.

Without it a broken file among good ones would leave them with an empty report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ropa.errors import RopaError
from ropa.formats.reports import github, junit, sarif
from ropa.formats.reports.words import one_line


def write(
    faults: Sequence[RopaError], kind: str, *, root: str | None = None
) -> str | bytes:
    """Write faults as a report of a check that did not take place.

    Args:
        faults: what went wrong; ``file`` and ``line`` in their details are told.
        kind: one of ``FORMATS``.
        root: folder that file names are told relative to.

    Returns:
        The report; empty for the forms that have no place for faults.
    """
    if kind == "sarif":
        return _sarif(faults, root)
    if kind == "junit":
        return _junit(faults)
    if kind == "github":
        return "".join(
            github.command("error", fault.code, _said(fault), place) + "\n"
            for fault in faults
            for place in [github.place_of(_file(fault), _line(fault), root)]
        )
    return ""


def _said(fault: RopaError) -> str:
    return "\n".join(filter(None, map(one_line, (fault.message, fault.hint))))


def _file(fault: RopaError) -> str | None:
    name = fault.details.get("file")
    return None if name is None else str(name)


def _line(fault: RopaError) -> int | None:
    line = fault.details.get("line")
    return line if isinstance(line, int) and line > 0 else None


def _sarif(faults: Sequence[RopaError], root: str | None) -> bytes:
    notifications = []
    for fault in faults:
        said: dict[str, object] = {
            "level": "error",
            "descriptor": {"id": fault.code},
            "message": {"text": sarif.escaped(_said(fault))},
        }
        name = _file(fault)
        if name is not None:
            place = sarif.physical(name, _line(fault), root)
            said["locations"] = [{"physicalLocation": place}]
        notifications.append(said)
    invocation = {
        "executionSuccessful": False,
        "toolExecutionNotifications": notifications,
    }
    values = sarif.log([], [], [invocation], {})
    return f"{json.dumps(values, ensure_ascii=False, indent=2)}\n".encode(
        "utf-8", "replace"
    )


def _junit(faults: Sequence[RopaError]) -> bytes:
    root = ET.Element("testsuites", name="ropa")
    suite = ET.SubElement(root, "testsuite", name="ropa")
    for fault in faults:
        name = junit.clean(_file(fault) or fault.code)
        case = ET.SubElement(suite, "testcase", classname=name, name=fault.code)
        message = junit.clean(one_line(fault.message))
        error = ET.SubElement(case, "error", message=message, type=fault.code)
        error.text = junit.clean(_said(fault))
    for element in (suite, root):
        junit.count(element, len(faults), 0, errors=len(faults))
    return junit.as_bytes(root)
