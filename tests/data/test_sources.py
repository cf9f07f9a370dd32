"""The passages of the five policies, against the texts themselves.

The texts are not in the tree: without ``ROPA_SOURCE_TEXTS`` these tests are skipped.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from ropa import assets, evidence, packaged, passages, shipped
from ropa.evidence import Document, Stretch
from ropa.terms import RDF, ROPA

FILES = [n for n in assets.names("data", ".ttl") if n.startswith("sources/")]
FRAGMENT = re.compile(r"char=(\d+),(\d+)")


@cache
def document(file: str) -> Document:
    """Read the document that a file of the package describes."""
    graph = Graph()
    for triple in shipped.triples("data", file, base=packaged.EXAMPLES_BASE):
        graph.add(triple)
    (iri,) = graph.subjects(RDF.type, ROPA.SourceDocument)
    return evidence.document_of(graph, URIRef(str(iri)))


@pytest.fixture(params=FILES)
def source(request: pytest.FixtureRequest) -> Document:
    """Each of the source documents."""
    return document(request.param)


@pytest.fixture
def text(source: Document, seeds: Path) -> str:
    """The text of the document, found by its digest among the files of the folder."""
    found = {passages.digest(p.read_bytes()): p for p in seeds.iterdir() if p.is_file()}
    assert source.digest in found, f"no file in {seeds} has the digest of {source.iri}"
    return passages.decode(found[source.digest].read_bytes(), source.iri)


def name(one: Stretch) -> str:
    """Name a section or passage in a message."""
    return str(one.iri).rpartition("/")[2]


def placed(found: dict[URIRef, Stretch]) -> list[Stretch]:
    """Give those with a position; another test tells of the others."""
    return [one for one in found.values() if one.span is not None]


def test_there_are_five_documents() -> None:
    """One for each of the examples."""
    assert len(FILES) == 5


def test_every_document_has_sections_and_passages(source: Document) -> None:
    """None is empty, and each passage and section has a position."""
    assert source.sections
    assert source.passages
    everything = (*source.sections.values(), *source.passages.values())
    assert [name(one) for one in everything if one.span is None] == []


def test_positions_lie_within_the_text(source: Document, text: str) -> None:
    """No selector reaches beyond the last character."""
    everything = [*placed(dict(source.sections)), *placed(dict(source.passages))]
    beyond = [name(one) for one in everything if one.span and one.span[1] > len(text)]
    assert beyond == []


def test_no_passage_is_empty(source: Document, text: str) -> None:
    """Each passage holds words, and begins and ends with one of its own characters."""
    bad = [
        f"{name(one)}: {text[slice(*one.span)]!r}"
        for one in placed(dict(source.passages))
        if one.span and text[slice(*one.span)] != text[slice(*one.span)].strip()
    ]
    assert bad == []
    assert all(
        text[slice(*one.span)].strip()
        for one in placed(dict(source.passages))
        if one.span
    )


def test_fragments_agree_with_selectors(source: Document) -> None:
    """The name of a passage is its position (RFC 5147)."""
    bad = [
        f"{name(one)}: {one.span}"
        for one in source.passages.values()
        if (found := FRAGMENT.fullmatch(str(one.iri).partition("#")[2])) is None
        or (int(found[1]), int(found[2])) != one.span
    ]
    assert bad == []


def test_passages_lie_under_the_section_they_name(source: Document) -> None:
    """A passage names a section, the innermost one that holds it."""
    bad = []
    for one in placed(dict(source.passages)):
        start, end = one.span or (0, 0)
        holding = [
            section
            for section in placed(dict(source.sections))
            if section.span and section.span[0] <= start and end <= section.span[1]
        ]
        least = min(((s.end or 0) - (s.start or 0) for s in holding), default=0)
        innermost = {s.iri for s in holding if (s.end or 0) - (s.start or 0) == least}
        if one.section not in innermost:
            bad.append(f"{name(one)} names {one.section}, lies in {innermost}")
    assert bad == []


def test_sections_begin_with_their_printed_heading(source: Document, text: str) -> None:
    """A heading stands in the text letter by letter; our own names do not."""
    bad = []
    for section in placed(dict(source.sections)):
        said = text[slice(*section.span)] if section.span else ""
        if section.heading and section.words:
            bad.append(f"{name(section)} has a heading and a name of ours")
        elif not section.names:
            bad.append(f"{name(section)} has neither a heading nor a name")
        for heading in section.heading:
            if not said.startswith(str(heading)):
                bad.append(f"{name(section)}: {heading!r} is not {said[:60]!r}")
    assert bad == []


def test_sections_cover_the_text(source: Document, text: str) -> None:
    """No word of the text lies outside all sections; sections nest and never cross."""
    spans = sorted(s.span for s in placed(dict(source.sections)) if s.span)
    covered = set[int]()
    for start, end in spans:
        covered |= set(range(start, end))
    left = "".join(c for at, c in enumerate(text) if at not in covered)
    assert left.strip() == ""
    crossing = [
        (one, two)
        for one in spans
        for two in spans
        if one[0] < two[0] < one[1] < two[1]
    ]
    assert crossing == []


def test_lines_agree_with_positions(source: Document, text: str) -> None:
    """First and last line are those of the first and the last character."""
    bad = []
    for one in [*placed(dict(source.sections)), *placed(dict(source.passages))]:
        start, end = one.span or (0, 1)
        lines = (passages.line_of(text, start), passages.line_of(text, end - 1))
        if (one.first_line, one.last_line) != lines:
            bad.append(f"{name(one)}: {one.first_line}-{one.last_line} is {lines}")
    assert bad == []


def test_passages_say_what_stands_there_in_our_words(source: Document) -> None:
    """Each has short words of ours; none is the same as another place's by mistake."""
    bare = [name(one) for one in source.passages.values() if not one.words]
    assert bare == []


def test_no_passage_is_left_without_use(source: Document) -> None:
    """Whatever is marked in a document carries a claim or a remark."""
    used = set()
    for file in assets.names("data", ".ttl"):
        if file.startswith(("claims/", "companies/", "organisations")):
            for _, p, o in shipped.triples("data", file, base=packaged.EXAMPLES_BASE):
                if p == ROPA.passage:
                    used.add(o)
    assert [name(one) for iri, one in source.passages.items() if iri not in used] == []
