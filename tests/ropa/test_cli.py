"""The terminal door: commands, outputs, exit codes, words for every failure."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib.term import URIRef

from ropa import citing, queries
from ropa.cli import main
from ropa.register import Register

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
GOOD, FAULTY = str(EXAMPLES / "good-entry.ttl"), str(EXAMPLES / "faulty-entry.ttl")
HUBSPOT = "https://w3id.org/ropa-kg/data/organisations/hubspot"


@pytest.fixture(scope="module", autouse=True)
def _five(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have commands open a register of the five where no other is named."""
    place = shutil.copytree(judged, tmp_path_factory.mktemp("cli") / "register")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROPA_STORE", str(place))
        yield


def run(*words: str, given: str | bytes | None = None, store: str = "") -> Result:
    """Run one command, on the register of the five or on another."""
    opened = ["--store", store] if store else []
    result = CliRunner().invoke(main, [*opened, *words], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Make an own, empty register."""
    folder = str(tmp_path / "register")
    assert run("init", folder, "--base-iri", "https://example.org/r/").exit_code == 0
    return folder


# -- asking ------------------------------------------------------------------------


def test_all_us_transfers_are_one(tmp_path: Path) -> None:
    """The policies state exactly one, under a framework that no longer holds."""
    words = ["ask", "us-transfers", "--param", "as_of=2026-11-22", "--format", "csv"]
    result = run(*words)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == [
        "company",
        "activity",
        "recipient",
        "tool",
        "decision",
        "valid",
        "claim",
    ]
    assert [(r["company"], r["activity"], r["recipient"]) for r in rows] == [
        ("wpo", "", HUBSPOT)
    ]
    assert rows[0]["valid"] == "false"
    assert rows[0]["claim"] == "stated"


@pytest.mark.parametrize(
    ("day", "valid"), [("2019-01-01", "true"), ("2020-07-16", "false")]
)
def test_the_day_of_the_law_is_a_parameter(day: str, valid: str) -> None:
    """The same transfer, judged on two days."""
    result = run("ask", "us-transfers", "--param", f"as_of={day}", "--format", "json")
    assert [row["valid"] for row in json.loads(result.stdout)] == [valid]


def test_without_a_name_the_questions_are_listed() -> None:
    """Each with what it answers, in the language chosen."""
    english = run("ask").stdout
    french = run("--lang", "fr", "ask").stdout
    assert "us-transfers" in english
    assert "us-transfers" in french
    assert english != french


def test_the_sparql_behind_a_question_runs_as_a_query() -> None:
    """What --sparql prints gives the same rows when it is asked freely."""
    text = run("ask", "us-transfers", "--param", "company=wpo", "--sparql").stdout
    free = run("query", "-", "--format", "csv", given=text).stdout
    named = run(
        "ask", "us-transfers", "--param", "company=wpo", "--format", "csv"
    ).stdout
    assert list(csv.reader(io.StringIO(free))) == list(csv.reader(io.StringIO(named)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask", "us-transfer"], "us-transfers"),
        (["ask", "companies", "--param", "colour=red"], "company"),
        (["ask", "companies", "--param", "company=wpoo"], "wpo"),
        (["show", "wpo/nothing"], "no entry"),
        (["explain", "legal-basis-mising"], "legal-basis-missing"),
    ],
)
def test_a_name_that_is_not_there_tells_what_is(words: list[str], said: str) -> None:
    """No empty answer for a misspelt question, parameter, company or rule."""
    result = run(*words)
    assert result.exit_code in {1, 2}
    assert said in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    "kind", ["table", "csv", "tsv", "json", "xml", "turtle", "jsonld"]
)
def test_a_query_answers_in_every_format(kind: str) -> None:
    """The company's name is in each of them."""
    text = "SELECT ?n WHERE { ?c dpv:hasName ?n FILTER(?n = 'WPO SAS') }"
    result = run("query", "-", "--format", kind, given=text)
    assert result.exit_code == 0
    assert "WPO SAS" in result.stdout


@pytest.mark.parametrize("kind", ["turtle", "jsonld"])
def test_a_construct_answers_as_a_graph(kind: str) -> None:
    """Triples come as triples."""
    text = "CONSTRUCT { ?c dpv:hasName ?n } WHERE { ?c dpv:hasName ?n }"
    result = run("query", "-", "--format", kind, given=text)
    assert result.exit_code == 0
    assert "WPO SAS" in result.stdout


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x WHERE { ?x dpv:hasPurpose ",
        "",
        "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "DROP ALL",
        "SELECT * WHERE " + "{" * 5000 + "}" * 5000,
        "SELECT * WHERE { ?s ?p ?o FILTER(" + "(" * 9000 + "1" + ")" * 9000 + ") }",
    ],
    ids=["cut", "empty", "service", "update", "braces", "parentheses"],
)
def test_a_query_that_cannot_run_is_told_in_words(text: str) -> None:
    """Also those that would end the engine's process."""
    result = run("query", "-", given=text)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr


# -- validating ----------------------------------------------------------------------


def test_three_planted_faults_are_named_with_their_lines() -> None:
    """File, line, field, rule, article and what to do."""
    result = run("validate", FAULTY, "--format", "json")
    assert result.exit_code == 1
    found = [
        f for f in json.loads(result.stdout)["findings"] if f["severity"] == "violation"
    ]
    assert len(found) == 3
    text = Path(FAULTY).read_text().splitlines()
    for finding in found:
        assert finding["file"].endswith("faulty-entry.ttl")
        assert 1 <= finding["line"] <= len(text)
        assert finding["article"]
        assert finding["hint"]["en"]
    plain = run("validate", FAULTY).stdout
    for finding in found:
        assert f":{finding['line']}" in plain
        assert finding["rule"] in plain
        assert finding["hint"]["en"] in plain
        assert finding["article"] in plain


def test_the_good_entry_passes() -> None:
    """Exit code 0, also where warnings count."""
    assert run("validate", GOOD, "--fail-on", "warning").exit_code == 0


def test_findings_are_told_in_french() -> None:
    """The messages are the shapes' own in either language."""
    english = run("validate", FAULTY).stdout
    french = run("--lang", "fr", "validate", FAULTY).stdout
    assert english != french
    assert "base juridique" in french.lower()


def test_a_report_in_turtle_is_a_shacl_report() -> None:
    """Any SHACL tool reads it."""
    from rdflib import Graph

    result = run("validate", FAULTY, "--format", "turtle")
    graph = Graph().parse(data=result.stdout, format="turtle")
    answer = graph.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> "
        "ASK { ?r a sh:ValidationReport ; sh:conforms false ; sh:result/sh:focusNode ?f"
        " }"
    )
    assert answer.askAnswer


def test_a_folder_is_checked_as_one(tmp_path: Path) -> None:
    """The activity in one file finds its company in the other."""
    text = Path(GOOD).read_text()
    (tmp_path / "one.ttl").write_text(text)
    (tmp_path / "notes.txt").write_text("not RDF")
    assert run("validate", str(tmp_path)).exit_code == 0


