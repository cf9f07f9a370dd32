"""Findings are answered in a register: shown, back in time, never hidden or lost."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from rdflib import Dataset, Graph, Literal, URIRef

from ropa import answering, answers, entry, history, queries, revisions
from ropa.answering import Said, Which
from ropa.answers import Words
from ropa.errors import (
    AnswerRejected,
    Conflict,
    EntryRejected,
    InputError,
    NotFound,
    StoreError,
)
from ropa.findings import Report
from ropa.formats import rdf, reports
from ropa.register import Register
from ropa.syntax import Syntax, parse
from ropa.terms import DCT, PROV, RDF, ROPA, SH
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS, QUESTION

ABOUT = URIRef(ORDERS)
BESIDE = entry.answers_graph(ABOUT)
MEASURES = Which(entry=ABOUT, rule=FINDING)
ASKED = Which(entry=ABOUT, rule=QUESTION, focus="selling")
RISK = Words("accepted-risk", "The hall is locked at night.", "Ann")
NO = Words("no", "It binds our parent only.", "Bob")
AFTER = date(2099, 1, 1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, its findings made."""
    place = tmp_path_factory.mktemp("answering") / "register"
    with Register.create(str(place), base=MILL) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="a tester")
        made.refresh_findings()
    return place


@pytest.fixture
def mill(template: Path, tmp_path: Path) -> Iterator[Register]:
    """A register of its own for each test."""
    place = tmp_path / "register"
    shutil.copytree(template, place)
    with Register.open(str(place)) as opened:
        yield opened


def found(register: Register, rule: str = FINDING, **given: Any) -> Any:
    """Give the findings of a rule."""
    report = register.check("mill", **given)
    return [one for one in report.findings if one.rule == rule]


def states(register: Register, **given: Any) -> list[tuple[str, str]]:
    """Give kind and state of all answers, as the question tells them."""
    table = register.ask("answers", **given)
    columns = [table.columns.index(name) for name in ("answer", "state")]
    return sorted(tuple(str(row[at]) for at in columns) for row in table.rows)  # type: ignore[misc]


def snapshot(register: Register) -> bytes:
    """Give everything that is stored."""
    return b"".join(sorted(b"".join(register.dump()).splitlines(keepends=True)))


# -- what an answer does, and does not ---------------------------------------------


def test_an_answered_finding_stays_and_says_so(mill: Register) -> None:
    """It is found as before; counts and sh:conforms stay; kept findings do too."""
    before = mill.check("mill")
    kept = mill.findings(ABOUT)
    counted = mill.summary()["findings"]
    said = mill.answer(MEASURES, RISK)
    after = mill.check("mill")
    assert [replace(f, answer=None) for f in after.findings] == list(before.findings)
    assert [f.answer for f in after.findings if f.answer] == [said.answer]
    assert after.conforms is False
    assert set(mill.findings(ABOUT)) == set(kept)
    assert mill.summary()["findings"] == counted
    assert (said.answer.author, said.answer.reason) == ("Ann", RISK.reason)
    assert said.answer.state == "answered" and said.answer.until is not None


def test_an_expired_answer_brings_the_finding_back(mill: Register) -> None:
    """By the day of the check: still told, no longer counted."""
    said = mill.answer(MEASURES, RISK)
    assert said.answer.until is not None
    (then,) = found(mill, as_of=said.answer.until)
    assert then.is_answered and not then.fails("violation")
    (later,) = found(mill, as_of=AFTER)
    assert later.answer is not None and later.answer.state == "expired"
    assert later.fails("violation") and not later.is_answered
    assert states(mill, as_of=AFTER) == [("accepted risk", "expired")]
    assert states(mill) == [("accepted risk", "answered")]


def test_a_question_stays_answered(mill: Register) -> None:
    """A reply has no last day unless one is given; one of two is still open."""
    assert len(mill.ask("questions-open").rows) == 2
    said = mill.answer(ASKED, NO)
    assert said.answer.until is None
    assert len(mill.ask("questions-open").rows) == 1
    assert len(mill.ask("questions-open", as_of=AFTER).rows) == 1
    mill.answer(ASKED, replace(NO, until="2027-01-01"))
    assert len(mill.ask("questions-open", as_of=AFTER).rows) == 2


