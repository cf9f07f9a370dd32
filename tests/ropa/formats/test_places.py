"""Where entries stand in files: by lines and in pieces, together and apart."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import syntax
from ropa.formats import places, rdf
from ropa.syntax import Syntax
from ropa.terms import DCT, PREFIXES
from tests.benchmarks import synthetic

BASE = "https://example.org/"
Written = Callable[[str, str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Give a function that writes a file."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def found(*files: Path) -> places.Places:
    """Find the entries of files."""
    return places.find([(str(file), None) for file in files], base=BASE)


def statements(place: places.Places) -> dict[str, set[str]]:
    """Read every entry by itself."""
    return {
        name: {
            syntax.line(*quad[:3])
            for line, _, _ in place.lines(name)
            for quad in syntax.parse(line, Syntax.NQUADS)
        }
        for name in place.entries
    }


def wanted(text: str) -> dict[str, set[str]]:
    """Read all at once, and sort by entry."""
    made: dict[str, set[str]] = {}
    for s, p, o, _ in syntax.parse(text, Syntax.NQUADS):
        name = str(s).partition("#")[0]
        made.setdefault(name, set()).add(syntax.line(s, p, o))
    return made


LINES = list(synthetic.register(12, companies=11))


@pytest.mark.parametrize("order", ["as it is", "sorted", "shuffled"])
def test_lines_of_an_entry_are_found_wherever_they_stand(
    written: Written, order: str
) -> None:
    """Grouped, sorted (which parts `<a#b>` from `<a>`) or in any order."""
    lines = list(LINES)
    if order == "sorted":
        lines.sort()
    elif order == "shuffled":
        random.Random(1).shuffle(lines)
    with found(written("a.nq", "".join(lines))) as place:
        assert not place.faults
        assert statements(place) == wanted("".join(lines))
        assert max(len(one.segments) for one in place.entries.values()) > (
            0 if order == "as it is" else 1
        )


def test_what_holds_nothing_is_passed_over(written: Written) -> None:
    """A byte order mark, blank lines, comments, and a last line without an end."""
    text = "\ufeff# made by hand\r\n\r\n" + "".join(LINES).replace("\n", "\r\n\n# x\n")
    with found(written("a.nq", text.rstrip())) as place:
        assert not place.faults
        assert statements(place) == wanted("".join(LINES))


def test_lines_that_are_none_are_all_told(written: Written) -> None:
    """With file and line; the first does not hide the second."""
    lines = [LINES[0], "what is this\n", LINES[1], "_:b <urn:p> <urn:o> .\n"]
    with found(written("a.nq", "".join(lines))) as place:
        told = [(fault.details["line"], fault.message) for fault in place.faults]
    assert [line for line, _ in told] == [2, 4]
    assert "a.nq" in told[0][1]
    assert "without a name" in told[1][1]


def turtle(entries: int, *, gap: str = "\n") -> str:
    """Write a register as Turtle, an entry after the other."""
    text = "".join(synthetic.register(entries, companies=11))
    made = syntax.serialize(
        (quad[:3] for quad in syntax.parse(text, Syntax.NQUADS)),
        Syntax.TURTLE,
        prefixes=PREFIXES,
    )
    head, body = made.decode().split("\n\n", 1)
    return f"{head}\n\n" + body.replace(" .\n", f" .{gap}")


def test_turtle_is_cut_between_statements(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces of any size say what the whole says; prefixes reach all of them."""
    text = turtle(12, gap=' # a . in a note "\n')
    text += '\n<urn:x:y> <urn:p> """many\n. lines "." here""", "a.b", 1.5 .'
    whole = {
        syntax.line(*quad[:3]) for quad in syntax.parse(text, Syntax.TURTLE, base=BASE)
    }
    path = written("a.ttl", text)
    for size in (700, 5000, 1 << 20):
        monkeypatch.setattr(places, "PIECE_BYTES", size)
        with found(path) as place:
            assert not place.faults
            assert set().union(*statements(place).values()) == whole
            assert (len(place.files[0].pieces) > 1) == (size < len(text))


def test_trig_is_cut_between_graphs(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph is never parted."""
    entries = wanted("".join(LINES))
    text = "".join(
        f"GRAPH <{name}> {{\n{chr(10).join(sorted(some))}\n}}\n"
        for name, some in entries.items()
    )
    monkeypatch.setattr(places, "PIECE_BYTES", 4000)
    with found(written("a.trig", text)) as place:
        assert not place.faults
        assert statements(place) == entries


def test_a_fault_in_turtle_has_its_own_line(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that of the piece in which it stands."""
    lines = turtle(12).splitlines()
    at = next(n for n, line in enumerate(lines) if n > 200 and "isPartOf" in line)
    lines[at] = lines[at].replace("dct:isPartOf", "dct:isPartOf ]")
    monkeypatch.setattr(places, "PIECE_BYTES", 3000)
    with found(written("a.ttl", "\n".join(lines))) as place:
        (fault,) = place.faults
    assert fault.details["line"] == at + 1
    assert f"line {at + 1}" in fault.message


def test_places_lead_back_to_the_line_of_the_person(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In lines, and in Turtle that was cut."""
    monkeypatch.setattr(places, "PIECE_BYTES", 3000)
    text = turtle(12)
    name = f"{synthetic.BASE}activities/firm-5/activity-5"
    line = next(n for n, one in enumerate(text.splitlines(), 1) if ' 5"@en' in one)
    with found(written("a.ttl", text)) as place:
        file, number = place.place(name, URIRef(name), DCT.title)
        assert file is not None
        assert file.endswith("a.ttl")
        assert number == line
    with found(written("a.nq", "".join(LINES))) as place:
        number = place.place(name, URIRef(name), DCT.title)[1]
        assert number is not None
        assert "activity-5>" in LINES[number - 1]
        assert "title" in LINES[number - 1]


def test_nameless_parts_of_an_entry_stay_with_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts between brackets get names; an entry that has some is not torn apart."""
    monkeypatch.setattr(places, "PIECE_BYTES", 100)
    entry = "<urn:e:{0}> <urn:p> [ <urn:q> 1 ] , [ <urn:q> 2 ] .\n"
    good = "".join(entry.format(n) for n in range(9))
    with found(written("good.ttl", good)) as place:
        assert not place.faults
        assert len({line for line, _, _ in place.lines("urn:e:7")}) == 4
    with found(written("bad.ttl", good + entry.format(0))) as place:
        (fault,) = place.faults
        assert "lie apart" in fault.message
    severed = "<urn:e:1> <urn:p> _:x .\n" + good + "_:x <urn:q> 3 .\n"
    with found(written("severed.ttl", severed)) as place:
        (fault,) = place.faults
        assert "without a name" in fault.message


@pytest.mark.parametrize("suffix", [".jsonld", ".gz"])
def test_what_cannot_be_cut_is_refused_with_what_to_do(
    written: Written, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large JSON-LD file, and a compressed one."""
    monkeypatch.setattr(rdf, "MAX_BYTES", 100)
    path = written("a" + suffix, '{"@id": "urn:x"}' + " " * 200)
    if suffix == ".gz":
        path.write_bytes(b"\x1f\x8b" + bytes(200))
    with found(path, path.with_name("absent.nq")) as place:
        first, second = place.faults
        assert "larger" in first.message or "gzip" in first.message
        assert first.hint
        assert "absent.nq" in second.message
