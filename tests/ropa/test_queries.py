"""The texts of the named questions: headers, parameters, and what cannot get in."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import Literal

from ropa import headed, queries, terms
from ropa.errors import InputError, NotFound
from ropa.queries import Question
from ropa.register import Register

ALL = queries.all_questions()
NAMES = [question.name for question in ALL]
IRI = "https://example.org/companies/one"
# What would end a literal, a block or a query, were it pasted.
HOSTILE = (
    '"',
    "'",
    '" } SELECT * { ?s ?p ?o } #',
    "x> } DELETE WHERE { ?s ?p ?o } #",
    "one\n} UNION { ?a ?b ?c",
    "en} #",
    "\\",
    "\\u0022",
    "UNDEF",
)


@pytest.fixture(params=ALL, ids=NAMES)
def question(request: pytest.FixtureRequest) -> Question:
    """Give each question in turn."""
    found: Question = request.param
    return found


def test_header_speaks_both_languages(question: Question) -> None:
    """Summary and question are there in English and French, and differ."""
    for spoken in (question.summary, question.question):
        assert set(spoken) == {"en", "fr"}
        assert spoken["en"] != spoken["fr"]
    assert question.question["en"].endswith("?")


def test_header_has_the_order_of_the_house(question: Question) -> None:
    """A file begins with its header lines, all of them of the known form."""
    lines = question.text.splitlines()
    header = lines[: lines.index("")]
    assert all(re.match(r"#\+ [a-z]+(\.fr)?: \S", line) for line in header)
    assert header[0].startswith("#+ summary: ")


def test_text_is_standard_sparql(question: Question) -> None:
    """The text as shipped is read by another SPARQL 1.1 parser."""
    prepared = prepareQuery(question.text)
    assert [str(v) for v in prepared.algebra["PV"]] == list(question.columns)


def test_every_prefix_is_the_projects(question: Question) -> None:
    """A prefix in a query stands for what it stands for everywhere, and is used."""
    found = dict(re.findall(r"^PREFIX ([\w-]+): <([^>]+)>$", question.text, re.M))
    body = question.text[question.text.index("SELECT") :]
    for prefix, namespace in found.items():
        assert terms.PREFIXES[prefix] == namespace
        assert f"{prefix}:" in body


def test_every_closed_term_exists(question: Question) -> None:
    """No question asks for a term that the ontology does not have."""
    body = re.sub(r'"[^"]*"|#[^\n]*', "", question.text.split("SELECT", 1)[1])
    for prefix, local in re.findall(r"(?<![\w<])([a-z-]+):([A-Za-z][\w-]*)", body):
        terms.expand(f"{prefix}:{local}")


def test_every_parameter_has_its_block(question: Question) -> None:
    """Each declared parameter has a block to fill, and each block a parameter."""
    blocks = set(re.findall(r"VALUES \?(\w+) \{ (?:UNDEF|\"\w+\") \}", question.text))
    assert blocks == {queries.VARIABLES[name] for name in question.parameters}
    assert "company" in question.parameters


def test_words_that_the_texts_repeat_are_those_of_the_ontology() -> None:
    """What a query says by itself is spelt as the ontology's notations are."""
    from ropa import assets

    ontology = assets.text("ontology", "ropa.ttl")
    for word in ("stated", "not stated", "inferred", "own"):
        assert f'skos:notation "{word}"' in ontology


def test_the_module_wins_over_the_folder() -> None:
    """``ropa.queries`` is the module; the folder beside it holds texts only."""
    spec = importlib.util.find_spec("ropa.queries")
    assert spec is not None and spec.origin is not None
    assert Path(spec.origin).name == "queries.py"
    assert not hasattr(queries, "__path__")


def test_values_become_typed_terms() -> None:
    """Each parameter enters as an IRI or a literal of its type."""
    text = queries.load("transfers").render(
        company=IRI, as_of=date(2019, 1, 1), claims="all"
    )
    assert f"VALUES ?only_company {{ <{IRI}> }}" in text
    day = '"2019-01-01"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert f"VALUES ?as_of {{ {day} }}" in text
    assert 'VALUES ?claims { "all" }' in text
    prepareQuery(text)


def test_what_is_not_given_keeps_its_default() -> None:
    """None and absence both leave the text as it was shipped."""
    question = queries.load("transfers")
    assert question.render() == question.text
    assert question.render(company=None, as_of=None) == question.text


def test_a_moment_counts_as_its_day() -> None:
    """A datetime is taken as its calendar day."""
    moment = datetime(2020, 7, 16, 23, 59, tzinfo=UTC)
    question = queries.load("transfers")
    assert question.render(as_of=moment) == question.render(as_of="2020-07-16")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["company", "as_of", "lang", "claims"])
def test_no_value_leaves_its_term(name: str, text: str) -> None:
    """Signs that could end a term are refused or escaped; none joins the query."""
    question = queries.load("recipients" if name != "as_of" else "transfers")
    try:
        rendered = question.render(**{name: text})
    except InputError:
        return
    # A word such as UNDEF may pass as a language tag: then it is a quoted literal.
    changed = set(rendered.splitlines()) - set(question.text.splitlines())
    block = f'VALUES ?{queries.VARIABLES[name]} {{ "{text.lower()}" }}'
    assert {line.strip() for line in changed} == {block}


@pytest.mark.parametrize("text", HOSTILE)
def test_literals_are_escaped(register: Register, text: str) -> None:
    """A literal written into SPARQL is read back as the very same text."""
    written = headed.serialize(Literal(text))
    table = register.select(f"SELECT * WHERE {{ VALUES ?x {{ {written} }} }}")
    assert [str(row[0]) for row in table.rows] == [text]


@pytest.mark.parametrize(
    "text", ["2020", "20200716", "2020-02-30", "2020-W29-4", "yesterday", "2020-7-16"]
)
def test_a_day_that_is_none_is_refused(text: str) -> None:
    """A date that is not of the calendar, or written otherwise, is an input error."""
    with pytest.raises(InputError) as caught:
        queries.load("transfers").render(as_of=text)
    assert "2026-11-22" in caught.value.hint


def test_an_unknown_parameter_names_the_known_ones() -> None:
    """The error tells which parameters the question takes."""
    with pytest.raises(InputError) as caught:
        queries.load("transfers").render(country="US")
    assert "company, as_of, claims" in caught.value.hint


def test_an_unknown_question_names_the_near_ones() -> None:
    """A slip in a name is answered with the names that were likely meant."""
    with pytest.raises(NotFound) as caught:
        queries.load("us-transfer")
    assert "us-transfers" in caught.value.hint
    with pytest.raises(NotFound):
        queries.load("../errors")


@pytest.mark.parametrize("missing", ["summary", "question", "columns", "parameters"])
def test_a_header_that_lacks_a_line_is_told(missing: str) -> None:
    """A question file without one of its header lines does not load."""
    text = queries.load("transfers").text
    without = re.sub(rf"^#\+ {missing}: .*\n", "", text, flags=re.M)
    with pytest.raises(InputError, match=missing):
        queries.parse("transfers", without)


def test_catalogue_lists_all_in_a_language() -> None:
    """The list of questions has one row each, in the language asked for."""
    french = {str(row[0]): str(row[1]) for row in queries.catalogue("fr").rows}
    assert list(french) == NAMES == sorted(NAMES)
    assert french["transfers"] == queries.load("transfers").summary["fr"]
