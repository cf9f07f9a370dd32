"""A register: opening, reading, checking, saving, and following the package."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa import entry, folder, packaged, revisions, syntax
from ropa import register as register_module
from ropa.errors import Conflict, EntryRejected, InputError, NotFound, StoreLocked
from ropa.formats import rdf
from ropa.formats.turtle_lines import LineMap
from ropa.register import Register
from ropa.syntax import Syntax
from ropa.terms import DCT, DPV, RDF, ROPA

WPO = URIRef(packaged.EXAMPLES_BASE + "companies/wpo")
MARKETING = URIRef(packaged.EXAMPLES_BASE + "activities/wpo/marketing")
EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


def reading(name: str, base: str = packaged.EXAMPLES_BASE) -> rdf.Reading:
    """Read one of the example files that come with the package."""
    return rdf.read_file(str(EXAMPLES / name), base=base)


# -- opening -----------------------------------------------------------------------


def test_memory_holds_the_five_companies() -> None:
    """The examples are there at once, and are said to be examples."""
    with Register.open("memory:") as register:
        slugs = {str(row[0]) for row in register.ask("companies").rows}
        assert slugs == {"wpo", "wimi", "workpex", "weprode", "wepos"}
        assert register.has_examples


def test_a_folder_keeps_what_was_saved(examples: Path) -> None:
    """What one process saved, the next one finds."""
    place = str(examples)
    with Register.open(place) as first:
        first.add(reading("good-entry.ttl").graph, author="Ada")
        wanted = first.summary()
    with Register.open(place) as second:
        assert second.summary() == wanted
        assert wanted["companies"] == 6


def test_an_own_register_begins_empty(tmp_path: Path) -> None:
    """Vocabulary and law are there; no company is."""
    with Register.create(str(tmp_path / "own"), base="https://example.org/r/") as own:
        counts = own.summary()
        assert counts["companies"] == counts["activities"] == counts["findings"] == 0
        assert own.base == "https://example.org/r/"
        assert not own.has_examples
        assert own.select("SELECT ?l WHERE { dpv:Purpose skos:prefLabel ?l }").rows


def test_a_folder_without_register_is_not_made_one_by_looking(tmp_path: Path) -> None:
    """Opening says how to make one and leaves no trace."""
    with pytest.raises(NotFound, match="no register"):
        Register.open(str(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


def test_a_second_process_is_told_to_use_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder belongs to one process; the error says what to do."""
    monkeypatch.setattr(register_module, "PATIENCE_SECONDS", 0.2)
    place = tmp_path / "register"
    Register.create(str(place)).close()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                from ropa.register import Register
                register = Register.open({str(place)!r})
                print("open", flush=True)
                input()
                """
            ),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "open"
        with pytest.raises(StoreLocked) as caught:
            Register.open(str(place))
        assert caught.value.hint
        holder.communicate("\n", timeout=30)
    Register.open(str(place)).close()


# -- reading -----------------------------------------------------------------------


def test_an_entry_is_read_whole_and_alone(register: Register) -> None:
    """Reading an entry gives its parts, and nothing of other entries."""
    graph = register.read(URIRef(f"{MARKETING}#purpose"))
    assert {entry.document(s) for s in graph.subjects()} == {MARKETING}
    assert (URIRef(f"{MARKETING}#purpose"), RDF.type, DPV.Purpose) in graph


def test_an_unknown_entry_is_not_found(register: Register) -> None:
    """Silence would look like an entry that says nothing."""
    with pytest.raises(NotFound, match="no entry"):
        register.read(URIRef(packaged.EXAMPLES_BASE + "activities/wpo/nothing"))


def test_the_default_graph_is_what_is_stated(fresh_register: Register) -> None:
    """Findings and changes are reached by GRAPH only."""
    fresh_register.refresh_findings()
    inside = fresh_register.select(
        "SELECT ?x WHERE { { ?x a sh:ValidationReport } UNION { ?x a prov:Activity } }"
    )
    aside = fresh_register.select(
        "SELECT ?g WHERE { GRAPH ?g { ?x a sh:ValidationReport } }"
    )
    assert not inside.rows
    assert len(aside.rows) > 50


# -- checking ----------------------------------------------------------------------


def test_checking_names_line_rule_and_article_and_saves_nothing(
    fresh_register: Register,
) -> None:
    """The three planted faults are found where they stand."""
    before = fresh_register.revision
    report = fresh_register.validate([reading("faulty-entry.ttl")])
    assert fresh_register.revision == before
    faults = [f for f in report.findings if f.severity == "violation"]
    assert len(faults) == 3
    for finding in faults:
        assert finding.line is not None
        assert finding.article
        assert finding.hint["en"]
        assert finding.hint["fr"]
    assert not report.is_blocking


def test_the_good_example_has_no_violation(register: Register) -> None:
    """What is shipped as good is good."""
    report = register.validate([reading("good-entry.ttl")])
    assert [f for f in report.findings if f.severity != "info"] == []


def test_an_activity_is_checked_against_the_company_in_the_register(
    register: Register,
) -> None:
    """A file with an activity alone has its record as context."""
    graph = Graph()
    new = URIRef(packaged.EXAMPLES_BASE + "activities/wpo/newsletter")
    graph.add((new, RDF.type, DPV.PersonalDataProcess))
    graph.add((new, DCT.title, Literal("Newsletter", lang="en")))
    graph.add((new, DCT.isPartOf, URIRef(f"{WPO}#record")))
    graph.add((new, DPV.hasDataController, WPO))
    report = register.validate([rdf.Reading("new", graph, LineMap(), Syntax.TURTLE)])
    assert not report.is_blocking
    assert {f.severity for f in report.findings} <= {"info", "warning"}


def test_the_law_of_another_day_is_applied(register: Register) -> None:
    """The transfer under Privacy Shield stands in 2019 and not in 2026."""
    then = register.check("wpo", as_of=date(2019, 1, 1))
    now = register.check("wpo", as_of=date(2026, 11, 22))
    fallen = {f.rule for f in now.findings} - {f.rule for f in then.findings}
    assert fallen
    assert all(
        "transfer" in rule or "tool" in rule or "decision" in rule for rule in fallen
    )


def test_findings_of_another_day_are_made_for_it(fresh_register: Register) -> None:
    """In 2019 the transfer stood; nothing is kept of the look back."""
    before = fresh_register.revision
    then = fresh_register.ask("findings", company="wpo", as_of="2019-01-01").rows
    late = fresh_register.ask("findings", company="wpo", as_of=date(2026, 1, 1)).rows
    assert fresh_register.revision == before
    rule = "adequacy-decision-not-in-force"
    only_then = {str(row[2]) for row in then} - {str(row[2]) for row in late}
    only_late = {str(row[2]) for row in late} - {str(row[2]) for row in then}
    assert (only_then, only_late) == ({"decision-later-invalid"}, {rule})
    assert len(late) == len(then)


def test_an_unknown_company_is_not_an_empty_report(register: Register) -> None:
    """A misspelt name must not look like a clean record."""
    with pytest.raises(NotFound, match="wpoo"):
        register.check("wpoo")


def test_findings_are_kept_and_not_made_twice(fresh_register: Register) -> None:
    """A second look finds them fresh."""
    fresh_register.refresh_findings()
    before = fresh_register.revision
    fresh_register.refresh_findings()
    assert fresh_register.revision == before


# -- saving ------------------------------------------------------------------------


def test_a_saved_entry_is_in_every_answer(fresh_register: Register) -> None:
    """Questions, findings and history know it from then on."""
    saved = fresh_register.add(
        reading("faulty-entry.ttl").graph, author="Ada", reason="first entry"
    )
    assert all(one.created for one in saved)
    companies = {str(row[0]) for row in fresh_register.ask("companies").rows}
    assert "example-bakery" in companies
    found = fresh_register.ask("findings", company="example-bakery").rows
    assert sum("Violation" in str(row) or "violation" in str(row) for row in found) == 3
    author = fresh_register.select(
        "SELECT ?a ?r WHERE { GRAPH ?g { ?c ropa:author ?a ; ropa:reason ?r } }"
    )
    assert [tuple(map(str, row)) for row in author.rows] == [("Ada", "first entry")]


def test_an_unsound_entry_is_refused_whole(fresh_register: Register) -> None:
    """A good entry in the same text is not saved either, and nothing is changed."""
    graph = Graph()
    graph += reading("good-entry.ttl").graph
    bad = URIRef(packaged.EXAMPLES_BASE + "activities/example-bakery/nameless")
    graph.add((bad, RDF.type, DPV.PersonalDataProcess))
    before = fresh_register.summary(), fresh_register.revision
    with pytest.raises(EntryRejected) as caught:
        fresh_register.add(graph, author="Ada")
    assert caught.value.report.is_blocking
    assert (fresh_register.summary(), fresh_register.revision) == before


def test_one_stray_statement_cannot_replace_a_company(fresh_register: Register) -> None:
    """A text that only mentions another entry's part does not become that entry."""
    graph = Graph()
    graph.add((WPO, DPV.hasName, Literal("Somebody else")))
    before = entry.digest(fresh_register.read(WPO))
    with pytest.raises(EntryRejected):
        fresh_register.add(graph, author="Mallory")
    assert entry.digest(fresh_register.read(WPO)) == before


