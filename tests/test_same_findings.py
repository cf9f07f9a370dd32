"""The same findings in the same words, by whichever door an entry comes in.

A faulty set of entries goes through every door in every syntax: `ropa validate` from
files and standard input, `POST /validate` in each form, saving over both doors,
`ropa check`, the list of findings, the page of each entry, and all of it again through
a running server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from rdflib import Graph, URIRef
from rdflib.term import Node

from ropa import syntax
from ropa.cli import main
from ropa.errors import EntryRejected
from ropa.findings import Report
from ropa.register import Register
from ropa.syntax import SUFFIXES, Syntax, n3
from ropa.terms import PREFIXES, ROPA, SH
from webui import create_app

BASE = "https://example.org/r/"
MEDIA = {form: media for media, form in syntax.MEDIA_TYPES.items()}
SUFFIX = {form: suffix for suffix, form in SUFFIXES.items()}
PAGES = ("companies/mill", "activities/mill/orders", "organisations/carrier")

# Faults of every weight, in a register's record; labels with signs that others escape,
# values with a language, a datatype and none.
FAULTY = f"""
@base <{BASE}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dpcat: <https://w3id.org/dpcat#> .
@prefix dpv: <https://w3id.org/dpv#> .
@prefix eu-gdpr: <https://w3id.org/dpv/legal/eu/gdpr#> .
@prefix law: <https://w3id.org/ropa-kg/law/> .
@prefix loc: <https://w3id.org/dpv/loc#> .
@prefix pd: <https://w3id.org/dpv/pd#> .
@prefix ropa: <https://w3id.org/ropa-kg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<companies/mill> a dpv:LegalEntity ;
    dpv:hasName "Mill | & <Co>, 100%: [a](b) @x" ;
    dpv:hasCountry loc:FR .

<companies/mill#record> a dpcat:ROPA ;
    dct:title "Record of Mill"@en ,
        "Registre de Mill"@fr ;
    dct:publisher <companies/mill> ;
    ropa:profile ropa:Register .

<organisations/carrier> a dpv:Organisation ;
    dpv:hasName "Carrier" ;
    dpv:hasCountry loc:FR ;
    dpv:hasAuthority <organisations/nowhere> .

<activities/mill/orders> a dpv:PersonalDataProcess ;
    dct:title "Orders"@en ,
        "Commandes"@fr ;
    dct:isPartOf <companies/mill#record> ;
    dpv:hasDataController <companies/mill> ;
    dpv:hasPurpose <activities/mill/orders#selling> ,
        <activities/mill/orders#news> ;
    dpv:hasPersonalData pd:EmailAddress ;
    dpv:hasRecipient <activities/mill/orders#carrier> ;
    dpv:hasProcessing <activities/mill/orders#transfer> ;
    dpv:hasStorageCondition <activities/mill/orders#kept> .

<activities/mill/orders#selling> a dpv:Purpose ;
    skos:prefLabel "Selling “flour” | 'rye'\\nand more"@en ;
    skos:broader dpv:ServiceProvision .

<activities/mill/orders#news> a dpv:Purpose ;
    skos:prefLabel "News"@en ,
        "Nouvelles"@fr ;
    skos:broader dpv:DirectMarketing ;
    dpv:hasLegalBasis eu-gdpr:A6-1-f .

<activities/mill/orders#carrier> a dpv:DataProcessor ;
    ropa:organisation <organisations/carrier> ;
    ropa:service "Carries parcels"@en ;
    dpv:hasCountry loc:US .

<activities/mill/orders#transfer> a dpv:CrossBorderTransfer ;
    dpv:hasDataExporter <companies/mill> ;
    dpv:hasDataImporter <organisations/carrier> ;
    dpv:hasThirdCountry loc:US ;
    dpv:hasLegalBasis eu-gdpr:A45-3 ;
    ropa:decision law:eu-us-privacy-shield .

<activities/mill/orders#kept> a dpv:StorageCondition .
"""
# The same, with statements that cannot be understood: it is refused.
UNSOUND = (
    FAULTY
    + """
<activities/mill/orders#kept> ropa:period "three years" ;
    dpv:hasPurpse dpv:Marketing .