HOSTILE = {
    "empty.ttl": b"",
    "blank.ttl": b" \n\n",
    "picture.ttl": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "binary.ttl": bytes(range(256)) * 40,
    "broken.ttl": b"<a> <b> ",
    "half.jsonld": b'{"@id": ',
    "remote.jsonld": b'{"@context": "http://127.0.0.1:9/c.json", "@id": "x"}',
    "bomb.rdf": b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">]><r>&a;</r>',
    "deep.ttl": b"<http://e/s> <http://e/p> " + b"[ <http://e/p> " * 20_000,
    "deep.jsonld": b'{"http://e/p":' * 3000 + b"1" + b"}" * 3000,
    "latin.ttl": b'<http://e/s> <http://e/p> "\xe9" .',
    "iri.ttl": b"<http://e/s> <http://e/p> <http://e/a b> .",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_told_in_words(tmp_path: Path, name: str) -> None:
    """A sentence, a hint and exit code 2; never a traceback, never a crash."""
    (tmp_path / name).write_bytes(HOSTILE[name])
    result = run("validate", str(tmp_path / name))
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert name in result.stderr
    assert "Traceback" not in result.stderr


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Fifty megabytes take no time."""
    huge = tmp_path / "huge.ttl"
    with huge.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    started = time.monotonic()
    result = run("validate", str(huge))
    assert result.exit_code == 2
    assert "huge.ttl" in result.stderr
    assert time.monotonic() - started < 10


def test_a_missing_file_is_named() -> None:
    """With the name that was given."""
    result = run("validate", "nowhere/new-entry.ttl")
    assert result.exit_code == 2
    assert "nowhere/new-entry.ttl" in result.stderr


def test_every_unreadable_file_is_named_not_only_the_first(tmp_path: Path) -> None:
    """All faults at once."""
    for name in ("one.ttl", "two.ttl"):
        (tmp_path / name).write_text("<a> <b> ")
    result = run("validate", str(tmp_path / "one.ttl"), str(tmp_path / "two.ttl"))
    assert "one.ttl" in result.stderr
    assert "two.ttl" in result.stderr


def test_turtle_that_is_no_activity_is_a_finding() -> None:
    """It can be read, so it gets a report, and the report blocks saving."""
    result = run(
        "validate", "-", "--format", "json", given="<http://e/s> <http://e/p> 1 ."
    )
    assert result.exit_code == 1
    assert json.loads(result.stdout)["is_blocking"]


# -- saving --------------------------------------------------------------------------


def test_an_entry_is_added_and_asked_for(place: str) -> None:
    """What one command saves, the next one answers."""
    added = run("add", GOOD, "--author", "Ada", store=place)
    assert added.exit_code == 0, added.output
    rows = run("ask", "companies", "--format", "csv", store=place).stdout
    assert "example-bakery" in rows
    shown = run("show", "https://example.org/r/companies/example-bakery", store=place)
    assert "dpcat:ROPA" in shown.stdout


def test_findings_do_not_stop_an_entry_and_are_kept(place: str) -> None:
    """A register can tell the truth about processing that falls short."""
    assert run("add", FAULTY, "--author", "Ada", store=place).exit_code == 0
    found = run("ask", "findings", "--format", "json", store=place).stdout
    assert sum(f["severity"].lower() == "violation" for f in json.loads(found)) == 3
    assert run("check", store=place).exit_code == 1


def test_an_unsound_entry_is_refused_with_its_report(
    place: str, tmp_path: Path
) -> None:
    """The report goes to stderr, the exit code is 1, the register is as before."""
    bad = tmp_path / "bad.ttl"
    bad.write_text(
        "@prefix dpv: <https://w3id.org/dpv#> .\n"
        "<https://example.org/r/activities/x/y> a dpv:PersonalDataProcess ;\n"
        "  dpv:hasPurpse dpv:Marketing .\n"
    )
    before = run("ask", "activities", "--format", "csv", store=place).stdout
    result = run("add", str(bad), "--author", "Ada", store=place)
    assert result.exit_code == 1
    assert "hasPurpose" in result.stderr
    assert run("ask", "activities", "--format", "csv", store=place).stdout == before


def test_a_removed_entry_is_gone(place: str) -> None:
    """Activities first, then their company."""
    run("add", GOOD, "--author", "Ada", store=place)
    company = "https://example.org/r/companies/example-bakery"
    assert run("remove", company, store=place).exit_code == 1
    rows = json.loads(run("ask", "activities", "--format", "json", store=place).stdout)
    for row in rows:
        iri = company.replace("companies", "activities") + "/" + row["activity"]
        assert run("remove", iri, "--author", "Ada", store=place).exit_code == 0
    assert run("remove", company, "--author", "Ada", store=place).exit_code == 0
    assert (
        run("ask", "companies", "--format", "json", store=place).stdout.strip() == "[]"
    )


# -- the rest ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["legal-basis-missing", "dpv:Marketing", "Marketing", "us-transfers"]
)
def test_rules_terms_and_questions_are_explained(name: str) -> None:
    """In either language."""
    english, french = run("explain", name), run("--lang", "fr", "explain", name)
    assert english.exit_code == french.exit_code == 0
    assert len(english.stdout.splitlines()) > 1
    assert english.stdout != french.stdout


def test_a_decision_is_explained_for_a_day() -> None:
    """``--as-of`` applies the law of that day; the uses are those of the register."""
    words = ("explain", "eu-us-privacy-shield", "--as-of")
    before, after = run(*words, "2019-06-01"), run(*words, "2021-06-01")
    assert "In force" in before.stdout
    assert "Declared invalid" in after.stdout
    assert "2021-06-01" in after.stdout
    assert "HubSpot" in before.stdout


def test_words_are_explained_without_quotes() -> None:
    """Several words are one name, in either language."""
    assert "dpv:LegitimateInterest" in run("explain", "legitimate", "interest").stdout
    french = run("--lang", "fr", "explain", "intérêt légitime")
    assert "Intérêt légitime (dpv:LegitimateInterest)" in french.stdout


def test_words_with_several_hits_are_listed() -> None:
    """Short name, label and meaning of each; that is no failure."""
    result = run("--lang", "fr", "explain", "contrat")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) > 1
    assert any(line.startswith("dpv:Contract ") for line in lines)
    hits = json.loads(run("explain", "contrat", "--format", "json").stdout)["hits"]
    assert len(hits) == len(lines)


def test_an_explanation_as_json() -> None:
    """The same for programs: what the text says, and the counts."""
    said = json.loads(run("explain", "dpv:Marketing", "--format", "json").stdout)
    assert said["iri"] == "https://w3id.org/dpv#Marketing"
    assert said["uses"]["total"] == len(said["uses"]["shown"]) > 0
    assert said["uses_below"]["total"] > 0


def test_a_rule_is_explained_with_its_findings() -> None:
    """As many as the check of that rule finds."""
    said = json.loads(run("explain", "purpose-missing", "--format", "json").stdout)
    checked = run("check", "--rule", "purpose-missing", "--format", "json")
    assert said["finding_total"] == len(json.loads(checked.stdout)["findings"]) > 0


@pytest.mark.parametrize(
    "name", ["", '"', "<b>'x", "dpv:Marketng", "eu-us-privacy-sheild", "y" * 5000]
)
def test_an_unknown_name_is_told(name: str) -> None:
    """Not found is 1, in a sentence, with what is near where something is."""
    result = run("explain", name)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: There is no ")
    assert len(result.stderr) < 500
    if name == "eu-us-privacy-sheild":
        assert "law:eu-us-privacy-shield" in result.stderr


def test_explaining_makes_no_register(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no register yet, the words are told and none is made."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("ROPA_STORE", raising=False)
    result = CliRunner().invoke(main, ["explain", "dpv:Marketing"])
    assert result.exit_code == 0
    assert "Marketing" in result.stdout
    assert "Used" not in result.stdout
    assert "no register yet" in result.stderr
    assert not list(tmp_path.iterdir())


def test_explaining_through_a_folder(place: str) -> None:
    """An own register is asked: nothing of the examples is counted."""
    result = run("explain", "dpv:Marketing", store=place)
    assert "Used in no entry" in result.stdout


@pytest.mark.parametrize("day", ["20261122", "2026-W47-7", "2026-02-30", "x", "2026"])
@pytest.mark.parametrize(
    "words", [["explain", "dpv:Purpose"], ["ask", "law"], ["check"]]
)
def test_a_day_is_read_alike_everywhere(words: list[str], day: str) -> None:
    """Year, month, day with hyphens; any other writing is wrong usage."""
    result = CliRunner().invoke(main, [*words, "--as-of", day])
    assert result.exit_code == 2
    assert "2026-11-22" in result.stderr


def test_ask_takes_the_day_as_an_option() -> None:
    """``--as-of`` is short for the parameter; two different days are refused."""
    long = run("ask", "law", "--param", "as_of=2019-06-01", "--format", "csv")
    short = run("ask", "law", "--as-of", "2019-06-01", "--format", "csv")
    assert short.stdout == long.stdout != run("ask", "law", "--format", "csv").stdout
    words = ["ask", "law", "--as-of", "2019-06-01", "--param"]
    assert CliRunner().invoke(main, [*words, "as_of=2019-06-01"]).exit_code == 0
    both = CliRunner().invoke(main, [*words, "as_of=2020-06-01"])
    assert both.exit_code == 2
    assert "2020-06-01" in both.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", "law", "--as-of", "2019-06-01", "--as-of", "2020-06-01"], "Two days"),
        (
            ["explain", "Marketing", "--as-of", "2019-06-01", "--as-of", "2020-06-01"],
            "",
        ),
        (
            [
                "ask",
                "law",
                "--param",
                "as_of=2019-06-01",
                "--param",
                "as-of=2020-06-01",
            ],
            "Two days",
        ),
        (
            ["ask", "rights", "--param", "company=wpo", "--param", "company=wimi"],
            "Two values of company are given: wpo and wimi.",
        ),
    ],
)
def test_nothing_is_given_twice(words: list[str], told: str) -> None:
    """Of two days, or of two values of a parameter, none is taken silently."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize("kind", ["turtle", "jsonld", "ntriples", "rdfxml"])
@pytest.mark.parametrize("name", ["wpo", "wpo/marketing", "organisations/hubspot"])
def test_an_entry_is_shown_by_its_short_name(name: str, kind: str) -> None:
    """Companies, activities, organisations, in every syntax."""
    result = run("show", name, "--format", kind)
    assert result.exit_code == 0
    assert "w3id.org/ropa-kg/data" in result.stdout


@pytest.mark.parametrize(
    "words",
    [["serve", "--host", "0.0.0.0"], ["--lang", "de", "ask"], ["validate"],
     ["check", "--as-of", "2026-02-30"], ["ask", "companies", "--param", "x"]],
)  # fmt: skip
def test_wrong_usage_ends_with_two(words: Sequence[str]) -> None:
    """Usage errors are told apart from findings."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The hint is the command that makes one."""
    result = run("ask", "companies", store=str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "ropa init" in result.stderr


def test_nothing_answers_at_the_address() -> None:
    """A server that is not there is a store error."""
    result = run("ask", "companies", store="http://127.0.0.1:9/")
    assert result.exit_code == 3
    assert "ropa serve" in result.stderr


def test_help_starts_without_heavy_packages() -> None:
    """What --help needs is click; engines are loaded by the commands that use them."""
    heavy = ["rdflib", "pyshacl", "owlready2", "pyoxigraph", "flask", "rich", "babel"]
    code = (
        "import sys; from ropa.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert "validate" in done.stdout


def test_the_first_command_makes_the_users_register(tmp_path: Path) -> None:
    """Without --store: the user's own folder, with the examples, kept for later."""
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    environment.pop("ROPA_STORE", None)
    words = [sys.executable, "-m", "ropa", "ask", "companies", "--format", "json"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for _ in range(2):
        done = subprocess.run(
            words,
            env=environment,
            cwd=elsewhere,
            capture_output=True,
            text=True,
            check=True,
        )
        assert len(json.loads(done.stdout)) == 5
    assert list(tmp_path.rglob("register.json"))


def test_an_explanation_speaks_its_language() -> None:
    """Citations, truth and the day are said in French where French is asked for."""
    words = ["--lang", "fr", "explain", "eu-us-privacy-shield"]
    told = CliRunner().invoke(main, [*words, "--as-of", "2019-06-01"]).stdout
    for said in ("Vérifié : oui", "Au 2019-06-01 : En vigueur", "(RGPD art. 45(3)"):
        assert said in told
    assert "Today: " in run("explain", "c-311-18").stdout
    assert "Verified: yes" in run("explain", "eu-us-privacy-shield").stdout
    with_findings = ["--lang", "fr", "check", "--company", "wpo"]
    told = CliRunner().invoke(main, with_findings).stdout
    assert "(RGPD art. 45(1), 44)" in told
    assert "GDPR" not in told


# -- evidence ----------------------------------------------------------------------


def own(register: Register, *words: str, given: bytes | None = None) -> Result:
    """Run a command on a register that a test has open, as on one of one's own."""

    @contextmanager
    def opened(_: object) -> Iterator[Register]:
        yield register

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ropa.cli.evidence.opened", opened)
        return run("evidence", *words, given=given)


def test_evidence_of_one_entry_is_told(own_register: Register) -> None:
    """By its short name: field, value, state and place of each claim."""
    told = own(own_register, "mill/orders").stdout
    assert "Selling flour  [Partly stated; For a whole section; implied]" in told
    assert "line 3, characters 29 to 42" in told
    assert "Mill & Co" not in told


@pytest.mark.parametrize("kind", ["table", "csv", "json", "turtle"])
def test_evidence_comes_in_every_format(own_register: Register, kind: str) -> None:
    """For people and for programs."""
    result = own(own_register, "mill", "--format", kind)
    assert result.exit_code == 0
    assert "char=29,42" in result.stdout.replace("\n", "")


def test_evidence_for_programs_has_the_columns_of_the_question(
    own_register: Register,
) -> None:
    """And after them what it takes to find the place."""
    rows = json.loads(own(own_register, "--format", "json").stdout)
    columns = list(queries.load("evidence").columns)
    assert list(rows[0])[: len(columns)] == columns
    assert {"start", "end", "first_line", "words"} <= set(rows[0])


@pytest.mark.parametrize("way", ["file", "input"])
def test_passages_are_shown_in_the_text_of_a_document(
    own_register: Register, own_text: bytes, tmp_path: Path, way: str
) -> None:
    """From a file or from standard input."""
    file = tmp_path / "notice.txt"
    file.write_bytes(own_text)
    name = str(file) if way == "file" else "-"
    given = own_text if way == "input" else None
    result = own(own_register, "mill", "--source", name, given=given)
    assert result.exit_code == 0
    assert "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}We sell flour" in result.stdout
    rows = json.loads(
        own(own_register, "--source", name, "--format", "json", given=given).stdout
    )
    assert "Mill & Co" in {row["text"] for row in rows}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"another text", "SHA-256"),
        (b"", "empty"),
        (b"\x00\x01\x02", "plain text"),
        ("Donn\u00e9es".encode("latin-1"), "UTF-8"),
        (b"x" * (10 * 1024 * 1024 + 1), "10 MiB"),
    ],
    ids=["other", "empty", "binary", "latin-1", "huge"],
)
def test_a_file_that_is_no_known_document_is_refused(
    own_register: Register, tmp_path: Path, data: bytes, said: str
) -> None:
    """Usage error with the reason; nothing is shown as evidence."""
    file = tmp_path / "notice.txt"
    file.write_bytes(data)
    result = own(own_register, "--source", str(file))
    assert result.exit_code == 2
    assert said in result.stderr
    assert "hint: " in result.stderr
    assert not result.stdout


def test_an_unknown_document_is_told_with_the_known_ones(
    own_register: Register, own_text: bytes, tmp_path: Path
) -> None:
    """The digest found, those known, and what may have happened."""
    file = tmp_path / "notice.txt"
    file.write_bytes(own_text.replace(b"\r\n", b"\n"))
    result = own(own_register, "--source", str(file))
    assert hashlib.sha256(file.read_bytes()).hexdigest() in result.stderr
    assert hashlib.sha256(own_text).hexdigest() in result.stderr
    assert "Notice of the mill" in result.stderr
    assert "line breaks" in result.stderr


def test_a_missing_file_or_entry_is_told(own_register: Register) -> None:
    """Each with its own code."""
    missing = own(own_register, "--source", "none.txt")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "none.txt" in missing.stderr
    unknown = own(own_register, "mil")
    assert (unknown.exit_code, unknown.stdout) == (2, "")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nosuch", "Known companies: mill."),
        ("mil", "Did you mean mill?"),
        ("companies/mil", "Did you mean mill?"),
        ("ordrs", "Did you mean mill/orders?"),
        ("http://127.0.0.1:8000/activities/mill/order", "Did you mean mill/orders"),
        ("sources/mil", "Did you mean sources/mill"),
    ],
)
def test_evidence_of_what_is_not_there_tells_near_names(
    own_register: Register, name: str, hint: str
) -> None:
    """In words, not as a graph that is missing; otherwise the companies are listed."""
    told = own(own_register, name)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "There is no company, activity, organisation or source" in told.stderr
    assert hint in told.stderr


