"""An honest little server that lets boxes in: one code, and the refusals by other codes.

For what the real one cannot be made to do in a test: to be slow, to lose an answer, to answer nonsense.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from survey_defs import claim
from tests.support.claiming import Keeper, refusal

GOOD = "r4zn8wbctm"
REFUSED = {"aaaaaaaaaa": "claim-expired", "bbbbbbbbbu": "claim-used", "cccccccccb": "claim-withdrawn"}
TERMS: dict[str, Any] = {
    "v": 1,
    "device": "nut-01",
    "school": "thcs-mau",
    "kind": "button",
    "broker": "mqtts://192.168.1.10:8883",
    "ca": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "time": "2026-11-21T22:00:00.000Z",
}


class Enrolling(ThreadingHTTPServer):
    """`terms`: what it answers; `go` lets answers out; `raw` is answered as it is; `lost`: how many are."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.terms = dict(TERMS)
        self.go = threading.Event()
        self.go.set()
        self.raw: bytes | None = None
        self.lost = 0
        self.proofs: list[str] = []
        """What devices proved themselves by: who repeats a run, repeats its proof."""
        self.keeper = Keeper(GOOD, *REFUSED)

    @property
    def url(self) -> str:
        """Its address, as somebody types it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """(status, body) for a request."""
        if proof := claim.Request(body).proof:
            self.proofs.append(proof)
        try:
            code = self.keeper.code(body)
        except KeyError:
            return 404, refusal("claim-unknown")
        if code in REFUSED:
            return 409, refusal(REFUSED[code])
        answer = self.keeper.answer(body, self.terms)
        return (200, answer) if answer else (409, refusal("claim-wrong"))


class _Handler(BaseHTTPRequestHandler):
    server: Enrolling
    protocol_version = "HTTP/1.1"  # the line stays for the second request

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        is_last = bool(claim.Request(body).proof)
        status, body = self.server.answer(body)
        self.server.go.wait(10)
        if self.server.lost and is_last:
            self.server.lost -= 1
            self.close_connection = True
            return
        if self.server.raw is not None:
            self.wfile.write(self.server.raw)
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the tests' own output."""


@contextmanager
def enrolling() -> Iterator[Enrolling]:
    """One for a while."""
    server = Enrolling()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