<activities/mill/empty> a dpv:PersonalDataProcess .
"""
)


class Said(NamedTuple):
    """What a finding says, wherever it is shown."""

    rule: str
    severity: str
    focus: str
    path: str
    value: str
    en: str
    fr: str
    article: str


@dataclass(frozen=True)
class Texts:
    """One set of entries in every syntax."""

    by_syntax: dict[Syntax, bytes]
    folder: Path

    def file(self, form: Syntax) -> str:
        """Give the file of a syntax."""
        return str(self.folder / f"entry{SUFFIX[form]}")


def written(text: str, folder: Path) -> Texts:
    """Write entries in every syntax; those that have named graphs use them."""
    quads = list(syntax.parse(text, Syntax.TURTLE))
    in_graphs = [
        (s, p, o, URIRef(str(s).partition("#")[0]) if len(str(o)) % 2 else None)
        for s, p, o, _ in quads
    ]
    texts: dict[Syntax, bytes] = {Syntax.TURTLE: text.encode()}
    for form in Syntax:
        rows = in_graphs if form in {Syntax.TRIG, Syntax.NQUADS} else quads
        texts.setdefault(form, syntax.serialize(rows, form, PREFIXES))
    folder.mkdir()
    for form, body in texts.items():
        (folder / f"entry{SUFFIX[form]}").write_bytes(body)
    return Texts(texts, folder)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    """Give the entries that can be saved."""
    return written(FAULTY, tmp_path_factory.mktemp("same") / "faulty")


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    """Give the entries that are refused."""
    return written(UNSOUND, tmp_path_factory.mktemp("same") / "unsound")


def a_register(folder: Path) -> str:
    """Make an empty register."""
    path = str(folder / "register")
    Register.create(path, base=BASE).close()
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give an empty register that nothing is saved in."""
    return a_register(tmp_path_factory.mktemp("same"))


