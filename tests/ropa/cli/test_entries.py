"""Checking by command: options, whatever is handed in, and what programs read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from ropa import queries
from ropa.cli import main, options
from ropa.errors import by_code
from ropa.formats import reports, results
from ropa.register import Register
from ropa.syntax import Syntax

EXAMPLES = Path(__file__).parents[3] / "data" / "examples"
GOOD, FAULTY = str(EXAMPLES / "good-entry.ttl"), str(EXAMPLES / "faulty-entry.ttl")
BASE = "https://example.org/r/"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make an own, empty register, which checks leave as it is."""
    folder = str(tmp_path_factory.mktemp("entries") / "register")
    Register.create(folder, base=BASE).close()
    return folder


def run(store: str, *words: str, given: str | bytes | None = None) -> Result:
    """Run one command."""
    result = CliRunner().invoke(main, ["--store", store, *words], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def schema(name: str) -> Draft202012Validator:
    """Give one of the published schemas."""
    text = resources.files("ropa").joinpath(f"schemas/{name}.schema.json").read_text()
    return Draft202012Validator(json.loads(text))


# -- options -------------------------------------------------------------------------


def test_the_options_name_what_there_is() -> None:
    """The lists stand beside the options so that --help loads no engine."""
    assert options.REPORTS == reports.FORMATS
    assert set(options.SYNTAXES) == {form.value for form in Syntax}


@pytest.mark.parametrize("command", ["validate", "check"])
def test_both_commands_take_the_same_options(command: str) -> None:
    """All that the interface promises."""
    names = {word for option in main.commands[command].params for word in option.opts}
    assert {
        "--format", "--fail-on", "--rule", "--as-of", "--profile", "--shapes",
    } <= names  # fmt: skip


def test_fail_on_decides_what_fails(place: str) -> None:
    """The findings stay the same, and so does what is printed."""
    words = ("validate", FAULTY, "--rule", "officer-missing", "--rule", "not-an-entry")
    found = json.loads(run(place, *words, "--format", "json").stdout)["findings"]
    codes = {}
    for severity in options.SEVERITIES:
        result = run(place, "validate", FAULTY, "--fail-on", severity)
        codes[severity] = result.exit_code
        clean = run(place, *words, "--fail-on", severity)
        heavy = {"violation": 0, "warning": 1, "info": 2}
        reached = any(heavy[f["severity"]] <= heavy[severity] for f in found)
        assert clean.exit_code == int(reached)
    assert codes == {"violation": 1, "warning": 1, "info": 1}


def test_the_language_may_stand_after_the_command(place: str) -> None:
    """Both places give the same report, in French."""
    after = run(place, "validate", FAULTY, "--lang", "fr")
    assert "violation" in after.stdout
    assert "Aucune base juridique" in after.stdout
    before = run(place, "--lang", "fr", "validate", FAULTY)
    assert before.stdout == after.stdout


def test_rules_are_chosen_by_their_codes(place: str) -> None:
    """Only these, however many."""
    codes = ("legal-basis-missing", "retention-undefined")
    words = [word for code in codes for word in ("--rule", code)]
    report = json.loads(
        run(place, "validate", FAULTY, *words, "--format", "json").stdout
    )
    assert {one["rule"] for one in report["findings"]} == set(codes)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("validate", FAULTY, "--rule", "legal-basis-mising"), "legal-basis-missing"),
        (("check", "--rule", "retention-undefind"), "retention-undefined"),
        (("check", "--company", "nosuch"), "register is empty"),
        (("ask", "activities", "--param", "company=nosuch"), "register is empty"),
        (("ask", "us-transfer"), "us-transfers"),
    ],
)
def test_what_does_not_exist_is_wrong_usage(
    place: str, words: tuple[str, ...], near: str
) -> None:
    """Exit code 2, with what is near, and nothing on standard output."""
    result = run(place, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert near in result.stderr


def test_a_server_says_so_with_the_same_code() -> None:
    """The error comes back by its code, with the exit code of the command."""
    assert by_code("unknown-name").exit_code == 2
    assert by_code("unknown-name").http_status == 404
    assert by_code("not-found").exit_code == 1


def test_a_profile_may_be_forced_on_both(place: str, tmp_path: Path) -> None:
    """A notice is judged more mildly than a register."""
    own = str(tmp_path / "register")
    Register.create(own, base=BASE).close()
    assert run(own, "add", FAULTY, "--author", "Ada").exit_code == 0
    for words in (("validate", FAULTY), ("check",)):
        register = run(own, *words, "--profile", "register", "--format", "json").stdout
        notice = run(own, *words, "--profile", "notice", "--format", "json").stdout
        plain = run(own, *words, "--format", "json").stdout
        assert json.loads(plain) == json.loads(register)
        heavy = [
            sum(f["severity"] == "violation" for f in json.loads(text)["findings"])
            for text in (register, notice)
        ]
        assert heavy[0] > heavy[1]


# -- what programs read --------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("validate", FAULTY), ("validate", GOOD), ("check",)], ids=str
)
def test_reports_are_as_their_schema_says(place: str, words: tuple[str, ...]) -> None:
    """With findings, without a violation, and of nothing at all."""
    values = json.loads(run(place, *words, "--format", "json").stdout)
    assert [e.message for e in schema("report").iter_errors(values)] == []


