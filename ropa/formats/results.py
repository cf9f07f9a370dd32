"""Answers on paper: tables, truth values and graphs, for people and for programs.

CSV stays lossless for programs and harmless in a spreadsheet: a cell that a
spreadsheet would take for a formula gets one leading apostrophe, and so does a cell
that already looks so marked. Whoever reads the file back takes off one apostrophe
that stands before ``=``, ``+``, ``-``, ``@``, a tab or a carriage return
(``read_cell``). Numbers and telephone numbers such as ``+33 1 53`` are no formulas
and stay as they are.

Source: RFC 4180; SPARQL 1.1 Query Results in JSON, XML, CSV and TSV; the result set
vocabulary of the RDF Data Access tests for Turtle.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from xml.sax.saxutils import escape, quoteattr

from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from ropa import terms
from ropa.errors import FormatError, NotAcceptable
from ropa.store.base import Table
from ropa.syntax import Syntax, serialize

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_SPARQL_XML = "http://www.w3.org/2005/sparql-results#"
# Begins like a formula; with digits and signs alone it can only be a number.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMERIC = re.compile(r"[+-][0-9 ().,/+-]*")
_MARKED = re.compile(r"''*[=+\-@\t\r]")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
# XML 1.0 section 2.2: what is not a character cannot be written, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


Kind = TypeVar("Kind")


class Rows(Protocol):
    """Anything with named columns and rows of terms."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""

    @property
    def rows(self) -> list[tuple[Node | None, ...]]:
        """One term, or None where there is none, for each column."""


@dataclass(frozen=True)
class Answer:
    """What a free query gave.

    Attributes:
        kind: ``select``, ``ask`` or ``graph``; says which of the next three is set.
        table: the rows of a SELECT.
        boolean: the answer of an ASK.
        graph: the triples of a CONSTRUCT or DESCRIBE.
        seconds: time that the engine took.
        truncated: whether the answer was cut at its row limit.
    """

    kind: str
    table: Table | None = None
    boolean: bool | None = None
    graph: Graph | None = None
    seconds: float = 0.0
    truncated: bool = False


def write(table: Rows, kind: str, *, lang: str = "en") -> str:
    """Write a table.

    Args:
        table: the answer of a question or of a SELECT.
        kind: ``table`` (for people), ``csv``, ``tsv``, ``json`` (a list of objects by
            column, see ``schemas/table.schema.json``), ``srj`` (SPARQL JSON),
            ``xml`` (SPARQL XML), ``turtle`` or ``jsonld`` (result set vocabulary).
        lang: language for what people read.

    Raises:
        NotAcceptable: there is no such form of a table.
    """
    return _chosen(_TABLES, kind)(table)


def write_answer(answer: Answer, kind: str, *, lang: str = "en") -> str:
    """Write the answer of a free query; ``json`` is SPARQL JSON here.

    Raises:
        NotAcceptable: this kind of answer has no such form; the hint names its forms.
    """
    if answer.table is not None:
        return write(answer.table, "srj" if kind == "json" else kind, lang=lang)
    if answer.graph is not None:
        graph = answer.graph
        syntax = _chosen(_GRAPHS, "turtle" if kind == "table" else kind)
        return serialize(graph, syntax, terms.PREFIXES).decode()
    return _chosen(_TRUTHS, kind)(bool(answer.boolean))


def _chosen(forms: Mapping[str, Kind], kind: str) -> Kind:
    if kind not in forms:
        raise NotAcceptable(
            f"This answer cannot be written as {kind}.",
            hint=f"Choose one of {', '.join(forms)}.",
            offered=list(forms),
        )
    return forms[kind]


# -- for people ----------------------------------------------------------------