def test_an_answer_follows_its_finding(mill: Register) -> None:
    """Saved again, it is answered; mended, it is gone and kept; back, it is there."""
    mill.answer(MEASURES, RISK)
    old = mill.read(ABOUT)
    changed = Graph() + old
    changed.set((ABOUT, DCT.title, Literal("Orders of today", lang="en")))
    mill.add(changed, author="Ann", replaces=revisions.ANY)
    assert [f.is_answered for f in found(mill)] == [True]
    part = URIRef(f"{ORDERS}#locks")
    mended = Graph() + old
    for triple in Graph().parse(
        data=f"<{ORDERS}> <https://w3id.org/dpv#hasTechnicalOrganisationalMeasure> "
        f"<{part}> . <{part}> a <https://w3id.org/dpv#TechnicalMeasure> .",
        format="turtle",
    ):
        mended.add(triple)
    mill.add(mended, author="Ann", replaces=revisions.ANY)
    assert found(mill) == []
    assert states(mill) == [("accepted risk", "without finding")]
    mill.add(old, author="Ann", replaces=revisions.ANY)
    assert [f.is_answered for f in found(mill)] == [True]


def test_answers_of_the_register_hold_for_files(mill: Register, tmp_path: Path) -> None:
    """A file with the same entry is told what was said to it."""
    mill.answer(MEASURES, RISK)
    (tmp_path / "orders.ttl").write_text(ENTRIES)
    report = mill.validate([rdf.read_file(str(tmp_path / "orders.ttl"), base=MILL)])
    answered = [f for f in report.findings if f.is_answered]
    assert [(f.rule, f.file) for f in answered] == [
        (FINDING, str(tmp_path / "orders.ttl"))
    ]


def test_reports_tell_answers_in_every_form(mill: Register) -> None:
    """Text, JSON by its schema, SARIF, JUnit and Turtle; strict counts them."""
    import jsonschema

    mill.answer(MEASURES, replace(RISK, reason="Locked <b>&</b>\nby night"))
    report = mill.check("mill", rules=frozenset({FINDING}))
    text = str(reports.write(report, "text"))
    assert "(answered)" in text and "Locked <b>&</b> by night (Ann," in text
    french = str(reports.write(report, "text", lang="fr"))
    assert "Risque accepté" in french and "avec réponse : 1" in french
    values = json.loads(report.to_json())
    place = files("ropa").joinpath("schemas/report.schema.json")
    schema = json.loads(place.read_text("utf-8"))
    jsonschema.validate(values, schema)
    assert Report.from_json(report.to_json()).findings == list(report.findings)
    (one,) = json.loads(reports.write(report, "sarif"))["runs"][0]["results"]
    assert one["suppressions"][0]["status"] == "accepted"
    assert b'failures="0"' in reports.write(report, "junit")  # type: ignore[operator]
    strict = reports.write(report, "junit", strict=True)
    assert b'failures="1"' in strict  # type: ignore[operator]
    graph = Graph().parse(data=reports.write(report, "turtle"), format="turtle")
    (answer,) = graph.objects(None, ROPA.answer)
    assert graph.value(answer, ROPA.answerState) == Literal("answered")
    expired = mill.check("mill", as_of=AFTER, rules=frozenset({FINDING}))
    (one,) = json.loads(reports.write(expired, "sarif"))["runs"][0]["results"]
    assert one["suppressions"] == []
    jsonschema.validate(json.loads(expired.to_json()), schema)


# -- where it stands ---------------------------------------------------------------


def test_answers_stand_aside(mill: Register) -> None:
    """Beside the entry, out of the union, within GRAPH and the dump."""
    said = mill.answer(MEASURES, RISK)
    assert not mill.select("SELECT ?a WHERE { ?a a ropa:Answer }").rows
    inside = f"SELECT ?a WHERE {{ GRAPH <{BESIDE}> {{ ?a a ropa:Answer }} }}"
    assert [str(a) for (a,) in mill.select(inside).rows] == [str(said.answer.iri)]
    assert str(said.answer.iri).encode() in snapshot(mill)
    assert not entry.is_stated(BESIDE) and entry.is_reserved(BESIDE)
    assert (None, RDF.type, ROPA.Answer) not in mill.read(ABOUT)


