"""Texts that nobody has checked, and what is made of them."""

from __future__ import annotations

import gzip
import io
import re
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from rdflib.term import BNode, Literal, URIRef

from ropa import bounded
from ropa.errors import (
    FormatError,
    InputError,
    LimitReached,
    RopaError,
    TooLarge,
)
from ropa.formats import rdf
from ropa.formats.rdf import Reading, read_file, read_untrusted, recognise
from ropa.syntax import Syntax

BASE = "http://example.org/data/"
A = URIRef(BASE + "a")
P = URIRef("http://example.org/p")


def read(text: str | bytes, name: str = "entry.ttl") -> Reading:
    """Read a text as if it came in a file of that name."""
    body = text.encode() if isinstance(text, str) else text
    return read_untrusted(body, name=name, base=BASE)


class TestReading:
    """What can be read comes back as plain statements."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("entry.ttl", '<a> <http://example.org/p> "x"@en .'),
            ("entry.trig", '<a> { <a> <http://example.org/p> "x"@en }'),
            ("entry.nt", f'<{A}> <{P}> "x"@en .\n'),
            ("entry.nq", f'<{A}> <{P}> "x"@en <{A}> .\n'),
            (
                "entry.jsonld",
                '{"@id": "a", "http://example.org/p": {"@value": "x",'
                ' "@language": "en"}}',
            ),
            (
                "entry.json",
                f'[{{"@id": "{A}", "{P}": [{{"@value": "x", "@language": "en"}}]}}]',
            ),
            (
                "entry.rdf",
                '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
                '<rdf:Description rdf:about="a"><p xmlns="http://example.org/"'
                ' xml:lang="en">x</p></rdf:Description></rdf:RDF>',
            ),
        ],
    )
    def test_each_syntax(self, name: str, text: str) -> None:
        """The suffix tells the syntax; without one, the first signs do."""
        expected = {(A, P, Literal("x", lang="en"))}
        assert set(read(text, name).graph) == expected
        assert set(read(text, "pasted text").graph) == expected

    def test_lines(self) -> None:
        """Each statement's line in the text is known."""
        reading = read("# one\n<a> <b>\n  1 ;\n <c> 2 .\n")
        assert reading.lines.line(A, URIRef(BASE + "c")) == 4
        assert reading.syntax is Syntax.TURTLE
        assert reading.name == "entry.ttl"

    def test_byte_order_mark(self) -> None:
        """One byte order mark is skipped."""
        assert len(read(b"\xef\xbb\xbf<a> <b> 1 .").graph) == 1

    def test_literals_keep_their_text(self) -> None:
        """Numbers and texts are not rewritten."""
        values = {str(o) for o in read('<a> <b> 1.50, 007, "P13M" .').graph.objects()}
        assert values == {"1.50", "007", "P13M"}

    def test_no_activity_is_fine(self) -> None:
        """What a text means is not judged here."""
        assert len(read("<a> a <http://xmlns.com/foaf/0.1/Person> .").graph) == 1

    def test_blank_nodes_get_names(self) -> None:
        """A part without a name is named after the entry that leads to it."""
        text = (
            "<x> <p> [ <q> [ <r> 1 ] ] . <y#part> <p> [ <q> 2 ] ."
            "<y> <p> _:shared . _:shared <q> 3 ; <self> _:shared . <y#b-1> <q> 4 ."
        )
        graph = read(text).graph
        assert not any(isinstance(term, BNode) for triple in graph for term in triple)
        names = {s for s in graph.subjects() if "#b-" in s}
        assert names == {
            URIRef(BASE + name)
            for name in ("x#b-1", "x#b-2", "y#b-1", "y#b-2", "y#b-3")
        }
        assert set(read(text).graph) == set(graph)

    def test_blank_node_alone(self) -> None:
        """Without any named node the text still reads; it is just no entry."""
        graph = read('[ <p> "x" ; <q> _:b ] . _:b <p> _:b .').graph
        assert len(graph) == 3
        assert all(str(s).startswith(f"{BASE}unnamed#b-") for s in graph.subjects())

    def test_foreign_graph(self) -> None:
        """A named graph holds statements about its own entry only."""
        with pytest.raises(FormatError, match="holds a statement about"):
            read("<a> { <b> <p> 1 }", "entry.trig")
        with pytest.raises(FormatError, match="holds a statement about"):
            read("_:g { <b> <p> 1 }", "entry.trig")
        assert len(read("<a> { <a#x> <p> [ <q> 1 ] }", "entry.trig").graph) == 2


