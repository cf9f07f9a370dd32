"""A register through its running server: same answers, one owner, safe ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from rdflib.term import URIRef

from ropa import entry, folder, packaged, revisions, served
from ropa.errors import (
    Conflict,
    EntryRejected,
    InputError,
    NotFound,
    QueryError,
    StoreLocked,
    StoreUnreachable,
    UnknownName,
)
from ropa.formats import cited, rdf
from ropa.register import Register
from ropa.served import Served
from ropa.store import open_store
from ropa.terms import ROPA
from tests.benchmarks import synthetic
from tests.benchmarks.keeping import fill

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
MARKETING = URIRef(packaged.EXAMPLES_BASE + "activities/wpo/marketing")
# The day for which the copy is judged already.
DAY = date.today()  # noqa: DTZ011 - the day of the machine, as in the register


@contextmanager
def serving(place: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `ropa serve` on a folder; gives the process and what it printed."""
    words = ["--store", str(place), "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [sys.executable, "-m", "ropa", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place.parent,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.fixture(scope="module")
def place(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with the five examples in a folder."""
    path = tmp_path_factory.mktemp("served") / "register"
    return Path(shutil.copytree(judged, path))


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Served]:
    """The register of the folder, through its running server."""
    with serving(place):
        found = served.connect(str(place))
        assert isinstance(found, Served)
        yield found


def test_the_folder_leads_to_its_server(server: Served, place: Path) -> None:
    """A second process finds the address in the folder and goes through it."""
    assert server.base == packaged.EXAMPLES_BASE
    assert folder.server(place) == server.address + "/"


@pytest.mark.parametrize(
    "name", ["companies", "us-transfers", "recipients", "findings", "record"]
)
def test_questions_have_the_same_answer(
    server: Served, register: Register, name: str
) -> None:
    """Every term comes through as it is, empty cells too."""
    here = register.ask(name, as_of=DAY, lang="fr")
    there = server.ask(name, as_of=DAY, lang="fr")
    assert there.columns == here.columns
    assert there.rows == here.rows
    assert len(there.rows) > 0


def test_free_queries_have_the_same_answer(server: Served, register: Register) -> None:
    """SELECT, ASK and CONSTRUCT."""
    text = "SELECT ?t ?l WHERE { ?a dct:title ?t BIND(LANG(?t) AS ?l) } ORDER BY ?t"
    assert server.query(text).table == register.query(text).table
    assert server.query("ASK { ?a a dpv:PersonalDataProcess }").boolean is True
    text = "CONSTRUCT { ?a dct:title ?t } WHERE { ?a dct:title ?t }"
    here, there = register.query(text).graph, server.query(text).graph
    assert here is not None
    assert there is not None
    assert set(here) == set(there)


def test_an_entry_is_read_whole(server: Served, register: Register) -> None:
    """The same statements, so the same revision."""
    assert entry.digest(server.read(MARKETING)) == register.etag(MARKETING)


def test_an_impact_is_the_same(server: Served, register: Register) -> None:
    """With day, other tool and language; what cannot be asked is told alike."""
    asked = {"as_of": date(2019, 6, 1), "instead": "scc-2010-87", "lang": "fr"}
    here = register.impact("privacy-shield", **asked)  # type: ignore[arg-type]
    assert server.impact("privacy-shield", **asked) == here  # type: ignore[arg-type]
    assert next(one.is_mended for one in here.affected) is True
    with pytest.raises(UnknownName, match="privcy-shild"):
        server.impact("privcy-shild")


def test_evidence_is_the_same(server: Served, register: Register) -> None:
    """Claims, documents and names come through the server as they are here."""
    for iri in (MARKETING, URIRef(packaged.EXAMPLES_BASE + "companies/wepos")):
        here, there = register.evidence(iri, lang="fr"), server.evidence(iri, lang="fr")
        assert there.claims == here.claims
        assert there.documents == here.documents
        assert cited.as_text(there, lang="fr") == cited.as_text(here, lang="fr")
        assert here.claims
    assert server.documents() == register.documents()


def test_checks_have_the_same_findings(server: Served, register: Register) -> None:
    """With file and line, though only statements went to the server."""
    name = str(EXAMPLES / "faulty-entry.ttl")
    reading = rdf.read_file(name, base=server.base)
    here = register.validate([reading], as_of=DAY)
    there = server.validate([reading], as_of=DAY)
    assert there.findings == here.findings
    assert {f.file for f in there.findings} == {name}
    assert all(f.line for f in there.findings)
    assert server.check("wpo", as_of=DAY) == register.check("wpo", as_of=DAY)


def test_profile_and_rules_are_handed_on(server: Served) -> None:
    """Options do not get lost on the way."""
    reading = rdf.read_file(str(EXAMPLES / "faulty-entry.ttl"), base=server.base)
    as_notice = server.validate([reading], as_of=DAY, profile=ROPA.Notice)
    assert "legal-basis-missing" not in {
        f.rule for f in as_notice.findings if f.severity == "violation"
    }
    one = server.validate(
        [reading], as_of=DAY, rules=frozenset({"retention-undefined"})
    )
    assert {f.rule for f in one.findings} == {"retention-undefined"}


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda s: s.ask("us-transfer"), NotFound),
        (lambda s: s.ask("companies", company="wpoo"), NotFound),
        (lambda s: s.query("SELECT WHERE"), QueryError),
        (lambda s: s.read(URIRef(MARKETING + "-x")), NotFound),
    ],
)
def test_errors_come_through_as_themselves(
    server: Served, call: Callable[[Served], object], kind: type[Exception]
) -> None:
    """Same class, so same words, hint and exit code as without a server."""
    with pytest.raises(kind) as caught:
        call(server)
    assert str(caught.value)


def test_entries_are_saved_replaced_and_removed(examples: Path) -> None:
    """Writes go through the server; after it ends they are in the folder."""
    graph = rdf.read_file(str(EXAMPLES / "good-entry.ttl"), base=packaged.EXAMPLES_BASE)
    with serving(examples), served.connect(str(examples)) as remote:
        assert isinstance(remote, Served)
        saved = remote.add(graph.graph, author="Ada", reason="new")
        assert [one.created for one in saved] == [True] * len(saved)
        again = remote.add(graph.graph, author="Ada")
        assert [one.created for one in again] == [False] * len(saved)
        assert not any(one.changed for one in again)
        assert [one.change for one in again] == [one.change for one in saved]
        with pytest.raises(Conflict):
            remote.add(graph.graph, author="Ada", replaces=revisions.NEW)
        remote.remove(MARKETING, author="Ada", reason="over", replaces=revisions.ANY)
        with pytest.raises(NotFound):
            remote.read(MARKETING)
    with Register.open(str(examples)) as register:
        assert register.summary()["companies"] == 6
        authors = register.select(
            "SELECT DISTINCT ?a WHERE { GRAPH ?g { ?c ropa:author ?a } } ORDER BY ?a"
        )
        assert str(authors.rows[0][0]) == "Ada"


def test_an_unsound_entry_is_refused_with_its_report(server: Served) -> None:
    """The report comes back whole."""
    text = b"<https://e.example/x> a <https://w3id.org/dpv#PersonalDataProcess> ."
    reading = rdf.read_untrusted(text, name="x.ttl", base=server.base)
    with pytest.raises(EntryRejected) as caught:
        server.add(reading.graph, author="Ada")
    assert caught.value.report.is_blocking
    assert "title-missing" in {f.rule for f in caught.value.report.findings}


def test_many_ask_at_once(server: Served) -> None:
    """Threads of the server and its children do not get into each other's way."""

    def ask(number: int) -> int:
        if number % 3:
            return len(server.ask("activities").rows)
        table = server.query("SELECT ?a WHERE { ?a a dpv:PersonalDataProcess }").table
        return len(table.rows) if table else 0

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(24)))) == 1


