"""Every route of the app, tried by everybody, with whatever an attacker may put into a request."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from server.transport.http.security.clean_request import CleanFields

MARK = "bi-mat-0912"
"""In every value: what is logged holds no word of it."""
TEXTS = (
    MARK,
    f"{MARK}\x00\x0b\x1f\x7f\x85\u2028\ufffe\uffff\ufdd0\U0001ffff\u202e\ufeff<&>]]>\"'{{{{7*7}}}}=1+1",
    f"{MARK}\ud800\udfff",
    f"-1{MARK}", "0", "-1", "9" * 400, "1e999", "NaN", "٣", "²", "１２", "0x10", "1_0", " 1 ", "1.5",
    "2026-13-45", "9999-12-31", "0000-00-00", "2026-02-30", "31/12/9999", "00/00/0000", "24:61", "2026-Q9",
    "../../etc/passwd", "%00", "//evil", "\\", "[", "*", "a" * 5_000, "'", "{", "[]", "null", "true", "",
)  # fmt: skip
"""For the fields of forms and addresses."""
BYTES = (b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"%", b"+", b"\xf4\x90\x80\x80")
"""For parts of addresses: what is no UTF-8."""
HEADERS = (
    {"Host": "a" * 64 + ".vn"}, {"Host": "x..y"}, {"Host": "[::1"}, {"Host": ""}, {"Host": f"{MARK}@b:99999"},
    {"Host": "xn--\x7f"}, {"Host": "a" * 3000}, {"Host": "\xff\xfe"},
    {"X-Forwarded-For": f"{MARK}, 1.2.3.4"}, {"X-Forwarded-Host": "a" * 64}, {"X-Forwarded-Proto": MARK},
    {"Forwarded": f"for={MARK};host=\"x"}, {"Accept-Language": f"{MARK};q=a,*;q=9" * 50},
    {"Accept": f"{MARK}/;q=\xff"}, {"Accept-Encoding": f"gzip;q={MARK}, \xff"},
    {"Cookie": f"hailong={MARK}.a.b; hailong-lang={MARK}"}, {"Cookie": f"hailong={'.' * 4000}"},
    {"Cookie": "hailong=\xff\x00; =; ;;;=\"\\"}, {"Cookie": "hailong=eyJfdXNlcl9pZCI6MX0.a.b"},
    {"Content-Type": "application/json"}, {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=\xff"}, {"Content-Type": f"text/plain; charset={MARK}"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"},
    {"Authorization": f"Bearer {MARK}\xff"}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer"},
    {"Range": f"bytes={MARK}-"}, {"Range": "bytes=9-1,-,0-"}, {"If-None-Match": f"W/\"{MARK}"},
    {"If-Modified-Since": "Thu, 99 Foo 99999999999"}, {"If-Match": "*, \xff"}, {"Referer": f"//{MARK}:x/"},
    {"Origin": "null"}, {"X-Requested-With": MARK}, {"Expect": MARK}, {"Upgrade": "websocket"},
    {"Connection": "upgrade", "Upgrade": "h2c"}, {"User-Agent": "\xff" * 500}, {"Date": MARK},
    {"Content-Encoding": "gzip"}, {"Transfer-Encoding": MARK}, {"X-HTTP-Method-Override": "DELETE"},
)  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
METHODS = ("GET", "POST")
BODIES = (b"", b"\xff\xfe\x00", b"{", b"[]", b'"x"', b"1e999", b"--\r\n\r\n", b"a=%&=&&%ed%a0%80=%ff&=b")
_PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


class Heard(CleanFields):
    """The fields of a request, noting which of them its view looks for."""

    names: ClassVar[defaultdict[str, set[str]]] = defaultdict(set)
    """By the path of the route."""

    def _hear(self, key: Any) -> None:
        if isinstance(key, str) and request and request.url_rule:
            self.names[request.url_rule.rule].add(key)

    def get(self, key: Any, *rest: Any, **more: Any) -> Any:
        self._hear(key)
        return super().get(key, *rest, **more)

    def getlist(self, key: Any, *rest: Any, **more: Any) -> Any:
        self._hear(key)
        return super().getlist(key, *rest, **more)

    def __getitem__(self, key: Any) -> Any:
        self._hear(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._hear(key)
        return super().__contains__(key)


@dataclass
class Asked:
    """What was tried, and what was wrong with the answers."""

    tried: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0
    faults: list[str] = field(default_factory=list)

    def ask(
        self, person: Person, rule: Rule, method: str, path: str, sent: str | bytes, head: dict[str, str]
    ) -> None:
        """One request; what is wrong with its answer is noted. `sent`: the query, or the body."""
        self.count += 1
        self.tried.add((rule.rule, method))
        address = {"REMOTE_ADDR": f"10.{self.count >> 16 & 255}.{self.count >> 8 & 255}.{self.count & 255}"}
        more: dict[str, Any] = {"query_string": sent} if method == "GET" else {"data": sent}
        answer = person.client.open(
            path, method=method, environ_base=address, headers={**FORM, **head}, **more
        )
        if answer.status_code >= 500:
            self.faults.append(f"{answer.status_code} {method} {path!r} by {person.login!r}: {sent!r} {head}")


@dataclass(frozen=True)
class Person:
    """Somebody with a session, or a stranger without a login. `token`: of their forms."""

    login: str
    client: FlaskClient
    token: str


def rules(app: Flask) -> list[Rule]:
    """All of them; those that end a session last."""
    return sorted(
        app.url_map.iter_rules(), key=lambda rule: rule.endpoint in ("login.leave", "unlocking.shut")
    )


def methods(rule: Rule) -> list[str]:
    """What it takes, of those that our pages use."""
    return [method for method in METHODS if method in (rule.methods or ())]


def addresses(rule: Rule, known: dict[str, str]) -> Iterator[str]:
    """One address as it may be, then each part of it hostile."""
    names = _PART.findall(rule.rule)

    def path(parts: dict[str, str]) -> str:
        return _PART.sub(lambda part: parts[part[1]], rule.rule)

    plain = {name: quote(known.get(name, "1")) for name in names}
    yield path(plain)
    for name in names:
        for text in TEXTS:
            yield path(plain | {name: quote(text.encode("utf-8", "surrogatepass"), safe="")})
        for raw in BYTES:
            yield path(plain | {name: quote(raw, safe="")})


def encoded(fields: dict[str, str]) -> str:
    """As a form or an address carries them; half letters too."""
    return "&".join(
        f"{quote(name)}={quote(text.encode('utf-8', 'surrogatepass'))}" for name, text in fields.items()
    )


def openapi_path(rule: Rule) -> str:
    """The path of a route as OpenAPI writes it."""
    return _PART.sub(lambda part: "{" + part[1] + "}", rule.rule)


def described(app: Flask, names: dict[str, set[str]]) -> dict[str, Any]:
    """All routes as an OpenAPI description: parts of addresses, and the fields looked for, are texts."""
    text = {"type": "string"}
    paths: dict[str, Any] = defaultdict(dict)
    for rule in rules(app):
        parts = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in _PART.findall(rule.rule)
        ]
        fields = sorted(names[rule.rule] - {"csrf_token"})
        for method in methods(rule):
            operation: dict[str, Any] = {
                "parameters": parts,
                "responses": {"default": {"description": "a page"}},
            }
            if method == "GET":
                asked = [{"name": name, "in": "query", "schema": text} for name in fields]
                operation["parameters"] = parts + asked
            else:
                form = {"type": "object", "properties": dict.fromkeys(fields, text)}
                operation["requestBody"] = {"content": {FORM["Content-Type"]: {"schema": form}}}
            paths[openapi_path(rule)][method.lower()] = operation
    return {"openapi": "3.0.3", "info": {"title": "all routes", "version": "1"}, "paths": dict(paths)}
