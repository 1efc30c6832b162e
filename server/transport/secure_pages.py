"""The pages over TLS, under cheroot in threads of its own: waitress, which serves the rest, speaks none."""

import contextlib
import ssl
import threading
from typing import Any

from cheroot.makefile import StreamReader, StreamWriter
from cheroot.ssl import Adapter
from cheroot.wsgi import Server

from server.transport.http.form_sizes import MAX_FORM_BYTES
from server.transport.listening import refusal
from server.transport.pages import THREADS

_PATIENCE_S = 10
"""For one read or write of a client; a handshake that does not come is given up after it."""


class SecurePages:
    """Serves a WSGI application over TLS until stopped."""

    scheme = "https"

    def __init__(self, app: Any, host: str, port: int, context: ssl.SSLContext) -> None:
        """Takes the port at once. Raises `Problem`: `port-taken`, `cannot-listen`."""
        server = _Server((host, port), app, numthreads=THREADS, server_name="hailong", timeout=_PATIENCE_S)
        server.shutdown_timeout = 1
        server.max_request_body_size = MAX_FORM_BYTES
        server.max_request_header_size = 64 * 1024
        server.ssl_adapter = _Adapter(context)
        self._server = server
        try:
            server.prepare()
        except OSError as error:
            raise refusal(error, host, port, "tls_port") from error
        self.port: int = server.bind_addr[1]
        self._thread = threading.Thread(target=self._run, name="hailong-secure-pages", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the pages are still served."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End; whoever is in the middle of a page has a moment to get the rest."""
        with contextlib.suppress(Exception):
            self._server.stop()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # its sockets were closed under it, which is how it ends
            self._server.serve()


class _Adapter(Adapter):
    """Shakes hands in the thread that serves the client: in cheroot's own adapter one who stays silent
    would keep all others from connecting."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(None, None)
        self.context = context

    def bind(self, sock: Any) -> Any:
        return sock

    def wrap(self, sock: Any) -> Any:
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, str]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: Any, mode: str = "r", bufsize: int = -1) -> Any:
        stream = StreamReader if "r" in mode else StreamWriter
        return stream(sock, mode) if bufsize < 0 else stream(sock, mode, bufsize)


class _Server(Server):
    def error_log(self, *_: object, **__: object) -> None:
        """Nothing: what went wrong in the app it has said itself, and who connected is nobody's business."""
