"""Lines of statements, in every form that Turtle has for them."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.term import Literal, URIRef

from ropa import assets, syntax
from ropa.formats.turtle_lines import LineMap, scan
from ropa.syntax import Syntax

BASE = "http://example.org/data/"
EX = "http://example.org/"
A = URIRef(f"{EX}a")


def lines(text: str, form: Syntax = Syntax.TURTLE) -> LineMap:
    """Scan a text, after the parser has accepted it."""
    list(syntax.parse(text, form, base=BASE))
    found = scan(text.encode(), form, BASE)
    return LineMap.from_json(json.loads(json.dumps(found.to_json())))


def ex(name: str) -> URIRef:
    """Give an address under the example prefix."""
    return URIRef(EX + name)


def test_values_properties_and_subjects_have_their_lines() -> None:
    """Each is found on the line that names it, and the next wider one otherwise."""
    found = lines(
        "@prefix : <http://example.org/> .\n"
        ":a :p :x ,\n"
        "     :y ;\n"
        "   :q 'one' , 2 ,\n"
        "   true .\n"
        ":b a :C .\n"
    )
    assert found.line(A) == 2
    assert found.line(A, ex("p"), ex("x")) == 2
    assert found.line(A, ex("p"), ex("y")) == 3
    assert found.line(A, ex("q"), Literal("one")) == 4
    assert found.line(A, ex("q"), Literal(2)) == 4
    assert found.line(A, ex("q"), Literal("true")) == 5
    assert found.line(A, ex("q"), Literal("absent")) == 4
    assert found.line(A, ex("absent")) == 2
    assert found.line(ex("b")) == 6
    assert found.line(ex("c")) is None


STRINGS = [
    '"short # no comment . ;"',
    "'short'",
    '"""long\n\n"quoted" \'x\' """',
    "'''long ''x\n'''",
    r'"\" escaped \\ \u00e9 \U0001F600 \n"',
    '"x"@en-GB',
    '"x" ^^ <http://example.org/t>',
    '"x"^^:t',
    '""',
    '""""""',
    "+1.5e-3",
    "-.5",
    "12.",
    "1.E3",
    "false",
    "()",
    "( 1 'two' ( :x ) [ :p [] ] )",
    "[]",
    "[ :p :x ; :q ( [ :r 's' ] ) ; ]",
    "_:b.1",
    r":with\.dot\~",
    ":p%20q",
    ":a:b",
    ":1",
    ":\u00e9t\u00e9",
    ":\U00010400",
    ": ",
    "<#fragment>",
    "<>",
    "<../up>",
    r"<http://example.org/\u00e9>",
    "a:a",
]


@pytest.mark.parametrize("value", STRINGS)
def test_every_form_of_a_value_is_passed_over(value: str) -> None:
    """Whatever the value, the statements after it keep their lines."""
    start = "@prefix : <http://example.org/> .\n@prefix a: <http://example.org/> .\n"
    number = 3 + value.count("\n")
    text = f"{start}:s :p {value} ; :q :here .\n# comment <x> .\n:a :p :x ."
    if value == "12.":
        text = f"{start}:s :p 12 ; :q :here .\n# comment <x> .\n:a :p :x ."
    found = lines(text)
    assert found.line(ex("s"), ex("q"), ex("here")) == number
    assert found.line(A) == number + 2


def test_bases_and_prefixes_in_both_spellings() -> None:
    """Names are resolved by the declarations in force where they stand."""
    found = lines(
        "<one#x> <p> 1 .\n"
        "@base <http://example.org/other/> .\n"
        "<two> <p> 1 .\n"
        "BASE <http://example.org/third/doc>\n"
        "<#four> <p> 1 .\n"
        "prefix p: <http://example.org/p/>\n"
        "p:five <p> 1 .\n"
        "@prefix p: <rel/> .\n"
        "p:six <p> 1 ."
    )
    assert found.line(URIRef(f"{BASE}one#x")) == 1
    assert found.line(ex("other/two")) == 3
    assert found.line(ex("third/doc#four")) == 5
    assert found.line(ex("p/five")) == 7
    assert found.line(ex("third/rel/six")) == 9


def test_graphs_of_trig() -> None:
    """Graph names are no subjects, with and without the word."""
    found = lines(
        "@prefix : <http://example.org/> .\n"
        ":g {\n :a :p :x . :b :p\n :y }\n"
        "GRAPH :h {\n :c :p :z }\n"
        "{ :d :p 1 }\n",
        Syntax.TRIG,
    )
    assert found.line(A) == 3
    assert found.line(ex("b"), ex("p"), ex("y")) == 4
    assert found.line(ex("c")) == 6
    assert found.line(ex("d")) == 7


def test_nquads() -> None:
    """Line formats are read as well."""
    quad = f'<{EX}a> <{EX}p> "x"@en <{EX}g> .\n'
    found = lines(quad + quad.replace("/a>", "/b>"), Syntax.NQUADS)
    assert found.line(ex("b"), ex("p"), Literal("x", lang="en")) == 2


def test_a_part_falls_back_on_its_entry() -> None:
    """A part that the text does not name is shown at its entry, and the reverse."""
    found = lines("<x> <p> 1 .\n<y#part> <p> 1 .")
    assert found.line(URIRef(f"{BASE}x#b-1")) == 1
    assert found.line(URIRef(f"{BASE}y")) == 2


@pytest.mark.parametrize("name", assets.names("data", ".ttl"))
def test_every_statement_of_our_files_has_a_line(name: str) -> None:
    """In the packaged data each statement is found on a line that names it."""
    text = assets.text("data", name)
    found = scan(text, Syntax.TURTLE, BASE)
    rows = text.splitlines()
    for s, p, o, _ in syntax.parse(text, Syntax.TURTLE, base=BASE):
        line = found.line(s, p, o)
        assert line is not None
        if isinstance(o, URIRef):
            last = o.rpartition("#")[2].rpartition("/")[2]
            assert last in rows[line - 1] or "rdf-syntax-ns#type" in p


def test_nesting_costs_no_stack() -> None:
    """Tens of thousands of brackets are read one after the other."""
    depth = 50_000
    rows = [
        f"<s> <p> {'[ <p> ' * depth}1{' ]' * depth} .",
        f"<t> <p> {'(' * depth}{')' * depth} .",
        "<a> <p> 1 .",
    ]
    text = "\n".join(rows)
    assert scan(text, Syntax.TURTLE, BASE).line(URIRef(f"{BASE}a")) == 3


@pytest.mark.parametrize(
    "text",
    [
        '"' * 100_001,
        "'''" + "'" * 99_999,
        "<" * 100_000,
        "\\" * 100_000,
        ":" + "." * 100_000,
        "a:" + "%20" * 30_000 + ".",
        "#" * 100_000,
        "[" * 100_000 + "]" * 200_000,
        '"""' + '\\"' * 50_000,
    ],
)
def test_odd_texts_are_read_in_a_moment(text: str) -> None:
    """No text makes the scanner slow, though no parser accepted it."""
    start = time.monotonic()
    scan(text, Syntax.TURTLE, BASE)
    assert time.monotonic() - start < 5


@given(st.text(alphabet="<>\"'[](){}.;,:#@^_ab1-\\\n \u00e9\U0001f600", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever the text, there is a map."""
    assert isinstance(scan(text, Syntax.TURTLE, BASE), LineMap)


@pytest.mark.parametrize("form", [Syntax.JSONLD, Syntax.RDFXML])
def test_other_syntaxes_have_no_lines(form: Syntax) -> None:
    """For JSON and XML there is an empty map."""
    assert scan("{}", form, BASE).line(A) is None
