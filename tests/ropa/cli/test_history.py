"""The commands on history: list, compare, go back."""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from rdflib import Graph
from rdflib.term import Literal, URIRef

from ropa.cli import main
from ropa.formats import recounted
from ropa.register import Register
from ropa.terms import DCT
from tests.ropa.answering_entries import ENTRIES, MILL, ORDERS

ENTRY = URIRef(ORDERS)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with one company; its activity was renamed by change 3."""
    place = tmp_path_factory.mktemp("history") / "register"
    with Register.create(str(place), base=MILL) as made:
        given = Graph().parse(data=ENTRIES, format="turtle")
        made.add(given, author="Ada", reason="first")
        graph = made.read(ENTRY)
        graph.remove((ENTRY, DCT.title, None))
        graph.add((ENTRY, DCT.title, Literal("*Bread*", lang="en")))
        made.add(graph, author="Bob", reason="\x1b[2J", replaces={made.etag(ENTRY)})
    return place


@pytest.fixture
def place(template: Path, tmp_path: Path) -> str:
    """Give a copy that a test may change."""
    shutil.copytree(template, tmp_path / "register")
    return str(tmp_path / "register")


def run(place: Path | str, *words: str, lang: str = "en") -> Result:
    """Run a command; what is no exit of its own is a fault of ours."""
    result = CliRunner().invoke(main, ["--store", str(place), "--lang", lang, *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def validate(name: str, text: str) -> None:
    """Hold an answer against its published schema."""
    schema = files("ropa").joinpath(f"schemas/{name}.schema.json").read_text("utf-8")
    Draft202012Validator(json.loads(schema)).validate(json.loads(text))


def test_history_tells_who_changed_what(template: Path) -> None:
    """The newest first; entries without the base of the register."""
    text = run(template, "history", "--limit", "2").stdout
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0].startswith("3  ") and "UTC  Bob  " in lines[0]
    assert lines[1] == "    changed  activities/mill/orders"
    assert lines[2].endswith("Ada  first")
    assert lines[-1] == "Changes: 2 of 3"
    assert "modifié" in run(template, "history", "mill/orders", lang="fr").stdout
    narrowed = run(template, "history", "--company", "mill", "--author", "Ada").stdout
    assert narrowed.splitlines()[0].startswith("2  ")
    assert run(template, "history", "--until", "2020-01-01").stdout == "No changes.\n"


def test_history_is_data_too(template: Path) -> None:
    """JSON by its schema, CSV by its columns."""
    text = run(template, "history", "mill/orders", "--format", "json").stdout
    validate("changes", text)
    assert [one["number"] for one in json.loads(text)["changes"]] == [3, 2]
    text = run(template, "history", "mill/orders", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == recounted.COLUMNS
    assert [row["state"] for row in rows] == ["changed", "created"]


def test_diff_tells_field_by_field(template: Path) -> None:
    """In words, for people, programs and documents; nothing steers a terminal."""
    text = run(template, "diff", "mill/orders").stdout
    lines = text.splitlines()
    assert lines[0] == "activities/mill/orders"
    assert lines[1].startswith("From: change 2, ") and lines[1].endswith("Ada: first")
    assert lines[3].startswith("- Title: was “Orders”, now “*Bread*")
    assert "\x1b" not in text
    text = run(template, "diff", "mill/orders", "--format", "markdown").stdout
    assert r"\*Bread\*" in text and "\x1b" not in text
    text = run(template, "diff", "mill/orders", "--format", "json").stdout
    validate("diff", text)
    french = run(template, "diff", "mill/orders", "--from", "1", lang="fr").stdout
    assert "absent du registre" in french and "ajout (" in french
    same = run(template, "diff", "mill/orders", "--from", "3").stdout
    assert "Nothing changed" in same


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("diff", "mill/none"), 1, "never had"),
        (("diff", "mill/orders", "--from", "soon"), 2, "names no point"),
        (("diff", "mill/orders", "--from", "3", "--to", "2"), 2, "is later than"),
        (("history", "mill/none"), 1, "never had"),
        (("history", "--since", "soon"), 2, "no day"),
        (("history", "--since", "2026-02-01", "--until", "2026-01-31"), 2, "later"),
        (("history", "--company", "mil"), 2, "Did you mean mill?"),
        (("revert", "3", "--remove"), 2, "without --to"),
        (("revert", "3", "--author", " "), 2, "is blank"),
        (("remove", "mill/orders", "--author", ""), 2, "is blank"),
        (("remove", "mill/orders", "--revision", "nix"), 1, "had a revision 'nix'"),
        (("remove", "mill/orders", "--revision", "99"), 1, "had a revision '99'"),
        (("remove", "mill/orders", "--revision", "2"), 1, "no longer what it was"),
        (("revert", "mill/orders"), 2, "--to"),
        (("revert", "3", "--to", "2"), 2, "without --to"),
        (("revert", "77"), 1, "no change 77"),
    ],
)
def test_what_cannot_be_asked_is_said(
    template: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    """With an exit code for scripts, and words for people."""
    result = run(template, *words)
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr


def test_revert_goes_back_to_a_state(place: str) -> None:
    """The newest revision counts as read, unless another one is named."""
    stale = run(place, "revert", "mill/orders", "--to", "2", "--revision", "sha256:00")
    assert stale.exit_code == 1
    done = run(place, "revert", "mill/orders", "--to", "2", "--author", "Cy")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{ORDERS} (changed)",
        f"Recorded as {MILL}changes/000000004",
    ]
    again = run(place, "revert", "mill/orders", "--to", "2", "--author", "Cy")
    assert again.stdout == "It stands so already.\n"
    told = run(place, "history", "mill/orders").stdout
    assert "Reversion: goes back to change 2" in told


def test_revert_brings_back_what_was_removed(place: str) -> None:
    """And takes out what was not there yet."""
    run(place, "remove", "mill/orders", "--author", "Di")
    done = run(place, "revert", "mill/orders", "--to", "3", "--format", "json")
    validate("reverted", done.stdout)
    assert json.loads(done.stdout)["entries"][0]["state"] == "created"
    refused = run(place, "revert", "mill/orders", "--to", "1")
    assert refused.exit_code == 2 and "--remove" in refused.stderr
    done = run(place, "revert", "mill/orders", "--to", "1", "--remove")
    assert done.stdout.startswith(f"{ORDERS} (removed)")


def test_revert_undoes_a_change_once(place: str) -> None:
    """Afterwards its own undoing stands in the way, and is named."""
    assert run(place, "revert", "3", "--author", "Cy").exit_code == 0
    refused = run(place, "revert", f"{MILL}changes/000000003", "--author", "Cy")
    assert refused.exit_code == 1
    assert "change 4 of Cy" in refused.stderr


def test_a_blank_reason_is_none(place: str) -> None:
    """History tells of no reason that says nothing."""
    run(place, "revert", "mill/orders", "--to", "2", "--reason", " \t")
    told = json.loads(run(place, "history", "--limit", "1", "--format", "json").stdout)
    assert told["changes"][0]["reason"] == ""