COMPANY = """
@prefix dpv: <https://w3id.org/dpv#> .
<ADDRESS> a dpv:LegalEntity ; dpv:hasName "Somebody" ;
    dpv:hasContact <ADDRESS#contact> .
<ADDRESS#contact> a <https://w3id.org/ropa-kg/ontology#Contact> ;
    <https://w3id.org/ropa-kg/ontology#email> "a@b.example" .
<ADDRESS#record> a <https://w3id.org/dpcat#ROPA> ;
    <http://purl.org/dc/terms/title> "Record"@en ;
    <http://purl.org/dc/terms/publisher> <ADDRESS> ;
    <https://w3id.org/ropa-kg/ontology#profile>
        <https://w3id.org/ropa-kg/ontology#Register> .
"""


def written(text: str) -> Graph:
    """Read Turtle as a file would be."""
    body = text.encode()
    return rdf.read_untrusted(body, name="x.ttl", base=packaged.EXAMPLES_BASE).graph


@pytest.mark.parametrize(
    "address",
    [
        "https://w3id.org/ropa-kg/law/adequacy",
        "https://w3id.org/ropa-kg/law/",
        "https://w3id.org/ropa-kg/ontology/countries",
        "https://w3id.org/ropa-kg/shapes/transfer",
        "https://w3id.org/ropa-kg/something-new",
        "https://w3id.org/dpv",
        packaged.EXAMPLES_BASE + "changes/000000001",
        packaged.EXAMPLES_BASE + "changes/000000009",
        packaged.EXAMPLES_BASE + "activities/wpo/marketing/findings",
        packaged.EXAMPLES_BASE + "activities/wpo/marketing/inferred",
    ],
)
def test_law_rules_history_and_findings_cannot_be_overwritten(
    fresh_register: Register, address: str
) -> None:
    """An entry cannot take the place of what judges and records entries."""
    sizes = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    before = {*fresh_register.select(sizes).rows}
    assert before
    with pytest.raises((EntryRejected, Conflict)):
        fresh_register.add(written(COMPANY.replace("ADDRESS", address)), author="M")
    assert {*fresh_register.select(sizes).rows} == before


