"""What can follow: each entailment on its cases, in two engines, and its header.

A file of ``entailments/`` holds the cases of one entailment in TriG: what is given, on
which day, for which entry, and all that follows for this entry; where no graph
``case:follows`` is named, nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import Graph
from rdflib.namespace import Namespace
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql import prepareQuery
from rdflib.term import Literal, Node, URIRef, Variable

from ropa import assets, entailments, entry, packaged, syntax, terms
from ropa.entailments import Entailment
from ropa.errors import InputError, InternalError, NotFound
from ropa.store import MEMORY, open_store
from ropa.terms import DCT, RDF, RDFS, ROPA, SKOS, VENDOR

if TYPE_CHECKING:
    from ropa.store.base import Store

ALL = entailments.all_entailments()
NAMES = [one.name for one in ALL]
ROOM = Path(__file__).parent / "entailments"
CASE = Namespace("https://w3id.org/ropa-kg/tests#")
KNOWN, GIVEN = URIRef("urn:x-test:known"), URIRef("urn:x-test:given")

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Case:
    """One case of an entailment."""

    name: str
    of: Entailment
    as_of: str
    entry: str
    given: frozenset[Triple]
    follows: frozenset[Triple]

    def __str__(self) -> str:
        return f"{self.of.name}/{self.name}"


@cache
def cases() -> tuple[Case, ...]:
    """Read all cases."""
    return tuple(case for one in ALL for case in _cases(one))


def _cases(one: Entailment) -> Iterator[Case]:
    file = ROOM / f"{one.name}.trig"
    read: dict[Node | None, Graph] = {}
    for *triple, name in syntax.parse(file.read_bytes(), syntax.Syntax.TRIG):
        read.setdefault(name, Graph()).add(tuple(triple))
    told = read[None]

    def statements(case: Node, which: URIRef) -> frozenset[Triple]:
        graphs = told.objects(case, which)
        return frozenset(triple for name in graphs for triple in read[name])

    for case in sorted(told.subjects(RDF.type, CASE.Case)):
        day, whose = told.value(case, ROPA.asOf), told.value(case, CASE.entry)
        yield Case(
            name=str(case).rpartition("/")[2],
            of=one,
            as_of=str(day),
            entry=str(whose),
            given=statements(case, CASE.given),
            follows=statements(case, CASE.follows),
        )


def belongs(node: Node, document: str) -> bool:
    """Tell whether a node is an entry, a part of it or inferred for it."""
    beside = entry.inferred_graph(URIRef(document))
    return str(node) == document or str(node).startswith((f"{document}#", f"{beside}#"))


def earlier(one: Entailment) -> list[Entailment]:
    """Give the entailments that one reads, in order, and those that they read."""
    needed, pending = set(), list(one.after)
    while pending:
        name = pending.pop()
        needed.add(name)
        pending += entailments.load(name).after
    return [each for each in ALL if each.name in needed]


def known_lines() -> list[str]:
    """Give what the package knows: words, law, vendors, the kinds of terms."""
    lines = assets.text("ontology", "classification.nt").splitlines()
    for graph, more in packaged.reference_lines().items():
        if not graph.startswith(entry.SHAPES_BASE):
            lines += more
    return lines


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Open a store that holds what the package knows, with room for what is given."""
    opened = open_store(MEMORY, in_union=lambda _: True)
    opened.load_lines({KNOWN: known_lines()})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Read the same into the graph of another engine, but for words about words."""
    found = Graph()
    for s, p, o, _ in syntax.parse("\n".join(known_lines()), syntax.Syntax.NTRIPLES):
        is_word = isinstance(o, Literal) and o.language and s not in VENDOR
        if not is_word and p not in (DCT.source, RDFS.isDefinedBy, SKOS.inScheme):
            found.add((s, p, o))
    return found


def in_store(store: Store, case: Case) -> set[Triple]:
    """Draw the conclusions of a case in the store."""
    given = [syntax.line(*triple) for triple in case.given]
    store.write({GIVEN: None})
    store.load_lines({GIVEN: given})
    for each in earlier(case.of):
        found = store.construct(each.render(case.as_of))
        store.load_lines({GIVEN: [syntax.line(*triple) for triple in found]})
    return set(store.construct(case.of.render(case.as_of)))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(store: Store, case: Case) -> None:
    """What follows from what is given is what the case says, all of it and no more."""
    found = {t for t in in_store(store, case) if belongs(t[0], case.entry)}
    assert found == case.follows


def shown() -> Iterator[Any]:
    """Give of each entailment the first case of each kind; the others take long."""
    seen = set()
    for case in cases():
        kind = (case.of.name, bool(case.follows))
        marks = [pytest.mark.deep] if kind in seen else []
        seen.add(kind)
        yield pytest.param(case, id=str(case), marks=marks)


@pytest.mark.parametrize("case", list(shown()))
def test_case_in_another_engine(graph: Graph, case: Case) -> None:
    """The text is standard: another engine concludes the same from the same."""
    added = set(case.given) - set(graph)
    for triple in added:
        graph.add(triple)
    try:
        for each in (*earlier(case.of), case.of):
            found = set(graph.query(each.render(case.as_of)).graph or ())
            new = found - set(graph) if each is not case.of else set()
            for triple in new:
                graph.add(triple)
            added |= new
    finally:
        for triple in added:
            graph.remove(triple)
    assert {t for t in found if belongs(t[0], case.entry)} == case.follows


def test_every_entailment_has_both_kinds_of_cases() -> None:
    """Of each one it is shown when it follows and when it does not."""
    for one in ALL:
        told = [bool(case.follows) for case in cases() if case.of is one]
        assert True in told, one.name
        assert False in told, one.name


def test_every_file_of_cases_is_of_an_entailment() -> None:
    """No case is left that nothing runs."""
    assert {file.name for file in ROOM.iterdir()} == {f"{name}.trig" for name in NAMES}


def test_every_graph_of_a_file_is_used() -> None:
    """A graph that no case names is a slip of the pen."""
    for file in ROOM.iterdir():
        quads = list(syntax.parse(file.read_bytes(), syntax.Syntax.TRIG))
        named = {o for _, p, o, g in quads if p in (CASE.given, CASE.follows)}
        assert {g for *_, g in quads if g is not None} == named, file.name
        told = {s: o for s, p, o, g in quads if p == RDFS.comment and g is None}
        assert len(told) == len({s for s, p, _, _ in quads if p == CASE.given})
        assert all(str(text).endswith(".") for text in told.values())


def test_every_term_of_a_case_exists() -> None:
    """A case that misspells a term would show nothing."""
    for file in ROOM.iterdir():
        text = re.sub(r'"[^"]*"|<[^>]*>|#[^\n]*', "", file.read_text(encoding="utf-8"))
        for prefix, local in re.findall(r"(?<![\w-])([a-z-]+):([A-Za-z][\w-]*)", text):
            if prefix != "case":
                terms.expand(f"{prefix}:{local}")


@pytest.fixture(params=ALL, ids=NAMES)
def one(request: pytest.FixtureRequest) -> Entailment:
    """Give each entailment in turn."""
    found: Entailment = request.param
    return found


def test_header_speaks_both_languages(one: Entailment) -> None:
    """Summary and explanation are there in English and French, and differ."""
    for spoken in (one.summary, one.explanation):
        assert set(spoken) == {"en", "fr"}
        assert spoken["en"] != spoken["fr"]
    assert all(text.endswith(".") for text in one.explanation.values())
    assert one.explanation_in("fr") == one.explanation["fr"]
    assert one.summary_in("de") == one.summary["en"]


def test_header_has_the_order_of_the_house(one: Entailment) -> None:
    """A file begins with its header lines, all of them of the known form."""
    lines = one.text.splitlines()
    header = lines[: lines.index("")]
    keys = [re.match(r"#\+ ([a-z]+(?:\.fr)?): \S", line) for line in header]
    told = [found.group(1) for found in keys if found]
    assert len(told) == len(keys)
    assert list(dict.fromkeys(told)) == [
        *("summary", "summary.fr", "explanation", "explanation.fr", "article"),
        "source",
        *(["after"] if one.after else []),
    ]


def test_sources_are_provisions_of_the_article(one: Entailment) -> None:
    """Each source is the address of a provision whose article is named."""
    for source in one.sources:
        found = re.fullmatch(
            r"http://data\.europa\.eu/eli/reg/2016/679/art_(\d+)(/par_\d+)?(/pnt_[a-z])?/oj",
            source,
        )
        assert found, source
        assert re.search(rf"\b{found.group(1)}\b", one.article)
    assert one.article.startswith("GDPR Art. ")
    assert len(set(one.sources)) == len(one.sources)


def test_placeholders_are_variables(one: Entailment) -> None:
    """What an explanation names is bound by each solution, in both languages alike."""
    bound = {str(v) for v in prepareQuery(one.as_select()).algebra["PV"]}
    assert one.placeholders - {"as_of"} <= bound
    for text in one.explanation.values():
        assert set(re.findall(r"\{(\w+)\}", text)) == one.placeholders
    if "as_of" in one.placeholders:
        assert "VALUES ?as_of { UNDEF }" in one.text


def test_a_solution_binds_every_placeholder(store: Store, one: Entailment) -> None:
    """Whatever follows can be told in words."""
    shown = [case for case in cases() if case.of is one and case.follows]
    for case in shown:
        in_store(store, case)
        table = store.select(one.as_select(case.as_of))
        at = [table.columns.index(name) for name in one.placeholders - {"as_of"}]
        assert table.rows
        assert all(row[index] is not None for row in table.rows for index in at)


def test_conclusions_are_about_variables(one: Entailment) -> None:
    """Nothing is concluded about a fixed thing, and nothing about a nameless one."""
    for pattern in one.conclusions():
        assert isinstance(pattern.subject, Variable)
        assert isinstance(pattern.property, URIRef)
        assert isinstance(pattern.object, Variable | URIRef)


def test_conditions_are_those_of_the_whole_text(one: Entailment) -> None:
    """What is read of a shortened text is what the grammar gives of all of it."""
    whole = prepareQuery(one.as_select()).algebra
    # Two paths are never equal, however alike.
    asked = {str(pattern) for pattern in entailments._asked(whole.p)}
    assert {str(pattern) for pattern in one.conditions()} == asked
    assert asked


def demanded(part: Any) -> Iterator[Triple]:
    """Give the triple patterns without which the grammar lets nothing match."""
    if part.name == "BGP":
        yield from part.triples
    elif part.name == "Join":
        yield from demanded(part.p1)
        yield from demanded(part.p2)
    elif part.name in ("LeftJoin", "Minus"):
        yield from demanded(part.p1)
    elif part.name not in ("Union", "ToMultiSet", "values"):
        yield from demanded(part.p)


def ways(part: Any) -> Iterator[Any]:
    """Give the properties and paths of all triple patterns, also within conditions."""
    if isinstance(part, dict):
        # What has none gives the name back that it was asked for: no `get`.
        triples = part["triples"] if "triples" in {*part} else ()
        flat = [node for triple in triples for node in nodes(triple)]
        assert len(flat) % 3 == 0
        yield from flat[1::3]
        for key, each in part.items():
            if key != "triples":
                yield from ways(each)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from ways(each)


def nodes(part: Any) -> Iterator[Any]:
    """Give the terms of triples, however deep they lie in each other."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from nodes(each)
    else:
        yield part


