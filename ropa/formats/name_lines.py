"""Lines of subjects in JSON-LD and RDF/XML, found by their names.

Neither syntax keeps a statement on a line of its own, so the line given is the first
one that holds the name of the subject between quotes: in full, relative to the base,
or as a fragment. A name that is written otherwise has the line of its entry, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ropa.formats.turtle_lines import LineMap

_QUOTED = re.compile(r"""["']([^"'\s<>]{1,2048})["']""")


def scan(text: str, subjects: Iterable[str], base: str) -> LineMap:
    """Find the lines of subjects.

    Args:
        text: the document.
        subjects: IRIs of what it speaks of.
        base: IRI against which its relative names are resolved.
    """
    first: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for name in _QUOTED.findall(line):
            first.setdefault(name, number)
    found: dict[str, int] = {}
    for subject in subjects:
        fragment = subject.rpartition("#")[2] if "#" in subject else ""
        names = [subject, subject.removeprefix(base)]
        # rdf:ID leaves the sign out, rdf:about and @id have it.
        names += [f"#{fragment}", fragment] if fragment else []
        place = next((first[name] for name in names if name in first), None)
        if place is not None:
            found[subject] = place
    return LineMap.of_subjects(found)
