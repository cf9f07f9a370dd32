"""The packaged Turtle files: read once, and a broken one named with its lines."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ropa import assets, shipped, syntax
from ropa.errors import InternalError

TREE = Path(__file__).parents[2]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give a way to let one file of the ontology say something else."""

    def say(text: str) -> None:
        monkeypatch.setattr(assets, "text", lambda room, name: text)
        shipped.triples.cache_clear()

    return say


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Leave no altered reading behind."""
    yield
    shipped.triples.cache_clear()


def files(room: str) -> list[str]:
    """List the files of a room, without cases, some of which are faulty on purpose."""
    names = assets.names(room, ".ttl")  # type: ignore[arg-type]
    return [name for name in names if room != "shapes" or "/" not in name]


def test_every_shipped_file_is_read() -> None:
    """Ontology, shapes and law have no broken file."""
    for room in ("ontology", "shapes", "data"):
        for name in files(room):
            assert shipped.triples(room, name, base="https://example.org/")  # type: ignore[arg-type]


def test_lines_say_what_triples_say() -> None:
    """Either way of reading gives the same statements in the same order."""
    for room in ("ontology", "shapes", "data"):
        for name in files(room):
            base = "https://example.org/"
            terms = shipped.triples(room, name, base=base)  # type: ignore[arg-type]
            lines = shipped.lines(room, name, base=base)  # type: ignore[arg-type]
            assert named(lines) == named([syntax.line(*triple) for triple in terms])


def named(lines: list[str]) -> list[str]:
    """Number the nodes without a name, which are called otherwise at each reading."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"_:n{len(numbers)}")

    return [re.sub("_:[0-9a-f]{16,}", number, line) for line in lines]


def test_lines_are_refused_as_triples_are(broken: Callable[[str], None]) -> None:
    """A slip in Turtle and a day that no calendar has are told with their lines."""
    broken("\n<urn:a> <urn:b> ; .. <urn:c> .\n")
    with pytest.raises(InternalError, match=r"ontology/law\.ttl, line 2:"):
        shipped.lines("ontology", "law.ttl")
    day = '"2021-02-29"^^<http://www.w3.org/2001/XMLSchema#date>'
    broken(f"\n\n<urn:a> <urn:until> {day} .\n")
    with pytest.raises(InternalError, match="line 3: 2021-02-29 is not a day"):
        shipped.lines("data", "law/clauses.ttl")


def test_a_syntax_error_is_named_with_file_and_line(
    broken: Callable[[str], None],
) -> None:
    """A slip in Turtle is told where it is, not as a traceback."""
    broken("@prefix a: <http://example.org/> .\n\na:b a:c ; .. a:d .\n")
    with pytest.raises(InternalError) as caught:
        shipped.triples("ontology", "law.ttl")
    assert "ontology/law.ttl, line 3:" in caught.value.message
    assert caught.value.hint == shipped.MEND


@pytest.mark.parametrize(
    "day", ["2021-02-29", "2021-13-01", "20210101", "2021-W01-1", "yesterday", ""]
)
def test_impossible_days_are_all_named(broken: Callable[[str], None], day: str) -> None:
    """Each day that no calendar has is told with its line, all at once."""
    prefix = "@prefix x: <http://www.w3.org/2001/XMLSchema#> .\n"
    good = '<urn:a> <urn:from> "2020-02-29"^^x:date .\n'
    bad = f'<urn:b> <urn:until> "{day}"^^x:date .\n'
    broken(prefix + good + bad + good + bad)
    with pytest.raises(InternalError) as caught:
        shipped.triples("data", "law/clauses.ttl")
    assert caught.value.details["faults"] == [
        {"line": line, "fault": f"{day} is not a day of the calendar"}
        for line in (3, 5)
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "data/law/clauses.ttl",
            '"2022-12-27"^^xsd:date',
            '"2022-12-32"^^xsd:date',
            "2022-12-32 is not a day of the calendar",
        ),
        (
            "data/law/adequacy.ttl",
            "ropa:covers loc:JP",
            "ropa:covers loc:JPN",
            "loc:JPN",
        ),
        ("ontology/law.ttl", "ropa:Act a owl:Class ;", "ropa:Act a owl:Class", "line"),
        (
            "shapes/transfer.ttl",
            "shape:Transfer a sh:NodeShape ;",
            "shape:Transfer a a sh:NodeShape ;",
            "line",
        ),
    ],
    ids=["impossible-day", "unknown-country", "broken-ontology", "broken-shapes"],
)
def test_the_command_line_names_the_broken_file(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    """Who breaks a file in a source tree is told file and line, with exit code 3."""
    for room in ("ropa", "ontology", "shapes", "data"):
        shutil.copytree(
            TREE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__")
        )
    for room in ("ontology", "shapes", "data"):
        (tmp_path / "ropa" / room).symlink_to(tmp_path / room)
    target = tmp_path / file
    text = target.read_text(encoding="utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    done = subprocess.run(
        [sys.executable, "-m", "ropa", "--store", "memory:", "ask", "companies"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        timeout=120,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert f"{file}, line " in done.stderr
    assert told in done.stderr
    near = int(done.stderr.split(f"{file}, line ")[1].split(":")[0])
    assert abs(near - line) <= 25
    assert "Traceback" not in done.stderr
    assert "hint:" in done.stderr