def test_law_rules_history_and_findings_cannot_be_removed(
    fresh_register: Register,
) -> None:
    """Whatever revision is named: there is no such entry, and all of it stays."""
    kept = [n for n in fresh_register.graphs() if entry.is_reserved(n)]
    kinds = ("/law/", "/ontology/", "/shapes", "/changes/", "/findings", "/inferred")
    assert all(any(kind in name for name in kept) for kind in kinds)
    before = fresh_register.verify()
    for name in kept:
        with pytest.raises(NotFound):
            fresh_register.remove(name, author="M", replaces=revisions.ANY)
    assert {n for n in fresh_register.graphs() if entry.is_reserved(n)} == {*kept}
    assert fresh_register.verify() == before


def test_the_same_entry_at_an_address_of_its_own_is_saved(
    fresh_register: Register,
) -> None:
    """What is refused above is the address, not the entry."""
    text = COMPANY.replace("ADDRESS", packaged.EXAMPLES_BASE + "companies/somebody")
    assert fresh_register.add(written(text), author="M")[0].created


def test_a_company_cut_short_does_not_take_its_record_away(
    fresh_register: Register,
) -> None:
    """What is handed in replaces what is there, so it must be whole."""
    graph = Graph()
    graph.add((WPO, RDF.type, DPV.LegalEntity))
    graph.add((WPO, DPV.hasName, Literal("WPO")))
    with pytest.raises(EntryRejected) as caught:
        fresh_register.add(graph, author="Ada")
    rules = {f.rule for f in caught.value.report.findings if f.blocks}
    assert rules == {"company-without-record"}
    assert "wpo" in {str(row[0]) for row in fresh_register.ask("companies").rows}


