"""A real browser on a real server; everything it asks is watched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from webui.server import bind

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

    from ropa.register import Register

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The policy's own reports, collected before any script of a page runs.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""

# A scheme that is put on fades in; what is half faded is read by nobody.
AXE = """
async () => {
    await Promise.all(document.getAnimations().map((one) => one.finished));
    return (await axe.run(document, {resultTypes: ["violations"]})).violations
        .filter((v) => ["serious", "critical"].includes(v.impact))
        .map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).join(", "));
}
"""
# Pages that are drawn in two widths are drawn in two schemes as well.
SCHEME = {1200: ("light",), 320: ("dark",)}
PAPER = "getComputedStyle(document.documentElement).backgroundColor"


@pytest.fixture(scope="session")
def server(register: Register) -> Iterator[str]:
    """Serve the five examples; gives the address without its last slash."""
    register.refresh_findings()
    with bind(register, "127.0.0.1", 0) as bound:
        threading.Thread(target=bound.run, daemon=True).start()
        yield bound.url.rstrip("/")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start the browser once."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install -e '.[test]'"
    )
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


class Visit:
    """One visitor: a context of its own, with all that it asked and complained of."""

    def __init__(self, browser: Browser, server: str, **options: Any) -> None:
        options.setdefault("locale", "en-GB")
        self.server = server
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(**options)
        self.context.add_init_script(WATCH)
        self.context.route("**/*", self._watch)
        self.page: Page = self.context.new_page()
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text)
                if said.type in {"error", "warning"} and "status of 4" not in said.text
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _watch(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.server).netloc:
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def open(self, path: str) -> Page:
        """Open a page of the server and wait until all its parts are loaded."""
        self.page.goto(self.server + path, wait_until="load")
        return self.page

    def violations(self) -> list[str]:
        """What the content security policy refused on the current page."""
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def barriers(
        self, axe: str, schemes: tuple[str, ...] = ("light", "dark")
    ) -> list[str]:
        """List the serious and critical faults of accessibility on the current page.

        Args:
            axe: the script that looks for them.
            schemes: of colours, put on in turn.
        """
        self.page.evaluate(axe)
        found, papers = [], set()
        for scheme in schemes:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += [f"{scheme}: {one}" for one in self.page.evaluate(AXE)]
            papers.add(self.page.evaluate(PAPER))
        assert len(papers) == len(schemes), "a scheme was not put on"
        return found

    def check(self) -> None:
        """Fail if the page reached out, broke its policy or complained."""
        assert not self.foreign, "asked another host"
        assert not self.complaints


@contextmanager
def visiting(browser: Browser, register: Register) -> Iterator[Visit]:
    """Serve a register for as long as one visitor needs it."""
    with bind(register, "127.0.0.1", 0) as bound:
        threading.Thread(target=bound.run, daemon=True).start()
        visitor = Visit(browser, bound.url.rstrip("/"))
        yield visitor
        visitor.context.close()


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """A visitor with scripts, on a usual screen."""
    visitor = Visit(browser, server, viewport={"width": 1280, "height": 900})
    yield visitor
    visitor.context.close()


@pytest.fixture
def plain(browser: Browser, server: str) -> Iterator[Visit]:
    """A visitor without scripts."""
    visitor = Visit(browser, server, java_script_enabled=False)
    yield visitor
    visitor.context.close()


@pytest.fixture
def narrow(browser: Browser, server: str) -> Iterator[Visit]:
    """A visitor with a screen of 320 pixels."""
    visitor = Visit(browser, server, viewport={"width": 320, "height": 640})
    yield visitor
    visitor.context.close()
