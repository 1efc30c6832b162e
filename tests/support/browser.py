"""A real Chromium, and the real pages served to it on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from waitress.server import create_server

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without anything that calls out."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app behind waitress on a free port of this machine; gives its address."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=5)


@dataclass
class Watch:
    """What a page complained of: errors of its scripts, and everything that its policy refused."""

    complaints: list[str] = field(default_factory=list)

    def on(self, page: Page) -> "Watch":
        """Listen to a page."""

        def console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(message.text)

        page.on("console", console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        return self

    def _failed(self, url: str, failure: str | None) -> None:
        # A page that is left takes its open questions with it.
        if failure != "net::ERR_ABORTED":
            self.complaints.append(f"{url}: {failure}")


def sign_in(page: Page, address: str, login: str, password: str) -> None:
    """Sign in as a person does."""
    page.goto(f"{address}/dang-nhap")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_selector("main[data-news]")
