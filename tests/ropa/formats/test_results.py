"""Answers written in every form, and read back."""

from __future__ import annotations

import csv
import io
import json
import sys
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from ropa import queries
from ropa.errors import FormatError, NotAcceptable
from ropa.formats import results
from ropa.formats.results import Answer
from ropa.register import Register
from ropa.store.base import Table

XSD = "http://www.w3.org/2001/XMLSchema#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
# rdflib's JSON-LD reader uses a class that rdflib itself has deprecated.
OLD_NAMES = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
TABLE = Table(
    ["thing", "label", "days", "none"],
    [
        (
            URIRef("https://w3id.org/dpv#Purpose"),
            Literal("Zweck, \"gut\"\nund 'so'", lang="de"),
            Literal("1095", datatype=URIRef(f"{XSD}integer")),
            None,
        ),
        (URIRef("https://example.org/é"), Literal("=1+cmd|' /C calc'!A0"), None, None),
    ],
)
FORMS = ["table", "csv", "tsv", "json", "srj", "xml", "turtle", "jsonld"]


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_ends_with_a_line(kind: str) -> None:
    """Every form is text that ends with its line, and the same each time."""
    text = results.write(TABLE, kind)
    assert text.endswith("\n") and text == results.write(TABLE, kind)


def test_unknown_form_names_the_known_ones() -> None:
    """A form that there is not is refused with those that there are."""
    with pytest.raises(NotAcceptable) as caught:
        results.write(TABLE, "docx")
    assert "csv" in caught.value.hint


def test_csv_is_lossless() -> None:
    """Full IRIs and lexical forms come back from CSV; lines end as RFC 4180 says."""
    text = results.write(TABLE, "csv")
    assert text.startswith("thing,label,days,none\r\n")
    _, first, second = csv.reader(io.StringIO(text, newline=""))
    assert first == [
        "https://w3id.org/dpv#Purpose",
        "Zweck, \"gut\"\nund 'so'",
        "1095",
        "",
    ]
    assert results.read_cell(second[1]) == "=1+cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "@SUM(A1)", "+cmd|'x'", "-2+3+cmd|x", "\t=1", "\r=1", "'=1", "''+a", "="],
)
def test_a_formula_is_marked(text: str) -> None:
    """What a spreadsheet would run begins with an apostrophe, and is read back."""
    assert results.write_cell(text) == f"'{text}"
    assert results.read_cell(results.write_cell(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "+34 901 100 099",
        "+49 (0) 228-997799-0",
        "-3.5",
        "it's",
        "'quoted'",
        "P3Y",
    ],
)
def test_numbers_and_telephones_stay_as_they_are(text: str) -> None:
    """A sign before digits is no formula: programs and people get the bare text."""
    assert results.write_cell(text) == text == results.read_cell(text)


@given(st.text())
def test_every_cell_comes_back(text: str) -> None:
    """Marking is undone exactly, and no cell begins as a formula with a name in it."""
    written = results.write_cell(text)
    assert results.read_cell(written) == text
    if written[:1] in {"=", "@", "\t", "\r"}:
        pytest.fail(f"{written!r} would be run as a formula")


def test_tsv_keeps_terms() -> None:
    """TSV has Turtle terms: language, datatype and line ends survive."""
    lines = results.write(TABLE, "tsv").splitlines()
    assert lines[0] == "?thing\t?label\t?days\t?none"
    assert lines[1] == (
        '<https://w3id.org/dpv#Purpose>\t"Zweck, \\"gut\\"\\nund \'so\'"@de\t'
        f'"1095"^^<{XSD}integer>\t'
    )


def test_json_is_a_list_of_objects_by_column() -> None:
    """The JSON of a question has one object a row, null where a cell is empty."""
    rows = json.loads(results.write(TABLE, "json"))
    assert [list(row) for row in rows] == [TABLE.columns] * 2
    assert rows[0]["days"] == "1095" and rows[0]["none"] is None


def test_json_follows_its_schema(register: Register) -> None:
    """The JSON of every question over the five is valid by the published schema."""
    from importlib.resources import files

    schema = json.loads(
        (files("ropa") / "schemas" / "table.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    for question in queries.all_questions():
        if question.name != "findings":
            answer = json.loads(results.write(register.ask(question.name), "json"))
            jsonschema.validate(answer, schema)


def test_sparql_json_comes_back() -> None:
    """SPARQL JSON is read back as the same table, and a truth value as itself."""
    assert results.read_sparql_json(results.write(TABLE, "srj")) == TABLE
    truth = results.write_answer(Answer("ask", boolean=False), "json")
    assert results.read_answer(truth).boolean is False


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"head":{}}', '{"head":{"vars":["a"]},"results":[]}', "1"]
)
def test_what_is_not_sparql_json_is_told(text: str) -> None:
    """Anything else is a format error, not a crash."""
    with pytest.raises(FormatError):
        results.read_answer(text)


