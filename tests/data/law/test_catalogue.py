"""The catalogue of the law: its parts, and the day up to which it was looked at."""

from pathlib import Path

from rdflib import Graph
from rdflib.term import URIRef

from ropa.terms import DCAT, DCT, LAW, PREFIXES, RDF, ROPA, SKOS, VENDOR

FILES = Path(__file__).parents[3] / "data" / "law"
CATALOGUE = URIRef(PREFIXES["law"])


def test_the_day_of_review_stands_once(graph: Graph) -> None:
    """A later day cannot be judged, so the last day looked at is stated, for all."""
    days = [(s, str(o)) for s, o in graph.subject_objects(ROPA.reviewedOn)]
    # Seats of vendors are looked up one by one, and say so in each row.
    assert [one for one in days if one[0] not in VENDOR] == [(CATALOGUE, "2026-11-22")]


def test_each_file_is_a_part_of_the_catalogue(graph: Graph) -> None:
    """No file of law is left out, and none is promised that is not there."""
    names = {path.stem for path in FILES.glob("*.ttl")} - {"catalogue"}
    parts = set(graph.objects(CATALOGUE, DCT.hasPart))
    assert parts == {LAW[name] for name in names}
    for part in parts:
        assert (part, RDF.type, DCAT.Dataset) in graph, part
        assert isinstance(graph.value(part, DCT.source), URIRef), part
        titles = {o.language for o in graph.objects(part, DCT.title)}
        assert titles == {"en", "fr"}, part


def test_the_catalogue_says_what_reviewed_means(graph: Graph) -> None:
    """Looked at is not the same as checked at the source."""
    notes = {o.language: str(o) for o in graph.objects(CATALOGUE, SKOS.note)}
    assert "Reviewed does not mean verified" in notes["en"]
    assert "Revu ne veut pas dire vérifié" in notes["fr"]


def test_each_file_begins_its_subjects_at_the_line_and_in_order() -> None:
    """A row is found where its name would be looked for."""
    for path in sorted(FILES.glob("*.ttl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        heads = [line.split()[0] for line in lines if line.startswith("law:")]
        header = f"law:{path.stem}"
        rows = [head for head in heads if head != header]
        assert rows == sorted(set(rows)), path.name
        prefixes = [line.split()[1] for line in lines if line.startswith("@prefix")]
        assert prefixes == sorted(set(prefixes)), path.name
