"""The look at a query before an engine reads it."""

from __future__ import annotations

import time

import pytest

from ropa.errors import QueryError
from ropa.store.guard import MAX_BYTES, guard, unreadable

ORDINARY = [
    "SELECT * WHERE { ?s ?p ?o }",
    "PREFIX ropa: <https://w3id.org/ropa-kg/ontology#>\n"
    "SELECT ?x WHERE { ?x ropa:service ?service ; ropa:period 'P3Y'@en , \"x\" . }",
    "ASK { ?s a <urn:x:y> . FILTER(?a < 3 && ?b > 4 || !BOUND(?c)) }",
    "ASK { FILTER(?a<3 && ?b>4) }",
    "ASK { FILTER(?a <= ?b && ?b >= 4) }",
    "CONSTRUCT { ?s ?p [ a skos:Concept ] } WHERE { ?s ?p (1 2 3) }",
    "SELECT (COUNT(*) AS ?n) { VALUES (?a ?b) { (1 2) (UNDEF 4) } } # 'SERVICE",
    "SELECT * { ?s dpv:hasPurpose/skos:broader*|^skos:narrower ?o }",
    'SELECT * { ?s rdfs:comment """It\'s a "SERVICE" { ( [ """ , \'\'\'LOAD\'\'\' }',
    "SELECT * FROM <http://a/b> { ?s <http://a/(b)#c'd> 1.5e3, -2, true, 'a\\'b' }",
    "DESCRIBE <http://a/>",
    "SELECT * { ?s ex:it\\'s\\#1 ?o }",
    "SELECT * { ?x a ex:A, ex:B ; ex:p 1 . OPTIONAL { ?x ex:q ?y } }",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_queries_pass(text: str) -> None:
    """What people write is not refused for its signs."""
    guard(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        "SELECT * { FILTER EXISTS { SeRvIcE<http://a/>{} } }",
        "PREFIX a: <http://a/> SELECT * { SERVICEa:b { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE<http://a/>{} }",
        "SELECT * { ?s ?p 1SERVICE<http://a/>{} }",
        "SELECT * { ?s ?p 'x'SERVICE<http://a/>{} }",
        "SELECT * { #' \n SERVICE <http://a/> {} #' \n }",
    ],
)
def test_service_is_refused(text: str) -> None:
    """SERVICE is found wherever the grammar lets it stand."""
    with pytest.raises(QueryError, match="SERVICE would ask another server"):
        guard(text)


@pytest.mark.parametrize(
    "text",
    [
        # One reading hides the rest in an address, a comment or a text.
        "SELECT * { FILTER(?a<x:y#>'''\n) SERVICE <http://a/> {} #'''\n }",
        "SELECT * { FILTER(?a<x:f('>')) SERVICE <http://a/> {} #'\n }",
        "SELECT * { FILTER(?a<?b&&?c>?d) }",
        "SELECT * { \\u0053ERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { <http://a/\\u003E> ?p ?o }",
        "SELECT * { << ?s ?p ?o >> ?q ?r }",
        "SELECT * { ?s ?p 'open }",
        "SELECT * { ?s ?p '''open' }",
        "SELECT * { ?s ?p ?o } }",
        "SELECT * { ( ] }",
        "SELECT * { ?s ?p ?o",
        "SELECT * { ?s ?p \x00 }",
        "SELECT * { ?s ?p ~ }",
    ],
)
def test_unclear_signs_are_refused(text: str) -> None:
    """Where two readings differ, or brackets do not match, there is no second."""
    with pytest.raises(QueryError) as caught:
        guard(text)
    assert caught.value.details["line"] == 1
    assert caught.value.details["column"] > 1


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:b> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "PREFIX a: <http://a/> drop all",
        "CLEAR DEFAULT",
        "ASK {} ; INSERT DATA {}",
    ],
)
def test_updates_are_refused(text: str) -> None:
    """A change is refused as one, with a hint how changes are made."""
    with pytest.raises(QueryError, match="would change the register") as caught:
        guard(text)
    assert caught.value.hint