def test_answers_are_as_their_schema_says(register: Register) -> None:
    """Every question on the five, and as the command prints it."""
    table = schema("table")
    for question in queries.all_questions():
        text = results.write(register.ask(question.name), "json")
        assert [e.message for e in table.iter_errors(json.loads(text))] == []
    printed = run("memory:", "ask", "companies", "--format", "json").stdout
    assert len(json.loads(printed)) == 5
    assert [e.message for e in table.iter_errors(json.loads(printed))] == []


@pytest.mark.parametrize("kind", options.REPORTS)
def test_an_empty_register_is_checked_in_every_form(place: str, kind: str) -> None:
    """Nothing was found, and the report says so."""
    result = run(place, "check", "--format", kind)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()
    if kind in {"json", "sarif"}:
        assert json.loads(result.stdout)
    if kind == "junit":
        assert ET.fromstring(result.stdout.encode()).get("tests") == "0"
    if kind == "turtle":
        assert "sh:conforms true" in result.stdout


# -- what is handed in ---------------------------------------------------------------


def test_several_paths_are_one(place: str, tmp_path: Path) -> None:
    """A file, a folder and standard input; a file named twice is read once."""
    parts = Path(FAULTY).read_text(encoding="utf-8").split("#################### ")
    prefixes = "\n".join(
        line for line in parts[0].splitlines() if line.startswith("@prefix")
    )
    company = f"{prefixes}\n# {parts[1]}"
    others = f"{prefixes}\n# " + "# ".join(parts[2:])
    (tmp_path / "company.ttl").write_text(company, encoding="utf-8")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "note.TTL").write_text(
        f"{prefixes}\n<companies/example-bakery> dpv:hasCountry loc:DE .\n"
    )
    file, more = str(tmp_path / "company.ttl"), str(tmp_path / "more")
    words = ("validate", file, more, "-", file, "--format", "json")
    report = json.loads(run(place, *words, given=others).stdout)
    whole = json.loads(run(place, "validate", FAULTY, more, "--format", "json").stdout)
    assert report["checked"] == whole["checked"]
    assert [f["key"] for f in report["findings"]] == [
        f["key"] for f in whole["findings"]
    ]
    files = {f["file"] for f in report["findings"]}
    assert "standard input" in files
    assert files <= {file, "standard input", str(tmp_path / "more" / "note.TTL")}


