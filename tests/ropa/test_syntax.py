"""The one door for RDF text: what is read, refused and written."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.term import BNode, Literal, URIRef

from ropa import syntax
from ropa.errors import FormatError, MediaTypeUnknown
from ropa.syntax import Syntax
from ropa.terms import PREFIXES, XSD

E = "http://example.org/"
S, P = URIRef(E + "s"), URIRef(E + "p")


def read(text: bytes | str, format: Syntax = Syntax.TURTLE) -> list[syntax.Quad]:
    """Read a whole document."""
    return list(syntax.parse(text, format, base=E))


def typed(text: str, name: str) -> Literal:
    """Make a literal that keeps its text."""
    return Literal(text, datatype=XSD[name], normalize=False)


def test_literals_keep_the_text_they_were_written_with() -> None:
    """Reading rewrites no number and no date."""
    found = {str(o) for _, _, o, _ in read("<s> <p> 1.50, 01, '2020-01-01Z'^^<x> .")}
    assert found == {"1.50", "01", "2020-01-01Z"}


def test_one_byte_order_mark_is_skipped_and_no_second() -> None:
    """A file saved by an editor of Windows is read; two marks are a fault."""
    mark = b"\xef\xbb\xbf"
    assert len(read(mark + b"<s> <p> 'x' .")) == 1
    with pytest.raises(FormatError):
        read(mark + mark + b"<s> <p> 'x' .")


@pytest.mark.parametrize(
    ("text", "format", "line", "column"),
    [
        ("<s> <p> <a b> .", Syntax.TURTLE, 1, 9),
        ("<s> <p> 'x' .\n<s> <p> <a\\u003Eb> .", Syntax.TURTLE, 2, 9),
        ("\n<s> <p> '\\uD800' .", Syntax.TURTLE, 2, 10),
        (b"\n\n\xff\xfe", Syntax.TURTLE, 3, 1),
        ('{"@id": "http://e/",\n "http://e/p": [}', Syntax.JSONLD, 2, 17),
        ("<http://e/s> <http://e/p> 'x' .", Syntax.NTRIPLES, 1, 27),
    ],
)
def test_broken_text_is_refused_with_its_place(
    text: bytes | str, format: Syntax, line: int, column: int
) -> None:
    """Bad IRIs, surrogates, bytes and brackets are errors with line and column."""
    with pytest.raises(FormatError) as caught:
        read(text, format)
    assert (caught.value.details["line"], caught.value.details["column"]) == (
        line,
        column,
    )
    assert caught.value.hint


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY a "b">]><r/>',
        '<?xml version="1.0"?>\n<!doctype r SYSTEM "file:///etc/passwd"><r/>',
        '<?xml version="1.0"?>\n<r><!ENTITY a "b"></r>',
    ],
)
def test_rdf_xml_with_declarations_is_refused_before_the_parser(document: str) -> None:
    """A document type or entity declaration never reaches the XML parser."""
    with pytest.raises(FormatError, match="which is not read") as caught:
        read(document, Syntax.RDFXML)
    assert caught.value.details["line"] == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_rdf_xml_is_read_in_utf8_only(encoding: str) -> None:
    """Another encoding cannot hide a declaration from the byte scan."""
    document = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE é><r/>'
    with pytest.raises(FormatError):
        read(document.encode(encoding), Syntax.RDFXML)


def test_json_ld_does_not_fetch_contexts() -> None:
    """A context at an address is an error, not a request."""
    with pytest.raises(FormatError):
        read('{"@context": "http://example.org/context", "a": 1}', Syntax.JSONLD)


@pytest.mark.parametrize(
    "text",
    [
        "<s> <p> '" + "x" * (syntax.MAX_LITERAL_BYTES + 1) + "' .",
        "<s> <p> '" + "é" * (syntax.MAX_LITERAL_BYTES // 2 + 1) + "' .",
        "<s> <p> <http://e/" + "x" * syntax.MAX_IRI_BYTES + "> .",
        "<s> <p> 'x'^^<http://e/" + "x" * syntax.MAX_IRI_BYTES + "> .",
    ],
)
def test_texts_and_iris_have_a_greatest_length(text: str) -> None:
    """The limits count bytes and name the line."""
    with pytest.raises(FormatError, match="longer than") as caught:
        read("\n" + text)
    assert caught.value.details["line"] == 2


def test_a_text_of_the_greatest_length_is_read() -> None:
    """The limit itself is allowed."""
    assert len(read("<s> <p> '" + "x" * syntax.MAX_LITERAL_BYTES + "' .")) == 1


def test_control_characters_are_refused() -> None:
    """A text that XML could not carry does not come in."""
    with pytest.raises(FormatError, match="control character"):
        read("<s> <p> '\\u0001' .")


def test_a_decimal_bomb_stays_small() -> None:
    """A number with a giant exponent keeps its dozen characters to the end."""
    text = "<s> <p> '1E+200000000'^^<http://www.w3.org/2001/XMLSchema#decimal> ."
    quads = read(text)
    assert len(str(quads[0][2])) == 12
    for format in Syntax:
        assert len(syntax.serialize(quads, format, PREFIXES)) < 500
    assert syntax.digest([quad[:3] for quad in quads]).startswith("sha256:")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("abc", "integer"),
        ("9" * 5000, "integer"),
        ("2020-99-99", "date"),
        ("maybe", "boolean"),
        ("P", "duration"),
        ("zz", "hexBinary"),
    ],
)
def test_an_ill_typed_value_is_read_in_silence(
    text: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong value is a finding for the rules; nothing is printed about it here."""
    quads = read(f"<s> <p> '{text}'^^<{XSD[name]}> .")
    assert str(quads[0][2]) == text
    assert caplog.records == []


