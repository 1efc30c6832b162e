"""What journeys do in a browser, and all that browsers heard on the way."""

import json
import re

from playwright.sync_api import Page, Request, Route, expect


def place(path: str) -> str:
    """A path with N for the case's number."""
    return re.sub(r"/\d{4}-\d+", "/N", path)


class Heard:
    """Everything that browsers asked for and were answered."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.bodies: list[tuple[str, bytes]] = []

    def on(self, page: Page) -> None:
        page.on("request", self._request)
        page.route("**/*", self._fetch)

    def _request(self, request: Request) -> None:
        self.asked.append(f"{request.url} {json.dumps(dict(request.headers))}")

    def _fetch(self, route: Route) -> None:
        """Fetched on the page's behalf: the browser itself forgets a body as soon as it moves on."""
        response = route.fetch(max_redirects=0)
        self.bodies.append((route.request.url, response.body()))
        route.fulfill(response=response)


def act(page: Page, action: str, **fields: str) -> None:
    """One action at the desk, with its second look where it has one."""
    page.goto(re.sub(r"(/phan-anh/\d+-\d+).*", rf"\1/{action}", page.url))
    for name, value in fields.items():
        box = page.locator(f"form.fields [name={name}]").first
        if box.get_attribute("type") == "radio":
            page.check(f"form.fields [name={name}][value={value}]")
        elif box.evaluate("each => each.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    page.click("form.fields button.primary")
    # A page sends a form once it has seen that the server is there: the next page comes a moment later.
    sure, done = page.locator("form.sure"), page.locator("h2.history-heading")
    expect(sure.or_(done)).to_be_visible()
    if sure.count():
        sure.locator("button.primary").first.click()
    page.wait_for_url(re.compile(r"/phan-anh/\d+-\d+$"))