def test_every_fault_is_told_with_the_good_ones_unchecked(
    place: str, tmp_path: Path
) -> None:
    """Two broken files among good ones: both named, exit code 2, no report."""
    (tmp_path / "good.ttl").write_text(Path(GOOD).read_text(encoding="utf-8"))
    (tmp_path / "cut.ttl").write_text("<a> <b> ")
    (tmp_path / "empty.nt").write_bytes(b"")
    (tmp_path / "picture.rdf").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    words = ("validate", str(tmp_path), "nowhere.ttl")
    result = run(place, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    for name in ("cut.ttl", "empty.nt", "picture.rdf", "nowhere.ttl"):
        assert name in result.stderr
    assert result.stderr.count("error: ") == result.stderr.count("hint: ") == 4
    assert "good.ttl" not in result.stderr


@pytest.mark.parametrize("kind", ["sarif", "junit", "github"])
def test_faults_are_told_to_programs(place: str, tmp_path: Path, kind: str) -> None:
    """File and line, as an error of the run and not as a finding."""
    (tmp_path / "a b.ttl").write_text("<a> <b> <c> .\n<a> <b> ")
    result = run(place, "validate", str(tmp_path), "--format", kind)
    assert result.exit_code == 2
    if kind == "sarif":
        (log,) = json.loads(result.stdout)["runs"]
        (done,) = log["invocations"]
        assert not done["executionSuccessful"]
        (told,) = done["toolExecutionNotifications"]
        assert told["level"] == "error"
        where: dict[str, Any] = told["locations"][0]["physicalLocation"]
        assert where["artifactLocation"]["uri"].endswith("/a%20b.ttl")
        assert where["region"] == {"startLine": 2}
    elif kind == "junit":
        suites = ET.fromstring(result.stdout.encode())
        assert suites.get("errors") == "1"
        assert len(list(suites.iter("error"))) == 1
    else:
        (line,) = result.stdout.splitlines()
        assert line.startswith("::error file=")
        assert "a b.ttl,line=2,title=format::" in line


def test_folders_that_help_no_one_are_told(place: str, tmp_path: Path) -> None:
    """One without RDF, and one that may not be read."""
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.txt").write_text("x")
    result = run(place, "validate", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "holds no RDF file" in result.stderr
    assert ".ttl" in result.stderr


def test_a_folder_that_may_not_be_read_is_told(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not passed over in silence, though others could be read."""
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "good.ttl").write_text(Path(GOOD).read_text(encoding="utf-8"))
    real = os.scandir

    def scandir(path: Any) -> Iterator[os.DirEntry[str]]:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for named in (tmp_path, closed):
        result = run(place, "validate", str(named))
        assert (result.exit_code, result.stdout) == (2, "")
        assert (
            f"The folder {closed} cannot be read: Permission denied." in result.stderr
        )
        assert "holds no RDF" not in result.stderr


@pytest.mark.parametrize("way", ["file", "input"])
def test_twenty_megabytes_are_refused(place: str, tmp_path: Path, way: str) -> None:
    """By their size, not by what is in them."""
    text = b'<http://e/s> <http://e/p> "x" .\n' * (20 * 2**20 // 32)
    file = tmp_path / "big.nt"
    file.write_bytes(text)
    name = str(file) if way == "file" else "-"
    result = run(place, "validate", name, given=text if way == "input" else None)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "10 MiB" in result.stderr


@pytest.mark.parametrize(
    "name", ["a\nb.ttl", "100%,c: d|e.ttl", "é 漢.ttl", "\udcff.ttl", "--help.ttl"]
)
@pytest.mark.parametrize("kind", options.REPORTS)
def test_files_of_every_name_are_told(
    place: str, tmp_path: Path, name: str, kind: str
) -> None:
    """Broken lines, signs of other formats, and names that are no UTF-8."""
    (tmp_path / name).write_text("<http://e/s> <http://e/p> 1 .")
    result = run(place, "validate", str(tmp_path), "--format", kind)
    assert result.exit_code == 1, result.output
    assert "not-an-entry" in result.stdout
    if kind in {"text", "github"}:
        # No line begins in the middle of a name.
        starts = [line[:2] for line in result.stdout.splitlines()]
        assert "b." not in starts
    if kind in {"json", "sarif"}:
        assert json.loads(result.stdout)


def test_thousands_of_findings_are_all_told(place: str, tmp_path: Path) -> None:
    """One line each, in a time that the limits allow."""
    number = 2000
    lines = ["@prefix dpv: <https://w3id.org/dpv#> ."]
    lines += [
        f"<activities/x/a#p{n}> a dpv:Purpose ; dpv:hasPurpse dpv:Marketing ."
        for n in range(number)
    ]
    file = tmp_path / "many.ttl"
    file.write_text("\n".join(lines))
    words = ("validate", str(file), "--rule", "unknown-term")
    result = run(place, *words)
    assert result.exit_code == 1
    told = [line for line in result.stdout.splitlines() if "[unknown-term]" in line]
    assert len(told) == number
    assert told[0].startswith(f"{file}:2: ")
    text = run(place, *words, "--format", "markdown").stdout
    assert len(text) < 65_536