@pytest.mark.parametrize("name", ["XMLLiteral", "HTML"])
def test_markup_is_refused(name: str) -> None:
    """No XML parser is started by a text that claims to be markup."""
    bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"
    with pytest.raises(FormatError, match="markup"):
        read(f'<s> <p> "{bomb}"^^<{PREFIXES["rdf"]}{name}> .')


def test_triple_terms_are_refused() -> None:
    """What RDF 1.1 does not have is an error, not half read."""
    with pytest.raises(FormatError, match="Triple terms"):
        read("<s> <p> <<( <s> <p> <o> )>> .")


def test_suffixes_tell_the_syntax() -> None:
    """A file name says what it holds, or that it does not."""
    assert syntax.by_suffix("a/b.TTL") is Syntax.TURTLE
    with pytest.raises(MediaTypeUnknown):
        syntax.by_suffix("ttl")


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=30)
OBJECTS = st.one_of(
    TEXTS.map(Literal),
    TEXTS.map(lambda t: Literal(t, lang="fr")),
    st.integers().map(lambda n: typed(str(n), "integer")),
    st.booleans().map(lambda b: typed(str(b).lower(), "boolean")),
    st.dates().map(lambda d: typed(d.isoformat(), "date")),
    st.sampled_from("abc").map(lambda c: URIRef(E + c)),
)
TRIPLES = st.tuples(
    st.sampled_from([S, URIRef(PREFIXES["dpv"] + "Purpose")]),
    st.sampled_from([P, URIRef(PREFIXES["skos"] + "note")]),
    OBJECTS,
)


@pytest.mark.parametrize("format", list(Syntax))
@settings(deadline=None)
@given(triples=st.lists(TRIPLES, max_size=8))
def test_what_is_written_reads_back_the_same(
    format: Syntax, triples: list[tuple[URIRef, URIRef, URIRef | Literal]]
) -> None:
    """Every syntax carries every text, language and datatype there and back."""
    written = syntax.serialize(triples, format, PREFIXES)
    back = [(s, p, o) for s, p, o, _ in syntax.parse(written, format)]
    assert syntax.digest(back) == syntax.digest(triples)
    assert written == syntax.serialize(reversed(triples), format, PREFIXES)


@pytest.mark.parametrize("format", [Syntax.TRIG, Syntax.NQUADS])
def test_graph_names_are_kept(format: Syntax) -> None:
    """A dataset keeps what belongs to which graph."""
    quads = {(S, P, Literal("a"), URIRef(E + "g")), (S, P, Literal("b"), None)}
    assert set(syntax.parse(syntax.serialize(quads, format), format)) == quads


def test_turtle_is_sorted_with_the_type_first_and_only_needed_prefixes() -> None:
    """One subject a block in the order of the house style, so that diffs stay small."""
    text = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <http://e/b> skos:note "z"@en ; skos:prefLabel "y"@en ; a skos:Concept .
    <http://e/a> skos:note 3 ."""
    triples = [quad[:3] for quad in read(text)]
    assert syntax.serialize(triples, Syntax.TURTLE, PREFIXES).decode() == (
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n\n"
        "<http://e/a> skos:note 3 .\n\n"
        "<http://e/b> a skos:Concept ;\n"
        '    skos:prefLabel "y"@en ;\n'
        '    skos:note "z"@en .\n'
    )


def test_blank_nodes_and_rdf_xml_agree() -> None:
    """A blank node and a property without a prefix survive RDF/XML."""
    triples = [(BNode("x"), URIRef(E + "long/path#name"), Literal('<&"', lang="fr"))]
    back = read(syntax.serialize(triples, Syntax.RDFXML), Syntax.RDFXML)
    assert [(str(p), o) for _, p, o, _ in back] == [
        (E + "long/path#name", triples[0][2])
    ]


def test_rdf_xml_refuses_a_property_it_cannot_name() -> None:
    """A property whose IRI ends in a digit is an error with advice."""
    with pytest.raises(FormatError, match="cannot be written"):
        syntax.serialize([(S, URIRef(E + "1"), S)], Syntax.RDFXML)


