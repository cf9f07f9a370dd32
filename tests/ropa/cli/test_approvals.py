"""Commands on approval: what they say, refuse and record."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from rdflib import Graph, Literal, URIRef

from ropa.cli import main
from ropa.register import Register
from ropa.terms import DCT
from tests.ropa.answering_entries import ENTRIES, FINDING, MILL, ORDERS

ABOUT = URIRef(ORDERS)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one company, its findings made."""
    place = tmp_path_factory.mktemp("approvals") / "register"
    with Register.create(str(place), base=MILL) as made:
        made.add(Graph().parse(data=ENTRIES, format="turtle"), author="Ann")
        made.refresh_findings()
    return place


@pytest.fixture
def mill(template: Path, tmp_path: Path) -> Path:
    """A register of its own for each test."""
    return Path(shutil.copytree(template, tmp_path / "register"))


def run(place: Path, *words: str, lang: str = "en") -> Result:
    """Run a command on a register."""
    given = ["--store", str(place), "--lang", lang, *words]
    return CliRunner().invoke(main, given, env={"ROPA_AUTHOR": "Bob"})


def edit(place: Path, title: str) -> str:
    """Give the activity another title; tell its revision."""
    with Register.open(str(place)) as register:
        graph = register.read(ABOUT)
        graph.set((ABOUT, DCT.title, Literal(title, lang="en")))
        register.add(graph, author="Eve", replaces={"*"})
        return register.etag(ABOUT)


def test_submitted_refused_and_approved(mill: Path) -> None:
    """Open findings stop an approval without a reason, and are told with one."""
    done = run(mill, "submit", "mill/orders", "--author", "Ann")
    assert done.exit_code == 0, done.output
    assert "mill/orders: Submitted (version" in done.stdout
    assert "Ann made this revision, too." in done.stdout
    refused = run(mill, "approve", "mill/orders")
    assert refused.exit_code == 1
    assert FINDING in refused.stderr and "reason" in refused.stderr
    assert refused.stdout == ""
    done = run(mill, "approve", "mill/orders", "--reason", "The hall is locked.")
    assert done.exit_code == 0, done.output
    assert f"despite {FINDING}: " in done.stdout
    assert "made this revision" not in done.stdout
    again = run(mill, "approve", "mill/orders", "--reason", "Once more.")
    assert again.exit_code == 1 and "approved by Bob on" in again.stderr


def test_show_says_how_far_an_entry_has_come(mill: Path) -> None:
    """Beside what is stated, which stays alone on standard output."""
    assert "approval: Draft, not submitted" in run(mill, "show", "mill/orders").stderr
    run(mill, "approve", "mill/orders", "--reason", "So it is.")
    shown = run(mill, "show", "mill/orders")
    assert "approval: Approved by Bob, 20" in shown.stderr
    assert "despite" in shown.stderr and "approval" not in shown.stdout
    assert "approbation\u00a0: Approuvé par Bob, 20" in (
        run(mill, "show", "mill/orders", lang="fr").stderr
    )
    edit(mill, "Orders of flour")
    shown = run(mill, "show", "mill/orders")
    assert "approval: Draft, not submitted" in shown.stderr
    assert "approved before: by Bob, 20" in shown.stderr and "--at " in shown.stderr
    assert "Orders of flour" in shown.stdout
    then = run(mill, "show", "mill/orders", "--approved")
    assert then.exit_code == 0, then.output
    assert "Orders of flour" not in then.stdout and '"Orders"@en' in then.stdout
    assert "approval: Approved by Bob" in then.stderr
    run(mill, "approve", "mill/orders", "--end", "--reason", "Sold.")
    gone = run(mill, "show", "mill/orders", "--approved")
    assert gone.exit_code == 1 and "counts as approved" in gone.stderr


def test_a_revision_that_was_read_is_held_to(mill: Path) -> None:
    """Edited since: refused with exit code 1, and by whom; else it is taken."""
    with Register.open(str(mill)) as register:
        old = register.etag(ABOUT)
    new = edit(mill, "Orders of flour")
    words = ["approve", "mill/orders", "--reason", "So it is."]
    refused = run(mill, *words, "--revision", old)
    assert refused.exit_code == 1 and "Eve edited" in refused.stderr
    assert run(mill, *words, "--revision", new).exit_code == 0


def test_a_whole_record_in_one_step(mill: Path) -> None:
    """Company and activities in one change; a second time nothing is left."""
    refused = run(mill, "approve", "mill", "--all")
    assert refused.exit_code == 1 and FINDING in refused.stderr
    done = run(
        mill, "approve", "mill", "--all", "--reason", "So it is.", "--format", "json"
    )
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    text = resources.files("ropa").joinpath("schemas/approval.schema.json").read_text()
    jsonschema.validate(said, json.loads(text))
    assert [one["entry"] for one in said["entries"]] == [
        ORDERS,
        f"{MILL}companies/mill",
    ]
    with Register.open(str(mill)) as register:
        rows = register.ask("approvals").rows
        assert [str(row[2]) for row in rows] == ["approved", "approved"]
        assert len({str(row[4]) for row in rows}) == 1
    again = run(mill, "approve", "mill", "--all")
    assert again.exit_code == 2 and "None of the 2 entries" in again.stderr
    ended = run(mill, "approve", "mill", "--all", "--end", "--reason", "Sold.")
    assert ended.exit_code == 0 and ended.stdout.count("Approval ended") == 2


def test_what_is_taken_back_needs_a_reason(mill: Path) -> None:
    """A submission and an approval alike; in French as in English."""
    run(mill, "submit", "mill/orders")
    assert run(mill, "submit", "mill/orders", "--withdraw").exit_code == 1
    done = run(mill, "submit", "mill/orders", "--withdraw", "--reason", "Later.")
    assert "Draft, not submitted" in done.stdout
    run(mill, "approve", "mill/orders", "--reason", "So it is.")
    assert run(mill, "approve", "mill/orders", "--end").exit_code == 1
    words = ["approve", "mill/orders", "--end", "--reason", "Arrêté."]
    done = run(mill, *words, lang="fr")
    assert "mill/orders\u00a0: Approbation close (version" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["approve", "mill/nowhere"], 1),
        (["approve", "nowhere", "--all"], 1),
        (["approve", "mill", "mill/orders", "--revision", "1"], 2),
        (["approve", "mill", "--all", "--revision", "1"], 2),
        (["submit"], 2),
    ],
)
def test_what_cannot_be_meant(mill: Path, words: list[str], code: int) -> None:
    """Unknown entries and options that contradict each other are told."""
    assert run(mill, *words).exit_code == code
