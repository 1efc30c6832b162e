"""A real Chromium, and the real pages served to it on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright
from waitress.server import create_server

from tests.support.pages import csrf

SHELL, CHROMIUM = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
"""The same engine twice: without windows a page, and above all a new one, costs half the processor time."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    # One process draws all pages, and no other waits for a graphics card: starting them is what costs.
    "--disable-software-rasterizer",
    "--in-process-gpu",
    "--renderer-process-limit=1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without anything that calls out."""
    program = SHELL if SHELL.exists() else CHROMIUM
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app behind waitress on a free port of this machine; gives its address."""
    server = Served(app)
    try:
        yield server.address
    finally:
        server.stop()


class Served:
    """The app behind waitress on one port, which stays its own while it is away."""

    def __init__(self, app: Flask) -> None:
        """Starts it, on a free port of this machine."""
        self._app, self._port = app, 0
        self.start()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Answer again."""
        self._server = create_server(self._app, host="127.0.0.1", port=self._port, threads=4)
        self._port = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away; lines that are open are cut."""
        self._server.trigger.pull_trigger(self._cut_off)  # by its own thread, which may be waiting on them
        self._thread.join(timeout=5)

    def _cut_off(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()


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


def let_in(page: Page, address: str, login: str, password: str) -> None:
    """Sign in without loading a page: for tests of what comes after."""
    send_form(page, f"{address}/dang-nhap", login=login, password=password)


def send_form(page: Page, url: str, **fields: str) -> None:
    """Send the form of a page with this browser's cookies, but without showing it; an answer of 4xx fails."""
    request = page.context.request
    token = csrf(request.get(url).text())
    answer = request.post(url, form={"csrf_token": token, **fields})
    assert answer.ok and answer.url != url, (answer.status, answer.url)


def click_and_wait(way: Locator) -> None:
    """Click what leads to another page, and wait until that page stands whole.

    A click alone returns before the answer is there: what is read, filled in or pictured next may still be
    the old page, or none at all.
    """
    with way.page.expect_navigation():
        way.click()


def assert_nothing_sticks_out(page: Page) -> None:
    """Nothing but what scrolls by itself is wider than the window."""
    page.wait_for_load_state()
    wide = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((each) => {
            const box = each.getBoundingClientRect();
            const edge = document.documentElement.clientWidth + 1;
            const floats = getComputedStyle(each).position === "absolute";
            const aside = floats || each.closest(".scroll, .unseen, .symbols");
            return each.checkVisibility() && box.width && box.right > edge && !aside;
        }).map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert wide == [], wide
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def assert_well_made(page: Page) -> None:
    """What a screen reader needs of a page: one heading, its landmarks, no level left out, every name."""
    page.wait_for_load_state()
    faults = page.evaluate(
        """async () => {
            // A window that has just changed its size is laid out with the next frame.
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const all = (selector) => [...document.querySelectorAll(selector)];
            const seen = (selector) => all(selector).filter((each) => each.checkVisibility());
            const faults = [];
            for (const one of ["h1", "main", "header", "header nav, header summary"])
                if (seen(one).length !== 1) faults.push(`${seen(one).length} × ${one}`);
            const levels = all("h1, h2, h3, h4").map((each) => +each.tagName[1]);
            levels.forEach((level, i) => { if (i && level - levels[i - 1] > 1) faults.push(`h${level}`); });
            const ids = all("[id]").map((each) => each.id);
            ids.forEach((id, i) => { if (ids.indexOf(id) !== i) faults.push(`twice #${id}`); });
            for (const use of all("use"))
                if (!document.querySelector(use.getAttribute("href"))) faults.push(use.outerHTML);
            for (const each of all("[aria-describedby], [aria-labelledby]"))
                for (const name of ["aria-describedby", "aria-labelledby"])
                    for (const id of (each.getAttribute(name) || "").split(" "))
                        if (id && !document.getElementById(id)) faults.push(`no #${id}`);
            for (const each of seen("a, button, summary, select, textarea, input:not([type=hidden])"))
                if (!(each.innerText || each.getAttribute("aria-label") || each.labels?.length
                      || each.textContent.trim())) faults.push(each.outerHTML);
            for (const each of all("table th:not([scope])")) faults.push(each.outerHTML);
            return faults;
        }"""
    )
    assert faults == [], faults


def white_gaps(page: Page, panels: str) -> dict[str, int]:
    """For each of these panels the highest part of it with nothing in it, in px, edges included."""
    found: dict[str, int] = page.evaluate(
        """panels => Object.fromEntries([...document.querySelectorAll(panels)].map((panel) => {
            const lines = [];
            const texts = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) {
                const range = document.createRange();
                range.selectNodeContents(texts.currentNode);
                if (texts.currentNode.data.trim() && texts.currentNode.parentElement.checkVisibility())
                    lines.push(...range.getClientRects());
            }
            for (const drawn of panel.querySelectorAll("svg, input, select, textarea, button"))
                if (drawn.checkVisibility()) lines.push(drawn.getBoundingClientRect());
            const box = panel.getBoundingClientRect();
            let reached = box.top, widest = 0;
            for (const line of lines.filter((each) => each.height).sort((a, b) => a.top - b.top)) {
                widest = Math.max(widest, line.top - reached);
                reached = Math.max(reached, line.bottom);
            }
            const name = panel.querySelector("h1, h2")?.innerText ?? panel.className;
            return [name, Math.round(Math.max(widest, box.bottom - reached))];
        }))""",
        panels,
    )
    return found


def small_targets(page: Page) -> list[str]:
    """What a finger could miss: lower than 44 px, but for links within sentences and lists of links."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(
                "header a, header button, header summary, .button, .chip, .clear, .choice, main select,"
                + "main input:not([type=hidden], [type=checkbox], [type=radio]), main textarea")]
            .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
            .map((each) => each.outerHTML.slice(0, 160))"""
    )
    return found


def cut_rings(page: Page) -> list[str]:
    """What shows no whole ring when it has the focus, because what it stands in cuts that off."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(
                "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
            .filter((each) => {
                if (!each.checkVisibility()) return false;
                each.focus();
                if (document.activeElement !== each) return false;
                const style = getComputedStyle(each), box = each.getBoundingClientRect();
                const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset) - 0.6;
                for (let outer = each.parentElement; outer !== document.body; outer = outer.parentElement) {
                    const edge = outer.getBoundingClientRect();
                    if (getComputedStyle(outer).overflow !== "visible"
                        && (box.left - ring < edge.left || box.right + ring > edge.right
                            || box.top - ring < edge.top || box.bottom + ring > edge.bottom)) return true;
                }
                return style.outlineStyle === "none";
            }).map((each) => `no whole ring: ${each.outerHTML.slice(0, 120)}`)"""
    )
    return found


def walk(page: Page, until: str, most: int = 90) -> list[str]:
    """Press the tab key until what is named so has the focus; the names passed, each seen to have it."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name, style, width = page.evaluate(
            """() => { const it = document.activeElement, style = getComputedStyle(it);
                const name = it.labels?.length ? it.labels[0].innerText
                           : it.getAttribute("aria-label") || it.innerText;
                return [name.trim(), style.outlineStyle, parseFloat(style.outlineWidth)]; }"""
        )
        assert style == "solid" and width >= 3, (name, style, width)
        passed.append(name)
        if name == until:
            return passed
    raise AssertionError(f"the tab key does not reach {until!r}: {passed}")