def test_an_iri_that_no_syntax_carries_is_not_written() -> None:
    """A bad IRI made by hand stops the writer instead of breaking the file."""
    with pytest.raises(FormatError, match="holds a character"):
        syntax.serialize([(S, P, URIRef(E + "a b"))], Syntax.NTRIPLES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (typed("1.50", "decimal"), typed("1.5", "decimal")),
        (typed("+05", "int"), typed("5", "integer")),
        (typed("-0", "integer"), typed("0", "integer")),
        (typed("1", "boolean"), typed("true", "boolean")),
        (
            typed("2020-01-01T00:00:00.500+00:00", "dateTime"),
            typed("2020-01-01T00:00:00.5Z", "dateTime"),
        ),
    ],
)
def test_equal_values_have_one_digest(one: Literal, other: Literal) -> None:
    """How a number was written does not change the digest."""
    assert syntax.digest([(S, P, one)]) == syntax.digest([(S, P, other)])


def test_the_digest_is_that_of_the_sorted_statements() -> None:
    """Anybody can recompute the digest with standard tools."""
    graph = Graph()
    graph.add((S, P, Literal("b")))
    graph.add((S, P, Literal("a", lang="en")))
    lines = '<http://example.org/s> <http://example.org/p> "a"@en .\n'
    lines += '<http://example.org/s> <http://example.org/p> "b" .\n'
    expected = "sha256:" + hashlib.sha256(lines.encode()).hexdigest()
    assert syntax.digest(graph) == expected


ODD_TURTLE = [
    "<s> <p> 'a \"quote\", a \\\\ and\\n\\t\\r ends' .",
    "<s> <p> 1.50, 01, true, 1e0, '1'^^<http://www.w3.org/2001/XMLSchema#boolean> .",
    "<s> <p> '> \"05'^^<http://www.w3.org/2001/XMLSchema#int> .",
    "<s> <p> '05', '\"^^<http://www.w3.org/2001/XMLSchema#int> .' .",
    "<s> <p> 'x'@EN-gb, '\u2028\u0085 \U0001f600', 'a\x7fb', '\\u00e9' .",
    "<s> <p> <#part>, <http://example.org/\u00e9> .",
    "\ufeff<s> <p> 'HTML <<', '--ltr' .",
]


@pytest.mark.parametrize("text", ODD_TURTLE)
def test_lines_are_those_of_the_terms(text: str) -> None:
    """Reading into lines gives what reading and writing gives, and the same digest."""
    terms = [quad[:3] for quad in read(text)]
    lines = syntax.lines(text, base=E)
    assert lines == [syntax.line(*triple) for triple in terms]
    assert syntax.digest_of(lines) == syntax.digest(terms)
    assert {*syntax.graph(lines)} == {*terms}


@pytest.mark.parametrize(
    "text",
    [
        "<s> <p> .",
        "<s> <p> 'a\x0bb' .",
        "<s> <p> 'a\\u0008' .",
        "<s> <p> '\uffff' .",
        f"<s> <p> '{'x' * (syntax.MAX_LITERAL_BYTES + 1)}' .",
        f"<s> <p> <{'x' * (syntax.MAX_IRI_BYTES + 1)}> .",
        "<s> <p> 'x'^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> .",
    ],
)
def test_lines_refuse_what_reading_refuses(text: str) -> None:
    """The guards stand at both doors."""
    with pytest.raises(FormatError) as expected:
        read(text)
    with pytest.raises(FormatError) as caught:
        syntax.lines(text, base=E)
    assert caught.value.message == expected.value.message
    assert caught.value.details == expected.value.details


@given(
    text=st.text(alphabet='+-0123456789.TZ:"\\ \n>x'),
    kind=st.sampled_from(["int", "integer", "decimal", "boolean", "dateTime", "date"]),
)
def test_typed_texts_are_digested_alike_as_lines_and_as_terms(
    text: str, kind: str
) -> None:
    """Rewriting a number within a line is rewriting the number."""
    value = typed(text, kind)
    terms = syntax.normalised(value)
    expected = hashlib.sha256(f"{syntax.line(S, P, terms)}\n".encode()).hexdigest()
    assert syntax.digest_of([syntax.line(S, P, value)]) == f"sha256:{expected}"


def test_the_digest_survives_the_embedded_store() -> None:
    """What the engine rewrites on its way through has the same digest after."""
    from ropa import store as stores

    graph = Graph()
    for value in (
        typed("1.50", "decimal"),
        typed("007", "int"),
        typed("1", "boolean"),
        typed("2020-01-01T00:00:00.50Z", "dateTime"),
        typed("2020-01-01", "date"),
        Literal("x", lang="fr"),
    ):
        graph.add((S, P, value))
    store = stores.open_store("memory:", in_union=lambda _: True)
    name = URIRef(E + "g")
    store.write({name: graph})
    try:
        assert syntax.digest(store.graph(name)) == syntax.digest(graph)
    finally:
        store.close()