# Texts that end or occupy pyoxigraph 0.5.13, as measured.
KILLERS = {
    "parentheses": f"ASK {{ FILTER({'(' * 4600}1{')' * 4600}) }}",
    "not": f"ASK {{ FILTER({'!' * 9000}true) }}",
    "groups": f"ASK {'{' * 2200}{'}' * 2200}",
    "or": f"ASK {{ FILTER({'||'.join(['?x'] * 4500)}) }}",
    "and": f"ASK {{ FILTER({'&&'.join(['?x'] * 4500)}) }}",
    "plus": f"ASK {{ FILTER(1{'+1' * 7000} > 1) }}",
    "path": f"ASK {{ ?s {'/'.join(['<a:b>'] * 500)} ?o }}",
    "alternatives": f"ASK {{ ?s {'|'.join(['<a:b>'] * 500)} ?o }}",
    "nested optional": f"ASK {'{ OPTIONAL ' * 2100}{{}}{'}' * 2100}",
    "optionals": f"ASK {{ {'OPTIONAL { ?s ?p ?o }' * 2100} }}",
    "unions": f"ASK {{ {' UNION '.join(['{}'] * 3000)} }}",
    "empty groups": f"ASK {{ {'{}' * 20000} }}",
    "binds": f"ASK {{ {' '.join(f'BIND(1 AS ?b{n})' for n in range(2000))} }}",
    "columns": f"SELECT {' '.join(f'(1 AS ?b{n})' for n in range(2000))} {{}}",
    "filters": f"ASK {{ {'FILTER(1=1)' * 4000} }}",
    "basic pattern": f"ASK {{ {' . '.join(f'?s{n} ?p ?o' for n in range(2000))} }}",
    "predicate list": f"ASK {{ ?s ?p 1{' ; ?p 1' * 2000} }}",
    "object list": f"ASK {{ ?s ?p 1{' , 1' * 2000} }}",
    "collection": f"ASK {{ ?s ?p ({'1 ' * 1000}) }}",
    "blank nodes": f"ASK {{ {'[ ?p ' * 2000}1{']' * 2000} }}",
    "in": f"ASK {{ FILTER(1 IN ({','.join(['1'] * 20000)})) }}",
    "hidden in a name": "ASK { FILTER(?a<x:f" + "(" * 900 + "1" + ")" * 900 + ">) }",
    "length": "ASK { } # " + "x" * MAX_BYTES,
}


@pytest.mark.parametrize("name", KILLERS)
def test_killers_are_refused(name: str) -> None:
    """What would end the engine is refused before it is read, and at once."""
    started = time.perf_counter()
    with pytest.raises(QueryError) as caught:
        guard(KILLERS[name])
    assert time.perf_counter() - started < 1
    assert caught.value.message.endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["a." * 32000, "'" * 64000, "<a" * 32000, "<" * 64000, "\\" * 64000,
             "a-" * 32000, "1." * 32000, '"""' + '\\"' * 30000, ":." * 32000]
)  # fmt: skip
def test_scan_takes_its_time_from_length_only(text: str) -> None:
    """No text makes the scan itself slow."""
    started = time.perf_counter()
    with pytest.raises(QueryError):
        guard(text + " SERVICE")
    assert time.perf_counter() - started < 2


def test_place_is_that_of_the_author() -> None:
    """Line and column count from 1 in the text as it was given."""
    with pytest.raises(QueryError) as caught:
        guard("SELECT *\nWHERE {\n  é SERVICE <http://a/> {} }")
    assert (caught.value.details["line"], caught.value.details["column"]) == (3, 5)
    assert "(line 3, column 5)" in caught.value.message


def test_parser_message_becomes_a_sentence() -> None:
    """What the engine's parser says is told without its inner signs."""
    said = (
        "error at 2:7: expected one of The SELECT contains a variable that is"
        " unbound, ['A' ..= 'Z']"
    )
    error = unreadable("ASK {\n ?s ?p }", said)
    assert error.message == (
        "The query cannot be read near line 2, column 7:"
        " the SELECT contains a variable that is unbound."
    )
    assert unreadable("ASK {}", "something else").message.endswith("something else.")