def test_evidence_in_an_empty_register_says_that_it_is_empty(place: str) -> None:
    """No list of companies can help there."""
    told = run("evidence", "nosuch", store=place)
    assert told.exit_code == 2
    assert "The register is empty" in told.stderr


@pytest.mark.parametrize("kind", ["text", "json"])
def test_the_text_of_another_document_is_named(
    own_register: Register, own_text: bytes, kind: str
) -> None:
    """An entry of which nothing was read in the text has no evidence there."""
    record = f"{own_register.base}companies/mill#record"
    words = (record, "--source", "-", "--format", kind)
    told = own(own_register, *words, given=own_text)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "is the text of a document, Notice of the mill: nothing" in told.stderr
    whole = own(own_register, "--source", "-", given=own_text)
    assert whole.exit_code == 0


def test_the_documents_of_an_entry_are_named_beside_another(register: Register) -> None:
    """The hint says in which documents the entry was read."""
    found = register.evidence(URIRef(f"{register.base}companies/wimi"))
    other = register.document(URIRef(f"{register.base}sources/wpo-privacy-policy"))
    told = citing.unread(found, other, "wimi", "The file x.txt")
    assert told.exit_code == 2
    assert "another document, WPO privacy policy: nothing about wimi" in told.message
    assert "Wimi data protection policy" in told.hint


def test_a_byte_order_mark_is_told(own_register: Register, own_text: bytes) -> None:
    """A text that Windows saved is no other version."""
    told = own(own_register, "--source", "-", given="\ufeff".encode() + own_text)
    assert told.exit_code == 2
    assert "Only a byte order mark at its start differs from Notice" in told.stderr


def test_an_entry_without_claims_says_so(place: str) -> None:
    """An own register may hold none at all."""
    added = run("add", GOOD, "--author", "a tester", store=place)
    assert added.exit_code == 0
    result = run("evidence", "example-bakery/newsletter", store=place)
    assert (result.exit_code, result.stdout) == (0, "No claims.\n")
    told = run("evidence", "example-bakery", store=place).stdout
    assert "Not applicable" in told