def test_every_answer_is_a_change(mill: Register) -> None:
    """Who, when and why, of a withdrawal too; the digest is that of the answers."""
    said = mill.answer(MEASURES, RISK)
    gone = mill.withdraw_answer(MEASURES, replace(RISK, reason="Locks", author="Bob"))
    rows = [tuple(map(str, row)) for row in mill.ask("changes", company="mill").rows]
    told = {row[0]: (row[1], row[2], row[4]) for row in rows}
    assert told[str(said.change)] == (ORDERS, "Ann", RISK.reason)
    assert told[str(gone.change)] == (ORDERS, "Bob", "Locks")
    last = history.last_author(mill.select(history.LATEST_REVISIONS).rows)
    assert last[BESIDE][1] == entry.digest(mill.graph(BESIDE))
    # The entry itself was not changed by what is said of it.
    assert last[ABOUT][1] == mill.etag(ABOUT)


def test_an_answered_example_still_follows_the_package(
    fresh_register: Register,
) -> None:
    """To answer is not to edit."""
    fresh_register.refresh_findings()
    row = fresh_register.ask("findings-and-answers").rows[0]
    said = fresh_register.answer(Which(finding=str(row[-1])), RISK)
    rows = fresh_register.select(history.LATEST_REVISIONS).rows
    assert history.last_author(rows)[said.entry][0] == ROPA.Package


def test_a_removed_entry_takes_its_answers_out_of_force(mill: Register) -> None:
    """They are withdrawn with it and kept; an entry of that name begins without."""
    mill.answer(MEASURES, RISK)
    old = mill.read(ABOUT)
    change = mill.remove(ABOUT, author="Ann", reason="closed", replaces=revisions.ANY)
    (iri,) = mill.graph(BESIDE).subjects(RDF.type, ROPA.Answer)
    assert mill.graph(BESIDE).value(iri, PROV.wasInvalidatedBy) == change
    assert states(mill) == [("accepted risk", "withdrawn")]
    row = mill.ask("answers", company="mill").rows[0]
    assert (str(row[0]), str(row[1])) == ("mill", "orders")
    mill.add(old, author="Ann", replaces=revisions.ANY)
    assert [f.answer for f in found(mill)] == [None]
    assert states(mill) == [("accepted risk", "withdrawn")]


# -- which finding -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "kind", "told"),
    [
        (replace(MEASURES, rule="measure-mising"), NotFound, "measure-missing"),
        (replace(MEASURES, rule="transfer-tool-missing"), NotFound, FINDING),
        (replace(MEASURES, focus="selling"), NotFound, "focus mill/orders"),
        (replace(MEASURES, value="x"), NotFound, "focus mill/orders"),
        (replace(ASKED, focus="nowhere"), NotFound, "mill/orders#billing"),
        (replace(ASKED, focus=""), InputError, "mill/orders#billing"),
        (Which(entry=URIRef(f"{MILL}activities/mill/no"), rule=FINDING), NotFound, ""),
        (Which(finding="0" * 20), NotFound, ""),
        (Which(finding="' OR 1"), NotFound, ""),
        (Which(entry=ABOUT), InputError, ""),
        (Which(rule=FINDING), InputError, ""),
        (Which(), InputError, ""),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    mill: Register, which: Which, kind: type[Exception], told: str
) -> None:
    """Nothing is written, and the hint names what could have been meant."""
    before = snapshot(mill)
    with pytest.raises(kind) as refused:
        mill.answer(which, RISK)
    assert told in refused.value.hint  # type: ignore[attr-defined]
    assert snapshot(mill) == before


@pytest.mark.parametrize(
    "which",
    [
        replace(ASKED, focus=f"{ORDERS}#selling"),
        replace(ASKED, focus="#selling"),
        replace(ASKED, focus="mill/orders#selling"),
        replace(ASKED, focus="", value="US Patriot Act"),
        replace(ASKED, entry=URIRef(f"{ORDERS}#selling"), path="ropa:namedLaw"),
    ],
)
def test_a_finding_is_named_as_people_do(mill: Register, which: Which) -> None:
    """By part, property or value, in full or short."""
    said = mill.answer(which, NO)
    (one,) = (f for f in found(mill, QUESTION) if f.is_answered)
    assert str(one.focus).endswith("#selling") and one.key == said.finding


@pytest.mark.parametrize(
    "name",
    [
        "activities/wpo/../mill/orders",
        "activities/mill/orders/answers",
        "activities/mill/orders/findings",
        "activities/mill%2Forders",
        "companies/other",
        "changes/000000001",
    ],
)
def test_no_path_leads_to_what_is_not_named(mill: Register, name: str) -> None:
    """An address is the name of one entry, letter by letter."""
    before = snapshot(mill)
    with pytest.raises(NotFound):
        mill.answer(Which(entry=URIRef(MILL + name), rule=FINDING), RISK)
    assert snapshot(mill) == before


