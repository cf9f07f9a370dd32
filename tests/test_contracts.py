"""The contracts of the code: layers, rooms, types, lint and layout."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
SOURCES = sorted([*TREE.glob("ropa/**/*.py"), *TREE.glob("webui/**/*.py")])


def python(*command: str) -> str:
    """Run one of the checkers on the tree; its output is the failure's text."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_layers_and_rooms() -> None:
    """No module calls back up, and each foreign package stays in its room."""
    code = "from importlinter.cli import lint_imports as run; exit(run(no_cache=True))"
    assert "0 broken" in python("-c", code)


def test_lint() -> None:
    """The lint rules of .ruff.toml hold everywhere."""
    python("-m", "ruff", "check", "--no-cache", ".")


def test_format() -> None:
    """Every Python file is formatted as `ruff format` does it."""
    python("-m", "ruff", "format", "--no-cache", "--check", ".")


def test_types(tmp_path: Path) -> None:
    """Strict type checking finds nothing in ropa and webui."""
    # A fresh cache: one kept from a tree that lacked modules goes on missing them.
    assert "Success" in python("-m", "mypy", "--cache-dir", str(tmp_path))


def test_every_import_is_a_declared_dependency() -> None:
    """What the code imports is among the requirements of the installation."""
    declared = {
        re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower()
        for line in metadata.requires("ropa") or []
        if "extra ==" not in line
    }
    # Flask's own parts, which Flask re-exports and pins.
    declared |= {"werkzeug", "jinja2", "markupsafe"}
    own = {"ropa", "webui", *sys.stdlib_module_names}
    distributions = metadata.packages_distributions()
    undeclared = {
        f"{path.relative_to(TREE)}: {name}"
        for path in SOURCES
        for name in foreign_imports(path)
        if name not in own
        and not {d.lower() for d in distributions.get(name, [])} & declared
    }
    assert undeclared == set()


def foreign_imports(path: Path) -> set[str]:
    """List the top-level names that a module imports, wherever in its text."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: path.relative_to(TREE).as_posix()
)
def test_no_room_without_a_purpose(path: Path) -> None:
    """No module is named after nothing in particular."""
    assert path.stem not in {
        "utils", "util", "helpers", "helper", "common", "core", "misc", "models",
        "services",
    }  # fmt: skip


def test_only_assets_opens_packaged_files() -> None:
    """No other module reaches for importlib.resources."""
    users = [
        path.relative_to(TREE).as_posix()
        for path in SOURCES
        if re.search(r"importlib(\.| import )resources", path.read_text("utf-8"))
    ]
    assert users == ["ropa/assets.py"]


def test_tests_mirror_the_tree() -> None:
    """Each folder of tests stands for a room; only the browser crosses them all."""
    folders = {
        path.parent.relative_to(TREE) for path in TREE.glob("tests/**/test_*.py")
    }
    rooms = {folder.relative_to("tests") for folder in folders} - {Path("browser")}
    assert [room for room in rooms if not (TREE / room).is_dir()] == []
    assert {Path("ropa"), Path("webui"), Path("shapes")} <= rooms


def test_no_address_of_a_machine_or_a_registry() -> None:
    """The lock file pins by digest and names no host it was made from."""
    lock = (TREE / "frontend" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "://" not in re.sub(r'"url": "[^"]*"', "", lock)
