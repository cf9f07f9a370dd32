"""Commands on the register as it was recorded: in its folder, and through a server."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

from ropa.cli import main
from ropa.errors import NotSupported
from ropa.register import Register
from ropa.served import Served
from ropa.terms import DCT
from tests.ropa import dated_entries
from tests.ropa.dated_entries import LETTERS, ORDERS, activity
from webui.server import bind

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make a register with changes on known days."""
    folder = str(tmp_path_factory.mktemp("dated") / "register")
    dated_entries.create(folder).close()
    shutil.copytree(folder, f"{folder}-again")
    return folder


@pytest.fixture(scope="module", params=["folder", "server"])
def run(request: pytest.FixtureRequest, place: str) -> Iterator[Run]:
    """Run commands where the register lies, or through the server that has it open."""

    def at(address: str) -> Run:
        def command(*words: str) -> Result:
            result = CliRunner().invoke(main, ["--store", address, *words])
            if result.exception and not isinstance(result.exception, SystemExit):
                raise result.exception
            return result

        return command

    if request.param == "folder":
        yield at(place)
        return
    with Register.open(place) as register, bind(register, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield at(server.url)


def test_a_question_is_answered_as_it_would_have_been(run: Run) -> None:
    """Data go to stdout; which state was read is told beside it."""
    words = ["ask", "activities", "--format", "json", "--at"]
    for when, titles in (
        ("2026-02-15", ["Orders"]),
        ("2026-03-01T10:00:00.500Z", ["Orders and returns"]),
        ("4", ["Letters", "Orders and returns"]),
        ("0", []),
    ):
        result = run(*words, when)
        assert result.exit_code == 0
        assert [row["title"] for row in json.loads(result.stdout)] == titles
        assert result.stderr.startswith("As recorded: ")
    assert run(*words, "2026-02-15").stderr == (
        "As recorded: change 2, 2026-02-01T09:00:00Z, Ada.\n"
    )
    assert run(*words, "0").stderr == "As recorded: before the first change.\n"


def test_an_entry_is_shown_as_it_was(run: Run) -> None:
    """One that is gone by now as well, in any form."""
    gone = run("show", "mill/letters")
    assert gone.exit_code == 1
    shown = run("show", "mill/letters", "--at", "2026-03-01", "--format", "ntriples")
    graph = Graph().parse(data=shown.stdout, format="nt")
    assert str(graph.value(LETTERS, DCT.title)) == "Letters"


def test_the_two_days_are_independent(run: Run) -> None:
    """What was recorded on one day, judged by the law of another."""

    def valid(*days: str) -> list[str]:
        result = run("ask", "us-transfers", "--format", "json", *days)
        assert result.exit_code == 0
        return [row["valid"] for row in json.loads(result.stdout)]

    assert valid("--at", "2026-02-15", "--as-of", "2019-01-01") == ["true"]
    assert valid("--at", "2026-02-15", "--as-of", "2026-02-15") == ["false"]
    # Past the last review of the law nobody knows.
    assert valid("--at", "2026-02-15")[0] in ("false", "unknown")
    assert valid("--as-of", "2019-01-01") == []


def test_each_command_that_reads_takes_it(run: Run, tmp_path: Path) -> None:
    """Each answers of the state that it says."""
    query = tmp_path / "query.rq"
    query.write_text("SELECT ?a WHERE { ?a a dpv:CrossBorderTransfer }")
    new = tmp_path / "new.ttl"
    activity("new", "New").serialize(new, format="turtle")
    then, later = ("--at", "2"), ("--at", "3")
    for words in (
        ("query", str(query), "--format", "csv"),
        ("check", "--format", "json"),
        ("show", str(ORDERS)),
        ("show", str(ORDERS), "--why"),
        ("infer", "--format", "csv"),
        ("impact", "--without", "eu-us-privacy-shield", "--as-of", "2019-01-01"),
    ):
        answers = [run(*words, *when) for when in (then, later)]
        assert all(answer.exit_code in (0, 1) for answer in answers)
        assert answers[0].stdout != answers[1].stdout
        assert "change 2, " in answers[0].stderr
    # Of a company that was not there yet, nothing is known.
    told = [
        run("validate", str(new), "--format", "json", "--at", when).stdout
        for when in ("1", "2")
    ]
    assert told[0] != told[1]
    for words in (("evidence", str(ORDERS)), ("explain", "dpv:Marketing")):
        assert "change 2, " in run(*words, *then).stderr


@pytest.mark.parametrize(
    ("when", "code", "words"),
    [
        (["yesterday"], 2, "names no point in the history"),
        (["99"], 1, "There is no change 99."),
        (["2", "--at", "3"], 2, "Two points are given"),
    ],
)
def test_what_names_no_point_is_refused(
    run: Run, when: list[str], code: int, words: str
) -> None:
    """With the code of its kind, and nothing on stdout."""
    result = run("ask", "activities", "--at", *when)
    assert result.exit_code == code
    assert words in result.stderr
    assert not result.stdout


def test_commands_that_write_do_not_take_it(run: Run) -> None:
    """There is no such option."""
    for words in (("add", "x.ttl"), ("remove", "mill/orders")):
        result = run(*words, "--at", "2")
        assert result.exit_code == 2
        assert "--at" in result.stderr


def test_a_served_register_of_the_past_is_not_written(
    place: str, tmp_path: Path
) -> None:
    """The server says so, as the folder does."""
    own = shutil.copytree(f"{place}-again", tmp_path / "register")
    with (
        Register.open(str(own)) as register,
        bind(register, "127.0.0.1", 0) as server,
    ):
        threading.Thread(target=server.run, daemon=True).start()
        with Served(server.url) as served:
            past = served.at("2026-02-15")
            assert past.point == register.point_at(2)
            assert served.point is None
            with pytest.raises(NotSupported, match="cannot be changed"):
                past.add(activity("new", "New"), author="Ada")
            with pytest.raises(NotSupported, match="cannot be changed"):
                past.remove(ORDERS, author="Ada", replaces={"*"})