def test_a_second_server_on_the_folder_is_told(examples: Path) -> None:
    """The first one keeps it; the second ends with a sentence."""
    with serving(examples):
        second = subprocess.run(
            [
                sys.executable,
                "-m",
                "ropa",
                "--store",
                str(examples),
                "serve",
                "--no-open",
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert second.returncode == StoreLocked.exit_code
    assert second.stderr.startswith("error: ")
    assert "Traceback" not in second.stderr


def test_the_one_line_at_the_start_counts_what_is_there(examples: Path) -> None:
    """Companies, activities, transfers, those to the US, findings, address."""
    # A few entries are judged before, so that the line tells of all.
    with serving(examples) as (_, line):
        assert "judged" not in line
    with Register.open(str(examples)) as register:
        assert register.progress().is_over
        counts = register.summary()
    for key in ("companies", "activities", "transfers", "findings"):
        assert f"{counts[key]} {key}" in line
    assert "(1 to the US)" in line
    assert "http://127.0.0.1:" in line


def test_a_server_starts_before_it_has_judged_all(tmp_path: Path) -> None:
    """The line says so, and standard error how far it is; who asks waits for all."""
    many = tmp_path / "many"
    folder.create(many, folder.Settings(synthetic.BASE, package=packaged.digest()))
    store = open_store(many, in_union=entry.is_stated)
    fill(store, 110)
    store.close()
    with serving(many) as (process, line), served.connect(str(many)) as remote:
        assert "findings so far (0 of " in line
        assert isinstance(remote, Served)
        total = remote.progress().total
        told: list[tuple[int, int]] = []
        remote.tell_progress(lambda it: told.append((it.judged, it.total)))
        rows = remote.ask("findings").rows
        assert remote.progress().judged == total
        assert len(rows) == remote.health()["findings"]
        assert told
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.kill()
        said += process.stderr.readlines()
    assert said[0] == f"0 of {total} entries are judged.\n"
    assert said[-1] == f"{total} of {total} entries are judged.\n"


def test_a_server_that_is_told_to_end_ends_in_order(examples: Path) -> None:
    """Its address goes, and the folder can be opened at once."""
    with serving(examples) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert folder.server(examples) is None
    Register.open(str(examples)).close()


def test_a_server_that_was_killed_does_not_lock_the_folder(examples: Path) -> None:
    """Its address is left behind; commands find no one there and go on."""
    with serving(examples) as (process, _):
        process.kill()
        process.wait(timeout=30)
    assert folder.server(examples) is not None
    with served.connect(str(examples)) as register:
        assert isinstance(register, Register)
        assert len(register.ask("companies").rows) == 5


def test_killed_while_saving_nothing_is_half_saved(examples: Path) -> None:
    """An entry is there with its findings and its change, or not at all."""
    code = (
        "import sys; from ropa.register import Register; from ropa.terms import DCT\n"
        "from rdflib.term import Literal, URIRef\n"
        f"register = Register.open({str(examples)!r})\n"
        f"iri = URIRef({str(MARKETING)!r})\n"
        "graph = register.read(iri); n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    graph.set((iri, DCT.title, Literal(f'Marketing {n}', lang='en')))\n"
        "    register.add(graph, author='Ada', reason=str(n), replaces='*')\n"
        "    print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(3)][-1]
        process.kill()
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
    with Register.open(str(examples)) as register:
        found = register.select(
            "SELECT ?t ?r ?d WHERE { ?e dct:title ?t VALUES ?e { <"
            + MARKETING
            + "> } GRAPH ?g { ?c ropa:reason ?r . ?v prov:wasGeneratedBy ?c ;"
            " prov:specializationOf ?e ; ropa:digest ?d } } ORDER BY DESC(?c) LIMIT 1"
        )
        title, reason, digest = map(str, found.rows[0])
        assert title == f"Marketing {reason}"
        assert digest == register.etag(MARKETING)
        assert int(reason) in (acknowledged, acknowledged + 1)
        assert len(register.graph(entry.findings_graph(MARKETING)))


@pytest.mark.parametrize("answer", [b"", b"{}", json.dumps([1]).encode()])
def test_another_program_at_the_address_is_no_register(answer: bytes) -> None:
    """Some web server answers, but no ropa server does."""
    import http.server
    import threading

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(StoreUnreachable, match="No ropa server"):
            served.connect(f"http://127.0.0.1:{other.server_port}/")
        other.shutdown()


def test_an_answer_that_was_cut_says_so(server: Served) -> None:
    """Also through the server: rows that are missing are not passed over."""
    assert server.query("SELECT * { ?a ?b ?c . ?d ?e ?f }").truncated
    assert not server.query("SELECT * { ?a a dpv:PersonalDataProcess }").truncated


def test_a_misspelt_parameter_is_refused(server: Served) -> None:
    """An answer to another question than was meant would look right."""
    with pytest.raises(InputError, match="compny"):
        server.ask("us-transfers", compny="wpo")


def test_lines_are_those_of_the_persons_file(server: Served) -> None:
    """Not those of the statements that were sent on."""
    text = (
        '{\n\n\n"@id": "activities/wpo/new",\n'
        '"@type": "https://w3id.org/dpv#PersonalDataProcess"}'
    )
    reading = rdf.read_untrusted(text.encode(), name="a.jsonld", base=server.base)
    report = server.validate([reading], as_of=DAY)
    assert {f.line for f in report.findings} == {4}


def test_reasons_are_the_same_through_a_server(
    server: Served, register: Register
) -> None:
    """What follows, why, and where the premises were read."""
    assert server.why(MARKETING, lang="fr") == register.why(MARKETING, lang="fr")