def _table(table: Rows) -> str:
    """Write aligned columns; framed by rich where a terminal looks on."""
    cells = [[_shown(cell) for cell in row] for row in table.rows]
    if sys.stdout.isatty():
        return _framed(table.columns, cells)
    lines = [list(table.columns), *cells]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "".join(
        "  ".join(
            cell.ljust(wide) for cell, wide in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _framed(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    # Imported here: a table in a pipe needs none of it, and it starts slowly.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Framed
    from rich.text import Text

    framed = Framed(box=SIMPLE_HEAD)
    for column in columns:
        framed.add_column(column, overflow="fold")
    for row in cells:
        # Text, not str: square brackets in the data are no markup.
        framed.add_row(*(Text(cell) for cell in row))
    console = Console(file=io.StringIO(), force_terminal=True)
    with console.capture() as captured:
        console.print(framed)
    return captured.get()


def _shown(cell: Node | None) -> str:
    if cell is None:
        return ""
    # Several terms in one cell stand side by side.
    parts = str(cell).split("; ") if "; http" in str(cell) else [str(cell)]
    is_term = isinstance(cell, URIRef) or len(parts) > 1
    text = "; ".join(terms.curie(p) for p in parts) if is_term else str(cell)
    # Control characters could move the cursor or change the terminal's state.
    return "".join(c if c.isprintable() else " " for c in text)


# -- values between separators -------------------------------------------------


def _csv(table: Rows) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(write_cell(column) for column in table.columns)
    for row in table.rows:
        writer.writerow(["" if c is None else write_cell(_lexical(c)) for c in row])
    return out.getvalue()


def write_cell(text: str) -> str:
    """Mark a text that a spreadsheet would run as a formula.

    >>> write_cell("=HYPERLINK(A1)"), write_cell("+33 1 53 73 22 22")
    ("'=HYPERLINK(A1)", '+33 1 53 73 22 22')
    """
    if _FORMULA.match(text) and not _NUMERIC.fullmatch(text):
        return f"'{text}"
    return text


def read_cell(text: str) -> str:
    """Take the mark of ``write_cell`` off again.

    >>> read_cell(write_cell("-cmd")), read_cell(write_cell("'-cmd"))
    ('-cmd', "'-cmd")
    """
    return text[1:] if _MARKED.match(text) else text


def _tsv(table: Rows) -> str:
    lines = ["\t".join(f"?{column}" for column in table.columns)]
    for row in table.rows:
        lines.append("\t".join("" if c is None else _turtle_term(c) for c in row))
    return "".join(f"{line}\n" for line in lines)


def _lexical(term: Node) -> str:
    return f"_:{term}" if isinstance(term, BNode) else str(term)


def _turtle_term(term: Node) -> str:
    if isinstance(term, URIRef):
        return f"<{term}>"
    if not isinstance(term, Literal):
        return _lexical(term)
    quoted = f'"{str(term).translate(_ESCAPES)}"'
    if term.language:
        return f"{quoted}@{term.language}"
    if term.datatype and str(term.datatype) != f"{_XSD}string":
        return f"{quoted}^^<{term.datatype}>"
    return quoted


# -- JSON ----------------------------------------------------------------------


def _json(table: Rows) -> str:
    rows = [
        {
            column: None if cell is None else _lexical(cell)
            for column, cell in zip(table.columns, row, strict=True)
        }
        for row in table.rows
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _srj(table: Rows) -> str:
    bindings = [
        {
            column: _json_term(cell)
            for column, cell in zip(table.columns, row, strict=True)
            if cell is not None
        }
        for row in table.rows
    ]
    answer = {"head": {"vars": table.columns}, "results": {"bindings": bindings}}
    return json.dumps(answer, ensure_ascii=False) + "\n"


def _json_term(term: Node) -> dict[str, str]:
    if isinstance(term, URIRef):
        return {"type": "uri", "value": str(term)}
    if not isinstance(term, Literal):
        return {"type": "bnode", "value": str(term)}
    written = {"type": "literal", "value": str(term)}
    if term.language:
        written["xml:lang"] = term.language
    elif term.datatype and str(term.datatype) != f"{_XSD}string":
        written["datatype"] = str(term.datatype)
    return written


def read_answer(text: bytes | str) -> Answer:
    """Read SPARQL JSON: a table or a truth value.

    Raises:
        FormatError: it is not of that form.
    """
    try:
        found = json.loads(text)
        if "boolean" in found:
            return Answer(kind="ask", boolean=bool(found["boolean"]))
        columns = [str(name) for name in found["head"]["vars"]]
        rows = [
            tuple(_term(b[c]) if c in b else None for c in columns)
            for b in found["results"]["bindings"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            "The answer is not in the SPARQL JSON format.",
            hint="Check that the address is that of a SPARQL endpoint.",
        ) from error
    return Answer(kind="select", table=Table(columns, rows))


def read_sparql_json(text: bytes | str) -> Table:
    """Read the table of an answer in SPARQL JSON.

    Raises:
        FormatError: it is not of that form, or holds no table.
    """
    table = read_answer(text).table
    if table is None:
        raise FormatError("The answer is a truth value where rows were expected.")
    return table


def _term(written: Mapping[str, Any]) -> Node:
    kind, value = written["type"], str(written["value"])
    if kind == "uri":
        return URIRef(value)
    if kind == "bnode":
        return BNode(value)
    if "xml:lang" in written:
        return Literal(value, lang=written["xml:lang"])
    datatype = written.get("datatype")
    return Literal(
        value, datatype=URIRef(datatype) if datatype else None, normalize=False
    )


# -- XML -----------------------------------------------------------------------


def _xml(table: Rows) -> str:
    head = "".join(f"<variable name={_attribute(c)}/>" for c in table.columns)
    lines = []
    for row in table.rows:
        cells = "".join(
            f"<binding name={_attribute(column)}>{_xml_term(cell)}</binding>"
            for column, cell in zip(table.columns, row, strict=True)
            if cell is not None
        )
        lines.append(f"<result>{cells}</result>\n")
    return _xml_document(f"{head}", f"<results>\n{''.join(lines)}</results>")


def _xml_document(head: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sparql xmlns="{_SPARQL_XML}"><head>{head}</head>\n{body}</sparql>\n'
    )


def _characters(text: str) -> str:
    """Replace what no XML document may contain by the replacement character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _attribute(text: str) -> str:
    return quoteattr(_characters(text))


def _xml_term(term: Node) -> str:
    # A carriage return would be read back as a line feed unless it is escaped.
    text = escape(_characters(str(term)), {"\r": "&#13;"})
    if isinstance(term, URIRef):
        return f"<uri>{text}</uri>"
    if not isinstance(term, Literal):
        return f"<bnode>{text}</bnode>"
    more = ""
    if term.language:
        more = f" xml:lang={_attribute(term.language)}"
    elif term.datatype and str(term.datatype) != f"{_XSD}string":
        more = f" datatype={_attribute(str(term.datatype))}"
    return f"<literal{more}>{text}</literal>"


# -- triples -------------------------------------------------------------------


def _result_set(table: Rows) -> Graph:
    graph = Graph()
    root = BNode("results")
    type_ = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    graph.add((root, type_, URIRef(f"{_RS}ResultSet")))
    for column in table.columns:
        graph.add((root, URIRef(f"{_RS}resultVariable"), Literal(column)))
    for number, row in enumerate(table.rows, 1):
        solution = BNode(f"s{number}")
        graph.add((root, URIRef(f"{_RS}solution"), solution))
        graph.add((solution, URIRef(f"{_RS}index"), Literal(number)))
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if cell is not None:
                binding = BNode(f"s{number}b{place}")
                graph.add((solution, URIRef(f"{_RS}binding"), binding))
                graph.add((binding, URIRef(f"{_RS}variable"), Literal(column)))
                graph.add((binding, URIRef(f"{_RS}value"), cell))
    return graph


def _truth_set(boolean: bool) -> Graph:
    graph = Graph()
    root = BNode("results")
    type_ = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    graph.add((root, type_, URIRef(f"{_RS}ResultSet")))
    graph.add((root, URIRef(f"{_RS}boolean"), Literal(boolean)))
    return graph


def _as(syntax: Syntax) -> Callable[[Graph], str]:
    prefixes = {"rs": _RS, "xsd": _XSD}
    return lambda graph: serialize(
        graph, syntax, {**terms.PREFIXES, **prefixes}
    ).decode()


_TABLES: Mapping[str, Callable[[Rows], str]] = {
    "table": _table,
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "srj": _srj,
    "xml": _xml,
    "turtle": lambda table: _as(Syntax.TURTLE)(_result_set(table)),
    "jsonld": lambda table: _as(Syntax.JSONLD)(_result_set(table)),
}
_TRUTHS: Mapping[str, Callable[[bool], str]] = {
    "table": lambda truth: f"{str(truth).lower()}\n",
    "csv": lambda truth: f"{str(truth).lower()}\r\n",
    "tsv": lambda truth: f"{str(truth).lower()}\n",
    "json": lambda truth: json.dumps({"head": {}, "boolean": truth}) + "\n",
    "xml": lambda truth: _xml_document("", f"<boolean>{str(truth).lower()}</boolean>"),
    "turtle": lambda truth: _as(Syntax.TURTLE)(_truth_set(truth)),
    "jsonld": lambda truth: _as(Syntax.JSONLD)(_truth_set(truth)),
}
_GRAPHS: Mapping[str, Syntax] = {
    "turtle": Syntax.TURTLE,
    "nt": Syntax.NTRIPLES,
    "jsonld": Syntax.JSONLD,
    "rdf": Syntax.RDFXML,
    "xml": Syntax.RDFXML,
}
