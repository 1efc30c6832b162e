"""A walk over every page that a person can reach: each link, each form, as a browser would use them."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from lxml.html import FormElement, HtmlElement
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

ORIGIN = "http://localhost"
ALIKE = 2
"""So many addresses of one view, with the same fields behind the question mark, are walked: days, devices.
In the other language one, without such fields."""
EACH = "cases.case_page"
"""No two of these offer the same."""

WORDS = {"textarea", "text", "number", "tel", "email", "date", "time"}
"""Kinds of fields that somebody types into."""
FREE = {"textarea", "text", "tel", "email", "search", "url"}
"""Those into which anything may be pasted. A password is none: nobody's would be cut."""
LONGEST_LETTER = "ữ"
URLENCODED = "application/x-www-form-urlencoded"


@dataclass
class Walk:
    """What a walk found. `faults`: a page's address → what does not work on it, or about it."""

    app: Flask
    client: FlaskClient
    pages: dict[str, HtmlElement] = field(default_factory=dict)
    answers: dict[str, TestResponse] = field(default_factory=dict)
    """What came back for each page and each file."""
    files: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refusals: Collection[int] = (400,)
    """How a form without its token is answered."""
    _seen: set[str] = field(default_factory=set)
    _alike: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _posted: set[tuple[str, ...]] = field(default_factory=set)
    _anchors: list[tuple[str, str]] = field(default_factory=list)

    def go(self, *starts: str) -> "Walk":
        """Walk from these addresses until nothing new is offered."""
        ahead = deque(("", start) for start in starts)
        while ahead:
            offered_on, address = ahead.popleft()
            bare = address.partition("#")[0]
            if bare in self._seen or self._has_enough_of(bare):
                continue
            self._seen.add(bare)
            answer = self.client.get(bare)
            if answer.status_code >= 300 and not self._led_on(answer):
                self.faults.append(f"{answer.status_code} {bare} (offered on {offered_on})")
            if answer.status_code in (301, 302, 303, 307, 308):
                ahead.append((bare, answer.headers["Location"]))
            elif answer.mimetype != "text/html":
                self.files.append(bare)
                self.answers[bare] = answer
            else:
                self.answers[bare] = answer
                page = html.fromstring(answer.text)
                self.pages[bare] = page
                ahead.extend((bare, each) for each in self._offers(bare, page))
        self._look_for_anchors()
        return self

    def go_on_from(self, address: str, answer: TestResponse) -> "Walk":
        """Walk from a page that only a form leads to, as it was answered."""
        assert answer.status_code == 200, answer.status_code
        page = self.pages[address] = html.fromstring(answer.text)
        return self.go(*self._offers(address, page))

    def _led_on(self, answer: TestResponse) -> bool:
        """A page may lead on to another one, but never to the login."""
        led = answer.headers.get("Location", "")
        return answer.status_code in (302, 303) and bool(led) and not led.startswith("/dang-nhap")

    def _has_enough_of(self, address: str) -> bool:
        place = self._place(address)
        self._alike[place] += 1
        if place == (EACH, ""):
            return False
        if "lang" in place:
            return self._alike[place] > 1 or len(place) > len(("view", "kind", "lang"))
        return self._alike[place] > ALIKE

    def _place(self, address: str) -> tuple[str, ...]:
        """The view of an address and what is asked of it, without what only tells one row from another."""
        split = urlsplit(address)
        try:
            endpoint, arguments = self.app.url_map.bind("localhost").match(split.path)
        except HTTPException:
            return (address,)
        kind = str(arguments.get("action") or arguments.get("step") or arguments.get("ending") or "")
        return (endpoint, kind, *sorted(name for name, _ in parse_qsl(split.query, keep_blank_values=True)))

    def _offers(self, address: str, page: HtmlElement) -> Iterator[str]:
        for link in page.iterfind(".//a[@href]"):
            target = urljoin(ORIGIN + address, link.get("href"))
            if not target.startswith(ORIGIN):
                continue
            target = target.removeprefix(ORIGIN)
            if "#" in target:
                self._anchors.append((address, target))
            yield target
        for form in page.forms:
            action = urljoin(ORIGIN + address, form.get("action") or "").removeprefix(ORIGIN)
            if form.get("method", "get").lower() == "get":
                yield from (f"{action.partition('?')[0]}?{urlencode(each)}" for each in filled(form))
            else:
                self._post(address, action, form)

    def _post(self, address: str, action: str, form: FormElement) -> None:
        """Without its token a form is refused, in the project's own words: so its door is there."""
        place = self._place(action) if action.startswith("/") else (action,)
        try:
            endpoint, arguments = self.app.url_map.bind("localhost").match(urlsplit(action).path, "POST")
            place = (endpoint, str(arguments.get("action") or arguments.get("step") or ""))
        except HTTPException:
            self.faults.append(f"nobody takes the form of {address}: {action}")
            return
        if place in self._posted:
            return
        self._posted.add(place)
        fields = [each for each in form.form_values() if each[0] not in ("csrf_token", "token")]
        body = urlencode(fields)
        answer = self.client.post(action, data=body, content_type=URLENCODED)
        if answer.status_code not in self.refusals or "<h1" not in answer.text:
            self.faults.append(f"{answer.status_code} POST {action} (form on {address})")

    def _look_for_anchors(self) -> None:
        for address, target in self._anchors:
            bare, _, name = target.partition("#")
            page = self.pages.get(bare)
            if page is not None and name and not page.xpath("//*[@id=$name]", name=name):
                self.faults.append(f"no #{name} on {bare} (offered on {address})")