def named(part: Any) -> Iterator[str]:
    """Give the IRIs of properties and paths."""
    if isinstance(part, URIRef):
        yield syntax.n3(part)
    elif isinstance(part, PropertyPath):
        yield from named(list(vars(part).values()))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from named(each)


def test_needs_are_demanded(one: Entailment) -> None:
    """What an entailment is said to need, it cannot do without by the grammar."""
    found = set()
    for _, way, value in demanded(prepareQuery(one.as_select()).algebra.p):
        if isinstance(way, URIRef):
            found |= {syntax.n3(way)}
            if isinstance(value, URIRef):
                found |= {f"{syntax.n3(way)} {syntax.n3(value)}"}
    assert one.needs() <= found
    assert one.needs()


def test_words_are_all_that_a_text_names(one: Entailment) -> None:
    """No property is asked for, in a path or of what is absent, that is no word."""
    asked = list(ways(prepareQuery(one.as_select()).algebra))
    assert len(asked) > len(one.conditions()) or "EXISTS" not in one.text
    assert asked
    assert not any(isinstance(way, Variable) for way in asked)
    assert set(named(asked)) <= one.words()


def test_every_prefix_is_the_projects(one: Entailment) -> None:
    """A prefix stands for what it stands for everywhere, and is used."""
    found = dict(re.findall(r"^PREFIX ([\w-]+): <([^>]+)>$", one.text, re.M))
    body = one.text[one.text.index("CONSTRUCT") :]
    assert list(found) == sorted(found)
    for prefix, namespace in found.items():
        assert terms.PREFIXES[prefix] == namespace
        assert f"{prefix}:" in body