def zipped(member: str) -> bytes:
    """Make an archive with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "x" * 100)
    return buffer.getvalue()


def entities(levels: int) -> str:
    """Make an RDF/XML text whose entities unfold tenfold at each level."""
    lines = ['<!ENTITY e0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(levels)]
    return (
        '<?xml version="1.0"?><!DOCTYPE rdf:RDF [' + "".join(lines) + "]>"
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    )


XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF>'
HOSTILE: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("a.ttl", b"", "is empty"),
    "blanks": ("a.ttl", b"\xef\xbb\xbf \n\t", "is empty"),
    "comment only": ("a.ttl", "# nothing\n", "no statement"),
    "empty object": ("a.jsonld", "{}", "no statement"),
    "zip": ("a.ttl", zipped("a.ttl"), "a ZIP archive"),
    "excel": ("a.xlsx", zipped("xl/workbook.xml"), "an Excel workbook"),
    "word": ("a.ttl", zipped("word/document.xml"), "a Word document"),
    "gzip": ("a.ttl.gz", gzip.compress(b"<a> <b> 1 ."), "a gzip archive"),
    "pdf": ("a.ttl", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF"),
    "png": ("a.ttl", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
    "jpeg": ("a.ttl", b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
    "old office": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office"),
    "utf-16": ("a.ttl", "<a> <b> 1 .".encode("utf-16"), "UTF-16"),
    "random": ("a.ttl", bytes(range(256)), "NUL byte"),
    "nul": ("a.ttl", b"<a> <b> 1 .\n<a> <c> \0 .", "NUL byte"),
    "latin-1": ("a.ttl", '<a> <b> "x" ;\n <c> "é" .'.encode("latin-1"), "line 2"),
    "truncated": ("a.ttl", '<a> <b> "x', "line 1"),
    "prose": ("a.ttl", "Dear all,\nplease find enclosed", "line 1"),
    "unknown prefix": ("a.ttl", "<a> a ropa:Claim .", "ropa:"),
    "bad iri": ("a.ttl", "<a> <b> <http://x/a b> .", "line 1"),
    "escaped iri": ("a.ttl", r"<a> <b> <http://x/\u003E> .", "line 1"),
    "surrogate": ("a.ttl", r'<a> <b> "\uD800" .', "line 1"),
    "raw surrogate": ("a.ttl", b'<a> <b> "\xed\xa0\x80" .', "not in UTF-8"),
    "control character": ("a.ttl", r'<a> <b> "\u0001" .', "control character"),
    "decimal bomb": (
        "a.ttl",
        '<a> <b> "1E+200000000"^^<http://www.w3.org/2001/XMLSchema#decimal> .',
        "exponent",
    ),
    "markup": (
        "a.ttl",
        '<a> <b> "<a/>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .',
        "markup",
    ),
    "long text": ("a.ttl", f'<a> <b> "{"x" * 70_000}" .', "65536 bytes"),
    "long iri": ("a.ttl", f"<a> <b> <http://x/{'x' * 3000}> .", "2048 bytes"),
    "triple term": ("a.ttl", "<a> <b> <<( <c> <d> <e> )>> .", "not supported"),
    "deep brackets": (
        "a.ttl",
        "<a> <b> " + "[ <c> " * 5000 + "1" + "]" * 5000,
        "levels",
    ),
    "deep lists": ("a.ttl", "<a> <b> " + "(" * 90_000 + ")" * 90_000, "levels"),
    "deep json": (
        "a.jsonld",
        '{"@id":"a","x":' + "[" * 3000 + "]" * 3000 + "}",
        "levels",
    ),
    "deep objects": (
        "a.jsonld",
        '{"http://x/p":' * 800 + '"x"' + "}" * 800,
        "levels",
    ),
    "deep xml": (
        "a.rdf",
        XML.format("<rdf:Description><p xmlns='http://x/'>" * 500),
        "levels",
    ),
    "entity bomb": ("a.rdf", entities(9), "DOCTYPE"),
    "lower-case doctype": ("a.rdf", entities(2).replace("DOCTYPE", "doctype"), "a.rdf"),
    "external entity": (
        "a.rdf",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + XML.format("&x;"),
        "DOCTYPE",
    ),
    "xml encoding": (
        "a.rdf",
        '<?xml version="1.0" encoding="UTF-7"?>' + XML.format(""),
        "encoded in",
    ),
    "truncated xml": ("a.rdf", "<rdf:RDF", "a.rdf"),
    "remote context": (
        "a.jsonld",
        '{"@id": "a",\n "@context": "http://127.0.0.1:1/c.jsonld", "b": 1}',
        "line 2",
    ),
    "file context": ("a.jsonld", '{"@context": ["file:///etc/passwd"]}', "not fetched"),
    "imported context": (
        "a.jsonld",
        '{"@context": {"@import": "http://127.0.0.1:1/"}, "@id": "a"}',
        "not fetched",
    ),
    "scoped context": (
        "a.jsonld",
        '{"@context": {"b": {"@id": "http://x/b", "@context": "http://127.0.0.1:1/"}},'
        ' "@id": "a", "b": {"@id": "c"}}',
        "not fetched",
    ),
    "broken json": ("a.jsonld", '{"@id": "a",\n "b": }', "line 2"),
    "json null": ("a.jsonld", "null", "neither an object"),
    "json number": ("a.jsonld", "42", "neither an object"),
    "json nan": ("a.jsonld", '{"@id": "a", "http://x/b": NaN}', "number"),
    "json digits": (
        "a.jsonld",
        '{"@id": "a", "http://x/b": 1' + "0" * 5000 + "}",
        "number",
    ),
    "json as turtle": ("a.ttl", '{"@id": "a", "http://x/b": 1}', "a.ttl"),
    "xml as turtle": ("a.ttl", XML.format(""), "a.ttl"),
    "turtle as json": ("a.jsonld", "<a> <b> 1 .", "line 1"),
    "turtle as xml": ("a.rdf", "<a> <b> 1 .", "a.rdf"),
}


class TestHostileTexts:
    """Each is a sentence with a hint; nothing crashes, hangs or swells."""

    @pytest.mark.parametrize("case", HOSTILE)
    def test_refused(self, case: str) -> None:
        """The message names the text and what is wrong with it."""
        name, text, part = HOSTILE[case]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        with pytest.raises(FormatError) as caught:
            read(text, name)
        assert time.monotonic() - started < 20
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
        message = caught.value.message
        assert message.startswith(name)
        assert message.endswith(".")
        assert part in message
        assert "Traceback" not in message
        assert caught.value.hint.endswith(".")
        assert caught.value.details["file"] == name
        line = re.search(r"line (\d+)", part)
        if line:
            assert caught.value.details["line"] == int(line[1])

    @pytest.mark.parametrize(
        ("case", "suffix"), [("json as turtle", ".jsonld"), ("xml as turtle", ".rdf")]
    )
    def test_wrong_suffix(self, case: str, suffix: str) -> None:
        """The hint says what the text looks like."""
        with pytest.raises(FormatError) as caught:
            read(HOSTILE[case][1])
        assert suffix in caught.value.hint

    @pytest.mark.deep
    def test_at_the_limit(self) -> None:
        """As many statements as are allowed are read within the deadline."""
        text = "".join(f"<a{n}#x> <b> {n % 10} .\n" for n in range(rdf.MAX_TRIPLES))
        reading = read(text)
        assert len(reading.graph) == rdf.MAX_TRIPLES
        assert reading.lines.line(URIRef(BASE + "a7#x")) is None

    def test_nothing_is_logged(self) -> None:
        """Reading an ordinary text makes no noise, in the child neither."""
        text = b'<a> <b> "x y", [ <c> "<" ] .'
        noise = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from ropa.formats import rdf;"
                "rdf.read({'syntax': 'turtle', 'base': 'http://x/', 'max_triples': 9},"
                " sys.stdin.buffer.read(), lambda: None)",
            ],
            input=text,
            capture_output=True,
            check=True,
        )
        assert noise.stderr == noise.stdout == b""

    def test_many_statements(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The number of statements is capped while they are read."""
        monkeypatch.setattr(rdf, "MAX_TRIPLES", 1000)
        text = "".join(f"<a{n}> <b> {n} .\n" for n in range(1000))
        assert len(read(text).graph) == 1000
        with pytest.raises(TooLarge, match="more than 1000 statements"):
            read(text + "<a> <b> 1 .")

    def test_too_slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Reading is ended at its deadline."""
        # Many times more than can be read until then, however quick the machine.
        text = "".join(f"<a{n}> <b> {n} .\n" for n in range(50_000))
        monkeypatch.setattr(rdf, "LIMITS", bounded.Limits(seconds=0.01))
        with pytest.raises(LimitReached) as caught:
            read(text)
        assert caught.value.details["limit"] == "seconds"


class TestFiles:
    """Files are looked at before they are read."""

    def test_reads(self, tmp_path: Path) -> None:
        """A file by its path, standard input by a hyphen."""
        file = tmp_path / "entry.ttl"
        file.write_text("<a> <b> 1 .")
        assert read_file(str(file), base=BASE).name == str(file)

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A hyphen stands for standard input, which is read to the limit only."""
        body = io.BytesIO(b"<a> <b> 1 .")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(body))
        assert len(read_file("-", base=BASE).graph) == 1
        monkeypatch.setattr(rdf, "MAX_BYTES", 5)
        body.seek(0)
        with pytest.raises(TooLarge, match="standard input"):
            read_file("-", base=BASE)

    def test_large_file(self, tmp_path: Path) -> None:
        """A file of 50 MB is refused at once, without reading it."""
        file = tmp_path / "large.ttl"
        with file.open("wb") as stream:
            stream.truncate(50 * 1024 * 1024)
        started = time.monotonic()
        with pytest.raises(TooLarge) as caught:
            read_file(str(file), base=BASE)
        assert time.monotonic() - started < 0.5
        assert caught.value.http_status == 413
        with pytest.raises(TooLarge):
            read(b" " * (rdf.MAX_BYTES + 1))

    def test_endless_file(self) -> None:
        """A device without end is read to the limit only."""
        with pytest.raises(TooLarge):
            read_file("/dev/zero", base=BASE)

    @pytest.mark.parametrize("path", ["nowhere.ttl", ".", "a\0b"])
    def test_no_file(self, path: str) -> None:
        """What is no file is told by its path."""
        with pytest.raises(InputError) as caught:
            read_file(path, base=BASE)
        assert path in caught.value.message
        assert not isinstance(caught.value, FormatError)


def test_given_syntax_wins() -> None:
    """A media type is believed before the name."""
    body = b"<http://x/a> <http://x/b> <http://x/c> ."
    assert recognise(body, name="a.rdf", syntax=Syntax.NTRIPLES) is Syntax.NTRIPLES
    assert recognise(body, name="body") is Syntax.TURTLE


def test_every_error_is_ours() -> None:
    """Texts of random signs give statements or one of our errors."""
    import random

    luck = random.Random(5)
    signs = ["<a>", "<b>", '"x"', "[", "]", "(", ")", ".", ";", "{", "}", "@en", "^^"]
    for _ in range(10):
        text = " ".join(luck.choices(signs, k=12))
        try:
            read(text, luck.choice(["a.ttl", "a.jsonld", "a.rdf", "a.nq", "a"]))
        except RopaError as error:
            assert error.message.endswith(".")
