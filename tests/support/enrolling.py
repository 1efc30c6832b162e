"""An honest little server that lets boxes in: one code, and the refusals by other codes.

For what the real one cannot be made to do in a test: to be slow, to lose an answer, to answer nonsense.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from survey_defs import claim

GOOD = "r4zn8wbc"
REFUSED = {"aaaaaaaa": "claim-expired", "bbbbbbbb": "claim-used", "cccccccc": "claim-withdrawn"}
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
        self.nonces: list[str] = []
        self.keys = {claim.claim_key(code): code for code in (GOOD, *REFUSED)}

    @property
    def url(self) -> str:
        """Its address, as somebody types it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """(status, body) for a request."""
        nonce, certificate, proof = claim.read_request(body)
        self.nonces.append(nonce)
        for key, code in self.keys.items():
            if claim.request_proof(key, nonce, certificate) == proof:
                if code in REFUSED:
                    return 409, json.dumps({"code": REFUSED[code], "v": 1}).encode()
                return 200, claim.make_answer(key, nonce, certificate, self.terms)
        return 404, json.dumps({"code": "claim-unknown", "v": 1}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Enrolling

    def do_POST(self) -> None:
        status, body = self.server.answer(self.rfile.read(int(self.headers["content-length"])))
        self.server.go.wait(10)
        if self.server.lost:
            self.server.lost -= 1
            self.close_connection = True
            return
        if self.server.raw is not None:
            self.wfile.write(self.server.raw)
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