def test_an_activity_lies_under_its_own_company(fresh_register: Register) -> None:
    """Which company an entry belongs to can be read off its address."""
    alien = URIRef(packaged.EXAMPLES_BASE + "activities/wpo/alien")
    graph = Graph()
    graph.add((alien, RDF.type, DPV.PersonalDataProcess))
    graph.add((alien, DCT.title, Literal("Alien", lang="en")))
    wimi = URIRef(packaged.EXAMPLES_BASE + "companies/wimi")
    graph.add((alien, DCT.isPartOf, URIRef(f"{wimi}#record")))
    graph.add((alien, DPV.hasDataController, wimi))
    with pytest.raises(EntryRejected) as caught:
        fresh_register.add(graph, author="Ada")
    rules = {f.rule for f in caught.value.report.findings if f.blocks}
    assert rules == {"foreign-address"}


def test_an_activity_does_not_turn_into_a_company(fresh_register: Register) -> None:
    """An entry is replaced by one of its own kind only."""
    text = COMPANY.replace("ADDRESS", str(MARKETING))
    with pytest.raises(Conflict, match="another kind"):
        fresh_register.add(written(text), author="Ada")


def test_nothing_is_not_saved(fresh_register: Register) -> None:
    """An empty text is a mistake, not an empty change."""
    with pytest.raises(InputError, match="no entry"):
        fresh_register.add(Graph(), author="Ada")


def test_a_change_has_an_author(fresh_register: Register) -> None:
    """Without an author there is no write."""
    with pytest.raises(InputError, match="who makes"):
        fresh_register.add(reading("good-entry.ttl").graph, author="  ")


def test_a_stale_revision_is_refused(fresh_register: Register) -> None:
    """Whoever saves over a newer version is told, and nothing is written."""
    graph = fresh_register.read(MARKETING)
    read = fresh_register.etag(MARKETING)
    graph.add((MARKETING, ROPA.status, ROPA.Active))
    fresh_register.add(graph, author="Ada", replaces=[read])
    graph.add((MARKETING, ROPA.status, ROPA.Ended))
    with pytest.raises(Conflict, match="no longer what it was"):
        fresh_register.add(graph, author="Bob", replaces=[read])
    with pytest.raises(Conflict, match="already"):
        fresh_register.add(graph, author="Bob", replaces=revisions.NEW)


def test_a_removed_entry_is_gone_and_its_change_stays(fresh_register: Register) -> None:
    """Findings go with the entry; who removed it stays on record."""
    fresh_register.refresh_findings()
    fresh_register.remove(
        MARKETING, author="Ada", reason="ended", replaces=revisions.ANY
    )
    with pytest.raises(NotFound):
        fresh_register.read(MARKETING)
    assert not len(fresh_register.graph(entry.findings_graph(MARKETING)))
    assert "ended" in str(
        fresh_register.select("SELECT ?r WHERE { GRAPH ?g { ?c ropa:reason ?r } }").rows
    )


def test_a_record_with_activities_is_not_removed(fresh_register: Register) -> None:
    """Activities are never left without their record."""
    with pytest.raises(Conflict, match="activities"):
        fresh_register.remove(WPO, author="Ada", replaces=revisions.ANY)


# -- following the package -----------------------------------------------------------


def _as_if_older(place: Path) -> None:
    settings = json.loads((place / folder.SETTINGS).read_text())
    settings["package"] = "an older one"
    (place / folder.SETTINGS).write_text(json.dumps(settings))


def test_untouched_examples_follow_the_package(
    examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer package brings its newer example; an edited one is never touched."""
    place = examples
    wimi = URIRef(packaged.EXAMPLES_BASE + "companies/wimi")
    with Register.open(str(place)) as register:
        mine = register.read(WPO)
        mine.add((WPO, ROPA.phone, Literal("01 00 00 00 00")))
        register.add(mine, author="Ada", replaces=revisions.ANY)
        edited = register.etag(WPO)
    newer = packaged.example_lines()
    for iri in (WPO, wimi):
        site = Literal("https://newer.example/")
        newer[iri].append(syntax.line(iri, ROPA.website, site))
    monkeypatch.setattr(packaged, "example_lines", lambda: newer)
    _as_if_older(place)
    with Register.open(str(place)) as register:
        assert register.etag(WPO) == edited
        assert register.etag(wimi) == syntax.digest_of(newer[wimi])


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    """Following the same package twice writes nothing."""
    place = tmp_path / "register"
    Register.create(str(place), has_examples=True).close()
    with Register.open(str(place)) as register:
        before = register.select("SELECT ?c WHERE { GRAPH ?g { ?c a prov:Activity } }")
    _as_if_older(place)
    with Register.open(str(place)) as register:
        after = register.select("SELECT ?c WHERE { GRAPH ?g { ?c a prov:Activity } }")
        assert register.revision == 0
    assert before.rows == after.rows