@pytest.fixture(scope="module")
def server(place: str) -> Iterator[str]:
    """Give the address of a running server over the empty register."""
    words = ["--store", place, "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, "-m", "ropa", *words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(place).parent,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            process.kill()


def run(store: str, *words: str, given: bytes | None = None) -> Result:
    """Run a command."""
    result = CliRunner().invoke(main, ["--store", store, *words], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def schema() -> Draft202012Validator:
    """Give the published schema of reports."""
    text = resources.files("ropa").joinpath("schemas/report.schema.json").read_text()
    return Draft202012Validator(json.loads(text))


def read(text: bytes | str) -> Report:
    """Read a report in JSON, which is as its schema says."""
    problems = [error.message for error in schema().iter_errors(json.loads(text))]
    assert problems == []
    return Report.from_json(text)


def said(report: Report) -> Counter[Said]:
    """Give what a report says: all but the place in a file."""
    return Counter(
        Said(
            one.rule,
            one.severity,
            str(one.focus),
            _text(one.path),
            n3(one.value) if one.value is not None else "",
            one.message["en"],
            one.message["fr"],
            one.article,
        )
        for one in report.findings
    )


def _text(node: Node | None) -> str:
    return "" if node is None else str(node)


def said_in(graph: Graph) -> Counter[Said]:
    """Give what a report says that is triples."""
    found = []
    for node in graph.objects(None, SH.result):
        value = graph.value(node, SH.value)
        texts = {t.language: str(t) for t in graph.objects(node, SH.resultMessage)}
        severity = _text(graph.value(node, SH.resultSeverity)).rpartition("#")[2]
        found.append(
            Said(
                _text(graph.value(node, ROPA.rule)),
                severity.lower(),
                _text(graph.value(node, SH.focusNode)),
                _text(graph.value(node, SH.resultPath)),
                n3(value) if value is not None else "",
                texts["en"],
                texts["fr"],
                _text(graph.value(node, ROPA.article)),
            )
        )
    return Counter(found)


def parsed(text: bytes | str) -> Graph:
    """Read Turtle."""
    graph = Graph()
    for s, p, o, _ in syntax.parse(text, Syntax.TURTLE):
        graph.add((s, p, o))
    return graph


def shown_on(page: str) -> Counter[tuple[str, str]]:
    """Give rule and message of each finding on a page."""
    found = []
    for item in re.findall(r'<li class="finding .*?</li>', page, re.DOTALL):
        message = re.search(r"<strong>(.*?)</strong>", item, re.DOTALL)
        rule = re.search(r'href="/rules/([a-z0-9-]+)', item)
        assert message is not None
        assert rule is not None
        found.append((rule[1], plain(message[1])))
    return Counter(found)


def plain(text: str) -> str:
    """Take the tags off, and put every text on one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", text)).split())


def words(findings: Iterable[Said], lang: str) -> Counter[tuple[str, str]]:
    """Give rule and message of findings."""
    return Counter(
        (one.rule, " ".join((one.fr if lang == "fr" else one.en).split()))
        for one in findings
    )


def validated(store: str, file: str, *more: str, given: bytes | None = None) -> Report:
    """Give the report of `ropa validate`."""
    result = run(store, "validate", file, "--format", "json", *more, given=given)
    assert result.exit_code == 1, result.output
    return read(result.stdout)


@pytest.fixture(scope="module")
def expected(place: str, faulty: Texts) -> Counter[Said]:
    """Give the findings on the faulty entries, from the Turtle file."""
    found = said(validated(place, faulty.file(Syntax.TURTLE)))
    assert {one.severity for one in found} == {"violation", "warning", "info"}
    assert {one.focus.partition("#")[0] for one in found} == {BASE + p for p in PAGES}
    assert any("| & <Co>, 100%: [a](b) @x" in one.en for one in found)
    return found


@pytest.fixture(scope="module")
def refused(place: str, unsound: Texts) -> Counter[Said]:
    """Give the findings on the unsound entries."""
    report = validated(place, unsound.file(Syntax.TURTLE))
    assert report.is_blocking
    return said(report)


def client(register: Register) -> FlaskClient:
    """Give a client of the pages over a register."""
    return create_app(register).test_client()


def send(
    door: FlaskClient,
    path: str,
    body: bytes,
    form: Syntax,
    accept: str = "",
    **more: str,
) -> Any:
    """Send RDF to an address."""
    headers = {"Host": "127.0.0.1:8000", "Content-Type": MEDIA[form], **more}
    return door.post(path, data=body, headers={**headers, "Accept": accept or "*/*"})


# -- checking ------------------------------------------------------------------------


@pytest.mark.parametrize("form", Syntax)
def test_a_file_in_every_syntax(
    place: str, faulty: Texts, expected: Counter[Said], form: Syntax
) -> None:
    """With a line for every finding, in the file and not beyond it."""
    report = validated(place, faulty.file(form))
    assert said(report) == expected
    text = faulty.by_syntax[form].decode()
    lines = text.split("\n")
    for one in report.findings:
        assert one.file == faulty.file(form)
        assert one.line is not None
        name = str(one.entry).rpartition("/")[2]
        # The line names the thing, or else one of its statements.
        assert name in text
        assert lines[one.line - 1].strip()
    assert len({one.line for one in report.findings}) >= len(PAGES)


@pytest.mark.parametrize("form", Syntax)
def test_standard_input_in_every_syntax(
    place: str, faulty: Texts, expected: Counter[Said], form: Syntax
) -> None:
    """Its syntax is recognised."""
    report = validated(place, "-", given=faulty.by_syntax[form])
    assert said(report) == expected
    assert {one.file for one in report.findings} == {"standard input"}


def test_the_syntax_of_standard_input_may_be_said(
    place: str, faulty: Texts, expected: Counter[Said]
) -> None:
    """What is said is believed: the same text is no RDF/XML."""
    body = faulty.by_syntax[Syntax.TRIG]
    words = ("--syntax", "trig")
    assert said(validated(place, "-", *words, given=body)) == expected
    wrong = run(place, "validate", "-", "--syntax", "rdfxml", given=body)
    assert wrong.exit_code == 2
    assert "standard input" in wrong.stderr


def test_a_folder_and_parts_of_it(
    place: str, faulty: Texts, expected: Counter[Said], tmp_path: Path
) -> None:
    """Entries over several files, in several syntaxes and folders, are one."""
    quads = list(syntax.parse(FAULTY, Syntax.TURTLE))
    forms = [Syntax.TURTLE, Syntax.NQUADS, Syntax.JSONLD]
    for number, form in enumerate(forms):
        rows = quads[number :: len(forms)]
        inside = tmp_path / "all" / str(number)
        inside.mkdir(parents=True)
        (inside / f"part{SUFFIX[form].upper()}").write_bytes(
            syntax.serialize(rows, form, PREFIXES)
        )
    hidden = tmp_path / "all" / ".venv"
    hidden.mkdir()
    (hidden / "broken.ttl").write_text("<a> <b>")
    (tmp_path / "all" / "notes.md").write_text("# not RDF")
    assert said(validated(place, str(tmp_path / "all"))) == expected


@pytest.mark.parametrize("form", Syntax)
def test_a_program_sends_every_syntax(
    own: Register, faulty: Texts, expected: Counter[Said], form: Syntax
) -> None:
    """`POST /validate`, as JSON."""
    answer = send(client(own), "/validate", faulty.by_syntax[form], form)
    assert said(read(answer.get_data())) == expected


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Open another empty register, for the pages."""
    with Register.open(a_register(tmp_path_factory.mktemp("own"))) as opened:
        yield opened


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_shows_the_same(
    own: Register, faulty: Texts, expected: Counter[Said], lang: str
) -> None:
    """`POST /validate`, as a page in either language, and from its form."""
    door, text = client(own), faulty.by_syntax[Syntax.TURTLE]
    more = {"Accept-Language": lang}
    page = send(door, "/validate", text, Syntax.TURTLE, "text/html", **more)
    assert shown_on(page.get_data(as_text=True)) == words(expected.elements(), lang)
    headers = {
        "Host": "127.0.0.1:8000",
        "Accept": "text/html",
        "Accept-Language": lang,
        "Origin": "http://127.0.0.1:8000",
        "Sec-Fetch-Site": "same-origin",
    }
    form = {"text": text.decode(), "syntax": "ttl"}
    page = door.post("/validate", data=form, headers=headers)
    assert shown_on(page.get_data(as_text=True)) == words(expected.elements(), lang)


# -- forms of the report -------------------------------------------------------------


def by_name(kind: str, text: str, lang: str) -> Counter[tuple[str, str]]:
    """Read rule and message out of a report for people or other programs."""
    if kind == "sarif":
        results = json.loads(text)["runs"][0]["results"]
        pairs = [(one["ruleId"], one["message"]["text"]) for one in results]
        # A bracket that would begin a link is escaped.
        return Counter((code, said.replace("\\[", "[")) for code, said in pairs)
    if kind == "junit":
        cases = ET.fromstring(text).iter("testcase")
        text = "\n".join(said for case in cases for said in case.itertext())
    if kind == "github":
        text = text.replace("%0A", "\n").replace("%25", "%")
        found = re.findall(r"title=([a-z0-9-]+).*?::(?:\S+: )?(.*)", text)
    else:
        found = re.findall(r"^\S.*? \[([a-z0-9-]+)\] (.*)$", text, re.MULTILINE)
    # Between the field, which may be missing, and the article.
    return Counter(
        (code, re.sub(r" \([^()]*(?:\([^()]*\)[^()]*)*\)$", "", said))
        for code, said in found
    )


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("kind", ["text", "sarif", "junit", "github"])
def test_every_form_has_the_same_words(
    place: str, faulty: Texts, expected: Counter[Said], kind: str, lang: str
) -> None:
    """Each finding, with its rule and its message."""
    file = faulty.file(Syntax.TURTLE)
    result = run(place, "--lang", lang, "validate", file, "--format", kind)
    assert result.exit_code == 1
    found = sorted(by_name(kind, result.stdout, lang).elements())
    wanted = sorted(words(expected.elements(), lang).elements())
    assert [code for code, _ in found] == [code for code, _ in wanted]
    for code, message in wanted:
        hits = [one for one in found if one[0] == code and one[1].endswith(message)]
        assert hits, (code, message, found)
        found.remove(hits[0])


def test_turtle_is_the_same_report(
    place: str, own: Register, faulty: Texts, expected: Counter[Said]
) -> None:
    """From the command and over HTTP, to the last statement."""
    result = run(place, "validate", faulty.file(Syntax.TURTLE), "--format", "turtle")
    graph = parsed(result.stdout)
    assert said_in(graph) == expected
    text = faulty.by_syntax[Syntax.TURTLE]
    answer = send(client(own), "/validate", text, Syntax.TURTLE, "text/turtle")
    assert set(parsed(answer.get_data())) == set(graph)


@pytest.mark.parametrize("kind", ["sarif", "junit", "markdown", "github", "text"])
def test_http_gives_every_form(own: Register, faulty: Texts, kind: str) -> None:
    """By name in the address; those with a media type by Accept as well."""
    door, body = client(own), faulty.by_syntax[Syntax.NTRIPLES]
    form = Syntax.NTRIPLES
    named = send(door, f"/validate?format={kind}", body, form)
    assert named.status_code == 200
    assert "legal-basis-missing" in named.get_data(as_text=True)
    if kind not in {"github", "junit"}:
        asked = send(door, "/validate", body, form, named.mimetype)
        assert asked.get_data() == named.get_data()
    wrong = send(door, "/validate?format=pdf", body, form)
    assert wrong.status_code == 400
    assert "sarif" in wrong.get_json()["hint"]


# -- saving --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, faulty: Texts) -> str:
    """Give a register that the entries were added to by the command."""
    path = a_register(tmp_path_factory.mktemp("saved"))
    added = run(path, "add", faulty.file(Syntax.JSONLD), "--author", "Ada")
    assert added.exit_code == 0, added.output
    return path


def test_what_is_saved_is_checked_alike(
    saved: str, faulty: Texts, expected: Counter[Said]
) -> None:
    """`ropa check`, and `ropa validate` of what is there already."""
    checked = run(saved, "check", "--format", "json")
    assert said(read(checked.stdout)) == expected
    again = validated(saved, faulty.file(Syntax.RDFXML))
    assert said(again) == expected
    turtle = run(saved, "check", "--format", "turtle").stdout
    assert said_in(parsed(turtle)) == expected


@pytest.mark.parametrize("way", ["command", "http"])
def test_what_is_kept_with_the_entries_is_the_same(
    saved: str,
    faulty: Texts,
    expected: Counter[Said],
    tmp_path: Path,
    way: str,
) -> None:
    """Graphs, list and pages of findings, after either way of saving."""
    with Register.open(saved if way == "command" else a_register(tmp_path)) as register:
        door = client(register)
        if way == "http":
            answer = send(
                door,
                "/rdf-graphs?author=Ada",
                faulty.by_syntax[Syntax.TRIG],
                Syntax.TRIG,
            )
            assert answer.status_code == 201, answer.get_data()
        kept = Counter[Said]()
        for page in PAGES:
            kept += said_in(register.findings(URIRef(BASE + page)))
        assert kept == expected
        for lang in ("en", "fr"):
            rows = register.ask("findings", lang=lang).rows
            listed = Counter(
                (str(row[2]), " ".join(str(row[5]).split())) for row in rows
            )
            assert listed == words(expected.elements(), lang)
        headers = {"Host": "127.0.0.1:8000", "Accept-Language": "en"}
        listing = door.get("/findings.json", headers=headers).get_json()
        assert len(listing) == expected.total()
        for page in PAGES[:2]:
            shown = door.get(f"/{page}", headers={**headers, "Accept": "text/html"})
            of_page = (
                one
                for one in expected.elements()
                if one.focus.partition("#")[0] == BASE + page
            )
            found = shown_on(shown.get_data(as_text=True))
            assert found >= words(of_page, "en")


def test_what_is_refused_is_told_alike(
    own: Register, unsound: Texts, refused: Counter[Said], tmp_path: Path
) -> None:
    """Validating, saving by a verb and over HTTP: the same report, nothing saved."""
    door, body = client(own), unsound.by_syntax[Syntax.TURTLE]
    answer = send(door, "/validate", body, Syntax.TURTLE)
    assert said(read(answer.get_data())) == refused
    answer = send(door, "/rdf-graphs?author=Ada", body, Syntax.TURTLE)
    assert answer.status_code == 422
    problem = answer.get_json()
    assert said(read(json.dumps(problem["report"]))) == refused
    with pytest.raises(EntryRejected) as caught:
        own.add(parsed(body), author="Ada")
    assert said(caught.value.report) == refused
    place = a_register(tmp_path)
    result = run(place, "add", unsound.file(Syntax.NQUADS), "--author", "Ada")
    assert result.exit_code == 1
    for code, message in words(refused, "en"):
        assert f"[{code}]" in result.stderr
        assert message in result.stderr


# -- through a server ----------------------------------------------------------------


def test_a_server_gives_the_same(
    server: str,
    faulty: Texts,
    unsound: Texts,
    expected: Counter[Said],
    refused: Counter[Said],
) -> None:
    """Commands with the address of a server: checked there, with lines from here."""
    report = validated(server, faulty.file(Syntax.TURTLE))
    assert said(report) == expected
    assert all(one.line for one in report.findings)
    assert said(validated(server, unsound.file(Syntax.TURTLE))) == refused
    notice = validated(
        server, faulty.file(Syntax.TURTLE), "--profile", "notice", "--fail-on", "info"
    )
    assert said(notice) != expected
    added = run(server, "add", faulty.file(Syntax.TURTLE), "--author", "Ada")
    assert added.exit_code == 0, added.output
    assert said(read(run(server, "check", "--format", "json").stdout)) == expected
    judged = ("check", "--profile", "notice", "--format", "json")
    assert said(read(run(server, *judged).stdout)) == said(notice)