def test_an_entry_and_a_key_of_another_do_not_fit(mill: Register) -> None:
    """Who names both must mean one finding."""
    key = found(mill)[0].key
    company = URIRef(f"{MILL}companies/mill")
    with pytest.raises(NotFound):
        mill.answer(Which(finding=key, entry=company), RISK)


def test_nobody_brings_answers_with_an_entry(mill: Register) -> None:
    """At the name of its answers nothing is saved; said inside, it is no answer."""
    forged = Graph()
    answer = answers.Answer(
        URIRef(f"{ORDERS}#forged-1"),
        *("accepted risk", {}, "Because", "", "Mallory", date(2026, 1, 1), None),
    )
    (one,) = [a for a in answers.asked(mill.findings(ABOUT)) if a.rule == FINDING]
    for triple in answers.statements(answer, one):
        forged.add(triple)
    aside = Graph()
    for s, p, o in forged:
        aside.add((URIRef(str(s).replace("#", "/answers#")), p, o))
    with pytest.raises(EntryRejected):
        mill.add(aside, author="Mallory", replaces=revisions.ANY)
    with contextlib.suppress(EntryRejected):
        mill.add(mill.read(ABOUT) + forged, author="Mallory", replaces=revisions.ANY)
    assert [f.answer for f in found(mill)] == [None]
    assert mill.ask("answers").rows == []


# -- many hands, and failure -------------------------------------------------------


def test_the_last_of_two_answers_stands_and_both_are_kept(mill: Register) -> None:
    """Who does not say what they replace replaces what is there, and is told."""
    mill.answer(MEASURES, RISK)
    said = mill.answer(MEASURES, replace(RISK, kind="mistaken-alarm", author="Bob"))
    assert said.replaced is not None and said.replaced.author == "Ann"
    assert states(mill) == [
        ("accepted risk", "replaced"),
        ("mistaken alarm", "answered"),
    ]


def test_who_says_what_they_replace_is_told_of_others(mill: Register) -> None:
    """As a page does: a newer answer, or none where there was one, is a conflict."""
    first = mill.answer(MEASURES, RISK, replaces="")
    before = snapshot(mill)
    for stale in ("", f"{BESIDE}#other-1"):
        with pytest.raises(Conflict) as refused:
            mill.answer(MEASURES, RISK, replaces=stale)
        assert "Ann" in refused.value.message
        with pytest.raises(Conflict):
            mill.withdraw_answer(MEASURES, RISK, replaces=stale)
    assert snapshot(mill) == before
    mill.withdraw_answer(MEASURES, RISK, replaces=str(first.answer.iri))
    with pytest.raises(Conflict):
        mill.answer(MEASURES, RISK, replaces=str(first.answer.iri))


def test_of_many_at_once_one_wins_and_the_others_are_told(mill: Register) -> None:
    """Each round exactly one answer is taken where all saw the same."""
    for _ in range(3):
        standing = answers.standing(mill.graph(BESIDE), date(2026, 11, 22))
        seen = next((str(a.iri) for a in standing.values()), "")

        def one(name: str, seen: str = seen) -> Said | Conflict:
            try:
                return mill.answer(MEASURES, replace(RISK, author=name), replaces=seen)
            except Conflict as conflict:
                return conflict

        with ThreadPoolExecutor(6) as pool:
            done = list(pool.map(one, ["Ann", "Bob", "Cy", "Di", "Eve", "Flo"]))
        assert sum(isinstance(said, Said) for said in done) == 1
    assert Counter(state for _, state in states(mill)) == {"answered": 1, "replaced": 2}


