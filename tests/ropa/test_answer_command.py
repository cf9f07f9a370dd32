"""`ropa answer`, and what it does to the exit code of `ropa check`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

from ropa.cli import main
from ropa.register import Register
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS, QUESTION

RISK = ("--kind", "accepted-risk", "--reason", "Locked at night", "--author", "Ann")
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, its findings made."""
    place = tmp_path_factory.mktemp("commands") / "register"
    with Register.create(str(place), base=MILL) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="a tester")
    return place


@pytest.fixture
def run(template: Path, tmp_path: Path) -> Run:
    """Run commands on a register of its own."""
    place = tmp_path / "register"
    shutil.copytree(template, place)

    def command(*words: str) -> Result:
        return CliRunner().invoke(main, ["--store", str(place), *words])

    return command


def test_an_answer_decides_whether_a_check_fails(run: Run) -> None:
    """Answered it passes and is listed; strict, expired or withdrawn it fails."""
    check = ("check", "--rule", FINDING)
    assert run(*check).exit_code == 1
    said = run("answer", "mill/orders", FINDING, *RISK)
    assert said.exit_code == 0, said.output
    assert "accepted risk, until " in said.output
    done = run(*check)
    assert done.exit_code == 0
    assert "(answered)" in done.stdout and "Locked at night (Ann," in done.stdout
    assert run(*check, "--strict").exit_code == 1
    later = run(*check, "--as-of", "2099-01-01")
    assert later.exit_code == 1 and "(answer expired)" in later.stdout
    gone = run(
        *("answer", "mill/orders", FINDING, "--withdraw"),
        *("--reason", "Locks came", "--author", "Bob"),
    )
    assert gone.exit_code == 0 and "Withdrawn: " in gone.stdout
    assert run(*check).exit_code == 1
    listed = run("ask", "answers", "--format", "csv").stdout
    assert "Locked at night" in listed and "withdrawn" in listed


def test_a_second_answer_says_whose_it_replaces(run: Run) -> None:
    """On the error stream, so that what is printed stays one line."""
    run("answer", ORDERS, FINDING, *RISK)
    said = run("answer", ORDERS, FINDING, *RISK, "--until", "2027-01-31")
    assert said.exit_code == 0
    assert "replaces the answer of Ann" in said.stderr
    assert said.stdout.count("\n") == 1 and "2027-01-31" in said.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((FINDING,), 1, "kind: Choose a kind of answer"),
        ((FINDING, *RISK, "--until", "2020-01-01"), 1, "The day is over"),
        ((FINDING, *RISK, "--until", "soon"), 1, "year, month and day"),
        (("measure-mising", *RISK), 2, "measure-missing"),
        ((QUESTION, *RISK), 2, "mill/orders#billing"),
        ((QUESTION, *RISK, "--focus", "billing"), 1, "yes, no, not-applicable"),
        ((FINDING, *RISK, "--kind", "bogus"), 1, "accepted-risk, "),
        ((FINDING, *RISK, "--withdraw"), 2, "--withdraw"),
        ((FINDING, "--withdraw", "--reason", "x"), 1, "no answer to withdraw"),
    ],
)
def test_what_is_wrong_is_told(
    run: Run, words: tuple[str, ...], code: int, told: str
) -> None:
    """With the exit code of its kind, and nothing saved."""
    said = run("answer", "mill/orders", *words)
    assert said.exit_code == code, said.output
    assert told in said.output
    assert run("ask", "answers", "--format", "json").stdout.strip() == "[]"


def test_a_question_is_replied_to(run: Run) -> None:
    """And leaves the list of open questions."""
    before = run("ask", "questions-open", "--format", "csv").stdout.count(QUESTION)
    said = run(
        *("answer", "mill/orders", QUESTION, "--value", "US Patriot Act"),
        *("--kind", "no", "--reason", "It binds our parent", "--author", "Ann"),
    )
    assert said.exit_code == 0, said.output
    assert said.stdout.endswith("(no)\n")
    after = run("ask", "questions-open", "--format", "csv").stdout.count(QUESTION)
    assert (before, after) == (2, 1)
