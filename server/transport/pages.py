"""The pages under waitress, in threads of their own."""

import contextlib
import logging
import threading
from typing import Any

from waitress.server import create_server

from server.transport.listening import listen

THREADS = 8


class Pages:
    """Serves a WSGI application until stopped."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        """Takes the port at once. Raises `Problem`: `port-taken`, `cannot-listen`."""
        logging.getLogger("waitress").setLevel(logging.ERROR)
        listener = listen(host, port, "--port")
        self.port: int = listener.getsockname()[1]
        self._server = create_server(
            app, sockets=[listener], threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
        )
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
        with contextlib.suppress(Exception):
            self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=within_s)
        with contextlib.suppress(Exception):
            self._server.close()

    def _run(self) -> None:
        self._server.run()