def test_a_write_that_fails_leaves_nothing(
    mill: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor the change is there, and the next try goes through."""
    before = snapshot(mill)

    def fail(graphs: object, **_: object) -> None:
        raise StoreError("The disk is gone.")

    with monkeypatch.context() as broken:
        broken.setattr(mill._store, "write", fail)
        with pytest.raises(StoreError):
            mill.answer(MEASURES, RISK)
    assert snapshot(mill) == before
    mill.answer(MEASURES, RISK)


LOOP = """
import sys
from dataclasses import replace
from ropa.register import Register
from tests.ropa.test_answering import MEASURES, RISK
with Register.open(sys.argv[1]) as register:
    for number in range(10_000):
        said = register.answer(MEASURES, replace(RISK, reason=f"try {number}"))
        print(said.answer.iri, said.change, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(template: Path, tmp_path: Path) -> None:
    """Killed between answers: none is lost, none stands without its change."""
    place = tmp_path / "register"
    shutil.copytree(template, place)
    with subprocess.Popen(
        [sys.executable, "-c", LOOP, str(place)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(12)]
        process.send_signal(signal.SIGKILL)
        told += [line.split() for line in process.stdout if len(line.split()) == 2]
    with Register.open(str(place)) as register:
        graph = register.graph(BESIDE)
        kept = {(str(s), str(o)) for s, o in graph.subject_objects(PROV.wasGeneratedBy)}
        assert {(iri, change) for iri, change in told} <= kept
        assert len(kept) - len(told) <= 1
        for _, change in kept:
            assert len(register.graph(URIRef(change)))
        assert Counter(s for _, s in states(register))["answered"] == 1


def test_only_what_stands_is_withdrawn(mill: Register) -> None:
    """Also where the finding is gone; twice is refused, and so is no reason."""
    with pytest.raises(NotFound):
        mill.withdraw_answer(MEASURES, RISK)
    said = mill.answer(MEASURES, RISK)
    with pytest.raises(AnswerRejected) as refused:
        mill.withdraw_answer(MEASURES, Words())
    assert [f["field"] for f in refused.value.details["faults"]] == [
        *("reason", "author")
    ]
    mill.withdraw_answer(Which(finding=said.finding), RISK)
    assert [f.answer for f in found(mill)] == [None]
    with pytest.raises(NotFound):
        mill.withdraw_answer(MEASURES, RISK)
    assert states(mill) == [("accepted risk", "withdrawn")]


# -- questions ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")
@pytest.mark.parametrize("day", ["2026-11-22", "2098-01-01"])
@pytest.mark.parametrize("company", [None, "mill"])
@pytest.mark.parametrize("name", ["answers", "findings-and-answers", "questions-open"])
def test_a_second_engine_tells_the_same_answers(
    mill: Register, name: str, company: str | None, day: str
) -> None:
    """Open, answered, expired, replaced and withdrawn: rdflib finds the same rows."""
    mill.answer(MEASURES, RISK)
    mill.answer(MEASURES, replace(RISK, kind="being-mended"))
    mill.answer(ASKED, replace(NO, until="2027-01-01"))
    other = replace(ASKED, focus="billing")
    mill.answer(other, NO)
    mill.withdraw_answer(other, NO)
    mill.answer(Which(entry=ABOUT, rule="recipient-missing"), RISK)
    dataset = Dataset()
    for s, p, o, graph in parse(b"".join(mill.dump()), Syntax.NQUADS):
        is_stated = graph is None or entry.is_stated(graph)
        place = dataset.default_graph if is_stated else dataset.graph(graph)
        place.add((s, p, o))
    given: dict[str, object] = {"as_of": day}
    if company:
        given["company"] = f"{MILL}companies/{company}"
    text = queries.load(name).render(**given)

    def plain(rows: Any) -> Counter[tuple[str | None, ...]]:
        return Counter(tuple(None if c is None else str(c) for c in r) for r in rows)

    ours = mill.select(text)
    assert ours.columns == list(queries.load(name).columns)
    assert plain(ours.rows) == plain(dataset.query(text))
    assert ours.rows
    seen = Counter(
        str(row[ours.columns.index("state")])
        for row in ours.rows
        if "state" in ours.columns
    )
    if name == "answers":
        late = {"expired": 3, "replaced": 1, "withdrawn": 1}
        now = {"answered": 3, "replaced": 1, "withdrawn": 1}
        assert seen == (late if day > "2090" else now)


def test_findings_keep_their_names(mill: Register) -> None:
    """Each result bears its key, and entry and key lead to each other."""
    graph = mill.findings(ABOUT)
    keys = {str(o) for o in graph.objects(None, ROPA.findingKey)}
    assert len(keys) == len(set(graph.subjects(RDF.type, SH.ValidationResult)))
    assert keys == {f.key for f in mill.check("mill").findings if f.entry == ABOUT}
    for key in keys:
        assert answering.entry_of(mill._store, key) == ABOUT
