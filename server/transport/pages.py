"""The pages under waitress, in threads of their own."""

import contextlib
import logging
import threading
from typing import Any

from waitress.server import create_server

from server.transport.http.form_sizes import MAX_FORM_BYTES
from server.transport.listening import listen

THREADS = 8
_PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-proto"}


class Pages:
    """Serves a WSGI application until stopped."""

    scheme = "http"

    def __init__(self, app: Any, host: str, port: int, trusted_proxy: str = "") -> None:
        """Takes the port at once. `trusted_proxy`: as the setting. Raises `port-taken`, `cannot-listen`."""
        logging.getLogger("waitress").setLevel(logging.ERROR)
        listener = listen(host, port, "--port")
        self.port: int = listener.getsockname()[1]
        self._server = create_server(
            app,
            sockets=[listener],
            threads=THREADS,
            asyncore_use_poll=True,  # select() cannot watch a process's thousandth file
            ident=None,
            clear_untrusted_proxy_headers=True,
            trusted_proxy=trusted_proxy or None,
            trusted_proxy_headers=_PROXY_HEADERS if trusted_proxy else set(),
            inbuf_overflow=MAX_FORM_BYTES + 1,
            max_request_body_size=MAX_FORM_BYTES,
        )
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="hailong-pages", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the pages are still served."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self, within_s: int = 1) -> None:
        """End; whoever is in the middle of a page has a moment to get the rest."""
        self._stopping = True
        with contextlib.suppress(Exception):
            self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=within_s)
        with contextlib.suppress(Exception):
            self._server.close()

    def _run(self) -> None:
        try:
            self._server.run()
        except OSError:
            if not self._stopping:  # else its sockets were closed under it, which is how it ends
                raise