def test_truth_where_rows_were_expected_is_told() -> None:
    """A truth value is no table."""
    with pytest.raises(FormatError):
        results.read_sparql_json('{"head":{},"boolean":true}')


@given(st.text())
def test_xml_is_well_formed_whatever_the_text(text: str) -> None:
    """Characters that XML cannot hold are replaced; all others come back."""
    document = results.write(Table(["x"], [(Literal(text),)]), "xml")
    root = ElementTree.fromstring(document.encode("utf-8", "replace"))
    found = root.findtext(".//{http://www.w3.org/2005/sparql-results#}literal") or ""
    assert len(found) == len(text)
    if text.isprintable():
        assert found == text


def test_xml_replaces_control_characters() -> None:
    """A control character becomes the replacement character; a return survives."""
    document = results.write(Table(["x"], [(Literal("a\x00\x1b\rb<&"),)]), "xml")
    found = ElementTree.fromstring(document).findtext(".//{*}literal")
    assert found == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\rb<&"


def test_turtle_is_a_result_set() -> None:
    """Turtle of a table has its variables, solutions in order, and the very terms."""
    graph = Graph().parse(data=results.write(TABLE, "turtle"), format="turtle")
    rows: list[Node] = list(graph.objects(None, URIRef(f"{RS}solution")))
    assert len(rows) == 2
    values = set(graph.objects(None, URIRef(f"{RS}value")))
    assert values == {cell for row in TABLE.rows for cell in row if cell is not None}
    variables = {str(v) for v in graph.objects(None, URIRef(f"{RS}resultVariable"))}
    assert variables == set(TABLE.columns)


@OLD_NAMES
def test_jsonld_is_the_same_result_set() -> None:
    """JSON-LD of a table says what its Turtle says."""
    turtle = Graph().parse(data=results.write(TABLE, "turtle"), format="turtle")
    jsonld = Graph().parse(data=results.write(TABLE, "jsonld"), format="json-ld")
    assert turtle.isomorphic(jsonld)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("table", "true\n"),
        ("csv", "true\r\n"),
        ("tsv", "true\n"),
        ("json", '{"head": {}, "boolean": true}\n'),
    ],
)
def test_truth_has_its_forms(kind: str, text: str) -> None:
    """The answer of an ASK is one word, or its SPARQL form."""
    assert results.write_answer(Answer("ask", boolean=True), kind) == text


@pytest.mark.parametrize("kind", ["xml", "turtle", "jsonld"])
def test_truth_is_readable_by_programs(kind: str) -> None:
    """The answer of an ASK is written in the other forms as well."""
    assert "true" in results.write_answer(Answer("ask", boolean=True), kind)


@OLD_NAMES
@pytest.mark.parametrize(
    ("kind", "name"),
    [("table", "turtle"), ("turtle", "turtle"), ("jsonld", "json-ld"), ("xml", "xml")],
)
def test_graph_has_its_forms(kind: str, name: str) -> None:
    """The answer of a CONSTRUCT is the same graph in each form."""
    graph = Graph()
    graph.add((URIRef("urn:a"), URIRef("urn:p/b"), Literal("c", lang="en")))
    text = results.write_answer(Answer("graph", graph=graph), kind)
    assert Graph().parse(data=text, format=name).isomorphic(graph)


def test_graph_has_no_rows() -> None:
    """A graph is not written as CSV."""
    with pytest.raises(NotAcceptable, match="csv"):
        results.write_answer(Answer("graph", graph=Graph()), "csv")


def test_plain_table_is_aligned_and_short() -> None:
    """In a pipe, columns are aligned, IRIs are short and control signs are gone."""
    table = Table(["a", "b"], [(TABLE.rows[0][0], Literal("x\x1b[31m\ny"))])
    assert results.write(table, "table") == ("a            b\ndpv:Purpose  x [31m y\n")


def test_table_on_a_terminal_is_framed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the same cells stand in a frame, brackets taken as text."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = results.write(Table(["a"], [(Literal("[red]x[/red]"),)]), "table")
    assert "[red]x[/red]" in shown


def test_a_pipe_needs_no_rich() -> None:
    """Nothing that draws is loaded until a terminal looks on."""
    import subprocess

    code = (
        "import sys; from ropa.formats import results;"
        "from ropa.store.base import Table;"
        "results.write(Table(['a'], []), 'table');"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