def test_every_closed_term_exists(one: Entailment) -> None:
    """No entailment asks for a term that the ontology does not have."""
    body = re.sub(r'"[^"]*"|#[^\n]*', "", one.text.split("CONSTRUCT", 1)[1])
    for prefix, local in re.findall(r"(?<![\w<])([a-z-]+):([A-Za-z][\w-]*)", body):
        terms.expand(f"{prefix}:{local}")


def test_nothing_is_decided_by_words(one: Entailment) -> None:
    """Texts are for people: no condition looks into one."""
    assert not re.search(r"\b(REGEX|CONTAINS|LANG|STRENDS)\b", one.text)


def test_a_day_enters_as_a_term() -> None:
    """A day becomes a typed term of its block; what is none is refused."""
    one = entailments.load("covered-by-adequacy")
    day = '"2020-07-15"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert f"VALUES ?as_of {{ {day} }}" in one.render("2020-07-15")
    assert one.render() == one.text
    with pytest.raises(InputError):
        one.render('2020-07-15" } #')


def test_each_comes_after_those_that_it_reads() -> None:
    """The order of all lets no entailment run before what it reads."""
    for place, one in enumerate(ALL):
        assert set(one.after) <= set(NAMES[:place])


def test_what_is_read_is_concluded_before(one: Entailment) -> None:
    """Who reads what another concludes says so in its header."""
    asked = {
        property_
        for pattern in one.conditions()
        if isinstance(property_ := pattern.property, URIRef)
    }
    for other in ALL:
        for pattern in other.conclusions():
            if pattern.property in asked and pattern.property in OWN_CONCLUSIONS:
                assert other in earlier(one), other.name


