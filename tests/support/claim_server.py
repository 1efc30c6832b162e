"""The server's door for claim codes, in this very process: what is asked arrives, what is said goes back."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from survey_defs import claim
from tests.support.claiming import Keeper, refusal

CODE = "k7pm9xq2re"
TERMS = {
    "v": 1, "device": "kiosk-1", "school": "mau", "kind": "kiosk", "broker": "mqtts://127.0.0.1:8883",
    "ca": "", "time": "2026-11-21T22:40:00.000Z",
}  # fmt: skip
Answer = Callable[[bytes], bytes]


def keeper_of(code: str = CODE, **terms: str) -> Answer:
    """Answers as a server does that knows this one code."""
    keeper = Keeper(code)

    def answer(request: bytes) -> bytes:
        try:
            return keeper.answer(request, TERMS | terms) or refusal("claim-wrong")
        except KeyError:
            return refusal("claim-unknown")

    return answer


def certificate(directory: Path, name: str = "door") -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    cert, key = directory / f"{name}.pem", directory / f"{name}.key"
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name}"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key


def fingerprint(cert: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(cert.read_text())).hexdigest()


class Door:
    """Listens on the loopback; `tls` is a certificate and its key. `asked` are the requests as they came."""

    def __init__(self, answer: Answer, tls: tuple[Path, Path] | None = None) -> None:
        self.asked: list[bytes] = []
        self.answer = answer
        self.losing = False
        """The answer to a proof is worked out and then lost on its way."""
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == claim.PATH
                door.asked.append(request)
                said = door.answer(request)
                if not door.losing or not claim.Request(request).proof:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._tls = tls is not None
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]

    @property
    def shown(self) -> list[str]:
        """The certificates that devices said they were shown, in their proofs."""
        return [asked.certificate for asked in map(claim.Request, self.asked) if asked.proof]

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Door:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
