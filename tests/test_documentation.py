"""What the documentation says is true: its commands run, its names exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ropa import assets, lookup, queries, rules
from ropa.cli import main
from ropa.terms import ROPA, curie

TREE = Path(__file__).parents[1]
README = (TREE / "README.md").read_text(encoding="utf-8")
# They stay running, install packages, or speak to what stays running.
NOT_RUN = ("serve", "pip install", "curl")


def commands() -> list[str]:
    """Give the lines of the README's shell blocks that can be run one by one."""
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        for line in block.splitlines()
    ]
    return [line for line in lines if not any(word in line for word in NOT_RUN)]


def test_the_two_commands_stand_in_the_readme_exactly() -> None:
    """They are promised to the letter."""
    assert "\npip install . && ropa serve\n" in README
    assert "\npip install -e '.[test]' && pytest\n" in README


def test_the_commands_of_the_readme_run_in_their_order(tmp_path: Path) -> None:
    """As a newcomer would type them; only the faulty example ends with 1."""
    (tmp_path / "data").symlink_to(TREE / "data")
    (tmp_path / "ropa").write_text(f'#!/bin/sh\nexec {sys.executable} -m ropa "$@"\n')
    (tmp_path / "ropa").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "home"),
        # The interpreter must not take the folder it runs in for a package.
        "PYTHONSAFEPATH": "1",
    }
    lines = commands()
    assert len(lines) >= 10
    for line in lines:
        done = subprocess.run(
            line,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        expected = 1 if "faulty" in line else 0
        assert done.returncode == expected, f"{line}\n{done.stderr}"
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_says_what_it_does(name: str) -> None:
    """In its help, with its arguments named."""
    command = main.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert (
                parameter.help
                or isinstance(parameter.type, click.Choice)
                or (parameter.name in {"port", "host", "parameters"})
            )


def test_files_and_folders_that_are_named_exist() -> None:
    """In README and CONTRIBUTING."""
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (TREE / page).read_text(encoding="utf-8")
        for name in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (TREE / name).exists(), f"{page} names {name}"
        for name in re.findall(
            r"`((?:ropa|webui|tests|data|shapes|ontology)/[\w/.-]*)`", text
        ):
            assert (TREE / name).exists(), f"{page} names {name}"


def test_rules_and_questions_that_are_named_exist() -> None:
    """A name in an example can be typed."""
    asked = re.findall(r"ropa (?:--store \S+ )?ask ([a-z-]+)", README)
    assert asked
    for name in asked:
        queries.load(name)
    explained = re.findall(r"ropa explain (\"[^\"]+\"|\S+)", README)
    assert explained
    for name in explained:
        assert lookup.look_up(name.strip('"'), "en")


def test_what_is_said_on_adding_a_rule_is_true() -> None:
    """The properties and files that it names exist, and rules lie where it says."""
    text = (TREE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = text.partition("**A rule.**")[2].partition("**A question.**")[0]
    graph = rules.shapes()
    known = {curie(str(p)) for p in (*graph.predicates(), *ROPA)}
    named = re.findall(r"`((?:ropa|sh|dct):\w+)(?: \w+(?::\w+)?)?`", told)
    severities = {"sh:Violation", "sh:Warning", "sh:Info"}
    assert len(set(named)) > 10
    assert set(named) - severities <= known
    assert any(rule.is_question for rule in rules.rules().values())
    for rule in rules.rules().values():
        where = next(
            name
            for name in rules.files()
            if f'dct:identifier "{rule.code}"' in assets.text("shapes", name)
        )
        assert rule.is_question is (where == "questions.ttl"), rule.code
        is_advice = where.startswith("advice") or rule.is_question
        if rule.only_in != ROPA.Notice:  # those weigh as in a notice everywhere
            assert is_advice is (rule.severity != "violation"), rule.code
    for name in re.findall(r"`(python -m [\w.]+)`", told):
        assert (TREE / f"{name.split()[-1].replace('.', '/')}/__main__.py").is_file()
