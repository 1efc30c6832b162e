"""The phone survey as its readers meet it: a school with a point for every survey, forms, and a bad line."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.services.context import Context
from server.services.devices import points
from tests.support.follow import lookup_school
from tests.support.seed import SCHOOL, Clock

DESK = "ban-1"
"""The point that hangs at the desk and asks about procedures."""
POINTS = {
    DESK: ("desk", "phu-huynh", "tthc"),
    "phong-cho": ("waiting", "phu-huynh", "sipas"),
    "lop-9a": ("classroom", "hoc-sinh", "giao-duc-cong"),
    "phu-huynh-quy": ("audience", "phu-huynh", "tam-tu-nguyen-vong-phu-huynh"),
    "hoc-sinh-quy": ("audience", "hoc-sinh", "tam-tu-nguyen-vong-hoc-sinh"),
    "giao-vien-quy": ("audience", "giao-vien", "tam-tu-nguyen-vong-giao-vien"),
}
"""A point for each survey that comes with the program: its place, whom it asks, what."""


def add_points(ctx: Context) -> None:
    """The points of the sample school."""
    for point, (place, audience, survey) in POINTS.items():
        points.add(ctx, point, SCHOOL, label=point, place=place, audience=audience, survey=survey)


def phone_school(data: Path, clock: Clock, **settings: object) -> Context:
    """A school with keys and a point for every survey."""
    ctx = lookup_school(data, clock, **settings)
    add_points(ctx)
    return ctx


def token_of(html: str) -> str:
    """The token of a page's form, which is the very last thing of the page."""
    found = re.search(r'<input type="hidden" name="token" form="f" value="([\w.-]+)">\s*\Z', html)
    assert found, html[-200:]
    return found[1]


def stored(ctx: Context) -> list[dict[str, Any]]:
    """Every answer in the store, the oldest first."""
    rows = ctx.store.connection.execute("SELECT * FROM answers ORDER BY event")
    return [dict(row) for row in rows]


class BadLine:
    """Stands between a browser and the server, and cuts the connection where it is told to.

    `cut` is "" for a sound line, "before": a form never arrives, "after": it arrives, its answer does not.
    """

    def __init__(self, url: str) -> None:
        self._server = (str(urlsplit(url).hostname), int(urlsplit(url).port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.cut = ""
        self.cuts = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def move(self, url: str) -> None:
        """Lead to another server from now on."""
        self._server = (str(urlsplit(url).hostname), int(urlsplit(url).port or 80))

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """One request and its answer; every connection carries one."""
        with client:
            request = _read_message(client)
            posts = request.startswith(b"POST")
            if not request or (posts and self.cut == "before"):
                self.cuts += bool(request)
                return
            head, _, body = request.partition(b"\r\n\r\n")
            head = re.sub(rb"(?im)^connection:[^\r]*\r\n", b"", head + b"\r\n").rstrip(b"\r\n")
            try:
                with socket.create_connection(self._server) as server:
                    server.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
                    answer = b"".join(iter(lambda: server.recv(65536), b""))
            except OSError:
                return
            if posts and self.cut == "after":
                self.cuts += 1
                return
            client.sendall(answer)


@contextmanager
def bad_line(url: str) -> Iterator[BadLine]:
    """A line to that server."""
    line = BadLine(url)
    try:
        yield line
    finally:
        line.close()


def _read_message(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = client.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        chunk = client.recv(65536)
        if not chunk:
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body