def loses_what_is_typed(page: HtmlElement) -> list[str]:
    """Why the page's way to the other language would lose what was typed into one of its forms; else empty.

    A search and a password are no texts (as in forms.js), and what an address asks for stands in it.
    """
    forms = [form for form in page.forms if _takes_words(page, form)]
    if not forms:
        return []
    lost = [f"a link beside {form.get('action')}" for form in forms if page.xpath("//a[@hreflang]")]
    carried = {button.get("form") for button in page.xpath("//button[@name='ngon-ngu' or @name='switch']")}
    return lost + [f"not carried: {form.get('action')}" for form in forms if {form.get("id")} != carried]


def too_large_to_take(address: str, page: HtmlElement, stranger: FlaskClient) -> list[str]:
    """The page's fields that take any length, and its forms that are lost with all their fields full.

    They are sent by somebody without a session: of them the server reads least.
    """
    found = []
    for form in page.forms:
        action, full = form.get("action") or address, []
        for each in _fields(page, form):
            kind = each.get("type", "text") if each.tag == "input" else each.tag
            if kind in FREE and each.get("maxlength") is None:
                found.append(f"no end: {each.get('name')} of {action}")
            elif kind in FREE:
                full.append((each.get("name"), LONGEST_LETTER * int(each.get("maxlength"))))
        if form.method == "POST" and full:
            given = [(name, value) for name, value in form.form_values() if value is not None]
            answer = stranger.post(action, data=urlencode(given + full), content_type=URLENCODED)
            if answer.status_code == 413:
                found.append(f"lost: {action}")
    return found


def _fields(page: HtmlElement, form: FormElement) -> list[HtmlElement]:
    """Of a form, wherever they stand; without a trap for programs."""
    fields = page.xpath("//*[@form=$id]", id=form.get("id") or "-")
    return fields + form.xpath(".//*[not(@form) and not(ancestor::*[@aria-hidden])]")


def _takes_words(page: HtmlElement, form: FormElement) -> bool:
    kinds = {each.get("type", "text") if each.tag == "input" else each.tag for each in _fields(page, form)}
    is_search = form.get("role") == "search"
    return form.method == "POST" and not is_search and "password" not in kinds and bool(kinds & WORDS)


def filled(form: FormElement) -> Iterable[list[tuple[str, str]]]:
    """A form as it stands, and once for each other choice of each of its lists."""
    stands = [(name, value) for name, value in form.form_values() if value is not None]
    yield stands
    for choice in form.xpath(".//select[@name]"):
        for value in choice.value_options:
            yield [(name, value if name == choice.name else given) for name, given in stands]
