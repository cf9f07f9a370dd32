"""What several test modules need, and what is told where it is absent.

A test that needs more than Python is skipped with the reason and the command
that installs it; with ``ROPA_NO_SKIP=1`` (as in .ci/run) such a skip fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ropa.register import Register

TREE = Path(__file__).parents[1]
NO_SKIP = os.environ.get("ROPA_NO_SKIP") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is meant to be there."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a whole module that skips itself."""
    report = yield
    if NO_SKIP and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped: {report.longrepr}"
    return report


def program(name: str, package: str) -> str:
    """Find a program, or skip with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found


def folder(variable: str, what: str) -> Path:
    """Find a folder named by the environment, or skip with what to set."""
    value = os.environ.get(variable)
    if not value or not Path(value).is_dir():
        pytest.skip(f"needs {what}: export {variable}=FOLDER")
    return Path(value)


@pytest.fixture(scope="session")
def tree() -> Path:
    """Give the root of the source tree."""
    return TREE


@pytest.fixture(scope="session")
def seeds() -> Path:
    """Give the folder of the five privacy policies, which are not in the tree."""
    return folder("ROPA_SOURCE_TEXTS", "the five source texts")


@pytest.fixture(scope="session")
def dpv_files() -> Path:
    """Give the folder of the published DPV files, which are not in the tree."""
    return folder("ROPA_DPV_FILES", "the DPV 2.3 files")


@pytest.fixture(scope="session")
def java() -> str:
    """Give the path of the Java runtime, which the OWL reasoners need."""
    return program("java", "default-jre-headless")


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the browser."""
    return program("chromium", "chromium")


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the source of the accessibility checker, a part only tests use."""
    script = TREE / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("needs axe-core: pip install -e '.[test]' (with a network)")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def register() -> Iterator[Register]:
    """Open the register of the five companies in memory; tests only read it."""
    from ropa.register import Register

    opened = Register.open("memory:")
    yield opened
    opened.close()


@pytest.fixture
def fresh_register() -> Iterator[Register]:
    """Open a register of the five companies that the test may change."""
    from ropa.register import Register

    opened = Register.open("memory:")
    yield opened
    opened.close()