OWN_CONCLUSIONS = frozenset(
    (ROPA.coveredBy, ROPA.meetsCriterion, ROPA.ofListedKind, ROPA.owesRight)
)


def test_a_circle_is_refused() -> None:
    """Two that read each other are a fault of the package, which is named."""
    text = entailments.load("covered-transfer").text
    line = "#+ after: [covered-by-adequacy, covered-importer]"
    assert line in text
    two = [
        entailments.parse("first", text.replace(line, "#+ after: [second]")),
        entailments.parse("second", text.replace(line, "#+ after: [first]")),
    ]
    with pytest.raises(InternalError, match="first → second → first"):
        entailments.ordered(two)
    with pytest.raises(InternalError, match="which does not exist"):
        entailments.ordered(two[:1])


@pytest.mark.parametrize("missing", ["summary", "explanation", "article", "source"])
def test_a_header_that_lacks_a_line_is_told(missing: str) -> None:
    """A file without one of its header lines does not load."""
    text = entailments.load("covered-transfer").text
    without = re.sub(rf"^#\+ {missing}: .*\n", "", text, flags=re.M)
    with pytest.raises(InternalError, match=missing):
        entailments.parse("covered-transfer", without)


def test_an_unknown_entailment_names_the_near_ones() -> None:
    """A slip in a name is answered with the names that were likely meant."""
    with pytest.raises(NotFound) as caught:
        entailments.load("need-tool")
    assert "needs-tool" in caught.value.hint


def test_an_entailment_is_found_by_its_iri() -> None:
    """The name that conclusions give leads back to the entailment."""
    one = entailments.load("needs-tool")
    assert one.iri == URIRef("https://w3id.org/ropa-kg/entailments/needs-tool")
    assert entailments.named(one.iri) is one
    assert entailments.named(ROPA.DPIACandidate) is None
